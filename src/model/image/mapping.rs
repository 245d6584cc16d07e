//! `block_device_mapping`, read without a JSON tree: Nova writes a flat list of flat objects, and a project may have
//! tens of thousands of them. What is not flat, or has escapes, is left to the whole parser.

use serde_json::Value;

use crate::json_struct;
use crate::model::SnapshotId;
use crate::model::json;

/// What counts of one disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entry<'a> {
    snapshot_id: Option<&'a str>,
    volume_size: Option<u64>,
    device_name: Option<&'a str>,
    boot_index: Option<u64>,
}

impl<'a> Entry<'a> {
    fn of(value: &'a Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let number = |key: &str| match value.get(key)? {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        };
        Self {
            snapshot_id: text("snapshot_id"),
            volume_size: number("volume_size"),
            device_name: text("device_name"),
            boot_index: number("boot_index"),
        }
    }

    fn set(&mut self, key: &str, value: Scalar<'a>) {
        match key {
            "snapshot_id" => self.snapshot_id = value.text(),
            "volume_size" => self.volume_size = value.number(),
            "device_name" => self.device_name = value.text(),
            "boot_index" => self.boot_index = value.number(),
            _ => {}
        }
    }
}

/// A Cinder snapshot that an image points at. It stays when the image is deleted (contract F).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotBehind {
    pub snapshot_id: SnapshotId,
    /// 0 when the cloud does not say.
    pub size_gib: u64,
    /// Such as `/dev/vda`; empty when the cloud does not say.
    pub device: String,
    /// Whether it is the root disk.
    pub boot: bool,
}

json_struct!(SnapshotBehind { snapshot_id, size_gib, device, boot });

impl SnapshotBehind {
    /// `None` when it points at no volume snapshot, or at one with an id that is not believed.
    fn of(entry: &Entry<'_>) -> Option<Self> {
        Some(Self {
            snapshot_id: entry.snapshot_id.filter(|id| is_id(id))?.into(),
            size_gib: entry.volume_size.unwrap_or(0),
            device: entry.device_name.unwrap_or_default().to_owned(),
            boot: entry.boot_index == Some(0),
        })
    }
}

/// Servers have at most 26 disks; more entries than this are nonsense.
const MOST_DISKS: usize = 64;

/// The volume snapshots that a `block_device_mapping` points at, each once.
pub fn behind(text: &str) -> Box<[SnapshotBehind]> {
    if let Some(entries) = flat(text) {
        return snapshots(&entries);
    }
    match json::parse(text) {
        Some(Value::Array(entries)) => snapshots(&entries.iter().map(Entry::of).collect::<Vec<_>>()),
        _ => Box::default(),
    }
}

fn snapshots(entries: &[Entry<'_>]) -> Box<[SnapshotBehind]> {
    let mut found: Vec<SnapshotBehind> = Vec::with_capacity(entries.len().min(MOST_DISKS));
    for disk in entries.iter().take(MOST_DISKS).filter_map(SnapshotBehind::of) {
        if !found.iter().any(|known| known.snapshot_id == disk.snapshot_id) {
            found.push(disk);
        }
    }
    found.into_boxed_slice()
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The entries of a flat list; `None` when it is not certainly one, right or wrong.
fn flat(text: &str) -> Option<Vec<Entry<'_>>> {
    if text.contains('\\') {
        return None;
    }
    let mut scan = Scan { text, at: 0 };
    let mut entries = Vec::new();
    scan.need(b'[')?;
    if !scan.found(b']') {
        loop {
            entries.push(scan.object()?);
            if !scan.found(b',') {
                break;
            }
        }
        scan.need(b']')?;
    }
    scan.space();
    (scan.at == text.len()).then_some(entries)
}

enum Scalar<'a> {
    Text(&'a str),
    Number(u64),
    /// `null`, `true`, `false`.
    Word,
}

impl<'a> Scalar<'a> {
    fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn number(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.trim().parse().ok(),
            Self::Number(number) => Some(*number),
            Self::Word => None,
        }
    }
}

/// Everything is inlined into one loop: the page is compiled for size, and here that costs four times the time.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    #[inline(always)]
    fn found(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    #[inline(always)]
    fn need(&mut self, byte: u8) -> Option<()> {
        self.found(byte).then_some(())
    }

    fn object(&mut self) -> Option<Entry<'a>> {
        let mut entry = Entry::default();
        self.need(b'{')?;
        if self.found(b'}') {
            return Some(entry);
        }
        loop {
            self.space();
            let key = self.string()?;
            self.need(b':')?;
            self.space();
            let value = if self.peek() == b'"' { Scalar::Text(self.string()?) } else { self.bare()? };
            // The four that count have so many letters.
            if matches!(key.len(), 10 | 11) {
                entry.set(key, value);
            }
            if !self.found(b',') {
                break;
            }
        }
        self.need(b'}')?;
        Some(entry)
    }

    /// Without escapes: the text has none. Control characters are let through, which JSON forbids; they do no harm.
    #[inline(always)]
    fn string(&mut self) -> Option<&'a str> {
        if self.peek() != b'"' {
            return None;
        }
        let (bytes, first) = (self.text.as_bytes(), self.at + 1);
        let mut end = first;
        while *bytes.get(end)? != b'"' {
            end += 1;
        }
        self.at = end + 1;
        self.text.get(first..end)
    }

    /// `null`, `true`, `false`, and plain whole numbers.
    #[inline(always)]
    fn bare(&mut self) -> Option<Scalar<'a>> {
        let first = self.at;
        while self.peek().is_ascii_alphanumeric() {
            self.at += 1;
        }
        if matches!(self.peek(), b'.' | b'-' | b'+') {
            return None;
        }
        match self.text.get(first..self.at)? {
            "null" | "false" | "true" => Some(Scalar::Word),
            "0" => Some(Scalar::Number(0)),
            digits if digits.len() > 15 || digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) => {
                None
            }
            digits => digits.parse().ok().map(Scalar::Number),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn whole(text: &str) -> Option<Vec<Value>> {
        serde_json::from_str::<Value>(text).ok()?.as_array().cloned()
    }

    #[test]
    fn reads_what_nova_writes() {
        let text = r#"[{"device_type": "disk", "boot_index": 0, "no_device": false, "snapshot_id": "s-1", "device_name": "/dev/vda",
            "volume_size": 20, "tag": null}, {"snapshot_id": "s-2", "volume_size": "7", "boot_index": null}]"#;
        let first = Entry {
            snapshot_id: Some("s-1"),
            volume_size: Some(20),
            device_name: Some("/dev/vda"),
            boot_index: Some(0),
        };
        let second = Entry { snapshot_id: Some("s-2"), volume_size: Some(7), ..Entry::default() };
        assert_eq!(flat(text), Some(vec![first, second]));
        assert_eq!(flat(" [ ] "), Some(Vec::new()));
        assert_eq!(flat("[{}]"), Some(vec![Entry::default()]));
    }

    #[test]
    fn leaves_the_rest_to_the_whole_parser() {
        for odd in [
            "",
            "[",
            "[{]",
            "[{}",
            "[{},]",
            "[{}] x",
            "{}",
            "[1]",
            "[[]]",
            r#"[{"a": {}}]"#,
            r#"[{"a": -1}]"#,
            r#"[{"a": 1.5}]"#,
            r#"[{"a": 1e3}]"#,
            r#"[{"a": 01}]"#,
            r#"[{"a": "\n"}]"#,
            r#"[{"a\u0062": 1}]"#,
            r#"[{"a": nullx}]"#,
            r#"[{"a" 1}]"#,
            r#"[{a: 1}]"#,
            r#"[{"a": 99999999999999999999}]"#,
        ] {
            assert_eq!(flat(odd), None, "{odd}");
        }
    }

    fn entries() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0u64..99).prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z0-9/ ñ\"\\\\-]{0,9}".prop_map(Value::from),
            Just(json!([])),
            Just(json!(1.5)),
        ];
        let key = proptest::sample::select(vec!["snapshot_id", "volume_size", "device_name", "boot_index", "tag"]);
        proptest::collection::vec(proptest::collection::btree_map(key, scalar, 0..5), 0..4).prop_map(|all| json!(all))
    }

    proptest! {
        #[test]
        fn says_the_same_as_the_whole_parser(entries in entries(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&entries).unwrap() } else { entries.to_string() };
            if let Some(read) = flat(&text) {
                let expected = whole(&text).unwrap();
                prop_assert_eq!(read, expected.iter().map(Entry::of).collect::<Vec<_>>());
            }
        }

        #[test]
        fn believes_nothing_that_is_no_json(text in "[\\[\\]{},: \"a0-9.e]{0,16}|\\[(\\{(\"snapshot_id\": ?(\"a\"|1|null|-|\\{\\}),?){0,3}\\},?){0,3}\\]?.{0,3}") {
            if let Some(read) = flat(&text) {
                let Some(expected) = whole(&text) else { panic!("{text}") };
                prop_assert_eq!(read, expected.iter().map(Entry::of).collect::<Vec<_>>());
            }
        }
    }
}
