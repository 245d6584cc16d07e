//! What a machine asks for, and what can come of it. Values only: the driver turns effects into calls.

use std::collections::BTreeMap;

use super::launch::LaunchSpec;
use crate::model::{
    FloatingIp, FloatingIpId, Image, ImageId, Message, Moment, NetworkId, Port, PortId, RequestId, Server, ServerId,
    SnapshotId, VolumeId, VolumeSnapshot,
};
use crate::{json_enum, json_struct};

/// One thing to do. The comment names the event that answers it; every one may also be answered by `Event::Failed`.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// `Accepted`. Renew the token first: Nova uses it for the whole upload (contract 0.10).
    CreateImage { server: ServerId, name: String, metadata: BTreeMap<String, String> },
    /// `Accepted`. Renew the token first.
    CreateBackup {
        server: ServerId,
        name: String,
        backup_type: String,
        rotation: u32,
        metadata: BTreeMap<String, String>,
    },
    /// `Images`: every image with `carrete_op` = nonce, hidden ones too.
    FindImagesByNonce { nonce: String },
    /// `Looked`: each fact that was asked for, fetched side by side; `Failed` when none of them can be seen.
    Look(Look),
    /// `Sealed`: writes `carrete_image` = its own id on the image (`backup::metadata::IMAGE`).
    SealImage { image: ImageId },
    /// `Images`: all that the project sees. Fetch the action *first*: its end must not be newer than the list.
    ListImages { server: ServerId, action: Option<RequestId> },
    /// `Stock`: the images of this server, or `whole`: of everybody, hidden ones too; all volume snapshots of the project;
    /// the server itself. What of `agreed` is not among the images is looked at by itself.
    TakeStock { server: ServerId, agreed: Vec<ImageId>, whole: bool },
    /// `Debris`: the volume snapshots with exactly this name, every image that may need them, hidden ones too, and the
    /// volumes of this server.
    FindDebris { server: ServerId, name: String },
    /// `ServerAccepted`. User data is not part of it: the driver keeps it in memory and adds it.
    CreateServer { spec: LaunchSpec, metadata: BTreeMap<String, String> },
    /// `Servers`: those of this name (mind that Nova's filter is a regular expression) with `carrete_op` = nonce.
    FindServerByNonce { name: String, nonce: String },
    /// `Ports`.
    PortsOf { server: ServerId },
    /// `FloatingIps` with the one made.
    CreateFloatingIp { network: NetworkId, port: PortId, fixed_ip: String, description: String },
    /// `FloatingIps`: those with exactly this description.
    FindFloatingIpByNonce { description: String },
    /// `FloatingIps` with this one.
    ShowFloatingIp { id: FloatingIpId },
    /// `FloatingIps` with this one. Only asked after a look has shown it free, as Neutron moves it without a word.
    AssociateFloatingIp { id: FloatingIpId, port: PortId, fixed_ip: String },
    /// `Deleted`.
    DeleteImage { id: ImageId },
    /// `Deleted`: accepted, not done.
    DeleteSnapshot { id: SnapshotId },
    /// `VolumeSnapshot`.
    ShowSnapshot { id: SnapshotId },
}

impl Effect {
    /// Whether it makes something new, so that it must be journalled first and never be sent twice.
    pub fn creates(&self) -> bool {
        matches!(
            self,
            Self::CreateImage { .. }
                | Self::CreateBackup { .. }
                | Self::CreateServer { .. }
                | Self::CreateFloatingIp { .. }
        )
    }
}

/// What to look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    pub server: Option<ServerId>,
    pub image: Option<ImageId>,
    pub snapshots: Vec<SnapshotId>,
    /// The instance action of this request, on `server`.
    pub action: Option<RequestId>,
}

/// What was seen. `None`: not asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub server: Option<Seen<Box<Server>>>,
    pub image: Option<Seen<Box<Image>>>,
    pub snapshots: Vec<(SnapshotId, Seen<VolumeSnapshot>)>,
    pub action: Option<ActionFacts>,
    /// The first error, where something was unclear.
    pub error: Option<EffectError>,
}

/// What there is, before a policy deletes any of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stock {
    pub images: Vec<Image>,
    pub snapshots: Vec<VolumeSnapshot>,
    /// `None`: it is gone.
    pub server: Option<Server>,
    /// Of those agreed to: looked at by themselves, and not there any more.
    pub gone: Vec<ImageId>,
}

/// The outcome of looking at one thing.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen<T> {
    Here(T),
    /// 404.
    Gone,
    /// Any other error: nothing is known, nothing is concluded.
    Unclear,
}

impl<T> Seen<T> {
    pub fn here(&self) -> Option<&T> {
        match self {
            Self::Here(it) => Some(it),
            _ => None,
        }
    }
}

/// What `os-instance-actions/{request}` tells (contract C5).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActionFacts {
    /// `message` of the action is `Error`.
    pub error: bool,
    pub events: Vec<ActionEvent>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActionEvent {
    /// Such as `compute_backup_instance`.
    pub event: String,
    pub finished: bool,
    /// `result` is `Error`.
    pub error: bool,
}

impl ActionFacts {
    pub fn failed(&self) -> bool {
        self.error || self.events.iter().any(|event| event.error)
    }
    /// `compute_backup_instance` spans copy, upload and rotation.
    pub fn backup_finished(&self) -> bool {
        self.events.iter().any(|event| event.event == "compute_backup_instance" && event.finished)
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A creating effect has to wait until others are further.
    Waiting,
    /// A creating effect is about to be sent. Applied, and journalled, before it is.
    Asking,
    /// `image`: `None` where the answer does not name it (below microversion 2.45).
    Accepted {
        image: Option<ImageId>,
        request_id: Option<RequestId>,
    },
    ServerAccepted {
        server: ServerId,
        request_id: Option<RequestId>,
    },
    Looked(Facts),
    Images {
        images: Vec<Image>,
        action: Option<ActionFacts>,
    },
    Debris {
        snapshots: Vec<VolumeSnapshot>,
        images: Vec<Image>,
        /// None when the server is gone: then nothing is known to be its own.
        volumes: Vec<VolumeId>,
    },
    Stock(Box<Stock>),
    Servers(Vec<Server>),
    Ports(Vec<Port>),
    FloatingIps(Vec<FloatingIp>),
    Sealed,
    Deleted,
    VolumeSnapshot(Seen<VolumeSnapshot>),
    Failed(EffectError),
    /// The session is back, or the journal was read after a reload.
    Resumed,
    /// The person wants tried once more what an operation that is over could not delete.
    Again,
    /// The person gives up before anything was asked. Later it has no effect: what was asked is not undone.
    Cancel,
}

/// An effect that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectError {
    pub class: ErrorClass,
    /// What the cloud says, in the user's terms.
    pub message: Message,
    pub request_id: Option<RequestId>,
}

json_struct!(EffectError { class, message, request_id });

/// What an error means for what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// 400, 413, 415: understood and refused. Nothing was done.
    Refused,
    /// 403. Nothing was done.
    Forbidden,
    /// 404.
    NotFound,
    /// 409: not in this state. Nothing was done.
    Conflict,
    /// 401 that a renewal did not cure.
    SessionEnded,
    /// No answer, or 5xx, or 429: it may have been done or not.
    Unknown,
}

json_enum!(ErrorClass { Refused, Forbidden, NotFound, Conflict, SessionEnded, Unknown });

impl ErrorClass {
    /// Whether the cloud certainly did not do it.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Refused | Self::Forbidden | Self::NotFound | Self::Conflict)
    }
}

/// Whether a record is surely not older than the operation: the cloud's clock and the browser's differ.
pub(crate) fn not_older(created: Option<Moment>, started: Moment) -> bool {
    const SKEW: i64 = 600;
    created.is_none_or(|at| at >= started.plus(-SKEW))
}
