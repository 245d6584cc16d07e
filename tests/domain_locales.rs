//! Every sentence that the pure rings can say exists in both languages, with the same arguments, and none is idle.

#![allow(clippy::unwrap_used)] // A test that cannot read its files has failed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const FILES: [&str; 6] = ["backup.yml", "operation.yml", "policy.yml", "health.yml", "schedule.yml", "script.yml"];

/// Key of a sentence to its text by language. Reads the plain subset of YAML that the files keep to.
fn sentences(file: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(file)).unwrap();
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut path: Vec<&str> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('_')) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        let (key, value) = line.trim().split_once(':').unwrap();
        path.truncate(depth);
        match value.trim() {
            "" => path.push(key),
            value => {
                let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap();
                let old = found.entry(path.join(".")).or_default().insert(key.to_owned(), value.to_owned());
                assert_eq!(old, None, "{file}: {} twice", path.join("."));
            }
        }
    }
    found
}

fn arguments(text: &str) -> BTreeSet<&str> {
    text.split("%{").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// What stands between quotes in the sources of the pure rings.
fn literals() -> BTreeSet<String> {
    fn gather(folder: &Path, found: &mut BTreeSet<String>) {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                gather(&path, found);
            } else {
                found.extend(fs::read_to_string(path).unwrap().split('"').map(str::to_owned));
            }
        }
    }
    let mut found = BTreeSet::new();
    for ring in ["backup", "operation", "model"] {
        gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(ring), &mut found);
    }
    found
}

#[test]
fn both_languages_say_the_same() {
    for file in FILES {
        for (key, texts) in sentences(file) {
            assert_eq!(texts.keys().collect::<Vec<_>>(), ["en", "es"], "{file}: {key}");
            let (en, es) = (&texts["en"], &texts["es"]);
            assert!(!en.is_empty() && !es.is_empty(), "{file}: {key}");
            if !key.ends_with(".one") {
                assert_eq!(arguments(en), arguments(es), "{file}: {key}");
            }
        }
    }
}

#[test]
fn every_sentence_is_written_and_none_is_idle() {
    let said = literals();
    let mut written: BTreeSet<String> = BTreeSet::new();
    for file in FILES {
        for key in sentences(file).into_keys() {
            let key = key.strip_suffix(".one").or_else(|| key.strip_suffix(".other")).unwrap_or(&key).to_owned();
            written.insert(key);
        }
    }
    let ours = [
        "operation.",
        "rotation.",
        "image_kind.",
        "naming.",
        "reel.",
        "deletion.",
        "policy.",
        "retention.",
        "health.",
        "leftovers.",
        "script.",
        "schedule.failed.",
    ];
    for literal in said.iter().filter(|literal| ours.iter().any(|space| literal.starts_with(space))) {
        // Keys that are put together are covered below, by their last part.
        if !literal.contains('{') {
            assert!(written.contains(literal), "nobody has written {literal}");
        }
    }
    for key in &written {
        let last = key.rsplit('.').next().unwrap();
        let quota = last.strip_prefix("quota_").unwrap_or(last);
        assert!(said.contains(key) || said.contains(last) || said.contains(quota), "nobody says {key}");
    }
    // Put together at run time: each machine's words.
    let both = [
        "refused",
        "halfway",
        "not_started",
        "removed",
        "server_gone",
        "killed",
        "deactivated",
        "volume_snapshot_error",
        "volume_snapshot_gone",
    ];
    for what in ["snapshot", "backup"] {
        for key in both {
            assert!(written.contains(&format!("operation.{what}.{key}")), "{what} {key}");
        }
    }
    for resource in ["instances", "cores", "ram", "volumes", "snapshots", "gigabytes"] {
        assert!(written.contains(&format!("blocked.quota_{resource}")));
    }
    for ring in ["capture", "launch"] {
        let source =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/operation/{ring}/view.rs")))
                .unwrap();
        let sentence = source.split("fn sentence(&self)").nth(1).unwrap().split("\n    }\n").next().unwrap();
        for word in sentence
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|word| !word.contains('.') && *word != "server" && *word != "name")
        {
            assert!(written.contains(&format!("operation.{ring}.{word}")), "{ring} {word}");
        }
    }
}
