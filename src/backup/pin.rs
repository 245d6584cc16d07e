//! Keeping one backup for good, and letting it go again.
//!
//! A protected backup cannot be deleted, but Nova's rotation still counts it (contract C5). So a pinned one leaves its
//! group as well: its `backup_type` becomes [`PINNED_TYPE`], and what it was is remembered beside it. Everything stands
//! on the image, so every other client sees it too.

use super::kind::ImageKind;
use super::metadata::{BACKUP_TYPE, MAX_VALUE, NOTE, PIN, PIN_TYPE};
use super::policy::PINNED_TYPE;
use crate::model::{Image, Message};

/// What changes on the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// `None`: as it is.
    pub protected: Option<bool>,
    pub set: Vec<(&'static str, String)>,
    pub remove: Vec<&'static str>,
}

/// Why a backup is kept for good; `None` when it is not pinned.
pub fn reason(image: &Image) -> Option<&str> {
    // A copy of the key may be inherited; the protection and the type of a pinned one are not.
    image.property(PIN).filter(|_| image.protected || is_of_pinned_type(image))
}

fn is_of_pinned_type(image: &Image) -> bool {
    ImageKind::of(image).backup_type() == Some(PINNED_TYPE)
}

/// Why a text will not do as a reason.
///
/// # Errors
/// `pin.why_empty` and `pin.why_long`.
pub fn check(why: &str) -> Result<(), Message> {
    match why.trim().chars().count() {
        0 => Err(Message::new("pin.why_empty")),
        length if length > MAX_VALUE => Err(Message::new("pin.why_long")),
        _ => Ok(()),
    }
}

/// Pins a snapshot or a backup. Asked twice, it only changes the reason.
pub fn pin(image: &Image, why: &str) -> Edit {
    let mut set = vec![(PIN, why.trim().to_owned())];
    if let Some(backup_type) = ImageKind::of(image).backup_type()
        && backup_type != PINNED_TYPE
    {
        set.push((PIN_TYPE, backup_type.to_owned()));
        set.push((BACKUP_TYPE, PINNED_TYPE.to_owned()));
    }
    Edit { protected: Some(true), set, remove: Vec::new() }
}

/// Releases a pinned one: it is a backup of its old type again, and the next rotation may take it.
pub fn release(image: &Image) -> Edit {
    let mut edit = Edit { protected: Some(false), set: Vec::new(), remove: Vec::new() };
    if image.properties.contains_key(PIN) {
        edit.remove.push(PIN);
    }
    if let Some(before) = image.property(PIN_TYPE) {
        // An inherited one says nothing of this image.
        if is_of_pinned_type(image) {
            edit.set.push((BACKUP_TYPE, before.to_owned()));
        }
        edit.remove.push(PIN_TYPE);
    }
    edit
}

/// Takes the protection away. A pinned one is released: without it, it would be left in a rotation of its own for good.
pub fn unprotect(image: &Image) -> Edit {
    match reason(image) {
        Some(_) => release(image),
        None => Edit { protected: Some(false), set: Vec::new(), remove: Vec::new() },
    }
}

/// Writes a note on it, or takes the one away that is there.
pub fn note(image: &Image, text: &str) -> Edit {
    let mut edit = Edit { protected: None, set: Vec::new(), remove: Vec::new() };
    match text.trim() {
        "" if image.properties.contains_key(NOTE) => edit.remove.push(NOTE),
        "" => {}
        text => edit.set.push((NOTE, text.to_owned())),
    }
    edit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::{backup, image};

    fn apply(mut image: Image, edit: &Edit) -> Image {
        image.protected = edit.protected.unwrap_or(image.protected);
        edit.remove.iter().for_each(|key| _ = image.properties.remove(key).unwrap());
        edit.set.iter().for_each(|(key, value)| _ = image.properties.insert((*key).to_owned(), value.as_str().into()));
        image
    }

    #[test]
    fn a_pinned_backup_leaves_its_rotation_and_comes_back_as_it_was() {
        let before = backup("b", 1, "s", "daily");
        let pinned = apply(before.clone(), &pin(&before, " before the exam "));
        assert_eq!(reason(&pinned), Some("before the exam"));
        assert!(pinned.protected);
        assert_eq!(ImageKind::of(&pinned).backup_type(), Some(PINNED_TYPE));
        let again = apply(pinned.clone(), &pin(&pinned, "and after"));
        assert_eq!(again.property(PIN_TYPE), Some("daily"), "the old type is not forgotten");
        assert_eq!(apply(again.clone(), &release(&again)), before);
    }

    #[test]
    fn a_snapshot_is_only_protected() {
        let before = image("i", 1).with("image_type", "snapshot");
        let pinned = apply(before.clone(), &pin(&before, "x"));
        assert_eq!(pinned.property(BACKUP_TYPE), None);
        assert_eq!(apply(pinned.clone(), &release(&pinned)), before);
        assert_eq!(reason(&before.clone().with(PIN, "inherited")), None);
        // What somebody protected by hand has nothing to remove.
        assert_eq!(release(&before).remove, Vec::<&str>::new());
    }

    #[test]
    fn one_that_lost_its_protection_is_still_pinned_and_can_be_released() {
        let before = backup("b", 1, "s", "daily");
        let mut open = apply(before.clone(), &pin(&before, "why"));
        open.protected = false;
        assert_eq!(reason(&open), Some("why"));
        assert_eq!(apply(open.clone(), &release(&open)), before);
        let pinned = apply(before.clone(), &pin(&before, "why"));
        assert_eq!(unprotect(&pinned), release(&pinned));
        let mut protected = before.clone();
        protected.protected = true;
        assert_eq!(apply(protected.clone(), &unprotect(&protected)), before);
    }

    #[test]
    fn an_inherited_type_changes_no_rotation() {
        // Made of a server that was launched from a pinned backup.
        let heir = backup("h", 1, "s", "weekly").with(PIN, "of another").with(PIN_TYPE, "daily");
        assert_eq!(reason(&heir), None);
        let released = apply(heir.clone(), &release(&heir));
        assert_eq!((released.property(BACKUP_TYPE), released.property(PIN_TYPE)), (Some("weekly"), None));
        let pinned = apply(heir.clone(), &pin(&heir, "mine"));
        assert_eq!(apply(pinned.clone(), &release(&pinned)).property(BACKUP_TYPE), Some("weekly"));
    }

    #[test]
    fn a_note_changes_nothing_else() {
        let mut image = image("i", 1);
        image.protected = true;
        let noted = apply(image.clone(), &note(&image, " before the exam "));
        assert_eq!((noted.property(NOTE), noted.protected), (Some("before the exam"), true));
        assert_eq!(apply(noted.clone(), &note(&noted, " ")), image);
        assert_eq!(note(&image, ""), Edit { protected: None, set: Vec::new(), remove: Vec::new() });
    }

    #[test]
    fn a_reason_is_asked_for() {
        assert_eq!(check("  ").unwrap_err().key, "pin.why_empty");
        assert_eq!(check(&"ñ".repeat(256)).unwrap_err().key, "pin.why_long");
        assert_eq!(check(&"ñ".repeat(255)), Ok(()));
    }
}
