//! In one word, how the schedule of a server stands in the cloud.

use super::{ServerSchedule, TriggerHealth};
use crate::backup::policy::Schedule;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No trigger.
    Off,
    /// It runs when the policy says.
    On,
    /// The policy is paused. A trigger may stand: its runs make nothing until the policy is resumed.
    Paused,
    /// A trigger runs when the policy does not say so.
    OtherTimes,
    /// No trigger that still works.
    Broken,
    /// The server is gone, and its trigger is still there.
    Gone,
}

impl Standing {
    /// `wanted`: what the policy says, `None` when it says no time. `is_there`: whether the server is.
    pub fn of(state: &ServerSchedule, wanted: Option<&Schedule>, is_there: bool) -> Self {
        let Some(first) = state.triggers.first() else {
            return if wanted.is_some_and(|wanted| wanted.paused) { Self::Paused } else { Self::Off };
        };
        if !is_there {
            return Self::Gone;
        }
        match wanted {
            Some(wanted) if wanted.paused => Self::Paused,
            _ if state.triggers.iter().all(|trigger| trigger.health != TriggerHealth::Fine) => Self::Broken,
            Some(wanted) if state.triggers.len() == 1 && first.runs_at(wanted) => Self::On,
            _ => Self::OtherTimes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::OwnTrigger;
    use super::*;
    use crate::backup::Policy;
    use crate::backup::workflow::{pattern, schedule_of};
    use crate::model::Moment;

    fn schedule(clauses: &str) -> Schedule {
        Policy::parse(&format!("last=1; {clauses}")).unwrap().schedule.unwrap()
    }

    fn trigger(clauses: &str, health: TriggerHealth) -> OwnTrigger {
        let pattern = pattern(&schedule(clauses));
        let schedule = schedule_of(&pattern);
        OwnTrigger { id: "t".into(), name: "carrete-s".into(), pattern, schedule, next: None, health }
    }

    #[test]
    fn a_trigger_alone_does_not_mean_that_it_is_on() {
        let of = |triggers: Vec<OwnTrigger>, wanted: Option<&str>, is_there| {
            let state = ServerSchedule { triggers, runs: Vec::new() };
            Standing::of(&state, wanted.map(schedule).as_ref(), is_there)
        };
        let fine = || trigger("at=03:00Z", TriggerHealth::Fine);
        let broken = || trigger("at=03:00Z", TriggerHealth::Overdue { since: Moment(0) });
        let three = Some("at=03:00Z");
        assert_eq!(of(vec![], three, true), Standing::Off);
        assert_eq!(of(vec![fine()], three, true), Standing::On);
        assert_eq!(of(vec![fine()], Some("at=03:00Z paused"), true), Standing::Paused, "it makes nothing");
        assert_eq!(of(vec![], Some("at=03:00Z paused"), true), Standing::Paused);
        assert_eq!(of(vec![fine()], Some("at=04:00Z"), true), Standing::OtherTimes);
        assert_eq!(of(vec![fine()], None, true), Standing::OtherTimes, "the policy says no time");
        assert_eq!(of(vec![fine(), fine()], three, true), Standing::OtherTimes, "one too many");
        assert_eq!(of(vec![broken()], three, true), Standing::Broken);
        assert_eq!(of(vec![fine()], None, false), Standing::Gone);
        assert_eq!(of(vec![], None, false), Standing::Off);
    }
}
