//! A whole backup that no policy counts, taken into the rotation: what that means is said before, and it is looked at once
//! more before anything is written.

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::backup::leftovers::Leftover;
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::openstack::sentence::Doing;
use crate::pages::protection::overview::Overview;
use crate::pages::show::{error_words, named, read_only};
use crate::state::adoption::adopt;
use crate::state::session::use_session;
use crate::ui::badge::Tone;
use crate::ui::button::Button;
use crate::ui::confirm::Confirm;
use crate::ui::toast::Toasts;

/// What is asked about; `None` while the question is closed.
pub type Asked = RwSignal<Option<Leftover>>;

/// Below a leftover, where it can be taken into the rotation.
pub fn button(it: &Leftover, asked: Asked) -> Option<AnyView> {
    it.unsealed.as_ref()?;
    let it = it.clone();
    let reason = Signal::derive(move || read_only().map(|why| tr(&why.message())));
    let ask = move |()| asked.set(Some(it.clone()));
    let button = view! {
        <Button small=true glyph=lu::LuFilm disabled_reason=reason on_press=ask>{t("leftovers_page.adopt")}</Button>
    };
    Some(view! { <div class="c-leftover-more">{button}</div> }.into_any())
}

#[component]
pub fn Adopt(overview: Overview, asked: Asked) -> impl IntoView {
    let busy = RwSignal::new(false);
    let toasts = use_context::<Toasts>().unwrap_or_else(Toasts::provide);
    let name = move || asked.with(|it| it.as_ref().map(|it| named(&it.name))).unwrap_or_default();
    let server = move || {
        let id = asked.with(|it| it.as_ref()?.server.clone())?;
        overview.inventory.server(&id).map(|server| named(&server.name))
    };
    let text = move || tr(&Message::new("leftovers_page.adopt_text").text("server", server().unwrap_or_default()));
    let confirm = move |()| {
        let Some(it) = asked.get_untracked() else { return };
        let (Some(image), Some(server)) = (it.unsealed, it.server) else { return };
        // Of the project that it was asked in: see `Session::cloud`.
        let cloud = use_session().cloud();
        busy.set(true);
        spawn_local(async move {
            let outcome = match cloud {
                Ok(cloud) => adopt(&cloud, &image, &server).await.map_err(|why| (tr(&why), None)),
                Err(error) => Err(error_words(&error, Doing::Reading)),
            };
            match outcome {
                Ok(()) => {
                    let done = Message::new("leftovers_page.adopted").text("name", named(&image.name));
                    toasts.push(Tone::Ok, tr(&done), None);
                }
                Err((text, details)) => toasts.push(Tone::Bad, text, details),
            }
            busy.try_set(false);
            asked.try_set(None);
            // Also when it was refused: then what is shown is not true any more.
            overview.retry();
        });
    };
    view! {
        <Confirm
            open=Signal::derive(move || asked.with(Option::is_some))
            on_close=move |()| asked.set(None)
            title=Signal::derive(move || tr(&Message::new("leftovers_page.adopt_question").text("name", name())))
            text=Signal::derive(text)
            action=Signal::derive(move || t("leftovers_page.adopt"))
            busy=busy
            harmless=true
            on_confirm=confirm
        />
    }
    .into_any()
}
