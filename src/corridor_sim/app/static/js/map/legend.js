/** Legends: what colours mean, in which unit, and where the numbers come from. */
import { el } from "../dom.js";
import { number, scaledUnit, ticks, unitWord } from "../numbers.js";
import { word } from "../words.js";
import { className, layerTitle } from "./classes.js";
import { classColour, rampOf } from "./colours.js";
import { fromShare, toShare } from "./raster.js";

const NARROW_PX = 760;
const TICKS = 4;
// of a ramp's length, for each letter of a tick
const LETTER = 0.037;

/**
 * @param {object} layer a layer, or a legend of one's own: docs/app-design.md
 * @param {((places: number[], on: boolean) => void) | null} [light] shows some classes while the others fade
 */
export function legendOf(layer, light = null) {
  const ramp = layer.kind !== "classes";
  const unit = unitWord(scaledUnit(layer.unit ?? "1", layer.high ?? 0).unit);
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
  const { factor } = scaledUnit(layer.unit, layer.high);
  const worth = Math.max(Math.abs(layer.low), Math.abs(layer.high)) / 1000;
  const written = (value) => number(Math.abs(value) < worth ? 0 : value * factor, 2);
  const end = (value, beyond) => (beyond ? word("page.legend.and_more", { value: written(value) }) : written(value));
  const last = end(layer.high, layer.beyond);
  const kept = [{ label: end(layer.low, layer.beyond && layer.low < 0), share: 0 }];
  const room = (label) => (label.length + 1.5) * LETTER;
  for (const value of between(layer)) {
    const [label, share] = [written(value), toShare(layer, value)];
    const before = kept.at(-1);
    const left = before.share + room(before.label) * (kept.length > 1 ? 0.5 : 1);
    if (share - room(label) / 2 > left && share + room(label) / 2 < 1 - room(last)) kept.push({ label, share });
  }
  if (layer.high > layer.low) kept.push({ label: last, share: 1 });
  return el("div", { class: "ramp" },
    el("div", { class: "strip", style: `background: linear-gradient(to right, ${rampOf(layer).join(", ")})` }),
    el("div", { class: "ticks" }, kept.map(({ label, share }, i) =>
      el("span", { class: i === 0 ? "first" : share === 1 ? "last" : "", style: `left: ${(share * 100).toFixed(1)}%` }, label))));
}

/** Round numbers inside a ramp, evenly apart on it. */
function between(layer) {
  const inside = (value) => value > layer.low && value < layer.high;
  if (layer.scale !== "root") return ticks(layer.low, layer.high, TICKS).filter(inside);
  return [0.25, 0.5, 0.75].map((share) => Number(fromShare(layer, share).toPrecision(1))).filter(inside);
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
