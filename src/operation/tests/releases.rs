//! Old backups go by a policy: what it looks at once more, and what stops it.

use super::backups::{by_carrete_of, ours_of, volume_cloud_of};
use super::cloud::{Cloud, Mood};
use super::*;
use crate::backup::policy::BACKUP_TYPE;
use crate::model::{ImageId, VolumeSnapshot, VolumeStatus};

/// Three backups by policy of a volume-backed server, which says this.
fn policy_cloud(policy: Option<&str>) -> Cloud {
    let mut cloud = volume_cloud_of(Mood::Good, BACKUP_TYPE);
    set_policy(&mut cloud, policy);
    cloud
}

fn set_policy(cloud: &mut Cloud, policy: Option<&str>) {
    let metadata = &mut cloud.servers[0].metadata;
    metadata.remove("carrete_policy");
    metadata.extend(policy.map(|line| ("carrete_policy".to_owned(), line.to_owned())));
}

fn by_policy(cloud: &Cloud, last: u32) -> Operation {
    by_carrete_of(cloud, BACKUP_TYPE, last)
}

fn ids(cloud: &Cloud) -> Vec<&str> {
    cloud.images.iter().map(|i| i.id.as_str()).collect()
}

fn disks(cloud: &Cloud) -> Vec<&str> {
    cloud.snapshots.iter().map(|s| s.id.as_str()).collect()
}

fn warnings(run: &Run) -> Vec<&str> {
    run.outcome().warnings.iter().map(|w| w.key.as_str()).collect()
}

fn deletes(run: &Run) -> bool {
    run.sent.iter().any(|e| matches!(e, Effect::DeleteImage { .. } | Effect::DeleteSnapshot { .. }))
}

/// Drives it without faults until it asks for such an effect; that one is not carried out.
fn until(work: &mut Operation, cloud: &mut Cloud, now: &mut Millis, stop: impl Fn(&Effect) -> bool) -> Effect {
    for _ in 0..10_000 {
        match work.next(*now) {
            Next::Do(effect) if stop(&effect) => return effect,
            Next::Do(effect) => {
                if effect.creates() {
                    work.apply(Event::Asking, *now);
                }
                *now = now.plus(50);
                let event = cloud.answer(&effect, cloud::Fault::None, *now);
                work.apply(event, *now);
            }
            Next::Wait { until, .. } => *now = until,
            end => panic!("it ended: {end:?}"),
        }
    }
    panic!("it was never asked for")
}

#[test]
fn the_policy_that_stands_now_has_a_say_too() {
    // Stricter or milder than what was agreed to: what either keeps stays.
    for (policy, left) in
        [("last=2", "b3 new"), ("last=1", "b3 new"), ("last=3", "b2 b3 new"), ("daily=9", "b1 b3 new")]
    {
        let mut cloud = policy_cloud(Some(policy));
        let work = by_policy(&cloud, 2);
        let run = run(work, &mut cloud, &[]);
        run.outcome();
        assert_eq!(ids(&cloud).join(" "), left, "{policy}");
        assert_eq!(warnings(&run).contains(&"operation.backup.spared"), left != "b3 new", "{policy}");
    }
}

#[test]
fn without_a_policy_that_can_be_read_nothing_goes_and_that_is_said() {
    for (policy, said) in
        [(None, "operation.backup.policy_gone"), (Some("keep everything"), "operation.backup.policy_unreadable")]
    {
        let mut cloud = policy_cloud(Some("last=2"));
        let work = by_policy(&cloud, 2);
        set_policy(&mut cloud, policy);
        let run = run(work, &mut cloud, &[]);
        assert_eq!(
            (run.outcome().message.key.as_str(), warnings(&run)),
            ("operation.backup.done_otherwise", vec![said])
        );
        assert!(!deletes(&run) && cloud.images.len() == 4);
    }
}

#[test]
fn a_deletion_that_was_interrupted_is_decided_again() {
    let mut cloud = policy_cloud(Some("last=1"));
    let mut work = by_policy(&cloud, 1);
    let mut now = Millis(START * 1000);
    // Agreed: b1, b2 and b3 go. After the first image the page is closed.
    let first = until(&mut work, &mut cloud, &mut now, |e| matches!(e, Effect::DeleteImage { .. }));
    let event = cloud.answer(&first, cloud::Fault::None, now);
    work.apply(event, now);
    assert_eq!(ids(&cloud), ["b2", "b3", "new"]);
    let mut work = reload(&work);
    // Meanwhile the policy is to keep more, and somebody pins what would go.
    set_policy(&mut cloud, Some("last=2"));
    cloud.images.iter_mut().filter(|i| i.id.as_str() == "b2").for_each(|i| i.protected = true);
    now = now.plus(86_400_000);
    work.apply(Event::Resumed, now);
    let run = run(work, &mut cloud, &[]);
    run.outcome();
    assert_eq!(ids(&cloud), ["b2", "b3", "new"], "b3 takes a place of the policy now");
    assert_eq!(disks(&cloud), ["disk-b2", "disk-b3", "v1", "v2"], "what the first image left is tidied up");
    assert_eq!(warnings(&run), ["operation.backup.spared"; 2]);
}

#[test]
fn a_policy_that_goes_meanwhile_leaves_what_was_begun_to_be_tidied_up() {
    let mut cloud = policy_cloud(Some("last=1"));
    let mut work = by_policy(&cloud, 1);
    let mut now = Millis(START * 1000);
    let first = until(&mut work, &mut cloud, &mut now, |e| matches!(e, Effect::DeleteImage { .. }));
    let event = cloud.answer(&first, cloud::Fault::None, now);
    work.apply(event, now);
    set_policy(&mut cloud, None);
    work.apply(Event::Resumed, now);
    let run = run(work, &mut cloud, &[]);
    assert!(!deletes(&run));
    assert_eq!(
        run.outcome().leftovers,
        [Leftover::VolumeSnapshot { id: "disk-b1".into(), name: "image b1 /dev/vda".into() }]
    );
}

#[test]
fn what_a_list_leaves_out_is_looked_at_and_not_taken_for_gone() {
    // The list of a server finds only what Nova's key names; the plan counts what Carrete's key names as well.
    let mut cloud = Cloud {
        images: (1..=3)
            .map(|n| crate::backup::samples::backup(&format!("b{n}"), START - 1000 + n, "s", BACKUP_TYPE))
            .collect(),
        ..Cloud::new(Mood::Good)
    };
    set_policy(&mut cloud, Some("last=1"));
    let work = by_policy(&cloud, 1);
    cloud.images[0].properties.remove("instance_uuid");
    let b1 = cloud.images.remove(0).with("carrete_server", "s");
    cloud.images.push(b1);
    let run = run(work, &mut cloud, &[]);
    assert_eq!(ids(&cloud), ["b1", "new"], "its origin is in doubt now");
    assert_eq!(warnings(&run), ["operation.backup.spared"]);
}

#[test]
fn a_disk_that_only_a_hidden_image_needs_stays() {
    let mut cloud = policy_cloud(Some("last=2"));
    let work = by_policy(&cloud, 2);
    // A copy of b1, hidden, that names another server.
    let mut copy =
        ours_of("b1", START - 999, BACKUP_TYPE).with("instance_uuid", "other").with("carrete_server", "other");
    copy.id = "copy".into();
    copy.os_hidden = true;
    cloud.images.push(copy);
    let run = run(work, &mut cloud, &[]);
    assert_eq!(ids(&cloud), ["b3", "copy", "new"]);
    assert_eq!(disks(&cloud), ["disk-b1", "disk-b3", "v1", "v2"]);
    assert_eq!(warnings(&run), ["operation.backup.spared"]);
}

#[test]
fn a_disk_that_is_going_already_is_only_watched() {
    let mut cloud = policy_cloud(Some("last=1"));
    let mut work = by_policy(&cloud, 1);
    let mut now = Millis(START * 1000);
    until(&mut work, &mut cloud, &mut now, |e| matches!(e, Effect::ShowSnapshot { .. }));
    work.apply(Event::Resumed, now);
    let run = run(work, &mut cloud, &[]);
    assert!(run.outcome().warnings.is_empty());
    let asked: Vec<_> = run
        .sent
        .iter()
        .filter_map(|effect| match effect {
            Effect::DeleteSnapshot { id } => Some(id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(asked, ["disk-b2", "disk-b3"]);
    assert_eq!((ids(&cloud), disks(&cloud)), (vec!["new"], vec!["v1", "v2"]));
}

#[test]
fn a_backup_that_was_refused_is_no_leftover_and_is_decided_again_before_the_next_try() {
    let mut cloud = policy_cloud(Some("last=1"));
    let work = by_policy(&cloud, 1);
    cloud.in_use.push(ImageId::from("b2"));
    let first = run(work, &mut cloud, &[]);
    assert_eq!(warnings(&first), ["operation.delete.stays"; 2]);
    assert!(first.outcome().leftovers.is_empty());
    assert_eq!(ids(&cloud), ["b2", "new"]);
    let mut again = first.operation.clone();
    assert!(again.can_release_again());
    // The store lets it go, but the policy wants it now.
    cloud.in_use.clear();
    set_policy(&mut cloud, Some("last=2"));
    again.apply(Event::Again, Millis(START * 1000 + 900_000));
    let second = run(again.clone(), &mut cloud, &[]);
    assert_eq!(warnings(&second), ["operation.backup.spared"]);
    assert!(!second.operation.can_release_again());
    assert_eq!(ids(&cloud), ["b2", "new"]);
    // As it was agreed to, it goes with its disk.
    set_policy(&mut cloud, Some("last=1"));
    let third = run(again, &mut cloud, &[]);
    assert!(third.outcome().warnings.is_empty());
    assert_eq!((ids(&cloud), disks(&cloud)), (vec!["new"], vec!["v1", "v2"]));
    assert!(!third.operation.can_release_again());
}

#[test]
fn a_disk_that_the_storage_keeps_is_a_leftover() {
    let mut cloud = policy_cloud(Some("last=2"));
    let work = by_policy(&cloud, 2);
    cloud.stuck.push("disk-b1".into());
    let run = run(work, &mut cloud, &[]);
    assert_eq!(
        run.outcome().leftovers,
        [Leftover::VolumeSnapshot { id: "disk-b1".into(), name: "image b1 /dev/vda".into() }]
    );
    assert!(!run.operation.can_release_again());
    let still: Vec<&VolumeSnapshot> = cloud.snapshots.iter().filter(|s| s.status == VolumeStatus::Available).collect();
    assert!(still.iter().any(|s| s.id.as_str() == "disk-b1"));
}
