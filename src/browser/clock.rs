//! The time of day and waiting. Pure code gets both as arguments.

use std::time::Duration;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use crate::model::Moment;

/// Whole seconds since 1970 UTC, by this computer's clock.
pub fn now() -> Moment {
    Moment((now_ms() / 1000.0) as i64)
}

/// Milliseconds since 1970 UTC.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

pub async fn sleep(milliseconds: u64) {
    gloo_timers::future::sleep(Duration::from_millis(milliseconds)).await;
}

/// Goes on in a task of its own: before it the browser hears what somebody does. Where the browser can, it comes before the
/// next frame, so that nobody sees what is half done.
pub async fn next_task() {
    let mut is_posted = false;
    let posted = Promise::new(&mut |go_on, _| is_posted = post_task(&go_on).is_some());
    if is_posted {
        let _ = JsFuture::from(posted).await;
    } else {
        sleep(0).await;
    }
}

/// `scheduler.postTask`, which older browsers lack. web-sys has it only as unstable.
fn post_task(callback: &Function) -> Option<()> {
    let scheduler = Reflect::get(&js_sys::global(), &"scheduler".into()).ok()?;
    let post: Function = Reflect::get(&scheduler, &"postTask".into()).ok()?.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"priority".into(), &"user-blocking".into()).ok()?;
    post.call2(&scheduler, callback, &options).ok().map(drop)
}

/// A number in 0..1, for jitter only.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// Minutes that local time is ahead of UTC at this moment.
pub fn utc_offset_minutes(at: Moment) -> i32 {
    let date = js_sys::Date::new(&((at.0 as f64) * 1000.0).into());
    -(date.get_timezone_offset() as i32)
}
