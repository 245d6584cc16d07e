//! Everything that is known of a project's images, grouped once: what each is, of which server, and which volume
//! snapshots stand behind it. Planning and health for hundreds of servers ask this, so that nothing is searched or parsed
//! twice.

use ids::ById;

use super::kind::{self, ImageKind, Marks, SnapshotBehind, Trust};
use crate::model::{
    Image, ImageStatus, Message, Moment, ProjectId, Server, ServerId, ServerStatus, VolumeSnapshot, VolumeStatus,
};

pub(super) mod ids;

/// Borrows the lists that it was made of.
#[derive(Debug)]
pub struct Index<'a> {
    pub project: &'a ProjectId,
    pub servers: &'a [Server],
    /// In the order of the list, without those that are being deleted.
    images: Vec<Known<'a>>,
    by_server: ById<&'a str, OfServer<'a>>,
    snapshots: ById<&'a str, Behind<'a>>,
    shelved: Vec<&'a Server>,
}

/// An image and what it is.
#[derive(Debug)]
pub struct Known<'a> {
    pub image: &'a Image,
    pub kind: ImageKind<'a>,
    /// Of the project itself, not of another one that lets it be seen.
    pub ours: bool,
    /// The server that the image names, and how far that can be believed; `None` when it names none.
    pub server: Option<&'a str>,
    pub trust: Option<Trust>,
    /// That server, if it is still there.
    pub there: Option<&'a Server>,
    /// The volume snapshots behind it.
    pub behind: &'a [SnapshotBehind],
    pub condition: Condition,
    /// Of the image, and the GiB of the volume snapshots behind it that are there and that no earlier image of the list
    /// has been given. An upper bound: the clouds store snapshots as differences, and tell nobody how much that is.
    pub bytes: u64,
}

/// Whether a server could be launched from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The image is active, and every volume snapshot behind it available.
    Usable,
    /// Still being made, or nobody knows.
    Unfinished,
    /// Why it is of no use.
    Broken(Message),
}

/// A server and its snapshots and backups.
#[derive(Debug)]
struct OfServer<'a> {
    /// `None`: it is gone.
    server: Option<&'a Server>,
    /// Places in `images`, newest first. Images whose server is only inherited stand under none.
    places: Vec<usize>,
}

impl<'a> OfServer<'a> {
    fn of(server: Option<&'a Server>) -> Self {
        Self { server, places: Vec::new() }
    }
}

/// A volume snapshot and who needs it.
#[derive(Debug)]
struct Behind<'a> {
    snapshot: &'a VolumeSnapshot,
    /// Images that point at it.
    needed: u32,
}

impl<'a> Index<'a> {
    /// `images`, `snapshots`, `servers`: all that the project sees, complete lists, the hidden images too. Do not ask
    /// before the volume snapshots are there: without them every volume-backed image counts as broken.
    pub fn of(
        images: &'a [Image],
        snapshots: &'a [VolumeSnapshot],
        servers: &'a [Server],
        project: &'a ProjectId,
    ) -> Self {
        Self::over(&mut images.iter(), snapshots, servers, project)
    }

    /// The same where the images are in several lists.
    pub fn over(
        images: &mut dyn Iterator<Item = &'a Image>,
        snapshots: &'a [VolumeSnapshot],
        servers: &'a [Server],
        project: &'a ProjectId,
    ) -> Self {
        let mut disks: ById<&str, Behind<'a>> = ById::with_capacity_and_hasher(snapshots.len(), Default::default());
        disks.extend(snapshots.iter().map(|snapshot| (snapshot.id.as_str(), Behind { snapshot, needed: 0 })));
        let mut by_server: ById<&str, OfServer<'a>> = ById::with_capacity_and_hasher(servers.len(), Default::default());
        by_server.extend(servers.iter().map(|server| (server.id.as_str(), OfServer::of(Some(server)))));
        let mut known = Vec::with_capacity(images.size_hint().0);
        for image in images {
            if matches!(image.status, ImageStatus::Deleted | ImageStatus::PendingDelete) {
                continue;
            }
            let marks = Marks::of(image);
            let (kind, source) = (marks.kind(), marks.source());
            let mut there = None;
            if let Some((server, trust)) = source {
                let of_server = by_server.entry(server).or_insert_with(|| OfServer::of(None));
                there = of_server.server;
                if kind != ImageKind::Plain && trust != Trust::Inherited {
                    of_server.places.push(known.len());
                }
            }
            let behind = marks.behind();
            let (condition, gib) = condition(image, kind, behind, &mut disks);
            let bytes = image.size.unwrap_or(0).saturating_add(gib.saturating_mul(1 << 30));
            let (server, trust) = source.unzip();
            let ours = image.owner == *project;
            known.push(Known { image, kind, ours, server, trust, there, behind, condition, bytes });
        }
        for of_server in by_server.values_mut() {
            // As a rule they come in order: so Glance sorts them.
            if !of_server.places.is_sorted_by(|a, b| newness(&known[*a]) >= newness(&known[*b])) {
                of_server.places.sort_by(|a, b| newness(&known[*b]).cmp(&newness(&known[*a])));
            }
        }
        let is_shelved =
            |server: &&Server| matches!(server.status, ServerStatus::Shelved | ServerStatus::ShelvedOffloaded);
        Self {
            project,
            servers,
            images: known,
            by_server,
            snapshots: disks,
            shelved: servers.iter().filter(is_shelved).collect(),
        }
    }

    /// What [`items`](Self::items) asks of one server, and no more: the images that name it, and the volume snapshots that
    /// those need. What each snapshot is needed by, and how many bytes are whose, it does not know.
    pub fn of_one(
        server: &ServerId,
        images: &'a [Image],
        snapshots: &'a [VolumeSnapshot],
        servers: &'a [Server],
        project: &'a ProjectId,
    ) -> Self {
        let names_it = |image: &&Image| Marks::of(image).source().is_some_and(|(named, _)| named == server.as_str());
        let mine: Vec<&Image> = images.iter().filter(names_it).collect();
        let needs_none = mine.iter().all(|image| kind::behind(image).is_empty());
        let snapshots = if needs_none { &[] } else { snapshots };
        Self::over(&mut mine.into_iter(), snapshots, servers, project)
    }

    /// All that are not being deleted, of whatever type.
    pub fn images(&self) -> &[Known<'a>] {
        &self.images
    }

    /// The snapshots and backups of one server, newest first, those without a date last.
    pub fn of_server(&self, server: &ServerId) -> impl Iterator<Item = &Known<'a>> {
        let places = self.by_server.get(server.as_str()).map(|of_server| &of_server.places);
        places.into_iter().flatten().map(|place| &self.images[*place])
    }

    /// The snapshots and backups of all servers that are gone.
    pub fn of_gone_servers(&self) -> impl Iterator<Item = &Known<'a>> {
        let gone = self.by_server.values().filter(|of_server| of_server.server.is_none());
        gone.flat_map(|of_server| &of_server.places).map(|place| &self.images[*place])
    }

    pub fn snapshot(&self, id: &str) -> Option<&'a VolumeSnapshot> {
        self.snapshots.get(id).map(|behind| behind.snapshot)
    }

    /// How many images point at a volume snapshot.
    pub fn needed(&self, id: &str) -> u32 {
        self.snapshots.get(id).map_or(0, |behind| behind.needed)
    }

    /// Whether there is any volume snapshot at all.
    pub fn has_snapshots(&self) -> bool {
        !self.snapshots.is_empty()
    }

    /// Volume snapshots that no image points at, in no order.
    pub fn unneeded(&self) -> impl Iterator<Item = &'a VolumeSnapshot> {
        self.snapshots.values().filter(|behind| behind.needed == 0).map(|behind| behind.snapshot)
    }

    pub fn server(&self, id: &ServerId) -> Option<&'a Server> {
        self.by_server.get(id.as_str()).and_then(|of_server| of_server.server)
    }

    /// As [`kind::shelved_server`].
    pub fn shelved_server(&self, image: &Image) -> Option<&'a Server> {
        kind::shelved_server(image, self.shelved.iter().copied())
    }
}

/// Ties by id, as Glance orders them.
fn newness<'a>(known: &Known<'a>) -> (Option<Moment>, &'a str) {
    (known.image.created_at, known.image.id.as_str())
}

/// Its condition, and the GiB of its volume snapshots that no earlier image has been given.
fn condition(
    image: &Image,
    kind: ImageKind<'_>,
    behind: &[SnapshotBehind],
    disks: &mut ById<&str, Behind<'_>>,
) -> (Condition, u64) {
    let broken = |key: &str, device: &str| Condition::Broken(Message::new(key).text("device", device));
    let (mut error, mut gone, mut unfinished, mut gib) = (None, None, false, 0u64);
    for disk in behind {
        let Some(there) = disks.get_mut(disk.snapshot_id.as_str()) else {
            gone = gone.or(Some(&disk.device));
            continue;
        };
        there.needed += 1;
        if there.needed == 1 {
            gib = gib.saturating_add(there.snapshot.size);
        }
        match there.snapshot.status {
            VolumeStatus::Available => {}
            VolumeStatus::Error | VolumeStatus::ErrorDeleting => error = error.or(Some(&disk.device)),
            VolumeStatus::Deleting => gone = gone.or(Some(&disk.device)),
            _ => unfinished = true,
        }
    }
    let condition = match &image.status {
        ImageStatus::Killed => Condition::Broken(Message::new("retention.broken.killed")),
        ImageStatus::Deactivated => Condition::Broken(Message::new("retention.broken.deactivated")),
        ImageStatus::Active if !kind.is_volume_backed() => match image.size {
            // Nothing was uploaded, and no volume snapshots take its place.
            Some(0) => Condition::Broken(Message::new("retention.broken.empty")),
            _ => Condition::Usable,
        },
        ImageStatus::Active if behind.is_empty() => Condition::Broken(Message::new("retention.broken.no_disks")),
        ImageStatus::Active => match (gone, error) {
            (Some(device), _) => broken("retention.broken.snapshot_gone", device),
            (None, Some(device)) => broken("retention.broken.snapshot_error", device),
            (None, None) if unfinished => Condition::Unfinished,
            (None, None) => Condition::Usable,
        },
        _ => Condition::Unfinished,
    };
    (condition, gib)
}

#[cfg(test)]
mod tests;
