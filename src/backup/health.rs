//! How well each server is protected, compared with what its policy promises. It needs no memory and no server of its
//! own: only dates.
//!
//! What counts for a policy are the usable backups of its own set, and those of them that somebody pinned. All others of
//! the server are told beside it ([`ServerHealth::last`]), so that nobody thinks there is nothing.

use super::index::{Condition, Index};
use super::leftovers::{self, Leftover};
use super::policy::{self, Policy, PolicyError, Rule};
use super::retention::Period;
use crate::model::blocked::can_snapshot;
use crate::model::{Arg, Blocked, Image, ImageId, Message, Moment, ProjectId, Server, ServerId, ServerStatus};

mod expectation;
mod growth;
mod summary;

pub use expectation::{Expectation, default_grace};
pub use growth::{Growth, Step};
pub use summary::{Summary, cost};

/// In order of worry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Two runs or more are missed, the newest attempt came to nothing, or the policy cannot be read.
    Failing,
    /// There is a policy, and not one usable backup by it.
    Never,
    /// One run is missed, beyond the grace.
    Stale,
    Protected,
    /// Without a policy: a suggestion, not an alarm.
    Unmanaged,
}

impl State {
    pub const ALL: [Self; 5] = [Self::Failing, Self::Never, Self::Stale, Self::Protected, Self::Unmanaged];

    /// The word for it: `health.state.*`.
    pub fn message(self) -> Message {
        Message::new(match self {
            Self::Failing => "health.state.failing",
            Self::Never => "health.state.never",
            Self::Stale => "health.state.stale",
            Self::Protected => "health.state.protected",
            Self::Unmanaged => "health.state.unmanaged",
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ServerHealth {
    pub server: ServerId,
    pub name: String,
    pub state: State,
    /// Why it is in this state, as far as dates and records tell; `None` when all is well.
    pub reason: Option<Message>,
    /// What the schedules in the cloud add to it: see [`trouble`](super::trouble). `None` until they are known.
    pub likely: Option<Message>,
    pub policy: Option<Result<Policy, PolicyError>>,
    /// The newest usable snapshot or backup of any kind.
    pub last: Option<Moment>,
    /// That one: what to launch from when the server is lost.
    pub newest: Option<ImageId>,
    /// The newest usable one by the policy.
    pub last_by_policy: Option<Moment>,
    /// A run that should have been, and was not yet; within the grace or beyond it.
    pub due: Option<Moment>,
    /// The next run that is expected.
    pub next: Option<Moment>,
    /// Runs that should have been since the last usable backup by the policy, beyond the grace. If there never was one, at
    /// most 1, which is no number to tell: nobody knows since when the policy stands.
    pub missed: u64,
    /// Rules that keep less than they could by now.
    pub missing: Vec<Gap>,
    pub counts: Counts,
    /// Of all its snapshots and backups. An upper bound: see [`Known::bytes`](super::index::Known::bytes).
    pub bytes: u64,
    /// Bytes of what was made within the last 28 days and is still there. No growth: what rotation released meanwhile has left
    /// no trace.
    pub recent: u64,
    /// Unfinished ones without progress.
    pub stuck: Vec<ImageId>,
    /// What [`leftovers::find`] found of this server.
    pub leftovers: u64,
}

/// A rule that keeps `have` where it could keep `could` of the `want` that the policy asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub rule: Rule,
    pub have: u32,
    pub could: u32,
    pub want: u32,
}

/// Snapshots and backups of a server, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Usable, by the policy.
    pub by_policy: u64,
    /// Usable, otherwise made or held.
    pub others: u64,
    pub unfinished: u64,
    pub broken: u64,
}

/// All servers, the most worrying first, then by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    pub servers: Vec<ServerHealth>,
    pub summary: Summary,
}

/// `grace`: seconds that a run may be late; `None`: [`default_grace`].
pub fn of(index: &Index<'_>, now: Moment, grace: Option<i64>) -> Health {
    with_leftovers(index, &leftovers::find(index, now), now, grace)
}

/// The same, where they have been found already: all of them, at the same moment.
pub fn with_leftovers(index: &Index<'_>, leftovers: &[Leftover], now: Moment, grace: Option<i64>) -> Health {
    let mut servers: Vec<ServerHealth> = index
        .servers
        .iter()
        .filter(|server| is_listed(server, index.project))
        .map(|server| of_server(index, server, now, grace))
        .collect();
    leftovers::count_by_server(leftovers, &mut servers);
    let summary = Summary::of(&servers, index, leftovers.len() as u64);
    let mut health = Health { servers, summary };
    health.settle();
    health
}

impl Health {
    /// Orders and counts the servers by their states.
    pub(super) fn settle(&mut self) {
        self.servers.sort_by(|a, b| (a.state, &a.name, &a.server).cmp(&(b.state, &b.name, &b.server)));
        self.summary.count_states(&self.servers);
    }

    /// Servers that somebody should look at: backups are late, or come to nothing.
    pub fn worrying(&self) -> impl Iterator<Item = &ServerHealth> {
        let worries = |server: &&ServerHealth| match server.state {
            State::Failing | State::Stale => true,
            // One that has just got its policy is no news.
            State::Never => server.missed > 0,
            State::Protected | State::Unmanaged => false,
        };
        self.servers.iter().filter(worries)
    }
}

/// Whether the server is there and the project's, so that something can be said of its backups.
pub fn is_listed(server: &Server, project: &ProjectId) -> bool {
    let gone = matches!(server.status, ServerStatus::Deleted | ServerStatus::SoftDeleted);
    !gone && (server.project_id.is_empty() || server.project_id == *project)
}

/// One server. Its leftovers are not counted yet.
pub fn of_server(index: &Index<'_>, server: &Server, now: Moment, grace: Option<i64>) -> ServerHealth {
    let policy = policy::of_server(server);
    let seen = Seen::of(index, server, now);
    let mut health = ServerHealth {
        server: server.id.clone(),
        name: server.name.clone(),
        state: State::Unmanaged,
        reason: None,
        likely: None,
        policy: policy.clone(),
        last: seen.last,
        newest: seen.newest.clone(),
        last_by_policy: seen.own.first().copied(),
        due: None,
        next: None,
        missed: 0,
        missing: Vec::new(),
        counts: seen.counts,
        bytes: seen.bytes,
        recent: seen.recent,
        stuck: seen.stuck.iter().map(|image| image.id.clone()).collect(),
        leftovers: 0,
    };
    (health.state, health.reason) = match policy {
        None => (State::Unmanaged, Some(Message::new("health.reason.unmanaged"))),
        Some(Err(error)) => (State::Failing, Some(sentence("health.reason.unreadable", error.message()))),
        Some(Ok(policy)) => {
            let expected = Expectation::of(&policy, seen.since(), server.created, now, grace);
            (health.due, health.next, health.missed) = (expected.due, expected.next, expected.missed);
            health.missing = gaps(&policy, &seen.own, now, expected.grace);
            judge(server, &policy, &seen, &expected)
        }
    };
    health
}

fn judge(server: &Server, policy: &Policy, seen: &Seen<'_>, expected: &Expectation) -> (State, Option<Message>) {
    if let Some((image, why)) = &seen.newest_failed {
        return (State::Failing, Some(why.clone().text("name", &image.name)));
    }
    // What stands in the way of the next run, where the server itself tells.
    let in_the_way = match can_snapshot(server) {
        Err(blocked @ Blocked::Status { .. }) => Some(sentence("health.reason.server", blocked.message())),
        _ => None,
    };
    let paused = policy.schedule.is_some_and(|schedule| schedule.paused);
    let Some(last) = seen.own.first() else {
        let why = match (seen.last, paused) {
            (_, true) => Message::new("health.reason.never_paused"),
            (None, _) => Message::new("health.reason.never"),
            (Some(last), _) => Message::new("health.reason.never_by_policy").with("last", Arg::Moment(last.0)),
        };
        return (State::Never, Some(in_the_way.unwrap_or(why)));
    };
    let missed =
        || Message::new("health.reason.missed").count("count", expected.missed).with("last", Arg::Moment(last.0));
    match expected.missed {
        0 if paused => (State::Protected, Some(Message::new("health.reason.paused"))),
        0 => (State::Protected, None),
        1 => (State::Stale, Some(in_the_way.unwrap_or_else(missed))),
        _ => (State::Failing, Some(in_the_way.unwrap_or_else(missed))),
    }
}

fn sentence(key: &str, inner: Message) -> Message {
    Message::new(key).with("why", Arg::Sentence(Box::new(inner)))
}

/// What there is of one server.
#[derive(Default)]
struct Seen<'a> {
    last: Option<Moment>,
    newest: Option<ImageId>,
    /// When the usable ones by the policy were made, newest first.
    own: Vec<Moment>,
    /// The newest one by the policy that is being made and gets on.
    running: Option<Moment>,
    /// The newest attempt of the policy, if it came to nothing, and why.
    newest_failed: Option<(&'a Image, Message)>,
    stuck: Vec<&'a Image>,
    counts: Counts,
    bytes: u64,
    /// Bytes made within the last 28 days.
    recent: u64,
}

impl<'a> Seen<'a> {
    fn of(index: &Index<'a>, server: &Server, now: Moment) -> Self {
        const FOUR_WEEKS: i64 = 28 * 86_400;
        let mut seen = Self::default();
        let mut attempted = false;
        for known in index.of_server(&server.id).filter(|known| known.ours) {
            let image = known.image;
            let bytes = known.bytes;
            seen.bytes = seen.bytes.saturating_add(bytes);
            if image.created_at.is_some_and(|at| at >= now.plus(-FOUR_WEEKS)) {
                seen.recent = seen.recent.saturating_add(bytes);
            }
            let by_policy = index.is_by_policy(known);
            let newest_attempt = by_policy && !attempted;
            attempted |= by_policy;
            let failed = match &known.condition {
                Condition::Usable => {
                    seen.last = seen.last.max(image.created_at);
                    seen.newest.get_or_insert_with(|| image.id.clone());
                    if by_policy {
                        seen.counts.by_policy += 1;
                        seen.own.extend(image.created_at);
                    } else {
                        seen.counts.others += 1;
                    }
                    None
                }
                Condition::Unfinished => {
                    seen.counts.unfinished += 1;
                    if is_stuck(image, Some(server), now) {
                        seen.stuck.push(image);
                    } else if by_policy {
                        seen.running = seen.running.max(image.created_at);
                    }
                    // A large upload may take its time while the server is at it.
                    let given_up = seen.stuck.last().is_some_and(|stuck| stuck.id == image.id);
                    (given_up && server.task_state.is_none()).then(|| Message::new("health.reason.stuck"))
                }
                Condition::Broken(reason) => {
                    seen.counts.broken += 1;
                    Some(sentence("health.reason.broken", reason.clone()))
                }
            };
            if newest_attempt {
                seen.newest_failed = failed.map(|why| (image, why));
            }
        }
        seen
    }

    /// A run that gets on counts as one that was, until it comes to nothing.
    fn since(&self) -> Option<Moment> {
        self.own.first().copied().max(self.running)
    }
}

/// Whether an unfinished image does not get on: nothing changed for 30 minutes, or it is still queued after 10 while the
/// server has no task (contract H).
pub fn is_stuck(image: &Image, server: Option<&Server>, now: Moment) -> bool {
    let Some(changed) = image.updated_at.max(image.created_at) else { return false };
    let idle = server.is_none_or(|server| server.task_state.is_none());
    let patience = if idle && image.status == crate::model::ImageStatus::Queued { 600 } else { 1_800 };
    changed.age(now) > patience
}

/// Rules that keep less than they could: as many of their periods as went by since the oldest backup by the policy. A
/// rule with a shorter period than the schedule's cannot have more than the schedule makes.
fn gaps(policy: &Policy, own: &[Moment], now: Moment, grace: i64) -> Vec<Gap> {
    let Some(oldest) = own.last() else { return Vec::new() };
    let schedule = policy.schedule.filter(|schedule| !schedule.paused).map(|schedule| schedule.period());
    let age = now.0.saturating_sub(grace).saturating_sub(oldest.0).max(0);
    let gap = |(rule, want): (Rule, u32)| {
        let each = match (rule.period(), schedule) {
            (None, None) => return None,
            (period, schedule) => period.max(schedule)?,
        };
        let could = u32::try_from(age / each).unwrap_or(u32::MAX).min(want);
        let mut periods = own.iter().map(|at| Period { rule, at: *at }.number());
        let have = if rule == Rule::Last {
            own.len()
        } else {
            let mut before = periods.next();
            1 + periods.filter(|number| before.replace(*number) != Some(*number)).count()
        };
        let have = u32::try_from(have).unwrap_or(u32::MAX).min(want);
        (have < could).then_some(Gap { rule, have, could, want })
    };
    policy.keep.rules().filter_map(gap).collect()
}

impl Gap {
    /// Such as "daily: 5 of 7".
    pub fn message(&self) -> Message {
        Message::new("health.gap")
            .word("rule", "rule", self.rule.word())
            .count("have", self.have.into())
            .count("want", self.want.into())
    }
}

#[cfg(test)]
mod tests;
