//! Areas that are drawn on the map: what becomes of the commands on them.

use oneroof_geo::check;
use oneroof_model::{
    Actor, Area, AreaDraft, AreaId, CommandRefusal, EntryBody, MAX_AREAS, Marking, Time,
};

use crate::batch::Deciding;
use crate::commands::{forbidden, missing, never_mix};

/// Longest caveat of a marking, bytes.
const MAX_CAVEATS: usize = 500;

fn invalid(why: impl Into<String>) -> CommandRefusal {
    CommandRefusal::Invalid { why: why.into() }
}

/// What the fault of geometry does not know: a marking within bounds, an end that lies ahead.
fn check_rest(
    draft: &AreaDraft,
    before: Option<&Area>,
    now: Time,
    agencies: usize,
) -> Result<(), CommandRefusal> {
    let Marking {
        caveats,
        releasable_to,
        ..
    } = &draft.marking;
    if caveats.as_ref().is_some_and(|c| c.len() > MAX_CAVEATS) {
        return Err(invalid(format!("caveats of at most {MAX_CAVEATS} bytes")));
    }
    if releasable_to.len() > agencies {
        return Err(invalid("it is released to more agencies than there are"));
    }
    let until = draft.until;
    let same = before.is_some_and(|a| a.said.until == until);
    if !same && until.is_some_and(|t| t <= now) {
        return Err(invalid("it would be over already"));
    }
    Ok(())
}

impl Deciding<'_> {
    /// Draws an area, or changes one on the version that was looked at; gives its version.
    pub(crate) fn set_area(
        &mut self,
        by: Actor,
        if_version: Option<u64>,
        id: AreaId,
        draft: AreaDraft,
    ) -> Result<u64, CommandRefusal> {
        let before = self.picture.area(id);
        let (version, has) = (before.map_or(0, |a| a.version), before.is_some());
        if !has && if_version.is_some_and(|v| v > 0) {
            return Err(missing("area"));
        }
        let expected = if_version.unwrap_or(0);
        if expected != version {
            return Err(CommandRefusal::Conflict {
                expected,
                current: version,
            });
        }
        if !has && self.picture.area_count() >= MAX_AREAS {
            return Err(forbidden(format!(
                "{MAX_AREAS} areas are there, and no more at once: remove one that is over"
            )));
        }
        check(&draft).map_err(|fault| invalid(fault.to_string()))?;
        let agencies = self.picture.config().orgs.len();
        check_rest(&draft, before, self.at, agencies)?;
        if before.is_some_and(|a| a.said.mode != draft.mode) {
            return Err(never_mix());
        }
        if let Some(event) = draft.event
            && self.event(event, None)?.mode != draft.mode
        {
            return Err(never_mix());
        }
        let area = match before {
            None => Area {
                id,
                version: 1,
                said: draft,
                drawn_by: by,
                drawn_at: self.at,
                changed_by: None,
                changed_at: None,
            },
            Some(before) => Area {
                id,
                version: version + 1,
                said: draft,
                drawn_by: before.drawn_by.clone(),
                drawn_at: before.drawn_at,
                changed_by: Some(by),
                changed_at: Some(self.at),
            },
        };
        let version = area.version;
        self.record(EntryBody::AreaSet {
            area: Box::new(area),
        });
        Ok(version)
    }

    /// Takes an area off the map and off the list.
    pub(crate) fn remove_area(
        &mut self,
        by: Actor,
        if_version: Option<u64>,
        area: AreaId,
    ) -> Result<(), CommandRefusal> {
        let current = self
            .picture
            .area(area)
            .ok_or_else(|| missing("area"))?
            .version;
        match if_version {
            Some(expected) if expected != current => {
                Err(CommandRefusal::Conflict { expected, current })
            }
            _ => {
                self.record(EntryBody::AreaRemoved { area, by });
                Ok(())
            }
        }
    }
}
