"""Maps of what the animals did, summed from the run files when they are asked for, and their files.

GeoTIFFs and one NetCDF, ready for QGIS and other programs. A file never appears half-written: each
is made in memory and moved into its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corridor_sim.experiment.jobs import lost_file
from corridor_sim.experiment.values import runs_by_scenario
from corridor_sim.files import write_bytes
from corridor_sim.gis.rasters import limits, ramp_style
from corridor_sim.gis.styles import SCALES
from corridor_sim.kernels.states import STAGES
from corridor_sim.landscape.io.cf import Sink, netcdf, put_grid, put_map
from corridor_sim.landscape.io.classes import classes_of
from corridor_sim.landscape.io.export import (
    colormap_of,
    export_landscape,
    geotiff_bytes,
    ground_only,
    layer_style,
    nodata_of,
    write_geotiff,
    write_style,
)
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.languages import current, language
from corridor_sim.reading import Unfit
from corridor_sim.simulation.days.run_file import SpeciesRecord, load_run
from corridor_sim.simulation.run_file import Counted, Extent
from corridor_sim.species.demography import cohort_y

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from corridor_sim.experiment.study import Study
    from corridor_sim.landscape.landscape import Landscape

F32 = NDArray[np.float32]
DAYS_PER_YEAR = 365.0
SMALL_SIDE = 1024
# above so many cells maps are written two at a time
MANY_CELLS = 4_000_000
STAGE_MAPS = ("residents", "dispersers", "displaced")


@dataclass(frozen=True, slots=True)
class Maps:
    """Maps of one species in one scenario, means over replicates, ``[height, width]``.

    Attributes
    ----------
    residents, dispersers, displaced : float32
        Relocations per replicate, by stage.
    passed, blocked : float32
        Barrier encounters per replicate.
    deaths : float32
        Deaths per replicate.
    """

    residents: F32
    dispersers: F32
    displaced: F32
    passed: F32
    blocked: F32
    deaths: F32


# of one map: the flat cells that have any, int32, and their means over replicates, float32
Visited = tuple[NDArray[np.int32], F32]


class RunMaps(Mapping[tuple[str, str], Maps]):
    """Maps by scenario name and species key.

    Of the last few the cells that hold anything are kept, most maps being nearly empty; all maps
    of a study at once would be the largest thing in memory.
    """

    def __init__(self, study: Study, kept: int = 6) -> None:
        self._shape = study.land.grid.shape
        self._extent = Extent.of(study.land)
        runs = runs_by_scenario(study)
        self._files = {
            (resolved.name, key): [study.path(r) for r in runs[index]]
            for index, resolved in enumerate(study.scenarios)
            for key in study.species_keys()
        }
        self._lock = Lock()
        self._sum = lru_cache(maxsize=kept)(self._read)

    def __getitem__(self, which: tuple[str, str]) -> Maps:
        """Return the maps of (scenario name, species key).

        Raises
        ------
        KeyError
            If there is no such scenario or species.
        ResultsError
            If a run file has gone since the runs were compared, or is damaged.
        """
        if which not in self._files:
            raise KeyError(which)
        with self._lock:  # threads that ask for the same read it once
            found = self._sum(which)
        return self._laid_out(found)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def of_replicate(self, scenario: str, key: str, replicate: int) -> Maps:
        """Return the maps of one replicate.

        Raises
        ------
        ResultsError
            If the run file has gone since the runs were compared, or is damaged.
        """
        path = self._files[scenario, key][replicate]
        return self._laid_out(_means([self._load(path, key)], self._extent.cells))

    def _load(self, path: Path, key: str) -> SpeciesRecord:
        try:
            return load_run(path, [key], len(STAGES), self._extent)[key]
        except Unfit as bad:
            raise lost_file(path, bad) from None

    def _read(self, which: tuple[str, str]) -> dict[str, Visited]:
        kept = [self._load(path, which[1]) for path in self._files[which]]
        return _means(kept, self._extent.cells)

    def _laid_out(self, found: Mapping[str, Visited]) -> Maps:
        maps = {}
        for name, (cells, values) in found.items():
            # of what stays 0 the system keeps no page
            flat = np.zeros(self._extent.cells, np.float32)
            flat[cells] = values
            maps[name] = flat.reshape(self._shape)
        return Maps(**maps)


def _mean(pairs: Sequence[Counted], n_cells: int) -> Visited:
    """Return the mean of maps of counts."""
    if sum(cells.size for cells, _ in pairs) < n_cells:
        cells, at = np.unique(np.concatenate([c for c, _ in pairs]), return_inverse=True)
        counts = np.concatenate([n for _, n in pairs])
        total = np.asarray(np.bincount(at, weights=counts), np.float64)
    else:
        everywhere = np.zeros(n_cells)
        for here, found in pairs:
            everywhere[here] += found
        cells = np.flatnonzero(everywhere)
        total = everywhere[cells]
    return cells.astype(np.int32), (total / len(pairs)).astype(np.float32)


def _means(kept: Sequence[SpeciesRecord], n_cells: int) -> dict[str, Visited]:
    """Return the means of :class:`Maps` over the records of replicates."""
    deaths = [np.unique(k.deaths[:, 0], return_counts=True) for k in kept]
    stages = {stage: [k.visits[i] for k in kept] for i, stage in enumerate(STAGE_MAPS)}
    met = {name: [getattr(k, name) for k in kept] for name in ("passed", "blocked")}
    every = {**stages, **met, "deaths": deaths}
    return {name: _mean(pairs, n_cells) for name, pairs in every.items()}


class Mapped(Protocol):
    """What holds maps by scenario and species: a comparison of days."""

    @property
    def maps(self) -> Mapping[tuple[str, str], Maps]:
        """The maps, read when asked for."""


def on_ground(values: NDArray[Any], land: Landscape) -> NDArray[Any]:
    """Return a map with NaN where there is no ground."""
    if land.outside is None:
        return values
    return np.where(land.outside, values.dtype.type(np.nan), values)


def _on_ground_later(values: Callable[[], F32], land: Landscape) -> Callable[[], F32]:
    return lambda: on_ground(values(), land)


def use_per_km2(comparison: Mapped, study: Study, scenario: str, key: str) -> dict[str, F32]:
    """Return the mean number of animals per km² by stage, ``[height, width]``.

    ``relocations / (steps per day x days x sampling x cell area)``: the sampling of the file is
    undone, so that maps of differently sampled species and experiments compare. Only the hours in
    which the species is active count. Dispersers are followed to the end of their dispersal, and
    the days that they are spread over are those of the births that they come from: on average as
    many are on their way at a place as arrive there a year, times the years that they stay.
    """
    return per_km2(comparison.maps[scenario, key], study, scenario, key)


def per_km2(maps: Maps, study: Study, scenario: str, key: str) -> dict[str, F32]:
    """Return what :func:`use_per_km2` does, of maps that are at hand."""
    per = _use_per_relocation(study, scenario, key)
    return {stage: getattr(maps, stage) * per[stage] for stage in STAGE_MAPS}


def _use_per_relocation(study: Study, scenario: str, key: str) -> dict[str, np.float32]:
    """Return the animals per km² that one relocation in a cell stands for, by stage."""
    resolved = next(s for s in study.scenarios if s.name == scenario)
    species = next(s for s in study.species if s.key == key)
    settings = resolved.scenario.species[key]
    steps = species.movement.steps_per_day * resolved.scenario.n_days
    per = 1.0 / (steps * study.land.grid.cell_km2)
    per_day = species.movement.steps_per_day
    how = settings.dispersal
    searching = per * per_day / (how.visits_per_day(per_day) if how else per_day)
    dispersing = searching * resolved.scenario.n_days / (cohort_y(species) * DAYS_PER_YEAR)
    return {
        "residents": np.float32(per / settings.sampling),
        "dispersers": np.float32(dispersing / settings.disperser_sampling),
        "displaced": np.float32(searching / settings.sampling),
    }


def _per_km2_yr(study: Study, scenario: str) -> np.float32:
    """Return the events per km² and year that one in a cell stands for."""
    resolved = next(s for s in study.scenarios if s.name == scenario)
    return np.float32(DAYS_PER_YEAR / (resolved.scenario.n_days * study.land.grid.cell_km2))


# name, meaning per km2 and year, and field of Maps
EVENTS = (
    ("deaths", "deaths of simulated animals, of dispersers to the end of dispersal", "deaths"),
    ("crossings", "roads, rivers and settlements crossed by simulated animals", "passed"),
    ("blocked", "roads, rivers and settlements that turned simulated animals back", "blocked"),
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


# description, unit, and what makes the values: of a large raster one band is held at a time
Band = tuple[str, str, Callable[[], F32]]


def _bands(comparison: Mapped, study: Study, scenario: str, key: str) -> list[Band]:
    """Return every band of the map of a scenario and species."""
    maps, per = comparison.maps[scenario, key], _use_per_relocation(study, scenario, key)
    per_year = _per_km2_yr(study, scenario)

    def scaled(field: str, factor: np.float32) -> F32:
        found: F32 = getattr(maps, field) * factor
        return found

    bands: list[Band] = [
        (f"{stage}: mean number per km2, sampling undone", "km-2", partial(scaled, stage, factor))
        for stage, factor in per.items()
    ]
    bands += [
        (f"{name}: {what} per km2 and year", "km-2 yr-1", partial(scaled, field, per_year))
        for name, what, field in EVENTS
    ]
    reference = reference_of(study, scenario)
    if reference is not None:

        def change() -> F32:
            before = comparison.maps[reference, key]
            theirs = _use_per_relocation(study, reference, key)
            found = np.zeros(study.land.grid.shape, np.float32)
            for stage in STAGE_MAPS:
                found += scaled(stage, per[stage]) - getattr(before, stage) * theirs[stage]
            return found

        bands.append((f"change of use: all stages, less {reference!r}", "km-2", change))
    return bands


def _geotiff(path: Path, study: Study, bands: list[Band]) -> Path:
    """Write all bands as one cloud-optimised GeoTIFF."""
    grid = study.land.grid
    # Small rasters are read whole in a moment: overviews would double the time and serve nobody.
    small = max(grid.shape) <= SMALL_SIDE
    data = geotiff_bytes(
        [_on_ground_later(values, study.land) for _, _, values in bands],
        grid,
        nodata=np.nan,
        descriptions=[text for text, _, _ in bands],
        units=[unit for _, unit, _ in bands],
        level=1,
        predictor="NO",
        blocksize=256 if small else 512,
        interleave="BAND",
        overviews="NONE" if small else "IGNORE_EXISTING",
    )
    return write_bytes(path, data)


# what the first band of a kind is called in the table of styles
_KINDS = {**dict.fromkeys(STAGE_MAPS, "use"), "change of use": "change"}


def _style(path: Path, bands: list[Band]) -> Path:
    """Write the QGIS style of a map: its change where it has one, else where residents are."""
    at = len(bands) - 1 if bands[-1][0].startswith("change") else 0
    return write_style(path.with_suffix(".qml"), band_style(bands, at))


def band_style(bands: list[Band], at: int) -> Element:
    """Return the style that shows one band of a map."""
    text, _, make = bands[at]
    name = text.partition(":")[0]
    kind = _KINDS.get(name, name)
    return ramp_style(kind, limits(make(), SCALES[kind]), at + 1, text)


def write_maps(comparison: Mapped, study: Study) -> list[Path]:
    """Write all map files into ``maps/`` of the study's folder and return their paths.

    One GeoTIFF per scenario and species with the bands residents, dispersers, displaced, deaths,
    crossings, blocked and, beyond the baseline, change of use; ``maps.nc`` with the same by
    scenario, species and stage; land cover, elevation, roads and rivers, and core areas, towns and
    borders. Beside each lies its QGIS style.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    out = study.out / "maps"
    pairs = [(s.name, key) for s in study.scenarios for key in study.species_keys()]

    # legends are words, and a thread begins without the language of who calls it
    words = current()

    def one(pair: tuple[str, str]) -> list[Path]:
        path, bands = out / map_name(study, *pair), _bands(comparison, study, *pair)
        with language(words):
            return [_geotiff(path, study, bands), _style(path, bands)]

    # `quiet` changes the filters of the whole process, so it is entered here and not in a thread
    most = 2 if study.land.grid.height * study.land.grid.width > MANY_CELLS else 4
    with quiet(), ThreadPoolExecutor(max_workers=min(most, max(1, study.threads))) as pool:
        netcdf = pool.submit(_netcdf, out / "maps.nc", comparison, study)
        written = [path for paths in pool.map(one, pairs) for path in paths]
        written.append(netcdf.result())
    return written + write_reference_layers(out, study.land)


# layers that lie below and over what animals did
REFERENCE = ("land_cover", "elevation_m", "road", "river")


def write_reference_layers(out: Path, land: Landscape) -> list[Path]:
    """Write the layers that maps are laid on, each with its QGIS style, and return the files.

    Land cover, elevation, roads and rivers as GeoTIFFs; core areas, towns and borders of countries
    in ``landscape.gpkg``.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    written = []
    for name in REFERENCE:
        rows = classes_of(name, land.covers)
        path = out / f"{name}.tif"
        written.append(
            write_geotiff(
                path,
                ground_only(land[name], land, name),
                land.grid,
                nodata=nodata_of(land, name),
                description=f"{LAYERS[name].meaning}, reference landscape",
                unit=LAYERS[name].unit,
                colormap=colormap_of(rows) if rows else None,
            )
        )
        written.append(write_style(path.with_suffix(".qml"), layer_style(land, name)))
    return written + export_landscape(land, out, formats=("gpkg",))


def _netcdf(path: Path, comparison: Mapped, study: Study) -> Path:
    """Write ``maps.nc``, one scenario and species at a time, so that memory stays small."""
    from corridor_sim import __version__

    source = f"corridor_sim {__version__}, means over replicates"
    with netcdf(path, {"title": study.name, "source": source}) as sink:
        sink.text("scenario", [s.name for s in study.scenarios])
        sink.text("species", study.species_keys())
        put_grid(sink, study.land.grid)
        fill_maps(sink, study, comparison)
    return path


def fill_maps(sink: Sink, study: Study, comparison: Mapped) -> None:
    """Write use by stage and events by scenario and species, on a grid that was put before."""
    grid = study.land.grid
    names, keys = [s.name for s in study.scenarios], study.species_keys()
    sink.text("stage", list(STAGES))
    beside = {"scenario": len(names), "species": len(keys)}
    what = "mean number of animals, sampling undone"
    use = put_map(sink, "use", {**beside, "stage": len(STAGES)}, grid, "km-2", what)
    events = [put_map(sink, name, beside, grid, "km-2 yr-1", met) for name, met, _ in EVENTS]
    for i, scenario in enumerate(names):
        for j, key in enumerate(keys):
            maps, per = comparison.maps[scenario, key], _use_per_relocation(study, scenario, key)
            for k, stage in enumerate(STAGE_MAPS):
                use[i, j, k] = on_ground(getattr(maps, stage) * per[stage], study.land)
            per_year = _per_km2_yr(study, scenario)
            for variable, (_, _, field) in zip(events, EVENTS, strict=True):
                variable[i, j] = on_ground(getattr(maps, field) * per_year, study.land)
