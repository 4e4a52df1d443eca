//! Monoradar service messages: north marks, sector crossings, state of the radar.
//!
//! EUROCONTROL-SPEC-0149-2b, Category 034, edition 1.29.

use super::field::{q, spare, sq, u};
use super::item::Shape::{Compound, Explicit, Fixed, Repeated};
use super::item::{Item, UNUSED, item, sub};

/// The items in the order of the field specification (the standard user application profile).
pub(super) const ITEMS: &[Item] = &[
    item(
        "010",
        "Data Source Identifier",
        Fixed(&[u("SAC", 8), u("SIC", 8)]),
    ),
    item("000", "Message Type", Fixed(&[u("MsgTyp", 8)])),
    item(
        "030",
        "Time of Day",
        Fixed(&[q("ToD", 24, 1.0 / 128.0, "s")]),
    ),
    item(
        "020",
        "Sector Number",
        Fixed(&[q("Azi", 8, 360.0 / 256.0, "deg")]),
    ),
    item(
        "041",
        "Antenna Rotation Speed",
        Fixed(&[q("RotS", 16, 1.0 / 128.0, "s")]),
    ),
    item(
        "050",
        "System Configuration and Status",
        Compound(&[
            sub(
                "COM",
                Fixed(&[
                    u("NOGO", 1),
                    u("RDPC", 1),
                    u("RDPR", 1),
                    u("OVLRDP", 1),
                    u("OVLXMT", 1),
                    u("MSC", 1),
                    u("TSV", 1),
                    spare(1),
                ]),
            ),
            UNUSED,
            UNUSED,
            sub(
                "PSR",
                Fixed(&[
                    u("PSRANT", 1),
                    u("PSRCHAB", 2),
                    u("PSROVL", 1),
                    u("PSRMSC", 1),
                    spare(3),
                ]),
            ),
            sub(
                "SSR",
                Fixed(&[
                    u("SSRANT", 1),
                    u("SSRCHAB", 2),
                    u("SSROVL", 1),
                    u("SSRMSC", 1),
                    spare(3),
                ]),
            ),
            sub(
                "MDS",
                Fixed(&[
                    u("MDSANT", 1),
                    u("MDSCHAB", 2),
                    u("MDSOVLSUR", 1),
                    u("MDSMSC", 1),
                    u("MDSSCF", 1),
                    u("MDSDLF", 1),
                    u("MDSOVLSCF", 1),
                    u("MDSOVLDLF", 1),
                    spare(7),
                ]),
            ),
        ]),
    ),
    item(
        "060",
        "System Processing Mode",
        Compound(&[
            sub(
                "COM",
                Fixed(&[spare(1), u("REDRDP", 3), u("REDXMT", 3), spare(1)]),
            ),
            UNUSED,
            UNUSED,
            sub(
                "PSR",
                Fixed(&[u("POL", 1), u("PSRREDRAD", 3), u("STC", 2), spare(2)]),
            ),
            sub("SSR", Fixed(&[u("SSRREDRAD", 3), spare(5)])),
            sub("MDS", Fixed(&[u("MDSREDRAD", 3), u("CLU", 1), spare(4)])),
        ]),
    ),
    item(
        "070",
        "Message Count Values",
        Repeated(&[u("TYP", 5), u("counter", 11)]),
    ),
    item(
        "100",
        "Generic Polar Window",
        Fixed(&[
            q("RhoS", 16, 1.0 / 256.0, "nm"),
            q("RhoE", 16, 1.0 / 256.0, "nm"),
            q("ThetaS", 16, 360.0 / 65_536.0, "deg"),
            q("ThetaE", 16, 360.0 / 65_536.0, "deg"),
        ]),
    ),
    item("110", "Data Filter", Fixed(&[u("TYP", 8)])),
    item(
        "120",
        "3D-Position Of Data Source",
        Fixed(&[
            sq("Height", 16, 1.0, "m"),
            sq("LAT", 24, 180.0 / 8_388_608.0, "deg"),
            sq("Lon", 24, 180.0 / 8_388_608.0, "deg"),
        ]),
    ),
    item(
        "090",
        "Collimation Error",
        Fixed(&[
            sq("RngErr", 8, 1.0 / 128.0, "nm"),
            sq("AziErr", 8, 360.0 / 16_384.0, "deg"),
        ]),
    ),
    item("RE", "Reserved Expansion Field", Explicit),
    item("SP", "Special Purpose Field", Explicit),
];
