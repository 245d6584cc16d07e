//! Long lists that are drawn in portions, between which the browser draws and hears.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::clock;

/// How many elements come in one go: some milliseconds.
const PORTION: usize = 8;

/// How much of a page's lists is drawn. It outlives the lists: one that is made anew is at once as long as it was, so that
/// the page keeps its height and the reader's place.
#[derive(Clone, Copy)]
pub struct Portions {
    drawn: RwSignal<usize>,
    /// Up to where it grows; at once only one piece of work is at it.
    wanted: StoredValue<usize>,
}

impl Default for Portions {
    fn default() -> Self {
        Self { drawn: RwSignal::new(PORTION), wanted: StoredValue::new(PORTION) }
    }
}

impl Portions {
    /// `count` elements, made by their index.
    pub fn list(self, count: usize, element: impl Fn(usize) -> AnyView + Clone + Send + Sync + 'static) -> AnyView {
        let Self { drawn, wanted } = self;
        let before = wanted.get_value();
        wanted.set_value(before.max(count));
        if drawn.get_untracked() >= before && count > before {
            spawn_local(async move {
                // Until all are there, or the page is gone.
                while let (Some(now), Some(wanted)) = (drawn.try_get_untracked(), wanted.try_get_value())
                    && now < wanted
                {
                    clock::sleep(0).await;
                    drawn.try_update(|drawn| *drawn += PORTION);
                }
            });
        }
        let many = Memo::new(move |_| drawn.get().min(count));
        view! { <For each=move || 0..many.get() key=|index| *index children=element /> }.into_any()
    }
}
