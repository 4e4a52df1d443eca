//! Rows of the configuration as the model has them.

use oneroof_model::{CrossingPointDef, EventType, RegionDef, SectionDef, Unit, UnitStatus};

use crate::types::{CrossingPoint, EventTypeRow, RegionRow, Section, UnitRow};
pub(crate) fn event_type_model(row: &EventTypeRow) -> EventType {
    EventType {
        code: row.code.clone(),
        uk: row.uk.clone(),
        en: row.en.clone(),
        sub_layer: row.sub_layer,
        default_impact: row.default_impact,
        lead: row.lead.clone(),
        support: row.support.clone(),
        cot: row.codes.cot.clone(),
        cap: row.codes.cap.map(|c| c.as_str().to_owned()),
        cise_class: row.codes.cise_class.clone(),
        cise_type: row.codes.cise_type.clone(),
        sidc40: row.codes.sidc40.clone(),
    }
}

pub(crate) fn section_model(row: &Section) -> SectionDef {
    SectionDef {
        id: row.id.clone(),
        uk: row.uk.clone(),
        en: row.en.clone(),
        neighbour: row.neighbour.clone(),
        domain: row.domain.as_str().to_owned(),
        level: row.level,
        responsible: row.responsible.as_ref().map(|names| names.uk.clone()),
    }
}

pub(crate) fn crossing_point_model(row: &CrossingPoint) -> CrossingPointDef {
    CrossingPointDef {
        id: row.id.clone(),
        uk: row.uk.clone(),
        en: row.en.clone(),
        neighbour: row.neighbour.clone(),
        counterpart: row.counterpart.clone(),
        kind: row.kind.as_str().to_owned(),
        at: row.at,
        precision: row.precision.as_str().to_owned(),
        status: row.status.as_str().to_owned(),
        section: row.section.clone(),
    }
}

pub(crate) fn region_model(row: &RegionRow) -> RegionDef {
    RegionDef {
        id: row.id.clone(),
        uk: row.uk.clone(),
        en: row.en.clone(),
    }
}

pub(crate) fn unit_model(row: &UnitRow) -> Unit {
    Unit {
        id: row.id.clone(),
        org: row.org.clone(),
        uk: row.uk.clone(),
        en: row.en.clone(),
        kind: row.kind,
        capabilities: row.capabilities.clone(),
        section: row.section.clone(),
        status: UnitStatus::Available,
        status_at: None,
    }
}
