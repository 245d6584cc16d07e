//! The only code that touches the browser's APIs. Everything else stays testable without one.

pub mod attention;
pub mod clipboard;
pub mod clock;
pub mod crypto;
pub mod document;
pub mod dom;
pub mod fetch;
pub mod files;
pub mod handover;
pub mod intl;
pub mod key_store;
pub mod locks;
pub mod storage;
pub mod visibility;
