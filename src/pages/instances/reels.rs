//! A server's backups as strips of film: from the pure reel to the widget's frames.

use leptos::prelude::*;

use super::Inventory;
use crate::backup::kind::ImageKind;
use crate::backup::{lineage, reel};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::{Image, ImageId, ImageStatus, Message, Moment, ServerId};
use crate::route::Route;
use crate::state::navigation::use_navigation;
use crate::state::polling::use_now;
use crate::ui::reel::{Frame, FrameState, Reel};

/// A pure reel as the widget takes it: newest first.
pub fn frames(reel: &reel::Reel) -> Vec<Frame> {
    reel.frames.iter().rev().map(frame).collect()
}

fn frame(frame: &reel::ReelFrame) -> Frame {
    let state = match frame.state {
        reel::FrameState::Kept => FrameState::Kept,
        reel::FrameState::Leaving => FrameState::Leaving,
        reel::FrameState::Entering => FrameState::Entering,
        reel::FrameState::Protected => FrameState::Protected,
        reel::FrameState::Apart => FrameState::Apart,
        reel::FrameState::Unfinished => FrameState::Unfinished,
        reel::FrameState::Failed => FrameState::Failed,
    };
    Frame {
        key: frame.image.as_ref().map(ImageId::to_string).unwrap_or_else(|| "new".to_owned()),
        label: frame.created.map_or_else(|| frame.label.clone(), |at| intl::day(at.0)),
        age: match frame.age {
            Some(age) => short_age(age),
            None => t("backup_dialog.new_frame"),
        },
        detail: frame.size.filter(|size| *size > 0).map(intl::bytes).unwrap_or_default(),
        state,
        reason: frame.reason.as_ref().map(tr).unwrap_or_default(),
    }
}

/// `3 d`, `5 h`: as short as a frame is small.
fn short_age(seconds: u64) -> String {
    let (n, unit) = match seconds {
        0..3600 => (seconds / 60, "min"),
        3600..86_400 => (seconds / 3600, "h"),
        _ => (seconds / 86_400, "d"),
    };
    format!("{n} {unit}")
}

fn of_image(image: &Image, now: Moment) -> Frame {
    let state = match image.status {
        ImageStatus::Active if image.protected => FrameState::Protected,
        ImageStatus::Active => FrameState::Kept,
        _ if image.is_changing() => FrameState::Unfinished,
        _ => FrameState::Failed,
    };
    Frame {
        key: image.id.to_string(),
        label: image.created_at.map(|at| intl::day(at.0)).unwrap_or_else(|| image.name.clone()),
        age: image.created_at.map(|at| short_age(at.age(now))).unwrap_or_default(),
        detail: image.size.filter(|size| *size > 0).map(intl::bytes).unwrap_or_default(),
        state,
        reason: String::new(),
    }
}

/// The newest of one server, at most `most`, in a row of a table: a row is no place for a hundred.
pub fn compact(inventory: Inventory, server: ServerId, most: usize) -> AnyView {
    let list = Memo::new(move |_| {
        inventory.lineage.with(|lineage| {
            let mine = lineage.of_server(&server);
            // Only their states are drawn: the age need not move.
            mine.into_iter().take(most).map(|image| of_image(image, Moment(0))).collect::<Vec<_>>()
        })
    });
    view! { <Reel label=t("instances.backups") frames=list compact=true /> }.into_any()
}

/// One strip per backup type, and one for the snapshots.
pub fn all(inventory: Inventory, server: ServerId) -> AnyView {
    let now = use_now();
    // Ages on a strip are of days: a minute's precision is enough, and frames stay put in between.
    let minute = Memo::new(move |_| Moment(now.get().0 / 60 * 60));
    let open = move |key: String| use_navigation().go(&Route::image(key.into()));
    let id = server.clone();
    let types = Memo::new(move |_| {
        inventory
            .images
            .data
            .with(|images| images.as_ref().map(|all| lineage::backup_types(all, &id)))
            .unwrap_or_default()
    });
    let id = server.clone();
    let snapshots = Memo::new(move |_| {
        inventory.images.data.with(|images| {
            let images = images.as_ref().map(|all| all.as_slice()).unwrap_or_default();
            let mine = lineage::of_server(images, &id).into_iter();
            let snapshots = mine.filter(|image| ImageKind::of(image).backup_type().is_none());
            snapshots.map(|image| of_image(image, minute.get())).collect::<Vec<_>>()
        })
    });
    let strip = move |backup_type: String| {
        let server = server.clone();
        let label = tr(&Message::new("instances.reel_of").text("type", &backup_type));
        let list = Memo::new(move |_| {
            inventory.images.data.with(|images| {
                let images = images.as_ref().map(|all| all.as_slice()).unwrap_or_default();
                frames(&reel::of_images(images, &server, &backup_type, None, minute.get()))
            })
        });
        view! {
            <section class="c-section">
                <h2>{label.clone()}</h2>
                <Reel label=label frames=list on_open=Callback::new(open) />
            </section>
        }
    };
    view! {
        <For each=move || types.get() key=Clone::clone children=strip />
        {move || {
            snapshots
                .with(|all| !all.is_empty())
                .then(|| {
                    view! {
                        <section class="c-section">
                            <h2>{t("instances.reel_snapshots")}</h2>
                            <Reel label=t("instances.reel_snapshots") frames=snapshots on_open=Callback::new(open) />
                        </section>
                    }
                })
        }}
    }
    .into_any()
}
