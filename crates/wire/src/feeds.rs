//! What the feeds page shows of a feed beside its health.

use oneroof_model::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FeedView, QuarantineItem};

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Words {
    /// In Ukrainian.
    pub uk: String,
    /// In English.
    pub en: String,
}

/// Counts by buckets of one length, oldest first, for a sparkline. `null` is a bucket before the server began to
/// count the feed: unknown, which is not zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedTrend {
    /// Length of a bucket, seconds.
    pub bucket_s: u32,
    /// How much of the newest bucket has passed, seconds; the ones before are whole.
    pub newest_s: u32,
    /// Records taken.
    pub accepted: Vec<Option<u32>>,
    /// Records that were known already.
    pub duplicates: Vec<Option<u32>>,
    /// Records put aside or refused.
    pub rejected: Vec<Option<u32>>,
}

/// A field that the model wants of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QualityField {
    /// The sender's own id: without it the same can't be told from another.
    SourceId,
    /// A code that the mapping knows.
    Type,
    /// When it happened.
    Time,
    /// A position or shape, not only a name.
    Position,
    /// A title or text.
    Words,
    /// A number of a crossing point.
    Figures,
    /// What a unit does.
    Status,
}

impl QualityField {
    /// Key in the catalogue of the text that says how often it is missing.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SourceId => "quality.missing.source_id",
            Self::Type => "quality.missing.type",
            Self::Time => "quality.missing.time",
            Self::Position => "quality.missing.position",
            Self::Words => "quality.missing.words",
            Self::Figures => "quality.missing.figures",
            Self::Status => "quality.missing.status",
        }
    }
}

/// How often a field was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldShare {
    /// The field.
    pub field: QualityField,
    /// Records that had it.
    pub present: u32,
    /// Records that should have it.
    pub wanted: u32,
}

/// Whether everything is there that the model wants of reports, figures and states of units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Completeness {
    /// Mean share over the fields, 0 to 1; `null` where no such record came.
    pub score: Option<f32>,
    /// Records that were looked at.
    pub records: u32,
    /// Field by field; those that nothing wanted are left out.
    pub fields: Vec<FieldShare>,
    /// The same in words.
    pub words: Words,
}

/// Whether it comes in time: received minus occurred, against the limits by which the feed's light ages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeliness {
    /// Share in time, one that is late counting half, 0 to 1; `null` where no record said when it was.
    pub score: Option<f32>,
    /// Records received before `late_after_s`.
    pub in_time: u32,
    /// Records received before `too_late_after_s`.
    pub late: u32,
    /// Records received later.
    pub too_late: u32,
    /// The feed's `stale_after`, seconds.
    pub late_after_s: u32,
    /// The feed's `lost_after`, seconds.
    pub too_late_after_s: u32,
    /// The same in words.
    pub words: Words,
}

/// Whether it comes once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Duplicates {
    /// Share of records that were new, 0 to 1; `null` where none came.
    pub score: Option<f32>,
    /// Records that were taken or known already.
    pub records: u32,
    /// Records that were known already.
    pub duplicates: u32,
    /// The same in words.
    pub words: Words,
}

/// How good what a feed says is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedQuality {
    /// What it rests on: the last so many seconds, at most a day.
    pub window_s: u32,
    /// Mean of the parts that are known, 0 to 1; `null` where none is.
    pub score: Option<f32>,
    /// Is everything there?
    pub completeness: Completeness,
    /// Does it come in time?
    pub timeliness: Timeliness,
    /// Does it come once?
    pub duplicates: Duplicates,
    /// The score in words.
    pub words: Words,
}

/// What is normal for a feed in the present hour of the week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedNormal {
    /// Records that are at least usual in this hour; `null` until enough weeks were heard.
    pub per_h: Option<f32>,
    /// Records of the last hour; `null` while less than an hour was listened to.
    pub last_h: Option<u32>,
    /// Weeks of which this hour was heard whole.
    pub weeks: u32,
    /// Weeks that are needed.
    pub least_weeks: u32,
    /// Since when it is silent, where that was raised as an event.
    pub silent_since: Option<Time>,
}

/// A feed in the list of the feeds page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedSummary {
    /// Its health.
    #[serde(flatten)]
    pub view: FeedView,
    /// The last hour by minutes.
    pub trend: FeedTrend,
    /// Mean of the parts of its quality that are known, 0 to 1; `null` where none is.
    pub quality: Option<f32>,
    /// Since when it is silent, where that was raised as an event.
    pub silent_since: Option<Time>,
}

/// A feed's own page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedDetail {
    /// Its health.
    #[serde(flatten)]
    pub view: FeedView,
    /// The last hour by minutes, then the last day by half-hours.
    pub trends: Vec<FeedTrend>,
    /// How good what it says is.
    pub quality: FeedQuality,
    /// Its normal; `null` where no silence of feeds is looked for.
    pub normal: Option<FeedNormal>,
    /// Records put aside, newest first, without their bytes; those that the asker may see.
    pub rejects: Vec<QuarantineItem>,
}
