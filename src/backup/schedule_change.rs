//! From the triggers of a server to those that its schedule wants. Mistral cannot change a trigger: the new one is made, seen,
//! and only then the old one goes, so that no slot is lost in between.
//!
//! Asked again after every step, with the list as it is then, so it may stop anywhere (a closed tab, a lost answer) and go on
//! later: nothing is made twice, as a trigger's name says what it does.

use super::policy::Schedule;
use super::workflow::{Trigger, server_of};
use crate::model::{CronTrigger, ServerId, TriggerId};

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// `Conflict` means that it is there already.
    Create(Trigger),
    /// `NotFound` means that it is gone already.
    Delete { id: TriggerId, name: String },
}

/// All that is to be done, in order. Empty: everything is as it should be.
///
/// `wanted`: `None` when the policy has no schedule; a paused one wants no trigger either, it stays in the policy.
/// `broken`: triggers whose trust no longer works (`executions::TriggerHealth`); they are replaced by new ones, with the trust
/// of whoever is signed in. Triggers of others and of other servers are never touched.
pub fn changes(
    server: &ServerId,
    region: &str,
    wanted: Option<&Schedule>,
    triggers: &[CronTrigger],
    broken: &[TriggerId],
) -> Vec<Change> {
    let wanted = wanted.filter(|schedule| !schedule.paused).map(|schedule| Trigger::new(server, region, schedule));
    let ours: Vec<&CronTrigger> =
        triggers.iter().filter(|trigger| server_of(trigger).as_ref() == Some(server)).collect();
    let fits = |trigger: &CronTrigger| {
        wanted.as_ref().is_some_and(|wanted| wanted.is(trigger)) && !broken.contains(&trigger.id)
    };
    // Of two that do the same, the older stays: it has been seen to work.
    let stays = ours.iter().filter(|trigger| fits(trigger)).min_by_key(|it| (it.created_at, &it.id));
    let stays = stays.map(|trigger| trigger.id.clone());
    let mut changes = Vec::new();
    if let (Some(wanted), None) = (wanted, &stays) {
        changes.push(Change::Create(wanted.beside(triggers)));
    }
    for old in ours.iter().filter(|trigger| Some(&trigger.id) != stays.as_ref()) {
        changes.push(Change::Delete { id: old.id.clone(), name: old.name.clone() });
    }
    changes
}

/// The one thing to do now. While there is something to make, nothing is removed: the list must show it first.
pub fn next(
    server: &ServerId,
    region: &str,
    wanted: Option<&Schedule>,
    triggers: &[CronTrigger],
    broken: &[TriggerId],
) -> Option<Change> {
    changes(server, region, wanted, triggers, broken).into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::policy::{Every, Schedule};
    use crate::model::Moment;
    use proptest::prelude::*;

    fn at(hour: u16, paused: bool) -> Schedule {
        Schedule { every: Every::Day, at: hour * 60, paused }
    }

    /// Mistral, as far as triggers go.
    fn perform(triggers: &mut Vec<CronTrigger>, change: &Change) {
        match change {
            Change::Create(trigger) => {
                assert!(triggers.iter().all(|other| other.name != trigger.name), "Mistral would answer 409");
                let number = triggers.len() as i64;
                triggers.push(CronTrigger {
                    id: format!("made-{}-{number}", trigger.name).into(),
                    name: trigger.name.clone(),
                    workflow_name: trigger.workflow.into(),
                    workflow_input: trigger.input.clone(),
                    pattern: trigger.pattern.clone(),
                    created_at: Some(Moment(number)),
                    ..CronTrigger::default()
                });
            }
            Change::Delete { id, .. } => triggers.retain(|trigger| trigger.id != *id),
        }
    }

    fn settle(triggers: &mut Vec<CronTrigger>, wanted: Option<&Schedule>, broken: &[TriggerId]) -> Vec<Change> {
        let mut done = Vec::new();
        while let Some(change) = next(&"s".into(), "RegionOne", wanted, triggers, broken) {
            assert!(done.len() < 20, "{done:?}");
            perform(triggers, &change);
            done.push(change);
        }
        done
    }

    #[test]
    fn the_new_one_stands_before_the_old_one_goes() {
        let mut triggers = Vec::new();
        assert_eq!(settle(&mut triggers, Some(&at(3, false)), &[]).len(), 1);
        assert_eq!(settle(&mut triggers, Some(&at(3, false)), &[]), []);
        let moved = settle(&mut triggers, Some(&at(4, false)), &[]);
        assert!(matches!(moved.as_slice(), [Change::Create(_), Change::Delete { .. }]), "{moved:?}");
        assert_eq!(triggers.len(), 1);

        let broken = [triggers[0].id.clone()];
        let renewed = settle(&mut triggers, Some(&at(4, false)), &broken);
        assert!(matches!(renewed.as_slice(), [Change::Create(_), Change::Delete { .. }]), "{renewed:?}");
        assert_eq!(triggers[0].name, "carrete-s-day-0400-2");

        assert_eq!(settle(&mut triggers, Some(&at(4, true)), &[]).len(), 1, "paused: no trigger");
        assert_eq!(settle(&mut triggers, None, &[]), []);
        assert!(triggers.is_empty());
    }

    proptest! {
        #[test]
        fn whatever_is_there_ends_as_wanted_and_foreign_triggers_stay(
            hours in proptest::collection::vec((0..4_u16, any::<bool>(), any::<bool>()), 0..6),
            wanted in proptest::option::of((0..4_u16, any::<bool>())),
            broken_is in any::<u8>(),
        ) {
            let mut triggers: Vec<CronTrigger> = Vec::new();
            for (number, (hour, foreign, elsewhere)) in hours.iter().enumerate() {
                let server: ServerId = if *elsewhere { "other" } else { "s" }.into();
                let made = Trigger::new(&server, "RegionOne", &at(*hour, false)).beside(&triggers);
                perform(&mut triggers, &Change::Create(made));
                if *foreign {
                    triggers[number].workflow_name = "nightly".into();
                }
            }
            let touchable = |trigger: &CronTrigger| server_of(trigger) == Some("s".into());
            let untouched: Vec<CronTrigger> = triggers.iter().filter(|it| !touchable(it)).cloned().collect();
            let broken: Vec<TriggerId> =
                triggers.iter().enumerate().filter(|(n, _)| broken_is >> n & 1 == 1).map(|(_, it)| it.id.clone()).collect();
            let wanted = wanted.map(|(hour, paused)| at(hour, paused));
            settle(&mut triggers, wanted.as_ref(), &broken);
            let ours: Vec<&CronTrigger> = triggers.iter().filter(|it| touchable(it)).collect();
            let runs = wanted.is_some_and(|schedule| !schedule.paused);
            prop_assert_eq!(ours.len(), usize::from(runs));
            prop_assert!(ours.iter().all(|it| !broken.contains(&it.id)));
            let left: Vec<CronTrigger> = triggers.iter().filter(|it| !touchable(it)).cloned().collect();
            prop_assert_eq!(left, untouched);
        }
    }
}
