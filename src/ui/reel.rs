//! The reel: a strip of film with one frame per backup, the newest first.
//!
//! It shows at a glance what a rotation does: which frame enters, which leave, and how many there is room for. Each
//! state has its own drawing and its own word; colour only repeats them.

use icondata_lu as lu;
use leptos::prelude::*;

use super::icon::{Glyph, icon};
use super::live::{live, part};
use super::spinner::Spinner;
use crate::i18n::{t, tr};
use crate::model::Message;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameState {
    Kept,
    /// Does not exist yet: the one that is about to be made.
    Entering,
    /// Will be deleted.
    Leaving,
    /// Stays whatever the rotation says.
    Protected,
    /// No part of the rotation: it takes no place.
    Apart,
    /// Being written.
    Unfinished,
    Failed,
}

impl FrameState {
    fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Entering => "entering",
            Self::Leaving => "leaving",
            Self::Protected => "protected",
            Self::Apart => "apart",
            Self::Unfinished => "unfinished",
            Self::Failed => "failed",
        }
    }
    /// The word on the frame; a kept frame needs none to be seen, but is called so for screen readers.
    fn word(self) -> String {
        t(match self {
            Self::Kept => "ui.frame_kept",
            Self::Entering => "ui.frame_entering",
            Self::Leaving => "ui.frame_leaving",
            Self::Protected => "ui.frame_protected",
            Self::Apart => "ui.frame_apart",
            Self::Unfinished => "ui.frame_unfinished",
            Self::Failed => "ui.frame_failed",
        })
    }
    /// Whether it takes one of the rotation's places.
    fn takes_a_place(self) -> bool {
        !matches!(self, Self::Leaving | Self::Apart)
    }
    fn glyph(self) -> Option<Glyph> {
        match self {
            Self::Kept | Self::Unfinished => None,
            Self::Entering => Some(lu::LuPlus),
            Self::Leaving => Some(lu::LuScissors),
            Self::Protected => Some(lu::LuLock),
            Self::Apart => Some(lu::LuHand),
            Self::Failed => Some(lu::LuX),
        }
    }
}

/// One frame of the strip.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Says which one it is, across refreshes.
    pub key: String,
    /// When it was made, or its name: «20 Nov, 03:00».
    pub label: String,
    /// How old it is, short: «3 d».
    pub age: String,
    /// Its size, or whatever else is worth a line.
    pub detail: String,
    pub state: FrameState,
    /// Why it is in that state; empty where the state says it all.
    pub reason: String,
}

/// The strip. `frames` come newest first; `slots` is how many the rotation keeps.
#[component]
pub fn Reel(
    /// Whose backups they are, for screen readers: «Daily backups of web1».
    #[prop(into)]
    label: String,
    #[prop(into)] frames: Signal<Vec<Frame>>,
    #[prop(optional, into)] slots: Signal<usize>,
    /// Tiny frames without text, for the rows of a table.
    #[prop(optional)]
    compact: bool,
    /// Makes the frames buttons (large strips only).
    #[prop(optional, into)]
    on_open: Option<Callback<String>>,
) -> impl IntoView {
    // Frames stay the same elements while they live, so that they can change state and move without a jump.
    let list = Memo::new(move |_| frames.get());
    let keys = move || list.with(|all| all.iter().map(|frame| frame.key.clone()).collect::<Vec<_>>());
    let one = move |key: String| {
        let place = Memo::new(move |old: Option<&Place>| {
            list.with(|all| Place::of(all, &key)).or_else(|| old.cloned()).unwrap_or_default()
        });
        segment(place, compact, on_open)
    };
    let empty = Memo::new(move |_| {
        let staying = list.with(|all| all.iter().filter(|frame| frame.state.takes_a_place()).count());
        slots.get().saturating_sub(staying)
    });
    let first_empty =
        Memo::new(move |_| list.with(|all| all.iter().filter(|frame| frame.state.takes_a_place()).count()));
    let blanks = move || {
        let word = tr(&Message::new("ui.frames_empty").count("n", empty.get() as u64));
        (empty.get() > 0).then(|| {
            view! {
                <li class="sr-only">{word}</li>
                {(0..empty.get())
                    .map(|i| {
                        let number = (first_empty.get() + i + 1).to_string();
                        view! {
                            <li class="c-segment" data-state="empty" aria-hidden="true">
                                <span class="c-shot"></span>
                                <span class="c-edge">{number}</span>
                            </li>
                        }
                    })
                    .collect_view()}
            }
        })
    };
    view! {
        <div class="c-reel" data-compact=compact.then_some("true") role="group" aria-label=label tabindex=(!compact).then_some("0")>
            <ol class="c-film">
                <For each=keys key=|key| key.clone() children=one />
                {blanks}
            </ol>
        </div>
    }
    .into_any()
}

/// A frame and where it is on the strip.
#[derive(Clone, Debug, Default, PartialEq)]
struct Place {
    frame: Option<Frame>,
    /// Counted from 1, the newest, among those that stay.
    number: usize,
    /// In percent, 100 for the newest, then ever less: how warm it is drawn.
    warmth: u32,
    /// The film is cut before it.
    cut: bool,
    /// It and all that follow leave: the free places are drawn before them.
    tail: bool,
}

impl Place {
    fn of(all: &[Frame], key: &str) -> Option<Self> {
        let index = all.iter().position(|frame| frame.key == key)?;
        let leaving = |frame: &Frame| frame.state == FrameState::Leaving;
        let number = all[..=index].iter().filter(|frame| frame.state.takes_a_place()).count();
        let cut = leaving(&all[index]) && index > 0 && !leaving(&all[index - 1]);
        let warmth = (0..index).fold(100, |warmth, _| warmth * 4 / 5);
        let tail = all[index..].iter().all(leaving);
        Some(Self { frame: Some(all[index].clone()), number, warmth, cut, tail })
    }
    fn state(&self) -> FrameState {
        self.frame.as_ref().map_or(FrameState::Kept, |frame| frame.state)
    }
    /// «20 Nov, 03:00, 3 d, 2.1 GiB, leaves, all places are taken by newer ones».
    fn sentence(&self) -> String {
        let Some(frame) = &self.frame else { return String::new() };
        let word = frame.state.word();
        let parts = [&frame.label, &frame.age, &frame.detail, &word, &frame.reason];
        parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ")
    }
}

fn segment(place: Memo<Place>, compact: bool, on_open: Option<Callback<String>>) -> AnyView {
    let state = Memo::new(move |_| place.with(Place::state));
    let mark = move || match state.get() {
        FrameState::Unfinished => Some(view! { <Spinner /> }.into_any()),
        other => other.glyph().map(icon),
    };
    let said = move || place.with(Place::sentence);
    let text = move |part: fn(&Frame) -> &String| {
        move || place.with(|place| place.frame.as_ref().map(|frame| part(frame).clone()))
    };
    let tip = move || match place.with(|place| place.frame.as_ref().map(|frame| frame.reason.clone())) {
        _ if compact => Some(said()),
        reason => reason.filter(|reason| !reason.is_empty()),
    };
    let open = move |_| {
        if let (Some(open), Some(frame)) = (on_open, place.get_untracked().frame) {
            open.run(frame.key);
        }
    };
    let picture = if compact {
        view! { <span class="c-shot" aria-hidden="true">{mark}</span> }.into_any()
    } else {
        let content = view! {
            <span class="c-shot-state">
                {mark}
                <span>{part(move || (state.get() != FrameState::Kept).then(|| state.get().word()))}</span>
            </span>
            <span class="c-shot-age">{text(|frame| &frame.age)}</span>
            <span class="c-shot-line">{text(|frame| &frame.label)}</span>
            <span class="c-shot-line">{text(|frame| &frame.detail)}</span>
        };
        let content = view! { <span class="contents" aria-hidden="true">{content}</span> };
        match on_open {
            Some(_) => view! { <button type="button" class="c-shot" on:click=open><span class="sr-only">{said}</span>{content}</button> }.into_any(),
            None => view! { <span class="c-shot">{content}</span> }.into_any(),
        }
    };
    view! {
        <li
            class="c-segment"
            data-state=live(move || state.get().name())
            data-cut=live(move || place.with(|place| place.cut).then_some("true"))
            data-tail=live(move || place.with(|place| place.tail).then_some("true"))
            data-tip=live(tip)
            style:--warmth=live(move || place.with(|place| format!("{}%", place.warmth)))
        >
            {on_open.is_none().then(|| view! { <span class="sr-only">{said}</span> })}
            {picture}
            {(!compact)
                .then(|| {
                    let number = move || {
                        state.get().takes_a_place().then(|| place.with(|place| place.number.to_string()))
                    };
                    view! { <span class="c-edge" aria-hidden="true">{number}</span> }
                })}
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(key: &str, state: FrameState) -> Frame {
        let (detail, reason) = (String::new(), String::new());
        Frame { key: key.into(), label: key.into(), age: "3 d".into(), detail, state, reason }
    }

    #[test]
    fn frames_that_leave_have_no_number_and_are_cut_off_once() {
        let all = [
            frame("new", FrameState::Entering),
            frame("b", FrameState::Kept),
            frame("c", FrameState::Leaving),
            frame("d", FrameState::Leaving),
        ];
        let place = |key| Place::of(&all, key).unwrap_or_default();
        assert_eq!((place("b").number, place("b").cut), (2, false));
        assert!(place("c").cut && !place("d").cut);
        assert!(place("c").tail && !place("b").tail);
        assert!(place("new").warmth > place("b").warmth);
        assert_eq!(Place::of(&all, "gone"), None);
    }

    #[test]
    fn what_stands_apart_takes_no_place() {
        let all = [frame("a", FrameState::Kept), frame("by hand", FrameState::Apart), frame("b", FrameState::Kept)];
        let number = |key| Place::of(&all, key).unwrap_or_default().number;
        assert_eq!((number("a"), number("b")), (1, 2));
    }

    #[test]
    fn a_frame_is_read_as_one_sentence() {
        let place = Place { frame: Some(frame("20 Nov", FrameState::Kept)), ..Place::default() };
        assert!(place.sentence().starts_with("20 Nov, 3 d, "), "{}", place.sentence());
        let why = Frame { reason: "newest of its day".into(), ..frame("20 Nov", FrameState::Kept) };
        let place = Place { frame: Some(why), ..Place::default() };
        assert!(place.sentence().ends_with(", newest of its day"), "{}", place.sentence());
    }
}
