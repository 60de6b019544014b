"""What a planner reads of a ranking of links: right numbers, and no more than they show."""

from __future__ import annotations

import csv
import dataclasses
import doctest
import html
import io
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from corridor_sim.decision.confirm import confirm
from corridor_sim.kernels.states import DISPERSER, STAGES
from corridor_sim.links.files import write_result
from corridor_sim.study.life_runfile import load_life
from corridor_sim.study.runfile import load_run
from corridor_sim.views import links_answer, links_found, links_tables, links_theory, links_use
from corridor_sim.views.links_found import Found
from corridor_sim.views.links_report import write_links_report
from oracles.link_country import LINKS, candidate, ranked, write_country, write_links

NAMES = tuple(LINKS)
AT = {name: i for i, name in enumerate(NAMES)}
EVIL = '</style><script>alert("x")</script> & more'
PROCEDURE = """
indifference = 0.2
first_replicates = 5
budget_runs = 50
pairs_runs = 35
confirm_replicates = 3
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("links")
    path = write_links(folder, links="budget = 9", procedure=PROCEDURE)
    result, workshop = ranked(path, folder / "out")
    return Found(result, workshop, workshop.study.landscape_of(workshop.study.scenarios[0]))


def with_(found: Found, **changes: Any) -> Found:
    """Return the same ranking with parts of the result replaced."""
    return dataclasses.replace(found, result=dataclasses.replace(found.result, **changes))


def page_of(found: Found) -> str:
    write_result(found.result, found.workshop, found.land)
    path = write_links_report(found.result, found.workshop, found.land)
    return path.read_text(encoding="utf-8")


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def points_of(found: Found) -> dict[str, str]:
    return {p["head"]: p["text"] for p in links_answer.answer(found)["points"]}


class Outside(HTMLParser):
    """Collects addresses that a page would fetch, ids, and links within the page."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.inner: list[str] = []
        self.files: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "src" and value and not value.startswith("data:"):
                self.fetched.append(value)
            if name == "id" and value:
                self.ids.append(value)
            if name == "href" and value:
                (self.inner if value.startswith("#") else self.files).append(value.lstrip("#"))


def test_the_page_stands_alone_and_its_links_lead_somewhere(found: Found) -> None:
    page = page_of(found)
    seen = Outside()
    seen.feed(page)
    assert not seen.fetched
    assert "script" not in seen.tags
    assert "http" not in text_of(page[: page.index('id="method"')])
    assert set(seen.inner) <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))
    assert seen.files
    for name in seen.files:
        assert (found.workshop.study.out / name).exists(), name
    assert {"links.gpkg", "links.qml", "ranking.csv", "frontier.csv", "pairs.csv"} <= set(
        seen.files
    )
    assert sum(one.startswith("link-") for one in seen.ids) == len(NAMES)


def test_the_answer_names_the_chosen_set_its_cost_and_its_simulation(found: Found) -> None:
    lead = links_answer.answer(found)["lead"]
    chosen, seen = found.result.chosen, found.result.confirmation
    assert chosen is not None
    assert seen is not None
    assert lead.startswith(f"For 9 million USD: build {found.listed(chosen.links)}.")
    assert f"cost {chosen.cost:g} million USD" in lead
    # more for the money is named where the set is only the cheapest of those that are as good
    most = max(p.benefit for p in found.result.frontier if p.cost <= 9)
    assert ("this one promises the most" in lead) == (chosen.benefit >= most)
    dear = next(p for p in found.result.frontier if p.benefit == most)
    cheaper = dataclasses.replace(chosen, benefit=most - 0.1)
    lead_of = links_answer.answer(with_(found, chosen=cheaper))["lead"]
    assert f"a promise of {found.amount(most)}, for {dear.cost:g} million USD" in lead_of
    assert "the cheapest that comes within the 20 points" in lead_of
    assert f"{100 * seen.simulated:+.0f} points" in lead.replace("\N{MINUS SIGN}", "-")


def test_equal_ranks_are_called_equal_and_undecided_pairs_are_counted(found: Found) -> None:
    points, ranking = points_of(found), found.result.ranking
    k = len(NAMES)
    told = int(ranking.better.sum())
    assert (
        f"Of {k * (k - 1) // 2} pairs of links {told} were told apart"
        in (points["What was not told apart"])
    )
    none = np.zeros((k, k), dtype=bool)
    flat = dataclasses.replace(
        ranking, better=none, equal=none, groups=(tuple(found.order),), letters=("a",) * k
    )
    points = points_of(with_(found, ranking=flat))
    assert f"All {k} links are of equal rank" in points["Which are equal"]
    assert f"{k * (k - 1) // 2} left undecided" in points["What was not told apart"]


def test_nothing_is_certain_that_the_interval_for_all_links_leaves_open(found: Found) -> None:
    ranking = found.result.ranking
    assert "pass" in points_of(found)["How sure"].split("for certain")[0]
    wide = dataclasses.replace(ranking, low_all=ranking.low_all - 1e3)
    text = points_of(with_(found, ranking=wide))["How sure"]
    assert "No link helps for certain" in text
    assert "Looked at alone, pass" in text


@pytest.mark.parametrize(
    ("predicted", "says"),
    [(0.0, "it promised too little"), (9.0, "it promised too much"), (2.0, "No: predicted")],
)
def test_a_surrogate_that_misled_is_called_so(found: Found, predicted: float, says: str) -> None:
    seen = confirm(predicted, np.array([1.99, 2.0, 2.01]), tolerance=0.05)
    points = points_of(with_(found, confirmation=seen))
    assert says in points["Did the surrogate mislead?"]


def test_synergy_and_redundancy_stand_in_the_answer_and_first_in_the_table(found: Found) -> None:
    text = points_of(found)["Together"]
    assert "inner and outer give more together for the jaguar" in text
    assert "left and right partly replace each other for the jaguar" in text
    rows = links_tables.pair_rows(found)
    kinds = {(r["first"], r["second"]): r["kind"] for r in rows}
    assert kinds["left", "right"] == "redundancy"
    assert kinds["inner", "outer"] == "synergy"
    assert [r["kind"] for r in rows[2:]] == ["adds up"] * (len(rows) - 2)


def test_links_that_help_only_together_are_not_said_to_be_there_by_chance(found: Found) -> None:
    chosen = found.result.chosen
    assert chosen is not None
    assert {AT["inner"], AT["outer"]} <= set(chosen.links)
    text = points_of(found)["How sure"]
    assert "(inner and outer): in the set for what they give together" in text
    alone = points_of(with_(found, interactions=None, design=None))["How sure"]
    assert "(inner and outer): in the set because the means add up" in alone


@pytest.mark.parametrize(
    ("changes", "gone", "said"),
    [
        ({"chosen": None, "confirmation": None}, "What the chosen set changes", "No budget was"),
        ({"interactions": None, "design": None}, "All simulated pairs", "No pairs were simulated"),
        ({"confirmation": None}, "Did the surrogate mislead", "For 9 million USD"),
    ],
)
def test_parts_that_are_not_there_are_left_out_and_said_so(
    found: Found, changes: dict[str, Any], gone: str, said: str
) -> None:
    if "chosen" in changes:
        changes |= {"settings": found.result.settings.model_copy(update={"budget": None})}
    text = text_of(page_of(with_(found, **changes)))
    assert gone not in text
    assert said in text


def test_a_link_without_a_value_is_written_as_a_dash(found: Found) -> None:
    ranking, lost = found.result.ranking, AT["away"]
    holes = {}
    for name in ("mean", "low", "high", "low_all", "high_all", "right", "right_within"):
        values = getattr(ranking, name).copy()
        values[lost] = np.nan
        holes[name] = values
    by_species = found.result.by_species.copy()
    by_species[:, lost] = np.nan
    hurt = with_(
        found, ranking=dataclasses.replace(ranking, **holes), by_species=by_species,
        by_species_low=by_species, by_species_high=by_species,
    )  # fmt: skip
    text = text_of(page_of(hurt))
    assert "nan" not in re.sub(r"\s+", " ", text).lower().split()
    row = next(r for r in links_tables.ranking_rows(hurt) if r["name"] == "away")
    assert row["benefit"]["text"] == "–"
    assert not row["benefit"]["sure"]


def test_days_inside_a_link_are_those_of_the_run_files(found: Found) -> None:
    use = links_use.read_use(found)[AT["pass"]]
    study, n = found.workshop.study, int(found.result.ranking.replicates[AT["pass"]])
    species = study.species[0]
    cells = set(found.result.links[AT["pass"]].cells.tolist())
    means = []
    for chosen in (frozenset(), frozenset([AT["pass"]])):
        days = []
        for run in found.runs(chosen, range(n)):
            records = load_run(study.path(run), ["jaguar"], len(STAGES))
            assert records is not None
            where, count = records["jaguar"].visits[DISPERSER]
            inside = sum(int(c) for at, c in zip(where, count, strict=True) if int(at) in cells)
            settings = study.scenarios[0].scenario.species["jaguar"]
            looks = species.movement.steps_per_day
            if settings.dispersal is not None:
                looks = settings.dispersal.visits_per_day(looks)
            days.append(inside / looks / settings.disperser_sampling)
        means.append(float(np.mean(days)))
    got = use.passing[0]
    assert use.n == n
    assert got.baseline.mean == pytest.approx(means[0], rel=1e-6)
    assert got.scenario.mean == pytest.approx(means[1], rel=1e-6)
    # the pass is a wall until it is built
    assert means[1] > means[0]


def test_deaths_beside_a_link_are_those_within_5_km_of_its_cells(found: Found) -> None:
    i = AT["left"]
    near = links_use.beside(found, i).reshape(found.land.grid.shape)
    rows, cols = np.divmod(found.result.links[i].cells, found.land.grid.width)
    at = np.argwhere(np.ones(near.shape, bool))
    away = np.sqrt(((at[:, None] - np.stack([rows, cols], 1)[None]) ** 2).sum(2)).min(1)
    # cells of 1 km
    assert np.array_equal(near.reshape(-1), away <= 5.0)
    use = links_use.read_use(found)[i]
    assert all(near.reshape(-1)[d].all() for d in use.dead)
    without, with_it = sum(c[1] for c in use.causes), sum(c[2] for c in use.causes)
    assert without == pytest.approx(use.died[0].baseline.mean)
    assert with_it == pytest.approx(use.died[0].scenario.mean)
    assert without + with_it > 0


def test_a_link_whose_runs_are_gone_has_a_page_that_says_so(found: Found, tmp_path: Path) -> None:
    gone = found.runs(frozenset([AT["half-way"]]), range(5))
    kept = {}
    for run in gone:
        path = found.workshop.study.path(run)
        kept[path] = shutil.copy(path, tmp_path / path.name)
        path.unlink()
    try:
        assert links_use.read_use(found)[AT["half-way"]].n == 0
        assert "Its runs are gone from the folder" in text_of(page_of(found))
    finally:
        for path, copy in kept.items():
            shutil.copy(copy, path)


def test_theory_disagrees_only_where_the_verdicts_leave_no_room(found: Found) -> None:
    ranking = found.result.ranking
    agrees = -ranking.rank.astype(float)
    contrary = agrees.copy()
    contrary[AT["pass"]] = agrees.min() - 1

    class Result:
        """A result with what theory says of the same links."""

        def __init__(self, reference: Any) -> None:
            self.reference = reference

        def __getattr__(self, name: str) -> Any:
            return getattr(found.result, name)

    def theory(reference: Any) -> dict[str, Any] | None:
        result: Any = Result(reference)
        return links_theory.theory(dataclasses.replace(found, result=result))

    assert theory(None) is None
    told = theory({"current_flow": agrees, "dpc": contrary, "unit": "A", "cell_m": 9.0})
    assert told is not None
    assert told["heads"] == ["Current flow", "dPC"]
    assert "contradicts no verdict" in told["words"][0]
    low, high = ranking.rank_low[AT["pass"]], ranking.rank_high[AT["pass"]]
    assert high < len(NAMES)
    assert f"pass (theory {len(NAMES)}, simulation {low} to {high})" in told["words"][1]
    (row,) = [r for r in told["rows"] if r["name"] == "pass"]
    assert [c["off"] for c in row["cells"]] == [False, True]


def test_the_terminal_shows_whole_numbers_in_100_columns(found: Found) -> None:
    long = tuple(
        dataclasses.replace(link, name=f"{link.name} from the high páramo down to the last lowland")
        for link in found.result.links
    )
    for links in (found.result.links, long):
        out, one = io.StringIO(), with_(found, links=links)
        links_tables.print_table(one, Console(file=out, width=100))
        lines = out.getvalue().splitlines()
        assert max(map(len, lines)) <= 100
        table = [line for line in lines if any(name in line for name in NAMES)][: len(NAMES)]
        ranking = found.result.ranking
        for line, i in zip(table, found.order, strict=True):
            assert NAMES[i] in line
            assert f"{ranking.rank_low[i]}–{ranking.rank_high[i]}" in line
            assert line.startswith("*") == (i in found.chosen)
            cost, runs = line.split()[-2:]
            assert cost == f"{found.result.links[i].cost:g}"
            assert runs == str(ranking.replicates[i])
            assert ("…" in line) == (links is long)


def test_tables_hold_what_the_page_shows(found: Found) -> None:
    page_of(found)
    out = found.workshop.study.out / "tables"
    with (out / "links_species.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["link"] for r in rows] == [NAMES[i] for i in found.order]
    for row in rows:
        assert float(row["benefit"]) == found.result.by_species[0, AT[row["link"]]]
    with (out / "links_passage.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    uses = links_use.read_use(found)
    for row in rows:
        use = uses[AT[row["link"]]]
        assert float(row["disperser_days_inside_with"]) == use.passing[0].scenario.mean
        assert float(row["deaths_within_5_km_difference"]) == use.died[0].difference.mean


def test_two_pages_of_one_ranking_are_the_same_bytes(found: Found) -> None:
    assert page_of(found) == page_of(found)


DECADES = """
name = "Decades"
[base]
years = 5
seed = 5
[base.landscape]
elevation = "dem.tif"
protected_areas = "cores.gpkg"
roads = "walls.gpkg"
road_class_field = "class"
[base.life_cycle]
days_per_season = 3
genes = false
[base.life_cycle.burn_in]
at_most_y = 4
[base.species.jaguar]
[links]
budget = 5
fair = true
[links.benefit]
weights = { animals_end = 1.0, flux_per_decade = 3.0 }
scales = { flux_per_decade = 10.0 }
[links.procedure]
first_replicates = 5
budget_runs = 15
confirm_replicates = 3
"""


def test_a_ranking_by_decades_has_its_page_too(tmp_path: Path) -> None:
    write_country(tmp_path)
    path = tmp_path / "decades.toml"
    path.write_text(f"{DECADES}{candidate('pass')}\n{candidate('left')}", encoding="utf-8")
    result, workshop = ranked(path, tmp_path / "out")
    one = Found(result, workshop, workshop.study.landscape_of(workshop.study.scenarios[0]))
    assert one.years == 5
    text = re.sub(r"\s+", " ", text_of(page_of(one)))
    assert "animals that live inside at the end" in text
    assert "“Animals at the end”, in per cent of the baseline, weight 0.25" in text
    assert "“Settled in another core area”, in hundredths of 10, weight 0.75" in text
    assert result.chosen is not None
    if result.chosen.links:
        assert "for the species that gains least and" in text
    use = links_use.read_use(one)[0]
    assert use.change is None
    assert use.n == 5
    where = tmp_path / "out" / "tables" / "links_passage.csv"
    assert "living_inside_without" in where.read_text(encoding="utf-8")
    # who lives where at the end, counted anew from a run file
    (run, *_) = one.runs(frozenset([0]), range(5))
    records = load_life(workshop.study.path(run), ["jaguar"], 5)
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
    path = write_links(tmp_path, procedure="first_replicates = 5\nbudget_runs = 15", days=3,
                       count=300, candidates=links)  # fmt: skip
    result, workshop = ranked(path, tmp_path / "out")
    one = Found(result, workshop, workshop.study.landscape_of(workshop.study.scenarios[0]))
    page = page_of(one)
    seen = Outside()
    seen.feed(page)
    assert "script" not in seen.tags
    assert EVIL not in page
    assert html.escape(EVIL, quote=False) in page.replace("&#34;", '"')
    assert "All 2 links are of equal rank" in text_of(page)
    assert "No budget was given" in text_of(page)


@pytest.mark.parametrize("module", [links_found, links_tables])
def test_examples_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0
