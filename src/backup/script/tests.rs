//! Nothing that the cloud says can leave its quotes: checked with the programs that read the texts.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use proptest::prelude::*;
use saphyr::{LoadableYamlNode, Yaml};
use time::Weekday;

use super::*;
use crate::backup::policy::{Every, MonthDay};

const DAILY: Schedule = Schedule { every: Every::Day, at: 180, paused: false };

/// What somebody might name a server, a region or an address to do harm.
const EVIL: [&str; 16] = [
    "$(touch harm)",
    "`touch harm`",
    "'; touch harm; '",
    "\"; touch harm; \"",
    "a\ntouch harm\n",
    "a\r\n* * * * * touch harm",
    "50% off % %s %h $HOME ${HOME} $$",
    "\\",
    "ends in a backslash\\",
    "${{ secrets.OS_APPLICATION_CREDENTIAL_SECRET }}",
    "$(OS_APPLICATION_CREDENTIAL_SECRET)",
    "# comment: [x] {y} &a *b !c | > - ? @",
    "END_OF_ENVIRONMENT",
    "\u{202e}right to left\u{2028}another line\u{85}and another",
    "--help",
    "ñandú 🎞 'x' \"y\"",
];

fn order<'a>(servers: &'a [(ServerId, String)], text: &'a str) -> Order<'a> {
    Order {
        servers,
        schedule: &DAILY,
        auth_url: text,
        region: text,
        project: text,
        roles: &[],
        ping: text,
        now: Moment(1_795_428_000),
        expires: Moment(1_827_000_000),
    }
}

fn servers(text: &str) -> Vec<(ServerId, String)> {
    vec![
        (ServerId::from(text), text.to_owned()),
        (ServerId::from("3b227194-ff0f-4343-8a70-45bb8e0c4444"), "web1".to_owned()),
    ]
}

/// A folder of its own, gone at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("carrete-script-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A program in the folder, to stand in for one that the texts name.
    fn program(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        assert!(Command::new("chmod").arg("755").arg(&path).status().unwrap().success());
    }

    fn shell(&self, command: &str) -> Output {
        let path = format!("{}:{}", self.0.display(), std::env::var("PATH").unwrap());
        let mut child = Command::new("sh")
            .current_dir(&self.0)
            .env("HOME", &self.0)
            .env("PATH", path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(command.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn is_harmed(&self) -> bool {
        self.0.join("harm").exists()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

fn find(pieces: &[Piece], path: &str) -> String {
    pieces.iter().find(|piece| piece.path == Some(path)).unwrap().text.clone()
}

fn step(pieces: &[Piece], key: &str) -> String {
    pieces.iter().find(|piece| piece.what.key == key).unwrap().text.clone()
}

fn yaml(text: &str) -> Yaml<'_> {
    let mut documents = Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(documents.len(), 1, "{text}");
    documents.remove(0)
}

fn at<'a>(yaml: &'a Yaml<'a>, path: &[&str]) -> &'a Yaml<'a> {
    path.iter().fold(yaml, |yaml, key| match key.parse::<usize>() {
        Ok(place) => &yaml.as_sequence().unwrap()[place],
        Err(_) => yaml.as_mapping_get(key).unwrap_or_else(|| panic!("{key} of {path:?} in {yaml:?}")),
    })
}

/// What each word becomes when a shell has read it.
fn read_by(shell: &str, quoted: &[String]) -> Vec<String> {
    let output = Command::new(shell).arg("-c").arg(format!("printf '%s\\0' {}", quoted.join(" "))).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).split_terminator('\0').map(str::to_owned).collect()
}

/// Words of a systemd command line, by systemd.service(5): quotes, backslashes, then `%%` and `$$`.
fn read_by_systemd(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' => word.extend(chars.next()),
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            '%' | '$' => {
                assert_eq!(chars.next(), Some(c), "a specifier or a variable in {line}");
                word.push(c);
            }
            c => word.push(c),
        }
    }
    words.push(word);
    words
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn shells_read_every_value_as_one_word(values in prop::collection::vec(".{0,40}|[$`'\"\\\\%;&|<>(){} \n~*?!#-]{1,12}", 1..80)) {
        let plain: Vec<String> = values.iter().map(|value| quote::plain(value)).collect();
        let quoted: Vec<String> = values.iter().map(|value| quote::shell(value)).collect();
        let sparing: Vec<String> = plain.iter().map(|value| quote::shell_words(std::slice::from_ref(value))).collect();
        for shell in ["sh", "bash"] {
            prop_assert_eq!(&read_by(shell, &quoted), &plain);
            prop_assert_eq!(&read_by(shell, &sparing), &plain);
        }
    }
}

proptest! {
    #[test]
    fn other_readers_read_every_value_as_it_is(value in ".{0,40}|[$`'\"\\\\%;:#@{}\\[\\] \n&*!|>-]{1,12}") {
        let plain = quote::plain(&value);
        let is_one_line = !plain.contains(['\n', '\r', '\u{85}', '\u{2028}']);
        prop_assert!(is_one_line);
        let document = format!("a: {}\nb: {}\n", quote::yaml(&value), quote::github(&value));
        let read = yaml(&document);
        prop_assert_eq!(at(&read, &["a"]).as_str(), Some(plain.as_str()));
        let github = at(&read, &["b"]).as_str().unwrap().replace("${{ '${{' }}", "\0");
        prop_assert!(!github.contains("${{"), "an expression of GitHub: {}", github);
        prop_assert_eq!(github.replace('\0', "${{"), plain.clone());
        let document = format!("a: {}\n", quote::kubernetes(&value));
        let kubernetes = at(&yaml(&document), &["a"]).as_str().unwrap().replace("$$", "\0");
        prop_assert!(!kubernetes.contains('$'));
        prop_assert_eq!(kubernetes.replace('\0', "$"), plain.clone());
        prop_assert_eq!(read_by_systemd(&quote::systemd(&value)), vec![plain]);
        prop_assert!(!quote::comment(&value).ends_with('\\'));
    }
}

/// Runs the commands of the credential step with a stand-in for `openstack`; gives the place where the file is.
fn with_credential(name: &str, evil: &str) -> (Place, Vec<(ServerId, String)>) {
    let servers = servers(evil);
    let place = Place::new(name);
    place.program("openstack", "printf '%s\\0' \"$@\" > asked; echo an-id; echo a-secret");
    let commands = credential::make(order(&servers, evil)).text;
    let output = place.shell(&commands);
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{evil}: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    assert!(!place.is_harmed(), "{evil}\n{commands}");
    (place, servers)
}

#[test]
fn the_credential_goes_into_a_file_of_its_owner_and_nowhere_else() {
    for (number, evil) in EVIL.into_iter().enumerate() {
        let (place, _) = with_credential(&format!("credential-{number}"), evil);
        let asked = fs::read_to_string(place.0.join("asked")).unwrap();
        assert!(
            asked.starts_with("application\0credential\0create\0--role=member\0--expiration\x002027-11-23T20:00:00\0"),
            "{asked}"
        );
        assert!(!asked.contains("harm"));
        let file = place.0.join(".config/carrete/openstack.env");
        let mode = Command::new("stat").args(["-c", "%a"]).arg(&file).output().unwrap();
        assert_eq!(text(&mode.stdout).trim(), "600");
        let written = fs::read_to_string(&file).unwrap();
        assert!(
            written.ends_with("OS_APPLICATION_CREDENTIAL_ID=an-id\nOS_APPLICATION_CREDENTIAL_SECRET=a-secret\n"),
            "{written}"
        );
        let output = place.shell("set -a; . ~/.config/carrete/openstack.env; printenv OS_AUTH_URL; printenv OS_REGION_NAME; printenv CARRETE_PING_URL");
        let plain = quote::plain(evil);
        assert_eq!(text(&output.stdout), format!("{plain}\n{plain}\n{plain}\n"));
        assert!(!place.is_harmed());
    }
}

#[test]
fn the_credential_has_a_role_that_its_maker_holds() {
    let asks = |roles: &[&str]| {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        let piece = credential::make(Order { roles: &roles, ..order(&[], "x") });
        let options = piece.text.split_once("credential create ").unwrap().1.split_once(" --expiration").unwrap().0;
        (piece.what.key.rsplit('.').next().unwrap().to_owned(), options.to_owned())
    };
    let of = |key: &str, options: &str| (key.to_owned(), options.to_owned());
    assert_eq!(asks(&[]), of("credential", "--role=member"));
    assert_eq!(asks(&["admin", "reader", "member"]), of("credential", "--role=member"));
    assert_eq!(asks(&["_member_"]), of("credential_roles", "--role=_member_"));
    assert_eq!(asks(&["Admin", "creator", "reader"]), of("credential_roles", "--role=creator --role=reader"));
    assert_eq!(asks(&["admin"]), of("credential_roles", "--role=admin"), "there is no other");
    assert_eq!(asks(&["reader", "admin"]), of("credential_roles", "--role=reader --role=admin"));
    for evil in EVIL {
        let read = read_by("bash", &[asks(&[evil]).1]);
        assert_eq!(read, [format!("--role={}", quote::plain(evil))]);
    }
}

#[test]
fn a_crontab_line_runs_the_script_with_the_servers_and_nothing_else() {
    for (number, evil) in EVIL.into_iter().enumerate() {
        let (place, servers) = with_credential(&format!("cron-{number}"), evil);
        let pieces = pieces(Outlet::Cron, order(&servers, evil));
        let crontab = step(&pieces, "script.step.crontab");
        let lines: Vec<&str> = crontab.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!((lines.len(), lines[0]), (2, "CRON_TZ=UTC"), "{crontab}");
        let command = lines[1].strip_prefix("0 3 * * * ").unwrap();
        // What cron does: the first bare % ends the command, an escaped one is one.
        let command = command.replace("\\%", "\0");
        assert!(!command.contains('%'), "{command}");
        place.program("python3", "printf '%s\\0' \"$@\" > ran; printenv OS_APPLICATION_CREDENTIAL_SECRET >> ran");
        let output = place.shell(&command.replace('\0', "%"));
        assert!(output.status.success(), "{}", text(&output.stderr));
        let script = format!("{}/.local/bin/carrete-backup.py", place.0.display());
        let mut expected = vec![script, "--quiet".into(), "--wait-lock".into(), "60".into()];
        expected.extend(arguments(order(&servers, evil)));
        assert_eq!(fs::read_to_string(place.0.join("ran")).unwrap(), expected.join("\0") + "\0a-secret\n");
        assert!(!place.is_harmed(), "{evil}");
    }
}

#[test]
fn every_command_is_one_that_a_shell_can_read() {
    for evil in EVIL {
        let servers = servers(evil);
        for outlet in Outlet::ALL {
            for piece in pieces(outlet, order(&servers, evil)) {
                let is_shell = piece.path.is_none()
                    && !piece.what.key.ends_with("crontab")
                    && !piece.what.key.ends_with("gitlab_schedule");
                if is_shell {
                    let output = Command::new("bash").args(["-n", "-c", &piece.text]).output().unwrap();
                    assert!(output.status.success(), "{}\n{}", text(&output.stderr), piece.text);
                }
            }
        }
    }
}

#[test]
fn workflows_keep_their_shape_whatever_the_names() {
    for evil in EVIL {
        let servers = servers(evil);
        let order = order(&servers, evil);
        let plain = quote::plain(evil);

        let github = find(&pieces(Outlet::Github, order), ".github/workflows/carrete-backup.yml");
        let read = yaml(&github);
        assert_eq!(at(&read, &["on", "schedule", "0", "cron"]).as_str(), Some("0 3 * * *"));
        let steps = at(&read, &["jobs", "backup", "steps"]);
        assert_eq!(steps.as_sequence().unwrap().len(), 3);
        let env = at(steps, &["2", "env"]);
        assert_eq!(at(env, &["OS_REGION_NAME"]).as_str().unwrap().replace("${{ '${{' }}", "${{"), plain);
        assert_eq!(at(env, &["CARRETE_PING_URL"]).as_str(), Some("${{ secrets.CARRETE_PING_URL }}"));
        let run = at(steps, &["2", "run"]).as_str().unwrap().replace("${{ '${{' }}", "${{");
        let words = read_by("bash", &[run]);
        assert_eq!(words[4..], arguments(order), "after the program, its path and --timeout 300");

        let gitlab = find(&pieces(Outlet::Gitlab, order), ".gitlab-ci.yml");
        let read = yaml(&gitlab);
        let region = at(&read, &["carrete-backup", "variables", "OS_REGION_NAME"]);
        assert_eq!(
            (at(region, &["value"]).as_str(), at(region, &["expand"]).as_bool()),
            (Some(plain.as_str()), Some(false))
        );
        let run = at(&read, &["carrete-backup", "script", "0"]).as_str().unwrap();
        assert_eq!(read_by("bash", &[run.to_owned()])[4..], arguments(order));

        let manifest = find(&pieces(Outlet::Kubernetes, order), "carrete-backup.yaml");
        let documents = Yaml::load_from_str(&manifest).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(at(&documents[0], &["data", "carrete-backup.py"]).as_str(), Some(SCRIPT));
        let spec = at(&documents[1], &["spec"]);
        assert_eq!(at(spec, &["timeZone"]).as_str(), Some("Etc/UTC"));
        assert_eq!(at(spec, &["concurrencyPolicy"]).as_str(), Some("Forbid"));
        let container = at(spec, &["jobTemplate", "spec", "template", "spec", "containers", "0"]);
        let words: Vec<String> = at(container, &["command"])
            .as_sequence()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap().replace("$$", "$"))
            .collect();
        assert_eq!(words[4..], arguments(order));
        assert!(words[2].ends_with("\"$@\""));
    }
}

#[test]
fn a_unit_keeps_its_shape_whatever_the_names() {
    let place = Place::new("systemd");
    for evil in EVIL {
        let servers = servers(evil);
        let pieces = pieces(Outlet::Systemd, order(&servers, evil));
        let service = find(&pieces, "/etc/systemd/system/carrete-backup.service");
        assert!(service.lines().all(|line| !line.ends_with('\\')), "{service}");
        let start: Vec<&str> = service.lines().filter_map(|line| line.strip_prefix("ExecStart=")).collect();
        assert_eq!(start.len(), 1);
        let words = read_by_systemd(&start[0].replace("%S/", "/"));
        assert_eq!(words[4..], arguments(order(&servers, evil)), "after python3, the script and its lock");
        let lines = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!((lines(&service), lines(&find(&pieces, "/etc/systemd/system/carrete-backup.timer"))), (34, 9));
        for kind in ["service", "timer"] {
            let path = format!("/etc/systemd/system/carrete-backup.{kind}");
            fs::write(place.0.join(format!("carrete-backup.{kind}")), find(&pieces, &path)).unwrap();
        }
        analyze(
            &["verify", "--man=no", "--recursive-errors=no"],
            &[&place.0.join("carrete-backup.timer"), &place.0.join("carrete-backup.service")],
        );
    }
}

#[test]
fn systemd_understands_every_schedule() {
    let mut events = Vec::new();
    for every in [
        Every::Hours(1),
        Every::Hours(8),
        Every::Day,
        Every::Week(Weekday::Sunday),
        Every::Week(Weekday::Wednesday),
        Every::Month(MonthDay::Day(1)),
        Every::Month(MonthDay::Last),
    ] {
        events.push(PathBuf::from(when::on_calendar(&Schedule { every, at: 23 * 60 + 5, paused: false })));
    }
    analyze(&["calendar"], &events.iter().map(PathBuf::as_path).collect::<Vec<_>>());
}

/// Asks systemd itself, on machines that have it.
fn analyze(options: &[&str], what: &[&Path]) {
    match Command::new("systemd-analyze").args(options).args(what).output() {
        Ok(output) => assert!(output.status.success(), "{what:?}: {}", text(&output.stderr)),
        Err(error) => eprintln!("not checked by systemd itself, which is not here: {error}"),
    }
}

#[test]
fn the_script_is_python_of_the_year_2019() {
    let parse = "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 8))";
    let mut child = Command::new("python3").args(["-c", parse]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(SCRIPT.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn no_server_means_all_that_have_a_schedule() {
    let crontab = step(&pieces(Outlet::Cron, order(&[], "x")), "script.step.crontab");
    assert!(crontab.ends_with(" --due\n"), "{crontab}");
}
