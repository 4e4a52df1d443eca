//! The crate that lies under a format, alone: it reads the same bytes and nothing is made of them.

use serde_json::Value;

/// The name of what is done, and what does it; the number of values, events or cells that were read.
pub(crate) type Underneath = (&'static str, fn(&[u8]) -> usize);

/// What lies under a kind, where something does: many formats here are read without any crate.
pub(crate) fn of(kind: &str) -> Option<Underneath> {
    match kind {
        "adsb_json" | "geojson" | "json" | "owntracks" => Some(("serde_json, to values", json)),
        "cap" | "cise" | "cot_xml" | "xml" => Some(("quick-xml, events only", xml)),
        // Tables are read by our own reader; this is the crate that others use.
        "csv" => Some(("csv (not used here), cells only", csv)),
        _ => None,
    }
}

fn json(bytes: &[u8]) -> usize {
    serde_json::Deserializer::from_slice(bytes)
        .into_iter::<Value>()
        .map_while(Result::ok)
        .map(std::hint::black_box)
        .count()
}

fn xml(bytes: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut events = 0;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) | Err(_) => return events,
            Ok(event) => {
                std::hint::black_box(&event);
                events += 1;
            }
        }
    }
}

fn csv(bytes: &[u8]) -> usize {
    let mut reader = csv::Reader::from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut cells = 0;
    while reader.read_byte_record(&mut record).is_ok_and(|more| more) {
        cells += std::hint::black_box(&record).len();
    }
    cells
}
