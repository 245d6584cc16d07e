//! Where it stands, for people.

use super::*;

impl Launch {
    pub(crate) fn phase(&self) -> PhaseView {
        let mut labels = vec!["operation.step.ask", "operation.step.build", "operation.step.network"];
        if self.spec.floating_ip != FloatingIpChoice::None {
            labels.push("operation.step.floating_ip");
        }
        let at = match &self.phase {
            Phase::Asking(_) => At::Step(0),
            Phase::Building { .. } => At::Step(1),
            Phase::Port { .. } => At::Step(2),
            Phase::Checking { .. } | Phase::Allocating(_) | Phase::Associating { .. } => At::Step(3),
            Phase::Ended { end: End::Done(done), .. } if done.retry_floating_ip => At::Failed(3),
            Phase::Ended { end: End::Done(_), .. } => At::End,
            Phase::Ended { step, .. } => At::Failed(*step),
        };
        let mut view = PhaseView::new(&labels, at, self.sentence());
        view.stalled = matches!(self.phase, Phase::Building { stalled: true, .. });
        view.trouble = match &self.phase {
            Phase::Asking(ask) | Phase::Allocating(ask) => ask.error().map(|error| error.message.clone()),
            Phase::Ended { .. } => None,
            _ => self.poll.trouble().cloned(),
        };
        view
    }

    pub(super) fn sentence(&self) -> Message {
        let say = |key: &str| Message::new(format!("operation.launch.{key}")).text("name", &self.spec.name);
        match &self.phase {
            Phase::Asking(Ask::Ready) => say("ready"),
            Phase::Asking(Ask::Sent(sent)) if sent.error.is_some() => say("answer_lost"),
            Phase::Asking(_) => say("asking"),
            Phase::Building { .. } if self.poll.is_blind() => say("blind"),
            Phase::Building { stalled: true, .. } => say("stalled"),
            Phase::Building { stage, .. } => say(match stage {
                Stage::Scheduling => "scheduling",
                Stage::Networking => "networking",
                Stage::Disks => "disks",
                Stage::Starting => "starting",
            }),
            Phase::Port { .. } => say("port"),
            Phase::Checking { .. } | Phase::Associating { .. } => say("associating"),
            Phase::Allocating(_) => say("allocating"),
            Phase::Ended { end, .. } => end.message().clone(),
        }
    }
}
