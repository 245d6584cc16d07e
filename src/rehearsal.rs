//! What runs once before it counts: in the door, a sign-in up to the question for the instances; in the app, the screen of
//! the address, unseen, for a made-up user with one made-up instance.
//!
//! Browsers compile WebAssembly function by function, each when it first runs. Without this, the first screen after a
//! sign-in runs two thousand of them for the first time, and that is half of its time (docs/decisions/003-door.md).

use std::sync::Arc;

use leptos::prelude::*;

use crate::browser::fetch::FetchTransport;
use crate::browser::{clock, crypto};
use crate::model::{Image, Server, VolumeSnapshot};
use crate::openstack::call::{Call, Response};
use crate::openstack::compute::ListServers;
use crate::openstack::image::ListImages;
use crate::openstack::{Credentials, Domain, Project, Scope, Token};
use crate::state::handed_over::{HandedOver, Kept};
use crate::state::queries::{Queries, Query};
use crate::state::session::{Cloud, Session, SignedIn, Stage};

const PLACE: &str = "https://0.example";
/// Answers as the services write them, for the decoders have their part in it.
const TOKEN: &str = r#"{"token": {"methods": ["password"], "user": {"id": "0", "name": "…"}, "roles": [{"id": "0", "name": "member"}],
    "project": {"id": "0", "name": "…"}, "issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2026-01-01T01:00:00.000000Z",
    "catalog": [{"type": "compute", "endpoints": [{"interface": "public", "region": "…", "url": "https://0.example/v2.1"}]}]}}"#;
const SERVERS: &str = r#"{"servers": [{"id": "0", "name": "…", "status": "ACTIVE", "tenant_id": "0", "created": "2026-01-01T00:00:00Z",
    "addresses": {"…": [{"addr": "192.0.2.1", "version": 4, "OS-EXT-IPS:type": "fixed"}]}, "flavor": {"original_name": "…", "ram": 1, "vcpus": 1, "disk": 1},
    "image": {"id": "0"}, "metadata": {"…": "…"}, "key_name": "…", "OS-EXT-STS:task_state": null, "OS-EXT-STS:power_state": 1}]}"#;
const IMAGES: &str = r#"{"images": [{"id": "1", "name": "…", "status": "active", "visibility": "private", "owner": "0", "size": 1, "min_disk": 0,
    "min_ram": 0, "protected": false, "created_at": "2026-01-01T00:00:00Z", "image_type": "backup", "backup_type": "daily", "instance_uuid": "0"}]}"#;

/// The made-up session and what its cloud says, for everything that is drawn within the owner of the caller.
pub fn provide() -> Queries {
    let session = Session::provide();
    let project = Project { id: "0".into(), ..Project::default() };
    session.who.set(Some(Arc::new(SignedIn { project, place: "".into(), ..SignedIn::default() })));
    session.stage.set(Stage::SignedIn);
    let queries = Queries::provide(session);
    queries.put(Query::HiddenImages, Vec::<Image>::new());
    queries.put(Query::VolumeSnapshots, Vec::<VolumeSnapshot>::new());
    queries.put(Query::Images, Vec::<Image>::new());
    queries.put(Query::Servers, Vec::<Server>::new());
    queries
}

/// The door's part. Nothing is sent, nobody is signed in.
pub async fn sign_in(session: Session) {
    let cloud = Cloud::new(FetchTransport::rehearsing(TOKEN), PLACE);
    let credentials = Credentials::Password {
        user: String::new(),
        user_domain: Domain::typed(""),
        password: String::new().into(),
        totp: None,
    };
    let scope = Scope::Project { name: String::new(), domain: Domain::typed("") };
    if session.sign_in_to(cloud, credentials, scope, || ()).await.is_ok()
        && let Some((_, cloud)) = session.hand_over()
    {
        let _ = cloud.read_once(&ListServers::default()).await;
    }
}

/// The sign-in is taken over. The key that seals it is made now, too, if this browser has none yet.
async fn take_over() {
    let kept = Kept { auth_url: PLACE.into(), region: "…".into(), token: "0".into(), skew: Some(0) };
    let text = HandedOver::new(kept, TOKEN, None).to_text();
    if let Some((kept, answer, _)) = HandedOver::from_text(&text)
        && let Ok(token) = Token::again(kept.token.into(), answer)
    {
        let cloud = Cloud::new(FetchTransport::default(), kept.auth_url);
        cloud.adopt(token);
    }
    let _ = crypto::seal(&text).await;
}

/// The answers come, one by one, so that nobody who types meanwhile waits for long.
pub async fn run(queries: Queries) {
    take_over().await;
    clock::sleep(0).await;
    if let Ok(servers) = ListServers::default().parse(Response::good(SERVERS.to_owned())) {
        queries.put(Query::Servers, servers.items);
    }
    clock::sleep(0).await;
    if let Ok(images) = ListImages::default().parse(Response::good(IMAGES.to_owned())) {
        queries.put(Query::Images, images.items);
    }
    // Portions and slices take some turns.
    clock::sleep(50).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_made_up_answers_are_read_whole() {
        let token = Token::again(String::from("0").into(), TOKEN.to_owned()).unwrap();
        assert!(token.project.is_some() && token.expires_at.is_some());
        assert_eq!(token.catalog.regions(), ["…"]);
        let servers = ListServers::default().parse(Response::good(SERVERS.to_owned())).unwrap();
        assert_eq!(servers.items.len(), 1);
        assert_eq!(servers.items[0].addresses.len(), 1);
        let images = ListImages::default().parse(Response::good(IMAGES.to_owned())).unwrap();
        assert_eq!(images.items.len(), 1);
        assert_eq!(images.items[0].property("instance_uuid"), Some(servers.items[0].id.as_str()));
    }
}
