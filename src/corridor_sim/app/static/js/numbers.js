/** Numbers as people write them, in the language of the page. */
import { word } from "./words.js";

const MINUS = "\u2212";

const language = () => document.documentElement.lang || "en";

/**
 * A number with so many digits that count: 1,234; 0.012; -3.4. Whole numbers keep all of theirs.
 * @param {number} value @param {number} [digits] that count
 */
export function number(value, digits = 3) {
  if (value === null || !Number.isFinite(value)) return word("page.no_number");
  const size = Math.abs(value);
  const whole = size >= 10 ** (digits - 1);
  return written(value, whole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: digits });
}

/** A number with so many digits after its point or comma. */
export const fixed = (value, digits) => written(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });

// from here on digits are told in words
const MILLION = 1e6;

/** A sum, from a million on as reports write it: "50.1 million", "50,1 millones". */
export function sum(value, digits = 3) {
  if (value === null || !(Math.abs(value) >= MILLION)) return number(value, digits);
  return written(value, { notation: "compact", compactDisplay: "long", maximumSignificantDigits: digits });
}

/** As reports write it: thousands are set apart from four digits on, in every language. */
function written(value, options) {
  return new Intl.NumberFormat(language(), { useGrouping: "always", ...options }).format(value).replace("-", MINUS);
}

// metres of which so many are told in kilometres
const FAR_M = 10_000;

/** The unit in which numbers up to a size are told, and what they are multiplied by. */
export function scaledUnit(unit, size) {
  return unit === "m" && Math.abs(size) >= FAR_M ? { unit: "km", factor: 1e-3 } : { unit, factor: 1 };
}

/** A number with its unit: "1,240 m"; units are those of maps (CF), the words stand in page.units. */
export function withUnit(given, of, digits = 3) {
  const { unit, factor } = scaledUnit(of, given);
  const value = given * factor;
  const told = unitWord(unit);
  return told ? `${number(value, digits)}\u00a0${told}` : number(value, digits);
}

/** The unit as people write it: "°C" for "degC"; empty for pure numbers. */
export function unitWord(unit) {
  const found = word(`page.units.${unit}`);
  return found === `page.units.${unit}` ? unit : found;
}

/** A share as percent. */
export function percent(share, digits = 2) {
  return `${number(share * 100, digits)}\u00a0%`;
}

/**
 * Round numbers within a range, about n of them: 1, 2 or 5 times a power of ten apart.
 * @returns {number[]}
 */
export function ticks(low, high, n = 5) {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) found.push(i * step);
  return found;
}
