//! Walks over the members of an object that may be longer than memory: the list `features` is stopped at, everything
//! else is passed by its ends.

use crate::json_read::scan::{Scanner, Step};

/// How far the walk came; indexes count from the first byte given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walked {
    /// The object goes on after the bytes given so far.
    More,
    /// The object ends before this index.
    End(usize),
    /// The list `features` begins: its bracket is before this index.
    Features(usize),
    /// At this index stands something that can't stand there.
    Bad(usize, &'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Open,
    KeyOrEnd,
    Key,
    Colon,
    Value,
    CommaOrEnd,
}

/// A walk; may be given more and more of the object.
#[derive(Debug)]
pub(super) struct Members {
    at: usize,
    expect: Expect,
    /// The key or value that is being passed: where it began.
    token: Option<(usize, Scanner)>,
    is_features: bool,
}

impl Members {
    /// A walk from the object's opening bracket on.
    pub(super) const fn from_start() -> Self {
        Self::new(Expect::Open, 0)
    }

    /// A walk from the bracket on that ends the list `features`.
    pub(super) const fn after_features() -> Self {
        Self::new(Expect::CommaOrEnd, 1)
    }

    const fn new(expect: Expect, at: usize) -> Self {
        Self {
            at,
            expect,
            token: None,
            is_features: false,
        }
    }

    /// Goes on over `bytes`, which begin at the same byte each time.
    pub(super) fn walk(&mut self, bytes: &[u8]) -> Walked {
        loop {
            if let Some((start, scanner)) = &mut self.token {
                let token = bytes.get(*start..).unwrap_or_default();
                match scanner.feed(token) {
                    Step::More => return Walked::More,
                    Step::Bad(index, what) => return Walked::Bad(*start + index, what),
                    Step::Done(len) => {
                        if self.expect == Expect::Key {
                            let key = token.get(..len).unwrap_or_default();
                            let key = serde_json::from_slice::<String>(key);
                            self.is_features = key.is_ok_and(|k| k == "features");
                            self.expect = Expect::Colon;
                        } else {
                            self.expect = Expect::CommaOrEnd;
                        }
                        self.at = *start + len;
                        self.token = None;
                    }
                }
            }
            let Some(&b) = bytes.get(self.at) else {
                return Walked::More;
            };
            if matches!(b, b' ' | b'\t' | b'\n' | b'\r') {
                self.at += 1;
                continue;
            }
            match self.sign(b) {
                Ok(None) => {}
                Ok(Some(walked)) => return walked,
                Err(what) => return Walked::Bad(self.at, what),
            }
        }
    }

    /// One sign between keys and values.
    fn sign(&mut self, b: u8) -> Result<Option<Walked>, &'static str> {
        let next = match (self.expect, b) {
            (Expect::Open, b'{') => Expect::KeyOrEnd,
            (Expect::Open, _) => return Err("expected an object"),
            (Expect::KeyOrEnd | Expect::CommaOrEnd, b'}') => {
                self.at += 1;
                return Ok(Some(Walked::End(self.at)));
            }
            (Expect::KeyOrEnd | Expect::Key, b'"') => {
                self.token = Some((self.at, Scanner::new(usize::MAX)));
                self.expect = Expect::Key;
                return Ok(None);
            }
            (Expect::KeyOrEnd | Expect::Key, _) => return Err("expected a key in quotes"),
            (Expect::Colon, b':') => Expect::Value,
            (Expect::Colon, _) => return Err("expected a colon after a key"),
            (Expect::Value, b'[') if self.is_features => {
                self.at += 1;
                return Ok(Some(Walked::Features(self.at)));
            }
            (Expect::Value, _) => {
                self.token = Some((self.at, Scanner::new(usize::MAX)));
                return Ok(None);
            }
            (Expect::CommaOrEnd, b',') => Expect::Key,
            (Expect::CommaOrEnd, _) => return Err("expected a comma or the end of the object"),
        };
        self.expect = next;
        self.at += 1;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_features_is_stopped_at_wherever_it_stands() {
        let text = br#"{"type": "X", "a": {"features": [1]}, "features" : [ ], "b": 1}"#;
        let start = text.windows(4).position(|w| w == b": [ ").unwrap() + 3;
        for step in 1..text.len() {
            let mut walk = Members::from_start();
            let found = (step..=text.len())
                .step_by(step)
                .map(|end| walk.walk(&text[..end]))
                .find(|walked| *walked != Walked::More);
            let end = text.len() / step * step;
            if end >= start {
                assert_eq!(found, Some(Walked::Features(start)), "in steps of {step}");
            }
        }
        let mut tail = Members::after_features();
        assert_eq!(tail.walk(br#"] , "b": [1, 2] } x"#), Walked::End(17));
    }

    #[test]
    fn an_object_without_them_ends_where_it_ends() {
        assert_eq!(Members::from_start().walk(b"{}"), Walked::End(2));
        assert_eq!(
            Members::from_start().walk(br#"{"features":null} "#),
            Walked::End(17)
        );
        assert_eq!(Members::from_start().walk(br#"{"a":1"#), Walked::More);
        for (text, at) in [
            ("{a", 1),
            (r#"{"a" 1"#, 5),
            (r#"{"a":}"#, 5),
            (r#"{"a":1,}"#, 7),
            (r#"{"a":1 2"#, 7),
        ] {
            let walked = Members::from_start().walk(text.as_bytes());
            assert!(
                matches!(walked, Walked::Bad(found, _) if found == at),
                "{text}: {walked:?}"
            );
        }
    }
}
