"""Covariates: maps of a user's own beside the layers, by which species select and settle.

A covariate holds numbers or classes; it stands still, changes between the two seasons, or from
year to year. It is read from files once and no edit changes it, or it is a layer of the landscape
in another unit, and then follows whatever changes the layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, shown
from corridor_sim.landscape.layers import LAYERS

F32 = NDArray[np.float32]
Kind = Literal["continuous", "class"]
Times = Literal["static", "season", "year"]
Transform = Literal["none", "log", "log1p", "sqrt"]
SEASONS = 2

_TRANSFORMS: dict[str, tuple[str, float, Callable[[F32], Any]]] = {
    # in words, the smallest value it takes, what it does
    "none": ("{}", -np.inf, lambda x: x),
    "log": ("ln({})", np.nextafter(np.float32(0), np.float32(1)), np.log),
    "log1p": ("ln(1 + {})", 0.0, np.log1p),
    "sqrt": ("sqrt({})", 0.0, np.sqrt),
}
# of the units in which a distance may be told, in metres
METRES = {"m": 1.0, "km": 1000.0}


class Ground(Protocol):
    """A landscape, or a part of one, as covariates ask it."""

    @property
    def outside(self) -> NDArray[np.bool_] | None:
        """Cells without ground, None where all have it."""

    def __getitem__(self, layer: str, /) -> Any:
        """Return a layer, ``[height, width]``."""


@dataclass(frozen=True, slots=True)
class Covariate:
    """One covariate on the grid of a landscape.

    Attributes
    ----------
    name : str
        By which coefficients call it.
    kind : {"continuous", "class"}
    values : ndarray ``[n_times, height, width]`` or None
        float32 after the transform, or integer codes; None where a layer gives the values.
    layer : str
        Continuous layer of the landscape, or its land cover, that gives them, ``""`` of files.
    times : {"static", "season", "year"}
        What the times are: one for all, the two seasons of a year, or the calendar years from
        which on each holds.
    years : tuple of int
        Of a covariate by years: the first year of each time, rising.
    current : int
        Position of the year that holds now.
    unit : str
        Unit before the transform, ``""`` where nobody said it.
    transform : {"none", "log", "log1p", "sqrt"}
        What is done to the values: nothing, ``ln x``, ``ln(1 + x)``, the square root.
    mean, sd : float
        Of all cells with a value when the landscape was read, after the transform; of both seasons
        together, and of the earliest year. Edits, later years and windows leave them as they are,
        so that a coefficient means the same throughout. 0 of classes.
    source : str
        Where it comes from, in words.
    """

    name: str
    kind: Kind = "continuous"
    values: NDArray[Any] | None = None
    layer: str = ""
    times: Times = "static"
    years: tuple[int, ...] = ()
    current: int = 0
    unit: str = ""
    transform: Transform = "none"
    mean: float = 0.0
    sd: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        if self.values is not None:
            self.values.setflags(write=False)

    @property
    def n_seasons(self) -> int:
        """How many seasons it tells apart: 1 or 2."""
        return SEASONS if self.times == "season" else 1

    def on(self, land: Ground, season: int = 0) -> NDArray[Any]:
        """Return the values of a season on a landscape, ``[height, width]``; NaN off the ground."""
        if self.values is None and self.kind == "class":
            codes, off = land[self.layer], land.outside
            return codes if off is None else np.where(off, 0, codes).astype(codes.dtype)
        if self.values is None:
            values = land[self.layer] / np.float32(METRES.get(self.unit, 1.0))
            off = land.outside
            values = values if off is None else np.where(off, np.float32(np.nan), values)
            return transformed(values, self.transform, self.name)
        at = season if self.times == "season" else self.current
        found: NDArray[Any] = self.values[at]
        return found

    def in_year(self, year: int) -> Covariate:
        """Return the covariate as it holds in a calendar year: the latest time up to it."""
        if self.times != "year":
            return self
        at = max(int(np.searchsorted(self.years, year, side="right")) - 1, 0)
        return self if at == self.current else replace(self, current=at)

    def window(self, rows: slice, cols: slice) -> Covariate:
        """Return the part that lies in some rows and columns; mean and deviation stay."""
        if self.values is None:
            return self
        return replace(self, values=np.ascontiguousarray(self.values[:, rows, cols]))

    def differs(self, other: Covariate) -> NDArray[np.bool_] | None:
        """Return the cells ``[height, width]`` in which what holds now is another; None if none.

        A layer's covariate differs where its layer does, which the landscape tells.
        """
        if self.values is None or other.values is None:
            return None
        if self.values is other.values and self.current == other.current:
            return None
        one, two = (
            each.values if each.times == "season" else each.values[each.current, None]
            for each in (self, other)
            if each.values is not None
        )
        apart = one != two
        if one.dtype.kind == "f":
            apart &= ~(np.isnan(one) & np.isnan(two))
        return np.asarray(apart.any(axis=0))

    def in_words(self) -> str:
        """Return what it is and where it comes from.

        >>> Covariate("x", source="ndvi.tif", transform="log1p").in_words()
        'ln(1 + x) of x = ndvi.tif'
        """
        if self.transform == "none":
            return self.source
        return f"{_TRANSFORMS[self.transform][0].format('x')} of x = {self.source}"


def transformed(values: F32, transform: str, name: str) -> F32:
    """Return values after a transform, float32.

    Raises
    ------
    LandscapeError
        A value of which the transform is no number.
    """
    words, low, change = _TRANSFORMS[transform]
    with np.errstate(invalid="ignore"):
        bad = values < low
    if bad.any():
        row, col = (int(i) for i in np.argwhere(bad)[0])
        raise LandscapeError(
            f"holds {float(values[row, col]):g} at row {row}, column {col}, of which "
            f"{words.format('x')} is no number",
            where=name,
            remedy='use transform = "log1p", ln(1 + x), or "none"'
            if transform == "log" and float(values[row, col]) == 0
            else 'use transform = "none"',
        )
    found: F32 = np.asarray(change(values), np.float32)
    return found


def moments(stack: NDArray[Any]) -> tuple[float, float]:
    """Return mean and standard deviation of what is no NaN, float64; the latter 0 of one value.

    Row by row, so that no second map of float64 is made.
    """
    low, high = float(np.nanmin(stack)), float(np.nanmax(stack))
    if low == high:
        return low, 0.0
    n, total = 0, 0.0
    for row in stack.reshape(-1, stack.shape[-1]):
        known = row[~np.isnan(row)].astype(np.float64)
        n, total = n + known.size, total + float(known.sum())
    mean = total / n
    apart = 0.0
    for row in stack.reshape(-1, stack.shape[-1]):
        apart += float(np.nansum((row.astype(np.float64) - mean) ** 2))
    return mean, float(np.sqrt(apart / n))


def of_classes(name: str, layer: str) -> Covariate:
    """Return a covariate of classes that follows a layer of classes.

    Its ``mean`` and ``sd`` are 0, as those of classes are.
    """
    return Covariate(name, "class", layer=layer, source=f"layer {layer}")


def of_layer(
    name: str, layer: str, land: Ground, unit: str = "", transform: Transform = "none"
) -> Covariate:
    """Return a covariate that follows a continuous layer, with its moments on its ground.

    Raises
    ------
    LandscapeError
        A unit into which the layer is not brought, or values that have, or may get, no transform.
    """
    own = LAYERS[layer].unit
    if transform == "log" and LAYERS[layer].low <= 0:
        raise LandscapeError(
            f'transform = "log", but {layer} can be 0 and below, of which there is no logarithm',
            where=name,
            remedy='use transform = "log1p", ln(1 + x), or "none"',
        )
    unit = unit or own
    if unit != own and not (own in METRES and unit in METRES):
        raise LandscapeError(
            f"unit = {shown(unit)}, but {layer} is in {own}",
            where=name,
            remedy='leave unit out, or give "m" or "km"' if own in METRES else "leave unit out",
        )
    source = f"layer {layer}" + (f" in {unit}" if unit != own else "")
    one = Covariate(name, layer=layer, unit=unit, transform=transform, source=source)
    mean, sd = moments(one.on(land))
    return replace(one, mean=mean, sd=sd)
