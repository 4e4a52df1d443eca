//! What crosses to a browser: the messages of the live protocol `oneroof.live.v1`, the views that an audience is
//! given, the binary track columns, the REST types, and the picture that a client builds from all that.
//!
//! Nothing here decides who may see what: [`project`] asks [`oneroof_model::may_see`] for every part.

pub mod client;
pub mod columns;
mod feeds;
mod live;
pub mod project;
mod regions;
mod rest;
mod views;
pub mod wall;
mod weather;

pub use feeds::{
    Completeness, Duplicates, FeedDetail, FeedNormal, FeedQuality, FeedSummary, FeedTrend,
    FieldShare, QualityField, Timeliness, Words,
};
pub use live::{
    Area, ByeReason, ClientMessage, Cursor, EntityKey, EntityKind, Filter, Remove, RemoveReason,
    SUBPROTOCOL, ServerMessage, Show, TrackInfo,
};
pub use regions::{RegionView, ThreatView};
pub use rest::{
    CommandRequest, FeedAnswer, FieldFault, ListQuery, NearAnswer, NearQuery, OwnMapView,
    PROBLEM_BASE, Page, Problem, ProblemCode, QuarantineItem, ReportAnswer, ReportRequest,
    SimilarEvent, SimilarEvents, TrackNear, TrackPoint, TrackState, WallState,
};
pub use views::{
    AreaView, AttachedReport, BcpView, Entity, EventView, FeedView, MergeView, ReportView,
    SectionView, Settled, SuggestionView, UnitView,
};
pub use weather::{WEATHER_RULE, WeatherView};
