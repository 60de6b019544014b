/** Towns and core areas: looking for them, and what is told of one. */
import { el } from "../../dom.js";
import { number } from "../../numbers.js";

/** Letters without marks, so that "Rio" finds "Río". */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

/** The place that is meant: its whole name first, then a name that begins so, then one that holds it. */
export function meant(picture, text) {
  const wanted = plain(text);
  if (!wanted) return null;
  const all = [
    ...picture.core_areas.map((place) => ({ place, town: false })),
    ...picture.towns.map((place) => ({ place, town: true })),
  ].map((one) => ({ ...one, name: plain(one.place.name) }));
  return all.find((one) => one.name === wanted) ?? all.find((one) => one.name.startsWith(wanted))
    ?? all.find((one) => one.name.includes(wanted)) ?? null;
}

export function find({ picture, word, say, go }) {
  const names = [...picture.core_areas, ...picture.towns].map((one) => one.name).sort((a, b) => a.localeCompare(b));
  const input = el("input", { id: "find", list: "places", autocomplete: "off", type: "search", "aria-describedby": "find-said" });
  const said = el("p", { id: "find-said", class: "warn explained", hidden: true });
  const form = el("form", { role: "search", onsubmit: (event) => {
    event.preventDefault();
    const found = meant(picture, input.value);
    said.hidden = Boolean(found) || !input.value.trim();
    said.textContent = said.hidden ? "" : word("look.not_found");
    if (found) {
      input.value = found.place.name;
      go(found.place, found.town);
    } else if (!said.hidden) say(said.textContent);
  } }, el("label", { for: "find" }, word("look.find")),
  el("div", { class: "find" }, input, el("button", { type: "submit" }, word("look.find_go"))), said,
  el("datalist", { id: "places" }, names.map((name) => el("option", { value: name }))));
  return form;
}

/** What is told of a core area or a town. */
export function card({ area, town, store, word, close }) {
  const lines = [];
  if (town) lines.push(word("look.town", { people: number(town.population, 9) }));
  if (area) {
    const country = area.country ? named(word, area.country) : null;
    lines.push(word(country ? "look.area" : "look.area_no_country", { area: number(area.area_km2, 9), country }));
    const block = store.state.picture.blocks?.find((one) => one.areas?.includes(area.id));
    if (block) {
      const others = store.state.picture.core_areas.filter((one) => one.id !== area.id && block.areas.includes(one.id));
      lines.push(others.length
        ? word("look.block", { names: listed(others.map((one) => one.name)), area: number(block.area_km2, 9) })
        : word("look.block_of_one"));
    }
  }
  return [el("div", { class: "card" }, el("h3", {}, (town ?? area).name), lines.map((line) => el("p", {}, line)),
    el("button", { type: "button", "aria-label": word("look.close"), onclick: close }, "\u00d7"))];
}

/** The same core areas as a table, for who cannot or will not use the map. */
export function listOfAreas({ picture, word, go }) {
  if (!picture.core_areas.length) return null;
  const rows = [...picture.core_areas].sort((a, b) => b.area_km2 - a.area_km2);
  return el("details", {}, el("summary", {}, word("look.list")), el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, word("look.list_name")),
      el("th", { scope: "col", class: "number" }, word("look.list_area")), el("th", { scope: "col" }, word("look.list_country")))),
    el("tbody", {}, rows.map((area) => el("tr", {},
      el("td", {}, el("button", { type: "button", onclick: () => go(area, false) }, area.name)),
      el("td", { class: "number" }, number(area.area_km2, 9)), el("td", {}, area.country ? named(word, area.country) : ""))))));
}

function named(word, code) {
  const found = word(`page.countries.${code}`);
  return found === `page.countries.${code}` ? code : found;
}

const listed = (names) => new Intl.ListFormat(document.documentElement.lang).format(names);
