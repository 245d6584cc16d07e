//! Which backups stay and which go: one pure function for the preview, the run, the simulator and the workflow in the
//! cloud.
//!
//! The rules are those of restic's `forget` (internal/data/snapshot_policy.go, `ApplyPolicy`), all in UTC: newest first,
//! each rule keeps the newest of each of its newest periods, periods without a backup cost nothing, and the oldest one
//! stays as long as a rule has places left. Besides, the newest usable one stays whatever the policy says.
//!
//! Only usable backups that nothing holds take places. What is held, unfinished or broken stays on top of them: a failed
//! backup never takes a place from a good one, and retention never removes it.

use std::cell::OnceCell;

use super::policy::{Keep, Rule};
use crate::model::{ImageId, Message, Moment};
use crate::{json_enum, json_struct};

mod items;
mod period;
mod reason;

pub use items::items;
pub use period::Period;

/// A backup of one server, or the one that is about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// `None`: the one about to be made.
    pub image: Option<ImageId>,
    pub name: String,
    pub created: Option<Moment>,
    /// Bytes of the image; 0 for one that points at volume snapshots.
    pub size: Option<u64>,
    pub standing: Standing,
}

json_struct!(Item { image, name, created, size, standing });

/// Whether a backup takes a place, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Usable,
    /// Still being made, or nobody knows.
    Unfinished,
    /// There, but of no use.
    Broken {
        reason: Message,
    },
    Held(Hold),
}

json_enum!(Standing { Usable, Unfinished, Broken { reason }, Held(it) });

/// Why a backup stays on top of what the policy keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Somebody wants to keep it, and says why.
    Pinned {
        why: String,
    },
    /// Glance would refuse to delete it.
    Protected,
    /// The shelved server of that name can only come back from it.
    InUse {
        server: String,
    },
    /// It belongs to another project.
    Foreign,
    /// It is not certain that it was made of this server.
    Doubtful,
    /// Not made by the policy: a snapshot by hand, or in a rotation of Nova's.
    Manual,
    /// Glance does not say when it was made.
    Undated,
    Hidden,
}

json_enum!(Hold { Pinned { why }, Protected, InUse { server }, Foreign, Doubtful, Manual, Undated, Hidden });

/// What becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub item: Item,
    pub verdict: Verdict,
}

json_struct!(Decision { item, verdict });

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// At least one reason.
    Keep {
        reasons: Vec<Reason>,
    },
    Remove {
        reason: Reason,
    },
}

json_enum!(Verdict { Keep { reasons }, Remove { reason } });

impl Item {
    /// The backup that is about to be made.
    pub fn incoming(name: &str, now: Moment) -> Self {
        Self { image: None, name: name.to_owned(), created: Some(now), size: None, standing: Standing::Usable }
    }
}

impl Decision {
    pub fn stays(&self) -> bool {
        matches!(self.verdict, Verdict::Keep { .. })
    }

    pub fn is_removed(&self) -> bool {
        !self.stays()
    }

    pub fn is_kept_usable(&self) -> bool {
        self.stays() && self.item.standing == Standing::Usable
    }

    /// The first reason, in words.
    pub fn message(&self) -> Message {
        match &self.verdict {
            Verdict::Keep { reasons } => reasons.first().unwrap_or(&Reason::NewestUsable).message(),
            Verdict::Remove { reason } => reason.message(),
        }
    }
}

/// Why. [`Reason::message`] says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The newest of its period. It takes `place` of the `of` places of the rule, counted from 1, the newest.
    Newest {
        period: Period,
        place: u32,
        of: u32,
    },
    /// The oldest there is, kept because the rule still has places.
    Oldest {
        period: Period,
        place: u32,
        of: u32,
    },
    /// The newest usable backup stays under any policy.
    NewestUsable,
    Unfinished,
    Broken {
        reason: Message,
    },
    Held(Hold),
    /// A newer one of the same period stays: in the finest period in which that is so.
    Superseded {
        period: Period,
    },
    /// All places are taken by newer ones.
    NoPlace {
        keep: String,
    },
}

json_enum!(Reason {
    Newest { period, place, of }, Oldest { period, place, of }, NewestUsable, Unfinished, Broken { reason },
    Held(it), Superseded { period }, NoPlace { keep },
});

/// Decides on all backups of one server; newest first, those without a date last. The order of `items` does not matter:
/// equal times are ordered by id, as Glance does, and one about to be made is the newest of its second.
pub fn forget(mut items: Vec<Item>, keep: &Keep) -> Vec<Decision> {
    if !items.is_sorted_by(|a, b| order(a) >= order(b)) {
        items.sort_by(|a, b| order(b).cmp(&order(a)));
    }
    let usable = |item: &Item| item.standing == Standing::Usable && item.created.is_some();
    let oldest = items.iter().rposition(usable);
    let mut rules: Vec<Open> = keep.rules().map(|(rule, of)| Open { rule, of, taken: 0, last: None }).collect();
    let mut seen = false;
    let words = OnceCell::new();
    let no_place = || Reason::NoPlace { keep: words.get_or_init(|| keep.to_string()).clone() };
    let mut decisions = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        let verdict = match (&item.standing, item.created) {
            (Standing::Usable, Some(created)) => {
                let newest = !std::mem::replace(&mut seen, true);
                decide(&mut rules, created, newest, oldest == Some(place), &no_place)
            }
            (Standing::Usable, None) => stays(Reason::Held(Hold::Undated)),
            (Standing::Unfinished, _) => stays(Reason::Unfinished),
            (Standing::Broken { reason }, _) => stays(Reason::Broken { reason: reason.clone() }),
            (Standing::Held(hold), _) => stays(Reason::Held(hold.clone())),
        };
        decisions.push(Decision { item, verdict });
    }
    decisions
}

/// A rule while it is applied.
struct Open {
    rule: Rule,
    of: u32,
    taken: u32,
    /// The period of the last one that it kept.
    last: Option<i64>,
}

fn decide(rules: &mut [Open], created: Moment, newest: bool, oldest: bool, no_place: &dyn Fn() -> Reason) -> Verdict {
    let mut reasons = Vec::new();
    let mut superseded = None;
    for open in rules.iter_mut().filter(|open| open.taken < open.of) {
        let period = Period { rule: open.rule, at: created };
        // Every backup is a period of its own to `last`.
        let number = period.number();
        let same = number.is_some() && open.last == number;
        if same && !oldest {
            superseded = superseded.or(Some(period));
            continue;
        }
        open.last = number;
        open.taken += 1;
        let (place, of) = (open.taken, open.of);
        reasons.push(if same { Reason::Oldest { period, place, of } } else { Reason::Newest { period, place, of } });
    }
    if newest && reasons.is_empty() {
        reasons.push(Reason::NewestUsable);
    }
    if !reasons.is_empty() {
        return Verdict::Keep { reasons };
    }
    let reason = match superseded {
        Some(period) => Reason::Superseded { period },
        None => no_place(),
    };
    Verdict::Remove { reason }
}

fn stays(reason: Reason) -> Verdict {
    Verdict::Keep { reasons: vec![reason] }
}

fn order(item: &Item) -> (Option<Moment>, bool, Option<&ImageId>) {
    (item.created, item.image.is_none(), item.image.as_ref())
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
