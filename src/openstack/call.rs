//! A call is a value: it makes a request and parses the answer, and moves no byte itself.
//!
//! `Client` resolves the endpoint, adds token and microversion, and hands the bytes to a `Transport`.

use super::error::ApiError;
use crate::model::RequestId;

/// Who answers. `path` of a request is relative to that service's endpoint, normalised once (`catalog`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
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
    /// Begins with `/`; segments are percent-encoded already.
    pub path: String,
    /// Not encoded yet.
    pub query: Vec<(String, String)>,
    pub body: Option<Body>,
    /// Needs this Nova microversion instead of the session's (contract C1: only to lower it).
    pub microversion: Option<super::microversion::Microversion>,
    /// Further headers: only those that the service's CORS defaults allow (contract A2).
    pub headers: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub content_type: &'static str,
    pub text: String,
}

impl Request {
    pub fn new(service: Service, method: Method, path: impl Into<String>) -> Self {
        Self {
            service,
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            microversion: None,
            headers: Vec::new(),
        }
    }
    pub fn query(mut self, key: &str, value: impl Into<String>) -> Self {
        self.query.push((key.to_owned(), value.into()));
        self
    }
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.body = Some(Body { content_type: "application/json", text: body.to_string() });
        self
    }
}

/// What came back, whatever the status.
#[derive(Clone, Debug, Default, PartialEq)]
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

/// One request of the API.
pub trait Call {
    type Reply;
    fn request(&self) -> Request;
    /// Only called for answers below 400; `Client` has turned the others into an `ApiError`.
    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError>;
}
