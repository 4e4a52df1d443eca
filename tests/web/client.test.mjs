// The built client by itself, without a server behind it: that its module loads in a real browser (an optimiser
// can make one that does not) under a strict content security policy, and that it is whole.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { closeBrowser, missing, openPage, until, webDist } from "./lib.mjs";

const skip = missing("browser", "client");
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data: blob:; connect-src 'self' ws:; object-src 'none'; base-uri 'none'";

let site;
let url;
let manifest;

before(async () => {
  if (skip) return;
  manifest = JSON.parse(await readFile(path.join(webDist, "manifest.json"), "utf8"));
  const files = new Map(manifest.files.map((file) => [`/${file.path}`, file]));
  site = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const file = files.get(pathname === "/" ? "/index.html" : pathname);
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": file.content_type,
      "content-security-policy": POLICY,
      ...(file.gzip_bytes ? { "content-encoding": "gzip" } : {}),
    });
    response.end(await readFile(path.join(webDist, file.path + (file.gzip_bytes ? ".gz" : ""))));
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${site.address().port}/`;
});
after(async () => {
  await closeBrowser();
  site?.closeAllConnections();
  site?.close();
});

test("the manifest tells the truth about each file and its compressed forms", { skip }, async () => {
  assert.ok(manifest.files.length > 10);
  for (const file of manifest.files) {
    const bytes = await readFile(path.join(webDist, file.path));
    assert.equal(createHash("sha256").update(bytes).digest("hex"), file.sha256, file.path);
    assert.equal(bytes.length, file.bytes, file.path);
    for (const [ending, size, unpack] of [
      [".gz", file.gzip_bytes, gunzipSync],
      [".br", file.brotli_bytes, brotliDecompressSync],
    ]) {
      const packed = path.join(webDist, file.path + ending);
      assert.equal(existsSync(packed), size !== null, packed);
      if (size !== null) assert.ok(unpack(await readFile(packed)).equals(bytes), packed);
    }
  }
});

test("the page names only files that are there", { skip }, async () => {
  const page = await readFile(path.join(webDist, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1]);
  assert.ok(named.length >= 5, page);
  const known = new Set(manifest.files.map((file) => file.path));
  for (const name of named) assert.ok(known.has(name), `${name} is not in the manifest`);
  const immutable = manifest.files.filter((file) => file.immutable).map((file) => file.path);
  for (const name of immutable) assert.match(name, /-[0-9a-f]{10}\.\w+$/);
});

test("the client starts in Chromium under a strict content security policy", { skip }, async () => {
  const page = await openPage(url);
  // There is no server behind it: what it asks for is not there. All else is a fault.
  page.expectFaults(/Failed to load resource.*\/api\//, /WebSocket connection to/, /Failed to load resource.*favicon/);
  await until("something is on the page", () =>
    page.evaluate(() => document.body.innerText.trim().length > 0),
  );
  assert.notEqual(await page.evaluate(() => document.documentElement.dataset.boot), "failed");
  assert.equal(await page.evaluate(() => window.L?.version), "1.9.4");
  assert.equal(await page.title(), "OneRoof");
  await page.finish("client-alone");
});
