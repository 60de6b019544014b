/** Keep. */
import { el } from "../dom.js";

export function mount({ panel, word }) {
  panel.append(el("h2", {}, word("keep.title")));
  return () => {};
}
