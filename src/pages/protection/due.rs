//! What should have been backed up by now, with a button that makes it up; and what this page may do about it by itself.

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::overview::Overview;
use crate::backup::due::Due;
use crate::browser::attention::{self, Permission};
use crate::i18n::{t, tr};
use crate::model::{Message, ServerId};
use crate::openstack::sentence::Doing;
use crate::pages::show::{age, error_words, named, read_only};
use crate::route::Route;
use crate::state::due::{Status, Wishes, use_due_runs};
use crate::state::polling::use_now;
use crate::ui::button::{Button, Kind};
use crate::ui::field::CheckField;
use crate::ui::icon::icon;

/// Instances that are listed by name; the button takes all.
const SHOWN: usize = 8;

pub fn panel(overview: Overview, chosen: RwSignal<Option<Vec<ServerId>>>) -> AnyView {
    // With the likely reason, which may be known later than what is due.
    let due = Memo::new(move |_| {
        overview.found.with(|found| {
            let Some(found) = found else { return Vec::new() };
            let likely = |due: &Due| found.server(&due.server)?.likely.clone();
            found.due.iter().map(|due| (due.clone(), likely(due))).collect::<Vec<_>>()
        })
    });
    let worrying = Memo::new(move |_| overview.found.with(|found| Some(found.as_ref()?.health.worrying().count())));
    Effect::new(move || {
        if let Some(count) = worrying.get() {
            attention::badge(u32::try_from(count).unwrap_or(u32::MAX));
        }
    });
    let known = Memo::new(move |_| overview.found.with(Option::is_some));
    view! {
        {move || (!due.with(Vec::is_empty)).then(|| list(due, chosen))}
        {move || known.get().then(by_itself)}
    }
    .into_any()
}

fn list(due: Memo<Vec<(Due, Option<Message>)>>, chosen: RwSignal<Option<Vec<ServerId>>>) -> AnyView {
    let ready = move || -> Vec<ServerId> {
        due.with(|due| due.iter().filter(|(it, _)| it.may_run()).map(|(it, _)| it.server.clone()).collect())
    };
    let blocked = Signal::derive(move || {
        read_only().map(|why| tr(&why.message())).or_else(|| ready().is_empty().then(|| t("due_runs.none_ready")))
    });
    let word = move || tr(&Message::new("bulk.submit").count("n", ready().len().max(1) as u64));
    let rows =
        move || due.with(|due| due.iter().take(SHOWN).map(|(it, likely)| row(it, likely.as_ref())).collect_view());
    let more = move || {
        let more = due.with(Vec::len).saturating_sub(SHOWN);
        (more > 0).then(|| {
            view! { <p class="c-muted">{tr(&Message::new("due_runs.more").count("n", more as u64))}</p> }
        })
    };
    view! {
        <section class="c-due" aria-labelledby="due-title">
            <div class="c-due-head">
                <h2 id="due-title">{icon(lu::LuAlarmClock)}{t("due_runs.title")}</h2>
                <Button kind=Kind::Primary small=true glyph=lu::LuFilm disabled_reason=blocked on_press=move |()| chosen.set(Some(untrack(ready)))>
                    {word}
                </Button>
            </div>
            <ul class="c-due-list">{rows}</ul>
            {more}
        </section>
    }
    .into_any()
}

fn row(due: &Due, likely: Option<&Message>) -> AnyView {
    let now = use_now();
    let id = due.server.clone();
    let last = due.last;
    let why = due.left_out.as_ref().map(|why| view! { <span class="c-hint">{tr(why)}</span> });
    let likely = likely.map(|likely| {
        let href = Route::Schedules { server: Some(id.clone()) }.to_string();
        view! { <span>{tr(likely)}" "<a class="c-link" href=href>{t("nav.schedules")}</a></span> }
    });
    let last = last.map(|last| {
        view! { <span class="c-muted">{t("protection.last")}": "{move || age(Some(last), now.get())}</span> }
    });
    view! {
        <li>
            <a class="c-link c-strong" href=Route::Instance(id).to_string()>{named(&due.name)}</a>
            <span class="c-due-words">
                <span>{tr(&due.message())}</span>
                {likely}{why}{last}
            </span>
        </li>
    }
    .into_any()
}

/// The two things that the page may do by itself, off at first.
fn by_itself() -> AnyView {
    let runs = use_due_runs();
    let wishes = runs.wishes;
    let automatic = RwSignal::new(wishes.get_untracked().automatic);
    let notify = RwSignal::new(wishes.get_untracked().notify && attention::permission() == Permission::Granted);
    // Another tab may have changed it.
    Effect::new(move || {
        let wishes = wishes.get();
        automatic.set(wishes.automatic);
        notify.set(wishes.notify && attention::permission() == Permission::Granted);
    });
    Effect::new(move || {
        let automatic = automatic.get();
        let before = wishes.get_untracked();
        if before.automatic != automatic {
            runs.wish(Wishes { automatic, ..before });
        }
    });
    let permission = RwSignal::new(attention::permission());
    Effect::new(move || {
        let wanted = notify.get();
        let before = wishes.get_untracked();
        if before.notify == wanted {
            return;
        }
        spawn_local(async move {
            let granted = !wanted || attention::request_permission().await == Permission::Granted;
            permission.try_set(attention::permission());
            if granted {
                runs.wish(Wishes { notify: wanted, ..wishes.get_untracked() });
            } else {
                notify.try_set(false);
            }
        });
    });
    let reader = Signal::derive(move || read_only().map(|why| tr(&why.message())));
    let silent = Signal::derive(move || match permission.get() {
        Permission::Denied => Some(t("due_runs.notify_denied")),
        Permission::Missing => Some(t("due_runs.notify_missing")),
        Permission::Granted | Permission::Ask => None,
    });
    let state = move || if wishes.get() == Wishes::default() { t("due_runs.off") } else { t("due_runs.on") };
    view! {
        <details class="c-more c-by-itself" open=wishes.get_untracked().automatic>
            <summary>{t("due_runs.by_itself")}": "{state}</summary>
            <div class="c-stack">
                <CheckField
                    label=t("due_runs.automatic")
                    value=automatic
                    hint=t("due_runs.automatic_hint")
                    disabled_reason=reader
                />
                <CheckField label=t("due_runs.notify") value=notify hint=t("due_runs.notify_hint") disabled_reason=silent />
                {move || status(&runs.status.get())}
            </div>
        </details>
    }
    .into_any()
}

fn status(status: &Status) -> AnyView {
    let now = use_now();
    match status {
        Status::Off => ().into_any(),
        Status::OtherTab => view! { <p class="c-hint" role="status">{t("due_runs.other_tab")}</p> }.into_any(),
        Status::Watching(at) => {
            let at = Some(*at);
            view! { <p class="c-hint">{t("due_runs.watching")}" "{move || age(at, now.get())}</p> }.into_any()
        }
        Status::HeldBack(why) => {
            view! { <p class="c-error" role="status">{t("due_runs.held_back")}" "{tr(why)}</p> }.into_any()
        }
        Status::Failed(error) => {
            let (why, _) = error_words(error, Doing::Reading);
            view! { <p class="c-error" role="status">{why}</p> }.into_any()
        }
    }
}
