//! Processing a quarantined record again, after the mapping (or the format) was mended.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;

use oneroof_feeds::Output;
use oneroof_model::{FeedId, QuarantineReason, RecordOutcome};
use oneroof_ports::{QuarantineRecord, StoreError};
use oneroof_room::{Record, Submission, SubmitError};

use crate::hub::Ingest;
use crate::pipeline::FeedParts;
use crate::sorted::{Sorted, decode_reason, sort, would_be_refused};

/// Why a record stays in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReprocessError {
    /// Its feed does not exist any more.
    #[error("no feed {0}")]
    NoFeed(FeedId),
    /// It was taken before.
    #[error("it was taken before")]
    Released,
    /// It still cannot be taken; the attempt was noted.
    #[error("{}: {}", .0.code, .0.detail)]
    StillRefused(QuarantineReason),
    /// It could not be made durable.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// It was taken and could not be marked so; a further attempt finds a duplicate.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Ingest {
    /// Decodes a record's raw bytes again by the feed's format as it is now, and submits what comes out as received
    /// when it was received, on the topic that it came with. Notes the attempt in the store.
    ///
    /// # Errors
    /// Where it stays in quarantine, with the reason of now.
    pub async fn reprocess(
        &self,
        record: QuarantineRecord,
    ) -> Result<RecordOutcome, ReprocessError> {
        if record.released_at.is_some() {
            return Err(ReprocessError::Released);
        }
        let (parts, _) = self
            .feed_parts(&record.feed)
            .ok_or_else(|| ReprocessError::NoFeed(record.feed.clone()))?;
        let sorted =
            decode_again(&parts, &record).and_then(|sorted| all_or_reason(&parts, sorted, &record));
        let outcome = match sorted {
            Ok(sorted) => Ok(submit_again(&parts, sorted, &record).await?),
            Err(reason) => Err(reason),
        };
        if let Some(store) = &self.inner.parts.store {
            let noted = outcome.as_ref().map(|_| ()).map_err(Clone::clone);
            store
                .quarantine_tried(record.id, parts.clock.now(), noted)
                .await?;
            self.look_at_quarantine().await;
        }
        outcome.map_err(ReprocessError::StillRefused)
    }
}

fn decode_again(parts: &FeedParts, record: &QuarantineRecord) -> Result<Sorted, QuarantineReason> {
    let mut out = Output::default();
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let mut decoder = parts.plan.format.decoder();
        if let Some(message) = &record.message {
            decoder.context(message);
        }
        decoder.push(&record.raw, record.at, &mut out);
        decoder.finish(record.at, &mut out);
    }));
    if decoded.is_err() {
        parts.stats.panicked();
        return Err(decode_reason("panic", "the decoder failed at these bytes"));
    }
    Ok(sort(&mut out, record.at, record.message.as_ref()))
}

/// All of it has to hold: a record is released as a whole or stays.
fn all_or_reason(
    parts: &FeedParts,
    sorted: Sorted,
    record: &QuarantineRecord,
) -> Result<Sorted, QuarantineReason> {
    let bounds = parts.defaults.bounds.as_ref();
    let refused = sorted
        .records
        .iter()
        .find_map(|n| would_be_refused(&n.record, record.at, bounds));
    match refused {
        Some(reason) => Err(reason),
        None if sorted.len() + sorted.skipped == 0 => Err(decode_reason(
            "nothing",
            "nothing in these bytes is a record",
        )),
        None => Ok(sorted),
    }
}

async fn submit_again(
    parts: &FeedParts,
    sorted: Sorted,
    record: &QuarantineRecord,
) -> Result<RecordOutcome, SubmitError> {
    let mut outcome = RecordOutcome::Accepted {
        report: None,
        event: None,
    };
    if !sorted.positions.is_empty() {
        parts
            .room
            .positions(&parts.plan.context, record.at, sorted.positions);
    }
    let records: Vec<Record> = sorted.records.into_iter().map(|n| n.record).collect();
    if !records.is_empty() {
        let feed = Arc::clone(&parts.plan.context);
        let submission = Submission {
            feed,
            at: record.at,
            records,
            request: None,
        };
        let answer = parts.room.submit(submission).await?;
        for one in answer.outcomes {
            parts.stats.outcome(&one, 0);
            outcome = one;
        }
    }
    Ok(outcome)
}
