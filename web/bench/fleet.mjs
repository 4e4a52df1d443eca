// The map under load: so many vessels, all moving once a second, from AIVDM sentences over TCP through the built server
// to headless Chromium; then frames a second, idle and while the map is dragged (see frames.mjs).
//
//   node web/bench/fleet.mjs [--vessels 10000] [--size 1920x1080] [--seconds 8] [--gl] [--shot out.png]
//
// Needs `cargo xtask web`, a built server (`ONEROOF_BIN`, `ONEROOF_WEB_DIST`) and `npm ci` in tests/web.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { positionReport } from "../../tests/web/ais.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));

/** Sentences of a minute, made beforehand so that the load costs little while frames are counted. */
function sentences(vessels, seconds) {
  const at = (i, t) => {
    // Over the whole Black Sea and the land around it, each on a small circle of its own.
    const [lat0, lon0] = [41.5 + ((i * 0.754_877_666) % 1) * 9, 22 + ((i * 0.569_840_296) % 1) * 14];
    const angle = i + t / 20;
    return { lat: lat0 + 0.05 * Math.cos(angle), lon: lon0 + 0.05 * Math.sin(angle), course: (((angle * 180) / Math.PI + 90) % 360 + 360) % 360 };
  };
  return Array.from({ length: seconds }, (_, t) => Buffer.from(Array.from({ length: vessels }, (_, i) =>
    positionReport({ mmsi: 201_000_000 + i, ...at(i, t), speed: 12 })).join("")));
}

function radio() {
  const minute = sentences(workerData.vessels, 60);
  const server = net.createServer((socket) => {
    let t = 0;
    const timer = setInterval(() => socket.write(minute[t++ % minute.length]), 1000);
    socket.on("close", () => clearInterval(timer)).on("error", () => clearInterval(timer));
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
}

async function main() {
  const { startServer } = await import("../../tests/web/lib.mjs");
  const args = process.argv.slice(2);
  const at = args.indexOf("--vessels");
  const vessels = at < 0 ? 10_000 : Number(args[at + 1]);
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { vessels } });
  const port = await new Promise((done) => worker.once("message", done));
  const overlay = await mkdtemp(path.join(tmpdir(), "oneroof-fleet-"));
  await mkdir(path.join(overlay, "feeds"));
  await writeFile(path.join(overlay, "feeds/fleet.yaml"), `feed: fleet
org: CG
name: {uk: "Флот", en: "Fleet"}
source_kind: ship_reporting
quota: {records_per_s: 200000, bytes_per_s: 50MB}
transport: {kind: tcp_client, address: "127.0.0.1:${port}"}
format: {kind: ais_nmea}
`);
  const server = await startServer({ config: ["config", overlay] });
  // Until the fleet has been heard twice.
  await new Promise((done) => setTimeout(done, 5_000));
  const frames = spawnSync(process.execPath, [path.join(here, "frames.mjs"), server.url, ...args], { encoding: "utf8" });
  process.stdout.write(frames.stdout);
  process.stderr.write(frames.stderr);
  await server.stop();
  await worker.terminate();
  await rm(overlay, { recursive: true, force: true });
  process.exitCode = frames.status ?? 1;
}

if (isMainThread) await main();
else radio();
