"""Flows between units hold what the years of a projection hold, and chains on them add up."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

import corridor_sim as cs
from corridor_sim.config.load import scenario_of
from corridor_sim.experiment.generations import Asked, ready
from corridor_sim.simulation.generations.between import between_blocks, counts_of, vitals_of
from corridor_sim.simulation.generations.flows import (
    AT_REST,
    Flow,
    come_to_rest,
    flow_of_run,
    growth_of_few,
    mean_flow,
    stepping_stones,
)
from corridor_sim.species.demography import generation_y

KEY = "mountain_tapir"


@pytest.fixture(scope="module")
def asked() -> Asked:
    one = cs.Scenario(name="Today", landscape={"cell_m": 10_000}, species={KEY: {}})
    return ready(scenario_of(one), None, years=4, walks=300)


def test_a_flow_holds_the_first_homes_of_the_year(asked: Asked) -> None:
    machine = asked.machine
    kind, n = machine.kinds[KEY], machine.blocks.n
    ran = machine.run(KEY, 0, with_flow=True)
    flow, year = flow_of_run(kind, ran), ran.years[-1]
    pool = np.zeros((flow.block.size, n + 1))
    pool[np.arange(flow.block.size), flow.block] = 1.0
    np.testing.assert_allclose(pool.T @ flow.moves.toarray() @ pool, year.joined, atol=1e-9)
    assert year.settled > 10
    np.testing.assert_allclose(flow.numbers.sum(), year.residents.sum())
    np.testing.assert_allclose(flow.turnover.sum(), year.lost.sum())


def test_where_numbers_rest_inflow_is_turnover(asked: Asked) -> None:
    kind = asked.machine.kinds[KEY]
    ran = asked.machine.run(KEY, 0, with_flow=True)
    span = generation_y(kind.rates)
    before = ran.numbers.independent
    rest = come_to_rest(kind.projection, ran.last, ran.numbers, span)
    assert rest.settled
    assert ran.numbers.independent == before
    # residents change by inflow less turnover, and all together by AT_REST a generation at most
    gained = float(rest.flow.moves.sum() - rest.flow.turnover.sum())
    assert abs(gained) < 2 * AT_REST * rest.year.independent
    assert rest.flow.turnover.sum() > 10


def test_few_grow_otherwise_than_many(asked: Asked) -> None:
    kind = asked.machine.kinds[KEY]
    ran = asked.machine.run(KEY, 0)
    span = generation_y(kind.rates)
    few = growth_of_few(kind.projection, ran.last, ran.numbers, span)
    assert -0.5 < few < 0.5
    # the second generation of all the animals that there are
    numbers, years = ran.numbers.copy(), max(1, round(span))
    for year in range(2 * years):
        if year == years:
            before = numbers.independent
        kind.projection.year(numbers, ran.last)
    many = (numbers.independent / before) ** (1 / years) - 1
    # there is no chance in a projection: few find room where many have come to what there is
    assert few > many + 1e-4


def test_the_mean_of_flows_is_that_of_their_numbers() -> None:
    rng = np.random.default_rng(3)
    block = np.array([1, 0, 2], np.int16)
    some = [Flow(csr_array(rng.random((3, 3))), rng.random(3), rng.random(3), block) for _ in "ab"]
    mean = mean_flow(some)
    both = (some[0].moves.toarray() + some[1].moves.toarray()) / 2
    np.testing.assert_allclose(mean.moves.toarray(), both)
    np.testing.assert_allclose(mean.turnover, (some[0].turnover + some[1].turnover) / 2)


def test_stepping_stones_are_the_visits_of_lines_counted_one_by_one() -> None:
    """All ways of up to sixty homes outside, added up term by term."""
    rng = np.random.default_rng(8)
    block = np.array([1, 0, 0, 0, 2, 3], np.int16)
    moves = rng.random((6, 6))
    turnover = 2.0 * moves.sum(axis=1)  # an animal leaves half a one, so that sums end
    out = np.flatnonzero(block == 0)
    means = moves / turnover[:, None]
    on = means[np.ix_(out, out)]
    expected = np.zeros(6)
    powers = [np.linalg.matrix_power(on, g) for g in range(60)]
    reach = sum(powers)
    for a in (1, 2, 3):
        for b in (1, 2, 3):
            if a != b:
                start = moves[block == a][:, out].sum(axis=0)
                end = means[out][:, block == b].sum(axis=1)
                expected[out] += (start @ reach) * (reach @ end)
    found = stepping_stones(Flow(csr_array(moves), turnover, turnover, block), 3)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert found[out].min() > 0.01


def test_where_lines_outside_never_end_ten_generations_are_counted() -> None:
    block = np.array([1, 0, 2], np.int16)
    moves = np.array([[1.0, 1.0, 0.0], [0.0, 4.0, 1.0], [0.0, 0.0, 1.0]])
    turnover = np.array([2.0, 2.0, 1.0])
    found = stepping_stones(Flow(csr_array(moves), turnover, turnover, block), 2)
    # each settler outside leaves two outside and half a one in block 2
    lines = sum(2.0**g for g in range(10))
    np.testing.assert_allclose(found, [0.0, lines * lines * 0.5, 0.0])


def test_what_is_counted_says_what_is_between_blocks(asked: Asked) -> None:
    machine = asked.machine
    kind, n = machine.kinds[KEY], machine.blocks.n
    ran = machine.run(KEY, 0, with_flow=True)
    vitals = vitals_of(kind, machine.years)
    rest = come_to_rest(kind.projection, ran.last, ran.numbers, vitals.generation_y)
    counts = counts_of(kind, ran, rest, n)
    found = between_blocks(counts, vitals)
    direct = vitals.generation_y * ran.years[-1].joined[1:, 1:]
    np.testing.assert_allclose(found.direct, direct, atol=1e-9)
    assert np.all(np.diag(found.generations) == 0)
    reached = np.isfinite(found.generations) & ~np.eye(n, dtype=np.bool_)
    assert reached.any()
    # one way is the other's mirror for F_ST, which is none of a block with itself
    np.testing.assert_allclose(found.fst, found.fst.T)
    known = found.fst[np.isfinite(found.fst)]
    assert known.size
    assert known.min() >= 0
    assert known.max() <= 1
