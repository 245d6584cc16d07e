//! A cloud with one server, that keeps time and does what the contract says.

use proptest::prelude::*;

use super::super::*;
use crate::backup::metadata::text;
use crate::backup::samples::{PROJECT, image, server, volume_image};
use crate::model::*;

/// What goes wrong with one effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It never arrives, and the page sees an error.
    LostRequest,
    /// It is done, and the page sees an error.
    LostAnswer,
    /// 401.
    SessionEnded,
    /// The page dies before it is sent.
    ReloadBefore,
    /// The page dies while it is under way.
    ReloadAfter,
    /// The page dies when the answer is in the journal.
    ReloadThen,
}

pub fn any_faults() -> impl Strategy<Value = Vec<Fault>> {
    use Fault::*;
    let one = prop::sample::select(vec![
        None,
        None,
        None,
        LostRequest,
        LostAnswer,
        SessionEnded,
        ReloadBefore,
        ReloadAfter,
        ReloadThen,
    ]);
    prop::collection::vec(one, 0..14)
}

/// How the cloud treats the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Good,
    /// 409.
    Refuses,
    /// Accepted, then the upload fails: the image vanishes.
    Fails,
    /// Accepted, then the server is deleted.
    LosesServer,
    /// A volume snapshot goes to error; a launched server too.
    Breaks,
    /// The upload begins and never ends.
    Hangs,
}

pub struct Cloud {
    pub mood: Mood,
    pub volume_backed: bool,
    /// Does the answer name the image?
    pub names_image: bool,
    pub images: Vec<Image>,
    pub snapshots: Vec<VolumeSnapshot>,
    pub servers: Vec<Server>,
    pub ips: Vec<FloatingIp>,
    /// Requests that made something.
    pub made: usize,
    /// When the image request was accepted, and whether the rotation is yet to run.
    pub accepted: Option<Millis>,
    pub rotation: Option<(String, u32)>,
    pub launched: Option<Millis>,
    pub ip_refused: bool,
    /// The store refuses to delete these (409).
    pub in_use: Vec<ImageId>,
    /// The storage puts these back when they are to be deleted.
    pub stuck: Vec<SnapshotId>,
    /// The moment when the image became usable.
    pub usable_at: Option<Millis>,
}

impl Cloud {
    pub fn new(mood: Mood) -> Self {
        let mut own = server("s", ServerStatus::Active);
        own.volumes.push(server::AttachedVolume { id: "disk-of-s".into(), delete_on_termination: false });
        Self {
            mood,
            volume_backed: false,
            names_image: true,
            images: Vec::new(),
            snapshots: Vec::new(),
            servers: vec![own],
            ips: Vec::new(),
            made: 0,
            accepted: None,
            rotation: None,
            launched: None,
            ip_refused: false,
            in_use: Vec::new(),
            stuck: Vec::new(),
            usable_at: None,
        }
    }

    pub fn answer(&mut self, effect: &Effect, fault: Fault, now: Millis) -> Event {
        self.live(now);
        let fail = |class, key: &str| {
            Event::Failed(EffectError { class, message: Message::new(key), request_id: Some("req-1".into()) })
        };
        match fault {
            Fault::LostRequest => return fail(ErrorClass::Unknown, "lost"),
            Fault::SessionEnded => return fail(ErrorClass::SessionEnded, "session"),
            _ => {}
        }
        let event = self.perform(effect, now).unwrap_or_else(|class| fail(class, "refused"));
        if fault == Fault::LostAnswer { fail(ErrorClass::Unknown, "lost") } else { event }
    }

    fn perform(&mut self, effect: &Effect, now: Millis) -> Result<Event, ErrorClass> {
        Ok(match effect {
            Effect::CreateImage { name, metadata, .. } | Effect::CreateBackup { name, metadata, .. } => {
                if self.mood == Mood::Refuses {
                    return Err(ErrorClass::Conflict);
                }
                self.made += 1;
                self.accepted = Some(now);
                let mut new = if self.volume_backed {
                    volume_image("new", now.moment().0, &["v1", "v2"])
                } else {
                    image("new", now.moment().0)
                };
                if self.volume_backed {
                    for id in ["v1", "v2"] {
                        let name = format!("snapshot for {name}");
                        let created_at = Some(now.moment());
                        self.snapshots.push(VolumeSnapshot {
                            id: id.into(),
                            name,
                            created_at,
                            status: VolumeStatus::Creating,
                            ..VolumeSnapshot::default()
                        });
                    }
                } else {
                    new = new.with("image_type", "snapshot").with("instance_uuid", "s");
                    new.size = None;
                    new.status = ImageStatus::Queued;
                }
                if let Effect::CreateBackup { backup_type, rotation, .. } = effect {
                    new = new.with("image_type", "backup").with("backup_type", backup_type);
                    self.rotation = Some((backup_type.clone(), *rotation));
                }
                for (key, value) in metadata {
                    new = new.with(key, value);
                }
                new.name = name.clone();
                let id = new.id.clone();
                self.images.push(new);
                Event::Accepted { image: self.names_image.then_some(id), request_id: Some("req-1".into()) }
            }
            Effect::FindImagesByNonce { nonce } => Event::Images {
                images: self.images.iter().filter(|i| text(i, "carrete_op") == Some(nonce)).cloned().collect(),
                action: None,
            },
            Effect::ListImages { action, .. } => {
                let finished = self.rotation.is_none() && action.is_some();
                let event = ActionEvent { event: "compute_backup_instance".into(), finished, error: false };
                Event::Images {
                    images: self.images.clone(),
                    action: Some(ActionFacts { error: false, events: vec![event] }),
                }
            }
            Effect::TakeStock { server, agreed, whole } => {
                let of_server = |i: &Image| *whole || text(i, "instance_uuid") == Some(server.as_str());
                let seen = |i: &&Image| of_server(i) || agreed.contains(&i.id);
                let gone = |id: &&ImageId| !self.images.iter().any(|i| i.id == **id);
                Event::Stock(Box::new(Stock {
                    images: self.images.iter().filter(seen).cloned().collect(),
                    snapshots: self.snapshots.clone(),
                    server: self.servers.iter().find(|s| s.id == *server).cloned(),
                    gone: agreed.iter().filter(gone).cloned().collect(),
                }))
            }
            Effect::Look(look) => Event::Looked(self.look(look)),
            Effect::SealImage { image } => {
                let found = self.images.iter_mut().find(|i| i.id == *image).ok_or(ErrorClass::NotFound)?;
                found.properties.insert("carrete_image".into(), image.as_str().into());
                Event::Sealed
            }
            Effect::FindDebris { server, name } => {
                let server = self.servers.iter().find(|s| s.id == *server);
                Event::Debris {
                    snapshots: self.snapshots.iter().filter(|s| s.name == *name).cloned().collect(),
                    images: self.images.clone(),
                    volumes: server.map(|s| s.volumes.iter().map(|v| v.id.clone()).collect()).unwrap_or_default(),
                }
            }
            Effect::CreateServer { spec, metadata } => {
                if self.mood == Mood::Refuses {
                    return Err(ErrorClass::Forbidden);
                }
                self.made += 1;
                self.launched = Some(now);
                let mut new = server("s2", ServerStatus::Build);
                new.name = spec.name.clone();
                new.metadata = metadata.clone();
                new.created = Some(now.moment());
                self.servers.push(new);
                Event::ServerAccepted { server: "s2".into(), request_id: None }
            }
            Effect::FindServerByNonce { name, .. } => {
                Event::Servers(self.servers.iter().filter(|s| s.name == *name).cloned().collect())
            }
            Effect::PortsOf { .. } => {
                let at = self.launched.unwrap_or(Millis(0));
                let ip = network::FixedIp { subnet_id: String::new(), ip_address: "10.0.0.5".into() };
                let fixed_ips = if now.since(at) > 4_000 { vec![ip] } else { vec![] };
                Event::Ports(vec![Port { id: "port".into(), fixed_ips, ..Port::default() }])
            }
            Effect::CreateFloatingIp { network, port, description, .. } => {
                if self.ip_refused {
                    return Err(ErrorClass::Conflict);
                }
                self.made += 1;
                let ip = FloatingIp {
                    id: "f".into(),
                    floating_ip_address: "203.0.113.7".into(),
                    floating_network_id: network.clone(),
                    port_id: Some(port.clone()),
                    description: description.clone(),
                    ..FloatingIp::default()
                };
                self.ips.push(ip.clone());
                Event::FloatingIps(vec![ip])
            }
            Effect::FindFloatingIpByNonce { description } => {
                Event::FloatingIps(self.ips.iter().filter(|ip| ip.description == *description).cloned().collect())
            }
            Effect::ShowFloatingIp { id } => {
                Event::FloatingIps(vec![self.ips.iter().find(|ip| ip.id == *id).cloned().ok_or(ErrorClass::NotFound)?])
            }
            Effect::AssociateFloatingIp { id, port, .. } => {
                let ip = self.ips.iter_mut().find(|ip| ip.id == *id).ok_or(ErrorClass::NotFound)?;
                assert!(ip.port_id.is_none() || ip.port_id.as_ref() == Some(port), "stole a floating IP");
                if self.ip_refused {
                    return Err(ErrorClass::NotFound);
                }
                ip.port_id = Some(port.clone());
                Event::FloatingIps(vec![ip.clone()])
            }
            Effect::DeleteImage { id } => {
                let found = self.images.iter().find(|i| i.id == *id).ok_or(ErrorClass::NotFound)?;
                if found.protected {
                    return Err(ErrorClass::Forbidden);
                }
                if self.in_use.contains(id) {
                    return Err(ErrorClass::Conflict);
                }
                self.images.retain(|i| i.id != *id);
                Event::Deleted
            }
            Effect::DeleteSnapshot { id } => {
                let used =
                    self.images.iter().any(|i| crate::backup::kind::behind(i).iter().any(|b| b.snapshot_id == *id));
                assert!(!used, "took the disk of an image that is there");
                let found = self.snapshots.iter_mut().find(|s| s.id == *id).ok_or(ErrorClass::NotFound)?;
                if self.stuck.contains(id) {
                    return Ok(Event::Deleted);
                }
                // As Cinder does, with 400.
                if found.status == VolumeStatus::Deleting {
                    return Err(ErrorClass::Refused);
                }
                found.status = VolumeStatus::Deleting;
                found.created_at = Some(now.moment());
                Event::Deleted
            }
            Effect::ShowSnapshot { id } => match self.snapshots.iter().find(|s| s.id == *id) {
                Some(found) => Event::VolumeSnapshot(Seen::Here(found.clone())),
                None => Event::VolumeSnapshot(Seen::Gone),
            },
        })
    }

    fn look(&self, look: &Look) -> Facts {
        let seen_server = |id: &ServerId| match self.servers.iter().find(|s| s.id == *id) {
            Some(found) => Seen::Here(Box::new(found.clone())),
            None => Seen::Gone,
        };
        let seen_image = |id: &ImageId| match self.images.iter().find(|i| i.id == *id) {
            Some(found) => Seen::Here(Box::new(found.clone())),
            None => Seen::Gone,
        };
        let seen_snapshot = |id: &SnapshotId| match self.snapshots.iter().find(|s| s.id == *id) {
            Some(found) => Seen::Here(found.clone()),
            None => Seen::Gone,
        };
        Facts {
            server: look.server.as_ref().map(seen_server),
            image: look.image.as_ref().map(seen_image),
            snapshots: look.snapshots.iter().map(|id| (id.clone(), seen_snapshot(id))).collect(),
            error: None,
            action: look.action.as_ref().map(|_| ActionFacts { error: self.mood == Mood::Fails, events: vec![] }),
        }
    }

    /// Lets time pass.
    fn live(&mut self, now: Millis) {
        if let Some(at) = self.accepted {
            let t = now.since(at);
            if self.volume_backed {
                let status = match self.mood {
                    Mood::Breaks if t > 2_000 => VolumeStatus::Error,
                    _ if t > 3_000 => VolumeStatus::Available,
                    _ => VolumeStatus::Creating,
                };
                self.snapshots
                    .iter_mut()
                    .filter(|s| s.status == VolumeStatus::Creating)
                    .for_each(|s| s.status = status.clone());
            } else {
                self.upload(t, at);
            }
        }
        self.snapshots.retain(|s| {
            s.status != VolumeStatus::Deleting || now.since(s.created_at.unwrap_or_default().into()) < 3_000
        });
        if let Some(at) = self.launched {
            let (status, task) = match now.since(at) {
                0..1_000 => (ServerStatus::Build, Some("scheduling")),
                1_000..2_000 => (ServerStatus::Build, Some("networking")),
                2_000..4_000 => (ServerStatus::Build, Some("spawning")),
                _ if self.mood == Mood::Breaks => (ServerStatus::Error, None),
                _ => (ServerStatus::Active, None),
            };
            if let Some(new) = self.servers.iter_mut().find(|s| s.id.as_str() == "s2") {
                new.status = status;
                new.task_state = task.map(str::to_owned);
                if self.mood == Mood::Breaks {
                    new.fault = Some(server::Fault { code: 500, message: "No valid host was found.".into() });
                }
            }
        }
    }

    fn upload(&mut self, t: u64, at: Millis) {
        let (status, task) = match t {
            0..500 => (ImageStatus::Queued, Some("image_snapshot_pending")),
            500..3_000 => (ImageStatus::Queued, Some("image_snapshot")),
            3_000..3_600 => (ImageStatus::Queued, Some("image_pending_upload")),
            3_600..30_000 => (ImageStatus::Saving, Some("image_uploading")),
            _ if self.mood == Mood::Hangs => (ImageStatus::Saving, Some("image_uploading")),
            30_000..31_000 => (ImageStatus::Active, Some("image_uploading")),
            _ => (ImageStatus::Active, None),
        };
        let failed = self.mood == Mood::Fails && t > 5_000;
        let server_gone = self.mood == Mood::LosesServer && t > 5_000;
        if failed || server_gone {
            self.images.retain(|i| i.id.as_str() != "new");
            self.rotation = None;
        }
        if server_gone {
            self.servers.retain(|s| s.id.as_str() != "s");
        }
        if let Some(mine) = self.servers.iter_mut().find(|s| s.id.as_str() == "s") {
            mine.task_state = task.filter(|_| !failed).map(str::to_owned);
        }
        if let Some(new) = self.images.iter_mut().find(|i| i.id.as_str() == "new") {
            if status == ImageStatus::Active {
                new.size = Some(1);
            }
            new.status = status;
        }
        if t >= 31_000 && !failed && !server_gone && self.mood != Mood::Hangs {
            self.usable_at = Some(at.plus(31_000));
        }
        // Nova rotates after it has cleared the task.
        if t >= 33_000
            && let Some((backup_type, keep)) = self.rotation.take()
        {
            let mut set: Vec<(i64, String)> = self
                .images
                .iter()
                .filter(|i| text(i, "image_type") == Some("backup") && text(i, "backup_type") == Some(&backup_type))
                .map(|i| (i.created_at.unwrap().0, i.id.0.clone()))
                .collect();
            set.sort();
            let excess = set.len().saturating_sub(keep as usize);
            for (_, id) in set.into_iter().take(excess) {
                self.images.retain(|i| i.id.0 != id || i.protected);
            }
        }
    }
}

pub fn project() -> ProjectId {
    PROJECT.into()
}
