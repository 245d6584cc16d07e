//! Giving the user a file: a private key, a report. Nothing is sent anywhere.

use wasm_bindgen::{JsCast, JsValue};

/// Whether the browser took the download.
pub fn download(name: &str, content_type: &str, text: &str) -> bool {
    try_download(name, content_type, text).is_ok()
}

fn try_download(name: &str, content_type: &str, text: &str) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&text.into());
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(content_type);
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let document = web_sys::window().and_then(|w| w.document()).ok_or(JsValue::NULL)?;
    let link: web_sys::HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    web_sys::Url::revoke_object_url(&url)
}
