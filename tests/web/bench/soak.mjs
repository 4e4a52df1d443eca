// A wall and a desk under the traffic of a long time, made short: `cargo xtask soak --wall`.
//
//   node tests/web/bench/soak.mjs [--minutes 10] [--hours 24]
//
// The demonstration plays its scenarios so much faster that the time given holds `hours` of them; positions come as they
// always do. Meanwhile somebody opens and closes events at the desk, lines are cut, and the server is killed and comes back
// over the same data. At even intervals garbage is collected and memory, nodes and listeners are counted.
//
// What grows is told in two ways, and neither may be more than `BOUNDS`. A straight line through what was counted after the
// first third, by least squares: its rise until the end. And the screen beside a new one with the same picture, at the end:
// what it has more. Of WebAssembly only the second is asked, for its memory never shrinks and holds the picture: events that
// are over, and their reports, stay in it until they go to the archive, and played so fast they are many; and after a restart
// the new picture is built while the old one is still there, so that it may come to twice what a new screen has.
// Prints one JSON object; `faults` in it says what was too much.

import { rm } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { closeBrowser, startServer, state, until } from "../lib.mjs";
import { freshBrowser, memory, probedPage } from "./screen.mjs";

/**
 * What is counted, with the most that it may rise, and that it may be above what a new screen has. Megabytes; a leak of a
 * kilobyte for each message would be many of them in a day. Nodes and listeners come and go with the events that are open.
 */
export const BOUNDS = {
  heapMb: { rise: 2, above: () => 2 },
  wasmMb: { rise: null, above: (fresh) => fresh },
  domNodes: { rise: 600, above: () => 600 },
  listeners: { rise: 300, above: () => 300 },
};

/** Counts in a run. */
const SAMPLES = 24;

/** After so many counts the lines are cut; after so many the server is killed. */
const CUT_EVERY = 4;
const KILL_EVERY = 6;

/** How fast scenarios may be played. */
const MOST_SPEED = 1_000;

/** Least that the demonstration is waited for, milliseconds. */
const PATIENCE_MS = 60_000;

const GONE = [/WebSocket/, /ERR_/, /Failed to load/];

/** The steps of an event's life to its end, by the state that it is in. */
const NEXT = { new: "triaged", triaged: "resolved", validated: "resolved", active: "resolved", resolved: "closed" };

/** Most events that are asked for at once. */
const MOST_EVENTS = 200;

/** Gives a command; false where somebody else was quicker (409). */
async function command(server, body) {
  const by = { is: "person", name: "Soak", org: "NCC" };
  const answer = await fetch(`${server.url}/api/v1/commands`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: crypto.randomUUID(), by, ...body }),
  });
  if (!answer.ok && answer.status !== 409) throw new Error(`a command: ${answer.status}: ${await answer.text()}`);
  return answer.ok;
}

/**
 * Closes what is open: the demonstration's officer files the events of a run after it, and those of the runs that a kill
 * broke off would stay for ever.
 */
async function fileEverything(server) {
  const answer = await fetch(`${server.url}/api/v1/events?open=true&limit=${MOST_EVENTS}`);
  if (!answer.ok) throw new Error(`the open events: ${answer.status}: ${await answer.text()}`);
  const { items } = await answer.json();
  for (const event of items) {
    let state = NEXT[event.state];
    while (state && (await command(server, { do: "set_state", event: event.id, state }))) state = NEXT[state];
  }
  return items.length;
}

/** Waits until a screen is alive and has its picture. */
async function whole(page) {
  await until("the line is live", async () => (await state(page)).connection === "live", { patience: PATIENCE_MS });
  await until("the tracks are drawn", async () => (await state(page)).symbolsDrawn > 50, { patience: PATIENCE_MS });
}

async function open(url) {
  const page = await probedPage();
  page.expectFaults(...GONE);
  await page.goto(url);
  await whole(page);
  return page;
}

/** What is counted of a screen. */
async function sample(page) {
  const { heapMb, wasmMb, domNodes, listeners } = await memory(page);
  const { events, reports, tracks, opened } = await state(page);
  const heard = await page.evaluate(() => ({ ...window.__bench.heard }));
  return { heapMb, wasmMb, domNodes, listeners, events, reports, tracks, opened, heard };
}

/** Opens the next event, looks at it, closes it, until a moment. */
async function useDesk(desk, end) {
  while (performance.now() < end) {
    await desk.keyboard.press("j");
    await desk.waitForTimeout(400);
    await desk.keyboard.press("Escape");
    await desk.waitForTimeout(400);
  }
}

/** The rise, over the counts after the first third, of a line through them. */
export function rise(values) {
  const last = values.slice(Math.floor(values.length / 3));
  const n = last.length;
  if (n < 2) return 0;
  const middle = (n - 1) / 2;
  const mean = last.reduce((sum, v) => sum + v, 0) / n;
  const slope =
    last.reduce((sum, v, i) => sum + (i - middle) * (v - mean), 0) / last.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  return slope * (n - 1);
}

/** First, last, highest, rise, and what is above a new screen, of all that is counted; and what is more than its bound. */
export function judge(name, samples, fresh) {
  const figures = {};
  const faults = [];
  for (const [what, { rise: mostRise, above }] of Object.entries(BOUNDS)) {
    const values = samples.map((s) => s[what]);
    const last = values.at(-1);
    const grown = { rise: rise(values), above: last - fresh[what] };
    const bounds = { rise: mostRise, above: above(fresh[what]) };
    figures[what] = { first: values[0], last, most: Math.max(...values), fresh: fresh[what], ...grown, bounds };
    for (const [how, value] of Object.entries(grown)) {
      if (bounds[how] !== null && value > bounds[how]) {
        faults.push(`${what} of the ${name}: ${how} ${value.toFixed(2)}, allowed ${bounds[how].toFixed(2)}`);
      }
    }
  }
  return { figures, faults };
}

const scenarioRuns = (log) => (log.match(/a scenario begins/g) ?? []).length;

/** Soaks a wall and a desk. */
export async function soak({ minutes = 10, hours = 24, samples = SAMPLES } = {}) {
  const speed = Math.min(MOST_SPEED, Math.max(1, (hours * 60) / minutes));
  const args = ["--speed", String(speed), "--officer-after", "2"];
  let server = await startServer({ demo: true, args });
  const { data, port } = server;
  const [told, fresh] = [{ wall: [], desk: [] }, {}];
  const [counts, faults] = [{ restarts: 0, cuts: 0, runs: 0, filed: 0 }, []];
  try {
    await freshBrowser();
    const addresses = { wall: `${server.url}/wall?name=soak`, desk: server.url };
    const screens = {};
    for (const [name, address] of Object.entries(addresses)) screens[name] = await open(address);
    const begun = performance.now();
    for (let i = 1; i <= samples; i += 1) {
      await useDesk(screens.desk, begun + (minutes * 60_000 * i) / samples);
      if (i % KILL_EVERY === 0) {
        counts.runs += scenarioRuns(server.log());
        await server.kill();
        server = await startServer({ demo: true, data, port, args: [...args, "--keep"] });
        counts.restarts += 1;
        counts.filed += await fileEverything(server);
      } else if (i % CUT_EVERY === 0) {
        for (const page of Object.values(screens)) await page.evaluate(() => window.__bench.cut());
        counts.cuts += 1;
      }
      for (const [name, page] of Object.entries(screens)) {
        await whole(page);
        told[name].push(await sample(page));
      }
      process.stderr.write(`${i}/${samples}: wall ${JSON.stringify(told.wall.at(-1))}\n`);
    }
    counts.runs += scenarioRuns(server.log());
    for (const [name, address] of Object.entries(addresses)) {
      const page = await open(address);
      fresh[name] = await sample(page);
      await page.finish();
    }
    for (const page of Object.values(screens)) {
      await whole(page);
      await page.finish();
    }
  } finally {
    await closeBrowser();
    await server.stop();
    await rm(data, { recursive: true, force: true });
  }
  const judged = {};
  for (const [name, samplesOf] of Object.entries(told)) {
    const { figures, faults: above } = judge(name, samplesOf, fresh[name]);
    judged[name] = { figures, end: samplesOf.at(-1) };
    faults.push(...above);
  }
  return { minutes, hours: (speed * minutes) / 60, speed, samples, ...counts, screens: judged, told, faults };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const option = (name, fallback) => {
    const at = process.argv.indexOf(`--${name}`);
    return Number(at < 0 ? fallback : process.argv[at + 1]);
  };
  console.log(JSON.stringify(await soak({ minutes: option("minutes", 10), hours: option("hours", 24) })));
}
