//! A table's header: what sorts it, and the box that selects everything.

use std::collections::HashSet;

use icondata_lu as lu;
use leptos::prelude::*;

use super::{Column, Selection, Shared, Sort};
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::ui::icon::icon;
use crate::ui::live::{live, part};

pub(super) fn head(shared: Shared) -> AnyView {
    let columns = shared.columns.get_value();
    let sortable: Vec<Column> = columns.iter().filter(|column| column.sortable).cloned().collect();
    view! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                {shared.selection.map(|selection| all(shared, selection))}
                {columns.into_iter().map(|column| cell(shared, column)).collect_view()}
                {shared
                    .actions
                    .map(|_| view! { <th role="columnheader" scope="col" class="c-col-end"><span class="sr-only">{t("ui.actions")}</span></th> })}
                {(!sortable.is_empty()).then(|| narrow(shared.sort, sortable))}
            </tr>
        </thead>
    }
    .into_any()
}

fn cell(shared: Shared, column: Column) -> AnyView {
    let key = column.key;
    let sort = shared.sort;
    let direction = move || sort.with(|sort| (sort.column == key).then_some(sort.descending));
    let aria = move || match direction() {
        Some(false) => Some("ascending"),
        Some(true) => Some("descending"),
        None => column.sortable.then_some("none"),
    };
    let glyph = move || match direction() {
        Some(false) => lu::LuArrowUp,
        Some(true) => lu::LuArrowDown,
        None => lu::LuChevronsUpDown,
    };
    let content = if column.sortable {
        view! {
            <button type="button" class="c-sort" on:click=move |_| sort.update(|sort| *sort = sort.pressed(key))>
                <span>{column.title}</span>
                {part(move || icon(glyph()))}
            </button>
        }
        .into_any()
    } else {
        view! { <span>{column.title}</span> }.into_any()
    };
    view! {
        <th
            role="columnheader"
            scope="col"
            class="c-col"
            data-number=column.number.then_some("true")
            data-minor=column.minor.then_some("true")
            aria-sort=aria
        >
            {content}
        </th>
    }
    .into_any()
}

/// The box that selects all rows; half ticked while only some are.
fn all(shared: Shared, selection: Selection) -> AnyView {
    let selectable = move || {
        shared.rows.with(|rows| {
            rows.iter().filter(|row| row.unselectable.is_none()).map(|row| row.key.clone()).collect::<HashSet<_>>()
        })
    };
    let counts = Memo::new(move |_| {
        shared.rows.with(|rows| {
            let all = || rows.iter().filter(|row| row.unselectable.is_none());
            let chosen = |selection: &HashSet<String>| match selection.is_empty() {
                true => 0,
                false => all().filter(|row| selection.contains(&row.key)).count(),
            };
            (selection.with(chosen), all().count())
        })
    });
    view! {
        <th role="columnheader" scope="col" class="c-col-check">
            <label class="c-tick">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm checkbox-primary"
                    aria-label=t("ui.select_all")
                    prop:checked=live(move || matches!(counts.get(), (chosen, all) if all > 0 && chosen == all))
                    prop:indeterminate=live(move || matches!(counts.get(), (chosen, all) if chosen > 0 && chosen < all))
                    on:change=move |event| selection.set(if event_target_checked(&event) { selectable() } else { HashSet::new() })
                />
            </label>
        </th>
    }
    .into_any()
}

/// Cards have no header to press: a list of the columns instead, and a button for the direction.
fn narrow(sort: RwSignal<Sort>, columns: Vec<Column>) -> AnyView {
    let option = |column: Column| {
        view! { <option value=column.key selected=live(move || sort.with(|sort| sort.column == column.key))>{column.title}</option> }
    };
    let turn = move || {
        let down = sort.with(|sort| sort.descending);
        tr(&Message::new(if down { "ui.sort_down" } else { "ui.sort_up" }))
    };
    let glyph = move || if sort.with(|sort| sort.descending) { lu::LuArrowDown } else { lu::LuArrowUp };
    view! {
        <th role="columnheader" class="c-col-narrow">
            <select
                class="select select-sm c-input"
                aria-label=t("ui.sort_by")
                on:change=move |event| sort.update(|sort| sort.column = event_target_value(&event))
            >
                <option value="" selected=live(move || sort.with(|sort| sort.column.is_empty()))>{t("ui.sort_by")}</option>
                {columns.into_iter().map(option).collect_view()}
            </select>
            <button
                type="button"
                class="btn btn-ghost c-btn btn-sm btn-square"
                aria-label=turn
                on:click=move |_| sort.update(|sort| sort.descending = !sort.descending)
            >
                {part(move || icon(glyph()))}
            </button>
        </th>
    }
    .into_any()
}
