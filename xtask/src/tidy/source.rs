//! Splits Rust source into code, comments and string literals: just enough of a lexer for the text checks.

/// What a stretch of source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Code, with everything that is neither comment nor literal.
    Code,
    /// A comment, documentation included.
    Comment,
    /// A string or byte string literal, with its quotes.
    Text,
}

/// A stretch of source of one kind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stretch<'a> {
    pub(crate) kind: Kind,
    /// Line where it begins, from 1.
    pub(crate) line: usize,
    pub(crate) text: &'a str,
}

/// Cuts a source file into its stretches, in order and without gaps.
pub(crate) fn split(source: &str) -> Vec<Stretch<'_>> {
    let mut stretches = Vec::new();
    let mut line = 1;
    let mut rest = source;
    let mut previous = ' ';
    while !rest.is_empty() {
        let (kind, length) = match special(rest, previous) {
            Some((kind, length)) => (kind, length),
            None => (Kind::Code, code_length(rest, previous)),
        };
        let (text, tail) = rest.split_at_checked(length.max(1)).unwrap_or((rest, ""));
        stretches.push(Stretch { kind, line, text });
        line += text.matches('\n').count();
        previous = text.chars().next_back().unwrap_or(' ');
        rest = tail;
    }
    stretches
}

/// Length of the code before the next comment or literal.
fn code_length(rest: &str, mut previous: char) -> usize {
    let mut skip_until = 0;
    for (at, character) in rest.char_indices() {
        if at < skip_until {
            previous = character;
            continue;
        }
        let tail = rest.get(at..).unwrap_or_default();
        if at > 0 && special(tail, previous).is_some() {
            return at;
        }
        if character == '\'' {
            skip_until = at + character_literal(tail);
        }
        previous = character;
    }
    rest.len()
}

/// Length of a character literal; 1 for the tick of a lifetime.
fn character_literal(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            characters.next();
            characters
                .find(|(_, character)| *character == '\'')
                .map_or(1, |(at, _)| at + 1)
        }
        Some(_) => match characters.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

/// The comment or literal that begins here, with its length in bytes.
fn special(rest: &str, previous: char) -> Option<(Kind, usize)> {
    if rest.starts_with("//") {
        return Some((Kind::Comment, rest.find('\n').unwrap_or(rest.len())));
    }
    if rest.starts_with("/*") {
        return Some((Kind::Comment, block_comment(rest)));
    }
    if rest.starts_with('"') {
        return Some((Kind::Text, quoted(rest, 1)));
    }
    if previous.is_alphanumeric() || previous == '_' {
        return None;
    }
    let after = ["br", "cr", "r"]
        .iter()
        .find_map(|prefix| rest.strip_prefix(prefix));
    if let Some(after) = after {
        let hashes = after
            .chars()
            .take_while(|character| *character == '#')
            .count();
        let opened = after.trim_start_matches('#').starts_with('"');
        if opened {
            let start = rest.len() - after.len() + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            let body = rest.get(start..).unwrap_or_default();
            let length = body
                .find(&end)
                .map_or(rest.len(), |at| start + at + end.len());
            return Some((Kind::Text, length));
        }
    }
    if rest.starts_with("b\"") || rest.starts_with("c\"") {
        return Some((Kind::Text, quoted(rest, 2)));
    }
    None
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(tail) = rest.get(at..).filter(|tail| !tail.is_empty()) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Length of a quoted literal whose first quote ends at `start`.
fn quoted(rest: &str, start: usize) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip_while(|(at, _)| *at < start) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, source: &str) -> Vec<&str> {
        split(source)
            .into_iter()
            .filter(|one| one.kind == kind)
            .map(|one| one.text)
            .collect()
    }

    #[test]
    fn nothing_is_lost_or_doubled() {
        let source = "fn a<'x>(b: &'x str) -> char { /* c /* d */ */ let e = \"f\\\"g\"; '\"' } // h\n\"i\n\"r";
        let joined: String = split(source).iter().map(|one| one.text).collect();
        assert_eq!(joined, source);
    }

    #[test]
    fn comments_nest_and_end_with_the_line() {
        let source = "a /* b /* c */ d */ e // f \"g\"\nh";
        assert_eq!(
            of(Kind::Comment, source),
            ["/* b /* c */ d */", "// f \"g\""]
        );
    }

    #[test]
    fn literals_of_all_kinds_are_found() {
        let source = r##"let a = "b // \" c"; let d = r#"e "f" g"#; let h = b"i"; let j = br"k";"##;
        assert_eq!(
            of(Kind::Text, source),
            [r#""b // \" c""#, r##"r#"e "f" g"#"##, r#"b"i""#, r#"br"k""#]
        );
    }

    #[test]
    fn a_quote_as_a_character_and_a_lifetime_open_no_string() {
        let source = r#"match c { '"' => 1, '\'' => 2, '\\' => 3 } fn f<'a>(x: &'a str) { "end" }"#;
        assert_eq!(of(Kind::Text, source), [r#""end""#]);
    }

    #[test]
    fn lines_are_counted_from_one() {
        let source = "a\n// b\n\n\"c\"";
        let lines: Vec<(Kind, usize)> = split(source)
            .into_iter()
            .filter(|one| one.kind != Kind::Code)
            .map(|one| (one.kind, one.line))
            .collect();
        assert_eq!(lines, [(Kind::Comment, 2), (Kind::Text, 4)]);
    }
}
