use super::*;
use crate::backup::samples::{backup, image, server, volume_image};

#[test]
fn tells_every_kind_of_image() {
    let b = |backup_type: &'static str| ImageKind::Backup { backup_type };
    let vb = |backup_type: &'static str| ImageKind::VolumeBackup { backup_type };
    let sure = |s: &str| Some(Source { server: s.into(), trust: Trust::Sure });
    let doubtful = |s: &str| Some(Source { server: s.into(), trust: Trust::Doubtful });
    let inherited = |s: &str| Some(Source { server: s.into(), trust: Trust::Inherited });
    let snapshot = |id: &str, s: &str| image(id, 1).with("image_type", "snapshot").with("instance_uuid", s);
    let bfv = |id: &str| volume_image(id, 1, &["v1"]);
    let marked = |i: Image| i.with("carrete_op", "n").with("carrete_server", "s").with("instance_uuid", "s");
    let mut unfinished = bfv("i");
    unfinished.size = None;
    unfinished.status = ImageStatus::Saving;
    let mut with_bits = bfv("i");
    with_bits.size = Some(5);

    let table: Vec<(&str, Image, ImageKind<'_>, Option<Source>)> = vec![
        ("uploaded", image("i", 1), ImageKind::Plain, None),
        ("uploaded, copied properties", image("i", 1).with("instance_uuid", "s"), ImageKind::Plain, doubtful("s")),
        ("snapshot", snapshot("i", "s"), ImageKind::Snapshot, sure("s")),
        ("no server named", image("i", 1).with("image_type", "snapshot"), ImageKind::Snapshot, None),
        ("odd image_type", image("i", 1).with("image_type", "base"), ImageKind::Plain, None),
        ("backup", backup("i", 1, "s", "daily"), b("daily"), sure("s")),
        ("backup without a type", backup("i", 1, "s", ""), b(""), sure("s")),
        (
            "snapshot of a server booted from a backup",
            snapshot("i", "s2").with("backup_type", "daily"),
            ImageKind::Snapshot,
            sure("s2"),
        ),
        (
            "snapshot of a server booted from Carrete's",
            snapshot("i", "s2").with("carrete_server", "s").with("carrete_op", "n"),
            ImageKind::Snapshot,
            sure("s2"),
        ),
        (
            "sealed snapshot's child, image-backed",
            snapshot("i", "s2").with("carrete_image", "parent"),
            ImageKind::Snapshot,
            sure("s2"),
        ),
        ("volume-backed, made elsewhere", bfv("i"), ImageKind::VolumeSnapshot, None),
        (
            "volume-backed, stale snapshot keys",
            bfv("i").with("image_type", "snapshot").with("instance_uuid", "old"),
            ImageKind::VolumeSnapshot,
            doubtful("old"),
        ),
        (
            "volume-backed, stale backup keys",
            bfv("i").with("image_type", "backup").with("backup_type", "daily").with("instance_uuid", "old"),
            ImageKind::VolumeSnapshot,
            doubtful("old"),
        ),
        (
            "ours, not yet sealed",
            marked(bfv("i")).with("image_type", "snapshot"),
            ImageKind::VolumeSnapshot,
            doubtful("s"),
        ),
        (
            "ours, sealed",
            marked(bfv("i")).with("image_type", "snapshot").with("carrete_image", "i"),
            ImageKind::VolumeSnapshot,
            sure("s"),
        ),
        (
            "our backup, sealed",
            marked(bfv("i")).with("image_type", "backup").with("backup_type", "w").with("carrete_image", "i"),
            vb("w"),
            sure("s"),
        ),
        (
            "our backup, not yet sealed",
            marked(bfv("i")).with("image_type", "backup").with("backup_type", "w"),
            vb("w"),
            doubtful("s"),
        ),
        (
            "heir of our backup",
            marked(bfv("i")).with("image_type", "backup").with("backup_type", "w").with("carrete_image", "parent"),
            ImageKind::VolumeSnapshot,
            inherited("s"),
        ),
        ("bits and a copied mapping", with_bits, ImageKind::Plain, None),
        ("unfinished with a copied mapping", unfinished, ImageKind::Plain, None),
    ];
    for (what, image, kind, source) in table {
        assert_eq!(ImageKind::of(&image), kind, "{what}");
        assert_eq!(Source::of(&image), source, "{what}");
    }
}

#[test]
fn finds_the_volume_snapshots_behind() {
    let image_of_two = volume_image("i", 1, &["a1", "b2"]);
    let found = behind(&image_of_two);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].size_gib, found[0].device.as_str(), found[0].boot), (10, "/dev/vda", true));
    assert!(!found[1].boot);
    assert!(behind(&image("i", 1)).is_empty());
}

#[test]
fn survives_hostile_mappings() {
    let empty = |json: &str| {
        let mut i = image("i", 1).with("block_device_mapping", json);
        i.size = Some(0);
        i
    };
    for json in [
        "",
        "[",
        "{}",
        "null",
        "[1,\"x\",null,{}]",
        r#"[{"snapshot_id":7}]"#,
        r#"[{"snapshot_id":"../x"}]"#,
        r#"[{"snapshot_id":""}]"#,
    ] {
        assert!(behind(&empty(json)).is_empty(), "{json}");
    }
    let odd = empty(
        r#"[{"snapshot_id":"a","volume_size":"7","boot_index":"0","device_name":null},{"snapshot_id":"a"},{"boot_index":-1,"snapshot_id":"b"}]"#,
    );
    let found = behind(&odd);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].size_gib, found[0].boot, found[0].device.as_str()), (7, true, ""));
    assert_eq!(ImageKind::of(&empty("not json")), ImageKind::VolumeSnapshot);
    assert_eq!(ImageKind::of(&empty("[]")), ImageKind::Plain);
    let deep = "[".repeat(100_000);
    assert!(behind(&empty(&deep)).is_empty());
}

#[test]
fn knows_the_image_of_a_shelved_server() {
    let servers = [server("s", ServerStatus::ShelvedOffloaded), server("t", ServerStatus::Active)];
    let mut shelf = image("i", 1).with("instance_uuid", "s").with("image_type", "snapshot");
    shelf.name = "server s-shelved".into();
    assert_eq!(shelved_server(&shelf, &servers).map(|s| s.id.as_str()), Some("s"));
    assert!(shelved_server(&shelf.clone().with("instance_uuid", "t"), &servers).is_none());
    shelf.name = "server t-shelved".into();
    assert!(shelved_server(&shelf, &servers).is_none());
}
