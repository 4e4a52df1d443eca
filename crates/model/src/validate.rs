//! Validation of drafts (domain digest 7.4). A record that fails is quarantined with its reason, never lost.

use crate::{
    CountRange, Draft, FiguresDraft, Geometry, Interval, LatLon, PositionDraft, QuarantineReason,
    Relation, ReportDraft, ThreatDraft, Time, WeatherDraft,
};

/// How far in the future a record may lie, seconds: beyond it the sender's clock is wrong.
pub const MAX_FUTURE_S: i64 = 300;

/// Longest text of a report or a note, bytes.
pub const MAX_TEXT_BYTES: usize = 8 * 1024;

/// Longest source key, bytes.
const MAX_KEY_BYTES: usize = 256;

/// Most positions in one shape.
const MAX_SHAPE_POINTS: usize = 10_000;

/// Oldest believable occurrence, seconds before now: older means an unset clock (1970).
const MAX_AGE_S: i64 = 20 * 366 * 86_400;

/// The country's bounding box, for recognising swapped coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// South-west corner.
    pub south_west: LatLon,
    /// North-east corner.
    pub north_east: LatLon,
}

impl Bounds {
    /// About 30 km in degrees of latitude.
    const MARGIN_DEG: f64 = 0.27;

    fn holds(&self, lat: f64, lon: f64) -> bool {
        let m = Self::MARGIN_DEG;
        // A degree of longitude is shorter by the cosine of the latitude.
        let ml = m / lat.to_radians().cos().abs().max(0.1);
        (self.south_west.lat() - m..=self.north_east.lat() + m).contains(&lat)
            && (self.south_west.lon() - ml..=self.north_east.lon() + ml).contains(&lon)
    }

    /// Whether the position lies outside and would lie inside with latitude and longitude swapped.
    pub fn looks_swapped(&self, at: LatLon) -> bool {
        !self.holds(at.lat(), at.lon()) && self.holds(at.lon(), at.lat())
    }
}

/// Checks a draft received at `now`. `bounds` is given for reports of a centre that knows its country; captures from
/// elsewhere in the world are shown where they were.
///
/// # Errors
/// The reason for which the record has to be put aside.
pub fn validate_draft(
    draft: &Draft,
    now: Time,
    bounds: Option<&Bounds>,
) -> Result<(), QuarantineReason> {
    match draft {
        Draft::Report(r) => report(r, now, bounds),
        Draft::Position(p) => position(p, now),
        Draft::Figures(f) => figures(f, now),
        Draft::Unit(u) => {
            if u.unit.as_str().is_empty() || u.unit.as_str().len() > MAX_KEY_BYTES {
                return Err(QuarantineReason::new(
                    "bad.unit",
                    "a unit id of 1 to 256 bytes",
                ));
            }
            not_future("at", u.at, now)
        }
        Draft::Threat(t) => threat(t, now),
        Draft::Weather(w) => weather(w, now),
        Draft::Heartbeat(_) | Draft::Delete(_) => Ok(()),
    }
}

fn not_future(what: &str, t: Option<Time>, now: Time) -> Result<(), QuarantineReason> {
    match t {
        Some(t) if t > now.plus_secs(MAX_FUTURE_S) => Err(QuarantineReason::new(
            "bad.future",
            format!(
                "{what} is {:.0} s in the future (at most {MAX_FUTURE_S})",
                t.secs_since(now)
            ),
        )),
        Some(t) if t < now.plus_secs(-MAX_AGE_S) => Err(QuarantineReason::new(
            "bad.past",
            format!("{what} {t} is more than 20 years old: an unset clock"),
        )),
        _ => Ok(()),
    }
}

fn count(what: &str, c: Option<CountRange>) -> Result<(), QuarantineReason> {
    match c.as_ref().and_then(CountRange::bounds) {
        Some((lo, hi)) if lo > hi => Err(QuarantineReason::new(
            "bad.count",
            format!("{what}: least {lo} exceeds most {hi}"),
        )),
        _ => Ok(()),
    }
}

fn report(r: &ReportDraft, now: Time, bounds: Option<&Bounds>) -> Result<(), QuarantineReason> {
    // An update or a withdrawal may leave out what the report that it names has said (CAP `Cancel` without `info`).
    let refers = r.relation != Relation::New;
    if !refers && r.type_code.is_none() && r.original_code.is_none() {
        return Err(QuarantineReason::new(
            "missing.type",
            "neither a type nor the sender's code",
        ));
    }
    let Some(Interval { from, to }) = r.occurred.or_else(|| r.reported.map(Interval::at)) else {
        return Err(QuarantineReason::new(
            "missing.time",
            "neither occurred nor reported",
        ));
    };
    if from > to {
        return Err(QuarantineReason::new(
            "bad.interval",
            "occurred ends before it begins",
        ));
    }
    // An event about to happen may lie ahead only in its end (a warning's expiry is apart).
    not_future("occurred", Some(from), now)?;
    not_future("aware", r.aware, now)?;
    not_future("reported", r.reported, now)?;
    if !refers && r.place.is_unknown() && r.place.described.is_none() {
        return Err(QuarantineReason::new(
            "missing.place",
            "no position, crossing point, section or description",
        ));
    }
    if let Some(g) = &r.place.geometry {
        geometry(g, bounds)?;
    }
    if r.place.ce_m.is_some_and(|ce| !ce.is_finite() || ce < 0.0) {
        return Err(QuarantineReason::new(
            "bad.place",
            "circular error is negative or no number",
        ));
    }
    count("persons", r.persons)?;
    count("vehicles", r.vehicles)?;
    for (what, text) in [("text", &r.text), ("title", &r.title)] {
        if text.as_ref().is_some_and(|t| t.len() > MAX_TEXT_BYTES) {
            return Err(QuarantineReason::new(
                "bad.text",
                format!("{what} exceeds {MAX_TEXT_BYTES} bytes"),
            ));
        }
    }
    if r.source
        .as_ref()
        .is_some_and(|s| s.key.is_empty() || s.key.len() > MAX_KEY_BYTES)
    {
        return Err(QuarantineReason::new(
            "bad.source_id",
            "a source id of 1 to 256 bytes",
        ));
    }
    Ok(())
}

fn geometry(g: &Geometry, bounds: Option<&Bounds>) -> Result<(), QuarantineReason> {
    let points = g.points();
    let enough = match g {
        Geometry::Point { .. } | Geometry::Circle { .. } => 1,
        Geometry::Line { .. } => 2,
        Geometry::Area { .. } => 3,
    };
    if points.len() < enough || points.len() > MAX_SHAPE_POINTS {
        return Err(QuarantineReason::new(
            "bad.shape",
            format!(
                "a shape of {} positions ({enough} to {MAX_SHAPE_POINTS})",
                points.len()
            ),
        ));
    }
    if let Geometry::Circle { radius_m, .. } = g
        && (!radius_m.is_finite() || *radius_m < 0.0)
    {
        return Err(QuarantineReason::new(
            "bad.shape",
            "a radius that is negative or no number",
        ));
    }
    if let Some(b) = bounds
        && points.iter().any(|p| b.looks_swapped(*p))
    {
        return Err(QuarantineReason::new(
            "bad.swapped_coordinates",
            "latitude and longitude look swapped: the position lies in the country the other way round",
        ));
    }
    Ok(())
}

fn position(p: &PositionDraft, now: Time) -> Result<(), QuarantineReason> {
    // A fast clock never wins: the time of receipt stands in. Only nonsense is refused.
    let numbers = [p.ce_m, p.alt_m, p.speed_mps, p.course_deg, p.heading_deg];
    if numbers.iter().flatten().any(|n| !n.is_finite()) {
        return Err(QuarantineReason::new(
            "bad.number",
            "a value that is no finite number",
        ));
    }
    if p.speed_mps.is_some_and(|s| !(0.0..=4_000.0).contains(&s)) {
        return Err(QuarantineReason::new(
            "bad.speed",
            "speed outside 0 to 4000 m/s",
        ));
    }
    for a in [p.course_deg, p.heading_deg].into_iter().flatten() {
        if !(0.0..=360.0).contains(&a) {
            return Err(QuarantineReason::new(
                "bad.angle",
                "an angle outside 0 to 360 degrees",
            ));
        }
    }
    match p.at {
        Some(t) if t > now.plus_secs(86_400) => Err(QuarantineReason::new(
            "bad.future",
            "a position of more than a day ahead",
        )),
        _ => Ok(()),
    }
}

fn figures(f: &FiguresDraft, now: Time) -> Result<(), QuarantineReason> {
    not_future("at", f.at, now)
}

fn weather(w: &WeatherDraft, now: Time) -> Result<(), QuarantineReason> {
    if !(1..=MAX_KEY_BYTES).contains(&w.cell.as_str().len()) {
        let detail = "a cell's name of 1 to 256 bytes";
        return Err(QuarantineReason::new("bad.cell", detail));
    }
    if !w.values.can_be() {
        let detail = "weather that cannot be";
        return Err(QuarantineReason::new("bad.number", detail));
    }
    not_future("at", w.at, now)
}

/// An alert may end in the future, and nothing else of it lies there.
fn threat(t: &ThreatDraft, now: Time) -> Result<(), QuarantineReason> {
    let fits = |text: &str| (1..=MAX_KEY_BYTES).contains(&text.len());
    if !fits(t.region.as_str()) {
        let detail = "a region's code of 1 to 256 bytes";
        return Err(QuarantineReason::new("bad.region", detail));
    }
    if t.key.as_deref().is_some_and(|key| !fits(key)) {
        let detail = "a key of 1 to 256 bytes";
        return Err(QuarantineReason::new("bad.key", detail));
    }
    not_future("at", t.at, now)?;
    not_future("since", t.since, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, TrackKey, TypeCode};

    fn now() -> Time {
        Time::from_secs(1_795_480_000)
    }

    fn ukraine() -> Bounds {
        Bounds {
            south_west: LatLon::new(44.0, 22.0).unwrap(),
            north_east: LatLon::new(53.0, 41.0).unwrap(),
        }
    }

    fn good() -> ReportDraft {
        ReportDraft {
            type_code: Some(TypeCode::from("UBC05")),
            occurred: Some(Interval::at(now())),
            place: Place::point(LatLon::new(47.95, 23.9).unwrap()),
            ..ReportDraft::default()
        }
    }

    fn code(r: ReportDraft) -> String {
        validate_draft(&Draft::Report(Box::new(r)), now(), Some(&ukraine()))
            .map_or_else(|e| e.code, |()| "ok".to_owned())
    }

    #[test]
    fn a_threat_names_its_region_and_does_not_begin_in_the_future() {
        let code = |text: &str| {
            let draft = Draft::Threat(serde_json::from_str(text).unwrap());
            validate_draft(&draft, now(), None).map_or_else(|e| e.code, |()| "ok".to_owned())
        };
        let later = now().plus_secs(3_600);
        assert_eq!(
            code(&format!(
                r#"{{"region":"UA-46","state":"alert","until":"{later}"}}"#
            )),
            "ok"
        );
        assert_eq!(code(r#"{"region":"","state":"alert"}"#), "bad.region");
        assert_eq!(
            code(&format!(
                r#"{{"region":"UA-46","state":"clear","since":"{later}"}}"#
            )),
            "bad.future"
        );
        assert_eq!(
            code(r#"{"region":"UA-46","state":"clear","key":""}"#),
            "bad.key"
        );
    }

    #[test]
    fn a_complete_report_passes() {
        assert_eq!(code(good()), "ok");
    }

    #[test]
    fn each_missing_part_has_its_code() {
        assert_eq!(
            code(ReportDraft {
                type_code: None,
                ..good()
            }),
            "missing.type"
        );
        assert_eq!(
            code(ReportDraft {
                occurred: None,
                ..good()
            }),
            "missing.time"
        );
        assert_eq!(
            code(ReportDraft {
                place: Place::default(),
                ..good()
            }),
            "missing.place"
        );
    }

    #[test]
    fn a_withdrawal_may_leave_out_what_its_report_has_said() {
        let relation = Relation::Cancel {
            of: vec!["A-1".to_owned()],
        };
        let bare = ReportDraft {
            type_code: None,
            place: Place::default(),
            relation,
            ..good()
        };
        assert_eq!(code(bare.clone()), "ok");
        assert_eq!(
            code(ReportDraft {
                occurred: None,
                ..bare
            }),
            "missing.time"
        );
    }

    #[test]
    fn swapped_coordinates_are_recognised_and_foreign_ones_are_not() {
        let at = |lat, lon| ReportDraft {
            place: Place::point(LatLon::new(lat, lon).unwrap()),
            ..good()
        };
        assert_eq!(code(at(23.9, 47.95)), "bad.swapped_coordinates");
        assert_eq!(code(at(-33.9, 151.2)), "ok");
    }

    #[test]
    fn five_minutes_ahead_is_the_limit() {
        let at = |s| ReportDraft {
            occurred: Some(Interval::at(now().plus_secs(s))),
            ..good()
        };
        assert_eq!(code(at(300)), "ok");
        assert_eq!(code(at(301)), "bad.future");
        assert_eq!(
            code(ReportDraft {
                occurred: Some(Interval::at(Time::EPOCH)),
                ..good()
            }),
            "bad.past"
        );
    }

    #[test]
    fn counts_that_contradict_themselves_and_long_texts_are_put_aside() {
        let c = CountRange {
            n: None,
            min: Some(6),
            max: Some(2),
        };
        assert_eq!(
            code(ReportDraft {
                persons: Some(c),
                ..good()
            }),
            "bad.count"
        );
        let text = Some("x".repeat(MAX_TEXT_BYTES + 1));
        assert_eq!(code(ReportDraft { text, ..good() }), "bad.text");
    }

    #[test]
    fn a_position_with_nan_is_put_aside() {
        let mut p = PositionDraft::new(TrackKey::vessel(272_000_001));
        p.speed_mps = Some(f32::NAN);
        assert!(validate_draft(&Draft::Position(p), now(), None).is_err());
    }
}
