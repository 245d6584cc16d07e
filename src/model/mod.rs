//! PURE. The domain as the services describe it: servers, images, volumes, flavors, networks, and why an action on
//! them may not be possible. No protocol (that is `openstack`), no policy (that is `backup`), no view.
//!
//! Records are tolerant: every field may be missing, null or odd (contract I3), unknown statuses are kept as they came, so
//! that one odd record never breaks a list. Only what has no id is left out, as nothing could be done with it; and where
//! the usual default would be a lie (not protected, no task, a free address), an odd field counts as the cautious answer.

pub mod action;
pub mod blocked;
pub mod flavor;
pub mod ids;
pub mod image;
pub mod image_usage;
pub mod json;
pub mod message;
pub mod moment;
pub mod network;
pub mod order;
pub mod server;
pub mod volume;
pub mod workflow;

pub use action::InstanceAction;
pub use blocked::Blocked;
pub use flavor::{ComputeLimits, Flavor, Keypair};
pub use ids::*;
pub use image::{Image, ImageStatus, Visibility};
pub use image_usage::ImageUsage;
pub use message::{Arg, Message};
pub use moment::Moment;
pub use network::{FloatingIp, Network, Port, SecurityGroup};
pub use server::{PowerState, RootDisk, Server, ServerStatus};
pub use volume::{Volume, VolumeAttachment, VolumeLimits, VolumeSnapshot, VolumeStatus};
pub use workflow::{CronTrigger, Execution, RunState, Task, Workflow};

/// Makes an enum of a remote status: known words, and `Other` for whatever else a service may say.
#[macro_export]
macro_rules! remote_status {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* Other(String) }

        impl $name {
            /// The word that the service uses.
            pub fn word(&self) -> &str {
                match self { $(Self::$variant => $word,)* Self::Other(word) => word }
            }
        }
        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word { $($word => Self::$variant,)* other => Self::Other(other.to_owned()) }
            }
        }
        impl Default for $name {
            fn default() -> Self { Self::Other(String::new()) }
        }
        impl $crate::model::json::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                Some(Self::from(value.as_str().unwrap_or_default()))
            }
        }
    };
}
