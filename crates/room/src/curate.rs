//! What the centre believes of an event, from its reports: rule `curate/1`.
//!
//! Worked out anew whenever the set of reports changes, over the reports that stand (neither superseded nor withdrawn)
//! in the order of receipt. What a person set stays, with one exception: a new report that says a life is at risk
//! raises the flag again, for that is the mistake that cannot be mended.

use oneroof_model::{
    Actor, Curated, Curation, EventImpact, EventTypeGroup, Interval, OrgId, Place, Report,
    ReportId, Time, TypeCode,
};
use oneroof_picture::Picture;

/// The rule and its version.
pub(crate) const RULE: &str = "curate/1";

/// The rule as one who acts.
pub(crate) fn rule_itself() -> Actor {
    Actor::Rule {
        rule: RULE.to_owned(),
    }
}

fn by_rule<T>(value: T, rests_on: Vec<ReportId>, at: Time) -> Curated<T> {
    Curated {
        value,
        rests_on,
        by: rule_itself(),
        at,
    }
}

/// A person's value stands; else the rule's. A value that the rule repeats keeps its time and grounds.
fn keep<T: PartialEq>(previous: Option<Curated<T>>, new: Curated<T>) -> Curated<T> {
    match previous {
        Some(old) if matches!(old.by, Actor::Person { .. }) => old,
        Some(old) if old.value == new.value && old.rests_on == new.rests_on => old,
        _ => new,
    }
}

/// How much a type says: a sensor's "something moved" gives way to anything that names what.
fn weight(code: &TypeCode, picture: &Picture) -> (bool, bool, EventImpact) {
    let specific = code.group() != EventTypeGroup::System;
    let known = code.as_str() != TypeCode::OTHER;
    (known, specific, default_impact(code, picture))
}

fn default_impact(code: &TypeCode, picture: &Picture) -> EventImpact {
    picture
        .event_type(code)
        .map_or(EventImpact::Medium, |t| t.default_impact)
}

fn impact(report: &Report, picture: &Picture) -> EventImpact {
    report
        .impact_proposed
        .overall()
        .unwrap_or_else(|| default_impact(&report.type_code, picture))
}

/// How well a place is known: a shape before none, then the smaller error.
fn sharpness(place: &Place) -> (bool, f64) {
    (place.geometry.is_some(), -place.ce_or_default_m())
}

/// Values of an event that rests on these reports; `None` where there are none. `reports` are in the order of receipt.
pub(crate) fn curate(
    reports: &[&Report],
    previous: Option<&Curation>,
    picture: &Picture,
    at: Time,
) -> Option<Curation> {
    let first = *reports.first()?;
    let prev = previous.cloned();
    let (mut p_type, mut p_impact, mut p_life, mut p_occ, mut p_place, mut p_sec, mut p_lead) =
        (None, None, None, None, None, None, None);
    if let Some(c) = prev {
        (p_type, p_impact, p_life) = (Some(c.type_code), Some(c.impact), Some(c.life_at_risk));
        (p_occ, p_place, p_sec, p_lead) = (
            Some(c.occurred),
            Some(c.place),
            Some(c.section),
            Some(c.lead),
        );
    }
    // The earliest of equals wins: `max_by` takes the last, so it runs backwards.
    let typed = reports
        .iter()
        .rev()
        .copied()
        .max_by(|a, b| weight(&a.type_code, picture).cmp(&weight(&b.type_code, picture)))
        .unwrap_or(first);
    let type_code = keep(p_type, by_rule(typed.type_code.clone(), vec![typed.id], at));
    let heavy = reports
        .iter()
        .rev()
        .copied()
        .max_by_key(|r| impact(r, picture))
        .unwrap_or(first);
    let placed = reports
        .iter()
        .rev()
        .copied()
        .max_by(|a, b| {
            let (x, y) = (sharpness(&a.place), sharpness(&b.place));
            x.0.cmp(&y.0).then(x.1.total_cmp(&y.1))
        })
        .unwrap_or(first);
    let hull = reports
        .iter()
        .map(|r| r.occurred)
        .reduce(Interval::hull)
        .unwrap_or(first.occurred);
    let lead = lead_of(&type_code.value, typed, picture);
    Some(Curation {
        impact: keep(
            p_impact,
            by_rule(impact(heavy, picture), vec![heavy.id], at),
        ),
        life_at_risk: life(reports, p_life, at),
        occurred: keep(
            p_occ,
            by_rule(hull, reports.iter().map(|r| r.id).collect(), at),
        ),
        place: keep(p_place, by_rule(placed.place.clone(), vec![placed.id], at)),
        section: keep(p_sec, section(reports, placed, at)),
        lead: keep(p_lead, by_rule(lead, vec![typed.id], at)),
        type_code,
    })
}

fn section(
    reports: &[&Report],
    placed: &Report,
    at: Time,
) -> Curated<Option<oneroof_model::SectionId>> {
    let named = placed
        .section
        .is_some()
        .then_some(placed)
        .or_else(|| reports.iter().copied().find(|r| r.section.is_some()))
        .unwrap_or(placed);
    by_rule(named.section.clone(), vec![named.id], at)
}

fn lead_of(code: &TypeCode, report: &Report, picture: &Picture) -> OrgId {
    picture
        .event_type(code)
        .map_or_else(|| report.org.clone(), |t| t.lead.clone())
}

fn life(reports: &[&Report], previous: Option<Curated<bool>>, at: Time) -> Curated<bool> {
    let saying: Vec<&Report> = reports
        .iter()
        .copied()
        .filter(|r| r.life_at_risk == Some(true))
        .collect();
    let new = if saying.is_empty() {
        by_rule(
            false,
            reports.first().map(|r| vec![r.id]).unwrap_or_default(),
            at,
        )
    } else {
        by_rule(true, saying.iter().map(|r| r.id).collect(), at)
    };
    match previous {
        Some(old) if matches!(old.by, Actor::Person { .. }) && !old.value => {
            // Said after the person decided: the flag goes up again.
            if saying.iter().any(|r| r.received > old.at) {
                new
            } else {
                old
            }
        }
        previous => keep(previous, new),
    }
}
