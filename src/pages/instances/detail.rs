//! One instance: what it is, and its backups as strips of film.

use icondata_lu as lu;
use leptos::prelude::*;

use super::dialogs::{Dialogs, ServerDialogs};
use super::{Inventory, action_buttons, deleted_image, first_error, flavor_name, freshness, protection, reels};
use crate::i18n::t;
use crate::model::{Server, ServerId};
use crate::pages::protection::overview::Overview;
use crate::pages::show::{age, named, server_status};
use crate::route::Route;
use crate::state::polling::use_now;
use crate::state::queries::{Query, Remote, use_queries};
use crate::ui::badge::Tone;
use crate::ui::empty::Empty;
use crate::ui::key_value::{Fact, KeyValue};
use crate::ui::notice::Notice;
use crate::ui::shell::PageTitle;
use crate::ui::skeleton::Skeleton;

#[component]
pub fn Instance(id: ServerId) -> impl IntoView {
    let inventory = Inventory::ask();
    let overview = Overview::over(inventory);
    let dialogs = Dialogs::default();
    let (of_reels, of_growth) = (id.clone(), id.clone());
    let listed = {
        let id = id.clone();
        Memo::new(move |_| inventory.server(&id))
    };
    // Only when the list does not have it: it may belong to another region, or be gone.
    let absent = {
        let id = id.clone();
        move || {
            let known = inventory.servers.data.with(Option::is_some) && listed.with(Option::is_none);
            known.then(|| Query::Server(id.clone()))
        }
    };
    let single: Remote<Server> = use_queries().query(absent);
    let server = Memo::new(move |_| listed.get().or_else(|| single.get().map(|server| (*server).clone())));
    let title = Signal::derive(move || {
        server.with(|server| server.as_ref().map(|server| named(&server.name))).unwrap_or_else(|| t("instances.title"))
    });
    let buttons = {
        let id = id.clone();
        move || {
            let id = id.clone();
            (move || server.with(Option::is_some).then(|| action_buttons(dialogs, inventory, id.clone()))).into_any()
        }
    };
    let gone = move || single.error.with(|error| error.as_ref().is_some_and(|error| error.is_not_found()));
    let body = move || match server.get() {
        Some(server) => facts(inventory, server),
        None if gone() => {
            let back = || {
                let href = Route::instances().to_string();
                view! { <a class="btn c-btn c-btn-quiet" href=href>{t("not_found.home")}</a> }
            };
            view! {
                <Empty glyph=lu::LuServerOff title=t("instances.gone_title") text=t("instances.gone_text") action=back />
            }
            .into_any()
        }
        None => match first_error(inventory.servers).or_else(|| first_error(single)) {
            Some(error) => error,
            None => view! { <Skeleton rows=6 /> }.into_any(),
        },
    };
    view! {
        <a class="c-back" href=Route::instances().to_string()>{t("instances.title")}</a>
        <PageTitle title=title below=move || freshness(inventory.servers) actions=buttons />
        <super::super::operations::Recent />
        {body}
        {move || server.with(Option::is_some).then(|| protection::standing(overview, id.clone()))}
        {move || server.with(Option::is_some).then(|| reels::all(inventory, of_reels.clone()))}
        {move || server.with(Option::is_some).then(|| protection::growth(overview, of_growth.clone()))}
        <ServerDialogs dialogs=dialogs inventory=inventory />
    }
    .into_any()
}

fn facts(inventory: Inventory, server: Server) -> AnyView {
    let now = use_now();
    let backed = inventory.volume_backed(server.id.clone());
    let disk = move || match (backed.known.get(), backed.notice()) {
        (Some(true), _) => t("instances.volume_backed").into_any(),
        (Some(false), _) => t("instances.image_backed").into_any(),
        (None, Some(notice)) => notice,
        (None, None) => t("instances.asking_disk").into_any(),
    };
    let image = {
        let id = server.image.clone();
        move || match &id {
            None => t("instances.boot_volume").into_any(),
            Some(id) => {
                let whole = inventory.images.at.with(Option::is_some);
                let name = match inventory.image(id) {
                    Some(image) => named(&image.name),
                    None if whole => deleted_image(id),
                    None => id.to_string(),
                };
                view! { <a class="link" href=Route::image(id.clone()).to_string()>{name}</a> }.into_any()
            }
        }
    };
    let addresses: Vec<_> = server
        .addresses
        .iter()
        .flat_map(|(network, all)| all.iter().map(move |address| (network.clone(), address.clone())))
        .map(|(network, address)| {
            let kind = if address.is_floating() { format!(" · {}", t("launch.floating")) } else { String::new() };
            view! { <div><span class="c-mono">{address.addr}</span><span class="c-muted">" "{network}{kind}</span></div> }
        })
        .collect();
    let none = || "–".to_owned();
    let list = |items: Vec<String>| if items.is_empty() { none() } else { items.join(", ") };
    let groups = list(server.security_groups.iter().map(|group| group.name.clone()).collect());
    let volumes: Vec<_> =
        server.volumes.iter().map(|volume| view! { <div class="c-mono">{volume.id.to_string()}</div> }).collect();
    let metadata: Vec<_> = server
        .metadata
        .iter()
        .map(|(key, value)| view! { <div><span class="c-mono">{key.clone()}</span>" = "{value.clone()}</div> })
        .collect();
    let mut facts = vec![
        Fact::new(t("common.status"), server_status(&server)),
        Fact::new(t("instances.image"), image.into_any()),
        Fact::new(t("instances.disk"), disk),
        Fact::new(t("instances.flavor"), flavor_name(&server)),
        Fact::new(
            t("instances.addresses"),
            if addresses.is_empty() { none().into_any() } else { addresses.into_any() },
        ),
        Fact::new(t("instances.key"), server.key_name.clone().unwrap_or_else(none)),
        Fact::new(t("instances.groups"), groups),
        Fact::new(t("common.created"), move || age(server.created, now.get())),
    ];
    if !server.availability_zone.is_empty() {
        facts.push(Fact::new(t("instances.zone"), server.availability_zone.clone()));
    }
    if !volumes.is_empty() {
        facts.push(Fact::new(t("instances.volumes"), volumes.into_any()));
    }
    if !metadata.is_empty() {
        facts.push(Fact::new(t("instances.metadata"), metadata.into_any()));
    }
    if server.locked {
        facts.push(Fact::new(t("instances.locked"), t("instances.locked_text")));
    }
    facts.push(Fact::new(t("instances.id"), view! { <span class="c-mono">{server.id.to_string()}</span> }.into_any()));
    let fault = server.fault.clone().map(|fault| {
        view! { <Notice tone=Tone::Bad title=t("instances.fault") text=fault.message /> }
    });
    view! { {fault} <KeyValue facts=facts /> }.into_any()
}
