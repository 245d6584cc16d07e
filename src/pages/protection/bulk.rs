//! Back up several instances by their policies: one plan for all, shown before anything is made.

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::overview::Overview;
use crate::backup::naming;
use crate::backup::policy;
use crate::backup::run::RunPlan;
use crate::i18n::{t, tr};
use crate::model::blocked::can_snapshot;
use crate::model::{Message, Moment, ServerId, VolumeId};
use crate::openstack::ApiError;
use crate::openstack::sentence::{Context, Doing, sentence};
use crate::operation::{Capture, Kind as Work};
use crate::pages::instances::Backing;
use crate::pages::instances::backup_dialog::suggest_name;
use crate::pages::instances::backup_preview::what_goes;
use crate::pages::instances::quota::{image_quota, image_quota_line, quota_line, volume_quota};
use crate::pages::instances::stock::Stock;
use crate::pages::show::{error_notice, named, read_only};
use crate::state::operations::use_operations;
use crate::state::polling::use_now;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, Width};
use crate::ui::spinner::Spinner;

/// What becomes of one of the chosen.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Made(Box<Made>),
    /// Left out, and why.
    Refused {
        name: String,
        why: Message,
    },
    /// Not known yet.
    Asking {
        name: String,
    },
}

#[derive(Clone, Debug, PartialEq)]
struct Made {
    server: ServerId,
    server_name: String,
    /// Of the new image.
    name: String,
    volume_backed: bool,
    /// Of which a snapshot is made.
    volumes: Vec<VolumeId>,
    plan: RunPlan,
}

#[component]
pub fn BulkDialog(chosen: RwSignal<Option<Vec<ServerId>>>, overview: Overview) -> impl IntoView {
    let close = move |()| chosen.set(None);
    let title = move || {
        let count = chosen.with(|chosen| chosen.as_ref().map_or(0, Vec::len));
        tr(&Message::new("bulk.title").count("n", count as u64))
    };
    let body = move || chosen.get().map(|ids| form(ids, overview, chosen));
    view! {
        <Dialog
            open=Signal::derive(move || chosen.with(Option::is_some))
            on_close=close
            title=Signal::derive(title)
            width=Width::Wide
        >
            {body}
        </Dialog>
    }
    .into_any()
}

fn form(ids: Vec<ServerId>, overview: Overview, chosen: RwSignal<Option<Vec<ServerId>>>) -> AnyView {
    let inventory = overview.inventory;
    let stock = Stock::ask(inventory);
    let now = use_now();
    let minute = Memo::new(move |_| Moment(now.get().0 / 60 * 60));
    let asked: Vec<_> = ids.into_iter().map(|id| (inventory.volume_backed(id.clone()), id)).collect();
    let names: Vec<(ServerId, String)> = asked
        .iter()
        .filter_map(|(_, id)| untrack(|| inventory.server(id)))
        .map(|server| (server.id.clone(), suggest_name(&server.name, "backup", naming::MAX_VOLUME_BACKED)))
        .collect();
    let parts = Memo::new(move |_| {
        let part = |(backed, id): &(Backing, ServerId)| {
            let server = inventory.server(id)?;
            let name = named(&server.name);
            let refused = |why: Message| Some(Part::Refused { name: name.clone(), why });
            let policy = match policy::of_server(&server) {
                None => return refused(Message::new("bulk.no_policy")),
                Some(Err(why)) => return refused(why.message()),
                Some(Ok(policy)) => policy,
            };
            if let Err(why) = can_snapshot(&server) {
                return refused(why.message());
            }
            if let Some(error) = backed.error() {
                return refused(sentence(&error, Context::doing(Doing::Reading)));
            }
            let (Some(volume_backed), Some((_, image))) =
                (backed.known.get(), names.iter().find(|(known, _)| known == id))
            else {
                return Some(Part::Asking { name });
            };
            let disks = server.volumes.iter().filter(|_| volume_backed).map(|attached| attached.id.clone());
            match stock.plan(id, policy::BACKUP_TYPE, &policy.keep, image, minute.get()) {
                None => Some(Part::Asking { name }),
                Some(plan) => Some(Part::Made(Box::new(Made {
                    server: server.id.clone(),
                    server_name: server.name.clone(),
                    name: image.clone(),
                    volume_backed,
                    volumes: disks.collect(),
                    plan,
                }))),
            }
        };
        asked.iter().filter_map(part).collect::<Vec<_>>()
    });
    let made = move || -> Vec<Made> {
        parts.with(|parts| {
            parts
                .iter()
                .filter_map(|part| if let Part::Made(made) = part { Some((**made).clone()) } else { None })
                .collect()
        })
    };
    let quota = volume_quota(Memo::new(move |_| made().into_iter().flat_map(|made| made.volumes).collect()));
    let image_quota = image_quota(move || made().len() as u64, move || made().iter().any(|made| !made.volume_backed));
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let blocked = Signal::derive(move || {
        let made = made();
        let asking = parts.with(|parts| parts.iter().any(|part| matches!(part, Part::Asking { .. })));
        read_only()
            .map(|why| tr(&why.message()))
            .or_else(|| (asking || !stock.fresh.get()).then(|| t("backup_dialog.loading")))
            .or_else(|| made.is_empty().then(|| t("bulk.nothing")))
            .or_else(|| quota.blocked())
            .or_else(|| image_quota.get())
    });
    let submit = move |()| {
        let made = untrack(made);
        if busy.get_untracked() || blocked.get_untracked().is_some() {
            return;
        }
        busy.set(true);
        error.set(None);
        let work = made.into_iter().map(|it| {
            Work::Backup(Capture::own_backup(
                it.server,
                &it.server_name,
                &it.name,
                "",
                it.volume_backed,
                it.plan.release,
            ))
        });
        let (work, operations) = (work.collect::<Vec<_>>(), use_operations());
        spawn_local(async move {
            let outcome = operations.start_all(work).await;
            busy.try_set(false);
            match outcome {
                Ok(_) => chosen.set(None),
                Err(why) => _ = error.try_set(Some(why)),
            }
        });
    };
    view! {
        <div class="c-form">
            <p class="c-muted">{t("bulk.lead")}</p>
            <ul class="grid gap-3">{move || parts.get().into_iter().map(item).collect_view()}</ul>
            {quota_line(quota)} {image_quota_line(image_quota)}
            {move || stock.error().map(|error| error_notice(&error, Doing::Reading))}
            {move || error.get().map(|error| error_notice(&error, Doing::Snapshot))}
            <div class="c-dialog-foot">
                <Button on_press=move |()| chosen.set(None)>{t("common.cancel")}</Button>
                <Button kind=Kind::Primary glyph=lu::LuFilm busy=busy disabled_reason=blocked on_press=submit>
                    {move || tr(&Message::new("bulk.submit").count("n", made().len() as u64))}
                </Button>
            </div>
        </div>
    }
    .into_any()
}

fn item(part: Part) -> AnyView {
    let (name, words) = match part {
        Part::Asking { name } => (name, view! { <Spinner label=t("backup_dialog.loading") /> }.into_any()),
        Part::Refused { name, why } => (name, view! { <p class="c-hint">{tr(&why)}</p> }.into_any()),
        Part::Made(made) => (named(&made.server_name), what_goes(&made.plan.decisions)),
    };
    view! { <li class="c-plan"><h3>{name}</h3>{words}</li> }.into_any()
}
