"""The box of every page: which ground is real, what was simulated, how often, on what cells."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from corridor_sim.experiment.study import Study
from corridor_sim.landscape.parts import Origin
from corridor_sim.report import page
from corridor_sim.report.text.ground_box import rests_on
from corridor_sim.report.text.links_found import Found
from oracles.links_pages import page_of, text_of
from oracles.page import Page

TEMPLATES = Path(page.__file__).parent / "templates"


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_every_report_shows_the_box_below_its_facts() -> None:
    reports = sorted(TEMPLATES.glob("*_report.html"))
    assert len(reports) >= 4
    for path in reports:
        assert path.read_text(encoding="utf-8").count("{{ rests_on(box) }}") == 1, path.name


def test_the_box_of_links_says_what_is_given_and_what_costs_are(country: Found) -> None:
    text = words(text_of(page_of(country)))
    start = text.index("What these numbers rest on")
    box = text[start : start + 700]
    # the made country has heights, core areas and roads of its own, and no measured layer
    assert "Measured no layer" in box
    assert "From your own files elevation, roads and core areas" in box
    assert "Costs as the links file gives them" in box
    assert "Simulated 90 days" in box
    assert "Cells 1,000 m, 60 × 60" in box
    spent = country.result.ranking.replicates
    assert f"Replicates {spent.min()} to {spent.max()} a link" in box
    assert re.search(r"Animals a replicate [\d,]+ jaguars", box)


def test_the_box_of_decades_counts_who_lives_there(decades_report: tuple[Study, str, Page]) -> None:
    study, html, _ = decades_report
    box = words(text_of(html))
    box = box[box.index("What these numbers rest on") :][:600]
    assert f"Simulated {study.scenarios[0].scenario.years:g} years" in box
    assert "Animals at the start of a replicate" in box
    assert "Costs" not in box


def test_every_status_of_a_layer_is_told(country: Found) -> None:
    study, land = country.evaluator.study, country.land
    origins = {**land.origins, "elevation_m": Origin("real", "a survey")}
    origins["road"] = Origin("approximated", "a rule")
    rows = dict(rests_on(study, dataclasses.replace(land, origins=origins)))
    assert rows["Measured"] == "elevation"
    assert "roads" in rows["Approximated, not measured"]
    assert "roads" not in rows["From your own files"]
