//! Names on the map: places of `GeoNames`, and names of states, seas and regions.

use anyhow::{Result, ensure};
use geo::{Centroid as _, Coord, MultiPolygon};
use serde::Deserialize;
use serde_json::{Value, json};

use super::GENERATED;
use super::area::Area;
use super::encode::{self, FINE};
use super::names;
use super::packages::Packages;
use super::regions;

/// What a name stands for; the numbers are those of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Place = 0,
    Capital = 1,
    Centre = 2,
    State = 3,
    Sea = 4,
    Region = 5,
    District = 6,
}

/// A name on the map.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// Longitude (x) and latitude (y) in degrees.
    pub(super) at: Coord<f64>,
    zoom: u8,
    class: Class,
    population: u32,
    country: String,
    en: String,
    uk: Option<String>,
}

/// A place in the source.
#[derive(Deserialize)]
struct City {
    geonameid: u32,
    name: String,
    latitude: f64,
    longitude: f64,
    countrycode: String,
    population: u32,
    #[serde(default)]
    alternatenames: Vec<String>,
}

/// Largest zoom for which names are thinned; from there on all are shown that fit.
const LAST_ZOOM: u8 = 11;
/// The same for capitals and centres of regions: from there on they are listed, though crowded.
const LAST_ZOOM_OF_CENTRES: u8 = 6;
/// Distance in pixels that names of one zoom keep from each other at least.
const ROOM_PX: f64 = 46.0;
/// Places elsewhere in the world are listed from this population on.
const WORLD_POPULATION: u32 = 750_000;

/// All names, the most important ones first.
pub(super) fn choose(packages: &Packages, area: &'static Area) -> Result<Vec<Listed>> {
    let cities: std::collections::BTreeMap<String, City> =
        serde_json::from_slice(&packages.cities500()?)?;
    let mut cities: Vec<City> = cities.into_values().filter(|c| wanted(c, area)).collect();
    cities.sort_by_key(|c| (std::cmp::Reverse(c.population), c.geonameid));
    for city in area.cities {
        ensure!(
            cities
                .iter()
                .any(|c| c.countrycode == city.country && c.name == city.source),
            "{} is not in the source",
            city.source
        );
    }
    for centre in area.centres {
        let here = |c: &City| c.countrycode == area.home_iso2 && c.name == *centre;
        ensure!(cities.iter().any(here), "{centre} is not in the source");
    }
    let mut capitals: Vec<&str> = area.states.iter().map(|s| s.capital).collect();
    let mut centres: Vec<&str> = area.centres.to_vec();
    let mut all = labels(packages, area)?;
    let mut places: Vec<Listed> = Vec::new();
    for city in cities {
        let class = classify(&city, area, &places, &mut capitals, &mut centres);
        places.push(listed(city, class, area));
    }
    let weight = |p: &Listed| match p.class {
        Class::Capital => 0_u8,
        Class::Centre => 1,
        Class::District => 3,
        _ => 2,
    };
    places.sort_by_key(|p| (weight(p), std::cmp::Reverse(p.population)));
    thin(&mut places);
    places.sort_by_key(|p| (p.zoom, weight(p), std::cmp::Reverse(p.population)));
    all.extend(places);
    Ok(all)
}

fn wanted(city: &City, area: &Area) -> bool {
    let at = Coord {
        x: city.longitude,
        y: city.latitude,
    };
    if !area.clip.holds(at) {
        return city.population >= WORLD_POPULATION;
    }
    let near = area
        .neighbours
        .iter()
        .any(|(iso2, _)| *iso2 == city.countrycode);
    // Near the home state small places of the neighbours matter too.
    let least = match (city.countrycode == area.home_iso2, near) {
        (true, _) => 500,
        (false, true) if (21.0..41.5).contains(&at.x) && (44.3..53.5).contains(&at.y) => 1_000,
        (false, true) => 5_000,
        (false, false) => 15_000,
    };
    let by_hand = area
        .cities
        .iter()
        .any(|c| c.country == city.countrycode && c.source == city.name);
    city.population >= least || by_hand
}

fn classify(
    city: &City,
    area: &Area,
    larger: &[Listed],
    capitals: &mut Vec<&str>,
    centres: &mut Vec<&str>,
) -> Class {
    let state = area.states.iter().find(|s| s.iso2 == city.countrycode);
    if let Some(state) = state.filter(|s| s.capital == city.name && capitals.contains(&s.capital)) {
        capitals.retain(|capital| *capital != state.capital);
        return Class::Capital;
    }
    if city.countrycode == area.home_iso2 && centres.contains(&city.name.as_str()) {
        centres.retain(|centre| *centre != city.name);
        return Class::Centre;
    }
    if area
        .districts
        .contains(&(city.countrycode.as_str(), city.name.as_str()))
    {
        return Class::District;
    }
    // The source does not say what is a part of a city: what lies within the radius of a larger one is.
    let at = Coord {
        x: city.longitude,
        y: city.latitude,
    };
    let within = |p: &&Listed| {
        let radius_deg = 0.025 + 0.065 * (f64::from(p.population) / 1e6).min(4.0).sqrt();
        p.population >= 100_000
            && p.population > city.population
            && distance_deg(p.at, at) < radius_deg
    };
    if larger
        .iter()
        .take_while(|p| p.population >= 100_000)
        .any(|p| within(&p))
    {
        return Class::District;
    }
    Class::Place
}

/// Distance in degrees of latitude, longitudes shrunk.
fn distance_deg(a: Coord<f64>, b: Coord<f64>) -> f64 {
    let shrink = f64::midpoint(a.y, b.y).to_radians().cos();
    ((a.x - b.x) * shrink).hypot(a.y - b.y)
}

fn listed(city: City, class: Class, area: &Area) -> Listed {
    let by_hand = area
        .cities
        .iter()
        .find(|c| {
            c.country == city.countrycode && c.source == city.name && class != Class::District
        })
        .map(|c| c.uk.to_owned());
    let found = || names::ukrainian(&city.name, &city.alternatenames).map(str::to_owned);
    let uk = by_hand.or_else(|| {
        if city.countrycode == area.home_iso2 {
            found()
        } else {
            None
        }
    });
    // Within the home state English names follow one romanisation; the source mixes several.
    let home = uk.as_deref().filter(|_| city.countrycode == area.home_iso2);
    let en = home.map_or(city.name, names::official);
    Listed {
        at: Coord {
            x: city.longitude,
            y: city.latitude,
        },
        zoom: least_zoom(class, city.population),
        class,
        population: city.population,
        country: city.countrycode,
        en,
        uk,
    }
}

const fn least_zoom(class: Class, population: u32) -> u8 {
    match (class, population) {
        (Class::District, _) => 10,
        (Class::Capital, _) | (_, 2_500_000..) => 4,
        (Class::Centre, _) | (_, 400_000..) => 5,
        (_, 120_000..) => 6,
        (_, 40_000..) => 7,
        (_, 10_000..) => 8,
        (_, 2_500..) => 9,
        (_, 1_000..) => 10,
        _ => LAST_ZOOM,
    }
}

/// Raises the zoom of names until each has room among those before it in the list.
fn thin(places: &mut [Listed]) {
    let mut kept: Vec<(Coord<f64>, u8)> = Vec::new();
    for place in places {
        let last = match place.class {
            Class::Capital | Class::Centre => LAST_ZOOM_OF_CENTRES,
            _ => LAST_ZOOM,
        };
        while place.zoom < last {
            // A pixel in degrees of longitude, in Web Mercator with tiles of 256 pixels.
            let pixel_deg = 360.0 / (256.0 * 2_f64.powi(i32::from(place.zoom)));
            let shrink = place.at.y.to_radians().cos();
            let room_deg = ROOM_PX * pixel_deg * shrink;
            let taken = kept
                .iter()
                .any(|(at, zoom)| *zoom <= place.zoom && distance_deg(*at, place.at) < room_deg);
            if !taken {
                break;
            }
            place.zoom += 1;
        }
        kept.push((place.at, place.zoom));
    }
}

fn label(lat_lon: (f64, f64), zoom: u8, class: Class, en: &str, uk: &str) -> Listed {
    Listed {
        at: Coord {
            x: lat_lon.1,
            y: lat_lon.0,
        },
        zoom,
        class,
        population: 0,
        country: String::new(),
        en: en.to_owned(),
        uk: Some(uk.to_owned()),
    }
}

/// Names of states, seas and regions.
fn labels(packages: &Packages, area: &'static Area) -> Result<Vec<Listed>> {
    let mut labels = Vec::new();
    for state in area.states {
        let mut entry = label(state.label, 4, Class::State, state.en, state.uk);
        state.iso2.clone_into(&mut entry.country);
        labels.push(entry);
    }
    for sea in area.seas {
        labels.push(label(sea.label, sea.zoom, Class::Sea, sea.en, sea.uk));
    }
    for (region, polygons) in regions::home(packages, area)? {
        // A city that is a region has its name already.
        if region.uk.starts_with("місто") {
            continue;
        }
        if let Some(middle) = MultiPolygon(polygons).centroid() {
            let mut entry = label(
                (middle.y(), middle.x()),
                7,
                Class::Region,
                region.en,
                region.uk,
            );
            area.home_iso2.clone_into(&mut entry.country);
            labels.push(entry);
        }
    }
    Ok(labels)
}

/// Rows of those names whose zoom is asked for.
pub(super) fn rows<'a>(
    places: impl Iterator<Item = &'a Listed>,
    zoom: impl Fn(u8) -> bool,
) -> Value {
    let row = |p: &Listed| {
        json!([
            encode::whole(p.at.x, FINE),
            encode::whole(p.at.y, FINE),
            p.zoom,
            p.class as u8,
            p.population,
            p.country,
            p.en,
            p.uk,
        ])
    };
    places.filter(|p| zoom(p.zoom)).map(row).collect()
}

/// `places.json`: the names with a zoom of 7 or less; those outside the box whatever their zoom.
pub(super) fn file(places: &[Listed], area: &Area) -> Value {
    let early = places
        .iter()
        .filter(|p| p.zoom <= 7 || !area.clip.holds(p.at));
    json!({
        "v": 1,
        "generated": GENERATED,
        "scale": encode::whole(FINE, 1.0),
        "places": rows(early, |_| true),
    })
}
