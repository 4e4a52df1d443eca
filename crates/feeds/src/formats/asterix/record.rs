//! A block into records, a record into its items.
//!
//! EUROCONTROL-SPEC-0149, 5.1: a block is a category, a length of two octets (itself and the category included) and
//! records; 5.3: a record is a field specification, whose bits say which items follow, and those items.

use serde_json::{Map, Value, json};

use super::field::{bits, signed};
use super::item::{Fault, Item, Shape, chained_octets, present};
use super::{cat034, cat048, cat062, cat065};

/// The categories that are read, in the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    /// 034: a radar's service messages.
    Service,
    /// 048: a radar's target reports.
    Plots,
    /// 062: system tracks.
    Tracks,
    /// 065: a tracking system's service messages.
    SystemService,
}

impl Category {
    /// The category of that number, where it is read.
    pub(super) const fn of(number: u8) -> Option<Self> {
        match number {
            34 => Some(Self::Service),
            48 => Some(Self::Plots),
            62 => Some(Self::Tracks),
            65 => Some(Self::SystemService),
            _ => None,
        }
    }

    /// Its number.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Service => 34,
            Self::Plots => 48,
            Self::Tracks => 62,
            Self::SystemService => 65,
        }
    }

    const fn items(self) -> &'static [Item] {
        match self {
            Self::Service => cat034::ITEMS,
            Self::Plots => cat048::ITEMS,
            Self::Tracks => cat062::ITEMS,
            Self::SystemService => cat065::ITEMS,
        }
    }
}

/// A record: its items as they stand in the block.
#[derive(Debug)]
pub(super) struct Record<'a> {
    category: Category,
    items: Vec<(&'static Item, &'a [u8])>,
    /// All its octets.
    pub bytes: &'a [u8],
}

impl<'a> Record<'a> {
    /// Reads the record that `bytes`, the rest of a block, begin with.
    pub(super) fn read(category: Category, bytes: &'a [u8]) -> Result<Self, Fault> {
        let head = chained_octets(bytes)?;
        let mut taken = head;
        let mut items = Vec::new();
        for number in present(bytes.get(..head).unwrap_or_default()) {
            let item = category.items().get(number).unwrap_or(&Item::UNUSED);
            let rest = bytes.get(taken..).unwrap_or_default();
            let length = item.shape.length(rest).map_err(|fault| {
                let which = if item.shape == Shape::Unused {
                    format!("bit {} of the field specification", number + 1)
                } else {
                    format!("I{:03}/{}", category.number(), item.number)
                };
                Fault::new(fault.code, format!("{which}: {}", fault.detail))
            })?;
            items.push((item, rest.get(..length).unwrap_or_default()));
            taken += length;
        }
        let record = Self {
            category,
            items,
            bytes: bytes.get(..taken).unwrap_or_default(),
        };
        record.check()?;
        Ok(record)
    }

    /// What a record of this layout never says: read by another edition's layout it soon would.
    fn check(&self) -> Result<(), Fault> {
        if self.items.is_empty() {
            return Err(Fault::new(
                "empty_record",
                "a field specification without items",
            ));
        }
        let quarter_turn = 1_i64 << 24;
        let out_of_range = |number: &str, from, width, scale: u32| {
            self.signed(number, from, width)
                .is_some_and(|value| value.abs() << scale > quarter_turn)
        };
        // Latitudes: 90 degrees are 2^24 in 32 bits and 2^22 in 24 bits.
        let latitude = match self.category {
            Category::Tracks => out_of_range("105", 0, 32, 0),
            Category::Service => out_of_range("120", 16, 24, 2),
            Category::Plots | Category::SystemService => false,
        };
        if latitude {
            return Err(Fault::new("out_of_range", "a latitude beyond 90 degrees"));
        }
        if self.category == Category::Tracks
            && self
                .signed("105", 32, 32)
                .is_some_and(|longitude| longitude.abs() > 2 * quarter_turn)
        {
            return Err(Fault::new("out_of_range", "a longitude beyond 180 degrees"));
        }
        Ok(())
    }

    /// The category.
    pub(super) const fn category(&self) -> Category {
        self.category
    }

    fn find(&self, number: &str) -> Option<(&'static Item, &'a [u8])> {
        let found = self.items.iter().find(|(item, _)| item.number == number);
        found.copied()
    }

    /// The octets of part `part` (from 0) of a compound item.
    pub(super) fn part(&self, number: &str, part: usize) -> Option<&'a [u8]> {
        let (item, bytes) = self.find(number)?;
        item.shape.part(part, bytes)
    }

    /// An item's octets.
    pub(super) fn item(&self, number: &str) -> Option<&'a [u8]> {
        self.find(number).map(|(_, bytes)| bytes)
    }

    /// `width` bits of an item, from bit `from` on, as a number; nothing where the item is not there or is shorter.
    pub(super) fn bits(&self, number: &str, from: usize, width: usize) -> Option<u64> {
        bits(self.item(number)?, from, width)
    }

    /// The same in two's complement.
    pub(super) fn signed(&self, number: &str, from: usize, width: usize) -> Option<i64> {
        signed(self.item(number)?, from, width)
    }

    /// Whether a bit of an item is set.
    pub(super) fn flag(&self, number: &str, bit: usize) -> bool {
        self.bits(number, bit, 1) == Some(1)
    }

    /// Area and identification code of the sensor or system (item 010 in all of these categories).
    pub(super) fn source(&self) -> Option<(u8, u8)> {
        match self.item("010")? {
            [sac, sic] => Some((*sac, *sic)),
            _ => None,
        }
    }

    /// The aircraft's 24-bit address (I048/220, I062/380 #1).
    pub(super) fn address(&self) -> Option<u64> {
        let octets = match self.category {
            Category::Plots => self.item("220"),
            Category::Tracks => self.part("380", 0),
            Category::Service | Category::SystemService => None,
        };
        bits(octets?, 0, 24)
    }

    /// All its items by number and name: `{"category": 48, "sac": ..., "I048": {"040": {"RHO_nm": ...}}}`.
    pub(super) fn describe(&self) -> Value {
        let items: Map<String, Value> = self
            .items
            .iter()
            .map(|(item, bytes)| (item.number.to_owned(), item.shape.describe(bytes)))
            .collect();
        let number = self.category.number();
        let source = self.source();
        json!({
            "category": number,
            "sac": source.map(|(sac, _)| sac),
            "sic": source.map(|(_, sic)| sic),
            "icao24": self.address().map(|address| format!("{address:06x}")),
            format!("I{number:03}"): items,
        })
    }
}

/// The records of a block and, where not all of it could be read, the rest with its fault.
pub(super) fn records(
    category: Category,
    content: &[u8],
) -> (Vec<Record<'_>>, Option<(&[u8], Fault)>) {
    let mut rest = content;
    let mut records = Vec::new();
    while !rest.is_empty() {
        match Record::read(category, rest) {
            Ok(record) => {
                rest = rest.get(record.bytes.len()..).unwrap_or_default();
                records.push(record);
            }
            Err(fault) => return (records, Some((rest, fault))),
        }
    }
    (records, None)
}
