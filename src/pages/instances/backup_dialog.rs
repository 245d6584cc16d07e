//! Back up with a type and a rotation: the reel shows which backup will fall off before anything is done.

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::dialogs::{Dialogs, ServerAction};
use super::{Inventory, first_error, reels};
use crate::backup::rotation::{self, Fate, Question, RotationPlan};
use crate::backup::{lineage, naming, reel};
use crate::browser::clock;
use crate::i18n::{t, tr};
use crate::model::blocked::can_snapshot;
use crate::model::{Image, Message, ServerId};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::operation::{Capture, Kind as Work};
use crate::pages::show::{error_notice, named, read_only};
use crate::state::operations::use_operations;
use crate::state::polling::use_now;
use crate::state::queries::{Query, use_queries};
use crate::state::session::use_session;
use crate::ui::badge::Tone;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, Width};
use crate::ui::field::{NumberField, TextField};
use crate::ui::notice::Notice;
use crate::ui::reel::Reel;
use crate::ui::spinner::Spinner;

const MOST: u32 = 1000;
/// Where a server has no backups of a type yet.
const ROTATION: u32 = 7;

#[component]
pub fn BackupDialog(server: Memo<Option<ServerId>>, inventory: Inventory, dialogs: Dialogs) -> impl IntoView {
    let title = Signal::derive(move || {
        let name = server.get().and_then(|id| inventory.server(&id)).map(|server| server.name).unwrap_or_default();
        tr(&Message::new("backup_dialog.title").text("name", name))
    });
    let dirty = RwSignal::new(false);
    let body = move || server.get().map(|id| content(id, inventory, dialogs, dirty));
    view! {
        <Dialog
            open=Signal::derive(move || server.get().is_some())
            on_close=move |_| dialogs.close()
            title=title
            dirty=dirty
            width=Width::Wide
        >
            {body}
        </Dialog>
    }
    .into_any()
}

fn content(id: ServerId, inventory: Inventory, dialogs: Dialogs, dirty: RwSignal<bool>) -> AnyView {
    dirty.set(false);
    // The prediction must rest on what is there now, not on what was there when the page was last refreshed.
    let opened = clock::now();
    use_queries().refresh(&Query::Images);
    let fresh = Memo::new(move |_| inventory.images.at.get().is_some_and(|at| at >= opened));
    // `at` also tells a whole list from its first pages: the oldest backup is on the last one.
    let known = Memo::new(move |_| inventory.images.at.with(Option::is_some));
    let backed = inventory.volume_backed(id.clone());
    (move || match (backed.get(), known.get()) {
        (Some(true), _) => refused(&id, inventory, dialogs),
        (Some(false), true) => form(id.clone(), inventory, dialogs, dirty, fresh),
        _ => match first_error(inventory.images) {
            Some(error) => error,
            None => view! { <p><Spinner label=t("snapshot.checking") /></p> }.into_any(),
        },
    })
    .into_any()
}

/// Nova refuses backups of volume-backed servers; a snapshot works.
fn refused(id: &ServerId, inventory: Inventory, dialogs: Dialogs) -> AnyView {
    let name = untrack(|| inventory.server(id)).map(|server| server.name).unwrap_or_default();
    let text = tr(&Message::new("backup_dialog.refused_text").text("name", name));
    let id = id.clone();
    view! {
        <Notice tone=Tone::Info title=t("backup_dialog.refused_title") text=text />
        <div class="c-dialog-foot">
            <Button on_press=move |_| dialogs.close()>{t("common.cancel")}</Button>
            <Button
                kind=Kind::Primary
                glyph=lu::LuCamera
                on_press=move |_| dialogs.open(ServerAction::Snapshot, &id)
            >
                {t("backup_dialog.snapshot_instead")}
            </Button>
        </div>
    }
    .into_any()
}

fn form(id: ServerId, inventory: Inventory, dialogs: Dialogs, dirty: RwSignal<bool>, fresh: Memo<bool>) -> AnyView {
    let Some(server) = untrack(|| inventory.server(&id)) else { return ().into_any() };
    let images = move || inventory.images.get();
    let types = untrack(images).map(|images| lineage::backup_types(&images, &id)).unwrap_or_default();
    let first_type = types.first().cloned().unwrap_or_else(|| naming::SUGGESTED_TYPES[0].to_owned());
    let backup_type = RwSignal::new(first_type.clone());
    let first_rotation = usual_rotation(untrack(images).as_deref().map(Vec::as_slice), &id, &first_type);
    let rotation = RwSignal::new(Some(first_rotation));
    let suggested = suggest_name(&server.name, &first_type);
    let name = RwSignal::new(suggested.clone());
    // Follows the type until somebody writes a name of their own.
    let automatic = StoredValue::new(suggested);
    let server_name = server.name.clone();
    Effect::new(move |_| {
        let next = suggest_name(&server_name, &backup_type.get());
        if name.with_untracked(|name| automatic.with_value(|last| last == name)) {
            automatic.set_value(next.clone());
            name.set(next);
        }
    });
    Effect::new(move |before: Option<()>| {
        name.track();
        backup_type.track();
        rotation.track();
        if before.is_some() && name.with(|name| automatic.with_value(|last| last != name)) {
            dirty.set(true);
        }
    });
    let plan = {
        let id = id.clone();
        Memo::new(move |_| {
            let (images, rotation) = (images()?, rotation.get()?);
            let servers = inventory.servers.get().unwrap_or_default();
            let project = use_session().who.get()?.project.id.clone();
            let backup_type = backup_type.get();
            Some(rotation::plan(Question {
                images: &images,
                servers: &servers,
                server: &id,
                backup_type: &backup_type,
                rotation,
                project: &project,
            }))
        })
    };
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let bad_name = Memo::new(move |_| naming::check(&name.get(), naming::MAX).err().map(|why| tr(&why)));
    let bad_type = Memo::new(move |_| naming::check_backup_type(&backup_type.get()).err().map(|why| tr(&why)));
    let bad_rotation = Memo::new(move |_| rotation.get().is_none().then(|| t("backup_dialog.rotation_bad")));
    let blocked = {
        let id = id.clone();
        Signal::derive(move || {
            let server = inventory.server(&id)?;
            let blocked = read_only().map_or_else(|| can_snapshot(&server), Err).err();
            blocked.map(|why| tr(&why.message())).or_else(|| (!fresh.get()).then(|| t("backup_dialog.loading")))
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wrong = [bad_name.get_untracked(), bad_type.get_untracked(), bad_rotation.get_untracked()];
        if busy.get_untracked() || blocked.get_untracked().is_some() || wrong.iter().any(Option::is_some) {
            return;
        }
        // What was shown is what is run, and what is verified afterwards.
        let Some(plan) = plan.get_untracked() else { return };
        busy.set(true);
        error.set(None);
        let work = Capture::backup(&server.name, &name.get_untracked(), "", plan);
        let operations = use_operations();
        spawn_local(async move {
            match operations.start(Work::Backup(work), None).await {
                Ok(_) => dialogs.close(),
                Err(why) => {
                    busy.try_set(false);
                    error.try_set(Some(why));
                }
            }
        });
    };
    let suggestions: Vec<String> = {
        let mut all = types;
        for word in naming::SUGGESTED_TYPES {
            if !all.iter().any(|known| known == word) {
                all.push(word.to_owned());
            }
        }
        all
    };
    view! {
        <form class="c-form" on:submit=submit novalidate>
            <div class="c-fields c-fields-row">
                <TextField
                    label=t("backup_dialog.type")
                    value=backup_type
                    hint=t("backup_dialog.type_hint")
                    suggestions=Signal::stored(suggestions)
                    error=bad_type
                />
                <NumberField
                    label=t("backup_dialog.rotation")
                    value=rotation
                    min=1
                    max=MOST
                    hint=t("backup_dialog.rotation_hint")
                    error=bad_rotation
                />
            </div>
            <TextField label=t("snapshot.name") value=name error=bad_name />
            {preview(plan, name)}
            {move || {
                let failed = inventory.images.error.get().filter(|_| !fresh.get());
                failed.map(|error| error_notice(&error, Doing::Reading))
            }}
            {move || error.get().map(|error| error_notice(&error, Doing::Snapshot))}
            <div class="c-dialog-foot">
                <Button on_press=move |_| dialogs.close()>{t("common.cancel")}</Button>
                <Button kind=Kind::Primary glyph=lu::LuFilm submit=true busy=busy disabled_reason=blocked>
                    {t("backup_dialog.submit")}
                </Button>
            </div>
        </form>
    }
    .into_any()
}

/// The reel as it will be, and in words what goes and what cannot go.
fn preview(plan: Memo<Option<RotationPlan>>, name: RwSignal<String>) -> AnyView {
    let now = use_now();
    let minute = Memo::new(move |_| crate::model::Moment(now.get().0 / 60 * 60));
    let strip = Memo::new(move |_| {
        plan.with(|plan| plan.as_ref().map(|plan| reels::frames(&reel::of_plan(plan, &name.get(), minute.get()))))
            .unwrap_or_default()
    });
    let slots =
        Signal::derive(move || plan.with(|plan| plan.as_ref().map_or(0, |plan| plan.rotation as usize)).min(60));
    let words = move || {
        let plan = plan.get()?;
        let gone: Vec<_> = plan.deleted().map(|frame| item(&frame.name, &frame.fate)).collect();
        let stuck = plan.frames.iter().filter(|frame| matches!(frame.fate, Fate::WouldFail { .. }));
        let stuck: Vec<_> = stuck.map(|frame| item(&frame.name, &frame.fate)).collect();
        let count = gone.len() as u64;
        let sentence = if count == 0 {
            t("backup_dialog.goes_none")
        } else {
            tr(&Message::new("backup_dialog.goes_some").count("n", count))
        };
        Some(
            view! {
                <p>{sentence}</p>
                <ul class="c-list">{gone}</ul>
                {(!stuck.is_empty()).then(|| view! { <ul class="c-list c-muted">{stuck}</ul> })}
            }
            .into_any(),
        )
    };
    view! {
        <section class="c-plan">
            <h3>{t("backup_dialog.goes")}</h3>
            {move || {
                if plan.with(Option::is_some) {
                    view! { <Reel label=t("backup_dialog.goes") frames=strip slots=slots /> }.into_any()
                } else {
                    view! { <p><Spinner label=t("backup_dialog.loading") /></p> }.into_any()
                }
            }}
            {words}
        </section>
    }
    .into_any()
}

fn item(name: &str, fate: &Fate) -> AnyView {
    view! { <li><strong>{named(name)}</strong>" "<span class="c-muted">{tr(fate.reason())}</span></li> }.into_any()
}

fn suggest_name(server: &str, backup_type: &str) -> String {
    let now = clock::now();
    let utc_offset = clock::utc_offset_minutes(now) * 60;
    let places = naming::Places { server, backup_type, now, utc_offset };
    naming::render("{server}-{type}-{date}-{time}", places, naming::MAX)
}

/// As many as there are: with that, one more backup makes the oldest go, as it did before.
fn usual_rotation(images: Option<&[Image]>, server: &ServerId, backup_type: &str) -> u32 {
    let frames = images
        .map_or(0, |images| reel::of_images(images, server, backup_type, None, crate::model::Moment(0)).frames.len());
    u32::try_from(frames).ok().filter(|n| *n > 1).unwrap_or(ROTATION).min(MOST)
}
