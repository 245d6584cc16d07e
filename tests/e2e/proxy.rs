//! The fault proxy's own tests: a page's requests to the real cloud, through each of its actions.

use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Value, json};

use crate::harness::fixture;
use crate::support::browser::{Browser, Settings};
use crate::support::cloud::{self, Cloud, Lease, PASSWORD, ServerSpec};
use crate::support::proxy::{Action, Action::*, Answer, Proxy, Service::*, any, to};
use crate::support::site::{REFUSED_PORT, Site};
use crate::support::wait;

/// A page on an allowed origin that can ask anything, signed in natively for the token.
struct Desk {
    cloud: Cloud,
    proxy: Proxy,
    browser: Browser,
    _site: Site,
    _lease: Lease,
}

impl Desk {
    async fn new() -> Self {
        let lease = Lease::take().await;
        let cloud = Cloud::sign_in(&lease.user).await;
        cloud.tidy().await;
        let proxy = Proxy::start(&cloud.upstreams()).await;
        let site = Site::start(&fixture("plain"), "/").await;
        let browser = Browser::start(Settings::default()).await;
        browser.goto(&site.url).await;
        Self { cloud, proxy, browser, _site: site, _lease: lease }
    }

    /// What the page gets to know of a request.
    async fn ask(&self, url: &str, options: &Value) -> Value {
        let script = "const done = arguments[2]; ask(arguments[0], arguments[1]).then(done)";
        let answer = self.browser.driver.execute_async(script, vec![json!(url), options.clone()]).await;
        answer.unwrap().json().clone()
    }
    fn with_token(&self) -> Value {
        json!({"headers": {"X-Auth-Token": self.cloud.token(), "Accept": "application/json"}})
    }
    async fn get(&self, url: &str) -> Value {
        self.ask(url, &self.with_token()).await
    }
    async fn post_nova(&self, path: &str, body: &Value) -> Value {
        let mut options = self.with_token();
        options["method"] = json!("POST");
        options["body"] = json!(body.to_string());
        options["headers"]["Content-Type"] = json!("application/json");
        options["headers"]["OpenStack-API-Version"] = json!("compute 2.96");
        self.ask(&format!("{}/v2.1{path}", self.proxy.url(Nova)), &options).await
    }
    async fn end(self) {
        self.cloud.tidy().await;
        self.browser.quit().await;
    }
}

fn refused() -> Value {
    json!({"error": "TypeError"})
}

fn login(user: &str) -> Value {
    let domain = json!({"name": "Default"});
    json!({"method": "POST", "headers": {"Content-Type": "application/json"}, "body": json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {"name": user, "domain": domain, "password": PASSWORD}}},
        "scope": {"project": {"name": user, "domain": domain}}}}).to_string()})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_signs_in_and_reaches_every_service_through_it() {
    let desk = Desk::new().await;
    let answer = desk.ask(&format!("{}/auth/tokens", desk.proxy.auth_url()), &login(&desk.cloud.user)).await;
    assert_eq!(answer["status"], 201);
    assert!(
        answer["token"].as_str().is_some_and(|token| token.starts_with("gAAAA")),
        "the token is readable across origins"
    );
    let body = answer["body"].as_str().unwrap();
    let catalogue: Value = serde_json::from_str(body).unwrap();
    for (service, kind, rest) in [
        (Keystone, "identity", "/auth/projects"),
        (Nova, "compute", "/servers"),
        (Glance, "image", "/v2/images"),
        (Neutron, "network", "/v2.0/networks"),
        (Cinder, "block-storage", "/volumes"),
        (Mistral, "workflowv2", "/workflows"),
    ] {
        let entries = catalogue["token"]["catalog"].as_array().unwrap();
        let entry =
            entries.iter().find(|entry| entry["type"] == kind).unwrap_or_else(|| panic!("{kind} in the catalogue"));
        let url = entry["endpoints"][0]["url"].as_str().unwrap();
        assert!(url.starts_with(desk.proxy.url(service)), "{kind} is at {url}");
        let answer = desk.get(&format!("{url}{rest}")).await;
        assert_eq!(answer["status"], 200, "{kind} {rest}: {answer}");
        assert_eq!(desk.proxy.count(&to(service).get(rest)), 1);
        assert_eq!(desk.proxy.preflights(&to(service).get(rest)).len(), 1);
    }
    assert!(desk.proxy.log().iter().all(|seen| seen.forwarded && seen.faults.is_empty()));
    assert_eq!(desk.browser.unexpected().await, Vec::<String>::new());
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cors_is_refused_by_one_service_only() {
    let desk = Desk::new().await;
    desk.browser.expect_failed_requests();
    let glance = format!("{}/v2/images", desk.proxy.url(Glance));
    let nova = format!("{}/v2.1/servers", desk.proxy.url(Nova));
    let rule = desk.proxy.when(to(Glance), StripCors).add();
    assert_eq!(desk.get(&glance).await, refused());
    assert_eq!(desk.get(&nova).await["status"], 200);
    assert_eq!(desk.proxy.count(&to(Glance)), 0, "after such a preflight no request is sent");
    // Without a header of its own the request is simple: the service gets it, only the answer is withheld.
    assert_eq!(desk.ask(desk.proxy.url(Glance), &json!({})).await, refused());
    assert_eq!(desk.proxy.count(&to(Glance)), 1);
    desk.proxy.remove(rule);
    assert_eq!(desk.get(&glance).await["status"], 200);

    let version = json!({"headers": {"X-Auth-Token": desk.cloud.token(), "OpenStack-API-Version": "compute 2.96"}});
    let details = format!("{nova}/detail");
    let rule = desk.proxy.when(to(Nova), RefuseHeader("openstack-api-version")).add();
    assert_eq!(desk.ask(&details, &version).await, refused());
    assert_eq!(desk.get(&details).await["status"], 200, "without the header it is an old Nova like any other");
    desk.proxy.remove(rule);
    desk.proxy.when(to(Nova).method(Method::DELETE), RefusePreflight).add();
    let mut delete = desk.with_token();
    delete["method"] = json!("DELETE");
    assert_eq!(desk.ask(&format!("{nova}/none"), &delete).await, refused());
    assert_eq!(desk.get(&format!("{nova}/none")).await["status"], 404);
    assert_eq!(desk.proxy.count(&to(Nova).delete("/none")), 0);
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_not_a_lost_request() {
    let desk = Desk::new().await;
    desk.browser.expect_failed_requests();
    let server = desk.cloud.server(ServerSpec::new("web1")).await;
    let action = format!("/servers/{}/action", server.id);
    let create = |name: &str| json!({"createImage": {"name": name}});
    let snapshots = to(Nova).post("/action").body("createImage");

    let name = desk.cloud.name("before");
    let rule = desk.proxy.when(snapshots.clone(), CutBeforeForward).times(1).add();
    assert_eq!(desk.post_nova(&action, &create(&name)).await, refused());
    assert_eq!((desk.proxy.fired(rule), desk.proxy.count(&snapshots)), (1, 1));
    assert!(!desk.proxy.seen(&snapshots)[0].forwarded);
    assert_eq!(desk.cloud.images_named(&name).await.len(), 0, "Nova never heard of it");

    let name = desk.cloud.name("after");
    desk.proxy.when(snapshots.clone(), CutAfterForward).times(1).add();
    assert_eq!(desk.post_nova(&action, &create(&name)).await, refused());
    assert_eq!(desk.proxy.count(&snapshots), 2, "the browser did not repeat it");
    desk.cloud.wait_for_image(&name).await;
    desk.cloud.wait_until_idle(&server.id).await;

    assert_eq!(desk.post_nova(&action, &create(&desk.cloud.name("third"))).await["status"], 202);
    assert_eq!(desk.proxy.seen(&snapshots)[2].json()["createImage"]["name"], desk.cloud.name("third").as_str());
    desk.cloud.wait_until_idle(&server.id).await;
    desk.end().await;
}

/// Why a page can never be sure how often Nova got its request: Chromium repeats even a POST, without telling the page, if
/// the connection had been used before and dies before an answer.
#[tokio::test(flavor = "multi_thread")]
async fn chromium_itself_repeats_a_post_on_a_used_connection() {
    let desk = Desk::new().await;
    desk.proxy.keep_alive(true);
    let snapshots = to(Nova).post("/action");
    assert_eq!(desk.post_nova("/servers/none/action", &json!({"createImage": {"name": "x"}})).await["status"], 404);
    desk.proxy.when(snapshots.clone(), CutAfterForward).times(1).add();
    let answer = desk.post_nova("/servers/none/action", &json!({"createImage": {"name": "x"}})).await;
    assert_eq!(answer["status"], 404, "the page sees one answer");
    assert_eq!(desk.proxy.count(&snapshots), 3, "Nova saw the second request twice");
    desk.browser.expect_failed_requests();
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_can_be_late_missing_made_up_cut_short_or_changed() {
    let desk = Desk::new().await;
    desk.browser.expect_failed_requests();
    let images = format!("{}/v2/images", desk.proxy.url(Glance));
    let list = to(Glance).get("/v2/images");

    let rule = desk.proxy.when(list.clone(), Delay(Duration::from_millis(700))).skip(1).times(1).add();
    let mut took = Vec::new();
    for _ in 0..3 {
        let begun = Instant::now();
        assert_eq!(desk.get(&images).await["status"], 200);
        took.push(begun.elapsed());
    }
    // How long the others take is the machine's affair.
    let late: Vec<_> = desk.proxy.seen(&list).iter().map(|seen| !seen.faults.is_empty()).collect();
    assert_eq!(late, [false, true, false], "only the second is late");
    assert!(took[1] >= Duration::from_millis(700), "it took {took:?}");
    desk.proxy.remove(rule);

    let answer = Answer::json(503, &json!({"message": "maintenance"})).header("retry-after", "7");
    desk.proxy.when(list.clone(), Replace(answer.clone())).times(1).add();
    desk.proxy.when(list.clone(), Replace(answer.without_cors())).skip(1).times(1).add();
    let seen = desk.get(&images).await;
    assert_eq!((&seen["status"], &seen["body"]), (&json!(503), &json!("{\"message\":\"maintenance\"}")));
    assert_eq!(desk.get(&images).await, refused(), "a load balancer's answer cannot be read");
    desk.proxy.clear();

    desk.proxy.when(list.clone(), TruncateBody).times(1).add();
    assert_eq!(desk.get(&images).await, refused());
    desk.proxy.when(list.clone(), Action::edit(|body| body["images"] = json!([]))).times(1).add();
    let seen = desk.get(&images).await;
    assert!(seen["body"].as_str().unwrap().contains("\"images\":[]"), "{seen}");
    desk.proxy.clear();

    desk.proxy.when(list.clone(), Hang).add();
    let mark = desk.proxy.mark();
    desk.browser
        .js(&format!("ask('{images}', {}).then(answer => {{ globalThis.hung = answer }})", desk.with_token()))
        .await;
    wait::until_true("the request", Duration::from_secs(5), async || !desk.proxy.since(mark).is_empty()).await;
    wait::never("an answer came", Duration::from_millis(500), async || {
        let hung = desk.browser.js("return globalThis.hung ?? null").await;
        (!hung.is_null()).then(|| hung.to_string())
    })
    .await;
    assert_eq!(desk.proxy.seen(&list).last().unwrap().status, None);
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_by_a_page_that_asks_nothing() {
    let desk = Desk::new().await;
    let mark = desk.proxy.mark();
    desk.browser.hide().await;
    wait::never("a request", Duration::from_millis(500), async || {
        desk.proxy.since(mark).first().map(ToString::to_string)
    })
    .await;
    assert_eq!(desk.proxy.count(&any()), 0);
    desk.browser.show().await;
    desk.end().await;
}

/// Not the proxy's doing: the cloud itself allows only the test's own origins, and its tokens can be short-lived.
#[tokio::test(flavor = "multi_thread")]
async fn the_cloud_refuses_other_origins_and_knows_short_tokens() {
    let desk = Desk::new().await;
    desk.browser.expect_failed_requests();
    let elsewhere = Site::start_on(REFUSED_PORT, &fixture("plain"), "/").await;
    desk.browser.goto(&elsewhere.url).await;
    for service in [Keystone, Nova, Glance, Neutron, Cinder, Mistral] {
        assert_eq!(desk.get(desk.proxy.url(service)).await, refused(), "{service:?}");
    }
    let short = Cloud::sign_in_to(&cloud::short_keystone(), &desk.cloud.user, &desk.cloud.user).await;
    assert_eq!(short.attempt(Method::GET, Glance, "/images?limit=1", None).await.0, 200);
    wait::until_true("the token to expire", Duration::from_secs(40), async || {
        short.attempt(Method::GET, Glance, "/images?limit=1", None).await.0 == 401
    })
    .await;
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_that_matters_comes_along_in_a_snapshot() {
    let lease = Lease::take().await;
    let cloud = Cloud::sign_in(&lease.user).await;
    cloud.tidy().await;
    for spec in [ServerSpec::new("files"), ServerSpec::new("volume").volume_backed()] {
        let server = cloud.server(spec).await;
        assert!(!cloud.has_file(&server.id, "the file that matters").await);
        cloud.write_file(&server.id, "the file that matters").await;
        assert!(cloud.has_file(&server.id, "the file that matters").await);
    }
    let server = cloud.server_named(&cloud.name("files")).await.unwrap();
    let id = server["id"].as_str().unwrap();
    let image = cloud.snapshot(id, &cloud.name("copy")).await;
    cloud.wait_for_image(&cloud.name("copy")).await;
    let (status, content) = cloud.attempt(Method::GET, Glance, &format!("/images/{image}/file"), None).await;
    assert_eq!(status, 200);
    assert!(content.as_str().unwrap().contains("the file that matters"));
    cloud.tidy().await;
}
