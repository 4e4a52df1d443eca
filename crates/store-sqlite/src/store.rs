//! The store over the writer and the readers.

use std::path::{Path, PathBuf};

use oneroof_model::{AttachmentId, EventId, FeedId, QuarantineReason, Time};
use oneroof_ports::{
    ArchivedEvent, AttachmentMeta, BoxFuture, Checkpoint, DiskState, QuarantineRecord,
    RetentionReport, Store, StoreError,
};
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::error::{InStore as _, file_error};
use crate::rows::{self, all, int};
use crate::{SqliteStore, backup, checkpoint, quarantine};

/// Rows removed in one transaction by the retention, so that appends get their turn in between.
const RETAIN_ROWS: usize = 2_000;

/// Runs this on a blocking thread.
async fn blocking<T, F>(work: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, StoreError> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| StoreError::Failed(format!("the work ended: {e}")))?
}

fn archived(row: &Row<'_>) -> rusqlite::Result<ArchivedEvent> {
    Ok(ArchivedEvent {
        event: EventId(rows::uuid(row, 0)?),
        occurred: rows::time(row, 1)?,
        json: row.get(2)?,
    })
}

impl SqliteStore {
    /// Deletes in portions.
    async fn prune(&self, sql: &'static str, before: Time) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let step = self
                .on_writer(move |w| {
                    let params = (before.as_micros(), rows::limit(RETAIN_ROWS));
                    w.conn.execute(sql, params).stored()
                })
                .await?;
            removed += step as u64;
            if step < RETAIN_ROWS {
                return Ok(removed);
            }
        }
    }
}

impl Store for SqliteStore {
    fn save_checkpoint(&self, checkpoint: Checkpoint) -> BoxFuture<'_, Result<(), StoreError>> {
        let data = self.folder.clone();
        Box::pin(blocking(move || checkpoint::save(&data, &checkpoint)))
    }

    fn newest_checkpoint(
        &self,
        fold_version: u32,
    ) -> BoxFuture<'_, Result<Option<Checkpoint>, StoreError>> {
        let data = self.folder.clone();
        Box::pin(blocking(move || checkpoint::newest(&data, fold_version)))
    }

    fn quarantine(
        &self,
        feed: Option<FeedId>,
        before: Option<i64>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<QuarantineRecord>, StoreError>> {
        Box::pin(
            self.readers
                .run(move |conn| quarantine::page(conn, feed.as_ref(), before, limit)),
        )
    }

    fn quarantine_get(
        &self,
        id: i64,
    ) -> BoxFuture<'_, Result<Option<QuarantineRecord>, StoreError>> {
        Box::pin(self.readers.run(move |conn| quarantine::one(conn, id)))
    }

    fn quarantine_size(&self) -> BoxFuture<'_, Result<Vec<(FeedId, u64, u64)>, StoreError>> {
        Box::pin(self.readers.run(quarantine::size))
    }

    fn quarantine_tried(
        &self,
        id: i64,
        at: Time,
        outcome: Result<(), QuarantineReason>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.on_writer(move |w| quarantine::tried(&mut w.conn, id, at, &outcome)))
    }

    fn archive(&self, events: Vec<ArchivedEvent>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.on_writer(move |w| {
            let tx = w.conn.transaction().stored()?;
            for e in &events {
                tx.prepare_cached("INSERT OR REPLACE INTO archive VALUES (?1, ?2, ?3)")
                    .stored()?
                    .execute((e.event.0.as_bytes(), e.occurred.as_micros(), &e.json))
                    .stored()?;
            }
            tx.commit().stored()
        }))
    }

    fn archived(&self, id: EventId) -> BoxFuture<'_, Result<Option<ArchivedEvent>, StoreError>> {
        Box::pin(self.readers.run(move |conn| {
            conn.prepare_cached("SELECT event, occurred_us, json FROM archive WHERE event = ?1")
                .stored()?
                .query_row([id.0.as_bytes()], archived)
                .optional()
                .stored()
        }))
    }

    fn archived_between(
        &self,
        from: Time,
        to: Time,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ArchivedEvent>, StoreError>> {
        Box::pin(self.readers.run(move |conn| {
            let mut select = conn
                .prepare_cached(
                    "SELECT event, occurred_us, json FROM archive
                     WHERE occurred_us >= ?1 AND occurred_us < ?2
                     ORDER BY occurred_us DESC, event DESC LIMIT ?3",
                )
                .stored()?;
            let params = (from.as_micros(), to.as_micros(), rows::limit(limit));
            all(&mut select, params, archived)
        }))
    }

    fn put_attachment(
        &self,
        meta: AttachmentMeta,
        bytes: Vec<u8>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            if meta.size_bytes != bytes.len() as u64 {
                return Err(StoreError::Failed(
                    "the attachment has another size than its description".to_owned(),
                ));
            }
            self.on_writer(move |w| put_attachment(&w.conn, &meta, &bytes))
                .await
        })
    }

    fn attachment(
        &self,
        id: AttachmentId,
    ) -> BoxFuture<'_, Result<Option<(AttachmentMeta, Vec<u8>)>, StoreError>> {
        Box::pin(self.readers.run(move |conn| {
            conn.prepare_cached(
                "SELECT name, media_type, size_bytes, sha256, at_us, bytes FROM attachments
                 WHERE id = ?1",
            )
            .stored()?
            .query_row([id.0.as_bytes()], |row| {
                let meta = AttachmentMeta {
                    id,
                    name: row.get(0)?,
                    media_type: row.get(1)?,
                    size_bytes: rows::uint(row, 2)?,
                    sha256: row.get(3)?,
                    at: rows::time(row, 4)?,
                };
                Ok((meta, row.get(5)?))
            })
            .optional()
            .stored()
        }))
    }

    fn retain(
        &self,
        quarantine_before: Time,
        events_before: Time,
        requests_before: Time,
    ) -> BoxFuture<'_, Result<RetentionReport, StoreError>> {
        Box::pin(async move {
            let quarantine = "DELETE FROM quarantine WHERE id IN
                (SELECT id FROM quarantine WHERE at_us < ?1 LIMIT ?2)";
            let events = "DELETE FROM archive WHERE event IN
                (SELECT event FROM archive WHERE occurred_us < ?1 LIMIT ?2)";
            let attachments = "DELETE FROM attachments WHERE id IN
                (SELECT id FROM attachments WHERE at_us < ?1 LIMIT ?2)";
            let requests = "DELETE FROM requests WHERE (scope, key) IN
                (SELECT scope, key FROM requests WHERE at_us < ?1 LIMIT ?2)";
            Ok(RetentionReport {
                quarantine: self.prune(quarantine, quarantine_before).await?,
                events: self.prune(events, events_before).await?,
                attachments: self.prune(attachments, events_before).await?,
                requests: self.prune(requests, requests_before).await?,
            })
        })
    }

    fn backup(&self, to: PathBuf) -> BoxFuture<'_, Result<u64, StoreError>> {
        let data = self.folder.clone();
        Box::pin(blocking(move || backup::backup(&data, &to)))
    }

    fn disk(&self) -> BoxFuture<'_, Result<DiskState, StoreError>> {
        let data = self.folder.clone();
        Box::pin(blocking(move || disk(&data)))
    }
}

fn put_attachment(
    conn: &Connection,
    meta: &AttachmentMeta,
    bytes: &[u8],
) -> Result<(), StoreError> {
    conn.execute(
        "INSERT OR REPLACE INTO attachments VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            meta.id.0.as_bytes(),
            &meta.name,
            &meta.media_type,
            int(meta.size_bytes),
            &meta.sha256,
            meta.at.as_micros(),
            bytes,
        ),
    )
    .stored()?;
    Ok(())
}

fn disk(data: &Path) -> Result<DiskState, StoreError> {
    let room = rustix::fs::statvfs(data).map_err(|e| file_error(data, &e.into()))?;
    let fail = |e: std::io::Error| file_error(data, &e);
    let mut used = 0;
    for item in std::fs::read_dir(data).map_err(fail)? {
        // A file may go away meanwhile.
        if let Ok(meta) = item.map_err(fail)?.metadata()
            && meta.is_file()
        {
            used += meta.len();
        }
    }
    Ok(DiskState {
        free_bytes: room.f_bavail.saturating_mul(room.f_frsize),
        total_bytes: room.f_blocks.saturating_mul(room.f_frsize),
        used_by_us_bytes: used,
    })
}
