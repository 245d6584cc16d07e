//! An entry for a calendar (RFC 5545): the humble fallback for who has no machine to run backups by itself, and a
//! warning before the application credential of a script ends.

use super::policy::{Every, MonthDay, Schedule};
use crate::model::Moment;

/// What the entry says. Its words come from the view, in the reader's language.
#[derive(Clone, Copy, Debug)]
pub struct Reminder<'a> {
    /// The same for the same schedule, so that a calendar replaces its older entry: such as the server's id.
    pub uid: &'a str,
    pub summary: &'a str,
    pub description: &'a str,
    /// Where to do it: the page's address, which holds no secret. Empty: none.
    pub url: &'a str,
    /// When the file is made.
    pub now: Moment,
    pub when: When<'a>,
}

/// Once, or at each slot of a schedule from the first one on.
#[derive(Clone, Copy, Debug)]
pub enum When<'a> {
    Once(Moment),
    Each { first: Moment, schedule: &'a Schedule },
}

/// A whole `.ics` file, of type `text/calendar`.
pub fn calendar(reminders: &[Reminder<'_>]) -> String {
    let mut out = String::new();
    line(&mut out, "BEGIN", "VCALENDAR");
    line(&mut out, "VERSION", "2.0");
    line(&mut out, "PRODID", "-//Carrete//Carrete//EN");
    for reminder in reminders {
        event(&mut out, reminder);
    }
    line(&mut out, "END", "VCALENDAR");
    out
}

fn event(out: &mut String, reminder: &Reminder<'_>) {
    let (start, rule) = match reminder.when {
        When::Once(at) => (at, None),
        When::Each { first, schedule } => (first, Some(rule(schedule))),
    };
    line(out, "BEGIN", "VEVENT");
    line(out, "UID", &escape(&format!("{}@carrete", reminder.uid)));
    line(out, "DTSTAMP", &stamp(reminder.now));
    line(out, "DTSTART", &stamp(start));
    line(out, "DURATION", "PT15M");
    if let Some(rule) = rule {
        line(out, "RRULE", &rule);
    }
    line(out, "SUMMARY", &escape(reminder.summary));
    line(out, "DESCRIPTION", &escape(reminder.description));
    if !reminder.url.is_empty() {
        // Not text: nothing is escaped in it, so nothing may end the line.
        line(out, "URL", &reminder.url.chars().filter(|c| !c.is_control()).collect::<String>());
    }
    line(out, "TRANSP", "TRANSPARENT");
    line(out, "BEGIN", "VALARM");
    line(out, "ACTION", "DISPLAY");
    line(out, "TRIGGER", "PT0S");
    line(out, "DESCRIPTION", &escape(reminder.summary));
    line(out, "END", "VALARM");
    line(out, "END", "VEVENT");
}

/// A schedule as a recurrence. The start is in UTC, and so are the days.
pub fn rule(schedule: &Schedule) -> String {
    match schedule.every {
        Every::Hours(hours) => format!("FREQ=HOURLY;INTERVAL={hours}"),
        Every::Day => "FREQ=DAILY".to_owned(),
        Every::Week(day) => format!("FREQ=WEEKLY;BYDAY={}", &day.to_string().to_uppercase()[..2]),
        Every::Month(MonthDay::Day(day)) => format!("FREQ=MONTHLY;BYMONTHDAY={day}"),
        Every::Month(MonthDay::Last) => "FREQ=MONTHLY;BYMONTHDAY=-1".to_owned(),
    }
}

/// `20261126T030000Z`
fn stamp(at: Moment) -> String {
    at.rfc3339().replace(['-', ':'], "")
}

/// TEXT of RFC 5545, 3.3.11. Control characters do not exist there.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\r' => out.push_str("\\n"),
            '\\' | ';' | ',' => out.extend(['\\', c]),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// One content line, folded: at most 75 bytes in each, and no character is cut (RFC 5545, 3.1).
fn line(out: &mut String, name: &str, value: &str) {
    let mut width = 0;
    for c in name.chars().chain([':']).chain(value.chars()) {
        if width + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::Weekday;

    const NOW: Moment = Moment(1_795_428_000);

    fn reminder<'a>(summary: &'a str, description: &'a str, when: When<'a>) -> Reminder<'a> {
        Reminder { uid: "s1", summary, description, url: "https://example.org/#/", now: NOW, when }
    }

    /// Unfolded content lines, as a calendar reads them.
    fn unfold(text: &str) -> Vec<String> {
        let unfolded = text.replace("\r\n ", "");
        unfolded.split_terminator("\r\n").map(str::to_owned).collect()
    }

    fn value(text: &str, name: &str) -> Option<String> {
        unfold(text).iter().find_map(|line| line.strip_prefix(&format!("{name}:")).map(str::to_owned))
    }

    fn unescape(text: &str) -> String {
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n') => out.push('\n'),
                    other => out.extend(other),
                },
                c => out.push(c),
            }
        }
        out
    }

    #[test]
    fn a_schedule_becomes_a_recurrence() {
        let at = |every| Schedule { every, at: 180, paused: false };
        for (every, expected) in [
            (Every::Hours(6), "FREQ=HOURLY;INTERVAL=6"),
            (Every::Day, "FREQ=DAILY"),
            (Every::Week(Weekday::Sunday), "FREQ=WEEKLY;BYDAY=SU"),
            (Every::Week(Weekday::Thursday), "FREQ=WEEKLY;BYDAY=TH"),
            (Every::Month(MonthDay::Day(5)), "FREQ=MONTHLY;BYMONTHDAY=5"),
            (Every::Month(MonthDay::Last), "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ] {
            assert_eq!(rule(&at(every)), expected);
        }
        let schedule = at(Every::Day);
        let text =
            calendar(&[reminder("Back up web1", "", When::Each { first: Moment(1_795_489_200), schedule: &schedule })]);
        assert_eq!(value(&text, "DTSTART").as_deref(), Some("20261124T030000Z"));
        assert_eq!(value(&text, "RRULE").as_deref(), Some("FREQ=DAILY"));
        let once = calendar(&[reminder("It ends", "", When::Once(NOW))]);
        assert_eq!((value(&once, "RRULE"), value(&once, "DTSTART").as_deref()), (None, Some("20261123T100000Z")));
    }

    #[test]
    fn what_is_special_is_escaped_and_long_lines_are_folded() {
        let text = calendar(&[reminder("a;b,c\\d\r\nEND:VEVENT", &"ñandú ".repeat(40), When::Once(NOW))]);
        assert!(text.contains("SUMMARY:a\\;b\\,c\\\\d\\nEND:VEVENT\r\n"), "{text}");
        assert_eq!(text.matches("\r\nEND:VEVENT\r\n").count(), 1, "a name ends no entry");
        assert!(text.lines().all(|line| line.len() <= 75), "{text}");
        assert!(text.contains("\r\n "), "something was folded");
    }

    proptest! {
        #[test]
        fn every_text_comes_back(summary in "\\PC{0,300}", description in "(.|\n){0,300}") {
            let text = calendar(&[reminder(&summary, &description, When::Once(NOW))]);
            prop_assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
            let read = |name| value(&text, name).map(|value| unescape(&value));
            let visible = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| *c == '\n' || !c.is_control()).collect::<String>();
            prop_assert_eq!(read("SUMMARY"), Some(visible(&summary)));
            prop_assert_eq!(read("DESCRIPTION"), Some(visible(&description)));
            prop_assert_eq!(unfold(&text).len(), 19);
        }
    }
}
