//! One policy for several instances: what it changes on each and what the next backup would release, then written to all,
//! with the outcome of each.

use std::collections::{BTreeMap, HashMap};

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::overview::Overview;
use crate::backup::metadata;
use crate::backup::policy::{self, Change};
use crate::backup::retention::Item;
use crate::backup::run;
use crate::i18n::{t, tr};
use crate::model::{Message, Moment, Server, ServerId};
use crate::openstack::ApiError;
use crate::openstack::compute::SetServerMetadata;
use crate::openstack::sentence::Doing;
use crate::pages::instances::backup_preview::what_goes;
use crate::pages::instances::policy_form::{PolicyForm, fields};
use crate::pages::instances::stock::Stock;
use crate::pages::show::{error_notice, error_words, named, read_only};
use crate::state::polling::use_now;
use crate::state::queries::{Query, use_queries};
use crate::state::scheduling::follow;
use crate::state::session::use_session;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, Width};
use crate::ui::notice::Notice;
use crate::ui::spinner::Spinner;
use crate::ui::toast::Toasts;

/// What came of writing, for those that were tried: the line that stands there now.
type Outcomes = HashMap<ServerId, Result<String, ApiError>>;

#[component]
pub fn BulkPolicyDialog(chosen: RwSignal<Option<Vec<ServerId>>>, overview: Overview) -> impl IntoView {
    let title = move || {
        let count = chosen.with(|chosen| chosen.as_ref().map_or(0, Vec::len));
        tr(&Message::new("bulk_policy.title").count("n", count as u64))
    };
    let dirty = RwSignal::new(false);
    let body = move || chosen.get().map(|ids| form(ids, overview, chosen, dirty));
    view! {
        <Dialog
            open=Signal::derive(move || chosen.with(Option::is_some))
            on_close=move |()| chosen.set(None)
            title=Signal::derive(title)
            dirty=dirty
            width=Width::Wide
        >
            {body}
        </Dialog>
    }
    .into_any()
}

fn form(
    ids: Vec<ServerId>,
    overview: Overview,
    chosen: RwSignal<Option<Vec<ServerId>>>,
    dirty: RwSignal<bool>,
) -> AnyView {
    dirty.set(false);
    let inventory = overview.inventory;
    let stock = Stock::ask(inventory);
    // As they were when the dialog opened: what it says of them must not turn while they are being written.
    let mut servers: Vec<Server> = untrack(|| ids.iter().filter_map(|id| inventory.server(id)).collect());
    servers.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let servers = RwSignal::new(servers);
    let form = PolicyForm::new(servers.with_untracked(|all| policy::in_common(all)).as_ref());
    let policy = Memo::new(move |_| form.policy());
    let first = policy.get_untracked();
    let outcomes = RwSignal::new(Outcomes::new());
    // What the last poll said of them may be half a minute old, and somebody may have changed a policy since.
    Effect::new(move |_| {
        if !stock.fresh.get() {
            return;
        }
        untrack(|| {
            servers.update(|all| {
                all.iter_mut().for_each(|server| {
                    if let Some(now) = inventory.server(&server.id) {
                        *server = now;
                    }
                });
            });
        });
    });
    // Another policy has to be written to all of them anew.
    Effect::new(move |before: Option<()>| {
        let changed = policy.with(|policy| *policy != first);
        if before.is_some() {
            dirty.set(changed);
            let written = outcomes.try_update(std::mem::take).unwrap_or_default();
            if !written.is_empty() {
                servers.update(|all| now_stands(all, &written));
            }
        }
    });
    let items = Memo::new(move |_| servers.with(|all| stock.items_of(all, policy::BACKUP_TYPE)));
    let to_write = Memo::new(move |_| {
        let Some(policy) = policy.get() else { return Vec::new() };
        let line = policy.to_string();
        let stands =
            |server: &Server| outcomes.with(|all| matches!(all.get(&server.id), Some(Ok(written)) if *written == line));
        let open = |server: &&Server| Change::of(server, &policy) != Change::Same && !stands(server);
        servers.with(|all| all.iter().filter(open).map(|server| server.id.clone()).collect::<Vec<_>>())
    });
    let busy = RwSignal::new(false);
    let lacking = move || {
        let failed = outcomes.with(|all| all.values().any(Result::is_err));
        failed.then(|| to_write.with(Vec::len) as u64).filter(|_| !busy.get())
    };
    let blocked = Signal::derive(move || {
        read_only()
            .map(|why| tr(&why.message()))
            .or_else(|| form.wrong().map(|why| tr(&why)))
            .or_else(|| (!stock.fresh.get()).then(|| t("backup_dialog.loading")))
            .or_else(|| to_write.with(Vec::is_empty).then(|| t("bulk_policy.all_same")))
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (Some(policy), Ok(cloud)) = (policy.get_untracked(), use_session().cloud()) else { return };
        if busy.get_untracked() || untrack(move || blocked.get()).is_some() {
            return;
        }
        busy.set(true);
        let (ids, queries) = (to_write.get_untracked(), use_queries());
        let toasts = use_context::<Toasts>().unwrap_or_else(Toasts::provide);
        let line = policy.to_string();
        spawn_local(async move {
            for id in ids {
                let metadata = BTreeMap::from([(metadata::POLICY.to_owned(), line.clone())]);
                let call = SetServerMetadata { server: id.clone(), metadata };
                let outcome = cloud.call(&call).await.map(|_| line.clone());
                if outcome.is_ok() && follow(&cloud, &id, policy.schedule.as_ref()).await.is_err() {
                    let name = overview.inventory.server(&id).map(|server| server.name).unwrap_or_default();
                    toasts.push(Tone::Warn, tr(&Message::new("in_cloud.not_followed").text("name", name)), None);
                }
                // Nobody is signed in any more: the others would fail alike.
                let over = matches!(outcome, Err(ApiError::SessionEnded));
                outcomes.try_update(|all| all.insert(id, outcome));
                if over {
                    break;
                }
            }
            queries.refresh(&Query::Servers);
            queries.refresh(&Query::Triggers);
            busy.try_set(false);
            if to_write.try_get_untracked().is_some_and(|left| left.is_empty()) {
                chosen.set(None);
            }
        });
    };
    let now = use_now();
    let minute = Memo::new(move |_| Moment(now.get().0 / 60 * 60));
    let list = move || {
        let (policy, items) = (policy.get()?, items.get());
        let next = t("policy_dialog.next_backup");
        let one = |server: &Server| {
            let mine = items.as_ref().and_then(|items| items.get(&server.id)).cloned();
            let after = mine.map(|items: Vec<Item>| run::with_one_more(items, &policy.keep, &next, minute.get()));
            let goes = match after {
                Some(decisions) => what_goes(&decisions),
                None => view! { <Spinner label=t("backup_dialog.loading") /> }.into_any(),
            };
            line(server, &policy, goes, outcomes)
        };
        Some(servers.with(|all| all.iter().map(one).collect_view()))
    };
    view! {
        <form class="c-form" on:submit=save novalidate>
            <p class="c-muted">{t("bulk_policy.lead")}</p>
            {fields(form)}
            <ul class="grid gap-3">{list}</ul>
            {move || stock.error().map(|error| error_notice(&error, Doing::Reading))}
            {move || {
                lacking().map(|count| {
                    let title = tr(&Message::new("bulk_policy.some_failed").count("n", count));
                    view! { <Notice tone=Tone::Bad title=title /> }
                })
            }}
            <div class="c-dialog-foot">
                <Button on_press=move |()| chosen.set(None)>{t("common.cancel")}</Button>
                <Button kind=Kind::Primary glyph=lu::LuShieldCheck submit=true busy=busy disabled_reason=blocked>
                    {move || tr(&Message::new("bulk_policy.submit").count("n", to_write.with(Vec::len) as u64))}
                </Button>
            </div>
        </form>
    }
    .into_any()
}

/// What was written is what another policy would replace.
fn now_stands(servers: &mut [Server], written: &Outcomes) {
    for server in servers {
        if let Some(Ok(line)) = written.get(&server.id) {
            server.metadata.insert(metadata::POLICY.to_owned(), line.clone());
        }
    }
}

/// One instance: the line that stands there, the new one, what that releases, and whether it was written.
fn line(server: &Server, policy: &policy::Policy, goes: AnyView, outcomes: RwSignal<Outcomes>) -> AnyView {
    let id = server.id.clone();
    let change = Change::of(server, policy);
    let unreadable = matches!(change, Change::ReplacesUnreadable(_));
    let words = match change {
        Change::Same => view! { <p class="c-muted">{t("bulk_policy.same")}</p> }.into_any(),
        change => {
            let old = match change {
                Change::Replaces(line) | Change::ReplacesUnreadable(line) => {
                    view! { <del class="c-mono">{line}</del> }.into_any()
                }
                _ => view! { <span class="c-muted">{t("bulk_policy.was_none")}</span> }.into_any(),
            };
            view! {
                <p class="c-change">
                    {old}
                    <span aria-hidden="true">"→"</span>
                    <span class="sr-only">{t("bulk_policy.becomes")}</span>
                    <ins class="c-mono">{policy.to_string()}</ins>
                </p>
            }
            .into_any()
        }
    };
    let outcome = move || {
        outcomes.with(|all| match all.get(&id)? {
            Ok(_) => Some(view! { <Badge tone=Tone::Ok text=t("bulk_policy.written") /> }.into_any()),
            Err(why) => {
                let sentence = error_words(why, Doing::Schedule).0;
                Some(view! { <Badge tone=Tone::Bad text=t("bulk_policy.not_written") /><p class="c-error">{sentence}</p> }.into_any())
            }
        })
    };
    view! {
        <li class="c-plan">
            <div class="c-schedule-head">
                <h3>{named(&server.name)}</h3>
                <div role="status">{outcome}</div>
            </div>
            {words}
            {unreadable.then(|| view! { <p class="c-muted">{t("bulk_policy.unreadable")}</p> })}
            {goes}
        </li>
    }
    .into_any()
}
