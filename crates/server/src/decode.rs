//! `oneroof decode`: what a decoder makes of a file, one JSON object a line.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use oneroof_feeds::sniff::Chunks;
use oneroof_feeds::{Decoder, Format, Options, Output, build};
use oneroof_model::Time;
use oneroof_ports::{SystemTime, TimeSource as _};

/// Bytes decoded at a time, 16 KiB: what comes of them (some 200 KiB) is still in the processor's cache when
/// it is printed.
const PIECE: usize = 16 * 1024;

/// Outputs between decoder and printer.
const QUEUED: usize = 4;

/// Arguments of `decode`.
#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// Kind of format (`ais_nmea`, `csv`, `json`; `oneroof formats` lists them).
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
        anyhow!(all.join("\n"))
    })?;
    let input: Box<dyn Read + Send> = match &args.file {
        Some(path) => {
            Box::new(File::open(path).with_context(|| format!("{} can't be read", path.display()))?)
        }
        None => Box::new(io::stdin()),
    };
    let name = args
        .file
        .as_ref()
        .map_or("standard input".to_owned(), |p| p.display().to_string());
    let now = args.received_at.unwrap_or_else(|| SystemTime.now());
    let chunks = Chunks::new(input).with_context(|| format!("{name} can't be read"))?;
    let (full, to_print) = sync_channel(QUEUED);
    let (emptied, empty) = sync_channel(QUEUED + 2);
    std::thread::scope(|scope| {
        let thread = scope.spawn(move || print(&to_print, &emptied));
        let decoded = decode(&*format, chunks, now, &Printer { full, empty })
            .with_context(|| format!("{name} can't be read to its end"));
        let printed = thread
            .join()
            .map_err(|_panicked| anyhow!("the printer broke off"))?;
        printed.context("standard output can't be written")?;
        decoded
    })
}

/// The way to the thread that prints: it makes text of one output while the next one is decoded.
struct Printer {
    full: SyncSender<Output>,
    empty: Receiver<Output>,
}

impl Printer {
    /// Has `out` printed and puts an empty one in its place; false where nobody reads any more.
    fn take(&self, out: &mut Output) -> bool {
        if out.is_empty() {
            return true;
        }
        let next = self
            .empty
            .try_recv()
            .unwrap_or_else(|_| Output::with_decoded());
        self.full.send(std::mem::replace(out, next)).is_ok()
    }
}

/// Decodes everything; an error is that the file can't be read on, and comes after what was decoded of it.
fn decode(format: &dyn Format, chunks: Chunks, now: Time, printer: &Printer) -> io::Result<()> {
    let mut out = Output::with_decoded();
    let mut decoders: BTreeMap<u32, Box<dyn Decoder>> = BTreeMap::new();
    let mut ended = Ok(());
    for chunk in chunks {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => {
                ended = Err(error);
                break;
            }
        };
        let at = chunk.time.unwrap_or(now);
        let decoder = decoders
            .entry(chunk.stream)
            .or_insert_with(|| format.decoder());
        for piece in chunk.bytes.chunks(PIECE) {
            decoder.push(piece, at, &mut out);
            if !printer.take(&mut out) {
                return Ok(());
            }
        }
        if chunk.datagram {
            decoder.end_datagram(at, &mut out);
        }
    }
    for decoder in decoders.values_mut() {
        decoder.finish(now, &mut out);
    }
    printer.take(&mut out);
    ended
}

/// Prints what comes, in its order, and gives the memory back. A closed pipe ends it, and is no failure.
fn print(full: &Receiver<Output>, emptied: &SyncSender<Output>) -> io::Result<()> {
    let mut to = io::stdout().lock();
    for mut out in full {
        let written = out.write_lines(&mut to).and_then(|()| to.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            other => other?,
        }
        out.clear();
        // A full way back only means that there are enough of them.
        drop(emptied.try_send(out));
    }
    Ok(())
}
