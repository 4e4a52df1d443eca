//! From lines to drafts. Position and velocity of an aircraft come in lines of their own, so that what was heard a moment
//! ago goes with the next position.

use jiff::tz::TimeZone;
use oneroof_model::{Draft, HeartbeatDraft, PositionDraft, PositionSource, Time};

use super::line::{Fault, Kind, Record};
use crate::contract::{Decoder, Output, RejectReason};
use crate::formats::mode_s::{
    Address, Callsign, Emergencies, Moment, Sender, Signs, Table, draft, metres, moving, placed,
};
use crate::framing::{Line, Lines};

/// Decoder of one connection or file.
pub(super) struct SbsDecoder {
    lines: Lines,
    core: Core,
}

/// All state but the framing.
struct Core {
    zone: TimeZone,
    table: Table,
    emergencies: Emergencies,
    record: u64,
}

impl SbsDecoder {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self {
            lines: Lines::default(),
            core: Core {
                zone,
                table: Table::default(),
                emergencies: Emergencies::default(),
                record: 0,
            },
        }
    }
}

impl Decoder for SbsDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        let Self { lines, core } = self;
        lines.push(bytes, |line| core.line(line, at, out));
    }

    fn end_datagram(&mut self, at: Time, out: &mut Output) {
        self.push(b"\n", at, out);
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        let Self { lines, core } = self;
        lines.finish(|line| core.line(line, at, out));
    }
}

/// Where a line came from.
#[derive(Clone, Copy)]
struct Origin<'a> {
    record: u64,
    offset: u64,
    raw: &'a [u8],
    at: Time,
}

impl Core {
    fn line(&mut self, line: Line<'_>, at: Time, out: &mut Output) {
        let record = self.record;
        self.record += 1;
        let (offset, raw) = match line {
            Line::Whole { offset, bytes } => (offset, bytes),
            Line::TooLong { offset, head } => {
                let reason = RejectReason::new("line_too_long", "a line beyond 4096 bytes");
                return out.reject(record, offset, reason, head);
            }
        };
        let Ok(text) = core::str::from_utf8(raw) else {
            let reason = RejectReason::new("encoding", "a line that is no UTF-8");
            return out.reject(record, offset, reason, raw);
        };
        let origin = Origin {
            record,
            offset,
            raw,
            at,
        };
        // A byte order mark begins some logs.
        match Record::read(text.trim_start_matches('\u{feff}'), &self.zone) {
            Ok(line) => self.take(&line, origin, out),
            Err(fault) => reject(&fault, origin, out),
        }
    }

    fn take(&mut self, line: &Record<'_>, origin: Origin<'_>, out: &mut Output) {
        out.fields(origin.record, || line);
        match (line.message_type, line.address) {
            (Kind::Clock, _) => {
                let at = line.generated_at;
                out.draft(origin.record, Draft::Heartbeat(HeartbeatDraft { at }));
            }
            (Kind::Message | Kind::Mlat | Kind::Identified, Some(address)) => {
                self.aircraft(line, address, origin, out);
            }
            (Kind::Message | Kind::Mlat | Kind::Identified, None) => {
                out.skip(origin.record, "without_address");
            }
            (Kind::Selection, _) => out.skip(origin.record, "sbs_sel"),
            (Kind::New, _) => out.skip(origin.record, "sbs_air"),
            (Kind::Status, _) => out.skip(origin.record, "sbs_sta"),
        }
    }

    /// A line about an aircraft.
    fn aircraft(
        &mut self,
        line: &Record<'_>,
        address: Address,
        origin: Origin<'_>,
        out: &mut Output,
    ) {
        let Self {
            table, emergencies, ..
        } = self;
        let now = Moment {
            us: line.generated_at.unwrap_or(origin.at).as_micros(),
            frame: origin.record,
        };
        let own = table.announced(address, now);
        let source = match (line.message_type, address.is_icao()) {
            (Kind::Mlat, _) => PositionSource::Mlat,
            (_, true) => PositionSource::Adsb,
            (_, false) => PositionSource::Unknown,
        };
        let mut draft = draft(address, source, line.generated_at);
        if let Some(callsign) = line.callsign.and_then(Callsign::from_text) {
            own.callsign = Some(callsign);
            draft.call_sign = callsign.filled().map(Into::into);
        }
        if line.ground_speed_kt.is_some() {
            own.moves(line.ground_speed_kt, line.track_deg, now);
            if let Some(motion) = own.motion(now) {
                moving(&mut draft, motion);
            }
        }
        // On the ground senders write 0, which is no altitude.
        let altitude = line.altitude_ft.filter(|_| line.on_ground != Some(true));
        draft.alt_m = altitude.map(metres);
        if let Some(at) = line.position {
            own.stands(at, now);
            placed(&mut draft, at, own, now);
        }
        let signs = signs(line);
        if signs != Signs::default() {
            let sender = Sender {
                address,
                callsign: own.callsign.as_ref().and_then(|sign| sign.filled()),
                place: own.place(now),
                at: line.generated_at.unwrap_or(origin.at),
            };
            if let Some(report) = emergencies.take(signs, &sender) {
                let draft = Draft::Report(Box::new(report));
                out.draft_from(origin.record, draft, origin.offset, origin.raw);
            }
        }
        give(draft, line, origin, out);
    }
}

/// What a line says of an emergency: by its squawk, or by the flag where the squawk is not there.
fn signs(line: &Record<'_>) -> Signs {
    let state = match (line.squawk, line.emergency) {
        (None, Some(set)) => Some(u8::from(set)),
        _ => None,
    };
    Signs {
        squawk: line.squawk,
        state,
    }
}

/// Gives a draft out where it says anything, else counts the line.
fn give(draft: PositionDraft, line: &Record<'_>, origin: Origin<'_>, out: &mut Output) {
    let says = draft.position.is_some()
        || draft.alt_m.is_some()
        || draft.speed_mps.is_some()
        || draft.call_sign.is_some();
    let reported = out.drafts.last().map(|last| last.record) == Some(origin.record);
    if says {
        out.draft(origin.record, Draft::Position(draft));
    } else if !reported {
        let kind = match line.transmission_type {
            Some(1) => "sbs_msg_1",
            Some(2) => "sbs_msg_2",
            Some(3) => "sbs_msg_3",
            Some(4) => "sbs_msg_4",
            Some(5) => "sbs_msg_5",
            Some(6) => "sbs_msg_6",
            Some(7) => "sbs_msg_7",
            Some(8) => "sbs_msg_8",
            _ => "sbs_other",
        };
        out.skip(origin.record, kind);
    }
}

#[cold]
fn reject(fault: &Fault, origin: Origin<'_>, out: &mut Output) {
    let reason = match fault {
        Fault::Kind => RejectReason::new("unknown_line", "begins with no word of BaseStation"),
        Fault::Fields(count) => {
            RejectReason::new("fields", format!("{count} fields, a line has 10 to 22"))
        }
        Fault::Value(name) => RejectReason::new(
            "bad_value",
            format!("the field {name} has no possible value"),
        ),
    };
    out.reject(origin.record, origin.offset, reason, origin.raw);
}
