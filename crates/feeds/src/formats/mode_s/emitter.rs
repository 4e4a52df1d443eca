//! Who sends an extended squitter: the aircraft itself, somebody who rebroadcasts it, or a radar (ICAO Annex 10
//! Vol IV, 3.1.2.8.7).

use oneroof_model::PositionSource;

use super::bits::flag;
use super::codes::Address;
use super::frame::Frame;
use super::squitter::typecode;

/// Who sends a squitter, and what he knows it from.
pub(super) struct Emitter {
    pub address: Address,
    pub source: PositionSource,
    /// As dump1090 and its successors name it.
    pub name: &'static str,
}

impl Emitter {
    /// By downlink format, control field (Annex 10 Vol IV, 3.1.2.8.7.2) and address flag.
    pub(super) fn of(frame: Frame, mlat: bool) -> Self {
        let number = frame.announced();
        let radar = PositionSource::Radar;
        // Of coarse positions it is the first bit.
        let flagged = match frame.third() {
            3 => flag(frame.payload, 1),
            _ => has_flag(frame.payload),
        };
        let (other, source, name) = match (frame.df(), frame.third()) {
            (17, _) => (false, PositionSource::Adsb, "adsb_icao"),
            (_, 0) => (false, PositionSource::Adsb, "adsb_icao_nt"),
            (_, 1) => (true, PositionSource::Adsb, "adsb_other"),
            (_, 2 | 3) if !flagged => (false, radar, "tisb_icao"),
            (_, 2 | 3) => (true, radar, "tisb_trackfile"),
            (_, 5) => (true, radar, "tisb_other"),
            (_, 6) if !flagged => (false, PositionSource::Adsb, "adsr_icao"),
            (_, 6) => (true, PositionSource::Adsb, "adsr_other"),
            _ => (true, PositionSource::Unknown, "unknown"),
        };
        Self {
            address: if other {
                Address::other(number)
            } else {
                Address::icao(number)
            },
            source: if mlat { PositionSource::Mlat } else { source },
            name: if mlat { "mlat" } else { name },
        }
    }
}

/// The flag of rebroadcast messages that the address is none of ICAO (IMF; DO-260B, 2.2.17 and 2.2.18).
fn has_flag(me: u64) -> bool {
    match typecode(me) {
        5..=8 => flag(me, 21),
        0 | 9..=18 | 20..=22 => flag(me, 8),
        19 => flag(me, 9),
        28 | 31 => flag(me, 56),
        29 => flag(me, 51),
        _ => false,
    }
}

/// The kind of a squitter whose control field says that it is not in the form of ADS-B (3.1.2.8.7.2).
pub(super) fn other_form(frame: Frame) -> Option<&'static str> {
    match (frame.df(), frame.third()) {
        (18, 3) => Some("tisb_coarse"),
        (18, 4) => Some("tisb_management"),
        (18, 7) => Some("control_field_reserved"),
        _ => None,
    }
}
