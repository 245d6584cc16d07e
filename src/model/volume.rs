//! Cinder's volumes and their snapshots: what stands behind a volume-backed server and its images.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ids::{ServerId, SnapshotId, VolumeId};
use super::moment::{self, Moment};
use super::or_default;
use crate::remote_status;

remote_status! {
    /// `status` of a volume or a volume snapshot.
    VolumeStatus {
        Available = "available", InUse = "in-use", Creating = "creating", Deleting = "deleting", Error = "error",
        ErrorDeleting = "error_deleting", BackingUp = "backing-up", Unmanaging = "unmanaging",
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Volume {
    pub id: VolumeId,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    pub status: VolumeStatus,
    /// GiB.
    pub size: u64,
    /// The text `true` or `false`.
    #[serde(deserialize_with = "or_default")]
    pub bootable: String,
    #[serde(deserialize_with = "or_default")]
    pub metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct VolumeSnapshot {
    pub id: SnapshotId,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    pub volume_id: VolumeId,
    pub status: VolumeStatus,
    /// GiB.
    pub size: u64,
    #[serde(deserialize_with = "moment::tolerant")]
    pub created_at: Option<Moment>,
    #[serde(rename = "os-extended-snapshot-attributes:progress", deserialize_with = "or_default")]
    pub progress: String,
}

/// `GET /servers/{id}/os-volume_attachments`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VolumeAttachment {
    pub volume_id: VolumeId,
    pub server_id: ServerId,
    #[serde(deserialize_with = "or_default")]
    pub device: String,
}

impl VolumeAttachment {
    /// Whether it is the root disk, by the names that hypervisors give it (contract C3).
    pub fn is_root(&self) -> bool {
        matches!(self.device.as_str(), "/dev/vda" | "/dev/sda" | "/dev/xvda" | "/dev/hda")
    }
}

/// `GET /limits` of Cinder: -1 is unlimited.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VolumeLimits {
    pub max_total_volumes: i64,
    pub max_total_volume_gigabytes: i64,
    pub max_total_snapshots: i64,
    pub total_volumes_used: i64,
    pub total_gigabytes_used: i64,
    pub total_snapshots_used: i64,
}

impl Default for VolumeLimits {
    fn default() -> Self {
        Self {
            max_total_volumes: -1,
            max_total_volume_gigabytes: -1,
            max_total_snapshots: -1,
            total_volumes_used: 0,
            total_gigabytes_used: 0,
            total_snapshots_used: 0,
        }
    }
}

impl VolumeLimits {
    /// How many more volume snapshots fit; `None` is unlimited.
    pub fn snapshots_left(&self) -> Option<u64> {
        left(self.max_total_snapshots, self.total_snapshots_used)
    }
    /// How many more GiB fit (snapshots count too, by default); `None` is unlimited.
    pub fn gigabytes_left(&self) -> Option<u64> {
        left(self.max_total_volume_gigabytes, self.total_gigabytes_used)
    }
}

/// What a quota leaves; `None` is unlimited.
pub fn left(limit: i64, used: i64) -> Option<u64> {
    (limit >= 0).then(|| u64::try_from(limit.saturating_sub(used)).unwrap_or(0))
}
