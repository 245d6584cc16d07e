//! A Nova server (*instance* in the dashboards) and what can be done with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::ids::{FlavorId, ImageId, ProjectId, ServerId, UserId, VolumeId};
use super::moment::{self, Moment};
use super::or_default;
use crate::remote_status;

remote_status! {
    /// `status` of a server. During a snapshot it stays what it was; only `task_state` changes (contract C3).
    ServerStatus {
        Active = "ACTIVE", Build = "BUILD", Deleted = "DELETED", Error = "ERROR", HardReboot = "HARD_REBOOT",
        Migrating = "MIGRATING", Password = "PASSWORD", Paused = "PAUSED", Reboot = "REBOOT", Rebuild = "REBUILD",
        Rescue = "RESCUE", Resize = "RESIZE", RevertResize = "REVERT_RESIZE", Shelved = "SHELVED",
        ShelvedOffloaded = "SHELVED_OFFLOADED", Shutoff = "SHUTOFF", SoftDeleted = "SOFT_DELETED",
        Suspended = "SUSPENDED", Unknown = "UNKNOWN", VerifyResize = "VERIFY_RESIZE",
    }
}

/// As `GET /servers/detail` shows it. Fields of a down cell's server may all be empty but id and status.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Server {
    pub id: ServerId,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    pub status: ServerStatus,
    #[serde(rename = "tenant_id", deserialize_with = "or_default")]
    pub project_id: ProjectId,
    #[serde(deserialize_with = "or_default")]
    pub user_id: UserId,
    #[serde(deserialize_with = "moment::tolerant")]
    pub created: Option<Moment>,
    #[serde(deserialize_with = "moment::tolerant")]
    pub updated: Option<Moment>,
    /// Network name to addresses. Empty while the server is built.
    #[serde(deserialize_with = "or_default")]
    pub addresses: BTreeMap<String, Vec<Address>>,
    #[serde(deserialize_with = "or_default")]
    pub flavor: ServerFlavor,
    /// `None` when the cloud sends `""`: created without an image, so certainly volume-backed.
    #[serde(deserialize_with = "image_ref")]
    pub image: Option<ImageId>,
    #[serde(deserialize_with = "or_default")]
    pub metadata: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
    pub key_name: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub security_groups: Vec<NamedGroup>,
    #[serde(deserialize_with = "or_default")]
    pub locked: bool,
    pub locked_reason: Option<String>,
    /// Why the server is in status ERROR. A failed snapshot is not told here.
    pub fault: Option<Fault>,
    #[serde(rename = "OS-EXT-STS:task_state")]
    pub task_state: Option<String>,
    #[serde(rename = "OS-EXT-STS:vm_state")]
    pub vm_state: Option<String>,
    #[serde(rename = "OS-EXT-STS:power_state", deserialize_with = "or_default")]
    pub power_state: PowerState,
    #[serde(rename = "OS-EXT-AZ:availability_zone", deserialize_with = "or_default")]
    pub availability_zone: String,
    #[serde(rename = "OS-SRV-USG:launched_at", deserialize_with = "moment::tolerant")]
    pub launched_at: Option<Moment>,
    #[serde(rename = "os-extended-volumes:volumes_attached", deserialize_with = "or_default")]
    pub volumes: Vec<AttachedVolume>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Address {
    pub addr: String,
    pub version: u8,
    #[serde(rename = "OS-EXT-IPS:type", deserialize_with = "or_default")]
    pub kind: String,
}

impl Address {
    pub fn is_floating(&self) -> bool {
        self.kind == "floating"
    }
}

/// The flavor inside a server: its name and sizes from microversion 2.47 on, only its id before.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ServerFlavor {
    pub id: Option<FlavorId>,
    pub original_name: Option<String>,
    pub vcpus: Option<u64>,
    /// MiB.
    pub ram: Option<u64>,
    /// GiB.
    pub disk: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct NamedGroup {
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Fault {
    pub code: i64,
    pub message: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct AttachedVolume {
    pub id: VolumeId,
    pub delete_on_termination: bool,
}

/// `power_state`: a number on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "u8")]
pub enum PowerState {
    #[default]
    NoState,
    Running,
    Paused,
    Shutdown,
    Crashed,
    Suspended,
}

impl From<u8> for PowerState {
    fn from(code: u8) -> Self {
        match code {
            1 => Self::Running,
            3 => Self::Paused,
            4 => Self::Shutdown,
            6 => Self::Crashed,
            7 => Self::Suspended,
            _ => Self::NoState,
        }
    }
}

/// Where a server's root disk lives, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RootDisk {
    /// On the compute host: `createBackup` works.
    Image,
    /// A Cinder volume: Nova refuses `createBackup` (contract C3, C5).
    Volume,
    /// The server has volumes and an image: only its attachments tell (contract C3).
    AskAttachments,
}

impl Server {
    /// What the list alone says about the root disk (contract C3).
    pub fn root_disk(&self) -> RootDisk {
        match (&self.image, self.volumes.is_empty()) {
            (None, _) => RootDisk::Volume,
            (Some(_), true) => RootDisk::Image,
            (Some(_), false) => RootDisk::AskAttachments,
        }
    }

    /// The address that a person would log in to: floating before fixed, IPv4 before IPv6.
    pub fn best_address(&self) -> Option<&Address> {
        let all = || self.addresses.values().flatten();
        all().find(|a| a.is_floating()).or_else(|| all().find(|a| a.version == 4)).or_else(|| all().next())
    }

    /// Whether the cloud is at work on it, so that it is worth a look every few seconds.
    pub fn is_changing(&self) -> bool {
        self.task_state.is_some()
            || matches!(
                self.status,
                ServerStatus::Build
                    | ServerStatus::Reboot
                    | ServerStatus::HardReboot
                    | ServerStatus::Rebuild
                    | ServerStatus::Resize
                    | ServerStatus::RevertResize
                    | ServerStatus::Migrating
                    | ServerStatus::Password
            )
    }
}

/// `"image"` is `{"id": …}` or the empty string.
fn image_ref<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ImageId>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value.get("id").and_then(|id| id.as_str()).map(ImageId::from))
}
