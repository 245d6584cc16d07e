//! Numbers, sizes, dates, durations and plurals as the reader's language writes them: the browser's `Intl` knows.
//!
//! Without a browser (native tests) plain English forms are given.

use std::cell::RefCell;
use std::collections::HashMap;

use wasm_bindgen::{JsCast, JsValue};

use crate::i18n::Language;

/// `one` or `other` (and what else a language may need), by `Intl.PluralRules`.
pub fn plural(n: u64) -> String {
    if !cfg!(target_arch = "wasm32") {
        return if n == 1 { "one" } else { "other" }.to_owned();
    }
    let rules = kept("plural", || js_sys::Intl::PluralRules::new(&locales(), &js_sys::Object::new()).into());
    rules.unchecked_into::<js_sys::Intl::PluralRules>().select(n as f64).into()
}

/// `12,345.6` / `12.345,6`.
pub fn number(n: f64) -> String {
    if !cfg!(target_arch = "wasm32") {
        return n.to_string();
    }
    format_number(n, "number", &[])
}

/// A number as programs write it. By the browser: Rust's own tables for fractions are 15 KB of the first load.
pub fn parse(text: &str) -> Option<f64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    if !cfg!(target_arch = "wasm32") {
        return text.parse().ok();
    }
    let number = js_sys::parse_float(text);
    number.is_finite().then_some(number)
}

/// The reverse of `parse`.
pub fn plain(n: f64) -> String {
    if !cfg!(target_arch = "wasm32") {
        return n.to_string();
    }
    js_sys::Number::from(n).to_string_with_radix(10).map(String::from).unwrap_or_default()
}

/// A size with one digit after the point at most, in the binary units that the services count in.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let rounded = if value >= 100.0 || unit == 0 { value.round() } else { (value * 10.0).round() / 10.0 };
    format!("{}\u{a0}{}", number(rounded), UNITS[unit])
}

/// `23 Nov 2026, 10:00` in the reader's own time zone. `seconds` since 1970 UTC.
pub fn date_time(seconds: i64) -> String {
    if !cfg!(target_arch = "wasm32") {
        return crate::model::Moment(seconds).rfc3339();
    }
    format_date(seconds, "date_time", &[("dateStyle", "medium".into()), ("timeStyle", "short".into())])
}

/// `10:00`, in the reader's own time zone.
pub fn time(seconds: i64) -> String {
    if !cfg!(target_arch = "wasm32") {
        return crate::model::Moment(seconds).rfc3339().chars().skip(11).take(5).collect();
    }
    format_date(seconds, "clock", &[("timeStyle", "short".into())])
}

/// `23 Nov`.
pub fn day(seconds: i64) -> String {
    if !cfg!(target_arch = "wasm32") {
        return crate::model::Moment(seconds).rfc3339().chars().take(10).collect();
    }
    format_date(seconds, "day", &[("day", "numeric".into()), ("month", "short".into())])
}

/// The reader's own time zone, such as `Europe/Madrid`; empty where the browser does not tell.
pub fn time_zone() -> String {
    if !cfg!(target_arch = "wasm32") {
        return "UTC".to_owned();
    }
    let options = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new()).resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into()).ok().and_then(|name| name.as_string()).unwrap_or_default()
}

/// `3 hours ago` / `hace 3 horas`. The short style would make `hace 6 m` of six months.
pub fn ago(seconds: u64) -> String {
    let (value, unit) = largest_unit(seconds);
    if !cfg!(target_arch = "wasm32") {
        return format!("{value} {unit} ago");
    }
    let format = kept("ago", || {
        let options = object(&[("numeric", "auto".into()), ("style", "long".into())]);
        js_sys::Intl::RelativeTimeFormat::new(&locales(), &options).into()
    });
    format.unchecked_into::<js_sys::Intl::RelativeTimeFormat>().format(-(value as f64), unit).into()
}

/// `3 hours` / `3 horas`, the largest unit only.
pub fn duration(seconds: u64) -> String {
    let (value, unit) = largest_unit(seconds);
    if !cfg!(target_arch = "wasm32") {
        return format!("{value} {unit}");
    }
    let options = [("style", "unit".into()), ("unit", unit.into()), ("unitDisplay", "long".into())];
    format_number(value as f64, unit, &options)
}

fn largest_unit(seconds: u64) -> (u64, &'static str) {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match seconds {
        0..MINUTE => (seconds, "second"),
        MINUTE..HOUR => (seconds / MINUTE, "minute"),
        HOUR..DAY => (seconds / HOUR, "hour"),
        _ if seconds < 60 * DAY => (seconds / DAY, "day"),
        _ if seconds < 730 * DAY => (seconds / (30 * DAY), "month"),
        _ => (seconds / (365 * DAY), "year"),
    }
}

fn locales() -> js_sys::Array {
    js_sys::Array::of1(&Language::current().code().into())
}

fn object(entries: &[(&str, JsValue)]) -> js_sys::Object {
    let object = js_sys::Object::new();
    for (key, value) in entries {
        let _ = js_sys::Reflect::set(&object, &(*key).into(), value);
    }
    object
}

thread_local! {
    static KEPT: RefCell<HashMap<(&'static str, &'static str), JsValue>> = RefCell::default();
}

/// A formatter of the present language. Making one costs as much as formatting a hundred times, and a list formats
/// hundreds of times, some of them every second.
fn kept(name: &'static str, make: impl FnOnce() -> JsValue) -> JsValue {
    let key = (Language::current().code(), name);
    if let Some(known) = KEPT.with_borrow(|kept| kept.get(&key).cloned()) {
        return known;
    }
    let made = make();
    KEPT.with_borrow_mut(|kept| kept.insert(key, made.clone()));
    made
}

fn format_number(n: f64, name: &'static str, options: &[(&str, JsValue)]) -> String {
    let call = kept(name, || js_sys::Intl::NumberFormat::new(&locales(), &object(options)).format().into());
    let call: js_sys::Function = call.unchecked_into();
    call.call1(&JsValue::UNDEFINED, &n.into()).ok().and_then(|v| v.as_string()).unwrap_or_else(|| n.to_string())
}

fn format_date(seconds: i64, name: &'static str, options: &[(&str, JsValue)]) -> String {
    let date = js_sys::Date::new(&((seconds as f64) * 1000.0).into());
    let call = kept(name, || js_sys::Intl::DateTimeFormat::new(&locales(), &object(options)).format().into());
    let call: js_sys::Function = call.unchecked_into();
    call.call1(&JsValue::UNDEFINED, date.unchecked_ref())
        .ok()
        .and_then(|v| v.as_string())
        .unwrap_or_else(|| crate::model::Moment(seconds).rfc3339())
}
