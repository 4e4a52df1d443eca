// The harness itself: that it finds the faults for which it is there.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { artifacts, closeBrowser, missing, openPage, until } from "./lib.mjs";

const skip = missing("browser");
let site;
let url;

before(async () => {
  site = http.createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    const script = decodeURIComponent(new URL(request.url, "http://x").searchParams.get("run") ?? "");
    response.end(`<!doctype html><link rel="icon" href="data:,"><body>here<script>${script}</script>`);
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${site.address().port}/`;
});
after(async () => {
  await closeBrowser();
  site.closeAllConnections();
  site.close();
});

const open = (script) => openPage(`${url}?run=${encodeURIComponent(script)}`);

test("a page without faults finishes and leaves its picture", { skip }, async () => {
  const picture = path.join(artifacts, "harness.png");
  await rm(picture, { force: true });
  const page = await open("");
  await page.finish("harness");
  assert.ok(existsSync(picture));
});

test("an error in the console fails the page", { skip }, async () => {
  const page = await open("console.error('it broke')");
  await until("the fault is seen", () => page.faults.length > 0);
  await assert.rejects(page.finish(), /it broke/);
});

test("an exception that nobody caught fails the page", { skip }, async () => {
  const page = await open("setTimeout(() => { throw new Error('nobody caught me') })");
  await until("the fault is seen", () => page.faults.length > 0);
  await assert.rejects(page.finish(), /nobody caught me/);
});

test("a request that would leave loopback is refused and fails the page", { skip }, async () => {
  const page = await open("fetch('http://elsewhere.invalid/').catch(() => {})");
  await until("the fault is seen", () => page.faults.some((fault) => fault.startsWith("left loopback")));
  await assert.rejects(page.finish(), /elsewhere\.invalid/);
});

test("a fault that the test brought about itself is no failure", { skip }, async () => {
  const page = await open("console.error('as I wished')");
  page.expectFaults(/as I wished/);
  await until("the fault is seen", () => page.faults.length > 0);
  await page.finish();
});

test("waiting ends at its deadline and says for what it waited", async () => {
  await assert.rejects(
    until("the moon is blue", () => false, { patience: 60, every: 5 }),
    /not within 60 ms: the moon is blue/,
  );
});
