use proptest::prelude::*;

use super::cloud::{Cloud, Fault, Mood, any_faults};
use super::*;
use crate::backup::samples::{image, volume_image};

fn snapshot(volume_backed: bool) -> Operation {
    operation(Kind::Snapshot(Capture::snapshot("s".into(), "web1", "web1-copy", "", volume_backed)))
}

fn volume_cloud(mood: Mood) -> Cloud {
    Cloud { volume_backed: true, ..Cloud::new(mood) }
}

#[test]
fn an_image_backed_snapshot_becomes_usable_and_is_told_at_once() {
    let mut cloud = Cloud::new(Mood::Good);
    let run = run(snapshot(false), &mut cloud, &[]);
    assert_eq!(run.outcome().image, Some("new".into()));
    assert!(run.outcome().warnings.is_empty());
    assert_eq!(
        run.said,
        ["ready", "pending", "copying", "pending_upload", "uploading", "verifying"]
            .map(|key| format!("operation.capture.{key}"))
            .into_iter()
            .chain(["operation.snapshot.done".to_owned()])
            .collect::<Vec<_>>()
    );
    let lag = START * 1000 + run.took - cloud.usable_at.unwrap().0;
    assert!((0..=450).contains(&lag), "{lag} ms late, 100 of them on the way");
}

#[test]
fn a_refusal_is_told_and_nothing_is_left() {
    let run = run(snapshot(false), &mut Cloud::new(Mood::Refuses), &[]);
    let failure = run.failure();
    assert!(failure.nothing_made && failure.leftovers.is_empty());
    assert_eq!(failure.message.key, "operation.snapshot.refused");
    assert_eq!(failure.cause, Some(Message::new("refused")));
    assert_eq!(failure.request_id, Some("req-1".into()));
}

#[test]
fn a_failed_snapshot_is_noticed_although_nothing_says_so() {
    let failed = run(snapshot(false), &mut Cloud::new(Mood::Fails), &[]);
    assert_eq!(failed.failure().message.key, "operation.snapshot.removed");
    assert!(failed.failure().nothing_made);
    let orphan = run(snapshot(false), &mut Cloud::new(Mood::LosesServer), &[]);
    assert_eq!(orphan.failure().message.key, "operation.snapshot.server_gone");
}

#[test]
fn an_answer_that_does_not_name_the_image_is_no_problem() {
    let mut cloud = Cloud { names_image: false, ..Cloud::new(Mood::Good) };
    assert_eq!(run(snapshot(false), &mut cloud, &[]).outcome().image, Some("new".into()));
}

#[test]
fn a_lost_answer_is_looked_for_and_a_lost_request_is_not_repeated() {
    let mut cloud = Cloud::new(Mood::Good);
    run(snapshot(false), &mut cloud, &[Fault::LostAnswer]).outcome();
    assert_eq!(cloud.made, 1);
    let mut cloud = Cloud::new(Mood::Good);
    let lost = run(snapshot(false), &mut cloud, &[Fault::LostRequest]);
    assert_eq!((lost.failure().message.key.as_str(), cloud.made), ("operation.snapshot.not_started", 0));
    assert!(lost.failure().nothing_made && lost.took >= 60_000);
    assert_eq!(lost.failure().cause, Some(Message::new("lost")));
}

#[test]
fn a_refused_look_after_a_reload_is_no_answer_to_the_request() {
    let mut work = snapshot(false);
    work.apply(Event::Asking, Millis(START * 1000));
    let mut work = super::reload(&work);
    let error = EffectError { class: ErrorClass::Forbidden, message: Message::new("no"), request_id: None };
    work.apply(Event::Failed(error), Millis(START * 1000 + 1));
    assert!(matches!(work.next(Millis(START * 1000 + 9_000)), Next::Do(Effect::FindImagesByNonce { .. })));
}

#[test]
fn a_volume_backed_snapshot_waits_for_its_volume_snapshots_and_is_sealed() {
    let mut cloud = volume_cloud(Mood::Good);
    let run = run(snapshot(true), &mut cloud, &[]);
    assert_eq!(run.outcome().image, Some("new".into()));
    assert!(run.took > 3_000);
    let source = crate::backup::Source::of(&cloud.images[0]).unwrap();
    assert_eq!((source.server.as_str(), source.trust), ("s", crate::backup::Trust::Sure));
}

#[test]
fn the_cloud_corrects_a_wrong_guess_about_the_root_disk() {
    run(snapshot(false), &mut volume_cloud(Mood::Good), &[]).outcome();
    let image_backed = run(snapshot(true), &mut Cloud::new(Mood::Good), &[]);
    assert!(image_backed.outcome().warnings.is_empty());
}

#[test]
fn a_broken_volume_snapshot_is_a_failure_with_leftovers() {
    let run = run(snapshot(true), &mut volume_cloud(Mood::Breaks), &[]);
    assert_eq!(run.failure().leftovers.len(), 3);
    assert!(!run.failure().nothing_made);
}

#[test]
fn volume_snapshots_left_by_a_refused_request_are_found() {
    let mut cloud = volume_cloud(Mood::Refuses);
    cloud.snapshots = vec![orphan("left", "disk-of-s", START + 1), orphan("older", "disk-of-s", START - 9_000)];
    let run = run(snapshot(true), &mut cloud, &[]);
    assert_eq!(leftover_ids(run.failure()), ["left"]);
}

fn orphan(id: &str, volume: &str, at: i64) -> crate::model::VolumeSnapshot {
    crate::model::VolumeSnapshot {
        id: id.into(),
        name: "snapshot for web1-copy".into(),
        volume_id: volume.into(),
        created_at: Some(Moment(at)),
        ..Default::default()
    }
}

fn leftover_ids(failure: &Failure) -> Vec<&str> {
    let ids = failure.leftovers.iter().map(|left| match left {
        Leftover::VolumeSnapshot { id, .. } => id.as_str(),
        other => panic!("{other:?}"),
    });
    ids.collect()
}

/// Two servers of one name, backed up in the same second: the volume snapshots have the same name and age.
#[test]
fn the_disks_of_another_capture_of_the_same_name_are_no_leftovers() {
    let mut cloud = volume_cloud(Mood::Refuses);
    // The other one's image is there; hidden, and of this very server; not there yet.
    cloud.images = vec![volume_image("twin", START + 1, &["good"]), volume_image("hidden", START + 1, &["kept"])];
    cloud.images[1].os_hidden = true;
    cloud.snapshots = vec![
        orphan("good", "disk-of-twin", START + 1),
        orphan("kept", "disk-of-s", START + 1),
        orphan("unfinished", "disk-of-twin", START + 1),
        orphan("left", "disk-of-s", START + 1),
    ];
    let run = run(snapshot(true), &mut cloud, &[]);
    assert_eq!(leftover_ids(run.failure()), ["left"]);
}

#[test]
fn of_a_server_that_is_gone_nothing_is_claimed() {
    let mut cloud = volume_cloud(Mood::Refuses);
    cloud.servers.clear();
    cloud.snapshots = vec![orphan("left", "disk-of-s", START + 1)];
    let run = run(snapshot(true), &mut cloud, &[]);
    assert!(run.failure().leftovers.is_empty());
}

#[test]
fn a_clock_that_is_ahead_hides_nothing_that_bears_the_nonce() {
    let mut work = snapshot(false);
    work.apply(Event::Asking, Millis(START * 1000));
    let found = image("new", START - 1_200).with("carrete_op", &work.id.0);
    work.apply(Event::Images { images: vec![found], action: None }, Millis(START * 1000 + 5_000));
    assert!(
        matches!(work.next(Millis(START * 1000 + 5_000)), Next::Do(Effect::Look(look)) if look.image == Some("new".into()))
    );
}

#[test]
fn what_hangs_is_called_stalled_and_still_watched() {
    let mut cloud = Cloud::new(Mood::Hangs);
    let mut work = snapshot(false);
    let mut now = Millis(START * 1000);
    let mut stalled = false;
    for _ in 0..20_000 {
        match work.next(now) {
            Next::Do(effect) => {
                if effect.creates() {
                    work.apply(Event::Asking, now);
                }
                let event = cloud.answer(&effect, Fault::None, now);
                work.apply(event, now);
            }
            Next::Wait { until, .. } => now = until,
            _ => break,
        }
        stalled |= work.phase().stalled;
        if stalled {
            cloud.mood = Mood::Good;
        }
    }
    assert!(stalled && matches!(work.next(now), Next::Done(_)));
}

fn unreachable() -> EffectError {
    EffectError { class: ErrorClass::Unknown, message: Message::new("door.closed"), request_id: None }
}

#[test]
fn a_cloud_that_cannot_be_seen_is_told_and_asked_less_often() {
    for whole in [true, false] {
        let mut work = snapshot(false);
        let mut now = Millis(START * 1000);
        work.apply(Event::Asking, now);
        work.apply(Event::Accepted { image: Some("new".into()), request_id: None }, now);
        let blind = |work: &mut Operation, now| match whole {
            true => work.apply(Event::Failed(unreachable()), now),
            // The server can be seen, the image cannot.
            false => {
                let server = crate::backup::samples::server("s", crate::model::ServerStatus::Active);
                let (server, image) = (Some(Seen::Here(Box::new(server))), Some(Seen::Unclear));
                work.apply(Event::Looked(Facts { server, image, error: Some(unreachable()), ..Facts::default() }), now);
            }
        };
        let mut waits = Vec::new();
        for _ in 0..6 {
            blind(&mut work, now);
            let Next::Wait { until, .. } = work.next(now) else { panic!() };
            waits.push(until.since(now));
            now = until;
        }
        assert_eq!(waits, [1_000, 3_000, 8_000, 15_000, 30_000, 60_000]);
        assert_eq!(work.phase().sentence.key, "operation.capture.blind");
        assert_eq!(work.phase().trouble, Some(Message::new("door.closed")));
        assert_eq!(reload(&work), work);
        // It may hang all the same, and takes no other's turn for ever.
        blind(&mut work, now.plus(31 * 60_000));
        assert!(work.phase().stalled && !under_way(&work));
        let image = Some(Seen::Here(Box::new(image("new", START))));
        work.apply(Event::Looked(Facts { image, ..Facts::default() }), now.plus(32 * 60_000));
        assert_eq!(work.phase().trouble, None);
    }
}

fn under_way(operation: &Operation) -> bool {
    match &operation.kind {
        Kind::Snapshot(work) | Kind::Backup(work) => work.is_under_way(),
        _ => false,
    }
}

#[test]
fn one_that_waits_for_its_turn_says_so_and_then_asks() {
    let mut work = snapshot(false);
    work.apply(Event::Waiting, Millis(0));
    assert_eq!(work.phase().sentence.key, "operation.capture.turn");
    assert!(matches!(work.next(Millis(0)), Next::Do(Effect::CreateImage { .. })) && !under_way(&work));
    work.apply(Event::Asking, Millis(0));
    assert_eq!(work.phase().sentence.key, "operation.capture.asking");
    assert!(under_way(&work));
}

#[test]
fn what_another_tab_has_asked_for_is_not_asked_for_again() {
    let mine = snapshot(false);
    let Next::Do(effect) = mine.next(Millis(0)) else { panic!() };
    let mut theirs = reload(&mine);
    assert!(theirs.would(&effect, Millis(0)));
    theirs.apply(Event::Asking, Millis(0));
    assert!(!reload(&theirs).would(&effect, Millis(0)));
    theirs.apply(Event::Accepted { image: Some("new".into()), request_id: None }, Millis(1));
    assert!(!reload(&theirs).would(&effect, Millis(1)));
}

#[test]
fn it_can_be_given_up_before_it_was_asked_but_not_after() {
    let mut work = snapshot(false);
    work.apply(Event::Cancel, Millis(0));
    assert!(matches!(work.next(Millis(0)), Next::Failed(f) if f.nothing_made));
    let mut work = snapshot(false);
    work.apply(Event::Asking, Millis(0));
    work.apply(Event::Cancel, Millis(0));
    assert!(!work.is_over());
}

proptest! {
    #[test]
    fn whatever_goes_wrong_it_is_asked_at_most_once_and_done_means_usable(
        faults in any_faults(),
        volume_backed: bool,
        guess: bool,
        names_image: bool,
        mood in prop::sample::select(vec![Mood::Good, Mood::Good, Mood::Refuses, Mood::Fails, Mood::LosesServer, Mood::Breaks]),
    ) {
        let mut cloud = Cloud { volume_backed, names_image, ..Cloud::new(mood) };
        let run = run(snapshot(guess), &mut cloud, &faults);
        prop_assert!(run.creations() <= 1);
        prop_assert!(cloud.made <= 1);
        match &run.end {
            Next::Done(outcome) => {
                let made = cloud.images.iter().find(|i| Some(&i.id) == outcome.image.as_ref());
                prop_assert!(made.is_some_and(|i| i.status == crate::model::ImageStatus::Active));
                prop_assert!(cloud.servers[0].task_state.is_none());
                prop_assert!(cloud.snapshots.iter().all(|s| s.status == crate::model::VolumeStatus::Available));
            }
            Next::Failed(failure) => {
                prop_assert_eq!(failure.nothing_made, cloud.images.is_empty() && cloud.snapshots.is_empty());
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
