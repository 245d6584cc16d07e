//! The question before a deletion: what goes, what stays and why, and the volume snapshots that may go along.

use std::collections::{HashMap, HashSet};

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::screen::Screen;
use crate::backup::deletion::{Choice, DeletionPlan, ImageItem, Refused, SnapshotChoice, plan};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::{Arg, Image, ImageId, Message, ProjectId, Server, SnapshotId};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::operation::{Deletion, Kind as Work};
use crate::pages::show::{error_notice, named};
use crate::state::operations::use_operations;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::Dialog;
use crate::ui::field::CheckField;
use crate::ui::icon::icon;

/// What was chosen, and what the dialog offered to delete when it opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    chosen: Vec<ImageId>,
    images: HashSet<ImageId>,
    snapshots: HashSet<SnapshotId>,
    /// When, in milliseconds since 1970.
    at: f64,
}

impl Asked {
    pub fn new(chosen: Vec<ImageId>, images: &[Image], servers: &[Server], project: &ProjectId, at: f64) -> Self {
        let plan = plan(&chosen, images, servers, project);
        let snapshots = plan.images.iter().flat_map(|item| &item.snapshots);
        Self {
            images: plan.images.iter().map(|item| item.image.clone()).collect(),
            snapshots: snapshots
                .filter(|one| one.choice == Choice::Delete)
                .map(|one| one.behind.snapshot_id.clone())
                .collect(),
            chosen,
            at,
        }
    }

    /// The plan as the lists are now. It may shrink while it is looked at; it never grows by itself: an image that could
    /// not go at first stays, and a volume snapshot that becomes free in the meantime comes unticked.
    fn plan(&self, images: &[Image], servers: &[Server], project: &ProjectId) -> DeletionPlan {
        let mut now = plan(&self.chosen, images, servers, project);
        if now.images.iter().any(|item| !self.images.contains(&item.image)) {
            let chosen: Vec<ImageId> = self.images.iter().cloned().collect();
            now = plan(&chosen, images, servers, project);
        }
        let new: Vec<SnapshotId> =
            now.images.iter().flat_map(|item| &item.snapshots).map(|one| one.behind.snapshot_id.clone()).collect();
        for snapshot in new.iter().filter(|id| !self.snapshots.contains(id)) {
            now.tick(snapshot, false);
        }
        now
    }
}

/// What the reader has ticked or unticked.
type Ticks = RwSignal<HashMap<SnapshotId, bool>>;

#[component]
pub fn DeleteDialog(screen: Screen) -> impl IntoView {
    let operations = use_operations();
    let ticks: Ticks = RwSignal::new(HashMap::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let offered = Memo::new(move |_| {
        let asked = screen.asked.get()?;
        let (images, servers) = (screen.all_images()?, screen.servers.get()?);
        Some(asked.plan(&images, &servers, &screen.project()))
    });
    let agreed = Memo::new(move |_| {
        let mut plan = offered.get().unwrap_or_default();
        ticks.with(|ticks| ticks.iter().for_each(|(id, on)| plan.tick(id, *on)));
        plan
    });
    let open = Memo::new(move |_| screen.asked.with(Option::is_some));
    let close = move |()| {
        screen.asked.set(None);
        ticks.set(HashMap::new());
        error.set(None);
    };
    let going = move || agreed.with(|plan| plan.images.len() as u64);
    let title = move || match going() {
        0 => t("images.delete"),
        n => tr(&Message::new("images.delete_title").count("n", n)),
    };
    // What the lists said when the dialog opened may have been half a minute old.
    let fresh =
        Memo::new(move |_| screen.asked.with(|asked| asked.as_ref().is_some_and(|asked| screen.is_since(asked.at))));
    let wait = move || (!fresh.get()).then(|| t("images.delete_reading"));
    let unread = move || {
        let error = screen.plan_error().filter(|_| open.get() && !fresh.get())?;
        Some(view! {
            <div class="mt-4 grid justify-items-start gap-2">
                {error_notice(&error, Doing::Reading)}
                <Button small=true on_press=move |()| screen.read_again()>{t("common.retry")}</Button>
            </div>
        })
    };
    let delete = move |()| {
        let plan = agreed.get_untracked();
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let outcome = operations.start(Work::DeleteImages(Deletion::new(plan.steps())), None).await;
            busy.try_set(false);
            match outcome {
                Ok(_) => {
                    close(());
                    screen.deleted(&plan.images.iter().map(|item| item.image.clone()).collect::<Vec<_>>());
                }
                Err(why) => _ = error.try_set(Some(why)),
            }
        });
    };
    let footer = move || {
        let nothing = move || wait().or_else(|| (going() == 0).then(|| t("images.nothing_to_delete")));
        view! {
            <Button on_press=close>{t("common.cancel")}</Button>
            <Button
                kind=Kind::Danger
                glyph=lu::LuTrash2
                busy=busy
                disabled_reason=Signal::derive(nothing)
                on_press=delete
            >
                {move || title()}
            </Button>
        }
        .into_any()
    };
    view! {
        <Dialog open=open on_close=close title=Signal::derive(title) footer=footer>
            {move || {
                offered
                    .get()
                    .map(|plan| {
                        view! {
                            {going_list(plan.images, ticks)}
                            {move || agreed.with(freed)}
                            {staying_list(plan.refused)}
                        }
                    })
            }}
            {unread}
            {move || error.get().map(|error| view! { <div class="mt-4">{error_notice(&error, Doing::DeleteImage)}</div> })}
        </Dialog>
    }
    .into_any()
}

fn going_list(items: Vec<ImageItem>, ticks: Ticks) -> AnyView {
    if items.is_empty() {
        return view! { <p>{t("images.nothing_to_delete")}</p> }.into_any();
    }
    let has_snapshots = items.iter().any(|item| !item.snapshots.is_empty());
    let hint = has_snapshots.then(|| view! { <p class="c-hint mt-2">{t("images.delete_snapshots_hint")}</p> });
    view! {
        <p>{t("images.delete_lead")}</p>
        <ul class="mt-3 grid gap-3">{items.into_iter().map(|item| going_item(item, ticks)).collect_view()}</ul>
        {hint}
    }
    .into_any()
}

fn going_item(item: ImageItem, ticks: Ticks) -> AnyView {
    let size = item.size.filter(|size| *size > 0).map(intl::bytes);
    let lines = [
        item.unfinished.then(|| t("images.delete_unfinished")),
        (!item.servers.is_empty()).then(|| {
            let names: Vec<String> = item.servers.iter().map(|(_, name)| named(name)).collect();
            tr(&Message::new("images.delete_booted").text("names", names.join(", ")))
        }),
    ];
    let lines = lines.into_iter().flatten().map(|line| {
        view! { <p class="mt-1 flex gap-2">{icon(lu::LuInfo)}<span>{line}</span></p> }
    });
    let snapshots = (!item.snapshots.is_empty()).then(|| {
        view! {
            <fieldset class="mt-2 grid gap-2">
                <legend class="mb-1">{t("images.delete_snapshots")}</legend>
                {item.snapshots.into_iter().map(|snapshot| snapshot_tick(snapshot, ticks)).collect_view()}
            </fieldset>
        }
    });
    view! {
        <li class="rounded-lg border border-(--c-line) p-3">
            <p class="flex justify-between gap-3">
                <strong class="min-w-0 break-words">{named(&item.name)}</strong>
                <span class="c-hint flex-none">{size}</span>
            </p>
            {lines.collect_view()}
            {snapshots}
        </li>
    }
    .into_any()
}

/// The same snapshot may stand behind several images: then it is ticked in all places at once.
fn snapshot_tick(snapshot: SnapshotChoice, ticks: Ticks) -> AnyView {
    let id = snapshot.behind.snapshot_id.clone();
    let short: String = id.as_str().chars().take(8).collect();
    let mut label =
        tr(&Message::new("images.volume_snapshot").text("id", short).count("size", snapshot.behind.size_gib));
    if !snapshot.behind.device.is_empty() {
        label = format!("{label} ({})", snapshot.behind.device);
    }
    let needed = match &snapshot.choice {
        Choice::Needed { by } => {
            let names: Vec<String> = by.iter().map(|name| named(name)).collect();
            Some(tr(&Message::new("images.snapshot_needed").text("names", names.join(", "))))
        }
        _ => None,
    };
    let default = snapshot.choice == Choice::Delete;
    let told = Memo::new({
        let id = id.clone();
        move |_| ticks.with(|ticks| ticks.get(&id).copied()).unwrap_or(default)
    });
    let value = RwSignal::new(told.get_untracked() && needed.is_none());
    let free = needed.is_none();
    Effect::new(move |before: Option<()>| {
        let on = value.get();
        if before.is_some() && free && told.get_untracked() != on {
            ticks.update(|ticks| _ = ticks.insert(id.clone(), on));
        }
    });
    Effect::new(move || {
        let on = told.get() && free;
        if value.get_untracked() != on {
            value.set(on);
        }
    });
    match needed {
        Some(reason) => view! { <CheckField label=label value=value disabled_reason=reason /> }.into_any(),
        None => view! { <CheckField label=label value=value /> }.into_any(),
    }
}

/// What the cloud gets back.
fn freed(plan: &DeletionPlan) -> AnyView {
    let (bytes, gib) = plan.freed();
    let message = match (bytes, gib) {
        (0, 0) => return ().into_any(),
        (bytes, 0) => Message::new("images.frees").bytes("size", bytes),
        (0, gib) => Message::new("images.frees_volumes").with("gib", Arg::Count(gib)),
        (bytes, gib) => Message::new("images.frees_both").bytes("size", bytes).with("gib", Arg::Count(gib)),
    };
    view! { <p class="c-hint mt-3">{tr(&message)}</p> }.into_any()
}

fn staying_list(refused: Vec<Refused>) -> AnyView {
    if refused.is_empty() {
        return ().into_any();
    }
    let item = |refused: Refused| {
        view! {
            <li>
                <strong class="break-words">{named(&refused.name)}</strong>
                <span class="c-hint block">{tr(&refused.reason.message())}</span>
            </li>
        }
    };
    view! {
        <h3 class="mt-5">{t("images.stays")}</h3>
        <ul class="mt-2 grid gap-2">{refused.into_iter().map(item).collect_view()}</ul>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::{PROJECT, image, volume_image};

    #[test]
    fn a_volume_snapshot_stays_that_a_hidden_image_needs() {
        let project = PROJECT.into();
        let a = volume_image("a", 1, &["s1", "s2"]);
        let mut hidden = volume_image("h", 2, &["s2"]);
        hidden.os_hidden = true;
        let asked = Asked::new(vec!["a".into()], std::slice::from_ref(&a), &[], &project, 0.0);
        let plan = asked.plan(&[a, hidden], &[], &project);
        let choices: Vec<&Choice> = plan.images[0].snapshots.iter().map(|one| &one.choice).collect();
        assert!(matches!(choices[..], [Choice::Delete, Choice::Needed { .. }]), "{choices:?}");
    }

    #[test]
    fn nothing_goes_that_was_not_shown_when_the_dialog_opened() {
        let project = PROJECT.into();
        let mut locked = image("b", 2);
        locked.protected = true;
        let free = image("b", 2);
        let (a, other) = (volume_image("a", 1, &["s1", "s2"]), volume_image("c", 3, &["s2"]));
        let asked = Asked::new(vec!["a".into(), "b".into()], &[a.clone(), locked, other], &[], &project, 0.0);

        // The protection is gone, and so is the image that needed the snapshot.
        let plan = asked.plan(&[a, free.clone()], &[], &project);
        assert_eq!(plan.images.iter().map(|item| item.image.as_str()).collect::<Vec<_>>(), ["a"]);
        let choices: Vec<&Choice> = plan.images[0].snapshots.iter().map(|one| &one.choice).collect();
        assert_eq!(choices, [&Choice::Delete, &Choice::Keep]);

        // What is gone already is no longer asked about.
        assert!(asked.plan(&[free], &[], &project).images.is_empty());
    }
}
