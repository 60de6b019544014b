"""The page on decades: nothing from outside, no bad luck shows, and the numbers of its pictures."""

from __future__ import annotations

import base64
import doctest
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from corridor_sim.comparison.decades import DecadesComparison
from corridor_sim.report.decades import FIGURES
from corridor_sim.report.figures import film as decades_film
from corridor_sim.report.figures.maps import BORDER, deaths_on_the_way, density, homes, settled_rows
from corridor_sim.report.figures.series import isotherm_m, lapse_per_m
from corridor_sim.report.figures.states import animal_years, cover_km2, fates, has_genes
from corridor_sim.report.study import figure_axes
from corridor_sim.report.text.decades_tables import end_table, ground_table
from corridor_sim.report.text.tables import joining_table
from corridor_sim.species.demography import generation_y, vital_rates
from oracles.made_decades import KEYS, PLAN, decades_of, made_decades, report_of
from oracles.page import Page

# as a whole it takes long; each part has quicker tests beside it
pytestmark = pytest.mark.slow


def test_pages_ask_nothing_from_outside_and_links_lead_somewhere(decades_report):
    study, _, page = decades_report
    film = Page((study.out / "animation.html").read_text("utf-8"))
    for one in (page, film):
        for address in one.addresses:
            if address.startswith("#"):
                assert address[1:] in one.ids
            elif not address.startswith("data:image/"):
                # files beside the page, by their place relative to it
                assert (study.out / address).is_file(), address
        assert not {"link", "iframe", "object", "embed", "base", "form"} & set(one.tags)
        assert one.policy.startswith("default-src 'none'")
        assert "unsafe-inline'; script" not in one.policy.replace("style-src 'unsafe-inline'; ", "")
        assert "http" not in one.policy
    assert any(a == "tables/yearly.parquet" for a in page.addresses)


def test_only_the_film_may_run(decades_report):
    study, _, page = decades_report
    film = Page((study.out / "animation.html").read_text("utf-8"))
    for one in (page, film):
        data, script, _ = one.scripts
        assert data[0]["type"] == "application/json"
        assert "src" not in script[0]
        digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
        assert f" 'sha256-{digest}'" in one.policy
        assert one.strangers == []
        assert json.loads(data[1])["scenarios"] == ["as now", PLAN, "corridor"]


def test_names_are_escaped(decades_report):
    _, html, page = decades_report
    assert "<script>alert" not in html
    assert "</script><b>" not in html
    assert "Decades </script><script>alert(1)</script> & more" in page.text
    assert "2030: a plan; with a semicolon (<b>)" in page.text


def test_pictures_have_words_and_files(decades_report):
    study, _, page = decades_report
    assert all(alt and len(alt) > 20 for alt in page.alts)
    # numbers, stages, risk, effects, ranges, covers, deaths, fates, genes, landscape; two a species
    assert len(page.alts) == 10 + 2 * len(KEYS)
    assert len(list((study.out / "figures").glob("*.png"))) == len(page.alts)
    assert page.tags.count("table") == page.tags.count("caption")


def test_page_says_no_nan_and_keeps_its_provenance(decades_report):
    study, _, page = decades_report
    assert not re.search(r"\bnan\b|\binf\b|None|undefined|object at 0x", page.text)
    assert study.runs[0].ident in page.text
    assert "12.3 s" in page.text
    always = set(DecadesComparison.names) - DecadesComparison.not_always
    assert all(f"tables/{name}.parquet" in page.text for name in always)


def test_same_study_same_pages(decades_report):
    study, html, _ = decades_report
    film = (study.out / "animation.html").read_bytes()
    assert report_of(study)[0] == html
    assert (study.out / "animation.html").read_bytes() == film


def test_a_single_scenario_is_reported_alone(tmp_path: Path):
    study = made_decades(tmp_path / "study", single=True)
    _, page = report_of(study)
    assert "What the other scenarios change" not in page.text
    assert "effects" not in page.ids
    assert "film-right" not in page.ids
    assert "film-map-right" not in page.ids
    head, *body = end_table(decades_of(study))
    assert len(body) == len(KEYS)
    assert len(head) == len(body[0])


@pytest.mark.parametrize(
    "options",
    [{"genes": False}, {"movement": False}, {"zones": False}],
    ids=["no genes", "no movement", "no core areas"],
)
def test_what_is_switched_off_is_said(tmp_path: Path, options):
    study = made_decades(tmp_path / "study", replicates=2, single=True, **options)
    _, page = report_of(study)
    assert not re.search(r"\bnan\b|\binf\b", page.text)
    compared = decades_of(study)
    assert has_genes(compared) == options.get("genes", True)
    assert ("No genes are reported" in page.text) != options.get("genes", True)
    assert ("Movement was switched off" in page.text) != options.get("movement", True)
    if "movement" in options:
        assert len(deaths_on_the_way(compared, "as now", "jaguar")) == 0
    if "genes" not in options:
        assert "no disperser settled in another block of core areas" in page.text
    else:
        assert "gene diversity is kept" not in page.text


def test_isotherm_rises_with_the_warming_over_the_lapse(decades_report):
    study, _, _ = decades_report
    compared = decades_of(study)
    # the land cools by 5 degrees a kilometre; homes stay and warm by 1 degree: 200 m
    assert lapse_per_m(compared) == pytest.approx(0.005, rel=1e-5)
    level = isotherm_m(compared, "as now", "jaguar")
    assert level.mean[0] == pytest.approx(1000.0)
    assert level.mean[-1] == pytest.approx(1200.0, rel=1e-5)
    assert list(level.year[[0, -1]]) == [2025.0, 2049.0]


def test_searches_and_animal_years_add_up(decades_report):
    study, _, _ = decades_report
    compared = decades_of(study)
    # 24 years of 6, 1 and 2; 3 left at the end
    assert fates(compared, "as now", "jaguar") == {
        "settled": 144.0,
        "settled_again": 24.0,
        "died": 48.0,
        "searching": 3.0,
    }
    series = compared.series("as now", "jaguar", "animals").mean
    assert animal_years(compared, "as now", "jaguar") == pytest.approx(
        series[1:-1].sum() + (series[0] + series[-1]) / 2
    )


def test_ground_at_start_and_end(decades_report):
    study, _, _ = decades_report
    compared = decades_of(study)
    row = ground_table(compared)[0]
    assert row["forest"] == {"start": "400 km²", "end": "300 km²", "change": "−25.0 %"}
    # páramo is what climbs highest
    assert row["zone"]["change"] == "−10.0 %"
    assert row["protected"]["change"] == "+10 km²"
    assert row["temperature"]["change"] == "+1.50 °C"
    # pasture is there at the end only
    covers = dict(cover_km2(compared))
    assert covers["Pasture, crops, settlements, mines"][0] == (0.0, 100.0)


def test_pairs_of_blocks_are_animals_a_year_and_know_borders(decades_report):
    study, _, _ = decades_report
    compared = decades_of(study)
    rows = settled_rows(compared, "as now", study.species[0])
    assert list(rows["from_area"]) == ["Core 1", "Core 2"]
    # 4, 5, 6 in 24 years
    assert rows["per_year"].iloc[0] == pytest.approx(5 / 24)
    assert set(rows["colour"]) == {BORDER}
    table = joining_table(compared, "jaguar", "as now")
    assert table["rows"][0]["value"] == "0.21"
    # five left their mothers in every area
    assert table["rows"][0]["share"] == "100.0 %"
    life = study.species[0].life_cycle
    assert life is not None
    pairs = compared.comparison.exchange.query("scenario == 'as now' and species == 'jaguar'")
    migrants = 5 / 24 * generation_y(vital_rates(life))
    assert pairs["migrants"].max() == pytest.approx(migrants)
    assert (table["pairs_met"], table["blocks_met"], table["blocks"]) == (1, 1, 2)


def test_density_keeps_the_number_of_homes(decades_report):
    study, _, _ = decades_report
    compared = decades_of(study)
    found = homes(compared, "as now", "jaguar", 0)
    inner = np.array([[10.0, 12.0]] * len(found), np.float32)
    # per 100 km² on cells of 1 km²; a fortieth of the Gaussian lies outside so small a map
    assert density(compared, inner).max() > 0
    assert density(compared, inner).sum() <= 100 * len(found) * (1 + 1e-5)
    assert not density(compared, found[:0]).any()


@pytest.mark.parametrize("module", [decades_film], ids=lambda m: m.__name__)
def test_examples_in_docstrings(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("name", FIGURES)
def test_one_figure_alone_is_given_as_axes(decades_report, name: str):
    study, _, _ = decades_report
    axes = figure_axes(decades_of(study).comparison, study, name)
    assert axes
    assert all(ax.has_data() for ax in axes if ax.get_visible() and not ax.texts)
