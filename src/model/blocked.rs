//! Why an action is not possible, known before the click and shown on the disabled control.

use super::image::{Image, ImageStatus};
use super::message::Message;
use super::server::{Server, ServerStatus};

/// The reason that stands on a disabled control. Each mirrors a rule of a service, named where it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// Another task runs on the server; Nova answers 409 (contract C4).
    Busy { task: String },
    /// Nova refuses the action in this status (contract C4).
    Status { status: String },
    /// Nova refuses `createBackup` for servers whose root disk is a volume (contract C5).
    VolumeBacked,
    /// The user's roles in this project do not allow changes.
    ReadOnly { roles: String },
    /// Glance refuses to delete a protected image.
    Protected,
    /// The image belongs to another project.
    NotOwner,
    /// The image cannot be booted in this status.
    ImageStatus { status: String },
    /// The flavor's disk is smaller than the image needs.
    FlavorDisk { needed_gib: u64, has_gib: u64 },
    /// The flavor's memory is smaller than the image needs.
    FlavorRam { needed_mib: u64, has_mib: u64 },
    /// The new boot volume is smaller than the image needs.
    VolumeSize { needed_gib: u64, has_gib: u64 },
    /// A quota leaves too little. `resource` is one of instances, cores, ram (MiB), volumes, snapshots, gigabytes, images,
    /// image_storage.
    Quota { resource: String, needed: u64, left: u64 },
    /// A shelved server can only come back from this image.
    Shelved { server: String },
    /// Somebody has asked for its deletion, and it is under way.
    Going,
    /// The data needed to decide is not there yet.
    Loading,
}

impl Blocked {
    pub fn message(&self) -> Message {
        match self {
            Self::Busy { task } => Message::new("blocked.busy").word("task", "task", task),
            Self::Status { status } => Message::new("blocked.status").word("status", "status", status),
            Self::VolumeBacked => Message::new("blocked.volume_backed"),
            Self::ReadOnly { roles } => Message::new("blocked.read_only").text("roles", roles),
            Self::Protected => Message::new("blocked.protected"),
            Self::NotOwner => Message::new("blocked.not_owner"),
            Self::ImageStatus { status } => Message::new("blocked.image_status").word("status", "image_status", status),
            Self::FlavorDisk { needed_gib, has_gib } => {
                Message::new("blocked.flavor_disk").count("needed", *needed_gib).count("has", *has_gib)
            }
            Self::FlavorRam { needed_mib, has_mib } => {
                Message::new("blocked.flavor_ram").count("needed", *needed_mib).count("has", *has_mib)
            }
            Self::VolumeSize { needed_gib, has_gib } => {
                Message::new("blocked.volume_size").count("needed", *needed_gib).count("has", *has_gib)
            }
            Self::Quota { resource, needed, left } => {
                Message::new(format!("blocked.quota_{resource}")).count("needed", *needed).count("left", *left)
            }
            Self::Shelved { server } => Message::new("blocked.shelved").text("server", server),
            Self::Going => Message::new("blocked.going"),
            Self::Loading => Message::new("blocked.loading"),
        }
    }
}

/// Nova's preconditions of `createImage` and `createBackup` (nova/compute/api.py, `check_instance_state`): vm_state
/// active, stopped, paused or suspended, and no task. A lock does not block either.
pub fn can_snapshot(server: &Server) -> Result<(), Blocked> {
    if let Some(task) = &server.task_state {
        return Err(Blocked::Busy { task: task.clone() });
    }
    match server.status {
        ServerStatus::Active | ServerStatus::Shutoff | ServerStatus::Paused | ServerStatus::Suspended => Ok(()),
        _ => Err(Blocked::Status { status: server.status.word().to_owned() }),
    }
}

/// As `can_snapshot`; besides, Nova refuses servers that boot from a volume. `volume_backed` is what is known of that.
pub fn can_backup(server: &Server, volume_backed: bool) -> Result<(), Blocked> {
    if volume_backed {
        return Err(Blocked::VolumeBacked);
    }
    can_snapshot(server)
}

/// Only active images boot (contract D1).
pub fn can_launch(image: &Image) -> Result<(), Blocked> {
    match image.status {
        ImageStatus::Active => Ok(()),
        _ => Err(Blocked::ImageStatus { status: image.status.word().to_owned() }),
    }
}

/// Glance answers 403 for protected images and for images of others (contract D3).
pub fn can_delete(image: &Image, project: &str) -> Result<(), Blocked> {
    if image.owner.as_str() != project {
        Err(Blocked::NotOwner)
    } else if image.protected {
        Err(Blocked::Protected)
    } else {
        Ok(())
    }
}
