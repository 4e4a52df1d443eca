// The whole way, through the built binary and a real browser: an agency's bytes become a mark on the map and a row in
// the list; the server dies and the screen says so; it comes back and the picture is whole.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { positionReport } from "./ais.mjs";
import { closeBrowser, live, missing, openPage, screenshot, startServer, state, until } from "./lib.mjs";

const skip = missing("server", "client", "browser");
const VESSELS = 25;
// What a page says by itself when the server that it talked to is gone.
const SERVER_GONE = [/WebSocket connection to/, /ERR_CONNECTION_REFUSED/, /ERR_CONNECTION_RESET/];

let overlay;
let receiver;
const clients = new Set();

/** A receiver of AIS as a coast guard has it: whoever connects gets each vessel every second. */
function startReceiver() {
  const server = net.createServer((socket) => {
    clients.add(socket);
    const send = () => {
      const shift = (Date.now() % 600_000) / 600_000;
      for (let i = 0; i < VESSELS; i += 1) {
        const [lat, lon] = [45.4 + 0.03 * i, 30.5 + 0.05 * (i % 7) + shift / 10];
        socket.write(positionReport({ mmsi: 272_000_001 + i, lat, lon, speed: 8, course: 90 }));
      }
    };
    send();
    const timer = setInterval(send, 1000);
    const end = () => {
      clearInterval(timer);
      clients.delete(socket);
    };
    socket.on("close", end).on("error", end);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

before(async () => {
  if (skip) return;
  receiver = await startReceiver();
  overlay = await mkdtemp(path.join(tmpdir(), "oneroof-feeds-"));
  await mkdir(path.join(overlay, "feeds"));
  const common = (feed, org, kind) =>
    `feed: ${feed}\norg: ${org}\nname: {uk: "${feed}", en: "${feed}"}\nsource_kind: ${kind}\n` +
    `marking: {tlp: AMBER, purpose: BorderMonitoring}\nconfidence: {reliability: B, credibility: 2}\n` +
    `expected_period: 15s\nstale_after: 45s\nlost_after: 3min\n`;
  await writeFile(
    path.join(overlay, "feeds/t-ais.yaml"),
    `${common("t-ais", "CG", "ship_reporting")}transport: {kind: tcp_client, address: "127.0.0.1:${receiver.address().port}"}\n` +
      "format: {kind: ais_nmea}\n",
  );
  await writeFile(
    path.join(overlay, "feeds/t-reports.yaml"),
    `${common("t-reports", "BG", "sensor")}transport: {kind: http_push}\n` +
      "format:\n  kind: json\n  zone: UTC\n  time: [rfc3339]\n  map:\n    - rule: report\n      draft: report\n" +
      "      id: {template: \"{id}\"}\n      type: {path: type, required: true}\n      occurred: time\n" +
      "      place: {lat: lat, lon: lon}\n      text: text\n",
  );
});
after(async () => {
  await closeBrowser();
  for (const socket of clients) socket.destroy();
  receiver?.close();
  if (overlay) await rm(overlay, { recursive: true, force: true });
});

async function report(server, record) {
  const answer = await fetch(`${server.url}/api/v1/feeds/t-reports`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(record),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${answer.status}: ${text}`);
  return text;
}

test("a report and the vessels reach the screen, and survive the death of the server", { skip, timeout: 180_000 }, async () => {
  let server = await startServer({ config: ["config", overlay] });
  const data = server.data;
  try {
    const page = await openPage(server.url);
    await live(page);

    await until("the vessels are on the map", async () => (await state(page)).tracks >= VESSELS);
    await until("they are drawn", async () => (await state(page)).symbolsDrawn >= VESSELS);

    const text = "Six persons at the river";
    const time = new Date().toISOString();
    const record = { id: "A-1", type: "UBC01", time, lat: 47.96, lon: 23.9, text };
    assert.match(await report(server, record), /accepted/);
    assert.match(await report(server, record), /duplicate/);
    await until("its event is in the list", async () => (await state(page)).events === 1);
    assert.equal((await state(page)).reports, 1);
    await screenshot(page, "spine-1-live");

    page.expectFaults(...SERVER_GONE);
    await server.kill();
    const killed = performance.now();
    await page.getByRole("alert").waitFor();
    assert.ok(performance.now() - killed < 3000 + 500, "the banner came too late");
    await until("the map is grey", async () => (await state(page)).connection === "grey");
    assert.ok(performance.now() - killed < 10_000 + 500, "the map greyed too late");
    assert.match(await page.getByRole("alert").innerText(), /\d/);
    await screenshot(page, "spine-2-lost");

    server = await startServer({ config: ["config", overlay], data, port: server.port });
    await until("the line is live again", async () => (await state(page)).connection === "live", { patience: 30_000 });
    await until("the picture is whole", async () => {
      const now = await state(page);
      return now.events === 1 && now.reports === 1 && now.tracks >= VESSELS;
    });
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.finish("spine-3-whole");
  } finally {
    await server.stop();
    await rm(data, { recursive: true, force: true });
  }
});

test("the server ends when it is asked to, and tells the screens", { skip, timeout: 60_000 }, async () => {
  const server = await startServer({ config: ["config", overlay] });
  const page = await openPage(server.url);
  page.expectFaults(...SERVER_GONE);
  await live(page);
  const { code } = await server.stop();
  assert.equal(code, 0, server.log());
  await until("the screen knows", async () => (await state(page)).connection !== "live");
  await page.finish();
});
