"""Animals that start where they were seen: the file, the places to the last digit, the pairing."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim import Landscape
from corridor_sim.cli.main import main
from corridor_sim.config.build import input_digests
from corridor_sim.config.links import LinkSettings
from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.kernels.records import Animals
from corridor_sim.kernels.states import DISPERSER, DISPLACED, RESIDENT
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.io.positions import Positions, read_positions
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links.dispersal_sets import tells
from corridor_sim.progress import listening
from corridor_sim.simulation.days.observed import observed_of, tell_of_places
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import Simulation, find_homes, prepare_days
from corridor_sim.species.fields import SEXES
from oracles.andes_covers import COVERS
from oracles.small_study import write_heights

SPECIES = cs.load_species("jaguar")
OTHER = SPECIES.model_copy(update={"key": "other"})
SEEN = (
    "x,y,sex,stage,count\n903500,9697250,f,,2\n910000,9690000,m,disperser,\n920100,9680900,,r,1\n"
)
# the same in cells of 1 km from the north-western corner, 900000 9700000
PLACES = {"x": [3.5, 3.5, 10.0, 20.1], "y": [2.75, 2.75, 10.0, 19.1]}


@pytest.fixture(scope="module")
def land() -> Landscape:
    return uniform(40, 40, 1000.0)


def written(folder: Path, text: str, name: str = "seen.csv") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def read(path: Path, land: Landscape, **more: Any) -> Positions:
    return read_positions(path, land.grid, **more)


def resolved(folder: Path, **settings: Any) -> Any:
    lines = "".join(f"{key} = {value!r}\n" for key, value in settings.items())
    text = f"name = 's'\ndays = 3\nreplicates = 1\n[species.jaguar]\n{lines}"
    (folder / "s.toml").write_text(text, "utf-8")
    return cs.load_scenario(folder / "s.toml")


def as_file(folder: Path, kind: str) -> tuple[Path, dict[str, Any]]:
    """The same places in another form."""
    import geopandas as gpd
    from pyproj import Transformer

    x, y = [903500.0, 910000.0, 920100.0], [9697250.0, 9690000.0, 9680900.0]
    fields = {"Sex": ["f", "m", None], "STAGE": [None, "disperser", "r"], "count": [2, 1, 1]}
    lon, lat = Transformer.from_crs("EPSG:32717", "EPSG:4326", always_xy=True).transform(x, y)
    if kind == "lon-lat":
        lines = [
            f"{lo!r};{la!r};{s or ''};{t or ''};{n}"
            for lo, la, s, t, n in zip(lon, lat, *fields.values(), strict=True)
        ]
        return written(folder, "\n".join(["LON;Lat;Sex;stage;count", *lines])), {}
    if kind == "utm18":
        e, n = Transformer.from_crs("EPSG:32717", "EPSG:32718", always_xy=True).transform(x, y)
        lines = [
            f"{a!r},{b!r},{s or ''},{t or ''},{k}"
            for a, b, s, t, k in zip(e, n, *fields.values(), strict=True)
        ]
        return written(folder, "\n".join(["x,y,sex,stage,count", *lines])), {"crs": "EPSG:32718"}
    frame = gpd.GeoDataFrame(fields, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    frame.to_file(folder / f"seen.{kind}", index=False)
    return folder / f"seen.{kind}", {}


def test_a_table_gives_each_animal_its_place(tmp_path: Path, land: Landscape) -> None:
    found = read(written(tmp_path, SEEN), land)
    assert found.x.tolist() == PLACES["x"]
    assert found.y.tolist() == pytest.approx(PLACES["y"], abs=1e-9)
    assert found.male.tolist() == [0, 0, 1, -1]
    assert found.disperses.tolist() == [False, False, True, False]
    assert found.row.tolist() == [2, 2, 3, 4]
    assert (found.tells_stage, found.outside) == (True, ())


@pytest.mark.parametrize("kind", ["lon-lat", "utm18", "gpkg", "geojson"])
def test_other_forms_say_the_same(kind: str, tmp_path: Path, land: Landscape) -> None:
    path, more = as_file(tmp_path, kind)
    found, table = read(path, land, **more), read(written(tmp_path, SEEN, "a.csv"), land)
    for name in ("x", "y"):
        assert getattr(found, name) == pytest.approx(getattr(table, name), abs=1e-5)
    assert found.male.tolist() == table.male.tolist()
    assert found.disperses.tolist() == table.disperses.tolist()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("a,b\n1,2", "has no columns x and y, nor lon and lat, only a, b"),
        ("x,y\n1,2", "has no animal on the map, of 1 line: in west 1.0000"),
        ("x,y,lon,lat\n1,2,3,4", "has two kinds of places: x, y and lon, lat; keep one"),
        ("x,y,X\n1,2,3", "has two columns 'x'; keep one"),
        ("x,y", "has no animal on the map, of 0 lines"),
        ("x,y\n903500,9697250\n\n903500,", "line 4: y is '', not a number"),
        ("x,y\n903.500,9697250", "line 2: x is '903.500', not a number; give a number (903500 or"),
        ("x;y\n903500;9697250,5", "line 2: y is '9697250,5', not a number"),
        ("lon,lat\n-77,91", "line 2: lat is 91; give degrees"),
        ("x,y,sex\n903500,9697250,w", "line 2: sex is 'w'; allowed: f, female, m, male"),
        ("x,y,stage\n903500,9697250,adult", "line 2: stage is 'adult'; allowed: resident, r"),
        ("x,y,count\n903500,9697250,1.5", "line 2: count is '1.5'; give a whole number"),
        ("x,y,count\n903500,9697250,9e6\n903500,9697250,9e6", "18,000,000 animals; at most"),
    ],
)
def test_a_table_that_is_none_is_one_line(
    text: str, said: str, tmp_path: Path, land: Landscape
) -> None:
    with pytest.raises(LandscapeError) as caught:
        read(written(tmp_path, text), land)
    assert said in str(caught.value)
    assert "seen.csv (positions)" in str(caught.value)


def test_settings_that_do_not_go_together_are_refused(tmp_path: Path, land: Landscape) -> None:
    written(tmp_path, SEEN)
    with pytest.raises(ScenarioError, match="give either count or positions"):
        resolved(tmp_path, positions="seen.csv", count=4)
    with pytest.raises(ScenarioError, match="positions_crs is of use only with positions"):
        resolved(tmp_path, positions_crs="EPSG:4326")
    text = "name = 's'\nyears = 2\n[life_cycle]\n[species.jaguar]\npositions = 'seen.csv'\n"
    with pytest.raises(ScenarioError, match=r"species\.jaguar\.positions: the years before"):
        cs.load_scenario(written(tmp_path, text, "d.toml"))
    path, _ = as_file(tmp_path, "geojson")
    with pytest.raises(LandscapeError, match="has a CRS of its own"):
        read(path, land, crs="EPSG:4326")
    scenario = resolved(tmp_path, positions="seen.csv")
    with pytest.raises(ScenarioError, match="begins wherever the species can live"):
        cs.LinkEvaluator(scenario)
    link = {"name": "L", "cost": 1.0, "line": ((-78, -3), (-77.9, -3)), "width_m": 1000.0}
    for by, told in (("auto", False), ("runs", False), ("dispersers", None)):
        settings = LinkSettings.model_validate({"candidates": (link,), "procedure": {"by": by}})
        if told is None:
            with pytest.raises(ScenarioError, match="begins wherever the species can live"):
                tells(settings, scenario, [SPECIES])
        else:
            # whole runs, which begin where animals were seen
            assert tells(settings, scenario, [SPECIES]) is told
    with pytest.raises(ScenarioError, match="begins wherever the species can live"):
        cs.generations(scenario, out=tmp_path / "g")


def started(
    land: Landscape, observed: Any, scenario: Landscape | None = None, seed: int = 3, **more: Any
) -> Animals:
    context = prepare_days(
        [SPECIES, OTHER],
        scenario or land,
        find_homes([SPECIES, OTHER], land),
        {"jaguar": Quota(observed=observed, **more), "other": Quota(count=60)},
    )
    return Simulation(context, seed=seed).animals


def observed(folder: Path, land: Landscape, text: str = SEEN) -> Any:
    written(folder, text)
    return observed_of(resolved(folder, positions="seen.csv"), "jaguar", land)


def test_animals_start_where_they_were_seen(tmp_path: Path, land: Landscape) -> None:
    seen = observed(tmp_path, land)
    everyone = started(land, seen)
    animals = everyone["jaguar"]
    # residents first
    at = [0, 1, 3, 2]
    assert animals.x.tolist() == [PLACES["x"][i] for i in at]
    assert animals.y == pytest.approx(np.array([PLACES["y"][i] for i in at]), abs=1e-9)
    assert np.array_equal(animals.roost_x, animals.x)
    # a resident was seen somewhere in its range, not on its centre
    assert (animals.centre_x != animals.x).tolist() == [True] * 3 + [False]
    stage, male = animals.klass // len(SEXES), animals.klass % len(SEXES)
    assert stage.tolist() == [RESIDENT] * 3 + [DISPERSER]
    assert male.tolist()[:2] == [0, 0]
    assert male[3] == 1
    # nobody else's draws are others
    plain = started(land, None)
    for name in ("ident", "klass", "x", "y", "heading_x"):
        assert np.array_equal(getattr(everyone["other"], name), getattr(plain["other"], name))
    # an animal's own are those of its number, wherever it starts
    assert animals.heading_x[:3].tolist() == plain["jaguar"].heading_x[:3].tolist()
    again = started(land, seen, seed=4)["jaguar"]
    assert np.array_equal(again.x, animals.x)
    assert not np.array_equal(again.heading_x, animals.heading_x)


def test_sampling_makes_more_of_the_same_places(tmp_path: Path, land: Landscape) -> None:
    seen = observed(tmp_path, land)
    many = started(land, seen, sampling=2.0, disperser_sampling=3.0)["jaguar"]
    assert many.x.tolist() == [3.5] * 4 + [20.1] * 2 + [10.0] * 3
    few = started(land, seen, sampling=0.5)["jaguar"]
    assert few.x.tolist() == [3.5, 3.5, 10.0]


def test_without_stages_dispersers_leave_from_where_residents_were_seen(
    tmp_path: Path, land: Landscape
) -> None:
    lines = "".join(f"{900_500 + 1000 * i},9690000\n" for i in range(30))
    seen = observed(tmp_path, land, f"x,y\n{lines}")
    animals = started(land, seen)["jaguar"]
    disperser = animals.klass // len(SEXES) == DISPERSER
    share = SPECIES.population.disperser_share.value
    assert (~disperser).sum() == 30
    assert disperser.sum() == round(30 * share / (1 - share)) == 3
    assert animals.x[~disperser].tolist() == [0.5 + i for i in range(30)]
    assert animals.x[disperser].tolist() == [0.5, 10.5, 20.5]


def test_scenarios_stay_paired_and_the_unsuitable_keep_their_homes(
    tmp_path: Path, land: Landscape
) -> None:
    cover = land["land_cover"].copy()
    # so wide that no suitable ground lies in the window of a home range around the first
    cover[:, :16] = COVERS["mine"].code
    bad = land.edited(
        "bad",
        layers=derive(land.grid, {**land.layers, "land_cover": cover}, land.covers, land.region),
    )
    seen = observed(tmp_path, land)
    before, after = started(land, seen)["jaguar"], started(land, seen, bad)["jaguar"]
    assert np.array_equal(before.x, after.x)
    stage = after.klass // len(SEXES)
    assert stage.tolist() == [DISPLACED, DISPLACED, RESIDENT, DISPERSER]
    # seen in a mine: it has no home to lose there, and is told of
    there = started(bad, seen)["jaguar"]
    assert (there.klass // len(SEXES)).tolist() == [RESIDENT] * 3 + [DISPERSER]
    told: list[str] = []
    home = find_homes([SPECIES], bad)["jaguar"]
    lost = replace(seen, positions=replace(seen.positions, outside=(7, 9)))
    with listening(told.append):
        tell_of_places(SPECIES, lost, home.cells, land.grid.width)
    assert "2 positions outside the map or off its ground left out (line 7, 9 of" in told[0]
    assert "2 positions on ground that its numbers take for no home" in told[1]
    assert "line 2, 3 of" in told[1]


def test_what_lies_elsewhere_is_left_out_by_name(tmp_path: Path, land: Landscape) -> None:
    lake = np.zeros(land.grid.shape, bool)
    lake[10, 10] = True
    found = read(written(tmp_path, SEEN), land, off=lake)
    assert (found.outside, found.row.tolist()) == ((3,), [2, 2, 4])
    with pytest.raises(LandscapeError, match="has no animal on the map, of 3 lines"):
        read(written(tmp_path, SEEN), land, off=np.ones(land.grid.shape, bool))
    found = read(written(tmp_path, f"{SEEN}1,1,,,\n900000,9700001,,,\n900000,9700000,,,"), land)
    assert found.outside == (5, 6)
    assert (found.x[-1], found.y[-1]) == (0.0, 0.0)
    path, _ = as_file(tmp_path, "geojson")
    path.write_text(path.read_text("utf-8").replace("-77.", "-57.", 1), "utf-8")
    assert read(path, land).outside == (0,)


def test_the_content_of_the_file_is_part_of_the_run(tmp_path: Path) -> None:
    scenario = resolved(tmp_path, positions="seen.csv")
    written(tmp_path, SEEN)
    before = input_digests(scenario)
    assert set(before) == {"seen.csv"}
    written(tmp_path, SEEN.replace("903500", "903501"))
    os.utime(tmp_path / "seen.csv", ns=(1, 1))
    assert input_digests(scenario) != before
    path, _ = as_file(tmp_path, "gpkg")
    assert set(input_digests(resolved(tmp_path, positions=path.name))) == {"seen.gpkg"}


@pytest.mark.slow
def test_a_run_of_dispersers_alone_and_its_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from oracles.small_study import write_heights

    write_heights(tmp_path / "dem.tif")
    scenario = (
        "name = 's'\ndays = 2\nreplicates = 2\n[landscape]\nelevation = 'dem.tif'\n"
        "[species.jaguar]\npositions = 'seen.csv'\n"
    )
    written(tmp_path, scenario, "s.toml")
    land = cs.load_landscape(
        cs.load_scenario(tmp_path / "s.toml").scenario.landscape, base_dir=tmp_path
    )
    west, south, east, _ = land.grid.bounds_m
    at = f"{east - 9000},{south + 9000}"
    written(tmp_path, f"x,y,stage\n{at},disperser\n{at},disperser\n{west - 5},0,disperser\n")
    assert (
        main(["run", str(tmp_path / "s.toml"), "--out", str(tmp_path / "r"), "--threads", "1"]) == 0
    )
    assert (
        "1 position outside the map or off its ground left out (line 4 of"
        in capsys.readouterr().err
    )
    found = cs.open_results(tmp_path / "r")
    assert found.runs["value"].notna().any()
    page = (tmp_path / "r" / "report.html").read_text("utf-8")
    assert "Of Jaguar they begin where" in page


def test_the_runs_of_a_study_start_there_too(tmp_path: Path) -> None:
    write_heights(tmp_path / "dem.tif")
    written(tmp_path, "x,y\n780500,9500500\n760500,9480500\n")
    resolved(tmp_path, positions="seen.csv")
    ground = {"landscape.elevation": "dem.tif"}
    found = cs.tracks(tmp_path / "s.toml", stage="resident", days=1, every="day", set=ground)
    begin = found.groupby("animal", observed=True)
    assert begin["x_m"].first().tolist() == [780500, 760500]
    assert begin["y_m"].first().tolist() == [9500500, 9480500]
