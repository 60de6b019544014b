"""Everything that the program writes opens in QGIS as it is, with colours, names and legends.

Each file is loaded as by a double click, each project whole, by ``tools/qgis_pictures.py`` in the
Python that QGIS is made for; pictures are drawn beside, to be looked at.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.comparison.maps import write_maps
from corridor_sim.comparison.tables import compare
from corridor_sim.gis.layers import links as links_style
from corridor_sim.landscape.io.export import write_geopackage
from corridor_sim.report.study import write_report
from oracles.made_study import made_study
from oracles.tools import tool

ROOT = Path(__file__).parents[2]
pictures = tool("qgis_pictures")


def has_qgis() -> bool:
    asked = [pictures.PYTHON, "-c", "import qgis.core"]
    try:
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


pytestmark = [
    pytest.mark.qgis,
    pytest.mark.skipif(
        not has_qgis(), reason="QGIS is not installed (Debian: apt install qgis python3-qgis)"
    ),
]

Facts = dict[str, Any]


def opened(folder: Path) -> dict[str, Facts]:
    """What QGIS makes of every file of a folder, by name; pictures lie beside the folder."""
    out = folder.parent / f"{folder.name}_pictures"
    out.mkdir()
    found = pictures.draw(folder, out, pictures.files_of(folder, out))["layers"]
    for one in found:
        assert one["valid"], one["name"]
        assert (out / one["png"]).stat().st_size > 1000, one["name"]
    return {one["name"]: one for one in found}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Facts]:
    made = made_study(tmp_path_factory.mktemp("qgis") / "study")
    found = compare(made)
    write_maps(found, made)
    write_report(found, made)
    return opened(made.out)


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Facts]:
    folder = tmp_path_factory.mktemp("qgis") / "land"
    cs.export_landscape(cs.load_landscape(cell_m=8000), folder, formats=["tif", "gpkg"])
    return opened(folder)


def test_no_raster_is_grey_or_a_composite(study: dict[str, Facts], land: dict[str, Facts]) -> None:
    rasters = [one for one in (*study.values(), *land.values()) if one["kind"] == "raster"]
    assert len(rasters) > 25
    for one in rasters:
        assert one["renderer"] in ("singlebandpseudocolor", "paletted"), one["name"]
        assert one["legend"], one["name"]
        assert all(label for label, _ in one["legend"]), one["name"]


def test_a_map_of_change_is_two_sided_and_clear_in_its_middle(study: dict[str, Facts]) -> None:
    change = study["maps/02_severe_now__jaguar.tif"]
    assert change["band"] == 7
    assert change["bands"][6].startswith("Band 7: change of use")
    assert change["limits"][0] == -change["limits"][1]
    alphas = [alpha for _, _, alpha, _ in change["stops"]]
    assert alphas[len(alphas) // 2] == 0
    assert min(alphas[0], alphas[-1]) > 200
    assert change["nodata"]


def test_classes_have_their_names(land: dict[str, Facts]) -> None:
    covers = {label for label, _ in land["land_cover.tif"]["legend"]}
    assert {c.label for c in cs.load_landscape(cell_m=8000).covers.rows} == covers
    assert "Podocarpus" in {label for label, _ in land["protected.tif"]["legend"]}
    assert land["elevation_m.tif"]["legend"][-1][0].endswith(" m")
    assert land["temperature_c.tif"]["legend"][-1][0].endswith(" °C")


def test_places_open_with_names(land: dict[str, Facts]) -> None:
    for name in ("core_areas", "towns"):
        assert land[f"landscape.gpkg|{name}"]["labels"], name
    assert not land["landscape.gpkg|borders"]["labels"]


@pytest.mark.parametrize("which", ["study", "land"])
def test_projects_open_with_no_missing_layer(which: str, request: pytest.FixtureRequest) -> None:
    project = request.getfixturevalue(which)["corridor_sim.qgz"]
    assert project["crs"] == "EPSG:32717"
    assert project["layouts"] == ["Sheet A4"]
    names = [one["name"] for one in project["layers"]]
    assert all(one["valid"] for one in project["layers"])
    assert {"Towns", "Core areas", "Relief"} <= set(names)
    shown = [one["name"] for one in project["layers"] if one["shown"]]
    assert len(shown) <= 9
    assert project["extent"][0] < project["extent"][2]


def test_links_are_told_apart(tmp_path: Path) -> None:
    """Fourteen links within half a per cent of nothing beside one of twelve."""
    from shapely import MultiPolygon, box

    rng = np.random.default_rng(3)
    mean = np.array([0.12, -0.03, *rng.uniform(-0.0054, 0.0054, 14)])
    half = np.where(np.arange(16) < 4, 0.001, 0.01)
    shapes = [MultiPolygon([box(3 * i, 0, 3 * i + 2, 8)]) for i in range(16)]
    columns: dict[str, list[Any]] = {
        "name": [f"Link {i}" for i in range(16)],
        "rank": list(range(1, 17)),
        "rank_low": [1, *[2] * 15],
        "rank_high": [1, *[16] * 15],
        "benefit": mean.tolist(),
        "low": (mean - half).tolist(),
        "high": (mean + half).tolist(),
        "chosen": [1, 0, 1, *[0] * 13],
    }
    folder = tmp_path / "links"
    folder.mkdir()
    write_geopackage(
        folder / "links.gpkg",
        {"links": ("MultiPolygon", shapes, columns)},
        "EPSG:32717",
        {"links": links_style(mean.tolist(), "%", 100.0)},
    )
    met = opened(folder)["links.gpkg|links"]
    assert met["labels"]
    seen = met["symbols"]
    assert seen["Link chosen for the budget"] == 2
    assert seen["Other link"] == 14
    unsure = int(np.sum((mean - half <= 0) & (mean + half >= 0)))
    assert seen["Hatched: less certain whether it brings or costs"] == unsure
    classes = {label: n for label, n in seen.items() if label.endswith(" %")}
    assert sum(classes.values()) == 16
    assert "" not in seen
    # what was one white class is told by its side
    assert max(classes.values()) < 12
    assert len(classes) >= 5


def test_the_island_to_learn_with_and_maps_of_current(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    cs.write_practice_files(folder)
    lines = "\n".join(" ".join(str(1 + (i * j) % 7) for i in range(12)) for j in range(12))
    head = "ncols 12\nnrows 12\nxllcorner 0\nyllcorner 0\ncellsize 10\nNODATA_value -9999\n"
    grid, points = tmp_path / "r.asc", tmp_path / "p.txt"
    grid.write_text(head + lines + "\n")
    points.write_text("1 15 15\n2 105 105\n")
    for name in ("current.tif", "current.asc"):
        asked = ["theory", "current", str(grid), str(points), "--out", str(folder / name)]
        assert main(asked) == 0
    found = opened(folder)
    for name in ("current.tif", "current.asc", "dem.tif", "ndvi.tif"):
        assert found[name]["renderer"] == "singlebandpseudocolor", name
    assert found["current.tif"]["legend"][-1][0].endswith(" A and more")
    assert found["cover.tif"]["renderer"] == "paletted"
    assert found["roads.gpkg|roads"]["symbols"] == {
        "Primary paved road": 1,
        "Secondary or gravel road": 2,
    }
    assert found["reserves.gpkg|reserves"]["labels"]


def test_the_tool_says_what_it_drew(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    cs.write_practice_files(folder)
    asked = [sys.executable, str(ROOT / "tools" / "qgis_pictures.py"), str(folder)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "dem.tif: singlebandpseudocolor" in done.stdout
    assert (folder / "qgis_pictures" / "dem.tif.png").is_file()
