//! What launching needs from Neutron.

use serde_json::Value;

use super::ids::{FloatingIpId, NetworkId, PortId, ProjectId, SecurityGroupId, ServerId};
use super::json::{Fields, FromJson};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    pub id: NetworkId,
    pub name: String,
    pub status: String,
    pub admin_state_up: bool,
    pub shared: bool,
    /// A pool of floating IPs; servers are not attached to it directly.
    pub external: bool,
    pub subnets: Vec<String>,
    pub project_id: ProjectId,
}

impl FromJson for Network {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.need("id")?,
            name: fields.get("name"),
            status: fields.get("status"),
            admin_state_up: fields.get("admin_state_up"),
            shared: fields.get("shared"),
            external: fields.get("router:external"),
            subnets: fields.list("subnets"),
            project_id: fields.get("project_id"),
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecurityGroup {
    pub id: SecurityGroupId,
    /// Not unique: send the id.
    pub name: String,
    pub description: String,
}

impl FromJson for SecurityGroup {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { id: fields.need("id")?, name: fields.get("name"), description: fields.get("description") })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Port {
    pub id: PortId,
    pub network_id: NetworkId,
    pub device_id: String,
    pub status: String,
    pub fixed_ips: Vec<FixedIp>,
}

impl FromJson for Port {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.need("id")?,
            network_id: fields.get("network_id"),
            device_id: fields.get("device_id"),
            status: fields.get("status"),
            fixed_ips: fields.list("fixed_ips"),
        })
    }
}

impl Port {
    /// The first IPv4 address: what a floating IP can point at.
    pub fn ipv4(&self) -> Option<&str> {
        self.fixed_ips.iter().map(|ip| ip.ip_address.as_str()).find(|ip| ip.contains('.'))
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FixedIp {
    pub subnet_id: String,
    pub ip_address: String,
}

impl FromJson for FixedIp {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { subnet_id: fields.get("subnet_id"), ip_address: fields.get("ip_address") })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FloatingIp {
    pub id: FloatingIpId,
    pub floating_ip_address: String,
    pub floating_network_id: NetworkId,
    pub fixed_ip_address: Option<String>,
    /// `None`: free to be used.
    pub port_id: Option<PortId>,
    pub status: String,
    pub description: String,
    pub port_details: PortDetails,
}

impl FromJson for FloatingIp {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.need("id")?,
            floating_ip_address: fields.get("floating_ip_address"),
            floating_network_id: fields.get("floating_network_id"),
            fixed_ip_address: fields.get("fixed_ip_address"),
            port_id: fields.told("port_id").map(PortId::from),
            status: fields.get("status"),
            description: fields.get("description"),
            port_details: fields.get("port_details"),
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PortDetails {
    pub device_id: ServerId,
}

impl FromJson for PortDetails {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { device_id: fields.get("device_id") })
    }
}
