//! Reels.

use leptos::prelude::*;

use super::section;
use crate::ui::reel::{Frame, FrameState, Reel};

pub fn frame(age: &str, label: &str, detail: &str, state: FrameState) -> Frame {
    let key = format!("{label}{age}");
    Frame { key, label: label.into(), age: age.into(), detail: detail.into(), state, reason: String::new() }
}

/// Five daily backups, of which one leaves for a new one.
pub fn rotating() -> Vec<Frame> {
    use FrameState::{Entering, Kept, Leaving};
    vec![
        frame("now", "23 Nov, 10:00", "about 2.1 GiB", Entering),
        frame("1 d", "22 Nov, 03:00", "2.1 GiB", Kept),
        frame("2 d", "21 Nov, 03:00", "2.1 GiB", Kept),
        frame("3 d", "20 Nov, 03:00", "2.0 GiB", Kept),
        frame("4 d", "19 Nov, 03:00", "2.0 GiB", Kept),
        frame("5 d", "18 Nov, 03:00", "1.9 GiB", Leaving),
    ]
}

pub fn states() -> Vec<Frame> {
    use FrameState::{Apart, Failed, Kept, Leaving, Protected, Unfinished};
    vec![
        frame("2 min", "23 Nov, 10:00", "41 %", Unfinished),
        frame("1 d", "22 Nov, 03:00", "", Failed),
        frame("2 d", "21 Nov, 03:00", "2.1 GiB", Kept),
        frame("9 d", "before-upgrade", "2.0 GiB", Protected),
        frame("2 w", "9 Nov, 11:20", "2.0 GiB", Apart),
        frame("3 w", "2 Nov, 03:00", "1.9 GiB", Leaving),
        frame("4 w", "26 Oct, 03:00", "1.9 GiB", Leaving),
    ]
}

pub fn view() -> AnyView {
    use FrameState::Kept;
    let young = vec![frame("4 h", "23 Nov, 06:00", "18 GiB", Kept), frame("1 d", "22 Nov, 06:00", "18 GiB", Kept)];
    let compact = || {
        view! {
            <div class="flex flex-wrap gap-8">
                <Reel label="Daily backups of web1" frames=rotating() slots=5usize compact=true />
                <Reel label="Daily backups of web2" frames=states() slots=7usize compact=true />
                <Reel label="Daily backups of web3" frames=vec![] slots=5usize compact=true />
            </div>
        }
    };
    section(
        "Reel",
        view! {
            <div class="grid grid-cols-1 gap-6">
                <Reel label="Daily backups of web1" frames=rotating() slots=5usize />
                <Reel label="Weekly backups of web1" frames=states() slots=7usize on_open=|_| () />
                <Reel label="Daily backups of db1" frames=young slots=7usize />
                {compact()}
            </div>
        },
    )
}
