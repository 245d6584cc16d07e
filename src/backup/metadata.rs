//! The keys that Carrete writes on images and servers, and those of Nova that decide what an image is.
//!
//! All of Carrete's begin with `carrete_`, so that a person with the `openstack` command sees whose they are. None ends
//! in `_min` or `_max`: Glance reads those as ranges when it filters (contract D2). Values are text of at most 255
//! characters (contract C4).
//!
//! Beware of inheritance: Nova copies the properties of the image that a server was booted from into every image made
//! of that server (nova/compute/utils.py, `initialize_instance_snapshot_metadata`), Carrete's own keys included. Only a
//! key whose *value* contradicts a copy proves anything: that is what [`IMAGE`] is for.

use std::collections::BTreeMap;

use crate::model::image::Mark;
use crate::model::{Image, ServerId};

/// The nonce of the operation that made the image or the server. It is looked for when an answer was lost. Copies can
/// be inherited by later images: the oldest image with a nonce is the true one.
pub const OP: &str = Mark::CarreteOp.key();
/// The id of the server that the image was made of.
pub const SERVER: &str = Mark::CarreteServer.key();
/// The seal: the image's *own* id, written once it exists. On an inherited copy it names another image, so such a copy
/// is recognised for certain.
pub const IMAGE: &str = Mark::CarreteImage.key();
/// What the person wrote beside it.
pub const NOTE: &str = "carrete_note";

/// On a server: its backup policy, in one line (`docs/policy.md`).
pub const POLICY: &str = "carrete_policy";
/// On a pinned backup: why it stays.
pub const PIN: &str = "carrete_pin";
/// On a pinned backup: the `backup_type` that it had, and gets back when it is released.
pub const PIN_TYPE: &str = "carrete_pin_type";

/// Every key of Carrete begins with it.
pub const PREFIX: &str = "carrete_";

/// Nova's: `snapshot` or `backup`. Not written by Nova for volume-backed servers (contract C4).
pub const IMAGE_TYPE: &str = Mark::ImageType.key();
/// Nova's: the text given to `createBackup`. Inherited by later snapshots of servers booted from a backup.
pub const BACKUP_TYPE: &str = Mark::BackupType.key();
/// Nova's: the server. Not written by Nova for volume-backed servers, and then possibly inherited.
pub const INSTANCE_UUID: &str = Mark::InstanceUuid.key();
/// Nova's: the image at the beginning of the chain.
pub const BASE_IMAGE_REF: &str = "base_image_ref";
/// Nova's: JSON text, the disks of a volume-backed image.
pub const BLOCK_DEVICE_MAPPING: &str = Mark::BlockDeviceMapping.key();
/// Nova's: beside the mapping, of which form it is.
pub const BDM_V2: &str = "bdm_v2";

/// The longest value, in characters.
pub const MAX_VALUE: usize = 255;

/// Whether a text that somebody wrote would be cut.
pub fn is_too_long(value: &str) -> bool {
    value.trim().chars().count() > MAX_VALUE
}

/// Whether Carrete owns this key.
pub fn is_own(key: &str) -> bool {
    key.starts_with(PREFIX)
}

/// For `createImage` of any server. `image_type` and `instance_uuid` are sent along because Nova does not set them for
/// volume-backed servers and would let stale ones through (contract C4).
pub fn for_snapshot(op: &str, server: &ServerId, note: &str) -> BTreeMap<String, String> {
    let mut all = for_backup(op, server, note);
    all.insert(IMAGE_TYPE.to_owned(), "snapshot".to_owned());
    all.insert(INSTANCE_UUID.to_owned(), server.to_string());
    all
}

/// For a backup of a volume-backed server, which is a `createImage` to Nova. It carries the same keys as Nova's own
/// backups, so that every other client shows it as one.
pub fn for_volume_backup(op: &str, server: &ServerId, backup_type: &str, note: &str) -> BTreeMap<String, String> {
    let mut all = for_snapshot(op, server, note);
    all.insert(IMAGE_TYPE.to_owned(), "backup".to_owned());
    all.insert(BACKUP_TYPE.to_owned(), cut(backup_type));
    all
}

/// For `createBackup`. Never `image_type` or `instance_uuid`: they would override Nova's and take the image out of the
/// rotation (contract C5).
pub fn for_backup(op: &str, server: &ServerId, note: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::from([(OP.to_owned(), cut(op)), (SERVER.to_owned(), server.to_string())]);
    if !note.trim().is_empty() {
        all.insert(NOTE.to_owned(), cut(note.trim()));
    }
    all
}

/// A property as it stands, empty text included; `None` when it is absent or no text.
pub fn text<'a>(image: &'a Image, key: &str) -> Option<&'a str> {
    image.properties.get(key).and_then(serde_json::Value::as_str)
}

/// Whether an image carries the nonce and no seal of another image.
pub fn is_of(image: &Image, op: &str) -> bool {
    let mark = |mark| image.properties.mark(mark);
    mark(Mark::CarreteOp) == Some(op) && mark(Mark::CarreteImage).is_none_or(|own| own == image.id.as_str())
}

/// The image that an operation made, among those that carry its nonce: the oldest, as the others can only be heirs.
pub fn made_by<'a>(op: &str, images: impl IntoIterator<Item = &'a Image>) -> Option<&'a Image> {
    images.into_iter().filter(|image| is_of(image, op)).min_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)))
}

fn cut(value: &str) -> String {
    value.chars().take(MAX_VALUE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::image;

    #[test]
    fn keys_obey_the_services() {
        for key in [OP, SERVER, IMAGE, NOTE, POLICY, PIN, PIN_TYPE] {
            assert!(is_own(key));
            assert!(!key.ends_with("_min") && !key.ends_with("_max"));
            assert!(key.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        }
    }

    #[test]
    fn create_backup_never_overrides_novas_keys() {
        let sent = for_backup("n", &"s".into(), "");
        assert_eq!(sent.keys().collect::<Vec<_>>(), [OP, SERVER]);
        assert_eq!(for_snapshot("n", &"s".into(), " a ")[NOTE], "a");
        assert_eq!(for_volume_backup("n", &"s".into(), "daily", "")[IMAGE_TYPE], "backup");
        assert_eq!(for_backup("n", &"s".into(), &"ñ".repeat(300))[NOTE].chars().count(), 255);
    }

    #[test]
    fn heirs_of_a_nonce_are_not_taken_for_the_image_made() {
        let made = image("a", 100).with(OP, "n");
        let heir = image("b", 200).with(OP, "n");
        let other = image("c", 50).with(OP, "m");
        let sealed_heir = image("d", 10).with(OP, "n").with(IMAGE, "a");
        assert_eq!(made_by("n", [&heir, &made, &other, &sealed_heir]).map(|i| i.id.as_str()), Some("a"));
        assert_eq!(made_by("x", [&heir, &made]), None);
    }
}
