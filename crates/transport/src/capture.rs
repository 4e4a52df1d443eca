//! Reading a capture line by line with the time at which each line was recorded. Plain, gzip or packets, known by the
//! first bytes; streamed, so that its size does not matter.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use oneroof_feeds::pace::line_time;
use oneroof_feeds::sniff::Chunks;
use oneroof_model::Time;
use tokio::sync::mpsc;

/// A line longer than this is passed on in pieces. 1 MiB.
pub const MAX_CAPTURE_LINE_BYTES: usize = 1024 * 1024;

/// Most bytes of one capture after decompression. 64 GiB: a bomb ends, a month of a busy coast does not.
const MAX_CAPTURE_BYTES: u64 = 64 * 1024 * 1024 * 1024;

/// Lines that are read ahead.
const READ_AHEAD_LINES: usize = 1_024;

/// A line of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureLine {
    /// When it was recorded, where the capture says so for this line.
    pub time: Option<Time>,
    /// The line with its line end, or a datagram as it was.
    pub bytes: Vec<u8>,
    /// Which conversation of a packet capture it is of; 0 in other files.
    pub stream: u32,
    /// Whether it is one whole datagram.
    pub datagram: bool,
}

/// Why a capture could not be read (further).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {detail}")]
pub struct CaptureError {
    /// The file.
    pub path: String,
    /// What happened.
    pub detail: String,
}

/// Reads a capture on a thread for blocking work. Dropping the receiver ends it.
pub(crate) fn lines(path: PathBuf) -> mpsc::Receiver<Result<CaptureLine, CaptureError>> {
    let (to, from) = mpsc::channel(READ_AHEAD_LINES);
    tokio::task::spawn_blocking(move || {
        let failure = read_lines(&path, &mut |line| to.blocking_send(Ok(line)).is_ok()).err();
        if let Some(error) = failure {
            let error = CaptureError {
                path: path.display().to_string(),
                detail: error.to_string(),
            };
            // Nobody left who wants to know is fine.
            drop(to.blocking_send(Err(error)));
        }
    });
    from
}

/// Calls `each` with every line until it answers `false`. Streams of a packet capture are cut into lines each on
/// its own; a line there has the time of the packet that ended it, unless it says one itself. A datagram is given whole.
fn read_lines(path: &Path, each: &mut dyn FnMut(CaptureLine) -> bool) -> io::Result<()> {
    // What has come of a line, by conversation; `sniff` bounds their number.
    let mut begun: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    for chunk in Chunks::with_cap(File::open(path)?, MAX_CAPTURE_BYTES)? {
        let chunk = chunk?;
        let (stream, time) = (chunk.stream, chunk.time);
        if chunk.datagram {
            let datagram = CaptureLine {
                datagram: true,
                ..line(chunk.bytes, stream, time)
            };
            if !each(datagram) {
                return Ok(());
            }
            continue;
        }
        let held = begun.entry(stream).or_default();
        for piece in chunk.bytes.split_inclusive(|b| *b == b'\n') {
            for part in piece.chunks(MAX_CAPTURE_LINE_BYTES) {
                held.extend_from_slice(part);
                let ended = held.ends_with(b"\n") || held.len() >= MAX_CAPTURE_LINE_BYTES;
                if ended && !each(line(std::mem::take(held), stream, time)) {
                    return Ok(());
                }
            }
        }
    }
    for (stream, rest) in begun {
        if !rest.is_empty() && !each(line(rest, stream, None)) {
            return Ok(());
        }
    }
    Ok(())
}

fn line(bytes: Vec<u8>, stream: u32, captured: Option<Time>) -> CaptureLine {
    CaptureLine {
        time: line_time(bytes.trim_ascii_end()).or(captured),
        bytes,
        stream,
        datagram: false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn collect(path: &Path) -> io::Result<Vec<CaptureLine>> {
        let mut lines = Vec::new();
        read_lines(path, &mut |line| {
            lines.push(line);
            true
        })?;
        Ok(lines)
    }

    #[test]
    fn gzip_and_plain_give_the_same_lines_with_their_times() {
        let folder = tempfile::tempdir().unwrap();
        let text = b"!AIVDM,1,1,,A,0,0*00,1795401660\r\n\n!AIVDM,1,1,,A,0,0*00";
        let plain = folder.path().join("a.nmea");
        std::fs::write(&plain, text).unwrap();
        let packed = folder.path().join("a.nmea.gz");
        let mut encoder = GzEncoder::new(File::create(&packed).unwrap(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap();
        let lines = collect(&plain).unwrap();
        assert_eq!(lines, collect(&packed).unwrap());
        assert_eq!(
            lines
                .iter()
                .flat_map(|l| l.bytes.clone())
                .collect::<Vec<_>>(),
            text
        );
        assert_eq!(lines[0].time, Some(Time::from_secs(1_795_401_660)));
    }

    #[test]
    fn a_line_without_end_is_passed_on_in_bounded_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        std::fs::write(&path, vec![b'x'; MAX_CAPTURE_LINE_BYTES * 2 + 5]).unwrap();
        let sizes: Vec<usize> = collect(&path)
            .unwrap()
            .iter()
            .map(|l| l.bytes.len())
            .collect();
        assert_eq!(sizes.iter().sum::<usize>(), MAX_CAPTURE_LINE_BYTES * 2 + 5);
        assert!(
            sizes.iter().all(|size| *size < MAX_CAPTURE_LINE_BYTES * 2),
            "{sizes:?}"
        );
    }

    #[tokio::test]
    async fn a_missing_capture_is_an_error_that_names_it() {
        let mut lines = lines(PathBuf::from("no/such/capture.nmea"));
        let error = lines.recv().await.unwrap().unwrap_err();
        assert!(error.to_string().contains("capture.nmea"), "{error}");
        assert!(lines.recv().await.is_none());
    }
}
