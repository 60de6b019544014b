"""Styles for QGIS say what the report's figures show: colours, limits, labels with units."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio

from corridor_sim import export_landscape, language
from corridor_sim.gis import layers
from corridor_sim.gis.ramps import RAMPS
from corridor_sim.gis.rasters import labels, limits, ramp_style, relief_style
from corridor_sim.gis.styles import SCALES
from corridor_sim.gis.xml import document, style
from corridor_sim.landscape.io.classes import classes_of
from corridor_sim.landscape.io.export import layer_style
from corridor_sim.landscape.io.project import title_of
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.report.figures.basemap import hillshade
from oracles.andes_covers import TABLE


@pytest.mark.parametrize(("ours", "theirs"), [("use", "YlOrRd"), ("change", "PuOr")])
def test_ramps_of_the_report_are_those_of_matplotlib(ours: str, theirs: str) -> None:
    from matplotlib import colormaps

    for share in np.linspace(0, 1, 41):
        shown = [round(255 * v) for v in colormaps[theirs](float(share))[:3]]
        np.testing.assert_allclose(RAMPS[ours].at(float(share)), shown, atol=4)


def test_stops_have_the_clear_parts_of_the_figures() -> None:
    """Figures lay use over the ground with clip(level / 0.12, 0, 0.88), change by |level| / 0.3."""
    for name, clear, opaque in (("use", 0.12, 0.88), ("change", 0.3, 0.9)):
        ramp = RAMPS[name]
        stops = ramp.stops(-2.0 if ramp.two_sided else 0.0, 2.0)
        values = np.array([v for v, _ in stops])
        alphas = np.array([int(c[7:9], 16) / 255 for _, c in stops])
        at = np.linspace(values[0], values[-1], 81)
        wanted = opaque * np.clip(np.abs(at) / 2.0 / clear, 0, 1)
        np.testing.assert_allclose(np.interp(at, values, alphas), wanted, atol=0.01)
        assert (np.diff(values) > 0).all()


def test_limits_are_those_of_the_reports_maps() -> None:
    rng = np.random.default_rng(1)
    use = rng.gamma(0.5, 2.0, (40, 30)).astype(np.float32)
    use[use < 1] = 0
    assert limits(use, SCALES["use_100"]) == (0.0, float(np.quantile(use[use > 0], 0.99)))
    change = use - use[::-1]
    top = float(np.quantile(np.abs(change[change != 0]), 0.99))
    assert limits(change, SCALES["change_100"]) == (-top, top)
    heights = np.where(use > 3, np.nan, use)
    assert limits(heights, SCALES["elevation_m"]) == (np.nanmin(heights), np.nanmax(heights))
    assert limits(use, SCALES["suitability"]) == (0.0, 1.0)


@pytest.mark.parametrize("kind", SCALES)
@pytest.mark.parametrize("values", [np.zeros((3, 3)), np.full((3, 3), np.nan), np.ones((1, 1))])
def test_a_map_of_one_value_or_none_has_a_scale(kind: str, values: Any) -> None:
    low, high = limits(values, SCALES[kind])
    assert low < high
    items = list(ramp_style(kind, (low, high)).iter("item"))
    assert len({one.get("label") for one in items}) == len(items)


def test_every_layer_of_a_landscape_has_a_style_and_a_title() -> None:
    land = uniform(6, 5)
    for name, spec in LAYERS.items():
        assert title_of(name)
        if spec.kind == "continuous":
            assert SCALES[name].title
    for name in land.layers:
        kind = next(layer_style(land, name).iter("rasterrenderer")).get("type")
        wanted = "singlebandpseudocolor" if LAYERS[name].kind == "continuous" else "paletted"
        assert kind == wanted, name


def test_a_ramp_tells_values_with_units_and_clear_nothing() -> None:
    items = list(ramp_style("use", (0.0, 0.05)).iter("item"))
    assert items[0].get("label") == "0 animals per km²"
    assert items[0].get("alpha") == "0"
    assert str(items[-1].get("label")) == "0.05 animals per km² and more"
    both = [one.get("label") for one in ramp_style("change_100", (-2.0, 2.0)).iter("item")]
    assert both[0] == "−2 animals per 100 km² and less"
    assert both[-1] == "+2 animals per 100 km² and more"
    assert len(both) % 2 == 1
    with language("es"):
        said = labels([(2.5, "#000000"), (1500.0, "#000000")], SCALES["elevation_m"])
    assert said == ["2,5 m", "1.500 m"]


def test_the_style_shows_one_band_of_several() -> None:
    root = ElementTree.fromstring(document(ramp_style("change", (-1.0, 1.0), 7, "a -- b--- c--")))
    (shown,) = root.iter("rasterrenderer")
    assert (shown.get("type"), shown.get("band")) == ("singlebandpseudocolor", "7")
    assert (shown.get("classificationMin"), shown.get("classificationMax")) == ("-1.0", "1.0")


def test_core_areas_are_an_outline_with_a_name_that_buries_nothing() -> None:
    root = layers.core_areas()
    styles = [one.get("v") for one in root.iter("prop") if one.get("k") == "style"]
    assert styles == ["no", "no"]
    assert root.get("labelsEnabled") == "1"


def test_the_large_towns_are_named_first() -> None:
    root = layers.towns(range(1, 101))
    said = [one.get("value", "") for one in root.iter("Option") if one.get("name") == "expression"]
    # fourteen of a hundred have 87 people or more
    assert any(one.startswith('"population" >= 87 OR ') for one in said)


def test_arrows_are_wider_the_more_animals_and_every_one_has_a_class() -> None:
    root = layers.flux([0.2, 3.0, 12.0], "#112233")
    ends = [(float(str(r.get("lower"))), float(str(r.get("upper")))) for r in root.iter("range")]
    assert all(any(a <= v <= b for a, b in ends) for v in (0.2, 3.0, 12.0))
    widths = [float(str(p.get("v"))) for p in root.iter("prop") if p.get("k") == "arrow_width"]
    assert widths == sorted(widths)
    assert widths[-1] > 2 * widths[0]


def test_places_are_coloured_by_animals_for_their_ground() -> None:
    style_ = layers.by_place(
        "a_change", [-4.0, 1.0], [1000.0, 500.0], "change", "{low} to {high}", '"l" > 0'
    )
    rules = list(style_.iter("rule"))
    assert [rules[0].get("label"), rules[6].get("label")] == ["−4 to −2.9", "+2.9 to +4"]
    assert rules[0].get("filter", "").startswith('1000 * "a_change" / "area_km2" < -2.857')
    assert rules[7].get("filter") == 'NOT coalesce("l" > 0, false)'


def test_relief_has_the_exaggeration_of_the_reports_ground() -> None:
    """A slope that QGIS sees by its factor has the shade of the figure."""
    cell = 4000.0
    heights = np.tile(np.arange(5, dtype=np.float32) * 100.0, (5, 1))
    (shown,) = relief_style(cell).iter("rasterrenderer")
    steep = float(str(shown.get("zfactor"))) * 100.0 / cell
    # the formula of Burrough & McDonnell for light from the north-west at 45 degrees
    slope, aspect = np.arctan(steep), np.pi / 2
    light = np.cos(np.pi / 4) * np.cos(slope)
    light += np.sin(np.pi / 4) * np.sin(slope) * np.cos(np.deg2rad(315) - (aspect + np.pi))
    assert float(hillshade(heights, cell)[2, 2]) == pytest.approx(light, abs=0.01)


def test_no_name_breaks_the_xml() -> None:
    odd = 'a "b" <c> & \x00\x1b\ud800 é\n--'
    root = style(comment=odd)
    root.set("title", "x")
    assert ElementTree.fromstring(document(root)).tag == "qgis"


def test_rasters_are_grey_bands_and_no_colours(tmp_path: Path) -> None:
    """What makes other programs show three bands as red, green and blue is not in the file."""
    from corridor_sim.landscape.io.export import geotiff_bytes

    land = uniform(8, 6)
    names = ["a", "b", "c", "d"]
    data = geotiff_bytes(
        np.zeros((4, 8, 6), np.float32),
        land.grid,
        nodata=np.nan,
        descriptions=names,
        units=["1"] * 4,
    )
    (tmp_path / "a.tif").write_bytes(data)
    with rasterio.open(tmp_path / "a.tif") as file:
        kinds = [one.name for one in file.colorinterp]
        assert file.descriptions == tuple(names)
    assert not {"red", "green", "blue"} & set(kinds)


def test_class_rasters_have_the_colours_and_names_of_the_table(tmp_path: Path) -> None:
    land = uniform(8, 6)
    export_landscape(land, tmp_path, formats=["tif"])
    root = ElementTree.parse(tmp_path / "land_cover.qml").getroot()
    found = [(e.get("value"), e.get("label"), e.get("color")) for e in root.iter("paletteEntry")]
    assert found == [
        (str(v), label, colour) for v, label, colour in classes_of("land_cover", TABLE)
    ]
    for path in tmp_path.glob("*.tif"):
        assert path.with_suffix(".qml").is_file(), path.name
