//! Widgets that know nothing of OpenStack.
//!
//! They take strings, signals and callbacks and give views. Text of their own comes from `locales/door/ui.yml`; classes that
//! begin with `c-` are drawn in `style/`. Views are made opaque (`into_any`) at their borders, because the page's size
//! grows with every generic copy.

pub mod badge;
pub mod button;
pub mod code;
pub mod confirm;
pub mod copy;
pub mod dialog;
pub mod empty;
pub mod field;
#[cfg(feature = "gallery")]
pub mod gallery;
pub mod icon;
pub mod key_value;
pub mod live;
pub mod menu;
pub mod meter;
pub mod notice;
pub mod panel;
pub mod portions;
pub mod reel;
pub mod search;
pub mod shell;
pub mod skeleton;
pub mod sparkline;
pub mod spinner;
pub mod stale;
pub mod steps;
pub mod table;
pub mod tabs;
pub mod theme;
pub mod tip;
pub mod toast;

/// An id that no other element of the page has.
pub fn fresh_id(prefix: &str) -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
