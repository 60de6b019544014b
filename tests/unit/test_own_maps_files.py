"""Files of covariates and ready maps: read as they stand, refused in one line, run end to end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim import CorridorModel, CorridorSimError, Landscape, load_scenario
from corridor_sim.config.build import build_species, reference_beside, reference_landscape
from corridor_sim.config.own_maps import notes_on_own_maps, own_key
from corridor_sim.experiment.plan import scenario_digest
from corridor_sim.report.figures.landscape import show_landscape
from corridor_sim.species.fields import on_landscape
from oracles.own_maps import CELL, COLS, ROWS, files

GROUND = """
days = 4
replicates = 1
[landscape]
elevation = "dem.tif"
protected_areas = "parks.gpkg"
protected_name_field = "NAME"
"""


C = "[landscape.covariates]\n"
S = "[species.jaguar.selection]\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files(tmp_path_factory.mktemp("maps"))


def scenario(folder: Path, text: str, name: str = "s.toml") -> Path:
    path = folder / name
    path.write_text(GROUND + text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Landscape:
    return reference_landscape(load_scenario(scenario(folder, text)))


# ---- what is read


ALL = """
[landscape.covariates]
ndvi = "ndvi.tif"
moist = { files = ["ndvi.tif", "wet.tif"], unit = "1" }
green = { years = { 2020 = "ndvi2020.tif", 2030 = "ndvi2030.tif" } }
landuse = { file = "landuse.tif", kind = "class" }
log_road_km = { distance_to = "roads.gpkg", unit = "km", transform = "log1p" }
height = { layer = "elevation_m", unit = "km" }
[species.jaguar]
suitability = "sdm.tif"
resistance = ["r.tif", "r.tif"]
[species.andean_bear]
suitability = "percent.tif"
suitability_max = 100
[species.mountain_tapir.selection]
coefficients = { ndvi = 1.2, log_road_km = 0.6, elevation_m = 0.01 }
standardise = "none"
"""


def test_every_kind_of_map_is_read(folder: Path) -> None:
    import rasterio

    def tif(name: str) -> Any:
        with rasterio.open(folder / name) as file:
            return file.read(1)

    land = read(folder, ALL)
    held = land.covariates
    np.testing.assert_array_equal(held["ndvi"].values, tif("ndvi.tif")[None])
    np.testing.assert_array_equal(held["moist"].values, [tif("ndvi.tif"), tif("wet.tif")])
    assert held["green"].years == (2020, 2030)
    assert held["green"].current == 0
    np.testing.assert_array_equal(held["landuse"].values, tif("landuse.tif")[None])
    sdm, percent = held["suitability_of_jaguar"], held["suitability_of_andean_bear"]
    np.testing.assert_array_equal(sdm.on(land), tif("sdm.tif"))
    np.testing.assert_allclose(percent.on(land), tif("percent.tif") / 100, rtol=1e-6)
    assert held["resistance_of_jaguar"].n_seasons == 2
    # the diagonal of the map, cell by cell that it touches
    road = touched_by_the_diagonal()
    away = np.array(
        [[np.hypot(*(road - [r, c]).T).min() for c in range(COLS)] for r in range(ROWS)]
    )
    expected = np.log1p(away * CELL / 1000)
    np.testing.assert_allclose(held["log_road_km"].on(land), expected, rtol=1e-6)
    np.testing.assert_allclose(held["height"].on(land), land["elevation_m"] / 1000, rtol=1e-6)
    for name in ("ndvi", "moist", "log_road_km", "height"):
        values = np.stack([held[name].on(land, s) for s in range(held[name].n_seasons)])
        assert held[name].mean == pytest.approx(values.mean(dtype=float), rel=1e-6)
        assert held[name].sd == pytest.approx(values.std(dtype=float), rel=1e-6)
    assert land.in_year(2031).covariates["green"].current == 1
    # a dataset holds all of it
    again = Landscape.from_xarray(land.to_xarray())
    assert not land.differs(again).any()
    assert {n: (c.mean, c.sd) for n, c in again.covariates.items()} == {
        n: (c.mean, c.sd) for n, c in held.items()
    }


def test_an_export_holds_covariates_and_is_read_again(folder: Path, tmp_path: Path) -> None:
    land = read(folder, ALL)
    cs.export_landscape(land, tmp_path / "maps", formats={"tif"})
    again = cs.scenario_landscape(tmp_path / "maps/landscape.toml")
    assert {*again.covariates} == {*land.covariates} - {"elevation_m"}
    for name, one in again.covariates.items():
        before = land.covariates[name]
        assert (one.kind, one.times, one.years) == (before.kind, before.times, before.years)
        assert one.differs(before) is None or not one.differs(before).any()
        np.testing.assert_array_equal(one.on(again), before.on(land))


def touched_by_the_diagonal() -> Any:
    t = np.linspace(0, 1, 20_001)[1:-1]
    x, y = t * COLS, ROWS - t * ROWS
    return np.unique(np.stack([np.floor(y), np.floor(x)], axis=1), axis=0)


def test_a_coarser_grid_averages_numbers_and_counts_classes(folder: Path) -> None:
    text = f'{C}ndvi = "ndvi.tif"\nlanduse = {{ file = "landuse.tif", kind = "class" }}\n'
    fine = read(folder, text)
    path = scenario(folder, text)
    coarse = cs.scenario_landscape(path, set={"landscape.cell_m": 2 * CELL})
    blocks = fine.covariates["ndvi"].on(fine).reshape(ROWS // 2, 2, COLS // 2, 2)
    np.testing.assert_allclose(
        coarse.covariates["ndvi"].on(coarse), blocks.mean(axis=(1, 3)), rtol=1e-5
    )
    assert set(np.unique(coarse.covariates["landuse"].values)) <= {0, 1, 2, 7, 8, 9}


BAD = {
    "does not cover": (
        C + 'x = "half.tif"',
        "half.tif (landscape.covariates.x): covers only 50.0 %",
    ),
    "holes": (C + 'x = "holes.tif"', "holes.tif (landscape.covariates.x): has no data in 2 of 192"),
    "undeclared": (C + 'x = "marks.tif"', "holds -9999 in 2 cells of the study area"),
    "constant": (
        C + 'x = "flat.tif"',
        "flat.tif (landscape.covariates.x): holds 0.5 in every cell",
    ),
    "unit": (
        C + 'x = { file = "feet.tif", unit = "m" }',
        "declares its unit as 'ft', the scenario",
    ),
    "not there": (C + 'x = "ndwi.tif"', "ndwi.tif (landscape.covariates.x)"),
    "palette": (C + 'x = "colours.tif"', "(a palette), not values of a covariate"),
    "shares as classes": (
        C + 'x = { file = "ndvi.tif", kind = "class" }',
        "which is no class code",
    ),
    "no logarithm": (
        C + 'x = { distance_to = "roads.gpkg", transform = "log" }',
        'of which ln(x) is no number; use transform = "log1p"',
    ),
    "a layer that may be 0": (
        C + 'x = { layer = "settlement_distance_m", transform = "log" }',
        "settlement_distance_m can be 0 and below",
    ),
    "far": (C + 'x = { distance_to = "far.gpkg" }', "has no feature in the study area"),
    "no river": (C + 'x = { distance_to = "river" }', "there is no river on the landscape"),
    "unit of a layer": (C + 'x = { layer = "slope_deg", unit = "km" }', "slope_deg is in degree"),
    "layer of one value": (C + 'x = { layer = "slope_deg" }', "in every cell of the study area"),
    "coefficient": (
        C + 'ndvi = "ndvi.tif"\n' + S + "coefficients = { nvdi = 1.2 }",
        "species.jaguar: there is no covariate 'nvdi' on the landscape; did you mean 'ndvi'?",
    ),
    "no covariates": (S + "coefficients = { x = 1 }", "give it under [landscape.covariates]"),
    "classes by a number": (
        C + 'use = { file = "landuse.tif", kind = "class" }\n' + S + "coefficients = { use = 1.5 }",
        "use holds classes, which cannot be weighed by 1.5; give each class its own",
    ),
    "numbers by classes": (
        C + 'ndvi = "ndvi.tif"\n' + S + "coefficients = { ndvi = { 1 = 0.5 } }",
        "ndvi holds numbers, not the classes 1",
    ),
    "square of classes": (
        C
        + 'use = { file = "landuse.tif", kind = "class" }\n'
        + S
        + 'coefficients = { "use^2" = 1 }',
        "which have no product and no square",
    ),
    "beyond": (S + "coefficients = { elevation_m = 2.0 }", "a weight of e^"),
    "suitability in per cent": (
        '[species.jaguar]\nsuitability = "percent.tif"',
        "of a map in per cent say suitability_max = 100",
    ),
    "resistance below 1": ('[species.jaguar]\nresistance = "sdm.tif"', "values must lie in 1 to"),
    "two of steps": (
        '[species.jaguar]\nresistance = "r.tif"\nselection = { coefficients = { x = 1 } }',
        "steps have two origins, resistance and selection",
    ),
    "two of homes": (
        '[species.jaguar]\nsuitability = "sdm.tif"\nsettlement = { coefficients = { x = 1 } }',
        "homes have two origins, suitability and settlement",
    ),
    "years": (C + 'x = { years = { 2030 = "a.tif", 2020 = "b.tif" } }', "years must rise"),
    "years alone": (
        C + 'x = { years = { 2020 = "ndvi2020.tif", 2030 = "ndvi2030.tif" } }\n[life_cycle]\n',
        "changes from year to year: add [change]",
    ),
    "two origins": (C + 'x = { file = "ndvi.tif", layer = "slope_deg" }', "not file and layer"),
    "a layer's name": (C + 'slope_deg = "ndvi.tif"', "slope_deg is a layer of the landscape"),
    "term": (S + 'coefficients = { "ndvi^3" = 1 }', "'ndvi^3' is no term"),
    "text": (S + 'coefficients = { ndvi = "1" }', "give a number, or of classes a table"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_does_not_fit_is_one_line(what: str, folder: Path) -> None:
    text, told = BAD[what]
    if "life_cycle" in text:
        path = scenario(folder, text)
        path.write_text(path.read_text().replace("days = 4", "years = 20"))
        with pytest.raises(CorridorSimError) as caught:
            load_scenario(path)
    else:
        with pytest.raises(CorridorSimError) as caught:
            read(folder, text)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_more_than_a_thousand_classes_are_quantities(tmp_path: Path) -> None:
    from oracles.user_files import raster

    raster(tmp_path / "dem.tif", np.arange(1600, dtype=np.float32).reshape(40, 40))
    raster(tmp_path / "many.tif", np.arange(1600, dtype=np.int32).reshape(40, 40))
    (tmp_path / "s.toml").write_text(
        '[landscape]\nelevation = "dem.tif"\n'
        '[landscape.covariates]\nx = { file = "many.tif", kind = "class" }\n'
    )
    with pytest.raises(CorridorSimError, match="holds more than 1000 classes"):
        cs.scenario_landscape(tmp_path / "s.toml")


def test_the_examples_of_the_page_are_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/your-own-data.md").read_text("utf-8")
    part = page.split("## Your own maps: ")[1].split("\n## ")[0]
    maps, predictor, ready = re.findall(r"```toml\n(.*?)```", part, re.DOTALL)
    files(tmp_path)
    names = {*re.findall(r'"([\w-]+\.tif)"', maps + ready)}
    for name in names - {"landuse.tif"}:
        source = {"resistance.tif": "r.tif", "sdm.tif": "sdm.tif"}.get(name, "ndvi.tif")
        (tmp_path / name).write_bytes((tmp_path / source).read_bytes())
    (tmp_path / "water.gpkg").write_bytes((tmp_path / "roads.gpkg").read_bytes())
    road = GROUND + 'roads = "roads.gpkg"\n'
    for text in (maps + predictor, maps + ready):
        path = tmp_path / "page.toml"
        path.write_text(road + text, encoding="utf-8")
        one = load_scenario(path)
        land = reference_landscape(one)
        assert len(land.covariates) >= 6
        assert on_landscape(build_species(one)[0], land).suitability.std() > 0


# ---- whole runs


def test_files_belong_to_a_run_and_coefficients_to_no_landscape(folder: Path) -> None:
    one = load_scenario(scenario(folder, ALL))
    digest = scenario_digest(one)
    files_of = [folder / n for n in ("wet.tif", "r.tif", "roads.gpkg", "ndvi2030.tif")]
    for path in files_of:
        held = path.read_bytes()
        try:
            path.write_bytes(files_other(folder, path))
            assert scenario_digest(one) != digest, path.name
        finally:
            path.write_bytes(held)
    other = load_scenario(scenario(folder, ALL.replace("ndvi = 1.2", "ndvi = 1.3")))
    assert own_key(other.scenario) == own_key(one.scenario)
    assert scenario_digest(other) != digest
    assert own_key(load_scenario(scenario(folder, "")).scenario) == ""


def files_other(folder: Path, path: Path) -> bytes:
    """Return the bytes of another file of the same kind."""
    return (folder / ("parks.gpkg" if path.suffix == ".gpkg" else "sdm.tif")).read_bytes()


RUN = (
    ALL
    + """
[species.jaguar.dispersal]
model = "sms"
moves_per_day = 6
[[edits]]
kind = "clear"
fraction = 0.1
"""
)


def whole(folder: Path) -> Path:
    text = RUN.replace(", elevation_m = 0.01", "")
    text = text.replace("standardise", "intercept = -1\nstandardise")
    for key in ("jaguar", "andean_bear"):
        text = text.replace(f"[species.{key}]", f"[species.{key}]\ncount = 40")
    return scenario(folder, text, "run.toml")


def test_what_is_said_of_own_maps(folder: Path) -> None:
    one = load_scenario(whole(folder))
    species = build_species(one)
    land = reference_landscape(one, None, species)
    notes = "\n".join(notes_on_own_maps([one.scenario], species, land))
    assert "jaguar: steps weigh R^-" in notes
    assert "mountain_tapir: steps weigh exp(1.2 ndvi + 0.6 log_road_km)" in notes
    assert "1 / (1 + exp(-(-1 + 1.2 ndvi + 0.6 log_road_km)))" in notes
    assert "ln(1 + x) of x = distance in km to roads.gpkg (EPSG:32717), as it is" in notes
    assert notes.count("alter nothing of where") == 3
    # a layer follows edits, and so does who selects by it
    with_layer = load_scenario(scenario(folder, RUN))
    known = build_species(with_layer)
    ground = reference_landscape(with_layer, None, known)
    told = notes_on_own_maps([with_layer.scenario], known, ground)
    assert sum("alter nothing of where" in line for line in told) == 2


def test_the_mesa_face_stands_on_the_same_ground(folder: Path) -> None:
    path = whole(folder)
    one = load_scenario(path)
    (species, *_) = build_species(one)
    # a landscape that somebody made before lacks the covariates: they are laid on it
    without = one.scenario.landscape.model_copy(update={"covariates": None})
    model = CorridorModel(path, land=cs.load_landscape(without, base_dir=folder))
    assert {"ndvi", "suitability_of_jaguar"} <= {*model.landscape.covariates}
    shown = on_landscape(species, model.landscape).suitability
    np.testing.assert_array_equal(
        shown, on_landscape(species, reference_landscape(one)).suitability
    )


@pytest.mark.slow
def test_a_scenario_of_own_maps_runs_from_end_to_end(folder: Path, tmp_path: Path) -> None:
    cs.run(whole(folder), out=tmp_path / "out", threads=1)
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert "suitability_of_jaguar" in page
    assert cs.open_results(tmp_path / "out").species


def test_scenarios_that_see_other_maps_are_checked_before_any_work(
    folder: Path, tmp_path: Path
) -> None:
    base = GROUND.replace("[landscape", "[base.landscape").replace("days", "[base]\ndays", 1)
    text = (
        f'{base}[base.species.jaguar]\ncount = 9\nsuitability = "sdm.tif"\n[beside.Other]\n'
        'set = { "species.jaguar.suitability" = "half.tif" }\n'
    )
    path = folder / "e.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorridorSimError, match=r"half.tif .* covers only 50"):
        cs.compare(path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    # what another scenario sees is laid on the ground of the first
    path.write_text(text.replace("half.tif", "ndvi.tif"), encoding="utf-8")
    first, other = cs.load_experiment(path).scenarios
    land = reference_landscape(first)
    beside = reference_beside(land, other)
    assert beside["elevation_m"] is land["elevation_m"]
    whole_one = reference_landscape(other)
    name = "suitability_of_jaguar"
    np.testing.assert_array_equal(
        beside.covariates[name].on(beside), whole_one.covariates[name].on(whole_one)
    )
    assert land.differs(beside).any()


def test_where_there_is_no_ground_no_value_is_asked_for(folder: Path, tmp_path: Path) -> None:
    import rasterio

    for name in ("ndvi.tif", "sdm.tif", "parks.gpkg", "holes.tif"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with rasterio.open(folder / "holes.tif") as file:
        sea = file.read(1) == -9999
        profile = file.profile
    heights = np.where(sea, -9999, 500 + 10 * np.arange(COLS)).astype(np.float32)
    with rasterio.open(tmp_path / "dem.tif", "w", **profile) as file:
        file.write(heights, 1)
    text = (
        f'{C}green = "holes.tif"\n'
        'km = { layer = "elevation_m", unit = "km", transform = "sqrt" }\n'
        f'{S}coefficients = {{ green = 1.5, km = 1 }}\nstandardise = "map"\n'
    )
    land = read(tmp_path, text)
    assert land.outside is not None
    np.testing.assert_array_equal(land.outside, sea)
    held = land.covariates
    for name in ("green", "km"):
        np.testing.assert_array_equal(np.isnan(held[name].on(land)), sea)
        on_ground = held[name].on(land)[~sea].astype(float)
        assert held[name].mean == pytest.approx(on_ground.mean(), rel=1e-6)
        assert held[name].sd == pytest.approx(on_ground.std(), rel=1e-6)
    here = on_landscape(build_species(load_scenario(tmp_path / "s.toml"))[0], land)
    assert (here.suitability[sea] == 0).all()
    assert np.isfinite(here.suitability).all()
    assert (here.fields.weight[0][~sea] > 0).all()
    assert "nan" not in show_landscape(land)
