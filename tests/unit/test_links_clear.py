"""Which links count in a set: those whose interval excludes 0, so that chance buys no set."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim.config.links import LinkSettings
from corridor_sim.decision.portfolio import Surrogate, choose_links
from corridor_sim.decision.selection import Effort, Ranking, rank_alternatives
from corridor_sim.links.effects import counts_alone
from corridor_sim.report.text.links_answer import answer
from corridor_sim.report.text.links_found import Found
from oracles.link_country import ranked, write_links

N = 8


def settings(**more: bool) -> LinkSettings:
    given = {"name": "A", "cost": 1.0, "line": [(0.0, 0.0), (1.0, 1.0)], "width_m": 1000.0}
    return LinkSettings.model_validate({"candidates": [given], **more})


def ranking_of(values: np.ndarray) -> Ranking:
    k, n = values.shape
    effort = Effort(budget=k * n, indifference=0.0, first=n)
    return rank_alternatives(lambda rows, cols: values[np.ix_(rows, cols)], k, effort, draws=50)


def test_what_is_told_from_nothing_counts_on_either_side() -> None:
    noise = np.random.default_rng(3).standard_normal((3, N))
    noise -= noise.mean(axis=1, keepdims=True)
    ranking = ranking_of(np.array([1.0, 0.05, -1.0])[:, None] + 0.1 * noise)
    low, high = (
        np.array([[-1.0, 0.1, -1.0], [0.2, -1.0, -2.0]]),
        np.array([[1.0] * 3, [1.0, 1, -1]]),
    )
    both = [[True, False, True]] * 2
    assert counts_alone(settings(), ranking, low, high).tolist() == both
    assert counts_alone(settings(only_clear=False), ranking, low, high).all()
    # a fair choice looks at each species by itself
    each = [[False, True, False], [True, False, True]]
    assert counts_alone(settings(fair=True), ranking, low, high).tolist() == each


def test_where_no_link_does_anything_a_set_is_bought_as_rarely_as_stated() -> None:
    """Of 12 links without effect all stay out with probability 0.975^12; else the lucky are in."""
    k, studies = 12, 300
    rng = np.random.default_rng(11)
    empty, kept = 0, 0
    for _ in range(studies):
        ranking = ranking_of(rng.standard_normal((k, N)))
        for clear in (True, False):
            none = np.zeros((1, k))
            counts = counts_alone(settings(only_clear=clear), ranking, none, none)
            main = np.where(counts, ranking.mean, 0.0)
            chosen = choose_links(Surrogate.of([1.0] * k, main, None, None, [1.0]), 100.0)
            if clear:
                empty += not chosen.links
            else:
                kept += len(chosen.links)
    p = 0.975**k
    assert abs(empty / studies - p) < 4.5 * np.sqrt(p * (1 - p) / studies)
    # taken as they are, half of all links are bought
    assert abs(kept / (studies * k) - 0.5) < 4.5 * np.sqrt(0.25 / (studies * k))


@pytest.mark.parametrize("clear", [True, False])
def test_the_choice_of_a_ranking_follows_the_key(tmp_path, clear: bool) -> None:
    procedure = "\nindifference = 0.2\nfirst_replicates = 5\nbudget_runs = 45\npairs_runs = 0\n"
    path = write_links(
        tmp_path, links=f"budget = 9\nonly_clear = {str(clear).lower()}", procedure=procedure
    )
    result, _ = ranked(path, tmp_path / "out")
    told = (result.ranking.low > 0) | (result.ranking.high < 0)
    main = result.surrogate.main[0]
    if clear:
        np.testing.assert_array_equal(main != 0, told)
        assert result.chosen is not None
        assert all(told[i] for i in result.chosen.links)
    else:
        np.testing.assert_allclose(main, result.ranking.mean, rtol=1e-12)


def test_where_nothing_reaches_a_species_a_fair_choice_is_none_and_says_so(tmp_path) -> None:
    procedure = "\nindifference = 0.2\nfirst_replicates = 5\nbudget_runs = 20\npairs_runs = 0\n"
    path = write_links(
        tmp_path, ("half-way", "away"), links="budget = 9\nfair = true", procedure=procedure
    )
    result, evaluator = ranked(path, tmp_path / "out")
    assert not result.fair
    found = Found(result, evaluator, evaluator.study.landscape_of(evaluator.study.scenarios[0]))
    text = {p["head"]: p["text"] for p in answer(found)["points"]}
    assert "brings the jaguar a benefit" in text["Why the choice is not the fair one"]
    path = write_links(
        tmp_path, ("half-way", "pass"), links="budget = 9\nfair = true", procedure=procedure
    )
    result, evaluator = ranked(path, tmp_path / "again")
    assert result.fair
    assert result.chosen is not None
    assert [result.links[i].name for i in result.chosen.links] == ["pass"]
