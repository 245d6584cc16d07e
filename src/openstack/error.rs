//! What went wrong with a call. How it is said to a person: `sentence`.

use serde_json::Value;

use super::call::{Method, Request, Response, Secret, Service};
use super::microversion::{Microversion, range_of_refusal};
use super::wording;
use crate::model::json::{self, FromJson};
use crate::model::{RequestId, UserId};

/// Why a call has no reply. Holds no secret: it may be shown, logged and kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No answer. Whether the request was carried out is not known.
    #[error("{} did not answer: {lost:?}", .service.project())]
    Transport {
        service: Service,
        host: String,
        lost: Lost,
        /// The service has answered earlier in this session: the trouble is in between.
        answered_before: bool,
    },
    /// The service is there but its `[cors]` section does not name this page's origin.
    #[error("{} does not allow {origin}", .service.project())]
    Cors { service: Service, origin: String },
    /// An `http:` endpoint on an `https:` page: the browser refuses.
    #[error("{} has only an http address", .service.project())]
    MixedContent { service: Service },
    /// The catalogue of this project and region has no such service.
    #[error("no endpoint of {}", .service.project())]
    NoEndpoint { service: Service },
    /// The answer is not what it should be. `expected` is the key or thing that was looked for.
    #[error("{} sent no readable {expected}", .service.project())]
    Decode { service: Service, expected: &'static str },

    /// 400
    #[error("{0}")]
    BadRequest(Answer),
    /// 401 on a sign-in. Any other 401 ends in a renewed token or `SessionEnded`.
    #[error("{0}")]
    Unauthorized(Answer),
    /// 401 on a sign-in with a method that the cloud does not offer.
    #[error("{answer}")]
    MethodNotOffered { answer: Answer, offered: Vec<String> },
    /// 401 on a sign-in that needs more: each inner list is one set of methods that would do.
    #[error("more factors are needed: {methods:?}")]
    MoreFactors { receipt: Secret, user: UserId, methods: Vec<Vec<String>> },
    /// 403
    #[error("{0}")]
    Forbidden(Answer),
    /// 404
    #[error("{0}")]
    NotFound(Answer),
    /// 409
    #[error("{0}")]
    Conflict(Answer),
    /// 413, where it is not about a quota
    #[error("{0}")]
    TooLarge(Answer),
    /// A quota is used up. The services say so with 403, 409, 413 or 500.
    #[error("{0}")]
    Quota(Answer),
    /// 429
    #[error("{0}")]
    RateLimited(Answer),
    /// 5xx
    #[error("{0}")]
    Server(Answer),
    /// 406; `None` when the range could not be read.
    #[error("{answer}")]
    VersionNotSupported { answer: Answer, range: Option<(Microversion, Microversion)> },
    /// Any other status of 400 and above.
    #[error("{0}")]
    Other(Answer),

    /// The token that was given is another user's than the session's.
    #[error("the token is another user's")]
    OtherUser,
    /// The token is no longer accepted and could not be renewed; or the request was not sent, because the project, the region
    /// or the session that it was made for was left.
    #[error("the session has ended")]
    SessionEnded,
}

/// How an answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    Failed,
    Offline,
    Timeout,
}

/// What a service said when it refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {status} {text}", .service.project())]
pub struct Answer {
    pub service: Service,
    pub status: u16,
    /// The service's own word for it, such as Neutron's `OverQuota` or Nova's `conflictingRequest`; may be empty.
    pub word: String,
    /// The service's own sentence, as plain text, 2000 characters at most.
    pub text: String,
    pub request_id: Option<RequestId>,
}

impl ApiError {
    /// Reads an answer of status 400 and above.
    pub fn from_response(request: &Request, response: &Response) -> Self {
        let service = request.service;
        let body: Value = json::parse(&response.body).unwrap_or(Value::Null);
        let (word, text) = wording::of(&body, response);
        let answer = Answer { service, status: response.status, word, text, request_id: response.request_id.clone() };
        match response.status {
            400 => Self::BadRequest(answer),
            401 => Self::of_sign_in(answer, &body, response),
            403 if is_quota(&answer) => Self::Quota(answer),
            403 => Self::Forbidden(answer),
            404 => Self::NotFound(answer),
            406 => Self::VersionNotSupported { range: range_of_refusal(&answer.text), answer },
            409 if is_quota(&answer) => Self::Quota(answer),
            409 => Self::Conflict(answer),
            413 if is_quota(&answer) => Self::Quota(answer),
            413 => Self::TooLarge(answer),
            429 => Self::RateLimited(answer),
            // Nova does not translate Glance's 413 when it creates the image's record (nova/image/glance.py).
            500 if answer.text.contains("HTTPOverLimit") => Self::Quota(answer),
            500.. => Self::Server(answer),
            _ => Self::Other(answer),
        }
    }

    /// A 401 with a receipt, with the list of offered methods, or with nothing but a no.
    fn of_sign_in(answer: Answer, body: &Value, response: &Response) -> Self {
        if let (Some(receipt), Some(details)) = (&response.receipt, body.get("receipt")) {
            let methods = Vec::from_json(&body["required_auth_methods"]).unwrap_or_default();
            let user = details["user"]["id"].as_str().unwrap_or_default().into();
            return Self::MoreFactors { receipt: receipt.clone().into(), user, methods };
        }
        match Vec::from_json(&body["error"]["identity"]["methods"]) {
            Some(offered) => Self::MethodNotOffered { answer, offered },
            None => Self::Unauthorized(answer),
        }
    }

    /// What the service said, when it said anything.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::BadRequest(answer)
            | Self::Unauthorized(answer)
            | Self::MethodNotOffered { answer, .. }
            | Self::Forbidden(answer)
            | Self::NotFound(answer)
            | Self::Conflict(answer)
            | Self::TooLarge(answer)
            | Self::Quota(answer)
            | Self::RateLimited(answer)
            | Self::Server(answer)
            | Self::VersionNotSupported { answer, .. }
            | Self::Other(answer) => Some(answer),
            _ => None,
        }
    }

    pub fn service(&self) -> Option<Service> {
        match self {
            Self::Transport { service, .. }
            | Self::Cors { service, .. }
            | Self::MixedContent { service }
            | Self::NoEndpoint { service }
            | Self::Decode { service, .. } => Some(*service),
            Self::MoreFactors { .. } | Self::OtherUser | Self::SessionEnded => None,
            other => other.answer().map(|answer| answer.service),
        }
    }

    pub fn status(&self) -> Option<u16> {
        self.answer().map(|answer| answer.status)
    }

    pub fn request_id(&self) -> Option<&RequestId> {
        self.answer().and_then(|answer| answer.request_id.as_ref())
    }

    /// The cloud's own text; empty where it said nothing.
    pub fn text(&self) -> &str {
        self.answer().map_or("", |answer| &answer.text)
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    /// Whether the request may have been carried out all the same: look (by nonce) before repeating it. A 5xx counts,
    /// as a proxy may have given up on a service that went on.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::Transport { .. } | Self::Cors { .. } | Self::Server(_) | Self::Decode { .. })
    }

    /// Whether the same request may succeed a little later, without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Transport { .. } | Self::RateLimited(_) => true,
            Self::Server(answer) => matches!(answer.status, 502..=504),
            _ => false,
        }
    }

    /// Nova's refusal of `createBackup` for a server whose root disk is a volume (nova/compute/api.py): the final word
    /// on whether a server is volume-backed.
    pub fn is_volume_backed(&self) -> bool {
        matches!(self, Self::BadRequest(answer)
            if answer.service == Service::Compute && answer.text.contains("not supported for volume-backed"))
    }
}

/// Words that make a refusal one about quota: Nova 403, Neutron 409, Cinder and Glance 413.
fn is_quota(answer: &Answer) -> bool {
    let text = answer.text.to_ascii_lowercase();
    match (answer.service, answer.status) {
        (Service::Network, 409) => answer.word == "OverQuota",
        (Service::BlockStorage, 413) => answer.word == "overLimit",
        (Service::Image, 413) => text.contains("quota") || text.contains("limit"),
        (Service::Compute, 403 | 413) => {
            // The last is oslo.limit's, where Keystone holds the limits of all services.
            ["quota exceeded", "quota_exceeded", "is over a limit for"].iter().any(|words| text.contains(words))
                || text.starts_with("maximum number of")
        }
        _ => false,
    }
}

/// Names the request in a log or a report: `nova POST /servers/…/action`. Never the body, never a header.
pub fn name_of(request: &Request) -> String {
    let method: Method = request.method;
    format!("{} {} {}", request.service.project(), method.word(), request.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(service: Service, status: u16, body: &str) -> ApiError {
        let request = Request::new(service, Method::Post, "/x");
        let response = Response {
            status,
            body: body.to_owned(),
            request_id: Some("req-1".into()),
            receipt: body.contains("receipt").then(|| "r-secret".to_owned()),
            ..Response::default()
        };
        ApiError::from_response(&request, &response)
    }

    #[test]
    fn reads_the_answers_of_real_services() {
        use Service::*;
        let cases: [(Service, u16, &str, &str, &str); 15] = [
            (
                Compute,
                409,
                r#"{"conflictingRequest": {"code": 409, "message": "Cannot 'createBackup' instance i while it is in task_state image_backup"}}"#,
                "Conflict",
                "Cannot 'createBackup' instance i while it is in task_state image_backup",
            ),
            (
                Compute,
                400,
                r#"{"badRequest": {"code": 400, "message": "Backup is not supported for volume-backed instances."}}"#,
                "BadRequest",
                "Backup is not supported for volume-backed instances.",
            ),
            (
                Compute,
                403,
                r#"{"forbidden": {"code": 403, "message": "Policy doesn't allow os_compute_api:os-create-backup to be performed."}}"#,
                "Forbidden",
                "Policy doesn't allow os_compute_api:os-create-backup to be performed.",
            ),
            (
                Compute,
                403,
                r#"{"forbidden": {"code": 403, "message": "Quota exceeded for cores: Requested 4, but already used 8 of 10 cores"}}"#,
                "Quota",
                "Quota exceeded for cores: Requested 4, but already used 8 of 10 cores",
            ),
            (
                Compute,
                403,
                r#"{"forbidden": {"code": 403, "message": "Project p1 is over a limit for [Resource servers is over limit of 1 due to current usage 1 and delta 1]"}}"#,
                "Quota",
                "Project p1 is over a limit for [Resource servers is over limit of 1 due to current usage 1 and delta 1]",
            ),
            (
                Compute,
                500,
                r#"{"computeFault": {"code": 500, "message": "Unexpected API Error. <class 'glanceclient.exc.HTTPOverLimit'>"}}"#,
                "Quota",
                "Unexpected API Error. <class 'glanceclient.exc.HTTPOverLimit'>",
            ),
            (
                Compute,
                404,
                r#"{"itemNotFound": {"code": 404, "message": "Instance i could not be found."}}"#,
                "NotFound",
                "Instance i could not be found.",
            ),
            (
                Network,
                404,
                r#"{"NeutronError": {"type": "FloatingIPNotFound", "message": "Floating IP i could not be found", "detail": ""}}"#,
                "NotFound",
                "Floating IP i could not be found",
            ),
            (
                Network,
                409,
                r#"{"NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: ['floatingip'].", "detail": ""}}"#,
                "Quota",
                "Quota exceeded for resources: ['floatingip'].",
            ),
            (
                Workflow,
                404,
                r#"{"faultcode": "Client", "faultstring": "Workflow not found", "debuginfo": null}"#,
                "NotFound",
                "Workflow not found",
            ),
            (
                Image,
                403,
                r#"{"message": "Image i is protected and cannot be deleted.<br /><br />\n\n\n", "code": "403 Forbidden", "title": "Forbidden"}"#,
                "Forbidden",
                "Image i is protected and cannot be deleted.",
            ),
            (
                Image,
                404,
                "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  No image found with ID &lt;i&gt;<br /><br />\n\n\n </body>\n</html>",
                "NotFound",
                "No image found with ID <i>",
            ),
            (
                BlockStorage,
                413,
                r#"{"overLimit": {"code": 413, "message": "SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded", "retryAfter": "0"}}"#,
                "Quota",
                "SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded",
            ),
            (
                Identity,
                401,
                r#"{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}"#,
                "Unauthorized",
                "The request you have made requires authentication.",
            ),
            (
                Compute,
                502,
                "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>",
                "Server",
                "502 Bad Gateway",
            ),
        ];
        for (service, status, body, kind, text) in cases {
            let error = error(service, status, body);
            assert!(format!("{error:?}").starts_with(kind), "{error:?}");
            assert_eq!(error.text(), text);
            assert_eq!((error.service(), error.status()), (Some(service), Some(status)));
            assert_eq!(error.request_id().map(RequestId::as_str), Some("req-1"));
        }
    }

    #[test]
    fn a_version_refusal_carries_its_range() {
        let body = r#"{"computeFault": {"code": 406, "message": "Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is 2.100."}}"#;
        let ApiError::VersionNotSupported { range, .. } = error(Service::Compute, 406, body) else { panic!() };
        assert_eq!(range, Some((Microversion(2, 1), Microversion(2, 100))));
        let ApiError::VersionNotSupported { range, .. } = error(Service::Compute, 406, "no") else { panic!() };
        assert_eq!(range, None);
    }

    #[test]
    fn a_receipt_asks_for_more_and_is_not_shown() {
        let body = r#"{"receipt": {"methods": ["password"], "user": {"id": "u1", "name": "n"}, "expires_at": "x"}, "required_auth_methods": [["password", "totp"]]}"#;
        let error = error(Service::Identity, 401, body);
        assert!(!format!("{error:?} {error}").contains("r-secret"));
        let ApiError::MoreFactors { user, methods, receipt } = error else { panic!() };
        assert_eq!((user.as_str(), methods), ("u1", vec![vec!["password".to_owned(), "totp".to_owned()]]));
        assert_eq!(receipt.expose(), "r-secret");
    }

    #[test]
    fn an_unknown_method_tells_the_known_ones() {
        let body = r#"{"error": {"code": 401, "message": "Attempted to authenticate with an unsupported method.", "identity": {"methods": ["password", "token"]}}}"#;
        let ApiError::MethodNotOffered { offered, .. } = error(Service::Identity, 401, body) else { panic!() };
        assert_eq!(offered, ["password", "token"]);
    }

    #[test]
    fn hostile_answers_stay_errors_of_their_status() {
        let long = format!(r#"{{"badRequest": {{"message": "{}"}}}}"#, "x".repeat(10_000));
        let deep = "[".repeat(50_000);
        for body in [
            "",
            "{",
            "null",
            "[]",
            "[1,2]",
            r#"{"a": {"message": 5}}"#,
            r#"{"error": "no"}"#,
            r#"{"a": null}"#,
            "\u{0}\u{7}",
            &long,
            &deep,
            "<<<>>>",
            "<html",
            "&#xffffffff;&bogus;&",
        ] {
            for service in Service::ALL {
                for status in [400, 401, 403, 404, 405, 406, 409, 413, 415, 429, 500, 503, 599] {
                    let error = error(service, status, body);
                    assert_eq!(error.status(), Some(status), "{body}");
                    assert!(error.text().chars().count() <= 2000);
                    assert!(!error.text().contains(char::is_control), "{:?}", error.text());
                }
            }
        }
    }

    #[test]
    fn knows_what_may_pass_and_what_may_have_happened() {
        let server = |status| error(Service::Compute, status, "");
        assert!(server(503).is_passing() && server(503).is_uncertain());
        assert!(!server(500).is_passing() && server(500).is_uncertain());
        assert!(!server(409).is_passing() && !server(409).is_uncertain());
        let backed =
            r#"{"badRequest": {"code": 400, "message": "Backup is not supported for volume-backed instances."}}"#;
        assert!(error(Service::Compute, 400, backed).is_volume_backed());
        assert!(!server(400).is_volume_backed());
    }
}
