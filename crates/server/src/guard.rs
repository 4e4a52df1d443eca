//! Refuses to write before the disk is full, so that what was acknowledged is never lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use oneroof_model::{CommandId, Erasure, FeedId, Receipt, Report, ReportId, Time};
use oneroof_ports::{
    Appended, Batch, BoxFuture, Journal, KnownRequest, KnownSource, StoreError, StoredEntry,
    VerifyReport,
};

/// A journal that stops taking entries while `full`.
pub(crate) struct Guarded {
    /// The journal.
    pub inner: Arc<dyn Journal>,
    /// Whether the disk has less than `stop_below` free.
    pub full: Arc<AtomicBool>,
}

impl Journal for Guarded {
    fn head(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.inner.head()
    }

    fn append(
        &self,
        batch: Batch,
        expected_head: u64,
    ) -> BoxFuture<'_, Result<Appended, StoreError>> {
        if self.full.load(Ordering::Relaxed) {
            let why = "less free space than disk.stop_below of centre.yaml".to_owned();
            return Box::pin(async { Err(StoreError::Full(why)) });
        }
        self.inner.append(batch, expected_head)
    }

    fn read(
        &self,
        after: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<StoredEntry>, StoreError>> {
        self.inner.read(after, limit)
    }

    fn known_sources(
        &self,
        keys: Vec<(FeedId, String)>,
    ) -> BoxFuture<'_, Result<Vec<Vec<KnownSource>>, StoreError>> {
        self.inner.known_sources(keys)
    }

    fn known_command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>> {
        self.inner.known_command(id)
    }

    fn known_request(
        &self,
        scope: String,
        key: String,
    ) -> BoxFuture<'_, Result<Option<KnownRequest>, StoreError>> {
        self.inner.known_request(scope, key)
    }

    fn report(&self, id: ReportId) -> BoxFuture<'_, Result<Option<Report>, StoreError>> {
        self.inner.report(id)
    }

    fn has_report(&self, report: ReportId) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.inner.has_report(report)
    }

    fn erase(&self, report: ReportId, what: Erasure) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.erase(report, what)
    }

    fn reports_before(
        &self,
        before: Time,
        what: Erasure,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ReportId>, StoreError>> {
        self.inner.reports_before(before, what, limit)
    }

    fn verify(&self) -> BoxFuture<'_, Result<VerifyReport, StoreError>> {
        self.inner.verify()
    }
}
