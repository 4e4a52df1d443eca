//! Messages of the live protocol (`docs/live-protocol.md`). Text frames are JSON, one message each; binary frames are
//! track columns ([`crate::columns`]).

use oneroof_model::{EventId, LatLon, Mode, OrgId, Time, TrackDomain};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Entity;

/// WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "oneroof.live.v1";

/// A place in the stream to go on from; opaque to the client.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Kind of an entity.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// Event.
    Event,
    /// Report.
    Report,
    /// Suggestion.
    Suggestion,
    /// Feed.
    Feed,
    /// Border section.
    Section,
    /// Crossing point.
    Bcp,
    /// Unit.
    Unit,
    /// Region.
    Region,
    /// Weather of a cell or a station.
    Weather,
    /// Track; its id is its handle.
    Track,
    /// Area drawn on the map.
    Area,
}

/// Names one entity.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct EntityKey {
    /// What it is.
    pub kind: EntityKind,
    /// Its id as text.
    pub id: String,
}

impl Entity {
    /// Its name.
    pub fn key(&self) -> EntityKey {
        let (kind, id) = match self {
            Self::Event(e) => (EntityKind::Event, e.id.to_string()),
            Self::Report(r) => (EntityKind::Report, r.id.to_string()),
            Self::Suggestion(s) => (EntityKind::Suggestion, s.id.to_string()),
            Self::Feed(f) => (EntityKind::Feed, f.health.feed.to_string()),
            Self::Section(s) => (EntityKind::Section, s.id.to_string()),
            Self::Bcp(b) => (EntityKind::Bcp, b.id.to_string()),
            Self::Unit(u) => (EntityKind::Unit, u.unit.id.to_string()),
            Self::Area(a) => (EntityKind::Area, a.id.to_string()),
            Self::Region(r) => (EntityKind::Region, r.id.to_string()),
            Self::Weather(w) => (EntityKind::Weather, w.id.to_string()),
        };
        EntityKey { kind, id }
    }
}

/// Why something left a client's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum RemoveReason {
    /// It is outside the filter now.
    Filtered = 0,
    /// A track that was silent for long retired.
    Retired = 1,
    /// It was closed and filed.
    Archived = 2,
    /// It is no longer there for this audience (withdrawn, erased, or not released to it any more).
    Gone = 3,
}

/// Something left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remove {
    /// What.
    #[serde(flatten)]
    pub key: EntityKey,
    /// Why.
    pub reason: RemoveReason,
}

/// A rectangle on the map; `west` may exceed `east` across the antimeridian.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Area {
    /// Southern edge, degrees.
    pub south: f64,
    /// Western edge, degrees.
    pub west: f64,
    /// Northern edge, degrees.
    pub north: f64,
    /// Eastern edge, degrees.
    pub east: f64,
}

impl Area {
    /// Whether a position lies in it.
    pub fn holds(&self, at: LatLon) -> bool {
        let lon_in = if self.west <= self.east {
            (self.west..=self.east).contains(&at.lon())
        } else {
            at.lon() >= self.west || at.lon() <= self.east
        };
        lon_in && (self.south..=self.north).contains(&at.lat())
    }
}

/// What a client wants of the tracks; events and all else always come whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Filter {
    /// Only tracks in this area; own units come always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Area>,
    /// Only tracks of these domains; all where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<TrackDomain>>,
}

/// Identity and static data of a track. Sent before its first position and when it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrackInfo {
    /// Handle in this session's track columns; given again to another track only in another session.
    pub h: u32,
    /// Domain.
    pub domain: TrackDomain,
    /// Identifier within the domain (MMSI, ICAO address, unit id).
    pub ident: String,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Call sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_sign: Option<String>,
    /// Type within the domain (AIS ship type).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind_code: Option<u16>,
    /// Length in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_m: Option<u16>,
    /// Destination as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Agency of an own unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// Real, exercise or test.
    #[serde(default)]
    pub mode: Mode,
    /// Feed that it was last heard by.
    pub feed: String,
    /// Seconds after which it is stale and lost.
    pub stale_s: u32,
    /// See `stale_s`.
    pub lost_s: u32,
    /// Whether one identifier was heard in two places at once and was split by impossible speed.
    #[serde(default)]
    pub split: bool,
    /// Whether it is a capture played again, not live.
    #[serde(default)]
    pub recorded: bool,
}

/// A place that a desk asks a wall to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Show {
    /// Middle of the map.
    pub at: LatLon,
    /// Zoom of the map, 3 to 12.
    pub zoom: f64,
    /// The event that is meant, where one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
}

/// Why the server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ByeReason {
    /// The server shuts down; come again.
    Shutdown,
    /// The client fell behind by more than its byte bound; come again with the cursor.
    TooSlow,
    /// A fault of the client: unknown, too large or too many messages, or no `start` in time.
    Protocol,
    /// It did not answer pings.
    Silent,
    /// Too many connections.
    Busy,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerMessage {
    /// First of all.
    Hello {
        /// Version of the server, for reload at a quiet moment.
        version: String,
        /// The server's clock.
        now: Time,
        /// What the screen shows: actual, exercise or test.
        mode: Mode,
        /// `demo` or `recorded` where the screen must say so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        banner: Option<String>,
        /// Whether the client's cursor was good: only what changed since follows, no snapshot. Tracks are always sent
        /// anew.
        resumed: bool,
        /// Milliseconds between `beat`s; twice that without a word means that the line is lost.
        beat_ms: u32,
    },
    /// A page of the picture.
    Snapshot {
        /// Number of the page, from 0.
        page: u32,
        /// Whether it is the last.
        last: bool,
        /// Entities.
        entities: Vec<Entity>,
        /// Where the stream goes on, on the last page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<Cursor>,
    },
    /// Changes.
    Delta {
        /// Dense number of this client's deltas, from 1; a gap means a fault.
        seq: u64,
        /// Where the stream goes on after it.
        cursor: Cursor,
        /// New and changed entities.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        upsert: Vec<Entity>,
        /// What left.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remove: Vec<Remove>,
    },
    /// Identities of tracks.
    Tracks {
        /// New and changed ones.
        tracks: Vec<TrackInfo>,
    },
    /// The server lives.
    Beat {
        /// The server's clock.
        now: Time,
        /// Newest `seq` of this client.
        seq: u64,
        /// Tracks in this client's picture.
        tracks: u32,
        /// Ticks since the last beat at which this client got no positions because its line was not free.
        skipped: u32,
        /// Whether the server mistrusts its own clock.
        #[serde(default)]
        clock_suspect: bool,
    },
    /// To a wall: a desk asks it to show a place.
    Show {
        /// What.
        show: Show,
    },
    /// The last word.
    Bye {
        /// Why.
        reason: ByeReason,
        /// Detail, English.
        detail: String,
    },
}

/// What a client says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ClientMessage {
    /// First of all, within five seconds.
    Start {
        /// Where it left off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<Cursor>,
        /// What it wants.
        #[serde(default)]
        filter: Filter,
        /// A wall's name: 1 to 40 letters, digits, `-` and `_`. Desks are told of walls by it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wall: Option<String>,
    },
    /// Another filter; what enters arrives, what leaves is removed.
    Filter {
        /// What it wants from now on.
        filter: Filter,
    },
    /// It has painted everything up to here. A wall says so every five seconds also where nothing came: that it paints
    /// at all.
    Painted {
        /// `seq` of the newest delta painted.
        seq: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_across_the_antimeridian_holds_both_sides() {
        let a = Area {
            south: -10.0,
            west: 170.0,
            north: 10.0,
            east: -170.0,
        };
        let p = |lon| LatLon::new(0.0, lon).unwrap();
        assert!(a.holds(p(175.0)) && a.holds(p(-175.0)));
        assert!(!a.holds(p(0.0)));
    }

    #[test]
    fn messages_have_the_documented_form() {
        let m = ClientMessage::Start {
            cursor: Some(Cursor("x".into())),
            filter: Filter::default(),
            wall: None,
        };
        assert_eq!(
            serde_json::to_string(&m).unwrap(),
            r#"{"t":"start","cursor":"x","filter":{}}"#
        );
        let m: ServerMessage = serde_json::from_str(
            r#"{"t":"beat","now":"2026-11-23T00:00:00Z","seq":3,"tracks":1,"skipped":0}"#,
        )
        .unwrap();
        assert!(matches!(
            m,
            ServerMessage::Beat {
                seq: 3,
                clock_suspect: false,
                ..
            }
        ));
    }
}
