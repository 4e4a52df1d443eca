"""A TAK client made of pytak and takproto, for tests/tests/tak_peers.rs.

Usage: pytak_client.py HOST PORT MODE, MODE one of xml, proto, negotiated.

xml and proto are pytak's own workers over its own connection, without and with its protocol buffers. negotiated agrees on
version 1 as a client of a TAK server does, and has takproto read what comes from then on. Each event that comes is one line
of JSON on standard output; what it says of itself is said at the start.
"""

import asyncio
import configparser
import json
import sys
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta, timezone

import pytak
import takproto


def stamp(seconds=0):
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event(uid, kind, detail, lat=48.1, lon=22.9):
    root = ET.Element(
        "event",
        version="2.0",
        uid=uid,
        type=kind,
        how="m-g",
        time=stamp(),
        start=stamp(),
        stale=stamp(120),
    )
    ET.SubElement(root, "point", lat=str(lat), lon=str(lon), hae="100", ce="9.5", le="9999999.0")
    root.append(ET.fromstring(f"<detail>{detail}</detail>"))
    return ET.tostring(root)


def own(mode):
    contact = f'<contact callsign="Peer {mode}" endpoint="*:-1:stcp"/>'
    return event(f"PYTAK-{mode}", "a-f-G-U-C", contact + '<takv platform="pytak" version="1"/>')


def tell_xml(text):
    root = ET.fromstring(text)
    point = root.find("point")
    contact = root.find("detail/contact")
    tell(
        root.get("uid"),
        root.get("type"),
        point.get("lat"),
        point.get("lon"),
        None if contact is None else contact.get("callsign"),
        "xml",
    )


def tell_proto(message):
    e = message.cotEvent
    tell(e.uid, e.type, e.lat, e.lon, e.detail.contact.callsign or None, "proto")


def tell(uid, kind, lat, lon, callsign, form):
    line = {"uid": uid, "type": kind, "lat": float(lat), "lon": float(lon), "callsign": callsign, "form": form}
    print(json.dumps(line), flush=True)


async def by_workers(host, port, mode):
    parser = configparser.ConfigParser()
    parser["pytak"] = {"COT_URL": f"tcp://{host}:{port}", "TAK_PROTO": "1" if mode == "proto" else "0"}
    config = parser["pytak"]
    reader, writer = await pytak.protocol_factory(config)
    say, heard = asyncio.Queue(), asyncio.Queue()
    # What is read is XML in both modes: over TCP pytak sends protocol buffers without having agreed on them.
    reading = configparser.ConfigParser()
    reading["pytak"] = {"COT_URL": f"tcp://{host}:{port}", "TAK_PROTO": "0"}
    workers = [pytak.TXWorker(say, config, writer).run(), pytak.RXWorker(heard, reading["pytak"], reader).run()]
    tasks = [asyncio.create_task(worker) for worker in workers]
    await say.put(own(mode))
    while not reader.at_eof() or not heard.empty():
        tell_xml(await heard.get())
    for task in tasks:
        task.cancel()


async def negotiated(host, port):
    reader, writer = await asyncio.open_connection(host, port)
    agreed = False
    while not agreed:
        text = await reader.readuntil(b"</event>")
        root = ET.fromstring(text)
        if root.get("type") == "t-x-takp-v":
            versions = [s.get("version") for s in root.iter("TakProtocolSupport")]
            assert "1" in versions, versions
            request = '<TakControl><TakRequest version="1"/></TakControl>'
            writer.write(event("PYTAK-negotiated", "t-x-takp-q", request))
            await writer.drain()
        elif root.get("type") == "t-x-takp-r":
            assert root.find("detail/TakControl/TakResponse").get("status") == "true"
            agreed = True
        else:
            tell_xml(text)
    writer.write(bytes(takproto.xml2proto(own("negotiated"), takproto.TAKProtoVer.STREAM)))
    await writer.drain()
    while True:
        lead = await reader.readexactly(1)
        if lead.isspace():
            continue
        assert lead == b"\xbf", lead
        length, shift, head = 0, 0, lead
        while True:
            byte = await reader.readexactly(1)
            head += byte
            length |= (byte[0] & 0x7F) << shift
            shift += 7
            if byte[0] < 0x80:
                break
        tell_proto(takproto.parse_proto(bytearray(head + await reader.readexactly(length))))


async def main():
    host, port, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    try:
        await (negotiated(host, port) if mode == "negotiated" else by_workers(host, port, mode))
    except asyncio.IncompleteReadError:
        pass


asyncio.run(main())
