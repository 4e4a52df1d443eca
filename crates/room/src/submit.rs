//! The handle by which everyone talks to the room.

use std::sync::{Arc, RwLock, RwLockReadGuard};

use oneroof_model::{
    Audience, Command, Confidence, Draft, Erasure, FeedId, Marking, MessageContext, Mode, OrgId,
    PositionDraft, QuarantineReason, Receipt, RecordOutcome, Report, ReportId, SourceKind, Time,
};
use oneroof_picture::{Change, Picture};
use oneroof_ports::{Journal, StoreError};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::digest::digest16;
use crate::tracks::{PositionsTaken, Tracks};

/// What the room has to know of a feed to take its drafts.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedContext {
    /// The feed.
    pub id: FeedId,
    /// The agency that speaks where a draft names none.
    pub org: OrgId,
    /// Kind of source where a draft names none.
    pub source_kind: SourceKind,
    /// Mode where a draft names none.
    pub mode: Mode,
    /// Marking where a draft has none.
    pub marking: Marking,
    /// Confidence where a draft has none.
    pub confidence: Confidence,
    /// Whether the chatter rule holds for it (a family of sensors).
    pub sensor: bool,
    /// Whether it plays a capture again: its tracks are shown as recorded, where they really were.
    pub recorded: bool,
}

/// A record as it came, kept if it has to be put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Its raw bytes.
    pub raw: Arc<[u8]>,
    /// Where it began in its connection, file or request, bytes.
    pub offset: u64,
    /// SHA-256 of its bytes, first 16.
    pub digest: [u8; 16],
    /// What a broker said of the message that it came in.
    pub message: Option<MessageContext>,
}

impl Original {
    /// Bytes that came by themselves.
    pub fn of(raw: impl Into<Arc<[u8]>>) -> Self {
        let raw = raw.into();
        Self {
            digest: digest16(&raw),
            raw,
            offset: 0,
            message: None,
        }
    }
}

/// One record of a submission.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Understood.
    Draft {
        /// What it says.
        draft: Draft,
        /// What it said it with.
        original: Original,
    },
    /// Not understood: goes to quarantine.
    Reject {
        /// Why.
        reason: QuarantineReason,
        /// What was not understood.
        original: Original,
    },
}

/// An idempotency key and the digest of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The key as sent, at most 256 bytes.
    pub key: String,
    /// SHA-256 of the whole request, first 16 bytes.
    pub digest: [u8; 16],
}

/// Records of one feed that are decided together, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// The feed.
    pub feed: Arc<FeedContext>,
    /// When they were received.
    pub at: Time,
    /// The records.
    pub records: Vec<Record>,
    /// Its idempotency key.
    pub request: Option<RequestKey>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitAnswer {
    /// One outcome for each record, in order.
    pub outcomes: Vec<RecordOutcome>,
    /// Whether the same request was answered before; the outcomes are those of then.
    pub repeated: bool,
}

/// Why nothing was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The disk is full, or the store failed: nothing was taken, send it again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The room is shutting down.
    #[error("the room is closed")]
    Closed,
    /// The idempotency key was used before with another request.
    #[error("the idempotency key was used with another request")]
    RequestMismatch,
}

/// What was committed, told to whoever follows the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Newest entry.
    pub position: u64,
    /// When it was decided.
    pub at: Time,
    /// What changed, each once.
    pub changes: Vec<Change>,
}

/// The published picture: what is durable.
#[derive(Debug, Clone, Default)]
pub struct Published(pub(crate) Arc<RwLock<Picture>>);

impl Published {
    /// Reads the picture. Held for moments only: the writer waits for it.
    pub fn read(&self) -> RwLockReadGuard<'_, Picture> {
        // A reader that panicked cannot have damaged what it could only read.
        self.0
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

pub(crate) enum Job {
    Submit(
        Submission,
        oneshot::Sender<Result<SubmitAnswer, SubmitError>>,
    ),
    Command(
        Box<Command>,
        Option<Arc<Audience>>,
        oneshot::Sender<Result<Receipt, SubmitError>>,
    ),
    Configure(
        Box<oneroof_model::RoomConfig>,
        oneshot::Sender<Result<(), SubmitError>>,
    ),
    Housekeep(Time, oneshot::Sender<Result<u64, SubmitError>>),
    Erase(Time, Erasure, oneshot::Sender<Result<u64, SubmitError>>),
    Checkpoint(oneshot::Sender<Result<u64, SubmitError>>),
}

/// An older revision of a report, read from the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier {
    /// What it said.
    pub report: Report,
    /// The newest revision.
    pub newest: ReportId,
}

/// Talks to the room. Cheap to clone.
#[derive(Clone)]
pub struct RoomHandle {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) jobs: mpsc::Sender<Job>,
    pub(crate) published: Published,
    pub(crate) updates: broadcast::Sender<Arc<Update>>,
    pub(crate) tracks: Arc<Tracks>,
}

impl RoomHandle {
    async fn ask<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, SubmitError>>) -> Job,
    ) -> Result<T, SubmitError> {
        let (tx, rx) = oneshot::channel();
        self.jobs
            .send(job(tx))
            .await
            .map_err(|_closed| SubmitError::Closed)?;
        rx.await.map_err(|_closed| SubmitError::Closed)?
    }

    /// Submits records; answers when they are durable. Waits while the room is behind: that is the backpressure.
    ///
    /// # Errors
    /// Where nothing was taken and the sender has to send again.
    pub async fn submit(&self, submission: Submission) -> Result<SubmitAnswer, SubmitError> {
        self.ask(|tx| Job::Submit(submission, tx)).await
    }

    /// Carries out a command of somebody who sees everything; answers when it is durable.
    ///
    /// # Errors
    /// Where nothing was done for a technical reason; a refusal is a receipt.
    pub async fn command(&self, command: Command) -> Result<Receipt, SubmitError> {
        self.ask(|tx| Job::Command(Box::new(command), None, tx))
            .await
    }

    /// Carries out a command of somebody who belongs to an audience: `if_version` is the version that it sees, and so is
    /// that of the receipt.
    ///
    /// # Errors
    /// Where nothing was done for a technical reason; a refusal is a receipt.
    pub async fn command_of(
        &self,
        audience: Arc<Audience>,
        command: Command,
    ) -> Result<Receipt, SubmitError> {
        self.ask(|tx| Job::Command(Box::new(command), Some(audience), tx))
            .await
    }

    /// Puts another configuration in force.
    ///
    /// # Errors
    /// Where it could not be journalled.
    pub async fn configure(&self, config: oneroof_model::RoomConfig) -> Result<(), SubmitError> {
        self.ask(|tx| Job::Configure(Box::new(config), tx)).await
    }

    /// Moves events that are over and unchanged since `before` into the archive; gives their number.
    ///
    /// # Errors
    /// Where the store failed.
    pub async fn housekeep(&self, before: Time) -> Result<u64, SubmitError> {
        self.ask(|tx| Job::Housekeep(before, tx)).await
    }

    /// Erases reports that were recorded before a moment, or a part of them, some at a time; gives how many.
    ///
    /// # Errors
    /// Where the store failed.
    pub async fn erase_before(&self, before: Time, what: Erasure) -> Result<u64, SubmitError> {
        self.ask(|tx| Job::Erase(before, what, tx)).await
    }

    /// Saves a checkpoint; gives its position.
    ///
    /// # Errors
    /// Where the store failed.
    pub async fn checkpoint(&self) -> Result<u64, SubmitError> {
        self.ask(Job::Checkpoint).await
    }

    /// Takes positions into the live tracks. Never waits: not for the disk, not for a reader.
    pub fn positions(
        &self,
        feed: &FeedContext,
        at: Time,
        drafts: Vec<PositionDraft>,
    ) -> PositionsTaken {
        self.tracks.take(feed, at, drafts)
    }

    /// An older revision of a report, which may have left memory as a newer one took its place; `None` where there is no
    /// such report, it is the newest, or its content was erased.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn earlier(&self, id: ReportId) -> Result<Option<Earlier>, StoreError> {
        let Some(report) = self.journal.report(id).await? else {
            return Ok(None);
        };
        let Some(source) = &report.source else {
            return Ok(None);
        };
        let key = (report.feed.clone(), source.key.clone());
        let known = self.journal.known_sources(vec![key]).await?;
        let newest = known.into_iter().flatten().max_by_key(|k| k.revision);
        Ok(newest
            .map(|k| k.report)
            .filter(|newest| *newest != id)
            .map(|newest| Earlier { report, newest }))
    }

    /// The published picture.
    pub const fn picture(&self) -> &Published {
        &self.published
    }

    /// The live tracks.
    pub const fn tracks(&self) -> &Arc<Tracks> {
        &self.tracks
    }

    /// Follows the picture from now on. A receiver that lags must read the picture anew.
    pub fn updates(&self) -> broadcast::Receiver<Arc<Update>> {
        self.updates.subscribe()
    }
}
