//! Sends calls: knows the session, the endpoints and the versions, renews what has expired, repeats what is safe.
//!
//! A `Client` is a handle: clones share everything. It belongs to one thread. A request belongs to the project and region
//! that it was made for: when they have changed before it is sent, or sent again, it is not sent at all.

mod renewal;
mod versioning;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared, select};

use super::auth::{Credentials, IssueToken, RevokeToken, Scope, ValidateToken};
use super::call::{Call, PagedCall, Request, Response, Secret, Service, TokenUse, query_string};
use super::catalog::{Endpoint, origin_of};
use super::error::{ApiError, Lost};
use super::in_flight::Gate;
use super::token::Token;
use super::transport::{HttpRequest, Transport, TransportError};
use crate::model::ProjectId;
pub use renewal::Renew;
use renewal::Renewing;
use versioning::Speaks;

/// How long what somebody waits to see goes before everything else, in milliseconds.
const PRECEDENCE: u64 = 500;
/// Requests at once to one service.
const AT_ONCE: usize = 4;
/// Pages of one list; a service that gives more has lost its way.
const MOST_PAGES: usize = 2000;

/// With the era that it is bound to, if any: see `Client::bound`.
pub struct Client<T>(Rc<State<T>>, Option<u64>);

impl<T> Clone for Client<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0), self.1)
    }
}

impl<T> std::fmt::Debug for Client<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.0.auth_url)
    }
}

struct State<T> {
    transport: T,
    auth_url: String,
    token: RefCell<Option<Rc<Token>>>,
    /// Counts the tokens: tells whether a 401 was about the present one.
    generation: Cell<u64>,
    /// Counts the projects and regions, one after the other: tells whether a request's own is still the present one.
    era: Cell<u64>,
    region: RefCell<String>,
    renew: RefCell<Option<Renew>>,
    renewing: RefCell<Option<Renewing>>,
    services: [OneService; Service::ALL.len()],
    early: RefCell<Option<Early>>,
}

/// An answer that somebody else has asked for already: see `Client::expect`.
struct Early {
    request: Request,
    answer: Shared<LocalBoxFuture<'static, Option<Response>>>,
    is_taken: bool,
}

struct OneService {
    /// A request with a token, or a sign-in, was answered: what fails from then on is not for want of CORS.
    answered: Cell<bool>,
    gate: Gate,
    speaks: Cell<Speaks>,
    /// Held while versions are asked for, so that they are asked for once.
    asking: futures::lock::Mutex<()>,
}

/// What was sent with which token, and what came back.
struct Attempt {
    generation: u64,
    outcome: Result<Response, ApiError>,
}

impl<T: Transport + 'static> Client<T> {
    /// `auth_url` is Keystone's address up to `/v3`, see `catalog::auth_url`.
    pub fn new(transport: T, auth_url: impl Into<String>) -> Self {
        let one = || OneService {
            answered: Cell::new(false),
            gate: Gate::new(AT_ONCE),
            speaks: Cell::new(Speaks::Unasked),
            asking: futures::lock::Mutex::new(()),
        };
        let state = State {
            transport,
            auth_url: auth_url.into(),
            token: RefCell::default(),
            generation: Cell::new(0),
            era: Cell::new(0),
            region: RefCell::default(),
            renew: RefCell::default(),
            renewing: RefCell::default(),
            services: std::array::from_fn(|_| one()),
            early: RefCell::default(),
        };
        Self(Rc::new(state), None)
    }

    /// A handle for the present project and region only. After a switch, and after signing out, all that it is asked for
    /// ends with `SessionEnded`: a piece of work of several calls cannot wander from one project into another.
    pub fn bound(&self) -> Self {
        Self(Rc::clone(&self.0), Some(self.0.era.get()))
    }

    /// Whether the session still is in the project and region that this handle is for.
    pub fn is_present(&self) -> bool {
        self.era() == self.0.era.get()
    }

    fn era(&self) -> u64 {
        self.1.unwrap_or_else(|| self.0.era.get())
    }

    /// How tokens are renewed. Without it, a 401 ends the session.
    pub fn set_renew(&self, renew: Renew) {
        self.0.renew.replace(Some(renew));
    }

    pub fn transport(&self) -> &T {
        &self.0.transport
    }

    pub fn auth_url(&self) -> &str {
        &self.0.auth_url
    }

    pub fn token(&self) -> Option<Rc<Token>> {
        self.0.token.borrow().clone()
    }

    /// Counts the tokens, and the end of the session.
    pub fn generation(&self) -> u64 {
        self.0.generation.get()
    }

    /// Empty when the cloud names no regions.
    pub fn region(&self) -> String {
        self.0.region.borrow().clone()
    }

    pub fn set_region(&self, region: &str) {
        if *self.0.region.borrow() != region {
            self.0.region.replace(region.to_owned());
            self.leave_place();
            self.forget_versions();
            self.forget_early();
        }
    }

    /// `request` was sent already, by the program before this one: the first such request takes its answer. If there is
    /// none (`None`), it is sent as any other. It belongs to the present token and region.
    ///
    /// Somebody waits to see it, so it comes first: other requests wait for it, for `PRECEDENCE` at most.
    pub fn expect(&self, request: Request, answer: LocalBoxFuture<'static, Option<Response>>) {
        self.0.early.replace(Some(Early { request, answer: answer.shared(), is_taken: false }));
    }

    /// What was expected has become old.
    pub fn forget_early(&self) {
        self.0.early.replace(None);
    }

    /// Whether the session's project and region have the service.
    pub fn has(&self, service: Service) -> bool {
        self.endpoint(service).is_ok()
    }

    /// The address of a service, for a person to read or to open in a tab.
    pub fn address(&self, service: Service) -> Option<String> {
        self.endpoint(service).ok().map(|endpoint| endpoint.url)
    }

    /// Signs in and makes the token the session's.
    pub async fn sign_in(&self, credentials: Credentials, scope: Scope) -> Result<Rc<Token>, ApiError> {
        let token = self.token_for(credentials, scope).await?;
        Ok(self.adopt(token))
    }

    /// A token, which is not the session's yet.
    ///
    /// One that was pasted is exchanged for another, so that signing out here ends nothing elsewhere; where the cloud does not
    /// exchange scoped tokens (`[token] allow_rescope_scoped_token`), and for those of application credentials, it is taken as
    /// it is, if it is of the project. Without a project in `scope`, its own project stays.
    pub async fn token_for(&self, credentials: Credentials, scope: Scope) -> Result<Token, ApiError> {
        let Credentials::Token(token) = credentials else {
            return self.call(&IssueToken { credentials, scope }).await;
        };
        let found = self.call(&ValidateToken { token: token.clone() }).await?;
        let scope = match (scope, found.project_id()) {
            (Scope::Unscoped, None) => return Ok(found),
            (Scope::Unscoped, Some(own)) => Scope::ProjectId(own.clone()),
            (scope, _) => scope,
        };
        let is_there = matches!(&scope, Scope::ProjectId(id) if Some(id) == found.project_id());
        match self.call(&IssueToken { credentials: Credentials::Token(token), scope }).await {
            Err(ApiError::Forbidden(_)) if is_there => Ok(found),
            exchanged => exchanged,
        }
    }

    /// Makes a token the session's: a kept one after `ValidateToken`, or a renewed one.
    ///
    /// The region stays where the new catalogue has it, else it becomes the first.
    pub fn adopt(&self, token: Token) -> Rc<Token> {
        let token = Rc::new(token);
        let regions = token.catalog.regions();
        let old = self.0.token.replace(Some(Rc::clone(&token)));
        self.forget_early();
        self.0.generation.set(self.0.generation.get() + 1);
        if !regions.contains(&self.region()) {
            self.0.region.replace(regions.into_iter().next().unwrap_or_default());
            self.leave_place();
        } else if old.as_ref().is_none_or(|old| old.project_id() != token.project_id()) {
            self.leave_place();
        }
        if old.is_none_or(|old| old.catalog != token.catalog) {
            self.forget_versions();
        }
        token
    }

    fn leave_place(&self) {
        self.0.era.set(self.0.era.get() + 1);
    }

    /// Exchanges the session's token for one of another project. It lives no longer than the old one.
    pub async fn switch_project(&self, project: &ProjectId) -> Result<Rc<Token>, ApiError> {
        let mut renewed = false;
        loop {
            let (generation, token) = (self.0.generation.get(), self.token().ok_or(ApiError::SessionEnded)?);
            match self.call(&exchange(token.secret.clone(), project)).await {
                Ok(token) => return Ok(self.adopt(token)),
                Err(ApiError::Unauthorized(_) | ApiError::NotFound(_)) if !renewed => {
                    self.renewed(generation).await?;
                    renewed = true;
                }
                Err(ApiError::Unauthorized(_)) => return Err(ApiError::SessionEnded),
                Err(error) => return Err(error),
            }
        }
    }

    /// Forgets the session, and revokes its token as well as possible.
    pub async fn sign_out(&self) {
        self.0.renew.replace(None);
        let token = self.0.token.replace(None);
        // A renewal that is under way comes too late.
        self.0.generation.set(self.0.generation.get() + 1);
        self.leave_place();
        self.forget_versions();
        if let Some(token) = token {
            self.revoke(&token).await;
        }
    }

    async fn revoke(&self, token: &Token) {
        // The token expires by itself: a failure here costs nothing that could be told.
        let _ = self.call(&RevokeToken { token: token.secret.clone() }).await;
    }

    /// Sends one call.
    ///
    /// A 401 waits for one renewal, shared with all other calls that meet one, and the call is repeated once with the new
    /// token. GETs are repeated after 429, 502, 503, 504 and lost answers of a service that has answered before; others
    /// never: look by nonce whether they were carried out.
    pub async fn call<C: Call>(&self, call: &C) -> Result<C::Reply, ApiError> {
        call.parse(self.send(call.request(), self.era()).await?)
    }

    /// A call's answer as it came, for another program to parse. It is tried once: the other program, which waits for this
    /// answer, has patience of its own.
    pub async fn read_once<C: Call>(&self, call: &C) -> Result<Response, ApiError> {
        Box::pin(self.in_version(&call.request(), self.era())).await.outcome
    }

    /// What is the same for every call, so that it is compiled once and not into each caller.
    fn send(&self, request: Request, era: u64) -> LocalBoxFuture<'_, Result<Response, ApiError>> {
        Box::pin(async move {
            if let Some(response) = self.early(&request, era).await {
                return Ok(response);
            }
            let first = self.patiently(&request, era).await;
            if let Some(named) = named(&request, &first.outcome) {
                return self.patiently(&named, era).await.outcome;
            }
            match first.outcome {
                Err(ApiError::Unauthorized(_)) if request.token == TokenUse::Session => {
                    self.renewed(first.generation).await?;
                    match self.patiently(&request, era).await.outcome {
                        Err(ApiError::Unauthorized(_)) => Err(ApiError::SessionEnded),
                        second => second,
                    }
                }
                outcome => outcome,
            }
        })
    }

    /// Its answer, if it is what is expected; else `None`, when that has come or is late.
    async fn early(&self, request: &Request, era: u64) -> Option<Response> {
        let (answer, is_it) = {
            let mut early = self.0.early.borrow_mut();
            let early = early.as_mut()?;
            let is_it = !early.is_taken && early.request == *request && self.0.era.get() == era;
            early.is_taken |= is_it;
            (early.answer.clone(), is_it)
        };
        if is_it {
            return answer.await;
        }
        if answer.peek().is_none() {
            select(answer, pin!(self.0.transport.sleep(PRECEDENCE))).await;
        }
        None
    }

    /// All pages of a list. `on_page` sees each as it comes, so that a view can show what is there.
    ///
    /// A marker that comes twice ends the list: the service would go round in circles.
    pub async fn all<C: PagedCall>(
        &self,
        call: C,
        on_page: impl FnMut(&[<C as PagedCall>::Item]),
    ) -> Result<Vec<<C as PagedCall>::Item>, ApiError> {
        let mut pages = Collected { call, items: Vec::new(), on_page };
        self.collect(&mut pages).await?;
        Ok(pages.items)
    }

    fn collect<'a>(&'a self, pages: &'a mut dyn Pages) -> LocalBoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            let (mut seen, era) = (BTreeSet::new(), self.era());
            loop {
                let response = self.send(pages.request(), era).await?;
                match pages.take(response)? {
                    Some(marker) if seen.len() < MOST_PAGES && seen.insert(marker.clone()) => pages.go_on(marker),
                    _ => return Ok(()),
                }
            }
        })
    }

    fn of(&self, service: Service) -> &OneService {
        // `Service::ALL` lists the variants in their order.
        &self.0.services[service as usize]
    }

    fn endpoint(&self, service: Service) -> Result<Endpoint, ApiError> {
        if service == Service::Identity {
            // The address that the user gave works; the catalogue's may be an internal one.
            return Ok(Endpoint::identity(&self.0.auth_url));
        }
        let token = self.token().ok_or(ApiError::SessionEnded)?;
        let region = self.region();
        token.catalog.endpoint(service, &region).cloned().ok_or(ApiError::NoEndpoint { service })
    }

    /// Sends a request, and sends it again after a pause where that is safe and may help.
    async fn patiently(&self, request: &Request, era: u64) -> Attempt {
        let mut pauses = pauses();
        loop {
            let attempt = self.in_version(request, era).await;
            let again = match &attempt.outcome {
                _ if !request.method.is_safe() => false,
                Err(ApiError::Transport { lost, answered_before, .. }) => *answered_before && *lost == Lost::Failed,
                Err(error) => error.is_passing(),
                Ok(_) => false,
            };
            match again.then(|| pauses.next()).flatten() {
                Some(pause) => {
                    let milliseconds = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                    self.0.transport.sleep(milliseconds).await;
                }
                None => return attempt,
            }
        }
    }

    /// Sends a request as it is, once.
    async fn deliver(&self, request: &Request, version: Option<(&'static str, String)>, era: u64) -> Attempt {
        let one = self.of(request.service);
        let place = one.gate.enter().await;
        // The token is read here, not before the wait: it may have been renewed meanwhile.
        let generation = self.0.generation.get();
        let http = match &request.token {
            // Another project's token would bring another project's answer.
            TokenUse::Session if self.0.era.get() != era => Err(ApiError::SessionEnded),
            _ => self.http(request, version),
        };
        let outcome = match http {
            Ok(http) => {
                let url = http.url.clone();
                let sent = self.0.transport.send(http).await;
                sent.map_err(|error| lost(request.service, &url, error, one.answered.get()))
            }
            Err(error) => Err(error),
        };
        drop(place);
        let outcome = outcome.and_then(|response| {
            if request.token != TokenUse::None || !request.method.is_safe() {
                one.answered.set(true);
            }
            if response.status < 400 { Ok(response) } else { Err(ApiError::from_response(request, &response)) }
        });
        Attempt { generation, outcome }
    }

    fn http(&self, request: &Request, version: Option<(&'static str, String)>) -> Result<HttpRequest, ApiError> {
        let endpoint = self.endpoint(request.service)?;
        let mut headers = Vec::new();
        if request.headers.iter().all(|(name, _)| *name != "Accept") {
            headers.push(("Accept", Secret::from("application/json".to_owned())));
        }
        match &request.token {
            TokenUse::None => {}
            TokenUse::This(token) => headers.push(("X-Auth-Token", token.clone())),
            TokenUse::Session => {
                let token = self.token().ok_or(ApiError::SessionEnded)?;
                headers.push(("X-Auth-Token", token.secret.clone()));
            }
        }
        if let Some(body) = request.body.as_ref().filter(|body| !body.content_type.is_empty()) {
            headers.push(("Content-Type", body.content_type.to_owned().into()));
        }
        if let Some((name, value)) = version {
            headers.push((name, value.into()));
        }
        headers.extend(request.headers.iter().cloned());
        Ok(HttpRequest {
            method: request.method,
            url: format!("{}{}{}", endpoint.base(request.base), request.path, query_string(&request.query)),
            headers,
            body: request.body.clone(),
            timeout: request.timeout,
        })
    }
}

/// A list of any kind, for `Client::collect`.
trait Pages {
    fn request(&self) -> Request;
    /// The marker of the next page; `None` when nothing follows.
    fn take(&mut self, response: Response) -> Result<Option<String>, ApiError>;
    fn go_on(&mut self, marker: String);
}

struct Collected<C: PagedCall, F> {
    call: C,
    items: Vec<<C as PagedCall>::Item>,
    on_page: F,
}

impl<C: PagedCall, F: FnMut(&[<C as PagedCall>::Item])> Pages for Collected<C, F> {
    fn request(&self) -> Request {
        self.call.request()
    }

    fn take(&mut self, response: Response) -> Result<Option<String>, ApiError> {
        let page = self.call.parse(response)?;
        (self.on_page)(&page.items);
        let next = page.next.filter(|_| !page.items.is_empty());
        self.items.extend(page.items);
        Ok(next)
    }

    fn go_on(&mut self, marker: String) {
        self.call = self.call.after(marker);
    }
}

/// One, two and four seconds.
fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default().with_min_delay(Duration::from_secs(1)).with_factor(2.0).with_max_times(3).build()
}

/// The same request with the type of its body said, where that may be what was missing. A refusal that counts against the
/// account (401) is never asked for twice.
fn named(request: &Request, outcome: &Result<Response, ApiError>) -> Option<Request> {
    let mut request = request.clone();
    let body = request.body.as_mut().filter(|body| body.content_type.is_empty())?;
    body.content_type = "application/json";
    let may_help = match outcome {
        Err(ApiError::BadRequest(_) | ApiError::Forbidden(_) | ApiError::Cors { .. }) => true,
        Err(ApiError::Transport { lost, .. }) => *lost == Lost::Failed,
        Err(ApiError::Other(answer)) => answer.status == 415,
        _ => false,
    };
    may_help.then_some(request)
}

fn exchange(token: Secret, project: &ProjectId) -> IssueToken {
    IssueToken { credentials: Credentials::Token(token), scope: Scope::ProjectId(project.clone()) }
}

fn lost(service: Service, url: &str, error: TransportError, answered_before: bool) -> ApiError {
    let lost = match error {
        // A proxy's own error page has no CORS header either.
        TransportError::Cors { .. } if answered_before => Lost::Failed,
        TransportError::Cors { origin } => return ApiError::Cors { service, origin },
        TransportError::MixedContent => return ApiError::MixedContent { service },
        TransportError::Failed => Lost::Failed,
        TransportError::Offline => Lost::Offline,
        TransportError::Timeout => Lost::Timeout,
    };
    ApiError::Transport { service, host: origin_of(url).to_owned(), lost, answered_before }
}
