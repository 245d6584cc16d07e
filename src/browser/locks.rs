//! Web Locks: two tabs never run the same operation.

use futures::channel::oneshot;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

// web-sys has Web Locks only among its unstable bindings, which need a compiler flag.
#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, options: &js_sys::Object, granted: &js_sys::Function)
    -> js_sys::Promise;
}

/// Held until dropped, or until the tab is gone.
pub struct Held {
    _release: Option<oneshot::Sender<()>>,
}

/// Takes the lock of that name if no other tab has it. Where the browser has no Web Locks (a page on plain `http:`),
/// every tab gets it: whoever is about to ask for something looks into the journal first, whether another tab has.
pub async fn try_hold(name: &str) -> Option<Held> {
    let Some(manager) = manager() else { return Some(Held { _release: None }) };
    let (release, released) = oneshot::channel::<()>();
    let (tell, told) = oneshot::channel::<bool>();
    let mut parts = Some((tell, released));
    let granted = Closure::<dyn FnMut(JsValue) -> js_sys::Promise>::new(move |lock: JsValue| {
        let Some((tell, released)) = parts.take() else { return js_sys::Promise::resolve(&JsValue::NULL) };
        let _ = tell.send(!lock.is_null());
        future_to_promise(async move {
            if !lock.is_null() {
                let _ = released.await;
            }
            Ok(JsValue::NULL)
        })
    });
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"ifAvailable".into(), &true.into());
    let request = manager.request(name, &options, granted.as_ref().unchecked_ref());
    // The closure is called once, later: the browser keeps it alive until then.
    granted.forget();
    leptos::task::spawn_local(async move {
        let _ = JsFuture::from(request).await;
    });
    told.await.unwrap_or(false).then_some(Held { _release: Some(release) })
}

fn manager() -> Option<LockManager> {
    let navigator = web_sys::window()?.navigator();
    let locks = js_sys::Reflect::get(&navigator, &"locks".into()).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}
