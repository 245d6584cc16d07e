//! `localStorage` (settings, the journal of operations) and `sessionStorage` (the sealed token).
//!
//! Either may be absent or full (private mode, a blocked site): then nothing is kept and nothing breaks.

use crate::model::json::{self, FromJson, ToJson};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// Kept for this site, shared by its tabs.
    Local,
    /// Kept for this tab, until it is closed.
    Session,
}

impl Store {
    fn open(self) -> Option<web_sys::Storage> {
        let window = web_sys::window()?;
        match self {
            Self::Local => window.local_storage().ok()?,
            Self::Session => window.session_storage().ok()?,
        }
    }

    pub fn text(self, key: &str) -> Option<String> {
        self.open()?.get_item(key).ok()?
    }

    /// Whether it was written.
    pub fn set_text(self, key: &str, text: &str) -> bool {
        self.open().is_some_and(|storage| storage.set_item(key, text).is_ok())
    }

    /// `None` also for what another version of the page wrote and this one cannot read.
    pub fn get<T: FromJson>(self, key: &str) -> Option<T> {
        json::read(&self.text(key)?)
    }

    /// Whether it was written.
    pub fn set(self, key: &str, value: &dyn ToJson) -> bool {
        self.set_text(key, &json::write(value))
    }

    pub fn remove(self, key: &str) {
        if let Some(storage) = self.open() {
            let _ = storage.remove_item(key);
        }
    }

    /// All keys that begin so.
    pub fn keys(self, prefix: &str) -> Vec<String> {
        let Some(storage) = self.open() else { return Vec::new() };
        let count = storage.length().unwrap_or(0);
        (0..count).filter_map(|i| storage.key(i).ok()?).filter(|key| key.starts_with(prefix)).collect()
    }
}
