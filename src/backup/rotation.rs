//! What Nova's own rotation will delete after a `createBackup`, predicted exactly, and proven afterwards.
//!
//! The rule is `_rotate_backups` (nova/compute/manager.py; contract C5): after the upload Nova lists the images with
//! `image_type=backup`, this `backup_type` and this `instance_uuid`, newest first, and deletes those past `rotation` from
//! the oldest end. A deletion that fails is logged and *not* made up for by another one.

use super::metadata::{self, text};
use crate::model::order;
use crate::model::{Image, ImageId, ImageStatus, Message, Moment, ProjectId, Server, ServerId, Visibility};
use crate::{json_enum, json_struct};

/// What would be asked of Nova, and what there is now.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// All images that the project sees, of whatever type.
    pub images: &'a [Image],
    /// For a warning on images that servers were booted from: some stores refuse to delete those.
    pub servers: &'a [Server],
    pub server: &'a ServerId,
    pub backup_type: &'a str,
    /// How many usable ones are kept, the new one included. 0 deletes them all, the new one too.
    pub rotation: u32,
    pub project: &'a ProjectId,
}

/// The answer, newest first. Serialisable: the journal keeps it until it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationPlan {
    pub project: ProjectId,
    pub server: ServerId,
    pub backup_type: String,
    /// What Nova is asked for. Nova counts a stuck or failed backup as a good one: so that none takes the place of a good
    /// one, it is what was asked for, and one more for each such backup that is newer than the oldest good one that stays.
    pub rotation: u32,
    pub new_slot: NewSlot,
    pub frames: Vec<Frame>,
}

json_struct!(RotationPlan { project, server, backup_type, rotation, new_slot, frames });

/// What becomes of the backup that is about to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewSlot {
    Kept,
    /// With rotation 0 Nova deletes it as soon as it is there.
    DeletedAtOnce,
}

json_enum!(NewSlot { Kept, DeletedAtOnce });

/// One backup that exists now.
#[derive(Clone, Debug, PartialEq, Eq)]
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

json_struct!(Frame { image, name, created, size, protected, unfinished, fate });

/// What the rotation does with it, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Kept {
        reason: Message,
    },
    /// Of no use now, and within the rotation as Nova counts: it stays on top of those that are asked for.
    OnTop {
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

json_enum!(Fate { Kept { reason }, OnTop { reason }, Deleted { reason }, WouldFail { reason } });

impl Fate {
    pub fn reason(&self) -> &Message {
        match self {
            Self::Kept { reason } | Self::OnTop { reason } | Self::Deleted { reason } | Self::WouldFail { reason } => {
                reason
            }
        }
    }
}

/// Predicts Nova's rotation after one more `createBackup`.
///
/// Ties in `created_at` are ordered by id, descending, as Glance does (glance/db/sqlalchemy/api.py, `_image_get_all`).
pub fn plan(question: Question<'_>) -> RotationPlan {
    let counted = in_rotation(question);
    // The new backup is the newest: it takes the first of the kept places.
    let mut left = question.rotation.saturating_sub(1);
    let (mut place, mut on_top) = (1, 0);
    let mut window = Vec::new();
    for image in &counted {
        if left == 0 {
            break;
        }
        let usable = image.status == ImageStatus::Active;
        if usable {
            place += 1;
            left -= 1;
        } else {
            on_top += 1;
        }
        window.push(usable.then_some(place));
    }
    // Those older than the last place are not in Nova's way.
    let rotation = question.rotation.saturating_add(on_top);
    let frames = counted.into_iter().enumerate().map(|(number, image)| {
        let fate = match window.get(number) {
            Some(Some(place)) => kept(question, image, *place),
            Some(None) => on_top_of(question, rotation),
            None => leaving(question, image),
        };
        frame(image, fate)
    });
    RotationPlan {
        project: question.project.clone(),
        server: question.server.clone(),
        backup_type: question.backup_type.to_owned(),
        rotation,
        new_slot: if question.rotation == 0 { NewSlot::DeletedAtOnce } else { NewSlot::Kept },
        frames: frames.collect(),
    }
}

/// More is not asked of Nova.
pub const MOST: u32 = 1000;
/// Where there are fewer backups of a type.
const USUAL: u32 = 7;

/// The rotation to propose where there are `existing` backups of a type: never so small that the second or third click
/// makes the oldest go without anybody having asked for it.
pub fn usual(existing: usize) -> u32 {
    u32::try_from(existing).unwrap_or(u32::MAX).clamp(USUAL, MOST)
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

impl RotationPlan {
    pub fn deleted(&self) -> impl Iterator<Item = &Frame> {
        self.frames.iter().filter(|frame| matches!(frame.fate, Fate::Deleted { .. }))
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
            (Fate::Kept { .. } | Fate::OnTop { .. } | Fate::WouldFail { .. }, false) => {
                found.push(Difference::Gone { image, name })
            }
            _ => {}
        }
    }
    for image in after {
        let known = image.id == *new || plan.frames.iter().any(|frame| frame.image == image.id);
        if !known && is_counted(image, &plan.server, &plan.backup_type, &plan.project) {
            found.push(Difference::Unexpected { image: image.id.clone(), name: image.name.clone() });
        }
    }
    found
}

fn kept(question: Question<'_>, image: &Image, place: u64) -> Fate {
    let key = if image.protected { "rotation.kept.protected_in_window" } else { "rotation.kept.window" };
    Fate::Kept { reason: Message::new(key).count("rotation", question.rotation.into()).count("place", place) }
}

fn on_top_of(question: Question<'_>, sent: u32) -> Fate {
    let reason = Message::new("rotation.kept.unusable").count("rotation", question.rotation.into());
    Fate::OnTop { reason: reason.count("sent", sent.into()) }
}

fn leaving(question: Question<'_>, image: &Image) -> Fate {
    if image.protected {
        return Fate::WouldFail { reason: Message::new("rotation.fails.protected") };
    }
    if image.owner != *question.project {
        return Fate::WouldFail { reason: Message::new("rotation.fails.not_owner") };
    }
    let booted = question.servers.iter().filter(|server| server.image.as_ref() == Some(&image.id)).count();
    let key = match (booted, question.rotation) {
        (0, 0) => "rotation.deleted.zero",
        (0, _) => "rotation.deleted.window",
        _ => "rotation.deleted.maybe_in_use",
    };
    let reason = Message::new(key).count("rotation", question.rotation.into()).count("servers", booted as u64);
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

fn newest_first(images: &mut Vec<&Image>) {
    order::sort(images, |a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
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
    !matches!(image.status, ImageStatus::Killed | ImageStatus::Deleted | ImageStatus::PendingDelete)
}

/// Whether Glance's default list, which Nova uses, shows it.
fn is_listed(image: &Image) -> bool {
    exists(image) && !image.os_hidden
}

#[cfg(test)]
mod tests;
