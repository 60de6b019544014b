"""How many more runs matter is a number, and a choice that none would change is called that."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from corridor_sim.decision.bounds import nominal_level, plan_looks
from corridor_sim.decision.power import replicates_to_show_equal, replicates_to_tell
from corridor_sim.report.text import links_answer
from corridor_sim.report.text.links_found import Found
from corridor_sim.report.text.links_more import POWER, Doubt, doubt_of, what_more_would_tell
from oracles.links_pages import AT, with_

HEAD = "Would more runs change the choice?"


def point_of(found: Found) -> str:
    points = {p["head"]: p["text"] for p in links_answer.answer(found)["points"]}
    return str(points[HEAD])


def open_pair(found: Found, mine: str, other: str, gap: float) -> Found:
    """Return the ranking with one pair undecided, whose other side may be better by ``gap``."""
    ranking = found.result.ranking
    k = len(found.order)
    better = np.ones((k, k), bool) & ~np.eye(k, dtype=bool)
    high = np.zeros((k, k))
    for a, b in ((mine, other), (other, mine)):
        better[AT[a], AT[b]] = False
        high[AT[a], AT[b]] = gap
    none = np.zeros((k, k), bool)
    changed = dataclasses.replace(ranking, better=better, equal=none, difference_high=high)
    return with_(found, ranking=changed, regret=1.0)


@pytest.mark.parametrize("gap", [0.0, 0.05, 0.19])
def test_equal_is_shown_where_the_interval_first_fits_into_the_zone(gap: float) -> None:
    sd, zone, k, first, batch = 0.3, 0.2, 6, 20, 10
    n = replicates_to_show_equal(gap, sd, k, zone, first=first, batch=batch)
    assert n is not None

    def half(m: int) -> float:
        level = nominal_level(plan_looks(first, batch, 1.5, m), 0.05 / (k * (k - 1) // 2))
        return float(stats.t.ppf(1 - level / 2, m - 1) * sd / np.sqrt(m))

    assert half(n) < zone - gap
    assert n == first or half(n - 1) >= zone - gap


def test_a_pair_that_differs_by_the_zone_is_never_shown_equal() -> None:
    assert replicates_to_show_equal(0.2, 0.3, 6, 0.2) is None
    assert replicates_to_show_equal(0.199999, 0.3, 6, 0.2) is None


def test_the_pair_that_the_choice_hangs_on_is_named_with_its_number(country: Found) -> None:
    chosen = country.result.chosen
    assert chosen is not None
    # of two that redeem each other the cheaper way is bought, the other could take its place
    mine, other = next(
        (a, b) for a, b in (("left", "right"), ("right", "left")) if AT[a] in chosen.links
    )
    assert AT[other] not in chosen.links
    seen = open_pair(country, mine, other, 3.0)
    one = doubt_of(seen)
    assert one is not None
    assert (one.mine, one.other) == (AT[mine], AT[other])
    have = int(min(country.result.ranking.replicates[[one.mine, one.other]]))
    a, b = country.evaluator.total([frozenset([one.mine]), frozenset([one.other])], range(have))
    sd, rule = float((a - b).std(ddof=1)), country.result.settings.procedure
    assert one.difference == pytest.approx(float((a - b).mean()))
    options = {"confidence": rule.confidence, "first": rule.first_replicates, "batch": rule.batch}
    if one.equal:
        need = replicates_to_show_equal(
            one.difference, sd, len(country.order), rule.indifference, **options
        )
    else:
        need = replicates_to_tell(one.difference, sd, len(country.order), power=POWER, **options)
    assert need is not None
    assert one.more == max(need - have, rule.batch)
    text = point_of(seen)
    assert text.startswith("They may")
    assert f"{mine} (chosen) and {other} (not)" in text
    assert f"about {one.more:,} more replicates would" in text
    budget = rule.budget_runs + one.more * 2
    assert f"links.procedure.budget_runs = {budget:,}" in text


def test_no_number_is_made_up_where_nothing_is_open(country: Found) -> None:
    ranking = country.result.ranking
    k = len(country.order)
    all_told = dataclasses.replace(ranking, equal=~np.eye(k, dtype=bool))
    assert doubt_of(with_(country, ranking=all_told)) is None
    assert what_more_would_tell(with_(country, ranking=all_told)) == ""
    assert doubt_of(with_(country, chosen=None)) is None
    # a link that must be built stands in nobody's place
    must = tuple(dataclasses.replace(link, must=True) for link in country.result.links)
    seen = open_pair(country, "pass", "away", 3.0)
    assert doubt_of(with_(seen, links=must)) is None


def test_a_choice_that_more_runs_would_not_change_is_called_that(country: Found) -> None:
    seen = open_pair(country, "pass", "away", 3.0)
    zone = country.result.settings.procedure.indifference
    text = point_of(with_(seen, regret=zone / 2))
    assert text.startswith("No, not to one that is better by what matters")
    assert "more replicates" not in text


def test_too_many_replicates_are_not_written_as_a_number(
    country: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    from corridor_sim.report.text import links_more

    monkeypatch.setattr(
        links_more, "doubt_of", lambda _: Doubt(AT["pass"], AT["away"], 0.1, True, None)
    )
    assert "more than 1,000,000 replicates would be needed" in what_more_would_tell(country)
