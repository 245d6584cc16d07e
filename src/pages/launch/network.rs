//! Networks, security groups and the floating IP.

use leptos::prelude::*;

use super::data::{Data, waiting};
use super::form::Floating;
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::state::launch_draft::use_launch_draft;
use crate::ui::badge::Tone;
use crate::ui::field::{CheckField, Choice, SelectField};
use crate::ui::fresh_id;
use crate::ui::notice::Notice;

#[component]
pub fn NetworkPart(data: Data) -> impl IntoView {
    let draft = use_launch_draft();
    let networks = Memo::new(move |_| {
        data.networks.get()?;
        Some(data.read(|offer| {
            offer.private().map(|network| (network.id.clone(), network.name.clone(), None)).collect::<Vec<_>>()
        }))
    });
    let list = move || {
        let all = networks.get()?;
        Some(match all.is_empty() {
            true => view! { <Notice tone=Tone::Warn title=t("launch.no_networks") /> }.into_any(),
            false => checks(t("launch.network"), all, draft.networks),
        })
    };
    view! { {move || waiting(data.networks)} {list} }.into_any()
}

#[component]
pub fn GroupPart(data: Data) -> impl IntoView {
    let draft = use_launch_draft();
    let groups = Memo::new(move |_| {
        let groups = data.groups.get()?;
        let one = |group: &crate::model::SecurityGroup| {
            let about = Some(group.description.clone()).filter(|text| !text.is_empty() && *text != group.name);
            (group.id.clone(), group.name.clone(), about)
        };
        Some(groups.iter().map(one).collect::<Vec<_>>())
    });
    let list = move || {
        let all = groups.get().filter(|all| !all.is_empty())?;
        Some(checks(t("launch.groups"), all, draft.groups))
    };
    view! { {move || waiting(data.groups)} {list} }.into_any()
}

#[component]
pub fn FloatingPart(data: Data) -> impl IntoView {
    let draft = use_launch_draft();
    let choices = Signal::derive(move || {
        data.read(|offer| {
            let mut all = vec![
                Choice::new(Floating::Automatic.text(), t("launch.floating_auto")),
                Choice::new(Floating::None.text(), t("launch.floating_none")),
            ];
            for ip in offer.free_ips() {
                let label = Message::new("launch.floating_free").text("address", &ip.floating_ip_address);
                all.push(Choice::new(Floating::Use(ip.id.clone()).text(), tr(&label)));
            }
            // Somebody took it: the field goes on saying what was chosen, and why it will not do.
            if let Floating::Use(id) = Floating::parse(&draft.floating.get())
                && offer.floating_ips.is_some()
                && !offer.free_ips().any(|ip| ip.id == id)
            {
                all.push(Choice::new(Floating::Use(id).text(), t("launch.floating_taken")));
            }
            for pool in offer.pools() {
                let label = Message::new("launch.floating_new").text("pool", &pool.name);
                all.push(Choice::new(Floating::New(pool.id.clone()).text(), tr(&label)));
            }
            all
        })
    });
    let has_pools = Memo::new(move |_| data.networks.get().map(|_| data.read(|offer| offer.pools().next().is_some())));
    let field = move || {
        Some(match has_pools.get()? {
            true => {
                view! { <SelectField label=t("launch.floating") value=draft.floating choices=choices /> }.into_any()
            }
            false => view! {
                <div class="c-field">
                    <p class="c-label">{t("launch.floating")}</p>
                    <p class="c-hint">{t("launch.floating_no_pool")}</p>
                </div>
            }
            .into_any(),
        })
    };
    view! {
        {field}
        {move || {
            // Asked first, so that it is tracked whatever the other says.
            let waits = waiting(data.floating_ips);
            waits.filter(|_| has_pools.get() == Some(true))
        }}
    }
    .into_any()
}

/// Checkboxes: id, name and what there is to say of each.
fn checks<T>(label: String, all: Vec<(T, String, Option<String>)>, chosen: RwSignal<Vec<T>>) -> AnyView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let id = fresh_id("group");
    let one = |(id, name, about): (T, String, Option<String>)| {
        let value = member(chosen, id);
        match about {
            Some(about) => view! { <CheckField label=name value=value hint=about /> }.into_any(),
            None => view! { <CheckField label=name value=value /> }.into_any(),
        }
    };
    view! {
        <fieldset class="c-field" aria-labelledby=id.clone()>
            <legend class="c-label" id=id.clone()>
                {label}
            </legend>
            <div class="grid gap-2">{all.into_iter().map(one).collect_view()}</div>
        </fieldset>
    }
    .into_any()
}

/// Whether `id` is among the chosen, as a checkbox takes it.
fn member<T>(chosen: RwSignal<Vec<T>>, id: T) -> RwSignal<bool>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let on = RwSignal::new(chosen.with_untracked(|all| all.contains(&id)));
    let mine = id.clone();
    Effect::new(move |_| {
        let is_in = chosen.with(|all| all.contains(&mine));
        if on.get_untracked() != is_in {
            on.set(is_in);
        }
    });
    Effect::new(move |_| {
        let wanted = on.get();
        if chosen.with_untracked(|all| all.contains(&id)) != wanted {
            chosen.update(|all| match wanted {
                true => all.push(id.clone()),
                false => all.retain(|other| *other != id),
            });
        }
    });
    on
}
