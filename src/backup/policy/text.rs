//! A policy as text: read strictly, written in one canonical way.
//!
//! Other programs read the same line with much simpler means (a shell script, a YAQL expression), so nothing is tolerated
//! that one of them would read differently: no capitals, no leading zeros, no signs, no other spaces than ASCII's.

use std::fmt;

use time::Weekday;

use super::{Every, HOURS, Keep, MOST, MonthDay, Policy, Rule, Schedule};
use crate::backup::metadata::MAX_VALUE;
use crate::model::Message;
use crate::model::json::{FromJson, ToJson};

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicyError {
    pub mistake: Mistake,
    /// The word that cannot be read; empty where something is missing.
    pub word: String,
    /// Where it begins: 1 is the first character.
    pub at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mistake {
    /// There is no text at all.
    Empty,
    /// Nova stores at most 255 characters.
    Long,
    /// No rule stands before the `;`.
    NoRule,
    /// Not one of the six rules.
    Rule,
    /// Not a whole number from 1 to 999.
    Count,
    Repeated,
    /// Not `every=…`, `at=…` or `paused`.
    Clause,
    Every,
    /// Not `HH:MMZ`.
    At,
    /// A schedule without its time.
    NoAt,
    /// More than one `;`.
    Semicolon,
}

impl PolicyError {
    pub fn message(&self) -> Message {
        let key = match self.mistake {
            Mistake::Empty => "policy.error.empty",
            Mistake::Long => "policy.error.long",
            Mistake::NoRule => "policy.error.no_rule",
            Mistake::Rule => "policy.error.rule",
            Mistake::Count => "policy.error.count",
            Mistake::Repeated => "policy.error.repeated",
            Mistake::Clause => "policy.error.clause",
            Mistake::Every => "policy.error.every",
            Mistake::At => "policy.error.at",
            Mistake::NoAt => "policy.error.no_at",
            Mistake::Semicolon => "policy.error.semicolon",
        };
        Message::new(key).text("word", &self.word).count("at", self.at as u64)
    }
}

impl Policy {
    /// Reads `last=3 daily=7; every=day at=03:00Z`. The grammar stands in `docs/policy.md`.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let whole = Text(text);
        if text.chars().count() > MAX_VALUE {
            return Err(whole.missing(Mistake::Long));
        }
        if text.trim_ascii().is_empty() {
            return Err(whole.missing(Mistake::Empty));
        }
        let (rules, clauses) = match text.split_once(';') {
            None => (text, None),
            Some((rules, clauses)) => (rules, Some(clauses)),
        };
        let keep = whole.keep(rules)?;
        let schedule = clauses.map(|clauses| whole.schedule(clauses)).transpose()?;
        Ok(Self { keep, schedule })
    }
}

/// The whole text, to say where a part of it stands.
struct Text<'a>(&'a str);

impl Text<'_> {
    fn wrong(&self, mistake: Mistake, word: &str) -> PolicyError {
        let bytes = (word.as_ptr() as usize).saturating_sub(self.0.as_ptr() as usize);
        let before = self.0.get(..bytes).unwrap_or_default();
        PolicyError { mistake, word: word.to_owned(), at: before.chars().count() + 1 }
    }

    /// Something is missing, at the end.
    fn missing(&self, mistake: Mistake) -> PolicyError {
        PolicyError { mistake, word: String::new(), at: self.0.chars().count() + 1 }
    }

    fn keep(&self, rules: &str) -> Result<Keep, PolicyError> {
        let mut keep = Keep::default();
        for word in rules.split_ascii_whitespace() {
            let (name, count) = word.split_once('=').unwrap_or((word, ""));
            let Some(rule) = Rule::ALL.into_iter().find(|rule| rule.word() == name) else {
                return Err(self.wrong(Mistake::Rule, word));
            };
            if keep.of(rule) > 0 {
                return Err(self.wrong(Mistake::Repeated, word));
            }
            match number(count) {
                Some(count @ 1..=MOST) => keep.set(rule, count),
                _ => return Err(self.wrong(Mistake::Count, word)),
            }
        }
        if keep.sum() == 0 {
            return Err(PolicyError { mistake: Mistake::NoRule, word: String::new(), at: 1 });
        }
        Ok(keep)
    }

    fn schedule(&self, clauses: &str) -> Result<Schedule, PolicyError> {
        if let Some((_, second)) = clauses.split_once(';') {
            let mut error = self.wrong(Mistake::Semicolon, second);
            // The `;` itself is the mistake.
            error.at -= 1;
            error.word = ";".to_owned();
            return Err(error);
        }
        let (mut every, mut at, mut paused) = (None, None, false);
        for word in clauses.split_ascii_whitespace() {
            let repeated = match word.split_once('=') {
                Some(("every", it)) => {
                    let read = read_every(it).ok_or_else(|| self.wrong(Mistake::Every, word))?;
                    every.replace(read).is_some()
                }
                Some(("at", it)) => {
                    let read = read_clock(it).ok_or_else(|| self.wrong(Mistake::At, word))?;
                    at.replace(read).is_some()
                }
                None if word == "paused" => std::mem::replace(&mut paused, true),
                _ => return Err(self.wrong(Mistake::Clause, word)),
            };
            if repeated {
                return Err(self.wrong(Mistake::Repeated, word));
            }
        }
        let at = at.ok_or_else(|| self.missing(Mistake::NoAt))?;
        Ok(Schedule { every: every.unwrap_or(Every::Day), at, paused })
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keep.fmt(f)?;
        match &self.schedule {
            Some(schedule) => write!(f, "; {schedule}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (rule, count)) in self.rules().enumerate() {
            let space = if place > 0 { " " } else { "" };
            write!(f, "{space}{}={count}", rule.word())?;
        }
        Ok(())
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "every={} at={}Z", self.every, clock(self.at))?;
        if self.paused { f.write_str(" paused") } else { Ok(()) }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) => write!(f, "{hours}h"),
            Self::Day => f.write_str("day"),
            Self::Week(day) => f.write_str(weekday(*day)),
            Self::Month(MonthDay::Day(day)) => write!(f, "month-{day}"),
            Self::Month(MonthDay::Last) => f.write_str("month-last"),
        }
    }
}

/// In a journal it stands as on a server.
impl ToJson for Policy {
    fn to_json(&self) -> serde_json::Value {
        self.to_string().into()
    }
}

impl FromJson for Policy {
    fn from_json(value: &serde_json::Value) -> Option<Self> {
        Self::parse(value.as_str()?).ok()
    }
}

/// `HH:MM`.
pub(super) fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "mon"),
    (Weekday::Tuesday, "tue"),
    (Weekday::Wednesday, "wed"),
    (Weekday::Thursday, "thu"),
    (Weekday::Friday, "fri"),
    (Weekday::Saturday, "sat"),
    (Weekday::Sunday, "sun"),
];

pub(super) fn weekday(day: Weekday) -> &'static str {
    WEEKDAYS[usize::from(day.number_days_from_monday())].1
}

fn read_every(text: &str) -> Option<Every> {
    if text == "day" {
        return Some(Every::Day);
    }
    if let Some(day) = text.strip_prefix("month-") {
        let day = if day == "last" { MonthDay::Last } else { MonthDay::Day(number(day)?.try_into().ok()?) };
        return (!matches!(day, MonthDay::Day(0 | 29..))).then_some(Every::Month(day));
    }
    if let Some(hours) = text.strip_suffix('h') {
        let hours = number(hours)?.try_into().ok()?;
        return HOURS.contains(&hours).then_some(Every::Hours(hours));
    }
    WEEKDAYS.iter().find(|(_, word)| *word == text).map(|(day, _)| Every::Week(*day))
}

/// `03:00Z`: two digits each, and the `Z` says whose three o'clock it is.
fn read_clock(text: &str) -> Option<u16> {
    let [h1, h2, b':', m1, m2, b'Z'] = text.as_bytes() else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let (hour, minute) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// Digits only, at most three, the first not 0.
fn number(text: &str) -> Option<u32> {
    let plain = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().ok() } else { None }
}
