//! A list as a file: what was filtered, whole, in the words and the order of the screen.

use serde_json::{Map, Value, json};

use super::Row;

/// A mark that spreadsheets take for UTF-8.
const BOM: char = '\u{feff}';

/// A cell of CSV (RFC 4180); a text that a spreadsheet would take for a formula is made plain (CWE-1236).
fn cell(text: &str) -> String {
    let begins = text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    let number = text.parse::<f64>().is_ok_and(f64::is_finite);
    let text = if begins && !number {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The rows as CSV, with the names of their columns and the position at the end.
pub fn csv(header: &[String], rows: &[Row]) -> String {
    let mut out = String::from(BOM);
    let mut line = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    };
    let ends = ["id", "lat", "lon"].map(ToOwned::to_owned);
    line(&mut header.iter().map(|h| cell(h)).chain(ends));
    for r in rows {
        let degrees = |v: Option<f64>| v.map(|d| format!("{d:.6}")).unwrap_or_default();
        let ends = [
            cell(&r.id),
            degrees(r.at.map(oneroof_model::LatLon::lat)),
            degrees(r.at.map(oneroof_model::LatLon::lon)),
        ];
        line(&mut r.cells.iter().map(|c| cell(&c.text)).chain(ends));
    }
    out
}

/// The rows as GeoJSON (RFC 7946): a point each, `null` where none is known.
pub fn geojson(header: &[String], rows: &[Row]) -> String {
    let features: Vec<Value> = rows
        .iter()
        .map(|r| {
            let properties: Map<String, Value> = header
                .iter()
                .zip(&r.cells)
                .map(|(h, c)| (h.clone(), Value::from(c.text.as_str())))
                .collect();
            let geometry =
                r.at.map(|p| json!({ "type": "Point", "coordinates": [p.lon(), p.lat()] }));
            json!({ "type": "Feature", "id": r.id, "geometry": geometry, "properties": properties })
        })
        .collect();
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}

#[cfg(test)]
mod tests {
    use oneroof_model::LatLon;

    use super::*;
    use crate::tables::Cell;

    fn row(text: &str, at: Option<LatLon>) -> Row {
        Row {
            id: "x".to_owned(),
            at,
            chosen: None,
            class: "",
            cells: vec![Cell::text(text), Cell::number(1.5, "1,5".to_owned())],
        }
    }

    #[test]
    fn a_file_holds_every_row_with_quotes_and_without_formulas() {
        let header = ["Name", "Вага"].map(ToOwned::to_owned);
        let at = LatLon::new(48.5, 24.25).ok();
        let rows = [row("=cmd()", at), row("a \"b\",\nc", None)];
        assert_eq!(
            csv(&header, &rows),
            "\u{feff}Name,Вага,id,lat,lon\r\n'=cmd(),\"1,5\",x,48.500000,24.250000\r\n\"a \"\"b\"\",\nc\",\"1,5\",x,,\r\n"
        );
        let v: Value = serde_json::from_str(&geojson(&header, &rows)).unwrap();
        assert_eq!(
            v["features"][0]["geometry"]["coordinates"],
            json!([24.25, 48.5])
        );
        assert_eq!(v["features"][1]["geometry"], Value::Null);
        assert_eq!(v["features"][1]["properties"]["Вага"], "1,5");
    }
}
