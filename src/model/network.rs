//! What launching needs from Neutron.

use serde::Deserialize;

use super::ids::{FloatingIpId, NetworkId, PortId, ProjectId, SecurityGroupId, ServerId};
use super::or_default;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Network {
    pub id: NetworkId,
    pub name: String,
    pub status: String,
    pub admin_state_up: bool,
    pub shared: bool,
    /// A pool of floating IPs; servers are not attached to it directly.
    #[serde(rename = "router:external")]
    pub external: bool,
    #[serde(deserialize_with = "or_default")]
    pub subnets: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub project_id: ProjectId,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SecurityGroup {
    pub id: SecurityGroupId,
    /// Not unique: send the id.
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub description: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Port {
    pub id: PortId,
    pub network_id: NetworkId,
    #[serde(deserialize_with = "or_default")]
    pub device_id: String,
    pub status: String,
    #[serde(deserialize_with = "or_default")]
    pub fixed_ips: Vec<FixedIp>,
}

impl Port {
    /// The first IPv4 address: what a floating IP can point at.
    pub fn ipv4(&self) -> Option<&str> {
        self.fixed_ips.iter().map(|ip| ip.ip_address.as_str()).find(|ip| ip.contains('.'))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct FixedIp {
    pub subnet_id: String,
    pub ip_address: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct FloatingIp {
    pub id: FloatingIpId,
    pub floating_ip_address: String,
    pub floating_network_id: NetworkId,
    pub fixed_ip_address: Option<String>,
    /// `None`: free to be used.
    pub port_id: Option<PortId>,
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    #[serde(deserialize_with = "or_default")]
    pub port_details: PortDetails,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PortDetails {
    #[serde(deserialize_with = "or_default")]
    pub device_id: ServerId,
}
