//! What the bytes of a tile are, whatever the map says of them.

use std::io::Read as _;

use flate2::read::{GzDecoder, ZlibDecoder};
use oneroof_ports::{Tile, TileKind};

use crate::{MAX_TILE_BYTES, MAX_UNPACKED_BYTES};

/// The kind of picture by its first bytes.
pub(crate) fn picture(bytes: &[u8]) -> Option<TileKind> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(TileKind::Png)
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(TileKind::Jpeg)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(TileKind::Webp)
    } else {
        None
    }
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Deflate with the head of zlib (RFC 1950); no vector tile begins so, for its first field is a layer (0x1a).
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..])
}

/// Unpacks at most [`MAX_UNPACKED_BYTES`].
pub(crate) fn unpacked(from: impl std::io::Read) -> Result<Vec<u8>, String> {
    let limit = u64::try_from(MAX_UNPACKED_BYTES).unwrap_or(u64::MAX);
    let mut out = Vec::new();
    let read = from.take(limit.saturating_add(1)).read_to_end(&mut out);
    read.map_err(|e| format!("it cannot be unpacked: {e}"))?;
    if out.len() > MAX_UNPACKED_BYTES {
        return Err(format!(
            "it unpacks to more than {MAX_UNPACKED_BYTES} bytes"
        ));
    }
    Ok(out)
}

/// Gunzips within bounds.
pub(crate) fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    unpacked(GzDecoder::new(bytes))
}

/// A tile out of what lies in the map; unpacked where `gzip` is not welcome.
pub(crate) fn tile(kind: TileKind, bytes: Vec<u8>, gzip: bool) -> Result<Tile, String> {
    if bytes.len() > MAX_TILE_BYTES {
        return Err(format!("larger than {MAX_TILE_BYTES} bytes"));
    }
    if !kind.is_vector() {
        // Some maps mix PNG and JPEG.
        let kind = picture(&bytes).ok_or("neither a PNG, JPEG nor WebP picture")?;
        return Ok(Tile {
            bytes,
            kind,
            gzip: false,
        });
    }
    if picture(&bytes).is_some() {
        return Err("a picture among vector tiles".to_owned());
    }
    let packed = is_gzip(&bytes);
    let bytes = if packed && !gzip {
        gunzip(&bytes)?
    } else if is_zlib(&bytes) {
        unpacked(ZlibDecoder::new(bytes.as_slice()))?
    } else {
        bytes
    };
    Ok(Tile {
        bytes,
        kind,
        gzip: packed && gzip,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    /// The smallest head of a PNG.
    pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n...";

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut e = GzEncoder::new(Vec::new(), Compression::fast());
        e.write_all(bytes).unwrap();
        e.finish().unwrap()
    }

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        assert_eq!(picture(PNG), Some(TileKind::Png));
        assert_eq!(picture(&[0xff, 0xd8, 0xff, 0xe0]), Some(TileKind::Jpeg));
        assert_eq!(picture(b"RIFF....WEBPVP8 "), Some(TileKind::Webp));
        assert_eq!(picture(b"RIFF....WAVE"), None);
        assert_eq!(picture(b""), None);
    }

    #[test]
    fn a_vector_tile_stays_packed_where_that_is_welcome_and_is_unpacked_where_not() {
        let packed = gzip(b"\x1a\x00");
        let kept = tile(TileKind::Mvt, packed.clone(), true).unwrap();
        assert_eq!((kept.gzip, &kept.bytes), (true, &packed));
        let plain = tile(TileKind::Mvt, packed, false).unwrap();
        assert_eq!(
            (plain.gzip, plain.bytes.as_slice()),
            (false, &b"\x1a\x00"[..])
        );
        let mut e = ZlibEncoder::new(Vec::new(), Compression::fast());
        e.write_all(b"\x1a\x00").unwrap();
        let zlib = tile(TileKind::Mvt, e.finish().unwrap(), true).unwrap();
        assert_eq!(
            (zlib.gzip, zlib.bytes.as_slice()),
            (false, &b"\x1a\x00"[..])
        );
    }

    #[test]
    fn what_is_no_picture_or_unpacks_without_end_is_a_fault() {
        assert!(tile(TileKind::Png, b"hello".to_vec(), true).is_err());
        assert!(tile(TileKind::Mvt, PNG.to_vec(), true).is_err());
        assert!(tile(TileKind::Png, vec![0; MAX_TILE_BYTES + 1], true).is_err());
        let bomb = gzip(&vec![0; MAX_UNPACKED_BYTES + 1]);
        assert!(bomb.len() < MAX_TILE_BYTES);
        assert!(tile(TileKind::Mvt, bomb, false).is_err());
    }
}
