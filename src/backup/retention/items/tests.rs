use super::*;
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
