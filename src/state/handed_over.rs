//! A session as text: what is sealed for a reload, and what the door hands to the app.

use secrecy::{ExposeSecret, SecretString};

use crate::json_struct;
use crate::model::json;
use crate::openstack::{Client, Credentials, Domain, Token};

/// A token and where it counts. As text it is only ever sealed, or in memory.
pub struct Kept {
    pub auth_url: String,
    pub region: String,
    pub token: String,
    /// Seconds that the cloud's clock is ahead of this one: only a token that was issued just now tells.
    pub skew: Option<i64>,
}

json_struct!(Kept { auth_url, region, token, skew });

impl Kept {
    pub fn of<T: crate::openstack::Transport + 'static>(cloud: &Client<T>, token: &Token, skew: i64) -> Self {
        Self {
            auth_url: cloud.auth_url().to_owned(),
            region: cloud.region(),
            token: token.expose().to_owned(),
            skew: Some(skew),
        }
    }
}

/// A sign-in on its way from the door to the app. In memory only: it holds secrets.
pub struct HandedOver {
    kept: Kept,
    /// What Keystone said of the token, so that the app need not ask for it.
    answer: String,
    user: String,
    user_domain: String,
    password: Option<String>,
    /// Of an application credential: its id, or its name when a user stands beside it.
    credential: Option<String>,
    secret: Option<String>,
}

json_struct!(HandedOver { kept, answer, user, user_domain, password, credential, secret });

impl HandedOver {
    pub fn new(kept: Kept, answer: &str, credentials: Option<Credentials>) -> Self {
        let mut handed = Self {
            kept,
            answer: answer.to_owned(),
            user: String::new(),
            user_domain: String::new(),
            password: None,
            credential: None,
            secret: None,
        };
        let expose = |secret: &SecretString| Some(secret.expose_secret().to_owned());
        match credentials {
            Some(Credentials::Password { user, user_domain, password, totp: None }) => {
                handed.user = user;
                handed.user_domain = user_domain.as_typed().to_owned();
                handed.password = expose(&password);
            }
            Some(Credentials::ApplicationCredential { id, secret }) => {
                handed.credential = Some(id);
                handed.secret = expose(&secret);
            }
            Some(Credentials::NamedApplicationCredential { name, user, user_domain, secret }) => {
                handed.user = user;
                handed.user_domain = user_domain.as_typed().to_owned();
                handed.credential = Some(name);
                handed.secret = expose(&secret);
            }
            // A one-time code is spent, and so is a receipt; a token ends with itself: with them none can be had again.
            Some(Credentials::Password { totp: Some(_), .. } | Credentials::Receipt { .. } | Credentials::Token(_))
            | None => {}
        }
        handed
    }

    pub fn to_text(&self) -> String {
        json::write(self)
    }

    /// The token, what Keystone said of it, and what it can be renewed with, if anything.
    pub fn from_text(text: &str) -> Option<(Kept, String, Option<Credentials>)> {
        let handed: Self = json::read(text)?;
        let user_domain = Domain::typed(&handed.user_domain);
        let credentials = match (handed.password, handed.credential, handed.secret) {
            (Some(password), ..) => {
                Some(Credentials::Password { user: handed.user, user_domain, password: password.into(), totp: None })
            }
            (_, Some(id), Some(secret)) if handed.user.is_empty() => {
                Some(Credentials::ApplicationCredential { id, secret: secret.into() })
            }
            (_, Some(name), Some(secret)) => Some(Credentials::NamedApplicationCredential {
                name,
                user: handed.user,
                user_domain,
                secret: secret.into(),
            }),
            _ => None,
        };
        Some((handed.kept, handed.answer, credentials))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openstack::{Call, IssueToken, Scope};

    fn through(credentials: Option<Credentials>) -> (Kept, Option<Credentials>) {
        let kept =
            Kept { auth_url: "https://k/v3".into(), region: "R\"1".into(), token: "t ñ".into(), skew: Some(-7) };
        let (kept, answer, credentials) =
            HandedOver::from_text(&HandedOver::new(kept, r#"{"token": {}}"#, credentials).to_text()).unwrap();
        assert_eq!((answer.as_str(), kept.skew), (r#"{"token": {}}"#, Some(-7)), "the clock is not judged anew");
        (kept, credentials)
    }

    /// What Keystone would be told: the only thing about credentials that counts.
    fn said(credentials: Credentials) -> String {
        IssueToken { credentials, scope: Scope::Unscoped }.request().body.unwrap().text
    }

    #[test]
    fn a_sign_in_comes_through_the_door_as_it_was() {
        let domain = Domain::typed("default");
        for credentials in [
            Credentials::Password {
                user: "u".into(),
                user_domain: Domain::typed("Física"),
                password: "p\"\\ ñ".into(),
                totp: None,
            },
            Credentials::ApplicationCredential { id: "i".into(), secret: "s".into() },
            Credentials::NamedApplicationCredential {
                name: "n".into(),
                user: "u".into(),
                user_domain: domain,
                secret: "s".into(),
            },
        ] {
            let (kept, after) = through(Some(credentials.clone()));
            assert_eq!(
                (kept.auth_url.as_str(), kept.region.as_str(), kept.token.as_str()),
                ("https://k/v3", "R\"1", "t ñ")
            );
            assert_eq!(said(after.unwrap()), said(credentials));
        }
    }

    #[test]
    fn what_was_kept_before_the_clock_was_kept_is_still_read() {
        let kept: Kept = json::read(r#"{"auth_url": "https://k/v3", "region": "R", "token": "t"}"#).unwrap();
        assert_eq!((kept.token.as_str(), kept.skew), ("t", None));
    }

    #[test]
    fn a_spent_code_is_not_kept_and_odd_text_is_nothing() {
        let spent = Credentials::Password {
            user: "u".into(),
            user_domain: Domain::default(),
            password: "p".into(),
            totp: Some("123456".into()),
        };
        assert!(through(Some(spent)).1.is_none());
        assert!(through(None).1.is_none());
        for odd in ["", "{", "[]", "{\"kept\": 1}"] {
            assert!(HandedOver::from_text(odd).is_none(), "{odd}");
        }
    }
}
