//! Images and servers for the tests of the pure rings.

use crate::model::{Image, ImageStatus, Moment, Server, ServerStatus, Visibility};

pub const PROJECT: &str = "p1";

/// An active private image of project `p1`, created at that second.
pub fn image(id: &str, created: i64) -> Image {
    Image {
        id: id.into(),
        name: format!("image {id}"),
        status: ImageStatus::Active,
        visibility: Visibility::Private,
        owner: PROJECT.into(),
        size: Some(1 << 30),
        created_at: Some(Moment(created)),
        ..Image::default()
    }
}

/// A backup as Nova makes it.
pub fn backup(id: &str, created: i64, server: &str, backup_type: &str) -> Image {
    image(id, created).with("image_type", "backup").with("backup_type", backup_type).with("instance_uuid", server)
}

/// An image of a volume-backed server as Nova makes it: no bits, snapshots behind it.
pub fn volume_image(id: &str, created: i64, snapshots: &[&str]) -> Image {
    let mapping: Vec<_> = snapshots
        .iter()
        .enumerate()
        .map(|(n, id)| {
            serde_json::json!({"source_type": "snapshot", "destination_type": "volume", "snapshot_id": id,
                "volume_size": 10 + n, "boot_index": if n == 0 { Some(0) } else { None }, "device_name": format!("/dev/vd{}", (b'a' + n as u8) as char)})
        })
        .collect();
    let mut image = image(id, created).with("bdm_v2", "True").with("root_device_name", "/dev/vda");
    image.size = Some(0);
    image.with("block_device_mapping", &serde_json::Value::from(mapping).to_string())
}

pub fn server(id: &str, status: ServerStatus) -> Server {
    Server { id: id.into(), name: format!("server {id}"), status, ..Server::default() }
}

impl Image {
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.properties.insert(key.to_owned(), value.into());
        self
    }
}
