//! Launching a server.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::model::json::{Fields, FromJson};
use crate::model::{FlavorId, ImageId, NetworkId, PortId, SecurityGroupId, ServerId, SnapshotId, VolumeId};
use crate::openstack::call::{Call, Method, Request, Response, Service};
use crate::openstack::error::ApiError;

/// Everything that a launch may say. `Default` leaves out all that is optional.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaunchRequest {
    pub name: String,
    pub boot: BootFrom,
    pub flavor: FlavorId,
    pub networks: Networks,
    /// By id: names need not be unique.
    pub security_groups: Vec<SecurityGroupId>,
    /// The name of a key pair of the signed-in user.
    pub key_name: Option<String>,
    /// As the guest is to read it; base64 is made here. 48 KiB at most.
    pub user_data: Option<String>,
    pub metadata: BTreeMap<String, String>,
    /// Only sent where the session speaks microversion 2.52 or above, see `without_tags`.
    pub tags: Vec<String>,
    pub availability_zone: Option<String>,
    pub description: Option<String>,
}

/// Where the root disk comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum BootFrom {
    /// An image; also the image of a volume-backed server, from which Nova makes new volumes by itself.
    Image(ImageId),
    /// A new volume, filled from an image. `size` in GiB.
    NewVolume {
        image: ImageId,
        size: u32,
        delete_on_termination: bool,
        volume_type: Option<String>,
    },
    Volume {
        volume: VolumeId,
        delete_on_termination: bool,
    },
    /// A new volume, filled from a volume snapshot. `size` in GiB.
    VolumeSnapshot {
        snapshot: SnapshotId,
        size: Option<u32>,
        delete_on_termination: bool,
    },
}

impl Default for BootFrom {
    fn default() -> Self {
        Self::Image(ImageId::default())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Networks {
    /// The project's own network, made by the cloud if need be; needs Neutron's auto-allocated-topology.
    #[default]
    Auto,
    None,
    These(Vec<Nic>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Nic {
    Network(NetworkId),
    /// Keeps the port's own security groups.
    Port(PortId),
}

/// Accepted, not done: show the server until it is ACTIVE, or ERROR with a fault.
///
/// Errors: `BadRequest` (flavor too small for the image, unknown key pair), `Quota`, `Conflict` (several networks and none
/// chosen). Room is looked for later: "No valid host" comes as the server's fault.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateServer(pub LaunchRequest);

/// What is known of a server that was just accepted.
#[derive(Clone, Debug)]
pub struct Launched {
    pub id: ServerId,
}

impl FromJson for Launched {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { id: fields.need("id")? })
    }
}

impl LaunchRequest {
    /// For sessions below microversion 2.52, where Nova refuses tags at launch.
    pub fn without_tags(mut self) -> Self {
        self.tags.clear();
        self
    }

    /// Nova's body. Optional keys are left out rather than null, which old microversions refuse.
    fn json(&self) -> Value {
        let mut server = json!({ "name": self.name, "flavorRef": self.flavor });
        let mut put = |key: &str, value: Value| server[key] = value;
        match &self.boot {
            BootFrom::Image(image) => put("imageRef", json!(image)),
            other => put("block_device_mapping_v2", json!([other.mapping()])),
        }
        put(
            "networks",
            match &self.networks {
                Networks::Auto => json!("auto"),
                Networks::None => json!("none"),
                Networks::These(nics) => nics.iter().map(Nic::json).collect(),
            },
        );
        if !self.security_groups.is_empty() {
            put("security_groups", self.security_groups.iter().map(|group| json!({ "name": group })).collect());
        }
        if let Some(text) = &self.user_data {
            put("user_data", json!(STANDARD.encode(text)));
        }
        if !self.metadata.is_empty() {
            put("metadata", json!(self.metadata));
        }
        if !self.tags.is_empty() {
            put("tags", json!(self.tags));
        }
        for (key, text) in [
            ("key_name", &self.key_name),
            ("availability_zone", &self.availability_zone),
            ("description", &self.description),
        ] {
            if let Some(text) = text {
                put(key, json!(text));
            }
        }
        json!({ "server": server })
    }
}

impl BootFrom {
    /// One entry of `block_device_mapping_v2` with `boot_index` 0.
    fn mapping(&self) -> Value {
        let (source, id, size, delete) = match self {
            Self::Image(image) => ("image", image.as_str(), None, true),
            Self::NewVolume { image, size, delete_on_termination, .. } => {
                ("image", image.as_str(), Some(*size), *delete_on_termination)
            }
            Self::Volume { volume, delete_on_termination } => ("volume", volume.as_str(), None, *delete_on_termination),
            Self::VolumeSnapshot { snapshot, size, delete_on_termination } => {
                ("snapshot", snapshot.as_str(), *size, *delete_on_termination)
            }
        };
        let mut mapping = json!({ "boot_index": 0, "uuid": id, "source_type": source, "destination_type": "volume",
            "delete_on_termination": delete });
        if let Some(size) = size {
            mapping["volume_size"] = size.into();
        }
        if let Self::NewVolume { volume_type: Some(kind), .. } = self {
            mapping["volume_type"] = kind.as_str().into();
        }
        mapping
    }
}

impl Nic {
    fn json(&self) -> Value {
        match self {
            Self::Network(id) => json!({ "uuid": id }),
            Self::Port(id) => json!({ "port": id }),
        }
    }
}

impl Call for CreateServer {
    type Reply = Launched;

    fn request(&self) -> Request {
        Request::new(Service::Compute, Method::Post, "/servers").json(&self.0.json()).timeout(120)
    }

    fn parse(&self, response: Response) -> Result<Launched, ApiError> {
        response.read_key(Service::Compute, "server")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(launch: LaunchRequest) -> Value {
        let text = CreateServer(launch).request().body.unwrap().text;
        serde_json::from_str::<Value>(&text).unwrap()["server"].take()
    }

    #[test]
    fn says_only_what_was_chosen() {
        let launch = LaunchRequest {
            name: "web2".into(),
            boot: BootFrom::Image("i".into()),
            flavor: "1".into(),
            ..LaunchRequest::default()
        };
        assert_eq!(sent(launch), json!({"name": "web2", "imageRef": "i", "flavorRef": "1", "networks": "auto"}));
    }

    #[test]
    fn says_everything_that_was_chosen() {
        let launch = LaunchRequest {
            name: "web2".into(),
            boot: BootFrom::NewVolume {
                image: "i".into(),
                size: 20,
                delete_on_termination: true,
                volume_type: Some("ssd".into()),
            },
            flavor: "1".into(),
            networks: Networks::These(vec![Nic::Network("n".into()), Nic::Port("p".into())]),
            security_groups: vec!["g".into()],
            key_name: Some("k".into()),
            user_data: Some("#cloud-config\nñ".into()),
            metadata: [("carrete_op".to_owned(), "x".to_owned())].into(),
            tags: vec!["t".into()],
            availability_zone: Some("nova".into()),
            description: Some("d".into()),
        };
        let expected = json!({"name": "web2", "flavorRef": "1",
            "block_device_mapping_v2": [{"boot_index": 0, "uuid": "i", "source_type": "image", "destination_type": "volume",
                "volume_size": 20, "delete_on_termination": true, "volume_type": "ssd"}],
            "networks": [{"uuid": "n"}, {"port": "p"}], "security_groups": [{"name": "g"}], "key_name": "k",
            "user_data": "I2Nsb3VkLWNvbmZpZwrDsQ==", "metadata": {"carrete_op": "x"}, "tags": ["t"],
            "availability_zone": "nova", "description": "d"});
        assert_eq!(sent(launch.clone()), expected);
        assert_eq!(sent(launch.without_tags()).get("tags"), None);
    }

    #[test]
    fn boots_from_what_is_there() {
        let of = |boot| sent(LaunchRequest { boot, ..LaunchRequest::default() });
        let volume = of(BootFrom::Volume { volume: "v".into(), delete_on_termination: false });
        assert_eq!(volume["block_device_mapping_v2"][0]["source_type"], "volume");
        assert_eq!(volume.get("imageRef"), None);
        let snapshot = of(BootFrom::VolumeSnapshot { snapshot: "s".into(), size: None, delete_on_termination: true });
        assert_eq!(snapshot["block_device_mapping_v2"][0]["uuid"], "s");
        assert_eq!(snapshot["block_device_mapping_v2"][0].get("volume_size"), None);
    }
}
