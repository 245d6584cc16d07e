//! The only code that touches the browser's APIs. Everything else stays testable without one.

pub mod clipboard;
pub mod dom;
pub mod intl;
