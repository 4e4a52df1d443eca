//! Store in memory.

use std::collections::BTreeMap;
use std::path::PathBuf;

use oneroof_model::{AttachmentId, EventId, FeedId, QuarantineReason, Time};

use super::MemoryStore;
use crate::{
    ArchivedEvent, AttachmentMeta, BoxFuture, Checkpoint, DiskState, QuarantineRecord,
    RetentionReport, Store, StoreError,
};

/// Size that the pretended disk has, bytes.
const DISK_BYTES: u64 = 100_000_000_000;

/// Removes what `keep` refuses and counts it.
fn drop_where<K: Ord, V>(map: &mut BTreeMap<K, V>, mut old: impl FnMut(&V) -> bool) -> u64 {
    let before = map.len();
    map.retain(|_, v| !old(v));
    (before - map.len()) as u64
}

impl Store for MemoryStore {
    fn save_checkpoint(&self, checkpoint: Checkpoint) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let kept = &mut self.state().checkpoints;
            let same = |c: &Checkpoint| {
                (c.position, c.fold_version) == (checkpoint.position, checkpoint.fold_version)
            };
            kept.retain(|c| !same(c));
            kept.push(checkpoint);
            kept.sort_by_key(|c| core::cmp::Reverse((c.position, c.fold_version)));
            kept.truncate(2);
            Ok(())
        })
    }

    fn newest_checkpoint(
        &self,
        fold_version: u32,
    ) -> BoxFuture<'_, Result<Option<Checkpoint>, StoreError>> {
        Box::pin(async move {
            let state = self.state();
            let mut ours = state.checkpoints.iter();
            Ok(ours.find(|c| c.fold_version == fold_version).cloned())
        })
    }

    fn quarantine(
        &self,
        feed: Option<FeedId>,
        before: Option<i64>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<QuarantineRecord>, StoreError>> {
        Box::pin(async move {
            let state = self.state();
            let page = state.quarantine.values().rev().map(|(record, _)| record);
            Ok(page
                .filter(|q| before.is_none_or(|b| q.id < b))
                .filter(|q| feed.as_ref().is_none_or(|f| q.feed == *f))
                .take(limit)
                .cloned()
                .collect())
        })
    }

    fn quarantine_get(
        &self,
        id: i64,
    ) -> BoxFuture<'_, Result<Option<QuarantineRecord>, StoreError>> {
        Box::pin(async move { Ok(self.state().quarantine.get(&id).map(|(q, _)| q.clone())) })
    }

    fn quarantine_size(&self) -> BoxFuture<'_, Result<Vec<(FeedId, u64, u64)>, StoreError>> {
        Box::pin(async move {
            let mut sizes: BTreeMap<FeedId, (u64, u64)> = BTreeMap::new();
            for (record, _) in self.state().quarantine.values() {
                if record.released_at.is_none() {
                    let size = sizes.entry(record.feed.clone()).or_default();
                    let topic = record.message.as_ref().map_or(0, |m| m.topic.len());
                    size.0 += (record.raw.len() + topic) as u64;
                    size.1 += 1;
                }
            }
            Ok(sizes.into_iter().map(|(f, (b, n))| (f, b, n)).collect())
        })
    }

    fn quarantine_tried(
        &self,
        id: i64,
        at: Time,
        outcome: Result<(), QuarantineReason>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let mut state = self.state();
            let Some((record, _)) = state.quarantine.get_mut(&id) else {
                return Err(StoreError::Failed(format!("no record {id} in quarantine")));
            };
            record.attempts = record.attempts.saturating_add(1);
            match outcome {
                Ok(()) => {
                    record.released_at = Some(at);
                    record.raw = Vec::new();
                    record.message = None;
                }
                Err(reason) => record.reason = reason,
            }
            Ok(())
        })
    }

    fn archive(&self, events: Vec<ArchivedEvent>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let mut state = self.state();
            for event in events {
                state.archive.insert(event.event, event);
            }
            Ok(())
        })
    }

    fn archived(&self, id: EventId) -> BoxFuture<'_, Result<Option<ArchivedEvent>, StoreError>> {
        Box::pin(async move { Ok(self.state().archive.get(&id).cloned()) })
    }

    fn archived_between(
        &self,
        from: Time,
        to: Time,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ArchivedEvent>, StoreError>> {
        Box::pin(async move {
            let state = self.state();
            let within = |e: &&ArchivedEvent| from <= e.occurred && e.occurred < to;
            let mut found: Vec<_> = state.archive.values().filter(within).cloned().collect();
            drop(state);
            found.sort_by_key(|e| core::cmp::Reverse((e.occurred, e.event)));
            found.truncate(limit);
            Ok(found)
        })
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
            self.state().attachments.insert(meta.id, (meta, bytes));
            Ok(())
        })
    }

    fn attachment(
        &self,
        id: AttachmentId,
    ) -> BoxFuture<'_, Result<Option<(AttachmentMeta, Vec<u8>)>, StoreError>> {
        Box::pin(async move { Ok(self.state().attachments.get(&id).cloned()) })
    }

    fn retain(
        &self,
        quarantine_before: Time,
        events_before: Time,
        requests_before: Time,
    ) -> BoxFuture<'_, Result<RetentionReport, StoreError>> {
        Box::pin(async move {
            let mut state = self.state();
            Ok(RetentionReport {
                quarantine: drop_where(&mut state.quarantine, |(q, _)| q.at < quarantine_before),
                events: drop_where(&mut state.archive, |e| e.occurred < events_before),
                attachments: drop_where(&mut state.attachments, |(a, _)| a.at < events_before),
                requests: drop_where(&mut state.requests, |(_, _, at)| *at < requests_before),
            })
        })
    }

    fn backup(&self, to: PathBuf) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            Err(StoreError::Failed(format!(
                "what is in memory has no backup ({})",
                to.display()
            )))
        })
    }

    fn disk(&self) -> BoxFuture<'_, Result<DiskState, StoreError>> {
        Box::pin(async move {
            Ok(DiskState {
                free_bytes: DISK_BYTES,
                total_bytes: DISK_BYTES,
                used_by_us_bytes: 0,
            })
        })
    }
}
