use proptest::prelude::*;

use super::*;
use crate::backup::samples::{PROJECT, backup, image, server, volume_image};
use crate::model::{Image, Server, ServerStatus};

const NOW: Moment = Moment(1_000_000);
const AGES: i64 = 900_000;

fn snapshot(id: &str, name: &str) -> VolumeSnapshot {
    VolumeSnapshot {
        id: id.into(),
        name: name.to_owned(),
        status: VolumeStatus::Available,
        size: 10,
        created_at: Some(Moment(AGES)),
        ..VolumeSnapshot::default()
    }
}

fn volumes(id: &str, snapshots: &[&str]) -> Image {
    volume_image(id, AGES, snapshots)
        .with("image_type", "backup")
        .with("backup_type", "carrete")
        .with("instance_uuid", "s")
        .with("carrete_op", "n")
        .with("carrete_image", id)
}

fn saving(status: ImageStatus, changed: i64) -> Image {
    Image { status, size: None, updated_at: Some(Moment(changed)), ..backup("i", AGES, "s", "daily") }
}

fn found(images: &[Image], snapshots: &[VolumeSnapshot], servers: &[Server]) -> Vec<Leftover> {
    find(&Index::of(images, snapshots, servers, &PROJECT.into()), NOW)
}

fn kinds(images: &[Image], snapshots: &[VolumeSnapshot], servers: &[Server]) -> Vec<(Kind, String)> {
    found(images, snapshots, servers).iter().map(|it| (it.kind, it.id().to_owned())).collect()
}

fn ids(steps: &[DeletionStep]) -> Vec<&str> {
    steps
        .iter()
        .map(|step| match step {
            DeletionStep::Image { id, .. } => id.as_str(),
            DeletionStep::Snapshot { id, .. } => id.as_str(),
        })
        .collect()
}

#[test]
fn an_image_is_stuck_when_nothing_happens_and_nobody_is_at_work() {
    let idle = [server("s", ServerStatus::Active)];
    let busy = [Server { task_state: Some("image_uploading".into()), ..idle[0].clone() }];
    let stuck = |image: Image, servers: &[Server]| kinds(&[image], &[], servers) == [(Kind::Stuck, "i".to_owned())];
    assert!(stuck(saving(ImageStatus::Queued, NOW.0 - 601), &idle));
    assert!(!stuck(saving(ImageStatus::Queued, NOW.0 - 600), &idle));
    assert!(!stuck(saving(ImageStatus::Saving, NOW.0 - 1_800), &idle));
    assert!(stuck(saving(ImageStatus::Saving, NOW.0 - 1_801), &idle));
    assert!(!stuck(saving(ImageStatus::Saving, AGES), &busy), "a large upload takes its time");
    assert!(stuck(saving(ImageStatus::Saving, AGES), &[server("other", ServerStatus::Active)]), "its server is gone");
    assert!(stuck(saving(ImageStatus::Killed, NOW.0), &idle));
    assert!(!stuck(saving(ImageStatus::Deactivated, AGES), &idle), "somebody did that on purpose");
    assert!(!stuck(Image { protected: true, ..saving(ImageStatus::Queued, AGES) }, &idle));
    assert!(!stuck(Image { owner: "p2".into(), ..saving(ImageStatus::Queued, AGES) }, &idle));
    let upload = Image { status: ImageStatus::Queued, size: None, ..image("i", AGES) };
    assert!(!stuck(upload, &idle), "a person's own upload");
}

#[test]
fn a_finished_image_without_a_byte_is_offered() {
    let servers = [server("s", ServerStatus::Active)];
    let empty = || Image { size: Some(0), ..backup("i", AGES, "s", "daily") };
    let offered = |image: Image| kinds(&[image], &[], &servers) == [(Kind::Stuck, "i".to_owned())];
    assert!(offered(empty()));
    assert_eq!(found(&[empty()], &[], &servers)[0].reason.key, "leftovers.reason.empty");
    assert!(offered(empty().with("image_type", "snapshot")));
    assert!(!offered(Image { size: Some(1), ..empty() }));
    assert!(!offered(Image { size: None, ..empty() }), "a cloud that does not say is no proof");
    assert!(!offered(Image { created_at: Some(NOW.plus(-600)), ..empty() }));
    assert!(!offered(Image { protected: true, ..empty() }));
    assert!(!offered(Image { status: ImageStatus::Deactivated, ..empty() }));
    assert!(!offered(empty().with("bdm_v2", "True")), "its data is elsewhere");
    assert!(!offered(empty().with("block_device_mapping", "[]")));
    assert!(!offered(empty().with("instance_uuid", "")), "nobody knows of which server");
    assert!(!offered(empty().with("image_type", "")), "a person's own image");
    let busy = [Server { task_state: Some("image_backup".into()), ..servers[0].clone() }];
    assert!(kinds(&[empty()], &[], &busy).is_empty());
}

#[test]
fn an_orphan_is_named_by_nova_old_enough_and_needed_by_nobody() {
    let servers = [server("s", ServerStatus::Active)];
    let orphans = |change: fn(&mut VolumeSnapshot), images: &[Image]| {
        let mut one = snapshot("v", "snapshot for web-2026");
        change(&mut one);
        kinds(images, &[one], &servers) == [(Kind::Orphan, "v".to_owned())]
    };
    assert!(orphans(|_| (), &[]));
    assert!(!orphans(|_| (), &[volumes("i", &["v"])]));
    assert!(!orphans(|v| v.name = "before the upgrade".into(), &[]), "made by hand");
    assert!(!orphans(|v| v.created_at = Some(NOW.plus(-600)), &[]), "its image may be on its way");
    assert!(!orphans(|v| v.created_at = None, &[]));
    assert!(!orphans(|v| v.status = VolumeStatus::Creating, &[]));
    assert!(orphans(|v| v.status = VolumeStatus::Error, &[]));
    let leftover = &found(&[], &[snapshot("v", "snapshot for web-2026")], &servers)[0];
    assert_eq!(leftover.bytes, 10 << 30);
    assert_eq!(leftover.reason.args[0].1, Arg::Text("web-2026".into()));
}

#[test]
fn an_image_without_its_snapshots_goes_with_what_is_left_of_it() {
    let servers = [server("s", ServerStatus::Active)];
    let images = [volumes("i", &["v", "gone", "shared"]), volumes("j", &["shared"])];
    let snapshots = [snapshot("v", "a"), snapshot("shared", "b")];
    let all = found(&images, &snapshots, &servers);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].kind, ids(&all[0].steps)), (Kind::SnapshotsGone, vec!["i", "v"]));
    assert!(found(&images, &[], &servers).is_empty(), "a list that did not come is no proof");
}

#[test]
fn a_backup_of_a_server_that_is_gone_may_be_the_last_copy() {
    let servers = [server("other", ServerStatus::Active)];
    let shot = image("shot", AGES).with("image_type", "snapshot").with("instance_uuid", "s");
    let heir = volumes("heir", &["w"]).with("carrete_image", "parent");
    let images = [backup("i", AGES, "s", "daily"), volumes("j", &["v"]), shot, heir];
    let snapshots = [snapshot("v", "a"), snapshot("w", "a")];
    assert_eq!(
        kinds(&images, &snapshots, &servers),
        [(Kind::ServerGone, "i".to_owned()), (Kind::ServerGone, "j".to_owned())]
    );
    assert!(found(&images, &snapshots, &servers).iter().all(Leftover::may_be_last));
    assert!(found(&images, &snapshots, &[]).is_empty(), "a list that did not come is no proof");
    assert!(found(&images[..1], &[], &[server("s", ServerStatus::Shutoff)]).is_empty());
}

fn snapshots() -> impl Strategy<Value = VolumeSnapshot> {
    let status = prop_oneof![4 => Just("available"), 1 => Just("error"), 1 => Just("creating"), 1 => Just("deleting")];
    (0usize..6, status, any::<bool>(), 0i64..1_000_000).prop_map(|(n, status, named, at)| VolumeSnapshot {
        status: status.into(),
        created_at: Some(Moment(at)),
        ..snapshot(&format!("v{n}"), if named { "snapshot for x" } else { "mine" })
    })
}

fn images() -> impl Strategy<Value = Image> {
    let behind = proptest::sample::subsequence(vec!["v0", "v1", "v2", "v3", "v4", "v5", "gone"], 0..4);
    let status =
        proptest::sample::select(vec!["active", "active", "active", "queued", "saving", "killed", "deactivated"]);
    (behind, status, any::<bool>(), any::<bool>(), proptest::sample::select(vec!["s", "s2"])).prop_map(
        |(behind, status, bits, protected, server)| {
            let mut image = if bits { backup("", AGES, server, "carrete") } else { volumes("", &behind) };
            if bits && behind.is_empty() {
                image.size = Some(0);
            }
            image.status = status.into();
            image.protected = protected && bits;
            image.with("instance_uuid", server)
        },
    )
}

proptest! {
    /// Whatever lies about: cleaning everything that is proposed takes no usable image away but those of servers that
    /// are gone, and no volume snapshot from under one that stays.
    #[test]
    fn cleaning_harms_nothing_that_is_of_use(
        mut images in proptest::collection::vec(images(), 0..8), mut snapshots in proptest::collection::vec(snapshots(), 0..8),
    ) {
        for (n, image) in images.iter_mut().enumerate() {
            image.id = format!("i{n}").as_str().into();
            *image = image.clone().with("carrete_image", &format!("i{n}"));
        }
        snapshots.sort_by(|a, b| a.id.cmp(&b.id));
        snapshots.dedup_by(|a, b| a.id == b.id);
        let servers = [server("s", ServerStatus::Active)];
        let project = PROJECT.into();
        let index = Index::of(&images, &snapshots, &servers, &project);
        let all = find(&index, NOW);
        let gone: Vec<&str> = all.iter().flat_map(|leftover| ids(&leftover.steps)).collect();
        for known in index.images().iter().filter(|known| known.condition == Condition::Usable) {
            let of_a_server_gone = known.server == Some("s2");
            let image_gone = gone.contains(&known.image.id.as_str());
            prop_assert!(!image_gone || of_a_server_gone && !known.image.protected);
            if !image_gone {
                prop_assert!(known.behind.iter().all(|disk| !gone.contains(&disk.snapshot_id.as_str())));
            }
        }
        let mut once = gone.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), gone.len(), "nothing is proposed twice");
    }
}
