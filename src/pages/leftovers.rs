//! What serves no purpose any more: found, explained, and cleaned on request.

use std::collections::HashSet;

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::adopt::{Adopt, Asked};
use super::protection::overview::Overview;
use crate::backup::leftovers::{Kind as Sort, Leftover};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::operation::{Deletion, Kind as Work};
use crate::pages::show::{age, error_notice, named, read_only};
use crate::route::Route;
use crate::state::operations::use_operations;
use crate::state::polling::use_now;
use crate::ui::button::{Button, Kind};
use crate::ui::confirm::Confirm;
use crate::ui::empty::Empty;
use crate::ui::portions::Portions;
use crate::ui::shell::PageTitle;
use crate::ui::skeleton::Skeleton;

mod adopt;

#[component]
pub fn LeftoversPage() -> impl IntoView {
    let overview = Overview::ask();
    let portions = Portions::default();
    let ticked = RwSignal::new(HashSet::<String>::new());
    let asking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let adopting: Asked = RwSignal::new(None);
    let error = RwSignal::new(None::<ApiError>);
    let all = Memo::new(move |_| overview.found.with(|found| found.as_ref().map(|found| found.leftovers.clone())));
    // What has gone in the meantime is not ticked any more.
    let chosen = Memo::new(move |_| {
        let all = all.get().unwrap_or_default();
        ticked.with(|ticked| all.into_iter().filter(|it| ticked.contains(it.id())).collect::<Vec<_>>())
    });
    let clean = move |()| {
        let steps = chosen.with_untracked(|chosen| chosen.iter().flat_map(|it| it.steps.clone()).collect::<Vec<_>>());
        busy.set(true);
        let operations = use_operations();
        spawn_local(async move {
            let outcome = operations.start(Work::DeleteImages(Deletion::new(unique(steps))), None).await;
            busy.try_set(false);
            asking.try_set(false);
            match outcome {
                Ok(_) => ticked.set(HashSet::new()),
                Err(why) => _ = error.try_set(Some(why)),
            }
        });
    };
    let reason = Signal::derive(move || {
        let nothing = chosen.with(Vec::is_empty).then(|| t("leftovers_page.choose"));
        read_only().map(|why| tr(&why.message())).or(nothing)
    });
    let clean_words = move || match chosen.with(Vec::len) as u64 {
        0 => t("leftovers_page.clean_none"),
        count => tr(&Message::new("leftovers_page.clean").count("n", count)),
    };
    let body = move || match (all.get(), overview.error()) {
        (_, Some(error)) => view! {
            {error_notice(&error, Doing::Reading)}
            <div class="c-actions"><Button on_press=move |()| overview.retry()>{t("common.retry")}</Button></div>
        }
        .into_any(),
        (None, None) => view! { <Skeleton rows=4 /> }.into_any(),
        (Some(all), None) if all.is_empty() => {
            let back = || {
                view! { <a class="btn c-btn c-btn-quiet" href=Route::home().to_string()>{t("not_found.home")}</a> }
            };
            view! { <Empty glyph=lu::LuSparkles title=t("leftovers_page.none_title") text=t("leftovers_page.none_text") action=back /> }
                .into_any()
        }
        (Some(all), None) => {
            Sort::ALL.into_iter().map(|kind| section(kind, &all, ticked, adopting, portions)).collect_view().into_any()
        }
    };
    view! {
        <a class="c-back" href=Route::home().to_string()>{t("protection.title")}</a>
        <PageTitle title=t("nav.leftovers") below=move || overview.freshness() />
        <super::operations::Recent />
        <p class="c-muted mb-4">{t("leftovers_page.lead")}</p>
        {body}
        {move || error.get().map(|error| error_notice(&error, Doing::DeleteImage))}
        {move || {
            all.with(|all| all.as_ref().is_some_and(|all| !all.is_empty()))
                .then(|| {
                    view! {
                        <div class="c-actions mt-4">
                            <Button kind=Kind::Danger glyph=lu::LuBrush disabled_reason=reason on_press=move |()| asking.set(true)>
                                {clean_words}
                            </Button>
                        </div>
                    }
                })
        }}
        <Confirm
            open=asking
            on_close=move |()| asking.set(false)
            title=Signal::derive(clean_words)
            text=Signal::derive(|| t("leftovers_page.question"))
            items=Signal::derive(move || chosen.with(|chosen| chosen.iter().map(to_confirm).collect()))
            action=Signal::derive(clean_words)
            busy=busy
            on_confirm=clean
        />
        <Adopt overview=overview asked=adopting />
    }
    .into_any()
}

/// The name, and once more what to beware of.
fn to_confirm(it: &Leftover) -> String {
    let name = named(&it.name);
    match it.unsealed {
        _ if it.may_be_last() => tr(&Message::new("leftovers_page.may_be_last").text("name", name)),
        Some(_) => tr(&Message::new("leftovers_page.usable").text("name", name)),
        None => name,
    }
}

/// The same thing may stand behind two leftovers; images keep coming before their snapshots.
fn unique(steps: Vec<crate::backup::deletion::DeletionStep>) -> Vec<crate::backup::deletion::DeletionStep> {
    use crate::backup::deletion::DeletionStep;
    let (images, snapshots): (Vec<_>, Vec<_>) =
        steps.into_iter().partition(|step| matches!(step, DeletionStep::Image { .. }));
    let mut all: Vec<DeletionStep> = Vec::new();
    for step in images.into_iter().chain(snapshots) {
        if !all.contains(&step) {
            all.push(step);
        }
    }
    all
}

fn section(
    kind: Sort,
    all: &[Leftover],
    ticked: RwSignal<HashSet<String>>,
    adopting: Asked,
    portions: Portions,
) -> AnyView {
    let mine: Vec<Leftover> = all.iter().filter(|it| it.kind == kind).cloned().collect();
    if mine.is_empty() {
        return ().into_any();
    }
    let ids: Vec<String> = mine.iter().map(|it| it.id().to_owned()).collect();
    let several = ids.len() > 1;
    // Once more takes them out again.
    let all = move |()| {
        ticked.update(|ticked| {
            if ids.iter().all(|id| ticked.contains(id)) {
                ticked.retain(|id| !ids.contains(id));
            } else {
                ticked.extend(ids.iter().cloned());
            }
        });
    };
    view! {
        <section class="c-section">
            <div class="c-section-head">
                <h2>{tr(&kind.message())}</h2>
                {several.then(|| view! { <Button small=true on_press=all>{t("ui.select_all")}</Button> })}
            </div>
            <ul class="c-leftovers">
                {portions.list(mine.len(), move |index| mine.get(index).cloned().map(|it| line(it, ticked, adopting)).into_any())}
            </ul>
        </section>
    }
    .into_any()
}

fn line(it: Leftover, ticked: RwSignal<HashSet<String>>, adopting: Asked) -> AnyView {
    let now = use_now();
    let (id, shown) = (it.id().to_owned(), it.id().to_owned());
    let created = it.created;
    let size = (it.bytes > 0).then(|| intl::bytes(it.bytes));
    view! {
        <li>
            <label>
                <input
                    class="checkbox checkbox-sm checkbox-primary"
                    type="checkbox"
                    prop:checked=move || ticked.with(|ticked| ticked.contains(&shown))
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        ticked.update(|ticked| _ = if on { ticked.insert(id.clone()) } else { ticked.remove(&id) });
                    }
                />
                <span class="c-leftover">
                    <strong>{named(&it.name)}</strong>
                    <span>{tr(&it.reason)}</span>
                    <span class="c-muted">{move || age(created, now.get())}{size.map(|size| format!(" · {size}"))}</span>
                </span>
            </label>
            {adopt::button(&it, adopting)}
        </li>
    }
    .into_any()
}
