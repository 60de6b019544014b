/** Making elements. */

/**
 * Return an element: `el("button", { class: "main", onclick }, "Words", child)`.
 * Keys that start with `on` are listeners, `aria-…` and others attributes; null and false are left out.
 */
export function el(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "circle", "line", "polyline", "polygon", "rect", "text", "title"];
  const node = svg.includes(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false && value !== undefined) {
      node.setAttribute(key, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return node;
}

/** A text with what stands low or high in it set so: "F_ST", "p_c", "(1 − 1/N)^t". */
export function typeset(text) {
  return text.split(/([_^][A-Za-z0-9]+)/).map((part, i) => (i % 2 ? el(part[0] === "_" ? "sub" : "sup", {}, part.slice(1)) : part)).filter(Boolean);
}
