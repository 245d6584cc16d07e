//! The invariants of ARCHITECTURE.md, held: which ring may know which, and what is deliberately absent.

#![allow(clippy::unwrap_used)] // A test that cannot read its files has failed.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if root.is_file() {
        found.push((root.clone(), fs::read_to_string(root).unwrap()));
    } else {
        walk(&root, &mut found);
    }
    assert!(!found.is_empty(), "{folder} holds no source");
    found
}

/// Lines that are neither comments nor tests, with their numbers.
fn code(text: &str) -> Vec<(usize, &str)> {
    let body = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    body.lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .collect()
}

fn forbid(folder: &str, words: &[&str], why: &str) {
    let mut wrong = Vec::new();
    for (path, text) in sources(folder) {
        for (number, line) in code(&text) {
            for word in words.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{}:{number}: `{word}` ({why})", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const BROWSER: [&str; 8] =
    ["leptos", "web_sys", "js_sys", "gloo_", "wasm_bindgen", "crate::browser", "SystemTime::now", "Instant::now"];

#[test]
fn pure_rings_know_no_browser_clock_or_language() {
    for ring in ["src/model", "src/openstack", "src/backup", "src/operation", "src/route.rs"] {
        forbid(ring, &BROWSER, "pure rings get time, randomness and bytes as arguments");
        forbid(
            ring,
            &["crate::i18n", "crate::state", "crate::ui", "crate::pages", "crate::app"],
            "arrows point inwards",
        );
    }
}

#[test]
fn arrows_point_inwards() {
    forbid("src/model", &["crate::openstack", "crate::backup", "crate::operation"], "model is the innermost ring");
    forbid("src/openstack", &["crate::backup", "crate::operation"], "the protocol knows no policy");
    forbid("src/backup", &["crate::operation", "crate::openstack"], "policies know no protocol");
    forbid("src/operation", &["crate::openstack"], "machines ask for effects; state turns them into calls");
    forbid("src/state", &["crate::ui", "crate::pages", "view! {"], "no markup in the glue");
    forbid(
        "src/browser",
        &["crate::state", "crate::ui", "crate::pages", "crate::backup", "crate::operation"],
        "a thin layer",
    );
    for inner in ["crate::openstack", "crate::backup", "crate::operation", "crate::state", "crate::pages"] {
        forbid("src/ui", &[inner], "widgets know nothing of OpenStack");
    }
}

#[test]
fn only_one_ring_touches_the_browser() {
    for ring in ["src/state", "src/ui", "src/pages", "src/app.rs", "src/door.rs", "src/i18n.rs"] {
        forbid(ring, &["web_sys::", "js_sys::", "gloo_"], "src/browser wraps what the others need");
    }
}

#[test]
fn what_is_deliberately_absent() {
    // The CSP refuses style attributes and Trusted Types refuse foreign markup; both would only fail in a browser.
    for folder in ["src/ui", "src/pages", "src/app.rs", "src/door.rs"] {
        forbid(folder, &[" style=\"", "inner_html", "set_inner_html"], "refused by the page's own policy");
    }
    forbid("src", &["danger_accept", "console::log"], "no debugging leftovers");
    for (path, _) in sources("src") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(!["utils", "util", "helpers", "common", "misc"].contains(&name.as_str()), "{}", path.display());
    }
}

#[test]
fn the_page_asks_nothing_of_third_parties() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("index.html")).unwrap();
    assert!(!page.contains("https://") && !page.contains("unsafe-inline") && !page.contains("'unsafe-eval'"));
    assert!(page.contains("default-src 'none'") && page.contains("require-trusted-types-for 'script'"));
}

/// Derived decoders make a parser for every type: they were a third of the page. `model::json` reads by hand.
#[test]
fn no_decoder_is_derived() {
    let derived = [
        "Deserialize",
        "derive(Serialize",
        " Serialize,",
        " Serialize)",
        "#[serde(",
        "json::from_value",
        "json::from_slice",
    ];
    forbid("src", &derived, "use model::json, which keeps the page small");
    for (path, text) in sources("src") {
        let parses = code(&text).iter().any(|(_, line)| line.contains("serde_json::from_str"));
        assert!(!parses || path.ends_with("model/json.rs"), "{}: only model::json parses", path.display());
    }
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let derives = |line: &&str| line.starts_with("serde =") && line.contains("derive");
    assert!(!manifest.lines().any(|line| derives(&line)), "serde's derive is not even there");
}
