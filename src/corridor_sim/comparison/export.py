"""A study's tables and maps for other programs: CSV, Parquet, NetCDF, Zarr."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.days import Comparison
from corridor_sim.comparison.decades import LifeComparison
from corridor_sim.comparison.tables import Tables, compare
from corridor_sim.errors import ResourceError
from corridor_sim.experiment.values import outcome_table
from corridor_sim.files import frame_csv, write_bytes, written_beside

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.experiment.study import Study


class Sink(Protocol):
    """A file of named arrays that is filled piece by piece."""

    def text(self, name: str, words: Sequence[str]) -> None:
        """Write the names along a dimension of the same name."""

    def array(
        self,
        name: str,
        dims: tuple[str, ...],
        shape: tuple[int, ...],
        dtype: Any,
        attrs: dict[str, Any],
    ) -> Any:
        """Return an array to assign slices to."""


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
            _zarr_library()
    comparison = compare(study)
    written = []
    for one in formats:
        if one in ("csv", "parquet"):
            for name in comparison.names:
                table = getattr(comparison, name)
                data = frame_csv(table).encode() if one == "csv" else table.to_parquet(index=False)
                written.append(write_bytes(out / f"{name}.{one}", data))
        elif one == "netcdf":
            written.append(_netcdf(out / "results.nc", study, comparison))
        else:
            written.append(_zarr(out / "results.zarr", study, comparison))
    return written


def fill(sink: Sink, study: Study, comparison: Tables) -> None:
    """Write outcomes and maps into a sink, one map at a time."""
    from corridor_sim.comparison.days import Comparison

    grid = study.land.grid
    names, keys = [one.name for one in study.scenarios], study.species_keys()
    table = outcome_table(study.scenarios[0])
    sink.text("scenario", names)
    sink.text("species", keys)
    sink.text("outcome", list(table))
    for axis, values in (("y", grid.y_centres_m()), ("x", grid.x_centres_m())):
        one = sink.array(
            axis,
            (axis,),
            values.shape,
            np.float64,
            {"standard_name": f"projection_{axis}_coordinate", "units": "m", "axis": axis.upper()},
        )
        one[...] = values
    _crs(sink, study)
    _outcomes(sink, study, comparison, names, keys, list(table))
    if isinstance(comparison, Comparison):
        _maps_of_days(sink, study, comparison, names, keys)
    elif isinstance(comparison, LifeComparison):
        _maps_of_decades(sink, study, comparison, names, keys)


def _crs(sink: Sink, study: Study) -> None:
    from pyproj import CRS

    grid = study.land.grid
    crs = CRS.from_user_input(grid.crs)
    attrs = {
        **crs.to_cf(),
        "crs_wkt": crs.to_wkt(),
        "GeoTransform": f"{grid.west_m!r} {grid.cell_m!r} 0.0 {grid.north_m!r} 0.0 "
        f"{-grid.cell_m!r}",
    }
    sink.array("spatial_ref", (), (), np.int32, attrs)[...] = np.int32(0)


def _outcomes(
    sink: Sink,
    study: Study,
    comparison: Any,
    names: list[str],
    keys: list[str],
    outcomes: list[str],
) -> None:
    runs = comparison.runs
    n = int(runs["replicate"].max()) + 1
    replicates = sink.array("replicate", ("replicate",), (n,), np.int32, {"long_name": "replicate"})
    replicates[...] = np.arange(n, dtype=np.int32)
    cube = np.full((len(names), n, len(keys), len(outcomes)), np.nan)
    at = [
        _positions(runs["scenario"], names),
        runs["replicate"].to_numpy(np.int64),
        _positions(runs["species"], keys),
        _positions(runs["outcome"], outcomes),
    ]
    cube[tuple(at)] = runs["value"]
    dims = "scenario", "replicate", "species", "outcome"
    table = outcome_table(study.scenarios[0])
    units = "; ".join(f"{one.name}: {one.unit}" for one in table.values())
    sink.array(
        "value",
        dims,
        cube.shape,
        np.float64,
        {"long_name": "outcome of a run", "units_of_outcomes": units},
    )[...] = cube


def _positions(column: pd.Series[Any], names: list[str]) -> NDArray[np.int64]:
    found = column.map({name: i for i, name in enumerate(names)})
    return np.asarray(found, dtype=np.int64)


def _map_attrs(unit: str, what: str) -> dict[str, Any]:
    return {"units": unit, "long_name": what, "grid_mapping": "spatial_ref"}


def _maps_of_days(
    sink: Sink, study: Study, comparison: Comparison, names: list[str], keys: list[str]
) -> None:
    from corridor_sim.comparison.maps import EVENTS, STAGE_MAPS, events_per_km2_yr, use_per_km2
    from corridor_sim.kernels.states import STAGES

    height, width = study.land.grid.shape
    sink.text("stage", list(STAGES))
    dims, shape = ("scenario", "species"), (len(names), len(keys))
    use = sink.array(
        "use",
        (*dims, "stage", "y", "x"),
        (*shape, len(STAGES), height, width),
        np.float32,
        _map_attrs("km-2", "mean number of animals, sampling undone"),
    )
    events = [
        sink.array(
            name,
            (*dims, "y", "x"),
            (*shape, height, width),
            np.float32,
            _map_attrs("km-2 yr-1", what),
        )
        for name, what in EVENTS
    ]
    for i, scenario in enumerate(names):
        for j, key in enumerate(keys):
            by_stage = use_per_km2(comparison, study, scenario, key)
            for k, stage in enumerate(STAGE_MAPS):
                use[i, j, k] = by_stage[stage]
            found = events_per_km2_yr(comparison, study, scenario, key)
            for variable, values in zip(events, found, strict=True):
                variable[i, j] = values


def _maps_of_decades(
    sink: Sink, study: Study, comparison: LifeComparison, names: list[str], keys: list[str]
) -> None:
    height, width = study.land.grid.shape
    cells = height * width
    dims, shape = ("scenario", "species"), (len(names), len(keys))
    _yearly(sink, comparison, names, keys)
    where = [
        sink.array(
            f"independent_{when}",
            (*dims, "y", "x"),
            (*shape, height, width),
            np.float32,
            _map_attrs("km-2", f"independent animals at the {when}, first replicate"),
        )
        for when in ("start", "end")
    ]
    died = sink.array(
        "deaths",
        (*dims, "y", "x"),
        (*shape, height, width),
        np.float32,
        _map_attrs("km-2 yr-1", "deaths met on the way, mean over replicates"),
    )
    for i, scenario in enumerate(study.scenarios):
        years = float(scenario.scenario.years or 1)
        n = sum(run.scenario == i for run in study.runs)
        for j, key in enumerate(keys):
            year, places = comparison.places[scenario.name, key]
            for variable, when in zip(where, (0, year.max(initial=0)), strict=True):
                x, y = places[year == when, :2].astype(np.int64).T
                count = np.bincount(y * width + x, minlength=cells)
                variable[i, j] = (count / study.land.grid.cell_km2).reshape(height, width)
            met = np.bincount(comparison.death_places[scenario.name, key][:, 1], minlength=cells)
            per = max(n, 1) * years * study.land.grid.cell_km2
            died[i, j] = (met / per).reshape(height, width)


def _yearly(sink: Sink, comparison: LifeComparison, names: list[str], keys: list[str]) -> None:
    frame = comparison.yearly
    columns = list(dict.fromkeys(frame["column"]))
    n_years = int(frame["year"].max()) + 1
    sink.text("column", columns)
    years = sink.array("year", ("year",), (n_years,), np.int32, {"long_name": "year of the run"})
    years[...] = np.arange(n_years, dtype=np.int32)
    at = [
        _positions(frame["scenario"], names),
        _positions(frame["species"], keys),
        frame["year"].to_numpy(np.int64),
        _positions(frame["column"], columns),
    ]
    for part, what in (
        ("mean", "mean over replicates"),
        ("low", "lower end of the 95 % interval"),
        ("high", "upper end of the 95 % interval"),
    ):
        cube = np.full((len(names), len(keys), n_years, len(columns)), np.nan)
        cube[tuple(at)] = frame[part]
        sink.array(
            f"yearly_{part}",
            ("scenario", "species", "year", "column"),
            cube.shape,
            np.float64,
            {"long_name": f"census, {what}"},
        )[...] = cube


def _chunks(shape: tuple[int, ...], dims: tuple[str, ...]) -> tuple[int, ...]:
    """One map a chunk; everything else whole."""
    if dims[-2:] != ("y", "x"):
        return tuple(max(n, 1) for n in shape)
    return (1,) * (len(shape) - 2) + shape[-2:]


class _NetCDF:
    def __init__(self, file: Any) -> None:
        self.file = file

    def text(self, name: str, words: Sequence[str]) -> None:
        import h5py

        self.file.dimensions[name] = len(words)
        variable = self.file.create_variable(name, (name,), h5py.string_dtype())
        variable[...] = np.array(words, object)
        variable.attrs["long_name"] = name

    def array(
        self,
        name: str,
        dims: tuple[str, ...],
        shape: tuple[int, ...],
        dtype: Any,
        attrs: dict[str, Any],
    ) -> Any:
        for dim, n in zip(dims, shape, strict=True):
            if dim not in self.file.dimensions:
                self.file.dimensions[dim] = n
        packing: dict[str, Any] = {}
        if dims:
            packing = {
                "compression": "gzip",
                "compression_opts": 1,
                "shuffle": True,
                "chunks": _chunks(shape, dims),
            }
        variable = self.file.create_variable(name, dims, dtype, **packing)
        for key, value in attrs.items():
            variable.attrs[key] = value
        return variable


def _netcdf(path: Path, study: Study, comparison: Tables) -> Path:
    import h5netcdf

    # in memory and not on disk: HDF5 takes the process down when its disk fills up
    buffer = io.BytesIO()
    with h5netcdf.File(buffer, "w") as file:
        for key, value in _titles(study).items():
            file.attrs[key] = value
        fill(_NetCDF(file), study, comparison)
    return write_bytes(path, buffer.getbuffer())


def _titles(study: Study) -> dict[str, str]:
    from corridor_sim import __version__

    return {"Conventions": "CF-1.11", "title": study.name, "source": f"corridor_sim {__version__}"}


class _Zarr:
    def __init__(self, group: Any) -> None:
        self.group = group

    def text(self, name: str, words: Sequence[str]) -> None:
        made = self.group.create_array(
            name,
            shape=(len(words),),
            dtype=str,
            dimension_names=(name,),
            attributes={"long_name": name},
        )
        made[...] = np.array(words, object)

    def array(
        self,
        name: str,
        dims: tuple[str, ...],
        shape: tuple[int, ...],
        dtype: Any,
        attrs: dict[str, Any],
    ) -> Any:
        return self.group.create_array(
            name,
            shape=shape,
            dtype=dtype,
            chunks=_chunks(shape, dims) if dims else "auto",
            dimension_names=dims,
            attributes=attrs,
            fill_value=_fill_value(dtype),
        )


def _fill_value(dtype: Any) -> float | int:
    return float("nan") if np.issubdtype(dtype, np.floating) else 0


def _zarr_library() -> Any:
    from importlib import import_module

    try:
        return import_module("zarr")
    except ImportError:
        raise ResourceError(
            "zarr is not installed",
            where="--format zarr",
            remedy="install it with: pip install 'corridor_sim[zarr]'",
        ) from None


def _zarr(path: Path, study: Study, comparison: Tables) -> Path:
    zarr = _zarr_library()
    with written_beside(path) as part:
        group = zarr.open_group(str(part), mode="w", zarr_format=3, attributes=_titles(study))
        fill(_Zarr(group), study, comparison)
        if path.is_dir():
            shutil.rmtree(path)
    return path
