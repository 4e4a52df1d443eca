//! What is particular to a country: its box, its neighbours, its names.

use super::geometry::Bounds;

/// Side of a cell of the fine files in degrees.
pub(super) const CELL_DEG: f64 = 5.0;

/// A polygon that a source gives to the wrong state.
pub(super) struct Moved {
    /// The state that has it in the source, by its number in ISO 3166-1.
    pub(super) from: &'static str,
    /// The state that it belongs to.
    pub(super) to: &'static str,
    /// A position in it, latitude and longitude.
    pub(super) holds: (f64, f64),
}

/// A state in the box.
pub(super) struct State {
    /// ISO 3166-1 numeric.
    pub(super) numeric: &'static str,
    /// ISO 3166-1 alpha-2.
    pub(super) iso2: &'static str,
    pub(super) uk: &'static str,
    pub(super) en: &'static str,
    /// Where its name is written: latitude and longitude.
    pub(super) label: (f64, f64),
    /// Its capital as `GeoNames` calls it.
    pub(super) capital: &'static str,
}

/// A region of the home state.
pub(super) struct Region {
    /// Its name in the source.
    pub(super) source: &'static str,
    /// ISO 3166-2.
    pub(super) iso: &'static str,
    pub(super) uk: &'static str,
    pub(super) en: &'static str,
}

/// A city whose names are given by hand.
pub(super) struct City {
    pub(super) country: &'static str,
    /// Its name in `GeoNames`.
    pub(super) source: &'static str,
    pub(super) uk: &'static str,
}

/// A sea and where its name is written.
pub(super) struct Sea {
    pub(super) label: (f64, f64),
    /// Least zoom.
    pub(super) zoom: u8,
    pub(super) uk: &'static str,
    pub(super) en: &'static str,
}

/// The mask of a sea section: its polygon is what the mask leaves of the belt of 12 nautical miles along the coast.
pub(super) struct SeaMask {
    pub(super) section: &'static str,
    /// Corners, latitude and longitude.
    pub(super) corners: &'static [(f64, f64)],
    /// Islands too small for the coast of the source that have a belt of their own.
    pub(super) islands: &'static [(f64, f64)],
}

/// Everything particular to a country.
pub(super) struct Area {
    pub(super) clip: Bounds,
    /// ISO 3166-1 alpha-2 of the home state.
    pub(super) home_iso2: &'static str,
    /// Its name in Natural Earth.
    pub(super) home_name: &'static str,
    /// Neighbours: ISO code as in the sections, name in Natural Earth; lines between their regions are shown.
    pub(super) neighbours: &'static [(&'static str, &'static str)],
    pub(super) moved: &'static [Moved],
    pub(super) states: &'static [State],
    pub(super) regions: &'static [Region],
    pub(super) regions_file: &'static str,
    pub(super) regions_object: &'static str,
    /// Centres of regions by their names in `GeoNames`.
    pub(super) centres: &'static [&'static str],
    pub(super) cities: &'static [City],
    /// Parts of cities that the source counts larger than the city: state and name.
    pub(super) districts: &'static [(&'static str, &'static str)],
    pub(super) seas: &'static [Sea],
    /// Rivers: name in Natural Earth, name in the home language, English name.
    pub(super) rivers: &'static [(&'static str, &'static str, &'static str)],
    pub(super) sea_masks: &'static [SeaMask],
}

impl Area {
    /// Columns of cells.
    pub(super) fn columns(&self) -> u8 {
        count(self.clip.east - self.clip.west)
    }

    /// Rows of cells.
    pub(super) fn rows(&self) -> u8 {
        count(self.clip.north - self.clip.south)
    }

    /// All cells, column and row.
    pub(super) fn cells(&self) -> impl Iterator<Item = (u8, u8)> {
        let rows = self.rows();
        (0..self.columns()).flat_map(move |column| (0..rows).map(move |row| (column, row)))
    }

    /// The box of a cell; the last ones end with the area.
    pub(super) fn cell(&self, column: u8, row: u8) -> Bounds {
        let west = f64::from(column).mul_add(CELL_DEG, self.clip.west);
        let south = f64::from(row).mul_add(CELL_DEG, self.clip.south);
        Bounds {
            west,
            south,
            east: (west + CELL_DEG).min(self.clip.east),
            north: (south + CELL_DEG).min(self.clip.north),
        }
    }

    /// Whether lines between the regions of a state are shown.
    pub(super) fn shows_regions_of(&self, state: &str) -> bool {
        state == self.home_name || self.neighbours.iter().any(|(_, name)| *name == state)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most 72"
)]
fn count(degrees: f64) -> u8 {
    (degrees / CELL_DEG).ceil() as u8
}

/// A row of a table.
pub(super) const fn state(
    numeric: &'static str,
    iso2: &'static str,
    (uk, en): (&'static str, &'static str),
    label: (f64, f64),
    capital: &'static str,
) -> State {
    State {
        numeric,
        iso2,
        uk,
        en,
        label,
        capital,
    }
}

/// A row of a table.
pub(super) const fn region(
    source: &'static str,
    iso: &'static str,
    uk: &'static str,
    en: &'static str,
) -> Region {
    Region {
        source,
        iso,
        uk,
        en,
    }
}

/// A row of a table.
pub(super) const fn city(country: &'static str, source: &'static str, uk: &'static str) -> City {
    City {
        country,
        source,
        uk,
    }
}

/// A row of a table.
pub(super) const fn sea(
    label: (f64, f64),
    zoom: u8,
    (uk, en): (&'static str, &'static str),
) -> Sea {
    Sea {
        label,
        zoom,
        uk,
        en,
    }
}
