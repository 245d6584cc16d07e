//! Which images a server has behind it: what the list counts, and which series of backups there are.

use std::collections::HashMap;
use std::sync::Arc;

use super::kind::{ImageKind, Marks, Trust};
use crate::model::order;
use crate::model::{Image, ImageId, ImageStatus, Moment, RootDisk, Server, ServerId, VolumeAttachment};

/// The snapshots and backups of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kept {
    pub snapshots: u64,
    pub backups: u64,
    /// When the newest usable one was made.
    pub newest: Option<Moment>,
}

/// What every server has behind it, worked out once of ten thousand images, piece by piece. Images whose server is only
/// inherited are counted for nobody.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    images: Arc<Vec<Image>>,
    places: HashMap<ImageId, usize>,
    families: HashMap<ServerId, Family>,
    whole: bool,
}

#[derive(Clone, Debug, Default)]
struct Family {
    kept: Kept,
    places: Vec<usize>,
}

impl Lineage {
    pub fn new(images: Arc<Vec<Image>>) -> Self {
        Self { images, ..Self::default() }
    }

    /// Looks at the next `most` images. Whether more are left.
    pub fn add(&mut self, most: usize) -> bool {
        let images = Arc::clone(&self.images);
        let begin = self.places.len();
        for (place, image) in images.iter().enumerate().skip(begin).take(most) {
            self.places.insert(image.id.clone(), place);
            self.one(place, image);
        }
        // An id that comes twice must not make this endless.
        self.whole = begin + most >= images.len() || self.places.len() == begin;
        !self.whole
    }

    fn one(&mut self, place: usize, image: &Image) {
        let kind = ImageKind::of(image);
        if kind == ImageKind::Plain {
            return;
        }
        let Some(server) = source(image) else { return };
        let Family { kept, places } = self.families.entry(server.into()).or_default();
        match kind.backup_type() {
            Some(_) => kept.backups += 1,
            None => kept.snapshots += 1,
        }
        if image.status == ImageStatus::Active {
            kept.newest = kept.newest.max(image.created_at);
        }
        places.push(place);
    }

    /// Whether all images have been looked at.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    pub fn kept(&self, server: &ServerId) -> Kept {
        self.families.get(server).map(|family| family.kept.clone()).unwrap_or_default()
    }

    /// The snapshots and backups of one server, newest first.
    pub fn of_server(&self, server: &ServerId) -> Vec<&Image> {
        let places = self.families.get(server).into_iter().flat_map(|family| &family.places);
        let mut mine: Vec<&Image> = places.filter_map(|place| self.images.get(*place)).collect();
        newest_first(&mut mine);
        mine
    }

    pub fn image(&self, id: &ImageId) -> Option<&Image> {
        self.images.get(*self.places.get(id)?)
    }
}

fn newest_first(images: &mut Vec<&Image>) {
    order::sort(images, |a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
}

/// The snapshots and backups of one server, newest first.
pub fn of_server<'a>(images: impl IntoIterator<Item = &'a Image>, server: &ServerId) -> Vec<&'a Image> {
    let is_of = |image: &&Image| source(image) == Some(server.as_str()) && ImageKind::of(image) != ImageKind::Plain;
    let mut mine: Vec<&Image> = images.into_iter().filter(is_of).collect();
    newest_first(&mut mine);
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

fn source(image: &Image) -> Option<&str> {
    Marks::of(image).source().filter(|(_, trust)| *trust != Trust::Inherited).map(|(server, _)| server)
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
        let mut all = Lineage::new(Arc::new(images.to_vec()));
        while all.add(4) {
            assert!(!all.is_whole());
        }
        assert!(all.is_whole());
        assert_eq!(all.kept(&"s1".into()), Kept { snapshots: 1, backups: 3, newest: Some(Moment(25)) });
        assert_eq!(all.kept(&"s2".into()).backups, 1);
        assert_eq!((all.kept(&"s3".into()), all.families.len()), (Kept::default(), 2));
        assert_eq!(all.of_server(&"s1".into()), of_server(&images, &"s1".into()));
        assert_eq!(all.image(&"plain".into()), Some(&images[2]));
        let mut twice = Lineage::new(Arc::new(vec![image("i", 1), image("i", 2)]));
        while twice.add(1) {}
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
