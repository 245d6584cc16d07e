//! A Nova server (*instance* in the dashboards) and what can be done with it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ids::{FlavorId, ImageId, ProjectId, ServerId, UserId, VolumeId};
use super::json::{self, Fields, FromJson};
use super::moment::Moment;
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Server {
    pub id: ServerId,
    pub name: String,
    pub status: ServerStatus,
    pub project_id: ProjectId,
    pub user_id: UserId,
    pub created: Option<Moment>,
    pub updated: Option<Moment>,
    /// Network name to addresses. Empty while the server is built.
    pub addresses: BTreeMap<String, Vec<Address>>,
    pub flavor: ServerFlavor,
    /// `None` when the cloud sends `""`: created without an image, so certainly volume-backed.
    pub image: Option<ImageId>,
    pub metadata: BTreeMap<String, String>,
    pub tags: Vec<String>,
    pub key_name: Option<String>,
    pub security_groups: Vec<NamedGroup>,
    pub locked: bool,
    /// Why the server is in status ERROR. A failed snapshot is not told here.
    pub fault: Option<Fault>,
    pub task_state: Option<String>,
    pub vm_state: Option<String>,
    pub power_state: PowerState,
    pub availability_zone: String,
    pub launched_at: Option<Moment>,
    pub volumes: Vec<AttachedVolume>,
}

impl FromJson for Server {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.need("id")?,
            name: fields.get("name"),
            status: fields.get("status"),
            project_id: fields.get("tenant_id"),
            user_id: fields.get("user_id"),
            created: fields.moment("created"),
            updated: fields.moment("updated"),
            addresses: fields.map("addresses", |all| Some(json::list(all))),
            flavor: fields.get("flavor"),
            image: image_ref(fields.value("image")),
            metadata: fields.map("metadata", String::from_json),
            tags: fields.list("tags"),
            key_name: fields.get("key_name"),
            security_groups: fields.list("security_groups"),
            locked: fields.get("locked"),
            fault: fields.get("fault"),
            task_state: fields.told("OS-EXT-STS:task_state"),
            vm_state: fields.get("OS-EXT-STS:vm_state"),
            power_state: fields.get("OS-EXT-STS:power_state"),
            availability_zone: fields.get("OS-EXT-AZ:availability_zone"),
            launched_at: fields.moment("OS-SRV-USG:launched_at"),
            volumes: fields.list("os-extended-volumes:volumes_attached"),
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    pub addr: String,
    pub version: u8,
    pub kind: String,
}

impl FromJson for Address {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { addr: fields.get("addr"), version: fields.get("version"), kind: fields.get("OS-EXT-IPS:type") })
    }
}

impl Address {
    pub fn is_floating(&self) -> bool {
        self.kind == "floating"
    }
}

/// The flavor inside a server: its name and sizes from microversion 2.47 on, only its id before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerFlavor {
    pub id: Option<FlavorId>,
    pub original_name: Option<String>,
    pub vcpus: Option<u64>,
    /// MiB.
    pub ram: Option<u64>,
    /// GiB.
    pub disk: Option<u64>,
}

impl FromJson for ServerFlavor {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.get("id"),
            original_name: fields.get("original_name"),
            vcpus: fields.get("vcpus"),
            ram: fields.get("ram"),
            disk: fields.get("disk"),
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamedGroup {
    pub name: String,
}

impl FromJson for NamedGroup {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { name: fields.get("name") })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fault {
    pub code: i64,
    pub message: String,
}

impl FromJson for Fault {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { code: fields.get("code"), message: fields.get("message") })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachedVolume {
    pub id: VolumeId,
    pub delete_on_termination: bool,
}

impl FromJson for AttachedVolume {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { id: fields.get("id"), delete_on_termination: fields.get("delete_on_termination") })
    }
}

/// `power_state`: a number on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PowerState {
    #[default]
    NoState,
    Running,
    Paused,
    Shutdown,
    Crashed,
    Suspended,
}

impl FromJson for PowerState {
    fn from_json(value: &Value) -> Option<Self> {
        u8::from_json(value).map(Self::from)
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
fn image_ref(value: &Value) -> Option<ImageId> {
    Fields::of(value)?.get("id")
}
