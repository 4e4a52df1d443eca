//! From a captured frame to the payload of UDP or TCP.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Both ends of one direction of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Flow {
    pub tcp: bool,
    pub from: (IpAddr, u16),
    pub to: (IpAddr, u16),
}

/// A TCP segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    pub flow: Flow,
    /// Sequence number of its first byte.
    pub sequence: u32,
    pub begins: bool,
    pub ends: bool,
    pub bytes: &'a [u8],
}

/// What a frame carries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Payload<'a> {
    Udp { flow: Flow, bytes: &'a [u8] },
    Tcp(Segment<'a>),
}

/// The payload of a frame of a link type, where there is one that can be read.
pub(super) fn payload(link: u16, frame: &[u8]) -> Option<Payload<'_>> {
    match link {
        1 => ethernet(frame.get(12..)?),
        // BSD loopback: four bytes of address family, then IP.
        0 | 108 => ip(frame.get(4..)?),
        // Linux cooked, versions 1 and 2.
        113 => ethernet(frame.get(14..)?),
        276 => match frame.first_chunk::<2>()? {
            [0x08, 0x00] | [0x86, 0xdd] => ip(frame.get(20..)?),
            _ => None,
        },
        12 | 14 | 101 | 228 | 229 => ip(frame),
        _ => None,
    }
}

/// From the ethertype on; up to two VLAN tags.
fn ethernet(frame: &[u8]) -> Option<Payload<'_>> {
    let mut rest = frame;
    for _ in 0..3 {
        match rest {
            [0x08, 0x00, ip_packet @ ..] | [0x86, 0xdd, ip_packet @ ..] => return ip(ip_packet),
            [0x81, 0x00, _, _, inner @ ..] | [0x88, 0xa8, _, _, inner @ ..] => rest = inner,
            _ => return None,
        }
    }
    None
}

fn ip(packet: &[u8]) -> Option<Payload<'_>> {
    match packet.first()? >> 4 {
        4 => ipv4(packet),
        6 => ipv6(packet),
        _ => None,
    }
}

/// RFC 791. Fragments are passed over: whoever sends them has the pieces put together on the way.
fn ipv4(packet: &[u8]) -> Option<Payload<'_>> {
    let header = packet.first_chunk::<20>()?;
    let length = usize::from(header[0] & 0x0f) * 4;
    let total = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let fragment = u16::from_be_bytes([header[6], header[7]]) & 0x3fff;
    if length < 20 || fragment != 0 {
        return None;
    }
    // Frames are filled to a least length; a total of 0 is left by offloading of the sender's card.
    let end = if total == 0 { packet.len() } else { total };
    let from = IpAddr::V4(Ipv4Addr::new(
        header[12], header[13], header[14], header[15],
    ));
    let to = IpAddr::V4(Ipv4Addr::new(
        header[16], header[17], header[18], header[19],
    ));
    transport(header[9], from, to, packet.get(length..end)?)
}

/// RFC 8200, with hop-by-hop, routing and destination options before the payload.
fn ipv6(packet: &[u8]) -> Option<Payload<'_>> {
    let header = packet.first_chunk::<40>()?;
    let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
    let address = |bytes: &[u8]| -> Option<IpAddr> {
        Some(IpAddr::V6(Ipv6Addr::from(*bytes.first_chunk::<16>()?)))
    };
    let (from, to) = (address(header.get(8..)?)?, address(header.get(24..)?)?);
    let end = if length == 0 {
        packet.len()
    } else {
        40 + length
    };
    let mut rest = packet.get(40..end)?;
    let mut next = header[6];
    for _ in 0..8 {
        if !matches!(next, 0 | 43 | 60) {
            return transport(next, from, to, rest);
        }
        let &[following, words] = rest.first_chunk::<2>()?;
        rest = rest.get(8 + usize::from(words) * 8..)?;
        next = following;
    }
    None
}

fn transport(protocol: u8, from: IpAddr, to: IpAddr, bytes: &[u8]) -> Option<Payload<'_>> {
    let ports = bytes.first_chunk::<4>()?;
    let flow = Flow {
        tcp: protocol == 6,
        from: (from, u16::from_be_bytes([ports[0], ports[1]])),
        to: (to, u16::from_be_bytes([ports[2], ports[3]])),
    };
    match protocol {
        17 => {
            let header = bytes.first_chunk::<8>()?;
            let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
            let end = if length == 0 { bytes.len() } else { length };
            Some(Payload::Udp {
                flow,
                bytes: bytes.get(8..end)?,
            })
        }
        6 => {
            let header = bytes.first_chunk::<20>()?;
            let sequence = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
            let flags = header[13];
            let begins = flags & 0x02 != 0;
            Some(Payload::Tcp(Segment {
                flow,
                sequence: if begins {
                    sequence.wrapping_add(1)
                } else {
                    sequence
                },
                begins,
                ends: flags & 0x05 != 0,
                bytes: bytes.get(usize::from(header[12] >> 4) * 4..)?,
            }))
        }
        _ => None,
    }
}
