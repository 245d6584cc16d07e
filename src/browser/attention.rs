//! What reaches somebody who is not looking: a notification, a number in the title and on the app, a dot on the icon.
//!
//! Each may be missing or forbidden; then nothing happens. web-sys would bring a type for every part of it: the few names
//! that are needed are looked up by hand.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::dom;

const ICON: &str = include_str!("../../style/icon.svg");
const DOT: &str = "<circle cx='24' cy='8' r='8' fill='#fff'/><circle cx='24' cy='8' r='6.5' fill='#dc2626'/></svg>";

/// Whether this site may show notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    Granted,
    /// Nobody was asked yet.
    Ask,
    /// Refused, in the browser's settings; asking again shows nothing.
    Denied,
    /// The browser has none, or not on this kind of address.
    Missing,
}

pub fn permission() -> Permission {
    let said = class().and_then(|class| js_sys::Reflect::get(&class, &"permission".into()).ok()?.as_string());
    match said.as_deref() {
        Some("granted") => Permission::Granted,
        Some("default") => Permission::Ask,
        Some(_) => Permission::Denied,
        None => Permission::Missing,
    }
}

/// Asks the user. Only from a click: browsers ignore it otherwise.
pub async fn request_permission() -> Permission {
    let request = class().and_then(|class| method(&class, "requestPermission").map(|request| (class, request)));
    if let Some((class, request)) = request
        && let Ok(promise) = request.call0(&class)
    {
        let _ = JsFuture::from(js_sys::Promise::resolve(&promise)).await;
    }
    permission()
}

/// Shows one, unless it is not allowed. `tag`: a later one with the same tag takes its place.
pub fn notify(title: &str, body: &str, tag: &str) {
    if permission() != Permission::Granted {
        return;
    }
    let options = js_sys::Object::new();
    for (name, value) in [("body", body), ("tag", tag)] {
        let _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
    }
    let arguments = js_sys::Array::of2(&title.into(), &options);
    if let Some(class) = class() {
        // Refused on phones, where only a service worker may show them.
        let _ = js_sys::Reflect::construct(&class, &arguments);
    }
}

/// So many things deserve attention; 0: none.
pub fn badge(count: u32) {
    dom::set_title_count(count);
    let icon = if count > 0 { ICON.trim_end().replace("</svg>", DOT) } else { ICON.to_owned() };
    dom::set_icon(&format!("data:image/svg+xml,{}", String::from(js_sys::encode_uri_component(&icon))));
    let Some(navigator) = web_sys::window().map(|window| window.navigator()) else { return };
    let (name, argument) =
        if count > 0 { ("setAppBadge", count.into()) } else { ("clearAppBadge", JsValue::UNDEFINED) };
    if let Some(method) = method(&navigator, name)
        && let Ok(promise) = method.call1(&navigator, &argument)
    {
        leptos::task::spawn_local(async move {
            // Refused where the page is not installed.
            let _ = JsFuture::from(js_sys::Promise::resolve(&promise)).await;
        });
    }
}

fn class() -> Option<js_sys::Function> {
    method(web_sys::window()?.as_ref(), "Notification")
}

fn method(of: &JsValue, name: &str) -> Option<js_sys::Function> {
    js_sys::Reflect::get(of, &name.into()).ok()?.dyn_into().ok()
}
