//! The reel: a strip of frames, one per backup of a server and backup type, oldest to newest. A view model, no markup.

use super::kind::{ImageKind, Source, Trust};
use super::retention::{Decision, Hold, Standing};
use super::rotation::{Fate, Frame, NewSlot, RotationPlan};
use crate::model::order;
use crate::model::{Image, ImageId, ImageStatus, Message, Moment, ServerId};

/// What the widget draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Reel {
    /// Oldest first.
    pub frames: Vec<ReelFrame>,
    /// Places of the rotation that are still empty, drawn after the newest; 0 when no rotation is known.
    pub empty: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ReelFrame {
    /// `None`: the backup that is about to be made.
    pub image: Option<ImageId>,
    pub label: String,
    pub created: Option<Moment>,
    /// Seconds.
    pub age: Option<u64>,
    /// Bytes.
    pub size: Option<u64>,
    pub state: FrameState,
    /// Why it is in this state.
    pub reason: Option<Message>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameState {
    Kept,
    /// Goes with the next backup.
    Leaving,
    /// Comes with the next backup.
    Entering,
    /// Nothing can delete it until somebody removes the protection.
    Protected,
    /// Of no concern to the policy: made by hand, or in another rotation.
    Apart,
    /// Still being made.
    Unfinished,
    /// There, but of no use.
    Failed,
}

impl FrameState {
    /// The word for it: `reel.state.*`.
    pub fn message(self) -> Message {
        Message::new(match self {
            Self::Kept => "reel.state.kept",
            Self::Leaving => "reel.state.leaving",
            Self::Entering => "reel.state.entering",
            Self::Protected => "reel.state.protected",
            Self::Apart => "reel.state.apart",
            Self::Unfinished => "reel.state.unfinished",
            Self::Failed => "reel.state.failed",
        })
    }
}

/// The reel as it is. `rotation`: the most that are kept, where a policy says so.
pub fn of_images(images: &[Image], server: &ServerId, backup_type: &str, rotation: Option<u32>, now: Moment) -> Reel {
    let mut mine: Vec<&Image> = images
        .iter()
        .filter(|image| ImageKind::of(image).backup_type() == Some(backup_type))
        .filter(|image| {
            Source::of(image).is_some_and(|source| source.server == *server && source.trust != Trust::Inherited)
        })
        .collect();
    order::sort(&mut mine, |a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    let frames: Vec<ReelFrame> = mine
        .into_iter()
        .map(|image| ReelFrame {
            image: Some(image.id.clone()),
            label: image.name.clone(),
            created: image.created_at,
            age: image.created_at.map(|at| at.age(now)),
            size: image.size,
            state: state_of(image),
            reason: Source::of(image).and_then(|source| source.trust.message()),
        })
        .collect();
    let empty = rotation.map_or(0, |most| (most as usize).saturating_sub(frames.len()));
    Reel { frames, empty }
}

/// The reel as it will be: what a plan says of each frame, and the new one at its end.
pub fn of_plan(plan: &RotationPlan, new_name: &str, now: Moment) -> Reel {
    let mut frames: Vec<ReelFrame> = plan.frames.iter().rev().map(|frame| planned(frame, now)).collect();
    let state = if plan.new_slot == NewSlot::Kept { FrameState::Entering } else { FrameState::Leaving };
    frames.push(ReelFrame {
        image: None,
        label: new_name.to_owned(),
        created: None,
        age: None,
        size: None,
        state,
        reason: (plan.new_slot == NewSlot::DeletedAtOnce).then(|| Message::new("rotation.plan.zero")),
    });
    let staying = frames.iter().filter(|frame| frame.state != FrameState::Leaving).count();
    Reel { frames, empty: (plan.rotation as usize).saturating_sub(staying) }
}

/// The reel as it will be when Carrete rotates: the new backup, and what retention says of each old one. `apart`: whether
/// those outside of the set are drawn too.
pub fn of_decisions(decisions: &[Decision], apart: bool, now: Moment) -> Reel {
    let shown = decisions.iter().rev().filter(|decision| apart || !is_apart(decision));
    Reel { frames: shown.map(|decision| decided(decision, now)).collect(), empty: 0 }
}

fn is_apart(decision: &Decision) -> bool {
    matches!(decision.item.standing, Standing::Held(Hold::Manual))
}

fn decided(decision: &Decision, now: Moment) -> ReelFrame {
    let item = &decision.item;
    let state = match &item.standing {
        _ if item.image.is_none() => FrameState::Entering,
        _ if decision.is_removed() => FrameState::Leaving,
        Standing::Unfinished => FrameState::Unfinished,
        Standing::Broken { .. } => FrameState::Failed,
        Standing::Held(Hold::Manual) => FrameState::Apart,
        Standing::Held(_) => FrameState::Protected,
        Standing::Usable => FrameState::Kept,
    };
    ReelFrame {
        image: item.image.clone(),
        label: item.name.clone(),
        created: item.created.filter(|_| item.image.is_some()),
        age: item.created.filter(|_| item.image.is_some()).map(|at| at.age(now)),
        size: item.size,
        state,
        reason: Some(decision.message()),
    }
}

fn planned(frame: &Frame, now: Moment) -> ReelFrame {
    let state = match &frame.fate {
        Fate::Deleted { .. } => FrameState::Leaving,
        _ if frame.protected => FrameState::Protected,
        _ if frame.unfinished => FrameState::Unfinished,
        _ => FrameState::Kept,
    };
    ReelFrame {
        image: Some(frame.image.clone()),
        label: frame.name.clone(),
        created: frame.created,
        age: frame.created.map(|at| at.age(now)),
        size: frame.size,
        state,
        reason: Some(frame.fate.reason().clone()),
    }
}

fn state_of(image: &Image) -> FrameState {
    match image.status {
        _ if image.is_changing() => FrameState::Unfinished,
        ImageStatus::Active if image.protected => FrameState::Protected,
        ImageStatus::Active => FrameState::Kept,
        _ => FrameState::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::policy::Keep;
    use crate::backup::rotation::{Question, plan};
    use crate::backup::samples::{PROJECT, backup, image};
    use crate::backup::{retention, run};
    use crate::model::ImageStatus;

    #[test]
    fn draws_what_there_is() {
        let mut images = vec![
            backup("b", 200, "s", "daily"),
            backup("a", 100, "s", "daily"),
            backup("w", 1, "s", "weekly"),
            image("x", 1),
        ];
        images[0].status = ImageStatus::Saving;
        images.push(backup("d", 50, "s", "daily"));
        images[4].status = ImageStatus::Deactivated;
        images[1].protected = true;
        let reel = of_images(&images, &"s".into(), "daily", Some(5), Moment(260));
        let seen: Vec<_> = reel.frames.iter().map(|f| (f.image.as_ref().unwrap().as_str(), f.state, f.age)).collect();
        assert_eq!(
            seen,
            [
                ("d", FrameState::Failed, Some(210)),
                ("a", FrameState::Protected, Some(160)),
                ("b", FrameState::Unfinished, Some(60))
            ]
        );
        assert_eq!(reel.empty, 2);
    }

    #[test]
    fn draws_what_a_policy_leaves_alone() {
        let mut images = vec![backup("old", 1, "s", "carrete"), backup("kept", 3, "s", "carrete")];
        images.push(image("by-hand", 2).with("image_type", "snapshot").with("instance_uuid", "s"));
        images.push(backup("pinned", 0, "s", "carrete"));
        images[3].protected = true;
        let keep = Keep { last: 2, ..Keep::default() };
        let items = retention::items(&images, &[], &[], &"s".into(), &PROJECT.into(), "carrete");
        let decisions = run::with_one_more(items, &keep, "next", Moment(10));
        let drawn = |apart| {
            let reel = of_decisions(&decisions, apart, Moment(10));
            reel.frames.iter().map(|frame| (frame.label.clone(), frame.state)).collect::<Vec<_>>()
        };
        let by_hand = ("image by-hand".to_owned(), FrameState::Apart);
        let rest = [
            ("image pinned".to_owned(), FrameState::Protected),
            ("image old".to_owned(), FrameState::Leaving),
            ("image kept".to_owned(), FrameState::Kept),
            ("next".to_owned(), FrameState::Entering),
        ];
        assert_eq!(drawn(false), rest);
        let mut all = rest.to_vec();
        all.insert(2, by_hand);
        assert_eq!(drawn(true), all);
        let reasons = of_decisions(&decisions, true, Moment(10)).frames;
        assert!(reasons.iter().all(|frame| frame.reason.is_some()), "each says why");
    }

    #[test]
    fn draws_what_will_be() {
        let images: Vec<Image> = (1..=3).map(|n| backup(&format!("b{n}"), n, "s", "daily")).collect();
        let question = Question {
            images: &images,
            servers: &[],
            server: &"s".into(),
            backup_type: "daily",
            rotation: 3,
            project: &PROJECT.into(),
        };
        let reel = of_plan(&plan(question), "next", Moment(10));
        let states: Vec<_> = reel.frames.iter().map(|f| f.state).collect();
        assert_eq!(states, [FrameState::Leaving, FrameState::Kept, FrameState::Kept, FrameState::Entering]);
        assert_eq!((reel.empty, reel.frames[3].label.as_str()), (0, "next"));
        assert!(reel.frames[0].reason.is_some());
    }
}
