//! What a history does.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

use oneroof_model::{LatLon, Time, TrackDomain, TrackIdent, TrackKey};

use crate::{History, HistoryPoint, NearAsked};

/// 2026-11-23T00:00:00Z and so many seconds.
const fn at(seconds: i64) -> Time {
    Time::from_secs(1_795_392_000).plus_secs(seconds)
}

fn point(track: &TrackKey, seconds: i64, lat: f64) -> HistoryPoint {
    HistoryPoint {
        track: track.clone(),
        at: at(seconds),
        position: LatLon::new(lat, 30.7).unwrap(),
        speed_mps: Some(5.25),
        course_deg: None,
    }
}

/// Times and presence are exact; positions to 1e-6 degree, speed to 5 cm/s.
fn assert_same(got: &HistoryPoint, put: &HistoryPoint) {
    assert_eq!((&got.track, got.at), (&put.track, put.at));
    assert!((got.position.lat() - put.position.lat()).abs() < 1e-6);
    assert!((got.position.lon() - put.position.lon()).abs() < 1e-6);
    assert_eq!(got.course_deg, put.course_deg);
    assert!((got.speed_mps.unwrap() - put.speed_mps.unwrap()).abs() < 0.05);
}

/// Added in any order, over midnight.
pub async fn points_come_back_oldest_first_within_their_bounds<H: History>(h: &H) {
    let ship = TrackKey::vessel(272_000_001);
    let all = vec![
        point(&ship, 86_410, 45.3),
        point(&ship, 10, 45.123_456_7),
        point(&ship, 86_390, 45.2),
    ];
    h.add(all.clone()).await.unwrap();
    h.add(Vec::new()).await.unwrap();
    let got = h
        .of_track(ship.clone(), at(0), at(90_000), 100)
        .await
        .unwrap();
    assert_eq!(got.len(), 3);
    for (got, put) in got.iter().zip([&all[1], &all[2], &all[0]]) {
        assert_same(got, put);
    }
    let got = h
        .of_track(ship.clone(), at(10), at(86_410), 100)
        .await
        .unwrap();
    assert_eq!(got.len(), 2, "the start is within, the end without");
    let got = h.of_track(ship.clone(), at(20), at(10), 100).await.unwrap();
    assert!(got.is_empty());
    let other = TrackKey::vessel(1);
    assert!(
        h.of_track(other, at(0), at(90_000), 9)
            .await
            .unwrap()
            .is_empty()
    );

    h.add(vec![point(&ship, 10, 46.0)]).await.unwrap();
    let got = h.of_track(ship, at(0), at(20), 100).await.unwrap();
    assert_eq!(got.len(), 1, "one point at a moment, the later said");
    assert!((got[0].position.lat() - 46.0).abs() < 1e-6);
}

/// The domain is part of the key, and so is the kind of identifier.
pub async fn tracks_of_one_number_in_two_domains_are_two<H: History>(h: &H) {
    let key = |domain| TrackKey {
        domain,
        ident: TrackIdent::Number(7),
    };
    let (ship, plane) = (key(TrackDomain::Vessel), key(TrackDomain::Aircraft));
    let unit = TrackKey::text(TrackDomain::Unit, "7");
    let all = [&ship, &plane, &unit].map(|t| point(t, 10, 45.0)).to_vec();
    h.add(all).await.unwrap();
    for track in [ship, plane, unit] {
        let got = h.of_track(track.clone(), at(0), at(20), 9).await.unwrap();
        assert_eq!(got.len(), 1, "{track:?}");
        assert_eq!(got[0].track, track);
    }
}

/// A trail on a screen has a bounded number of points.
pub async fn more_than_the_limit_is_thinned_evenly_with_both_ends<H: History>(h: &H) {
    let ship = TrackKey::vessel(272_000_002);
    h.add((0..1_000).map(|n| point(&ship, n, 45.0)).collect())
        .await
        .unwrap();
    let got = h.of_track(ship, at(0), at(1_000), 11).await.unwrap();
    let seconds: Vec<_> = got
        .iter()
        .map(|p| p.at.as_secs() - at(0).as_secs())
        .collect();
    assert_eq!(seconds.len(), 11);
    assert_eq!((seconds[0], seconds[10]), (0, 999));
    assert!(
        seconds
            .windows(2)
            .all(|w| (99..=101).contains(&(w[1] - w[0]))),
        "{seconds:?}"
    );
}

/// Only days that are wholly over are thinned, and a day that was thinned takes late points and is thinned again.
pub async fn the_thinning_keeps_the_first_point_of_each_span<H: History>(h: &H) {
    let (ship, other) = (TrackKey::vessel(272_000_004), TrackKey::vessel(272_000_005));
    let tens = |track: &TrackKey, from: i64| -> Vec<HistoryPoint> {
        (0..18).map(|n| point(track, from + 10 * n, 45.0)).collect()
    };
    h.add(tens(&ship, 5)).await.unwrap();
    h.add(tens(&other, 0)).await.unwrap();
    h.add(tens(&ship, 86_400 + 5)).await.unwrap();
    let seconds = async |track: &TrackKey| -> Vec<i64> {
        let got = h.of_track(track.clone(), at(0), at(999_999), 999).await;
        let seconds = |p: &HistoryPoint| p.at.as_secs() - at(0).as_secs();
        got.unwrap().iter().map(seconds).collect()
    };

    assert_eq!(h.thin(at(86_400 + 3_600), 60).await.unwrap(), 2 * 15);
    assert_eq!(seconds(&other).await, [0, 60, 120]);
    let ours = seconds(&ship).await;
    assert_eq!(ours[..3], [5, 65, 125], "the first of each minute");
    assert_eq!(ours.len(), 3 + 18, "the day that goes on is whole");
    assert_eq!(h.thin(at(86_400 + 3_600), 60).await.unwrap(), 0);

    h.add(vec![point(&other, 15, 46.0)]).await.unwrap();
    assert_eq!(h.thin(at(86_400 + 3_600), 60).await.unwrap(), 1);
    assert_eq!(seconds(&other).await, [0, 60, 120]);
    assert_eq!(h.thin(at(86_400 + 3_600), 120).await.unwrap(), 2);
    assert_eq!(seconds(&other).await, [0, 120]);
}

/// The day of the moment itself stays.
pub async fn the_retention_drops_whole_days<H: History>(h: &H) {
    let ship = TrackKey::vessel(272_000_003);
    let days = [0, 1, 2]
        .map(|d| point(&ship, d * 86_400 + 5, 45.0))
        .to_vec();
    h.add(days).await.unwrap();
    assert_eq!(h.retain(at(2 * 86_400 + 50)).await.unwrap(), 2);
    let got = h
        .of_track(ship.clone(), at(0), at(999_999), 9)
        .await
        .unwrap();
    assert_eq!(got.len(), 1);
    assert_eq!(h.retain(at(2 * 86_400 + 50)).await.unwrap(), 0);
    h.add(vec![point(&ship, 5, 45.0)]).await.unwrap();
    let got = h.of_track(ship, at(0), at(999_999), 9).await.unwrap();
    assert_eq!(got.len(), 2, "a late point makes its day again");
}

/// Looks around 45.0 N, 30.7 E in `[from, to)` seconds of the day.
fn around(radius_m: f64, from: i64, to: i64) -> NearAsked {
    NearAsked {
        center: LatLon::new(45.0, 30.7).unwrap(),
        radius_m,
        from: at(from),
        to: at(to),
        tracks: 100,
        work: 10_000,
    }
}

/// Each track once, with its nearest point; over midnight, and whatever its domain.
pub async fn what_was_near_a_place_is_told_nearest_first<H: History>(h: &H) {
    let (ship, other, far) = (
        TrackKey::vessel(272_000_006),
        TrackKey::vessel(272_000_007),
        TrackKey::vessel(272_000_008),
    );
    let boat = TrackKey::text(TrackDomain::Unit, "BG-1");
    let mut all = vec![
        // 1 112 m, 111 m and 556 m to the north of the place.
        point(&ship, 86_380, 45.010),
        point(&ship, 86_390, 45.001),
        point(&ship, 86_410, 45.005),
        point(&other, 86_395, 45.003),
        point(&far, 86_395, 46.0),
        point(&boat, 86_402, 44.9995),
        // The same place at another time.
        point(&other, 80_000, 45.0),
    ];
    all[1].course_deg = Some(12.5);
    h.add(all.clone()).await.unwrap();
    let near = h.near(around(1_000.0, 86_000, 87_000)).await.unwrap();
    assert!(!near.truncated);
    let told: Vec<_> = near.points.iter().map(|(_, p)| &p.track).collect();
    assert_eq!(told, [&boat, &ship, &other]);
    let (distance_m, nearest) = &near.points[1];
    assert_same(nearest, &all[1]);
    assert!((distance_m - 111.2).abs() < 0.5, "{distance_m}");

    let near = h.near(around(1_000.0, 86_402, 87_000)).await.unwrap();
    let told: Vec<_> = near.points.iter().map(|(_, p)| p.at).collect();
    assert_eq!(told, [at(86_402), at(86_410)], "the start is within");
    let near = h.near(around(1_000.0, 86_000, 86_390)).await.unwrap();
    assert!(near.points.is_empty(), "the end is without: {near:?}");
    let none = h.near(around(1_000.0, 87_000, 86_000)).await.unwrap();
    assert!(none.points.is_empty() && !none.truncated);
}

/// More tracks or more points than asked for: the answer says that it is not whole.
pub async fn looking_around_a_place_is_bounded_and_says_so<H: History>(h: &H) {
    let ships: Vec<_> = (0..20_u32).map(|n| TrackKey::vessel(1_000 + n)).collect();
    let all = ships.iter().enumerate().map(|(n, ship)| {
        let lat = 45.0 + 0.0001 * f64::from(u32::try_from(n).unwrap());
        point(ship, 10, lat)
    });
    h.add(all.collect()).await.unwrap();
    let whole = around(5_000.0, 0, 100);
    let near = h.near(whole).await.unwrap();
    assert!(near.points.len() == 20 && !near.truncated);
    let few = h.near(NearAsked { tracks: 3, ..whole }).await.unwrap();
    let told: Vec<_> = few.points.iter().map(|(_, p)| p.track.clone()).collect();
    assert_eq!(told, ships[..3], "the nearest are kept");
    assert!(few.truncated);
    let tired = h.near(NearAsked { work: 7, ..whole }).await.unwrap();
    assert!(tired.truncated && tired.points.len() == 7);
    let enough = h.near(NearAsked { work: 20, ..whole }).await.unwrap();
    assert!(!enough.truncated, "exactly as many as there are");
}
