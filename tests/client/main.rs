//! The client against a scripted transport: renewal, replay, versions, paging, repetition.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod switching;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use carrete::model::Moment;
use carrete::openstack::compute::{CreateImage, ListServers, ShowServer};
use carrete::openstack::image::{ListImages, ShowImage};
use carrete::openstack::{
    ApiError, Call, Catalog, Client, Credentials, Domain, HttpRequest, Method, Microversion, Response, Scope, Service,
    Token, Transport, TransportError,
};
use futures::FutureExt;
use futures::executor::block_on;
use serde_json::json;

type Answers = dyn Fn(&HttpRequest) -> Result<Response, TransportError>;

/// Answers by a function, and remembers what it was asked. Each answer takes one turn of the executor, so that requests
/// made at once really are.
struct Script {
    answers: Box<Answers>,
    asked: RefCell<Vec<HttpRequest>>,
    slept: RefCell<Vec<u64>>,
    /// Pauses end at once, unless this is set: then never.
    sleeps: Cell<bool>,
    at_once: Cell<(usize, usize)>,
}

impl Transport for Script {
    async fn send(&self, request: HttpRequest) -> Result<Response, TransportError> {
        let (now, most) = self.at_once.get();
        self.at_once.set((now + 1, most.max(now + 1)));
        self.asked.borrow_mut().push(request.clone());
        turn().await;
        let (now, most) = self.at_once.get();
        self.at_once.set((now - 1, most));
        (self.answers)(&request)
    }
    async fn sleep(&self, milliseconds: u64) {
        self.slept.borrow_mut().push(milliseconds);
        if self.sleeps.get() {
            std::future::pending::<()>().await;
        }
    }
}

/// Pending once.
async fn turn() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

fn script(answers: impl Fn(&HttpRequest) -> Result<Response, TransportError> + 'static) -> Client<Script> {
    let (asked, slept) = (RefCell::default(), RefCell::default());
    let (sleeps, at_once) = (Cell::new(false), Cell::new((0, 0)));
    let script = Script { answers: Box::new(answers), asked, slept, sleeps, at_once };
    let client = Client::new(script, "https://id/v3");
    client.adopt(token("token-1"));
    client
}

fn token(secret: &str) -> Token {
    token_of("p1", secret)
}

fn token_of(project: &str, secret: &str) -> Token {
    let public = |kind: &str, url: &str| json!({"type": kind, "endpoints": [{"interface": "public", "region": "R", "url": url}]});
    let catalog = json!([
        public("compute", "https://nova/v2.1"),
        public("image", "https://glance"),
        public("block-storage", "https://cinder/v3")
    ]);
    let project = carrete::openstack::Project { id: project.into(), name: "p".into(), ..Default::default() };
    Token {
        secret: secret.to_owned().into(),
        user: Default::default(),
        catalog: Catalog::read(&catalog, Some(&project.id)),
        project: Some(project),
        roles: vec!["member".into()],
        expires_at: Some(Moment(10_000)),
        issued_at: Some(Moment(6_400)),
        answer: String::new(),
        methods: vec!["password".into()],
        application_credential: String::new(),
    }
}

fn ok(body: &str) -> Result<Response, TransportError> {
    Ok(Response { status: 200, body: body.into(), ..Response::default() })
}

fn status(status: u16, body: &str) -> Result<Response, TransportError> {
    Ok(Response { status, body: body.into(), ..Response::default() })
}

const REFUSED: &str = r#"{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}"#;

fn versions(max: &str) -> String {
    json!({"versions": [{"id": "v2.1", "version": max, "min_version": "2.1"}]}).to_string()
}

fn asked(client: &Client<Script>) -> Vec<HttpRequest> {
    client.transport().asked.borrow().clone()
}

fn urls(client: &Client<Script>) -> Vec<String> {
    asked(client).into_iter().map(|request| format!("{} {}", request.method.word(), request.url)).collect()
}

fn image() -> ShowImage {
    ShowImage("i".into())
}

fn snapshot() -> CreateImage {
    CreateImage { server: "s".into(), name: "n".into(), metadata: BTreeMap::new() }
}

const VERSION: &str = "OpenStack-API-Version";

#[test]
fn five_refused_requests_wait_for_one_renewal_and_are_repeated_once() {
    let client = script(|request| match request.header("X-Auth-Token") {
        Some("token-2") => ok(r#"{"id": "i"}"#),
        _ => status(401, REFUSED),
    });
    let renewals = Rc::new(Cell::new(0));
    let count = Rc::clone(&renewals);
    client.set_renew(Rc::new(move || {
        let count = Rc::clone(&count);
        async move {
            for _ in 0..50 {
                turn().await;
            }
            count.set(count.get() + 1);
            Ok(token("token-2"))
        }
        .boxed_local()
    }));
    let call = image();
    let replies = block_on(futures::future::join_all((0..5).map(|_| client.call(&call))));
    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
    assert_eq!(renewals.get(), 1);
    let replayed = asked(&client).iter().filter(|r| r.header("x-auth-token") == Some("token-2")).count();
    assert!(replayed == 5 && asked(&client).len() <= 10, "{}", asked(&client).len());
    assert_eq!(client.transport().at_once.get().1, 4, "no more than four at once");
}

#[test]
fn a_creating_call_is_repeated_after_a_refused_token_because_it_was_not_carried_out() {
    let client = script(|request| match (request.url.as_str(), request.header("X-Auth-Token")) {
        ("https://nova/", _) => ok(&versions("2.100")),
        (_, Some("token-2")) => status(202, r#"{"image_id": "i"}"#),
        _ => status(401, REFUSED),
    });
    client.set_renew(Rc::new(|| async { Ok(token("token-2")) }.boxed_local()));
    assert_eq!(block_on(client.call(&snapshot())).unwrap().image, Some("i".into()));
}

#[test]
fn a_second_refusal_ends_the_session() {
    let client = script(|_| status(401, REFUSED));
    client.set_renew(Rc::new(|| async { Ok(token("token-2")) }.boxed_local()));
    assert_eq!(block_on(client.call(&image())), Err(ApiError::SessionEnded));
    assert_eq!(asked(&client).len(), 2);
}

#[test]
fn a_renewal_that_fails_tells_why_and_may_be_tried_again() {
    let client = script(|request| match request.header("X-Auth-Token") {
        Some("token-2") => ok(r#"{"id": "i"}"#),
        _ => status(401, REFUSED),
    });
    assert_eq!(block_on(client.call(&image())), Err(ApiError::SessionEnded), "nobody renews");
    let offline = ApiError::NoEndpoint { service: Service::Identity };
    let answer = Rc::new(RefCell::new(vec![Ok(token("token-2")), Err(offline.clone())]));
    client.set_renew(Rc::new(move || {
        let next = answer.borrow_mut().pop().unwrap();
        async move { next }.boxed_local()
    }));
    assert_eq!(block_on(client.call(&image())), Err(offline));
    assert!(block_on(client.call(&image())).is_ok());
}

#[test]
fn a_wrong_password_is_no_reason_to_renew() {
    let client = script(|_| status(401, REFUSED));
    client.set_renew(Rc::new(|| panic!("renewed")));
    let credentials = Credentials::Password {
        user: "u".into(),
        user_domain: Default::default(),
        password: "hunter2".into(),
        totp: None,
    };
    let error = block_on(client.sign_in(credentials, Scope::Unscoped)).unwrap_err();
    assert!(matches!(error, ApiError::Unauthorized(_)), "{error:?}");
    assert_eq!(urls(&client), ["POST https://id/v3/auth/tokens"]);
    assert_eq!(asked(&client)[0].header("X-Auth-Token"), None);
}

#[test]
fn a_token_is_renewed_before_it_is_too_short() {
    let client = script(|_| ok("{}"));
    let renewals = Rc::new(Cell::new(0));
    let count = Rc::clone(&renewals);
    client.set_renew(Rc::new(move || {
        count.set(count.get() + 1);
        async { Ok(token("token-2")) }.boxed_local()
    }));
    block_on(client.ensure_fresh(1800, Moment(8_000))).unwrap();
    assert_eq!(renewals.get(), 0);
    block_on(client.ensure_fresh(1800, Moment(8_500))).unwrap();
    assert_eq!(renewals.get(), 1);
}

#[test]
fn the_newest_version_is_tried_first_and_by_nova_and_cinder_only() {
    let client = script(|request| match request.url.as_str() {
        url if url.starts_with("https://cinder") => ok(r#"{"volume": {"id": "v"}}"#),
        url if url.starts_with("https://glance") => ok(r#"{"id": "i"}"#),
        url if url.ends_with("/action") => status(202, r#"{"image_id": "i"}"#),
        _ => ok(r#"{"server": {"id": "s"}}"#),
    });
    let show = ShowServer("s".into());
    let both = block_on(futures::future::join(client.call(&show), client.call(&show)));
    assert!(both.0.is_ok() && both.1.is_ok());
    block_on(client.call(&carrete::openstack::block_storage::ShowVolume("v".into()))).unwrap();
    block_on(client.call(&image())).unwrap();
    block_on(client.call(&snapshot())).unwrap();
    let sent: Vec<(String, Option<String>)> =
        asked(&client).iter().map(|r| (r.url.clone(), r.header(VERSION).map(str::to_owned))).collect();
    let expected = [
        ("https://nova/v2.1/servers/s", Some("compute 2.72")),
        ("https://nova/v2.1/servers/s", Some("compute 2.72")),
        ("https://cinder/v3/p1/volumes/v", Some("volume 3.70")),
        ("https://glance/v2/images/i", None),
        ("https://nova/v2.1/servers/s/action", Some("compute 2.72")),
    ];
    assert_eq!(sent, expected.map(|(url, version)| (url.to_owned(), version.map(str::to_owned))));
    assert_eq!(client.microversion(Service::Compute), Some(Microversion(2, 72)));
}

#[test]
fn versions_are_asked_for_once_where_the_newest_is_refused() {
    let client = script(|request| match (request.url.as_str(), request.header(VERSION)) {
        ("https://nova/", _) => ok(&versions("2.60")),
        (_, Some("compute 2.60")) => ok(r#"{"server": {"id": "s"}}"#),
        _ => status(406, r#"{"computeFault": {"code": 406, "message": "No."}}"#),
    });
    let show = ShowServer("s".into());
    let both = block_on(futures::future::join(client.call(&show), client.call(&show)));
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(client.microversion(Service::Compute), Some(Microversion(2, 60)));
    let lists: Vec<HttpRequest> = asked(&client).into_iter().filter(|it| it.url == "https://nova/").collect();
    assert_eq!(lists.len(), 1);
    assert_eq!(lists[0].header("X-Auth-Token"), None, "no preflight for the list of versions");
    let before = asked(&client).len();
    assert!(block_on(client.call(&show)).is_ok());
    assert_eq!(asked(&client).len(), before + 1, "it is known now");
}

/// Nova says whether it knows a version only to whoever it lets in, and a proxy may answer for it.
#[test]
fn an_answer_without_success_is_no_proof_of_the_newest_version() {
    for (code, body) in [(503, ""), (404, r#"{"itemNotFound": {"code": 404, "message": "No."}}"#)] {
        let client = script(move |_| status(code, body));
        assert!(block_on(client.call(&ShowServer("s".into()))).is_err());
        assert_eq!((client.microversion(Service::Compute), client.is_reduced()), (None, false), "{code}");
    }
}

#[test]
fn a_creating_call_asks_for_versions_first() {
    let client = script(|request| match (request.method, request.url.as_str()) {
        (_, "https://nova/") => ok(&versions("2.100")),
        _ => status(202, r#"{"image_id": "i"}"#),
    });
    block_on(client.call(&snapshot())).unwrap();
    let sent = asked(&client);
    assert_eq!(sent[0].url, "https://nova/");
    assert_eq!(sent.last().unwrap().header(VERSION), Some("compute 2.72"));
    assert_eq!(sent.iter().filter(|request| request.method == Method::Post).count(), 1);
}

/// A browser that refuses every preflight with one of these headers.
fn refuses(headers: &'static [&'static str]) -> Client<Script> {
    script(move |request| {
        if headers.iter().any(|name| request.header(name).is_some()) {
            return Err(TransportError::Failed);
        }
        match (request.method, request.url.as_str()) {
            (_, "https://nova/") => ok(&versions("2.100")),
            (Method::Post, _) => status(202, ""),
            _ => ok(r#"{"server": {"id": "s"}}"#),
        }
    })
}

#[test]
fn a_refused_version_header_is_left_out() {
    let client = refuses(&[VERSION, "X-OpenStack-Nova-API-Version"]);
    assert!(block_on(client.call(&ShowServer("s".into()))).is_ok());
    assert!(client.is_reduced());
    let before = asked(&client).len();
    assert_eq!(block_on(client.call(&snapshot())).unwrap().image, None);
    assert_eq!(asked(&client).len(), before + 1, "it is known now");
    assert!(client.transport().slept.borrow().is_empty());
}

#[test]
fn a_creating_call_is_never_the_probe() {
    let client = refuses(&[VERSION, "X-OpenStack-Nova-API-Version"]);
    assert_eq!(block_on(client.call(&snapshot())).unwrap().image, None);
    assert_eq!(asked(&client).iter().filter(|request| request.method == Method::Post).count(), 1);
}

#[test]
fn novas_old_header_is_tried_before_none() {
    let client = refuses(&[VERSION]);
    assert!(block_on(client.call(&ShowServer("s".into()))).is_ok());
    assert_eq!(asked(&client).last().unwrap().header("X-OpenStack-Nova-API-Version"), Some("2.72"));
    assert!(!client.is_reduced());
}

#[test]
fn a_cloud_that_cannot_be_reached_is_not_taken_for_an_old_one() {
    let client = script(|_| Err(TransportError::Cors { origin: "https://me".into() }));
    let error = block_on(client.call(&ShowServer("s".into()))).unwrap_err();
    assert_eq!(error, ApiError::Cors { service: Service::Compute, origin: "https://me".into() });
    assert_eq!((client.microversion(Service::Compute), client.is_reduced()), (None, false));
}

#[test]
fn a_version_that_is_refused_is_lowered() {
    let client = script(|request| match (request.url.as_str(), request.header(VERSION)) {
        ("https://nova/", _) => ok(&versions("2.100")),
        (_, Some("compute 2.69")) => ok(r#"{"server": {"id": "s"}}"#),
        _ => status(
            406,
            r#"{"computeFault": {"code": 406, "message": "Version 2.72 is not supported by the API. Minimum is 2.1 and maximum is 2.69."}}"#,
        ),
    });
    assert!(block_on(client.call(&ShowServer("s".into()))).is_ok());
    assert_eq!(client.microversion(Service::Compute), Some(Microversion(2, 69)));
    assert!(block_on(client.call(&ShowServer("s".into()))).is_ok());
    assert_eq!(asked(&client).len(), 3);
}

#[test]
fn pages_follow_markers_and_arrive_one_by_one() {
    let client = script(|request| match request.url.split_once("marker=") {
        None => ok(r#"{"images": [{"id": "1"}, {"id": "2"}], "next": "/v2/images?marker=2&limit=2"}"#),
        Some((_, "2")) => ok(r#"{"images": [{"id": "3"}], "next": "/v2/images?marker=3"}"#),
        _ => ok(r#"{"images": []}"#),
    });
    let mut seen = Vec::new();
    let images = block_on(client.all(ListImages::default(), |page| seen.push(page.len()))).unwrap();
    assert_eq!((images.len(), seen), (3, vec![2, 1, 0]));
    assert!(urls(&client).iter().all(|url| url.starts_with("GET https://glance/v2/images?limit=500&sort=")));
}

#[test]
fn a_list_that_goes_in_circles_ends() {
    let client = script(|_| ok(r#"{"images": [{"id": "1"}], "next": "/v2/images?marker=1"}"#));
    assert_eq!(block_on(client.all(ListImages::default(), |_| {})).unwrap().len(), 2);
    let client = script(|request| match request.url.as_str() {
        url if url.starts_with("https://nova/v2.1/servers/detail") => {
            ok(r#"{"servers": [], "servers_links": [{"rel": "next", "href": "http://x/?marker=1"}]}"#)
        }
        other => panic!("{other} was asked"),
    });
    assert!(block_on(client.all(ListServers::default(), |_| {})).unwrap().is_empty());
    assert_eq!(asked(&client).len(), 1);
}

#[test]
fn reading_is_repeated_with_growing_pauses_creating_never() {
    let failing = Rc::new(Cell::new(true));
    let fails = Rc::clone(&failing);
    let client = script(move |request| match request.url.as_str() {
        "https://nova/" => ok(&versions("2.100")),
        _ if fails.get() => status(503, "<html><h1>503</h1></html>"),
        _ => ok(r#"{"id": "i"}"#),
    });
    assert!(matches!(block_on(client.call(&image())), Err(ApiError::Server(_))));
    assert_eq!(*client.transport().slept.borrow(), [1000, 2000, 4000]);
    let tries = asked(&client).len();
    assert!(matches!(block_on(client.read_once(&image())), Err(ApiError::Server(_))));
    assert_eq!(asked(&client).len(), tries + 1, "for another program it is tried once");
    let before = asked(&client).len();
    assert!(block_on(client.call(&snapshot())).is_err());
    assert_eq!(asked(&client).iter().skip(before).filter(|request| request.method == Method::Post).count(), 1);
    failing.set(false);
    assert!(block_on(client.call(&image())).is_ok());
}

#[test]
fn a_lost_answer_is_looked_for_only_where_looking_is_all_it_does() {
    let up = Rc::new(Cell::new(false));
    let is_up = Rc::clone(&up);
    let client = script(move |request| match request.url.as_str() {
        "https://nova/" => ok(&versions("2.100")),
        _ if is_up.get() => ok(r#"{"id": "i", "server": {"id": "s"}}"#),
        _ => Err(TransportError::Failed),
    });
    let lost = block_on(client.call(&image())).unwrap_err();
    assert!(matches!(lost, ApiError::Transport { answered_before: false, .. }) && lost.is_uncertain(), "{lost:?}");
    assert_eq!(asked(&client).len(), 1, "a service that never answered is not asked again");
    up.set(true);
    block_on(client.call(&image())).unwrap();
    block_on(client.call(&ShowServer("s".into()))).unwrap();
    up.set(false);
    let before = asked(&client).len();
    let lost = block_on(client.call(&image())).unwrap_err();
    assert!(matches!(lost, ApiError::Transport { answered_before: true, .. }));
    assert_eq!(asked(&client).len() - before, 4);
    assert!(block_on(client.call(&snapshot())).unwrap_err().is_uncertain());
    assert_eq!(asked(&client).iter().filter(|request| request.method == Method::Post).count(), 1);
}

#[test]
fn an_error_of_an_unreachable_service_names_only_its_host() {
    let client = script(|_| Err(TransportError::Timeout));
    let error = block_on(client.call(&image())).unwrap_err();
    assert!(matches!(&error, ApiError::Transport { host, .. } if host == "https://glance"), "{error:?}");
    assert_eq!(asked(&client).len(), 1);
}

#[test]
fn what_the_project_does_not_have_is_told() {
    let client = script(|_| ok("{}"));
    let error = block_on(client.call(&carrete::openstack::network::Networks::default())).unwrap_err();
    assert_eq!(error, ApiError::NoEndpoint { service: Service::Network });
    assert!(client.has(Service::Compute) && !client.has(Service::Network));
    assert_eq!(client.region(), "R");
    block_on(client.sign_out());
    assert_eq!(block_on(client.call(&image())), Err(ApiError::SessionEnded));
}

#[test]
fn nothing_shows_the_token() {
    let client = script(|request| match request.url.as_str() {
        "https://glance/v2/images/i" => status(500, "token-1 is echoed by nobody"),
        _ => status(401, REFUSED),
    });
    let error = block_on(client.call(&image())).unwrap_err();
    let shown = format!("{:?} {:?} {:?} {client:?}", asked(&client), client.token(), error.request_id());
    assert!(!shown.contains("token-1"), "{shown}");
    let ended = block_on(client.call(&ListImages::default())).unwrap_err();
    assert!(!format!("{ended:?} {ended}").contains("token-1"));
}

#[test]
fn a_proxys_error_page_after_good_answers_is_not_taken_for_missing_cors() {
    let up = Rc::new(Cell::new(true));
    let is_up = Rc::clone(&up);
    let client = script(move |_| match is_up.get() {
        true => ok(r#"{"id": "i"}"#),
        false => Err(TransportError::Cors { origin: "https://me".into() }),
    });
    block_on(client.call(&image())).unwrap();
    up.set(false);
    let error = block_on(client.call(&image())).unwrap_err();
    assert!(matches!(error, ApiError::Transport { answered_before: true, .. }), "{error:?}");
}

#[test]
fn a_service_whose_preflight_fails_is_missing_cors_even_if_its_versions_can_be_read() {
    let client = script(|request| match request.url.as_str() {
        "https://nova/" if request.header("X-Auth-Token").is_none() => ok(&versions("2.100")),
        _ => Err(TransportError::Cors { origin: "https://me".into() }),
    });
    let error = block_on(client.call(&ShowServer("s".into()))).unwrap_err();
    assert_eq!(error, ApiError::Cors { service: Service::Compute, origin: "https://me".into() });
    assert!(!client.is_reduced());
}

#[test]
fn what_was_asked_for_already_is_taken_once() {
    let client = script(|_| ok(r#"{"id": "asked"}"#));
    let early = || futures::future::ready(Some(Response::good(r#"{"id": "early"}"#.into()))).boxed_local();
    let id = |client: &Client<Script>| block_on(client.call(&image())).unwrap().id.to_string();
    client.expect(image().request(), early());
    let other = ShowImage("another".into());
    assert_eq!(block_on(client.call(&other)).unwrap().id.to_string(), "asked", "another call does not take it");
    assert_eq!((id(&client), id(&client)), ("early".into(), "asked".into()));
    client.expect(image().request(), futures::future::ready(None).boxed_local());
    assert_eq!(id(&client), "asked", "where nothing came it is asked for");
    client.expect(image().request(), early());
    client.adopt(token("token-2"));
    assert_eq!(id(&client), "asked", "it belonged to another token");
    client.expect(image().request(), early());
    client.set_region("elsewhere");
    assert!(block_on(client.call(&image())).is_err(), "it belonged to another region");
}

#[test]
fn what_is_expected_goes_before_everything_else_for_a_moment() {
    let client = script(|_| ok(r#"{"id": "asked"}"#));
    let (tell, told) = futures::channel::oneshot::channel::<()>();
    let early = async move {
        told.await.ok()?;
        Some(Response::good(r#"{"id": "early"}"#.into()))
    };
    client.transport().sleeps.set(true);
    client.expect(image().request(), early.boxed_local());
    let other = ShowImage("another".into());
    let work = async {
        let mine = image();
        futures::join!(client.call(&mine), client.call(&other), async {
            turn().await;
            turn().await;
            assert!(asked(&client).is_empty(), "the other waits");
            tell.send(()).unwrap();
        })
    };
    let (first, second, ()) = block_on(work);
    assert_eq!((first.unwrap().id.as_str(), second.unwrap().id.as_str()), ("early", "asked"));

    // It does not come: nobody waits for long.
    client.transport().sleeps.set(false);
    client.expect(image().request(), futures::future::pending().boxed_local());
    assert!(block_on(client.call(&other)).is_ok());
    assert_eq!(client.transport().slept.borrow().last(), Some(&500));
}

const ANSWER: &str = r#"{"token": {"user": {"id": "u"}, "project": {"id": "p1"}, "methods": ["password"]}}"#;

fn issued() -> Result<Response, TransportError> {
    Ok(Response { status: 201, body: ANSWER.into(), subject_token: Some("new".into()), ..Response::default() })
}

fn ana() -> Credentials {
    Credentials::Password { user: "ana".into(), user_domain: Domain::default(), password: "x".into(), totp: None }
}

/// Without a type the browser sends no preflight; what stands before Keystone may want one.
#[test]
fn a_sign_in_says_the_type_of_its_body_only_where_that_is_missing() {
    let types = |refusal: Option<Result<Response, TransportError>>| {
        let client = script(move |request| match (request.header("Content-Type"), &refusal) {
            (None, Some(refusal)) => refusal.clone(),
            _ => issued(),
        });
        let outcome = block_on(client.sign_in(ana(), Scope::Unscoped)).is_ok();
        let types: Vec<_> =
            asked(&client).iter().map(|request| request.header("Content-Type").map(str::to_owned)).collect();
        (types, outcome)
    };
    let json = Some("application/json".to_owned());
    assert_eq!(types(None), (vec![None], true));
    for helps in [400, 403, 415] {
        assert_eq!(types(Some(status(helps, "no"))), (vec![None, json.clone()], true), "{helps}");
    }
    assert_eq!(types(Some(Err(TransportError::Failed))), (vec![None, json.clone()], true));
    // A wrong password counts against the account: never twice.
    assert_eq!(types(Some(status(401, REFUSED))), (vec![None], false));
    assert_eq!(types(Some(status(500, "no"))), (vec![None], false));
    assert_eq!(types(Some(Err(TransportError::Timeout))), (vec![None], false));
}

#[test]
fn a_token_that_cannot_be_exchanged_is_taken_as_it_is_where_it_is_of_the_project() {
    let client = script(|request| match request.method.word() {
        "GET" => ok(ANSWER),
        _ => status(403, "allow_rescope_scoped_token"),
    });
    let given = Credentials::Token("given".to_owned().into());
    let token = block_on(client.token_for(given.clone(), Scope::Unscoped)).unwrap();
    assert_eq!(token.expose(), "given");
    assert!(block_on(client.token_for(given.clone(), Scope::ProjectId("p1".into()))).is_ok());
    let error = block_on(client.token_for(given, Scope::ProjectId("p2".into()))).unwrap_err();
    assert!(matches!(error, ApiError::Forbidden(_)), "{error:?}");
}
