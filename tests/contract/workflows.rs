//! Schedules in the cloud: Carrete's workflows in a real Mistral, by hand and by cron.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use carrete::backup::executions::{Facts, Overview, Run, TriggerHealth, overview};
use carrete::backup::health::{self, State};
use carrete::backup::index::Index;
use carrete::backup::metadata as keys;
use carrete::backup::policy::{BACKUP_TYPE, Every, Schedule};
use carrete::backup::schedule_change::{Change, next};
use carrete::backup::trouble::{self, explain};
use carrete::backup::workflow::{self, Install, Installed, Trigger};
use carrete::model::{CronTrigger, Execution, ExecutionId, Image, ImageId, Moment, RunState, ServerId};
use carrete::openstack::application_credential::{CreateApplicationCredential, DeleteApplicationCredential};
use carrete::openstack::compute::{SetServerMetadata, ShowServer};
use carrete::openstack::image::{ImageChange, ListImages, PatchImage, ShowImage};
use carrete::openstack::workflow::*;
use carrete::openstack::{ApiError, Context, Credentials, Doing, Scope, sentence};
use serde_json::{Value, json};

use super::cloud::{Cloud, Thing, metadata, password, run, stranger, unique, url};

mod agreement;
mod rotation;

const USER: &str = "e2e5";

fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Moment(since.as_secs() as i64)
}

/// Tests run side by side in one project, so another may have been quicker.
async fn installed(cloud: &Cloud) {
    let there = cloud.client.all(ListWorkflows::default(), |_| {}).await.unwrap();
    for step in workflow::install(&there) {
        let done = match step {
            Install::Create(it) => cloud.client.call(&CreateWorkflow { yaml: it.yaml.into() }).await,
            Install::Update(it) => cloud.client.call(&UpdateWorkflow { yaml: it.yaml.into() }).await,
        };
        assert!(matches!(done, Ok(_) | Err(ApiError::Conflict(_))), "{done:?}");
    }
}

async fn promise(cloud: &Cloud, server: &ServerId, policy: &str) {
    let metadata = metadata(&[(keys::POLICY, policy)]);
    cloud.ok(&SetServerMetadata { server: server.clone(), metadata }).await;
}

fn uuid() -> ExecutionId {
    let count = now().0 as u64 * 1_000 + u64::from(std::process::id()) % 1_000;
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    format!("00000000-{number:04x}-4000-8000-{count:012x}").as_str().into()
}

async fn finished(cloud: &Cloud, id: &ExecutionId) -> Execution {
    cloud
        .until(200, "the run is over", async || {
            let shown = cloud.ok(&ShowExecution(id.clone())).await;
            shown.state.is_over().then_some(shown)
        })
        .await
}

/// Runs a workflow to its end, whatever that is.
async fn ends(cloud: &Cloud, workflow: &str, input: Value) -> Execution {
    let call = CreateExecution { id: uuid(), workflow: workflow.into(), input, description: "contract".into() };
    let made = cloud.ok(&call).await;
    assert_eq!(made.id, call.id, "the caller chooses the id");
    assert_eq!(cloud.ok(&call).await.id, call.id, "asked twice, run once");
    finished(cloud, &call.id).await
}

/// A backup by hand: what the cloud says of it, and the image.
async fn backs_up(cloud: &Cloud, server: &ServerId) -> (Execution, ImageId) {
    let mut input = workflow::input_by_hand(server, "RegionOne");
    input["poll"] = json!(1);
    // There are more images than that: they are looked through in several questions.
    input["page"] = json!(3);
    let done = ends(cloud, workflow::BACKUP, input).await;
    assert_eq!(done.state, RunState::Success, "{}", done.state_info);
    let image = ImageId::from(done.output["image"].as_str().unwrap());
    cloud.made(Thing::Image(image.clone()));
    (done, image)
}

async fn images(cloud: &Cloud, server: &ServerId) -> Vec<Image> {
    let call = ListImages::default().with("instance_uuid", server.as_str()).with("backup_type", BACKUP_TYPE);
    cloud.client.all(call, |_| {}).await.unwrap()
}

async fn seen(cloud: &Cloud, server: &ServerId) -> Overview {
    let triggers = cloud.client.all(ListTriggers::default(), |_| {}).await.unwrap();
    let executions = cloud.ok(&ListExecutions::of(workflow::BACKUP)).await.items;
    let images = images(cloud, server).await;
    overview(Facts { triggers: &triggers, executions: &executions, images: &[&images], now: now() })
}

/// In the environment of the tests' cloud.
fn openstack(words: &[&str]) -> String {
    openstack_as(USER, words)
}

fn openstack_as(user: &str, words: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("tests/openstack/with"));
    command.arg("openstack").args(words).current_dir(root).env("OS_CLOUD", user);
    if std::env::var_os("CARRETE_CLOUD").is_none() {
        command.env("CARRETE_CLOUD", "test");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn mistral_takes_the_workflows_and_keeps_them_as_they_are() {
    run(USER, USER, async |cloud| {
        let signature = cloud.ok(&Action(BACKUP_ACTION.into())).await;
        assert!(signature.starts_with("server, backup_name, backup_type, rotation"), "{signature}");
        assert!(cloud.error(&Action("nova.nothing".into())).await.is_not_found());
        for definition in workflow::ALL {
            assert_eq!(cloud.ok(&ValidateWorkflow { yaml: definition.yaml.into() }).await, None, "{}", definition.name);
        }
        let wrong = cloud.ok(&ValidateWorkflow { yaml: "version: '2.0'\nx:\n  tasks: 5\n".into() }).await;
        assert!(wrong.is_some());
        installed(&cloud).await;
        let there = cloud.client.all(ListWorkflows::default(), |_| {}).await.unwrap();
        assert_eq!(workflow::install(&there), []);
        for definition in workflow::ALL {
            let shown = cloud.ok(&ShowWorkflow(definition.name.into())).await;
            assert_eq!(definition.installed(&[shown]), Installed::Same);
        }
        let call = CreateWorkflow { yaml: workflow::ALL[0].yaml.into() };
        assert!(matches!(cloud.error(&call).await, ApiError::Conflict(_)));
        let broken = cloud.error(&CreateWorkflow { yaml: "x: [".into() }).await;
        assert!(matches!(broken, ApiError::BadRequest(_)) && !broken.text().is_empty(), "{broken:?}");
    });
}

#[test]
fn an_image_backed_server_keeps_what_its_policy_says() {
    run(USER, USER, async |cloud| {
        installed(&cloud).await;
        let server = cloud.launch(cloud.smallest(&unique("scheduled")).await).await.id;
        let nothing = ends(&cloud, workflow::BACKUP, workflow::input(&server, "RegionOne")).await;
        assert_eq!(nothing.state, RunState::Error, "a server without a policy");
        assert_eq!(
            run_of(&seen(&cloud, &server).await, &server, &nothing.id).failure.unwrap().key,
            "schedule.failed.policy"
        );

        promise(&cloud, &server, "last=2; at=03:00Z paused").await;
        let paused = ends(&cloud, workflow::BACKUP, workflow::input(&server, "RegionOne")).await;
        assert_eq!((paused.state, paused.output["skipped"].as_str()), (RunState::Success, Some("paused")));
        assert!(images(&cloud, &server).await.is_empty());

        let (_, first) = backs_up(&cloud, &server).await;
        let (done, second) = backs_up(&cloud, &server).await;
        let shown = cloud.ok(&ShowImage(second.clone())).await;
        assert_eq!(shown.property(keys::IMAGE), Some(second.as_str()), "sealed");
        assert_eq!(shown.property(keys::OP), Some(done.id.as_str()));
        assert_eq!(run_of(&seen(&cloud, &server).await, &server, &done.id).image, Some(second.clone()));
        cloud.ok(&PatchImage { image: first.clone(), changes: vec![ImageChange::Protected(true)] }).await;

        let (_, third) = backs_up(&cloud, &server).await;
        assert_eq!(ids(&images(&cloud, &server).await), sorted([&first, &second, &third]), "protected: on top");
        let (done, fourth) = backs_up(&cloud, &server).await;
        assert_eq!(done.output["released"], json!([second.as_str()]));
        assert_eq!(ids(&images(&cloud, &server).await), sorted([&first, &third, &fourth]));
    });
}

/// The test cloud's second region has the same Nova; a third one there is not.
#[test]
fn a_run_goes_to_the_region_it_was_asked_for() {
    run(USER, USER, async |cloud| {
        installed(&cloud).await;
        let server = cloud.launch(cloud.smallest(&unique("region")).await).await.id;
        for (region, said) in [("", "policy"), ("RegionTwo", "policy"), ("RegionThree", "region")] {
            let mut input = workflow::input(&server, region);
            input["poll"] = json!(0);
            let ended = ends(&cloud, workflow::BACKUP, input).await;
            let known = run_of(&seen(&cloud, &server).await, &server, &ended.id);
            assert_eq!(known.failure.unwrap().key, format!("schedule.failed.{said}"), "{}", ended.state_info);
        }
    });
}

fn run_of(overview: &Overview, server: &ServerId, id: &ExecutionId) -> Run {
    let found = overview.servers[server].runs.iter().find(|run| run.id == *id);
    found.cloned().expect("the run in the overview")
}

fn ids(images: &[Image]) -> Vec<ImageId> {
    sorted(images.iter().map(|image| &image.id))
}

fn sorted<'a>(ids: impl IntoIterator<Item = &'a ImageId>) -> Vec<ImageId> {
    let mut ids: Vec<ImageId> = ids.into_iter().cloned().collect();
    ids.sort();
    ids
}

async fn settle(cloud: &Cloud, server: &ServerId, wanted: Option<&Schedule>) -> Vec<CronTrigger> {
    for _ in 0..6 {
        let triggers = cloud.client.all(ListTriggers::default(), |_| {}).await.unwrap();
        match next(server, "RegionOne", wanted, &triggers, &[]) {
            None => {
                let is_ours = |trigger: &CronTrigger| workflow::server_of(trigger).as_ref() == Some(server);
                return triggers.into_iter().filter(is_ours).collect();
            }
            Some(Change::Create(Trigger { name, workflow, pattern, input })) => {
                drop(cloud.ok(&CreateTrigger { name, workflow: workflow.into(), pattern, input }).await);
            }
            Some(Change::Delete { id, .. }) => cloud.ok(&DeleteTrigger(id)).await,
        }
    }
    panic!("the triggers do not settle");
}

#[test]
fn a_trigger_fires_its_run_is_found_and_it_can_be_changed_and_deleted() {
    run(USER, USER, async |cloud| {
        installed(&cloud).await;
        let server = cloud.launch(cloud.smallest(&unique("cron")).await).await.id;
        promise(&cloud, &server, "last=1").await;
        let (_, older) = backs_up(&cloud, &server).await;
        // The next minute that Mistral cannot have looked at yet.
        let minute = (now().0 + 5) / 60 + 1;
        let schedule = Schedule { every: Every::Hours(1), at: (minute % 60) as u16, paused: false };
        let ours = settle(&cloud, &server, Some(&schedule)).await;
        assert_eq!(ours.len(), 1);
        assert_eq!(ours[0].next_execution_time, Some(Moment(minute * 60)), "UTC, and the slot that was meant");
        assert_eq!(workflow::schedule_of(&ours[0].pattern), Some(schedule));
        assert_eq!(cloud.ok(&ShowTrigger(ours[0].name.clone())).await.id, ours[0].id);

        let fired = cloud
            .until(75, "the trigger has fired", async || {
                let overview = seen(&cloud, &server).await;
                overview
                    .servers
                    .get(&server)?
                    .runs
                    .iter()
                    .find(|run| run.trigger.as_ref() == Some(&ours[0].id))
                    .cloned()
            })
            .await;
        let late = fired.started.unwrap().0 - minute * 60;
        println!("fired {late} s after its time");
        assert!((-5..=10).contains(&late), "{late}");
        let done = finished(&cloud, &fired.id).await;
        assert_eq!(done.state, RunState::Success, "{}", done.state_info);
        let made = cloud
            .until(10, "the image is known", async || run_of(&seen(&cloud, &server).await, &server, &fired.id).image)
            .await;
        cloud.made(Thing::Image(made.clone()));
        assert_eq!(cloud.ok(&ShowImage(made.clone())).await.property(keys::OP), Some(fired.id.as_str()));
        assert_eq!(done.output["released"], json!([older.as_str()]));
        assert_eq!(ids(&images(&cloud, &server).await), [made]);
        let known = seen(&cloud, &server).await;
        assert_eq!(known.servers[&server].triggers[0].health, TriggerHealth::Fine);

        let moved = Schedule { every: Every::Week(time::Weekday::Sunday), at: 125, paused: false };
        let changed = settle(&cloud, &server, Some(&moved)).await;
        assert_eq!((changed.len(), changed[0].pattern.as_str()), (1, "5 2 * * 0"));
        assert_ne!(changed[0].id, ours[0].id);
        let last = Schedule { every: Every::Month(carrete::backup::policy::MonthDay::Last), ..moved };
        let changed = settle(&cloud, &server, Some(&last)).await;
        assert_eq!(changed[0].next_execution_time, Some(last.next_after(now())), "`L` is the last day to Mistral too");

        let again = CreateTrigger {
            name: changed[0].name.clone(),
            workflow: workflow::BACKUP.into(),
            pattern: "0 3 * * *".into(),
            input: workflow::input(&server, "RegionOne"),
        };
        assert_eq!(said(&cloud.error(&again).await), "error.name_taken");
        let in_use = cloud.error(&DeleteWorkflow(workflow::BACKUP.into())).await;
        assert_eq!(said(&in_use), "error.workflow_in_use");
        assert!(settle(&cloud, &server, Some(&Schedule { paused: true, ..last })).await.is_empty());
        assert!(cloud.error(&ShowTrigger(changed[0].id.to_string())).await.is_not_found());
    });
}

fn said(error: &ApiError) -> String {
    sentence(error, Context::doing(Doing::Schedule)).key
}

#[test]
fn what_mistral_refuses_is_said_in_words() {
    run(USER, USER, async |cloud| {
        installed(&cloud).await;
        let server = ServerId::from("00000000-0000-4000-8000-000000000000");
        let good = || CreateTrigger {
            name: unique("refused"),
            workflow: workflow::BACKUP.into(),
            pattern: "0 3 * * *".into(),
            input: workflow::input(&server, "RegionOne"),
        };
        assert_eq!(said(&cloud.error(&CreateTrigger { pattern: "bad".into(), ..good() }).await), "error.schedule_time");
        let unknown = CreateTrigger { input: json!({"server": "x", "more": 1}), ..good() };
        assert_eq!(said(&cloud.error(&unknown).await), "error.workflow_outdated");
        let missing = CreateTrigger { workflow: "carrete_backup_v0".into(), ..good() };
        assert_eq!(said(&cloud.error(&missing).await), "error.workflow_missing");
        let run = CreateExecution {
            id: uuid(),
            workflow: "carrete_backup_v0".into(),
            input: json!({}),
            description: String::new(),
        };
        assert_eq!(said(&cloud.error(&run).await), "error.workflow_missing");
        assert_eq!(said(&cloud.error(&Action("nova.nothing".into())).await), "error.no_scheduler");

        let gone = ends(&cloud, workflow::BACKUP, workflow::input(&server, "RegionOne")).await;
        assert_eq!(gone.state, RunState::Error);
        assert_eq!(
            run_of(&seen(&cloud, &server).await, &server, &gone.id).failure.unwrap().key,
            "schedule.failed.gone"
        );
        let tasks = cloud.ok(&ListTasks(gone.id.clone())).await;
        assert!(tasks.iter().any(|task| task.name == "server" && task.state == RunState::Error), "{tasks:?}");
        cloud.ok(&DeleteExecution(gone.id.clone())).await;
        assert!(cloud.error(&ShowExecution(gone.id)).await.is_not_found());

        let user = cloud.client.token().unwrap().user.id.clone();
        let credential = CreateApplicationCredential {
            user: user.clone(),
            name: unique("trust"),
            description: String::new(),
            expires_at: None,
        };
        let made = cloud.ok(&credential).await;
        let other = stranger(&url());
        let by_id = Credentials::ApplicationCredential { id: made.id.clone(), secret: made.secret.0.clone() };
        other.sign_in(by_id, Scope::Unscoped).await.unwrap();
        assert!(other.token().unwrap().is_application_credential(), "known before the form is filled");
        let refused = other.call(&good()).await.unwrap_err();
        cloud.ok(&DeleteApplicationCredential { user, id: made.id }).await;
        assert_eq!(said(&refused), "error.schedule_needs_login", "{refused:?}");
    });
}

#[test]
fn a_user_who_lost_the_role_turns_the_schedule_red() {
    run(USER, USER, async |cloud| {
        installed(&cloud).await;
        let server = cloud.launch(cloud.smallest(&unique("trust")).await).await.id;
        promise(&cloud, &server, "last=1; every=1h at=00:00Z").await;
        let project = cloud.client.token().unwrap().project.clone().unwrap().id;
        let name = unique("leaver");
        let admin = |words: &[&str]| openstack_as("admin", words);
        admin(&["user", "create", "--password", "testbed", &name]);
        let role = ["--user", name.as_str(), "--project", project.as_str(), "member"];
        admin(&[["role", "add"].as_slice(), &role].concat());
        let other = stranger(&url());
        other.sign_in(password(&name, "testbed"), Scope::ProjectId(project.clone())).await.unwrap();
        let trigger = CreateTrigger {
            name: format!("carrete-{server}-every-minute"),
            workflow: workflow::BACKUP.into(),
            pattern: "* * * * *".into(),
            input: workflow::input(&server, "RegionOne"),
        };
        let made = other.call(&trigger).await.unwrap();
        admin(&[["role", "remove"].as_slice(), &role].concat());
        // Before Keystone's caches have forgotten the role, a run may still start; it then fails for want of access.
        let sees = async || {
            let overview = seen(&cloud, &server).await;
            let ours = overview.servers.get(&server)?;
            let failed = ours.runs.iter().find_map(|run| run.failure.clone());
            let next = ours.triggers.first()?.next?;
            let stands_still = next.plus(20) < now();
            (failed.is_some() || stands_still).then_some((failed, next))
        };
        let (failed, next) = cloud.until(150, "the schedule is seen to be broken", sees).await;
        let known = match failed {
            Some(failure) => {
                assert_eq!(failure.key, "schedule.failed.access");
                seen(&cloud, &server).await
            }
            None => {
                let triggers = cloud.client.all(ListTriggers::default(), |_| {}).await.unwrap();
                let later = next.plus(carrete::backup::executions::GRACE + 1);
                let facts = Facts { triggers: &triggers, executions: &[], images: &[], now: later };
                let known = overview(facts);
                assert_eq!(known.servers[&server].triggers[0].health, TriggerHealth::Overdue { since: next });
                known
            }
        };
        let servers = [cloud.ok(&ShowServer(server.clone())).await];
        let mut health = health::of(&Index::of(&[], &[], &servers, &project), now(), None);
        explain(&mut health, trouble::Cloud::There(&known));
        assert_eq!(health.servers[0].state, State::Failing, "{:?}", health.servers[0]);
        assert!(images(&cloud, &server).await.is_empty(), "nothing was made");
        cloud.ok(&DeleteTrigger(made.id)).await;
        admin(&["user", "delete", &name]);
    });
}
