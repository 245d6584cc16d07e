//! `createBackup`: Nova rotates, by type, and never what is protected.

use std::time::SystemTime;

use carrete::model::{ImageId, Moment, ServerId};
use carrete::openstack::ApiError;
use carrete::openstack::compute::CreateBackup;
use carrete::openstack::image::{ImageChange, ListImages, PatchImage, ShowImage};

use super::cloud::{Cloud, Thing, metadata, run, unique};

async fn backup(cloud: &Cloud, server: &ServerId, kind: &str, rotation: u32) -> ImageId {
    let name = unique(kind);
    let call = CreateBackup {
        server: server.clone(),
        backup_type: kind.into(),
        rotation,
        metadata: metadata(&[("carrete_op", &name), ("image_type", "never sent")]),
        name,
    };
    let image = cloud.ok(&call).await.image.expect("image_id in the body");
    cloud.made(Thing::Image(image.clone()));
    cloud.usable(&image, server).await;
    // Glance dates images to the second and sorts equal dates by id, so of two backups within one second Nova's rotation
    // may take the newer one. The next one has to begin in another second.
    let created = cloud.ok(&ShowImage(image.clone())).await.created_at.expect("a date");
    cloud.until(10, "another second has begun", async || (now() > created).then_some(())).await;
    image
}

fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    Moment(since.as_secs() as i64)
}

async fn kept(cloud: &Cloud, server: &ServerId, kind: &str) -> Vec<ImageId> {
    let call = ListImages::default()
        .with("image_type", "backup")
        .with("instance_uuid", server.as_str())
        .with("backup_type", kind);
    cloud.client.all(call, |_| {}).await.unwrap().into_iter().map(|image| image.id).collect()
}

#[test]
fn the_oldest_goes_and_other_types_and_protected_ones_stay() {
    run("e2e6", "e2e6", async |cloud| {
        let server = cloud.launch(cloud.smallest(&unique("rotated")).await).await.id;
        let weekly = backup(&cloud, &server, "weekly", 4).await;
        let first = backup(&cloud, &server, "daily", 2).await;
        let shown = cloud.ok(&ShowImage(first.clone())).await;
        assert_eq!((shown.property("image_type"), shown.property("backup_type")), (Some("backup"), Some("daily")));
        assert!(shown.property("carrete_op").is_some(), "createBackup keeps metadata");
        let second = backup(&cloud, &server, "daily", 2).await;
        assert_eq!(kept(&cloud, &server, "daily").await, [second.clone(), first.clone()]);

        let third = backup(&cloud, &server, "daily", 2).await;
        cloud.gone(&ShowImage(first.clone())).await;
        cloud.forget(&first);
        assert_eq!(kept(&cloud, &server, "daily").await, [third.clone(), second.clone()]);
        assert_eq!(kept(&cloud, &server, "weekly").await, [weekly]);

        cloud.ok(&PatchImage { image: second.clone(), changes: vec![ImageChange::Protected(true)] }).await;
        let fourth = backup(&cloud, &server, "daily", 2).await;
        let fifth = backup(&cloud, &server, "daily", 2).await;
        cloud.gone(&ShowImage(third)).await;
        assert_eq!(kept(&cloud, &server, "daily").await, [fifth, fourth, second], "rotation, and the protected one");
    });
}

#[test]
fn a_backup_of_what_is_not_there_is_refused() {
    run("e2e6", "e2e6", async |cloud| {
        let call = CreateBackup {
            server: "00000000-0000-4000-8000-000000000000".into(),
            name: "x".into(),
            backup_type: "daily".into(),
            rotation: 1,
            metadata: metadata(&[]),
        };
        assert!(super::cloud::creates(&call));
        assert!(cloud.error(&call).await.is_not_found());
        let emoji = CreateBackup { name: "rocket🚀".into(), ..call };
        let error = cloud.error(&emoji).await;
        assert!(matches!(error, ApiError::BadRequest(_)), "{error:?}");
    });
}
