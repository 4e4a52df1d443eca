//! What leaves: events that are over go to the archive, the content of old reports goes altogether.

use oneroof_model::{Actor, EntryBody, Erasure, EventId, ReportId, Time};
use oneroof_picture::Picture;
use oneroof_ports::{ArchivedEvent, StoreError};

use crate::submit::SubmitError;
use crate::writer::Writer;

/// About so many events leave memory at once.
const MAX_ARCHIVED: usize = 1_000;

/// Most reports erased at a time, so that senders do not wait long.
const MAX_ERASED: usize = 200;

/// By which rule content is erased by its age.
const RETENTION: &str = "retention/1";

impl Writer {
    /// Moves events that are over and unchanged since `before` into the archive.
    pub(crate) async fn archive(&mut self, before: Time) -> Result<u64, SubmitError> {
        // An event and what was merged into it go together, so the bound is looked at between such groups.
        let mut ids: Vec<EventId> = Vec::new();
        for group in self.working.archivable(before) {
            if ids.len() >= MAX_ARCHIVED {
                break;
            }
            ids.extend(group);
        }
        if ids.is_empty() {
            return Ok(0);
        }
        let events = ids
            .iter()
            .filter_map(|id| archived(&self.working, *id))
            .collect();
        self.store.archive(events).await?;
        let n = u64::try_from(ids.len()).unwrap_or(0);
        self.say([EntryBody::EventsArchived { events: ids }])
            .await?;
        Ok(n)
    }

    /// Erases reports that were recorded before a moment, or a part of them: first that it shall be is journalled, then
    /// it is done. Gives how many, at most [`MAX_ERASED`].
    pub(crate) async fn erase_before(
        &mut self,
        before: Time,
        what: Erasure,
    ) -> Result<u64, SubmitError> {
        let reports = self
            .journal
            .reports_before(before, what, MAX_ERASED)
            .await?;
        if reports.is_empty() {
            return Ok(0);
        }
        self.say(reports.iter().map(|report| EntryBody::Erased {
            report: *report,
            what,
            by: Actor::Rule {
                rule: RETENTION.to_owned(),
            },
            reason: match what {
                Erasure::Report => "retention.reports".to_owned(),
                Erasure::Identifiers => "retention.personal_identifiers".to_owned(),
            },
        }))
        .await?;
        let due: Vec<_> = reports.into_iter().map(|report| (report, what)).collect();
        self.carry_out(&due).await?;
        Ok(u64::try_from(due.len()).unwrap_or(u64::MAX))
    }

    /// Carries out erasures that stand in the journal. The checkpoints that held the content go with it: whoever asked
    /// for the last of them saves a new one, for else the next start reads the whole journal.
    pub(crate) async fn carry_out(
        &mut self,
        due: &[(ReportId, Erasure)],
    ) -> Result<(), StoreError> {
        for (report, what) in due {
            self.journal.erase(*report, *what).await?;
        }
        Ok(())
    }
}

fn archived(picture: &Picture, id: EventId) -> Option<ArchivedEvent> {
    let event = picture.event(id)?;
    let reports: Vec<_> = event
        .reports
        .iter()
        .filter_map(|a| picture.report_state(a.report))
        .collect();
    let json = serde_json::json!({ "event": event, "reports": reports }).to_string();
    Some(ArchivedEvent {
        event: id,
        occurred: event.curation.occurred.value.from,
        json,
    })
}
