"""The map files of an experiment: GeoTIFFs and one NetCDF, ready for QGIS and other programs.

A file never appears half-written: each is made in memory and moved into its place.
"""

from __future__ import annotations

import io
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.files import write_bytes
from corridor_sim.kernels.states import STAGES
from corridor_sim.landscape.io.export import (
    CLASSES,
    colormap_of,
    export_landscape,
    write_geotiff,
    write_qml,
)
from corridor_sim.landscape.io.geo import quiet

if TYPE_CHECKING:
    from corridor_sim.comparison.days import Comparison
    from corridor_sim.experiment.study import Study

F32 = NDArray[np.float32]
DAYS_PER_YEAR = 365.0
SMALL_SIDE = 1024
STAGE_MAPS = ("residents", "dispersers", "displaced")


def use_per_km2(comparison: Comparison, study: Study, scenario: str, key: str) -> dict[str, F32]:
    """Return the mean number of animals per km² by stage, ``[height, width]``.

    ``relocations / (steps per day x days x sampling x cell area)``: the sampling of the file is
    undone, so that maps of differently sampled species and experiments compare. Only the hours in
    which the species is active count.
    """
    resolved = next(s for s in study.scenarios if s.name == scenario)
    species = next(s for s in study.species if s.key == key)
    settings = resolved.scenario.species[key]
    steps = species.movement.steps_per_day * resolved.scenario.n_days
    per = 1.0 / (steps * study.land.grid.cell_km2)
    per_day = species.movement.steps_per_day
    how = settings.dispersal
    searching = per * per_day / (how.visits_per_day(per_day) if how else per_day)
    maps = comparison.maps[scenario, key]
    return {
        "residents": maps.residents * np.float32(per / settings.sampling),
        "dispersers": maps.dispersers * np.float32(searching / settings.disperser_sampling),
        "displaced": maps.displaced * np.float32(searching / settings.sampling),
    }


def events_per_km2_yr(comparison: Comparison, study: Study, scenario: str, key: str) -> list[F32]:
    """Return the maps of :data:`EVENTS`, ``[height, width]`` each."""
    resolved = next(s for s in study.scenarios if s.name == scenario)
    per = np.float32(DAYS_PER_YEAR / (resolved.scenario.n_days * study.land.grid.cell_km2))
    maps = comparison.maps[scenario, key]
    return [maps.deaths * per, maps.passed * per, maps.blocked * per]


# name and meaning, per km2 and year
EVENTS = (
    ("deaths", "deaths of simulated animals"),
    ("crossings", "roads, rivers and settlements crossed by simulated animals"),
    ("blocked", "roads, rivers and settlements that turned simulated animals back"),
)


def slug(text: str, longest: int = 48) -> str:
    """Return a name that is safe in any file system.

    >>> slug("severe + SSP5-8.5 2090"), slug("../Páramo")
    ('severe_ssp5-8.5_2090', 'paramo')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.\-]+", "_", plain).strip("._-")[:longest].rstrip("._-") or "scenario"


def map_name(study: Study, scenario: str, key: str) -> str:
    """Return the file name of a scenario's and species' map: number, scenario, species."""
    index = next(i for i, s in enumerate(study.scenarios) if s.name == scenario)
    return f"{index:02d}_{slug(scenario)}__{key}.tif"


def reference_of(study: Study, scenario: str) -> str | None:
    """Return the scenario that this one is compared with; None for the baseline."""
    first = study.scenarios[0].name
    if scenario == first:
        return None
    one = next(s for s in study.scenarios if s.name == scenario)
    return one.against or first


def _bands(
    comparison: Comparison, study: Study, scenario: str, key: str
) -> list[tuple[str, str, F32]]:
    """Return description, unit and values of every band."""
    use = use_per_km2(comparison, study, scenario, key)
    bands = [
        (f"{stage}: mean number per km2, sampling undone", "km-2", use[stage])
        for stage in STAGE_MAPS
    ]
    events = events_per_km2_yr(comparison, study, scenario, key)
    bands += [
        (f"{name}: {what} per km2 and year", "km-2 yr-1", values)
        for (name, what), values in zip(EVENTS, events, strict=True)
    ]
    reference = reference_of(study, scenario)
    if reference is not None:
        before = use_per_km2(comparison, study, reference, key)
        change = np.zeros(study.land.grid.shape, np.float32)
        for stage in STAGE_MAPS:
            change += use[stage] - before[stage]
        bands.append((f"change of use: all stages, less {reference!r}", "km-2", change))
    return bands


def _geotiff(path: Path, study: Study, bands: list[tuple[str, str, F32]]) -> Path:
    """Write all bands as one cloud-optimised GeoTIFF."""
    from affine import Affine
    from rasterio.io import MemoryFile

    grid = study.land.grid
    # Small rasters are read whole in a moment: overviews would double the time and serve nobody.
    small = max(grid.shape) <= SMALL_SIDE
    with MemoryFile() as memory:
        with memory.open(
            driver="COG",
            height=grid.height,
            width=grid.width,
            count=len(bands),
            dtype="float32",
            crs=grid.crs,
            transform=Affine(*grid.transform),
            nodata=np.nan,
            compress="DEFLATE",
            level=1,
            predictor="NO",
            blocksize=256 if small else 512,
            interleave="BAND",
            overviews="NONE" if small else "IGNORE_EXISTING",
            overview_resampling="AVERAGE",
        ) as file:
            file.write(np.stack([values for _, _, values in bands]))
            for i, (text, _, _) in enumerate(bands, 1):
                file.set_band_description(i, text)
            file.units = tuple(unit for _, unit, _ in bands)
        return write_bytes(path, memory.read())


def write_maps(comparison: Comparison, study: Study) -> list[Path]:
    """Write all map files into ``maps/`` of the study's folder and return their paths.

    One GeoTIFF per scenario and species with the bands residents, dispersers, displaced, deaths,
    crossings, blocked and, beyond the baseline, change of use; ``maps.nc`` with the same by
    scenario, species and stage; land cover with its style, elevation, and core areas and towns.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    out = study.out / "maps"
    pairs = [(s.name, key) for s in study.scenarios for key in study.species_keys()]

    def one(pair: tuple[str, str]) -> Path:
        return _geotiff(out / map_name(study, *pair), study, _bands(comparison, study, *pair))

    # `quiet` changes the filters of the whole process, so it is entered here and not in a thread
    with quiet(), ThreadPoolExecutor(max_workers=min(4, max(1, study.threads))) as pool:
        netcdf = pool.submit(_netcdf, out / "maps.nc", comparison, study)
        written = list(pool.map(one, pairs))
        written.append(netcdf.result())
    return written + _reference_layers(out, study)


def _reference_layers(out: Path, study: Study) -> list[Path]:
    land = study.land
    rows = CLASSES["land_cover"]
    written = [
        write_geotiff(
            out / "land_cover.tif",
            land["land_cover"],
            land.grid,
            nodata=None,
            description="land cover of the reference landscape",
            unit="1",
            colormap=colormap_of(rows),
        ),
        write_qml(out / "land_cover.qml", rows),
        write_geotiff(
            out / "elevation_m.tif",
            land["elevation_m"],
            land.grid,
            nodata=np.nan,
            description="mean height of the cell above sea level",
            unit="m",
        ),
    ]
    return written + export_landscape(land, out, formats=("gpkg",))


def _netcdf(path: Path, comparison: Comparison, study: Study) -> Path:
    """Write ``maps.nc``, one scenario and species at a time, so that memory stays small."""
    import h5netcdf

    grid = study.land.grid
    names, keys = [s.name for s in study.scenarios], study.species_keys()
    # In memory and not on disk: HDF5 takes the process down when its disk fills up.
    buffer = io.BytesIO()
    with h5netcdf.File(buffer, "w") as file:
        file.dimensions = {
            "scenario": len(names),
            "species": len(keys),
            "stage": len(STAGES),
            "y": grid.height,
            "x": grid.width,
        }
        file.attrs["Conventions"] = "CF-1.11"
        file.attrs["title"] = study.name
        file.attrs["source"] = f"corridor_sim {_version()}, means over replicates"
        _coordinates(file, study, names, keys)
        use = _variable(
            file,
            "use",
            ("scenario", "species", "stage", "y", "x"),
            "km-2",
            "mean number of animals, sampling undone",
        )
        events = [
            _variable(file, name, ("scenario", "species", "y", "x"), "km-2 yr-1", what)
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
    return write_bytes(path, buffer.getvalue())


def _version() -> str:
    from corridor_sim import __version__

    return __version__


def _variable(file: Any, name: str, dims: tuple[str, ...], unit: str, what: str) -> Any:
    shape = tuple(file.dimensions[d].size for d in dims)
    variable = file.create_variable(
        name,
        dims,
        np.float32,
        compression="gzip",
        compression_opts=1,
        shuffle=True,
        chunks=(1,) * (len(dims) - 2) + shape[-2:],
    )
    variable.attrs["units"] = unit
    variable.attrs["long_name"] = what
    variable.attrs["grid_mapping"] = "spatial_ref"
    return variable


def _coordinates(file: Any, study: Study, names: list[str], keys: list[str]) -> None:
    from pyproj import CRS

    grid = study.land.grid
    for axis, values in (("x", grid.x_centres_m()), ("y", grid.y_centres_m())):
        variable = file.create_variable(axis, (axis,), np.float64, data=values)
        variable.attrs["standard_name"] = f"projection_{axis}_coordinate"
        variable.attrs["units"] = "m"
        variable.attrs["axis"] = axis.upper()
    import h5py

    for dim, words in (("scenario", names), ("species", keys), ("stage", list(STAGES))):
        variable = file.create_variable(dim, (dim,), h5py.string_dtype())
        variable[...] = np.array(words, object)
        variable.attrs["long_name"] = dim
    crs = CRS.from_user_input(grid.crs)
    mapping = file.create_variable("spatial_ref", (), np.int32, data=np.int32(0))
    for name, value in {**crs.to_cf(), "crs_wkt": crs.to_wkt()}.items():
        mapping.attrs[name] = value
    west, north, cell = grid.west_m, grid.north_m, grid.cell_m
    mapping.attrs["GeoTransform"] = f"{west!r} {cell!r} 0.0 {north!r} 0.0 {-cell!r}"
