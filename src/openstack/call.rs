//! A call is a value: it makes a request and parses the answer, and moves no byte itself.
//!
//! `Client` resolves the endpoint, adds token and microversion, and hands the bytes to a `Transport`.

use std::fmt;

use serde_json::Value;

use super::error::ApiError;
pub use super::links::{marker_in_links, marker_of, query_string, segment};
use super::microversion::Microversion;
pub use super::secret::Secret;
use crate::model::json::{self, FromJson};
use crate::model::{Message, RequestId};

/// One request of the API.
pub trait Call {
    type Reply;
    fn request(&self) -> Request;
    /// Only called for answers below 400; `Client` has turned the others into an `ApiError`.
    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError>;
}

/// A list that comes in pages.
pub trait PagedCall: Sized + Call<Reply = Page<<Self as PagedCall>::Item>> {
    type Item;
    /// The same call for the page after `marker`.
    fn after(&self, marker: String) -> Self;
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The marker of the next page; `None` on the last one. Taken out of the service's link, which is never followed:
    /// behind a proxy its scheme, host or path may be wrong.
    pub next: Option<String>,
}

/// Who answers. `path` of a request is relative to that service's endpoint, normalised once (`catalog`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Keystone, `…/v3`.
    Identity,
    /// Nova, `…/v2.1`.
    Compute,
    /// Glance, `…/v2`.
    Image,
    /// Neutron, `…/v2.0`.
    Network,
    /// Cinder, `…/v3/{project}`.
    BlockStorage,
    /// Mistral, `…/v2`.
    Workflow,
}

impl Service {
    pub const ALL: [Self; 6] =
        [Self::Identity, Self::Compute, Self::Image, Self::Network, Self::BlockStorage, Self::Workflow];

    /// What operators call it; also the name of its configuration file.
    pub fn project(self) -> &'static str {
        match self {
            Self::Identity => "keystone",
            Self::Compute => "nova",
            Self::Image => "glance",
            Self::Network => "neutron",
            Self::BlockStorage => "cinder",
            Self::Workflow => "mistral",
        }
    }

    /// What users call it, in their language.
    pub fn message(self) -> Message {
        Message::new(format!("service.{}", self.project()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
    /// Whether the same request may simply be sent again when its answer was lost. Creating calls never.
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Get)
    }
}

/// What is sent: to a service, before endpoint, token and version are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub service: Service,
    pub method: Method,
    /// What `path` is relative to.
    pub base: Base,
    /// Begins with `/`; segments are percent-encoded already (`segment`).
    pub path: String,
    /// Not encoded yet.
    pub query: Vec<(String, String)>,
    pub body: Option<Body>,
    pub token: TokenUse,
    /// Needs this Nova microversion instead of the session's (contract C1: only to lower it).
    pub microversion: Option<Microversion>,
    /// Further headers: only those that the service's CORS defaults allow (contract A2).
    pub headers: Vec<(&'static str, Secret)>,
    /// Seconds until the answer counts as lost.
    pub timeout: u32,
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The versioned endpoint, such as `https://cloud.example/compute/v2.1`.
    Endpoint,
    /// Above the version, such as `https://cloud.example/compute`: where the list of versions is.
    Root,
}

/// Which token a request carries.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenUse {
    /// The session's. A 401 means that it has to be renewed.
    Session,
    /// None, so that a GET needs no preflight. A 401 is the call's own result.
    None,
    /// This one. A 401 is the call's own result.
    This(Secret),
}

/// The text may hold a password or a token, so `Debug` tells only its length.
#[derive(Clone, PartialEq)]
pub struct Body {
    /// Empty: none is sent, see `Request::unnamed_json`.
    pub content_type: &'static str,
    pub text: String,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.content_type, self.text.len())
    }
}

impl Request {
    pub fn new(service: Service, method: Method, path: impl Into<String>) -> Self {
        Self {
            service,
            method,
            base: Base::Endpoint,
            path: path.into(),
            query: Vec::new(),
            body: None,
            token: TokenUse::Session,
            microversion: None,
            headers: Vec::new(),
            timeout: 60,
        }
    }
    pub fn get(service: Service, path: impl Into<String>) -> Self {
        Self::new(service, Method::Get, path)
    }
    pub fn query(mut self, key: &str, value: impl Into<String>) -> Self {
        self.query.push((key.to_owned(), value.into()));
        self
    }
    /// Adds `marker`, where there is one.
    pub fn marker(self, marker: &Option<String>) -> Self {
        match marker {
            Some(marker) => self.query("marker", marker),
            None => self,
        }
    }
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(Body { content_type: "application/json", text: body.to_string() });
        self
    }
    /// JSON that is not said to be JSON. A request without the header, a token or other headers of its own needs no preflight
    /// and so comes a way to the cloud and back sooner. Keystone reads such bodies (keystone/server/flask/request_processing/
    /// json_body.py); whatever stands before it may not, so `Client` says it where the answer is not what it should be.
    pub fn unnamed_json(mut self, body: &Value) -> Self {
        self.body = Some(Body { content_type: "", text: body.to_string() });
        self
    }
    pub fn with_token(mut self, token: TokenUse) -> Self {
        self.token = token;
        self
    }
    pub fn header(mut self, name: &'static str, value: Secret) -> Self {
        self.headers.push((name, value));
        self
    }
    pub fn at_root(mut self) -> Self {
        self.base = Base::Root;
        self
    }
    pub fn timeout(mut self, seconds: u32) -> Self {
        self.timeout = seconds;
        self
    }
}

/// What came back, whatever the status.
#[derive(Clone, Default, PartialEq)]
pub struct Response {
    pub status: u16,
    pub body: String,
    /// `X-Openstack-Request-Id`, where CORS lets the page read it (contract A3).
    pub request_id: Option<RequestId>,
    /// `X-Subject-Token`; only Keystone sends it.
    pub subject_token: Option<String>,
    /// `Openstack-Auth-Receipt`; only Keystone sends it.
    pub receipt: Option<String>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response {{ {}, {} bytes, {:?} }}", self.status, self.body.len(), self.request_id)
    }
}

impl Response {
    /// An answer of which nothing but the body is known: it was good.
    pub fn good(body: String) -> Self {
        Self { status: 200, body, ..Self::default() }
    }

    /// The body as JSON; `expected` names it in the error.
    pub fn value(&self, service: Service, expected: &'static str) -> Result<Value, ApiError> {
        json::parse(&self.body).ok_or(ApiError::Decode { service, expected })
    }

    /// The whole body as `T`.
    pub fn read<T: FromJson>(&self, service: Service, expected: &'static str) -> Result<T, ApiError> {
        T::from_json(&self.value(service, expected)?).ok_or(ApiError::Decode { service, expected })
    }

    /// The value of one key of the body as `T`: `{"server": {…}}`.
    pub fn read_key<T: FromJson>(&self, service: Service, key: &'static str) -> Result<T, ApiError> {
        let body = self.value(service, key)?;
        body.get(key).and_then(T::from_json).ok_or(ApiError::Decode { service, expected: key })
    }

    /// The list at one key, and the whole body without it. Records that cannot be read are left out: one odd server
    /// never breaks the list.
    pub fn read_list<T: FromJson>(&self, service: Service, key: &'static str) -> Result<(Vec<T>, Value), ApiError> {
        let (records, body) = self.records(service, key)?;
        Ok((json::list(&records), body))
    }

    fn records(&self, service: Service, key: &'static str) -> Result<(Value, Value), ApiError> {
        let mut body = self.value(service, key)?;
        match body.get_mut(key).map(Value::take) {
            Some(records @ Value::Array(_)) => Ok((records, body)),
            _ => Err(ApiError::Decode { service, expected: key }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    #[test]
    fn odd_records_do_not_break_a_list_and_other_shapes_are_an_error() {
        let of = |body: &str| Response { status: 200, body: body.to_owned(), ..Response::default() };
        let (items, rest) =
            of(r#"{"n": [1, "two", null, 3], "next": "x"}"#).read_list::<u8>(Service::Image, "n").unwrap();
        assert_eq!(items, [1, 3]);
        assert_eq!(rest["next"], "x");
        for body in ["", "{", r#"{"n": [1, 2"#, "[]", "null", r#"{"n": {}}"#, "<html>502</html>"] {
            let error = of(body).read_list::<u8>(Service::Image, "n").unwrap_err();
            assert_eq!(error, ApiError::Decode { service: Service::Image, expected: "n" }, "{body}");
        }
    }

    #[test]
    fn a_request_shows_no_secret() {
        let token = SecretString::from("gAAAAA-token");
        let request = Request::new(Service::Identity, Method::Post, "/auth/tokens")
            .json(&serde_json::json!({"password": "hunter2"}))
            .with_token(TokenUse::This(Secret::from(&token)))
            .header("X-Subject-Token", Secret::from(&token));
        let shown = format!("{request:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("gAAAAA"), "{shown}");
    }
}
