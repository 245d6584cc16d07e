//! A request that makes something, sent at most once.
//!
//! `Ready` → `Sent` → answered. There is no way back from `Sent` to `Ready`: who does not know the answer looks for the
//! nonce. When it is not found several times over a grace period, the request was never accepted; it is then reported,
//! not repeated.

use super::effect::{EffectError, ErrorClass};
use super::poll::Millis;
use crate::model::RequestId;
use crate::{json_enum, json_struct};

/// Where the request stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Ask {
    #[default]
    Ready,
    Sent(Sent),
}

json_enum!(Ask { Ready, Sent(it) });

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sent {
    at: Millis,
    /// Looks that found nothing.
    looks: u32,
    due: Millis,
    /// Its answer is still being waited for, in this very page. Never true after a reload: an error that comes then is
    /// that of a look, and says nothing about the request.
    awaiting: bool,
    /// It was accepted, but the answer does not name what was made.
    pub accepted: bool,
    pub request_id: Option<RequestId>,
    /// Why the answer is not known.
    pub error: Option<EffectError>,
}

json_struct!(Sent { at, looks, due, accepted, request_id, error } skip { awaiting });

impl Sent {
    /// Whether the answer itself may still come, in this page.
    pub fn is_awaiting(&self) -> bool {
        self.awaiting
    }
}

/// Looks that must have found nothing before the answer is "never accepted".
const LOOKS: u32 = 5;

impl Ask {
    /// The journal is about to be written, then the request is sent.
    pub fn send(&mut self, now: Millis) {
        if matches!(self, Self::Ready) {
            let sent =
                Sent { at: now, looks: 0, due: now, awaiting: true, accepted: false, request_id: None, error: None };
            *self = Self::Sent(sent);
        }
    }

    /// It was accepted; what was made must be looked for.
    pub fn accepted(&mut self, request_id: Option<RequestId>, now: Millis) {
        self.send(now);
        if let Self::Sent(sent) = self {
            sent.accepted = true;
            sent.awaiting = false;
            sent.request_id = request_id;
        }
    }

    /// An error of the request, or of a look for it. `Some`: it is certain that nothing was made.
    pub fn failed(&mut self, error: EffectError, now: Millis) -> Option<EffectError> {
        match self {
            Self::Ready => error.class.is_refusal().then_some(error),
            Self::Sent(sent) if sent.awaiting && error.class.is_refusal() => Some(error),
            Self::Sent(sent) => {
                sent.awaiting = false;
                sent.due = now.plus(if error.class == ErrorClass::SessionEnded { 0 } else { 3_000 });
                sent.error.get_or_insert(error);
                None
            }
        }
    }

    /// The answer will not come any more: the page was reloaded, or the driver started anew.
    pub fn resumed(&mut self, now: Millis) {
        if let Self::Sent(sent) = self {
            sent.awaiting = false;
            sent.due = now;
        }
    }

    /// A look found nothing. `true`: it was never accepted, or is gone again. `grace`: milliseconds.
    pub fn in_vain(&mut self, grace: u64, now: Millis) -> bool {
        let Self::Sent(sent) = self else { return false };
        sent.awaiting = false;
        sent.looks = sent.looks.saturating_add(1);
        sent.due = now.plus(match sent.looks {
            1 => 1_000,
            2 => 2_000,
            3 => 4_000,
            _ => 8_000,
        });
        sent.looks >= LOOKS && now.since(sent.at) >= grace
    }

    /// Why the answer is not known.
    pub fn error(&self) -> Option<&EffectError> {
        match self {
            Self::Ready => None,
            Self::Sent(sent) => sent.error.as_ref(),
        }
    }

    /// When the next look is due; `None` while nothing was sent.
    pub fn look_due(&self, now: Millis) -> Option<Millis> {
        match self {
            Self::Ready => None,
            Self::Sent(sent) => Some(if sent.due.since(now) > 120_000 { now } else { sent.due }),
        }
    }
}
