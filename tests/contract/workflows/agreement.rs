//! The same questions to the workflow in a real Mistral and to the page: both must keep, remove and read the same.

use carrete::backup::deletion::{self, DeletionStep};
use carrete::backup::kind::behind;
use carrete::backup::policy::{BACKUP_TYPE, Keep, Policy};
use carrete::backup::{retention, workflow};
use carrete::model::json::FromJson;
use carrete::model::{Image, ImageId, Moment, ProjectId, RunState, ServerId, VolumeSnapshot};
use carrete::openstack::workflow::*;
use serde_json::{Value, json};

use super::super::cloud::{Cloud, run, unique};
use super::{USER, ends, installed};

/// A test's own workflow, removed again.
async fn own_workflow(cloud: &Cloud, yaml: &str, name: &str, input: Value) -> Value {
    drop(cloud.ok(&CreateWorkflow { yaml: yaml.into() }).await);
    let done = ends(cloud, name, input).await;
    cloud.ok(&DeleteWorkflow(name.into())).await;
    assert_eq!(done.state, RunState::Success, "{}", done.state_info);
    done.output
}

/// Small numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// One server's images as Glance would list them, and the states of the volume snapshots behind them.
fn case(dice: &mut Dice) -> (Vec<Value>, serde_json::Map<String, Value>) {
    const SERVER: &str = "0c3a3f0e-1111-4000-8000-000000000001";
    let mut images = Vec::new();
    let mut snapshots = serde_json::Map::new();
    let spread = [3_600, 86_400, 400 * 86_400, 4 * 366 * 86_400][dice.below(4) as usize];
    let start = 1_700_000_000 + dice.below(100_000_000) as i64;
    for number in 0..dice.below(14) {
        let id = format!("{:08x}-2222-4000-8000-{number:012x}", dice.below(1 << 31));
        // Now and then two within one second.
        let at = Moment(start - (dice.below(spread) / if dice.once_in(6) { spread } else { 1 }) as i64);
        let volume = !dice.once_in(3);
        let status = if dice.once_in(8) {
            ["queued", "saving", "killed", "deactivated"][dice.below(4) as usize]
        } else {
            "active"
        };
        let mut image = json!({
            "id": id, "name": "b", "status": status, "created_at": at.rfc3339(), "visibility": "private",
            "owner": if dice.once_in(12) { "p2" } else { "p1" }, "protected": dice.once_in(8), "os_hidden": dice.once_in(12),
            "size": if volume { 0 } else { 1_048_576 * dice.below(9) + u64::from(!dice.once_in(12)) },
            "image_type": if dice.once_in(12) { "snapshot" } else { "backup" },
            "backup_type": if dice.once_in(12) { "daily" } else { "carrete" }, "instance_uuid": SERVER,
        });
        // Not every Glance gives a size to what points at volume snapshots.
        if dice.once_in(6) {
            image["size"] = Value::Null;
        }
        if volume {
            let disks: Vec<Value> = (0..dice.below(4))
                .map(|disk| {
                    // Now and then one that another image needs too.
                    let of = if dice.once_in(2) { dice.below(number + 1) } else { number };
                    let id = format!("{of:08x}-3333-4000-8000-{disk:012x}");
                    let state = if dice.once_in(9) { ["error", "creating", "deleting", ""][dice.below(4) as usize] } else { "available" };
                    if !state.is_empty() {
                        snapshots.insert(id.clone(), state.into());
                    }
                    json!({"source_type": "snapshot", "snapshot_id": id, "volume_size": 1, "boot_index": disk, "image_id": null})
                })
                .collect();
            image["block_device_mapping"] = json!(json!(disks).to_string());
            if !dice.once_in(9) {
                image["carrete_op"] = json!("op");
            }
            if !dice.once_in(9) {
                image["carrete_image"] = if dice.once_in(9) { json!("another") } else { json!(id) };
            }
            if dice.once_in(3) {
                image["carrete_server"] = json!(SERVER);
            }
        }
        images.push(image);
    }
    (images, snapshots)
}

fn snapshot_of(step: &DeletionStep) -> Option<&str> {
    match step {
        DeletionStep::Snapshot { id, .. } => Some(id.as_str()),
        DeletionStep::Image { .. } => None,
    }
}

#[test]
fn the_cloud_and_the_page_release_the_same_backups() {
    run(USER, USER, async |cloud| {
        installed(&cloud).await;
        let (server, project) = (ServerId::from("0c3a3f0e-1111-4000-8000-000000000001"), ProjectId::from("p1"));
        let mut dice = Dice(20_261_126);
        let mut cases = Vec::new();
        let mut expected = Vec::new();
        // Volume snapshots that go, and that stay because an image that stays needs them.
        let mut sums = (0, 0);
        for _ in 0..60 {
            let (images, snapshots) = case(&mut dice);
            let mut keep = Keep::default();
            for count in [
                &mut keep.last,
                &mut keep.hourly,
                &mut keep.daily,
                &mut keep.weekly,
                &mut keep.monthly,
                &mut keep.yearly,
            ] {
                *count = if dice.once_in(2) { dice.below(5) as u32 } else { 0 };
            }
            if keep.sum() == 0 {
                keep.last = 1;
            }
            let read: Vec<Image> = images.iter().filter_map(Image::from_json).collect();
            let states: Vec<VolumeSnapshot> = snapshots
                .iter()
                .filter_map(|(id, status)| VolumeSnapshot::from_json(&json!({"id": id, "status": status})))
                .collect();
            let items = retention::items(&read, &states, &[], &server, &project, BACKUP_TYPE);
            let decisions = retention::forget(items, &keep);
            let of = |wanted: fn(&retention::Decision) -> bool| -> Vec<Value> {
                decisions
                    .iter()
                    .filter(|it| wanted(it))
                    .map(|it| json!(it.item.image.as_ref().unwrap().as_str()))
                    .collect()
            };
            let gone = of(|it| it.is_removed());
            let going: Vec<ImageId> = gone.iter().filter_map(Value::as_str).map(Into::into).collect();
            let steps = deletion::release(&going, &read, &[], &project);
            let mut unneeded: Vec<&str> = steps.iter().filter_map(snapshot_of).collect();
            unneeded.sort_unstable();
            let all = read.iter().filter(|image| going.contains(&image.id)).flat_map(behind);
            sums.1 += all.filter(|snapshot| !unneeded.contains(&snapshot.snapshot_id.as_str())).count();
            sums.0 += unneeded.len();
            expected.push(json!({"gone": gone, "kept": of(|it| it.is_kept_usable()), "snapshots": unneeded}));
            let rules = |keep: &Keep| -> serde_json::Map<String, Value> {
                keep.rules().map(|(rule, count)| (rule.word().to_owned(), json!(count))).collect()
            };
            cases.push(json!({"images": images, "snapshots": snapshots, "keep": rules(&keep)}));
        }
        assert!(sums.0 > 20 && sums.1 > 5, "only {sums:?} volume snapshots go, and stay");
        let name = unique("agreement").replace('-', "_");
        let yaml = format!(
            "version: '2.0'\n{name}:\n  input: [cases]\n  output:\n    answers: <% $.answers %>\n  tasks:\n    all:\n      \
             with-items: case in <% $.cases %>\n      concurrency: 4\n      workflow: {}\n      input:\n        server: {server}\n        \
             project: {project}\n        keep: <% $.case.keep %>\n        images: <% $.case.images %>\n        snapshots: <% $.case.snapshots %>\n      \
             publish:\n        answers: <% task().result.select(dict(gone => $.release.select($.image), kept => $.kept, \
             snapshots => $.release.selectMany($.snapshots).distinct().orderBy($))) %>\n",
            workflow::RETENTION
        );
        let output = own_workflow(&cloud, &yaml, &name, json!({ "cases": cases })).await;
        let answers = output["answers"].as_array().unwrap();
        assert_eq!(answers.len(), expected.len());
        for (number, (answer, expected)) in answers.iter().zip(&expected).enumerate() {
            assert_eq!(answer, expected, "case {number}: {}", cases[number]);
        }
        let gone = expected.iter().filter(|it| it["gone"].as_array().is_some_and(|gone| !gone.is_empty())).count();
        assert!(gone > 15, "only {gone} cases release anything");
    });
}

#[test]
fn the_cloud_and_the_page_read_the_same_policies() {
    run(USER, USER, async |cloud| {
        let yaml = workflow::ALL.iter().find(|it| it.name == workflow::BACKUP).unwrap().yaml;
        let expression = |field: &str| {
            let rest = yaml.split_once(&format!("        {field}:")).unwrap().1;
            let found = rest.split_once("<% ").unwrap().1.split_once(" %>").unwrap().0;
            found.to_owned()
        };
        let texts = [
            "last=3",
            "last=3 daily=7 weekly=4 monthly=6; at=03:00Z",
            "last=24 daily=7; every=6h at=01:30Z",
            "daily=7; every=sun at=02:00Z",
            "daily=7; every=day at=03:00Z paused",
            " last=1\tyearly=999 ;  at=23:59Z  every=month-last ",
            "hourly=1; every=month-28 at=00:00Z",
            "last=1;paused at=00:00Z",
            "",
            " ",
            ";",
            "last=0",
            "last=01",
            "last=1000",
            "last=-1",
            "last=1 last=2",
            "last=1;",
            "last=1; paused",
            "last=1; every=day",
            "last=1; at=24:00Z",
            "last=1; at=03:60Z",
            "last=1; at=3:00Z",
            "last=1; at=03:00",
            "last=1; every=5h at=03:00Z",
            "last=1; every=month-29 at=03:00Z",
            "last=1; every=month-0 at=03:00Z",
            "last=1; at=03:00Z at=04:00Z",
            "last=1; at=03:00Z; paused",
            "last=1; at=03:00Z paused paused",
            "Last=1",
            "last=1, daily=2",
            "last=1 every=day at=03:00Z",
            "at=03:00Z",
            "; at=03:00Z",
            "weekly=3 lst=1",
            "last=1; every=day every=day at=03:00Z",
            "last=٣",
            "last=1\u{a0}daily=2",
            "last=1; at=03:00Z\n",
            "lastlast=1",
            "last=1daily=2",
        ];
        let name = unique("policies").replace('-', "_");
        let yaml = format!(
            "version: '2.0'\n{name}:\n  input: [policies]\n  output:\n    answers: <% $.answers %>\n  tasks:\n    all:\n      \
             with-items: policy in <% $.policies %>\n      action: std.echo\n      input:\n        output:\n          \
             readable: <% {} %>\n          keep: <% {} %>\n      publish:\n        answers: <% task().result %>\n",
            expression("readable"),
            expression("keep")
        );
        let output = own_workflow(&cloud, &yaml, &name, json!({ "policies": texts.as_slice() })).await;
        for (text, answer) in texts.iter().zip(output["answers"].as_array().unwrap()) {
            let here = Policy::parse(text);
            assert_eq!(answer["readable"], json!(here.is_ok()), "{text:?}: {here:?}");
            if let Ok(policy) = here {
                let keep: serde_json::Map<String, Value> =
                    policy.keep.rules().map(|(rule, count)| (rule.word().to_owned(), json!(count))).collect();
                assert_eq!(answer["keep"], Value::Object(keep), "{text:?}");
            }
        }
    });
}
