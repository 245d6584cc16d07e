//! Why a backup is missing, as far as the schedules in the cloud tell: no trigger, one that does not run, a run that failed.
//!
//! Dates alone say that something is missing; here the likely reason is added to [`Health`], and what the cloud knows
//! already counts at once: a run that failed is an attempt that came to nothing, and a trigger that let its time go by in
//! silence fails, whatever the grace: the next time it will do so again.

use super::executions::{Overview, ServerSchedule, TriggerHealth};
use super::health::{Health, ServerHealth, State};
use super::policy::{self, Schedule};
use crate::model::{Message, RunState, Server, ServerId};

/// What is known of the cloud's own scheduler.
#[derive(Clone, Copy, Debug)]
pub enum Cloud<'a> {
    /// Not asked yet, or it does not answer.
    Unknown,
    /// The catalogue has none, or one that cannot make backups.
    Absent,
    There(&'a Overview),
}

impl<'a> Cloud<'a> {
    /// `has_scheduler`: the catalogue has one. `lacks_backups`: its own action for them is known to be missing, whatever
    /// triggers it has. `overview`: `None` while it is not known.
    pub fn of(has_scheduler: bool, lacks_backups: bool, overview: Option<&'a Overview>) -> Self {
        match overview {
            _ if !has_scheduler || lacks_backups => Self::Absent,
            Some(overview) => Self::There(overview),
            None => Self::Unknown,
        }
    }
}

/// Whether it matters if the cloud's scheduler can make backups at all: a policy says when it wants them.
pub fn wants_scheduler(servers: &[Server]) -> bool {
    let says_when = |server: &Server| {
        let policy = policy::of_server(server).and_then(Result::ok);
        policy.and_then(|policy| policy.schedule).is_some_and(|schedule| !schedule.paused)
    };
    servers.iter().any(says_when)
}

/// Adds the likely reasons, corrects the states by them, and orders and counts the servers anew.
pub fn explain(health: &mut Health, cloud: Cloud<'_>) {
    if matches!(cloud, Cloud::Unknown) {
        return;
    }
    for server in &mut health.servers {
        if let Some((at_least, likely)) = likely(server, cloud) {
            server.state = server.state.min(at_least);
            server.likely = Some(likely);
        }
    }
    health.settle();
}

/// Servers that the cloud backs up at the times of their policies, and of which nothing says that it does not.
pub fn served<'a>(health: &'a [ServerHealth], overview: &'a Overview) -> impl Iterator<Item = &'a ServerId> {
    let serves = |it: &&ServerHealth| {
        let (Some(wanted), Some(state)) = (times(it), overview.servers.get(&it.server)) else { return false };
        state.triggers.iter().any(|trigger| trigger.health == TriggerHealth::Fine && trigger.runs_at(&wanted))
            && failed(it, state).is_none()
    };
    health.iter().filter(serves).map(|it| &it.server)
}

/// The reason, and the best state that it allows.
fn likely(server: &ServerHealth, cloud: Cloud<'_>) -> Option<(State, Message)> {
    let is_late = server.missed > 0 || (server.state == State::Never && server.due.is_some());
    let state = match cloud {
        Cloud::Unknown => return None,
        Cloud::Absent => {
            let nobody = is_late && times(server).is_some();
            return nobody.then(|| (State::Unmanaged, Message::new("trouble.no_scheduler")));
        }
        Cloud::There(overview) => overview.servers.get(&server.server),
    };
    if let Some(failure) = state.and_then(|state| failed(server, state)) {
        return Some((State::Failing, failure));
    }
    let wanted = times(server)?;
    let nothing = ServerSchedule::default();
    let state = state.unwrap_or(&nothing);
    let fine = state.triggers.iter().find(|trigger| trigger.health == TriggerHealth::Fine);
    match (state.triggers.first(), fine) {
        // Also where there never was a backup: then nothing else would ever say that the schedule does not work.
        (Some(broken), None) => Some((State::Failing, broken.health.message()?)),
        (Some(_), Some(fine)) if is_late && !fine.runs_at(&wanted) => {
            Some((State::Unmanaged, Message::new("trouble.other_times")))
        }
        (None, _) if is_late => {
            let had_one = state.runs.iter().any(|run| run.trigger.is_some());
            let key = if had_one { "trouble.trigger_gone" } else { "trouble.no_trigger" };
            Some((State::Unmanaged, Message::new(key)))
        }
        _ => None,
    }
}

/// The newest run, if it failed and there is no newer backup.
fn failed(server: &ServerHealth, state: &ServerSchedule) -> Option<Message> {
    let newest = state.runs.iter().find(|run| run.state.is_over() && run.state != RunState::Cancelled)?;
    let is_under_way = state.runs.iter().any(|run| !run.state.is_over() && run.started >= newest.started);
    let is_made_up = server.last_by_policy.is_some() && server.last_by_policy >= newest.started;
    newest.failure.clone().filter(|_| !is_under_way && !is_made_up && matches!(server.policy, Some(Ok(_))))
}

/// When the policy wants a backup; `None` when it does not say, or is paused.
fn times(server: &ServerHealth) -> Option<Schedule> {
    let policy = server.policy.as_ref()?.as_ref().ok()?;
    policy.schedule.filter(|schedule| !schedule.paused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::executions::{OwnTrigger, Run, failure};
    use crate::backup::health;
    use crate::backup::index::Index;
    use crate::backup::metadata;
    use crate::backup::samples::{PROJECT, backup, server};
    use crate::backup::workflow::schedule_of;
    use crate::model::{Image, Moment, ServerStatus};

    const HOUR: i64 = 3_600;
    /// 2026-11-23 10:00 UTC.
    const NOW: Moment = Moment(1_795_428_000);
    const DAILY: &str = "daily=7; at=03:00Z";

    fn health(policy: &str, made_hours_ago: Option<i64>) -> Health {
        let mut one = server("s", ServerStatus::Active);
        one.created = Some(NOW.plus(-400 * 24 * HOUR));
        one.metadata.insert(metadata::POLICY.to_owned(), policy.to_owned());
        let images: Vec<Image> =
            made_hours_ago.map(|hours| backup("i", NOW.0 - hours * HOUR, "s", "carrete")).into_iter().collect();
        let (servers, project) = ([one], PROJECT.into());
        health::of(&Index::of(&images, &[], &servers, &project), NOW, None)
    }

    fn trigger(pattern: &str, health: TriggerHealth) -> OwnTrigger {
        let (name, schedule) = ("carrete-s".to_owned(), schedule_of(pattern));
        OwnTrigger { id: "t".into(), name, pattern: pattern.to_owned(), schedule, next: None, health }
    }

    fn run(hours_ago: i64, state: RunState, wrong: &str) -> Run {
        let started = Some(NOW.plus(-hours_ago * HOUR));
        let failure = (state == RunState::Error).then(|| failure(wrong));
        Run { id: "r".into(), state, started, ended: started, trigger: Some("t".into()), failure, image: None }
    }

    fn ask(policy: &str, made: Option<i64>, triggers: Vec<OwnTrigger>, runs: Vec<Run>) -> (State, String, bool) {
        let overview =
            Overview { servers: [("s".into(), ServerSchedule { triggers, runs })].into(), ..Overview::default() };
        let mut all = health(policy, made);
        let is_served = served(&all.servers, &overview).next().is_some();
        explain(&mut all, Cloud::There(&overview));
        assert_eq!(all.summary.count(all.servers[0].state), 1, "counted as it is shown");
        let key = all.servers[0].likely.as_ref().map(|why| why.key.clone()).unwrap_or_default();
        (all.servers[0].state, key, is_served)
    }

    fn said(state: State, key: &str, served: bool) -> (State, String, bool) {
        (state, key.to_owned(), served)
    }

    #[test]
    fn a_trigger_that_is_missing_or_has_other_times_explains_what_is_late() {
        let fine = || trigger("0 3 * * *", TriggerHealth::Fine);
        assert_eq!(ask(DAILY, Some(6), vec![fine()], vec![]), said(State::Protected, "", true));
        // The same times have several names.
        let hourly = vec![trigger("5 * * * *", TriggerHealth::Fine)];
        assert_eq!(ask("last=1; every=1h at=01:05Z", Some(0), hourly, vec![]), said(State::Protected, "", true));
        assert_eq!(ask(DAILY, Some(6), vec![], vec![]), said(State::Protected, "", false), "nothing is missing");
        assert_eq!(ask(DAILY, Some(30), vec![], vec![]), said(State::Stale, "trouble.no_trigger", false));
        let before = vec![run(31, RunState::Success, "")];
        assert_eq!(ask(DAILY, Some(31), vec![], before), said(State::Stale, "trouble.trigger_gone", false));
        let other = vec![trigger("0 4 * * *", TriggerHealth::Fine)];
        assert_eq!(ask(DAILY, Some(60), other, vec![]), said(State::Failing, "trouble.other_times", false));
        assert_eq!(ask(DAILY, None, vec![], vec![]), said(State::Never, "trouble.no_trigger", false));
        assert_eq!(ask("daily=7", Some(60), vec![], vec![]), said(State::Failing, "", false), "it names no time");
        assert_eq!(ask("daily=7; at=03:00Z paused", Some(60), vec![], vec![]).1, "");
    }

    #[test]
    fn what_the_cloud_knows_is_said_before_the_grace_is_over() {
        let since = NOW.plus(-HOUR);
        let overdue = || vec![trigger("0 9 * * *", TriggerHealth::Overdue { since })];
        let nine = "daily=7; at=09:00Z";
        assert_eq!(ask(nine, Some(25), overdue(), vec![]), said(State::Failing, "schedule.overdue", false));
        assert_eq!(
            ask(nine, None, overdue(), vec![]),
            said(State::Failing, "schedule.overdue", false),
            "it never worked"
        );
        let no_run = vec![trigger("0 9 * * *", TriggerHealth::NoRun { slot: since })];
        assert_eq!(ask(nine, None, no_run.clone(), vec![]), said(State::Failing, "schedule.no_run", false));
        let paused = "daily=7; at=09:00Z paused";
        assert_eq!(ask(paused, None, no_run, vec![]), said(State::Never, "", false), "nothing should have run");
        let refused = "failed: You are not authorized (HTTP 403)";
        let failed = |hours| vec![run(hours, RunState::Error, refused)];
        assert_eq!(ask(nine, Some(25), overdue(), failed(1)), said(State::Failing, "schedule.failed.access", false));
        let fine = || vec![trigger("0 9 * * *", TriggerHealth::Fine)];
        assert_eq!(ask(nine, Some(25), fine(), failed(1)), said(State::Failing, "schedule.failed.access", false));
        // Somebody has made one since, or the next run is under way.
        assert_eq!(ask(nine, Some(0), fine(), failed(1)), said(State::Protected, "", true));
        let again = vec![run(0, RunState::Running, ""), run(1, RunState::Error, refused)];
        assert_eq!(ask(nine, Some(25), fine(), again), said(State::Protected, "", true));
        let quota = vec![run(1, RunState::Error, "failed: Quota exceeded for snapshots (HTTP 413)")];
        assert_eq!(ask(nine, Some(25), fine(), quota).1, "schedule.failed.quota");
        let state = vec![run(1, RunState::Error, "failed: Cannot 'createImage' while it is in vm_state rescued")];
        assert_eq!(ask(nine, Some(25), fine(), state).1, "schedule.failed.state");
    }

    #[test]
    fn without_a_scheduler_nobody_else_does_it() {
        let explained = |policy: &str, made, cloud| {
            let mut all = health(policy, made);
            explain(&mut all, cloud);
            (all.servers[0].state, all.servers[0].likely.as_ref().map_or(String::new(), |why| why.key.clone()))
        };
        let absent = |policy, made| explained(policy, made, Cloud::Absent);
        assert_eq!(absent(DAILY, Some(30)), (State::Stale, "trouble.no_scheduler".into()));
        assert_eq!(absent(DAILY, Some(6)), (State::Protected, String::new()));
        assert_eq!(absent("daily=7", Some(60)).1, "", "by hand");
        assert_eq!(explained(DAILY, Some(30), Cloud::Unknown), (State::Stale, String::new()));
    }

    #[test]
    fn a_scheduler_that_cannot_make_backups_is_none() {
        let overview = Overview::default();
        assert!(matches!(Cloud::of(true, false, Some(&overview)), Cloud::There(_)));
        assert!(matches!(Cloud::of(true, false, None), Cloud::Unknown));
        for known in [None, Some(&overview)] {
            assert!(matches!(Cloud::of(true, true, known), Cloud::Absent));
            assert!(matches!(Cloud::of(false, false, known), Cloud::Absent));
        }
        let mut late = health(DAILY, Some(30));
        explain(&mut late, Cloud::of(true, true, Some(&overview)));
        assert_eq!(late.servers[0].likely.as_ref().map(|why| why.key.as_str()), Some("trouble.no_scheduler"));
    }

    #[test]
    fn whether_it_can_make_backups_matters_where_a_policy_says_when() {
        let wants = |policy: &str| {
            let mut one = server("s", ServerStatus::Active);
            one.metadata.insert(metadata::POLICY.to_owned(), policy.to_owned());
            wants_scheduler(&[server("t", ServerStatus::Active), one])
        };
        assert!(wants(DAILY));
        assert!(!wants("daily=7") && !wants("daily=7; at=03:00Z paused") && !wants("daily=often"));
    }
}
