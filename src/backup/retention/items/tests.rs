use proptest::prelude::*;

use super::*;
use crate::backup::policy::Keep;
use crate::backup::retention::{Decision, forget};
use crate::backup::samples::{PROJECT, backup, image, server, volume_image};
use crate::model::{ImageStatus, ServerStatus, SnapshotId, VolumeStatus};

fn own(id: &str, created: i64) -> Image {
    backup(id, created, "s", BACKUP_TYPE)
}

fn own_volumes(id: &str, created: i64, snapshots: &[&str]) -> Image {
    volume_image(id, created, snapshots)
        .with("image_type", "backup")
        .with("backup_type", BACKUP_TYPE)
        .with("instance_uuid", "s")
        .with("carrete_server", "s")
        .with("carrete_op", "n")
        .with("carrete_image", id)
}

fn snapshot(id: &str, status: VolumeStatus) -> VolumeSnapshot {
    VolumeSnapshot { id: SnapshotId::from(id), status, ..VolumeSnapshot::default() }
}

fn standing(image: &Image, snapshots: &[VolumeSnapshot]) -> Standing {
    let servers = [server("s", ServerStatus::ShelvedOffloaded)];
    let all = items(std::slice::from_ref(image), snapshots, &servers, &"s".into(), &PROJECT.into(), BACKUP_TYPE);
    assert_eq!(all.len(), 1, "{image:?}");
    all[0].standing.clone()
}

fn why(standing: &Standing) -> &str {
    match standing {
        Standing::Broken { reason } => reason.key.rsplit('.').next().unwrap(),
        _ => "",
    }
}

#[test]
fn knows_what_is_usable_and_what_is_held() {
    let with = |change: fn(&mut Image)| {
        let mut image = own("i", 1);
        change(&mut image);
        standing(&image, &[])
    };
    let held = |hold| Standing::Held(hold);
    assert_eq!(with(|_| ()), Standing::Usable);
    assert_eq!(with(|i| i.protected = true), held(Hold::Protected));
    assert_eq!(with(|i| i.os_hidden = true), held(Hold::Hidden));
    assert_eq!(with(|i| i.created_at = None), held(Hold::Undated));
    assert_eq!(with(|i| i.owner = "p2".into()), held(Hold::Foreign));
    assert_eq!(with(|i| i.name = "server s-shelved".into()), held(Hold::InUse { server: "server s".into() }));
    assert_eq!(with(|i| *i = backup("i", 1, "s", "daily")), held(Hold::Manual));
    assert_eq!(
        with(|i| *i = image("i", 1).with("image_type", "snapshot").with("instance_uuid", "s")),
        held(Hold::Manual)
    );
    for status in [ImageStatus::Queued, ImageStatus::Saving, ImageStatus::Importing, ImageStatus::from("brand_new")] {
        assert_eq!(standing(&Image { status, ..own("i", 1) }, &[]), Standing::Unfinished);
    }
    assert_eq!(why(&with(|i| i.status = ImageStatus::Killed)), "killed");
    assert_eq!(why(&with(|i| i.status = ImageStatus::Deactivated)), "deactivated");
    assert_eq!(why(&with(|i| i.size = Some(0))), "empty");
    assert_eq!(with(|i| (i.owner, i.status) = ("p2".into(), ImageStatus::Killed)), held(Hold::Foreign));
}

#[test]
fn a_volume_backed_one_is_usable_when_all_its_snapshots_are() {
    let image = own_volumes("i", 1, &["v1", "v2"]);
    let with = |second: Option<VolumeStatus>| {
        let mut all = vec![snapshot("v1", VolumeStatus::Available)];
        all.extend(second.map(|status| snapshot("v2", status)));
        standing(&image, &all)
    };
    assert_eq!(with(Some(VolumeStatus::Available)), Standing::Usable);
    assert_eq!(with(Some(VolumeStatus::Creating)), Standing::Unfinished);
    assert_eq!(with(Some(VolumeStatus::BackingUp)), Standing::Unfinished);
    assert_eq!(why(&with(Some(VolumeStatus::Error))), "snapshot_error");
    assert_eq!(why(&with(Some(VolumeStatus::Deleting))), "snapshot_gone");
    assert_eq!(why(&with(None)), "snapshot_gone");
    let gone_and_creating = [snapshot("v1", VolumeStatus::Creating)];
    assert_eq!(why(&standing(&image, &gone_and_creating)), "snapshot_gone", "the worse of both");
    let unreadable = own_volumes("i", 1, &[]).with("block_device_mapping", "{");
    assert_eq!(why(&standing(&unreadable, &[])), "no_disks");
    // Without the seal it may be an heir of another server's; with somebody else's it certainly is.
    let unsealed = own_volumes("i", 1, &["v1"]).with("carrete_image", "");
    let available = [snapshot("v1", VolumeStatus::Available)];
    assert_eq!(standing(&unsealed, &available), Standing::Held(Hold::Doubtful));
    let heir = own_volumes("i", 1, &["v1"]).with("carrete_image", "parent");
    assert!(items(&[heir], &available, &[], &"s".into(), &PROJECT.into(), BACKUP_TYPE).is_empty());
}

#[test]
fn a_pin_is_its_type_and_its_reason() {
    let pinned = backup("i", 1, "s", PINNED_TYPE).with(metadata::PIN, "before the upgrade");
    let held = Standing::Held(Hold::Pinned { why: "before the upgrade".into() });
    assert_eq!(standing(&pinned, &[]), held);
    assert_eq!(standing(&Image { protected: true, ..pinned }, &[]), held);
    // A server launched from a pinned backup hands the key on to its own backups; Nova writes their type afresh.
    assert_eq!(standing(&own("i", 1).with(metadata::PIN, "before the upgrade"), &[]), Standing::Usable);
    assert_eq!(standing(&backup("i", 1, "s", PINNED_TYPE), &[]), Standing::Held(Hold::Manual));
}

#[test]
fn lists_newest_first_what_is_of_this_server_and_not_on_its_way_out() {
    let images = [
        own("old", 1),
        own("new", 9),
        Image { status: ImageStatus::PendingDelete, ..own("going", 5) },
        Image { status: ImageStatus::Deleted, ..own("gone", 5) },
        backup("other", 5, "s2", BACKUP_TYPE),
        image("plain", 5).with("instance_uuid", "s"),
        Image { created_at: None, ..own("undated", 5) },
        own("tie", 9),
    ];
    let all = items(&images, &[], &[], &"s".into(), &PROJECT.into(), BACKUP_TYPE);
    let ids: Vec<&str> = all.iter().map(|item| item.image.as_ref().unwrap().as_str()).collect();
    assert_eq!(ids, ["tie", "new", "old", "undated"]);
}

/// Any image at all, most of them nearly a backup of the policy of server `s`.
fn images() -> impl Strategy<Value = Image> {
    let mostly = |good: &'static str, bad: &'static [&'static str]| prop_oneof![6 => Just(good), 1 => proptest::sample::select(bad.to_vec())];
    let status = mostly("active", &["queued", "saving", "killed", "deactivated", "deleted", "odd"]);
    let backed = proptest::option::weighted(0.4, proptest::sample::subsequence(vec!["v1", "v2", "v3", "gone"], 0..4));
    (
        (
            status,
            mostly("p1", &["p2", ""]),
            mostly("backup", &["snapshot", ""]),
            mostly(BACKUP_TYPE, &["daily", PINNED_TYPE, ""]),
        ),
        (mostly("s", &["s2", ""]), mostly("n", &[""]), mostly("own", &["", "other"]), 0i64..1_000_000),
        (proptest::bool::weighted(0.1), proptest::bool::weighted(0.1), mostly("name", &["server s-shelved"]), backed),
    )
        .prop_map(
            |((status, owner, kind, backup_type), (source, op, seal, created), (protected, hidden, name, backed))| {
                let mut image = match backed {
                    Some(snapshots) => volume_image("", created, &snapshots),
                    None => image("", created),
                };
                (image.status, image.owner, image.name) = (status.into(), owner.into(), name.to_owned());
                (image.protected, image.os_hidden) = (protected, hidden);
                for (key, value) in [
                    ("image_type", kind),
                    ("backup_type", backup_type),
                    ("instance_uuid", source),
                    ("carrete_op", op),
                    ("carrete_image", seal),
                ] {
                    image = image.with(key, value);
                }
                image
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the cloud holds: only what is certainly and visibly a usable backup by the policy of this very server is
    /// ever removed, and never the last one.
    #[test]
    fn removes_only_what_the_policy_of_this_server_made(mut all in proptest::collection::vec(images(), 0..12), last in 0u32..3) {
        for (n, image) in all.iter_mut().enumerate() {
            image.id = format!("i{n}").as_str().into();
            if image.property("carrete_image") == Some("own") {
                *image = image.clone().with("carrete_image", &format!("i{n}"));
            }
        }
        let snapshots = [snapshot("v1", VolumeStatus::Available), snapshot("v2", VolumeStatus::Available), snapshot("v3", VolumeStatus::Error)];
        let servers = [server("s", ServerStatus::Shelved), server("s2", ServerStatus::Active)];
        let found = items(&all, &snapshots, &servers, &"s".into(), &PROJECT.into(), BACKUP_TYPE);
        let decisions = forget(found, &Keep { last, ..Keep::default() });
        let of = |decision: &Decision| all.iter().find(|i| Some(&i.id) == decision.item.image.as_ref()).unwrap().clone();
        for gone in decisions.iter().filter(|d| !d.stays()).map(of) {
            prop_assert_eq!(gone.property("instance_uuid"), Some("s"));
            prop_assert_eq!(gone.property("image_type"), Some("backup"));
            prop_assert_eq!(gone.property("backup_type"), Some(BACKUP_TYPE));
            prop_assert_eq!((gone.owner.as_str(), gone.status.word()), (PROJECT, "active"));
            prop_assert!(!gone.protected && !gone.os_hidden && gone.name == "name");
            if gone.size == Some(0) {
                prop_assert_eq!(gone.property("carrete_image"), Some(gone.id.as_str()));
                let mapping = gone.property("block_device_mapping").unwrap();
                prop_assert!(!mapping.contains("\"v3\"") && !mapping.contains("\"gone\"") && mapping.contains("\"v"));
            }
        }
        let usable = decisions.iter().filter(|d| d.item.standing == Standing::Usable);
        prop_assert_eq!(usable.clone().filter(|d| d.stays()).count(), usable.count().min((last as usize).max(1)));
    }
}
