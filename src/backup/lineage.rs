//! Which images a server has behind it: what the list counts, and which series of backups there are.

use std::collections::HashMap;

use super::kind::{ImageKind, Source, Trust};
use crate::model::{Image, ImageStatus, Moment, RootDisk, Server, ServerId, VolumeAttachment};

/// The snapshots and backups of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kept {
    pub snapshots: u64,
    pub backups: u64,
    /// When the newest usable one was made.
    pub newest: Option<Moment>,
}

/// Of every server that has any. Images whose server is only inherited are counted for nobody.
pub fn by_server(images: &[Image]) -> HashMap<ServerId, Kept> {
    let mut all: HashMap<ServerId, Kept> = HashMap::new();
    for image in images {
        let (Some(server), kind) = (source(image), ImageKind::of(image)) else { continue };
        let kept = match kind {
            ImageKind::Plain => continue,
            ImageKind::Snapshot | ImageKind::VolumeSnapshot => {
                let kept = all.entry(server).or_default();
                kept.snapshots += 1;
                kept
            }
            ImageKind::Backup { .. } | ImageKind::VolumeBackup { .. } => {
                let kept = all.entry(server).or_default();
                kept.backups += 1;
                kept
            }
        };
        if image.status == ImageStatus::Active {
            kept.newest = kept.newest.max(image.created_at);
        }
    }
    all
}

/// The snapshots and backups of one server, newest first.
pub fn of_server<'a>(images: &'a [Image], server: &ServerId) -> Vec<&'a Image> {
    let mut mine: Vec<&Image> = images
        .iter()
        .filter(|image| ImageKind::of(image) != ImageKind::Plain && source(image).as_ref() == Some(server))
        .collect();
    mine.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    mine
}

/// The backup types of one server, that of the newest backup first.
pub fn backup_types(images: &[Image], server: &ServerId) -> Vec<String> {
    let mut types: Vec<String> = Vec::new();
    for image in of_server(images, server) {
        if let Some(backup_type) = ImageKind::of(image).backup_type()
            && !types.iter().any(|known| known == backup_type)
        {
            types.push(backup_type.to_owned());
        }
    }
    types
}

/// Whether a server's root disk is a volume, from what is known; `None` when its attachments must be asked for.
///
/// A server launched from a volume-backed snapshot names that image and is volume-backed all the same
/// (nova/compute/api.py), which the image's `block_device_mapping` tells.
pub fn volume_backed(server: &Server, image: Option<&Image>, attachments: Option<&[VolumeAttachment]>) -> Option<bool> {
    match server.root_disk() {
        RootDisk::Volume => Some(true),
        RootDisk::Image => Some(false),
        RootDisk::AskAttachments => {
            if image.is_some_and(|image| ImageKind::of(image).is_volume_backed()) {
                return Some(true);
            }
            attachments.map(|all| all.iter().any(VolumeAttachment::is_root))
        }
    }
}

fn source(image: &Image) -> Option<ServerId> {
    Source::of(image).filter(|source| source.trust != Trust::Inherited).map(|source| source.server)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{backup, image, server, volume_image};
    use super::*;
    use crate::model::ServerStatus;

    #[test]
    fn counts_what_each_server_has_behind_it() {
        let images = [
            backup("b1", 10, "s1", "daily"),
            backup("b2", 20, "s1", "weekly"),
            image("plain", 30),
            image("snap", 25).with("image_type", "snapshot").with("instance_uuid", "s1"),
            Image { status: ImageStatus::Saving, ..backup("b3", 40, "s1", "daily") },
            backup("other", 50, "s2", "daily"),
        ];
        let all = by_server(&images);
        assert_eq!(all[&"s1".into()], Kept { snapshots: 1, backups: 3, newest: Some(Moment(25)) });
        assert_eq!(all[&"s2".into()].backups, 1);
        assert_eq!(all.len(), 2);
        assert_eq!(backup_types(&images, &"s1".into()), ["daily", "weekly"]);
        let ids: Vec<_> = of_server(&images, &"s1".into()).iter().map(|image| image.id.to_string()).collect();
        assert_eq!(ids, ["b3", "snap", "b2", "b1"]);
    }

    #[test]
    fn knows_a_volume_backed_server_by_its_image_or_its_root_attachment() {
        let mut one = server("s", ServerStatus::Active);
        one.image = None;
        assert_eq!(volume_backed(&one, None, None), Some(true));
        one.image = Some("i".into());
        one.volumes = Vec::new();
        assert_eq!(volume_backed(&one, None, None), Some(false));
        one.volumes = vec![crate::model::server::AttachedVolume::default()];
        assert_eq!(volume_backed(&one, None, None), None);
        assert_eq!(volume_backed(&one, Some(&volume_image("i", 1, &["x"])), None), Some(true));
        let attached = |device: &str| vec![VolumeAttachment { device: device.into(), ..VolumeAttachment::default() }];
        assert_eq!(volume_backed(&one, None, Some(&attached("/dev/vdb"))), Some(false));
        assert_eq!(volume_backed(&one, None, Some(&attached("/dev/vda"))), Some(true));
    }
}
