//! The store: caches, projections and files, all of which can be rebuilt or are kept apart from the truth.

use std::path::PathBuf;

use oneroof_model::{
    AttachmentId, EventId, FeedId, IdentifierKind, MessageContext, QuarantineReason, ReportId, Time,
};
use serde_json::Value;

use crate::{BoxFuture, StoreError};

/// A saved state of the fold. A cache: it may be thrown away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Version of the fold that made it; another version does not read it.
    pub fold_version: u32,
    /// Newest entry that it holds.
    pub position: u64,
    /// The state, as the fold wrote it.
    pub state: Vec<u8>,
    /// When it was made.
    pub at: Time,
}

/// A record in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRecord {
    /// Its number.
    pub id: i64,
    /// The feed.
    pub feed: FeedId,
    /// When it was received.
    pub at: Time,
    /// Why.
    pub reason: QuarantineReason,
    /// Where it began in its connection, file or request, bytes.
    pub offset: u64,
    /// The raw bytes kept.
    pub raw: Vec<u8>,
    /// SHA-256 of all its bytes, first 16.
    pub digest: [u8; 16],
    /// What a broker said of the message that it came in.
    pub message: Option<MessageContext>,
    /// How often it was processed again.
    pub attempts: u32,
    /// When it was taken after all; `None` while it waits.
    pub released_at: Option<Time>,
}

/// A closed event that left memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedEvent {
    /// Its id.
    pub event: EventId,
    /// When it happened (earliest).
    pub occurred: Time,
    /// The event, its reports and suggestions as JSON.
    pub json: String,
}

impl ArchivedEvent {
    /// Takes what points at persons out of one of its reports; whether there was something to take.
    pub fn forget_identifiers(&mut self, report: ReportId) -> bool {
        let name = report.to_string();
        if !self.json.contains(&name) {
            return false;
        }
        let Ok(mut all) = serde_json::from_str::<Value>(&self.json) else {
            return false;
        };
        let reports = all.get_mut("reports").and_then(Value::as_array_mut);
        let mine = reports
            .into_iter()
            .flatten()
            .filter_map(|state| state.get_mut("report"))
            .find(|r| r.get("id").and_then(Value::as_str) == Some(&name));
        let Some(Value::Array(identifiers)) = mine.and_then(|r| r.get_mut("identifiers")) else {
            return false;
        };
        let before = identifiers.len();
        // One of a kind that this version does not know is let go as well.
        identifiers.retain(|i| {
            let kind = i.get("kind").cloned().unwrap_or_default();
            serde_json::from_value(kind).is_ok_and(|k: IdentifierKind| !k.is_personal())
        });
        let gone = identifiers.len() < before;
        self.json = all.to_string();
        gone
    }
}

/// What is known of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentMeta {
    /// Its id.
    pub id: AttachmentId,
    /// Name as given.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// When it was stored.
    pub at: Time,
}

/// Feed, bytes and records that wait in its quarantine.
pub type QuarantineSize = (FeedId, u64, u64);

/// A stored file and what is known of it.
pub type StoredFile = (AttachmentMeta, Vec<u8>);

/// Room on the disk that holds the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskState {
    /// Free bytes for us.
    pub free_bytes: u64,
    /// Size of the file system in bytes.
    pub total_bytes: u64,
    /// Bytes that our own files take.
    pub used_by_us_bytes: u64,
}

/// What a run of the retention removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetentionReport {
    /// Quarantined records.
    pub quarantine: u64,
    /// Archived events.
    pub events: u64,
    /// Attachments.
    pub attachments: u64,
    /// Idempotency keys.
    pub requests: u64,
}

/// Caches, projections and files.
pub trait Store: Send + Sync {
    /// Saves a checkpoint and drops all but the newest two.
    fn save_checkpoint(&self, checkpoint: Checkpoint) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The newest checkpoint of this version of the fold that reads whole.
    fn newest_checkpoint(
        &self,
        fold_version: u32,
    ) -> BoxFuture<'_, Result<Option<Checkpoint>, StoreError>>;

    /// Records in quarantine, newest first, of one feed or all; `before` is a number to page on.
    fn quarantine(
        &self,
        feed: Option<FeedId>,
        before: Option<i64>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<QuarantineRecord>, StoreError>>;

    /// One record in quarantine.
    fn quarantine_get(
        &self,
        id: i64,
    ) -> BoxFuture<'_, Result<Option<QuarantineRecord>, StoreError>>;

    /// Bytes and records that wait in the quarantine of each feed.
    fn quarantine_size(&self) -> BoxFuture<'_, Result<Vec<QuarantineSize>, StoreError>>;

    /// Notes that a record was processed again: taken (`released`) or still refused for this reason.
    fn quarantine_tried(
        &self,
        id: i64,
        at: Time,
        outcome: Result<(), QuarantineReason>,
    ) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Puts closed events into the archive.
    fn archive(&self, events: Vec<ArchivedEvent>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// One archived event.
    fn archived(&self, id: EventId) -> BoxFuture<'_, Result<Option<ArchivedEvent>, StoreError>>;

    /// Archived events that happened within `[from, to)`, newest first.
    fn archived_between(
        &self,
        from: Time,
        to: Time,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ArchivedEvent>, StoreError>>;

    /// Stores a file.
    fn put_attachment(
        &self,
        meta: AttachmentMeta,
        bytes: Vec<u8>,
    ) -> BoxFuture<'_, Result<(), StoreError>>;

    /// A stored file.
    fn attachment(&self, id: AttachmentId)
    -> BoxFuture<'_, Result<Option<StoredFile>, StoreError>>;

    /// Drops what is older than the moments given.
    fn retain(
        &self,
        quarantine_before: Time,
        events_before: Time,
        requests_before: Time,
    ) -> BoxFuture<'_, Result<RetentionReport, StoreError>>;

    /// Writes a consistent copy of everything to a new file while the system runs; gives its size in bytes.
    fn backup(&self, to: PathBuf) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// Room on the disk.
    fn disk(&self) -> BoxFuture<'_, Result<DiskState, StoreError>>;
}
