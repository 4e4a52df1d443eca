//! A record becomes a report.

use std::collections::BTreeMap;

use oneroof_model::{
    Confidence, EventImpact, ImpactProposal, InformationGrade, Mode, OrgId, QualityIssue, Relation,
    ReportDraft, SourceGrade, SourceKey, SourceKind, TypeCode, Validation,
};
use serde_json::Value;

use super::extras::{AttachmentMap, IdentifierMap, MarkingMap, read_list};
use super::number::{Dimension, Number};
use super::place::PlaceMap;
use super::problem::Problems;
use super::reads::Reads;
use super::record::{Notes, Record, scalar_text};
use super::report_parts::{
    CountMap, LifeMap, RelationMap, read_attributes, read_confidence, read_impact, read_life,
};
use super::section::Section;
use super::source::{Got, Source, Words};
use super::time::{Moment, Span, day_of};
use super::words::{CREDIBILITY, MODES, RELIABILITY, SOURCE_KINDS, VALIDATIONS};
use super::{Reference, ReferenceKind, Scope};

/// How a report is put together.
#[derive(Debug, Clone)]
pub(crate) struct ReportMap {
    id: Option<Source>,
    revision: Option<Moment>,
    revision_number: Option<Number>,
    day: Option<Moment>,
    update: Option<RelationMap>,
    cancel: Option<RelationMap>,
    type_code: Option<Source>,
    occurred: Option<Span>,
    aware: Option<Moment>,
    reported: Option<Moment>,
    expires: Option<Moment>,
    place: PlaceMap,
    persons: Option<CountMap>,
    vehicles: Option<CountMap>,
    life: Option<LifeMap>,
    title: Option<Source>,
    text: Option<Source>,
    reliability: Option<Words<SourceGrade>>,
    credibility: Option<Words<InformationGrade>>,
    validation: Option<Words<Validation>>,
    impact: [Option<Words<EventImpact>>; 3],
    org: Option<Source>,
    source_kind: Option<Words<SourceKind>>,
    identifiers: Vec<IdentifierMap>,
    attachments: Vec<AttachmentMap>,
    attributes: Vec<(String, Source)>,
    marking: Option<MarkingMap>,
    mode: Option<Words<Mode>>,
}

impl ReportMap {
    pub(crate) fn read(
        section: &mut Section<'_>,
        scope: &Scope<'_>,
        problems: &mut Problems,
    ) -> Self {
        let place = section.take("place");
        let place = place
            .and_then(|n| PlaceMap::read(n, scope, problems))
            .unwrap_or_else(|| PlaceMap::by_default(scope));
        let mut relation = |key| {
            section
                .take(key)
                .and_then(|n| RelationMap::read(n, scope, problems))
        };
        let (update, cancel) = (relation("update"), relation("cancel"));
        let mut moment = |key| scope.moment(section, key, problems);
        let (day, aware) = (moment("day"), moment("aware"));
        let (reported, expires) = (moment("reported"), moment("expires"));
        let revision = moment("revision_time");
        let occurred = section
            .take("occurred")
            .and_then(|n| Span::read(n, scope.times, scope.tables, problems));
        let revision_number = section
            .take("revision")
            .and_then(|n| Number::read(n, Dimension::Plain, scope.decimal, scope.tables, problems));
        let mut count = |key| {
            section
                .take(key)
                .and_then(|n| CountMap::read(n, scope, problems))
        };
        let (persons, vehicles) = (count("persons"), count("vehicles"));
        let life = section
            .take("life_at_risk")
            .and_then(|n| read_life(n, problems));
        let [reliability, credibility, validation] = read_confidence(section, problems);
        let impact = read_impact(section, scope, problems);
        let map = Self {
            place,
            update,
            cancel,
            day,
            aware,
            reported,
            expires,
            revision,
            revision_number,
            occurred,
            persons,
            vehicles,
            life,
            reliability: reliability.and_then(|n| scope.words_of(n, RELIABILITY, problems)),
            credibility: credibility.and_then(|n| scope.words_of(n, CREDIBILITY, problems)),
            validation: validation.and_then(|n| scope.words_of(n, VALIDATIONS, problems)),
            impact,
            id: scope.source(section, "id", problems),
            type_code: scope.source(section, "type", problems),
            title: scope.source(section, "title", problems),
            text: scope.source(section, "text", problems),
            org: scope.source(section, "org", problems),
            source_kind: scope.words(section, "source_kind", SOURCE_KINDS, problems),
            identifiers: read_list(section, "identifiers", problems, |n, p| {
                IdentifierMap::read(n, scope, p)
            }),
            attachments: read_list(section, "attachments", problems, |n, p| {
                AttachmentMap::read(n, scope, p)
            }),
            attributes: read_attributes(section, scope, problems),
            marking: section
                .take("marking")
                .and_then(|n| MarkingMap::read(n, scope, problems)),
            mode: scope.words(section, "mode", MODES, problems),
        };
        if map.type_code.is_none() && map.update.is_none() && map.cancel.is_none() {
            let message = "a report needs `type`: a path with a table, or {const: SYS01}";
            problems.add(section.node(), "missing_key", message);
        }
        map
    }

    /// The draft of a record.
    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> ReportDraft {
        let occurred = self.occurred.as_ref().and_then(|s| s.get(record, notes));
        let mut moment = |m: &Option<Moment>| m.as_ref().and_then(|m| m.get(record, notes));
        let (aware, reported) = (moment(&self.aware), moment(&self.reported));
        let (expires, day) = (moment(&self.expires), moment(&self.day));
        let revised = moment(&self.revision);
        let first = day.or(occurred.map(|o| o.from)).or(reported).or(aware);
        let record = &Record {
            day: day_of(first.unwrap_or(record.received), record.zone),
            ..*record
        };
        let (type_code, original_code) = self.type_of(record, notes);
        let key = self.id.as_ref().and_then(|s| {
            let key = s.text(record, notes);
            if key.is_none() && notes.faults.is_empty() {
                notes.fault(
                    "missing_id",
                    s.label(),
                    "the parts of the source id, found none",
                );
            }
            key
        });
        let number = self
            .revision_number
            .as_ref()
            .and_then(|n| n.integer(record, notes));
        let revision = number.or_else(|| revised.map(oneroof_model::Time::as_millis));
        let mut draft = ReportDraft {
            source: key.map(|key| SourceKey { key, revision }),
            relation: self.relation(record, notes),
            type_code,
            original_code,
            occurred,
            aware,
            reported,
            expires,
            place: self.place.get(record, notes),
            persons: self.persons.as_ref().and_then(|c| c.get(record, notes)),
            vehicles: self.vehicles.as_ref().and_then(|c| c.get(record, notes)),
            life_at_risk: self.life.as_ref().and_then(|l| {
                if l.when.holds(record) {
                    Some(true)
                } else {
                    l.otherwise
                }
            }),
            title: self.title.as_ref().and_then(|s| s.text(record, notes)),
            text: self.text.as_ref().and_then(|s| s.text(record, notes)),
            confidence: self.confidence(record, notes),
            impact_proposed: self.impact(record, notes),
            org: self
                .org
                .as_ref()
                .and_then(|s| s.text(record, notes))
                .map(OrgId),
            source_kind: self.source_kind.as_ref().and_then(|w| w.get(record, notes)),
            identifiers: self
                .identifiers
                .iter()
                .flat_map(|i| i.get(record, notes))
                .collect(),
            attachments: self
                .attachments
                .iter()
                .flat_map(|a| a.get(record, notes))
                .collect(),
            attributes: self.attributes(record),
            marking: self.marking.as_ref().and_then(|m| m.get(record, notes)),
            mode: self.mode.as_ref().and_then(|w| w.get(record, notes)),
            issues: Vec::new(),
        };
        draft.identifiers.sort();
        draft.identifiers.dedup();
        draft.issues = notes.issues.iter().copied().collect();
        draft
    }

    fn type_of(
        &self,
        record: &Record<'_>,
        notes: &mut Notes,
    ) -> (Option<TypeCode>, Option<String>) {
        let Some(source) = &self.type_code else {
            return (None, None);
        };
        let original = source.original(record);
        match source.get(record) {
            Got::Value(value) => {
                let code = scalar_text(&value).map(|c| TypeCode(c.into_owned()));
                let differs = original.filter(|o| code.as_ref().is_none_or(|c| c.as_str() != o));
                (code, differs)
            }
            Got::Unknown(code) => {
                notes.issues.insert(QualityIssue::UnknownCode);
                (Some(TypeCode::from(TypeCode::OTHER)), Some(code))
            }
            Got::Missing => {
                if source.required {
                    notes.fault("missing_field", source.label(), "a type code, found none");
                }
                (None, None)
            }
        }
    }

    fn relation(&self, record: &Record<'_>, notes: &mut Notes) -> Relation {
        if let Some(of) = self.cancel.as_ref().and_then(|r| r.get(record, notes)) {
            return Relation::Cancel { of };
        }
        match self.update.as_ref().and_then(|r| r.get(record, notes)) {
            Some(of) => Relation::Update { of },
            None => Relation::New,
        }
    }

    fn confidence(&self, record: &Record<'_>, notes: &mut Notes) -> Option<Confidence> {
        let reliability = self.reliability.as_ref().and_then(|w| w.get(record, notes));
        let credibility = self.credibility.as_ref().and_then(|w| w.get(record, notes));
        let validation = self.validation.as_ref().and_then(|w| w.get(record, notes));
        if reliability.is_none() && credibility.is_none() && validation.is_none() {
            return None;
        }
        Some(Confidence {
            reliability: reliability.unwrap_or_default(),
            credibility: credibility.unwrap_or_default(),
            validation: validation.unwrap_or_default(),
        })
    }

    fn impact(&self, record: &Record<'_>, notes: &mut Notes) -> ImpactProposal {
        let [immigration, crime, lives] = &self.impact;
        let mut one =
            |w: &Option<Words<EventImpact>>| w.as_ref().and_then(|w| w.get(record, notes));
        ImpactProposal {
            immigration: one(immigration),
            crime: one(crime),
            lives: one(lives),
        }
    }

    fn attributes(&self, record: &Record<'_>) -> BTreeMap<String, Value> {
        self.attributes
            .iter()
            .filter_map(|(name, source)| match source.get(record) {
                Got::Value(value) => Some((name.clone(), value.into_owned())),
                Got::Unknown(code) => Some((name.clone(), Value::String(code))),
                Got::Missing => None,
            })
            .collect()
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        let sources = [
            &self.id,
            &self.type_code,
            &self.title,
            &self.text,
            &self.org,
        ];
        sources.into_iter().flatten().for_each(|s| s.paths(to));
        let moments = [
            &self.revision,
            &self.day,
            &self.aware,
            &self.reported,
            &self.expires,
        ];
        moments.into_iter().flatten().for_each(|m| m.paths(to));
        self.revision_number.iter().for_each(|n| n.paths(to));
        self.occurred.iter().for_each(|s| s.paths(to));
        self.place.paths(to);
        self.persons
            .iter()
            .chain(&self.vehicles)
            .for_each(|c| c.paths(to));
        self.life.iter().for_each(|l| l.when.paths(to));
        for relation in self.update.iter().chain(&self.cancel) {
            relation.of.paths(to);
            relation.when.iter().for_each(|c| c.paths(to));
        }
        self.reliability.iter().for_each(|w| w.paths(to));
        self.credibility.iter().for_each(|w| w.paths(to));
        self.validation.iter().for_each(|w| w.paths(to));
        self.impact.iter().flatten().for_each(|w| w.paths(to));
        self.source_kind.iter().for_each(|w| w.paths(to));
        self.mode.iter().for_each(|w| w.paths(to));
        self.identifiers.iter().for_each(|i| i.paths(to));
        self.attachments.iter().for_each(|a| a.paths(to));
        self.attributes.iter().for_each(|(_, s)| s.paths(to));
        self.marking.iter().for_each(|m| m.paths(to));
    }

    pub(crate) fn references(&self, to: &mut Vec<Reference>) {
        let (bcp, section) = self.place.codes();
        let all = [
            (ReferenceKind::EventType, self.type_code.as_ref()),
            (ReferenceKind::Org, self.org.as_ref()),
            (ReferenceKind::CrossingPoint, bcp),
            (ReferenceKind::Section, section),
        ];
        for (kind, source) in all {
            to.extend(source.into_iter().flat_map(|s| Reference::of(kind, s)));
        }
    }
}
