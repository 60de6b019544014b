"""Maps and sums beside a drawn link, against plain counts and what theory says exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim.config.build import apply_edits
from corridor_sim.config.co_benefits import CoBenefit
from corridor_sim.config.links import Candidate
from corridor_sim.connectivity.circuit import pairwise_current
from corridor_sim.ground.given import given_on
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links import reference
from corridor_sim.links.candidates import make_link
from corridor_sim.links.co_benefits import link_ground
from corridor_sim.links.drawn_current import CircuitMaps
from corridor_sim.links.drawn_ground import co_benefits_of
from corridor_sim.links.propose import best_ground, ground_cost
from corridor_sim.links.reference import circuit_of, coarse_cost, coarse_zones
from corridor_sim.simulation.dispersal.cohort import ways
from corridor_sim.simulation.dispersal.strata import starts_of

LINK = cs.edits.BuildLink(
    name="L",
    actions=("restore", "protect"),
    areas=(((-78.9, -3.0), (-78.3, -3.0), (-78.3, -3.6), (-78.9, -3.6)),),
)


@pytest.fixture(scope="module")
def evaluator() -> cs.LinkEvaluator:
    scenario = cs.Scenario(
        name="Cleared",
        maps=1,
        seed=7,
        landscape={"cell_m": 5000},
        edits=[{"kind": "clear", "fraction": 0.4}],
        species={"andean_bear": {}, "mountain_tapir": {}},
    )
    return cs.LinkEvaluator(scenario, replicates=4, dispersers=100)


def counted(evaluator: cs.LinkEvaluator, key: str, land: cs.Landscape, n: int) -> np.ndarray:
    """Walk every disperser of the first replicates and count one day after the other."""
    dispersal, grid = evaluator.dispersal, land.grid
    kind = dispersal.kinds[key]
    starts = starts_of(kind.reference, kind.strata, kind.n, dispersal.seed, range(n))
    ground = dispersal.grounds(land)[key][0]
    track = ways(ground, starts, dispersal.seed, start_day=dispersal.start_day)
    weight = starts.weight[starts.stratum].tolist()
    found = [0.0] * (grid.height * grid.width)
    for animal, days in enumerate(track):
        for x, y in days:
            if x == x:
                found[int(y) * grid.width + int(x)] += weight[animal]
    return 100.0 / grid.cell_km2 / n * np.array(found).reshape(grid.shape)


def test_use_is_a_plain_count_of_days(evaluator: cs.LinkEvaluator) -> None:
    changed = apply_edits(evaluator.land, [LINK], evaluator.resolved.scenario.seed)
    found = evaluator.use([LINK], replicates=3)
    assert found["species"].values.tolist() == ["andean_bear", "mountain_tapir"]
    assert found.attrs["replicates"] == 3
    for key in ("andean_bear", "mountain_tapir"):
        own = found.sel(species=key)
        before = counted(evaluator, key, evaluator.land, 3)
        after = counted(evaluator, key, changed, 3)
        # by those whom it concerns alone: the same numbers to the bit
        assert np.array_equal(own["without"], before)
        assert np.array_equal(own["with"], after)
        assert own["change"].values == pytest.approx(after - before, abs=1e-9 * before.max())
    bears = found.sel(species="andean_bear")
    assert (bears["change"] != 0).any()
    assert ((bears["change"] == 0) & (bears["without"] > 0)).any()
    assert evaluator.use(replicates=3)["without"].equals(found["without"])
    # what is told from chance lies where something changed
    assert bears["told"].dtype == bool
    far = np.ones(found["told"].shape[1:], bool)
    row, col = np.nonzero(bears["change"].values)
    for i, j in zip(row, col, strict=True):
        far[max(0, i - 2) : i + 3, max(0, j - 2) : j + 3] = False
    assert not bears["told"].values[far].any()


def test_use_tells_what_it_cannot(evaluator: cs.LinkEvaluator) -> None:
    with pytest.raises(cs.CorridorSimError, match="'jaguar' is no species that walks here"):
        evaluator.use(species=["jaguar"])
    with pytest.raises(cs.CorridorSimError, match="replicates = "):
        evaluator.use(replicates=0)
    with pytest.raises(cs.CorridorSimError, match="no species that walks"):
        evaluator.current(species=[])


def test_current_is_that_of_every_pair_of_blocks(
    evaluator: cs.LinkEvaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "MOST_CELLS", 4000)
    bear, land = cs.load_species("andean_bear"), evaluator.land
    changed = apply_edits(land, [LINK], 7)
    maps = CircuitMaps(evaluator.dispersal, evaluator.reference)
    found = maps.of(("andean_bear",), evaluator.dispersal.grounds(changed))
    assert found.cell_m == 10_000
    best = best_ground([bear], land)
    zone = coarse_zones(evaluator.dispersal.blocks.raster(land).astype(np.int64), 2)
    names = np.unique(zone[zone > 0])
    for name, one in (("without", land), ("with", changed)):
        cost = coarse_cost(ground_cost([bear], one, best), 2)
        ohm, ampere = pairwise_current(*circuit_of(cost, zone, names))
        assert found.maps[name].values == pytest.approx(ampere, rel=1e-9, nan_ok=True)
        table = found.resistance.set_index(["from", "to"])[name]
        called = [evaluator.dispersal.blocks.names[i] for i in names]
        for i in range(len(called)):
            for j in range(i + 1, len(called)):
                assert table[called[i], called[j]] == pytest.approx(ohm[i, j], rel=1e-9)
    assert np.allclose(np.diff(found.maps["x"]), 10_000)
    assert found.maps["x"][0] == land.grid.west_m + 5000


def test_better_ground_resists_less_everywhere(evaluator: cs.LinkEvaluator) -> None:
    """Rayleigh's law: no resistance rises where no conductor conducts less."""
    found = evaluator.current([LINK])
    change = found.resistance["change"]
    assert (change <= 1e-9).all()
    assert change.is_monotonic_increasing
    assert change[0] < -0.01
    assert found.inside_with_a > found.inside_without_a > 0
    assert "km: " in str(found)
    bare = evaluator.current()
    assert "with" not in bare.maps
    assert np.isnan(bare.inside_without_a)
    assert bare.maps["without"].equals(found.maps["without"])


def test_co_benefits_are_those_of_a_link_that_follows_cells(evaluator: cs.LinkEvaluator) -> None:
    land = evaluator.land
    grid = land.grid
    x, y = grid.west_m + 5000 * 30, grid.north_m - 5000 * 45
    square = [[x, y], [x + 25_000, y], [x + 25_000, y - 20_000], [x, y - 20_000]]
    one = Candidate(name="A", cost=1.0, area=[square], crs=grid.crs, actions=("restore",))
    link = make_link(one, land, "A")
    asked = [{"name": "Carbon", "layer": "carbon"}]
    found = evaluator.co_benefits([link.edit], asked)
    given = given_on([CoBenefit(**asked[0])], evaluator.reference, Path(), "x")
    base = evaluator.resolved
    theirs = link_ground(given, [link], base, evaluator.reference, None, "x").table
    assert found.loc[0, "area_km2"] == 500.0
    for column in ("area_km2", "today", "without", "with", "avoided_loss", "holes"):
        assert found.loc[0, column] == pytest.approx(theirs.loc[0, column], rel=1e-9)
    assert found.loc[0, "avoided_loss"] > 0
    assert found.attrs["note"] == ""
    areas = evaluator.changed_areas([link.edit])
    assert set(areas["what"]) == {"restored"}
    assert areas.attrs["drawn_km2"] == 500.0
    assert areas["area_km2"].sum() <= 500.0
    whole = evaluator.co_benefits([LINK])
    assert whole["co_benefit"].tolist() == ["Carbon above ground", "Water that rivers get evenly"]
    kinds = evaluator.changed_areas([LINK]).groupby("what")["area_km2"].sum()
    assert kinds["restored"] > 0
    assert kinds["protected"] > 0


def test_an_edit_without_an_outline_is_of_the_cells_that_it_changes(
    evaluator: cs.LinkEvaluator,
) -> None:
    clear = cs.edits.Clear(fraction=0.2)
    after = apply_edits(evaluator.land, [clear], 7)
    cells = int((after["land_cover"] != evaluator.land["land_cover"]).sum())
    found = evaluator.co_benefits([clear])
    assert (found["area_km2"] == cells * 25.0).all()
    assert (found["avoided_loss"] < 0).all()
    areas = evaluator.changed_areas([clear])
    assert areas["area_km2"].sum() == cells * 25.0
    assert set(areas["what"]) == {"lost"}


def test_a_region_of_which_nothing_is_given_says_so() -> None:
    near = uniform(20, 20)
    grid = replace(near.grid, crs="EPSG:32750")  # the other side of the world
    land, edit = replace(near, grid=grid), cs.edits.Warm(degrees_c=1.0)
    found = co_benefits_of([edit], land, land, edit(land), None, Path())
    assert found.empty
    assert "by land cover is of" in found.attrs["note"]
    with pytest.raises(cs.CorridorSimError, match="raster of your own"):
        co_benefits_of([edit], land, land, edit(land), [{"name": "C", "layer": "carbon"}], Path())
