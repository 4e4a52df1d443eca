//! Times that say only the time of day: which day is meant.

use oneroof_model::Time;

/// Microseconds in a day of 24 hours; formats that send a time of day send UTC.
const DAY_US: i64 = 86_400_000_000;

/// The moment nearest to `at` whose time of day in UTC is `time_of_day_us` microseconds since midnight. `None` where
/// that is not within a day (a leap second counts as the day's end).
///
/// What was sent at 23:59:59 and received at 00:00:01 is of yesterday; what a fast clock sent at 00:00:01 and was
/// received at 23:59:59 is of tomorrow.
pub(crate) fn nearest(at: Time, time_of_day_us: i64) -> Option<Time> {
    if !(0..=DAY_US).contains(&time_of_day_us) {
        return None;
    }
    let now = at.as_micros();
    let same_day = now.div_euclid(DAY_US) * DAY_US + time_of_day_us;
    let ahead = same_day - now;
    let day = if ahead > DAY_US / 2 {
        -DAY_US
    } else if ahead < -DAY_US / 2 {
        DAY_US
    } else {
        0
    };
    Some(Time::from_micros(same_day + day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn the_nearest_day_is_taken() {
        let second = 1_000_000;
        for (received, seconds, meant) in [
            ("2026-11-23T12:00:00Z", 43_190, "2026-11-23T11:59:50Z"),
            ("2026-11-23T00:00:01Z", 86_399, "2026-11-22T23:59:59Z"),
            ("2026-11-23T23:59:59Z", 1, "2026-11-24T00:00:01Z"),
            ("2024-02-29T23:59:59Z", 1, "2024-03-01T00:00:01Z"),
            ("1969-12-31T23:59:59Z", 86_398, "1969-12-31T23:59:58Z"),
        ] {
            assert_eq!(
                nearest(at(received), seconds * second),
                Some(at(meant)),
                "{received}"
            );
        }
        assert_eq!(nearest(at("2026-11-23T12:00:00Z"), 86_401 * second), None);
        assert_eq!(nearest(at("2026-11-23T12:00:00Z"), -1), None);
    }
}
