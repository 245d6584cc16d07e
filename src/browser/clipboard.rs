//! The clipboard.

use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Puts text on the clipboard and says whether that worked: browsers refuse it outside secure pages and user gestures.
pub fn copy(text: &str, done: impl FnOnce(bool) + 'static) {
    let Some(window) = web_sys::window() else { return done(false) };
    if !window.is_secure_context() {
        return done(false);
    }
    let writing = JsFuture::from(window.navigator().clipboard().write_text(text));
    spawn_local(async move { done(writing.await.is_ok()) });
}
