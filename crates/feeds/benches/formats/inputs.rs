//! Input of each kind, made up here: records of everyday, no two neighbours the same.

use std::io;

use super::signals;

/// The moment at which everything is received: 2026-11-23T02:41:00Z.
pub(crate) const RECEIVED: i64 = 1_795_401_660;

/// Bytes to decode.
pub(crate) struct Input {
    /// What a record is.
    pub(crate) unit: &'static str,
    /// Options of the format; those of its example where it needs some.
    pub(crate) options: Option<String>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: usize,
}

/// Values that differ from record to record, the same in every run.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    /// Number of the record.
    pub(crate) n: usize,
}

impl Spread {
    pub(crate) fn of(records: usize) -> impl Iterator<Item = Self> {
        (0..records).map(|n| Self { n })
    }

    /// A number from 0 to below `below`.
    pub(crate) fn small(self, below: i64) -> i64 {
        let n = i64::try_from(self.n).unwrap_or_default();
        n.wrapping_mul(2_654_435_761).rem_euclid(1_000_003) % below
    }

    /// Degrees, from 48.0 to below 48.5.
    pub(crate) fn lat(self) -> f64 {
        48.0 + self.part(50_000)
    }

    /// Degrees, from 23.0 to below 23.9.
    pub(crate) fn lon(self) -> f64 {
        23.0 + self.part(90_000)
    }

    /// In steps of 0.00001.
    fn part(self, below: u32) -> f64 {
        f64::from(u32::try_from(self.small(i64::from(below))).unwrap_or_default()) / 100_000.0
    }

    /// Minutes and seconds of an hour: `40:07`.
    fn clock(self) -> String {
        format!("{:02}:{:02}", self.n / 60 % 40, self.n % 60)
    }
}

/// Sum of the signs of a sentence by exclusive or (NMEA 0183).
pub(crate) fn checksum(body: &str) -> u8 {
    body.bytes().fold(0, |sum, byte| sum ^ byte)
}

/// Input of a kind.
///
/// # Errors
/// Where a kind has none: a new format needs an arm here.
pub(crate) fn made_up(kind: &str) -> io::Result<Input> {
    // Few enough that the slowest of the others reads them within seconds.
    let (unit, records, make): (_, _, fn(usize) -> Vec<u8>) = match kind {
        "adsb_avr" => ("frames", 20_000, signals::avr),
        "adsb_beast" => ("frames", 20_000, signals::beast),
        "adsb_json" => ("aircraft", 20_000, aircraft_json),
        "adsb_sbs" => ("lines", 40_000, sbs),
        "ais_nmea" => ("messages", 20_000, signals::ais),
        "asterix" => ("records", 20_000, signals::asterix),
        "cap" => ("alerts", 2_000, alerts),
        "cise" => ("messages", 2_000, cise),
        "cot_proto" => ("events", 20_000, signals::tak),
        "cot_xml" => ("events", 20_000, cot),
        "csv" => ("rows", 40_000, table),
        "geojson" => ("features", 20_000, features),
        "json" => ("records", 20_000, dispatch),
        "nmea_gnss" => ("sentences", 40_000, sentences),
        "osmand" => ("queries", 40_000, queries),
        "owntracks" => ("messages", 40_000, owntracks),
        "xml" => ("records", 10_000, customs),
        other => {
            let message = format!("no input is made up for `{other}` yet");
            return Err(io::Error::other(message));
        }
    };
    Ok(Input {
        unit,
        options: match kind {
            "csv" => Some(TABLE.to_owned()),
            _ => oneroof_feeds::kind(kind).map(|kind| kind.example.to_owned()),
        },
        bytes: make(records),
        records,
    })
}

/// Every record's text, one after another.
fn joined(records: usize, text: impl Fn(Spread) -> String) -> Vec<u8> {
    Spread::of(records)
        .map(text)
        .collect::<String>()
        .into_bytes()
}

/// Documents as readsb writes them once a second, of a hundred aircraft each.
fn aircraft_json(records: usize) -> Vec<u8> {
    let all: Vec<Spread> = Spread::of(records).collect();
    let document = |(second, hundred): (usize, &[Spread])| {
        let list: Vec<String> = hundred.iter().map(|spread| aircraft(*spread)).collect();
        // Documents of the minutes before the receipt, the clock's tenths with them.
        format!(
            "{{ \"now\" : {}.4,\n  \"messages\" : {},\n  \"aircraft\" : [\n{}\n  ]\n}}\n",
            RECEIVED - 300 + i64::try_from(second).unwrap_or_default(),
            26_736 + second,
            list.join(",\n")
        )
    };
    let documents: String = all.chunks(100).enumerate().map(document).collect();
    documents.into_bytes()
}

fn aircraft(spread: Spread) -> String {
    format!(
        "    {{\"hex\":\"{:06x}\",\"type\":\"adsb_icao\",\"flight\":\"AUI{:<5}\",\"alt_baro\":{},\"alt_geom\":35325,\"gs\":{}.4,\"track\":{}.59,\
         \"baro_rate\":-640,\"squawk\":\"{:04o}\",\"emergency\":\"none\",\"category\":\"A3\",\"nav_qnh\":1012.8,\"nav_modes\":[\"autopilot\",\"lnav\"],\
         \"lat\":{:.6},\"lon\":{:.6},\"nic\":8,\"rc\":186,\"seen_pos\":0.4,\"version\":2,\"nac_p\":9,\"nac_v\":1,\"sil\":3,\"sil_type\":\"perhour\",\
         \"mlat\":[],\"tisb\":[],\"messages\":{},\"seen\":0.1,\"rssi\":-19.5}}",
        0x50_8000 + spread.small(100_000),
        spread.small(900),
        30_000 + 25 * spread.small(300),
        400 + spread.small(90),
        spread.small(360),
        spread.small(0o7000),
        spread.lat(),
        spread.lon(),
        spread.n,
    )
}

/// `BaseStation` lines: of each aircraft its name, its position and its velocity.
fn sbs(records: usize) -> Vec<u8> {
    joined(records, |spread| {
        let own = Spread { n: spread.n / 3 };
        let time = format!("2026/11/23,02:{}.{:03}", spread.clock(), own.small(1_000));
        let head = format!(
            "496,2286,{:06X},27215,{time},{time}",
            0x50_8000 + own.small(500)
        );
        match spread.n % 3 {
            0 => format!("MSG,1,{head},AUI{:<5},,,,,,,,,,,0\r\n", own.small(900)),
            1 => format!(
                "MSG,3,{head},,{},,,{:.5},{:.5},,,0,0,0,0\r\n",
                30_000 + 25 * own.small(300),
                own.lat(),
                own.lon()
            ),
            _ => format!(
                "MSG,4,{head},,,{},{},,,-640,,,,,0\r\n",
                own.small(500),
                own.small(360)
            ),
        }
    })
}

fn alerts(records: usize) -> Vec<u8> {
    joined(records, |spread| {
        let id = format!("ES-2026-11-23-{:05}", spread.n);
        let circle = format!("{:.4},{:.4} 0.4", spread.lat(), spread.lon());
        include_str!("../../src/formats/cap/fixtures/person-in-the-water.xml")
            .replace("ES-2026-11-23-0007", &id)
            .replace("47.9812,23.3022 0.4", &circle)
    })
}

fn cise(records: usize) -> Vec<u8> {
    joined(records, |spread| {
        let ids = |from: &str| format!("{from}{:012}", spread.n);
        include_str!("../../src/formats/cise/fixtures/push-incident.xml")
            .replace(
                "6f1d2c3b-0001-4000-8000-000000000004",
                &ids("6f1d2c3b-0001-4000-8000-"),
            )
            .replace(
                "c1d7c6ce-0003-4000-8000-000000000003",
                &ids("c1d7c6ce-0003-4000-8000-"),
            )
            .replace("48.011", &format!("{:.4}", spread.lat()))
    })
}

/// Phones, and every tenth event a marker with a remark.
fn cot(records: usize) -> Vec<u8> {
    joined(records, |spread| {
        let time = format!(
            "time=\"2026-11-23T02:{0}.250Z\" start=\"2026-11-23T02:{0}.250Z\" stale=\"2026-11-23T03:10:16.250Z\"",
            spread.clock()
        );
        let point = format!(
            "<point lat=\"{:.7}\" lon=\"{:.7}\" hae=\"211.7\" ce=\"4.6\" le=\"9999999.0\"/>",
            spread.lat(),
            spread.lon()
        );
        let phone = spread.small(2_000);
        if spread.n % 10 == 9 {
            return format!(
                "<event version=\"2.0\" uid=\"marker-{}\" type=\"a-u-G\" {time} how=\"h-g-i-g-o\">{point}<detail>\
                 <contact callsign=\"M {phone}\"/><remarks>two persons at the water, one lying</remarks>\
                 <link uid=\"ANDROID-{phone:04}\" type=\"a-f-G-U-C\" relation=\"p-p\"/></detail></event>\n",
                spread.n
            );
        }
        format!(
            "<event version=\"2.0\" uid=\"ANDROID-{phone:04}\" type=\"a-f-G-U-C\" {time} how=\"m-g\">{point}<detail>\
             <takv device=\"SM-G525\" platform=\"ATAK-CIV\" os=\"33\" version=\"5.2.0.4\"/><contact endpoint=\"*:-1:stcp\" \
             callsign=\"PATROL-{phone}\"/><precisionlocation altsrc=\"GPS\" geopointsrc=\"GPS\"/><__group role=\"Team Member\" \
             name=\"Dark Green\"/><status battery=\"78\"/><track course=\"137.25\" speed=\"8.5\"/></detail></event>\n"
        )
    })
}

/// What the columns of [`table`] mean.
const TABLE: &str = "\
kind: csv
zone: Europe/Kyiv
time: [rfc3339]
map:
  - rule: incident
    draft: report
    id: id
    type: { path: kind, table: { SMUG: CBC06, DOCS: CBC21 } }
    occurred: when
    place: { lat: lat, lon: lon, described: place }
    persons: persons
    text: remarks
";

fn table(records: usize) -> Vec<u8> {
    let mut out = b"id,kind,when,lat,lon,place,persons,lane,officer,remarks\n".to_vec();
    out.extend(joined(records, |spread| {
        format!(
            "C-{},{},2026-11-23T02:{}Z,{:.5},{:.5},\"lane {}, hall\",{},{},O-{},\"said \"\"nothing\"\", was let go\"\n",
            spread.n,
            if spread.n % 2 == 0 { "SMUG" } else { "DOCS" },
            spread.clock(),
            spread.lat(),
            spread.lon(),
            spread.small(9),
            1 + spread.small(6),
            spread.small(9),
            spread.small(90),
        )
    }));
    out
}

/// Collections of a thousand: boats, and every tenth an event with a polygon.
fn features(records: usize) -> Vec<u8> {
    let all: Vec<Spread> = Spread::of(records).collect();
    let collection = |thousand: &[Spread]| {
        let list: Vec<String> = thousand.iter().map(|spread| feature(*spread)).collect();
        format!(
            "{{\"type\":\"FeatureCollection\",\"generated\":\"2026-11-23T02:40:30Z\",\"features\":[\n{}\n]}}\n",
            list.join(",\n")
        )
    };
    let collections: String = all.chunks(1_000).map(collection).collect();
    collections.into_bytes()
}

fn feature(spread: Spread) -> String {
    let (lat, lon, seen) = (spread.lat() - 2.0, spread.lon() + 7.0, spread.clock());
    if spread.n % 10 == 9 {
        return format!(
            "{{\"type\":\"Feature\",\"id\":\"e-{}\",\"properties\":{{\"layer\":\"events\",\"kind\":\"oil\",\"seen\":\"2026-11-23T02:{seen}Z\",\
             \"updated\":1795400000000,\"where\":\"south of the roads\",\"remarks\":\"sheen, 200 m\",\"class\":3}},\"geometry\":{{\"type\":\"Polygon\",\
             \"coordinates\":[[[{lon:.5},{lat:.5}],[{1:.5},{lat:.5}],[{1:.5},{2:.5}],[{lon:.5},{lat:.5}]]]}}}}",
            spread.n,
            lon + 0.1,
            lat + 0.1,
        );
    }
    format!(
        "{{\"type\":\"Feature\",\"id\":{},\"properties\":{{\"layer\":\"boats\",\"name\":\"Bystrytsia {0}\",\"seen\":\"2026-11-23T02:{seen}Z\",\
         \"speed\":{}}},\"geometry\":{{\"type\":\"Point\",\"coordinates\":[{lon:.5},{lat:.5},3]}}}}",
        spread.small(500),
        spread.small(30),
    )
}

/// A police dispatch system: an incident, then two words of units.
fn dispatch(records: usize) -> Vec<u8> {
    joined(records, |spread| {
        let time = format!("2026-11-23T04:{}+02:00", spread.clock());
        if spread.n % 3 != 0 {
            return format!(
                "{{\"msg\":\"UNIT\",\"ts\":\"{time}\",\"unit\":{{\"call_sign\":\"v-{:03}\",\"name\":\"Екіпаж\",\"state\":\"ROAD\"}}}}\n",
                spread.small(90)
            );
        }
        format!(
            "{{\"msg\":\"INCIDENT\",\"ts\":\"{time}\",\"number\":{},\"version\":1,\"opened\":\"{time}\",\"priority\":1,\"direction\":\"IN\",\
             \"training\":false,\"mark\":\"ДСК\",\"call\":{{\"type\":\"521\",\"name\":\"Людина у річці\",\"happened\":\"{time}\"}},\
             \"address\":{{\"street\":\"вул. Набережна\",\"house\":\"{}\",\"town\":\"Тячів\",\"district\":\"Тячівський\",\
             \"geo\":{{\"lat\":{:.5},\"lon\":{:.5},\"confidence\":0.72}}}},\"persons\":{{\"from\":5,\"to\":7}},\
             \"remarks\":\"Заявник бачить шістьох, один тоне\",\"source\":{{\"grade\":\"B\",\"info\":2,\"kind\":\"CALL\"}},\
             \"caller\":{{\"phone\":\"+380 67 000-00-00\"}},\"vehicles\":[{{\"plate\":\"ao 1234 bc\"}}]}}\n",
            spread.n,
            spread.small(90),
            spread.lat(),
            spread.lon(),
        )
    })
}

/// A receiver in a vehicle, a fix a second: GGA, RMC, VTG.
fn sentences(records: usize) -> Vec<u8> {
    joined(records, |spread| {
        let second = Spread { n: spread.n / 3 };
        let time = format!("02{:02}{:02}.00", second.n / 60 % 40, second.n % 60);
        let minutes = |degrees: f64| (degrees.fract() * 60.0, degrees.trunc());
        let ((north, lat), (east, lon)) = (minutes(second.lat()), minutes(second.lon()));
        let place = format!("{lat:02.0}{north:07.4},N,{lon:03.0}{east:07.4},E");
        let (speed, course) = (second.small(40), second.small(360));
        let body = match spread.n % 3 {
            0 => format!("GNGGA,{time},{place},1,09,0.9,121.0,M,40.0,M,,"),
            1 => format!("GNRMC,{time},A,{place},{speed}.40,{course}.4,231126,5.1,E,A,V"),
            _ => format!("GNVTG,{course}.4,T,79.3,M,{speed}.40,N,36.0,K,A"),
        };
        format!("${body}*{:02X}\r\n", checksum(&body))
    })
}

fn queries(records: usize) -> Vec<u8> {
    joined(records, |spread| {
        format!(
            "/?id={}&lat={:.5}&lon={:.5}&timestamp={}&hdop=1.1&altitude=224.5&speed={}.5&bearing={}.3&batt=87\n",
            862_643_030_000_000 + spread.small(500),
            spread.lat(),
            spread.lon(),
            RECEIVED - spread.small(600),
            spread.small(30),
            spread.small(360),
        )
    })
}

fn owntracks(records: usize) -> Vec<u8> {
    joined(records, |spread| {
        format!(
            "{{\"_type\":\"location\",\"topic\":\"owntracks/patrol/phone{}\",\"tid\":\"14\",\"lat\":{:.5},\"lon\":{:.5},\"tst\":{},\
             \"created_at\":1795401642,\"acc\":10,\"alt\":224,\"vac\":4,\"vel\":{},\"cog\":{},\"batt\":87,\"bs\":1,\"conn\":\"m\",\"t\":\"u\",\
             \"m\":1,\"p\":98.2,\"inregions\":[\"base\"]}}\n",
            spread.small(500),
            spread.lat(),
            spread.lon(),
            RECEIVED - spread.small(600),
            spread.small(120),
            spread.small(360),
        )
    })
}

/// One document of a customs system.
fn customs(records: usize) -> Vec<u8> {
    let mut out = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<messages xmlns:g=\"http://www.opengis.net/gml\" \
        sent=\"2026-11-23T02:40:30+02:00\"><group n=\"1\">\n"
        .to_vec();
    out.extend(joined(records, |spread| {
        format!(
            "  <case id=\"C-{}\" rev=\"2\">\n    <kind code=\"SMUG\">Контрабанда</kind>\n    <when>2026-11-23T02:{}Z</when>\n    \
             <place bcp=\"UAPL07\"><name>смуга 3 &amp; огляд</name><g:Point srsName=\"EPSG:4326\"><g:pos>{:.4} {:.4}</g:pos></g:Point></place>\n    \
             <vehicles count=\"2\">\n      <vehicle country=\"PL\"><plate>KR {:04}X</plate></vehicle>\n      \
             <vehicle country=\"UA\"><plate>AC-5678-BB</plate><colour>grey</colour></vehicle>\n    </vehicles>\n    \
             <remarks>cigarettes, <b>40 boxes</b>, under the <![CDATA[<floor>]]></remarks>\n  </case>\n",
            spread.n,
            spread.clock(),
            spread.lat(),
            spread.lon(),
            spread.small(9_999),
        )
    }));
    out.extend(b"</group></messages>\n");
    out
}
