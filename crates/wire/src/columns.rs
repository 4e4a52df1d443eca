//! Track columns: positions as binary, little-endian, column by column, so that a browser views them as typed arrays.
//!
//! ```text
//! 0   u8[2]  magic "OT"
//! 2   u8     version, 1
//! 3   u8     flags: bit 0 = first of a snapshot (forget all tracks), bit 1 = last of a snapshot
//! 4   u32    n, positions
//! 8   u32    m, removals
//! 12  u32    reserved, 0
//! 16  i64    base, the server's clock, microseconds since 1970
//! 24  u32[n] handle
//!     i32[n] latitude, 1e-7 degree
//!     i32[n] longitude, 1e-7 degree
//!     u32[n] age: milliseconds from the moment of the position to `base`, saturating
//!     u32[m] handle of a removed track
//!     u16[n] speed, 0.01 m/s; 65535 unknown, 65534 that or more
//!     u16[n] course, 0.01 degree; 65535 unknown
//!     u16[n] heading, 0.01 degree; 65535 unknown
//!     i16[n] altitude, 1 m; -32768 unknown
//!     u8[m]  reason of removal ([`RemoveReason`])
//! ```
//! Four-byte columns come first, so that all are aligned.

use oneroof_model::{LatLon, Time};

use crate::RemoveReason;

const MAGIC: [u8; 2] = *b"OT";
const VERSION: u8 = 1;
const HEADER: usize = 24;
const PER_POSITION: usize = 24;
const PER_REMOVAL: usize = 5;

/// Most positions or removals that a frame may hold.
pub const MAX_ROWS: usize = 65_536;

/// One position in a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Handle of the track.
    pub handle: u32,
    /// Where.
    pub at: LatLon,
    /// When it was there.
    pub time: Time,
    /// Speed over ground, m/s.
    pub speed_mps: Option<f32>,
    /// Course over ground, degrees.
    pub course_deg: Option<f32>,
    /// Heading, degrees.
    pub heading_deg: Option<f32>,
    /// Altitude, metres.
    pub alt_m: Option<f32>,
}

/// A frame of positions and removals.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    /// The first of a snapshot: forget all tracks before it.
    pub first: bool,
    /// The last of a snapshot.
    pub last: bool,
    /// The server's clock.
    pub base: Time,
    /// Positions.
    pub rows: Vec<Row>,
    /// Tracks that left.
    pub removed: Vec<(u32, RemoveReason)>,
}

/// A frame that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a track frame: {0}")]
pub struct FrameError(&'static str);

fn angle(v: Option<f32>) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 35999"
    )]
    v.map_or(u16::MAX, |a| {
        ((a.rem_euclid(360.0) * 100.0).round() as u16) % 36_000
    })
}

fn scaled(degrees: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "at most 1.8e9")]
    {
        (degrees * 1e7).round() as i32
    }
}

fn speed(v: Option<f32>) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped"
    )]
    v.map_or(u16::MAX, |s| {
        (s * 100.0).round().clamp(0.0, 65_534.0) as u16
    })
}

fn altitude(v: Option<f32>) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    v.map_or(i16::MIN, |a| a.round().clamp(-32_767.0, 32_767.0) as i16)
}

fn age_ms(base: Time, then: Time) -> u32 {
    let ms = (base.as_micros().saturating_sub(then.as_micros()) / 1_000).max(0);
    u32::try_from(ms).unwrap_or(u32::MAX)
}

/// Writes a frame, appended to `out`. Rows beyond [`MAX_ROWS`] are not written: the caller pages.
pub fn encode(frame: &Frame, out: &mut Vec<u8>) {
    let rows = frame
        .rows
        .get(..MAX_ROWS.min(frame.rows.len()))
        .unwrap_or_default();
    let removed = frame
        .removed
        .get(..MAX_ROWS.min(frame.removed.len()))
        .unwrap_or_default();
    out.reserve(HEADER + rows.len() * PER_POSITION + removed.len() * PER_REMOVAL);
    out.extend(MAGIC);
    out.extend([VERSION, u8::from(frame.first) | (u8::from(frame.last) << 1)]);
    for n in [rows.len(), removed.len(), 0] {
        out.extend(u32::try_from(n).unwrap_or(0).to_le_bytes());
    }
    out.extend(frame.base.as_micros().to_le_bytes());
    out.extend(rows.iter().flat_map(|r| r.handle.to_le_bytes()));
    out.extend(rows.iter().flat_map(|r| scaled(r.at.lat()).to_le_bytes()));
    out.extend(rows.iter().flat_map(|r| scaled(r.at.lon()).to_le_bytes()));
    out.extend(
        rows.iter()
            .flat_map(|r| age_ms(frame.base, r.time).to_le_bytes()),
    );
    out.extend(removed.iter().flat_map(|(h, _)| h.to_le_bytes()));
    out.extend(rows.iter().flat_map(|r| speed(r.speed_mps).to_le_bytes()));
    out.extend(rows.iter().flat_map(|r| angle(r.course_deg).to_le_bytes()));
    out.extend(rows.iter().flat_map(|r| angle(r.heading_deg).to_le_bytes()));
    out.extend(rows.iter().flat_map(|r| altitude(r.alt_m).to_le_bytes()));
    out.extend(removed.iter().map(|(_, reason)| *reason as u8));
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], FrameError> {
        let (head, rest) = self.0.split_at_checked(n).ok_or(FrameError("too short"))?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        self.take(N)?
            .try_into()
            .map_err(|_short| FrameError("too short"))
    }

    fn column<const N: usize, T>(
        &mut self,
        n: usize,
        f: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, FrameError> {
        let bytes = self.take(n.checked_mul(N).ok_or(FrameError("too long"))?)?;
        let (chunks, _) = bytes.as_chunks::<N>();
        Ok(chunks.iter().map(|c| f(*c)).collect())
    }
}

/// Reads a frame.
///
/// # Errors
/// Where it is none, is cut, or holds what cannot be.
pub fn decode(bytes: &[u8]) -> Result<Frame, FrameError> {
    let mut r = Reader(bytes);
    if r.array::<2>()? != MAGIC {
        return Err(FrameError("magic"));
    }
    let [version, flags] = r.array::<2>()?;
    if version != VERSION {
        return Err(FrameError("version"));
    }
    let size = |b| usize::try_from(u32::from_le_bytes(b)).unwrap_or(usize::MAX);
    let (n, m) = (size(r.array()?), size(r.array()?));
    r.take(4)?;
    if n > MAX_ROWS || m > MAX_ROWS {
        return Err(FrameError("too many rows"));
    }
    let base = Time::from_micros(i64::from_le_bytes(r.array()?));
    let handles = r.column(n, u32::from_le_bytes)?;
    let lats = r.column(n, i32::from_le_bytes)?;
    let lons = r.column(n, i32::from_le_bytes)?;
    let ages = r.column(n, u32::from_le_bytes)?;
    let gone = r.column(m, u32::from_le_bytes)?;
    let speeds = r.column(n, u16::from_le_bytes)?;
    let courses = r.column(n, u16::from_le_bytes)?;
    let headings = r.column(n, u16::from_le_bytes)?;
    let alts = r.column(n, i16::from_le_bytes)?;
    let reasons = r.column(m, |[b]: [u8; 1]| b)?;
    let mut rows = Vec::with_capacity(n);
    for i in 0..n {
        let at = |col: &[u16]| col.get(i).copied().filter(|v| *v != u16::MAX);
        let pick = |col: &[i32]| f64::from(col.get(i).copied().unwrap_or(0)) / 1e7;
        let age_ms = i64::from(ages.get(i).copied().unwrap_or(0));
        rows.push(Row {
            handle: handles.get(i).copied().unwrap_or(0),
            at: LatLon::new(pick(&lats), pick(&lons)).map_err(|_out| FrameError("position"))?,
            time: Time::from_micros(base.as_micros().saturating_sub(age_ms * 1_000)),
            speed_mps: at(&speeds).map(|v| f32::from(v) / 100.0),
            course_deg: at(&courses).map(|v| f32::from(v) / 100.0),
            heading_deg: at(&headings).map(|v| f32::from(v) / 100.0),
            alt_m: alts
                .get(i)
                .copied()
                .filter(|v| *v != i16::MIN)
                .map(f32::from),
        });
    }
    let removed = gone
        .into_iter()
        .zip(reasons)
        .map(|(h, r)| {
            Ok((
                h,
                match r {
                    0 => RemoveReason::Filtered,
                    1 => RemoveReason::Retired,
                    2 => RemoveReason::Archived,
                    3 => RemoveReason::Gone,
                    _ => return Err(FrameError("reason")),
                },
            ))
        })
        .collect::<Result<_, _>>()?;
    Ok(Frame {
        first: flags & 1 != 0,
        last: flags & 2 != 0,
        base,
        rows,
        removed,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row() -> impl Strategy<Value = Row> {
        (
            any::<u32>(),
            -90.0..=90.0f64,
            -180.0..=180.0f64,
            0..1_000_000i64,
            proptest::option::of(0.0..600.0f32),
            proptest::option::of(0.0..360.0f32),
            proptest::option::of(-400.0..20_000.0f32),
        )
            .prop_map(|(handle, lat, lon, age_ms, speed, course, alt)| Row {
                handle,
                at: LatLon::new(lat, lon).unwrap(),
                time: Time::from_micros(1_795_000_000_000_000 - age_ms * 1_000),
                speed_mps: speed,
                course_deg: course,
                heading_deg: course,
                alt_m: alt,
            })
    }

    proptest! {
        #[test]
        fn a_frame_survives_within_its_precision(
            rows in proptest::collection::vec(row(), 0..40),
            gone in proptest::collection::vec(any::<u32>(), 0..10),
        ) {
            let frame = Frame {
                first: true,
                last: false,
                base: Time::from_micros(1_795_000_000_000_000),
                rows,
                removed: gone.into_iter().map(|h| (h, RemoveReason::Retired)).collect(),
            };
            let mut bytes = Vec::new();
            encode(&frame, &mut bytes);
            let back = decode(&bytes).unwrap();
            prop_assert_eq!(&back.removed, &frame.removed);
            prop_assert_eq!(back.rows.len(), frame.rows.len());
            for (a, b) in frame.rows.iter().zip(&back.rows) {
                prop_assert_eq!(a.handle, b.handle);
                prop_assert_eq!(a.time, b.time);
                prop_assert!(a.at.distance_m(b.at) < 0.02);
                prop_assert_eq!(a.speed_mps.is_some(), b.speed_mps.is_some());
                if let (Some(x), Some(y)) = (a.speed_mps, b.speed_mps) {
                    prop_assert!((x - y).abs() <= 0.006);
                }
                if let (Some(x), Some(y)) = (a.alt_m, b.alt_m) {
                    prop_assert!((x - y).abs() <= 0.5);
                }
            }
        }

        #[test]
        fn anything_else_is_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(decode(&bytes));
            let mut framed = b"OT\x01\x00".to_vec();
            framed.extend(&bytes);
            drop(decode(&framed));
        }
    }

    #[test]
    fn a_frame_cut_anywhere_is_refused() {
        let frame = Frame {
            rows: vec![Row {
                handle: 1,
                at: LatLon::new(46.0, 31.0).unwrap(),
                time: Time::EPOCH,
                speed_mps: None,
                course_deg: None,
                heading_deg: None,
                alt_m: None,
            }],
            removed: vec![(2, RemoveReason::Gone)],
            ..Frame::default()
        };
        let mut bytes = Vec::new();
        encode(&frame, &mut bytes);
        assert_eq!(bytes.len(), HEADER + PER_POSITION + PER_REMOVAL);
        for cut in 0..bytes.len() {
            assert!(decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }
}
