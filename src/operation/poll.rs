//! How often to look. A pure function of what is waited for, for how long, and a jitter.

use serde_json::Value;

use super::OperationId;
use super::effect::EffectError;
use crate::json_struct;
use crate::model::json::{FromJson, ToJson};
use crate::model::{Message, Moment};

/// The browser's clock: milliseconds since 1970. Looks are paced in fractions of a second; the services' dates are
/// whole seconds (`Moment`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub i64);

impl FromJson for Millis {
    fn from_json(value: &Value) -> Option<Self> {
        i64::from_json(value).map(Self)
    }
}

impl ToJson for Millis {
    fn to_json(&self) -> Value {
        self.0.to_json()
    }
}

impl Millis {
    /// Milliseconds from `earlier` to `self`; 0 when the clock was put back.
    pub fn since(self, earlier: Millis) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
    pub fn plus(self, millis: u64) -> Self {
        Self(self.0.saturating_add(i64::try_from(millis).unwrap_or(i64::MAX)))
    }
    pub fn moment(self) -> Moment {
        Moment(self.0.div_euclid(1000))
    }
}

impl From<Moment> for Millis {
    fn from(moment: Moment) -> Self {
        Self(moment.0.saturating_mul(1000))
    }
}

/// How close the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It may be over any moment: 0.3 s, so that the page lags the cloud by less than half a second. Whoever has waited
    /// ten minutes does not notice two seconds: after that, 2 s.
    Close,
    /// Some seconds of work: 1 s for a minute, then as `Steady`.
    Brisk,
    /// 2 s for the first 30 s, then half as long again each time, up to `cap` milliseconds (contract H: 15 s).
    Steady { cap: u64 },
}

/// Milliseconds until the next look. `waited`: since the last change, in milliseconds. `jitter`: from -1 to 1, spreads
/// `Steady` by a fifth and the others by a tenth.
///
/// Growing by half each time from 2 s means that the next wait is 3 s and half of what was waited since; written so,
/// nothing but `waited` need be remembered.
pub fn delay(pace: Pace, waited: u64, jitter: f64) -> u64 {
    let steady = |cap: u64| match waited.checked_sub(30_000) {
        None => 2_000,
        Some(more) => (3_000 + more / 2).min(cap),
    };
    let (base, spread) = match pace {
        Pace::Close if waited < 600_000 => (300, 0.1),
        Pace::Close => (2_000, 0.1),
        Pace::Brisk if waited < 60_000 => (1_000, 0.1),
        Pace::Brisk => (steady(15_000), 0.2),
        Pace::Steady { cap } => (steady(cap), 0.2),
    };
    let jitter = if jitter.is_finite() { jitter.clamp(-1.0, 1.0) } else { 0.0 };
    (base as f64 * (1.0 + spread * jitter)) as u64
}

/// Milliseconds to wait after so many failures in a row (contract H: overload must not be answered with more load).
pub fn after_failures(failures: u32) -> u64 {
    match failures {
        0 | 1 => 1_000,
        2 => 3_000,
        3 => 8_000,
        4 => 15_000,
        5 => 30_000,
        _ => 60_000,
    }
}

/// From -1 to 1, from the nonce and a counter: the same operation asked again gives the same answer.
pub fn jitter(id: &OperationId, count: u32) -> f64 {
    let bytes = id.0.bytes().chain(count.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 40) as f64 / f64::from(1u32 << 23) - 1.0
}

/// When to look next.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Poll {
    pub due: Millis,
    count: u32,
    pub failures: u32,
    /// What the cloud said, or did not say, the last time.
    error: Option<Message>,
}

json_struct!(Poll { due, count, failures, error });

impl Poll {
    pub fn at(now: Millis) -> Self {
        Self { due: now, ..Self::default() }
    }

    /// The next look after a good one. `changed`: when what is waited for last changed.
    pub fn again(&mut self, pace: Pace, changed: Millis, now: Millis, id: &OperationId) {
        self.count = self.count.wrapping_add(1);
        self.failures = 0;
        self.error = None;
        self.due = now.plus(delay(pace, now.since(changed), jitter(id, self.count)));
    }

    pub fn failed(&mut self, now: Millis) {
        self.failures = self.failures.saturating_add(1);
        self.due = now.plus(after_failures(self.failures));
    }

    /// A look that was not answered.
    pub fn unanswered(&mut self, error: EffectError, now: Millis) {
        self.failed(now);
        self.error = Some(error.message);
    }

    /// Nothing has been seen several times in a row.
    pub fn is_blind(&self) -> bool {
        self.failures >= 3
    }

    /// Why nothing is seen, once that is no passing thing.
    pub fn trouble(&self) -> Option<&Message> {
        self.error.as_ref().filter(|_| self.is_blind())
    }

    /// When it is due, seen from now. A clock that was put back must not make it wait for hours.
    pub fn until(&self, now: Millis) -> Millis {
        if self.due.since(now) > 120_000 { now } else { self.due }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_closely_when_the_end_is_near() {
        for waited in [0, 5_000, 599_999] {
            for jitter in [-1.0, 0.0, 1.0, 7.0, f64::NAN] {
                assert!((270..=330).contains(&delay(Pace::Close, waited, jitter)));
            }
        }
        assert_eq!(delay(Pace::Close, 600_000, 0.0), 2_000);
    }

    #[test]
    fn slows_down_by_half_each_time() {
        let pace = Pace::Steady { cap: 15_000 };
        let mut waited = 30_000;
        let mut seen = vec![delay(pace, 0, 0.0), delay(pace, 29_999, 0.0)];
        for _ in 0..6 {
            let next = delay(pace, waited, 0.0);
            seen.push(next);
            waited += next;
        }
        assert_eq!(seen, [2_000, 2_000, 3_000, 4_500, 6_750, 10_125, 15_000, 15_000]);
        assert_eq!(delay(pace, u64::MAX, 1.0), 18_000);
    }

    #[test]
    fn jitter_is_bounded_and_varies() {
        let all: Vec<f64> = (0..200).map(|n| jitter(&OperationId("n".into()), n)).collect();
        assert!(all.iter().all(|j| (-1.0..=1.0).contains(j)));
        assert!(all.iter().any(|j| *j > 0.5) && all.iter().any(|j| *j < -0.5));
    }

    #[test]
    fn a_clock_put_back_does_not_stop_it() {
        let poll = Poll::at(Millis(10_000_000));
        assert_eq!(poll.until(Millis(0)), Millis(0));
        assert_eq!(poll.until(Millis(9_990_000)), Millis(10_000_000));
    }
}
