//! Where the invented vessels go: pairs of latitude and longitude in degrees, all on water.

use oneroof_config::Config;
use oneroof_geo::SectionShape;

use crate::route::Route;

/// Section whose line follows the Danube from Reni to below Vylkove.
const DANUBE: &str = "UA-RO-04";

/// Lanes of the north-western Black Sea for ships.
const SEA: [&[(f64, f64)]; 5] = [
    // Odesa roads to the Danube mouth.
    &[
        (46.50, 30.82),
        (46.35, 30.95),
        (45.95, 30.95),
        (45.55, 30.55),
        (45.30, 30.12),
        (45.14, 30.02),
    ],
    // Pivdennyi to the south.
    &[
        (46.55, 31.04),
        (46.35, 31.10),
        (45.90, 31.20),
        (45.20, 30.95),
        (44.60, 30.60),
    ],
    // Chornomorsk to the south-east.
    &[
        (46.32, 30.74),
        (46.20, 30.95),
        (45.80, 31.20),
        (45.30, 31.60),
    ],
    // Along the shelf from west to east.
    &[
        (45.05, 29.95),
        (45.30, 30.60),
        (45.70, 31.20),
        (46.05, 31.60),
    ],
    // Danube mouth to the Bosphorus.
    &[(45.18, 29.95), (44.80, 30.05), (44.30, 29.80)],
];

/// Lanes of small craft near the shore.
const SHORE: [&[(f64, f64)]; 3] = [
    &[
        (46.48, 30.79),
        (46.42, 30.81),
        (46.36, 30.78),
        (46.30, 30.74),
    ],
    &[(46.02, 30.60), (45.92, 30.48), (45.82, 30.35)],
    &[
        (45.45, 29.90),
        (45.38, 29.95),
        (45.30, 29.92),
        (45.24, 29.86),
    ],
];

/// Stretches that the sea guard's boats patrol.
const PATROL: [&[(f64, f64)]; 2] = [
    &[(46.45, 30.85), (46.25, 30.95), (46.05, 30.85)],
    &[(45.45, 29.98), (45.28, 30.12), (45.55, 30.25)],
];

fn routes(lanes: &[&[(f64, f64)]]) -> Vec<Route> {
    lanes.iter().filter_map(|l| Route::of_pairs(l)).collect()
}

/// Lanes of ships at sea.
pub(crate) fn sea() -> Vec<Route> {
    routes(&SEA)
}

/// Lanes of small craft.
pub(crate) fn shore() -> Vec<Route> {
    routes(&SHORE)
}

/// The Danube; without geometry a coarse line that keeps to it near the towns only.
pub(crate) fn danube(config: &Config) -> Option<Route> {
    section(config, DANUBE).or_else(|| {
        Route::of_pairs(&[
            (45.44, 28.27),
            (45.32, 28.83),
            (45.38, 29.14),
            (45.42, 29.26),
            (45.40, 29.57),
        ])
    })
}

/// Where the units of a section patrol: its line, or a stretch of the sea. `None` for air and without geometry.
pub(crate) fn section(config: &Config, id: &str) -> Option<Route> {
    match (id, config.geometry.get(&id.into())) {
        ("UA-BS-01", _) => Route::of_pairs(PATROL.first()?),
        ("UA-BS-02", _) => Route::of_pairs(PATROL.get(1)?),
        (_, Some(SectionShape::Line(line))) => Route::new(line.clone()),
        (_, Some(SectionShape::Polygon(_)) | None) => None,
    }
}
