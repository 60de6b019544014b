"""Theory beside a ranking: current flow and dPC against numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corridor_sim import Landscape, Scenario, Species
from corridor_sim.config.build import build_species
from corridor_sim.config.load import resolve
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links import reference
from corridor_sim.links.candidates import Link
from corridor_sim.links.reference import agreement, ranks_of, reference_of
from oracles.andes_covers import COVERS

HEIGHT, WIDTH, K = 12, 40, 0.05


@pytest.fixture
def jaguar() -> Species:
    scenario = Scenario.model_validate({"name": "x", "species": {"jaguar": {}}})
    (one,) = build_species(resolve(scenario, "x", Path()))
    return one


def country() -> Landscape:
    """Two core areas at both ends of a field, whose middle columns are the ground between."""
    core = np.zeros((HEIGHT, WIDTH), np.int16)
    core[:, :10], core[:, 30:] = 1, 2
    return uniform(HEIGHT, WIDTH, protected=core)


def link(name: str, rows: slice, cols: slice) -> Link:
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[rows, cols] = True
    return Link(name, 1.0, (), (), None, float(inside.sum()), np.flatnonzero(inside))


def test_current_and_dpc_of_even_ground(jaguar: Species, monkeypatch: pytest.MonkeyPatch) -> None:
    base, better = country(), country()
    dear = {id(base): 4.0, id(better): 1.0}

    # the better landscape has one row of best ground from core to core
    def cost_of(species: object, land: Landscape, best: object) -> np.ndarray:
        cost = np.full((HEIGHT, WIDTH), 4.0)
        cost[5] = dear[id(land)]
        return cost

    monkeypatch.setattr(reference, "ground_cost", cost_of)
    links = [
        link("across", slice(0, HEIGHT), slice(12, 28)),
        link("row", slice(5, 6), slice(10, 30)),
    ]
    found = reference_of([jaguar], base, [base, better], links, K)
    assert found is not None
    assert found.cell_m == 1000.0
    # 1 A spread over twelve rows alike
    assert found.current_flow[0] == pytest.approx(1 / HEIGHT)
    # a row inside has neighbours on both sides, one at the edge of the map on one only
    assert 1 / HEIGHT < found.current_flow[1] < 1 / (HEIGHT - 2)
    # 21 steps from core to core, of cost 4 each or of cost 1
    area = HEIGHT * 10.0
    pc = [2 * area**2 * (1 + np.exp(-K * 21 * cost)) for cost in (4.0, 1.0)]
    assert found.dpc == pytest.approx([0.0, pc[1] / pc[0] - 1])


def test_a_coarser_grid_says_the_same_of_even_ground(
    jaguar: Species, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = [link("across", slice(0, HEIGHT), slice(12, 28))]
    fine = reference_of([jaguar], country(), [country()], links, K)
    monkeypatch.setattr(reference, "MOST_CELLS", HEIGHT * WIDTH // 4)
    coarse = reference_of([jaguar], country(), [country()], links, K)
    assert fine is not None
    assert coarse is not None
    assert coarse.cell_m == 2000.0
    # the same ampere through half as many rows
    assert coarse.current_flow == pytest.approx(2 * fine.current_flow)


def farmed(*forest: tuple[slice, slice], core: np.ndarray | None = None) -> Landscape:
    """Core areas of second growth in pasture, but for blocks of tall forest."""
    zones = np.asarray(country()["protected"]) if core is None else core
    cover = np.full((HEIGHT, WIDTH), COVERS["pasture"].code, np.uint8)
    cover[zones > 0] = COVERS["secondary_forest"].code
    for rows, cols in forest:
        cover[rows, cols] = COVERS["lowland_forest"].code
    return uniform(HEIGHT, WIDTH, protected=zones.astype(np.int16), land_cover=cover)


def test_restoring_ground_never_lowers_connectivity(
    jaguar: Species, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what is restored is better than any ground before: measured by it, all else would be dearer
    blocks = {
        "away": (slice(0, 3), slice(0, 5)),
        "half-way": (slice(5, 7), slice(10, 20)),
        "across": (slice(5, 7), slice(10, 30)),
        "all": (slice(0, HEIGHT), slice(10, 30)),
    }
    links = [link(name, *block) for name, block in blocks.items()]
    for cells in (reference.MOST_CELLS, HEIGHT * WIDTH // 4):
        monkeypatch.setattr(reference, "MOST_CELLS", cells)
        built = [farmed(block) for block in blocks.values()]
        found = reference_of([jaguar], farmed(), built, links, K / 100)
        assert found is not None
        away, half_way, across, everywhere = found.dpc
        assert away == 0.0
        assert 0.0 < half_way < across <= everywhere


def test_the_numbers_of_core_areas_and_the_order_of_links_do_not_matter(
    jaguar: Species, monkeypatch: pytest.MonkeyPatch
) -> None:
    # three areas that touch inside a block of the coarser grid, of sizes that a number could hide
    zones = np.zeros((HEIGHT, WIDTH), np.int16)
    zones[:, :11], zones[:5, 11:14], zones[4:, 29:] = 1, 2, 3
    forest = (slice(5, 7), slice(11, 29))
    links = [link("across", *forest), link("away", slice(9, 11), slice(15, 20))]
    for cells in (reference.MOST_CELLS, HEIGHT * WIDTH // 4):
        monkeypatch.setattr(reference, "MOST_CELLS", cells)
        told = []
        for numbers in ([0, 1, 2, 3], [0, 3, 1, 2], [0, 2, 3, 1]):
            core = np.array(numbers, np.int16)[zones]
            lands = [farmed(forest, core=core), farmed(core=core)]
            found = reference_of([jaguar], farmed(core=core), lands, links, K)
            turned = reference_of([jaguar], farmed(core=core), lands[::-1], links[::-1], K)
            assert found is not None
            assert turned is not None
            assert found.current_flow.tolist() == turned.current_flow[::-1].tolist()
            assert found.dpc.tolist() == turned.dpc[::-1].tolist()
            told.append(np.concatenate([found.current_flow, found.dpc]))
        assert told[1] == pytest.approx(told[0], rel=1e-9)
        assert told[2] == pytest.approx(told[0], rel=1e-9)


def test_a_block_belongs_to_the_area_with_most_of_its_cells() -> None:
    zone = np.array([[1, 1, 0, 3], [1, 2, 0, 0], [2, 1, 0, 0], [1, 2, 0, 0]])
    assert reference.coarse_zones(zone, 2).tolist() == [[1, 3], [2, 0]]
    # as many of both: the first from the north-west, whatever its number
    swapped = np.array([0, 2, 1, 3])[zone]
    assert reference.coarse_zones(swapped, 2).tolist() == [[2, 3], [1, 0]]
    assert np.array_equal(reference.coarse_zones(zone, 1), zone)


def test_without_two_core_areas_theory_is_silent(jaguar: Species) -> None:
    land = uniform(HEIGHT, WIDTH)
    assert reference_of([jaguar], land, [land], [link("a", slice(0, 2), slice(0, 2))], K) is None


def test_agreement_and_ranks() -> None:
    simulated = np.array([3.0, 2.0, 1.0, 0.0])
    assert agreement(np.array([9.0, 4.0, 1.0, 0.5]), simulated) == pytest.approx(1.0)
    assert agreement(np.array([0.0, 1.0, 2.0, 3.0]), simulated) == pytest.approx(-1.0)
    assert np.isnan(agreement(np.ones(4), simulated))
    assert ranks_of(np.array([2.0, 5.0, 2.0, 1.0])).tolist() == [2, 1, 2, 4]
