//! What the browser remembers about its user: language, theme, and what was typed at sign-in last time, but for secrets.

use crate::browser::document;
use crate::browser::storage::Store;
use crate::i18n::Language;
use crate::{json_enum, json_struct};
use leptos::prelude::*;

const KEY: &str = "carrete.settings";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

json_enum!(Theme { System, Light, Dark });

/// What signing in asks for and no secret among it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LastSignIn {
    pub auth_url: String,
    pub user: String,
    pub user_domain: String,
    pub project: String,
    pub project_domain: String,
    pub region: String,
    /// Signed in with an application credential.
    pub by_credential: bool,
    pub credential: String,
}

json_struct!(tolerant LastSignIn { auth_url, user, user_domain, project, project_domain, region, by_credential, credential });

#[derive(Clone, Debug, Default, PartialEq)]
struct Saved {
    language: Option<String>,
    theme: Theme,
    sign_in: LastSignIn,
}

json_struct!(tolerant Saved { language, theme, sign_in });

#[derive(Clone, Copy)]
pub struct Settings {
    pub language: RwSignal<Language>,
    pub theme: RwSignal<Theme>,
    pub sign_in: RwSignal<LastSignIn>,
}

impl Settings {
    /// Reads what was saved; the language is the browser's at first.
    pub fn provide() -> Self {
        let saved: Saved = Store::Local.get(KEY).unwrap_or_default();
        let language = saved
            .language
            .as_deref()
            .and_then(Language::from_tag)
            .or_else(|| document::languages().iter().find_map(|tag| Language::from_tag(tag)))
            .unwrap_or(Language::English);
        language.activate();
        let settings = Self {
            language: RwSignal::new(language),
            theme: RwSignal::new(saved.theme),
            sign_in: RwSignal::new(saved.sign_in),
        };
        Effect::new(move |_| document::set_language(settings.language.get().code()));
        Effect::new(move |_| {
            document::set_theme(match settings.theme.get() {
                Theme::System => None,
                Theme::Light => Some("carrete-light"),
                Theme::Dark => Some("carrete-dark"),
            });
        });
        provide_context(settings);
        settings
    }

    pub fn set_language(self, language: Language) {
        // Before the signal: views are made anew as soon as it changes.
        language.activate();
        self.language.set(language);
        self.save();
    }

    pub fn set_theme(self, theme: Theme) {
        self.theme.set(theme);
        self.save();
    }

    pub fn remember_sign_in(self, last: LastSignIn) {
        self.sign_in.set(last);
        self.save();
    }

    /// Only a language that was chosen is written, so that the browser's own goes on counting otherwise.
    fn save(self) {
        let language = self.language.get_untracked();
        let by_browser = document::languages().iter().find_map(|tag| Language::from_tag(tag)) == Some(language);
        Store::Local.set(
            KEY,
            &Saved {
                language: (!by_browser).then(|| language.code().to_owned()),
                theme: self.theme.get_untracked(),
                sign_in: self.sign_in.get_untracked(),
            },
        );
    }
}

pub fn use_settings() -> Settings {
    use_context::<Settings>().unwrap_or_else(Settings::provide)
}
