//! Giving the user a file (a private key, a report) and taking one (a public key). Nothing is sent anywhere.

use wasm_bindgen::{JsCast, JsValue};

use super::clock;

/// Milliseconds for which a file that was handed over can still be fetched.
const KEPT: u64 = 60_000;

/// Whether the browser took the download.
pub fn download(name: &str, content_type: &str, text: &str) -> bool {
    try_download(name, content_type, text).is_ok()
}

/// The text of the file that was just chosen in an `<input type="file">`; `None` for none, and for one of more than
/// `most` bytes.
pub async fn chosen(event: web_sys::Event, most: f64) -> Option<String> {
    let input: JsValue = event.target()?.into();
    let files = js_sys::Reflect::get(&input, &"files".into()).ok()?;
    let first: web_sys::Blob = js_sys::Reflect::get_u32(&files, 0).ok()?.dyn_into().ok()?;
    let file = Some(first).filter(|file| file.size() <= most)?;
    wasm_bindgen_futures::JsFuture::from(file.text()).await.ok()?.as_string()
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
    // Some browsers only follow a link that is in the page.
    let body = document.body().ok_or(JsValue::NULL)?;
    body.append_child(&link)?;
    link.click();
    link.remove();
    // The download may only begin when somebody has said where to.
    wasm_bindgen_futures::spawn_local(async move {
        clock::sleep(KEPT).await;
        _ = web_sys::Url::revoke_object_url(&url);
    });
    Ok(())
}
