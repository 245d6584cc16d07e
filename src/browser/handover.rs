//! From the door to the app: a sign-in changes hands through `boot.js`, in memory. Nothing is stored and nothing is
//! global; the box is emptied by whoever takes it.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

const GIVE: &str = "carrete-give";
const TAKE: &str = "carrete-take";
const LOST: &str = "carrete-lost";
const RETRY: &str = "carrete-retry";
const OPEN: &str = "carrete-open";
const REHEARSE: &str = "carrete-rehearse";

/// What `boot.js` is to keep until the app asks for it. It starts the app. `early` goes on while the app starts; `None`
/// from it is no answer.
pub fn give(text: &str, early: impl Future<Output = Option<String>> + 'static) {
    let answer = wasm_bindgen_futures::future_to_promise(async move {
        Ok(early.await.map_or(JsValue::UNDEFINED, |answer| JsValue::from_str(&answer)))
    });
    let given = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&given, &"text".into(), &text.into());
    let _ = js_sys::Reflect::set(&given, &"early".into(), &answer);
    dispatch(GIVE, &given);
}

/// What the door gave.
pub struct Given {
    pub text: String,
    early: JsValue,
}

impl Given {
    /// The answer that the door has asked for, when it comes.
    pub async fn early(self) -> Option<String> {
        let promise = self.early.dyn_into::<js_sys::Promise>().ok()?;
        wasm_bindgen_futures::JsFuture::from(promise).await.ok()?.as_string()
    }
}

/// What the door gave, once. `None` when the app was started without the door.
pub fn take() -> Option<Given> {
    let holder = js_sys::Object::new();
    dispatch(TAKE, &holder);
    let field = |name: &str| js_sys::Reflect::get(&holder, &name.into()).ok();
    Some(Given { text: field("text")?.as_string()?, early: field("early")? })
}

/// Calls back when the app could not be fetched. What was given is kept for another try.
pub fn on_lost(callback: impl FnMut() + 'static) {
    listen(LOST, callback);
}

/// Calls back when the app's turn has come, once.
pub fn on_open(callback: impl FnMut() + 'static) {
    listen(OPEN, callback);
}

/// Calls back when the app is ready and nobody has typed for a moment.
pub fn on_rehearse(callback: impl FnMut() + 'static) {
    listen(REHEARSE, callback);
}

/// Tries again to fetch the app and to give it what was given.
pub fn retry() {
    dispatch(RETRY, &JsValue::UNDEFINED);
}

fn listen(name: &str, callback: impl FnMut() + 'static) {
    let Some(window) = web_sys::window() else { return };
    let closure = Closure::<dyn FnMut()>::new(callback);
    let _ = window.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    closure.forget();
}

fn dispatch(name: &str, detail: &JsValue) {
    let init = web_sys::CustomEventInit::new();
    init.set_detail(detail);
    if let (Some(window), Ok(event)) = (web_sys::window(), web_sys::CustomEvent::new_with_event_init_dict(name, &init))
    {
        let _ = window.dispatch_event(&event);
    }
}
