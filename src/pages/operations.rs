//! What this browser has asked of the cloud: running, and ended but not dismissed yet.

use leptos::prelude::*;

use super::operation_card::OperationCard;
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::state::operations::{Entry, use_operations};
use crate::state::session::{SignedIn, use_session};
use crate::ui::badge::Tone;
use crate::ui::empty::Empty;
use crate::ui::notice::Notice;
use crate::ui::shell::PageTitle;

/// On the screens where work begins, the last few are in sight without going anywhere.
const RECENT: usize = 3;

#[component]
pub fn Operations() -> impl IntoView {
    let operations = use_operations();
    let session = use_session();
    let here = Memo::new(move |_| {
        let who = session.who.get();
        operations
            .all
            .with(|all| all.iter().filter(|entry| is_here(entry, who.as_deref())).cloned().collect::<Vec<_>>())
    });
    let elsewhere = Memo::new(move |_| {
        let who = session.who.get();
        operations
            .all
            .with(|all| all.iter().filter(|entry| !is_here(entry, who.as_deref())).cloned().collect::<Vec<_>>())
    });
    let other = |entry: Entry| {
        let (title, project, region) =
            entry.operation.with_untracked(|it| (tr(&it.title()), it.project_name.clone(), it.region.clone()));
        let text = tr(&Message::new("operations.elsewhere").text("project", project).text("region", region));
        view! { <Notice tone=Tone::Neutral title=title text=text /> }
    };
    view! {
        <PageTitle title=t("operations.title") below=|| t("operations.lead") />
        {move || {
            (!operations.kept.get()).then(|| view! { <Notice tone=Tone::Warn title=t("operations.not_kept") /> })
        }}
        <Show when=move || here.with(Vec::is_empty) && elsewhere.with(Vec::is_empty)>
            <Empty
                glyph=icondata_lu::LuActivity
                title=t("operations.empty_title")
                text=t("operations.empty_text")
            />
        </Show>
        <div class="c-stack">
            <For each=move || here.get() key=|entry| entry.id.clone() let:entry>
                <OperationCard entry=entry />
            </For>
            <For each=move || elsewhere.get() key=|entry| entry.id.clone() children=other />
        </div>
    }
    .into_any()
}

/// The newest operations of this place, above the lists that they change.
#[component]
pub fn Recent() -> impl IntoView {
    let operations = use_operations();
    let session = use_session();
    let recent = Memo::new(move |_| {
        let who = session.who.get();
        let all = operations.all.get();
        let here = all.iter().filter(|entry| is_here(entry, who.as_deref()));
        here.take(RECENT).cloned().collect::<Vec<_>>()
    });
    view! {
        <div class="c-stack">
            <For each=move || recent.get() key=|entry| entry.id.clone() let:entry>
                <OperationCard entry=entry />
            </For>
        </div>
    }
    .into_any()
}

fn is_here(entry: &Entry, who: Option<&SignedIn>) -> bool {
    who.is_some_and(|who| {
        entry
            .operation
            .with_untracked(|it| it.project == who.project.id && it.cloud == who.auth_url && it.region == who.region)
    })
}
