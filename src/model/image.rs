//! A Glance image record, as it is. What *type* of image it is (plain, snapshot, backup) is derived in `backup::kind`.

use serde_json::Value;

pub use mapping::SnapshotBehind;
pub use properties::{Mark, Properties};

use super::ids::{ImageId, ProjectId};
use super::json::{Fields, FromJson};
use super::moment::Moment;
use crate::remote_status;

mod mapping;
mod properties;

remote_status! {
    /// `status` of an image (contract D1). Only `active` is usable.
    ImageStatus {
        Queued = "queued", Saving = "saving", Active = "active", Killed = "killed", Deleted = "deleted",
        PendingDelete = "pending_delete", Deactivated = "deactivated", Uploading = "uploading", Importing = "importing",
    }
}

remote_status! {
    Visibility { Private = "private", Shared = "shared", Community = "community", Public = "public" }
}

/// What has a field of its own; all other keys are properties.
const READ: [&str; 19] = [
    "id",
    "name",
    "status",
    "visibility",
    "protected",
    "os_hidden",
    "owner",
    "size",
    "virtual_size",
    "min_disk",
    "min_ram",
    "disk_format",
    "container_format",
    "created_at",
    "updated_at",
    "tags",
    "checksum",
    "os_hash_algo",
    "os_hash_value",
];

/// As `GET /v2/images` shows it; custom properties stand at the top level and are gathered in `properties`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    pub id: ImageId,
    /// Null for images that nobody named.
    pub name: String,
    pub status: ImageStatus,
    pub visibility: Visibility,
    pub protected: bool,
    pub os_hidden: bool,
    pub owner: ProjectId,
    /// Bytes. Null until the image is active; 0 for an image that only points at volume snapshots.
    pub size: Option<u64>,
    pub virtual_size: Option<u64>,
    /// GiB.
    pub min_disk: u64,
    /// MiB.
    pub min_ram: u64,
    pub disk_format: String,
    pub container_format: String,
    pub created_at: Option<Moment>,
    pub updated_at: Option<Moment>,
    pub tags: Vec<String>,
    pub checksum: Option<String>,
    pub os_hash_algo: Option<String>,
    pub os_hash_value: Option<String>,
    /// Everything else, custom properties first of all. Values are strings; the few that are not are kept as they came.
    pub properties: Properties,
}

impl FromJson for Image {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.need("id")?,
            name: fields.get("name"),
            status: fields.get("status"),
            visibility: fields.get("visibility"),
            // Whatever else Glance may say here: it is not «no».
            protected: fields.or("protected", !fields.value("protected").is_null()),
            os_hidden: fields.get("os_hidden"),
            owner: fields.get("owner"),
            size: fields.get("size"),
            virtual_size: fields.get("virtual_size"),
            min_disk: fields.get("min_disk"),
            min_ram: fields.get("min_ram"),
            disk_format: fields.get("disk_format"),
            container_format: fields.get("container_format"),
            created_at: fields.moment("created_at"),
            updated_at: fields.moment("updated_at"),
            tags: fields.list("tags"),
            checksum: fields.get("checksum"),
            os_hash_algo: fields.get("os_hash_algo"),
            os_hash_value: fields.get("os_hash_value"),
            properties: fields
                .all()
                .filter(|(key, _)| !READ.contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        })
    }
}

impl Image {
    /// A custom property; empty text counts as absent.
    pub fn property(&self, key: &str) -> Option<&str> {
        self.properties.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The custom properties worth showing: not Glance's own links and derived fields.
    pub fn shown_properties(&self) -> impl Iterator<Item = (&String, &Value)> {
        const OWN: [&str; 6] = ["self", "file", "schema", "stores", "direct_url", "locations"];
        self.properties.iter().filter(|(key, _)| !OWN.contains(&key.as_str()))
    }

    /// Whether the cloud is at work on it.
    pub fn is_changing(&self) -> bool {
        matches!(
            self.status,
            ImageStatus::Queued
                | ImageStatus::Saving
                | ImageStatus::Uploading
                | ImageStatus::Importing
                | ImageStatus::PendingDelete
        )
    }
}
