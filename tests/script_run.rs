//! How the script of `schedule/` runs: alone, in time, and patiently. That it agrees with the page: `tests/script.rs`.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)] // A test that cannot run the script has failed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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

/// Runs the script with a stand-in for `openstack` that leaves a trace and fails.
fn run(place: &Path, words: &[&str]) -> Output {
    let client = place.join("openstack");
    fs::write(&client, "#!/bin/sh\n: > \"$(dirname \"$0\")/called\"\necho 'No Server found for x' >&2\nexit 1\n")
        .unwrap();
    assert!(Command::new("chmod").arg("755").arg(&client).status().unwrap().success());
    let path = format!("{}:{}", place.display(), std::env::var("PATH").unwrap());
    Command::new("python3").arg(SCRIPT).args(words).env("PATH", path).env("HOME", place).output().unwrap()
}

#[test]
fn a_second_run_is_refused_while_the_first_holds_the_lock() {
    let place = Place::new("lock");
    let lock = place.0.join("lock");
    let first = File::create(&lock).unwrap();
    // The weakest of locks: only a run that wants the file for itself minds it, and so do two of them.
    first.lock_shared().unwrap();
    let words = ["--lock", lock.to_str().unwrap(), "x"];
    let refused = run(&place.0, &words);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(75), "{said}");
    assert!(said.contains("another run holds the lock") && said.lines().count() == 1, "{said}");
    assert!(!place.0.join("called").exists(), "it asked the cloud nothing");

    drop(first);
    let runs = run(&place.0, &words);
    let said = String::from_utf8_lossy(&runs.stderr).into_owned();
    assert_eq!(runs.status.code(), Some(1), "{said}");
    assert!(said.contains("FAILED: x (x): openstack server show: No Server found for x"), "{said}");
    assert!(place.0.join("called").exists());
}

#[test]
fn a_lock_is_no_way_to_another_file() {
    let place = Place::new("link");
    let (target, link) = (place.0.join("target"), place.0.join("lock"));
    fs::write(&target, "precious").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let output = run(&place.0, &["--lock", link.to_str().unwrap(), "x"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!place.0.join("called").exists());
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
}

#[test]
fn a_person_and_cron_take_the_same_lock() {
    let place = Place::new("same-lock");
    let first = File::create(place.0.join(".carrete-backup.lock")).unwrap();
    first.lock_shared().unwrap();
    let elsewhere = place.0.join("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    for (key, value) in [("XDG_RUNTIME_DIR", Some(&elsewhere)), ("TMPDIR", Some(&elsewhere)), ("XDG_RUNTIME_DIR", None)]
    {
        let mut command = Command::new("python3");
        command.args([SCRIPT, "x"]).env("HOME", &place.0).env_remove("XDG_RUNTIME_DIR");
        command.envs(value.map(|value| (key, value)));
        let refused = command.output().unwrap();
        assert_eq!(refused.status.code(), Some(75), "{key} {value:?}: {}", String::from_utf8_lossy(&refused.stderr));
    }
}

/// Runs some lines of Python that know the script as `s`, in which no time goes by.
fn python(lines: &str) {
    let begin = format!(
        "import datetime as dt, importlib.util\n\
         spec = importlib.util.spec_from_file_location('s', '{SCRIPT}')\n\
         s = importlib.util.module_from_spec(spec)\n\
         spec.loader.exec_module(s)\n\
         s.time.sleep = lambda seconds: None\n"
    );
    let output = Command::new("python3").args(["-B", "-c", &(begin + lines)]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_unfinished_backup_serves_a_slot_only_as_long_as_it_may_take() {
    python(
        "
now = dt.datetime(2026, 11, 27, 12)
s.utc_now = lambda: now
s.options.due, s.options.timeout = True, 360
policy = s.parse_policy('last=1; every=day at=03:00Z')
def reason(standing, hour):
    made = {'name': 'b', 'standing': standing, 'created': now.replace(hour=hour)}
    s.collect = lambda server: [made]
    return s.reason_to_skip({'id': 'x'}, policy, False)
assert reason('usable', 3), 'made in this slot'
assert not reason('usable', 2), 'of the slot before'
assert reason('unfinished', 7), 'it may still become one'
assert not reason('unfinished', 5), 'it will not'
assert not reason('broken', 7)
",
    );
}

#[test]
fn a_seal_that_does_not_get_through_is_written_again() {
    python(
        "
asked = []
def openstack(*words):
    asked.append(words)
    if words[:2] == ('image', 'set') and len(asked) < 3:
        raise s.Failure('Unable to establish connection')
s.openstack = openstack
s.create = lambda name, *words: 'i'
s.is_volume_backed = lambda server: True
s.wait_until_usable = lambda *all: None
assert s.make({'id': 'x', 'name': 'n'})['id'] == 'i'
assert asked == 3 * [('image', 'set', '--property', 'carrete_image=i', 'i')], asked
def gone(*words):
    asked.append(words)
    raise s.Gone('No image found')
asked, s.openstack = [], gone
try:
    s.make({'id': 'x', 'name': 'n'})
    raise AssertionError('made of nothing')
except s.Gone:
    assert len(asked) == 1, asked
",
    );
}
