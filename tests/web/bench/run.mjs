// The map under load, ours and that of others, in one run: `cargo xtask bench web`.
//
//   node tests/web/bench/run.mjs [--tracks 20000,50000] [--first 10000] [--seconds 8] [--peers yes|no]
//
// Needs a built server and client (`ONEROOF_BIN`, `ONEROOF_WEB_DIST`). Prints one JSON object; what it does meanwhile goes to
// the standard error. What is counted how is told in `trace.mjs`.

import { rm } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { closeBrowser, overlayOf, pushFeed, screenshot, startServer, state, until } from "../lib.mjs";
import { REGION, startFleet, vesselAt } from "./fleet.mjs";
import { SIZE, acted, freshBrowser, idle, memory, panning, probedPage, traced } from "./screen.mjs";
import { latencies, shownAfter, spread } from "./trace.mjs";

/** Times that the first picture is taken, each in a new browser with an empty profile. */
const FIRST_TIMES = 3;

/** Inputs of each kind whose latency is measured. */
const INPUTS = 24;

/** How much wider the map is than the region. */
const WIDER = 1.7;

/** Longest wait for all tracks to be on a screen, milliseconds. */
const PATIENCE_MS = 60_000;

/** The peers, each with whether it needs a GPU, which then is made of software. */
export const PEERS = [
  { draws: "leaflet", softwareGpu: false },
  { draws: "maplibre-circle", softwareGpu: true },
  { draws: "maplibre-symbol", softwareGpu: true },
];

const say = (text) => process.stderr.write(`${text}\n`);

const fleetFeed = (address) => `feed: fleet
org: CG
name: {uk: "Флот", en: "Fleet"}
source_kind: ship_reporting
quota: {records_per_s: 200000, bytes_per_s: 50MB}
transport: {kind: tcp_client, address: "${address}"}
format: {kind: ais_nmea}
`;

/** Tells of events from one side of the region to the other. */
async function tellEvents(server) {
  const [south, west, north, east] = REGION;
  for (let i = 0; i < 8; i += 1) {
    const record = {
      id: `B-${i}`,
      type: "UBC01",
      time: new Date().toISOString(),
      lat: south + ((north - south) * (i % 2 === 0 ? i : 7 - i)) / 7,
      lon: west + ((east - west) * i) / 7,
      title: `Happening ${i}`,
    };
    const answer = await fetch(`${server.url}/api/v1/feeds/bench-guard`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(record),
    });
    if (!answer.ok) throw new Error(`the report was not taken: ${await answer.text()}`);
  }
}

/** A fleet, a server that hears it, and events. */
async function scene(tracks) {
  const fleet = await startFleet({ tracks });
  let overlay;
  let server;
  const stop = async () => {
    await server?.stop();
    await fleet.stop();
    if (overlay) await rm(overlay, { recursive: true, force: true });
  };
  try {
    overlay = await overlayOf({ fleet: fleetFeed(fleet.feed), "bench-guard": pushFeed("bench-guard", "BG") });
    server = await startServer({ config: ["config", overlay] });
    await tellEvents(server);
  } catch (error) {
    await stop();
    throw error;
  }
  return { fleet, server, stop };
}

/** Waits until a page of ours shows all tracks. */
async function whole(page, tracks) {
  await until(
    "the line is live and all tracks are on the map",
    async () => {
      const now = await state(page);
      return now.connection === "live" && now.tracks >= tracks && now.symbolsDrawn >= tracks * 0.9;
    },
    { patience: PATIENCE_MS },
  );
}

/** From the navigation of a new browser to the first frame with all tracks, milliseconds. */
async function firstPicture(server, tracks) {
  await freshBrowser();
  const page = await probedPage();
  await page.addInitScript((n) => {
    window.__bench.wanted = n;
    window.__bench.mark("bench:navigated", { startTime: 0 });
  }, tracks);
  const { trace } = await traced(page, async () => {
    await page.goto(server.url);
    await whole(page, tracks);
  });
  await page.finish();
  // The page's clock begins with its navigation.
  const [navigated] = trace.marks.get("bench:navigated") ?? [];
  const ms = shownAfter(trace, "bench:first", navigated);
  if (ms === undefined) throw new Error("the trace has no first picture");
  return ms;
}

/** What is shown of a selection: the head of its card. Ages below it change by themselves. */
const CARD = `() => [".kind", "h2"].map((part) => document.querySelector(".right .card-head " + part)?.textContent ?? "").join("")`;
const MAP_MOVED = `() => document.querySelector(".leaflet-map-pane")?.style.transform ?? ""`;

/** The ordinate of a Mercator map, radians. */
const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));

/** The latitude in the middle of a map. */
const middleLat = ([south, , north]) =>
  (Math.atan(Math.exp((mercator(south) + mercator(north)) / 2)) * 360) / Math.PI - 90;

/** What the map shows now, and where it is on the page. */
async function viewOf(page) {
  const { bounds } = await state(page);
  return { bounds, box: await page.locator(".map").boundingBox() };
}

/** Where a place is in a view: as shares of the map, and in pixels of the page. */
function pointOf({ bounds, box }, lat, lon) {
  const [south, west, north, east] = bounds;
  const x = (lon - west) / (east - west);
  const y = (mercator(north) - mercator(lat)) / (mercator(north) - mercator(south));
  return { share: [x, y], at: [box.x + x * box.width, box.y + y * box.height] };
}

/** Brings the region to the middle of the map, so large that it fills most of it, by wheel and drag as a person does. */
async function goToRegion(page) {
  const [south, west, north, east] = REGION;
  const middle = [(south + north) / 2, (west + east) / 2];
  const near = async () => {
    const view = await viewOf(page);
    if (view.bounds[3] - view.bounds[1] < (east - west) * WIDER) return true;
    await page.mouse.move(...pointOf(view, ...middle).at);
    await page.mouse.wheel(0, -90);
    return false;
  };
  await until("the region fills the map", near, { every: 400, patience: PATIENCE_MS });
  const view = await viewOf(page);
  const { box } = view;
  await page.mouse.move(...pointOf(view, ...middle).at);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 10 });
  await page.mouse.up();
}

/** Where some vessel is on the page now that is not below a panel: pixels of the page. */
async function someVessel(page, fleet, tracks, nth) {
  const view = await viewOf(page);
  const { second } = await fleet.told();
  for (let i = nth * 37; i < nth * 37 + tracks; i += 1) {
    const { lat, lon } = vesselAt(i % tracks, second);
    const { share: [x, y], at } = pointOf(view, lat, lon);
    if (x > 0.05 && x < 0.6 && y > 0.2 && y < 0.8) return at;
  }
  throw new Error("no vessel is on the map");
}

/** Pans, picks and opens, one after the other; how many of each showed nothing within three seconds. */
async function act(page, fleet, tracks, inputs) {
  const box = await page.locator(".map").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const missed = { pan: 0, pick: 0, open: 0 };
  const one = async (kind, i, expected, input) => {
    // Steps that share no rhythm with the feed, so that inputs meet every moment of it.
    await page.waitForTimeout(130 + ((i * 73) % 190));
    if (!(await acted(page, `${kind}-${i}`, expected, input))) missed[kind] += 1;
  };
  const moved = { type: "mousemove", selector: ".leaflet-map-pane", shows: MAP_MOVED };
  const shown = { type: "mouseup", selector: "body", shows: CARD };
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let i = 0; i < inputs; i += 1) {
    const to = [x + (i % 2 === 0 ? 40 : 0) + i, y + (i % 3) * 10 + 5];
    await one("pan", i, moved, () => page.mouse.move(...to));
  }
  await page.mouse.move(x, y);
  await page.mouse.up();
  for (let i = 0; i < inputs; i += 1) {
    await one("pick", i, shown, async () => page.mouse.click(...(await someVessel(page, fleet, tracks, i))));
  }
  const rows = page.locator(".row button");
  const n = await rows.count();
  for (let i = 0; i < inputs; i += 1) await one("open", i, shown, () => rows.nth(i % n).click());
  return missed;
}

/** The latency of what an officer does, milliseconds. */
async function interactions(page, fleet, tracks, inputs) {
  const { trace, value: missed } = await traced(page, () => act(page, fleet, tracks, inputs));
  const all = latencies(trace);
  const of = (kind) => {
    const those = all.filter(({ n }) => n.startsWith(`${kind}-`));
    return { ...spread(those.map(({ ms }) => ms)), missed: missed[kind] };
  };
  return { pan: of("pan"), pick: of("pick"), open: of("open") };
}

/** Our screen: frames, interaction, memory, and where its map stands. */
async function ours({ server, fleet }, tracks, { seconds, softwareGpu, inputs }) {
  await freshBrowser({ softwareGpu });
  const page = await probedPage();
  await page.goto(server.url);
  await whole(page, tracks);
  await goToRegion(page);
  // The map measures how it draws best, once.
  await page.waitForTimeout(5_000);
  const { zoom, bounds } = await state(page);
  const box = await page.locator(".map").boundingBox();
  const place = { zoom, lat: middleLat(bounds), lon: (bounds[1] + bounds[3]) / 2, width: box.width, height: box.height };
  say(`  ours${softwareGpu ? ", software GPU" : ""}: idle`);
  const result = { draws: "oneroof", softwareGpu, idle: await idle(page, seconds) };
  result.panning = await panning(page, ".map", seconds);
  if (inputs > 0) {
    say("  ours: interaction");
    result.interaction = await interactions(page, fleet, tracks, inputs);
  }
  result.memory = await memory(page);
  const now = await state(page);
  Object.assign(result, { drawn: now.symbolsDrawn, tracks: now.tracks, symbolsMs: now.symbolsMs, drawnBy: now.drawnBy });
  await screenshot(page, `bench-oneroof-${tracks}${softwareGpu ? "-gpu" : ""}`);
  await page.finish();
  return { result, place };
}

/** A peer: frames and memory. */
async function peer(fleet, place, tracks, { seconds, draws, softwareGpu }) {
  say(`  ${draws}: idle and panning`);
  await freshBrowser({ softwareGpu });
  const page = await probedPage();
  await page.goto(`${fleet.url}/peer.html?${new URLSearchParams({ draws, ...place })}`);
  await until("the peer draws", () => page.evaluate(() => window.__peer?.rounds() >= 3), { patience: PATIENCE_MS });
  const drawn = await until("tracks are drawn", () => page.evaluate(() => window.__peer.drawn()), { patience: PATIENCE_MS });
  const result = { draws, softwareGpu, drawn, idle: await idle(page, seconds) };
  result.panning = await panning(page, "#map", seconds);
  result.memory = await memory(page);
  await screenshot(page, `bench-${draws}-${tracks}`);
  await page.finish();
  return result;
}

/** Everything for one number of tracks. */
async function load(tracks, { seconds, peers, inputs }) {
  say(`${tracks} tracks`);
  const place = await scene(tracks);
  const { fleet } = place;
  try {
    const plain = await ours(place, tracks, { seconds, softwareGpu: false, inputs });
    const drawers = [plain.result];
    if (peers) {
      drawers.push((await ours(place, tracks, { seconds, softwareGpu: true, inputs: 0 })).result);
      for (const one of PEERS) drawers.push(await peer(fleet, plain.place, tracks, { seconds, ...one }));
    }
    return { tracks, place: plain.place, drawers, leftOut: (await fleet.told()).leftOut };
  } finally {
    await closeBrowser();
    await place.stop();
  }
}

/** First pictures with so many tracks. */
async function first(tracks, rounds) {
  say(`first picture with ${tracks} tracks`);
  const { server, stop } = await scene(tracks);
  try {
    // Another screen first, which says when the server knows all of them.
    await freshBrowser();
    const page = await probedPage();
    await page.goto(server.url);
    await whole(page, tracks);
    await page.finish();
    const times = [];
    for (let i = 0; i < rounds; i += 1) times.push(await firstPicture(server, tracks));
    return { tracks, ...spread(times) };
  } finally {
    await closeBrowser();
    await stop();
  }
}

/** Measures everything that is asked for. */
export async function measure({
  tracks = [20_000, 50_000],
  first: firstTracks = 10_000,
  seconds = 8,
  peers = true,
  inputs = INPUTS,
  times = FIRST_TIMES,
} = {}) {
  const loads = [];
  const firstOf = await first(firstTracks, times);
  for (const n of tracks) loads.push(await load(n, { seconds, peers, inputs }));
  return { size: SIZE, seconds, first: firstOf, loads };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const option = (name, fallback) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? fallback : process.argv[at + 1];
  };
  const result = await measure({
    tracks: option("tracks", "20000,50000").split(",").map(Number),
    first: Number(option("first", "10000")),
    seconds: Number(option("seconds", "8")),
    peers: option("peers", "yes") !== "no",
  });
  console.log(JSON.stringify(result));
}
