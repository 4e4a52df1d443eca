//! Times: moments, and periods that split date and time (data model, `Period`).

use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use oneroof_model::{Interval, Time};
use serde_json::Value;

use super::value::text;

/// A moment of `xs:dateTime`, and whether the zone had to be assumed: its offset may be left out.
pub(super) fn moment(text: &str, zone: &TimeZone) -> Option<(Time, bool)> {
    let text = text.trim();
    if let Ok(whole) = text.parse() {
        return Some((whole, false));
    }
    let (day, clock) = text.split_once('T')?;
    let ((day, None), (clock, None)) = (date(day)?, time(clock)?) else {
        return None;
    };
    let at = zone.to_timestamp(day.to_datetime(clock)).ok()?;
    Some((Time::from_micros(at.as_microsecond()), true))
}

/// A date of `xs:date` and its offset, where it has one.
pub(super) fn date(text: &str) -> Option<(civil::Date, Option<Offset>)> {
    let (bare, offset) = split_offset(text.trim(), 10)?;
    Some((bare.parse().ok()?, offset))
}

/// A time of day of `xs:time` and its offset, where it has one.
pub(super) fn time(text: &str) -> Option<(civil::Time, Option<Offset>)> {
    let (bare, offset) = split_offset(text.trim(), 8)?;
    Some((bare.parse().ok()?, offset))
}

/// A value and the offset after it: `Z`, `+02:00`. The offset does not begin before `least` characters.
fn split_offset(text: &str, least: usize) -> Option<(&str, Option<Offset>)> {
    if !text.is_ascii() || text.len() < least {
        return None;
    }
    if let Some(bare) = text.strip_suffix('Z') {
        return Some((bare, Some(Offset::UTC)));
    }
    let (head, tail) = text.split_at(least);
    let Some(sign_at) = tail.find(['+', '-']) else {
        return Some((text, None));
    };
    let (fraction, offset) = tail.split_at(sign_at);
    let digits = offset.get(1..)?;
    let (hours, minutes) = digits.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3_600 + minutes.parse::<i32>().ok()? * 60;
    let signed = if offset.starts_with('-') {
        -seconds
    } else {
        seconds
    };
    let bare = text.get(..head.len() + fraction.len())?;
    Some((bare, Some(Offset::from_seconds(signed).ok()?)))
}

/// A period as an interval, and whether the zone had to be assumed. A date without a time of day is the whole day. A period
/// without a start or an end is what is known of it; nothing where it has no date.
pub(super) fn period(value: &Value, zone: &TimeZone) -> Option<(Interval, bool)> {
    let read = |date_key: &str, time_key: &str, end_of_day: bool| {
        let (day, day_offset) = date(text(value, &[date_key])?)?;
        let clock = text(value, &[time_key]).and_then(time);
        let offset = clock.and_then(|(_, offset)| offset).or(day_offset);
        let at = match clock {
            Some((clock, _)) => day.to_datetime(clock),
            None if end_of_day => day.tomorrow().ok()?.at(0, 0, 0, 0),
            None => day.at(0, 0, 0, 0),
        };
        let zone = offset.map_or_else(|| zone.clone(), TimeZone::fixed);
        let moment = zone.to_timestamp(at).ok()?;
        Some((Time::from_micros(moment.as_microsecond()), offset.is_none()))
    };
    let start = read("StartDate", "StartTime", false);
    let end = read("EndDate", "EndTime", true);
    let whole_day = start.is_some() && text(value, &["StartTime"]).is_none() && end.is_none();
    let end = if whole_day {
        read("StartDate", "StartTime", true)
    } else {
        end
    };
    match (start, end) {
        (Some((start, a)), Some((end, b))) => Some((Interval::between(start, end), a || b)),
        (Some((one, assumed)), None) | (None, Some((one, assumed))) => {
            Some((Interval::at(one), assumed))
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Option<(String, String, bool)> {
        let zone = TimeZone::get("Europe/Kyiv").unwrap();
        let (interval, assumed) = period(value, &zone)?;
        Some((interval.from.to_string(), interval.to.to_string(), assumed))
    }

    #[test]
    fn date_and_time_of_a_period_are_put_together() {
        for (value, from, to, assumed) in [
            (
                json!({ "StartDate": "2026-11-23", "StartTime": "02:30:00Z" }),
                "2026-11-23T02:30:00Z",
                "2026-11-23T02:30:00Z",
                false,
            ),
            (
                json!({ "StartDate": "2026-11-23+02:00", "StartTime": "04:30:00.500" }),
                "2026-11-23T02:30:00.5Z",
                "2026-11-23T02:30:00.5Z",
                false,
            ),
            (
                json!({ "StartDate": "2026-11-23", "StartTime": "04:30:00", "EndDate": "2026-11-23", "EndTime": "05:00:00-01:00" }),
                "2026-11-23T02:30:00Z",
                "2026-11-23T06:00:00Z",
                true,
            ),
            (
                json!({ "StartDate": "2026-11-23Z" }),
                "2026-11-23T00:00:00Z",
                "2026-11-24T00:00:00Z",
                false,
            ),
        ] {
            let expected = (from.to_owned(), to.to_owned(), assumed);
            assert_eq!(read(&value), Some(expected), "{value}");
        }
        assert_eq!(read(&json!({ "StartTime": "02:30:00Z" })), None);
        assert_eq!(read(&json!({ "StartDate": "soon" })), None);
    }

    #[test]
    fn a_moment_without_an_offset_is_taken_in_the_zone_of_the_feed() {
        let zone = TimeZone::get("Europe/Kyiv").unwrap();
        let (at, assumed) = moment("2026-11-23T04:30:00.5", &zone).unwrap();
        assert_eq!(
            (at.to_string().as_str(), assumed),
            ("2026-11-23T02:30:00.5Z", true)
        );
        let (at, assumed) = moment("2026-11-23T04:30:00+01:00", &zone).unwrap();
        assert_eq!(
            (at.to_string().as_str(), assumed),
            ("2026-11-23T03:30:00Z", false)
        );
        assert_eq!(moment("2017-09-01T1:50:00.272+02:00", &zone), None);
        assert_eq!(moment("2026-11-23", &zone), None);
    }

    #[test]
    fn offsets_are_read_in_dates_and_times_of_day() {
        assert!(date("2017-11-02+01:00").unwrap().1.is_some());
        assert!(date("2017-11-02").unwrap().1.is_none());
        assert_eq!(date("2017-11-02+1"), None);
        assert_eq!(date("\u{457}\u{457}\u{457}\u{457}\u{457}\u{457}"), None);
        assert_eq!(time("25:00:00"), None);
        assert!(time("02:41:00.123Z").is_some());
    }
}
