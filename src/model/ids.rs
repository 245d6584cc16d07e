//! Newtype identifiers, so that a server's id can never be passed where an image's is meant.
//!
//! Most are UUIDs, but not all: flavor ids are arbitrary strings, Keystone's are 32 or 64 hex digits, a domain may be
//! `default`. None is checked here; the cloud gave them and the cloud gets them back.

use std::fmt;

use serde_json::Value;

use super::json::{FromJson, ToJson};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str { &self.0 }
            pub fn is_empty(&self) -> bool { self.0.is_empty() }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        /// For `json!`.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> { to.serialize_str(&self.0) }
        }
        impl FromJson for $name {
            fn from_json(value: &Value) -> Option<Self> { String::from_json(value).map(Self) }
        }
        impl ToJson for $name {
            fn to_json(&self) -> Value { self.0.to_json() }
        }
        impl From<&str> for $name {
            fn from(id: &str) -> Self { Self(id.to_owned()) }
        }
        impl From<String> for $name {
            fn from(id: String) -> Self { Self(id) }
        }
    )*};
}

ids! {
    /// A Nova server.
    ServerId,
    /// A Glance image, of whatever type.
    ImageId,
    /// A Nova flavor. Arbitrary text.
    FlavorId,
    /// A Cinder volume.
    VolumeId,
    /// A Cinder volume snapshot.
    SnapshotId,
    /// A Neutron network.
    NetworkId,
    /// A Neutron port.
    PortId,
    /// A Neutron floating IP.
    FloatingIpId,
    /// A Neutron security group.
    SecurityGroupId,
    /// A Mistral cron trigger.
    TriggerId,
    /// One run of a Mistral workflow.
    ExecutionId,
    /// A Keystone project: 32 hex digits.
    ProjectId,
    /// A Keystone user: 32 or 64 hex digits.
    UserId,
    /// What a service calls one request: `req-` and a UUID. Operators find it in their logs.
    RequestId,
}
