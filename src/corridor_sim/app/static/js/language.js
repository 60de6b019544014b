/** The choice of a language: the page is made anew in it, with its view and its map as they are. */
import { el } from "./dom.js";
import { ask } from "./server.js";
import { word } from "./words.js";

// the place on the map, for the page that comes after this one
const PLACE = "corridor-place";

/**
 * Put the choice into the page.
 * @param {HTMLElement} host @param {{language: string, languages: Record<string, string>}} told which it is, and which there are
 */
export function mountLanguage(host, { language, languages }) {
  host.append(el("select", { "aria-label": word("page.language"), title: word("page.language"), onchange: (event) => choose(event.target.value) },
    Object.entries(languages).map(([code, name]) => el("option", { value: code, lang: code.replace("_", "-"), selected: code === language }, name))));
}

async function choose(language) {
  await ask("api/language", { method: "PUT", data: { language } });
  const { map } = window.corridor ?? {};
  if (map) sessionStorage.setItem(PLACE, JSON.stringify(map.view));
  location.reload();
}

/** Show the place that was seen before the language was chosen. */
export function goBack(map) {
  const place = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (place) map.look(JSON.parse(place));
}
