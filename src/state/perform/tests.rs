use futures::executor::block_on;
use serde_json::{Value, json};

use super::*;
use crate::model::Moment;
use crate::openstack::transport::{HttpRequest, TransportError};
use crate::openstack::{Catalog, Project, Response, Token};

/// Answers by a function of the method and the address.
struct Script<F>(F);

impl<F: Fn(&str) -> Result<Value, TransportError>> Transport for Script<F> {
    async fn send(&self, request: HttpRequest) -> Result<Response, TransportError> {
        let version = json!({"versions": [{"id": "v2.1", "version": "2.95", "min_version": "2.1"}]});
        let body = match request.url.as_str() {
            "https://nova/" | "https://cinder/" => Ok(version),
            url => (self.0)(url),
        };
        body.map(|body| {
            let status = if body.is_null() { 404 } else { 200 };
            Response { status, body: body.to_string(), ..Response::default() }
        })
    }
    async fn sleep(&self, _: u64) {}
}

fn told<F: Fn(&str) -> Result<Value, TransportError> + 'static>(answers: F, effect: Effect) -> Event {
    let client = Client::new(Script(answers), "https://id/v3");
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
    block_on(perform(&client, effect, None))
}

fn look() -> Effect {
    Effect::Look(Look { server: Some("s".into()), image: Some("i".into()), ..Look::default() })
}

#[test]
fn a_cloud_that_cannot_be_seen_at_all_is_an_error_and_no_look() {
    let event = told(|_| Err(TransportError::Failed), look());
    assert!(matches!(&event, Event::Failed(error) if error.class == ErrorClass::Unknown), "{event:?}");
}

#[test]
fn what_was_seen_counts_and_the_error_of_the_rest_is_told() {
    let glance_cut = |url: &str| match url {
        url if url.starts_with("https://glance") => Err(TransportError::Failed),
        _ => Ok(json!({"server": {"id": "s", "status": "ACTIVE"}})),
    };
    let Event::Looked(facts) = told(glance_cut, look()) else { panic!() };
    assert!(facts.server.is_some_and(|seen| seen.here().is_some()));
    assert!(matches!(facts.image, Some(Seen::Unclear)) && facts.error.is_some());
    // Gone is a fact, too.
    let Event::Looked(facts) = told(|_| Ok(Value::Null), look()) else { panic!() };
    assert!(matches!((facts.server, facts.image, facts.error), (Some(Seen::Gone), Some(Seen::Gone), None)));
}

/// One image that is listed, a hidden one, and one that only its id finds.
fn project(url: &str) -> Result<Value, TransportError> {
    Ok(match url {
        url if url.contains("/snapshots/detail") => json!({"snapshots": [
            {"id": "v1", "name": "snapshot for a", "volume_id": "d"}, {"id": "v2", "name": "mine", "volume_id": "d"}]}),
        url if url.contains("/servers/s") => {
            json!({"server": {"id": "s", "os-extended-volumes:volumes_attached": [{"id": "d"}]}})
        }
        url if url.contains("/images/apart") => json!({"id": "apart"}),
        url if url.contains("/images/") => Value::Null,
        url if url.contains("os_hidden=true") => json!({"images": [{"id": "hidden", "os_hidden": true}]}),
        url if url.contains("/images?") => json!({"images": [{"id": "shown"}]}),
        _ => Value::Null,
    })
}

#[test]
fn before_anything_is_deleted_hidden_images_and_missing_ones_are_looked_at() {
    let ids = |images: &[Image]| images.iter().map(|image| image.id.to_string()).collect::<Vec<_>>();
    let agreed = ["shown", "apart", "gone"].map(Into::into).to_vec();
    let effect = Effect::TakeStock { server: "s".into(), agreed, whole: false };
    let Event::Stock(stock) = told(project, effect) else { panic!() };
    assert_eq!(ids(&stock.images), ["shown", "hidden", "apart"]);
    assert_eq!((stock.gone, stock.snapshots.len()), (vec!["gone".into()], 2));
    assert!(stock.server.is_some());
    let effect = Effect::FindDebris { server: "s".into(), name: "snapshot for a".into() };
    let Event::Debris { snapshots, images, volumes } = told(project, effect) else { panic!() };
    assert_eq!((snapshots.len(), ids(&images), volumes), (1, vec!["shown".into(), "hidden".into()], vec!["d".into()]));
}

#[test]
fn an_image_that_cannot_be_looked_at_is_not_taken_for_gone() {
    let refused = |url: &str| if url.contains("/images/apart") { Err(TransportError::Failed) } else { project(url) };
    let effect = Effect::TakeStock { server: "s".into(), agreed: vec!["apart".into()], whole: false };
    assert!(matches!(told(refused, effect), Event::Failed(_)));
}
