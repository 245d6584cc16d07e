//! A snapshot or a backup of a server, until it is usable and, for a backup, until the rotation has happened.
//!
//! Image-backed: asking → pending → copying → uploading → usable, and Nova's rotation. Volume-backed: asking (Nova works
//! while it answers) → volume snapshots → sealing → for a backup, releasing old ones by Carrete's own plan.
//!
//! Usable means: the image is active *and* the server has no image task (contract 0.8); for a volume-backed one, every
//! volume snapshot is available. A failed snapshot leaves no trace but a 404 of its image and an action with an error
//! (contract C4).

use serde::{Deserialize, Serialize};

use super::ask::Ask;
use super::deletion::Deletion;
use super::effect::{Effect, ErrorClass, Event, Facts, Look, Seen, not_older};
use super::outcome::{End, Failure, Leftover, Outcome};
use super::phase::{At, PhaseView};
use super::poll::{Millis, Pace, Poll};
use super::{Context, Next};
use crate::backup::deletion::DeletionStep;
use crate::backup::kind::{SnapshotBehind, behind};
use crate::backup::metadata;
use crate::backup::rotation::{RotationPlan, verify};
use crate::model::{Image, ImageId, ImageStatus, Message, RequestId, Server, ServerId, VolumeStatus};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    pub server: ServerId,
    pub server_name: String,
    /// Of the image. Valid for Nova (`backup::naming`).
    pub name: String,
    pub note: String,
    pub volume_backed: bool,
    /// `None`: a snapshot.
    backup: Option<Rotation>,
    /// Once it is known.
    image: Option<ImageId>,
    request_id: Option<RequestId>,
    /// Behind the image, once it was seen.
    snapshots: Vec<SnapshotBehind>,
    warnings: Vec<Message>,
    poll: Poll,
    phase: Phase,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Rotation {
    plan: RotationPlan,
    /// Volume-backed: what goes once the new one is proven usable.
    release: Vec<DeletionStep>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Phase {
    Asking(Ask),
    /// `gone`: looks in a row that did not find the image.
    Working {
        stage: Stage,
        since: Millis,
        changed: Millis,
        gone: u32,
        stalled: bool,
    },
    Sealing {
        tries: u32,
    },
    Rotating {
        since: Millis,
        finished: bool,
    },
    Releasing(Deletion),
    /// Nothing was made but, perhaps, volume snapshots on the way.
    Gleaning {
        failure: Failure,
        tries: u32,
    },
    Ended {
        end: End,
        stage: usize,
    },
}

/// How far the cloud is. Nova may go back and forth between the later ones (contract C4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Stage {
    Pending,
    Copying,
    PendingUpload,
    Uploading,
    VolumeSnapshots,
    Verifying,
}

/// Before an accepted request must show its image, in milliseconds. A volume-backed snapshot is made while Nova answers,
/// disk by disk, and a proxy may have given up on that long before.
const GRACE: u64 = 60_000;
const GRACE_VOLUMES: u64 = 180_000;
/// Without a change for so long, it is called stalled (contract H), in milliseconds.
const STALLED: u64 = 30 * 60_000;
const STALLED_QUEUED: u64 = 10 * 60_000;
/// How long the rotation may take after the upload, in milliseconds.
const ROTATION: u64 = 60_000;

impl Capture {
    /// A snapshot. `volume_backed` as far as is known: the cloud's answer corrects it.
    pub fn snapshot(server: ServerId, server_name: &str, name: &str, note: &str, volume_backed: bool) -> Self {
        Self {
            server,
            server_name: server_name.to_owned(),
            name: name.to_owned(),
            note: note.to_owned(),
            volume_backed,
            backup: None,
            image: None,
            request_id: None,
            snapshots: Vec::new(),
            warnings: Vec::new(),
            poll: Poll::default(),
            phase: Phase::Asking(Ask::Ready),
        }
    }

    /// A backup that Nova rotates. `plan`: from `rotation::plan`, as it was shown.
    pub fn backup(server_name: &str, name: &str, note: &str, plan: RotationPlan) -> Self {
        let server = plan.server.clone();
        Self {
            backup: Some(Rotation {
                plan,
                release: Vec::new(),
            }),
            ..Self::snapshot(server, server_name, name, note, false)
        }
    }

    /// A backup of a volume-backed server. `plan`: from `rotation::plan_own`; `release`: from `deletion::release` of the
    /// images that the plan deletes.
    pub fn volume_backup(
        server_name: &str,
        name: &str,
        note: &str,
        plan: RotationPlan,
        release: Vec<DeletionStep>,
    ) -> Self {
        let server = plan.server.clone();
        Self {
            backup: Some(Rotation { plan, release }),
            ..Self::snapshot(server, server_name, name, note, true)
        }
    }

    /// The image, once it is known.
    pub fn image(&self) -> Option<&ImageId> {
        self.image.as_ref()
    }

    /// What the rotation of this backup is to do; `None` for a snapshot.
    pub fn plan(&self) -> Option<&RotationPlan> {
        self.backup.as_ref().map(|backup| &backup.plan)
    }

    pub(crate) fn next(&self, context: Context<'_>, now: Millis) -> Next {
        let (due, effect) = match &self.phase {
            Phase::Asking(ask) => match ask.look_due(now) {
                None => return Next::Do(self.request(context)),
                Some(due) => (
                    due,
                    Effect::FindImagesByNonce {
                        nonce: context.id.0.clone(),
                    },
                ),
            },
            Phase::Working { gone, .. } => (self.poll.until(now), Effect::Look(self.look(*gone))),
            Phase::Sealing { .. } => match &self.image {
                Some(image) => (self.poll.until(now), Effect::SealImage { image: image.clone() }),
                None => return Next::Do(Effect::Look(self.look(0))),
            },
            Phase::Rotating { .. } => {
                let action = self.request_id.clone();
                (
                    self.poll.until(now),
                    Effect::ListImages {
                        server: self.server.clone(),
                        action,
                    },
                )
            }
            Phase::Releasing(deletion) => {
                return match deletion.next(now) {
                    Next::Done(_) | Next::Failed(_) => Next::Done(self.released(deletion)),
                    next => next,
                };
            }
            Phase::Gleaning { .. } => (
                self.poll.until(now),
                Effect::FindSnapshotsByName {
                    name: format!("snapshot for {}", self.name),
                },
            ),
            Phase::Ended { end, .. } => return end.next(),
        };
        if due > now {
            Next::Wait {
                until: due,
                then: effect,
            }
        } else {
            Next::Do(effect)
        }
    }

    pub(crate) fn apply(&mut self, context: Context<'_>, event: Event, now: Millis) {
        match &mut self.phase {
            Phase::Asking(_) => self.asking(context, event, now),
            Phase::Working { .. } => match event {
                Event::Looked(facts) => self.looked(context, facts, now),
                Event::Failed(_) => self.poll.failed(now),
                Event::Resumed => self.poll.due = now,
                _ => {}
            },
            Phase::Sealing { tries } => match event {
                Event::Sealed => self.sealed(now),
                Event::Failed(error) if error.class == ErrorClass::SessionEnded => self.poll.failed(now),
                Event::Failed(error) if error.class == ErrorClass::Unknown && *tries < 3 => {
                    *tries += 1;
                    self.poll.failed(now);
                }
                Event::Failed(_) => {
                    self.warnings.push(Message::new("operation.capture.unsealed"));
                    self.sealed(now);
                }
                Event::Resumed => self.poll.due = now,
                _ => {}
            },
            Phase::Rotating { .. } => self.rotating(context, event, now),
            Phase::Releasing(deletion) => {
                deletion.apply(context, event, now);
                if deletion.end().is_some() {
                    let deletion = deletion.clone();
                    let done = self.released(&deletion);
                    self.end(End::Done(done), usize::MAX);
                }
            }
            Phase::Gleaning { .. } => self.gleaning(context, event, now),
            Phase::Ended { .. } => {}
        }
    }

    fn request(&self, context: Context<'_>) -> Effect {
        let (server, name, op) = (self.server.clone(), self.name.clone(), context.id.0.as_str());
        match &self.backup {
            None => Effect::CreateImage {
                metadata: metadata::for_snapshot(op, &server, &self.note),
                server,
                name,
            },
            Some(backup) if self.volume_backed => {
                let metadata = metadata::for_volume_backup(op, &server, &backup.plan.backup_type, &self.note);
                Effect::CreateImage { metadata, server, name }
            }
            Some(backup) => Effect::CreateBackup {
                metadata: metadata::for_backup(op, &server, &self.note),
                server,
                name,
                backup_type: backup.plan.backup_type.clone(),
                rotation: backup.plan.rotation,
            },
        }
    }

    fn look(&self, gone: u32) -> Look {
        Look {
            server: Some(self.server.clone()),
            image: self.image.clone(),
            snapshots: self
                .snapshots
                .iter()
                .map(|snapshot| snapshot.snapshot_id.clone())
                .collect(),
            action: self.request_id.clone().filter(|_| gone > 0),
        }
    }

    fn asking(&mut self, context: Context<'_>, event: Event, now: Millis) {
        let grace = if self.volume_backed { GRACE_VOLUMES } else { GRACE };
        let Phase::Asking(ask) = &mut self.phase else { return };
        match event {
            Event::Asking => ask.send(now),
            Event::Resumed => ask.resumed(now),
            Event::Accepted {
                image: Some(image),
                request_id,
            } => {
                self.request_id = request_id;
                self.work(image, now);
            }
            Event::Accepted {
                image: None,
                request_id,
            } => {
                self.request_id.clone_from(&request_id);
                ask.accepted(request_id, now);
            }
            Event::Images { images, .. } if *ask != Ask::Ready => {
                let mine = images
                    .iter()
                    .filter(|image| not_older(image.created_at, context.started));
                match metadata::made_by(&context.id.0, mine) {
                    Some(image) => {
                        let id = image.id.clone();
                        self.work(id, now);
                    }
                    None => {
                        if ask.in_vain(grace, now) {
                            let failure = self.absent();
                            self.nothing_made(failure, now);
                        }
                    }
                }
            }
            Event::Failed(error) => {
                if let Some(error) = ask.failed(error, now) {
                    let failure = Failure {
                        cause: Some(error.message),
                        request_id: error.request_id,
                        nothing_made: true,
                        ..Failure::new(self.sentence_of("refused"))
                    };
                    self.nothing_made(failure, now);
                }
            }
            Event::Cancel if *ask == Ask::Ready => {
                let failure = Failure {
                    nothing_made: true,
                    ..Failure::new(Message::new("operation.cancelled"))
                };
                self.end(End::Failed(failure), 0);
            }
            _ => {}
        }
    }

    /// Looked for in vain: never accepted, or accepted and gone again.
    fn absent(&self) -> Failure {
        let (accepted, error) = match &self.phase {
            Phase::Asking(Ask::Sent(sent)) => (sent.accepted, sent.error.clone()),
            _ => (false, None),
        };
        let message = if accepted {
            self.sentence_of("removed")
        } else {
            self.sentence_of("not_started")
        };
        Failure {
            cause: error.as_ref().map(|error| error.message.clone()),
            request_id: self.request_id.clone().or(error.and_then(|error| error.request_id)),
            nothing_made: true,
            ..Failure::new(message)
        }
    }

    /// Nova makes the volume snapshots one by one, and leaves them behind when a later one fails (contract C4).
    fn nothing_made(&mut self, failure: Failure, now: Millis) {
        if self.volume_backed {
            self.poll = Poll::at(now);
            self.phase = Phase::Gleaning { failure, tries: 0 };
        } else {
            self.end(End::Failed(failure), 0);
        }
    }

    fn gleaning(&mut self, context: Context<'_>, event: Event, now: Millis) {
        let Phase::Gleaning { failure, tries } = &mut self.phase else {
            return;
        };
        match event {
            Event::Resumed => self.poll.due = now,
            Event::Failed(error) if error.class == ErrorClass::SessionEnded => self.poll.failed(now),
            Event::Failed(error) if error.class == ErrorClass::Unknown && *tries < 3 => {
                *tries += 1;
                self.poll.failed(now);
            }
            Event::Failed(_) => {
                let failure = failure.clone();
                self.end(End::Failed(failure), 0);
            }
            Event::VolumeSnapshots(found) => {
                let mut failure = failure.clone();
                let mine = found.into_iter().filter(|snapshot| {
                    snapshot.name == format!("snapshot for {}", self.name)
                        && not_older(snapshot.created_at, context.started)
                });
                failure.leftovers = mine
                    .map(|s| Leftover::VolumeSnapshot { id: s.id, name: s.name })
                    .collect();
                failure.nothing_made &= failure.leftovers.is_empty();
                self.end(End::Failed(failure), 0);
            }
            _ => {}
        }
    }

    fn work(&mut self, image: ImageId, now: Millis) {
        self.image = Some(image);
        self.poll = Poll::at(now);
        let stage = if self.volume_backed {
            Stage::VolumeSnapshots
        } else {
            Stage::Pending
        };
        self.phase = Phase::Working {
            stage,
            since: now,
            changed: now,
            gone: 0,
            stalled: false,
        };
    }

    fn looked(&mut self, context: Context<'_>, facts: Facts, now: Millis) {
        let Phase::Working {
            stage,
            since,
            changed,
            gone,
            ..
        } = &self.phase
        else {
            return;
        };
        let (mut stage, since, mut changed, mut gone) = (*stage, *since, *changed, *gone);
        let server_gone = matches!(facts.server, Some(Seen::Gone));
        let server = facts.server.as_ref().and_then(Seen::here).map(AsRef::as_ref);
        let task = server.map(image_task);
        let mut queued = false;
        match &facts.image {
            Some(Seen::Gone) => {
                gone = gone.saturating_add(1);
                let said = facts.action.as_ref().is_some_and(|action| action.failed());
                // A copy of the database may lag: one 404 alone proves nothing.
                if gone >= 3 || (said && gone >= 2) {
                    return self.lost(if server_gone { "server_gone" } else { "removed" }, false);
                }
            }
            Some(Seen::Here(image)) => {
                gone = 0;
                if self.snapshots.is_empty() {
                    self.snapshots = behind(image);
                    self.volume_backed |= !self.snapshots.is_empty();
                }
                if image.size.is_some_and(|size| size > 0) {
                    self.volume_backed = false;
                }
                match image.status {
                    ImageStatus::Killed => return self.lost("killed", true),
                    ImageStatus::Deactivated => return self.lost("deactivated", true),
                    ImageStatus::Deleted | ImageStatus::PendingDelete => return self.lost("removed", false),
                    _ => {}
                }
                if server_gone && image.status != ImageStatus::Active {
                    return self.lost("server_gone", true);
                }
                let idle = server_gone || task == Some(None);
                let new = match self.volume_verdict(&facts) {
                    Err(key) => return self.lost(key, true),
                    Ok(available) => match (&image.status, available, idle) {
                        (ImageStatus::Active, true, true) => return self.usable(now),
                        (ImageStatus::Active, false, _) => Stage::VolumeSnapshots,
                        (ImageStatus::Active, true, false) => Stage::Verifying,
                        _ => stage_of(image, task.flatten()).unwrap_or(stage),
                    },
                };
                queued = image.status == ImageStatus::Queued && task == Some(None);
                if new != stage {
                    changed = now;
                    stage = new;
                }
            }
            _ => {}
        }
        let limit = if queued { STALLED_QUEUED } else { STALLED };
        let stalled = now.since(changed) >= limit;
        self.phase = Phase::Working {
            stage,
            since,
            changed,
            gone,
            stalled,
        };
        let (pace, from) = pace(stage, gone, since, changed, now);
        self.poll.again(pace, from, now, context.id);
    }

    /// Whether all volume snapshots are available; `Err` names what went wrong with one.
    fn volume_verdict(&self, facts: &Facts) -> Result<bool, &'static str> {
        let mut all = true;
        for snapshot in &self.snapshots {
            match facts
                .snapshots
                .iter()
                .find(|(id, _)| *id == snapshot.snapshot_id)
                .map(|(_, seen)| seen)
            {
                Some(Seen::Here(seen)) => match seen.status {
                    VolumeStatus::Available => {}
                    VolumeStatus::Error | VolumeStatus::ErrorDeleting => return Err("volume_snapshot_error"),
                    _ => all = false,
                },
                Some(Seen::Gone) => return Err("volume_snapshot_gone"),
                Some(Seen::Unclear) | None => all = false,
            }
        }
        Ok(all)
    }

    fn usable(&mut self, now: Millis) {
        self.poll = Poll::at(now);
        if self.volume_backed {
            if self.snapshots.is_empty() {
                self.warnings
                    .push(Message::new("operation.capture.no_volume_snapshots"));
            }
            self.phase = Phase::Sealing { tries: 0 };
        } else if self.backup.is_some() {
            self.phase = Phase::Rotating {
                since: now,
                finished: false,
            };
        } else {
            let done = self.done("operation.snapshot.done");
            self.end(End::Done(done), usize::MAX);
        }
    }

    fn sealed(&mut self, now: Millis) {
        self.poll = Poll::at(now);
        match &self.backup {
            None => {
                let done = self.done("operation.snapshot.done");
                self.end(End::Done(done), usize::MAX);
            }
            Some(backup) => {
                let deletion = Deletion::new(backup.release.clone());
                if deletion.end().is_some() {
                    let done = self.done("operation.backup.done");
                    self.end(End::Done(done), usize::MAX);
                } else {
                    self.phase = Phase::Releasing(deletion);
                }
            }
        }
    }

    fn released(&self, deletion: &Deletion) -> Outcome {
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
    fn rotating(&mut self, context: Context<'_>, event: Event, now: Millis) {
        let Phase::Rotating { since, finished } = &mut self.phase else {
            return;
        };
        let late = now.since(*since) >= ROTATION;
        match event {
            Event::Images { images, action } => {
                let (Some(backup), Some(image)) = (&self.backup, &self.image) else {
                    return;
                };
                let differences = verify(&backup.plan, &images, image);
                let ended = action.is_some_and(|action| action.backup_finished());
                if differences.is_empty() || late || (ended && *finished) {
                    self.warnings
                        .extend(differences.iter().map(|difference| difference.message()));
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

    fn done(&self, key: &str) -> Outcome {
        let message = Message::new(key)
            .text("name", &self.name)
            .text("server", &self.server_name);
        Outcome {
            image: self.image.clone(),
            warnings: self.warnings.clone(),
            ..Outcome::new(message)
        }
    }

    /// It failed after it was accepted. `image_stays`: the image is still there, and of no use.
    fn lost(&mut self, key: &str, image_stays: bool) {
        let mut failure = Failure::new(self.sentence_of(key));
        failure.request_id.clone_from(&self.request_id);
        if let Some(id) = self.image.clone().filter(|_| image_stays) {
            failure.leftovers.push(Leftover::Image {
                id,
                name: self.name.clone(),
            });
        }
        let behind = self.snapshots.iter().filter(|_| key != "volume_snapshot_gone");
        failure
            .leftovers
            .extend(behind.map(|snapshot| Leftover::VolumeSnapshot {
                id: snapshot.snapshot_id.clone(),
                name: format!("{} {}", self.name, snapshot.device).trim_end().to_owned(),
            }));
        failure.nothing_made = failure.leftovers.is_empty();
        let at = self.at();
        self.end(End::Failed(failure), at);
    }

    fn end(&mut self, end: End, stage: usize) {
        self.phase = Phase::Ended { end, stage };
    }

    fn sentence_of(&self, key: &str) -> Message {
        let what = if self.backup.is_some() { "backup" } else { "snapshot" };
        Message::new(format!("operation.{what}.{key}"))
            .text("name", &self.name)
            .text("server", &self.server_name)
    }

    /// The place of the present phase among the steps.
    fn at(&self) -> usize {
        match &self.phase {
            Phase::Asking(_) | Phase::Gleaning { .. } => 0,
            Phase::Working {
                stage: Stage::Pending | Stage::Copying | Stage::VolumeSnapshots,
                ..
            } => 1,
            Phase::Working { stage, .. } if self.volume_backed || *stage == Stage::Verifying => self.verifying(),
            Phase::Working { .. } => 2,
            Phase::Sealing { .. } => self.verifying(),
            Phase::Rotating { .. } | Phase::Releasing(_) => self.verifying() + 1,
            Phase::Ended { stage, .. } => *stage,
        }
    }

    fn verifying(&self) -> usize {
        if self.volume_backed { 2 } else { 3 }
    }

    pub(crate) fn phase(&self) -> PhaseView {
        let mut labels = vec!["operation.step.ask"];
        if self.volume_backed {
            labels.push("operation.step.volume_snapshots");
        } else {
            labels.extend(["operation.step.copy", "operation.step.upload"]);
        }
        labels.push("operation.step.verify");
        if self.backup.is_some() {
            labels.push("operation.step.rotate");
        }
        let at = match &self.phase {
            Phase::Ended { end: End::Done(_), .. } => At::End,
            Phase::Ended { stage, .. } => At::Failed(*stage),
            _ => At::Step(self.at()),
        };
        let mut view = PhaseView::new(&labels, at, self.sentence());
        view.stalled = matches!(self.phase, Phase::Working { stalled: true, .. });
        view
    }

    fn sentence(&self) -> Message {
        let say = |key: &str| Message::new(format!("operation.capture.{key}")).text("server", &self.server_name);
        match &self.phase {
            Phase::Asking(Ask::Ready) => say("ready"),
            Phase::Asking(Ask::Sent(sent)) if sent.error.is_some() => say("answer_lost"),
            Phase::Asking(_) => say("asking"),
            Phase::Working { .. } if self.poll.failures >= 3 => say("blind"),
            Phase::Working { stalled: true, .. } => say("stalled"),
            Phase::Working { stage, .. } => say(match stage {
                Stage::Pending => "pending",
                Stage::Copying => "copying",
                Stage::PendingUpload => "pending_upload",
                Stage::Uploading => "uploading",
                Stage::VolumeSnapshots => "volume_snapshots",
                Stage::Verifying => "verifying",
            }),
            Phase::Sealing { .. } => say("sealing"),
            Phase::Rotating { .. } => say("rotating"),
            Phase::Releasing(deletion) => deletion.sentence(),
            Phase::Gleaning { .. } => say("gleaning"),
            Phase::Ended { end, .. } => end.message().clone(),
        }
    }
}

/// The server's task, if it is one of a snapshot or backup: another task does not concern the image.
fn image_task(server: &Server) -> Option<&str> {
    server.task_state.as_deref().filter(|task| task.starts_with("image_"))
}

fn stage_of(image: &Image, task: Option<&str>) -> Option<Stage> {
    match (&image.status, task) {
        (ImageStatus::Saving | ImageStatus::Uploading | ImageStatus::Importing, _) => Some(Stage::Uploading),
        (_, Some("image_snapshot_pending")) => Some(Stage::Pending),
        (_, Some("image_snapshot" | "image_backup")) => Some(Stage::Copying),
        (_, Some("image_pending_upload")) => Some(Stage::PendingUpload),
        (_, Some("image_uploading")) => Some(Stage::Uploading),
        _ => None,
    }
}

/// Small images are done within seconds, so the first 20 s are watched closely; so is whatever may end any moment.
fn pace(stage: Stage, gone: u32, since: Millis, changed: Millis, now: Millis) -> (Pace, Millis) {
    match stage {
        _ if gone > 0 => (Pace::Brisk, now),
        _ if now.since(since) < 20_000 => (Pace::Close, since),
        Stage::PendingUpload | Stage::Uploading | Stage::Verifying => (Pace::Close, changed),
        Stage::VolumeSnapshots => (Pace::Brisk, since),
        // Short enough not to miss a quick upload at its end.
        Stage::Pending | Stage::Copying => (Pace::Steady { cap: 5_000 }, changed),
    }
}
