//! Measuring on the map: a path of clicked points with distances and bearings, range rings, coordinates in the forms that
//! officers use. Pure.

use oneroof_geo::{AngleForm, Mgrs, MgrsPrecision, Utm, bearing_deg, destination, format_angles};
use oneroof_model::LatLon;

/// Most points of a path.
pub const MAX_POINTS: usize = 50;

/// How coordinates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Degrees with decimals.
    #[default]
    Degrees,
    /// Degrees, minutes, seconds.
    Dms,
    /// The grid of the military.
    Mgrs,
    /// Universal transverse Mercator.
    Utm,
}

impl Form {
    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Degrees => Self::Dms,
            Self::Dms => Self::Mgrs,
            Self::Mgrs => Self::Utm,
            Self::Utm => Self::Degrees,
        }
    }

    /// Its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Degrees => "DD",
            Self::Dms => "DMS",
            Self::Mgrs => "MGRS",
            Self::Utm => "UTM",
        }
    }

    /// The form of a name; degrees where there is none such.
    pub fn of_name(name: &str) -> Self {
        [Self::Dms, Self::Mgrs, Self::Utm]
            .into_iter()
            .find(|f| f.name() == name)
            .unwrap_or_default()
    }

    /// A position in this form; degrees where the grid does not reach it (near the poles).
    pub fn write(self, at: LatLon) -> String {
        let degrees = |form| format_angles(at, form);
        match self {
            Self::Degrees => degrees(AngleForm::Decimal),
            Self::Dms => degrees(AngleForm::Seconds),
            Self::Mgrs => Mgrs::of(at, MgrsPrecision::M10)
                .map_or_else(|| degrees(AngleForm::Decimal), |m| m.to_string()),
            Self::Utm => Utm::of(at).map_or_else(|| degrees(AngleForm::Decimal), |u| u.to_string()),
        }
    }
}

/// One leg of a measured path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// Length in metres.
    pub distance_m: f64,
    /// Course at its beginning, degrees from true north, 0 to 360.
    pub bearing_deg: f64,
    /// Length of the path up to its end, metres.
    pub total_m: f64,
}

/// The legs of a path.
pub fn legs(points: &[LatLon]) -> Vec<Leg> {
    let mut total_m = 0.0;
    points
        .iter()
        .zip(points.iter().skip(1))
        .map(|(a, b)| {
            let distance_m = a.distance_m(*b);
            total_m += distance_m;
            Leg {
                distance_m,
                bearing_deg: bearing_deg(*a, *b),
                total_m,
            }
        })
        .collect()
}

/// A course as it is said: three digits, 000 to 359.
pub fn course_text(bearing_deg: f64) -> String {
    format!("{:03.0}°", bearing_deg.round().rem_euclid(360.0))
}

/// Four radii in metres that fill a view of so many metres across well: 1, 2 and 5 times a power of ten.
pub fn ring_radii(view_m: f64) -> [f64; 4] {
    const STEPS: [f64; 24] = [
        100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7,
        5e7, 1e8, 2e8, 5e8, 1e9, 2e9, 5e9,
    ];
    let fitting = STEPS
        .iter()
        .rposition(|s| *s <= view_m * 0.45)
        .unwrap_or(0)
        .clamp(3, 14);
    [3, 2, 1, 0].map(|back: usize| STEPS.get(fitting - back).copied().unwrap_or(100.0))
}

/// A ring as a closed line of so many points.
pub fn ring(center: LatLon, radius_m: f64, points: u16) -> Vec<LatLon> {
    (0..=points)
        .filter_map(|i| {
            let turn = 360.0 * f64::from(i) / f64::from(points.max(1));
            destination(center, turn, radius_m)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    #[test]
    fn a_position_is_written_in_each_form_and_the_forms_go_round() {
        let p = at(47.9483, 23.8893);
        let mut form = Form::default();
        let mut seen = Vec::new();
        for _ in 0..4 {
            assert_eq!(Form::of_name(form.name()), form);
            seen.push(form.write(p));
            form = form.next();
        }
        assert_eq!(form, Form::Degrees);
        assert_eq!(seen[0], "47.94830° N, 23.88930° E");
        assert!(
            seen[1].contains('′') && seen[2].starts_with("34T") && seen[3].starts_with("34T"),
            "{seen:?}"
        );
        assert!(
            Form::Mgrs.write(at(89.0, 0.0)).contains('°'),
            "no grid at the pole"
        );
    }

    #[test]
    fn the_legs_of_a_path_add_up() {
        let path = [at(48.0, 24.0), at(49.0, 24.0), at(49.0, 25.0)];
        let l = legs(&path);
        assert_eq!(l.len(), 2);
        assert!((l[0].distance_m - 111_195.0).abs() < 1.0 && l[0].bearing_deg.abs() < 1e-9);
        assert!((l[1].total_m - l[0].distance_m - l[1].distance_m).abs() < 1e-6);
        assert!(legs(&path[..1]).is_empty());
        assert_eq!(course_text(359.7), "000°");
        assert_eq!(course_text(7.4), "007°");
    }

    #[test]
    fn rings_fit_the_view_and_lie_at_their_radius() {
        let told = |view_m: f64| ring_radii(view_m).map(|r| r.to_string()).join(" ");
        assert_eq!(told(25_000.0), "1000 2000 5000 10000");
        assert_eq!(told(0.0), "100 200 500 1000");
        assert_eq!(told(f64::NAN), "100 200 500 1000");
        let center = at(48.0, 24.0);
        let r = ring(center, 5_000.0, 36);
        assert_eq!(r.len(), 37);
        assert!(
            r.iter()
                .all(|p| (center.distance_m(*p) - 5_000.0).abs() < 1.0)
        );
    }
}
