use oneroof_model::{Confidence, SourceKind};

use super::*;

fn feed() -> FeedContext {
    FeedContext {
        id: "coast-ais".into(),
        org: "CG".into(),
        source_kind: SourceKind::ShipReporting,
        mode: Mode::Actual,
        marking: Marking::default(),
        confidence: Confidence::default(),
        sensor: false,
        recorded: false,
    }
}

fn tracks() -> (Arc<Tracks>, mpsc::Receiver<Vec<HistoryPoint>>) {
    let (tx, rx) = mpsc::channel(64);
    let rules = TrackRules {
        freshness: BTreeMap::new(),
        units: BTreeMap::new(),
        history: HistoryRule {
            every_s: 10.0,
            moved_m: 250.0,
        },
        retire_s: 3_600,
    };
    (Tracks::new(rules, tx), rx)
}

fn at(lat: f64, lon: f64, s: i64) -> PositionDraft {
    let mut d = PositionDraft::new(TrackKey::vessel(272_000_001));
    d.position = Some(LatLon::new(lat, lon).unwrap());
    d.at = Some(Time::from_secs(s));
    d
}

fn place(t: &Tracks) -> (f64, f64) {
    let p = t
        .get(&TrackKey::vessel(272_000_001))
        .unwrap()
        .position
        .unwrap()
        .0;
    (p.lat(), p.lon())
}

#[test]
fn a_late_position_and_a_fast_clock_never_win() {
    let (t, _rx) = tracks();
    let now = Time::from_secs(1_000);
    t.take(&feed(), now, vec![at(46.0, 31.0, 990)]);
    let taken = t.take(&feed(), now, vec![at(46.001, 31.0, 980)]);
    assert_eq!((taken.late, place(&t)), (1, (46.0, 31.0)));
    // An hour ahead counts as now ...
    t.take(&feed(), now, vec![at(46.002, 31.0, 4_600)]);
    assert_eq!(place(&t), (46.002, 31.0));
    // ... so the next honest one wins again.
    t.take(&feed(), now.plus_secs(5), vec![at(46.003, 31.0, 1_005)]);
    assert_eq!(place(&t), (46.003, 31.0));
}

#[test]
fn one_identifier_in_two_places_is_split_once_confirmed() {
    let (t, _rx) = tracks();
    let here = |s| at(46.0, 31.0, s);
    let there = |s| at(45.2, 29.7, s);
    let now = Time::from_secs(2_000);
    t.take(&feed(), now, vec![here(1_000), there(1_010), here(1_020)]);
    assert_eq!(
        (t.len(), place(&t)),
        (1, (46.0, 31.0)),
        "one stray position is not believed"
    );
    t.take(
        &feed(),
        now,
        vec![there(1_030), there(1_040), here(1_050), there(1_060)],
    );
    assert_eq!(t.len(), 2);
    assert_eq!(place(&t), (46.0, 31.0));
    let twin = t
        .get(&TrackKey::text(TrackDomain::Vessel, "272000001~2"))
        .unwrap();
    assert!(twin.split && t.get(&TrackKey::vessel(272_000_001)).unwrap().split);
    assert_eq!(twin.position.unwrap().1, Time::from_secs(1_060));
}

#[test]
fn the_history_is_thinned_by_time_and_distance() {
    let (t, mut rx) = tracks();
    let now = Time::from_secs(5_000);
    for s in 0..60 {
        t.take(&feed(), now, vec![at(46.0, 31.0, 1_000 + s)]);
    }
    t.take(&feed(), now, vec![at(46.003, 31.0, 1_061)]);
    let mut n = 0;
    while let Ok(points) = rx.try_recv() {
        n += points.len();
    }
    assert_eq!(n, 7, "one each ten seconds and one for 333 m");
}

#[test]
fn who_follows_sees_each_change_once_and_each_removal() {
    let (t, _rx) = tracks();
    t.take(&feed(), Time::from_secs(1_000), vec![at(46.0, 31.0, 990)]);
    let first = t.changed_since(0);
    assert_eq!((first.moved.len(), first.renamed.len()), (1, 1));
    assert_eq!(t.changed_since(first.count).moved, Vec::<u32>::new());
    t.take(&feed(), Time::from_secs(1_010), vec![at(46.0, 31.0, 1_000)]);
    let second = t.changed_since(first.count);
    assert_eq!((second.moved.len(), second.renamed.len()), (1, 0));
    assert_eq!(t.retire(Time::from_secs(10_000)), 1);
    let third = t.changed_since(second.count);
    assert_eq!(third.removed.len(), 1);
    assert!(t.is_empty());
}

#[test]
fn a_slot_is_used_again_and_what_left_is_told_before_what_came() {
    let (t, _rx) = tracks();
    let mut seen = 0;
    for round in 0..100_u32 {
        let now = Time::from_secs(1_000 + i64::from(round) * 10_000);
        let mut d = PositionDraft::new(TrackKey::vessel(272_000_001 + round));
        d.position = Some(LatLon::new(46.0, 31.0).unwrap());
        d.at = Some(now);
        t.take(&feed(), now, vec![d]);
        let came = t.changed_since(seen);
        assert_eq!((&came.moved, &came.renamed), (&vec![0], &vec![0]));
        assert_eq!(came.removed.len(), usize::from(round > 0));
        assert_eq!(t.retire(now.plus_secs(9_000)), 1);
        seen = came.count;
    }
    assert!(t.is_empty());
}
