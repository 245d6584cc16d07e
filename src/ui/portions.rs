//! A long list that is drawn in portions, between which the browser draws and hears.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::clock;

/// How many elements come in one go: some milliseconds.
const PORTION: usize = 8;

/// `count` elements, made by their index. The first ones are there at once.
pub fn in_portions(count: usize, element: impl Fn(usize) -> AnyView + Clone + Send + Sync + 'static) -> AnyView {
    let drawn = RwSignal::new(count.min(PORTION));
    if count > PORTION {
        spawn_local(async move {
            // Until all are there, or the list is gone.
            while drawn.try_get_untracked().is_some_and(|drawn| drawn < count) {
                clock::sleep(0).await;
                drawn.try_update(|drawn| *drawn = (*drawn + PORTION).min(count));
            }
        });
    }
    view! { <For each=move || 0..drawn.get() key=|index| *index children=element /> }.into_any()
}
