//! Certificates made for a test.

use std::fs;
use std::path::PathBuf;

use oneroof_config::types::PemFile;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tempfile::TempDir;

/// An authority that signs, and the folder that its files are in.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Where its files are, and those that it signs.
    pub folder: TempDir,
    /// Its own certificate.
    pub ca: PemFile,
}

/// Certificate and key of somebody.
#[derive(Clone)]
pub struct Pair {
    /// The certificate.
    pub cert: PemFile,
    /// Its key.
    pub key: PemFile,
}

/// Whether a certificate holds today.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Valid {
    /// It does.
    Now,
    /// It did, in 2019.
    Past,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let name = format!("Authority {}", folder.path().display());
        params.distinguished_name.push(DnType::CommonName, name);
        let ca = folder.path().join("ca.pem");
        fs::write(&ca, params.self_signed(&key).unwrap().pem()).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            folder,
            ca: PemFile(ca),
        }
    }

    /// Certificate and key of `name`, which is its common name as well, in files called `file`.
    pub fn sign(&self, file: &str, name: &str, valid: Valid) -> Pair {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        if valid == Valid::Past {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let pair = Pair {
            cert: self.file(&format!("{file}.pem")),
            key: self.file(&format!("{file}.key")),
        };
        fs::write(&pair.cert.0, certificate.pem()).unwrap();
        fs::write(&pair.key.0, key.serialize_pem()).unwrap();
        pair
    }

    fn file(&self, name: &str) -> PemFile {
        let path: PathBuf = self.folder.path().join(name);
        PemFile(path)
    }
}
