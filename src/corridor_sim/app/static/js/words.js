/** The words of the page, as the program tells them: English stands in words/en/, a file a view. */

import { ask } from "./server.js";

let words = {};

/**
 * Fetch the words in the language of who reads, and write those that stand in the page's own markup.
 * @returns {Promise<{language: string, languages: Record<string, string>}>} which it is, and which there are
 */
export async function loadWords() {
  const { words: found, tag, ...told } = await ask("api/words");
  words = found;
  document.documentElement.lang = tag;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", word(node.dataset.label));
  return told;
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
