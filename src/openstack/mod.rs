//! PURE. The protocol, sans-IO.

pub mod call;
pub mod error;
pub mod microversion;
