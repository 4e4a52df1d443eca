//! Starting the room: newest checkpoint, the tail of the journal, the configuration, then the writer.

use std::sync::Arc;

use oneroof_model::{IdSource, RoomConfig};
use oneroof_picture::{Change, FOLD_VERSION, Picture};
use oneroof_ports::{History, Journal, Store, StoreError, StoredEntry, TimeSource};
use tokio::sync::{broadcast, mpsc};
use tokio_util::task::TaskTracker;

use crate::submit::{Published, RoomHandle, SubmitError};
use crate::tracks::{TrackRules, Tracks};
use crate::writer::{RoomRules, Writer, differs, index_of};

/// Entries read at once at the start.
const PAGE: usize = 5_000;

/// Jobs that may wait for the writer; beyond it senders wait.
const MAX_WAITING_JOBS: usize = 1_024;

/// Updates that a slow follower may be behind before it has to read the picture anew.
const MAX_UPDATES: usize = 4_096;

/// Batches of positions that may wait for the history; beyond it they are dropped and counted.
const MAX_HISTORY_BATCHES: usize = 256;

/// What a room is made of.
pub struct RoomOptions {
    /// The journal.
    pub journal: Arc<dyn Journal>,
    /// The store.
    pub store: Arc<dyn Store>,
    /// The history of positions.
    pub history: Arc<dyn History>,
    /// The clock.
    pub clock: Arc<dyn TimeSource>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Rules of decision.
    pub rules: RoomRules,
    /// Rules of the tracks.
    pub tracks: TrackRules,
    /// Configuration in force.
    pub config: RoomConfig,
    /// A checkpoint is saved after so many entries.
    pub checkpoint_every: u64,
}

/// Why a room does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal or store cannot be read.
    #[error("the journal cannot be read: {0}")]
    Store(#[from] StoreError),
    /// The configuration could not be journalled.
    #[error("the configuration could not be journalled: {0}")]
    Configure(#[from] SubmitError),
}

/// Starts a room; its tasks run on `tasks` and end when every handle is dropped.
///
/// # Errors
/// Where the journal cannot be read or the configuration cannot be journalled.
pub async fn start(options: RoomOptions, tasks: &TaskTracker) -> Result<RoomHandle, StartError> {
    let picture = load(&*options.journal, &*options.store).await?;
    let RoomOptions {
        journal,
        store,
        history,
        clock,
        ids,
        rules,
        tracks,
        config,
        checkpoint_every,
    } = options;
    let (history_tx, mut history_rx) = mpsc::channel(MAX_HISTORY_BATCHES);
    let tracks = Tracks::new(tracks, history_tx);
    tasks.spawn(async move {
        while let Some(mut points) = history_rx.recv().await {
            while points.len() < 10_000
                && let Ok(more) = history_rx.try_recv()
            {
                points.extend(more);
            }
            if let Err(error) = history.add(points).await {
                tracing::warn!(%error, "positions not remembered");
            }
        }
    });
    let (updates, _) = broadcast::channel(MAX_UPDATES);
    let (jobs, inbox) = mpsc::channel(MAX_WAITING_JOBS);
    let changed = differs(&picture, &config);
    let published = Published(Arc::new(std::sync::RwLock::new(picture.clone())));
    let writer = Writer {
        journal: Arc::clone(&journal),
        store,
        clock,
        ids,
        index: index_of(&picture, &rules),
        rules,
        tracks: Arc::clone(&tracks),
        checkpointed: picture.position(),
        working: picture,
        published: published.clone(),
        updates: updates.clone(),
        checkpoint_every,
    };
    tasks.spawn(writer.run(inbox));
    let handle = RoomHandle {
        journal,
        jobs,
        published,
        updates,
        tracks,
    };
    if changed {
        handle.configure(config).await?;
    }
    Ok(handle)
}

/// Applies an entry as it was read back from the journal, also one whose report was erased; gives what changed.
pub fn replay(picture: &mut Picture, entry: StoredEntry) -> Vec<Change> {
    match entry.erased {
        Some(report) => picture.apply_erased(entry.seq, entry.at, report),
        None => picture.apply(entry.seq, entry.at, entry.body),
    }
}

/// The picture from the newest checkpoint and the tail of the journal.
async fn load(journal: &dyn Journal, store: &dyn Store) -> Result<Picture, StartError> {
    let head = journal.head().await?;
    let mut picture = match store.newest_checkpoint(FOLD_VERSION).await? {
        Some(c) => match Picture::from_checkpoint(&c.state) {
            Ok(p) if p.position() == c.position && c.position <= head => p,
            Ok(_) => {
                tracing::warn!(
                    "the checkpoint does not fit the journal; reading it from the start"
                );
                Picture::default()
            }
            Err(error) => {
                tracing::warn!(%error, "reading the journal from the start");
                Picture::default()
            }
        },
        None => Picture::default(),
    };
    let from = picture.position();
    while picture.position() < head {
        let page = journal.read(picture.position(), PAGE).await?;
        if page.is_empty() {
            let place = format!("entry {}", picture.position() + 1);
            let detail = format!("missing; the head is {head}");
            return Err(StoreError::Damaged { place, detail }.into());
        }
        for e in page {
            replay(&mut picture, e);
        }
        if head - from > 50_000 {
            tracing::info!(position = picture.position(), head, "reading the journal");
        }
    }
    if picture.anomalies() > 0 {
        tracing::error!(
            count = picture.anomalies(),
            "journal entries that do not fit the picture"
        );
    }
    Ok(picture)
}
