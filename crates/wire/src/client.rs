//! The picture that a client builds from the live protocol. The browser and the test clients share it, so that what is
//! tested is what runs.

use std::collections::BTreeMap;

use oneroof_model::Time;

use crate::columns::{self, Row};
use crate::{Cursor, Entity, EntityKey, Remove, RemoveReason, ServerMessage, TrackInfo};

/// A fault of the stream: the client must connect anew without a cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamFault {
    /// A delta is missing.
    #[error("delta {got} came after {had}")]
    Gap {
        /// Newest delta before.
        had: u64,
        /// The one that came.
        got: u64,
    },
    /// A frame that cannot be read.
    #[error("unreadable frame: {0}")]
    Unreadable(String),
}

/// What a message changed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changed {
    /// Entities that are new or different.
    pub upserted: Vec<EntityKey>,
    /// Entities that left.
    pub removed: Vec<Remove>,
    /// Whether a snapshot was completed.
    pub snapshot: bool,
    /// Positions that came.
    pub positions: usize,
    /// Whether identities of tracks changed.
    pub identities: bool,
}

/// A track as the client has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClientTrack {
    /// Identity; may come before or after the first position.
    pub info: Option<TrackInfo>,
    /// Newest position.
    pub row: Option<Row>,
}

/// A client's picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// Entities by key.
    pub entities: BTreeMap<EntityKey, Entity>,
    /// Tracks by handle.
    pub tracks: BTreeMap<u32, ClientTrack>,
    /// Where the stream goes on.
    pub cursor: Option<Cursor>,
    /// Newest delta.
    pub seq: u64,
    /// The server's clock at its newest word.
    pub server_now: Option<Time>,
    /// Positions skipped, summed up.
    pub skipped: u64,
    pending: BTreeMap<EntityKey, Entity>,
}

impl Picture {
    /// Takes a text message.
    ///
    /// # Errors
    /// A fault after which the client must connect anew without its cursor.
    pub fn text(&mut self, text: &str) -> Result<(ServerMessage, Changed), StreamFault> {
        let message: ServerMessage =
            serde_json::from_str(text).map_err(|e| StreamFault::Unreadable(e.to_string()))?;
        let changed = self.message(&message)?;
        Ok((message, changed))
    }

    /// Takes a message.
    ///
    /// # Errors
    /// A fault after which the client must connect anew without its cursor.
    pub fn message(&mut self, message: &ServerMessage) -> Result<Changed, StreamFault> {
        let mut changed = Changed::default();
        match message {
            ServerMessage::Hello { now, resumed, .. } => {
                self.server_now = Some(*now);
                self.seq = 0;
                self.tracks.clear();
                self.pending.clear();
                if !resumed {
                    self.cursor = None;
                }
            }
            ServerMessage::Snapshot {
                last,
                entities,
                cursor,
                ..
            } => {
                for e in entities {
                    self.pending.insert(e.key(), e.clone());
                }
                if *last {
                    let fresh = core::mem::take(&mut self.pending);
                    for key in self.entities.keys().filter(|k| !fresh.contains_key(*k)) {
                        changed.removed.push(Remove {
                            key: key.clone(),
                            reason: RemoveReason::Gone,
                        });
                    }
                    changed.upserted = fresh
                        .iter()
                        .filter(|(k, v)| self.entities.get(*k) != Some(*v))
                        .map(|(k, _)| k.clone())
                        .collect();
                    self.entities = fresh;
                    self.cursor.clone_from(cursor);
                    changed.snapshot = true;
                }
            }
            ServerMessage::Delta {
                seq,
                cursor,
                upsert,
                remove,
            } => {
                if *seq != self.seq + 1 {
                    return Err(StreamFault::Gap {
                        had: self.seq,
                        got: *seq,
                    });
                }
                self.seq = *seq;
                for e in upsert {
                    let key = e.key();
                    self.entities.insert(key.clone(), e.clone());
                    changed.upserted.push(key);
                }
                for r in remove {
                    if self.entities.remove(&r.key).is_some() {
                        changed.removed.push(r.clone());
                    }
                }
                self.cursor = Some(cursor.clone());
            }
            ServerMessage::Tracks { tracks } => {
                for info in tracks {
                    self.tracks.entry(info.h).or_default().info = Some(info.clone());
                }
                changed.identities = !tracks.is_empty();
            }
            ServerMessage::Beat { now, skipped, .. } => {
                self.server_now = Some(*now);
                self.skipped += u64::from(*skipped);
            }
            ServerMessage::Show { .. } | ServerMessage::Bye { .. } => {}
        }
        Ok(changed)
    }

    /// Takes a binary message.
    ///
    /// # Errors
    /// Where it is no track frame.
    pub fn binary(&mut self, bytes: &[u8]) -> Result<Changed, StreamFault> {
        let frame = columns::decode(bytes).map_err(|e| StreamFault::Unreadable(e.to_string()))?;
        if frame.first {
            for t in self.tracks.values_mut() {
                t.row = None;
            }
        }
        for row in &frame.rows {
            self.tracks.entry(row.handle).or_default().row = Some(*row);
        }
        for (handle, _) in &frame.removed {
            self.tracks.remove(handle);
        }
        self.server_now = Some(frame.base);
        Ok(Changed {
            positions: frame.rows.len(),
            ..Changed::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(seq: u64) -> ServerMessage {
        ServerMessage::Delta {
            seq,
            cursor: Cursor(seq.to_string()),
            upsert: vec![],
            remove: vec![],
        }
    }

    #[test]
    fn a_gap_in_the_deltas_is_a_fault() {
        let mut p = Picture::default();
        p.message(&delta(1)).unwrap();
        assert_eq!(
            p.message(&delta(3)),
            Err(StreamFault::Gap { had: 1, got: 3 })
        );
        assert_eq!(
            p.cursor,
            Some(Cursor("1".into())),
            "the cursor stays where the picture is"
        );
    }

    fn page(page: u32, last: bool, ids: &[&str]) -> ServerMessage {
        let entities = ids
            .iter()
            .map(|id| {
                let json = format!(
                    r#"{{"entity":"unit","id":"{id}","org":"BG","uk":"n","en":"n","kind":"boat"}}"#
                );
                serde_json::from_str(&json).unwrap()
            })
            .collect();
        ServerMessage::Snapshot {
            page,
            last,
            entities,
            cursor: last.then(|| Cursor("s".into())),
        }
    }

    fn ids(p: &Picture) -> Vec<&str> {
        p.entities.keys().map(|k| k.id.as_str()).collect()
    }

    fn hello(resumed: bool) -> ServerMessage {
        ServerMessage::Hello {
            version: "1".into(),
            now: Time::EPOCH,
            mode: oneroof_model::Mode::Actual,
            banner: None,
            resumed,
            beat_ms: 1_000,
        }
    }

    #[test]
    fn the_old_picture_stands_until_the_last_page_of_the_new_one() {
        let mut p = Picture::default();
        p.message(&page(0, true, &["a", "b"])).unwrap();
        let first = p.message(&page(0, false, &["b"])).unwrap();
        assert_eq!((ids(&p), first.snapshot), (vec!["a", "b"], false));
        let second = p.message(&page(1, true, &["c"])).unwrap();
        assert_eq!((ids(&p), second.snapshot), (vec!["b", "c"], true));
        let gone: Vec<&str> = second.removed.iter().map(|r| r.key.id.as_str()).collect();
        let new: Vec<&str> = second.upserted.iter().map(|k| k.id.as_str()).collect();
        assert_eq!((gone, new), (vec!["a"], vec!["c"]));
    }

    #[test]
    fn pages_of_a_line_that_was_lost_are_forgotten() {
        let mut p = Picture::default();
        p.message(&page(0, false, &["lost"])).unwrap();
        p.message(&hello(false)).unwrap();
        p.message(&page(0, true, &["a"])).unwrap();
        assert_eq!(ids(&p), ["a"]);
    }

    #[test]
    fn a_hello_begins_the_numbers_anew_and_forgets_tracks_and_a_cursor_that_was_not_taken() {
        let mut p = Picture::default();
        p.message(&page(0, true, &["a"])).unwrap();
        p.message(&delta(1)).unwrap();
        p.tracks.insert(0, ClientTrack::default());
        p.message(&hello(true)).unwrap();
        assert_eq!((p.seq, p.tracks.len(), ids(&p)), (0, 0, vec!["a"]));
        assert_eq!(p.cursor, Some(Cursor("1".into())));
        p.message(&delta(1)).unwrap();
        p.message(&hello(false)).unwrap();
        assert_eq!((p.cursor.as_ref(), ids(&p)), (None, vec!["a"]));
    }
}
