use super::*;
use crate::backup::leftovers::{Kind, find};
use crate::backup::retention::Standing;
use crate::backup::samples::{PROJECT, server, volume_image};
use crate::model::server::AttachedVolume;
use crate::model::{ImageStatus, ServerStatus, VolumeStatus};

const NOW: Moment = Moment(1_000_000);
const MADE: i64 = 900_000;

/// A project with one volume-backed server of two volumes, and one whole backup of it.
struct Sample {
    images: Vec<Image>,
    snapshots: Vec<VolumeSnapshot>,
    servers: Vec<Server>,
}

fn on_volumes(id: &str, volumes: &[&str]) -> Server {
    let volumes = volumes.iter().map(|id| AttachedVolume { id: (*id).into(), ..AttachedVolume::default() }).collect();
    Server { volumes, ..server(id, ServerStatus::Active) }
}

fn snapshot(id: &str, image: &str, volume: &str) -> VolumeSnapshot {
    VolumeSnapshot {
        id: id.into(),
        name: format!("snapshot for image {image}"),
        volume_id: volume.into(),
        status: VolumeStatus::Available,
        size: 10,
        created_at: Some(Moment(MADE)),
        ..VolumeSnapshot::default()
    }
}

fn made(id: &str, nonce: &str, server: &str, snapshots: &[&str]) -> Image {
    let sent = crate::backup::metadata::for_volume_backup(nonce, &server.into(), "carrete", "");
    sent.iter().fold(volume_image(id, MADE, snapshots), |image, (key, value)| image.with(key, value))
}

fn sample() -> Sample {
    Sample {
        images: vec![made("i", "n", "s", &["v", "w"])],
        snapshots: vec![snapshot("v", "i", "root"), snapshot("w", "i", "data")],
        servers: vec![on_volumes("s", &["root", "data"])],
    }
}

fn changed(change: impl Fn(&mut Sample)) -> Vec<String> {
    let mut sample = sample();
    change(&mut sample);
    let project = PROJECT.into();
    let all = find(&Index::of(&sample.images, &sample.snapshots, &sample.servers, &project), NOW);
    let unsealed = all.iter().filter(|it| it.kind == Kind::Unsealed);
    unsealed
        .map(|it| {
            assert!(it.unsealed.as_ref().is_some_and(|image| image.id.as_str() == it.id()));
            it.id().to_owned()
        })
        .collect()
}

fn none(change: impl Fn(&mut Sample)) -> bool {
    changed(change).is_empty()
}

#[test]
fn a_whole_backup_without_its_seal_is_found() {
    assert_eq!(changed(|_| ()), ["i"]);
    let Sample { images, snapshots, servers } = sample();
    let project = PROJECT.into();
    let all = find(&Index::of(&images, &snapshots, &servers, &project), NOW);
    assert_eq!((all.len(), all[0].steps.len(), all[0].bytes), (1, 3, 20 << 30));
    assert_eq!(all[0].server, Some("s".into()));
}

#[test]
fn once_sealed_it_is_none_and_counts_in_retention() {
    let Sample { mut images, snapshots, servers } = sample();
    let project = PROJECT.into();
    let standing = |images: &[Image]| {
        let index = Index::of(images, &snapshots, &servers, &project);
        (index.items(&"s".into(), "carrete")[0].standing.clone(), find(&index, NOW).len())
    };
    assert!(matches!(standing(&images), (Standing::Held(_), 1)));
    images[0] = images[0].clone().with("carrete_image", "i");
    assert_eq!(standing(&images), (Standing::Usable, 0));
}

#[test]
fn one_being_made_or_not_whole_is_none() {
    assert!(none(|it| it.images[0].created_at = Some(NOW.plus(-600))));
    assert!(!none(|it| it.images[0].created_at = Some(NOW.plus(-601))));
    assert!(none(|it| it.images[0].created_at = None));
    assert!(none(|it| it.images[0].status = ImageStatus::Queued));
    assert!(none(|it| it.snapshots[1].status = VolumeStatus::Creating));
    assert!(none(|it| it.snapshots[1].status = VolumeStatus::Error));
    assert!(none(|it| _ = it.snapshots.pop()));
    assert!(none(|it| it.snapshots.clear()));
}

#[test]
fn what_is_not_certainly_of_this_server_is_none() {
    assert!(none(|it| it.servers[0].id = "t".into()), "the server is gone");
    assert!(none(|it| it.servers[0] = on_volumes("s", &["root"])), "a disk of it is another's");
    assert!(none(|it| it.snapshots[0].volume_id = "other".into()));
    assert!(none(|it| it.snapshots[0].name = "snapshot for another".into()));
    assert!(none(|it| it.snapshots[0].name = "by hand".into()));
    let with =
        |key: &'static str, value: &'static str| none(move |it| it.images[0] = it.images[0].clone().with(key, value));
    assert!(with("carrete_server", "t") && with("instance_uuid", "t") && with("carrete_op", ""));
    assert!(with("image_type", "snapshot"), "no policy would count it");
    assert!(with("backup_type", PINNED_TYPE) && with("backup_type", ""));
    assert!(none(|it| it.images[0].owner = "p2".into()));
    assert!(none(|it| it.images[0].protected = true) && none(|it| it.images[0].os_hidden = true));
    assert!(none(|it| it.images.push(made("j", "m", "s", &["v"]))), "another image needs its volume snapshot");
}

/// A server `t` was booted from the backup `i` of `s`; then somebody made an image of `t` with another client: Nova gives
/// it all marks of `i`.
#[test]
fn an_heir_is_none() {
    let heir = |seal: &'static str, with_parent: bool| {
        changed(move |it| {
            it.images[0] = it.images[0].clone().with("carrete_image", seal);
            let mut heir = made("heir", "n", "s", &["x"]);
            if !seal.is_empty() {
                heir = heir.with("carrete_image", seal);
            }
            it.images.push(heir);
            it.snapshots.push(snapshot("x", "heir", "root of t"));
            it.servers.push(Server { image: Some("i".into()), ..on_volumes("t", &["root of t"]) });
            if !with_parent {
                it.images.remove(0);
            }
        })
    };
    for (seal, with_parent) in [("i", true), ("i", false), ("", true), ("", false)] {
        assert!(heir(seal, with_parent).is_empty(), "{seal:?} {with_parent}");
    }
}

/// The heir is of the server that its marks name, when that server was rebuilt from its own backup.
#[test]
fn an_heir_of_a_server_rebuilt_from_its_own_backup_is_none() {
    for (seal, parent) in [(Some("i"), true), (Some("i"), false), (None, true), (None, false)] {
        let found = changed(|it| {
            let mut heir = made("heir", "n", "s", &["x"]);
            if let Some(seal) = seal {
                it.images[0] = it.images[0].clone().with("carrete_image", seal);
                heir = heir.with("carrete_image", seal);
            }
            it.images.push(heir);
            it.snapshots.push(snapshot("x", "heir", "root"));
            it.servers[0].image = Some("i".into());
            if !parent {
                it.images.remove(0);
            }
        });
        assert!(found.is_empty(), "{seal:?} {parent}");
    }
}

/// A new backup of a server that was booted from a backup bears that one's seal until it gets its own.
#[test]
fn a_backup_with_the_seal_of_its_servers_source_is_found_while_that_can_be_seen() {
    let found = |parent: bool| {
        changed(|it| {
            it.images[0] = it.images[0].clone().with("carrete_image", "parent");
            if parent {
                let parent = made("parent", "m", "gone", &["x"]).with("carrete_image", "parent");
                it.images.push(parent);
                it.snapshots.push(snapshot("x", "parent", "old root"));
            }
        })
    };
    assert_eq!(found(true), ["i"]);
    assert!(found(false).is_empty());
}

#[test]
fn the_seal_is_refused_when_anything_has_changed() {
    let Sample { images, snapshots, servers } = sample();
    let told = |image: &Image, same_nonce: &[Image], snapshots: &[VolumeSnapshot], server: &Server| {
        still(&images[0], &Fresh { image, same_nonce, snapshots, server })
    };
    assert!(told(&images[0], &images, &snapshots, &servers[0]));
    let other = |image: Image| told(&image, &images, &snapshots, &servers[0]);
    assert!(!other(images[0].clone().with("carrete_image", "i")), "somebody else has sealed it");
    assert!(!other(images[0].clone().with("carrete_note", "look")));
    assert!(!other(Image { updated_at: Some(NOW), ..images[0].clone() }));
    assert!(!other(Image { protected: true, ..images[0].clone() }));
    assert!(!other(Image { status: ImageStatus::Deactivated, ..images[0].clone() }));
    assert!(!other(made("j", "n", "s", &["v", "w"])));
    let heir = made("heir", "n", "s", &["x"]);
    assert!(!told(&images[0], &[images[0].clone(), heir], &snapshots, &servers[0]));
    assert!(!told(&images[0], &[], &snapshots, &servers[0]), "the list lags");
    assert!(!told(&images[0], &images, &snapshots[..1], &servers[0]));
    assert!(!told(&images[0], &images, &snapshots, &on_volumes("s", &["data"])));
}
