//! Records that were put aside: list, look, process again.

use axum::Json;
use axum::extract::{Path, Query, State};
use oneroof_model::{FeedId, RecordOutcome, may_see};
use oneroof_ports::QuarantineRecord;
use oneroof_ports::chain::hex;
use oneroof_wire::{ListQuery, Page, QuarantineItem};

use crate::problem::{Answer, Fault};
use crate::query::Asked;
use crate::state::Api;

fn item(r: &QuarantineRecord, with_raw: bool) -> QuarantineItem {
    QuarantineItem {
        id: r.id,
        feed: r.feed.to_string(),
        at: r.at,
        code: r.reason.code.clone(),
        detail: r.reason.detail.clone(),
        offset: r.offset,
        size_bytes: u64::try_from(r.raw.len()).unwrap_or(u64::MAX),
        digest: hex(&r.digest),
        topic: r.message.as_ref().map(|m| m.topic.to_string()),
        raw: with_raw.then(|| {
            if let Ok(text) = core::str::from_utf8(&r.raw) {
                text.to_owned()
            } else {
                format!("hex:{}", hex(&r.raw))
            }
        }),
        attempts: r.attempts,
        released_at: r.released_at,
    }
}

/// Whether the audience may see what a feed sends. What could not be understood says to nobody who may see it: it goes
/// by the marking of its feed as it is now or was at the start, and that of a feed which is neither goes to nobody.
fn seen(api: &Api, feed: &FeedId) -> bool {
    let of_now = api.ingest.feed(feed);
    let feed = of_now.as_ref().or_else(|| api.config.feeds.get(feed));
    feed.is_some_and(|f| {
        let mode = api.config.centre.mode;
        f.mode.unwrap_or(mode) == mode && may_see(&f.marking.to_model(), &f.org, &api.audience)
    })
}

pub(crate) async fn list(
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<QuarantineItem>>> {
    let asked = Asked::of(query)?;
    let before = asked
        .query
        .after
        .as_deref()
        .map(str::parse::<i64>)
        .transpose()
        .map_err(|e| Fault::bad(format!("after: {e}")))?;
    let feed = asked.query.feed.clone().map(Into::into);
    let records = api.store.quarantine(feed, before, asked.limit).await?;
    let next = (records.len() == asked.limit)
        .then(|| records.last().map(|r| r.id.to_string()))
        .flatten();
    let items = records
        .iter()
        .filter(|r| seen(&api, &r.feed))
        .map(|r| item(r, false))
        .collect();
    Ok(Json(Page { items, next }))
}

/// The newest records of a feed without their bytes; none where the audience may not see what it sends.
pub(crate) async fn newest(api: &Api, feed: &FeedId, most: usize) -> Answer<Vec<QuarantineItem>> {
    if !seen(api, feed) {
        return Ok(Vec::new());
    }
    let records = api.store.quarantine(Some(feed.clone()), None, most).await?;
    Ok(records.iter().map(|r| item(r, false)).collect())
}

async fn record(api: &Api, id: i64) -> Answer<QuarantineRecord> {
    api.store
        .quarantine_get(id)
        .await?
        .filter(|r| seen(api, &r.feed))
        .ok_or_else(Fault::missing)
}

pub(crate) async fn one(
    State(api): State<Api>,
    Path(id): Path<i64>,
) -> Answer<Json<QuarantineItem>> {
    Ok(Json(item(&record(&api, id).await?, true)))
}

pub(crate) async fn reprocess(
    State(api): State<Api>,
    Path(id): Path<i64>,
) -> Answer<Json<RecordOutcome>> {
    let record = record(&api, id).await?;
    Ok(Json(api.ingest.reprocess(record).await?))
}
