//! After the new backup is usable: what goes in its place, by Nova's rotation or by Carrete's.

use super::*;
use crate::backup::deletion::DeletionStep;
use crate::backup::retention::{self, Hold};
use crate::backup::rotation::verify;
use crate::model::{Arg, Image, VolumeSnapshot};

/// Looks in vain, before the old backups are left where they are.
const TRIES: u32 = 5;

impl Capture {
    /// The new image is usable, and sealed where that is needed.
    pub(super) fn make_room(&mut self, now: Millis) {
        self.poll = Poll::at(now);
        match &self.backup {
            None => {
                let done = self.done("operation.snapshot.done");
                self.end(End::Done(done), usize::MAX);
            }
            Some(Rotation::Nova(_)) => self.phase = Phase::Rotating { since: now, finished: false },
            Some(Rotation::Own(release)) if release.steps.is_empty() => {
                let done = self.done("operation.backup.done");
                self.end(End::Done(done), usize::MAX);
            }
            Some(Rotation::Own(_)) => self.phase = Phase::Relisting { tries: 0 },
        }
    }

    /// Between the plan and now others may have deleted, pinned or broken backups: only what retention still releases
    /// goes, and nothing goes unless the new one is among those that it keeps.
    pub(super) fn relisting(&mut self, event: Event, now: Millis) {
        let (Phase::Relisting { tries }, Some(Rotation::Own(release))) = (&mut self.phase, &self.backup) else {
            return;
        };
        match event {
            Event::Stock { images, snapshots } => {
                let Some(new) = &self.image else { return };
                match still_wanted(release, &self.server, new, &images, &snapshots) {
                    Some((steps, spared)) => {
                        self.warnings.extend(spared);
                        let deletion = Deletion::new(steps);
                        if deletion.end().is_some() {
                            let done = self.done("operation.backup.done");
                            self.end(End::Done(done), usize::MAX);
                        } else {
                            self.phase = Phase::Releasing(deletion);
                        }
                    }
                    None => self.not_seen(now),
                }
            }
            Event::Resumed => self.poll.due = now,
            Event::Failed(error) if error.class == ErrorClass::SessionEnded => self.poll.failed(now),
            Event::Failed(error) if error.class == ErrorClass::Unknown && *tries < TRIES => {
                *tries += 1;
                self.poll.failed(now);
            }
            Event::Failed(_) => self.nothing_released(),
            _ => {}
        }
    }

    /// The list does not show the new backup as usable: nothing may go yet.
    fn not_seen(&mut self, now: Millis) {
        match &mut self.phase {
            Phase::Relisting { tries } if *tries < TRIES => {
                *tries += 1;
                self.poll.failed(now);
            }
            _ => self.nothing_released(),
        }
    }

    fn nothing_released(&mut self) {
        self.warnings.push(Message::new("operation.backup.nothing_released"));
        let done = self.done("operation.backup.done_otherwise");
        self.end(End::Done(done), usize::MAX);
    }

    pub(super) fn released(&self, deletion: &Deletion) -> Outcome {
        let mut done = self.done("operation.backup.done");
        match deletion.end() {
            Some(End::Done(outcome)) => {
                done.warnings.extend(outcome.warnings.iter().cloned());
                done.leftovers.extend(outcome.leftovers.iter().cloned());
            }
            Some(End::Failed(failure)) => {
                done.warnings.extend(failure.cause.clone());
                done.leftovers.extend(failure.leftovers.iter().cloned());
            }
            None => {}
        }
        done
    }

    /// Nova clears the task before it rotates (contract C5): the list is read until it is as predicted, the action has
    /// ended, or the time is over.
    pub(super) fn rotating(&mut self, context: Context<'_>, event: Event, now: Millis) {
        let Phase::Rotating { since, finished } = &mut self.phase else {
            return;
        };
        let late = now.since(*since) >= ROTATION;
        match event {
            Event::Images { images, action } => {
                let (Some(Rotation::Nova(plan)), Some(image)) = (&self.backup, &self.image) else {
                    return;
                };
                let differences = verify(plan, &images, image);
                let ended = action.is_some_and(|action| action.backup_finished());
                if differences.is_empty() || late || (ended && *finished) {
                    self.warnings.extend(differences.iter().map(|difference| difference.message()));
                    let key = if differences.is_empty() {
                        "operation.backup.done"
                    } else {
                        "operation.backup.done_otherwise"
                    };
                    let done = self.done(key);
                    self.end(End::Done(done), usize::MAX);
                } else {
                    *finished |= ended;
                    let since = *since;
                    self.poll.again(Pace::Brisk, since, now, context.id);
                }
            }
            Event::Failed(error) if error.class != ErrorClass::SessionEnded && late => {
                self.warnings.push(Message::new("operation.backup.unverified"));
                let done = self.done("operation.backup.done_otherwise");
                self.end(End::Done(done), usize::MAX);
            }
            Event::Failed(_) => self.poll.failed(now),
            Event::Resumed => self.poll.due = now,
            _ => {}
        }
    }
}

/// Of the agreed steps those that retention still takes, and for each image that is spared why; `None` when the new
/// backup is not seen to be kept.
fn still_wanted(
    release: &Release,
    server: &ServerId,
    new: &ImageId,
    images: &[Image],
    snapshots: &[VolumeSnapshot],
) -> Option<(Vec<DeletionStep>, Vec<Message>)> {
    let Release { project, backup_type, keep, steps } = release;
    let decisions = retention::forget(retention::items(images, snapshots, &[], server, project, backup_type), keep);
    decisions.iter().find(|it| it.item.image.as_ref() == Some(new) && it.is_kept_usable())?;
    let decided = |id: &ImageId| decisions.iter().find(|it| it.item.image.as_ref() == Some(id));
    let mut wanted = Vec::new();
    let mut spared = Vec::new();
    for step in steps {
        match step {
            DeletionStep::Image { id, name } => {
                match decided(id) {
                    Some(decision) if decision.is_removed() => wanted.push(step.clone()),
                    Some(decision) => spared.push(spares(name).with("reason", sentence(decision.message()))),
                    // One that is not there any more is left to the deletion, which finds that out by itself.
                    None if !images.iter().any(|image| image.id == *id) => wanted.push(step.clone()),
                    None => spared.push(spares(name).with("reason", sentence(Hold::Doubtful.message()))),
                }
            }
            DeletionStep::Snapshot { after, .. } => {
                let goes =
                    |image| wanted.iter().any(|step| matches!(step, DeletionStep::Image { id, .. } if id == image));
                if after.iter().all(goes) {
                    wanted.push(step.clone());
                }
            }
        }
    }
    Some((wanted, spared))
}

fn spares(name: &str) -> Message {
    Message::new("operation.backup.spared").text("name", name)
}

fn sentence(reason: Message) -> Arg {
    Arg::Sentence(Box::new(reason))
}
