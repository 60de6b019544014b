/** The words of the page: all of them stand in words/LANGUAGE/, a file a view. */

const FILES = ["page", "look", "watch", "change", "keep", "learn"];
let words = {};

/** Fetch the words of a language, and write those that stand in the page's own markup. */
export async function loadWords(language = "en") {
  const read = async (file) => [file, await (await fetch(`static/words/${language}/${file}.json`)).json()];
  words = Object.fromEntries(await Promise.all(FILES.map(read)));
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", word(node.dataset.label));
}

/**
 * Return the words of a dotted key, with {names} filled in; the key itself where there are none.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function word(key, values = {}) {
  let found = words;
  for (const part of key.split(".")) found = found?.[part];
  if (typeof found !== "string") return key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
