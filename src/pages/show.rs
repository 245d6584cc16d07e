//! How the screens show what they have in common: errors, statuses, types, ages.

use leptos::prelude::*;

use crate::backup::kind::ImageKind;
use crate::browser::intl;
use crate::i18n::{t, tr, word};
use crate::model::{Blocked, Image, ImageStatus, Message, Moment, Server, ServerStatus};
use crate::openstack::call::Service;
use crate::openstack::sentence::{Context, Doing};
use crate::openstack::{ApiError, sentence};
use crate::state::session::use_session;
use crate::state::settings;
use crate::ui::badge::{Badge, Tone};
use crate::ui::notice::Notice;
use crate::ui::theme;

/// An error as an inline message: the sentence, the cloud's own words and the request id folded below, and for CORS the
/// two lines that the operator needs.
pub fn error_notice(error: &ApiError, doing: Doing) -> AnyView {
    let (title, details) = error_words(error, doing);
    match error {
        ApiError::Cors { service, origin } => {
            let text = tr(&Message::new("sign_in.cors_text").text("file", config_file(*service)));
            let code = format!("[cors]\nallowed_origin = {origin}");
            view! { <Notice tone=Tone::Bad title=title text=text code=code /> }.into_any()
        }
        _ => match details {
            Some(details) => view! { <Notice tone=Tone::Bad title=title details=details /> }.into_any(),
            None => view! { <Notice tone=Tone::Bad title=title /> }.into_any(),
        },
    }
}

/// The sentence for an error, and what stands below it: the cloud's own text and the request id.
pub fn error_words(error: &ApiError, doing: Doing) -> (String, Option<String>) {
    let roles = use_session().who.with_untracked(|who| who.as_ref().map(|who| who.roles.clone())).unwrap_or_default();
    let title = tr(&sentence(error, Context::doing(doing).with_roles(&roles)));
    let mut details: Vec<String> = Vec::new();
    if !error.text().is_empty() {
        details.push(error.text().to_owned());
    }
    if let Some(id) = error.request_id() {
        details.push(id.to_string());
    }
    (title, (!details.is_empty()).then(|| details.join("\n")))
}

/// Where the service's `[cors]` section is on the operator's machine.
fn config_file(service: Service) -> String {
    match service {
        Service::Image => "/etc/glance/glance-api.conf".to_owned(),
        other => format!("/etc/{0}/{0}.conf", other.project()),
    }
}

/// `Active`, or what is being done: `copying the disk`.
pub fn server_status(server: &Server) -> AnyView {
    let tone = match server.status {
        _ if server.is_changing() => Tone::Busy,
        ServerStatus::Active => Tone::Ok,
        ServerStatus::Error => Tone::Bad,
        ServerStatus::VerifyResize | ServerStatus::Rescue | ServerStatus::SoftDeleted => Tone::Warn,
        _ => Tone::Neutral,
    };
    view! { <Badge tone=tone text=server_status_words(server) /> }.into_any()
}

pub fn server_status_words(server: &Server) -> String {
    let status = word("status", server.status.word());
    match &server.task_state {
        Some(task) => format!("{status}: {}", word("task", task)),
        None => status,
    }
}

pub fn image_status(image: &Image) -> AnyView {
    let tone = match image.status {
        ImageStatus::Active => Tone::Ok,
        ImageStatus::Killed | ImageStatus::Deleted => Tone::Bad,
        ImageStatus::Deactivated => Tone::Warn,
        _ if image.is_changing() => Tone::Busy,
        _ => Tone::Neutral,
    };
    view! { <Badge tone=tone text=word("image_status", image.status.word()) /> }.into_any()
}

pub fn image_kind(image: &Image) -> AnyView {
    use icondata_lu as lu;
    let kind = ImageKind::of(image);
    let glyph = match kind {
        ImageKind::Plain => lu::LuDisc3,
        ImageKind::Snapshot => lu::LuCamera,
        ImageKind::Backup { .. } => lu::LuFilm,
        ImageKind::VolumeSnapshot => lu::LuLayers,
        ImageKind::VolumeBackup { .. } => lu::LuFilm,
    };
    view! { <Badge tone=Tone::Neutral text=tr(&kind.message()) glyph=glyph /> }.into_any()
}

/// `3 hours ago`, with the exact time on hover and for screen readers that ask.
pub fn age(at: Option<Moment>, now: Moment) -> AnyView {
    time(at, |at| intl::ago(at.age(now)))
}

fn time(at: Option<Moment>, words: impl Fn(Moment) -> String) -> AnyView {
    match at {
        Some(at) => {
            let exact = intl::date_time(at.0);
            view! { <time datetime=at.rfc3339() title=exact>{words(at)}</time> }.into_any()
        }
        None => view! { <span>"–"</span> }.into_any(),
    }
}

/// A name as it is, or that there is none.
pub fn named(name: &str) -> String {
    if name.trim().is_empty() { t("common.unnamed") } else { name.to_owned() }
}

/// Why nothing can be changed here: the roles only let one look. Tracked.
pub fn read_only() -> Option<Blocked> {
    let who = use_session().who.get()?;
    who.read_only.then(|| Blocked::ReadOnly { roles: who.roles.join(", ") })
}

impl From<settings::Theme> for theme::Theme {
    fn from(chosen: settings::Theme) -> Self {
        match chosen {
            settings::Theme::System => Self::System,
            settings::Theme::Light => Self::Light,
            settings::Theme::Dark => Self::Dark,
        }
    }
}

impl From<theme::Theme> for settings::Theme {
    fn from(chosen: theme::Theme) -> Self {
        match chosen {
            theme::Theme::System => Self::System,
            theme::Theme::Light => Self::Light,
            theme::Theme::Dark => Self::Dark,
        }
    }
}
