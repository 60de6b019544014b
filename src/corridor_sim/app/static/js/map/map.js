/**
 * The map: rasters in colour tables, lines and names, shapes of views above them. Places are given in metres of the
 * landscape's CRS throughout; `toScreen` and `toMap` lead to pixels and back. docs/app-design.md lists its calls.
 */
import { el } from "../dom.js";
import { fixed, withUnit } from "../numbers.js";
import { word } from "../words.js";
import { className, layerTitle } from "./classes.js";
import { coloursOf } from "./colours.js";
import { furniture } from "./furniture.js";
import { listen } from "./gestures.js";
import { legendOf } from "./legend.js";
import { Raster, valueAt } from "./raster.js";

const GLIDE_MS = 180;
// room that legends on the left and buttons on the right take
const LEGEND_PX = 292;
const BUTTONS_PX = 60;

export class CorridorMap extends EventTarget {
  /**
   * @param {HTMLElement} host
   * @param {{width: number, height: number, cell_m: number, west_m: number, north_m: number}} grid
   * @param {{nodes: number, lon: number[], lat: number[]}} [degrees] nodes over the grid
   */
  constructor(host, grid, degrees = null) {
    super();
    Object.assign(this, { host, grid, degrees, tool: null, shown: {}, rasters: new Map(), layers: new Map() });
    this.below = new Set();
    this.view = { x: 0, y: 0, pixel_m: 1 };
    this.untouched = true;
    this.canvas = el("canvas", { class: "raster" });
    this.svg = el("svg", { class: "overlay" });
    this.surface = el("div", { class: "surface", tabindex: "0", role: "application", "aria-label": word("page.map.label"),
      "aria-describedby": "map-keys", "aria-roledescription": word("page.map.role") }, this.canvas, this.svg,
    el("span", { class: "crosshair", "aria-hidden": "true" }));
    host.replaceChildren(this.surface);
    this.furniture = furniture(this);
    listen(this);
    new ResizeObserver(() => this.resized()).observe(host);
    this.whole();
  }

  // ---- places

  /** Pixels of a place, from the map's upper left. */
  toScreen(x, y) {
    const { view, host } = this;
    return [host.clientWidth / 2 + (x - view.x) / view.pixel_m, host.clientHeight / 2 - (y - view.y) / view.pixel_m];
  }

  /** Place of a pixel. */
  toMap(px, py) {
    const { view, host } = this;
    return [view.x + (px - host.clientWidth / 2) * view.pixel_m, view.y - (py - host.clientHeight / 2) * view.pixel_m];
  }

  /** Longitude and latitude of a place, null where the landscape tells none. */
  toDegrees(x, y) {
    const { grid, degrees } = this;
    if (!degrees) return null;
    const last = degrees.nodes - 1;
    const fx = ((x - grid.west_m) / (grid.width * grid.cell_m)) * last;
    const fy = ((grid.north_m - y) / (grid.height * grid.cell_m)) * last;
    const [i, j] = [fx, fy].map((f) => Math.min(Math.max(Math.floor(f), 0), last - 1));
    const mix = (of) => {
      const at = (a, b) => of[(j + b) * degrees.nodes + i + a];
      const row = (b) => at(0, b) + (at(1, b) - at(0, b)) * (fx - i);
      return row(0) + (row(1) - row(0)) * (fy - j);
    };
    return [mix(degrees.lon), mix(degrees.lat)];
  }

  /** Place in the middle, under the crosshair that shows while the map has the keyboard. */
  centre() {
    return [this.view.x, this.view.y];
  }

  // ---- moving

  /** The view that shows all of a rectangle of map metres, with a margin in pixels. */
  viewOf([west, south, east, north], margin = 0) {
    const width = Math.max(this.host.clientWidth - 2 * margin, 1);
    const height = Math.max(this.host.clientHeight - 2 * margin, 1);
    return { x: (west + east) / 2, y: (south + north) / 2, pixel_m: Math.max((east - west) / width, (north - south) / height) };
  }

  bounds() {
    const { west_m: west, north_m: north, width, height, cell_m: cell } = this.grid;
    return [west, north - height * cell, west + width * cell, north];
  }

  /** Show the whole landscape, beside the legend where there is room for both. */
  whole() {
    this.gliding = null;
    const view = this.viewOf(this.bounds());
    const spare = this.host.clientWidth - (this.grid.width * this.grid.cell_m) / view.pixel_m;
    if (spare > LEGEND_PX + BUTTONS_PX) view.x -= ((LEGEND_PX - BUTTONS_PX) / 2) * view.pixel_m;
    this.view = view;
    this.untouched = true;
    this.draw();
  }

  /** Keep a view near the landscape, no nearer and no farther than makes sense. */
  kept({ x, y, pixel_m }) {
    const [west, south, east, north] = this.bounds();
    const within = (v, low, high) => Math.min(Math.max(v, low), high);
    const farthest = 1.5 * Math.max(this.viewOf(this.bounds()).pixel_m, this.grid.cell_m / 4);
    return { x: within(x, west, east), y: within(y, south, north), pixel_m: within(pixel_m, this.grid.cell_m / 40, farthest) };
  }

  /** Show a view at once. */
  look(view) {
    this.view = this.kept(view);
    this.untouched = false;
    this.draw();
  }

  /** Zoom by a factor about a pixel: below 1 nearer, above 1 farther. */
  zoom(factor, px = this.host.clientWidth / 2, py = this.host.clientHeight / 2) {
    this.gliding = null;
    this.look(this.zoomed(this.view, factor, px, py));
  }

  /** The view after a zoom. */
  zoomed(view, factor, px = this.host.clientWidth / 2, py = this.host.clientHeight / 2) {
    const { pixel_m } = this.kept({ ...view, pixel_m: view.pixel_m * factor });
    const moved = view.pixel_m - pixel_m;
    return { x: view.x + (px - this.host.clientWidth / 2) * moved, y: view.y - (py - this.host.clientHeight / 2) * moved, pixel_m };
  }

  /** Move by pixels. */
  pan(dx, dy) {
    this.gliding = null;
    this.look({ ...this.view, x: this.view.x - dx * this.view.pixel_m, y: this.view.y + dy * this.view.pixel_m });
  }

  /** Glide to a view; at once where motion is not wanted. Resolves when it is there. */
  goTo(some) {
    const to = this.kept({ ...this.view, ...some });
    const from = { ...this.view };
    const own = {};
    this.gliding = own;
    this.target = to;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.gliding = null;
      this.look(to);
      return Promise.resolve();
    }
    return new Promise((done) => {
      const began = performance.now();
      const step = (now) => {
        if (this.gliding !== own) return done();
        const t = Math.min(Math.max((now - began) / GLIDE_MS, 0), 1);
        const eased = t * (2 - t);
        const share = (to.pixel_m / from.pixel_m) ** eased;
        // places move as pixels do, so that a zoom about a pixel keeps it
        const part = to.pixel_m === from.pixel_m ? eased : (from.pixel_m * (1 - share)) / (from.pixel_m - to.pixel_m);
        this.look({ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part, pixel_m: from.pixel_m * share });
        if (t < 1) return requestAnimationFrame(step);
        this.gliding = null;
        return done();
      };
      requestAnimationFrame(step);
    });
  }

  /** Glide on from where the map is gliding to. */
  glide(change) {
    return this.goTo(change(this.gliding ? this.target : this.view));
  }

  /** Glide to where all of a rectangle is seen. */
  fit(box, margin = 40) {
    return this.goTo(this.viewOf(box, margin));
  }

  // ---- what is shown

  /**
   * Show a raster of bytes in a colour table, or none.
   * @param {Uint8Array | null} values one byte a cell @param {Uint8Array} [colours] 256 times RGBA
   * @param {{slot?: "base" | "above", grid?: object}} [options]
   */
  setRaster(values, colours, { slot = "base", grid = this.grid } = {}) {
    this.fill(slot, values, colours, grid);
    this.legend(null, { slot });
  }

  fill(slot, values, colours, grid) {
    delete this.shown[slot];
    if (!values) this.rasters.delete(slot);
    else {
      const old = this.rasters.get(slot);
      const raster = old?.grid.width === grid.width && old?.grid.height === grid.height ? old : new Raster(grid);
      raster.grid = grid;
      raster.set(values, colours);
      this.rasters.set(slot, raster);
    }
    this.draw();
  }

  /** Show a layer in its own colours, with its legend and its value in the readout; null takes it away. */
  show(layer, values, { slot = "base", colours = null } = {}) {
    if (!layer) return this.setRaster(null, null, { slot });
    this.fill(slot, values, colours ?? coloursOf(layer), layer.grid ?? this.grid);
    this.shown[slot] = { layer, values };
    const lit = new Set();
    const light = (places, on) => {
      for (const i of places) on ? lit.add(i) : lit.delete(i);
      const raster = this.rasters.get(slot);
      raster.set(values, coloursOf(layer, lit.size ? lit : null));
      this.draw();
    };
    return this.furniture.legend(slot, legendOf(layer, colours ? null : light));
  }

  /** Show a legend of one's own, or none. */
  legend(spec, { slot = "own" } = {}) {
    this.furniture.legend(slot, spec ? legendOf(spec) : null);
  }

  /** The layer on top, and its value at a place: `{layer, value}`, null where there is none. */
  valueAt(x, y) {
    const { layer, values } = this.shown.above ?? this.shown.base ?? {};
    if (!layer) return null;
    const grid = layer.grid ?? this.grid;
    const column = Math.floor((x - grid.west_m) / grid.cell_m);
    const row = Math.floor((grid.north_m - y) / grid.cell_m);
    if (column < 0 || row < 0 || column >= grid.width || row >= grid.height) return null;
    return { layer, value: valueAt({ ...layer, grid }, values, row * grid.width + column) };
  }

  /** What the readout says of a place: degrees, and the layer's value with its unit. */
  told(x, y) {
    const degrees = this.toDegrees(x, y)?.map((v) => fixed(v, 3));
    const place = degrees ? word("page.map.place", { lon: degrees[0], lat: degrees[1] }) : "";
    const found = this.valueAt(x, y);
    if (!found) return place;
    const { layer, value } = found;
    let text = word("page.map.no_value");
    if (value !== null) text = layer.kind === "classes" ? className(layer, value) : withUnit(value, layer.unit);
    if (layer.beyond && Math.abs(value) >= layer.high) text = word("page.legend.and_more", { value: text });
    return `${place}${place ? " \u00b7 " : ""}${layerTitle(layer)}: ${text}`;
  }

  /**
   * Draw shapes above the raster under a name; the same name replaces them, null takes them away.
   * @param {string} name
   * @param {null | ((map: CorridorMap) => (Node | null)[])} make called at every move of the map
   */
  setOverlay(name, make) {
    this.layers.get(name)?.group.remove();
    this.layers.delete(name);
    if (!make) return;
    const group = el("g", { class: name });
    this.svg.append(group);
    this.layers.set(name, { group, make });
    group.replaceChildren(...make(this).filter(Boolean));
  }

  /**
   * Put a canvas between the rasters and the overlays, or over all where it is `above`.
   * @param {{node: HTMLCanvasElement, draw: (map: CorridorMap) => void, resized?: (map: CorridorMap) => void, above?: boolean}} layer
   * @returns {() => void} takes it away
   */
  addLayer(layer) {
    layer.above ? this.svg.after(layer.node) : this.svg.before(layer.node);
    this.below.add(layer);
    layer.resized?.(this);
    this.draw();
    return () => {
      layer.node.remove();
      this.below.delete(layer);
    };
  }

  /** SVG path of rings or lines in map metres. */
  path(lines, close = true) {
    return lines
      .map((line) => "M" + line.map((p) => this.toScreen(p[0], p[1]).map((v) => v.toFixed(1)).join(",")).join("L") + (close ? "Z" : ""))
      .join("");
  }

  /** Make a canvas as sharp as the screen; return its context in CSS pixels. */
  sharp(canvas) {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(this.host.clientWidth * ratio), Math.round(this.host.clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    // the processor draws a map of lines in milliseconds; an emulated graphics card takes seconds
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.host.clientWidth, this.host.clientHeight);
    return context;
  }

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = null;
      const context = this.sharp(this.canvas);
      for (const slot of ["base", "above"]) this.rasters.get(slot)?.draw(context, this);
      for (const layer of this.below) layer.draw(this);
      for (const { group, make } of this.layers.values()) group.replaceChildren(...make(this).filter(Boolean));
      this.dispatchEvent(new CustomEvent("moved"));
    });
  }

  resized() {
    for (const layer of this.below) layer.resized?.(this);
    if (this.untouched) this.whole();
    else this.draw();
  }

  /**
   * A tool takes the pointer and the keys before the map does: `{down, move, up, key, double, cancel}`, each called with
   * (x, y, event) in map metres (`key` with the event), returning true where it used it. `cancel` is called where a second
   * finger turns what began into a pinch.
   */
  setTool(tool) {
    this.tool = tool;
    this.host.classList.toggle("drawing", Boolean(tool));
  }
}
