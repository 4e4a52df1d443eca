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
from datetime import datetime
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


def json_lines(data):
    return sum(1 for line in data.splitlines() if json.loads(line))


def aircraft_json(data):
    return sum(len(document["aircraft"]) for document in documents(data))


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


def lxml_messages(end):
    def read(data):
        from lxml import etree

        return sum(1 for one in pieces(data, end) if values(etree.fromstring(one.strip())))

    return read


def etree_events(data):
    # How pytak and most programs on the network read events.
    from xml.etree import ElementTree

    return sum(1 for one in pieces(data, b"</event>\n") if values(ElementTree.fromstring(one)))


def lxml_cases(data):
    from lxml import etree

    count = 0
    for _, element in etree.iterparse(io.BytesIO(data), tag="case"):
        count += bool(values(element))
        element.clear()
    return count


def takproto(data):
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
        count += bool(event.uid and event.lat and event.detail.contact.callsign)
        at = head + length
    return count


def table(data):
    count = 0
    for row in csv.DictReader(io.StringIO(data.decode(), newline="")):
        when = datetime.fromisoformat(row["when"])
        record = when, float(row["lat"]), float(row["lon"]), int(row["persons"])
        count += len(record) == 4
    return count


def geojson_library(data):
    import geojson

    return sum(len(geojson.loads(one)["features"]) for one in pieces(data, b"\n]}\n"))


def geojson_standard(data):
    return sum(len(document["features"]) for document in documents(data))


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
    "adsb_json": [(STANDARD, "json", aircraft_json)],
    "adsb_sbs": [(STANDARD, "csv, datetime", sbs)],
    "ais_nmea": [("pyais", "pyais", pyais)],
    "asterix": [
        ("asterix4py", "asterix4py", asterix_python),
        ("asterix_decoder", "asterix_decoder (C++)", asterix_c),
    ],
    "cap": [("capparselib", "capparselib (on lxml)", capparselib)],
    "cise": [("lxml", "lxml (C)", lxml_messages(b"</m:Push>\n"))],
    "cot_proto": [("takproto", "takproto (on protobuf, C)", takproto)],
    "cot_xml": [
        (STANDARD, "xml.etree (C)", etree_events),
        ("lxml", "lxml (C)", lxml_messages(b"</event>\n")),
    ],
    "csv": [(STANDARD, "csv (C), datetime", table)],
    "geojson": [("geojson", "geojson", geojson_library), (STANDARD, "json (C)", geojson_standard)],
    "json": [(STANDARD, "json (C)", json_lines)],
    "nmea_gnss": [("pynmea2", "pynmea2", pynmea2), ("pynmeagps", "pynmeagps", pynmeagps)],
    "osmand": [(STANDARD, "urllib.parse", queries)],
    "owntracks": [(STANDARD, "json (C)", json_lines)],
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
