//! Hours of the week, as people on duty live them.

use jiff::tz::TimeZone;
use oneroof_model::Time;

/// Hours of a week: 168. Slot 0 is Monday from midnight to one.
pub(crate) const SLOTS: u8 = 168;

/// The week of a time zone. Where a clock is put back its hour comes twice, where it is put forward not at all.
#[derive(Debug, Clone)]
pub(crate) struct Week {
    zone: TimeZone,
    name: String,
}

impl Week {
    /// Of an IANA zone; UTC where there is none of that name (the configuration was checked before).
    pub(crate) fn of(name: &str) -> Self {
        let known = TimeZone::get(name).ok();
        Self {
            name: known.as_ref().map_or("UTC", |_| name).to_owned(),
            zone: known.unwrap_or(TimeZone::UTC),
        }
    }

    /// The zone's name: what was learned in another says nothing in this one.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The hour of the week at a moment, 0 to 167.
    pub(crate) fn slot(&self, at: Time) -> u8 {
        let local = self.zone.to_datetime(at.to_jiff().unwrap_or_default());
        let day = u8::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
        let hour = u8::try_from(local.hour()).unwrap_or(0);
        (day * 24 + hour).min(SLOTS - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn the_week_begins_on_monday_at_midnight_of_the_centre_and_not_of_utc() {
        let kyiv = Week::of("Europe/Kyiv");
        // 2026-11-22 is a Sunday; Kyiv is two hours ahead in winter.
        assert_eq!(kyiv.slot(at("2026-11-22T21:59:59Z")), 167);
        assert_eq!(kyiv.slot(at("2026-11-22T22:00:00Z")), 0);
        assert_eq!(Week::of("UTC").slot(at("2026-11-22T22:00:00Z")), 166);
        assert_eq!(Week::of("Nowhere/Atlantis").name(), "UTC");
    }

    #[test]
    fn an_hour_of_people_is_the_same_slot_in_summer_and_in_winter() {
        let kyiv = Week::of("Europe/Kyiv");
        let winter = kyiv.slot(at("2026-11-23T07:30:00Z"));
        let summer = kyiv.slot(at("2026-06-22T06:30:00Z"));
        assert_eq!((winter, summer), (9, 9));
        // The night of 2026-10-25: 03:00 to 04:00 comes twice.
        let twice = [at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")];
        assert_eq!(twice.map(|t| kyiv.slot(t)), [147, 147]);
    }
}
