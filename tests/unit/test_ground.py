"""What is left of co-benefits under another land cover, by the rules that are stated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.config.co_benefits import CoBenefit
from corridor_sim.datasets.andes_amazon.co_benefits import TABLES
from corridor_sim.errors import ScenarioError
from corridor_sim.ground.given import given_on, refuse_holes, sum_over
from corridor_sim.landscape.coverage import whole_cells
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.synthetic import uniform
from oracles.andes_covers import COVERS
from oracles.user_files import raster

FOREST, CLOUD, PASTURE, REGROWTH = (
    COVERS[key].code for key in ("premontane_forest", "cloud_forest", "pasture", "secondary_forest")
)


def covered(*codes: int) -> Landscape:
    """Return 10 x 10 km in equal strips of covers from west to east."""
    strips = np.repeat(np.array(codes, np.uint8), 10 // len(codes))
    return uniform(10, 10, land_cover=np.tile(strips, (10, 1)))


def on(land: Landscape, folder: Path, **settings: Any) -> Any:
    (found,) = given_on([CoBenefit(name="X", **settings)], land, folder, "study.toml")
    return found


def raster_of(folder: Path, land: Landscape, values: Any) -> None:
    grid = land.grid
    where: dict[str, Any] = {"west": grid.west_m, "north": grid.north_m, "cell": grid.cell_m}
    raster(folder / "x.tif", np.asarray(values, np.float32), **where)


def test_every_cover_has_a_value_and_a_source() -> None:
    for table in TABLES.values():
        assert set(table.by_cover) == set(COVERS)
        assert np.isfinite(list(table.by_cover.values())).all()
        assert table.sources
        assert table.left_out
    carbon = TABLES["carbon"].by_cover
    forest = [carbon[one.key] for one in COVERS.values() if one.forest]
    farmed = [carbon[one.key] for one in COVERS.values() if not one.natural]
    assert min(forest) > max(farmed)
    water = TABLES["water"].by_cover
    assert water["paramo"] > water["premontane_forest"] > water["pasture"]


def test_carbon_follows_the_cover(tmp_path: Path) -> None:
    land = covered(FOREST, PASTURE)
    carbon = on(land, tmp_path, layer="carbon")
    # 50 cells of each, 100 ha a cell
    per_ha = TABLES["carbon"].by_cover
    assert carbon.today.sum() == pytest.approx(
        5000 * (per_ha["premontane_forest"] + per_ha["pasture"])
    )
    cleared = covered(PASTURE, PASTURE)
    found = sum_over(
        carbon,
        whole_cells(np.ones((10, 10), bool), land.grid),
        carbon.under(cleared),
        carbon.under(land),
    )
    assert found.avoided_loss == pytest.approx(
        5000 * (per_ha["premontane_forest"] - per_ha["pasture"])
    )
    assert carbon.unit == "t C"


def test_water_is_runoff_that_the_ground_evens_out(tmp_path: Path) -> None:
    land = covered(FOREST, PASTURE)
    water = on(land, tmp_path, layer="water")
    even = water.today[:, :5].mean() / 1e3  # mm on a km² are 1,000 m³
    assert 500 < even < 3000
    cleared = water.under(covered(PASTURE, PASTURE))
    assert cleared[:, :5] == pytest.approx(0.6 * water.today[:, :5])
    assert water.unit == "m³ a year"


def test_a_raster_is_lost_where_natural_cover_goes(tmp_path: Path) -> None:
    land = covered(FOREST, CLOUD, PASTURE, PASTURE, REGROWTH)
    values = np.tile(np.repeat([100.0, 60.0, 5.0, 5.0, 30.0], 2), (10, 1))
    raster_of(tmp_path, land, values)
    given = on(land, tmp_path, file="x.tif", unit="t/ha", per="ha")
    assert given.under(land) is given.today
    # forest cleared; cloud forest stays; pasture stays; pasture becomes forest; regrowth matures
    after = given.under(covered(PASTURE, CLOUD, PASTURE, FOREST, FOREST))
    by_strip = after[:, ::2].mean(axis=0) / 100.0
    assert by_strip.tolist() == pytest.approx([0.0, 60.0, 5.0, 100.0, 100.0])
    kept = on(land, tmp_path, file="x.tif", unit="t/ha", per="ha", comes_back="nothing")
    after = kept.under(covered(PASTURE, CLOUD, PASTURE, FOREST, FOREST))
    assert (after[:, ::2].mean(axis=0) / 100.0).tolist() == pytest.approx([0, 60, 5, 5, 30])


def test_people_do_not_go_with_the_forest(tmp_path: Path) -> None:
    land = covered(FOREST, PASTURE)
    raster_of(tmp_path, land, np.full((10, 10), 7.0))
    people = on(land, tmp_path, file="x.tif", unit="people", per="cell")
    assert people.under(covered(PASTURE, PASTURE)).sum() == pytest.approx(700.0)
    moved = on(land, tmp_path, file="x.tif", unit="people", per="cell", goes_with="natural_cover")
    assert moved.under(covered(PASTURE, PASTURE)).sum() == pytest.approx(350.0)


def test_holes_are_told_and_refused_beyond_a_share(tmp_path: Path) -> None:
    land = covered(FOREST, PASTURE)
    values = np.full((10, 10), 5.0)
    values[:, 0] = np.nan
    raster_of(tmp_path, land, values)
    given = on(land, tmp_path, file="x.tif", unit="t/ha", per="ha")
    every = whole_cells(np.ones((10, 10), bool), land.grid)
    whole = sum_over(given, every, given.today, given.today)
    assert whole.holes == pytest.approx(0.1)
    refuse_holes(given, whole, "the link 'A'", "links.toml")
    west = np.zeros((10, 10), bool)
    west[:, :2] = True
    half = sum_over(given, whole_cells(west, land.grid), given.today, given.today)
    with pytest.raises(ScenarioError, match="no value on 50 % of link 'A', at most 10 %"):
        refuse_holes(given, half, "link 'A'", "links.toml")
    zero = replace(given, settings=given.settings.model_copy(update={"holes": "zero"}))
    refuse_holes(zero, half, "link 'A'", "links.toml")


def test_tables_hold_in_the_andes_only(tmp_path: Path) -> None:
    land = uniform(4, 4)
    grid = replace(land.grid, crs="EPSG:32612")
    with pytest.raises(ScenarioError, match=r"co_benefits\[0\] 'X'.*the Andes of Ecuador and Peru"):
        on(replace(land, grid=grid), tmp_path, layer="carbon")
    south = replace(land.grid, north_m=8_700_000.0)
    with pytest.raises(ScenarioError, match="runoff is known in southern Ecuador"):
        on(replace(land, grid=south), tmp_path, layer="water")
