"""Rasters of several bands with their meaning, and NetCDF as programs write it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from oracles.user_files import LONLAT, NORTH, UTM, WEST

N = 12


def bands(path: Path, arrays: list[Any], kinds: list[str], **options: Any) -> Path:
    import rasterio
    from affine import Affine
    from rasterio.enums import ColorInterp

    first = np.asarray(arrays[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path,
            "w",
            driver=options.pop("driver", "GTiff"),
            height=N,
            width=N,
            count=len(arrays),
            dtype=first.dtype.name,
            crs=UTM,
            transform=Affine(100, 0, WEST, 0, -100, NORTH),
            **options,
        ) as file:
            for band, values in enumerate(arrays, 1):
                file.write(np.asarray(values, first.dtype), band)
            if kinds:
                file.colorinterp = [ColorInterp[kind] for kind in kinds]
    return path


def netcdf(path: Path, variables: dict[str, Any], **options: Any) -> Path:
    """Variables at the centres of 100 m cells; ``south_up``, ``lonlat`` or ``crs`` as asked."""
    import pyproj
    import xarray as xr

    lonlat, engine = options.get("lonlat", False), options.get("engine", "h5netcdf")
    step, west, north = (0.01, -79.0, -3.0) if lonlat else (100.0, WEST, NORTH)
    x, y = west + (np.arange(N) + 0.5) * step, north - (np.arange(N) + 0.5) * step
    kinds = (
        ("longitude", "latitude")
        if lonlat
        else ("projection_x_coordinate", "projection_y_coordinate")
    )
    units = ("degrees_east", "degrees_north") if lonlat else ("m", "m")
    data = xr.Dataset(
        coords={
            "x": ("x", x, {"standard_name": kinds[0], "units": units[0]}),
            "y": ("y", y, {"standard_name": kinds[1], "units": units[1]}),
        }
    )
    for name, values in variables.items():
        over = ("time", "y", "x") if np.ndim(values) == 3 else ("y", "x")
        data[name] = (over, values, {"units": options["unit"]} if "unit" in options else {})
    if options.get("crs", True):
        data["spatial_ref"] = ((), 0, pyproj.CRS(LONLAT if lonlat else UTM).to_cf())
        for name in variables:
            data[name].attrs["grid_mapping"] = "spatial_ref"
    if options.get("south_up"):
        data = data.isel(y=slice(None, None, -1))
    data.to_netcdf(path, engine=engine, encoding=options.get("encoding"))
    return path
