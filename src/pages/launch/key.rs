//! The key pair: one of the user's, a new one made in this browser, or an imported public key.

use std::sync::Arc;

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;
use secrecy::{ExposeSecret, SecretString};

use super::data::{Data, waiting};
use super::form::{IMPORT_KEY, NEW_KEY};
use crate::browser::{crypto, files};
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::model::order;
use crate::openstack::compute::{DeleteKeypair, ImportKeypair};
use crate::openstack::sentence::Doing;
use crate::openstack::{ApiError, keys, names};
use crate::pages::show::{error_notice, read_only};
use crate::state::launch_draft::{LaunchDraft, use_launch_draft};
use crate::state::queries::{Query, use_queries};
use crate::state::session::use_session;
use crate::ui::badge::Tone;
use crate::ui::button::Button;
use crate::ui::field::{Choice, SelectField, TextArea, TextField};
use crate::ui::notice::Notice;

/// Bytes. Nobody's public key is longer; a private key or a film chosen by mistake is not even read.
const LONGEST_KEY: f64 = 20_000.0;

/// How making or importing ended, if not well.
#[derive(Clone, PartialEq)]
enum Trouble {
    Cloud(ApiError),
    Unsupported,
    /// The browser did not take the file, so the key is of no use and was taken back.
    NotSaved,
}

#[component]
pub fn KeyPart(data: Data) -> impl IntoView {
    let draft = use_launch_draft();
    let choices = Signal::derive(move || {
        let mut names: Vec<String> =
            data.keys.get().map(|keys| keys.iter().map(|key| key.name.clone()).collect()).unwrap_or_default();
        if let Some((made, _)) = draft.key_made.get().filter(|(made, _)| !names.contains(made)) {
            names.push(made);
        }
        order::sort(&mut names, Ord::cmp);
        let none = Choice::new("", t("launch.key_none"));
        let actions = [(NEW_KEY, "launch.key_new"), (IMPORT_KEY, "launch.key_import")];
        let actions = actions.map(|(value, key)| Choice::new(value, t(key)));
        std::iter::once(none)
            .chain(names.into_iter().map(|name| Choice::new(name.clone(), name)))
            .chain(actions)
            .collect()
    });
    let mode = Memo::new(move |_| draft.key.get());
    view! {
        <div class="grid gap-3">
            <SelectField label=t("launch.key") value=draft.key choices=choices />
            {move || waiting(data.keys)}
            {move || match mode.get().as_str() {
                "" => view! { <p class="c-hint">{t("launch.key_warning")}</p> }.into_any(),
                NEW_KEY => making(draft, data),
                IMPORT_KEY => importing(draft, data),
                name => made(draft, name),
            }}
        </div>
    }
    .into_any()
}

/// What is to be said of the key pair that was just made here.
fn made(draft: LaunchDraft, name: &str) -> AnyView {
    let Some((_, text)) = draft.key_made.get().filter(|(made, _)| made == name) else {
        return ().into_any();
    };
    let file = if name.contains(' ') { format!("'{name}'") } else { name.to_owned() };
    match text.key.ends_with("key_made") {
        true => {
            let code = format!("mv ~/Downloads/{file} ~/.ssh/ && chmod 600 ~/.ssh/{file}");
            view! {
                <Notice tone=Tone::Ok title=tr(&text) text=t("launch.key_keep") code=code />
                {again(draft, name)}
            }
            .into_any()
        }
        false => view! { <Notice tone=Tone::Ok title=tr(&text) /> }.into_any(),
    }
}

/// The same file once more: whoever lost it would have a server that nobody can log in to.
fn again(draft: LaunchDraft, name: &str) -> Option<AnyView> {
    let private = draft.key_private.get()?;
    let name = name.to_owned();
    let failed = RwSignal::new(false);
    let save = move |()| failed.set(!save(&name, &private));
    Some(
        view! {
            <div class="c-actions">
                <Button small=true glyph=lu::LuDownload on_press=save>{t("launch.key_again")}</Button>
            </div>
            {move || failed.get().then(|| view! { <p class="c-error" role="alert">{t("launch.key_again_failed")}</p> })}
        }
        .into_any(),
    )
}

fn save(name: &str, private: &SecretString) -> bool {
    files::download(name, "application/octet-stream", private.expose_secret())
}

/// Why the name cannot be used.
fn bad_name(draft: LaunchDraft, data: Data) -> Option<Message> {
    let name = draft.key_name.get();
    let taken = data.keys.get().is_some_and(|keys| keys.iter().any(|key| key.name == name));
    match names::keypair_name(&name) {
        Err(reason) => Some(reason),
        Ok(_) if taken => Some(Message::new("launch.key_taken").text("name", name)),
        Ok(_) => None,
    }
}

fn name_field(draft: LaunchDraft, data: Data) -> AnyView {
    let error = Signal::derive(move || {
        let typed = draft.key_name.with(|name| !name.is_empty());
        typed.then(|| bad_name(draft, data)).flatten().map(|reason| tr(&reason))
    });
    view! { <TextField label=t("launch.key_name") value=draft.key_name error=error /> }.into_any()
}

fn making(draft: LaunchDraft, data: Data) -> AnyView {
    let (session, queries) = (use_session(), use_queries());
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    let reason = Signal::derive(move || {
        let blocked = read_only().map(|blocked| blocked.message());
        blocked.or_else(|| bad_name(draft, data)).map(|reason| tr(&reason))
    });
    let go = move |_| {
        let name = draft.key_name.get_untracked();
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            let outcome = make(session, &name).await;
            busy.try_set(false);
            match outcome {
                Ok(private) => {
                    draft.key_private.set(Some(Arc::new(private)));
                    let text = Message::new("launch.key_made").text("name", &name).text("file", &name);
                    ready(draft, name, text);
                }
                Err(why) => _ = trouble.try_set(Some(why)),
            }
            queries.refresh(&Query::Keypairs);
        });
    };
    view! {
        <div class="grid gap-3 border-l-2 border-(--c-line) pl-4">
            {name_field(draft, data)}
            <p class="c-hint">{t("launch.key_generate_hint")}</p>
            <div class="c-actions">
                <Button glyph=lu::LuKeyRound busy=busy disabled_reason=reason on_press=go>
                    {t("launch.key_generate")}
                </Button>
            </div>
            {move || trouble.get().map(told)}
        </div>
    }
    .into_any()
}

fn importing(draft: LaunchDraft, data: Data) -> AnyView {
    let (session, queries) = (use_session(), use_queries());
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    let bad_key = move || draft.key_public.with(|text| keys::public_key(text)).err();
    let error = Signal::derive(move || {
        let typed = draft.key_public.with(|text| !text.is_empty());
        typed.then(bad_key).flatten().map(|reason| tr(&reason))
    });
    let reason = Signal::derive(move || {
        let blocked = read_only().map(|blocked| blocked.message());
        blocked.or_else(|| bad_name(draft, data)).or_else(bad_key).map(|reason| tr(&reason))
    });
    // What is in it is shown in the field, and looked at there.
    let read = move |event| {
        spawn_local(async move {
            if let Some(text) = files::chosen(event, LONGEST_KEY).await {
                draft.key_public.set(text.trim().to_owned());
            }
        });
    };
    let go = move |_| {
        let name = draft.key_name.get_untracked();
        let Ok(public_key) = keys::public_key(&draft.key_public.get_untracked()) else {
            return;
        };
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            let outcome =
                async { session.cloud()?.call(&ImportKeypair { name: name.clone(), public_key }).await }.await;
            busy.try_set(false);
            match outcome {
                Ok(_) => {
                    draft.key_private.set(None);
                    let text = Message::new("launch.key_imported").text("name", &name);
                    ready(draft, name, text);
                }
                Err(why) => _ = trouble.try_set(Some(Trouble::Cloud(why))),
            }
            queries.refresh(&Query::Keypairs);
        });
    };
    view! {
        <div class="grid gap-3 border-l-2 border-(--c-line) pl-4">
            {name_field(draft, data)}
            <TextArea
                label=t("launch.key_public")
                value=draft.key_public
                hint=t("launch.key_public_hint")
                error=error
                rows=3
                mono=true
            />
            <input
                type="file"
                class="file-input file-input-sm w-full max-w-80"
                accept=".pub,text/plain"
                aria-label=t("launch.key_file")
                on:change=read
            />
            <div class="c-actions">
                <Button glyph=lu::LuKeyRound busy=busy disabled_reason=reason on_press=go>
                    {t("launch.key_import_do")}
                </Button>
            </div>
            {move || trouble.get().map(told)}
        </div>
    }
    .into_any()
}

fn ready(draft: LaunchDraft, name: String, text: Message) {
    draft.key_made.set(Some((name.clone(), text)));
    draft.key_name.set(String::new());
    draft.key_public.set(String::new());
    draft.key.set(name);
}

/// The public half goes to Nova first: if it is refused, nobody is left with a useless file. The private half goes to
/// the user's disk, and stays in this page's memory to be saved again; nowhere else.
async fn make(session: crate::state::session::Session, name: &str) -> Result<SecretString, Trouble> {
    let (seed, public) = crypto::ed25519().await.ok_or(Trouble::Unsupported)?;
    let pair = keys::ed25519(&seed, &public, name).ok_or(Trouble::Unsupported)?;
    let cloud = session.cloud().map_err(Trouble::Cloud)?;
    let import = ImportKeypair { name: name.to_owned(), public_key: pair.public };
    cloud.call(&import).await.map_err(Trouble::Cloud)?;
    if save(name, &pair.private) {
        return Ok(pair.private);
    }
    // Best effort: a key that nobody has the private half of only misleads.
    let _ = cloud.call(&DeleteKeypair(name.to_owned())).await;
    Err(Trouble::NotSaved)
}

fn told(trouble: Trouble) -> AnyView {
    match trouble {
        Trouble::Cloud(error) => error_notice(&error, Doing::Keypair),
        Trouble::Unsupported => view! { <Notice tone=Tone::Warn title=t("launch.key_unsupported") /> }.into_any(),
        Trouble::NotSaved => view! { <Notice tone=Tone::Bad title=t("launch.key_not_saved") /> }.into_any(),
    }
}
