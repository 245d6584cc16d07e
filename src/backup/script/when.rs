//! A schedule in the words of cron and of systemd. Both in UTC.

use time::Weekday;

use crate::backup::policy::{Every, MonthDay, Schedule};

/// Five fields of cron: `30 1,7,13,19 * * *`. They mean UTC; whether the scheduler thinks so too is said beside them.
///
/// Cron knows no last day of a month: it runs on all days that may be the last, and the script's `--due` finds that
/// the slot is not due on the others.
pub fn cron(schedule: &Schedule) -> String {
    let (hour, minute) = (schedule.at / 60, schedule.at % 60);
    match schedule.every {
        Every::Hours(1) => format!("{minute} * * * *"),
        Every::Hours(_) => format!("{minute} {} * * *", hours(schedule, "").join(",")),
        Every::Day => format!("{minute} {hour} * * *"),
        Every::Week(day) => format!("{minute} {hour} * * {}", day.number_days_from_sunday()),
        Every::Month(MonthDay::Day(day)) => format!("{minute} {hour} {day} * *"),
        Every::Month(MonthDay::Last) => format!("{minute} {hour} 28-31 * *"),
    }
}

/// A calendar event of systemd.time(7): `Sun *-*-* 02:00:00 UTC`, `*-*~01 03:00:00 UTC` for the last day of a month.
pub fn on_calendar(schedule: &Schedule) -> String {
    let (hour, minute) = (schedule.at / 60, schedule.at % 60);
    let (date, hour) = match schedule.every {
        Every::Hours(_) => ("*-*-*".to_owned(), hours(schedule, "0").join(",")),
        Every::Day => ("*-*-*".to_owned(), format!("{hour:02}")),
        Every::Week(day) => (format!("{} *-*-*", short(day)), format!("{hour:02}")),
        Every::Month(MonthDay::Day(day)) => (format!("*-*-{day:02}"), format!("{hour:02}")),
        Every::Month(MonthDay::Last) => ("*-*~01".to_owned(), format!("{hour:02}")),
    };
    format!("{date} {hour}:{minute:02}:00 UTC")
}

/// One schedule that serves them all, where they differ: every hour, at the minute at which most of them are due. The
/// script asks each server's own policy what is due, so that none is late by an hour or more. `None` for none.
pub fn together(schedules: &[Schedule]) -> Option<Schedule> {
    let first = *schedules.first()?;
    if schedules.iter().all(|other| (other.every, other.at) == (first.every, first.at)) {
        return Some(first);
    }
    let minute = |schedule: &Schedule| schedule.at % 60;
    let votes = |at: u16| schedules.iter().filter(|schedule| minute(schedule) == at).count();
    let at = schedules.iter().map(minute).max_by_key(|at| (votes(*at), *at))?;
    Some(Schedule { every: Every::Hours(1), at, paused: false })
}

/// The hours of the day, from `at` on in both directions, ascending.
fn hours(schedule: &Schedule, pad: &str) -> Vec<String> {
    let Every::Hours(step) = schedule.every else {
        return Vec::new();
    };
    let step = u16::from(step.max(1));
    let first = schedule.at / 60 % step;
    let width = pad.len() + 1;
    (0..24).filter(|hour| hour % step == first).map(|hour| format!("{hour:0width$}")).collect()
}

/// As systemd writes it.
fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_schedules_are_looked_at_every_hour() {
        let daily = |at| Schedule { every: Every::Day, at, paused: false };
        let weekly = Schedule { every: Every::Week(Weekday::Sunday), at: 125, paused: false };
        assert_eq!(together(&[]), None);
        assert_eq!(together(&[daily(180), daily(180)]), Some(daily(180)));
        let every_hour = |at| Some(Schedule { every: Every::Hours(1), at, paused: false });
        assert_eq!(together(&[daily(180), daily(300), weekly]), every_hour(0));
        assert_eq!(together(&[daily(180), weekly]), every_hour(5), "the later minute: what is due is past by then");
    }

    #[test]
    fn both_say_the_same_times() {
        let at = |hour: u16, minute: u16| hour * 60 + minute;
        for (every, at, as_cron, as_calendar) in [
            (
                Every::Hours(1),
                at(5, 7),
                "7 * * * *",
                "*-*-* 00,01,02,03,04,05,06,07,08,09,10,11,12,13,14,15,16,17,18,19,20,21,22,23:07:00 UTC",
            ),
            (Every::Hours(6), at(1, 30), "30 1,7,13,19 * * *", "*-*-* 01,07,13,19:30:00 UTC"),
            (Every::Hours(12), at(13, 0), "0 1,13 * * *", "*-*-* 01,13:00:00 UTC"),
            (Every::Day, at(3, 0), "0 3 * * *", "*-*-* 03:00:00 UTC"),
            (Every::Week(Weekday::Sunday), at(2, 5), "5 2 * * 0", "Sun *-*-* 02:05:00 UTC"),
            (Every::Week(Weekday::Saturday), at(23, 59), "59 23 * * 6", "Sat *-*-* 23:59:00 UTC"),
            (Every::Month(MonthDay::Day(5)), at(3, 0), "0 3 5 * *", "*-*-05 03:00:00 UTC"),
            (Every::Month(MonthDay::Last), at(3, 0), "0 3 28-31 * *", "*-*~01 03:00:00 UTC"),
        ] {
            let schedule = Schedule { every, at, paused: false };
            assert_eq!((cron(&schedule).as_str(), on_calendar(&schedule).as_str()), (as_cron, as_calendar));
        }
    }
}
