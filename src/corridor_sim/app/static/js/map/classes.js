/** What layers and their classes are called: words where there are some, otherwise what the landscape says. */
import { word } from "../words.js";

const spoken = (key) => {
  const found = word(key);
  return found === key ? null : found;
};

/** Short name of a layer. */
export function layerTitle(layer) {
  return spoken(`page.layers.${layer.key}`) ?? layer.title;
}

/** Words of a class by its value. */
export function className(layer, value) {
  const i = layer.classes.indexOf(value);
  return layer.labels?.[i] ?? spoken(`page.classes.${layer.key}.${value}`) ?? spoken(`page.classes.${layer.key}.rest`) ?? String(value);
}
