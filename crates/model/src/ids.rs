//! Identifiers. Those of our own things are UUIDs (version 7 in production, so that they sort by time);
//! those that people write into configuration are short texts.

use core::fmt;
use core::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where new ids come from; a parameter, so that a replay or a test is deterministic.
pub trait IdSource: Send + Sync {
    /// A new id, never given before. `unix_ms` is the moment that a time-ordered id should carry.
    fn next(&self, unix_ms: i64) -> Uuid;
}

macro_rules! uuid_id {
    ($($(#[$doc:meta])+ $name:ident),* $(,)?) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(with = "String")]
        pub struct $name(pub Uuid);

        impl $name {
            /// The next id of this kind from a source.
            pub fn next(source: &dyn IdSource, unix_ms: i64) -> Self {
                Self(source.next(unix_ms))
            }

            /// Six signs that people can say over a telephone (Crockford base 32 of the id's random tail).
            pub fn short(self) -> String {
                const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
                let tail = self.0.as_u128() & 0x3fff_ffff;
                (0..6u32)
                    .rev()
                    .map(|i| {
                        let at = usize::try_from((tail >> (5 * i)) & 31).unwrap_or(0);
                        char::from(SIGNS.get(at).copied().unwrap_or(b'0'))
                    })
                    .collect()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
    )*};
}

uuid_id! {
    /// One report, once said by an agency.
    ReportId,
    /// One event in the centre's picture.
    EventId,
    /// One suggestion that two events are one happening.
    SuggestionId,
    /// One command of a person; the same id sent twice is carried out once.
    CommandId,
    /// One note on an event.
    NoteId,
    /// One stored attachment.
    AttachmentId,
    /// One area drawn on the map.
    AreaId,
}

macro_rules! text_id {
    ($($(#[$doc:meta])+ $name:ident),* $(,)?) => {$(
        $(#[$doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(s: &str) -> Self {
                Self(s.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(s: String) -> Self {
                Self(s)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    )*};
}
pub(crate) use text_id;

text_id! {
    /// A feed, by the name of its file in `config/feeds/` (`bg-sensors`).
    FeedId,
    /// A unit of an agency (`BG-P-014`).
    UnitId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_has_six_signs_and_no_ambiguous_letters() {
        let id = EventId(Uuid::from_u128(u128::MAX));
        assert_eq!(id.short(), "ZZZZZZ");
        assert_eq!(EventId(Uuid::from_u128(1)).short(), "000001");
    }
}
