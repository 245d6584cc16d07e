//! The details of one image.
use leptos::prelude::*;
use super::screen::Screen;
#[component]
pub fn Detail(screen: Screen) -> impl IntoView { let _ = screen; }
