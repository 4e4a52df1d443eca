"""The libraries that others use for a format, on the same bytes as ours.

python peers.py KIND FILE prints one line of JSON for each library: its name and version, how many records it made of
the file, and the seconds of this thread on a processor (the median of three runs, the file being in memory). A library
that is not here is named as missing. Each is given what it takes to reach values that a program could go on with;
what ours does beyond it (placing in a model, checks, a digest of every report's bytes) it is not asked for.
"""

import csv
import io
import json
import statistics
import sys
import time
from datetime import datetime, timezone
from importlib import metadata
from urllib.parse import parse_qs, urlsplit

RUNS = 3


def pyais(data):
    from pyais.stream import IterMessages

    return sum(1 for message in IterMessages(data.splitlines()) if message.decode().asdict())


def pymodes(frames):
    from pyModeS import PipeDecoder

    decoder = PipeDecoder()
    return sum(
        1
        for number, frame in enumerate(frames)
        if decoder.decode(frame, timestamp=number / 1000)["df"] is not None
    )


def pymodes_avr(data):
    return pymodes(line[1:-1] for line in data.decode().splitlines())


def pymodes_beast(data):
    # The library has no reader of bytes for this framing, so frames are cut and unescaped here.
    def frames():
        at, end = 0, len(data)
        while at < end:
            at += 2
            frame = bytearray()
            while len(frame) < 21:
                byte = data[at]
                at += 2 if byte == 0x1A else 1
                frame.append(byte)
            yield frame[7:].hex()

    return pymodes(frames())


def numbers(row, *columns):
    return [float(row[column]) if row[column] else None for column in columns]


def sbs(data):
    count = 0
    for row in csv.reader(io.StringIO(data.decode(), newline="")):
        seen = datetime.strptime(f"{row[6]} {row[7]}", "%Y/%m/%d %H:%M:%S.%f")
        values = row[4], seen, row[10].strip(), numbers(row, *range(11, 17))
        count += len(values) == 4
    return count


def documents(data):
    """Values one after another, as json.JSONDecoder reads them."""
    text, decoder, at = data.decode(), json.JSONDecoder(), 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        while at < len(text) and text[at] in "\r\n ":
            at += 1


def dispatch(data):
    count = 0
    for line in data.splitlines():
        record = json.loads(line)
        when = datetime.fromisoformat(record["ts"])
        if record["msg"] == "INCIDENT":
            place = record["address"]["geo"]
            call = record["call"]["type"], datetime.fromisoformat(record["call"]["happened"])
            opened = datetime.fromisoformat(record["opened"])
            values = when, opened, call, record["number"], place["lat"], place["lon"]
        else:
            values = when, record["unit"]["call_sign"], record["unit"]["state"]
        count += len(values) > 2
    return count


def owntracks(data):
    count = 0
    for line in data.splitlines():
        record = json.loads(line)
        when = datetime.fromtimestamp(record["tst"], timezone.utc)
        values = when, record["topic"], record["lat"], record["lon"], record["vel"] / 3.6
        count += len(values) == 5
    return count


def aircraft_json(data):
    count = 0
    for document in documents(data):
        for record in document["aircraft"]:
            when = datetime.fromtimestamp(document["now"] - record["seen_pos"], timezone.utc)
            values = when, record["hex"], record["flight"].strip(), record["lat"], record["lon"]
            values += record["alt_baro"] * 0.3048, record["gs"] * 0.514444
            count += len(values) == 7
    return count


def asterix_c(data):
    import asterix

    return len(asterix.parse(data, verbose=False))


def asterix_python(data):
    from asterix4py import AsterixParser

    count, at = 0, 0
    while at < len(data):
        length = int.from_bytes(data[at + 1 : at + 3], "big")
        count += len(AsterixParser(data[at : at + length]).get_result())
        at += length
    return count


def pieces(data, end):
    return [piece + end for piece in data.split(end)[:-1]]


def capparselib(data):
    from capparselib.parsers import CAPParser

    return sum(len(CAPParser(one.decode()).as_dict()) for one in pieces(data, b"</alert>\n"))


def values(element):
    """Every element's name and text, its children's in it."""
    return element.tag, element.text, dict(element.attrib), [values(child) for child in element]


def lxml_messages(data):
    from lxml import etree

    return sum(1 for one in pieces(data, b"</m:Push>\n") if values(etree.fromstring(one.strip())))


def events(parse, data):
    count = 0
    for one in pieces(data, b"</event>\n"):
        event = parse(one)
        times = [datetime.fromisoformat(event.get(name)) for name in ("time", "start", "stale")]
        place = [float(event[0].get(name)) for name in ("lat", "lon", "hae", "ce", "le")]
        count += bool(times and place and [values(element) for element in event[1]])
    return count


def etree_events(data):
    # How pytak and most programs on the network read events.
    from xml.etree import ElementTree

    return events(ElementTree.fromstring, data)


def lxml_events(data):
    from lxml import etree

    return events(etree.fromstring, data)


def lxml_cases(data):
    from lxml import etree

    count = 0
    for _, element in etree.iterparse(io.BytesIO(data), tag="case"):
        count += bool(values(element))
        element.clear()
    return count


def takproto(data):
    from xml.etree import ElementTree

    from takproto import parse_proto

    count, at = 0, 0
    while at < len(data):
        head, length, shift = at + 1, 0, 0
        while True:
            byte = data[head]
            head += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        event = parse_proto(bytearray(data[at : head + length])).cotEvent
        detail = event.detail
        times = [
            datetime.fromtimestamp(time / 1000, timezone.utc)
            for time in (event.sendTime, event.startTime, event.staleTime)
        ]
        values = times, event.uid, event.type, event.how, event.lat, event.lon, event.hae, event.ce
        values += detail.contact.callsign, detail.group.name, detail.group.role
        values += detail.status.battery, detail.track.speed, detail.track.course
        extra = ElementTree.fromstring(f"<detail>{detail.xmlDetail}</detail>")
        count += len(values) == 14 and len(extra) > 0
        at = head + length
    return count


def table(data):
    count = 0
    for row in csv.DictReader(io.StringIO(data.decode(), newline="")):
        when = datetime.fromisoformat(row["when"])
        record = when, float(row["lat"]), float(row["lon"]), int(row["persons"])
        count += len(record) == 4
    return count


def features(collections):
    count = 0
    for collection in collections:
        for feature in collection["features"]:
            own = feature["properties"]
            when = datetime.fromisoformat(own["seen"])
            values = when, feature["id"], own["layer"], feature["geometry"]["coordinates"]
            count += len(values) == 4
    return count


def geojson_library(data):
    import geojson

    return features(geojson.loads(one) for one in pieces(data, b"\n]}\n"))


def geojson_standard(data):
    return features(documents(data))


def pynmea2(data):
    import pynmea2

    count = 0
    for line in data.decode().splitlines():
        message = pynmea2.parse(line)
        place = getattr(message, "latitude", None), getattr(message, "longitude", None)
        count += len(place) == 2
    return count


def pynmeagps(data):
    from pynmeagps import NMEAReader

    return sum(1 for _, message in NMEAReader(io.BytesIO(data)) if message)


def queries(data):
    count = 0
    for line in data.decode().splitlines():
        fields = parse_qs(urlsplit(line).query)
        place = float(fields["lat"][0]), float(fields["lon"][0]), int(fields["timestamp"][0])
        count += len(place) == 3
    return count


STANDARD = "Python"
LIBRARIES = {
    "adsb_avr": [("pyModeS", "pyModeS", pymodes_avr)],
    "adsb_beast": [("pyModeS", "pyModeS, frames cut in Python", pymodes_beast)],
    "adsb_json": [(STANDARD, "json (C), datetime", aircraft_json)],
    "adsb_sbs": [(STANDARD, "csv, datetime", sbs)],
    "ais_nmea": [("pyais", "pyais", pyais)],
    "asterix": [
        ("asterix4py", "asterix4py", asterix_python),
        ("asterix_decoder", "asterix_decoder (C++)", asterix_c),
    ],
    "cap": [("capparselib", "capparselib (on lxml)", capparselib)],
    "cise": [("lxml", "lxml (C)", lxml_messages)],
    "cot_proto": [("takproto", "takproto (on protobuf, C)", takproto)],
    "cot_xml": [
        (STANDARD, "xml.etree (C), datetime", etree_events),
        ("lxml", "lxml (C), datetime", lxml_events),
    ],
    "csv": [(STANDARD, "csv (C), datetime", table)],
    "geojson": [("geojson", "geojson", geojson_library), (STANDARD, "json (C), datetime", geojson_standard)],
    "json": [(STANDARD, "json (C), datetime", dispatch)],
    "nmea_gnss": [("pynmea2", "pynmea2", pynmea2), ("pynmeagps", "pynmeagps", pynmeagps)],
    "osmand": [(STANDARD, "urllib.parse", queries)],
    "owntracks": [(STANDARD, "json (C), datetime", owntracks)],
    "xml": [("lxml", "lxml (C)", lxml_cases)],
}


def measured(kind, package, name, read, data):
    line = {"kind": kind, "library": name}
    try:
        line["version"] = (
            sys.version.split()[0] if package == STANDARD else metadata.version(package)
        )
        runs = []
        for _ in range(RUNS):
            start = time.thread_time()
            line["records"] = read(data)
            runs.append(time.thread_time() - start)
        line["seconds"] = statistics.median(runs)
    except ImportError as error:
        line["missing"] = str(error)
    except Exception as error:  # A library that can't read it is told of, not timed.
        line["failed"] = f"{type(error).__name__}: {error}"
    return line


def main():
    kind, path = sys.argv[1:]
    with open(path, "rb") as file:
        data = file.read()
    for package, name, read in LIBRARIES[kind]:
        print(json.dumps(measured(kind, package, name, read, data)), flush=True)


main()
