/**
 * The map: a raster in one colour table, outlines above it, and animals as points. Places are given in
 * metres of the landscape's CRS throughout; `toScreen` and `toMap` lead to pixels and back.
 */
import { el } from "../dom.js";
import { Raster } from "./raster.js";

export class CorridorMap extends EventTarget {
  /**
   * @param {HTMLElement} host
   * @param {{width: number, height: number, cell_m: number, west_m: number, north_m: number}} grid
   */
  constructor(host, grid) {
    super();
    this.host = host;
    this.grid = grid;
    this.canvas = el("canvas", { class: "raster" });
    this.svg = el("svg", { class: "overlay" });
    this.layers = new Map();
    host.replaceChildren(this.canvas, this.svg);
    this.raster = new Raster(this.canvas, grid);
    this.tool = null;
    this.view = { x: 0, y: 0, pixel_m: 1 };
    new ResizeObserver(() => this.resized()).observe(host);
    this.listen();
    this.whole();
  }

  /** Show the whole landscape. */
  whole() {
    const { grid, host } = this;
    const width = Math.max(host.clientWidth, 1);
    const height = Math.max(host.clientHeight, 1);
    this.view = {
      x: grid.west_m + (grid.width * grid.cell_m) / 2,
      y: grid.north_m - (grid.height * grid.cell_m) / 2,
      pixel_m: Math.max((grid.width * grid.cell_m) / width, (grid.height * grid.cell_m) / height),
    };
    this.draw();
  }

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

  /** Zoom by a factor about a pixel. */
  zoom(factor, px = this.host.clientWidth / 2, py = this.host.clientHeight / 2) {
    const [x, y] = this.toMap(px, py);
    this.view.pixel_m = Math.min(Math.max(this.view.pixel_m * factor, this.grid.cell_m / 40), this.grid.cell_m * 20);
    const [nx, ny] = this.toMap(px, py);
    this.view.x += x - nx;
    this.view.y += y - ny;
    this.draw();
  }

  /** Move by pixels. */
  pan(dx, dy) {
    this.view.x -= dx * this.view.pixel_m;
    this.view.y += dy * this.view.pixel_m;
    this.draw();
  }

  /**
   * Show a raster of bytes in a colour table, or none.
   * @param {Uint8Array | null} values one byte a cell @param {Uint8Array} [colours] 256 times RGBA
   */
  setRaster(values, colours) {
    this.raster.set(values, colours);
    this.draw();
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

  /** SVG path of rings or lines in map metres. */
  path(lines, close = true) {
    return lines
      .map((line) => "M" + line.map((p) => this.toScreen(p[0], p[1]).map((v) => v.toFixed(1)).join(",")).join("L") + (close ? "Z" : ""))
      .join("");
  }

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = null;
      this.raster.draw(this);
      for (const { group, make } of this.layers.values()) group.replaceChildren(...make(this).filter(Boolean));
      this.dispatchEvent(new CustomEvent("moved"));
    });
  }

  resized() {
    this.canvas.width = this.host.clientWidth * devicePixelRatio;
    this.canvas.height = this.host.clientHeight * devicePixelRatio;
    this.draw();
  }

  /**
   * A tool takes the pointer and the keys before the map does: `{down, move, up, key, double}`, each called with
   * (x, y, event) in map metres (`key` with the event), returning true where it used it.
   */
  setTool(tool) {
    this.tool = tool;
    this.host.classList.toggle("drawing", Boolean(tool));
  }

  listen() {
    const at = (event) => {
      const box = this.host.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const used = (name, event) => this.tool?.[name]?.(...this.toMap(...at(event)), event);
    let held = null;
    this.svg.addEventListener("pointerdown", (event) => {
      if (used("down", event)) return;
      held = at(event);
      this.svg.setPointerCapture(event.pointerId);
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (used("move", event)) return;
      if (held) {
        const [px, py] = at(event);
        this.pan(px - held[0], py - held[1]);
        held = [px, py];
      }
      this.dispatchEvent(new CustomEvent("pointer", { detail: this.toMap(...at(event)) }));
    });
    this.svg.addEventListener("pointerup", (event) => {
      held = null;
      used("up", event);
    });
    this.svg.addEventListener("dblclick", (event) => used("double", event));
    this.host.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, ...at(event));
    }, { passive: false });
  }
}
