//! The machines against a small pretended cloud, with answers lost, sessions ended and pages reloaded at any point.

mod backups;
mod cloud;
mod deletions;
mod launches;
mod releases;
mod snapshots;

use crate::model::json;
use cloud::{Cloud, Fault};

use super::*;
use crate::backup::samples::PROJECT;

pub const START: i64 = 1_795_428_000;

pub fn operation(kind: Kind) -> Operation {
    let place = Place {
        project: PROJECT.into(),
        project_name: "demo".into(),
        cloud: "https://cloud.example/v3".into(),
        region: "RegionOne".into(),
    };
    Operation::new(OperationId("k3f9a1b2c4d5e6f7".into()), Moment(START), place, kind)
}

/// How a run ended.
pub struct Run {
    pub end: Next,
    /// As it stands then.
    pub operation: Operation,
    /// Effects sent, in order.
    pub sent: Vec<Effect>,
    /// Milliseconds on the browser's clock.
    pub took: i64,
    /// The keys of all sentences that were shown.
    pub said: Vec<String>,
}

impl Run {
    pub fn creations(&self) -> usize {
        self.sent.iter().filter(|effect| effect.creates()).count()
    }
    pub fn outcome(&self) -> &Outcome {
        match &self.end {
            Next::Done(outcome) => outcome,
            other => panic!("not done: {other:?}"),
        }
    }
    pub fn failure(&self) -> &Failure {
        match &self.end {
            Next::Failed(failure) => failure,
            other => panic!("not failed: {other:?}"),
        }
    }
}

fn reload(operation: &Operation) -> Operation {
    json::read(&json::write(operation)).unwrap()
}

/// The driver: does what the machine says, through the faults given, one per effect; afterwards all goes well.
pub fn run(mut operation: Operation, cloud: &mut Cloud, faults: &[Fault]) -> Run {
    let mut faults = faults.iter().copied();
    let begun = START * 1000;
    let mut now = Millis(begun);
    let end = Next::Paused { reason: Message::new("") };
    let mut run = Run { end, operation: operation.clone(), sent: Vec::new(), took: 0, said: Vec::new() };
    for _ in 0..200_000 {
        let phase = operation.phase();
        if run.said.last() != Some(&phase.sentence.key) {
            run.said.push(phase.sentence.key.clone());
        }
        assert_eq!(operation.next(now), operation.next(now));
        let effect = match operation.next(now) {
            Next::Do(effect) => effect,
            Next::Wait { until, .. } => {
                assert!(until > now, "waits for the past");
                now = until;
                continue;
            }
            Next::Paused { .. } => {
                now = now.plus(5_000);
                operation.apply(Event::Resumed, now);
                continue;
            }
            end => {
                run.end = end;
                run.took = now.0 - begun;
                assert_eq!(reload(&operation), operation);
                run.operation = operation;
                return run;
            }
        };
        let fault = faults.next().unwrap_or(Fault::None);
        if effect.creates() {
            operation.apply(Event::Asking, now);
        }
        if fault == Fault::ReloadBefore {
            operation = reload(&operation);
            now = now.plus(3_000);
            operation.apply(Event::Resumed, now);
            if effect.creates() {
                // The page died between the journal and the request.
                run.sent.push(effect);
            }
            continue;
        }
        run.sent.push(effect.clone());
        now = now.plus(50);
        let event = cloud.answer(&effect, fault, now);
        now = now.plus(50);
        if fault == Fault::ReloadAfter {
            operation = reload(&operation);
            now = now.plus(3_000);
            operation.apply(Event::Resumed, now);
            continue;
        }
        operation.apply(event, now);
        if fault == Fault::ReloadThen {
            operation = reload(&operation);
            operation.apply(Event::Resumed, now);
        }
    }
    panic!("no end after {:?}: {:?}", run.said, operation.phase());
}

#[test]
fn a_journal_entry_holds_no_secret_and_reads_back() {
    let spec = LaunchSpec {
        name: "web2".into(),
        has_user_data: true,
        key_name: Some("laptop".into()),
        ..LaunchSpec::default()
    };
    let operation = operation(Kind::Launch(Box::new(Launch::new(spec))));
    let json = json::write(&operation);
    for word in ["password", "token", "private", "secret", "user_data\":\""] {
        assert!(!json.contains(word), "{word}");
    }
    assert_eq!(json::read::<Operation>(&json).unwrap(), operation);
}

#[test]
fn a_broken_journal_entry_is_an_error_not_a_panic() {
    for json in ["", "{}", "null", r#"{"id":"x"}"#] {
        assert!(json::read::<Operation>(json).is_none());
    }
}
