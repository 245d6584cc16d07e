//! Sends calls: knows the session, the endpoints and the versions, renews what has expired, repeats what is safe.
//!
//! A `Client` is a handle: clones share everything. It belongs to one thread.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};

use super::auth::{Credentials, IssueToken, Rescope, RevokeToken, Scope};
use super::call::{Base, Call, Method, PagedCall, Request, Response, Secret, Service, TokenUse, query_string};
use super::catalog::{Endpoint, origin_of};
use super::error::{ApiError, Lost};
use super::in_flight::Gate;
use super::microversion::{Microversion, Versions, negotiate};
use super::token::Token;
use super::transport::{HttpRequest, Transport, TransportError};
use crate::model::{Moment, ProjectId};

/// Gets a new token for the same user and project, by whatever the owner has: a password in memory, an application
/// credential, or a person who is asked and takes minutes. Must not use a call that needs the session's token.
pub type Renew = Rc<dyn Fn() -> LocalBoxFuture<'static, Result<Token, ApiError>>>;

/// Requests at once to one service.
const AT_ONCE: usize = 4;
/// Pages of one list; a service that gives more has lost its way.
const MOST_PAGES: usize = 2000;

pub struct Client<T>(Rc<State<T>>);

impl<T> Clone for Client<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
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
    region: RefCell<String>,
    renew: RefCell<Option<Renew>>,
    renewing: RefCell<Option<Renewing>>,
    services: [OneService; Service::ALL.len()],
}

type Renewing = Shared<LocalBoxFuture<'static, Result<(), ApiError>>>;

struct OneService {
    answered: Cell<bool>,
    gate: Gate,
    speaks: Cell<Speaks>,
    /// Held while versions are asked for, so that they are asked for once.
    asking: futures::lock::Mutex<()>,
}

/// What is known of a service's microversions.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Speaks {
    Unasked,
    /// The service knows it; whether CORS lets the header through has not been seen yet.
    Untested(Microversion),
    /// `None`: no header is sent.
    Settled(Option<(Header, Microversion)>),
}

/// Which header carries the microversion. Some operators allow only Nova's old one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Header {
    Standard,
    NovaLegacy,
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
        Self(Rc::new(State {
            transport,
            auth_url: auth_url.into(),
            token: RefCell::default(),
            generation: Cell::new(0),
            region: RefCell::default(),
            renew: RefCell::default(),
            renewing: RefCell::default(),
            services: std::array::from_fn(|_| one()),
        }))
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

    /// Empty when the cloud names no regions.
    pub fn region(&self) -> String {
        self.0.region.borrow().clone()
    }

    pub fn set_region(&self, region: &str) {
        if *self.0.region.borrow() != region {
            self.0.region.replace(region.to_owned());
            self.forget_versions();
        }
    }

    /// Whether the session's project and region have the service.
    pub fn has(&self, service: Service) -> bool {
        self.endpoint(service).is_ok()
    }

    /// The address of a service, for a person to read or to open in a tab.
    pub fn address(&self, service: Service) -> Option<String> {
        self.endpoint(service).ok().map(|endpoint| endpoint.url)
    }

    /// The microversion that is sent, where that is known already. `None` also stands for none at all.
    pub fn microversion(&self, service: Service) -> Option<Microversion> {
        match self.of(service).speaks.get() {
            Speaks::Unasked => None,
            Speaks::Untested(version) => Some(version),
            Speaks::Settled(settled) => settled.map(|(_, version)| version),
        }
    }

    /// Nova answers, but takes no version header from this page: new images are found by their nonce, and the operator
    /// should allow `OpenStack-API-Version`.
    pub fn is_reduced(&self) -> bool {
        self.of(Service::Compute).speaks.get() == Speaks::Settled(None)
    }

    /// Signs in and makes the token the session's.
    pub async fn sign_in(&self, credentials: Credentials, scope: Scope) -> Result<Rc<Token>, ApiError> {
        let token = self.call(&IssueToken { credentials, scope }).await?;
        Ok(self.adopt(token))
    }

    /// Makes a token the session's: a kept one after `ValidateToken`, or a renewed one.
    ///
    /// The region stays where the new catalogue has it, else it becomes the first.
    pub fn adopt(&self, token: Token) -> Rc<Token> {
        let token = Rc::new(token);
        let regions = token.catalog.regions();
        let old = self.0.token.replace(Some(Rc::clone(&token)));
        self.0.generation.set(self.0.generation.get() + 1);
        if !regions.contains(&self.region()) {
            self.0.region.replace(regions.into_iter().next().unwrap_or_default());
        }
        if old.is_none_or(|old| old.catalog != token.catalog) {
            self.forget_versions();
        }
        token
    }

    /// Exchanges the session's token for one of another project. It lives no longer than the old one.
    pub async fn switch_project(&self, project: &ProjectId) -> Result<Rc<Token>, ApiError> {
        let mut renewed = false;
        loop {
            let (generation, token) = (self.0.generation.get(), self.token().ok_or(ApiError::SessionEnded)?);
            match self
                .call(&Rescope {
                    token: token.secret.clone(),
                    project: project.clone(),
                })
                .await
            {
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
        self.forget_versions();
        if let Some(token) = token {
            // The token expires by itself: a failure here costs nothing that could be told.
            let _ = self
                .call(&RevokeToken {
                    token: token.secret.clone(),
                })
                .await;
        }
    }

    /// Renews the token unless it lasts `seconds` more. Nova uses the caller's token for the whole upload of an image and
    /// for the rotation after it (nova/conf/service_token.py: a service token is off by default), so this comes before.
    ///
    /// `now` is the cloud's time: this machine's plus `Token::skew`.
    pub async fn ensure_fresh(&self, seconds: u64, now: Moment) -> Result<(), ApiError> {
        let (generation, token) = (self.0.generation.get(), self.token().ok_or(ApiError::SessionEnded)?);
        let left = token.seconds_left(now);
        if left >= seconds || (left > 0 && self.0.renew.borrow().is_none()) {
            return Ok(());
        }
        self.renewed(generation).await
    }

    /// Sends one call.
    ///
    /// A 401 waits for one renewal, shared with all other calls that meet one, and the call is repeated once with the new
    /// token. GETs are repeated after 429, 502, 503, 504 and lost answers of a service that has answered before; others
    /// never: look by nonce whether they were carried out.
    pub async fn call<C: Call>(&self, call: &C) -> Result<C::Reply, ApiError> {
        let request = call.request();
        let first = self.patiently(&request).await;
        let response = match first.outcome {
            Err(ApiError::Unauthorized(_)) if request.token == TokenUse::Session => {
                self.renewed(first.generation).await?;
                match self.patiently(&request).await.outcome {
                    Err(ApiError::Unauthorized(_)) => Err(ApiError::SessionEnded),
                    second => second,
                }
            }
            outcome => outcome,
        }?;
        call.parse(response)
    }

    /// All pages of a list. `on_page` sees each as it comes, so that a view can show what is there.
    ///
    /// A marker that comes twice ends the list: the service would go round in circles.
    pub async fn all<C: PagedCall>(
        &self,
        call: C,
        mut on_page: impl FnMut(&[<C as PagedCall>::Item]),
    ) -> Result<Vec<<C as PagedCall>::Item>, ApiError> {
        let (mut call, mut items, mut seen) = (call, Vec::new(), BTreeSet::new());
        loop {
            let page = self.call(&call).await?;
            on_page(&page.items);
            let was_empty = page.items.is_empty();
            items.extend(page.items);
            match page.next {
                Some(marker) if !was_empty && seen.len() < MOST_PAGES && seen.insert(marker.clone()) => {
                    call = call.after(marker);
                }
                _ => return Ok(items),
            }
        }
    }

    fn of(&self, service: Service) -> &OneService {
        // `Service::ALL` lists the variants in their order.
        &self.0.services[service as usize]
    }

    fn forget_versions(&self) {
        for service in &self.0.services {
            service.speaks.set(Speaks::Unasked);
        }
    }

    fn endpoint(&self, service: Service) -> Result<Endpoint, ApiError> {
        if service == Service::Identity {
            // The address that the user gave works; the catalogue's may be an internal one.
            return Ok(Endpoint::identity(&self.0.auth_url));
        }
        let token = self.token().ok_or(ApiError::SessionEnded)?;
        let region = self.region();
        token
            .catalog
            .endpoint(service, &region)
            .cloned()
            .ok_or(ApiError::NoEndpoint { service })
    }

    /// Waits for a token newer than the one that was refused. All who wait share one renewal.
    async fn renewed(&self, refused: u64) -> Result<(), ApiError> {
        if self.0.generation.get() != refused {
            return Ok(());
        }
        let underway = self.0.renewing.borrow().clone();
        let renewal = match underway {
            Some(renewal) => renewal,
            None => {
                let renew = self.0.renew.borrow().clone().ok_or(ApiError::SessionEnded)?;
                let client = self.clone();
                let renewal = async move {
                    let outcome = renew().await;
                    client.0.renewing.replace(None);
                    match outcome {
                        Ok(token) => {
                            client.adopt(token);
                            Ok(())
                        }
                        Err(ApiError::Unauthorized(_)) => Err(ApiError::SessionEnded),
                        Err(error) => Err(error),
                    }
                };
                let renewal = renewal.boxed_local().shared();
                self.0.renewing.replace(Some(renewal.clone()));
                renewal
            }
        };
        renewal.await
    }

    /// Sends a request, and sends it again after a pause where that is safe and may help.
    async fn patiently(&self, request: &Request) -> Attempt {
        let mut pauses = pauses();
        loop {
            let attempt = self.in_version(request).await;
            let again = match &attempt.outcome {
                _ if !request.method.is_safe() => false,
                Err(ApiError::Transport {
                    lost, answered_before, ..
                }) => *answered_before && *lost == Lost::Failed,
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

    /// Sends a request with the right version header, or with none.
    async fn in_version(&self, request: &Request) -> Attempt {
        let service = self.of(request.service);
        let versioned = matches!(request.service, Service::Compute | Service::BlockStorage);
        if !versioned || request.base == Base::Root {
            return self.deliver(request, None).await;
        }
        if let Err(error) = self.ask_versions(request.service).await {
            return self.failed(error);
        }
        if matches!(service.speaks.get(), Speaks::Untested(_)) && !request.method.is_safe() {
            // A creating call is no probe: when it fails nobody knows whether it was carried out.
            if let Err(error) = self.try_headers(request.service).await {
                return self.failed(error);
            }
        }
        let before = service.speaks.get();
        let attempt = self.deliver(request, self.header(request, before)).await;
        match (&attempt.outcome, before) {
            (Err(ApiError::VersionNotSupported { range, .. }), _) => {
                let lower = range.and_then(|(min, max)| negotiate(request.service, min, max));
                let style = if let Speaks::Settled(Some((style, _))) = before {
                    style
                } else {
                    Header::Standard
                };
                let now = Speaks::Settled(lower.map(|version| (style, version)));
                if now == before {
                    return attempt;
                }
                service.speaks.set(now);
                self.deliver(request, self.header(request, now)).await
            }
            (Err(ApiError::Transport { lost: Lost::Failed, .. } | ApiError::Cors { .. }), Speaks::Untested(_)) => {
                match self.try_headers(request.service).await {
                    Ok(()) => self.deliver(request, self.header(request, service.speaks.get())).await,
                    Err(error) => self.failed(error),
                }
            }
            (Err(ApiError::Transport { .. } | ApiError::MixedContent { .. }), _) => attempt,
            (_, Speaks::Untested(version)) => {
                service.speaks.set(Speaks::Settled(Some((Header::Standard, version))));
                attempt
            }
            _ => attempt,
        }
    }

    fn failed(&self, error: ApiError) -> Attempt {
        Attempt {
            generation: self.0.generation.get(),
            outcome: Err(error),
        }
    }

    /// The header for a request; a request's own version only ever lowers the session's.
    fn header(&self, request: &Request, speaks: Speaks) -> Option<(&'static str, String)> {
        let (style, version) = match speaks {
            Speaks::Unasked | Speaks::Settled(None) => return None,
            Speaks::Untested(version) => (Header::Standard, version),
            Speaks::Settled(Some(settled)) => settled,
        };
        let version = request.microversion.map_or(version, |lower| lower.min(version));
        match style {
            Header::Standard => super::microversion::header(request.service, version),
            Header::NovaLegacy => Some(("X-OpenStack-Nova-API-Version", version.to_string())),
        }
    }

    /// Reads the service's list of versions, once. Only a service that cannot be reached is an error: one that has no
    /// readable list is spoken to without a header.
    async fn ask_versions(&self, service: Service) -> Result<(), ApiError> {
        let one = self.of(service);
        if one.speaks.get() != Speaks::Unasked {
            return Ok(());
        }
        let _turn = one.asking.lock().await;
        if one.speaks.get() != Speaks::Unasked {
            return Ok(());
        }
        let call = Versions(service);
        let range = match self.deliver(&call.request(), None).await.outcome {
            Ok(response) => call.parse(response).unwrap_or_default(),
            Err(error) if error.answer().is_some() && !error.is_passing() => None,
            Err(error) => return Err(error),
        };
        let version = range.and_then(|(min, max)| negotiate(service, min, max));
        one.speaks.set(version.map_or(Speaks::Settled(None), Speaks::Untested));
        Ok(())
    }

    /// Finds out which version header the browser is allowed to send: a refused preflight looks like a lost answer, so
    /// the same harmless GET is tried with the standard header, with Nova's old one, and with none.
    async fn try_headers(&self, service: Service) -> Result<(), ApiError> {
        let one = self.of(service);
        let _turn = one.asking.lock().await;
        let Speaks::Untested(version) = one.speaks.get() else {
            return Ok(());
        };
        let probe = Request::new(service, Method::Get, "/").at_root();
        let mut ways = vec![Some((Header::Standard, version)), None];
        if service == Service::Compute {
            ways.insert(1, Some((Header::NovaLegacy, version)));
        }
        let mut last = ApiError::NoEndpoint { service };
        for way in ways {
            match self
                .deliver(&probe, self.header(&probe, Speaks::Settled(way)))
                .await
                .outcome
            {
                Err(error @ (ApiError::Transport { .. } | ApiError::Cors { .. } | ApiError::MixedContent { .. })) => {
                    last = error;
                }
                // Any answer at all means that the preflight went through.
                _ => {
                    one.speaks.set(Speaks::Settled(way));
                    return Ok(());
                }
            }
        }
        Err(last)
    }

    /// Sends a request as it is, once.
    async fn deliver(&self, request: &Request, version: Option<(&'static str, String)>) -> Attempt {
        let one = self.of(request.service);
        let place = one.gate.enter().await;
        // The token is read here, not before the wait: it may have been renewed meanwhile.
        let generation = self.0.generation.get();
        let outcome = match self.http(request, version) {
            Ok(http) => {
                let url = http.url.clone();
                let sent = self.0.transport.send(http).await;
                sent.map_err(|error| lost(request.service, &url, error, one.answered.get()))
            }
            Err(error) => Err(error),
        };
        drop(place);
        let outcome = outcome.and_then(|response| {
            one.answered.set(true);
            if response.status < 400 {
                Ok(response)
            } else {
                Err(ApiError::from_response(request, &response))
            }
        });
        Attempt { generation, outcome }
    }

    fn http(&self, request: &Request, version: Option<(&'static str, String)>) -> Result<HttpRequest, ApiError> {
        let endpoint = self.endpoint(request.service)?;
        let mut headers = vec![("Accept", Secret::from("application/json".to_owned()))];
        match &request.token {
            TokenUse::None => {}
            TokenUse::This(token) => headers.push(("X-Auth-Token", token.clone())),
            TokenUse::Session => {
                let token = self.token().ok_or(ApiError::SessionEnded)?;
                headers.push(("X-Auth-Token", token.secret.clone()));
            }
        }
        if let Some(body) = &request.body {
            headers.push(("Content-Type", body.content_type.to_owned().into()));
        }
        if let Some((name, value)) = version {
            headers.push((name, value.into()));
        }
        headers.extend(request.headers.iter().cloned());
        Ok(HttpRequest {
            method: request.method,
            url: format!(
                "{}{}{}",
                endpoint.base(request.base),
                request.path,
                query_string(&request.query)
            ),
            headers,
            body: request.body.clone(),
            timeout: request.timeout,
        })
    }
}

/// One, two and four seconds.
fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_secs(1))
        .with_factor(2.0)
        .with_max_times(3)
        .build()
}

fn lost(service: Service, url: &str, error: TransportError, answered_before: bool) -> ApiError {
    let lost = match error {
        TransportError::Cors { origin } => return ApiError::Cors { service, origin },
        TransportError::MixedContent => return ApiError::MixedContent { service },
        TransportError::Failed => Lost::Failed,
        TransportError::Offline => Lost::Offline,
        TransportError::Timeout => Lost::Timeout,
    };
    ApiError::Transport {
        service,
        host: origin_of(url).to_owned(),
        lost,
        answered_before,
    }
}
