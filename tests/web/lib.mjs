// What browser tests have in common: the built binary on a port of its own, a Chromium that sees nothing but
// loopback, and the rule that an error in the console is a failed test.
//
//   const server = await startServer();
//   const page = await openPage(server.url);
//   ...
//   await page.finish("name-of-the-picture");   // screenshot; fails on console errors and foreign requests
//
// `cargo xtask test` sets ONEROOF_BIN, ONEROOF_WEB_DIST and ONEROOF_CHROMIUM.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, "../..");
export const artifacts = path.join(here, "artifacts");
export const webDist = process.env.ONEROOF_WEB_DIST ?? path.join(root, "target/web-dist");
export const guideDist = `${webDist}-guide`;
const binary = process.env.ONEROOF_BIN ?? path.join(root, "target/debug/oneroof");
const browserPath = process.env.ONEROOF_CHROMIUM ?? "/usr/bin/chromium";
const onIntegrationMachine = !["", "0", "false", undefined].includes(process.env.CI);

/** How long a test waits for anything, in milliseconds. */
export const PATIENCE_MS = 15_000;

// Nothing of this reaches out by itself; no GPU is asked for, so that all machines draw alike.
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Why a test that needs these parts has to be skipped, or false: for the option `skip` of `test`.
 * On an integration machine nothing is skipped: the test fails on what is missing.
 */
export function missing(...parts) {
  if (onIntegrationMachine) return false;
  const needs = {
    server: [binary, "the binary is not built: cargo build -p oneroof-server"],
    client: [path.join(webDist, "index.html"), "the client is not built: cargo xtask web"],
    guide: [path.join(guideDist, "styleguide.html"), "the style guide is not built: cargo xtask web --styleguide"],
    browser: [browserPath, "Chromium is not installed: cargo xtask setup"],
  };
  for (const part of parts) {
    const [file, why] = needs[part];
    if (!existsSync(file)) return why;
  }
  return false;
}

/** Polls until `probe` gives something true and gives that; an error of it counts as "not yet". */
export async function until(what, probe, { patience = PATIENCE_MS, every = 50 } = {}) {
  const end = performance.now() + patience;
  let last;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`not within ${patience} ms: ${what}`, last ? { cause: last } : undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/**
 * Starts `oneroof serve` with a data folder of its own and waits for the address that it prints; `oneroof demo` where
 * `demo` is said, which has a configuration of its own.
 *
 * To come back after a kill give `data` and `port` of the server before.
 */
export async function startServer({ config = ["config"], data, port = 0, args = [], env = {}, demo = false, web = webDist } = {}) {
  const folder = data ?? (await mkdtemp(path.join(tmpdir(), "oneroof-")));
  const configs = config.flatMap((one) => ["--config", path.resolve(root, one)]);
  const command = demo ? ["demo"] : ["serve", ...configs];
  const child = spawn(binary, [...command, "--web", web, ...args], {
    // The demonstration finds its scenarios from the root of the project.
    cwd: demo ? root : folder,
    env: { ...process.env, ONEROOF_LISTEN: `127.0.0.1:${port}`, ONEROOF_DATA: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      log += text;
    });
  }
  const ended = new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
  });
  let over = false;
  ended.then(() => {
    over = true;
  });
  const url = await until("the server prints its address", () => {
    if (over) return "ended";
    // eslint-disable-next-line no-control-regex
    return log.replace(/\u001b\[[0-9;]*m/g, "").match(/http:\/\/127\.0\.0\.1:[1-9]\d*/)?.[0];
  }).catch((error) => {
    child.kill("SIGKILL");
    throw new Error(`${error.message}; it said:\n${log}`);
  });
  if (url === "ended") {
    throw new Error(`the server ended at once (${JSON.stringify(await ended)}):\n${log}`);
  }
  return {
    url,
    data: folder,
    port: Number(new URL(url).port),
    /** What it printed so far. */
    log: () => log,
    /** Ends it without a chance to tidy up. */
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    /** Asks it to end, waits, and takes its data away. */
    async stop() {
      if (!over) child.kill("SIGTERM");
      const slow = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
      const how = await ended;
      clearTimeout(slow);
      if (!data) await rm(folder, { recursive: true, force: true });
      return how;
    },
  };
}

/** A feed that takes reports by HTTP push, as its file says it. */
export const pushFeed = (name, org) => `feed: ${name}
org: ${org}
name: {uk: "${name}", en: "${name}"}
source_kind: patrol
marking: {tlp: AMBER, purpose: BorderMonitoring}
confidence: {reliability: B, credibility: 2}
expected_period: 15s
stale_after: 45s
lost_after: 3min
transport: {kind: http_push}
format:
  kind: json
  zone: UTC
  time: [rfc3339]
  map:
    - rule: report
      draft: report
      id: {template: "{id}"}
      type: {path: type, required: true}
      occurred: time
      place: {lat: lat, lon: lon}
      title: title
      life_at_risk: {path: danger, equals: true}
`;

/** Pushes a record, or several, to a feed, which has to take them; gives the answer. */
export async function pushTo(server, feed, records) {
  const answer = await fetch(`${server.url}/api/v1/feeds/${feed}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(records),
  });
  const text = await answer.text();
  assert.ok(answer.ok, text);
  return JSON.parse(text);
}

/** A configuration folder to lay over the shipped one, with feeds by their names; taken away by whoever asked for it. */
export async function overlayOf(feeds) {
  const folder = await mkdtemp(path.join(tmpdir(), "oneroof-overlay-"));
  await mkdir(path.join(folder, "feeds"));
  for (const [name, text] of Object.entries(feeds)) await writeFile(path.join(folder, `feeds/${name}.yaml`), text);
  return folder;
}

/** What the client tells of itself. */
export const state = (page) => page.evaluate(() => window.__oneroof?.state() ?? {});

/** Waits until a page's line to the server is alive. */
export const live = (page) => until("the line is live", async () => (await state(page)).connection === "live");

/** Reloads a page so that it is known who sits there. */
export async function signed(page, name = "Олена Тестова", org = "NCC") {
  await page.evaluate((officer) => localStorage.setItem("oneroof.officer", JSON.stringify(officer)), { name, org });
  await page.reload();
  await live(page);
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");

/** Serious faults of accessibility (WCAG 2.2 A and AA) in a part of the page. */
export async function accessible(page, selector) {
  // The page's content security policy lets in no script of others; the debugger's is none of the page's.
  await page.evaluate(axe);
  const found = await page.evaluate(
    (selector) => window.axe.run(selector, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
    selector,
  );
  const told = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  assert.deepEqual(told, [], selector);
}

let shared;

/** With these flags Chromium has a GPU made of software: slow, and right. For `useFlags`. */
export const SOFTWARE_GPU = [
  ...CHROMIUM_FLAGS.filter((flag) => flag !== "--disable-gpu"),
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];

let flags = CHROMIUM_FLAGS;

/** Other flags for the Chromium of this file; before the first page. */
export function useFlags(others) {
  assert.equal(shared, undefined, "the browser runs already");
  flags = others;
}

/** One Chromium for all tests of a file; ended by `closeBrowser`. */
async function browser() {
  shared ??= await chromium.launch({ executablePath: browserPath, headless: true, args: flags });
  return shared;
}

/** For `after`. */
export async function closeBrowser() {
  await shared?.close();
  shared = undefined;
}

/**
 * Opens an address in a fresh profile. The page gets
 * - `faults`: console errors, uncaught exceptions, requests that would have left loopback (they are refused);
 * - `expectFaults(...patterns)`: what a test brings about itself, such as a server that is gone;
 * - `finish(name)`: takes a screenshot, closes the page, and fails if there was any other fault.
 */
export async function openPage(url, { width = 1920, height = 1080, locale = "uk-UA" } = {}) {
  const context = await (await browser()).newContext({
    viewport: { width, height },
    locale,
    timezoneId: "Europe/Kyiv",
    serviceWorkers: "block",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.faults = [];
  const expected = [];
  page.on("console", (message) => {
    if (message.type() === "error") {
      page.faults.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  page.on("pageerror", (error) => page.faults.push(`exception: ${error.stack ?? error}`));
  await context.route(
    (address) => !isLoopback(address),
    (route) => {
      page.faults.push(`left loopback: ${route.request().url()}`);
      return route.abort();
    },
  );
  page.on("websocket", (socket) => {
    if (!isLoopback(new URL(socket.url()))) page.faults.push(`left loopback: ${socket.url()}`);
  });
  page.expectFaults = (...patterns) => expected.push(...patterns);
  page.finish = async (name) => {
    if (name) await screenshot(page, name);
    await context.close();
    const rest = page.faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
    assert.deepEqual(rest, [], "faults in the browser");
  };
  await page.goto(url);
  return page;
}

function isLoopback(address) {
  return (
    ["data:", "blob:", "about:"].includes(address.protocol) ||
    ["127.0.0.1", "localhost", "[::1]"].includes(address.hostname)
  );
}

/** Keeps a picture of the page as an artefact of the run. */
export async function screenshot(page, name) {
  await mkdir(artifacts, { recursive: true });
  await page.screenshot({ path: path.join(artifacts, `${name}.png`) });
}
