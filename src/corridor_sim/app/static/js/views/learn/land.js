/** The page's map lent to a lesson, which has a landscape of its own. */
import { channels } from "../../map/colours.js";
import { el } from "../../dom.js";

const GROUND = ["road", "river", "borders", "core-areas", "towns", "names"];
const NAMES = ["lesson", "lesson-animals", "lesson-ways"];
const WAIT_MS = 8000;

/** Wait until the page's own ground is drawn, which takes its cells from the map. */
async function drawn() {
  const until = Date.now() + WAIT_MS;
  while (document.body.dataset.ground !== "drawn" && Date.now() < until) await new Promise((on) => setTimeout(on, 50));
}

export class Land {
  constructor({ map, layers, ground }) {
    Object.assign(this, { map, layers, ground, own: null, over: false });
  }

  /** Show cells of a lesson's own grid; the page's ground is left out meanwhile. */
  async begin(grid, degrees = null) {
    await drawn();
    if (this.over) return false;
    const { map } = this;
    if (!this.own) this.own = { grid: map.grid, degrees: map.degrees, view: { ...map.view }, off: [...this.ground.off] };
    const same = map.grid.width === grid.width && map.grid.west_m === grid.west_m && map.grid.cell_m === grid.cell_m;
    Object.assign(map, { grid, degrees });
    for (const key of GROUND) this.ground.off.add(key);
    if (!same) map.whole();
    return true;
  }

  /** Bytes from 1 on in colours, with a legend `[{colour, label}]`. */
  async classes(grid, cells, colours, title, items) {
    if (!(await this.begin(grid))) return;
    const table = new Uint8Array(1024);
    colours.forEach((colour, i) => table.set([...channels(colour), 255], 4 * (i + 1)));
    this.map.setRaster(cells, table, { grid });
    this.legend(title, items);
  }

  /** A layer as the page draws its own. */
  async layer(layer, cells, degrees = null) {
    if (!(await this.begin(layer.grid, degrees))) return;
    this.map.show(layer, cells);
    // a long legend would lie over what the lesson is about
    this.map.host.querySelector(".legends details")?.removeAttribute("open");
  }

  legend(title, items) {
    this.map.legend(items && { title, kind: "classes", items }, { slot: "lesson" });
  }

  /** Shapes above, by name. */
  draw(name, make) {
    if (!this.over) this.map.setOverlay(name, make);
  }

  /** Outlines and names. */
  areas(name, areas, kind) {
    this.draw(name, (m) => areas.map((area) => el("path", { d: m.path(area.rings), class: kind, "fill-rule": "evenodd" },
      el("title", {}, area.name ?? ""))));
  }

  /** Give the map back as it was. */
  end() {
    this.over = true;
    for (const name of NAMES) this.map.setOverlay(name, null);
    this.map.legend(null, { slot: "lesson" });
    if (!this.own) return;
    const { grid, degrees, view, off } = this.own;
    Object.assign(this.map, { grid, degrees });
    this.ground.off.clear();
    for (const key of off) this.ground.off.add(key);
    this.map.setRaster(null);
    this.map.look(view);
    this.map.untouched = true;
    this.map.whole();
    if (this.layers.key) this.layers.show(this.layers.key).catch(() => {});
  }
}
