/** Legends: what colours mean, in which unit, and where the numbers come from. */
import { el } from "../dom.js";
import { number, ticks, unitWord } from "../numbers.js";
import { word } from "../words.js";
import { className, layerTitle } from "./classes.js";
import { classColour, rampOf } from "./colours.js";
import { toShare } from "./raster.js";

const NARROW_PX = 760;
const TICKS = 4;
// ticks nearer to each other than this share of the ramp would be written into each other
const APART = 0.16;

/**
 * @param {object} layer a layer, or a legend of one's own: docs/app-design.md
 * @param {((places: number[], on: boolean) => void) | null} [light] shows some classes while the others fade
 */
export function legendOf(layer, light = null) {
  const ramp = layer.kind !== "classes";
  const unit = unitWord(layer.unit ?? "1");
  const title = layer.key ? layerTitle(layer) : layer.title;
  // on a phone a long list would cover the map
  const open = ramp || innerWidth > NARROW_PX;
  return el("details", { class: `legend ${layer.kind}`, open },
    el("summary", {}, title, unit ? el("span", { class: "unit" }, ` (${unit})`) : null),
    ramp ? rampOfLegend(layer) : classesOfLegend(layer, light),
    layer.note ? el("p", { class: "note" }, layer.note) : null,
    whereFrom(layer));
}

function rampOfLegend(layer) {
  const colours = rampOf(layer);
  const at = [layer.low, ...ticks(layer.low, layer.high, TICKS).filter((v) => v > layer.low && v < layer.high), layer.high];
  const places = at.map((value) => ({ value, share: toShare(layer, value) }));
  // the ends always stand; what lies too near to one that stands is left out
  const kept = [places[0]];
  for (const one of places.slice(1, -1)) {
    if (one.share - kept.at(-1).share >= APART && 1 - one.share >= APART) kept.push(one);
  }
  if (places.length > 1) kept.push(places.at(-1));
  return el("div", { class: "ramp" },
    el("div", { class: "strip", style: `background: linear-gradient(to right, ${colours.join(", ")})` }),
    el("div", { class: "ticks" }, kept.map(({ value, share }, i) =>
      el("span", { class: i === 0 ? "first" : i === kept.length - 1 ? "last" : "", style: `left: ${(share * 100).toFixed(1)}%` },
        i === kept.length - 1 && layer.beyond ? word("page.legend.and_more", { value: short(value, layer) }) : short(value, layer)))));
}

/** A number with the digits that its range is worth. */
function short(value, { low, high }) {
  const worth = (high - low) / 100;
  return number(Math.abs(value) < worth ? 0 : value, 2 + (Math.abs(value) >= 100 ? 1 : 0));
}

function classesOfLegend(layer, light) {
  const items = layer.items ?? itemsOf(layer);
  return el("ul", {}, items.map(({ colour, label, shape = "fill", places }) => {
    const sample = el("span", { class: `sample ${shape}`, style: `--colour: ${colour}` });
    if (!light || items.length < 3) return el("li", {}, sample, label);
    const button = el("button", { type: "button", "aria-pressed": "false", title: word("page.legend.light"), onclick: () => {
      const on = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", String(on));
      light(places, on);
    } }, sample, label);
    return el("li", {}, button);
  }));
}

/** Classes that share a name are one line. */
function itemsOf(layer) {
  const found = new Map();
  layer.classes.forEach((value, i) => {
    const [label, colour] = [className({ ...layer, names: null }, value), classColour(layer, i)];
    const one = found.get(label) ?? { label, colour, places: [] };
    one.places.push(i % 254);
    found.set(label, one);
  });
  return [...found.values()];
}

function whereFrom({ source, status }) {
  if (!source) return null;
  const how = ["approximated", "derived", "given"].includes(status) ? word(`page.legend.status.${status}`) : "";
  return el("details", { class: "where-from" }, el("summary", {}, word("page.legend.where_from")),
    el("p", {}, [how, word("page.legend.source", { source })].filter(Boolean).join(" ")));
}
