"""Core areas that touch, or lie within a stated distance, are one block."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from corridor_sim.config.build import load_landscape
from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.blocks import Blocks, blocks_of, check_blocks
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.synthetic import uniform

CELL_M = 1000.0


def drawn(text: str, join_within_m: float = 0.0) -> Landscape:
    """A landscape whose core areas are the digits of a drawing, 0 or . = none."""
    rows = [line.strip() for line in text.strip().splitlines()]
    zone = np.array([[0 if c == "." else int(c) for c in row] for row in rows], np.int16)
    land = uniform(*zone.shape, CELL_M, protected=zone)
    names = ("", *(f"Area {i}" for i in range(1, land.n_zones + 1)))
    return replace(land, zone_names=names, join_within_m=join_within_m)


def together(blocks: Blocks) -> list[tuple[int, ...]]:
    return list(blocks.zones[1:])


def test_areas_side_by_side_and_corner_to_corner_are_one_block() -> None:
    land = drawn(
        """
        11...
        112..
        ...3.
        .....
        44...
        """
    )
    blocks = blocks_of(land)
    assert together(blocks) == [(1, 2, 3), (4,)]
    assert blocks.of_zone.tolist() == [0, 1, 1, 1, 2]
    assert blocks.names == ("", "Area 1 and 2 more", "Area 4")
    assert blocks.area_km2.tolist() == [0.0, 6.0, 2.0]
    assert blocks.n == 2
    assert (blocks.raster(land) == blocks.of_zone[land["protected"]]).all()


def test_blocks_are_numbered_by_area_and_named_for_their_largest() -> None:
    blocks = blocks_of(drawn("1.2.33\n..2.33\n......\n4.55.."))
    # 3 holds four cells; 2 and 5 hold two each; 1 and 4 one
    assert together(blocks) == [(3,), (2,), (5,), (1,), (4,)]
    assert blocks_of(drawn("122")).names == ("", "Area 2 and 1 more")


@pytest.mark.parametrize(
    ("apart", "joined", "kept"),
    [
        ("1.2", 1000.0, 999.0),  # one cell between them
        ("1..2", 2000.0, 1999.0),
        ("1..\n...\n..2", np.sqrt(2) * 1000, 1414.0),  # corner to corner over one cell
        ("1...\n....\n...2", np.hypot(1, 2) * 1000, 2236.0),
        ("111....\n111....\n111....\n.....22", np.hypot(2, 0) * 1000, 1999.0),
    ],
)
def test_the_distance_is_that_between_the_edges_of_cells(
    apart: str, joined: float, kept: float
) -> None:
    land = drawn(apart)
    assert blocks_of(land, kept).n == 2
    assert blocks_of(land, joined).n == 1
    assert blocks_of(land).n == 2
    # the landscape's own setting holds where nothing else is said
    assert blocks_of(replace(land, join_within_m=joined)).n == 1


@pytest.mark.parametrize("within", [0.0, 1000.0, 1500.0, 2300.0, 3000.0])
def test_blocks_are_those_of_the_distances_of_all_cells(within: float) -> None:
    rng = np.random.default_rng(5)
    for _ in range(40):
        zone = np.zeros((14, 17), np.int16)
        for i in range(1, 9):
            row, col = rng.integers(0, 12), rng.integers(0, 14)
            zone[row : row + rng.integers(1, 3), col : col + rng.integers(1, 4)] = i
        land = drawn("\n".join("".join(map(str, row)) for row in zone))
        n = int(zone.max())
        row, col = np.nonzero(zone)
        gap = np.hypot(
            (np.abs(row[:, None] - row) - 1).clip(0), (np.abs(col[:, None] - col) - 1).clip(0)
        )
        near = np.eye(n + 1, dtype=bool)
        which = zone[row, col]
        a, b = np.nonzero(gap * CELL_M <= within + 1e-6)
        near[which[a], which[b]] = True
        # transitive: as many steps as there are areas
        near = np.linalg.matrix_power(near.astype(np.int64), n) > 0
        expected = {tuple(np.flatnonzero(near[i]).tolist()) for i in np.unique(which)}
        assert set(together(blocks_of(land, within))) == expected


def test_the_setting_reaches_the_landscape_and_survives_a_dataset() -> None:
    plain = load_landscape(LandscapeSettings(cell_m=5000.0))
    land = load_landscape(LandscapeSettings(cell_m=5000.0, join_within_m=10_000.0))
    assert (plain.join_within_m, land.join_within_m) == (0.0, 10_000.0)
    assert 2 <= blocks_of(land).n < blocks_of(plain).n < land.n_zones
    assert Landscape.from_xarray(land.to_xarray()).join_within_m == 10_000.0


def test_a_distance_that_swallows_the_landscape_is_refused_in_one_line() -> None:
    with pytest.raises(LandscapeError, match=r"join_within_m = 900000 joins all \d+ core areas"):
        load_landscape(LandscapeSettings(cell_m=5000.0, join_within_m=900_000.0))


@pytest.mark.parametrize(
    ("text", "within", "said"),
    [
        ("...", 0.0, "no core area"),
        ("1..", 0.0, "one core area"),
        ("12.", 0.0, "all 2 core areas touch at cells of 1000 m"),
        ("1.2", 1000.0, "landscape.join_within_m = 1000 joins all 2"),
        ("12.", 1000.0, "all 2 core areas touch"),
    ],
)
def test_fewer_than_two_blocks_are_refused_where_they_are_asked_for(
    text: str, within: float, said: str
) -> None:
    land = drawn(text, within)
    with pytest.raises(LandscapeError, match=said) as caught:
        check_blocks(land, blocks_of(land))
    assert "\n" not in str(caught.value)


def test_two_blocks_are_enough() -> None:
    land = drawn("1.2")
    check_blocks(land, blocks_of(land))
