/** How many animals are what at the shown time: the same as the picture tells, in numbers. */
import { el } from "../../dom.js";
import { number } from "../../numbers.js";
import { word } from "../../words.js";

const LIVING = ["resident", "disperser", "displaced"];
const ENDS = ["joined", "stayed", "outside", "looking", "searched"];

/** A drawing of a mark for a legend. */
export function icon(shape, colour = "#5b6b64") {
  const line = { fill: colour, stroke: "#14231d", "stroke-width": 1.3 };
  const made = {
    resident: () => el("circle", { cx: 8, cy: 8, r: 5.2, ...line }),
    disperser: () => el("polygon", { points: "8,1.8 14,13 2,13", ...line }),
    displaced: () => el("polygon", { points: "8,1.5 14.5,8 8,14.5 1.5,8", ...line }),
    settled: () => el("circle", { cx: 8, cy: 8, r: 4.8, fill: "none", stroke: colour, "stroke-width": 2.6 }),
    died: () => el("path", { d: "M3,3L13,13M3,13L13,3", stroke: colour, "stroke-width": 3, fill: "none" }),
    looking: () => el("polygon", { points: "8,2.5 13.5,12.5 2.5,12.5", fill: "none", stroke: colour, "stroke-width": 2 }),
  };
  return el("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, made[shape]());
}

function iconOf(key) {
  if (LIVING.includes(key)) return icon(key);
  if (key.startsWith("died_")) return icon("died");
  return icon(["joined", "stayed", "outside"].includes(key) ? "settled" : "looking");
}

/** What can be: the living, how dispersal ended, and the causes of death that occur. */
export function rowsOf(herd, shown) {
  const last = herd.counts(Infinity, shown);
  const first = herd.counts(0, shown);
  const causes = Object.keys(last).filter((key) => key.startsWith("died_"));
  return [...LIVING, ...ENDS, ...causes].filter((key) => first[key] || last[key]);
}

function label(key) {
  if (!key.startsWith("died_")) return word(`watch.states.${key}`);
  return word("watch.states.died", { cause: word(`watch.causes.${key.slice(5)}`) });
}

/** The table; `update(counts)` writes its numbers. */
export function makeTable(herd, rows, { hidden, toggle }) {
  const cells = new Map();
  const head = herd.species.map((one, i) =>
    el("th", { scope: "col" },
      el("label", { class: "species", style: `--own: ${one.colour}` },
        el("input", { type: "checkbox", checked: !hidden.has(one.key), "data-species": one.key,
          onchange: (event) => toggle(one.key, event.target.checked) }),
        el("span", {}, one.name))));
  const body = rows.map((key) => {
    const own = herd.species.map(() => el("td", {}));
    cells.set(key, own);
    return el("tr", { "data-state": key }, el("th", { scope: "row" }, iconOf(key), label(key)), own);
  });
  const node = el("table", { class: "counts" },
    el("caption", { class: "unseen" }, word("watch.counts")),
    el("thead", {}, el("tr", {}, el("td", {}), head)), el("tbody", {}, body));
  const update = (counts) => {
    for (const [key, own] of cells) {
      own.forEach((cell, i) => {
        const text = number(counts[key]?.[i] ?? 0);
        if (cell.textContent !== text) cell.textContent = text;
      });
    }
  };
  return { node, update };
}

/** The same in a sentence, for who does not see. */
export function inWords(herd, counts, date) {
  const of = (keys, i) => keys.reduce((sum, key) => sum + (counts[key]?.[i] ?? 0), 0);
  const dead = Object.keys(counts).filter((key) => key.startsWith("died_"));
  const parts = herd.species.map((one, i) =>
    word("watch.told", {
      species: one.name,
      alive: number(of(LIVING, i)),
      settled: number(of(["joined", "stayed", "outside"], i)),
      died: number(of(dead, i)),
    }));
  return [date, ...parts].join(" ");
}
