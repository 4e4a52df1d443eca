//! The common name in a certificate: who it was given to, as the authority wrote it.
//!
//! Only certificates that the handshake has verified are asked; what is read is the subject (RFC 5280, 4.1.2.6), which is
//! DER (X.690): tag, length, content.

/// Tags of X.690.
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
const VERSION: u8 = 0xa0;

/// `id-at-commonName`, 2.5.4.3 (X.520, 6.2.2).
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// `UTF8String`, `PrintableString`, `IA5String`: those that are UTF-8 as they stand.
const TEXTS: [u8; 3] = [0x0c, 0x13, 0x16];

/// The one common name of a certificate's subject; `None` where there is none, or several, so that nobody can say which.
pub(crate) fn of(certificate: &[u8]) -> Option<String> {
    let mut outer = Der(certificate);
    let mut signed = Der(Der(outer.take(SEQUENCE)?).take(SEQUENCE)?);
    if signed.0.first() == Some(&VERSION) {
        signed.any()?;
    }
    // Serial number, algorithm, issuer, validity.
    for _ in 0..4 {
        signed.any()?;
    }
    let mut subject = Der(signed.take(SEQUENCE)?);
    let mut found = None;
    while !subject.0.is_empty() {
        let mut set = Der(subject.take(SET)?);
        while !set.0.is_empty() {
            let mut pair = Der(set.take(SEQUENCE)?);
            if pair.take(OBJECT_ID)? != COMMON_NAME {
                continue;
            }
            let (tag, text) = pair.any()?;
            if found.is_some() || !TEXTS.contains(&tag) {
                return None;
            }
            found = Some(core::str::from_utf8(text).ok()?.to_owned());
        }
    }
    found
}

/// What is left of a piece of DER.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The content of the next element, which has to have this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, content) = self.any()?;
        (found == tag).then_some(content)
    }

    /// The next element's tag and content.
    fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut len = usize::from(first);
        if first & 0x80 != 0 {
            let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if digits.is_empty() || digits.len() > 4 {
                return None;
            }
            len = digits.iter().fold(0, |n, d| n << 8 | usize::from(*d));
            rest = after;
        }
        let (content, after) = rest.split_at_checked(len)?;
        self.0 = after;
        Some((tag, content))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    use super::*;

    fn certificate(names: &[(DnType, &str)]) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["host.example".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        for (kind, name) in names {
            params.distinguished_name.push(kind.clone(), *name);
        }
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_common_name_is_found_among_others() {
        let names = [
            (DnType::OrganizationName, "Border Guard"),
            (DnType::CommonName, "наряд 7"),
            (DnType::OrganizationalUnitName, "Unit"),
        ];
        assert_eq!(of(&certificate(&names)).as_deref(), Some("наряд 7"));
        let (_, without) = names.split_at(2);
        assert_eq!(of(&certificate(without)), None);
    }

    #[test]
    fn a_certificate_that_ends_anywhere_has_no_name_and_does_no_harm() {
        let whole = certificate(&[(DnType::CommonName, "x")]);
        for end in 0..whole.len() {
            assert_eq!(of(whole.get(..end).unwrap()), None, "{end}");
        }
        let mut odd = whole.clone();
        for at in 0..whole.len() {
            for value in [0x00, 0x80, 0x84, 0xff] {
                odd[at] = value;
                // Whatever it gives: it ends.
                let _name = of(&odd);
            }
            odd[at] = whole[at];
        }
        assert_eq!(of(&odd).as_deref(), Some("x"));
    }
}
