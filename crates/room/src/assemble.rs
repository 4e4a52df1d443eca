//! A report from its draft: the feed's defaults and what the room decides of a single report.

use oneroof_model::{
    Geometry, Interval, Quality, QualityIssue, Report, ReportDraft, ReportId, Time, TypeCode,
};

use crate::batch::Deciding;
use crate::submit::FeedContext;

/// A point of an unauthorised crossing farther than this from every crossing point and section is odd, metres.
const FAR_M: f64 = 50_000.0;

impl Deciding<'_> {
    /// A report from its draft, with the feed's defaults and the room's decisions.
    pub(crate) fn assemble(
        &self,
        feed: &FeedContext,
        d: ReportDraft,
        id: ReportId,
        at: Time,
    ) -> Report {
        let completeness = completeness(&d);
        let mut issues = d.issues;
        let type_code = match d.type_code {
            Some(code) if self.picture.event_type(&code).is_some() => code,
            _ => {
                issues.push(QualityIssue::UnknownCode);
                TypeCode::from(TypeCode::OTHER)
            }
        };
        let mut occurred = d
            .occurred
            .or_else(|| d.reported.map(Interval::at))
            .unwrap_or_else(|| {
                issues.push(QualityIssue::TimeAssumed);
                Interval::at(at)
            });
        if occurred.from > at {
            // A fast clock never wins.
            issues.push(QualityIssue::ClockAhead);
            occurred = Interval {
                from: at,
                to: occurred.to.max(at),
            };
        }
        let section = self.rules.sections.section_of(&d.place).map(|m| m.section);
        if d.place.geometry.is_none() {
            issues.push(QualityIssue::PlaceCoarse);
        } else if section.is_none()
            && type_code.as_str().starts_with("UBC")
            && self.is_far(d.place.geometry.as_ref())
        {
            issues.push(QualityIssue::FarFromBorder);
        }
        if d.text.as_deref().is_some_and(holds_personal_data) {
            issues.push(QualityIssue::PersonalDataSuspected);
        }
        issues.sort_unstable();
        issues.dedup();
        Report {
            id,
            feed: feed.id.clone(),
            source: d.source,
            revises: None,
            relation: d.relation,
            org: d.org.unwrap_or_else(|| feed.org.clone()),
            source_kind: d.source_kind.unwrap_or(feed.source_kind),
            mode: d.mode.unwrap_or(feed.mode),
            original_code: d.original_code,
            type_code,
            occurred,
            aware: d.aware,
            reported: d.reported,
            received: at,
            expires: d.expires,
            place: d.place,
            section,
            persons: d.persons,
            vehicles: d.vehicles,
            life_at_risk: d.life_at_risk,
            title: d.title,
            text: d.text,
            confidence: d.confidence.unwrap_or(feed.confidence),
            impact_proposed: d.impact_proposed,
            identifiers: d.identifiers,
            attachments: d.attachments,
            attributes: d.attributes,
            marking: d.marking.unwrap_or_else(|| feed.marking.clone()),
            quality: Quality {
                completeness,
                issues,
            },
        }
    }

    fn is_far(&self, geometry: Option<&Geometry>) -> bool {
        let Some(at) = geometry.and_then(Geometry::anchor) else {
            return false;
        };
        let points = &self.picture.config().crossing_points;
        !points.is_empty() && points.iter().all(|b| b.at.distance_m(at) > FAR_M)
    }
}

/// Share of the fields of Annex 2 section 1 that a sender may leave out and did not, 0 to 1.
fn completeness(d: &ReportDraft) -> f32 {
    let known = [
        d.persons.is_some(),
        d.vehicles.is_some(),
        d.life_at_risk.is_some(),
        d.text.is_some() || d.title.is_some(),
        d.place.geometry.is_some(),
        d.aware.is_some(),
        d.reported.is_some(),
        d.confidence.is_some(),
        d.impact_proposed.overall().is_some(),
        d.attributes.contains_key("direction"),
    ];
    let filled = u8::try_from(known.iter().filter(|k| **k).count()).unwrap_or(0);
    f32::from(filled) / 10.0
}

/// Whether a text looks as if it held a telephone number or a registration plate. A hint for a person, not a filter.
fn holds_personal_data(text: &str) -> bool {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '+'));
    words.into_iter().any(|w| {
        let digits = w.chars().filter(char::is_ascii_digit).count();
        let phone = w.starts_with('+') && digits >= 10;
        let signs: Vec<char> = w.chars().collect();
        let plate = match signs.as_slice() {
            [a, b, d1, d2, d3, d4, y, z] => {
                [a, b, y, z]
                    .iter()
                    .all(|c| c.is_alphabetic() && c.is_uppercase())
                    && [d1, d2, d3, d4].iter().all(|c| c.is_ascii_digit())
            }
            _ => false,
        };
        phone || plate
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plate_and_a_telephone_are_noticed_and_plain_numbers_are_not() {
        assert!(holds_personal_data("сірий бус AO1234BK поїхав"));
        assert!(holds_personal_data("дзвонив +380501234567"));
        assert!(!holds_personal_data("6 осіб, 02:40, квадрат 1234"));
    }
}
