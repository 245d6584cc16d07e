//! The plan of a deletion: which images go, which cannot and why, and which volume snapshots go with them.
//!
//! The order is the image first, then the volume snapshots behind it: the other way round leaves an image that cannot
//! boot. Deleting the image alone leaves its snapshots, which cost quota (contract F).

use super::kind::{SnapshotBehind, Source, Trust, behind, shelved_server};
use crate::json_enum;
use crate::model::blocked::can_delete;
use crate::model::{Blocked, Image, ImageId, Message, ProjectId, Server, ServerId, SnapshotId};

/// What is shown before anything happens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeletionPlan {
    pub images: Vec<ImageItem>,
    pub refused: Vec<Refused>,
}

/// An image that will go.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageItem {
    pub image: ImageId,
    pub name: String,
    /// Bytes.
    pub size: Option<u64>,
    /// Still being made: deleting it gives up the snapshot.
    pub unfinished: bool,
    pub snapshots: Vec<SnapshotChoice>,
    /// Servers that were booted from it. They go on running; some stores refuse the deletion (contract D3).
    pub servers: Vec<(ServerId, String)>,
}

/// A volume snapshot behind an image that goes.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotChoice {
    pub behind: SnapshotBehind,
    pub choice: Choice,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// Goes with the image; the person may untick it.
    Delete,
    /// Unticked.
    Keep,
    /// An image that stays needs it: there is nothing to tick.
    Needed { by: Vec<String> },
}

/// An image that was chosen but cannot go.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub image: ImageId,
    pub name: String,
    pub reason: Blocked,
}

/// One thing to delete, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeletionStep {
    Image {
        id: ImageId,
        name: String,
    },
    /// Only once all of `after` are gone: as long as one of them is there, it still needs the snapshot.
    Snapshot {
        id: SnapshotId,
        name: String,
        after: Vec<ImageId>,
    },
}

json_enum!(DeletionStep { Image { id, name }, Snapshot { id, name, after } });

/// Plans the deletion of the chosen images. `all`: every image that the project sees.
pub fn plan(chosen: &[ImageId], all: &[Image], servers: &[Server], project: &ProjectId) -> DeletionPlan {
    let mut plan = DeletionPlan::default();
    let mut going: Vec<&Image> = Vec::new();
    for image in all.iter().filter(|image| chosen.contains(&image.id)) {
        let verdict = can_delete(image, project.as_str()).and_then(|()| match shelved_server(image, servers) {
            Some(server) => Err(Blocked::Shelved { server: server.name.clone() }),
            None => Ok(()),
        });
        match verdict {
            Ok(()) => going.push(image),
            Err(reason) => plan.refused.push(Refused { image: image.id.clone(), name: image.name.clone(), reason }),
        }
    }
    let staying: Vec<(&Image, &[SnapshotBehind])> = all
        .iter()
        .filter(|image| !going.iter().any(|gone| gone.id == image.id))
        .map(|image| (image, behind(image)))
        .filter(|(_, snapshots)| !snapshots.is_empty())
        .collect();
    for image in going {
        let snapshots = behind(image).iter().map(|snapshot| {
            let by: Vec<String> = staying
                .iter()
                .filter(|(_, theirs)| theirs.iter().any(|other| other.snapshot_id == snapshot.snapshot_id))
                .map(|(other, _)| other.name.clone())
                .collect();
            let choice = if by.is_empty() { Choice::Delete } else { Choice::Needed { by } };
            SnapshotChoice { behind: snapshot.clone(), choice }
        });
        plan.images.push(ImageItem {
            image: image.id.clone(),
            name: image.name.clone(),
            size: image.size,
            unfinished: image.is_changing(),
            snapshots: snapshots.collect(),
            servers: servers
                .iter()
                .filter(|server| server.image.as_ref() == Some(&image.id))
                .map(|server| (server.id.clone(), server.name.clone()))
                .collect(),
        });
    }
    plan
}

impl DeletionPlan {
    /// Ticks or unticks a volume snapshot, behind whichever images it stands. One that is needed stays as it is.
    pub fn tick(&mut self, snapshot: &SnapshotId, on: bool) {
        let all = self.images.iter_mut().flat_map(|item| &mut item.snapshots);
        for choice in all.filter(|choice| choice.behind.snapshot_id == *snapshot) {
            if !matches!(choice.choice, Choice::Needed { .. }) {
                choice.choice = if on { Choice::Delete } else { Choice::Keep };
            }
        }
    }

    /// What to do, in order: each image, then the ticked snapshots that no later image of the plan needs.
    pub fn steps(&self) -> Vec<DeletionStep> {
        let needs = |item: &ImageItem, id: &SnapshotId| item.snapshots.iter().any(|s| s.behind.snapshot_id == *id);
        let mut steps = Vec::new();
        for (place, item) in self.images.iter().enumerate() {
            steps.push(DeletionStep::Image { id: item.image.clone(), name: item.name.clone() });
            for snapshot in item.snapshots.iter().filter(|snapshot| snapshot.choice == Choice::Delete) {
                let id = &snapshot.behind.snapshot_id;
                if self.images[place + 1..].iter().any(|later| needs(later, id)) {
                    continue;
                }
                let after = self.images.iter().filter(|other| needs(other, id)).map(|other| other.image.clone());
                let name = match snapshot.behind.device.as_str() {
                    "" => item.name.clone(),
                    device => format!("{} {device}", item.name),
                };
                steps.push(DeletionStep::Snapshot { id: id.clone(), name, after: after.collect() });
            }
        }
        steps
    }

    /// What the deletion gives back: bytes of images, GiB of volume snapshots.
    pub fn freed(&self) -> (u64, u64) {
        let bytes = self.images.iter().filter_map(|item| item.size).fold(0u64, u64::saturating_add);
        let mut seen: Vec<&SnapshotId> = Vec::new();
        let mut gib = 0u64;
        for choice in self.images.iter().flat_map(|item| &item.snapshots).filter(|s| s.choice == Choice::Delete) {
            if !seen.contains(&&choice.behind.snapshot_id) {
                seen.push(&choice.behind.snapshot_id);
                gib = gib.saturating_add(choice.behind.size_gib);
            }
        }
        (bytes, gib)
    }

    /// The question above the list.
    pub fn message(&self) -> Message {
        Message::new("deletion.question").count("count", self.images.len() as u64)
    }
}

/// The steps that release one backup by policy, without asking per snapshot; none when its origin is in doubt, or when
/// it cannot be deleted.
pub fn release(images: &[ImageId], all: &[Image], servers: &[Server], project: &ProjectId) -> Vec<DeletionStep> {
    let sure: Vec<ImageId> = all
        .iter()
        .filter(|image| images.contains(&image.id))
        .filter(|image| matches!(Source::of(image), Some(Source { trust: Trust::Sure, .. })))
        .map(|image| image.id.clone())
        .collect();
    plan(&sure, all, servers, project).steps()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::{PROJECT, image, server, volume_image};
    use crate::model::ServerStatus;

    fn ids(of: &[&str]) -> Vec<ImageId> {
        of.iter().map(|id| ImageId::from(*id)).collect()
    }

    #[test]
    fn images_go_before_their_snapshots() {
        let all = [volume_image("a", 1, &["s1", "s2"]), image("b", 2)];
        let mut plan = plan(&ids(&["a", "b"]), &all, &[], &PROJECT.into());
        let step = |plan: &DeletionPlan| -> Vec<String> {
            plan.steps()
                .iter()
                .map(|s| match s {
                    DeletionStep::Image { id, .. } => id.to_string(),
                    DeletionStep::Snapshot { id, .. } => id.to_string(),
                })
                .collect()
        };
        assert_eq!(step(&plan), ["a", "s1", "s2", "b"]);
        assert_eq!(plan.freed(), (1 << 30, 21));
        plan.tick(&"s2".into(), false);
        assert_eq!(step(&plan), ["a", "s1", "b"]);
        assert_eq!(plan.freed().1, 10);
    }

    #[test]
    fn a_shared_snapshot_waits_for_its_last_image_and_stays_for_one_that_stays() {
        let all = [volume_image("a", 1, &["s1", "s2"]), volume_image("b", 2, &["s1"]), volume_image("c", 3, &["s2"])];
        let mut plan = plan(&ids(&["a", "b"]), &all, &[], &PROJECT.into());
        plan.tick(&"s2".into(), true);
        assert_eq!(
            plan.steps(),
            [
                DeletionStep::Image { id: "a".into(), name: "image a".into() },
                DeletionStep::Image { id: "b".into(), name: "image b".into() },
                DeletionStep::Snapshot { id: "s1".into(), name: "image b /dev/vda".into(), after: ids(&["a", "b"]) },
            ]
        );
        assert_eq!(plan.images[0].snapshots[1].choice, Choice::Needed { by: vec!["image c".into()] });
    }

    #[test]
    fn refuses_what_cannot_go_and_its_snapshots_stay() {
        let mut protected = volume_image("a", 1, &["s1"]);
        protected.protected = true;
        let mut foreign = image("b", 2);
        foreign.owner = "p2".into();
        let mut shelf = image("c", 3).with("instance_uuid", "s");
        shelf.name = "server s-shelved".into();
        let all = [protected, foreign, shelf, volume_image("d", 4, &["s1"])];
        let servers = [server("s", ServerStatus::Shelved)];
        let plan = plan(&ids(&["a", "b", "c", "d", "nowhere"]), &all, &servers, &PROJECT.into());
        let reasons: Vec<_> = plan.refused.iter().map(|r| r.reason.clone()).collect();
        assert_eq!(reasons, [Blocked::Protected, Blocked::NotOwner, Blocked::Shelved { server: "server s".into() }]);
        assert_eq!(plan.steps().len(), 1, "the snapshot is needed by a protected image");
    }

    #[test]
    fn names_the_servers_that_were_booted_from_it() {
        let mut user = server("u", ServerStatus::Active);
        user.image = Some("a".into());
        let plan = plan(&ids(&["a"]), &[image("a", 1)], &[user], &PROJECT.into());
        assert_eq!(plan.images[0].servers, [("u".into(), "server u".to_owned())]);
    }

    #[test]
    fn a_policy_releases_only_what_is_surely_of_this_server() {
        let doubtful = volume_image("a", 1, &["s1"]).with("instance_uuid", "s").with("carrete_server", "s");
        let sure = doubtful.clone().with("carrete_image", "a");
        assert!(release(&ids(&["a"]), &[doubtful], &[], &PROJECT.into()).is_empty());
        assert_eq!(release(&ids(&["a"]), &[sure], &[], &PROJECT.into()).len(), 2);
    }
}
