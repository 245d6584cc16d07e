//! The test's own view of the cloud, without a browser: prepares servers, observes what the page did, and tidies up.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use reqwest::Method;
use serde_json::{Value, json};

use super::proxy::{Service, Service::*, Upstreams};
use super::wait::{self, CLOUD_PATIENCE};

pub const PASSWORD: &str = "testbed";

/// Keystone's root, without `/v3`: of `CARRETE_CLOUD_URL`, or the test cloud's.
pub fn keystone() -> String {
    let url = std::env::var("CARRETE_CLOUD_URL").unwrap_or_else(|_| "http://127.0.0.1:25000/v3".into());
    let url = url.trim_end_matches('/');
    url.strip_suffix("/v3").unwrap_or(url).to_owned()
}
/// A second Keystone of the same cloud, whose tokens live for seconds only.
pub fn short_keystone() -> String {
    std::env::var("CARRETE_CLOUD_SHORT_URL").unwrap_or_else(|_| "http://127.0.0.1:25001".into())
}

/// A user who has a project of that name to himself, and nobody else uses either until this is dropped.
pub struct Lease {
    pub user: String,
    _lock: File,
}

impl Lease {
    pub async fn take() -> Self {
        let folder = std::env::temp_dir().join("carrete-e2e-users");
        std::fs::create_dir_all(&folder).unwrap();
        wait::until("a user of e2e1 to e2e6 that no other test uses", Duration::from_secs(240), async || {
            for number in 1..=6 {
                let user = format!("e2e{number}");
                let lock = File::create(folder.join(&user)).unwrap();
                if lock.try_lock().is_ok() {
                    return Ok(Self { user, _lock: lock });
                }
            }
            Err("all are taken".into())
        })
        .await
    }
}

/// What a server shall be like; unsaid, it boots at once from the image `tiny`.
#[derive(Default)]
pub struct ServerSpec {
    name: String,
    volume: bool,
    second_volume: bool,
    metadata: BTreeMap<String, String>,
}

impl ServerSpec {
    /// `stem` becomes a name that no other test has: see [`Cloud::name`].
    pub fn new(stem: &str) -> Self {
        Self { name: stem.into(), ..Self::default() }
    }
    pub fn volume_backed(mut self) -> Self {
        self.volume = true;
        self
    }
    /// Boots from a volume and has another one besides.
    pub fn two_volumes(mut self) -> Self {
        self.volume = true;
        self.second_volume = true;
        self
    }
    pub fn policy(self, policy: &str) -> Self {
        self.metadata("carrete_policy", policy)
    }
    pub fn snapshot_takes(self, seconds: u32) -> Self {
        self.metadata("testbed_snapshot_seconds", seconds)
    }
    pub fn spawn_takes(self, seconds: u32) -> Self {
        self.metadata("testbed_spawn_seconds", seconds)
    }
    pub fn snapshot_fails(self) -> Self {
        self.metadata("testbed_fail_snapshot", true)
    }
    pub fn spawn_fails(self) -> Self {
        self.metadata("testbed_fail_spawn", true)
    }
    fn metadata(mut self, key: &str, value: impl ToString) -> Self {
        self.metadata.insert(key.into(), value.to_string());
        self
    }
}

#[derive(Clone, Debug)]
pub struct Server {
    pub id: String,
    pub name: String,
}

pub struct Cloud {
    pub user: String,
    pub project_id: String,
    tag: String,
    token: String,
    roots: BTreeMap<Service, String>,
    client: reqwest::Client,
}

impl Cloud {
    /// Signs in as `user` to the project of the same name.
    pub async fn sign_in(user: &str) -> Self {
        Self::sign_in_to(&keystone(), user, user).await
    }

    pub async fn sign_in_to(keystone: &str, user: &str, project: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        let domain = json!({"name": "Default"});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {"name": user, "domain": domain, "password": PASSWORD}}},
            "scope": {"project": {"name": project, "domain": domain}}}});
        let answer = client.post(format!("{keystone}/v3/auth/tokens")).json(&body).send().await;
        let answer = answer.unwrap_or_else(|error| panic!("the test cloud does not answer: {error}"));
        assert_eq!(answer.status(), 201, "signing in to {keystone}");
        let token = answer.headers()["x-subject-token"].to_str().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        let mut roots = BTreeMap::from([(Keystone, format!("{keystone}/v3"))]);
        for entry in body["token"]["catalog"].as_array().unwrap() {
            let service = match entry["type"].as_str().unwrap() {
                "compute" => Nova,
                "image" => Glance,
                "network" => Neutron,
                "block-storage" => Cinder,
                "workflow" | "workflowv2" => Mistral,
                _ => continue,
            };
            let endpoints = entry["endpoints"].as_array().unwrap().iter();
            let public = endpoints.filter(|end| end["interface"] == "public" && end["region"] == "RegionOne");
            let url = public.map(|end| end["url"].as_str().unwrap()).next().unwrap();
            let url = if service == Glance { format!("{url}/v2") } else { url.to_owned() };
            roots.insert(service, if service == Neutron { format!("{url}/v2.0") } else { url });
        }
        let project_id = body["token"]["project"]["id"].as_str().unwrap().to_owned();
        Self { user: user.into(), project_id, tag: super::tag(), token, roots, client }
    }

    /// The same test's things, seen by a client of its own.
    pub async fn again(user: &str, tag: String) -> Self {
        Self { tag, ..Self::sign_in(user).await }
    }

    pub fn tag(&self) -> String {
        self.tag.clone()
    }

    /// What a fault proxy in front of this cloud shall forward to.
    pub fn upstreams(&self) -> Upstreams {
        let origin = |url: &String| url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        Upstreams(self.roots.iter().map(|(&service, url)| (service, origin(url))).collect())
    }
    pub fn token(&self) -> &str {
        &self.token
    }

    /// `e2e-STEM-TAG`: no other test has this tag, and what is left of a broken run is known by the beginning.
    pub fn name(&self, stem: &str) -> String {
        format!("e2e-{stem}-{}", self.tag)
    }

    /// Any call; the path begins below the catalogue's URL (with the version). Panics on an answer of 400 or more.
    pub async fn call(&self, method: Method, service: Service, path: &str, body: Option<Value>) -> Value {
        let (status, body) = self.attempt(method.clone(), service, path, body).await;
        assert!(status < 400, "{method} {service:?} {path}: {status} {body}");
        body
    }
    /// The same for calls that may fail: the status and the body.
    pub async fn attempt(&self, method: Method, service: Service, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = self.client.request(method, format!("{}{path}", self.roots[&service]));
        request = request.header("X-Auth-Token", &self.token).header("Accept", "application/json");
        if path == "/auth/tokens" {
            request = request.header("X-Subject-Token", &self.token);
        }
        if service == Nova {
            request = request.header("OpenStack-API-Version", "compute 2.96");
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
    pub async fn get(&self, service: Service, path: &str) -> Value {
        self.call(Method::GET, service, path, None).await
    }
    async fn list(&self, service: Service, path: &str, key: &str) -> Vec<Value> {
        self.get(service, path).await[key].as_array().cloned().unwrap_or_default()
    }

    pub async fn create_server(&self, spec: ServerSpec) -> Server {
        let name = self.name(&spec.name);
        let image = self.image_id("tiny").await;
        let flavors = self.list(Nova, "/flavors", "flavors").await;
        let flavor = flavors.iter().find(|flavor| flavor["name"] == "m1.nano").expect("flavor m1.nano")["id"].clone();
        let networks = self.list(Neutron, "/networks?name=private", "networks").await;
        let network =
            networks.iter().find(|net| net["project_id"] == self.project_id.as_str()).expect("a network")["id"].clone();
        let mut server =
            json!({"name": name, "flavorRef": flavor, "networks": [{"uuid": network}], "metadata": spec.metadata});
        if spec.volume {
            let mut disks = vec![json!({"boot_index": 0, "uuid": image, "source_type": "image",
                "destination_type": "volume", "volume_size": 1, "delete_on_termination": true})];
            if spec.second_volume {
                disks.push(json!({"boot_index": -1, "source_type": "blank", "destination_type": "volume",
                    "volume_size": 1, "delete_on_termination": true}));
            }
            server["block_device_mapping_v2"] = json!(disks);
        } else {
            server["imageRef"] = json!(image);
        }
        let made = self.call(Method::POST, Nova, "/servers", Some(json!({"server": server}))).await;
        Server { id: made["server"]["id"].as_str().unwrap().into(), name }
    }

    /// Creates it and waits until it is active.
    pub async fn server(&self, spec: ServerSpec) -> Server {
        let server = self.create_server(spec).await;
        self.wait_for_server(&server.id, "ACTIVE").await;
        server
    }
    pub async fn wait_for_server(&self, id: &str, status: &str) -> Value {
        wait::until(&format!("server {id} to be {status}"), CLOUD_PATIENCE, async || {
            let server = self.get(Nova, &format!("/servers/{id}")).await["server"].clone();
            if server["status"] == status {
                Ok(server)
            } else {
                Err(format!("it is {} {}", server["status"], server["fault"]))
            }
        })
        .await
    }
    /// Until no snapshot or backup of it runs.
    pub async fn wait_until_idle(&self, id: &str) {
        wait::until(&format!("server {id} to have no task"), CLOUD_PATIENCE, async || {
            let task = self.get(Nova, &format!("/servers/{id}")).await["server"]["OS-EXT-STS:task_state"].clone();
            if task.is_null() { Ok(()) } else { Err(format!("its task is {task}")) }
        })
        .await;
    }
    pub async fn server_named(&self, name: &str) -> Option<Value> {
        let servers = self.list(Nova, "/servers/detail", "servers").await;
        servers.into_iter().find(|server| server["name"] == name)
    }

    async fn image_id(&self, name: &str) -> String {
        let images = self.list(Glance, &format!("/images?name={name}"), "images").await;
        images.first().unwrap_or_else(|| panic!("no image {name}"))["id"].as_str().unwrap().into()
    }
    /// None once Glance does not know it any more.
    pub async fn image(&self, id: &str) -> Option<Value> {
        let (status, image) = self.attempt(Method::GET, Glance, &format!("/images/{id}"), None).await;
        (status == 200).then_some(image)
    }
    /// The project's own images, newest first, with any further filter of Glance's (`&name=x`).
    pub async fn images(&self, filter: &str) -> Vec<Value> {
        self.list(
            Glance,
            &format!("/images?owner={}&limit=1000&sort=created_at:desc{filter}", self.project_id),
            "images",
        )
        .await
    }
    pub async fn images_named(&self, name: &str) -> Vec<Value> {
        self.images(&format!("&name={name}")).await
    }
    pub async fn wait_for_image(&self, name: &str) -> Value {
        wait::until(&format!("image {name} to be active"), CLOUD_PATIENCE, async || {
            let images = self.images_named(name).await;
            match images.first() {
                Some(image) if image["status"] == "active" => Ok(image.clone()),
                Some(image) => Err(format!("it is {}", image["status"])),
                None => Err("it does not exist".into()),
            }
        })
        .await
    }
    /// Backups of one server, newest first.
    pub async fn backups(&self, server: &str, backup_type: &str) -> Vec<Value> {
        self.images(&format!("&image_type=backup&instance_uuid={server}&backup_type={backup_type}")).await
    }
    /// Asks Nova for a snapshot and gives the image's id; it is not ready yet.
    pub async fn snapshot(&self, server: &str, name: &str) -> String {
        let body = json!({"createImage": {"name": name}});
        let made = self.call(Method::POST, Nova, &format!("/servers/{server}/action"), Some(body)).await;
        made["image_id"].as_str().unwrap().into()
    }
    /// Glance dates images to the second and sorts equal dates by id: whatever comes next is certainly newer.
    pub async fn backup(&self, server: &str, name: &str, backup_type: &str, rotation: u32) -> String {
        let body = json!({"createBackup": {"name": name, "backup_type": backup_type, "rotation": rotation}});
        let made = self.call(Method::POST, Nova, &format!("/servers/{server}/action"), Some(body)).await;
        let answered = SystemTime::now();
        wait::until_true("another second to begin", wait::PATIENCE, async || {
            second(SystemTime::now()) > second(answered)
        })
        .await;
        made["image_id"].as_str().unwrap().into()
    }
    pub async fn key_pair(&self, stem: &str) -> String {
        let name = self.name(stem);
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9Zc1Ydi2dLsVf8mmYEDnBqI7nXcFt2tS4ZEk2Y0E2y carrete-test";
        let body = json!({"keypair": {"name": name, "type": "ssh", "public_key": key}});
        self.call(Method::POST, Nova, "/os-keypairs", Some(body)).await;
        name
    }
    /// The addresses of the project's floating IPs that lead to this server.
    pub async fn floating_ips(&self, server: &str) -> Vec<String> {
        let ports = self.list(Neutron, &format!("/ports?device_id={server}"), "ports").await;
        let ips = self.list(Neutron, "/floatingips", "floatingips").await;
        let leads_there = |ip: &&Value| ports.iter().any(|port| port["id"] == ip["port_id"]);
        ips.iter().filter(leads_there).map(|ip| ip["floating_ip_address"].as_str().unwrap().into()).collect()
    }
    /// Cinder's snapshots that belong to an image of a volume-backed server.
    pub async fn volume_snapshots(&self, image_name: &str) -> Vec<Value> {
        let name = format!("snapshot for {image_name}");
        let all = self.list(Cinder, "/snapshots/detail", "snapshots").await;
        all.into_iter().filter(|snapshot| snapshot["name"] == name.as_str()).collect()
    }
    /// All of Cinder's snapshots in the project that belong to images of this test.
    pub async fn own_volume_snapshots(&self) -> Vec<Value> {
        let all = self.list(Cinder, "/snapshots/detail", "snapshots").await;
        all.into_iter()
            .filter(|snapshot| snapshot["name"].as_str().is_some_and(|name| name.contains(&self.tag)))
            .collect()
    }
    /// Mistral's cron triggers in the project.
    pub async fn triggers(&self) -> Vec<Value> {
        self.list(Mistral, "/cron_triggers", "cron_triggers").await
    }
    /// Another policy, as a colleague's browser or command would set it.
    pub async fn set_policy(&self, server: &str, policy: &str) {
        let body = json!({"metadata": {"carrete_policy": policy}});
        self.call(Method::POST, Nova, &format!("/servers/{server}/metadata"), Some(body)).await;
    }
    /// An application credential with all of the user's roles: its id and secret.
    pub async fn application_credential(&self) -> (String, String) {
        let user = self.get(Keystone, "/auth/tokens").await["token"]["user"]["id"].as_str().unwrap().to_owned();
        let path = format!("/users/{user}/application_credentials");
        for old in self.list(Keystone, &path, "application_credentials").await {
            self.attempt(Method::DELETE, Keystone, &format!("{path}/{}", old["id"].as_str().unwrap()), None).await;
        }
        let body = json!({"application_credential": {"name": self.name("credential")}});
        let made = self.call(Method::POST, Keystone, &path, Some(body)).await["application_credential"].clone();
        (made["id"].as_str().unwrap().into(), made["secret"].as_str().unwrap().into())
    }
    /// A token that an application credential was given.
    pub async fn token_of_credential(&self, id: &str, secret: &str) -> String {
        let credential = json!({"id": id, "secret": secret});
        let body = json!({"auth": {"identity": {"methods": ["application_credential"], "application_credential": credential}}});
        let answer =
            self.client.post(format!("{}/auth/tokens", self.roots[&Keystone])).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        answer.headers()["x-subject-token"].to_str().unwrap().to_owned()
    }
    /// Revokes a token as an administrator's hand would: the services refuse it at once.
    pub async fn revoke(&self, token: &str) {
        let request = self.client.delete(format!("{}/auth/tokens", self.roots[&Keystone]));
        let answer = request.header("X-Auth-Token", token).header("X-Subject-Token", token).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    }

    /// How many GiB of volumes and volume snapshots the project may have; `tidy` takes the limit away again.
    pub async fn limit_gigabytes(&self, most: u64) {
        let (admin, path) = (Self::sign_in("admin").await, format!("/os-quota-sets/{}", self.project_id));
        admin.call(Method::PUT, Cinder, &path, Some(json!({"quota_set": {"gigabytes": most}}))).await;
    }
    /// The GiB that count for that limit.
    pub async fn gigabytes_used(&self) -> u64 {
        self.get(Cinder, "/limits").await["limits"]["absolute"]["totalGigabytesUsed"].as_u64().unwrap()
    }
    async fn lift_limits(&self) {
        let path = format!("/os-quota-sets/{}", self.project_id);
        let (now, usual) = (self.get(Cinder, &path).await, self.get(Cinder, &format!("{path}/defaults")).await);
        if now["quota_set"]["gigabytes"] != usual["quota_set"]["gigabytes"] {
            let usual = json!({"quota_set": {"gigabytes": usual["quota_set"]["gigabytes"]}});
            Self::sign_in("admin").await.call(Method::PUT, Cinder, &path, Some(usual)).await;
        }
    }

    /// A user who may work in this project until the role is taken away; gone when dropped, however the test ends.
    pub async fn guest(&self) -> Guest {
        let admin = Self::sign_in_to(&keystone(), "admin", "admin").await;
        let name = self.name("guest");
        let user = json!({"user": {"name": name, "password": PASSWORD, "domain_id": "default"}});
        let user = admin.call(Method::POST, Keystone, "/users", Some(user)).await;
        let user = user["user"]["id"].as_str().unwrap().to_owned();
        let roles = admin.list(Keystone, "/roles?name=member", "roles").await;
        let grant = format!("/projects/{}/users/{user}/roles/{}", self.project_id, roles[0]["id"].as_str().unwrap());
        admin.call(Method::PUT, Keystone, &grant, None).await;
        Guest { name, user, grant, admin }
    }

    /// Where the cloud keeps a server's root disk: a file on this machine.
    pub async fn disk(&self, server: &str) -> PathBuf {
        let attached = self.list(Nova, &format!("/servers/{server}/os-volume_attachments"), "volumeAttachments").await;
        // The first device is the root disk: Nova promises no order.
        match attached.iter().min_by_key(|volume| volume["device"].as_str()) {
            Some(volume) => {
                data_folder().join("cinder/volumes").join(format!("volume-{}", volume["volumeId"].as_str().unwrap()))
            }
            None => data_folder().join("nova/instances").join(server).join("disk"),
        }
    }
    /// Puts the file that matters on the server.
    pub async fn write_file(&self, server: &str, text: &str) {
        let mut disk = File::options().write(true).open(self.disk(server).await).unwrap();
        disk.seek(SeekFrom::Start(MARKER_AT)).unwrap();
        disk.write_all(text.as_bytes()).unwrap();
    }
    /// Is it there?
    pub async fn has_file(&self, server: &str, text: &str) -> bool {
        let Ok(mut disk) = File::open(self.disk(server).await) else { return false };
        let mut found = vec![0; text.len()];
        disk.seek(SeekFrom::Start(MARKER_AT)).unwrap();
        disk.read_exact(&mut found).is_ok() && found == text.as_bytes()
    }

    /// Deletes everything in the project whose name begins with `e2e-`: of this test, and what a broken run left behind.
    pub async fn tidy(&self) {
        self.lift_limits().await;
        let named = |what: &Value| what["name"].as_str().is_some_and(|name| name.contains("e2e-"));
        let id = |what: &Value| what["id"].as_str().unwrap().to_owned();
        let servers: Vec<_> = self.list(Nova, "/servers/detail", "servers").await.into_iter().filter(named).collect();
        for ip in self.list(Neutron, "/floatingips", "floatingips").await {
            self.attempt(Method::DELETE, Neutron, &format!("/floatingips/{}", id(&ip)), None).await;
        }
        for trigger in self.triggers().await {
            // A project's other triggers are other tests'.
            let name = trigger["name"].as_str().unwrap_or_default();
            if servers.iter().any(|server| name.contains(&id(server))) {
                self.attempt(Method::DELETE, Mistral, &format!("/cron_triggers/{}", id(&trigger)), None).await;
            }
        }
        for server in &servers {
            self.attempt(Method::DELETE, Nova, &format!("/servers/{}", id(server)), None).await;
        }
        for image in self.images("").await.iter().filter(|image| named(image)) {
            if image["protected"] == true {
                let change = json!([{"op": "replace", "path": "/protected", "value": false}]);
                self.patch_image(&id(image), &change).await;
            }
            self.attempt(Method::DELETE, Glance, &format!("/images/{}", id(image)), None).await;
        }
        for pair in self.list(Nova, "/os-keypairs", "keypairs").await {
            let pair = &pair["keypair"];
            if named(pair) {
                let name = pair["name"].as_str().unwrap();
                self.attempt(Method::DELETE, Nova, &format!("/os-keypairs/{name}"), None).await;
            }
        }
        wait::until("the test's servers to be gone", CLOUD_PATIENCE, async || {
            let left = self.list(Nova, "/servers", "servers").await.iter().filter(|server| named(server)).count();
            if left == 0 { Ok(()) } else { Err(format!("{left} are left")) }
        })
        .await;
        for snapshot in self.list(Cinder, "/snapshots", "snapshots").await.iter().filter(|snapshot| named(snapshot)) {
            self.attempt(Method::DELETE, Cinder, &format!("/snapshots/{}", id(snapshot)), None).await;
        }
        // Volumes that Nova made for a server have no name.
        let volumes = self.list(Cinder, "/volumes", "volumes").await;
        for volume in volumes.iter().filter(|volume| named(volume) || volume["name"] == "") {
            self.attempt(Method::DELETE, Cinder, &format!("/volumes/{}", id(volume)), None).await;
        }
    }
    /// Protects an image against deletion, as anybody else could.
    pub async fn protect(&self, id: &str) {
        self.patch_image(id, &json!([{"op": "replace", "path": "/protected", "value": true}])).await;
    }
    /// Its data, of no length.
    pub async fn upload_nothing(&self, id: &str) {
        let request = self.client.put(format!("{}/images/{id}/file", self.roots[&Glance]));
        let request = request.header("X-Auth-Token", &self.token).header("Content-Type", "application/octet-stream");
        let answer = request.body("").send().await.unwrap();
        assert!(answer.status().is_success(), "uploading to image {id}: {}", answer.status());
    }
    pub async fn patch_image(&self, id: &str, change: &Value) {
        let request =
            self.client.patch(format!("{}/images/{id}", self.roots[&Glance])).header("X-Auth-Token", &self.token);
        let request = request.header("Content-Type", "application/openstack-images-v2.1-json-patch");
        let answer = request.body(change.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "changing image {id}: {}", answer.status());
    }
}

pub struct Guest {
    pub name: String,
    user: String,
    grant: String,
    admin: Cloud,
}

impl Guest {
    pub async fn loses_the_role(&self) {
        self.admin.call(Method::DELETE, Keystone, &self.grant, None).await;
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let path = format!("/users/{}", self.user);
        let delete = self.admin.attempt(Method::DELETE, Keystone, &path, None);
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(delete));
    }
}

const MARKER_AT: u64 = 4096;

fn second(moment: SystemTime) -> u64 {
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// The test cloud's data: `CARRETE_CLOUD_DATA`, or where `tests/openstack/up` puts it.
fn data_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("CARRETE_CLOUD_DATA") {
        return folder.into();
    }
    let cache = std::env::var_os("CARRETE_CACHE").map(PathBuf::from).unwrap_or_else(|| {
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
        std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("carrete")
    });
    cache.join("openstack/test")
}
