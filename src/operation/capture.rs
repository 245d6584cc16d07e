//! A snapshot or a backup of a server, until it is usable and, for a backup, until the rotation has happened.
//!
//! Image-backed: asking → pending → copying → uploading → usable, and Nova's rotation. Volume-backed: asking (Nova works
//! while it answers) → volume snapshots → sealing. A backup that Carrete rotates itself then looks once more at what there
//! is, and releases of the old ones what was agreed to and what the policy still does not need.
//!
//! Usable means: the image is active *and* the server has no image task (contract 0.8); for a volume-backed one, every
//! volume snapshot is available. A failed snapshot leaves no trace but a 404 of its image and an action with an error
//! (contract C4).

mod asking;
mod rotating;
mod view;
mod working;

use super::ask::Ask;
use super::deletion::Deletion;
use super::effect::{Effect, EffectError, ErrorClass, Event, Facts, Look, Seen, not_older};
use super::outcome::{End, Failure, Leftover, Outcome};
use super::phase::{At, PhaseView};
use super::poll::{Millis, Pace, Poll};
use super::{Context, Next};
use crate::backup::kind::{SnapshotBehind, behind};
use crate::backup::rotation::RotationPlan;
use crate::backup::run::Release;
use crate::model::{ImageId, Message, RequestId, ServerId};
use crate::{json_enum, json_struct};

#[derive(Clone, Debug, PartialEq)]
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
    /// Not asked for yet, as others are under way.
    waiting: bool,
}

json_struct!(Capture {
    server,
    server_name,
    name,
    note,
    volume_backed,
    backup,
    image,
    request_id,
    snapshots,
    warnings,
    poll,
    phase
} skip { waiting });

/// Who makes room for the new backup.
#[derive(Clone, Debug, PartialEq)]
enum Rotation {
    /// Nova, as predicted.
    Nova(RotationPlan),
    /// Carrete, once the new one is proven usable.
    Own(Release),
}

json_enum!(Rotation { Nova(it), Own(it) });

impl Rotation {
    fn backup_type(&self) -> &str {
        match self {
            Self::Nova(plan) => &plan.backup_type,
            Self::Own(release) => &release.backup_type,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
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
    /// What is there now is looked at once more before anything goes.
    Relisting {
        tries: u32,
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

json_enum!(Phase { Asking(it), Working { stage, since, changed, gone, stalled }, Sealing { tries }, Rotating { since, finished }, Relisting { tries }, Releasing(it), Gleaning { failure, tries }, Ended { end, stage } });

/// How far the cloud is. Nova may go back and forth between the later ones (contract C4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Pending,
    Copying,
    PendingUpload,
    Uploading,
    VolumeSnapshots,
    Verifying,
}

json_enum!(Stage { Pending, Copying, PendingUpload, Uploading, VolumeSnapshots, Verifying });

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
            waiting: false,
        }
    }

    /// A backup that Nova rotates. `plan`: from `rotation::plan`, as it was shown.
    pub fn backup(server_name: &str, name: &str, note: &str, plan: RotationPlan) -> Self {
        let server = plan.server.clone();
        Self { backup: Some(Rotation::Nova(plan)), ..Self::snapshot(server, server_name, name, note, false) }
    }

    /// A backup that Carrete rotates: of a volume-backed server, which Nova refuses, or by a policy of several tiers,
    /// which Nova does not know.
    pub fn own_backup(
        server: ServerId,
        server_name: &str,
        name: &str,
        note: &str,
        volume_backed: bool,
        release: Release,
    ) -> Self {
        let backup = Some(Rotation::Own(release));
        Self { backup, ..Self::snapshot(server, server_name, name, note, volume_backed) }
    }

    /// Asked for and not over: the cloud is at work on it, or Carrete is. One that hangs keeps nobody from his turn.
    pub fn is_under_way(&self) -> bool {
        !matches!(self.phase, Phase::Asking(Ask::Ready) | Phase::Working { stalled: true, .. } | Phase::Ended { .. })
    }

    /// Some of its steps are this page's: sealing an image and its volume snapshots, deleting what the new backup releases.
    /// Otherwise the cloud finishes it alone.
    pub fn needs_page(&self) -> bool {
        self.volume_backed || matches!(self.backup, Some(Rotation::Own(_)))
    }

    /// The image, once it is known.
    pub fn image(&self) -> Option<&ImageId> {
        self.image.as_ref()
    }

    pub(crate) fn next(&self, context: Context<'_>, now: Millis) -> Next {
        let (due, effect) = match &self.phase {
            Phase::Asking(ask) => match ask.look_due(now) {
                None => return Next::Do(self.request(context)),
                Some(due) => (due, Effect::FindImagesByNonce { nonce: context.id.0.clone() }),
            },
            Phase::Working { gone, .. } => (self.poll.until(now), Effect::Look(self.look(*gone))),
            Phase::Sealing { .. } => match &self.image {
                Some(image) => (self.poll.until(now), Effect::SealImage { image: image.clone() }),
                None => return Next::Do(Effect::Look(self.look(0))),
            },
            Phase::Rotating { .. } => {
                let action = self.request_id.clone();
                (self.poll.until(now), Effect::ListImages { server: self.server.clone(), action })
            }
            Phase::Relisting { .. } => (self.poll.until(now), self.take_stock()),
            Phase::Releasing(deletion) => {
                return match deletion.next(now) {
                    Next::Done(_) | Next::Failed(_) => Next::Done(self.released(deletion)),
                    next => next,
                };
            }
            Phase::Gleaning { .. } => {
                let name = format!("snapshot for {}", self.name);
                (self.poll.until(now), Effect::FindDebris { server: self.server.clone(), name })
            }
            Phase::Ended { end, .. } => return end.next(),
        };
        if due > now { Next::Wait { until: due, then: effect } } else { Next::Do(effect) }
    }

    pub(crate) fn apply(&mut self, context: Context<'_>, event: Event, now: Millis) {
        match &mut self.phase {
            Phase::Asking(_) => self.asking(context, event, now),
            Phase::Working { .. } => match event {
                Event::Looked(facts) => self.looked(context, facts, now),
                Event::Failed(error) => self.unseen(error, now),
                Event::Resumed => self.poll.due = now,
                _ => {}
            },
            Phase::Sealing { tries } => match event {
                Event::Sealed => self.make_room(now),
                Event::Failed(error) if error.class == ErrorClass::SessionEnded => self.poll.failed(now),
                Event::Failed(error) if error.class == ErrorClass::Unknown && *tries < 3 => {
                    *tries += 1;
                    self.poll.unanswered(error, now);
                }
                Event::Failed(_) => {
                    self.warnings.push(Message::new("operation.capture.unsealed"));
                    self.make_room(now);
                }
                Event::Resumed => self.poll.due = now,
                _ => {}
            },
            Phase::Rotating { .. } => self.rotating(context, event, now),
            Phase::Relisting { .. } => self.relisting(event, now),
            // While nobody was at it, others may have deleted, pinned or broken backups, or changed the policy.
            Phase::Releasing(deletion) if event == Event::Resumed && deletion.has_image_to_do() => {
                self.poll = Poll::at(now);
                self.phase = Phase::Relisting { tries: 0 };
            }
            Phase::Releasing(deletion) => {
                deletion.apply(context, event, now);
                if deletion.end().is_some() {
                    let deletion = deletion.clone();
                    let done = self.released(&deletion);
                    if !deletion.has_image_that_stays() {
                        self.agreed_is_done();
                    }
                    self.end(End::Done(done), usize::MAX);
                }
            }
            Phase::Gleaning { .. } => self.gleaning(context, event, now),
            Phase::Ended { .. } => {
                if event == Event::Again && self.can_release_again() {
                    self.make_room(now);
                }
            }
        }
    }

    fn look(&self, gone: u32) -> Look {
        Look {
            server: Some(self.server.clone()),
            image: self.image.clone(),
            snapshots: self.snapshots.iter().map(|snapshot| snapshot.snapshot_id.clone()).collect(),
            action: self.request_id.clone().filter(|_| gone > 0),
        }
    }

    fn done(&self, key: &str) -> Outcome {
        let message = Message::new(key).text("name", &self.name).text("server", &self.server_name);
        Outcome { image: self.image.clone(), warnings: self.warnings.clone(), ..Outcome::new(message) }
    }

    /// It failed after it was accepted. `image_stays`: the image is still there, and of no use.
    fn lost(&mut self, key: &str, image_stays: bool) {
        let mut failure = Failure::new(self.sentence_of(key));
        failure.request_id.clone_from(&self.request_id);
        if let Some(id) = self.image.clone().filter(|_| image_stays) {
            failure.leftovers.push(Leftover::Image { id, name: self.name.clone() });
        }
        let behind = self.snapshots.iter().filter(|_| key != "volume_snapshot_gone");
        failure.leftovers.extend(behind.map(|snapshot| Leftover::VolumeSnapshot {
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
}
