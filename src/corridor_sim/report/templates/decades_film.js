"use strict";
(function () {
  const data = JSON.parse(document.getElementById("film-data").textContent);
  const $ = (id) => document.getElementById("film-" + id);
  const play = $("play"), slider = $("year"), now = $("now"), chosen = $("species");
  const sides = ["left", "right"].filter((side) => $("map-" + side));
  const scenarioOf = (side) => ($(side) ? Number($(side).value) : 0);
  const kept = {};
  let timer = null;

  // places of one scenario and species: [year][stage] -> cells
  function places(scenario, key) {
    const name = scenario + "/" + key;
    if (!(name in kept)) {
      const bytes = Uint8Array.from(atob(data.places[name]), (c) => c.charCodeAt(0));
      let at = 0;
      const read = () => {
        let value = 0, size = 1, byte;
        do { byte = bytes[at++]; value += (byte & 127) * size; size *= 128; } while (byte > 127);
        return value;
      };
      kept[name] = data.years.map(() => Array.from({ length: data.stages }, () => {
        const cells = new Uint32Array(read());
        let cell = 0;
        for (let i = 0; i < cells.length; i++) { cell += read(); cells[i] = cell; }
        return cells;
      }));
    }
    return kept[name];
  }

  function shownSpecies() {
    return data.species.filter((s) => chosen.value === "all" || s.key === chosen.value);
  }

  function drawMap(side) {
    const canvas = $("map-" + side), pen = canvas.getContext("2d");
    const wide = canvas.width, high = canvas.height;
    const scaleX = wide / data.wide, scaleY = high / data.high;
    pen.drawImage(ground, 0, 0, wide, high);
    const single = chosen.value !== "all", r = (single ? 3.0 : 2.3) * wide / 784;
    const year = Number(slider.value), words = [];
    for (const one of shownSpecies()) {
      const stages = places(scenarioOf(side), one.key)[year];
      const at = (cell) => [(cell % data.wide + 0.5) * scaleX, (Math.floor(cell / data.wide) + 0.5) * scaleY];
      pen.fillStyle = one.colour; pen.strokeStyle = "rgba(0,0,0,0.5)"; pen.lineWidth = 0.6;
      pen.beginPath();
      for (const cell of stages[0]) {
        const [x, y] = at(cell);
        pen.moveTo(x + r, y); pen.arc(x, y, r, 0, 6.2832);
      }
      pen.fill(); pen.stroke();
      pen.strokeStyle = "#000"; pen.lineWidth = 1.5; pen.beginPath();
      const d = 1.25 * r;
      for (const cell of stages[1]) {
        const [x, y] = at(cell);
        pen.moveTo(x - d, y - d); pen.lineTo(x + d, y + d);
        pen.moveTo(x - d, y + d); pen.lineTo(x + d, y - d);
      }
      for (const cell of stages[2] || []) {
        const [x, y] = at(cell);
        pen.moveTo(x, y - 1.5 * d); pen.lineTo(x + 1.4 * d, y + d); pen.lineTo(x - 1.4 * d, y + d); pen.closePath();
      }
      pen.stroke();
      const n = data.counts[scenarioOf(side) + "/" + one.key];
      words.push(one.name + " " + written(n[year].toLocaleString("en-GB")) + (year ? " (" + percent(n[year], n[0]) + ")" : ""));
    }
    $("count-" + side).textContent = words.join(" · ");
  }

  // English separators in those of the page's language
  function written(text) {
    return text.replace(/[.,]/g, (sign) => (sign === "," ? data.words.group : data.words.decimal));
  }

  function percent(value, first) {
    if (!first) return "–";
    const change = Math.round(100 * (value / first - 1));
    return (change > 0 ? "+" : change < 0 ? "\u2212" : "±") + Math.abs(change) + "\u00a0%";
  }

  // numbers by year of this run, in per cent of the start, so that species of all sizes fit
  function drawLines() {
    const canvas = $("lines"), pen = canvas.getContext("2d");
    const wide = canvas.width, high = canvas.height, left = 92, right = 48, top = 34, foot = 44;
    pen.fillStyle = "#fff"; pen.fillRect(0, 0, wide, high);
    const n = data.years.length, last = Math.max(1, data.years[n - 1] - data.years[0]);
    const x = (i) => left + (wide - left - right) * (data.years[i] - data.years[0]) / last;
    const lines = [];
    for (const side of sides) for (const one of shownSpecies()) {
      const found = data.counts[scenarioOf(side) + "/" + one.key];
      lines.push({ side, one, y: found.map((v) => (found[0] ? 100 * v / found[0] : 0)) });
    }
    const most = Math.max(110, ...lines.map((l) => Math.max(...l.y)));
    const y = (v) => high - foot - (high - foot - top) * v / most;
    pen.font = "22px system-ui, sans-serif"; pen.lineWidth = 1.5;
    const step = most > 400 ? 200 : most > 160 ? 50 : 25;
    for (let v = 0; v <= most; v += step) {
      pen.strokeStyle = v === 100 ? "#8a979f" : "#dfe5e8"; pen.beginPath(); pen.moveTo(left, y(v)); pen.lineTo(wide - right, y(v)); pen.stroke();
      pen.fillStyle = "#22303a"; pen.textAlign = "right"; pen.fillText(v + " %", left - 10, y(v) + 8);
    }
    pen.textAlign = "center";
    const each = Math.max(1, Math.ceil(n * 110 / (wide - left - right)));
    for (let i = 0; i < n; i += each) pen.fillText(data.years[i], x(i), high - 12);
    for (const line of lines) {
      pen.strokeStyle = line.one.colour; pen.lineWidth = 3.5;
      pen.setLineDash(line.side === "right" ? [3, 8] : []); pen.beginPath();
      line.y.forEach((v, i) => (i ? pen.lineTo(x(i), y(v)) : pen.moveTo(x(i), y(v))));
      pen.stroke();
    }
    pen.setLineDash([]); pen.strokeStyle = "#22303a"; pen.lineWidth = 2.5;
    pen.beginPath(); pen.moveTo(x(Number(slider.value)), top - 6); pen.lineTo(x(Number(slider.value)), high - foot); pen.stroke();
    pen.textAlign = "left"; pen.fillStyle = "#22303a";
    // narrower letters where the screen is: no word is cut
    pen.fillText(sides.length > 1 ? data.words.lines_of_two : data.words.lines, left, 22, wide - left - 4);
  }

  function draw() {
    now.textContent = data.years[Number(slider.value)];
    slider.setAttribute("aria-valuetext", String(data.years[Number(slider.value)]));
    sides.forEach(drawMap);
    drawLines();
  }

  function stop() { clearInterval(timer); timer = null; play.textContent = data.words.play; }

  play.addEventListener("click", () => {
    if (timer !== null) { stop(); return; }
    if (Number(slider.value) >= data.years.length - 1) slider.value = 0;
    play.textContent = data.words.pause;
    draw();
    timer = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      draw();
      if (Number(slider.value) >= data.years.length - 1) stop();
    }, 450);
  });
  slider.addEventListener("input", () => { stop(); draw(); });
  chosen.addEventListener("change", draw);
  for (const side of sides) if ($(side)) $(side).addEventListener("change", draw);

  // animation.html#year=2050&species=KEY&left=0&right=2&play opens at a moment
  const asked = new URLSearchParams(location.hash.slice(1));
  if (asked.has("year")) {
    let best = 0;
    data.years.forEach((v, i) => { if (v <= Number(asked.get("year"))) best = i; });
    slider.value = best;
  }
  const options = (box, value) => Array.from(box.options).some((o) => o.value === value);
  if (asked.has("species") && options(chosen, asked.get("species"))) chosen.value = asked.get("species");
  for (const side of sides) if (asked.has(side) && $(side) && options($(side), asked.get(side))) $(side).value = asked.get(side);

  for (const side of sides) { const c = $("map-" + side); c.width = 784; c.height = Math.round(784 * data.aspect); }
  $("lines").width = Math.max(700, 2 * ($("lines").clientWidth || 784)); $("lines").height = 330;
  const ground = new Image();
  ground.onload = () => { draw(); if (asked.has("play")) play.click(); };
  ground.src = data.ground;
})();
