//! Application credentials: a secret of one's own for one project, so that a page need not know the password.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::call::{Call, Method, Request, Response, Service, segment};
use super::error::ApiError;
use crate::model::json::{Fields, FromJson};
use crate::model::{Moment, UserId};

/// Makes one with all roles of the token, restricted (it cannot make others). `Conflict` when the name is taken.
#[derive(Clone, Debug)]
pub struct CreateApplicationCredential {
    /// The signed-in user.
    pub user: UserId,
    pub name: String,
    pub description: String,
    pub expires_at: Option<Moment>,
}

/// The secret is told this once only.
#[derive(Clone, Debug)]
pub struct NewApplicationCredential {
    pub id: String,
    pub name: String,
    pub secret: SecretText,
}

impl FromJson for NewApplicationCredential {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { id: fields.need("id")?, name: fields.need("name")?, secret: fields.need("secret")? })
    }
}

/// A secret in an answer; `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct SecretText(pub SecretString);

impl FromJson for SecretText {
    fn from_json(value: &Value) -> Option<Self> {
        String::from_json(value).map(|text| Self(text.into()))
    }
}

impl Call for CreateApplicationCredential {
    type Reply = NewApplicationCredential;

    fn request(&self) -> Request {
        let mut body = json!({ "name": self.name, "description": self.description });
        if let Some(at) = self.expires_at {
            body["expires_at"] = at.rfc3339().into();
        }
        Request::new(
            Service::Identity,
            Method::Post,
            format!("/users/{}/application_credentials", segment(self.user.as_str())),
        )
        .json(&json!({ "application_credential": body }))
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        response.read_key(Service::Identity, "application_credential")
    }
}

#[derive(Clone, Debug)]
pub struct DeleteApplicationCredential {
    pub user: UserId,
    pub id: String,
}

impl Call for DeleteApplicationCredential {
    type Reply = ();

    fn request(&self) -> Request {
        let path = format!("/users/{}/application_credentials/{}", segment(self.user.as_str()), segment(&self.id));
        Request::new(Service::Identity, Method::Delete, path)
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}
