"""CF-1.11 files of named arrays, filled piece by piece: NetCDF-4, or a folder of Zarr.

A NetCDF file is made in memory and not on disk: HDF5 takes the process down when its disk fills
up. Maps are chunked one by one, so that a reader can take one of many.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.errors import ResourceError
from corridor_sim.files import write_bytes, written_beside
from corridor_sim.landscape.grid import Grid

CONVENTIONS = "CF-1.11"


def _chunks(shape: tuple[int, ...], dims: tuple[str, ...]) -> tuple[int, ...]:
    """One map a chunk; everything else whole."""
    if dims[-2:] != ("y", "x"):
        return tuple(max(n, 1) for n in shape)
    return (1,) * (len(shape) - 2) + shape[-2:]


class NetCDF:
    """An open NetCDF file; ``level`` 0 to 9 says how hard its arrays are packed."""

    def __init__(self, file: Any, level: int) -> None:
        self.file, self.level = file, level

    def text(self, name: str, words: Sequence[str]) -> None:
        """Write the names along a dimension of the same name."""
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
        attrs: Mapping[str, Any],
    ) -> Any:
        """Return an array to assign slices to; ``_FillValue`` among ``attrs`` marks no data."""
        for dim, n in zip(dims, shape, strict=True):
            if dim not in self.file.dimensions:
                self.file.dimensions[dim] = n
        own = dict(attrs)
        how: dict[str, Any] = {"fillvalue": own.pop("_FillValue", None)}
        if dims:
            how |= {"compression": "gzip", "compression_opts": self.level, "shuffle": True}
            how["chunks"] = _chunks(shape, dims)
        variable = self.file.create_variable(name, dims, dtype, **how)
        for key, value in own.items():
            variable.attrs[key] = value
        return variable


class Zarr:
    """An open Zarr group."""

    def __init__(self, group: Any) -> None:
        self.group = group

    def text(self, name: str, words: Sequence[str]) -> None:
        """Write the names along a dimension of the same name."""
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
        attrs: Mapping[str, Any],
    ) -> Any:
        """Return an array to assign slices to."""
        return self.group.create_array(
            name,
            shape=shape,
            dtype=dtype,
            chunks=_chunks(shape, dims) if dims else "auto",
            dimension_names=dims,
            attributes=dict(attrs),
            fill_value=float("nan") if np.issubdtype(dtype, np.floating) else 0,
        )


Sink = NetCDF | Zarr


@contextmanager
def netcdf(path: Path, titles: Mapping[str, str], level: int = 1) -> Iterator[NetCDF]:
    """Fill a NetCDF file with attributes ``titles``; it is written as the block ends.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    import h5netcdf

    buffer = io.BytesIO()
    with h5netcdf.File(buffer, "w") as file:
        for key, value in {"Conventions": CONVENTIONS, **titles}.items():
            file.attrs[key] = value
        yield NetCDF(file, level)
    with buffer.getbuffer() as held:  # given back before the buffer goes
        write_bytes(path, held)


def zarr_library() -> Any:
    """Return the module zarr.

    Raises
    ------
    ResourceError
        It is not installed.
    """
    from importlib import import_module

    try:
        return import_module("zarr")
    except ImportError:
        raise ResourceError(
            "zarr is not installed",
            where="--format zarr",
            remedy="install it with: pip install 'corridor_sim[zarr]'",
        ) from None


@contextmanager
def zarr(path: Path, titles: Mapping[str, str]) -> Iterator[Zarr]:
    """Fill a folder of Zarr, format 3; it stands at ``path`` as the block ends."""
    attributes = {"Conventions": CONVENTIONS, **titles}
    with written_beside(path) as part:
        group = zarr_library().open_group(str(part), mode="w", zarr_format=3, attributes=attributes)
        yield Zarr(group)
        if path.is_dir():
            shutil.rmtree(path)


def put_grid(sink: Sink, grid: Grid) -> None:
    """Write the coordinates of a grid, and its CRS as ``spatial_ref``."""
    from pyproj import CRS

    for axis, values in (("y", grid.y_centres_m()), ("x", grid.x_centres_m())):
        attrs = {
            "standard_name": f"projection_{axis}_coordinate",
            "units": "m",
            "axis": axis.upper(),
        }
        sink.array(axis, (axis,), values.shape, np.float64, attrs)[...] = values
    crs = CRS.from_user_input(grid.crs)
    west, cell, north = grid.west_m, grid.cell_m, grid.north_m
    place = f"{west!r} {cell!r} 0.0 {north!r} 0.0 {-cell!r}"
    attrs = {**crs.to_cf(), "crs_wkt": crs.to_wkt(), "GeoTransform": place}
    sink.array("spatial_ref", (), (), np.int32, attrs)[...] = np.int32(0)


def put_map(
    sink: Sink, name: str, beside: Mapping[str, int], grid: Grid, unit: str, what: str
) -> Any:
    """Return an array of maps to assign to, ``[*beside, y, x]`` float32, on a grid put before."""
    return sink.array(
        name,
        (*beside, "y", "x"),
        (*beside.values(), *grid.shape),
        np.float32,
        {"units": unit, "long_name": what, "grid_mapping": "spatial_ref"},
    )
