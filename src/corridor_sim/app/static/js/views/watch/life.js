/** The life of an animal in plain sentences. */
import { number } from "../../numbers.js";
import { word } from "../../words.js";
import { HOMES } from "./herd.js";

const DAY_MS = 86400000;

// days before months, as in the words of the page
const LOCALES = { en: "en-GB" };
const language = () => LOCALES[document.documentElement.lang] ?? document.documentElement.lang;

/** The date so many days from the begin, as day and month. */
export function dateOf(herd, day) {
  const at = new Date(Date.parse(`${herd.about.begin}Z`) + day * DAY_MS);
  return new Intl.DateTimeFormat(language(), { day: "numeric", month: "long", timeZone: "UTC" }).format(at);
}

/** Which of the two seasons it is, `up` or `down`; null where the landscape has none. */
export function seasonOf(herd, day) {
  const start = herd.about.season_start_day;
  if (start === null) return null;
  const at = new Date(Date.parse(`${herd.about.begin}Z`) + day * DAY_MS);
  const ofYear = Math.floor((at - Date.UTC(at.getUTCFullYear(), 0, 1)) / DAY_MS);
  return (ofYear - start + 365) % 365 < 183 ? "up" : "down";
}

/** An animal's name: its species and its number. */
export function nameOf(herd, animal) {
  return `${herd.species[animal.kind].name} ${animal.animal.split("-").pop()}`;
}

/** "in NAME", or how far from the nearest core area; in metres of the map. */
export function whereIs(areas, x, y) {
  let best = null;
  for (const area of areas) {
    const far = distance(area.rings, x, y);
    if (!best || far < best.far) best = { far, name: area.name };
  }
  if (!best) return word("watch.where.somewhere");
  if (best.far === 0) return word("watch.where.in", { area: best.name });
  return word("watch.where.near", { area: best.name, km: number(Math.max(1, Math.round(best.far / 1000))) });
}

function distance(rings, x, y) {
  let inside = false;
  let least = Infinity;
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i += 1) {
      const [ax, ay] = ring[i - 1];
      const [bx, by] = ring[i];
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
      const [dx, dy] = [bx - ax, by - ay];
      const part = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1), 0), 1);
      least = Math.min(least, Math.hypot(ax + part * dx - x, ay + part * dy - y));
    }
  }
  return inside ? 0 : least;
}

/**
 * Sentences on an animal's whole life.
 * @param {import("./herd.js").Herd} herd
 * @param {any[]} areas core areas of the landscape
 */
export function lifeOf(herd, animal, areas) {
  const say = (key, values = {}) => word(`watch.life.${key}`, values);
  const where = (name) => whereIs(areas, animal[`${name}_x_m`], animal[`${name}_y_m`]);
  const found = [
    say(`who_${animal.stage}`, { species: herd.species[animal.kind].name, sex: word(`watch.sexes.${animal.sex}`) }),
    say("start", { where: where("start") }),
    say("way", {
      days: number(Math.round(animal.days)),
      path: number(animal.path_km),
      far: number(animal.farthest_km),
    }),
  ];
  if (animal.roads) {
    const n = animal.roads.reduce((a, b) => a + b, 0);
    const kinds = animal.roads
      .map((times, i) => times && say("road_kind", { n: number(times), kind: word(`watch.roads.${i + 1}`) }))
      .filter(Boolean);
    found.push(n ? say(n === 1 ? "road_once" : "roads", { n: number(n), kinds: kinds.join(", ") }) : say("no_road"));
  }
  return [...found, endOf(herd, animal, areas)];
}

/** What became of an animal, in a sentence. */
export function endOf(herd, animal, areas) {
  const date = dateOf(herd, animal.end);
  const home = HOMES.includes(animal.fate);
  const at = home ? ["home_x_m", "home_y_m"] : ["end_x_m", "end_y_m"];
  const where = whereIs(areas, ...at.map((key) => animal[key]));
  const cause = animal.cause && word(`watch.causes.${animal.cause}`);
  const end = animal.fate === "joined" && !animal.natal_block ? "came" : animal.fate;
  return word(`watch.life.end_${end}`, { date, where, cause, block: animal.home_block, own: animal.natal_block });
}
