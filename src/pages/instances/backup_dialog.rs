//! Back up: by the server's policy, or with a type and a rotation. The reel shows which backup will fall off before
//! anything is done.

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backup_preview::{Planned, preview};
use super::dialogs::Dialogs;
use super::quota::{VolumeQuota, image_quota, image_quota_line, quota_line, volume_quota};
use super::stock::Stock;
use super::{Inventory, first_error};
use crate::backup::policy::{self, Keep, Policy};
use crate::backup::rotation::{self, Question};
use crate::backup::{lineage, metadata, naming, reel};
use crate::browser::clock;
use crate::i18n::{t, tr};
use crate::model::blocked::can_snapshot;
use crate::model::{Image, Message, Moment, Server, ServerId};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::operation::{Capture, Kind as Work};
use crate::pages::show::{error_notice, read_only};
use crate::state::operations::use_operations;
use crate::state::polling::use_now;
use crate::state::session::use_session;
use crate::ui::badge::Tone;
use crate::ui::button::{Button, Kind};
use crate::ui::field::{Choice, NumberField, RadioCards, TextArea, TextField};
use crate::ui::notice::Notice;
use crate::ui::spinner::Spinner;

const BY_POLICY: &str = "policy";
const BY_TYPE: &str = "type";

pub fn content(id: ServerId, inventory: Inventory, dialogs: Dialogs, dirty: RwSignal<bool>) -> AnyView {
    dirty.set(false);
    let stock = Stock::ask(inventory);
    // `at` also tells a whole list from its first pages: the oldest backup is on the last one.
    let known = Memo::new(move |_| inventory.images.at.with(Option::is_some));
    let backed = inventory.volume_backed(id.clone());
    (move || match (backed.known.get(), known.get()) {
        (Some(volume_backed), true) => form(id.clone(), volume_backed, inventory, stock, dialogs, dirty),
        _ => match first_error(inventory.images).or_else(|| backed.notice()) {
            Some(error) => error,
            None => view! { <p><Spinner label=t("snapshot.checking") /></p> }.into_any(),
        },
    })
    .into_any()
}

fn form(
    id: ServerId,
    volume_backed: bool,
    inventory: Inventory,
    stock: Stock,
    dialogs: Dialogs,
    dirty: RwSignal<bool>,
) -> AnyView {
    let Some(server) = untrack(|| inventory.server(&id)) else { return ().into_any() };
    let images = move || inventory.images.get();
    // The list of servers is made fresh too: what counts is the policy as it stands at the click.
    let policy = {
        let id = id.clone();
        Memo::new(move |_| policy::of_server(&inventory.server(&id)?)?.ok())
    };
    let types = untrack(images).map(|images| own_types(&images, &id)).unwrap_or_default();
    let first_type = types.first().cloned().unwrap_or_else(|| naming::SUGGESTED_TYPES[0].to_owned());
    let mode = RwSignal::new(if policy.with_untracked(Option::is_some) { BY_POLICY } else { BY_TYPE }.to_owned());
    let by_policy = Memo::new(move |_| policy.with(Option::is_some) && mode.with(|mode| mode == BY_POLICY));
    let backup_type = RwSignal::new(first_type);
    let rotation = proposed_rotation(&id, inventory, backup_type);
    let name = proposed_name(&server, backup_type, by_policy, volume_backed);
    let automatic = name.get_untracked();
    let note = RwSignal::new(String::new());
    Effect::new(move |before: Option<()>| {
        name.track();
        backup_type.track();
        rotation.track();
        if before.is_some() && (name.with(|name| *name != automatic) || note.with(|note| !note.is_empty())) {
            dirty.set(true);
        }
    });
    let now = use_now();
    let minute = Memo::new(move |_| Moment(now.get().0 / 60 * 60));
    let plan = {
        let id = id.clone();
        Memo::new(move |_| {
            let (set, keep) = match policy.get().filter(|_| by_policy.get()) {
                Some(policy) => (policy::BACKUP_TYPE.to_owned(), policy.keep),
                None => (backup_type.get(), Keep { last: rotation.get()?, ..Keep::default() }),
            };
            if by_policy.get() || volume_backed {
                return stock.plan(&id, &set, &keep, &name.get(), minute.get()).map(Planned::Own);
            }
            let servers = inventory.servers.get().unwrap_or_default();
            let project = use_session().who.get()?.project.id.clone();
            Some(Planned::Nova(rotation::plan(Question {
                images: &images()?,
                servers: &servers,
                server: &id,
                backup_type: &set,
                rotation: keep.last,
                project: &project,
            })))
        })
    };
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let longest = if volume_backed { naming::MAX_VOLUME_BACKED } else { naming::MAX };
    let bad_name = Memo::new(move |_| naming::check(&name.get(), longest).err().map(|why| tr(&why)));
    let bad_note = Memo::new(move |_| note.with(|note| metadata::is_too_long(note)).then(|| t("snapshot.note_hint")));
    let bad_type = Memo::new(move |_| {
        let taken = backup_type.with(|it| it == policy::BACKUP_TYPE).then(|| t("backup_dialog.type_taken"));
        let wrong = naming::check_backup_type(&backup_type.get()).err().map(|why| tr(&why));
        wrong.or(taken).filter(|_| !by_policy.get())
    });
    let bad_rotation =
        Memo::new(move |_| (!by_policy.get() && rotation.get().is_none()).then(|| t("backup_dialog.rotation_bad")));
    let quota = {
        let volumes = server.volumes.iter().filter(|_| volume_backed).map(|volume| volume.id.clone());
        let volumes: Vec<_> = volumes.collect();
        volume_quota(Memo::new(move |_| volumes.clone()))
    };
    let image_quota = image_quota(|| 1, move || !volume_backed);
    let blocked = {
        let id = id.clone();
        Signal::derive(move || {
            let server = inventory.server(&id)?;
            let blocked = read_only().map_or_else(|| can_snapshot(&server), Err).err();
            blocked
                .map(|why| tr(&why.message()))
                .or_else(|| (!stock.fresh.get()).then(|| t("backup_dialog.loading")))
                .or_else(|| volume_backed.then(|| quota.blocked()).flatten())
                .or_else(|| image_quota.get())
        })
    };
    let submit = {
        let server = server.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let wrong = [
                bad_name.get_untracked(),
                bad_note.get_untracked(),
                bad_type.get_untracked(),
                bad_rotation.get_untracked(),
            ];
            if busy.get_untracked() || blocked.get_untracked().is_some() || wrong.iter().any(Option::is_some) {
                return;
            }
            // What was shown is what is run, and what is verified afterwards.
            let Some(plan) = plan.get_untracked() else { return };
            busy.set(true);
            error.set(None);
            let (name, note) = (name.get_untracked(), note.get_untracked());
            let note = note.trim();
            let work = match plan {
                Planned::Nova(plan) => Capture::backup(&server.name, &name, note, plan),
                Planned::Own(plan) => {
                    Capture::own_backup(server.id.clone(), &server.name, &name, note, volume_backed, plan.release)
                }
            };
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
        }
    };
    let suggestions = suggestions(types);
    let fields = move || {
        let suggestions = suggestions.clone();
        (!by_policy.get()).then(|| {
            view! {
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
                        max=rotation::MOST
                        hint=t("backup_dialog.rotation_hint")
                        error=bad_rotation
                    />
                </div>
            }
            .into_any()
        })
    };
    view! {
        <form class="c-form" on:submit=submit novalidate>
            {unreadable(&server)}
            {move || policy.get().map(|policy| modes(policy, mode))}
            {fields}
            <TextField label=t("snapshot.name") value=name error=bad_name />
            <TextArea label=t("snapshot.note") value=note hint=t("snapshot.note_hint") rows=2 optional=true error=bad_note />
            {preview(plan, name)}
            {volume_backed.then(|| volumes(&server, quota))}
            {image_quota_line(image_quota)}
            {move || stock.error().map(|error| error_notice(&error, Doing::Reading))}
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

/// By the policy, or by hand with a type and a rotation.
fn modes(policy: Policy, mode: RwSignal<String>) -> AnyView {
    let choices = vec![
        Choice::new(BY_POLICY, t("backup_dialog.by_policy")).detail(policy.to_string()).glyph(lu::LuShieldCheck),
        Choice::new(BY_TYPE, t("backup_dialog.by_type")).detail(t("backup_dialog.by_type_text")).glyph(lu::LuFilm),
    ];
    view! { <RadioCards label=t("backup_dialog.how") value=mode choices=Signal::stored(choices) columns=true /> }
        .into_any()
}

/// A policy that cannot be read is said so, and not followed.
fn unreadable(server: &Server) -> Option<AnyView> {
    let why = policy::of_server(server)?.err()?;
    let text = tr(&why.message());
    Some(view! { <Notice tone=Tone::Warn title=t("policy_dialog.unreadable") text=text /> }.into_any())
}

/// What a backup of a volume-backed server is, and takes of the quota.
fn volumes(server: &Server, quota: VolumeQuota) -> AnyView {
    let count = server.volumes.len() as u64;
    let text = tr(&Message::new("backup_dialog.own_rotation").count("n", count));
    view! { <section class="c-plan"><h3>{t("snapshot.what")}</h3><p>{text}</p>{quota_line(quota)}</section> }.into_any()
}

/// A name that follows the type until somebody writes another.
fn proposed_name(
    server: &Server,
    backup_type: RwSignal<String>,
    by_policy: Memo<bool>,
    volume_backed: bool,
) -> RwSignal<String> {
    let longest = if volume_backed { naming::MAX_VOLUME_BACKED } else { naming::MAX };
    let server = server.name.clone();
    let propose = move || {
        let backup_type = if by_policy.get() { "backup".to_owned() } else { backup_type.get() };
        suggest_name(&server, &backup_type, longest)
    };
    let first = untrack(&propose);
    let name = RwSignal::new(first.clone());
    let automatic = StoredValue::new(first);
    Effect::new(move |_| {
        let next = propose();
        if name.with_untracked(|name| automatic.with_value(|last| last == name)) {
            automatic.set_value(next.clone());
            name.set(next);
        }
    });
    name
}

pub fn suggest_name(server: &str, backup_type: &str, longest: usize) -> String {
    let now = clock::now();
    let utc_offset = clock::utc_offset_minutes(now) * 60;
    let places = naming::Places { server, backup_type, now, utc_offset };
    naming::render("{server}-{type}-{date}-{time}", places, longest)
}

/// The types that this server's backups have, but not the set of its policy.
fn own_types(images: &[Image], server: &ServerId) -> Vec<String> {
    let mut types = lineage::backup_types(images, server);
    types.retain(|known| known != policy::BACKUP_TYPE);
    types
}

/// With what they mean in the reader's language; what is written stays the same for everybody.
fn suggestions(types: Vec<String>) -> Vec<(String, String)> {
    let mut all = types;
    for word in naming::SUGGESTED_TYPES {
        if !all.iter().any(|known| known == word) {
            all.push(word.to_owned());
        }
    }
    let said =
        |word: &str| naming::type_word(word).map(|said| tr(&said)).filter(|said| said != word).unwrap_or_default();
    all.into_iter().map(|word| (word.clone(), said(&word))).collect()
}

/// A rotation that follows the type, and what there is of it, until somebody writes another.
fn proposed_rotation(id: &ServerId, inventory: Inventory, backup_type: RwSignal<String>) -> RwSignal<Option<u32>> {
    let id = id.clone();
    let propose = move || {
        let (images, set) = (inventory.images.get(), backup_type.get());
        let frames = images.map_or(0, |images| reel::of_images(&images, &id, &set, None, Moment(0)).frames.len());
        Some(rotation::usual(frames))
    };
    let first = untrack(&propose);
    let value = RwSignal::new(first);
    let automatic = StoredValue::new(first);
    Effect::new(move |_| {
        let next = propose();
        if value.get_untracked() == automatic.get_value() {
            automatic.set_value(next);
            if value.get_untracked() != next {
                value.set(next);
            }
        }
    });
    value
}
