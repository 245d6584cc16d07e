//! Which dialog about which server is open, and the frame that all of them have.

use leptos::prelude::*;

use super::{Inventory, backup_dialog, policy_dialog, snapshot_dialog};
use crate::i18n::tr;
use crate::model::{Message, ServerId};
use crate::ui::dialog::{Dialog, Width};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerAction {
    Snapshot,
    Backup,
    Policy,
}

/// What stands in the frame. The signal: whether closing would lose something that was typed.
type Body = fn(ServerId, Inventory, Dialogs, RwSignal<bool>) -> AnyView;

impl ServerAction {
    const ALL: [Self; 3] = [Self::Snapshot, Self::Backup, Self::Policy];

    fn parts(self) -> (&'static str, Width, Body) {
        match self {
            Self::Snapshot => ("snapshot.title", Width::Medium, snapshot_dialog::form),
            Self::Backup => ("backup_dialog.title", Width::Wide, backup_dialog::content),
            Self::Policy => ("policy_dialog.title", Width::Wide, policy_dialog::form),
        }
    }
}

#[derive(Clone, Copy)]
pub struct Dialogs {
    pub now: RwSignal<Option<(ServerAction, ServerId)>>,
}

impl Default for Dialogs {
    fn default() -> Self {
        Self { now: RwSignal::new(None) }
    }
}

impl Dialogs {
    pub fn open(self, action: ServerAction, server: &ServerId) {
        self.now.set(Some((action, server.clone())));
    }
    pub fn close(self) {
        self.now.set(None);
    }
}

#[component]
pub fn ServerDialogs(dialogs: Dialogs, inventory: Inventory) -> impl IntoView {
    ServerAction::ALL.map(|action| frame(action, dialogs, inventory)).into_iter().collect_view().into_any()
}

/// Opens when its action is asked for, is called after the server, and asks before it drops what was typed.
fn frame(action: ServerAction, dialogs: Dialogs, inventory: Inventory) -> AnyView {
    let (title, width, content) = action.parts();
    let server = Memo::new(move |_| dialogs.now.get().filter(|(open, _)| *open == action).map(|(_, server)| server));
    let title = Signal::derive(move || {
        let name = server.get().and_then(|id| inventory.server(&id)).map(|server| server.name).unwrap_or_default();
        tr(&Message::new(title).text("name", name))
    });
    let dirty = RwSignal::new(false);
    let body = move || server.get().map(|id| content(id, inventory, dialogs, dirty));
    view! {
        <Dialog
            open=Signal::derive(move || server.with(Option::is_some))
            on_close=move |_| dialogs.close()
            title=title
            dirty=dirty
            width=width
        >
            {body}
        </Dialog>
    }
    .into_any()
}
