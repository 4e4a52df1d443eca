//! Small values with a unit or a shape of their own.

use core::fmt;
use core::time::Duration;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use oneroof_model::{BcpId, FeedId, OrgId, RegionId, SectionId, TypeCode, UnitId};

use crate::read::{Cx, FromNode};
use crate::yaml::Node;

/// A span of time, written `300ms`, `30s`, `20min`, `2h`, `90d` or `5y` (a year is 365 days).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(pub Duration);

/// Units of a period, largest first, in milliseconds.
const PERIODS: [(&str, u64); 6] = [
    ("y", 365 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("min", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

impl Period {
    /// A period of whole seconds.
    pub const fn secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Whole seconds, rounded down, at most `u32::MAX`.
    pub fn as_secs_u32(self) -> u32 {
        u32::try_from(self.0.as_secs()).unwrap_or(u32::MAX)
    }

    /// The duration.
    pub const fn duration(self) -> Duration {
        self.0
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (number, unit) = split_unit(text)?;
        let ms = PERIODS.iter().find(|(u, _)| *u == unit)?.1;
        number
            .parse::<u64>()
            .ok()?
            .checked_mul(ms)
            .map(|ms| Self(Duration::from_millis(ms)))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let fits = PERIODS
            .iter()
            .find(|(_, size)| ms != 0 && ms.is_multiple_of(*size));
        let (unit, size) = fits.copied().unwrap_or(("s", 1_000));
        write!(f, "{}{unit}", ms / size)
    }
}

/// An amount of data, written `512B`, `512kB`, `8MB` or `2GB` (powers of ten).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(pub u64);

/// Units of a size, largest first.
const SIZES: [(&str, u64); 5] = [
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

impl Size {
    /// Bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// Bytes as a length in memory.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    fn parse(text: &str) -> Option<Self> {
        let (number, unit) = split_unit(text)?;
        let size = SIZES.iter().find(|(u, _)| *u == unit)?.1;
        number.parse::<u64>().ok()?.checked_mul(size).map(Self)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = SIZES
            .iter()
            .find(|(_, size)| self.0 != 0 && self.0.is_multiple_of(*size));
        let (unit, size) = fits.copied().unwrap_or(("B", 1));
        write!(f, "{}{unit}", self.0 / size)
    }
}

/// Number and unit of `20min`; a blank may stand between.
fn split_unit(text: &str) -> Option<(&str, &str)> {
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    (!number.is_empty()).then(|| (number, unit.trim_start()))
}

/// A share, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Share(#[schemars(range(min = 0.0, max = 1.0))] pub f64);

impl FromNode for Share {
    fn expects() -> String {
        "a share from 0 to 1".to_owned()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let value = f64::from_node(node, cx)?;
        if (0.0..=1.0).contains(&value) {
            return Some(Self(value));
        }
        cx.expected(node, &Self::expects(), None);
        None
    }
}

macro_rules! unit_text {
    ($($ty:ident, $name:literal, $expects:literal, $pattern:literal, $help:literal;)*) => {$(
        impl Serialize for $ty {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl JsonSchema for $ty {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
        impl FromNode for $ty {
            fn expects() -> String {
                $expects.to_owned()
            }
            fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
                let value = node.text().and_then(Self::parse);
                if value.is_none() {
                    cx.expected(node, $expects, Some($help.to_owned()));
                }
                value
            }
        }
    )*};
}

unit_text! {
    Period, "Period", "a period such as 30s", "^[0-9]+ *(ms|s|min|h|d|y)$",
        "a whole number and one of ms, s, min, h, d, y";
    Size, "Size", "a size such as 8MB", "^[0-9]+ *(B|kB|MB|GB|TB)$",
        "a whole number and one of B, kB, MB, GB, TB";
}

/// Reads a text of given signs.
pub(crate) fn token(
    node: &Node,
    cx: &mut Cx,
    what: &str,
    fits: impl Fn(char) -> bool,
) -> Option<String> {
    match node.text() {
        Some(t) if !t.is_empty() && t.len() <= 64 && t.chars().all(fits) => Some(t.to_owned()),
        _ => {
            cx.expected(node, what, None);
            None
        }
    }
}

macro_rules! ids {
    ($($ty:ty: $what:literal, $fits:expr;)*) => {$(
        impl FromNode for $ty {
            fn expects() -> String {
                $what.to_owned()
            }
            fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
                token(node, cx, $what, $fits).map(Self::from)
            }
        }
    )*};
}

ids! {
    OrgId: "an agency's code such as BG", |c| c.is_ascii_uppercase() || c.is_ascii_digit();
    TypeCode: "an event type's code such as UBC05", |c| c.is_ascii_uppercase() || c.is_ascii_digit();
    SectionId: "a section's id such as UA-RO-01",
        |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    BcpId: "a crossing point's id such as UAPL07",
        |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    RegionId: "a region's code by ISO 3166-2 such as UA-46",
        |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    UnitId: "a unit's id such as BG-P-014", |c| c.is_ascii_alphanumeric() || c == '-';
    FeedId: "a feed's name of lower case letters, digits and hyphens",
        |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_and_sizes_are_read_and_written_alike() {
        for text in ["300ms", "30s", "20min", "2h", "90d", "5y"] {
            assert_eq!(Period::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            Period::parse("480min").unwrap(),
            Period::parse("8h").unwrap()
        );
        for text in ["512B", "512kB", "8MB", "2GB"] {
            assert_eq!(Size::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "30",
            "s",
            "1.5h",
            "-3s",
            "3 weeks",
            "99999999999999999999s",
        ] {
            assert!(Period::parse(text).is_none(), "{text}");
        }
    }
}
