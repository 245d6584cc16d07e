//! The policy of a server: how many backups are kept per period, and when the next one is due.
//!
//! It is one line of text in the server's metadata ([`metadata::POLICY`]), so that another browser, a colleague,
//! `openstack server show`, a workflow in the cloud and a script all see the same. All of its times are UTC, the periods
//! too: whoever applies it gets the same answer. The format for people: `docs/policy.md`.

use time::Weekday;

use super::metadata;
use crate::json_struct;
use crate::model::{Message, Server};

mod change;
mod text;

pub use change::{Change, in_common};
pub use text::{Mistake, PolicyError};

/// `backup_type` of every backup that a policy makes. Only these are removed by a policy.
pub const BACKUP_TYPE: &str = "carrete";
/// `backup_type` of a pinned backup: out of every rotation, Nova's too.
pub const PINNED_TYPE: &str = "pinned";
/// The rotation to ask of Nova for a backup by policy: so large that Nova deletes nothing. Retention decides.
pub const NO_ROTATION: u32 = 10_000;
/// The most that one rule can keep.
pub const MOST: u32 = 999;

/// What a server is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    pub keep: Keep,
    /// `None`: backups are made by hand.
    pub schedule: Option<Schedule>,
}

/// How many backups stay, by rule. 0: there is no such rule. At least one rule is above 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Keep {
    /// The newest, whenever they were made.
    pub last: u32,
    /// The newest of each of the newest hours that have one; likewise below.
    pub hourly: u32,
    pub daily: u32,
    /// ISO weeks: Monday to Sunday.
    pub weekly: u32,
    pub monthly: u32,
    pub yearly: u32,
}

json_struct!(Keep { last, hourly, daily, weekly, monthly, yearly });

/// One of the six rules, from the finest to the coarsest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    Last,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

impl Rule {
    pub const ALL: [Self; 6] = [Self::Last, Self::Hourly, Self::Daily, Self::Weekly, Self::Monthly, Self::Yearly];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
        }
    }

    /// Seconds from one period to the next, the longest where they differ; `None` for the newest, which have none.
    pub fn period(self) -> Option<i64> {
        const DAY: i64 = 86_400;
        match self {
            Self::Last => None,
            Self::Hourly => Some(3_600),
            Self::Daily => Some(DAY),
            Self::Weekly => Some(7 * DAY),
            Self::Monthly => Some(31 * DAY),
            Self::Yearly => Some(366 * DAY),
        }
    }
}

impl Keep {
    pub fn of(&self, rule: Rule) -> u32 {
        match rule {
            Rule::Last => self.last,
            Rule::Hourly => self.hourly,
            Rule::Daily => self.daily,
            Rule::Weekly => self.weekly,
            Rule::Monthly => self.monthly,
            Rule::Yearly => self.yearly,
        }
    }

    pub fn set(&mut self, rule: Rule, count: u32) {
        *match rule {
            Rule::Last => &mut self.last,
            Rule::Hourly => &mut self.hourly,
            Rule::Daily => &mut self.daily,
            Rule::Weekly => &mut self.weekly,
            Rule::Monthly => &mut self.monthly,
            Rule::Yearly => &mut self.yearly,
        } = count;
    }

    /// The rules that there are, with their counts.
    pub fn rules(&self) -> impl Iterator<Item = (Rule, u32)> + use<> {
        let keep = *self;
        Rule::ALL.into_iter().map(move |rule| (rule, keep.of(rule))).filter(|(_, count)| *count > 0)
    }

    /// The most backups that can stay.
    pub fn sum(&self) -> u32 {
        self.rules().fold(0, |sum, (_, count)| sum.saturating_add(count))
    }

    /// The rule with the shortest period: how often there should be a backup when no schedule says it.
    pub fn finest(&self) -> Option<Rule> {
        self.rules().map(|(rule, _)| rule).find(|rule| rule.period().is_some())
    }
}

/// When backups are due. All in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Schedule {
    pub every: Every,
    /// Minutes after midnight, 0 to 1439. With hours between backups: one of the times of the day.
    pub at: u16,
    /// Nothing is due until it is resumed.
    pub paused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Every {
    /// One of [`HOURS`], so that the times are the same every day.
    Hours(u8),
    Day,
    Week(Weekday),
    Month(MonthDay),
}

/// What `every=…h` may say.
pub const HOURS: [u8; 7] = [1, 2, 3, 4, 6, 8, 12];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MonthDay {
    /// 1 to 28: every month has it.
    Day(u8),
    Last,
}

/// The policy that stands on a server; `None` when there is none. What cannot be read is an error, never guessed.
pub fn of_server(server: &Server) -> Option<Result<Policy, PolicyError>> {
    server.metadata.get(metadata::POLICY).map(|text| Policy::parse(text))
}

impl Schedule {
    /// When, in words: `policy.every.*`, with the time of the day as `HH:MM`.
    pub fn message(&self) -> Message {
        let message = match self.every {
            Every::Hours(hours) => Message::new("policy.every.hours").count("hours", hours.into()),
            Every::Day => Message::new("policy.every.day"),
            Every::Week(day) => Message::new("policy.every.week").word("day", "weekday", text::weekday(day)),
            Every::Month(MonthDay::Day(day)) => Message::new("policy.every.month").count("day", day.into()),
            Every::Month(MonthDay::Last) => Message::new("policy.every.month_last"),
        };
        message.text("at", text::clock(self.at))
    }
}

#[cfg(test)]
pub(super) mod tests;
