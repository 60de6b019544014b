"""Landscapes drawn at random for property tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from corridor_sim import Landscape
from corridor_sim.landscape.synthetic import uniform
from oracles.andes_covers import COVERS


@st.composite
def ragged(draw, least: int, most: int, *, with_road: bool = False) -> Landscape:
    """Draw ground with every cover, roads and core areas, at least one forest cell.

    Its sides have ``least`` to ``most`` cells; ``with_road`` there is at least one road cell.
    """
    height, width = draw(st.integers(least, most)), draw(st.integers(least, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cover = rng.integers(1, 16, (height, width)).astype(np.uint8)
    cover[rng.random((height, width)) < draw(st.floats(0, 1))] = COVERS["cloud_forest"].code
    cover[0, 0] = COVERS["lowland_forest"].code
    road = rng.choice(3, (height, width), p=[0.9, 0.05, 0.05]).astype(np.uint8)
    if with_road:
        road[-1, -1] = 1
    return uniform(
        height,
        width,
        draw(st.sampled_from([90.0, 500.0, 1000.0])),
        elevation_m=rng.uniform(0, 4500, (height, width)).astype(np.float32),
        land_cover=cover,
        road=road,
        protected=(rng.random((height, width)) < 0.2).astype(np.int16),
    )
