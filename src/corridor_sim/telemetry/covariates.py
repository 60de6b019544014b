"""Covariates of a step-selection model: those of a scenario's landscape, and single rasters.

A landscape's covariate has the name by which ``[selection]`` of a species file calls it, and its
values are those by which animals of the simulator select, so that coefficients go back as they
are. Continuous layers (``elevation_m``), ``land_cover`` and the barriers ``road`` and ``river`` are
there as well, by the names of their layers. Single rasters are read as they are, in their own
coordinate system and cells.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, ScenarioError, counted, nearest, placing
from corridor_sim.landscape.covariates import Covariate, Kind, moments
from corridor_sim.landscape.io.geo import edge_points, move_points, quiet
from corridor_sim.landscape.io.raster_misfits import SENTINELS
from corridor_sim.landscape.io.raster_parts import open_part
from corridor_sim.landscape.io.raster_source import CODES, Source, inspect
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.memory import refuse_beyond
from corridor_sim.telemetry.lines import crossings, means_along
from corridor_sim.telemetry.terms import Term, refuse_name
from corridor_sim.telemetry.tracks import Bursts

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]
Values = NDArray[np.float32] | NDArray[np.float64]
Box = tuple[float, float, float, float]
Ends = tuple[F8, F8, F8, F8]

# classes of these layers that are met as barriers (species/hazards.py)
BARRIERS = {"road": (1, 2), "river": (2, 3)}
# whole numbers up to it are exact in single precision
_EXACT = 2**24
# lines that are walked at once
_LINES = 200_000
MOST_CLASSES = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cells of a raster lie.

    Attributes
    ----------
    west, north, cell_x, cell_y : float
        North-western corner and size of a cell, in units of the coordinate system.
    crs : object
        Of rasterio, of the raster.
    tracks_crs : object
        Of rasterio, of the points that are looked up.
    """

    west: float
    north: float
    cell_x: float
    cell_y: float
    crs: object
    tracks_crs: object

    def to_cells(self, x_m: F8, y_m: F8) -> tuple[F8, F8]:
        """Return columns and rows of points, with fractions; of any shape."""
        x, y = move_points(x_m.ravel(), y_m.ravel(), self.tracks_crs, self.crs)
        col, row = (x - self.west) / self.cell_x, (self.north - y) / self.cell_y
        return col.reshape(x_m.shape), row.reshape(x_m.shape)


@dataclass(frozen=True, slots=True)
class Surface:
    """One covariate.

    Attributes
    ----------
    name : str
    kind : {"continuous", "class"}
    values : float ``[n_seasons, height, width]``
        NaN where nothing is known or no ground is; classes as whole numbers.
    place : Place
    mean, sd : float
        Over the map; 0 of classes.
    declared : bool
        Whether a species file can call it by this name: a covariate of the landscape, a continuous
        layer, or the land cover.
    barrier : tuple of int
        Classes that are barriers; empty: all but 0.
    source : str
        Where it comes from, in words.
    """

    name: str
    kind: Kind
    values: Values
    place: Place
    mean: float = 0.0
    sd: float = 0.0
    declared: bool = True
    barrier: tuple[int, ...] = ()
    source: str = ""

    @property
    def n_seasons(self) -> int:
        """How many seasons it tells apart: 1 or 2."""
        return int(self.values.shape[0])

    def inside(self, col: F8, row: F8) -> NDArray[np.bool_]:
        """Return which points, in cells, lie on the raster."""
        _, height, width = self.values.shape
        with np.errstate(invalid="ignore"):
            there: NDArray[np.bool_] = (col >= 0) & (row >= 0) & (col < width) & (row < height)
        return there

    def at(self, col: F8, row: F8, season: I8) -> F8:
        """Return values at points in cells, float64; NaN outside. ``season`` broadcasts."""
        there = self.inside(col, row)
        c, r = (np.where(there, one, 0).astype(np.int64) for one in (col, row))
        when = np.broadcast_to(season if self.n_seasons > 1 else np.int64(0), there.shape)
        found: F8 = self.values[when, r, c].astype(np.float64)
        found[~there] = np.nan
        return found

    def along(self, ends: Ends, season: I8, code: int | None) -> F8:
        """Return means over lines between points in cells, ``[n]``; of a class its share."""
        when = np.broadcast_to(season if self.n_seasons > 1 else np.int64(0), ends[0].shape)
        values: Values = self.values
        if code is not None:
            values = np.where(np.isnan(values), np.nan, values == code).astype(np.float32)
        return _by_parts(ends, lambda part, i: means_along(*part, values, when[i]))

    def crossed(self, ends: Ends, codes: tuple[int, ...]) -> F8:
        """Return how often lines between points in cells enter a barrier, ``[n]``."""
        named = codes or self.barrier
        held = self.values[0]
        barrier = np.isin(held, named) if named else (held != 0) & ~np.isnan(held)
        return _by_parts(ends, lambda part, i: crossings(*part, barrier))

    def classes(self) -> tuple[int, ...]:
        """Return the classes that the map holds, rising."""
        held = np.unique(self.values)
        return tuple(int(code) for code in held[~np.isnan(held)])


def _by_parts(ends: Ends, of: Callable[[Ends, I8], F8]) -> F8:
    """Return what a function says of lines, some at a time; NaN of those that leave the raster."""
    known = np.flatnonzero(np.isfinite(np.sum(ends, axis=0)))
    out = np.full(ends[0].size, np.nan)
    for start in range(0, known.size, _LINES):
        i = known[start : start + _LINES]
        x0, y0, x1, y1 = (one[i] for one in ends)
        out[i] = of((x0, y0, x1, y1), i)
    return out


@dataclass(frozen=True, slots=True)
class Surfaces:
    """All covariates that a model may name.

    Attributes
    ----------
    by_name : Mapping[str, Surface]
    crs : str
        Coordinate system of the tracks.
    ground : Surface or None
        NaN where the landscape has no ground, and beyond it; None without a landscape.
    season_start_day : int or None
        Day of the year, from 0, on which the first of the landscape's two seasons begins.
    """

    by_name: Mapping[str, Surface]
    crs: str
    ground: Surface | None = None
    season_start_day: int | None = None

    def __getitem__(self, name: str) -> Surface:
        """Return a covariate.

        Raises
        ------
        ScenarioError
            There is none of that name.
        """
        if name not in self.by_name:
            raise ScenarioError(
                f"there is no covariate {name!r}",
                remedy=nearest(name, self.by_name)
                if self.by_name
                else "give it under [landscape.covariates], or as name=raster.tif",
            )
        return self.by_name[name]

    def with_rasters(self, more: Iterable[Surface]) -> Surfaces:
        """Return these and single rasters, which come before those of the same name."""
        added = {one.name: one for one in more}
        return Surfaces({**self.by_name, **added}, self.crs, self.ground, self.season_start_day)

    def season(self, day_of_year: I8) -> I8:
        """Return the season, 0 or 1, of days of the year from 1."""
        since = (day_of_year - 1 - (self.season_start_day or 0)) % 365
        return (since * 2 // 365).astype(np.int64)


def of_landscape(land: Landscape, crs: str, names: Collection[str] | None = None) -> Surfaces:
    """Return the covariates and layers of a landscape.

    Parameters
    ----------
    land : Landscape
    crs : str
        Coordinate system of the tracks, as pyproj and rasterio read it.
    names : collection of str, optional
        Those that are wanted; by default all.
    """
    from rasterio.crs import CRS

    grid, off = land.grid, land.outside
    place = Place(
        *(grid.west_m, grid.north_m, grid.cell_m, grid.cell_m),
        CRS.from_user_input(grid.crs),
        CRS.from_user_input(crs),
    )
    found = {}
    for name, spec in LAYERS.items():
        kind = "class" if name in ("land_cover", *BARRIERS) else spec.kind
        if names is not None and name not in names:
            continue
        if name in land.layers and not land.lacks(name) and kind in ("class", "continuous"):
            values = np.where(off, np.nan, land[name]) if off is not None else land[name]
            stack = np.asarray(values, np.float32)[None]
            mean, sd = moments(stack) if kind == "continuous" else (0.0, 0.0)
            found[name] = Surface(
                *(name, "class" if kind == "class" else "continuous", stack, place, mean, sd),
                declared=name not in BARRIERS,
                barrier=BARRIERS.get(name, ()),
                source=f"layer {name}",
            )
    for name, one in land.covariates.items():
        if names is not None and name not in names:
            continue
        found[name] = _of_covariate(one, land, place)
    ground = np.where(off, np.nan, 1.0) if off is not None else np.ones(grid.shape)
    return Surfaces(
        found,
        crs,
        Surface("ground", "continuous", ground.astype(np.float32)[None], place),
        land.region.season_start_day,
    )


def _of_covariate(one: Covariate, land: Landscape, place: Place) -> Surface:
    maps = [one.on(land, season) for season in range(one.n_seasons)]
    values = _stack(np.stack(maps), one.kind)
    if one.kind == "class" and land.outside is not None:
        values = values.copy()
        values[:, land.outside] = np.nan
    return Surface(one.name, one.kind, values, place, one.mean, one.sd, source=one.in_words())


def _stack(values: NDArray[np.generic], kind: Kind) -> Values:
    """Return values in single precision, or in double where classes have long numbers."""
    wide = kind == "class" and bool((np.abs(values.astype(np.float64)) > _EXACT).any())
    return np.asarray(values, np.float64) if wide else np.asarray(values, np.float32)


def gather(
    terms: Sequence[Term],
    bursts: Bursts,
    crs: str,
    *,
    land: Landscape | None = None,
    rasters: Mapping[str, Path] | None = None,
) -> Surfaces:
    """Return the covariates that terms name, from a landscape and from single rasters.

    A raster is one of classes where a term names classes of it or counts crossings. It is read
    where animals were and as far around as random steps may lead.

    Parameters
    ----------
    terms : sequence of Term
    bursts : Bursts
    crs : str
        Coordinate system of the tracks.
    land : Landscape, optional
    rasters : mapping of name to Path, optional
        They come before covariates of the landscape of the same name.

    Raises
    ------
    ScenarioError
        A name that no term can have.
    LandscapeError, ResourceError
        As :func:`read_raster`.
    """
    wanted = {name for one in terms for name in one.factors}
    classes = class_names(terms)
    found = Surfaces({}, crs) if land is None else of_landscape(land, crs, wanted)
    box_m = reach_m(bursts)
    more = []
    for name, path in (rasters or {}).items():
        refuse_name(name)
        if name in wanted:
            kind: Kind = "class" if name in classes else "continuous"
            more.append(read_raster(name, path, crs, kind=kind, box_m=box_m))
    return found.with_rasters(more)


def class_names(terms: Sequence[Term]) -> set[str]:
    """Return the covariates of which terms name classes, or count crossings."""
    return {
        name
        for one in terms
        for name in one.factors
        if one.codes or one.against is not None or one.place == "crossings"
    }


def reach_m(bursts: Bursts) -> Box:
    """Return west, south, east and north of where random steps may lead, metres."""
    steps = bursts.steps
    length = steps["length_m"].to_numpy(float)
    # of a gamma distribution as skewed as any, one step in millions is longer
    margin = max(3.0 * float(length.max()), 30.0 * float(length.mean()))
    x, y = (np.concatenate([steps[f"{one}0_m"], steps[f"{one}1_m"]]) for one in "xy")
    west, east, south, north = (float(f(a)) for a in (x, y) for f in (np.min, np.max))
    return west - margin, south - margin, east + margin, north + margin


def read_raster(
    name: str, path: Path, crs: str, *, kind: Kind = "continuous", box_m: Box | None = None
) -> Surface:
    """Read a single raster as a covariate, in its own coordinate system and cells.

    Parameters
    ----------
    name : str
    path : Path
        A raster, or one band of it: ``stack.tif|band=2``.
    crs : str
        Coordinate system of the tracks.
    kind : {"continuous", "class"}
    box_m : (west, south, east, north), optional
        Part that is read, in the coordinate system of the tracks; mean and standard deviation are
        of that part. By default all.

    Raises
    ------
    LandscapeError
        No raster, one without a place, beside the box, or with values that are marks or no codes.
    ResourceError
        More cells than fit the memory.
    """
    from rasterio.crs import CRS

    key = f"covariate {name}"
    with quiet():
        source = inspect(path, key, str(path), CODES if kind == "class" else "values")
        with placing(source.where):
            rows, cols = _window(source, box_m, CRS.from_user_input(crs))
            n = (rows[1] - rows[0]) * (cols[1] - cols[0])
            refuse_beyond(16.0 * n, f"a raster of {n:,} cells", "cut it to where animals were")
            with open_part(source.part, key) as src:
                raw = source.read(src, rows, cols)
            values = raw.data.astype(np.float64) * source.scale + source.offset
            values[np.ma.getmaskarray(raw) | ~np.isfinite(values)] = np.nan
            _refuse_odd(values, kind)
    a, _, west, _, e, north = source.transform
    place = Place(
        *(west + cols[0] * a, north + rows[0] * e, a, -e), source.crs, CRS.from_user_input(crs)
    )
    stack = _stack(np.nan_to_num(values[None]), kind)
    stack[np.isnan(values[None])] = np.nan
    mean, sd = moments(stack) if kind == "continuous" else (0.0, 0.0)
    told = f"{source.part.name} ({source.label})"
    return Surface(name, kind, stack, place, mean, sd, False, source=told)


def _window(
    source: Source, box_m: Box | None, tracks_crs: object
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return rows and columns of the part of a raster within a box."""
    whole = (0, source.height), (0, source.width)
    if box_m is None:
        return whole
    x, y = move_points(*edge_points(*box_m, 21), tracks_crs, source.crs)
    a, _, west, _, e, north = source.transform
    spans = []
    for at, size in (((y - north) / e, source.height), ((x - west) / a, source.width)):
        low, high = np.floor(np.nanmin(at)) - 1, np.ceil(np.nanmax(at)) + 1
        spans.append((int(np.clip(low, 0, size)), int(np.clip(high, 0, size))))
    if any(first >= last for first, last in spans):
        raise LandscapeError(
            "does not cover any place where animals were",
            remedy="give a raster of the ground that they used, and check its coordinate system",
        )
    return spans[0], spans[1]


def _refuse_odd(values: F8, kind: Kind) -> None:
    known = values[~np.isnan(values)]
    if not known.size:
        raise LandscapeError(
            "holds no value where animals were", remedy="check the file and its nodata value"
        )
    if kind == "class":
        held = np.unique(known)
        odd = held[held != np.round(held)]
        if odd.size:
            raise LandscapeError(
                f"holds {odd[0]:g}, which is no class code: they are whole numbers",
                remedy="take it as numbers, without classes in brackets",
            )
        return
    low = float(known.min())
    if low < 0 and low in SENTINELS:
        n = int((known == low).sum())
        raise LandscapeError(
            f"holds {low:.10g} in {counted(n, 'cell')}: it looks like nodata that the file does "
            "not declare",
            remedy=f"declare it: gdal_translate -a_nodata {low:.17g} in.tif out.tif",
        )
