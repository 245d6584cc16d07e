//! "With this policy, what would be there in three months?" The schedule run forward through the same retention that
//! runs for real, from the backups that there are now.

use super::policy::{Policy, Schedule};
use super::retention::{Decision, Item, Reason, Verdict, forget};
use crate::model::Moment;

/// More runs than these are not simulated: 90 days of one an hour, and some more.
pub const MOST_RUNS: usize = 2_200;

/// What was and will be, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    pub from: Moment,
    /// When it ends: the horizon, or sooner after [`MOST_RUNS`].
    pub to: Moment,
    pub runs: usize,
    pub backups: Vec<Life>,
    /// What is there at the end, newest first, and what retention says of it. Only when there was no run can something
    /// be on it that would go.
    pub end: Vec<Decision>,
    /// The most that are there at once.
    pub peak: usize,
}

/// One backup from its beginning to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// `image: None`: a future one.
    pub item: Item,
    pub removed_at: Option<Moment>,
    /// Why it went.
    pub reason: Option<Reason>,
}

impl Life {
    /// Whether it is there at that moment, the moments of its making and its removal included and excluded.
    pub fn is_there(&self, at: Moment) -> bool {
        self.item.created.is_none_or(|created| created <= at) && self.removed_at.is_none_or(|removed| at < removed)
    }
}

impl Simulation {
    /// Whether it tells what is there at that moment: after [`MOST_RUNS`] it ends sooner than the horizon. A day more or less
    /// does not matter.
    pub fn reaches(&self, at: Moment) -> bool {
        at <= self.to.plus(86_400)
    }

    /// The backups that are there at that moment, oldest first.
    pub fn at(&self, at: Moment) -> impl Iterator<Item = &Life> {
        self.backups.iter().filter(move |life| life.is_there(at))
    }
}

/// Simulates from `now` for `horizon` seconds. `items`: what there is now ([`super::retention::items`]). All future runs
/// succeed. Without a schedule there is one as often as the finest rule asks; a policy that only counts makes one a day.
/// A paused schedule is simulated as if it were resumed.
pub fn simulate(policy: &Policy, items: Vec<Item>, now: Moment, horizon: i64) -> Simulation {
    let end = now.plus(horizon.max(0));
    let slots: Vec<Moment> = match policy.schedule {
        Some(schedule) => slots_of(schedule, now, end),
        None => {
            let period = policy.keep.finest().and_then(|rule| rule.period()).unwrap_or(86_400);
            let first = now.plus(period);
            std::iter::successors(Some(first), |slot| Some(slot.plus(period)))
                .take_while(|slot| *slot <= end)
                .take(MOST_RUNS)
                .collect()
        }
    };
    let to = if slots.len() == MOST_RUNS { slots.last().copied().unwrap_or(end) } else { end };
    let mut there = items;
    let mut gone: Vec<Life> = Vec::new();
    let mut peak = there.len();
    for slot in &slots {
        there.push(Item::incoming("", *slot));
        peak = peak.max(there.len());
        let decisions = forget(there, &policy.keep);
        there = Vec::with_capacity(decisions.len());
        for Decision { item, verdict } in decisions {
            match verdict {
                Verdict::Keep { .. } => there.push(item),
                Verdict::Remove { reason } => {
                    gone.push(Life { item, removed_at: Some(*slot), reason: Some(reason) });
                }
            }
        }
    }
    let end_decisions = forget(there.clone(), &policy.keep);
    let mut backups = gone;
    backups.extend(there.into_iter().map(|item| Life { item, removed_at: None, reason: None }));
    backups.sort_by(|a, b| (a.item.created, &a.item.image).cmp(&(b.item.created, &b.item.image)));
    Simulation { from: now, to, runs: slots.len(), backups, end: end_decisions, peak }
}

fn slots_of(schedule: Schedule, now: Moment, end: Moment) -> Vec<Moment> {
    schedule.slots_between(now.plus(1), end.plus(1)).take(MOST_RUNS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backup::policy::tests::policies;
    use crate::backup::retention::{Hold, Standing};

    const DAY: i64 = 86_400;

    fn policy(text: &str) -> Policy {
        Policy::parse(text).unwrap()
    }

    fn now() -> Moment {
        Moment::parse("2026-11-23 10:00").unwrap()
    }

    fn existing(age: i64, standing: Standing) -> Item {
        let image = Some(format!("i{age}").as_str().into());
        Item { image, standing, ..Item::incoming("old", now().plus(-age)) }
    }

    fn names(simulation: &Simulation, at: Moment) -> Vec<String> {
        simulation.at(at).map(|life| life.item.created.unwrap().rfc3339()[..10].to_owned()).collect()
    }

    #[test]
    fn shows_what_would_be_there() {
        let items = vec![
            existing(DAY, Standing::Usable),
            existing(400 * DAY, Standing::Held(Hold::Pinned { why: "the first".into() })),
        ];
        let all = simulate(&policy("last=2 weekly=2; at=03:00Z"), items, now(), 14 * DAY);
        assert_eq!((all.runs, all.to), (14, now().plus(14 * DAY)));
        assert_eq!(names(&all, now()), ["2025-10-19", "2026-11-22"]);
        assert_eq!(
            names(&all, now().plus(14 * DAY)),
            ["2025-10-19", "2026-12-06", "2026-12-07"],
            "the last two, which are the newest of two weeks, and the pinned one"
        );
        let first = all.backups.iter().find(|life| life.item.created == Some(now().plus(-DAY))).unwrap();
        assert_eq!(first.removed_at, Moment::parse("2026-11-30 03:00"));
        assert!(matches!(first.reason, Some(Reason::NoPlace { .. })));
        assert_eq!(all.backups.len(), 16);
        assert_eq!(all.end.len(), 3);
        assert!(all.peak <= 6);
    }

    #[test]
    fn runs_as_often_as_the_finest_rule_when_no_schedule_says_it() {
        assert_eq!(simulate(&policy("weekly=4 monthly=6"), Vec::new(), now(), 90 * DAY).runs, 12);
        assert_eq!(simulate(&policy("last=3"), Vec::new(), now(), 90 * DAY).runs, 90);
        assert_eq!(simulate(&policy("hourly=3"), Vec::new(), now(), 90 * DAY).runs, 2_160);
        assert_eq!(simulate(&policy("last=3; at=03:00Z paused"), Vec::new(), now(), 9 * DAY).runs, 9);
        let nothing =
            simulate(&policy("last=1"), vec![existing(2, Standing::Usable), existing(1, Standing::Usable)], now(), 0);
        assert_eq!((nothing.runs, nothing.backups.len(), nothing.end.len()), (0, 2, 2));
        let long = simulate(&policy("hourly=24"), Vec::new(), now(), 9_999 * DAY);
        assert_eq!((long.runs, long.to), (MOST_RUNS, now().plus(MOST_RUNS as i64 * 3_600)));
        assert!(long.reaches(now().plus(91 * DAY)) && !long.reaches(now().plus(182 * DAY)));
        assert_eq!(simulate(&policy("last=3; at=03:00Z"), Vec::new(), now(), i64::MAX).runs, MOST_RUNS);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// At every moment there is what the policy allows, something usable from the first run on, and the end is what
        /// retention says of it.
        #[test]
        fn never_more_than_promised_and_never_nothing(policy in policies(), ages in proptest::collection::vec(1..90 * DAY, 0..9), days in 1i64..40) {
            let (mut ages, mut policy) = (ages, policy);
            for (rule, count) in policy.keep.rules() {
                policy.keep.set(rule, count % 20 + 1);
            }
            ages.sort_unstable();
            ages.dedup();
            let items: Vec<Item> = ages.iter().map(|age| existing(*age, Standing::Usable)).collect();
            let all = simulate(&policy, items, now(), days * DAY);
            let most = (policy.keep.sum() as usize).max(1);
            if let Some(first) = all.backups.iter().filter(|life| life.item.image.is_none()).filter_map(|life| life.item.created).min() {
                for day in 0..=days {
                    let at = now().plus(day * DAY);
                    let count = all.at(at).count();
                    prop_assert!(at < first || (1..=most).contains(&count), "{count} on day {day}");
                }
                prop_assert_eq!(all.at(all.to).count(), all.end.len());
                prop_assert!(all.end.iter().all(Decision::stays));
            }
            prop_assert_eq!(all.backups.len(), ages.len() + all.runs);
        }
    }
}
