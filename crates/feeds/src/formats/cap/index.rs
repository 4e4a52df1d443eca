//! Indexes of alerts: Atom (RFC 4287) and RSS 2.0. An entry that holds no alert itself says where one is and, by elements
//! of the CAP namespace, often what it says in short.

use jiff::fmt::rfc2822;
use oneroof_model::Time;
use serde::Serialize;

use super::alert::{Alert, AlertReference, Area, Circle, Corner, Info};
use super::decode;
use crate::contract::RejectReason;
use crate::xml::{Element, Ns};

/// Links of one index that are given out; entries beyond are rejects.
pub(super) const MAX_LINKS: usize = 1_000;

/// Longest link, bytes.
const MAX_LINK_BYTES: usize = 2_048;

/// Longest text of the head of an index, characters.
const MAX_HEAD: usize = 500;

/// Faults told of one entry at most.
const MAX_FAULTS: usize = 20;

/// Elements that RFC 4287, 4.1.2, knows in an entry; the second is how often at most.
const ATOM_ENTRY: &[(&str, usize)] = &[
    ("author", usize::MAX),
    ("category", usize::MAX),
    ("content", 1),
    ("contributor", usize::MAX),
    ("id", 1),
    ("link", usize::MAX),
    ("published", 1),
    ("rights", 1),
    ("source", 1),
    ("summary", 1),
    ("title", 1),
    ("updated", 1),
];

/// Elements that RSS 2.0 knows in an item.
const RSS_ITEM: &[(&str, usize)] = &[
    ("author", 1),
    ("category", usize::MAX),
    ("comments", 1),
    ("description", 1),
    ("enclosure", usize::MAX),
    ("guid", 1),
    ("link", 1),
    ("pubDate", 1),
    ("source", 1),
    ("title", 1),
];

/// Elements of CAP that stand in `alert`, and in `info`; the rest stands in `area`.
const OF_ALERT: &[&str] = &[
    "identifier",
    "sender",
    "sent",
    "status",
    "msgType",
    "source",
    "scope",
    "restriction",
    "addresses",
    "code",
    "note",
    "references",
    "incidents",
];
const OF_AREA: &[&str] = &[
    "areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling",
];

/// What an index says of itself.
#[derive(Debug, Clone, Default, Serialize, PartialEq)]
pub struct IndexHead {
    /// Its id (Atom), or its link (RSS).
    pub id: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// When it changed last, as sent: RFC 3339 (Atom) or RFC 822 (RSS).
    pub updated: Option<String>,
}

/// A link of an entry (RFC 4287, 4.2.7; RSS `link` and `enclosure`).
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct EntryLink {
    /// The address as sent.
    pub href: String,
    /// What it is to the entry: `alternate` where nothing is said.
    pub rel: String,
    /// Its media type, where said.
    #[serde(rename = "type")]
    pub media_type: Option<String>,
}

/// One entry of an index that holds no alert itself.
#[derive(Debug, Clone, Default, Serialize, PartialEq)]
pub struct IndexEntry {
    /// `atom` or `rss`.
    pub root: &'static str,
    /// Its id: `id` (Atom), `guid`, else `link` (RSS).
    pub id: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// When it changed last, as sent: RFC 3339 (Atom `updated`) or RFC 822 (RSS `pubDate`).
    pub updated: Option<String>,
    /// When it came first, as sent.
    pub published: Option<String>,
    /// The first author's name, or the RSS `author`.
    pub author: Option<String>,
    /// Its summary or description, as sent.
    pub summary: Option<String>,
    /// Where the alert is: the link of a CAP media type, else the first `alternate` one.
    pub link: Option<String>,
    /// All its links.
    pub links: Vec<EntryLink>,
    /// Its categories: `term` (Atom) or text (RSS).
    pub category: Vec<String>,
    /// A `GeoRSS` point, where it has one.
    pub georss_point: Option<Corner>,
    /// What its elements of the CAP namespace say, where there are any.
    pub cap: Option<Excerpt>,
    /// The index that it stands in.
    pub index: IndexHead,
    /// What breaks RFC 4287 or RSS 2.0, though it could be read.
    pub faults: Vec<String>,
}

/// The elements of CAP in an entry (CAP 1.2, 3.2.1 to 3.2.4, flat).
#[derive(Debug, Clone, Default, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Excerpt {
    /// Identifier of the alert.
    pub identifier: Option<String>,
    /// Its sender.
    pub sender: Option<String>,
    /// When it was sent.
    pub sent: Option<String>,
    /// `Actual`, `Exercise` ...
    pub status: Option<String>,
    /// `Alert`, `Update` ...
    pub msg_type: Option<String>,
    /// Operator or device.
    pub source: Option<String>,
    /// `Public` ...
    pub scope: Option<String>,
    /// Rule of distribution.
    pub restriction: Option<String>,
    /// Recipients.
    pub addresses: Vec<String>,
    /// Special handling.
    pub code: Vec<String>,
    /// Purpose or significance.
    pub note: Option<String>,
    /// Earlier alerts.
    pub references: Vec<AlertReference>,
    /// Incidents it belongs to.
    pub incidents: Vec<String>,
    /// What is told of the event.
    #[serde(flatten)]
    pub info: Info,
    /// What is told of the area.
    #[serde(flatten)]
    pub area: Area,
}

/// What an index says of itself, cut to what a person reads (it stands with every entry), and what breaks its rules.
pub(super) fn head(root: &Element, faults: &mut Vec<String>) -> IndexHead {
    let short = |text: Option<String>| text.map(|t| t.chars().take(MAX_HEAD).collect::<String>());
    if root.ns == Ns::Atom {
        for required in ["id", "title", "updated"] {
            if atom(root, required).is_none() && root.name == "feed" {
                faults.push(format!("feed/{required}: expected, found none"));
            }
        }
        return IndexHead {
            id: short(atom(root, "id")),
            title: short(atom(root, "title")),
            updated: short(atom(root, "updated")),
        };
    }
    let channel = root.child("channel").unwrap_or(root);
    for required in ["title", "link", "description"] {
        if channel.text_of(required).is_none() {
            faults.push(format!("channel/{required}: expected, found none"));
        }
    }
    let text = |name: &str| short(plain(channel, name));
    IndexHead {
        id: text("link"),
        title: text("title"),
        updated: text("lastBuildDate").or_else(|| text("pubDate")),
    }
}

/// Entries and items without an alert in them, in the order of the document.
pub(super) fn entries<'e>(element: &'e Element, found: &mut Vec<&'e Element>) {
    let is_entry = matches!(
        (element.ns, element.name.as_str()),
        (Ns::Atom, "entry") | (Ns::None, "item")
    );
    if is_entry {
        let mut inner = Vec::new();
        decode::alerts(element, &mut inner);
        if inner.is_empty() {
            found.push(element);
        }
        return;
    }
    for child in &element.children {
        entries(child, found);
    }
}

/// Everything in an entry.
pub(super) fn entry(element: &Element, index: &IndexHead) -> IndexEntry {
    let mut entry = if element.ns == Ns::Atom {
        atom_entry(element)
    } else {
        rss_item(element)
    };
    entry.link = alert_link(&entry.links).map(|l| l.href.clone());
    entry.georss_point = element
        .children
        .iter()
        .find(|c| c.ns == Ns::Georss && c.name == "point")
        .and_then(|c| georss(&c.text));
    entry.cap = excerpt(element, &mut entry.faults);
    entry.index = index.clone();
    entry.faults.truncate(MAX_FAULTS);
    entry
}

fn atom_entry(element: &Element) -> IndexEntry {
    let mut faults = Vec::new();
    count(element, ATOM_ENTRY, "entry", &mut faults);
    for required in ["id", "title", "updated"] {
        if atom(element, required).is_none() {
            faults.push(format!("entry/{required}: expected, found none"));
        }
    }
    let updated = atom(element, "updated");
    if updated.as_deref().is_some_and(|t| moment(t).is_none()) {
        faults.push("entry/updated: expected a time as 2026-11-23T02:41:00+02:00".to_owned());
    }
    let ours = |name: &'static str| {
        let children = element.children.iter();
        children.filter(move |c| c.ns == Ns::Atom && c.name == name)
    };
    let links = ours("link").filter_map(|c| {
        Some(EntryLink {
            href: c.attribute("href")?.to_owned(),
            rel: c.attribute("rel").unwrap_or("alternate").to_owned(),
            media_type: c.attribute("type").map(str::to_owned),
        })
    });
    let out_of_line = ours("content").filter_map(|c| {
        Some(EntryLink {
            href: c.attribute("src")?.to_owned(),
            rel: "content".to_owned(),
            media_type: c.attribute("type").map(str::to_owned),
        })
    });
    IndexEntry {
        root: "atom",
        id: atom(element, "id"),
        title: atom(element, "title"),
        updated,
        published: atom(element, "published"),
        author: ours("author").find_map(|c| atom(c, "name")),
        summary: atom(element, "summary"),
        links: links.chain(out_of_line).collect(),
        category: ours("category")
            .filter_map(|c| c.attribute("term").map(str::to_owned))
            .collect(),
        faults,
        ..IndexEntry::default()
    }
}

fn rss_item(element: &Element) -> IndexEntry {
    let mut faults = Vec::new();
    count(element, RSS_ITEM, "item", &mut faults);
    let (title, summary) = (plain(element, "title"), plain(element, "description"));
    if title.is_none() && summary.is_none() {
        faults.push("item: expected title or description, found none".to_owned());
    }
    let updated = plain(element, "pubDate");
    if updated.as_deref().is_some_and(|t| moment(t).is_none()) {
        faults.push("item/pubDate: expected a time as 23 Nov 2026 02:41:00 +0200".to_owned());
    }
    let link = |href: &str, media_type: Option<&str>, rel: &str| EntryLink {
        href: href.to_owned(),
        rel: rel.to_owned(),
        media_type: media_type.map(str::to_owned),
    };
    let mut links: Vec<EntryLink> = plain(element, "link")
        .map(|href| link(&href, None, "alternate"))
        .into_iter()
        .collect();
    for child in &element.children {
        let (href, rel) = match (child.ns, child.name.as_str()) {
            (Ns::None, "enclosure") => ("url", "enclosure"),
            (Ns::Atom, "link") => ("href", child.attribute("rel").unwrap_or("alternate")),
            _ => continue,
        };
        if let Some(href) = child.attribute(href) {
            links.push(link(href, child.attribute("type"), rel));
        }
    }
    IndexEntry {
        root: "rss",
        id: plain(element, "guid").or_else(|| plain(element, "link")),
        title,
        published: updated.clone(),
        updated,
        author: plain(element, "author"),
        summary,
        links,
        category: element
            .children
            .iter()
            .filter(|c| c.ns == Ns::None && c.name == "category")
            .filter_map(|c| c.content().map(str::to_owned))
            .collect(),
        faults,
        ..IndexEntry::default()
    }
}

/// Elements of the index's own vocabulary that it does not know, or that stand too often.
fn count(element: &Element, known: &[(&str, usize)], path: &str, faults: &mut Vec<String>) {
    let own = || element.children.iter().filter(|c| c.ns == element.ns);
    for child in own().filter(|c| !known.iter().any(|(name, _)| *name == c.name)) {
        if faults.len() < MAX_FAULTS {
            let name: String = child.name.chars().take(40).collect();
            faults.push(format!("{path}/{name}: not an element of the index"));
        }
    }
    for (name, most) in known {
        if own().filter(|c| c.name == *name).count() > *most {
            faults.push(format!("{path}/{name}: expected at most {most}"));
        }
    }
}

/// The text of a child in the Atom namespace.
fn atom(element: &Element, name: &str) -> Option<String> {
    of(element, Ns::Atom, name)
}

/// The text of a child without a namespace.
fn plain(element: &Element, name: &str) -> Option<String> {
    of(element, Ns::None, name)
}

fn of(element: &Element, ns: Ns, name: &str) -> Option<String> {
    let child = element
        .children
        .iter()
        .find(|c| c.ns == ns && c.name == name)?;
    child.content().map(str::to_owned)
}

/// The link to the alert: of a media type of CAP (3.3.5 of CAP 1.2 and its older name), else the first `alternate` one
/// that is not said to be a page, else the first `alternate` one.
fn alert_link(links: &[EntryLink]) -> Option<&EntryLink> {
    let is = |link: &EntryLink, types: &[&str]| {
        let said = link.media_type.as_deref().unwrap_or_default();
        let bare = said.split(';').next().unwrap_or_default().trim();
        types.iter().any(|t| bare.eq_ignore_ascii_case(t))
    };
    let cap = [
        "application/cap+xml",
        "application/common-alerting-protocol+xml",
    ];
    let page = ["text/html", "application/xhtml+xml"];
    let alternate = |link: &&EntryLink| link.rel == "alternate";
    links
        .iter()
        .find(|l| is(l, &cap))
        .or_else(|| links.iter().filter(alternate).find(|l| !is(l, &page)))
        .or_else(|| links.iter().find(alternate))
}

/// A link that can be followed: `http`, `https`, or relative to the index (RFC 3986, 4.2).
///
/// # Errors
/// Where there is none, or it is none of these.
pub(super) fn usable_link(entry: &IndexEntry) -> Result<&str, RejectReason> {
    let faults = entry.faults.join("; ");
    let Some(link) = entry.link.as_deref().filter(|l| !l.is_empty()) else {
        let why = format!("expected an alert or a link to one, found neither; {faults}");
        return Err(RejectReason::new("missing_link", why));
    };
    let scheme = link
        .split_once(':')
        .map(|(scheme, _)| scheme)
        .filter(|s| !s.is_empty() && !s.contains(['/', '?', '#']));
    let known =
        scheme.is_none_or(|s| s.eq_ignore_ascii_case("http") || s.eq_ignore_ascii_case("https"));
    let odd = |c: char| c.is_whitespace() || c.is_control();
    if !known || link.len() > MAX_LINK_BYTES || link.contains(odd) {
        let why = "expected a link of http or https of at most 2048 bytes without blanks";
        return Err(RejectReason::new("bad_link", why));
    }
    Ok(link)
}

/// A moment as an index writes it: RFC 3339, else RFC 822 with the years of RFC 2822.
pub(super) fn moment(text: &str) -> Option<Time> {
    decode::time(text).or_else(|| {
        let parsed = rfc2822::DateTimeParser::new().parse_timestamp(text.trim());
        Some(Time::from_micros(parsed.ok()?.as_microsecond()))
    })
}

/// `latitude longitude` (`GeoRSS` simple).
fn georss(text: &str) -> Option<Corner> {
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    let (lat_deg, lon_deg) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    oneroof_model::LatLon::new(lat_deg, lon_deg).ok()?;
    Some(Corner { lat_deg, lon_deg })
}

/// The elements of CAP in an entry, put where an alert has them and read as one.
fn excerpt(element: &Element, faults: &mut Vec<String>) -> Option<Excerpt> {
    let own: Vec<&Element> = element.children.iter().filter(|c| c.ns.is_cap()).collect();
    let ns = own.first()?.ns;
    let empty = |name: &str| Element {
        ns,
        name: name.to_owned(),
        attributes: Vec::new(),
        text: String::new(),
        children: Vec::new(),
        start: element.start,
        end: element.end,
    };
    let (mut alert, mut info, mut area) = (empty("alert"), empty("info"), empty("area"));
    for child in own {
        for mut piece in pairs(child, ns) {
            if piece.name == "message_type" {
                "msgType".clone_into(&mut piece.name);
            }
            if piece.children.is_empty() && piece.content().is_none() {
                continue;
            }
            let to = match piece.name.as_str() {
                name if OF_ALERT.contains(&name) => &mut alert,
                name if OF_AREA.contains(&name) => &mut area,
                _ => &mut info,
            };
            to.children.push(piece);
        }
    }
    info.children.push(area);
    alert.children.push(info);
    let read = decode::alert(&alert, "");
    // An excerpt leaves out what an alert must have; only what is no element or could not be read is a fault.
    let own = |f: &String| f.ends_with("left out") || f.ends_with("not an element of the schema");
    let unread = read.faults.into_iter().filter(own);
    faults.extend(unread.map(|f| {
        let bare = f
            .strip_prefix("alert/info/area/")
            .or(f.strip_prefix("alert/info/"));
        format!("entry/cap/{}", bare.unwrap_or(&f))
    }));
    let mut info = read.info.into_iter().next().unwrap_or_default();
    let area = core::mem::take(&mut info.area).into_iter().next();
    Some(Excerpt {
        identifier: read.identifier,
        sender: read.sender,
        sent: read.sent,
        status: read.status,
        msg_type: read.msg_type,
        source: read.source,
        scope: read.scope,
        restriction: read.restriction,
        addresses: read.addresses,
        code: read.code,
        note: read.note,
        references: read.references,
        incidents: read.incidents,
        info,
        area: area.unwrap_or_default(),
    })
}

/// An element with everything in it in the namespace of CAP (in entries, names and values often stand in that of Atom),
/// one for each pair of name and value (in entries, several often stand in one).
fn pairs(element: &Element, ns: Ns) -> Vec<Element> {
    let mut one = element.clone();
    one.ns = ns;
    one.children.clear();
    if element.children.is_empty() {
        return vec![one];
    }
    let mut found = Vec::new();
    for child in &element.children {
        let mut child = child.clone();
        child.ns = ns;
        let last = child.name == "value";
        one.children.push(child);
        if last {
            let rest = Element {
                children: Vec::new(),
                ..one.clone()
            };
            found.push(core::mem::replace(&mut one, rest));
        }
    }
    if !one.children.is_empty() {
        found.push(one);
    }
    found
}

/// The alert that an entry is an excerpt of, where the excerpt suffices for a report: it says whether it is real, what it
/// changes if it changes something, what happens, and where.
pub(super) fn alert_of(entry: &IndexEntry) -> Option<Alert> {
    let cap = entry.cap.as_ref()?;
    cap.status.as_ref()?;
    // Without the keys of the alerts that it changes, an update or a cancel says less than the alert itself.
    let enough = match cap.msg_type.as_deref()? {
        "Alert" => true,
        "Update" | "Cancel" => !cap.references.is_empty(),
        _ => false,
    };
    enough.then_some(())?;
    let sent = cap.sent.as_deref().or(entry.updated.as_deref())?;
    let sent = moment(sent)?;
    let mut area = cap.area.clone();
    if area.polygon.is_empty() && area.circle.is_empty() {
        area.circle.extend(entry.georss_point.map(|at| Circle {
            lat_deg: at.lat_deg,
            lon_deg: at.lon_deg,
            radius_km: 0.0,
        }));
    }
    let placed = area.area_desc.is_some() || !area.polygon.is_empty() || !area.circle.is_empty();
    placed.then_some(())?;
    let mut info = cap.info.clone();
    info.headline = info.headline.or_else(|| entry.title.clone());
    info.event.as_ref().or(info.headline.as_ref())?;
    info.description = info.description.or_else(|| entry.summary.clone());
    info.web.clone_from(&entry.link);
    info.area = vec![area];
    Some(Alert {
        cap_version: "1.2",
        root: entry.root,
        identifier: cap.identifier.clone().or_else(|| entry.id.clone()),
        sender: cap.sender.clone().or_else(|| entry.index.id.clone()),
        sent: Some(sent.to_string()),
        status: cap.status.clone(),
        msg_type: cap.msg_type.clone(),
        source: cap.source.clone(),
        scope: cap.scope.clone(),
        restriction: cap.restriction.clone(),
        note: cap.note.clone(),
        references: cap.references.clone(),
        incidents: cap.incidents.clone(),
        info: vec![info],
        faults: entry.faults.clone(),
        ..Alert::default()
    })
}
