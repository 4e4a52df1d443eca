//! From frames to drafts: parity, whose frame it is, what comes of it. Every frame ends in a draft, a reject or a
//! count.

use oneroof_model::{Draft, LatLon, PositionDraft, PositionSource, Time};
use serde::Serialize;

use super::aircraft::{Aircraft, Located, Moment, Nearby, Table};
use super::bits::small;
use super::body::{AirAir, AllCall, Announcement, Body, CommD, Military, Surveillance};
use super::codes::{Address, Hex};
use super::commb::KnownMotion;
use super::config::{ModeSOptions, Timestamps};
use super::emergency::{Emergencies, Sender, Signs};
use super::emitter::{Emitter, other_form};
use super::frame::{Frame, FrameFault};
use super::normalise;
use super::squitter::{AirbornePosition, Squitter, SurfacePosition, typecode};
use crate::contract::{Output, RejectReason};

/// Times that say how a frame was made, not when: positions of multilateration, and two of their relatives.
const NO_TIME: core::ops::RangeInclusive<u64> = MLAT..=0xff00_4d4c_4160;

/// The time of a frame that a server of multilateration made up: `MLAT` behind 0xff00.
const MLAT: u64 = 0xff00_4d4c_4154;

/// Ticks of the counter in a microsecond: 12 MHz.
const TICKS_PER_US: u64 = 12;

/// Microseconds by which a counter may fall back: frames come in nearly their order.
const JITTER_US: i64 = 5_000_000;

/// Times that a counter falls back further before it is believed no more. A receiver that is switched on again does so
/// once; a network of receivers, each with its own counter, all the time.
const MAX_FALLS: u8 = 3;

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

/// Where a frame came from, for its outcome.
#[derive(Clone, Copy)]
pub(in crate::formats) struct Origin<'a> {
    pub record: u64,
    pub offset: u64,
    /// For a reject.
    pub raw: &'a [u8],
    /// When it was received here.
    pub at: Time,
    /// The 48 bits of time before it, where there were any.
    pub timestamp: Option<u64>,
    /// Strength of the signal, 0 to 255 in parts of the greatest amplitude, where told.
    pub signal: Option<u8>,
}

/// What stands around a frame, decoded.
#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::formats) struct Envelope {
    /// As sent, 48 bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<u64>,
    /// Whether a server of multilateration made the frame up.
    #[serde(skip_serializing_if = "Option::is_none")]
    mlat: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heard_at: Option<Time>,
    /// As sent, 0 to 255.
    #[serde(skip_serializing_if = "Option::is_none")]
    signal_level: Option<u8>,
    /// Decibels below full scale, of the square of the amplitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    rssi_dbfs: Option<f64>,
}

/// When a frame was heard.
#[derive(Clone, Copy)]
struct When {
    moment: Moment,
    /// By the sender; nothing where only differences are known.
    time: Option<Time>,
    mlat: bool,
}

/// The decoded fields of a frame.
#[derive(Serialize)]
struct Details<'a> {
    df: u8,
    icao: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_type: Option<&'static str>,
    /// Whether the address is told by itself, or was a short while ago.
    icao_verified: bool,
    /// Whether its own parity fits; nothing where the address is overlaid on it.
    crc_valid: Option<bool>,
    #[serde(flatten)]
    envelope: &'a Envelope,
    #[serde(flatten)]
    body: &'a Body,
    #[serde(flatten)]
    place: Option<Place>,
}

/// What is known of a position beyond its own message.
#[derive(Clone, Copy, Serialize)]
struct Place {
    lat: Option<f64>,
    lon: Option<f64>,
    /// Navigation integrity category.
    nic: Option<u8>,
}

/// All that is remembered of one connection or file.
pub(in crate::formats) struct Core {
    options: ModeSOptions,
    table: Table,
    emergencies: Emergencies,
    frames: u64,
    /// The newest time of the receiver's own clock, once it has told one.
    clock_us: Option<i64>,
    /// How often that clock fell back.
    falls: u8,
}

impl Core {
    /// With nothing remembered yet.
    pub(in crate::formats) fn new(options: ModeSOptions) -> Self {
        Self {
            options,
            table: Table::default(),
            emergencies: Emergencies::default(),
            frames: 0,
            clock_us: None,
            falls: 0,
        }
    }

    /// Takes the 7 or 14 bytes of a frame.
    pub(in crate::formats) fn frame(
        &mut self,
        bytes: &[u8],
        origin: &Origin<'_>,
        out: &mut Output,
    ) {
        let frame = match Frame::read(bytes) {
            Ok(frame) => frame,
            Err(fault) => return reject_form(fault, bytes.len(), origin, out),
        };
        let when = self.when(origin);
        match frame.df() {
            0 | 4 | 5 | 16 | 20 | 21 | 24 => self.overlaid(frame, when, origin, out),
            11 => self.all_call(frame, when, origin, out),
            17 | 18 => self.squitter(frame, when, origin, out),
            19 => {
                let body = Body::Military(Military::read(frame));
                let address = Address::icao(frame.announced());
                tell(frame, address, false, &body, None, when, origin, out);
                out.skip(origin.record, "df19_military");
            }
            df => {
                let detail = format!("downlink format {df} is reserved");
                let reason = RejectReason::new("unknown_format", detail);
                out.reject(origin.record, origin.offset, reason, origin.raw);
            }
        }
    }

    /// When a frame was heard, by the best clock that there is.
    fn when(&mut self, origin: &Origin<'_>) -> When {
        let frame = self.frames;
        self.frames += 1;
        let mlat = origin.timestamp == Some(MLAT);
        let stamp = origin
            .timestamp
            .filter(|stamp| *stamp != 0 && !NO_TIME.contains(stamp));
        let mut time = None;
        let told = match (self.options.timestamps, stamp) {
            (Timestamps::Counter, Some(ticks)) => self.counted(ticks),
            (Timestamps::Gps, Some(stamp)) => {
                time = time_of_day(stamp, origin.at);
                time.map(Time::as_micros)
            }
            _ => None,
        };
        self.clock_us = told.or(self.clock_us);
        When {
            moment: Moment {
                us: self.clock_us.unwrap_or(origin.at.as_micros()),
                frame,
            },
            time,
            mlat,
        }
    }

    /// Microseconds of a counter, as long as there is one only.
    fn counted(&mut self, ticks: u64) -> Option<i64> {
        let us = i64::try_from(ticks / TICKS_PER_US).ok()?;
        if self.clock_us.is_some_and(|last| us < last - JITTER_US) {
            self.falls = self.falls.saturating_add(1);
        }
        if self.falls >= MAX_FALLS {
            self.clock_us = None;
            return None;
        }
        Some(us)
    }

    /// A reply whose parity carries the address: DF0, 4, 5, 16, 20, 21, 24.
    fn overlaid(&mut self, frame: Frame, when: When, origin: &Origin<'_>, out: &mut Output) {
        let Self {
            table, emergencies, ..
        } = self;
        let address = Address::icao(frame.overlay);
        let now = when.moment;
        let known = table.known(address, now);
        let motion = known.as_ref().and_then(|own| own.motion(now));
        let motion = motion.and_then(|motion| {
            Some(KnownMotion {
                ground_speed_kt: motion.speed_kt,
                track_deg: motion.track_deg?,
            })
        });
        let body = match frame.df() {
            0 | 16 => Body::AirAir(AirAir::read(frame)),
            24 => Body::CommD(CommD::read(frame)),
            _ => Body::Surveillance(Surveillance::read(frame, motion)),
        };
        tell(
            frame,
            address,
            known.is_some(),
            &body,
            None,
            when,
            origin,
            out,
        );
        let Some(own) = known else {
            return out.skip(origin.record, "address_unverified");
        };
        let mut draft = normalise::draft(address, PositionSource::Unknown, when.time);
        let kind = match &body {
            Body::AirAir(reply) => {
                draft.alt_m = reply
                    .altitude_ft
                    .map(|feet| normalise::metres(f64::from(feet)));
                "air_air_reply"
            }
            Body::Surveillance(reply) => {
                draft.alt_m = reply
                    .altitude_ft()
                    .map(|feet| normalise::metres(f64::from(feet)));
                let told = reply.comm_b.as_ref().and_then(|own| own.callsign());
                if let Some(callsign) = told.filter(|sign| sign.filled().is_some()) {
                    own.callsign = Some(*callsign);
                    draft.call_sign = callsign.filled().map(Into::into);
                }
                let signs = Signs {
                    squawk: reply.squawk(),
                    state: None,
                };
                report(emergencies, signs, address, own, when, origin, out);
                "surveillance_reply"
            }
            _ => "comm_d",
        };
        give(draft, kind, origin, out);
    }

    /// All-call reply: the address is announced, and the parity carries the interrogator's code.
    fn all_call(&mut self, frame: Frame, when: When, origin: &Origin<'_>, out: &mut Output) {
        // Seven bits at most (3.1.2.5.2.1.2).
        if frame.overlay >= 0x80 {
            return reject_parity(frame, origin, out);
        }
        let address = Address::icao(frame.announced());
        // A code may be damage as well, so it vouches for nothing.
        let verified = if frame.overlay == 0 {
            self.table.announced(address, when.moment);
            true
        } else {
            self.table.known(address, when.moment).is_some()
        };
        let body = Body::AllCall(AllCall::read(frame));
        tell(frame, address, verified, &body, None, when, origin, out);
        let kind = if verified {
            "all_call_reply"
        } else {
            "address_unverified"
        };
        out.skip(origin.record, kind);
    }

    /// Extended squitter.
    fn squitter(&mut self, frame: Frame, when: When, origin: &Origin<'_>, out: &mut Output) {
        if frame.overlay != 0 {
            return reject_parity(frame, origin, out);
        }
        let Emitter {
            address, source, ..
        } = Emitter::of(frame, when.mlat);
        let Self {
            options,
            table,
            emergencies,
            ..
        } = self;
        let announcement = Announcement::read(frame);
        if let Some(kind) = other_form(frame) {
            let body = Body::Squitter(announcement);
            tell(frame, address, false, &body, None, when, origin, out);
            return out.skip(origin.record, kind);
        }
        let nearby = Nearby {
            receiver: options.reference,
            middle: table.middle(),
        };
        let now = when.moment;
        let own = table.announced(address, now);
        let mut draft = normalise::draft(address, source, when.time);
        let Told { kind, place, signs } =
            take(&announcement.squitter, frame, own, &mut draft, now, nearby);
        report(emergencies, signs, address, own, when, origin, out);
        if let Some(at) = draft
            .position
            .filter(|_| !matches!(source, PositionSource::Radar))
        {
            table.note(at);
        }
        let body = Body::Squitter(announcement);
        tell(frame, address, true, &body, place, when, origin, out);
        give(draft, kind, origin, out);
    }
}

/// What a squitter came to beside its draft.
struct Told {
    /// The kind under which it is counted where it gives none.
    kind: &'static str,
    place: Option<Place>,
    signs: Signs,
}

/// Takes what a squitter says: into the draft, and into what is remembered of the aircraft.
fn take(
    squitter: &Squitter,
    frame: Frame,
    own: &mut Aircraft,
    draft: &mut PositionDraft,
    now: Moment,
    nearby: Nearby,
) -> Told {
    let code = typecode(frame.payload);
    let mut place = None;
    let mut signs = Signs::default();
    let mut kind = "squitter_other";
    match squitter {
        Squitter::Identification(told) => {
            own.callsign = Some(told.callsign);
            own.category = (told.category != 0).then_some(told.code);
            draft.call_sign = told.callsign.filled().map(Into::into);
            draft.kind_code = own.category.map(u16::from);
            kind = "squitter_identification";
        }
        Squitter::Surface(told) => {
            let located = surface(told, own, draft, now, nearby);
            (kind, place) = outcome(located, code, 0, own);
        }
        Squitter::Airborne(told) => {
            let located = airborne(told, own, draft, now, nearby);
            (kind, place) = outcome(located, code, small(frame.payload, 8, 1), own);
        }
        Squitter::Velocity(told) => {
            own.moves(told.ground_speed_kt, told.track_deg, now);
            if let Some(motion) = own.motion(now) {
                normalise::moving(draft, motion);
            }
            kind = "squitter_velocity";
        }
        Squitter::Status(told) => {
            signs.squawk = told.squawk;
            signs.state = told.emergency_state;
            kind = "squitter_status";
        }
        Squitter::Advisory(_) => kind = "squitter_advisory",
        Squitter::Target(told) => {
            own.nac_p = Some(told.nac_p());
            signs.state = told.emergency_state();
            kind = "squitter_target_state";
        }
        Squitter::Operational(told) => {
            own.version = Some(told.version);
            own.nic_a = told.nic_supplement_a;
            own.nic_c = told.nic_supplement_c().unwrap_or(0);
            // Version 0 has no accuracy category here.
            own.nac_p = (told.version > 0).then_some(told.nac_p);
            kind = "squitter_operational_status";
        }
        Squitter::Other {} => {}
    }
    Told { kind, place, signs }
}

/// Takes a position on the ground.
fn surface(
    told: &SurfacePosition,
    own: &mut Aircraft,
    draft: &mut PositionDraft,
    now: Moment,
    nearby: Nearby,
) -> Located {
    own.moves(told.ground_speed_kt, told.track_deg, now);
    let located = own.locate(told.cpr(), now, nearby);
    if let Located::At(at) = located {
        normalise::placed(draft, at, own, now);
    }
    located
}

/// Takes a position in the air.
fn airborne(
    told: &AirbornePosition,
    own: &mut Aircraft,
    draft: &mut PositionDraft,
    now: Moment,
    nearby: Nearby,
) -> Located {
    draft.alt_m = told
        .altitude_ft
        .map(|feet| normalise::metres(f64::from(feet)));
    let Some(cpr) = told.cpr() else {
        return Located::Pending;
    };
    let located = own.locate(cpr, now, nearby);
    if let Located::At(at) = located {
        normalise::placed(draft, at, own, now);
    }
    located
}

/// The kind under which a position without a draft is counted, and what is shown of it.
fn outcome(
    located: Located,
    typecode: u8,
    nic_b: u8,
    own: &Aircraft,
) -> (&'static str, Option<Place>) {
    let (kind, at) = match located {
        Located::At(at) => ("squitter_position", Some(at)),
        Located::Pending => ("position_pending", None),
        Located::Doubtful => ("position_doubtful", None),
    };
    // Before version 2 the bit of supplement B means something else.
    let nic_b = if own.version.is_some_and(|version| version >= 2) {
        nic_b
    } else {
        0
    };
    let place = Place {
        lat: at.map(LatLon::lat),
        lon: at.map(LatLon::lon),
        nic: normalise::nic(typecode, own.nic_a, nic_b, own.nic_c),
    };
    (kind, Some(place))
}

/// The moment nearest to `at` with this time of day: 18 bits of seconds, 30 of nanoseconds.
fn time_of_day(stamp: u64, at: Time) -> Option<Time> {
    let seconds = i64::try_from(stamp >> 30).ok()?;
    let nanoseconds = i64::try_from(stamp & 0x3fff_ffff).ok()?;
    if seconds > 86_400 || nanoseconds >= 1_000_000_000 {
        return None;
    }
    let own = seconds * 1_000_000 + nanoseconds / 1_000;
    let now = at.as_micros();
    let ahead = (own - now.rem_euclid(DAY_US) + DAY_US / 2).rem_euclid(DAY_US) - DAY_US / 2;
    Some(Time::from_micros(now + ahead))
}

/// Shows the fields, where they are asked for.
#[expect(clippy::too_many_arguments, reason = "all that a line shows")]
fn tell(
    frame: Frame,
    address: Address,
    verified: bool,
    body: &Body,
    place: Option<Place>,
    when: When,
    origin: &Origin<'_>,
    out: &mut Output,
) {
    if !out.wants_decoded() {
        return;
    }
    let announced = matches!(frame.df(), 17 | 18);
    let decibels = |level: u8| (200.0 * (f64::from(level) / 255.0).log10()).round() / 10.0;
    let envelope = Envelope {
        timestamp: origin.timestamp,
        mlat: when.mlat.then_some(true),
        heard_at: when.time,
        signal_level: origin.signal,
        rssi_dbfs: origin.signal.filter(|level| *level != 0).map(decibels),
    };
    out.fields(origin.record, || Details {
        df: frame.df(),
        icao: Hex::address(address.number()),
        address_type: announced.then(|| Emitter::of(frame, when.mlat).name),
        icao_verified: verified,
        crc_valid: match frame.df() {
            11 | 17 | 18 => Some(true),
            19 => Some(frame.overlay == 0),
            _ => None,
        },
        envelope: &envelope,
        body,
        place,
    });
}

/// Gives a draft out where it says anything, else counts the frame.
fn give(draft: PositionDraft, kind: &'static str, origin: &Origin<'_>, out: &mut Output) {
    let says = draft.position.is_some()
        || draft.alt_m.is_some()
        || draft.speed_mps.is_some()
        || draft.call_sign.is_some()
        || draft.kind_code.is_some();
    if says {
        out.draft(origin.record, Draft::Position(draft));
        return;
    }
    // A report may have come of it.
    let reported = out.drafts.last().map(|last| last.record) == Some(origin.record);
    if !reported {
        out.skip(origin.record, kind);
    }
}

/// Gives a report out where an emergency begins or ends with this frame.
fn report(
    emergencies: &mut Emergencies,
    signs: Signs,
    address: Address,
    own: &Aircraft,
    when: When,
    origin: &Origin<'_>,
    out: &mut Output,
) {
    if signs == Signs::default() {
        return;
    }
    let sender = Sender {
        address,
        callsign: own.callsign.as_ref().and_then(|sign| sign.filled()),
        place: own.place(when.moment),
        at: when.time.unwrap_or(origin.at),
    };
    if let Some(report) = emergencies.take(signs, &sender) {
        let draft = Draft::Report(Box::new(report));
        out.draft_from(origin.record, draft, origin.offset, origin.raw);
    }
}

#[cold]
fn reject_form(fault: FrameFault, length: usize, origin: &Origin<'_>, out: &mut Output) {
    let reason = match fault {
        FrameFault::Length => RejectReason::new(
            "frame_length",
            format!("{length} bytes, a frame has 7 or 14"),
        ),
        FrameFault::Cut => RejectReason::new(
            "truncated",
            "7 bytes of a downlink format that has 14".to_owned(),
        ),
    };
    out.reject(origin.record, origin.offset, reason, origin.raw);
}

#[cold]
fn reject_parity(frame: Frame, origin: &Origin<'_>, out: &mut Output) {
    let detail = format!("DF{}: the parity leaves {:06x}", frame.df(), frame.overlay);
    let reason = RejectReason::new("parity", detail);
    out.reject(origin.record, origin.offset, reason, origin.raw);
}
