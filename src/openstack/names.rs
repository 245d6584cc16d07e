//! What may be sent, checked before it is: names, metadata, numbers. Each rule is a service's own.
//!
//! Every function returns the value as it is to be sent, or the sentence that stands beside the field.

use std::collections::BTreeMap;

use crate::model::Message;

/// The longest name, in characters.
const LONGEST: usize = 255;
/// Nova's metadata quota per server and Glance's per image.
pub const MOST_METADATA: usize = 128;

/// The name of a server, an image or a backup: 1 to 255 printable characters of the Basic Multilingual Plane, no white
/// space around them (nova/api/validation/parameter_types.py). So no emoji.
pub fn name(typed: &str) -> Result<String, Message> {
    bounded(typed, LONGEST)?;
    match typed.chars().find(|c| !is_printable(*c)) {
        Some(odd) => Err(odd_character(odd)),
        None => Ok(typed.to_owned()),
    }
}

/// The name of a key pair: ASCII letters, digits, `_`, `-`, space (nova/api/openstack/compute/schemas/keypairs.py). `@`
/// and `.` came with microversion 2.92 and are not used.
pub fn keypair_name(typed: &str) -> Result<String, Message> {
    bounded(typed, LONGEST)?;
    match typed.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' '))) {
        Some(odd) => Err(odd_character(odd)),
        None => Ok(typed.to_owned()),
    }
}

/// A key of a server's or an image's metadata: 1 to 255 of `a-zA-Z0-9-_:. ` (nova/api/validation/parameter_types.py),
/// and none of Glance's own fields, which a snapshot's metadata would collide with.
pub fn metadata_key(typed: &str) -> Result<String, Message> {
    const GLANCES_OWN: [&str; 25] = [
        "id",
        "name",
        "status",
        "visibility",
        "protected",
        "os_hidden",
        "owner",
        "size",
        "virtual_size",
        "min_disk",
        "min_ram",
        "disk_format",
        "container_format",
        "checksum",
        "os_hash_algo",
        "os_hash_value",
        "created_at",
        "updated_at",
        "tags",
        "self",
        "file",
        "schema",
        "stores",
        "direct_url",
        "locations",
    ];
    bounded(typed, LONGEST)?;
    if let Some(odd) = typed.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_:. ".contains(*c))) {
        return Err(odd_character(odd));
    }
    // `_min` and `_max` are read as ranges when Glance is asked for such a property (glance/api/v2/images.py).
    let is_range = typed.ends_with("_min") || typed.ends_with("_max");
    if GLANCES_OWN.contains(&typed) || typed.starts_with("os_glance") || is_range {
        return Err(Message::new("invalid.reserved").text("name", typed));
    }
    Ok(typed.to_owned())
}

/// A metadata value: at most 255 characters; may be empty.
pub fn metadata_value(typed: &str) -> Result<String, Message> {
    if typed.chars().count() > LONGEST {
        return Err(Message::new("invalid.too_long").count("most", LONGEST as u64));
    }
    Ok(typed.to_owned())
}

/// All metadata of one thing.
pub fn metadata(typed: &BTreeMap<String, String>) -> Result<(), Message> {
    if typed.len() > MOST_METADATA {
        return Err(Message::new("invalid.too_big").count("most", MOST_METADATA as u64));
    }
    typed.iter().try_for_each(|(key, value)| {
        metadata_key(key)?;
        metadata_value(value).map(drop)
    })
}

/// A `backup_type`: as a name. Nova takes any text, but only text that survives as an image's property rotates.
pub fn backup_type(typed: &str) -> Result<String, Message> {
    name(typed)
}

/// A rotation: how many backups are kept, the new one among them. Nova takes 0 too, and then deletes the new one.
pub fn rotation(typed: &str) -> Result<u32, Message> {
    whole(typed, 1, 1000)
}

/// A whole number within bounds.
pub fn whole(typed: &str, least: u32, most: u32) -> Result<u32, Message> {
    let digits = typed.trim();
    if digits.is_empty() {
        return Err(Message::new("invalid.empty"));
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Message::new("invalid.not_a_number"));
    }
    match digits.parse() {
        Ok(number) if number < least => Err(Message::new("invalid.too_small").count("least", least.into())),
        Ok(number) if number <= most => Ok(number),
        _ => Err(Message::new("invalid.too_big").count("most", most.into())),
    }
}

/// User data: at most 65535 characters of base64, that is 49149 bytes (nova/api/openstack/compute/schemas/servers.py).
pub fn user_data(typed: &str) -> Result<String, Message> {
    const MOST: usize = 65535 / 4 * 3;
    if typed.len() > MOST {
        return Err(Message::new("invalid.too_long").count("most", MOST as u64));
    }
    Ok(typed.to_owned())
}

fn bounded(typed: &str, most: usize) -> Result<(), Message> {
    if typed.is_empty() {
        Err(Message::new("invalid.empty"))
    } else if typed.chars().count() > most {
        Err(Message::new("invalid.too_long").count("most", most as u64))
    } else if typed.trim() != typed {
        Err(Message::new("invalid.outer_space"))
    } else {
        Ok(())
    }
}

/// Nova's "printable": no control and format characters, no unassigned or private ones, no separators but spaces. Its
/// regular expression ends at U+FFFE, so that everything beyond the Basic Multilingual Plane is refused.
fn is_printable(c: char) -> bool {
    let code = c as u32;
    let refused = c.is_control()
        || code >= 0xFFFE
        || matches!(code, 0xAD | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB)
        || (0xE000..=0xF8FF).contains(&code);
    !refused
}

/// A character that cannot be shown is named by its code.
fn odd_character(odd: char) -> Message {
    let shown = if odd.is_control() || !is_printable(odd) && (odd as u32) < 0x10000 {
        format!("U+{:04X}", odd as u32)
    } else {
        odd.to_string()
    };
    Message::new("invalid.character").text("character", shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<T: std::fmt::Debug>(result: Result<T, Message>) -> String {
        result.map_or_else(|message| message.key, |ok| panic!("{ok:?}"))
    }

    #[test]
    fn names_are_what_nova_takes() {
        for good in ["web1", "Copia diaria nº 3", "a", "名前", "<b>x</b>", "a/b?c", &"ñ".repeat(255)] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        assert_eq!(key(name("")), "invalid.empty");
        assert_eq!(key(name(" web1")), "invalid.outer_space");
        assert_eq!(key(name("web1\u{a0}")), "invalid.outer_space");
        assert_eq!(key(name(&"x".repeat(256))), "invalid.too_long");
        assert_eq!(key(name(&"x".repeat(10_000))), "invalid.too_long");
        for bad in ["a\u{0}b", "a\nb", "a\u{7f}b", "rocket🚀", "a\u{200b}b", "a\u{202e}b", "a\u{e000}b"] {
            assert_eq!(key(name(bad)), "invalid.character", "{bad:?}");
        }
        let shown = name("a\nb").unwrap_err();
        assert_eq!(shown, Message::new("invalid.character").text("character", "U+000A"));
    }

    #[test]
    fn key_pairs_are_ascii() {
        assert!(keypair_name("my key_1-2").is_ok());
        for bad in ["ñ", "a.b", "a@b", "../x", "<x>"] {
            assert_eq!(key(keypair_name(bad)), "invalid.character", "{bad}");
        }
    }

    #[test]
    fn metadata_cannot_collide_with_glances_fields() {
        assert!(metadata_key("carrete_op").is_ok() && metadata_key("a b:c.d-1").is_ok());
        for reserved in ["name", "owner", "os_glance_x", "x_min", "x_max"] {
            assert_eq!(key(metadata_key(reserved)), "invalid.reserved", "{reserved}");
        }
        assert_eq!(key(metadata_key("año")), "invalid.character");
        assert!(metadata_value("").is_ok() && metadata_value(&"ñ".repeat(255)).is_ok());
        assert_eq!(key(metadata_value(&"x".repeat(256))), "invalid.too_long");
        let many: BTreeMap<String, String> = (0..129).map(|n| (format!("k{n}"), String::new())).collect();
        assert_eq!(key(metadata(&many)), "invalid.too_big");
    }

    #[test]
    fn rotation_never_deletes_the_new_backup() {
        assert_eq!((rotation("1"), rotation(" 14 ")), (Ok(1), Ok(14)));
        assert_eq!(key(rotation("0")), "invalid.too_small");
        assert_eq!(key(rotation("")), "invalid.empty");
        for bad in ["-1", "1.5", "seven", "１"] {
            assert_eq!(key(rotation(bad)), "invalid.not_a_number", "{bad}");
        }
        for bad in ["1001", "99999999999999999999"] {
            assert_eq!(key(rotation(bad)), "invalid.too_big", "{bad}");
        }
    }

    #[test]
    fn user_data_fits_into_base64() {
        use base64::Engine;
        let most = "x".repeat(49149);
        assert!(base64::engine::general_purpose::STANDARD.encode(user_data(&most).unwrap()).len() <= 65535);
        assert_eq!(key(user_data(&"x".repeat(49150))), "invalid.too_long");
    }
}
