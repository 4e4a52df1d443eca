//! One report, also an older revision that left memory: it is read from the journal.

use axum::Json;
use axum::extract::{Path, State};
use oneroof_model::{EventId, ReportId};
use oneroof_picture::Picture;
use oneroof_room::Earlier;
use oneroof_wire::project::Reports as _;
use oneroof_wire::{ReportView, project};

use crate::problem::{Answer, Fault};
use crate::state::Api;

pub(crate) async fn report(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Answer<Json<ReportView>> {
    let id: ReportId = id.parse().map_err(|_bad| Fault::missing())?;
    let in_memory = api.room.picture().read().holds(id);
    let found = if in_memory {
        live_report(&api, id)
    } else {
        let earlier = api.room.earlier(id).await?;
        earlier.and_then(|e| earlier_report(&api, &e))
    };
    found.map(Json).ok_or_else(Fault::missing)
}

/// A report in memory as the audience sees it.
fn live_report(api: &Api, id: ReportId) -> Option<ReportView> {
    let p = api.room.picture().read();
    let report = p.report(id).filter(|r| r.mode == api.config.centre.mode)?;
    project::report(report, &*p, &api.audience)
}

/// An older revision that left memory, as the audience sees it. It is shown as long as the newest is in memory.
fn earlier_report(api: &Api, earlier: &Earlier) -> Option<ReportView> {
    let p = api.room.picture().read();
    p.report_state(earlier.newest)?;
    if earlier.report.mode != api.config.centre.mode {
        return None;
    }
    let behind = Behind {
        picture: &p,
        earlier,
    };
    project::report(&earlier.report, &behind, &api.audience)
}

/// The picture with an older revision in it, which stands where the newest is.
struct Behind<'a> {
    picture: &'a Picture,
    earlier: &'a Earlier,
}

impl Behind<'_> {
    fn stands_at(&self, id: ReportId) -> ReportId {
        if id == self.earlier.report.id {
            self.earlier.newest
        } else {
            id
        }
    }
}

impl project::Reports for Behind<'_> {
    fn report(&self, id: ReportId) -> Option<&oneroof_model::Report> {
        self.picture.report(id)
    }
    fn superseded(&self, id: ReportId) -> bool {
        id == self.earlier.report.id || self.picture.superseded(id)
    }
    fn withdrawn(&self, id: ReportId) -> bool {
        self.picture.withdrawn(self.stands_at(id))
    }
    fn event_of(&self, id: ReportId) -> Option<EventId> {
        self.picture.event_of(self.stands_at(id))
    }
    fn holds(&self, id: ReportId) -> bool {
        self.picture.holds(id)
    }
    fn known_since(&self, id: ReportId) -> Option<project::KnownSince> {
        self.picture.known_since(self.stands_at(id))
    }
}
