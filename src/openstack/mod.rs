//! PURE. The protocol of OpenStack's services without input and output.
//!
//! - [`call`]: what a call, a request and a response are. [`client`]: sends calls; [`transport`]: what moves the bytes.
//! - [`auth`], [`token`], [`catalog`], [`microversion`]: who one is, what that opens, where it is, in which version.
//! - [`compute`], [`image`], [`network`], [`block_storage`], [`workflow`]: the calls of Nova, Glance, Neutron, Cinder and
//!   Mistral.
//! - [`error`]: what went wrong; [`sentence`]: how that is said to a person.
//! - [`names`], [`keys`], [`links`], [`secret`]: what may be sent, checked before it is.
//!
//! Nothing here follows a link that a service sent, and no request carries a header that a service's CORS defaults
//! refuse: one such header makes the browser refuse the whole call.

pub mod application_credential;
pub mod auth;
pub mod block_storage;
pub mod call;
pub mod catalog;
pub mod client;
pub mod compute;
pub mod error;
pub mod image;
mod in_flight;
pub mod keys;
pub mod links;
pub mod microversion;
pub mod names;
pub mod network;
pub mod secret;
pub mod sentence;
pub mod token;
pub mod transport;
mod wording;
pub mod workflow;

pub use auth::{Credentials, Domain, Factor, IssueToken, ListProjects, RevokeToken, Scope, ValidateToken};
pub use call::{Base, Body, Call, Method, Page, PagedCall, Request, Response, Service, TokenUse};
pub use catalog::{Catalog, Endpoint};
pub use client::{Client, Renew};
pub use error::{Answer, ApiError};
pub use microversion::Microversion;
pub use secret::Secret;
pub use sentence::{Context, Doing, sentence};
pub use token::{Project, Token, User};
pub use transport::{HttpRequest, Transport, TransportError};
