//! From messages to drafts: units of the model.

use oneroof_model::{LatLon, PositionDraft, PositionSource, Time};

use super::aircraft::{Aircraft, Moment, Motion};
use super::codes::Address;

/// Metres a second in a knot: 1852 m an hour (ISO 80000-3).
pub(in crate::formats) const MPS_PER_KNOT: f64 = 1852.0 / 3600.0;

/// Metres in a foot.
pub(in crate::formats) const M_PER_FT: f64 = 0.3048;

/// Metres of circular error (95 %) of an accuracy category of position, 0 to 11 (DO-260B, table 2-71); nothing
/// where it is unknown or reserved.
pub(in crate::formats) const fn accuracy_m(nac_p: u8) -> Option<f32> {
    Some(match nac_p {
        1 => 18_520.0,
        2 => 7_408.0,
        3 => 3_704.0,
        4 => 1_852.0,
        5 => 926.0,
        6 => 555.6,
        7 => 185.2,
        8 => 92.6,
        9 => 30.0,
        10 => 10.0,
        11 => 3.0,
        _ => return None,
    })
}

/// A draft about an aircraft without any value yet.
pub(in crate::formats) fn draft(
    address: Address,
    source: PositionSource,
    at: Option<Time>,
) -> PositionDraft {
    let mut draft = PositionDraft::new(address.track());
    draft.at = at;
    draft.source = source;
    draft
}

/// A draft with its position, and with what the aircraft said of itself a moment ago: how it moves, who it is, how
/// well it knows where it is. A position alone would make a screen forget the speed.
pub(in crate::formats) fn placed(
    draft: &mut PositionDraft,
    at: LatLon,
    own: &Aircraft,
    now: Moment,
) {
    draft.position = Some(at);
    draft.ce_m = own.nac_p.and_then(accuracy_m);
    if let Some(motion) = own.motion(now) {
        moving(draft, motion);
    }
    let callsign = own.callsign.as_ref().and_then(|sign| sign.filled());
    draft.call_sign = callsign.map(Into::into);
    draft.kind_code = own.category.map(u16::from);
}

/// Speed and course.
pub(in crate::formats) fn moving(draft: &mut PositionDraft, motion: Motion) {
    draft.speed_mps = Some(narrow(motion.speed_kt * MPS_PER_KNOT));
    draft.course_deg = motion.track_deg.and_then(course_deg);
}

/// Metres of an altitude in feet.
pub(in crate::formats) fn metres(feet: f64) -> f32 {
    narrow(feet * M_PER_FT)
}

/// A direction as 0 to below 360.
pub(in crate::formats) fn course_deg(degrees: f64) -> Option<f32> {
    if !(0.0..=360.0).contains(&degrees) {
        return None;
    }
    let course = narrow(degrees);
    Some(if course >= 360.0 { 0.0 } else { course })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "measured values have fewer digits than a 32-bit float"
)]
pub(in crate::formats) const fn narrow(value: f64) -> f32 {
    value as f32
}

/// Navigation integrity category of a position by its type code and the supplements (DO-260B, table 2-69): of
/// those that one type code may stand for, the lowest where the supplements are not known.
pub(super) const fn nic(typecode: u8, nic_a: u8, nic_b: u8, nic_c: u8) -> Option<u8> {
    Some(match typecode {
        9 | 20 | 5 => 11,
        10 | 21 | 6 => 10,
        11 if nic_a == 1 && nic_b == 1 => 9,
        7 if nic_a == 1 => 9,
        7 | 11 => 8,
        12 => 7,
        13 => 6,
        14 => 5,
        15 => 4,
        16 if nic_a == 1 && nic_b == 1 => 3,
        16 => 2,
        17 => 1,
        18 | 22 => 0,
        8 => match (nic_a, nic_c) {
            (1, 1) => 7,
            (1, _) | (_, 1) => 6,
            _ => 0,
        },
        _ => return None,
    })
}
