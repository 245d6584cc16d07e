use super::*;
use crate::backup::policy::Policy;

fn schedule(text: &str) -> Schedule {
    Policy::parse(&format!("last=1; {text}")).unwrap().schedule.unwrap()
}

#[test]
fn patterns_are_those_that_mistral_reads() {
    for (text, expected) in [
        ("at=03:05Z", "5 3 * * *"),
        ("every=1h at=07:30Z", "30 * * * *"),
        ("every=6h at=01:30Z", "30 1,7,13,19 * * *"),
        ("every=6h at=19:30Z", "30 1,7,13,19 * * *"),
        ("every=12h at=00:00Z", "0 0,12 * * *"),
        ("every=sun at=02:00Z", "0 2 * * 0"),
        ("every=mon at=02:00Z", "0 2 * * 1"),
        ("every=sat at=23:59Z", "59 23 * * 6"),
        ("every=month-28 at=00:01Z", "1 0 28 * *"),
        ("every=month-last at=04:00Z", "0 4 L * *"),
        ("every=day at=04:00Z paused", "0 4 * * *"),
    ] {
        assert_eq!(pattern(&schedule(text)), expected, "{text}");
        let read = schedule_of(expected).unwrap();
        assert_eq!(pattern(&read), expected);
    }
    assert_eq!(schedule_of("0 2 * * 0"), Some(schedule("every=sun at=02:00Z")));
    for foreign in [
        "",
        "@daily",
        "*/5 * * * *",
        "0 3 * * mon-fri",
        "0 3 * * * 30",
        "60 3 * * *",
        "0 24 * * *",
        "0 1,2 * * *",
        "0 3 31 2 *",
        "0  3 * * *",
        "x 3 * * *",
        "0 3 * * 7",
    ] {
        assert_eq!(schedule_of(foreign), None, "{foreign}");
    }
}

#[test]
fn the_same_schedule_is_the_same_trigger_and_another_one_is_another() {
    let server: ServerId = "4b3f".into();
    let of = |text| Trigger::new(&server, "", &schedule(text));
    assert_eq!(of("at=03:00Z").name, "carrete-4b3f-day-0300");
    assert_eq!(of("at=03:00Z paused"), of("every=day at=03:00Z"));
    assert_ne!(of("at=03:00Z").name, of("at=03:01Z").name);
    assert_ne!(of("every=month-1 at=03:00Z").name, of("every=month-last at=03:00Z").name);
    let there = CronTrigger {
        name: of("at=03:00Z").name,
        workflow_name: BACKUP.into(),
        workflow_input: json!({"server": "4b3f"}),
        pattern: "0 3 * * *".into(),
        ..CronTrigger::default()
    };
    assert!(of("at=03:00Z").is(&there) && !of("at=04:00Z").is(&there));
    assert!(!of("at=03:00Z").is(&CronTrigger { remaining_executions: Some(3), ..there.clone() }));
    let (one, two) =
        (Trigger::new(&server, "one", &schedule("at=03:00Z")), Trigger::new(&server, "two", &schedule("at=03:00Z")));
    assert_eq!(one.input, json!({"server": "4b3f", "region": "one"}));
    assert!(!one.is(&there), "it would go to whatever region comes first");
    assert!(!one.is(&CronTrigger { workflow_input: two.input, ..there.clone() }));
    assert_eq!(input_by_hand(&server, "one"), json!({"server": "4b3f", "region": "one", "manual": true}));
    assert_eq!(of("at=03:00Z").beside(std::slice::from_ref(&there)).name, "carrete-4b3f-day-0300-2");
    assert_eq!(server_of(&there), Some(server));
    for foreign in [
        CronTrigger { name: "nightly".into(), ..there.clone() },
        CronTrigger { workflow_name: "carrete_backup_vx".into(), ..there.clone() },
        CronTrigger { workflow_name: "other".into(), ..there.clone() },
        CronTrigger { workflow_input: Value::Null, ..there.clone() },
        CronTrigger { workflow_input: json!({"server": 5}), ..there.clone() },
    ] {
        assert_eq!(server_of(&foreign), None, "{foreign:?}");
    }
    assert!(server_of(&CronTrigger { workflow_name: "carrete_backup_v27".into(), ..there }).is_some());
}

#[test]
fn installs_what_is_missing_and_never_replaces_what_is_newer() {
    let as_it_is = |definition: Definition| Workflow {
        name: definition.name.into(),
        scope: "private".into(),
        definition: definition.yaml.into(),
        tags: vec!["carrete".into(), format!("revision-{}", definition.revision())],
        ..Workflow::default()
    };
    assert_eq!(install(&[]), ALL.map(Install::Create));
    assert!(!is_outdated(&[]), "the first schedule installs them");
    let mut there: Vec<Workflow> = ALL.map(as_it_is).to_vec();
    assert_eq!(install(&there), []);
    assert!(!is_outdated(&there));
    assert!(is_outdated(&there[..1]), "one of them is missing");
    there[1].definition.push_str("\n# changed by hand\n");
    assert_eq!(install(&there), [Install::Update(ALL[1])]);
    assert!(is_outdated(&there));
    there[1].tags = vec!["revision-99".into()];
    assert_eq!(install(&there), [], "a newer page was here");
    there[0].scope = "public".into();
    assert_eq!(install(&there), [Install::Create(ALL[0])], "somebody else's");
    for definition in ALL {
        assert!(definition.revision() >= 1, "{}", definition.name);
        assert!(definition.yaml.contains(&format!("\n{}:\n", definition.name)));
        assert!(definition.yaml.is_ascii() || !definition.yaml.contains('\t'));
    }
}
