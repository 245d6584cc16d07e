use proptest::prelude::*;

use super::cloud::{Cloud, Fault, Mood, any_faults};
use super::*;
use crate::model::FloatingIp;

fn launch(choice: FloatingIpChoice) -> Operation {
    let spec = LaunchSpec {
        name: "web2".into(),
        image: "i".into(),
        flavor: "1".into(),
        floating_ip: choice,
        ..LaunchSpec::default()
    };
    operation(Kind::Launch(Box::new(Launch::new(spec))))
}

fn allocate() -> FloatingIpChoice {
    FloatingIpChoice::Allocate { network: "ext".into() }
}

fn existing() -> FloatingIpChoice {
    FloatingIpChoice::Existing { id: "old".into(), address: "203.0.113.9".into() }
}

fn with_ip(mood: Mood, port: Option<&str>) -> Cloud {
    let ip = FloatingIp {
        id: "old".into(),
        floating_ip_address: "203.0.113.9".into(),
        port_id: port.map(Into::into),
        ..FloatingIp::default()
    };
    Cloud { ips: vec![ip], ..Cloud::new(mood) }
}

#[test]
fn a_server_is_launched_and_reachable() {
    let run1 = run(launch(allocate()), &mut Cloud::new(Mood::Good), &[]);
    assert_eq!(run1.outcome().address.as_deref(), Some("203.0.113.7"));
    assert_eq!(run1.outcome().server, Some("s2".into()));
    let run2 = run(launch(existing()), &mut with_ip(Mood::Good, None), &[]);
    assert_eq!(run2.outcome().address.as_deref(), Some("203.0.113.9"));
    let run3 = run(launch(FloatingIpChoice::None), &mut Cloud::new(Mood::Good), &[]);
    assert_eq!(run3.outcome().address.as_deref(), Some("10.0.0.5"));
    let Some(Effect::CreateServer { metadata, .. }) = run3.sent.first() else { panic!() };
    assert_eq!(metadata["carrete_op"], "k3f9a1b2c4d5e6f7");
}

#[test]
fn a_clock_that_is_ahead_hides_no_server_that_bears_the_nonce() {
    let mut work = launch(FloatingIpChoice::None);
    work.apply(Event::Asking, Millis(START * 1000));
    let mut made = crate::backup::samples::server("s2", crate::model::ServerStatus::Build);
    made.metadata.insert("carrete_op".into(), work.id.0.clone());
    made.created = Some(Moment(START - 1_200));
    work.apply(Event::Servers(vec![made]), Millis(START * 1000 + 5_000));
    assert!(
        matches!(work.next(Millis(START * 1000 + 5_000)), Next::Do(Effect::Look(look)) if look.server == Some("s2".into()))
    );
}

#[test]
fn a_server_in_error_is_a_failure_with_its_reason_and_a_leftover() {
    let run = run(launch(allocate()), &mut Cloud::new(Mood::Breaks), &[]);
    assert_eq!(run.failure().leftovers, [Leftover::Server { id: "s2".into(), name: "web2".into() }]);
    assert_eq!(run.failure().cause, Some(Message::new("operation.fault").text("text", "No valid host was found.")));
}

#[test]
fn a_floating_ip_that_fails_leaves_a_running_server() {
    let mut cloud = Cloud { ip_refused: true, ..Cloud::new(Mood::Good) };
    let first = run(launch(allocate()), &mut cloud, &[]);
    let done = first.outcome();
    assert!(done.retry_floating_ip && done.warnings.len() == 1 && done.leftovers.is_empty());
    assert_eq!(done.address.as_deref(), Some("10.0.0.5"));
    cloud.ip_refused = false;
    let again = Launch::floating_ip("s2".into(), "web2", allocate(), Millis(START * 1000));
    let second = run(operation(Kind::Launch(Box::new(again))), &mut cloud, &[]);
    assert_eq!(second.outcome().address.as_deref(), Some("203.0.113.7"));
    assert!(!second.sent.iter().any(|e| matches!(e, Effect::CreateServer { .. })));
}

#[test]
fn a_floating_ip_of_another_server_is_not_stolen() {
    let run = run(launch(existing()), &mut with_ip(Mood::Good, Some("elsewhere")), &[]);
    assert_eq!(run.outcome().warnings[0].key, "operation.launch.ip_taken");
}

#[test]
fn a_found_floating_ip_that_is_not_attached_is_attached() {
    let mut cloud = Cloud::new(Mood::Good);
    let mut work = launch(allocate());
    // Everything up to the request of the floating IP.
    let mut now = Millis(START * 1000);
    loop {
        match work.next(now) {
            Next::Do(effect @ Effect::CreateFloatingIp { .. }) => {
                work.apply(Event::Asking, now);
                cloud.answer(&effect, Fault::LostAnswer, now);
                cloud.ips[0].port_id = None;
                break;
            }
            Next::Do(effect) => {
                if effect.creates() {
                    work.apply(Event::Asking, now);
                }
                let event = cloud.answer(&effect, Fault::None, now);
                work.apply(event, now);
            }
            Next::Wait { until, .. } => now = until,
            other => panic!("{other:?}"),
        }
    }
    let rest = run(super::reload(&work), &mut cloud, &[]);
    assert_eq!(rest.outcome().address.as_deref(), Some("203.0.113.7"));
    assert_eq!(rest.creations(), 0);
}

proptest! {
    #[test]
    fn never_two_servers_never_two_addresses(
        faults in any_faults(),
        choice in prop::sample::select(vec![allocate(), existing(), FloatingIpChoice::None]),
        mood in prop::sample::select(vec![Mood::Good, Mood::Good, Mood::Refuses, Mood::Breaks]),
        ip_refused: bool,
    ) {
        let mut cloud = Cloud { ip_refused, ..with_ip(mood, None) };
        let run = run(launch(choice.clone()), &mut cloud, &faults);
        let count = |wanted: fn(&Effect) -> bool| run.sent.iter().filter(|e| wanted(e)).count();
        let servers = count(|e| matches!(e, Effect::CreateServer { .. }));
        let ips = count(|e| matches!(e, Effect::CreateFloatingIp { .. }));
        prop_assert!(servers <= 1 && ips <= 1);
        prop_assert!(cloud.servers.len() <= 2 && cloud.ips.len() <= 2);
        match &run.end {
            Next::Done(done) => {
                prop_assert!(cloud.servers.len() == 2);
                if done.warnings.is_empty() && choice != FloatingIpChoice::None {
                    let ip = cloud.ips.iter().find(|ip| Some(&ip.floating_ip_address) == done.address.as_ref());
                    prop_assert!(ip.is_some_and(|ip| ip.port_id == Some("port".into())));
                }
                prop_assert_eq!(done.retry_floating_ip, !done.warnings.is_empty());
            }
            Next::Failed(failure) => prop_assert_eq!(failure.nothing_made, cloud.servers.len() == 1),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
