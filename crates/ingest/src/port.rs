//! What the ingest asks of the room, as a trait, so that it can be tested without one.

use oneroof_model::{PositionDraft, Time};
use oneroof_ports::BoxFuture;
use oneroof_room::tracks::PositionsTaken;
use oneroof_room::{FeedContext, RoomHandle, Submission, SubmitAnswer, SubmitError};

/// The room as the ingest sees it.
pub trait RoomPort: Send + Sync {
    /// Submits records; answers when they are durable.
    fn submit(&self, submission: Submission) -> BoxFuture<'_, Result<SubmitAnswer, SubmitError>>;

    /// Takes positions into the live tracks. Never waits.
    fn positions(&self, feed: &FeedContext, at: Time, drafts: Vec<PositionDraft>)
    -> PositionsTaken;
}

impl RoomPort for RoomHandle {
    fn submit(&self, submission: Submission) -> BoxFuture<'_, Result<SubmitAnswer, SubmitError>> {
        Box::pin(Self::submit(self, submission))
    }

    fn positions(
        &self,
        feed: &FeedContext,
        at: Time,
        drafts: Vec<PositionDraft>,
    ) -> PositionsTaken {
        Self::positions(self, feed, at, drafts)
    }
}
