//! Buttons, badges, notices, steps, meters.

use icondata_lu as lu;
use leptos::prelude::*;

use super::section;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, IconButton, Kind};
use crate::ui::code::Code;
use crate::ui::meter::Meter;
use crate::ui::notice::Notice;
use crate::ui::sparkline::sparkline;
use crate::ui::spinner::Spinner;
use crate::ui::stale::Stale;
use crate::ui::steps::{Phase, StepLine, Steps};

pub fn freshness() -> AnyView {
    view! { <Stale fetched_at=Some(100) now=104i64 on_retry=|_| () /> }.into_any()
}

pub fn view() -> AnyView {
    let why = "The server is being resized. Wait until it is active.";
    let buttons = view! {
        <div class="flex flex-wrap items-center gap-3">
            <Button kind=Kind::Primary glyph=lu::LuCamera>"Create snapshot"</Button>
            <Button glyph=lu::LuHistory>"Create backup"</Button>
            <Button kind=Kind::Danger glyph=lu::LuTrash2>"Delete"</Button>
            <Button kind=Kind::Ghost>"Cancel"</Button>
            <Button kind=Kind::Primary disabled_reason=why>"Disabled"</Button>
            <Button disabled_reason=why>"Disabled"</Button>
            <Button kind=Kind::Primary busy=true>"Creating"</Button>
            <Button busy=true>"Working"</Button>
            <Button small=true>"Small"</Button>
            <IconButton glyph=lu::LuEllipsis label="Actions" on_press=|_| () />
            <Spinner label="Loading" />
        </div>
    };
    let badges = view! {
        <div class="flex flex-wrap gap-x-6 gap-y-2">
            <Badge tone=Tone::Ok text="Protected" />
            <Badge tone=Tone::Warn text="Stale" />
            <Badge tone=Tone::Bad text="Failed" />
            <Badge tone=Tone::Info text="Snapshot" />
            <Badge tone=Tone::Busy text="Saving" />
            <Badge tone=Tone::Neutral text="Never" />
        </div>
    };
    let steps = vec![
        StepLine::new(Phase::Done, "The cloud accepted the request").detail("10:02, 1 second"),
        StepLine::new(Phase::Now, "The disk is being copied").detail("41 % of 2.1 GiB"),
        StepLine::new(Phase::Next, "The image is checked"),
        StepLine::new(Phase::Next, "The oldest backup leaves"),
    ];
    let failed = vec![
        StepLine::new(Phase::Done, "The cloud accepted the request"),
        StepLine::new(Phase::Failed, "The disk could not be copied").detail("The cloud has no room left for images."),
        StepLine::new(Phase::Skipped, "The oldest backup leaves").detail("It stays: nothing was deleted."),
    ];
    let notices = view! {
        <div class="grid grid-cols-1 gap-3">
            <Notice
                tone=Tone::Bad
                title="The backup could not be made"
                text="Nothing was deleted. Free some quota or lower the rotation, then try again."
                details="OverLimit: SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded (HTTP 413)\nreq-8b2f0a0e-52e6-4a08-9c13-1f2dc9a0d4f5"
                action=|| view! { <Button small=true>"Try again"</Button><Button small=true kind=Kind::Ghost>"Show quota"</Button> }
            />
            <Notice tone=Tone::Warn title="This cloud does not let pages from here in" text="Ask its operators to add this line." code="[cors]\nallowed_origin = https://carrete.example" />
            <Notice tone=Tone::Info title="The server is paused while its disk is copied" />
            <Notice tone=Tone::Ok title="web2 is running" code="ssh debian@198.51.100.24" />
        </div>
    };
    let rest = view! {
        <div class="grid gap-x-12 gap-y-8 md:grid-cols-2">
            <Steps steps=steps />
            <Steps steps=failed />
            <div class="grid gap-4">
                <Meter label="Volumes" text="7 of 10" used=0.7 added=0.1 />
                <Meter label="Snapshots" text="9 of 10" used=0.9 />
                <Meter label="Memory" text="14 of 16 GiB, 4 more" used=0.875 added=0.25 />
                <span class="c-space-line">{sparkline(&[(0.0, 0.2), (0.3, 0.2), (0.3, 0.7), (0.8, 0.7), (0.8, 1.0), (1.0, 1.0)])}<span>"12 GiB"</span></span>
            </div>
            <div class="grid content-start gap-4">
                <Stale fetched_at=Some(0) now=180i64 error="The network is down." on_retry=|_| () />
                <Code text="ssh -i ~/.ssh/id_ed25519 debian@198.51.100.24" label="Copy the ssh line" />
            </div>
        </div>
    };
    view! {
        {section("Buttons", buttons)}
        {section("Badges", badges)}
        {section("Notices", notices)}
        {section("Progress", rest)}
    }
    .into_any()
}
