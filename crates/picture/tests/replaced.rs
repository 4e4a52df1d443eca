//! Older revisions leave memory as a newer one takes their place, and nothing that somebody may miss goes with them.

mod common;

use common::{event_id, go_on, merged, opened, recorded, replacing, report, report_id, time};
use oneroof_model::EntryBody;
use oneroof_picture::{Change, Picture};
use oneroof_wire::project::Reports as _;

/// Applies one more entry that must not fit.
fn refused(picture: &mut Picture, body: EntryBody) {
    let (seq, anomalies) = (picture.position() + 1, picture.anomalies());
    assert_eq!(picture.apply(seq, time(seq), Some(body)), []);
    assert_eq!(picture.anomalies(), anomalies + 1);
}

#[test]
fn a_newer_revision_takes_the_place_of_older_ones_and_says_since_when_it_is_known() {
    let mut picture = Picture::default();
    let mut newer = report(2);
    newer.revises = Some(report_id(1));
    go_on(&mut picture, recorded(report(1)));
    go_on(&mut picture, opened(event_id(1), report_id(1), 1));
    go_on(&mut picture, recorded(newer));
    let body = replacing(event_id(1), report_id(2), &[report_id(1)]);
    let changes = go_on(&mut picture, body);
    assert!(
        changes.contains(&Change::Report(report_id(1))),
        "{changes:?}"
    );
    assert!(picture.report_state(report_id(1)).is_none());
    let attached: Vec<_> = picture
        .event(event_id(1))
        .unwrap()
        .reports
        .iter()
        .map(|a| a.report)
        .collect();
    assert_eq!(attached, [report_id(2)]);
    let older = picture.report_state(report_id(2)).unwrap().older.unwrap();
    assert_eq!(
        (older.revisions, older.received, older.aware),
        (1, time(1), time(0))
    );
    // It counts on over the next one.
    let mut third = report(3);
    third.revises = Some(report_id(2));
    go_on(&mut picture, recorded(third));
    go_on(
        &mut picture,
        replacing(event_id(1), report_id(3), &[report_id(2)]),
    );
    let older = picture.report_state(report_id(3)).unwrap().older.unwrap();
    assert_eq!((older.revisions, picture.reports().count()), (2, 1));
    assert_eq!(picture.anomalies(), 0);
}

#[test]
fn only_what_is_superseded_and_in_no_merge_may_leave() {
    let mut picture = Picture::default();
    for n in [1, 2] {
        go_on(&mut picture, recorded(report(n)));
        go_on(&mut picture, opened(event_id(n), report_id(n), n));
    }
    go_on(&mut picture, recorded(report(3)));
    // Report 1 stands: nothing supersedes it.
    refused(
        &mut picture,
        replacing(event_id(1), report_id(3), &[report_id(1)]),
    );
    let absorbed = picture.event(event_id(2)).unwrap().clone();
    let before = picture.event(event_id(1)).unwrap().curation.clone();
    go_on(&mut picture, merged(event_id(1), &absorbed, &before, 5));
    let mut newer = report(4);
    newer.revises = Some(report_id(2));
    go_on(&mut picture, recorded(newer));
    // Report 2 came with a merge, which gives it back when it is taken back.
    refused(
        &mut picture,
        replacing(event_id(1), report_id(4), &[report_id(2)]),
    );
    assert!(picture.report(report_id(2)).is_some());
}
