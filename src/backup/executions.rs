//! What the schedules in the cloud have done: per server its triggers, its runs with the image that each made, and whether
//! something is wrong. Computed from lists and dates alone.
//!
//! The trap: a trigger whose trust no longer works (the user was disabled or lost a role) fails without a trace. Keystone
//! refuses the token, Mistral writes it into its own log and there is no execution. In 2025.1 the next time then stays in the
//! past, as the token is asked for before it is advanced (mistral/services/periodic.py); where it is advanced first, a slot
//! goes by without a run. Both are looked for. Operators let Mistral forget old executions: where a backup shows that the
//! slot was not missed, none is missing.

use std::collections::BTreeMap;

use super::policy::Schedule;
use super::workflow::{is_backup, pattern, schedule_of, server_of};
use crate::model::{
    CronTrigger, Execution, ExecutionId, Image, ImageId, Message, Moment, RunState, ServerId, TriggerId,
};

mod made;
mod standing;
mod wording;

use made::Made;
pub use standing::Standing;
pub use wording::failure;

/// Seconds within which a due trigger has started its run. Mistral looks every second; its clock and ours may differ.
pub const GRACE: i64 = 180;
/// Seconds that Mistral may be early.
const EARLY: i64 = 5;

/// What is known. Lists may be incomplete at their old end only.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub triggers: &'a [CronTrigger],
    /// Of all versions of Carrete's backup workflow.
    pub executions: &'a [Execution],
    /// The hidden ones in a list of their own.
    pub images: &'a [&'a [Image]],
    pub now: Moment,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// Servers with a trigger or a run of Carrete's.
    pub servers: BTreeMap<ServerId, ServerSchedule>,
    /// Triggers that others have made: shown, never touched.
    pub foreign: Vec<ForeignTrigger>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerSchedule {
    pub triggers: Vec<OwnTrigger>,
    /// Newest first.
    pub runs: Vec<Run>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OwnTrigger {
    pub id: TriggerId,
    pub name: String,
    pub pattern: String,
    /// `None` for a pattern that this page does not write: then `pattern` is shown as it is.
    pub schedule: Option<Schedule>,
    pub next: Option<Moment>,
    pub health: TriggerHealth,
}

impl OwnTrigger {
    /// Whether it runs when the schedule says so. Every hour from 01:05 on is every hour from 00:05 on, and every six hours has
    /// four names: the pattern is one.
    pub fn runs_at(&self, schedule: &Schedule) -> bool {
        self.pattern == pattern(schedule)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerHealth {
    Fine,
    /// Its time is over and it has not started: Mistral stands still, or Keystone refuses the trust.
    Overdue {
        since: Moment,
    },
    /// It has gone past this slot without a run: Keystone refuses the trust.
    NoRun {
        slot: Moment,
    },
}

impl TriggerHealth {
    /// `None` when it is fine.
    pub fn message(self) -> Option<Message> {
        use crate::model::Arg;
        match self {
            Self::Fine => None,
            Self::Overdue { since } => Some(Message::new("schedule.overdue").with("since", Arg::Moment(since.0))),
            Self::NoRun { slot } => Some(Message::new("schedule.no_run").with("slot", Arg::Moment(slot.0))),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub id: ExecutionId,
    pub state: RunState,
    pub started: Option<Moment>,
    /// The last change while it still runs.
    pub ended: Option<Moment>,
    /// The trigger that started it; `None`: a person.
    pub trigger: Option<TriggerId>,
    /// What went wrong, in words; only of runs in ERROR.
    pub failure: Option<Message>,
    /// What it made, as long as that is there.
    pub image: Option<ImageId>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ForeignTrigger {
    pub id: TriggerId,
    pub name: String,
    pub workflow: String,
    /// As it is: UTC, five to seven fields, names, `L`, `@daily`. Empty when it runs once.
    pub pattern: String,
    pub next: Option<Moment>,
    pub remaining: Option<u64>,
}

pub fn overview(facts: Facts<'_>) -> Overview {
    let mut overview = Overview::default();
    let made = Made::of(facts);
    for execution in facts.executions.iter().filter(|execution| is_backup(&execution.workflow_name)) {
        let Some(server) = made::server(execution) else { continue };
        let run = run(execution, &made);
        overview.servers.entry(server.into()).or_default().runs.push(run);
    }
    for schedule in overview.servers.values_mut() {
        schedule.runs.sort_by(|a, b| (b.started, &b.id).cmp(&(a.started, &a.id)));
    }
    let oldest = facts.executions.iter().filter_map(|execution| execution.created_at).min();
    for trigger in facts.triggers {
        let Some(server) = server_of(trigger) else {
            overview.foreign.push(ForeignTrigger {
                id: trigger.id.clone(),
                name: trigger.name.clone(),
                workflow: trigger.workflow_name.clone(),
                pattern: trigger.pattern.clone(),
                next: trigger.next_execution_time,
                remaining: trigger.remaining_executions,
            });
            continue;
        };
        let known = overview.servers.entry(server).or_default();
        let schedule = schedule_of(&trigger.pattern);
        known.triggers.push(OwnTrigger {
            id: trigger.id.clone(),
            name: trigger.name.clone(),
            pattern: trigger.pattern.clone(),
            schedule,
            next: trigger.next_execution_time,
            health: health(trigger, schedule, &known.runs, oldest, &made, facts.now),
        });
    }
    overview
}

/// Whether runs, newest first and without a gap, tell of every trigger of Carrete's what became of its newest slot. If not,
/// older ones may.
pub fn reach_back(executions: &[Execution], triggers: &[CronTrigger], now: Moment) -> bool {
    let oldest = executions.iter().filter_map(|execution| execution.created_at).min();
    let covers = |slot: Moment| oldest.is_some_and(|at| at.plus(EARLY) < slot);
    triggers.iter().filter(|trigger| server_of(trigger).is_some()).all(|trigger| {
        let Some(slot) = newest_slot(trigger, schedule_of(&trigger.pattern), now) else { return true };
        let ran = |run: &Execution| run.created_at.is_some_and(|at| at.plus(EARLY) >= slot);
        covers(slot) || executions.iter().any(|run| ran(run) && run.trigger().as_ref() == Some(&trigger.id))
    })
}

/// That the trigger has lived through, and whose grace is over.
fn newest_slot(trigger: &CronTrigger, schedule: Option<Schedule>, now: Moment) -> Option<Moment> {
    let slot = schedule?.last_before(now.plus(-GRACE));
    // The minute in which it was made may be a slot that it never saw.
    trigger.created_at.is_some_and(|made| made.plus(60) < slot).then_some(slot)
}

/// `oldest`: no run before it is known.
fn health(
    trigger: &CronTrigger,
    schedule: Option<Schedule>,
    runs: &[Run],
    oldest: Option<Moment>,
    made: &Made<'_>,
    now: Moment,
) -> TriggerHealth {
    if let Some(since) = trigger.next_execution_time.filter(|next| next.plus(GRACE) < now) {
        return TriggerHealth::Overdue { since };
    }
    let Some(slot) = newest_slot(trigger, schedule, now) else { return TriggerHealth::Fine };
    let is_of = |run: &&Run| run.trigger.as_ref() == Some(&trigger.id);
    let ran = runs.iter().filter(is_of).any(|run| run.started.is_some_and(|at| at.plus(EARLY) >= slot));
    // With a full list, no run at all since then is a fact; a list that begins after the slot says nothing.
    let is_known = runs.iter().any(|run| run.started.is_some_and(|at| at < slot)) || oldest.is_none_or(|at| at < slot);
    // The run may have been forgotten, and what it made be there.
    let was_made = || made.newest(trigger).is_some_and(|at| at.plus(EARLY) >= slot);
    if is_known && !ran && !was_made() { TriggerHealth::NoRun { slot } } else { TriggerHealth::Fine }
}

fn run(execution: &Execution, made: &Made<'_>) -> Run {
    let is_error = execution.state == RunState::Error;
    Run {
        id: execution.id.clone(),
        state: execution.state.clone(),
        started: execution.created_at,
        ended: execution.updated_at,
        trigger: execution.trigger(),
        failure: is_error.then(|| failure(&execution.state_info)),
        image: made.by(execution),
    }
}

#[cfg(test)]
mod tests;
