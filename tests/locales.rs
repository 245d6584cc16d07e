//! Spanish and English are complete, and every sentence that the code names is written.

#![allow(clippy::unwrap_used)] // A test that cannot read its files has failed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

rust_i18n::i18n!("locales", fallback = "en");

/// Key → language → text, read from the files as the build reads them.
fn sentences() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for locale in ["en", "es"] {
        for key in keys() {
            if let Some(text) = crate::_rust_i18n_try_translate(locale, &key) {
                all.entry(key).or_default().insert(locale.to_owned(), text.into_owned());
            }
        }
    }
    all
}

/// Every dotted path that leads to a sentence, by the files' indentation: `key:` opens, `key: { en: …` and `en:` end.
fn keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
    let files = [folder.join("door"), folder].into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    for path in files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let text = fs::read_to_string(path).unwrap();
        let mut path: Vec<(usize, String)> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
            let indent = line.len() - line.trim_start().len();
            let Some((name, rest)) = line.trim().split_once(':') else { continue };
            path.retain(|(depth, _)| *depth < indent);
            if matches!(name, "en" | "es") {
                keys.insert(path.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join("."));
                continue;
            }
            path.push((indent, name.trim_matches('"').to_owned()));
            if rest.trim_start().starts_with('{') {
                keys.insert(path.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join("."));
            }
        }
    }
    keys
}

fn places(text: &str) -> BTreeSet<&str> {
    text.split("%{").skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

#[test]
fn every_sentence_is_in_both_languages_with_the_same_values() {
    let all = sentences();
    assert!(all.len() > 300, "only {} sentences were found", all.len());
    for (key, texts) in all {
        let (en, es) = (texts.get("en"), texts.get("es"));
        let (Some(en), Some(es)) = (en, es) else { panic!("{key} is not in both languages: {texts:?}") };
        assert!(!en.is_empty() && !es.is_empty(), "{key} is empty");
        // A singular may leave its number out: «one image» needs no 1.
        if !key.ends_with(".one") {
            assert_eq!(places(en), places(es), "{key}");
        }
    }
}

#[test]
fn every_sentence_that_the_code_names_is_written() {
    let known = keys();
    let mut missing = Vec::new();
    let mut seen = 0;
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
        for opening in ["t(\"", "Message::new(\""] {
            for (at, _) in text.match_indices(opening) {
                // `set(…)` ends with `t(` too.
                let before = text[..at].chars().next_back().unwrap_or(' ');
                if opening == "t(\"" && (before.is_alphanumeric() || before == '_' || before == '.') {
                    continue;
                }
                let key = text[at + opening.len()..].split('"').next().unwrap();
                if !key.contains('.') || key.contains(['{', ' ', '/']) {
                    continue;
                }
                seen += 1;
                let plural = known.contains(&format!("{key}.other"));
                if !known.contains(key) && !plural {
                    missing.push(format!("{}: {key}", path.display()));
                }
            }
        }
    });
    assert!(seen > 200, "only {seen} uses were found");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

fn visit(folder: &Path, see: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("gallery") && !path.ends_with("tests") {
                visit(&path, see);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            see(&path, text.split("#[cfg(test)]\nmod tests {").next().unwrap());
        }
    }
}
