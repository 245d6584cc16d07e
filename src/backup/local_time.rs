//! A schedule where the reader is. What is stored and what runs is UTC; here it is moved to a zone and back, and it is said
//! what the clock there shows when that zone's clocks change.

use time::Weekday;

use super::policy::{Every, MonthDay, Schedule};
use crate::model::{Message, Moment};

const DAY: i64 = 86_400;
const MINUTES: i32 = 24 * 60;

/// How far a zone is ahead of UTC over some time, in minutes.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    first: i32,
    /// From when on it is how much, in order.
    changes: Vec<(Moment, i32)>,
}

impl Zone {
    /// `offset`: minutes ahead of UTC at a moment. It is asked for every day, and where two days differ for the minute
    /// of the change: a zone has changed twice within some weeks (Ramadan in Morocco), never twice within a day.
    pub fn between(from: Moment, to: Moment, offset: impl Fn(Moment) -> i32) -> Self {
        let from = Moment(from.0.div_euclid(60) * 60);
        let mut zone = Self { first: offset(from), changes: Vec::new() };
        let (mut day, mut known) = (from, zone.first);
        while day < to {
            let next = day.plus(DAY);
            let then = offset(next);
            if then != known {
                let (mut before, mut after) = (day.0, next.0);
                while after - before > 60 {
                    let middle = before + (after - before) / 120 * 60;
                    if offset(Moment(middle)) == known { before = middle } else { after = middle }
                }
                zone.changes.push((Moment(after), then));
                known = then;
            }
            day = next;
        }
        zone
    }

    pub fn offset(&self, at: Moment) -> i32 {
        self.changes.iter().rev().find(|(from, _)| *from <= at).map_or(self.first, |(_, offset)| *offset)
    }

    /// UTC under whatever name: nothing has to be converted.
    pub fn is_utc(&self) -> bool {
        self.first == 0 && self.changes.is_empty()
    }
}

/// The same slots on a clock that is so many minutes ahead: the day of the week or of the month may be another one. `None`
/// where a policy has no word for that day (the 29th, the last but one).
pub fn moved(schedule: &Schedule, minutes: i32) -> Option<Schedule> {
    let at = i32::from(schedule.at) + minutes;
    let days = at.div_euclid(MINUTES);
    let every = match schedule.every {
        every @ (Every::Hours(_) | Every::Day) => every,
        Every::Week(day) => Every::Week(weekday(day, days)),
        Every::Month(day) => Every::Month(month_day(day, days)?),
    };
    Some(Schedule { every, at: u16::try_from(at.rem_euclid(MINUTES)).ok()?, ..*schedule })
}

fn weekday(day: Weekday, days: i32) -> Weekday {
    match days.rem_euclid(7) {
        later @ 1..=6 => day.nth_next(later as u8),
        _ => day,
    }
}

fn month_day(day: MonthDay, days: i32) -> Option<MonthDay> {
    Some(match (day, days) {
        (day, 0) => day,
        (MonthDay::Day(1), -1) => MonthDay::Last,
        (MonthDay::Last, 1) => MonthDay::Day(1),
        (MonthDay::Day(day @ 2..), -1) => MonthDay::Day(day - 1),
        (MonthDay::Day(day @ ..28), 1) => MonthDay::Day(day + 1),
        _ => return None,
    })
}

/// What the clock shows at the slots from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The first of these slots.
    pub from: Moment,
    /// Minutes after midnight; of several slots a day the first that is called so.
    pub at: u16,
    /// Days that the local day is after the one in the schedule: -1, 0 or 1.
    pub days: i32,
}

/// From the next slot on, and anew wherever the clocks change what it shows. Of a schedule that runs every few hours only
/// what is left after whole periods counts: every hour from 00:30 is every hour from 01:30.
pub fn phases(schedule: &Schedule, zone: &Zone, from: Moment) -> Vec<Phase> {
    let phase = |from: Moment| {
        let at = i32::from(schedule.at) + zone.offset(from);
        Phase { from, at: at.rem_euclid(MINUTES) as u16, days: at.div_euclid(MINUTES) }
    };
    let shows = |phase: &Phase| match schedule.every {
        Every::Hours(hours) => (i32::from(phase.at) % (i32::from(hours.max(1)) * 60), 0),
        Every::Day => (i32::from(phase.at), 0),
        Every::Week(_) | Every::Month(_) => (i32::from(phase.at), phase.days),
    };
    let mut all = vec![phase(schedule.next_after(from))];
    for (change, _) in &zone.changes {
        // Of two changes between two slots nobody sees the first.
        let next = phase(schedule.next_after(change.plus(-1).max(from)));
        if all.last().is_none_or(|before| before.from < next.from && shows(before) != shows(&next)) {
            all.push(next);
        }
    }
    all
}

impl Phase {
    /// The weekday and the time, the shift of the day in the month and the time, or the time alone.
    pub fn message(&self, schedule: &Schedule) -> Message {
        let time = format!("{:02}:{:02}", self.at / 60, self.at % 60);
        let key = match (schedule.every, self.days) {
            (Every::Week(_), _) => "zone.weekday",
            (Every::Month(_), ..=-1) => "zone.day_before",
            (Every::Month(_), 1..) => "zone.day_after",
            _ => "zone.time",
        };
        let message = Message::new(key).text("time", time);
        match schedule.every {
            Every::Week(day) => message.word("day", "weekday", &Every::Week(weekday(day, self.days)).to_string()),
            _ => message,
        }
    }
}

#[cfg(test)]
mod tests;
