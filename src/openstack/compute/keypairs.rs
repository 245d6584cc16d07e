//! Key pairs. They belong to the *user*, not to the project.

use serde_json::{Value, json};

use crate::model::Keypair;
use crate::model::json::{Fields, FromJson};
use crate::openstack::call::{Call, Method, Page, PagedCall, Request, Response, Service, marker_in_links, segment};
use crate::openstack::error::ApiError;

/// Each record is wrapped once more: `{"keypairs": [{"keypair": {…}}]}`.
struct Wrapped {
    keypair: Keypair,
}

impl FromJson for Wrapped {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { keypair: fields.need("keypair")? })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keypairs {
    pub marker: Option<String>,
}

impl Call for Keypairs {
    type Reply = Page<Keypair>;

    fn request(&self) -> Request {
        Request::get(Service::Compute, "/os-keypairs").marker(&self.marker)
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        let (items, body) = response.read_list::<Wrapped>(Service::Compute, "keypairs")?;
        let items = items.into_iter().map(|wrapped| wrapped.keypair).collect();
        Ok(Page { items, next: marker_in_links(&body["keypairs_links"]) })
    }
}

impl PagedCall for Keypairs {
    type Item = Keypair;
    fn after(&self, marker: String) -> Self {
        Self { marker: Some(marker) }
    }
}

/// Imports a public key. Carrete makes keys in the browser and never asks Nova for one, which works on every
/// microversion and keeps the private half at home.
///
/// Errors: `Conflict` (the name is taken), `BadRequest` (not a public key, or the name is not allowed), `Quota`.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportKeypair {
    pub name: String,
    pub public_key: String,
}

impl Call for ImportKeypair {
    type Reply = Keypair;

    fn request(&self) -> Request {
        // No `type`: below 2.2 Nova refuses it, above it is ssh by default.
        Request::new(Service::Compute, Method::Post, "/os-keypairs")
            .json(&json!({ "keypair": { "name": self.name, "public_key": self.public_key } }))
    }

    fn parse(&self, response: Response) -> Result<Keypair, ApiError> {
        response.read_key(Service::Compute, "keypair")
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeleteKeypair(pub String);

impl Call for DeleteKeypair {
    type Reply = ();

    fn request(&self) -> Request {
        Request::new(Service::Compute, Method::Delete, format!("/os-keypairs/{}", segment(&self.0)))
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwraps_what_nova_wraps_twice() {
        let body = r#"{"keypairs": [{"keypair": {"name": "k 1", "public_key": "ssh-ed25519 A", "fingerprint": "aa", "type": "ssh"}}],
            "keypairs_links": [{"rel": "next", "href": "http://x/os-keypairs?marker=k%201"}]}"#;
        let page = Keypairs::default().parse(Response { body: body.into(), ..Response::default() }).unwrap();
        assert_eq!((page.items[0].name.as_str(), page.next.as_deref()), ("k 1", Some("k 1")));
        assert_eq!(DeleteKeypair("k 1/x".into()).request().path, "/os-keypairs/k%201%2Fx");
    }
}
