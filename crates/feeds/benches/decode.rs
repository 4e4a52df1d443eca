//! How fast captures become drafts on one core: AIS sentences, Mode S frames. (The bench `formats` has every format.)
//!
//! `cargo bench -p oneroof-feeds --bench decode [-- FILE...]`: FILE is a capture of AIS, or one of AVR lines by
//! `.avr` in its name, gzip or plain; without it the fixtures of the format are repeated. Prints one object of JSON a
//! figure, as `cargo xtask bench` reads them.

#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use std::io::{self, Read as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use oneroof_feeds::{Options, Output, build};
use oneroof_model::Time;
use serde_json::json;

/// Bytes given at a time, as a socket or file would.
const CHUNK: usize = 16 * 1024;

/// How long each figure is measured.
const MEASURE: Duration = Duration::from_secs(3);

/// Least size of the repeated fixtures.
const REPEATED: usize = 4 * 1024 * 1024;

/// What one figure is about.
struct Case<'a> {
    kind: &'a str,
    what: &'a str,
    unit: &'a str,
    aim: &'a str,
    input: &'a str,
    bytes: &'a [u8],
    /// How many of the unit the bytes are; counted from the output where missing.
    count: Option<usize>,
    /// Whether the lines of `oneroof decode` are made too.
    lines: bool,
}

fn main() -> io::Result<()> {
    let files: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    let file = files.iter().find(|path| !path.contains(".avr"));
    let capture = match file {
        Some(path) => read(path)?,
        None => repeated("ais_nmea/fixtures/every-type.nmea")?,
    };
    let name = file.map_or("made-up sentences", |path| name_of(path));
    let sentences = capture
        .split(|byte| *byte == b'\n')
        .filter(|line| is_ais(line))
        .count();
    let ais = |what, aim, lines| Case {
        kind: "ais_nmea",
        what,
        unit: "sentences/s",
        aim,
        input: name,
        bytes: &capture,
        count: Some(sentences),
        lines,
    };
    measure(&ais("AIS: bytes to drafts", "1,000,000", false))?;
    measure(&ais(
        "AIS: bytes to the lines of `oneroof decode`",
        "",
        true,
    ))?;
    aircraft(files.iter().find(|path| path.contains(".avr")))
}

/// Frames of Mode S: as lines, as lines to what `oneroof decode` prints, in binary.
fn aircraft(file: Option<&String>) -> io::Result<()> {
    let lines = match file {
        Some(path) => read(path)?,
        None => repeated("adsb_avr/fixtures/every-format.avr")?,
    };
    let frames = memchr::memchr_iter(b';', &lines).count();
    let avr = |what, aim, to_lines| Case {
        kind: "adsb_avr",
        what,
        unit: "frames/s",
        aim,
        input: file.map_or("the fixture of every format", |path| name_of(path)),
        bytes: &lines,
        count: Some(frames),
        lines: to_lines,
    };
    measure(&avr("Mode S: AVR lines to drafts", "1,000,000", false))?;
    measure(&avr(
        "Mode S: AVR lines to the lines of `oneroof decode`",
        "",
        true,
    ))?;
    measure(&Case {
        kind: "adsb_beast",
        what: "Mode S: Beast binary to drafts and rejects",
        unit: "outcomes/s",
        aim: "",
        input: "the fixture of every format",
        bytes: &repeated("adsb_beast/fixtures/every-format.beast")?,
        count: None,
        lines: false,
    })
}

/// The last part of a path.
fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Decodes over and over and prints the median.
fn measure(case: &Case<'_>) -> io::Result<()> {
    let mut runs: Vec<Duration> = Vec::new();
    let mut outcomes = 0;
    let began = Instant::now();
    while began.elapsed() < MEASURE || runs.len() < 5 {
        let start = Instant::now();
        outcomes = decode(case)?;
        runs.push(start.elapsed());
    }
    runs.sort();
    let median = runs.get(runs.len() / 2).copied().unwrap_or_default();
    let best = runs.first().copied().unwrap_or_default();
    let count = case.count.unwrap_or(outcomes);
    println!(
        "{}",
        json!({
            "what": case.what,
            "value": rate(count, median),
            "unit": case.unit,
            "aim": case.aim,
            "note": format!(
                "{}, {:.1} MB, median of {} runs, best {:.0}; {:.1} MB/s",
                case.input,
                rate(case.bytes.len(), Duration::from_secs(1)) / 1e6,
                runs.len(),
                rate(count, best),
                rate(case.bytes.len(), median) / 1e6,
            ),
        })
    );
    Ok(())
}

/// Gives the number of drafts and rejects.
fn decode(case: &Case<'_>) -> io::Result<usize> {
    let format = build(case.kind, Options::new(""))
        .map_err(|problems| io::Error::other(format!("{problems:?}")))?;
    let mut decoder = format.decoder();
    let mut out = if case.lines {
        Output::with_decoded()
    } else {
        Output::default()
    };
    let at = Time::from_secs(1_795_401_660);
    let mut outcomes = 0;
    let mut sink = Vec::new();
    for chunk in case.bytes.chunks(CHUNK) {
        decoder.push(chunk, at, &mut out);
        outcomes += out.drafts.len() + out.rejects.len();
        if case.lines {
            sink.clear();
            out.write_lines(&mut sink)?;
            std::hint::black_box(&sink);
        }
        std::hint::black_box(&out.drafts);
        out.clear();
    }
    decoder.finish(at, &mut out);
    Ok(outcomes + out.drafts.len() + out.rejects.len())
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

fn formats(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/formats")).join(path)
}

fn repeated(fixture: &str) -> io::Result<Vec<u8>> {
    let once = std::fs::read(formats(fixture))?;
    Ok(once.repeat(REPEATED / once.len().max(1) + 1))
}
