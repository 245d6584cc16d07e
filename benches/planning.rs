//! How long planning and health take for a large project: 500 servers with 40 backups each, a third of the servers on two
//! volumes. Prints the median of seven. Nothing here fails for being slow.
//!
//!     cargo bench --bench planning
//!     make bench-planning                  the same in Chromium

#![cfg_attr(target_arch = "wasm32", no_main)]

use std::hint::black_box;

use carrete::backup::index::Index;
use carrete::backup::{Policy, health, leftovers, policy, retention, simulation};
use carrete::model::{Image, ImageStatus, Moment, ProjectId, Server, ServerStatus, VolumeSnapshot, VolumeStatus};

use here::{now_ms, say};

const SERVERS: usize = 500;
const BACKUPS: usize = 40;
const NOW: Moment = Moment(1_795_428_000);
const DAY: i64 = 86_400;

/// The lists of a project, as the services send them.
struct Project {
    id: ProjectId,
    servers: Vec<Server>,
    images: Vec<Image>,
    snapshots: Vec<VolumeSnapshot>,
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    all();
}

/// Natively: what this thread has had of the processor, where Linux tells, so that other work on the machine does not count.
#[cfg(not(target_arch = "wasm32"))]
mod here {
    pub fn now_ms() -> f64 {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        told.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
    }

    pub fn say(line: &str) {
        println!("{line}");
    }
}

/// In a browser the clock on the wall is all there is.
#[cfg(target_arch = "wasm32")]
mod here {
    use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn planning() {
        super::all();
    }

    pub fn now_ms() -> f64 {
        web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
    }

    pub fn say(line: &str) {
        console_log!("{line}");
    }
}

fn all() {
    let project = project();
    let (servers, images, snapshots) = (project.servers.len(), project.images.len(), project.snapshots.len());
    say(&format!("{servers} servers, {images} images, {snapshots} volume snapshots; median of seven"));
    let Project { id, servers, images, snapshots } = &project;
    let index = Index::of(images, snapshots, servers, id);
    measure("index: what each image is, grouped", || Index::of(images, snapshots, servers, id));
    measure("plan: items and retention of every server", || {
        let mut gone = 0;
        for server in servers {
            let Some(Ok(policy)) = policy::of_server(server) else { continue };
            let items = index.items(&server.id, policy::BACKUP_TYPE);
            gone += retention::forget(items, &policy.keep).iter().filter(|it| it.is_removed()).count();
        }
        gone
    });
    measure("health: with leftovers", || health::of(&index, NOW, None));
    measure("leftovers alone", || leftovers::find(&index, NOW));
    measure("all of it: index, plan and health", || {
        let index = Index::of(images, snapshots, servers, id);
        let mut gone = 0;
        for server in servers {
            let Some(Ok(policy)) = policy::of_server(server) else { continue };
            let items = index.items(&server.id, policy::BACKUP_TYPE);
            gone += retention::forget(items, &policy.keep).iter().filter(|it| it.is_removed()).count();
        }
        (gone, health::of(&index, NOW, None))
    });
    let Ok(hourly) = Policy::parse("last=3 hourly=24 daily=14 weekly=4 monthly=6; every=1h at=00:00Z") else { return };
    measure("simulation: 2160 runs, 51 kept", || simulation::simulate(&hourly, Vec::new(), NOW, 90 * DAY));
}

fn measure<T>(what: &str, run: impl Fn() -> T) {
    // The first runs compile, in a browser.
    for _ in 0..2 {
        black_box(run());
    }
    let mut times = [0.0; 7].map(|_: f64| {
        let start = now_ms();
        black_box(run());
        now_ms() - start
    });
    times.sort_by(f64::total_cmp);
    let (least, median) = (times[0], times[3]);
    say(&format!("{what:45} {median:>8.2} ms ({least:.2} at least)"));
}

fn project() -> Project {
    let mut all = Project { id: "p1".into(), servers: Vec::new(), images: Vec::new(), snapshots: Vec::new() };
    for s in 0..SERVERS {
        let id = format!("5e4e5e4e-0000-4000-8000-{s:012}");
        let mut server = Server {
            id: id.as_str().into(),
            name: format!("server-{s}"),
            status: ServerStatus::Active,
            project_id: "p1".into(),
            created: Some(NOW.plus(-400 * DAY)),
            ..Server::default()
        };
        let policy = "last=3 daily=7 weekly=4 monthly=6; every=day at=03:00Z";
        server.metadata.insert("carrete_policy".to_owned(), policy.to_owned());
        all.servers.push(server);
        for b in 0..BACKUPS {
            backup(&mut all, s, b, &id);
        }
    }
    all
}

/// With the properties that a libvirt cloud writes.
fn backup(all: &mut Project, s: usize, b: usize, server: &str) {
    let id = format!("1ma9e000-{b:04}-4000-8000-{s:012}");
    let mut image = Image {
        id: id.as_str().into(),
        name: format!("server-{s}-2026-11-{b:02}-03-00-00"),
        status: ImageStatus::Active,
        owner: "p1".into(),
        size: Some(3 << 30),
        created_at: Some(NOW.plus(-(b as i64) * DAY - 7 * 3_600)),
        ..Image::default()
    };
    let mut set = |key: &str, value: &str| _ = image.properties.insert(key.to_owned(), value.into());
    for (key, value) in [
        ("image_type", "backup"),
        ("backup_type", "carrete"),
        ("instance_uuid", server),
        ("carrete_op", id.as_str()),
        ("carrete_server", server),
        ("user_id", "0123456789abcdef0123456789abcdef"),
        ("owner_user_name", "demo"),
        ("owner_project_name", "demo"),
        ("boot_roles", "member,reader"),
        ("base_image_ref", "ba5e0000-0000-4000-8000-000000000000"),
        ("image_location", "snapshot"),
        ("image_state", "available"),
        ("os_distro", "debian"),
        ("hw_machine_type", "q35"),
        ("hw_rng_model", "virtio"),
        ("owner_specified.openstack.md5", ""),
        ("self", "/v2/images/1"),
        ("file", "/v2/images/1/file"),
        ("schema", "/v2/schemas/image"),
    ] {
        set(key, value);
    }
    if s.is_multiple_of(3) {
        let mut entries = Vec::new();
        for (disk, device) in ["/dev/vda", "/dev/vdb"].into_iter().enumerate() {
            let snapshot = format!("5a9e{disk}000-{b:04}-4000-8000-{s:012}");
            entries.push(format!(
                r#"{{"device_type": "disk", "volume_type": null, "boot_index": {disk}, "encryption_secret_uuid": null, "disk_bus": "virtio", "attachment_id": null, "encryption_format": null, "no_device": false, "snapshot_id": "{snapshot}", "source_type": "snapshot", "device_name": "{device}", "volume_id": null, "guest_format": null, "encrypted": false, "delete_on_termination": false, "volume_size": 20, "destination_type": "volume", "tag": null, "image_id": null, "encryption_options": null}}"#
            ));
            all.snapshots.push(VolumeSnapshot {
                id: snapshot.as_str().into(),
                name: format!("snapshot for {}", image.name),
                status: VolumeStatus::Available,
                size: 20,
                created_at: image.created_at,
                ..VolumeSnapshot::default()
            });
        }
        image.size = Some(0);
        image.properties.insert("block_device_mapping".to_owned(), format!("[{}]", entries.join(", ")).into());
        image.properties.insert("carrete_image".to_owned(), id.as_str().into());
        image.properties.insert("root_device_name".to_owned(), "/dev/vda".into());
        image.properties.insert("bdm_v2".to_owned(), "True".into());
    }
    all.images.push(image);
}
