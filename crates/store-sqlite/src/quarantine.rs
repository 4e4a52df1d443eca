//! The quarantine's rows.

use oneroof_model::{FeedId, MessageContext, QuarantineReason, Time};
use oneroof_ports::{QuarantineRecord, StoreError};
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::error::InStore as _;
use crate::rows::{self, all};

const COLUMNS: &str = "SELECT id, feed, at_us, code, detail, start_byte, raw, attempts, released_us, digest, \
    topic, topic_separator FROM quarantine";

/// What a broker said of it; nothing where either half is missing.
fn message(row: &Row<'_>) -> rusqlite::Result<Option<MessageContext>> {
    let (topic, separator): (Option<String>, Option<String>) = (row.get(10)?, row.get(11)?);
    let separator = separator.and_then(|s| s.chars().next());
    Ok(topic
        .zip(separator)
        .map(|(topic, separator)| MessageContext {
            topic: topic.into(),
            separator,
        }))
}

fn record(row: &Row<'_>) -> rusqlite::Result<QuarantineRecord> {
    let released: Option<i64> = row.get(8)?;
    Ok(QuarantineRecord {
        id: row.get(0)?,
        feed: FeedId(row.get(1)?),
        at: rows::time(row, 2)?,
        reason: QuarantineReason {
            code: row.get(3)?,
            detail: row.get(4)?,
        },
        offset: rows::uint(row, 5)?,
        raw: row.get(6)?,
        digest: row.get(9)?,
        message: message(row)?,
        attempts: row.get(7)?,
        released_at: released.map(Time::from_micros),
    })
}

pub(crate) fn page(
    conn: &Connection,
    feed: Option<&FeedId>,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<QuarantineRecord>, StoreError> {
    let before = before.unwrap_or(i64::MAX);
    let limit = rows::limit(limit);
    let Some(feed) = feed else {
        let sql = format!("{COLUMNS} WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
        let mut select = conn.prepare_cached(&sql).stored()?;
        return all(&mut select, (before, limit), record);
    };
    let sql = format!("{COLUMNS} WHERE feed = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    let mut select = conn.prepare_cached(&sql).stored()?;
    all(&mut select, (feed.as_str(), before, limit), record)
}

pub(crate) fn one(conn: &Connection, id: i64) -> Result<Option<QuarantineRecord>, StoreError> {
    conn.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))
        .stored()?
        .query_row([id], record)
        .optional()
        .stored()
}

pub(crate) fn size(conn: &Connection) -> Result<Vec<(FeedId, u64, u64)>, StoreError> {
    let mut select = conn
        .prepare_cached(
            "SELECT feed, bytes, records FROM quarantine_size WHERE records > 0 ORDER BY feed",
        )
        .stored()?;
    all(&mut select, [], |r| {
        Ok((FeedId(r.get(0)?), rows::uint(r, 1)?, rows::uint(r, 2)?))
    })
}

/// A released record keeps no bytes and no topic: they have become a report, which has its own keeping and erasing.
pub(crate) fn tried(
    conn: &mut Connection,
    id: i64,
    at: Time,
    outcome: &Result<(), QuarantineReason>,
) -> Result<(), StoreError> {
    let tx = conn.transaction().stored()?;
    let changed = match outcome {
        Ok(()) => {
            // The size is kept by a trigger that needs the bytes still there.
            let sql = "UPDATE quarantine SET attempts = attempts + 1, released_us = ?2 WHERE id = ?1";
            let changed = tx.execute(sql, (id, at.as_micros())).stored()?;
            let emptied = "UPDATE quarantine SET raw = zeroblob(0), topic = NULL, topic_separator = NULL WHERE id = ?1";
            tx.execute(emptied, [id]).stored()?;
            changed
        }
        Err(reason) => tx
            .execute(
                "UPDATE quarantine SET attempts = attempts + 1, code = ?2, detail = ?3 WHERE id = ?1",
                (id, &reason.code, &reason.detail),
            )
            .stored()?,
    };
    tx.commit().stored()?;
    if changed == 0 {
        return Err(StoreError::Failed(format!("no record {id} in quarantine")));
    }
    Ok(())
}
