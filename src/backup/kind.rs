//! What an image is, derived from all that is known of it; no single property tells.
//!
//! The traps (contract C4, D1):
//! - Nova writes neither `image_type` nor `instance_uuid` on an image of a volume-backed server, but copies those of the
//!   image that the server was booted from: stale, and of another server.
//! - `backup_type` is copied likewise, so it only means something beside `image_type=backup`.
//! - `block_device_mapping` only counts on an image without bits; with bits it is a copy, and its volume snapshots are
//!   somebody else's.
//! - Cinder copies all of these onto an image uploaded from a volume that was made of a snapshot.

use super::metadata;
use crate::model::image::Mark;
pub use crate::model::image::SnapshotBehind;
use crate::model::{Image, ImageId, ImageStatus, Message, Server, ServerId, ServerStatus};

/// What type of image it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageKind<'a> {
    /// Uploaded by somebody, or nothing is known.
    Plain,
    /// Nova's `createImage` of an image-backed server.
    Snapshot,
    /// Nova's `createBackup`: in Nova's rotation. The type may be any text, even none.
    Backup { backup_type: &'a str },
    /// An image without bits, pointing at volume snapshots.
    VolumeSnapshot,
    /// The same, made by Carrete as a backup: rotated by Carrete.
    VolumeBackup { backup_type: &'a str },
}

impl<'a> ImageKind<'a> {
    pub fn of(image: &'a Image) -> Self {
        Marks::of(image).kind()
    }

    /// The word for it: `image_kind.*`.
    pub fn message(&self) -> Message {
        match self {
            Self::Plain => Message::new("image_kind.plain"),
            Self::Snapshot => Message::new("image_kind.snapshot"),
            Self::Backup { backup_type } => Message::new("image_kind.backup").text("type", *backup_type),
            Self::VolumeSnapshot => Message::new("image_kind.volume_snapshot"),
            Self::VolumeBackup { backup_type } => Message::new("image_kind.volume_backup").text("type", *backup_type),
        }
    }

    pub fn backup_type(&self) -> Option<&'a str> {
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
        Marks::of(image).source().map(|(server, trust)| Self { server: server.into(), trust })
    }
}

/// The properties that tell what an image is.
#[derive(Clone, Copy, Debug)]
pub struct Marks<'a> {
    image: &'a Image,
    image_type: Option<&'a str>,
    instance_uuid: Option<&'a str>,
    server: Option<&'a str>,
    /// Where they count: on an image without bits.
    behind: Option<&'a [SnapshotBehind]>,
}

impl<'a> Marks<'a> {
    pub fn of(image: &'a Image) -> Self {
        let filled = |mark| image.properties.mark(mark).filter(|text| !text.is_empty());
        Self {
            image,
            image_type: image.properties.mark(Mark::ImageType),
            instance_uuid: filled(Mark::InstanceUuid),
            server: filled(Mark::CarreteServer),
            behind: image.properties.behind().filter(|_| has_no_bits(image)),
        }
    }

    pub fn kind(&self) -> ImageKind<'a> {
        let properties = &self.image.properties;
        let backup_type = || properties.mark(Mark::BackupType).unwrap_or_default();
        let has_op = || properties.mark(Mark::CarreteOp).is_some();
        let inherited = || matches!(self.source(), Some((_, Trust::Inherited)));
        match (self.behind.is_some(), self.image_type) {
            (true, Some("backup")) if has_op() && !inherited() => {
                ImageKind::VolumeBackup { backup_type: backup_type() }
            }
            (true, _) => ImageKind::VolumeSnapshot,
            (false, Some("backup")) => ImageKind::Backup { backup_type: backup_type() },
            (false, Some("snapshot")) => ImageKind::Snapshot,
            (false, _) => ImageKind::Plain,
        }
    }

    /// As [`Source::of`].
    pub fn source(&self) -> Option<(&'a str, Trust)> {
        let (written, ours) = (self.instance_uuid, self.server);
        let (server, trust) = if self.behind.is_some() {
            match self.image.properties.mark(Mark::CarreteImage).filter(|seal| !seal.is_empty()) {
                Some(own) if own == self.image.id.as_str() => (ours.or(written), Trust::Sure),
                Some(_) => (written.or(ours), Trust::Inherited),
                None => (written.or(ours), Trust::Doubtful),
            }
        } else if matches!(self.image_type, Some("snapshot" | "backup")) {
            (written.or(ours), if written.is_some() { Trust::Sure } else { Trust::Doubtful })
        } else {
            (written.or(ours), Trust::Doubtful)
        };
        server.map(|server| (server, trust))
    }

    /// As [`behind`].
    pub fn behind(&self) -> &'a [SnapshotBehind] {
        self.behind.unwrap_or_default()
    }
}

/// The volume snapshots behind an image; none for an image with bits of its own. See [`Properties::behind`].
///
/// [`Properties::behind`]: crate::model::image::Properties::behind
pub fn behind(image: &Image) -> &[SnapshotBehind] {
    Marks::of(image).behind()
}

/// The image at the beginning of the chain, where Nova says it.
pub fn base_image(image: &Image) -> Option<ImageId> {
    image.property(metadata::BASE_IMAGE_REF).filter(|base| *base != image.id.as_str()).map(ImageId::from)
}

/// The shelved server that can only come back from this image. Nova names it `<server>-shelved` (contract I14).
pub fn shelved_server<'a>(image: &Image, servers: impl IntoIterator<Item = &'a Server>) -> Option<&'a Server> {
    let name = image.name.strip_suffix("-shelved")?;
    let source = image.properties.mark(Mark::InstanceUuid).filter(|id| !id.is_empty());
    servers.into_iter().find(|server| {
        matches!(server.status, ServerStatus::Shelved | ServerStatus::ShelvedOffloaded)
            && name == server.name
            && source.is_none_or(|id| id == server.id.as_str())
    })
}

/// `size` is null until bits are there, and 0 for an image that points at volume snapshots, which is active at once.
fn has_no_bits(image: &Image) -> bool {
    match image.size {
        Some(size) => size == 0,
        None => image.status == ImageStatus::Active,
    }
}

#[cfg(test)]
mod tests;
