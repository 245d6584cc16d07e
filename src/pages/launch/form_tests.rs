use crate::model::json::FromJson;
use serde_json::{Value, json};

use super::*;

fn read<T: FromJson>(value: Value) -> T {
    T::from_json(&value).expect("a record")
}

/// What a cloud offers to the owner of `web1`.
struct Cloud {
    flavors: Vec<Flavor>,
    networks: Vec<Network>,
    groups: Vec<SecurityGroup>,
    keys: Vec<Keypair>,
    floating_ips: Vec<FloatingIp>,
    servers: Vec<Server>,
    volumes: VolumeLimits,
}

impl Cloud {
    fn new() -> Self {
        Self {
            flavors: read(json!([
                {"id": "2", "name": "small", "ram": 2048, "vcpus": 1, "disk": 20},
                {"id": "1", "name": "nano", "ram": 512, "vcpus": 1, "disk": 1},
                {"id": "3", "name": "large", "ram": 8192, "vcpus": 4, "disk": 80},
            ])),
            networks: read(json!([
                {"id": "out", "name": "public", "router:external": true, "subnets": ["s"]},
                {"id": "in", "name": "private", "subnets": ["s"]},
                {"id": "bare", "name": "without a subnet", "subnets": []},
            ])),
            groups: read(json!([{"id": "g1", "name": "default"}, {"id": "g2", "name": "web"}])),
            keys: read(json!([{"name": "mine"}])),
            floating_ips: Vec::new(),
            servers: read(json!([{
                "id": "s1", "name": "web1", "flavor": {"original_name": "large"}, "key_name": "hers",
                "addresses": {"private": []}, "security_groups": [{"name": "web"}, {"name": "web"}],
            }])),
            volumes: VolumeLimits::default(),
        }
    }

    fn offer(&self) -> Offer<'_> {
        Offer {
            flavors: Some(&self.flavors),
            networks: Some(&self.networks),
            groups: Some(&self.groups),
            keys: Some(&self.keys),
            floating_ips: Some(&self.floating_ips),
            servers: Some(&self.servers),
            compute: None,
            volumes: Some(&self.volumes),
        }
    }
}

fn snapshot() -> Image {
    read(json!({"id": "i", "name": "web1-snap", "status": "active", "size": 3_000_000_000u64, "min_disk": 5,
        "image_type": "snapshot", "instance_uuid": "s1"}))
}

fn plain() -> Image {
    read(json!({"id": "i", "name": "debian-12", "status": "active", "size": 300, "min_disk": 0}))
}

fn of_volumes() -> Image {
    read(json!({"id": "v", "name": "snap", "status": "active", "size": 0,
        "block_device_mapping": "[{\"snapshot_id\": \"a\", \"volume_size\": 8, \"boot_index\": 0}, {\"snapshot_id\": \"b\", \"volume_size\": 2}]"}))
}

/// As the page fills it in.
fn filled(image: &Image, offer: Offer<'_>) -> Typed {
    Typed {
        name: default_name(image, offer),
        flavor: default_flavor(image, offer).unwrap_or_default(),
        networks: default_networks(image, offer),
        groups: default_groups(image, offer),
        key: default_key(image, offer),
        ..Typed::default()
    }
}

fn reason(typed: &Typed, image: &Image, offer: Offer<'_>) -> String {
    spec(typed, image, offer).expect_err("a reason").key
}

#[test]
fn a_snapshot_is_launched_like_its_source() {
    let cloud = Cloud::new();
    let typed = filled(&snapshot(), cloud.offer());
    assert_eq!(typed.name, "web1-2");
    assert_eq!(typed.flavor.as_str(), "3");
    assert_eq!(typed.networks, ["in".into()]);
    assert_eq!(typed.groups, ["g2".into()]);
    assert_eq!(typed.key, "mine", "a key pair of somebody else cannot be used");
    let spec = spec(&typed, &snapshot(), cloud.offer()).expect("complete");
    assert_eq!(spec.networks, Networks::These(vec!["in".into()]));
    assert_eq!(spec.floating_ip, FloatingIpChoice::Allocate { network: "out".into() });
    assert!(!spec.has_user_data);
}

#[test]
fn without_a_source_the_smallest_and_the_only_ones_are_taken() {
    let mut cloud = Cloud::new();
    cloud.servers = read(json!([{"id": "x", "name": "debian-12-2"}]));
    let typed = filled(&plain(), cloud.offer());
    assert_eq!(typed.name, "debian-12-3", "a name that is taken is passed over");
    assert_eq!(typed.flavor.as_str(), "1");
    assert_eq!(typed.networks, ["in".into()]);
    assert_eq!(typed.groups, ["g1".into()]);
    cloud.networks.push(read(json!({"id": "in2", "name": "other", "subnets": ["s"]})));
    cloud.keys.push(read(json!({"name": "second"})));
    assert_eq!(default_networks(&plain(), cloud.offer()), [], "of several, none is the obvious one");
    assert_eq!(default_key(&plain(), cloud.offer()), "");
}

#[test]
fn a_flavor_that_does_not_fit_is_no_default_and_no_launch() {
    let cloud = Cloud::new();
    let mut image = plain();
    image.min_disk = 10;
    assert_eq!(default_flavor(&image, cloud.offer()).map(|id| id.0).as_deref(), Some("2"));
    let typed = Typed { flavor: "1".into(), ..filled(&image, cloud.offer()) };
    assert_eq!(reason(&typed, &image, cloud.offer()), "blocked.flavor_disk");
    let typed = Typed { volume: Some((Some(10), true)), ..typed };
    assert!(spec(&typed, &image, cloud.offer()).is_ok(), "with a volume the flavor's disk plays no role");
    let typed = Typed { volume: Some((Some(9), true)), ..typed };
    assert_eq!(reason(&typed, &image, cloud.offer()), "blocked.volume_size");
}

#[test]
fn the_first_thing_that_is_missing_is_told() {
    let cloud = Cloud::new();
    let image = plain();
    let whole = filled(&image, cloud.offer());
    let told = |typed: Typed| reason(&typed, &image, cloud.offer());
    assert_eq!(told(Typed { name: String::new(), ..whole.clone() }), "launch.need_name");
    assert_eq!(told(Typed { name: " a".into(), ..whole.clone() }), "invalid.outer_space");
    assert_eq!(told(Typed { flavor: "gone".into(), ..whole.clone() }), "launch.need_flavor");
    assert_eq!(told(Typed { networks: Vec::new(), ..whole.clone() }), "launch.need_network");
    assert_eq!(told(Typed { networks: vec!["out".into()], ..whole.clone() }), "launch.need_network");
    assert_eq!(told(Typed { key: NEW_KEY.into(), ..whole.clone() }), "launch.need_key");
    assert_eq!(told(Typed { volume: Some((None, true)), ..whole.clone() }), "launch.need_size");
    assert_eq!(told(Typed { user_data: "x".repeat(50_000), ..whole.clone() }), "invalid.too_long");
    let waiting = Offer { flavors: None, ..cloud.offer() };
    assert_eq!(reason(&whole, &image, waiting), "blocked.loading");
    let queued: Image = read(json!({"id": "i", "status": "queued"}));
    assert_eq!(reason(&whole, &queued, cloud.offer()), "blocked.image_status");
}

#[test]
fn a_volume_backed_image_makes_its_own_volumes_within_the_quota() {
    let mut cloud = Cloud::new();
    let image = of_volumes();
    let typed = Typed { volume: Some((Some(50), true)), ..filled(&image, cloud.offer()) };
    let spec = spec(&typed, &image, cloud.offer()).expect("complete");
    assert_eq!(spec.boot_volume, None, "no second boot volume");
    let lines = summary(&spec, &image, cloud.offer());
    let volumes = lines.iter().find(|line| line.key == "launch.summary_volumes").expect("the volumes");
    assert_eq!(volumes, &Message::new("launch.summary_volumes").count("n", 2).count("size", 10));
    cloud.volumes.max_total_volume_gigabytes = 9;
    assert_eq!(reason(&typed, &image, cloud.offer()), "blocked.quota_gigabytes");
}

#[test]
fn automatic_takes_a_free_address_of_a_pool_before_it_allocates() {
    let mut cloud = Cloud::new();
    let choice = |cloud: &Cloud, choice: &Floating| floating_choice(choice, cloud.offer());
    cloud.floating_ips = read(json!([
        {"id": "used", "floating_ip_address": "9.9.9.1", "floating_network_id": "out", "port_id": "p"},
        {"id": "lost", "floating_ip_address": "9.9.9.2", "floating_network_id": "gone"},
        {"id": "free", "floating_ip_address": "9.9.9.3", "floating_network_id": "out"},
    ]));
    let free = FloatingIpChoice::Existing { id: "free".into(), address: "9.9.9.3".into() };
    assert_eq!(choice(&cloud, &Floating::Automatic), Ok(free));
    let new = FloatingIpChoice::Allocate { network: "out".into() };
    assert_eq!(choice(&cloud, &Floating::New("out".into())), Ok(new.clone()));
    assert_eq!(choice(&cloud, &Floating::None), Ok(FloatingIpChoice::None));
    cloud.floating_ips.retain(|ip| ip.id.as_str() != "free");
    assert_eq!(choice(&cloud, &Floating::Automatic), Ok(new));
    cloud.networks.retain(|network| !network.external);
    assert_eq!(choice(&cloud, &Floating::Automatic), Ok(FloatingIpChoice::None));
}

#[test]
fn no_address_is_allocated_or_left_out_that_was_not_asked_for() {
    let cloud = Cloud::new();
    let image = plain();
    let typed = |floating: Floating| Typed { floating, ..filled(&image, cloud.offer()) };
    // The list still loads, or could not be read: there may be a free one.
    let unknown = Offer { floating_ips: None, ..cloud.offer() };
    assert_eq!(reason(&typed(Floating::Automatic), &image, unknown), "launch.need_floating");
    assert_eq!(reason(&typed(Floating::Use("free".into())), &image, unknown), "launch.need_floating");
    assert!(spec(&typed(Floating::None), &image, unknown).is_ok());
    // Taken by somebody meanwhile.
    assert_eq!(reason(&typed(Floating::Use("gone".into())), &image, cloud.offer()), "launch.floating_taken");
}

#[test]
fn the_choice_survives_the_field() {
    for choice in [Floating::Automatic, Floating::None, Floating::New("a:b".into()), Floating::Use("c".into())] {
        assert_eq!(Floating::parse(&choice.text()), choice);
    }
}
