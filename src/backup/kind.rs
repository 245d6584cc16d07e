//! What an image is, derived from all that is known of it; no single property tells.
//!
//! The traps (contract C4, D1):
//! - Nova writes neither `image_type` nor `instance_uuid` on an image of a volume-backed server, but copies those of the
//!   image that the server was booted from: stale, and of another server.
//! - `backup_type` is copied likewise, so it only means something beside `image_type=backup`.
//! - `block_device_mapping` only counts on an image without bits; with bits it is a copy, and its volume snapshots are
//!   somebody else's.
//! - Cinder copies all of these onto an image uploaded from a volume that was made of a snapshot.

use serde_json::Value;

use super::metadata::{self, text};
use crate::json_struct;
use crate::model::json;
use crate::model::{Image, ImageId, ImageStatus, Message, Server, ServerId, ServerStatus, SnapshotId};

/// What type of image it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageKind {
    /// Uploaded by somebody, or nothing is known.
    Plain,
    /// Nova's `createImage` of an image-backed server.
    Snapshot,
    /// Nova's `createBackup`: in Nova's rotation. The type may be any text, even none.
    Backup { backup_type: String },
    /// An image without bits, pointing at volume snapshots.
    VolumeSnapshot,
    /// The same, made by Carrete as a backup: rotated by Carrete.
    VolumeBackup { backup_type: String },
}

impl ImageKind {
    pub fn of(image: &Image) -> Self {
        let image_type = text(image, metadata::IMAGE_TYPE);
        let backup_type = || text(image, metadata::BACKUP_TYPE).unwrap_or_default().to_owned();
        let inherited = || matches!(Source::of(image), Some(Source { trust: Trust::Inherited, .. }));
        match (is_volume_backed(image), image_type) {
            (true, Some("backup")) if text(image, metadata::OP).is_some() && !inherited() => {
                Self::VolumeBackup { backup_type: backup_type() }
            }
            (true, _) => Self::VolumeSnapshot,
            (false, Some("backup")) => Self::Backup { backup_type: backup_type() },
            (false, Some("snapshot")) => Self::Snapshot,
            (false, _) => Self::Plain,
        }
    }

    /// The word for it: `image_kind.*`.
    pub fn message(&self) -> Message {
        match self {
            Self::Plain => Message::new("image_kind.plain"),
            Self::Snapshot => Message::new("image_kind.snapshot"),
            Self::Backup { backup_type } => Message::new("image_kind.backup").text("type", backup_type),
            Self::VolumeSnapshot => Message::new("image_kind.volume_snapshot"),
            Self::VolumeBackup { backup_type } => Message::new("image_kind.volume_backup").text("type", backup_type),
        }
    }

    pub fn backup_type(&self) -> Option<&str> {
        match self {
            Self::Backup { backup_type } | Self::VolumeBackup { backup_type } => Some(backup_type),
            _ => None,
        }
    }

    pub fn is_volume_backed(&self) -> bool {
        matches!(self, Self::VolumeSnapshot | Self::VolumeBackup { .. })
    }
}

/// The server that an image was made of, and how far that can be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub server: ServerId,
    pub trust: Trust,
}

/// How far `Source::server` can be believed. Only `Sure` images may be deleted by a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// Nova itself wrote it on this image, or Carrete sealed it.
    Sure,
    /// It may be this server, or the one whose image this server was booted from.
    Doubtful,
    /// Certainly copied from another image: `server` is an ancestor.
    Inherited,
}

impl Trust {
    /// A sentence for the image's details; `None` when there is nothing to explain.
    pub fn message(self) -> Option<Message> {
        match self {
            Self::Sure => None,
            Self::Doubtful => Some(Message::new("image_kind.trust.doubtful")),
            Self::Inherited => Some(Message::new("image_kind.trust.inherited")),
        }
    }
}

impl Source {
    /// `None` when nothing names a server.
    ///
    /// Nova writes `image_type` and `instance_uuid` afresh on every image of an image-backed server, so they are sure
    /// together. On a volume-backed one they are sure only under Carrete's seal (`carrete_image` equal to the image's
    /// id); a seal with another id proves a copy.
    pub fn of(image: &Image) -> Option<Self> {
        let written = image.property(metadata::INSTANCE_UUID);
        let ours = image.property(metadata::SERVER);
        let (server, trust) = if is_volume_backed(image) {
            match image.property(metadata::IMAGE) {
                Some(own) if own == image.id.as_str() => (ours.or(written), Trust::Sure),
                Some(_) => (written.or(ours), Trust::Inherited),
                None => (written.or(ours), Trust::Doubtful),
            }
        } else if matches!(text(image, metadata::IMAGE_TYPE), Some("snapshot" | "backup")) {
            (written.or(ours), if written.is_some() { Trust::Sure } else { Trust::Doubtful })
        } else {
            (written.or(ours), Trust::Doubtful)
        };
        server.map(|server| Self { server: server.into(), trust })
    }
}

/// A Cinder snapshot that an image points at. It stays when the image is deleted (contract F).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotBehind {
    pub snapshot_id: SnapshotId,
    /// 0 when the cloud does not say.
    pub size_gib: u64,
    /// Such as `/dev/vda`; empty when the cloud does not say.
    pub device: String,
    /// Whether it is the root disk.
    pub boot: bool,
}

json_struct!(SnapshotBehind { snapshot_id, size_gib, device, boot });

/// The volume snapshots behind an image; none for an image with bits of its own. Broken or hostile JSON gives none,
/// broken entries are left out, and an id that is not made of letters, digits and dashes is not believed.
pub fn behind(image: &Image) -> Vec<SnapshotBehind> {
    if !has_no_bits(image) {
        return Vec::new();
    }
    let mut found: Vec<SnapshotBehind> = Vec::new();
    for entry in mapping(image).iter().take(MOST_DISKS) {
        let Some(id) = entry.get("snapshot_id").and_then(Value::as_str).filter(|id| is_id(id)) else {
            continue;
        };
        if found.iter().any(|known| known.snapshot_id.as_str() == id) {
            continue;
        }
        found.push(SnapshotBehind {
            snapshot_id: id.into(),
            size_gib: entry.get("volume_size").and_then(number).unwrap_or(0),
            device: entry.get("device_name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            boot: entry.get("boot_index").and_then(number) == Some(0),
        });
    }
    found
}

/// The image at the beginning of the chain, where Nova says it.
pub fn base_image(image: &Image) -> Option<ImageId> {
    image.property(metadata::BASE_IMAGE_REF).filter(|base| *base != image.id.as_str()).map(ImageId::from)
}

/// The shelved server that can only come back from this image. Nova names it `<server>-shelved` (contract I14).
pub fn shelved_server<'a>(image: &Image, servers: &'a [Server]) -> Option<&'a Server> {
    let source = image.property(metadata::INSTANCE_UUID);
    servers.iter().find(|server| {
        matches!(server.status, ServerStatus::Shelved | ServerStatus::ShelvedOffloaded)
            && image.name.strip_suffix("-shelved") == Some(server.name.as_str())
            && source.is_none_or(|id| id == server.id.as_str())
    })
}

/// Servers have at most 26 disks; more entries than this are nonsense.
const MOST_DISKS: usize = 64;

fn is_volume_backed(image: &Image) -> bool {
    has_no_bits(image) && image.property(metadata::BLOCK_DEVICE_MAPPING).is_some_and(|text| text.trim() != "[]")
}

/// `size` is null until bits are there, and 0 for an image that points at volume snapshots, which is active at once.
fn has_no_bits(image: &Image) -> bool {
    match image.size {
        Some(size) => size == 0,
        None => image.status == ImageStatus::Active,
    }
}

fn mapping(image: &Image) -> Vec<Value> {
    image
        .property(metadata::BLOCK_DEVICE_MAPPING)
        .and_then(json::parse)
        .and_then(|mapping| mapping.as_array().cloned())
        .unwrap_or_default()
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests;
