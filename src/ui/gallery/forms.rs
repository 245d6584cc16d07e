//! Fields and dialogs.

use leptos::prelude::*;

use super::{asked, reels, section};
use crate::ui::button::{Button, Kind};
use crate::ui::confirm::Confirm;
use crate::ui::dialog::{Dialog, Width};
use crate::ui::field::{CheckField, Choice, NumberField, RadioCards, SelectField, TextArea, TextField};
use crate::ui::reel::Reel;

fn fields() -> AnyView {
    let name = RwSignal::new("web1-before-upgrade".to_owned());
    let bad = RwSignal::new("web 1/".to_owned());
    let kind = RwSignal::new("daily".to_owned());
    let flavor = RwSignal::new("m1.small".to_owned());
    let flavors = vec![
        Choice::new("m1.tiny", "m1.tiny")
            .detail("1 vCPU, 512 MiB")
            .disabled_reason(Some("The image needs 2 GiB of disk.".into())),
        Choice::new("m1.small", "m1.small").detail("1 vCPU, 2 GiB").aside("20 GiB"),
        Choice::new("m1.medium", "m1.medium").detail("2 vCPU, 4 GiB").aside("40 GiB"),
    ];
    view! {
        <div class="grid gap-x-12 gap-y-5 md:grid-cols-2">
            <div class="c-form">
                <TextField label="Name" value=name hint="Others in the project see it." suggestions=vec![("web1-daily".to_owned(), String::new())] />
                <TextField label="Key pair" value=bad optional=true error="Only letters, digits, dots and dashes." />
                <SelectField label="Backup type" value=kind choices=vec![Choice::new("daily", "Daily"), Choice::new("weekly", "Weekly")] />
                <NumberField label="Rotation" value=RwSignal::new(Some(5)) min=1 max=30 hint="The most backups that are kept." />
            </div>
            <div class="c-form">
                <RadioCards label="Flavor" value=flavor choices=flavors hint="How large the server is." />
                <CheckField label="Pause the server meanwhile" value=RwSignal::new(true) hint="So that the disk does not change while it is copied." />
                <TextArea label="Notes" value=RwSignal::new(String::new()) placeholder="What is special about it" rows=3 optional=true />
            </div>
        </div>
    }
    .into_any()
}

pub fn view() -> AnyView {
    let open = RwSignal::new(asked("dialog"));
    let sure = RwSignal::new(asked("confirm"));
    let rotation = RwSignal::new(Some(5u32));
    let name = RwSignal::new("web1-2026-11-23".to_owned());
    let footer = move || {
        view! {
            <Button on_press=move |_| open.set(false)>"Cancel"</Button>
            <Button kind=Kind::Primary on_press=move |_| open.set(false)>"Create backup"</Button>
        }
    };
    section(
        "Fields and dialogs",
        view! {
            {fields()}
            <div class="mt-8 flex gap-3">
                <Button on_press=move |_| open.set(true)>"Open a dialog"</Button>
                <Button kind=Kind::Danger on_press=move |_| sure.set(true)>"Ask first"</Button>
            </div>
            <Dialog
                open=open
                on_close=move |_| open.set(false)
                title="Create a backup of web1"
                width=Width::Wide
                dirty=Signal::derive(move || name.with(|name| name != "web1-2026-11-23"))
                footer=footer
            >
                <div class="grid gap-5 sm:grid-cols-3">
                    <TextField label="Name" value=name />
                    <SelectField label="Type" value=RwSignal::new("daily".to_owned()) choices=vec![Choice::new("daily", "Daily"), Choice::new("weekly", "Weekly")] />
                    <NumberField label="Rotation" value=rotation min=1 max=30 />
                </div>
                <p class="mt-6 mb-2 font-medium">"What will happen"</p>
                <Reel label="Daily backups of web1" frames=reels::rotating() slots=5usize />
                <p class="mt-3 text-muted">"The backup of 18 Nov leaves once the new one is usable. The other four stay."</p>
            </Dialog>
            <Confirm
                open=sure
                on_close=move |_| sure.set(false)
                title="Delete 3 backups?"
                text="They cannot be brought back. web1 keeps its two newest."
                items=vec!["web1-2026-11-18".to_owned(), "web1-2026-11-17".to_owned(), "web1-2026-11-16".to_owned()]
                action="Delete 3 backups"
                on_confirm=move |_| sure.set(false)
            />
        },
    )
}
