//! The cloud under test: sign-in, waiting, and tidying up.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use carrete::model::{ImageId, ImageStatus, Server, ServerId, ServerStatus};
use carrete::openstack::block_storage::{DeleteSnapshot, ShowSnapshot};
use carrete::openstack::compute::{
    BootFrom, CreateServer, DeleteKeypair, DeleteServer, Flavors, LaunchRequest, Networks, ShowServer, launch::Nic,
};
use carrete::openstack::image::{DeleteImage, ImageChange, ListImages, PatchImage, ShowImage};
use carrete::openstack::network::{self, DeleteFloatingIp};
use carrete::openstack::{
    ApiError, Call, Client, Credentials, Domain, HttpRequest, Method, Response, Scope, Transport, TransportError,
};
use futures::FutureExt;

/// Plain HTTP. Can behave like a browser whose preflights for version headers are refused.
pub struct Http {
    client: reqwest::Client,
    pub refuses_versions: Cell<bool>,
    pub sent: Cell<usize>,
    /// What a browser would have asked for in a preflight, where it needs one.
    pub preflights: RefCell<Vec<Preflight>>,
}

/// Method, URL and names of the headers of one request.
pub type Preflight = (&'static str, String, Vec<&'static str>);

impl Http {
    /// Whether the service would let a page of `origin` send this.
    pub async fn is_allowed(&self, origin: &str, (method, url, headers): &Preflight) -> bool {
        let asking = self
            .client
            .request(reqwest::Method::OPTIONS, url)
            .header("Origin", origin)
            .header("Access-Control-Request-Method", *method)
            .header("Access-Control-Request-Headers", headers.join(",").to_lowercase());
        let answer = asking.send().await.unwrap();
        answer.headers().get("access-control-allow-origin").is_some_and(|allowed| allowed == origin)
    }
}

impl Transport for Http {
    async fn send(&self, request: HttpRequest) -> Result<Response, TransportError> {
        self.sent.set(self.sent.get() + 1);
        let headers: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
        let is_simple = matches!(request.method.word(), "GET" | "POST") && headers == ["Accept"];
        if !is_simple {
            self.preflights.borrow_mut().push((request.method.word(), request.url.clone(), headers));
        }
        let names_version = request.headers.iter().any(|(name, _)| name.to_lowercase().ends_with("api-version"));
        if names_version && self.refuses_versions.get() {
            return Err(TransportError::Failed);
        }
        let method = reqwest::Method::from_bytes(request.method.word().as_bytes()).unwrap();
        let mut sending =
            self.client.request(method, &request.url).timeout(Duration::from_secs(request.timeout.into()));
        for (name, value) in &request.headers {
            sending = sending.header(*name, value.expose());
        }
        if let Some(body) = request.body {
            sending = sending.body(body.text);
        }
        let lost = |error: reqwest::Error| {
            if error.is_timeout() { TransportError::Timeout } else { TransportError::Failed }
        };
        let answer = sending.send().await.map_err(lost)?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Response {
            status: answer.status().as_u16(),
            request_id: header("x-openstack-request-id").map(Into::into),
            subject_token: header("x-subject-token"),
            receipt: header("openstack-auth-receipt"),
            body: answer.text().await.map_err(lost)?,
        })
    }

    async fn sleep(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

/// One signed-in user, and what the test has made.
pub struct Cloud {
    pub client: Client<Http>,
    made: RefCell<Vec<Thing>>,
}

#[derive(Clone)]
pub enum Thing {
    Server(ServerId),
    Image(ImageId),
    Keypair(String),
    FloatingIp(carrete::model::FloatingIpId),
}

pub fn url() -> String {
    std::env::var("CARRETE_CLOUD_URL").unwrap_or_else(|_| "http://127.0.0.1:25000/v3".to_owned())
}

/// A Keystone of the same cloud whose tokens live some seconds only.
pub fn short_url() -> String {
    std::env::var("CARRETE_CLOUD_SHORT_URL").unwrap_or_else(|_| "http://127.0.0.1:25001/v3".to_owned())
}

pub fn password(user: &str, password: &str) -> Credentials {
    Credentials::Password {
        user: user.into(),
        user_domain: Domain::default(),
        password: password.to_owned().into(),
        totp: None,
    }
}

pub fn project(name: &str) -> Scope {
    Scope::Project { name: name.into(), domain: Domain::default() }
}

/// A client that has not signed in.
pub fn stranger(url: &str) -> Client<Http> {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    Client::new(
        Http { client, refuses_versions: Cell::new(false), sent: Cell::new(0), preflights: RefCell::default() },
        url,
    )
}

/// Runs a test as `user` in a project, and removes what it made even when it fails.
pub fn run<F: Future<Output = ()>>(user: &str, in_project: &str, test: impl FnOnce(Rc<Cloud>) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = stranger(&url());
        match client.sign_in(password(user, "testbed"), project(in_project)).await {
            Err(ApiError::Transport { host, .. }) => panic!(
                "No cloud answers at {host}. Start one with `CARRETE_CLOUD=test tests/openstack/up`, or name one in CARRETE_CLOUD_URL."
            ),
            signed_in => signed_in.unwrap(),
        };
        let cloud = Rc::new(Cloud { client, made: RefCell::default() });
        let outcome = AssertUnwindSafe(test(Rc::clone(&cloud))).catch_unwind().await;
        cloud.tidy().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

impl Cloud {
    pub async fn ok<C: Call>(&self, call: &C) -> C::Reply {
        match self.client.call(call).await {
            Ok(reply) => reply,
            Err(error) => panic!("{} {}: {error:?}", call.request().method.word(), call.request().path),
        }
    }

    pub async fn error<C: Call>(&self, call: &C) -> ApiError {
        match self.client.call(call).await {
            Ok(_) => panic!("{} {} was accepted", call.request().method.word(), call.request().path),
            Err(error) => error,
        }
    }

    pub fn made(&self, thing: Thing) {
        self.made.borrow_mut().push(thing);
    }

    pub fn forget(&self, image: &ImageId) {
        self.made.borrow_mut().retain(|thing| !matches!(thing, Thing::Image(made) if made == image));
    }

    /// A launch of the smallest kind, on the project's own network.
    pub async fn smallest(&self, name: &str) -> LaunchRequest {
        let flavors = self.client.all(Flavors::default(), |_| {}).await.unwrap();
        let flavor = flavors.iter().find(|flavor| flavor.name == "m1.nano").expect("flavor m1.nano");
        let networks = self.client.all(network::Networks::default(), |_| {}).await.unwrap();
        let network = networks.iter().find(|network| network.name == "private").expect("network private");
        LaunchRequest {
            name: name.to_owned(),
            boot: BootFrom::Image(self.tiny().await),
            flavor: flavor.id.clone(),
            networks: Networks::These(vec![Nic::Network(network.id.clone())]),
            ..LaunchRequest::default()
        }
    }

    pub async fn tiny(&self) -> ImageId {
        self.ok(&ListImages::default().with("name", "tiny")).await.items.first().expect("image tiny").id.clone()
    }

    pub async fn launch(&self, launch: LaunchRequest) -> Server {
        let server = self.ok(&CreateServer(launch)).await.id;
        self.made(Thing::Server(server.clone()));
        self.until(120, "the server is ACTIVE", async || {
            let shown = self.ok(&ShowServer(server.clone())).await;
            assert_ne!(shown.status, ServerStatus::Error, "{:?}", shown.fault);
            (shown.status == ServerStatus::Active).then_some(shown)
        })
        .await
    }

    /// Waits until the image is active and the server calm.
    pub async fn usable(&self, image: &ImageId, server: &ServerId) {
        self.until(120, "the image is active", async || {
            let shown = self.ok(&ShowImage(image.clone())).await;
            let calm = self.ok(&ShowServer(server.clone())).await.task_state.is_none();
            (shown.status == ImageStatus::Active && calm).then_some(())
        })
        .await;
    }

    /// Asks again and again until there is something.
    pub async fn until<T>(&self, seconds: u64, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
        let end = Instant::now() + Duration::from_secs(seconds);
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            assert!(Instant::now() < end, "waited {seconds} s in vain until {what}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Waits until a call says that the thing is gone.
    pub async fn gone<C: Call>(&self, call: &C) {
        self.until(90, "it is gone", async || {
            self.client.call(call).await.is_err_and(|error| error.is_not_found()).then_some(())
        })
        .await;
    }

    /// Removes in reverse order. What is gone already is no failure.
    async fn tidy(&self) {
        let made: Vec<Thing> = self.made.borrow_mut().drain(..).rev().collect();
        for thing in made {
            match thing {
                Thing::Server(id) => {
                    drop(self.client.call(&DeleteServer(id.clone())).await);
                    self.gone(&ShowServer(id)).await;
                }
                Thing::Image(id) => self.remove_image(&id).await,
                Thing::Keypair(name) => drop(self.client.call(&DeleteKeypair(name)).await),
                Thing::FloatingIp(id) => drop(self.client.call(&DeleteFloatingIp(id)).await),
            }
        }
    }

    /// The image, and then the volume snapshots that it points at.
    pub async fn remove_image(&self, id: &ImageId) {
        let Ok(image) = self.client.call(&ShowImage(id.clone())).await else {
            return;
        };
        if image.protected {
            let changes = vec![ImageChange::Protected(false)];
            drop(self.client.call(&PatchImage { image: id.clone(), changes }).await);
        }
        drop(self.client.call(&DeleteImage(id.clone())).await);
        for snapshot in snapshots_of(&image) {
            drop(self.client.call(&DeleteSnapshot(snapshot.clone())).await);
            self.gone(&ShowSnapshot(snapshot)).await;
        }
    }
}

/// The volume snapshots in `block_device_mapping`.
pub fn snapshots_of(image: &carrete::model::Image) -> Vec<carrete::model::SnapshotId> {
    let mapping = image.property("block_device_mapping").unwrap_or("[]");
    let mapping: Vec<serde_json::Value> = serde_json::from_str(mapping).unwrap();
    mapping.iter().filter_map(|disk| disk["snapshot_id"].as_str()).map(Into::into).collect()
}

/// A name that no other test uses.
pub fn unique(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    format!("contract-{what}-{now}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

pub fn metadata(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// That a call is never repeated by itself.
pub fn creates<C: Call>(call: &C) -> bool {
    call.request().method == Method::Post
}
