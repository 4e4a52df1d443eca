// The same symbols as `track_layer.js`, drawn by the GPU: one instanced call over the same sheet. Which of the two a
// screen uses is measured on that screen (`choose`): where there is no GPU, drawing by WebGL is the slow way.
// A `TrackLayer` is handed in and not imported: it keeps painting the sheet.

const VERTEX = `#version 300 es
in vec2 corner;
in vec2 at;
in vec4 rect;
uniform vec2 view;
uniform vec2 sheet;
out vec2 uv;
void main() {
  vec2 px = floor(at - rect.zw * 0.5 + 0.5) + corner * rect.zw;
  uv = (rect.xy + corner * rect.zw) / sheet;
  gl_Position = vec4(px.x / view.x * 2.0 - 1.0, 1.0 - px.y / view.y * 2.0, 0.0, 1.0);
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
uniform sampler2D symbols;
in vec2 uv;
out vec4 colour;
void main() { colour = texture(symbols, uv); }`;

// x, y of the middle and x, y, width, height in the sheet, for each symbol.
const FLOATS = 6;

function program(gl) {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  return made;
}

/**
 * The layer on WebGL 2, with the methods of the `TrackLayer` whose sheet it uses. Throws where WebGL 2 is not to be had, or
 * only as software (unless `software` says that this will do, as for a test).
 */
export class GlTrackLayer {
  constructor(canvas, painter, { software = false } = {}) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", {
      antialias: false, depth: false, powerPreference: "high-performance", failIfMajorPerformanceCaveat: !software,
    });
    if (!this.gl) throw new Error("no WebGL 2");
    this.painter = painter;
    this.key = "";
    this.lost = false;
    canvas.addEventListener("webglcontextlost", () => {
      this.lost = true;
    });
    this.instances = new Float32Array(0);
    this.prepare();
  }

  prepare() {
    const { gl } = this;
    this.program = program(gl);
    gl.useProgram(this.program);
    this.sizes = { view: gl.getUniformLocation(this.program, "view"), sheet: gl.getUniformLocation(this.program, "sheet") };
    const attribute = (name, size, stride, offset, divisor) => {
      const at = gl.getAttribLocation(this.program, name);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, size, gl.FLOAT, false, stride, offset);
      gl.vertexAttribDivisor(at, divisor);
    };
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
    attribute("corner", 2, 0, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    attribute("at", 2, FLOATS * 4, 0, 1);
    attribute("rect", 4, FLOATS * 4, 8, 1);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    for (const [key, value] of [
      [gl.TEXTURE_MIN_FILTER, gl.NEAREST],
      [gl.TEXTURE_MAG_FILTER, gl.NEAREST],
      [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE],
      [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
    ]) gl.texParameteri(gl.TEXTURE_2D, key, value);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  style(json) {
    this.painter.style(json);
    if (json === this.key) return false;
    this.key = json;
    const { gl } = this;
    const { sheet } = this.painter;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, sheet);
    gl.uniform2f(this.sizes.sheet, sheet.width, sheet.height);
    // A sheet that is larger than the GPU takes is as bad as a GPU that went away.
    if (gl.getError() !== gl.NO_ERROR) this.lost = true;
    return true;
  }

  draw(xy, sprite) {
    const { gl, canvas } = this;
    const { rects, dpr } = this.painter;
    const n = sprite.length;
    if (this.instances.length < n * FLOATS) this.instances = new Float32Array(Math.ceil(n * 1.25) * FLOATS);
    const { instances } = this;
    for (let i = 0; i < n; i += 1) {
      const [to, from] = [i * FLOATS, sprite[i] * 4];
      instances[to] = xy[2 * i] * dpr;
      instances[to + 1] = xy[2 * i + 1] * dpr;
      instances[to + 2] = rects[from];
      instances[to + 3] = rects[from + 1];
      instances[to + 4] = rects[from + 2];
      instances[to + 5] = rects[from + 3];
    }
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(this.sizes.view, canvas.width, canvas.height);
    gl.bufferData(gl.ARRAY_BUFFER, instances.subarray(0, n * FLOATS), gl.STREAM_DRAW);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, n);
    return n;
  }
}

// Reading a pixel waits until everything is drawn.
function finish(layer) {
  if (layer.gl) layer.gl.readPixels(0, 0, 1, 1, layer.gl.RGBA, layer.gl.UNSIGNED_BYTE, new Uint8Array(4));
  else layer.ctx.getImageData(0, 0, 1, 1);
}

// Milliseconds for drawing the symbols once. The first drawing only warms up; where that alone takes longer than all may
// take, it is the answer, for nobody shall wait for a measurement.
function time(layer, json, xy, sprite, clock) {
  const begun = clock();
  layer.style(json);
  layer.draw(xy, sprite);
  finish(layer);
  const first = clock() - begun;
  if (first > BUDGET_MS) return first;
  const again = clock();
  for (let i = 0; i < ROUNDS; i += 1) layer.draw(xy, sprite);
  finish(layer);
  return (clock() - again) / ROUNDS;
}

// Most milliseconds for the first drawing, drawings after it, and most pixels that are drawn on.
const BUDGET_MS = 40;
const ROUNDS = 3;
const MOST_PIXELS = 1_000_000;

/** How much quicker WebGL has to be before it is taken: it costs memory, and drivers fail. */
export const ADVANTAGE = 1.5;

// Symbols spread evenly, without chance, so that two measurements are of one thing.
function field(symbols, width, height, sprites) {
  const xy = new Float32Array(symbols * 2);
  const sprite = new Uint16Array(symbols);
  for (let i = 0; i < symbols; i += 1) {
    xy[2 * i] = ((i * 0.754_877_666) % 1) * width;
    xy[2 * i + 1] = ((i * 0.569_840_296) % 1) * height;
    sprite[i] = i % sprites;
  }
  return { xy, sprite };
}

/**
 * Draws the same symbols in both ways, unseen, and tells which way is the quicker one and what each took:
 * `{ kind, canvasMs, webgl2Ms }`, null for a way that is not to be had. `like` is the `TrackLayer` in use, `width` and
 * `height` are the device pixels of its canvas, of which a bounded part is drawn on.
 */
export function choose(like, width, height, { symbols = 3_000, element, clock, software } = {}) {
  const make = element ?? (() => document.createElement("canvas"));
  const now = clock ?? (() => performance.now());
  const part = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
  const [w, h] = [Math.round(width * part), Math.round(height * part)];
  const { xy, sprite } = field(symbols, w / like.dpr, h / like.dpr, like.rects.length / 4);
  const measure = (build) => {
    const canvas = make();
    canvas.width = w;
    canvas.height = h;
    try {
      const layer = build(canvas);
      const ms = time(layer, like.key, xy, sprite, now);
      const failed = layer.lost === true;
      layer.gl?.getExtension("WEBGL_lose_context")?.loseContext();
      return failed ? null : ms;
    } catch {
      return null;
    }
  };
  const canvasMs = measure((canvas) => new like.constructor(canvas, make()));
  const webgl2Ms = measure((canvas) => new GlTrackLayer(canvas, new like.constructor(null, make()), { software }));
  const quicker = canvasMs !== null && webgl2Ms !== null && canvasMs > webgl2Ms * ADVANTAGE;
  return { kind: quicker ? "webgl2" : "canvas", canvasMs, webgl2Ms };
}
