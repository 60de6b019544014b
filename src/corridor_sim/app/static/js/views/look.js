/** Look: what the landscape is made of. */
import { el } from "../dom.js";
import { coloursOf } from "../map/colours.js";
import { bytes } from "../server.js";

export function mount({ store, map, panel, word }) {
  const { layers, core_areas } = store.state.picture;
  const choose = el("select", { id: "layer", onchange: () => draw(choose.value) },
    layers.map((one) => el("option", { value: one.key }, one.title)));
  panel.append(el("h2", {}, word("look.title")), el("label", { for: "layer" }, word("look.layer")), choose);

  async function draw(key) {
    map.setRaster(await bytes(`api/rasters/${key}`), coloursOf(layers.find((one) => one.key === key)));
    document.body.dataset.painted = key;
  }
  map.setOverlay("core-areas", (m) =>
    core_areas.map((area) => el("path", { d: m.path(area.rings), fill: "none", stroke: "#14231d" }, el("title", {}, area.name))));
  draw(choose.value);
  return () => {};
}
