//! Light, dark, or as the system has it.

use icondata_lu as lu;
use leptos::prelude::*;

use super::icon::Glyph;
use super::menu::{Menu, MenuItem};
use crate::browser::dom;
use crate::i18n::t;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Follows `prefers-color-scheme`.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word that settings keep.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
    /// Draws the page in it.
    pub fn apply(self) {
        let value = match self {
            Self::System => None,
            Self::Light => Some("carrete-light"),
            Self::Dark => Some("carrete-dark"),
        };
        dom::set_root_attribute("data-theme", value);
    }
    fn glyph(self) -> Glyph {
        match self {
            Self::System => lu::LuMonitor,
            Self::Light => lu::LuSun,
            Self::Dark => lu::LuMoon,
        }
    }
    fn label(self) -> String {
        t(match self {
            Self::System => "ui.theme_system",
            Self::Light => "ui.theme_light",
            Self::Dark => "ui.theme_dark",
        })
    }
}

/// The menu that chooses it.
#[component]
pub fn ThemeSwitch(#[prop(into)] theme: Signal<Theme>, #[prop(into)] on_change: Callback<Theme>) -> impl IntoView {
    let items = move |()| {
        let now = theme.get_untracked();
        let item = |choice: Theme| {
            MenuItem::new(choice.label(), move |_| on_change.run(choice)).glyph(choice.glyph()).current(choice == now)
        };
        Theme::ALL.into_iter().map(item).collect::<Vec<_>>()
    };
    view! { <Menu label=t("ui.theme") glyph=lu::LuSunMoon small=true items=items /> }.into_any()
}
