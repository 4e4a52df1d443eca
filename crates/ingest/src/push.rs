//! HTTP push, apart from HTTP: a body of a feed's format in, one outcome for each record out.

use core::net::IpAddr;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::Arc;

use oneroof_feeds::Output;
use oneroof_model::{FeedId, QuarantineReason, RecordOutcome, Time};
use oneroof_ports::StoreError;
use oneroof_room::{Record, RequestKey, Submission, SubmitError, digest16};
use oneroof_wire::FeedAnswer;

use crate::hub::Ingest;
use crate::pipeline::FeedParts;
use crate::queue::raw_len;
use crate::sorted::{Sorted, sort, would_be_refused};

/// Longest idempotency key, bytes.
pub const MAX_KEY_BYTES: usize = 256;

/// Bodies from this size on are decoded on a thread for long work. 256 KiB.
const LONG_BODY_BYTES: usize = 256 * 1024;

/// Why nothing of a push was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// There is no such feed, or it is not one that is pushed to, or the sender may not know.
    #[error("no feed {0} that takes a push")]
    NotFound(FeedId),
    /// The sender showed no token, or a wrong one.
    #[error("the token is missing or wrong")]
    Unauthorised,
    /// The feed is paused.
    #[error("the feed is paused")]
    Paused,
    /// The body is too large.
    #[error("a body of more than {most} bytes")]
    TooLarge {
        /// The bound.
        most: usize,
    },
    /// The body is of a type that no feed has.
    #[error("a body of type {0}")]
    UnsupportedMediaType(String),
    /// The feed is over its quota.
    #[error("over the feed's quota")]
    TooMany {
        /// When to come again.
        retry_after: Duration,
    },
    /// The idempotency key is empty, too long, or no plain text.
    #[error("an idempotency key has 1 to {MAX_KEY_BYTES} visible ASCII signs")]
    BadKey,
    /// The idempotency key was used before with another body.
    #[error("the idempotency key was used with another body")]
    KeyReused,
    /// There is no record in the body.
    #[error("no record in the body")]
    Empty,
    /// The disk is full; nothing was taken.
    #[error("no room to write: {0}")]
    StorageFull(String),
    /// Nothing was taken for a reason that passes; send it again.
    #[error("not now: {0}")]
    Unavailable(String),
    /// A fault of ours; nothing was taken.
    #[error("the decoder failed")]
    Internal,
}

impl Ingest {
    /// Whether somebody may push to a feed. An address that is not on its list is told that there is no such feed.
    ///
    /// # Errors
    /// Where it may not.
    pub fn may_push(
        &self,
        feed: &FeedId,
        from: IpAddr,
        bearer: Option<&str>,
    ) -> Result<(), PushError> {
        let not_found = || PushError::NotFound(feed.clone());
        let (parts, _) = self.feed_parts(feed).ok_or_else(not_found)?;
        let access = parts.plan.push.ok_or_else(not_found)?;
        if !access.allow.is_empty() && !access.allow.iter().any(|n| n.contains(from)) {
            return Err(not_found());
        }
        match access.token {
            Some(token) if !same(token.expose(), bearer.unwrap_or_default()) => {
                Err(PushError::Unauthorised)
            }
            _ => Ok(()),
        }
    }

    /// Takes a body: every record in it is decided and durable when this answers. What counts as a record is the
    /// format's business (a JSON object, an alert, a sentence).
    ///
    /// # Errors
    /// Where nothing was taken.
    pub async fn push(
        &self,
        feed: &FeedId,
        body: Vec<u8>,
        content_type: Option<&str>,
        idempotency_key: Option<String>,
    ) -> Result<FeedAnswer, PushError> {
        let not_found = || PushError::NotFound(feed.clone());
        let (parts, paused) = self.feed_parts(feed).ok_or_else(not_found)?;
        if parts.plan.push.is_none() {
            return Err(not_found());
        }
        check(
            &parts,
            paused,
            &body,
            content_type,
            idempotency_key.as_deref(),
        )?;
        parts.stats.frame(body.len());
        let at = parts.clock.now();
        let request = idempotency_key.map(|key| RequestKey {
            key,
            digest: digest16(&body),
        });
        let size = body.len() as u64;
        let out = decode(&parts, body, at).await?;
        let mut out = out;
        parts.stats.measure(&out.drafts, at);
        let sorted = sort(&mut out, at, None);
        if sorted.len() + sorted.skipped == 0 {
            return Err(PushError::Empty);
        }
        parts.charge(sorted.len(), size);
        if sorted.understood() {
            parts.stats.heard(at);
        }
        take(&parts, sorted, at, request).await
    }
}

/// Compares without telling by its time how much agrees.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len()
        && a.bytes()
            .zip(b.bytes())
            .fold(0, |acc, (x, y)| acc | (x ^ y))
            == 0
}

fn check(
    parts: &FeedParts,
    paused: bool,
    body: &[u8],
    content_type: Option<&str>,
    key: Option<&str>,
) -> Result<(), PushError> {
    if paused {
        return Err(PushError::Paused);
    }
    let most = parts.defaults.body_bytes;
    if body.len() > most {
        return Err(PushError::TooLarge { most });
    }
    if let Some(kind) = content_type {
        let kind = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        // A form is a record of few formats; anything else is the format's business.
        let fields = kind == "application/x-www-form-urlencoded";
        if kind.starts_with("multipart/") || (fields && !parts.plan.format.takes_queries()) {
            return Err(PushError::UnsupportedMediaType(kind));
        }
    }
    if key.is_some_and(|k| {
        k.is_empty() || k.len() > MAX_KEY_BYTES || !k.bytes().all(|b| b.is_ascii_graphic())
    }) {
        return Err(PushError::BadKey);
    }
    let wait = parts.charge(0, 0);
    if !wait.is_zero() {
        return Err(PushError::TooMany { retry_after: wait });
    }
    Ok(())
}

/// Decodes a whole body.
async fn decode(parts: &FeedParts, body: Vec<u8>, at: Time) -> Result<Output, PushError> {
    let format = Arc::clone(&parts.plan.format);
    let work = move |body: Vec<u8>| {
        catch_unwind(AssertUnwindSafe(|| {
            let mut out = Output::default();
            let mut decoder = format.decoder();
            decoder.push(&body, at, &mut out);
            decoder.finish(at, &mut out);
            out
        }))
        .ok()
    };
    let decoded = if body.len() < LONG_BODY_BYTES {
        work(body)
    } else {
        tokio::task::spawn_blocking(move || work(body))
            .await
            .ok()
            .flatten()
    };
    decoded.ok_or_else(|| {
        tracing::error!(feed = %parts.plan.feed.feed, "a decoder panicked on a pushed body; it was refused");
        parts.stats.panicked();
        PushError::Internal
    })
}

/// Outcomes of parts of a record become the outcome of the record: what its sender has to act upon counts most, then
/// what says most.
fn weight(outcome: &RecordOutcome) -> u8 {
    match outcome {
        RecordOutcome::Refused { .. } => 6,
        RecordOutcome::Quarantined { .. } => 5,
        RecordOutcome::Revised { .. } => 4,
        RecordOutcome::Accepted {
            report: Some(_), ..
        } => 3,
        RecordOutcome::Accepted { .. } => 2,
        RecordOutcome::Duplicate { .. } => 1,
    }
}

/// Outcomes by the number of their record.
#[derive(Default)]
struct Outcomes(BTreeMap<u64, RecordOutcome>);

impl Outcomes {
    fn add(&mut self, number: u64, outcome: RecordOutcome) {
        match self.0.get(&number) {
            Some(known) if weight(known) >= weight(&outcome) => {}
            _ => drop(self.0.insert(number, outcome)),
        }
    }

    fn answer(self, skipped: u64, repeated: bool) -> FeedAnswer {
        // Records that are known and out of scope gave nothing; they were taken note of.
        let count = self.0.keys().next_back().map_or(0, |last| last + 1);
        let count = count.max(self.0.len() as u64 + skipped);
        let mut known = self.0;
        let records: Vec<RecordOutcome> = (0..count)
            .map(|n| {
                known.remove(&n).unwrap_or(RecordOutcome::Accepted {
                    report: None,
                    event: None,
                })
            })
            .collect();
        let tally = |fits: fn(&RecordOutcome) -> bool| {
            u32::try_from(records.iter().filter(|r| fits(r)).count()).unwrap_or(u32::MAX)
        };
        FeedAnswer {
            accepted: tally(|r| {
                matches!(
                    r,
                    RecordOutcome::Accepted { .. } | RecordOutcome::Revised { .. }
                )
            }),
            duplicates: tally(|r| matches!(r, RecordOutcome::Duplicate { .. })),
            quarantined: tally(|r| matches!(r, RecordOutcome::Quarantined { .. })),
            refused: tally(|r| matches!(r, RecordOutcome::Refused { .. })),
            repeated,
            records,
        }
    }
}

async fn take(
    parts: &FeedParts,
    sorted: Sorted,
    at: Time,
    request: Option<RequestKey>,
) -> Result<FeedAnswer, PushError> {
    let mut outcomes = Outcomes::default();
    let full = !sorted.records.is_empty() && parts.quarantine_full();
    let bounds = parts.defaults.bounds.as_ref();
    let mut numbers = Vec::with_capacity(sorted.records.len());
    let mut sizes = Vec::with_capacity(sorted.records.len());
    let mut records: Vec<Record> = Vec::with_capacity(sorted.records.len());
    for numbered in sorted.records {
        let refusal = full
            .then(|| would_be_refused(&numbered.record, at, bounds))
            .flatten();
        if let Some(why) = refusal {
            parts.stats.lost(1);
            let detail = format!("the quarantine is full; {}: {}", why.code, why.detail);
            let reason = QuarantineReason::new("quarantine.full", detail);
            outcomes.add(numbered.number, RecordOutcome::Refused { reason });
        } else {
            numbers.push(numbered.number);
            sizes.push(raw_len(&numbered.record));
            records.push(numbered.record);
        }
    }
    let mut repeated = false;
    // First what has to be durable: a push that fails has done nothing.
    if !records.is_empty() || request.is_some() {
        let submission = Submission {
            feed: Arc::clone(&parts.plan.context),
            at,
            records,
            request,
        };
        let answer = parts.room.submit(submission).await.map_err(submit_error)?;
        repeated = answer.repeated;
        for ((number, size), outcome) in numbers.into_iter().zip(sizes).zip(answer.outcomes) {
            if !repeated {
                parts.stats.outcome(&outcome, size);
            }
            outcomes.add(number, outcome);
        }
    }
    for number in sorted.heartbeats {
        outcomes.add(
            number,
            RecordOutcome::Accepted {
                report: None,
                event: None,
            },
        );
    }
    for (number, position) in sorted.position_numbers.into_iter().zip(sorted.positions) {
        let outcome = if repeated {
            RecordOutcome::Accepted {
                report: None,
                event: None,
            }
        } else {
            take_position(parts, at, position)
        };
        outcomes.add(number, outcome);
    }
    if !repeated {
        parts.stats.skipped(sorted.skipped);
    }
    Ok(outcomes.answer(sorted.skipped, repeated))
}

fn take_position(
    parts: &FeedParts,
    at: Time,
    position: oneroof_model::PositionDraft,
) -> RecordOutcome {
    let taken = parts
        .room
        .positions(&parts.plan.context, at, vec![position]);
    if taken.refused > 0 {
        parts.stats.lost(1);
        let reason = QuarantineReason::new("tracks.full", "there are too many tracks");
        return RecordOutcome::Refused { reason };
    }
    parts.stats.taken(1);
    RecordOutcome::Accepted {
        report: None,
        event: None,
    }
}

fn submit_error(error: SubmitError) -> PushError {
    match error {
        SubmitError::RequestMismatch => PushError::KeyReused,
        SubmitError::Store(StoreError::Full(why)) => PushError::StorageFull(why),
        SubmitError::Store(other) => PushError::Unavailable(other.to_string()),
        SubmitError::Closed => PushError::Unavailable("the server is stopping".to_owned()),
    }
}
