//! The image catalogue: every image that the project sees, by type, with what it was made of.

mod catalogue;
mod cells;
mod delete;
mod detail;
mod filter;
mod note;
mod pin;
mod screen;

use std::collections::HashSet;
use std::sync::Arc;

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::delete::DeleteDialog;
use self::detail::Detail;
use self::filter::Filter;
use self::note::NoteDialog;
use self::pin::PinDialog;
use self::screen::Screen;
use crate::browser::clock;
use crate::i18n::word;
use crate::i18n::{t, tr};
use crate::model::{ImageId, Visibility};
use crate::openstack::sentence::Doing;
use crate::pages::instances::first_error;
use crate::pages::show::{error_notice, error_words};
use crate::route::{KindTab, Route};
use crate::state::polling::use_now;
use crate::ui::button::{Button, Kind};
use crate::ui::empty::Empty;
use crate::ui::search::Search;
use crate::ui::shell::PageTitle;
use crate::ui::stale::Stale;
use crate::ui::table::{Column, Row, Sort, Table};
use crate::ui::tabs::{Tab, Tabs};

#[component]
pub fn Images() -> impl IntoView {
    let screen = Screen::new();
    let images = screen.images;
    let now = use_now();
    let freshness = move || {
        let reason = move || images.error.get().map(|error| error_words(&error, Doing::Reading).0);
        view! {
            <Stale
                fetched_at=Signal::derive(move || images.at.get().map(|at| at.0))
                now=Signal::derive(move || now.get().0)
                error=Signal::derive(reason)
                on_retry=move |()| images.refresh()
            />
        }
        .into_any()
    };
    // Without any data the error stands in place of the list; with some, the line above says that it is old.
    let failed = Memo::new(move |_| images.error.get().filter(|_| images.data.with(Option::is_none)));
    view! {
        <PageTitle title=t("images.title") below=move || failed.with(Option::is_none).then(freshness) />
        {move || match failed.get() {
            Some(error) => {
                view! {
                    <div class="grid justify-items-start gap-4">
                        {error_notice(&error, Doing::Reading)}
                        <Button glyph=lu::LuRefreshCw on_press=move |()| images.refresh()>{t("common.retry")}</Button>
                    </div>
                }
                    .into_any()
            }
            None => list(screen),
        }}
        <Detail screen=screen />
        <DeleteDialog screen=screen />
        <PinDialog screen=screen />
        <NoteDialog screen=screen />
    }
    .into_any()
}

/// What the address says of the list, as signals that write it back.
#[derive(Clone, Copy)]
struct Looking {
    kind: Memo<KindTab>,
    search: RwSignal<String>,
    visibility: RwSignal<String>,
    filter: Memo<Filter>,
}

impl Looking {
    fn new(screen: Screen) -> Self {
        let route = screen.navigation.route;
        let kind = Memo::new(move |_| match route.get() {
            Route::Images { kind, .. } => kind,
            _ => KindTab::All,
        });
        let asked = Memo::new(move |_| match route.get() {
            Route::Images { search, .. } => search,
            _ => String::new(),
        });
        let search = RwSignal::new(asked.get_untracked());
        let visibility = screen.visibility;
        // Of many images the list takes its time: the next letter is heard before it.
        let looked_for = RwSignal::new(search.get_untracked());
        Effect::new(move || {
            search.track();
            spawn_local(async move {
                clock::next_task().await;
                if let Some(typed) = search.try_get_untracked()
                    && looked_for.try_with_untracked(|before| *before != typed) == Some(true)
                {
                    looked_for.try_set(typed);
                }
            });
        });
        let filter = Memo::new(move |_| looked_for.with(|search| visibility.with(|word| Filter::new(search, word))));
        // Typing changes the address …
        Effect::new(move || {
            let typed = search.get();
            if let Route::Images { kind, search, open } = route.get_untracked()
                && search != typed
            {
                screen.navigation.replace(Route::Images { kind, search: typed, open });
            }
        });
        // … and the way back changes the field.
        Effect::new(move || {
            let asked = asked.get();
            if search.with_untracked(|search| *search != asked) {
                search.set(asked);
            }
        });
        Self { kind, search, visibility, filter }
    }

    fn clear(self) {
        self.search.set(String::new());
        self.visibility.set(String::new());
    }
}

fn list(screen: Screen) -> AnyView {
    let looking = Looking::new(screen);
    // What the filter lets through, of all tabs.
    let matching = Memo::new_with_compare(
        move |_| screen.catalogue.with(|catalogue| Arc::new(catalogue.matching(&looking.filter.get()))),
        |_, _| true,
    );
    let tabs = Memo::new(move |_| {
        let loaded = screen.images.data.with(Option::is_some);
        let count = |tab: KindTab| {
            matching.with(|rows| rows.iter().filter(|entry| tab == KindTab::All || entry.tab == tab).count() as u64)
        };
        let tab = |kind: KindTab| {
            let tab = Tab::new(kind.word(), t(&format!("images.tab_{}", kind.word())));
            if loaded { tab.count(count(kind)) } else { tab }
        };
        KindTab::ALL.into_iter().map(tab).collect::<Vec<_>>()
    });
    let select = move |word: String| {
        if let Route::Images { search, open, .. } = screen.navigation.route.get_untracked() {
            screen.navigation.replace(Route::Images { kind: KindTab::from_word(&word), search, open });
        }
    };
    let rows = Memo::new_with_compare(
        move |_| {
            let kind = looking.kind.get();
            matching.with(|rows| {
                let shown = rows.iter().filter(|entry| kind == KindTab::All || entry.tab == kind);
                Arc::new(shown.map(|entry| entry.row.clone()).collect::<Vec<_>>())
            })
        },
        |old: Option<&Arc<Vec<Row>>>, new| old != new,
    );
    // What is out of sight is not selected: nobody deletes what they do not see.
    Effect::new(move || {
        let seen = rows.get();
        if screen.selection.with_untracked(|selection| !selection.is_empty()) {
            let seen: HashSet<&str> = seen.iter().map(|row| row.key.as_str()).collect();
            if screen.selection.with_untracked(|selection| selection.iter().any(|key| !seen.contains(key.as_str()))) {
                screen.selection.update(|selection| selection.retain(|key| seen.contains(key.as_str())));
            }
        }
    });
    let sort = RwSignal::new(Sort::ascending("age"));
    view! {
        <div class="mb-3 flex flex-wrap items-center gap-2">
            <Search label=t("images.search") value=looking.search />
            {visibility(looking)}
        </div>
        {move || first_error(screen.community)}
        <Tabs
            label=t("images.type")
            tabs=tabs
            selected=Signal::derive(move || looking.kind.get().word().to_owned())
            on_select=select
            panel=move |_| table(screen, looking, rows, sort)
        />
    }
    .into_any()
}

fn visibility(looking: Looking) -> AnyView {
    let value = looking.visibility;
    let words = [Visibility::Private, Visibility::Shared, Visibility::Community, Visibility::Public];
    let option = |visibility: Visibility| {
        let mine = visibility.word().to_owned();
        view! {
            <option value=mine.clone() selected=move || value.with(|value| *value == mine)>
                {word("images", visibility.word())}
            </option>
        }
    };
    view! {
        <div class="w-52 max-w-full">
            <select
                class="select c-input"
                aria-label=t("images.visibility")
                on:change=move |event| value.set(event_target_value(&event))
            >
                <option value="" selected=move || value.with(String::is_empty)>{t("images.any_visibility")}</option>
                {words.into_iter().map(option).collect_view()}
            </select>
        </div>
    }
    .into_any()
}

fn table(screen: Screen, looking: Looking, rows: Memo<Arc<Vec<Row>>>, sort: RwSignal<Sort>) -> AnyView {
    let columns = vec![
        Column::new("name", t("common.name")),
        Column::new("type", t("images.type")).width("11.75rem"),
        Column::new("size", t("common.size")).number().width("7rem"),
        Column::new("source", t("images.source")).width("9.5rem"),
        Column::new("visibility", t("images.visibility")).unsortable().minor().width("5.5rem"),
        Column::new("age", t("common.age")).width("9rem"),
    ];
    let opened = Signal::derive(move || match screen.navigation.route.get() {
        Route::Images { open, .. } => open.map(|id| id.to_string()),
        _ => None,
    });
    let bulk = move || {
        let chosen = move |()| {
            let chosen = screen.selection.get_untracked().into_iter().map(ImageId::from).collect();
            screen.ask_delete(chosen);
        };
        let reason = move || screen.deleting_blocked().map(|blocked| tr(&blocked.message()));
        view! {
            <Button
                kind=Kind::Danger
                small=true
                glyph=lu::LuTrash2
                disabled_reason=Signal::derive(reason)
                on_press=chosen
            >
                {t("images.delete_selected")}
            </Button>
        }
        .into_any()
    };
    view! {
        <Table
            label=t("images.title")
            columns=columns
            rows=rows
            cell=move |(key, column): (String, &'static str)| cells::cell(screen, &key.into(), column)
            sort=sort
            selection=screen.selection
            bulk=bulk
            actions=move |key: String| screen.menu(&key.into())
            on_open=move |key: String| screen.open(&key.into())
            opened=opened
            loading=Signal::derive(move || screen.is_loading())
            empty=move || empty(screen, looking)
        />
    }
    .into_any()
}

/// Nothing there, or nothing that matches.
fn empty(screen: Screen, looking: Looking) -> AnyView {
    let narrowed = Memo::new(move |_| !looking.filter.with(Filter::is_open));
    let nothing = Memo::new(move |_| screen.catalogue.with(|catalogue| catalogue.is_empty()));
    let view = move || {
        if narrowed.get() && !nothing.get() {
            let action =
                move || view! { <Button on_press=move |()| looking.clear()>{t("images.clear_filters")}</Button> };
            view! { <Empty glyph=lu::LuSearchX title=t("images.no_match_title") text=t("images.no_match_text") action=action /> }
                .into_any()
        } else {
            let action = || {
                view! { <a class="btn c-btn c-btn-quiet" href=Route::instances().to_string()>{t("not_found.home")}</a> }
            };
            view! { <Empty glyph=lu::LuFilm title=t("images.empty_title") text=t("images.empty_text") action=action /> }
                .into_any()
        }
    };
    view.into_any()
}
