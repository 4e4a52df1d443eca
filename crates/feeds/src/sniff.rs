//! Captures known by their first bytes: gzip, pcap, pcapng, or plain.
//!
//! Which format is in them, [`kind_of`] tells where the format does. [`Chunks`] reads any of them and gives the payload in order: `oneroof decode` and the replay of captures
//! need not know what the file is. Everything is bounded: what comes out of gzip, a packet, the segments
//! that wait for an earlier one.

mod kind;
mod net;
mod packets;
mod tcp;

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use oneroof_model::Time;

use net::{Payload, payload};
use packets::PacketReader;
use tcp::Streams;

/// Bytes given at a time out of a plain file.
const CHUNK: usize = 64 * 1024;

/// Most bytes that come out of one gzip file unless the caller says otherwise: 4 GiB.
pub const MAX_UNPACKED: u64 = 4 * 1024 * 1024 * 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// The agency's bytes themselves.
    Plain,
    /// RFC 1952, one member or several.
    Gzip,
    /// libpcap's format, in microseconds or nanoseconds, of either byte order.
    Pcap,
    /// pcapng.
    Pcapng,
}

/// Tells what a file is by its first four bytes; fewer are [`Container::Plain`].
pub const fn sniff(head: &[u8]) -> Container {
    match head {
        [0x1f, 0x8b, 8, ..] => Container::Gzip,
        [0xa1, 0xb2, 0xc3, 0xd4, ..]
        | [0xd4, 0xc3, 0xb2, 0xa1, ..]
        | [0xa1, 0xb2, 0x3c, 0x4d, ..]
        | [0x4d, 0x3c, 0xb2, 0xa1, ..] => Container::Pcap,
        [0x0a, 0x0d, 0x0d, 0x0a, ..] => Container::Pcapng,
        _ => Container::Plain,
    }
}

/// A piece of payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// When it was captured, where the file says so.
    pub time: Option<Time>,
    /// The payload.
    pub bytes: Vec<u8>,
    /// The conversation within a packet capture, from 0 in order of appearance; 0 for other files. Each
    /// has to be decoded on its own. Numbers are given anew once [`MAX_STREAMS`] are known.
    pub stream: u32,
    /// Whether it is one whole datagram ([`crate::Decoder::end_datagram`] comes after it).
    pub datagram: bool,
}

pub use kind::{kind, kind_of};
pub use tcp::MAX_STREAMS;

/// The payload of a file, piece by piece. See the module.
pub struct Chunks {
    from: From,
    ready: VecDeque<Chunk>,
    passed_over: u64,
    ended: bool,
}

enum From {
    Plain(Box<dyn BufRead + Send>),
    Packets {
        packets: PacketReader,
        streams: Box<Streams>,
    },
}

impl Chunks {
    /// Reads a file of any kind; of gzip at most [`MAX_UNPACKED`] bytes.
    ///
    /// # Errors
    /// Where the file can't be read, or its header is damaged.
    pub fn new(file: impl Read + Send + 'static) -> io::Result<Self> {
        Self::with_cap(file, MAX_UNPACKED)
    }

    /// As [`Self::new`] with another bound on what comes out of gzip, in bytes.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_cap(file: impl Read + Send + 'static, cap: u64) -> io::Result<Self> {
        let (mut kind, mut file) = peek(Box::new(BufReader::with_capacity(CHUNK, file)))?;
        if kind == Container::Gzip {
            let unpacked = Capped {
                from: MultiGzDecoder::new(file),
                left: cap,
            };
            (kind, file) = peek(Box::new(BufReader::with_capacity(CHUNK, unpacked)))?;
        }
        let from = match kind {
            Container::Plain | Container::Gzip => From::Plain(file),
            Container::Pcap | Container::Pcapng => From::Packets {
                packets: PacketReader::new(file)?,
                streams: Box::default(),
            },
        };
        Ok(Self {
            from,
            ready: VecDeque::new(),
            passed_over: 0,
            ended: false,
        })
    }

    /// Packets that carry neither UDP nor TCP payload that can be read: other protocols, IP fragments,
    /// cut packets; and segments of TCP that never came.
    pub fn passed_over(&self) -> u64 {
        let gaps = match &self.from {
            From::Plain(_) => 0,
            From::Packets { streams, .. } => streams.gaps(),
        };
        self.passed_over + gaps
    }

    fn refill(&mut self) -> io::Result<()> {
        match &mut self.from {
            From::Plain(file) => {
                let bytes = file.fill_buf()?.to_vec();
                file.consume(bytes.len());
                self.ended = bytes.is_empty();
                if !self.ended {
                    let chunk = Chunk {
                        time: None,
                        bytes,
                        stream: 0,
                        datagram: false,
                    };
                    self.ready.push_back(chunk);
                }
            }
            From::Packets { packets, streams } => {
                let Some(packet) = packets.next()? else {
                    streams.finish(&mut self.ready);
                    self.ended = true;
                    return Ok(());
                };
                match payload(packet.link, packet.bytes) {
                    Some(Payload::Udp { flow, bytes }) => self.ready.push_back(Chunk {
                        time: packet.time,
                        bytes: bytes.to_vec(),
                        stream: streams.number(flow),
                        datagram: true,
                    }),
                    Some(Payload::Tcp(segment)) => {
                        streams.take(&segment, packet.time, &mut self.ready);
                    }
                    None => self.passed_over += 1,
                }
            }
        }
        Ok(())
    }
}

impl Iterator for Chunks {
    type Item = io::Result<Chunk>;

    /// The next piece; an error ends the file.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Some(Ok(chunk));
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.refill() {
                self.ended = true;
                return Some(Err(error));
            }
        }
    }
}

/// Looks at the first bytes without taking them.
fn peek(file: Box<dyn BufRead + Send>) -> io::Result<(Container, Box<dyn BufRead + Send>)> {
    let mut head = Vec::with_capacity(4);
    let mut file = file;
    // A pipe may give a byte at a time.
    (&mut file).take(4).read_to_end(&mut head)?;
    let kind = sniff(&head);
    Ok((kind, Box::new(io::Cursor::new(head).chain(file))))
}

/// A reader that refuses to give more than a bound.
struct Capped<R> {
    from: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let got = self.from.read(to)?;
        self.left = self.left.checked_sub(got as u64).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::FileTooLarge,
                "gzip: more comes out than is allowed",
            )
        })?;
        Ok(got)
    }
}

#[cfg(test)]
mod tests;
