//! Whole backups of volume-backed servers that lack nothing but the seal: whoever made them was cut off before it was
//! written, and what was known of it is lost. No policy counts them, and none ever removes them.
//!
//! Marks alone do not tell such a backup from an heir, an image that Nova gave the marks of the image that its server was
//! booted from ([`metadata`](crate::backup::metadata)). What an heir cannot have are volume snapshots of the server that those marks name: that
//! server is an ancestor, and an heir's snapshots are of its own server's volumes. One case is left, a server rebuilt from
//! its own backup, whose later images bear its marks and are of its volumes: their nonce is that of the backup. So a nonce
//! must be nobody else's, and where the backup that was inherited from cannot be seen any more, nothing is concluded.

use std::collections::HashMap;

use super::{MAKING, NOVAS};
use crate::backup::index::{Condition, Index, Known};
use crate::backup::kind::Trust;
use crate::backup::policy::PINNED_TYPE;
use crate::model::blocked::can_delete;
use crate::model::image::Mark;
use crate::model::{Image, Moment, Server, VolumeSnapshot};

/// In the order of the list.
pub(super) fn list<'i, 'a>(index: &'i Index<'a>, now: Moment) -> Vec<&'i Known<'a>> {
    let old = |known: &&Known<'_>| known.image.created_at.is_some_and(|at| at.age(now) > MAKING);
    let mut found: Vec<&Known<'a>> =
        index.images().iter().filter(|known| is_whole_but_for_the_seal(index, known)).filter(old).collect();
    if !found.is_empty() {
        let nonces = Nonces::of(index);
        found.retain(|known| nonces.is_its_own(known));
    }
    found
}

/// What was read of it and around it right before the seal is written.
#[derive(Debug)]
pub struct Fresh<'a> {
    pub image: &'a Image,
    /// Every image that bears its nonce, hidden ones too.
    pub same_nonce: &'a [Image],
    pub snapshots: &'a [VolumeSnapshot],
    pub server: &'a Server,
}

/// Whether it still is what it was judged to be. `judged`: as it stands in [`Leftover::unsealed`].
///
/// [`Leftover::unsealed`]: super::Leftover::unsealed
pub fn still(judged: &Image, fresh: &Fresh<'_>) -> bool {
    // The image that it may have inherited from is not looked at again: an image never changes its nonce.
    let alone = fresh.same_nonce.iter().all(|image| image.id == judged.id);
    let index = Index::of(
        std::slice::from_ref(fresh.image),
        fresh.snapshots,
        std::slice::from_ref(fresh.server),
        &judged.owner,
    );
    let whole = index.images().iter().any(|known| is_whole_but_for_the_seal(&index, known));
    alone && whole && !fresh.same_nonce.is_empty() && is_same(judged, fresh.image)
}

/// Nova's `createImage` with all that [`for_volume_backup`](crate::backup::metadata::for_volume_backup) sends, and nothing that contradicts it: of the
/// volumes of the server that it names, and of nobody else's.
fn is_whole_but_for_the_seal(index: &Index<'_>, known: &Known<'_>) -> bool {
    let image = known.image;
    if known.condition != Condition::Usable || known.behind.is_empty() || known.trust == Some(Trust::Sure) {
        return false;
    }
    let mark = |mark| image.properties.mark(mark).filter(|text| !text.is_empty());
    let (named, written) = (mark(Mark::CarreteServer), mark(Mark::InstanceUuid));
    let in_a_set = mark(Mark::BackupType).is_some_and(|set| set != PINNED_TYPE);
    let marked = mark(Mark::CarreteOp).is_some() && mark(Mark::ImageType) == Some("backup") && in_a_set;
    let Some(server) = known.there.filter(|server| named == Some(server.id.as_str()) && named == written) else {
        return false;
    };
    let deletable = !image.os_hidden && can_delete(image, index.project.as_str()).is_ok();
    marked && deletable && index.shelved_server(image).is_none() && is_of_its_volumes(index, known, server)
}

/// Nova names the volume snapshots by the image, and no other image needs them: so they were made with this one.
fn is_of_its_volumes(index: &Index<'_>, known: &Known<'_>, server: &Server) -> bool {
    let of_its_own = |id: &str| {
        index.needed(id) == 1
            && index.snapshot(id).is_some_and(|snapshot| {
                snapshot.name.strip_prefix(NOVAS) == Some(known.image.name.as_str())
                    && server.volumes.iter().any(|volume| volume.id == snapshot.volume_id)
            })
    };
    known.behind.iter().any(|disk| disk.boot) && known.behind.iter().all(|disk| of_its_own(disk.snapshot_id.as_str()))
}

/// Which nonce is on how many images, and on which.
struct Nonces<'a> {
    counts: HashMap<&'a str, u32>,
    by_image: HashMap<&'a str, Option<&'a str>>,
}

impl<'a> Nonces<'a> {
    fn of(index: &Index<'a>) -> Self {
        let mut all = Self { counts: HashMap::new(), by_image: HashMap::new() };
        for image in index.images().iter().map(|known| known.image) {
            let nonce = image.properties.mark(Mark::CarreteOp);
            all.by_image.insert(image.id.as_str(), nonce);
            if let Some(nonce) = nonce {
                *all.counts.entry(nonce).or_default() += 1;
            }
        }
        all
    }

    fn is_its_own(&self, known: &Known<'_>) -> bool {
        let properties = &known.image.properties;
        let mine = properties.mark(Mark::CarreteOp);
        // Where marks can have come from: the image that an inherited seal names, and the one the server names.
        let seal = properties.mark(Mark::CarreteImage).filter(|seal| !seal.is_empty());
        let booted = known.there.and_then(|server| server.image.as_ref()).map(|image| image.as_str());
        let apart = |source: &str| self.by_image.get(source).is_some_and(|nonce| *nonce != mine);
        mine.is_some_and(|mine| self.counts.get(mine) == Some(&1)) && seal.into_iter().chain(booted).all(apart)
    }
}

/// Everything that it was judged by, and what Glance touches with every change.
fn is_same(judged: &Image, now: &Image) -> bool {
    let facts = |image: &Image| {
        let Image { id, name, status, owner, size, created_at, updated_at, .. } = image.clone();
        (id, name, status, owner, size, created_at, updated_at)
    };
    facts(judged) == facts(now) && judged.shown_properties().eq(now.shown_properties())
}

#[cfg(test)]
mod tests;
