//! The invented aircraft: airliners along the border's other side, helicopters of state aviation on ours.
//! Deterministic from the seed; reads no clock.

use crate::fleet::{Heard, KNOT_MPS, Spoken, seconds};
use crate::mode_s::{Flight, identification, position, velocity};
use crate::random::Random;
use crate::route::Route;

/// A position is said twice a second, even and odd in turn (Annex 10 volume IV, 3.1.2.8.6.4), a velocity once.
const POSITION_EVERY_MS: u64 = 500;

/// A call sign is said every five seconds (3.1.2.8.6.4.4).
const NAME_EVERY_MS: u64 = 5_000;

/// Category of a large aircraft and of a helicopter (table A-2-8): the second digit of A3 and A7.
const LARGE: u64 = 3;
const ROTORCRAFT: u64 = 7;

/// Ways of airliners around the closed airspace.
const AIRWAYS: [&[(f64, f64)]; 6] = [
    // Warsaw, past Rzeszow, over Kosice and Oradea to Belgrade.
    &[
        (52.17, 20.97),
        (50.40, 22.10),
        (48.66, 21.40),
        (47.03, 21.80),
        (44.82, 20.30),
    ],
    // Krakow, Kosice, Cluj, Bucharest.
    &[
        (50.08, 19.80),
        (48.70, 21.30),
        (46.78, 23.69),
        (44.57, 26.10),
    ],
    // Budapest, Debrecen, Suceava, Iasi.
    &[
        (47.44, 19.26),
        (47.49, 21.62),
        (47.60, 25.40),
        (47.10, 27.40),
    ],
    // Bucharest, Bacau, Chisinau.
    &[(44.57, 26.10), (46.10, 26.90), (46.93, 28.50)],
    // Istanbul, along the Bulgarian coast, Bucharest.
    &[
        (41.27, 28.75),
        (42.60, 28.40),
        (43.90, 27.90),
        (44.57, 26.10),
    ],
    // Across the Black Sea from Burgas to Samsun.
    &[(42.57, 27.52), (43.10, 31.00), (41.90, 35.50)],
];

/// Ways of helicopters, low along our side.
const PATROLS: [&[(f64, f64)]; 3] = [
    // Chop, Uzhhorod, Velykyi Bereznyi.
    &[(48.44, 22.22), (48.64, 22.34), (48.91, 22.52)],
    // Reni, Izmail, Vylkove.
    &[
        (45.49, 28.32),
        (45.37, 28.88),
        (45.46, 29.30),
        (45.42, 29.58),
    ],
    // Shehyni, Krakovets, Rava-Ruska.
    &[(49.80, 23.02), (49.97, 23.22), (50.22, 23.62)],
];

const OPERATORS: [&str; 6] = ["KTN", "VOL", "ZRA", "LAN", "DNB", "KRP"];

#[derive(Debug)]
struct Aircraft {
    address: u32,
    call_sign: String,
    category: u64,
    route: Route,
    ahead_m: f64,
    speed_kn: f64,
    altitude_ft: i32,
    odd: bool,
    next_ms: u64,
    next_name_ms: u64,
}

impl Aircraft {
    fn speak(&mut self, elapsed_ms: u64) -> Option<String> {
        let mut text = String::new();
        if elapsed_ms >= self.next_name_ms {
            self.next_name_ms = elapsed_ms + NAME_EVERY_MS;
            text += &identification(self.address, &self.call_sign, self.category);
        }
        if elapsed_ms >= self.next_ms {
            self.next_ms = elapsed_ms + POSITION_EVERY_MS;
            let travelled = self.ahead_m + self.speed_kn * KNOT_MPS * seconds(elapsed_ms);
            let here = self.route.patrol(0.0, self.route.length_m(), travelled)?;
            let flight = Flight {
                at: here.at,
                altitude_ft: self.altitude_ft,
                speed_kn: self.speed_kn,
                track_deg: here.course_deg,
                climb_fpm: 0,
            };
            if !self.odd {
                text += &velocity(self.address, &flight);
            }
            text += &position(self.address, &flight, self.odd);
            self.odd = !self.odd;
        }
        (!text.is_empty()).then_some(text)
    }
}

/// All aircraft.
#[derive(Debug)]
pub struct Sky(Vec<Aircraft>);

impl Sky {
    /// About thirty aircraft; the same seed gives the same.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x5a5a);
        let mut all = Vec::new();
        for n in 0..27 {
            let (ways, helicopter) = if n < 24 {
                (AIRWAYS.as_slice(), false)
            } else {
                (PATROLS.as_slice(), true)
            };
            let way = usize::try_from(n).unwrap_or(0) % ways.len();
            let route = ways.get(way).copied().and_then(Route::of_pairs);
            all.extend(route.and_then(|route| aircraft(&mut random, n, &route, helicopter)));
        }
        Self(all)
    }

    /// How many aircraft there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is spoken `elapsed_ms` after the beginning.
    pub fn speak(&mut self, elapsed_ms: u64) -> Vec<Spoken> {
        let spoken = self.0.iter_mut().filter_map(|a| a.speak(elapsed_ms));
        spoken
            .map(|text| Spoken {
                heard: Heard::Sky,
                text,
            })
            .collect()
    }
}

fn aircraft(random: &mut Random, n: u32, way: &Route, helicopter: bool) -> Option<Aircraft> {
    // Opposite ways keep apart, and nothing flies exactly on the line.
    let route = way.moved(random.between(0.0, 360.0), random.between(0.0, 9_000.0));
    let route = if helicopter { Some(way.clone()) } else { route };
    let (speed_kn, level, call_sign) = if helicopter {
        let speed = random.between(90.0, 120.0);
        (speed, 10 + random.below(8), format!("UKRDP{}", n - 23))
    } else {
        let operator = random.pick(&OPERATORS)?;
        let speed = random.between(390.0, 470.0);
        let level = 300 + 10 * random.below(10);
        (
            speed,
            level,
            format!("{operator}{}", 100 + random.below(900)),
        )
    };
    let route = route?;
    Some(Aircraft {
        // Addresses of the block of Ukraine (0x508000) for ours, of a block that no state was given for others.
        address: if helicopter {
            0x50_8100 + n
        } else {
            0xf0_1000 + n * 7
        },
        call_sign,
        category: if helicopter { ROTORCRAFT } else { LARGE },
        ahead_m: random.between(0.0, 2.0 * route.length_m()),
        route,
        speed_kn,
        altitude_ft: i32::try_from(level * 100).unwrap_or(30_000),
        odd: false,
        next_ms: u64::from(random.below(500)),
        next_name_ms: u64::from(random.below(2_000)),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_aircraft_is_named_and_placed_within_six_seconds() {
        let mut sky = Sky::new(7);
        let mut lines = Vec::new();
        for tick in 0..24 {
            lines.extend(sky.speak(tick * 250));
        }
        assert!(lines.iter().all(|s| s.heard == Heard::Sky));
        let text: String = lines.into_iter().map(|s| s.text).collect();
        // Address and type code of each line.
        let said: BTreeSet<(&str, u8)> = text
            .lines()
            .map(|l| {
                let first = u8::from_str_radix(l.get(9..11).unwrap(), 16).unwrap();
                (l.get(3..9).unwrap(), first >> 3)
            })
            .collect();
        assert_eq!(
            said.len(),
            3 * sky.len(),
            "name, velocity and place of each"
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_sky() {
        let said = |seed| format!("{:?}", Sky::new(seed).speak(3_000));
        assert_eq!(said(7), said(7));
        assert_ne!(said(7), said(8));
    }
}
