//! Lists in the form asked for: JSON, GeoJSON (RFC 7946), CSV (RFC 4180).

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use oneroof_model::{Geometry, LatLon};
use oneroof_wire::Page;
use serde::Serialize;
use serde_json::{Value, json};

use crate::problem::{Answer, Fault};
use crate::query::Form;

/// A list that can leave in each form.
pub(crate) trait Export: Serialize {
    /// Names of the columns.
    const COLUMNS: &'static [&'static str];
    /// Its row, in the order of the columns.
    fn row(&self) -> Vec<String>;
    /// Its shape.
    fn geometry(&self) -> Option<Geometry>;
    /// Its shape as GeoJSON has it.
    fn geojson(&self) -> Option<Value> {
        self.geometry().as_ref().map(geojson)
    }
    /// Its id.
    fn id(&self) -> String;
}

fn pair(p: LatLon) -> Value {
    json!([p.lon(), p.lat()])
}

/// A shape in GeoJSON; a circle is its centre with `radius_m` beside it.
pub(crate) fn geojson(geometry: &Geometry) -> Value {
    let line = |points: &[LatLon]| points.iter().copied().map(pair).collect::<Vec<_>>();
    match geometry {
        Geometry::Point { at } => json!({ "type": "Point", "coordinates": pair(*at) }),
        Geometry::Circle { center, .. } => {
            json!({ "type": "Point", "coordinates": pair(*center) })
        }
        Geometry::Line { points } => json!({ "type": "LineString", "coordinates": line(points) }),
        Geometry::Area { rings } => {
            let closed = |ring: &Vec<LatLon>| {
                let mut c = line(ring);
                if ring.first() != ring.last() {
                    c.extend(ring.first().copied().map(pair));
                }
                vec![c]
            };
            let polygons: Vec<_> = rings.iter().map(closed).collect();
            json!({ "type": "MultiPolygon", "coordinates": polygons })
        }
    }
}

/// Text that a spreadsheet would take for a formula is made plain (CWE-1236).
fn plain(cell: String) -> String {
    let begins = cell.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', // and the same in full width
        '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    let is_number = cell.parse::<f64>().is_ok_and(f64::is_finite);
    if begins && !is_number {
        format!("'{cell}")
    } else {
        cell
    }
}

/// A text as part of an address (RFC 3986): all but letters, digits and `-._~` by their bytes.
pub(crate) fn encoded(text: &str) -> String {
    use core::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            // Writing to a String does not fail.
            write!(out, "%{b:02X}").unwrap_or_default();
        }
        out
    })
}

fn table<T: Export>(items: &[T]) -> Result<Vec<u8>, csv::Error> {
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(T::COLUMNS)?;
    for item in items {
        w.write_record(item.row().into_iter().map(plain))?;
    }
    w.into_inner().map_err(|e| e.into_error().into())
}

/// A page in its form.
pub(crate) fn send<T: Export>(form: Form, items: Vec<T>, next: Option<String>) -> Answer<Response> {
    Ok(match form {
        Form::Json => Json(Page { items, next }).into_response(),
        Form::GeoJson => {
            let features: Vec<Value> = items
                .iter()
                .map(|item| {
                    json!({
                        "type": "Feature",
                        "id": item.id(),
                        "geometry": item.geojson(),
                        "properties": item,
                    })
                })
                .collect();
            let body = json!({ "type": "FeatureCollection", "features": features, "next": next });
            (
                [(header::CONTENT_TYPE, "application/geo+json")],
                body.to_string(),
            )
                .into_response()
        }
        Form::Csv => {
            let fault =
                |e: csv::Error| Fault::new(oneroof_wire::ProblemCode::Internal, e.to_string());
            let bytes = table(&items).map_err(fault)?;
            let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned());
            let name = (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"list.csv\"".to_owned(),
            );
            let link = (
                header::LINK,
                next.map(|n| format!("<?after={}>; rel=\"next\"", encoded(&n))),
            );
            let mut response = ([kind, name], bytes).into_response();
            if let (name, Some(value)) = link
                && let Ok(value) = value.parse()
            {
                response.headers_mut().insert(name, value);
            }
            response
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_made_plain_and_a_number_is_left() {
        assert_eq!(plain("=cmd()".to_owned()), "'=cmd()");
        assert_eq!(plain("-12.5".to_owned()), "-12.5");
        for begun in ["+1+1", "-inf", "@SUM(A1)", "\t=1", "\n=1", "\u{ff1d}1"] {
            assert_eq!(plain(begun.to_owned()), format!("'{begun}"));
        }
        assert_eq!(plain("Шегині".to_owned()), "Шегині");
    }

    #[test]
    fn geojson_has_longitude_first_and_closed_rings() {
        let p = |lat, lon| LatLon::new(lat, lon).unwrap();
        let g = Geometry::Area {
            rings: vec![vec![p(1.0, 2.0), p(3.0, 4.0), p(5.0, 6.0)]],
        };
        let v = geojson(&g);
        assert_eq!(v["coordinates"][0][0][0], json!([2.0, 1.0]));
        assert_eq!(v["coordinates"][0][0][3], json!([2.0, 1.0]));
    }
}
