//! Numbers as people of each language write and say them.

use crate::Lang;

/// A number with at most so many decimals, trailing zeros dropped: `1 234,5` in Ukrainian, `1,234.5` in English.
/// Digits are grouped from 10 000 on in Ukrainian and from 1 000 on in English; the blank does not break.
pub fn number(lang: Lang, value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "\u{2014}".to_owned();
    }
    let mut text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    let (sign, text) = match text.strip_prefix('-') {
        Some("0") => ("", "0"),
        Some(rest) => ("\u{2212}", rest),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (group, point, least) = match lang {
        Lang::Uk => ('\u{a0}', ',', 5),
        Lang::En => (',', '.', 4),
    };
    let mut out = String::from(sign);
    let digits = whole.chars().count();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && digits >= least && (digits - i).is_multiple_of(3) {
            out.push(group);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(point);
        out.push_str(fraction);
    }
    out
}

/// A share of 0 to 1 in whole percent: `87 %`.
pub fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{:.0}\u{a0}%", share.clamp(0.0, 1.0) * 100.0)
    } else {
        "\u{2014}".to_owned()
    }
}

/// A distance in metres: `250 м`, `1,2 км`, `34 км`. Rounded, for places are never known to the metre.
pub fn distance(lang: Lang, metres: f64) -> String {
    if !metres.is_finite() {
        return "\u{2014}".to_owned();
    }
    let metres = metres.abs();
    let (m, km) = match lang {
        Lang::Uk => ("м", "км"),
        Lang::En => ("m", "km"),
    };
    if metres < 99.5 {
        format!("{}\u{a0}{m}", number(lang, metres, 0))
    } else if metres < 995.0 {
        format!(
            "{}\u{a0}{m}",
            number(lang, (metres / 10.0).round() * 10.0, 0)
        )
    } else if metres < 9_950.0 {
        format!("{}\u{a0}{km}", number(lang, metres / 1_000.0, 1))
    } else {
        format!("{}\u{a0}{km}", number(lang, metres / 1_000.0, 0))
    }
}

/// A span of time in seconds in at most two steps: `42 с`, `7 хв`, `2 год 5 хв`, `3 дн 4 год`; rounded down, and never
/// negative (what comes from the future is just now).
pub fn age(lang: Lang, seconds: f64) -> String {
    span(lang, seconds, true)
}

/// The same in its first step only, for where there is little room: `2 год`.
pub fn age_step(lang: Lang, seconds: f64) -> String {
    span(lang, seconds, false)
}

fn span(lang: Lang, seconds: f64, two_steps: bool) -> String {
    if !seconds.is_finite() {
        return "\u{2014}".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped"
    )]
    let s = seconds.clamp(0.0, 1e12) as u64;
    let [sec, min, hour, day] = match lang {
        Lang::Uk => ["с", "хв", "год", "дн"],
        Lang::En => ["s", "min", "h", "d"],
    };
    let two = |a: u64, ua: &str, b: u64, ub: &str| {
        if b == 0 || !two_steps {
            format!("{a}\u{a0}{ua}")
        } else {
            format!("{a}\u{a0}{ua} {b}\u{a0}{ub}")
        }
    };
    match s {
        0..60 => format!("{s}\u{a0}{sec}"),
        60..3_600 => format!("{}\u{a0}{min}", s / 60),
        3_600..86_400 => two(s / 3_600, hour, s % 3_600 / 60, min),
        _ => two(s / 86_400, day, s % 86_400 / 3_600, hour),
    }
}

/// A speed in metres per second as knots, for vessels: `12,3 вуз`, `12.3 kn`.
pub fn knots(lang: Lang, metres_per_s: f64) -> String {
    let unit = lang.pick("вуз", "kn");
    format!(
        "{}\u{a0}{unit}",
        number(lang, metres_per_s * 3_600.0 / 1_852.0, 1)
    )
}

/// The form of a word that fits a number, out of `one|few|many` (Ukrainian) or `one|other` (English); rules of
/// Unicode CLDR. A fraction takes `few` in Ukrainian (`1,5 хвилини`) and `other` in English.
pub fn plural(lang: Lang, n: f64, forms: &str) -> &str {
    let n = n.abs();
    let whole = n.fract() == 0.0;
    let index = match lang {
        Lang::En => usize::from(!(whole && (n - 1.0).abs() < f64::EPSILON)),
        Lang::Uk if !whole => 1,
        Lang::Uk => {
            #[expect(clippy::cast_possible_truncation, reason = "0 to 99")]
            #[expect(clippy::cast_sign_loss, reason = "made positive above")]
            let tail = (n % 100.0) as u8;
            match (tail % 10, tail) {
                (_, 11..=14) => 2,
                (1, _) => 0,
                (2..=4, _) => 1,
                _ => 2,
            }
        }
    };
    forms
        .split('|')
        .nth(index)
        .or_else(|| forms.split('|').next_back())
        .unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With plain blanks, for reading.
    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn ukrainian_words_take_the_form_that_the_number_asks_for() {
        let form = |n: u32| plural(Lang::Uk, f64::from(n), "подія|події|подій");
        for n in [1, 21, 101, 1_001] {
            assert_eq!(form(n), "подія", "{n}");
        }
        for n in [2, 3, 4, 22, 104] {
            assert_eq!(form(n), "події", "{n}");
        }
        for n in [
            0, 5, 9, 10, 11, 12, 13, 14, 15, 20, 25, 100, 111, 112, 1_014,
        ] {
            assert_eq!(form(n), "подій", "{n}");
        }
        assert_eq!(plural(Lang::Uk, 1.5, "метр|метри|метрів"), "метри");
    }

    #[test]
    fn english_words_have_one_and_the_rest() {
        let form = |n: f64| plural(Lang::En, n, "event|events");
        assert_eq!(
            (form(1.0), form(0.0), form(2.0), form(21.0)),
            ("event", "events", "events", "events")
        );
        assert_eq!(form(1.5), "events");
    }

    #[test]
    fn numbers_have_the_decimal_sign_and_groups_of_their_language() {
        assert_eq!(number(Lang::Uk, 1.5, 2), "1,5");
        assert_eq!(number(Lang::En, 1.5, 2), "1.5");
        assert_eq!(plain(&number(Lang::Uk, 1_234.0, 0)), "1234");
        assert_eq!(plain(&number(Lang::Uk, 1_234_567.891, 1)), "1 234 567,9");
        assert_eq!(number(Lang::En, 1_234_567.0, 2), "1,234,567");
        assert_eq!(number(Lang::En, -0.001, 2), "0");
        assert_eq!(number(Lang::En, -5.0, 0), "\u{2212}5");
        assert_eq!(number(Lang::En, 100.0, 0), "100");
        assert_eq!(number(Lang::En, f64::NAN, 0), "\u{2014}");
    }

    #[test]
    fn ages_are_short_and_never_negative() {
        let uk = |s: f64| plain(&age(Lang::Uk, s));
        assert_eq!(uk(-5.0), "0 с");
        assert_eq!(uk(42.9), "42 с");
        assert_eq!(uk(420.0), "7 хв");
        assert_eq!(uk(7_500.0), "2 год 5 хв");
        assert_eq!(uk(7_200.0), "2 год");
        assert_eq!(plain(&age(Lang::En, 273_600.0)), "3 d 4 h");
        assert_eq!(plain(&age_step(Lang::En, 273_600.0)), "3 d");
        assert_eq!(age(Lang::En, f64::INFINITY), "\u{2014}");
    }

    #[test]
    fn distances_are_rounded_as_they_are_said() {
        let uk = |m: f64| plain(&distance(Lang::Uk, m));
        assert_eq!(uk(12.4), "12 м");
        assert_eq!(uk(254.0), "250 м");
        assert_eq!(uk(996.0), "1 км");
        assert_eq!(uk(1_249.0), "1,2 км");
        assert_eq!(plain(&distance(Lang::En, 34_400.0)), "34 km");
        assert_eq!(plain(&knots(Lang::Uk, 6.17)), "12 вуз");
    }

    #[test]
    fn a_share_is_whole_percent() {
        assert_eq!(plain(&percent(0.874)), "87 %");
        assert_eq!(plain(&percent(7.0)), "100 %");
    }
}
