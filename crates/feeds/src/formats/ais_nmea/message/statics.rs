//! Who a vessel is and where it goes: messages 5 and 24.

use serde::Serialize;

use super::Dimensions;
use crate::formats::ais_nmea::bits::{Bits, Text};

/// Message 5: static and voyage data of a class A station (M.1371-5, Annex 8, 3.3). 424 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct StaticVoyage {
    /// Bits 38-39: edition of M.1371 that the station keeps to.
    pub ais_version: u8,
    /// Bits 40-69: IMO number of seven digits; 0 = not available.
    pub imo: u32,
    /// Bits 70-111: call sign, 7 characters.
    pub callsign: Text<7>,
    /// Bits 112-231: name, 20 characters.
    pub name: Text<20>,
    /// Bits 232-239: type of ship and cargo, 0 to 99; 0 = not available.
    pub ship_type: u8,
    /// Bits 240-269.
    #[serde(flatten)]
    pub dimensions: Dimensions,
    /// Bits 270-273: kind of positioning device, 0 to 15.
    pub epfd: u8,
    /// Bits 274-277: month of arrival, UTC; 0 = not available.
    pub eta_month: u8,
    /// Bits 278-282: day of arrival; 0 = not available.
    pub eta_day: u8,
    /// Bits 283-287: hour of arrival; 24 = not available.
    pub eta_hour: u8,
    /// Bits 288-293: minute of arrival; 60 = not available.
    pub eta_minute: u8,
    /// Bits 294-301: greatest present draught in metres, 0 to 25.5; 25.5 = that or more, 0 = not available.
    pub draught_m: f64,
    /// Bits 302-421: destination, 20 characters.
    pub destination: Text<20>,
    /// Bit 422: true = data terminal not available (the default).
    pub dte: Option<bool>,
}

impl StaticVoyage {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            ais_version: bits.u8(38, 2),
            imo: bits.u(40, 30),
            callsign: bits.text(70),
            name: bits.text(112),
            ship_type: bits.u8(232, 8),
            dimensions: Dimensions::read(bits, 240),
            epfd: bits.u8(270, 4),
            eta_month: bits.u8(274, 4),
            eta_day: bits.u8(278, 5),
            eta_hour: bits.u8(283, 5),
            eta_minute: bits.u8(288, 6),
            draught_m: f64::from(bits.u(294, 8)) / 10.0,
            destination: bits.text(302),
            dte: bits.has(422, 1).then(|| bits.flag(422)),
        }
    }
}

/// Message 24, part A: name of a class B station (3.22.1). 160 bits, often sent with 168.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct PartA {
    /// Bits 38-39: 0.
    pub part_number: u8,
    /// Bits 40-159: name, 20 characters.
    pub name: Text<20>,
}

impl PartA {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            part_number: 0,
            name: bits.text(40),
        }
    }
}

/// Message 24, part B: static data of a class B station (3.22.2). 168 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct PartB {
    /// Bits 38-39: 1.
    pub part_number: u8,
    /// Bits 40-47: type of ship and cargo, 0 to 99.
    pub ship_type: u8,
    /// Bits 48-65: the maker's mark, 3 characters.
    pub vendor_id: Text<3>,
    /// Bits 66-69: the maker's model.
    pub unit_model: u8,
    /// Bits 70-89: the unit's serial number.
    pub unit_serial: u32,
    /// Bits 90-131: call sign, 7 characters.
    pub callsign: Text<7>,
    /// Bits 132-161, except for auxiliary craft.
    #[serde(flatten)]
    pub dimensions: Option<Dimensions>,
    /// Bits 132-161 for auxiliary craft (MMSI 98MIDXXXX): the MMSI of the mother ship.
    pub mothership_mmsi: Option<u32>,
    /// Bits 162-165: kind of positioning device, 0 to 15.
    pub epfd: Option<u32>,
}

impl PartB {
    pub(super) fn read(bits: &Bits, mmsi: u32) -> Self {
        let auxiliary = mmsi / 10_000_000 == 98;
        let there = bits.has(132, 30);
        Self {
            part_number: 1,
            ship_type: bits.u8(40, 8),
            vendor_id: bits.text(48),
            unit_model: bits.u8(66, 4),
            unit_serial: bits.u(70, 20),
            callsign: bits.text(90),
            dimensions: (there && !auxiliary).then(|| Dimensions::read(bits, 132)),
            mothership_mmsi: (there && auxiliary).then(|| bits.u(132, 30)),
            epfd: bits.opt(162, 4),
        }
    }
}
