//! The `Transport` of the app: the browser's `fetch`.
//!
//! No cookies, no cache, no referrer. `fetch` only ever says "failed"; what a page can find out more (offline, mixed
//! content, timeout, reachable but not allowed by CORS) is found out here.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use gloo_net::http::RequestBuilder;

use super::{clock, document};
use crate::model::RequestId;
use crate::openstack::call::{Method, Response};
use crate::openstack::catalog::{mixed_content, origin_of};
use crate::openstack::transport::{HttpRequest, Transport, TransportError};

/// Clones share what they learnt.
#[derive(Clone, Default)]
pub struct FetchTransport {
    /// Origins that have answered this page: if one fails later, it is not CORS.
    answered: Rc<RefCell<HashSet<String>>>,
    /// What everything is answered with, where nothing is sent.
    made_up: Option<&'static str>,
}

impl Transport for FetchTransport {
    async fn send(&self, request: HttpRequest) -> Result<Response, TransportError> {
        if mixed_content(document::is_https(), &request.url) && !is_loopback(&request.url) {
            return Err(TransportError::MixedContent);
        }
        let signal = web_sys::AbortSignal::timeout_with_u32(request.timeout.saturating_mul(1000));
        match exchange(&request, &signal, self.made_up).await {
            Ok(response) => {
                self.answered.borrow_mut().insert(origin_of(&request.url).to_owned());
                Ok(response)
            }
            Err(_) if signal.aborted() => Err(TransportError::Timeout),
            Err(_) => Err(self.diagnose(&request.url).await),
        }
    }

    async fn sleep(&self, milliseconds: u64) {
        clock::sleep(milliseconds).await;
    }
}

impl FetchTransport {
    /// Makes every request and sends none: each is answered with `answer` and a token.
    pub fn rehearsing(answer: &'static str) -> Self {
        Self { made_up: Some(answer), ..Self::default() }
    }

    /// A request without custom headers and without a readable answer (`no-cors`) needs nobody's leave: if it gets
    /// through where the real one did not, the service is there and refuses this page (contract A6).
    async fn diagnose(&self, url: &str) -> TransportError {
        if web_sys::window().is_some_and(|w| !w.navigator().on_line()) {
            return TransportError::Offline;
        }
        let origin = origin_of(url);
        if self.answered.borrow().contains(origin) {
            return TransportError::Failed;
        }
        let signal = web_sys::AbortSignal::timeout_with_u32(5000);
        let probe = RequestBuilder::new(&format!("{origin}/"))
            .mode(web_sys::RequestMode::NoCors)
            .credentials(web_sys::RequestCredentials::Omit)
            .cache(web_sys::RequestCache::NoStore)
            .abort_signal(Some(&signal))
            .send()
            .await;
        match probe {
            Ok(_) => TransportError::Cors { origin: document::origin() },
            Err(_) => TransportError::Failed,
        }
    }
}

async fn exchange(
    request: &HttpRequest,
    signal: &web_sys::AbortSignal,
    made_up: Option<&'static str>,
) -> Result<Response, gloo_net::Error> {
    let mut builder = RequestBuilder::new(&request.url)
        .method(match request.method {
            Method::Get => gloo_net::http::Method::GET,
            Method::Post => gloo_net::http::Method::POST,
            Method::Put => gloo_net::http::Method::PUT,
            Method::Patch => gloo_net::http::Method::PATCH,
            Method::Delete => gloo_net::http::Method::DELETE,
        })
        .mode(web_sys::RequestMode::Cors)
        .credentials(web_sys::RequestCredentials::Omit)
        .cache(web_sys::RequestCache::NoStore)
        .referrer_policy(web_sys::ReferrerPolicy::NoReferrer)
        .abort_signal(Some(signal));
    for (name, value) in &request.headers {
        builder = builder.header(name, value.expose());
    }
    let made = match &request.body {
        // Bytes have no type, and so the browser sends none; of a text it says that it is one.
        Some(body) if body.content_type.is_empty() => builder.body(js_sys::Uint8Array::from(body.text.as_bytes()))?,
        Some(body) => builder.header("Content-Type", body.content_type).body(body.text.as_str())?,
        None => builder.build()?,
    };
    let answer = match made_up {
        Some(text) => gloo_net::http::Response::builder().header("x-subject-token", "0").body(Some(text))?,
        None => made.send().await?,
    };
    let headers = answer.headers();
    Ok(Response {
        status: answer.status(),
        request_id: headers.get("x-openstack-request-id").map(RequestId::from),
        subject_token: headers.get("x-subject-token"),
        receipt: headers.get("openstack-auth-receipt"),
        body: answer.text().await?,
    })
}

/// Browsers let an https page talk to its own machine in the clear.
fn is_loopback(url: &str) -> bool {
    let host = origin_of(url).trim_start_matches("http://");
    host == "localhost" || host.starts_with("localhost:") || host.starts_with("127.") || host.starts_with("[::1]")
}
