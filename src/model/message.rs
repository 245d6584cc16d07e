//! A sentence for the user, before it has a language.
//!
//! The pure rings say *what* is to be said: the key of a sentence in `locales/` and the values that go into it. Only
//! `i18n` turns it into Spanish or English.

use crate::{json_enum, json_struct};

/// A key of `locales/*.yml` and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub key: String,
    pub args: Vec<(String, Arg)>,
}

json_struct!(Message { key, args });

/// A value inside a sentence. The view formats it for the reader's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// Shown as it is: a name, an id, an address. Hostile text is harmless: it only ever becomes a text node.
    Text(String),
    /// A count. Also picks the plural form: the key's `.one` or `.other` child, where there is one.
    Count(u64),
    /// Bytes.
    Bytes(u64),
    /// A moment, in seconds since 1970 UTC.
    Moment(i64),
    /// A length of time in seconds.
    Seconds(u64),
    /// Another sentence.
    Sentence(Box<Message>),
    /// A word of the API and its family in `locales/` (`status`, `task`): shown in the reader's language where it is
    /// known, as it is where not.
    Word(Vec<String>),
}

json_enum!(Arg { Text(it), Count(it), Bytes(it), Moment(it), Seconds(it), Sentence(it), Word(it) });

impl Message {
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), args: Vec::new() }
    }
    pub fn with(mut self, name: &str, arg: Arg) -> Self {
        self.args.push((name.to_owned(), arg));
        self
    }
    pub fn text(self, name: &str, value: impl Into<String>) -> Self {
        self.with(name, Arg::Text(value.into()))
    }
    pub fn word(self, name: &str, family: &str, word: &str) -> Self {
        self.with(name, Arg::Word(vec![family.to_owned(), word.to_owned()]))
    }
    pub fn count(self, name: &str, value: u64) -> Self {
        self.with(name, Arg::Count(value))
    }
    pub fn bytes(self, name: &str, value: u64) -> Self {
        self.with(name, Arg::Bytes(value))
    }
}
