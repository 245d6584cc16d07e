//! Times as the services write them, and how old things are.
//!
//! Every service has its own spelling (contract I4): with `Z`, without a zone (then UTC), with 0 to 6 digits of a
//! second's fraction, with a space instead of the `T`. All become one type here; nothing reads a clock.

use serde_json::Value;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use super::json::{Fields, FromJson, ToJson};

/// A moment: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// Reads `2026-11-23T10:00:00Z`, `2026-11-23T10:00:00.000000`, `2026-11-23 10:00:00`, `…+00:00`.
    ///
    /// The zone, where one is given, must be UTC: no service sends another.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, clock) = text.split_once(['T', ' '])?;
        let clock = clock.trim_end_matches('Z').trim_end_matches("+00:00");
        let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
        let mut date = date.splitn(3, '-');
        let (year, month, day) =
            (date.next()?.parse().ok()?, date.next()?.parse::<u8>().ok()?, date.next()?.parse().ok()?);
        let mut clock = clock.splitn(3, ':');
        let (hour, minute) = (clock.next()?.parse().ok()?, clock.next()?.parse().ok()?);
        let second = clock.next().map_or(Some(0), |s| s.parse().ok())?;
        let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
        let time = Time::from_hms(hour, minute, second).ok()?;
        Some(Self(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp()))
    }

    /// `2026-11-23T10:00:00Z`.
    pub fn rfc3339(self) -> String {
        let t = self.utc();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    pub fn utc(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Seconds from `self` to `now`; 0 when `self` lies in the future (clocks differ).
    pub fn age(self, now: Moment) -> u64 {
        u64::try_from(now.0.saturating_sub(self.0)).unwrap_or(0)
    }

    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// As Carrete writes it: a number. What a service writes is read by `Fields::moment`.
impl FromJson for Moment {
    fn from_json(value: &Value) -> Option<Self> {
        i64::from_json(value).map(Self)
    }
}

impl ToJson for Moment {
    fn to_json(&self) -> Value {
        self.0.to_json()
    }
}

impl Fields<'_> {
    /// A service's text; missing, null and unreadable times all become `None`.
    pub fn moment(self, key: &str) -> Option<Moment> {
        Moment::parse(self.value(key).as_str()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_spelling_of_every_service() {
        let at = Some(Moment(1_795_428_000));
        for text in [
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00.000000Z",
            "2026-11-23T10:00:00.000000",
            "2026-11-23T10:00:00",
            "2026-11-23 10:00:00",
            "2026-11-23 10:00:00.123",
            "2026-11-23T10:00:00+00:00",
            "2026-11-23 10:00",
        ] {
            assert_eq!(Moment::parse(text), at, "{text}");
        }
        for text in ["", "soon", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23", "2026-11-23T25:00:00Z"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        assert_eq!(Moment(1_795_428_000).rfc3339(), "2026-11-23T10:00:00Z");
    }
}
