"""Chances, times and visits of any size, against exact fractions and against recursions."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse

from corridor_sim import memory
from corridor_sim.cli.main import main
from corridor_sim.connectivity import resolvent
from corridor_sim.connectivity.chain import AbsorbingChain, walk_chain
from corridor_sim.connectivity.graph import conductance_raster
from corridor_sim.connectivity.grid_file import read_ascii_grid
from corridor_sim.errors import ResourceError
from oracles.circuits import solve, walk

METHODS = ("direct", "amg")
# sums of some tens of positive terms; the iterative method stops at 1e-13 of the largest entry and
# keeps entries down to 1e-4 of it
BOUND = {"direct": 1e-12, "amg": 2e-8}


def exact_chain(graph, death):
    edges = zip(graph.tail.tolist(), graph.head.tolist(), graph.conductance.tolist(), strict=True)
    exact = [(i, j, Fraction(g)) for i, j, g in edges]
    nothing = [Fraction(0)] * graph.n_nodes
    return walk(graph.n_nodes, exact, [Fraction(float(d)) for d in death], nothing)


def solved(q, states, b):
    return solve([[Fraction(i == j) - q[i][j] for j in states] for i in states], b)


def miss(found, exact):
    return max(
        (abs(float(Fraction(float(f)) / e - 1)) for f, e in zip(found, exact, strict=True)),
        default=0.0,
    )


DEATHS = {
    "same": lambda rng, n: np.full(n, 10.0 ** -rng.uniform(14, 30)),
    "wide": lambda rng, n: 10.0 ** -rng.uniform(0, 20, n),
    "rare": lambda rng, n: np.where(np.arange(n) == n // 2, 10.0 ** -rng.uniform(10, 18), 0),
    "sure": lambda rng, n: np.where(rng.random(n) < 0.3, 1.0, 1e-3),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", DEATHS)
@pytest.mark.parametrize("contrast", [3.0, 1e6, 9e11])
def test_every_entry_is_right_relative_to_itself(method, kind, contrast):
    rng = np.random.default_rng([len(kind), int(contrast)])
    for shape, even in (((1, 7), True), ((3, 4), False)):
        cells = np.where(rng.random(shape) < 0.5, 1, contrast)
        if even:
            cells = np.exp(rng.uniform(0, np.log(contrast), shape))
        connect = "average_resistance" if even else "average_conductance"
        graph = conductance_raster(cells, connect=connect).graph()
        n = graph.n_nodes
        death = DEATHS[kind](rng, n)
        q = exact_chain(graph, death)
        chain = walk_chain(graph, death, method=method)
        target = n - 1
        time = chain.first_passage_time(np.array([target]))
        others = [i for i in range(n) if i != target and np.isfinite(time[i])]
        chance = solved(q, others, [q[i][target] for i in others])
        weighed = solved(q, others, chance)
        hit = chain.hitting_probability(np.array([target]))
        assert miss(hit[others], chance) < BOUND[method]
        exact_time = [a / b for a, b in zip(weighed, chance, strict=True)]
        assert miss(time[others], exact_time) < BOUND[method]
        every = list(range(n))
        mean = solved(q, every, [Fraction(1)] * n)
        assert miss(chain.survival_time(), mean) < BOUND[method]
        second = solved(q, every, mean)
        spread = [2 * b - a - a * a for a, b in zip(mean, second, strict=True)]
        found = chain.survival_time_variance()
        sure = [i for i in every if spread[i] == 0]
        assert np.all(found[sure] == 0)
        rest = [i for i in every if spread[i] != 0]
        assert miss(found[rest], [spread[i] for i in rest]) < BOUND[method]
        back = [[q[j][i] for j in every] for i in every]
        visits = solved(back, every, [Fraction(i == target) for i in every])
        seen = chain.expected_visits(np.eye(n)[target])
        come = [i for i in every if visits[i] != 0]
        assert miss(seen[come], [visits[i] for i in come]) < BOUND[method]
        assert np.all(np.delete(seen, come) == 0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mortality", [1e-8, 1e-15, 1e-16, 1e-17, 1e-40])
def test_the_mean_life_is_one_over_a_tiny_mortality(method, mortality):
    cells = np.random.default_rng(4).uniform(1, 100, (12, 13))
    chain = walk_chain(conductance_raster(cells).graph(), mortality, method=method)
    assert chain.survival_time() * mortality == pytest.approx(1, rel=1e-11)
    assert chain.survival_time_variance() * mortality**2 == pytest.approx(1, rel=1e-7)
    start = np.full(chain.n, 1 / chain.n)
    assert chain.death_place(start).sum() == pytest.approx(1, rel=1e-11)


def test_a_chain_of_no_network_that_hardly_dies():
    rng = np.random.default_rng(5)
    n, tiny = 6, Fraction(1, 10**18)
    q = rng.dirichlet(np.ones(n), n)
    chain = AbsorbingChain(q, np.full(n, float(tiny)))
    # rows add up to 1 only within rounding: what counts are the moves to others and the deaths
    rates = [[Fraction(float(q[i, j])) * (i != j) for j in range(n)] for i in range(n)]
    system = [
        [Fraction(i == j) * (sum(rates[i]) + Fraction(float(tiny))) - rates[i][j] for j in range(n)]
        for i in range(n)
    ]
    assert miss(chain.survival_time(), solve(system, [Fraction(1)] * n)) < 1e-13
    turned = [list(row) for row in zip(*system, strict=True)]
    visits = solve(turned, [Fraction(i == 2) for i in range(n)])
    assert miss(chain.expected_visits(np.eye(n)[2]), visits) < 1e-13


def test_a_large_chain_of_no_network_is_right_or_refused():
    rng = np.random.default_rng(5)
    n = 700
    q = sparse.random_array((n, n), density=0.01, rng=rng).toarray() + np.eye(n, k=1)
    q /= q.sum(axis=1, keepdims=True)
    for tiny in (1e-3, 1e-6):
        chain = AbsorbingChain(q * (1 - tiny), np.full(n, tiny))
        assert chain.survival_time() * tiny == pytest.approx(1, rel=1e-7)
    with pytest.raises(ResourceError, match=r"walkers of 700 states make .* steps: few digits"):
        AbsorbingChain(q * (1 - 1e-12), np.full(n, 1e-12)).survival_time()


def ratios(n, q):
    """Chances to reach the first of n cells in a row, each as part of its neighbour's, and times.

    ``h_k / h_(k-1) = (q/2) / (1 - (q/2) h_(k+1) / h_k)``, and steps by its logarithmic slope in q.
    """
    r, d = np.zeros(n), np.zeros(n)
    r[-1], d[-1] = q, 1
    for k in range(n - 2, 0, -1):
        inner = q / 2 * r[k + 1]
        r[k] = q / 2 / (1 - inner)
        d[k] = 1 + inner * (1 + d[k + 1]) / (1 - inner)
    return r[1:], np.cumsum(d)


@pytest.mark.parametrize(("method", "n"), [("direct", 2434), ("amg", 150)])
def test_chances_below_the_smallest_double_have_times(method, n):
    chain = walk_chain(conductance_raster(np.ones((1, n))).graph(), 0.5, method=method)
    part, steps = ratios(n, 0.5)
    found = chain.first_passage_time(np.array([0]))
    assert found[1:] == pytest.approx(steps[1:], rel=1e-9)
    chance = chain.hitting_probability(np.array([0]))
    full = chance[1:] > 1e-290
    assert chance[1:][full] == pytest.approx(np.cumprod(part)[full], rel=1e-9)
    assert np.all((chance >= 0) & (chance <= 1))
    assert chain.reaches(np.array([0])).all()


@pytest.mark.parametrize(("side", "mortality"), [(60, 0.05), (40, 0.3), (80, 0.001)])
def test_the_iterative_method_is_right_in_cells_hardly_reached(side, mortality):
    cells = np.random.default_rng(6).uniform(1, 100, (side, side))
    graph = conductance_raster(cells).graph()
    direct, amg = (walk_chain(graph, mortality, method=method) for method in METHODS)
    start = np.eye(1, graph.n_nodes, 0)[0]
    at = np.array([0])
    for one, other in (
        (direct.hitting_probability(at), amg.hitting_probability(at)),
        (direct.first_passage_time(at), amg.first_passage_time(at)),
        (direct.expected_visits(start), amg.expected_visits(start)),
    ):
        assert other == pytest.approx(one, rel=BOUND["amg"])
    assert direct.first_passage_time(at)[-1] >= side - 1


@pytest.mark.slow
def test_arrival_above_two_million_cells(tmp_path, monkeypatch):
    """A map that repeats itself in one direction is a chain of its columns, solved by recursion."""
    monkeypatch.chdir(tmp_path)
    rows, cols, mortality = 1418, 1418, 0.001
    head = f"ncols {cols}\nnrows {rows}\nxllcorner 0\nyllcorner 0\ncellsize 1\n"
    line = " ".join(["2"] * cols)
    (tmp_path / "h.asc").write_text(head + "\n".join([line] * rows) + "\n")
    marks = " ".join(["1", *["0"] * (cols - 1)])
    (tmp_path / "p.asc").write_text(head + "\n".join([marks] * rows) + "\n")
    words = ["theory", "passage", "h.asc", "p.asc", "--neighbours", "4", "--mortality", "0.001"]
    assert main([*words, "--out", "t.asc"]) == 0
    found = read_ascii_grid("t.asc").values
    # inner rows: a step goes across with 1/4 each way and along the column with 1/2; far from the
    # upper and lower edge the chance to go on is that of the lazy walk on a line
    q = 1 - mortality
    lazy = np.array([q / 4, q / 2])
    h, times = lazy_line(cols, *lazy)
    inner = slice(rows // 2 - 50, rows // 2 + 50)
    assert h.min() > 0
    assert found[inner, 1:600] == pytest.approx(np.tile(times[1:600], (100, 1)), rel=1e-6)
    assert np.all(found >= np.arange(cols))
    assert found.max() < 2 * times.max()


def lazy_line(n, side, stay):
    """Steps to the first of n cells: a step to each side has chance ``side``, to stay ``stay``."""
    q = 2 * side + stay
    r, d = np.zeros(n), np.zeros(n)
    # the last column has one neighbour across and two along it: a third of its steps lead inward
    r[-1] = (q / 3) / (1 - q * 2 / 3)
    d[-1] = 1 / (1 - q * 2 / 3)
    for k in range(n - 2, 0, -1):
        inner = side * r[k + 1]
        r[k] = side / (1 - stay - inner)
        d[k] = 1 + (stay + inner * (1 + d[k + 1])) / (1 - stay - inner)
    return np.cumprod(r[1:]), np.cumsum(d)


class _Noise:
    """A solver that adds noise: what an iteration gives that stopped too soon."""

    def __init__(self, network, size):
        self.method, self.tolerance, self.inner = network.solver.method, 1e-11, network.solver
        self.size, self.rng = size, np.random.default_rng(0)

    def solve(self, b, tolerance=None):
        x = self.inner.solve(b, tolerance)
        return x + self.size * np.abs(x).max() * self.rng.uniform(-1, 1, x.shape)


@pytest.mark.parametrize("action", ["survival", "visits", "passage"])
@pytest.mark.parametrize("size", [1e-12, 1e-4])
def test_noise_is_refused_before_a_map_is_written(tmp_path, monkeypatch, capsys, action, size):
    monkeypatch.chdir(tmp_path)
    known = resolvent.LeakyNetwork

    def noisy(*args, **how):
        network = known(*args, **how)
        network.solver = _Noise(network, size)
        return network

    monkeypatch.setattr(resolvent, "LeakyNetwork", noisy)
    head = "ncols 90\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n"
    (tmp_path / "h.asc").write_text(head + " ".join(["1"] * 90) + "\n")
    (tmp_path / "p.txt").write_text("1 0.5 0.5\n")
    points = [] if action == "survival" else ["p.txt"]
    code = main(["theory", action, "h.asc", *points, "--mortality", "0.4", "--out", "o.asc"])
    if action == "survival" and size == 1e-12:
        assert code == 0  # all entries are alike: so little noise harms none
        return
    assert code == 2
    out, err = capsys.readouterr()
    assert "few digits would be right; use conductances and mortalities of fewer powers" in err
    assert len(err.splitlines()) == 1
    assert out == ""
    assert not (tmp_path / "o.asc").exists()


def test_what_is_too_small_for_a_map_is_counted(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    head = "ncols 2434\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n"
    (tmp_path / "h.asc").write_text(head + " ".join(["1"] * 2434) + "\n")
    (tmp_path / "p.txt").write_text("1 0.5 0.5\n")
    words = ["h.asc", "p.txt", "--mortality", "0.5", "--out", "o.asc"]
    part, steps = ratios(2434, 0.5)
    small = int(np.sum(np.cumsum(np.log(part)) < np.log(np.finfo(float).tiny)))
    assert small > 1800
    assert main(["theory", "passage", *words]) == 0
    assert capsys.readouterr().err == ""
    assert read_ascii_grid("o.asc").values[0, 1:] == pytest.approx(steps[1:], rel=1e-9)
    assert main(["theory", "passage", "--what", "probability", *words]) == 0
    assert f"in {small} of 2434 nodes the chance is above 0" in capsys.readouterr().err
    assert main(["theory", "visits", *words]) == 0
    err = capsys.readouterr().err
    assert "of 2434 nodes visits are above 0 but below 2.3e-308" in err
    values = read_ascii_grid("o.asc").values[0]
    assert np.all(np.isfinite(values))
    assert f"in {int(np.sum(values == 0))} of" in err


def test_memory_is_asked_for_first(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1e4)
    graph_free = np.ones((2, 2))
    raster = conductance_raster(graph_free)
    assert raster.graph().n_nodes == 4
    big = conductance_raster(np.ones((40, 40)))
    with pytest.raises(ResourceError, match=r"the network needs about .* GB of memory"):
        big.graph()
    monkeypatch.setattr(memory, "available_bytes", lambda: 5e5)
    chain = walk_chain(big.graph(), 0.1)
    with pytest.raises(ResourceError, match=r"the direct solution of 1600 nodes needs about"):
        chain.survival_time()


def test_every_pair_of_states_has_times_no_shorter_than_the_way():
    cells = np.random.default_rng(8).uniform(1, 9, (4, 5))
    graph = conductance_raster(cells, neighbours=4).graph()
    chain = walk_chain(graph, 0.7)
    for a, b in itertools.permutations(range(20), 2):
        way = abs(a // 5 - b // 5) + abs(a % 5 - b % 5)
        assert chain.first_passage_time(np.array([b]))[a] >= way


@pytest.mark.parametrize("method", METHODS)
def test_lives_that_hardly_vary(method):
    # nearly all live two steps: 1 - m of them, and m one step
    for seed in range(40):
        cells = 10 ** np.random.default_rng(seed).uniform(-3, 3, (3, 3))
        death = np.where(np.arange(9) == 4, 1e-40, 1.0)
        chain = walk_chain(conductance_raster(cells).graph(), death, method=method)
        assert chain.survival_time_variance()[4] == pytest.approx(1e-40, rel=1e-6)
