//! The cells of a row.

use icondata_lu as lu;
use leptos::prelude::*;

use super::catalogue::{Origin, Size};
use super::screen::Screen;
use crate::backup::kind::Trust;
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::{ImageId, ImageStatus, Message, Moment};
use crate::pages::show;
use crate::route::Route;
use crate::state::polling::use_now;
use crate::ui::icon::icon;

pub fn cell(screen: Screen, id: &ImageId, column: &str) -> AnyView {
    let catalogue = screen.catalogue.get();
    let Some((image, entry)) = catalogue.get(id) else {
        return ().into_any();
    };
    match column {
        "name" => name(&image.name, image.protected, entry.note.clone()),
        "type" => {
            // What is usable needs no word; what is not says so below.
            let status = (image.status != ImageStatus::Active).then(|| show::image_status(image));
            view! {
                <div class="truncate">{show::image_kind(image)}</div>
                {status.map(|status| view! { <div class="truncate">{status}</div> })}
            }
            .into_any()
        }
        "size" => size(entry.size),
        "source" => entry.source.as_ref().map_or_else(|| view! { <span>"–"</span> }.into_any(), origin),
        "visibility" => show::word("images", image.visibility.word()).into_any(),
        "age" => age(image.created_at),
        _ => ().into_any(),
    }
}

fn name(name: &str, protected: bool, note: Option<String>) -> AnyView {
    let name = show::named(name);
    let lock = protected.then(|| {
        view! {
            <span class="inline-flex flex-none items-center" data-tip=t("images.protected")>
                {icon(lu::LuLock)}
                <span class="sr-only">{t("images.protected")}</span>
            </span>
        }
    });
    view! {
        <span class="flex items-center gap-1.5"><span class="truncate">{name}</span>{lock}</span>
        {note.map(|note| view! { <span class="c-hint block truncate font-normal">{note}</span> })}
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
    let doubt = origin.trust.message().map(|message| {
        let text = tr(&message);
        let tip = text.clone();
        let glyph = if origin.trust == Trust::Inherited { lu::LuHistory } else { lu::LuCircleHelp };
        view! {
            <span class="c-hint inline-flex flex-none items-center" data-tip=tip>
                {icon(glyph)}
                <span class="sr-only">{text}</span>
            </span>
        }
    });
    let words = origin_name(origin);
    view! { <span class="inline-flex max-w-full items-center gap-1.5">{words}{doubt}</span> }.into_any()
}

/// The server's name and where it leads; without one, the beginning of its id.
pub fn origin_name(origin: &Origin) -> AnyView {
    match &origin.name {
        Some(name) => {
            let href = Route::Instance(origin.server.clone()).to_string();
            view! { <a class="c-link truncate" href=href>{show::named(name)}</a> }.into_any()
        }
        None => {
            let id = origin.server.to_string();
            let short: String = id.chars().take(8).collect();
            let gone = origin.gone.then(|| view! { <span class="c-hint">{t("images.source_gone")}</span> });
            view! {
                <span class="truncate" data-tip=id><span class="font-mono">{short}</span>" "{gone}</span>
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
