//! PMTiles, version 3 (specification of Protomaps, 2022): one file, a head of 127 bytes, directories of runs of tiles in the
//! order of a Hilbert curve, the tiles.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use oneroof_ports::TileKind;

use crate::{MAX_TILE_BYTES, OpenError, Tiles, bounds, sniff};

/// Bytes of the head.
const HEAD_BYTES: usize = 127;

/// Largest directory as it lies in the file, bytes: 4 MB, far more than writers make.
const MAX_DIRECTORY_BYTES: usize = 4_000_000;

/// Most entries of one directory.
const MAX_ENTRIES: usize = 2_000_000;

/// A root, and leaves below it: the specification allows three, one more does no harm.
const MAX_DEPTH: u8 = 4;

/// Leaf directories that stay in memory.
const MAX_LEAVES: usize = 64;

/// A run of tiles with one content, or (where `run` is 0) a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Entry {
    tile: u64,
    run: u64,
    length: u64,
    offset: u64,
}

/// An open file.
pub(crate) struct PmTiles {
    file: File,
    root: Arc<[Entry]>,
    leaves: Mutex<BTreeMap<u64, Arc<[Entry]>>>,
    leaf_offset: u64,
    data_offset: u64,
    /// Whether directories are compressed with gzip.
    packed: bool,
    kind: TileKind,
    zooms: (u8, u8),
    bounds: Option<[f64; 4]>,
}

fn u64_at(head: &[u8], at: usize) -> u64 {
    let part = head.get(at..at.saturating_add(8));
    part.and_then(|p| p.try_into().ok())
        .map_or(0, u64::from_le_bytes)
}

/// Degrees, as the head writes them: times ten millions.
fn degrees_at(head: &[u8], at: usize) -> f64 {
    let part = head.get(at..at.saturating_add(4));
    let e7 = part
        .and_then(|p| p.try_into().ok())
        .map_or(0, i32::from_le_bytes);
    f64::from(e7) / 1e7
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Reads a directory: numbers of tiles as differences, runs, lengths, offsets (0: behind the one before).
fn directory(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let count = usize::try_from(varint(&mut bytes)?).ok()?;
    // Each entry has at least four bytes.
    if count > MAX_ENTRIES || count > bytes.len() / 4 {
        return None;
    }
    let mut entries = vec![Entry::default(); count];
    let mut tile = 0u64;
    for entry in &mut entries {
        tile = tile.checked_add(varint(&mut bytes)?)?;
        entry.tile = tile;
    }
    for entry in &mut entries {
        entry.run = varint(&mut bytes)?;
    }
    for entry in &mut entries {
        entry.length = varint(&mut bytes)?;
    }
    let mut behind = 0u64;
    for entry in &mut entries {
        entry.offset = match varint(&mut bytes)? {
            0 => behind,
            offset => offset - 1,
        };
        behind = entry.offset.checked_add(entry.length)?;
    }
    Some(entries)
}

/// The entry that holds a tile, or the directory that may.
fn find(entries: &[Entry], tile: u64) -> Option<Entry> {
    let after = entries.partition_point(|e| e.tile <= tile);
    let entry = entries.get(after.checked_sub(1)?)?;
    let holds = entry.run == 0 || tile - entry.tile < entry.run;
    holds.then_some(*entry)
}

/// Number of a tile: all tiles of the lower zooms, then its place on the Hilbert curve of its own. `z` is at most 24.
pub(crate) fn number(z: u8, x: u32, y: u32) -> u64 {
    let below = ((1u64 << (2 * z)) - 1) / 3;
    let (mut x, mut y, mut on_curve) = (u64::from(x), u64::from(y), 0u64);
    let mut side = (1u64 << z) >> 1;
    while side > 0 {
        let right = u64::from(x & side > 0);
        let down = u64::from(y & side > 0);
        on_curve += side * side * ((3 * right) ^ down);
        if down == 0 {
            if right == 1 {
                x = (side - 1).wrapping_sub(x & (side - 1));
                y = (side - 1).wrapping_sub(y & (side - 1));
            }
            core::mem::swap(&mut x, &mut y);
        }
        side >>= 1;
    }
    below + on_curve
}

impl PmTiles {
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let unreadable = |e: std::io::Error| OpenError::Unreadable(e.to_string());
        let file = File::open(path).map_err(unreadable)?;
        let mut head = [0u8; HEAD_BYTES];
        file.read_exact_at(&mut head, 0).map_err(unreadable)?;
        let byte = |at: usize| head.get(at).copied().unwrap_or(0);
        if byte(7) != 3 {
            let message = format!("a PMTiles file of version {}; only 3 is read", byte(7));
            return Err(OpenError::NotAMap(message));
        }
        let packed = match byte(97) {
            1 => false,
            2 => true,
            _ => {
                let message = "its directories are compressed otherwise than with gzip".to_owned();
                return Err(OpenError::NotAMap(message));
            }
        };
        if !matches!(byte(98), 0..=2) {
            let message = "tiles compressed otherwise than with gzip".to_owned();
            return Err(OpenError::UnknownFormat(message));
        }
        let kind = match byte(99) {
            1 => TileKind::Mvt,
            2 => TileKind::Png,
            3 => TileKind::Jpeg,
            4 => TileKind::Webp,
            5 => return Err(OpenError::UnknownFormat("avif".to_owned())),
            other => return Err(OpenError::UnknownFormat(format!("number {other}"))),
        };
        let (low, high) = (byte(100), byte(101).min(crate::MAX_ZOOM));
        let mut map = Self {
            file,
            root: Arc::default(),
            leaves: Mutex::default(),
            leaf_offset: u64_at(&head, 40),
            data_offset: u64_at(&head, 56),
            packed,
            kind,
            zooms: (low.min(high), high),
            bounds: bounds([
                degrees_at(&head, 106),
                degrees_at(&head, 102),
                degrees_at(&head, 114),
                degrees_at(&head, 110),
            ]),
        };
        let root = map.read_directory(u64_at(&head, 8), u64_at(&head, 16));
        map.root = root.map_err(OpenError::Unreadable)?.into();
        Ok(map)
    }

    fn bytes(&self, offset: u64, length: u64, most: usize) -> Result<Vec<u8>, String> {
        let length = usize::try_from(length)
            .ok()
            .filter(|l| *l <= most)
            .ok_or_else(|| format!("a part of {length} bytes"))?;
        let mut bytes = vec![0u8; length];
        self.file
            .read_exact_at(&mut bytes, offset)
            .map_err(|e| e.to_string())?;
        Ok(bytes)
    }

    fn read_directory(&self, offset: u64, length: u64) -> Result<Vec<Entry>, String> {
        let mut bytes = self.bytes(offset, length, MAX_DIRECTORY_BYTES)?;
        if self.packed {
            bytes = sniff::gunzip(&bytes)?;
        }
        directory(&bytes).ok_or_else(|| "a damaged directory".to_owned())
    }

    fn leaf(&self, entry: Entry) -> Result<Arc<[Entry]>, String> {
        let leaves = || self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = leaves().get(&entry.offset) {
            return Ok(Arc::clone(known));
        }
        let offset = self.leaf_offset.checked_add(entry.offset);
        let offset = offset.ok_or("a directory beyond the file")?;
        let read: Arc<[Entry]> = self.read_directory(offset, entry.length)?.into();
        let mut leaves = leaves();
        if leaves.len() >= MAX_LEAVES {
            leaves.clear();
        }
        leaves.insert(entry.offset, Arc::clone(&read));
        Ok(read)
    }
}

impl Tiles for PmTiles {
    fn about(&self) -> (TileKind, (u8, u8), Option<[f64; 4]>) {
        (self.kind, self.zooms, self.bounds)
    }

    fn raw(&self, z: u8, x: u32, y: u32) -> Result<Option<Vec<u8>>, String> {
        let tile = number(z, x, y);
        let mut directory = Arc::clone(&self.root);
        for _ in 0..MAX_DEPTH {
            let Some(entry) = find(&directory, tile) else {
                return Ok(None);
            };
            if entry.run > 0 {
                let offset = self.data_offset.checked_add(entry.offset);
                let offset = offset.ok_or("a tile beyond the file")?;
                let bytes = self.bytes(offset, entry.length, MAX_TILE_BYTES)?;
                return Ok((!bytes.is_empty()).then_some(bytes));
            }
            directory = self.leaf(entry)?;
        }
        Err("directories within directories".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tiles_are_numbered_as_the_specification_does() {
        // Its own examples.
        let known = [
            ((0, 0, 0), 0),
            ((1, 0, 0), 1),
            ((1, 0, 1), 2),
            ((1, 1, 1), 3),
            ((1, 1, 0), 4),
            ((2, 0, 0), 5),
            ((12, 3423, 1763), 19_078_479),
        ];
        for ((z, x, y), meant) in known {
            assert_eq!(number(z, x, y), meant, "{z}/{x}/{y}");
        }
    }

    #[test]
    fn a_run_holds_its_tiles_and_no_other() {
        let run = Entry {
            tile: 10,
            run: 3,
            length: 5,
            offset: 0,
        };
        let entries = [run];
        assert_eq!(find(&entries, 9), None);
        assert_eq!(find(&entries, 12), Some(run));
        assert_eq!(find(&entries, 13), None);
    }

    proptest! {
        #[test]
        fn every_tile_of_a_zoom_has_a_number_of_its_own(z in 0u8..5) {
            let side = 1u32 << z;
            let mut seen: Vec<u64> = (0..side).flat_map(|x| (0..side).map(move |y| number(z, x, y))).collect();
            seen.sort_unstable();
            let first = ((1u64 << (2 * z)) - 1) / 3;
            let all: Vec<u64> = (first..first + u64::from(side) * u64::from(side)).collect();
            prop_assert_eq!(seen, all);
        }

        #[test]
        fn random_bytes_are_a_directory_or_none_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let read = directory(&bytes);
            prop_assert!(read.is_none_or(|entries| entries.len() <= bytes.len()));
        }
    }
}
