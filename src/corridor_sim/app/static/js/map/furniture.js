/** What stands around a map: buttons, scale, north, the readout, and a box of legends. */
import { el } from "../dom.js";
import { number } from "../numbers.js";
import { word } from "../words.js";

const LONGEST_PX = 110;
const SAID_AFTER_MS = 700;

/**
 * Put it around a map.
 * @param {import("./map.js").CorridorMap} map
 * @returns {{legend: (slot: string, node: HTMLElement | null) => void}}
 */
export function furniture(map) {
  const button = (key, sign, onclick) =>
    el("button", { type: "button", "aria-label": word(`page.map.${key}`), title: word(`page.map.${key}`), onclick }, sign);
  const buttons = el("div", { class: "map-buttons", role: "group", "aria-label": word("page.map.buttons") },
    button("nearer", "+", () => map.glide((view) => map.zoomed(view, 1 / 1.5))),
    button("farther", "\u2212", () => map.glide((view) => map.zoomed(view, 1.5))),
    button("whole", "\u2922", () => map.whole()));
  const north = el("div", { class: "north", "aria-hidden": "true" }, el("span", {}, "\u25b2"), word("page.map.north"));
  const bar = el("span", { class: "bar" });
  const length = el("span", {});
  const scale = el("div", { class: "scale" }, bar, length);
  const readout = el("div", { class: "readout", "aria-hidden": "true" });
  const legends = el("div", { class: "legends" });
  map.host.append(
    el("p", { id: "map-keys", class: "unseen" }, word("page.map.keys")), readout, buttons,
    el("div", { class: "map-corner" }, north, scale), legends);

  const slots = new Map();
  let place = null;
  let later = null;
  const tell = () => {
    const [x, y] = place ?? map.centre();
    const shown = place || map.surface.matches(":focus");
    readout.textContent = shown ? map.told(x, y) : "";
    readout.hidden = !readout.textContent;
  };
  map.addEventListener("pointer", (event) => {
    place = event.detail;
    tell();
  });
  map.surface.addEventListener("focus", tell);
  map.surface.addEventListener("blur", tell);
  // by keyboard the crosshair is the pointer; it is read out once it rests
  map.surface.addEventListener("keydown", () => {
    place = null;
    tell();
    clearTimeout(later);
    later = setTimeout(() => map.dispatchEvent(new CustomEvent("said", { detail: map.told(...map.centre()) })), SAID_AFTER_MS);
  });
  map.addEventListener("moved", () => {
    const km = (LONGEST_PX * map.view.pixel_m) / 1000;
    const power = 10 ** Math.floor(Math.log10(km));
    const round = [5, 2, 1].map((one) => one * power).find((one) => one <= km);
    bar.style.width = `${(round * 1000) / map.view.pixel_m}px`;
    length.textContent = round >= 1 ? word("page.map.km", { km: number(round) }) : word("page.map.m", { m: number(round * 1000) });
    if (!place) tell();
  });
  return {
    legend(slot, node) {
      const old = slots.get(slot);
      if (node && old) {
        // folded by hand or unfolded, it stays so among its like
        if (node.className === old.className) node.open = old.open;
        old.replaceWith(node);
      } else if (old) old.remove();
      else if (node) legends.append(node);
      node ? slots.set(slot, node) : slots.delete(slot);
      map.draw();
    },
  };
}
