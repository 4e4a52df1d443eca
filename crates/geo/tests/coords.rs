//! Coordinates as people write them: known values and round trips.

use std::str::FromStr as _;

use oneroof_geo::{
    AngleForm, Mgrs, MgrsPrecision, Utm, format_angles, parse_angles, parse_position,
};
use oneroof_model::LatLon;
use proptest::prelude::*;

fn at(lat: f64, lon: f64) -> LatLon {
    LatLon::new(lat, lon).expect("a position")
}

/// Latitude, longitude, MGRS at 1 m, UTM easting and northing.
///
/// The first row is printed in the manual of `GeoConvert` (`GeographicLib`); the others were computed with PROJ
/// (EPSG:326xx, 327xx) and with NGA's GEOTRANS code: Kyiv, Lviv oblast, Odesa, Solotvyno, Sydney, the two zone
/// exceptions of Norway and Svalbard, New York, the equator from both sides, Honolulu, both sides of the
/// antimeridian's and Greenwich's zone, Ushuaia.
const KNOWN: [(f64, f64, &str, f64, f64); 15] = [
    (33.3, 44.4, "38S MB 44140 84706", 444_140.545, 3_684_706.356),
    (
        50.4501,
        30.5234,
        "36U UA 24182 91607",
        324_182.209,
        5_591_607.607,
    ),
    (48.0, 24.0, "35U KP 76224 20655", 276_224.085, 5_320_655.789),
    (
        46.4854,
        30.7438,
        "36T US 26833 50454",
        326_833.443,
        5_150_454.243,
    ),
    (
        47.9483,
        23.8893,
        "34T GU 15734 14594",
        715_734.734,
        5_314_594.704,
    ),
    (
        -33.8568,
        151.2153,
        "56H LH 34900 52288",
        334_900.570,
        6_252_288.753,
    ),
    (60.5, 5.3, "32V KN 96817 12810", 296_817.425, 6_712_810.072),
    (
        78.2232,
        15.6267,
        "33X WG 14278 83355",
        514_278.715,
        8_683_355.470,
    ),
    (
        40.6892,
        -74.0445,
        "18T WL 80735 04695",
        580_735.871,
        4_504_695.165,
    ),
    (0.0, 0.0, "31N AA 66021 00000", 166_021.443, 0.0),
    (
        -0.0001,
        -78.5,
        "17M QV 78276 99988",
        778_276.317,
        9_999_988.936,
    ),
    (
        21.4098,
        -157.916,
        "4Q FJ 12353 67890",
        612_353.412,
        2_367_890.427,
    ),
    (
        71.9,
        179.9,
        "60W XE 00524 80197",
        600_524.389,
        7_980_197.127,
    ),
    (
        51.4778,
        -0.0014,
        "30U YC 08220 07224",
        708_220.893,
        5_707_224.827,
    ),
    (
        -54.8,
        -68.3,
        "19F EV 45000 27239",
        545_000.053,
        3_927_239.381,
    ),
];

#[test]
fn known_positions_have_their_published_grid_references() {
    for (lat, lon, mgrs, easting_m, northing_m) in KNOWN {
        let utm = Utm::of(at(lat, lon)).unwrap();
        assert!((utm.easting_m - easting_m).abs() < 0.001, "{mgrs}: {utm:?}");
        assert!(
            (utm.northing_m - northing_m).abs() < 0.001,
            "{mgrs}: {utm:?}"
        );
        let square = Mgrs::of(at(lat, lon), MgrsPrecision::M1).unwrap();
        assert_eq!(square.to_string(), mgrs);
        let back = Mgrs::from_str(mgrs).unwrap().center().unwrap();
        assert!(back.distance_m(at(lat, lon)) < 0.8, "{mgrs} {back:?}");
    }
}

#[test]
fn a_reference_is_read_however_it_is_spaced() {
    let written = [
        "36U UA 24182 91607",
        "36UUA2418291607",
        " 36u ua 24182 91607 ",
    ];
    for text in written {
        assert_eq!(
            Mgrs::from_str(text).unwrap().to_string(),
            "36U UA 24182 91607"
        );
    }
    assert_eq!(Mgrs::from_str("04QFJ").unwrap().to_string(), "4Q FJ");
}

#[test]
fn squares_that_do_not_exist_are_refused() {
    let wrong = [
        "",
        "36U",
        "36U UA 1",
        "36U UA 123",
        "61U UA 11",
        "0U UA 11",
        "36I UA 11",
        "36U IA 11",
        "36U JA 11",
        "36U UW 11",
        "36U UA 123456 123456",
        "36U UA 1x",
        "AB 12",
        "ZAH 12",
        "36Ü UA 11",
        "36U UN 1 1",
    ];
    for text in wrong {
        assert!(Mgrs::from_str(text).is_err(), "{text}");
    }
}

#[test]
fn utm_takes_units_and_refuses_a_wrong_band() {
    let utm = Utm::from_str("36U 324182mE 5591607mN").unwrap();
    assert_eq!(utm.to_string(), "36U 324182 5591607");
    assert!(utm.to_lat_lon().unwrap().distance_m(at(50.4501, 30.5234)) < 1.0);
    assert!(
        Utm::from_str("36T 324182 5591607").is_err(),
        "the band is U"
    );
    assert!(Utm::from_str("36U 324182").is_err());
    assert!(Utm::from_str("36U 324182 5591607 7").is_err());
    assert!(Utm::from_str("36U nan inf").is_err());
}

#[test]
fn the_poles_have_no_utm() {
    assert!(Utm::of(at(84.1, 0.0)).is_none() && Utm::of(at(-80.1, 0.0)).is_none());
    assert!(Mgrs::of(at(90.0, 0.0), MgrsPrecision::M1).is_none());
}

#[test]
fn angles_are_written_in_three_forms() {
    let p = at(47.948_3, -23.889_3);
    assert_eq!(
        format_angles(p, AngleForm::Decimal),
        "47.94830° N, 23.88930° W"
    );
    assert_eq!(
        format_angles(p, AngleForm::Minutes),
        "47°56.898′ N, 023°53.358′ W"
    );
    assert_eq!(
        format_angles(p, AngleForm::Seconds),
        "47°56′53.9″ N, 023°53′21.5″ W"
    );
}

#[test]
fn seconds_never_round_up_to_sixty() {
    let p = at(47.999_999_9, 0.0);
    assert_eq!(
        format_angles(p, AngleForm::Seconds),
        "48°00′00.0″ N, 000°00′00.0″ E"
    );
}

#[test]
fn one_place_is_read_in_all_its_writings() {
    let expected = at(47.948_306, 23.889_306);
    let writings = [
        "47.948306, 23.889306",
        "47.948306 23.889306",
        "47,948306 23,889306",
        "47,948306, 23,889306",
        "47,948306; 23,889306",
        "47.948306,23.889306",
        "N 47 56 53.9 E 23 53 21.5",
        "47 56 53.9 N 23 53 21.5 E",
        "47°56'53.9\"N 23°53'21.5\"E",
        "47°56′53,9″ пн. ш. 23°53′21,5″ сх. д.",
        "23°53′21,5″ сх.д., 47°56′53,9″ пн.ш.",
        "Пн 47°56,8984' Сх 23°53,3584'",
        "E23.889306 N47.948306",
        "47°56.8984'N 023°53.3584'E",
        "475653.9N0235321.5E",
        "4756.8984N 02353.3584E",
        "47 56 53.9, 23 53 21.5",
        "+47.948306 +23.889306",
    ];
    for text in writings {
        let read = parse_angles(text).unwrap_or_else(|e| panic!("{e}"));
        assert!(read.distance_m(expected) < 1.0, "{text}: {read:?}");
    }
    let south_west = parse_angles("-33.5, -70.25").unwrap();
    assert_eq!(south_west, at(-33.5, -70.25));
    assert_eq!(
        parse_angles("33°30′ пд. ш. 70°15′ зх. д.").unwrap(),
        south_west
    );
}

#[test]
fn what_is_no_position_is_refused() {
    let wrong = [
        "",
        "48",
        "48.0",
        "N48",
        "N48 N24",
        "48 N 24 N",
        "48.5.5 24",
        "91 24",
        "48 181",
        "48 61 0, 24 0 0",
        "48 0 61, 24 0 0",
        "48.5 30 24 0",
        "N-48 E24",
        "48 24 7",
        "forty-eight",
        "48N 24E 7",
        "1e3 2",
    ];
    for text in wrong {
        assert!(
            parse_angles(text).is_err(),
            "{text}: {:?}",
            parse_angles(text)
        );
    }
}

#[test]
fn any_form_is_told_apart() {
    let expected = at(50.4501, 30.5234);
    for text in [
        "36UUA2418291607",
        "36U 324182 5591607",
        "50.4501 30.5234",
        "50°27′00.4″N 30°31′24.2″E",
    ] {
        assert!(
            parse_position(text).unwrap().distance_m(expected) < 3.0,
            "{text}"
        );
    }
    let error = parse_position("somewhere").unwrap_err().to_string();
    assert_eq!(
        error,
        "not a position in MGRS, UTM or latitude and longitude: \"somewhere\""
    );
}

proptest! {
    #[test]
    fn utm_there_and_back_is_the_same_place(lat in -80.0..84.0f64, lon in -180.0..=180.0f64) {
        let p = at(lat, lon);
        let back = Utm::of(p).unwrap().to_lat_lon().unwrap();
        prop_assert!(p.distance_m(back) < 1e-5, "{:?} {:?}", p, back);
    }

    #[test]
    fn a_position_lies_in_its_own_square(
        lat in -80.0..84.0f64, lon in -180.0..=180.0f64,
        precision in prop::sample::select(vec![
            MgrsPrecision::Km10, MgrsPrecision::Km1, MgrsPrecision::M100, MgrsPrecision::M10, MgrsPrecision::M1,
        ]),
    ) {
        let p = at(lat, lon);
        let text = Mgrs::of(p, precision).unwrap().to_string();
        let square = Mgrs::from_str(&text).unwrap();
        prop_assert_eq!(square.to_string(), text);
        // Half the diagonal, and the scale of the grid (0.9996 to 1.001; up to 1.002 in the wide zones).
        let reach = f64::from(precision.side_m()) * std::f64::consts::FRAC_1_SQRT_2 * 1.01 + 0.01;
        prop_assert!(square.center().unwrap().distance_m(p) <= reach);
    }

    #[test]
    fn angles_there_and_back_are_the_same_place(
        lat in -90.0..=90.0f64, lon in -180.0..=180.0f64,
        form in prop::sample::select(vec![AngleForm::Decimal, AngleForm::Minutes, AngleForm::Seconds]),
    ) {
        let p = at(lat, lon);
        let back = parse_angles(&format_angles(p, form)).unwrap();
        prop_assert!(p.distance_m(back) < 2.5, "{:?} {:?}", p, back);
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in ".{0,40}", digits in "[0-9NSEWnsew °'.,;+-]{0,30}") {
        for read in [parse_position(&text), parse_position(&digits)].into_iter().flatten() {
            prop_assert!(read.lat().is_finite());
        }
    }
}
