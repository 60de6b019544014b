"""Tables of links that hold anything at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import Transformer
from shapely import transform

from corridor_sim import CorridorSimError, load_landscape
from corridor_sim.links.candidates import make_link
from corridor_sim.links.files import read_links_file
from corridor_sim.links.reading import read_candidates
from oracles.drawn_links import GOOD, LEFT, PASS, polygons, write_vectors
from oracles.link_country import CRS, write_links

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1e308,
    2**70,
    "",
    " ",
    "x" * 1000,
    "\x00",
    "\u202e",
    "a\nb",
    [],
    [1],
    ["protect"],
    {},
    {"a": 1},
    "true",
    "[1]",
    '["x"',
    "1e5",
    "\u0663",
)
ODD_SHAPES: tuple[Any, ...] = (
    None,
    {},
    {"type": "Polygon"},
    {"type": "Polygon", "coordinates": []},
    {"type": "Polygon", "coordinates": [[]]},
    {"type": "Polygon", "coordinates": [[[0, 0]]]},
    {"type": "GeometryCollection", "geometries": []},
    {"type": "MultiPolygon", "coordinates": []},
    {"type": "LineString", "coordinates": [[-77.4, -3.1], [-77.4, -3.1]]},
    {"type": "LineString", "coordinates": [[-77.4, -3.1, 5], [-77.2, -3.1, 5]]},
    {"type": "Polygon", "coordinates": [[[1e30, 0], [1, 1e30], [2, 2], [1e30, 0]]]},
)


def test_whatever_a_table_holds_it_is_links_or_one_line(tmp_path: Path) -> None:
    """Odd values and shapes in all fields: no crash, and what is accepted can be a link."""
    path = write_links(tmp_path, candidates="", links='file = "odd.geojson"')
    _, base = read_links_file(path)
    land = load_landscape(base.scenario.landscape, base_dir=base.base_dir)
    away = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform
    shapes = [transform(one, away, interleaved=False) for one in polygons(PASS, LEFT)]
    write_vectors(tmp_path / "good.geojson", shapes, crs="EPSG:4326", must=[1, 0], **GOOD)
    good = (tmp_path / "good.geojson").read_text("utf-8")
    rng = np.random.default_rng(5)
    accepted, told = 0, list[str]()
    for _ in range(300):
        data = json.loads(good)
        for _ in range(rng.integers(1, 4)):
            feature = data["features"][rng.integers(2)]
            if rng.random() < 0.3:
                feature["geometry"] = ODD_SHAPES[rng.integers(len(ODD_SHAPES))]
            else:
                key = ("name", "cost", "actions", "must", "width_m")[rng.integers(5)]
                feature["properties"][key] = ODD_VALUES[rng.integers(len(ODD_VALUES))]
        (tmp_path / "odd.geojson").write_text(json.dumps(data), "utf-8")
        try:
            links = [
                make_link(one, land, one.name)
                for one in read_candidates(tmp_path / "odd.geojson", land.grid)
            ]
        except CorridorSimError as bad:
            told.append(str(bad))
        else:
            assert all(one.cost > 0 and one.cells.size and one.name.strip() for one in links)
            accepted += 1
    assert accepted > 20
    assert len(told) > 100
    assert all(len(one.splitlines()) == 1 for one in told)
