//! After the new backup is usable: what goes in its place, by Nova's rotation or by Carrete's.

use super::*;
use crate::backup::rotation::verify;

impl Capture {
    pub(super) fn sealed(&mut self, now: Millis) {
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
                let (Some(backup), Some(image)) = (&self.backup, &self.image) else {
                    return;
                };
                let differences = verify(&backup.plan, &images, image);
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
