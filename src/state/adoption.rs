//! Takes a whole backup that was never sealed into its rotation: looks at it once more, and at all that it was judged by,
//! then writes the seal, as the operation that made it would have.
//!
//! Asked twice it does no harm: the seal is the image's own id.

use crate::backup::leftovers::unsealed::{Fresh, still};
use crate::backup::metadata;
use crate::model::{Image, Message, ServerId};
use crate::openstack::Client;
use crate::openstack::transport::Transport;
use crate::operation::{Effect, Event, Facts, Look, Seen};
use crate::state::perform::perform;

/// # Errors
/// A sentence: what the cloud answered, or that it is not any more what it was judged to be; then nothing was written.
pub async fn adopt<T: Transport + 'static>(
    cloud: &Client<T>,
    judged: &Image,
    server: &ServerId,
) -> Result<(), Message> {
    let changed = || Message::new("leftovers_page.changed");
    let nonce = metadata::text(judged, metadata::OP).ok_or_else(changed)?.to_owned();
    let same_nonce = match perform(cloud, Effect::FindImagesByNonce { nonce }, None).await {
        Event::Images { images, .. } => images,
        other => return Err(refusal(other)),
    };
    let look = Look {
        server: Some(server.clone()),
        image: Some(judged.id.clone()),
        snapshots: judged.properties.behind().unwrap_or_default().iter().map(|disk| disk.snapshot_id.clone()).collect(),
        action: None,
    };
    let facts = match perform(cloud, Effect::Look(look), None).await {
        Event::Looked(Facts { error: Some(error), .. }) => return Err(error.message),
        Event::Looked(facts) => facts,
        other => return Err(refusal(other)),
    };
    let snapshots: Vec<_> = facts.snapshots.iter().filter_map(|(_, seen)| seen.here().cloned()).collect();
    match (facts.image.as_ref().and_then(Seen::here), facts.server.as_ref().and_then(Seen::here)) {
        (Some(image), Some(server))
            if still(judged, &Fresh { image, same_nonce: &same_nonce, snapshots: &snapshots, server }) => {}
        _ => return Err(changed()),
    }
    match perform(cloud, Effect::SealImage { image: judged.id.clone() }, None).await {
        Event::Sealed => Ok(()),
        other => Err(refusal(other)),
    }
}

/// An effect is answered by its own event or by a failure.
fn refusal(event: Event) -> Message {
    match event {
        Event::Failed(error) => error.message,
        _ => Message::new("leftovers_page.changed"),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use futures::executor::block_on;
    use serde_json::{Value, json};

    use super::*;
    use crate::model::Moment;
    use crate::model::json::FromJson;
    use crate::openstack::transport::{HttpRequest, TransportError};
    use crate::openstack::{Catalog, Method, Project, Response, Token};

    /// A cloud with that image, its server and its volume snapshot; it writes down what is written.
    struct Cloud {
        image: Value,
        written: Rc<RefCell<Vec<String>>>,
    }

    impl Transport for Cloud {
        async fn send(&self, request: HttpRequest) -> Result<Response, TransportError> {
            let version = json!({"versions": [{"id": "v2.1", "version": "2.95", "min_version": "2.1"}]});
            let body = match request.url.as_str() {
                "https://nova/" | "https://cinder/" => version,
                url if url.contains("/servers/s") => {
                    json!({"server": {"id": "s", "status": "ACTIVE", "os-extended-volumes:volumes_attached": [{"id": "root"}]}})
                }
                url if url.contains("/snapshots/v") => json!({"snapshot":
                    {"id": "v", "name": "snapshot for web", "volume_id": "root", "status": "available", "size": 10}}),
                url if url.contains("os_hidden=true") => json!({"images": []}),
                url if url.contains("/images?") => json!({"images": [self.image.clone()]}),
                url if url.contains("/images/i") => {
                    if request.method == Method::Patch {
                        self.written.borrow_mut().extend(request.body.map(|body| body.text));
                    }
                    self.image.clone()
                }
                url => panic!("{url}"),
            };
            Ok(Response { status: 200, body: body.to_string(), ..Response::default() })
        }
        async fn sleep(&self, _: u64) {}
    }

    fn image() -> Value {
        let mapping = json!([{"snapshot_id": "v", "boot_index": 0, "volume_size": 10}]).to_string();
        json!({"id": "i", "name": "web", "status": "active", "size": 0, "owner": "p1", "block_device_mapping": mapping,
            "image_type": "backup", "backup_type": "carrete", "instance_uuid": "s", "carrete_server": "s", "carrete_op": "n"})
    }

    /// What came of it, and what was written.
    fn adopted(judged: &Value, now: Value) -> (Result<(), Message>, Vec<String>) {
        let written = Rc::new(RefCell::new(Vec::new()));
        let client = Client::new(Cloud { image: now, written: Rc::clone(&written) }, "https://id/v3");
        let public = |kind: &str, url: &str| json!({"type": kind, "endpoints": [{"interface": "public", "region": "R", "url": url}]});
        let project = Project { id: "p1".into(), name: "p".into(), ..Default::default() };
        let catalog = json!([
            public("compute", "https://nova/v2.1"),
            public("image", "https://glance"),
            public("block-storage", "https://cinder/v3")
        ]);
        client.adopt(Token {
            secret: "token".to_owned().into(),
            user: Default::default(),
            catalog: Catalog::read(&catalog, Some(&project.id)),
            project: Some(project),
            roles: vec!["member".into()],
            expires_at: Some(Moment(i64::MAX)),
            issued_at: Some(Moment(0)),
            answer: String::new(),
            methods: vec!["password".into()],
            application_credential: String::new(),
        });
        let judged = Image::from_json(judged).unwrap();
        let outcome = block_on(adopt(&client, &judged, &"s".into()));
        let written = written.borrow().clone();
        (outcome, written)
    }

    #[test]
    fn it_is_sealed_with_its_own_id() {
        let (outcome, written) = adopted(&image(), image());
        assert_eq!(outcome, Ok(()));
        let [change] = written.as_slice() else { panic!("{written:?}") };
        let expected = json!([{"op": "add", "path": "/carrete_image", "value": "i"}]);
        assert_eq!(serde_json::from_str::<Value>(change).unwrap(), expected);
    }

    #[test]
    fn nothing_is_written_when_it_has_changed() {
        for (key, value) in
            [("carrete_image", json!("i")), ("protected", json!(true)), ("status", json!("deactivated"))]
        {
            let mut now = image();
            now[key] = value;
            let (outcome, written) = adopted(&image(), now);
            assert_eq!((outcome, written.len()), (Err(Message::new("leftovers_page.changed")), 0), "{key}");
        }
    }
}
