//! TLS of a line, towards an agency or from one. Keys and certificates are PEM files (RFC 7468); this crate looks
//! only whether they can be read.

use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::tables::word_enum;
use crate::read::{Cx, FromNode, record, words};
use crate::yaml::Node;

/// A PEM file; a relative path counts from the configuration folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemFile(pub PathBuf);

record! {
    /// TLS of a line that the centre opens.
    pub struct TlsClient {
        /// Certificates of who may have signed the peer's; those of the system where it is missing.
        ca: Option<PemFile> = None,
        /// Certificate to show, with those between it and its root.
        cert: Option<PemFile> = None,
        /// Key of `cert` (PKCS #8, PKCS #1 or SEC 1, not encrypted).
        key: Option<PemFile> = None,
        /// Name that the peer's certificate has to be for; the host of the address where it is missing.
        server_name: Option<String> = None,
    }

    /// TLS of a line that the agency opens.
    pub struct TlsListen {
        /// Certificate to show, with those between it and its root.
        cert: PemFile,
        /// Key of `cert` (PKCS #8, PKCS #1 or SEC 1, not encrypted).
        key: PemFile,
        /// Certificates of who may have signed the peer's; needed unless `client_auth` is none.
        ca: Option<PemFile> = None,
        /// Whether the peer has to show a certificate.
        client_auth: ClientAuth = ClientAuth::None,
    }
}

word_enum! {
    /// Whether a peer that connects has to show a certificate.
    ClientAuth {
        /// One that shows none or a wrong one is refused.
        Required = "required",
        /// One that shows a wrong one is refused.
        Optional = "optional",
        /// It is not asked.
        None = "none",
    }
}

impl FromNode for PemFile {
    fn expects() -> String {
        "a PEM file, its path counted from the configuration folder".to_owned()
    }

    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let text = String::from_node(node, cx)?;
        // A feed's file lies in `feeds` within the configuration folder.
        let file = cx.files.get(node.spot.file).map_or("", |f| f.path.as_str());
        let folder = Path::new(file).parent().and_then(Path::parent);
        Some(Self(folder.unwrap_or(Path::new("")).join(text)))
    }
}

impl Serialize for PemFile {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&self.0.display())
    }
}

impl JsonSchema for PemFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PemFile".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
