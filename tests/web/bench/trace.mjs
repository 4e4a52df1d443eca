// What a trace of the browser tells of frames.
//
// The renderer's compositor writes a `PipelineReporter` for each frame that it handed on, with its stages and what became
// of it in the end. Only those are counted that the display compositor really drew and that carry what the page's scripts
// did (`STATE_PRESENTED_ALL`, with the stage `Commit`): a frame in which no pixel changed, one that was thrown away, and one
// that only repeats the page as it was (`STATE_PRESENTED_PARTIAL`) do not count. Times are microseconds of the trace's clock.

/** What to trace: frames, and the marks of `probe.js`. */
export const CATEGORIES = ["-*", "disabled-by-default-devtools.timeline.frame", "blink.user_timing"];

const MARK = "bench:";

/** The tracks are painted anew with what came for one second; older than this they are no live picture. */
export const FRESH_US = 1_500_000;

/**
 * Reads a trace: `frames`, each with `at`, when it was on the screen, and `commit`, until when the page's scripts could
 * change what it shows; and `marks` by their names, each the moments of its marking. Only of the process with marks.
 */
export function read(bytes) {
  const events = JSON.parse(bytes).traceEvents.filter((e) => e.ts !== undefined);
  // A stable order: of two events of one moment the one that was written first comes first.
  events.sort((a, b) => a.ts - b.ts);
  const marks = new Map();
  let page;
  for (const { name, ts, pid, ph } of events) {
    // A mark with a time of its own is written once more when it ends.
    if (!name.startsWith(MARK) || !["I", "R", "i"].includes(ph)) continue;
    page ??= pid;
    if (pid === page) marks.set(name, [...(marks.get(name) ?? []), ts]);
  }
  return { frames: framesOf(events.filter((e) => e.pid === page)), marks };
}

function framesOf(events) {
  const open = new Map();
  const shown = new Map();
  for (const { name, ph, ts, id2, args } of events) {
    const id = id2?.local;
    if (name === "PipelineReporter" && ph === "b") {
      open.set(id, { state: (args.frame_reporter ?? args.chrome_frame_reporter)?.state, commit: null });
    } else if (name === "PipelineReporter" && ph === "e") {
      const frame = open.get(id);
      open.delete(id);
      if (frame?.state === "STATE_PRESENTED_ALL" && frame.commit !== null) {
        // One presentation can be written for more than one of its parts.
        shown.set(ts, Math.max(frame.commit, shown.get(ts) ?? 0));
      }
    } else if (name === "Commit" && ph === "b" && open.has(id)) {
      open.get(id).commit = ts;
    }
  }
  return [...shown].map(([at, commit]) => ({ at, commit })).sort((a, b) => a.at - b.at);
}

/**
 * Frames between two moments: `fps`, all that were drawn; `liveFps`, those of them in which the tracks were painted from
 * positions at most `FRESH_US` before; `paints`, how often in a second new positions were painted; the longest pause between
 * two frames, and the longest time that tracks stood still, milliseconds.
 */
export function rate({ frames, marks }, from, to) {
  const paints = marks.get("bench:tracks") ?? [];
  const inside = frames.filter(({ at }) => at >= from && at < to);
  let next = 0;
  const live = inside.filter(({ commit }) => {
    while (next < paints.length && paints[next] <= commit) next += 1;
    return next > 0 && commit - paints[next - 1] <= FRESH_US;
  });
  const painted = paints.filter((ts) => ts >= from && ts < to);
  const seconds = (to - from) / 1e6;
  return {
    fps: inside.length / seconds,
    liveFps: live.length / seconds,
    paints: painted.length / seconds,
    longestMs: longest(inside.map(({ at }) => at), from, to),
    stillMs: longest(painted, from, to),
  };
}

function longest(moments, from, to) {
  let [last, most] = [from, 0];
  for (const moment of [...moments, to]) {
    most = Math.max(most, moment - last);
    last = moment;
  }
  return most / 1000;
}

/** Milliseconds from each input event to the frame that first holds what came of it; those without one are left out. */
export function latencies({ frames, marks }) {
  const out = [];
  for (const [name, [begun]] of marks) {
    const n = name.match(/^bench:input\/(.+)$/)?.[1];
    const effect = n === undefined ? undefined : marks.get(`bench:effect/${n}`)?.[0];
    const frame = effect === undefined ? undefined : frames.find(({ commit }) => commit >= effect);
    if (frame) out.push({ n, ms: (frame.at - begun) / 1000 });
  }
  return out;
}

/** Milliseconds from a moment to the frame that first holds what a mark stands for; undefined without one. */
export function shownAfter({ frames, marks }, mark, from) {
  const [painted] = marks.get(mark) ?? [];
  const frame = painted === undefined ? undefined : frames.find(({ commit }) => commit >= painted);
  return frame ? (frame.at - from) / 1000 : undefined;
}

/** The middle and the worst of some figures. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { n: sorted.length, p50: sorted[Math.floor(sorted.length / 2)], worst: sorted.at(-1) };
}
