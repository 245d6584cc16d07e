//! Launches a server and gives it a floating IP.
//!
//! asking → building (scheduling, networking, disks, starting) → port with an IPv4 address → floating IP. A floating IP
//! that fails leaves a running server: that is done, with a warning and a second try.

mod address;
mod view;

use std::collections::BTreeMap;

use super::ask::Ask;
use super::effect::{Effect, EffectError, ErrorClass, Event, Facts, Look, Seen};
use super::outcome::{End, Failure, Leftover, Outcome};
use super::phase::{At, PhaseView};
use super::poll::{Millis, Pace, Poll};
use super::{Context, Next};
use crate::backup::metadata;
use crate::model::{
    Arg, FlavorId, FloatingIp, FloatingIpId, ImageId, Message, NetworkId, Port, PortId, RequestId, SecurityGroupId,
    ServerId, ServerStatus,
};
use crate::{json_enum, json_struct};

/// What to launch. No secrets: the driver keeps the user data in memory and adds it to the request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaunchSpec {
    pub name: String,
    pub image: ImageId,
    pub flavor: FlavorId,
    /// Of the signed-in user.
    pub key_name: Option<String>,
    pub networks: Networks,
    pub security_groups: Vec<SecurityGroupId>,
    pub availability_zone: Option<String>,
    /// `None`: on the flavor's disk, or on what the image says.
    pub boot_volume: Option<BootVolume>,
    pub config_drive: bool,
    /// Whether the request carries user data, so that it is not sent without them.
    pub has_user_data: bool,
    pub floating_ip: FloatingIpChoice,
}

json_struct!(LaunchSpec {
    name,
    image,
    flavor,
    key_name,
    networks,
    security_groups,
    availability_zone,
    boot_volume,
    config_drive,
    has_user_data,
    floating_ip
});

/// A new boot volume made of the image.
#[derive(Clone, Debug, PartialEq)]
pub struct BootVolume {
    pub size_gib: u64,
    pub delete_on_termination: bool,
    pub volume_type: Option<String>,
}

json_struct!(BootVolume { size_gib, delete_on_termination, volume_type });

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Networks {
    /// `"auto"`: needs Neutron's auto-allocated-topology (contract C6).
    #[default]
    Auto,
    None,
    These(Vec<NetworkId>),
}

json_enum!(Networks { Auto, None, These(it) });

#[derive(Clone, Debug, Default, PartialEq)]
pub enum FloatingIpChoice {
    #[default]
    None,
    /// One of the project's that is free.
    Existing { id: FloatingIpId, address: String },
    /// A new one of this external network.
    Allocate { network: NetworkId },
}

json_enum!(FloatingIpChoice { None, Existing { id, address }, Allocate { network } });

#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    pub spec: LaunchSpec,
    server: Option<ServerId>,
    request_id: Option<RequestId>,
    port: Option<(PortId, String)>,
    /// The server's own address, used when there is no floating IP.
    fixed: Option<String>,
    poll: Poll,
    phase: Phase,
}

json_struct!(Launch { spec, server, request_id, port, fixed, poll, phase });

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Asking(Ask),
    Building {
        stage: Stage,
        changed: Millis,
        gone: u32,
        stalled: bool,
    },
    Port {
        since: Millis,
    },
    /// Looks whether the chosen floating IP is (still) free, or already ours.
    Checking {
        id: FloatingIpId,
        tries: u32,
    },
    Allocating(Ask),
    Associating {
        id: FloatingIpId,
        address: String,
        tries: u32,
    },
    Ended {
        end: End,
        step: usize,
    },
}

json_enum!(Phase { Asking(it), Building { stage, changed, gone, stalled }, Port { since }, Checking { id, tries }, Allocating(it), Associating { id, address, tries }, Ended { end, step } });

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Scheduling,
    Networking,
    Disks,
    Starting,
}

json_enum!(Stage { Scheduling, Networking, Disks, Starting });

/// How long a request that was not answered is looked for, in milliseconds.
const GRACE: u64 = 60_000;
/// How long a port with an IPv4 address may take after the server runs, in milliseconds.
const PORT: u64 = 120_000;
const STALLED: u64 = 30 * 60_000;
/// Attempts at an association whose answers are lost.
const TRIES: u32 = 6;

impl Launch {
    pub fn new(spec: LaunchSpec) -> Self {
        Self {
            spec,
            server: None,
            request_id: None,
            port: None,
            fixed: None,
            poll: Poll::default(),
            phase: Phase::Asking(Ask::Ready),
        }
    }

    /// Only the floating IP, for a server that runs: the second try.
    pub fn floating_ip(server: ServerId, name: &str, choice: FloatingIpChoice, now: Millis) -> Self {
        let spec = LaunchSpec { name: name.to_owned(), floating_ip: choice, ..LaunchSpec::default() };
        Self { server: Some(server), phase: Phase::Port { since: now }, poll: Poll::at(now), ..Self::new(spec) }
    }

    /// The server, once it is known.
    pub fn server(&self) -> Option<&ServerId> {
        self.server.as_ref()
    }

    pub(crate) fn next(&self, context: Context<'_>, now: Millis) -> Next {
        let nonce = || context.id.0.clone();
        let server = || self.server.clone().unwrap_or_default();
        let (due, effect) = match &self.phase {
            Phase::Asking(ask) => match ask.look_due(now) {
                None => {
                    let metadata = BTreeMap::from([(metadata::OP.to_owned(), nonce())]);
                    return Next::Do(Effect::CreateServer { spec: self.spec.clone(), metadata });
                }
                Some(due) => (due, Effect::FindServerByNonce { name: self.spec.name.clone(), nonce: nonce() }),
            },
            Phase::Building { .. } => {
                (self.poll.until(now), Effect::Look(Look { server: self.server.clone(), ..Look::default() }))
            }
            Phase::Port { .. } => (self.poll.until(now), Effect::PortsOf { server: server() }),
            Phase::Checking { id, .. } => (self.poll.until(now), Effect::ShowFloatingIp { id: id.clone() }),
            Phase::Allocating(ask) => match (ask.look_due(now), &self.spec.floating_ip, &self.port) {
                (None, FloatingIpChoice::Allocate { network }, Some((port, fixed_ip))) => {
                    let (network, port, fixed_ip) = (network.clone(), port.clone(), fixed_ip.clone());
                    let description = description(context);
                    return Next::Do(Effect::CreateFloatingIp { network, port, fixed_ip, description });
                }
                (due, ..) => (due.unwrap_or(now), Effect::FindFloatingIpByNonce { description: description(context) }),
            },
            Phase::Associating { id, .. } => {
                let (port, fixed_ip) = self.port.clone().unwrap_or_default();
                (self.poll.until(now), Effect::AssociateFloatingIp { id: id.clone(), port, fixed_ip })
            }
            Phase::Ended { end, .. } => return end.next(),
        };
        if due > now { Next::Wait { until: due, then: effect } } else { Next::Do(effect) }
    }

    pub(crate) fn apply(&mut self, context: Context<'_>, event: Event, now: Millis) {
        if let (Event::Resumed, Phase::Building { .. } | Phase::Port { .. } | Phase::Checking { .. }) =
            (&event, &self.phase)
        {
            self.poll.due = now;
        }
        match &self.phase {
            Phase::Asking(_) => self.asking(context, event, now),
            Phase::Building { .. } => match event {
                Event::Looked(facts) => self.looked(context, facts, now),
                Event::Failed(error) => self.poll.unanswered(error, now),
                _ => {}
            },
            Phase::Port { since } => {
                let late = now.since(*since) >= PORT;
                match event {
                    Event::Ports(ports) => self.ports(context, &ports, late, now),
                    Event::Failed(error) if late && error.class != ErrorClass::SessionEnded => {
                        self.without_ip(Some(error))
                    }
                    Event::Failed(error) => self.poll.unanswered(error, now),
                    _ => {}
                }
            }
            Phase::Checking { .. } | Phase::Associating { .. } => self.associating(event, now),
            Phase::Allocating(_) => self.allocating(context, event, now),
            Phase::Ended { .. } => {}
        }
    }

    fn asking(&mut self, context: Context<'_>, event: Event, now: Millis) {
        let Phase::Asking(ask) = &mut self.phase else { return };
        match event {
            Event::Asking => ask.send(now),
            Event::Resumed => ask.resumed(now),
            Event::ServerAccepted { server, request_id } => {
                self.request_id = request_id;
                self.build(server, now);
            }
            Event::Servers(servers) if *ask != Ask::Ready => {
                let mine = servers.into_iter().find(|server| {
                    // The nonce alone decides: the cloud's clock and the browser's may be far apart.
                    server.metadata.get(metadata::OP) == Some(&context.id.0)
                });
                match mine {
                    Some(server) => self.build(server.id, now),
                    None => {
                        if ask.in_vain(GRACE, now) {
                            let error = match ask {
                                Ask::Sent(sent) => sent.error.clone(),
                                Ask::Ready => None,
                            };
                            self.not_made("operation.launch.not_started", error);
                        }
                    }
                }
            }
            Event::Failed(error) => {
                if let Some(error) = ask.failed(error, now) {
                    self.not_made("operation.launch.refused", Some(error));
                }
            }
            Event::Cancel if *ask == Ask::Ready => self.not_made("operation.cancelled", None),
            _ => {}
        }
    }

    fn not_made(&mut self, key: &str, error: Option<EffectError>) {
        let message = Message::new(key).text("name", &self.spec.name);
        let (cause, request_id) = error.map_or((None, None), |error| (Some(error.message), error.request_id));
        let failure = Failure { cause, request_id, nothing_made: true, ..Failure::new(message) };
        self.phase = Phase::Ended { end: End::Failed(failure), step: 0 };
    }

    fn build(&mut self, server: ServerId, now: Millis) {
        self.server = Some(server);
        self.poll = Poll::at(now);
        self.phase = Phase::Building { stage: Stage::Scheduling, changed: now, gone: 0, stalled: false };
    }

    fn looked(&mut self, context: Context<'_>, facts: Facts, now: Millis) {
        let Phase::Building { stage, changed, gone, stalled } = &mut self.phase else {
            return;
        };
        match facts.server {
            Some(Seen::Gone) => {
                *gone = gone.saturating_add(1);
                if *gone >= 3 {
                    let failure = Failure {
                        request_id: self.request_id.clone(),
                        nothing_made: true,
                        ..Failure::new(Message::new("operation.launch.gone").text("name", &self.spec.name))
                    };
                    self.phase = Phase::Ended { end: End::Failed(failure), step: 1 };
                    return;
                }
            }
            Some(Seen::Here(server)) => {
                *gone = 0;
                match server.status {
                    ServerStatus::Active => {
                        self.fixed = server.best_address().map(|address| address.addr.clone());
                        self.poll = Poll::at(now);
                        self.phase = Phase::Port { since: now };
                        return;
                    }
                    ServerStatus::Error | ServerStatus::Deleted | ServerStatus::SoftDeleted => {
                        let message = Message::new("operation.launch.error").text("name", &self.spec.name);
                        let cause =
                            server.fault.map(|fault| Message::new("operation.fault").text("text", fault.message));
                        let leftovers = vec![Leftover::Server { id: server.id.clone(), name: self.spec.name.clone() }];
                        let request_id = self.request_id.clone();
                        let failure = Failure { cause, leftovers, request_id, ..Failure::new(message) };
                        self.phase = Phase::Ended { end: End::Failed(failure), step: 1 };
                        return;
                    }
                    _ => {}
                }
                let new = match server.task_state.as_deref() {
                    Some("networking") => Stage::Networking,
                    Some("block_device_mapping") => Stage::Disks,
                    Some("spawning") => Stage::Starting,
                    Some("scheduling") => Stage::Scheduling,
                    _ => *stage,
                };
                if new != *stage {
                    (*stage, *changed) = (new, now);
                }
            }
            _ => {}
        }
        *stalled = now.since(*changed) >= STALLED;
        let changed = *changed;
        self.poll.again(Pace::Brisk, changed, now, context.id);
    }
}

/// What a floating IP says about itself, so that it is found after a lost answer: Neutron has no metadata.
fn description(context: Context<'_>) -> String {
    format!("{} {}", metadata::OP, context.id.0)
}
