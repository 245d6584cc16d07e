//! Whether anybody can see the page. Nothing is asked of the cloud while nobody can.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

pub fn is_hidden() -> bool {
    web_sys::window().and_then(|w| w.document()).is_some_and(|d| d.hidden())
}

/// Calls back with `true` when the page is hidden and `false` when it is shown again; for as long as the page lives.
pub fn on_change(mut callback: impl FnMut(bool) + 'static) {
    let Some(document) = web_sys::window().and_then(|w| w.document()) else { return };
    let closure = Closure::<dyn FnMut()>::new(move || callback(is_hidden()));
    let _ = document.add_event_listener_with_callback("visibilitychange", closure.as_ref().unchecked_ref());
    closure.forget();
}
