"""Looking for the best set of links by species: pairs named, threes asked for, what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.config.links import Benefit, LinkSettings
from corridor_sim.errors import CorridorSimError
from corridor_sim.links.best_set import search
from corridor_sim.links.candidates import Link
from corridor_sim.links.evaluator import Chosen, SetEvaluator
from corridor_sim.links.files import read_links_file
from corridor_sim.progress import Silence
from corridor_sim.simulation.dispersal.outcomes import OUTCOMES
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.statistics.supports import Worth
from oracles.link_country import write_links
from oracles.made_links import MadeLinks

JOINING = "joining_per_year"


@dataclass(slots=True)
class MadeSets(SetEvaluator):
    """Sets of made links, of two species of which the second gains half of what the first does."""

    made: MadeLinks = field(kw_only=True)
    asked: list[Chosen] = field(default_factory=list, kw_only=True)

    @property
    def table(self) -> dict[str, Outcome]:
        return {JOINING: OUTCOMES[JOINING]}

    @property
    def keys(self) -> list[str]:
        return ["bear", "tapir"]

    @property
    def done(self) -> int:
        return len(self.asked)

    def worths(self) -> dict[str, Worth]:
        return {key: {} for key in self.keys}

    def outcomes(self, sets: Sequence[Chosen], replicates: Sequence[int]) -> list[np.ndarray]:
        found = []
        for one in sets:
            self.asked.append(one)
            more = self.made.values(one)[list(replicates)] if one else np.zeros(len(replicates))
            found.append(np.stack([100 + more, 100 + more / 2], axis=1)[:, :, None])
        return found


def evaluator_of(made: MadeLinks, must: int | None = None) -> MadeSets:
    nothing: Any = None
    links = [
        Link(f"link {i}", cost, (), nothing, i == must or None, 1.0, np.zeros(0, np.int64))
        for i, cost in enumerate(made.cost)
    ]
    benefit = Benefit(weights={JOINING: 1.0}, unit="animals a year")
    return MadeSets(nothing, links, benefit, made=made)


def settings_of(made: MadeLinks, **procedure: Any) -> LinkSettings:
    rule = {"indifference": made.zone, "first_replicates": 20, "budget_runs": 4000} | procedure
    return LinkSettings.model_validate(
        {
            "budget": made.budget,
            "candidates": [
                {"name": f"link {i}", "cost": c, "area": [[[0, 0], [1, 0], [1, 1]]]}
                for i, c in enumerate(made.cost)
            ],
            "benefit": {"weights": {JOINING: 1.0}, "unit": "animals a year"},
            "procedure": rule,
        }
    )


def three_in_a_row() -> MadeLinks:
    """Links 0, 1 and 2 help each other a little in pairs, and much only all together."""
    pairs = {frozenset([0, 1]): 2.0, frozenset([1, 2]): 2.0}
    together = pairs | {frozenset([0, 2]): 0.0, frozenset([0, 1, 2]): 6.0}
    main = [0.5, 0.5, 0.5, 3.0, 3.0]
    return MadeLinks(4, main, together, cost=[1.0] * 5, budget=3.0, zone=1.0)


def test_threes_are_simulated_where_pairs_say_so_and_bought() -> None:
    made = three_in_a_row()
    evaluator = evaluator_of(made)
    # the third pair is not near; it is simulated for the sake of the three
    found = search(evaluator, settings_of(made, pairs_runs=40), [(0, 1), (1, 2)], Silence())
    assert found.best.links == (0, 1, 2)
    assert found.best.settled
    assert found.design is not None
    assert found.design.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert found.triples is not None
    assert found.triples.triples.tolist() == [[0, 1, 2]]
    # by species, of which the second gains half
    both = found.triples.estimate[:, 0]
    assert both == pytest.approx([6.0, 3.0], abs=0.6)
    # without pairs links add up, and the two best with any third look best
    alone = search(evaluator_of(made), settings_of(made), [(0, 1)], Silence())
    assert alone.design is None
    assert alone.interactions is None
    assert {3, 4} <= set(alone.best.links)
    assert all(len(part) == 1 for part in alone.best.table.parts)


def test_pairs_that_the_budget_cannot_buy_are_not_named_for_lying_near() -> None:
    made = MadeLinks(1, [1.0, 2.0, 1.0], {}, cost=[4.0, 4.0, 1.0], budget=5.0, zone=0.5)
    found = search(
        evaluator_of(made), settings_of(made, pairs_runs=20), [(0, 1), (0, 2)], Silence()
    )
    assert found.design is not None
    assert found.design.pairs.tolist() == [[0, 2]]


def test_every_link_is_ranked_at_the_replicates_that_it_got() -> None:
    made = MadeLinks(
        3, [20.0, 0.0, 2.0, 2.9], {}, cost=[1.0, 9.0, 2.0, 2.0], budget=3.0, zone=0.5, own=2.0
    )
    evaluator = evaluator_of(made)
    found = search(evaluator, settings_of(made), [], Silence())
    n = found.ranking.replicates
    assert found.ranking.order[0] == 0
    assert n[0] == n[1] == 20
    assert n[2:].min() > 20
    for i in range(4):
        rows = evaluator.total([frozenset([i])], range(int(n[i])))[0]
        assert found.ranking.mean[i] == pytest.approx(rows.mean())
    assert np.isfinite(found.ranking.low_all).all()
    assert found.reached == n.max()


def test_all_equal_links_and_links_that_must_be_built() -> None:
    made = MadeLinks(2, [1.0] * 4, {}, cost=[1.0] * 4, budget=2.0, zone=1.5)
    found = search(evaluator_of(made), settings_of(made), [], Silence())
    assert found.best.settled
    made = MadeLinks(2, [0.0, 0.0], {}, cost=[1.0, 1.0], budget=1.0, zone=0.2, own=0.0, common=0.0)
    still = search(evaluator_of(made), settings_of(made), [], Silence())
    assert still.best.links == ()
    assert np.isinf(still.best.regret)
    demanded = search(evaluator_of(made, must=1), settings_of(made), [], Silence())
    assert demanded.best.links == (1,)


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ("", 'procedure.target = "set" needs links.budget'),
        ("budget = 9\nfair = true", 'use "order" where the choice is to be fair'),
    ],
)
def test_a_target_that_cannot_be_is_refused_in_one_line(
    tmp_path: Path, links: str, words: str
) -> None:
    path = write_links(tmp_path, links=links, procedure='target = "set"')
    with pytest.raises(CorridorSimError) as refused:
        read_links_file(path)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("links", "procedure", "for_a_set"),
    [
        ("", "", False),
        ("budget = 9", "", True),
        ("budget = 9\nfair = true", "", False),
        ("budget = 9", 'target = "order"', False),
        ("budget = 9", 'target = "set"', True),
    ],
)
def test_the_set_is_the_target_where_there_is_a_budget(
    tmp_path: Path, links: str, procedure: str, for_a_set: bool
) -> None:
    file, _ = read_links_file(write_links(tmp_path, links=links, procedure=procedure))
    assert file.links.for_a_set == for_a_set
