"""The page of a ranking of links: it stands alone, and says what is missing."""

from __future__ import annotations

import dataclasses
import doctest
import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.report.text import links_found, links_tables, links_use
from corridor_sim.report.text.link_gap import cost_words
from corridor_sim.report.text.links_answer import answer
from corridor_sim.report.text.links_found import Found
from corridor_sim.simulation.decades.run_file import load_decades
from oracles.folders import exact_rows
from oracles.link_country import DECADES_BASE, candidate, ranked, write_country, write_links
from oracles.links_pages import AT, NAMES, page_of, text_of, with_
from oracles.page import Page

# as a whole it takes half a minute and more; each part has quicker tests beside it
pytestmark = pytest.mark.slow

EVIL = '</style><script>alert("x")</script> & more'


def test_the_page_stands_alone_and_its_links_lead_somewhere(country: Found) -> None:
    page = page_of(country)
    seen = Page(page)
    assert not seen.fetched
    assert seen.strangers == []
    assert "http" not in text_of(page[: page.index('id="method"')])
    assert set(seen.inner) <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))
    assert seen.files
    for name in seen.files:
        assert (country.evaluator.study.out / name).exists(), name
    assert {"links.gpkg", "links.qml", "ranking.csv", "frontier.csv", "pairs.csv"} <= set(
        seen.files
    )
    assert sum(one.startswith("link-") for one in seen.ids) == len(NAMES)


@pytest.mark.parametrize(
    ("changes", "gone", "said"),
    [
        ({"chosen": None, "confirmation": None}, "What the chosen set changes", "No budget was"),
        ({"interactions": None, "design": None}, "All simulated pairs", "No pairs were simulated"),
        ({"confirmation": None}, "Did the prediction mislead", "For 9 million USD"),
    ],
)
def test_parts_that_are_not_there_are_left_out_and_said_so(
    country: Found, changes: dict[str, Any], gone: str, said: str
) -> None:
    if "chosen" in changes:
        changes |= {"settings": country.result.settings.model_copy(update={"budget": None})}
    text = text_of(page_of(with_(country, **changes)))
    assert gone not in text
    assert said in text


def test_a_link_without_a_value_is_written_as_a_dash(country: Found) -> None:
    ranking, lost = country.result.ranking, AT["away"]
    holes = {}
    for name in ("mean", "low", "high", "low_all", "high_all", "right", "right_within"):
        values = getattr(ranking, name).copy()
        values[lost] = np.nan
        holes[name] = values
    by_species = country.result.by_species.copy()
    by_species[:, lost] = np.nan
    hurt = with_(
        country,
        ranking=dataclasses.replace(ranking, **holes),
        by_species=by_species,
        by_species_low=by_species,
        by_species_high=by_species,
    )
    text = text_of(page_of(hurt))
    assert "nan" not in re.sub(r"\s+", " ", text).lower().split()
    row = next(r for r in links_tables.ranking_rows(hurt) if r["name"] == "away")
    assert row["benefit"]["text"] == "–"
    assert not row["benefit"]["sure"]


def test_a_link_whose_runs_are_gone_has_a_page_that_says_so(country: Found, tmp_path: Path) -> None:
    gone = country.runs(frozenset([AT["half-way"]]), range(5))
    kept = {}
    for run in gone:
        path = country.evaluator.study.path(run)
        kept[path] = shutil.copy(path, tmp_path / path.name)
        path.unlink()
    try:
        assert links_use.read_use(country)[AT["half-way"]].n == 0
        assert "Its runs are gone from the folder" in text_of(page_of(country))
    finally:
        for path, copy in kept.items():
            shutil.copy(copy, path)


def test_tables_hold_what_the_page_shows(country: Found) -> None:
    page_of(country)
    out = country.evaluator.study.out
    rows = exact_rows(out, "links_species")
    assert [r["link"] for r in rows] == [NAMES[i] for i in country.order]
    for row in rows:
        assert float(row["benefit"]) == country.result.by_species[0, AT[row["link"]]]
    rows = exact_rows(out, "links_passage")
    uses = links_use.read_use(country)
    for row in rows:
        use = uses[AT[row["link"]]]
        assert float(row["disperser_days_inside_with"]) == use.passing[0].scenario.mean
        assert float(row["deaths_within_5_km_difference"]) == use.died[0].difference.mean


def test_the_answer_with_its_map_stands_on_one_sheet_too(country: Found) -> None:
    page_of(country)
    path = country.evaluator.study.out / "summary.html"
    page = path.read_text(encoding="utf-8")
    seen, text = Page(page), re.sub(r"\s+", " ", text_of(page))
    assert not seen.fetched
    assert seen.strangers == []
    assert seen.files == ["report.html"]
    assert page.count("<img") == 1
    assert re.sub(r"\s+", " ", answer(country)["lead"]) in text
    assert "What these numbers rest on" in text
    for i in country.chosen:
        assert NAMES[i] in text
        assert cost_words(country, i) in text


@pytest.mark.slow
def test_two_pages_of_one_ranking_are_the_same_bytes(country: Found) -> None:
    assert page_of(country) == page_of(country)


DECADES = (
    """
name = "Decades"
[base]
years = 5
seed = 5
"""
    + DECADES_BASE
    + """[links]
budget = 5
fair = true
[links.benefit]
weights = { animals_end = 1.0, joining_per_year = 3.0 }
scales = { joining_per_year = 1.0 }
[links.procedure]
first_replicates = 5
budget_runs = 15
confirm_replicates = 3
"""
)


def test_a_ranking_by_decades_has_its_page_too(tmp_path: Path) -> None:
    write_country(tmp_path)
    path = tmp_path / "decades.toml"
    path.write_text(f"{DECADES}{candidate('pass')}\n{candidate('left')}", encoding="utf-8")
    result, evaluator = ranked(path, tmp_path / "out")
    one = Found(result, evaluator, evaluator.study.landscape_of(evaluator.study.scenarios[0]))
    assert one.years == 5
    text = re.sub(r"\s+", " ", text_of(page_of(one)))
    assert "animals that live inside at the end" in text
    assert "“Animals at the end”, in per cent of the baseline, weight 0.25" in text
    assert "“Animals joining another block”, in hundredths of 1, weight 0.75" in text
    assert result.chosen is not None
    if result.chosen.links:
        assert "for the species that gains least and" in text
    use = links_use.read_use(one)[0]
    assert use.change is None
    assert use.n == 5
    assert "living_inside_without" in exact_rows(tmp_path / "out", "links_passage")[0]
    # who lives where at the end, counted anew from a run file
    (run, *_) = one.runs(frozenset([0]), range(5))
    records = load_decades(evaluator.study.path(run), ["jaguar"], 5)
    assert records is not None
    record = records["jaguar"]
    homes = record.places[record.places_year == 5]
    grid, everywhere = one.land.grid, np.arange(one.land.grid.height * one.land.grid.width)
    (seen,) = links_use._read(one, run) or [None]
    assert seen is not None
    assert seen.inside(everywhere) == len(homes) > 0
    half = np.arange(grid.height // 2 * grid.width)
    assert seen.inside(half) == int((homes[:, 1] < grid.height // 2).sum())


def test_an_evil_name_stays_text_and_ties_fill_the_answer(tmp_path: Path) -> None:
    plain = candidate("away") + "\n" + candidate("dead end")
    links = plain.replace('"away"', json.dumps(EVIL))
    path = write_links(
        tmp_path,
        procedure="first_replicates = 5\nbudget_runs = 15",
        days=3,
        count=300,
        candidates=links,
    )
    result, evaluator = ranked(path, tmp_path / "out")
    one = Found(result, evaluator, evaluator.study.landscape_of(evaluator.study.scenarios[0]))
    page = page_of(one)
    seen = Page(page)
    assert seen.strangers == []
    assert EVIL not in page
    assert html.escape(EVIL, quote=False) in page.replace("&#34;", '"')
    assert "Both links are of equal rank" in text_of(page)
    assert "No budget was given" in text_of(page)


@pytest.mark.parametrize("module", [links_found, links_tables])
def test_examples_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0
