//! Nova: servers and what is done with them.

pub mod actions;
pub mod flavors;
pub mod keypairs;
pub mod launch;
pub mod servers;
pub mod snapshot;

pub use actions::{ListActions, ShowAction};
pub use flavors::{AvailabilityZones, Flavors, Limits};
pub use keypairs::{DeleteKeypair, ImportKeypair, Keypairs};
pub use launch::{BootFrom, CreateServer, LaunchRequest, Launched, Networks, Nic};
pub use servers::{
    Attachments, ConsoleOutput, DeleteServer, DeleteServerMetadata, ListServers, SetServerMetadata, ShowServer,
};
pub use snapshot::{CreateBackup, CreateImage};

use super::call::segment;
use crate::model::ServerId;

fn of_server(server: &ServerId, rest: &str) -> String {
    format!("/servers/{}{rest}", segment(server.as_str()))
}
