//! The details of one image, beside the list.

use icondata_lu as lu;
use leptos::prelude::*;

use super::catalogue::{self, Origin, Size};
use super::cells;
use super::screen::{Screen, pin_words, protect_words};
use crate::backup::kind::{ImageKind, behind};
use crate::backup::{metadata, pin};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::{Blocked, Image, ImageId, Message, Moment, Server, ServerId};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::pages::show;
use crate::route::Route;
use crate::state::polling::use_now;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Kind};
use crate::ui::copy::CopyButton;
use crate::ui::empty::Empty;
use crate::ui::key_value::{Fact, KeyValue};
use crate::ui::notice::Notice;
use crate::ui::panel::Panel;
use crate::ui::skeleton::Skeleton;

#[component]
pub fn Detail(screen: Screen) -> impl IntoView {
    let route = screen.navigation.route;
    let open = Memo::new(move |_| match route.get() {
        Route::Images { open, .. } => open,
        _ => None,
    });
    let listed = Memo::new(move |_| {
        let id = open.get()?;
        screen.catalogue.with(|catalogue| catalogue.get(&id).map(|(image, _)| image.clone()))
    });
    // The list may not have it: it is hidden, of another project, or gone.
    let tried =
        Memo::new(move |_| screen.images.data.with(Option::is_some) || screen.images.error.with(Option::is_some));
    let single = screen.single(move || open.get().filter(|_| tried.get() && listed.with(Option::is_none)));
    let image = Memo::new(move |_| {
        listed.get().or_else(|| {
            let found = single.get()?;
            (single.error.with(Option::is_none) && Some(&found.id) == open.get().as_ref()).then(|| (*found).clone())
        })
    });
    let title =
        move || image.with(|image| image.as_ref().map_or_else(|| t("images.one"), |image| show::named(&image.name)));
    let kind = move || image.with(|image| image.as_ref().map(|image| tr(&ImageKind::of(image).message())));
    let body = move || match (image.get(), single.error.get()) {
        (Some(image), _) => facts(screen, image),
        (None, Some(ApiError::NotFound(_))) => {
            view! { <Empty glyph=lu::LuImageOff title=t("images.gone_title") text=t("images.gone_text") /> }.into_any()
        }
        (None, Some(error)) => view! {
            <div class="grid justify-items-start gap-4">
                {show::error_notice(&error, Doing::Reading)}
                <Button glyph=lu::LuRefreshCw on_press=move |()| single.refresh()>{t("common.retry")}</Button>
            </div>
        }
        .into_any(),
        (None, None) => view! { <Skeleton /> }.into_any(),
    };
    let footer = move || {
        move || match image.get() {
            Some(image) => buttons(screen, image),
            None => view! { <Button on_press=move |()| screen.close()>{t("common.close")}</Button> }.into_any(),
        }
    };
    view! {
        <Panel
            open=Signal::derive(move || open.with(Option::is_some))
            on_close=move |()| screen.close()
            title=Signal::derive(title)
            kind=Signal::derive(kind)
            footer=footer
        >
            {body}
        </Panel>
    }
    .into_any()
}

fn buttons(screen: Screen, image: Image) -> AnyView {
    let image = StoredValue::new(image);
    let reason = move |blocked: Option<Blocked>| blocked.map(|blocked| tr(&blocked.message()));
    let id = move || image.with_value(|image| image.id.clone());
    let (word, glyph) = image.with_value(protect_words);
    let (pin_word, pin_glyph) = image.with_value(pin_words);
    view! {
        <Button
            kind=Kind::Primary
            glyph=lu::LuRocket
            disabled_reason=Signal::derive(move || reason(image.with_value(|image| screen.launch_blocked(image))))
            on_press=move |()| screen.launch(&id())
        >
            {t("images.launch")}
        </Button>
        <Button
            glyph=glyph
            busy=Signal::derive(move || screen.is_changing(&id()))
            disabled_reason=Signal::derive(move || reason(image.with_value(|image| screen.protect_blocked(image))))
            on_press=move |()| image.with_value(|image| screen.set_protected(image, !image.protected))
        >
            {word}
        </Button>
        <Button
            glyph=pin_glyph
            busy=Signal::derive(move || screen.is_changing(&id()))
            disabled_reason=Signal::derive(move || reason(image.with_value(|image| screen.protect_blocked(image))))
            on_press=move |()| image.with_value(|image| screen.turn_pin(image))
        >
            {pin_word}
        </Button>
        <Button
            glyph=lu::LuStickyNote
            busy=Signal::derive(move || screen.is_changing(&id()))
            disabled_reason=Signal::derive(move || reason(image.with_value(|image| screen.protect_blocked(image))))
            on_press=move |()| screen.noting.set(Some(image.get_value()))
        >
            {format!("{}…", t("images.note_edit"))}
        </Button>
        <Button
            kind=Kind::Danger
            glyph=lu::LuTrash2
            disabled_reason=Signal::derive(move || reason(image.with_value(|image| screen.delete_blocked(image))))
            on_press=move |()| screen.ask_delete(vec![id()])
        >
            {format!("{}…", t("images.delete"))}
        </Button>
    }
    .into_any()
}

/// What comes from the servers follows them; the rest is made anew when the image changes.
fn facts(screen: Screen, image: Image) -> AnyView {
    let stored = StoredValue::new(image.clone());
    let source = Memo::new(move |_| {
        let servers = screen.servers.get().filter(|_| screen.servers.at.with(Option::is_some));
        let names = servers.as_deref().map(|all| catalogue::names(all));
        stored.with_value(|image| catalogue::origin(image, names.as_ref(), &screen.project()))
    });
    let booted = Memo::new(move |_| {
        let servers = screen.servers.get().unwrap_or_default();
        stored.with_value(|image| launched_from(&servers, &image.id))
    });
    let kind = ImageKind::of(&image);
    let size = catalogue::size(&image, &kind);
    let mine = image.owner == untrack(|| screen.project());
    let owner = if mine { t("images.owner_this") } else { image.owner.to_string() };
    let mut facts = vec![
        Fact::new("ID", id_line(image.id.as_str())),
        Fact::new(t("common.status"), show::image_status(&image)),
        Fact::new(t("images.source"), move || {
            source.get().map_or_else(|| "–".into_any(), |origin| origin_fact(&origin))
        }),
        Fact::new(t("common.size"), cells::size(size)),
    ];
    let mut add = |label: &str, value: Option<AnyView>| {
        if let Some(value) = value {
            facts.push(Fact::new(t(label), value));
        }
    };
    add("images.virtual_size", image.virtual_size.filter(|n| *n > 0).map(|n| intl::bytes(n).into_any()));
    add(
        "images.min_disk",
        (image.min_disk > 0).then(|| tr(&Message::new("common.gib").count("n", image.min_disk)).into_any()),
    );
    add("images.min_ram", (image.min_ram > 0).then(|| intl::bytes(image.min_ram << 20).into_any()));
    add("images.format", format(&image).map(IntoAny::into_any));
    add("images.visibility", Some(crate::i18n::word("images", image.visibility.word()).into_any()));
    add("images.owner", Some(owner.into_any()));
    add("common.created", image.created_at.map(moment));
    add("images.updated", image.updated_at.map(moment));
    add("images.checksum", checksum(&image));
    add("images.tags", (!image.tags.is_empty()).then(|| image.tags.join(", ").into_any()));
    add("images.booted", Some((move || servers_line(booted.get())).into_any()));
    let note = image.property(metadata::NOTE).map(|note| {
        view! { <Notice tone=Tone::Info title=t("images.note") text=note.to_owned() /> }
    });
    let protected = image.protected.then(|| {
        view! {
            <div class="flex gap-2">
                <Badge tone=Tone::Neutral glyph=lu::LuLock text=t("images.protected") />
            </div>
            <p class="c-hint">{t("images.protected_text")}</p>
        }
    });
    let pinned = pin::reason(&image).map(|why| {
        view! { <Notice tone=Tone::Info title=t("pin.pinned") text=why.to_owned() /> }
    });
    let any_head = note.is_some() || pinned.is_some() || protected.is_some();
    view! {
        {any_head.then(|| view! { <div class="mb-3 grid gap-2">{pinned}{note}{protected}</div> })}
        <KeyValue facts=facts />
        {disks(&image, size)}
        {properties(&image)}
    }
    .into_any()
}

fn launched_from(servers: &[Server], id: &ImageId) -> Vec<(ServerId, String)> {
    let from = servers.iter().filter(|server| server.image.as_ref() == Some(id));
    from.map(|server| (server.id.clone(), server.name.clone())).collect()
}

fn servers_line(servers: Vec<(ServerId, String)>) -> AnyView {
    if servers.is_empty() {
        return t("images.booted_none").into_any();
    }
    let link = |(id, name): (ServerId, String)| {
        view! { <li><a class="c-link" href=Route::Instance(id).to_string()>{show::named(&name)}</a></li> }
    };
    view! { <ul>{servers.into_iter().map(link).collect_view()}</ul> }.into_any()
}

fn origin_fact(origin: &Origin) -> AnyView {
    let words = match &origin.name {
        Some(_) => cells::origin_name(origin),
        None => view! {
            {id_line(origin.server.as_str())}
            {origin.gone.then(|| view! { <span class="c-hint">{t("images.source_gone")}</span> })}
        }
        .into_any(),
    };
    let doubt = origin.trust.message().map(|message| view! { <p class="c-hint mt-1">{tr(&message)}</p> });
    view! { {words}{doubt} }.into_any()
}

fn id_line(id: &str) -> AnyView {
    let text = id.to_owned();
    view! {
        <span class="flex items-start justify-between gap-2">
            <code class="min-w-0 break-all">{id.to_owned()}</code>
            <span class="-my-1 flex-none"><CopyButton text=Signal::stored(text) /></span>
        </span>
    }
    .into_any()
}

fn format(image: &Image) -> Option<String> {
    let container = Some(image.container_format.as_str()).filter(|format| !matches!(*format, "" | "bare"));
    let disk = Some(image.disk_format.as_str()).filter(|format| !format.is_empty());
    let words: Vec<&str> = disk.into_iter().chain(container).collect();
    (!words.is_empty()).then(|| words.join(" / "))
}

fn checksum(image: &Image) -> Option<AnyView> {
    let (algorithm, value) = match (&image.os_hash_algo, &image.os_hash_value, &image.checksum) {
        (Some(algorithm), Some(value), _) => (algorithm.as_str(), value),
        (_, _, Some(value)) => ("md5", value),
        _ => return None,
    };
    Some(view! { <span class="c-hint block">{algorithm.to_owned()}</span>{id_line(value)} }.into_any())
}

/// The exact time, and how long ago that is.
fn moment(at: Moment) -> AnyView {
    let now = use_now();
    let words = Memo::new(move |_| intl::ago(at.age(now.get())));
    view! {
        <time datetime=at.rfc3339()>{intl::date_time(at.0)}</time>
        <span class="c-hint block">{words}</span>
    }
    .into_any()
}

fn disks(image: &Image, size: Size) -> AnyView {
    let Size::Volumes(_) = size else { return ().into_any() };
    let facts: Vec<Fact> = behind(image)
        .iter()
        .map(|disk| {
            let label = if disk.device.is_empty() { t("images.disk") } else { disk.device.clone() };
            let gib = tr(&Message::new("common.gib").count("n", disk.size_gib));
            Fact::new(label, view! { {id_line(disk.snapshot_id.as_str())}<span class="c-hint">{gib}</span> })
        })
        .collect();
    view! {
        <h3 class="mt-6 mb-1">{t("images.behind")}</h3>
        <p class="c-hint">{t("images.zero_size")}</p>
        <KeyValue facts=facts />
    }
    .into_any()
}

/// Whatever else the cloud says of it, word for word.
fn properties(image: &Image) -> AnyView {
    let facts: Vec<Fact> = image
        .shown_properties()
        .map(|(key, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Fact::new(key.clone(), view! { <code class="block break-all">{text}</code> })
        })
        .collect();
    if facts.is_empty() {
        return ().into_any();
    }
    view! {
        <details class="mt-6">
            <summary class="cursor-pointer"><h3 class="inline">{t("images.properties")}</h3></summary>
            <div class="mt-2"><KeyValue facts=facts /></div>
        </details>
    }
    .into_any()
}
