//! What is remembered of each aircraft: which addresses are believed, the last position messages, where it was,
//! how it moved. Bounded in number and age.

use std::collections::HashMap;

use oneroof_model::LatLon;

use super::codes::{Address, Callsign};
use super::cpr::{Cpr, global};

/// Most aircraft that are remembered; the quarter not heard of for longest makes room. A network of receivers
/// over the whole world hears 15,000 at once.
pub(super) const MAX_AIRCRAFT: usize = 20_000;

/// Microseconds after which what was heard of an aircraft counts no more: 10 minutes.
const FORGET_US: i64 = 600_000_000;

/// Microseconds for which an address that was announced with a parity of its own is believed where it is overlaid
/// on a parity: 2 minutes.
const VOUCHED_US: i64 = 120_000_000;

/// Most microseconds between an even and an odd message in the air: 10 s (DO-260B, 2.2.10.3.1).
const PAIR_AIRBORNE_US: i64 = 10_000_000;

/// The same on the ground, where up to 50 s are allowed at low speed: 25 s.
const PAIR_SURFACE_US: i64 = 25_000_000;

/// Most position messages of an aircraft between an even and an odd one, and most frames of all, where both have
/// one time (a capture without times). An aircraft sends two such messages a second.
const PAIR_MESSAGES: u32 = 12;
const PAIR_FRAMES: u64 = 10_000;

/// Microseconds for which the velocity of an aircraft goes with its next positions: 15 s.
const MOTION_US: i64 = 15_000_000;

/// Most metres a second between two positions, and metres that are always allowed. Faster is a position decoded
/// in the wrong zone, which lies hundreds of kilometres off.
const TOP_SPEED_MPS: f64 = 1_000.0;
const ALWAYS_M: f64 = 4_000.0;

/// Positions in a row that contradict the known one before that one is given up.
const DOUBTS: u8 = 2;

/// Metres from the receiver within which one message tells the place: in the air 60 NM, as long as nothing is heard
/// beyond 300 NM (zones repeat after 360 NM); on the ground 40 km, for nothing there is heard beyond 120 km.
const NEAR_AIRBORNE_M: f64 = 111_120.0;
const NEAR_SURFACE_M: f64 = 40_000.0;

/// Degrees of latitude and longitude over which one receiver hears at most.
const RECEIVER_SPAN_DEG: f64 = 20.0;

/// When a frame came, and its number among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::formats) struct Moment {
    /// Microseconds of the receiver's clock or of receipt.
    pub us: i64,
    /// Frames before it.
    pub frame: u64,
}

impl Moment {
    /// Whether both lie within so many microseconds, whichever came first.
    const fn within(self, other: Self, us: i64) -> bool {
        self.us.saturating_sub(other.us).unsigned_abs() <= us.unsigned_abs()
    }

    /// Seconds between both; where both have one time, a hundredth for each frame between.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    fn seconds_from(self, earlier: Self) -> f64 {
        let us = self.us.saturating_sub(earlier.us).unsigned_abs();
        if us == 0 {
            self.frame.saturating_sub(earlier.frame) as f64 / 100.0
        } else {
            us as f64 / 1e6
        }
    }
}

/// A position message as it came.
#[derive(Debug, Clone, Copy)]
struct Heard {
    cpr: Cpr,
    at: Moment,
    /// Number among the position messages of this aircraft.
    number: u32,
}

/// Speed and course over ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::formats) struct Motion {
    /// Knots.
    pub speed_kt: f64,
    /// Degrees from true north; nothing where the aircraft stands.
    pub track_deg: Option<f64>,
    pub at: Moment,
}

/// What came of a position message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Located {
    /// The place.
    At(LatLon),
    /// It takes another message to know.
    Pending,
    /// The message contradicts what was known.
    Doubtful,
}

/// Places that an aircraft is near to, where they are known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Nearby {
    /// Where the receiver is.
    pub receiver: Option<LatLon>,
    /// The middle of what it hears: within a quarter of the globe, good enough for a pair from the ground.
    pub middle: Option<LatLon>,
}

/// One aircraft.
#[derive(Debug, Default)]
pub(in crate::formats) struct Aircraft {
    heard: Moment,
    vouched: Option<Moment>,
    even: Option<Heard>,
    odd: Option<Heard>,
    messages: u32,
    place: Option<(LatLon, Moment)>,
    doubts: u8,
    motion: Option<Motion>,
    /// Call sign as last sent.
    pub callsign: Option<Callsign>,
    /// Emitter category as last sent, 0xa0 to 0xd7.
    pub category: Option<u8>,
    /// Version of ADS-B; nothing until it was told.
    pub version: Option<u8>,
    /// NIC supplements A and C of the last operational status.
    pub nic_a: u8,
    pub nic_c: u8,
    /// Accuracy category of position as last sent.
    pub nac_p: Option<u8>,
}

impl Aircraft {
    /// Whether its address was announced lately.
    pub(super) fn is_vouched(&self, now: Moment) -> bool {
        self.vouched
            .is_some_and(|then| now.within(then, VOUCHED_US))
    }

    /// Where it was within ten minutes.
    pub(in crate::formats) fn place(&self, now: Moment) -> Option<LatLon> {
        self.fresh_place(now).map(|(place, _)| place)
    }

    fn fresh_place(&self, now: Moment) -> Option<(LatLon, Moment)> {
        self.place.filter(|(_, then)| now.within(*then, FORGET_US))
    }

    /// How it moved a moment ago.
    pub(in crate::formats) fn motion(&self, now: Moment) -> Option<Motion> {
        self.motion
            .filter(|motion| now.within(motion.at, MOTION_US))
    }

    /// Notes how it moves.
    pub(in crate::formats) fn moves(
        &mut self,
        speed_kt: Option<f64>,
        track_deg: Option<f64>,
        at: Moment,
    ) {
        self.motion = speed_kt.map(|speed_kt| Motion {
            speed_kt,
            track_deg: track_deg.filter(|_| speed_kt > 0.0),
            at,
        });
    }

    /// Notes where it is, where that is told and not worked out.
    pub(in crate::formats) const fn stands(&mut self, place: LatLon, now: Moment) {
        self.place = Some((place, now));
    }

    /// Takes a position message.
    pub(super) fn locate(&mut self, cpr: Cpr, now: Moment, nearby: Nearby) -> Located {
        self.messages = self.messages.wrapping_add(1);
        let heard = Heard {
            cpr,
            at: now,
            number: self.messages,
        };
        let (own, other) = if cpr.odd {
            (&mut self.odd, self.even)
        } else {
            (&mut self.even, self.odd)
        };
        *own = Some(heard);
        let known = self.fresh_place(now);
        let near = known
            .map(|(place, _)| place)
            .or(nearby.receiver)
            .or(nearby.middle);
        let paired = other
            .filter(|other| heard.pairs_with(other))
            .and_then(|other| global(cpr, other.cpr, near));
        let place = match (paired, known) {
            (Some(place), _) => Some(place),
            (None, Some((known, _))) => cpr.local(known),
            (None, None) => nearby.receiver.and_then(|receiver| {
                let limit = if cpr.surface {
                    NEAR_SURFACE_M
                } else {
                    NEAR_AIRBORNE_M
                };
                let place = cpr.local(receiver);
                place.filter(|place| place.distance_m(receiver) <= limit)
            }),
        };
        let Some(place) = place else {
            return Located::Pending;
        };
        let reached = known.is_none_or(|(from, then)| {
            let seconds = now.seconds_from(then);
            from.distance_m(place) <= ALWAYS_M + TOP_SPEED_MPS * seconds
        });
        if reached {
            self.doubts = 0;
            self.place = Some((place, now));
            return Located::At(place);
        }
        (self.even, self.odd) = (None, None);
        self.doubts += 1;
        if self.doubts >= DOUBTS {
            self.doubts = 0;
            self.place = None;
        }
        Located::Doubtful
    }
}

impl Heard {
    fn pairs_with(&self, other: &Self) -> bool {
        let window = if self.cpr.surface {
            PAIR_SURFACE_US
        } else {
            PAIR_AIRBORNE_US
        };
        // Where times are told they decide; else what lies between.
        self.at.within(other.at, window)
            && (self.at.us != other.at.us
                || (self.number.wrapping_sub(other.number) <= PAIR_MESSAGES
                    && self.at.frame.saturating_sub(other.at.frame) <= PAIR_FRAMES))
    }
}

/// All aircraft that are remembered.
#[derive(Debug, Default)]
pub(in crate::formats) struct Table {
    aircraft: HashMap<Address, Aircraft>,
    area: Option<Area>,
}

impl Table {
    /// The aircraft of an address that announced itself.
    pub(in crate::formats) fn announced(&mut self, address: Address, now: Moment) -> &mut Aircraft {
        if self.aircraft.len() >= MAX_AIRCRAFT && !self.aircraft.contains_key(&address) {
            self.make_room(now);
        }
        let aircraft = self.aircraft.entry(address).or_default();
        aircraft.heard = now;
        aircraft.vouched = Some(now);
        aircraft
    }

    /// The aircraft of an address that is overlaid on a parity, where it announced itself lately.
    pub(super) fn known(&mut self, address: Address, now: Moment) -> Option<&mut Aircraft> {
        let aircraft = self.aircraft.get_mut(&address)?;
        if !aircraft.is_vouched(now) {
            return None;
        }
        aircraft.heard = now;
        Some(aircraft)
    }

    /// Notes a place in the air, for what is on the ground nearby.
    pub(super) fn note(&mut self, place: LatLon) {
        match &mut self.area {
            Some(area) => area.widen(place),
            None => self.area = Some(Area::at(place)),
        }
    }

    /// The middle of all that was heard, where that is no more than one receiver can hear.
    pub(super) fn middle(&self) -> Option<LatLon> {
        self.area.as_ref().and_then(Area::middle)
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.aircraft.len()
    }

    /// Forgets who is too old, then the quarter not heard of for longest.
    fn make_room(&mut self, now: Moment) {
        self.aircraft
            .retain(|_, aircraft| now.within(aircraft.heard, FORGET_US));
        if self.aircraft.len() < MAX_AIRCRAFT {
            return;
        }
        let mut frames: Vec<u64> = self.aircraft.values().map(|a| a.heard.frame).collect();
        let (_, quarter, _) = frames.select_nth_unstable(MAX_AIRCRAFT / 4);
        let last = *quarter;
        self.aircraft
            .retain(|_, aircraft| aircraft.heard.frame > last);
    }
}

/// The corners of where aircraft were heard.
#[derive(Debug)]
struct Area {
    south: f64,
    north: f64,
    west: f64,
    east: f64,
}

impl Area {
    const fn at(place: LatLon) -> Self {
        Self {
            south: place.lat(),
            north: place.lat(),
            west: place.lon(),
            east: place.lon(),
        }
    }

    const fn widen(&mut self, place: LatLon) {
        self.south = self.south.min(place.lat());
        self.north = self.north.max(place.lat());
        self.west = self.west.min(place.lon());
        self.east = self.east.max(place.lon());
    }

    fn middle(&self) -> Option<LatLon> {
        let (height, width) = (self.north - self.south, self.east - self.west);
        let one_receiver = height <= RECEIVER_SPAN_DEG && width <= RECEIVER_SPAN_DEG;
        one_receiver
            .then(|| LatLon::new(self.south + height / 2.0, self.west + width / 2.0).ok())
            .flatten()
    }
}
