//! Sentences that are made here are read as they were meant.

use jiff::Timestamp;
use oneroof_model::{LatLon, TrackIdent};
use oneroof_sim::{Channel, ClassA, Motion, Particulars, base_station};
use proptest::prelude::*;

use crate::common::{decode, noon, positions};

prop_compose! {
    fn motion()(
        mmsi in 201_000_000_u32..776_000_000, lat in -89.9..89.9f64, lon in -179.9..179.9f64,
        speed_kn in 0.0..102.0f64, course_deg in 0.0..360.0f64, second in 0_u8..60,
    ) -> Motion {
        Motion { mmsi, at: LatLon::new(lat, lon).unwrap(), speed_kn, course_deg, second }
    }
}

proptest! {
    #[test]
    fn a_position_comes_back_from_the_decoder_as_it_was_sent(
        m in motion(), status in 0_u8..15, class_a in any::<bool>(), special in any::<bool>(),
    ) {
        let message = if special { ClassA::Special } else { ClassA::Scheduled };
        let text = if class_a { m.class_a(message, status, Channel::A) } else { m.class_b(Channel::B) };
        let out = decode("coast-ais", &text, noon());
        prop_assert!(out.rejects.is_empty(), "{:?}", out.rejects);
        let drafts = positions(&out);
        prop_assert_eq!(drafts.len(), 1);
        let p = &drafts[0];
        prop_assert_eq!(&p.track.ident, &TrackIdent::Number(m.mmsi));
        prop_assert!(p.position.unwrap().distance_m(m.at) < 0.2);
        prop_assert!((f64::from(p.speed_mps.unwrap()) - m.speed_kn * 1_852.0 / 3_600.0).abs() < 0.03);
        let turn = (f64::from(p.course_deg.unwrap()) - m.course_deg + 540.0).rem_euclid(360.0) - 180.0;
        prop_assert!(turn.abs() < 0.06, "{turn}");
        if class_a {
            prop_assert_eq!(p.nav_status, Some(status));
        }
    }

    #[test]
    fn a_ship_is_called_what_it_says(
        mmsi in 201_000_000_u32..776_000_000, name in "[A-Z][A-Z0-9 ]{0,18}[A-Z]", call_sign in "[A-Z0-9]{3,7}",
        kind in 1_u8..100, length_m in 2_u16..400, destination in "[A-Z]{3,20}", sequence in 0_u8..10,
        class_a in any::<bool>(),
    ) {
        let ship = Particulars { mmsi, name, call_sign, kind, length_m, destination };
        let text = if class_a { ship.class_a(sequence, Channel::A) } else { ship.class_b(Channel::B) };
        let out = decode("coast-ais", &text, noon());
        prop_assert!(out.rejects.is_empty(), "{:?}", out.rejects);
        let drafts = positions(&out);
        let name = drafts.iter().find_map(|p| p.name.as_deref());
        prop_assert_eq!(name, Some(ship.name.as_str()));
        let sign = drafts.iter().find_map(|p| p.call_sign.as_deref());
        prop_assert_eq!(sign, Some(ship.call_sign.as_str()));
        prop_assert_eq!(drafts.iter().find_map(|p| p.kind_code), Some(u16::from(kind)));
        prop_assert_eq!(drafts.iter().find_map(|p| p.length_m), Some(length_m));
        if class_a {
            let to = drafts.iter().find_map(|p| p.destination.as_deref());
            prop_assert_eq!(to, Some(ship.destination.as_str()));
        }
    }

    #[test]
    fn a_base_station_is_where_it_says(lat in -89.9..89.9f64, lon in -179.9..179.9f64, s in 0_i64..2_000_000_000) {
        let at = LatLon::new(lat, lon).unwrap();
        let text = base_station(2_723_660, at, Timestamp::from_second(s).unwrap(), Channel::B);
        let out = decode("coast-ais", &text, noon());
        prop_assert!(out.rejects.is_empty(), "{:?}", out.rejects);
        let drafts = positions(&out);
        prop_assert!(drafts.iter().any(|p| p.position.is_some_and(|q| q.distance_m(at) < 0.2)), "{:?}", out);
    }
}
