//! After the new backup is usable: what goes in its place, by Nova's rotation or by Carrete's.

use super::*;
use crate::backup::deletion::DeletionStep;
use crate::backup::policy::{self, Keep};
use crate::backup::retention::{self, Decision, Hold};
use crate::backup::rotation::verify;
use crate::model::{Arg, Image, SnapshotId, VolumeStatus};
use crate::operation::effect::Stock;

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

    /// It is over, and some of what was agreed to is there still: [`Event::Again`] looks at it anew.
    pub fn can_release_again(&self) -> bool {
        matches!(&self.phase, Phase::Ended { end: End::Done(_), .. })
            && matches!(&self.backup, Some(Rotation::Own(release)) if !release.steps.is_empty())
    }

    pub(super) fn agreed_is_done(&mut self) {
        if let Some(Rotation::Own(release)) = &mut self.backup {
            release.steps.clear();
        }
    }

    /// Everything that what was agreed to depends on.
    pub(super) fn take_stock(&self) -> Effect {
        let steps = match &self.backup {
            Some(Rotation::Own(release)) => release.steps.as_slice(),
            _ => &[],
        };
        let image = |step: &DeletionStep| match step {
            DeletionStep::Image { id, .. } => Some(id.clone()),
            DeletionStep::Snapshot { .. } => None,
        };
        let agreed: Vec<ImageId> = steps.iter().filter_map(image).collect();
        // Images of other servers may need the same volume snapshots.
        let whole = agreed.len() < steps.len();
        Effect::TakeStock { server: self.server.clone(), agreed, whole }
    }

    /// Between the plan and now others may have deleted, pinned or broken backups: only what retention still releases
    /// goes, and nothing goes unless the new one is among those that it keeps.
    pub(super) fn relisting(&mut self, event: Event, now: Millis) {
        let (Phase::Relisting { tries }, Some(Rotation::Own(release))) = (&mut self.phase, &mut self.backup) else {
            return;
        };
        match event {
            Event::Stock(stock) => {
                let Some(new) = &self.image else { return };
                match rest(release, &self.server, &self.server_name, new, &stock) {
                    Rest::NotSeen => self.not_seen(now),
                    Rest::NoPolicy { why, debris } => {
                        release.steps.clear();
                        let mut done = self.done("operation.backup.done_otherwise");
                        done.warnings.push(why);
                        done.leftovers.extend(debris);
                        self.end(End::Done(done), usize::MAX);
                    }
                    Rest::Steps { steps, spared, begun } => {
                        release.steps.clone_from(&steps);
                        self.warnings.extend(spared);
                        let deletion = Deletion::new(steps).going_on(&begun, now);
                        if deletion.end().is_some() {
                            let done = self.done("operation.backup.done");
                            self.end(End::Done(done), usize::MAX);
                        } else {
                            self.phase = Phase::Releasing(deletion);
                        }
                    }
                }
            }
            Event::Resumed => self.poll.due = now,
            Event::Failed(error) if error.class == ErrorClass::SessionEnded => self.poll.failed(now),
            Event::Failed(error) if error.class == ErrorClass::Unknown && *tries < TRIES => {
                *tries += 1;
                self.poll.unanswered(error, now);
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
        let mut done = self.done("operation.backup.done_otherwise");
        done.warnings.push(Message::new("operation.backup.nothing_released"));
        self.end(End::Done(done), usize::MAX);
    }

    pub(super) fn released(&self, deletion: &Deletion) -> Outcome {
        let mut done = self.done("operation.backup.done");
        match deletion.end() {
            Some(End::Done(outcome)) => done.warnings.extend(outcome.warnings.iter().cloned()),
            Some(End::Failed(failure)) => done.warnings.extend(failure.cause.clone()),
            None => {}
        }
        // A backup that was refused is still a backup: only retention may let it go, not whoever tidies up.
        done.leftovers = deletion.debris();
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
            Event::Failed(error) => self.poll.unanswered(error, now),
            Event::Resumed => self.poll.due = now,
            _ => {}
        }
    }
}

/// What of the agreed steps is still to be done.
enum Rest {
    /// The new backup is not seen to be kept: nothing may go.
    NotSeen,
    /// The policy by which they were to go does not stand any more. `debris`: what an earlier attempt left of images that
    /// are gone.
    NoPolicy { why: Message, debris: Vec<Leftover> },
    /// `spared`: for each image that stays after all, why. `begun`: volume snapshots that the cloud is at already.
    Steps { steps: Vec<DeletionStep>, spared: Vec<Message>, begun: Vec<SnapshotId> },
}

/// Of the agreed steps those that retention still takes, with what was seen now.
fn rest(release: &Release, server: &ServerId, server_name: &str, new: &ImageId, stock: &Stock) -> Rest {
    let Release { project, backup_type, keep, steps } = release;
    let standing = match standing(release, server_name, stock) {
        Ok(standing) => standing,
        Err(why) => return Rest::NoPolicy { why, debris: debris(steps, stock) },
    };
    let servers = stock.server.as_slice();
    let items = retention::items(&stock.images, &stock.snapshots, servers, server, project, backup_type);
    // A policy that was changed meanwhile may keep more, never less than what was agreed to.
    let mut rules = vec![retention::forget(items.clone(), keep)];
    rules.extend(standing.map(|keep| retention::forget(items, &keep)));
    let decided = |id: &ImageId| -> Option<&Decision> {
        let all: Vec<&Decision> = rules
            .iter()
            .filter_map(|decisions| decisions.iter().find(|it| it.item.image.as_ref() == Some(id)))
            .collect();
        all.iter().find(|it| it.stays()).or(all.first()).copied()
    };
    if !rules
        .iter()
        .all(|decisions| decisions.iter().any(|it| it.item.image.as_ref() == Some(new) && it.is_kept_usable()))
    {
        return Rest::NotSeen;
    }
    let (mut wanted, mut spared, mut begun) = (Vec::new(), Vec::new(), Vec::new());
    for step in steps {
        match step {
            DeletionStep::Image { id, name } => match decided(id) {
                Some(decision) if decision.is_removed() => wanted.push(step.clone()),
                Some(decision) => spared.push(spares(name).with("reason", sentence(decision.message()))),
                // The deletion finds out by itself; its volume snapshots may still be there.
                None if stock.gone.contains(id) => wanted.push(step.clone()),
                None => spared.push(spares(name).with("reason", sentence(Hold::Doubtful.message()))),
            },
            DeletionStep::Snapshot { id, name, after } => {
                let goes = |image: &ImageId| {
                    wanted.iter().any(|it| matches!(it, DeletionStep::Image { id, .. } if id == image))
                };
                let Some(there) = stock.snapshots.iter().find(|it| it.id == *id) else { continue };
                if !after.iter().all(goes) {
                    continue;
                }
                if stock.images.iter().any(|image| !goes(&image.id) && needs(image, id)) {
                    spared.push(spares(name).with("reason", sentence(Message::new("operation.backup.shared"))));
                    continue;
                }
                if there.status == VolumeStatus::Deleting {
                    begun.push(id.clone());
                }
                wanted.push(step.clone());
            }
        }
    }
    Rest::Steps { steps: wanted, spared, begun }
}

/// What the policy keeps that stands on the server now, for the policy's own backups; `Err` says why none does.
fn standing(release: &Release, server_name: &str, stock: &Stock) -> Result<Option<Keep>, Message> {
    if release.backup_type != policy::BACKUP_TYPE {
        return Ok(None);
    }
    match stock.server.as_ref().and_then(policy::of_server) {
        Some(Ok(policy)) => Ok(Some(policy.keep)),
        Some(Err(why)) => Err(Message::new("operation.backup.policy_unreadable")
            .text("server", server_name)
            .with("reason", sentence(why.message()))),
        None => Err(Message::new("operation.backup.policy_gone").text("server", server_name)),
    }
}

/// Volume snapshots of agreed images that are gone, and that nothing else needs.
fn debris(steps: &[DeletionStep], stock: &Stock) -> Vec<Leftover> {
    let left = steps.iter().filter_map(|step| match step {
        DeletionStep::Snapshot { id, name, after }
            if after.iter().all(|image| stock.gone.contains(image))
                && stock.snapshots.iter().any(|it| it.id == *id)
                && !stock.images.iter().any(|image| needs(image, id)) =>
        {
            Some(Leftover::VolumeSnapshot { id: id.clone(), name: name.clone() })
        }
        _ => None,
    });
    left.collect()
}

fn needs(image: &Image, snapshot: &SnapshotId) -> bool {
    behind(image).iter().any(|it| it.snapshot_id == *snapshot)
}

fn spares(name: &str) -> Message {
    Message::new("operation.backup.spared").text("name", name)
}

fn sentence(reason: Message) -> Arg {
    Arg::Sentence(Box::new(reason))
}
