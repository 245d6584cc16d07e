//! A short state in words, an icon and a colour: never the colour alone.

use icondata_lu as lu;
use leptos::prelude::*;

use super::icon::{Glyph, icon};

/// How good or bad something is. Each tone has its own icon and colour in every widget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    #[default]
    Neutral,
    Ok,
    Warn,
    Bad,
    Info,
    /// Something is going on right now.
    Busy,
}

impl Tone {
    /// The `data-tone` that the style sheet knows it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::Busy => "busy",
        }
    }
    pub fn glyph(self) -> Glyph {
        match self {
            Self::Neutral => lu::LuCircle,
            Self::Ok => lu::LuCircleCheck,
            Self::Warn => lu::LuTriangleAlert,
            Self::Bad => lu::LuCircleX,
            Self::Info => lu::LuInfo,
            Self::Busy => lu::LuLoaderCircle,
        }
    }
}

/// `Badge tone=Tone::Ok text="Protected"`.
#[component]
pub fn Badge(
    tone: Tone,
    #[prop(into)] text: String,
    /// Instead of the tone's own icon.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// Said in full when the pointer or the focus rests on it.
    #[prop(optional, into)]
    tip: Option<String>,
) -> impl IntoView {
    view! {
        <span class="c-badge" data-tone=tone.name() data-tip=tip>
            {icon(glyph.unwrap_or(tone.glyph()))}
            <span>{text}</span>
        </span>
    }
    .into_any()
}
