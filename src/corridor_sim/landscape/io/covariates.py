"""Read covariates onto the grid of a landscape, with what does not fit named in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, counted, placing
from corridor_sim.landscape.covariates import (
    METRES,
    Covariate,
    Times,
    moments,
    of_classes,
    of_layer,
    transformed,
)
from corridor_sim.landscape.derive import distance_m
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.burning import burn
from corridor_sim.landscape.io.features import LINES, POINTS, POLYGONS
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.raster_misfits import (
    SENTINELS,
    refuse_far,
    refuse_gaps,
    refuse_scaled_codes,
)
from corridor_sim.landscape.io.raster_source import CODES, Source, inspect, mend
from corridor_sim.landscape.io.rasters import (
    Places,
    TakeGaps,
    cells_per_target,
    read_continuous,
    warp,
)
from corridor_sim.landscape.io.settings import COVER, DISTANCES, CovariateSettings
from corridor_sim.landscape.io.vectors import read_vector
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.layers import LayerSpec
from corridor_sim.memory import refuse_beyond
from corridor_sim.progress import tell

# beyond it a number is a mark that somebody left, or an accident
LARGEST = 1e19
MOST_CLASSES = 1000
# a map of so few whole numbers may be one of classes
FEW = 12
CODE_LIMIT = 2**31
_SEASONS = ["first season ", "second season "]
_HOW = {
    "average": "averaged",
    "bilinear": "interpolated",
    "mode": "most frequent class",
    "nearest": "nearest class",
    "copy": "taken as is",
}


def with_covariates(
    land: Landscape, wanted: Mapping[str, CovariateSettings], base_dir: Path
) -> Landscape:
    """Return the landscape with covariates read onto its grid; those it has already stay.

    Raises
    ------
    LandscapeError
        One line naming the file, the key or place, the value and what to do.
    ResourceError
        More maps than fit the memory.
    """
    missing = {name: one for name, one in wanted.items() if name not in land.covariates}
    n_maps = sum(max(len(one.rasters), len(one.vectors)) for one in missing.values())
    cells = land.grid.height * land.grid.width
    refuse_beyond(
        float(n_maps * cells * np.dtype(np.float32).itemsize),
        f"{counted(n_maps, 'map')} of covariates of {cells:,} cells",
        "give fewer, or a larger landscape.cell_m",
        where="landscape.covariates",
    )
    found = {name: _covariate(name, one, land, base_dir) for name, one in missing.items()}
    return replace(land, covariates={**land.covariates, **found}) if found else land


def _covariate(name: str, one: CovariateSettings, land: Landscape, base_dir: Path) -> Covariate:
    key = f"landscape.covariates.{name}"
    if one.layer == COVER:
        return _cover(name, land, key)
    layer = one.layer or DISTANCES.get(one.distance_to or "", "")
    if layer:
        with placing(key):
            made = of_layer(name, layer, land, one.unit or "", one.transform)
            refuse_constant(made)
        return made
    if one.distance_to is not None:
        return _distance(name, one, land, base_dir / one.distance_to, key)
    stack, sources, places = [], [], []
    when = [f"from {year} " for year in one.years or ()] or _SEASONS[: len(one.files or ())] or [""]
    for written, since in zip(one.rasters, when, strict=True):
        spec = LayerSpec(name, one.unit or "", -LARGEST, LARGEST, "covariate")
        values, source, rule = read_map(land, base_dir, written, key, one, spec)
        stack.append(values)
        places.append(source.where)
        sources.append(f"{since}{source.part.name} ({source.label}, {_HOW[rule]})")
    values = np.stack(stack)
    times: Times = "season" if one.files else "year" if one.years else "static"
    made = Covariate(
        name,
        one.kind,
        values,
        times=times,
        years=tuple(int(year) for year in one.years or ()),
        unit=one.unit or "",
        transform=one.transform,
        source="; ".join(sources),
    )
    with placing(places[0]):
        return _measured(made, land.outside)


def _cover(name: str, land: Landscape, key: str) -> Covariate:
    """Return the land cover as a covariate of classes."""
    land.needs(COVER, f"the covariate {name}", "land_cover, a raster of classes,")
    made = of_classes(name, COVER)
    held = made.on(land) if land.outside is None else made.on(land)[~land.outside]
    if held.min() == held.max():
        with placing(key):
            refuse_constant(replace(made, mean=float(held.min())))
    return made


def _measured(one: Covariate, outside: NDArray[np.bool_] | None) -> Covariate:
    """Return a covariate with its moments; refuse one that is the same on all ground."""
    assert one.values is not None
    now = one.values[:1] if one.times == "year" else one.values
    if one.kind == "class":
        held = now if outside is None else now[:, ~outside]
        if held.min() == held.max():
            refuse_constant(replace(one, mean=float(held.min())))
        return one
    mean, sd = moments(now)
    made = replace(one, mean=mean, sd=sd)
    refuse_constant(made)
    return made


def refuse_constant(one: Covariate) -> None:
    """Refuse a covariate whose moments were taken of one value alone.

    Raises
    ------
    LandscapeError
    """
    if one.sd == 0.0:
        raise LandscapeError(
            f"holds {one.mean:.6g} in every cell of the study area: nothing can be selected by it",
            remedy="check the file and its band, or leave the covariate out",
        )


def _distance(
    name: str, one: CovariateSettings, land: Landscape, path: Path, key: str
) -> Covariate:
    """Return the distance to the nearest cell that a feature touches, from centre to centre."""
    written, where = str(one.distance_to), key
    if written in DISTANCES:
        touched = land[written] > 0
        if not touched.any():
            raise LandscapeError(
                f'there is no {written} on the landscape: distance_to = "{written}" is nowhere',
                where=key,
                remedy=f"give the landscape its {written}s, or distance_to a vector file",
            )
        source = f"distance to the layer {written}, {one.unit or 'm'}"
    else:
        with quiet():
            features = read_vector(path, key, land.grid, (*LINES, *POLYGONS, *POINTS), written)
        where = features.where
        shapes = features.geometry.tolist()
        touched = burn(shapes, [1] * len(shapes), land.grid, "uint8", touched=True) > 0
        name_of = Path(written).name
        source = f"distance in {one.unit or 'm'} to {name_of} ({features.crs}){features.note()}"
        if not touched.any():
            raise LandscapeError(
                "touches no cell of the study area", where=where, remedy="check its shapes"
            )
    unit = one.unit or "m"
    away = distance_m(touched, land.grid.cell_m) / np.float32(METRES[unit])
    with placing(where):
        values = _on_ground(transformed(away, one.transform, name), land.outside)[None]
        made = Covariate(name, values=values, unit=unit, transform=one.transform, source=source)
        return _measured(made, land.outside)


def _refuse_gaps_of_ground(outside: NDArray[np.bool_] | None) -> TakeGaps:
    """Return what refuses cells without a value where there is ground."""

    def refuse(source: Source, grid: Grid, gaps: NDArray[np.bool_], name: str) -> None:
        refuse_gaps(source, grid, gaps if outside is None else gaps & ~outside, name)

    return refuse


def _on_ground(values: NDArray[Any], outside: NDArray[np.bool_] | None) -> NDArray[Any]:
    """Return values ``[..., height, width]`` without those where no ground is: NaN, or class 0."""
    if outside is None:
        return values
    return np.where(outside, np.nan if values.dtype.kind == "f" else 0, values).astype(values.dtype)


def read_map(
    land: Landscape, base_dir: Path, written: str, key: str, one: CovariateSettings, spec: LayerSpec
) -> tuple[NDArray[Any], Source, str]:
    """Return one raster on the grid ``[height, width]``, after its transform, and how it was read.

    Where the landscape has no ground it is NaN, or 0 of classes.

    Raises
    ------
    LandscapeError
        Another unit, classes given as numbers and the reverse, values that cannot be, or cells of
        the study area without a value.
    """
    grid, take_gaps = land.grid, _refuse_gaps_of_ground(land.outside)
    holds = CODES if one.kind == "class" else "values of a covariate"
    with quiet():
        source = inspect(base_dir / written, key, written, holds)
        with placing(source.where):
            if one.kind == "class":
                codes, rule = _read_codes(source, grid, spec.name, take_gaps)
                return _on_ground(codes, land.outside), source, rule
            _refuse_other_unit(source, one.unit)
            values, rule = read_continuous(source, grid, spec.name, spec, take_gaps)
            values = _on_ground(values, land.outside)
            _refuse_marks(source, values)
            _tell_of_whole_numbers(source, values)
            return transformed(values, one.transform, spec.name), source, rule


def _refuse_other_unit(source: Source, unit: str | None) -> None:
    if unit and source.unit and source.unit.casefold() != unit.casefold():
        raise LandscapeError(
            f"declares its unit as {source.unit!r}, the scenario says {unit!r}",
            remedy="convert its values, or correct unit",
        )


def _refuse_marks(source: Source, values: NDArray[np.float32]) -> None:
    """Refuse a lowest value that programs write for "no data" and that was not declared."""
    low = float(np.nanmin(values))
    if low in SENTINELS and low < 0:
        n = int((values == np.float32(low)).sum())
        row, col = (int(i) for i in np.argwhere(values == np.float32(low))[0])
        raise LandscapeError(
            f"holds {low:.10g} in {counted(n, 'cell')} of the study area, first at row {row}, "
            f"column {col}: it looks like nodata that the file does not declare",
            remedy=f"declare it: {mend(source, source.part, f'-a_nodata {low:.17g}')}",
        )


def _tell_of_whole_numbers(source: Source, values: NDArray[np.float32]) -> None:
    if np.dtype(source.dtype).kind not in "iu" or (source.scale, source.offset) != (1.0, 0.0):
        return
    some = np.unique(values[:: max(1, values.shape[0] // 200)])
    some = some[~np.isnan(some)]
    if some.size <= FEW and np.array_equal(some, np.round(some)):
        tell(
            f"{source.where}: holds few numbers, all whole; are they classes, say so: "
            'kind = "class"'
        )


def _read_codes(
    source: Source, grid: Grid, name: str, take_gaps: TakeGaps
) -> tuple[NDArray[Any], str]:
    """Return class codes ``[height, width]`` in the smallest integer type, and the rule used.

    Codes are numbered as they come, from 1, so that 0 is free for what has none.
    """
    refuse_scaled_codes(source)
    refuse_far(source, grid)
    numbers: dict[int, int] = {}

    def prepare(raw: Any, places: Places) -> NDArray[np.uint16]:
        held = np.unique(raw.compressed())
        held = held[np.isfinite(held)] if held.dtype.kind == "f" else held
        odd = held[(held != np.round(held)) | (np.abs(held.astype(np.float64)) >= CODE_LIMIT)]
        if odd.size:
            raise LandscapeError(
                f"holds {float(odd[0]):g}, which is no class code: they are whole numbers",
                remedy='leave kind = "class" out if it holds quantities',
            )
        for code in held.tolist():
            numbers.setdefault(int(code), len(numbers) + 1)
        if len(numbers) > MOST_CLASSES:
            raise LandscapeError(
                f"holds more than {MOST_CLASSES} classes",
                remedy='leave kind = "class" out if it holds quantities',
            )
        out = np.zeros(raw.shape, np.uint16)
        if held.size:
            number = np.array([numbers[int(code)] for code in held.tolist()], np.uint16)
            known = ~np.ma.getmaskarray(raw) & np.isin(raw.data, held)
            out[known] = number[np.searchsorted(held, raw.data[known])]
        return out

    rule = "mode" if cells_per_target(source, grid) > 1 else "nearest"
    found = np.zeros(grid.shape, np.uint16)
    rule = warp(source, grid, prepare, found, rule)
    take_gaps(source, grid, found == 0, name)
    codes = np.array([0, *numbers], np.int64)
    small = np.result_type(*(np.min_scalar_type(code) for code in codes.tolist()))
    return codes.astype(small)[found], rule


def read_ready_map(
    land: Landscape,
    name: str,
    files: Sequence[str],
    base_dir: Path,
    key: str,
    limits: tuple[float, float],
    full: float,
) -> Covariate:
    """Return a species' ready map of one raster, or of one for each season, as a covariate.

    Parameters
    ----------
    limits : (float, float)
        Smallest and largest value that the files may hold.
    full : float
        What values are divided by.

    Raises
    ------
    LandscapeError
        As :func:`read_map`, or a value beyond the limits.
    """
    spec = LayerSpec(name, "", *limits, "ready map of a species")
    plain = CovariateSettings(file=files[0])
    maps = [read_map(land, base_dir, file, key, plain, spec) for file in files]
    values = np.stack([one for one, _, _ in maps])
    if full != 1.0:
        values = (values / np.float32(full)).astype(np.float32)
    when = _SEASONS if len(files) > 1 else [""]
    source = "; ".join(
        f"{since}{one.part.name} ({one.label}, {_HOW[rule]})"
        for since, (_, one, rule) in zip(when, maps, strict=True)
    )
    times: Times = "season" if len(files) > 1 else "static"
    with placing(maps[0][1].where):
        made = Covariate(name, values=values, times=times, source=source)
        return _measured(made, land.outside)
