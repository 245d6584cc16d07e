//! The script of `schedule/` and the page agree: on policies, on standing, on what is kept and what goes. How it runs:
//! `tests/script_run.rs`; what it does to a cloud: `tests/contract/scripts.rs`.

#![allow(clippy::unwrap_used)] // A test that cannot run the script has failed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use carrete::backup::policy::{self, Policy};
use carrete::backup::retention::{self, Item, Standing};
use carrete::model::json::FromJson;
use carrete::model::{Image, Moment, Server, VolumeSnapshot};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schedule/carrete-backup.py");

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("carrete-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The script's answers, one per case.
fn answers(name: &str, cases: &[Value]) -> Vec<Value> {
    let place = Place::new(name);
    let file = place.0.join("cases.json");
    fs::write(&file, serde_json::to_vec(cases).unwrap()).unwrap();
    let output = Command::new("python3").arg(SCRIPT).arg("--plan-json").arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), cases.len());
    answers
}

/// The same cases at each run.
fn generate<T: std::fmt::Debug>(count: usize, strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn ids(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|id| id.as_str().unwrap_or("new")).collect()
}

/// (kept, removed) of what takes places, as the page decides.
fn decided(items: Vec<Item>, policy: &Policy) -> (Vec<String>, Vec<String>) {
    let (mut kept, mut removed) = (Vec::new(), Vec::new());
    for decision in retention::forget(items, &policy.keep) {
        let id = decision.item.image.as_ref().map_or("new".to_owned(), ToString::to_string);
        match decision.stays() {
            true if decision.item.standing == Standing::Usable => kept.push(id),
            true => {}
            false => removed.push(id),
        }
    }
    (kept, removed)
}

#[test]
fn both_read_the_same_policies() {
    let word = prop_oneof![
        8 => "(last|hourly|daily|weekly|monthly|yearly)=[1-9][0-9]{0,2}",
        2 => "every=(1h|2h|3h|4h|6h|8h|12h|day|mon|tue|sun|month-1|month-28|month-last)",
        2 => "at=[0-2][0-9]:[0-5][0-9]Z",
        1 => "paused",
        1 => "(last|daily|Last|keep|every|at|paused|)=?(0|-1|\\+3|007|1000|5h|24h|Day|month-0|month-29|month-05|3:00Z|24:00Z|03:60Z|03:00|٣|1_0|)",
        1 => "\\PC{0,3}",
    ];
    let space = prop_oneof![20 => Just(" "), 1 => Just("  "), 1 => Just("\t"), 1 => Just("\n"), 1 => Just("\u{a0}"), 1 => Just("\u{b}"), 1 => Just("\u{1c}"), 1 => Just("")];
    let half = prop::collection::vec((word, space), 0..4)
        .prop_map(|words| words.into_iter().map(|(word, space)| word + space).collect::<String>());
    let text = prop::collection::vec(half, 1..4).prop_map(|halves| halves.join(";"));
    // Most soup is refused: good ones, in any order of their words, are made on purpose.
    let good = (
        prop::sample::subsequence(
            vec!["last=3", "hourly=24", "daily=7", "weekly=4", "monthly=12", "yearly=999"],
            1..=6,
        )
        .prop_shuffle(),
        prop::sample::select(vec![
            "",
            "; at=00:00Z",
            ";at=23:59Z every=8h",
            " ; every=month-last at=03:07Z",
            "; paused at=03:00Z every=thu ",
        ]),
    )
        .prop_map(|(rules, schedule)| rules.join(" ") + schedule);
    let mut texts = generate(4000, text);
    texts.extend(generate(500, good));
    let near = [
        "last=007",
        "last=0",
        "last=+3",
        "last=1000",
        "last=٣",
        "last=3 last=3",
        "last",
        "last=",
        "LAST=3",
        "last = 3",
        "",
        ";",
        "last=3;",
        "last=3; paused",
        "last=3; every=day",
        "last=3; at=3:00Z",
        "last=3; at=24:00Z",
        "last=3; at=03:60Z",
        "last=3; at=03:00",
        "last=3; at=03:00z",
        "last=3; at=03:00Z;",
        "last=3; at=03:00Z at=03:00Z",
        "last=3; at=03:00Z paused paused",
        "last=3; at=03:00Z paused=",
        "last=3; every=5h at=03:00Z",
        "last=3; every=24h at=03:00Z",
        "last=3; every=month-0 at=03:00Z",
        "last=3; every=month-05 at=03:00Z",
        "last=3; every=month-29 at=03:00Z",
        "last=3; every=Sun at=03:00Z",
        "; at=03:00Z",
    ];
    texts.extend(near.map(str::to_owned));
    texts.push(format!("last=1{}", " ".repeat(250)));
    texts.push(format!("last=1{}", " ".repeat(249)));
    let cases: Vec<Value> = texts.iter().map(|text| json!({ "policy": text })).collect();
    let mut accepted = 0;
    for (text, answer) in texts.iter().zip(answers("policies", &cases)) {
        match Policy::parse(text) {
            Ok(policy) => {
                accepted += 1;
                assert_eq!(answer["policy"].as_str(), Some(policy.to_string().as_str()), "{text:?}: {answer}");
            }
            Err(error) => assert!(
                answer["error"].is_string(),
                "{text:?} is refused by the page ({error:?}), not by the script: {answer}"
            ),
        }
    }
    assert!((550..4000).contains(&accepted), "{accepted}");
}

#[test]
fn both_find_the_same_slots() {
    let every = prop_oneof![
        prop::sample::select(vec![
            "1h", "2h", "3h", "4h", "6h", "8h", "12h", "day", "mon", "tue", "wed", "thu", "fri", "sat", "sun"
        ])
        .prop_map(str::to_owned),
        (1u8..=28).prop_map(|day| format!("month-{day}")),
        Just("month-last".to_owned()),
    ];
    let cases = generate(3000, (every, 0u16..1440, moments()));
    let asked: Vec<Value> = cases
        .iter()
        .map(|(every, at, now)| {
            let policy = format!("last=1; every={every} at={:02}:{:02}Z", at / 60, at % 60);
            json!({"policy": policy, "now": Moment(*now).rfc3339()})
        })
        .collect();
    for ((case, answer), (_, _, now)) in asked.iter().zip(answers("slots", &asked)).zip(cases) {
        let schedule = Policy::parse(case["policy"].as_str().unwrap()).unwrap().schedule.unwrap();
        assert_eq!(answer["slot"].as_str(), Some(schedule.last_before(Moment(now + 1)).rfc3339().as_str()), "{case}");
    }
}

fn policies() -> impl Strategy<Value = String> {
    let rule = |name: &'static str, most: u32| {
        prop::option::weighted(0.5, (1..=most).prop_map(move |n| format!("{name}={n}")))
    };
    (rule("last", 5), rule("hourly", 6), rule("daily", 9), rule("weekly", 6), rule("monthly", 6), rule("yearly", 4))
        .prop_map(|(a, b, c, d, e, f)| [a, b, c, d, e, f].into_iter().flatten().collect::<Vec<_>>().join(" "))
        .prop_filter("a rule", |text| !text.is_empty())
}

/// Moments that meet: within the same hours, days, weeks, at the ends of years, and equal.
fn moments() -> impl Strategy<Value = i64> {
    let around = prop::sample::select(vec![
        1_704_067_200i64, // 2024-01-01, a Monday
        1_709_164_800,    // 2024-02-29
        1_735_689_600,    // 2025-01-01, a Wednesday: ISO week 1
        1_798_761_600,    // 2027-01-01, a Friday: ISO week 53 of 2026
        1_795_428_000,
    ]);
    (around, prop_oneof![-7200i64..7200, -200_000i64..200_000, -40_000_000i64..40_000_000, Just(0)])
        .prop_map(|(a, b)| a + b)
}

#[test]
fn both_keep_and_remove_the_same() {
    let items = prop::collection::vec((moments(), 0u8..8), 0..40);
    let cases = generate(2000, (policies(), items));
    let asked: Vec<Value> = cases
        .iter()
        .map(|(policy, items)| {
            let items: Vec<Value> = items
                .iter()
                .enumerate()
                .map(|(n, (created, kind))| {
                    let standing = match kind {
                        0 => "held",
                        1 => "unfinished",
                        _ => "usable",
                    };
                    let id = if *kind == 7 && n == 0 { Value::Null } else { format!("{:02}", (n * 37) % 40).into() };
                    json!({"id": id, "created": Moment(*created).rfc3339(), "standing": standing})
                })
                .collect();
            json!({"policy": policy, "items": items})
        })
        .collect();
    let mut removed_in_all = 0;
    for (case, answer) in asked.iter().zip(answers("items", &asked)) {
        let items = case["items"].as_array().unwrap().iter().map(|item| Item {
            image: item["id"].as_str().map(Into::into),
            name: String::new(),
            created: item["created"].as_str().and_then(Moment::parse),
            size: None,
            standing: match item["standing"].as_str() {
                Some("usable") => Standing::Usable,
                Some("held") => Standing::Held(retention::Hold::Protected),
                _ => Standing::Unfinished,
            },
        });
        let policy = Policy::parse(case["policy"].as_str().unwrap()).unwrap();
        let (kept, removed) = decided(items.collect(), &policy);
        removed_in_all += removed.len();
        assert_eq!(ids(&answer["kept"]), kept, "{case}");
        assert_eq!(ids(&answer["removed"]), removed, "{case}");
    }
    assert!(removed_in_all > 6_000, "{removed_in_all}");
}

/// A record as Glance gives it.
fn records() -> impl Strategy<Value = Value> {
    let or_none = |texts: &'static [&'static str]| prop::option::of(prop::sample::select(texts));
    let likely = |text: &'static str, others: &'static [&'static str]| prop_oneof![6 => Just(Some(text)), 1 => prop::option::of(prop::sample::select(others))];
    let disks = prop_oneof![
        6 => prop::collection::vec(0usize..6, 1..3).prop_map(|ids| {
            json!(ids.iter().map(|id| json!({"snapshot_id": format!("snap-{id}"), "volume_size": 1})).collect::<Vec<_>>()).to_string()
        }),
        1 => prop::sample::select(vec!["[]", " [] ", "{", "7", "{\"snapshot_id\": \"snap-1\"}", "[7, null]", "[{\"snapshot_id\": \"-x y\"}]"])
            .prop_map(str::to_owned),
    ];
    let base = (
        moments(),
        likely("active", &["queued", "saving", "killed", "deactivated", "importing", "pending_delete"]),
        likely("p1", &["p2"]),
        prop::option::weighted(0.9, prop_oneof![Just(0u64), Just(1u64 << 20)]),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.95),
        likely("web1-x", &["web1-shelved"]),
    );
    let properties = (
        likely("backup", &["snapshot", "other", ""]),
        likely("carrete", &["daily", "pinned", "", "Carrete"]),
        likely("s1", &["s2", ""]),
        or_none(&["s1", "s2", ""]),
        likely("own", &["another", ""]),
        likely("nonce", &[""]),
        prop::option::weighted(0.5, disks),
        prop::option::weighted(0.1, Just("why")),
    );
    (base, properties).prop_map(|(base, properties)| {
        let (created, status, owner, size, protected, hidden, dated, name) = base;
        let (image_type, backup_type, uuid, server, seal, op, disks, pin) = properties;
        let mut record = json!({
            "status": status, "owner": owner, "size": size, "protected": protected, "os_hidden": hidden, "name": name,
            "created_at": dated.then(|| Moment(created).rfc3339()), "visibility": "private",
        });
        let texts = [
            ("image_type", image_type),
            ("backup_type", backup_type),
            ("instance_uuid", uuid),
            ("carrete_server", server),
            ("carrete_image", seal),
            ("carrete_op", op),
            ("block_device_mapping", disks.as_deref()),
            ("carrete_pin", pin),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                record[key] = text.into();
            }
        }
        record
    })
}

/// As `openstack image show -f json` gives the same record: what is no field of its own stands under `properties`.
fn as_shown(record: &Value) -> Value {
    let fields = ["id", "status", "owner", "size", "protected", "name", "created_at", "visibility"];
    let (fields, properties): (Map<String, Value>, Map<String, Value>) =
        record.as_object().unwrap().clone().into_iter().partition(|(key, _)| fields.contains(&key.as_str()));
    let mut shown = Value::Object(fields);
    shown["properties"] = properties.into();
    shown
}

#[test]
fn both_see_the_same_in_the_records_of_a_cloud() {
    let statuses = prop::collection::vec(
        prop_oneof![12 => Just("available"), 1 => prop::sample::select(vec!["creating", "error", "deleting", "error_deleting", "gone"])],
        6,
    );
    let cases =
        generate(1500, (policies(), prop::collection::vec(records(), 0..30), statuses, prop::bool::weighted(0.2)));
    let mut asked = Vec::new();
    let mut expected = Vec::new();
    for (policy, mut images, statuses, shelved) in cases {
        for (number, image) in images.iter_mut().enumerate() {
            let id = format!("image-{:02}", (number * 17) % 30);
            if image["carrete_image"] == "own" {
                image["carrete_image"] = id.as_str().into();
            }
            image["id"] = id.into();
        }
        let status = if shelved { "SHELVED_OFFLOADED" } else { "ACTIVE" };
        let there: Vec<(String, &str)> = statuses
            .iter()
            .enumerate()
            .map(|(n, status)| (format!("snap-{n}"), *status))
            .filter(|(_, status)| *status != "gone")
            .collect();
        let snapshots: Map<String, Value> =
            there.iter().map(|(id, status)| (id.clone(), Value::from(*status))).collect();
        asked.push(json!({
            "policy": policy, "images": images.iter().map(as_shown).collect::<Vec<_>>(), "snapshots": snapshots,
            "server": {"id": "s1", "name": "web1", "status": status, "project_id": "p1"},
        }));
        let read = |value: Value| Image::from_json(&value).unwrap();
        let images: Vec<Image> = images.into_iter().map(read).collect();
        let snapshots: Vec<VolumeSnapshot> = there
            .iter()
            .map(|(id, status)| VolumeSnapshot::from_json(&json!({"id": id, "status": status})).unwrap())
            .collect();
        let servers = [Server::from_json(&json!({"id": "s1", "name": "web1", "status": status})).unwrap()];
        let items = retention::items(&images, &snapshots, &servers, &"s1".into(), &"p1".into(), policy::BACKUP_TYPE);
        expected.push(decided(items, &Policy::parse(&policy).unwrap()));
    }
    let mut sums = (0, 0);
    for ((case, answer), (kept, removed)) in asked.iter().zip(answers("records", &asked)).zip(expected) {
        sums = (sums.0 + kept.len(), sums.1 + removed.len());
        assert_eq!(
            (ids(&answer["kept"]), ids(&answer["removed"])),
            (kept.iter().map(String::as_str).collect(), removed.iter().map(String::as_str).collect()),
            "{case:#}"
        );
    }
    assert!(sums.0 > 1_500 && sums.1 > 500, "{sums:?}");
}
