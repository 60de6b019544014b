"""Use against availability: on which ground fixes lie, and what there is within the range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.landscape.landscape import Landscape
from corridor_sim.telemetry.measures import Values
from corridor_sim.telemetry.samples import Sample

F64 = NDArray[np.float64]

# radius of the circle that holds 95 % of a bivariate normal distribution, in standard deviations
WITHIN_95 = float(np.sqrt(-2.0 * np.log(0.05)))
# a class that is rarer, on the ground and in use, makes no row
RAREST = 0.005


@dataclass(frozen=True, slots=True)
class Map:
    """One map by which use is told.

    Attributes
    ----------
    name : str
    labels : tuple of str
        Of the classes; empty of numbers.
    values : ndarray ``[height, width]``
        Position of the class, -1 where there is none; or numbers, NaN where there is none.
    """

    name: str
    labels: tuple[str, ...]
    values: NDArray[np.generic]


def maps_of(land: Landscape) -> Iterator[Map]:
    """Return land cover, if there is any, and the covariates of a landscape, seasons averaged."""
    if not land.lacks("land_cover"):
        codes = land["land_cover"]
        rows = [row for row in land.covers.rows if (codes == row.code).any()]
        yield _classes("land cover", codes, {row.code: row.label for row in rows})
    for name, one in land.covariates.items():
        layers = [one.on(land, season) for season in range(one.n_seasons)]
        if one.kind == "class":
            found = np.unique(layers[0])
            yield _classes(name, layers[0], {int(code): f"{name} {code}" for code in found})
        else:
            yield Map(name, (), np.mean(layers, axis=0, dtype=np.float64))


def _classes(name: str, codes: NDArray[np.generic], labels: Mapping[int, str]) -> Map:
    values = np.full(codes.shape, -1, np.int64)
    for i, code in enumerate(labels):
        values[codes == code] = i
    return Map(name, tuple(labels.values()), values)


@dataclass(frozen=True, slots=True)
class Use:
    """Use of each class, or mean of each covariate, by copies, and what is available.

    Attributes
    ----------
    observed, simulated : Values
        By ``("use", class)`` and ``("covariate", name)``, the latter in standard deviations from
        the mean of the available ground.
    available : mapping of class or covariate to float
        Share of the available ground, or 0 for a covariate; each animal's circle weighs as its
        fixes.
    """

    observed: Values
    simulated: Values
    available: Mapping[tuple[str, float | str], float]


def use_of(
    land: Landscape,
    observed: Sequence[Sample],
    simulated: Sequence[Sample],
    circles: Mapping[str, tuple[float, float, float]],
) -> Use:
    """Return the use of a landscape by observed and simulated animals.

    Parameters
    ----------
    observed, simulated : sequence of Sample
        Of the same animals, on the landscape's coordinate system.
    circles : mapping of animal to (x, y, radius)
        Metres: within which ground is available to it.
    """
    seen: Values = {}
    made: Values = {}
    there: dict[tuple[str, float | str], float] = {}
    for one in maps_of(land):
        parts = [_available(land, one.values, circles[s.animal]) for s in observed]
        weights = np.array([s.n for s in observed], float)
        if one.labels:
            shares = _shares(parts, weights, len(one.labels))
            used = [_class_use(land, one, of) for of in (observed, simulated)]
            for i, label in enumerate(one.labels):
                if max(shares[i], used[0][0, i]) >= RAREST:
                    seen["use", label], made["use", label] = used[0][:, i], used[1][:, i]
                    there["use", label] = float(shares[i])
            continue
        mean, sd = _moments(parts, weights)
        if sd > 0:
            key = ("covariate", one.name)
            seen[key], made[key] = (
                (_mean_at(land, one.values, of) - mean) / sd for of in (observed, simulated)
            )
            there[key] = 0.0
    return Use(seen, made, there)


def _available(
    land: Landscape, values: NDArray[np.generic], circle: tuple[float, float, float]
) -> F64:
    """Return the values of all cells of a circle that have one."""
    x, y, radius = circle
    dx, dy = land.grid.x_centres_m() - x, land.grid.y_centres_m() - y
    cols, rows = np.flatnonzero(np.abs(dx) <= radius), np.flatnonzero(np.abs(dy) <= radius)
    if not (cols.size and rows.size):
        return np.zeros(0)
    box = np.ix_(rows, cols)
    inside = dy[rows, None] ** 2 + dx[None, cols] ** 2 <= radius**2
    found = values[box][inside].astype(float)
    if values.dtype.kind == "i":
        found[found < 0] = np.nan
    return np.asarray(found[np.isfinite(found)], float)


def _shares(parts: Sequence[F64], weights: F64, n: int) -> F64:
    total, of = np.zeros(n), 0.0
    for part, weight in zip(parts, weights, strict=True):
        if part.size:
            total += weight * np.bincount(part.astype(np.int64), minlength=n) / part.size
            of += weight
    return np.asarray(total / of if of else total, float)


def _moments(parts: Sequence[F64], weights: F64) -> tuple[float, float]:
    """Return mean and standard deviation of the available ground, each circle weighed."""
    of = sum(w for part, w in zip(parts, weights, strict=True) if part.size)
    if not of:
        return 0.0, 0.0
    kept = [(part, w / of) for part, w in zip(parts, weights, strict=True) if part.size]
    mean = sum(w * float(part.mean()) for part, w in kept)
    square = sum(w * float(((part - mean) ** 2).mean()) for part, w in kept)
    return mean, float(np.sqrt(square))


def _at(land: Landscape, values: NDArray[np.generic], sample: Sample, k: int) -> F64:
    """Return the values at the fixes of a copy, NaN where there is none."""
    col, row = land.grid.to_cells(sample.xy_m[k, :, 0], sample.xy_m[k, :, 1])
    height, width = land.grid.shape
    on = (col >= 0) & (col < width) & (row >= 0) & (row < height)
    found = np.full(col.size, np.nan)
    picked = values[row[on].astype(np.int64), col[on].astype(np.int64)].astype(float)
    if values.dtype.kind == "i":
        picked[picked < 0] = np.nan
    found[on] = picked
    return found


def _class_use(land: Landscape, one: Map, samples: Sequence[Sample]) -> F64:
    """Return the share of fixes in each class, ``[copy, class]``."""
    n = len(one.labels)
    counts = np.zeros((samples[0].copies, n))
    for sample in samples:
        for k in range(sample.copies):
            kinds = _at(land, one.values, sample, k)
            counts[k] += np.bincount(kinds[np.isfinite(kinds)].astype(np.int64), minlength=n)
    total = counts.sum(axis=1, keepdims=True)
    return np.asarray(counts / np.where(total > 0, total, np.nan), float)


def _mean_at(land: Landscape, values: NDArray[np.generic], samples: Sequence[Sample]) -> F64:
    total, n = np.zeros(samples[0].copies), np.zeros(samples[0].copies)
    for sample in samples:
        for k in range(sample.copies):
            found = _at(land, values, sample, k)
            total[k] += np.nansum(found)
            n[k] += np.isfinite(found).sum()
    return np.asarray(total / np.where(n > 0, n, np.nan), float)


def use_table(use: Use) -> pd.DataFrame:
    """Return one row a class or covariate: ``kind``, ``ground``, ``available`` and uses."""
    rows = []
    for key, available in use.available.items():
        made = use.simulated[key]
        low, high = np.nanquantile(made, (0.05, 0.95)) if np.isfinite(made).any() else (np.nan,) * 2
        rows.append(
            {
                "kind": key[0],
                "ground": key[1],
                "available": available,
                "observed": float(use.observed[key][0]),
                "simulated": float(np.nanmean(made)) if np.isfinite(made).any() else np.nan,
                "simulated_low": float(low),
                "simulated_high": float(high),
            }
        )
    columns = ["kind", "ground", "available", "observed", "simulated"]
    return pd.DataFrame(rows, columns=[*columns, "simulated_low", "simulated_high"])
