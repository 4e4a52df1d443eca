//! Two maps without files: one with a single tile, one that is damaged.

use oneroof_ports::{MapAbout, MapFault, Maps, Tile, TileKind};

/// The maps `roads` (vector) and `broken`.
pub struct FewMaps;

/// What stands for the compressed tile 1/0/1 of `roads`.
pub const PACKED: &[u8] = b"packed";

/// The same unpacked.
pub const PLAIN: &[u8] = b"plain";

impl Maps for FewMaps {
    fn list(&self) -> Vec<MapAbout> {
        let about = |id: &str, kind| MapAbout {
            id: id.to_owned(),
            uk: "Дороги".to_owned(),
            en: "Roads".to_owned(),
            attribution: "© somebody".to_owned(),
            kind,
            zooms: (0, 14),
            bounds: Some([44.0, 22.0, 53.0, 41.0]),
            readable: kind.is_some(),
        };
        vec![about("roads", Some(TileKind::Mvt)), about("broken", None)]
    }

    fn tile(&self, id: &str, z: u8, x: u32, y: u32, gzip: bool) -> Result<Option<Tile>, MapFault> {
        match (id, z, x, y) {
            ("roads", 1, 0, 1) => Ok(Some(Tile {
                bytes: if gzip { PACKED } else { PLAIN }.to_vec(),
                kind: TileKind::Mvt,
                gzip,
            })),
            ("roads", ..) => Ok(None),
            ("broken", ..) => Err(MapFault::Unreadable),
            _ => Err(MapFault::Unknown),
        }
    }
}
