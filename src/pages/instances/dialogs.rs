//! Which dialog about which server is open.

use leptos::prelude::*;

use super::Inventory;
use super::backup_dialog::BackupDialog;
use super::snapshot_dialog::SnapshotDialog;
use crate::model::ServerId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerAction {
    Snapshot,
    Backup,
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
    let target = move |action: ServerAction| {
        Memo::new(move |_| dialogs.now.get().filter(|(open, _)| *open == action).map(|(_, server)| server))
    };
    view! {
        <SnapshotDialog server=target(ServerAction::Snapshot) inventory=inventory dialogs=dialogs />
        <BackupDialog server=target(ServerAction::Backup) inventory=inventory dialogs=dialogs />
    }
    .into_any()
}
