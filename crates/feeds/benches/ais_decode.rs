//! How fast AIS sentences become drafts on one core.
//!
//! `cargo bench -p oneroof-feeds --bench ais_decode [-- FILE]`: FILE is a capture, gzip or plain; without
//! it the fixtures of the format are repeated. Prints one line of JSON a mode: `drafts` is from bytes to
//! drafts, `json` also makes the lines that `oneroof decode` prints.

#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use std::io::{self, Read as _};
use std::time::{Duration, Instant};

use oneroof_feeds::{Output, build};
use oneroof_model::Time;

/// Bytes given at a time, as a socket or file would.
const CHUNK: usize = 64 * 1024;

/// How long each mode is measured.
const MEASURE: Duration = Duration::from_secs(3);

/// Least size of the generated input.
const GENERATED: usize = 4 * 1024 * 1024;

fn main() -> io::Result<()> {
    let file = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    let capture = match &file {
        Some(path) => read(path)?,
        None => generated(),
    };
    let sentences = capture
        .split(|b| *b == b'\n')
        .filter(|line| is_ais(line))
        .count();
    let lines = capture
        .split(|b| *b == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .count();
    for mode in ["drafts", "json"] {
        let mut runs: Vec<Duration> = Vec::new();
        let mut outcome = (0, 0);
        let began = Instant::now();
        while began.elapsed() < MEASURE || runs.len() < 5 {
            let start = Instant::now();
            outcome = decode(&capture, mode == "json")?;
            runs.push(start.elapsed());
        }
        runs.sort();
        let median = runs.get(runs.len() / 2).copied().unwrap_or_default();
        let best = runs.first().copied().unwrap_or_default();
        println!(
            "{{\"bench\":\"ais_decode\",\"mode\":\"{mode}\",\"input\":\"{}\",\"lines\":{lines},\
             \"sentences\":{sentences},\"drafts\":{},\"rejects\":{},\"runs\":{},\
             \"sentences_per_s_median\":{:.0},\"sentences_per_s_best\":{:.0},\
             \"lines_per_s_median\":{:.0},\"mb_per_s_median\":{:.1}}}",
            file.as_deref()
                .map_or("generated", |path| path.rsplit('/').next().unwrap_or(path)),
            outcome.0,
            outcome.1,
            runs.len(),
            rate(sentences, median),
            rate(sentences, best),
            rate(lines, median),
            rate(capture.len(), median) / 1e6,
        );
    }
    Ok(())
}

fn decode(capture: &[u8], json: bool) -> io::Result<(usize, usize)> {
    let format = build("ais_nmea", oneroof_feeds::Options::new(""))
        .map_err(|problems| io::Error::other(format!("{problems:?}")))?;
    let mut decoder = format.decoder();
    let mut out = if json {
        Output::with_decoded()
    } else {
        Output::default()
    };
    let at = Time::from_secs(1_795_401_660);
    let mut counts = (0, 0);
    let mut sink = Vec::new();
    for chunk in capture.chunks(CHUNK) {
        decoder.push(chunk, at, &mut out);
        counts = (counts.0 + out.drafts.len(), counts.1 + out.rejects.len());
        if json {
            sink.clear();
            out.write_lines(&mut sink)?;
            std::hint::black_box(&sink);
        }
        std::hint::black_box(&out.drafts);
        out.clear();
    }
    decoder.finish(at, &mut out);
    Ok((counts.0 + out.drafts.len(), counts.1 + out.rejects.len()))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(1e-9)
}

fn is_ais(line: &[u8]) -> bool {
    line.windows(7)
        .any(|w| matches!(w, [b'!', _, _, b'V', b'D', b'M' | b'O', b',']))
}

fn read(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = std::fs::read(path)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
        bytes = plain;
    }
    Ok(bytes)
}

fn generated() -> Vec<u8> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/formats/ais_nmea/fixtures/every-type.nmea"
    );
    let once = std::fs::read(folder).unwrap_or_default();
    let times = GENERATED / once.len().max(1) + 1;
    once.repeat(times)
}
