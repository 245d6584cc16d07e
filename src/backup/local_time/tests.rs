use proptest::prelude::*;

use super::*;
use crate::backup::Policy;
use crate::backup::policy::tests::schedules;
use crate::model::Arg;

/// 2026-11-23 10:00 UTC.
const NOW: Moment = Moment(1_795_428_000);
const YEAR: i64 = 366 * DAY;

fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

/// Summer time as in Europe, 2027.
fn madrid() -> Zone {
    let (spring, autumn) = (moment("2027-03-28 01:00"), moment("2027-10-31 01:00"));
    Zone::between(NOW, NOW.plus(YEAR), |at| if at >= spring && at < autumn { 120 } else { 60 })
}

fn schedule(clauses: &str) -> Schedule {
    Policy::parse(&format!("last=1; {clauses}")).unwrap().schedule.unwrap()
}

fn shift(clauses: &str, minutes: i32) -> Option<String> {
    let moved = moved(&schedule(clauses), minutes)?;
    Some(format!("{} {:02}:{:02}", moved.every, moved.at / 60, moved.at % 60))
}

fn said(clauses: &str, zone: &Zone) -> Vec<(String, u16, i32)> {
    let of = |phase: Phase| (phase.from.rfc3339()[..16].to_owned(), phase.at, phase.days);
    phases(&schedule(clauses), zone, NOW).into_iter().map(of).collect()
}

#[test]
fn a_day_is_moved_with_its_time() {
    assert_eq!(shift("at=03:00Z", -60).unwrap(), "day 02:00");
    assert_eq!(shift("every=mon at=00:30Z", -60).unwrap(), "sun 23:30");
    assert_eq!(shift("every=sun at=23:30Z", 60).unwrap(), "mon 00:30");
    assert_eq!(shift("every=month-1 at=00:30Z", -60).unwrap(), "month-last 23:30");
    assert_eq!(shift("every=month-last at=23:30Z", 60).unwrap(), "month-1 00:30");
    assert_eq!(shift("every=month-15 at=00:30Z", -60).unwrap(), "month-14 23:30");
    assert_eq!(shift("every=6h at=23:45Z", 330).unwrap(), "6h 05:15");
    assert_eq!(shift("every=month-28 at=23:30Z", 60), None, "there is no 29th in every month");
    assert_eq!(shift("every=month-last at=00:30Z", -60), None, "the last but one has no name");
}

#[test]
fn what_the_clocks_change_is_said() {
    let zone = madrid();
    let at = |from: &str, hour: u16, minute: u16, days| (from.to_owned(), hour * 60 + minute, days);
    assert_eq!(
        said("at=02:00Z", &zone),
        [at("2026-11-24T02:00", 3, 0, 0), at("2027-03-28T02:00", 4, 0, 0), at("2027-10-31T02:00", 3, 0, 0)]
    );
    assert_eq!(said("every=1h at=00:20Z", &zone).len(), 1, "every hour is every hour");
    assert_eq!(said("every=6h at=00:20Z", &zone).len(), 3);
    // Monday in winter and Monday in summer; and one that is Sunday in winter.
    assert_eq!(said("every=sun at=23:30Z", &zone)[1], at("2027-03-28T23:30", 1, 30, 1));
    let turns = said("every=sun at=22:30Z", &zone);
    assert_eq!((turns[0].2, turns[1].2), (0, 1));
    let word = |days| {
        let message = Phase { from: NOW, at: 30, days }.message(&schedule("every=sun at=22:30Z"));
        message.args.into_iter().find(|(name, _)| name == "day").map(|(_, day)| day)
    };
    let day = |day: &str| Some(Arg::Word(vec!["weekday".to_owned(), day.to_owned()]));
    assert_eq!((word(0), word(1)), (day("sun"), day("mon")));
    assert!(said("at=02:00Z", &Zone::between(NOW, NOW.plus(YEAR), |_| 330)).len() == 1);
    assert!(Zone::between(NOW, NOW.plus(YEAR), |_| 0).is_utc() && !zone.is_utc());
}

/// Offsets by quarters of an hour, changed every so many days, at any minute.
fn tables() -> impl Strategy<Value = (i32, Vec<(Moment, i32)>)> {
    let change = (2 * 1440i64..120 * 1440, -4i32..=4);
    (-48i32..=56, proptest::collection::vec(change, 0..5)).prop_map(|(first, changes)| {
        let first = first * 15;
        let (mut at, mut offset) = (NOW, first);
        let mut table = Vec::new();
        for (minutes, by) in changes {
            at = at.plus(minutes * 60);
            let then = (offset + by * 15).clamp(-720, 840);
            if then != offset {
                table.push((at, then));
            }
            offset = then;
        }
        (first, table)
    })
}

proptest! {
    #[test]
    fn a_zone_is_read_to_the_minute((first, changes) in tables()) {
        let told = Zone { first, changes };
        let span = NOW.plus(700 * DAY);
        prop_assert_eq!(Zone::between(NOW, span, |at| told.offset(at)), told);
    }

    #[test]
    fn moved_and_back_is_the_same(schedule in schedules(), minutes in -720i32..=840) {
        if let Some(there) = moved(&schedule, -minutes) {
            prop_assert_eq!(moved(&there, minutes), Some(schedule));
        }
    }

    /// What is typed in a zone runs just when the clock there says so, as long as that offset holds.
    #[test]
    fn runs_when_the_clock_there_says_so(typed in schedules(), (first, changes) in tables()) {
        let zone = Zone { first, changes };
        let offset = zone.offset(NOW);
        let Some(stored) = moved(&typed, -offset) else { return Ok(()) };
        let end = zone.changes.first().map_or(NOW.plus(90 * DAY), |(change, _)| *change);
        let local = |at: Moment| at.plus(i64::from(offset) * 60);
        let runs: Vec<Moment> = stored.slots_between(NOW, end).map(local).collect();
        let meant: Vec<Moment> = typed.slots_between(local(NOW), local(end)).collect();
        prop_assert_eq!(runs, meant);
    }

    #[test]
    fn every_slot_is_at_the_time_that_is_said(schedule in schedules(), (first, changes) in tables()) {
        let zone = Zone { first, changes };
        let all = phases(&schedule, &zone, NOW);
        for slot in schedule.slots_between(NOW.plus(1), NOW.plus(400 * DAY)).take(2_000) {
            let phase = all.iter().rfind(|phase| phase.from <= slot).unwrap();
            let local = slot.plus(i64::from(zone.offset(slot)) * 60);
            let minute = local.0.rem_euclid(DAY) / 60;
            match schedule.every {
                Every::Hours(hours) => {
                    let period = i64::from(hours) * 60;
                    prop_assert_eq!(minute % period, i64::from(phase.at) % period);
                }
                every => {
                    prop_assert_eq!(minute, i64::from(phase.at));
                    if every != Every::Day {
                        prop_assert_eq!(local.0.div_euclid(DAY) - slot.0.div_euclid(DAY), i64::from(phase.days));
                    }
                }
            }
        }
        prop_assert!(all.windows(2).all(|two| two[0].from < two[1].from));
    }
}
