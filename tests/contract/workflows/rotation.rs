//! What goes, what stays, and what is said of it, after a real run.

use carrete::backup::executions::failure;
use carrete::backup::workflow::{self, BACKUP};
use carrete::model::{ImageId, RunState, VolumeSnapshot, VolumeStatus};
use carrete::openstack::block_storage::ListSnapshots;
use carrete::openstack::compute::{BootFrom, SetServerMetadata};
use carrete::openstack::image::{ImageChange, PatchImage, ShowImage};
use carrete::openstack::workflow::*;
use serde_json::json;

use super::super::cloud::{Thing, metadata, run, snapshots_of, unique};
use super::{USER, backs_up, ends, finished, ids, images, installed, openstack, promise, run_of, seen, sorted, uuid};

#[test]
fn a_server_with_two_volumes_is_rotated_with_its_volume_snapshots() {
    run(USER, USER, async |cloud| {
        installed(&cloud).await;
        let mut launch = cloud.smallest(&unique("scheduled-volumes")).await;
        let image = cloud.tiny().await;
        launch.boot = BootFrom::NewVolume { image, size: 1, delete_on_termination: true, volume_type: None };
        let server = cloud.launch(launch).await.id;
        let volume = openstack(&["volume", "create", "--size", "1", &unique("disk"), "-f", "value", "-c", "id"]);
        cloud
            .until(60, "the volume is there", async || {
                (openstack(&["volume", "show", &volume, "-f", "value", "-c", "status"]) == "available").then_some(())
            })
            .await;
        let version = ["--os-compute-api-version", "2.79", "server", "add", "volume", "--enable-delete-on-termination"];
        openstack(&[version.as_slice(), &[server.as_str(), &volume]].concat());

        promise(&cloud, &server, "last=1").await;
        let (_, first) = backs_up(&cloud, &server).await;
        let old = snapshots_of(&cloud.ok(&ShowImage(first.clone())).await);
        assert_eq!(old.len(), 2);
        // An image that somebody made by hand needs one of them too.
        let file = std::env::temp_dir().join(unique("empty"));
        std::fs::write(&file, "").unwrap();
        let needs = format!("block_device_mapping=[{{\"snapshot_id\": \"{}\"}}]", old[0]);
        let (path, name) = (file.display().to_string(), unique("by-hand"));
        let words = ["image", "create", "--property", &needs, "--file", &path, &name, "-f", "value", "-c", "id"];
        let by_hand = ImageId::from(openstack(&words).as_str());
        std::fs::remove_file(&file).unwrap();
        cloud.made(Thing::Image(by_hand.clone()));
        assert_eq!(snapshots_of(&cloud.ok(&ShowImage(by_hand)).await), old[..1]);
        let (done, second) = backs_up(&cloud, &server).await;
        assert_eq!(done.output["released"], json!([first.as_str()]));
        let left = images(&cloud, &server).await;
        assert_eq!(ids(&left), std::slice::from_ref(&second));
        let behind = snapshots_of(&left[0]);
        cloud
            .until(60, "the old volume snapshot that nobody needs is gone", async || {
                let all = cloud.client.all(ListSnapshots::default(), |_| {}).await.unwrap();
                (!all.iter().any(|snapshot| old[1] == snapshot.id)).then_some(())
            })
            .await;
        let all = cloud.client.all(ListSnapshots::default(), |_| {}).await.unwrap();
        let needed = all.iter().find(|snapshot| old[0] == snapshot.id);
        assert!(needed.is_some_and(|snapshot| snapshot.status == VolumeStatus::Available), "{needed:?}");
        let new: Vec<&VolumeSnapshot> = all.iter().filter(|snapshot| behind.contains(&snapshot.id)).collect();
        assert!(new.len() == 2 && new.iter().all(|snapshot| snapshot.status == VolumeStatus::Available), "{new:?}");

        // In several tiers, the day's only place is the newest's, and the oldest takes the second: nothing goes.
        promise(&cloud, &server, "daily=2; every=6h at=01:30Z").await;
        let (done, _) = backs_up(&cloud, &server).await;
        assert_eq!(done.output["released"], json!([]));
        assert_eq!(images(&cloud, &server).await.len(), 2);
    });
}

/// An upload may take longer than a run can look: what it left goes in the next one, whatever becomes of that.
#[test]
fn a_snapshot_that_fails_is_a_failed_run_and_what_earlier_runs_left_goes_all_the_same() {
    run(USER, USER, async |cloud| {
        installed(&cloud).await;
        let server = cloud.launch(cloud.smallest(&unique("fails")).await).await.id;
        promise(&cloud, &server, "last=2").await;
        let (_, first) = backs_up(&cloud, &server).await;
        let (_, second) = backs_up(&cloud, &server).await;
        assert_eq!(ids(&images(&cloud, &server).await), sorted([&first, &second]));

        promise(&cloud, &server, "last=1").await;
        let fails = metadata(&[("testbed_fail_snapshot", "true")]);
        cloud.ok(&SetServerMetadata { server: server.clone(), metadata: fails }).await;
        let mut input = workflow::input(&server, "RegionOne");
        input["poll"] = json!(1);
        for released in [json!([first.as_str()]), json!([])] {
            let failed = ends(&cloud, BACKUP, input.clone()).await;
            assert_eq!((&failed.state, &failed.output["released"]), (&RunState::Error, &released));
            let known = run_of(&seen(&cloud, &server).await, &server, &failed.id);
            assert_eq!(known.failure.unwrap().key, "schedule.failed.vanished", "{}", failed.state_info);
            assert_eq!(known.image, None);
            assert_eq!(ids(&images(&cloud, &server).await), sorted([&second]), "the newest usable one stays");
        }
    });
}

#[test]
fn a_refused_deletion_is_told() {
    run(USER, USER, async |cloud| {
        installed(&cloud).await;
        let server = cloud.launch(cloud.smallest(&unique("refused")).await).await.id;
        promise(&cloud, &server, "last=1").await;
        let (_, first) = backs_up(&cloud, &server).await;
        // The same workflow, but there is time to protect a backup between the decision and its deletion.
        let name = format!("carrete_backup_v{}", super::now().0);
        let yaml = workflow::ALL.iter().find(|it| it.name == BACKUP).unwrap().yaml;
        let yaml = yaml.replace(BACKUP, &name).replace("    remove:\n", "    remove:\n      wait-before: 6\n");
        drop(cloud.ok(&CreateWorkflow { yaml }).await);
        let mut input = workflow::input(&server, "RegionOne");
        input["poll"] = json!(1);
        let call =
            CreateExecution { id: uuid(), workflow: name.as_str().into(), input, description: "contract".into() };
        cloud.ok(&call).await;
        cloud
            .until(90, "it is decided for the second time", async || {
                let tasks = cloud.ok(&ListTasks(call.id.clone())).await;
                (tasks.iter().filter(|task| task.name == "remove").count() == 2).then_some(())
            })
            .await;
        cloud.ok(&PatchImage { image: first.clone(), changes: vec![ImageChange::Protected(true)] }).await;
        let done = finished(&cloud, &call.id).await;
        cloud.ok(&DeleteWorkflow(name)).await;
        let made = ImageId::from(done.output["image"].as_str().unwrap());
        cloud.made(Thing::Image(made.clone()));
        assert_eq!((done.state, &done.output["released"]), (RunState::Error, &json!([])));
        let said = failure(&done.state_info);
        assert_eq!(said.key, "schedule.failed.not_all", "{}", done.state_info);
        assert!(format!("{said:?}").contains("protected"), "{said:?}");
        assert_eq!(ids(&images(&cloud, &server).await), sorted([&first, &made]));
    });
}
