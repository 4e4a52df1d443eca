//! Checking the chain of headers and the digests of the payloads.

use std::collections::BTreeSet;

use oneroof_model::{Erasure, ReportId};
use oneroof_ports::chain::{self, GENESIS, Hash, Header};
use oneroof_ports::{StoreError, VerifyReport};
use rusqlite::Connection;

use crate::error::InStore as _;
use crate::keys::{self, Erased};
use crate::rows;

/// Reads the whole journal once, in the order of its entries, in constant memory.
///
/// An erased payload is accepted only where an `Erased` entry names its report, or the keys do (a backup from
/// before the erasure). What the chain cannot show is that its newest entries were cut off: keep the head's hash
/// elsewhere for that.
pub(crate) fn verify(conn: &Connection) -> Result<VerifyReport, StoreError> {
    let mut allowed: BTreeSet<Erased> = crate::erase::ordered(conn, 0)?.1.into_iter().collect();
    allowed.extend(keys::tombs(conn, "k")?);
    let may_miss = |report: ReportId, kind: &str| {
        [Erasure::Report, Erasure::Identifiers]
            .into_iter()
            .any(|what| what.takes(kind) && allowed.contains(&(report, what)))
    };

    let mut select = conn
        .prepare(&format!("{} ORDER BY h.seq", rows::ENTRY))
        .stored()?;
    let mut found = select.query([]).stored()?;
    let mut report = VerifyReport {
        entries: 0,
        erased: 0,
        head_hash: String::new(),
        broken: None,
    };
    let mut prev = GENESIS;
    while let Some(row) = found.next().stored()? {
        let entry = rows::entry(row).stored()?;
        let digest: Hash = row.get(10).stored()?;
        let hash: Hash = row.get(11).stored()?;
        let missing: bool = row.get(12).stored()?;
        report.entries += 1;
        let header = Header {
            seq: report.entries,
            at: entry.at,
            v: entry.v,
            kind: &entry.kind,
            digest,
            prev,
        };
        let why = if entry.seq != report.entries {
            Some(format!("entry {} is missing", report.entries))
        } else if header.hash() != hash {
            Some("the header does not fit its hash".to_owned())
        } else if missing {
            Some("its payload's row is missing".to_owned())
        } else {
            match entry.open() {
                Err(e) => Some(e.to_string()),
                Ok(Some(opened)) => (chain::payload_digest(&opened.salt, &opened.payload)
                    != digest)
                    .then(|| "the payload does not fit its digest".to_owned()),
                Ok(None) => {
                    report.erased += 1;
                    (!entry.report.is_some_and(|r| may_miss(r, &entry.kind))).then(|| {
                        "the payload is missing and nothing says that it was erased".to_owned()
                    })
                }
            }
        };
        if let (Some(why), None) = (why, &report.broken) {
            report.broken = Some((entry.seq, why));
        }
        prev = hash;
    }
    report.head_hash = chain::hex(&prev);
    Ok(report)
}
