/** Play, pause, step, speed, and the day as a slider. */
import { el } from "../../dom.js";
import { number } from "../../numbers.js";
import { word } from "../../words.js";

const SPEEDS = [0.5, 1, 3, 7, 15, 30];

/** @param {import("./clock.js").Clock} clock */
export function makePlayer(clock, { dateOf, seasonOf, stopped }) {
  const play = el("button", { class: "main", onclick: () => {
    clock.play();
    if (!clock.playing) stopped();
  } });
  const slider = el("input", { type: "range", min: 0, max: clock.days, step: "any", "aria-label": word("watch.day"),
    oninput: () => clock.go(Number(slider.value)),
    onkeydown: (event) => {
      const days = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 }[event.key];
      if (!days) return;
      event.preventDefault();
      step(days * (event.shiftKey ? 10 : 1));
    } });
  const day = el("span", {});
  const date = el("p", { class: "date" }, el("span", { "data-date": true }), el("small", {}, day));
  const season = el("p", { class: "watch-note" });
  const speed = el("select", { onchange: () => (clock.speed = Number(speed.value)) },
    SPEEDS.map((one) => el("option", { value: one, selected: one === clock.speed },
      one === 1 ? word("watch.per_second_one") : one === 0.5 ? word("watch.per_second_half") : word("watch.per_second", { n: number(one) }))));
  const loop = el("input", { type: "checkbox", checked: clock.loop, onchange: () => (clock.loop = loop.checked) });
  const node = el("div", { class: "player" },
    el("div", { class: "row" },
      el("button", { onclick: () => step(-1), "aria-label": word("watch.back"), title: word("watch.back") }, "‹"),
      play,
      el("button", { onclick: () => step(1), "aria-label": word("watch.on"), title: word("watch.on") }, "›"),
      date),
    slider,
    season,
    el("div", { class: "row" },
      el("label", {}, el("span", { class: "unseen" }, word("watch.speed")), speed),
      el("label", { class: "watch-choice" }, loop, word("watch.loop"))));

  function step(days) {
    if (clock.playing) clock.play(false);
    clock.go((days > 0 ? Math.floor : Math.ceil)(clock.time + 1e-9 * days) + days);
    stopped();
  }

  let written = null;
  function update() {
    if (Number(slider.max) !== clock.days) slider.max = clock.days;
    if (document.activeElement !== slider || Math.abs(slider.value - clock.time) > 0.01) slider.value = clock.time;
    const whole = Math.floor(clock.time);
    const text = `${whole} ${clock.playing} ${clock.days}`;
    if (text === written) return;
    written = text;
    const said = dateOf(clock.time);
    date.firstChild.textContent = said;
    slider.setAttribute("aria-valuetext", said);
    day.textContent = word("watch.of_days", { day: whole, days: clock.days });
    const which = seasonOf(clock.time);
    season.textContent = which ? word(`watch.season.${which}`) : "";
    play.textContent = word(clock.playing ? "watch.pause" : "watch.play");
  }

  update();
  return { node, update, step };
}
