use proptest::prelude::*;

use super::*;
use crate::backup::samples::{PROJECT, backup, server, volume_image};

const IDS: [&str; 5] = ["v0", "v1", "v2", "v3", "gone"];

fn snapshots() -> impl Strategy<Value = Vec<VolumeSnapshot>> {
    let status = proptest::sample::select(vec!["available", "available", "error", "creating", "deleting"]);
    proptest::collection::vec(status, 0..5).prop_map(|all| {
        let snapshot = |(n, status): (usize, &str)| VolumeSnapshot {
            id: IDS[n].into(),
            status: status.into(),
            size: 1 << n,
            ..VolumeSnapshot::default()
        };
        all.into_iter().take(4).enumerate().map(snapshot).collect()
    })
}

fn image() -> impl Strategy<Value = Image> {
    let behind = proptest::sample::subsequence(IDS.to_vec(), 0..4);
    let status = proptest::sample::select(vec!["active", "active", "saving", "killed", "deleted"]);
    let word = |words: &'static [&'static str]| proptest::sample::select(words);
    let marks = (word(&["s", "s2"]), word(&["", "s", "s2"]), word(&["", "own", "parent"]), word(&["carrete", "daily"]));
    (behind, status, marks, 0..9i64, any::<bool>(), any::<bool>(), word(&["x", "server s-shelved"])).prop_map(
        |(behind, status, (uuid, ours, seal, set), created, bits, protected, name)| {
            let new = if bits { backup(seal, created, uuid, set) } else { volume_image(seal, created, &behind) };
            let new = Image { status: status.into(), name: name.into(), protected, ..new };
            let new = new.with("image_type", "backup").with("backup_type", set).with("carrete_op", "n");
            new.with("instance_uuid", uuid).with("carrete_server", ours).with("carrete_image", seal)
        },
    )
}

fn images() -> impl Strategy<Value = Vec<Image>> {
    proptest::collection::vec(image(), 0..9).prop_map(|mut all| {
        for (n, image) in all.iter_mut().enumerate() {
            // What is not its own seal names another one.
            let id = format!("i{n}");
            if image.id.as_str() == "own" {
                *image = image.clone().with("carrete_image", &id);
            }
            image.id = id.into();
        }
        all
    })
}

fn servers() -> [Server; 2] {
    [server("s", ServerStatus::ShelvedOffloaded), server("t", ServerStatus::Active)]
}

proptest! {
    #[test]
    fn one_server_is_told_the_same_from_what_concerns_it_alone(images in images(), snapshots in snapshots()) {
        let (servers, project) = (servers(), PROJECT.into());
        let all = Index::of(&images, &snapshots, &servers, &project);
        for id in ["s", "s2", "t"].map(ServerId::from) {
            let one = Index::of_one(&id, &images, &snapshots, &servers, &project);
            prop_assert_eq!(one.items(&id, "carrete"), all.items(&id, "carrete"));
        }
    }

    #[test]
    fn two_lists_are_one(images in images(), snapshots in snapshots(), cut in 0..9usize) {
        let (servers, project) = (servers(), PROJECT.into());
        let (shown, hidden) = images.split_at(cut.min(images.len()));
        let all = Index::of(&images, &snapshots, &servers, &project);
        let both = Index::over(&mut shown.iter().chain(hidden), &snapshots, &servers, &project);
        prop_assert_eq!(format!("{:?}", both.images()), format!("{:?}", all.images()));
        let id = ServerId::from("s");
        prop_assert!(both.of_server(&id).map(|it| &it.image.id).eq(all.of_server(&id).map(|it| &it.image.id)));
    }

    /// Also what the services send out of order.
    #[test]
    fn the_newest_come_first(images in images()) {
        let (servers, project) = (servers(), PROJECT.into());
        let all = Index::of(&images, &[], &servers, &project);
        for id in ["s", "s2"].map(ServerId::from) {
            let times: Vec<_> = all.of_server(&id).map(|it| (it.image.created_at, &it.image.id)).collect();
            prop_assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
        }
    }
}
