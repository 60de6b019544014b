"""What the page of a ranking says follows from its numbers: ties, money, pairs, promises."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.config.links import Benefit
from corridor_sim.decision.confirm import Prediction, confirm
from corridor_sim.decision.selection import BUDGET, TOLD
from corridor_sim.landscape.landscape import Origin
from corridor_sim.links.files import write_result
from corridor_sim.report.text import links_answer, links_tables
from corridor_sim.report.text.links_found import Found
from oracles.folders import exact_rows
from oracles.link_country import candidate, ranked, write_links
from oracles.links_pages import AT, page_of, text_of, with_

# as a whole it takes long; each part has quicker tests beside it
pytestmark = pytest.mark.slow

ZEROES = ("half-way", "inner", "away", "dead end", "outer")


PER_CENT = Benefit(weights={"joining_per_year": 1.0})


def points_of(country: Found) -> dict[str, str]:
    return {p["head"]: p["text"] for p in links_answer.answer(country)["points"]}


def settled(country: Found, *, budget: float | None = 9.0, **procedure: Any) -> Found:
    """Return the ranking with another budget or procedure, its choice as it was."""
    settings = country.result.settings
    rule = settings.procedure.model_copy(update=procedure)
    return with_(
        country, settings=settings.model_copy(update={"budget": budget, "procedure": rule})
    )


def test_links_that_did_the_same_share_their_rank_everywhere(country: Found) -> None:
    ranking = country.result.ranking
    same = [AT[name] for name in ZEROES]
    assert set(ranking.rank[same]) == {4}
    assert len({ranking.letters[i] for i in same}) == 1
    assert ranking.right[same] == pytest.approx(1 / len(same))
    rows = {r["name"]: r for r in links_tables.ranking_rows(country)}
    assert {rows[name]["rank"] for name in ZEROES} == {"4="}
    assert [rows[name]["rank"] for name in ("pass", "left", "right")] == ["1", "2", "3"]
    # in the order of the file, which the answer says is no order
    assert [r["name"] for r in links_tables.ranking_rows(country)[3:]] == list(ZEROES)
    text = points_of(country)["Which are equal"]
    assert "half-way, inner, away, dead end and outer have the same mean and share rank 4." in text
    page_of(country)
    written = {r["name"]: r["rank"] for r in exact_rows(country.evaluator.study.out, "ranking")}
    assert {written[name] for name in ZEROES} == {"4"}
    for table in country.result.by_outcome:
        if table.still:
            assert set(table.ranking.rank) == {1}
            assert table.ranking.right == pytest.approx(1 / len(AT))


def test_two_links_that_are_the_best_are_both_named(country: Found) -> None:
    ranking = country.result.ranking
    mean, rank, right = ranking.mean.copy(), ranking.rank.copy(), ranking.right.copy()
    mean[AT["left"]], rank[AT["left"]] = mean[AT["pass"]], 1
    right[[AT["pass"], AT["left"]]] = 0.5
    # of two with the same mean no rank is known
    last = ranking.rank_high.copy()
    last[[AT["pass"], AT["left"]]] = 2
    equal = dataclasses.replace(ranking, mean=mean, rank=rank, right=right, rank_high=last)
    tied = with_(country, ranking=equal)
    sure = points_of(tied)["How sure"]
    assert "pass and left have the largest mean, +100 points" in sure
    assert "each of them ranks first with probability 50 %" in sure
    none = with_(settled(tied, budget=None), chosen=None, confirmation=None)
    lead = links_answer.answer(none)["lead"]
    assert "pass and left have the largest benefit, +100 points." in lead


def test_a_set_that_is_just_as_good_is_named(country: Found) -> None:
    assert "Just as good" not in points_of(country)
    chosen = country.result.chosen
    assert chosen is not None
    other = tuple(sorted({*chosen.links, AT["right"]} - {AT["left"]}))
    for ties, words in (
        ((other,), "right instead of left would cost and promise exactly the same. That the set"),
        ((other,) * 5, "; and 2 more sets at least."),
    ):
        tied = with_(country, chosen=dataclasses.replace(chosen, ties=ties))
        assert words in points_of(tied)["Just as good"]
        assert links_tables.frontier_rows(tied)[-2]["chosen"]


@pytest.mark.parametrize(
    ("indifference", "budget", "must", "why"),
    [
        (
            2.0,
            9.0,
            {},
            r"that is within the 200 points that do not matter \(links.procedure.indiff",
        ),
        (2.0, 3.0, {}, "it costs 4 million USD, more than the budget"),
        (0.2, 9.0, {"pass": False}, r"the links file says that it may not be built \(must = false"),
    ],
)
def test_nothing_is_built_beside_a_link_that_helps_only_with_the_reason(
    country: Found, indifference: float, budget: float, must: dict[str, bool], why: str
) -> None:
    none = next(p for p in country.result.frontier if not p.links)
    links = tuple(dataclasses.replace(one, must=must.get(one.name)) for one in country.result.links)
    found = with_(
        settled(country, budget=budget, indifference=indifference),
        chosen=none,
        confirmation=None,
        links=links,
    )
    lead = links_answer.answer(found)["lead"]
    assert lead.startswith(f"For {budget:g} million USD: build nothing. ")
    assert re.search(rf"pass helps clearly \(\+100 points \[[^]]*\]\), but {why}", lead), lead
    assert lead.endswith("All of the money is left.")


@pytest.mark.parametrize(
    ("budget", "never", "says"),
    [
        (9.0, (), None),
        (
            9.25,
            (),
            "0.25 million USD of the 9.25 million USD are left: the cheapest other link, "
            "half-way, costs 1 million USD.",
        ),
        (
            10.0,
            (),
            "1 million USD of the 10 million USD are left: none of the other links that it "
            "pays for (half-way, away and dead end) adds to the set a benefit whose interval ex",
        ),
        (
            10.0,
            ("half-way", "away", "dead end", "right"),
            "1 million USD of the 10 million USD are left: there is no other link "
            "that may be built.",
        ),
        (
            20.0,
            (),
            "11 million USD of the 20 million USD are left: what more it could buy gains no "
            "more than what does not matter.",
        ),
    ],
)
def test_what_is_left_of_the_money_is_said_with_the_reason(
    country: Found, budget: float, never: tuple[str, ...], says: str | None
) -> None:
    links = tuple(
        dataclasses.replace(one, must=False if one.name in never else None)
        for one in country.result.links
    )
    lead = links_answer.answer(with_(settled(country, budget=budget), links=links))["lead"]
    assert ("left:" in lead) == (says is not None)
    if says is not None:
        assert says in lead


def test_a_link_that_helps_and_is_not_chosen_comes_with_the_reason(country: Found) -> None:
    sure = points_of(country)["How sure"]
    assert re.search(
        r"right helps clearly \(.*?\), but it costs 2 million USD, more than is le", sure
    )
    assert "left helps clearly" not in sure


def test_pairs_that_were_not_simulated_are_not_said_to_add_up(country: Found) -> None:
    text = points_of(country)["Together"]
    assert text.startswith("7 pairs of links were simulated (of 28 possible).")
    assert "For the other 5 pairs simulated no interval of a synergy or redundancy excl" in text
    assert "excludes 0; their intervals leave" in text
    assert "Of the 21 pairs that were not simulated nothing is known." in text
    seen = country.result.interactions
    assert seen is not None
    flat = dataclasses.replace(seen, kept=0 * seen.kept)
    text = points_of(with_(country, interactions=flat))["Together"]
    assert (
        "7 pairs of links were simulated (of 28 possible): no interval of a synergy or redun"
        in text
    )
    assert "benefits add up" not in text
    assert "taken" not in text
    assert text.endswith("The choice takes all those as adding up, which is not shown.")
    one = dataclasses.replace(
        flat,
        pairs=seen.pairs[:1],
        kept=flat.kept[:, :1],
        low=seen.low[:, :1],
        high=seen.high[:, :1],
        estimate=seen.estimate[:, :1],
    )
    text = points_of(with_(country, interactions=one))["Together"]
    assert text.startswith("1 pair of links was simulated (of 28 possible): no interval")
    # how large one may be is the farthest end of any interval
    far = country.amount(float(np.abs([one.low, one.high]).max()), sign=False)
    assert f"its interval leaves open interactions of up to {far} for a species" in text


@pytest.mark.parametrize(
    ("promise", "says"),
    [
        (Prediction(0.042), "No: predicted +4.2 %, simulated +4.0 % (+3.3 to +4.7, 10 fresh repl"),
        (Prediction(0.048), "A little: it promised more than was found, by no more than the 2.0"),
        (Prediction(0.032), "A little: it promised less than was found, by no more than the 2.0"),
        (
            Prediction(0.048, 0.004, 17),
            "It promised more than was found, which chance can explain and "
            "which is no more than the 2.0 % that do not matter: predicted +4.8 % (+4.0 to +5.6)",
        ),
        (
            Prediction(0.048, 0.009, 17),
            "Too few replicates to say: predicted +4.8 % (+2.9 to +6.7)",
        ),
        (Prediction(0.068), "Yes, it promised too much: predicted +6.8 %"),
        (Prediction(0.012), "Yes, it promised too little: predicted +1.2 %"),
    ],
)
def test_the_answer_on_the_prediction_follows_from_both_numbers(
    country: Found, promise: Prediction, says: str
) -> None:
    noise = np.random.default_rng(3).normal(size=10)
    noise *= 0.00923 / noise.std(ddof=1)
    seen = confirm(promise, 0.04 + noise - noise.mean(), tolerance=0.02)
    settings = country.result.settings
    plain = settings.model_copy(update={"benefit": PER_CENT})
    evaluator = dataclasses.replace(country.evaluator, benefit=PER_CENT)
    # means below 100 % have a decimal
    ranking = dataclasses.replace(country.result.ranking, mean=country.result.ranking.mean / 10)
    found = with_(country, confirmation=seen, settings=plain, ranking=ranking)
    found = dataclasses.replace(found, evaluator=evaluator)
    text = points_of(found)["Did the prediction mislead?"].replace("\N{MINUS SIGN}", "-")
    assert text.startswith(says), text
    assert "a difference of " in text


def test_whether_more_runs_could_change_the_choice_is_said(country: Found) -> None:
    regret = country.result.regret
    assert regret is not None
    assert 0.2 < regret < 1.0
    head = "Would more runs change the choice?"
    text = points_of(country)[head]
    assert text.startswith(
        "They may: wherever the benefits lie in the 95 % intervals that hold for"
    )
    assert f"could be better by up to {country.amount(regret, sign=False)}" in text
    firm = with_(country, regret=0.11)
    text = points_of(firm)[head]
    assert text.startswith("No, not to one that is better by what matters: ")
    assert "no set within the budget is better by more than 11 points" in text
    assert "pairs that were not simulated taken to add up" in text
    alone = points_of(with_(firm, design=None, interactions=None))[head]
    assert ", links taken to add up, no set" in alone
    for stopped, settles in ((TOLD, True), (BUDGET, False)):
        ranking = dataclasses.replace(country.result.ranking, stopped=stopped)
        text = points_of(with_(firm, ranking=ranking))[head]
        assert ("Every pair of links is decided" in text) == settles
    assert head not in points_of(with_(country, regret=None))


@pytest.mark.parametrize("status", ["approximated", "real", "user"])
def test_the_page_says_what_is_approximated_and_whose_the_costs_are(
    country: Found, status: str
) -> None:
    origins = {
        name: Origin(status if name == "land_cover" else "user", "somewhere", "your own map")
        for name in country.land.origins
    }
    found = dataclasses.replace(country, land=dataclasses.replace(country.land, origins=origins))
    rests = points_of(found)["What it rests on"]
    assert ("Land cover and seasons are approximated from published figures" in rests) == (
        status == "approximated"
    )
    assert rests.endswith(
        "The costs are those of the links file; nothing here estimates or checks them."
    )
    if status != "approximated":
        return
    text = text_of(page_of(found))
    assert "The landscape: what is real, what is approximated" in text
    assert "your own map" in text
    assert "Costs are those of the links file: they are given" in text


def test_two_links_alike_in_all_are_told_so_from_the_runs_to_the_page(tmp_path: Path) -> None:
    both = f"{candidate('left')}\n{candidate('left', name='left again')}\n{candidate('away')}"
    procedure = "first_replicates = 5\nbudget_runs = 40\nconfirm_replicates = 3\n"
    turned = f"{candidate('left', name='left again')}\n{candidate('left')}\n{candidate('away')}"
    for rows, names in ((both, ("left", "left again")), (turned, ("left again", "left"))):
        path = write_links(
            tmp_path, links="budget = 2", procedure=procedure, candidates=rows, days=60, count=3000
        )
        result, evaluator = ranked(path, tmp_path / names[0])
        ranking = result.ranking
        assert ranking.rank.tolist() == [1, 1, 3]
        assert ranking.right == pytest.approx([0.5, 0.5, 1.0])
        assert ranking.letters[0] == ranking.letters[1] != ranking.letters[2]
        assert result.chosen is not None
        assert (result.chosen.links, result.chosen.ties) == ((0,), ((1,),))
        land = evaluator.study.landscape_of(evaluator.study.scenarios[0])
        found = Found(result, evaluator, land)
        good = points_of(found)["Just as good"]
        assert good.startswith(f"{names[1]} instead of {names[0]} would cost and promise exactly")
        assert f"{names[0]} and {names[1]} have the largest mean" in points_of(found)["How sure"]
        write_result(result, evaluator, land)
        out = evaluator.study.out
        written = {row["name"]: row for row in exact_rows(out, "ranking")}
        assert [written[name]["rank"] for name in (*names, "away")] == ["1", "1", "3"]
        assert [float(written[n]["rank_right"]) for n in names] == [0.5, 0.5]
        point = next(row for row in exact_rows(out, "frontier") if row["links"] == names[0])
        assert point["equal_sets"] == names[1]
