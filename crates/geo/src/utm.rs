//! Universal Transverse Mercator.
//!
//! NGA.SIG.0012 2.0.0 (2014) "The Universal Grids and the Transverse Mercator and Polar Stereographic Map
//! Projections", on WGS 84; the projection by the Krüger series to the sixth order in the third flattening:
//! C. F. F. Karney, "Transverse Mercator with an accuracy of a few nanometers", J. Geodesy 85 (2011),
//! equations 7 to 11, 35 and 36. Not handled: the polar grids (UPS), south of 80° S and north of 84° N.

use core::fmt;
use core::str::FromStr;

use oneroof_model::LatLon;

use crate::coords::CoordsError;

/// WGS 84 semi-major axis in metres (NGA.STND.0036).
const A_M: f64 = 6_378_137.0;
/// WGS 84 flattening.
const F: f64 = 1.0 / 298.257_223_563;
/// Scale on the central meridian.
const K0: f64 = 0.9996;
/// False easting in metres.
const EASTING_0_M: f64 = 500_000.0;
/// False northing of the southern hemisphere in metres.
const NORTHING_SOUTH_M: f64 = 10_000_000.0;
/// Latitude bands from 80° S in steps of 8°, without I and O; X is 12° high.
const BANDS: &str = "CDEFGHJKLMNPQRSTUVWX";

/// A position in UTM.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Utm {
    /// Zone, 1 to 60; zone 1 begins at 180° W, each is 6° wide but for Norway and Svalbard.
    pub zone: u8,
    /// Latitude band, C to X without I and O; from N on it is the northern hemisphere.
    pub band: char,
    /// Easting in metres; 500 000 on the central meridian.
    pub easting_m: f64,
    /// Northing in metres from the equator; in the south from 10 000 000 downward.
    pub northing_m: f64,
}

impl Utm {
    /// A position as UTM in its own zone; `None` south of 80° S or north of 84° N.
    pub fn of(p: LatLon) -> Option<Self> {
        let band = band_of(p.lat())?;
        let zone = zone_of(p.lat(), p.lon());
        let (easting_m, northing_m) = forward(p, central_meridian_deg(zone));
        let south = if p.lat() < 0.0 { NORTHING_SOUTH_M } else { 0.0 };
        Some(Self {
            zone,
            band,
            easting_m,
            northing_m: northing_m + south,
        })
    }

    /// The position on the ground; `None` where the numbers are far outside the grid.
    pub fn to_lat_lon(self) -> Option<LatLon> {
        if !(1..=60).contains(&self.zone)
            || !(0.0..=1_000_000.0).contains(&self.easting_m)
            || !(-100_000.0..=NORTHING_SOUTH_M + 100_000.0).contains(&self.northing_m)
        {
            return None;
        }
        let south = if self.band < 'N' {
            NORTHING_SOUTH_M
        } else {
            0.0
        };
        inverse(
            self.easting_m,
            self.northing_m - south,
            central_meridian_deg(self.zone),
        )
    }
}

impl fmt::Display for Utm {
    /// `36U 324187 5591072`: zone, band, whole metres.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{} {:06.0} {:07.0}",
            self.zone, self.band, self.easting_m, self.northing_m
        )
    }
}

impl FromStr for Utm {
    type Err = CoordsError;

    /// Reads `36U 324187 5591072`, decimals and `mE`/`mN` allowed. The letter is the latitude band, as in
    /// NGA.SIG.0012: `S` is the band from 32° N, not "south".
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || CoordsError::not("UTM", text);
        let upper = text.trim().to_uppercase().replace(',', " ");
        let zone_end = upper
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(refused)?;
        let (zone, rest) = upper.split_at_checked(zone_end).ok_or_else(refused)?;
        let zone: u8 = zone.parse().map_err(|_any| refused())?;
        let rest = rest.trim_start();
        let band = rest
            .chars()
            .next()
            .filter(|c| BANDS.contains(*c))
            .ok_or_else(refused)?;
        let mut numbers = rest.get(1..).ok_or_else(refused)?.split_whitespace();
        let mut metres = |unit: &[&str]| {
            let word = numbers.next().ok_or_else(refused)?;
            let word = unit
                .iter()
                .fold(word, |w, suffix| w.trim_end_matches(suffix));
            word.parse::<f64>().map_err(|_any| refused())
        };
        let easting_m = metres(&["E", "M"])?;
        let northing_m = metres(&["N", "M"])?;
        let utm = Self {
            zone,
            band,
            easting_m,
            northing_m,
        };
        let at = utm.to_lat_lon().ok_or_else(refused)?;
        // A wrong band is a slip of the pen; half a degree is left for squares that straddle two bands.
        let (south, north) = band_limits_deg(band).ok_or_else(refused)?;
        if numbers.next().is_some() || !(south - 0.5..=north + 0.5).contains(&at.lat()) {
            return Err(refused());
        }
        Ok(utm)
    }
}

/// Latitude band of a latitude in degrees.
pub(crate) fn band_of(lat_deg: f64) -> Option<char> {
    if !(-80.0..=84.0).contains(&lat_deg) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 20 by the check"
    )]
    let number = ((lat_deg + 80.0) / 8.0).floor() as usize;
    BANDS.chars().nth(number.min(19))
}

/// South and north edge of a latitude band in degrees.
pub(crate) fn band_limits_deg(band: char) -> Option<(f64, f64)> {
    let number = u8::try_from(BANDS.find(band)?).ok()?;
    let south = f64::from(number).mul_add(8.0, -80.0);
    Some((south, if band == 'X' { 84.0 } else { south + 8.0 }))
}

/// Zone of a position, with the exceptions of Norway (32V) and Svalbard (31X to 37X): NGA.SIG.0012, 7-3.
fn zone_of(lat_deg: f64, lon_deg: f64) -> u8 {
    if (56.0..64.0).contains(&lat_deg) && (3.0..12.0).contains(&lon_deg) {
        return 32;
    }
    if lat_deg >= 72.0 && (0.0..42.0).contains(&lon_deg) {
        return match lon_deg {
            x if x < 9.0 => 31,
            x if x < 21.0 => 33,
            x if x < 33.0 => 35,
            _ => 37,
        };
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 60 by the type"
    )]
    let number = ((lon_deg + 180.0) / 6.0).floor() as u8;
    number.min(59) + 1
}

fn central_meridian_deg(zone: u8) -> f64 {
    f64::from(zone).mul_add(6.0, -183.0)
}

/// The third flattening.
const N: f64 = F / (2.0 - F);

/// Radius of the rectifying sphere in metres (Karney 2011, equation 14).
fn rectifying_radius_m() -> f64 {
    let n2 = N * N;
    A_M / (1.0 + N) * (1.0 + n2 / 4.0 + n2 * n2 / 64.0 + n2 * n2 * n2 / 256.0)
}

/// A polynomial in the third flattening, lowest coefficient first, beginning at the power `lowest`.
fn series(lowest: i32, coefficients: &[f64]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * N + c) * N.powi(lowest)
}

/// Coefficients alpha 1 to 6 (Karney 2011, equation 35).
fn alphas() -> [f64; 6] {
    [
        series(
            1,
            &[
                1.0 / 2.0,
                -2.0 / 3.0,
                5.0 / 16.0,
                41.0 / 180.0,
                -127.0 / 288.0,
                7891.0 / 37800.0,
            ],
        ),
        series(
            2,
            &[
                13.0 / 48.0,
                -3.0 / 5.0,
                557.0 / 1440.0,
                281.0 / 630.0,
                -1_983_433.0 / 1_935_360.0,
            ],
        ),
        series(
            3,
            &[
                61.0 / 240.0,
                -103.0 / 140.0,
                15061.0 / 26880.0,
                167_603.0 / 181_440.0,
            ],
        ),
        series(
            4,
            &[
                49561.0 / 161_280.0,
                -179.0 / 168.0,
                6_601_661.0 / 7_257_600.0,
            ],
        ),
        series(5, &[34729.0 / 80640.0, -3_418_889.0 / 1_995_840.0]),
        series(6, &[212_378_941.0 / 319_334_400.0]),
    ]
}

/// Coefficients beta 1 to 6 (Karney 2011, equation 36).
fn betas() -> [f64; 6] {
    [
        series(
            1,
            &[
                1.0 / 2.0,
                -2.0 / 3.0,
                37.0 / 96.0,
                -1.0 / 360.0,
                -81.0 / 512.0,
                96199.0 / 604_800.0,
            ],
        ),
        series(
            2,
            &[
                1.0 / 48.0,
                1.0 / 15.0,
                -437.0 / 1440.0,
                46.0 / 105.0,
                -1_118_711.0 / 3_870_720.0,
            ],
        ),
        series(
            3,
            &[
                17.0 / 480.0,
                -37.0 / 840.0,
                -209.0 / 4480.0,
                5569.0 / 90720.0,
            ],
        ),
        series(
            4,
            &[4397.0 / 161_280.0, -11.0 / 504.0, -830_251.0 / 7_257_600.0],
        ),
        series(5, &[4583.0 / 161_280.0, -108_847.0 / 3_991_680.0]),
        series(6, &[20_648_693.0 / 638_668_800.0]),
    ]
}

/// Tangent of the conformal latitude from that of the geographic one (Karney 2011, equations 7 to 9).
fn conformal(tau: f64) -> f64 {
    let e = (F * (2.0 - F)).sqrt();
    let sigma = (e * (e * tau / tau.hypot(1.0)).atanh()).sinh();
    tau * sigma.hypot(1.0) - sigma * tau.hypot(1.0)
}

/// Easting with the false easting, and northing from the equator, in metres.
fn forward(p: LatLon, meridian_deg: f64) -> (f64, f64) {
    let lambda = crate::measure::wrap_deg(p.lon() - meridian_deg).to_radians();
    let tau = conformal(p.lat().to_radians().tan());
    let xi = tau.atan2(lambda.cos());
    let eta = (lambda.sin() / tau.hypot(lambda.cos())).asinh();
    let (mut north, mut east) = (xi, eta);
    for (j, alpha) in (1_u8..).zip(alphas()) {
        let j = 2.0 * f64::from(j);
        north += alpha * (j * xi).sin() * (j * eta).cosh();
        east += alpha * (j * xi).cos() * (j * eta).sinh();
    }
    let scale = K0 * rectifying_radius_m();
    (scale.mul_add(east, EASTING_0_M), scale * north)
}

/// The inverse of [`forward`] (Karney 2011, equations 11, 15 to 21).
fn inverse(easting_m: f64, northing_m: f64, meridian_deg: f64) -> Option<LatLon> {
    let scale = K0 * rectifying_radius_m();
    let (xi, eta) = (northing_m / scale, (easting_m - EASTING_0_M) / scale);
    let (mut xi_c, mut eta_c) = (xi, eta);
    for (j, beta) in (1_u8..).zip(betas()) {
        let j = 2.0 * f64::from(j);
        xi_c -= beta * (j * xi).sin() * (j * eta).cosh();
        eta_c -= beta * (j * xi).cos() * (j * eta).sinh();
    }
    let target = xi_c.sin() / eta_c.sinh().hypot(xi_c.cos());
    let e2 = F * (2.0 - F);
    let mut tau = target;
    for _ in 0..5 {
        let now = conformal(tau);
        let step = (target - now) / now.hypot(1.0) * (1.0 + (1.0 - e2) * tau * tau)
            / ((1.0 - e2) * tau.hypot(1.0));
        tau += step;
        if step.abs() < 1e-14 * tau.abs().max(1.0) {
            break;
        }
    }
    let lon = meridian_deg + eta_c.sinh().atan2(xi_c.cos()).to_degrees();
    crate::measure::position(tau.atan().to_degrees(), lon)
}
