//! From images to items: what stands behind each backup of a server, and whether it takes a place.

use super::{Hold, Item, Standing};
use crate::backup::index::{Condition, Index, Known};
use crate::backup::kind::Trust;
use crate::backup::metadata;
use crate::backup::policy::{BACKUP_TYPE, PINNED_TYPE};
use crate::model::{Image, ProjectId, Server, ServerId, VolumeSnapshot};

/// All snapshots and backups of one server, in no order. For many servers: [`Index::items`].
pub fn items(
    images: &[Image],
    snapshots: &[VolumeSnapshot],
    servers: &[Server],
    server: &ServerId,
    project: &ProjectId,
    backup_type: &str,
) -> Vec<Item> {
    Index::of_one(server, images, snapshots, servers, project).items(server, backup_type)
}

impl Index<'_> {
    /// All snapshots and backups of one server, newest first, those without a date last.
    /// `backup_type`: the set. What is of another type is manual.
    pub fn items(&self, server: &ServerId, backup_type: &str) -> Vec<Item> {
        self.of_server(server).map(|known| self.item(known, backup_type)).collect()
    }

    fn item(&self, known: &Known<'_>, backup_type: &str) -> Item {
        let image = known.image;
        Item {
            image: Some(image.id.clone()),
            name: image.name.clone(),
            created: image.created_at,
            size: image.size,
            standing: self.standing(known, backup_type),
        }
    }

    /// An image of another project is only ever foreign: its volume snapshots cannot be seen. Of the others, whether they
    /// are of use comes before why they would stay.
    pub fn standing(&self, known: &Known<'_>, backup_type: &str) -> Standing {
        if !known.ours {
            return Standing::Held(Hold::Foreign);
        }
        match &known.condition {
            Condition::Usable => match self.hold(known, backup_type) {
                Some(hold) => Standing::Held(hold),
                None => Standing::Usable,
            },
            Condition::Unfinished => Standing::Unfinished,
            Condition::Broken(reason) => Standing::Broken { reason: reason.clone() },
        }
    }

    /// Made by the policy of its server, for certain, whether pinned after that or not.
    pub fn is_by_policy(&self, known: &Known<'_>) -> bool {
        let of_the_set = match known.kind.backup_type() {
            Some(PINNED_TYPE) => known.image.property(metadata::PIN_TYPE) == Some(BACKUP_TYPE),
            other => other == Some(BACKUP_TYPE),
        };
        of_the_set && known.trust == Some(Trust::Sure)
    }

    fn hold(&self, known: &Known<'_>, backup_type: &str) -> Option<Hold> {
        let image = known.image;
        // `carrete_pin` alone may be inherited from the image that the server was booted from. The type of a backup is
        // not, because Nova writes it afresh; nor is the protection.
        if (image.protected || known.kind.backup_type() == Some(PINNED_TYPE))
            && let Some(why) = image.property(metadata::PIN)
        {
            return Some(Hold::Pinned { why: why.to_owned() });
        }
        if image.protected {
            return Some(Hold::Protected);
        }
        if let Some(server) = self.shelved_server(image) {
            return Some(Hold::InUse { server: server.name.clone() });
        }
        if image.os_hidden {
            return Some(Hold::Hidden);
        }
        if known.kind.backup_type() != Some(backup_type) {
            return Some(Hold::Manual);
        }
        if known.trust != Some(Trust::Sure) {
            return Some(Hold::Doubtful);
        }
        image.created_at.is_none().then_some(Hold::Undated)
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
