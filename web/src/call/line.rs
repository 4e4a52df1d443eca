//! The one line, read from the left: at each word the longest piece that means something is taken.

use std::collections::BTreeSet;

use oneroof_model::{CountRange, OrgId, Time, TypeCode};

use crate::fold::fold;

use super::{
    CallPlace, Known, NoPlace, agency, kilometres, named, position, read_persons, section,
    section_place, when,
};

/// Longest line that is read, characters; the rest is text.
const MAX_LINE: usize = 2_000;

/// Most words that make one piece (degrees, minutes and seconds twice, with their letters).
const MAX_PIECE: usize = 8;

/// What a piece of the line means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// The type.
    Type(TypeCode),
    /// The place.
    Place(CallPlace),
    /// The agency that calls.
    Agency(OrgId),
    /// Persons.
    Persons(CountRange),
    /// A life is at risk.
    Life,
    /// When it happened.
    When(Time),
    /// A kilometre beyond the end of its section, which is so many kilometres long: it stays text, and says why.
    Beyond(f64),
    /// Nothing that is known: it is text.
    Text,
}

/// A piece of the line.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// As typed.
    pub said: String,
    /// What it means.
    pub means: Meaning,
}

/// What of a call may be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Kind,
    Place,
    Org,
    When,
    Persons,
    Life,
}

/// What was found already: each thing is said once, what comes after it is text.
type Found = BTreeSet<Thing>;

/// Reads a line. Whatever is not understood stays as text, in its order; nothing is dropped.
pub fn read_line(line: &str, known: &Known<'_>) -> Vec<Part> {
    let cut = line
        .char_indices()
        .nth(MAX_LINE)
        .map_or(line.len(), |(i, _)| i);
    let (read, rest) = line.split_at_checked(cut).unwrap_or((line, ""));
    let tokens: Vec<&str> = read.split_whitespace().collect();
    let mut found = Found::new();
    let mut parts: Vec<Part> = Vec::new();
    let mut left = tokens.as_slice();
    while let Some((first, others)) = left.split_first() {
        let (taken, means) = piece(left, known, &mut found).unwrap_or((1, Meaning::Text));
        let said = match left.get(..taken) {
            Some(words) if taken > 0 => words.join(" "),
            _ => (*first).to_owned(),
        };
        left = left.get(taken.max(1)..).unwrap_or(others);
        push(&mut parts, said, means);
    }
    if !rest.trim().is_empty() {
        push(&mut parts, rest.trim().to_owned(), Meaning::Text);
    }
    parts
}

/// Words of text that follow each other are one part.
fn push(parts: &mut Vec<Part>, said: String, means: Meaning) {
    match parts.last_mut() {
        Some(last) if last.means == Meaning::Text && means == Meaning::Text => {
            last.said.push(' ');
            last.said.push_str(&said);
        }
        _ => parts.push(Part { said, means }),
    }
}

/// The piece at the beginning of the words: how many of them it takes, and what it means.
fn piece(left: &[&str], known: &Known<'_>, found: &mut Found) -> Option<(usize, Meaning)> {
    let first = *left.first()?;
    if !found.contains(&Thing::Kind)
        && let Some(t) = known
            .centre
            .event_types
            .iter()
            .find(|t| t.code.as_str().eq_ignore_ascii_case(first))
    {
        found.insert(Thing::Kind);
        return Some((1, Meaning::Type(t.code.clone())));
    }
    if !found.contains(&Thing::Life)
        && let Some(n) = life(left)
    {
        found.insert(Thing::Life);
        return Some((n, Meaning::Life));
    }
    if !found.contains(&Thing::Place)
        && let Some((n, means)) = by_name(left, known)
    {
        if matches!(means, Meaning::Place(_)) {
            found.insert(Thing::Place);
        }
        return Some((n, means));
    }
    if !found.contains(&Thing::Persons)
        && let Some((n, count)) = persons(left)
    {
        found.insert(Thing::Persons);
        return Some((n, Meaning::Persons(count)));
    }
    if !found.contains(&Thing::When)
        && let Some((n, t)) = moment(left, known)
    {
        found.insert(Thing::When);
        return Some((n, Meaning::When(t)));
    }
    if !found.contains(&Thing::Place)
        && let Some((n, place)) = by_numbers(left)
    {
        found.insert(Thing::Place);
        return Some((n, Meaning::Place(place)));
    }
    if !found.contains(&Thing::Org)
        && let Some(org) = agency(known.centre, bare(first))
    {
        found.insert(Thing::Org);
        return Some((1, Meaning::Agency(org)));
    }
    None
}

/// A word without the signs of a sentence around it.
fn bare(word: &str) -> &str {
    word.trim_matches([',', ';', ':', '.', '(', ')', '"', '«', '»'])
}

/// The longest beginning of the words for which there is an answer.
fn longest<T>(left: &[&str], most: usize, read: impl Fn(&str) -> Option<T>) -> Option<(usize, T)> {
    (1..=most.min(left.len()))
        .rev()
        .find_map(|n| Some((n, read(bare(&left.get(..n)?.join(" ")))?)))
}

fn life(left: &[&str]) -> Option<usize> {
    if left.first().is_some_and(|w| w.chars().all(|c| c == '!')) {
        return Some(1);
    }
    let said = |text: &str| {
        let folded = fold(text);
        [
            "life at risk",
            "risk to life",
            "загроза життю",
            "є загроза життю",
        ]
        .iter()
        .any(|p| fold(p) == folded)
        .then_some(())
    };
    longest(left, 3, said).map(|(n, ())| n)
}

/// A crossing point, a section, or a kilometre of one.
fn by_name(left: &[&str], known: &Known<'_>) -> Option<(usize, Meaning)> {
    let (n, place) = longest(left, 4, |text| named(known.picture, text))?;
    let CallPlace::Section { id, .. } = &place else {
        return Some((n, Meaning::Place(place)));
    };
    let rest = left.get(n..).unwrap_or_default();
    let Some((more, km)) = kilometre(rest) else {
        return Some((n, Meaning::Place(place)));
    };
    let at = section(known.picture, id).map(|s| section_place(s, Some(km)));
    Some(match at {
        Some(Ok(at)) => (n + more, Meaning::Place(at)),
        Some(Err(NoPlace::Beyond(length))) => (n + more, Meaning::Beyond(length)),
        _ => (n, Meaning::Place(place)),
    })
}

/// `km 12`, `км 12,5`, `km12`, `12 km`, `12км`.
fn kilometre(left: &[&str]) -> Option<(usize, f64)> {
    let unit = |w: &str| matches!(bare(w).to_lowercase().as_str(), "km" | "км");
    let glued = |w: &str| {
        let w = bare(w).to_lowercase();
        ["km", "км"].iter().find_map(|u| {
            let number = w.strip_prefix(u).or_else(|| w.strip_suffix(u))?;
            kilometres(number)
        })
    };
    let first = left.first()?;
    if let Some(second) = left.get(1) {
        let pair = if unit(first) {
            kilometres(bare(second))
        } else if unit(second) {
            kilometres(bare(first))
        } else {
            None
        };
        if let Some(km) = pair {
            return Some((2, km));
        }
    }
    glued(first).map(|km| (1, km))
}

/// Beginnings of the words for persons, folded.
const PERSONS: [&str; 9] = [
    "person", "people", "pers", "osob", "osib", "liud", "cholovik", "chol", "mihrant",
];

fn persons(left: &[&str]) -> Option<(usize, CountRange)> {
    let is_word = |w: &str| {
        let folded = fold(w);
        folded == "os" || PERSONS.iter().any(|p| folded.starts_with(p))
    };
    let first = left.first()?;
    if let Some(second) = left.get(1)
        && is_word(second)
        && let Some(count) = read_persons(first)
    {
        return Some((2, count));
    }
    // `4p`, `4ос`.
    let digits = first.find(|c: char| c.is_alphabetic())?;
    let (number, word) = first.split_at_checked(digits)?;
    let folded = fold(word);
    (folded == "p" || folded == "os" || is_word(word))
        .then(|| read_persons(number))
        .flatten()
        .map(|count| (1, count))
}

fn moment(left: &[&str], known: &Known<'_>) -> Option<(usize, Time)> {
    let read = |text: &str| when::read(text, known.now, known.offset).ok();
    let (first, second) = (bare(left.first()?), left.get(1).map(|w| bare(w)));
    let clock = |w: &str| {
        let w = w.trim_end_matches(['z', 'Z']);
        w.contains(':') || (w.len() == 4 && w.bytes().all(|b| b.is_ascii_digit()))
    };
    if let Some(second) = second
        && clock(second)
        && first.starts_with(|c: char| c.is_ascii_digit())
        && let Some(t) = read(&format!("{first} {second}"))
    {
        return Some((2, t));
    }
    let span = first.starts_with(['-', '−', '\u{2013}']) && first.chars().count() > 2;
    let iso = first.len() >= 16 && first.contains(['T', 't']);
    if clock(first) || span || iso {
        return read(first).map(|t| (1, t));
    }
    None
}

fn by_numbers(left: &[&str]) -> Option<(usize, CallPlace)> {
    longest(left, MAX_PIECE, position)
}
