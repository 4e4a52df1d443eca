//! The measurements of `cargo xtask soak`: a centre at work for long, then many kills under load, of the server and of the
//! peers that feed it.
//!
//! `oneroof-soak SECONDS KILLS` says how it goes on standard error, and at the end one JSON object on standard output:
//! `cargo xtask soak` makes a page of it. It fails where a report is lost, as the tests do.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a command line tool that measures"
)]

use oneroof_tests::load::{Load, Loaded, Sample, put_load, quantile};
use oneroof_tests::{Killed, PeerKind, Restarted, kill_peer, kill_under_load, missing_binary, now};
use serde_json::{Map, Value, json};

/// The beginning, in which buffers fill and the first events grow old enough to be filed, is not looked at for growth: so
/// many seconds, or half of a short run.
const WARM_UP_S: f64 = 240.0;

#[tokio::main]
async fn main() {
    let numbers: Vec<u32> = std::env::args()
        .skip(1)
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let [seconds, kills] = numbers[..] else {
        eprintln!("oneroof-soak SECONDS KILLS");
        std::process::exit(2);
    };
    assert!(!missing_binary(), "nothing to measure");
    let load = Load {
        vessels: 10_000,
        vessel_period_s: 10,
        reports_per_s: 200,
        tellings: 10,
        screens: 50,
        whole_pictures: 2,
        seconds,
        known_seconds: 0,
    };
    let (mut at_work, mut after_kills) = (Value::Null, Value::Null);
    if seconds > 0 {
        eprintln!("{load:?}");
        at_work = of_load(load, &put_load(load).await);
        eprintln!("{at_work}");
    }
    if kills > 0 {
        let seed = now().as_micros().unsigned_abs();
        eprintln!("{kills} kills, seed {seed}");
        after_kills = of_kills(kill_under_load(kills, seed).await, seed);
    }
    let mut peers = Map::new();
    if kills > 0 {
        for kind in PeerKind::ALL {
            eprintln!("{kills} kills of {kind:?}");
            // One that is not installed has said so.
            if let Some(restarted) = kill_peer(kind, kills).await {
                peers.insert(format!("{kind:?}"), of_peer(restarted));
            }
        }
    }
    let measured = json!({ "load": at_work, "kills": after_kills, "peers": peers });
    println!("{measured}");
}

fn of_load(load: Load, loaded: &Loaded) -> Value {
    let missing: u32 = loaded.missing.iter().sum();
    assert_eq!(
        missing, 0,
        "happenings of which a screen was not given the last word"
    );
    let stalled = loaded.stalled_cut_off_s;
    assert!(stalled.is_some(), "the screen that does not read is ended");
    let all: Vec<&Sample> = loaded.memory.iter().collect();
    let warm = warm(&all);
    let growing = slope(warm.iter().map(|s| (s.at_s / 60.0, s.rss_bytes as f64)));
    let rss = |sample: Option<&&Sample>| sample.map(|s| s.rss_bytes);
    let minutes: Vec<Value> = all
        .iter()
        .step_by(if load.seconds < 600 { 15 } else { 60 })
        .chain(all.last())
        .map(|s| json!({"at_s": s.at_s.round(), "rss_bytes": s.rss_bytes, "reports": s.reports}))
        .collect();
    json!({
        "vessels": load.vessels, "vessel_period_s": load.vessel_period_s, "reports_per_s": load.reports_per_s, "tellings": load.tellings,
        "screens": load.screens, "seconds": load.seconds,
        "reports": loaded.reports, "missing": missing, "replaced": loaded.replaced, "dismissed": loaded.dismissed,
        "tracks": loaded.tracks, "stalled_cut_off_s": stalled,
        "to_screen_ms": spread(&loaded.to_screen_ms), "to_answer_ms": spread(&loaded.to_answer_ms),
        "positions": loaded.positions, "skipped": loaded.skipped,
        "rss_first": rss(all.first()), "rss_warm": rss(warm.first()), "rss_last": rss(all.last()),
        "warm_s": warm.first().map(|s| s.at_s.round()), "bytes_per_min": growing, "memory": minutes,
    })
}

fn of_kills(killed: Killed, seed: u64) -> Value {
    json!({
        "rounds": killed.rounds, "acknowledged": killed.acknowledged, "unanswered": killed.unanswered,
        "slowest_start_ms": killed.slowest_start_ms, "seed": seed,
    })
}

fn of_peer(restarted: Restarted) -> Value {
    json!({
        "kills": restarted.kills, "acknowledged": restarted.acknowledged,
        "slowest_down_ms": restarted.slowest_down_ms, "slowest_up_ms": restarted.slowest_up_ms,
    })
}

fn spread(sorted: &[f32]) -> Value {
    let at = |share| quantile(sorted, share);
    json!({ "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "p999": at(0.999), "max": at(1.0), "n": sorted.len() })
}

/// The samples without the beginning.
fn warm<'a>(phase: &[&'a Sample]) -> Vec<&'a Sample> {
    let (Some(first), Some(last)) = (phase.first(), phase.last()) else {
        return Vec::new();
    };
    let from = first.at_s + WARM_UP_S.min((last.at_s - first.at_s) / 2.0);
    phase.iter().filter(|s| s.at_s >= from).copied().collect()
}

/// The slope of the line of least squares through points.
fn slope(points: impl Iterator<Item = (f64, f64)>) -> f64 {
    let points: Vec<(f64, f64)> = points.collect();
    let n = points.len() as f64;
    let (sx, sy) = points
        .iter()
        .fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let (mx, my) = (sx / n, sy / n);
    let (up, down) = points.iter().fold((0.0, 0.0), |(up, down), (x, y)| {
        (up + (x - mx) * (y - my), down + (x - mx) * (x - mx))
    });
    up / down
}
