//! Servers whose root disk is a volume: no `createBackup`, images that point at volume snapshots, quotas.

use carrete::model::{ImageStatus, RootDisk, VolumeStatus};
use carrete::openstack::block_storage::{DeleteSnapshot, DeleteVolume, ShowSnapshot, ShowVolume};
use carrete::openstack::compute::{Attachments, BootFrom, CreateBackup, CreateImage};
use carrete::openstack::image::{DeleteImage, ShowImage};
use carrete::openstack::{ApiError, Context, Doing, sentence};

use super::cloud::{Cloud, Thing, metadata, run, snapshots_of, unique};

async fn volume_backed(cloud: &Cloud) -> carrete::model::Server {
    let mut launch = cloud.smallest(&unique("volume")).await;
    let image = cloud.tiny().await;
    launch.boot = BootFrom::NewVolume { image, size: 1, delete_on_termination: true, volume_type: None };
    cloud.launch(launch).await
}

fn image_of(server: &carrete::model::Server) -> CreateImage {
    let name = unique("image");
    let own = [("carrete_op", name.as_str()), ("image_type", "snapshot"), ("instance_uuid", server.id.as_str())];
    CreateImage { server: server.id.clone(), metadata: metadata(&own), name }
}

#[test]
fn a_volume_backed_server_is_known_refused_and_snapshotted_by_cinder() {
    run("e2e6", "e2e6", async |cloud| {
        let server = volume_backed(&cloud).await;
        assert_eq!((server.root_disk(), server.volumes.len()), (RootDisk::Volume, 1));
        let disks = cloud.ok(&Attachments(server.id.clone())).await;
        assert!(disks.len() == 1 && disks[0].is_root(), "{disks:?}");
        let volume = cloud.ok(&ShowVolume(disks[0].volume_id.clone())).await;
        assert_eq!((volume.status, volume.bootable.as_str()), (VolumeStatus::InUse, "true"));

        let backup = CreateBackup {
            server: server.id.clone(),
            name: "no".into(),
            backup_type: "daily".into(),
            rotation: 1,
            metadata: metadata(&[]),
        };
        let refused = cloud.error(&backup).await;
        assert!(refused.is_volume_backed(), "{refused:?}");
        assert_eq!(sentence(&refused, Context::doing(Doing::Snapshot)).key, "error.volume_backed");

        let image = cloud.ok(&image_of(&server)).await.image.expect("image_id in the body");
        cloud.made(Thing::Image(image.clone()));
        let shown = cloud.ok(&ShowImage(image.clone())).await;
        assert_eq!((shown.status.clone(), shown.size), (ImageStatus::Active, Some(0)));
        assert_eq!(shown.property("image_type"), Some("snapshot"), "what Nova leaves out was sent along");
        assert_eq!(shown.property("instance_uuid"), Some(server.id.as_str()));
        let snapshots = snapshots_of(&shown);
        assert_eq!(snapshots.len(), 1);
        let snapshot = cloud
            .until(60, "the snapshot is available", async || {
                let snapshot = cloud.ok(&ShowSnapshot(snapshots[0].clone())).await;
                (snapshot.status == VolumeStatus::Available).then_some(snapshot)
            })
            .await;
        assert_eq!((snapshot.volume_id, snapshot.size), (volume.id.clone(), 1));
        assert!(snapshot.created_at.is_some());

        let mut launch = cloud.smallest(&unique("copy")).await;
        launch.boot = BootFrom::Image(image.clone());
        let copy = cloud.launch(launch).await;
        assert_eq!((copy.image.as_ref(), copy.root_disk()), (Some(&image), RootDisk::AskAttachments));
        let copied = cloud.ok(&Attachments(copy.id)).await;
        assert!(copied[0].is_root());

        let kept = cloud.error(&DeleteVolume(volume.id.clone())).await;
        assert!(matches!(kept, ApiError::BadRequest(_)), "{kept:?}");
        cloud.ok(&DeleteImage(image.clone())).await;
        cloud.forget(&image);
        cloud.ok(&DeleteSnapshot(snapshots[0].clone())).await;
        cloud.gone(&ShowSnapshot(snapshots[0].clone())).await;
    });
}

#[test]
fn the_quota_of_snapshots_is_told_and_nothing_is_left_over() {
    run("tight", "tight", async |cloud| {
        let server = volume_backed(&cloud).await;
        let image = cloud.ok(&image_of(&server)).await.image.unwrap();
        cloud.made(Thing::Image(image));
        let error = cloud.error(&image_of(&server)).await;
        assert!(matches!(error, ApiError::Quota(_)), "{error:?}");
        assert_eq!(sentence(&error, Context::doing(Doing::Snapshot)).key, "error.quota_snapshots", "{error:?}");
    });
}
