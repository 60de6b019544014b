/**
 * Drawing on the map, and moving what was drawn: with the mouse, by touch, and by keys at the map's crosshair.
 * A tool of the map (`setTool`); what it holds are corners in metres.
 */
import { el } from "../../dom.js";
import { toSegment } from "./geometry.js";

// a press that goes no further is a click; a finger needs more room than a mouse
const STILL_PX = 7;
const REACH_PX = { mouse: 12, touch: 26 };

const near = (map, a, b) => {
  const [[ax, ay], [bx, by]] = [map.toScreen(...a), map.toScreen(...b)];
  return Math.hypot(ax - bx, ay - by);
};


/** Sets corner after corner. */
export class Pen {
  /**
   * @param {object} map
   * @param {{ shape: string, corners: number[][], widthM: () => number, changed: () => void, finish: () => void,
   *   leave: () => void, told: (key: string, values?: object) => void }} given
   */
  constructor(map, given) {
    Object.assign(this, given);
    this.map = map;
    this.from = null;
    this.ahead = null;
    this.followed = () => {
      if (!this.byKeys) return;
      this.ahead = map.centre();
      this.sketch();
    };
    map.addEventListener("moved", this.followed);
    this.gone = (event) => {
      if (event.detail || !this.ahead) return;
      this.ahead = null;
      this.sketch();
    };
    map.addEventListener("pointer", this.gone);
    this.sketch();
  }

  add(place) {
    this.corners.push(place);
    this.said("corner_set");
  }

  /** Take the last corner away. */
  drop() {
    if (!this.corners.length) return;
    this.corners.pop();
    this.said("corner_gone");
  }

  said(key) {
    this.changed();
    this.sketch();
    this.told(key, { n: this.corners.length });
  }

  // ---- what the map tells

  down = (x, y, event) => {
    this.byKeys = false;
    this.from = [event.clientX, event.clientY];
    return false;
  };

  /** A second finger makes a pinch of it. */
  cancel = () => {
    this.from = null;
  };

  move = (x, y, event) => {
    if (event.pointerType === "mouse") {
      this.ahead = [x, y];
      this.sketch();
    }
    return false;
  };

  up = (x, y, event) => {
    // a drag moves the map
    const still = this.from && Math.hypot(event.clientX - this.from[0], event.clientY - this.from[1]) < STILL_PX;
    this.from = null;
    if (!still) return false;
    const last = this.corners.at(-1);
    // the second press of a double click is no corner of its own
    if (last && near(this.map, last, [x, y]) < STILL_PX) return true;
    this.add([x, y]);
    return true;
  };

  double = () => {
    this.finish();
    return true;
  };

  key = (event) => {
    if (event.key === "Enter") {
      const place = this.map.centre();
      const last = this.corners.at(-1);
      if (last && near(this.map, last, place) < 1) this.finish();
      else this.add(place);
    } else if (event.key === "Backspace" || event.key === "Delete") this.drop();
    else if (event.key === "Escape") this.leave();
    else {
      this.byKeys ||= event.key.startsWith("Arrow");
      return false;
    }
    return true;
  };

  sketch() {
    this.map.setOverlay("sketch", (map) => {
      const line = this.ahead ? [...this.corners, this.ahead] : this.corners;
      if (!line.length) return [];
      return [...bandOf(map, this.shape, line, this.widthM()), ...line.map((p, i) => corner(map, p, i === this.corners.length))];
    });
  }

  end() {
    this.map.removeEventListener("moved", this.followed);
    this.map.removeEventListener("pointer", this.gone);
    this.map.setOverlay("sketch", null);
  }
}

/** Moves the corners of what was drawn, sets new ones between them, and takes some away. */
export class Handles {
  /**
   * @param {object} map
   * @param {{ shape: string, rings: number[][][], widthM: () => number, least: number, changed: () => void,
   *   moved: () => void, leave: () => void, told: (key: string, values?: object) => void }} given
   */
  constructor(map, given) {
    Object.assign(this, given);
    this.map = map;
    this.held = null;
    this.at = null;
    this.followed = () => {
      if (!this.byKeys || !this.held) return;
      this.rings[this.held.r][this.held.i] = map.centre();
      this.changed();
      this.sketch();
    };
    map.addEventListener("moved", this.followed);
    this.sketch();
  }

  corners() {
    return this.rings.flatMap((ring, r) => ring.map((place, i) => ({ r, i, place })));
  }

  /** The corner within reach of a place, or a new one on the edge within reach. */
  grab(place, reach) {
    const close = this.corners().map((one) => ({ ...one, px: near(this.map, one.place, place) }))
      .sort((a, b) => a.px - b.px)[0];
    if (close && close.px <= reach) return close;
    for (const [r, ring] of this.rings.entries()) {
      const edges = this.shape === "area" ? ring.length : ring.length - 1;
      for (let i = 0; i < edges; i += 1) {
        const { at } = toSegment(place, ring[i], ring[(i + 1) % ring.length]);
        if (near(this.map, at, place) <= reach / 2) {
          ring.splice(i + 1, 0, place);
          return { r, i: i + 1, place };
        }
      }
    }
    return null;
  }

  put(place) {
    this.rings[this.held.r][this.held.i] = place;
    this.changed();
    this.sketch();
  }

  /** Take away the corner that is held, or that under the crosshair. */
  drop() {
    const one = this.held ?? this.at ?? this.grab(this.map.centre(), REACH_PX.mouse);
    const ring = one && this.rings[one.r];
    if (!ring || ring.length <= this.least) {
      this.told("corner_needed", { n: this.least });
      return;
    }
    ring.splice(one.i, 1);
    this.held = this.at = null;
    this.after("corner_gone");
  }

  /** Lead the crosshair to the next corner. */
  next() {
    const all = this.corners();
    const now = this.at ? all.findIndex((one) => one.r === this.at.r && one.i === this.at.i) : -1;
    this.at = all[(now + 1) % all.length];
    this.map.goTo({ x: this.at.place[0], y: this.at.place[1] });
    this.sketch();
    this.told("corner_at", { n: ((now + 1) % all.length) + 1, of: all.length });
  }

  after(key) {
    this.changed();
    this.sketch();
    this.told(key, { n: this.corners().length });
    this.moved();
  }

  down = (x, y, event) => {
    this.held = this.grab([x, y], REACH_PX[event.pointerType] ?? REACH_PX.mouse);
    this.at = this.held;
    this.byKeys = false;
    return Boolean(this.held);
  };

  move = (x, y) => {
    if (!this.held) return false;
    this.put([x, y]);
    return true;
  };

  up = () => {
    if (!this.held) return false;
    this.held = null;
    this.after("corner_moved");
    return true;
  };

  /** A second finger: the corner stays where it has come. */
  cancel = () => this.up();

  key = (event) => {
    if (event.key === "Enter") {
      if (this.held) {
        this.put(this.map.centre());
        this.held = null;
        this.after("corner_moved");
      } else {
        this.held = this.at = this.grab(this.map.centre(), REACH_PX.mouse);
        this.byKeys = true;
        this.told(this.held ? "corner_held" : "corner_none");
        this.sketch();
      }
    } else if (event.key === "Delete" || event.key === "Backspace") this.drop();
    else if (event.key === "Escape") {
      if (this.held) {
        this.held = null;
        this.told("corner_left");
        this.sketch();
      } else this.leave();
    } else return false;
    return true;
  };

  sketch() {
    this.map.setOverlay("sketch", (map) => [
      ...this.rings.flatMap((ring) => bandOf(map, this.shape, ring, this.widthM())),
      ...this.corners().map(({ r, i, place }) =>
        corner(map, place, false, this.at && this.at.r === r && this.at.i === i)),
    ]);
  }

  end() {
    this.map.removeEventListener("moved", this.followed);
    this.map.setOverlay("sketch", null);
  }
}

/** Shapes of an outline, a line, or a line with its width. */
export function bandOf(map, shape, line, widthM, kind = "sketch") {
  if (shape === "area") return [el("path", { d: map.path([line]), class: kind })];
  const d = map.path([line], false);
  if (shape === "line") return [el("path", { d, class: `${kind} road` })];
  const wide = Math.max(widthM / map.view.pixel_m, 1.5);
  return [
    el("path", { d, class: `${kind} band`, style: `stroke-width:${wide.toFixed(1)}px` }),
    el("path", { d, class: `${kind} axis` }),
  ];
}

function corner(map, place, ahead = false, at = false) {
  const [cx, cy] = map.toScreen(...place);
  return el("circle", { cx, cy, r: at ? 9 : 6, class: `corner${ahead ? " ahead" : ""}${at ? " at" : ""}` });
}
