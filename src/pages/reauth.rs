//! The small dialog that asks again when a token has ended and no secret is in memory. The page behind it keeps its
//! place, and what waited for the token goes on.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::show::error_notice;
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::openstack::sentence::Doing;
use crate::openstack::{ApiError, Credentials, Domain, Token};
use crate::state::session::{Proof, use_session};
use crate::state::settings::use_settings;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, Width};
use crate::ui::field::TextField;

#[component]
pub fn Reauth() -> impl IntoView {
    let session = use_session();
    let settings = use_settings();
    let secret = RwSignal::new(String::new());
    let passcode = RwSignal::new(String::new());
    let open = Memo::new(move |_| session.asking.with(Option::is_some));
    let busy = Memo::new(move |_| session.asking.with(|asking| asking.as_ref().is_some_and(|asking| asking.busy)));
    let leave = move |_| {
        secret.set(String::new());
        session.give_up();
    };
    let go_on = move || {
        let token = session.cloud().ok().and_then(|cloud| cloud.token());
        let Some(token) = token.filter(|_| secret.with_untracked(|secret| !secret.is_empty())) else { return };
        // An old Keystone does not say which application credential it was.
        let typed = settings.sign_in.with_untracked(|last| last.credential.clone());
        let given = credentials(&token, secret.get_untracked(), passcode.get_untracked().trim(), &typed);
        let Some(credentials) = given else { return };
        secret.set(String::new());
        passcode.set(String::new());
        spawn_local(session.answer(credentials));
    };
    // Once for each time that it opens: what is typed outlives a wrong answer, and so does the focus.
    let body = move || {
        let proof = session.asking.with_untracked(|asking| asking.as_ref().map(|asking| asking.proof));
        let who = session.who.get_untracked();
        let (user, project) = who.map(|who| (who.user.clone(), who.project.name.clone())).unwrap_or_default();
        let error = move || session.asking.with(|asking| asking.as_ref().and_then(|asking| asking.error.clone()));
        let more = move || matches!(error(), Some(ApiError::MoreFactors { .. }));
        let (label, doing) = match proof {
            Some(Proof::Secret) => ("sign_in.secret", Doing::SigningIn),
            Some(Proof::Token) => ("sign_in.token", Doing::PastedToken),
            Some(Proof::Password) | None => ("sign_in.password", Doing::SigningIn),
        };
        let by_token = proof == Some(Proof::Token);
        let bad = move || {
            (by_token && secret.with(|text| !text.is_empty() && Token::pasted(text).is_none()))
                .then(|| t("sign_in.bad_token"))
        };
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
                <TextField label=t(label) value=secret kind="password" autocomplete="current-password" error=Signal::derive(bad) />
                {by_token.then(|| view! { <p class="c-hint">{t("sign_in.token_hint")}</p> })}
                {move || {
                    more()
                        .then(|| {
                            view! {
                                <TextField label=t("sign_in.factor") value=passcode autocomplete="one-time-code" />
                            }
                        })
                }}
                {move || error().map(|error| error_notice(&error, doing))}
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
        <Dialog
            open=open
            on_close=move |_| ()
            closable=false
            title=t("sign_in.ended_title")
            width=Width::Narrow
            dirty=Signal::stored(false)
        >
            {body}
        </Dialog>
    }
    .into_any()
}

/// The user, the domain and the application credential are those of the token that has ended; the secret is what was typed
/// now. `typed`: the id or name that this browser remembers. `None`: a token was asked for, and this is none.
fn credentials(token: &Token, secret: String, passcode: &str, typed: &str) -> Option<Credentials> {
    let user = &token.user;
    let user_domain = match user.domain.id.as_str() {
        "" => Domain::default(),
        id => Domain::Id(id.to_owned()),
    };
    Some(match (Proof::of(token), token.application_credential.as_str()) {
        (Proof::Token, _) => Credentials::Token(Token::pasted(&secret)?),
        (Proof::Password, _) => {
            let totp = (!passcode.is_empty()).then(|| passcode.to_owned().into());
            Credentials::Password { user: user.name.clone(), user_domain, password: secret.into(), totp }
        }
        (Proof::Secret, "") => Credentials::application(typed, &user.name, user_domain, secret.into()),
        (Proof::Secret, id) => Credentials::ApplicationCredential { id: id.to_owned(), secret: secret.into() },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::openstack::{Call, IssueToken, Scope};

    fn said(token: &Value, passcode: &str, typed: &str) -> Value {
        let answer = json!({ "token": token }).to_string();
        let token = Token::again("t".to_owned().into(), answer).unwrap();
        let credentials = credentials(&token, "s".to_owned(), passcode, typed).unwrap();
        let body = IssueToken { credentials, scope: Scope::Unscoped }.request().body.unwrap().text;
        serde_json::from_str::<Value>(&body).unwrap()["auth"]["identity"].take()
    }

    #[test]
    fn who_signed_in_is_asked_whatever_another_tab_has_typed_since() {
        let user = json!({"id": "u1", "name": "ana", "domain": {"id": "d7", "name": "Física"}});
        let whose = json!({"name": "ana", "domain": {"id": "d7"}, "password": "s"});
        let token = json!({"user": user, "methods": ["password"]});
        assert_eq!(said(&token, "", "other"), json!({"methods": ["password"], "password": {"user": whose}}));
        assert_eq!(said(&token, "123456", "other")["totp"]["user"]["passcode"], "123456");
        let mut token = json!({"user": user, "methods": ["application_credential"],
            "application_credential": {"id": "ac1", "name": "n"}});
        assert_eq!(said(&token, "", "other")["application_credential"], json!({"id": "ac1", "secret": "s"}));
        token["application_credential"].take();
        assert_eq!(
            said(&token, "", "nightly")["application_credential"],
            json!({"name": "nightly", "secret": "s", "user": {"name": "ana", "domain": {"id": "d7"}}})
        );
        // After a single sign-on there is nothing else to ask for.
        let token = json!({"user": user, "methods": ["openid", "token"]});
        assert_eq!(said(&token, "", ""), json!({"methods": ["token"], "token": {"id": "s"}}));
        let token = Token::again("t".to_owned().into(), json!({ "token": token }).to_string()).unwrap();
        assert!(credentials(&token, "two words".to_owned(), "", "").is_none());
    }
}
