//! A person's own sign-in beside an application credential's, for the one step that Keystone refuses to credentials: setting up a
//! schedule. It is gone with the page.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::i18n::{t, tr};
use crate::model::Message;
use crate::openstack::sentence::Doing;
use crate::openstack::token::User;
use crate::openstack::{ApiError, Credentials, Domain, Token};
use crate::pages::show::error_notice;
use crate::state::session::{Cloud, Session, use_session};
use crate::ui::badge::Tone;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, Width};
use crate::ui::field::TextField;
use crate::ui::notice::Notice;
use crate::ui::tabs::{Tab, Tabs};

#[derive(Clone, Copy)]
pub struct Person {
    session: Session,
    /// With whether it is to be signed out.
    cloud: StoredValue<Option<(Cloud, bool)>, LocalStorage>,
    /// Who signed in.
    name: RwSignal<Option<String>>,
    asks: RwSignal<bool>,
}

impl Person {
    /// For as long as the view lives; then the token is revoked as well as possible.
    pub fn of_this_page() -> Self {
        let person = Self {
            session: use_session(),
            cloud: StoredValue::new_local(None),
            name: RwSignal::new(None),
            asks: RwSignal::new(false),
        };
        on_cleanup(move || {
            if let Some((cloud, true)) = person.cloud.try_update_value(Option::take).flatten() {
                spawn_local(async move { cloud.sign_out().await });
            }
        });
        person
    }

    /// Tracked.
    pub fn name(self) -> Option<String> {
        self.name.get()
    }

    pub fn ask(self) {
        self.asks.set(true);
    }

    /// The person's client where there is one, else the session's.
    pub fn cloud(self) -> Result<Cloud, ApiError> {
        self.cloud.try_get_value().flatten().map_or_else(|| self.session.cloud(), |(cloud, _)| Ok(cloud))
    }

    /// Its token has ended: the next one has to sign in again.
    pub fn forget(self) {
        self.cloud.try_set_value(None);
        self.name.try_set(None);
    }
}

#[component]
pub fn PersonDialog(person: Person) -> impl IntoView {
    let body = move || person.asks.get().then(|| form(person));
    view! {
        <Dialog
            open=Signal::derive(move || person.asks.get())
            on_close=move |()| person.asks.set(false)
            title=t("in_cloud.password_title")
            width=Width::Narrow
        >
            {body}
        </Dialog>
    }
    .into_any()
}

const PASSWORD: &str = "password";
const TOKEN: &str = "token";

/// What is typed.
#[derive(Clone, Copy)]
struct Form {
    /// `PASSWORD`, or `TOKEN` for whoever has none, as with a single sign-on.
    method: RwSignal<String>,
    user: RwSignal<String>,
    domain: RwSignal<String>,
    password: RwSignal<String>,
    passcode: RwSignal<String>,
    token: RwSignal<String>,
    error: RwSignal<Option<Refusal>>,
}

#[derive(Clone)]
enum Refusal {
    Cloud(ApiError),
    /// The token that was pasted is an application credential's: Keystone would refuse it, too.
    Credential,
}

impl Form {
    fn of(owner: User) -> Self {
        let text = |text: String| RwSignal::new(text);
        let domain = if owner.domain.name.is_empty() { owner.domain.id } else { owner.domain.name };
        Self {
            method: text(PASSWORD.to_owned()),
            user: text(owner.name),
            domain: text(domain),
            password: text(String::new()),
            passcode: text(String::new()),
            token: text(String::new()),
            error: RwSignal::new(None),
        }
    }

    fn by_token(self) -> bool {
        self.method.get_untracked() == TOKEN
    }

    fn doing(self) -> Doing {
        if self.by_token() { Doing::PastedToken } else { Doing::SigningIn }
    }

    /// `None` while something is missing.
    fn credentials(self) -> Option<Credentials> {
        if self.by_token() {
            return self.token.with_untracked(|text| Token::pasted(text)).map(Credentials::Token);
        }
        let (user, password) = (self.user.get_untracked().trim().to_owned(), self.password.get_untracked());
        let passcode = self.passcode.get_untracked().trim().to_owned();
        (!user.is_empty() && !password.is_empty()).then(|| Credentials::Password {
            user,
            user_domain: Domain::typed(&self.domain.get_untracked()),
            password: password.into(),
            totp: (!passcode.is_empty()).then(|| passcode.into()),
        })
    }

    async fn sign_in(self, person: Person, credentials: Credentials) -> Result<(), Refusal> {
        let (cloud, is_ours) = person.session.beside(credentials).await.map_err(Refusal::Cloud)?;
        let token = cloud.token();
        if token.as_ref().is_some_and(|token| token.is_application_credential()) {
            return Err(Refusal::Credential);
        }
        person.name.try_set(token.map(|token| token.user.name.clone()));
        person.cloud.try_set_value(Some((cloud, is_ours)));
        person.asks.try_set(false);
        Ok(())
    }
}

fn form(person: Person) -> AnyView {
    let token = person.session.cloud().ok().and_then(|cloud| cloud.token());
    let form = Form::of(token.map(|token| token.user.clone()).unwrap_or_default());
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(credentials) = form.credentials().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        form.error.set(None);
        spawn_local(async move {
            let outcome = form.sign_in(person, credentials).await;
            busy.try_set(false);
            if let Err(why) = outcome {
                form.error.try_set(Some(why));
            }
        });
    };
    let tabs = || vec![Tab::new(PASSWORD, t("sign_in.by_password")), Tab::new(TOKEN, t("sign_in.token"))];
    let choose = move |method| {
        form.error.set(None);
        form.method.set(method);
    };
    let refusal = move || {
        Some(match form.error.get()? {
            Refusal::Cloud(error) => error_notice(&error, form.doing()),
            Refusal::Credential => view! { <Notice tone=Tone::Bad title=t("in_cloud.credential_token") /> }.into_any(),
        })
    };
    view! {
        <form class="c-form" on:submit=submit novalidate>
            <p>{t("in_cloud.password_text")}</p>
            <Tabs
                label=t("in_cloud.password_title")
                tabs=Signal::derive(tabs)
                selected=form.method
                on_select=choose
                panel=move |method: String| if method == TOKEN { by_token(form) } else { by_password(form) }
            />
            {refusal}
            <div class="c-dialog-foot">
                <Button on_press=move |()| person.asks.set(false)>{t("common.cancel")}</Button>
                <Button kind=Kind::Primary submit=true busy=busy>{t("sign_in.submit")}</Button>
            </div>
        </form>
    }
    .into_any()
}

fn by_password(form: Form) -> AnyView {
    let more = move || matches!(form.error.get(), Some(Refusal::Cloud(ApiError::MoreFactors { .. })));
    view! {
        <div class="c-fields">
            <TextField label=t("sign_in.user") value=form.user autocomplete="username" />
            <TextField label=t("sign_in.user_domain") value=form.domain />
            <TextField label=t("sign_in.password") value=form.password kind="password" autocomplete="current-password" />
            {move || {
                more().then(|| view! { <TextField label=t("sign_in.factor") value=form.passcode autocomplete="one-time-code" /> })
            }}
        </div>
    }
    .into_any()
}

fn by_token(form: Form) -> AnyView {
    let bad = move || form.token.with(|text| !text.is_empty() && Token::pasted(text).is_none());
    view! {
        <div class="c-fields">
            <TextField
                label=t("sign_in.token")
                value=form.token
                hint=t("sign_in.token_hint")
                kind="password"
                error=Signal::derive(move || bad().then(|| t("sign_in.bad_token")))
            />
        </div>
    }
    .into_any()
}

/// Who sets up schedules now.
pub fn line(name: &str) -> String {
    tr(&Message::new("in_cloud.person").text("user", name))
}
