//! The reasons in words.

use super::{Hold, Reason};
use crate::backup::policy::Rule;
use crate::model::Message;

impl Reason {
    /// Such as "newest of its day 2026-11-23 (daily 2 of 7)".
    pub fn message(&self) -> Message {
        match self {
            Self::Newest { period, place, of } => {
                let key = match period.rule {
                    Rule::Last => "retention.kept.last",
                    Rule::Hourly => "retention.kept.hourly",
                    Rule::Daily => "retention.kept.daily",
                    Rule::Weekly => "retention.kept.weekly",
                    Rule::Monthly => "retention.kept.monthly",
                    Rule::Yearly => "retention.kept.yearly",
                };
                Message::new(key)
                    .text("period", period.name())
                    .count("place", (*place).into())
                    .count("of", (*of).into())
            }
            Self::Oldest { period, place, of } => Message::new("retention.kept.oldest")
                .word("rule", "rule", period.rule.word())
                .count("place", (*place).into())
                .count("of", (*of).into()),
            Self::NewestUsable => Message::new("retention.kept.newest_usable"),
            Self::Unfinished => Message::new("retention.kept.unfinished"),
            Self::Broken { reason } => Message::new("retention.kept.broken")
                .with("reason", crate::model::Arg::Sentence(Box::new(reason.clone()))),
            Self::Held(hold) => hold.message(),
            Self::Superseded { period } => {
                let key = match period.rule {
                    // To `last` no two are of one period.
                    Rule::Last | Rule::Hourly => "retention.removed.hourly",
                    Rule::Daily => "retention.removed.daily",
                    Rule::Weekly => "retention.removed.weekly",
                    Rule::Monthly => "retention.removed.monthly",
                    Rule::Yearly => "retention.removed.yearly",
                };
                Message::new(key).text("period", period.name())
            }
            Self::NoPlace { keep } => Message::new("retention.removed.no_place").text("keep", keep),
        }
    }
}

impl Hold {
    pub fn message(&self) -> Message {
        match self {
            Self::Pinned { why } => Message::new("retention.held.pinned").text("why", why),
            Self::Protected => Message::new("retention.held.protected"),
            Self::InUse { server } => Message::new("retention.held.in_use").text("server", server),
            Self::Foreign => Message::new("retention.held.foreign"),
            Self::Doubtful => Message::new("retention.held.doubtful"),
            Self::Manual => Message::new("retention.held.manual"),
            Self::Undated => Message::new("retention.held.undated"),
            Self::Hidden => Message::new("retention.held.hidden"),
        }
    }
}
