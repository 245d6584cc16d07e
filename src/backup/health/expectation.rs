//! Which runs should have been, and which comes next, from a policy and dates.

use crate::backup::policy::Policy;
use crate::model::Moment;

/// Clocks differ a little: a backup made so many seconds before its slot is the one of that slot.
const EARLY: i64 = 300;
const HOUR: i64 = 3_600;

/// What a policy leads one to expect at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// Seconds that a run may be late.
    pub grace: i64,
    /// The newest run that should have been and was not, within the grace or beyond it.
    pub due: Option<Moment>,
    /// The next run from now on.
    pub next: Option<Moment>,
    /// Runs that should have been, and whose grace is over.
    pub missed: u64,
}

/// A tenth of the time between two runs, at least an hour, at most a day. Seconds.
pub fn default_grace(period: i64) -> i64 {
    (period / 10).clamp(HOUR, 24 * HOUR)
}

impl Expectation {
    /// `last`: when the newest backup was made that counts. Without one, runs count from when the server was `created`.
    ///
    /// Nobody knows since when the policy stands, so where there never was one, at most one run counts as missed.
    ///
    /// Without a schedule the rule with the shortest period says how often there should be one; a policy that only
    /// counts (`last=3`) expects nothing. Nor does a paused one.
    pub fn of(policy: &Policy, last: Option<Moment>, created: Option<Moment>, now: Moment, grace: Option<i64>) -> Self {
        let most = if last.is_some() { u64::MAX } else { 1 };
        match (policy.schedule, policy.keep.finest().and_then(|rule| rule.period())) {
            (Some(schedule), _) if schedule.paused => Self::default(),
            (Some(schedule), _) => {
                let grace = grace.unwrap_or_else(|| default_grace(schedule.period()));
                let since = last.map(|last| last.plus(EARLY)).or(created).unwrap_or(now);
                let newest = schedule.last_before(now.plus(1));
                Self {
                    grace,
                    due: (newest > since).then_some(newest),
                    next: Some(schedule.next_after(now)),
                    missed: schedule.count_between(since.plus(1), now.plus(-grace)).min(most),
                }
            }
            (None, Some(period)) => {
                let grace = grace.unwrap_or_else(|| default_grace(period));
                let Some(since) = last.or(created) else { return Self { grace, ..Self::default() } };
                let next = since.plus(period);
                let late = now.0.saturating_sub(grace).saturating_sub(since.0);
                Self {
                    grace,
                    due: (next <= now).then_some(next),
                    next: (next > now).then_some(next),
                    missed: u64::try_from(late / period).unwrap_or(0).min(most),
                }
            }
            (None, None) => Self::default(),
        }
    }
}
