//! restic's published cases with their answers, and the corners of the calendar.

use super::*;

/// The times of restic's own test of its policies (internal/data/snapshot_policy_test.go), in short: days of a month at
/// 10:20:30, and `x` for two within that second.
const DAYS: [(&str, &str); 8] = [
    ("2014-08", "08 10 12 13 13 15 18 20 21 22"),
    ("2014-09", "01 02 05 06 08 09 10 11 20 22"),
    ("2014-10", "01 02 05 06 08 09 10 11 20 22"),
    ("2014-11", "08 10 12 13 13 15 18 20 21 22"),
    ("2015-08", "08 10 12 13 13 15 18 20 21 22"),
    ("2015-09", "01 02 05 06 08 09 10 11 20 22"),
    ("2015-10", "01 02 05 06 08 09 10 11 20 22 22 22 22 22"),
    ("2015-11", "08 10 12 13 13 15 18 20 21 22"),
];
const TIMES: [&str; 19] = [
    "2016-01-01 01:02:03",
    "2016-01-01 01:03:03",
    "2016-01-01 07:08:03",
    "2016-01-03 07:02:03",
    "2016-01-04 10:23:03",
    "2016-01-04 11:23:03",
    "2016-01-04 12:23:03",
    "2016-01-04 12:24:03",
    "2016-01-04 12:28:03",
    "2016-01-04 12:30:03",
    "2016-01-04 16:23:03",
    "2016-01-05 09:02:03",
    "2016-01-06 08:02:03",
    "2016-01-07 10:02:03",
    "2016-01-08 20:02:03",
    "2016-01-09 21:02:03",
    "2016-01-12 21:02:03",
    "2016-01-12 21:08:03",
    "2016-01-18 12:02:03",
];

fn restic() -> Vec<String> {
    let days = DAYS.iter().flat_map(|(month, days)| days.split(' ').map(move |d| format!("{month}-{d} 10:20:30")));
    days.chain(TIMES.map(str::to_owned)).collect()
}

pub fn item(id: usize, at: &str) -> Item {
    let created = Moment::parse(at);
    assert!(created.is_some(), "{at}");
    let image = Some(format!("{id:04}").as_str().into());
    Item { image, name: String::new(), created, size: None, standing: Standing::Usable }
}

fn keep(rules: &str) -> Keep {
    crate::backup::Policy::parse(rules).unwrap().keep
}

/// What stays of backups made at these times, newest first, as `2026-11-23 03:00`.
fn kept(times: &[impl AsRef<str>], rules: &str) -> Vec<String> {
    let items = times.iter().enumerate().map(|(id, at)| item(id, at.as_ref())).collect();
    let stay = forget(items, &keep(rules)).into_iter().filter(Decision::stays);
    stay.map(|decision| decision.item.created.unwrap().rfc3339()[..16].replace('T', " ")).collect()
}

#[test]
fn answers_as_restic_does() {
    let all = restic();
    assert_eq!(all.len(), 103);
    let mut newest_first: Vec<String> = all.iter().map(|at| at[..16].to_owned()).collect();
    newest_first.sort();
    newest_first.reverse();
    for (rules, count) in [("last=10", 10), ("last=15", 15), ("last=99", 99), ("last=200", 103), ("last=999", 103)] {
        assert_eq!(kept(&all, rules), newest_first[..count], "{rules}");
    }
    assert_eq!(kept(&all, "last=999 hourly=999"), newest_first);
    let mut hours = newest_first.clone();
    hours.dedup_by_key(|at| at[..13].to_owned());
    assert_eq!(hours.len(), 90);
    assert_eq!(kept(&all, "hourly=999"), hours);
    assert_eq!(kept(&all, "hourly=20"), hours[..20]);
    assert_eq!(hours[19], "2015-11-13 10:20");
    let mut days = newest_first.clone();
    days.dedup_by_key(|at| at[..10].to_owned());
    for count in [3, 10, 30] {
        assert_eq!(kept(&all, &format!("daily={count}")), days[..count], "daily={count}");
    }
    assert_eq!((days[9].as_str(), days[29].as_str()), ("2016-01-01 07:08", "2015-09-22 10:20"));

    for (rules, expected) in [
        (
            "last=5 daily=5",
            "2016-01-18 12:02, 2016-01-12 21:08, 2016-01-12 21:02, 2016-01-09 21:02, 2016-01-08 20:02, 2016-01-07 10:02",
        ),
        (
            "last=2 daily=10",
            "2016-01-18 12:02, 2016-01-12 21:08, 2016-01-09 21:02, 2016-01-08 20:02, 2016-01-07 10:02, 2016-01-06 08:02, \
             2016-01-05 09:02, 2016-01-04 16:23, 2016-01-03 07:02, 2016-01-01 07:08",
        ),
        ("weekly=2", "2016-01-18 12:02, 2016-01-12 21:08"),
        ("weekly=4", "2016-01-18 12:02, 2016-01-12 21:08, 2016-01-09 21:02, 2016-01-03 07:02"),
        ("daily=3 weekly=4", "2016-01-18 12:02, 2016-01-12 21:08, 2016-01-09 21:02, 2016-01-03 07:02"),
        (
            "monthly=6",
            "2016-01-18 12:02, 2015-11-22 10:20, 2015-10-22 10:20, 2015-09-22 10:20, 2015-08-22 10:20, 2014-11-22 10:20",
        ),
        (
            "daily=2 weekly=2 monthly=6",
            "2016-01-18 12:02, 2016-01-12 21:08, 2015-11-22 10:20, 2015-10-22 10:20, 2015-09-22 10:20, 2015-08-22 10:20, \
             2014-11-22 10:20",
        ),
        // Six places are left after the last year, so the oldest of all stays.
        ("yearly=10", "2016-01-18 12:02, 2015-11-22 10:20, 2014-11-22 10:20, 2014-08-08 10:20"),
        (
            "daily=7 weekly=2 monthly=3 yearly=10",
            "2016-01-18 12:02, 2016-01-12 21:08, 2016-01-09 21:02, 2016-01-08 20:02, 2016-01-07 10:02, 2016-01-06 08:02, \
             2016-01-05 09:02, 2015-11-22 10:20, 2015-10-22 10:20, 2014-11-22 10:20, 2014-08-08 10:20",
        ),
        (
            "daily=3 weekly=2 monthly=999 yearly=999",
            "2016-01-18 12:02, 2016-01-12 21:08, 2016-01-09 21:02, 2015-11-22 10:20, 2015-10-22 10:20, 2015-09-22 10:20, \
             2015-08-22 10:20, 2014-11-22 10:20, 2014-10-22 10:20, 2014-09-22 10:20, 2014-08-22 10:20, 2014-08-08 10:20",
        ),
    ] {
        assert_eq!(kept(&all, rules).join(", "), expected, "{rules}");
    }
}

#[test]
fn says_which_rules_keep_it_and_which_place_it_takes() {
    let items = restic().iter().enumerate().map(|(id, at)| item(id, at)).collect();
    let decisions = forget(items, &keep("daily=7 weekly=2 monthly=3 yearly=10"));
    let said = |at: &str| -> Vec<String> {
        let at = Moment::parse(at);
        let Verdict::Keep { reasons } = &decisions.iter().find(|d| d.item.created == at).unwrap().verdict else {
            return Vec::new();
        };
        let text = |reason: &Reason| match reason {
            Reason::Newest { period, place, of } => {
                format!("{} {} {place}/{of}", period.rule.word(), period.name())
            }
            Reason::Oldest { period, place, of } => format!("oldest {} {place}/{of}", period.rule.word()),
            other => format!("{other:?}"),
        };
        reasons.iter().map(text).collect()
    };
    assert_eq!(
        said("2016-01-18 12:02:03"),
        ["daily 2016-01-18 1/7", "weekly 2016-W03 1/2", "monthly 2016-01 1/3", "yearly 2016 1/10"]
    );
    assert_eq!(said("2015-11-22 10:20:30"), ["monthly 2015-11 2/3", "yearly 2015 2/10"]);
    assert_eq!(said("2014-08-08 10:20:30"), ["oldest yearly 4/10"]);
    assert!(said("2014-10-22 10:20:30").is_empty());
}

#[test]
fn a_removed_one_says_why() {
    let reasons = |rules: &str, times: &[&str]| -> Vec<String> {
        let items = times.iter().enumerate().map(|(id, at)| item(id, at)).collect();
        let gone = forget(items, &keep(rules)).into_iter().filter_map(|decision| match decision.verdict {
            Verdict::Remove { reason } => Some(reason),
            Verdict::Keep { .. } => None,
        });
        gone.map(|reason| {
            let message = reason.message();
            let args: Vec<String> = message.args.iter().map(|(_, arg)| format!("{arg:?}")).collect();
            format!("{} {}", message.key.split_once('.').unwrap().1, args.join(" "))
        })
        .collect()
    };
    let times = ["2026-11-23 03:00", "2026-11-23 02:00", "2026-11-22 03:00", "2026-11-21 03:00", "2026-11-20 03:00"];
    assert_eq!(
        reasons("last=1 daily=2", &times),
        [
            "removed.daily Text(\"2026-11-23\")",
            "removed.no_place Text(\"last=1 daily=2\")",
            "removed.no_place Text(\"last=1 daily=2\")"
        ]
    );
    assert_eq!(
        reasons("daily=1 monthly=3", &times)[..2],
        ["removed.monthly Text(\"2026-11\")", "removed.monthly Text(\"2026-11\")"]
    );
}

#[test]
fn the_newest_usable_stays_under_any_policy() {
    let broken = Standing::Broken { reason: Message::new("retention.broken.killed") };
    let items = vec![
        item(1, "2026-11-23 03:00"),
        item(2, "2026-11-24 03:00"),
        Item { standing: broken, ..item(3, "2026-11-25 03:00") },
    ];
    let decisions = forget(items, &Keep::default());
    assert_eq!(decisions[1].verdict, Verdict::Keep { reasons: vec![Reason::NewestUsable] });
    assert!(decisions[0].stays() && !decisions[2].stays());
    assert!(forget(Vec::new(), &keep("last=1")).is_empty());
}

#[test]
fn what_is_held_unfinished_or_broken_takes_no_place() {
    let with = |id, at, standing| Item { standing, ..item(id, at) };
    let broken = || Standing::Broken { reason: Message::new("retention.broken.killed") };
    let items = vec![
        with(9, "2026-11-29 03:00", Standing::Unfinished),
        with(8, "2026-11-28 03:00", broken()),
        with(7, "2026-11-27 03:00", Standing::Held(Hold::Pinned { why: "the good one".into() })),
        with(6, "2026-11-26 03:00", Standing::Held(Hold::Manual)),
        item(5, "2026-11-25 03:00"),
        item(4, "2026-11-24 03:00"),
        item(3, "2026-11-23 03:00"),
        with(2, "2026-11-22 03:00", Standing::Held(Hold::Protected)),
        Item { created: None, ..item(1, "2026-11-21 03:00") },
    ];
    let decisions = forget(items, &keep("last=2"));
    let gone: Vec<&str> =
        decisions.iter().filter(|d| !d.stays()).map(|d| d.item.image.as_ref().unwrap().as_str()).collect();
    assert_eq!(gone, ["0003"], "one that is held and older does not make it the oldest");
    assert_eq!(decisions[8].verdict, stays(Reason::Held(Hold::Undated)));
    // The oldest is the oldest usable one.
    let items = vec![
        item(1, "2026-11-25 03:00"),
        item(2, "2026-11-25 02:00"),
        with(3, "2026-11-25 01:00", Standing::Held(Hold::Manual)),
    ];
    let decisions = forget(items, &keep("daily=2"));
    let Verdict::Keep { reasons } = &decisions[1].verdict else { panic!("{decisions:?}") };
    assert!(matches!(reasons[..], [Reason::Oldest { place: 2, of: 2, .. }]));
}

#[test]
fn empty_periods_cost_no_place() {
    // A server that was off from March to September.
    let times = ["2026-10-02 03:00", "2026-10-01 03:00", "2026-09-30 03:00", "2026-03-01 03:00", "2026-02-28 03:00"];
    assert_eq!(kept(&times, "daily=4"), times[..4]);
    assert_eq!(kept(&times, "monthly=3"), ["2026-10-02 03:00", "2026-09-30 03:00", "2026-03-01 03:00"]);
}

#[test]
fn of_several_in_one_period_the_newest_stays() {
    let times = ["2026-11-23 23:59:59", "2026-11-23 00:00:00", "2026-11-22 23:59:59", "2026-11-22 12:00:00"];
    assert_eq!(kept(&times, "daily=2"), ["2026-11-23 23:59", "2026-11-22 23:59"]);
    assert_eq!(kept(&times, "daily=3"), ["2026-11-23 23:59", "2026-11-22 23:59", "2026-11-22 12:00"], "the oldest");
    let times = ["2026-11-23 03:59:59", "2026-11-23 03:00:00", "2026-11-23 02:59:59"];
    assert_eq!(kept(&times, "hourly=2"), ["2026-11-23 03:59", "2026-11-23 02:59"]);
}

#[test]
fn the_oldest_grows_old_until_the_places_are_taken() {
    // The first backup of a young server stays with `monthly=3` until there are three months.
    assert_eq!(kept(&["2026-11-03 03:00", "2026-11-02 03:00", "2026-11-01 03:00"], "monthly=3").len(), 2);
    let later = ["2027-01-15 03:00", "2026-12-31 03:00", "2026-11-30 03:00", "2026-11-01 03:00"];
    assert_eq!(kept(&later, "monthly=3"), later[..3]);
}

#[test]
fn clocks_that_differ_only_make_it_the_newest() {
    // Made by a service whose clock is a year ahead; the one about to be made is not the newest then.
    let skewed = item(1, "2027-11-23 03:00");
    let new = Item { image: None, ..item(0, "2026-11-23 03:00") };
    let items = vec![skewed.clone(), new.clone(), item(2, "2026-11-22 03:00")];
    let decisions = forget(items, &keep("last=2"));
    assert_eq!(decisions.iter().map(|d| d.item.clone()).collect::<Vec<_>>()[..2], [skewed, new]);
    assert_eq!(decisions.iter().map(Decision::stays).collect::<Vec<_>>(), [true, true, false]);
    // In one second: by id, as Glance orders; the one about to be made is the newest.
    let ties = vec![
        item(1, "2026-11-23 03:00"),
        item(2, "2026-11-23 03:00"),
        Item { image: None, ..item(0, "2026-11-23 03:00") },
    ];
    let order: Vec<_> = forget(ties, &keep("last=1")).into_iter().map(|d| d.item.image).collect();
    assert_eq!(order, [None, Some("0002".into()), Some("0001".into())]);
    // Before 1970, and where years end in the calendar of the library.
    let ancient = Item { created: Some(Moment(i64::MIN)), ..item(3, "2026-11-23 03:00") };
    let far = Item { created: Some(Moment(i64::MAX)), ..item(4, "2026-11-23 03:00") };
    assert_eq!(forget(vec![ancient, far, item(5, "1969-12-31 23:59:59")], &keep("hourly=9 yearly=9")).len(), 3);
}

#[test]
fn daylight_saving_time_changes_nothing() {
    // Madrid and Bogotá, spring and autumn: 25 backups an hour apart are 25 hours of UTC, and days begin at 00:00 UTC.
    for day in ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01"] {
        let midnight = Moment::parse(&format!("{day} 00:00")).unwrap();
        let times: Vec<String> = (0..25).rev().map(|hour| midnight.plus(hour * 3600).rfc3339()).collect();
        assert_eq!(kept(&times, "hourly=24").len(), 24, "{day}");
        let days = kept(&times, "daily=9");
        assert_eq!(days.len(), 3, "this day, the next, and the oldest: {days:?}");
    }
}

#[test]
fn leap_days_and_the_ends_of_years_are_days_like_others() {
    let times = ["2028-03-01 03:00", "2028-02-29 03:00", "2028-02-28 03:00", "2028-01-31 03:00"];
    assert_eq!(kept(&times, "daily=3"), times[..3]);
    assert_eq!(kept(&times, "monthly=2"), ["2028-03-01 03:00", "2028-02-29 03:00"]);
    // The ISO week of 2026-12-28 ends on Sunday 2027-01-03; that of 2021-01-03 began in 2020 and was its 53rd.
    let times = [
        "2027-01-04 03:00",
        "2027-01-03 03:00",
        "2027-01-01 03:00",
        "2026-12-31 03:00",
        "2026-12-28 03:00",
        "2026-12-27 03:00",
    ];
    assert_eq!(kept(&times, "weekly=2"), ["2027-01-04 03:00", "2027-01-03 03:00"]);
    assert_eq!(kept(&times, "weekly=3"), ["2027-01-04 03:00", "2027-01-03 03:00", "2026-12-27 03:00"]);
    assert_eq!(kept(&times, "yearly=2"), ["2027-01-04 03:00", "2026-12-31 03:00"]);
    for (at, name) in
        [("2027-01-03", "2026-W53"), ("2027-01-04", "2027-W01"), ("2021-01-03", "2020-W53"), ("2018-12-31", "2019-W01")]
    {
        let at = Moment::parse(&format!("{at} 23:59:59")).unwrap();
        assert_eq!(Period { rule: Rule::Weekly, at }.name(), name);
    }
}

#[test]
fn the_journal_reads_back_what_it_wrote() {
    use crate::model::json::{read, write};
    let mut items: Vec<Item> = restic().iter().enumerate().map(|(id, at)| item(id, at)).collect();
    items.push(Item { standing: Standing::Held(Hold::Pinned { why: "ñ".into() }), ..item(200, "2026-01-01 00:00") });
    items.push(Item { standing: Standing::Held(Hold::Undated), created: None, ..item(201, "2026-01-01 00:00") });
    let decisions = forget(items, &keep("last=2 daily=3 yearly=9"));
    assert_eq!(read::<Vec<Decision>>(&write(&decisions)), Some(decisions));
}
