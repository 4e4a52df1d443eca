//! A document as a small tree.
//!
//! Line and column of an element are where its start tag begins.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// Depth of elements beyond which a document is refused. CAP needs 5, EDXL-DE around it 5 more, CISE about 20.
pub(crate) const MAX_DEPTH: usize = 48;

/// Elements beyond which a document is refused.
pub(crate) const MAX_ELEMENTS: usize = 200_000;

/// Namespace declarations of one document beyond which it is refused: looking prefixes up costs time.
const MAX_DECLARATIONS: usize = 1_000;

/// Attributes of one element beyond which a document is refused; namespace declarations do not count here.
const MAX_ATTRIBUTES: usize = 64;

/// Namespaces that matter to a format of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ns {
    /// `urn:oasis:names:tc:emergency:cap:1.2`
    Cap12,
    /// `urn:oasis:names:tc:emergency:cap:1.1`
    Cap11,
    /// `http://www.incident.com/cap/1.0`
    Cap10,
    /// `urn:oasis:names:tc:emergency:EDXL:DE:1.0` and 2.0
    Edxl,
    /// `http://www.w3.org/2005/Atom`
    Atom,
    /// `http://www.georss.org/georss`
    Georss,
    /// `http://www.cise.eu/servicemodel/v1/message/` and its siblings, any version.
    CiseService,
    /// `http://www.cise.eu/datamodel/v1/entity/...` and its siblings, any version.
    CiseData,
    /// `http://www.w3.org/2001/XMLSchema-instance`
    Schema,
    /// `http://www.w3.org/2000/09/xmldsig#`
    Signature,
    /// None (RSS).
    None,
    /// Any other.
    Other,
}

impl Ns {
    fn of(uri: &str) -> Self {
        match uri {
            "urn:oasis:names:tc:emergency:cap:1.2" => Self::Cap12,
            "urn:oasis:names:tc:emergency:cap:1.1" => Self::Cap11,
            "http://www.incident.com/cap/1.0" => Self::Cap10,
            "urn:oasis:names:tc:emergency:EDXL:DE:1.0"
            | "urn:oasis:names:tc:emergency:EDXL:DE:2.0" => Self::Edxl,
            "http://www.w3.org/2005/Atom" => Self::Atom,
            "http://www.georss.org/georss" => Self::Georss,
            "http://www.w3.org/2001/XMLSchema-instance" => Self::Schema,
            "http://www.w3.org/2000/09/xmldsig#" => Self::Signature,
            "" => Self::None,
            _ if uri.starts_with("http://www.cise.eu/servicemodel/") => Self::CiseService,
            _ if uri.starts_with("http://www.cise.eu/datamodel/") => Self::CiseData,
            _ => Self::Other,
        }
    }

    /// Whether it is a CAP namespace.
    pub(crate) const fn is_cap(self) -> bool {
        matches!(self, Self::Cap12 | Self::Cap11 | Self::Cap10)
    }
}

/// One attribute, except declarations of namespaces.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    /// Its namespace: [`Ns::None`] without a prefix.
    pub(crate) ns: Ns,
    /// Its name without prefix.
    pub(crate) name: String,
    /// Its value with references resolved.
    pub(crate) value: String,
}

/// One element.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) ns: Ns,
    /// Its name without prefix.
    pub(crate) name: String,
    /// Its attributes, in the order of the document.
    pub(crate) attributes: Vec<Attribute>,
    /// Its own text, pieces joined; as in the document, blanks kept.
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
    /// Offset of its start tag in the decoded text.
    pub(crate) start: usize,
    /// Offset after its end tag.
    pub(crate) end: usize,
}

impl Element {
    /// Its text without blanks at the ends; nothing where there is none.
    pub(crate) fn content(&self) -> Option<&str> {
        let text = self.text.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The value of an attribute without a prefix, without blanks at the ends.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attribute_of(Ns::None, name)
    }

    /// The value of an attribute of a namespace, without blanks at the ends.
    pub(crate) fn attribute_of(&self, ns: Ns, name: &str) -> Option<&str> {
        let found = self
            .attributes
            .iter()
            .find(|a| a.ns == ns && a.name == name)?;
        Some(found.value.trim())
    }

    /// The first child of a name, in whatever namespace.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The text of the first child of a name, in whatever namespace, without blanks at the ends.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name)?.content()
    }
}

/// Why a text is no XML that is read here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct XmlFault {
    /// Stable code.
    pub(crate) code: &'static str,
    /// What, with line and column.
    pub(crate) detail: String,
}

/// How much of a document has been seen.
#[derive(Default)]
struct Bounds {
    elements: usize,
    declarations: usize,
}

impl Bounds {
    /// Counts one more element; a code and words where it is too many.
    fn count(
        &mut self,
        depth: usize,
        attributes: &str,
    ) -> Result<(), (&'static str, &'static str)> {
        self.elements += 1;
        self.declarations += attributes.matches("xmlns").count();
        if depth >= MAX_DEPTH {
            return Err(("too_deep", "elements nested deeper than allowed"));
        }
        if self.elements > MAX_ELEMENTS {
            return Err(("too_many_elements", "more elements than allowed"));
        }
        if self.declarations > MAX_DECLARATIONS {
            return Err(("too_many_namespaces", "more namespaces than allowed"));
        }
        Ok(())
    }
}

/// Reads the first document in a text; gives its root and where it ended, or nothing where there is only
/// white space.
pub(crate) fn parse(text: &str) -> Result<Option<Element>, XmlFault> {
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut bounds = Bounds::default();
    loop {
        let before = offset(reader.buffer_position());
        let fault = |code, what: &str| fault_at(text, before, code, what);
        let (resolved, event) = reader.read_resolved_event().map_err(|e| {
            // The reader's syntax errors are all of things begun and not ended.
            let ended = !matches!(e, quick_xml::Error::Syntax(_));
            let code = if ended { "bad_xml" } else { "truncated" };
            fault_at(text, offset_of_error(text, before), code, &e.to_string())
        })?;
        let ns = namespace(&resolved);
        match event {
            Event::Start(tag) => {
                bounds
                    .count(open.len(), tag.attributes_raw())
                    .map_err(|(c, w)| fault(c, w))?;
                let name = tag.local_name().as_ref().to_owned();
                let attributes = attributes(&tag, &reader).map_err(|(c, w)| fault(c, w))?;
                let (text, children) = (String::new(), Vec::new());
                open.push(Element {
                    ns,
                    name,
                    attributes,
                    text,
                    children,
                    start: before,
                    end: before,
                });
            }
            Event::End(_) => {
                let Some(mut element) = open.pop() else {
                    return Err(fault("bad_xml", "an end tag without its start"));
                };
                element.end = offset(reader.buffer_position());
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(Some(element)),
                }
            }
            Event::Text(t) => match open.last_mut() {
                Some(element) => element.text.push_str(&t.xml10_content()),
                None if t.trim().is_empty() => {}
                None => return Err(fault("bad_xml", "expected an element, found a text")),
            },
            Event::CData(t) => match open.last_mut() {
                Some(element) => element.text.push_str(&t.xml10_content()),
                None => return Err(fault("bad_xml", "expected an element, found a text")),
            },
            Event::GeneralRef(r) => {
                let c = reference(&r).ok_or_else(|| {
                    fault(
                        "entity",
                        "only the five entities of XML and numbers are read",
                    )
                })?;
                match open.last_mut() {
                    Some(element) => element.text.push(c),
                    None => return Err(fault("bad_xml", "a reference outside of elements")),
                }
            }
            Event::DocType(_) => {
                return Err(fault(
                    "doctype",
                    "a document type declaration is not accepted",
                ));
            }
            Event::Eof if open.is_empty() => return Ok(None),
            Event::Eof => return Err(fault("truncated", "the document ends within an element")),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn namespace(resolved: &ResolveResult<'_>) -> Ns {
    match resolved {
        ResolveResult::Bound(ns) => Ns::of(ns.as_ref()),
        ResolveResult::Unbound => Ns::None,
        ResolveResult::Unknown(_) => Ns::Other,
    }
}

/// The attributes of a start tag; a code and words where they can't be read.
fn attributes(
    tag: &BytesStart<'_>,
    reader: &NsReader<&[u8]>,
) -> Result<Vec<Attribute>, (&'static str, &'static str)> {
    let mut found = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute
            .ok()
            .ok_or(("bad_xml", "an attribute that is not well-formed"))?;
        let key = attribute.key;
        if key.as_namespace_binding().is_some() {
            continue;
        }
        if found.len() >= MAX_ATTRIBUTES {
            return Err(("too_many_attributes", "more attributes than allowed"));
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .ok()
            .ok_or((
                "entity",
                "only the five entities of XML and numbers are read",
            ))?;
        let (resolved, local) = reader.resolver().resolve_attribute(key);
        found.push(Attribute {
            ns: namespace(&resolved),
            name: local.as_ref().to_owned(),
            value: value.into_owned(),
        });
    }
    Ok(found)
}

/// The character that a reference stands for; XML 1.0 knows five names (4.6).
fn reference(r: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(c)) = r.resolve_char_ref() {
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

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// Where an error is told: past the blanks before it.
fn offset_of_error(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + (rest.len() - rest.trim_start().len())
}

fn fault_at(text: &str, at: usize, code: &'static str, what: &str) -> XmlFault {
    let (line, column) = place(text, at);
    XmlFault {
        code,
        detail: format!("line {line} column {column}: {what}"),
    }
}

/// Line and column of an offset, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = text.get(..end).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}

/// Bytes to text by byte order mark, else by the encoding that the XML declaration names, else UTF-8
/// (XML 1.0, 4.3.3 and appendix F); and the name of the encoding.
pub(crate) fn decode(bytes: &[u8]) -> Result<(String, &'static str), XmlFault> {
    let encoding = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None => match declared(bytes) {
            Some(label) => encoding_rs::Encoding::for_label(label.as_bytes()).ok_or(XmlFault {
                code: "encoding",
                detail: "line 1 column 1: the declared encoding is not known".to_owned(),
            })?,
            None => encoding_rs::UTF_8,
        },
    };
    // Without a byte order mark a declaration that can be read as ASCII is not UTF-16, whatever it says.
    let encoding = if encoding_rs::Encoding::for_bom(bytes).is_none()
        && (encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE)
    {
        encoding_rs::UTF_8
    } else {
        encoding
    };
    let (text, _, broken) = encoding.decode(bytes);
    if broken {
        let detail = format!("line 1 column 1: bytes that are not {}", encoding.name());
        return Err(XmlFault {
            code: "encoding",
            detail,
        });
    }
    if text.contains(|c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r')) {
        let detail = "line 1 column 1: a control character that XML does not allow".to_owned();
        return Err(XmlFault {
            code: "bad_xml",
            detail,
        });
    }
    Ok((text.into_owned(), encoding.name()))
}

/// The encoding that an XML declaration names, if the bytes begin with one.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..200).unwrap_or(bytes);
    let start = head.iter().position(|b| !b.is_ascii_whitespace())?;
    let head = head.get(start..)?;
    if !head.starts_with(b"<?xml") {
        return None;
    }
    let end = head.windows(2).position(|w| w == b"?>")?;
    let text = core::str::from_utf8(head.get(..end)?).ok()?;
    let (_, after) = text.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = after.get(1..)?.split(quote).next()?;
    (!label.is_empty()).then(|| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        parse(text).map_or_else(|f| f.code, |_| "ok")
    }

    #[test]
    fn text_comes_with_references_and_cdata_joined() {
        let root = parse("<?xml version='1.0'?><a>x &amp; &#1111;<![CDATA[<&>]]><!-- c -->y</a>")
            .unwrap()
            .unwrap();
        assert_eq!(root.text, "x & \u{457}<&>y");
    }

    #[test]
    fn entities_and_document_types_are_refused() {
        assert_eq!(
            code("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///x'>]><a>&x;</a>"),
            "doctype"
        );
        assert_eq!(code("<a>&x;</a>"), "entity");
        assert_eq!(code("<a>&#0;</a>"), "entity");
    }

    #[test]
    fn what_is_not_well_formed_is_refused_with_its_place() {
        assert_eq!(code("<a><b></a>"), "bad_xml");
        assert_eq!(code("<a><b>"), "truncated");
        assert_eq!(code("hello"), "bad_xml");
        assert_eq!(code(&"<a>".repeat(MAX_DEPTH + 1)), "too_deep");
        let fault = parse("<a>\n  <b>&x;</b></a>").unwrap_err();
        assert!(
            fault.detail.starts_with("line 2 column 6"),
            "{}",
            fault.detail
        );
    }

    #[test]
    fn namespaces_are_known_under_any_prefix() {
        let root =
            parse("<c:alert xmlns:c='urn:oasis:names:tc:emergency:cap:1.2'><c:x/></c:alert>")
                .unwrap()
                .unwrap();
        assert!(root.ns.is_cap() && root.children[0].ns == Ns::Cap12);
        assert_eq!(
            parse("<a xmlns='http://www.incident.com/cap/1.0'/>")
                .unwrap()
                .unwrap()
                .ns,
            Ns::Cap10
        );
    }

    #[test]
    fn the_declared_encoding_is_used() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
        assert!(decode(latin).unwrap().0.contains('\u{e9}'));
        let cyrillic = b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><a>\xbf</a>";
        assert!(decode(cyrillic).unwrap().0.contains('\u{457}'));
        assert_eq!(decode(b"<a>\xff</a>").unwrap_err().code, "encoding");
        assert_eq!(
            decode(b"<?xml encoding='nonsense'?><a/>").unwrap_err().code,
            "encoding"
        );
        let utf16: Vec<u8> = "\u{feff}<a>x</a>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decode(&utf16).unwrap().0, "<a>x</a>");
    }
}
