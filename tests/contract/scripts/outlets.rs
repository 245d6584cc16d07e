//! What the page writes for a crontab, for systemd, for CI services and for Kubernetes, run as each of them would run it:
//! the commands, arguments and environment are read out of the texts, and nothing but the application credential signs in.

use std::collections::BTreeMap;

use carrete::backup::policy::{Every, Schedule};
use carrete::backup::script::{Order, Outlet, Piece, SCRIPT, pieces};
use carrete::model::Moment;
use saphyr::{LoadableYamlNode, Yaml};

use super::*;
use crate::cloud::url;

const ID: &str = "OS_APPLICATION_CREDENTIAL_ID";
const SECRET: &str = "OS_APPLICATION_CREDENTIAL_SECRET";

/// Deletes the application credential, also when the test fails.
struct Credential(String);

impl Drop for Credential {
    fn drop(&mut self) {
        drop(with(&["openstack", "application", "credential", "delete", &self.0]).output());
    }
}

/// A server that is due, and a home with its credential.
struct Machine {
    server: ServerId,
    home: Home,
    now: Moment,
    _credential: Credential,
}

impl Machine {
    async fn new(cloud: &Cloud) -> Self {
        let server = image_backed(cloud, "daily=2; every=day at=03:00Z").await;
        let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let now = Moment(i64::try_from(now).unwrap());
        let home = Home(std::env::temp_dir().join(unique("home")));
        std::fs::create_dir_all(&home.0).unwrap();
        let steps = steps(Outlet::Cron, &server, now);
        let commands = &step(&steps, "script.step.credential").text;
        let name = commands.split_whitespace().find(|word| word.starts_with("carrete-2")).unwrap();
        let credential = Credential(name.to_owned());
        let output = home.run(commands);
        assert!(
            output.status.success() && output.stdout.is_empty(),
            "{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
        Self { server, home, now, _credential: credential }
    }

    fn steps(&self, outlet: Outlet) -> Vec<Piece> {
        steps(outlet, &self.server, self.now)
    }

    /// A file below the home; gives its path.
    fn file(&self, path: &str, content: &str) -> String {
        let path = self.home.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// Runs a command in the home with these variables, and with no other way to sign in; gives what it said.
    fn run(&self, words: &[String], environment: &BTreeMap<String, String>) -> String {
        let clean = "unset OS_CLOUD OS_CLIENT_CONFIG_FILE XDG_RUNTIME_DIR; cd \"$HOME\"; exec \"$@\"";
        let mut command = with(&["sh", "-c", clean, "sh"]);
        command.args(words).env("HOME", &self.home.0).envs(environment);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{words:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    fn shell(&self, commands: &str, environment: &BTreeMap<String, String>) -> String {
        self.run(&["sh".into(), "-c".into(), commands.into()], environment)
    }

    /// What the credential step wrote, as a shell reads it.
    fn credential_file(&self) -> BTreeMap<String, String> {
        let read = "set -a; . .config/carrete/openstack.env; env -0";
        let all = self.shell(read, &BTreeMap::new());
        let pairs = all.split('\0').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| key.starts_with("OS_")).map(|(key, value)| (key.into(), value.into())).collect()
    }

    /// There is one backup now; it goes, so that the next one is due.
    async fn made_one(&self, cloud: &Cloud, outlet: Outlet) {
        let made = ids(&backups(cloud, &self.server).await);
        assert_eq!(made.len(), 1, "{outlet:?}");
        openstack(&["image", "delete", made[0].as_str()]);
    }
}

fn steps(outlet: Outlet, server: &ServerId, now: Moment) -> Vec<Piece> {
    let order = Order {
        servers: &[(server.clone(), "scripted".to_owned())],
        schedule: &Schedule { every: Every::Day, at: 180, paused: false },
        auth_url: &url(),
        region: "RegionOne",
        project: "e2e6",
        roles: &[],
        ping: "",
        now,
        expires: now.plus(3600),
    };
    pieces(outlet, order)
}

fn step<'a>(steps: &'a [Piece], key: &str) -> &'a Piece {
    steps.iter().find(|piece| piece.what.key == key).unwrap()
}

fn file<'a>(steps: &'a [Piece], path: &str) -> &'a str {
    &steps.iter().find(|piece| piece.path == Some(path)).unwrap().text
}

/// What stands at a path of keys and places.
fn at<'a>(yaml: &'a Yaml<'a>, path: &[&str]) -> &'a Yaml<'a> {
    path.iter().fold(yaml, |yaml, key| match key.parse::<usize>() {
        Ok(place) => &yaml.as_sequence().unwrap()[place],
        Err(_) => yaml.as_mapping_get(key).unwrap_or_else(|| panic!("{key} of {path:?} in {yaml:?}")),
    })
}

fn word(yaml: &Yaml<'_>) -> String {
    yaml.as_str().unwrap().to_owned()
}

fn pairs<'a>(yaml: &'a Yaml<'a>) -> impl Iterator<Item = (String, &'a Yaml<'a>)> {
    yaml.as_mapping().unwrap().iter().map(|(key, value)| (word(key), value))
}

#[test]
fn a_crontab_line_and_its_application_credential_work_as_they_are_written() {
    run("e2e6", "e2e6", async |cloud| {
        let machine = Machine::new(&cloud).await;
        let steps = machine.steps(Outlet::Cron);
        let script = step(&steps, "script.step.save");
        machine.file(script.path.unwrap().trim_start_matches("~/"), &script.text);
        let alone = |commands: &str| machine.shell(commands, &BTreeMap::new());

        let said = alone(&step(&steps, "script.step.try").text);
        assert!(said.contains("would be kept: a new backup"), "{said}");
        let crontab = &step(&steps, "script.step.crontab").text;
        let line = crontab.lines().find_map(|line| line.strip_prefix("0 3 * * * ")).unwrap();
        assert_eq!(alone(line), "", "quiet when all is well");
        assert_eq!(backups(&cloud, &machine.server).await.len(), 1);
        alone(line);
        assert_eq!(backups(&cloud, &machine.server).await.len(), 1, "it is not due again");
    });
}

#[test]
fn what_is_written_for_systemd_ci_services_and_kubernetes_makes_a_backup() {
    run("e2e6", "e2e6", async |cloud| {
        let machine = Machine::new(&cloud).await;
        let credential = machine.credential_file();
        let secrets = || {
            let secret = |key: &str| (key.to_owned(), credential[key].clone());
            BTreeMap::from([secret(ID), secret(SECRET)])
        };

        let steps = machine.steps(Outlet::Systemd);
        let installed = "/usr/local/lib/carrete/carrete-backup.py";
        let script = machine.file("carrete-backup.py", file(&steps, "carrete-backup.py"));
        let service = file(&steps, "/etc/systemd/system/carrete-backup.service");
        let start = service.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        assert!(start.contains(installed), "{start}");
        let state = machine.home.0.display().to_string();
        machine.file("carrete-backup/lock", "");
        // Its words are tame here; hostile ones have a test of their own.
        let start = start.replace(installed, &script).replace("%S", &state).replace('"', "");
        machine.run(&start.split(' ').map(str::to_owned).collect::<Vec<_>>(), &credential);
        machine.made_one(&cloud, Outlet::Systemd).await;

        let steps = machine.steps(Outlet::Github);
        machine.file(".github/carrete-backup.py", file(&steps, ".github/carrete-backup.py"));
        let workflow = Yaml::load_from_str(file(&steps, ".github/workflows/carrete-backup.yml")).unwrap();
        let backup = at(&workflow[0], &["jobs", "backup", "steps", "2"]);
        let environment = pairs(at(backup, &["env"])).map(|(key, value)| {
            let value = word(value);
            let secret = value.strip_prefix("${{ secrets.").and_then(|value| value.strip_suffix(" }}"));
            let value = secret.map_or(value.clone(), |secret| secrets()[secret].clone());
            (key, value)
        });
        machine.shell(&word(at(backup, &["run"])), &environment.collect());
        machine.made_one(&cloud, Outlet::Github).await;

        let steps = machine.steps(Outlet::Gitlab);
        machine.file("ci/carrete-backup.py", file(&steps, "ci/carrete-backup.py"));
        let jobs = Yaml::load_from_str(file(&steps, ".gitlab-ci.yml")).unwrap();
        let job = at(&jobs[0], &["carrete-backup"]);
        let mut environment: BTreeMap<String, String> =
            pairs(at(job, &["variables"])).map(|(key, value)| (key, word(at(value, &["value"])))).collect();
        environment.extend(secrets());
        machine.shell(&word(at(job, &["script", "0"])), &environment);
        machine.made_one(&cloud, Outlet::Gitlab).await;

        let steps = machine.steps(Outlet::Kubernetes);
        let manifest = Yaml::load_from_str(file(&steps, "carrete-backup.yaml")).unwrap();
        let mounted = word(at(&manifest[0], &["data", "carrete-backup.py"]));
        assert_eq!(mounted, SCRIPT, "the ConfigMap holds the script as it is");
        let script = machine.file("mounted/carrete-backup.py", &mounted);
        let pod = at(&manifest[1], &["spec", "jobTemplate", "spec", "template", "spec", "containers", "0"]);
        let read = |value: &Yaml<'_>| word(value).replace("$$", "$");
        let mut environment: BTreeMap<String, String> = at(pod, &["env"])
            .as_sequence()
            .unwrap()
            .iter()
            .map(|pair| (word(at(pair, &["name"])), read(at(pair, &["value"]))))
            // The container's own folders.
            .filter(|(key, _)| key.starts_with("OS_"))
            .collect();
        environment.extend(secrets());
        let command = at(pod, &["command"]).as_sequence().unwrap().iter();
        // The client is here already.
        let command = command
            .map(|word| read(word).replace("pip install", ": pip").replace("/carrete/carrete-backup.py", &script));
        machine.run(&command.collect::<Vec<_>>(), &environment);
        machine.made_one(&cloud, Outlet::Kubernetes).await;
    });
}
