//! A person's own sign-in beside an application credential's, for the one step that Keystone refuses to credentials: setting up a
//! schedule. It is gone with the page.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::i18n::{t, tr};
use crate::model::Message;
use crate::openstack::sentence::Doing;
use crate::openstack::{ApiError, Credentials, Domain};
use crate::pages::show::error_notice;
use crate::state::session::{Cloud, Session, use_session};
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, Width};
use crate::ui::field::TextField;

#[derive(Clone, Copy)]
pub struct Person {
    session: Session,
    cloud: StoredValue<Option<Cloud>, LocalStorage>,
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
            if let Some(cloud) = person.cloud.try_update_value(Option::take).flatten() {
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
        self.cloud.try_get_value().flatten().map_or_else(|| self.session.cloud(), Ok)
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

fn form(person: Person) -> AnyView {
    let session = person.session;
    let token = session.cloud().ok().and_then(|cloud| cloud.token());
    let owner = token.map(|token| token.user.clone()).unwrap_or_default();
    let domain = if owner.domain.name.is_empty() { owner.domain.id } else { owner.domain.name };
    let (user, domain) = (RwSignal::new(owner.name), RwSignal::new(domain));
    let (password, passcode) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let more = move || error.with(|error| matches!(error, Some(ApiError::MoreFactors { .. })));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = user.get_untracked().trim().to_owned();
        if busy.get_untracked() || name.is_empty() || password.with_untracked(String::is_empty) {
            return;
        }
        let passcode = passcode.get_untracked();
        let credentials = Credentials::Password {
            user: name.clone(),
            user_domain: Domain::typed(&domain.get_untracked()),
            password: password.get_untracked().into(),
            totp: (!passcode.trim().is_empty()).then(|| passcode.trim().to_owned().into()),
        };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let outcome = session.beside(credentials).await;
            busy.try_set(false);
            match outcome {
                Ok(cloud) => {
                    person.cloud.try_set_value(Some(cloud));
                    person.name.try_set(Some(name));
                    person.asks.try_set(false);
                }
                Err(why) => _ = error.try_set(Some(why)),
            }
        });
    };
    view! {
        <form class="c-form" on:submit=submit novalidate>
            <p>{t("in_cloud.password_text")}</p>
            <TextField label=t("sign_in.user") value=user autocomplete="username" />
            <TextField label=t("sign_in.user_domain") value=domain />
            <TextField label=t("sign_in.password") value=password kind="password" autocomplete="current-password" />
            {move || {
                more().then(|| view! { <TextField label=t("sign_in.factor") value=passcode autocomplete="one-time-code" /> })
            }}
            {move || error.get().map(|error| error_notice(&error, Doing::SigningIn))}
            <div class="c-dialog-foot">
                <Button on_press=move |()| person.asks.set(false)>{t("common.cancel")}</Button>
                <Button kind=Kind::Primary submit=true busy=busy>{t("sign_in.submit")}</Button>
            </div>
        </form>
    }
    .into_any()
}

/// Who sets up schedules now.
pub fn line(name: &str) -> String {
    tr(&Message::new("in_cloud.person").text("user", name))
}
