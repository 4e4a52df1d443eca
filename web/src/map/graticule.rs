//! A net over the map: whole degrees and minutes, and from [`GRID_ZOOM`] on the lines of MGRS, each zone of it within its own
//! edges. Pure: what is drawn, and what stands at the crossings.

use oneroof_geo::{Mgrs, MgrsPrecision, Utm};
use oneroof_model::LatLon;

use super::mercator::metres_per_px;

/// From this zoom on the net is that of MGRS: 10 km, then 1 km.
pub const GRID_ZOOM: f64 = 9.0;

/// Least distance between two lines, CSS pixels at the type of a desk.
const LINE_PX: f64 = 36.0;

/// Least distance between two lines of degrees: they have nothing between them that would help to count.
const DEGREES_PX: f64 = 84.0;

/// Least distance between two labels.
const LABEL_PX: f64 = 150.0;

/// Steps between lines, minutes of arc: 20 degrees to 1 minute.
const MINUTES: [f64; 10] = [
    1_200.0, 600.0, 300.0, 120.0, 60.0, 30.0, 10.0, 5.0, 2.0, 1.0,
];

/// Metres of a degree of latitude, and the most that one of longitude has.
const DEGREE_M: f64 = 111_700.0;

/// Most lines of one net; with more it is left out.
const MAX_LINES: usize = 400;

/// Pieces into which a line of the grid is cut: on the map it is bent.
const PIECES: u32 = 16;

/// The net over a view.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Net {
    /// Lines.
    pub lines: Vec<Vec<LatLon>>,
    /// Edges between zones of MGRS.
    pub edges: Vec<Vec<LatLon>>,
    /// What stands at crossings.
    pub labels: Vec<(LatLon, String)>,
}

/// The net for a view: south, west, north, east in degrees. `ui`: the size of the type against that of a desk.
pub fn net(bounds: [f64; 4], zoom: f64, ui: f64) -> Net {
    let [south, west, north, east] = bounds;
    let holds = south < north && west < east && bounds.iter().all(|b| b.is_finite());
    if !holds || !zoom.is_finite() {
        return Net::default();
    }
    let ui = ui.max(0.1);
    if zoom < GRID_ZOOM {
        degrees(bounds, zoom, ui)
    } else {
        grid(bounds, zoom, ui)
    }
}

/// Multiples of a step from the first one at or above `from` to the last one up to `to`; none where they are too many.
fn steps(from: f64, to: f64, step: f64) -> Vec<f64> {
    let first = (from / step).ceil();
    let count = (to / step).floor() - first + 1.0;
    if !(1.0..=400.0).contains(&count) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut n = first;
    while n * step <= to + step * 1e-9 && out.len() < MAX_LINES {
        out.push(n * step);
        n += 1.0;
    }
    out
}

fn at(lat: f64, lon: f64) -> Option<LatLon> {
    LatLon::new(lat.clamp(-85.0, 85.0), lon.clamp(-180.0, 180.0)).ok()
}

/// An angle as its label: `48°`, `48°30'`, with the letter of its half of the world.
fn angle(minutes: f64, letters: [char; 2]) -> String {
    let [positive, negative] = letters;
    let whole = minutes.abs().round();
    let letter = if minutes < -0.5 { negative } else { positive };
    let (degrees, rest) = ((whole / 60.0).floor(), whole % 60.0);
    if rest < 0.5 {
        format!("{degrees:.0}\u{b0}{letter}")
    } else {
        format!("{degrees:.0}\u{b0}{rest:02.0}'{letter}")
    }
}

fn degrees([south, west, north, east]: [f64; 4], zoom: f64, ui: f64) -> Net {
    let px_of_minute = super::mercator::world_px(zoom) / 360.0 / 60.0;
    let step = MINUTES
        .iter()
        .rev()
        .copied()
        .find(|m| m * px_of_minute >= DEGREES_PX * ui)
        .unwrap_or(1_200.0);
    let lats = steps(south.max(-84.0) * 60.0, north.min(84.0) * 60.0, step);
    let lons = steps(west.max(-180.0) * 60.0, east.min(180.0) * 60.0, step);
    let mut net = Net::default();
    for lat in &lats {
        net.lines.push(
            [west, east]
                .iter()
                .filter_map(|lon| at(lat / 60.0, *lon))
                .collect(),
        );
    }
    for lon in &lons {
        net.lines.push(
            [south, north]
                .iter()
                .filter_map(|lat| at(*lat, lon / 60.0))
                .collect(),
        );
    }
    for lat in &lats {
        for lon in &lons {
            if let Some(place) = at(lat / 60.0, lon / 60.0) {
                let text = format!("{} {}", angle(*lat, ['N', 'S']), angle(*lon, ['E', 'W']));
                net.labels.push((place, text));
            }
        }
    }
    net
}

/// A piece of a zone that a view shows: its middle meridian's zone, and how far its numbers reach.
#[derive(Debug, Clone, Copy)]
struct Piece {
    zone: u8,
    band: char,
    east: (f64, f64),
    north: (f64, f64),
}

/// The zones of a view, each with the range of its numbers there.
fn pieces([south, west, north, east]: [f64; 4]) -> Vec<Piece> {
    const SAMPLES: u32 = 24;
    let mut out: Vec<Piece> = Vec::new();
    for i in 0..=SAMPLES {
        for j in 0..=SAMPLES {
            let (fi, fj) = (
                f64::from(i) / f64::from(SAMPLES),
                f64::from(j) / f64::from(SAMPLES),
            );
            let place = at(south + (north - south) * fi, west + (east - west) * fj);
            let Some(utm) = place.and_then(Utm::of) else {
                continue;
            };
            let (e, n) = (utm.easting_m, utm.northing_m);
            let south_of_equator = utm.band < 'N';
            match out
                .iter_mut()
                .find(|p| p.zone == utm.zone && (p.band < 'N') == south_of_equator)
            {
                Some(p) => {
                    p.east = (p.east.0.min(e), p.east.1.max(e));
                    p.north = (p.north.0.min(n), p.north.1.max(n));
                }
                None => out.push(Piece {
                    zone: utm.zone,
                    band: utm.band,
                    east: (e, e),
                    north: (n, n),
                }),
            }
        }
    }
    // Between two samples a zone may reach farther: up to the next one, and a grid is turned against the view.
    let spacing_m = 1.2 * (north - south).max(east - west) * DEGREE_M / f64::from(SAMPLES);
    let (de, dn) = (spacing_m, spacing_m);
    for p in &mut out {
        p.east = (p.east.0 - de, p.east.1 + de);
        p.north = (p.north.0 - dn, p.north.1 + dn);
    }
    out
}

impl Piece {
    fn place(&self, easting_m: f64, northing_m: f64) -> Option<LatLon> {
        Utm {
            zone: self.zone,
            band: self.band,
            easting_m,
            northing_m,
        }
        .to_lat_lon()
    }

    /// Whether a place belongs to this zone, and no neighbour's.
    fn has(&self, place: LatLon) -> bool {
        Utm::of(place).is_some_and(|u| u.zone == self.zone && (u.band < 'N') == (self.band < 'N'))
    }

    /// A line between two points of the zone's numbers, cut off where the zone ends.
    fn line(&self, from: (f64, f64), to: (f64, f64), out: &mut Vec<Vec<LatLon>>) {
        let along = |t: f64| {
            let place = self.place(from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t)?;
            self.has(place).then_some(place)
        };
        let mut line: Vec<LatLon> = Vec::new();
        let mut before: Option<f64> = None;
        for i in 0..=PIECES {
            let t = f64::from(i) / f64::from(PIECES);
            match (along(t), before) {
                (Some(place), Some(_)) => {
                    if line.is_empty()
                        && let Some(b) = before
                    {
                        line.extend(edge(&along, t, b));
                    }
                    line.push(place);
                }
                (Some(place), None) => line.push(place),
                (None, Some(b)) => {
                    if !line.is_empty() {
                        line.extend(edge(&along, b, t));
                        out.push(core::mem::take(&mut line));
                    }
                }
                (None, None) => {}
            }
            before = Some(t);
        }
        if line.len() > 1 {
            out.push(line);
        }
    }
}

/// The last place within, between a parameter that lies inside and one that lies outside.
fn edge(along: &impl Fn(f64) -> Option<LatLon>, inside: f64, outside: f64) -> Option<LatLon> {
    let (mut a, mut b) = (inside, outside);
    for _ in 0..24 {
        let middle = f64::midpoint(a, b);
        if along(middle).is_some() {
            a = middle;
        } else {
            b = middle;
        }
    }
    along(a)
}

fn grid(bounds: [f64; 4], zoom: f64, ui: f64) -> Net {
    let [south, west, north, east] = bounds;
    let metre = 1.0 / metres_per_px(f64::midpoint(south, north).clamp(-84.0, 84.0), zoom);
    let step = if 1_000.0 * metre >= LINE_PX * ui {
        1_000.0
    } else {
        10_000.0
    };
    let precision = if step < 5_000.0 {
        MgrsPrecision::Km1
    } else {
        MgrsPrecision::Km10
    };
    // Labels stand at every crossing, or at every second, fifth, tenth.
    let stride = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|s| s * step * metre >= LABEL_PX * ui)
        .unwrap_or(10.0);
    let mut net = Net::default();
    for piece in pieces(bounds) {
        let easts = steps(piece.east.0, piece.east.1, step);
        let norths = steps(piece.north.0, piece.north.1, step);
        if net.lines.len() + easts.len() + norths.len() > MAX_LINES {
            return Net::default();
        }
        for e in &easts {
            piece.line((*e, piece.north.0), (*e, piece.north.1), &mut net.lines);
        }
        for n in &norths {
            piece.line((piece.east.0, *n), (piece.east.1, *n), &mut net.lines);
        }
        let marked = |v: f64| (v / step / stride).fract().abs() < 1e-9;
        for e in easts.iter().filter(|e| marked(**e)) {
            for n in norths.iter().filter(|n| marked(**n)) {
                let place = piece.place(*e, *n).filter(|p| piece.has(*p));
                // The square that begins there: its digits are those of the crossing, whatever the last bit says.
                let text = piece
                    .place(*e + 1.0, *n + 1.0)
                    .filter(|p| piece.has(*p))
                    .and_then(|p| Mgrs::of(p, precision));
                net.labels.extend(place.zip(text.map(|t| t.to_string())));
            }
        }
    }
    // Where two zones meet, numbers begin anew: the edge itself is drawn.
    for lon in steps(west, east, 6.0) {
        let line: Vec<LatLon> = [south, north]
            .iter()
            .filter_map(|lat| at(*lat, lon))
            .collect();
        net.edges.push(line);
    }
    net
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn below_the_grid_the_net_is_of_degrees_with_both_angles_at_each_crossing() {
        let n = net([44.0, 22.0, 53.0, 41.0], 6.0, 1.0);
        assert!(n.edges.is_empty());
        assert!((10..40).contains(&n.lines.len()), "{}", n.lines.len());
        let texts: Vec<&str> = n.labels.iter().map(|l| l.1.as_str()).collect();
        assert!(texts.contains(&"48\u{b0}N 30\u{b0}E"), "{texts:?}");
    }

    #[test]
    fn minutes_stand_where_they_are_no_whole_degrees_and_west_and_south_have_their_letters() {
        assert_eq!(angle(48.5 * 60.0, ['N', 'S']), "48\u{b0}30'N");
        assert_eq!(angle(-60.0, ['E', 'W']), "1\u{b0}W");
        assert_eq!(angle(0.0, ['E', 'W']), "0\u{b0}E");
        assert_eq!(angle(-5.0, ['N', 'S']), "0\u{b0}05'S");
    }

    #[test]
    fn a_line_of_the_grid_ends_where_its_zone_ends_and_the_next_zone_has_its_own() {
        // 30 degrees east: zones 35 and 36.
        let n = net([47.9, 29.8, 48.1, 30.2], 10.0, 1.0);
        assert_eq!(n.edges.len(), 1);
        assert!(n.edges[0].iter().all(|p| (p.lon() - 30.0).abs() < 1e-9));
        let side = |line: &[LatLon]| {
            let west = line.iter().all(|p| p.lon() <= 30.0 + 1e-6);
            let east = line.iter().all(|p| p.lon() >= 30.0 - 1e-6);
            assert!(west || east, "{line:?}");
            (west, east)
        };
        let sides: Vec<(bool, bool)> = n.lines.iter().map(|l| side(l)).collect();
        assert!(sides.iter().any(|s| s.0) && sides.iter().any(|s| s.1));
        // Lines from west to east reach the edge from both sides.
        let reach = |east: bool| {
            n.lines
                .iter()
                .filter(|l| side(l).1 == east)
                .filter(|l| l.iter().any(|p| (p.lon() - 30.0).abs() < 1e-5))
                .count()
        };
        assert!(reach(true) >= 2, "{}", reach(true));
        assert!(
            reach(true).abs_diff(reach(false)) <= 1,
            "no gap on one side: {} and {}",
            reach(false),
            reach(true)
        );
        let (mut thirty_five, mut thirty_six) = (0, 0);
        for (place, text) in &n.labels {
            if place.lon() < 30.0 {
                assert!(text.starts_with("35"), "{text}");
                thirty_five += 1;
            } else {
                assert!(text.starts_with("36"), "{text}");
                thirty_six += 1;
            }
        }
        assert!(thirty_five > 0 && thirty_six > 0);
    }

    #[test]
    fn every_point_of_the_net_lies_on_a_whole_number_of_its_zone() {
        for bounds in [[47.9, 29.8, 48.1, 30.2], [50.0, 35.9, 50.1, 36.1]] {
            let n = net(bounds, 12.5, 1.0);
            assert!(n.lines.len() > 10, "{}", n.lines.len());
            for line in &n.lines {
                let whole = |f: fn(&Utm) -> f64| {
                    line.iter().all(|p| {
                        let v = f(&Utm::of(*p).unwrap()) / 1_000.0;
                        (v - v.round()).abs() < 1e-3
                    })
                };
                // At an edge itself a point may count to either zone.
                let inner = line.iter().all(|p| (p.lon() / 6.0).fract().abs() > 1e-6);
                assert!(
                    !inner || whole(|u| u.easting_m) || whole(|u| u.northing_m),
                    "{line:?}"
                );
            }
        }
    }

    #[test]
    fn a_label_names_the_square_that_begins_at_its_crossing() {
        let n = net([48.60, 22.20, 48.66, 22.30], 13.0, 1.0);
        assert!(!n.labels.is_empty());
        for (place, text) in &n.labels {
            let utm = Utm::of(*place).unwrap();
            let km = |m: f64| (m / 1_000.0).round().rem_euclid(100.0);
            let digits = format!("{:02.0}{:02.0}", km(utm.easting_m), km(utm.northing_m));
            let told: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            assert!(told.ends_with(&digits), "{text} at {utm}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_view_the_net_is_bounded(
            south in -90.0f64..90.0, west in -180.0f64..180.0, high in 0.0f64..180.0, wide in 0.0f64..360.0, zoom in 0.0f64..24.0, ui in 0.0f64..4.0,
        ) {
            let n = net([south, west, south + high, west + wide], zoom, ui);
            prop_assert!(n.lines.len() <= 2 * MAX_LINES);
            prop_assert!(n.labels.len() <= 200_000);
        }
    }

    #[test]
    fn what_is_no_view_has_no_net() {
        for bounds in [
            [1.0, 1.0, 1.0, 1.0],
            [f64::NAN, 0.0, 1.0, 1.0],
            [2.0, 0.0, 1.0, 1.0],
        ] {
            assert_eq!(net(bounds, 8.0, 1.0), Net::default());
        }
        assert_eq!(
            net([0.0, 0.0, 1.0, 1.0], f64::INFINITY, 1.0),
            Net::default()
        );
    }
}
