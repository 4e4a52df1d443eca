//! What a sender is told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CommandRefusal, EventId, ReportId};

/// Why a record was put aside. The code is stable, the detail is for a person and holds no raw content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct QuarantineReason {
    /// Stable code (`missing.time`, `bad.swapped_coordinates`, `decode.checksum`).
    pub code: String,
    /// What exactly, in English.
    pub detail: String,
}

impl QuarantineReason {
    /// A reason.
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            detail: detail.into(),
        }
    }
}

/// What became of one record. Given only after it is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RecordOutcome {
    /// Taken.
    Accepted {
        /// The report it became; missing for positions and heartbeats.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<ReportId>,
        /// The event that it opened or was attached to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<EventId>,
    },
    /// The same record came before.
    Duplicate {
        /// The report that it is the same as.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<ReportId>,
    },
    /// A known record with other content: a new revision.
    Revised {
        /// The new report.
        report: ReportId,
        /// The one that it revises.
        revises: ReportId,
        /// False where it is an older revision that came late.
        newest: bool,
    },
    /// Put aside with its reason; can be processed again.
    Quarantined {
        /// Number in the quarantine of its feed.
        id: i64,
        /// Why.
        reason: QuarantineReason,
    },
    /// Not taken and not kept: the sender has to act (quota, quarantine full, disk full).
    Refused {
        /// Why.
        reason: QuarantineReason,
    },
}

/// Answer to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Receipt {
    /// Carried out and durable.
    Done {
        /// Whether it had been carried out before (same command id).
        repeated: bool,
        /// The event touched, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<EventId>,
        /// Its version now; of a command on an area, the area's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u64>,
    },
    /// Not carried out.
    Refused {
        /// Why.
        refusal: CommandRefusal,
    },
}
