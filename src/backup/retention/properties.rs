//! What must hold for any backups and any policy: a million cases, made by a generator of a few lines, because time goes
//! into the cases and not into making them. The same answer is computed a second time, in another way. What must hold for
//! any images: `items/properties.rs`.

use super::tests::item;
use super::*;

/// Cases of each of the two tests below.
const CASES: u32 = 500_000;

/// xorshift64*: the same cases in every run.
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below
    }

    pub fn keep(&mut self) -> Keep {
        let mut keep = Keep::default();
        for rule in Rule::ALL {
            if self.roll(3) == 0 {
                keep.set(rule, self.roll(5) as u32);
            }
        }
        keep
    }

    /// Up to ten, near each other at every scale, across a year's end, several in one second.
    fn items(&mut self) -> Vec<Item> {
        let scale = [3, 5_400, 200_000, 2_000_000, 9_000_000, 90_000_000][self.roll(6) as usize];
        let count = self.roll(11);
        (0..count).map(|id| self.item(id, scale)).collect()
    }

    fn item(&mut self, id: u64, scale: u64) -> Item {
        // 2027-01-01: the year ends within an ISO week.
        let created = 1_798_761_600 + self.roll(scale) as i64 - scale as i64 / 2;
        let standing = match self.roll(12) {
            0 => Standing::Unfinished,
            1 => Standing::Broken { reason: Message::new("") },
            2 => Standing::Held(Hold::Manual),
            3 => Standing::Held(Hold::Protected),
            _ => Standing::Usable,
        };
        Item {
            image: (id > 0 || self.roll(2) == 0).then(|| ID[id as usize].into()),
            name: String::new(),
            created: (self.roll(40) > 0).then_some(Moment(created)),
            size: None,
            standing,
        }
    }

    fn shuffled<T>(&mut self, mut all: Vec<T>) -> Vec<T> {
        for place in (1..all.len()).rev() {
            all.swap(place, self.roll(place as u64 + 1) as usize);
        }
        all
    }
}

const ID: [&str; 11] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];

fn takes_a_place(item: &Item) -> bool {
    item.standing == Standing::Usable && item.created.is_some()
}

fn staying(decisions: &[Decision]) -> Vec<&Item> {
    decisions.iter().filter(|d| d.stays()).map(|d| &d.item).collect()
}

/// The rules as one would explain them: group by period, take the newest of the first so many groups; if there are
/// fewer groups than places, the oldest of all as well.
pub(super) fn explained(mut usable: Vec<&Item>, keep: &Keep) -> Vec<Option<ImageId>> {
    usable.sort_by_key(|item| std::cmp::Reverse((item.created, item.image.is_none(), item.image.clone())));
    let mut kept: Vec<usize> = Vec::new();
    for (rule, of) in keep.rules() {
        let mut groups: Vec<(usize, i32)> = Vec::new();
        for (place, item) in usable.iter().enumerate() {
            let at = item.created.unwrap().utc();
            let (year, week, _) = at.to_iso_week_date();
            let group = match rule {
                Rule::Last => place as i32,
                Rule::Hourly => (at.year() * 400 + i32::from(at.ordinal())) * 24 + i32::from(at.hour()),
                Rule::Daily => at.year() * 400 + i32::from(at.ordinal()),
                Rule::Weekly => year * 60 + i32::from(week),
                Rule::Monthly => at.year() * 12 + u8::from(at.month()) as i32,
                Rule::Yearly => at.year(),
            };
            if !groups.iter().any(|(_, known)| *known == group) {
                groups.push((place, group));
            }
        }
        kept.extend(groups.iter().take(of as usize).map(|(place, _)| *place));
        if groups.len() < of as usize {
            kept.extend(usable.len().checked_sub(1));
        }
    }
    kept.extend(usable.first().map(|_| 0));
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().map(|place| usable[place].image.clone()).collect()
}

#[test]
fn the_same_as_explained_and_never_the_newest_or_what_takes_no_place() {
    let mut dice = Dice(0x5EED_0001);
    for case in 0..CASES {
        let (items, keep) = (dice.items(), dice.keep());
        let expected = explained(items.iter().filter(|item| takes_a_place(item)).collect(), &keep);
        let decisions = forget(items, &keep);
        let kept: Vec<Option<ImageId>> =
            staying(&decisions).into_iter().filter(|i| takes_a_place(i)).map(|i| i.image.clone()).collect();
        assert_eq!(kept, expected, "case {case}: {keep:?} {decisions:#?}");
        assert!(kept.len() <= keep.sum().max(1) as usize, "case {case}: more than promised: {decisions:#?}");
        let newest = decisions.iter().find(|d| takes_a_place(&d.item));
        assert!(newest.is_none_or(Decision::stays), "case {case}: the newest usable one goes: {decisions:#?}");
        let innocent = decisions.iter().filter(|d| !takes_a_place(&d.item));
        assert!(innocent.clone().all(Decision::stays), "case {case}: {decisions:#?}");
        assert!(
            decisions.iter().all(|d| !matches!(&d.verdict, Verdict::Keep { reasons } if reasons.is_empty())),
            "case {case}: without a reason: {decisions:#?}"
        );
    }
}

#[test]
fn twice_is_once_the_order_does_not_matter_and_a_kinder_policy_removes_nothing_more() {
    let mut dice = Dice(0x5EED_0002);
    for case in 0..CASES {
        let (items, keep) = (dice.items(), dice.keep());
        let decisions = forget(items.clone(), &keep);
        let kept: Vec<Item> = staying(&decisions).into_iter().cloned().collect();

        let again = forget(kept.clone(), &keep);
        assert!(again.iter().all(Decision::stays), "case {case}: more goes the second time: {decisions:#?}");

        let mut kinder = keep;
        let rule = Rule::ALL[dice.roll(6) as usize];
        kinder.set(rule, keep.of(rule) + 1 + dice.roll(3) as u32);
        let shuffled = forget(dice.shuffled(items), if case % 2 == 0 { &keep } else { &kinder });
        if case % 2 == 0 {
            assert_eq!(shuffled, decisions, "case {case}");
        } else {
            let then = staying(&shuffled);
            assert!(kept.iter().all(|item| then.contains(&item)), "case {case}: {keep:?} {kinder:?} {decisions:#?}");
        }
    }
}

/// Backups go on being made, under one policy: what was kept is what would be kept if nothing had ever been removed, for
/// every rule's newest. It is what makes the simulator's picture true.
#[test]
fn a_policy_run_day_by_day_keeps_what_it_would_have_kept_at_the_end() {
    let keep = Keep { last: 2, daily: 3, weekly: 2, monthly: 4, ..Keep::default() };
    let (mut there, mut ever) = (Vec::new(), Vec::new());
    let start = Moment::parse("2026-11-23 03:00").unwrap();
    for day in 0..400 {
        let new = Item { created: Some(start.plus(day * 86_400)), ..item(day as usize, "2026-11-23 03:00") };
        ever.push(new.clone());
        there.push(new);
        there = staying(&forget(there, &keep)).into_iter().cloned().collect();
    }
    let at_once = forget(ever, &keep);
    let newest_of_a_period = |item: &&Item| {
        at_once.iter().any(|d| {
            d.item == **item
                && matches!(&d.verdict, Verdict::Keep { reasons } if reasons.iter().any(|r| matches!(r, Reason::Newest { .. })))
        })
    };
    assert_eq!(there.iter().filter(newest_of_a_period).count(), there.len());
    assert_eq!(there, staying(&at_once).into_iter().cloned().collect::<Vec<_>>());
}
