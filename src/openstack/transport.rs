//! What moves the bytes: the browser's `fetch` in the app, a script in native tests, an HTTP client in contract tests.

use std::fmt;
use std::future::Future;

use super::call::{Body, Method, Response, Secret};

/// Moves one request to the cloud and its answer back. No retries, no tokens, no versions: that is `Client`'s.
///
/// Futures need not be `Send`: a browser has one thread.
pub trait Transport {
    /// Any status is `Ok`; `Err` means that no answer could be read.
    fn send(&self, request: HttpRequest) -> impl Future<Output = Result<Response, TransportError>>;
    fn sleep(&self, milliseconds: u64) -> impl Future<Output = ()>;
}

/// Ready to be sent. `Accept: application/json` is among the headers; the transport adds none of its own.
#[derive(Clone, PartialEq)]
pub struct HttpRequest {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(&'static str, Secret)>,
    pub body: Option<Body>,
    /// Seconds until the transport gives up with `TransportError::Timeout`.
    pub timeout: u32,
}

impl HttpRequest {
    /// A header's value, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.expose())
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.word(), self.url)
    }
}

/// Why no answer could be read. `fetch` itself only ever says `Failed`; the transport finds out more where it can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// Refused, cut, unknown host, bad certificate: the browser does not say.
    Failed,
    /// The browser knows that it has no network.
    Offline,
    Timeout,
    /// The server is there (a `no-cors` request reached it) but does not let this page read its answers.
    Cors {
        origin: String,
    },
    /// An `http:` address on an `https:` page.
    MixedContent,
}
