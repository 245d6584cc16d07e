//! Which servers should have a backup by now and have none, which of them can be backed up at once, and why the others have
//! to wait. From the lists and dates alone, as health is.
//!
//! Whoever runs what is due without being asked also asks [`may_try`]: a run that failed is tried again later and later,
//! never at once.

use std::collections::BTreeSet;

use super::health::ServerHealth;
use super::index::{Condition, Index};
use super::launch_fit::{has_image_room, has_snapshot_room};
use super::policy::Policy;
use crate::json_struct;
use crate::model::blocked::can_snapshot;
use crate::model::{Arg, ImageUsage, Message, Moment, ServerId, VolumeLimits};

/// Seconds that clocks differ: see `health::Expectation`.
const EARLY: i64 = 300;
const HOUR: i64 = 3_600;

/// A server whose backup is due.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    pub server: ServerId,
    pub name: String,
    /// The newest run that should have been: whoever makes a backup now makes this one up.
    pub slot: Moment,
    /// The first run that should have been since the newest backup by the policy; if there never was one, the newest.
    pub since: Moment,
    /// Runs that should have been, and whose grace is over.
    pub missed: u64,
    /// The newest usable backup by the policy.
    pub last: Option<Moment>,
    /// Why it is not to be run now; `None`: it may be.
    pub left_out: Option<Message>,
}

/// What is known.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub index: &'a Index<'a>,
    /// Of the same lists.
    pub health: &'a [ServerHealth],
    /// Servers of which a snapshot or backup is under way in the journal.
    pub running: &'a [ServerId],
    /// Servers that the cloud backs up by itself, and where nothing says that it does not.
    pub in_cloud: &'a BTreeSet<ServerId>,
}

/// All that are due, the longest first, then by name.
pub fn list(facts: Facts<'_>) -> Vec<Due> {
    let mut all: Vec<Due> = facts.health.iter().filter_map(|health| due(health, facts)).collect();
    all.sort_by(|a, b| (a.since, &a.name, &a.server).cmp(&(b.since, &b.name, &b.server)));
    all
}

fn due(health: &ServerHealth, facts: Facts<'_>) -> Option<Due> {
    let slot = health.due?;
    let Some(Ok(policy)) = &health.policy else { return None };
    Some(Due {
        server: health.server.clone(),
        name: health.name.clone(),
        slot,
        since: since(policy, health.last_by_policy, slot),
        missed: health.missed,
        last: health.last_by_policy,
        left_out: left_out(health, facts),
    })
}

fn since(policy: &Policy, last: Option<Moment>, slot: Moment) -> Moment {
    let first = policy.schedule.zip(last).map(|(schedule, last)| schedule.next_after(last.plus(EARLY)));
    first.map_or(slot, |first| first.min(slot))
}

fn left_out(health: &ServerHealth, facts: Facts<'_>) -> Option<Message> {
    if facts.running.contains(&health.server) {
        return Some(Message::new("due.why.running"));
    }
    let Some(server) = facts.index.server(&health.server) else { return Some(Message::new("due.why.gone")) };
    if let Err(why) = can_snapshot(server) {
        return Some(why.message());
    }
    // One that does not get on holds up nothing: health says so, and the leftovers' page cleans it.
    let mut own = facts.index.of_server(&health.server).filter(|known| known.ours);
    let gets_on = own.find(|it| it.condition == Condition::Unfinished && !health.stuck.contains(&it.image.id));
    if let Some(known) = gets_on {
        return Some(Message::new("due.why.unfinished").text("name", &known.image.name));
    }
    // Within the grace it is the cloud's turn; beyond it, the cloud has not done it.
    (health.missed == 0 && facts.in_cloud.contains(&health.server)).then(|| Message::new("due.why.in_cloud"))
}

/// What the quotas leave.
pub struct Room {
    /// Cinder's limits, or why they are not known; only asked for where there is a volume.
    pub volumes: Result<VolumeLimits, Message>,
    /// `None`: Glance does not say it, and is left to refuse.
    pub images: Option<ImageUsage>,
}

/// Which of several backups there is room for, in their order: of each the GiB of the volumes of which it makes a snapshot,
/// or why that is not known. What is not known, or does not fit, holds back that one only.
pub fn admit(needs: &[Result<Vec<u64>, Message>], room: &Room) -> Vec<Result<(), Message>> {
    let (mut images, mut taken) = (0, Vec::<u64>::new());
    let mut one = |need: &Result<Vec<u64>, Message>| {
        let need = need.as_ref().map_err(Clone::clone)?;
        if let Some(usage) = &room.images {
            has_image_room(usage, images + 1, need.is_empty()).map_err(|why| why.message())?;
        }
        if !need.is_empty() {
            let limits = room.volumes.as_ref().map_err(Clone::clone)?;
            let wanted: Vec<u64> = taken.iter().chain(need).copied().collect();
            has_snapshot_room(limits, &wanted).map_err(|why| why.message())?;
            taken = wanted;
        }
        images += 1;
        Ok(())
    };
    needs.iter().map(&mut one).collect()
}

impl Due {
    /// Since when, and what was missed.
    pub fn message(&self) -> Message {
        let since = Arg::Moment(self.since.0);
        match self.missed {
            // Where there never was one, the number says nothing.
            _ if self.last.is_none() => Message::new("due.since").with("since", since),
            0 => Message::new("due.since").with("since", since),
            missed => Message::new("due.missed").count("count", missed).with("since", since),
        }
    }

    pub fn may_run(&self) -> bool {
        self.left_out.is_none()
    }
}

/// What was tried by itself for a server, kept over reloads: written before anything is asked of the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub server: ServerId,
    pub slot: Moment,
    pub at: Moment,
    /// In a row without a backup.
    pub tries: u32,
}

json_struct!(Attempt { server, slot, at, tries });

/// Seconds until a failed run is tried again: half an hour, two hours, eight, then once a day.
pub fn pause(tries: u32) -> i64 {
    match tries {
        0 | 1 => HOUR / 2,
        2 => 2 * HOUR,
        3 => 8 * HOUR,
        _ => 24 * HOUR,
    }
}

/// Whether something that is due may be run by itself, as far as earlier attempts go.
pub fn may_try(due: &Due, before: Option<&Attempt>, now: Moment) -> bool {
    let Some(before) = before else { return true };
    let is_another = due.slot > before.slot;
    (is_another && came_to_something(due, before)) || now >= before.at.plus(pause(before.tries))
}

/// The attempt that begins now.
pub fn attempt(due: &Due, before: Option<&Attempt>, now: Moment) -> Attempt {
    let tries = before.filter(|before| !came_to_something(due, before)).map_or(0, |before| before.tries);
    Attempt { server: due.server.clone(), slot: due.slot, at: now, tries: tries.saturating_add(1) }
}

fn came_to_something(due: &Due, before: &Attempt) -> bool {
    due.last.is_some_and(|last| last.plus(EARLY) >= before.at)
}

#[cfg(test)]
mod tests;
