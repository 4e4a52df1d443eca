// The fleet that the map is measured with, in a thread of its own: a receiver of AIS that OneRoof listens to over TCP, and a
// small web server that hands the same positions, and the libraries of others, to the pages of the peers.
//
//   const fleet = await startFleet({ tracks: 20_000 });
//   fleet.feed                 // host and port for a feed with `transport: {kind: tcp_client}`
//   fleet.url                  // `/peer.html?draws=leaflet` and so on
//   await fleet.stop();
//
// Each vessel sails a small circle and is heard once a second. A circle is narrower than the five kilometres from which on
// the room looks for impossible speeds, and a step is about a pixel and a half where the whole region fills the map.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { positionReport } from "../ais.mjs";

/** Where the fleet sails: south, west, north, east in degrees; the Black Sea off Odesa and the Crimea. */
export const REGION = [44.2, 29.0, 46.6, 34.0];

/** Seconds of a circle; after so many the sentences repeat. */
export const PERIOD_S = 24;

/** Radius of a circle, degrees of latitude (2.2 km). */
const RADIUS_DEG = 0.02;

/** Parts of a second in which the sentences of that second are sent: receivers hear vessels one after the other. */
const SLICES = 10;

/** Most bytes that wait for a reader before the sending of a slice is left out, and counted. */
const MOST_WAITING = 64 * 1024 * 1024;

/**
 * Where vessel `i` is at second `t`: degrees, and its course in degrees from north. The vessels are spread evenly and
 * without chance (the R2 sequence), so that all that are measured draw one and the same picture.
 */
export function vesselAt(i, t) {
  const [south, west, north, east] = REGION;
  const share = (step) => ((i + 1) * step) % 1;
  const angle = i + (2 * Math.PI * t) / PERIOD_S;
  const lat = south + (north - south) * share(0.754_877_666) + RADIUS_DEG * Math.sin(angle);
  const stretch = 1 / Math.cos((lat * Math.PI) / 180);
  const lon = west + (east - west) * share(0.569_840_296) + RADIUS_DEG * stretch * Math.cos(angle);
  // Counter-clockwise: the course is a quarter turn ahead of the bearing from the middle of the circle.
  const course = (((-angle * 180) / Math.PI) % 360 + 360) % 360;
  return { lat, lon, course };
}

/** The identity of vessel `i`. */
export const mmsiOf = (i) => 201_000_000 + i;

/** All positions of a second for the peers: latitude, longitude, course, as 64-bit floats one vessel after the other. */
export function positionsAt(tracks, t) {
  const out = new Float64Array(tracks * 3);
  for (let i = 0; i < tracks; i += 1) {
    const { lat, lon, course } = vesselAt(i, t);
    out.set([lat, lon, course], i * 3);
  }
  return out;
}

/** The sentences of a second, in slices. */
function sentences(tracks, t) {
  return Array.from({ length: SLICES }, (_, slice) => {
    let text = "";
    for (let i = slice; i < tracks; i += SLICES) {
      text += positionReport({ mmsi: mmsiOf(i), ...vesselAt(i, t), speed: 40 });
    }
    return Buffer.from(text, "latin1");
  });
}

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(here, "../node_modules");

/** What the peers' pages may ask for, with the kind of its content. */
const FILES = {
  "/peer.html": [path.join(here, "peer.html"), "text/html"],
  "/peer.mjs": [path.join(here, "peer.mjs"), "text/javascript"],
  "/leaflet.js": [path.join(modules, "leaflet/dist/leaflet.js"), "text/javascript"],
  "/leaflet.css": [path.join(modules, "leaflet/dist/leaflet.css"), "text/css"],
  "/maplibre-gl.mjs": [path.join(modules, "maplibre-gl/dist/maplibre-gl.mjs"), "text/javascript"],
  "/maplibre-gl-worker.mjs": [path.join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs"), "text/javascript"],
  "/maplibre-gl.css": [path.join(modules, "maplibre-gl/dist/maplibre-gl.css"), "text/css"],
};

/** Answers the peers' pages. */
function pages(positions, second) {
  return async (request, response) => {
    const { pathname } = new URL(request.url, "http://127.0.0.1");
    if (pathname === "/positions") {
      const now = positions[second() % PERIOD_S];
      response.writeHead(200, { "content-type": "application/octet-stream", "cache-control": "no-store" });
      response.end(Buffer.from(now.buffer));
      return;
    }
    const known = FILES[pathname];
    try {
      if (!known) throw new Error(`${pathname} is not served`);
      const body = await readFile(known[0]);
      response.writeHead(200, { "content-type": known[1] });
      response.end(body);
    } catch (error) {
      response.writeHead(404, { "content-type": "text/plain" });
      response.end(String(error.message));
    }
  };
}

const listening = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));

/** The thread. */
async function sail({ tracks }) {
  const spoken = Array.from({ length: PERIOD_S }, (_, t) => sentences(tracks, t));
  const positions = Array.from({ length: PERIOD_S }, (_, t) => positionsAt(tracks, t));
  const listeners = new Set();
  let slice = 0;
  let leftOut = 0;
  const second = () => Math.floor(slice / SLICES);
  setInterval(() => {
    const bytes = spoken[second() % PERIOD_S][slice % SLICES];
    for (const socket of listeners) {
      if (socket.writableLength > MOST_WAITING) leftOut += 1;
      else socket.write(bytes);
    }
    slice += 1;
  }, 1000 / SLICES);
  const radio = net.createServer((socket) => {
    listeners.add(socket);
    const end = () => listeners.delete(socket);
    socket.on("close", end).on("error", end);
  });
  const web = http.createServer(pages(positions, second));
  parentPort.on("message", () => parentPort.postMessage({ leftOut, second: second() }));
  parentPort.postMessage({ feed: await listening(radio), web: await listening(web) });
}

/** Lets the fleet sail. */
export async function startFleet({ tracks }) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { tracks } });
  const next = async () => (await once(worker, "message"))[0];
  const ports = await next();
  return {
    feed: `127.0.0.1:${ports.feed}`,
    url: `http://127.0.0.1:${ports.web}`,
    /** Which `second` it is for `vesselAt`, and the tenths of a second that were `leftOut`, for the reader was far behind. */
    async told() {
      const answer = next();
      worker.postMessage("tell");
      return answer;
    },
    stop: () => worker.terminate(),
  };
}

if (!isMainThread && workerData?.tracks) await sail(workerData);
