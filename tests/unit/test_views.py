"""What planners see: right numbers, no overclaiming, nothing from outside, degenerate studies."""

from __future__ import annotations

import doctest
import io
import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from corridor_sim.comparison.tables import compare
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.report.compared import ComparedDays
from corridor_sim.report.figures import map_labels
from corridor_sim.report.figures.basemap import hillshade, make_basemap
from corridor_sim.report.figures.effects import crossed, pages, two_factors
from corridor_sim.report.figures.landscape import plot_landscape, show_landscape
from corridor_sim.report.study import draw_effects, figure_axes, print_effects, write_report
from corridor_sim.report.text import days_tables as tables
from corridor_sim.report.text import numbers
from corridor_sim.report.text.days_answer import answer
from corridor_sim.report.text.days_tables import end_table
from corridor_sim.report.text.precision import crn, interaction_rows
from corridor_sim.report.text.terminal import print_table
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.outcomes import headlines
from corridor_sim.statistics.zones import LESS, MORE
from oracles.made_study import made_study, plain_value
from oracles.page import Page

# as a whole it takes half a minute and more; each part has quicker tests beside it
pytestmark = pytest.mark.slow


def report_of(study, **options) -> tuple[str, Page]:
    html = write_report(compare(study), study, **options).read_text("utf-8")
    return html, Page(html)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    study = made_study(tmp_path_factory.mktemp("views") / "study", name="Land <b>use</b> & more")
    html, page = report_of(study, elapsed={"simulating": 12.34})
    return study, html, page


def test_page_asks_nothing_from_outside(made):
    _, html, page = made
    assert page.addresses
    for address in page.addresses:
        assert address.startswith(("data:image/", "#")), address[:60]
    assert page.strangers == []
    assert not {"link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert "default-src 'none'" in html
    styles = "".join(re.findall(r"<style>(.*?)</style>", html, re.S))
    assert "url(" not in styles
    assert "@import" not in styles


def test_links_inside_the_page_lead_somewhere(made):
    _, _, page = made
    targets = [a[1:] for a in page.addresses if a.startswith("#")]
    assert targets
    assert set(targets) <= set(page.ids)


def test_names_are_escaped(made):
    _, html, page = made
    assert "Land <b>use</b>" not in html
    assert "Land &lt;b&gt;use&lt;/b&gt; &amp; more" in html
    assert "Land <b>use</b> & more" in page.text


def test_pictures_have_words_and_tables_have_heads(made):
    study, _, page = made
    assert all(alt and len(alt) > 20 for alt in page.alts)
    assert page.tags.count("table") == page.tags.count("caption")
    assert all("scope" in head for head in page.heads)
    # effects, interaction, mortality, elevations, landscape; use and flux of every species
    assert len(page.alts) == 5 + 2 * len(study.species)
    assert len(list((study.out / "figures").glob("*.png"))) == len(page.alts)


def test_report_holds_provenance_and_known_numbers(made):
    study, _, page = made
    assert "12.3 s" in page.text
    assert study.runs[0].ident in page.text
    assert "--seed 5 --replicates 3" in page.text
    # severe clearing takes 2 off an elevation of about 11 m, exactly, in every pair
    assert "−2 [−2, −2]" in page.text
    assert not re.search(r"\bnan\b|\binf\b|None|undefined|<function|object at 0x", page.text)


def test_edits_are_told_one_by_one(made):
    _, _, page = made
    assert "40.0% of the forest cleared to pasture" in page.text
    assert "with a semicolon" not in page.text


def test_same_study_same_page_and_matplotlib_left_alone(made):
    import matplotlib

    study, _, _ = made
    before = dict(matplotlib.rcParams)
    first = report_of(study)[0]
    assert report_of(study)[0] == first
    assert dict(matplotlib.rcParams) == before


def _noise(scenario: str, replicate: int, species: str, outcome: str) -> float:
    """Nothing to tell: differences of mean 0.375 and SD 0.95, half width 1.5 (times a size)."""
    apart = (1.0, -1.0, 1.0, 0.5)[replicate] * len(outcome) / 20
    return 20.0 + replicate + (0.0 if scenario == "none + now" else apart)


def test_answer_claims_nothing_where_nothing_can_be_told(tmp_path: Path):
    study = made_study(tmp_path / "study", replicates=4, value=_noise)
    comparison = compare(study)
    assert not comparison.effects["verdict"].isin([MORE, LESS]).any()
    found = answer(ComparedDays(comparison, study))
    said = " ".join([found["lead"], *found["points"]])
    assert "none is more or less by more than matters" in found["lead"]
    assert "Hardest hit" not in said
    assert "rises" not in said
    assert "falls" not in said
    assert " 0 are more or less by more than matters" in found["caution"]
    assert "not a projection" in found["caution"]


def _displacing(scenario: str, replicate: int, species: str, outcome: str) -> float:
    if outcome == "displaced_share":
        return (0.3 if species == "jaguar" else 0.2) * ("severe" in scenario) + 0.01 * replicate * (
            "severe" in scenario
        )
    if outcome == "eca_km2":
        return 100.0 + replicate - (25.0 + 0.1 * replicate) * ("severe" in scenario)
    return 5.0 + replicate


def test_answer_names_what_matters_with_its_interval(tmp_path: Path):
    study = made_study(tmp_path / "study", replicates=3, value=_displacing)
    lead = answer(ComparedDays(compare(study), study))["lead"]
    # 30, 31, 32 %: mean 31, half width 4.303 x 1 / sqrt(3) = 2.48 points
    assert "Hardest hit is the jaguar under “severe + now”: 31 % of its residents" in lead
    assert "29 to 33 points" in lead
    # R = 75.9 / 101, residuals -0.15, 0, 0.15: 4.303 x 0.148 / sqrt(3) / 101 = 0.37 %
    assert "it falls by 25 % (95 % interval 24 to 25 %)" in lead
    assert "none is more or less by more than matters" in lead


def test_one_replicate_has_no_intervals_and_says_so(tmp_path: Path):
    study = made_study(tmp_path / "study", replicates=1)
    comparison = compare(study)
    found = answer(ComparedDays(comparison, study))
    assert "ran once" in found["lead"]
    _, page = report_of(study)
    assert "there are no intervals" in page.text
    assert "[nan" not in page.text
    assert "0 to 0" not in page.text
    out = io.StringIO()
    print_effects(comparison, study, Console(file=out, width=100))
    assert "One replicate" in out.getvalue()
    assert not re.search(r"\d (more|less|same|\?)", out.getvalue())


def test_a_single_scenario_is_reported_in_absolute_numbers(tmp_path: Path):
    study = made_study(tmp_path / "study", single=True)
    _, page = report_of(study)
    assert "compares nothing" in page.text
    assert "What changes" not in page.text
    # 10, 11.1, 12: mean 11.03
    assert "11.0" in page.text
    head, *body = end_table(ComparedDays(compare(study), study))
    assert len(head) == len(body[0]) == 7
    assert len(body) == len(study.species)


def _nothing(scenario: str, replicate: int, species: str, outcome: str) -> float:
    return float("nan")


@pytest.mark.parametrize(
    "options",
    [
        {"value": _nothing},
        {"flux": False},
        {"zones": False, "towns": False},
        {"value": lambda *_: 0.0},
    ],
    ids=["all NaN", "no flux", "no core areas or towns", "all zero"],
)
def test_degenerate_studies_still_give_a_page(tmp_path: Path, options):
    study = made_study(tmp_path / "study", replicates=2, **options)
    html, page = report_of(study)
    assert "</html>" in html
    assert not re.search(r"\bnan\b|\binf\b", page.text)
    if "flux" in options or "zones" in options:
        assert "no disperser settled in another block of core areas" in page.text
    if "zones" in options:
        assert "has no core areas" in page.text


@pytest.mark.slow
def test_thirty_scenarios_and_long_names(tmp_path: Path):
    study = made_study(tmp_path / "study", replicates=2, more_levels=13, name="Very long name " * 5)
    assert len(study.scenarios) == 31
    _, page = report_of(study)
    assert sum("Part" in w for w in page.words) >= 3
    assert len(list((study.out / "figures").glob("effects_*.png"))) == 3


def test_terminal_table_fits_a_screen(tmp_path: Path):
    study = made_study(tmp_path / "study", replicates=3, more_levels=13)
    out = io.StringIO()
    print_effects(compare(study), study, Console(file=out, width=100))
    lines = out.getvalue().splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 100
    assert "more in the report" in " ".join(" ".join(lines).split())
    # a word says what a difference means: −2 of 11 is −18 %
    assert any("−18" in line and " less" in line for line in lines)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_terminal_table_cuts_neither_words_nor_numbers(tmp_path: Path, width: int):
    study = made_study(tmp_path / "study", replicates=3, value=_product)
    out = io.StringIO()
    comparison = compare(study)
    print_effects(comparison, study, Console(file=out, width=width))
    shown = out.getvalue()
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown
    head, *body = end_table(ComparedDays(comparison, study))
    for cell in [*head[2:], *(c for line in body for c in line[2:])]:
        assert cell in shown if width > 40 else all(part in shown for part in cell.split())
    # long names go on in the next line
    letters = re.sub(r"\s", "", shown)
    for word in {w for line in body for c in line[:2] for w in c.split()}:
        assert word in letters


def test_a_table_in_a_file_is_as_wide_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    head = ["Species", "Scenario", *(f"Outcome {i} %" for i in range(9))]
    body = [
        [who, "a scenario with a name of many words " * 3, *["+1,234 [−5,678, +9,012] more"] * 9]
        for who in ("Andean bear", "Andean condor")
    ]
    print_table(head, body, "A note.")
    lines = capsys.readouterr().out.splitlines()
    for line in body:
        assert any(all(cell.strip() in row for cell in line) for row in lines)
    assert len(lines) == 5


def test_pages_split_evenly():
    names = [f"s{i}" for i in range(30)]
    found = pages(names, 14)
    assert [len(p) for p in found] == [10, 10, 10]
    assert [n for p in found for n in p] == names
    assert pages([]) == [[]]


def test_crn_reports_the_median_of_finite_ratios(tmp_path: Path):
    study = made_study(tmp_path / "study", replicates=4, value=_noise)
    comparison = compare(study)
    ratios = comparison.effects["variance_ratio"].to_numpy(np.float64)
    expected = float(np.median(ratios[np.isfinite(ratios)]))
    assert crn(ComparedDays(comparison, study))["median"] == pytest.approx(expected)
    perfect = made_study(tmp_path / "perfect", value=plain_value)
    assert np.isnan(crn(ComparedDays(compare(perfect), perfect))["median"])


def _product(scenario: str, replicate: int, species: str, outcome: str) -> float:
    a, b = "severe" in scenario, "warm" in scenario
    return 10.0 + replicate - 3.0 * a - 2.0 * b - (1.0 + 0.1 * replicate) * (a and b)


def test_interaction_is_both_less_the_sum_of_each_alone(tmp_path: Path):
    study = made_study(tmp_path / "study", replicates=3, value=_product)
    assert two_factors(study) == ("fragmentation", ["none", "severe"], "climate", ["now", "warm"])
    cells = crossed(study)
    corners = (
        cells["severe", "warm"],
        cells["severe", "now"],
        cells["none", "warm"],
        cells["none", "now"],
    )
    compared = ComparedDays(compare(study), study)
    rows = interaction_rows(compared, corners, ("daily_path_km",))
    assert [row["species"] for row in rows] == [one.name for one in study.species]
    row = next(row for row in rows if row["species"] == "Jaguar")
    assert (row["sum"], row["together"], row["text"]) == ("−5.00", "−6.10", "−1.10")
    # SD 0.1 over 3: half width 4.303 x 0.1 / sqrt(3) = 0.25
    assert row["span"] == "[−1.35, −0.85]"
    assert row["sure"]


def test_light_comes_from_the_north_west():
    rows, cols = np.mgrid[0:20, 0:20].astype(np.float32)
    towards_north_west = hillshade((rows + cols) * 200, 1000.0)
    towards_south_east = hillshade(-(rows + cols) * 200, 1000.0)
    flat = hillshade(np.zeros((20, 20), np.float32), 1000.0)
    assert towards_north_west.mean() > flat.mean() > towards_south_east.mean()
    assert flat == pytest.approx(np.full((20, 20), 2**-0.5), abs=1e-6)


def test_outlines_and_labels_lie_where_the_areas_are():
    zones = np.zeros((30, 40), np.int16)
    zones[5:15, 10:30] = 1
    base = make_basemap(uniform(30, 40, protected=zones))
    (ring,) = base.rings
    grid = base.land.grid
    assert ring[:, 0].min() == grid.west_m + 10_000
    assert ring[:, 1].max() == grid.north_m - 5_000
    ((name, x, y, km2),) = base.areas
    assert (name, km2) == ("Core 1", 200.0)
    assert (x, y) == (grid.west_m + 20_000, grid.north_m - 10_000)


def test_large_rasters_are_brought_to_a_picture():
    base = make_basemap(uniform(1500, 1400))
    assert base.step == 2
    assert base.ground.shape == (750, 700, 3)


def test_landscape_in_words_and_as_a_map(tmp_path: Path):
    zones = np.zeros((30, 40), np.int16)
    zones[5:15, 10:30] = 1
    land = uniform(30, 40, protected=zones)
    text = show_landscape(land)
    assert "30 x 40 cells of 1000 m, EPSG:32717" in text
    assert re.search(r"Premontane forest +1,200 km² +100.0 %", text)
    assert re.search(r"Core 1 +200 km²", text)
    assert "approximated" in text
    path = plot_landscape(land, tmp_path / "map.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert "no core areas" in show_landscape(uniform(5, 5))
    plot_landscape(uniform(3, 5), tmp_path / "small.png")


def test_every_column_is_an_outcome():
    assert set(tables.COLUMNS) <= set(OUTCOMES)


@pytest.mark.parametrize("module", [numbers, tables, map_labels], ids=lambda m: m.__name__)
def test_examples_in_docstrings(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_one_figure_alone_is_given_as_axes(tmp_path: Path):
    study = made_study(tmp_path / "study", value=plain_value)
    comparison = compare(study)
    ax = draw_effects(comparison, study, "eca_km2")
    assert ax.get_title(loc="left") == OUTCOMES["eca_km2"].label
    assert len(ax.get_yticklabels()) == len(study.scenarios) - 1
    assert draw_effects(comparison, study, "joining_per_year", ax) is ax
    mortality = figure_axes(comparison, study, "mortality")
    assert [one.get_title(loc="left") for one in mortality] == [one.name for one in study.species]
    assert len(figure_axes(comparison, study, "effects")) == len(headlines(OUTCOMES))
