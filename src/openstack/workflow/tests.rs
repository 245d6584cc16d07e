use super::*;
use crate::model::{Moment, RunState, json};

fn answer(status: u16, body: &str) -> Response {
    Response { status, body: body.into(), ..Response::default() }
}

fn body(request: &Request) -> Value {
    json::parse(&request.body.as_ref().unwrap().text).unwrap()
}

#[test]
fn workflows_travel_as_yaml_and_answer_as_json() {
    let call = CreateWorkflow { yaml: "version: '2.0'\n".into() };
    let request = call.request();
    let sent = request.body.clone().unwrap();
    assert_eq!((sent.content_type, sent.text.as_str()), ("text/plain", "version: '2.0'\n"));
    assert_eq!(request.query, [("scope".to_owned(), "private".to_owned())]);
    let accept = request.headers.iter().find(|(name, _)| *name == "Accept").map(|(_, value)| value.expose());
    assert_eq!(accept, Some("text/plain, application/json"), "Mistral answers 406 to either alone");
    let made =
        call.parse(answer(201, r#"{"workflows": [{"name": "a", "tags": ["carrete", 5]}, {"id": "nameless"}, 7]}"#));
    let made = made.unwrap();
    assert_eq!(
        (made.len(), made[0].name.as_str(), made[0].tags.as_slice()),
        (1, "a", ["carrete".to_owned()].as_slice())
    );
    let update = UpdateWorkflow { yaml: String::new() }.request();
    assert_eq!((update.method, update.path.as_str()), (Method::Put, "/workflows"));

    let validate = ValidateWorkflow { yaml: String::new() };
    assert_eq!(validate.parse(answer(200, r#"{"valid": true}"#)), Ok(None));
    let wrong = validate.parse(answer(200, r#"{"valid": false, "error": "no tasks"}"#));
    assert_eq!(wrong, Ok(Some("no tasks".to_owned())));
    assert!(validate.parse(answer(200, "{}")).is_err());
}

#[test]
fn triggers_are_read_whether_inputs_are_json_or_text() {
    let text = r#"{"id": "t", "name": "n", "workflow_name": "w", "workflow_input": "{\"server\": \"s\"}", "pattern": "0 3 * * *",
        "remaining_executions": null, "next_execution_time": "2026-11-27 03:00:00", "created_at": "2026-11-26 19:36:04.5"}"#;
    let call = CreateTrigger {
        name: "n".into(),
        workflow: "w".into(),
        pattern: "0 3 * * *".into(),
        input: json!({"server": "s"}),
    };
    let sent = body(&call.request());
    assert_eq!(sent["workflow_input"], json!({"server": "s"}));
    assert_eq!(sent["scope"], "private");
    let made = call.parse(answer(201, text)).unwrap();
    assert_eq!(made.workflow_input, json!({"server": "s"}));
    assert_eq!(made.next_execution_time, Moment::parse("2026-11-27T03:00:00Z"));
    let object = r#"{"cron_triggers": [{"id": "t", "workflow_input": {"server": "s"}, "pattern": null, "remaining_executions": 3},
        {"id": "odd", "workflow_input": "{broken", "next_execution_time": 12}, {"name": "no id"}, null],
        "next": "http://elsewhere/v2/cron_triggers?limit=1&marker=t"}"#;
    let page = ListTriggers::default().parse(answer(200, object)).unwrap();
    assert_eq!((page.items.len(), page.next.as_deref()), (2, Some("t")));
    assert_eq!(page.items[0].workflow_input["server"], "s");
    assert_eq!((page.items[0].pattern.as_str(), page.items[0].remaining_executions), ("", Some(3)));
    assert_eq!((&page.items[1].workflow_input, page.items[1].next_execution_time), (&Value::Null, None));
    assert_eq!(ListTriggers::default().after("t".into()).request().query.last().unwrap().1, "t");
    assert_eq!(ShowTrigger("a/b".into()).request().path, "/cron_triggers/a%2Fb");
}

#[test]
fn executions_tell_who_started_them() {
    let description = r#"{\"description\": \"Workflow execution created by cron trigger '(t)'.\", \"triggered_by\": {\"type\": \"cron_trigger\", \"id\": \"t\"}}"#;
    let list = format!(
        r#"{{"executions": [{{"id": "a", "state": "SUCCESS", "description": "{description}", "input": "{{\"server\": \"s\"}}"}},
        {{"id": "b", "state": "BEYOND", "description": "by hand", "state_info": null}},
        {{"id": "c", "description": "{{\"triggered_by\": 5}}"}}, {{"state": "ERROR"}}]}}"#
    );
    let call = ListExecutions::of("w");
    let page = call.parse(answer(200, &list)).unwrap();
    assert_eq!(page.items.len(), 3);
    assert_eq!(page.items[0].trigger(), Some("t".into()));
    assert_eq!((page.items[0].state.is_over(), page.items[0].input["server"].as_str()), (true, Some("s")));
    assert_eq!(page.items[1].state, RunState::Other("BEYOND".into()));
    assert_eq!((page.items[1].trigger(), page.items[2].trigger()), (None, None));
    let query = call.request().query;
    assert!(query.contains(&("sort_dirs".to_owned(), "desc".to_owned())), "{query:?}");

    let now = CreateExecution { id: "u".into(), workflow: "w".into(), input: json!({}), description: "d".into() };
    assert_eq!(body(&now.request())["id"], "u");
    assert_eq!(ListTasks("x".into()).request().path, "/executions/x/tasks");
    let tasks = r#"{"tasks": [{"name": "wait", "state": "ERROR", "state_info": "x"}, "odd"]}"#;
    assert_eq!(ListTasks("x".into()).parse(answer(200, tasks)).unwrap()[0].state, RunState::Error);
}

#[test]
fn hostile_answers_are_errors_and_never_more() {
    for text in ["", "[]", "null", "<html>", r#"{"executions": 5}"#, r#"{"executions": {}}"#] {
        assert!(ListExecutions::of("w").parse(answer(200, text)).is_err(), "{text}");
    }
    for text in ["", "[]", "7", "{}", r#"{"id": 5}"#, r#"{"id": null}"#] {
        assert!(ShowExecution("x".into()).parse(answer(200, text)).is_err(), "{text}");
        assert!(ShowTrigger("x".into()).parse(answer(200, text)).is_err(), "{text}");
        assert!(ShowWorkflow("x".into()).parse(answer(200, text)).is_err(), "{text}");
    }
    assert_eq!(Action("nova.servers_backup".into()).parse(answer(200, r#"{"input": 7}"#)), Ok(String::new()));
}
