/**
 * A chart of points with intervals and lines of theory, in SVG, with its numbers as a table beside it. It grows as points
 * come; by keyboard the arrow keys go from point to point, and what stands there is read out.
 */
import { el, typeset } from "./dom.js";
import { number, ticks } from "./numbers.js";
import { word } from "./words.js";

const SIZE = { width: 420, height: 270, left: 56, right: 14, top: 14, bottom: 46 };
const MARKS = ["circle", "square", "triangle", "diamond"];
const HALF = 4.5;
const LINE = 14;

/** A mark about a place, so that shapes tell series apart as well as colours. */
function mark(shape, x, y, attributes) {
  const h = HALF;
  if (shape === "circle") return el("circle", { cx: x, cy: y, r: h, ...attributes });
  if (shape === "square") return el("rect", { x: x - h, y: y - h, width: 2 * h, height: 2 * h, ...attributes });
  const corners = shape === "triangle" ? [[0, -1.2], [1.15, 0.9], [-1.15, 0.9]] : [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]];
  return el("polygon", { points: corners.map(([dx, dy]) => `${x + dx * h},${y + dy * h}`).join(" "), ...attributes });
}

export class Chart {
  /**
   * @param {{title: string, x: Axis, y: Axis}} options an Axis has `label`, and `low`, `high` unless they follow from the
   * points, and `factor` by which values are shown
   */
  constructor({ title, x, y }) {
    Object.assign(this, { title, x, y, series: [], lines: [], uprights: [], at: null });
    this.svg = el("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, "aria-hidden": "true" });
    this.told = el("p", { class: "chart-told", "aria-live": "polite" });
    this.surface = el("div", { class: "chart-surface", role: "application", tabindex: "0", "aria-label": word("learn.chart.label", { title }),
      "aria-roledescription": word("learn.chart.role") }, this.svg);
    this.surface.addEventListener("keydown", (event) => this.key(event));
    this.surface.addEventListener("focus", () => !this.told.textContent && this.tell(word("learn.chart.keys")));
    this.key_ = el("ul", { class: "chart-key" });
    this.table = el("table", {});
    this.node = el("figure", { class: "chart" }, el("figcaption", {}, typeset(title)), this.key_, this.surface, this.told,
      el("details", {}, el("summary", {}, word("learn.chart.table")), el("div", { class: "chart-table" }, this.table)));
    this.draw();
  }

  /**
   * Show these; what is left out stays.
   * @param {{series?: {key: string, label: string, colour: string, joined?: boolean, points: {x: number, y: number, low?: number, high?: number}[]}[],
   *   lines?: {label: string, colour?: string, dash?: string, points: {x: number, y: number}[]}[], uprights?: {x: number, label: string}[]}} what
   */
  set(what) {
    Object.assign(this, what);
    this.draw();
  }

  range(axis, of) {
    const { low, high } = this[axis];
    const values = [...this.series, ...this.lines].flatMap((one) => one.points.flatMap(of)).filter(Number.isFinite);
    const least = low ?? Math.min(0, ...values);
    const most = high ?? Math.max(...values, least);
    return [least, most > least ? most * (high === undefined ? 1.06 : 1) : least + 1];
  }

  draw() {
    const { width, height, left, right, bottom } = SIZE;
    // what uprights say stands above the curves, a line each
    const top = SIZE.top + LINE * this.uprights.length;
    const [x0, x1] = this.range("x", (p) => [p.x]);
    const [y0, y1] = this.range("y", (p) => [p.y, p.high ?? NaN, p.low ?? NaN]);
    const px = (v) => left + ((v - x0) / (x1 - x0)) * (width - left - right);
    const py = (v) => height - bottom - ((v - y0) / (y1 - y0)) * (height - top - bottom);
    const inside = (v) => Math.min(Math.max(py(v), top), height - bottom);
    const [fx, fy] = [this.x.factor ?? 1, this.y.factor ?? 1];
    const nodes = [];
    for (const tick of ticks(y0 * fy, y1 * fy, 5)) {
      const y = py(tick / fy);
      nodes.push(el("line", { x1: left, x2: width - right, y1: y, y2: y, class: "grid" }),
        el("text", { x: left - 7, y: y + 4, class: "tick end" }, number(tick + 0)));
    }
    for (const tick of ticks(x0 * fx, x1 * fx, 6)) {
      const x = px(tick / fx);
      nodes.push(el("line", { x1: x, x2: x, y1: height - bottom, y2: height - bottom + 5, class: "axis" }),
        el("text", { x, y: height - bottom + 19, class: "tick" }, number(tick + 0)));
    }
    nodes.push(el("line", { x1: left, x2: width - right, y1: height - bottom, y2: height - bottom, class: "axis" }),
      el("line", { x1: left, x2: left, y1: top, y2: height - bottom, class: "axis" }),
      el("text", { x: (left + width - right) / 2, y: height - 7, class: "label" }, this.x.label),
      el("text", { x: 0, y: 0, class: "label", transform: `translate(14 ${(top + height - bottom) / 2}) rotate(-90)` }, this.y.label));
    this.uprights.forEach((one, i) => {
      const x = px(one.x);
      const before = x > width * 0.72;
      nodes.push(el("line", { x1: x, x2: x, y1: 2 + LINE * i, y2: height - bottom, class: "upright" }),
        el("text", { x: x + (before ? -5 : 5), y: 12 + LINE * i, class: `upright-label tick ${before ? "end" : "start"}` }, one.label));
    });
    const path = (points) => points.map((p, i) => `${i ? "L" : "M"}${px(p.x).toFixed(1)},${inside(p.y).toFixed(1)}`).join("");
    for (const one of this.lines) {
      nodes.push(el("path", { d: path(one.points), class: "theory", stroke: one.colour ?? "#333", "stroke-dasharray": one.dash ?? "6 4" }));
    }
    this.series.forEach((one, i) => {
      const known = one.points.filter((p) => Number.isFinite(p.y));
      if (one.joined !== false && known.length > 1) nodes.push(el("path", { d: path(known), class: "joined", stroke: one.colour }));
      for (const p of known) {
        if (Number.isFinite(p.low) && Number.isFinite(p.high)) {
          nodes.push(el("line", { x1: px(p.x), x2: px(p.x), y1: inside(p.low), y2: inside(p.high), class: "interval", stroke: one.colour }));
        }
        const chosen = this.at && this.at.key === one.key && this.at.x === p.x;
        nodes.push(mark(MARKS[i % MARKS.length], px(p.x), inside(p.y), { fill: one.colour, class: chosen ? "mark chosen" : "mark" }));
      }
    });
    this.svg.replaceChildren(...nodes);
    this.drawKey();
    this.drawTable();
  }

  drawKey() {
    const sample = (...shapes) => el("svg", { viewBox: "0 0 26 14", class: "sample", "aria-hidden": "true" }, shapes);
    this.key_.replaceChildren(
      ...this.series.map((one, i) => el("li", {}, sample(mark(MARKS[i % MARKS.length], 13, 7, { fill: one.colour })), one.label)),
      ...this.lines.map((one) => el("li", {}, sample(el("line", { x1: 0, x2: 26, y1: 7, y2: 7, class: "theory",
        stroke: one.colour ?? "#333", "stroke-dasharray": one.dash ?? "6 4" })), one.label)));
  }

  drawTable() {
    const fx = this.x.factor ?? 1;
    const all = [...new Set(this.series.flatMap((one) => one.points.map((p) => p.x)))].sort((a, b) => a - b);
    this.table.replaceChildren(
      el("caption", { class: "unseen" }, this.title),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, this.x.label),
        this.series.map((one) => el("th", { scope: "col" }, `${one.label}: ${this.y.label}`)))),
      el("tbody", {}, all.map((x) => el("tr", {}, el("th", { scope: "row" }, number(x * fx)),
        this.series.map((one) => el("td", {}, this.written(one.points.find((p) => p.x === x))))))));
  }

  /** A value with its interval. */
  written(point) {
    if (!point || !Number.isFinite(point.y)) return word("learn.chart.nothing");
    const fy = this.y.factor ?? 1;
    const value = number(point.y * fy);
    if (!Number.isFinite(point.low) || !Number.isFinite(point.high)) return value;
    return word("learn.chart.with_interval", { value, low: number(point.low * fy), high: number(point.high * fy) });
  }

  tell(text) {
    this.told.textContent = text;
  }

  key(event) {
    const moves = { ArrowRight: 1, ArrowLeft: -1 };
    const turns = { ArrowDown: 1, ArrowUp: -1 };
    if (!(event.key in moves) && !(event.key in turns)) return;
    event.preventDefault();
    const some = this.series.filter((one) => one.points.some((p) => Number.isFinite(p.y)));
    if (!some.length) return this.tell(word("learn.chart.empty"));
    let i = Math.max(some.findIndex((one) => one.key === this.at?.key), 0);
    if (event.key in turns) i = (i + turns[event.key] + some.length) % some.length;
    const points = some[i].points.filter((p) => Number.isFinite(p.y)).sort((a, b) => a.x - b.x);
    let j = points.findIndex((p) => p.x === this.at?.x);
    j = j < 0 ? 0 : Math.min(Math.max(j + (moves[event.key] ?? 0), 0), points.length - 1);
    this.at = { key: some[i].key, x: points[j].x };
    this.tell(word("learn.chart.point", { series: some[i].label, axis: this.x.label,
      at: number(points[j].x * (this.x.factor ?? 1)), value: this.written(points[j]) }));
    return this.draw();
  }
}
