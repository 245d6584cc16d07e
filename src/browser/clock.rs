//! The time of day and waiting. Pure code gets both as arguments.

use std::time::Duration;

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

/// A number in 0..1, for jitter only.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// Minutes that local time is ahead of UTC at this moment.
pub fn utc_offset_minutes(at: Moment) -> i32 {
    let date = js_sys::Date::new(&((at.0 as f64) * 1000.0).into());
    -(date.get_timezone_offset() as i32)
}
