//! The start of a server whose journal has a million entries, with and without a checkpoint.

use core::time::Duration;
use std::process::{Command, Stdio};

use oneroof_tests::{Site, free_port, oneroof, raw_http, report, within};
use tokio::net::TcpStream;

use crate::{figure, moment, since};

/// Reports of the journal; each is revised over and over, so that the picture stays as large as a busy centre's.
const REPORTS: u32 = 2_000;

/// Records in one request.
const BATCH: u32 = 500;

/// Requests under way at a time.
const SENDERS: u32 = 4;

/// Entries that the journal shall have; `ONEROOF_BENCH_ENTRIES` says another number.
const ENTRIES: u32 = 1_000_000;

/// What a start takes at most.
const PATIENCE: Duration = Duration::from_mins(10);

/// Measures.
pub(crate) async fn run() {
    let wanted = std::env::var("ONEROOF_BENCH_ENTRIES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(ENTRIES);
    let site = Site::with_reports();
    let server = site.start().await;
    let begun = moment();
    let mut revision = 1_u32;
    // Each is two entries: the report, and what becomes of its event.
    while 2 * REPORTS * (revision - 1) < wanted {
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..SENDERS {
            let http = server.http().clone();
            senders.spawn(async move {
                for from in (sender * BATCH..REPORTS).step_by((SENDERS * BATCH) as usize) {
                    let lines: Vec<String> = (from..from + BATCH)
                        .map(|n| {
                            let mut record = report(&format!("S-{n}"));
                            record["rev"] = revision.into();
                            record.to_string()
                        })
                        .collect();
                    let answer = http.push("reports", lines.join("\n")).await;
                    assert_eq!(answer.accepted, BATCH, "{answer:?}");
                }
            });
        }
        senders.join_all().await;
        revision += 1;
    }
    let filled = since(begun);
    server.stop().await;
    let bytes: u64 = std::fs::read_dir(site.data())
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()))
        .sum();
    let data = site.data().display().to_string();
    let begun = moment();
    let verified = oneroof(&["journal", "verify", "--data", &data]);
    let verifying = since(begun);
    let text = verified.ok().out;
    let entries: f64 = text
        .split_whitespace()
        .find_map(|word| word.parse().ok())
        .unwrap();
    let about = format!(
        "{entries} entries of {REPORTS} reports, {:.0} MB; filled in {filled:.0} s",
        bytes as f64 / 1e6
    );
    let with = start(&site).await;
    figure("start with a checkpoint", with, "s", "", &about);
    for file in std::fs::read_dir(site.data()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("checkpoint-") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let without = start(&site).await;
    figure(
        "start without a checkpoint: the whole journal folded",
        without,
        "s",
        "",
        &format!("{:.0} entries/s; {about}", entries / without),
    );
    figure(
        "the journal's chain verified",
        entries / verifying,
        "entries/s",
        "",
        &format!("`oneroof journal verify`, {verifying:.1} s"),
    );
}

/// Seconds from the start of the process until it is ready, however long that takes.
async fn start(site: &Site) -> f64 {
    let address = format!("127.0.0.1:{}", free_port());
    let begun = moment();
    let mut child = Command::new(std::env::var_os("ONEROOF_BIN").unwrap())
        .arg("serve")
        .args(site.config_args())
        .env("ONEROOF_LISTEN", &address)
        .env("ONEROOF_DATA", site.data())
        .env_remove("ONEROOF_WEB_DIST")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let ask = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    within(PATIENCE, "the server is ready", async || {
        TcpStream::connect(&address).await.ok()?;
        let answer = raw_http(&address, ask.as_bytes()).await;
        answer.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
    let took = since(begun);
    child.kill().unwrap();
    child.wait().unwrap();
    took
}
