//! Signing in, projects, credentials, the end of a session.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use carrete::openstack::application_credential::{CreateApplicationCredential, DeleteApplicationCredential};
use carrete::openstack::auth::IdentityVersion;
use carrete::openstack::compute::ListServers;
use carrete::openstack::image::ListImages;
use carrete::openstack::{
    ApiError, Context, Credentials, Doing, Domain, IssueToken, ListProjects, RevokeToken, Scope, Service, Token,
    ValidateToken, sentence,
};
use futures::FutureExt;

use super::cloud::{password, project, run, short_url, stranger, unique, url};

#[test]
fn a_password_opens_a_project() {
    run("e2e6", "e2e6", async |cloud| {
        let token = cloud.client.token().unwrap();
        assert_eq!((token.user.name.as_str(), token.project.as_ref().unwrap().name.as_str()), ("e2e6", "e2e6"));
        assert!(token.roles.contains(&"member".to_owned()) && !token.is_read_only());
        assert!(token.expires_at > token.issued_at && token.methods == ["password"]);
        assert_eq!(cloud.client.region(), token.catalog.regions()[0]);
        for service in Service::ALL {
            assert!(cloud.client.has(service), "{service:?}");
        }
        assert!(cloud.ok(&IdentityVersion).await.starts_with("v3"));
    });
}

#[test]
fn a_wrong_password_is_told_and_not_renewed() {
    run("e2e6", "e2e6", async |cloud| {
        cloud.client.set_renew(Rc::new(|| panic!("renewed")));
        for (user, secret) in [("e2e6", "wrong"), ("nobody-of-this-name", "testbed")] {
            let call = IssueToken { credentials: password(user, secret), scope: project("e2e6") };
            let error = cloud.error(&call).await;
            assert!(matches!(error, ApiError::Unauthorized(_)), "{error:?}");
            assert!(error.request_id().is_some());
            assert_eq!(sentence(&error, Context::doing(Doing::SigningIn)).key, "error.sign_in");
        }
        let call = IssueToken { credentials: password("e2e6", "testbed"), scope: project("not-a-project") };
        assert!(matches!(cloud.error(&call).await, ApiError::Unauthorized(_)));
    });
}

#[test]
fn a_method_that_is_not_offered_tells_the_others() {
    run("e2e6", "e2e6", async |cloud| {
        let credentials = Credentials::Password {
            user: "e2e6".into(),
            user_domain: Domain::Id("default".into()),
            password: "testbed".into(),
            totp: Some("123456".into()),
        };
        let error = cloud.error(&IssueToken { credentials, scope: Scope::Unscoped }).await;
        // Clouds that do offer it refuse the passcode instead.
        match error {
            ApiError::MethodNotOffered { offered, .. } => assert!(offered.contains(&"password".to_owned())),
            ApiError::Unauthorized(_) => {}
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_user_without_a_project_chooses_one() {
    run("demo", "demo", async |cloud| {
        let client = stranger(&url());
        let token = client.sign_in(password("demo", "testbed"), Scope::Unscoped).await.unwrap();
        assert!(token.project.is_none() && token.catalog.endpoints.is_empty());
        assert_eq!(client.call(&ListServers::default()).await, Err(ApiError::NoEndpoint { service: Service::Compute }));
        let projects = client.call(&ListProjects).await.unwrap();
        let names: Vec<&str> = projects.iter().map(|project| project.name.as_str()).collect();
        assert_eq!(names, ["demo", "demo2"]);
        let token = client.switch_project(&projects[1].id).await.unwrap();
        assert_eq!(token.project.as_ref().unwrap().name, "demo2");
        assert!(client.has(Service::Compute));
        assert!(client.call(&ListImages::default()).await.is_ok());
        let back = client.switch_project(&projects[0].id).await.unwrap();
        assert_eq!(back.project.as_ref().unwrap().name, "demo");
        drop(cloud);
    });
}

/// As whoever signed in by SSO has it: exchanged for one of its own, which ends without the other.
#[test]
fn a_token_from_elsewhere_signs_in_and_outlives_signing_out() {
    run("demo", "demo", async |cloud| {
        let elsewhere = cloud.client.token().unwrap();
        let pasted = Token::pasted(&format!(" \"{}\"\n", elsewhere.expose())).unwrap();
        let client = stranger(&url());
        let token = client.sign_in(Credentials::Token(pasted.clone()), Scope::Unscoped).await.unwrap();
        assert_eq!(token.project_id(), elsewhere.project_id());
        assert_eq!(token.expires_at, elsewhere.expires_at, "it cannot last longer");
        assert_ne!(token.secret, pasted);
        assert!(client.call(&ListImages::default()).await.is_ok());
        client.sign_out().await;
        assert!(cloud.client.call(&ListImages::default()).await.is_ok(), "the other one still holds");

        let unscoped = stranger(&url()).sign_in(password("demo", "testbed"), Scope::Unscoped).await.unwrap();
        let client = stranger(&url());
        let token = client.sign_in(Credentials::Token(unscoped.secret.clone()), Scope::Unscoped).await.unwrap();
        assert!(token.project.is_none(), "then a project is chosen");
        assert_eq!(client.call(&ListProjects).await.unwrap().len(), 2);

        let wrong = Credentials::Token("gAAAAABnot-a-token".to_owned().into());
        let error = stranger(&url()).sign_in(wrong, Scope::Unscoped).await.unwrap_err();
        assert_eq!(sentence(&error, Context::doing(Doing::PastedToken)).key, "error.pasted_token");
    });
}

#[test]
fn an_application_credential_opens_its_project_and_no_other() {
    run("e2e6", "e2e6", async |cloud| {
        let user = cloud.client.token().unwrap().user.id.clone();
        let name = unique("credential");
        let call =
            CreateApplicationCredential { user: user.clone(), name, description: "contract".into(), expires_at: None };
        let made = cloud.ok(&call).await;
        let again = cloud.error(&call).await;
        let by_id = Credentials::ApplicationCredential { id: made.id.clone(), secret: made.secret.0.clone() };
        let by_name = Credentials::NamedApplicationCredential {
            name: made.name.clone(),
            user: "e2e6".into(),
            user_domain: Domain::default(),
            secret: made.secret.0.clone(),
        };
        let client = stranger(&url());
        let one = client.sign_in(by_id, Scope::Unscoped).await;
        let two = client.sign_in(by_name, Scope::Unscoped).await;
        let list = client.call(&ListImages::default()).await;
        // Its token cannot be exchanged, and is taken as it is.
        let given = two.as_ref().map(|token| Credentials::Token(token.secret.clone()));
        let pasted = match given {
            Ok(given) => stranger(&url()).sign_in(given, Scope::Unscoped).await,
            Err(error) => Err(error.clone()),
        };
        let elsewhere = match &two {
            Ok(token) => client.switch_project(&token.project.as_ref().unwrap().id).await.map(drop),
            Err(_) => Ok(()),
        };
        cloud.ok(&DeleteApplicationCredential { user, id: made.id }).await;
        assert!(matches!(again, ApiError::Conflict(_)), "{again:?}");
        assert_eq!(pasted.unwrap().secret, two.as_ref().unwrap().secret);
        assert!(one.unwrap().is_application_credential() && two.unwrap().is_application_credential());
        assert!(list.is_ok());
        let error = elsewhere.unwrap_err();
        assert!(matches!(error, ApiError::Forbidden(_)), "{error:?}");
        assert_eq!(sentence(&error, Context::doing(Doing::SwitchingProject)).key, "error.cannot_switch");
    });
}

#[test]
fn a_kept_token_is_read_until_it_is_revoked() {
    run("e2e6", "e2e6", async |cloud| {
        let token = cloud.client.token().unwrap();
        let kept = ValidateToken { token: token.secret.clone() };
        let read = cloud.ok(&kept).await;
        assert_eq!((&read.user, &read.project, &read.catalog), (&token.user, &token.project, &token.catalog));
        let nonsense = cloud.error(&ValidateToken { token: "gAAAA-nonsense".to_owned().into() }).await;
        assert!(matches!(nonsense, ApiError::Unauthorized(_)), "{nonsense:?}");
        let client = stranger(&url());
        let other = client.sign_in(password("e2e6", "testbed"), project("e2e6")).await.unwrap();
        cloud.ok(&RevokeToken { token: other.secret.clone() }).await;
        let over = cloud.error(&ValidateToken { token: other.secret.clone() }).await;
        assert!(matches!(over, ApiError::Unauthorized(_) | ApiError::NotFound(_)), "{over:?}");
    });
}

#[test]
fn an_expired_token_is_renewed_once_for_all_who_wait() {
    run("e2e6", "e2e6", async |_| {
        let client = stranger(&short_url());
        let token = client.sign_in(password("e2e6", "testbed"), project("e2e6")).await.unwrap();
        let life = token.expires_at.unwrap().0 - token.issued_at.unwrap().0;
        assert!(life <= 60, "the tokens of {} live {life} s", short_url());
        client.call(&ListServers::default()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(u64::try_from(life).unwrap() + 3)).await;
        let renewals = Rc::new(Cell::new(0));
        let (count, renewer) = (Rc::clone(&renewals), client.clone());
        client.set_renew(Rc::new(move || {
            let (count, renewer) = (Rc::clone(&count), renewer.clone());
            async move {
                count.set(count.get() + 1);
                renewer.call(&IssueToken { credentials: password("e2e6", "testbed"), scope: project("e2e6") }).await
            }
            .boxed_local()
        }));
        let (servers, images) = (ListServers::default(), ListImages::default());
        let (a, b, c) = futures::join!(client.call(&servers), client.call(&images), client.call(&servers));
        assert!(a.is_ok() && b.is_ok() && c.is_ok(), "{:?} {:?}", a.err(), b.err());
        assert_eq!(renewals.get(), 1);
    });
}
