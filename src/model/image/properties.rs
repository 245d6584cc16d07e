//! The properties of an image, by key. What everybody asks of every image, again and again, is found once, when the record
//! is read: which properties tell what it is, and the volume snapshots that it points at. So the two cannot disagree,
//! properties change only through [`insert`](Properties::insert) and [`remove`](Properties::remove).

use std::fmt;

use serde_json::Value;

use super::mapping::{self, SnapshotBehind};

/// A property that tells what an image is. What each means: `backup::metadata`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    BackupType,
    BlockDeviceMapping,
    CarreteImage,
    CarreteOp,
    CarreteServer,
    ImageType,
    InstanceUuid,
}

impl Mark {
    pub const ALL: [Self; 7] = [
        Self::BackupType,
        Self::BlockDeviceMapping,
        Self::CarreteImage,
        Self::CarreteOp,
        Self::CarreteServer,
        Self::ImageType,
        Self::InstanceUuid,
    ];

    pub const fn key(self) -> &'static str {
        match self {
            Self::BackupType => "backup_type",
            Self::BlockDeviceMapping => "block_device_mapping",
            Self::CarreteImage => "carrete_image",
            Self::CarreteOp => "carrete_op",
            Self::CarreteServer => "carrete_server",
            Self::ImageType => "image_type",
            Self::InstanceUuid => "instance_uuid",
        }
    }

    fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.key() == key)
    }
}

/// A list in order of the keys: an image has some twenty of them, and a project tens of thousands of images.
#[derive(Clone, Default)]
pub struct Properties {
    entries: Vec<(String, Value)>,
    /// One more than the place of each mark in `entries`; 0: it is not there.
    places: [u32; Mark::ALL.len()],
    /// As [`Properties::behind`].
    behind: Option<Box<[SnapshotBehind]>>,
}

impl Properties {
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(self.place(key).ok()?).map(|(_, value)| value)
    }

    /// A mark as it stands, empty text included; `None` when it is absent or no text. Without a search.
    pub fn mark(&self, mark: Mark) -> Option<&str> {
        let place = self.places[mark as usize].checked_sub(1)?;
        self.entries.get(place as usize)?.1.as_str()
    }

    /// The volume snapshots that `block_device_mapping` points at; `None` when it is absent, empty or an empty list.
    ///
    /// Broken or hostile JSON gives none, broken entries are left out, and an id that is not made of letters, digits and
    /// dashes is not believed. They only count on an image without bits (`backup::kind`).
    pub fn behind(&self) -> Option<&[SnapshotBehind]> {
        self.behind.as_deref()
    }

    pub fn contains_key(&self, key: &str) -> bool {
        self.place(key).is_ok()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// By key.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The value before, if there was one.
    pub fn insert(&mut self, key: String, value: Value) -> Option<Value> {
        let before = self.put(key, value);
        self.note();
        before
    }

    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let place = self.place(key).ok()?;
        let (_, value) = self.entries.remove(place);
        self.note();
        Some(value)
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| known.as_str().cmp(key))
    }

    /// Without looking for marks.
    fn put(&mut self, key: String, value: Value) -> Option<Value> {
        // They come in order from the services' JSON.
        if self.entries.last().is_none_or(|(last, _)| *last < key) {
            self.entries.push((key, value));
            return None;
        }
        match self.place(&key) {
            Ok(place) => Some(std::mem::replace(&mut self.entries[place].1, value)),
            Err(place) => {
                self.entries.insert(place, (key, value));
                None
            }
        }
    }

    fn note(&mut self) {
        self.places = Default::default();
        for (place, (key, _)) in self.entries.iter().enumerate() {
            if let Some(mark) = Mark::of(key) {
                self.places[mark as usize] = u32::try_from(place + 1).unwrap_or(0);
            }
        }
        let mapping = self.mark(Mark::BlockDeviceMapping);
        self.behind = mapping.filter(|text| !text.is_empty() && text.trim() != "[]").map(mapping::behind);
    }
}

impl FromIterator<(String, Value)> for Properties {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(all: I) -> Self {
        let mut properties = Self::default();
        for (key, value) in all {
            properties.put(key, value);
        }
        properties.entries.shrink_to_fit();
        properties.note();
        properties
    }
}

/// The rest follows from the entries.
impl PartialEq for Properties {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let mapping = r#"[{"snapshot_id": "a", "volume_size": 1}, {"snapshot_id": "b"}]"#;
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            proptest::sample::select(vec!["", " ", "[]", " [] ", "[ ]", "x", "backup", mapping]).prop_map(Value::from),
        ]
    }

    /// The marks and other keys around them; a value, or nothing: the key is removed.
    fn changes() -> impl Strategy<Value = Vec<(String, Option<Value>)>> {
        let keys = Mark::ALL.map(Mark::key).into_iter().chain(["a", "backup_typ", "hw_rng_model", "os_distro", "z"]);
        let key = proptest::sample::select(keys.map(str::to_owned).collect::<Vec<_>>());
        proptest::collection::vec((key, proptest::option::weighted(0.8, values())), 0..40)
    }

    proptest! {
        #[test]
        fn says_what_a_map_says_after_any_change(changes in changes()) {
            let (mut properties, mut map) = (Properties::default(), BTreeMap::new());
            for (key, value) in changes {
                match value {
                    Some(value) => prop_assert_eq!(properties.insert(key.clone(), value.clone()), map.insert(key, value)),
                    None => prop_assert_eq!(properties.remove(&key), map.remove(&key)),
                }
                prop_assert!(properties.iter().eq(map.iter()));
                prop_assert_eq!(properties.is_empty(), map.is_empty());
                for mark in Mark::ALL {
                    prop_assert_eq!(properties.mark(mark), map.get(mark.key()).and_then(Value::as_str));
                    prop_assert_eq!(properties.get(mark.key()), map.get(mark.key()));
                    prop_assert_eq!(properties.contains_key(mark.key()), map.contains_key(mark.key()));
                }
                let text = map.get("block_device_mapping").and_then(Value::as_str).unwrap_or_default();
                let behind = (!text.is_empty() && text.trim() != "[]").then(|| mapping::behind(text));
                prop_assert_eq!(properties.behind(), behind.as_deref());
            }
            let again: Properties = map.clone().into_iter().rev().collect();
            prop_assert_eq!(again.behind(), properties.behind());
            prop_assert_eq!(again, properties);
        }
    }

    #[test]
    fn the_last_of_a_key_that_comes_twice_counts() {
        let all = [("image_type", "snapshot"), ("a", "b"), ("image_type", "backup")];
        let all: Properties = all.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        assert_eq!((all.mark(Mark::ImageType), all.iter().count()), (Some("backup"), 2));
    }
}
