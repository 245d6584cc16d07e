//! What the browser remembers about its user: language, theme, and what was typed at sign-in last time, but for secrets.

use crate::browser::storage::Store;
use crate::browser::{document, intl};
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
    /// Of a GiB and month, as text: JSON numbers of this app are whole.
    price: String,
}

json_struct!(tolerant Saved { language, theme, sign_in, price });

impl Saved {
    /// The browser's, until one was chosen.
    fn language(&self) -> Language {
        self.language
            .as_deref()
            .and_then(Language::from_tag)
            .or_else(|| document::languages().iter().find_map(|tag| Language::from_tag(tag)))
            .unwrap_or(Language::English)
    }
}

#[derive(Clone, Copy)]
pub struct Settings {
    pub language: RwSignal<Language>,
    pub theme: RwSignal<Theme>,
    pub sign_in: RwSignal<LastSignIn>,
    /// What a GiB costs in a month, in whatever money; the cloud does not say.
    pub price: RwSignal<Option<f64>>,
}

impl Settings {
    /// Reads what was saved; the language is the browser's at first.
    pub fn provide() -> Self {
        let saved: Saved = Store::Local.get(KEY).unwrap_or_default();
        let language = saved.language();
        language.activate();
        let settings = Self {
            language: RwSignal::new(language),
            theme: RwSignal::new(saved.theme),
            sign_in: RwSignal::new(saved.sign_in),
            price: RwSignal::new(parse_price(&saved.price)),
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

    /// What the door has changed meanwhile.
    pub fn read_again(self) {
        let saved: Saved = Store::Local.get(KEY).unwrap_or_default();
        let language = saved.language();
        if language != self.language.get_untracked() {
            language.activate();
            self.language.set(language);
        }
        if saved.theme != self.theme.get_untracked() {
            self.theme.set(saved.theme);
        }
        self.sign_in.set(saved.sign_in);
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

    pub fn set_price(self, price: Option<f64>) {
        self.price.set(price);
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
                price: self.price.get_untracked().map(intl::plain).unwrap_or_default(),
            },
        );
    }
}

/// A price as people write it, with a point or a comma; `None` for nothing and for nonsense.
pub fn parse_price(text: &str) -> Option<f64> {
    let price = intl::parse(&text.trim().replace(',', "."))?;
    (price.is_finite() && (0.0..1e9).contains(&price)).then_some(price)
}

pub fn use_settings() -> Settings {
    use_context::<Settings>().unwrap_or_else(Settings::provide)
}
