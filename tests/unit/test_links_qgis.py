"""The QGIS style of ranked links: every benefit has a class, chosen links a heavy outline."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyogrio
import pytest
from shapely import MultiPolygon, box

from corridor_sim.config.links import Benefit
from corridor_sim.landscape.io.export import OUTLINE_QML, write_geopackage, write_ramp_qml
from corridor_sim.links.files import CHOSEN_MM, COLOURS, OUTLINE_MM, class_edges, style_of


def result(mean: Any, scales: dict[str, float] | None = None) -> Any:
    benefit = Benefit(weights={"joining_per_year": 1.0}, scales=scales or {})
    return SimpleNamespace(
        ranking=SimpleNamespace(mean=np.array(mean, np.float64)),
        settings=SimpleNamespace(benefit=benefit),
    )


def parsed(found: Any) -> ElementTree.Element:
    first, _, rest = style_of(found).partition("\n")
    assert first.startswith("<!DOCTYPE qgis PUBLIC")
    return ElementTree.fromstring(rest)


def classes(root: ElementTree.Element) -> list[tuple[float, float]]:
    return [
        (float(one.get("lower", "nan")), float(one.get("upper", "nan")))
        for one in root.iter("range")
    ]


@pytest.mark.parametrize("seed", range(20))
def test_every_known_benefit_has_a_class(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=16) * 10.0 ** rng.integers(-6, 3)
    mean[rng.integers(16)] = np.nan
    edges = classes(parsed(result(mean)))
    assert len(edges) == len(COLOURS)
    assert all(a[1] == b[0] for a, b in pairwise(edges))
    for value in mean[np.isfinite(mean)]:
        assert any(low <= value <= high for low, high in edges)
    # the middle class is about nothing, and the two sides are as wide
    assert edges[4][0] == pytest.approx(-edges[4][1])
    assert edges[0][0] == -edges[-1][1]


@pytest.mark.parametrize("mean", [[0.0, 0.0], [np.nan, np.nan]])
def test_links_that_bring_nothing_or_are_not_known_have_classes_too(mean: list[float]) -> None:
    edges = class_edges(result(mean))
    assert all(low < high for low, high in pairwise(edges))
    assert edges[4] < 0 < edges[5]


def test_each_class_has_a_fill_of_its_own_and_tells_the_unit() -> None:
    root = parsed(result([0.048, -0.002]))
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == "benefit"
    names = [one.get("name") for one in root.iter("symbol")]
    assert [one.get("symbol") for one in root.iter("range")] == names
    props = [{p.get("k"): p.get("v") for p in one.iter("prop")} for one in root.iter("symbol")]
    assert [one["color"] for one in props] == [f"{colour},255" for colour in COLOURS]
    labels = [str(one.get("label")) for one in root.iter("range")]
    assert labels[0] == "-4.8 to -2.9 %"
    assert labels[-1] == "+2.9 to +4.8 %"
    scaled = parsed(result([0.048], {"joining_per_year": 10.0}))
    assert all(str(one.get("label")).endswith(" points") for one in scaled.iter("range"))


def test_chosen_links_have_a_heavy_outline() -> None:
    root = parsed(result([0.048, -0.002]))
    said = [one.get("value") for one in root.iter("Option") if one.get("name") == "expression"]
    assert said[::2] == [f'if("chosen" = 1, {CHOSEN_MM}, {OUTLINE_MM})'] * len(COLOURS)
    # and what is not certain to bring or cost is faded
    assert all('"low" > 0 or "high" < 0, 255, 70' in str(one) for one in said[1::2])
    assert CHOSEN_MM > 2 * OUTLINE_MM


def test_classes_of_a_benefit_with_a_unit_are_in_it() -> None:
    found = result([0.25, -0.01])
    found.settings.benefit = Benefit()
    labels = [one.get("label") for one in parsed(found).iter("range")]
    assert labels[-1] == "+0.15 to +0.25 animals a year"


def test_a_link_that_brings_a_tenth_of_the_best_is_not_of_the_class_of_nothing() -> None:
    edges = class_edges(result([0.25, 0.025, -0.25]))
    assert edges[5] < 0.025
    assert edges == pytest.approx([-edge for edge in reversed(edges)])


def test_layers_of_a_geopackage_carry_their_styles(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    layer: Any = ("MultiPolygon", [MultiPolygon([box(0, 0, 1, 1)])], {"name": ["a"]})
    style = style_of(result([0.1, 0.2]))
    write_geopackage(path, {"links": layer}, "EPSG:32717", {"links": style})
    with closing(sqlite3.connect(path)) as file:
        head = "f_table_name, f_geometry_column, styleQML, useAsDefault"
        rows = file.execute(f"select {head} from layer_styles").fetchall()
        (geometry,) = file.execute("select column_name from gpkg_geometry_columns").fetchone()
    assert rows == [("links", geometry, style, 1)]
    # the same style is the same file, whenever it is written
    again = write_geopackage(tmp_path / "b.gpkg", {"links": layer}, "EPSG:32717", {"links": style})
    assert again.read_bytes() == path.read_bytes()
    # whoever reads the file as links meets one layer
    assert [str(n) for n, kind in pyogrio.list_layers(path) if kind is not None] == ["links"]


def test_a_raster_of_several_bands_opens_on_a_ramp(tmp_path: Path) -> None:
    path = write_ramp_qml(
        tmp_path / "a.qml", 7, [(-1.0, "#b35806ff"), (0.0, "#f7f7f700")], "a -- b"
    )
    first, _, rest = path.read_text("utf-8").partition("\n")
    assert first.startswith("<!DOCTYPE qgis")
    root = ElementTree.fromstring(rest)
    (shown,) = root.iter("rasterrenderer")
    assert (shown.get("type"), shown.get("band")) == ("singlebandpseudocolor", "7")
    items = [(one.get("value"), one.get("color"), one.get("alpha")) for one in root.iter("item")]
    assert items == [("-1.0", "#b35806", "255"), ("0.0", "#f7f7f7", "0")]


def test_core_areas_are_an_outline_that_buries_nothing() -> None:
    root = ElementTree.fromstring(OUTLINE_QML.partition("\n")[2])
    assert [one.get("v") for one in root.iter("prop") if one.get("k") == "style"] == ["no"]
