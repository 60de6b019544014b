"""The theory module against theorems and closed forms: nothing here is its own number.

Tolerances follow from rounding. The diagonal of a Laplacian is a rounded sum: it leaks
up to ``k eps`` of each node's conductance to the ground (k additions), and a leak l at a voltage of
at most R changes a resistance R by less than ``l R``. All leaks together change it by a relative
``k eps * (sum of degrees) * R``; eliminations round as often again. :func:`rounding` takes k = 16.
An iteration that stops at a residual r is off by at most ``|A^-1 e_i| |r| <= sqrt(n) R |r|`` a
voltage, and a resistance takes four.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from corridor_sim.connectivity.chain import stationary_distribution, walk_chain
from corridor_sim.connectivity.circuit import advanced, pair_flow, pairwise_resistance
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import Graph, conductance_raster
from corridor_sim.connectivity.network import FocalNetwork, resistance_between
from corridor_sim.connectivity.solve import TOLERANCE
from oracles.circuits import fundamental, grid_edges, resistance, walk
from oracles.verdict import Verdict

EPS = float(np.finfo(float).eps)


def random_raster(seed: int, shape: tuple[int, int] = (9, 11)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.uniform(1, 20, shape)
    values[2:5, 4] = np.nan
    return values


def rounding(graph: Graph, largest: float) -> float:
    return 16 * EPS * float(graph.degree().sum()) * largest


def every_resistance(graph: Graph, method: str = "auto") -> np.ndarray:
    return resistance_between(graph, np.arange(graph.n_nodes), method=method)


@pytest.mark.parametrize("method", ["direct", "amg"])
def test_a_square_lattice_far_from_its_edge(method: str, verdict: Verdict) -> None:
    """Infinite lattice: 1/2 to a neighbour, 2/pi across (van der Pol & Bremmer 1950).

    Cutting the plane at distance L adds conductors' absence only: the dipole's field there falls
    as 1/L^2, and so does the change of resistance. Two sizes show it: quarter for double.
    """
    off = []
    for half in (40, 80):
        size = 2 * half + 1
        raster = conductance_raster(np.ones((size, size)), neighbours=4)
        focal = Focal.at([(half, half), (half, half + 1), (half + 1, half + 1)], raster.shape)
        found = pairwise_resistance(raster, focal, method=method)
        verdict.below(
            f"lattice {size} wide, neighbours, {method}",
            "1/2",
            1 / half**2,
            abs(found[0, 1] - 0.5),
            "1 / L^2",
        )
        verdict.below(
            f"lattice {size} wide, diagonal, {method}",
            "2 / pi",
            1 / half**2,
            abs(found[0, 2] - 2 / math.pi),
            "1 / L^2",
        )
        assert found[0, 1] > 0.5  # a cut plane conducts less (Rayleigh)
        off.append(found[0, 2] - 2 / math.pi)
    assert off[0] / off[1] == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize("neighbours", [4, 8])
@pytest.mark.parametrize("connect", ["average_conductance", "average_resistance"])
def test_foster(neighbours: int, connect: str, verdict: Verdict) -> None:
    """Foster (1949): conductance times resistance, summed over all edges, is n - 1."""
    graph = conductance_raster(random_raster(1), neighbours=neighbours, connect=connect).graph()
    found = every_resistance(graph)
    total = float(np.sum(graph.conductance * found[graph.tail, graph.head]))
    verdict.below(
        f"sum of g R over edges, {neighbours} neighbours, {connect}",
        "n - 1 (Foster 1949)",
        rounding(graph, float(found.max())),
        abs(total / (graph.n_nodes - 1) - 1),
        "rounding",
    )


def test_resistances_equal_exact_fractions(verdict: Verdict) -> None:
    rng = np.random.default_rng(2)
    whole = rng.integers(0, 6, (5, 6))
    whole[0, 0] = whole[4, 5] = 3
    exact = [[Fraction(int(g)) for g in row] for row in whole]
    node, edges = grid_edges(exact, neighbours=4)
    raster = conductance_raster(whole.astype(float), values_are="conductance", neighbours=4)
    graph = raster.graph()
    assert all(graph.node_of[cell] == number for cell, number in node.items())
    label = graph.components()
    main = np.flatnonzero(label == np.bincount(label).argmax())
    inner = {int(a): k for k, a in enumerate(main)}
    inner_edges = [(inner[a], inner[b], g) for a, b, g in edges if a in inner]
    found = every_resistance(graph)
    worst = 0.0
    for a in main[::5]:
        for b in main[::3]:
            if a != b:
                truth = float(resistance(len(main), inner_edges, inner[int(a)], inner[int(b)]))
                worst = max(worst, abs(found[a, b] / truth - 1))
    bound = rounding(graph, float(found[np.ix_(main, main)].max()))
    verdict.below("resistance on a small grid", "exact fractions", bound, worst, "rounding")


def test_more_conductance_never_means_more_resistance() -> None:
    """Rayleigh's monotonicity law (Doyle & Snell 1984, section 1.4)."""
    values = random_raster(3)
    rng = np.random.default_rng(3)
    before_raster = conductance_raster(values, values_are="conductance")
    before = every_resistance(before_raster.graph())
    slack = rounding(before_raster.graph(), float(before.max()))
    for _ in range(10):
        more = values.copy()
        row, col = int(rng.integers(values.shape[0])), int(rng.integers(values.shape[1]))
        more[row, col] *= 3
        after = every_resistance(conductance_raster(more, values_are="conductance").graph())
        assert np.all(after <= before * (1 + slack))
        if not np.isnan(values[row, col]):
            assert np.min(after - before) < -1e-3 * before.max()


def test_current_is_conserved_and_reciprocal(verdict: Verdict) -> None:
    raster = conductance_raster(random_raster(4))
    focal = Focal.at([(0, 0), (8, 10), (3, 7)], raster.shape)
    flow = pair_flow(raster, focal, 1, 2)
    graph = flow.graph
    along = flow.branch_currents()
    net = np.bincount(graph.tail, along, graph.n_nodes)
    net -= np.bincount(graph.head, along, graph.n_nodes)
    a, b, c = focal.nodes(graph)
    net[a] -= 1
    net[b] += 1
    largest = float(flow.voltages.max())
    bound = rounding(graph, largest)
    verdict.below(
        "current into each cell less current out",
        "0 (Kirchhoff)",
        bound,
        float(np.abs(net).max()),
        "rounding",
    )
    assert flow.node_currents()[[a, b]] == pytest.approx([1, 1], abs=bound)
    # the energy that 1 A spends is the resistance (Thomson)
    power = float(np.sum(along**2 / graph.conductance))
    assert power == pytest.approx(largest, rel=bound)
    # reciprocity: c's voltage for current a to b is a's minus b's for current at c
    other = pair_flow(raster, focal, 3, 2).voltages
    assert flow.voltages[c] == pytest.approx(other[a], rel=bound)


@pytest.mark.parametrize("neighbours", [4, 8])
def test_commute_time_is_volume_times_resistance(neighbours: int, verdict: Verdict) -> None:
    """Chandra et al. (1989): steps there and back = sum of degrees times resistance."""
    raster = conductance_raster(random_raster(5), neighbours=neighbours)
    graph = raster.graph()
    chain = walk_chain(graph)
    found = every_resistance(graph)
    volume = float(graph.degree().sum())
    worst = 0.0
    for a, b in ((0, graph.n_nodes - 1), (13, 40), (22, 23)):
        there = chain.first_passage_time(np.array([b]))[a]
        back = chain.first_passage_time(np.array([a]))[b]
        worst = max(worst, abs((there + back) / (volume * found[a, b]) - 1))
    verdict.below(
        f"commute time, {neighbours} neighbours",
        "volume times R (Chandra et al. 1989)",
        rounding(graph, float(found.max())),
        worst,
        "rounding",
    )


def test_escape_probability(verdict: Verdict) -> None:
    """Doyle & Snell (1984, 1.3.4): leaving a for b without return has chance 1 / (d_a R_ab)."""
    graph = conductance_raster(random_raster(6)).graph()
    a, b = 17, 70
    toward = walk_chain(graph).moves.toarray()
    toward[[a, b]] = 0
    toward[a, a] = toward[b, b] = 1  # both hold, so h is the chance of b before a
    inner = [i for i in range(graph.n_nodes) if i not in (a, b)]
    h = np.zeros(graph.n_nodes)
    h[b] = 1
    h[inner] = np.linalg.solve(np.eye(len(inner)) - toward[np.ix_(inner, inner)], toward[inner, b])
    escape = float(walk_chain(graph).moves[[a]].toarray()[0] @ h)
    found = resistance_between(graph, np.array([a, b]))[0, 1]
    seen = abs(escape * graph.degree()[a] * found - 1)
    verdict.below(
        "escape probability",
        "1 / (d R) (Doyle & Snell 1984)",
        rounding(graph, found),
        seen,
        "rounding",
    )
    # the same chance from the module: everyone who lands on a dies
    death = np.zeros(graph.n_nodes)
    death[a] = 1
    first = walk_chain(graph).moves[[a]].toarray()[0]
    again = float(first @ walk_chain(graph, death).hitting_probability(np.array([b])))
    assert again == pytest.approx(escape, rel=rounding(graph, found))


def test_net_flow_is_current(verdict: Verdict) -> None:
    """Doyle & Snell (1984, 1.3.3): visits of walkers from a that end at b, net, are the current."""
    raster = conductance_raster(random_raster(7))
    focal = Focal.at([(0, 1), (7, 9)], raster.shape)
    flow = pair_flow(raster, focal, 1, 2)
    graph = flow.graph
    a, b = focal.nodes(graph)
    death = np.zeros(graph.n_nodes)
    death[b] = 1
    start = np.zeros(graph.n_nodes)
    start[a] = 1
    visits = walk_chain(graph, death).expected_visits(start)
    per_visit = visits / graph.degree()
    per_visit[b] = 0  # walkers end there
    net = graph.conductance * (per_visit[graph.tail] - per_visit[graph.head])
    bound = rounding(graph, float(flow.voltages.max()))
    verdict.below(
        "net flow of a walk along each edge",
        "current (Doyle & Snell 1984)",
        bound,
        float(np.abs(net - flow.branch_currents()).max()),
        "rounding",
    )


def test_long_walks_follow_conductance(verdict: Verdict) -> None:
    """The stationary distribution is the conductance sums over their sum (reversibility)."""
    graph = conductance_raster(random_raster(8)).graph()
    share = stationary_distribution(graph)
    chain = walk_chain(graph, stay=0.2)
    assert np.sum(share) == pytest.approx(1, abs=graph.n_nodes * EPS)
    after = chain.occupancy(share, 1)
    # 8 products and sums a row
    verdict.below(
        "stationary distribution after a step",
        "itself",
        16 * EPS,
        float(np.abs(after / share - 1).max()),
        "16 eps",
    )
    start = np.zeros(graph.n_nodes)
    start[0] = 1
    assert np.abs(chain.occupancy(start, 4000) / share - 1).max() < 1e-9  # forgets its start


@pytest.mark.parametrize("method", ["direct", "amg"])
def test_a_mortal_walk_equals_its_fundamental_matrix(method: str, verdict: Verdict) -> None:
    """Kemeny & Snell (1960): visits F, survival F 1, deaths F R, hitting F_ij / F_jj."""
    rng = np.random.default_rng(9)
    whole = rng.integers(1, 6, (4, 4))
    node, edges = grid_edges([[Fraction(int(g)) for g in row] for row in whole])
    n = len(node)
    death = [Fraction(int(k), 50) for k in rng.integers(0, 5, n)]
    death[3], stay = Fraction(1), [Fraction(int(k), 10) for k in rng.integers(0, 4, n)]
    stay[3] = Fraction(0)
    f = np.array(fundamental(walk(n, edges, death, stay)), dtype=float)
    graph = conductance_raster(whole.astype(float), values_are="conductance", neighbours=4).graph()
    chain = walk_chain(
        graph, np.array(death, dtype=float), stay=np.array(stay, dtype=float), method=method
    )
    start = np.array([0.5, *[0.0] * (n - 2), 0.5])
    longest = float(f.sum(axis=1).max())
    bound = 16 * EPS * n * longest
    if method == "amg":
        bound += math.sqrt(n) * TOLERANCE * longest * float(graph.degree().max())
    z = f.sum(axis=1)
    places = start @ f * np.array(death, dtype=float)
    hits = f[:, 6] / f[6, 6]
    spread = 2 * f @ z - z - z**2
    for what, theory, seen in (
        ("visits", start @ f, chain.expected_visits(start)),
        ("steps until death", z, chain.survival_time()),
        ("place of death", places, chain.death_place(start)),
        ("hitting probability", hits, chain.hitting_probability(np.array([6]))),
    ):
        verdict.below(
            f"{what}, {method}",
            "exact fundamental matrix",
            bound,
            float(np.abs(seen - theory).max()),
            "rounding times lifetime",
        )
    assert np.abs(chain.survival_time_variance() - spread).max() <= bound * longest
    assert chain.death_place(start).sum() == pytest.approx(1, abs=bound)


def test_short_times_add_up_to_long_ones() -> None:
    graph = conductance_raster(random_raster(10)).graph()
    rng = np.random.default_rng(10)
    chain = walk_chain(graph, rng.uniform(0.01, 0.05, graph.n_nodes))
    start = np.zeros(graph.n_nodes)
    start[5] = 1
    steps = 4000  # 0.99^4000 = 3e-18 are alive
    alive = chain.survival(start, steps)
    assert np.all(np.diff(alive) <= 0)
    assert alive[1] == pytest.approx(1 - chain.death[5], abs=4 * EPS)
    # the area under the survival curve is the expected lifetime; 4000 sums of ~100 nodes each
    slack = 4000 * EPS * 100
    assert alive.sum() == pytest.approx(chain.survival_time()[5], rel=slack)
    assert chain.expected_visits(start, steps) == pytest.approx(
        chain.expected_visits(start), rel=slack, abs=slack
    )
    target = np.array([60])
    assert chain.hitting_probability(target, steps) == pytest.approx(
        chain.hitting_probability(target), rel=slack
    )
    # deaths of the first 7 steps are what is missing then
    assert chain.death_place(start, 7).sum() == pytest.approx(1 - alive[7], abs=slack)
    # first passage, from the distribution of its time
    by = np.array([chain.hitting_probability(target, k)[5] for k in range(300)])
    chance = np.diff(by)
    times = np.arange(1, 300)
    tail = 0.99**299 * (300 + 100)  # those who are not there yet are at most the living
    mean = chain.first_passage_time(target)[5]
    # compare hit-weighted sums, so that the tail bound applies
    hit = chain.hitting_probability(target)[5]
    assert abs(float(chance @ times) - mean * hit) <= tail


@pytest.mark.parametrize("neighbours", [4, 8])
def test_both_solvers_give_the_same(neighbours: int, verdict: Verdict) -> None:
    values = np.exp(np.random.default_rng(11).normal(0, 1.5, (60, 70)))
    values[20:40, 30] = np.nan
    graph = conductance_raster(values, neighbours=neighbours).graph()
    nodes = np.linspace(0, graph.n_nodes - 1, 7).astype(int)
    direct = resistance_between(graph, nodes, method="direct")
    multigrid = resistance_between(graph, nodes, method="amg")
    largest = float(direct.max())
    bound = 4 * math.sqrt(graph.n_nodes) * largest * TOLERANCE + rounding(graph, largest) * largest
    verdict.below(
        f"resistances by amg, {neighbours} neighbours",
        "direct",
        bound,
        float(np.abs(direct - multigrid).max()),
        "4 sqrt(n) R tolerance",
    )


def test_grounds_as_mortality(verdict: Verdict) -> None:
    """A leak is a death: with r_i = l_i / (l_i + d_i), visits over (l_i + d_i) are the voltage."""
    values = random_raster(12)
    raster = conductance_raster(values)
    rng = np.random.default_rng(12)
    leaks = rng.uniform(0.01, 0.1, values.shape)
    sources = np.zeros(values.shape)
    sources[0, 0] = 1
    flow = advanced(raster, sources, leaks)
    graph = flow.graph
    whole = graph.degree() + graph.from_map(leaks)
    start = graph.from_map(sources)
    visits = walk_chain(graph, graph.from_map(leaks) / whole).expected_visits(start)
    longest = float(visits.sum())
    verdict.below(
        "voltage over leaks",
        "visits / conductance of a mortal walk",
        16 * EPS * graph.n_nodes * longest,
        float(np.abs(visits / whole - flow.voltages).max()),
        "rounding",
    )
    fed = float(np.sum(graph.from_map(leaks) * flow.voltages))
    assert fed == pytest.approx(1, rel=16 * EPS * graph.n_nodes * longest)


def test_published_circuitscape_figures(verdict: Verdict) -> None:
    """A few figures that Circuitscape publishes for its own 5 x 5 test maps.

    From github.com/Circuitscape/Circuitscape.jl, test/output_verify: sgVerify9_resistances.out
    (regions as focal places, short-circuit regions, 8 neighbours) and oneToAllVerify9; its maps
    are rebuilt here from their values. Published to ten digits.
    """
    habitat = np.ones((5, 5))
    habitat[1:, 1:3] = 2
    habitat[0, 2], habitat[1, 3], habitat[1, 4] = 2.002, 3.01, 2
    regions = np.zeros((5, 5), int)
    regions[0, 1:4], regions[[0, 4], 4], regions[2, 2], regions[3:, 2] = 3, 2, 6, 5
    raster = conductance_raster(habitat, values_are="conductance", regions=regions)
    places = [(0, 0), (4, 0), (0, 1), (4, 4), (2, 0), (3, 0), (2, 3)]
    focal = Focal.at(places, (5, 5), [1, 1, 2, 2, 3, 4, 7])
    found = pairwise_resistance(raster, focal)
    published = {
        (0, 1): 0.2434768717,
        (0, 2): 0.3448848592,
        (1, 4): 0.174033215,
        (3, 4): 0.4000720507,
    }
    off = max(abs(found[pair] / figure - 1) for pair, figure in published.items())
    verdict.below(
        "pairwise resistances, regions and polygons",
        "Circuitscape's sgVerify9",
        5e-10,
        off,
        "its ten digits",
    )


def test_a_network_between_many_nodes_adds_up(verdict: Verdict) -> None:
    """Superposition: any currents that sum to 0 are sums of pairs."""
    graph = conductance_raster(random_raster(13)).graph()
    nodes = np.array([0, 20, 50, 80])
    network = FocalNetwork(graph, nodes)
    currents = np.array([0.7, -1.2, 0.9, -0.4])
    r = network.resistances()
    volts = network.voltages(currents)[nodes]
    # v_i - v_j = - 1/2 sum_k c_k (R_ik - R_jk)
    theory = -0.5 * r @ currents
    bound = rounding(graph, float(r.max())) * float(np.abs(currents).sum()) * float(r.max())
    verdict.below(
        "voltages from resistances",
        "-1/2 R c, up to a constant",
        bound,
        float(np.ptp(volts - theory)),
        "rounding",
    )
