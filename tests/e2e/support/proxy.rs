//! The fault proxy: one listener per service of a real cloud. It forwards everything unchanged, writes its own addresses
//! into the catalogue (so that the browser keeps going through it), records every request, and breaks what it is told to.
//!
//! ```ignore
//! let proxy = Proxy::start(&Upstreams::test_cloud()).await;
//! let rule = proxy.when(to(Nova).post("/action").body("createImage"), CutAfterForward).times(1).add();
//! // ... use the page, whose auth URL is proxy.auth_url() ...
//! assert_eq!(proxy.count(&to(Nova).post("/action").body("createImage")), 1);
//! proxy.remove(rule);
//! ```
//!
//! A preflight is matched by the method it asks for. Only the actions about CORS touch preflights; the others wait for the
//! request itself. Several rules may fire on one request (a delay and then a stripped answer, say), in the order added.
//!
//! Answers carry `Connection: close` unless [`Proxy::keep_alive`] says otherwise, because Chromium on its own repeats a
//! request, even a POST, when a connection it had used before is reset without an answer. With fresh connections a fault
//! reaches the page exactly as often as the rule says.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use regex::Regex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Keystone,
    Nova,
    Glance,
    Neutron,
    Cinder,
    Mistral,
}
pub use Service::*;

impl Service {
    pub const ALL: [Self; 6] = [Keystone, Nova, Glance, Neutron, Cinder, Mistral];
}

/// Where the real services listen, as `http://host:port`.
#[derive(Clone)]
pub struct Upstreams(pub BTreeMap<Service, String>);

/// Which requests. Everything left out matches anything.
#[derive(Clone, Default)]
pub struct Requests {
    service: Option<Service>,
    method: Option<Method>,
    path: Vec<Regex>,
    body: Option<String>,
}

pub fn any() -> Requests {
    Requests::default()
}
pub fn to(service: Service) -> Requests {
    Requests { service: Some(service), ..Requests::default() }
}

impl Requests {
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }
    /// The path with its query contains this.
    pub fn path(self, part: &str) -> Self {
        self.matching(&regex::escape(part))
    }
    /// The path with its query matches this regular expression.
    pub fn matching(mut self, expression: &str) -> Self {
        self.path.push(Regex::new(expression).unwrap());
        self
    }
    pub fn get(self, part: &str) -> Self {
        self.method(Method::GET).path(part)
    }
    pub fn post(self, part: &str) -> Self {
        self.method(Method::POST).path(part)
    }
    pub fn delete(self, part: &str) -> Self {
        self.method(Method::DELETE).path(part)
    }
    /// The body contains this. Preflights have none, so they do not match.
    pub fn body(mut self, part: &str) -> Self {
        self.body = Some(part.into());
        self
    }
    fn matches(&self, seen: &Seen) -> bool {
        let method = seen.preflight_for.as_ref().unwrap_or(&seen.method);
        self.service.is_none_or(|service| service == seen.service)
            && self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.iter().all(|path| path.is_match(&seen.path))
            && self.body.as_ref().is_none_or(|part| seen.body.contains(part.as_str()))
    }
}

type Edit = Arc<dyn Fn(&mut serde_json::Value) + Send + Sync>;

/// What happens to a request that a rule matches.
#[derive(Clone)]
pub enum Action {
    /// Forwards, then takes every `Access-Control-*` header out, of preflights too: a service whose operator did not allow
    /// this page.
    StripCors,
    /// Waits before forwarding.
    Delay(Duration),
    /// Resets the connection; the service never hears of the request.
    CutBeforeForward,
    /// The service does it, but the answer is lost: the connection is reset.
    CutAfterForward,
    /// Answers in the service's place.
    Replace(Answer),
    /// Answers preflights as a service does that does not allow the method or a header: 200 without CORS headers.
    RefusePreflight,
    /// The same, but only for preflights that ask for this header: an old Nova and its microversion header.
    RefuseHeader(&'static str),
    /// Takes the request and never answers, nor forwards.
    Hang,
    /// The service does it; of the answer's body only the first half arrives, then the connection ends.
    TruncateBody,
    /// Changes the JSON body of the service's answer.
    EditJson(Edit),
    /// Changes the JSON body of the request before the service gets it.
    EditRequest(Edit),
}
pub use Action::*;

impl Action {
    pub fn edit(edit: impl Fn(&mut serde_json::Value) + Send + Sync + 'static) -> Self {
        EditJson(Arc::new(edit))
    }
    pub fn edit_request(edit: impl Fn(&mut serde_json::Value) + Send + Sync + 'static) -> Self {
        EditRequest(Arc::new(edit))
    }
    fn name(&self) -> &'static str {
        match self {
            StripCors => "StripCors",
            Delay(_) => "Delay",
            CutBeforeForward => "CutBeforeForward",
            CutAfterForward => "CutAfterForward",
            Replace(_) => "Replace",
            RefusePreflight => "RefusePreflight",
            RefuseHeader(_) => "RefuseHeader",
            Hang => "Hang",
            TruncateBody => "TruncateBody",
            EditJson(_) => "EditJson",
            EditRequest(_) => "EditRequest",
        }
    }
    fn applies_to(&self, seen: &Seen) -> bool {
        match self {
            StripCors => true,
            RefusePreflight => seen.preflight_for.is_some(),
            RefuseHeader(name) => seen.asks_for_header(name),
            _ => seen.preflight_for.is_none(),
        }
    }
}

/// An answer made up by a test. It carries the CORS headers that the service would have sent, unless `without_cors`.
#[derive(Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: String,
    cors: bool,
}

impl Answer {
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::text(status, "application/json", &body.to_string())
    }
    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self {
            status,
            headers: vec![(header::CONTENT_TYPE, content_type.parse().unwrap())],
            body: body.into(),
            cors: true,
        }
    }
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((HeaderName::from_static(name), value.parse().unwrap()));
        self
    }
    /// As of a load balancer in front of the service, which knows nothing of CORS.
    pub fn without_cors(mut self) -> Self {
        self.cors = false;
        self
    }
}

/// A request that came by.
#[derive(Clone)]
pub struct Seen {
    /// Since the proxy started.
    pub at: Duration,
    pub service: Service,
    pub method: Method,
    /// With the query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
    /// The method that this preflight asks for.
    pub preflight_for: Option<Method>,
    /// Did the service get it?
    pub forwarded: bool,
    /// What the browser was answered; none while under way, and if it was answered nothing.
    pub status: Option<u16>,
    pub took: Option<Duration>,
    pub answer_bytes: usize,
    /// Names of the actions that fired.
    pub faults: Vec<&'static str>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
    fn asks_for_header(&self, name: &str) -> bool {
        self.preflight_for.is_some()
            && self
                .header("access-control-request-headers")
                .is_some_and(|asked| asked.split(',').any(|one| one.trim().eq_ignore_ascii_case(name)))
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:8.3}s {:?} {} {}", self.at.as_secs_f64(), self.service, self.method, self.path)?;
        match self.status {
            Some(status) => write!(out, " -> {status}")?,
            None => write!(out, " -> no answer")?,
        }
        if let Some(took) = self.took {
            write!(out, " in {} ms", took.as_millis())?;
        }
        if !self.faults.is_empty() {
            write!(out, " {:?}{}", self.faults, if self.forwarded { "" } else { ", not forwarded" })?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RuleId(u64);

struct Rule {
    id: RuleId,
    requests: Requests,
    action: Action,
    skip: usize,
    times: usize,
    matched: usize,
}

/// A rule being written; nothing happens before [`NewRule::add`].
#[must_use]
pub struct NewRule<'a> {
    proxy: &'a Proxy,
    rule: Rule,
}

impl NewRule<'_> {
    /// Leaves the first `skip` matching requests alone: `skip(2)` begins with the third.
    pub fn skip(mut self, skip: usize) -> Self {
        self.rule.skip = skip;
        self
    }
    /// Fires at most so often; without it, always.
    pub fn times(mut self, times: usize) -> Self {
        self.rule.times = times;
        self
    }
    pub fn add(self) -> RuleId {
        let id = self.rule.id;
        self.proxy.inner.rules.lock().unwrap().push(self.rule);
        id
    }
}

struct Inner {
    started: Instant,
    upstreams: Upstreams,
    /// Real origin → the proxy's, for the catalogue.
    origins: Vec<(String, String)>,
    rules: Mutex<Vec<Rule>>,
    log: Mutex<Vec<Seen>>,
    rule_ids: AtomicU64,
    keep_alive: AtomicBool,
    client: reqwest::Client,
}

pub struct Proxy {
    inner: Arc<Inner>,
    urls: BTreeMap<Service, String>,
    tasks: Vec<AbortHandle>,
}

impl Proxy {
    pub async fn start(upstreams: &Upstreams) -> Self {
        let mut listeners = Vec::new();
        let mut urls = BTreeMap::new();
        for &service in upstreams.0.keys() {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            urls.insert(service, format!("http://{}", listener.local_addr().unwrap()));
            listeners.push((service, listener));
        }
        let inner = Arc::new(Inner {
            started: Instant::now(),
            upstreams: upstreams.clone(),
            origins: upstreams.0.iter().map(|(service, real)| (real.clone(), urls[service].clone())).collect(),
            rules: Mutex::default(),
            log: Mutex::default(),
            rule_ids: AtomicU64::default(),
            keep_alive: AtomicBool::new(false),
            client: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
        });
        let tasks = listeners
            .into_iter()
            .map(|(service, listener)| {
                let inner = inner.clone();
                tokio::spawn(async move {
                    let mut connections = tokio::task::JoinSet::new();
                    while let Ok((stream, _)) = listener.accept().await {
                        connections.spawn(serve(inner.clone(), service, stream));
                    }
                })
                .abort_handle()
            })
            .collect();
        Self { inner, urls, tasks }
    }

    /// `http://host:port` of the proxy for this service.
    pub fn url(&self, service: Service) -> &str {
        &self.urls[&service]
    }
    /// What a user types on the sign-in page.
    pub fn auth_url(&self) -> String {
        format!("{}/v3", self.url(Keystone))
    }

    /// Begins a rule: `proxy.when(to(Glance), StripCors).add()`.
    pub fn when(&self, requests: Requests, action: Action) -> NewRule<'_> {
        let id = RuleId(self.inner.rule_ids.fetch_add(1, Ordering::Relaxed));
        NewRule { proxy: self, rule: Rule { id, requests, action, skip: 0, times: usize::MAX, matched: 0 } }
    }
    pub fn remove(&self, id: RuleId) {
        self.inner.rules.lock().unwrap().retain(|rule| rule.id != id);
    }
    /// How often the rule has fired.
    pub fn fired(&self, id: RuleId) -> usize {
        let rules = self.inner.rules.lock().unwrap();
        rules.iter().find(|rule| rule.id == id).map_or(0, |rule| rule.matched.saturating_sub(rule.skip).min(rule.times))
    }
    pub fn clear(&self) {
        self.inner.rules.lock().unwrap().clear();
    }
    /// From the next connection on: may the browser use connections again? See the module's head.
    pub fn keep_alive(&self, yes: bool) {
        self.inner.keep_alive.store(yes, Ordering::Relaxed);
    }

    /// Everything that came by so far, preflights included.
    pub fn log(&self) -> Vec<Seen> {
        self.inner.log.lock().unwrap().clone()
    }
    /// The requests of that kind so far, without preflights.
    pub fn seen(&self, requests: &Requests) -> Vec<Seen> {
        self.log().into_iter().filter(|seen| seen.preflight_for.is_none() && requests.matches(seen)).collect()
    }
    pub fn count(&self, requests: &Requests) -> usize {
        self.seen(requests).len()
    }
    /// The preflights of that kind so far.
    pub fn preflights(&self, requests: &Requests) -> Vec<Seen> {
        self.log().into_iter().filter(|seen| seen.preflight_for.is_some() && requests.matches(seen)).collect()
    }
    /// A place in the log, for [`Proxy::since`].
    pub fn mark(&self) -> usize {
        self.inner.log.lock().unwrap().len()
    }
    pub fn since(&self, mark: usize) -> Vec<Seen> {
        self.inner.log.lock().unwrap()[mark..].to_vec()
    }
    pub fn now(&self) -> Duration {
        self.inner.started.elapsed()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

type Body = BoxBody<Bytes, io::Error>;
type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, io::Error>> + Send>>;

async fn serve(inner: Arc<Inner>, service: Service, stream: TcpStream) {
    let reset = Arc::new(Notify::new());
    let keep_alive = inner.keep_alive.load(Ordering::Relaxed);
    let handler = {
        let reset = reset.clone();
        hyper::service::service_fn(move |request| -> Answering {
            Box::pin(answer(inner.clone(), service, request, reset.clone()))
        })
    };
    let mut connection = hyper::server::conn::http1::Builder::new()
        .keep_alive(keep_alive)
        .serve_connection(TokioIo::new(stream), handler);
    tokio::select! {
        _ = &mut connection => {}
        () = reset.notified() => {
            // Closing with zero linger sends a reset, where a plain close would look like an empty answer.
            let stream = connection.into_parts().io.into_inner();
            let _ = stream.set_zero_linger();
        }
    }
}

/// Never returns: the connection's task drops this together with the connection.
async fn cut(reset: &Notify) -> ! {
    reset.notify_one();
    std::future::pending().await
}

async fn answer(
    inner: Arc<Inner>,
    service: Service,
    request: Request<Incoming>,
    reset: Arc<Notify>,
) -> Result<Response<Body>, io::Error> {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let preflight_for = (parts.method == Method::OPTIONS)
        .then(|| parts.headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?.to_str().ok()?.parse().ok())
        .flatten();
    let seen = Seen {
        at: inner.started.elapsed(),
        service,
        method: parts.method.clone(),
        path: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: parts.headers.clone(),
        body: String::from_utf8_lossy(&body[..body.len().min(1 << 16)]).into_owned(),
        preflight_for,
        forwarded: false,
        status: None,
        took: None,
        answer_bytes: 0,
        faults: Vec::new(),
    };
    let actions = inner.fire(&seen);
    let index = {
        let mut log = inner.log.lock().unwrap();
        log.push(Seen { faults: actions.iter().map(Action::name).collect(), ..seen.clone() });
        log.len() - 1
    };
    let note = |change: &dyn Fn(&mut Seen)| change(&mut inner.log.lock().unwrap()[index]);

    let (mut made_up, mut body) = (None, body);
    for action in &actions {
        match action {
            Delay(time) => tokio::time::sleep(*time).await,
            CutBeforeForward => cut(&reset).await,
            Hang => std::future::pending().await,
            RefusePreflight | RefuseHeader(_) => made_up = Some((200, HeaderMap::new(), Bytes::new())),
            Replace(answer) => made_up = Some(answer.make(&seen)),
            EditRequest(edit) => body = edited(body, edit),
            StripCors | CutAfterForward | TruncateBody | EditJson(_) => {}
        }
    }
    let (status, mut headers, mut content) = match made_up {
        Some(answer) => answer,
        None => {
            note(&|seen| seen.forwarded = true);
            inner.forward(&seen, body).await?
        }
    };
    if service == Keystone {
        content = inner.rewrite_catalogue(content);
    }
    let mut sent = None;
    for action in &actions {
        match action {
            CutAfterForward => cut(&reset).await,
            StripCors => {
                let names: Vec<_> =
                    headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
                names.iter().for_each(|name| drop(headers.remove(name)));
            }
            EditJson(edit) => content = edited(content, edit),
            TruncateBody => sent = Some(content.len() / 2),
            _ => {}
        }
    }
    if seen.method != Method::HEAD && status != 204 && status != 304 {
        headers.insert(header::CONTENT_LENGTH, content.len().into());
    }
    note(&|seen| {
        seen.status = Some(status);
        seen.took = Some(begun.elapsed());
        seen.answer_bytes = sent.unwrap_or(content.len());
    });
    let body: Body = match sent {
        Some(length) => {
            let parts = [Ok(Frame::data(content.slice(..length))), Err(io::Error::other("the rule says: truncate"))];
            BodyExt::boxed(StreamBody::new(futures::stream::iter(parts)))
        }
        None => Full::new(content).map_err(|never| match never {}).boxed(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().map_err(io::Error::other)?;
    *response.headers_mut() = headers;
    Ok(response)
}

/// What is no JSON stays as it is.
fn edited(content: Bytes, edit: &Edit) -> Bytes {
    match serde_json::from_slice(&content) {
        Ok(mut json) => {
            edit(&mut json);
            json.to_string().into()
        }
        Err(_) => content,
    }
}

impl Inner {
    /// The actions that fire on this request; counts it for all rules that match.
    fn fire(&self, seen: &Seen) -> Vec<Action> {
        let mut actions = Vec::new();
        for rule in self.rules.lock().unwrap().iter_mut() {
            if rule.requests.matches(seen) && rule.action.applies_to(seen) {
                rule.matched += 1;
                if rule.matched > rule.skip && rule.matched - rule.skip <= rule.times {
                    actions.push(rule.action.clone());
                }
            }
        }
        actions
    }

    async fn forward(&self, seen: &Seen, body: Bytes) -> io::Result<(u16, HeaderMap, Bytes)> {
        let url = format!("{}{}", self.upstreams.0[&seen.service], seen.path);
        let mut headers = seen.headers.clone();
        hop_by_hop(&mut headers);
        // The body may be another one than the page's.
        headers.remove(header::CONTENT_LENGTH);
        let request = self.client.request(seen.method.clone(), url).headers(headers).body(body);
        let answer = request.send().await.map_err(io::Error::other)?;
        let (status, mut headers) = (answer.status().as_u16(), answer.headers().clone());
        hop_by_hop(&mut headers);
        Ok((status, headers, answer.bytes().await.map_err(io::Error::other)?))
    }

    fn rewrite_catalogue(&self, content: Bytes) -> Bytes {
        let Ok(mut text) = std::str::from_utf8(&content).map(str::to_owned) else { return content };
        if !text.contains("\"catalog\"") {
            return content;
        }
        for (real, own) in &self.origins {
            text = text.replace(real.as_str(), own);
        }
        text.into()
    }
}

impl Answer {
    fn make(&self, seen: &Seen) -> (u16, HeaderMap, Bytes) {
        let mut headers: HeaderMap = self.headers.iter().cloned().collect();
        if let (true, Some(origin)) = (self.cors, seen.headers.get(header::ORIGIN)) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            let exposed = "X-Auth-Token,X-Openstack-Request-Id,X-Subject-Token,X-Service-Token,OpenStack-API-Version";
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
            headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        }
        (self.status, headers, self.body.clone().into())
    }
}

fn hop_by_hop(headers: &mut HeaderMap) {
    for name in ["connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"] {
        headers.remove(name);
    }
}
