//! Control packets of MQTT 3.1.1 (ISO/IEC 20922) and 5.0, as far as a subscriber needs them. Section numbers are those
//! of 5.0.

use oneroof_config::types::MqttVersion;

/// Longest head of a publication that is kept where its content is too large: topic, identifier, properties' length.
const HEAD_BYTES: usize = 66 * 1024;

/// Most bytes of a fixed header: one, and four of the length (1.5.5).
const FIXED_BYTES: usize = 5;

/// Quality of service (4.3).
#[expect(clippy::enum_variant_names, reason = "the names of the standard")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Qos {
    AtMostOnce,
    AtLeastOnce,
    ExactlyOnce,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Packet {
    /// 3.2: whether the broker knew our session, its reason code, and the keep-alive that it wants instead, seconds.
    ConnAck {
        session: bool,
        code: u8,
        keep_alive_s: Option<u16>,
    },
    /// 3.3.
    Publish {
        qos: Qos,
        topic: String,
        /// Packet identifier; 0 with quality 0.
        id: u16,
        /// `None` where it is larger than allowed.
        payload: Option<Vec<u8>>,
    },
    /// 3.6: packet identifier.
    PubRel(u16),
    /// 3.9: a reason code for each topic.
    SubAck(Vec<u8>),
    /// 3.13.
    PingResp,
    /// 3.14: reason code.
    Disconnect(u8),
}

/// Why bytes are no packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum PacketError {
    /// The length has more than four bytes (1.5.5).
    #[error("a length that does not end")]
    Length,
    /// A packet ends before what it says that it holds.
    #[error("a packet that is cut off")]
    Short,
    /// A kind that a broker does not send to a subscriber.
    #[error("a packet of kind {0}, which no broker sends")]
    Kind(u8),
    /// Quality 3 (3.3.1.2).
    #[error("a quality of service that there is not")]
    Qos,
    /// A topic that is no UTF-8 or has wildcards (1.5.4, 3.3.2.1).
    #[error("a topic that is none")]
    Topic,
}

/// Reads a packet's content from the front.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, n: usize) -> Result<&'b [u8], PacketError> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(PacketError::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, PacketError> {
        self.take(1)?.first().copied().ok_or(PacketError::Short)
    }

    fn u16(&mut self) -> Result<u16, PacketError> {
        Ok(u16::from(self.byte()?) << 8 | u16::from(self.byte()?))
    }

    /// A variable byte integer (1.5.5).
    fn length(&mut self) -> Result<usize, PacketError> {
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(PacketError::Length)
    }

    fn text(&mut self) -> Result<&'b [u8], PacketError> {
        let n = self.u16()?;
        self.take(n.into())
    }
}

/// Cuts a stream into packets; holds one at most, and of one that is too large its head.
#[derive(Debug)]
pub(super) struct Incoming {
    version: MqttVersion,
    most: usize,
    held: Vec<u8>,
    /// Bytes of a packet that was too large, still to come.
    discard: usize,
}

impl Incoming {
    /// Payloads of at most `most` bytes.
    pub(super) const fn new(version: MqttVersion, most: usize) -> Self {
        Self {
            version,
            most,
            held: Vec::new(),
            discard: 0,
        }
    }

    /// Takes bytes off the stream.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (gone, kept) = bytes.split_at(self.discard.min(bytes.len()));
        self.discard -= gone.len();
        self.held.extend_from_slice(kept);
    }

    /// The next packet that is whole.
    ///
    /// # Errors
    /// Where the bytes are none; the connection is of no use then.
    pub(super) fn next(&mut self) -> Result<Option<Packet>, PacketError> {
        let mut reader = Reader(&self.held);
        let (first, length) = match reader.byte().and_then(|b| Ok((b, reader.length()?))) {
            Ok(fixed) => fixed,
            Err(PacketError::Short) if self.held.len() < FIXED_BYTES => return Ok(None),
            Err(error) => return Err(error),
        };
        let fixed = self.held.len() - reader.0.len();
        let too_large = length > self.most.saturating_add(HEAD_BYTES);
        let wanted = if too_large { HEAD_BYTES } else { length };
        let Some(content) = reader.0.get(..wanted) else {
            return Ok(None);
        };
        let packet = parse(self.version, first, content, self.most, too_large)?;
        self.discard = length - wanted;
        self.held.drain(..fixed + wanted);
        let already = self.discard.min(self.held.len());
        self.held.drain(..already);
        self.discard -= already;
        Ok(Some(packet))
    }
}

fn parse(
    version: MqttVersion,
    first: u8,
    content: &[u8],
    most: usize,
    too_large: bool,
) -> Result<Packet, PacketError> {
    let five = version == MqttVersion::V5;
    let mut reader = Reader(content);
    Ok(match first >> 4 {
        2 => {
            let session = reader.byte()? & 1 == 1;
            let code = reader.byte()?;
            let keep_alive_s = if five && !reader.0.is_empty() {
                server_keep_alive(&mut reader)?
            } else {
                None
            };
            Packet::ConnAck {
                session,
                code,
                keep_alive_s,
            }
        }
        3 => {
            let qos = match first >> 1 & 3 {
                0 => Qos::AtMostOnce,
                1 => Qos::AtLeastOnce,
                2 => Qos::ExactlyOnce,
                _ => return Err(PacketError::Qos),
            };
            let topic =
                core::str::from_utf8(reader.text()?).map_err(|_no_utf8| PacketError::Topic)?;
            if topic.is_empty() || topic.contains(['+', '#', '\0']) {
                return Err(PacketError::Topic);
            }
            let id = if qos == Qos::AtMostOnce {
                0
            } else {
                reader.u16()?
            };
            let payload = if too_large {
                None
            } else {
                if five {
                    let properties = reader.length()?;
                    reader.take(properties)?;
                }
                (reader.0.len() <= most).then(|| reader.0.to_vec())
            };
            Packet::Publish {
                qos,
                topic: topic.to_owned(),
                id,
                payload,
            }
        }
        6 => Packet::PubRel(reader.u16()?),
        9 => {
            reader.u16()?;
            if five {
                let properties = reader.length()?;
                reader.take(properties)?;
            }
            Packet::SubAck(reader.0.to_vec())
        }
        13 => Packet::PingResp,
        14 => Packet::Disconnect(reader.byte().unwrap_or(0)),
        kind => return Err(PacketError::Kind(kind)),
    })
}

/// The property Server Keep Alive (3.2.2.3.14) of a CONNACK.
fn server_keep_alive(reader: &mut Reader<'_>) -> Result<Option<u16>, PacketError> {
    let length = reader.length()?;
    let mut properties = Reader(reader.take(length)?);
    let mut found = None;
    while !properties.0.is_empty() {
        // 2.2.2.2, those that a CONNACK may have.
        match properties.byte()? {
            0x13 => found = Some(properties.u16()?),
            0x11 | 0x27 => drop(properties.take(4)?),
            0x21 | 0x22 => drop(properties.take(2)?),
            0x24 | 0x25 | 0x28 | 0x29 | 0x2a => drop(properties.take(1)?),
            0x12 | 0x1a | 0x1c | 0x1f | 0x15 | 0x16 => drop(properties.text()?),
            0x26 => {
                properties.text()?;
                properties.text()?;
            }
            // One of a later version: what is after it cannot be told apart.
            _ => break,
        }
    }
    Ok(found)
}

/// What is said when connecting.
#[derive(Debug)]
pub(super) struct Connect<'c> {
    pub(super) version: MqttVersion,
    pub(super) client_id: &'c str,
    pub(super) user: Option<&'c str>,
    pub(super) password: Option<&'c str>,
    pub(super) clean: bool,
    pub(super) keep_alive_s: u16,
    pub(super) session_expiry_s: u32,
    pub(super) receive_maximum: u16,
    pub(super) maximum_packet: u32,
}

fn text(to: &mut Vec<u8>, text: &str) {
    // Configuration is checked; what is too long would be cut, never wrong.
    let bytes = text.as_bytes();
    let n = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    to.extend(n.to_be_bytes());
    to.extend(bytes.iter().take(n.into()));
}

/// A packet of its first byte and content.
fn packet(first: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    let mut left = content.len();
    loop {
        let low = u8::try_from(left & 0x7f).unwrap_or(0);
        left >>= 7;
        out.push(if left > 0 { low | 0x80 } else { low });
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(content);
    out
}

/// CONNECT (3.1).
pub(super) fn connect(c: &Connect<'_>) -> Vec<u8> {
    let five = c.version == MqttVersion::V5;
    let mut out = Vec::new();
    text(&mut out, "MQTT");
    out.push(if five { 5 } else { 4 });
    let mut flags = u8::from(c.clean) << 1;
    flags |= u8::from(c.user.is_some()) << 7;
    flags |= u8::from(c.password.is_some()) << 6;
    out.push(flags);
    out.extend(c.keep_alive_s.to_be_bytes());
    if five {
        // Session Expiry Interval, Receive Maximum, Maximum Packet Size.
        out.push(5 + 3 + 5);
        out.push(0x11);
        out.extend(c.session_expiry_s.to_be_bytes());
        out.push(0x21);
        out.extend(c.receive_maximum.to_be_bytes());
        out.push(0x27);
        out.extend(c.maximum_packet.to_be_bytes());
    }
    text(&mut out, c.client_id);
    for shown in [c.user, c.password].into_iter().flatten() {
        text(&mut out, shown);
    }
    packet(0x10, &out)
}

/// SUBSCRIBE (3.8) to topics, each with its quality.
pub(super) fn subscribe<'t>(
    version: MqttVersion,
    topics: impl Iterator<Item = (&'t str, u8)>,
) -> Vec<u8> {
    // The only one of a connection.
    let mut out = vec![0, 1];
    if version == MqttVersion::V5 {
        out.push(0);
    }
    for (topic, qos) in topics {
        text(&mut out, topic);
        out.push(qos);
    }
    packet(0x82, &out)
}

/// PUBACK (3.4).
pub(super) fn puback(id: u16) -> Vec<u8> {
    packet(0x40, &id.to_be_bytes())
}

/// PUBREC (3.5).
pub(super) fn pubrec(id: u16) -> Vec<u8> {
    packet(0x50, &id.to_be_bytes())
}

/// PUBCOMP (3.7).
pub(super) fn pubcomp(id: u16) -> Vec<u8> {
    packet(0x70, &id.to_be_bytes())
}

/// PINGREQ (3.12).
pub(super) const PINGREQ: [u8; 2] = [0xc0, 0];

/// DISCONNECT (3.14), normal.
pub(super) const DISCONNECT: [u8; 2] = [0xe0, 0];

#[cfg(test)]
mod tests {
    use super::*;

    /// A publication of quality 1 as it stands in 5.0 with one property, and in 3.1.1 without.
    fn publish(version: MqttVersion, payload: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        text(&mut content, "bg/17/alarm");
        content.extend([0, 7]);
        if version == MqttVersion::V5 {
            // Payload Format Indicator.
            content.extend([2, 0x01, 1]);
        }
        content.extend(payload);
        packet(0x32, &content)
    }

    fn expected(payload: Option<&[u8]>) -> Packet {
        Packet::Publish {
            qos: Qos::AtLeastOnce,
            topic: "bg/17/alarm".to_owned(),
            id: 7,
            payload: payload.map(<[u8]>::to_vec),
        }
    }

    #[test]
    fn packets_come_whole_however_the_stream_is_cut() {
        for version in [MqttVersion::V311, MqttVersion::V5] {
            let mut stream = publish(version, b"one");
            stream.extend([0xd0, 0]);
            stream.extend(publish(version, &[0; 300]));
            for size in [1, 2, 3, 7, 1_000] {
                let mut incoming = Incoming::new(version, 1_000);
                let mut got = Vec::new();
                for piece in stream.chunks(size) {
                    incoming.push(piece);
                    while let Some(packet) = incoming.next().unwrap() {
                        got.push(packet);
                    }
                }
                let whole = [
                    expected(Some(b"one")),
                    Packet::PingResp,
                    expected(Some(&[0; 300])),
                ];
                assert_eq!(got, whole);
            }
        }
    }

    #[test]
    fn a_publication_that_is_too_large_is_not_held_and_what_comes_after_it_is_read() {
        let version = MqttVersion::V311;
        for size in [11, 70_000, 200_000] {
            let mut stream = publish(version, &vec![1; size]);
            stream.extend(publish(version, b"next"));
            let mut incoming = Incoming::new(version, 10);
            let mut got = Vec::new();
            for piece in stream.chunks(1_000) {
                incoming.push(piece);
                while let Some(packet) = incoming.next().unwrap() {
                    got.push(packet);
                }
                assert!(incoming.held.len() <= HEAD_BYTES + 2_000);
            }
            assert_eq!(got, [expected(None), expected(Some(b"next"))], "{size}");
        }
    }

    #[test]
    fn a_connack_says_its_reason_and_its_keep_alive() {
        let mut incoming = Incoming::new(MqttVersion::V5, 10);
        // Receive Maximum 20, Server Keep Alive 60, a user property.
        let properties = [0x21, 0, 20, 0x13, 0, 60, 0x26, 0, 1, b'a', 0, 1, b'b'];
        let mut content = vec![1, 0, 13];
        content.extend(properties);
        incoming.push(&packet(0x20, &content));
        let connack = Packet::ConnAck {
            session: true,
            code: 0,
            keep_alive_s: Some(60),
        };
        assert_eq!(incoming.next(), Ok(Some(connack)));
    }

    #[test]
    fn what_is_no_packet_is_an_error_and_no_panic() {
        let cases: [(&[u8], PacketError); 6] = [
            (&[0x30, 0xff, 0xff, 0xff, 0xff], PacketError::Length),
            (&[0x10, 0], PacketError::Kind(1)),
            (&[0x36, 0], PacketError::Qos),
            (&[0x30, 3, 0, 9, b'a'], PacketError::Short),
            (&[0x30, 3, 0, 1, b'#'], PacketError::Topic),
            (&[0x30, 3, 0, 1, 0xff], PacketError::Topic),
        ];
        for (bytes, error) in cases {
            let mut incoming = Incoming::new(MqttVersion::V311, 10);
            incoming.push(bytes);
            assert_eq!(incoming.next(), Err(error));
        }
        // Every two bytes, and those after a publication's first.
        for a in 0..=u8::MAX {
            for b in 0..=u8::MAX {
                let mut incoming = Incoming::new(MqttVersion::V5, 10);
                incoming.push(&[a, 4, b, a, b, a]);
                while let Ok(Some(_)) = incoming.next() {}
            }
        }
    }

    #[test]
    fn what_we_say_is_as_the_standard_writes_it() {
        let c = Connect {
            version: MqttVersion::V311,
            client_id: "ncc",
            user: Some("u"),
            password: Some("p"),
            clean: false,
            keep_alive_s: 30,
            session_expiry_s: 60,
            receive_maximum: 100,
            maximum_packet: 1_000,
        };
        let old = b"\x10\x15\0\x04MQTT\x04\xc0\0\x1e\0\x03ncc\0\x01u\0\x01p";
        assert_eq!(connect(&c), old);
        let new = Connect {
            version: MqttVersion::V5,
            user: None,
            password: None,
            clean: true,
            ..c
        };
        let expected = b"\x10\x1d\0\x04MQTT\x05\x02\0\x1e\x0d\x11\0\0\0\x3c\x21\0\x64\x27\0\0\x03\xe8\0\x03ncc";
        assert_eq!(connect(&new), expected);
        let topics = || [("a/#", 1)].into_iter();
        assert_eq!(
            subscribe(MqttVersion::V311, topics()),
            b"\x82\x08\0\x01\0\x03a/#\x01"
        );
        assert_eq!(
            subscribe(MqttVersion::V5, topics()),
            b"\x82\x09\0\x01\0\0\x03a/#\x01"
        );
        assert_eq!(puback(258), [0x40, 2, 1, 2]);
        assert_eq!(packet(0x30, &[0; 300])[..3], [0x30, 0xac, 2]);
    }
}
