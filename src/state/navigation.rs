//! The screen that the address names.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::{clock, document};
use crate::route::Route;

#[derive(Clone, Copy)]
pub struct Navigation {
    pub route: RwSignal<Route>,
}

impl Navigation {
    pub fn provide() -> Self {
        let route = RwSignal::new(Route::parse(&document::hash()));
        document::on_hash_change(move || {
            let next = Route::parse(&document::hash());
            if route.with_untracked(|now| *now != next) {
                route.set(next);
            }
        });
        let navigation = Self { route };
        provide_context(navigation);
        navigation
    }

    pub fn go(self, route: &Route) {
        document::set_hash(&route.to_string());
    }

    /// The same screen, looked at otherwise (a search, a tab): no new entry in the history.
    ///
    /// The address follows in a task of its own, as browsers take their time for it, unless somebody has gone elsewhere.
    pub fn replace(self, route: Route) {
        self.route.set(route.clone());
        let before = document::hash();
        spawn_local(async move {
            clock::next_task().await;
            if document::hash() == before && self.route.with_untracked(|now| *now == route) {
                document::replace_hash(&route.to_string());
            }
        });
    }
}

pub fn use_navigation() -> Navigation {
    use_context::<Navigation>().unwrap_or_else(Navigation::provide)
}
