//! When a schedule is due: the slots, all in UTC, so that no clock change moves, doubles or swallows one.
//!
//! Whether a schedule is paused does not matter here: a slot is when it *would* be due.

use time::{Date, Month};

use super::policy::{Every, MonthDay, Schedule};
use crate::model::Moment;

const DAY: i64 = 86_400;
/// 0001-01-01 and 9999-12-31: the calendar ends there, and so do the slots.
const CALENDAR: (i64, i64) = (-62_135_596_800, 253_402_300_799);

impl Schedule {
    /// The first slot after this moment. Past the end of the calendar: never, which is the end of time.
    pub fn next_after(&self, moment: Moment) -> Moment {
        let at = moment.0.clamp(CALENDAR.0, CALENDAR.1);
        let found = match self.cadence() {
            Cadence::Fixed { first, every } => Some(Moment(at - (at - first).rem_euclid(every) + every)),
            Cadence::Monthly(day) => {
                let month = month_of(at);
                let mut found = [month, month + 1].into_iter().filter_map(|month| self.in_month(month, day));
                found.find(|slot| slot.0 > at)
            }
        };
        found.filter(|slot| slot.0 <= CALENDAR.1 && *slot > moment).unwrap_or(Moment(i64::MAX))
    }

    /// The last slot before this moment; before the calendar begins: the beginning of time.
    pub fn last_before(&self, moment: Moment) -> Moment {
        let at = moment.0.clamp(CALENDAR.0, CALENDAR.1);
        let found = match self.cadence() {
            Cadence::Fixed { first, every } => Some(Moment(at - 1 - (at - 1 - first).rem_euclid(every))),
            Cadence::Monthly(day) => {
                let month = month_of(at);
                let mut found = [month, month - 1].into_iter().filter_map(|month| self.in_month(month, day));
                found.find(|slot| slot.0 < at)
            }
        };
        found.filter(|slot| slot.0 >= CALENDAR.0 && *slot < moment).unwrap_or(Moment(i64::MIN))
    }

    /// The slots from `from` on and before `to`, in order.
    pub fn slots_between(self, from: Moment, to: Moment) -> impl Iterator<Item = Moment> {
        let first = self.next_after(from.plus(-1));
        std::iter::successors(Some(first), move |slot| Some(self.next_after(*slot))).take_while(move |slot| *slot < to)
    }

    /// How many there are in [`Schedule::slots_between`]; of a thousand years as fast as of a day, but for months.
    pub fn count_between(&self, from: Moment, to: Moment) -> u64 {
        if from >= to {
            return 0;
        }
        let (first, last) = (self.next_after(from.plus(-1)), self.last_before(to));
        if first > last {
            return 0;
        }
        match self.cadence() {
            Cadence::Fixed { every, .. } => u64::try_from((last.0 - first.0) / every + 1).unwrap_or(0),
            Cadence::Monthly(_) => u64::try_from(month_of(last.0) - month_of(first.0) + 1).unwrap_or(0),
        }
    }

    /// Seconds from one slot to the next; of months the longest.
    pub fn period(&self) -> i64 {
        match self.cadence() {
            Cadence::Fixed { every, .. } => every,
            Cadence::Monthly(_) => 31 * DAY,
        }
    }

    fn cadence(&self) -> Cadence {
        let at = i64::from(self.at) * 60;
        match self.every {
            Every::Hours(hours) => Cadence::Fixed { first: at, every: i64::from(hours.max(1)) * 3_600 },
            Every::Day => Cadence::Fixed { first: at, every: DAY },
            Every::Week(day) => {
                // 1970-01-01 was a Thursday.
                let days = i64::from(day.number_days_from_monday()) - 3;
                Cadence::Fixed { first: days * DAY + at, every: 7 * DAY }
            }
            Every::Month(day) => Cadence::Monthly(day),
        }
    }

    /// The slot of a month, counted from the year 0.
    fn in_month(&self, month: i64, day: MonthDay) -> Option<Moment> {
        let year = i32::try_from(month.div_euclid(12)).ok()?;
        let month = Month::January.nth_next(u8::try_from(month.rem_euclid(12)).ok()?);
        let day = match day {
            MonthDay::Day(day) => day,
            MonthDay::Last => month.length(year),
        };
        let midnight = Date::from_calendar_date(year, month, day).ok()?.midnight().assume_utc().unix_timestamp();
        Some(Moment(midnight + i64::from(self.at) * 60))
    }
}

enum Cadence {
    /// Always as many seconds apart; one slot is at `first`.
    Fixed {
        first: i64,
        every: i64,
    },
    Monthly(MonthDay),
}

fn month_of(at: i64) -> i64 {
    let date = Moment(at).utc();
    i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::Weekday;

    use super::*;
    use crate::backup::Policy;
    use crate::backup::policy::tests::schedules;

    fn schedule(clauses: &str) -> Schedule {
        Policy::parse(&format!("last=1; {clauses}")).unwrap().schedule.unwrap()
    }

    fn slots(clauses: &str, from: &str, to: &str) -> Vec<String> {
        let (from, to) = (Moment::parse(from).unwrap(), Moment::parse(to).unwrap());
        schedule(clauses).slots_between(from, to).map(|slot| slot.rfc3339()[..16].replace('T', " ")).collect()
    }

    #[test]
    fn falls_due_when_the_policy_says() {
        let hours = slots("every=6h at=01:30Z", "2026-11-23 00:00", "2026-11-24 01:31");
        assert_eq!(
            hours,
            ["2026-11-23 01:30", "2026-11-23 07:30", "2026-11-23 13:30", "2026-11-23 19:30", "2026-11-24 01:30"]
        );
        assert_eq!(slots("every=6h at=19:30Z", "2026-11-23 00:00", "2026-11-24 01:31"), hours, "any of its times");
        assert_eq!(slots("at=03:00Z", "2026-11-23 03:00", "2026-11-24 03:00"), ["2026-11-23 03:00"]);
        assert_eq!(
            slots("every=sun at=02:00Z", "2026-11-23 00:00", "2026-12-07 00:00"),
            ["2026-11-29 02:00", "2026-12-06 02:00"]
        );
        assert_eq!(
            slots("every=month-28 at=00:00Z", "2027-01-01 00:00", "2027-03-31 00:00"),
            ["2027-01-28 00:00", "2027-02-28 00:00", "2027-03-28 00:00"]
        );
    }

    #[test]
    fn the_last_day_of_a_month_is_its_own() {
        assert_eq!(
            slots("every=month-last at=23:59Z", "2027-12-01 00:00", "2028-05-01 00:00"),
            ["2027-12-31 23:59", "2028-01-31 23:59", "2028-02-29 23:59", "2028-03-31 23:59", "2028-04-30 23:59"]
        );
        assert_eq!(slots("every=month-last at=00:00Z", "2100-02-01 00:00", "2100-03-01 00:00"), ["2100-02-28 00:00"]);
        assert_eq!(slots("every=month-last at=00:00Z", "2000-02-01 00:00", "2000-03-01 00:00"), ["2000-02-29 00:00"]);
    }

    #[test]
    fn clock_changes_move_nothing() {
        // Central Europe changed on 2026-03-29 and 2026-10-25, the United States on 2026-03-08 and 2026-11-01.
        let year = (Moment::parse("2026-01-01 00:00").unwrap(), Moment::parse("2027-01-01 00:00").unwrap());
        let daily: Vec<Moment> = schedule("at=02:30Z").slots_between(year.0, year.1).collect();
        assert_eq!(daily.len(), 365);
        assert!(daily.windows(2).all(|pair| pair[1].0 - pair[0].0 == DAY));
        assert_eq!(schedule("every=1h at=00:15Z").slots_between(year.0, year.1).count(), 365 * 24);
        assert_eq!(schedule("every=mon at=02:30Z").slots_between(year.0, year.1).count(), 52);
    }

    #[test]
    fn the_end_of_the_calendar_is_no_trap() {
        for every in ["1h", "day", "sun", "month-1", "month-last"] {
            let schedule = schedule(&format!("every={every} at=23:59Z"));
            for edge in [i64::MIN, i64::MIN + 1, CALENDAR.0, 0, CALENDAR.1, i64::MAX] {
                schedule.next_after(Moment(edge));
                schedule.last_before(Moment(edge));
            }
            assert!(schedule.slots_between(Moment(i64::MAX - 1), Moment(i64::MAX)).count() < 2);
            assert_eq!(schedule.slots_between(Moment(5), Moment(i64::MIN)).count(), 0);
        }
    }

    /// Whether a moment is a slot, as the documentation words it.
    fn is_slot(schedule: &Schedule, at: Moment) -> bool {
        let utc = at.utc();
        let minutes = u16::from(utc.hour()) * 60 + u16::from(utc.minute());
        let on_time = match schedule.every {
            Every::Hours(hours) => minutes % (u16::from(hours) * 60) == schedule.at % (u16::from(hours) * 60),
            _ => minutes == schedule.at,
        };
        let on_day = match schedule.every {
            Every::Hours(_) | Every::Day => true,
            Every::Week(day) => utc.weekday() == day,
            Every::Month(MonthDay::Day(day)) => utc.day() == day,
            Every::Month(MonthDay::Last) => utc.day() == utc.month().length(utc.year()),
        };
        on_time && on_day && utc.second() == 0
    }

    /// Years 1 to 9998.
    fn moments() -> impl Strategy<Value = Moment> {
        prop_oneof![
            4 => 1_600_000_000i64..2_600_000_000,
            1 => CALENDAR.0 + 40 * DAY..CALENDAR.1 - 366 * DAY,
        ]
        .prop_map(Moment)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn the_next_is_a_slot_and_none_lies_between(schedule in schedules(), at in moments()) {
            let (before, after) = (schedule.last_before(at), schedule.next_after(at));
            prop_assert!(before < at && at < after);
            prop_assert!(is_slot(&schedule, before) && is_slot(&schedule, after), "{before:?} {after:?}");
            prop_assert!(after.0 - before.0 <= 2 * schedule.period());
            // All slots are at the same minute of their hours.
            let minute = i64::from(schedule.at % 60) * 60;
            let first = before.0 + 3_600;
            prop_assert_eq!((before.0 - minute).rem_euclid(3_600), 0);
            for hour in (first..after.0).step_by(3_600) {
                prop_assert!(hour == at.0 || !is_slot(&schedule, Moment(hour)), "{}", Moment(hour).rfc3339());
            }
        }

        #[test]
        fn a_slot_is_between_its_neighbours(schedule in schedules(), at in moments()) {
            let slot = schedule.next_after(at);
            prop_assert_eq!(schedule.last_before(slot.plus(1)), slot);
            prop_assert_eq!(schedule.next_after(slot.plus(-1)), slot);
            prop_assert_eq!(schedule.next_after(schedule.last_before(slot)), slot);
            prop_assert_eq!(schedule.last_before(schedule.next_after(slot)), slot);
        }

        #[test]
        fn spans_add_up(schedule in schedules(), at in moments(), days in 0i64..90, more in 0i64..90) {
            let (middle, end) = (at.plus(days * DAY), at.plus((days + more) * DAY));
            let mut both: Vec<Moment> = schedule.slots_between(at, middle).collect();
            both.extend(schedule.slots_between(middle, end));
            let whole: Vec<Moment> = schedule.slots_between(at, end).collect();
            prop_assert_eq!(&both, &whole);
            prop_assert_eq!(schedule.count_between(at, end), whole.len() as u64);
            prop_assert_eq!(schedule.count_between(end, at), 0);
            prop_assert!(whole.iter().all(|slot| at <= *slot && *slot < end));
        }
    }

    #[test]
    fn every_weekday_is_that_day() {
        let at = Moment::parse("2026-11-23 12:00").unwrap();
        for day in [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday] {
            let schedule = Schedule { every: Every::Week(day), at: 0, paused: true };
            assert_eq!(schedule.next_after(at).utc().weekday(), day);
        }
    }
}
