"""What a planner reads of a ranking of links: right numbers, and no more than they show."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from corridor_sim.decision.confirm import confirm
from corridor_sim.kernels.states import DISPERSER, STAGES
from corridor_sim.links.reference import Reference
from corridor_sim.report.text import links_answer, links_printed, links_tables, links_use
from corridor_sim.report.text.links_found import Found
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.days.run_file import load_run
from oracles.links_pages import AT, NAMES, with_


def points_of(country: Found) -> dict[str, str]:
    return {p["head"]: p["text"] for p in links_answer.answer(country)["points"]}


def test_the_answer_names_the_chosen_set_its_cost_and_its_simulation(country: Found) -> None:
    lead = links_answer.answer(country)["lead"]
    chosen, seen = country.result.chosen, country.result.confirmation
    assert chosen is not None
    assert seen is not None
    assert lead.startswith(f"For 9 million USD: build {country.listed(chosen.links)}.")
    assert f"cost {chosen.cost:g} million USD" in lead
    # more for the money is named where the set is only the cheapest of those that are as good
    most = max(p.benefit for p in country.result.frontier if p.cost <= 9)
    assert ("this one promises the most" in lead) == (chosen.benefit >= most)
    dear = next(p for p in country.result.frontier if p.benefit == most)
    cheaper = dataclasses.replace(chosen, benefit=most - 0.1)
    lead_of = links_answer.answer(with_(country, chosen=cheaper))["lead"]
    assert f"a promise of {country.amount(most)}, for {dear.cost:g} million USD" in lead_of
    assert re.search(r"the cheapest that comes within the 20(\.0)? points", lead_of)
    assert f"{100 * seen.simulated:+.0f}" in lead.replace("\N{MINUS SIGN}", "-")


def test_the_answer_says_why_nothing_is_built(country: Found) -> None:
    result = country.result
    none = next(p for p in result.frontier if not p.links)
    # less than what is indifferent
    single = next(p for p in result.frontier if len(p.links) == 1)
    small = dataclasses.replace(single, benefit=0.15)
    for points, words in (
        ((none,), "No set of links within the budget promises a benefit whose interval excludes 0"),
        (
            (none, small),
            f"a promise of {country.amount(small.benefit)}, for {small.cost:g} million",
        ),
    ):
        lead = links_answer.answer(with_(country, chosen=none, frontier=points))["lead"]
        assert lead.startswith("For 9 million USD: build nothing. ")
        assert words in lead
        within = re.search(r"within the 20(\.0)? points that do not matter", lead)
        assert (within is not None) == (len(points) == 2)


def test_the_answer_gives_animals_beside_per_cents(country: Found) -> None:
    first = int(country.result.ranking.replicates.max())
    fresh = range(first, first + country.result.settings.procedure.confirm_replicates)
    at = list(OUTCOMES).index("joining_per_year")
    without, built = (
        country.evaluator.mean_outcomes(chosen, fresh)["jaguar"][:, at].mean()
        for chosen in (frozenset(), country.chosen)
    )
    assert built > without
    text = points_of(country)["In numbers"]
    assert text.startswith(
        "Animals joining another block (animals a year), without and with the set"
    )
    assert f"Jaguar {without:.2f} and {built:.2f}" in text
    assert "In numbers" not in points_of(with_(country, confirmation=None))


def test_equal_ranks_are_called_equal_and_undecided_pairs_are_counted(country: Found) -> None:
    points, ranking = points_of(country), country.result.ranking
    k = len(NAMES)
    told = int(ranking.better.sum())
    assert (
        f"Of {k * (k - 1) // 2} pairs of links {told} were told apart"
        in (points["What was not told apart"])
    )
    none = np.zeros((k, k), dtype=bool)
    flat = dataclasses.replace(
        ranking, better=none, equal=none, groups=(tuple(country.order),), letters=("a",) * k
    )
    points = points_of(with_(country, ranking=flat))
    assert f"All {k} links are of equal rank" in points["Which are equal"]
    assert f"{k * (k - 1) // 2} left undecided" in points["What was not told apart"]


def test_nothing_is_certain_that_the_interval_for_all_links_leaves_open(country: Found) -> None:
    ranking = country.result.ranking
    assert "pass" in points_of(country)["How sure"].split("clearly")[0]
    wide = dataclasses.replace(ranking, low_all=ranking.low_all - 1e3)
    text = points_of(with_(country, ranking=wide))["How sure"]
    assert "No link helps clearly" in text
    assert "Looked at alone, pass" in text


@pytest.mark.parametrize(
    ("predicted", "says"),
    [(0.0, "it promised too little"), (9.0, "it promised too much"), (2.0, "No: predicted")],
)
def test_a_surrogate_that_misled_is_called_so(country: Found, predicted: float, says: str) -> None:
    seen = confirm(predicted, np.array([1.99, 2.0, 2.01]), tolerance=0.05)
    points = points_of(with_(country, confirmation=seen))
    assert says in points["Did the prediction mislead?"]


def test_synergy_and_redundancy_stand_in_the_answer_and_first_in_the_table(country: Found) -> None:
    text = points_of(country)["Together"]
    assert "inner and outer give more together for the jaguar" in text
    assert "left and right partly replace each other for the jaguar" in text
    rows = links_tables.pair_rows(country)
    kinds = {(r["first"], r["second"]): r["kind"] for r in rows}
    assert kinds["left", "right"] == "redundancy"
    assert kinds["inner", "outer"] == "synergy"
    assert [r["kind"] for r in rows[2:]] == ["adds up"] * (len(rows) - 2)


def test_links_that_help_only_together_are_not_said_to_be_there_by_chance(country: Found) -> None:
    chosen = country.result.chosen
    assert chosen is not None
    assert {AT["inner"], AT["outer"]} <= set(chosen.links)
    text = points_of(country)["How sure"]
    assert "(inner and outer): in the set for what they give together" in text
    alone = points_of(with_(country, interactions=None, design=None))["How sure"]
    assert "(inner and outer): in the set because the means add up" in alone


def test_days_inside_a_link_are_those_of_the_run_files(country: Found) -> None:
    use = links_use.read_use(country)[AT["pass"]]
    study, n = country.evaluator.study, int(country.result.ranking.replicates[AT["pass"]])
    species = study.species[0]
    cells = set(country.result.links[AT["pass"]].cells.tolist())
    means = []
    for chosen in (frozenset(), frozenset([AT["pass"]])):
        days = []
        for run in country.runs(chosen, range(n)):
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


def test_deaths_beside_a_link_are_those_within_5_km_of_its_cells(country: Found) -> None:
    i = AT["left"]
    near = links_use.beside(country, i).reshape(country.land.grid.shape)
    rows, cols = np.divmod(country.result.links[i].cells, country.land.grid.width)
    at = np.argwhere(np.ones(near.shape, bool))
    away = np.sqrt(((at[:, None] - np.stack([rows, cols], 1)[None]) ** 2).sum(2)).min(1)
    # cells of 1 km
    assert np.array_equal(near.reshape(-1), away <= 5.0)
    use = links_use.read_use(country)[i]
    assert all(near.reshape(-1)[d].all() for d in use.dead)
    without, with_it = sum(c[1] for c in use.causes), sum(c[2] for c in use.causes)
    assert without == pytest.approx(use.died[0].baseline.mean)
    assert with_it == pytest.approx(use.died[0].scenario.mean)
    assert without + with_it > 0


def test_theory_disagrees_only_where_the_verdicts_leave_no_room(country: Found) -> None:
    ranking = country.result.ranking
    agrees = -ranking.rank.astype(float)
    contrary = agrees.copy()
    contrary[AT["pass"]] = agrees.min() - 1

    def theory(reference: Reference | None) -> dict[str, Any] | None:
        return links_tables.theory(with_(country, reference=reference))

    assert theory(None) is None
    told = theory(Reference(current_flow=agrees, dpc=contrary, k_per_km=0.1, cell_m=9.0))
    assert told is not None
    assert told["heads"] == ["Current flow", "dPC"]
    assert "contradicts no verdict" in told["words"][0]
    low, high = ranking.rank_low[AT["pass"]], ranking.rank_high[AT["pass"]]
    assert high < len(NAMES)
    assert f"pass (theory {len(NAMES)}, simulation {low} to {high})" in told["words"][1]
    (row,) = [r for r in told["rows"] if r["name"] == "pass"]
    assert [c["off"] for c in row["cells"]] == [False, True]


def test_the_terminal_shows_whole_numbers_in_100_columns(country: Found) -> None:
    long = tuple(
        dataclasses.replace(link, name=f"{link.name} from the high páramo down to the last lowland")
        for link in country.result.links
    )
    for links in (country.result.links, long):
        out, one = io.StringIO(), with_(country, links=links)
        links_printed.print_table(one, Console(file=out, width=100))
        lines = out.getvalue().splitlines()
        assert max(map(len, lines)) <= 100
        table = [line for line in lines if any(name in line for name in NAMES)][: len(NAMES)]
        ranking = country.result.ranking
        for line, i in zip(table, country.order, strict=True):
            assert NAMES[i] in line
            assert f"{ranking.rank_low[i]}–{ranking.rank_high[i]}" in line
            assert line.startswith("*") == (i in country.chosen)
            cost, runs = line.split()[-2:]
            assert cost == f"{country.result.links[i].cost:g}"
            assert runs == str(ranking.replicates[i])
            # a long name goes on in the next line
            assert "…" not in line
