//! Reactive closures of one type.
//!
//! Leptos compiles its machinery anew for every closure that a view holds. Behind `live` they all look the same, which
//! keeps the page small: `{part(move || view! { … })}`, `aria-busy=live(move || busy.get().then_some("true"))`.

use std::sync::{Arc, Mutex};

use leptos::prelude::{AnyView, Get, IntoAny, RwSignal, Set};
use leptos::task::spawn_local;

use crate::browser::clock;

/// A closure that a view runs again when a signal in it changes, whatever it captures.
pub type Live<T> = Arc<Mutex<dyn FnMut() -> T + Send>>;

/// Hides a closure's type. There is one copy of the view's machinery per `T`: prefer `AnyView`, `Option<&'static str>`
/// and `Option<String>`.
pub fn live<T: 'static>(closure: impl FnMut() -> T + Send + 'static) -> Live<T> {
    Arc::new(Mutex::new(closure))
}

/// The same for what stands between tags: any view, behind one type.
pub fn part<V: IntoAny>(mut closure: impl FnMut() -> V + Send + 'static) -> Live<AnyView> {
    live(move || closure().into_any())
}

/// A part of a page that is drawn in a task of its own, as the rest of the page takes long enough. See `clock::next_task`.
pub fn later(draw: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    let begins = RwSignal::new(false);
    spawn_local(async move {
        clock::next_task().await;
        begins.try_set(true);
    });
    let mut draw = Some(draw);
    part(move || if begins.get() { draw.take().map(|draw| draw()) } else { None }).into_any()
}
