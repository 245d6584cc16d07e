//! Schedules outside of the cloud: a script that obeys the same policies, and whatever starts it, ready to copy.

use icondata_lu as lu;
use leptos::prelude::*;

use super::Scheduled;
use crate::backup::reminder::{Reminder, When, calendar};
use crate::backup::script::when::together;
use crate::backup::script::{Order, Outlet, Piece, SCRIPT, pieces};
use crate::browser::{clock, files};
use crate::i18n::{t, tr};
use crate::model::{Arg, Message, Moment, ServerId};
use crate::route::Route;
use crate::state::navigation::use_navigation;
use crate::state::session::use_session;
use crate::ui::button::Button;
use crate::ui::code::Code;
use crate::ui::field::{Choice, SelectField, TextField};
use crate::ui::live::part;
use crate::ui::skeleton::Skeleton;
use crate::ui::tabs::{Tab, Tabs};

const DAY: i64 = 86_400;
/// How long the application credential of a new schedule may last, in days; the first is the one at first.
const LASTS: [(&str, i64); 3] = [("365", 365), ("180", 180), ("90", 90)];
/// Days before its end at which the calendar warns.
const WARNS: i64 = 14;
const EVERYONE: &str = "";

#[component]
pub fn Elsewhere(
    scheduled: Memo<Option<Vec<Scheduled>>>,
    /// The instances could not be read: that is said above.
    #[prop(into)]
    failed: Signal<bool>,
) -> impl IntoView {
    let all = Memo::new(move |_| scheduled.get().unwrap_or_default());
    let some = Memo::new(move |_| scheduled.with(|all| all.as_ref().map(|all| !all.is_empty())));
    // What is typed and chosen stays when the cloud says something anew.
    let body = part(move || match some.get() {
        None if failed.get() => ().into_any(),
        None => view! { <Skeleton rows=3 /> }.into_any(),
        Some(false) => nothing(),
        Some(true) => form(all),
    });
    view! {
        <section class="c-section">
            <h2>{t("elsewhere.title")}</h2>
            <p class="c-muted mb-4">{t("elsewhere.lead")}</p>
            {body}
        </section>
    }
    .into_any()
}

fn nothing() -> AnyView {
    let href = Route::home().to_string();
    view! { <p>{t("elsewhere.none_text")}" "<a class="c-link" href=href>{t("elsewhere.choose_policy")}</a></p> }
        .into_any()
}

fn form(all: Memo<Vec<Scheduled>>) -> AnyView {
    let is_there = move |id: &str| all.with(|all| all.iter().any(|one| one.id.as_str() == id));
    let asked = match use_navigation().route.get_untracked() {
        Route::Schedules { server: Some(id) } if untrack(|| is_there(id.as_str())) => id.to_string(),
        _ => EVERYONE.to_owned(),
    };
    let server = RwSignal::new(asked);
    let ping = RwSignal::new(String::new());
    let lasts = RwSignal::new(LASTS[0].0.to_owned());
    let outlet = RwSignal::new("cron".to_owned());
    let choices = Memo::new(move |_| {
        let mut choices = vec![Choice::new(EVERYONE, t("elsewhere.everyone"))];
        all.with(|all| choices.extend(all.iter().map(|one| Choice::new(one.id.to_string(), one.name.clone()))));
        choices
    });
    // The chosen one may lose its schedule meanwhile.
    Effect::new(move || {
        if server.with(|server| server != EVERYONE && !is_there(server)) {
            server.set(EVERYONE.to_owned());
        }
    });
    let bad_ping = Memo::new(move |_| {
        let wrong = ping.with(|url| {
            !url.trim().is_empty() && !url.trim().starts_with("https://") && !url.trim().starts_with("http://")
        });
        wrong.then(|| t("elsewhere.ping_bad"))
    });
    let tabs: Vec<Tab> = OUTLETS.iter().map(|(word, outlet)| Tab::new(*word, tr(&outlet.message()))).collect();
    let steps = move |word: String| {
        let outlet = OUTLETS.iter().find(|(known, _)| *known == word).map_or(Outlet::Cron, |(_, outlet)| *outlet);
        let made = move || {
            let ping = ping.get();
            let ping = if bad_ping.get().is_some() { "" } else { ping.trim() };
            let expires = lasts.with(|lasts| end(lasts));
            server.with(|server| all.with(|all| made(outlet, all, server, ping, expires)))
        };
        (move || view! { <ol class="c-recipe">{made().into_iter().map(step).collect_view()}</ol> }).into_any()
    };
    let calendar = move |()| {
        let text = server.with_untracked(|server| all.with_untracked(|all| reminders(all, server)));
        files::download("carrete.ics", "text/calendar", &text);
    };
    let warn = move |()| {
        let text = warning(lasts.with_untracked(|lasts| end(lasts)));
        files::download("carrete-credential.ics", "text/calendar", &text);
    };
    let days = LASTS.map(|(word, days)| Choice::new(word, tr(&Message::new("elsewhere.days").count("n", days as u64))));
    view! {
        <div class="c-fields c-fields-row mb-4">
            <SelectField label=t("elsewhere.server") value=server choices=choices />
            <TextField
                label=t("elsewhere.ping")
                value=ping
                hint=t("elsewhere.ping_hint")
                error=bad_ping
                kind="url"
                optional=true
            />
            <SelectField label=t("elsewhere.lasts") value=lasts choices=Signal::stored(days.to_vec()) />
        </div>
        <Tabs
            label=t("elsewhere.outlet")
            tabs=Signal::stored(tabs)
            selected=outlet
            on_select=move |word: String| outlet.set(word)
            panel=steps
        />
        <div class="c-actions mt-4">
            <Button glyph=lu::LuCalendarPlus on_press=calendar>{t("elsewhere.calendar")}</Button>
            <span class="c-hint">{t("elsewhere.calendar_hint")}</span>
        </div>
        <div class="c-actions mt-3">
            <Button glyph=lu::LuCalendarClock on_press=warn>{t("elsewhere.warning")}</Button>
            <span class="c-hint">{t("elsewhere.warning_hint")}</span>
        </div>
    }
    .into_any()
}

const OUTLETS: [(&str, Outlet); 5] = [
    ("cron", Outlet::Cron),
    ("systemd", Outlet::Systemd),
    ("github", Outlet::Github),
    ("gitlab", Outlet::Gitlab),
    ("kubernetes", Outlet::Kubernetes),
];

fn made(outlet: Outlet, all: &[Scheduled], server: &str, ping: &str, expires: Moment) -> Vec<Piece> {
    let Some(who) = use_session().who.get_untracked() else { return Vec::new() };
    let chosen: Vec<(ServerId, String)> =
        all.iter().filter(|one| one.id.as_str() == server).map(|one| (one.id.clone(), one.name.clone())).collect();
    let among = all.iter().filter(|one| server == EVERYONE || one.id.as_str() == server);
    let Some(schedule) = together(&among.map(|one| one.schedule).collect::<Vec<_>>()) else { return Vec::new() };
    let now = clock::now();
    pieces(
        outlet,
        Order {
            servers: &chosen,
            schedule: &schedule,
            auth_url: &who.auth_url,
            region: &who.region,
            project: &who.project.name,
            roles: &who.roles,
            ping,
            now,
            expires,
        },
    )
}

/// When a credential ends that is made today, for so many days.
fn end(lasts: &str) -> Moment {
    let days = LASTS.iter().find(|(word, _)| *word == lasts).map_or(LASTS[0].1, |(_, days)| *days);
    clock::now().plus(days * DAY)
}

/// One entry, some time before the credential ends: from then on the script can back up nothing.
fn warning(expires: Moment) -> String {
    let project = use_session().who.get_untracked().map(|who| who.project.name.clone()).unwrap_or_default();
    let title = tr(&Message::new("elsewhere.warning_title").text("project", &project));
    let text = tr(&Message::new("elsewhere.warning_text").with("end", Arg::Moment(expires.0)));
    calendar(&[Reminder {
        uid: &format!("credential-{project}"),
        summary: &title,
        description: &text,
        url: &crate::browser::document::address(),
        now: clock::now(),
        when: When::Once(expires.plus(-WARNS * DAY)),
    }])
}

fn reminders(all: &[Scheduled], server: &str) -> String {
    let now: Moment = clock::now();
    let page = crate::browser::document::address();
    let chosen = all.iter().filter(|one| server == EVERYONE || one.id.as_str() == server);
    let titles: Vec<(String, &Scheduled)> =
        chosen.map(|one| (tr(&Message::new("elsewhere.reminder").text("name", &one.name)), one)).collect();
    let text = t("elsewhere.reminder_text");
    let all: Vec<Reminder<'_>> = titles
        .iter()
        .map(|(title, one)| Reminder {
            uid: one.id.as_str(),
            summary: title,
            description: &text,
            url: &page,
            now,
            when: When::Each { first: one.schedule.next_after(now), schedule: &one.schedule },
        })
        .collect();
    calendar(&all)
}

fn step(piece: Piece) -> AnyView {
    let Piece { what, path, text } = piece;
    // The script is long: it is offered as a file, and shown only on request.
    let is_script = text == SCRIPT;
    let download = path.map(|path| {
        let (text, name) = (text.clone(), path.rsplit('/').next().unwrap_or(path).to_owned());
        let save = move |()| _ = files::download(&name, "text/plain", &text);
        view! { <Button small=true glyph=lu::LuDownload on_press=save>{t("elsewhere.download")}</Button> }
    });
    let code = view! { <Code text=text /> };
    let shown = if is_script {
        view! { <details class="c-more"><summary>{t("elsewhere.show_script")}</summary>{code}</details> }.into_any()
    } else {
        code.into_any()
    };
    view! { <li><p>{tr(&what)}</p>{shown}{download}</li> }.into_any()
}
