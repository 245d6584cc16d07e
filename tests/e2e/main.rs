//! The built page in a real browser against a real OpenStack, through a proxy that can break what a network can break.
//!
//! Needs the cloud `test` (`tests/openstack/up`), the build in `dist` (`CARRETE_DIST`), Chromium and chromedriver.
//!
//! | variable | default |
//! | --- | --- |
//! | `CARRETE_DIST` | `dist` |
//! | `CARRETE_CLOUD_URL` | `http://127.0.0.1:25000/v3`, as for the contract tests |
//! | `CARRETE_CLOUD_SHORT_URL` | `http://127.0.0.1:25001`, whose tokens live for 20 s |
//! | `CARRETE_CLOUD_DATA` | `$CARRETE_CACHE/openstack/test`: the servers' disks are below it |
//!
//! `support::story` begins a test, `support::page` speaks as a user, `support::cloud` observes without a browser,
//! `support::proxy` breaks things. `words` is the only place that quotes the page.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "the vocabulary of the tests is larger than today's tests")]

mod support;
mod words;

mod answers;
mod backups;
mod due;
mod harness;
mod interruptions;
mod launches;
mod leftovers;
mod looks;
mod policies;
mod proxy;
mod rotation;
mod schedules;
mod sign_in;
mod snapshots;
mod space;
mod volumes;
