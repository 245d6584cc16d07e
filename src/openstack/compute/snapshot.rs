//! `createImage` and `createBackup`: the two calls that everything else is for.
//!
//! Both need an ACTIVE, SHUTOFF, PAUSED or SUSPENDED server without a task, else `Conflict` (nova/compute/api.py); a
//! lock does not matter. Accepted is not done: the image is usable when it is `active`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::of_server;
use crate::model::json::{Fields, FromJson};
use crate::model::{ImageId, RequestId, ServerId};
use crate::openstack::call::{Call, Method, Request, Response, Service};
use crate::openstack::error::ApiError;

/// A volume-backed server is snapshotted within the request, one Cinder snapshot per volume.
const TIMEOUT: u32 = 300;

/// What Nova accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// `None` below microversion 2.45: then the image is found by its nonce.
    pub image: Option<ImageId>,
    /// The key of the instance action that tells how it goes; `None` where CORS hides it.
    pub request_id: Option<RequestId>,
}

/// An image of a server, whatever its root disk.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateImage {
    pub server: ServerId,
    pub name: String,
    /// They become properties of the image and win over Nova's own.
    pub metadata: BTreeMap<String, String>,
}

impl Call for CreateImage {
    type Reply = Accepted;

    fn request(&self) -> Request {
        action(&self.server, json!({ "createImage": { "name": self.name, "metadata": self.metadata } }))
    }

    fn parse(&self, response: Response) -> Result<Accepted, ApiError> {
        accepted(&response)
    }
}

/// An image of a server whose root disk is not a volume (else `ApiError::is_volume_backed`), after which Nova deletes
/// the oldest images of the same server and `backup_type` beyond `rotation` (nova/compute/manager.py, `_rotate_backups`).
#[derive(Clone, Debug, PartialEq)]
pub struct CreateBackup {
    pub server: ServerId,
    pub name: String,
    /// Which series it belongs to. Any text; lower-case ASCII is compared alike on every database.
    pub backup_type: String,
    /// How many are kept, this one among them. 0 would delete this one too: `names::rotation` refuses it.
    pub rotation: u32,
    /// As in `CreateImage`, but never `image_type` or `instance_uuid`: they would take the image out of the rotation,
    /// so they are not sent.
    pub metadata: BTreeMap<String, String>,
}

impl Call for CreateBackup {
    type Reply = Accepted;

    fn request(&self) -> Request {
        let mut metadata = self.metadata.clone();
        metadata.retain(|key, _| !matches!(key.as_str(), "image_type" | "instance_uuid" | "backup_type"));
        let mut backup = json!({ "name": self.name, "backup_type": self.backup_type, "rotation": self.rotation });
        if !metadata.is_empty() {
            backup["metadata"] = json!(metadata);
        }
        action(&self.server, json!({ "createBackup": backup }))
    }

    fn parse(&self, response: Response) -> Result<Accepted, ApiError> {
        accepted(&response)
    }
}

fn action(server: &ServerId, body: Value) -> Request {
    Request::new(Service::Compute, Method::Post, of_server(server, "/action")).json(&body).timeout(TIMEOUT)
}

/// Below 2.45 the body is empty and the id stands in `Location`, which CORS hides.
fn accepted(response: &Response) -> Result<Accepted, ApiError> {
    struct Body {
        image_id: ImageId,
    }

    impl FromJson for Body {
        fn from_json(value: &Value) -> Option<Self> {
            let fields = Fields::of(value)?;
            Some(Self { image_id: fields.need("image_id")? })
        }
    }
    let image = match response.body.trim() {
        "" => None,
        _ => Some(response.read::<Body>(Service::Compute, "image_id")?.image_id),
    };
    Ok(Accepted { image, request_id: response.request_id.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(metadata: &[(&str, &str)]) -> Value {
        let call = CreateBackup {
            server: "s".into(),
            name: "n".into(),
            backup_type: "daily".into(),
            rotation: 7,
            metadata: metadata.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
        };
        serde_json::from_str(&call.request().body.unwrap().text).unwrap()
    }

    #[test]
    fn a_backup_never_leaves_its_own_rotation() {
        let sent =
            backup(&[("carrete_op", "x"), ("image_type", "snapshot"), ("instance_uuid", "y"), ("backup_type", "z")]);
        let expected = json!({"createBackup": {"name": "n", "backup_type": "daily", "rotation": 7, "metadata": {"carrete_op": "x"}}});
        assert_eq!(sent, expected);
        assert_eq!(backup(&[]), json!({"createBackup": {"name": "n", "backup_type": "daily", "rotation": 7}}));
    }

    #[test]
    fn the_image_is_known_or_has_to_be_looked_for() {
        let call = CreateImage { server: "s".into(), name: "n".into(), metadata: BTreeMap::new() };
        let answer = |body: &str| {
            call.parse(Response {
                status: 202,
                body: body.into(),
                request_id: Some("req-1".into()),
                ..Response::default()
            })
        };
        assert_eq!(
            answer(r#"{"image_id": "i"}"#).unwrap(),
            Accepted { image: Some("i".into()), request_id: Some("req-1".into()) }
        );
        assert_eq!(answer("").unwrap().image, None);
        assert_eq!(answer("\n").unwrap().image, None);
        for body in ["{}", "null", r#"{"image_id": null}"#, "<html>"] {
            assert!(matches!(answer(body), Err(ApiError::Decode { expected: "image_id", .. })), "{body}");
        }
    }
}
