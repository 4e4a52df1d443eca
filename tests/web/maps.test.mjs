// The operator's own maps under the picture, the net over it, and symbols of the military: each by the hand of an officer, and
// remembered. The maps are made here.

import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";
import { closeBrowser, live, missing, openPage, overlayOf, pushFeed, pushTo, screenshot, signed, startServer, state, until } from "./lib.mjs";

const skip = missing("server", "client", "browser");

// A picture of one colour, 256 x 256.
function png([r, g, b]) {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc = (bytes) => (bytes.reduce((c, byte) => table[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [head, tail] = [Buffer.alloc(4), Buffer.alloc(4)];
    head.writeUInt32BE(data.length);
    tail.writeUInt32BE(crc(body));
    return Buffer.concat([head, body, tail]);
  };
  const about = Buffer.from([0, 0, 1, 0, 0, 0, 1, 0, 8, 2, 0, 0, 0]);
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(256 * 3, Buffer.from([r, g, b]))]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: 256 }, () => line)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", about), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

// Columns and rows of a zoom that hold Ukraine and more.
function around(z) {
  const column = (lon) => Math.floor(((lon + 180) / 360) * 2 ** z);
  const row = (lat) => Math.floor((0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / 2 / Math.PI) * 2 ** z);
  const out = [];
  for (let x = column(12); x <= column(44); x += 1) for (let y = row(56); y <= row(42); y += 1) out.push([z, x, y]);
  return out;
}

async function folderOfTiles(folder) {
  const picture = png([226, 211, 170]);
  // One tile far down makes the map as deep as that.
  for (const [z, x, y] of [...around(5), ...around(6), ...around(7), ...around(8), [14, 9000, 5600]]) {
    await mkdir(path.join(folder, `${z}/${x}`), { recursive: true });
    await writeFile(path.join(folder, `${z}/${x}/${y}.png`), picture);
  }
}

const varint = (n) => {
  const out = [];
  for (; n >= 128; n = Math.floor(n / 128)) out.push((n % 128) | 128);
  return [...out, n];
};

// A vector tile with a road across its middle.
function roadTile() {
  const part = (number, content) => [...varint(number * 8 + 2), ...varint(content.length), ...content];
  const text = (number, value) => part(number, [...Buffer.from(value)]);
  const line = [...varint(9), ...varint(0), ...varint(4096), ...varint(10), ...varint(8192), 0];
  const feature = [...part(2, [0, 0]), 3 * 8, 2, ...part(4, line)];
  return Buffer.from(part(3, [
    15 * 8, 2, ...text(1, "transportation"), ...part(2, feature), ...text(3, "class"), ...part(4, text(1, "motorway")),
    5 * 8, ...varint(4096),
  ]));
}

// The number of a tile on the curve of PMTiles.
function curve(z, x, y) {
  let on = 0;
  for (let side = 2 ** z / 2; side >= 1; side /= 2) {
    const [right, down] = [x & side ? 1 : 0, y & side ? 1 : 0];
    on += side * side * ((3 * right) ^ down);
    if (down === 0) {
      if (right === 1) [x, y] = [side - 1 - (x & (side - 1)), side - 1 - (y & (side - 1))];
      [x, y] = [y, x];
    }
  }
  return (4 ** z - 1) / 3 + on;
}

// A PMTiles file, version 3, in which every tile is the same one.
function pmtiles(tiles, bytes) {
  const numbers = tiles.map(([z, x, y]) => curve(z, x, y)).sort((a, b) => a - b);
  const directory = gzipSync(Buffer.from([
    ...varint(numbers.length),
    ...numbers.flatMap((n, i) => varint(n - (i ? numbers[i - 1] : 0))),
    ...numbers.flatMap(() => varint(1)),
    ...numbers.flatMap(() => varint(bytes.length)),
    ...numbers.flatMap(() => varint(1)),
  ]));
  const head = Buffer.alloc(127);
  head.write("PMTiles");
  head[7] = 3;
  const data = 127 + directory.length;
  [127, directory.length, data, 0, data, 0, data, bytes.length, numbers.length, numbers.length, 1].forEach((n, i) => {
    head.writeBigUInt64LE(BigInt(n), 8 + 8 * i);
  });
  head.set([1, 2, 2, 1, 5, 8], 96);
  [12e7, 42e7, 44e7, 56e7].forEach((n, i) => head.writeInt32LE(n, 102 + 4 * i));
  return Buffer.concat([head, directory, bytes]);
}

let [server, overlay] = [];
before(async () => {
  if (skip) return;
  overlay = await overlayOf({ "guard-push": pushFeed("guard-push", "BG") });
  await folderOfTiles(path.join(overlay, "tiles"));
  await writeFile(path.join(overlay, "roads.pmtiles"), pmtiles([5, 6, 7, 8].flatMap(around), gzipSync(roadTile())));
  const map = (id, uk, en, file) => `  - {id: ${id}, name: {uk: ${uk}, en: ${en}}, attribution: "© ${en} makers", path: ${file}}\n`;
  await writeFile(
    path.join(overlay, "centre.yaml"),
    `maps:\n${map("paper", "Папір", "Paper", "tiles")}${map("roads", "Дороги", "Roads", "roads.pmtiles")}${map("away", "Нема", "Away", "away.mbtiles")}`,
  );
  server = await startServer({ config: ["config", overlay] });
});
after(async () => {
  await closeBrowser();
  await server?.stop();
  if (overlay) await rm(overlay, { recursive: true, force: true });
});

const layers = (page) => page.locator(".layers");
const attribution = (page) => page.locator(".attribution").innerText();

// Opens the panel and chooses a map by its name.
async function choose(page, name) {
  if (!(await layers(page).isVisible())) await page.getByRole("button", { name: "Карта", exact: true }).click();
  await layers(page).getByLabel(name).check();
}

test("a map of pictures is painted under the picture, dimmed, with its attribution, and chosen again after a reload", { skip }, async () => {
  const page = await openPage(server.url);
  await live(page);
  assert.equal(await page.locator(".own-pictures").count(), 0);
  await choose(page, "Папір");
  await until("a tile is painted", async () => (await page.locator('.own-pictures img[data-painted="1"]').count()) > 0);
  assert.ok((await state(page)).ownTiles > 0);
  const filter = await page.locator(".own-pictures").evaluate((e) => getComputedStyle(e).filter);
  assert.match(filter, /brightness\(0\.42\)/, "a picture made for paper is dimmed at night");
  const order = await page.evaluate(() =>
    ["base", "own", "lines", "under", "tracks", "over"].map((name) => Number(document.querySelector(`.leaflet-oneroof-${name}-pane`).style.zIndex)),
  );
  assert.deepEqual(order, [...order].sort((a, b) => a - b), "the map lies under borders, tracks and events");
  const lines = await page.locator(".leaflet-oneroof-lines-pane canvas").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) painted += 1;
    return painted;
  });
  assert.ok(lines > 500, `our borders are drawn over it: ${lines} pixels`);
  assert.match(await attribution(page), /© Paper makers/);
  await page.reload();
  await until("the choice is remembered", async () => (await page.locator('.own-pictures img[data-painted="1"]').count()) > 0);
  // Deeper than the basemap alone: as deep as the map.
  for (let i = 0; i < 24; i += 1) await page.getByRole("button", { name: "+", exact: true }).click();
  await until("the screen goes as deep as the map", async () => (await state(page)).zoom === 14);
  await choose(page, "Лише основа");
  await until("and comes up without it", async () => (await state(page)).zoom <= 12);
  assert.match(await attribution(page), /Тут немає доріг/);
  assert.doesNotMatch(await attribution(page), /Paper/);
  await page.finish("maps-pictures");
});

test("a map of lines is drawn in the colours of the palette", { skip }, async () => {
  const page = await openPage(server.url);
  await live(page);
  await choose(page, "Дороги");
  const painted = page.locator('.own-lines canvas[data-painted="1"]');
  await until("a tile is drawn", async () => (await painted.count()) > 0);
  // The road lies across the middle of each tile.
  const pixel = () => painted.first().evaluate((canvas) => [...canvas.getContext("2d").getImageData(20, canvas.height / 2, 1, 1).data]);
  const ground = () => painted.first().evaluate((canvas) => [...canvas.getContext("2d").getImageData(20, 20, 1, 1).data]);
  assert.deepEqual(await ground(), [0x17, 0x21, 0x2a, 255], "land at night");
  assert.notDeepEqual(await pixel(), await ground(), "a road");
  assert.match(await attribution(page), /© Roads makers/);
  await page.evaluate(() => localStorage.setItem("oneroof.tone", "day"));
  await page.reload();
  await until("by day too", async () => (await painted.count()) > 0 && (await ground())[0] === 0xee);
  await page.finish("maps-lines");
});

test("a map that cannot be read is said to be, and everything else goes on", { skip }, async () => {
  const page = await openPage(server.url);
  await live(page);
  await choose(page, "Нема");
  await until("it is said", async () => /Карта не читається/.test(await attribution(page)));
  assert.match(await layers(page).innerText(), /Карта не читається/);
  assert.equal((await state(page)).connection, "live");
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  assert.match(server.log(), /a map cannot be opened.*away/s);
  const tile = await fetch(`${server.url}/maps/away/5/17/10`);
  assert.equal(tile.status, 500);
  await page.finish("maps-not-readable");
});

test("nothing outside of a map's folder can be asked for", { skip }, async () => {
  for (const [address, status] of [
    ["/maps/paper/5/17/10", 200],
    ["/maps/paper/5/0/0", 204],
    ["/maps/paper/5/17/..%2f..%2fcentre", 400],
    ["/maps/paper/..%2f..%2f/17/10", 400],
    ["/maps/..%2ftiles/5/17/10", 404],
  ]) {
    const answer = await fetch(server.url + address);
    assert.equal(answer.status, status, address);
    if (status === 200) assert.equal(answer.headers.get("content-type"), "image/png");
  }
  assert.ok((await readFile(path.join(overlay, "centre.yaml"), "utf8")).includes("maps:"));
});

// Pixels of a canvas that are not clear.
const inked = (page, pane) =>
  page.locator(`.leaflet-oneroof-${pane}-pane canvas`).evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let n = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) n += 1;
    return n;
  });

test("Q lays a net of degrees over the map and, close up, that of MGRS; it is remembered", { skip }, async () => {
  const page = await openPage(`${server.url}/#at=48.00000,30.00000&zoom=7.00`);
  await live(page);
  const without = await inked(page, "under");
  await page.keyboard.press("q");
  await until("the net is drawn", async () => (await inked(page, "under")) > without + 2_000);
  await screenshot(page, "net-degrees");
  await page.goto(`${server.url}/#at=48.00000,30.00000&zoom=10.50`);
  await page.reload();
  await live(page);
  await until("it is drawn at once", async () => (await state(page)).zoom === 10.5 && (await inked(page, "under")) > 2_000);
  const with_ = await inked(page, "under");
  await page.keyboard.press("q");
  await until("it is put away", async () => (await inked(page, "under")) < with_ / 2);
  await page.keyboard.press("q");
  await until("and is back", async () => (await inked(page, "under")) > with_ / 2);
  await page.finish("net-mgrs");
});

test("symbols of the military are loaded when they are switched on, and stay switched on", { skip }, async () => {
  const page = await openPage(server.url);
  await signed(page);
  await pushTo(server, "guard-push", { id: "M-1", type: "UBC01", time: new Date().toISOString(), lat: 48.1, lon: 23.9, title: "Sign" });
  await until("the event is there", async () => (await state(page)).events > 0);
  const loaded = () =>
    page.evaluate(() => performance.getEntriesByType("resource").filter((r) => /milsymbol/.test(r.name)).length);
  assert.equal(await loaded(), 0, "nothing is loaded before");
  await page.keyboard.press("?");
  assert.match(await page.locator(".box.wide").innerText(), /власні, OneRoof/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("2525");
  await page.keyboard.press("Enter");
  await until("they are drawn", async () => (await state(page)).symbols === "2525");
  assert.equal(await loaded(), 1);
  await page.keyboard.press("?");
  assert.match(await page.locator(".box.wide").innerText(), /MIL-STD-2525D/);
  await page.keyboard.press("Escape");
  await page.reload();
  await until("it is remembered", async () => (await state(page)).symbols === "2525");
  await page.finish("symbols-2525");
});
