//! The small dialog that asks again when a token has ended and no secret is in memory. The page behind it keeps its
//! place, and what waited for the token goes on.

use leptos::prelude::*;
use leptos::task::spawn_local;
use secrecy::SecretString;

use super::show::error_notice;
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::openstack::sentence::Doing;
use crate::openstack::{ApiError, Credentials, Domain};
use crate::state::session::use_session;
use crate::state::settings::use_settings;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, Width};
use crate::ui::field::TextField;

#[component]
pub fn Reauth() -> impl IntoView {
    let session = use_session();
    let secret = RwSignal::new(String::new());
    let passcode = RwSignal::new(String::new());
    let open = Memo::new(move |_| session.asking.with(Option::is_some));
    let busy = Memo::new(move |_| session.asking.with(|asking| asking.as_ref().is_some_and(|asking| asking.busy)));
    let leave = move |_| {
        secret.set(String::new());
        session.give_up();
    };
    let go_on = move || {
        let Some(credentials) = credentials(secret.get_untracked(), passcode.get_untracked()) else { return };
        secret.set(String::new());
        passcode.set(String::new());
        spawn_local(session.answer(credentials));
    };
    let body = move || {
        let by_credential = session.asking.with(|asking| asking.as_ref().is_some_and(|asking| asking.by_credential));
        let who = session.who.get();
        let (user, project) = who.map(|who| (who.user.clone(), who.project.name.clone())).unwrap_or_default();
        let error = move || session.asking.with(|asking| asking.as_ref().and_then(|asking| asking.error.clone()));
        let more = move || matches!(error(), Some(ApiError::MoreFactors { .. }));
        let label = if by_credential { "sign_in.secret" } else { "sign_in.password" };
        let submit = move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            go_on();
        };
        view! {
            <form class="c-form" id="reauth" on:submit=submit novalidate>
                <p>{t("sign_in.ended_text")}</p>
                <p class="c-muted">
                    {tr(&Message::new("sign_in.as_user").text("user", user).text("project", project))}
                </p>
                <TextField label=t(label) value=secret kind="password" autocomplete="current-password" />
                {move || {
                    more()
                        .then(|| {
                            view! {
                                <TextField label=t("sign_in.factor") value=passcode autocomplete="one-time-code" />
                            }
                        })
                }}
                {move || error().map(|error| error_notice(&error, Doing::SigningIn))}
                <div class="c-dialog-foot">
                    <Button on_press=leave>{t("sign_in.leave")}</Button>
                    <Button kind=Kind::Primary submit=true busy=busy>{t("sign_in.go_on")}</Button>
                </div>
            </form>
        }
        .into_any()
    };
    // Escape must not throw a session away: only the button does.
    view! {
        <Dialog open=open on_close=move |_| () title=t("sign_in.ended_title") width=Width::Narrow dirty=Signal::stored(false)>
            {body}
        </Dialog>
    }
    .into_any()
}

/// The user and domain are those of the sign-in that the browser remembers; the secret is what was typed now.
fn credentials(secret: String, passcode: String) -> Option<Credentials> {
    let last = use_settings().sign_in.get_untracked();
    let session = use_session();
    let who = session.who.get_untracked()?;
    if secret.is_empty() {
        return None;
    }
    let secret = SecretString::from(secret);
    let user_domain = Domain::typed(&last.user_domain);
    Some(if !who.by_credential {
        let totp = (!passcode.trim().is_empty()).then(|| passcode.trim().to_owned().into());
        Credentials::Password { user: who.user.clone(), user_domain, password: secret, totp }
    } else if last.credential.len() == 32 {
        Credentials::ApplicationCredential { id: last.credential, secret }
    } else {
        Credentials::NamedApplicationCredential { name: last.credential, user: who.user.clone(), user_domain, secret }
    })
}
