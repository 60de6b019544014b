"""Numbers and names in the fields of a user's vectors, in whatever form programs leave them."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from corridor_sim import CorridorSimError, edits
from corridor_sim.cli.main import main
from corridor_sim.config.links import Candidate
from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape import names
from corridor_sim.landscape.io.field_values import number_of
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links.reading import read_candidates
from corridor_sim.progress import listening
from oracles.bad_files import feature, geojson
from oracles.odd_shapes import NORTH_M, WEST_M, box_file
from oracles.user_files import UTM, load

LINE = [[WEST_M + 5000, NORTH_M - 5000], [WEST_M + 15_000, NORTH_M - 5000]]
COMPOSED, APART = "R\u00edo", "Ri\u0301o"
GARBLED = COMPOSED.encode().decode("latin-1")


def square(x_km: float, y_km: float, size_km: float = 8.0) -> list[list[list[float]]]:
    x, y = WEST_M + x_km * 1000, NORTH_M - y_km * 1000
    return [
        [list(p) for p in shapely.box(x, y - size_km * 1000, x + size_km * 1000, y).exterior.coords]
    ]


ODD_NUMBERS = ["12,500", "12.500", [1], "2020-01-01", "12:30:00", 1e19]
KEYS = ["road_class_field", "river_width_field_m", "population", "cost", "width_m"]


def read_numbers(folder: Path, key: str, rows: list[dict[str, Any]]) -> Any:
    """Read features whose field under ``key`` holds what the rows hold."""
    point = key == "population"
    shapes = [
        feature("Point", LINE[0], **row) if point else feature("LineString", LINE, **row)
        for row in rows
    ]
    geojson(folder / "a.geojson", shapes, crs=UTM)
    if key in ("cost", "width_m"):
        return read_candidates(folder / "a.geojson", load(folder).grid)
    if point:
        return load(folder, settlements="a.geojson")
    return load(folder, **{key.split("_")[0] + "s": "a.geojson", key: key})


@pytest.mark.parametrize("value", ODD_NUMBERS, ids=str)
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "among numbers"])
@pytest.mark.parametrize("key", KEYS)
def test_what_is_no_number_is_one_line(key: str, value: Any, alone: bool, tmp_path: Path) -> None:
    """A column of dates only comes as dates; beside numbers they come as texts."""
    box_file(tmp_path)
    good = {"cost": 1, "width_m": 600}
    rows = [{**good, "name": "a", key: value}, {**good, "name": "b", key: 1}]
    with pytest.raises(CorridorSimError) as caught:
        read_numbers(tmp_path, key, rows[:1] if alone else rows)
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    assert "a.geojson" in line
    assert "feature 0" in line
    assert "https" not in line


@pytest.mark.parametrize(
    "value",
    [
        "12,500",
        "1.234,5",
        "N/A",
        "x",
        "1 000",
        "1_000",
        "0x10",
        "\u0663",
        "inf",
        "nan",
        "1e400",
        "",
        None,
        [1],
        (1,),
        {"a": 1},
        True,
        np.True_,
        False,
        float("inf"),
        float("nan"),
        10**400,
        np.datetime64("2020-01-01"),
        np.timedelta64(1, "D"),
        np.array([1.0]),
        b"1",
        1j,
    ],
    ids=repr,
)
def test_what_is_no_number(value: Any) -> None:
    assert number_of(value) is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        ("1", 1.0),
        (" 1.5 ", 1.5),
        ("-2.5e3", -2500.0),
        (".5", 0.5),
        (np.int16(7), 7.0),
        (np.float32(0.5), 0.5),
        (2**70, float(2**70)),
    ],
)
def test_what_is_a_number(value: Any, number: float) -> None:
    assert number_of(value) == number


def test_the_line_of_a_population_with_a_comma(tmp_path: Path) -> None:
    box_file(tmp_path)
    towns = [
        feature("Point", LINE[0], name="A", population="12,500"),
        feature("Point", LINE[1], name="B", population="N/A"),
    ]
    geojson(tmp_path / "towns.geojson", towns, crs=UTM)
    with pytest.raises(LandscapeError) as caught:
        load(tmp_path, settlements="towns.geojson")
    assert caught.value.problem == (
        "field 'population' of feature 0 is '12,500', not a number (2 such features)"
    )
    assert caught.value.remedy == (
        "fill it with a number, with a point before the decimals and nothing between thousands, or "
        "leave it empty"
    )


@pytest.mark.parametrize(
    ("value", "people", "told"),
    [
        (None, 0, False),
        ("", 0, False),
        (" ", 0, False),
        ("1200", 1200, False),
        (" 7.9 ", 7, False),
        (3.0, 3, False),
        (-99, 0, True),
        ("-1", 0, True),
    ],
)
def test_populations_that_are_numbers_or_not_known(
    value: Any, people: int, told: bool, tmp_path: Path
) -> None:
    box_file(tmp_path)
    rows = [
        feature("Point", LINE[0], name="A", POP_MAX=value),
        feature("Point", LINE[1], name=" ", POP_MAX=5),
    ]
    geojson(tmp_path / "a.geojson", rows, crs=UTM)
    land = load(tmp_path, settlements="a.geojson")
    assert [(town.name, town.population) for town in land.town_list] == [("A", people)]
    assert ("1 population below 0 taken as 0" in land.origins["land_cover"].source) == told


ALIKE = [
    APART,
    f" {COMPOSED} ",
    f"{COMPOSED}\u200b",
    f"\ufeff{APART}",
    f"{COMPOSED}\u00a0",
    f"\u202d{COMPOSED}\u202c",
    f"{COMPOSED}\n",
]


@pytest.mark.parametrize("other", ALIKE, ids=ascii)
def test_names_that_look_alike_are_one_core_area(other: str, tmp_path: Path) -> None:
    box_file(tmp_path)
    areas = [
        feature("Polygon", square(1, 1), NAME=COMPOSED),
        feature("Polygon", square(12, 1), NAME=other),
    ]
    geojson(tmp_path / "a.geojson", areas, crs=UTM)
    land = load(tmp_path, protected_areas="a.geojson", protected_name_field="NAME")
    assert land.zone_names == ("", COMPOSED)
    assert (land["protected"] == 1).sum() * 0.25 == 128


@pytest.mark.parametrize("other", ALIKE[:-1], ids=ascii)
def test_names_that_look_alike_are_one_in_edits_and_links(other: str, tmp_path: Path) -> None:
    land = uniform(30, 30)
    ring = square(1, 1)[0][:-1]
    made = edits.Protect(name=COMPOSED, areas=[ring], crs=UTM)(land)
    made = edits.Protect(name="East", areas=[square(15, 1)[0][:-1]], crs=UTM)(made)
    with pytest.raises(ScenarioError, match="exists already"):
        edits.Protect(name=other, areas=[square(1, 12)[0][:-1]], crs=UTM)(made)
    a, b = (
        edits.ProtectPlan(add_ha=2000, among=(name, "East"))(made) for name in (COMPOSED, other)
    )
    np.testing.assert_array_equal(a["protection"], b["protection"])
    assert Candidate(name=other, cost=1, area=(tuple(map(tuple, ring)),), crs=UTM).name == COMPOSED
    box_file(tmp_path)
    links = [
        feature("Polygon", square(1, 1), name=COMPOSED, cost=1),
        feature("Polygon", square(12, 1), name=other, cost=1),
    ]
    geojson(tmp_path / "a.geojson", links, crs=UTM)
    with pytest.raises(ScenarioError, match=f"two links are named '{COMPOSED}'"):
        read_candidates(tmp_path / "a.geojson", load(tmp_path).grid)


@pytest.mark.parametrize(
    ("shape", "line"),
    [
        (None, "feature 0: link 'a' has no shape; draw it, or take it out"),
        ({"type": "LineString", "coordinates": LINE[:1]}, "feature 0: link 'a' has no shape"),
        (
            {"type": "LineString", "coordinates": [LINE[0], LINE[0]]},
            "feature 0, link 'a': its line has no length; give two places or more",
        ),
        (
            {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "LineString", "coordinates": LINE},
                    {"type": "Polygon", "coordinates": square(1, 1)},
                ],
            },
            "feature 0, link 'a': has lines and polygons in one shape; make two links of it",
        ),
    ],
)
def test_a_link_without_a_shape_of_its_own_is_told(shape: Any, line: str, tmp_path: Path) -> None:
    box_file(tmp_path)
    fields = {"cost": 1, "width_m": 2000}
    odd = {"type": "Feature", "properties": {"name": "a", **fields}, "geometry": shape}
    geojson(tmp_path / "a.geojson", [odd, feature("LineString", LINE, name="b", **fields)], crs=UTM)
    with pytest.raises(ScenarioError) as caught:
        read_candidates(tmp_path / "a.geojson", load(tmp_path).grid)
    assert line in str(caught.value)


def test_a_field_is_found_whichever_way_its_accents_are_written(tmp_path: Path) -> None:
    box_file(tmp_path)
    field = "\u00e1rea"
    geojson(tmp_path / "a.geojson", [feature("Polygon", square(1, 1), área="X")], UTM)
    land = load(tmp_path, protected_areas="a.geojson", protected_name_field=field)
    assert land.zone_names == ("", "X")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a\x1b[31mb", ["cannot be shown (U+001B)", "take it out"]),
        ("a\x07", ["cannot be shown (U+0007)"]),
        ("R\ufffdo", ["letters were lost", "UTF-8"]),
        (GARBLED, [f"should read '{COMPOSED}'", ".cpg"]),
        ("\u00d1and\u00fa".encode().decode("cp1252"), ["should read '\u00d1and\u00fa'"]),
        (["a"], ["is ['a'], not a name"]),
        (None, ["is empty", "name every protected area"]),
        ("\u200b", ["is empty"]),
    ],
    ids=ascii,
)
def test_a_name_that_cannot_be_is_refused(name: Any, words: list[str], tmp_path: Path) -> None:
    box_file(tmp_path)
    areas = [
        feature("Polygon", square(1, 1), NAME=name, name=name, cost=1),
        feature("Polygon", square(12, 1), NAME="b", name="b", cost=1),
    ]
    if isinstance(name, list):  # beside a text a list comes as a text
        areas.pop()
    geojson(tmp_path / "a.geojson", areas, crs=UTM)
    with pytest.raises(LandscapeError) as caught:
        load(tmp_path, protected_areas="a.geojson", protected_name_field="NAME")
    for word in ("a.geojson", "'NAME' of feature 0", *words):
        assert word in str(caught.value)
    with pytest.raises(ScenarioError) as refused:
        read_candidates(tmp_path / "a.geojson", load(tmp_path).grid)
    assert "feature 0" in str(refused.value)
    assert "https" not in str(refused.value)


@pytest.mark.parametrize(
    "name",
    [
        "S\u00c3O PAULO",
        "\u00c2ngela",
        "Nu\u00f1o\u2013\u00d1",
        "\u6771\u4eac",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    ],
)
def test_names_that_are_right_are_left_alone(name: str) -> None:
    assert names.garbled(name) is None
    assert names.plain(name) == name


@given(st.text(max_size=30))
def test_a_name_has_one_form(text: str) -> None:
    form = names.plain(text)
    assert names.plain(form) == form
    assert form == " ".join(form.split())
    assert names.plain(unicodedata.normalize("NFD", text)) == form
    if names.unprintable(text) is None and form:
        # what a name may hold a link may be called
        ring = tuple(map(tuple, square(1, 1)[0][:-1]))
        if len(text) <= 80:
            assert Candidate(name=text, cost=1, area=(ring,), crs=UTM).name == form


def latin1_geojson(folder: Path, field: str = "NAME", name: str = COMPOSED) -> str:
    path = geojson(folder / "a.geojson", [feature("Polygon", square(1, 1), **{field: name})], UTM)
    text = path.read_text("utf-8").encode().decode("unicode_escape")
    path.write_bytes(text.encode("latin-1"))
    return path.name


def shapefile(folder: Path, written: str, said: str | None) -> str:
    """Write names in one encoding with a .cpg that says another, or none."""
    import pyogrio

    shape = shapely.to_wkb(np.array([shapely.Polygon(square(1, 1)[0])], object))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            folder / "a.shp",
            shape,
            [np.array([COMPOSED], object)],
            ["NAME"],
            crs=UTM,
            geometry_type="Polygon",
            encoding=written,
        )
    (folder / "a.cpg").unlink(missing_ok=True)
    if said is not None:
        (folder / "a.cpg").write_text(said)
    return "a.shp"


def latin1_geopackage(folder: Path) -> str:
    import sqlite3

    import pyogrio

    shape = shapely.to_wkb(np.array([shapely.Polygon(square(1, 1)[0])], object))
    pyogrio.raw.write(
        folder / "a.gpkg",
        shape,
        [np.array(["Rio"], object)],
        ["NAME"],
        crs=UTM,
        geometry_type="Polygon",
    )
    with sqlite3.connect(folder / "a.gpkg") as table:
        for (name,) in table.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            table.execute(f'drop trigger "{name}"')
        table.execute("update a set NAME = cast(x'52ed6f' as text)")
    table.close()
    return "a.gpkg"


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (latin1_geojson, "its texts are not UTF-8; save it as UTF-8"),
        (lambda d: latin1_geojson(d, "R\u00edo", "a"), "its texts are not UTF-8"),
        (latin1_geopackage, "its texts are not UTF-8"),
        (lambda d: shapefile(d, "ISO-8859-1", "UTF-8"), "its texts are not UTF-8"),
        (lambda d: shapefile(d, "UTF-8", "ISO-8859-1"), f"should read '{COMPOSED}'; .*UTF-8 into"),
        (lambda d: shapefile(d, "UTF-8", None), f"should read '{COMPOSED}'"),
    ],
    ids=["GeoJSON", "GeoJSON field", "GeoPackage", "Shapefile", "Shapefile garbled", "no .cpg"],
)
def test_texts_in_another_encoding_are_told(
    make: Callable[[Path], str], word: str, tmp_path: Path
) -> None:
    box_file(tmp_path)
    name = make(tmp_path)
    with pytest.raises(LandscapeError, match=word) as caught:
        load(tmp_path, protected_areas=name, protected_name_field="NAME")
    assert name in str(caught.value)


def test_a_prj_that_is_no_text_is_told(tmp_path: Path) -> None:
    box_file(tmp_path)
    name = shapefile(tmp_path, "UTF-8", "UTF-8")
    prj = tmp_path / "a.prj"
    prj.write_bytes(prj.read_bytes().replace(b"WGS", b"W\x9fS", 1))
    with pytest.raises(LandscapeError, match=r"its CRS cannot be read; restore its \.prj"):
        load(tmp_path, protected_areas=name)


@pytest.mark.parametrize(
    ("written", "said"),
    [("UTF-8", "UTF-8"), ("ISO-8859-1", "ISO-8859-1"), ("CP1252", "1252"), ("ISO-8859-1", None)],
)
def test_texts_in_the_encoding_that_is_said_are_read(
    written: str, said: str | None, tmp_path: Path
) -> None:
    box_file(tmp_path)
    name = shapefile(tmp_path, written, said)
    land = load(tmp_path, protected_areas=name, protected_name_field="NAME")
    assert land.zone_names == ("", COMPOSED)


def test_one_reserve_under_two_names_is_told(tmp_path: Path) -> None:
    box_file(tmp_path)
    areas = [
        feature("Polygon", square(1, 1, 10), NAME="Sangay"),
        feature("Polygon", square(1.5, 1, 10), NAME="Sangay National Park"),
        feature("Polygon", square(20, 1, 10), NAME="Whole"),
        feature("Polygon", square(21, 2, 2), NAME="Inside"),
        feature("Polygon", square(30, 1, 5), NAME="Beside"),
        feature("Polygon", square(1, 20, 5), NAME="Apart"),
        feature("Polygon", square(20, 20, 5), NAME="Same"),
        feature("Polygon", square(20, 20, 5), NAME="Same again"),
        feature("Polygon", square(1, 30, 5), NAME="Twice"),
        feature("Polygon", square(3, 30, 5), NAME="Twice"),
    ]
    geojson(tmp_path / "a.geojson", areas, crs=UTM)
    heard: list[str] = []
    with listening(heard.append):
        land = load(tmp_path, protected_areas="a.geojson", protected_name_field="NAME")
    source = land.origins["protected"].source
    told = (
        "; likely one reserve under two names (2: Sangay in Sangay National Park 95 km² (95 %), "
        "Same in Same again 25 km² (100 %)): the smaller has the ground; give both one name or "
        "leave one out; 1 pair of areas overlaps, of which the smaller has the ground (Inside in "
        "Whole 4 km² (100 %)); given twice under one name and counted once (Twice 15 km²)"
    )
    assert source.endswith(told)
    assert heard == [f"{tmp_path / 'a.geojson'} (protected_areas):{told[1:]}"]
    # of two equal ones the first in the file has the ground
    assert land.zones_left_out == ("Same again",)
    km2 = np.bincount(land["protected"].ravel()) * land.grid.cell_km2
    of_name = dict(zip(land.zone_names, km2.tolist(), strict=True))
    assert {n: of_name[n] for n in ("Sangay", "Sangay National Park", "Inside", "Whole")} == {
        "Sangay": 100.0,
        "Sangay National Park": 5.0,
        "Inside": 4.0,
        "Whole": 96.0,
    }
    assert of_name["Twice"] == 35.0


REAL = Path(__file__).parents[2] / "../shared/real/protected/wdpa_2019_simplified_region.geojson"


@pytest.mark.skipif(not REAL.is_file(), reason="the World Database on Protected Areas is not here")
def test_reserves_that_a_register_holds_twice_are_told(tmp_path: Path) -> None:
    from oracles.user_files import raster

    raster(
        tmp_path / "dem.tif",
        np.full((300, 250), 2500.0, np.float32),
        west=500_000.0,
        north=9_850_000.0,
        cell=2000.0,
    )
    land = load(tmp_path, protected_areas=str(REAL.resolve()), protected_name_field="NAME")
    assert "Sangay National Park in Sangay 2,468 km² (98 %)" in land.origins["protected"].source


@pytest.mark.parametrize(
    ("sizes", "line"),
    [
        (
            [0.2, 0.2],
            "2 of 2 protected areas hold no cell of 500 m; set a smaller cell_m, so that "
            "two or more have one: A0, A1",
        ),
        (
            [8, 0.2],
            "1 of 2 protected areas holds no cell of 500 m; set a smaller cell_m, so that "
            "two or more have one: A1",
        ),
        (
            [8],
            "has fewer than two core areas to link; give protected areas, see "
            "landscape.protected_areas",
        ),
    ],
)
def test_too_few_areas_for_links_are_told_with_the_cause(
    sizes: list[float], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box_file(tmp_path)
    areas = [
        feature("Polygon", square(1.01 + 10 * i, 1.01, size), NAME=f"A{i}")
        for i, size in enumerate(sizes)
    ]
    geojson(tmp_path / "a.geojson", areas, crs=UTM)
    scenario = tmp_path / "s.toml"
    scenario.write_text(
        'name = "t"\ndays = 3\nreplicates = 1\n[landscape]\nelevation = "dem.tif"\n'
        'protected_areas = "a.geojson"\nprotected_name_field = "NAME"\n[species.andean_bear]\n'
    )
    assert main(["links", "propose", str(scenario)]) == 2
    assert line in capsys.readouterr().err
