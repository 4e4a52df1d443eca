//! The journal over the writer and the readers.

use std::sync::atomic::Ordering;

use oneroof_model::{
    CommandId, Erasure, FeedId, IDENTIFIERS_KIND, Receipt, Report, ReportId, Time,
};
use oneroof_ports::{
    Appended, Batch, BoxFuture, Journal, KnownSource, StoreError, StoredEntry, VerifyReport,
    report_of,
};
use rusqlite::OptionalExtension as _;
use tokio::sync::oneshot;

use crate::SqliteStore;
use crate::error::InStore as _;
use crate::rows::{self, all, int};
use crate::writer::{Append, Request};

impl Journal for SqliteStore {
    fn head(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move { Ok(self.committed.load(Ordering::Acquire)) })
    }

    fn append(
        &self,
        batch: Batch,
        expected_head: u64,
    ) -> BoxFuture<'_, Result<Appended, StoreError>> {
        Box::pin(async move {
            let (answer, result) = oneshot::channel();
            let append = Append::new(batch, expected_head, answer)?;
            self.send(Request::Append(append)).await?;
            result
                .await
                .map_err(|e| StoreError::Failed(format!("the writer has ended: {e}")))?
        })
    }

    fn read(
        &self,
        after: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<StoredEntry>, StoreError>> {
        Box::pin(self.readers.run(move |conn| {
            let sql = format!("{} WHERE h.seq > ?1 ORDER BY h.seq LIMIT ?2", rows::ENTRY);
            let mut select = conn.prepare_cached(&sql).stored()?;
            let mut found = select.query((int(after), rows::limit(limit))).stored()?;
            let mut entries = Vec::new();
            while let Some(row) = found.next().stored()? {
                let entry = rows::entry(row).stored()?;
                let body = entry.entry()?;
                entries.push(StoredEntry {
                    seq: entry.seq,
                    at: entry.at,
                    erased: entry.report.filter(|_| body.is_none()),
                    body,
                });
            }
            Ok(entries)
        }))
    }

    fn known_sources(
        &self,
        keys: Vec<(FeedId, String)>,
    ) -> BoxFuture<'_, Result<Vec<Vec<KnownSource>>, StoreError>> {
        Box::pin(self.readers.run(move |conn| {
            let mut select = conn
                .prepare_cached(
                    "SELECT revision, digest, report, at_us FROM claims
                     WHERE feed = ?1 AND key = ?2 ORDER BY revision",
                )
                .stored()?;
            let mut known = Vec::with_capacity(keys.len());
            for (feed, key) in &keys {
                known.push(all(&mut select, (feed.as_str(), key), |row| {
                    Ok(KnownSource {
                        revision: row.get(0)?,
                        digest: row.get(1)?,
                        report: ReportId(rows::uuid(row, 2)?),
                        at: rows::time(row, 3)?,
                    })
                })?);
            }
            Ok(known)
        }))
    }

    fn known_command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>> {
        Box::pin(self.readers.run(move |conn| {
            let text: Option<String> = conn
                .prepare_cached("SELECT receipt FROM commands WHERE id = ?1")
                .stored()?
                .query_row([id.0.as_bytes()], |r| r.get(0))
                .optional()
                .stored()?;
            text.map(|t| serde_json::from_str(&t))
                .transpose()
                .map_err(|e| StoreError::Damaged {
                    place: format!("receipt of command {id}"),
                    detail: e.to_string(),
                })
        }))
    }

    fn known_request(
        &self,
        scope: String,
        key: String,
    ) -> BoxFuture<'_, Result<Option<([u8; 16], String)>, StoreError>> {
        Box::pin(self.readers.run(move |conn| {
            conn.prepare_cached("SELECT digest, answer FROM requests WHERE scope = ?1 AND key = ?2")
                .stored()?
                .query_row([scope, key], |r| Ok((r.get(0)?, r.get(1)?)))
                .optional()
                .stored()
        }))
    }

    fn report(&self, id: ReportId) -> BoxFuture<'_, Result<Option<Report>, StoreError>> {
        Box::pin(self.readers.run(move |conn| {
            let sql = format!("{} WHERE p.report = ?1 ORDER BY h.seq", rows::ENTRY);
            let mut select = conn.prepare_cached(&sql).stored()?;
            let entries = all(&mut select, [id.0.as_bytes()], rows::entry)?;
            let bodies: Vec<_> = entries
                .iter()
                .map(crate::payload::Row::entry)
                .collect::<Result<_, _>>()?;
            Ok(report_of(bodies.into_iter().flatten()))
        }))
    }

    fn has_report(&self, report: ReportId) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(self.readers.run(move |conn| {
            conn.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM payloads WHERE report = ?1 AND body NOT NULL)",
            )
            .stored()?
            .query_row([report.0.as_bytes()], |r| r.get(0))
            .stored()
        }))
    }

    fn erase(&self, report: ReportId, what: Erasure) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.on_writer(move |writer| writer.erase(report, what)))
    }

    fn reports_before(
        &self,
        before: Time,
        what: Erasure,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ReportId>, StoreError>> {
        Box::pin(self.readers.run(move |conn| {
            let mut select = conn
                .prepare_cached(
                    "SELECT p.report FROM payloads p JOIN headers h ON h.seq = p.seq
                     WHERE p.report IS NOT NULL AND p.body IS NOT NULL AND h.at_us < ?1
                       AND (h.kind = ?2) = ?3
                     ORDER BY p.seq LIMIT ?4",
                )
                .stored()?;
            let parts = what == Erasure::Identifiers;
            let bounds = (
                before.as_micros(),
                IDENTIFIERS_KIND,
                parts,
                rows::limit(limit),
            );
            all(&mut select, bounds, |row| Ok(ReportId(rows::uuid(row, 0)?)))
        }))
    }

    fn verify(&self) -> BoxFuture<'_, Result<VerifyReport, StoreError>> {
        Box::pin(self.readers.run(crate::verify::verify))
    }
}
