//! Neutron: what a launch needs to be reachable.

use serde_json::{Value, json};

use super::call::{Call, Method, Page, PagedCall, Request, Response, Service, marker_in_links, segment};
use super::error::ApiError;
use crate::model::json::{Fields, FromJson};
use crate::model::{
    FloatingIp, FloatingIpId, Network, NetworkId, Port, PortId, ProjectId, SecurityGroup, ServerId, volume::left,
};

/// A list of Neutron's: `GET /{name}` answers `{"{key}": […], "{key}_links": […]}`. Neutron gives everything at once
/// unless its operator set a maximum.
macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident($path:literal, $key:literal, $links:literal) -> $item:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            /// Equality filters; the same key twice means either.
            pub filters: Vec<(String, String)>,
            pub marker: Option<String>,
        }

        impl $name {
            pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
                self.filters.push((key.to_owned(), value.into()));
                self
            }
        }

        impl Call for $name {
            type Reply = Page<$item>;

            fn request(&self) -> Request {
                let mut request = Request::get(Service::Network, $path);
                request.query.extend(self.filters.iter().cloned());
                request.marker(&self.marker)
            }

            fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
                let (items, body) = response.read_list(Service::Network, $key)?;
                Ok(Page { items, next: marker_in_links(&body[$links]) })
            }
        }

        impl PagedCall for $name {
            type Item = $item;
            fn after(&self, marker: String) -> Self {
                Self { marker: Some(marker), ..self.clone() }
            }
        }
    )*};
}

lists! {
    /// All networks that the project sees, external ones (`external: true`, the pools of floating IPs) among them.
    Networks("/networks", "networks", "networks_links") -> Network;
    /// Names are not unique: send ids.
    SecurityGroups("/security-groups", "security_groups", "security_groups_links") -> SecurityGroup;
    Ports("/ports", "ports", "ports_links") -> Port;
    /// Free are those without a port.
    FloatingIps("/floatingips", "floatingips", "floatingips_links") -> FloatingIp;
}

impl Ports {
    /// The ports of a server: there is at least one with an IPv4 address once the server's network is ready.
    pub fn of_server(server: &ServerId) -> Self {
        Self::default().with("device_id", server.as_str())
    }
}

/// Takes an address from a pool, and points it at a port if one is given.
///
/// Errors: `Quota`; `Conflict` (`IpAddressGenerationFailure`: the pool is empty); `NotFound`
/// (`ExternalGatewayForFloatingIPNotFound`: no router leads from the port's network to the pool).
#[derive(Clone, Debug, PartialEq)]
pub struct CreateFloatingIp {
    pub pool: NetworkId,
    pub port: Option<PortId>,
    /// Which of the port's addresses; only needed where it has several IPv4 ones.
    pub fixed_ip: Option<String>,
    /// Carries the nonce: a floating IP has no other place for it.
    pub description: String,
}

impl Call for CreateFloatingIp {
    type Reply = FloatingIp;

    fn request(&self) -> Request {
        let mut body = json!({ "floating_network_id": self.pool, "description": self.description });
        if let Some(port) = &self.port {
            body["port_id"] = json!(port);
        }
        if let Some(fixed_ip) = &self.fixed_ip {
            body["fixed_ip_address"] = json!(fixed_ip);
        }
        Request::new(Service::Network, Method::Post, "/floatingips").json(&json!({ "floatingip": body }))
    }

    fn parse(&self, response: Response) -> Result<FloatingIp, ApiError> {
        response.read_key(Service::Network, "floatingip")
    }
}

/// Points an address at a port, or (`None`) at nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct AssociateFloatingIp {
    pub floating_ip: FloatingIpId,
    pub port: Option<PortId>,
    pub fixed_ip: Option<String>,
}

impl Call for AssociateFloatingIp {
    type Reply = FloatingIp;

    fn request(&self) -> Request {
        let path = format!("/floatingips/{}", segment(self.floating_ip.as_str()));
        let mut body = json!({ "port_id": self.port });
        if let Some(fixed_ip) = &self.fixed_ip {
            body["fixed_ip_address"] = json!(fixed_ip);
        }
        Request::new(Service::Network, Method::Put, path).json(&json!({ "floatingip": body }))
    }

    fn parse(&self, response: Response) -> Result<FloatingIp, ApiError> {
        response.read_key(Service::Network, "floatingip")
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeleteFloatingIp(pub FloatingIpId);

impl Call for DeleteFloatingIp {
    type Reply = ();

    fn request(&self) -> Request {
        Request::new(Service::Network, Method::Delete, format!("/floatingips/{}", segment(self.0.as_str())))
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Neutron's quota of the project. `NotFound` where the cloud lacks the extension.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota(pub ProjectId);

/// -1 is unlimited.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkQuota {
    pub floatingip: Used,
    pub port: Used,
}

impl FromJson for NetworkQuota {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { floatingip: fields.get("floatingip"), port: fields.get("port") })
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Used {
    pub limit: i64,
    pub used: i64,
    pub reserved: i64,
}

impl FromJson for Used {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { limit: fields.or("limit", -1), used: fields.get("used"), reserved: fields.get("reserved") })
    }
}

impl Default for Used {
    fn default() -> Self {
        Self { limit: -1, used: 0, reserved: 0 }
    }
}

impl Used {
    /// `None` is unlimited.
    pub fn left(&self) -> Option<u64> {
        left(self.limit, self.used.saturating_add(self.reserved))
    }
}

impl Call for Quota {
    type Reply = NetworkQuota;

    fn request(&self) -> Request {
        Request::get(Service::Network, format!("/quotas/{}/details", segment(self.0.as_str())))
    }

    fn parse(&self, response: Response) -> Result<NetworkQuota, ApiError> {
        let body = response.value(Service::Network, "quota")?;
        let quota = body.get("quota").ok_or(ApiError::Decode { service: Service::Network, expected: "quota" })?;
        Ok(NetworkQuota::from_json(quota).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Response {
        Response { status: 200, body: body.into(), ..Response::default() }
    }

    #[test]
    fn reads_real_lists() {
        let body = r#"{"networks": [{"id": "n", "name": "public", "status": "ACTIVE", "admin_state_up": true, "shared": false,
            "router:external": true, "subnets": ["s"], "project_id": "p", "mtu": 1500}]}"#;
        let page = Networks::default().parse(answer(body)).unwrap();
        assert!(page.items[0].external && page.next.is_none());
        let body = r#"{"floatingips": [{"id": "f", "floating_ip_address": "203.0.113.5", "floating_network_id": "n", "port_id": null,
            "fixed_ip_address": null, "status": "DOWN", "description": "", "port_details": null}]}"#;
        assert_eq!(FloatingIps::default().parse(answer(body)).unwrap().items[0].port_id, None);
        let ports = Ports::of_server(&"s".into()).request();
        assert_eq!(ports.query, [("device_id".to_owned(), "s".to_owned())]);
    }

    #[test]
    fn writes_bodies_as_neutron_expects() {
        let sent = |request: Request| serde_json::from_str::<Value>(&request.body.unwrap().text).unwrap();
        let create = |port: Option<&str>, fixed_ip: Option<&str>| CreateFloatingIp {
            pool: "n".into(),
            port: port.map(Into::into),
            fixed_ip: fixed_ip.map(Into::into),
            description: "carrete_op=1".into(),
        };
        assert_eq!(
            sent(create(None, None).request()),
            json!({"floatingip": {"description": "carrete_op=1", "floating_network_id": "n"}})
        );
        assert_eq!(
            sent(create(Some("p"), Some("10.0.0.5")).request()),
            json!({"floatingip": {"description": "carrete_op=1", "floating_network_id": "n", "port_id": "p",
                "fixed_ip_address": "10.0.0.5"}})
        );
        let free = AssociateFloatingIp { floating_ip: "f".into(), port: None, fixed_ip: None };
        assert_eq!(sent(free.request()), json!({"floatingip": {"port_id": null}}));
    }

    #[test]
    fn quota_tells_what_is_left() {
        let body =
            r#"{"quota": {"floatingip": {"limit": 50, "used": 48, "reserved": 1}, "port": {"limit": -1, "used": 9}}}"#;
        let quota = Quota("p".into()).parse(answer(body)).unwrap();
        assert_eq!((quota.floatingip.left(), quota.port.left()), (Some(1), None));
    }
}
