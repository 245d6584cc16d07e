//! `createImage`: accepted, busy, usable, failed; found again by its nonce.

use std::collections::BTreeMap;

use carrete::model::{ImageStatus, ServerStatus};
use carrete::openstack::compute::snapshot::Accepted;
use carrete::openstack::compute::{
    ConsoleOutput, CreateBackup, CreateImage, DeleteServerMetadata, ListActions, SetServerMetadata, ShowAction,
    ShowServer,
};
use carrete::openstack::image::{DeleteImage, ImageChange, ListImages, PatchImage, ShowImage};
use carrete::openstack::{ApiError, Context, Doing, Service, sentence};

use super::cloud::{Cloud, Thing, metadata, run, unique};

async fn snapshot(cloud: &Cloud, server: &carrete::model::ServerId, nonce: &str) -> Accepted {
    let call = CreateImage { server: server.clone(), name: nonce.into(), metadata: metadata(&[("carrete_op", nonce)]) };
    let accepted = cloud.ok(&call).await;
    if let Some(image) = &accepted.image {
        cloud.made(Thing::Image(image.clone()));
    }
    accepted
}

#[test]
fn a_snapshot_is_busy_then_usable_and_boots() {
    run("e2e6", "e2e6", async |cloud| {
        let mut launch = cloud.smallest(&unique("web")).await;
        launch.metadata = metadata(&[("testbed_snapshot_seconds", "4"), ("carrete_op", "x")]);
        launch.tags = vec!["contract".into()];
        launch.description = Some("ñ <b>".into());
        launch.user_data = Some("#cloud-config\n{}\n".into());
        let server = cloud.launch(launch).await;
        assert_eq!(server.tags, ["contract"]);
        assert_eq!(server.metadata.get("carrete_op").map(String::as_str), Some("x"));
        assert!(server.image.is_some() && server.flavor.original_name.as_deref() == Some("m1.nano"));

        let nonce = unique("snapshot");
        let accepted = snapshot(&cloud, &server.id, &nonce).await;
        let image = accepted.image.clone().expect("image_id in the body");
        let again = CreateImage { server: server.id.clone(), name: "again".into(), metadata: BTreeMap::new() };
        let busy = cloud.error(&again).await;
        assert!(matches!(busy, ApiError::Conflict(_)), "{busy:?}");
        assert_eq!(sentence(&busy, Context::doing(Doing::Snapshot)).key, "error.snapshot_running");
        let found = cloud.ok(&ListImages::by_property("carrete_op", &nonce)).await.items;
        assert_eq!(found.iter().map(|image| &image.id).collect::<Vec<_>>(), [&image]);

        cloud.usable(&image, &server.id).await;
        let shown = cloud.ok(&ShowImage(image.clone())).await;
        assert_eq!(shown.property("image_type"), Some("snapshot"));
        assert_eq!(shown.property("instance_uuid"), Some(server.id.as_str()));
        assert!(shown.size > Some(0) && shown.name == nonce);
        let action = ShowAction { server: server.id.clone(), request: accepted.request_id.expect("a request id") };
        let action = cloud.ok(&action).await;
        assert!(action.action == "createImage" && !action.has_failed());
        assert!(cloud.ok(&ListActions { server: server.id.clone() }).await.len() >= 2);

        let mut copy = cloud.smallest(&unique("copy")).await;
        copy.boot = carrete::openstack::compute::BootFrom::Image(image.clone());
        assert_eq!(cloud.launch(copy).await.image, Some(image));
    });
}

#[test]
fn a_failed_snapshot_leaves_no_image_and_an_action_that_says_so() {
    run("e2e6", "e2e6", async |cloud| {
        let mut launch = cloud.smallest(&unique("failing")).await;
        launch.metadata = metadata(&[("testbed_fail_snapshot", "true")]);
        let server = cloud.launch(launch).await;
        let accepted = snapshot(&cloud, &server.id, &unique("lost")).await;
        let image = accepted.image.unwrap();
        cloud.gone(&ShowImage(image.clone())).await;
        let error = cloud.error(&ShowImage(image)).await;
        assert_eq!(sentence(&error, Context::doing(Doing::Snapshot)).key, "error.snapshot_failed");
        let call = ShowAction { server: server.id.clone(), request: accepted.request_id.unwrap() };
        cloud
            .until(30, "the action tells of the failure", async || cloud.ok(&call).await.has_failed().then_some(()))
            .await;
        let after = cloud.ok(&ShowServer(server.id)).await;
        assert_eq!((after.status, after.fault), (ServerStatus::Active, None));
    });
}

#[test]
fn without_a_version_header_the_image_is_found_by_its_nonce() {
    run("e2e6", "e2e6", async |cloud| {
        let server = cloud.launch(cloud.smallest(&unique("old")).await).await;
        cloud.client.transport().refuses_versions.set(true);
        cloud.client.set_region("RegionTwo");
        assert_eq!(cloud.ok(&ShowServer(server.id.clone())).await.name, server.name);
        assert!(cloud.client.is_reduced() && cloud.client.microversion(Service::Compute).is_none());
        let nonce = unique("nonce");
        assert_eq!(snapshot(&cloud, &server.id, &nonce).await.image, None);
        let image = cloud
            .until(30, "the nonce is found", async || {
                let found = cloud.ok(&ListImages::by_property("carrete_op", &nonce)).await.items;
                found.first().map(|image| image.id.clone())
            })
            .await;
        cloud.made(Thing::Image(image.clone()));
        cloud.usable(&image, &server.id).await;
        assert!(cloud.error(&ShowServer("x".into())).await.is_not_found());
    });
}

#[test]
fn an_image_is_renamed_protected_and_marked() {
    run("e2e6", "e2e6", async |cloud| {
        let server = cloud.launch(cloud.smallest(&unique("marked")).await).await;
        let image = snapshot(&cloud, &server.id, &unique("mark")).await.image.unwrap();
        cloud.usable(&image, &server.id).await;
        let patch = |changes| PatchImage { image: image.clone(), changes };
        let name = "Antes de actualizar: 1 <b>ñ</b>";
        let changed = cloud
            .ok(&patch(vec![
                ImageChange::Name(name.into()),
                ImageChange::Protected(true),
                ImageChange::SetProperty("carrete_note".into(), "vale".into()),
                ImageChange::SetProperty("a/b~c".into(), "1".into()),
                ImageChange::RemoveProperty("carrete_op".into()),
            ]))
            .await;
        assert!(changed.protected && changed.name == name && changed.property("carrete_op").is_none());
        assert_eq!((changed.property("carrete_note"), changed.property("a/b~c")), (Some("vale"), Some("1")));
        let found = cloud.ok(&ListImages::default().with("name", name)).await.items;
        assert!(found.iter().any(|found| found.id == image));
        let kept = cloud.error(&DeleteImage(image.clone())).await;
        assert_eq!(sentence(&kept, Context::doing(Doing::DeleteImage)).key, "error.image_protected", "{kept:?}");
        let twice = cloud.error(&patch(vec![ImageChange::RemoveProperty("carrete_op".into())])).await;
        assert!(matches!(twice, ApiError::Conflict(_)), "{twice:?}");
        let own = cloud.error(&patch(vec![ImageChange::SetProperty("os_glance_x".into(), "1".into())])).await;
        assert!(matches!(own, ApiError::Forbidden(_)), "{own:?}");
        cloud.ok(&patch(vec![ImageChange::Protected(false)])).await;
        cloud.ok(&DeleteImage(image.clone())).await;
        cloud.gone(&ShowImage(image)).await;
    });
}

#[test]
fn a_server_keeps_its_policy_as_metadata() {
    run("e2e6", "e2e6", async |cloud| {
        let server = cloud.launch(cloud.smallest(&unique("policy")).await).await.id;
        let set = SetServerMetadata {
            server: server.clone(),
            metadata: metadata(&[("carrete_policy", "keep 7"), ("b", "")]),
        };
        assert_eq!(cloud.ok(&set).await.get("carrete_policy").map(String::as_str), Some("keep 7"));
        let remove = DeleteServerMetadata { server: server.clone(), key: "b".into() };
        cloud.ok(&remove).await;
        assert!(cloud.error(&remove).await.is_not_found());
        assert_eq!(cloud.ok(&ShowServer(server.clone())).await.metadata, metadata(&[("carrete_policy", "keep 7")]));
        let console = cloud.client.call(&ConsoleOutput { server, lines: 20 }).await;
        assert!(console.is_ok(), "{console:?}");
    });
}

#[test]
fn a_reader_looks_and_does_not_touch() {
    run("demo", "demo", async |owner| {
        let server = owner.launch(owner.smallest(&unique("readonly")).await).await.id;
        let reader = super::cloud::stranger(&super::cloud::url());
        let token =
            reader.sign_in(super::cloud::password("reader", "testbed"), super::cloud::project("demo")).await.unwrap();
        assert!(token.is_read_only());
        assert!(reader.call(&ShowServer(server.clone())).await.is_ok());
        let image = CreateImage { server: server.clone(), name: "no".into(), metadata: BTreeMap::new() };
        let backup = CreateBackup {
            server,
            name: "no".into(),
            backup_type: "daily".into(),
            rotation: 1,
            metadata: BTreeMap::new(),
        };
        for error in [reader.call(&image).await.unwrap_err(), reader.call(&backup).await.unwrap_err()] {
            assert!(matches!(error, ApiError::Forbidden(_)), "{error:?}");
            assert_eq!(sentence(&error, Context::doing(Doing::Snapshot)).key, "error.forbidden");
        }
        let queued = owner.ok(&ListImages::default().with("status", ImageStatus::Queued.word())).await.items;
        assert!(queued.iter().all(|image| image.name != "no"));
    });
}
