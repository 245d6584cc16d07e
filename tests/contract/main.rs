//! The client's calls against a real OpenStack: the same values that the page sends from a browser.
//!
//! `CARRETE_CLOUD=test tests/openstack/up` starts the cloud; `CARRETE_CLOUD_URL` names another. Every test makes what it
//! needs under names of its own, and removes it whether it passes or not.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod backups;
mod cloud;
mod identity;
mod launching;
mod lists;
mod scripts;
mod snapshots;
mod volumes;
mod workflows;
