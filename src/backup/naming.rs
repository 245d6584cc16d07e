//! Names for snapshots and backups: from a template, and always such as Nova accepts.
//!
//! Nova wants 1 to 255 printable characters of the basic plane, no spaces outside, no emoji (contract I6;
//! nova/api/validation/parameter_types.py). For a volume-backed server Cinder gets `snapshot for <name>`, which must fit
//! into 255 too.

use crate::model::{Message, Moment};

/// Longest name of an image, in characters.
pub const MAX: usize = 255;
/// Longest name of an image whose volume snapshots are named after it, in characters.
pub const MAX_VOLUME_BACKED: usize = 240;
/// What a name is made of when nobody says otherwise.
pub const TEMPLATE: &str = "{server}-{date}-{time}";
/// Offered as backup types; any other text will do.
pub const SUGGESTED_TYPES: [&str; 3] = ["daily", "weekly", "monthly"];

/// What a suggested type means, for people; as a type it is written as it is. Others mean what they say.
pub fn type_word(backup_type: &str) -> Option<Message> {
    let key = match backup_type {
        "daily" => "naming.type.daily",
        "weekly" => "naming.type.weekly",
        "monthly" => "naming.type.monthly",
        _ => return None,
    };
    Some(Message::new(key))
}

/// What the places of a template stand for.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// `{server}`
    pub server: &'a str,
    /// `{type}`; empty for snapshots.
    pub backup_type: &'a str,
    pub now: Moment,
    /// Seconds east of UTC, for `{date}` and `{time}`.
    pub utc_offset: i32,
}

/// Fills `{server}`, `{type}`, `{date}` (2026-11-23) and `{time}` (10-00-00: a colon would be an operator in Glance's
/// filters, contract D2) and makes the result valid. If it is too long, the server's name is shortened, not the date.
pub fn render(template: &str, places: Places<'_>, max: usize) -> String {
    let local = places.now.plus(places.utc_offset.into()).utc();
    let date = format!("{:04}-{:02}-{:02}", local.year(), u8::from(local.month()), local.day());
    let time = format!("{:02}-{:02}-{:02}", local.hour(), local.minute(), local.second());
    let fill = |server: &str| {
        let mut out = String::new();
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            rest = &rest[open..];
            let places = [("{server}", server), ("{type}", places.backup_type), ("{date}", &date), ("{time}", &time)];
            match places.iter().find(|(place, _)| rest.starts_with(place)) {
                Some((place, value)) => {
                    out.push_str(value);
                    rest = &rest[place.len()..];
                }
                None => {
                    out.push('{');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
        clean(&out)
    };
    let server = clean(places.server);
    let whole = fill(&server);
    let over = whole.chars().count().saturating_sub(max);
    let uses = template.matches("{server}").count();
    if over == 0 || uses == 0 {
        return valid(&whole, max);
    }
    let room = server.chars().count().saturating_sub(over.div_ceil(uses));
    valid(&fill(&server.chars().take(room).collect::<String>()), max)
}

/// The nearest name that Nova accepts: without what cannot be printed, spaces collapsed, cut to `max` characters, and
/// never empty.
pub fn valid(name: &str, max: usize) -> String {
    let cut: String = clean(name).chars().take(max).collect();
    let cut = cut.trim_end();
    if cut.is_empty() { "carrete".to_owned() } else { cut.to_owned() }
}

/// Why a name typed by a person is refused; the sentence stands under its field.
pub fn check(name: &str, max: usize) -> Result<(), Message> {
    let length = name.chars().count();
    if name.trim().is_empty() {
        Err(Message::new("naming.empty"))
    } else if length > max {
        Err(Message::new("naming.long").count("max", max as u64).count("length", length as u64))
    } else if name.starts_with(char::is_whitespace) || name.ends_with(char::is_whitespace) {
        Err(Message::new("naming.spaces"))
    } else if let Some(odd) = name.chars().find(|c| !is_printable(*c)) {
        let shown = if odd.is_control() { format!("U+{:04X}", u32::from(odd)) } else { odd.to_string() };
        Err(Message::new("naming.character").text("character", shown))
    } else {
        Ok(())
    }
}

/// Why a backup type is refused. Nova takes any text, even none; Carrete asks for one that can be told from others.
pub fn check_backup_type(backup_type: &str) -> Result<(), Message> {
    if backup_type.is_empty() { Err(Message::new("naming.type_empty")) } else { check(backup_type, MAX) }
}

fn clean(name: &str) -> String {
    let printable: String =
        name.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| is_printable(*c)).collect();
    printable.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Python's `unicodedata.category` not in C* and, of Z*, only Zs; and inside the basic plane.
fn is_printable(c: char) -> bool {
    let invisible = matches!(u32::from(c),
        0xAD | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x890..=0x891 | 0x8E2 | 0x180E | 0x200B..=0x200F
        | 0x2028..=0x202E | 0x2060..=0x206F | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xFEFF | 0xFFF0..=0xFFFB | 0xFFFE..);
    !c.is_control() && !invisible
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn places(server: &str) -> Places<'_> {
        Places { server, backup_type: "daily", now: Moment(1_795_428_000), utc_offset: 3600 }
    }

    #[test]
    fn fills_the_template() {
        assert_eq!(render(TEMPLATE, places("web1"), MAX), "web1-2026-11-23-11-00-00");
        assert_eq!(render("{type} of {server} {what} {", places("w"), MAX), "daily of w {what} {");
        assert_eq!(render("{server}", places("{date}"), MAX), "{date}", "a server's name is no template");
        assert_eq!(render("", places("w"), MAX), "carrete");
    }

    #[test]
    fn shortens_the_server_not_the_date() {
        let name = render(TEMPLATE, places(&"ñ".repeat(400)), MAX_VOLUME_BACKED);
        assert_eq!(name.chars().count(), MAX_VOLUME_BACKED);
        assert!(name.ends_with("-2026-11-23-11-00-00"));
    }

    #[test]
    fn suggested_types_are_said_in_words_and_others_as_they_are() {
        assert!(SUGGESTED_TYPES.iter().all(|word| type_word(word).is_some_and(|said| said.key.ends_with(word))));
        assert_eq!(type_word("before-exams"), None);
    }

    #[test]
    fn makes_names_valid() {
        assert_eq!(valid("  copia 🎞 de\tweb\u{200b}1\n ", MAX), "copia de web1");
        assert_eq!(valid("🎞", MAX), "carrete");
        assert_eq!(check("copia de mañana", MAX), Ok(()));
        for (bad, key) in
            [("", "naming.empty"), (" a", "naming.spaces"), ("a🎞", "naming.character"), ("a\u{7}", "naming.character")]
        {
            assert_eq!(check(bad, MAX).unwrap_err().key, key);
        }
        assert_eq!(check(&"a".repeat(256), MAX).unwrap_err().key, "naming.long");
        assert!(check_backup_type("").is_err());
    }

    proptest! {
        #[test]
        fn whatever_comes_out_is_accepted(template in "\\PC{0,40}|(\\{server\\}|\\{date\\}| |.){0,9}", server in ".{0,300}", max in 20usize..256) {
            let name = render(&template, places(&server), max);
            prop_assert_eq!(check(&name, max), Ok(()), "{:?}", name);
        }
    }
}
