use proptest::prelude::*;

use super::*;
use crate::backup::health;
use crate::backup::metadata;
use crate::backup::samples::{PROJECT, backup, server};
use crate::model::image_usage::Taken;
use crate::model::{Image, ImageStatus, Server, ServerStatus};

const DAY: i64 = 24 * HOUR;
/// 2026-11-23 10:00 UTC, a Monday.
const NOW: Moment = Moment(1_795_428_000);
/// Its slot was seven hours ago, its grace is 2.4 hours.
const DAILY: &str = "daily=7; at=03:00Z";
/// Its slot was one hour ago, its grace is 2.4 hours.
const FRESH: &str = "daily=7; at=09:00Z";

fn with_policy(id: &str, policy: &str) -> Server {
    let mut one = server(id, ServerStatus::Active);
    one.created = Some(NOW.plus(-400 * DAY));
    one.metadata.insert(metadata::POLICY.to_owned(), policy.to_owned());
    one
}

fn ask(servers: &[Server], images: &[Image], running: &[&str], in_cloud: &[&str]) -> Vec<Due> {
    let project = PROJECT.into();
    let index = Index::of(images, &[], servers, &project);
    let health = health::of(&index, NOW, None);
    let running: Vec<ServerId> = running.iter().map(|id| ServerId::from(*id)).collect();
    let in_cloud = in_cloud.iter().map(|id| ServerId::from(*id)).collect();
    list(Facts { index: &index, health: &health.servers, running: &running, in_cloud: &in_cloud })
}

fn why(due: &[Due]) -> Vec<&str> {
    due.iter().map(|it| it.left_out.as_ref().map_or("", |why| why.key.as_str())).collect()
}

fn made(id: &str, server: &str, hours_ago: i64) -> Image {
    backup(id, NOW.0 - hours_ago * HOUR, server, "carrete")
}

#[test]
fn says_what_is_due_since_when_and_what_was_missed() {
    let servers = [
        with_policy("late", DAILY),
        with_policy("fresh", FRESH),
        with_policy("done", DAILY),
        with_policy("paused", "daily=7; at=03:00Z paused"),
        with_policy("by hand", "last=3"),
        with_policy("nonsense", "daily=x; at=03:00Z"),
        server("unmanaged", ServerStatus::Active),
    ];
    let images = [made("a", "late", 55), made("b", "fresh", 25), made("c", "done", 6)];
    let due = ask(&servers, &images, &[], &[]);
    let seen: Vec<_> = due.iter().map(|it| (it.server.as_str(), it.slot, it.since, it.missed)).collect();
    let (today, yesterday) = (NOW.plus(-7 * HOUR), NOW.plus(-31 * HOUR));
    assert_eq!(seen, [("late", today, yesterday, 2), ("fresh", NOW.plus(-HOUR), NOW.plus(-HOUR), 0)]);
    assert!(due.iter().all(Due::may_run));
    assert_eq!([due[0].message().key, due[1].message().key], ["due.missed", "due.since"]);
    // Nobody knows since when the policy stands where there never was a backup.
    assert_eq!(ask(&servers[..1], &[], &[], &[])[0].since, today);
}

#[test]
fn what_is_busy_or_under_way_is_left_out() {
    let servers = [
        Server { task_state: Some("image_uploading".into()), ..with_policy("1 busy", DAILY) },
        Server { status: ServerStatus::ShelvedOffloaded, ..with_policy("2 shelved", DAILY) },
        with_policy("3 in the journal", DAILY),
        with_policy("4 unfinished", DAILY),
        with_policy("5 stuck", DAILY),
        with_policy("6 free", DAILY),
    ];
    let unfinished = |id: &str, server: &str, hours: i64| Image {
        status: ImageStatus::Saving,
        updated_at: Some(NOW.plus(-hours * HOUR)),
        ..made(id, server, 8)
    };
    // A snapshot by hand is at the same disk.
    let by_hand = unfinished("a", "4 unfinished", 0).with("image_type", "snapshot");
    let images = [by_hand, unfinished("b", "5 stuck", 2)];
    let due = ask(&servers, &images, &["3 in the journal"], &[]);
    assert_eq!(why(&due), ["blocked.busy", "blocked.status", "due.why.running", "due.why.unfinished", "", ""]);
}

#[test]
fn it_is_the_clouds_turn_until_the_grace_is_over() {
    let servers = [with_policy("late", DAILY), with_policy("fresh", FRESH)];
    let images = [made("a", "late", 30), made("b", "fresh", 25)];
    assert_eq!(why(&ask(&servers, &images, &[], &["late", "fresh"])), ["", "due.why.in_cloud"]);
    assert_eq!(why(&ask(&servers, &images, &[], &[])), ["", ""]);
}

fn one(slot: i64, last: Option<i64>) -> Due {
    let (server, name) = (ServerId::from("s"), "web".to_owned());
    let (slot, last) = (Moment(slot), last.map(Moment));
    Due { server, name, slot, since: slot, missed: 0, last, left_out: None }
}

#[test]
fn a_failed_run_waits_longer_each_time_and_a_good_one_frees_the_next_slot() {
    let first = attempt(&one(0, None), None, Moment(10));
    assert_eq!(first.tries, 1);
    assert!(!may_try(&one(0, None), Some(&first), Moment(10 + HOUR / 2 - 1)));
    assert!(may_try(&one(0, None), Some(&first), Moment(10 + HOUR / 2)));
    // The next slot of a server whose runs fail waits as well.
    assert!(!may_try(&one(900, None), Some(&first), Moment(900)));
    let second = attempt(&one(900, None), Some(&first), Moment(2_000));
    assert_eq!(second.tries, 2);
    assert!(!may_try(&one(900, None), Some(&second), Moment(2_000 + HOUR)));
    // It was made: the next slot is run at once, and counting begins anew; the same slot is not run twice.
    assert!(may_try(&one(3_600, Some(2_005)), Some(&second), Moment(3_600)));
    assert!(!may_try(&one(900, Some(2_005)), Some(&second), Moment(3_600)));
    assert_eq!(attempt(&one(3_600, Some(2_005)), Some(&second), Moment(3_600)).tries, 1);
    assert_eq!([3, 4, 99].map(pause), [8 * HOUR, DAY, DAY]);
}

proptest! {
    /// Whatever fails, and however often somebody looks: one slot is run at most so often in a day.
    #[test]
    fn a_server_that_always_fails_is_left_in_peace(looks in proptest::collection::vec(1i64..4_000, 1..400)) {
        let (mut before, mut tries, mut now) = (None, 0, Moment(0));
        for step in looks {
            now = now.plus(step);
            // An hourly schedule.
            let due = one(now.0 / HOUR * HOUR, None);
            if may_try(&due, before.as_ref(), now) {
                before = Some(attempt(&due, before.as_ref(), now));
                tries += 1;
            }
        }
        prop_assert!(tries <= 4 + now.0 / DAY, "{tries} in {} s", now.0);
    }
}

#[test]
fn what_is_not_known_of_one_server_holds_back_no_other() {
    let limits = VolumeLimits { max_total_snapshots: 3, ..VolumeLimits::default() };
    let unknown = || Message::new("error.server");
    let needs = [Ok(vec![]), Err(unknown()), Ok(vec![10, 10]), Ok(vec![10, 10]), Ok(vec![10])];
    let room = |volumes| Room { volumes, images: None };
    let admitted = admit(&needs, &room(Ok(limits)));
    assert_eq!(admitted.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, false, true]);
    assert_eq!(admitted[1], Err(unknown()));
    assert_eq!(admitted[3].as_ref().unwrap_err().key, "blocked.quota_snapshots");
    // Without Cinder's limits only those wait that need room there.
    let admitted = admit(&needs, &room(Err(unknown())));
    assert_eq!(admitted.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, false, false]);
}

#[test]
fn glances_quota_is_counted_over_all() {
    let taken = |usage, limit| Some(Taken { usage, limit });
    let admitted = |images: ImageUsage| {
        let room = Room { volumes: Ok(VolumeLimits::default()), images: Some(images) };
        let needs = [Ok(vec![]), Err(Message::new("error.server")), Ok(vec![10]), Ok(vec![])];
        let key = |admitted: Result<(), Message>| admitted.err().map_or_else(String::new, |why| why.key.to_string());
        admit(&needs, &room).into_iter().map(key).collect::<Vec<_>>()
    };
    // Of what is not begun nothing is taken.
    let two = ImageUsage { count: taken(3, 5), size: None };
    assert_eq!(admitted(two), ["", "error.server", "", "blocked.quota_images"]);
    // An image without data takes no room.
    let full = ImageUsage { count: None, size: taken(101, 100) };
    assert_eq!(admitted(full), ["blocked.quota_image_storage", "error.server", "", "blocked.quota_image_storage"]);
    assert_eq!(admitted(ImageUsage::default()), ["", "error.server", "", ""]);
}
