//! Name, flavor, the rarely needed options, and what will be made.

use leptos::prelude::*;

use super::data::{Data, waiting};
use super::form::{self, Offer};
use crate::backup::kind::ImageKind;
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::order;
use crate::model::{Flavor, Image, Message};
use crate::openstack::{Service, names};
use crate::operation::LaunchSpec;
use crate::state::launch_draft::use_launch_draft;
use crate::state::session::use_session;
use crate::ui::field::{CheckField, Choice, NumberField, RadioCards, TextArea, TextField};

type Chosen = StoredValue<Image>;

#[component]
pub fn NamePart(data: Data) -> impl IntoView {
    let draft = use_launch_draft();
    let error = Signal::derive(move || {
        let name = draft.name.get();
        names::name(&name).err().filter(|_| !name.is_empty()).map(|reason| tr(&reason))
    });
    let taken = Memo::new(move |_| {
        let name = draft.name.get();
        data.read(|offer| offer.servers.unwrap_or_default().iter().any(|server| server.name == name))
    });
    view! {
        <div class="grid gap-1.5">
            <TextField label=t("launch.name") value=draft.name error=error />
            <div class="empty:hidden" aria-live="polite">
                {move || taken.get().then(|| view! { <p class="c-hint">{t("launch.name_taken")}</p> })}
            </div>
        </div>
    }
    .into_any()
}

#[component]
pub fn FlavorPart(image: Chosen, data: Data) -> impl IntoView {
    let draft = use_launch_draft();
    let choices = Signal::derive(move || {
        let volume = draft.boot_volume.get().then(|| draft.volume_size.get()).flatten().map(u64::from);
        image.with_value(|image| data.read(|offer| choices(image, offer, volume)))
    });
    let shown = Memo::new(move |_| data.flavors.data.with(Option::is_some));
    view! {
        {move || waiting(data.flavors)}
        {move || {
            shown
                .get()
                .then(|| {
                    view! { <RadioCards label=t("launch.flavor") value=draft.flavor choices=choices columns=true /> }
                })
        }}
    }
    .into_any()
}

/// The small ones first.
fn choices(image: &Image, offer: Offer<'_>, volume: Option<u64>) -> Vec<Choice> {
    let mut all: Vec<&Flavor> = offer.flavors.unwrap_or_default().iter().collect();
    order::sort(&mut all, |a, b| (a.ram, a.vcpus, a.disk, &a.name).cmp(&(b.ram, b.vcpus, b.disk, &b.name)));
    let one = |flavor: &&Flavor| {
        let blocked = form::flavor_fits(image, flavor, offer, volume).err();
        Choice::new(flavor.id.to_string(), flavor.name.clone())
            .detail(flavor_line(flavor))
            .disabled_reason(blocked.map(|blocked| tr(&blocked.message())))
    };
    all.iter().map(one).collect()
}

fn flavor_line(flavor: &Flavor) -> String {
    let line = Message::new("launch.flavor_line").count("vcpus", flavor.vcpus);
    tr(&line.text("ram", intl::bytes(flavor.ram << 20)).count("disk", flavor.disk))
}

#[component]
pub fn MorePart(image: Chosen, data: Data) -> impl IntoView {
    let draft = use_launch_draft();
    let session = use_session();
    let offers_volume = Memo::new(move |_| {
        session.has(Service::BlockStorage) && image.with_value(|image| !ImageKind::of(image).is_volume_backed())
    });
    let too_long =
        Signal::derive(move || draft.user_data.with(|text| names::user_data(text)).err().map(|why| tr(&why)));
    let open = draft.boot_volume.get_untracked() || draft.user_data.with_untracked(|text| !text.is_empty());
    let least = image.with_value(form::least_volume);
    let volume = move || {
        view! {
            <CheckField label=t("launch.volume") value=draft.boot_volume hint=t("launch.volume_hint") />
            {move || {
                draft
                    .boot_volume
                    .get()
                    .then(|| {
                        view! {
                            <div class="grid gap-4 border-l-2 border-(--c-line) pl-4">
                                <NumberField
                                    label=t("launch.volume_size")
                                    value=draft.volume_size
                                    min=u32::try_from(least).unwrap_or(1)
                                    max=65536
                                    unit="GiB"
                                    hint=tr(&Message::new("launch.volume_least").count("least", least))
                                />
                                <CheckField label=t("launch.volume_delete") value=draft.volume_delete />
                                {move || data.volumes.error.with(Option::is_some).then(|| waiting(data.volumes))}
                            </div>
                        }
                    })
            }}
        }
    };
    view! {
        <details class="c-details" open=open>
            <summary>{t("launch.more")}</summary>
            <div class="grid gap-5 pt-2">
                {move || offers_volume.get().then(volume)}
                <TextArea
                    label=t("launch.user_data")
                    value=draft.user_data
                    hint=t("launch.user_data_hint")
                    error=too_long
                    rows=6
                    mono=true
                    optional=true
                />
            </div>
        </details>
    }
    .into_any()
}

/// What will be made; while something is missing, that nothing will be yet.
pub fn summary(spec: Result<LaunchSpec, Message>, image: &Image, data: Data) -> AnyView {
    let Ok(spec) = spec else {
        return view! { <p class="c-muted">{t("launch.summary_nothing")}</p> }.into_any();
    };
    let lines = data.read(|offer| form::summary(&spec, image, offer));
    let line = |text: Message| view! { <li class="wrap-anywhere">{tr(&text)}</li> };
    view! { <ul class="c-list max-h-none">{lines.into_iter().map(line).collect_view()}</ul> }.into_any()
}
