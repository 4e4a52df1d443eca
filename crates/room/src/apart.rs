//! What belongs together and what does not: ties between events, and reports that leave an event.

use std::collections::BTreeSet;

use oneroof_model::{
    Actor, Attachment, CommandRefusal, EntryBody, EventId, EventLink, EventLinkKind,
    LinkProvenance, Report, ReportId,
};

use crate::batch::{Deciding, standing};
use crate::commands::{Decided, forbidden, missing};
use crate::curate::curate;

/// Most reports that leave an event at once.
const MAX_SPLIT: usize = 500;

impl Deciding<'_> {
    pub(crate) fn link(
        &mut self,
        by: Actor,
        event: EventId,
        other: EventId,
        kind: EventLinkKind,
    ) -> Decided {
        self.event(other, None)?;
        if event == other {
            return Err(forbidden("an event is not tied to itself"));
        }
        if self.is_tied(event, other, kind)? {
            return Err(forbidden("they are tied in this way already"));
        }
        let link = EventLink {
            kind,
            other,
            by,
            at: self.at,
        };
        self.record(EntryBody::EventsLinked { event, link });
        Ok(Some(event))
    }

    pub(crate) fn unlink(
        &mut self,
        by: Actor,
        event: EventId,
        other: EventId,
        kind: EventLinkKind,
    ) -> Decided {
        if !self.is_tied(event, other, kind)? {
            return Err(missing("tie"));
        }
        self.record(EntryBody::EventsUnlinked {
            event,
            other,
            kind,
            by,
        });
        Ok(Some(event))
    }

    fn is_tied(
        &self,
        event: EventId,
        other: EventId,
        kind: EventLinkKind,
    ) -> Result<bool, CommandRefusal> {
        let links = &self.event(event, None)?.links;
        Ok(links.iter().any(|l| l.other == other && l.kind == kind))
    }

    /// Reports leave an event and open one of their own, together.
    pub(crate) fn split(&mut self, by: &Actor, event: EventId, reports: &[ReportId]) -> Decided {
        let going: BTreeSet<ReportId> = reports.iter().copied().collect();
        if going.len() != reports.len() || !(1..=MAX_SPLIT).contains(&going.len()) {
            let why = format!("1 to {MAX_SPLIT} reports, each named once");
            return Err(CommandRefusal::Invalid { why });
        }
        let e = self.event(event, None)?;
        if e.merged_into.is_some() {
            return Err(forbidden("the event is merged into another"));
        }
        let came = |a: &Attachment| matches!(a.provenance, LinkProvenance::Merge { .. });
        for report in &going {
            let attached = e.reports.iter().find(|a| a.report == *report);
            if came(attached.ok_or_else(|| missing("report"))?) {
                return Err(forbidden("it came with a merge: take the merge back"));
            }
        }
        // What came with a merge may go again: it does not count.
        let only = || forbidden("the last report of an event stays with it");
        let stays = |a: &&Attachment| !going.contains(&a.report);
        if !e.reports.iter().filter(stays).any(|a| !came(a)) {
            return Err(only());
        }
        // In the order in which they came.
        let leave: Vec<ReportId> = e
            .reports
            .iter()
            .map(|a| a.report)
            .filter(|r| going.contains(r))
            .collect();
        let rest: Vec<&Report> = standing(
            self.picture,
            e.reports.iter().filter(stays).map(|a| a.report),
        );
        let curation = curate(&rest, Some(&e.curation), self.picture, self.at).ok_or_else(only)?;
        for report in &leave {
            self.record(EntryBody::ReportDetached {
                event,
                report: *report,
                by: by.clone(),
                curation: Box::new(curation.clone()),
            });
        }
        self.reindex(event);
        self.open_together(by, &leave, event);
        Ok(Some(event))
    }

    /// Opens an event of reports that left another one.
    fn open_together(&mut self, by: &Actor, reports: &[ReportId], apart_from: EventId) {
        // What was erased opens nothing; the first that can be read does.
        let mut waiting = reports.to_vec();
        let opened = reports.iter().find_map(|r| {
            waiting.retain(|w| w != r);
            self.open_apart_from(*r, Some(apart_from))
        });
        let Some(opened) = opened else { return };
        for report in waiting {
            let by = by.clone();
            let how = LinkProvenance::Manual { by };
            self.attach(opened, report, how, Some(apart_from));
        }
    }
}
