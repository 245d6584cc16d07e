//! Cinder's volumes and their snapshots: what stands behind a volume-backed server and its images.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ids::{ServerId, SnapshotId, VolumeId};
use super::json::{Fields, FromJson};
use super::moment::Moment;
use crate::remote_status;

remote_status! {
    /// `status` of a volume or a volume snapshot.
    VolumeStatus {
        Available = "available", InUse = "in-use", Creating = "creating", Deleting = "deleting", Error = "error",
        ErrorDeleting = "error_deleting", BackingUp = "backing-up", Unmanaging = "unmanaging",
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Volume {
    pub id: VolumeId,
    pub name: String,
    pub status: VolumeStatus,
    /// GiB.
    pub size: u64,
    /// The text `true` or `false`.
    pub bootable: String,
    pub metadata: BTreeMap<String, String>,
}

impl FromJson for Volume {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.need("id")?,
            name: fields.get("name"),
            status: fields.get("status"),
            size: fields.get("size"),
            bootable: fields.get("bootable"),
            metadata: fields.map("metadata", String::from_json),
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct VolumeSnapshot {
    pub id: SnapshotId,
    pub name: String,
    pub volume_id: VolumeId,
    pub status: VolumeStatus,
    /// GiB.
    pub size: u64,
    pub created_at: Option<Moment>,
    pub progress: String,
}

impl FromJson for VolumeSnapshot {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.need("id")?,
            name: fields.get("name"),
            volume_id: fields.get("volume_id"),
            status: fields.get("status"),
            size: fields.get("size"),
            created_at: fields.moment("created_at"),
            progress: fields.get("os-extended-snapshot-attributes:progress"),
        })
    }
}

/// `GET /servers/{id}/os-volume_attachments`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VolumeAttachment {
    pub volume_id: VolumeId,
    pub server_id: ServerId,
    pub device: String,
}

impl FromJson for VolumeAttachment {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            volume_id: fields.get("volumeId"),
            server_id: fields.get("serverId"),
            device: fields.get("device"),
        })
    }
}

impl VolumeAttachment {
    /// Whether it is the root disk, by the names that hypervisors give it (contract C3).
    pub fn is_root(&self) -> bool {
        matches!(self.device.as_str(), "/dev/vda" | "/dev/sda" | "/dev/xvda" | "/dev/hda")
    }
}

/// `GET /limits` of Cinder: -1 is unlimited.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeLimits {
    pub max_total_volumes: i64,
    pub max_total_volume_gigabytes: i64,
    pub max_total_snapshots: i64,
    pub total_volumes_used: i64,
    pub total_gigabytes_used: i64,
    pub total_snapshots_used: i64,
}

impl FromJson for VolumeLimits {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            max_total_volumes: fields.or("maxTotalVolumes", -1),
            max_total_volume_gigabytes: fields.or("maxTotalVolumeGigabytes", -1),
            max_total_snapshots: fields.or("maxTotalSnapshots", -1),
            total_volumes_used: fields.get("totalVolumesUsed"),
            total_gigabytes_used: fields.get("totalGigabytesUsed"),
            total_snapshots_used: fields.get("totalSnapshotsUsed"),
        })
    }
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
