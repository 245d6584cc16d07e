//! From the door to the app: a sign-in changes hands through `boot.js`, in memory. Nothing is stored and nothing is
//! global; the box is emptied by whoever takes it.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

const GIVE: &str = "carrete-give";
const TAKE: &str = "carrete-take";
const LOST: &str = "carrete-lost";
const RETRY: &str = "carrete-retry";

/// What `boot.js` is to keep until the app asks for it. It starts the app.
pub fn give(text: &str) {
    dispatch(GIVE, &JsValue::from_str(text));
}

/// What the door gave, once. `None` when the app was started without the door.
pub fn take() -> Option<String> {
    let holder = js_sys::Object::new();
    dispatch(TAKE, &holder);
    js_sys::Reflect::get(&holder, &"text".into()).ok()?.as_string()
}

/// Calls back when the app could not be fetched. What was given is kept for another try.
pub fn on_lost(callback: impl FnMut() + 'static) {
    let Some(window) = web_sys::window() else { return };
    let closure = Closure::<dyn FnMut()>::new(callback);
    let _ = window.add_event_listener_with_callback(LOST, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Tries again to fetch the app and to give it what was given.
pub fn retry() {
    dispatch(RETRY, &JsValue::UNDEFINED);
}

fn dispatch(name: &str, detail: &JsValue) {
    let init = web_sys::CustomEventInit::new();
    init.set_detail(detail);
    if let (Some(window), Ok(event)) = (web_sys::window(), web_sys::CustomEvent::new_with_event_init_dict(name, &init))
    {
        let _ = window.dispatch_event(&event);
    }
}
