//! What is typed on the launch screen. It outlives the view: a change of language, a renewed token or a look at another
//! screen loses nothing. In memory only: user data may hold secrets.

use std::sync::Arc;

use leptos::prelude::*;
use secrecy::SecretString;

use super::session::{Session, Stage};
use crate::model::{ImageId, Message, NetworkId, SecurityGroupId};
use crate::operation::OperationId;

/// Which defaults were already filled in; a field that somebody emptied stays empty.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Filled {
    pub name: bool,
    pub flavor: bool,
    pub networks: bool,
    pub groups: bool,
    pub key: bool,
    pub volume: bool,
}

#[derive(Clone, Copy)]
pub struct LaunchDraft {
    /// What it is a draft for: the place (cloud, project, region) and the image.
    subject: RwSignal<Option<(Arc<str>, ImageId)>>,
    pub filled: RwSignal<Filled>,
    pub name: RwSignal<String>,
    pub flavor: RwSignal<String>,
    pub networks: RwSignal<Vec<NetworkId>>,
    pub groups: RwSignal<Vec<SecurityGroupId>>,
    pub key: RwSignal<String>,
    pub floating: RwSignal<String>,
    pub boot_volume: RwSignal<bool>,
    pub volume_size: RwSignal<Option<u32>>,
    pub volume_delete: RwSignal<bool>,
    pub user_data: RwSignal<String>,
    /// The name of the key pair that is being made or imported.
    pub key_name: RwSignal<String>,
    pub key_public: RwSignal<String>,
    /// The key pair that was made or imported here, and what is to be said of it.
    pub key_made: RwSignal<Option<(String, Message)>>,
    /// The private half of the key pair that was made here, while this page lives: a download can go wrong.
    pub key_private: RwSignal<Option<Arc<SecretString>>>,
    /// The search in the list of images.
    pub search: RwSignal<String>,
    /// The launch that came of it.
    pub operation: RwSignal<Option<OperationId>>,
}

impl LaunchDraft {
    pub fn provide(session: Session) -> Self {
        let draft = Self {
            subject: RwSignal::new(None),
            filled: RwSignal::new(Filled::default()),
            name: RwSignal::new(String::new()),
            flavor: RwSignal::new(String::new()),
            networks: RwSignal::new(Vec::new()),
            groups: RwSignal::new(Vec::new()),
            key: RwSignal::new(String::new()),
            floating: RwSignal::new(String::new()),
            boot_volume: RwSignal::new(false),
            volume_size: RwSignal::new(None),
            volume_delete: RwSignal::new(true),
            user_data: RwSignal::new(String::new()),
            key_name: RwSignal::new(String::new()),
            key_public: RwSignal::new(String::new()),
            key_made: RwSignal::new(None),
            key_private: RwSignal::new(None),
            search: RwSignal::new(String::new()),
            operation: RwSignal::new(None),
        };
        provide_context(draft);
        Effect::new(move |_| {
            if matches!(session.stage.get(), Stage::SignedOut { .. }) {
                draft.clear();
            }
        });
        draft
    }

    /// Begins afresh, unless it is a draft for the same image of the same project already.
    pub fn begin(self, place: Arc<str>, image: ImageId) {
        let subject = Some((place, image));
        if self.subject.with_untracked(|old| *old != subject) {
            self.clear();
            self.subject.set(subject);
        }
    }

    /// Another server of the same image: all stays but the name.
    pub fn again(self) {
        self.operation.set(None);
        self.name.set(String::new());
        self.filled.update(|filled| filled.name = false);
    }

    fn clear(self) {
        self.subject.set(None);
        self.filled.set(Filled::default());
        for text in [self.name, self.flavor, self.key, self.user_data, self.key_name, self.key_public, self.search] {
            text.set(String::new());
        }
        self.floating.set("auto".to_owned());
        self.networks.set(Vec::new());
        self.groups.set(Vec::new());
        self.boot_volume.set(false);
        self.volume_size.set(None);
        self.volume_delete.set(true);
        self.key_made.set(None);
        self.key_private.set(None);
        self.operation.set(None);
    }
}

pub fn use_launch_draft() -> LaunchDraft {
    use_context::<LaunchDraft>().unwrap_or_else(|| LaunchDraft::provide(super::session::use_session()))
}
