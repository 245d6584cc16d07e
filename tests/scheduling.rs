//! Schedules in the cloud against a scripted Mistral: where a change ends, and what stops it.
#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::rc::Rc;

use carrete::backup::Policy;
use carrete::backup::policy::Schedule;
use carrete::backup::workflow::{ALL, BACKUP, Trigger};
use carrete::model::{Moment, ServerId};
use carrete::openstack::{
    ApiError, Catalog, Client, HttpRequest, Method, Project, Response, Service, Token, Transport, TransportError,
};
use carrete::state::scheduling::{Halt, follow, is_answered, run_now, settle};
use futures::executor::block_on;
use serde_json::{Value, json};

/// What is in the cloud.
#[derive(Default)]
struct Mistral {
    triggers: Vec<Value>,
    /// What is made does not stay.
    forgets: bool,
    changes: Vec<String>,
    /// Called before every change.
    before: Option<Box<dyn Fn()>>,
}

#[derive(Clone, Default)]
struct Script(Rc<RefCell<Mistral>>);

impl Transport for Script {
    async fn send(&self, request: HttpRequest) -> Result<Response, TransportError> {
        let ok = |body: Value| Response { status: 200, body: body.to_string(), ..Response::default() };
        let path = request.url.split('?').next().unwrap().trim_start_matches("https://mistral/v2").to_owned();
        let mut mistral = self.0.borrow_mut();
        if request.method != Method::Get {
            mistral.changes.push(format!("{} {path}", request.method.word()));
        }
        Ok(match (request.method, path.as_str()) {
            (Method::Get, "/workflows") => {
                let all = ALL.map(|it| json!({"name": it.name, "scope": "private", "definition": it.yaml}));
                ok(json!({ "workflows": all }))
            }
            (Method::Get, "/cron_triggers") => {
                if let Some(before) = &mistral.before {
                    before();
                }
                ok(json!({ "cron_triggers": mistral.triggers }))
            }
            (Method::Post, "/cron_triggers") => {
                let mut made: Value = serde_json::from_str(&request.body.unwrap().text).unwrap();
                made["id"] = made["name"].clone();
                if !mistral.forgets {
                    mistral.triggers.push(made.clone());
                }
                ok(made)
            }
            (Method::Delete, path) => {
                let id = path.rsplit('/').next().unwrap().to_owned();
                mistral.triggers.retain(|trigger| trigger["id"] != id.as_str());
                Response { status: 204, ..Response::default() }
            }
            _ => ok(json!({"id": "run", "state": "RUNNING"})),
        })
    }
    async fn sleep(&self, _: u64) {}
}

fn signed_in() -> (Client<Script>, Script) {
    let script = Script::default();
    let client = Client::new(script.clone(), "https://id/v3");
    client.adopt(token("p1"));
    (client, script)
}

fn token(project: &str) -> Token {
    let endpoint = |region: &str| json!({"interface": "public", "region": region, "url": "https://mistral/v2"});
    let catalog = json!([{"type": "workflowv2", "endpoints": [endpoint("R"), endpoint("S")]}]);
    let project = Project { id: project.into(), name: "p".into(), ..Default::default() };
    Token {
        secret: "token".to_owned().into(),
        user: Default::default(),
        catalog: Catalog::read(&catalog, Some(&project.id)),
        project: Some(project),
        roles: vec!["member".into()],
        expires_at: Some(Moment(10_000)),
        issued_at: Some(Moment(6_400)),
        answer: String::new(),
        methods: vec!["password".into()],
        application_credential: String::new(),
    }
}

fn daily(clauses: &str) -> Schedule {
    Policy::parse(&format!("last=1; {clauses}")).unwrap().schedule.unwrap()
}

fn trigger(schedule: &Schedule) -> Value {
    in_region("", schedule)
}

fn in_region(region: &str, schedule: &Schedule) -> Value {
    let made = Trigger::new(&server(), region, schedule);
    json!({"id": made.name, "name": made.name, "workflow_name": BACKUP, "pattern": made.pattern, "workflow_input": made.input})
}

fn server() -> ServerId {
    "s".into()
}

fn names(script: &Script) -> Vec<String> {
    script.0.borrow().triggers.iter().map(|trigger| trigger["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_change_ends_as_wanted() {
    let (client, script) = signed_in();
    assert_eq!(block_on(settle(&client, &server(), Some(&daily("at=03:00Z")), &[])), Ok(()));
    assert_eq!(block_on(settle(&client, &server(), Some(&daily("at=04:00Z")), &[])), Ok(()));
    assert_eq!(names(&script), ["carrete-s-day-0400"]);
    assert_eq!(block_on(settle(&client, &server(), None, &[])), Ok(()));
    assert!(names(&script).is_empty());
}

#[test]
fn what_never_settles_is_not_said_to_be_done() {
    let (client, script) = signed_in();
    script.0.borrow_mut().forgets = true;
    let outcome = block_on(settle(&client, &server(), Some(&daily("at=03:00Z")), &[]));
    assert_eq!(outcome, Err(Halt::Contested));
    assert!(outcome.unwrap_err().message().is_some());
}

#[test]
fn nothing_is_changed_in_a_project_that_was_chosen_meanwhile() {
    for switch in
        [|client: &Client<Script>| _ = client.adopt(token("p2")), |client: &Client<Script>| client.set_region("S")]
    {
        let (client, script) = signed_in();
        client.set_region("R");
        let also = client.clone();
        script.0.borrow_mut().before = Some(Box::new(move || switch(&also)));
        let outcome = block_on(settle(&client, &server(), Some(&daily("at=03:00Z")), &[]));
        assert_eq!(outcome, Err(Halt::Elsewhere));
        assert_eq!(script.0.borrow().changes, Vec::<String>::new());
    }
}

#[test]
fn a_trigger_follows_its_policy_and_none_is_made_for_who_has_none() {
    let (client, script) = signed_in();
    assert_eq!(block_on(follow(&client, &server(), Some(&daily("at=03:00Z")))), Ok(()));
    assert!(names(&script).is_empty(), "it was not switched on");
    script.0.borrow_mut().triggers.push(trigger(&daily("at=03:00Z")));
    assert_eq!(block_on(follow(&client, &server(), Some(&daily("at=04:00Z paused")))), Ok(()));
    assert_eq!(names(&script), ["carrete-s-day-0300"], "paused: it makes nothing, and goes on when resumed");
    assert_eq!(block_on(follow(&client, &server(), Some(&daily("at=04:00Z")))), Ok(()));
    assert_eq!(names(&script), ["carrete-s-day-0400"]);
    assert_eq!(block_on(follow(&client, &server(), None)), Ok(()));
    assert!(names(&script).is_empty(), "the policy says no time any more");
}

/// One Mistral may serve several regions. A trigger that does not say where its server is gives way to one that does.
#[test]
fn a_trigger_says_in_which_region_its_server_is() {
    let (client, script) = signed_in();
    client.set_region("R");
    let schedule = daily("at=03:00Z");
    script.0.borrow_mut().triggers.push(in_region("", &schedule));
    assert_eq!(block_on(settle(&client, &server(), Some(&schedule), &[])), Ok(()));
    assert_eq!(names(&script), ["carrete-s-day-0300-2"]);
    let input = json!({"server": "s", "region": "R"});
    assert_eq!(script.0.borrow().triggers[0]["workflow_input"], input);
    assert_eq!(block_on(settle(&client, &server(), Some(&schedule), &[])), Ok(()));
    assert_eq!(names(&script), ["carrete-s-day-0300-2"], "it is as it should be");
}

#[test]
fn a_cloud_without_a_scheduler_has_nothing_that_follows() {
    let (client, script) = signed_in();
    client.adopt(Token { catalog: Catalog::default(), ..token("p1") });
    assert_eq!(block_on(follow(&client, &server(), None)), Ok(()));
    assert_eq!(script.0.borrow().changes, Vec::<String>::new());
}

#[test]
fn a_run_is_asked_for_once() {
    let (client, script) = signed_in();
    let outcome = block_on(run_now(&client, &server(), "id".into()));
    assert!(outcome.is_ok() && is_answered(&outcome));
    assert_eq!(script.0.borrow().changes, ["POST /executions"]);
    // Whether a lost answer was a run is not known: the next press has to name the same one.
    let lost = ApiError::Decode { service: Service::Workflow, expected: "execution" };
    assert!(!is_answered(&Err(lost.into())));
    assert!(is_answered(&Err(Halt::Elsewhere)), "it was never asked for");
}
