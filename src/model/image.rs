//! A Glance image record, as it is. What *type* of image it is (plain, snapshot, backup) is derived in `backup::kind`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::ids::{ImageId, ProjectId};
use super::moment::{self, Moment};
use super::or_default;
use crate::remote_status;

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

/// As `GET /v2/images` shows it; custom properties stand at the top level and are gathered in `properties`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Image {
    pub id: ImageId,
    /// Null for images that nobody named.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    pub status: ImageStatus,
    pub visibility: Visibility,
    #[serde(deserialize_with = "or_default")]
    pub protected: bool,
    #[serde(deserialize_with = "or_default")]
    pub os_hidden: bool,
    #[serde(deserialize_with = "or_default")]
    pub owner: ProjectId,
    /// Bytes. Null until the image is active; 0 for an image that only points at volume snapshots.
    pub size: Option<u64>,
    pub virtual_size: Option<u64>,
    /// GiB.
    #[serde(deserialize_with = "or_default")]
    pub min_disk: u64,
    /// MiB.
    #[serde(deserialize_with = "or_default")]
    pub min_ram: u64,
    #[serde(deserialize_with = "or_default")]
    pub disk_format: String,
    #[serde(deserialize_with = "or_default")]
    pub container_format: String,
    #[serde(deserialize_with = "moment::tolerant")]
    pub created_at: Option<Moment>,
    #[serde(deserialize_with = "moment::tolerant")]
    pub updated_at: Option<Moment>,
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
    pub checksum: Option<String>,
    pub os_hash_algo: Option<String>,
    pub os_hash_value: Option<String>,
    /// Everything else, custom properties first of all. Values are strings; the few that are not are kept as they came.
    #[serde(flatten)]
    pub properties: BTreeMap<String, Value>,
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
