//! One token to what it says, by quick-xml: names, attributes, texts. No document types, no entities of its own.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

/// What a tag is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// A start tag.
    Start(Start),
    /// An element without content.
    Empty(Start),
    /// An end tag with its name as written.
    End(String),
}

/// A start tag: its name and attributes as written, values with their references replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// Why the attributes can't be taken, where they can't; those before are there.
    pub(super) fault: Option<Fault>,
}

/// Why a token can't be taken: a stable code, and words.
pub(super) type Fault = (&'static str, String);

/// Reads a tag with at most so many attributes.
pub(super) fn tag(token: &str, limit: usize) -> Result<Tag, Fault> {
    let mut reader = reader(token);
    let event = reader
        .read_event()
        .map_err(|e| ("bad_xml", e.to_string()))?;
    let tag = match event {
        Event::Start(start) => Tag::Start(read_start(&start, limit)?),
        Event::Empty(start) => Tag::Empty(read_start(&start, limit)?),
        Event::End(end) => Tag::End(checked(end.name().0)?),
        _ => return Err(("bad_xml", "expected a tag".to_owned())),
    };
    Ok(tag)
}

fn read_start(start: &BytesStart<'_>, limit: usize) -> Result<Start, Fault> {
    let name = checked(start.name().0)?;
    let mut attributes = Vec::new();
    let fault = read_attributes(start, limit, &mut attributes).err();
    Ok(Start {
        name,
        attributes,
        fault,
    })
}

fn read_attributes(
    start: &BytesStart<'_>,
    limit: usize,
    to: &mut Vec<(String, String)>,
) -> Result<(), Fault> {
    for attribute in start.attributes() {
        if to.len() >= limit {
            let expected = format!("expected at most {limit} attributes");
            return Err(("too_many_attributes", expected));
        }
        let attribute = attribute.map_err(|e| ("bad_xml", format!("attributes: {e}")))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|_unknown| only_known_entities())?;
        to.push((checked(attribute.key.0)?, value.into_owned()));
    }
    Ok(())
}

/// A name, where it looks like one: no sign of markup, not empty before or behind a colon, one colon at most.
fn checked(name: &str) -> Result<String, Fault> {
    // Nearly all names are plain.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.bytes().all(plain) && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok(name.to_owned());
    }
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>&'\"=/!?()[]{};,".contains(c);
    let parts = name.split(':').count();
    let first = name.chars().next();
    let starts = first.is_some_and(|c| !c.is_ascii_digit() && !"-.@".contains(c));
    if !starts || parts > 2 || name.starts_with(':') || name.ends_with(':') || name.contains(odd) {
        return Err(("bad_xml", "expected a name".to_owned()));
    }
    Ok(name.to_owned())
}

/// The text of a token between tags.
pub(super) fn text(token: &str) -> Result<String, Fault> {
    let mut reader = reader(token);
    let mut text = String::with_capacity(token.len());
    loop {
        match reader
            .read_event()
            .map_err(|_dangling| only_known_entities())?
        {
            Event::Text(t) => text.push_str(&t.xml10_content()),
            Event::GeneralRef(r) => text.push(reference(&r).ok_or_else(only_known_entities)?),
            Event::Eof => return Ok(text),
            _ => return Err(("bad_xml", "expected a text".to_owned())),
        }
    }
}

/// The text of a CDATA section.
pub(super) fn cdata(token: &str) -> Result<String, Fault> {
    match reader(token).read_event() {
        Ok(Event::CData(data)) => Ok(data.xml10_content().into_owned()),
        _ => Err(("bad_xml", "expected a CDATA section".to_owned())),
    }
}

/// The encoding that an XML declaration names; nothing where the token is none or names none.
pub(super) fn declared_encoding(token: &str) -> Option<String> {
    match reader(token).read_event() {
        Ok(Event::Decl(declaration)) => Some(declaration.encoding()?.ok()?.into_owned()),
        _ => None,
    }
}

fn only_known_entities() -> Fault {
    let expected = "expected no entities but the five of XML and numbers";
    ("entity", expected.to_owned())
}

/// The character that a reference stands for; XML 1.0 knows five names (4.6) and not every number (2.2).
fn reference(r: &BytesRef<'_>) -> Option<char> {
    if r.is_char_ref() {
        let c = r.resolve_char_ref().ok()??;
        let allowed = matches!(c, '\t' | '\n' | '\r') || c >= ' ';
        return (allowed && c != '\u{fffe}' && c != '\u{ffff}').then_some(c);
    }
    match r.xml10_content().as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// A reader of one token: what belongs together is known one level up.
fn reader(token: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(token);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    reader
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_with_their_attributes() {
        let read = tag("<a:b x = '1 &amp; 2' y=\"&#1111;\">", 5).unwrap();
        let attributes = vec![
            ("x".to_owned(), "1 & 2".to_owned()),
            ("y".to_owned(), "\u{457}".to_owned()),
        ];
        assert_eq!(
            read,
            Tag::Start(Start {
                name: "a:b".to_owned(),
                attributes,
                fault: None
            })
        );
        assert!(matches!(tag("<x/>", 5), Ok(Tag::Empty(_))));
        assert_eq!(tag("</x >", 5), Ok(Tag::End("x".to_owned())));
    }

    #[test]
    fn tags_that_are_none_are_faults() {
        for (token, code) in [
            ("<>", "bad_xml"),
            ("< a>", "bad_xml"),
            ("</>", "bad_xml"),
            ("<a b>", "bad_xml"),
            ("<a b='1' b='2'>", "bad_xml"),
            ("<a b=1>", "bad_xml"),
            ("<1a>", "bad_xml"),
            ("<a:b:c>", "bad_xml"),
            ("<a x='&y;'>", "entity"),
            ("<a b='1' c='2' d='3'>", "too_many_attributes"),
        ] {
            let fault = match tag(token, 2) {
                Ok(Tag::Start(start)) => start.fault.unwrap(),
                Err(fault) => fault,
                Ok(other) => panic!("{other:?}"),
            };
            assert_eq!(fault.0, code, "{token}");
        }
    }

    #[test]
    fn references_are_replaced_and_entities_are_faults() {
        assert_eq!(text("a &lt;&#x41;&gt;\r\nb").unwrap(), "a <A>\nb");
        for bad in ["&x;", "&", "a & b", "&#0;", "&#xFFFF;"] {
            assert_eq!(text(bad).map_err(|(code, _)| code), Err("entity"), "{bad}");
        }
        assert_eq!(cdata("<![CDATA[<&>]]>").unwrap(), "<&>");
    }

    #[test]
    fn a_declaration_names_its_encoding() {
        let encoding = |token| declared_encoding(token);
        assert_eq!(
            encoding("<?xml version='1.0' encoding='KOI8-U'?>").as_deref(),
            Some("KOI8-U")
        );
        assert_eq!(encoding("<?xml version='1.0'?>"), None);
        assert_eq!(encoding("<?xml-stylesheet encoding='x'?>"), None);
    }
}
