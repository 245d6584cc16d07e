//! Carrete: snapshots and rotating backups of OpenStack servers, from one static web page.
//!
//! The rings, from the inside out; arrows point inwards only (`tests/architecture.rs` holds them):
//!
//! - [`model`]: what servers, images and volumes are, and why an action on them is not possible.
//! - [`openstack`]: the protocol without input and output; each call makes a request and parses a response.
//! - [`backup`]: what an image *is* (snapshot, backup, of which server), and which backups stay and go.
//! - [`operation`]: long work as state machines: snapshot, backup, launch, deletion.
//! - `state`: the reactive glue: session, queries, running operations, settings. No markup.
//! - `browser`: the only code that touches the browser's APIs.
//! - `ui`: widgets that know nothing of OpenStack.
//! - `pages`: one per screen.

pub mod backup;
pub mod model;
pub mod openstack;
pub mod operation;
