//! A centre at work, for a short while: what `cargo xtask soak` measures for long is right here.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use oneroof_tests::load::{Load, put_load};
use oneroof_tests::missing_binary;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_screens_miss_no_report_beside_ten_thousand_vessels_and_one_that_stalls() {
    if missing_binary() {
        return;
    }
    let load = Load {
        vessels: 10_000,
        vessel_period_s: 10,
        reports_per_s: 200,
        tellings: 10,
        screens: 50,
        whole_pictures: 3,
        seconds: 12,
        known_seconds: 2,
    };
    let loaded = put_load(load).await;
    assert_eq!(loaded.reports, 2_400);
    assert_eq!(
        loaded.missing,
        vec![0; 50],
        "happenings of which a screen was not given the last word"
    );
    let told = loaded.to_screen_ms.len() + loaded.replaced as usize;
    assert_eq!(told, 50 * 2_400);
    assert_eq!(loaded.dismissed, 240);
    assert_eq!(loaded.tracks, 10_000);
    assert!(loaded.positions >= 50 * 10_000, "{}", loaded.positions);
    assert!(
        loaded.stalled_cut_off_s.is_some(),
        "the one that does not read was ended"
    );
    let peak = loaded.memory.iter().map(|s| s.rss_bytes).max().unwrap();
    assert!(peak < 1_000_000_000, "{peak} bytes");
}
