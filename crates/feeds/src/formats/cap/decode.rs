//! Elements to an [`Alert`]: what the sender wrote, before anything is concluded from it.

use oneroof_model::Time;

use super::alert::{Alert, AlertReference, Area, Circle, Corner, Info, Named, Resource};
use super::schema;
use crate::xml::{Element, Ns};

/// Alerts of one document beyond which it is refused.
pub(super) const MAX_ALERTS: usize = 10_000;

/// Polygon corners of one alert beyond which the rest is left out, with a fault.
const MAX_CORNERS: usize = 20_000;

/// What a document is.
pub(super) fn root_kind(root: &Element) -> Option<&'static str> {
    match (root.ns, root.name.as_str()) {
        (ns, "alert") if ns.is_cap() => Some("cap"),
        (Ns::Edxl, "EDXLDistribution") => Some("edxl-de"),
        (Ns::Atom, "feed" | "entry") => Some("atom"),
        (Ns::None, "rss") => Some("rss"),
        _ => None,
    }
}

/// Every alert in a document, in its order; alerts do not stand within alerts.
pub(super) fn alerts<'e>(element: &'e Element, found: &mut Vec<&'e Element>) {
    if element.ns.is_cap() && element.name == "alert" {
        found.push(element);
        return;
    }
    for child in &element.children {
        alerts(child, found);
    }
}

/// A moment with offset, also with fractions or `Z`. `-00:00` is UTC (3.3.2).
pub(super) fn time(text: &str) -> Option<Time> {
    let text = text.trim();
    let replaced = text
        .strip_suffix("-00:00")
        .map(|head| format!("{head}+00:00"));
    replaced.as_deref().unwrap_or(text).parse().ok()
}

fn texts(element: &Element, name: &str) -> Vec<String> {
    element
        .children
        .iter()
        .filter(|c| c.ns == element.ns && c.name == name)
        .filter_map(|c| c.content().map(ToOwned::to_owned))
        .collect()
}

fn text(element: &Element, name: &str) -> Option<String> {
    texts(element, name).into_iter().next()
}

fn named(element: &Element, name: &str) -> Vec<Named> {
    element
        .children
        .iter()
        .filter(|c| c.ns == element.ns && c.name == name)
        .map(|c| {
            if c.ns == Ns::Cap10 && c.children.is_empty() {
                // CAP 1.0 writes `name=value`.
                let (n, v) = c.text.split_once('=').unwrap_or(("", &c.text));
                return Named {
                    value_name: n.trim().to_owned(),
                    value: v.trim().to_owned(),
                };
            }
            Named {
                value_name: text(c, "valueName").unwrap_or_default(),
                value: text(c, "value").unwrap_or_default(),
            }
        })
        .collect()
}

/// Everything in an `alert` element.
pub(super) fn alert(element: &Element, root: &'static str) -> Alert {
    let mut faults = schema::faults(element);
    let references = text(element, "references").unwrap_or_default();
    let (references, broken) = read_references(&references);
    if broken {
        faults
            .push("alert/references: expected sender,identifier,sent parted by blanks".to_owned());
    }
    let mut corners = 0;
    let infos = element
        .children
        .iter()
        .filter(|c| c.ns == element.ns && c.name == "info");
    let info = infos
        .map(|c| read_info(c, &mut corners, &mut faults))
        .collect();
    Alert {
        cap_version: match element.ns {
            Ns::Cap10 => "1.0",
            Ns::Cap11 => "1.1",
            _ => "1.2",
        },
        root,
        identifier: text(element, "identifier"),
        sender: text(element, "sender"),
        sent: text(element, "sent"),
        status: text(element, "status"),
        msg_type: text(element, "msgType"),
        source: text(element, "source"),
        scope: text(element, "scope"),
        restriction: text(element, "restriction"),
        addresses: split_quoted(&text(element, "addresses").unwrap_or_default()),
        code: texts(element, "code"),
        note: text(element, "note"),
        references,
        incidents: split_quoted(&text(element, "incidents").unwrap_or_default()),
        info,
        signed: element
            .children
            .iter()
            .any(|c| c.ns == Ns::Signature && c.name == "Signature"),
        faults,
    }
}

/// `sender,identifier,sent` parted by white space (3.2.1); the middle part may hold commas against the rule.
fn read_references(text: &str) -> (Vec<AlertReference>, bool) {
    let mut found = Vec::new();
    let mut broken = false;
    for triple in text.split_whitespace() {
        let read = triple.split_once(',').and_then(|(sender, rest)| {
            let (identifier, sent) = rest.rsplit_once(',')?;
            (!sender.is_empty() && !identifier.is_empty()).then(|| AlertReference {
                sender: sender.to_owned(),
                identifier: identifier.to_owned(),
                sent: sent.to_owned(),
            })
        });
        match read {
            Some(reference) => found.push(reference),
            None => broken = true,
        }
    }
    (found, broken)
}

/// Items parted by blanks; one with blanks in it stands in quotes (3.2.1, addresses and incidents).
fn split_quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (i, piece) in text.split('"').enumerate() {
        if i % 2 == 1 {
            found.push(piece.trim().to_owned());
        } else {
            found.extend(piece.split_whitespace().map(ToOwned::to_owned));
        }
    }
    found.retain(|p| !p.is_empty());
    found
}

fn read_info(element: &Element, corners: &mut usize, faults: &mut Vec<String>) -> Info {
    let ours = |name: &'static str| {
        element
            .children
            .iter()
            .filter(move |c| c.ns == element.ns && c.name == name)
    };
    Info {
        language: text(element, "language"),
        category: texts(element, "category"),
        event: text(element, "event"),
        response_type: texts(element, "responseType"),
        urgency: text(element, "urgency"),
        severity: text(element, "severity"),
        certainty: text(element, "certainty"),
        audience: text(element, "audience"),
        event_code: named(element, "eventCode"),
        effective: text(element, "effective"),
        onset: text(element, "onset"),
        expires: text(element, "expires"),
        sender_name: text(element, "senderName"),
        headline: text(element, "headline"),
        description: text(element, "description"),
        instruction: text(element, "instruction"),
        web: text(element, "web"),
        contact: text(element, "contact"),
        parameter: named(element, "parameter"),
        resource: ours("resource").map(read_resource).collect(),
        area: ours("area")
            .map(|a| read_area(a, corners, faults))
            .collect(),
    }
}

fn read_resource(element: &Element) -> Resource {
    Resource {
        resource_desc: text(element, "resourceDesc"),
        mime_type: text(element, "mimeType"),
        size_bytes: text(element, "size").and_then(|t| t.parse().ok()),
        uri: text(element, "uri"),
        deref_uri_bytes: text(element, "derefUri").map(|t| t.len()),
        digest: text(element, "digest"),
    }
}

fn read_area(element: &Element, corners: &mut usize, faults: &mut Vec<String>) -> Area {
    let mut fault = |what: &str| {
        if faults.len() < 40 {
            faults.push(format!("alert/info/area/{what}"));
        }
    };
    let mut polygon = Vec::new();
    for text in ours_text(element, "polygon") {
        match read_polygon(text) {
            Some((ring, comma)) if *corners + ring.len() <= MAX_CORNERS => {
                *corners += ring.len();
                if comma {
                    fault("polygon: expected blanks alone between pairs");
                }
                // 3.2.4: four pairs at least, the last the same as the first.
                if ring.len() < 4 || ring.first() != ring.last() {
                    fault("polygon: expected four pairs or more, the last as the first");
                }
                polygon.push(ring);
            }
            Some(_) => fault("polygon: more corners than are read, left out"),
            None => fault("polygon: expected pairs lat,lon parted by blanks, left out"),
        }
    }
    let mut circle = Vec::new();
    for text in ours_text(element, "circle") {
        match read_circle(text) {
            Some(c) => circle.push(c),
            None => fault("circle: expected lat,lon radius, left out"),
        }
    }
    Area {
        area_desc: text(element, "areaDesc"),
        polygon,
        circle,
        geocode: named(element, "geocode"),
        altitude_ft: text(element, "altitude").and_then(|t| number(&t)),
        ceiling_ft: text(element, "ceiling").and_then(|t| number(&t)),
    }
}

/// The texts of children of a name, also empty ones.
fn ours_text<'e>(element: &'e Element, name: &'e str) -> impl Iterator<Item = &'e str> {
    element
        .children
        .iter()
        .filter(move |c| c.ns == element.ns && c.name == name)
        .map(|c| c.text.trim())
}

fn number(text: &str) -> Option<f64> {
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    text.chars()
        .all(digits)
        .then(|| text.parse().ok())
        .flatten()
        .filter(|n: &f64| n.is_finite())
}

/// Latitude first (3.2.4, polygon).
fn read_pair(text: &str) -> Option<Corner> {
    let (lat, lon) = text.split_once(',')?;
    let (lat_deg, lon_deg) = (number(lat.trim())?, number(lon.trim())?);
    oneroof_model::LatLon::new(lat_deg, lon_deg).ok()?;
    Some(Corner { lat_deg, lon_deg })
}

/// A polygon, and whether a pair had a comma after it (seen in the wild; the pair is whole all the same).
fn read_polygon(text: &str) -> Option<(Vec<Corner>, bool)> {
    let mut comma = false;
    let corners: Option<Vec<Corner>> = text
        .split_whitespace()
        .map(|pair| {
            let bare = pair.strip_suffix(',');
            comma |= bare.is_some();
            read_pair(bare.unwrap_or(pair))
        })
        .collect();
    Some((corners.filter(|c| c.len() >= 3)?, comma))
}

fn read_circle(text: &str) -> Option<Circle> {
    let mut parts = text.split_whitespace();
    let Corner { lat_deg, lon_deg } = read_pair(parts.next()?)?;
    let radius_km = number(parts.next()?)?;
    let whole = parts.next().is_none() && (0.0..=20_100.0).contains(&radius_km);
    whole.then_some(Circle {
        lat_deg,
        lon_deg,
        radius_km,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_triples_and_broken_ones_are_noticed() {
        let (found, broken) = read_references("a@b,id-1,2026-11-23T02:41:00+02:00\n c,d,e");
        assert_eq!((found.len(), broken), (2, false));
        assert_eq!(found[0].identifier, "id-1");
        assert!(read_references("lonely").1);
    }

    #[test]
    fn quoted_items_keep_their_blanks() {
        assert_eq!(split_quoted(r#"a "b c"  d"#), ["a", "b c", "d"]);
    }

    #[test]
    fn polygons_are_latitude_first_and_checked() {
        let (ring, comma) = read_polygon("48.0,24.0 48.5,24.0, 48.5,24.5 48.0,24.0").unwrap();
        assert!(comma && ring.len() == 4);
        assert_eq!(
            ring[1],
            Corner {
                lat_deg: 48.5,
                lon_deg: 24.0
            }
        );
        assert_eq!(read_polygon("48.0,24.0 48.5,"), None);
        assert_eq!(read_polygon("148.0,24.0 48,24 48,25"), None);
        assert_eq!(read_polygon(""), None);
        assert_eq!(read_circle("48.0,24.0 -1"), None);
        assert_eq!(read_circle("48.0,24.0 NaN"), None);
    }

    #[test]
    fn a_time_is_read_with_fractions_and_minus_zero() {
        assert_eq!(
            time("2011-10-17T11:18:00-00:00"),
            time("2011-10-17T11:18:00.0Z")
        );
        assert!(time("2011-10-17T11:18:00").is_none());
    }
}
