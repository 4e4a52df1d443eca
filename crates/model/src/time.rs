//! Moments and intervals.

use core::fmt;
use core::ops::{Add, Sub};
use core::str::FromStr;
use core::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment: whole microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// In JSON it is an RFC 3339 text in UTC (`2026-11-23T02:41:07.25Z`). Range as `jiff::Timestamp`:
/// the years -9999 to 9999; arithmetic saturates there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

/// A text that is no RFC 3339 moment, or one outside the years -9999 to 9999.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 moment with a zone: {0}")]
pub struct TimeError(pub String);

const MIN_US: i64 = -377_705_023_201_000_000;
const MAX_US: i64 = 253_402_207_200_000_000;

impl Time {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// A moment from microseconds since 1970; saturates at the range of the type.
    pub const fn from_micros(us: i64) -> Self {
        if us < MIN_US {
            Self(MIN_US)
        } else if us > MAX_US {
            Self(MAX_US)
        } else {
            Self(us)
        }
    }

    /// A moment from milliseconds since 1970.
    pub const fn from_millis(ms: i64) -> Self {
        Self::from_micros(ms.saturating_mul(1_000))
    }

    /// A moment from whole seconds since 1970.
    pub const fn from_secs(s: i64) -> Self {
        Self::from_micros(s.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970, rounded down.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Seconds from `earlier` to `self`; negative where `self` is the earlier one.
    #[expect(
        clippy::cast_precision_loss,
        reason = "spans far below 2^52 microseconds"
    )]
    pub fn secs_since(self, earlier: Self) -> f64 {
        (self.0.saturating_sub(earlier.0)) as f64 / 1e6
    }

    /// The moment `seconds` later (earlier where negative); saturating.
    #[must_use]
    pub const fn plus_secs(self, seconds: i64) -> Self {
        Self::from_micros(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// The jiff form, for calendars and zones.
    ///
    /// # Errors
    /// Never for values built through this type; the error is kept for honesty.
    pub fn to_jiff(self) -> Result<jiff::Timestamp, TimeError> {
        jiff::Timestamp::from_microsecond(self.0).map_err(|e| TimeError(e.to_string()))
    }
}

impl From<jiff::Timestamp> for Time {
    fn from(value: jiff::Timestamp) -> Self {
        Self::from_micros(value.as_microsecond())
    }
}

impl Add<Duration> for Time {
    type Output = Self;
    fn add(self, rhs: Duration) -> Self {
        let us = i64::try_from(rhs.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(us))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;
    fn sub(self, rhs: Duration) -> Self {
        let us = i64::try_from(rhs.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(us))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(t) => write!(f, "{t}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Time {
    type Err = TimeError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse::<jiff::Timestamp>()
            .map(Self::from)
            .map_err(|e| TimeError(e.to_string()))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// A closed interval of time in which something happened; a known moment has `from == to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// Earliest possible moment.
    pub from: Time,
    /// Latest possible moment; never before `from`.
    pub to: Time,
}

impl Interval {
    /// A known moment.
    pub const fn at(t: Time) -> Self {
        Self { from: t, to: t }
    }

    /// An interval between two moments, whichever comes first.
    pub fn between(a: Time, b: Time) -> Self {
        Self {
            from: a.min(b),
            to: a.max(b),
        }
    }

    /// Seconds between the nearest edges of two intervals; 0 where they overlap.
    pub fn gap_secs(self, other: Self) -> f64 {
        if self.to < other.from {
            other.from.secs_since(self.to)
        } else if other.to < self.from {
            self.from.secs_since(other.to)
        } else {
            0.0
        }
    }

    /// The smallest interval that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_json_to_the_microsecond() {
        let t = Time::from_micros(1_795_488_067_250_001);
        let text = serde_json::to_string(&t).unwrap();
        assert_eq!(serde_json::from_str::<Time>(&text).unwrap(), t);
        assert!(text.ends_with("Z\""), "{text}");
    }

    #[test]
    fn the_extremes_saturate_and_still_print() {
        assert!(Time::from_micros(i64::MAX).to_string().starts_with("9999"));
        assert!(
            Time::from_micros(i64::MIN)
                .to_string()
                .starts_with("-009999")
        );
        assert_eq!(Time::from_secs(i64::MAX), Time::from_micros(i64::MAX));
    }

    #[test]
    fn the_gap_is_between_nearest_edges() {
        let a = Interval::between(Time::from_secs(0), Time::from_secs(10));
        let b = Interval::at(Time::from_secs(25));
        assert!((a.gap_secs(b) - 15.0).abs() < 1e-9);
        assert!((b.gap_secs(a) - 15.0).abs() < 1e-9);
        assert!(a.gap_secs(Interval::at(Time::from_secs(5))).abs() < 1e-9);
    }
}
