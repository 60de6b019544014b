"""Years by tiles against full decades from the same founders, within what is claimed of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from corridor_sim import Species, load_landscape, load_species
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.generations.claims import CLAIMED
from corridor_sim.simulation.generations.outcomes import OUTCOMES
from oracles.populations import made
from oracles.verdict import Verdict
from oracles.years_told import by_animals, by_tiles, interval, settings

NAMES = list(OUTCOMES)
# of the interval of full decades; what is claimed on top of it is in the table of claims
LEVEL = 0.99


def held(
    verdict: Verdict, what: str, names: tuple[str, ...], full: np.ndarray, fast: np.ndarray
) -> None:
    """Demand each claimed outcome within the interval, widened by what the claim says."""
    for name in names:
        claim, k = CLAIMED[name], NAMES.index(name)
        assert claim.holds, name
        mean, low, high = interval(full[:, k], LEVEL)
        wider = claim.off * abs(mean)
        told = float(fast[:, k].mean())
        verdict.between(
            f"{name}, {what}: {told:.4g} by tiles",
            f"{mean:.4g} through decades, {full.shape[0]} runs, and {claim.off:.1%}",
            low - wider,
            high + wider,
            told,
        )


def blocks_and_stepping_stones() -> Landscape:
    """Two core areas of forest and islands of it between them, in pasture."""
    cover = np.full((40, 90), 30, np.uint8)
    good = uniform(1, 1)["land_cover"][0, 0]
    poor = uniform(1, 1, cover="pasture")["land_cover"][0, 0]
    cover[:] = poor
    cover[4:36, 2:34] = cover[4:36, 56:88] = good
    cover[16:24, 37:44] = cover[16:24, 47:54] = good
    core = np.zeros(cover.shape, np.int16)
    core[4:36, 2:34], core[4:36, 56:88] = 1, 2
    return uniform(40, 90, land_cover=cover, protected=core)


@cache
def bear() -> Species:
    return made("andean_bear")


def test_even_ground(verdict: Verdict) -> None:
    land, life = uniform(50, 50), settings()
    full = by_animals(bear(), land, life, 25, range(12))
    fast = by_tiles(bear(), land, life, 25, range(2))
    names = ("animals_end", "breeding_females_end", "growth_per_year", "capacity_end")
    held(verdict, "even ground, 25 years", names, full, fast)


@pytest.mark.slow
def test_two_blocks_and_stepping_stones(verdict: Verdict) -> None:
    land, life = blocks_and_stepping_stones(), settings()
    full = by_animals(bear(), land, life, 30, range(20))
    fast = by_tiles(bear(), land, life, 30, range(4))
    names = ("animals_end", "breeding_females_end", "capacity_end", "eca_km2")
    held(verdict, "two blocks and stepping stones, 30 years", names, full, fast)
    k = NAMES.index("joining_per_year")
    mean, low, high = interval(full[:, k], LEVEL)
    told, off = float(fast[:, k].mean()), CLAIMED["joining_per_year"].off
    verdict.between(
        f"joining a year, two blocks and stepping stones: {told:.3g} by tiles",
        f"{mean:.3g} through decades, known to be off by up to {off:.0%}",
        low * (1 - off),
        high * (1 + off),
        told,
    )


@pytest.mark.slow
@pytest.mark.parametrize("key", ["jaguar", "andean_bear", "mountain_tapir"])
def test_the_built_in_landscape(verdict: Verdict, key: str) -> None:
    species, land, life = load_species(key), load_landscape(cell_m=3000.0), settings()
    full = by_animals(species, land, life, 30, range(8))
    fast = by_tiles(species, land, life, 30, range(3))
    names = (
        "animals_end",
        "animals_change",
        "breeding_females_end",
        "growth_per_year",
        "capacity_end",
        "eca_km2",
    )
    held(verdict, f"{key}s, cells of 3 km, 30 years", names, full, fast)


def test_every_outcome_has_a_claim() -> None:
    assert set(CLAIMED) == set(OUTCOMES)
    assert all(claim.why and claim.off > 0 for claim in CLAIMED.values())
