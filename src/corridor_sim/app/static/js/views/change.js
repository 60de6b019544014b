/** Change: draw something and see what animals do. */
import { el } from "../dom.js";

export function mount({ store, map, panel, word, say, ask, putWork }) {
  const list = el("div", {});
  let corners = [];
  const tool = {
    down: (x, y) => {
      corners.push([x, y]);
      sketch();
      return true;
    },
    double: () => {
      finish();
      return true;
    },
  };
  const sketch = () =>
    map.setOverlay("sketch", corners.length ? (m) => [el("path", { d: m.path([corners]), class: "sketch" })] : null);

  async function finish() {
    map.setTool(null);
    // the double click that ends the outline put its last corner there twice or thrice
    const whole = corners.map((p) => p.map(Math.round));
    const areas = [whole.filter((p, i) => i === 0 || p.join() !== whole[i - 1].join())];
    corners = [];
    sketch();
    const { alternatives = [] } = store.state.work;
    const name = `Link ${alternatives.length + 1}`;
    const crs = store.state.picture.grid.crs;
    const one = { kind: "build_link", name, areas, crs, actions: ["restore", "protect"] };
    try {
      await putWork({ alternatives: [...alternatives, { name, changes: [one] }] });
      await ask("api/answers", { method: "POST", data: { name } });
    } catch (bad) {
      say(bad.message);
    }
  }
  panel.append(
    el("h2", {}, word("change.title")),
    el("button", { class: "main", onclick: () => map.setTool(tool) }, word("change.draw")),
    list,
  );
  const end = store.watch(["work", "answers"], () => {
    const { alternatives = [] } = store.state.work;
    list.replaceChildren(...alternatives.map((one) => {
      const answer = store.state.answers[one.name];
      const rows = (answer?.outcomes ?? []).filter((row) => row.outcome === "joining_per_year");
      return el("div", {}, el("h3", {}, one.name), answer?.problem ?? null,
        rows.map((row) => el("p", {}, `${row.species}: ${row.change} [${row.low}, ${row.high}]`)));
    }));
  });
  return () => {
    end();
    map.setTool(null);
    map.setOverlay("sketch", null);
  };
}
