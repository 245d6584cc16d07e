//! Spanish and English. The sentences live in `locales/*.yml`, both languages of one side by side; plurals, numbers and
//! dates come from the browser's `Intl`.
//!
//! The language is read when a view is made: the app is mounted anew when it changes (`app.rs`), so that no view has to
//! be reactive for it. What a form holds survives, because drafts live in `state`.

use std::borrow::Cow;

use crate::browser::intl;
use crate::model::{Arg, Message};

/// The languages that every sentence exists in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    English,
    Spanish,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// BCP 47, as `<html lang>` and `Intl` take it.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }
    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Spanish => "Español",
        }
    }
    /// From a browser's preference such as `es-CO`; `None` for languages that Carrete does not speak.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or(tag);
        Self::ALL.into_iter().find(|l| l.code().eq_ignore_ascii_case(primary))
    }
    pub fn current() -> Self {
        Self::from_tag(&rust_i18n::locale()).unwrap_or(Self::English)
    }
    pub fn activate(self) {
        rust_i18n::set_locale(self.code());
    }
}

/// The sentence of a key, which has no arguments.
pub fn t(key: &str) -> String {
    lookup(key).into_owned()
}

/// A whole sentence with its values in the current language.
pub fn tr(message: &Message) -> String {
    let count = message.args.iter().find_map(|(_, arg)| match arg {
        Arg::Count(n) => Some(*n),
        _ => None,
    });
    let plural = count.map(|n| format!("{}.{}", message.key, intl::plural(n)));
    let text = match plural.as_deref().and_then(found) {
        Some(text) => text,
        None => match count.and_then(|_| found(&format!("{}.other", message.key))) {
            Some(text) => text,
            None => lookup(&message.key),
        },
    };
    fill(&text, &message.args)
}

/// Replaces `%{name}` in one pass, so that a value which itself contains `%{…}` stays as it is.
fn fill(text: &str, args: &[(String, Arg)]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("%{") {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) => {
                match args.iter().find(|(known, _)| known == name) {
                    Some((_, arg)) => out.push_str(&show(arg)),
                    None => {
                        out.push_str("%{");
                        out.push_str(name);
                        out.push('}');
                    }
                }
                rest = tail;
            }
            None => {
                out.push_str("%{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A value as this language writes it.
pub fn show(arg: &Arg) -> String {
    match arg {
        Arg::Text(text) => text.clone(),
        Arg::Count(n) => intl::number(*n as f64),
        Arg::Bytes(n) => intl::bytes(*n),
        Arg::Moment(seconds) => intl::date_time(*seconds),
        Arg::Seconds(seconds) => intl::duration(*seconds),
        Arg::Sentence(inner) => tr(inner),
        Arg::Word(parts) => match parts.as_slice() {
            [family, it] => word(family, it),
            other => other.join(" "),
        },
    }
}

/// A word of the API in the reader's language; one that Carrete does not know stays as it is.
pub fn word(family: &str, word: &str) -> String {
    match found(&format!("{family}.{word}")) {
        Some(known) => known.into_owned(),
        None if word.is_empty() => t("common.unknown"),
        None => word.to_owned(),
    }
}

fn found(key: &str) -> Option<Cow<'static, str>> {
    crate::_rust_i18n_try_translate(&rust_i18n::locale(), key)
}

/// A key that nobody wrote shows itself, so that it is seen at once; `tests/locales.rs` finds it before.
fn lookup(key: &str) -> Cow<'static, str> {
    found(key).unwrap_or_else(|| Cow::Owned(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_value_is_only_text() {
        let args = vec![("a".to_owned(), Arg::Text("%{b} <b>".into())), ("b".to_owned(), Arg::Text("secret".into()))];
        assert_eq!(fill("x %{a} y %{c} %{", &args), "x %{b} <b> y %{c} %{");
    }

    #[test]
    fn a_word_of_the_api_is_said_in_words_and_an_unknown_one_stays() {
        let busy = |task: &str| tr(&crate::model::Blocked::Busy { task: task.to_owned() }.message());
        assert!(busy("image_uploading").contains("uploading the image"), "{}", busy("image_uploading"));
        assert!(busy("brand_new_task").contains("brand_new_task"));
    }

    #[test]
    fn knows_its_languages_by_tag() {
        assert_eq!(Language::from_tag("es-CO"), Some(Language::Spanish));
        assert_eq!(Language::from_tag("EN"), Some(Language::English));
        assert_eq!(Language::from_tag("fr"), None);
    }
}
