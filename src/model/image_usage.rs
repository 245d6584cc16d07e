//! What the project's images take of Glance's quota.

use serde_json::Value;

use super::json::{Fields, FromJson};
use super::volume::left;

/// `GET /v2/info/usage`, which answers only for what the cloud limits: most clouds limit nothing here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageUsage {
    /// Images, in whatever state.
    pub count: Option<Taken>,
    /// MiB of all their data.
    pub size: Option<Taken>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken {
    pub usage: i64,
    /// -1 is unlimited.
    pub limit: i64,
}

impl FromJson for ImageUsage {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { count: fields.need("image_count_total"), size: fields.need("image_size_total") })
    }
}

impl FromJson for Taken {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { usage: fields.need("usage")?, limit: fields.need("limit")? })
    }
}

impl ImageUsage {
    /// How many more images fit; `None` is unlimited.
    pub fn images_left(&self) -> Option<u64> {
        self.count.and_then(|taken| left(taken.limit, taken.usage))
    }

    /// Glance looks before an upload, whose size it does not know: it refuses what comes after the limit has been passed
    /// (glance/quota/keystone.py).
    pub fn is_over_size(&self) -> bool {
        self.size.is_some_and(|taken| taken.limit >= 0 && taken.usage > taken.limit)
    }
}
