// Put into a page before anything else of it runs; it marks in the browser's trace what `trace.mjs` counts.
//
//   bench:tracks     the tracks were painted from positions that had not been painted before
//   bench:first      that, for the first time with all tracks (of OneRoof only)
//   bench:input/N    an input event, at the moment that the browser gives for it
//   bench:effect/N   the page shows what it should show after it; the frame that holds this is still to come
//
// A page of a peer says itself when positions arrive (`arrived`) and, where it draws by WebGL, when they are painted.

(() => {
  // What was marked is in the trace; the page keeps nothing of it.
  const mark = (name, options) => {
    performance.mark(name, options);
    performance.clearMarks(name);
  };

  const bench = {
    mark,
    /** Positions came and are not painted yet. */
    fresh: false,
    /** Until so many tracks are known no picture is the first; 0 where it is not looked for. */
    wanted: 0,
    longTasks: { n: 0, longestMs: 0, totalMs: 0 },
    memory: null,
    /** Messages that came so far. */
    heard: { text: 0, binary: 0 },
    /** Breaks the newest line, as a network does. */
    cut() {
      bench.socket?.deref()?.close();
    },
    arrived() {
      bench.fresh = true;
    },
    painted() {
      if (!bench.fresh) return;
      bench.fresh = false;
      mark("bench:tracks");
      if (bench.wanted === 0) return;
      const state = window.__oneroof?.state();
      if (state && state.tracks >= bench.wanted && state.symbolsDrawn > 0) {
        bench.wanted = 0;
        mark("bench:first");
      }
    },
  };
  Object.defineProperty(window, "__bench", { value: bench });

  new PerformanceObserver((list) => {
    const { longTasks } = bench;
    for (const { duration } of list.getEntries()) {
      longTasks.n += 1;
      longTasks.totalMs += duration;
      longTasks.longestMs = Math.max(longTasks.longestMs, duration);
    }
  }).observe({ type: "longtask", buffered: true });

  // Positions come to OneRoof as binary messages; whoever listens first hears of them first.
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      bench.socket = new WeakRef(this);
      this.addEventListener("message", ({ data }) => {
        bench.heard[typeof data === "string" ? "text" : "binary"] += 1;
        if (typeof data !== "string") bench.arrived();
      });
    }
  };

  // Whose canvas holds tracks: OneRoof's pane, or the one that Leaflet draws its markers on.
  const holdsTracks = (canvas) =>
    canvas.parentElement?.className.includes?.("oneroof-tracks") || canvas.classList?.contains("leaflet-zoom-animated");
  // A drawing begins with clearing the canvas and is whole when the script that draws ends.
  const watch = (type, method) => {
    const plain = type.prototype[method];
    type.prototype[method] = function (...args) {
      if (bench.fresh && holdsTracks(this.canvas)) queueMicrotask(() => bench.painted());
      return plain.apply(this, args);
    };
  };
  watch(CanvasRenderingContext2D, "clearRect");
  watch(CanvasRenderingContext2D, "putImageData");
  watch(WebGL2RenderingContext, "clear");

  // How large the memory of WebAssembly is, is known by nobody else.
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const plain = WebAssembly[name];
    WebAssembly[name] = async (...args) => {
      const made = await plain.apply(WebAssembly, args);
      const { exports } = made.instance ?? made;
      bench.memory = Object.values(exports).find((e) => e instanceof WebAssembly.Memory) ?? bench.memory;
      return made;
    };
  }

  /** Lets something of one pixel change with each frame, so that a frame is wanted each time that one could be drawn. */
  bench.tick = () => {
    const dot = document.createElement("div");
    dot.style.cssText = "position:fixed;left:0;top:0;width:1px;height:1px;z-index:99999;pointer-events:none";
    document.body.append(dot);
    let on = true;
    const step = () => {
      if (!on) return dot.remove();
      dot.style.backgroundColor = dot.style.backgroundColor === "black" ? "white" : "black";
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
    return () => {
      on = false;
    };
  };

  /**
   * Waits for the next event of a type and for what the page then shows; marks both. `shows` is the source of a function that
   * gives a text: another one than before, and not an empty one, once the page shows it.
   */
  bench.expect = (n, type, selector, shows) => {
    const shown = new Function(`return (${shows})`)();
    const before = shown();
    let begun = false;
    let done;
    const watcher = new MutationObserver(() => look());
    const look = () => {
      if (!begun || ["", before].includes(shown())) return;
      mark(`bench:effect/${n}`);
      watcher.disconnect();
      done(true);
    };
    watcher.observe(document.querySelector(selector), { subtree: true, childList: true, attributes: true, characterData: true });
    window.addEventListener(type, (event) => {
      begun = true;
      mark(`bench:input/${n}`, { startTime: event.timeStamp });
      look();
    }, { capture: true, once: true });
    bench.pending = new Promise((resolve) => {
      done = resolve;
      setTimeout(() => {
        watcher.disconnect();
        resolve(false);
      }, 3000);
    });
  };
})();
