//! Launching a server from an image: one page, from the choice of the image to the line to log in with.

mod data;
mod form;
mod image;
mod key;
mod network;
mod parts;

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::data::{Data, is_settled, is_whole, waiting};
use self::form::{Floating, Typed};
use super::operation_card::OperationCard;
use super::show::{error_notice, read_only};
use crate::browser::dom;
use crate::i18n::{t, tr};
use crate::model::{FlavorId, Image, ImageId, Message};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::operation::{Kind, LaunchSpec, OperationId};
use crate::route::Route;
use crate::state::launch_draft::{LaunchDraft, use_launch_draft};
use crate::state::navigation::use_navigation;
use crate::state::operations::{Entry, use_operations};
use crate::state::session::use_session;
use crate::ui::button::{Button, Kind as ButtonKind};
use crate::ui::shell::PageTitle;

#[component]
pub fn Launch() -> impl IntoView {
    let navigation = use_navigation();
    let chosen = Memo::new(move |_| match navigation.route.get() {
        Route::Launch { image } => image,
        _ => None,
    });
    let lead = move || (move || chosen.with(Option::is_none).then(|| t("launch.choose_image"))).into_any();
    view! {
        <PageTitle title=t("launch.title") below=lead />
        {move || match chosen.get() {
            None => image::chooser(),
            Some(id) => of_image(id),
        }}
    }
    .into_any()
}

/// The form, or the launch that came of it.
fn of_image(id: ImageId) -> AnyView {
    let session = use_session();
    let operations = use_operations();
    let draft = use_launch_draft();
    if let Some(place) = session.place_untracked() {
        draft.begin(place, id.clone());
    }
    let entry = Memo::new(move |_| draft.operation.get().and_then(|id| operations.find(&id)));
    (move || match entry.get() {
        Some(entry) => launched(entry, draft),
        None => loaded(Data::of(id.clone())),
    })
    .into_any()
}

fn launched(entry: Entry, draft: LaunchDraft) -> AnyView {
    let operation = entry.operation.clone();
    let over = Memo::new(move |_| operation.with(crate::operation::Operation::is_over));
    let follow = Callback::new(move |id: OperationId| draft.operation.set(Some(id)));
    view! {
        <div class="grid max-w-3xl gap-4">
            <OperationCard entry=entry on_next=follow />
            {move || {
                over.get()
                    .then(|| {
                        view! {
                            <div class="c-actions">
                                <Button glyph=lu::LuRocket on_press=move |_| draft.again()>
                                    {t("launch.again")}
                                </Button>
                            </div>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

fn loaded(data: Data) -> AnyView {
    (move || match data.image.get() {
        Some(image) => view! { <Form image=(*image).clone() data=data /> }.into_any(),
        None => view! {
            {waiting(data.image)}
            <p class="mt-4">
                <a class="c-link" href=Route::Launch { image: None }.to_string()>
                    {t("launch.other_image")}
                </a>
            </p>
        }
        .into_any(),
    })
    .into_any()
}

#[component]
fn Form(image: Image, data: Data) -> impl IntoView {
    let operations = use_operations();
    let draft = use_launch_draft();
    let image = StoredValue::new(image);
    let fill = move || image.with_value(|image| fill_in(draft, image, data));
    Effect::new(move |_| fill());
    let spec = Memo::new(move |_| {
        let typed = typed(draft);
        image.with_value(|image| data.read(|offer| form::spec(&typed, image, offer)))
    });
    let reason = Signal::derive(move || {
        let blocked = read_only().map(|blocked| blocked.message());
        blocked.or_else(|| spec.with(|spec| spec.as_ref().err().cloned())).map(|reason| tr(&reason))
    });
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let spec: Option<LaunchSpec> = spec.get_untracked().ok().filter(|_| reason.get_untracked().is_none());
        let Some(spec) = spec.filter(|_| !busy.get_untracked()) else {
            return;
        };
        let user_data = spec.has_user_data.then(|| draft.user_data.get_untracked());
        let launch = crate::operation::Launch::new(spec);
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let outcome = operations.start(Kind::Launch(Box::new(launch)), user_data).await;
            busy.try_set(false);
            match outcome {
                Ok(id) => {
                    draft.operation.set(Some(id));
                    request_animation_frame(|| dom::focus_id("page-title"));
                }
                Err(why) => _ = error.try_set(Some(why)),
            }
        });
    };
    let source = Signal::derive(move || {
        let found = image.with_value(|image| data.read(|offer| offer.source(image).map(|it| it.name.clone())));
        found.filter(|name| !name.is_empty())
    });
    view! {
        <form
            class="grid items-start gap-x-10 gap-y-6 lg:grid-cols-[minmax(0,40rem)_minmax(16rem,22rem)]"
            on:submit=submit
            novalidate
        >
            <div class="c-form">
                {image.with_value(|it| image::card(it, source))}
                <p class="c-hint">
                    {move || match source.get() {
                        Some(name) => tr(&Message::new("launch.from_instance").text("name", name)),
                        None => t("launch.from_nothing"),
                    }}
                </p>
                <parts::NamePart data=data />
                <parts::FlavorPart image=image data=data />
                <network::NetworkPart data=data />
                <network::GroupPart data=data />
                <key::KeyPart data=data />
                <network::FloatingPart data=data />
                <parts::MorePart image=image data=data />
            </div>
            <section
                class="grid gap-4 rounded-(--radius-box) border border-(--c-line) bg-base-100 p-5 lg:sticky lg:top-20"
                aria-labelledby="launch-summary"
            >
                <div>
                    <h2 class="text-base font-semibold" id="launch-summary">
                        {t("launch.summary")}
                    </h2>
                    {move || image.with_value(|image| parts::summary(spec.get(), image, data))}
                </div>
                {move || error.get().map(|error| error_notice(&error, Doing::Launch))}
                <Button
                    kind=ButtonKind::Primary
                    glyph=lu::LuRocket
                    submit=true
                    wide=true
                    busy=busy
                    disabled_reason=reason
                >
                    {t("launch.submit")}
                </Button>
                {move || reason.get().map(|reason| view! { <p class="c-hint" aria-hidden="true">{reason}</p> })}
            </section>
        </form>
    }
    .into_any()
}

/// Tracked.
fn typed(draft: LaunchDraft) -> Typed {
    Typed {
        name: draft.name.get(),
        flavor: FlavorId::from(draft.flavor.get()),
        networks: draft.networks.get(),
        groups: draft.groups.get(),
        key: draft.key.get(),
        floating: Floating::parse(&draft.floating.get()),
        volume: draft.boot_volume.get().then(|| (draft.volume_size.get(), draft.volume_delete.get())),
        user_data: draft.user_data.get(),
    }
}

/// Each default once, as soon as all that it depends on is known; what was typed before stays. Tracked.
fn fill_in(draft: LaunchDraft, image: &Image, data: Data) {
    let old = draft.filled.get();
    let mut filled = old;
    // Most defaults are those of the source instance.
    if !is_settled(data.servers) {
        return;
    }
    data.read(|offer| {
        if !filled.name {
            filled.name = true;
            if draft.name.with_untracked(String::is_empty) {
                draft.name.set(form::default_name(image, offer));
            }
        }
        if !filled.flavor && is_whole(data.flavors) && is_settled(data.compute) {
            filled.flavor = true;
            let found = form::default_flavor(image, offer);
            if let Some(found) = found.filter(|_| draft.flavor.with_untracked(String::is_empty)) {
                draft.flavor.set(found.to_string());
            }
        }
        if !filled.networks && is_whole(data.networks) {
            filled.networks = true;
            if draft.networks.with_untracked(Vec::is_empty) {
                draft.networks.set(form::default_networks(image, offer));
            }
        }
        if !filled.groups && is_whole(data.groups) {
            filled.groups = true;
            if draft.groups.with_untracked(Vec::is_empty) {
                draft.groups.set(form::default_groups(image, offer));
            }
        }
        if !filled.key && is_whole(data.keys) {
            filled.key = true;
            if draft.key.with_untracked(String::is_empty) {
                draft.key.set(form::default_key(image, offer));
            }
        }
    });
    if !filled.volume {
        filled.volume = true;
        draft.volume_size.set(u32::try_from(form::least_volume(image)).ok());
    }
    if filled != old {
        draft.filled.set(filled);
    }
}
