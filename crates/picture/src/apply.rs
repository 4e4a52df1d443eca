//! What each kind of entry does.

use oneroof_model::{
    Attachment, Curation, EntryBody, Event, EventId, EventState, LinkProvenance, MergeRecord, Mode,
    Relation, Report, ReportId, RoomConfig, Time,
};

use crate::state::{Change, Picture, ReportState};

/// An entry that does not fit the state.
struct Misfit;

type Applied = Result<Vec<Change>, Misfit>;

impl Picture {
    /// Applies one entry; `None` is an entry whose payload was erased. Gives what changed.
    ///
    /// An entry that does not fit changes nothing but [`Picture::anomalies`].
    pub fn apply(&mut self, seq: u64, at: Time, body: Option<EntryBody>) -> Vec<Change> {
        self.position = seq;
        self.at = at;
        let Some(body) = body else { return Vec::new() };
        self.entry(at, body).unwrap_or_else(|Misfit| {
            self.anomalies += 1;
            Vec::new()
        })
    }

    fn entry(&mut self, at: Time, body: EntryBody) -> Applied {
        match body {
            EntryBody::Configured { config } => Ok(self.configured(*config)),
            EntryBody::ReportRecorded { report, newest } => Ok(self.recorded(*report, newest)),
            EntryBody::ReportWithdrawn { report, .. } => self.withdrawn_by_sender(report),
            EntryBody::Erased { report, .. } => self.erased(report),
            EntryBody::EventOpened {
                event,
                mode,
                report,
                curation,
                aware_at,
            } => self.opened(at, event, mode, report, *curation, aware_at),
            EntryBody::ReportAttached {
                event,
                attachment,
                curation,
            } => self.attached(at, event, attachment, curation.map(|c| *c)),
            EntryBody::ReportDetached {
                event,
                report,
                curation,
                ..
            } => self.detached(at, event, report, *curation),
            EntryBody::SuggestionMade { suggestion } => {
                let id = suggestion.id;
                self.suggestions.insert(id, *suggestion);
                Ok(vec![Change::Suggestion(id)])
            }
            EntryBody::SuggestionSettled {
                suggestion, state, ..
            } => {
                self.suggestions.get_mut(&suggestion).ok_or(Misfit)?.state = state;
                Ok(vec![Change::Suggestion(suggestion)])
            }
            EntryBody::EventsMerged { survivor, record } => self.merged(at, survivor, *record),
            EntryBody::EventUnmerged {
                survivor,
                absorbed,
                curation,
                ..
            } => self.unmerged(at, survivor, absorbed, *curation),
            EntryBody::EventStateSet {
                event,
                state,
                reason,
                ..
            } => self.touch(at, event, |e| {
                e.state = state;
                e.dismissed = if state == EventState::Dismissed {
                    reason
                } else {
                    None
                };
            }),
            EntryBody::EventCurated {
                event, curation, ..
            } => self.touch(at, event, |e| e.curation = *curation),
            EntryBody::NoteAdded { event, note } => self.touch(at, event, |e| e.notes.push(*note)),
            EntryBody::EventsLinked { event, link } => {
                self.touch(at, event, |e| e.links.push(link))
            }
            EntryBody::SectionLevelSet { section, level, .. } => {
                self.levels.insert(section.clone(), level);
                Ok(vec![Change::Section(section)])
            }
            EntryBody::UnitReported { unit, .. } => {
                let id = unit.id.clone();
                self.units.insert(id.clone(), *unit);
                Ok(vec![Change::Unit(id)])
            }
            EntryBody::FiguresRecorded { figures } => {
                let id = figures.bcp.clone();
                // Late figures never replace newer ones.
                if self.figures.get(&id).is_none_or(|f| f.at <= figures.at) {
                    self.figures.insert(id.clone(), *figures);
                }
                Ok(vec![Change::Bcp(id)])
            }
            EntryBody::EventsArchived { events } => Ok(self.archived(&events)),
            EntryBody::Unknown { .. } => Ok(Vec::new()),
        }
    }

    fn configured(&mut self, config: RoomConfig) -> Vec<Change> {
        for unit in &config.units {
            // What an agency said of a unit's status outlives a new configuration of its name.
            let status = self.units.get(&unit.id).map(|u| (u.status, u.status_at));
            let mut unit = unit.clone();
            if let Some((status, status_at)) = status {
                (unit.status, unit.status_at) = (status, status_at);
            }
            self.units.insert(unit.id.clone(), unit);
        }
        self.config = config;
        vec![Change::Config]
    }

    fn recorded(&mut self, report: Report, newest: bool) -> Vec<Change> {
        let id = report.id;
        let mut changes = vec![Change::Report(id)];
        let mut superseded_by = None;
        if let Some(older) = report.revises {
            let state = self.reports.get_mut(&older);
            if newest {
                if let Some(state) = state {
                    state.superseded_by = Some(id);
                    changes.push(Change::Report(older));
                }
            } else {
                // It came late: the one it names is the newer one.
                superseded_by = Some(older);
            }
        }
        if report.relation != Relation::New {
            self.waiting.insert(id);
        }
        self.reports.insert(
            id,
            ReportState {
                report: Some(report),
                event: None,
                superseded_by,
                withdrawn: false,
            },
        );
        changes
    }

    fn withdrawn_by_sender(&mut self, report: ReportId) -> Applied {
        let state = self.reports.get_mut(&report).ok_or(Misfit)?;
        state.withdrawn = true;
        let event = state.event;
        Ok(core::iter::once(Change::Report(report))
            .chain(event.map(Change::Event))
            .collect())
    }

    fn erased(&mut self, report: ReportId) -> Applied {
        let state = self.reports.get_mut(&report).ok_or(Misfit)?;
        state.report = None;
        let event = state.event;
        Ok(core::iter::once(Change::Report(report))
            .chain(event.map(Change::Event))
            .collect())
    }

    fn opened(
        &mut self,
        at: Time,
        id: EventId,
        mode: Mode,
        report: ReportId,
        curation: Curation,
        aware_at: Time,
    ) -> Applied {
        let state = self.reports.get_mut(&report).ok_or(Misfit)?;
        if self.events.contains_key(&id) {
            return Err(Misfit);
        }
        state.event = Some(id);
        let received = state.report.as_ref().map_or(at, |r| r.received);
        let event = Event {
            id,
            mode,
            state: EventState::New,
            dismissed: None,
            curation,
            reports: vec![Attachment {
                report,
                at,
                provenance: LinkProvenance::First,
            }],
            first_known_at: received,
            aware_at,
            updated_at: at,
            version: 1,
            merged_into: None,
            merges: Vec::new(),
            notes: Vec::new(),
            links: Vec::new(),
        };
        self.events.insert(id, event);
        Ok(vec![Change::Report(report), Change::Event(id)])
    }

    fn attached(
        &mut self,
        at: Time,
        event: EventId,
        attachment: Attachment,
        curation: Option<Curation>,
    ) -> Applied {
        let report = attachment.report;
        if !self.reports.contains_key(&report) || !self.events.contains_key(&event) {
            return Err(Misfit);
        }
        if let Some(state) = self.reports.get_mut(&report) {
            state.event = Some(event);
        }
        let mut changes = self.touch(at, event, |e| {
            e.reports.push(attachment);
            if let Some(c) = curation {
                e.curation = c;
            }
        })?;
        changes.insert(0, Change::Report(report));
        Ok(changes)
    }

    fn detached(
        &mut self,
        at: Time,
        event: EventId,
        report: ReportId,
        curation: Curation,
    ) -> Applied {
        let state = self.reports.get_mut(&report).ok_or(Misfit)?;
        if state.event != Some(event) {
            return Err(Misfit);
        }
        state.event = None;
        let mut changes = self.touch(at, event, |e| {
            e.reports.retain(|a| a.report != report);
            e.curation = curation;
        })?;
        changes.insert(0, Change::Report(report));
        Ok(changes)
    }

    fn merged(&mut self, at: Time, survivor: EventId, record: MergeRecord) -> Applied {
        let absorbed = record.absorbed;
        if survivor == absorbed
            || !self.events.contains_key(&survivor)
            || self
                .events
                .get(&absorbed)
                .is_none_or(|e| e.merged_into.is_some())
        {
            return Err(Misfit);
        }
        let reports = record.reports.clone();
        let mut changes = self.touch(at, absorbed, |e| {
            e.state = EventState::Merged;
            e.merged_into = Some(survivor);
        })?;
        changes.extend(self.touch(at, survivor, |e| {
            e.reports.extend(reports.iter().map(|r| Attachment {
                report: *r,
                at,
                provenance: LinkProvenance::Merge { from: absorbed },
            }));
            e.curation = (*record.after).clone();
            e.merges.push(record);
        })?);
        changes.extend(self.move_reports(&reports, survivor));
        Ok(changes)
    }

    fn unmerged(
        &mut self,
        at: Time,
        survivor: EventId,
        absorbed: EventId,
        curation: Curation,
    ) -> Applied {
        let back = self.events.get(&absorbed).ok_or(Misfit)?;
        let event = self.events.get(&survivor).ok_or(Misfit)?;
        let record = event
            .merges
            .iter()
            .find(|m| m.absorbed == absorbed)
            .ok_or(Misfit)?;
        if back.merged_into != Some(survivor) {
            return Err(Misfit);
        }
        let state = record.absorbed_state;
        // A report that was detached meanwhile has its own event and does not come back.
        let still: Vec<ReportId> = record
            .reports
            .iter()
            .copied()
            .filter(|r| {
                self.reports
                    .get(r)
                    .is_some_and(|s| s.event == Some(survivor))
            })
            .collect();
        let gone: Vec<ReportId> = record
            .reports
            .iter()
            .copied()
            .filter(|r| !still.contains(r))
            .collect();
        let mut changes = self.touch(at, survivor, |e| {
            e.reports.retain(|a| !still.contains(&a.report));
            e.merges.retain(|m| m.absorbed != absorbed);
            e.curation = curation;
        })?;
        changes.extend(self.touch(at, absorbed, |e| {
            e.state = state;
            e.merged_into = None;
            e.reports.retain(|a| !gone.contains(&a.report));
        })?);
        changes.extend(self.move_reports(&still, absorbed));
        Ok(changes)
    }

    fn move_reports(&mut self, reports: &[ReportId], to: EventId) -> Vec<Change> {
        for id in reports {
            if let Some(state) = self.reports.get_mut(id) {
                state.event = Some(to);
            }
        }
        reports.iter().copied().map(Change::Report).collect()
    }

    fn archived(&mut self, ids: &[EventId]) -> Vec<Change> {
        let mut changes = Vec::new();
        for id in ids {
            let Some(event) = self.events.remove(id) else {
                continue;
            };
            for a in &event.reports {
                self.reports.remove(&a.report);
                self.waiting.remove(&a.report);
            }
            self.suggestions.retain(|_, s| s.a != *id && s.b != *id);
            changes.push(Change::Archived(*id));
        }
        changes
    }

    /// Changes one event and counts it.
    fn touch(&mut self, at: Time, id: EventId, change: impl FnOnce(&mut Event)) -> Applied {
        let event = self.events.get_mut(&id).ok_or(Misfit)?;
        change(event);
        event.version += 1;
        event.updated_at = at;
        Ok(vec![Change::Event(id)])
    }
}
