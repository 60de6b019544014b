"""Patterns of the past that a landscape through time is held to.

Two are published for the corridor: the temperature at its foot and at its crest, and the forest
that southern Ecuador lost between 1976 and 2008. Each function returns rows of (pattern, target,
source, value, passed); the target is the published one and is not tuned.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.climate import natural_zone
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.edits.places import LONLAT, cells_inside
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.rules import Change, ClearingRule, RateFrom
from corridor_sim.landscape.timeline.timeline import Timeline

TEMPERATURES = ((600.0, 23.4), (4120.0, 5.8))
"""Height in m and mean annual temperature in °C, Sangay-Podocarpus (El Telégrafo, 31 July 2018)."""

TEMPERATURE_TOLERANCE_C = 1.0
BAND_M = 150.0
"""Half-width of the band of heights from which the temperature of a height is read."""

PAST_RATES = (RateFrom(from_year=1976, rate=0.0075), RateFrom(from_year=1989, rate=0.0286))
FIRST, LAST = 1976, 2008
CONVERTED = 0.46
CONVERTED_TOLERANCE = 0.03
CLEARING_SOURCE = "Tapia-Armijos et al. 2015, doi:10.1371/journal.pone.0133701"

SOUTH_ECUADOR = (
    (-80.45, -4.35),
    (-80.0, -3.75),
    (-79.5, -3.45),
    (-79.2, -3.35),
    (-78.9, -3.35),
    (-78.4, -3.5),
    (-78.5, -4.1),
    (-78.7, -4.6),
    (-78.95, -4.95),
    (-79.3, -5.0),
    (-79.55, -4.5),
    (-80.1, -4.3),
    (-80.4, -4.45),
)
"""Loja and Zamora Chinchipe as a rough ring of (lon, lat), drawn by hand (approximated)."""


class Row(NamedTuple):
    """One published pattern and what the model gives."""

    pattern: str
    target: str
    source: str
    value: float
    passed: bool


def temperature_rows(land: Landscape) -> list[Row]:
    """Temperature of the corridor at its foot and its crest, in °C.

    Read off the map: a straight line of temperature on height through the cells within 150 m of
    the stated height, at that height.

    Raises
    ------
    LandscapeError
        If the landscape has no ground at one of the heights.
    """
    rows = []
    z, t = land["elevation_m"].astype(np.float64), land["temperature_c"].astype(np.float64)
    for height_m, target_c in TEMPERATURES:
        near = np.abs(z - height_m) <= BAND_M
        if near.sum() < 2 or np.ptp(z[near]) == 0:
            raise LandscapeError(
                f"no ground within {BAND_M:.0f} m of {height_m:.0f} m", where=land.name
            )
        level = np.polyfit(z[near] - height_m, t[near], 1)[1]
        rows.append(
            Row(
                f"mean temperature at {height_m:.0f} m, °C",
                f"{target_c} ± {TEMPERATURE_TOLERANCE_C:.0f}",
                "El Telégrafo, 31 July 2018",
                float(level),
                abs(float(level) - target_c) <= TEMPERATURE_TOLERANCE_C,
            )
        )
    return rows


def clearing_row(land: Landscape, *, seed: int = 1) -> Row:
    """Share of southern Ecuador's original forest that the published rates convert by 2008.

    The region is put back under its original cover (:func:`original_forest`), and from 1976 on
    forest falls at 0.75 % and from 1989 at 2.86 % of what is left in a year.

    What this can and cannot show: the arithmetic of the rates alone gives ``1 - 0.9925^13
    0.9714^19`` = 47.7 %, so the test is whether the machinery keeps the rates, and whether the
    three published numbers agree with each other. They do so only where next to nothing (at most
    2.4 %) of the forest counted as original had gone before 1976; with ``c`` gone by then it would
    be ``1 - 0.523 (1 - c)``. The rates are those of forest remaining, compounded yearly. Where
    forest fell is another matter: :func:`placement`.

    Raises
    ------
    LandscapeError, ScenarioError
        If the landscape does not hold the region.
    """
    start, end = _then_and_after(land, seed)
    before = int(_forest(start).sum())
    after = int(_forest(end).sum())
    converted = 1.0 - after / before
    return Row(
        "share of southern Ecuador's original forest converted by 2008",
        f"{CONVERTED:.0%} ± {CONVERTED_TOLERANCE * 100:.0f} points",
        CLEARING_SOURCE,
        converted,
        abs(converted - CONVERTED) <= CONVERTED_TOLERANCE,
    )


def placement(land: Landscape, *, seed: int = 1) -> tuple[float, float]:
    """How often the hindcast clears where today's map shows farmland, and how often chance would.

    Returns
    -------
    hit : float
        Share of the cells cleared in the hindcast that are no natural cover (or are secondary
        forest) on ``land``.
    chance : float
        The same share among all cells of the original forest.
    """
    start, end = _then_and_after(land, seed)
    used = _used(region(land))
    forest = _forest(start)
    fell = forest & ~_forest(end)
    return float(used[fell].mean()), float(used[forest].mean())


def original_forest(land: Landscape) -> Landscape:
    """Return ``land`` with farmland, mines and secondary forest under the zone of their height.

    Towns and roads stay: they are today's, and give 1976 more access than it had.
    """
    cover = land["land_cover"]
    used = _used(land) & ~land.covers.has(cover, "settlement")
    before = np.where(
        used, natural_zone(land["elevation_m"], land.region.zones, land.covers), cover
    ).astype(np.uint8)
    layers = derive(land.grid, {**land.layers, "land_cover": before}, land.covers, land.region)
    return land.edited("original forest put back", layers=layers)


def region(land: Landscape) -> Landscape:
    """Return the part of ``land`` inside :data:`SOUTH_ECUADOR`; ground outside it is open water.

    Raises
    ------
    ScenarioError
        If no cell of the landscape lies inside.
    """
    inside = cells_inside((SOUTH_ECUADOR,), LONLAT, land.grid, "hindcast")
    (top, bottom), (left, right) = (
        (int(i[0]), int(i[-1]) + 1)
        for i in (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    )
    window = (slice(top, bottom), slice(left, right))
    old = land.grid
    grid = Grid(
        bottom - top,
        right - left,
        old.cell_m,
        old.west_m + left * old.cell_m,
        old.north_m - top * old.cell_m,
        old.crs,
    )
    layers = {name: np.ascontiguousarray(v[window]) for name, v in land.layers.items()}
    water = np.uint8(land.covers.first("water", "the hindcast").code)
    layers["land_cover"] = np.where(inside[window], layers["land_cover"], water).astype(np.uint8)
    return Landscape(
        name=f"{land.name}, southern Ecuador",
        grid=grid,
        layers=derive(grid, layers, land.covers, land.region),
        zone_names=land.zone_names,
        zone_countries=land.zone_countries,
        covers=land.covers,
        region=land.region,
    )


def _used(land: Landscape) -> NDArray[np.bool_]:
    cover = land["land_cover"]
    used = land.covers.lacks(cover, "natural")
    return np.asarray(used | land.covers.has(cover, "regrowth"))


def _forest(land: Landscape) -> NDArray[np.bool_]:
    return land.covers.has(land["land_cover"], "forest")


def _then_and_after(land: Landscape, seed: int) -> tuple[Landscape, Landscape]:
    start = original_forest(region(land))
    rules = Change(clearing=ClearingRule(rates=PAST_RATES), update_every_y=LAST - FIRST)
    line = Timeline(start, rules, start_year=FIRST, n_years=LAST - FIRST, seed=seed)
    return start, line.at(LAST)
