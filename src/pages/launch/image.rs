//! The image to launch from: chosen in a list, then shown as a card.

use std::sync::Arc;

use icondata_lu as lu;
use leptos::prelude::*;

use super::data::waiting;
use crate::backup::kind::behind;
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::order;
use crate::model::{Image, ImageStatus, Message};
use crate::pages::show::{age, image_kind, named};
use crate::route::{KindTab, Route};
use crate::state::launch_draft::use_launch_draft;
use crate::state::polling::use_now;
use crate::state::queries::{Query, use_queries};
use crate::ui::empty::Empty;
use crate::ui::icon::icon;
use crate::ui::portions::Portions;
use crate::ui::search::Search;

/// As many as fit on two screens; the search finds the rest.
const SHOWN: usize = 24;

/// Every usable image, newest first, narrowed down by what is typed.
pub fn chooser() -> AnyView {
    let images = use_queries().query::<Vec<Image>>(|| Some(Query::Images));
    let draft = use_launch_draft();
    let portions = Portions::default();
    let found = Memo::new(move |_| {
        let images = images.get()?;
        let wanted = draft.search.with(|text| text.trim().to_lowercase());
        let fits = |image: &&Image| {
            wanted.is_empty() || image.name.to_lowercase().contains(&wanted) || image.id.as_str().starts_with(&wanted)
        };
        let mut found: Vec<&Image> =
            images.iter().filter(|image| image.status == ImageStatus::Active).filter(fits).collect();
        order::sort(&mut found, |a, b| b.created_at.cmp(&a.created_at));
        let more = found.len().saturating_sub(SHOWN);
        Some((found.into_iter().take(SHOWN).cloned().collect::<Arc<[Image]>>(), more))
    });
    let list = move || {
        let (found, more) = found.get()?;
        if found.is_empty() {
            return Some(nothing(draft.search.with(|text| text.trim().is_empty())));
        }
        Some(
            view! {
                <ul class="grid gap-2" aria-label=t("launch.image")>
                    {portions.list(found.len(), move |index| {
                        found.get(index).map(|image| view! { <li>{choice(image)}</li> }).into_any()
                    })}
                </ul>
                {(more > 0)
                    .then(|| {
                        view! { <p class="c-hint">{tr(&Message::new("launch.more_images").count("n", more as u64))}</p> }
                    })}
            }
            .into_any(),
        )
    };
    view! {
        <section class="grid max-w-3xl gap-4">
            <Search label=t("launch.image_search") value=draft.search />
            {move || waiting(images)}
            {list}
        </section>
    }
    .into_any()
}

fn nothing(at_all: bool) -> AnyView {
    let (title, text) = match at_all {
        true => ("launch.no_images", "launch.no_images_text"),
        false => ("launch.no_match", "launch.no_match_text"),
    };
    let action = move || {
        at_all.then(
            || view! { <a class="btn c-btn c-btn-quiet" href=Route::instances().to_string()>{t("nav.instances")}</a> },
        )
    };
    view! { <Empty glyph=lu::LuFilm title=t(title) text=t(text) action=action /> }.into_any()
}

fn choice(image: &Image) -> AnyView {
    let href = Route::Launch { image: Some(image.id.clone()) }.to_string();
    view! {
        <a class="c-card items-center no-underline" href=href>
            <span class="c-card-text gap-1">
                <span class="c-card-label wrap-anywhere">{named(&image.name)}</span>
                <span class="c-card-detail flex flex-wrap items-center gap-x-3 gap-y-1">{facts(image)}</span>
            </span>
            {icon(lu::LuChevronRight)}
        </a>
    }
    .into_any()
}

/// The chosen one, and the way to another.
pub fn card(image: &Image, source: Signal<Option<String>>) -> AnyView {
    let details = Route::Images { kind: KindTab::All, search: String::new(), open: Some(image.id.clone()) }.to_string();
    view! {
        <section class="c-field" aria-label=t("launch.image")>
            <p class="c-label" aria-hidden="true">
                {t("launch.image")}
            </p>
            <div class="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-(--radius-field) border border-(--c-line) bg-base-200 px-4 py-3">
                <div class="grid min-w-0 flex-1 basis-56 gap-1">
                    <a class="c-link w-fit font-medium wrap-anywhere" href=details>
                        {named(&image.name)}
                    </a>
                    <span class="c-hint flex flex-wrap items-center gap-x-3 gap-y-1">
                        {facts(image)}
                        {move || {
                            source
                                .get()
                                .map(|name| {
                                    view! { <span>{tr(&Message::new("launch.made_of").text("name", name))}</span> }
                                })
                        }}
                    </span>
                </div>
                <a
                    class="btn btn-sm c-btn c-btn-quiet"
                    aria-label=t("launch.change_image_long")
                    href=Route::Launch { image: None }.to_string()
                >
                    {t("launch.change_image")}
                </a>
            </div>
        </section>
    }
    .into_any()
}

/// Type, age, size.
fn facts(image: &Image) -> AnyView {
    let now = use_now();
    let created = image.created_at;
    view! {
        {image_kind(image)}
        <span>{move || age(created, now.get())}</span>
        {size(image).map(|size| view! { <span>{size}</span> })}
    }
    .into_any()
}

/// The bits of an image, or the volumes behind one that has none.
fn size(image: &Image) -> Option<String> {
    let volumes: u64 = behind(image).iter().fold(0, |sum, snapshot| sum.saturating_add(snapshot.size_gib));
    match image.size {
        Some(size) if size > 0 => Some(intl::bytes(size)),
        _ if volumes > 0 => Some(tr(&Message::new("common.gib").count("n", volumes))),
        _ => None,
    }
}
