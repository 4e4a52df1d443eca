//! Reports a second made durable, by the number of them in a batch: `cargo bench -p oneroof-store-sqlite`.
//!
//! `ONEROOF_BENCH_FOLDER` names the folder to write in (its disk is what is measured), else the temporary one.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]
#![expect(clippy::cast_precision_loss, reason = "small counts")]

use core::time::Duration;

use oneroof_ports::contract::sample::{batch, claim, personal, report};
use oneroof_ports::{Batch, Journal as _, NewEntry, StoreError, SystemTime, TimeSource as _};
use oneroof_store_sqlite::{Options, SqliteStore};

/// Time spent on each size of batch.
const SPAN: Duration = Duration::from_secs(3);

fn since(start: Duration) -> Duration {
    SystemTime.monotonic().saturating_sub(start)
}

fn made(head: u64, size: u64, secret: bool) -> Batch {
    let entry = |n| -> NewEntry {
        if secret {
            personal(report(n))
        } else {
            report(n)
        }
    };
    Batch {
        claims: (head..head + size)
            .map(|n| claim("bench", &n.to_string(), 1, n))
            .collect(),
        ..batch((head..head + size).map(entry))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = match std::env::var_os("ONEROOF_BENCH_FOLDER") {
        Some(given) => tempfile::tempdir_in(given)?,
        None => tempfile::tempdir()?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    println!("batch  encrypted  reports/s  ms per append (median, p99)");
    for (size, secret) in [
        (1, false),
        (16, false),
        (256, false),
        (1, true),
        (16, true),
        (256, true),
    ] {
        let data = folder.path().join(format!("{size}-{secret}"));
        let store = SqliteStore::open(&data, &Options::default())?;
        let mut spans = Vec::new();
        let whole = runtime.block_on(async {
            let start = SystemTime.monotonic();
            let mut head = 0;
            while since(start) < SPAN {
                let next = made(head, size, secret);
                let before = SystemTime.monotonic();
                head = store.append(next, head).await?.head;
                spans.push(since(before));
            }
            Ok::<_, StoreError>((head, since(start)))
        })?;
        spans.sort_unstable();
        let ms = |part: usize| {
            let at = (spans.len() * part / 100).min(spans.len().saturating_sub(1));
            spans.get(at).map_or(f64::NAN, |s| s.as_secs_f64() * 1e3)
        };
        let rate = whole.0 as f64 / whole.1.as_secs_f64();
        println!(
            "{size:5}  {secret:9}  {rate:9.0}  {:.2}, {:.2}",
            ms(50),
            ms(99)
        );
        drop(store);
        if size == 256 && !secret {
            start_and_verify(&runtime, &data)?;
        }
    }
    Ok(())
}

/// How fast a journal is read back and checked.
fn start_and_verify(
    runtime: &tokio::runtime::Runtime,
    data: &std::path::Path,
) -> Result<(), Box<dyn std::error::Error>> {
    let store = SqliteStore::open(data, &Options::default())?;
    let (read, reading, checking) = runtime.block_on(async {
        let start = SystemTime.monotonic();
        let mut read = 0;
        loop {
            let page = store.read(read, 2_000).await?;
            match page.last() {
                Some(last) => read = last.seq,
                None => break,
            }
        }
        let reading = since(start);
        store.verify().await?;
        let checking = since(start).saturating_sub(reading);
        Ok::<_, StoreError>((read, reading, checking))
    })?;
    println!(
        "       read back {:.0} entries/s, checked {:.0} entries/s (of {read})",
        read as f64 / reading.as_secs_f64(),
        read as f64 / checking.as_secs_f64()
    );
    Ok(())
}
