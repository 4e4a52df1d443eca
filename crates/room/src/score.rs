//! How likely two events are one happening: rule `link/1` (domain digest 7.2 as the design settles it).
//!
//! Five terms; unknown ones drop out and the weights of the others are renormalised to 1. Distance is between nearest
//! edges, with a default circular error per kind of place; times are intervals; types go by group. Two gates keep the
//! renormalisation honest: events that are plainly apart in place or time are not compared at all, unless they share
//! an identifier. A decision aid of our own, with all its terms shown; a person decides.

use std::collections::{BTreeMap, BTreeSet};

use oneroof_config::types::Linking;
use oneroof_geo::distance_m;
use oneroof_model::{
    CountRange, Event, Geometry, Identifier, Interval, LinkTerm, LinkTermKind, Report, TermWords,
    TypeCode,
};
use oneroof_picture::Picture;
use oneroof_wire::project::Reports as _;
use serde_json::{Value, json};

/// Least value of the place and time terms below which two events are apart: exp(-3), three error radii or hours.
const APART: f64 = 0.05;

/// What the rule looks at in an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Features {
    pub geometry: Option<Geometry>,
    pub ce_m: f64,
    pub occurred: Interval,
    pub types: BTreeSet<TypeCode>,
    pub persons: Option<(u32, u32)>,
    pub identifiers: BTreeSet<Identifier>,
}

impl Features {
    /// Features of an event, from its values and its reports.
    pub(crate) fn of(event: &Event, picture: &Picture) -> Self {
        let place = &event.curation.place.value;
        let reports: Vec<&Report> = event
            .reports
            .iter()
            .filter_map(|a| picture.report(a.report))
            .collect();
        let mut geometry = place.geometry.clone();
        let mut ce_m = place.ce_or_default_m();
        if geometry.is_none()
            && let Some(bcp) = place.bcp.as_ref().and_then(|b| picture.crossing_point(b))
        {
            geometry = Some(Geometry::Point { at: bcp.at });
            ce_m = ce_m.max(oneroof_model::PlaceKind::CrossingPoint.default_ce_m());
        }
        Self {
            geometry,
            ce_m,
            occurred: event.curation.occurred.value,
            types: reports.iter().map(|r| r.type_code.clone()).collect(),
            persons: reports
                .iter()
                .rev()
                .find_map(|r| r.persons.as_ref().and_then(CountRange::bounds)),
            identifiers: reports
                .iter()
                .flat_map(|r| r.identifiers.iter().cloned())
                .collect(),
        }
    }

    fn shares_identifier(&self, other: &Self) -> bool {
        self.identifiers
            .intersection(&other.identifiers)
            .next()
            .is_some()
    }
}

/// Score of two events, 0 to 1, with its terms; `None` where they are plainly apart or nothing is known to compare.
pub fn score(
    a: &Event,
    b: &Event,
    picture: &Picture,
    rule: &Linking,
) -> Option<(f64, Vec<LinkTerm>)> {
    of_features(&Features::of(a, picture), &Features::of(b, picture), rule)
}

pub(crate) fn of_features(
    a: &Features,
    b: &Features,
    rule: &Linking,
) -> Option<(f64, Vec<LinkTerm>)> {
    let mut terms = [
        place(a, b, rule),
        time(a, b, rule),
        types(a, b, rule),
        counts(a, b, rule),
        identifiers(a, b, rule),
    ];
    let apart = |t: &LinkTerm| t.value.is_some_and(|v| v < APART);
    let [p, t, kinds, ..] = &terms;
    if (apart(p) || apart(t) || kinds.value == Some(0.0)) && !a.shares_identifier(b) {
        return None;
    }
    // Without place there is only time and kind, and much happens at once along a border.
    if p.value.is_none() && !a.shares_identifier(b) {
        return None;
    }
    let known: f64 = terms
        .iter()
        .filter(|t| t.value.is_some())
        .map(|t| t.weight)
        .sum();
    if known <= 0.0 {
        return None;
    }
    let mut total = 0.0;
    for term in &mut terms {
        term.weight = term.value.map_or(0.0, |_| term.weight / known);
        total += term.value.unwrap_or(0.0) * term.weight;
    }
    Some((total, terms.into()))
}

fn term(
    kind: LinkTermKind,
    weight: f64,
    value: Option<f64>,
    key: &str,
    args: &[(&str, Value)],
) -> LinkTerm {
    let args: BTreeMap<_, _> = args
        .iter()
        .map(|(k, v)| ((*k).to_owned(), v.clone()))
        .collect();
    LinkTerm {
        kind,
        value,
        weight,
        words: TermWords {
            key: key.to_owned(),
            args,
        },
    }
}

fn place(a: &Features, b: &Features, rule: &Linking) -> LinkTerm {
    let weight = rule.weights.place.0;
    let distance = match (&a.geometry, &b.geometry) {
        (Some(x), Some(y)) => distance_m(x, y),
        _ => None,
    };
    let Some(d) = distance else {
        return term(LinkTermKind::Place, weight, None, "link.place.unknown", &[]);
    };
    let scale = a.ce_m + b.ce_m + rule.place_base_m;
    let value = (-d / scale).exp();
    let error = a.ce_m + b.ce_m;
    let key = if d <= error {
        "link.place.within_error"
    } else {
        "link.place.near"
    };
    let args = [
        ("distance_m", json!(d.round())),
        ("error_m", json!(error.round())),
    ];
    term(LinkTermKind::Place, weight, Some(value), key, &args)
}

fn time(a: &Features, b: &Features, rule: &Linking) -> LinkTerm {
    let gap = a.occurred.gap_secs(b.occurred);
    let value = (-gap / f64::from(rule.time_scale.as_secs_u32().max(1))).exp();
    let key = if gap <= 0.0 {
        "link.time.same"
    } else {
        "link.time.near"
    };
    term(
        LinkTermKind::Time,
        rule.weights.time.0,
        Some(value),
        key,
        &[("gap_s", json!(gap.round()))],
    )
}

fn types(a: &Features, b: &Features, rule: &Linking) -> LinkTerm {
    // The best pair counts: a camera and a sensor say of one group of persons two different things.
    let best = a
        .types
        .iter()
        .flat_map(|x| b.types.iter().map(move |y| (x, y)))
        .filter_map(|(x, y)| rule.types.compatibility(x, y).map(|v| (v, x, y)))
        .max_by(|(v, ..), (w, ..)| v.total_cmp(w));
    let weight = rule.weights.r#type.0;
    let Some((value, x, y)) = best else {
        return term(LinkTermKind::Type, weight, None, "link.type.unknown", &[]);
    };
    let key = match () {
        () if x == y => "link.type.same",
        () if value >= 0.5 => "link.type.compatible",
        () => "link.type.doubtful",
    };
    let args = [("a", json!(x.as_str())), ("b", json!(y.as_str()))];
    term(LinkTermKind::Type, weight, Some(value), key, &args)
}

fn counts(a: &Features, b: &Features, rule: &Linking) -> LinkTerm {
    let weight = rule.weights.count.0;
    let (Some((a_lo, a_hi)), Some((b_lo, b_hi))) = (a.persons, b.persons) else {
        return term(LinkTermKind::Count, weight, None, "link.count.unknown", &[]);
    };
    let gap = a_lo.saturating_sub(b_hi).max(b_lo.saturating_sub(a_hi));
    let most = a_lo.max(b_lo).max(1);
    let value = 1.0 - (f64::from(gap) / f64::from(most)).min(1.0);
    let key = if gap == 0 {
        "link.count.agree"
    } else {
        "link.count.differ"
    };
    let args = [("a", json!(a_lo)), ("b", json!(b_lo))];
    term(LinkTermKind::Count, weight, Some(value), key, &args)
}

fn identifiers(a: &Features, b: &Features, rule: &Linking) -> LinkTerm {
    let weight = rule.weights.identifier.0;
    if let Some(shared) = a.identifiers.intersection(&b.identifiers).next() {
        // The kind is said, never the value: a reason is read by everyone who sees both events.
        let kind = serde_json::to_value(shared.kind).unwrap_or(Value::Null);
        return term(
            LinkTermKind::Identifier,
            weight,
            Some(1.0),
            "link.identifier.shared",
            &[("kind", kind)],
        );
    }
    let kinds = |f: &Features| {
        f.identifiers
            .iter()
            .map(|i| i.kind)
            .collect::<BTreeSet<_>>()
    };
    if kinds(a).intersection(&kinds(b)).next().is_some() {
        return term(
            LinkTermKind::Identifier,
            weight,
            Some(0.0),
            "link.identifier.different",
            &[],
        );
    }
    term(
        LinkTermKind::Identifier,
        weight,
        None,
        "link.identifier.unknown",
        &[],
    )
}
