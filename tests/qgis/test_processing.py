"""Every algorithm of the plugin run in Debian's QGIS, on the made-up island."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from processing import PROGRAM, PYTHON, Qgis

import corridor_sim as cs

pytestmark = pytest.mark.qgis
# metres of the island's own coordinate system
ROAD = "LineString(486500 6328000, 482000 6336500)"
LINKS = [
    ["Polygon((484000 6334500, 484000 6337500, 509000 6335500, 509000 6332500, 484000 6334500))"]
]
REGION = (
    "landscape.region.access_scale_m=3000\nlandscape.region.protected_hunting_factor=0.3\n"
    "species.pine_marten.disperser_sampling=10"
)
PICTURES = os.environ.get("QGIS_PICTURES", "")


@pytest.fixture(scope="session")
def qgis(tmp_path_factory: pytest.TempPathFactory) -> Qgis:
    found = PROGRAM is not None and Path(PYTHON).is_file()
    if (
        not found
        or subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True).returncode
    ):
        pytest.skip("QGIS is not installed (Debian: apt-get install qgis python3-qgis)")
    one = Qgis(tmp_path_factory.mktemp("qgis"))
    assert "* corridor_sim" in one.process("plugins", "enable", "corridor_sim").stdout
    return one


@pytest.fixture(scope="session")
def island(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The maps of the island and a species that lives there."""
    folder = tmp_path_factory.mktemp("island")
    cs.write_practice_files(folder)
    cs.new_species(
        "Pine marten",
        file=folder / "marten.toml",
        scientific_name="Martes martes",
        covers=folder / "classes.csv",
        home_range_km2=4,
        density_per_100km2=40,
        dispersal_km=30,
        lives_in=["broadleaf", "conifer"],
        avoids=["town", "lake"],
        source="made up for a test",
    )
    return folder


def of_island(island: Path, **others: object) -> dict[str, Any]:
    """Return the parameters of a landscape of the island at 1 km."""
    return {
        "ELEVATION": island / "dem.tif",
        "LAND_COVER": island / "cover.tif",
        "CLASS_TABLE": island / "classes.csv",
        "PROTECTED_AREAS": f"{island / 'reserves.gpkg'}|layername=reserves",
        "PROTECTED_NAME": "name",
        "ROADS": island / "roads.gpkg",
        "ROAD_CLASS": "class",
        "TOWNS": island / "towns.gpkg",
        "TOWN_NAME": "name",
        "CELL_M": 1000,
        "SPECIES_FILES": island / "marten.toml",
        "DAYS": 20,
        "REPLICATES": 2,
        "NAME": "The island",
        "SETTINGS": REGION,
        **others,
    }


@pytest.fixture(scope="session")
def land(qgis: Qgis, island: Path) -> Path:
    """The landscape that the first algorithm writes."""
    out = qgis.home / "land"
    code, said = qgis.run("landscape_from_layers", **of_island(island, OUTPUT=out))
    assert code == 0, said
    return out


@pytest.fixture(scope="session")
def proposed(qgis: Qgis, land: Path) -> Path:
    out = qgis.home / "proposed.gpkg"
    code, said = qgis.run(
        "propose_links", SCENARIO=land / "landscape.toml", WIDTH_M=2000, OUTPUT=out
    )
    assert code == 0, said
    return out


@pytest.fixture(scope="session")
def compared(qgis: Qgis, land: Path, island: Path, proposed: Path) -> Path:
    out = qgis.home / "compared"
    code, said = qgis.run(
        "compare_scenarios",
        FILE=land / "landscape.toml",
        ROADS=island / "roads.gpkg",
        CLEARED=proposed,
        CLEARED_TO="farmland",
        WARMER_C=1.5,
        OUTPUT=out,
    )
    assert code == 0, said
    return out


# ---- as a user calls it


def test_the_plugin_is_enabled_and_lists_its_algorithms(qgis: Qgis) -> None:
    listed = qgis.process("list").stdout
    for one, title in (
        ("landscape_from_layers", "Landscape from layers"),
        ("propose_links", "Propose links"),
        ("rank_links", "Rank links"),
        ("compare_scenarios", "Compare scenarios"),
        ("show_use_and_flux", "Show use and flux"),
    ):
        assert f"corridor_sim:{one}\t{title}" in listed
        told = qgis.process("help", f"corridor_sim:{one}").stdout
        assert "OUTPUT" in told or one == "show_use_and_flux"
    assert "corridor_sim:rank_links\tOrdenar enlaces" in qgis.process("list", locale="es_EC").stdout


def test_layers_become_a_landscape(land: Path) -> None:
    scenario = cs.load_scenario(land / "landscape.toml").scenario
    assert (scenario.days, scenario.replicates, list(scenario.species)) == (20, 2, ["pine_marten"])
    made = cs.scenario_landscape(land / "landscape.toml")
    assert made.grid.cell_m == 1000
    assert set(made.zone_names[1:]) == {"Western Wood", "Northern Wood", "Southern Forest"}
    assert {town.name for town in made.town_list} == {"Harbourside", "Northness"}
    assert set(made["road"][made["road"] > 0].tolist()) == {1, 2}


def test_links_are_proposed(proposed: Path) -> None:
    import geopandas as gpd

    assert sorted(gpd.read_file(proposed, layer="links")["name"]) == [
        "Northern Wood to Southern Forest",
        "Western Wood to Northern Wood",
        "Western Wood to Southern Forest",
    ]


def test_what_is_there_already_is_not_written_over(qgis: Qgis, land: Path, proposed: Path) -> None:
    code, said = qgis.run("propose_links", SCENARIO=land / "landscape.toml", OUTPUT=proposed)
    assert code != 0
    assert "is there already" in said


def test_links_are_ranked_in_spanish(qgis: Qgis, land: Path, proposed: Path) -> None:
    out = qgis.home / "ranked"
    code, said = qgis.run(
        "rank_links",
        locale="es_EC",
        LINKS=proposed,
        SCENARIO=land / "landscape.toml",
        BUDGET=6,
        REPLICATES=40,
        DISPERSERS=100,
        OUTPUT=out,
    )
    assert code == 0, said
    assert f"REPORT:\t{out / 'report.html'}" in said
    assert f"RANKED:\t{out / 'links.gpkg'}|layername=links" in said
    assert 'lang="es' in (out / "report.html").read_text("utf-8")[:2000]
    found = cs.open_results(out)
    assert len(found.ranking) == 3
    assert "--lang es_EC" in found.manifest.command
    # the copy of the layer is kept beside, so that the results can be opened again
    assert found.study.settings["links"]["file"] == str(qgis.home / "ranked_layers" / "links.gpkg")


def test_scenarios_are_compared_by_layers(compared: Path) -> None:
    found = cs.open_results(compared)
    assert found.scenario_names == [
        "The island",
        "roads",
        "proposed",
        "Warmer",
        "All changes together",
    ]
    assert (compared / "export" / "effects.csv").is_file()
    edits = [one["changes"]["edits"] for one in found.manifest.scenarios[1:]]
    assert [len(one) for one in edits] == [1, 1, 1, 3]


@pytest.mark.parametrize(
    ("algorithm", "parameters", "said"),
    [
        ("rank_links", {}, "give either a layer of links or a links file"),
        ("rank_links", {"LINKS_FILE": "{land}/landscape.toml"}, "has no section [links]; add"),
        ("compare_scenarios", {"FILE": "{land}/landscape.toml"}, "is a scenario, not for compare"),
        ("propose_links", {"SPECIES": "yeti"}, "unknown species 'yeti'"),
        ("show_use_and_flux", {"FOLDER": "{island}"}, "no experiment.json"),
        ("landscape_from_layers", {"ELEVATION": "{island}/dem.tif", "CELL_M": 40_000}, "cell_m"),
    ],
)
def test_mistakes_are_the_line_of_the_program(
    qgis: Qgis,
    land: Path,
    island: Path,
    algorithm: str,
    parameters: dict[str, Any],
    said: str,
    tmp_path: Path,
) -> None:
    given = {key: str(v).format(land=land, island=island) for key, v in parameters.items()}
    if algorithm != "show_use_and_flux":
        end = ".gpkg" if algorithm == "propose_links" else ""
        given["OUTPUT"] = str(tmp_path / f"out{end}")
    code, told = qgis.run(algorithm, **given)
    assert code != 0
    assert said in told
    assert "Traceback" not in told


# ---- in a window, as far as that can be without one


def test_results_are_shown_with_their_styles(qgis: Qgis, compared: Path) -> None:
    answer = qgis.inside(
        algorithm="corridor_sim:show_use_and_flux",
        parameters={"FOLDER": str(compared)},
        picture=picture(qgis, "use_and_flux"),
        order=["Use, The island: pine_marten", "Core areas", "Flux, The island: pine_marten"],
    )
    assert answer["failed"] == ""
    names = answer["loaded"]
    assert "Core areas" in names
    assert "The island: pine_marten" in names
    assert "All changes together: pine_marten" in names
    assert "Use, The island: pine_marten" in names
    assert "Flux, The island: pine_marten" in names
    kinds = dict(answer["drawn"])
    assert kinds["Use, The island: pine_marten"] == "singlebandpseudocolor"
    assert Path(picture(qgis, "use_and_flux")).stat().st_size > 20_000


def test_layers_that_only_qgis_has_are_taken(qgis: Qgis, land: Path, island: Path) -> None:
    """A memory layer, selected and renamed, in another coordinate system; a filtered one."""
    layers = [
        {
            "name": "drawn",
            "memory": "MultiLineString?crs=EPSG:4326&field=nombre:string&field=fid:string",
            "features": [["MultiLineString((2.80 57.15, 3.15 57.16))", "El Norte", "a"],
                         ["MultiLineString((2.80 57.10, 3.05 57.00))", "El Sur", "a"],
                         ["MultiLineString((2.90 56.90, 2.90 56.95))", "not meant", "b"]],
            "select": "\"fid\" = 'a'",
        },
    ]  # fmt: skip
    answer = qgis.inside(
        algorithm="corridor_sim:rank_links",
        layers=layers,
        parameters={
            "LINKS": "drawn:selected",
            "NAME": "nombre",
            "WIDTH_M": 3000,
            "ACTIONS": [0, 1],
            "SCENARIO": str(land / "landscape.toml"),
            "REPLICATES": 30,
            "DISPERSERS": 50,
            "OUTPUT": str(qgis.home / "drawn"),
        },
    )
    # nobody has said what it costs
    assert "has no field 'cost'" in answer["failed"]
    layers[0]["memory"] += "&field=precio:double"
    for one in layers[0]["features"]:
        one.append(2.5)
    answer = qgis.inside(
        algorithm="corridor_sim:rank_links",
        layers=layers,
        parameters={
            "LINKS": "drawn:selected",
            "NAME": "nombre",
            "COST": "precio",
            "WIDTH_M": 3000,
            "SCENARIO": str(land / "landscape.toml"),
            "REPLICATES": 30,
            "DISPERSERS": 50,
            "OUTPUT": str(qgis.home / "drawn"),
        },
        picture=picture(qgis, "ranked"),
    )
    assert answer["failed"] == ""
    assert answer["loaded"] == ["Ranked links"]
    assert answer["drawn"] == [["Ranked links", answer["drawn"][0][1]]]
    assert answer["drawn"][0][1] != "singleSymbol"
    assert any("replicates" in text for text in answer["told"])
    ranking = cs.open_results(qgis.home / "drawn").ranking
    assert sorted(ranking["name"]) == ["El Norte", "El Sur"]
    assert ranking["cost"].tolist() == [2.5, 2.5]


def test_layers_of_other_kinds_and_systems_become_a_landscape(qgis: Qgis, island: Path) -> None:
    """A shapefile, a filter, a raster whose system stands in QGIS alone, and an extent."""
    import geopandas as gpd
    import rasterio

    reserves = gpd.read_file(island / "reserves.gpkg", layer="reserves").to_crs(4326)
    reserves.to_file(qgis.home / "reserves.shp", encoding="utf-8")
    with rasterio.open(island / "dem.tif") as source:
        values, profile = source.read(), source.profile
    about = {key: profile[key] for key in ("width", "height", "count", "dtype", "nodata")}
    path = qgis.home / "bare.tif"
    with rasterio.open(path, "w", driver="GTiff", transform=profile["transform"], **about) as file:
        file.write(values)
    out = qgis.home / "other"
    answer = qgis.inside(
        algorithm="corridor_sim:landscape_from_layers",
        layers=[
            {"name": "dem", "file": str(qgis.home / "bare.tif"), "crs": "EPSG:32631"},
            {
                "name": "reserves",
                "file": str(qgis.home / "reserves.shp"),
                "filter": "\"name\" <> 'Southern Forest'",
            },
        ],
        parameters={
            "ELEVATION": "dem",
            "LAND_COVER": str(island / "cover.tif"),
            "CLASS_TABLE": str(island / "classes.csv"),
            "PROTECTED_AREAS": "reserves",
            "PROTECTED_NAME": "name",
            "CELL_M": 2000,
            "EXTENT": "476000,520000,6306000,6344000 [EPSG:32631]",
            "OUTPUT": str(out),
        },
        picture=picture(qgis, "landscape"),
    )
    assert answer["failed"] == ""
    assert sorted(answer["drawn"]) == [["Core areas", "singleSymbol"], ["Land cover", "paletted"]]
    made = cs.scenario_landscape(out / "landscape.toml")
    assert made.grid.shape == (19, 22)
    assert made.grid.west_m == 476_000
    assert set(made.zone_names[1:]) == {"Western Wood", "Northern Wood"}
    assert any(text.startswith("saving dem") for text in answer["told"])


@pytest.mark.parametrize(
    ("layer", "parameter", "said"),
    [
        (
            {"name": "nowhere", "memory": "Polygon", "features": LINKS, "crs": ""},
            "PROTECTED_AREAS",
            "nowhere has no coordinate reference system",
        ),
        (
            {"name": "empty", "memory": "Polygon?crs=EPSG:32631", "features": []},
            "PROTECTED_AREAS",
            "empty holds no features, or none is selected",
        ),
        ({"name": "many", "file": "many.tif"}, "ELEVATION", "many has 3 bands"),
    ],
)
def test_layers_that_cannot_be_meant_are_refused(
    qgis: Qgis, layer: dict[str, Any], parameter: str, said: str
) -> None:
    import numpy as np
    import rasterio
    from affine import Affine

    if "file" in layer:
        path = qgis.home / layer["file"]
        with rasterio.open(
            path, "w", driver="GTiff", count=3, width=9, height=9, dtype="float32",
            crs="EPSG:32631", transform=Affine(1000, 0, 0, 0, -1000, 0),
        ) as file:  # fmt: skip
            file.write(np.ones((3, 9, 9), np.float32))
        layer = {**layer, "file": str(path)}
    answer = qgis.inside(
        algorithm="corridor_sim:landscape_from_layers",
        layers=[layer],
        parameters={parameter: layer["name"], "OUTPUT": str(qgis.home / "refused")},
    )
    assert said in answer["failed"]


def test_a_stopped_comparison_is_gone_and_goes_on_where_it_was(qgis: Qgis, land: Path) -> None:
    out = qgis.home / "stopped"
    given = {
        "FILE": str(land / "landscape.toml"),
        "WARMER_C": 2,
        "REPLICATES": 6,
        "SETTINGS": "base.days=200",
        "OUTPUT": str(out),
    }
    began = time.monotonic()
    answer = qgis.inside(
        algorithm="corridor_sim:compare_scenarios",
        parameters=given,
        feedback={"cancel_at": "replicate 4"},
    )
    assert answer["failed"] == ""
    assert answer["results"] == {}
    assert any("Finished runs are kept" in text for text in answer["told"])
    assert time.monotonic() - began < 60
    assert not [line for line in processes() if str(out) in line]
    done = cs.status(out).total("done")
    assert 0 < done < 12
    answer = qgis.inside(algorithm="corridor_sim:compare_scenarios", parameters=given)
    assert answer["failed"] == ""
    assert 0 < max(answer["shares"]) <= 100
    assert answer["shares"] == sorted(answer["shares"])
    assert (out / "report.html").is_file()
    assert cs.status(out).total("done") == 12


def processes() -> list[str]:
    """Return the command lines of all processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue  # it ended meanwhile
    return found


def picture(qgis: Qgis, name: str) -> str:
    """Return where a picture goes: into a folder to be looked at, where one is named."""
    folder = Path(PICTURES) if PICTURES else qgis.home
    return str(folder / f"{name}.png")
