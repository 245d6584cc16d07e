//! Where it stands, for people.

use super::*;

impl Capture {
    pub(super) fn sentence_of(&self, key: &str) -> Message {
        let what = if self.backup.is_some() { "backup" } else { "snapshot" };
        Message::new(format!("operation.{what}.{key}")).text("name", &self.name).text("server", &self.server_name)
    }

    /// The place of the present phase among the steps.
    pub(super) fn at(&self) -> usize {
        match &self.phase {
            Phase::Asking(_) | Phase::Gleaning { .. } => 0,
            Phase::Working { stage: Stage::Pending | Stage::Copying | Stage::VolumeSnapshots, .. } => 1,
            Phase::Working { stage, .. } if self.volume_backed || *stage == Stage::Verifying => self.verifying(),
            Phase::Working { .. } => 2,
            Phase::Sealing { .. } => self.verifying(),
            Phase::Rotating { .. } | Phase::Relisting { .. } | Phase::Releasing(_) => self.verifying() + 1,
            Phase::Ended { stage, .. } => *stage,
        }
    }

    pub(super) fn verifying(&self) -> usize {
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
        view.trouble = match &self.phase {
            Phase::Asking(ask) => ask.error().map(|error| error.message.clone()),
            Phase::Releasing(deletion) => deletion.trouble(),
            Phase::Ended { .. } => None,
            _ => self.poll.trouble().cloned(),
        };
        view
    }

    pub(super) fn sentence(&self) -> Message {
        let say = |key: &str| Message::new(format!("operation.capture.{key}")).text("server", &self.server_name);
        match &self.phase {
            Phase::Asking(Ask::Ready) if self.waiting => say("turn"),
            Phase::Asking(Ask::Ready) => say("ready"),
            Phase::Asking(Ask::Sent(sent)) if sent.error.is_some() => say("answer_lost"),
            Phase::Asking(_) => say("asking"),
            Phase::Working { .. } if self.poll.is_blind() => say("blind"),
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
            Phase::Relisting { .. } => say("relisting"),
            Phase::Releasing(deletion) => deletion.sentence(),
            Phase::Gleaning { .. } => say("gleaning"),
            Phase::Ended { end, .. } => end.message().clone(),
        }
    }
}
