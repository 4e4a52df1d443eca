//! What has to be done now and then: the disk is watched, what is old goes, what is over is filed.

use core::time::Duration;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use oneroof_config::Config;
use oneroof_model::{Erasure, Time};
use oneroof_ports::{History, Store, TimeSource};
use oneroof_room::RoomHandle;
use tokio_util::sync::CancellationToken;

/// The disk is looked at so often.
const LOOK: Duration = Duration::from_secs(10);

/// Looks between two rounds of retention: ten minutes.
const ROUNDS: u32 = 60;

/// Most steps of erasing or filing in one round.
const MAX_STEPS: u32 = 50;

/// Looks between two rounds of filing what is over: a minute.
const FILINGS: u32 = 6;

/// What is not in order, for `/readyz`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<Vec<String>>>);

impl Faults {
    /// What is not in order now.
    pub(crate) fn now(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, faults: Vec<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }
}

/// What it works on.
pub(crate) struct Housekeeper {
    pub config: Arc<Config>,
    pub store: Arc<dyn Store>,
    pub history: Arc<dyn History>,
    pub room: RoomHandle,
    pub clock: Arc<dyn TimeSource>,
    pub full: Arc<AtomicBool>,
    pub faults: Faults,
}

impl Housekeeper {
    /// Runs until stopped.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut every = tokio::time::interval(LOOK);
        let mut round = 0u32;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = every.tick() => {}
            }
            self.look_at_disk().await;
            if round.is_multiple_of(ROUNDS) {
                self.retain().await;
            }
            if round.is_multiple_of(FILINGS) {
                self.file().await;
            }
            round = round.wrapping_add(1);
        }
    }

    async fn look_at_disk(&self) {
        let (warn, stop) = (
            self.config.centre.disk.warn_below.bytes(),
            self.config.centre.disk.stop_below.bytes(),
        );
        let mut faults = Vec::new();
        match self.store.disk().await {
            Ok(disk) => {
                #[expect(clippy::cast_precision_loss, reason = "a gauge")]
                {
                    metrics::gauge!("disk_free_bytes").set(disk.free_bytes as f64);
                    metrics::gauge!("disk_used_by_us_bytes").set(disk.used_by_us_bytes as f64);
                }
                let low = disk.free_bytes < warn;
                metrics::gauge!("disk_warning").set(f64::from(u8::from(low)));
                let full = disk.free_bytes < stop;
                if full != self.full.swap(full, Ordering::Relaxed) {
                    if full {
                        tracing::error!(
                            free_bytes = disk.free_bytes,
                            "the disk is full: reports are refused with an error"
                        );
                    } else {
                        tracing::info!(
                            free_bytes = disk.free_bytes,
                            "there is room again: reports are taken"
                        );
                    }
                }
                if full {
                    faults.push(format!("disk full: {} bytes free", disk.free_bytes));
                } else if low {
                    tracing::warn!(free_bytes = disk.free_bytes, "the disk is nearly full");
                }
            }
            Err(error) => faults.push(format!("the data folder can't be looked at: {error}")),
        }
        self.faults.set(faults);
    }

    /// Erases what is old. Each step is a job of its own, so that senders do not wait for all of them.
    async fn erase(&self, before: Time, what: Erasure) {
        let mut reports = 0;
        for _ in 0..MAX_STEPS {
            match self.room.erase_before(before, what).await {
                Ok(0) => break,
                Ok(n) => reports += n,
                Err(error) => {
                    tracing::warn!(%error, ?what, "old content was not erased; it is tried again");
                    break;
                }
            }
        }
        if reports > 0 {
            tracing::info!(reports, ?what, "old content was erased");
            if let Err(error) = self.room.checkpoint().await {
                tracing::warn!(%error, "checkpoint not saved; the next start reads a longer tail");
            }
        }
    }

    async fn retain(&self) {
        let (now, r) = (self.clock.now(), &self.config.centre.retention);
        let before = |p: oneroof_config::Period| now.plus_secs(-i64::from(p.as_secs_u32()));
        match self
            .store
            .retain(
                before(r.quarantine),
                before(r.events),
                now.plus_secs(-86_400),
            )
            .await
        {
            Ok(done) => tracing::debug!(?done, "retention"),
            Err(error) => tracing::warn!(%error, "retention did not run; it is tried again"),
        }
        if let Err(error) = self.history.retain(before(r.positions)).await {
            tracing::warn!(%error, "old positions were not dropped; it is tried again");
        }
        for step in &self.config.centre.history.thinning {
            let every = step.keep_every.as_secs_u32();
            match self.history.thin(before(step.after), every).await {
                Ok(0) => {}
                Ok(points) => {
                    tracing::info!(points, keep_every_s = every, "positions were thinned");
                }
                Err(error) => {
                    tracing::warn!(%error, "old positions were not thinned; it is tried again");
                }
            }
        }
        self.erase(before(r.reports), Erasure::Report).await;
        self.erase(before(r.personal_identifiers), Erasure::Identifiers)
            .await;
    }

    /// Events that are over leave memory for the archive, some at a time, so that senders do not wait long.
    async fn file(&self) {
        let in_view = i64::from(self.config.centre.retention.in_view.as_secs_u32());
        let before = self.clock.now().plus_secs(-in_view);
        let mut events = 0;
        for _ in 0..MAX_STEPS {
            match self.room.housekeep(before).await {
                Ok(0) => break,
                Ok(n) => events += n,
                Err(error) => {
                    tracing::warn!(%error, "events were not filed; it is tried again");
                    break;
                }
            }
        }
        if events > 0 {
            tracing::info!(events, "events that are over were filed");
        }
    }
}
