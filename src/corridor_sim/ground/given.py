"""Maps of what the ground gives today, and what of it is left under another land cover.

Two kinds, by one rule each. A table by land cover gives each cell the value of the cover that it
has. A user's raster is what it says where the cover is today's; where natural cover has gone, so
has the amount (``goes_with``), and where another natural cover has come, the mean of the raster
over that cover today stands in (``comes_back``), for nobody measured what will grow there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.co_benefits import CoBenefit
from corridor_sim.datasets.andes_amazon.co_benefits import TABLES, CoverTable, at_place
from corridor_sim.errors import CorridorSimError, ScenarioError, placing
from corridor_sim.landscape.amount_units import METRES, split_unit, summed_unit
from corridor_sim.landscape.coverage import Coverage
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.amounts import Amounts, read_amounts
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
N_CODES = 256


@dataclass(frozen=True, slots=True)
class Given(ABC):
    """One co-benefit on a landscape.

    Attributes
    ----------
    settings : CoBenefit
    today : float64 ``[height, width]``
        Amount of each cell on the landscape of today.
    known : float32 ``[height, width]``
        Share of each cell on which it is known.
    origin : str
        Where it comes from, for people.
    """

    settings: CoBenefit
    today: F64
    known: F32
    origin: str

    @property
    def name(self) -> str:
        """What reports call it."""
        return self.settings.name

    @property
    def unit(self) -> str:
        """Unit of its sums."""
        return summed_unit(self.settings.value_unit)

    @property
    @abstractmethod
    def rule(self) -> str:
        """How it follows the land cover, in a sentence."""

    @abstractmethod
    def under(self, land: Landscape) -> F64:
        """Return the amount of each cell under the land cover of a landscape."""


@dataclass(frozen=True, slots=True)
class ByCover(Given):
    """What a table gives to each land cover.

    Attributes
    ----------
    table : CoverTable
    by_code : float64 ``[256]``
        Its values by code of land cover, NaN where it has none.
    per_value : float64 ``[height, width]`` or float
        Amount of a cell for a value of 1.
    """

    table: CoverTable
    by_code: F64
    per_value: F64 | float

    @property
    def rule(self) -> str:
        """How it follows the land cover, in a sentence."""
        return tr(
            "by land cover, from published means (confidence: {confidence}); left out: {left_out}",
            confidence=tr(self.table.confidence),
            left_out=tr(self.table.left_out),
        )

    def under(self, land: Landscape) -> F64:
        """Return the amount of each cell under the land cover of a landscape."""
        amount = np.asarray(self.by_code[land["land_cover"]] * self.per_value, np.float64)
        return amount if land.outside is None else np.where(land.outside, 0.0, amount)


@dataclass(frozen=True, slots=True)
class ByRaster(Given):
    """What a user's raster says of today, and how that follows the cover.

    Attributes
    ----------
    cover : uint8 ``[height, width]``
        Land cover of today.
    """

    cover: NDArray[np.uint8]
    _means: F64 = field(repr=False)

    @property
    def rule(self) -> str:
        """How it follows the land cover, in a sentence."""
        if not self.settings.is_lost:
            return tr("your raster, the same whatever becomes of the land cover")
        if not self.settings.returns:
            return tr(
                "your raster, lost where natural cover goes; what comes with another natural cover "
                "is not counted"
            )
        return tr(
            "your raster, lost where natural cover goes; what comes with another natural cover is "
            "taken as the raster's mean over that cover today"
        )

    def under(self, land: Landscape) -> F64:
        """Return the amount of each cell under the land cover of a landscape."""
        cover = land["land_cover"]
        changed = cover != self.cover
        if not self.settings.is_lost or not changed.any():
            return self.today
        natural = land.covers.has(cover, "natural")
        was = land.covers.has(self.cover, "natural")
        out = np.where(changed & was & ~natural, 0.0, self.today)
        if self.settings.returns:
            mean = self._means[cover]
            fits = changed & natural & np.isfinite(mean)
            out = np.where(fits, mean, out)
        return out


def given_on(
    settings: Sequence[CoBenefit], land: Landscape, base_dir: Path, where: str
) -> tuple[Given, ...]:
    """Return the co-benefits of a study on its landscape of today.

    Parameters
    ----------
    settings : sequence of CoBenefit
    land : Landscape
        Before all edits.
    base_dir : Path
        Folder to which relative paths refer.
    where : str
        The file of the study, for messages.

    Raises
    ------
    CorridorSimError
        In one line: a raster that cannot be read, of another unit or elsewhere; a table of the
        built-in landscape that does not hold here.
    """
    return tuple(
        _given(one, land, base_dir, f"{where}: co_benefits[{i}] {one.name!r}")
        for i, one in enumerate(settings)
    )


def _given(one: CoBenefit, land: Landscape, base_dir: Path, where: str) -> Given:
    if one.layer is not None:
        return _by_cover(one, TABLES[one.layer], land, where)
    assert one.file is not None
    assert one.unit is not None
    try:
        found = read_amounts(base_dir / one.file, one.file, where, one.unit, one.is_per, land.grid)
    except CorridorSimError as bad:
        if bad.where and where in bad.where:
            raise
        with placing(where):
            raise type(bad)(bad.problem, where=f": {bad.where}", remedy=bad.remedy) from None
    if land.outside is not None:
        # there is nothing to know where there is no ground
        found = replace(
            found,
            per_cell=np.where(land.outside, 0.0, found.per_cell),
            known=np.where(land.outside, np.float32(1), found.known),
        )
    return ByRaster(
        one, found.per_cell, found.known, found.origin, land["land_cover"], _means(found, land)
    )


def _by_cover(one: CoBenefit, table: CoverTable, land: Landscape, where: str) -> Given:
    scale = per_cell(one, land.grid)
    factor = at_place(table, land.grid, where) * scale
    by_code = _by_code(one, table, land, where)
    known = np.ones(land.grid.shape, np.float32)
    made = ByCover(one, np.empty(0), known, table.sources, table, by_code, factor)
    return ByCover(one, made.under(land), known, table.sources, table, by_code, factor)


def _by_code(one: CoBenefit, table: CoverTable, land: Landscape, where: str) -> F64:
    """Return the values of a table by code of the landscape's own land covers."""
    for row in land.covers.rows:
        if row.key not in table.by_cover:
            raise ScenarioError(
                f"{one.layer} has no value for {row.key!r} of the land cover {land.covers.name}",
                where=where,
                remedy="give a raster of your own with file",
            )
    by_code = np.full(N_CODES, np.nan)
    for row in land.covers.rows:
        by_code[row.code] = table.by_cover[row.key]
    return by_code


def per_cell(one: CoBenefit, grid: Grid) -> float:
    """Return the amount of a whole cell for a value of 1: hectares, or m³ of a depth.

    >>> per_cell(CoBenefit(name="C", layer="carbon"), Grid(2, 2, 1000.0, 0, 0, "EPSG:32717"))
    100.0
    """
    if one.is_per == "ha":
        return grid.cell_km2 * 100.0
    if one.is_per == "depth":
        return METRES[split_unit(one.value_unit)[0]] * grid.cell_m**2
    return 1.0


def _means(found: Amounts, land: Landscape) -> F64:
    """Return the mean amount of a whole cell by cover of today, NaN where nothing is known."""
    cover = land["land_cover"].reshape(-1)
    total = np.bincount(cover, found.per_cell.reshape(-1), N_CODES)
    known = np.bincount(cover, found.known.reshape(-1).astype(np.float64), N_CODES)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known > 0, total / known, np.nan)


@dataclass(frozen=True, slots=True)
class Sum:
    """A co-benefit over some ground.

    Attributes
    ----------
    today, without, with_ : float
        What stands there today, and what will without a measure and with it.
    holes : float
        Share of the ground on which nothing is known.
    """

    today: float
    without: float
    with_: float
    holes: float

    @property
    def avoided_loss(self) -> float:
        """What is there with the measure and would not be without: kept, or brought back."""
        return self.with_ - self.without


def sum_over(given: Given, ground: Coverage, without: F64, with_: F64) -> Sum:
    """Return the sums of a co-benefit over some ground.

    Parameters
    ----------
    given : Given
    ground : Coverage
        Share of each cell that belongs to it.
    without, with_ : float64 ``[height, width]``
        Amounts a cell under either landscape.
    """
    whole = float(ground.share.sum())
    return Sum(
        ground.total(given.today),
        ground.total(without),
        ground.total(with_),
        ground.total(1.0 - given.known) / whole if whole > 0 else 0.0,
    )


def refuse_holes(given: Given, found: Sum, what: str, where: str) -> None:
    """Refuse a raster with more holes on some ground than its settings allow.

    Raises
    ------
    ScenarioError
        Naming the co-benefit, the ground, the share and what to do.
    """
    one = given.settings
    if one.holes == "zero" or found.holes <= one.most_holes + 1e-9:
        return
    raise ScenarioError(
        f"has no value on {100 * found.holes:.0f} % of {what}, at most "
        f"{100 * one.most_holes:g} % are allowed",
        where=f"{where}: {one.name!r} ({one.file})",
        remedy='fill the raster (gdal_fillnodata.py), raise most_holes, or set holes = "zero" to '
        "count it as nothing",
    )
