//! What is left over of backups that failed, or of servers that are gone: found, explained, and cleaned when somebody
//! asks for it. Never by itself.
//!
//! Nothing is proposed that a usable image needs, and nothing that somebody protected. A missing list must not look like
//! missing things: see [`find`].

use super::deletion::DeletionStep;
use super::health::{ServerHealth, is_stuck};
use super::index::{Condition, Index, Known};
use super::kind::{ImageKind, Trust};
use super::metadata;
use crate::model::blocked::can_delete;
use crate::model::{
    Arg, Image, ImageId, ImageStatus, Message, Moment, ServerId, SnapshotId, VolumeSnapshot, VolumeStatus,
};

pub mod unsealed;

/// Something left over, and what it takes to clean it.
#[derive(Clone, Debug, PartialEq)]
pub struct Leftover {
    pub kind: Kind,
    pub what: What,
    pub name: String,
    /// The server it was made of, gone or not; `None` where nothing tells.
    pub server: Option<ServerId>,
    pub created: Option<Moment>,
    /// An upper bound.
    pub bytes: u64,
    /// Why it is thought to be left over, and what to beware of.
    pub reason: Message,
    /// Images first, then their volume snapshots.
    pub steps: Vec<DeletionStep>,
    /// Of [`Kind::Unsealed`], the image that was judged: to be sealed only while it still is as it is here.
    pub unsealed: Option<Box<Image>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Image(ImageId),
    Snapshot(SnapshotId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An image that is not getting on, whose upload failed, or that is done and holds nothing.
    Stuck,
    /// An image whose volume snapshots are gone or failed: nothing can be launched from it.
    SnapshotsGone,
    /// A volume snapshot as Nova makes them, with no image that points at it.
    Orphan,
    /// A backup of a server that is gone. It may be the last copy of its data.
    ServerGone,
    /// A whole backup of a server that is there, which no policy counts: its seal was never written.
    Unsealed,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Stuck, Self::SnapshotsGone, Self::Orphan, Self::ServerGone, Self::Unsealed];

    /// The heading: `leftovers.kind.*`.
    pub fn message(self) -> Message {
        Message::new(match self {
            Self::Stuck => "leftovers.kind.stuck",
            Self::SnapshotsGone => "leftovers.kind.snapshots_gone",
            Self::Orphan => "leftovers.kind.orphan",
            Self::ServerGone => "leftovers.kind.server_gone",
            Self::Unsealed => "leftovers.kind.unsealed",
        })
    }
}

/// Nova names the volume snapshots of an image so (nova/compute/api.py, `snapshot_volume_backed`).
const NOVAS: &str = "snapshot for ";
/// Between its snapshots and its image a `createImage` takes seconds; after so many it has failed.
const MAKING: u64 = 600;

/// By kind, then oldest first.
///
/// The index must be made of complete lists. Two signs of a list that did not come are heeded: if there is no server at
/// all, none is called gone; if there is no volume snapshot at all, none is called missing.
pub fn find(index: &Index<'_>, now: Moment) -> Vec<Leftover> {
    let mut found: Vec<Leftover> = index.images().iter().filter_map(|known| of_image(index, known, now)).collect();
    found.extend(index.unneeded().filter_map(|snapshot| of_snapshot(snapshot, now)));
    found.extend(unsealed::list(index, now).into_iter().map(|known| of_unsealed(index, known)));
    found.sort_by(|a, b| (a.kind, a.created, &a.name, a.id()).cmp(&(b.kind, b.created, &b.name, b.id())));
    found
}

/// Adds up for each server.
pub fn count_by_server(leftovers: &[Leftover], servers: &mut [ServerHealth]) {
    let mut counts: std::collections::HashMap<&ServerId, u64> = std::collections::HashMap::new();
    for server in leftovers.iter().filter_map(|leftover| leftover.server.as_ref()) {
        *counts.entry(server).or_default() += 1;
    }
    for health in servers {
        health.leftovers = counts.get(&health.server).copied().unwrap_or(0);
    }
}

impl Leftover {
    /// Whether nothing else may hold that data any more.
    pub fn may_be_last(&self) -> bool {
        self.kind == Kind::ServerGone
    }

    pub fn id(&self) -> &str {
        match &self.what {
            What::Image(id) => id.as_str(),
            What::Snapshot(id) => id.as_str(),
        }
    }
}

fn of_image(index: &Index<'_>, known: &Known<'_>, now: Moment) -> Option<Leftover> {
    let image = known.image;
    if known.there.is_some() && matches!(known.condition, Condition::Usable) {
        return None;
    }
    // What a person uploads is none of our business.
    let made_of_a_server = known.kind != ImageKind::Plain;
    if !made_of_a_server || image.os_hidden || can_delete(image, index.project.as_str()).is_err() {
        return None;
    }
    if index.shelved_server(image).is_some() {
        return None;
    }
    let source = known.server.filter(|_| known.trust != Some(Trust::Inherited));
    let server = source.and(known.there);
    let gone = source.is_some() && server.is_none() && !index.servers.is_empty();
    let idle = server.is_none_or(|server| server.task_state.is_none());
    let (kind, reason) = match &known.condition {
        Condition::Broken(_) if image.status == ImageStatus::Killed => {
            (Kind::Stuck, Message::new("leftovers.reason.killed"))
        }
        // Somebody switched it off on purpose.
        Condition::Broken(_) if image.status == ImageStatus::Deactivated => return None,
        Condition::Broken(why) if known.kind.is_volume_backed() => {
            if !index.has_snapshots() || known.behind.is_empty() {
                return None;
            }
            (Kind::SnapshotsGone, Message::new("leftovers.reason.snapshots_gone").with("why", sentence(why)))
        }
        // Of the other images without bits, Cinder's volume snapshots may be all that there is.
        Condition::Broken(_)
            if idle
                && image.status == ImageStatus::Active
                && known.trust == Some(Trust::Sure)
                && !image.properties.contains_key(metadata::BLOCK_DEVICE_MAPPING)
                && !image.properties.contains_key(metadata::BDM_V2)
                && image.created_at.is_some_and(|at| at.age(now) > MAKING) =>
        {
            (Kind::Stuck, Message::new("leftovers.reason.empty"))
        }
        Condition::Unfinished if idle && image.status != ImageStatus::Active && is_stuck(image, server, now) => {
            let since = image.updated_at.max(image.created_at).unwrap_or(now);
            (Kind::Stuck, Message::new("leftovers.reason.stuck").with("since", Arg::Moment(since.0)))
        }
        Condition::Usable if gone && known.trust == Some(Trust::Sure) && known.kind.backup_type().is_some() => {
            (Kind::ServerGone, Message::new("leftovers.reason.server_gone"))
        }
        _ => return None,
    };
    Some(Leftover {
        kind,
        what: What::Image(image.id.clone()),
        name: image.name.clone(),
        server: source.map(ServerId::from),
        created: image.created_at,
        bytes: known.bytes,
        reason,
        steps: steps(index, known),
        unsealed: None,
    })
}

fn of_unsealed(index: &Index<'_>, known: &Known<'_>) -> Leftover {
    let image = known.image;
    Leftover {
        kind: Kind::Unsealed,
        what: What::Image(image.id.clone()),
        name: image.name.clone(),
        server: known.there.map(|server| server.id.clone()),
        created: image.created_at,
        bytes: known.bytes,
        reason: Message::new("leftovers.reason.unsealed"),
        steps: steps(index, known),
        unsealed: Some(Box::new(image.clone())),
    }
}

/// The image, then those volume snapshots behind it that no other image points at and that Cinder would delete.
fn steps(index: &Index<'_>, known: &Known<'_>) -> Vec<DeletionStep> {
    let image = known.image;
    let mut steps = vec![DeletionStep::Image { id: image.id.clone(), name: image.name.clone() }];
    for disk in known.behind {
        let there = index.snapshot(disk.snapshot_id.as_str()).is_some_and(can_go);
        if there && index.needed(disk.snapshot_id.as_str()) == 1 {
            let name =
                if disk.device.is_empty() { image.name.clone() } else { format!("{} {}", image.name, disk.device) };
            let after = vec![image.id.clone()];
            steps.push(DeletionStep::Snapshot { id: disk.snapshot_id.clone(), name, after });
        }
    }
    steps
}

fn of_snapshot(snapshot: &VolumeSnapshot, now: Moment) -> Option<Leftover> {
    let image = snapshot.name.strip_prefix(NOVAS)?;
    let old = snapshot.created_at.is_some_and(|at| at.age(now) > MAKING);
    if !old || !can_go(snapshot) {
        return None;
    }
    let step = DeletionStep::Snapshot { id: snapshot.id.clone(), name: snapshot.name.clone(), after: Vec::new() };
    Some(Leftover {
        kind: Kind::Orphan,
        what: What::Snapshot(snapshot.id.clone()),
        name: snapshot.name.clone(),
        server: None,
        created: snapshot.created_at,
        bytes: snapshot.size.saturating_mul(1 << 30),
        reason: Message::new("leftovers.reason.orphan").text("image", image),
        steps: vec![step],
        unsealed: None,
    })
}

/// Cinder deletes no others (contract F).
fn can_go(snapshot: &VolumeSnapshot) -> bool {
    matches!(snapshot.status, VolumeStatus::Available | VolumeStatus::Error)
}

fn sentence(inner: &Message) -> Arg {
    Arg::Sentence(Box::new(inner.clone()))
}

#[cfg(test)]
mod tests;
