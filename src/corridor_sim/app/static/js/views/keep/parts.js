/** What the parts of the view share: telling how it went, files, and shapes on the map. */
import { el } from "../../dom.js";
import { Problem } from "../../server.js";
import { drawingsOf } from "../change/drawings.js";
import { placeOf } from "../change/kinds.js";
import { MOST, colourOf, letterOf } from "../change/list.js";
import { bandOf } from "../change/pen.js";

/** A place where a part tells how it went: `wrong`, `done`, or nothing. */
export class Told {
  constructor(say) {
    this.say = say;
    this.node = el("div", { role: "status" });
  }

  clear() {
    this.node.replaceChildren();
  }

  done(...lines) {
    this.node.replaceChildren(el("div", { class: "done" }, lines.filter(Boolean).map((line) => el("p", { style: "margin:0" }, line))));
  }

  wait(text) {
    this.node.replaceChildren(el("p", { class: "hint" }, text));
  }

  /** Tell what went wrong in plain words; what nobody foresaw goes on. */
  wrong(bad, word) {
    const text = bad instanceof Problem ? bad.message : bad instanceof TypeError ? word("keep.away") : null;
    if (text === null) throw bad;
    this.node.replaceChildren(el("p", { class: "wrong", role: "alert" }, text));
  }
}

/** Fetch bytes that were made for this request; throws a Problem. */
export async function made(path, { data } = {}) {
  const response = await fetch(path, data === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data),
  });
  if (!response.ok) throw new Problem((await response.json()).problem ?? "", response.status);
  const named = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  return { blob: await response.blob(), file: named?.[1] ?? "file" };
}

/** Hand a file to the browser's downloads. */
export function download({ blob, file }) {
  const url = URL.createObjectURL(blob);
  const link = el("a", { href: url, download: file });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Show what alternatives would change, each in its colour and with its letter. */
export function showOnMap(map, alternatives) {
  const drawn = alternatives.flatMap((one, i) => (one.changes ?? []).map((change) => ({ i, crs: change.crs, ...placeOf(change) }))).filter(({ shape, crs }) => shape && crs === map.grid.crs);
  map.setOverlay("opened", drawn.length ? (m) => drawn.flatMap(({ i, shape, rings, width_m }) => {
    const style = `--own:${colourOf(i)}`;
    const [x, y] = m.toScreen(...rings[0][0]);
    return [
      el("g", { class: "outline chosen", style }, rings.flatMap((ring) => bandOf(m, shape, ring, width_m, "own"))),
      el("g", { class: "tag", style }, el("circle", { cx: x, cy: y, r: 10 }), el("text", { x, y: y + 4 }, letterOf(i))),
    ];
  }) : null);
}

/** A name that no other has. */
export function freeName(name, taken) {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n += 1) {
    const tried = `${name.slice(0, 74)} (${n})`;
    if (!taken.has(tried)) return tried;
  }
}

/**
 * Put alternatives beside those that are there, under names that are free; `about` is what else the work takes over.
 * A step that can be undone in Change. Returns `{added, renamed}`; throws a Problem where there is no room.
 */
export async function add(ctx, given, { replacing = false, about = () => ({}) } = {}) {
  const { word } = ctx;
  const drawings = drawingsOf(ctx);
  let found = null;
  const kept = await drawings.step("open", (work) => {
    const there = replacing ? [] : work.alternatives;
    if (there.length + given.length > MOST) {
      found = { problem: word("keep.open.too_many", { most: MOST, n: there.length }) };
      return null;
    }
    const taken = new Set(there.map((one) => one.name));
    found = { renamed: [] };
    found.added = given.map((one) => {
      const name = freeName(one.name, taken);
      taken.add(name);
      if (name !== one.name) found.renamed.push({ old: one.name, name });
      return { ...one, name };
    });
    return { ...work, ...about(there), alternatives: [...there, ...found.added] };
  });
  if (found.problem) throw new Problem(found.problem, 422);
  if (!kept) throw new Problem(drawings.trouble?.text ?? word("page.stale"), 422);
  return found;
}

/** Whether two alternatives change the same. */
export const sameChanges = (a, b) => JSON.stringify(sorted(a.changes ?? [])) === JSON.stringify(sorted(b.changes ?? []));

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}
