use proptest::prelude::*;

use super::cloud::{Cloud, Mood, any_faults, project};
use super::*;
use crate::backup::deletion::plan;
use crate::backup::samples::{image, volume_image};
use crate::model::{ImageId, VolumeSnapshot, VolumeStatus};

fn cloud() -> Cloud {
    let disk = |id: &str| VolumeSnapshot { id: id.into(), status: VolumeStatus::Available, ..Default::default() };
    Cloud {
        images: vec![volume_image("a", 1, &["d1", "d2"]), image("b", 2), volume_image("c", 3, &["d1"])],
        snapshots: vec![disk("d1"), disk("d2")],
        ..Cloud::new(Mood::Good)
    }
}

fn delete(cloud: &Cloud, ids: &[&str]) -> Operation {
    let ids: Vec<ImageId> = ids.iter().map(|id| ImageId::from(*id)).collect();
    operation(Kind::DeleteImages(Deletion::new(plan(&ids, &cloud.images, &[], &project()).steps())))
}

#[test]
fn images_and_their_disks_go() {
    let mut cloud = cloud();
    let run = run(delete(&cloud, &["a", "b", "c"]), &mut cloud, &[]);
    assert_eq!(run.outcome().message.key, "operation.delete.done");
    assert!(cloud.images.is_empty() && cloud.snapshots.is_empty());
}

#[test]
fn what_is_about_to_go_is_known_until_it_is_gone_or_stays() {
    let going = |operation: &Operation| -> Vec<String> {
        let Kind::DeleteImages(work) = &operation.kind else { panic!("no deletion") };
        work.going().map(ToString::to_string).collect()
    };
    let mut operation = delete(&cloud(), &["a", "b"]);
    assert_eq!(going(&operation), ["a", "b"]);
    assert!(matches!(operation.next(Millis(0)), Next::Do(Effect::DeleteImage { id }) if id.as_str() == "a"));
    operation.apply(Event::Deleted, Millis(0));
    assert_eq!(going(&operation), ["b"]);
    let mut protected = cloud();
    let work = delete(&protected, &["b"]);
    protected.images[1].protected = true;
    assert!(going(&run(work, &mut protected, &[]).operation).is_empty());
}

#[test]
fn a_disk_that_another_image_needs_stays() {
    let mut cloud = cloud();
    run(delete(&cloud, &["a"]), &mut cloud, &[]).outcome();
    assert_eq!(cloud.snapshots.len(), 1);
}

#[test]
fn a_refusal_does_not_stop_the_others_and_keeps_its_disks() {
    let mut cloud = cloud();
    let work = delete(&cloud, &["a", "b", "c"]);
    cloud.images[0].protected = true;
    let run = run(work, &mut cloud, &[]);
    let done = run.outcome();
    assert_eq!(done.message.key, "operation.delete.partly");
    assert_eq!((done.leftovers.len(), done.warnings.len()), (3, 3));
    assert_eq!((cloud.images.len(), cloud.snapshots.len()), (1, 2));
}

#[test]
fn when_nothing_goes_it_has_failed() {
    let mut cloud = cloud();
    let work = delete(&cloud, &["b"]);
    cloud.images[1].protected = true;
    let run = run(work, &mut cloud, &[]);
    assert!(run.failure().nothing_made);
    assert_eq!(run.failure().leftovers, [Leftover::Image { id: "b".into(), name: "image b".into() }]);
}

#[test]
fn nothing_to_do_is_done() {
    assert!(matches!(operation(Kind::DeleteImages(Deletion::new(vec![]))).next(Millis(0)), Next::Done(_)));
}

proptest! {
    #[test]
    fn no_image_loses_its_disk(faults in any_faults(), protect in 0usize..4) {
        let mut cloud = cloud();
        let work = delete(&cloud, &["a", "b", "c"]);
        if let Some(image) = cloud.images.get_mut(protect) {
            image.protected = true;
        }
        // The pretended cloud panics when a disk of an image that is there is taken.
        let run = run(work, &mut cloud, &faults);
        prop_assert_eq!(run.creations(), 0);
        if let Next::Done(done) = &run.end && done.leftovers.is_empty() {
            prop_assert!(cloud.images.is_empty() && cloud.snapshots.is_empty());
        }
    }
}
