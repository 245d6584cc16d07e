//! What a token says: who, where, as what, until when.

use secrecy::SecretString;
use serde_json::Value;

use super::call::{Response, Secret, Service};
use super::catalog::Catalog;
use super::error::ApiError;
use crate::model::json::{Fields, FromJson};
use crate::model::{Moment, ProjectId, UserId};

/// A Keystone token. Cloning is cheap enough; `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub secret: Secret,
    pub user: User,
    /// `None`: unscoped. Then there are no roles and no catalogue either.
    pub project: Option<Project>,
    /// Names, such as `member` and `reader`.
    pub roles: Vec<String>,
    pub catalog: Catalog,
    pub expires_at: Option<Moment>,
    pub issued_at: Option<Moment>,
    /// How the user signed in: `password`, `application_credential`, `token`, …
    pub methods: Vec<String>,
    /// Of the application credential that it was issued for; empty without one.
    pub application_credential: String,
    /// The whole answer, which does not hold the token itself: to be read again by the app after the door.
    pub answer: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub domain: Named,
    /// When the password stops working, where the cloud lets passwords age.
    pub password_expires_at: Option<Moment>,
}

impl FromJson for User {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.get("id"),
            name: fields.get("name"),
            domain: fields.get("domain"),
            password_expires_at: fields.moment("password_expires_at"),
        })
    }
}

/// A project, as a token and as `GET /auth/projects` show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    pub id: ProjectId,
    pub name: String,
    /// Only in tokens.
    pub domain: Named,
    /// Only in lists.
    pub domain_id: String,
    pub description: String,
    /// Missing in tokens; disabled projects are left out of lists.
    pub enabled: Option<bool>,
}

impl FromJson for Project {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.get("id"),
            name: fields.get("name"),
            domain: fields.get("domain"),
            domain_id: fields.get("domain_id"),
            description: fields.get("description"),
            enabled: fields.get("enabled"),
        })
    }
}

impl Project {
    /// Its name, with the domain beside it where another of `all` is called the same.
    pub fn label(&self, all: &[Self]) -> String {
        let namesakes = all.iter().filter(|other| other.name == self.name).count();
        if namesakes > 1 && !self.domain_id.is_empty() {
            format!("{} ({})", self.name, self.domain_id)
        } else {
            self.name.clone()
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    pub id: String,
    pub name: String,
}

impl FromJson for Named {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { id: fields.get("id"), name: fields.get("name") })
    }
}

impl Token {
    /// From an answer of Keystone: the text in `X-Subject-Token`, the rest in the body.
    pub fn read(response: &Response) -> Result<Self, ApiError> {
        let secret = response.subject_token.clone().filter(|text| !text.is_empty());
        let secret = secret.ok_or(ApiError::Decode { service: Service::Identity, expected: "X-Subject-Token" })?;
        Self::read_body(secret.into(), response)
    }

    /// From an answer that repeats a token one has.
    pub fn read_body(secret: Secret, response: &Response) -> Result<Self, ApiError> {
        let body: Body = response.read_key(Service::Identity, "token")?;
        let project = body.project.filter(|project| !project.id.is_empty());
        Ok(Self {
            secret,
            catalog: Catalog::read(&body.catalog, project.as_ref().map(|project| &project.id)),
            user: body.user,
            project,
            roles: body.roles.into_iter().map(|role| role.name).collect(),
            expires_at: body.expires_at,
            issued_at: body.issued_at,
            methods: body.methods,
            application_credential: body.application_credential.id,
            answer: response.body.clone(),
        })
    }

    /// From a token and the answer that came with it.
    pub fn again(secret: Secret, answer: String) -> Result<Self, ApiError> {
        Self::read_body(secret, &Response { status: 200, body: answer, ..Response::default() })
    }

    /// What a person pasted, as a header can carry it: with the spaces, quotes and bars that tables and shells put around it
    /// taken off. `None` when that leaves nothing, or what no token is made of.
    pub fn pasted(text: &str) -> Option<Secret> {
        let token = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '|'));
        let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        is_token.then(|| token.to_owned().into())
    }

    pub fn project_id(&self) -> Option<&ProjectId> {
        self.project.as_ref().map(|project| &project.id)
    }

    pub fn expose(&self) -> &str {
        self.secret.expose()
    }

    pub fn secret_string(&self) -> SecretString {
        SecretString::from(self.expose())
    }

    /// Seconds until it expires; 0 when it has. A token without a time counts as good for an hour, Keystone's default.
    pub fn seconds_left(&self, now: Moment) -> u64 {
        self.expires_at.map_or(3600, |at| now.age(at))
    }

    /// How far the cloud's clock is ahead of this machine's, in seconds, judged by a token received just now.
    pub fn skew(&self, received: Moment) -> i64 {
        self.issued_at.map_or(0, |issued| issued.0.saturating_sub(received.0))
    }

    /// Signed in by application credential: bound to one project, cannot rescope, cannot delegate.
    pub fn is_application_credential(&self) -> bool {
        self.methods.iter().any(|method| method == "application_credential")
    }

    /// Whether changes have a chance: every role is a reader's. Clouds name their roles as they like, so only the name
    /// that OpenStack itself defines is taken at its word.
    pub fn is_read_only(&self) -> bool {
        self.project.is_some() && self.roles.iter().all(|role| role.eq_ignore_ascii_case("reader"))
    }
}

struct Body {
    user: User,
    project: Option<Project>,
    roles: Vec<Named>,
    catalog: Value,
    expires_at: Option<Moment>,
    issued_at: Option<Moment>,
    methods: Vec<String>,
    application_credential: Named,
}

impl FromJson for Body {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            user: fields.need("user")?,
            project: fields.get("project"),
            roles: fields.list("roles"),
            catalog: fields.value("catalog").clone(),
            expires_at: fields.moment("expires_at"),
            issued_at: fields.moment("issued_at"),
            methods: fields.list("methods"),
            application_credential: fields.get("application_credential"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(body: &str) -> Response {
        Response { status: 201, body: body.into(), subject_token: Some("gAAAA".into()), ..Response::default() }
    }

    #[test]
    fn reads_a_real_token() {
        let token = Token::read(&response(
            r#"{"token": {"methods": ["password"], "user": {"domain": {"id": "default", "name": "Default"}, "id": "6438", "name": "e2e1", "password_expires_at": null}, "audit_ids": ["W"], "expires_at": "2026-11-23T23:10:58.000000Z", "issued_at": "2026-11-23T19:10:58.000000Z", "project": {"domain": {"id": "default", "name": "Default"}, "id": "b030", "name": "e2e1"}, "is_domain": false, "roles": [{"id": "34", "name": "member"}, {"id": "c9", "name": "reader"}], "catalog": [{"endpoints": [{"id": "0b", "interface": "public", "region_id": "RegionOne", "url": "http://127.0.0.1:29292", "region": "RegionOne"}], "id": "90", "type": "image", "name": "glance"}]}}"#,
        ))
        .unwrap();
        assert_eq!((token.user.name.as_str(), token.user.domain.name.as_str()), ("e2e1", "Default"));
        assert_eq!(token.project.as_ref().unwrap().id.as_str(), "b030");
        assert_eq!(token.roles, ["member", "reader"]);
        assert_eq!(token.catalog.regions(), ["RegionOne"]);
        let issued = token.issued_at.unwrap();
        assert_eq!(token.seconds_left(issued), 4 * 3600);
        assert_eq!(token.seconds_left(issued.plus(5 * 3600)), 0);
        assert_eq!(token.skew(issued.plus(-7)), 7);
        assert!(!token.is_read_only() && !token.is_application_credential());
        assert!(!format!("{token:?}").contains("gAAAA"));
        assert_eq!(Token::again(token.secret.clone(), token.answer.clone()), Ok(token));
        assert!(Token::again("t".to_owned().into(), String::new()).is_err());
    }

    #[test]
    fn tells_which_application_credential_it_is_for() {
        let token = Token::read(&response(
            r#"{"token": {"user": {"id": "u"}, "methods": ["application_credential"], "application_credential": {"id": "ac1", "name": "snap-app", "restricted": true}}}"#,
        ))
        .unwrap();
        assert!(token.is_application_credential());
        assert_eq!(token.application_credential, "ac1");
    }

    #[test]
    fn namesakes_are_told_apart_by_their_domain() {
        let project = |id: &str, name: &str, domain: &str| Project {
            id: id.into(),
            name: name.into(),
            domain_id: domain.into(),
            ..Project::default()
        };
        let all = [project("1", "web", "default"), project("2", "web", "d2"), project("3", "db", "default")];
        let labels = |all: &[Project]| all.iter().map(|it| it.label(all)).collect::<Vec<_>>();
        assert_eq!(labels(&all), ["web (default)", "web (d2)", "db"]);
        assert_eq!(labels(&all[1..]), ["web", "db"]);
        assert_eq!(labels(&[project("1", "web", ""), project("2", "web", "")]), ["web", "web"]);
    }

    #[test]
    fn an_unscoped_token_has_no_project() {
        let token = Token::read(&response(r#"{"token": {"user": {"id": "u"}, "project": null}}"#)).unwrap();
        assert_eq!((token.project.clone(), token.expires_at, token.is_read_only()), (None, None, false));
        let mut nobody = response(r#"{"token": {"user": {"id": "u"}}}"#);
        nobody.subject_token = None;
        assert!(matches!(Token::read(&nobody), Err(ApiError::Decode { expected: "X-Subject-Token", .. })));
        for body in ["", "{}", r#"{"token": null}"#, r#"{"token": {"user": 5}}"#, r#"{"token": {"#] {
            assert!(matches!(Token::read(&response(body)), Err(ApiError::Decode { .. })), "{body}");
        }
    }
}
