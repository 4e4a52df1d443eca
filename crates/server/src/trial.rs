//! `oneroof try`: what a feed's format and mapping make of a sample, record by record, and what of it no rule reads. No
//! server runs for it, and nothing but the two files is read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use oneroof_feeds::sniff::Chunks;
use oneroof_feeds::{Decoder, Format, Output, Tried, tried};
use oneroof_model::{Draft, Time, validate_draft};
use oneroof_ports::{SystemTime, TimeSource as _};
use serde_json::{Value, json};

use crate::say_error;
use crate::serve::{build_format, told};

/// Bytes decoded at a time.
const PIECE: usize = 16 * 1024;

/// Different paths that are counted as not mapped; those beyond are counted together.
const MAX_PATHS: usize = 1_000;

/// Longest value shown to a person, in characters.
const MAX_SHOWN: usize = 200;

/// Arguments of `try`.
#[derive(Debug, Args)]
pub(crate) struct TryArgs {
    /// The feed's file, or a file with only the options of its format (as in `oneroof formats json`).
    feed: PathBuf,
    /// The sample; gzip, pcap and pcapng are known by their first bytes.
    sample: PathBuf,
    /// One JSON object a line instead of text: each record, then the summary.
    #[arg(long)]
    json: bool,
    /// Moment of receipt (RFC 3339), where the sample has none of its own; now where missing.
    #[arg(long)]
    received_at: Option<Time>,
}

/// Tries; the exit code says whether a record was rejected. An error is only that a file can't be read.
pub(crate) fn run(args: &TryArgs) -> Result<ExitCode> {
    let built = oneroof_config::load_format(&args.feed).and_then(|format| build_format(&format));
    let format = match built {
        Ok(format) => format,
        Err(problems) => {
            say_error(&told(&problems));
            bail!("{} has {} faults", args.feed.display(), problems.len());
        }
    };
    let name = args.sample.display();
    let file = File::open(&args.sample).with_context(|| format!("{name} can't be read"))?;
    let chunks = Chunks::new(Box::new(file)).with_context(|| format!("{name} can't be read"))?;
    let now = args.received_at.unwrap_or_else(|| SystemTime.now());
    let mut trial = Trial {
        to: io::stdout().lock(),
        is_json: args.json,
        counts: Counts::default(),
    };
    let done = trial
        .decode(&*format, chunks, now)
        .and_then(|()| trial.summary());
    match done {
        // Who reads the output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        other => other.with_context(|| format!("{name} can't be read to its end"))?,
    }
    Ok(if trial.counts.rejected == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What became of the sample as a whole.
#[derive(Debug, Default)]
struct Counts {
    records: u64,
    drafts: u64,
    left_out: u64,
    rejected: u64,
    /// In how many records a path was not mapped.
    unmapped: BTreeMap<String, u64>,
    /// Paths beyond [`MAX_PATHS`].
    unlisted: u64,
}

struct Trial<W> {
    to: W,
    is_json: bool,
    counts: Counts,
}

impl<W: io::Write> Trial<W> {
    fn decode(&mut self, format: &dyn Format, chunks: Chunks, now: Time) -> io::Result<()> {
        let mut out = Output::with_decoded();
        let mut decoders: BTreeMap<u32, Box<dyn Decoder>> = BTreeMap::new();
        let mut last = now;
        for chunk in chunks {
            let chunk = chunk?;
            let at = chunk.time.unwrap_or(now);
            last = at;
            let decoder = decoders
                .entry(chunk.stream)
                .or_insert_with(|| format.decoder());
            for piece in chunk.bytes.chunks(PIECE) {
                decoder.push(piece, at, &mut out);
                self.records(&mut out, at)?;
            }
            if chunk.datagram {
                decoder.end_datagram(at, &mut out);
                self.records(&mut out, at)?;
            }
        }
        for decoder in decoders.values_mut() {
            decoder.finish(last, &mut out);
            self.records(&mut out, last)?;
        }
        Ok(())
    }

    fn records(&mut self, out: &mut Output, at: Time) -> io::Result<()> {
        for record in tried(out) {
            let refused = self.counts.add(&record, at);
            if self.is_json {
                let line = as_json(&record, refused.as_ref());
                writeln!(self.to, "{line}")?;
            } else {
                self.show(&record, refused.as_ref())?;
            }
        }
        out.clear();
        Ok(())
    }

    /// One record for a person.
    fn show(&mut self, record: &Tried<'_>, refused: Option<&Refused>) -> io::Result<()> {
        write!(self.to, "record {}", record.record)?;
        if let Some(line) = record.line() {
            write!(self.to, ", line {line}")?;
        }
        if let Some(rule) = record.rule() {
            write!(self.to, ", rule `{rule}`")?;
        }
        if let Some(refused) = refused {
            writeln!(self.to, ": REJECTED {}: {}", refused.code, refused.detail)?;
        } else if let Some(kind) = record.skipped {
            writeln!(self.to, ": left out ({kind})")?;
        } else if record.drafts.is_empty() {
            writeln!(self.to, ": no draft")?;
        } else {
            writeln!(self.to)?;
        }
        for draft in &record.drafts {
            let value = serde_json::to_value(draft)?;
            let kind = value
                .get("draft")
                .and_then(Value::as_str)
                .unwrap_or("draft");
            writeln!(self.to, "  {kind}")?;
            let mut leaves = Vec::new();
            list_leaves(&value, &mut String::new(), &mut leaves);
            for (path, value) in leaves.iter().filter(|(path, _)| path != "draft") {
                writeln!(self.to, "    {path}: {value}")?;
            }
        }
        let unmapped: Vec<&str> = record.unmapped().collect();
        if !unmapped.is_empty() {
            writeln!(self.to, "  not mapped: {}", unmapped.join(", "))?;
        }
        Ok(())
    }

    fn summary(&mut self) -> io::Result<()> {
        let Counts {
            records,
            drafts,
            left_out,
            rejected,
            unmapped,
            unlisted,
        } = &self.counts;
        if self.is_json {
            let summary = json!({ "summary": {
                "records": records, "drafts": drafts, "left_out": left_out, "rejected": rejected,
                "unmapped": unmapped, "unmapped_unlisted": unlisted,
            }});
            return writeln!(self.to, "{summary}");
        }
        writeln!(
            self.to,
            "\n{records} records: {drafts} drafts, {left_out} left out, {rejected} rejected"
        )?;
        if !unmapped.is_empty() {
            writeln!(self.to, "not mapped, and in how many records:")?;
        }
        for (path, count) in unmapped {
            writeln!(self.to, "  {path}: {count}")?;
        }
        if *unlisted > 0 {
            writeln!(self.to, "  others: {unlisted}")?;
        }
        Ok(())
    }
}

/// Why a record would go to quarantine.
struct Refused {
    code: String,
    detail: String,
}

impl Counts {
    /// Counts a record; why it would go to quarantine, by its format or by the checks that every draft passes.
    fn add(&mut self, record: &Tried<'_>, at: Time) -> Option<Refused> {
        self.records += 1;
        self.drafts += record.drafts.len() as u64;
        self.left_out += u64::from(record.skipped.is_some());
        for path in record.unmapped() {
            let is_full = self.unmapped.len() >= MAX_PATHS;
            if let Some(count) = self.unmapped.get_mut(path) {
                *count += 1;
            } else if is_full {
                self.unlisted += 1;
            } else {
                self.unmapped.insert(path.to_owned(), 1);
            }
        }
        let refused = refused(record, at);
        self.rejected += u64::from(refused.is_some());
        refused
    }
}

fn refused(record: &Tried<'_>, at: Time) -> Option<Refused> {
    if let Some(reject) = record.reject {
        return Some(Refused {
            code: reject.reason.code.to_owned(),
            detail: reject.reason.detail.clone(),
        });
    }
    let fault = |draft: &&Draft| validate_draft(draft, at, None).err();
    record.drafts.iter().find_map(fault).map(|reason| Refused {
        code: reason.code,
        detail: reason.detail,
    })
}

fn as_json(record: &Tried<'_>, refused: Option<&Refused>) -> Value {
    json!({
        "record": record.record,
        "line": record.line(),
        "rule": record.rule(),
        "drafts": record.drafts,
        "reject": refused.map(|r| json!({ "code": r.code, "detail": r.detail })),
        "skipped": record.skipped,
        "unmapped": record.unmapped().collect::<Vec<_>>(),
        "decoded": record.decoded,
    })
}

/// Every plain value below one, with its path.
fn list_leaves(value: &Value, path: &mut String, to: &mut Vec<(String, String)>) {
    let before = path.len();
    let below = |path: &mut String, key: &str| {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    };
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                below(path, key);
                list_leaves(value, path, to);
                path.truncate(before);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                below(path, &index.to_string());
                list_leaves(value, path, to);
                path.truncate(before);
            }
        }
        plain => {
            let text = plain
                .as_str()
                .map_or_else(|| plain.to_string(), ToOwned::to_owned);
            let line: String = text
                .chars()
                .take(MAX_SHOWN)
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            to.push((path.clone(), line));
        }
    }
}
