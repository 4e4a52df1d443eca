//! Every format: bytes to drafts on one core, beside the crate underneath and beside what others use in Python, on the
//! same made-up bytes, one after the other.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::{bench, machine, page};
use crate::repo::Repo;
use crate::run::{Cmd, note, step};
use crate::skips::Skips;

/// The libraries of others with their versions. `peers.py` knows which format each is for.
const LIBRARIES: [(&str, &str); 12] = [
    ("asterix4py", "1.0.6"),
    ("asterix_decoder", "0.7.11"),
    ("attrs", "26.1.0"),
    ("capparselib", "0.6.6"),
    ("geojson", "3.3.0"),
    ("lxml", "6.1.3"),
    ("protobuf", "7.36.2"),
    ("pyais", "3.3.1"),
    ("pyModeS", "3.6.1"),
    ("pynmea2", "1.19.0"),
    ("pynmeagps", "1.1.8"),
    ("takproto", "3.0.1"),
];

/// What `cargo bench --bench formats` says of a kind.
#[derive(Debug, Deserialize, Serialize)]
struct Ours {
    kind: String,
    unit: String,
    records: u32,
    bytes: u32,
    drafts: u32,
    seconds: f64,
    underneath: Option<Underneath>,
}

/// The crate underneath alone.
#[derive(Debug, Deserialize, Serialize)]
struct Underneath {
    what: String,
    seconds: f64,
}

/// What `peers.py` says of one library.
#[derive(Debug, Deserialize, Serialize)]
struct Peer {
    library: String,
    version: Option<String>,
    records: Option<u32>,
    seconds: Option<f64>,
    missing: Option<String>,
    failed: Option<String>,
}

/// A kind with those beside it.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    ours: Ours,
    peers: Vec<Peer>,
}

/// What is written as JSON.
#[derive(Debug, Serialize)]
struct Sheet<'a> {
    machine: &'a str,
    formats: &'a [Row],
}

/// Measures every kind and writes the table, as text and as JSON.
pub(super) fn run(repo: &Repo, skips: &mut Skips) -> Result<()> {
    let folder = repo.target.join("bench");
    fs::create_dir_all(&folder)?;
    let python = python(&folder, skips);
    let machine = machine::describe(repo)?;
    let mut rows = Vec::new();
    for kind in repo.formats()? {
        let input = folder.join(format!("input.{kind}"));
        let shown = input.display().to_string();
        let line = bench(repo, "oneroof-feeds", "formats", &[&kind, &shown]).read()?;
        let ours: Ours = serde_json::from_str(line.trim())
            .with_context(|| format!("no figures of {kind}: {line}"))?;
        let peers = match &python {
            Some(python) => peers(repo, python, &kind, &input, skips)?,
            None => Vec::new(),
        };
        fs::remove_file(&input)?;
        let row = Row { ours, peers };
        note(row_text(&row).trim_end());
        rows.push(row);
    }
    let sheet = Sheet {
        machine: &machine,
        formats: &rows,
    };
    let file = folder.join("formats.json");
    fs::write(&file, serde_json::to_string_pretty(&sheet)?)?;
    note(&format!("{} is written", repo.show(&file)));
    page::place(repo, "formats", &section(&machine, &rows))
}

/// An environment of its own with the libraries; each that can't be had is a skip by name, told of where it is needed.
fn python(folder: &Path, skips: &mut Skips) -> Option<PathBuf> {
    let home = folder.join("python");
    let python = home.join("bin/python");
    let made = python.is_file()
        || Cmd::new("python3")
            .args(["-m", "venv"])
            .args([&home])
            .read()
            .is_ok();
    if !made {
        skips.add(
            "comparison of formats with the libraries of others",
            "python3 has no venv",
        );
        return None;
    }
    step("Getting the libraries of others");
    for (name, version) in LIBRARIES {
        // What a library asks for in turn is in the list: some ask for versions that can't be had any more.
        let pinned = format!("{name}=={version}");
        let install = ["-m", "pip", "install", "--quiet", "--no-deps", &pinned];
        if let Err(error) = Cmd::new(&python).args(install).read() {
            note(&format!("{pinned} can't be had: {error:#}"));
        }
    }
    Some(python)
}

fn peers(
    repo: &Repo,
    python: &Path,
    kind: &str,
    input: &Path,
    skips: &mut Skips,
) -> Result<Vec<Peer>> {
    let script = repo.root.join("crates/feeds/benches/formats/peers.py");
    let lines = Cmd::new(python)
        .args([&script])
        .args([kind])
        .args([input])
        .read()?;
    let mut peers = Vec::new();
    for line in lines.lines() {
        let peer: Peer = serde_json::from_str(line)
            .with_context(|| format!("no figures of others for {kind}: {line}"))?;
        if let Some(why) = peer.missing.as_ref().or(peer.failed.as_ref()) {
            skips.add(&format!("comparison of {kind} with {}", peer.library), why);
        } else {
            peers.push(peer);
        }
    }
    Ok(peers)
}

/// The part of `docs/benchmarks.md`.
fn section(machine: &str, rows: &[Row]) -> String {
    let mut text = format!(
        "## Formats\n\nBytes to drafts on one core, every format with made-up records of everyday; beside it the crate that it \
         stands on, alone, on the same bytes, and what others use in Python, in the same run. Times are those of one thread on a \
         processor, medians. The libraries give values of a record; ours also places them in the model, checks them, and keeps \
         bytes and digest of what becomes a report. A *share* is how much of our time the crate underneath takes alone.\n\n\
         Measured {machine}.\n\n\
         | format | a second | MB/s | crate underneath | its share | others | a second | times as fast |\n\
         |---|---:|---:|---|---:|---|---:|---:|\n"
    );
    for row in rows {
        text.push_str(&row_text(row));
    }
    text
}

/// A line for each library beside a kind; one without where there is none.
fn row_text(row: &Row) -> String {
    let Row { ours, peers } = row;
    let (under, share) = ours.underneath.as_ref().map_or_else(
        || ("none".to_owned(), String::new()),
        |under| {
            let share = 100.0 * under.seconds / ours.seconds;
            let speed = f64::from(ours.bytes) / under.seconds / 1e6;
            (
                format!("{}: {speed:.0} MB/s", under.what),
                format!("{share:.0} %"),
            )
        },
    );
    let head = format!(
        "| `{}` | {} {} | {:.0} | {under} | {share} |",
        ours.kind,
        rate(ours.records, ours.seconds),
        ours.unit,
        f64::from(ours.bytes) / ours.seconds / 1e6,
    );
    let mut text = String::new();
    for (at, peer) in peers.iter().enumerate() {
        let (Some(records), Some(seconds)) = (peer.records, peer.seconds) else {
            continue;
        };
        let lead = if at == 0 { &head } else { "| | | | | |" };
        let times = f64::from(ours.records) / ours.seconds / (f64::from(records) / seconds);
        // Fewer records than there are: some were not understood.
        let of = if records == ours.records {
            String::new()
        } else {
            format!(" ({records} of {})", ours.records)
        };
        let version = peer.version.as_deref().unwrap_or("?");
        let line = format!(
            "{lead} {} {version} | {}{of} | {times:.1} |\n",
            peer.library,
            rate(records, seconds)
        );
        text.push_str(&line);
    }
    if text.is_empty() {
        return format!("{head} | | |\n");
    }
    text
}

/// Records a second, to a whole number.
fn rate(records: u32, seconds: f64) -> String {
    page::grouped(&format!("{:.0}", f64::from(records) / seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(peers: &str) -> Row {
        let ours = r#"{"kind": "json", "unit": "records", "records": 1000, "bytes": 2000000, "drafts": 1000,
            "seconds": 0.01, "underneath": {"what": "serde_json", "seconds": 0.005}}"#;
        Row {
            ours: serde_json::from_str(ours).unwrap(),
            peers: serde_json::from_str(peers).unwrap(),
        }
    }

    #[test]
    fn a_row_says_rates_share_and_ratio_and_what_others_left_out() {
        let peers = r#"[{"library": "slow", "version": "1.2", "records": 900, "seconds": 0.9},
            {"library": "fast", "version": "3", "records": 1000, "seconds": 0.005}]"#;
        assert_eq!(
            row_text(&row(peers)),
            "| `json` | 100,000 records | 200 | serde_json: 400 MB/s | 50 % | slow 1.2 | 1,000 (900 of 1000) | 100.0 |\n\
             | | | | | | fast 3 | 200,000 | 0.5 |\n"
        );
    }

    #[test]
    fn a_format_that_nobody_else_was_measured_for_has_its_row() {
        assert_eq!(
            row_text(&row("[]")),
            "| `json` | 100,000 records | 200 | serde_json: 400 MB/s | 50 % | | | |\n"
        );
    }
}
