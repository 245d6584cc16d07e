//! The backup policy of one server: how many stay per period and when the next is due, with what that would keep and
//! release of what there is.

use std::collections::BTreeMap;

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Inventory;
use super::backup_preview::{Planned, preview};
use super::dialogs::Dialogs;
use super::policy_form::{PolicyForm, fields};
use super::policy_outlook::outlook;
use super::stock::Stock;
use crate::backup::metadata;
use crate::backup::policy::{self, Policy};
use crate::i18n::{t, tr};
use crate::model::{Message, Moment, Server, ServerId};
use crate::openstack::ApiError;
use crate::openstack::compute::{DeleteServerMetadata, SetServerMetadata};
use crate::openstack::sentence::Doing;
use crate::pages::show::{error_notice, read_only};
use crate::state::polling::use_now;
use crate::state::queries::{Query, use_queries};
use crate::state::scheduling::follow;
use crate::state::session::use_session;
use crate::ui::badge::Tone;
use crate::ui::button::{Button, Kind};
use crate::ui::code::Code;
use crate::ui::notice::Notice;
use crate::ui::toast::Toasts;

pub fn form(id: ServerId, inventory: Inventory, dialogs: Dialogs, dirty: RwSignal<bool>) -> AnyView {
    let Some(server) = untrack(|| inventory.server(&id)) else { return ().into_any() };
    dirty.set(false);
    let stock = Stock::ask(inventory);
    let found = policy::of_server(&server);
    let form = PolicyForm::new(found.as_ref().and_then(|found| found.as_ref().ok()));
    let first = untrack(|| form.policy());
    Effect::new(move |_| dirty.set(form.policy() != first));
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let queries = use_queries();
    let toasts = use_context::<Toasts>().unwrap_or_else(Toasts::provide);
    let name = StoredValue::new(server.name.clone());
    let finished = move |outcome: Result<(), ApiError>, followed: bool| {
        busy.try_set(false);
        match outcome {
            Ok(()) => {
                queries.refresh(&Query::Servers);
                queries.refresh(&Query::Triggers);
                if !followed {
                    let name = name.try_get_value().unwrap_or_default();
                    toasts.push(Tone::Warn, tr(&Message::new("in_cloud.not_followed").text("name", name)), None);
                }
                dialogs.close();
            }
            Err(why) => _ = error.try_set(Some(why)),
        }
    };
    let blocked = Signal::derive(move || {
        let wrong = form.wrong().map(|why| tr(&why));
        let loading = || (!stock.fresh.get()).then(|| t("backup_dialog.loading"));
        read_only().map(|why| tr(&why.message())).or(wrong).or_else(loading)
    });
    let save = {
        let id = id.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let (Some(policy), Ok(cloud)) = (untrack(|| form.policy()), use_session().cloud()) else { return };
            if busy.get_untracked() || untrack(move || blocked.get()).is_some() {
                return;
            }
            busy.set(true);
            error.set(None);
            let metadata = BTreeMap::from([(metadata::POLICY.to_owned(), policy.to_string())]);
            let call = SetServerMetadata { server: id.clone(), metadata };
            let id = id.clone();
            spawn_local(async move {
                let outcome = cloud.call(&call).await.map(|_| ());
                let followed = outcome.is_err() || follow(&cloud, &id, policy.schedule.as_ref()).await.is_ok();
                finished(outcome, followed);
            });
        }
    };
    let remove = {
        let id = id.clone();
        move |()| {
            let Ok(cloud) = use_session().cloud() else { return };
            busy.set(true);
            error.set(None);
            let call = DeleteServerMetadata { server: id.clone(), key: metadata::POLICY.to_owned() };
            let id = id.clone();
            spawn_local(async move {
                // Gone already is what was wanted.
                let outcome = cloud.call(&call).await.or_else(|why| if why.is_not_found() { Ok(()) } else { Err(why) });
                let followed = outcome.is_err() || follow(&cloud, &id, None).await.is_ok();
                finished(outcome, followed);
            });
        }
    };
    let reader = Signal::derive(move || read_only().map(|why| tr(&why.message())));
    let has_policy = found.is_some();
    let asking = RwSignal::new(false);
    let question = move || {
        let remove = remove.clone();
        let buttons = move || {
            let remove = remove.clone();
            view! {
                <Button on_press=move |()| asking.set(false)>{t("common.cancel")}</Button>
                <Button kind=Kind::Danger busy=busy disabled_reason=reader on_press=remove>{t("policy_dialog.remove")}</Button>
            }
            .into_any()
        };
        let text = t("policy_dialog.remove_text");
        view! { <Notice tone=Tone::Warn title=t("policy_dialog.remove_question") text=text action=buttons /> }
            .into_any()
    };
    let foot = move || {
        let remove = has_policy.then(|| {
            view! {
                <Button kind=Kind::Danger disabled_reason=reader on_press=move |()| asking.set(true)>
                    {format!("{}…", t("policy_dialog.remove"))}
                </Button>
            }
        });
        view! {
            <div class="c-dialog-foot">
                {remove}
                <Button on_press=move |_| dialogs.close()>{t("common.cancel")}</Button>
                <Button kind=Kind::Primary glyph=lu::LuShieldCheck submit=true busy=busy disabled_reason=blocked>
                    {t("policy_dialog.save")}
                </Button>
            </div>
        }
        .into_any()
    };
    view! {
        <form class="c-form" on:submit=save novalidate>
            <p class="c-muted">{t("policy_dialog.lead")}</p>
            {unreadable(&server)}
            {changed_elsewhere(&server, inventory)}
            {fields(form)}
            {consequences(&server, form, stock)}
            {outlook(id.clone(), form, stock)}
            {as_text(&server, form)}
            {move || error.get().map(|error| error_notice(&error, Doing::Schedule))}
            {move || if asking.get() { question() } else { foot() }}
        </form>
    }
    .into_any()
}

/// A policy that cannot be read is shown as it stands; saving replaces it.
fn unreadable(server: &Server) -> Option<AnyView> {
    let why = policy::of_server(server)?.err()?;
    let written = server.metadata.get(metadata::POLICY).cloned().unwrap_or_default();
    let text = tr(&why.message());
    Some(view! { <Notice tone=Tone::Warn title=t("policy_dialog.unreadable") text=text code=written /> }.into_any())
}

/// Somebody else has changed it since the dialog opened: saving would undo that, so it is said.
fn changed_elsewhere(server: &Server, inventory: Inventory) -> AnyView {
    let (id, before) = (server.id.clone(), server.metadata.get(metadata::POLICY).cloned());
    let now = Memo::new(move |_| inventory.server(&id).map(|server| server.metadata.get(metadata::POLICY).cloned()));
    (move || {
        let now = now.get().filter(|now| *now != before)?;
        let text = now.unwrap_or_else(|| t("policy_dialog.none"));
        Some(view! { <Notice tone=Tone::Warn title=t("policy_dialog.changed_elsewhere") code=text /> }.into_any())
    })
    .into_any()
}

/// What the next backup under this policy would keep and release.
fn consequences(server: &Server, form: PolicyForm, stock: Stock) -> AnyView {
    let id = server.id.clone();
    let now = use_now();
    let minute = Memo::new(move |_| Moment(now.get().0 / 60 * 60));
    let name = RwSignal::new(t("policy_dialog.next_backup"));
    let plan = Memo::new(move |_| {
        let keep = form.policy()?.keep;
        stock.plan(&id, policy::BACKUP_TYPE, &keep, &name.get(), minute.get()).map(Planned::Own)
    });
    let shown = move || match (form.policy(), stock.error()) {
        (None, _) => ().into_any(),
        (Some(_), Some(error)) => error_notice(&error, Doing::Reading),
        (Some(_), None) => preview(plan, name),
    };
    let state = Memo::new(move |_| (form.policy().is_some(), stock.error().is_some()));
    (move || {
        state.track();
        untrack(shown)
    })
    .into_any()
}

/// As it will stand on the server, and how to set it without Carrete.
fn as_text(server: &Server, form: PolicyForm) -> AnyView {
    let id = server.id.to_string();
    let text = move || form.policy().map(|policy: Policy| policy.to_string()).unwrap_or_default();
    let command = move || {
        form.policy()
            .map(|policy| format!("openstack server set --property {}='{policy}' {id}", metadata::POLICY))
            .unwrap_or_default()
    };
    view! {
        <details class="c-more">
            <summary>{t("policy_dialog.as_text")}</summary>
            <p class="c-muted">{t("policy_dialog.as_text_hint")}</p>
            <Code text=Signal::derive(text) />
            <Code text=Signal::derive(command) />
        </details>
    }
    .into_any()
}
