use serde_json::json;

use super::*;
use crate::backup::samples::backup;
use crate::backup::workflow::{BACKUP, Trigger};
use crate::model::json::FromJson;

const SERVER: &str = "s";
/// 2026-11-26 12:00 UTC.
const NOON: i64 = 1_795_694_400;
const DAY: i64 = 86_400;

fn nightly() -> CronTrigger {
    let schedule = crate::backup::Policy::parse("last=1; at=03:00Z").unwrap().schedule.unwrap();
    let trigger = Trigger::new(&SERVER.into(), "", &schedule);
    CronTrigger {
        id: "t".into(),
        name: trigger.name,
        workflow_name: BACKUP.into(),
        workflow_input: trigger.input,
        pattern: trigger.pattern,
        next_execution_time: Some(Moment(NOON + 15 * 3_600)),
        created_at: Some(Moment(NOON - 10 * DAY)),
        ..CronTrigger::default()
    }
}

fn run_at(id: &str, started: i64, state: &str) -> Execution {
    Execution::from_json(&json!({
        "id": id, "workflow_name": BACKUP, "state": state, "input": {"server": SERVER},
        "description": json!({"triggered_by": {"type": "cron_trigger", "id": "t"}}).to_string(),
        "created_at": Moment(started).rfc3339(), "updated_at": Moment(started + 60).rfc3339(),
    }))
    .unwrap()
}

fn at(triggers: &[CronTrigger], executions: &[Execution], images: &[Image], now: i64) -> Overview {
    overview(Facts { triggers, executions, images: &[images], now: Moment(now) })
}

fn health_of(trigger: CronTrigger, executions: &[Execution], now: i64) -> TriggerHealth {
    at(&[trigger], executions, &[], now).servers[&SERVER.into()].triggers[0].health
}

#[test]
fn noon_is_noon() {
    assert_eq!(Moment(NOON).rfc3339(), "2026-11-26T12:00:00Z");
}

#[test]
fn a_trigger_that_runs_is_fine_and_one_that_cannot_is_found() {
    let slot = NOON - 9 * 3_600;
    let before = run_at("a", slot - DAY, "SUCCESS");
    let last = run_at("b", slot - 1, "ERROR");
    assert_eq!(
        health_of(nightly(), &[before.clone(), last], NOON),
        TriggerHealth::Fine,
        "it ran: how it went is the run's"
    );
    let missed = TriggerHealth::NoRun { slot: Moment(slot) };
    assert_eq!(health_of(nightly(), std::slice::from_ref(&before), NOON), missed);
    assert_eq!(health_of(nightly(), &[], NOON), missed, "never in ten days");
    assert_eq!(
        health_of(nightly(), std::slice::from_ref(&before), slot + GRACE - 1),
        TriggerHealth::Fine,
        "not late yet"
    );
    let stuck = CronTrigger { next_execution_time: Some(Moment(slot)), ..nightly() };
    assert_eq!(health_of(stuck.clone(), &[], NOON), TriggerHealth::Overdue { since: Moment(slot) });
    assert_eq!(health_of(stuck, std::slice::from_ref(&before), slot + GRACE), TriggerHealth::Fine);
    let new = CronTrigger { created_at: Some(Moment(slot + 60)), ..nightly() };
    assert_eq!(health_of(new, &[], NOON), TriggerHealth::Fine, "made after its slot");
    let mut by_hand = run_at("c", slot + 10, "SUCCESS");
    by_hand.description.clear();
    assert_eq!(health_of(nightly(), &[before, by_hand], NOON), missed, "a run by hand proves nothing");
    let mut young = run_at("d", NOON - 60, "SUCCESS");
    young.input = json!({"server": "other"});
    assert_eq!(health_of(nightly(), &[young], NOON), TriggerHealth::Fine, "the list does not reach back to the slot");
    for broken in [missed, TriggerHealth::Overdue { since: Moment(slot) }] {
        assert!(broken.message().is_some());
    }
    assert_eq!(TriggerHealth::Fine.message(), None);
}

#[test]
fn runs_are_read_back_to_the_newest_slot_of_every_trigger() {
    let slot = NOON - 9 * 3_600;
    let reach =
        |trigger: &CronTrigger, runs: &[Execution]| reach_back(runs, std::slice::from_ref(trigger), Moment(NOON));
    let other = |started| Execution { description: String::new(), ..run_at("o", started, "SUCCESS") };
    assert!(!reach(&nightly(), &[other(NOON - 60)]), "a hundred runs of others since");
    assert!(!reach(&nightly(), &[]));
    assert!(reach(&nightly(), &[other(NOON - 60), run_at("a", slot + 2, "ERROR")]));
    assert!(!reach(&nightly(), &[other(NOON - 60), other(slot + 2)]));
    assert!(reach(&nightly(), &[other(NOON - 60), other(slot - DAY)]), "there was none");
    assert!(reach(&CronTrigger { created_at: Some(Moment(slot)), ..nightly() }, &[other(NOON)]), "made after its slot");
    assert!(reach(&CronTrigger { name: "foreign".into(), workflow_name: "w".into(), ..nightly() }, &[other(NOON)]));
    assert!(reach(&CronTrigger { pattern: "@daily".into(), ..nightly() }, &[other(NOON)]), "nothing is expected of it");
}

#[test]
fn a_backup_at_the_slot_proves_the_run_that_the_cloud_has_forgotten() {
    let slot = NOON - 9 * 3_600;
    let missed = TriggerHealth::NoRun { slot: Moment(slot) };
    let of = |executions: &[Execution], images: &[Image]| {
        at(&[nightly()], executions, images, NOON).servers[&SERVER.into()].triggers[0].health
    };
    let made = |created| backup("i", created, SERVER, "carrete").with("carrete_op", "forgotten");
    assert_eq!(of(&[], &[made(slot - 2)]), TriggerHealth::Fine);
    assert_eq!(of(&[], &[made(slot + 900)]), TriggerHealth::Fine);
    let stays = run_at("older, it never ends", slot - DAY, "RUNNING");
    assert_eq!(of(std::slice::from_ref(&stays), &[made(slot + 5)]), TriggerHealth::Fine);
    assert_eq!(of(&[], &[made(slot - DAY)]), missed, "of the slot before");
    assert_eq!(of(&[], &[backup("i", slot + 5, "other", "carrete")]), missed, "of another instance");
    assert_eq!(of(&[], &[backup("i", slot + 5, SERVER, "daily")]), missed, "of another set");
    let mut by_hand = run_at("hand", slot + 10, "SUCCESS");
    by_hand.description.clear();
    let its = backup("i", slot + 15, SERVER, "carrete").with("carrete_op", "hand");
    assert_eq!(of(&[stays, by_hand], &[its]), missed, "somebody made it up by hand");
}

#[test]
fn every_run_finds_its_image() {
    let sealed = |id: &str, created, op: &str| {
        backup(id, created, SERVER, "carrete").with("carrete_op", op).with("carrete_image", id)
    };
    let mut said = run_at("by-word", NOON - 5_000, "ERROR");
    said.output = json!({"image": "w"});
    let executions = [
        run_at("by-nonce", NOON - 3_000, "SUCCESS"),
        said,
        run_at("by-time", NOON - 100, "RUNNING"),
        run_at("nothing", NOON - 9_000, "ERROR"),
    ];
    let images = [
        sealed("n", NOON - 2_990, "by-nonce"),
        sealed("w", NOON - 4_990, "another"),
        sealed("other", NOON - 95, "page"),
        backup("t", NOON - 90, SERVER, "carrete"),
        backup("wrong type", NOON - 95, SERVER, "daily"),
        backup("wrong server", NOON - 95, "x", "carrete"),
    ];
    let seen = at(&[], &executions, &images, NOON);
    let runs = &seen.servers[&SERVER.into()].runs;
    let found: Vec<(&str, Option<&str>)> =
        runs.iter().map(|run| (run.id.as_str(), run.image.as_ref().map(ImageId::as_str))).collect();
    let expected = [("by-time", Some("t")), ("by-nonce", Some("n")), ("by-word", Some("w")), ("nothing", None)];
    assert_eq!(found, expected);
    assert_eq!(runs[1].trigger, Some("t".into()));
    assert!(runs[2].failure.is_some() && runs[1].failure.is_none());
}

#[test]
fn what_others_have_made_is_shown_as_it_is() {
    let foreign =
        CronTrigger { name: "nightly".into(), pattern: "@daily".into(), workflow_name: "w".into(), ..nightly() };
    let mut odd = nightly();
    odd.pattern = "0 3 * * mon-fri".into();
    let mut elsewhere = run_at("x", NOON, "SUCCESS");
    elsewhere.workflow_name = "other".into();
    let mut without = run_at("y", NOON, "SUCCESS");
    without.input = json!("text");
    let seen = at(&[foreign, odd], &[elsewhere, without], &[], NOON);
    assert_eq!((seen.foreign.len(), seen.foreign[0].pattern.as_str()), (1, "@daily"));
    let ours = &seen.servers[&SERVER.into()];
    assert_eq!((ours.triggers[0].schedule, ours.triggers[0].health), (None, TriggerHealth::Fine));
    assert_eq!((ours.triggers[0].pattern.as_str(), ours.runs.len()), ("0 3 * * mon-fri", 0));
}
