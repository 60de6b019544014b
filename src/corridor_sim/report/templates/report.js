"use strict";
// What a report can do beyond being read: tables in another order, one species alone, and maps that
// say what lies where. Without it the page is whole; words come from the page, in its language.
(function () {
  const main = document.querySelector("main");
  const words = JSON.parse(main.dataset.words || "{}");
  const make = (tag, text, given) => Object.assign(document.createElement(tag), { textContent: text }, given);

  // ---- tables in order of a column

  function sorted(table, column, down) {
    const body = table.tBodies[0];
    const fixed = Array.from(body.rows).filter((row) => row.classList.contains("base"));
    const rows = Array.from(body.rows).filter((row) => !fixed.includes(row));
    const value = (row) => {
      const cell = row.cells[column];
      return cell.classList.contains("num") ? (cell.dataset.n === undefined ? null : Number(cell.dataset.n)) : cell.textContent.trim();
    };
    const compare = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      const by = typeof x === "number" ? x - y : x.localeCompare(y, document.documentElement.lang, { numeric: true });
      return down ? -by : by;
    };
    body.append(...fixed, ...(column < 0 ? rows.sort((a, b) => a.dataset.at - b.dataset.at) : rows.sort(compare)));
    Array.from(table.tHead.rows[0].cells).forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  for (const table of document.querySelectorAll("main table")) {
    const body = table.tBodies[0];
    // cells over several rows or columns have no order of their own
    if (!table.tHead || table.tBodies.length !== 1 || body.rows.length < 3 || body.querySelector("[rowspan], [colspan]")) continue;
    const heads = Array.from(table.tHead.rows[0].cells);
    if (Array.from(body.rows).some((row) => row.cells.length !== heads.length)) continue;
    Array.from(body.rows).forEach((row, i) => { row.dataset.at = i; });
    const box = make("select", "");
    box.append(make("option", words.given, { value: "" }));
    heads.forEach((head, column) => {
      const name = head.textContent.trim().replace(/\s+/g, " ");
      if (!name) return;
      const numbers = head.classList.contains("num");
      const button = make("button", "", { type: "button", className: "sort", title: words.sort.replace("{column}", name) });
      button.append(...head.childNodes);
      button.addEventListener("click", () => {
        // of numbers the largest first, of words the first of the alphabet
        const now = head.getAttribute("aria-sort");
        sorted(table, column, now ? now === "ascending" : numbers);
      });
      head.append(button);
      for (const [mark, down] of [["\u2191", false], ["\u2193", true]]) {
        box.append(make("option", name + " " + mark, { value: column + (down ? "-" : "+") }));
      }
    });
    box.addEventListener("change", () => sorted(table, box.value ? parseInt(box.value, 10) : -1, box.value.endsWith("-")));
    if (table.classList.contains("cards")) {
      const label = make("label", words.order + " ", { className: "order" });
      label.append(box);
      table.before(label);
    }
  }

  // ---- one species alone

  const species = JSON.parse(main.dataset.species || "{}");
  const keys = Object.keys(species);
  const named = Object.fromEntries(keys.map((key) => [species[key], key]));
  const pieces = [];
  for (const key of keys) {
    for (const id of ["species-" + key, key]) {
      const found = document.getElementById(id);
      if (found && found.matches("section")) pieces.push([found, key]);
      const entry = document.querySelector('nav a[href="#' + CSS.escape(id) + '"]');
      if (entry) pieces.push([entry.parentElement, key]);
    }
  }
  for (const row of document.querySelectorAll("main tbody tr")) {
    for (const cell of row.cells) {
      const key = named[cell.textContent.trim()];
      if (key && !cell.hasAttribute("rowspan")) { pieces.push([row, key]); break; }
    }
  }
  if (keys.length > 1 && pieces.length) {
    const tools = make("div", "", { className: "tools" });
    tools.setAttribute("role", "group");
    tools.setAttribute("aria-label", words.species);
    tools.append(make("span", words.species + ":"));
    const buttons = [["", words.all], ...Object.entries(species)].map(([key, name]) => {
      const button = make("button", name, { type: "button" });
      button.addEventListener("click", () => {
        for (const [piece, of] of pieces) piece.classList.toggle("filtered-out", key !== "" && of !== key);
        buttons.forEach((one) => one.setAttribute("aria-pressed", one === button));
      });
      return button;
    });
    buttons[0].setAttribute("aria-pressed", "true");
    buttons.slice(1).forEach((one) => one.setAttribute("aria-pressed", "false"));
    tools.append(...buttons);
    const contents = document.querySelector("main nav");
    if (contents) contents.after(tools); else main.prepend(tools);
  }

  // ---- pictures that are moved by themselves can be moved by keys

  const scrolled = () => {
    for (const box of document.querySelectorAll(".wide, .scroll, pre")) {
      if (box.scrollWidth > box.clientWidth + 1) box.setAttribute("tabindex", "0"); else box.removeAttribute("tabindex");
    }
  };
  scrolled();
  addEventListener("resize", scrolled);
  document.addEventListener("toggle", scrolled, true);

  // ---- what lies on a map

  const onMap = {};
  for (const figure of document.querySelectorAll("figure")) {
    const line = figure.querySelector(".told-of");
    if (!line) continue;
    line.textContent = line.dataset.hint;
    for (const svg of figure.querySelectorAll(".map svg")) {
      const marks = Array.from(svg.querySelectorAll(".mark"));
      const stop = (mark) => (mark.parentElement.matches("a") ? mark.parentElement : mark);
      const tell = (mark) => {
        figure.querySelectorAll(".mark.told").forEach((one) => one.classList.remove("told"));
        mark.classList.add("told");
        line.textContent = mark.textContent;
        shine(stop(mark).getAttribute("href"));
      };
      // one stop for the whole map; arrows lead from place to place
      marks.forEach((mark, i) => {
        const at = stop(mark);
        at.setAttribute("tabindex", i === marks.length - 1 ? "0" : "-1");
        mark.addEventListener("pointerover", () => tell(mark));
        at.addEventListener("focus", () => tell(mark));
        at.addEventListener("click", (event) => {
          tell(mark);
          const row = rowOf(at.getAttribute("href"));
          if (!row) return;
          event.preventDefault();
          row.scrollIntoView({ block: "center" });
          (row.querySelector("a") || row).focus({ preventScroll: true });
        });
        at.addEventListener("keydown", (event) => {
          const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
          if (!step) return;
          event.preventDefault();
          const next = stop(marks[(i + step + marks.length) % marks.length]);
          at.setAttribute("tabindex", "-1");
          next.setAttribute("tabindex", "0");
          next.focus();
        });
        const target = at.getAttribute("href");
        if (target) (onMap[target] = onMap[target] || []).push([mark, tell, svg, figure]);
      });
    }
  }

  function rowOf(target) {
    const link = target && document.querySelector('main tbody a[href="' + CSS.escape(target).replace("\\#", "#") + '"]');
    return link ? link.closest("tr") : null;
  }

  function shine(target) {
    document.querySelectorAll("tr.told").forEach((row) => row.classList.remove("told"));
    const row = rowOf(target);
    if (row) row.classList.add("told");
  }

  // the other way round: from a row of a table to its place on the map
  for (const [target, places] of Object.entries(onMap)) {
    const row = rowOf(target);
    if (!row) continue;
    const seen = () => places.find(([, , svg]) => getComputedStyle(svg).display !== "none") || places[0];
    const link = row.querySelector('a[href="' + target + '"]');
    const button = make("button", "\u25ce", { type: "button", className: "on-map", title: words.map });
    button.setAttribute("aria-label", words.map + ": " + link.textContent);
    button.addEventListener("click", () => {
      const [mark, tell, , figure] = seen();
      tell(mark);
      figure.scrollIntoView({ block: "center" });
    });
    link.after(" ", button);
    row.addEventListener("pointerenter", () => { const [mark, tell] = seen(); tell(mark); });
  }
})();
