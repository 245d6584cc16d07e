//! Who is signed in where, and how the page looks.

use leptos::prelude::*;

use crate::browser::intl;
use crate::i18n::{Language, t};
use crate::openstack::call::Service;
use crate::pages::show::read_only;
use crate::state::session::use_session;
use crate::state::settings::{Theme, parse_price, use_settings};
use crate::ui::badge::Tone;
use crate::ui::field::{Choice, SelectField, TextField};
use crate::ui::key_value::{Fact, KeyValue};
use crate::ui::notice::Notice;
use crate::ui::shell::PageTitle;

#[component]
pub fn SettingsPage() -> impl IntoView {
    let settings = use_settings();
    let language = RwSignal::new(settings.language.get_untracked().code().to_owned());
    let theme = RwSignal::new(theme_word(settings.theme.get_untracked()).to_owned());
    Effect::new(move |before: Option<()>| {
        let chosen = Language::from_tag(&language.get());
        if let (Some(()), Some(chosen)) = (before, chosen)
            && chosen != settings.language.get_untracked()
        {
            settings.set_language(chosen);
        }
    });
    Effect::new(move |before: Option<()>| {
        let chosen = theme_of(&theme.get());
        if before.is_some() && chosen != settings.theme.get_untracked() {
            settings.set_theme(chosen);
        }
    });
    let price = RwSignal::new(settings.price.get_untracked().map(intl::plain).unwrap_or_default());
    let bad_price = Memo::new(move |_| {
        let text = price.get();
        (!text.trim().is_empty() && parse_price(&text).is_none()).then(|| t("settings.price_bad"))
    });
    Effect::new(move |before: Option<()>| {
        let text = price.get();
        if before.is_some() && bad_price.get_untracked().is_none() {
            settings.set_price(parse_price(&text));
        }
    });
    let languages = Language::ALL.map(|language| Choice::new(language.code(), language.name())).to_vec();
    let themes = [Theme::System, Theme::Light, Theme::Dark]
        .map(|theme| Choice::new(theme_word(theme), t(&format!("nav.theme_{}", theme_word(theme)))))
        .to_vec();
    view! {
        <PageTitle title=t("settings.title") />
        {move || read_only().map(|_| view! { <Notice tone=Tone::Info title=t("settings.read_only") /> })}
        <section class="c-section">
            <h2>{t("settings.session")}</h2>
            {session_facts}
        </section>
        <section class="c-section">
            <h2>{t("settings.appearance")}</h2>
            <div class="c-fields c-fields-row">
                <SelectField label=t("nav.language") value=language choices=Signal::stored(languages) />
                <SelectField label=t("nav.theme") value=theme choices=Signal::stored(themes) />
            </div>
        </section>
        <section class="c-section">
            <h2>{t("settings.costs")}</h2>
            <div class="c-fields c-fields-row">
                <TextField label=t("settings.price") value=price hint=t("settings.price_hint") error=bad_price optional=true />
            </div>
        </section>
    }
    .into_any()
}

fn session_facts() -> AnyView {
    let session = use_session();
    let Some(who) = session.who.get() else { return ().into_any() };
    let cloud = session.cloud().ok();
    let reduced = cloud.as_ref().is_some_and(|cloud| cloud.is_reduced());
    let version = |service: Service| {
        let version = cloud.as_ref().and_then(|cloud| cloud.microversion(service));
        version.map(|version| format!("{} {version}", service.project()))
    };
    let versions: Vec<String> = [Service::Compute, Service::BlockStorage].into_iter().filter_map(version).collect();
    let until = who.expires_at.map(|at| intl::date_time(at.0)).unwrap_or_else(|| t("common.unknown"));
    let facts = vec![
        Fact::new(t("settings.cloud"), view! { <span class="c-mono">{who.auth_url.clone()}</span> }.into_any()),
        Fact::new(t("settings.user"), who.user.clone()),
        Fact::new(t("nav.project"), who.project.name.clone()),
        Fact::new(t("nav.region"), who.region.clone()),
        Fact::new(t("settings.roles"), who.roles.join(", ")),
        Fact::new(t("settings.token_until"), until),
        Fact::new(t("settings.versions"), if versions.is_empty() { "–".to_owned() } else { versions.join(" · ") }),
    ];
    view! {
        <KeyValue facts=facts />
        {reduced.then(|| view! { <Notice tone=Tone::Warn title=t("reduced.compute") /> })}
    }
    .into_any()
}

fn theme_word(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

fn theme_of(word: &str) -> Theme {
    match word {
        "light" => Theme::Light,
        "dark" => Theme::Dark,
        _ => Theme::System,
    }
}
