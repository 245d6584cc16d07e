//! The cells of a row.

use icondata_lu as lu;
use leptos::prelude::*;

use super::catalogue::{Origin, Size};
use super::screen::Screen;
use crate::backup::kind::{ImageKind, Trust};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::{Image, ImageId, ImageStatus, Message, Moment};
use crate::pages::show;
use crate::route::Route;
use crate::state::polling::use_now;
use crate::ui::badge::{Badge, Tone};
use crate::ui::icon::{Glyph, icon};

pub fn cell(screen: Screen, id: &ImageId, column: &str) -> AnyView {
    let catalogue = screen.catalogue.get();
    let Some((image, entry)) = catalogue.get(id) else {
        return ().into_any();
    };
    match column {
        "name" => name(&image.name, image.protected, entry.note.clone()),
        "type" => kind(screen, image),
        "size" => size(entry.size),
        "source" => entry.source.as_ref().map_or_else(|| view! { <span>"–"</span> }.into_any(), origin),
        "visibility" => crate::i18n::word("images", image.visibility.word()).into_any(),
        "age" => age(image.created_at),
        _ => ().into_any(),
    }
}

/// On rows lines are cut, on cards they wrap: the table's style says which.
const LINE: &str = "block overflow-hidden text-ellipsis";

fn name(name: &str, protected: bool, note: Option<String>) -> AnyView {
    let name = show::named(name);
    // Before the name, where a long one cannot push it out of sight.
    let lock = protected.then(|| marked(lu::LuLock, t("images.protected")));
    view! {
        <span class=LINE>{lock}<span>{name}</span></span>
        {note.map(|note| view! { <span class=format!("c-hint font-normal {LINE}")>{note}</span> })}
    }
    .into_any()
}

/// The type in one word, then the backup type, and the status unless it is usable. What is being deleted says so.
fn kind(screen: Screen, image: &Image) -> AnyView {
    let kind = ImageKind::of(image);
    let (key, glyph) = match kind {
        ImageKind::Plain => ("images.kind_plain", lu::LuDisc3),
        ImageKind::Snapshot => ("images.kind_snapshot", lu::LuCamera),
        ImageKind::VolumeSnapshot => ("images.kind_snapshot", lu::LuLayers),
        ImageKind::Backup { .. } | ImageKind::VolumeBackup { .. } => ("images.kind_backup", lu::LuFilm),
    };
    let backup_type = kind.backup_type().unwrap_or_default().to_owned();
    let id = image.id.clone();
    let usual = StoredValue::new((image.clone(), backup_type));
    let below = move || {
        if screen.is_going(&id) {
            let badge = view! { <Badge tone=Tone::Busy text=t("images.going") /> };
            return Some(view! { <span class=LINE>{badge}</span> }.into_any());
        }
        usual.with_value(|(image, backup_type)| {
            let status = (image.status != ImageStatus::Active).then(|| show::image_status(image));
            (status.is_some() || !backup_type.is_empty()).then(|| {
                let status = status.map(|status| view! { {status}" " });
                view! { <span class=LINE>{status}<span class="c-hint">{backup_type.clone()}</span></span> }.into_any()
            })
        })
    };
    view! {
        <Badge tone=Tone::Neutral glyph=glyph text=t(key) />
        {below}
    }
    .into_any()
}

/// An icon that says in words what it means.
fn marked(glyph: Glyph, words: String) -> AnyView {
    let tip = words.clone();
    view! {
        <span class="c-hint relative mr-1.5 inline-flex translate-y-0.5" data-tip=tip>
            {icon(glyph)}
            <span class="sr-only">{words}</span>
        </span>
    }
    .into_any()
}

/// `2.1 GiB`, or `10 GiB in volumes`.
pub fn size(size: Size) -> AnyView {
    match size {
        Size::Unfinished => view! { <span>"–"</span> }.into_any(),
        Size::Bytes(bytes) => intl::bytes(bytes).into_any(),
        Size::Volumes(gib) => view! {
            <span class="block">{tr(&Message::new("common.gib").count("n", gib))}</span>
            <span class="c-hint block">{t("images.by_volume")}</span>
        }
        .into_any(),
    }
}

/// The server, marked when it is not certain.
fn origin(origin: &Origin) -> AnyView {
    let glyph = if origin.trust == Trust::Inherited { lu::LuHistory } else { lu::LuCircleHelp };
    let doubt = origin.trust.message().map(|message| marked(glyph, tr(&message)));
    view! { {doubt}{origin_name(origin)} }.into_any()
}

/// The server's name and where it leads; without one, the beginning of its id.
pub fn origin_name(origin: &Origin) -> AnyView {
    match &origin.name {
        Some(name) => {
            let href = Route::Instance(origin.server.clone()).to_string();
            view! { <a class="c-link" href=href>{show::named(name)}</a> }.into_any()
        }
        None => {
            let id = origin.server.to_string();
            let short: String = id.chars().take(8).collect();
            let gone = origin.gone.then(|| view! { <span class="c-hint">{t("images.source_gone")}</span> });
            view! {
                <span data-tip=id><span class="font-mono">{short}</span>" "{gone}</span>
            }
            .into_any()
        }
    }
}

/// As `show::age`, but the element stays while its words change.
fn age(at: Option<Moment>) -> AnyView {
    let Some(at) = at else {
        return view! { <span>"–"</span> }.into_any();
    };
    let now = use_now();
    let words = Memo::new(move |_| intl::ago(at.age(now.get())));
    view! { <time datetime=at.rfc3339() title=intl::date_time(at.0)>{words}</time> }.into_any()
}
