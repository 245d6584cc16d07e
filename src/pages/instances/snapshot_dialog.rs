//! Create a snapshot: a name, a note, and what will happen, said before the click.

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::dialogs::Dialogs;
use super::quota::{VolumeQuota, image_quota, image_quota_line, quota_line, volume_quota};
use super::{Backing, Inventory};
use crate::backup::{metadata, naming};
use crate::browser::clock;
use crate::i18n::{t, tr};
use crate::model::blocked::can_snapshot;
use crate::model::{Image, Message, Server, ServerId, ServerStatus};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::operation::{Capture, Kind as Work};
use crate::pages::show::{error_notice, error_words, read_only};
use crate::state::operations::use_operations;
use crate::ui::button::{Button, Kind};
use crate::ui::field::{TextArea, TextField};
use crate::ui::spinner::Spinner;

pub fn form(id: ServerId, inventory: Inventory, dialogs: Dialogs, dirty: RwSignal<bool>) -> AnyView {
    let Some(server) = untrack(|| inventory.server(&id)) else { return ().into_any() };
    let backed = inventory.volume_backed(id.clone());
    let places = naming::Places {
        server: &server.name,
        backup_type: "",
        now: clock::now(),
        utc_offset: clock::utc_offset_minutes(clock::now()) * 60,
    };
    // Cinder's snapshots get the name with a prefix, so the shorter limit suits both.
    let initial = naming::render(naming::TEMPLATE, places, naming::MAX_VOLUME_BACKED);
    let name = RwSignal::new(initial.clone());
    let note = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    dirty.set(false);
    Effect::new(move |_| dirty.set(name.with(|name| *name != initial) || note.with(|note| !note.is_empty())));

    let bad_name = Memo::new(move |_| naming::check(&name.get(), naming::MAX_VOLUME_BACKED).err().map(|why| tr(&why)));
    let bad_note = Memo::new(move |_| note.with(|note| metadata::is_too_long(note)).then(|| t("snapshot.note_hint")));
    let quota = {
        let volumes: Vec<_> = server.volumes.iter().map(|volume| volume.id.clone()).collect();
        volume_quota(Memo::new(move |_| if backed.known.get() == Some(true) { volumes.clone() } else { Vec::new() }))
    };
    let image_quota = image_quota(|| 1, move || backed.known.get() == Some(false));
    let blocked = {
        let id = id.clone();
        Signal::derive(move || {
            let server = inventory.server(&id)?;
            read_only().map_or_else(|| can_snapshot(&server), Err).err().map(|why| tr(&why.message())).or_else(|| {
                match backed.known.get() {
                    None => Some(
                        backed
                            .error()
                            .map_or_else(|| t("snapshot.checking"), |error| error_words(&error, Doing::Reading).0),
                    ),
                    Some(true) => quota.blocked(),
                    Some(false) => None,
                }
                .or_else(|| image_quota.get())
            })
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (Some(server), Some(volume_backed)) = (untrack(|| inventory.server(&id)), backed.known.get_untracked())
        else {
            return;
        };
        let wrong = bad_name.get_untracked().or(bad_note.get_untracked()).or(blocked.get_untracked());
        if busy.get_untracked() || wrong.is_some() {
            return;
        }
        busy.set(true);
        error.set(None);
        let work = Capture::snapshot(
            server.id,
            &server.name,
            &name.get_untracked(),
            note.get_untracked().trim(),
            volume_backed,
        );
        let operations = use_operations();
        spawn_local(async move {
            match operations.start(Work::Snapshot(work), None).await {
                Ok(_) => dialogs.close(),
                Err(why) => {
                    busy.try_set(false);
                    error.try_set(Some(why));
                }
            }
        });
    };
    let image = untrack(|| inventory.image(&server.image.clone()?));
    view! {
        <form class="c-form" on:submit=submit novalidate>
            <TextField label=t("snapshot.name") value=name error=bad_name />
            <TextArea label=t("snapshot.note") value=note hint=t("snapshot.note_hint") rows=2 optional=true error=bad_note />
            <section class="c-plan">
                <h3>{t("snapshot.what")}</h3>
                {what(server, image, backed, quota)} {image_quota_line(image_quota)}
            </section>
            {move || error.get().map(|error| error_notice(&error, Doing::Snapshot))}
            <div class="c-dialog-foot">
                <Button on_press=move |_| dialogs.close()>{t("common.cancel")}</Button>
                <Button kind=Kind::Primary glyph=lu::LuCamera submit=true busy=busy disabled_reason=blocked>
                    {t("snapshot.submit")}
                </Button>
            </div>
        </form>
    }
    .into_any()
}

fn what(server: Server, image: Option<Image>, backed: Backing, quota: VolumeQuota) -> AnyView {
    let volumes = server.volumes.len() as u64;
    let consistency = if server.status == ServerStatus::Shutoff {
        "snapshot.stopped"
    } else if image.is_some_and(|image| asks_guest_agent(&image)) {
        "snapshot.quiesced"
    } else {
        "snapshot.crash_consistent"
    };
    let copied = move || match backed.known.get() {
        None => backed.notice().unwrap_or_else(|| view! { <p><Spinner label=t("snapshot.checking") /></p> }.into_any()),
        Some(false) if volumes == 0 => view! { <p>{t("snapshot.image_backed")}</p> }.into_any(),
        Some(false) => {
            let text = tr(&Message::new("snapshot.image_backed_volumes").count("n", volumes));
            view! { <p>{text}</p> }.into_any()
        }
        Some(true) => {
            let text = tr(&Message::new("snapshot.volume_backed").count("n", volumes));
            view! { <p>{text}</p> {quota_line(quota)} }.into_any()
        }
    };
    view! { {copied} <p>{t(consistency)}</p> }.into_any()
}

/// Nova has the guest's agent bring the file systems to rest where the image says that there is one
/// (nova/virt/libvirt/driver.py, `hw_qemu_guest_agent`).
fn asks_guest_agent(image: &Image) -> bool {
    image.property("hw_qemu_guest_agent").is_some_and(|word| matches!(word, "yes" | "true" | "True" | "1"))
        && image.property("os_require_quiesce").is_some_and(|word| matches!(word, "yes" | "true" | "True" | "1"))
}
