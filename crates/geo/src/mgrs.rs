//! Military Grid Reference System: NGA.SIG.0012 2.0.0 (2014), section 3; WGS 84, "AA" lettering.
//!
//! A reference names a square, not a point; digits are cut off, not rounded. Not handled: the polar
//! regions (UPS letters A, B, Y, Z).

use core::fmt;
use core::str::FromStr;

use oneroof_model::LatLon;

use crate::coords::CoordsError;
use crate::utm::{Utm, band_limits_deg};

/// Letters of the columns: eight a zone, three sets in turn (without I and O).
const COLUMNS: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Letters of the rows: twenty, repeating every 2 000 km.
const ROWS: &str = "ABCDEFGHJKLMNPQRSTUV";
const SQUARE_M: f64 = 100_000.0;
const CYCLE_M: f64 = 2_000_000.0;

/// How fine a reference is: the size of its square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum MgrsPrecision {
    /// Letters only: 100 km.
    Km100,
    /// Two digits: 10 km.
    Km10,
    /// Four digits: 1 km.
    Km1,
    /// Six digits: 100 m.
    M100,
    /// Eight digits: 10 m, as patrols say it.
    #[default]
    M10,
    /// Ten digits: 1 m.
    M1,
}

impl MgrsPrecision {
    /// Side of the square in metres.
    pub const fn side_m(self) -> u32 {
        match self {
            Self::Km100 => 100_000,
            Self::Km10 => 10_000,
            Self::Km1 => 1_000,
            Self::M100 => 100,
            Self::M10 => 10,
            Self::M1 => 1,
        }
    }

    /// Digits in each of the two numbers.
    const fn digits(self) -> usize {
        match self {
            Self::Km100 => 0,
            Self::Km10 => 1,
            Self::Km1 => 2,
            Self::M100 => 3,
            Self::M10 => 4,
            Self::M1 => 5,
        }
    }

    const fn of_digits(digits: usize) -> Option<Self> {
        Some(match digits {
            0 => Self::Km100,
            1 => Self::Km10,
            2 => Self::Km1,
            3 => Self::M100,
            4 => Self::M10,
            5 => Self::M1,
            _ => return None,
        })
    }
}

/// A square of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mgrs {
    zone: u8,
    band: char,
    column: char,
    row: char,
    /// Metres from the western edge of the 100 km square to that of this one.
    east_m: u32,
    /// Metres from the southern edge of the 100 km square to that of this one.
    north_m: u32,
    precision: MgrsPrecision,
}

impl Mgrs {
    /// The square that holds a position; `None` south of 80° S or north of 84° N.
    pub fn of(p: LatLon, precision: MgrsPrecision) -> Option<Self> {
        let utm = Utm::of(p)?;
        let column_at = floor_u32(utm.easting_m / SQUARE_M)?.checked_sub(1)?;
        let column = letter(COLUMNS, u32::from((utm.zone - 1) % 3) * 8 + column_at)?;
        let row_at = floor_u32(utm.northing_m / SQUARE_M)? + row_offset(utm.zone);
        let row = letter(ROWS, row_at % 20)?;
        let side = precision.side_m();
        let cut = |metres: f64| Some(floor_u32(metres.rem_euclid(SQUARE_M))? / side * side);
        Some(Self {
            zone: utm.zone,
            band: utm.band,
            column,
            row,
            east_m: cut(utm.easting_m)?,
            north_m: cut(utm.northing_m)?,
            precision,
        })
    }

    /// The middle of the square; `None` where the letters make no square of the zone.
    pub fn center(&self) -> Option<LatLon> {
        let column_at = u32::try_from(COLUMNS.find(self.column)?).ok()?;
        let column = column_at
            .checked_sub(u32::from((self.zone - 1) % 3) * 8)
            .filter(|c| *c < 8)?;
        let row = (u32::try_from(ROWS.find(self.row)?).ok()? + 20 - row_offset(self.zone)) % 20;
        let half = f64::from(self.precision.side_m()) / 2.0;
        let easting_m = f64::from(column + 1).mul_add(SQUARE_M, f64::from(self.east_m) + half);
        let within_m = f64::from(row).mul_add(SQUARE_M, f64::from(self.north_m) + half);
        let (south, north) = band_limits_deg(self.band)?;
        // Rows repeat every 2 000 km (18°), bands are 8° to 12° high: one round fits. A square may reach
        // over the edge of its band by its own size.
        (0_u8..5)
            .filter_map(|round| {
                let northing_m = f64::from(round).mul_add(CYCLE_M, within_m);
                let utm = Utm {
                    zone: self.zone,
                    band: self.band,
                    easting_m,
                    northing_m,
                };
                let at = utm.to_lat_lon()?;
                let outside = (south - at.lat()).max(at.lat() - north).max(0.0);
                (outside < 1.0).then_some((outside, at))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, at)| at)
    }

    /// The precision with which it was written.
    pub const fn precision(&self) -> MgrsPrecision {
        self.precision
    }
}

/// Rows begin with A in odd zones and with F in even ones.
const fn row_offset(zone: u8) -> u32 {
    if zone.is_multiple_of(2) { 5 } else { 0 }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked on the line before"
)]
fn floor_u32(value: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX))
        .contains(&value)
        .then_some(value as u32)
}

fn letter(letters: &str, at: u32) -> Option<char> {
    letters.chars().nth(usize::try_from(at).ok()?)
}

impl fmt::Display for Mgrs {
    /// `36U UA 2418 9107`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} {}{}", self.zone, self.band, self.column, self.row)?;
        let (digits, side) = (self.precision.digits(), self.precision.side_m());
        if digits > 0 {
            let (east, north) = (self.east_m / side, self.north_m / side);
            write!(f, " {east:0digits$} {north:0digits$}")?;
        }
        Ok(())
    }
}

impl FromStr for Mgrs {
    type Err = CoordsError;

    /// Reads `36UUA24189107`, with or without spaces, in small or capital letters.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || CoordsError::not("MGRS", text);
        let compact: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let zone_end = compact
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(refused)?;
        let (zone, rest) = compact.split_at_checked(zone_end).ok_or_else(refused)?;
        let zone = zone
            .parse()
            .ok()
            .filter(|z| (1..=60).contains(z))
            .ok_or_else(refused)?;
        let mut letters = rest.chars();
        let mut letter = || letters.next().ok_or_else(refused);
        let (band, column, row) = (letter()?, letter()?, letter()?);
        let digits = letters.as_str();
        if !digits.bytes().all(|b| b.is_ascii_digit()) || digits.len() % 2 != 0 {
            return Err(refused());
        }
        let precision = MgrsPrecision::of_digits(digits.len() / 2).ok_or_else(refused)?;
        let (east, north) = digits
            .split_at_checked(digits.len() / 2)
            .ok_or_else(refused)?;
        let metres = |number: &str| match number {
            "" => Ok(0),
            _ => number
                .parse::<u32>()
                .map(|n| n * precision.side_m())
                .map_err(|_any| refused()),
        };
        let (east_m, north_m) = (metres(east)?, metres(north)?);
        let square = Self {
            zone,
            band,
            column,
            row,
            east_m,
            north_m,
            precision,
        };
        square.center().map(|_| square).ok_or_else(refused)
    }
}
