//! The vocabulary of OneRoof: what an agency says ([`Draft`], [`Report`]), what the centre believes
//! ([`Event`]), what moves ([`PositionDraft`]), and who may see it ([`Marking`], [`may_see`]).
//!
//! Everything here is a plain value. Nothing reads a clock, a file or a socket: time and ids are
//! parameters. The crate compiles to WASM, for the browser speaks the same words.
//!
//! Names are those of EUROSUR (Regulation (EU) 2019/1896, Implementing Regulation (EU) 2021/581),
//! CISE 1.5.3 and CAP 1.2; where a value is our own design its docstring says so.

mod act;
mod area;
mod command;
mod confidence;
mod draft;
mod entry;
mod event;
mod feed;
mod ids;
mod impact;
mod link;
mod marking;
mod message;
mod org;
mod place;
mod position;
mod receipt;
mod report;
mod schema;
mod taxonomy;
mod threat;
mod time;
mod unit;
mod validate;
mod weather;

pub use act::{Act, Did, MAX_ACTS, SettledValue};
pub use area::{Area, AreaDraft, AreaPurpose, AreaShape, MAX_AREA_NAME, MAX_AREAS};
pub use command::{Actor, Command, CommandBody, CommandRefusal};
pub use confidence::{Confidence, InformationGrade, SourceGrade, Validation};
pub use draft::{
    AttachmentRef, DeleteDraft, DeleteTarget, Draft, FiguresDraft, HeartbeatDraft, Relation,
    ReportDraft, UnitDraft,
};
pub use entry::{
    CURRENT_VERSION, CrossingPointDef, Entry, EntryBody, EntryError, Erasure, IDENTIFIERS_KIND,
    LinkProvenance, Replaced, RoomConfig, SectionDef,
};
pub use event::{
    Attachment, Curated, Curation, DismissReason, Event, EventLink, EventLinkKind, EventState,
    MadeBy, MergeRecord, Note, is_zero,
};
pub use feed::{FeedHealth, FeedLight, Freshness, FreshnessRule, freshness};
pub use ids::{
    AreaId, AttachmentId, CommandId, EventId, FeedId, IdSource, NoteId, ReportId, SuggestionId,
    UnitId,
};
pub use impact::{EventImpact, ImpactProposal, SectionLevel};
pub use link::{LinkTerm, LinkTermKind, Suggestion, SuggestionState, TermWords};
pub use marking::{
    Audience, Classification, Handling, Marking, PersonalData, Purpose, Tlp, may_see,
};
pub use message::MessageContext;
pub use org::OrgId;
pub use place::{BcpId, Geometry, LatLon, LatLonError, Place, PlaceKind, SectionId};
pub use position::{PositionDraft, PositionSource, TrackDomain, TrackIdent, TrackKey};
pub use receipt::{QuarantineReason, Receipt, RecordOutcome};
pub use report::{
    CountRange, Identifier, IdentifierKind, Mode, Quality, QualityIssue, Report, SourceKey,
    SourceKind,
};
pub use schema::{draft_schema, report_schema, schemas};
pub use taxonomy::{EventType, EventTypeGroup, SubLayer, TypeCode};
pub use threat::{
    RegionDef, RegionId, THREAT_CONFIRM_S, Threat, ThreatDraft, ThreatHeard, ThreatKind,
    ThreatState,
};
pub use time::{Interval, Time, TimeError};
pub use unit::{Figures, Unit, UnitKind, UnitStatus};
pub use validate::{Bounds, MAX_FUTURE_S, MAX_TEXT_BYTES, validate_draft};
pub use weather::{
    CellId, MAX_WEATHER_CELLS, WEATHER_FORGOTTEN_S, Weather, WeatherBatch, WeatherDraft,
    WeatherReading, WeatherValues,
};
