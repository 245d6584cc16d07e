//! A map by ids. Ids are random already, so a few multiplications do what the standard hasher takes ten times as long for.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub type ById<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// Eight bytes at a time, mixed as FxHash does. A cloud that chose its ids to collide would only slow its own users down.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdHasher(u64);

impl IdHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517C_C1B7_2722_0A95);
    }
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            self.mix(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(byte.into());
    }

    fn finish(&self) -> u64 {
        // The map looks at the upper bits and the lower ones.
        self.0 ^ (self.0 >> 32)
    }
}
