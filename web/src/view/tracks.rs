//! A track's card, and where the tracks of a kind lie.

use oneroof_model::{Freshness, LatLon, Time, TrackDomain};
use oneroof_wire::TrackInfo;
use oneroof_wire::client::Picture;

use super::places::bounds;
use crate::map::symbols::track_freshness;

/// What the card of a track shows.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackCard {
    /// Identity.
    pub info: TrackInfo,
    /// Where.
    pub at: Option<LatLon>,
    /// When it was there.
    pub time: Option<Time>,
    /// Speed, knots.
    pub speed_kn: Option<f32>,
    /// Course, degrees.
    pub course_deg: Option<f32>,
    /// Heading, degrees.
    pub heading_deg: Option<f32>,
    /// Altitude, metres.
    pub alt_m: Option<f32>,
}

/// Knots in a metre a second (1852 m in 3600 s).
pub const KNOTS_PER_MPS: f32 = 3600.0 / 1852.0;

/// The card of a track; `None` once it left the picture.
pub fn card(picture: &Picture, handle: u32) -> Option<TrackCard> {
    let t = picture.tracks.get(&handle)?;
    let row = t.row.as_ref();
    Some(TrackCard {
        info: t.info.clone()?,
        at: row.map(|r| r.at),
        time: row.map(|r| r.time),
        speed_kn: row.and_then(|r| r.speed_mps).map(|v| v * KNOTS_PER_MPS),
        course_deg: row.and_then(|r| r.course_deg),
        heading_deg: row.and_then(|r| r.heading_deg),
        alt_m: row.and_then(|r| r.alt_m),
    })
}

/// The handle of a track by its name that lasts over sessions.
pub fn handle_of(picture: &Picture, domain: TrackDomain, ident: &str) -> Option<u32> {
    picture
        .tracks
        .iter()
        .find(|(_, t)| {
            t.info
                .as_ref()
                .is_some_and(|i| i.domain == domain && i.ident == ident)
        })
        .map(|(h, _)| *h)
}

/// South, west, north, east of the recorded tracks; `None` where there are none.
pub fn recorded_bounds(picture: &Picture) -> Option<[f64; 4]> {
    let recorded = picture
        .tracks
        .values()
        .filter(|t| t.info.as_ref().is_some_and(|i| i.recorded));
    bounds(recorded.filter_map(|t| t.row.as_ref().map(|r| r.at)))
}

/// Whether a track is as fresh as expected.
pub fn freshness_of(picture: &Picture, handle: u32, now: Time) -> Option<Freshness> {
    picture.tracks.get(&handle).map(|t| track_freshness(t, now))
}

/// Group of AIS ship types (ITU-R M.1371-5 table 53): the key of its name in the catalogue.
pub const fn ship_type_key(code: u16) -> &'static str {
    match code {
        20..=29 => "ship.wig",
        30 => "ship.fishing",
        31 | 32 => "ship.towing",
        33 => "ship.dredging",
        34 => "ship.diving",
        35 => "ship.military",
        36 => "ship.sailing",
        37 => "ship.pleasure",
        40..=49 => "ship.high_speed",
        50 => "ship.pilot",
        51 => "ship.sar",
        52 => "ship.tug",
        53 => "ship.tender",
        54 => "ship.anti_pollution",
        55 => "ship.law_enforcement",
        58 => "ship.medical",
        60..=69 => "ship.passenger",
        70..=79 => "ship.cargo",
        80..=89 => "ship.tanker",
        _ => "ship.other",
    }
}

#[cfg(test)]
mod tests {
    use oneroof_wire::client::ClientTrack;
    use oneroof_wire::columns::Row;

    use super::*;

    #[test]
    fn the_recorded_tracks_alone_make_the_extent_to_jump_to() {
        let mut p = Picture::default();
        for (h, lat, recorded) in [(1, -10.0, true), (2, 45.0, false), (3, -20.0, true)] {
            let json = format!(
                r#"{{"h":{h},"domain":"vessel","ident":"1","feed":"f","stale_s":1,"lost_s":2,"recorded":{recorded}}}"#
            );
            p.tracks.insert(
                h,
                ClientTrack {
                    info: Some(serde_json::from_str(&json).unwrap()),
                    row: Some(Row {
                        handle: h,
                        at: LatLon::new(lat, 110.0).unwrap(),
                        time: Time::EPOCH,
                        speed_mps: Some(10.0),
                        course_deg: None,
                        heading_deg: None,
                        alt_m: None,
                    }),
                },
            );
        }
        assert_eq!(recorded_bounds(&p), Some([-20.0, 110.0, -10.0, 110.0]));
        let c = card(&p, 1).unwrap();
        assert!((c.speed_kn.unwrap() - 19.438).abs() < 0.01);
        assert_eq!(card(&p, 9), None);
    }

    #[test]
    fn ship_types_have_names_by_their_tens() {
        assert_eq!(
            [30, 71, 89, 0].map(ship_type_key),
            ["ship.fishing", "ship.cargo", "ship.tanker", "ship.other"]
        );
    }
}
