//! The address of a launched server and the line to log in with.

use leptos::prelude::*;

use crate::backup::kind::base_image;
use crate::i18n::t;
use crate::model::{Image, Server, ServerId};
use crate::operation::Kind;
use crate::operation::ssh::{LoginUser, login_user, ssh_line};
use crate::state::operations::Entry;
use crate::state::queries::{Query, use_queries};
use crate::ui::code::Code;
use crate::ui::copy::CopyButton;
use crate::ui::field::TextField;

/// The user is the image's, or a guess that can be changed here. A second try for a floating IP knows neither image nor
/// key pair: then the server is asked.
#[component]
pub fn Login(entry: Entry, address: String, server: Option<ServerId>) -> impl IntoView {
    let queries = use_queries();
    let (image, key) = entry.operation.with_untracked(|it| match &it.kind {
        Kind::Launch(launch) => (launch.spec.image.clone(), launch.spec.key_name.clone()),
        _ => Default::default(),
    });
    let asks_server = image.is_empty();
    let server = queries.query::<Server>(move || server.clone().filter(|_| asks_server).map(Query::Server));
    let image_id = Memo::new(move |_| match asks_server {
        true => server.get().and_then(|server| server.image.clone()),
        false => Some(image.clone()),
    });
    let image = queries.query::<Image>(move || image_id.get().map(Query::Image));
    let key = Memo::new(move |_| key.clone().or_else(|| server.get().and_then(|server| server.key_name.clone())));
    // A snapshot's own name seldom tells the distribution; that of the image at the beginning does.
    let base = queries.query::<Image>(move || {
        let image = image.get().filter(|image| login_user(image) == LoginUser::Unknown)?;
        base_image(&image).map(Query::Image)
    });
    let found = Memo::new(move |_| {
        let known = |image: &Image| Some(login_user(image)).filter(|user| *user != LoginUser::Unknown);
        let own = image.get().and_then(|image| known(&image));
        own.or_else(|| base.get().and_then(|image| known(&image))).unwrap_or(LoginUser::Unknown)
    });
    let user = RwSignal::new(String::new());
    Effect::new(move |_| {
        let name = found.with(|found| found.name().unwrap_or_default().to_owned());
        if user.with_untracked(String::is_empty) {
            user.set(name);
        }
    });
    let shown = address.clone();
    let line =
        Signal::derive(move || key.with(|key| user.with(|user| ssh_line(key.as_deref(), Some(user.trim()), &address))));
    let is_unknown = Memo::new(move |_| found.with(|found| *found == LoginUser::Unknown));
    let is_known = move || found.with(|found| matches!(found, LoginUser::Known(_)));
    let copied = shown.clone();
    view! {
        <section class="grid gap-3">
            <p class="flex flex-wrap items-center gap-x-2">
                <span class="c-muted">{t("launch.address")}</span>
                <span class="font-mono font-medium">{shown}</span>
                <CopyButton text=Signal::stored(copied) label=t("launch.copy_address") />
            </p>
            {move || {
                (!is_known())
                    .then(|| {
                        let hint = t(if is_unknown.get() { "launch.login_unknown" } else { "launch.login_hint" });
                        view! {
                            <div class="max-w-72">
                                <TextField label=t("launch.user") value=user hint=hint mono=true />
                            </div>
                        }
                    })
            }}
            <div class="grid gap-1">
                <p class="c-label">{t("launch.login")}</p>
                <Code text=line label=t("launch.copy_login") />
                {move || key.with(Option::is_some).then(|| view! { <p class="c-hint">{t("launch.login_key")}</p> })}
            </div>
        </section>
    }
    .into_any()
}
