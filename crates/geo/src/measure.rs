//! Small measures on the sphere, and the local plane that finds nearest points.

use oneroof_model::LatLon;

/// Mean radius R1 of the Earth in metres (IUGG), as in [`LatLon::distance_m`].
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Degrees brought into -180 to 180.
pub(crate) fn wrap_deg(deg: f64) -> f64 {
    if (-180.0..=180.0).contains(&deg) {
        deg
    } else {
        (deg + 180.0).rem_euclid(360.0) - 180.0
    }
}

/// A position from numbers that may have left the range by rounding or by going round the Earth.
pub(crate) fn position(lat_deg: f64, lon_deg: f64) -> Option<LatLon> {
    LatLon::new(lat_deg.clamp(-90.0, 90.0), wrap_deg(lon_deg)).ok()
}

/// Initial course of the great circle from one position to another: degrees clockwise from true north,
/// 0 to 360; 0 where both are the same.
pub fn bearing_deg(from: LatLon, to: LatLon) -> f64 {
    let (lat_a, lat_b) = (from.lat().to_radians(), to.lat().to_radians());
    let dlon = (to.lon() - from.lon()).to_radians();
    let east = dlon.sin() * lat_b.cos();
    let north = lat_a.cos() * lat_b.sin() - lat_a.sin() * lat_b.cos() * dlon.cos();
    east.atan2(north).to_degrees().rem_euclid(360.0)
}

/// Where one arrives after `distance_m` metres along the great circle that starts with the course
/// `bearing_deg` (degrees from true north). `None` where a number is not finite.
pub fn destination(from: LatLon, bearing_deg: f64, distance_m: f64) -> Option<LatLon> {
    let (lat, course) = (from.lat().to_radians(), bearing_deg.to_radians());
    let arc = distance_m / EARTH_RADIUS_M;
    let sin_lat = lat.sin() * arc.cos() + lat.cos() * arc.sin() * course.cos();
    let east = course.sin() * arc.sin() * lat.cos();
    let north = arc.cos() - lat.sin() * sin_lat;
    let lat_b = sin_lat.clamp(-1.0, 1.0).asin().to_degrees();
    position(lat_b, from.lon() + east.atan2(north).to_degrees())
}

/// The position on the edge between two positions that is nearest to `p`, and how far along the edge it lies
/// (0 at its start, 1 at its end, in latitude and longitude).
///
/// Found in the plane of latitude and longitude with longitudes shrunk by the cosine of the middle
/// latitude between `p` and the answer (two rounds). Against a search along the edge the distance is
/// right within 0.1 % up to 500 km; farther away it is an upper bound.
pub fn nearest_on_segment(p: LatLon, from: LatLon, to: LatLon) -> (LatLon, f64) {
    // Longitudes relative to p, so that an edge across the antimeridian stays short.
    let from_x = wrap_deg(from.lon() - p.lon());
    let (dx, dy) = (wrap_deg(to.lon() - from.lon()), to.lat() - from.lat());
    let from_y = from.lat() - p.lat();
    let mut lat_mid = p.lat();
    let mut best = (from, 0.0);
    for _ in 0..2 {
        let shrink2 = lat_mid.to_radians().cos().powi(2);
        let square = dx * dx * shrink2 + dy * dy;
        let along = if square > 0.0 {
            (-(from_x * dx * shrink2 + from_y * dy) / square).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let up = from_y + dy * along;
        best = (
            position(p.lat() + up, p.lon() + from_x + dx * along).unwrap_or(from),
            along,
        );
        lat_mid = p.lat() + up / 2.0;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    #[test]
    fn east_is_ninety_degrees_on_the_equator() {
        assert!((bearing_deg(at(0.0, 0.0), at(0.0, 1.0)) - 90.0).abs() < 1e-9);
        assert!((bearing_deg(at(0.0, 0.0), at(-1.0, 0.0)) - 180.0).abs() < 1e-9);
    }

    #[test]
    fn the_nearest_position_on_an_edge_over_the_antimeridian_is_found() {
        let (q, along) = nearest_on_segment(at(1.0, 180.0), at(0.0, 179.0), at(0.0, -179.0));
        assert!((along - 0.5).abs() < 1e-6, "{along}");
        assert!(
            q.lat().abs() < 1e-9 && (q.lon().abs() - 180.0).abs() < 1e-6,
            "{q:?}"
        );
    }

    proptest! {
        #[test]
        fn a_destination_lies_as_far_away_as_was_asked(
            lat in -80.0..80.0f64, lon in -180.0..180.0f64,
            bearing in 0.0..360.0f64, distance in 1.0..500_000.0f64,
        ) {
            let from = at(lat, lon);
            let to = destination(from, bearing, distance).unwrap();
            prop_assert!((from.distance_m(to) - distance).abs() < 0.01 + distance * 1e-9);
            let turn = (bearing_deg(from, to) - bearing + 540.0).rem_euclid(360.0) - 180.0;
            prop_assert!(turn.abs() < 0.001, "{turn}");
        }

        #[test]
        fn no_sampled_position_on_an_edge_is_clearly_nearer_than_the_one_found(
            lat in 40.0..60.0f64, lon in 20.0..30.0f64,
            dlat in -0.8..0.8f64, dlon in -0.8..0.8f64,
            plat in -1.0..1.0f64, plon in -1.0..1.0f64,
        ) {
            let (a, b) = (at(lat, lon), at(lat + dlat, lon + dlon));
            let p = at(lat + plat, lon + plon);
            let found = p.distance_m(nearest_on_segment(p, a, b).0);
            for step in 0..=200 {
                let t = f64::from(step) / 200.0;
                let q = at(lat + dlat * t, lon + dlon * t);
                prop_assert!(found <= p.distance_m(q) * 1.001 + 0.01);
            }
        }
    }
}
