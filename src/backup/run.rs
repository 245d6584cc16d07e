//! One backup that Carrete itself rotates: what will be made, what stays and why, and what goes, agreed to beforehand.
//!
//! Nova rotates only image-backed servers and only by a number (`rotation`). Everything else is planned here: servers
//! that boot from volumes, and policies of several tiers.

use super::deletion::{self, DeletionStep};
use super::policy::Keep;
use super::retention::{self, Decision, Item};
use crate::json_struct;
use crate::model::{Image, ImageId, Message, Moment, ProjectId, Server, ServerId, VolumeSnapshot};

/// Everything that the plan rests on.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// All images that the project sees.
    pub images: &'a [Image],
    /// All volume snapshots of the project: an image whose snapshots are broken is no backup.
    pub snapshots: &'a [VolumeSnapshot],
    pub servers: &'a [Server],
    pub server: &'a ServerId,
    pub project: &'a ProjectId,
    /// The set: only backups of this type are counted and released.
    pub backup_type: &'a str,
    pub keep: &'a Keep,
    /// Of the backup that is about to be made.
    pub name: &'a str,
    pub now: Moment,
}

/// What is shown before the click.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPlan {
    /// Newest first, the new backup among them.
    pub decisions: Vec<Decision>,
    pub release: Release,
}

/// What was agreed to: nothing but these steps is ever taken, and of them only those that retention still wants when
/// the new backup is usable.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    pub project: ProjectId,
    pub backup_type: String,
    pub keep: Keep,
    /// Each image, then the volume snapshots behind it.
    pub steps: Vec<DeletionStep>,
}

json_struct!(Release { project, backup_type, keep, steps });

/// Plans one more backup of a set.
pub fn plan(question: Question<'_>) -> RunPlan {
    let Question { images, snapshots, servers, server, project, backup_type, keep, name, now } = question;
    let items = retention::items(images, snapshots, servers, server, project, backup_type);
    let decisions = with_one_more(items, keep, name, now);
    let gone: Vec<ImageId> =
        decisions.iter().filter(|it| it.is_removed()).filter_map(|it| it.item.image.clone()).collect();
    let steps = deletion::release(&gone, images, servers, project);
    let release = Release { project: project.clone(), backup_type: backup_type.to_owned(), keep: *keep, steps };
    RunPlan { decisions, release }
}

/// What retention says of all that there is of a server once one more backup is there, newest first.
pub fn with_one_more(mut items: Vec<Item>, keep: &Keep, name: &str, now: Moment) -> Vec<Decision> {
    // Clocks differ, and `now` may be rounded: what is about to be made is newer than all that is there.
    let newest = items.iter().filter_map(|item| item.created).max().unwrap_or(now);
    items.push(Item::incoming(name, now.max(newest)));
    retention::forget(items, keep)
}

/// One sentence that says beforehand what will go.
pub fn message(decisions: &[Decision]) -> Message {
    let mut gone = decisions.iter().filter(|decision| decision.is_removed());
    match (gone.next(), gone.count()) {
        (None, _) => Message::new("rotation.plan.nothing"),
        (Some(only), 0) => Message::new("rotation.plan.single").text("name", &only.item.name),
        (Some(_), more) => Message::new("rotation.plan.several").count("count", more as u64 + 1),
    }
}

impl RunPlan {
    pub fn removed(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| decision.is_removed())
    }

    /// Usable backups that stay, the new one included.
    pub fn kept(&self) -> usize {
        self.decisions.iter().filter(|decision| decision.is_kept_usable()).count()
    }

    /// One sentence that says beforehand what will go.
    pub fn message(&self) -> Message {
        message(&self.decisions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::{PROJECT, backup};

    #[test]
    fn says_what_goes_before_anything_is_made() {
        let images: Vec<Image> = (1..=3).map(|n| backup(&format!("b{n}"), n, "s", "daily")).collect();
        let ask = |last: u32| {
            plan(Question {
                images: &images,
                snapshots: &[],
                servers: &[],
                server: &"s".into(),
                project: &PROJECT.into(),
                backup_type: "daily",
                keep: &Keep { last, ..Keep::default() },
                name: "next",
                now: Moment(10),
            })
        };
        let plan = ask(2);
        let gone: Vec<_> = plan.removed().map(|it| it.item.name.as_str()).collect();
        assert_eq!(gone, ["image b2", "image b1"]);
        assert_eq!(plan.release.steps.len(), 2);
        assert_eq!((plan.kept(), plan.message().key.as_str()), (2, "rotation.plan.several"));
        assert_eq!(ask(3).message().key, "rotation.plan.single");
        assert_eq!(ask(9).message().key, "rotation.plan.nothing");
        assert!(ask(9).release.steps.is_empty());
    }

    #[test]
    fn the_new_one_is_the_newest_whatever_the_clocks_say() {
        let images = [backup("b", 100, "s", "daily")];
        let plan = plan(Question {
            images: &images,
            snapshots: &[],
            servers: &[],
            server: &"s".into(),
            project: &PROJECT.into(),
            backup_type: "daily",
            keep: &Keep { last: 1, ..Keep::default() },
            name: "next",
            now: Moment(40),
        });
        assert_eq!(plan.decisions[0].item.image, None);
        assert_eq!(plan.release.steps.len(), 1);
    }
}
