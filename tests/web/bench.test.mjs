// The benchmark of the map, small and short, so that it cannot rot: it gives all its figures, and tracks are on every
// screen that it measures. No figure is judged: that is for a quiet machine, `cargo xtask bench web`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { positionReport } from "./ais.mjs";
import { PERIOD_S, REGION, vesselAt } from "./bench/fleet.mjs";
import { PEERS, measure } from "./bench/run.mjs";
import { judge, rise, soak } from "./bench/soak.mjs";
import { latencies, rate, read, shownAfter } from "./bench/trace.mjs";
import { missing } from "./lib.mjs";

const skip = missing("server", "client", "browser");
const TRACKS = 500;
const SECONDS = 3;

test("a small run measures everything, with tracks on every screen", { skip, timeout: 480_000 }, async () => {
  const { first, loads } = await measure({ tracks: [TRACKS], first: TRACKS, seconds: SECONDS, inputs: 3, times: 1 });
  assert.ok(first.p50 > 0 && first.worst >= first.p50, JSON.stringify(first));
  assert.equal(loads.length, 1);
  const [{ drawers, leftOut }] = loads;
  assert.equal(leftOut, 0, "the server read all that the fleet said");
  assert.deepEqual(drawers.map(({ draws }) => draws), ["oneroof", "oneroof", ...PEERS.map(({ draws }) => draws)]);
  for (const { draws, drawn, idle, panning, memory } of drawers) {
    assert.ok(drawn >= TRACKS * 0.9, `${draws} draws ${drawn} of ${TRACKS}`);
    assert.ok(idle.fps > 0 && idle.liveFps > 0 && idle.paints > 0, `${draws}: ${JSON.stringify(idle)}`);
    assert.ok(panning.fps > 0 && panning.longestMs > 0, `${draws}: ${JSON.stringify(panning)}`);
    assert.ok(memory.heapMb > 0, draws);
  }
  const [ours] = drawers;
  assert.ok(ours.memory.wasmMb > 1);
  for (const [kind, { n, p50, worst }] of Object.entries(ours.interaction)) {
    assert.ok(n > 0 && p50 > 0 && worst >= p50, `${kind}: ${JSON.stringify(ours.interaction)}`);
  }
});

test("the fleet moves every second, never so far that it looks like another vessel, and comes round", () => {
  for (const i of [0, 1, 499]) {
    const [south, west, north, east] = REGION;
    for (let t = 0; t < PERIOD_S; t += 1) {
      const [a, b] = [vesselAt(i, t), vesselAt(i, t + 1)];
      assert.notEqual(positionReport({ mmsi: 1, ...a }), positionReport({ mmsi: 1, ...b }), "it moves");
      const metres = Math.hypot(b.lat - a.lat, (b.lon - a.lon) * Math.cos((a.lat * Math.PI) / 180)) * 111_195;
      assert.ok(metres > 100 && metres < 5_000, `${metres} m in a second`);
      assert.ok(a.lat > south - 0.1 && a.lat < north + 0.1 && a.lon > west - 0.1 && a.lon < east + 0.1);
      const bearing = (Math.atan2((b.lon - a.lon) * Math.cos((a.lat * Math.PI) / 180), b.lat - a.lat) * 180) / Math.PI;
      const off = Math.abs(((bearing - a.course + 540) % 360) - 180);
      assert.ok(off < 20, `it points ${off} degrees off its way`);
    }
    assert.ok(Math.abs(vesselAt(i, PERIOD_S).lat - vesselAt(i, 0).lat) < 1e-9);
  }
});

/** A trace with frames of a page, made up. */
function made(frames, marks, state = "STATE_PRESENTED_ALL") {
  const of = (id, at, commit) => [
    { name: "PipelineReporter", ph: "b", ts: commit - 5, pid: 1, id2: { local: id }, args: { frame_reporter: { state } } },
    { name: "Commit", ph: "b", ts: commit, pid: 1, id2: { local: id }, args: {} },
    { name: "PipelineReporter", ph: "e", ts: at, pid: 1, id2: { local: id }, args: {} },
  ];
  const events = frames.flatMap(([commit, at], i) => of(`0x${i}`, at, commit));
  events.push(...marks.map(([name, ts]) => ({ name: `bench:${name}`, ph: "I", ts, pid: 1, args: {} })));
  return read(JSON.stringify({ traceEvents: events }));
}

test("a frame counts where it was drawn and its tracks are of now", () => {
  const frames = [[100_000, 120_000], [200_000, 220_000], [1_900_000, 1_920_000]];
  const shown = rate(made(frames, [["tracks", 90_000]]), 0, 2_000_000);
  assert.equal(shown.fps, 1.5);
  assert.equal(shown.liveFps, 1, "the last frame shows tracks that stand still for 1.8 s");
  assert.equal(shown.paints, 0.5);
  assert.equal(shown.longestMs, 1_700);
  assert.equal(shown.stillMs, 1_910);
  const dropped = rate(made(frames, [["tracks", 90_000]], "STATE_DROPPED"), 0, 2_000_000);
  assert.equal(dropped.fps, 0, "what was thrown away was not drawn");
});

test("a latency ends with the frame that could hold the effect, and not with one that was under way", () => {
  const trace = made([[100, 900], [600, 1_500]], [["input/a", 50], ["effect/a", 300], ["input/b", 60], ["first", 650]]);
  assert.deepEqual(latencies(trace), [{ n: "a", ms: 1.45 }]);
  assert.equal(shownAfter(trace, "bench:first", 0), undefined, "no frame holds it");
  assert.equal(shownAfter(trace, "bench:effect/a", 0), 1.5);
});

test("what grows is told by the line through the later counts and by a new screen beside it", () => {
  assert.equal(rise([99, 99, 99, 1, 2, 3, 4, 5, 6]), 5, "the first third is warming up");
  assert.equal(rise([5, 5, 5, 5]), 0);
  const of = (heapMb) => ({ heapMb, wasmMb: 8, domNodes: 300, listeners: 30 });
  assert.deepEqual(judge("wall", [of(2), of(2.1), of(2), of(2.1)], of(2)).faults, []);
  const grown = judge("wall", [of(2), of(4), of(6), of(8)], of(2));
  assert.deepEqual(grown.faults, ["heapMb of the wall: rise 4.00, allowed 2.00", "heapMb of the wall: above 6.00, allowed 2.00"]);
  const large = judge("wall", [of(2), { ...of(2), wasmMb: 17 }], of(2));
  assert.deepEqual(large.faults, ["wasmMb of the wall: above 9.00, allowed 8.00"]);
});

test("a day made short goes through cuts and a restart, and every screen is counted", { skip, timeout: 180_000 }, async () => {
  const { screens, restarts, cuts, runs, told } = await soak({ minutes: 0.3, samples: 6 });
  assert.deepEqual([restarts, cuts], [1, 1]);
  assert.ok(runs > 0, "scenarios were played");
  for (const [name, { figures, end }] of Object.entries(screens)) {
    assert.equal(told[name].length, 6, name);
    assert.ok(end.opened >= 2 && end.tracks > 0 && end.heard.text > 0, `${name}: ${JSON.stringify(end)}`);
    assert.ok(figures.heapMb.last > 0 && figures.wasmMb.last > 0 && figures.domNodes.last > 0, name);
  }
});
