/**
 * Marks and trails on a canvas of their own above the raster: with WebGL2 where the browser has it, else with a
 * 2D canvas. Places are metres from the map's upper left corner, to the right and up.
 */
import { el } from "../dom.js";

export const SHAPES = { circle: 0, triangle: 1, diamond: 2, cross: 3, ring: 4, open: 5, halo: 6 };
const INK = "#14231d";
const MARK = 6;
// four corners a piece, of place, side, opacity and colour each
const CORNER = 6;
const TRAIL = 4 * CORNER;
const MOST_COLOURS = 16;

const MARKS = [
  `#version 300 es
  precision highp float;
  layout(location = 0) in vec2 place;
  layout(location = 1) in vec4 how;  // shape, size in pixels, colour, opacity
  uniform vec4 view;  // left, top in metres; metres a pixel; pixels of the screen a pixel
  uniform vec2 size;
  flat out vec4 what;
  void main() {
    vec2 px = vec2(place.x - view.x, view.y - place.y) / view.z;
    gl_Position = vec4(px.x / size.x * 2.0 - 1.0, 1.0 - px.y / size.y * 2.0, 0, 1);
    gl_PointSize = how.y * view.w;
    what = how;
  }`,
  `#version 300 es
  precision highp float;
  flat in vec4 what;
  uniform vec3 colours[${MOST_COLOURS}];
  out vec4 colour;
  const vec3 ink = vec3(0.08, 0.14, 0.11);
  float triangle(vec2 p) {
    return max(abs(p.x) * 0.866 + p.y * 0.5 - 0.36, -p.y - 0.42);
  }
  float apart(vec2 p) {
    int shape = int(what.x + 0.5);
    if (shape == 0) return length(p) - 0.68;
    if (shape == 1) return triangle(p);
    if (shape == 2) return (abs(p.x) + abs(p.y) - 0.84) * 0.707;
    if (shape == 3) return max(min(abs(p.x - p.y), abs(p.x + p.y)) * 0.707 - 0.17, max(abs(p.x), abs(p.y)) - 0.72);
    if (shape == 4) return abs(length(p) - 0.6) - 0.17;
    if (shape == 5) return abs(triangle(p)) - 0.11;
    return abs(length(p) - 0.86) - 0.06;
  }
  void main() {
    vec2 p = (gl_PointCoord * 2.0 - 1.0) * vec2(1, -1);
    float pixel = 2.0 / (what.y * 1.0);
    float d = apart(p);
    float inside = 1.0 - smoothstep(-0.5 * pixel, 0.5 * pixel, d);
    float outline = 1.0 - smoothstep(0.8 * pixel, 1.8 * pixel, d);
    vec3 own = what.x > 5.5 ? ink : colours[int(what.z + 0.5)];
    float alpha = outline * what.w;
    if (alpha < 0.01) discard;
    colour = vec4(mix(ink, own, inside) * alpha, alpha);
  }`,
];
const TRAILS = [
  `#version 300 es
  precision highp float;
  layout(location = 0) in vec2 place;
  layout(location = 1) in vec2 side;  // to which side of the way this corner lies
  layout(location = 2) in vec2 paint;  // opacity, colour
  uniform vec4 view;
  uniform vec2 size;
  flat out float which;
  out float alpha;
  void main() {
    vec2 px = vec2(place.x - view.x, view.y - place.y) / view.z + vec2(side.x, -side.y) * 0.9;
    gl_Position = vec4(px.x / size.x * 2.0 - 1.0, 1.0 - px.y / size.y * 2.0, 0, 1);
    alpha = paint.x;
    which = paint.y;
  }`,
  `#version 300 es
  precision highp float;
  flat in float which;
  in float alpha;
  uniform vec3 colours[${MOST_COLOURS}];
  out vec4 colour;
  void main() { colour = vec4(colours[int(which + 0.5)] * alpha, alpha); }`,
];

const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);

/** Numbers that grow. */
class Rows {
  constructor(width) {
    this.width = width;
    this.values = new Float32Array(width * 1024);
    this.n = 0;
  }

  /** Where the next row begins. */
  next() {
    if ((this.n + 1) * this.width > this.values.length) {
      const larger = new Float32Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.n += 1;
    return (this.n - 1) * this.width;
  }

  get filled() {
    return this.values.subarray(0, this.n * this.width);
  }
}

export class Points {
  /** @param {import("./map.js").CorridorMap} map @param {string[]} colours as #rrggbb */
  constructor(map, colours) {
    this.map = map;
    this.node = el("canvas", { class: "points", "aria-hidden": "true" });
    this.marks = new Rows(MARK);
    this.trails = new Rows(TRAIL);
    this.colours = colours.slice(0, MOST_COLOURS);
    this.gl = this.node.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
    /** Whether there is no WebGL, so that few animals are drawn at once. */
    this.plain = !this.gl;
    if (this.plain) this.context = this.node.getContext("2d");
    else {
      this.prepare();
      this.node.addEventListener("webglcontextlost", (event) => event.preventDefault());
      this.node.addEventListener("webglcontextrestored", () => {
        this.prepare();
        this.draw();
      });
    }
    // above outlines, below names
    this.above = true;
    this.leave = map.addLayer(this);
  }

  remove() {
    this.leave();
  }

  /** Take away all marks and trails, before they are put anew. */
  clear() {
    this.marks.n = 0;
    this.trails.n = 0;
  }

  /** Put a mark: a shape of so many pixels in one of the colours. */
  mark(x, y, shape, size, colour, opacity) {
    const at = this.marks.next();
    const { values } = this.marks;
    values[at] = x;
    values[at + 1] = y;
    values[at + 2] = shape;
    values[at + 3] = size;
    values[at + 4] = colour;
    values[at + 5] = opacity;
  }

  /** Put a piece of a trail, with the opacity of both of its ends. */
  trail(x0, y0, opacity0, x1, y1, opacity1, colour) {
    const at = this.trails.next();
    const { values } = this.trails;
    const far = Math.hypot(x1 - x0, y1 - y0) || 1;
    for (let i = 0; i < 4; i += 1) {
      const from = at + i * CORNER;
      const begins = i < 2;
      const side = (i % 2 ? 1 : -1) / far;
      values[from] = begins ? x0 : x1;
      values[from + 1] = begins ? y0 : y1;
      values[from + 2] = (y0 - y1) * side;
      values[from + 3] = (x1 - x0) * side;
      values[from + 4] = begins ? opacity0 : opacity1;
      values[from + 5] = colour;
    }
  }

  resized() {
    const { host } = this.map;
    const [width, height] = [host.clientWidth, host.clientHeight].map((v) => Math.max(1, Math.round(v * devicePixelRatio)));
    if (this.node.width !== width || this.node.height !== height) Object.assign(this.node, { width, height });
    this.draw();
  }

  /** Draw what was put, where the map is now. */
  draw() {
    if (this.plain) this.paint();
    else if (!this.gl.isContextLost()) this.render();
  }

  /** Upper left corner in metres from the map's own, and metres a pixel. */
  view() {
    const { grid, host, view } = this.map;
    const left = view.x - (host.clientWidth / 2) * view.pixel_m - grid.west_m;
    const top = view.y + (host.clientHeight / 2) * view.pixel_m - grid.north_m;
    return [left, top, view.pixel_m];
  }

  prepare() {
    const { gl } = this;
    const made = ([vertex, fragment]) => {
      const program = gl.createProgram();
      for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, text);
        gl.compileShader(shader);
        gl.attachShader(program, shader);
      }
      gl.linkProgram(program);
      const place = Object.fromEntries(["view", "size", "colours"].map((n) => [n, gl.getUniformLocation(program, n)]));
      gl.useProgram(program);
      gl.uniform3fv(place.colours, this.colours.flatMap(channels));
      return { program, place, buffer: gl.createBuffer(), array: gl.createVertexArray() };
    };
    const columns = (one, width, sizes) => {
      gl.bindVertexArray(one.array);
      gl.bindBuffer(gl.ARRAY_BUFFER, one.buffer);
      let before = 0;
      sizes.forEach((size, i) => {
        gl.enableVertexAttribArray(i);
        gl.vertexAttribPointer(i, size, gl.FLOAT, false, width * 4, before * 4);
        before += size;
      });
    };
    this.forMarks = made(MARKS);
    this.forTrails = made(TRAILS);
    columns(this.forMarks, MARK, [2, 4]);
    columns(this.forTrails, CORNER, [2, 2, 2]);
    this.corners = gl.createBuffer();
    this.room = 0;
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  render() {
    const { gl, map: { host } } = this;
    const view = [...this.view(), devicePixelRatio];
    gl.viewport(0, 0, this.node.width, this.node.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    for (const [one, rows] of [[this.forTrails, this.trails], [this.forMarks, this.marks]]) {
      if (!rows.n) continue;
      gl.useProgram(one.program);
      gl.bindVertexArray(one.array);
      gl.bindBuffer(gl.ARRAY_BUFFER, one.buffer);
      gl.bufferData(gl.ARRAY_BUFFER, rows.filled, gl.STREAM_DRAW);
      gl.uniform4fv(one.place.view, view);
      gl.uniform2f(one.place.size, host.clientWidth, host.clientHeight);
      if (rows === this.marks) gl.drawArrays(gl.POINTS, 0, rows.n);
      else {
        this.makeRoom(rows.n);
        gl.drawElements(gl.TRIANGLES, 6 * rows.n, gl.UNSIGNED_INT, 0);
      }
    }
  }

  /** Number the corners of so many pieces; drawn in one go, which emulated graphics do much faster than instances. */
  makeRoom(n) {
    const { gl } = this;
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.corners);
    if (n <= this.room) return;
    this.room = 2 * n;
    const numbers = new Uint32Array(6 * this.room);
    for (let i = 0; i < this.room; i += 1) [0, 1, 2, 2, 1, 3].forEach((corner, k) => (numbers[6 * i + k] = 4 * i + corner));
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, numbers, gl.STATIC_DRAW);
  }

  paint() {
    const { context, marks, trails } = this;
    const [left, top, metres] = this.view();
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.node.width, this.node.height);
    const at = (values, i) => [(values[i] - left) / metres, (top - values[i + 1]) / metres];
    context.lineWidth = 1.8;
    for (let i = 0; i < trails.n * TRAIL; i += TRAIL) {
      context.globalAlpha = (trails.values[i + 4] + trails.values[i + 2 * CORNER + 4]) / 2;
      context.strokeStyle = this.colours[trails.values[i + 5]];
      context.beginPath();
      context.moveTo(...at(trails.values, i));
      context.lineTo(...at(trails.values, i + 2 * CORNER));
      context.stroke();
    }
    for (let i = 0; i < marks.n * MARK; i += MARK) {
      const [shape, size, colour, opacity] = marks.values.subarray(i + 2, i + MARK);
      context.globalAlpha = opacity;
      this.paintMark(...at(marks.values, i), shape, size / 2, this.colours[colour]);
    }
  }

  paintMark(x, y, shape, r, colour) {
    const { context } = this;
    const lines = (points, close) => {
      context.beginPath();
      points.forEach(([px, py], i) => (i ? context.lineTo : context.moveTo).call(context, x + px * r, y - py * r));
      if (close) context.closePath();
    };
    const stroke = (style, width) => {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.stroke();
    };
    const corners = [[0, 0.75], [0.72, -0.45], [-0.72, -0.45]];
    if (shape === SHAPES.cross) {
      for (const [style, width] of [[INK, r * 0.34 + 3], [colour, r * 0.34]]) {
        lines([[-0.65, -0.65], [0.65, 0.65]]);
        stroke(style, width);
        lines([[-0.65, 0.65], [0.65, -0.65]]);
        stroke(style, width);
      }
      return;
    }
    context.beginPath();
    if (shape === SHAPES.triangle || shape === SHAPES.open) lines(corners, true);
    else if (shape === SHAPES.diamond) lines([[0, 0.84], [0.84, 0], [0, -0.84], [-0.84, 0]], true);
    else context.arc(x, y, r * (shape === SHAPES.halo ? 0.86 : 0.64), 0, 7);
    if (shape === SHAPES.halo) stroke(INK, 2);
    else if (shape === SHAPES.ring || shape === SHAPES.open) {
      stroke(INK, r * 0.3 + 2.4);
      stroke(colour, r * 0.3);
    } else {
      stroke(INK, 2.6);
      context.fillStyle = colour;
      context.fill();
    }
  }
}
