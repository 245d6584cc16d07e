//! What launching needs from Nova: flavors, key pairs, limits.

use serde::Deserialize;

use super::ids::FlavorId;
use super::or_default;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Flavor {
    pub id: FlavorId,
    pub name: String,
    /// MiB.
    pub ram: u64,
    pub vcpus: u64,
    /// GiB; 0 means that the image's size is not checked.
    pub disk: u64,
    #[serde(rename = "OS-FLV-EXT-DATA:ephemeral", deserialize_with = "or_default")]
    pub ephemeral: u64,
    #[serde(deserialize_with = "or_default")]
    pub description: Option<String>,
}

/// A key pair of the signed-in *user* (not of the project).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Keypair {
    pub name: String,
    pub public_key: String,
    pub fingerprint: String,
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
}

/// `GET /limits`: -1 is unlimited.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ComputeLimits {
    pub max_total_cores: i64,
    pub max_total_instances: i64,
    #[serde(rename = "maxTotalRAMSize")]
    pub max_total_ram: i64,
    pub total_cores_used: i64,
    pub total_instances_used: i64,
    #[serde(rename = "totalRAMUsed")]
    pub total_ram_used: i64,
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
