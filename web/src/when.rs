//! Moments as people type them: `0310`, `03:10`, `23112026 0310`, `23.11 03:10`, `-15m`, an ISO time. In the local zone
//! unless a `Z` says otherwise. Pure: the clock and the zone are parameters.

use oneroof_model::Time;

/// Seconds that the local clock is ahead of universal time at a moment.
pub type Offset<'a> = &'a dyn Fn(Time) -> i64;

/// How far ahead of now a moment may lie, seconds: clocks differ a little.
const MAX_AHEAD_S: i64 = 300;

const DAY_S: i64 = 86_400;

/// Farthest that a span such as `-15m` goes back, seconds: a month.
const MAX_BACK_S: i64 = 31 * DAY_S;

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It has no form that is known.
    Form,
    /// There is no such day or hour.
    NoSuchTime,
    /// It lies in the future.
    Future,
    /// It lies in the past, where an end is asked for.
    Past,
}

impl Unread {
    /// Its words' key in the catalogue.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Form => "call.when.form",
            Self::NoSuchTime => "call.when.none",
            Self::Future => "call.when.future",
            Self::Past => "area.until.past",
        }
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar; `None` where there is no such day.
pub fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let most = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=most).contains(&day) || !(1970..=2199).contains(&year) {
        return None;
    }
    // Howard Hinnant's days_from_civil.
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Year, month and day of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z - era * 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The moment at which the local clock shows so many seconds since 1970; `None` in the hour that a change of the clock
/// skips. Of an hour that comes twice it is the first.
fn at_local(local_s: i64, offset: Offset<'_>) -> Option<Time> {
    let day = |s: i64| offset(Time::from_secs(s));
    let mut found = [day(local_s - DAY_S), day(local_s + DAY_S)].map(|ahead| local_s - ahead);
    found.sort_unstable();
    found
        .into_iter()
        .map(Time::from_secs)
        .find(|t| t.as_secs() + offset(*t) == local_s)
}

fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Seconds since midnight of `0310`, `310`, `03:10` or `03:10:30`.
fn clock(text: &str) -> Option<i64> {
    let (h, m, s) = match text.split(':').collect::<Vec<_>>().as_slice() {
        [h, m] => (number(h)?, number(m)?, 0),
        [h, m, s] => (number(h)?, number(m)?, number(s)?),
        [one] if one.len() == 4 || one.len() == 3 => {
            let n = number(one)?;
            (n / 100, n % 100, 0)
        }
        _ => return None,
    };
    (h < 24 && m < 60 && s < 60).then_some(h * 3_600 + m * 60 + s)
}

/// A date: day, month, and the year where it was typed.
type Date = (i64, i64, Option<i64>);

/// `23112026`, `231126`, `2311`, `23.11.2026`, `23.11.26`, `23.11`, `23/11/2026`, `2026-11-23`.
fn date(text: &str) -> Option<Date> {
    let year = |text: &str| number(text).map(|y| if y < 100 { 2_000 + y } else { y });
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let (day, rest) = text.split_at_checked(2)?;
        let (month, rest) = rest.split_at_checked(2)?;
        let year = match rest.len() {
            0 => None,
            2 | 4 => Some(year(rest)?),
            _ => return None,
        };
        return Some((number(day)?, number(month)?, year));
    }
    match text.split(['.', '/', '-']).collect::<Vec<_>>().as_slice() {
        [y, m, d] if y.len() == 4 => Some((number(d)?, number(m)?, Some(number(y)?))),
        [d, m, y] => Some((number(d)?, number(m)?, Some(year(y)?))),
        [d, m] => Some((number(d)?, number(m)?, None)),
        _ => None,
    }
}

/// Seconds of a span back from now: `-15m`, `-2h`, `-1h30m`, `-15хв`, `-2год`.
fn back(text: &str) -> Option<i64> {
    span(text.strip_prefix(['-', '−', '\u{2013}'])?)
}

/// Seconds of a span: `15m`, `2h`, `1h30m`, `15хв`, `2год`.
fn span(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum = 0_i64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (n, tail) = rest.split_at_checked(digits)?;
        let end = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        let seconds = match unit.trim_end_matches('.') {
            "s" | "с" => 1,
            "m" | "min" | "хв" | "м" => 60,
            "h" | "год" | "г" => 3_600,
            "d" | "дн" | "д" => DAY_S,
            _ => return None,
        };
        sum = sum.checked_add(number(n)?.checked_mul(seconds)?)?;
        rest = tail;
    }
    (sum > 0 && sum <= MAX_BACK_S).then_some(sum)
}

/// The date, the seconds since midnight, and whether both are universal.
fn parts(text: &str) -> Result<(Option<Date>, i64, bool), Unread> {
    let rest = text
        .strip_suffix(['z'])
        .or_else(|| text.strip_suffix("utc"));
    let (text, utc) = rest.map_or((text, false), |rest| (rest.trim(), true));
    let (day, time) = match text.split_once([' ', 't']) {
        Some((day, time)) => (
            Some(date(day.trim()).ok_or(Unread::Form)?),
            clock(time.trim()).ok_or(Unread::Form)?,
        ),
        None => (None, clock(text).ok_or(Unread::Form)?),
    };
    Ok((day, time, utc))
}

/// Reads a moment that lies ahead: `+2h`, or as [`read`] does. A time of day without a date is the next one, a date without a
/// year the next one as well.
///
/// # Errors
/// Where the text is no moment, there is no such one, or it is over.
pub fn read_ahead(text: &str, now: Time, offset: Offset<'_>) -> Result<Time, Unread> {
    let text = text.trim().to_lowercase();
    if let Some(rest) = text.strip_prefix('+') {
        return span(rest).map(|s| now.plus_secs(s)).ok_or(Unread::Form);
    }
    let (day, time, utc) = parts(&text)?;
    let universal = |_: Time| 0_i64;
    let offset: Offset<'_> = if utc { &universal } else { offset };
    let today = (now.as_secs() + offset(now)).div_euclid(DAY_S);
    let at = |days: i64| at_local(days * DAY_S + time, offset).ok_or(Unread::NoSuchTime);
    match day {
        None => match at(today) {
            Ok(t) if t > now => Ok(t),
            _ => at(today + 1),
        },
        Some((d, m, Some(y))) => match at(days(y, m, d).ok_or(Unread::NoSuchTime)?)? {
            t if t > now => Ok(t),
            _ => Err(Unread::Past),
        },
        Some((d, m, None)) => {
            let (year, _, _) = civil(today);
            // 29 February may be seven years ahead.
            (0..8)
                .filter_map(|on| at(days(year + on, m, d)?).ok())
                .find(|t| *t > now)
                .ok_or(Unread::NoSuchTime)
        }
    }
}

/// Reads a moment. A time of day without a date is the last one that was; a date without a year the last one as well.
///
/// # Errors
/// Where the text is no moment, there is no such one, or it lies in the future.
pub fn read(text: &str, now: Time, offset: Offset<'_>) -> Result<Time, Unread> {
    let text = text.trim().to_lowercase();
    if text.is_empty() || text == "now" || text == "зараз" {
        return Ok(now);
    }
    if let Some(seconds) = back(&text) {
        return Ok(now.plus_secs(-seconds));
    }
    let (day, time, utc) = parts(&text)?;
    let universal = |_: Time| 0_i64;
    let offset: Offset<'_> = if utc { &universal } else { offset };
    let today = (now.as_secs() + offset(now)).div_euclid(DAY_S);
    let latest = now.plus_secs(MAX_AHEAD_S);
    let at = |days: i64| at_local(days * DAY_S + time, offset).ok_or(Unread::NoSuchTime);
    match day {
        None => match at(today) {
            Ok(t) if t <= latest => Ok(t),
            _ => at(today - 1),
        },
        Some((d, m, Some(y))) => {
            let t = at(days(y, m, d).ok_or(Unread::NoSuchTime)?)?;
            if t <= latest {
                Ok(t)
            } else {
                Err(Unread::Future)
            }
        }
        Some((d, m, None)) => {
            let (year, _, _) = civil(today);
            // 29 February may be three years back.
            (0..8)
                .filter_map(|back| at(days(year - back, m, d)?).ok())
                .find(|t| *t <= latest)
                .ok_or(Unread::NoSuchTime)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kyiv in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    fn kyiv(t: Time) -> i64 {
        let at = |text: &str| -> Time { text.parse().unwrap() };
        let summer = at("2026-03-29T01:00:00Z")..at("2026-10-25T01:00:00Z");
        if summer.contains(&t) { 10_800 } else { 7_200 }
    }

    fn read_at(text: &str, now: &str) -> Result<String, Unread> {
        read(text, now.parse().unwrap(), &kyiv).map(|t| t.to_string())
    }

    #[test]
    fn what_officers_type_is_understood_in_the_local_zone() {
        // 03:25 in Kyiv on 23 November.
        let now = "2026-11-23T01:25:00Z";
        for (typed, meant) in [
            ("0310", "2026-11-23T01:10:00Z"),
            ("310", "2026-11-23T01:10:00Z"),
            ("03:10", "2026-11-23T01:10:00Z"),
            ("03:10:30", "2026-11-23T01:10:30Z"),
            ("0110z", "2026-11-23T01:10:00Z"),
            ("01:10 UTC", "2026-11-23T01:10:00Z"),
            ("2350", "2026-11-22T21:50:00Z"),
            ("23112026 0310", "2026-11-23T01:10:00Z"),
            ("231126 0310", "2026-11-23T01:10:00Z"),
            ("2211 0310", "2026-11-22T01:10:00Z"),
            ("22.11.2026 03:10", "2026-11-22T01:10:00Z"),
            ("22.11 0310", "2026-11-22T01:10:00Z"),
            ("24.12 0310", "2025-12-24T01:10:00Z"),
            ("2026-11-22T03:10", "2026-11-22T01:10:00Z"),
            ("2026-11-22 01:10z", "2026-11-22T01:10:00Z"),
            ("-15m", "2026-11-23T01:10:00Z"),
            ("-1h30m", "2026-11-22T23:55:00Z"),
            ("-15хв", "2026-11-23T01:10:00Z"),
            ("-2год", "2026-11-22T23:25:00Z"),
            ("now", "2026-11-23T01:25:00Z"),
            ("", "2026-11-23T01:25:00Z"),
        ] {
            assert_eq!(read_at(typed, now).as_deref(), Ok(meant), "{typed}");
        }
    }

    #[test]
    fn what_is_no_moment_says_why() {
        let now = "2026-11-23T01:25:00Z";
        for (typed, why) in [
            ("soon", Unread::Form),
            ("2561", Unread::Form),
            ("-0m", Unread::Form),
            ("-99999h", Unread::Form),
            ("31022026 0310", Unread::NoSuchTime),
            ("24112026 0310", Unread::Future),
            ("0310 0310 0310", Unread::Form),
            ("їїїї", Unread::Form),
        ] {
            assert_eq!(read_at(typed, now), Err(why), "{typed}");
        }
    }

    #[test]
    fn an_end_lies_ahead() {
        // 03:25 in Kyiv on 23 November.
        let now: Time = "2026-11-23T01:25:00Z".parse().unwrap();
        let ahead = |text: &str| read_ahead(text, now, &kyiv).map(|t| t.to_string());
        for (typed, meant) in [
            ("+2h", "2026-11-23T03:25:00Z"),
            ("+1год30хв", "2026-11-23T02:55:00Z"),
            ("0400", "2026-11-23T02:00:00Z"),
            ("03:10", "2026-11-24T01:10:00Z"),
            ("0200z", "2026-11-23T02:00:00Z"),
            ("24.11 0310", "2026-11-24T01:10:00Z"),
            ("01.01 0000", "2026-12-31T22:00:00Z"),
            ("24.11.2026 03:10", "2026-11-24T01:10:00Z"),
        ] {
            assert_eq!(ahead(typed).as_deref(), Ok(meant), "{typed}");
        }
        for (typed, why) in [
            ("22.11.2026 0310", Unread::Past),
            ("31.02 0310", Unread::NoSuchTime),
            ("+0m", Unread::Form),
            ("+", Unread::Form),
            ("later", Unread::Form),
            ("", Unread::Form),
        ] {
            assert_eq!(ahead(typed), Err(why), "{typed}");
        }
    }

    #[test]
    fn the_changes_of_the_clock_are_known() {
        // 03:30 on 29 March does not exist in Kyiv; 03:30 on 25 October comes twice, and the first is meant.
        let skipped = read_at("29032026 0330", "2026-04-01T00:00:00Z");
        assert_eq!(skipped, Err(Unread::NoSuchTime));
        let twice = read_at("25102026 0330", "2026-11-01T00:00:00Z");
        assert_eq!(twice.as_deref(), Ok("2026-10-25T00:30:00Z"));
        let summer = read_at("0310", "2026-07-01T10:00:00Z");
        assert_eq!(summer.as_deref(), Ok("2026-07-01T00:10:00Z"));
    }

    #[test]
    fn the_calendar_agrees_with_itself() {
        for n in (-719_000..800_000).step_by(37) {
            let (y, m, d) = civil(n);
            if (1970..2200).contains(&y) {
                assert_eq!(days(y, m, d), Some(n), "{y}-{m}-{d}");
            }
        }
    }
}
