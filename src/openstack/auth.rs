//! Signing in: Keystone's `POST /auth/tokens` and what goes with it.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::call::{Call, Method, Request, Response, Secret, Service, TokenUse};
use super::error::ApiError;
use super::token::{Project, Token};
use crate::model::order;
use crate::model::{ProjectId, UserId};

/// Asks for a token. A 401 is its own result and never leads to a renewal.
///
/// Errors: `Unauthorized` (Keystone does not say what was wrong), `MoreFactors`, `MethodNotOffered`.
#[derive(Clone, Debug)]
pub struct IssueToken {
    pub credentials: Credentials,
    /// Not sent with an application credential, which has its own project (keystone/auth/core.py refuses both).
    pub scope: Scope,
}

/// How to prove who one is.
#[derive(Clone, Debug)]
pub enum Credentials {
    Password {
        user: String,
        user_domain: Domain,
        password: SecretString,
        totp: Option<SecretString>,
    },
    ApplicationCredential {
        id: String,
        secret: SecretString,
    },
    NamedApplicationCredential {
        name: String,
        user: String,
        user_domain: Domain,
        secret: SecretString,
    },
    /// A token that one has, for one of a project. The new one expires when the old one does
    /// (keystone/auth/plugins/token.py). `Forbidden` for application credentials', and where the cloud does not exchange those
    /// of a project.
    Token(Secret),
    /// The missing factor after `ApiError::MoreFactors`, within five minutes.
    Receipt {
        receipt: Secret,
        factor: Factor,
    },
}

/// What can answer a receipt.
#[derive(Clone, Debug)]
pub enum Factor {
    Totp { user: UserId, passcode: SecretString },
    Password { user: UserId, password: SecretString },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// No project yet: enough for `ListProjects` and `Rescope`.
    Unscoped,
    ProjectId(ProjectId),
    Project {
        name: String,
        domain: Domain,
    },
}

/// A domain, by name or by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    Id(String),
    Name(String),
}

impl Default for Domain {
    fn default() -> Self {
        Self::Name("Default".to_owned())
    }
}

impl Domain {
    /// What `typed` makes the same domain of again.
    pub fn as_typed(&self) -> &str {
        match self {
            Self::Id(text) | Self::Name(text) => text,
        }
    }

    /// What a person typed: nothing is `Default`; `default` and 32 hex digits are ids, as Keystone makes them; the rest
    /// are names.
    pub fn typed(text: &str) -> Self {
        let text = text.trim();
        let is_id = text == "default" || is_id(text);
        match (text.is_empty(), is_id) {
            (true, _) => Self::default(),
            (_, true) => Self::Id(text.to_owned()),
            _ => Self::Name(text.to_owned()),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Id(id) => json!({ "id": id }),
            Self::Name(name) => json!({ "name": name }),
        }
    }
}

/// As Keystone makes them.
pub fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Scope {
    fn json(&self) -> Value {
        match self {
            // Without it Keystone would choose the user's default project.
            Self::Unscoped => json!("unscoped"),
            Self::ProjectId(id) => json!({ "project": { "id": id } }),
            Self::Project { name, domain } => json!({ "project": { "name": name, "domain": domain.json() } }),
        }
    }
}

impl Credentials {
    /// An application credential, by what a person typed: an id, or a name, which goes with its user.
    pub fn application(typed: &str, user: &str, user_domain: Domain, secret: SecretString) -> Self {
        let (typed, user) = (typed.trim().to_owned(), user.trim());
        if is_id(&typed) || user.is_empty() {
            Self::ApplicationCredential { id: typed, secret }
        } else {
            Self::NamedApplicationCredential { name: typed, user: user.to_owned(), user_domain, secret }
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Password { user, user_domain, password, totp } => {
                let user = |key: &str, secret: &SecretString| json!({ "user": { "name": user, "domain": user_domain.json(), key: secret.expose_secret() } });
                match totp {
                    None => json!({ "methods": ["password"], "password": user("password", password) }),
                    Some(passcode) => json!({ "methods": ["password", "totp"],
                        "password": user("password", password), "totp": user("passcode", passcode) }),
                }
            }
            Self::ApplicationCredential { id, secret } => json!({ "methods": ["application_credential"],
                "application_credential": { "id": id, "secret": secret.expose_secret() } }),
            Self::NamedApplicationCredential { name, user, user_domain, secret } => {
                json!({ "methods": ["application_credential"], "application_credential": {
                    "name": name, "secret": secret.expose_secret(),
                    "user": { "name": user, "domain": user_domain.json() } } })
            }
            Self::Token(token) => json!({ "methods": ["token"], "token": { "id": token.expose() } }),
            Self::Receipt { factor: Factor::Totp { user, passcode }, .. } => json!({ "methods": ["totp"],
                "totp": { "user": { "id": user, "passcode": passcode.expose_secret() } } }),
            Self::Receipt { factor: Factor::Password { user, password }, .. } => json!({ "methods": ["password"],
                "password": { "user": { "id": user, "password": password.expose_secret() } } }),
        }
    }

    fn is_application_credential(&self) -> bool {
        matches!(self, Self::ApplicationCredential { .. } | Self::NamedApplicationCredential { .. })
    }
}

impl Call for IssueToken {
    type Reply = Token;

    fn request(&self) -> Request {
        let mut auth = json!({ "identity": self.credentials.json() });
        if !self.credentials.is_application_credential() {
            auth["scope"] = self.scope.json();
        }
        let request =
            Request::new(Service::Identity, Method::Post, "/auth/tokens").with_token(TokenUse::None).timeout(30);
        let auth = json!({ "auth": auth });
        match &self.credentials {
            // The header alone makes a preflight necessary.
            Credentials::Receipt { receipt, .. } => {
                request.json(&auth).header("Openstack-Auth-Receipt", receipt.clone())
            }
            _ => request.unnamed_json(&auth),
        }
    }

    fn parse(&self, response: Response) -> Result<Token, ApiError> {
        Token::read(&response)
    }
}

/// Reads a token that was kept or pasted: whose it is, where, until when. `Unauthorized` or `NotFound` when it is over.
#[derive(Clone, Debug)]
pub struct ValidateToken {
    pub token: Secret,
}

impl Call for ValidateToken {
    type Reply = Token;

    fn request(&self) -> Request {
        own_token(Method::Get, &self.token)
    }

    fn parse(&self, response: Response) -> Result<Token, ApiError> {
        Token::read_body(self.token.clone(), &response)
    }
}

/// Signs out. Services may accept the token for some minutes more, as they cache.
#[derive(Clone, Debug)]
pub struct RevokeToken {
    pub token: Secret,
}

impl Call for RevokeToken {
    type Reply = ();

    fn request(&self) -> Request {
        own_token(Method::Delete, &self.token)
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

fn own_token(method: Method, token: &Secret) -> Request {
    Request::new(Service::Identity, method, "/auth/tokens")
        .with_token(TokenUse::This(token.clone()))
        .header("X-Subject-Token", token.clone())
        .timeout(30)
}

/// The enabled projects in which the user has a role, by name. Works with an unscoped token.
#[derive(Clone, Copy, Debug)]
pub struct ListProjects;

impl Call for ListProjects {
    type Reply = Vec<Project>;

    fn request(&self) -> Request {
        Request::get(Service::Identity, "/auth/projects")
    }

    fn parse(&self, response: Response) -> Result<Vec<Project>, ApiError> {
        let (mut projects, _) = response.read_list::<Project>(Service::Identity, "projects")?;
        projects.retain(|project| project.enabled != Some(false));
        order::sort(&mut projects, |a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        Ok(projects)
    }
}

/// Whether a Keystone v3 answers at an address: its version, such as `v3.14`. Needs no token and no preflight.
#[derive(Clone, Copy, Debug)]
pub struct IdentityVersion;

impl Call for IdentityVersion {
    type Reply = String;

    fn request(&self) -> Request {
        Request::get(Service::Identity, "").with_token(TokenUse::None).timeout(15)
    }

    fn parse(&self, response: Response) -> Result<String, ApiError> {
        let body = response.value(Service::Identity, "version")?;
        let id = body["version"]["id"].as_str().filter(|id| id.starts_with("v3"));
        id.map(str::to_owned).ok_or(ApiError::Decode { service: Service::Identity, expected: "version" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(call: &impl Call) -> Value {
        serde_json::from_str(&call.request().body.unwrap().text).unwrap()
    }

    fn password(totp: Option<&str>) -> Credentials {
        Credentials::Password {
            user: "u".into(),
            user_domain: Domain::default(),
            password: "hunter2".into(),
            totp: totp.map(Into::into),
        }
    }

    #[test]
    fn asks_as_keystone_expects() {
        let scope = Scope::Project { name: "p".into(), domain: Domain::Id("default".into()) };
        let call = IssueToken { credentials: password(None), scope: scope.clone() };
        assert_eq!(
            body(&call),
            json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "u", "domain": {"name": "Default"}, "password": "hunter2"}}},
                "scope": {"project": {"name": "p", "domain": {"id": "default"}}}}})
        );
        assert!(!format!("{call:?} {:?}", call.request()).contains("hunter2"));
        assert_eq!(call.request().token, TokenUse::None);

        let call = IssueToken { credentials: password(Some("123456")), scope: Scope::Unscoped };
        assert_eq!(body(&call)["auth"]["identity"]["totp"]["user"]["passcode"], "123456");
        assert_eq!(body(&call)["auth"]["scope"], "unscoped");
    }

    #[test]
    fn an_application_credential_brings_its_own_scope() {
        let credentials = Credentials::ApplicationCredential { id: "i".into(), secret: "s".into() };
        let call = IssueToken { credentials, scope: Scope::ProjectId("p".into()) };
        assert_eq!(
            body(&call),
            json!({"auth": {"identity": {"methods": ["application_credential"], "application_credential": {"id": "i", "secret": "s"}}}})
        );
    }

    #[test]
    fn a_typed_application_credential_is_an_id_or_a_name_of_a_user() {
        let typed = |typed: &str, user: &str| {
            let credentials = Credentials::application(typed, user, Domain::default(), "s".into());
            body(&IssueToken { credentials, scope: Scope::Unscoped })["auth"]["identity"]["application_credential"]
                .take()
        };
        let id = "34fa643bb9194cccbf513f7a69e82780";
        assert_eq!(typed(&format!(" {id} "), "u"), json!({"id": id, "secret": "s"}));
        assert_eq!(typed("nightly", ""), json!({"id": "nightly", "secret": "s"}));
        let name = "a-name-of-thirty-two-characters!";
        assert_eq!(name.len(), 32);
        assert_eq!(
            typed(name, " u "),
            json!({"name": name, "secret": "s", "user": {"name": "u", "domain": {"name": "Default"}}})
        );
    }

    #[test]
    fn a_receipt_goes_into_its_header_with_only_the_missing_factor() {
        let factor = Factor::Totp { user: "u1".into(), passcode: "123456".into() };
        let credentials = Credentials::Receipt { receipt: "r".to_owned().into(), factor };
        let call = IssueToken { credentials, scope: Scope::ProjectId("p".into()) };
        assert_eq!(call.request().headers, [("Openstack-Auth-Receipt", "r".to_owned().into())]);
        assert_eq!(
            body(&call)["auth"]["identity"],
            json!({"methods": ["totp"], "totp": {"user": {"id": "u1", "passcode": "123456"}}})
        );
    }

    #[test]
    fn a_typed_domain_is_an_id_or_a_name() {
        assert_eq!(Domain::typed("  "), Domain::Name("Default".into()));
        assert_eq!(Domain::typed("Default"), Domain::Name("Default".into()));
        assert_eq!(Domain::typed("default"), Domain::Id("default".into()));
        assert_eq!(
            Domain::typed("34fa643bb9194cccbf513f7a69e82780"),
            Domain::Id("34fa643bb9194cccbf513f7a69e82780".into())
        );
        assert_eq!(Domain::typed("Física"), Domain::Name("Física".into()));
    }

    #[test]
    fn lists_only_enabled_projects() {
        let body = r#"{"projects": [{"id": "2", "name": "b", "enabled": true}, {"id": "1", "name": "a"}, {"id": "3", "name": "c", "enabled": false}]}"#;
        let found = ListProjects.parse(Response { body: body.into(), ..Response::default() }).unwrap();
        assert_eq!(found.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }
}
