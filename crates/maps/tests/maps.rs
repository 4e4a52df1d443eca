//! Maps of each kind, made here, opened and read; and what is no map.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use oneroof_config::types::OwnMap;
use oneroof_maps::{FileMaps, OpenError, check};
use oneroof_ports::{MapFault, Maps as _, TileKind};
use tempfile::TempDir;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\none";
const JPG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 7];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut e = GzEncoder::new(Vec::new(), Compression::fast());
    e.write_all(bytes).unwrap();
    e.finish().unwrap()
}

/// An MBTiles file with tiles (zoom, column, row from the south).
fn mbtiles(file: &Path, metadata: &[(&str, &str)], tiles: &[(u8, u32, u32, &[u8])]) {
    let db = rusqlite::Connection::open(file).unwrap();
    db.execute_batch(
        "CREATE TABLE metadata (name TEXT, value TEXT);
         CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB);
         CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row);",
    )
    .unwrap();
    for (name, value) in metadata {
        db.execute("INSERT INTO metadata VALUES (?1, ?2)", [name, value])
            .unwrap();
    }
    for (z, x, row, data) in tiles {
        let values = rusqlite::params![z, x, row, data];
        db.execute("INSERT INTO tiles VALUES (?1, ?2, ?3, ?4)", values)
            .unwrap();
    }
}

/// A PMTiles file with vector tiles by their numbers on the curve, below a root that leads to one leaf.
fn pmtiles(file: &Path, tiles: &[(u64, &[u8])], kind: u8) {
    fn varint(out: &mut Vec<u8>, mut value: u64) {
        while value >= 0x80 {
            out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
            value >>= 7;
        }
        out.push(u8::try_from(value).unwrap());
    }
    let (mut data, mut leaf) = (Vec::new(), Vec::new());
    varint(&mut leaf, tiles.len() as u64);
    let mut before = 0;
    for (number, _) in tiles {
        varint(&mut leaf, number - before);
        before = *number;
    }
    for _ in tiles {
        varint(&mut leaf, 1);
    }
    for (_, bytes) in tiles {
        varint(&mut leaf, bytes.len() as u64);
    }
    for (i, (_, bytes)) in tiles.iter().enumerate() {
        varint(&mut leaf, u64::from(i == 0));
        data.extend_from_slice(bytes);
    }
    let leaf = gzip(&leaf);
    let mut root = Vec::new();
    // One entry: from tile 0, no run (a directory), its length, at offset 0.
    for value in [1, 0, 0, leaf.len() as u64, 1] {
        varint(&mut root, value);
    }
    let root = gzip(&root);
    let mut head = b"PMTiles\x03".to_vec();
    let (root_at, leaf_at) = (127u64, 127 + root.len() as u64);
    let data_at = leaf_at + leaf.len() as u64;
    for number in [
        root_at,
        root.len() as u64,
        data_at,
        0,
        leaf_at,
        leaf.len() as u64,
        data_at,
        data.len() as u64,
        3,
        3,
        3,
    ] {
        head.extend_from_slice(&number.to_le_bytes());
    }
    // Clustered; directories gzip; tiles gzip; the kind; zooms 0 to 14.
    head.extend_from_slice(&[1, 2, 2, kind, 0, 14]);
    for e7 in [220_000_000i32, 440_000_000, 410_000_000, 530_000_000] {
        head.extend_from_slice(&e7.to_le_bytes());
    }
    head.push(6);
    head.extend_from_slice(&[0; 8]);
    assert_eq!(head.len(), 127);
    fs::write(file, [head, root, leaf, data].concat()).unwrap();
}

/// Maps as a configuration names them.
fn configured(paths: &[(&str, &Path)]) -> Vec<OwnMap> {
    let folder = TempDir::new().unwrap();
    let rows: Vec<String> = paths
        .iter()
        .map(|(id, path)| {
            let path = path.display();
            format!(
                "  - {{id: {id}, name: {{uk: К, en: M}}, attribution: © хтось, path: \"{path}\"}}\n"
            )
        })
        .collect();
    let text = format!("maps:\n{}", rows.concat());
    fs::write(folder.path().join("centre.yaml"), text).unwrap();
    let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config");
    let folders = [shipped, folder.path().to_path_buf()];
    let config = oneroof_config::load_with(&folders, &|_| None)
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    config.centre.maps
}

fn opened(path: &Path) -> FileMaps {
    FileMaps::open(&configured(&[("own", path)]))
}

#[test]
fn a_raster_mbtiles_is_read_with_its_rows_turned_over() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("topo.mbtiles");
    let metadata = [
        ("format", "png"),
        ("minzoom", "1"),
        ("maxzoom", "2"),
        ("bounds", "22,44,41,53"),
    ];
    mbtiles(&file, &metadata, &[(2, 1, 0, PNG), (2, 1, 3, JPG)]);
    let maps = opened(&file);
    let about = maps.list().remove(0);
    assert_eq!(about.kind, Some(TileKind::Png));
    assert_eq!(about.zooms, (1, 2));
    assert_eq!(about.bounds, Some([44.0, 22.0, 53.0, 41.0]));
    assert!(about.readable);
    assert_eq!(
        (about.uk.as_str(), about.attribution.as_str()),
        ("К", "© хтось")
    );
    // Row 0 of TMS is the southernmost: 3 of the four when counted from the north.
    let south = maps.tile("own", 2, 1, 3, true).unwrap().unwrap();
    assert_eq!((south.kind, south.bytes.as_slice()), (TileKind::Png, PNG));
    let north = maps.tile("own", 2, 1, 0, true).unwrap().unwrap();
    assert_eq!(
        north.kind,
        TileKind::Jpeg,
        "a picture is told as what it is"
    );
    assert_eq!(maps.tile("own", 2, 0, 0, true), Ok(None));
}

#[test]
fn what_lies_outside_of_the_world_is_no_tile_and_another_map_is_unknown() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("topo.mbtiles");
    mbtiles(&file, &[("format", "png")], &[(0, 0, 0, PNG)]);
    let maps = opened(&file);
    assert_eq!(maps.list()[0].zooms, (0, 0), "found where not stated");
    for (z, x, y) in [(0, 1, 0), (0, 0, 1), (25, 0, 0), (255, u32::MAX, u32::MAX)] {
        assert_eq!(maps.tile("own", z, x, y, true), Ok(None), "{z}/{x}/{y}");
    }
    assert_eq!(maps.tile("other", 0, 0, 0, true), Err(MapFault::Unknown));
}

#[test]
fn a_vector_mbtiles_gives_its_tiles_packed_or_not() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("roads.mbtiles");
    let packed = gzip(b"\x1a\x02\x78\x02");
    mbtiles(&file, &[("format", "pbf")], &[(0, 0, 0, &packed)]);
    let maps = opened(&file);
    let tile = maps.tile("own", 0, 0, 0, true).unwrap().unwrap();
    assert_eq!((tile.kind, tile.gzip), (TileKind::Mvt, true));
    let plain = maps.tile("own", 0, 0, 0, false).unwrap().unwrap();
    assert_eq!(plain.bytes, b"\x1a\x02\x78\x02");
}

#[test]
fn a_pmtiles_file_is_read_through_its_leaves() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("roads.pmtiles");
    let (a, b) = (gzip(b"\x1a\x00"), gzip(b"\x1a\x01\x00"));
    pmtiles(&file, &[(0, &a), (3, &b)], 1);
    let maps = opened(&file);
    let about = maps.list().remove(0);
    assert_eq!((about.kind, about.zooms), (Some(TileKind::Mvt), (0, 14)));
    assert_eq!(about.bounds, Some([44.0, 22.0, 53.0, 41.0]));
    assert_eq!(maps.tile("own", 0, 0, 0, true).unwrap().unwrap().bytes, a);
    // Number 3 is the tile 1/1/1.
    let tile = maps.tile("own", 1, 1, 1, false).unwrap().unwrap();
    assert_eq!(tile.bytes, b"\x1a\x01\x00");
    assert_eq!(maps.tile("own", 1, 0, 0, true), Ok(None));
}

#[test]
fn a_folder_gives_what_is_in_it_and_follows_no_link_out_of_it() {
    let folder = TempDir::new().unwrap();
    let tiles = folder.path().join("tiles");
    fs::create_dir_all(tiles.join("5/17")).unwrap();
    fs::write(tiles.join("5/17/10.png"), PNG).unwrap();
    fs::write(folder.path().join("secret.png"), PNG).unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret.png"), tiles.join("5/17/11.png"))
        .unwrap();
    std::os::unix::fs::symlink("10.png", tiles.join("5/17/12.png")).unwrap();
    let maps = opened(&tiles);
    let about = maps.list().remove(0);
    assert_eq!((about.kind, about.zooms), (Some(TileKind::Png), (5, 5)));
    assert_eq!(
        maps.tile("own", 5, 17, 10, true).unwrap().unwrap().bytes,
        PNG
    );
    assert_eq!(
        maps.tile("own", 5, 17, 12, true).unwrap().unwrap().bytes,
        PNG
    );
    assert_eq!(maps.tile("own", 5, 17, 11, true), Err(MapFault::Unreadable));
    assert!(!maps.list()[0].readable);
    assert_eq!(maps.tile("own", 5, 17, 13, true), Ok(None));
    assert!(maps.list()[0].readable, "the last one could be read");
}

#[test]
fn what_is_no_map_is_told_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert_eq!(check(&at("missing.mbtiles")), Err(OpenError::Missing));
    fs::write(at("text.mbtiles"), "hello").unwrap();
    fs::write(at("empty.mbtiles"), "").unwrap();
    rusqlite::Connection::open(at("other.mbtiles"))
        .unwrap()
        .execute_batch("CREATE TABLE t (a);")
        .unwrap();
    mbtiles(&at("none.mbtiles"), &[], &[]);
    fs::create_dir_all(at("folder/1/2")).unwrap();
    fs::write(
        at("v2.pmtiles"),
        [b"PMTiles\x02".as_slice(), &[0; 119]].concat(),
    )
    .unwrap();
    for name in [
        "text.mbtiles",
        "empty.mbtiles",
        "other.mbtiles",
        "none.mbtiles",
        "folder",
        "v2.pmtiles",
    ] {
        let error = check(&at(name)).unwrap_err();
        assert_eq!(error.code(), "no-map", "{name}: {error}");
        assert!(error.help().contains("MBTiles"), "{name}");
    }
    mbtiles(&at("gif.mbtiles"), &[("format", "gif")], &[(0, 0, 0, PNG)]);
    pmtiles(&at("avif.pmtiles"), &[(0, b"x")], 5);
    fs::write(at("folder/1/2/3.gif"), "GIF89a").unwrap();
    for name in ["gif.mbtiles", "avif.pmtiles", "folder"] {
        let error = check(&at(name)).unwrap_err();
        assert_eq!(error.code(), "tile-format", "{name}: {error}");
    }
}

#[test]
fn a_damaged_map_is_an_answer_and_never_a_panic() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("topo.mbtiles");
    let big: Vec<u8> = [PNG, &vec![7; 60_000]].concat();
    let tiles: Vec<(u8, u32, u32, &[u8])> = (0..16).map(|x| (4, x, 0, big.as_slice())).collect();
    mbtiles(&file, &[("format", "png")], &tiles);
    let maps = opened(&file);
    assert!(maps.tile("own", 4, 0, 15, true).unwrap().is_some());
    // Everything behind the first pages is overwritten while the map is open.
    let mut bytes = fs::read(&file).unwrap();
    bytes[8_192..].fill(0xa5);
    fs::write(&file, &bytes).unwrap();
    let answers: Vec<_> = (0..16).map(|x| maps.tile("own", 4, x, 15, true)).collect();
    assert!(
        answers.contains(&Err(MapFault::Unreadable)),
        "{}",
        answers.len()
    );
    // A file cut short at any of some places is opened or not, and asked without a panic.
    let file = folder.path().join("roads.pmtiles");
    let tile = gzip(b"\x1a\x00");
    pmtiles(&file, &[(0, &tile)], 1);
    let whole = fs::read(&file).unwrap();
    let mut unreadable = 0;
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        let maps = opened(&file);
        if maps.tile("own", 0, 0, 0, true) == Err(MapFault::Unreadable) {
            unreadable += 1;
        }
    }
    assert_eq!(unreadable, whole.len());
}

#[test]
fn a_map_that_cannot_be_opened_is_listed_as_not_readable() {
    let folder = TempDir::new().unwrap();
    let maps = opened(&folder.path().join("away.mbtiles"));
    let about = maps.list().remove(0);
    assert_eq!((about.kind, about.readable), (None, false));
    assert_eq!(maps.tile("own", 0, 0, 0, true), Err(MapFault::Unreadable));
}
