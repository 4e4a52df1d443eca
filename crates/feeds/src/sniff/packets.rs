//! Packets out of pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng) files.

use std::io::{self, BufRead, Read as _};

use oneroof_model::Time;

/// Longest packet that is believed: 256 KiB, libpcap's own bound.
const MAX_PACKET: u32 = 256 * 1024;

/// Longest block of a pcapng file that is read; names and statistics are passed over unread.
const MAX_BLOCK: u32 = MAX_PACKET + 64 * 1024;

/// Most interfaces of one pcapng section.
const MAX_INTERFACES: usize = 256;

/// A packet as it was captured.
pub(super) struct Packet<'a> {
    pub time: Option<Time>,
    /// Link type (LINKTYPE_ registry of tcpdump.org).
    pub link: u16,
    pub bytes: &'a [u8],
}

/// An interface of a pcapng section.
#[derive(Clone, Copy)]
struct Interface {
    link: u16,
    /// Time steps in a second.
    per_second: u64,
}

enum Form {
    Pcap { link: u16, per_second: u64 },
    Pcapng { interfaces: Vec<Interface> },
}

/// Reads packets one by one.
pub(super) struct PacketReader {
    from: Box<dyn BufRead + Send>,
    big_endian: bool,
    form: Form,
    buffer: Vec<u8>,
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("packet capture: {what}"),
    )
}

impl PacketReader {
    pub(super) fn new(from: Box<dyn BufRead + Send>) -> io::Result<Self> {
        let mut reader = Self {
            from,
            big_endian: false,
            form: Form::Pcapng {
                interfaces: Vec::new(),
            },
            buffer: Vec::new(),
        };
        let magic = reader.array::<4>()?;
        if magic == [0x0a, 0x0d, 0x0d, 0x0a] {
            reader.section()?;
            return Ok(reader);
        }
        let (big_endian, per_second) = match magic {
            [0xa1, 0xb2, 0xc3, 0xd4] => (true, 1_000_000),
            [0xd4, 0xc3, 0xb2, 0xa1] => (false, 1_000_000),
            [0xa1, 0xb2, 0x3c, 0x4d] => (true, 1_000_000_000),
            _ => (false, 1_000_000_000),
        };
        reader.big_endian = big_endian;
        let rest = reader.array::<20>()?;
        let link = u16::try_from(reader.u32(&rest, 16) & 0xffff).unwrap_or(u16::MAX);
        reader.form = Form::Pcap { link, per_second };
        Ok(reader)
    }

    /// The next packet; `None` at the end of the file, also where it ends within a packet: a capture that
    /// was cut is no damage.
    pub(super) fn next(&mut self) -> io::Result<Option<Packet<'_>>> {
        match self.form {
            Form::Pcap { link, per_second } => self.next_pcap(link, per_second),
            Form::Pcapng { .. } => self.next_pcapng(),
        }
    }

    fn next_pcap(&mut self, link: u16, per_second: u64) -> io::Result<Option<Packet<'_>>> {
        let Some(header) = self.array_or_end::<16>()? else {
            return Ok(None);
        };
        let (seconds, fraction) = (self.u32(&header, 0), self.u32(&header, 4));
        let length = self.u32(&header, 8);
        if length > MAX_PACKET {
            return Err(damaged("a packet beyond 256 KiB"));
        }
        if !self.fill(length)? {
            return Ok(None);
        }
        let us = u64::from(fraction) * 1_000_000 / per_second;
        let time = i64::from(seconds) * 1_000_000 + i64::try_from(us).unwrap_or(0);
        Ok(Some(Packet {
            time: Some(Time::from_micros(time)),
            link,
            bytes: &self.buffer,
        }))
    }

    fn next_pcapng(&mut self) -> io::Result<Option<Packet<'_>>> {
        loop {
            let Some(kind) = self.array_or_end::<4>()? else {
                return Ok(None);
            };
            if kind == [0x0a, 0x0d, 0x0d, 0x0a] {
                self.section()?;
                continue;
            }
            let Some(length) = self.array_or_end::<4>()? else {
                return Ok(None);
            };
            let (kind, length) = (self.u32(&kind, 0), self.u32(&length, 0));
            if length < 12 || !length.is_multiple_of(4) {
                return Err(damaged("a block of impossible length"));
            }
            let known = matches!(kind, 1 | 2 | 3 | 6);
            if known && length > MAX_BLOCK {
                return Err(damaged("a block beyond 320 KiB"));
            }
            if !known {
                let rest = u64::from(length - 8);
                if io::copy(&mut (&mut self.from).take(rest), &mut io::sink())? < rest {
                    return Ok(None);
                }
                continue;
            }
            if !self.fill(length - 8)? {
                return Ok(None);
            }
            if kind == 1 {
                self.interface()?;
                continue;
            }
            let Some((time, link, range)) = self.block_packet(kind) else {
                return Err(damaged("a packet that exceeds its block"));
            };
            return Ok(Some(Packet {
                time,
                link,
                bytes: self.buffer.get(range).unwrap_or_default(),
            }));
        }
    }

    /// The section header behind its type: says the byte order, forgets the interfaces.
    fn section(&mut self) -> io::Result<()> {
        let head = self.array::<8>()?;
        self.big_endian = match head.get(4..) {
            Some([0x1a, 0x2b, 0x3c, 0x4d]) => true,
            Some([0x4d, 0x3c, 0x2b, 0x1a]) => false,
            _ => return Err(damaged("no byte order in the section header")),
        };
        let length = self.u32(&head, 0);
        if !(28..=MAX_BLOCK).contains(&length) {
            return Err(damaged("a section header of impossible length"));
        }
        self.form = Form::Pcapng {
            interfaces: Vec::new(),
        };
        self.fill(length - 12)?;
        Ok(())
    }

    /// Interface description, in the buffer.
    fn interface(&mut self) -> io::Result<()> {
        let mut interface = Interface {
            link: self.u16(&self.buffer, 0),
            per_second: 1_000_000,
        };
        let mut at = 8;
        // Options: code, length, value filled to four bytes. 9 = if_tsresol.
        while let Some(length) = self.buffer.get(at + 2..at + 4).map(|b| self.u16(b, 0)) {
            let code = self.u16(&self.buffer, at);
            if code == 0 {
                break;
            }
            if let (9, Some(&power)) = (code, self.buffer.get(at + 4)) {
                let base: u64 = if power & 0x80 == 0 { 10 } else { 2 };
                interface.per_second = base.saturating_pow(u32::from(power & 0x7f)).max(1);
            }
            at += 4 + usize::from(length).next_multiple_of(4);
        }
        let Form::Pcapng { interfaces } = &mut self.form else {
            return Ok(());
        };
        if interfaces.len() >= MAX_INTERFACES {
            return Err(damaged("more than 256 interfaces"));
        }
        interfaces.push(interface);
        Ok(())
    }

    /// Time, link and place of the packet in the block in the buffer: enhanced (6), simple (3), or the
    /// obsolete one (2).
    fn block_packet(&self, kind: u32) -> Option<(Option<Time>, u16, core::ops::Range<usize>)> {
        let Form::Pcapng { interfaces } = &self.form else {
            return None;
        };
        let b = &self.buffer;
        if kind == 3 {
            let original = usize::try_from(self.u32(b, 0)).ok()?;
            let link = interfaces.first()?.link;
            return Some((None, link, 4..(4 + original).min(b.len().saturating_sub(4))));
        }
        let which = if kind == 6 {
            self.u32(b, 0)
        } else {
            u32::from(self.u16(b, 0))
        };
        let interface = interfaces.get(usize::try_from(which).ok()?)?;
        let ticks = u64::from(self.u32(b, 4)) << 32 | u64::from(self.u32(b, 8));
        let us = u128::from(ticks) * 1_000_000 / u128::from(interface.per_second);
        let time = i64::try_from(us).ok().map(Time::from_micros);
        let end = 20 + usize::try_from(self.u32(b, 12)).ok()?;
        (end <= b.len()).then_some((time, interface.link, 20..end))
    }

    fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        let four = bytes
            .get(at..)
            .and_then(|b| b.first_chunk::<4>())
            .copied()
            .unwrap_or_default();
        if self.big_endian {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        }
    }

    fn u16(&self, bytes: &[u8], at: usize) -> u16 {
        let two = bytes
            .get(at..)
            .and_then(|b| b.first_chunk::<2>())
            .copied()
            .unwrap_or_default();
        if self.big_endian {
            u16::from_be_bytes(two)
        } else {
            u16::from_le_bytes(two)
        }
    }

    /// Reads into the buffer; false where the file ends before.
    fn fill(&mut self, length: u32) -> io::Result<bool> {
        self.buffer.clear();
        let got = (&mut self.from)
            .take(u64::from(length))
            .read_to_end(&mut self.buffer)?;
        Ok(u32::try_from(got) == Ok(length))
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        self.array_or_end()?
            .ok_or_else(|| damaged("it ends within its header"))
    }

    fn array_or_end<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let mut array = [0; N];
        match self.from.read_exact(&mut array) {
            Ok(()) => Ok(Some(array)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}
