//! Where an operation stands, for people: its steps, and one true sentence. No percentages: nobody knows them.

use crate::model::Message;

#[derive(Clone, Debug, PartialEq)]
pub struct PhaseView {
    pub steps: Vec<Step>,
    pub sentence: Message,
    /// Nothing has moved for a long time; it is still watched.
    pub stalled: bool,
    /// Why the cloud cannot be seen at the moment, in its own words or those of the connection.
    pub trouble: Option<Message>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub label: Message,
    pub state: StepState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    Done,
    Now,
    Next,
    Failed,
}

/// How far along the steps it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Step(usize),
    Failed(usize),
    End,
}

impl PhaseView {
    pub(crate) fn new(labels: &[&str], at: At, sentence: Message) -> Self {
        let state = |place: usize| match at {
            At::End => StepState::Done,
            At::Step(now) | At::Failed(now) if place < now => StepState::Done,
            At::Step(now) if place == now => StepState::Now,
            At::Failed(now) if place == now => StepState::Failed,
            _ => StepState::Next,
        };
        let steps =
            labels.iter().enumerate().map(|(place, label)| Step { label: Message::new(*label), state: state(place) });
        Self { steps: steps.collect(), sentence, stalled: false, trouble: None }
    }
}
