//! What Nova's own rotation will delete after a `createBackup`, predicted exactly, and proven afterwards.
//!
//! The rule is `_rotate_backups` (nova/compute/manager.py; contract C5): after the upload Nova lists the images with
//! `image_type=backup`, this `backup_type` and this `instance_uuid`, newest first, and deletes those past `rotation` from
//! the oldest end. A deletion that fails is logged and *not* made up for by another one.

use serde::{Deserialize, Serialize};

use super::kind::{ImageKind, Source, Trust};
use super::metadata::{self, text};
use crate::model::{Image, ImageId, ImageStatus, Message, Moment, ProjectId, Server, ServerId, Visibility};

/// What would be asked of Nova, and what there is now.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// All images that the project sees, of whatever type.
    pub images: &'a [Image],
    /// For a warning on images that servers were booted from: some stores refuse to delete those.
    pub servers: &'a [Server],
    pub server: &'a ServerId,
    pub backup_type: &'a str,
    /// The most that are kept, the new one included. 0 deletes them all, the new one too.
    pub rotation: u32,
    pub project: &'a ProjectId,
}

/// The answer, newest first. Serialisable: the journal keeps it until it is verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationPlan {
    pub project: ProjectId,
    pub server: ServerId,
    pub backup_type: String,
    pub rotation: u32,
    pub new_slot: NewSlot,
    pub frames: Vec<Frame>,
}

/// What becomes of the backup that is about to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NewSlot {
    Kept,
    /// With rotation 0 Nova deletes it as soon as it is there.
    DeletedAtOnce,
}

/// One backup that exists now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub image: ImageId,
    pub name: String,
    pub created: Option<Moment>,
    /// Bytes.
    pub size: Option<u64>,
    pub protected: bool,
    /// Still being made.
    pub unfinished: bool,
    pub fate: Fate,
}

/// What the rotation does with it, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    Kept {
        reason: Message,
    },
    Deleted {
        reason: Message,
    },
    /// Nova will try and Glance will refuse: it stays, and nothing else goes in its place.
    WouldFail {
        reason: Message,
    },
}

impl Fate {
    pub fn reason(&self) -> &Message {
        match self {
            Self::Kept { reason } | Self::Deleted { reason } | Self::WouldFail { reason } => reason,
        }
    }
}

/// Predicts Nova's rotation after one more `createBackup`.
///
/// Ties in `created_at` are ordered by id, descending, as Glance does (glance/db/sqlalchemy/api.py, `_image_get_all`).
pub fn plan(question: Question<'_>) -> RotationPlan {
    let counted = in_rotation(question);
    let keep = question.rotation as usize;
    // The new backup is the newest: it takes the first of the kept places.
    let kept_now = keep.saturating_sub(1);
    let frames = counted.into_iter().enumerate().map(|(place, image)| {
        let fate = if place < kept_now {
            kept(question, image, place)
        } else {
            leaving(question, image)
        };
        frame(image, fate)
    });
    RotationPlan {
        project: question.project.clone(),
        server: question.server.clone(),
        backup_type: question.backup_type.to_owned(),
        rotation: question.rotation,
        new_slot: if keep == 0 {
            NewSlot::DeletedAtOnce
        } else {
            NewSlot::Kept
        },
        frames: frames.collect(),
    }
}

/// The images that Nova counts, newest first: queued, saving and deactivated ones too, foreign ones too; hidden and
/// killed ones not (contract C5, D2).
pub fn in_rotation(question: Question<'_>) -> Vec<&Image> {
    let mut counted: Vec<&Image> = question
        .images
        .iter()
        .filter(|image| is_counted(image, question.server, question.backup_type, question.project))
        .collect();
    newest_first(&mut counted);
    counted
}

/// The same question for a server whose backups Carrete rotates itself, because Nova refuses (volume-backed). Kinder
/// than Nova's rule: unfinished and protected backups take no place, and nothing goes whose origin is in doubt.
pub fn plan_own(question: Question<'_>) -> RotationPlan {
    let mut ours: Vec<&Image> = question
        .images
        .iter()
        .filter(|image| {
            matches!(ImageKind::of(image), ImageKind::VolumeBackup { backup_type } if backup_type == question.backup_type)
                && Source::of(image).is_some_and(|source| source.server == *question.server)
                && is_listed(image)
        })
        .collect();
    newest_first(&mut ours);
    let mut places = (question.rotation as usize).saturating_sub(1);
    let mut frames = Vec::new();
    for image in ours {
        let sure = Source::of(image).is_some_and(|source| source.trust == Trust::Sure);
        let fate = if image.owner != *question.project {
            Fate::Kept {
                reason: Message::new("rotation.kept.not_owner"),
            }
        } else if image.protected {
            Fate::Kept {
                reason: Message::new("rotation.kept.protected"),
            }
        } else if !sure {
            Fate::Kept {
                reason: Message::new("rotation.kept.doubtful"),
            }
        } else if image.status != ImageStatus::Active {
            Fate::Kept {
                reason: Message::new("rotation.kept.unusable"),
            }
        } else if places > 0 {
            places -= 1;
            Fate::Kept {
                reason: Message::new("rotation.kept.recent").count("rotation", question.rotation.into()),
            }
        } else {
            leaving(question, image)
        };
        frames.push(frame(image, fate));
    }
    RotationPlan {
        project: question.project.clone(),
        server: question.server.clone(),
        backup_type: question.backup_type.to_owned(),
        rotation: question.rotation,
        new_slot: NewSlot::Kept,
        frames,
    }
}

impl RotationPlan {
    pub fn deleted(&self) -> impl Iterator<Item = &Frame> {
        self.frames
            .iter()
            .filter(|frame| matches!(frame.fate, Fate::Deleted { .. }))
    }

    /// One sentence that says beforehand what will go.
    pub fn message(&self) -> Message {
        let mut gone = self.deleted();
        match (self.new_slot, gone.next(), gone.count()) {
            (NewSlot::DeletedAtOnce, ..) => Message::new("rotation.plan.zero"),
            (_, None, _) => Message::new("rotation.plan.nothing"),
            (_, Some(only), 0) => Message::new("rotation.plan.single").text("name", &only.name),
            (_, Some(_), more) => Message::new("rotation.plan.several").count("count", more as u64 + 1),
        }
    }
}

/// Where the cloud did not do what the plan said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Difference {
    /// Should have been deleted.
    StillThere { image: ImageId, name: String },
    /// Should have stayed.
    Gone { image: ImageId, name: String },
    /// The new backup itself is missing.
    NewGone,
    /// With rotation 0 the new backup should have gone.
    NewStillThere,
    /// Another backup of this type that the plan did not know.
    Unexpected { image: ImageId, name: String },
}

impl Difference {
    pub fn message(&self) -> Message {
        match self {
            Self::StillThere { name, .. } => Message::new("rotation.difference.still_there").text("name", name),
            Self::Gone { name, .. } => Message::new("rotation.difference.gone").text("name", name),
            Self::NewGone => Message::new("rotation.difference.new_gone"),
            Self::NewStillThere => Message::new("rotation.difference.new_still_there"),
            Self::Unexpected { name, .. } => Message::new("rotation.difference.unexpected").text("name", name),
        }
    }
}

/// Compares a plan with the images that are there afterwards; empty: as predicted. `new` is the backup made.
pub fn verify(plan: &RotationPlan, after: &[Image], new: &ImageId) -> Vec<Difference> {
    let there = |id: &ImageId| after.iter().any(|image| image.id == *id && exists(image));
    let mut found = Vec::new();
    match (plan.new_slot, there(new)) {
        (NewSlot::Kept, false) => found.push(Difference::NewGone),
        (NewSlot::DeletedAtOnce, true) => found.push(Difference::NewStillThere),
        _ => {}
    }
    for frame in &plan.frames {
        let (image, name) = (frame.image.clone(), frame.name.clone());
        match (&frame.fate, there(&frame.image)) {
            (Fate::Deleted { .. }, true) => found.push(Difference::StillThere { image, name }),
            (Fate::Kept { .. } | Fate::WouldFail { .. }, false) => found.push(Difference::Gone { image, name }),
            _ => {}
        }
    }
    for image in after {
        let known = image.id == *new || plan.frames.iter().any(|frame| frame.image == image.id);
        if !known && is_counted(image, &plan.server, &plan.backup_type, &plan.project) {
            found.push(Difference::Unexpected {
                image: image.id.clone(),
                name: image.name.clone(),
            });
        }
    }
    found
}

fn kept(question: Question<'_>, image: &Image, place: usize) -> Fate {
    let key = if image.protected {
        "rotation.kept.protected_in_window"
    } else if image.status != ImageStatus::Active {
        "rotation.kept.unusable_in_window"
    } else {
        "rotation.kept.window"
    };
    let reason = Message::new(key)
        .count("rotation", question.rotation.into())
        .count("place", place as u64 + 2);
    Fate::Kept { reason }
}

fn leaving(question: Question<'_>, image: &Image) -> Fate {
    if image.protected {
        return Fate::WouldFail {
            reason: Message::new("rotation.fails.protected"),
        };
    }
    if image.owner != *question.project {
        return Fate::WouldFail {
            reason: Message::new("rotation.fails.not_owner"),
        };
    }
    let booted = question
        .servers
        .iter()
        .filter(|server| server.image.as_ref() == Some(&image.id))
        .count();
    let key = match (booted, question.rotation) {
        (0, 0) => "rotation.deleted.zero",
        (0, _) => "rotation.deleted.window",
        _ => "rotation.deleted.maybe_in_use",
    };
    let reason = Message::new(key)
        .count("rotation", question.rotation.into())
        .count("servers", booted as u64);
    Fate::Deleted { reason }
}

fn frame(image: &Image, fate: Fate) -> Frame {
    Frame {
        image: image.id.clone(),
        name: image.name.clone(),
        created: image.created_at,
        size: image.size,
        protected: image.protected,
        unfinished: image.is_changing(),
        fate,
    }
}

fn newest_first(images: &mut [&Image]) {
    images.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
}

/// The filters of Nova's list, and what Glance shows for them. Foreign community images only show on request.
fn is_counted(image: &Image, server: &ServerId, backup_type: &str, project: &ProjectId) -> bool {
    text(image, metadata::IMAGE_TYPE) == Some("backup")
        && text(image, metadata::BACKUP_TYPE) == Some(backup_type)
        && text(image, metadata::INSTANCE_UUID) == Some(server.as_str())
        && is_listed(image)
        && (image.visibility != Visibility::Community || image.owner == *project)
}

fn exists(image: &Image) -> bool {
    !matches!(
        image.status,
        ImageStatus::Killed | ImageStatus::Deleted | ImageStatus::PendingDelete
    )
}

/// Whether Glance's default list, which Nova uses, shows it.
fn is_listed(image: &Image) -> bool {
    exists(image) && !image.os_hidden
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::{PROJECT, backup, server, volume_image};
    use crate::model::ServerStatus;
    use proptest::prelude::*;

    fn ask<'a>(images: &'a [Image], server: &'a ServerId, project: &'a ProjectId, rotation: u32) -> Question<'a> {
        Question {
            images,
            servers: &[],
            server,
            backup_type: "daily",
            rotation,
            project,
        }
    }

    fn daily(count: i64) -> Vec<Image> {
        (1..=count)
            .map(|n| backup(&format!("b{n}"), n * 100, "s", "daily"))
            .collect()
    }

    fn gone(plan: &RotationPlan) -> Vec<&str> {
        plan.deleted().map(|f| f.image.as_str()).collect()
    }

    #[test]
    fn deletes_the_oldest_past_the_rotation() {
        let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
        let images = daily(3);
        assert!(gone(&plan(ask(&images, &s, &p, 4))).is_empty());
        assert_eq!(gone(&plan(ask(&images, &s, &p, 3))), ["b1"]);
        assert_eq!(gone(&plan(ask(&images, &s, &p, 1))), ["b3", "b2", "b1"]);
        let zero = plan(ask(&images, &s, &p, 0));
        assert_eq!((gone(&zero).len(), zero.new_slot), (3, NewSlot::DeletedAtOnce));
        assert_eq!(plan(ask(&images, &s, &p, 3)).message().key, "rotation.plan.single");
        assert_eq!(plan(ask(&images, &s, &p, 2)).message().key, "rotation.plan.several");
    }

    #[test]
    fn a_protected_backup_is_counted_but_not_made_up_for() {
        let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
        let mut images = daily(3);
        images[0].protected = true;
        let plan = plan(ask(&images, &s, &p, 3));
        assert!(gone(&plan).is_empty());
        assert!(matches!(&plan.frames[2].fate, Fate::WouldFail { reason } if reason.key == "rotation.fails.protected"));
    }

    #[test]
    fn hidden_other_types_and_other_servers_are_not_counted() {
        let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
        let mut images = daily(3);
        images[1].os_hidden = true;
        images.push(backup("w", 1, "s", "weekly"));
        images.push(backup("D", 1, "s", "Daily"));
        images.push(backup("o", 1, "other", "daily"));
        images.push(backup("snap", 1, "s", "daily").with("image_type", "snapshot"));
        images[0].status = ImageStatus::Queued;
        let mut killed = backup("k", 1, "s", "daily");
        killed.status = ImageStatus::Killed;
        images.push(killed);
        let mut foreign = backup("f", 2, "s", "daily");
        foreign.owner = "p2".into();
        let mut community = foreign.clone();
        community.id = "c".into();
        community.visibility = Visibility::Community;
        images.extend([foreign, community]);
        let plan = plan(ask(&images, &s, &p, 2));
        assert_eq!(
            plan.frames.iter().map(|f| f.image.as_str()).collect::<Vec<_>>(),
            ["b3", "b1", "f"]
        );
        assert_eq!(gone(&plan), ["b1"]);
        assert!(matches!(plan.frames[2].fate, Fate::WouldFail { .. }));
    }

    #[test]
    fn ties_go_by_id_and_a_booted_image_carries_a_warning() {
        let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
        let images = [backup("a", 100, "s", "daily"), backup("b", 100, "s", "daily")];
        let mut user = server("u", ServerStatus::Active);
        user.image = Some("a".into());
        let question = Question {
            servers: &[user],
            ..ask(&images, &s, &p, 2)
        };
        let plan = plan(question);
        assert_eq!(gone(&plan), ["a"]);
        assert_eq!(plan.frames[1].fate.reason().key, "rotation.deleted.maybe_in_use");
    }

    #[test]
    fn verifies_what_happened() {
        let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
        let images = daily(3);
        let plan = plan(ask(&images, &s, &p, 3));
        let new = backup("new", 999, "s", "daily");
        let id = new.id.clone();
        let after = [images[1].clone(), images[2].clone(), new.clone()];
        assert!(verify(&plan, &after, &id).is_empty());
        let odd = [images[0].clone(), images[2].clone(), backup("x", 5, "s", "daily")];
        let keys: Vec<_> = verify(&plan, &odd, &id).iter().map(|d| d.message().key).collect();
        assert_eq!(
            keys,
            [
                "rotation.difference.new_gone",
                "rotation.difference.gone",
                "rotation.difference.still_there",
                "rotation.difference.unexpected"
            ]
        );
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<RotationPlan>(&json).unwrap(), plan);
    }

    #[test]
    fn our_own_rotation_spares_what_is_in_doubt() {
        let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
        let ours = |id: &str, at| {
            let snapshot = format!("v{id}");
            volume_image(id, at, &[&snapshot])
                .with("image_type", "backup")
                .with("backup_type", "daily")
                .with("instance_uuid", "s")
                .with("carrete_server", "s")
                .with("carrete_op", "n")
                .with("carrete_image", id)
        };
        let mut images: Vec<Image> = (1..=5).map(|n| ours(&format!("b{n}"), n * 100)).collect();
        images[0].properties.remove("carrete_image");
        images[1].properties.insert("carrete_image".into(), "parent".into());
        images[2].protected = true;
        let plan = plan_own(ask(&images, &s, &p, 2));
        assert_eq!(gone(&plan), ["b4"]);
        assert_eq!(plan.frames.len(), 4, "an heir is no backup of this server");
        assert_eq!(plan.frames[3].fate.reason().key, "rotation.kept.doubtful");
        assert_eq!(gone(&plan_own(ask(&images, &s, &p, 0))).len(), 2, "never the new one");
    }

    /// Nova's function, line by line, on a copy of the images: list, sort, pop, delete, ignore failures.
    fn rotate_like_nova(
        mut glance: Vec<Image>,
        server: &str,
        backup_type: &str,
        rotation: usize,
        project: &str,
    ) -> Vec<String> {
        let value = |i: &Image, k: &str| i.properties.get(k).map(|v| v.as_str().unwrap().to_owned());
        let mut images: Vec<Image> = Vec::new();
        for image in &glance {
            if image.os_hidden || ["killed", "deleted", "pending_delete"].contains(&image.status.word()) {
                continue;
            }
            if image.visibility.word() == "community" && image.owner.as_str() != project {
                continue;
            }
            if value(image, "image_type").as_deref() == Some("backup")
                && value(image, "backup_type").as_deref() == Some(backup_type)
                && value(image, "instance_uuid").as_deref() == Some(server)
            {
                images.push(image.clone());
            }
        }
        images.sort_by_key(|i| (i.created_at.map(|m| m.0), i.id.0.clone()));
        images.reverse();
        if images.len() > rotation {
            for _ in 0..images.len() - rotation {
                let last = images.pop().unwrap();
                if !last.protected && last.owner.as_str() == project {
                    glance.retain(|i| i.id != last.id);
                }
            }
        }
        glance.into_iter().map(|i| i.id.0).collect()
    }

    fn any_image() -> impl Strategy<Value = Image> {
        let status = prop::sample::select(vec![
            "active",
            "queued",
            "saving",
            "killed",
            "deactivated",
            "pending_delete",
            "importing",
        ]);
        let pick = |of: &'static [&'static str]| prop::sample::select(of);
        (
            0i64..6,
            pick(&["s", "s", "s", "t"]),
            pick(&["daily", "daily", "daily", "weekly", ""]),
            pick(&["backup", "backup", "backup", "snapshot"]),
            status,
            (
                prop::bool::weighted(0.2),
                prop::bool::weighted(0.1),
                prop::bool::weighted(0.1),
            ),
            pick(&["private", "private", "shared", "community", "public"]),
        )
            .prop_map(
                |(at, server, kind, image_type, status, (protected, hidden, foreign), visibility)| {
                    let mut image = backup("", at, server, kind).with("image_type", image_type);
                    image.status = status.into();
                    image.protected = protected;
                    image.os_hidden = hidden;
                    image.visibility = visibility.into();
                    if foreign {
                        image.owner = "p2".into();
                    }
                    image
                },
            )
    }

    proptest! {
        #[test]
        fn predicts_what_nova_does(mut images in prop::collection::vec(any_image(), 0..14), rotation in 0u32..6) {
            for (n, image) in images.iter_mut().enumerate() {
                image.id = format!("i{n:02}").into();
            }
            let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
            let plan = plan(ask(&images, &s, &p, rotation));
            let mut glance = images.clone();
            glance.push(backup("new", 100, "s", "daily"));
            let survivors = rotate_like_nova(glance, "s", "daily", rotation as usize, PROJECT);
            for image in &images {
                let predicted = plan.frames.iter().any(|f| f.image == image.id && matches!(f.fate, Fate::Deleted { .. }));
                prop_assert_eq!(predicted, !survivors.contains(&image.id.0), "{}", image.id);
            }
            prop_assert_eq!(plan.new_slot == NewSlot::Kept, survivors.contains(&"new".to_owned()));
            // Never more than the promise, but for what could not be deleted.
            let stuck = plan.frames.iter().filter(|f| matches!(f.fate, Fate::WouldFail { .. })).count();
            let kept = plan.frames.iter().filter(|f| matches!(f.fate, Fate::Kept { .. })).count();
            prop_assert!(kept + usize::from(rotation > 0) <= rotation as usize || stuck > 0 || rotation == 0);
            let after: Vec<Image> = images.iter().cloned().chain([backup("new", 100, "s", "daily")]).filter(|i| survivors.contains(&i.id.0)).collect();
            // `verify` agrees with what Nova did.
            prop_assert_eq!(verify(&plan, &after, &"new".into()), vec![]);
        }
    }
}
