//! What launching needs from Nova: flavors, key pairs, limits.

use serde_json::Value;

use super::ids::FlavorId;
use super::json::{Fields, FromJson};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flavor {
    pub id: FlavorId,
    pub name: String,
    /// MiB.
    pub ram: u64,
    pub vcpus: u64,
    /// GiB; 0 means that the image's size is not checked.
    pub disk: u64,
    pub ephemeral: u64,
    pub description: Option<String>,
}

impl FromJson for Flavor {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.need("id")?,
            name: fields.get("name"),
            ram: fields.get("ram"),
            vcpus: fields.get("vcpus"),
            disk: fields.get("disk"),
            ephemeral: fields.get("OS-FLV-EXT-DATA:ephemeral"),
            description: fields.get("description"),
        })
    }
}

/// A key pair of the signed-in *user* (not of the project).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keypair {
    pub name: String,
    pub public_key: String,
    pub fingerprint: String,
    pub kind: String,
}

impl FromJson for Keypair {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            name: fields.need("name")?,
            public_key: fields.get("public_key"),
            fingerprint: fields.get("fingerprint"),
            kind: fields.get("type"),
        })
    }
}

/// `GET /limits`: -1 is unlimited.
#[derive(Clone, Debug, PartialEq)]
pub struct ComputeLimits {
    pub max_total_cores: i64,
    pub max_total_instances: i64,
    pub max_total_ram: i64,
    pub total_cores_used: i64,
    pub total_instances_used: i64,
    pub total_ram_used: i64,
}

impl FromJson for ComputeLimits {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            max_total_cores: fields.or("maxTotalCores", -1),
            max_total_instances: fields.or("maxTotalInstances", -1),
            max_total_ram: fields.or("maxTotalRAMSize", -1),
            total_cores_used: fields.get("totalCoresUsed"),
            total_instances_used: fields.get("totalInstancesUsed"),
            total_ram_used: fields.get("totalRAMUsed"),
        })
    }
}

impl Default for ComputeLimits {
    fn default() -> Self {
        Self {
            max_total_cores: -1,
            max_total_instances: -1,
            max_total_ram: -1,
            total_cores_used: 0,
            total_instances_used: 0,
            total_ram_used: 0,
        }
    }
}
