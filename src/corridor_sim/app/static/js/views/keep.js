/** Keep: save, open, make the brief and the report, and find a run again. */
import { el } from "../dom.js";
import { showOnMap } from "./keep/parts.js";
import { Brief } from "./keep/brief.js";
import { Opener } from "./keep/open.js";
import { Report } from "./keep/report.js";
import { Runs } from "./keep/runs.js";
import { Saver } from "./keep/save.js";

export function mount(ctx) {
  const { store, panel, word, map } = ctx;
  const note = el("p", { class: "hint", role: "status" });
  const parts = [Runs, Saver, Opener, Brief, Report].map((Part) => new Part(ctx));
  const [runs, ...others] = parts;
  panel.append(
    el("h2", {}, word("keep.title")),
    note,
    el("div", { class: "keep" }, runs.shown, others.map((part) => part.node), runs.node),
  );
  const render = () => {
    const { stage, work } = store.state;
    const drawn = (work?.alternatives ?? []).filter((one) => (one.changes ?? []).length);
    note.textContent = stage === "ready" ? (drawn.length ? "" : word("keep.none_drawn")) : word("keep.not_ready");
    note.hidden = !note.textContent;
    if (!runs.found) showOnMap(map, work?.alternatives ?? []);
    for (const part of parts) part.render(drawn, stage === "ready");
  };
  const ends = [store.watch(["stage", "work"], render), ...parts.map((part) => part.end)].filter(Boolean);
  return () => {
    for (const end of ends) end();
    map?.setOverlay("opened", null);
  };
}
