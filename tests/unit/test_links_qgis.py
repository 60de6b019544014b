"""The QGIS style of ranked links: every benefit has a class, chosen links a heavy outline."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import pyogrio
import pytest
from shapely import MultiPolygon, box

from corridor_sim import language
from corridor_sim.config.links import Benefit
from corridor_sim.gis.layers import CHOSEN_MM, OUTLINE_MM, edges_by_squares
from corridor_sim.gis.styles import SIDES
from corridor_sim.gis.vectors import colour_of
from corridor_sim.gis.xml import document
from corridor_sim.landscape.io.export import write_geopackage
from corridor_sim.links.files import style_of
from corridor_sim.report.figures.links_map import colour_of as colour_on_the_map

NUMBER = r"[-+]?[\d.]+(?:e[-+]?\d+)?"


def result(mean: Any, scales: dict[str, float] | None = None) -> Any:
    benefit = Benefit(weights={"joining_per_year": 1.0}, scales=scales or {})
    return SimpleNamespace(
        ranking=SimpleNamespace(mean=np.array(mean, np.float64)),
        settings=SimpleNamespace(benefit=benefit),
    )


def rules(style: Element) -> list[Element]:
    return list(style.iter("rule"))


def classes(style: Element) -> list[tuple[float, float]]:
    """From and to of the rules of benefit."""
    found = []
    for rule in rules(style)[: len(SIDES)]:
        ends = re.findall(rf'"benefit" (?:>=|<=|<) ({NUMBER})', rule.get("filter", ""))
        found.append((float(ends[0]), float(ends[1])))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_every_known_benefit_has_a_class(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=16) * 10.0 ** rng.integers(-6, 3)
    mean[rng.integers(16)] = np.nan
    edges = classes(style_of(result(mean)))
    assert all(a[1] == b[0] for a, b in pairwise(edges))
    for value in mean[np.isfinite(mean)]:
        assert any(low <= value <= high for low, high in edges)
    # the middle class is about nothing, and the two sides are as wide
    assert edges[4][0] == pytest.approx(-edges[4][1])
    assert edges[0][0] == -edges[-1][1]
    # the last class alone holds its upper end
    filters = [rule.get("filter", "") for rule in rules(style_of(result(mean)))[: len(SIDES)]]
    assert ["<=" in one for one in filters] == [False] * 8 + [True]


@pytest.mark.parametrize("mean", [[0.0, 0.0], [np.nan, np.nan]])
def test_links_that_bring_nothing_or_are_not_known_have_classes_too(mean: list[float]) -> None:
    edges = edges_by_squares(mean)
    assert all(low < high for low, high in pairwise(edges))
    assert edges[4] < 0 < edges[5]


def test_each_class_has_a_fill_of_its_own_and_tells_the_unit() -> None:
    root = style_of(result([0.048, -0.002]))
    symbols = {one.get("name"): one for one in root.iter("symbol")}
    fills = []
    for rule in rules(root)[: len(SIDES)]:
        shown = symbols[rule.get("symbol")]
        fills.append(next(p.get("v") for p in shown.iter("prop") if p.get("k") == "color"))
    assert fills == [colour_of(colour) for colour in SIDES]
    labels = [str(one.get("label")) for one in rules(root)]
    assert labels[0] == "−4.8 to −2.9 %"
    assert labels[8] == "+2.9 to +4.8 %"
    scaled = style_of(result([0.048], {"joining_per_year": 10.0}))
    assert all(str(one.get("label")).endswith(" points") for one in rules(scaled)[:9])


def test_classes_have_the_colours_that_the_reports_map_has_in_their_middle() -> None:
    edges, top = edges_by_squares([0.05]), 0.05
    for (low, high), colour in zip(pairwise(edges), SIDES, strict=True):
        # classes are equally wide on the map's scale of square roots
        ends = [np.sign(e) * np.sqrt(abs(e) / top) for e in (low, high)]
        middle = np.sign(sum(ends)) * (sum(ends) / 2) ** 2 * top
        shown = 255 * np.array(colour_on_the_map(float(middle), top))
        named = [int(part) for part in colour_of(colour).split(",")[:3]]
        np.testing.assert_allclose(shown, named, atol=40)


def test_what_is_chosen_certain_and_known_is_in_the_legend() -> None:
    known = [r.get("label") for r in rules(style_of(result([0.048, -0.002])))[9:]]
    assert known == [
        "Hatched: less certain whether it brings or costs",
        "Other link",
        "Link chosen for the budget",
    ]
    some = rules(style_of(result([0.048, np.nan])))
    assert [(r.get("label"), r.get("filter")) for r in some[9:10]] == [
        ("Benefit not known", '"benefit" IS NULL')
    ]
    with language("es"):
        labels = [str(r.get("label")) for r in rules(style_of(result([0.048, -0.002])))]
    assert labels[-1] != known[-1]
    assert labels[0].startswith("−4,8")
    assert CHOSEN_MM > 2 * OUTLINE_MM


def test_links_carry_their_rank_and_name() -> None:
    root = style_of(result([0.048]))
    assert root.get("labelsEnabled") == "1"
    text = root.find("labeling/settings/text-style")
    assert text is not None
    label = str(text.get("fieldName"))
    assert label.endswith("|| '. ' || \"name\"")
    assert '"rank_low" = "rank_high", "rank"' in label


def test_classes_of_a_benefit_with_a_unit_are_in_it() -> None:
    found = result([0.25, -0.01])
    found.settings.benefit = Benefit()
    assert rules(style_of(found))[8].get("label") == "+0.15 to +0.25 animals a year"


def test_a_link_that_brings_a_tenth_of_the_best_is_not_of_the_class_of_nothing() -> None:
    edges = edges_by_squares([0.25, 0.025, -0.25])
    assert edges[5] < 0.025
    assert edges == pytest.approx([-edge for edge in reversed(edges)])


def test_layers_of_a_geopackage_carry_their_styles(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    layer: Any = ("MultiPolygon", [MultiPolygon([box(0, 0, 1, 1)])], {"name": ["a"]})
    style, other = style_of(result([0.1, 0.2])), style_of(result([0.3]))
    styles = {"links": {"Benefit": style, "Other": other}, "not there": style}
    write_geopackage(path, {"links": layer}, "EPSG:32717", styles)
    with closing(sqlite3.connect(path)) as file:
        head = "f_table_name, f_geometry_column, styleName, styleQML, useAsDefault"
        rows = file.execute(f"select {head} from layer_styles").fetchall()
        (geometry,) = file.execute("select column_name from gpkg_geometry_columns").fetchone()
    assert rows == [
        ("links", geometry, "Benefit", document(style), 1),
        ("links", geometry, "Other", document(other), 0),
    ]
    # the same style is the same file, whenever it is written
    again = write_geopackage(tmp_path / "b.gpkg", {"links": layer}, "EPSG:32717", styles)
    assert again.read_bytes() == path.read_bytes()
    # whoever reads the file as links meets one layer
    assert [str(n) for n, kind in pyogrio.list_layers(path) if kind is not None] == ["links"]
