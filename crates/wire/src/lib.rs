//! What crosses to a browser: the messages of the live protocol `oneroof.live.v1`, the views that an audience is
//! given, the binary track columns, the REST types, and the picture that a client builds from all that.
//!
//! Nothing here decides who may see what: [`project`] asks [`oneroof_model::may_see`] for every part.

pub mod client;
pub mod columns;
mod feeds;
mod live;
pub mod project;
mod rest;
mod views;
pub mod wall;

pub use feeds::{
    Completeness, Duplicates, FeedDetail, FeedNormal, FeedQuality, FeedSummary, FeedTrend,
    FieldShare, QualityField, Timeliness, Words,
};
pub use live::{
    Area, ByeReason, ClientMessage, Cursor, EntityKey, EntityKind, Filter, Remove, RemoveReason,
    SUBPROTOCOL, ServerMessage, Show, TrackInfo,
};
pub use rest::{
    CommandRequest, FeedAnswer, FieldFault, ListQuery, NearAnswer, NearQuery, OwnMapView,
    PROBLEM_BASE, Page, Problem, ProblemCode, QuarantineItem, ReportAnswer, ReportRequest,
    TrackNear, TrackPoint, TrackState, WallState,
};
pub use views::{
    AttachedReport, BcpView, Entity, EventView, FeedView, MergeView, ReportView, SectionView,
    Settled, SettledValue, SuggestionView, UnitView,
};
