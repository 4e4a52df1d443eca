//! Areas to a place: polygons as they are, circles, codes of crossing points and sections, words.

use oneroof_model::{BcpId, Geometry, LatLon, Place, PlaceKind, SectionId};

use super::alert::{Circle, Corner, Info};
use super::config::CapOptions;

/// Corners of a polygon that stands for a circle among other shapes.
const CIRCLE_CORNERS: u32 = 32;

/// Longest description of a place, characters.
const MAX_DESCRIBED: usize = 500;

/// Kilometres in a degree of a great circle on the sphere of radius 6371.0088 km.
const KM_PER_DEGREE: f64 = 111.195;

/// The place of an alert, and whether something of it had to be left out.
pub(super) fn place_of(infos: &[&Info], options: &CapOptions) -> (Place, bool) {
    let areas: Vec<_> = infos.iter().flat_map(|i| &i.area).collect();
    let mut rings: Vec<Vec<LatLon>> = Vec::new();
    for polygon in areas.iter().flat_map(|a| &a.polygon) {
        let ring: Vec<LatLon> = polygon.iter().filter_map(position).collect();
        // Stages of one warning often repeat their area.
        if !rings.contains(&ring) {
            rings.push(ring);
        }
    }
    let mut circles: Vec<Circle> = Vec::new();
    for circle in areas.iter().flat_map(|a| &a.circle) {
        if !circles.contains(circle) {
            circles.push(*circle);
        }
    }
    let (geometry, left_out) = geometry(rings, &circles);
    let code = |name: &Option<String>| {
        let name = name.as_deref()?;
        let codes = areas.iter().flat_map(|a| &a.geocode);
        codes
            .into_iter()
            .find(|g| g.value_name == name)
            .map(|g| g.value.clone())
    };
    let mut words: Vec<&str> = Vec::new();
    for desc in areas.iter().filter_map(|a| a.area_desc.as_deref()) {
        if !words.contains(&desc) {
            words.push(desc);
        }
    }
    let described: String = words.join("; ").chars().take(MAX_DESCRIBED).collect();
    let bcp = code(&options.bcp_geocode).map(BcpId);
    let section = code(&options.section_geocode).map(SectionId);
    let kind = match &geometry {
        Some(Geometry::Area { .. } | Geometry::Circle { .. }) => PlaceKind::Area,
        None if bcp.is_some() => PlaceKind::CrossingPoint,
        None if section.is_some() => PlaceKind::Section,
        _ => PlaceKind::Unknown,
    };
    let described = (!described.is_empty()).then_some(described);
    (
        Place {
            geometry,
            ce_m: None,
            kind,
            bcp,
            section,
            described,
        },
        left_out,
    )
}

fn position(corner: &Corner) -> Option<LatLon> {
    LatLon::new(corner.lat_deg, corner.lon_deg).ok()
}

/// One shape of all: the area where there is one, else a circle, else a point (a circle of radius 0).
fn geometry(mut rings: Vec<Vec<LatLon>>, circles: &[Circle]) -> (Option<Geometry>, bool) {
    let wide: Vec<&Circle> = circles.iter().filter(|c| c.radius_km > 0.0).collect();
    let center = |c: &Circle| LatLon::new(c.lat_deg, c.lon_deg).ok();
    if rings.is_empty() {
        match wide.as_slice() {
            [] => {
                let mut points = circles.iter().filter_map(center);
                let at = points.next();
                return (at.map(|at| Geometry::Point { at }), points.next().is_some());
            }
            [one] => {
                let shape = center(one).map(|center| Geometry::Circle {
                    center,
                    radius_m: one.radius_km * 1000.0,
                });
                return (shape, circles.len() > 1);
            }
            _ => {}
        }
    }
    rings.extend(wide.iter().map(|c| ring_of(c)).filter(|r| r.len() >= 3));
    let points = circles.len() - wide.len();
    (
        (!rings.is_empty()).then_some(Geometry::Area { rings }),
        points > 0,
    )
}

/// A polygon for a circle, on the sphere by the small-circle approximation (error below 1 % under 500 km).
fn ring_of(circle: &Circle) -> Vec<LatLon> {
    let radius_deg = circle.radius_km / KM_PER_DEGREE;
    let shrink = circle.lat_deg.to_radians().cos().abs().max(0.01);
    (0..CIRCLE_CORNERS)
        .filter_map(|i| {
            let turn = f64::from(i) / f64::from(CIRCLE_CORNERS) * core::f64::consts::TAU;
            let lat = circle.lat_deg + radius_deg * turn.cos();
            let lon = circle.lon_deg + radius_deg * turn.sin() / shrink;
            LatLon::new(
                lat.clamp(-90.0, 90.0),
                (lon + 540.0).rem_euclid(360.0) - 180.0,
            )
            .ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_of_no_radius_is_a_point_and_several_are_an_area() {
        let c = |radius_km| Circle {
            lat_deg: 48.0,
            lon_deg: 24.0,
            radius_km,
        };
        let at = LatLon::new(48.0, 24.0).unwrap();
        assert_eq!(
            geometry(Vec::new(), &[c(0.0)]),
            (Some(Geometry::Point { at }), false)
        );
        let (one, _) = geometry(Vec::new(), &[c(2.5)]);
        assert_eq!(
            one,
            Some(Geometry::Circle {
                center: at,
                radius_m: 2500.0
            })
        );
        let (two, left_out) = geometry(Vec::new(), &[c(2.5), c(5.0), c(0.0)]);
        let Some(Geometry::Area { rings }) = two else {
            panic!("expected an area")
        };
        assert!(left_out && rings.len() == 2);
        assert!(
            rings[0]
                .iter()
                .all(|p| (p.distance_m(at) - 2500.0).abs() < 25.0)
        );
    }
}
