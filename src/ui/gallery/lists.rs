//! Tables, panels, tabs.

use std::collections::HashSet;
use std::sync::Arc;

use icondata_lu as lu;
use leptos::prelude::*;

use super::{asked, reels, section};
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Kind};
use crate::ui::code::Code;
use crate::ui::empty::Empty;
use crate::ui::key_value::{Fact, KeyValue};
use crate::ui::menu::MenuItem;
use crate::ui::panel::Panel;
use crate::ui::reel::Reel;
use crate::ui::search::Search;
use crate::ui::table::{Column, Row, SortKey, Table};
use crate::ui::tabs::{Tab, Tabs};

pub fn view() -> AnyView {
    let tab = RwSignal::new("servers".to_owned());
    let tabs = vec![
        Tab::new("servers", "Servers").count(if asked("many") { 10_000 } else { 6 }),
        Tab::new("snapshots", "Snapshots").count(12),
        Tab::new("backups", "Backups"),
        Tab::new("loading", "Loading"),
    ];
    let panel = |key: String| {
        match key.as_str() {
        "servers" => servers(),
        "loading" => view! { <Table label="Loading" columns=columns() rows=Arc::default() cell=|_| ().into_any() loading=true /> }.into_any(),
        _ => view! {
            <Empty
                glyph=lu::LuFilm
                title="No backups yet"
                text="A backup keeps the last few days of a server. The oldest one leaves when a new one comes."
                action=|| view! { <Button kind=Kind::Primary glyph=lu::LuPlus>"Protect a server"</Button> }
            />
        }
        .into_any(),
    }
    };
    section(
        "Tabs, table, panel",
        view! { <Tabs label="What" tabs=tabs selected=tab on_select=move |key| tab.set(key) panel=panel /> },
    )
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("name", "Name").width("26%"),
        Column::new("health", "Health"),
        Column::new("reel", "Backups").unsortable(),
        Column::new("zone", "Zone").minor(),
        Column::new("size", "Size").number().width("6.5rem"),
    ]
}

fn servers() -> AnyView {
    let total: usize = if asked("many") { 10_000 } else { 6 };
    let search = RwSignal::new(String::new());
    let rows = move || {
        let wanted = search.get();
        let row = |i: usize| {
            let name = format!("web{}", i + 1);
            Row::new(i.to_string(), &name, &i).sort([
                SortKey::text(name),
                SortKey::number((i % 4) as f64),
                SortKey::None,
                SortKey::text("nova"),
                SortKey::number((i * 37 % 90) as f64),
            ])
        };
        Arc::new((0..total).map(row).filter(|row| row.label.contains(&wanted)).collect::<Vec<_>>())
    };
    let open = RwSignal::new(asked("panel").then(|| "2".to_owned()));
    let selection = RwSignal::new(if asked("selection") {
        HashSet::from(["1".to_owned(), "3".to_owned()])
    } else {
        HashSet::new()
    });
    let cell = |(key, column): (String, &'static str)| {
        let i: usize = key.parse().unwrap_or_default();
        match column {
            "name" => format!("web{}", i + 1).into_any(),
            "health" => match i % 4 {
                0 => view! { <Badge tone=Tone::Ok text="Protected" /> }.into_any(),
                1 => view! { <Badge tone=Tone::Warn text="Stale, 9 days" tip="The policy promises one every day." /> }
                    .into_any(),
                2 => view! { <Badge tone=Tone::Busy text="Backing up" /> }.into_any(),
                _ => view! { <Badge tone=Tone::Neutral text="Never" /> }.into_any(),
            },
            "reel" => {
                let frames = match i % 4 {
                    0 => reels::rotating().into_iter().skip(1).take(4).collect(),
                    3 => Vec::new(),
                    _ => reels::states(),
                };
                view! { <Reel label="Backups" frames=frames slots=5usize compact=true /> }.into_any()
            }
            "zone" => "nova".into_any(),
            _ => format!("{} GiB", i * 37 % 90).into_any(),
        }
    };
    let actions = |_key: String| {
        vec![
            MenuItem::new("Create snapshot…", |_| ()).glyph(lu::LuCamera),
            MenuItem::new("Create backup…", |_| ()).glyph(lu::LuHistory),
            MenuItem::new("Restore…", |_| ())
                .glyph(lu::LuUndo2)
                .disabled_reason(Some("There is no backup yet.".into())),
            MenuItem::new("Delete…", |_| ()).glyph(lu::LuTrash2).danger(),
        ]
    };
    let bulk = || view! { <Button small=true kind=Kind::Danger>"Delete…"</Button> };
    let details = move || {
        view! {
            <Reel label="Daily backups of web3" frames=reels::rotating() slots=5usize />
            <div class="mt-5">
                <KeyValue facts=vec![
                    Fact::new("Status", view! { <Badge tone=Tone::Ok text="Active" /> }),
                    Fact::new("Image", "Debian 13 (trixie)"),
                    Fact::new("Address", "198.51.100.24"),
                    Fact::new("Id", "5f3c0f0e-6f0a-4a52-8c9d-0c4be1bd7c3a"),
                ] />
            </div>
            <div class="mt-5"><Code text="ssh debian@198.51.100.24" /></div>
        }
        .into_any()
    };
    view! {
        <div class="mb-4"><Search label="Search servers" value=search /></div>
        <Table
            label="Servers"
            columns=columns()
            rows=rows
            cell=cell
            selection=selection
            bulk=bulk
            actions=actions
            on_open=move |key| open.set(Some(key))
            opened=open
            empty=|| view! { <Empty glyph=lu::LuSearch title="Nothing found" text="No server has that in its name." /> }
        />
        <Panel
            open=Signal::derive(move || open.get().is_some())
            on_close=move |_| open.set(None)
            title=move || open.get().map(|key| format!("web{key}")).unwrap_or_default()
            kind="Server"
            footer=|| view! { <Button kind=Kind::Primary glyph=lu::LuCamera>"Create snapshot"</Button><Button>"Create backup"</Button> }
        >
            {details()}
        </Panel>
    }
    .into_any()
}
