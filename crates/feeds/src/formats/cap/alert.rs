//! An alert as its sender wrote it: every element of CAP 1.0, 1.1 and 1.2, values as text, numbers and
//! positions read. Names are those of the standard (CAP 1.2, 3.2.1 to 3.2.4).

use serde::Serialize;

/// One alert (3.2.1).
#[derive(Debug, Clone, Default, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// `1.0`, `1.1` or `1.2`, by its namespace.
    #[serde(rename = "cap_version")]
    pub cap_version: &'static str,
    /// What it stood in: `cap`, `edxl-de`, `atom`, `rss`.
    pub root: &'static str,
    /// Identifier by the sender.
    pub identifier: Option<String>,
    /// The sender.
    pub sender: Option<String>,
    /// When it was sent, with offset.
    pub sent: Option<String>,
    /// `Actual`, `Exercise`, `System`, `Test`, `Draft`.
    pub status: Option<String>,
    /// `Alert`, `Update`, `Cancel`, `Ack`, `Error`.
    pub msg_type: Option<String>,
    /// Operator or device.
    pub source: Option<String>,
    /// `Public`, `Restricted`, `Private`.
    pub scope: Option<String>,
    /// Rule of distribution, where restricted.
    pub restriction: Option<String>,
    /// Recipients, where private.
    pub addresses: Vec<String>,
    /// Special handling.
    pub code: Vec<String>,
    /// Purpose or significance.
    pub note: Option<String>,
    /// Earlier alerts.
    pub references: Vec<AlertReference>,
    /// Incidents it belongs to.
    pub incidents: Vec<String>,
    /// What it says, once per language or stage.
    pub info: Vec<Info>,
    /// Whether an XML signature (3.3.4.1) stands in it; never checked.
    pub signed: bool,
    /// What breaks the schema or the standard, though it could be read.
    pub faults: Vec<String>,
}

/// An earlier alert: `sender,identifier,sent` (3.2.1, references).
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct AlertReference {
    /// Its sender.
    pub sender: String,
    /// Its identifier.
    pub identifier: String,
    /// When it was sent.
    pub sent: String,
}

/// One information block (3.2.2).
#[derive(Debug, Clone, Default, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// RFC 3066 code; `en-US` where missing.
    pub language: Option<String>,
    /// `Geo`, `Met`, `Safety` ...
    pub category: Vec<String>,
    /// What kind of event, in words.
    pub event: Option<String>,
    /// `Shelter`, `Evacuate` ...
    pub response_type: Vec<String>,
    /// `Immediate`, `Expected`, `Future`, `Past`, `Unknown`.
    pub urgency: Option<String>,
    /// `Extreme`, `Severe`, `Moderate`, `Minor`, `Unknown`.
    pub severity: Option<String>,
    /// `Observed`, `Likely`, `Possible`, `Unlikely`, `Unknown`.
    pub certainty: Option<String>,
    /// For whom.
    pub audience: Option<String>,
    /// Codes of the event.
    pub event_code: Vec<Named>,
    /// From when the information holds.
    pub effective: Option<String>,
    /// Expected beginning.
    pub onset: Option<String>,
    /// Until when it holds.
    pub expires: Option<String>,
    /// Name of the sender in words.
    pub sender_name: Option<String>,
    /// Headline.
    pub headline: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// What to do.
    pub instruction: Option<String>,
    /// Page with more.
    pub web: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Anything else.
    pub parameter: Vec<Named>,
    /// Files.
    pub resource: Vec<Resource>,
    /// Areas.
    pub area: Vec<Area>,
}

/// A value under a name of the sender's choice.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    /// The name.
    pub value_name: String,
    /// The value.
    pub value: String,
}

/// A file by reference (3.2.3).
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// What it is.
    pub resource_desc: Option<String>,
    /// Media type.
    pub mime_type: Option<String>,
    /// Size in bytes.
    #[serde(rename = "size_bytes")]
    pub size_bytes: Option<u64>,
    /// Where it is.
    pub uri: Option<String>,
    /// Length of the content in base64 that came with it; the content itself is dropped.
    #[serde(rename = "derefUri_bytes")]
    pub deref_uri_bytes: Option<usize>,
    /// SHA-1, hexadecimal.
    pub digest: Option<String>,
}

/// An area (3.2.4).
#[derive(Debug, Clone, Default, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Area {
    /// The area in words.
    pub area_desc: Option<String>,
    /// Polygons.
    pub polygon: Vec<Vec<Corner>>,
    /// Circles.
    pub circle: Vec<Circle>,
    /// Codes of the area.
    pub geocode: Vec<Named>,
    /// Height or lower height above mean sea level in feet.
    #[serde(rename = "altitude_ft")]
    pub altitude_ft: Option<f64>,
    /// Upper height above mean sea level in feet.
    #[serde(rename = "ceiling_ft")]
    pub ceiling_ft: Option<f64>,
}

/// A position, WGS 84.
#[derive(Debug, Clone, Copy, Serialize, PartialEq)]
pub struct Corner {
    /// Latitude in degrees.
    pub lat_deg: f64,
    /// Longitude in degrees.
    pub lon_deg: f64,
}

/// A circle.
#[derive(Debug, Clone, Copy, Serialize, PartialEq)]
pub struct Circle {
    /// Latitude of the centre in degrees.
    pub lat_deg: f64,
    /// Longitude of the centre in degrees.
    pub lon_deg: f64,
    /// Radius in kilometres.
    pub radius_km: f64,
}
