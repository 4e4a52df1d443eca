//! One target for every format: `ONEROOF_FUZZ_FORMAT` names it, with the options of its example and those of its
//! fixtures, which `ONEROOF_FUZZ_FIXTURES` names the folder of.
//!
//! The first byte says in how large pieces the rest is given, the second under which options and whether each piece is
//! a datagram or a message of a broker. Nothing may panic, what comes out stays in proportion to what went in, and
//! whether a draft can be taken can be said of all of them.
#![no_main]

use std::path::Path;
use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use oneroof_feeds::{Format, MAX_DATAGRAM_END, MAX_REJECT_RAW, Options, Output, build, kind};
use oneroof_model::{MessageContext, Time, validate_draft};

/// Of the second byte: the bits that choose the options.
const OPTIONS: u8 = 0b0011_1111;

/// Of the second byte: every piece is a datagram.
const DATAGRAMS: u8 = 0b0100_0000;

/// Of the second byte: every piece is a message with a topic.
const MESSAGES: u8 = 0b1000_0000;

static FORMATS: OnceLock<Vec<Arc<dyn Format>>> = OnceLock::new();

/// The format under its example's options first, then under those of its fixtures in the order of their names.
fn formats() -> &'static [Arc<dyn Format>] {
    FORMATS.get_or_init(|| {
        let name = std::env::var("ONEROOF_FUZZ_FORMAT").unwrap_or_else(|_| "ais_nmea".to_owned());
        let known = kind(&name).unwrap_or_else(|| panic!("no format is called {name}"));
        let mut options = vec![known.example.to_owned()];
        if let Some(folder) = std::env::var_os("ONEROOF_FUZZ_FIXTURES") {
            options.extend(options_in(Path::new(&folder)));
        }
        options
            .iter()
            .map(|yaml| {
                build(&name, Options::new(yaml)).unwrap_or_else(|problems| panic!("{problems:?}"))
            })
            .collect()
    })
}

fn options_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder of fixtures");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "yaml"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("readable options"))
        .collect()
}

fuzz_target!(|data: &[u8]| {
    let [step, how, bytes @ ..] = data else {
        return;
    };
    let formats = formats();
    let format = &formats[usize::from(how & OPTIONS) % formats.len()];
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    let at = Time::from_secs(1_795_401_660);
    let mut pieces = 0;
    for piece in bytes.chunks(usize::from(*step).max(1)) {
        pieces += 1;
        if how & MESSAGES != 0 {
            decoder.context(&MessageContext {
                topic: "owntracks/patrol/phone14".into(),
                separator: '/',
            });
        }
        decoder.push(piece, at, &mut out);
        if how & MESSAGES != 0 {
            decoder.end_message(at, &mut out);
        } else if how & DATAGRAMS != 0 {
            decoder.end_datagram(at, &mut out);
        }
    }
    decoder.finish(at, &mut out);
    let given = bytes.len() as u64;
    let counted = given + MAX_DATAGRAM_END * pieces;
    for reject in &out.rejects {
        assert!(reject.raw.len() <= MAX_REJECT_RAW && reject.offset <= counted);
        assert!(reject.raw_len <= counted && !reject.reason.code.is_empty());
    }
    let outcomes = (out.drafts.len() + out.rejects.len()) as u64;
    assert!(outcomes <= 2 * given + pieces + 2, "{outcomes} outcomes");
    for drafted in &out.drafts {
        let _ = validate_draft(&drafted.draft, at, None);
    }
    let mut text = Vec::new();
    out.write_lines(&mut text).expect("writing to memory");
    assert!(!text.contains(&0), "what is printed is text");
});
