"""The film of decades: everybody in place, as light as it may be, and its script."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corridor_sim.comparison.tables import compare
from corridor_sim.report.compared import ComparedDecades
from corridor_sim.report.figures import film as decades_film
from corridor_sim.report.figures.film import film_data, packed
from oracles.film import unpacked
from oracles.made_decades import HEIGHT, PLAN, WIDTH, decades_of
from oracles.page import Page


def test_packing_gives_every_place_back():
    rng = np.random.default_rng(7)
    for n, top in ((0, 1), (1, 1), (5, 3), (300, 160_000), (50, 2**40)):
        cells = rng.integers(0, top, n)
        data = packed(cells) + packed(cells[: n // 2])
        first, at = unpacked(data)
        second, end = unpacked(data, at)
        assert np.array_equal(first, np.sort(cells))
        assert np.array_equal(second, np.sort(cells[: n // 2]))
        assert end == len(data)


def test_film_holds_everybody_in_place(decades_report):
    study, _, _ = decades_report
    compared = decades_of(study)
    data = film_data(compared)
    assert data["years"] == [2025, 2037, 2049]
    assert data["each"] == 1
    years, places = compared.comparison.places[PLAN, "jaguar"]
    stream = base64.b64decode(data["places"]["1/jaguar"])
    at = 0
    for i, year in enumerate((0, 12, 24)):
        seen = 0
        for stage in range(data["stages"]):
            cells, at = unpacked(stream, at)
            here = places[(years == year) & (places[:, 2] == stage)]
            x = np.floor(here[:, 0].astype(float) * data["wide"] / WIDTH)
            y = np.floor(here[:, 1].astype(float) * data["high"] / HEIGHT)
            assert np.abs(np.sort(y * data["wide"] + x) - cells).max(initial=0) == 0
            seen += len(cells)
        assert data["counts"]["1/jaguar"][i] == seen
    assert at == len(stream)


def test_film_thins_what_would_be_too_heavy(decades_report, monkeypatch):
    study, _, _ = decades_report
    compared = decades_of(study)
    whole = sum(map(len, film_data(compared)["places"].values()))
    monkeypatch.setattr(decades_film, "MOST_PLACES", 400)
    data = film_data(compared)
    assert data["each"] > 1
    assert sum(map(len, data["places"].values())) < whole / 2
    # numbers are those of all animals
    assert data["counts"]["0/jaguar"][0] == 100


def test_film_of_what_is_extinct_before_its_first_picture_is_empty(decades_report):
    study, _, _ = decades_report
    whole = compare(study)
    none = {key: (at[:0], found[:0]) for key, (at, found) in whole.places.items()}
    data = film_data(ComparedDecades(replace(whole, places=none), study))
    assert data["years"] == [2025]
    assert set(map(tuple, data["counts"].values())) == {(0,)}
    assert unpacked(base64.b64decode(data["places"]["1/jaguar"]))[0].size == 0


NODE = """
const fs = require("fs"), vm = require("vm");
const [script, data] = process.argv.slice(1, 3).map((p) => fs.readFileSync(p, "utf8"));
const hash = process.argv[3];
const made = {}, arcs = [];
const pen = new Proxy({}, { get: (t, k) => k === "arc" ? () => arcs.push(1) : t[k] || (() => {}),
                            set: (t, k, v) => (t[k] = v, true) });
function element(id) {
  const of = { left: "0", right: "1", species: "all", year: "0" };
  return made[id] ||= { id, value: of[id.slice(5)] || "",
    textContent: id === "film-data" ? data : "",
    options: ["0", "1", "2", "all", "jaguar"].map((value) => ({ value })), heard: {},
    addEventListener(what, then) { this.heard[what] = then; }, setAttribute() {},
    click() { this.heard.click(); }, getContext: () => pen };
}
class Image { set src(v) { this.onload(); } }
vm.runInNewContext(script, { document: { getElementById: element }, location: { hash }, Image, atob,
  Uint8Array, Uint32Array, URLSearchParams, setInterval, clearInterval, console });
console.log(JSON.stringify({ year: made["film-now"].textContent, arcs: arcs.length,
  left: made["film-count-left"].textContent, right: made["film-count-right"].textContent }));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run the film's script")
def test_script_shows_the_animals_of_the_year_asked_for(decades_report, tmp_path: Path):
    study, _, _ = decades_report
    page = Page((study.out / "animation.html").read_text("utf-8"))
    for name, (_, text) in zip(("data.json", "film.js"), page.scripts[:2], strict=True):
        (tmp_path / name).write_text(text, "utf-8")
    done = subprocess.run(
        [
            "node",
            "-e",
            NODE,
            str(tmp_path / "film.js"),
            str(tmp_path / "data.json"),
            "#year=2050&species=jaguar&right=1",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    shown = json.loads(done.stdout)
    assert shown["year"] == 2049
    assert shown["left"].startswith("Jaguar 80 (\u221220")
    assert shown["right"].startswith("Jaguar 90 (\u221210")
    residents = sum(
        int(((years == 24) & (places[:, 2] == 0)).sum())
        for years, places in (compare(study).places[name, "jaguar"] for name in ("as now", PLAN))
    )
    assert shown["arcs"] == residents
