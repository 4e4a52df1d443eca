// Draws the symbols of a sheet (`track_layer.js`) by the GPU, in one instanced call. Whether a screen uses it is measured on
// that screen: where there is no GPU, drawing by WebGL is the slow way. A `SymbolSheet` is handed in and not imported.

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
 * The layer on WebGL 2. Throws where WebGL 2 is not to be had, or
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
const finish = ({ gl }) => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));

// Most milliseconds for the first drawing, and drawings after it.
const BUDGET_MS = 40;
const ROUNDS = 3;

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

/**
 * Draws symbols of a sheet by WebGL 2, unseen, on a canvas of so many device pixels; gives the milliseconds of one drawing,
 * and nothing where it is not to be had.
 */
export function measure(sheet, width, height, xy, sprite, { element, clock, software } = {}) {
  const canvas = (element ?? (() => document.createElement("canvas")))();
  canvas.width = width;
  canvas.height = height;
  try {
    const layer = new GlTrackLayer(canvas, sheet, { software });
    const ms = time(layer, sheet.key, xy, sprite, clock ?? (() => performance.now()));
    layer.gl.getExtension("WEBGL_lose_context")?.loseContext();
    return layer.lost ? undefined : ms;
  } catch {
    return undefined;
  }
}
