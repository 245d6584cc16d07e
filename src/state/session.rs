//! Who is signed in, where, and how the token is kept alive.
//!
//! Passwords and secrets are in memory only. The token survives a reload of its tab, sealed with a key that only this
//! browser can use (`browser::key_store`), in `sessionStorage`, which ends with the tab.

mod renewal;

use std::rc::Rc;
use std::sync::Arc;

use futures::FutureExt;
use futures::channel::oneshot;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::handed_over::{HandedOver, Kept};
use crate::browser::fetch::FetchTransport;
use crate::browser::storage::Store;
use crate::browser::{clock, crypto, handover};
use crate::model::{Moment, ProjectId, UserId, json};
use crate::openstack::call::{Call, Response, Service};
use crate::openstack::compute::ListServers;
use crate::openstack::{ApiError, Client, Credentials, ListProjects, Project, Scope, Token, ValidateToken};

/// The client of the signed-in user.
pub type Cloud = Client<FetchTransport>;

const KEY: &str = "carrete.session";
/// Seconds that a token must last before a snapshot or backup begins (contract, rule 10).
const FOR_LONG_WORK: u64 = 30 * 60;

/// What the screens need to know of the session. No secret.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignedIn {
    pub user_id: UserId,
    pub user: String,
    pub project: Project,
    pub roles: Vec<String>,
    pub regions: Vec<String>,
    pub region: String,
    pub auth_url: String,
    pub expires_at: Option<Moment>,
    pub by_credential: bool,
    pub read_only: bool,
    /// Tells answers of one cloud, project and region from those of another.
    pub place: Arc<str>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// A kept token is being looked at.
    Resuming,
    SignedOut {
        /// A kept token had ended.
        ended: bool,
        /// Why nobody knows whether a kept token still holds: `resume` may be tried again.
        error: Option<ApiError>,
    },
    /// Signed in, but not to a project yet.
    ChooseProject(Vec<Project>),
    SignedIn,
}

/// What proves again who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Password,
    /// Of the application credential.
    Secret,
    /// Another token, where none of the above was used: a single sign-on.
    Token,
}

impl Proof {
    pub fn of(token: &Token) -> Self {
        let with_password = token.methods.iter().any(|method| method == "password");
        match () {
            () if token.is_application_credential() => Self::Secret,
            () if with_password || token.methods.is_empty() => Self::Password,
            () => Self::Token,
        }
    }
}

/// The small dialog that asks again when the token has ended and no secret is in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Asking {
    pub proof: Proof,
    /// Why the last answer was not accepted.
    pub error: Option<ApiError>,
    pub busy: bool,
}

#[derive(Clone, Copy)]
pub struct Session {
    pub stage: RwSignal<Stage>,
    pub who: RwSignal<Option<Arc<SignedIn>>>,
    /// Where the user may switch to; empty for application credentials.
    pub projects: RwSignal<Vec<Project>>,
    pub asking: RwSignal<Option<Asking>>,
    cloud: StoredValue<Option<Cloud>, LocalStorage>,
    credentials: StoredValue<Option<Credentials>, LocalStorage>,
    answer: StoredValue<Option<oneshot::Sender<Result<Token, ApiError>>>, LocalStorage>,
    /// Seconds that the cloud's clock is ahead of this one, by the last token that was issued to this page.
    skew: StoredValue<i64>,
    /// Counts the sign-ins, so that the keeper of an old token knows that it is not needed any more.
    epoch: StoredValue<u64>,
}

impl Session {
    pub fn provide() -> Self {
        let session = Self::unheard();
        provide_context(session);
        session
    }

    /// One that no screen hears of.
    pub fn unheard() -> Self {
        Self {
            stage: RwSignal::new(Stage::Resuming),
            who: RwSignal::new(None),
            projects: RwSignal::new(Vec::new()),
            asking: RwSignal::new(None),
            cloud: StoredValue::new_local(None),
            credentials: StoredValue::new_local(None),
            answer: StoredValue::new_local(None),
            skew: StoredValue::new(0),
            epoch: StoredValue::new(0),
        }
    }

    /// For the present project and region: see `Client::bound`. `SessionEnded` when nobody is signed in.
    pub fn cloud(self) -> Result<Cloud, ApiError> {
        self.cloud.with_value(|cloud| cloud.as_ref().map(Cloud::bound)).ok_or(ApiError::SessionEnded)
    }

    /// Tracked.
    pub fn place(self) -> Option<Arc<str>> {
        self.who.with(|who| who.as_ref().map(|who| Arc::clone(&who.place)))
    }

    pub fn place_untracked(self) -> Option<Arc<str>> {
        self.who.with_untracked(|who| who.as_ref().map(|who| Arc::clone(&who.place)))
    }

    /// The cloud's time: this machine's, corrected by what the token told.
    pub fn now(self) -> Moment {
        self.correct(clock::now())
    }

    /// A time of this machine's clock, as the cloud's would have shown it.
    pub fn correct(self, here: Moment) -> Moment {
        here.plus(self.skew.get_value())
    }

    /// `token` was issued just now: its hour is the cloud's. An older one tells nothing of that.
    fn issued(self, token: &Token) {
        self.skew.set_value(token.skew(clock::now()));
    }

    /// Signs in. Without a project in `scope`, asks for one unless the user has exactly one. `accepted` runs before any
    /// screen hears of it.
    pub async fn sign_in(
        self,
        auth_url: String,
        credentials: Credentials,
        scope: Scope,
        region: &str,
        accepted: impl FnOnce(),
    ) -> Result<(), ApiError> {
        let cloud = Cloud::new(FetchTransport::default(), auth_url);
        cloud.set_region(region);
        self.sign_in_to(cloud, credentials, scope, accepted).await?;
        // By then the door has handed it over, and has nothing to seal.
        clock::sleep(0).await;
        self.keep().await;
        Ok(())
    }

    /// Signs in at `cloud`. Nothing is kept for a reload.
    pub async fn sign_in_to(
        self,
        cloud: Cloud,
        credentials: Credentials,
        scope: Scope,
        accepted: impl FnOnce(),
    ) -> Result<(), ApiError> {
        let token = cloud.sign_in(credentials.clone(), scope).await?;
        if !is_given(&credentials, &token) {
            self.issued(&token);
        }
        let projects = if token.project.is_none() {
            let projects = cloud.call(&ListProjects).await?;
            if let [only] = projects.as_slice() {
                self.issued(&*cloud.switch_project(&only.id).await?);
            }
            projects
        } else {
            Vec::new()
        };
        accepted();
        self.credentials.set_value(lasting(credentials));
        self.begin(cloud, projects);
        Ok(())
    }

    /// A second client of the same project and region, and whether its token was made for it: then whoever asks for it signs
    /// it out.
    pub async fn beside(self, credentials: Credentials) -> Result<(Cloud, bool), ApiError> {
        let who = self.who.get_untracked().ok_or(ApiError::SessionEnded)?;
        let cloud = Cloud::new(FetchTransport::default(), who.auth_url.clone());
        cloud.set_region(&who.region);
        let token = cloud.sign_in(credentials.clone(), Scope::ProjectId(who.project.id.clone())).await?;
        Ok((cloud, !is_given(&credentials, &token)))
    }

    /// From the picker or the switcher. With a password in memory the token starts afresh, else it keeps its end.
    pub async fn switch_project(self, project: &ProjectId) -> Result<(), ApiError> {
        let (cloud, epoch) = (self.cloud()?, self.epoch.get_value());
        let token = match self.credentials.get_value() {
            Some(credentials @ Credentials::Password { totp: None, .. }) => {
                cloud.sign_in(credentials, Scope::ProjectId(project.clone())).await?
            }
            _ => cloud.switch_project(project).await?,
        };
        if self.epoch.get_value() != epoch {
            // Somebody has signed out meanwhile.
            cloud.sign_out().await;
            return Err(ApiError::SessionEnded);
        }
        self.issued(&token);
        self.describe(&cloud);
        self.stage.set(Stage::SignedIn);
        self.keep().await;
        Ok(())
    }

    pub async fn switch_region(self, region: &str) {
        let Ok(cloud) = self.cloud() else { return };
        cloud.set_region(region);
        self.describe(&cloud);
        self.keep().await;
    }

    /// Everything that the app needs to go on with this sign-in, and a client for what is asked meanwhile; nothing of it
    /// stays here.
    pub fn hand_over(self) -> Option<(String, Cloud)> {
        let cloud = self.cloud.get_value()?;
        let token = cloud.token()?;
        let handed = HandedOver::new(
            Kept::of(&cloud, &token, self.skew.get_value()),
            &token.answer,
            self.credentials.get_value(),
        );
        self.epoch.update_value(|epoch| *epoch += 1);
        self.credentials.set_value(None);
        self.cloud.set_value(None);
        Some((handed.to_text(), cloud))
    }

    /// Forgets everything here at once and revokes the token as well as possible.
    pub async fn sign_out(self) {
        let cloud = self.cloud.get_value();
        self.forget(false);
        if let Some(cloud) = cloud {
            cloud.sign_out().await;
        }
    }

    /// A token that outlives a long upload: Nova uses the caller's until the end (contract, rule 10).
    pub async fn fresh(self) -> Result<(), ApiError> {
        self.cloud()?.ensure_fresh(FOR_LONG_WORK.min(self.lifetime() / 2), self.now()).await
    }

    /// What the door handed over, or else, after a reload, the kept token, if it still holds. Once; and again when
    /// that could not be found out.
    pub async fn resume(self) {
        let given = handover::take();
        let (kept, answer, credentials) = match given.as_ref().and_then(|given| HandedOver::from_text(&given.text)) {
            Some(handed) => handed,
            None => match self.kept().await {
                Some(kept) => (kept, String::new(), None),
                None => {
                    self.stage.set(Stage::SignedOut { ended: false, error: None });
                    return;
                }
            },
        };
        self.skew.set_value(kept.skew.unwrap_or_default());
        let cloud = Cloud::new(FetchTransport::default(), kept.auth_url);
        cloud.set_region(&kept.region);
        // Keystone told the door a moment ago; only after a reload it has to be asked.
        let told = match Token::again(kept.token.clone().into(), answer) {
            Err(_) => cloud.call(&ValidateToken { token: kept.token.into() }).await,
            told => told,
        };
        match told {
            Ok(token) => {
                cloud.adopt(token);
                cloud.set_region(&kept.region);
                if let Some(given) = given {
                    expect_servers(&cloud, given);
                }
                let projects = match cloud.token() {
                    Some(token) if token.project.is_none() => cloud.call(&ListProjects).await.unwrap_or_default(),
                    _ => Vec::new(),
                };
                self.credentials.set_value(credentials);
                self.begin(cloud, projects);
                self.keep().await;
            }
            Err(ApiError::Unauthorized(_) | ApiError::NotFound(_) | ApiError::SessionEnded) => self.forget(true),
            // The network may be back in a moment: the token stays, the page says why it cannot go on yet.
            Err(error) => self.stage.set(Stage::SignedOut { ended: false, error: Some(error) }),
        }
    }

    fn begin(self, cloud: Cloud, projects: Vec<Project>) {
        self.epoch.update_value(|epoch| *epoch += 1);
        let epoch = self.epoch.get_value();
        cloud.set_renew(Rc::new(move || self.renewed(epoch).boxed_local()));
        self.cloud.set_value(Some(cloud.clone()));
        self.describe(&cloud);
        let scoped = cloud.token().is_some_and(|token| token.project.is_some());
        self.projects.set(projects.clone());
        self.stage.set(if scoped { Stage::SignedIn } else { Stage::ChooseProject(projects) });
        spawn_local(self.keep_alive(epoch));
    }

    /// For the switcher: without the list there is nothing to switch to.
    pub async fn find_projects(self) {
        let by_credential = self.who.with_untracked(|who| who.as_ref().is_none_or(|who| who.by_credential));
        if let (false, Ok(cloud)) = (by_credential, self.cloud())
            && let Ok(projects) = cloud.call(&ListProjects).await
        {
            self.projects.set(projects);
        }
    }

    /// Tells the screens who is signed in, where.
    fn describe(self, cloud: &Cloud) {
        let Some(token) = cloud.token() else { return };
        let Some(project) = token.project.clone() else {
            self.who.set(None);
            return;
        };
        let region = cloud.region();
        let who = SignedIn {
            user_id: token.user.id.clone(),
            user: token.user.name.clone(),
            place: format!("{} {} {region}", cloud.auth_url(), project.id).into(),
            roles: token.roles.clone(),
            regions: token.catalog.regions(),
            region,
            auth_url: cloud.auth_url().to_owned(),
            expires_at: token.expires_at,
            by_credential: token.is_application_credential(),
            read_only: token.is_read_only(),
            project,
        };
        if self.who.with_untracked(|old| old.as_deref() != Some(&who)) {
            self.who.set(Some(Arc::new(who)));
        }
    }

    async fn keep(self) {
        if let Ok(cloud) = self.cloud()
            && let Some(token) = cloud.token()
        {
            self.keep_token(&cloud, &token, self.standing(&cloud)).await;
        }
    }

    /// Which sign-in and which token are in force: to be compared after an await.
    fn standing(self, cloud: &Cloud) -> (u64, u64) {
        (self.epoch.get_value(), cloud.generation())
    }

    /// Unless another token has come, or somebody has signed out, before it is sealed.
    async fn keep_token(self, cloud: &Cloud, token: &Token, standing: (u64, u64)) {
        let sealed = crypto::seal(&json::write(&Kept::of(cloud, token, self.skew.get_value()))).await;
        if self.standing(cloud) != standing {
            return;
        }
        match sealed {
            Some(sealed) => {
                Store::Session.set_text(KEY, &sealed);
            }
            None => Store::Session.remove(KEY),
        }
    }

    async fn kept(self) -> Option<Kept> {
        json::read(&crypto::unseal(&Store::Session.text(KEY)?).await?)
    }

    fn forget(self, ended: bool) {
        self.epoch.update_value(|epoch| *epoch += 1);
        Store::Session.remove(KEY);
        self.credentials.set_value(None);
        self.cloud.set_value(None);
        self.projects.set(Vec::new());
        self.who.set(None);
        self.stage.set(Stage::SignedOut { ended, error: None });
    }

    /// Whether the catalogue has the service in this region. Tracked.
    pub fn has(self, service: Service) -> bool {
        self.who.track();
        self.cloud().is_ok_and(|cloud| cloud.has(service))
    }
}

/// Whether the token is the one that was pasted: it was not issued now, and not for this page.
fn is_given(credentials: &Credentials, token: &Token) -> bool {
    matches!(credentials, Credentials::Token(given) if *given == token.secret)
}

/// What a new token can be had with later. For a token there is only one that ends with it.
fn lasting(credentials: Credentials) -> Option<Credentials> {
    Some(credentials).filter(|credentials| !matches!(credentials, Credentials::Token(_)))
}

/// The door has asked for the instances already. What no screen has taken after some seconds is too old for the next.
fn expect_servers(cloud: &Cloud, given: handover::Given) {
    let answer = async move { Some(Response::good(given.early().await?)) };
    cloud.expect(ListServers::default().request(), answer.boxed_local());
    let cloud = cloud.clone();
    spawn_local(async move {
        clock::sleep(5_000).await;
        cloud.forget_early();
    });
}

pub fn use_session() -> Session {
    use_context::<Session>().unwrap_or_else(Session::provide)
}
