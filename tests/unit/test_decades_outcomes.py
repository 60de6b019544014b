"""Outcomes of decades against numbers worked out by hand on a made-up result."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from corridor_sim import load_species
from corridor_sim.genetics.pedigree import Pedigree
from corridor_sim.landscape.blocks import blocks_of
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.decades.census import COLUMN, DEATHS
from corridor_sim.simulation.decades.gene_outcomes import (
    MOST_SAMPLED,
    NOTHING,
    gene_outcomes,
    living_in,
    pedigree_of,
)
from corridor_sim.simulation.decades.outcomes import (
    DECADES_OUTCOMES,
    measure_decades,
    quasi_extinct,
)
from corridor_sim.simulation.decades.simulation import DecadesResult
from corridor_sim.simulation.exchange import BETWEEN_BLOCKS, CoreAreas
from corridor_sim.simulation.pairs import from_square, no_pairs
from corridor_sim.species.demography import generation_y, vital_rates

# three core areas, of which the first two touch; the third is in another country
LAND = uniform(
    9,
    12,
    protected=np.pad(
        np.repeat([[1, 1, 2, 2, 0, 0, 0, 3, 3, 3]], 5, axis=0), ((2, 2), (1, 1))
    ).astype(np.int16),
).edited("countries", zone_countries=("", "ECU", "ECU", "PER"))
AREAS = CoreAreas.of(LAND)
AREA_KM2 = np.array([0.0, 10.0, 20.0, 40.0])
_LIFE = load_species("jaguar").life_cycle
assert _LIFE is not None
GENERATION_Y = generation_y(vital_rates(_LIFE))
# four years; only what the outcomes read
YEARLY: dict[str, list[float]] = {
    "animals": [130, 120, 110, 100, 80],
    "independent": [100, 90, 81, 70, 64],
    "breeding_females": [30, 29, 28, 27, 26],
    "births": [0, 12, 11, 9, 8],
    "deaths_natural": [0, 18, 17, 15, 20],
    "deaths_hunting": [0, 4, 4, 4, 8],
    "lost_home": [0, 3, 0, 2, 0],
    "settled": [0, 10, 9, 8, 3],
    "settled_again": [0, 2, 0, 0, 3],
    "searchers_died": [0, 4, 6, 3, 2],
    "capacity": [110, 110, 100, 100, 95],
    "suitable_km2": [900, 900, 850, 850, 800],
    "occupied_share": [0.9, 0.9, 0.8, 0.8, 0.75],
    "mean_elevation_m": [1500, 1502, 1505, 1510, 1512.5],
    "thermal_mismatch_c": [0, 0.1, 0.1, 0.2, 0.3],
}


def toy(changes: dict[str, list[float]] | None = None, **more: Any) -> DecadesResult:
    series = {**YEARLY, **(changes or {})}
    table = np.zeros((len(series["animals"]), len(COLUMN)))
    for name, values in series.items():
        table[:, COLUMN[name]] = values
    given: dict[str, Any] = {
        "key": "jaguar",
        "yearly": table,
        "burn_in": np.zeros(3),
        "equilibrated": True,
        "deaths": np.zeros((0, 3), np.int32),
        # rows: area of birth, columns: area of the first home; the first is nowhere
        "settled_from_to": from_square([[5, 1, 0, 0], [2, 8, 3, 4], [0, 1, 2, 0], [1, 0, 2, 7]]),
        "left_from": np.array([9, 15, 5, 16], np.int64),
        "places": {},
        "pedigree": {},
        "burn_in_y": 3,
        "animal_steps": 0,
        **more,
    }
    return DecadesResult(**given)


def measured(result: DecadesResult, **more: Any) -> dict[str, float]:
    given: dict[str, Any] = {
        "species": load_species("jaguar"),
        "areas": AREAS,
        "area_km2": AREA_KM2,
        "threshold": 65.0,
        **more,
    }
    return measure_decades(result, dict(NOTHING), **given)


def test_every_outcome_by_hand() -> None:
    found = measured(toy())
    assert list(found) == list(DECADES_OUTCOMES)
    # mean numbers of neighbouring censuses: 125 + 115 + 105 + 90
    animal_years = 435.0
    p12, p21 = 4 / 20, 2 / 16
    assert AREAS.blocks.zones == ((), (1, 2), (3,))
    expected = {
        "animals_start": 100,
        "animals_end": 64,
        "animals_change": -0.36,
        "growth_per_year": 0.64**0.25,
        "lowest": 64,
        "quasi_extinct_20y": math.nan,
        "quasi_extinct_50y": math.nan,
        "quasi_extinct_100y": math.nan,
        "breeding_females_end": 26,
        "capacity_end": 95,
        "suitable_km2_end": 800,
        "occupied_share_end": 0.75,
        "elevation_shift_m": 12.5,
        "thermal_mismatch_end_c": 0.3,
        "births_per_year": 10.0,
        "mortality_natural_per_year": 70 / animal_years,
        "mortality_hunting_per_year": 20 / animal_years,
        "lost_homes": 5,
        # 35 found a home, 15 died in the search
        "settled_share": 35 / 50,
        # six from one block to the other in four years, all of them across the border
        "joining_per_year": 1.5,
        "migrants_per_generation": 1.5 * GENERATION_Y / 2,
        "border_joining_per_year": 1.5,
        # and four between the two areas of one block
        "exchange_within_blocks_per_year": 1.0,
        "eca_km2": math.sqrt(30**2 + 40**2 + 30 * 40 * (p12 + p21)),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, nan_ok=True), name
    others = {f"mortality_{c}_per_year" for c in DEATHS} - set(expected)
    assert all(found[name] == 0.0 for name in others)
    assert all(math.isnan(found[name]) for name in NOTHING)


def test_a_population_that_is_gone_has_no_mean_and_no_warning() -> None:
    gone = {
        "animals": [50, 10, 0, 0, 0],
        "independent": [40, 8, 0, 0, 0],
        "mean_elevation_m": [1500, 1500, math.nan, math.nan, math.nan],
        "thermal_mismatch_c": [0, 0, math.nan, math.nan, math.nan],
    } | {n: [0.0] * 5 for n in ("settled", "settled_again", "searchers_died", "births")}
    nobody = np.zeros(4, np.int64)
    found = measured(toy(gone, settled_from_to=no_pairs(), left_from=nobody))
    assert found["animals_end"] == found["growth_per_year"] == found["lowest"] == 0
    assert found["animals_change"] == -1
    assert found["births_per_year"] == 0
    assert found["joining_per_year"] == 0
    for name in ("elevation_shift_m", "thermal_mismatch_end_c", "settled_share"):
        assert math.isnan(found[name]), name
    # areas that nobody leaves are areas alone
    assert found["eca_km2"] == pytest.approx(50.0)


def test_exchange_needs_two_blocks_and_a_disperser() -> None:
    """One block has nothing to go between, and a bird that soars is no disperser between any."""
    joined = CoreAreas.of(LAND, blocks_of(LAND, join_within_m=5_000.0))
    assert joined.blocks.n == 1
    alone = measured(toy(), areas=joined)
    assert all(math.isnan(alone[n]) for n in BETWEEN_BLOCKS & set(alone))
    assert len(BETWEEN_BLOCKS & set(alone)) == 3
    # ten settled in another area of the only block
    assert alone["exchange_within_blocks_per_year"] == 2.5
    assert alone["eca_km2"] == pytest.approx(70.0)
    bird = measured(toy(), species=load_species("andean_condor"))
    for name in (*BETWEEN_BLOCKS & set(bird), "exchange_within_blocks_per_year", "eca_km2"):
        assert math.isnan(bird[name]), name


def test_a_border_inside_a_block_is_none() -> None:
    """Who settles across a border in its own block has joined no other."""
    split = CoreAreas(AREAS.blocks, np.array(["", "ECU", "PER", "PER"]))
    found = measured(toy(), areas=split)
    # 4 from the first area to the third; the third and the second are of one country
    assert found["border_joining_per_year"] == 1.0
    assert found["joining_per_year"] == 1.5


def test_a_population_that_never_was_has_no_growth() -> None:
    never = {name: [0.0] * 5 for name in ("animals", "independent")}
    found = measured(toy(never))
    for name in ("animals_change", "growth_per_year", "mortality_natural_per_year"):
        assert math.isnan(found[name]), name


@pytest.mark.parametrize(
    ("numbers", "within_y", "expected"),
    [
        ([30, 25, 20], 2, 0.0),  # the threshold itself is not below it
        ([30, 25, 19.5], 2, 1.0),
        ([30, 25, 19.5], 1, 0.0),
        ([30, 19, 30], 2, 1.0),  # once is enough
        ([19, 30, 30], 20, math.nan),  # nor of its third, whatever happened before
        ([30, 25, 20], 3, math.nan),  # the run says nothing of its fourth year
        ([30, 25, 10], 100, math.nan),
    ],
)
def test_quasi_extinction_knows_how_long_the_run_was(
    numbers: list[float], within_y: int, expected: float
) -> None:
    found = quasi_extinct(np.array(numbers, np.float64), 20.0, within_y)
    assert found == expected or (math.isnan(found) and math.isnan(expected))


def family(generations: int = 3, n: int = 40, **more: Any) -> Pedigree:
    """Return ``n`` founders and their lines: every year ``n`` young, whose parents then die."""
    rng = np.random.default_rng(3)
    mother = [np.full(n, -1)]
    father = [np.full(n, -1)]
    for g in range(1, generations):
        mother.append((g - 1) * n + rng.integers(0, n // 2, n) * 2)
        father.append((g - 1) * n + rng.integers(0, n // 2, n) * 2 + 1)
    born = np.repeat(np.arange(generations, dtype=float), n)
    died = np.where(born < generations - 1, born + 1.0, np.nan)
    return Pedigree.of(
        np.concatenate(mother),
        np.concatenate(father),
        np.arange(generations * n) % 2 == 1,
        born,
        death_year=died,
        **more,
    )


def test_places_become_map_metres() -> None:
    columns = {
        "ident": np.arange(2),
        "mother": np.full(2, -1),
        "father": np.full(2, -1),
        "male": np.array([True, False]),
        "birth_year": np.zeros(2),
        "death_year": np.full(2, np.nan),
        "birth_zone": np.zeros(2),
        "zone": np.ones(2),
        "birth_x": np.array([0.0, 1.5]),
        "birth_y": np.array([0.0, 2.0]),
        "x": np.array([3.0, 0.5]),
        "y": np.array([1.0, 0.5]),
    }
    grid = Grid(4, 4, 500.0, 1000.0, 9000.0, "EPSG:32717")
    found = pedigree_of(toy(pedigree=columns), grid)
    assert found.birth_x_m.tolist() == [1000.0, 1750.0]
    assert found.birth_y_m.tolist() == [9000.0, 8000.0]
    assert found.x_m.tolist() == [2500.0, 1250.0]
    assert found.y_m.tolist() == [8500.0, 8750.0]


def test_who_is_looked_at_lives_and_follows_from_its_number() -> None:
    kin = family(generations=2, n=600)
    now = living_in(kin, 1.0)
    assert now.size == MOST_SAMPLED
    assert (np.diff(now) > 0).all()
    assert kin.alive_at(1.0)[now].all()
    assert set(living_in(kin, 0.0)) <= set(range(600))
    # half of the animals never lived: of the others the same are looked at
    fewer = kin.subset(np.arange(900))
    assert np.isin(now[now < 900], living_in(fewer, 1.0)).all()


def test_genes_by_hand_where_all_founders_are_apart() -> None:
    """At the start every copy is of its own: 1 - F_IS is 1, and He is 1 among founders' copies."""
    kin = family(generations=2)
    result = toy(burn_in_y=0, yearly=np.zeros((2, len(COLUMN))))
    loci = 4000
    found = gene_outcomes(
        result, kin, load_species("jaguar"), seed=1, replicate=0, stream=3, loci=loci
    )
    # 40 founders: two copies drawn without replacement are never of one founder copy. Of their
    # young two copies descend from one with probability theta; each parent has one sex
    theta = _coancestry(kin)
    # many pairs a locus: their share varies from locus to locus by less than itself
    error = 5 * theta / math.sqrt(loci)
    assert found["gene_diversity_kept"] == pytest.approx(1.0 - theta, abs=error)
    assert theta > 5 * error
    assert found["inbreeding"] == 0.0
    assert found["effective_size"] > 0
    assert math.isnan(found["fst"])


def _coancestry(kin: Pedigree) -> float:
    """Return the probability that two different copies of the living are of one founder copy."""
    rows = np.flatnonzero(kin.birth_year == 1)
    copies = np.stack([kin.mother[rows], kin.father[rows]], axis=1).reshape(-1)
    same_parent = (copies[:, None] == copies[None, :]).astype(float)
    np.fill_diagonal(same_parent, 0.0)
    # two copies out of one parent are the same copy in half of the cases
    return float(same_parent.sum() / 2 / (copies.size * (copies.size - 1)))


def test_the_genes_of_nobody_are_undefined() -> None:
    kin = family(generations=2)
    result = toy(burn_in_y=0, yearly=np.zeros((60, len(COLUMN))))
    dead = Pedigree.of(
        kin.mother, kin.father, kin.male, kin.birth_year, death_year=np.full(kin.n, 30.0)
    )
    found = gene_outcomes(
        result, dead, load_species("jaguar"), seed=1, replicate=0, stream=3, loci=10
    )
    assert found.keys() == NOTHING.keys()
    assert all(math.isnan(v) for v in found.values())


@pytest.mark.parametrize("b", [0.4, 0.6, 0.9])
def test_births_at_capacity_follow_from_deaths_and_not_from_births_at_low_numbers(b: float) -> None:
    """``b_K = b / R0``: R0 is proportional to b, so that b cancels."""
    life = load_species("jaguar").life_cycle
    assert life is not None
    shipped = vital_rates(life)
    given = life.birth_probability.model_copy(update={"value": b})
    other = vital_rates(life.model_copy(update={"birth_probability": given}))
    assert other.birth_probability == b
    assert other.birth_probability_at_capacity == pytest.approx(
        shipped.birth_probability_at_capacity, rel=1e-12
    )
