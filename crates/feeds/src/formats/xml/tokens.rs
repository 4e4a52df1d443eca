//! Cuts XML into tags, texts and the rest, in raw bytes and whatever the cutting. What is within a token is judged
//! later, by quick-xml.

use crate::charset::{Charset, Whole};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A start tag, an end tag or an empty element.
    Tag,
    /// Text up to the next tag, with references.
    Text,
    /// Text whose end is not in sight within the bound; the rest follows as another token.
    TextPart,
    /// `<![CDATA[...]]>`
    CData,
    /// A comment.
    Comment,
    /// A processing instruction, or the XML declaration.
    Instruction,
    /// The beginning of a document type declaration.
    DocType,
}

/// How far the search came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// The token goes on behind the bytes.
    More,
    /// A token of this many bytes.
    Token(Token, usize),
    /// The token is no text and longer than allowed.
    TooLong,
}

/// The search for the end of the token at the head.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    at: usize,
    token: Option<Token>,
    /// Inside an attribute's value, within these quotes.
    quote: Option<u8>,
}

/// Beginnings of tokens, the longest that may match first.
const BEGINNINGS: [(&[u8], Token); 5] = [
    (b"<![CDATA[", Token::CData),
    (b"<!--", Token::Comment),
    (b"<!", Token::DocType),
    (b"<?", Token::Instruction),
    (b"<", Token::Tag),
];

impl Tokens {
    /// Looks on; `bytes` begin at the same byte until a token was found.
    pub(super) fn find(
        &mut self,
        bytes: &[u8],
        charset: Charset,
        limit: usize,
        whole: Whole,
    ) -> Found {
        if bytes.is_empty() {
            return Found::More;
        }
        let token = match self.token {
            Some(token) => token,
            None => match beginning(bytes, charset, whole) {
                Some(token) => *self.token.insert(token),
                None => return Found::More,
            },
        };
        let bounded = bytes.get(..limit).unwrap_or(bytes);
        match self.end(token, bounded, charset) {
            Some(len) => self.found(token, len),
            None if bytes.len() >= limit && token == Token::Text => self.found(
                Token::TextPart,
                bounded.len() / charset.width() * charset.width(),
            ),
            None if bytes.len() >= limit => Found::TooLong,
            None if whole == Whole::Yes && token == Token::Text => self.found(token, bytes.len()),
            None => Found::More,
        }
    }

    fn found(&mut self, token: Token, len: usize) -> Found {
        *self = Self::default();
        Found::Token(token, len)
    }

    /// Where the token ends, if that is within the bytes.
    fn end(&mut self, token: Token, bytes: &[u8], charset: Charset) -> Option<usize> {
        let width = charset.width();
        while let Some(c) = charset.unit(bytes, self.at) {
            let behind = self.at + width;
            match (token, c) {
                (Token::DocType, _) => return Some(2 * width),
                (Token::Text | Token::TextPart, b'<') => return Some(self.at),
                (Token::Tag, b'"' | b'\'') => match self.quote {
                    None => self.quote = Some(c),
                    Some(open) if open == c => self.quote = None,
                    Some(_) => {}
                },
                (Token::Tag, b'>') if self.quote.is_none() => return Some(behind),
                (Token::Comment, b'>') if ends(bytes, charset, behind, b"-->", 7) => {
                    return Some(behind);
                }
                (Token::CData, b'>') if ends(bytes, charset, behind, b"]]>", 12) => {
                    return Some(behind);
                }
                (Token::Instruction, b'>') if ends(bytes, charset, behind, b"?>", 4) => {
                    return Some(behind);
                }
                _ => {}
            }
            self.at = behind;
        }
        None
    }
}

/// What begins at the first byte; nothing where that needs more bytes.
fn beginning(bytes: &[u8], charset: Charset, whole: Whole) -> Option<Token> {
    let width = charset.width();
    for (signs, token) in BEGINNINGS {
        let mut units = (0..).step_by(width).map(|at| charset.unit(bytes, at));
        let same = signs
            .iter()
            .map(|sign| (sign, units.next().flatten()))
            .find(|(sign, unit)| *unit != Some(**sign));
        match same {
            None => return Some(token),
            // The bytes end within what may yet be it.
            Some((_, None)) if whole == Whole::No => return None,
            Some(_) => {}
        }
    }
    Some(Token::Text)
}

/// Whether these signs end at `behind`, in a token of at least `least` units.
fn ends(bytes: &[u8], charset: Charset, behind: usize, signs: &[u8], least: usize) -> bool {
    let width = charset.width();
    let Some(start) = behind.checked_sub(signs.len() * width) else {
        return false;
    };
    let at = (start..).step_by(width);
    behind >= least * width
        && signs
            .iter()
            .zip(at)
            .all(|(sign, at)| charset.unit(bytes, at) == Some(*sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &[u8], step: usize) -> Vec<(Token, String)> {
        let (mut tokens, mut found) = (Tokens::default(), Vec::new());
        let (mut head, mut end) = (0, 0);
        loop {
            let whole = if end == text.len() {
                Whole::Yes
            } else {
                Whole::No
            };
            match tokens.find(&text[head..end], Charset::UTF_8, 1_000, whole) {
                Found::Token(token, len) => {
                    found.push((
                        token,
                        String::from_utf8_lossy(&text[head..head + len]).into_owned(),
                    ));
                    head += len;
                }
                _ if end == text.len() => return found,
                _ => end = (end + step).min(text.len()),
            }
        }
    }

    #[test]
    fn any_cutting_gives_the_same_tokens() {
        let text =
            br#"<?xml v="1"?><a b=">" c='"'>t &amp;<!-- <x> --><![CDATA[]]>]]]></a ><x/>rest"#;
        let whole = tokens(text, text.len());
        let kinds: Vec<Token> = whole.iter().map(|(token, _)| *token).collect();
        assert_eq!(
            kinds,
            [
                Token::Instruction,
                Token::Tag,
                Token::Text,
                Token::Comment,
                Token::CData,
                Token::Text,
                Token::Tag,
                Token::Tag,
                Token::Text
            ]
        );
        assert_eq!(whole[1].1, r#"<a b=">" c='"'>"#);
        assert_eq!(whole[4].1, "<![CDATA[]]>");
        for step in 1..12 {
            assert_eq!(tokens(text, step), whole, "in steps of {step}");
        }
    }

    #[test]
    fn a_document_type_is_told_at_its_beginning_and_long_tokens_are_bounded() {
        assert_eq!(
            tokens(b"<!DOCTYPE a [", 1)[0],
            (Token::DocType, "<!".to_owned())
        );
        let mut tokens = Tokens::default();
        let long = vec![b'x'; 50];
        let part = tokens.find(&long, Charset::UTF_8, 20, Whole::No);
        assert_eq!(part, Found::Token(Token::TextPart, 20));
        let long = [b"<a ".as_slice(), &long].concat();
        assert_eq!(
            tokens.find(&long, Charset::UTF_8, 20, Whole::No),
            Found::TooLong
        );
    }
}
