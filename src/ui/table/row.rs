//! One row of a table.

use std::sync::Arc;

use leptos::html::Tr;
use leptos::prelude::*;

use super::{Column, Row, Shared};
use crate::browser::dom::{self, Step};
use crate::i18n::tr;
use crate::model::Message;
use crate::ui::live::live;
use crate::ui::menu::Menu;

/// What a click inside a row may be meant for, so that it does not open the row.
const CONTROLS: &str = "a, button, input, select, label, summary, [role=menu]";

pub(super) fn row(shared: Shared, state: Memo<Arc<Vec<(usize, Row)>>>, key: String) -> AnyView {
    let node = NodeRef::<Tr>::new();
    let stored = StoredValue::new(key.clone());
    // A row that has just left keeps its last content for the moment until its DOM goes.
    let found = Memo::new(move |old: Option<&Option<(usize, Row)>>| {
        let now = state.with(|all| stored.with_value(|key| all.iter().find(|(_, row)| row.key == *key).cloned()));
        now.or_else(|| old.cloned().flatten())
    });
    let stamp = Memo::new(move |_| found.with(|row| row.as_ref().map(|(_, row)| row.stamp)));
    let label =
        Signal::derive(move || found.with(|row| row.as_ref().map(|(_, row)| row.label.clone()).unwrap_or_default()));
    let index = move || found.with(|row| row.as_ref().map(|(index, _)| (index + 2).to_string()));
    let is_open = move || shared.opened.with(|open| stored.with_value(|key| open.as_ref() == Some(key)));
    let is_selected =
        move || shared.selection.is_some_and(|all| all.with(|all| stored.with_value(|key| all.contains(key))));
    let opens =
        shared.on_open.is_some() || found.with_untracked(|row| row.as_ref().is_some_and(|(_, r)| r.href.is_some()));
    let click = move |event: dom::MouseEvent| {
        if let Some(node) =
            node.get_untracked().filter(|_| dom::closest(&event, CONTROLS).is_none() && !dom::has_selected_text())
        {
            dom::press(&node, ".c-row-open");
        }
    };
    let columns = shared.columns.get_value();
    let cells = columns.into_iter().enumerate().map(|(i, column)| cell(shared, stored, stamp, found, i == 0, column));
    view! {
        <tr
            role="row"
            class="c-row"
            node_ref=node
            aria-rowindex=index
            data-opens=opens.then_some("true")
            data-open=live(move || is_open().then_some("true"))
            data-selected=live(move || is_selected().then_some("true"))
            on:click=click
        >
            {shared.selection.map(|selection| tick(selection, stored, label, found))}
            {cells.collect_view()}
            {shared
                .actions
                .map(|actions| {
                    let name = move || tr(&Message::new("ui.actions_of").text("name", label.get()));
                    view! {
                        <td role="cell" class="c-col-end">
                            <Menu label=name small=true items=move |()| actions.run(stored.get_value()) />
                        </td>
                    }
                })}
        </tr>
    }
    .into_any()
}

fn cell(
    shared: Shared,
    key: StoredValue<String>,
    stamp: Memo<Option<u64>>,
    found: Memo<Option<(usize, Row)>>,
    first: bool,
    column: Column,
) -> AnyView {
    let name = column.key;
    let content = move || {
        stamp.get();
        untrack(|| shared.cell.run((key.get_value(), name)))
    };
    let numeric = column.number.then_some("true");
    let minor = column.minor.then_some("true");
    if !first {
        return view! {
            <td role="cell" class="c-cell" data-label=column.title data-number=numeric data-minor=minor>
                <div class="c-cell-in">{content}</div>
            </td>
        }
        .into_any();
    }
    let href = found.with_untracked(|row| row.as_ref().and_then(|(_, row)| row.href.clone()));
    let walk = move |event: dom::KeyboardEvent| {
        let step = match Step::of_key(&event.key(), true) {
            Some(step @ (Step::Next | Step::Previous)) => step,
            _ => return,
        };
        if let Some(body) = dom::closest(&event, "tbody") {
            event.prevent_default();
            dom::move_focus(&body, ".c-row-open", &step);
        }
    };
    let inner = match (href, shared.on_open) {
        (Some(href), _) => view! { <a class="c-row-open" href=href on:keydown=walk>{content}</a> }.into_any(),
        (None, Some(open)) => view! {
            <button type="button" class="c-row-open" on:keydown=walk on:click=move |_| open.run(key.get_value())>{content}</button>
        }
        .into_any(),
        (None, None) => content.into_any(),
    };
    view! {
        <th role="rowheader" scope="row" class="c-cell c-cell-name" data-number=numeric>
            <div class="c-cell-in">{inner}</div>
        </th>
    }
    .into_any()
}

fn tick(
    selection: super::Selection,
    key: StoredValue<String>,
    label: Signal<String>,
    found: Memo<Option<(usize, Row)>>,
) -> AnyView {
    let reason = move || found.with(|row| row.as_ref().and_then(|(_, row)| row.unselectable.clone()));
    let name = move || match reason() {
        Some(reason) => format!("{}: {reason}", label.get()),
        None => tr(&Message::new("ui.select_row").text("name", label.get())),
    };
    view! {
        <td role="cell" class="c-col-check">
            <label class="c-tick">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm checkbox-primary"
                    aria-label=name
                    aria-disabled=live(move || reason().map(|_| "true"))
                    data-tip=reason
                    prop:checked=live(move || selection.with(|all| key.with_value(|key| all.contains(key))))
                    on:click=move |event| {
                        if untrack(reason).is_some() {
                            event.prevent_default();
                        }
                    }
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        selection.update(|all| {
                            if on { all.insert(key.get_value()); } else { all.remove(&key.get_value()); }
                        });
                    }
                />
            </label>
        </td>
    }
    .into_any()
}
