//! The built binary under load, measured from outside: `cargo xtask bench ingest|fanout|tracks|start` runs it.
//!
//! `ONEROOF_BIN` names the binary. Prints one object of JSON a figure. Nothing here judges: aims stand beside the
//! figures on the page that `cargo xtask bench` writes.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a bench prints its figures, and fails loudly where the server does not keep to its word"
)]

mod fanout;
mod ingest;
mod start;
mod tracks;

use core::time::Duration;

use oneroof_ports::{SystemTime, TimeSource as _};
use serde_json::json;

/// Prints a figure.
pub(crate) fn figure(what: &str, value: f64, unit: &str, aim: &str, note: &str) {
    println!(
        "{}",
        json!({"what": what, "value": value, "unit": unit, "aim": aim, "note": note})
    );
}

/// A moment on the monotonic clock.
pub(crate) fn moment() -> Duration {
    SystemTime.monotonic()
}

/// Seconds since a moment.
pub(crate) fn since(begun: Duration) -> f64 {
    moment().saturating_sub(begun).as_secs_f64()
}

fn main() {
    let names: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    for name in names {
        match name.as_str() {
            "ingest" => runtime.block_on(ingest::run()),
            "fanout" => runtime.block_on(fanout::run()),
            "tracks" => runtime.block_on(tracks::run()),
            "start" => runtime.block_on(start::run()),
            "sentences" => sentences(),
            other => assert!(other.is_empty(), "no bench is called {other}"),
        }
    }
}

/// Writes as many made-up sentences as the real capture has, for machines without it.
fn sentences() {
    for n in 0..34_000_u32 {
        let (row, column) = (f64::from(n / 200), f64::from(n % 200));
        let sentence =
            oneroof_tests::vessel_at(272_000_000 + n, 43.0 + row * 0.02, 28.0 + column * 0.03);
        print!("{sentence}");
    }
}
