//! What survives a restart: normals, last words, what is open. A lost one costs weeks of learning and nothing else: what
//! was raised is in the journal.

use std::collections::{BTreeMap, BTreeSet};

use oneroof_model::{BcpId, FeedId, Time, UnitId};
use serde::{Deserialize, Serialize};

use super::detector::Subject;
use super::normal::Normal;
use crate::hub::MAX_FEEDS;

/// Version of the file; another one is not read.
const VERSION: u32 = 1;

/// Most bytes of the file: some 32 MB are never reached with [`MAX_FEEDS`] feeds.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Most units, crossing points and silences that are remembered, each.
const MAX_ENTRIES: usize = 10_000;

/// Where it is kept. Both may wait for a disk.
pub trait Shelf: Send + Sync {
    /// What was put there last; `None` where nothing ever was.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn fetch(&self) -> std::io::Result<Option<Vec<u8>>>;

    /// Puts something in its place, whole or not at all.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn put(&self, bytes: &[u8]) -> std::io::Result<()>;
}

/// Why what was fetched is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MemoryError {
    /// It is larger than anything that is written.
    #[error("{0} bytes are more than {MAX_BYTES}")]
    TooLarge(usize),
    /// It is no memory.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Another program wrote it.
    #[error("version {0}, and this program reads version {VERSION}")]
    Version(u32),
}

/// The last word of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastWord {
    /// When, by our clock.
    pub(crate) at: Time,
    /// By which feed, where known.
    pub(crate) by: Option<FeedId>,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Memory {
    version: u32,
    /// Time zone of the normals.
    zone: String,
    /// Normals by feed.
    pub(crate) normals: BTreeMap<FeedId, Normal>,
    /// When units were last heard.
    pub(crate) units: BTreeMap<UnitId, LastWord>,
    /// By which feed the figures of a crossing point come.
    pub(crate) points: BTreeMap<BcpId, FeedId>,
    /// Who is silent, and since when.
    #[serde(with = "by_name")]
    pub(crate) open: BTreeMap<Subject, Time>,
}

impl Memory {
    /// An empty one of a zone.
    pub(crate) fn new(zone: &str) -> Self {
        Self {
            version: VERSION,
            zone: zone.to_owned(),
            ..Self::default()
        }
    }

    /// From its bytes. Normals of another zone are dropped: their hours are others.
    ///
    /// # Errors
    /// Where the bytes are none of ours.
    pub(crate) fn read(bytes: &[u8], zone: &str) -> Result<Self, MemoryError> {
        if bytes.len() > MAX_BYTES {
            return Err(MemoryError::TooLarge(bytes.len()));
        }
        let mut memory: Self = serde_json::from_slice(bytes)?;
        if memory.version != VERSION {
            return Err(MemoryError::Version(memory.version));
        }
        if memory.zone != zone {
            memory.normals.clear();
            zone.clone_into(&mut memory.zone);
        }
        memory.normals = core::mem::take(&mut memory.normals)
            .into_iter()
            .take(MAX_FEEDS)
            .map(|(feed, normal)| (feed, normal.bounded()))
            .collect();
        cut(&mut memory.units);
        cut(&mut memory.points);
        cut(&mut memory.open);
        Ok(memory)
    }

    /// As bytes.
    ///
    /// # Errors
    /// Never with what it can hold.
    pub(crate) fn write(&self) -> Result<Vec<u8>, MemoryError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// The normal of a feed, to be learned. Feeds that are gone make room where there are too many.
    pub(crate) fn normal_mut(&mut self, feed: &FeedId, there: &BTreeSet<FeedId>) -> &mut Normal {
        if !self.normals.contains_key(feed) && self.normals.len() >= MAX_FEEDS {
            self.normals.retain(|known, _| there.contains(known));
        }
        self.normals.entry(feed.clone()).or_default()
    }
}

/// Cuts a table to what is remembered.
fn cut<K: Ord + Clone, V>(table: &mut BTreeMap<K, V>) {
    if let Some(first_too_many) = table.keys().nth(MAX_ENTRIES).cloned() {
        table.split_off(&first_too_many);
    }
}

/// Subjects as keys of a JSON object.
mod by_name {
    use super::{BTreeMap, Subject, Time};
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        open: &BTreeMap<Subject, Time>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_map(open.iter().map(|(subject, t)| (subject.to_string(), t)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<Subject, Time>, D::Error> {
        let named = BTreeMap::<String, Time>::deserialize(from)?;
        // A name that this program does not know is somebody whom it does not watch.
        let known = |(name, t): (String, Time)| Some((Subject::of(&name)?, t));
        Ok(named.into_iter().filter_map(known).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silence::normal::Hour;

    fn some() -> Memory {
        let mut memory = Memory::new("Europe/Kyiv");
        let hour = Hour {
            records: 200,
            minutes: 58,
        };
        memory
            .normal_mut(&"coast".into(), &BTreeSet::new())
            .learn(9, hour, 8);
        let word = LastWord {
            at: Time::from_secs(1_795_392_000),
            by: Some("bg-cot".into()),
        };
        memory.units.insert("BG-P-014".into(), word);
        memory.points.insert("UAPL07".into(), "customs".into());
        let unit = Subject::Unit("BG-P-014".into());
        memory.open.insert(unit, Time::from_secs(1_795_392_000));
        memory
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let memory = some();
        let bytes = memory.write().unwrap();
        assert_eq!(Memory::read(&bytes, "Europe/Kyiv").unwrap(), memory);
    }

    #[test]
    fn normals_of_another_zone_are_dropped_and_what_is_open_stays() {
        let bytes = some().write().unwrap();
        let elsewhere = Memory::read(&bytes, "Europe/Warsaw").unwrap();
        assert!(elsewhere.normals.is_empty());
        assert_eq!(elsewhere.open, some().open);
        assert_eq!(elsewhere.zone, "Europe/Warsaw");
    }

    #[test]
    fn anything_else_is_an_error_and_never_a_panic() {
        let whole = some().write().unwrap();
        for end in 0..whole.len() {
            assert!(Memory::read(&whole[..end], "UTC").is_err(), "{end}");
        }
        let other = String::from_utf8(whole).unwrap();
        let newer = other.replace("\"version\":1", "\"version\":2");
        assert!(matches!(
            Memory::read(newer.as_bytes(), "UTC"),
            Err(MemoryError::Version(2))
        ));
        let odd = other.replace("\"9\"", "\"255\"").replace(":58", ":255");
        let read = Memory::read(odd.as_bytes(), "Europe/Kyiv").unwrap();
        assert_eq!(read.normals[&FeedId::from("coast")], Normal::default());
    }
}
