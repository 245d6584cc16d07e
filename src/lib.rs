//! Carrete: snapshots and rotating backups of OpenStack servers, from one static web page.
//!
//! The rings, from the inside out; arrows point inwards only (`tests/architecture.rs` holds them):
//!
//! - [`model`]: what servers, images and volumes are, and why an action on them is not possible.
//! - [`openstack`]: the protocol without input and output; each call makes a request and parses a response.
//! - [`backup`]: what an image *is* (snapshot, backup, of which server), and which backups stay and go.
//! - [`operation`]: long work as state machines: snapshot, backup, launch, deletion.
//! - [`browser`]: the only code that touches the browser's APIs.
//! - [`i18n`]: Spanish and English.
//! - [`state`]: the reactive glue: session, queries, running operations, settings. No markup.
//! - [`ui`]: widgets that know nothing of OpenStack.
//! - [`pages`]: one per screen.
//! - [`door`]: the sign-in form alone, loaded first; [`app`]: the shell around them, and [`route`]: the addresses of the screens.

// The door carries only its own sentences, which are a quarter of all.
#[cfg(feature = "door")]
rust_i18n::i18n!("locales/door", fallback = "en");
#[cfg(not(feature = "door"))]
rust_i18n::i18n!("locales", fallback = "en");

pub mod app;
pub mod backup;
pub mod browser;
pub mod door;
pub mod i18n;
pub mod model;
pub mod openstack;
pub mod operation;
pub mod pages;
pub mod rehearsal;
pub mod route;
pub mod state;
pub mod ui;
