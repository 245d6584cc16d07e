//! The built page in a real browser against a real OpenStack, through a proxy that can break what a network can break.
//!
//! Needs the cloud `test` (`tests/openstack/up`), the build in `dist` (`CARRETE_DIST`), Chromium and chromedriver.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "the vocabulary of the tests is larger than today's tests")]

mod support;
mod words;

mod backups;
mod harness;
mod looks;
mod proxy;
mod sign_in;
mod snapshots;
