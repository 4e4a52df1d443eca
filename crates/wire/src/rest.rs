//! Types of the REST API.

use oneroof_model::{
    Actor, Command, CommandId, CountRange, EventId, EventState, Interval, LatLon, OrgId, Place,
    RecordOutcome, ReportId, SourceKind, Time, TypeCode,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TrackInfo;

/// An earlier event that is like another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SimilarEvent {
    /// Which.
    pub id: EventId,
    /// Six signs to say over a telephone.
    pub short: String,
    /// What.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_code: Option<TypeCode>,
    /// What became of it.
    pub state: EventState,
    /// When it happened, else when it became known.
    pub at: Time,
    /// How far, metres; missing where one has no place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<f64>,
    /// Whether it is of the very same type.
    pub same_type: bool,
    /// Whether it is in the archive.
    pub archived: bool,
}

/// Earlier events that are like one: the same type first, then the nearest, then the newest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SimilarEvents {
    /// At most eight.
    pub items: Vec<SimilarEvent>,
    /// Up to this distance an event of the same group counts, metres.
    pub near_m: f64,
    /// How far back the archive was looked at, where there is more of it than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// Base of the problem types; each code is its last part.
pub const PROBLEM_BASE: &str = "https://oneroof.invalid/problems/";

/// Stable codes of problems; the catalogue translates them (`problem.<code>`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The request cannot be understood.
    BadRequest,
    /// The token is missing or wrong.
    Unauthorised,
    /// There is no such thing (or the asker may not see it).
    NotFound,
    /// The method does not fit.
    MethodNotAllowed,
    /// Somebody was there first (`if_version`).
    Conflict,
    /// The same idempotency key came with another body.
    IdempotencyMismatch,
    /// The body is too large.
    TooLarge,
    /// The type of the body is not understood.
    UnsupportedMediaType,
    /// The step is not allowed now.
    NotAllowed,
    /// Invalid values.
    Invalid,
    /// Too many requests or records.
    TooMany,
    /// The request did not come from a page of this server.
    ForeignOrigin,
    /// The disk is full; nothing was taken.
    StorageFull,
    /// The server is starting or stopping.
    Unavailable,
    /// A fault of ours.
    Internal,
}

/// A problem (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// [`PROBLEM_BASE`] and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// HTTP status.
    pub status: u16,
    /// Short English text.
    pub title: String,
    /// What exactly, English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Stable code.
    pub code: ProblemCode,
    /// What is wrong with single fields of the request, where it was read field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldFault>,
    /// Number of the request in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldFault {
    /// The field, by its name in the request (`place`).
    pub field: String,
    /// Stable code (`unknown`, `missing`, `future`, `too_long` ...).
    pub code: String,
    /// What exactly, English.
    pub detail: String,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Page_of_{T}")]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where to go on; missing at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Query of a list; all parts optional and combined with "and".
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ListQuery {
    /// Text to find.
    pub q: Option<String>,
    /// State or kind of the thing.
    pub state: Option<String>,
    /// Only what is open.
    pub open: Option<bool>,
    /// Agency.
    pub org: Option<String>,
    /// Section.
    pub section: Option<String>,
    /// Event type or the beginning of its code.
    pub type_code: Option<String>,
    /// Least impact.
    pub impact: Option<String>,
    /// Only where a life is at risk.
    pub life_at_risk: Option<bool>,
    /// Feed.
    pub feed: Option<String>,
    /// Happened at or after.
    pub from: Option<Time>,
    /// Happened before.
    pub to: Option<Time>,
    /// `south,west,north,east` in degrees.
    pub bbox: Option<String>,
    /// Most items, 1 to 1000.
    pub limit: Option<u32>,
    /// Where to go on.
    pub after: Option<String>,
    /// `json` (default), `geojson` or `csv`.
    pub format: Option<String>,
}

/// Answer to a push: one outcome for each record, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedAnswer {
    /// Records found in the request.
    pub records: Vec<RecordOutcome>,
    /// How many were taken (accepted or revised).
    pub accepted: u32,
    /// How many were known.
    pub duplicates: u32,
    /// How many were put aside.
    pub quarantined: u32,
    /// How many were neither taken nor kept.
    pub refused: u32,
    /// Whether the same request was answered before.
    pub repeated: bool,
}

/// Body of `POST /api/v1/commands`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct CommandRequest(pub Command);

/// A wall as the server knows it (`GET /api/v1/walls`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WallState {
    /// Its name.
    pub name: String,
    /// Pages of that name that are connected now; 0 where the wall is gone.
    pub pages: u32,
    /// Since when it is connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// When it left, where it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Time>,
    /// Newest delta that was sent to it.
    pub sent: u64,
    /// Newest delta that it says to have painted.
    pub painted: u64,
    /// When it last said that it painted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub painted_at: Option<Time>,
    /// Seconds for which something that was sent has not been painted; 0 where everything was.
    pub behind_s: f64,
}

/// A map of the operator's own (`GET /api/v1/maps`); its tiles are at `/maps/{id}/{z}/{x}/{y}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OwnMapView {
    /// Its id.
    pub id: String,
    /// Name in Ukrainian.
    pub uk: String,
    /// Name in English.
    pub en: String,
    /// Whose data it is, to be said on the screen.
    pub attribution: String,
    /// Whether its tiles are lines and areas (Mapbox vector tiles) and no pictures.
    pub vector: bool,
    /// Least zoom that has tiles.
    pub min_zoom: u8,
    /// Greatest zoom that has tiles.
    pub max_zoom: u8,
    /// South, west, north, east in degrees, where the map says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[f64; 4]>,
    /// Whether it can be read; where not, the server's log says why.
    pub readable: bool,
}

/// Body of `POST /api/v1/reports`: what an agency told the centre by telephone or across the room, as a person at the
/// desk took it down. It is taken once however often it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportRequest {
    /// Its id, made by the desk; the same id with the same content is the same report.
    pub id: CommandId,
    /// Who took it down: a person, with a name of 1 to 120 bytes.
    pub by: Actor,
    /// The agency that told it.
    pub org: OrgId,
    /// Event type, one of the centre's.
    pub type_code: TypeCode,
    /// When it was told. A call that was kept while the server could not be reached has the time of the call.
    pub called_at: Time,
    /// When it happened; where it is missing, the time of the call stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred: Option<Interval>,
    /// Where: a position, a crossing point, a section or words.
    pub place: Place,
    /// Persons involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons: Option<CountRange>,
    /// Whether a life is at risk; missing where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life_at_risk: Option<bool>,
    /// Headline, at most 8 kB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Free text, at most 8 kB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Kind of source; missing: another authority, or the centre itself where it speaks for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_kind: Option<SourceKind>,
}

/// Answer to a report that was taken down; given after it is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportAnswer {
    /// The report that it became.
    pub report: ReportId,
    /// The event that it opened or was attached to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// Whether the same request was answered before.
    pub repeated: bool,
}

/// A record in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarantineItem {
    /// Its number.
    pub id: i64,
    /// The feed.
    pub feed: String,
    /// When it was received.
    pub at: Time,
    /// Stable code of the reason.
    pub code: String,
    /// The reason, English.
    pub detail: String,
    /// Where it began, bytes.
    pub offset: u64,
    /// Size of what was kept, bytes.
    pub size_bytes: u64,
    /// SHA-256 of the record's bytes, first 16, 32 hexadecimal digits: for finding it again at its sender.
    #[serde(default)]
    pub digest: String,
    /// The topic or subject that it came with, from a broker; at most 64 KiB, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The raw bytes as text where they are UTF-8, else hexadecimal after `hex:`; only when asked for one record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// How often it was processed again.
    pub attempts: u32,
    /// When it was taken after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Time>,
}

/// Newest state of a track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrackState {
    /// Identity and static data.
    #[serde(flatten)]
    pub info: TrackInfo,
    /// Newest position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<LatLon>,
    /// When it was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Speed, m/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f32>,
    /// Course, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course_deg: Option<f32>,
    /// Heading, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<f32>,
    /// Altitude, metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt_m: Option<f32>,
}

/// A point of a track's history.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrackPoint {
    /// When.
    pub at: Time,
    /// Where.
    pub position: LatLon,
    /// Speed, m/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f32>,
    /// Course, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course_deg: Option<f32>,
}

/// Question of `GET /api/v1/tracks/near`: what was around a place at a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NearQuery {
    /// Latitude of the place, degrees, -90 to 90.
    pub lat: f64,
    /// Longitude of the place, degrees, -180 to 180.
    pub lon: f64,
    /// Radius, metres, 1 to 100 000; 2 000 where nothing is said.
    #[serde(default)]
    pub radius_m: Option<f64>,
    /// The moment; now where nothing is said.
    #[serde(default)]
    pub at: Option<Time>,
    /// How far before and after the moment a position counts, seconds, 1 to 3 600; 300 where nothing is said.
    #[serde(default)]
    pub within_s: Option<u32>,
    /// Most tracks, 1 to 1 000; 100 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// A track that was near a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrackNear {
    /// Identity and static data, as known now.
    #[serde(flatten)]
    pub info: TrackInfo,
    /// Its position nearest to the place within the span.
    pub nearest: TrackPoint,
    /// How far that was from the place, metres.
    pub distance_m: f64,
}

/// Answer of `GET /api/v1/tracks/near`. Tracks that the picture has forgotten since are not in it: of them it is not known
/// any more who may see them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NearAnswer {
    /// The tracks, nearest first.
    pub items: Vec<TrackNear>,
    /// The moment that was meant.
    pub at: Time,
    /// Seconds before and after it that were looked at.
    pub within_s: u32,
    /// Metres around the place that were looked at.
    pub radius_m: f64,
    /// Whether there is more than this: more tracks than the limit, or more positions than are looked at for one
    /// question. A smaller radius, or fewer seconds, tells the rest.
    pub truncated: bool,
}
