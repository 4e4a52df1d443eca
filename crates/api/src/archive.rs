//! Events that left memory: read back and projected like any other.

use oneroof_model::{EventId, ReportId};
use oneroof_wire::project;
use serde_json::Value;

use crate::lists::EventDetail;
use crate::state::Api;

/// An event as it was filed, with its reports: a picture of its own.
struct Filed {
    event: EventId,
    reports: Vec<oneroof_picture::ReportState>,
}

impl project::Reports for Filed {
    fn report(&self, id: ReportId) -> Option<&oneroof_model::Report> {
        self.reports
            .iter()
            .filter_map(|s| s.report.as_ref())
            .find(|r| r.id == id)
    }
    fn superseded(&self, id: ReportId) -> bool {
        self.state(id).is_some_and(|s| s.superseded_by.is_some())
    }
    fn withdrawn(&self, id: ReportId) -> bool {
        self.state(id).is_some_and(|s| s.withdrawn)
    }
    fn event_of(&self, id: ReportId) -> Option<EventId> {
        self.state(id).map(|_| self.event)
    }
    fn known_since(&self, id: ReportId) -> Option<project::KnownSince> {
        let older = self.state(id)?.older?;
        Some(project::KnownSince {
            received: older.received,
            aware: older.aware,
        })
    }
}

impl Filed {
    fn state(&self, id: ReportId) -> Option<&oneroof_picture::ReportState> {
        self.reports
            .iter()
            .find(|s| s.report.as_ref().is_some_and(|r| r.id == id))
    }
}

/// An archived event for the audience, from how it is kept; `None` where it may not be seen.
pub(crate) fn read(api: &Api, json: &str) -> Option<EventDetail> {
    let mut value: Value = serde_json::from_str(json).ok()?;
    let event: oneroof_model::Event =
        serde_json::from_value(value.get_mut("event")?.take()).ok()?;
    let filed = Filed {
        event: event.id,
        reports: serde_json::from_value(value.get_mut("reports")?.take()).ok()?,
    };
    if event.mode != api.config.centre.mode {
        return None;
    }
    let view = project::event(&event, &filed, &api.audience)?;
    let reports = filed
        .reports
        .iter()
        .filter_map(|s| s.report.as_ref())
        .filter_map(|r| project::report(r, &filed, &api.audience))
        .collect();
    Some(EventDetail {
        event: view,
        reports,
        suggestions: Vec::new(),
        archived: true,
    })
}
