//! PURE. Long work as state machines: snapshot, backup, launch, deletion. No clock, no network, no storage: those belong
//! to the driver in `state`, which does what [`Operation::next`] says and tells [`Operation::apply`] what came of it.
//!
//! The driver's whole duty:
//!
//! ```text
//! loop {
//!     match operation.next(now) {
//!         Next::Do(effect) => {
//!             if effect.creates() {
//!                 if the journal says that another tab has asked { take what it says; continue; }
//!                 operation.apply(Event::Asking, now); write the journal;
//!             }
//!             let event = perform(effect);
//!             operation.apply(event, now); write the journal;
//!         }
//!         Next::Wait { until, .. } => sleep until then,
//!         Next::Paused { .. } => sign in, then operation.apply(Event::Resumed, now),
//!         Next::Done(_) | Next::Failed(_) => show it, drop the journal entry when the person has seen it,
//!     }
//! }
//! ```
//!
//! The promise that rests on it: a creating request is sent at most once. The journal says *asking* before it is sent;
//! whoever finds that in a journal, or loses the answer, looks for the nonce and never asks again ([`ask`]).
//!
//! The journal holds no secrets: no password, token, private key or user data is part of any type here.

pub mod ask;
pub mod capture;
pub mod deletion;
pub mod effect;
pub mod launch;
pub mod outcome;
pub mod phase;
pub mod poll;
pub mod ssh;

#[cfg(test)]
mod tests;

pub use capture::Capture;
pub use deletion::Deletion;
pub use effect::{ActionEvent, ActionFacts, Effect, EffectError, ErrorClass, Event, Facts, Look, Seen, Stock};
pub use launch::{BootVolume, FloatingIpChoice, Launch, LaunchSpec, Networks};
pub use outcome::{Failure, Leftover, Outcome};
pub use phase::{PhaseView, Step, StepState};
pub use poll::Millis;

use serde_json::Value;

use crate::model::json::{FromJson, ToJson};
use crate::model::{Message, Moment, ProjectId};
use crate::{json_enum, json_struct};

/// A nonce, given by the driver: at least 64 bits of randomness, in letters and digits. It is written into the cloud
/// as `carrete_op`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId(pub String);

impl FromJson for OperationId {
    fn from_json(value: &Value) -> Option<Self> {
        String::from_json(value).map(Self)
    }
}

impl ToJson for OperationId {
    fn to_json(&self) -> Value {
        self.0.to_json()
    }
}

/// One piece of long work. As JSON it is an entry of the browser's journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    pub id: OperationId,
    pub started: Moment,
    pub project: ProjectId,
    pub project_name: String,
    /// The auth URL: which cloud.
    pub cloud: String,
    pub region: String,
    pub kind: Kind,
    /// Why it waits for the person: a session that ended.
    pub paused: Option<Message>,
}

json_struct!(Operation { id, started, project, project_name, cloud, region, kind, paused });

/// Which work. Each is a machine of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Snapshot(Capture),
    Backup(Capture),
    Launch(Box<Launch>),
    DeleteImages(Deletion),
}

json_enum!(Kind { Snapshot(it), Backup(it), Launch(it), DeleteImages(it) });

/// What to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Do(Effect),
    /// Nothing until then; what `next` will say at that time, if nothing changes.
    Wait {
        until: Millis,
        then: Effect,
    },
    /// The session has ended: sign in, then apply `Event::Resumed`.
    Paused {
        reason: Message,
    },
    Done(Outcome),
    Failed(Failure),
}

/// Where an operation belongs. The journal of another cloud, region or project is left alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub project: ProjectId,
    pub project_name: String,
    pub cloud: String,
    pub region: String,
}

/// What the machines need to know of the operation around them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub id: &'a OperationId,
    pub started: Moment,
}

impl Operation {
    pub fn new(id: OperationId, started: Moment, place: Place, kind: Kind) -> Self {
        let Place { project, project_name, cloud, region } = place;
        Self { id, started, project, project_name, cloud, region, kind, paused: None }
    }

    /// What to do at this time. Pure: asked twice, it answers the same.
    pub fn next(&self, now: Millis) -> Next {
        let context = Context { id: &self.id, started: self.started };
        let next = match &self.kind {
            Kind::Snapshot(work) | Kind::Backup(work) => work.next(context, now),
            Kind::Launch(work) => work.next(context, now),
            Kind::DeleteImages(work) => work.next(now),
        };
        match (&self.paused, next) {
            (_, end @ (Next::Done(_) | Next::Failed(_))) => end,
            (Some(reason), _) => Next::Paused { reason: reason.clone() },
            (None, next) => next,
        }
    }

    /// Whether it still is to do this, and nobody has taken it further.
    pub fn would(&self, effect: &Effect, now: Millis) -> bool {
        matches!(self.next(now), Next::Do(next) if next == *effect)
    }

    /// Tells what happened. Events that do not fit the present phase change nothing.
    pub fn apply(&mut self, event: Event, now: Millis) {
        match &event {
            Event::Resumed => self.paused = None,
            Event::Failed(error) if error.class == ErrorClass::SessionEnded => {
                self.paused = Some(error.message.clone())
            }
            _ => {}
        }
        let id = self.id.clone();
        let context = Context { id: &id, started: self.started };
        match &mut self.kind {
            Kind::Snapshot(work) | Kind::Backup(work) => work.apply(context, event, now),
            Kind::Launch(work) => work.apply(context, event, now),
            Kind::DeleteImages(work) => work.apply(context, event, now),
        }
    }

    /// Where it stands, for people.
    pub fn phase(&self) -> PhaseView {
        let mut view = match &self.kind {
            Kind::Snapshot(work) | Kind::Backup(work) => work.phase(),
            Kind::Launch(work) => work.phase(),
            Kind::DeleteImages(work) => work.phase(),
        };
        if let Some(reason) = self.paused.as_ref().filter(|_| !self.is_over()) {
            view.trouble = None;
            view.sentence =
                Message::new("operation.paused").with("reason", crate::model::Arg::Sentence(Box::new(reason.clone())));
        }
        view
    }

    /// What it is, in one line.
    pub fn title(&self) -> Message {
        match &self.kind {
            Kind::Snapshot(work) => Message::new("operation.title.snapshot").text("server", &work.server_name),
            Kind::Backup(work) => Message::new("operation.title.backup").text("server", &work.server_name),
            Kind::Launch(work) => Message::new("operation.title.launch").text("name", &work.spec.name),
            Kind::DeleteImages(work) => Message::new("operation.title.delete").count("count", work.images() as u64),
        }
    }

    /// As [`Capture::can_release_again`].
    pub fn can_release_again(&self) -> bool {
        match &self.kind {
            Kind::Snapshot(work) | Kind::Backup(work) => work.can_release_again(),
            Kind::Launch(_) | Kind::DeleteImages(_) => false,
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.next(Millis(0)), Next::Done(_) | Next::Failed(_))
    }
}
