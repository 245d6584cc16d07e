//! Deletes images and the volume snapshots behind them, one after the other, as a plan said.
//!
//! Deleting is safe to repeat: a lost answer is followed by the same request, and 404 means done. A refusal of one item
//! does not stop the others, but a volume snapshot stays when an image that needs it stayed.

use super::effect::{Effect, EffectError, ErrorClass, Event, Seen};
use super::outcome::{End, Failure, Leftover, Outcome};
use super::phase::{At, PhaseView};
use super::poll::{Millis, Pace, Poll};
use super::{Context, Next};
use crate::backup::deletion::DeletionStep;
use crate::model::{Arg, ImageId, Message, RequestId, SnapshotId, VolumeStatus};
use crate::{json_enum, json_struct};

#[derive(Clone, Debug, PartialEq)]
pub struct Deletion {
    items: Vec<Item>,
    poll: Poll,
    end: Option<End>,
}

json_struct!(Deletion { items, poll, end });

#[derive(Clone, Debug, PartialEq)]
struct Item {
    step: DeletionStep,
    state: State,
}

json_struct!(Item { step, state });

#[derive(Clone, Debug, PartialEq)]
enum State {
    Todo {
        tries: u32,
    },
    /// A volume snapshot whose deletion was accepted. `back`: looks that showed it whole again.
    Going {
        since: Millis,
        back: u32,
    },
    Gone,
    Stays {
        reason: Message,
        request_id: Option<RequestId>,
    },
}

json_enum!(State { Todo { tries }, Going { since, back }, Gone, Stays { reason, request_id } });

/// Lost answers in a row before an item is given up.
const TRIES: u32 = 6;
/// How long a volume snapshot may take to go, in milliseconds.
const PATIENCE: u64 = 10 * 60 * 1000;

impl Deletion {
    /// From `DeletionPlan::steps`.
    pub fn new(steps: Vec<DeletionStep>) -> Self {
        let items: Vec<Item> = steps.into_iter().map(|step| Item { step, state: State::Todo { tries: 0 } }).collect();
        let mut this = Self { items, poll: Poll::default(), end: None };
        this.settle();
        this
    }

    /// The same, where the cloud has already begun with these volume snapshots.
    pub(crate) fn going_on(mut self, begun: &[SnapshotId], now: Millis) -> Self {
        for item in &mut self.items {
            if matches!(&item.step, DeletionStep::Snapshot { id, .. } if begun.contains(id)) {
                item.state = State::Going { since: now, back: 0 };
            }
        }
        self
    }

    pub(crate) fn has_image_to_do(&self) -> bool {
        let to_do = |item: &Item| matches!((&item.step, &item.state), (DeletionStep::Image { .. }, State::Todo { .. }));
        self.items.iter().any(to_do)
    }

    pub(crate) fn has_image_that_stays(&self) -> bool {
        let stays =
            |item: &Item| matches!((&item.step, &item.state), (DeletionStep::Image { .. }, State::Stays { .. }));
        self.items.iter().any(stays)
    }

    /// Volume snapshots that stay although no image needs them any more.
    pub(crate) fn debris(&self) -> Vec<Leftover> {
        let left = self.items.iter().filter_map(|item| match (&item.step, &item.state) {
            (DeletionStep::Snapshot { id, name, after }, State::Stays { .. }) if !self.needed(after) => {
                Some(Leftover::VolumeSnapshot { id: id.clone(), name: name.clone() })
            }
            _ => None,
        });
        left.collect()
    }

    /// Whether one of these images is there still.
    fn needed(&self, after: &[ImageId]) -> bool {
        self.items.iter().any(|other| {
            matches!(&other.step, DeletionStep::Image { id, .. } if after.contains(id)) && other.state != State::Gone
        })
    }

    /// The images that are to go and are there still.
    pub fn going(&self) -> impl Iterator<Item = &ImageId> {
        let ended = self.end.is_some();
        self.items.iter().filter_map(move |item| match (&item.step, &item.state) {
            (DeletionStep::Image { id, .. }, State::Todo { .. }) if !ended => Some(id),
            _ => None,
        })
    }

    pub fn images(&self) -> usize {
        self.items.iter().filter(|item| matches!(item.step, DeletionStep::Image { .. })).count()
    }

    pub(crate) fn next(&self, now: Millis) -> Next {
        if let Some(end) = &self.end {
            return end.next();
        }
        let Some(item) = self.current().and_then(|at| self.items.get(at)) else {
            return Next::Done(Outcome::new(Message::new("operation.delete.nothing")));
        };
        let effect = match (&item.step, &item.state) {
            (DeletionStep::Image { id, .. }, _) => Effect::DeleteImage { id: id.clone() },
            (DeletionStep::Snapshot { id, .. }, State::Going { .. }) => Effect::ShowSnapshot { id: id.clone() },
            (DeletionStep::Snapshot { id, .. }, _) => Effect::DeleteSnapshot { id: id.clone() },
        };
        let until = self.poll.until(now);
        if until > now { Next::Wait { until, then: effect } } else { Next::Do(effect) }
    }

    pub(crate) fn apply(&mut self, context: Context<'_>, event: Event, now: Millis) {
        let Some(at) = self.current().filter(|_| self.end.is_none()) else {
            return;
        };
        let Some(item) = self.items.get_mut(at) else { return };
        let poll = &mut self.poll;
        match (event, &mut item.state) {
            (Event::Resumed, _) => poll.due = now,
            (Event::Deleted, State::Todo { .. }) => {
                item.state = match item.step {
                    DeletionStep::Image { .. } => State::Gone,
                    DeletionStep::Snapshot { .. } => State::Going { since: now, back: 0 },
                };
                *poll = Poll::at(now);
            }
            (Event::VolumeSnapshot(Seen::Gone), State::Going { .. }) => {
                item.state = State::Gone;
                *poll = Poll::at(now);
            }
            (Event::VolumeSnapshot(Seen::Here(seen)), State::Going { since, back }) => {
                let since = *since;
                match seen.status {
                    VolumeStatus::Available | VolumeStatus::Error => *back += 1,
                    _ => *back = 0,
                }
                // Cinder puts it back when the storage still needs it (contract F); right after the request it may
                // simply not have begun.
                let refused = seen.status == VolumeStatus::ErrorDeleting || *back >= 5;
                let key = if refused { "operation.delete.snapshot_refused" } else { "operation.delete.snapshot_slow" };
                if refused || now.since(since) > PATIENCE {
                    item.state = State::Stays { reason: Message::new(key), request_id: None };
                    *poll = Poll::at(now);
                } else {
                    poll.again(Pace::Brisk, since, now, context.id);
                }
            }
            (Event::VolumeSnapshot(Seen::Unclear), State::Going { .. }) => poll.failed(now),
            (Event::Failed(error), _) => Self::failed(item, poll, error, now),
            _ => {}
        }
        self.settle();
    }

    fn failed(item: &mut Item, poll: &mut Poll, error: EffectError, now: Millis) {
        let EffectError { class, message, request_id } = error.clone();
        let again = match (&mut item.state, class) {
            (_, ErrorClass::SessionEnded) => true,
            (_, ErrorClass::NotFound) => {
                item.state = State::Gone;
                false
            }
            (State::Todo { tries }, ErrorClass::Unknown) if *tries + 1 < TRIES => {
                *tries += 1;
                true
            }
            // A look that fails says nothing about the snapshot.
            (State::Going { since, .. }, _) if now.since(*since) <= PATIENCE => true,
            _ => {
                item.state = State::Stays { reason: message, request_id };
                false
            }
        };
        if again { poll.unanswered(error, now) } else { *poll = Poll::at(now) }
    }

    /// Gives up what can no longer go, and ends when nothing is left to do.
    fn settle(&mut self) {
        while let Some(at) = self.current() {
            let Some(item) = self.items.get(at) else { return };
            let DeletionStep::Snapshot { after, .. } = &item.step else {
                return;
            };
            if !self.needed(after) {
                return;
            }
            let reason = Message::new("operation.delete.snapshot_needed");
            if let Some(item) = self.items.get_mut(at) {
                item.state = State::Stays { reason, request_id: None };
            }
        }
        if self.end.is_none() {
            self.end = Some(self.finish());
        }
    }

    fn finish(&self) -> End {
        let gone = self.items.iter().filter(|item| item.state == State::Gone).count();
        let mut warnings = Vec::new();
        let mut leftovers = Vec::new();
        let mut first = None;
        for item in &self.items {
            let State::Stays { reason, request_id } = &item.state else {
                continue;
            };
            let (name, leftover) = match &item.step {
                DeletionStep::Image { id, name } => (name, Leftover::Image { id: id.clone(), name: name.clone() }),
                DeletionStep::Snapshot { id, name, .. } => {
                    (name, Leftover::VolumeSnapshot { id: id.clone(), name: name.clone() })
                }
            };
            first = first.or_else(|| request_id.clone());
            warnings.push(
                Message::new("operation.delete.stays")
                    .text("name", name)
                    .with("reason", Arg::Sentence(Box::new(reason.clone()))),
            );
            leftovers.push(leftover);
        }
        if gone == 0 && !warnings.is_empty() {
            let cause = warnings.into_iter().next();
            let message = Message::new("operation.delete.failed");
            return End::Failed(Failure {
                cause,
                request_id: first,
                leftovers,
                nothing_made: true,
                ..Failure::new(message)
            });
        }
        let key = if warnings.is_empty() { "operation.delete.done" } else { "operation.delete.partly" };
        End::Done(Outcome { warnings, leftovers, ..Outcome::new(Message::new(key)) })
    }

    fn current(&self) -> Option<usize> {
        self.items.iter().position(|item| matches!(item.state, State::Todo { .. } | State::Going { .. }))
    }

    /// The end, once there is one.
    pub(crate) fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    pub(crate) fn sentence(&self) -> Message {
        if let Some(end) = &self.end {
            return end.message().clone();
        }
        match self.current().and_then(|at| self.items.get(at)).map(|item| &item.step) {
            Some(DeletionStep::Image { name, .. }) => Message::new("operation.delete.image").text("name", name),
            Some(DeletionStep::Snapshot { name, .. }) => Message::new("operation.delete.snapshot").text("name", name),
            None => Message::new("operation.delete.nothing"),
        }
    }

    /// As [`PhaseView::trouble`].
    pub(crate) fn trouble(&self) -> Option<Message> {
        self.poll.trouble().filter(|_| self.end.is_none()).cloned()
    }

    pub(crate) fn phase(&self) -> PhaseView {
        let labels = ["operation.step.images", "operation.step.volume_snapshots"];
        let has_snapshots = self.items.iter().any(|item| matches!(item.step, DeletionStep::Snapshot { .. }));
        let on_snapshot = self
            .current()
            .and_then(|at| self.items.get(at))
            .is_some_and(|item| matches!(item.step, DeletionStep::Snapshot { .. }));
        let at = match &self.end {
            Some(End::Done(_)) => At::End,
            Some(End::Failed(_)) => At::Failed(0),
            None => At::Step(usize::from(on_snapshot)),
        };
        let labels = if has_snapshots { &labels } else { &labels[..1] };
        PhaseView { trouble: self.trouble(), ..PhaseView::new(labels, at, self.sentence()) }
    }
}
