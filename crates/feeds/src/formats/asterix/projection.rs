//! From what a radar measures (slant range, azimuth, height) to a position on WGS 84.
//!
//! Straight lines in space: the target is where the ray of the measured azimuth has the measured length and the end
//! of it the measured height above the ellipsoid. No refraction: over 250 NM it moves a target by some ten metres,
//! far less than the radar's own error. ECEF and east-north-up as in NGA.STND.0036, 4.2.

use oneroof_model::LatLon;

use super::config::Site;

/// Semi-major axis of WGS 84 in metres.
const A: f64 = 6_378_137.0;
/// Flattening of WGS 84.
const F: f64 = 1.0 / 298.257_223_563;
/// Square of the first eccentricity.
const E2: f64 = F * (2.0 - F);
/// Mean radius of the Earth in metres (IUGG R1), for first guesses.
const MEAN_RADIUS: f64 = 6_371_008.8;
/// Height in metres up to which a target without a height may fly; our own choice.
const CEILING: f64 = 12_000.0;

/// A place and how far it may be off, in metres, for what was not measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Projected {
    /// Where.
    pub at: LatLon,
    /// Error for want of a height; `None` where the height was measured.
    pub error_m: Option<f64>,
}

/// A point in Earth-centred, Earth-fixed coordinates, in metres.
type Ecef = [f64; 3];

/// The place of a target at a slant range in metres and an azimuth in radians from true north, with its height in
/// metres where that is known. Without it the middle between a target at the antenna's height and one at 12 km is
/// taken, and the error says so.
pub(super) fn polar(
    site: Site,
    range_m: f64,
    azimuth: f64,
    height_m: Option<f64>,
) -> Option<Projected> {
    let at_height = |height: f64| slant(site, range_m, azimuth, height);
    if let Some(height) = height_m {
        return Some(Projected {
            at: at_height(height)?,
            error_m: None,
        });
    }
    // A target can't be higher than its range.
    let (low, high) = (
        at_height(site.height_m)?,
        at_height(site.height_m + CEILING.min(range_m))?,
    );
    let apart = low.distance_m(high);
    let middle = LatLon::new(
        f64::midpoint(low.lat(), high.lat()),
        f64::midpoint(low.lon(), high.lon()),
    )
    .ok()?;
    // Across the date line the middle of two longitudes is on the other side of the Earth.
    let at = if (low.lon() - high.lon()).abs() < 180.0 {
        middle
    } else {
        low
    };
    Some(Projected {
        at,
        error_m: Some(apart),
    })
}

/// The place of a point of the plane of a local stereographic projection around the radar: metres to the east and
/// to the north (I048/042, and I062/100 around the system's reference point).
pub(super) fn plane(site: Site, east_m: f64, north_m: f64) -> Option<LatLon> {
    let distance = east_m.hypot(north_m);
    if distance < f64::EPSILON {
        return Some(site.at);
    }
    let (east, north) = (east_m / distance, north_m / distance);
    let radius = radius_of_curvature(site.at.lat().to_radians(), east, north);
    // Stereographic: distance = 2 R tan(c / 2) (Snyder, Map Projections, 21-1).
    let angle = 2.0 * (distance / (2.0 * radius)).atan();
    let level = Site {
        height_m: 0.0,
        ..site
    };
    let along = radius * angle.sin();
    let down = radius * (1.0 - angle.cos());
    geodetic(offset(level, [along * east, along * north, -down])).map(|(at, _)| at)
}

/// Radius of curvature of the ellipsoid in the direction given, in metres (Euler's formula).
fn radius_of_curvature(lat: f64, east: f64, north: f64) -> f64 {
    let w2 = 1.0 - E2 * lat.sin().powi(2);
    let prime_vertical = A / w2.sqrt();
    let meridian = A * (1.0 - E2) / (w2 * w2.sqrt());
    1.0 / (east.powi(2) / prime_vertical + north.powi(2) / meridian)
}

fn slant(site: Site, range_m: f64, azimuth: f64, height_m: f64) -> Option<LatLon> {
    if range_m <= 0.0 {
        return Some(site.at);
    }
    let (own, target) = (MEAN_RADIUS + site.height_m, MEAN_RADIUS + height_m);
    let guess = (target * target - own * own - range_m * range_m) / (2.0 * range_m * own);
    let mut up = guess.clamp(-1.0, 1.0);
    let mut found = None;
    for _ in 0..4 {
        let flat = range_m * (1.0 - up * up).max(0.0).sqrt();
        let end = offset(
            site,
            [flat * azimuth.sin(), flat * azimuth.cos(), range_m * up],
        );
        let (at, height) = geodetic(end)?;
        found = Some(at);
        up = (up + (height_m - height) / range_m).clamp(-1.0, 1.0);
    }
    found
}

/// The point that lies so many metres to the east, to the north and up.
fn offset(site: Site, [east, north, up]: [f64; 3]) -> Ecef {
    let (lat, lon) = (site.at.lat().to_radians(), site.at.lon().to_radians());
    let (sin_lat, cos_lat) = lat.sin_cos();
    let (sin_lon, cos_lon) = lon.sin_cos();
    let normal = A / (1.0 - E2 * sin_lat * sin_lat).sqrt();
    let flat = (normal + site.height_m) * cos_lat + up * cos_lat - north * sin_lat;
    [
        flat * cos_lon - east * sin_lon,
        flat * sin_lon + east * cos_lon,
        (normal * (1.0 - E2) + site.height_m) * sin_lat + north * cos_lat + up * sin_lat,
    ]
}

/// Position and height in metres of a point (Bowring 1985; below a millimetre up to 1000 km of height).
fn geodetic([x, y, z]: Ecef) -> Option<(LatLon, f64)> {
    let flat = x.hypot(y);
    let b = A * (1.0 - F);
    let second = E2 / (1.0 - E2);
    let parametric = (z * A).atan2(flat * b);
    let (sin, cos) = parametric.sin_cos();
    let lat = (z + second * b * sin.powi(3)).atan2(flat - E2 * A * cos.powi(3));
    let (sin_lat, cos_lat) = lat.sin_cos();
    let normal = A / (1.0 - E2 * sin_lat * sin_lat).sqrt();
    let height = flat * cos_lat + z * sin_lat - A * A / normal;
    let at = LatLon::new(lat.to_degrees(), y.atan2(x).to_degrees()).ok()?;
    Some((at, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(lat: f64, lon: f64, height_m: f64) -> Site {
        Site {
            at: LatLon::new(lat, lon).unwrap(),
            height_m,
        }
    }

    /// Straight distance between two places, in metres.
    fn apart(a: Site, b: Site) -> f64 {
        let (a, b) = (offset(a, [0.0; 3]), offset(b, [0.0; 3]));
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f64>()
            .sqrt()
    }

    #[test]
    fn ecef_and_back_give_the_place_and_height() {
        for (lat, lon, height) in [
            (0.0, 0.0, 0.0),
            (48.5, 23.9, 11_000.0),
            (-70.0, -179.0, 300.0),
        ] {
            let (at, back) = geodetic(offset(site(lat, lon, height), [0.0; 3])).unwrap();
            assert!(
                (at.lat() - lat).abs() < 1e-9 && (at.lon() - lon).abs() < 1e-9,
                "{at:?}"
            );
            assert!((back - height).abs() < 1e-3, "{back}");
        }
        // The pole is at 6 356 752.3142 m (NGA.STND.0036, table 3.6).
        assert!((offset(site(90.0, 0.0, 0.0), [0.0; 3])[2] - 6_356_752.314_2).abs() < 1e-3);
    }

    #[test]
    fn a_target_is_at_its_range_and_height() {
        let radar = site(45.9, 16.0, 1_000.0);
        for (range, azimuth, height) in [
            (20_000.0, 10.0, 9_000.0),
            (150_000.0, 135.0, 10_000.0),
            (440_000.0, 300.0, 12_000.0),
        ] {
            let found = polar(radar, range, f64::to_radians(azimuth), Some(height)).unwrap();
            let target = Site {
                at: found.at,
                height_m: height,
            };
            assert!((apart(radar, target) - range).abs() < 0.5, "{range}");
            assert_eq!(found.error_m, None);
        }
    }

    #[test]
    fn azimuth_is_counted_from_north_to_east() {
        let radar = site(48.0, 23.0, 0.0);
        let at = |azimuth: f64| {
            polar(radar, 50_000.0, azimuth.to_radians(), Some(0.0))
                .unwrap()
                .at
        };
        assert!(at(0.0).lat() > 48.4 && (at(0.0).lon() - 23.0).abs() < 1e-6);
        assert!(at(90.0).lon() > 23.6 && (at(90.0).lat() - 48.0).abs() < 0.01);
        assert!(at(180.0).lat() < 47.6);
        assert!(at(270.0).lon() < 22.4);
    }

    #[test]
    fn without_a_height_the_error_covers_what_heights_there_are() {
        let radar = site(48.0, 23.0, 100.0);
        let near = polar(radar, 14_000.0, 1.0, None).unwrap();
        let low = polar(radar, 14_000.0, 1.0, Some(100.0)).unwrap();
        assert!(near.at.distance_m(low.at) <= near.error_m.unwrap());
        let far = polar(radar, 300_000.0, 1.0, None).unwrap();
        assert!(far.error_m.unwrap() < 600.0, "{far:?}");
    }

    #[test]
    fn a_target_higher_than_its_range_is_above_the_radar() {
        let radar = site(48.0, 23.0, 0.0);
        let found = polar(radar, 5_000.0, 1.0, Some(9_000.0)).unwrap();
        assert!(found.at.distance_m(radar.at) < 1.0);
    }

    #[test]
    fn the_plane_keeps_direction_and_nearly_the_distance() {
        let radar = site(45.9, 16.0, 1_000.0);
        let at = plane(radar, 0.0, 100_000.0).unwrap();
        assert!((at.lon() - 16.0).abs() < 1e-9);
        // A degree of the meridian at 46.4 degrees is 111 160 m.
        assert!(
            (at.lat() - (45.9 + 100_000.0 / 111_160.0)).abs() < 2e-4,
            "{at:?}"
        );
        let far = plane(radar, 300_000.0, 300_000.0).unwrap();
        let arc = radar.at.distance_m(far);
        assert!((arc / 424_264.0 - 1.0).abs() < 0.005, "{arc}");
    }
}
