use proptest::prelude::*;

use super::*;
use crate::backup::samples::server;
use crate::model::ServerStatus;

fn error(text: &str) -> (Mistake, String, usize) {
    let error = Policy::parse(text).unwrap_err();
    (error.mistake, error.word, error.at)
}

#[test]
fn reads_what_the_documentation_shows() {
    let policy = Policy::parse("last=3 daily=7 weekly=4 monthly=6; at=03:00Z").unwrap();
    assert_eq!(policy.keep, Keep { last: 3, daily: 7, weekly: 4, monthly: 6, ..Keep::default() });
    assert_eq!(policy.schedule, Some(Schedule { every: Every::Day, at: 180, paused: false }));
    assert_eq!(policy.keep.sum(), 20);
    for (text, every) in [
        ("1h", Every::Hours(1)),
        ("6h", Every::Hours(6)),
        ("12h", Every::Hours(12)),
        ("day", Every::Day),
        ("mon", Every::Week(Weekday::Monday)),
        ("sun", Every::Week(Weekday::Sunday)),
        ("month-1", Every::Month(MonthDay::Day(1))),
        ("month-28", Every::Month(MonthDay::Day(28))),
        ("month-last", Every::Month(MonthDay::Last)),
    ] {
        let read = Policy::parse(&format!("daily=7; every={text} at=23:59Z paused")).unwrap();
        assert_eq!(read.schedule, Some(Schedule { every, at: 1439, paused: true }), "{text}");
    }
    assert_eq!(Policy::parse("last=3").unwrap().schedule, None);
}

#[test]
fn reads_every_line_of_the_documentation() {
    let text = include_str!("../../../docs/policy.md");
    let lines: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(line, _)| line)
        .filter(|line| line.contains('='))
        .chain(text.lines().filter_map(|line| line.split_once("carrete_policy='")?.1.split('\'').next()))
        .collect();
    assert!(lines.len() > 6, "{lines:?}");
    for line in lines {
        assert_eq!(Policy::parse(line).map(|_| ()), Ok(()), "{line}");
    }
}

#[test]
fn writes_one_way_whatever_it_read() {
    for (text, canonical) in [
        ("last=3", "last=3"),
        (" \t daily=7\n last=3  ", "last=3 daily=7"),
        ("yearly=1 hourly=999;at=00:05Z", "hourly=999 yearly=1; every=day at=00:05Z"),
        ("daily=7 ; paused at=03:00Z every=month-last", "daily=7; every=month-last at=03:00Z paused"),
    ] {
        assert_eq!(Policy::parse(text).unwrap().to_string(), canonical, "{text}");
    }
}

#[test]
fn says_what_is_wrong_and_where() {
    let at = |mistake, word: &str, at| (mistake, word.to_owned(), at);
    for (text, expected) in [
        ("", at(Mistake::Empty, "", 1)),
        ("  \t", at(Mistake::Empty, "", 4)),
        ("; at=03:00Z", at(Mistake::NoRule, "", 1)),
        ("daily=7 fortnightly=2", at(Mistake::Rule, "fortnightly=2", 9)),
        ("día=7", at(Mistake::Rule, "día=7", 1)),
        ("last=1 día=7", at(Mistake::Rule, "día=7", 8)),
        ("Daily=7", at(Mistake::Rule, "Daily=7", 1)),
        ("daily", at(Mistake::Count, "daily", 1)),
        ("daily=", at(Mistake::Count, "daily=", 1)),
        ("daily=0", at(Mistake::Count, "daily=0", 1)),
        ("daily=07", at(Mistake::Count, "daily=07", 1)),
        ("daily=+7", at(Mistake::Count, "daily=+7", 1)),
        ("daily=1000", at(Mistake::Count, "daily=1000", 1)),
        ("daily=٣", at(Mistake::Count, "daily=٣", 1)),
        ("daily = 7", at(Mistake::Count, "daily", 1)),
        ("daily=7,weekly=4", at(Mistake::Count, "daily=7,weekly=4", 1)),
        ("daily=7 daily=7", at(Mistake::Repeated, "daily=7", 9)),
        ("daily=7;", at(Mistake::NoAt, "", 9)),
        ("daily=7; paused", at(Mistake::NoAt, "", 16)),
        ("daily=7; every=day", at(Mistake::NoAt, "", 19)),
        ("daily=7; at=03:00", at(Mistake::At, "at=03:00", 10)),
        ("daily=7; at=3:00Z", at(Mistake::At, "at=3:00Z", 10)),
        ("daily=7; at=24:00Z", at(Mistake::At, "at=24:00Z", 10)),
        ("daily=7; at=03:60Z", at(Mistake::At, "at=03:60Z", 10)),
        ("daily=7; at=03:00z", at(Mistake::At, "at=03:00z", 10)),
        ("daily=7; at=03:00Z at=04:00Z", at(Mistake::Repeated, "at=04:00Z", 20)),
        ("daily=7; paused at=03:00Z paused", at(Mistake::Repeated, "paused", 27)),
        ("daily=7; at=03:00Z every=5h", at(Mistake::Every, "every=5h", 20)),
        ("daily=7; at=03:00Z every=24h", at(Mistake::Every, "every=24h", 20)),
        ("daily=7; at=03:00Z every=month-29", at(Mistake::Every, "every=month-29", 20)),
        ("daily=7; at=03:00Z every=month-0", at(Mistake::Every, "every=month-0", 20)),
        ("daily=7; at=03:00Z every=monday", at(Mistake::Every, "every=monday", 20)),
        ("daily=7; at=03:00Z weekly=4", at(Mistake::Clause, "weekly=4", 20)),
        ("daily=7; at=03:00Z paused=true", at(Mistake::Clause, "paused=true", 20)),
        ("daily=7; at=03:00Z; paused", at(Mistake::Semicolon, ";", 19)),
        ("daily=7\u{a0}weekly=4", at(Mistake::Count, "daily=7\u{a0}weekly=4", 1)),
    ] {
        assert_eq!(error(text), expected, "{text}");
    }
    assert_eq!(error(&format!("daily=7{}", " ".repeat(249))).0, Mistake::Long);
    assert_eq!(Policy::parse(&format!("daily=7{}", " ".repeat(248))).unwrap().keep.daily, 7);
}

#[test]
fn a_server_without_the_key_has_none_and_an_empty_one_is_wrong() {
    let mut one = server("s", ServerStatus::Active);
    assert_eq!(of_server(&one), None);
    one.metadata.insert(metadata::POLICY.to_owned(), String::new());
    assert_eq!(of_server(&one).unwrap().unwrap_err().mistake, Mistake::Empty);
    one.metadata.insert(metadata::POLICY.to_owned(), "last=1".to_owned());
    assert_eq!(of_server(&one).unwrap().unwrap().keep.last, 1);
}

pub fn policies() -> impl Strategy<Value = Policy> {
    let count = || prop_oneof![Just(0u32), 1u32..=999];
    let keep = (count(), count(), count(), count(), count(), count()).prop_map(
        |(last, hourly, daily, weekly, monthly, yearly)| Keep { last, hourly, daily, weekly, monthly, yearly },
    );
    (keep.prop_filter("a policy keeps something", |keep| keep.sum() > 0), proptest::option::of(schedules()))
        .prop_map(|(keep, schedule)| Policy { keep, schedule })
}

pub fn schedules() -> impl Strategy<Value = Schedule> {
    let day = proptest::sample::select(vec![Weekday::Monday, Weekday::Tuesday, Weekday::Saturday, Weekday::Sunday]);
    let every = prop_oneof![
        proptest::sample::select(HOURS.to_vec()).prop_map(Every::Hours),
        Just(Every::Day),
        day.prop_map(Every::Week),
        (1u8..=28).prop_map(|day| Every::Month(MonthDay::Day(day))),
        Just(Every::Month(MonthDay::Last)),
    ];
    (every, 0u16..1440, any::<bool>()).prop_map(|(every, at, paused)| Schedule { every, at, paused })
}

proptest! {
    #[test]
    fn reads_back_what_it_wrote(policy in policies()) {
        let text = policy.to_string();
        prop_assert!(text.len() <= metadata::MAX_VALUE);
        prop_assert_eq!(Policy::parse(&text), Ok(policy));
    }

    /// Pieces of policies in any order, and any text at all: an answer or an error with a place, never a panic; and what
    /// was read means the same when it is written.
    #[test]
    fn survives_any_text(
        text in "\\PC{0,40}|((last|hourly|daily|weekly|monthly|yearly|every|at|paused)?(=|;| |Z|:|[0-9]{1,4}|day|mon|h|-|last)?){0,12}",
    ) {
        match Policy::parse(&text) {
            Ok(policy) => prop_assert_eq!(Policy::parse(&policy.to_string()), Ok(policy)),
            Err(error) => {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.at));
                let there: String = text.chars().skip(error.at - 1).take(error.word.chars().count()).collect();
                prop_assert_eq!(there, error.word);
            }
        }
    }
}
