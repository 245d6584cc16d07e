use proptest::prelude::*;

use super::*;
use crate::backup::metadata;
use crate::backup::samples::{PROJECT, backup, image, server, volume_image};
use crate::model::{ImageStatus, VolumeSnapshot, VolumeStatus};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// 2026-11-23 10:00 UTC, a Monday.
const NOW: Moment = Moment(1_795_428_000);

fn with_policy(policy: &str) -> Server {
    let mut one = server("s", ServerStatus::Active);
    one.created = Some(NOW.plus(-400 * DAY));
    if !policy.is_empty() {
        one.metadata.insert(metadata::POLICY.to_owned(), policy.to_owned());
    }
    one
}

fn at(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

/// A backup by the policy, made then.
fn own(id: &str, made: Moment) -> Image {
    backup(id, made.0, "s", "carrete")
}

fn health(server: &Server, images: &[Image]) -> ServerHealth {
    let servers = [server.clone()];
    let project = PROJECT.into();
    let mut all = of(&Index::of(images, &[], &servers, &project), NOW, None);
    assert_eq!(all.servers.len(), 1);
    all.servers.remove(0)
}

fn key(health: &ServerHealth) -> &str {
    health.reason.as_ref().map_or("", |reason| reason.key.rsplit('.').next().unwrap())
}

const DAILY: &str = "daily=7; at=03:00Z";

#[test]
fn a_run_that_is_late_turns_amber_and_the_second_red() {
    let server = with_policy(DAILY);
    let after = |last: &str| {
        let health = health(&server, &[own("i", at(last))]);
        (health.state, health.missed, health.due)
    };
    let today = Some(at("2026-11-23 03:00"));
    assert_eq!(after("2026-11-23 03:00:07"), (State::Protected, 0, None));
    assert_eq!(after("2026-11-23 02:56"), (State::Protected, 0, None), "clocks differ by some minutes");
    assert_eq!(after("2026-11-23 02:50"), (State::Stale, 1, today));
    assert_eq!(after("2026-11-22 03:01"), (State::Stale, 1, today));
    assert_eq!(after("2026-11-21 03:01"), (State::Failing, 2, today));
    // Within the grace of 2.4 hours: due, but no alarm.
    let late = with_policy("daily=7; at=08:00Z");
    let fresh = health(&late, &[own("i", at("2026-11-22 08:01"))]);
    assert_eq!((fresh.state, fresh.missed, fresh.due), (State::Protected, 0, Some(at("2026-11-23 08:00"))));
    assert_eq!(fresh.next, Some(at("2026-11-24 08:00")));
    assert_eq!(key(&health(&server, &[own("i", at("2026-11-21 03:01"))])), "missed");
}

#[test]
fn the_grace_is_a_tenth_within_bounds() {
    assert_eq!(default_grace(HOUR), HOUR);
    assert_eq!(default_grace(DAY), 8_640);
    assert_eq!(default_grace(7 * DAY), 60_480);
    assert_eq!(default_grace(31 * DAY), DAY);
}

#[test]
fn without_a_schedule_the_finest_rule_says_how_often() {
    let ask = |policy: &str, age: i64| health(&with_policy(policy), &[own("i", NOW.plus(-age))]).state;
    assert_eq!(ask("daily=7 weekly=4", 26 * HOUR), State::Protected);
    assert_eq!(ask("daily=7 weekly=4", 27 * HOUR), State::Stale);
    assert_eq!(ask("daily=7 weekly=4", 51 * HOUR), State::Failing);
    assert_eq!(ask("weekly=4", 7 * DAY), State::Protected);
    assert_eq!(ask("weekly=4", 8 * DAY), State::Stale);
    assert_eq!(ask("last=3", 300 * DAY), State::Protected, "by hand: nothing is expected");
    assert_eq!(ask("daily=7; at=03:00Z paused", 300 * DAY), State::Protected);
    assert_eq!(key(&health(&with_policy("daily=7; at=03:00Z paused"), &[own("i", NOW)])), "paused");
    let next = health(&with_policy("daily=7"), &[own("i", NOW.plus(-HOUR))]).next;
    assert_eq!(next, Some(NOW.plus(23 * HOUR)));
}

#[test]
fn never_means_none_by_the_policy() {
    let none = health(&with_policy(DAILY), &[]);
    assert_eq!((none.state, key(&none), none.last), (State::Never, "never", None));
    let by_hand = image("i", NOW.0 - DAY).with("image_type", "snapshot").with("instance_uuid", "s");
    let other = health(&with_policy(DAILY), &[by_hand]);
    assert_eq!((other.state, key(&other), other.last), (State::Never, "never_by_policy", Some(NOW.plus(-DAY))));
    assert_eq!(other.counts, Counts { others: 1, ..Counts::default() });
    let unmanaged = health(&with_policy(""), &[]);
    assert_eq!((unmanaged.state, unmanaged.next, unmanaged.missed), (State::Unmanaged, None, 0));
    let unreadable = health(&with_policy("daily=sometimes"), &[own("i", NOW)]);
    assert_eq!((unreadable.state, key(&unreadable)), (State::Failing, "unreadable"));
    assert!(matches!(unreadable.policy, Some(Err(_))));
    // One that is pinned was made by the policy, and still is a backup.
    let pinned =
        backup("i", NOW.0 - HOUR, "s", "pinned").with(metadata::PIN, "why").with(metadata::PIN_TYPE, "carrete");
    assert_eq!(health(&with_policy(DAILY), &[pinned]).state, State::Protected);
}

#[test]
fn a_fresh_policy_on_an_old_server_misses_one_run_at_most() {
    for policy in [DAILY, "hourly=24; every=1h at=03:00Z", "daily=7"] {
        let old = Server { created: Some(NOW.plus(-400 * DAY)), ..with_policy(policy) };
        let never = health(&old, &[]);
        assert_eq!((never.state, never.missed, never.last_by_policy), (State::Never, 1, None), "{policy}");
        let young = Server { created: Some(NOW.plus(-60)), ..with_policy(policy) };
        assert_eq!(health(&young, &[]).missed, 0, "{policy}");
        // From the first backup on, they are counted.
        assert!(health(&old, &[own("i", NOW.plus(-9 * DAY))]).missed > 7, "{policy}");
    }
}

#[test]
fn the_newest_attempt_decides_when_it_came_to_nothing() {
    let good = own("good", at("2026-11-23 03:01"));
    let later = |status, changed: i64| Image {
        status,
        updated_at: Some(NOW.plus(-changed)),
        ..own("later", NOW.plus(-changed))
    };
    let ask = |image: Image| {
        let health = health(&with_policy(DAILY), &[good.clone(), image]);
        (health.state, key(&health).to_owned(), health.stuck.len())
    };
    assert_eq!(ask(later(ImageStatus::Killed, HOUR)), (State::Failing, "broken".into(), 0));
    assert_eq!(ask(later(ImageStatus::Saving, HOUR)), (State::Failing, "stuck".into(), 1));
    assert_eq!(ask(later(ImageStatus::Saving, 60)), (State::Protected, String::new(), 0));
    assert_eq!(ask(later(ImageStatus::Queued, 601)), (State::Failing, "stuck".into(), 1));
    // An old failure is no news once there is a good one after it.
    assert_eq!(ask(later(ImageStatus::Killed, 20 * HOUR)), (State::Protected, String::new(), 0));
    // A large upload that the server is still at is no failure yet.
    let busy = Server { task_state: Some("image_uploading".into()), ..with_policy(DAILY) };
    let health = health(&busy, &[good.clone(), later(ImageStatus::Saving, HOUR)]);
    assert_eq!((health.state, health.stuck.len()), (State::Protected, 1));
}

#[test]
fn a_run_that_gets_on_is_not_missed() {
    let old = own("old", at("2026-11-22 03:01"));
    let running = Image { status: ImageStatus::Saving, updated_at: Some(NOW), ..own("new", at("2026-11-23 03:01")) };
    let health = health(&with_policy(DAILY), &[old, running]);
    assert_eq!((health.state, health.missed, health.due), (State::Protected, 0, None));
    assert_eq!(health.last_by_policy, Some(at("2026-11-22 03:01")));
}

#[test]
fn the_server_tells_what_is_in_the_way() {
    let shelved = Server { status: ServerStatus::ShelvedOffloaded, ..with_policy(DAILY) };
    let health = health(&shelved, &[own("i", at("2026-11-20 03:01"))]);
    assert_eq!((health.state, key(&health), health.missed), (State::Failing, "server", 3));
}

#[test]
fn says_which_rules_have_less_than_they_could() {
    let days =
        |ages: &[i64]| -> Vec<Image> { ages.iter().map(|age| own(&format!("i{age}"), NOW.plus(-age * DAY))).collect() };
    let gaps = |policy: &str, ages: &[i64]| -> Vec<(Rule, u32, u32, u32)> {
        health(&with_policy(policy), &days(ages)).missing.iter().map(|g| (g.rule, g.have, g.could, g.want)).collect()
    };
    assert!(gaps("daily=7 weekly=4", &[0, 1, 2, 3]).is_empty(), "young, but complete");
    assert_eq!(gaps("daily=7", &[0, 1, 5, 9]), [(Rule::Daily, 4, 7, 7)]);
    assert_eq!(gaps("daily=7 weekly=2", &[0, 9, 10]), [(Rule::Daily, 3, 7, 7)]);
    assert!(gaps("hourly=24; at=10:00Z", &[0, 1]).is_empty(), "the schedule makes one a day");
    assert!(gaps("last=9", &[0, 300]).is_empty(), "by hand: nothing is expected");
    assert_eq!(gaps("last=9; at=10:00Z", &[0, 5]), [(Rule::Last, 2, 4, 9)]);
}

#[test]
fn adds_up_bytes_and_the_recent_ones_once() {
    let snapshot = |id: &str| VolumeSnapshot {
        id: id.into(),
        size: 10,
        status: VolumeStatus::Available,
        ..VolumeSnapshot::default()
    };
    let volumes = |id: &str, age: i64, behind: &[&str]| {
        volume_image(id, NOW.0 - age * DAY, behind).with("image_type", "backup").with("instance_uuid", "s")
    };
    let images = [
        own("a", NOW.plus(-DAY)),
        own("b", NOW.plus(-100 * DAY)),
        volumes("c", 2, &["v1", "v2"]),
        volumes("d", 100, &["v2", "gone"]),
        Image { owner: "p2".into(), ..own("e", NOW) },
        backup("f", NOW.0, "gone server", "daily"),
    ];
    let (snapshots, servers) = ([snapshot("v1"), snapshot("v2")], [with_policy("")]);
    let project = PROJECT.into();
    let all = of(&Index::of(&images, &snapshots, &servers, &project), NOW, None);
    let gib = 1u64 << 30;
    assert_eq!((all.servers[0].bytes, all.servers[0].recent), (22 * gib, 21 * gib));
    assert_eq!((all.summary.bytes, all.summary.orphaned, all.summary.recent), (22 * gib, gib, 21 * gib));
    assert_eq!(all.servers[0].counts.broken, 1);
    assert_eq!((all.summary.leftovers, all.servers[0].leftovers), (2, 1));
    assert!((cost(22 * gib, 0.05) - 1.1).abs() < 1e-9);
}

#[test]
fn the_most_worrying_stand_first() {
    let named = |id: &str, policy: &str, project: &str| {
        let mut one =
            Server { id: id.into(), name: format!("{id}!"), project_id: project.into(), ..with_policy(policy) };
        one.created = Some(NOW.plus(-400 * DAY));
        one
    };
    let servers = [
        named("unmanaged", "", ""),
        named("good", DAILY, PROJECT),
        named("never", DAILY, ""),
        named("foreign", DAILY, "p2"),
        named("late", DAILY, ""),
        Server { status: ServerStatus::Deleted, ..named("deleted", DAILY, "") },
        named("z-bad", "nonsense", ""),
        named("a-bad", "nonsense", ""),
    ];
    let images = [
        backup("i", at("2026-11-23 03:01").0, "good", "carrete"),
        backup("j", at("2026-11-22 03:01").0, "late", "carrete"),
    ];
    let project = PROJECT.into();
    let all = of(&Index::of(&images, &[], &servers, &project), NOW, None);
    let order: Vec<&str> = all.servers.iter().map(|health| health.server.as_str()).collect();
    assert_eq!(order, ["a-bad", "z-bad", "never", "late", "good", "unmanaged"]);
    assert_eq!(State::ALL.map(|state| all.summary.count(state)), [2, 1, 1, 1, 1]);
}

proptest! {
    /// A newer usable backup never makes it worse, and a later look never makes it better.
    #[test]
    fn worry_only_grows_with_time(
        schedule in crate::backup::policy::tests::schedules(), last in 0i64..90 * DAY, newer in 0i64..90 * DAY, later in 0i64..90 * DAY,
    ) {
        let policy = Policy { keep: policy::Keep { daily: 7, ..policy::Keep::default() }, schedule: Some(schedule) };
        let (last, newer) = (NOW.plus(-last), NOW.plus(-newer));
        let ask = |last, now| Expectation::of(&policy, Some(last), None, now, None);
        let now = ask(last, NOW);
        prop_assert!(ask(last.max(newer), NOW).missed <= now.missed);
        prop_assert!(ask(last, NOW.plus(later)).missed >= now.missed);
        prop_assert!(schedule.paused || now.next.is_some_and(|next| next > NOW));
        prop_assert!(now.due.is_none_or(|due| due <= NOW && due > last));
        prop_assert!(now.missed == 0 || now.due.is_some());
    }
}

#[test]
fn the_newest_usable_one_is_what_to_launch_from() {
    let server = with_policy(DAILY);
    let mut broken = own("broken", NOW.plus(-HOUR));
    broken.status = ImageStatus::Killed;
    let by_hand = image("by-hand", NOW.plus(-2 * HOUR).0).with("image_type", "snapshot").with("instance_uuid", "s");
    let images = [own("old", NOW.plus(-DAY)), by_hand, broken];
    let all = health(&server, &images);
    assert_eq!(all.newest, Some("by-hand".into()));
    assert_eq!(all.last, Some(NOW.plus(-2 * HOUR)));
    assert_eq!(health(&server, &images[2..]).newest, None);
}
