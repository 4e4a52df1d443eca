//! What leaves: events that are over go to the archive, the content of old reports goes altogether.

use oneroof_model::{Actor, EntryBody, EventId, Time};
use oneroof_picture::Picture;
use oneroof_ports::ArchivedEvent;

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

    /// Erases the content of reports that were recorded before a moment: first that it shall be is journalled, then it is
    /// done, and then a checkpoint is saved, for those that held the content are gone.
    pub(crate) async fn erase_before(&mut self, before: Time) -> Result<u64, SubmitError> {
        let reports = self.journal.reports_before(before, MAX_ERASED).await?;
        if reports.is_empty() {
            return Ok(0);
        }
        self.say(reports.iter().map(|report| EntryBody::Erased {
            report: *report,
            by: Actor::Rule {
                rule: RETENTION.to_owned(),
            },
            reason: "retention.reports".to_owned(),
        }))
        .await?;
        let mut erased = 0;
        for report in reports {
            self.journal.erase(report).await?;
            erased += 1;
        }
        self.save_checkpoint().await?;
        Ok(erased)
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
