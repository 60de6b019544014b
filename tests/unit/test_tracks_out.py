"""Tracks of chosen animals: the same bits as in the whole run, times, files, and bad input."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

import corridor_sim as cs
from corridor_sim import Landscape
from corridor_sim.cli.main import main
from corridor_sim.kernels.records import Animals
from corridor_sim.kernels.states import ALIVE, CAUSES, DISPERSER, RESIDENT, SETTLED
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.report.figures.basemap import make_basemap
from corridor_sim.report.figures.tracks import tracks_figure, window_of
from corridor_sim.report.ways import Way, Ways, neighbours
from corridor_sim.simulation.days.following import Followed, Span, follow, take
from corridor_sim.simulation.days.run_file import load_flux
from corridor_sim.simulation.days.seeding import FIRST_DISPERSER, Quota
from corridor_sim.simulation.days.simulation import DaysContext, Simulation, prepare_days
from corridor_sim.telemetry.bursts import to_bursts
from corridor_sim.telemetry.reading import read_tracks
from oracles.small_study import design_of

N_DAYS = 12
RUN = {"seed": 3, "replicate": 2, "start_day": 180}
WALK = {"sms": {"model": "sms", "settles": 0.004, "moves_per_day": 7}}
WALK["random_walk"] = {"model": "random_walk", "moves_per_day": 5}


def species() -> Any:
    """A species many of which die, and whose dispersal ends beyond the days of the run."""
    one = cs.load_species("jaguar")
    traits: dict[str, Any] = {"mortality.natural_per_year": 9.0}
    for sex, days in (("female", 9.0), ("male", 31.0)):
        traits[f"movement.{sex}.disperser.duration_d"] = days
        traits[f"movement.{sex}.disperser.hazard_per_year"] = 9.0
    from corridor_sim.species.reader import with_values

    return with_values(one, traits)


def context_of(walk: str | None) -> DaysContext:
    land: Landscape = uniform(60, 60, 1000.0)
    protected = land["protected"].copy()
    protected[:20, :20], protected[40:, 30:] = 1, 2
    layers = {**land.layers, "protected": protected}
    names, countries = ("", "a", "b"), ("", "ECU", "ECU")
    land = replace(land, layers=layers, zone_names=names, zone_countries=countries)
    options = None
    if walk is not None:
        settings = cs.Scenario(days=5, species={"jaguar": {"dispersal": WALK[walk]}})
        options = settings.species["jaguar"].dispersal
    quotas = {"jaguar": Quota(count=60, disperser_sampling=3)}
    return prepare_days([species()], land, None, quotas, {"jaguar": options})


def whole_run(context: DaysContext) -> Simulation:
    """The run as it is: every animal moves, all daily places are kept."""
    n = context.species["jaguar"].numbers.total
    sim = Simulation(context, **RUN, tracks=n, n_days=N_DAYS)
    sim.advance(N_DAYS)
    sim.finish()
    return sim


def followed(context: DaysContext, rows: Any, **span: Any) -> tuple[Animals, list[Followed]]:
    seeded = Simulation(context, **RUN).animals["jaguar"]
    chosen = take(seeded, np.asarray(rows))
    return chosen, follow(context, "jaguar", chosen, Span(N_DAYS, **span), **RUN)


def places(ways: list[Followed]) -> dict[int, dict[int, tuple[float, float]]]:
    """Places by animal and tick."""
    found: dict[int, dict[int, tuple[float, float]]] = {}
    for way in ways:
        for whose, tick, at in zip(way.animal, way.tick, way.place, strict=True):
            found.setdefault(int(way.ident[whose]), {})[int(tick)] = (float(at[0]), float(at[1]))
    return found


@pytest.mark.parametrize("walk", [None, "sms", "random_walk"])
def test_those_that_are_followed_are_where_they_are_in_the_whole_run(walk: str | None) -> None:
    context = context_of(walk)
    whole = whole_run(context)
    a, tracks = whole.animals["jaguar"], whole.tallies["jaguar"].tracks
    rows = np.arange(a.x.size)[::3]
    _, ways = followed(context, rows)
    row_of = {int(ident): i for i, ident in enumerate(a.ident)}
    seen, beyond = set(), 0
    for way in ways:
        assert (np.diff(way.tick)[np.diff(way.animal) == 0] > 0).all()
        for j, ident in enumerate(way.ident):
            i = row_of[int(ident)]
            seen.add(i)
            mine = way.animal == j
            tick, at = way.tick[mine], way.place[mine]
            assert way.state[j] == a.state[i]
            assert tick[0] == 0
            np.testing.assert_array_equal(at[0], whole._start_xy["jaguar"][i].astype(np.float32))
            np.testing.assert_array_equal(at[-1], [np.float32(a.x[i]), np.float32(a.y[i])])
            # every day that was kept is there; a walker that ends in a day has no place that day
            days = np.flatnonzero(np.isfinite(tracks[i, :, 0]))
            kept = np.isin(tick, (days + 1) * way.ticks_per_day)
            assert kept.sum() == days.size
            np.testing.assert_array_equal(at[kept], tracks[i, days])
            # no tick is left out, but that a walker ended in
            assert set(range(tick[-1])) <= set(tick.tolist())
            beyond += tick[-1] > N_DAYS * way.ticks_per_day
            if way.state[j] != ALIVE:
                step = a.end_step[i] + (a.state[i] != SETTLED)
                per_step = (
                    way.ticks_per_day / whole.context.species["jaguar"].here.params.steps_per_day
                )
                assert abs(tick[-1] - step * per_step) <= 1.0 + per_step
    assert seen == set(rows.tolist())
    states = np.concatenate([way.state for way in ways])
    assert {int(ALIVE), int(SETTLED)} < set(states.tolist())
    assert beyond > 0


def test_who_is_beside_it_and_how_densely_one_looks_changes_nothing() -> None:
    context = context_of(None)
    n = context.species["jaguar"].numbers.total
    every = places(followed(context, np.arange(n))[1])
    few = places(followed(context, [2, n - 1])[1])
    assert all(every[ident] == way for ident, way in few.items())
    for span in ({"every": 4}, {"every": 0}, {"days": 5}, {"every": 5, "days": 20}):
        thinned = places(followed(context, np.arange(n), **span)[1])
        assert thinned.keys() == every.keys()
        for ident, way in thinned.items():
            assert way.items() <= every[ident].items()
            gap = span.get("every", 1) or 6
            inner = list(way)[:-1]
            assert [b - a for a, b in itertools.pairwise(inner)] == [gap] * (len(inner) - 1)
            assert max(way) <= 6 * span.get("days", 10**6)
            if "days" not in span:
                assert max(way) == max(every[ident])


SCENARIO = """
name = "Río <one>"
days = 6
replicates = 2
seed = 11
start_day = 250
tracks = 40
[landscape]
elevation = "dem.tif"
[species.jaguar]
count = 40
disperser_sampling = 6
traits = { "habitat.seasonal_shift_m" = 800 }
[species.andean_condor]
count = 20
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tracks")
    design_of(made)
    (made / "one.toml").write_text(SCENARIO, "utf-8")
    cs.run(made / "one.toml", out=made / "results", share=(0, 1))
    return made


@pytest.fixture(scope="module")
def found(folder: Path) -> gpd.GeoDataFrame:
    return cs.tracks(folder / "results", animals=4)


def test_a_results_folder_gives_what_its_run_kept(folder: Path, found: gpd.GeoDataFrame) -> None:
    pd.testing.assert_frame_equal(found, cs.tracks(folder / "one.toml", "Río <one>", animals=4))
    study = cs.open_results(folder / "results")
    run = next(one for one in study.plan.runs if one.replicate == 0)
    kept = load_flux(study.folder / "runs" / f"{run.ident}.npz", study.species, tracks=True)
    grid = cs.scenario_landscape(folder / "one.toml").grid
    every = cs.tracks(folder / "results", animals="all", stage="resident", every="day")
    for key in study.species:
        # the first that a run keeps are its residents
        n = every.loc[every["species"] == key, "animal"].nunique()
        assert n > 10
        for i, way in enumerate(kept[key].tracks[:n]):
            mine = every[every["animal"] == f"{key}-{i}"].iloc[1:]
            x_m, y_m = grid.to_metres(*way[np.isfinite(way[:, 0])].astype(np.float64).T)
            assert mine["x_m"].tolist() == x_m.tolist()
            assert mine["y_m"].tolist() == y_m.tolist()
    again = cs.tracks(folder / "results", replicate=1, animals=4)
    assert not again["x_m"].equals(found["x_m"])


def test_times_are_those_of_the_model_in_utc(found: gpd.GeoDataFrame) -> None:
    # the middle of the map lies at 76 degrees west: five hours behind
    assert found.attrs == {"study": "Río <one>", "time_zone": "UTC-05:00", "crs": "EPSG:32717"}
    for key in ("jaguar", "andean_condor"):
        movement = cs.load_species(key).movement
        one = found[found["animal"] == f"{key}-0"]
        local = one["time"].dt.tz_convert("Etc/GMT+5")
        begin = pd.Timestamp("2025-09-08", tz="Etc/GMT+5") + pd.Timedelta(
            hours=movement.day_start_h
        )
        assert local.iloc[0] == begin
        gaps = local.diff().dropna().dt.total_seconds() / 60
        assert gaps.iloc[0] == movement.step_minutes
        assert local.iloc[movement.steps_per_day] == begin + pd.Timedelta(
            minutes=movement.steps_per_day * movement.step_minutes
        )
        assert local.iloc[movement.steps_per_day + 1] == begin + pd.Timedelta(
            minutes=24 * 60 + movement.step_minutes
        )
    assert found["time"].is_monotonic_increasing is False
    assert found.groupby("animal", observed=True)["time"].is_monotonic_increasing.all()


def test_the_last_row_tells_what_became_of_an_animal(found: gpd.GeoDataFrame) -> None:
    ends = found.groupby("animal", observed=True).tail(1)
    assert set(ends["state"]) <= {"alive", "settled", *CAUSES}
    spread = ends[ends["stage"] == "disperser"]
    # a whole dispersal, far beyond the six days of the run
    assert (spread["state"] != "alive").all()
    assert (found.drop(ends.index)["state"] == "alive").all()
    assert spread["animal"].str.contains("-d").all()
    lon, lat = found.geometry.to_crs(4326).x, found.geometry.to_crs(4326).y
    np.testing.assert_allclose(found["lon"], lon, atol=1e-9)
    np.testing.assert_allclose(found["lat"], lat, atol=1e-9)


def test_every_form_is_read_back(found: gpd.GeoDataFrame, tmp_path: Path) -> None:
    csv, gpkg, parquet = (cs.write_tracks(found, tmp_path / f"t.{e}") for e in FORMS)
    table = pd.read_csv(csv)
    assert table["individual-local-identifier"].tolist() == found["animal"].tolist()
    times = pd.to_datetime(table["timestamp"], format="%Y-%m-%d %H:%M:%S.%f", utc=True)
    assert (times.to_numpy() == found["time"].to_numpy()).all()
    np.testing.assert_allclose(table["location-long"], found["lon"], atol=5.1e-8)
    np.testing.assert_allclose(table["location-lat"], found["lat"], atol=5.1e-8)
    assert table["event-id"].is_unique
    assert set(table["study-name"]) == {"Río <one> (simulated): Río <one>, replicate 0"}
    assert set(table["individual-taxon-canonical-name"]) == {"Panthera onca", "Vultur gryphus"}
    assert sorted(pyogrio.list_layers(gpkg)[:, 0]) == ["fixes", "layer_styles", "tracks"]
    fixes, lines = gpd.read_file(gpkg, layer="fixes"), gpd.read_file(gpkg, layer="tracks")
    assert fixes.crs.to_epsg() == lines.crs.to_epsg() == 32717
    assert (fixes.geometry.x.to_numpy() == found["x_m"].to_numpy()).all()
    assert (fixes["time"].to_numpy() == found["time"].to_numpy()).all()
    assert lines["animal"].tolist() == sorted(
        set(found["animal"]), key=lines["animal"].tolist().index
    )
    assert set(lines.geom_type) == {"LineString"}
    assert (lines["net_km"] <= lines["path_km"] + 1e-9).all()
    again = gpd.read_parquet(parquet)
    assert again.crs.to_epsg() == 32717
    for name in ("lon", "lat", "x_m", "y_m", "replicate"):
        assert (again[name].to_numpy() == found[name].to_numpy()).all()
    assert (again["time"].to_numpy() == found["time"].to_numpy()).all()
    assert again["state"].tolist() == found["state"].tolist()


def test_what_is_written_for_movebank_is_read_as_tracks(
    found: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """The same animals, times to the millisecond and places within a centimetre."""
    some = found[found["species"] == "jaguar"]
    path = cs.write_tracks(some, tmp_path / "simulated.csv")
    read = read_tracks([path], target_crs="EPSG:32717", time_zone=found.attrs["time_zone"])
    wanted = some.assign(animal=some["animal"].astype(str)).sort_values(["animal", "time"])
    assert read.table["animal"].tolist() == wanted["animal"].tolist()
    utc = wanted["time"].dt.tz_localize(None).to_numpy()
    assert (read.table["time"].to_numpy() == utc).all()
    for name in ("x_m", "y_m"):
        np.testing.assert_allclose(read.table[name], wanted[name], atol=0.01)
    assert to_bursts(read).interval_min == cs.load_species("jaguar").movement.step_minutes


def test_an_animal_of_two_runs_is_two_individuals_in_a_file(
    folder: Path, found: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    other = cs.tracks(folder / "one.toml", animals="0", replicate=1, every="day")
    both = pd.concat([found[found["animal"].str.endswith("-0")], other])
    table = pd.read_csv(cs.write_tracks(both, tmp_path / "both.csv"))
    names = set(table["individual-local-identifier"])
    assert len(names) == 4
    assert "jaguar-0 (Río <one>, replicate 1)" in names
    lines = gpd.read_file(cs.write_tracks(both, tmp_path / "both.gpkg"), layer="tracks")
    assert lines[["animal", "replicate"]].drop_duplicates().shape == (4, 2)
    assert lines["positions"].sum() == len(both)


FORMS = ("csv", "gpkg", "parquet")
BAD = {
    "--replicate=-1": "below 0",
    "--animals=yeti": "animals: 'yeti' are no animals; write numbers as in 0-19,d0-d9",
    "--animals=5-2": "'5-2' are no animals",
    "--animals=0-d4": "'0-d4' are no animals",
    "--animals=999": "no animal jaguar-999: the run has 3",
    "--animals=puma-1": "unknown species 'puma'; of this run: jaguar, andean_condor",
    "--species=puma": "unknown species 'puma'; of this run: jaguar, andean_condor",
    "--stage=cub": "unknown stage 'cub'; allowed: resident, disperser, displaced",
    "--stage=displaced": "no animal of this run is of that kind",
    "--every=week": "'week'; use step, day or a number of steps",
    "--every=0": "every: 0; give a whole number from 1",
    "--time-zone=EST": "'EST' is no zone; write it as UTC or UTC-05:00",
    "--scenario=other": "no scenario 'other'; allowed: Río <one>",
    "--set=days=3": "give the scenario's file instead of the results folder",
    "--out=t.xlsx": "tracks go into no file that ends '.xlsx'",
}


@pytest.mark.parametrize("option", BAD)
def test_bad_input_is_one_line(
    folder: Path, option: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["tracks", str(folder / "results"), "--out", str(tmp_path / "t.csv"), "--quiet", option]
    try:
        code = main(words)
    except SystemExit as end:
        code = end.code  # type: ignore[assignment]  # of argparse, a number
    assert code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert BAD[option] in said
    assert not list(tmp_path.iterdir())


def test_files_that_have_changed_are_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("one.toml", "dem.tif"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    cs.run(tmp_path / "one.toml", out=tmp_path / "results", share=(0, 1), set={"days": 1})
    other = tmp_path / "other"
    other.mkdir()
    design_of(other)
    heights = (other / "dem.tif").read_bytes()
    import rasterio

    with rasterio.open(tmp_path / "dem.tif", "r+") as file:
        file.write(file.read(1) + 1.0, 1)
    with pytest.raises(cs.CorridorSimError, match="have changed since the runs were made"):
        cs.tracks(tmp_path / "results")
    (tmp_path / "dem.tif").write_bytes(heights)
    assert len(cs.tracks(tmp_path / "results", animals="0")) > 0


def test_decades_and_what_no_memory_holds_are_refused(folder: Path) -> None:
    decades = cs.Scenario(years=2, life_cycle={}, species={"jaguar": {}})
    with pytest.raises(cs.CorridorSimError, match="goes through decades"):
        cs.tracks(decades)
    from corridor_sim.telemetry import tracks_out

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracks_out, "BYTES_PER_PLACE", 1e15)
        with pytest.raises(cs.CorridorSimError, match=r"up to .* positions; needs about .* TB"):
            cs.tracks(folder / "one.toml")


def test_names_tell_residents_from_dispersers(folder: Path) -> None:
    found = cs.tracks(folder / "one.toml", animals=["jaguar-1", "d0"], days=1, every="day")
    names = ["jaguar-1", "jaguar-d0", "andean_condor-d0"]
    assert found["animal"].cat.categories.tolist() == names
    assert FIRST_DISPERSER == 2**30
    assert found.groupby("animal", observed=True).size().tolist() == [2, 2, 2]


def test_the_ways_of_a_report_are_those_of_neighbours_with_their_ranges() -> None:
    context = context_of(None)
    seeded = Simulation(context, **RUN).animals["jaguar"]
    stay, spread = neighbours(seeded, radius=6.0)
    stage = seeded.klass // 2
    assert 1 <= stay.size <= 5
    assert spread.size == 6
    assert (stage[stay] == RESIDENT).all()
    assert (stage[spread] == DISPERSER).all()
    home = np.stack([seeded.centre_x, seeded.centre_y], axis=1)
    away = np.hypot(*(home[stay] - home[stay[0]]).T)
    assert away.max() <= 4 * 6.0
    # nobody else lives nearer than the farthest that is shown
    others = np.setdiff1d(np.flatnonzero(stage == RESIDENT), stay)
    assert stay.size < 5 or np.hypot(*(home[others] - home[stay[0]]).T).min() >= away.max()


def test_a_window_holds_what_is_drawn_in_the_shape_of_the_map() -> None:
    base = make_basemap(uniform(60, 40, 1000.0))
    west, _, _, north = base.extent_m
    at = np.array([(west + 1000.0, north - 2000.0), (west + 9000.0, north - 4000.0)])
    way = Way(at, "alive", (west + 5000.0, north - 3000.0), 2500.0)
    window = window_of(base, [way])
    assert window[0] <= at[:, 0].min() < at[:, 0].max() <= window[1]
    assert window[2] <= at[:, 1].min() < at[:, 1].max() <= window[3]
    assert window[0] >= west
    assert window[3] <= north
    assert (window[3] - window[2]) / (window[1] - window[0]) == pytest.approx(base.aspect)
    # the circle is drawn with its own radius, in metres of the map
    figure = tracks_figure(base, Ways((way,), (), 5, 4.0))
    rings = [one for one in figure.axes[0].patches if type(one).__name__ == "Circle"]
    assert {ring.get_radius() for ring in rings} == {2500.0}
    assert figure.axes[0].get_title(loc="left") == "Residents and their ranges"
