/** Look: what the landscape is made of, and where animals could live and move today. */
import { el } from "../dom.js";
import { areaAt } from "../map/ground.js";
import { layerTitle } from "../map/classes.js";
import { card, find, listOfAreas } from "./look/places.js";

// which layers stand in which group; others, of a landscape with more, come under "other"
const GROUPS = {
  land: ["land_cover", "elevation_m", "temperature_c", "slope_deg", "river"],
  people: ["road", "road_distance_m", "settlement_distance_m", "hazard_access"],
  protected: ["protected", "protection"],
  more: ["lift_orographic_ms", "lift_thermal_ms", "roost"],
};
const MAPS = ["suitability", "use", "current"];
const LINES = ["core-areas", "towns", "names", "road", "river", "borders"];

export function mount({ store, map, layers, ground, panel, word, say }) {
  const { picture } = store.state;
  const kinds = picture.species ?? [];
  const root = el("div", { class: "look" });
  panel.append(root);
  const ends = [];
  const explained = el("p", { class: "explained", role: "status" });
  const at = el("div", { "aria-live": "polite" });
  const animals = el("div", {});
  let species = null;
  let waiting = null;

  const explain = (text, mood = "") => {
    explained.textContent = text;
    explained.className = `explained ${mood}`;
  };
  async function show(key) {
    waiting = null;
    const slow = setTimeout(() => explain(word("look.waits")), 250);
    try {
      const shown = await layers.show(key);
      if (shown) explain(of(key));
    } catch (bad) {
      if (bad.status === 503) waiting = key;
      explain(bad.status === 503 ? word("look.later") : bad.message || word("page.lost"), "warn");
    } finally {
      clearTimeout(slow);
    }
  }
  const of = (key) => {
    const id = `look.explained.${key.split("/")[0]}`;
    return word(id) === id ? "" : word(id);
  };
  const choice = (key, label) =>
    el("label", {}, el("input", { type: "radio", name: "layer", value: key, checked: layers.key === key || layers.wanted === key,
      onchange: () => show(key) }), label);
  const group = (name, keys) => keys.length
    ? el("fieldset", {}, el("legend", {}, word(`look.groups.${name}`)),
      el("div", { class: "choices two" }, keys.map((key) => choice(key, layerTitle(picture.layers.find((one) => one.key === key))))))
    : null;
  const there = (key) => picture.layers.some((one) => one.key === key);
  const grouped = Object.values(GROUPS).flat();

  function fillAnimals() {
    const keys = kinds.map((one) => one.key);
    species = layers.key?.split("/")[1] ?? keys[0];
    const select = el("select", { id: "look-species", class: "species", onchange: () => {
      species = select.value;
      const kind = animals.querySelector("input:checked")?.value.split("/")[0];
      drawChoices();
      const same = kind && animals.querySelector(`input[value^="${kind}/"]`);
      if (!same) return;
      same.checked = true;
      show(same.value);
    } }, kinds.map((one) => el("option", { value: one.key, selected: one.key === species }, one.name)));
    const choices = el("div", { class: "choices" });
    // what soars crosses any ground: nothing is simulated of its ways there
    const drawChoices = () => choices.replaceChildren(...MAPS
      .filter((kind) => kind === "suitability" || kinds.find((one) => one.key === species)?.walks)
      .map((kind) => choice(`${kind}/${species}`, word(`look.maps.${kind}`))));
    drawChoices();
    animals.append(el("label", { for: "look-species" }, word("look.species")), select, choices);
  }

  const pick = (area, town) => {
    at.replaceChildren(...card({ area, town, store, word, close: () => { at.replaceChildren(); ground.mark(null); } }));
  };
  const go = (place, town) => {
    ground.mark(place);
    pick(town ? null : place, town ? place : null);
    const side = town ? 60_000 : Math.max(Math.sqrt(place.area_km2) * 3000, 40_000);
    map.fit([place.x - side / 2, place.y - side / 2, place.x + side / 2, place.y + side / 2], 0);
    say(word("look.found", { name: place.name }));
  };
  const picked = (event) => {
    const [x, y] = event.detail;
    const near = picture.towns
      .map((town) => ({ town, apart: Math.hypot(town.x - x, town.y - y) / map.view.pixel_m }))
      .filter(({ town, apart }) => apart < 10 && town.population >= 60 * map.view.pixel_m)
      .sort((a, b) => a.apart - b.apart)[0];
    ground.mark(null);
    const area = areaAt(picture, x, y);
    if (near || area) pick(near ? null : area, near?.town);
    else at.replaceChildren();
  };
  map.addEventListener("pick", picked);
  ends.push(() => map.removeEventListener("pick", picked));

  root.append(...[
    el("h2", {}, word("look.title")),
    hasWebgl() ? null : el("p", { class: "explained" }, word("look.no_webgl")),
    find({ picture, word, say, go }),
    at,
    el("h3", {}, word("look.shows")),
    explained,
    ...["land", "people", "protected"].map((name) => group(name, GROUPS[name].filter(there))),
    kinds.length ? el("fieldset", {}, el("legend", {}, word("look.groups.animals")), animals) : null,
    group("more", GROUPS.more.filter(there)),
    group("other", picture.layers.map((one) => one.key).filter((key) => !grouped.includes(key))),
    el("fieldset", {}, el("legend", {}, word("look.drawn")), el("div", { class: "choices two" }, LINES.map((key) =>
      el("label", {}, el("input", { type: "checkbox", checked: !ground.off.has(key), onchange: (event) => {
        event.target.checked ? ground.off.delete(key) : ground.off.add(key);
        map.draw();
      } }), word(`look.lines.${key}`))))),
    listOfAreas({ picture, word, go }),
  ].filter(Boolean));
  explain(layers.key ? of(layers.key) : "");
  if (kinds.length) fillAnimals();
  ends.push(store.watch(["stage"], () => {
    if (waiting && store.state.stage === "ready") show(waiting);
  }));
  return () => {
    ends.forEach((end) => end());
    ground.mark(null);
  };
}

function hasWebgl() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl"));
  } catch {
    return false;
  }
}
