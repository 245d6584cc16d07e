//! Watching the cloud until the image is usable.

use super::*;
use crate::model::{Image, ImageStatus, Server, VolumeStatus};

impl Capture {
    pub(super) fn work(&mut self, image: ImageId, now: Millis) {
        self.image = Some(image);
        self.poll = Poll::at(now);
        let stage = if self.volume_backed { Stage::VolumeSnapshots } else { Stage::Pending };
        self.phase = Phase::Working { stage, since: now, changed: now, gone: 0, stalled: false };
    }

    pub(super) fn looked(&mut self, context: Context<'_>, facts: Facts, now: Millis) {
        let Phase::Working { stage, since, changed, gone, .. } = &self.phase else {
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
                    self.snapshots = behind(image).to_vec();
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
        self.phase = Phase::Working { stage, since, changed, gone, stalled };
        match facts.error {
            // What was seen counts, but without the rest it does not go on.
            Some(error) => self.poll.unanswered(error, now),
            None => {
                let (pace, from) = pace(stage, gone, since, changed, now);
                self.poll.again(pace, from, now, context.id);
            }
        }
    }

    /// A look that showed nothing: it may hang all the same.
    pub(super) fn unseen(&mut self, error: EffectError, now: Millis) {
        if let Phase::Working { changed, stalled, .. } = &mut self.phase {
            *stalled |= now.since(*changed) >= STALLED;
        }
        self.poll.unanswered(error, now);
    }

    /// Whether all volume snapshots are available; `Err` names what went wrong with one.
    pub(super) fn volume_verdict(&self, facts: &Facts) -> Result<bool, &'static str> {
        let mut all = true;
        for snapshot in &self.snapshots {
            match facts.snapshots.iter().find(|(id, _)| *id == snapshot.snapshot_id).map(|(_, seen)| seen) {
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

    pub(super) fn usable(&mut self, now: Millis) {
        self.poll = Poll::at(now);
        if self.volume_backed {
            if self.snapshots.is_empty() {
                self.warnings.push(Message::new("operation.capture.no_volume_snapshots"));
            }
            self.phase = Phase::Sealing { tries: 0 };
        } else {
            self.make_room(now);
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
