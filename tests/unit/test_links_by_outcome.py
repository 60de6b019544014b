"""Links by each outcome and species: changes, intervals and ranks from the runs, and their page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from corridor_sim.links.by_outcome import ByOutcome, by_outcome, rank_changes
from corridor_sim.report.text.links_found import Found
from corridor_sim.report.text.links_tables import outcome_tables, write_outcomes
from corridor_sim.simulation.days.outcomes import OUTCOMES
from oracles.folders import exact_rows
from oracles.link_country import LINKS, ranked, write_links

NAMES = tuple(LINKS)
AT = {name: i for i, name in enumerate(NAMES)}
FIRST = 6
# by the order of links, where those that are told early stop early
PROCEDURE = f"""
target = "order"
indifference = 0.2
first_replicates = {FIRST}
budget_runs = 60
pairs_runs = 0
confirm_replicates = 3
"""


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240901)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("links")
    path = write_links(folder, links="budget = 9", procedure=PROCEDURE)
    result, evaluator = ranked(path, folder / "out")
    return Found(result, evaluator, evaluator.study.landscape_of(evaluator.study.scenarios[0]))


# what a link is for, in this order: passing, arriving, connected area
ASKED = ("joining_per_year", "dispersal_success", "border_joining_per_year", "eca_km2")
ASKED += ("crossings_per_year", "blocked_share")


def one_of(found: Found, name: str) -> ByOutcome:
    return next(one for one in found.result.by_outcome if one.outcome.name == name)


def test_every_outcome_that_all_runs_have_is_there_once(found: Found) -> None:
    names = [one.outcome.name for one in found.result.by_outcome]
    assert names == [name for name in ASKED if name in names]
    assert {"joining_per_year", "dispersal_success", "eca_km2", "crossings_per_year"} <= set(names)
    assert {one.species for one in found.result.by_outcome} == {"jaguar"}


@pytest.mark.parametrize("name", ["joining_per_year", "eca_km2", "dispersal_success"])
def test_changes_are_paired_means_with_students_interval(found: Found, name: str) -> None:
    at = list(OUTCOMES).index(name)
    spent = found.result.ranking.replicates
    before = found.evaluator.mean_outcomes(frozenset(), range(spent.max()))["jaguar"][:, at]
    one = one_of(found, name)
    i = AT["pass"]
    n = int(spent[i])
    after = found.evaluator.mean_outcomes(frozenset([i]), range(n))["jaguar"][:, at]
    gap = after - before[:n]
    half = stats.t.ppf(0.975, n - 1) * gap.std(ddof=1) / np.sqrt(n)
    assert half > 0
    assert one.without == pytest.approx(before.mean(), rel=1e-12, abs=1e-12)
    assert one.change[i] == pytest.approx(gap.mean(), rel=1e-12)
    assert one.low[i] == pytest.approx(gap.mean() - half, rel=1e-9)
    assert one.high[i] == pytest.approx(gap.mean() + half, rel=1e-9)


def test_the_pass_is_first_by_all_that_counts_arrivals(found: Found) -> None:
    for name in ("joining_per_year", "dispersal_success", "eca_km2"):
        ranking = one_of(found, name).ranking
        assert ranking.order[0] == AT["pass"]
        assert ranking.low_all[AT["pass"]] > 0


def test_what_is_better_when_less_is_ranked_by_its_fall(rng: np.random.Generator) -> None:
    k, n = 4, 12
    fall = np.array([0.0, -0.3, 0.2, -0.1])[:, None] + 0.01 * rng.standard_normal((k, n))
    one = rank_changes(OUTCOMES["blocked_share"], "jaguar", np.full(n, 0.5), fall, 0.95)
    assert list(one.ranking.order) == [1, 3, 0, 2]
    assert one.ranking.better.sum() == 6
    np.testing.assert_allclose(one.change, fall.mean(axis=1), rtol=1e-12)
    assert (one.low < one.change).all()
    assert (one.change < one.high).all()
    other = rank_changes(OUTCOMES["mean_elevation_m"], "jaguar", np.full(n, 0.5), fall, 0.95)
    assert list(other.ranking.order) == [2, 0, 3, 1]


def test_an_outcome_that_no_link_changes_is_said_to_be_still(found: Found) -> None:
    # crossing structures take their piece of wall away: what is met elsewhere still stops all
    one = one_of(found, "blocked_share")
    assert one.still
    assert one.ranking.better.sum() == 0
    assert "-" not in "".join(str(v) for v in one.change)
    table = next(t for t in outcome_tables(found) if t["label"] == one.outcome.label)
    assert table["found"] == "jaguar: no link changed it"


def test_every_replicate_of_a_link_counts(found: Found) -> None:
    spent = found.result.ranking.replicates
    # links that were told early have fewer than the others, none is cut to what all have
    assert spent.min() < spent.max()
    for one in found.result.by_outcome:
        np.testing.assert_array_equal(one.ranking.valid, spent)
    at = list(OUTCOMES).index("joining_per_year")
    one = one_of(found, "joining_per_year")
    for i, n in enumerate(spent):
        base, built = (
            found.evaluator.mean_outcomes(chosen, range(int(n)))["jaguar"][:, at]
            for chosen in (frozenset(), frozenset([i]))
        )
        assert one.change[i] == pytest.approx((built - base).mean(), rel=1e-12, abs=1e-12)
        benefit = found.evaluator.benefits([frozenset([i])], range(int(n)))[0, 0]
        assert found.result.by_species[0, i] == pytest.approx(benefit.mean(), abs=1e-12)
    fewer = by_outcome(found.evaluator, [5] * len(NAMES), 0.95)
    assert {int(v) for less in fewer for v in less.ranking.valid} == {5}


def test_the_page_shows_each_change_beside_its_ranks(found: Found) -> None:
    tables = {table["label"]: table for table in outcome_tables(found)}
    table = tables[OUTCOMES["joining_per_year"].label]
    assert [row["name"] for row in table["rows"]] == [NAMES[i] for i in found.order]
    top = table["rows"][0]["cells"][0]
    assert (top["sure"], top["good"]) == (True, "better")
    one = one_of(found, "joining_per_year")
    decoy = next(row for row in table["rows"] if row["name"] == "away")["cells"][0]
    assert (decoy["sure"], decoy["good"]) == (False, "")
    low, high = one.ranking.rank_low[AT["away"]], one.ranking.rank_high[AT["away"]]
    assert decoy["ranks"] == f"{low}–{high}"
    assert table["told"] == [f"{int(one.ranking.better.sum())} of 28"]
    assert "jaguar: " in table["found"]
    # what neither way is better is never toned
    for table in tables.values():
        if "neither way" in table["note"]:
            assert {cell["good"] for row in table["rows"] for cell in row["cells"]} == {""}


def test_the_file_holds_every_link_outcome_and_species(found: Found, tmp_path: Path) -> None:
    path = write_outcomes(found, tmp_path)
    assert path == tmp_path / "tables" / "links_outcomes.parquet"
    rows = exact_rows(tmp_path, "links_outcomes")
    assert len(rows) == len(found.result.by_outcome) * len(NAMES)
    one = one_of(found, "eca_km2")
    row = next(r for r in rows if r["outcome"] == "eca_km2" and r["link"] == "pass")
    assert float(row["change"]) == one.change[AT["pass"]]
    assert int(row["rank"]) == one.ranking.rank[AT["pass"]] == 1
    assert row["replicates"] == str(found.result.ranking.replicates[AT["pass"]])
