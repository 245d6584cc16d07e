//! Asking, and finding out what came of it.

use super::*;
use crate::backup::{metadata, policy};
use crate::model::SnapshotId;

impl Capture {
    pub(super) fn request(&self, context: Context<'_>) -> Effect {
        let (server, name, op) = (self.server.clone(), self.name.clone(), context.id.0.as_str());
        match &self.backup {
            None => Effect::CreateImage { metadata: metadata::for_snapshot(op, &server, &self.note), server, name },
            Some(backup) if self.volume_backed => {
                let metadata = metadata::for_volume_backup(op, &server, backup.backup_type(), &self.note);
                Effect::CreateImage { metadata, server, name }
            }
            Some(backup) => Effect::CreateBackup {
                metadata: metadata::for_backup(op, &server, &self.note),
                server,
                name,
                backup_type: backup.backup_type().to_owned(),
                rotation: match backup {
                    Rotation::Nova(plan) => plan.rotation,
                    Rotation::Own(_) => policy::NO_ROTATION,
                },
            },
        }
    }

    pub(super) fn asking(&mut self, context: Context<'_>, event: Event, now: Millis) {
        let grace = if self.volume_backed { GRACE_VOLUMES } else { GRACE };
        let Phase::Asking(ask) = &mut self.phase else { return };
        match event {
            Event::Waiting => self.waiting = *ask == Ask::Ready,
            Event::Asking => {
                self.waiting = false;
                ask.send(now);
            }
            Event::Resumed => ask.resumed(now),
            Event::Accepted { image: Some(image), request_id } => {
                self.request_id = request_id;
                self.work(image, now);
            }
            Event::Accepted { image: None, request_id } => {
                self.request_id.clone_from(&request_id);
                ask.accepted(request_id, now);
            }
            Event::Images { images, .. } if *ask != Ask::Ready => {
                // The nonce alone decides: the cloud's clock and the browser's may be far apart.
                match metadata::made_by(&context.id.0, &images) {
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
                let failure = Failure { nothing_made: true, ..Failure::new(Message::new("operation.cancelled")) };
                self.end(End::Failed(failure), 0);
            }
            _ => {}
        }
    }

    /// Looked for in vain: never accepted, or accepted and gone again.
    pub(super) fn absent(&self) -> Failure {
        let (accepted, error) = match &self.phase {
            Phase::Asking(Ask::Sent(sent)) => (sent.accepted, sent.error.clone()),
            _ => (false, None),
        };
        let message = if accepted { self.sentence_of("removed") } else { self.sentence_of("not_started") };
        Failure {
            cause: error.as_ref().map(|error| error.message.clone()),
            request_id: self.request_id.clone().or(error.and_then(|error| error.request_id)),
            nothing_made: true,
            ..Failure::new(message)
        }
    }

    /// Nova makes the volume snapshots one by one, and leaves them behind when a later one fails (contract C4).
    pub(super) fn nothing_made(&mut self, failure: Failure, now: Millis) {
        if self.volume_backed {
            self.poll = Poll::at(now);
            self.phase = Phase::Gleaning { failure, tries: 0 };
        } else {
            self.end(End::Failed(failure), 0);
        }
    }

    pub(super) fn gleaning(&mut self, context: Context<'_>, event: Event, now: Millis) {
        let Phase::Gleaning { failure, tries } = &mut self.phase else {
            return;
        };
        match event {
            Event::Resumed => self.poll.due = now,
            Event::Failed(error) if error.class == ErrorClass::SessionEnded => self.poll.failed(now),
            Event::Failed(error) if error.class == ErrorClass::Unknown && *tries < 3 => {
                *tries += 1;
                self.poll.unanswered(error, now);
            }
            Event::Failed(_) => {
                let failure = failure.clone();
                self.end(End::Failed(failure), 0);
            }
            Event::Debris { snapshots, images, volumes } => {
                let mut failure = failure.clone();
                // Names are not unique: a snapshot of this name may be the disk of another backup, and a good one.
                let needed = |id: &SnapshotId| {
                    images
                        .iter()
                        .filter_map(|image| image.properties.behind())
                        .flatten()
                        .any(|it| it.snapshot_id == *id)
                };
                let mine = snapshots.into_iter().filter(|snapshot| {
                    snapshot.name == format!("snapshot for {}", self.name)
                        && not_older(snapshot.created_at, context.started)
                        && volumes.contains(&snapshot.volume_id)
                        && !needed(&snapshot.id)
                });
                // Nova gives all of them the same name.
                let name = self.name.clone();
                failure.leftovers = mine.map(|s| Leftover::VolumeSnapshot { id: s.id, name: name.clone() }).collect();
                if !failure.leftovers.is_empty() {
                    failure.nothing_made = false;
                    failure.message = self.sentence_of("halfway");
                }
                self.end(End::Failed(failure), 0);
            }
            _ => {}
        }
    }
}
