//! The invented vessels: where each is at a moment and when it speaks. Deterministic from the seed; reads no clock.

use jiff::Timestamp;
use oneroof_config::Config;
use oneroof_model::LatLon;

use crate::aivdm::{Channel, ClassA, Motion, Particulars, base_station};
use crate::lanes;
use crate::random::Random;
use crate::route::{Passing, Route};

/// A knot in metres a second.
pub(crate) const KNOT_MPS: f64 = 1_852.0 / 3_600.0;

/// Names and particulars are said this often, milliseconds (the standard says six minutes; a demonstration is short).
const STATIC_EVERY_MS: u64 = 60_000;

/// A base station speaks every ten seconds (M.1371-5, table 1).
const STATION_EVERY_MS: u64 = 10_000;

/// The quiet one: heard for four minutes, then not for ten, and again.
const HEARD_MS: u64 = 240_000;
const QUIET_MS: u64 = 600_000;

const FIRST: [&str; 12] = [
    "DUNAISKA",
    "CHORNOMORSKA",
    "STEPOVA",
    "TYKHA",
    "SONIACHNA",
    "VILNA",
    "KHUTIR",
    "ZOLOTA",
    "LYMANSKA",
    "PIVDENNA",
    "RANKOVA",
    "BILA",
];
const SECOND: [&str; 10] = [
    "ZORIA", "HVYLIA", "CHAIKA", "RIKA", "NADIIA", "MRIIA", "KVITKA", "ROSA", "VESNA", "LILEIA",
];
const PORTS: [&str; 7] = [
    "ODESA",
    "PIVDENNYI",
    "CHORNOMORSK",
    "IZMAIL",
    "RENI",
    "CONSTANTA",
    "ISTANBUL",
];

/// Who hears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heard {
    /// The coast stations (TCP).
    Coast,
    /// The river stations (UDP).
    River,
    /// The receivers of aircraft (TCP).
    Sky,
    /// The border guard's TAK server (TCP).
    Guard,
    /// The coast guard's plot of vessels (TCP).
    Plot,
}

impl Heard {
    /// All.
    pub const ALL: [Self; 5] = [Self::Coast, Self::River, Self::Sky, Self::Guard, Self::Plot];

    /// The feed that it goes to.
    pub const fn feed(self) -> &'static str {
        match self {
            Self::Coast => "coast-ais",
            Self::River => "danube-ais",
            Self::Sky => "sky-adsb",
            Self::Guard => "bg-cot",
            Self::Plot => "cg-plot",
        }
    }

    /// Who is heard in this feed.
    pub fn of_feed(feed: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|h| h.feed() == feed)
    }
}

/// Lines of one message and who heard them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Who heard it.
    pub heard: Heard,
    /// One or more lines with their ends.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    A,
    B,
}

#[derive(Debug)]
struct Vessel {
    heard: Heard,
    class: Class,
    particulars: Particulars,
    route: Route,
    from_m: f64,
    span_m: f64,
    ahead_m: f64,
    speed_kn: f64,
    status: u8,
    /// Whether it falls silent now and then.
    shy: bool,
    next_ms: u64,
    next_static_ms: u64,
    channel: Channel,
}

impl Vessel {
    /// Time between positions: M.1371-5, tables 1 and 2, never slower than ten seconds.
    fn period_ms(&self) -> u64 {
        match self.speed_kn {
            s if self.class == Class::A && s > 23.0 => 2_000,
            s if s > 14.0 => 6_000,
            _ => 10_000,
        }
    }

    fn passing(&self, elapsed_ms: u64) -> Option<Passing> {
        let travelled = self.ahead_m + self.speed_kn * KNOT_MPS * seconds(elapsed_ms);
        self.route.patrol(self.from_m, self.span_m, travelled)
    }

    fn turn_channel(&mut self) -> Channel {
        self.channel = match self.channel {
            Channel::A => Channel::B,
            Channel::B => Channel::A,
        };
        self.channel
    }

    fn speak(&mut self, elapsed_ms: u64, now: Timestamp) -> Option<String> {
        if self.shy && elapsed_ms % (HEARD_MS + QUIET_MS) >= HEARD_MS {
            return None;
        }
        let mut text = String::new();
        if elapsed_ms >= self.next_static_ms {
            self.next_static_ms = elapsed_ms + STATIC_EVERY_MS;
            let channel = self.turn_channel();
            let sequence = u8::try_from(self.particulars.mmsi % 10).unwrap_or(0);
            text += &match self.class {
                Class::A => self.particulars.class_a(sequence, channel),
                Class::B => self.particulars.class_b(channel),
            };
        }
        if elapsed_ms >= self.next_ms {
            self.next_ms = elapsed_ms + self.period_ms();
            let here = self.passing(elapsed_ms)?;
            let motion = Motion {
                mmsi: self.particulars.mmsi,
                at: here.at,
                speed_kn: self.speed_kn,
                course_deg: here.course_deg,
                second: u8::try_from(now.as_second().rem_euclid(60)).unwrap_or(0),
            };
            let channel = self.turn_channel();
            text += &match self.class {
                Class::A => motion.class_a(ClassA::Scheduled, self.status, channel),
                Class::B => motion.class_b(channel),
            };
        }
        (!text.is_empty()).then_some(text)
    }
}

pub(crate) fn seconds(ms: u64) -> f64 {
    f64::from(u32::try_from(ms / 100).unwrap_or(u32::MAX)) / 10.0
}

#[derive(Debug)]
struct Station {
    heard: Heard,
    mmsi: u32,
    at: LatLon,
    next_ms: u64,
}

/// All vessels and base stations.
#[derive(Debug)]
pub struct Fleet {
    vessels: Vec<Vessel>,
    stations: Vec<Station>,
}

impl Fleet {
    /// About sixty vessels on the Black Sea and the Danube; the same seed gives the same.
    pub fn new(seed: u64, config: &Config) -> Self {
        let mut maker = Maker {
            random: Random::new(seed),
            made: 0,
        };
        let (sea, shore) = (lanes::sea(), lanes::shore());
        let mut vessels = Vec::new();
        for i in 0..34 {
            let class = if i < 24 { Class::A } else { Class::B };
            let lanes = if class == Class::A { &sea } else { &shore };
            let Some(lane) = maker.random.pick(lanes).cloned() else {
                continue;
            };
            vessels.extend(maker.vessel(Heard::Coast, class, &lane));
        }
        if let Some(river) = lanes::danube(config) {
            for i in 0..22 {
                let class = if i < 14 { Class::A } else { Class::B };
                vessels.extend(maker.vessel(Heard::River, class, &river));
            }
        }
        maker.quirks(&mut vessels);
        let places = [
            (Heard::Coast, 2_723_660, 46.49, 30.74),
            (Heard::Coast, 2_723_661, 45.26, 30.20),
            (Heard::River, 2_723_670, 45.33, 28.85),
        ];
        let stations = places.into_iter().filter_map(|(heard, mmsi, lat, lon)| {
            Some(Station {
                heard,
                mmsi,
                at: LatLon::new(lat, lon).ok()?,
                next_ms: 0,
            })
        });
        Self {
            vessels,
            stations: stations.collect(),
        }
    }

    /// How many vessels there are.
    pub const fn len(&self) -> usize {
        self.vessels.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.vessels.is_empty()
    }

    /// Everyone says his name anew at the next moment: somebody has just begun to listen.
    pub fn introduce(&mut self) {
        for v in &mut self.vessels {
            v.next_static_ms = 0;
        }
    }

    /// What is spoken `elapsed_ms` after the beginning, when it is `now`.
    pub fn speak(&mut self, elapsed_ms: u64, now: Timestamp) -> Vec<Spoken> {
        let mut spoken = Vec::new();
        for v in &mut self.vessels {
            if let Some(text) = v.speak(elapsed_ms, now) {
                spoken.push(Spoken {
                    heard: v.heard,
                    text,
                });
            }
        }
        for s in self.stations.iter_mut().filter(|s| elapsed_ms >= s.next_ms) {
            s.next_ms = elapsed_ms + STATION_EVERY_MS;
            let text = base_station(s.mmsi, s.at, now, Channel::A);
            spoken.push(Spoken {
                heard: s.heard,
                text,
            });
        }
        spoken
    }
}

struct Maker {
    random: Random,
    made: u32,
}

impl Maker {
    fn vessel(&mut self, heard: Heard, class: Class, lane: &Route) -> Option<Vessel> {
        let r = &mut self.random;
        let (first, second) = (r.pick(&FIRST)?, r.pick(&SECOND)?);
        let river = heard == Heard::River;
        let (speed_kn, kind, length_m) = match (class, river) {
            (Class::A, false) => (
                r.between(8.0, 19.0),
                *r.pick(&[70, 70, 74, 80, 89, 60])?,
                110 + r.below(130),
            ),
            (Class::A, true) => (
                r.between(4.0, 9.0),
                *r.pick(&[70, 79, 31, 52, 69])?,
                60 + r.below(60),
            ),
            (Class::B, _) => (
                r.between(3.0, 12.0),
                *r.pick(&[30, 36, 37, 37, 51])?,
                7 + r.below(14),
            ),
        };
        // One in eight of the ships lies at anchor or moored.
        let lies = class == Class::A && r.below(8) == 0;
        let (speed_kn, status) = if lies {
            (0.0, if river { 5 } else { 1 })
        } else {
            (speed_kn, 0)
        };
        let aside = if river { 25.0 } else { 900.0 };
        let route = lane.moved(r.between(0.0, 360.0), r.between(0.0, aside))?;
        let span_m = match class {
            Class::A => route.length_m(),
            Class::B => r.between(4_000.0, 9_000.0),
        };
        let mmsi = 272_900_000 + self.made * 37 + r.below(30);
        self.made += 1;
        let period = if class == Class::A && speed_kn > 14.0 {
            6_000
        } else {
            10_000
        };
        Some(Vessel {
            heard,
            class,
            particulars: Particulars {
                mmsi,
                name: format!("{first} {second}"),
                call_sign: format!("UX{:03}", self.made),
                kind,
                length_m: u16::try_from(length_m).unwrap_or(100),
                destination: (*r.pick(&PORTS)?).to_owned(),
            },
            from_m: r.between(0.0, route.length_m()),
            ahead_m: r.between(0.0, 2.0 * span_m),
            span_m,
            route,
            speed_kn,
            status,
            shy: false,
            next_ms: u64::from(r.below(period)),
            next_static_ms: u64::from(r.below(8_000)),
            channel: Channel::A,
        })
    }

    /// One identity in two places at once, one ship that falls silent, one that is fast.
    fn quirks(&mut self, vessels: &mut [Vessel]) {
        let mut ships = vessels
            .iter_mut()
            .filter(|v| v.heard == Heard::Coast && v.class == Class::A && v.speed_kn > 0.0);
        let copied = ships.next().map(|v| v.particulars.mmsi);
        if let Some(v) = ships.next() {
            v.shy = true;
            "TYKHYI OSTRIV".clone_into(&mut v.particulars.name);
        }
        if let Some(v) = ships.next() {
            v.speed_kn = 31.0;
            v.particulars.kind = 40;
            "STRILA PIVDNIA".clone_into(&mut v.particulars.name);
        }
        // The copy keeps to a lane that is nowhere near that of the original.
        let lanes = lanes::sea();
        let mut coast = vessels
            .iter_mut()
            .filter(|v| v.heard == Heard::Coast && v.class == Class::A && v.speed_kn > 0.0);
        let (original, copy) = (coast.next(), coast.next_back());
        for (vessel, lane) in [(original, lanes.get(1)), (copy, lanes.get(4))] {
            if let (Some(v), Some(lane), Some(mmsi)) = (vessel, lane, copied) {
                v.particulars.mmsi = mmsi;
                v.from_m = 0.0;
                v.span_m = lane.length_m();
                v.ahead_m = self.random.between(0.0, v.span_m);
                v.route = lane.clone();
            }
        }
    }
}
