"""Vectors of every geometry type with every defect: read right, told, or refused in one line.

The ground that polygons should hold is computed by counting turns about points, without the
program: a shell holds what it goes round, a hole takes away what it goes round.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.vectors import read_vector
from oracles.odd_shapes import (
    CELL_M,
    NORTH_M,
    WEST_M,
    box_file,
    centres,
    ground_km2,
    held,
    wkb,
    write,
)
from oracles.user_files import LONLAT, UTM, load

EAST = shapely.box(WEST_M + 30_000, NORTH_M - 10_000, WEST_M + 35_000, NORTH_M - 5_000)
EAST_CELLS = 100
AWAY = Transformer.from_crs(UTM, LONLAT, always_xy=True)
Ring = list[tuple[float, float]]

# corners on whole and half kilometres: edges meet, overlap and touch often
PLACE = st.tuples(st.integers(2, 24), st.integers(2, 24)).map(
    lambda p: (WEST_M + 500.0 * p[0], NORTH_M - 500.0 * p[1])
)


@st.composite
def rings(draw: st.DrawFn) -> Ring:
    """A ring, of any number of corners, closed or not, with spikes and stops."""
    corners = draw(st.lists(PLACE, min_size=1, max_size=7))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1]))):
        at = draw(st.integers(0, len(corners) - 1))
        corners = [*corners[: at + 1], draw(PLACE), *corners[at:]]  # there and back
    return [*corners, corners[0]] if draw(st.sampled_from([True, True, True, False])) else corners


POLYGON = st.lists(rings(), min_size=0, max_size=3)
LINE = st.lists(PLACE, min_size=0, max_size=5)


@st.composite
def features(draw: st.DrawFn) -> tuple[bytes | None, list[list[Ring]], list[Ring], list[Any]]:
    """A shape as bytes, and its polygons, lines and points."""
    kind = draw(
        st.sampled_from(
            [
                "null",
                "point",
                "line",
                "lines",
                "polygon",
                "polygons",
                "surface",
                "TIN",
                "triangle",
                "curve",
                "collection",
                "nested",
            ]
        )
    )
    high = draw(st.booleans())
    if kind == "null":
        return None, [], [], []
    if kind == "point":
        one = draw(PLACE)
        return wkb(1, one), [], [], [one]
    if kind in ("line", "lines"):
        some = draw(st.lists(LINE, min_size=1, max_size=3))
        parts = [wkb(2, one, high=high) for one in some]
        return (
            (parts[0] if kind == "line" else wkb(5, *parts, high=high)),
            [],
            (some[:1] if kind == "line" else some),
            [],
        )
    if kind in ("polygon", "polygons", "surface", "curve"):
        some = draw(st.lists(POLYGON, min_size=1, max_size=3))
        parts = [wkb(3, *one, high=high) for one in some]
        if kind == "polygon":
            return parts[0], some[:1], [], []
        code = {"polygons": 6, "surface": 15, "curve": 12}[kind]
        return wkb(code, *parts, high=high), some, [], []
    if kind in ("TIN", "triangle"):
        some = [
            [[*t, t[0]]]
            for t in draw(st.lists(st.lists(PLACE, min_size=3, max_size=3), min_size=1, max_size=3))
        ]
        parts = [wkb(17, *one, high=high) for one in some]
        return (
            (parts[0] if kind == "triangle" else wkb(16, *parts, high=high)),
            (some[:1] if kind == "triangle" else some),
            [],
            [],
        )
    inner = [draw(features()) for _ in range(draw(st.integers(0, 3)))]
    inner = [one for one in inner if one[0] is not None]
    data = wkb(7, *(one[0] for one in inner))
    whole = wkb(7, data) if kind == "nested" else data
    return whole, *([p for one in inner for p in one[k]] for k in (1, 2, 3))


def arrays(polygons: list[list[Ring]]) -> list[list[Any]]:
    """Return polygons as rings that hold something: three corners or more, the first the shell."""
    found = []
    for one in polygons:
        open_ = [r[:-1] if len(r) > 1 and r[0] == r[-1] else r for r in one]
        if open_ and len(open_[0]) >= 3:
            found.append([np.array(r, float) for r in open_ if len(r) >= 3])
    return found


def near_an_edge(polygons: list[list[Any]], x: Any, y: Any) -> Any:
    """Return which points lie on an edge, where either answer is right."""
    edges = [shapely.LineString(np.vstack([r, r[:1]])) for one in polygons for r in one]
    if not edges:
        return np.zeros(x.shape, bool)
    return shapely.dwithin(shapely.points(x, y), shapely.union_all(edges), 0.01)


def check(feature: Any, crs: str, ending: str, folder: Path) -> None:
    data, polygons, lines, points = feature
    for old in folder.glob("a.*"):
        old.unlink()
    path = folder / f"a.{ending}"
    shapes = [data, shapely.to_wkb(EAST)]
    if crs == LONLAT:
        shapes = [None if one is None else turned(one) for one in shapes]
    write(path, shapes, crs, NAME=["Odd", "East"])
    _check_areas(path, arrays(polygons), bool(lines or points))
    _check_barriers(path, arrays(polygons), lines, bool(points))


def turned(data: bytes) -> bytes:
    """Return the bytes of a shape with its places in degrees; places are its only such doubles."""
    out, at = bytearray(data), 0
    while at + 16 <= len(out):
        x, y = np.frombuffer(bytes(out[at : at + 16]), "<f8")
        if WEST_M <= x <= WEST_M + 40_000 and NORTH_M - 40_000 <= y <= NORTH_M:
            out[at : at + 16] = np.array(AWAY.transform(x, y), "<f8").tobytes()
            at += 16
        else:
            at += 1
    return bytes(out)


def loaded(path: Path, **keys: Any) -> tuple[Any, str]:
    """Return the landscape of a file, or the line with which it is refused."""
    try:
        return load(path.parent, **keys), ""
    except LandscapeError as bad:
        line = str(bad)
    assert len(line.splitlines()) == 1
    return None, line


def _check_areas(path: Path, polygons: list[list[Any]], others: bool) -> None:
    land, line = loaded(path, protected_areas=path.name, protected_name_field="NAME")
    if land is None:
        assert "other than polygons; feature " in line
        assert others
        return
    cells = dict(zip(land.zone_names, range(9), strict=False))
    want = held(polygons, X, Y)
    whole = land["protected"] == cells.get("Odd", -1)
    got = whole[:NEAR, :NEAR]
    assert whole.sum() == got.sum()
    sure = ~near_an_edge(polygons, X, Y)
    np.testing.assert_array_equal(got[sure], want[sure])
    assert (land["protected"] == cells["East"]).sum() == EAST_CELLS
    if not got.any():
        source = land.origins["protected"].source
        assert "feature with" in source or "no cell of its own: Odd" in source
    found = read_vector(path, "a", GRID, ("Polygon", "MultiPolygon"))
    areas = {
        str(n): g.area / 1e6 for n, g in zip(found.fields["NAME"], found.geometry, strict=True)
    }
    assert areas.get("Odd", 0.0) == pytest.approx(ground_km2(polygons), rel=1e-6, abs=1e-5)
    assert all(g.is_valid for g in found.geometry)


def _check_barriers(path: Path, polygons: list[list[Any]], lines: list[Ring], points: bool) -> None:
    river, line = loaded(path, rivers=path.name)
    if river is None:
        assert "other than lines or polygons; feature " in line
        assert points
        return
    river = river["river"] > 0
    assert river.sum() == EAST_CELLS + river[:NEAR, :NEAR].sum()
    near = river[:NEAR, :NEAR]
    inside = held(polygons, X, Y)
    must, may = inside & ~near_an_edge(polygons, X, Y), inside
    edges = [shapely.LineString(np.vstack([r, r[:1]])) for one in polygons for r in one]
    for one in edges:
        may |= shapely.intersects(OUTER, one)
    for corners in lines:
        if len(set(corners)) > 1:
            one = shapely.LineString(corners)
            must |= shapely.intersects(INNER, one)
            may |= shapely.intersects(OUTER, one)
    assert not (must & ~near).any()
    assert not (near & ~may).any()


# the cells among which odd shapes lie
NEAR = 26
X, Y = (one[:NEAR, :NEAR] for one in centres())
INNER, OUTER = (
    shapely.box(X - half, Y - half, X + half, Y + half) for half in (CELL_M / 2 - 1, CELL_M / 2 + 1)
)
GRID = Grid(width=80, height=80, cell_m=CELL_M, west_m=WEST_M, north_m=NORTH_M, crs=UTM)
WAYS = st.sampled_from([(UTM, "gpkg"), (UTM, "gpkg"), (LONLAT, "gpkg"), (UTM, "fgb")])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("odd")
    box_file(where)
    return where


def takes(feature: Any, ending: str) -> bool:
    """Whether a kind of file can hold a shape at all: FlatGeobuf takes no empty ones."""
    if ending != "fgb":
        return True
    data, polygons, lines, points = feature
    return data is not None and all(polygons) and all(lines) and bool(polygons or lines or points)


CALM = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@settings(max_examples=30, derandomize=True, **CALM)
@given(feature=features(), way=WAYS)
def test_odd_vectors_hold_their_ground(feature: Any, way: tuple[str, str], folder: Path) -> None:
    crs, ending = way
    check(feature, crs, ending if takes(feature, ending) else "gpkg", folder)


@pytest.mark.slow
@settings(max_examples=1500, **CALM)
@given(feature=features(), way=WAYS)
def test_many_odd_vectors_hold_their_ground(
    feature: Any, way: tuple[str, str], folder: Path
) -> None:
    crs, ending = way
    check(feature, crs, ending if takes(feature, ending) else "gpkg", folder)
