//! `oneroof decode`: what a decoder makes of a file, one JSON object a line.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use oneroof_feeds::sniff::Chunks;
use oneroof_feeds::{Decoder, Options, Output, build};
use oneroof_model::Time;
use oneroof_ports::{SystemTime, TimeSource as _};

/// Arguments of `decode`.
#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// Kind of format (`ais_nmea`, `cap`, `json`).
    format: String,
    /// The file; standard input where missing. Gzip, pcap and pcapng are known by their first bytes.
    file: Option<PathBuf>,
    /// Moment of receipt (RFC 3339), where the file has none of its own; now where missing.
    #[arg(long)]
    received_at: Option<Time>,
    /// A YAML file with the format's options: those of a feed's `format:`.
    #[arg(long, value_name = "FILE")]
    options: Option<PathBuf>,
}

/// Decodes. An error is only that the file can't be read; what can't be understood is a line of its own.
pub(crate) fn run(args: &DecodeArgs) -> Result<()> {
    let options = match &args.options {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("{} can't be read", path.display()))?,
        None => String::new(),
    };
    let format = build(&args.format, Options::new(&options)).map_err(|problems| {
        let all: Vec<String> = problems
            .iter()
            .map(|p| {
                let help = p
                    .help
                    .as_ref()
                    .map(|h| format!(" ({h})"))
                    .unwrap_or_default();
                format!("{p}{help}")
            })
            .collect();
        anyhow::anyhow!(all.join("\n"))
    })?;
    let input: Box<dyn Read + Send> = match &args.file {
        Some(path) => {
            Box::new(File::open(path).with_context(|| format!("{} can't be read", path.display()))?)
        }
        None => Box::new(std::io::stdin()),
    };
    let name = args
        .file
        .as_ref()
        .map_or("standard input".to_owned(), |p| p.display().to_string());
    let now = args.received_at.unwrap_or_else(|| SystemTime.now());
    let mut to = BufWriter::with_capacity(1 << 18, std::io::stdout().lock());
    let mut out = Output::with_decoded();
    let mut decoders: BTreeMap<u32, Box<dyn Decoder>> = BTreeMap::new();
    let chunks = Chunks::new(input).with_context(|| format!("{name} can't be read"))?;
    for chunk in chunks {
        let chunk = chunk.with_context(|| format!("{name} can't be read to its end"))?;
        let at = chunk.time.unwrap_or(now);
        let decoder = decoders
            .entry(chunk.stream)
            .or_insert_with(|| format.decoder());
        decoder.push(&chunk.bytes, at, &mut out);
        if chunk.datagram {
            decoder.push(format.datagram_end(), at, &mut out);
        }
        if !flush(&mut out, &mut to)? {
            return Ok(());
        }
    }
    for decoder in decoders.values_mut() {
        decoder.finish(now, &mut out);
    }
    flush(&mut out, &mut to)?;
    match to.flush() {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => bail!(e),
        _ => Ok(()),
    }
}

/// Writes what there is; false where nobody reads any more.
fn flush(out: &mut Output, to: &mut impl std::io::Write) -> Result<bool> {
    let written = out.write_lines(to);
    out.clear();
    match written {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(e) => Err(e).context("standard output can't be written"),
        Ok(()) => Ok(true),
    }
}
