//! Projection: what an audience is given of a thing of the picture. Every function asks [`may_see`].

use std::collections::BTreeSet;

use oneroof_model::{
    Act, Actor, Area, Attachment, Audience, Curated, Curation, Did, Event, EventId, Interval,
    LinkProvenance, OrgId, PersonalData, Report, ReportId, SettledValue, Suggestion, Time, may_see,
};

use crate::{AreaView, AttachedReport, EventView, MergeView, ReportView, Settled, SuggestionView};

/// What the projection asks of the picture.
pub trait Reports {
    /// A report by id; `None` where it was erased.
    fn report(&self, id: ReportId) -> Option<&Report>;
    /// Whether a newer revision replaces it.
    fn superseded(&self, id: ReportId) -> bool;
    /// Whether its sender withdrew it.
    fn withdrawn(&self, id: ReportId) -> bool;
    /// The event that it is attached to.
    fn event_of(&self, id: ReportId) -> Option<EventId>;
    /// An event by id; `None` where it is not in memory.
    fn event(&self, _id: EventId) -> Option<&Event> {
        None
    }
    /// Whether a report is there at all, be it erased. One that is not is known to nobody, or left memory.
    fn holds(&self, id: ReportId) -> bool {
        self.report(id).is_some()
    }
    /// Since when it is known, where a report took the place of older revisions that were released to the same audience.
    fn known_since(&self, _id: ReportId) -> Option<KnownSince> {
        None
    }
}

/// Since when what a report says is known, over all of its revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSince {
    /// When the first was received.
    pub received: Time,
    /// The earliest moment at which the agency was aware; never after `received`.
    pub aware: Time,
}

/// Since when a report is known, its older revisions with it.
fn since(report: &Report, reports: &dyn Reports) -> KnownSince {
    let own = KnownSince {
        received: report.received,
        aware: report.aware.unwrap_or(report.received).min(report.received),
    };
    reports
        .known_since(report.id)
        .map_or(own, |older| KnownSince {
            received: own.received.min(older.received),
            aware: own.aware.min(older.aware),
        })
}

/// Whether the audience may see a report.
pub fn sees_report(report: &Report, audience: &Audience) -> bool {
    may_see(&report.marking, &report.org, audience)
}

/// A curated value, where the audience sees at least one of the reports that it rests on. A value without reports
/// was set by a person on his own knowledge and goes with the event.
fn curated<'a, T>(value: &'a Curated<T>, visible: &BTreeSet<ReportId>) -> Option<&'a T> {
    let seen = value.rests_on.is_empty() || value.rests_on.iter().any(|r| visible.contains(r));
    seen.then_some(&value.value)
}

/// Who settled what, of the values that the audience sees.
fn settled(c: &Curation, visible: &BTreeSet<ReportId>) -> Vec<Settled> {
    fn one<T>(
        which: SettledValue,
        v: &Curated<T>,
        visible: &BTreeSet<ReportId>,
    ) -> Option<Settled> {
        curated(v, visible)?;
        matches!(v.by, Actor::Person { .. }).then(|| Settled {
            value: which,
            by: v.by.clone(),
            at: v.at,
        })
    }
    [
        one(SettledValue::Type, &c.type_code, visible),
        one(SettledValue::Impact, &c.impact, visible),
        one(SettledValue::LifeAtRisk, &c.life_at_risk, visible),
        one(SettledValue::Lead, &c.lead, visible),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether the audience sees at least one report of an event, and with it the event.
pub fn sees_event(event: &Event, reports: &dyn Reports, audience: &Audience) -> bool {
    let sees = |id| reports.report(id).is_some_and(|r| sees_report(r, audience));
    event.reports.iter().any(|a| sees(a.report))
}

/// Whether the audience sees every report of an event: what was computed from all of them hides none from it.
pub fn sees_whole_event(event: &Event, reports: &dyn Reports, audience: &Audience) -> bool {
    let sees = |id| reports.report(id).is_some_and(|r| sees_report(r, audience));
    !event.reports.is_empty() && event.reports.iter().all(|a| sees(a.report))
}

/// The newest change of an event that the audience sees the reason of.
fn updated(event: &Event, visible: &BTreeSet<ReportId>, first_known_at: Time) -> Time {
    let reports = event.reports.iter();
    let merges = event.merges.iter();
    reports
        .filter(|a| visible.contains(&a.report))
        .map(|a| a.at)
        .chain(
            merges
                .filter(|m| m.reports.iter().any(|r| visible.contains(r)))
                .map(|m| m.at),
        )
        .chain(event.notes.iter().map(|n| n.at))
        .fold(first_known_at, Time::max)
}

/// When it happened: the interval spans all reports that it rests on, so only those that are seen go into it.
fn occurred(
    value: &Curated<Interval>,
    reports: &dyn Reports,
    visible: &BTreeSet<ReportId>,
) -> Option<Interval> {
    if value.rests_on.iter().all(|r| visible.contains(r)) {
        return Some(value.value);
    }
    let seen = value.rests_on.iter().filter(|r| visible.contains(r));
    seen.filter_map(|r| reports.report(*r))
        .map(|r| r.occurred)
        .reduce(Interval::hull)
}

/// The log of an event, without what names something else that the audience may not see.
fn acts(event: &Event, reports: &dyn Reports, audience: &Audience) -> Vec<Act> {
    let log = event.acts.iter();
    log.filter(|a| tells(&a.did, reports, audience))
        .cloned()
        .collect()
}

/// Whether an act names nothing that the audience may not see.
fn tells(did: &Did, reports: &dyn Reports, audience: &Audience) -> bool {
    if let Did::Detached { report } = did {
        return reports
            .report(*report)
            .is_some_and(|r| sees_report(r, audience));
    }
    did.names().is_none_or(|other| {
        reports
            .event(other)
            .is_some_and(|o| sees_event(o, reports, audience))
    })
}

/// How a report came to be attached, without the name of another one that is not seen.
fn provenance(how: &LinkProvenance, reports: &dyn Reports, audience: &Audience) -> LinkProvenance {
    let named = match how {
        LinkProvenance::Revision { of } => Some(*of),
        LinkProvenance::Relation { to } => Some(*to),
        _ => None,
    };
    let seen = |id| reports.report(id).is_some_and(|r| sees_report(r, audience));
    if named.is_none_or(seen) {
        how.clone()
    } else {
        LinkProvenance::First
    }
}

/// The clock runs from the first awareness of any report, also of one that came with a merge, and from that of the event
/// itself where every report is seen.
fn aware_at(
    seen: &[(&Attachment, &Report)],
    reports: &dyn Reports,
    own: Option<Time>,
) -> Option<Time> {
    seen.iter()
        .map(|(_, r)| since(r, reports).aware)
        .chain(own)
        .min()
}

/// The version of an event as it is for an audience, which commands name: changes that only reports made which it does not
/// see do not count. A report that was erased is seen by nobody.
pub fn version(event: &Event, reports: &dyn Reports, audience: &Audience) -> u64 {
    event.version_seen(|id| reports.report(id).is_some_and(|r| sees_report(r, audience)))
}

/// An event for an audience; `None` where it sees none of its reports.
pub fn event(event: &Event, reports: &dyn Reports, audience: &Audience) -> Option<EventView> {
    let seen: Vec<_> = event
        .reports
        .iter()
        .filter_map(|a| {
            let r = reports.report(a.report)?;
            sees_report(r, audience).then_some((a, r))
        })
        .collect();
    let first = seen.first()?;
    let visible: BTreeSet<ReportId> = seen.iter().map(|(a, _)| a.report).collect();
    let mut orgs: Vec<OrgId> = Vec::new();
    for (_, r) in &seen {
        if !orgs.contains(&r.org) {
            orgs.push(r.org.clone());
        }
    }
    let c = &event.curation;
    let first_known_at = seen
        .iter()
        .map(|(_, r)| since(r, reports).received)
        .min()
        .unwrap_or(first.1.received);
    let all = visible.len() == event.reports.len();
    Some(EventView {
        id: event.id,
        short: event.id.short(),
        version: version(event, reports, audience),
        mode: event.mode,
        state: event.state,
        dismissed: event.dismissed,
        type_code: curated(&c.type_code, &visible).cloned(),
        impact: curated(&c.impact, &visible).copied(),
        life_at_risk: curated(&c.life_at_risk, &visible).copied().unwrap_or(false),
        occurred: occurred(&c.occurred, reports, &visible),
        place: curated(&c.place, &visible).cloned(),
        section: curated(&c.section, &visible).cloned().flatten(),
        lead: curated(&c.lead, &visible).cloned(),
        orgs,
        reports: seen
            .iter()
            .map(|(a, _)| AttachedReport {
                report: a.report,
                at: a.at,
                provenance: provenance(&a.provenance, reports, audience),
            })
            .collect(),
        first_known_at,
        aware_at: aware_at(&seen, reports, all.then_some(event.aware_at)).unwrap_or(first_known_at),
        updated_at: if all {
            event.updated_at
        } else {
            updated(event, &visible, first_known_at)
        },
        merged_into: event.merged_into,
        merges: event
            .merges
            .iter()
            .filter(|m| m.reports.iter().any(|r| visible.contains(r)))
            .map(|m| MergeView {
                absorbed: m.absorbed,
                by: m.by.clone(),
                at: m.at,
            })
            .collect(),
        notes: event.notes.clone(),
        links: event
            .links
            .iter()
            // What left memory for the archive can't be asked; whoever tied it saw it.
            .filter(|l| {
                reports
                    .event(l.other)
                    .is_none_or(|o| sees_event(o, reports, audience))
            })
            .cloned()
            .collect(),
        settled: settled(c, &visible),
        acts: acts(event, reports, audience),
        acts_before: event.acts_before,
    })
}

/// A report for an audience; `None` where it may not see it.
pub fn report(report: &Report, reports: &dyn Reports, audience: &Audience) -> Option<ReportView> {
    if !sees_report(report, audience) {
        return None;
    }
    let personal = audience.personal_data >= PersonalData::Identifiers;
    Some(ReportView {
        id: report.id,
        event: reports.event_of(report.id),
        feed: report.feed.clone(),
        org: report.org.clone(),
        source_kind: report.source_kind,
        mode: report.mode,
        relation: report.relation.clone(),
        revises: report.revises.filter(|id| match reports.report(*id) {
            Some(older) => sees_report(older, audience),
            // One that left memory as this one took its place was released to the same audience.
            None => !reports.holds(*id) && reports.known_since(report.id).is_some(),
        }),
        superseded: reports.superseded(report.id),
        withdrawn: reports.withdrawn(report.id),
        type_code: report.type_code.clone(),
        original_code: report.original_code.clone(),
        source_key: report.source.as_ref().map(|s| s.key.clone()),
        occurred: report.occurred,
        aware: report.aware,
        reported: report.reported,
        received: report.received,
        expires: report.expires,
        place: report.place.clone(),
        section: report.section.clone(),
        persons: report.persons,
        vehicles: report.vehicles,
        life_at_risk: report.life_at_risk,
        title: report.title.clone(),
        text: report.text.clone(),
        confidence: report.confidence,
        impact_proposed: report.impact_proposed,
        identifiers: report
            .identifiers
            .iter()
            .filter(|i| personal || !i.kind.is_personal())
            .cloned()
            .collect(),
        attachments: report.attachments.clone(),
        attributes: report.attributes.clone(),
        marking: report.marking.clone(),
        quality: report.quality.clone(),
    })
}

/// A suggestion, given only where the audience sees every report of both events: its terms were computed from them.
pub fn suggestion(s: &Suggestion, sees_both: bool) -> Option<SuggestionView> {
    sees_both.then(|| SuggestionView {
        id: s.id,
        a: s.a,
        b: s.b,
        score: s.score,
        terms: s.terms.clone(),
        strong: s.strong,
        rule: s.rule.clone(),
        at: s.at,
        state: s.state,
    })
}

/// Whether the audience may see an area: its marking allows it, and it sees the event that the area belongs to.
pub fn sees_area(area: &Area, reports: &dyn Reports, audience: &Audience) -> bool {
    let rule = OrgId::from("");
    let originator = match &area.drawn_by {
        Actor::Person { org, .. } => org,
        Actor::Rule { .. } => &rule,
    };
    let of_event = |id| {
        reports
            .event(id)
            .is_some_and(|e| sees_event(e, reports, audience))
    };
    may_see(&area.said.marking, originator, audience) && area.said.event.is_none_or(of_event)
}

/// An area for an audience; `None` where it may not see it.
pub fn area(area: &Area, reports: &dyn Reports, audience: &Audience) -> Option<AreaView> {
    if !sees_area(area, reports, audience) {
        return None;
    }
    let said = area.said.clone();
    Some(AreaView {
        id: area.id,
        short: area.id.short(),
        version: area.version,
        mode: said.mode,
        name: said.name,
        purpose: said.purpose,
        shape: said.shape,
        event: said.event,
        until: said.until,
        marking: Some(said.marking),
        drawn_by: Some(area.drawn_by.clone()),
        drawn_at: area.drawn_at,
        changed_by: area.changed_by.clone(),
        changed_at: area.changed_at,
    })
}
