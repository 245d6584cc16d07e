//! The script of `schedule/`, run for real with the `openstack` command: what it makes, removes, leaves and refuses.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, channel};

use carrete::model::{Image, ImageId, ServerId, SnapshotId};
use carrete::openstack::block_storage::ListSnapshots;
use carrete::openstack::compute::{BootFrom, CreateImage, SetServerMetadata};
use carrete::openstack::image::{ImageChange, ListImages, PatchImage, ShowImage};

use super::cloud::{Cloud, Thing, metadata, run, snapshots_of, unique};

mod outlets;

/// In the environment of the tests' cloud, where `openstack` and its users are.
fn with(words: &[&str]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("tests/openstack/with"));
    command.args(words).current_dir(root).env("OS_CLOUD", "e2e6");
    if std::env::var_os("CARRETE_CLOUD").is_none() {
        command.env("CARRETE_CLOUD", "test");
    }
    command
}

fn openstack(words: &[&str]) -> String {
    let output = with(&[&["openstack"], words].concat()).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// The script, with a lock of its own, as other tests run it too.
fn script(words: &[&str]) -> Output {
    let lock = std::env::temp_dir().join(unique("lock"));
    let lock_option = format!("--lock={}", lock.display());
    let output = with(&[&["python3", "schedule/carrete-backup.py", &lock_option], words].concat()).output().unwrap();
    drop(std::fs::remove_file(lock));
    output
}

/// A run that must go well; gives what it said.
fn runs(words: &[&str]) -> String {
    let output = script(words);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Listens where a dead-man's switch would: gives its address and the paths that are asked for.
fn dead_mans_switch() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/ping/abc?x=1", listener.local_addr().unwrap());
    let (heard, hears) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            if heard.send(line.split(' ').nth(1).unwrap().to_owned()).is_err() {
                return;
            }
        }
    });
    (address, hears)
}

/// The policy's own backups of a server, newest first; they are removed at the end of the test.
async fn backups(cloud: &Cloud, server: &ServerId) -> Vec<Image> {
    let call = ListImages::default().with("backup_type", "carrete").with("instance_uuid", server.as_str());
    let mut found = cloud.client.all(call, |_| {}).await.unwrap();
    found.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    for image in &found {
        cloud.forget(&image.id);
        cloud.made(Thing::Image(image.id.clone()));
    }
    found
}

fn ids(images: &[Image]) -> Vec<ImageId> {
    images.iter().map(|image| image.id.clone()).collect()
}

async fn set(cloud: &Cloud, server: &ServerId, pairs: &[(&str, &str)]) {
    cloud.ok(&SetServerMetadata { server: server.clone(), metadata: metadata(pairs) }).await;
}

async fn image_backed(cloud: &Cloud, policy: &str) -> ServerId {
    let mut launch = cloud.smallest(&unique("scripted")).await;
    launch.metadata = metadata(&[("carrete_policy", policy)]);
    cloud.launch(launch).await.id
}

#[test]
fn keep_last_two_over_three_runs_leaves_the_two_newest() {
    run("e2e6", "e2e6", async |cloud| {
        let server = image_backed(&cloud, "last=2; at=03:00Z").await;
        let id = server.as_str();
        let (address, pings) = dead_mans_switch();

        let said = runs(&["--dry-run", "--ping", &address, id]);
        assert!(said.contains("would be kept: a new backup"), "{said}");
        assert!(backups(&cloud, &server).await.is_empty(), "a dry run changes nothing");

        runs(&["--ping", &address, id]);
        let first = ids(&backups(&cloud, &server).await);
        assert_eq!(first.len(), 1);
        assert_eq!(pings.try_iter().collect::<Vec<_>>(), ["/ping/abc?x=1"], "once: not after the dry run");
        let made = cloud.ok(&ShowImage(first[0].clone())).await;
        assert_eq!(made.property("carrete_server"), Some(id));
        assert!(made.property("carrete_op").is_some_and(|op| made.name.ends_with(&op[..6])), "{made:?}");

        let said = runs(&["--due", id]);
        assert!(said.contains("serves the slot") && said.contains("0 backed up"), "{said}");

        runs(&[id]);
        let second = ids(&backups(&cloud, &server).await);
        assert_eq!(second[1..], first);
        let said = runs(&["--dry-run", id]);
        assert!(said.contains("would be removed: ") && said.contains(&made.name), "{said}");
        assert_eq!(ids(&backups(&cloud, &server).await), second, "a dry run changes nothing");

        let said = runs(&[id]);
        assert!(said.contains(&format!("removed {}", made.name)), "{said}");
        let third = ids(&backups(&cloud, &server).await);
        assert_eq!((third.len(), &third[1]), (2, &second[0]));
    });
}

#[test]
fn what_is_not_usable_takes_no_place_and_what_is_protected_stays() {
    run("e2e6", "e2e6", async |cloud| {
        let server = image_backed(&cloud, "last=1").await;
        let id = server.as_str();
        runs(&["--quiet", id]);
        let good = ids(&backups(&cloud, &server).await).remove(0);
        cloud.ok(&PatchImage { image: good.clone(), changes: vec![ImageChange::Protected(true)] }).await;
        runs(&["--quiet", id]);
        let bad = ids(&backups(&cloud, &server).await).remove(0);
        openstack(&["image", "set", "--deactivate", bad.as_str()]);

        // One that fails must not push anything out, whatever else is there.
        set(&cloud, &server, &[("testbed_fail_snapshot", "true")]).await;
        let (address, pings) = dead_mans_switch();
        let output = script(&["--ping", &address, id]);
        let (said, failed) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{said}{failed}");
        assert!(failed.contains("FAILED: ") && failed.contains(id) && failed.lines().count() == 1, "{failed}");
        assert!(said.contains("0 backed up, 0 removed, 0 skipped, 1 failed"), "{said}");
        assert_eq!(pings.try_iter().collect::<Vec<_>>(), ["/ping/abc/fail?x=1"]);
        assert_eq!(ids(&backups(&cloud, &server).await), [bad.clone(), good.clone()]);

        set(&cloud, &server, &[("testbed_fail_snapshot", "false")]).await;
        let said = runs(&[id]);
        assert!(
            said.contains("left alone: ") && said.contains("(protected)") && said.contains("(deactivated)"),
            "{said}"
        );
        let now = ids(&backups(&cloud, &server).await);
        assert_eq!(now[1..], [bad.clone(), good.clone()]);

        openstack(&["image", "set", "--activate", bad.as_str()]);
        runs(&[id]);
        let end = ids(&backups(&cloud, &server).await);
        assert_eq!((end.len(), &end[1]), (2, &good), "the newest, and the protected one: {end:?}");
    });
}

#[test]
fn a_server_with_two_volumes_keeps_one_image_and_its_two_snapshots() {
    run("e2e6", "e2e6", async |cloud| {
        let mut launch = cloud.smallest(&unique("volumes")).await;
        let image = cloud.tiny().await;
        launch.boot = BootFrom::NewVolume { image, size: 1, delete_on_termination: true, volume_type: None };
        launch.metadata = metadata(&[("carrete_policy", "last=1; at=03:00Z")]);
        let server = cloud.launch(launch).await.id;
        let id = server.as_str();
        let volume = openstack(&["volume", "create", "--size", "1", &unique("disk"), "-f", "value", "-c", "id"]);
        let volume = volume.trim();
        cloud
            .until(60, "the volume is there", async || {
                openstack(&["volume", "show", volume, "-f", "value", "-c", "status"])
                    .starts_with("available")
                    .then_some(())
            })
            .await;
        // It goes with the server.
        let version = ["--os-compute-api-version", "2.79", "server", "add", "volume", "--enable-delete-on-termination"];
        openstack(&[version.as_slice(), &[id, volume]].concat());

        runs(&[id]);
        let first = backups(&cloud, &server).await.remove(0);
        let old = snapshots_of(&first);
        assert_eq!(old.len(), 2, "root disk and data disk");
        assert_eq!(first.property("carrete_image"), Some(first.id.as_str()), "sealed");
        let said = runs(&[id]);
        assert!(said.contains("1 backed up, 1 removed"), "{said}");

        let left = backups(&cloud, &server).await;
        assert!(left.len() == 1 && left[0].id != first.id, "{left:?}");
        let there: Vec<SnapshotId> =
            cloud.client.all(ListSnapshots::default(), |_| {}).await.unwrap().into_iter().map(|s| s.id).collect();
        let new = snapshots_of(&left[0]);
        assert!(new.len() == 2 && new.iter().all(|snapshot| there.contains(snapshot)), "{new:?} of {there:?}");
        assert!(old.iter().all(|snapshot| !there.contains(snapshot)), "{old:?} of {there:?}");
    });
}

#[test]
fn what_cannot_be_backed_up_is_reported_and_the_others_are() {
    run("e2e6", "e2e6", async |cloud| {
        let busy = image_backed(&cloud, "last=1").await;
        let paused = image_backed(&cloud, "last=1; at=03:00Z paused").await;
        set(&cloud, &busy, &[("testbed_snapshot_seconds", "45")]).await;
        let name = unique("busy");
        let call = CreateImage { server: busy.clone(), metadata: metadata(&[("carrete_op", &name)]), name };
        cloud.made(Thing::Image(cloud.ok(&call).await.image.unwrap()));

        let output = script(&[busy.as_str(), paused.as_str(), "no-such-server", "$(x)"]);
        let (said, failed) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{said}{failed}");
        assert!(failed.contains("the server is busy (image_"), "{failed}");
        assert!(failed.contains("$(x) ($(x)): not the id of a server"), "{failed}");
        assert!(said.contains("skipped: its schedule is paused"), "{said}");
        assert!(said.contains("0 backed up, 0 removed, 1 skipped, 3 failed"), "{said}");
        assert!(backups(&cloud, &busy).await.is_empty() && backups(&cloud, &paused).await.is_empty());
    });
}

/// A home of its own, gone at the end.
struct Home(PathBuf);

impl Home {
    fn run(&self, commands: &str) -> Output {
        with(&["sh", "-c", commands]).env("HOME", &self.0).output().unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[test]
fn a_lost_answer_makes_no_second_backup_and_a_refused_deletion_is_told() {
    run("e2e6", "e2e6", async |cloud| {
        let server = image_backed(&cloud, "last=1").await;
        let folder = Home(std::env::temp_dir().join(unique("faults")));
        std::fs::create_dir_all(&folder.0).unwrap();
        // The real client, but the answer of a creation is lost, and where `refuses` stands, no image can be deleted.
        let client = "#!/bin/sh
here=$(dirname \"$0\"); PATH=${PATH#*:}
case \"$1 $2 $3\" in
'server backup create') openstack \"$@\" > /dev/null 2>&1; echo 'Unable to establish connection' >&2; exit 1 ;;
'image delete '*) [ -e \"$here/refuses\" ] && { echo 'HttpException: 409: Conflict, in use' >&2; exit 1; } ;;
esac
exec openstack \"$@\"
";
        let path = folder.0.join("openstack");
        std::fs::write(&path, client).unwrap();
        assert!(Command::new("chmod").arg("755").arg(&path).status().unwrap().success());
        let faulty = || {
            let here = folder.0.display();
            let run = format!("PATH={here}:$PATH exec python3 schedule/carrete-backup.py --lock={here}/lock {server}");
            with(&["sh", "-c", &run]).output().unwrap()
        };

        let output = faulty();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let first = ids(&backups(&cloud, &server).await);
        assert_eq!(first.len(), 1, "found by its name, not made twice");

        std::fs::write(folder.0.join("refuses"), "").unwrap();
        let output = faulty();
        let failed = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{failed}");
        assert!(failed.contains("the new backup is usable, but ") && failed.contains("in use"), "{failed}");
        assert_eq!(backups(&cloud, &server).await.len(), 2, "one more, not one less");

        std::fs::remove_file(folder.0.join("refuses")).unwrap();
        let output = faulty();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let left = ids(&backups(&cloud, &server).await);
        assert!(left.len() == 1 && !first.contains(&left[0]), "what stayed was caught up: {left:?}");
    });
}
