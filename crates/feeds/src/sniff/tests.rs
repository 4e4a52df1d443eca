use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read(file: Vec<u8>) -> Vec<Chunk> {
    Chunks::new(Cursor::new(file))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn joined(chunks: &[Chunk], stream: u32) -> Vec<u8> {
    chunks
        .iter()
        .filter(|c| c.stream == stream)
        .flat_map(|c| c.bytes.clone())
        .collect()
}

fn tcp(sequence: u32, flags: u8, bytes: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x10, 0x00, 0x20, 0x00];
    packet.extend(sequence.to_be_bytes());
    packet.extend([0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]);
    packet.extend(bytes);
    packet
}

fn udp(port: u16, bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len() + 8).unwrap();
    let mut packet = port.to_be_bytes().to_vec();
    packet.extend([0x20, 0x00]);
    packet.extend(length.to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(bytes);
    packet
}

fn ipv4(protocol: u8, inner: &[u8]) -> Vec<u8> {
    let length = u16::try_from(inner.len() + 20).unwrap();
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend(inner);
    packet
}

fn ipv6(protocol: u8, inner: &[u8]) -> Vec<u8> {
    // With hop-by-hop options of eight bytes.
    let length = u16::try_from(inner.len() + 8).unwrap();
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 64]);
    packet.extend([0xfd; 32]);
    packet.extend([protocol, 0, 1, 4, 0, 0, 0, 0]);
    packet.extend(inner);
    packet
}

fn ethernet(vlan: bool, packet: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; 12];
    if vlan {
        frame.extend([0x81, 0x00, 0x00, 0x2a]);
    }
    frame.extend(if packet[0] >> 4 == 6 {
        [0x86, 0xdd]
    } else {
        [0x08, 0x00]
    });
    frame.extend(packet);
    frame.resize(frame.len().max(60), 0); // least length of a frame
    frame
}

fn pcap(big_endian: bool, frames: &[Vec<u8>]) -> Vec<u8> {
    let u32s = |value: u32| {
        if big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let mut file = u32s(0xa1b2_c3d4).to_vec();
    for value in [0x0004_0002, 0, 0, 65_535, 1] {
        file.extend(u32s(value));
    }
    for (i, frame) in (0_u32..).zip(frames) {
        let length = u32::try_from(frame.len()).unwrap();
        for value in [1_795_401_660 + i, 250_000, length, length] {
            file.extend(u32s(value));
        }
        file.extend(frame);
    }
    file
}

fn pcapng(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let length = u32::try_from(body.len() + 12).unwrap().to_le_bytes();
        file.extend(kind.to_le_bytes());
        file.extend(length);
        file.extend(body);
        file.extend(length);
    };
    let mut section = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    section.extend([1, 0, 0, 0]);
    section.extend([0xff; 8]);
    block(0x0a0d_0d0a, &section);
    // Ethernet, times in milliseconds (option 9, value 3).
    block(
        1,
        &[1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0],
    );
    block(5, b"statistics!!");
    for frame in frames {
        let ms = 1_795_401_660_250_u64;
        let length = u32::try_from(frame.len()).unwrap().to_le_bytes();
        let mut body = vec![0; 4];
        body.extend(u32::try_from(ms >> 32).unwrap().to_le_bytes());
        body.extend(u32::try_from(ms & 0xffff_ffff).unwrap().to_le_bytes());
        body.extend(length);
        body.extend(length);
        body.extend(frame);
        block(6, &body);
    }
    file
}

#[test]
fn plain_and_gzip_of_several_members_give_the_same_bytes() {
    let text = b"!AIVDM,1,1,,A,0,0*00\r\n".repeat(10_000);
    let plain = read(text.clone());
    assert_eq!(joined(&plain, 0), text);
    assert!(
        plain
            .iter()
            .all(|chunk| chunk.time.is_none() && !chunk.datagram)
    );
    let (first, second) = text.split_at(70_001);
    let packed = [gzip(first), gzip(second)].concat();
    assert_eq!(joined(&read(packed), 0), text);
    assert!(read(Vec::new()).is_empty());
    assert_eq!(joined(&read(b"ab".to_vec()), 0), b"ab");
}

#[test]
fn a_gzip_bomb_ends_in_an_error_at_the_bound() {
    let packed = gzip(&vec![0; 10_000_000]);
    assert!(packed.len() < 100_000);
    let mut taken = 0;
    let mut failed = false;
    for chunk in Chunks::with_cap(Cursor::new(packed), 1_000_000).unwrap() {
        match chunk {
            Ok(chunk) => taken += chunk.bytes.len(),
            Err(error) => failed = error.kind() == io::ErrorKind::FileTooLarge,
        }
    }
    assert!(failed && taken <= 1_000_000, "{taken}");
}

#[test]
fn datagrams_of_both_versions_of_ip_come_with_their_time() {
    let frames = vec![
        ethernet(false, &ipv4(17, &udp(5000, b"one\n"))),
        ethernet(true, &ipv6(17, &udp(5000, b"two"))),
        ethernet(false, &ipv4(1, b"ping")),
        ethernet(false, &ipv4(17, &udp(5000, b"three"))),
    ];
    for file in [
        pcap(false, &frames),
        pcap(true, &frames),
        gzip(&pcap(false, &frames)),
        pcapng(&frames),
    ] {
        let mut chunks = Chunks::new(Cursor::new(file)).unwrap();
        let got: Vec<Chunk> = chunks.by_ref().map(Result::unwrap).collect();
        let texts: Vec<&[u8]> = got.iter().map(|chunk| chunk.bytes.as_slice()).collect();
        assert_eq!(texts, [&b"one\n"[..], b"two", b"three"]);
        assert_eq!(
            got.iter().map(|chunk| chunk.stream).collect::<Vec<_>>(),
            [0, 1, 0]
        );
        assert!(got.iter().all(|chunk| chunk.datagram));
        assert_eq!(got[0].time.unwrap().to_string(), "2026-11-23T02:41:00.25Z");
        assert_eq!(chunks.passed_over(), 1);
    }
}

#[test]
fn segments_come_in_order_however_they_were_captured() {
    let start = u32::MAX - 3; // the numbers wrap within
    let at = |offset: u32| start.wrapping_add(offset);
    let segments = [
        tcp(start.wrapping_sub(1), 0x02, b""),
        tcp(at(0), 0x10, b"0123"),
        tcp(at(8), 0x10, b"89ab"),
        tcp(at(4), 0x10, b"4567"),
        tcp(at(2), 0x10, b"2345"),  // repeated
        tcp(at(10), 0x10, b"abcd"), // overlaps
        tcp(at(20), 0x10, b"lost before"),
    ];
    let frames: Vec<_> = segments
        .iter()
        .map(|s| ethernet(false, &ipv4(6, s)))
        .collect();
    let mut chunks = Chunks::new(Cursor::new(pcap(false, &frames))).unwrap();
    let got: Vec<Chunk> = chunks.by_ref().map(Result::unwrap).collect();
    assert_eq!(joined(&got, 0), b"0123456789abcdlost before");
    assert_eq!(chunks.passed_over(), 1, "the gap is counted");
}

#[test]
fn a_missing_segment_does_not_make_memory_grow() {
    let mut frames = vec![ethernet(false, &ipv4(6, &tcp(99, 0x02, b"")))];
    for i in 0..2_000 {
        frames.push(ethernet(
            false,
            &ipv4(6, &tcp(1_000 + i * 1_000, 0x10, &[b'x'; 1_000])),
        ));
    }
    let mut chunks = Chunks::new(Cursor::new(pcap(false, &frames))).unwrap();
    let mut most = 0;
    while let Some(chunk) = chunks.next() {
        chunk.unwrap();
        most = most.max(chunks.ready.len());
    }
    assert!(most <= 300, "{most}");
}

#[test]
fn a_capture_cut_anywhere_ends_without_panic() {
    let frames = vec![
        ethernet(false, &ipv4(6, &tcp(1, 0x10, b"abc"))),
        ethernet(true, &ipv6(17, &udp(1, b"d"))),
    ];
    for file in [
        pcap(false, &frames),
        pcapng(&frames),
        gzip(&pcap(true, &frames)),
    ] {
        for cut in 0..file.len() {
            if let Ok(chunks) = Chunks::new(Cursor::new(file[..cut].to_vec())) {
                assert!(chunks.count() <= 4);
            }
        }
    }
}

proptest! {
    #[test]
    fn damaged_captures_end_without_panic(
        which in 0_usize..4,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let frames = vec![
            ethernet(false, &ipv4(6, &tcp(1, 0x10, b"abc"))),
            ethernet(true, &ipv6(17, &udp(1, b"d"))),
            noise.clone(),
        ];
        let mut file = match which {
            0 => pcap(false, &frames),
            1 => pcapng(&frames),
            2 => gzip(&pcapng(&frames)),
            _ => [&[0xd4, 0xc3, 0xb2, 0xa1][..], &noise].concat(),
        };
        for (at, byte) in damage {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Ok(chunks) = Chunks::new(Cursor::new(file)) {
            let bytes: usize = chunks.flatten().map(|chunk| chunk.bytes.len()).sum();
            prop_assert!(bytes < 1_000_000);
        }
    }
}
