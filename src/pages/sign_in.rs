//! Signing in, and choosing a project when none was named.

use leptos::prelude::*;
use leptos::task::spawn_local;
use secrecy::SecretString;

use super::show::error_notice;
use crate::browser::document;
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::openstack::catalog;
use crate::openstack::sentence::Doing;
use crate::openstack::{ApiError, Credentials, Domain, Project, Scope, Token, auth};
use crate::state::session::{Stage, use_session};
use crate::state::settings::{LastSignIn, use_settings};
use crate::ui::badge::Tone;
use crate::ui::button::{Button, Kind};
use crate::ui::field::{Choice, SelectField, TextField};
use crate::ui::notice::Notice;
use crate::ui::shell::PageTitle;
use crate::ui::spinner::Spinner;
use crate::ui::tabs::{Tab, Tabs};

const PASSWORD: &str = "password";
const CREDENTIAL: &str = "credential";
const TOKEN: &str = "token";

/// What is typed. Secrets live as long as the form.
#[derive(Clone, Copy)]
struct Form {
    auth_url: RwSignal<String>,
    method: RwSignal<String>,
    user: RwSignal<String>,
    password: RwSignal<String>,
    passcode: RwSignal<String>,
    user_domain: RwSignal<String>,
    project: RwSignal<String>,
    project_domain: RwSignal<String>,
    credential: RwSignal<String>,
    secret: RwSignal<String>,
    token: RwSignal<String>,
    /// Whether something is missing is only said after the first try.
    tried: RwSignal<bool>,
}

impl Form {
    fn new(last: LastSignIn) -> Self {
        let text = |text: String| RwSignal::new(text);
        let method = if last.by_credential { CREDENTIAL } else { PASSWORD };
        Self {
            auth_url: text(last.auth_url),
            method: text(method.to_owned()),
            user: text(last.user),
            password: text(String::new()),
            passcode: text(String::new()),
            user_domain: text(last.user_domain),
            project: text(last.project),
            project_domain: text(last.project_domain),
            credential: text(last.credential),
            secret: text(String::new()),
            token: text(String::new()),
            tried: RwSignal::new(false),
        }
    }

    fn by_credential(self) -> bool {
        self.method.get() == CREDENTIAL
    }

    /// Why a field cannot stay as it is.
    fn missing(self, field: RwSignal<String>) -> Option<String> {
        (self.tried.get() && field.with(|text| text.is_empty())).then(|| t("sign_in.missing"))
    }

    /// A name is somebody's; an id is its own.
    fn missing_owner(self) -> Option<String> {
        let lacks =
            self.user.with(|user| user.trim().is_empty()) && !self.credential.with(|typed| auth::is_id(typed.trim()));
        (self.tried.get() && self.by_credential() && lacks).then(|| t("sign_in.missing_owner"))
    }

    fn bad_token(self) -> Option<String> {
        let bad = || self.token.with(|text| Token::pasted(text).is_none()).then(|| t("sign_in.bad_token"));
        self.missing(self.token).or_else(|| self.tried.get().then(bad).flatten())
    }

    fn bad_url(self) -> Option<String> {
        let bad = self.auth_url.with(|url| catalog::auth_url(url).is_none());
        (self.tried.get() && bad).then(|| t("sign_in.bad_url"))
    }

    fn is_complete(self) -> bool {
        let has = |field: RwSignal<String>| field.with_untracked(|text| !text.is_empty());
        let proof = match self.method.get_untracked().as_str() {
            CREDENTIAL => has(self.credential) && has(self.secret) && untrack(|| self.missing_owner()).is_none(),
            TOKEN => self.token.with_untracked(|text| Token::pasted(text).is_some()),
            _ => has(self.user) && has(self.password),
        };
        proof && self.auth_url.with_untracked(|url| catalog::auth_url(url).is_some())
    }

    fn credentials(self) -> Credentials {
        if let (TOKEN, Some(token)) =
            (self.method.get_untracked().as_str(), self.token.with_untracked(|text| Token::pasted(text)))
        {
            return Credentials::Token(token);
        }
        let secret = |field: RwSignal<String>| SecretString::from(field.get_untracked());
        let domain = |field: RwSignal<String>| Domain::typed(&field.get_untracked());
        if self.method.get_untracked() == PASSWORD {
            let passcode = self.passcode.get_untracked();
            return Credentials::Password {
                user: self.user.get_untracked().trim().to_owned(),
                user_domain: domain(self.user_domain),
                password: secret(self.password),
                totp: (!passcode.trim().is_empty()).then(|| passcode.trim().to_owned().into()),
            };
        }
        let (credential, user) = (self.credential.get_untracked(), self.user.get_untracked());
        Credentials::application(&credential, &user, domain(self.user_domain), secret(self.secret))
    }

    fn scope(self) -> Scope {
        let project = self.project.get_untracked().trim().to_owned();
        if project.is_empty() || self.method.get_untracked() == TOKEN {
            Scope::Unscoped
        } else {
            Scope::Project { name: project, domain: Domain::typed(&self.project_domain.get_untracked()) }
        }
    }

    /// All but the secrets.
    fn to_remember(self, region: String) -> LastSignIn {
        LastSignIn {
            auth_url: self.auth_url.get_untracked().trim().to_owned(),
            user: self.user.get_untracked(),
            user_domain: self.user_domain.get_untracked(),
            project: self.project.get_untracked(),
            project_domain: self.project_domain.get_untracked(),
            by_credential: self.method.get_untracked() == CREDENTIAL,
            credential: self.credential.get_untracked(),
            region,
        }
    }
}

#[component]
pub fn SignIn() -> impl IntoView {
    let session = use_session();
    let body = move || match session.stage.get() {
        Stage::Resuming => view! { <p class="p-8 text-center"><Spinner label=t("sign_in.resuming") /></p> }.into_any(),
        Stage::ChooseProject(projects) => choose_project(projects),
        Stage::SignedOut { ended, error } => form(ended, error),
        // Only the door shows this, while the app comes.
        Stage::SignedIn => view! { <p class="p-8 text-center"><Spinner label=t("sign_in.opening") /></p> }.into_any(),
    };
    view! {
        <div class="c-welcome">
            <section class="c-welcome-story">
                <p class="c-welcome-tagline">{t("app.tagline")}</p>
                <ul class="c-welcome-promises">
                    {(1..=3)
                        .map(|n| {
                            view! {
                                <li>
                                    <strong>{t(&format!("sign_in.promise_{n}"))}</strong>
                                    <span>{t(&format!("sign_in.promise_{n}_text"))}</span>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
            <section class="c-welcome-form">{body}</section>
        </div>
    }
    .into_any()
}

/// `unknown`: why a kept sign-in could not be looked at.
fn form(ended: bool, unknown: Option<ApiError>) -> AnyView {
    let session = use_session();
    let settings = use_settings();
    let form = Form::new(settings.sign_in.get_untracked());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let needs_passcode = Memo::new(move |_| {
        error.with(|error| matches!(error, Some(ApiError::MoreFactors { .. }))) || !form.passcode.with(String::is_empty)
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        form.tried.set(true);
        if busy.get_untracked() || !form.is_complete() {
            return;
        }
        let Some(auth_url) = catalog::auth_url(&form.auth_url.get_untracked()) else { return };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let last = settings.sign_in.get_untracked();
            let region = if last.auth_url == form.auth_url.get_untracked() { last.region } else { String::new() };
            // The form is gone by the time that this succeeds.
            let remembered = form.to_remember(region.clone());
            let accepted = move || settings.remember_sign_in(remembered);
            let outcome = session.sign_in(auth_url, form.credentials(), form.scope(), &region, accepted).await;
            busy.try_set(false);
            if let Err(why) = outcome {
                error.try_set(Some(why));
            }
        });
    };
    let again = move |()| {
        session.stage.set(Stage::Resuming);
        spawn_local(session.resume());
    };
    let panel = move |method: String| match method.as_str() {
        CREDENTIAL => by_credential(form),
        TOKEN => by_token(form),
        _ => by_password(form),
    };
    let tabs = || {
        [(PASSWORD, "sign_in.by_password"), (CREDENTIAL, "sign_in.by_credential"), (TOKEN, "sign_in.token")]
            .map(|(method, key)| Tab::new(method, t(key)))
            .to_vec()
    };
    let doing = move || if form.method.get_untracked() == TOKEN { Doing::PastedToken } else { Doing::SigningIn };
    view! {
        <PageTitle title=t("sign_in.title") below=|| t("sign_in.lead") />
        <form class="c-form" on:submit=submit novalidate>
            {unknown
                .map(|error| {
                    view! {
                        {error_notice(&error, Doing::Reading)}
                        <Button on_press=again>{t("common.retry")}</Button>
                    }
                })}
            {ended
                .then(|| {
                    view! { <Notice tone=Tone::Info title=t("sign_in.ended_title") text=t("sign_in.ended_text") /> }
                })}
            {(!document::is_secure_context())
                .then(|| view! { <Notice tone=Tone::Warn title=t("sign_in.insecure_page") /> })}
            <TextField
                label=t("sign_in.auth_url")
                value=form.auth_url
                hint=t("sign_in.auth_url_hint")
                kind="url"
                autocomplete="url"
                error=Signal::derive(move || form.bad_url())
            />
            <Tabs
                label=t("sign_in.title")
                tabs=Signal::derive(tabs)
                selected=form.method
                on_select=move |method| form.method.set(method)
                panel=panel
            />
            {move || {
                needs_passcode
                    .get()
                    .then(|| {
                        view! {
                            <TextField
                                label=t("sign_in.factor")
                                value=form.passcode
                                hint=t("sign_in.factor_hint")
                                autocomplete="one-time-code"
                            />
                        }
                    })
            }}
            {move || error.get().map(|error| error_notice(&error, doing()))}
            <Button kind=Kind::Primary submit=true wide=true busy=busy>{t("sign_in.submit")}</Button>
        </form>
    }
    .into_any()
}

fn by_password(form: Form) -> AnyView {
    view! {
        <div class="c-fields">
            <TextField
                label=t("sign_in.user")
                value=form.user
                autocomplete="username"
                error=Signal::derive(move || (!form.by_credential()).then(|| form.missing(form.user)).flatten())
            />
            <TextField
                label=t("sign_in.password")
                value=form.password
                kind="password"
                autocomplete="current-password"
                error=Signal::derive(move || form.missing(form.password))
            />
            <TextField label=t("sign_in.project") value=form.project hint=t("sign_in.project_hint") optional=true />
            <details class="c-more" open=form.user_domain.with_untracked(|d| !d.is_empty())>
                <summary>{t("sign_in.domains")}</summary>
                <div class="c-fields">
                    <TextField label=t("sign_in.user_domain") value=form.user_domain placeholder="Default" optional=true />
                    <TextField
                        label=t("sign_in.project_domain")
                        value=form.project_domain
                        placeholder="Default"
                        optional=true
                    />
                </div>
            </details>
        </div>
    }
    .into_any()
}

fn by_credential(form: Form) -> AnyView {
    view! {
        <div class="c-fields">
            <TextField
                label=t("sign_in.credential")
                value=form.credential
                hint=t("sign_in.credential_hint")
                error=Signal::derive(move || form.missing(form.credential))
            />
            <TextField
                label=t("sign_in.secret")
                value=form.secret
                kind="password"
                autocomplete="current-password"
                error=Signal::derive(move || form.missing(form.secret))
            />
            <TextField
                label=t("sign_in.user")
                value=form.user
                autocomplete="username"
                optional=true
                error=Signal::derive(move || form.missing_owner())
            />
            <TextField label=t("sign_in.user_domain") value=form.user_domain placeholder="Default" optional=true />
        </div>
    }
    .into_any()
}

fn by_token(form: Form) -> AnyView {
    view! {
        <div class="c-fields">
            <TextField
                label=t("sign_in.token")
                value=form.token
                hint=t("sign_in.token_hint")
                kind="password"
                error=Signal::derive(move || form.bad_token())
            />
        </div>
    }
    .into_any()
}

fn choose_project(projects: Vec<Project>) -> AnyView {
    let session = use_session();
    if projects.is_empty() {
        return view! {
            <PageTitle title=t("sign_in.choose_project") />
            <Notice tone=Tone::Warn title=t("sign_in.no_projects") />
            <Button on_press=move |_| spawn_local(session.sign_out())>{t("nav.sign_out")}</Button>
        }
        .into_any();
    }
    let first = projects.first().map(|project| project.id.to_string()).unwrap_or_default();
    let chosen = RwSignal::new(first);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let choices: Vec<Choice> =
        projects.iter().map(|project| Choice::new(project.id.to_string(), project.label(&projects))).collect();
    let user = session.cloud().ok().and_then(|cloud| cloud.token()).map(|token| token.user.name.clone());
    let lead = tr(&Message::new("sign_in.choose_lead").text("user", user.unwrap_or_default()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let outcome = session.switch_project(&chosen.get_untracked().into()).await;
            busy.try_set(false);
            if let Err(why) = outcome {
                error.try_set(Some(why));
            }
        });
    };
    view! {
        <PageTitle title=t("sign_in.choose_project") below=move || lead.clone() />
        <form class="c-form" on:submit=submit novalidate>
            <SelectField label=t("sign_in.project") value=chosen choices=Signal::stored(choices) />
            {move || error.get().map(|error| error_notice(&error, Doing::SwitchingProject))}
            <Button kind=Kind::Primary submit=true wide=true busy=busy>{t("sign_in.go_on")}</Button>
            <Button wide=true on_press=move |_| spawn_local(session.sign_out())>{t("nav.sign_out")}</Button>
        </form>
    }
    .into_any()
}
