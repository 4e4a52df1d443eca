//! Finds where JSON values begin and end without building them, so that one bad record in a batch costs
//! only itself, and so that a reject has the very bytes.
//!
//! The scanner knows the grammar of RFC 8259 down to the level of tokens: brackets, commas, colons, strings. What
//! stands inside numbers, words and escapes is judged later, record by record.

/// What the scanner expects next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    Key,
    Colon,
    CommaOrEnd,
    /// Inside a string that is a key (true) or a value.
    Text {
        key: bool,
        escaped: bool,
    },
    /// Inside a number or word.
    Word,
}

/// How far the scanner came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The value goes on after the bytes given so far.
    More,
    /// The value ends before this index.
    Done(usize),
    /// At this index stands something that can not stand there.
    Bad(usize, &'static str),
}

/// Finds the end of one value; may be given more and more of it.
#[derive(Debug)]
pub(crate) struct Scanner {
    stack: Vec<u8>,
    expect: Expect,
    at: usize,
    max_depth: usize,
}

impl Scanner {
    /// A scanner at the first byte of a value.
    pub(crate) const fn new(max_depth: usize) -> Self {
        Self {
            stack: Vec::new(),
            expect: Expect::Value,
            at: 0,
            max_depth,
        }
    }

    /// Goes on over `bytes`, which begin at the value's first byte each time.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Step {
        while let Some(&b) = bytes.get(self.at) {
            let blank = matches!(b, b' ' | b'\t' | b'\n' | b'\r');
            match self.expect {
                Expect::Text { escaped: true, key } => {
                    self.expect = Expect::Text {
                        key,
                        escaped: false,
                    };
                }
                Expect::Text { key, .. } => match b {
                    b'\\' => self.expect = Expect::Text { key, escaped: true },
                    b'"' if key => self.expect = Expect::Colon,
                    b'"' => {
                        if let Some(done) = self.value_ended(self.at + 1) {
                            return done;
                        }
                    }
                    0..=0x1f => return Step::Bad(self.at, "a control character inside a text"),
                    _ => {
                        self.at += 1 + plain(bytes.get(self.at + 1..).unwrap_or_default());
                        continue;
                    }
                },
                Expect::Word => {
                    if !in_word(b) {
                        // The byte itself is looked at again in the new state.
                        if let Some(done) = self.value_ended(self.at) {
                            return done;
                        }
                        continue;
                    }
                    let rest = bytes.get(self.at + 1..).unwrap_or_default();
                    self.at += 1 + rest.iter().take_while(|b| in_word(**b)).count();
                    continue;
                }
                _ if blank => {}
                _ => match self.token(b) {
                    Ok(None) => {}
                    Ok(Some(done)) => return done,
                    Err(why) => return Step::Bad(self.at, why),
                },
            }
            self.at += 1;
        }
        Step::More
    }

    /// All bytes fed so far are given up; the next ones are fed from the first that is new.
    pub(crate) const fn forget(&mut self) {
        self.at = 0;
    }

    /// The stream has ended: a number or word at the top is whole now.
    pub(crate) fn end(&self) -> Step {
        if self.expect == Expect::Word && self.stack.is_empty() {
            Step::Done(self.at)
        } else {
            Step::Bad(self.at, "the end of the bytes within a value")
        }
    }

    /// One byte outside of texts, words and blanks.
    fn token(&mut self, b: u8) -> Result<Option<Step>, &'static str> {
        match (self.expect, b) {
            (Expect::ValueOrEnd, b']') | (Expect::KeyOrEnd, b'}') => {
                self.stack.pop();
                return Ok(self.value_ended(self.at + 1));
            }
            (Expect::Value | Expect::ValueOrEnd, _) => return self.begin(b).map(|()| None),
            (Expect::KeyOrEnd | Expect::Key, b'"') => {
                self.expect = Expect::Text {
                    key: true,
                    escaped: false,
                };
            }
            (Expect::KeyOrEnd | Expect::Key, _) => return Err("expected a key in quotes"),
            (Expect::Colon, b':') => self.expect = Expect::Value,
            (Expect::Colon, _) => return Err("expected a colon after a key"),
            (_, b',') => {
                self.expect = if self.stack.last() == Some(&b'{') {
                    Expect::Key
                } else {
                    Expect::Value
                };
            }
            (_, b'}') if self.stack.last() == Some(&b'{') => {
                self.stack.pop();
                return Ok(self.value_ended(self.at + 1));
            }
            (_, b']') if self.stack.last() == Some(&b'[') => {
                self.stack.pop();
                return Ok(self.value_ended(self.at + 1));
            }
            _ => return Err("expected a comma or the end of the list or object"),
        }
        Ok(None)
    }

    fn begin(&mut self, b: u8) -> Result<(), &'static str> {
        match b {
            b'{' | b'[' => {
                if self.stack.len() >= self.max_depth {
                    return Err("nested deeper than allowed");
                }
                self.stack.push(b);
                self.expect = if b == b'{' {
                    Expect::KeyOrEnd
                } else {
                    Expect::ValueOrEnd
                };
            }
            b'"' => {
                self.expect = Expect::Text {
                    key: false,
                    escaped: false,
                }
            }
            b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                self.expect = Expect::Word;
            }
            _ => return Err("expected a value"),
        }
        Ok(())
    }

    fn value_ended(&mut self, end: usize) -> Option<Step> {
        self.expect = Expect::CommaOrEnd;
        self.stack.is_empty().then_some(Step::Done(end))
    }
}

/// Whether a byte within a number or word belongs to it; what it is is judged later.
const fn in_word(byte: u8) -> bool {
    !matches!(
        byte,
        b' ' | b'\t' | b'\n' | b'\r' | b',' | b']' | b'}' | b'"' | b'{' | b'[' | b':'
    )
}

/// How many of the first bytes are nothing but text within a string.
fn plain(bytes: &[u8]) -> usize {
    let text = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
    // Eight at a time first: strings are most of what JSON is.
    let mut eights = bytes.chunks_exact(8);
    let whole = eights
        .by_ref()
        .take_while(|eight| eight.iter().all(text))
        .count()
        * 8;
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|byte| text(byte)).count()
}

/// A child of a list or object: its key as raw JSON text with quotes, and where its value lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Child<'b> {
    pub(crate) key: Option<&'b [u8]>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The children of a list or object that a [`Scanner`] has passed; at most `limit`, nothing where there
/// are more.
pub(crate) fn children(value: &[u8], limit: usize) -> Option<Vec<Child<'_>>> {
    let is_object = match value.first() {
        Some(b'{') => true,
        Some(b'[') => false,
        _ => return Some(Vec::new()),
    };
    let mut found = Vec::new();
    let mut at = 1;
    loop {
        at = skip_blanks(value, at);
        match value.get(at) {
            None | Some(b']' | b'}') => return Some(found),
            Some(b',') => {
                at += 1;
                continue;
            }
            Some(_) => {}
        }
        let mut key = None;
        if is_object {
            let end = end_of(value, at)?;
            key = value.get(at..end);
            at = skip_blanks(value, end);
            if value.get(at) != Some(&b':') {
                return None;
            }
            at = skip_blanks(value, at + 1);
        }
        let end = end_of(value, at)?;
        if found.len() >= limit {
            return None;
        }
        found.push(Child {
            key,
            start: at,
            end,
        });
        at = end;
    }
}

fn end_of(value: &[u8], at: usize) -> Option<usize> {
    match Scanner::new(usize::MAX).feed(value.get(at..)?) {
        Step::Done(len) => Some(at + len),
        _ => None,
    }
}

fn skip_blanks(value: &[u8], from: usize) -> usize {
    let rest = value.get(from..).unwrap_or_default();
    from + rest
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Step {
        let mut scanner = Scanner::new(8);
        match scanner.feed(text.as_bytes()) {
            Step::More => scanner.end(),
            step => step,
        }
    }

    #[test]
    fn a_value_ends_where_it_ends() {
        assert_eq!(scan(r#"{"a":[1,{"b":"]}\""}]} {"#), Step::Done(22));
        assert_eq!(scan("[] []"), Step::Done(2));
        assert_eq!(scan("12 "), Step::Done(2));
        assert_eq!(scan("true"), Step::Done(4));
        assert_eq!(scan(r#""x""#), Step::Done(3));
    }

    #[test]
    fn what_can_not_stand_there_is_found_where_it_stands() {
        for (text, at) in [
            ("{a:1}", 1),
            (r#"{"a" 1}"#, 5),
            (r#"{"a":1 "b"}"#, 7),
            ("[1}", 2),
            ("[1,\n", 4),
            ("\"a\nb\"", 2),
            ("[[[[[[[[[", 8),
            ("}", 0),
        ] {
            assert!(
                matches!(scan(text), Step::Bad(found, _) if found == at),
                "{text}"
            );
        }
    }

    #[test]
    fn it_may_be_given_a_value_byte_by_byte() {
        let text = br#"{"k":[1, -2.5e3, "\\\"", null]}"#;
        let mut scanner = Scanner::new(8);
        for end in 1..text.len() {
            assert_eq!(scanner.feed(&text[..end]), Step::More);
        }
        assert_eq!(scanner.feed(text), Step::Done(text.len()));
    }

    #[test]
    fn children_have_their_keys_and_places() {
        let text = br#"{ "a" : [1, 2] , "b":{} }"#;
        let found = children(text, 10).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].key, Some(br#""a""#.as_slice()));
        assert_eq!(&text[found[1].start..found[1].end], b"{}");
        assert_eq!(children(b"[1,2,3]", 2), None);
        assert_eq!(children(b"[]", 2), Some(Vec::new()));
    }
}
