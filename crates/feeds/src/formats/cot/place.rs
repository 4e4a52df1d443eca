//! Where an event is: its point, or the shape that its detail draws.

use oneroof_model::{Geometry, LatLon, Place, PlaceKind};

use super::event::{Event, Point};
use super::{Element, xml};

/// Corners of the polygon that stands for an ellipse.
const ELLIPSE_CORNERS: u32 = 36;

/// Most positions of one shape (`model::validate`).
const MAX_CORNERS: usize = 10_000;

/// Metres in a degree of a great circle on the sphere of radius 6 371 008.8 m.
const M_PER_DEGREE: f64 = 111_195.0;

/// The place of an event; what of a shape can not be read is told in `faults`, and the point stands for it.
pub(super) fn place_of(event: &Event, faults: &mut Vec<String>) -> Place {
    let shape = shape(event, faults);
    let kind = match &shape {
        Some(Geometry::Point { .. } | Geometry::Line { .. }) | None => {
            kind_of(event.how.as_deref())
        }
        Some(_) => PlaceKind::Area,
    };
    let drawn = shape.is_some();
    let geometry = shape.or_else(|| event.point.position().map(|at| Geometry::Point { at }));
    // An error belongs to a measured point; a drawn shape has none.
    let ce_m = event.point.ce_m().filter(|_| !drawn && geometry.is_some());
    Place {
        geometry,
        ce_m,
        kind,
        ..Place::default()
    }
}

/// How a point became known, by `how` (MITRE: `h` human, `m` machine).
fn kind_of(how: Option<&str>) -> PlaceKind {
    match how {
        Some(how) if how == "h-e" || how.starts_with("h-e-") => PlaceKind::Sighting,
        Some(how) if how == "m-g" || how.starts_with("m-g-") => PlaceKind::Gnss,
        _ => PlaceKind::Unknown,
    }
}

fn shape(event: &Event, faults: &mut Vec<String>) -> Option<Geometry> {
    let by_links = linked(event, faults);
    if by_links.is_some() {
        return by_links;
    }
    let shape = event.detail("shape")?;
    let drawn = if let Some(line) = shape.child("polyline") {
        polyline(line, faults)
    } else if let Some(ellipse) = shape.child("ellipse") {
        round(ellipse, &event.point)
    } else {
        return None;
    };
    if drawn.is_none() {
        faults.push("shape: not readable".to_owned());
    }
    drawn
}

/// A free drawing, a rectangle or a route: the corners are links with a `point`.
fn linked(event: &Event, faults: &mut Vec<String>) -> Option<Geometry> {
    let links = event.details().filter(|e| e.name == "link");
    let texts: Vec<&str> = links.filter_map(|e| e.filled("point")).collect();
    if texts.len() < 2 {
        return None;
    }
    let corners: Vec<LatLon> = texts.iter().filter_map(|text| corner(text)).collect();
    if corners.len() < texts.len() {
        faults.push("link: a point that is no position".to_owned());
        return None;
    }
    // A rectangle (`u-d-r`) names each corner once.
    let closed = event.is_a("u-d-r") || closes(&corners);
    outline(corners, closed, faults)
}

/// `latitude,longitude` or `latitude,longitude,height`.
fn corner(text: &str) -> Option<LatLon> {
    let mut numbers = text.split(',').map(xml::finite);
    LatLon::new(numbers.next()??, numbers.next()??).ok()
}

fn closes(corners: &[LatLon]) -> bool {
    corners.len() > 3 && corners.first() == corners.last()
}

fn polyline(line: &Element, faults: &mut Vec<String>) -> Option<Geometry> {
    let vertices: Vec<&Element> = line.children().filter(|e| e.name == "vertex").collect();
    let number = |e: &Element, name| e.filled(name).and_then(xml::finite);
    let corners: Vec<LatLon> = vertices
        .iter()
        .filter_map(|e| LatLon::new(number(e, "lat")?, number(e, "lon")?).ok())
        .collect();
    if corners.len() < vertices.len() {
        return None;
    }
    let said = line
        .filled("closed")
        .is_some_and(|c| c.eq_ignore_ascii_case("true") || c == "1");
    let closed = said || closes(&corners);
    outline(corners, closed, faults)
}

fn outline(mut corners: Vec<LatLon>, closed: bool, faults: &mut Vec<String>) -> Option<Geometry> {
    if corners.len() > MAX_CORNERS {
        faults.push(format!("shape: more than {MAX_CORNERS} corners"));
        return None;
    }
    if closed && closes(&corners) {
        corners.pop();
    }
    match corners.as_slice() {
        [] => None,
        [at] => Some(Geometry::Point { at: *at }),
        [_, _] => Some(Geometry::Line { points: corners }),
        _ if closed => Some(Geometry::Area {
            rings: vec![corners],
        }),
        _ => Some(Geometry::Line { points: corners }),
    }
}

/// A circle, or an ellipse as a polygon. `major` and `minor` are half axes in metres, `angle` the direction of the major
/// one in degrees from north; around the point.
fn round(ellipse: &Element, point: &Point) -> Option<Geometry> {
    let number = |name| ellipse.filled(name).and_then(xml::finite);
    let (major, minor) = (number("major")?, number("minor")?);
    let center = point.position()?;
    let largest = M_PER_DEGREE * 90.0;
    if !(0.0..largest).contains(&major) || !(0.0..largest).contains(&minor) {
        return None;
    }
    if (major - minor).abs() <= 0.001 * major.max(minor) {
        return Some(Geometry::Circle {
            center,
            radius_m: major,
        });
    }
    let turn = number("angle").unwrap_or(0.0).to_radians();
    let shrink = center.lat().to_radians().cos().abs().max(0.01);
    let ring = (0..ELLIPSE_CORNERS)
        .filter_map(|i| {
            let t = f64::from(i) / f64::from(ELLIPSE_CORNERS) * core::f64::consts::TAU;
            let (along, across) = (major * t.cos(), minor * t.sin());
            let north = along * turn.cos() - across * turn.sin();
            let east = along * turn.sin() + across * turn.cos();
            let lat = (center.lat() + north / M_PER_DEGREE).clamp(-90.0, 90.0);
            let lon = center.lon() + east / (M_PER_DEGREE * shrink);
            LatLon::new(lat, (lon + 540.0).rem_euclid(360.0) - 180.0).ok()
        })
        .collect();
    Some(Geometry::Area { rings: vec![ring] })
}

#[cfg(test)]
mod tests {
    use oneroof_model::Time;

    use super::*;

    fn event(kind: &str, detail: &str) -> Event {
        let at = Time::from_secs(1_795_401_660);
        let mut event = Event::new("u", kind, "h-e", at, at);
        event.point = Point {
            lat: 48.0,
            lon: 24.0,
            hae: 0.0,
            ce: 10.0,
            le: 10.0,
        };
        event.detail =
            Some(super::super::element::parse(&format!("<detail>{detail}</detail>")).unwrap());
        event
    }

    fn geometry(kind: &str, detail: &str) -> (Geometry, Vec<String>) {
        let mut faults = Vec::new();
        (
            place_of(&event(kind, detail), &mut faults)
                .geometry
                .unwrap(),
            faults,
        )
    }

    #[test]
    fn links_draw_lines_areas_and_rectangles() {
        let corners = ["48.0,24.0", "48.0,24.1,300", "48.1,24.1", "48.1,24.0"];
        let links = |n: &[usize]| -> String {
            let all: Vec<String> = n
                .iter()
                .map(|i| format!("<link point=\"{}\"/>", corners[*i]))
                .collect();
            all.concat()
        };
        let open = geometry("u-d-f", &links(&[0, 1, 2, 3])).0;
        assert!(matches!(open, Geometry::Line { points } if points.len() == 4));
        let closed = geometry("u-d-f", &links(&[0, 1, 2, 3, 0])).0;
        assert!(matches!(closed, Geometry::Area { rings } if rings[0].len() == 4));
        let rectangle = geometry("u-d-r", &links(&[0, 1, 2, 3])).0;
        assert!(matches!(rectangle, Geometry::Area { rings } if rings[0].len() == 4));
        let (point, faults) = geometry("u-d-f", "<link point=\"48,24\"/><link point=\"north\"/>");
        assert!(matches!(point, Geometry::Point { .. }));
        assert_eq!(faults, ["link: a point that is no position"]);
    }

    #[test]
    fn a_circle_is_a_circle_and_an_ellipse_lies_along_its_angle() {
        let (circle, _) = geometry(
            "u-d-c-c",
            "<shape><ellipse major='500' minor='500' angle='360'/></shape>",
        );
        assert!(
            matches!(circle, Geometry::Circle { radius_m, .. } if (radius_m - 500.0).abs() < 1e-9)
        );
        let (area, _) = geometry(
            "u-d-c-e",
            "<shape><ellipse major='2000' minor='500' angle='90'/></shape>",
        );
        let Geometry::Area { rings } = area else {
            panic!("an area")
        };
        let center = LatLon::new(48.0, 24.0).unwrap();
        let far = rings[0]
            .iter()
            .map(|p| p.distance_m(center))
            .fold(0.0, f64::max);
        let east = rings[0].iter().map(|p| p.lon()).fold(0.0, f64::max);
        assert!((far - 2000.0).abs() < 10.0, "{far}");
        assert!(LatLon::new(48.0, east).unwrap().distance_m(center) > 1900.0);
        let (point, faults) = geometry("u-d-c-c", "<shape><ellipse major='-5' minor='x'/></shape>");
        assert!(matches!(point, Geometry::Point { .. }) && faults == ["shape: not readable"]);
    }

    #[test]
    fn a_polyline_is_closed_where_it_says_so() {
        let line = |closed| {
            format!(
                "<shape><polyline closed='{closed}'><vertex lat='48' lon='24'/><vertex lat='48' lon='25'/>\
                 <vertex lat='49' lon='24'/></polyline></shape>"
            )
        };
        assert!(matches!(
            geometry("b-m-p", &line("true")).0,
            Geometry::Area { .. }
        ));
        assert!(matches!(
            geometry("b-m-p", &line("false")).0,
            Geometry::Line { .. }
        ));
    }

    #[test]
    fn a_point_keeps_its_error_and_a_shape_has_none() {
        let place = place_of(&event("b-m-p-s-m", ""), &mut Vec::new());
        assert_eq!((place.ce_m, place.kind), (Some(10.0), PlaceKind::Sighting));
        let drawn = "<shape><ellipse major='500' minor='500'/></shape>";
        let place = place_of(&event("u-d-c-c", drawn), &mut Vec::new());
        assert_eq!((place.ce_m, place.kind), (None, PlaceKind::Area));
    }
}
