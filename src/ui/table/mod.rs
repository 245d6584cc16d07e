//! The one table of the project: sorting, selection, row actions, and ten thousand rows without a sweat.
//!
//! It is a real `<table>`. Where its container is narrow, CSS turns each row into a card; the roles are written out,
//! because browsers forget a table's meaning when its display changes. Rows keep their DOM across refreshes (they are
//! keyed), so that polling loses neither the focus nor an open menu.

mod column;
mod head;
mod row;
pub mod sort;
pub mod window;

use std::collections::HashSet;
use std::sync::Arc;

use column::grid;
pub use column::{Column, Row};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
pub use sort::{Sort, SortKey};

use super::button::Button;
use super::menu::MenuItem;
use super::skeleton::Skeleton;
use crate::browser::clock;
use crate::browser::dom::{self, Listener, WidthObserver};
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::ui::live::{live, part};

/// The height of a row in CSS pixels, as `style/table.css` has it.
const ROW_HEIGHT: f64 = 48.0;
/// Below this many rows all of them are drawn.
const WINDOWED_FROM: usize = 60;
/// Below this container width rows are cards, as in `style/table.css`.
const CARDS_BELOW: f64 = 640.0;
const OVERSCAN: usize = 8;
/// Cards have no fixed height, so they are not windowed: more are drawn as the reader gets near the end.
const CARDS_AT_ONCE: usize = 20;

/// New rows that are drawn in one go. Between two portions the browser hears what somebody types.
const PORTION: usize = 4;

/// The keys of the selected rows.
pub type Selection = RwSignal<HashSet<String>>;

#[derive(Clone, Copy, PartialEq)]
enum Shows {
    Skeleton,
    Nothing,
    Rows,
}

/// What all rows share.
#[derive(Clone, Copy)]
struct Shared {
    columns: StoredValue<Vec<Column>>,
    cell: Callback<(String, &'static str), AnyView>,
    selection: Option<Selection>,
    actions: Option<Callback<String, Vec<MenuItem>>>,
    on_open: Option<Callback<String>>,
    opened: Signal<Option<String>>,
    rows: Signal<Arc<Vec<Row>>>,
    sort: RwSignal<Sort>,
}

/// ```ignore
/// <Table label=… columns=vec![Column::new("name", t("…")), …] rows=rows
///     cell=move |(key, column): (String, &'static str)| match column { "name" => …, _ => … } />
/// ```
#[component]
pub fn Table(
    /// What the rows are, for screen readers.
    #[prop(into)]
    label: String,
    columns: Vec<Column>,
    #[prop(into)] rows: Signal<Arc<Vec<Row>>>,
    /// The content of a cell, given the row's key and the column's. It runs outside of tracking and again when the row's
    /// stamp changes; reactive closures in what it returns live as long as the row is in sight.
    #[prop(into)]
    cell: Callback<(String, &'static str), AnyView>,
    /// To keep the order elsewhere (in the address).
    #[prop(optional, into)]
    sort: Option<RwSignal<Sort>>,
    /// Makes rows selectable.
    #[prop(optional)]
    selection: Option<Selection>,
    /// Buttons in the bar that appears while rows are selected.
    #[prop(optional, into)]
    bulk: ViewFn,
    /// The entries of a row's menu, given its key.
    #[prop(optional, into)]
    actions: Option<Callback<String, Vec<MenuItem>>>,
    /// Opens a row's details, for rows without an `href`.
    #[prop(optional, into)]
    on_open: Option<Callback<String>>,
    /// The row whose details are open beside the table.
    #[prop(optional, into)]
    opened: Signal<Option<String>>,
    /// The first answer has not come yet.
    #[prop(optional, into)]
    loading: Signal<bool>,
    /// In place of the table when there is no row.
    #[prop(optional, into)]
    empty: ViewFn,
) -> impl IntoView {
    let sort = sort.unwrap_or_else(|| RwSignal::new(Sort::default()));
    let shared = Shared { columns: StoredValue::new(columns), cell, selection, actions, on_open, opened, rows, sort };
    let frame = NodeRef::<Div>::new();
    let width = RwSignal::new(1000.0);
    let scrolled = RwSignal::new(0.0);
    watch(frame, width, scrolled);

    let order = Memo::new(move |_| {
        let sort = sort.get();
        let column = shared.columns.with_value(|all| all.iter().position(|column| column.key == sort.column));
        rows.with(|rows| sort::order(rows, column, sort.descending))
    });
    let cards = Memo::new(move |_| width.get() < CARDS_BELOW);
    let range = Memo::new(move |_| {
        let total = order.with(Vec::len);
        if total <= WINDOWED_FROM {
            0..total
        } else if cards.get() {
            let seen = (scrolled.get().max(0.0) / ROW_HEIGHT) as usize;
            0..((seen / CARDS_AT_ONCE + 2) * CARDS_AT_ONCE).min(total)
        } else {
            window::visible_rows(scrolled.get(), dom::viewport().1, ROW_HEIGHT, total, OVERSCAN)
        }
    });
    let shown = move || {
        let range = range.get();
        let start = range.start;
        order.with(|order| {
            rows.with(|rows| {
                let row = |(i, &index): (usize, &usize)| (start + i, rows[index].clone());
                order[range].iter().enumerate().map(row).collect::<Vec<_>>()
            })
        })
    };
    // What is on the page by row key: the rows' position and content change under a DOM that stays.
    let state = Memo::new(move |_| Arc::new(shown()));
    let keys = drawn(state);
    let before = move || range.get().start as f64 * ROW_HEIGHT;
    let after = move || {
        if cards.get() {
            0.0
        } else {
            (order.with(Vec::len) - range.get().start - keys.with(Vec::len)) as f64 * ROW_HEIGHT
        }
    };
    let has_before = Memo::new(move |_| before() > 0.0);
    let has_after = Memo::new(move |_| after() > 0.0);
    let spacer = |height: Signal<f64>| {
        view! { <tr class="c-table-space" aria-hidden="true" style:height=live(move || format!("{}px", height.get() as u32))></tr> }
    };
    let grids = [true, false]
        .map(|minor| shared.columns.with_value(|all| grid(all, selection.is_some(), actions.is_some(), minor)));
    let body = move || {
        let [all, major] = grids.clone();
        view! {
            <table class="c-table" style:--c-columns=all style:--c-columns-major=major role="table" aria-label=label.clone() aria-rowcount=live(move || (order.with(Vec::len) + 1).to_string())>
                {head::head(shared)}
                <tbody role="rowgroup">
                    {part(move || has_before.get().then(|| spacer(Signal::derive(before))))}
                    <For each=move || keys.get() key=|key| key.clone() children=move |key| row::row(shared, state, key) />
                    {part(move || has_after.get().then(|| spacer(Signal::derive(after))))}
                </tbody>
            </table>
        }
        .into_any()
    };
    // One Memo, so that a new answer, or the first whole one, changes rows and does not make the table anew: an open menu and
    // the focus stay.
    let shows = Memo::new(move |_| match (rows.with(|rows| rows.is_empty()), loading.get()) {
        (true, true) => Shows::Skeleton,
        (true, false) => Shows::Nothing,
        (false, _) => Shows::Rows,
    });
    view! {
        <div class="c-table-frame" node_ref=frame>
            {selection.map(|selection| bar(selection, bulk))}
            {part(move || match shows.get() {
                Shows::Skeleton => view! { <Skeleton /> }.into_any(),
                Shows::Nothing => empty.run(),
                Shows::Rows => body(),
            })}
        </div>
    }
    .into_any()
}

/// The keys of the rows that are on the page: in the end all of `state`. First those end that are not in it any more; the
/// new ones come in portions after that.
fn drawn(state: Memo<Arc<Vec<(usize, Row)>>>) -> Memo<Vec<String>> {
    let portions = RwSignal::new(0_u32);
    let some_ended = StoredValue::new(false);
    let drawn = Memo::new(move |before: Option<&Vec<String>>| {
        portions.track();
        let before = before.map_or(&[][..], Vec::as_slice);
        state.with(|shown| {
            let keys = || shown.iter().map(|(_, row)| row.key.as_str());
            let stay = window::portion(before, keys(), 0);
            let ends = stay.len() < before.len();
            some_ended.set_value(ends);
            let all = if ends { stay } else { window::portion(before, keys(), PORTION) };
            all.into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
    });
    Effect::new(move || {
        if drawn.with(Vec::len) < state.with(|shown| shown.len()) {
            spawn_local(async move {
                if some_ended.try_get_value() == Some(true) {
                    clock::next_task().await;
                } else {
                    clock::sleep(0).await;
                }
                portions.try_update(|count| *count = count.wrapping_add(1));
            });
        }
    });
    drawn
}

/// Follows the table's width and how far it is scrolled. An observer is called as soon as the new table has its place:
/// nobody has to ask for that before, which would make the browser work it out at once.
fn watch(frame: NodeRef<Div>, width: RwSignal<f64>, scrolled: RwSignal<f64>) {
    let observer = StoredValue::new_local(None::<WidthObserver>);
    let listener = StoredValue::new_local(None::<Listener>);
    let measure = move || {
        if let Some(frame) = frame.try_get_untracked().flatten() {
            scrolled.try_set(-dom::top_of(&frame));
        }
    };
    Effect::new(move || {
        let Some(frame) = frame.get() else { return };
        observer.set_value(Some(WidthObserver::new(&frame, move |now| {
            if width.try_get_untracked().is_some_and(|old| old != now) {
                width.try_set(now);
            }
            measure();
        })));
        listener.set_value(Some(Listener::on_document("scroll", true, move |_| measure())));
    });
}

/// «3 selected», the bulk actions, and the way out.
fn bar(selection: Selection, bulk: ViewFn) -> AnyView {
    let count = Memo::new(move |_| selection.with(HashSet::len));
    let any = Memo::new(move |_| count.get() > 0);
    view! {
        <div class="c-selection" role="status">
            {part(move || {
                any.get()
                    .then(|| {
                        view! {
                            <div class="c-selection-bar">
                                <span>{part(move || tr(&Message::new("ui.selected").count("n", count.get() as u64)))}</span>
                                <span class="c-selection-actions">{bulk.run()}</span>
                                <Button small=true on_press=move |_| selection.set(HashSet::new())>{t("ui.clear_selection")}</Button>
                            </div>
                        }
                    })
            })}
        </div>
    }
    .into_any()
}
