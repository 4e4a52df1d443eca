//! How fast a format's bytes become drafts on one core, beside the crate underneath on the same bytes.
//!
//! `cargo bench -p oneroof-feeds --bench formats -- KIND [FILE]` makes up input of the kind, writes it to FILE for the
//! libraries of others to read, and prints one object of JSON. Times are those of this thread on a processor, so that
//! what else the machine does weighs little.

#![expect(clippy::print_stdout, reason = "a bench prints its result")]

mod inputs;
mod signals;
mod underneath;

use std::io;
use std::time::Duration;

use oneroof_feeds::{Format, KINDS, Options, Output, build};
use oneroof_model::Time;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use inputs::Input;

/// Bytes given at a time, as a socket or file would.
const CHUNK: usize = 16 * 1024;

/// How long each figure is measured.
const MEASURE: Duration = Duration::from_secs(2);

fn main() -> io::Result<()> {
    let mut args = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"));
    let (kind, file) = (args.next(), args.next());
    for known in KINDS {
        if kind.as_deref().is_none_or(|kind| kind == known.kind) {
            let input = inputs::made_up(known.kind)?;
            if let Some(file) = &file {
                std::fs::write(file, &input.bytes)?;
            }
            println!("{}", figures(known.kind, &input)?);
        }
    }
    Ok(())
}

fn figures(kind: &str, input: &Input) -> io::Result<Value> {
    let options = input.options.as_deref().unwrap_or_default();
    let format = build(kind, Options::new(options))
        .map_err(|problems| io::Error::other(format!("{problems:?}")))?;
    let (drafts, rejects) = decode(&*format, &input.bytes);
    // Rejects are quicker or slower than what is good, and no figure of it.
    if let Some(reject) = rejects {
        return Err(io::Error::other(format!("{kind}: a reject, {reject}")));
    }
    let took = measure(|| decode(&*format, &input.bytes));
    let underneath = underneath::of(kind).map(|(name, read)| {
        let took = measure(|| read(&input.bytes));
        json!({ "what": name, "seconds": took.as_secs_f64() })
    });
    Ok(json!({
        "kind": kind,
        "unit": input.unit,
        "records": input.records,
        "bytes": input.bytes.len(),
        "drafts": drafts,
        "seconds": took.as_secs_f64(),
        "underneath": underneath,
    }))
}

/// The number of drafts, and the first reject.
fn decode(format: &dyn Format, bytes: &[u8]) -> (usize, Option<String>) {
    let mut decoder = format.decoder();
    let mut out = Output::default();
    let at = Time::from_secs(inputs::RECEIVED);
    let (mut drafts, mut reject) = (0, None);
    let mut count = |out: &mut Output| {
        drafts += out.drafts.len();
        if reject.is_none() {
            reject = out.rejects.first().map(|first| first.reason.to_string());
        }
        std::hint::black_box(&out.drafts);
        out.clear();
    };
    for chunk in bytes.chunks(CHUNK) {
        decoder.push(chunk, at, &mut out);
        count(&mut out);
    }
    decoder.finish(at, &mut out);
    count(&mut out);
    (drafts, reject)
}

/// The median of as many runs as there is time for.
fn measure<T>(mut run: impl FnMut() -> T) -> Duration {
    let mut runs: Vec<Duration> = Vec::new();
    while runs.iter().sum::<Duration>() < MEASURE || runs.len() < 5 {
        let start = on_processor();
        std::hint::black_box(run());
        runs.push(on_processor().saturating_sub(start));
    }
    runs.sort();
    runs.get(runs.len() / 2).copied().unwrap_or_default()
}

/// For how long this thread has been on a processor.
fn on_processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(time.tv_sec.unsigned_abs(), nanos)
}
