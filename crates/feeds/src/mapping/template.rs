//! Texts put together from a record: `{date}-{number}`, `{@date}-{number|upper}`.

use serde_json::Value;

use super::path::Path;
use super::record::{Record, scalar_text};

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Literal(String),
    Day,
    Value { path: Path, filter: Filter },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    None,
    Upper,
    Lower,
    Digits,
}

/// A text with places to fill.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

impl Template {
    /// Reads a template. `{path}` is replaced by the value there, `{path|upper}`, `{path|lower}` and
    /// `{path|digits}` by a form of it, `{@date}` by the record's local calendar day; `{{` and `}}` are braces.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '{' if chars.peek() == Some(&'{') => {
                    chars.next();
                    literal.push('{');
                }
                '}' if chars.peek() == Some(&'}') => {
                    chars.next();
                    literal.push('}');
                }
                '{' => {
                    let inside = take_placeholder(&mut chars)?;
                    if !literal.is_empty() {
                        parts.push(Part::Literal(core::mem::take(&mut literal)));
                    }
                    parts.push(placeholder(&inside)?);
                }
                '}' => return Err("a `}` without its `{` (write `}}` for a brace)".to_owned()),
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self { parts })
    }

    /// The paths that it reads.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.parts.iter().filter_map(|p| {
            if let Part::Value { path, .. } = p {
                Some(path)
            } else {
                None
            }
        })
    }

    /// The text, or the path that has no value.
    pub(crate) fn fill(&self, record: &Record<'_>) -> Result<String, String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(l) => text.push_str(l),
                Part::Day => match record.day {
                    Some(day) => text.push_str(&day.to_string()),
                    None => return Err("@date".to_owned()),
                },
                Part::Value { path, filter } => {
                    let value: Option<&Value> = path.first(record.ground());
                    let Some(found) = value.and_then(scalar_text) else {
                        return Err(path.to_string());
                    };
                    match filter {
                        Filter::None => text.push_str(&found),
                        Filter::Upper => text.push_str(&found.to_uppercase()),
                        Filter::Lower => text.push_str(&found.to_lowercase()),
                        Filter::Digits => text.extend(found.chars().filter(char::is_ascii_digit)),
                    }
                }
            }
        }
        Ok(text)
    }
}

/// What stands before the next `}` that is not within a quoted key.
fn take_placeholder(chars: &mut impl Iterator<Item = char>) -> Result<String, String> {
    let mut inside = String::new();
    let mut end_of_key = None;
    loop {
        let c = chars.next().ok_or("a `{` without its `}`")?;
        if c == '}' && end_of_key.is_none() {
            return Ok(inside);
        }
        inside.push(c);
        match end_of_key {
            Some(end) if inside.ends_with(end) => end_of_key = None,
            None if inside.ends_with("['") => end_of_key = Some("']"),
            None if inside.ends_with("[\"") => end_of_key = Some("\"]"),
            _ => {}
        }
    }
}

fn placeholder(inside: &str) -> Result<Part, String> {
    let inside = inside.trim();
    if inside == "@date" {
        return Ok(Part::Day);
    }
    if inside.starts_with('@') && !inside.starts_with("@.") {
        return Err(format!(
            "`{inside}` is not known; there are `@date` and `@.topic`, and an attribute of XML is `.{inside}` here"
        ));
    }
    // A bar within a quoted key has the bracket behind it.
    let (path, filter) = inside
        .rsplit_once('|')
        .filter(|(_, filter)| !filter.contains(']'))
        .unwrap_or((inside, ""));
    let filter = match filter.trim() {
        "" => Filter::None,
        "upper" => Filter::Upper,
        "lower" => Filter::Lower,
        "digits" => Filter::Digits,
        other => {
            return Err(format!(
                "`|{other}` is not known; there are upper, lower, digits"
            ));
        }
    };
    if path.trim().is_empty() {
        return Err("an empty `{}`".to_owned());
    }
    Ok(Part::Value {
        path: Path::parse(path)?,
        filter,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use oneroof_model::Time;
    use serde_json::json;

    #[test]
    fn places_are_filled_and_a_missing_one_is_named() {
        let value = json!({"n": 42, "plate": " aa 12-34 ", "a|b}c": "Q"});
        let record = Record {
            root: &value,
            value: &value,
            message: &Value::Null,
            received: Time::EPOCH,
            zone: &TimeZone::UTC,
            day: Some(date(2026, 11, 23)),
        };
        let fill = |t: &str| Template::parse(t).unwrap().fill(&record);
        assert_eq!(fill("{@date}-{n}"), Ok("2026-11-23-42".to_owned()));
        assert_eq!(fill("{{{plate|upper}}}"), Ok("{AA 12-34}".to_owned()));
        assert_eq!(fill("{plate|digits}"), Ok("1234".to_owned()));
        assert_eq!(fill("{['a|b}c']}-{['a|b}c']|lower}"), Ok("Q-q".to_owned()));
        assert_eq!(fill("x{gone}"), Err("gone".to_owned()));
    }

    #[test]
    fn a_broken_template_is_refused() {
        for bad in ["{", "}", "{a|sideways}", "{@time}", "{}", "{a..b}", "{['a}"] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
    }
}
