//! The journal: the truth.

use oneroof_model::{
    CommandId, EntryBody, Erasure, FeedId, MessageContext, QuarantineReason, Receipt, Report,
    ReportId, Time,
};

use crate::{BoxFuture, StoreError};

/// An entry to append.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// When the room decided it.
    pub at: Time,
    /// What it says.
    pub body: EntryBody,
    /// Whether its payload holds personal data and is to be encrypted under a key of its own report.
    pub personal: bool,
}

/// An entry as it was read back.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEntry {
    /// Its place: 1, 2, 3 ... without gaps.
    pub seq: u64,
    /// When the room decided it.
    pub at: Time,
    /// What it says; `None` where its payload was erased.
    pub body: Option<EntryBody>,
    /// The report that was recorded here, where the payload was erased.
    pub erased: Option<ReportId>,
}

/// A source id taken by a report; unique by `(feed, key, revision)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceClaim {
    /// The feed.
    pub feed: FeedId,
    /// The source key, or `sha256:...` of the content where the sender names none.
    pub key: String,
    /// Rank of the revision; what the sender numbers, else counted by the room.
    pub revision: i64,
    /// SHA-256 over the draft's content, first 16 bytes.
    pub digest: [u8; 16],
    /// The report.
    pub report: ReportId,
    /// When it was received.
    pub at: Time,
}

/// What is known of a source key: one of its revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSource {
    /// Rank of the revision.
    pub revision: i64,
    /// Digest of its content.
    pub digest: [u8; 16],
    /// Its report.
    pub report: ReportId,
    /// When it was received.
    pub at: Time,
}

/// A record put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinePut {
    /// The feed.
    pub feed: FeedId,
    /// When it was received.
    pub at: Time,
    /// Why.
    pub reason: QuarantineReason,
    /// Where in its connection, file or request it began, bytes.
    pub offset: u64,
    /// The raw bytes, cut to the configured bound of one record.
    pub raw: Vec<u8>,
    /// SHA-256 of all its bytes, first 16.
    pub digest: [u8; 16],
    /// What a broker said of the message that it came in; what it is read with when it is processed again.
    pub message: Option<MessageContext>,
}

/// An answer to be given again to a request with the same idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The feed (or `commands`).
    pub scope: String,
    /// The key as sent, at most 256 bytes.
    pub key: String,
    /// SHA-256 of the request, first 16 bytes: the same key with another request is an error.
    pub digest: [u8; 16],
    /// The answer as JSON; its records name quarantine numbers by `"quarantine_index"` until committed.
    pub answer: String,
    /// When.
    pub at: Time,
}

/// Digest and answer of a request that was answered before.
pub type KnownRequest = ([u8; 16], String);

/// What is committed together or not at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// Entries in order.
    pub entries: Vec<NewEntry>,
    /// Source ids taken.
    pub claims: Vec<SourceClaim>,
    /// Commands carried out, with their receipts.
    pub commands: Vec<(CommandId, Receipt)>,
    /// Records put aside.
    pub quarantine: Vec<QuarantinePut>,
    /// Answers to be given again.
    pub idempotency: Vec<Idempotency>,
}

impl Batch {
    /// Whether there is nothing to commit.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
            && self.claims.is_empty()
            && self.commands.is_empty()
            && self.quarantine.is_empty()
            && self.idempotency.is_empty()
    }
}

/// What a commit gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The new head: sequence number of the newest entry.
    pub head: u64,
    /// Numbers of the quarantined records, in the order of the batch.
    pub quarantine_ids: Vec<i64>,
}

/// What a check of the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// Entries checked.
    pub entries: u64,
    /// Entries whose payload was erased (the chain holds over them).
    pub erased: u64,
    /// Hash of the newest header, hexadecimal.
    pub head_hash: String,
    /// The first entry that does not fit, and why.
    pub broken: Option<(u64, String)>,
}

/// A report from the entries that carry something of it, in order; `None` where what it said was erased.
pub fn report_of(entries: impl IntoIterator<Item = EntryBody>) -> Option<Report> {
    let mut found: Option<Report> = None;
    for entry in entries {
        match entry {
            EntryBody::ReportRecorded { report, .. } => found = Some(*report),
            EntryBody::ReportIdentifiers { identifiers, .. } => {
                if let Some(report) = &mut found {
                    report.identifiers.extend(identifiers);
                }
            }
            _ => {}
        }
    }
    found
}

/// The append-only journal. One writer; `append` is durable (survives power loss) when it answers.
pub trait Journal: Send + Sync {
    /// Sequence number of the newest entry; 0 when empty.
    fn head(&self) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// Commits a batch under the expected head, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::HeadMoved`] when another writer was first, [`StoreError::Full`] when there is no room.
    fn append(
        &self,
        batch: Batch,
        expected_head: u64,
    ) -> BoxFuture<'_, Result<Appended, StoreError>>;

    /// Entries after `after`, at most `limit`, in order.
    fn read(&self, after: u64, limit: usize)
    -> BoxFuture<'_, Result<Vec<StoredEntry>, StoreError>>;

    /// Known revisions of each of the source keys, in the order asked; empty where none.
    fn known_sources(
        &self,
        keys: Vec<(FeedId, String)>,
    ) -> BoxFuture<'_, Result<Vec<Vec<KnownSource>>, StoreError>>;

    /// Receipt of a command carried out before.
    fn known_command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>>;

    /// Digest and answer of a request with this idempotency key.
    fn known_request(
        &self,
        scope: String,
        key: String,
    ) -> BoxFuture<'_, Result<Option<KnownRequest>, StoreError>>;

    /// What a report said, with its identifiers as far as they are not erased; `None` where it is not there (any more).
    fn report(&self, id: ReportId) -> BoxFuture<'_, Result<Option<Report>, StoreError>>;

    /// Whether something of a report is there that could be erased.
    fn has_report(&self, report: ReportId) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// Erases the payload of a report, or the part of it that is named: its salt, its key, its quarantined twins and index
    /// rows. The chain still verifies. The `Erased` entry is appended by the caller first; where the store ends between
    /// the two, the erasure is made up for when it is opened next.
    fn erase(&self, report: ReportId, what: Erasure) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Reports that were recorded before a moment and of which this is not erased, oldest first, at most `limit`.
    fn reports_before(
        &self,
        before: Time,
        what: Erasure,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ReportId>, StoreError>>;

    /// Checks the chain of headers and the digests of the payloads.
    fn verify(&self) -> BoxFuture<'_, Result<VerifyReport, StoreError>>;
}
