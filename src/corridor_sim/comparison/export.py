"""A study's tables and maps for other programs: CSV, Parquet, NetCDF, Zarr."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.comparison.days import Comparison
from corridor_sim.comparison.decades import DecadesComparison
from corridor_sim.comparison.maps import fill_maps, on_ground
from corridor_sim.comparison.tables import Tables, compare
from corridor_sim.experiment.values import outcome_table
from corridor_sim.files import frame_csv, write_bytes
from corridor_sim.landscape.io.cf import Sink, netcdf, put_grid, put_map, zarr, zarr_library

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.experiment.study import Study


def export(study: Study, out: Path, formats: Sequence[str]) -> list[Path]:
    """Write a finished study into ``out`` in every format and return the paths.

    ``csv`` and ``parquet``: one file a table. ``netcdf`` and ``zarr``: ``results.nc`` or
    ``results.zarr`` with the outcomes by scenario, replicate and species, and maps.

    Raises
    ------
    ResultsError
        A run is missing, or ``out`` cannot be written.
    ResourceError
        Zarr is not installed.
    """
    for one in formats:
        if one == "zarr":
            zarr_library()
    comparison = compare(study)
    written = []
    for one in formats:
        if one in ("csv", "parquet"):
            for name in comparison.names:
                table = getattr(comparison, name)
                data = frame_csv(table).encode() if one == "csv" else table.to_parquet(index=False)
                written.append(write_bytes(out / f"{name}.{one}", data))
        else:
            path = out / ("results.nc" if one == "netcdf" else "results.zarr")
            sinks = netcdf if one == "netcdf" else zarr
            with sinks(path, _titles(study)) as sink:
                fill(sink, study, comparison)
            written.append(path)
    return written


def fill(sink: Sink, study: Study, comparison: Tables) -> None:
    """Write outcomes and maps into a sink, one map at a time."""
    table, runs = outcome_table(study.scenarios[0]), comparison.runs
    axes = _axes(sink, study)
    sink.text("outcome", list(table))
    put_grid(sink, study.land.grid)
    n = int(runs["replicate"].max()) + 1
    replicates = sink.array("replicate", ("replicate",), (n,), np.int32, {"long_name": "replicate"})
    replicates[...] = np.arange(n, dtype=np.int32)
    units = "; ".join(f"{one.name}: {one.unit}" for one in table.values())
    said = {"long_name": "outcome of a run", "units_of_outcomes": units}
    at = {"scenario": axes["scenario"], "replicate": range(n), "species": axes["species"]}
    _put_cube(sink, "value", runs, "value", {**at, "outcome": list(table)}, said)
    _fill_maps(sink, study, comparison)


def _axes(sink: Sink, study: Study) -> dict[str, Sequence[Any]]:
    """Name scenarios and species in a sink and return them by axis."""
    axes = {"scenario": [one.name for one in study.scenarios], "species": study.species_keys()}
    for name, words in axes.items():
        sink.text(name, words)
    return {**axes}


def _put_cube(
    sink: Sink,
    name: str,
    frame: pd.DataFrame,
    column: str,
    axes: Mapping[str, Sequence[Any]],
    said: dict[str, str],
) -> None:
    """Write a column of a table as an array with other columns of it as axes."""
    cube = np.full([len(values) for values in axes.values()], np.nan)
    at = [
        frame[axis].map({value: i for i, value in enumerate(values)}).to_numpy(np.int64)
        for axis, values in axes.items()
    ]
    cube[tuple(at)] = frame[column]
    sink.array(name, tuple(axes), cube.shape, np.float64, said)[...] = cube


def write_map_file(path: Path, study: Study, comparison: Tables) -> Path:
    """Write the maps alone into a CF file, one map at a time, and return its path.

    Raises
    ------
    ResultsError
        The file cannot be written.
    """
    with netcdf(path, _titles(study)) as sink:
        _axes(sink, study)
        put_grid(sink, study.land.grid)
        _fill_maps(sink, study, comparison)
    return path


def _fill_maps(sink: Sink, study: Study, comparison: Tables) -> None:
    if isinstance(comparison, Comparison):
        fill_maps(sink, study, comparison)
    elif isinstance(comparison, DecadesComparison):
        _maps_of_decades(sink, study, comparison)


def _maps_of_decades(sink: Sink, study: Study, comparison: DecadesComparison) -> None:
    names, keys = [one.name for one in study.scenarios], study.species_keys()
    grid = study.land.grid
    cells = grid.height * grid.width
    beside = {"scenario": len(names), "species": len(keys)}
    _yearly(sink, comparison, names, keys)
    where = [
        put_map(
            sink,
            f"independent_{when}",
            beside,
            grid,
            "km-2",
            f"independent animals at the {when}, first replicate",
        )
        for when in ("start", "end")
    ]
    what = "deaths met on the way, mean over replicates"
    died = put_map(sink, "deaths", beside, grid, "km-2 yr-1", what)
    for i, scenario in enumerate(study.scenarios):
        years = float(scenario.scenario.years or 1)
        n = sum(run.scenario == i for run in study.runs)
        for j, key in enumerate(keys):
            year, places = comparison.places[scenario.name, key]
            for variable, when in zip(where, (0, year.max(initial=0)), strict=True):
                x, y = places[year == when, :2].astype(np.int64).T
                count = np.bincount(y * grid.width + x, minlength=cells)
                density = (count / grid.cell_km2).reshape(grid.shape)
                variable[i, j] = on_ground(density, study.land)
            met = np.bincount(comparison.death_places[scenario.name, key][:, 1], minlength=cells)
            per = max(n, 1) * years * grid.cell_km2
            died[i, j] = on_ground((met / per).reshape(grid.shape), study.land)


def _yearly(sink: Sink, comparison: DecadesComparison, names: list[str], keys: list[str]) -> None:
    frame = comparison.yearly
    columns = list(dict.fromkeys(frame["column"]))
    n_years = int(frame["year"].max()) + 1
    sink.text("column", columns)
    years = sink.array("year", ("year",), (n_years,), np.int32, {"long_name": "year of the run"})
    years[...] = np.arange(n_years, dtype=np.int32)
    axes = {"scenario": names, "species": keys, "year": range(n_years), "column": columns}
    for part, what in (
        ("mean", "mean over replicates"),
        ("low", "lower end of the 95 % interval"),
        ("high", "upper end of the 95 % interval"),
    ):
        _put_cube(sink, f"yearly_{part}", frame, part, axes, {"long_name": f"census, {what}"})


def _titles(study: Study) -> dict[str, str]:
    from corridor_sim import __version__

    return {"title": study.name, "source": f"corridor_sim {__version__}"}
