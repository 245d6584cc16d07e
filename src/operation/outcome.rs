//! How an operation ends: what is there now, what went wrong, and what is left over.

use crate::model::{FloatingIpId, ImageId, Message, RequestId, ServerId, SnapshotId};
use crate::{json_enum, json_struct};

/// It succeeded, perhaps with reservations.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub message: Message,
    /// The image made.
    pub image: Option<ImageId>,
    /// The server launched.
    pub server: Option<ServerId>,
    /// Where to log in.
    pub address: Option<String>,
    /// What did not go as it should; empty: all as said.
    pub warnings: Vec<Message>,
    pub leftovers: Vec<Leftover>,
    /// The server runs without the floating IP that was wanted: offer to try that again.
    pub retry_floating_ip: bool,
}

json_struct!(Outcome { message, image, server, address, warnings, leftovers, retry_floating_ip });

impl Outcome {
    pub(crate) fn new(message: Message) -> Self {
        Self {
            message,
            image: None,
            server: None,
            address: None,
            warnings: Vec::new(),
            leftovers: Vec::new(),
            retry_floating_ip: false,
        }
    }
}

/// It failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What happened, what was lost, what to do.
    pub message: Message,
    /// What the cloud said about it.
    pub cause: Option<Message>,
    pub request_id: Option<RequestId>,
    pub leftovers: Vec<Leftover>,
    /// Nothing was made and nothing was deleted: trying again is safe.
    pub nothing_made: bool,
}

json_struct!(Failure { message, cause, request_id, leftovers, nothing_made });

impl Failure {
    pub(crate) fn new(message: Message) -> Self {
        Self { message, cause: None, request_id: None, leftovers: Vec::new(), nothing_made: false }
    }
}

/// Something in the cloud that no longer serves a purpose; the view offers to delete it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leftover {
    Image { id: ImageId, name: String },
    VolumeSnapshot { id: SnapshotId, name: String },
    Server { id: ServerId, name: String },
    FloatingIp { id: FloatingIpId, name: String },
}

json_enum!(Leftover { Image { id, name }, VolumeSnapshot { id, name }, Server { id, name }, FloatingIp { id, name } });

impl Leftover {
    pub fn message(&self) -> Message {
        match self {
            Self::Image { name, .. } => Message::new("operation.leftover.image").text("name", name),
            Self::VolumeSnapshot { name, .. } => Message::new("operation.leftover.volume_snapshot").text("name", name),
            Self::Server { name, .. } => Message::new("operation.leftover.server").text("name", name),
            Self::FloatingIp { name, .. } => Message::new("operation.leftover.floating_ip").text("name", name),
        }
    }
}

/// The last phase of every machine.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    Done(Outcome),
    Failed(Failure),
}

json_enum!(End { Done(it), Failed(it) });

impl End {
    pub fn next(&self) -> super::Next {
        match self {
            Self::Done(outcome) => super::Next::Done(outcome.clone()),
            Self::Failed(failure) => super::Next::Failed(failure.clone()),
        }
    }
    pub fn message(&self) -> &Message {
        match self {
            Self::Done(outcome) => &outcome.message,
            Self::Failed(failure) => &failure.message,
        }
    }
}
