//! Service status messages of a tracking system.
//!
//! EUROCONTROL-SPEC-0149-15, Category 065, edition 1.6.

use super::field::{q, spare, u};
use super::item::Shape::{Explicit, Fixed};
use super::item::{Item, item};

/// The items in the order of the field specification.
pub(super) const ITEMS: &[Item] = &[
    item(
        "010",
        "Data Source Identifier",
        Fixed(&[u("SAC", 8), u("SIC", 8)]),
    ),
    item("000", "Message Type", Fixed(&[u("Typ", 8)])),
    item("015", "Service Identification", Fixed(&[u("SID", 8)])),
    item(
        "030",
        "Time of Message",
        Fixed(&[q("ToD", 24, 1.0 / 128.0, "s")]),
    ),
    item("020", "Batch Number", Fixed(&[u("BTN", 8)])),
    item(
        "040",
        "SDPS Configuration and Status",
        Fixed(&[
            u("NOGO", 2),
            u("OVL", 1),
            u("TSV", 1),
            u("PSS", 2),
            u("STTN", 1),
            spare(1),
        ]),
    ),
    item("050", "Service Status Report", Fixed(&[u("REP", 8)])),
    Item::UNUSED,
    Item::UNUSED,
    Item::UNUSED,
    Item::UNUSED,
    Item::UNUSED,
    item("RE", "Reserved Expansion Field", Explicit),
    item("SP", "Special Purpose Field", Explicit),
];
