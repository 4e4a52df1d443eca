//! Latitude and longitude as people write them: decimal degrees, degrees and minutes, degrees, minutes and
//! seconds, with hemispheres in English or Ukrainian.

use core::fmt::Write as _;

use oneroof_model::LatLon;

use crate::coords::CoordsError;

/// How to write an angle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AngleForm {
    /// `47.94830° N, 23.88930° E` (five decimals, about 1 m).
    Decimal,
    /// `47°56.898′ N, 023°53.358′ E` (IAMSAR and nautical use; 0.001′ is about 2 m).
    Minutes,
    /// `47°56′53.9″ N, 023°53′21.5″ E` (ISO 6709, annex D; 0.1″ is about 3 m).
    #[default]
    Seconds,
}

/// A position as text, latitude first (ISO 6709).
pub fn format_angles(p: LatLon, form: AngleForm) -> String {
    let mut text = String::new();
    one(&mut text, p.lat(), ["N", "S"], 2, form);
    text.push_str(", ");
    one(&mut text, p.lon(), ["E", "W"], 3, form);
    text
}

fn one(text: &mut String, deg: f64, [plus, minus]: [&str; 2], width: usize, form: AngleForm) {
    let hemisphere = if deg < 0.0 { minus } else { plus };
    // Rounded once, in the smallest unit written, so that 59.99 seconds never become 60.
    let units = |per_degree: f64| (deg.abs() * per_degree).round();
    let written = match form {
        AngleForm::Decimal => write!(text, "{:.5}° {hemisphere}", units(1e5) / 1e5),
        AngleForm::Minutes => {
            let all = units(60_000.0);
            let (whole, rest) = ((all / 60_000.0).floor(), all % 60_000.0);
            write!(
                text,
                "{whole:0width$}°{:06.3}′ {hemisphere}",
                rest / 1_000.0
            )
        }
        AngleForm::Seconds => {
            let all = units(36_000.0);
            let (whole, rest) = ((all / 36_000.0).floor(), all % 36_000.0);
            let (minutes, seconds) = ((rest / 600.0).floor(), rest % 600.0 / 10.0);
            write!(
                text,
                "{whole:0width$}°{minutes:02}′{seconds:04.1}″ {hemisphere}"
            )
        }
    };
    debug_assert!(written.is_ok(), "writing to a string does not fail");
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    /// A number as written, with the count of digits before its point.
    Number {
        value: f64,
        whole_digits: usize,
        negative: bool,
    },
    /// N, S, E or W.
    Hemisphere(char),
}

/// Words for the hemispheres and the letter that each stands for; longer ones first.
const WORDS: [(&str, &str); 12] = [
    ("NORTH", "N"),
    ("SOUTH", "S"),
    ("EAST", "E"),
    ("WEST", "W"),
    ("ПІВН", "N"),
    ("ПІВД", "S"),
    ("ЗАХ", "W"),
    ("СХІД", "E"),
    ("ПН", "N"),
    ("ПД", "S"),
    ("СХ", "E"),
    ("ЗХ", "W"),
];

/// Longest text that is looked at, in bytes.
const MAX_TEXT_BYTES: usize = 128;

/// Reads a position in degrees.
///
/// Understood: `47.9483, 23.8893` (latitude first), `47,9483 23,8893` (decimal comma), `N 47 56 53.9 E 23 53
/// 21.5`, `47°56.898'N 023°53.358'E`, `E23.8893 N47.9483`, `47°56′53,9″ пн. ш. 23°53′21,5″ сх. д.` and the
/// compact `475654N0235321E` (degrees, minutes, seconds, as in ICAO and SAR messages).
///
/// A comma between two digits is a decimal comma where the text has no point and something else parts
/// the two angles.
///
/// # Errors
/// Where the text is none of these, a number is out of range, or the hemispheres are missing or doubled.
pub fn parse_angles(text: &str) -> Result<LatLon, CoordsError> {
    let bad = || CoordsError::not("latitude and longitude", text);
    if text.len() > MAX_TEXT_BYTES {
        return Err(bad());
    }
    let tokens = tokens(text).ok_or_else(bad)?;
    let named = tokens.iter().any(|t| matches!(t, Token::Hemisphere(_)));
    let (lat, lon) = if named {
        by_hemisphere(&tokens)
    } else {
        by_order(&tokens)
    }
    .ok_or_else(bad)?;
    LatLon::new(lat, lon).map_err(|_any| bad())
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let upper = WORDS
        .iter()
        .fold(text.trim().to_uppercase(), |t, (word, sign)| {
            t.replace(word, sign)
        });
    let decimal_comma = !upper.contains('.') || upper.contains("Ш");
    let parted = upper.contains(|c: char| c.is_whitespace() || ";NSEW".contains(c));
    let signs: Vec<char> = upper.chars().collect();
    let is_digit = |at: usize| signs.get(at).is_some_and(char::is_ascii_digit);
    let mut tokens = Vec::new();
    let (mut at, mut negative) = (0, false);
    while let Some(sign) = signs.get(at) {
        if sign.is_ascii_digit() {
            let mut number = String::new();
            let mut whole_digits = None;
            while let Some(c) = signs.get(at) {
                let point = *c == '.' || (*c == ',' && decimal_comma && parted);
                if c.is_ascii_digit() {
                    number.push(*c);
                } else if point && is_digit(at + 1) && whole_digits.is_none() {
                    whole_digits = Some(number.len());
                    number.push('.');
                } else {
                    break;
                }
                at += 1;
            }
            let whole_digits = whole_digits.unwrap_or(number.len());
            tokens.push(Token::Number {
                value: number.parse().ok()?,
                whole_digits,
                negative,
            });
            negative = false;
            continue;
        }
        match sign {
            'N' | 'S' | 'E' | 'W' => tokens.push(Token::Hemisphere(*sign)),
            '-' | '−' if is_digit(at + 1) => negative = true,
            '+' if is_digit(at + 1) => {}
            c if c.is_whitespace() || "°º˚'′’\"″”:;,/.ШД".contains(*c) => {}
            _ => return None,
        }
        at += 1;
    }
    Some(tokens)
}

fn by_hemisphere(tokens: &[Token]) -> Option<(f64, f64)> {
    let prefixed = matches!(tokens.first()?, Token::Hemisphere(_));
    let mut groups: Vec<(char, Vec<Token>)> = Vec::new();
    let mut open = Vec::new();
    for token in tokens {
        match token {
            Token::Hemisphere(sign) if prefixed => groups.push((*sign, Vec::new())),
            Token::Hemisphere(sign) => groups.push((*sign, core::mem::take(&mut open))),
            number @ Token::Number { .. } if prefixed => groups.last_mut()?.1.push(*number),
            number @ Token::Number { .. } => open.push(*number),
        }
    }
    if !open.is_empty() {
        return None;
    }
    let [(sign_a, numbers_a), (sign_b, numbers_b)] = <[_; 2]>::try_from(groups).ok()?;
    let signed = |sign: char, numbers: &[Token]| {
        let value = angle(numbers, true)?;
        (value.is_sign_positive()).then_some(if "SW".contains(sign) { -value } else { value })
    };
    let (a, b) = (signed(sign_a, &numbers_a)?, signed(sign_b, &numbers_b)?);
    let is_lat = |sign: char| "NS".contains(sign);
    match (is_lat(sign_a), is_lat(sign_b)) {
        (true, false) => Some((a, b)),
        (false, true) => Some((b, a)),
        _ => None,
    }
}

fn by_order(tokens: &[Token]) -> Option<(f64, f64)> {
    if !matches!(tokens.len(), 2 | 4 | 6) {
        return None;
    }
    let (lat, lon) = tokens.split_at_checked(tokens.len() / 2)?;
    Some((angle(lat, false)?, angle(lon, false)?))
}

/// Degrees from one to three numbers; `compact` allows one number such as `475654`.
fn angle(numbers: &[Token], compact: bool) -> Option<f64> {
    let mut values = Vec::new();
    let mut minus = false;
    for (at, token) in numbers.iter().enumerate() {
        let Token::Number {
            value,
            whole_digits,
            negative,
        } = *token
        else {
            return None;
        };
        if negative && at > 0 {
            return None;
        }
        minus |= negative;
        if compact && numbers.len() == 1 && whole_digits >= 4 {
            let (degrees, minutes, seconds) = match whole_digits {
                4 | 5 => ((value / 100.0).floor(), value % 100.0, 0.0),
                6 | 7 => {
                    let minutes = (value % 10_000.0 / 100.0).floor();
                    ((value / 10_000.0).floor(), minutes, value % 100.0)
                }
                _ => return None,
            };
            values.extend([degrees, minutes, seconds]);
        } else {
            values.push(value);
        }
    }
    let degrees = match values.as_slice() {
        [degrees] => *degrees,
        [degrees, minutes] => join(*degrees, *minutes, 0.0)?,
        [degrees, minutes, seconds] => join(*degrees, *minutes, *seconds)?,
        _ => return None,
    };
    Some(if minus { -degrees } else { degrees })
}

fn join(degrees: f64, minutes: f64, seconds: f64) -> Option<f64> {
    let whole = degrees.fract() == 0.0 && (seconds == 0.0 || minutes.fract() == 0.0);
    (whole && minutes < 60.0 && seconds < 60.0)
        .then_some(degrees + minutes / 60.0 + seconds / 3600.0)
}
