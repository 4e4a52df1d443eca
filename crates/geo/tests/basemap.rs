//! What must be true of the generated basemap and of the sections' geometry, from the committed files alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use oneroof_geo::{BoundingBox, SectionShape, contains, distance_m, length_m, nearest_on_line};
use oneroof_model::{Geometry, LatLon, SectionId};
use serde::Deserialize;
use serde_json::Value;

/// The neck of Crimea at the town of Perekop.
const PEREKOP: (f64, f64) = (46.16, 33.69);
/// No border may be drawn nearer to it than this.
const PEREKOP_M: f64 = 5_000.0;
/// Crossing points of precision A lie this near to the line of their section.
const AT_LINE_M: f64 = 5_000.0;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect(path)
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).expect("JSON")
}

fn at(lat: f64, lon: f64) -> LatLon {
    LatLon::new(lat, lon).expect("a position")
}

/// A path of the basemap: integer pairs x, y, each but the first as the difference from the one before.
fn path(value: &Value, scale: f64) -> Vec<LatLon> {
    let numbers: Vec<f64> = serde_json::from_value(value.clone()).expect("numbers");
    let (mut x, mut y) = (0.0, 0.0);
    let mut points = Vec::new();
    for pair in numbers.chunks_exact(2) {
        x += pair.first().expect("x");
        y += pair.last().expect("y");
        points.push(at(y / scale, x / scale));
    }
    points
}

/// Whether a position lies in an entry of `regions.json` (outer rings; the ones asked about have no holes there).
fn lies_in(list: &Value, iso: &str, scale: f64, p: LatLon) -> bool {
    let entry = list
        .as_array()
        .expect("a list")
        .iter()
        .find(|e| e["iso"] == iso);
    let polygons = entry.expect(iso)["polygons"].as_array();
    polygons.expect("polygons").iter().any(|rings| {
        let rings = rings.as_array().expect("rings");
        let inside = |ring: &Value| {
            contains(
                &Geometry::Area {
                    rings: vec![path(ring, scale)],
                },
                p,
            )
        };
        rings.first().is_some_and(inside) && !rings.iter().skip(1).any(inside)
    })
}

fn sections() -> BTreeMap<SectionId, SectionShape> {
    let all: BTreeMap<String, Value> =
        serde_json::from_str(&read("config/sections-geometry.json")).expect("an object");
    all.into_iter()
        .filter(|(key, _)| !key.starts_with('_'))
        .map(|(key, shape)| (key.into(), serde_json::from_value(shape).expect("a shape")))
        .collect()
}

#[derive(Deserialize)]
struct Section {
    id: SectionId,
    neighbour: String,
    domain: String,
}

#[derive(Deserialize)]
struct SectionsFile {
    sections: Vec<Section>,
}

#[derive(Deserialize)]
struct CrossingPoint {
    id: String,
    at: LatLon,
    precision: String,
    section: SectionId,
}

#[derive(Deserialize)]
struct CrossingPointsFile {
    crossing_points: Vec<CrossingPoint>,
}

fn config_sections() -> Vec<Section> {
    let file: SectionsFile = serde_saphyr::from_str(&read("config/sections.yaml")).expect("YAML");
    file.sections
}

#[test]
fn simferopol_sevastopol_donetsk_and_luhansk_lie_in_ukraine() {
    let file = json("web/assets/basemap/regions.json");
    let scale = file["scale"].as_f64().expect("a scale");
    for (name, p, region) in [
        ("Simferopol", at(44.9521, 34.1024), "UA-43"),
        ("Sevastopol", at(44.5888, 33.5224), "UA-40"),
        ("Donetsk", at(48.0159, 37.8028), "UA-14"),
        ("Luhansk", at(48.5740, 39.3078), "UA-09"),
        ("Kerch", at(45.3562, 36.4674), "UA-43"),
        ("Odesa", at(46.4825, 30.7100), "UA-51"),
        ("Kyiv", at(50.4501, 30.5234), "UA-30"),
        ("Uzhhorod", at(48.6208, 22.2879), "UA-21"),
    ] {
        assert!(
            lies_in(&file["countries"], "UA", scale, p),
            "{name} in Ukraine"
        );
        assert!(
            !lies_in(&file["countries"], "RU", scale, p),
            "{name} not in Russia"
        );
        assert!(
            lies_in(&file["regions"], region, scale, p),
            "{name} in {region}"
        );
    }
    let rostov = at(47.2357, 39.7015);
    assert!(lies_in(&file["countries"], "RU", scale, rostov));
    assert!(!lies_in(&file["countries"], "UA", scale, rostov));
}

#[test]
fn all_27_regions_of_ukraine_have_names_in_both_languages() {
    let file = json("web/assets/basemap/regions.json");
    let regions = file["regions"].as_array().expect("regions");
    assert_eq!(regions.len(), 27);
    for region in regions {
        assert!(
            region["iso"]
                .as_str()
                .is_some_and(|iso| iso.starts_with("UA-")),
            "{region}"
        );
        for language in ["uk", "en"] {
            assert!(
                !region["n"][language]
                    .as_str()
                    .unwrap_or_default()
                    .is_empty(),
                "{region}"
            );
        }
    }
}

#[test]
fn no_border_between_states_is_drawn_at_perekop() {
    let manifest = json("web/assets/basemap/manifest.json");
    let perekop = Geometry::Point {
        at: at(PEREKOP.0, PEREKOP.1),
    };
    let mut lines = 0;
    for entry in manifest["files"].as_array().expect("files") {
        let name = entry["path"].as_str().expect("a path");
        let file = json(&format!("web/assets/basemap/{name}"));
        let Some(scale) = file["scale"].as_f64() else {
            continue;
        };
        for layer in ["admin0", "admin0_in"] {
            for feature in file["layers"][layer].as_array().into_iter().flatten() {
                for line in feature["d"].as_array().expect("paths") {
                    let points = path(line, scale);
                    lines += 1;
                    let distance =
                        distance_m(&Geometry::Line { points }, &perekop).expect("a line");
                    assert!(
                        distance > PEREKOP_M,
                        "{name}: a border at {distance:.0} m from Perekop"
                    );
                }
            }
        }
    }
    assert!(lines > 100, "only {lines} border lines were seen");
}

#[test]
fn the_files_are_those_of_the_manifest() {
    let manifest = json("web/assets/basemap/manifest.json");
    for entry in manifest["files"].as_array().expect("files") {
        let name = entry["path"].as_str().expect("a path");
        let text = read(&format!("web/assets/basemap/{name}"));
        assert_eq!(Some(text.len() as u64), entry["bytes"].as_u64(), "{name}");
    }
}

#[test]
fn every_section_on_land_has_a_line_every_one_at_sea_an_area_and_those_in_the_air_nothing() {
    let shapes = sections();
    for section in config_sections() {
        let fits = match (section.domain.as_str(), shapes.get(&section.id)) {
            ("air", None) => true,
            ("sea", Some(SectionShape::Polygon(ring))) => ring.len() >= 4,
            ("land" | "river", Some(SectionShape::Line(line))) => line.len() >= 2,
            _ => false,
        };
        assert!(fits, "{}", section.id);
    }
}

#[test]
fn crossing_points_of_precision_a_lie_at_the_line_of_their_section() {
    let file: CrossingPointsFile =
        serde_saphyr::from_str(&read("config/crossing-points.yaml")).expect("YAML");
    let shapes = sections();
    let (mut seen, mut far) = (0, Vec::new());
    for point in file.crossing_points.iter().filter(|p| p.precision == "A") {
        let Some(SectionShape::Line(line)) = shapes.get(&point.section) else {
            panic!("{}: {} has no line", point.id, point.section)
        };
        seen += 1;
        let distance = nearest_on_line(line, point.at).expect("a line").distance_m;
        if distance > AT_LINE_M {
            far.push(format!("{} {} {distance:.0} m", point.id, point.section));
        }
    }
    assert!(seen >= 40, "only {seen} crossing points of precision A");
    assert!(far.is_empty(), "{far:#?}");
}

#[test]
fn sections_with_a_neighbour_are_together_about_as_long_as_the_border() {
    let shapes = sections();
    let mut km: BTreeMap<String, f64> = BTreeMap::new();
    for section in config_sections() {
        if let Some(SectionShape::Line(line)) = shapes.get(&section.id) {
            *km.entry(section.neighbour).or_default() += length_m(line) / 1_000.0;
        }
    }
    // Published lengths in km. Natural Earth's line at 1:10 000 000 is shorter, most of all where the border is a
    // river. Russia: the three sections end at 38.2 degrees east, so about half of the 1 970 km on land.
    for (neighbour, published) in [
        ("PL", 542.0),
        ("SK", 98.0),
        ("HU", 137.0),
        ("RO", 614.0),
        ("MD", 1_222.0),
        ("BY", 1_084.0),
        ("RU", 1_100.0),
    ] {
        let (least, most) = (0.65 * published, 1.02 * published);
        let length = km.get(neighbour).copied().unwrap_or_default();
        assert!(
            (least..=most).contains(&length),
            "{neighbour}: {length:.0} km"
        );
    }
}

#[test]
fn the_sea_sections_hold_the_sea_and_not_the_land() {
    let shapes = sections();
    let holds = |section: &str, lat, lon| match shapes.get(&section.into()) {
        Some(shape) => contains(&shape.to_geometry(), at(lat, lon)),
        None => panic!("no {section}"),
    };
    assert!(holds("UA-BS-01", 46.40, 30.90), "off Odesa");
    assert!(holds("UA-BS-02", 45.40, 29.95), "off Vylkove");
    assert!(holds("UA-BS-02", 45.30, 30.30), "by Serpents' Island");
    assert!(!holds("UA-BS-01", 46.48, 30.60), "west of Odesa on land");
    assert!(!holds("UA-BS-02", 44.80, 29.90), "off Sulina, Romania");
    assert!(!holds("UA-BS-01", 44.0, 32.0), "the open sea");
    let boxes: Vec<_> = ["UA-BS-01", "UA-BS-02"]
        .iter()
        .filter_map(|id| BoundingBox::of(&shapes.get(&(*id).into())?.to_geometry()))
        .collect();
    assert!(boxes.iter().all(|b| b.width_deg() < 2.0), "{boxes:?}");
}
