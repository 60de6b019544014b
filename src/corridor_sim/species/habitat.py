"""What a species sees of a landscape: suitability to live in, selection strength to step to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.crossing import NO_GROUND
from corridor_sim.landscape.derive import distance_m
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.polygons import cells_in_rings
from corridor_sim.landscape.strips import Strip, by_strips
from corridor_sim.species.traits import Habitat, Response, Species

F32 = NDArray[np.float32]


def response(curve: Response | None, values: NDArray[Any]) -> F32:
    """Return suitability 0..1 along a gradient; constant beyond the ends, 1 without a curve."""
    if curve is None:
        return np.ones(values.shape, np.float32)
    xs = np.array([p[0] for p in curve.points])
    ys = np.array([p[1] for p in curve.points])
    result: F32 = np.interp(values, xs, ys).astype(np.float32)
    return result


def _away(distance: F32, half_m: float) -> F32:
    """Return ``1 - 2^-(d / half)``: 0 at the disturbance, 1/2 at ``half_m``; 1 if half is 0."""
    if half_m == 0:
        return np.ones(distance.shape, np.float32)
    result: F32 = (1.0 - np.exp2(-distance / np.float32(half_m))).astype(np.float32)
    return result


def cover_m(species: Species, land: Landscape) -> F32 | None:
    """Distance to cover that shelters the species; None where gaps mean nothing to it."""
    h: Habitat = species.habitat
    if h.gap_half_m.value <= 0:
        return None
    values = {} if h.resistance is None else h.resistance.values
    crossed = land.covers.codes_of(h.residence.crossed_only if h.residence else ())
    shelters = np.zeros(256, np.bool_)
    for row in land.covers.rows:
        fits = np.float32(values.get(row.key, 1.0)) <= h.cover_max_resistance.value
        shelters[row.code] = fits and row.code not in crossed
    there = np.empty(land.grid.shape, np.bool_)

    def fill(rows: slice) -> None:
        # where there is no ground there is no class, and no shelter
        there[rows] = shelters[land["land_cover"][rows]]

    by_strips(land.grid.shape, fill)
    return distance_m(there, land.grid.cell_m)


def habitat_of(
    species: Species, land: Landscape | Strip, shift_m: float, cover_m: F32 | None
) -> tuple[F32, F32]:
    """Suitability and selection strength when the species ranges ``shift_m`` higher than usual.

    Where there is no ground they are 0 and :data:`NO_GROUND`. ``cover_m`` is :func:`cover_m` of the
    same ground; all else is made cell by cell.
    """
    h: Habitat = species.habitat
    by_code = np.ones(256, np.float32)
    values = {} if h.resistance is None else h.resistance.values
    for key, row in land.covers.by_key.items():
        by_code[row.code] = values.get(key, 1.0)
    resistance, off = by_code[land["land_cover"]], land.outside
    # ranging higher by shift = preferring ground that is colder by lapse * shift
    lapse = land.region.lapse_c_per_m or 0.0
    climate = response(h.temperature_c, land["temperature_c"] + np.float32(lapse * shift_m))
    climate = climate * response(h.elevation_m, land["elevation_m"] - np.float32(shift_m))
    town = _away(land["settlement_distance_m"], h.settlement_half_m.value)
    road = _away(land["road_distance_m"] + np.float32(land.grid.cell_m / 4), h.road_half_m.value)
    gap = np.ones(land.grid.shape, np.float32)
    if cover_m is not None:
        gap = np.exp2(-((cover_m / np.float32(h.gap_half_m.value)) ** 2)).astype(np.float32)
    cover = 1.0 - np.log(resistance) / np.float32(np.log(100.0))
    slope = np.exp(np.float32(h.slope_effect_per_deg.value) * land["slope_deg"])
    weight = (
        resistance ** np.float32(-h.resistance_exponent.value)
        * climate ** np.float32(h.climate_exponent.value)
        * town
        * road
        * gap
        * slope
    )
    # a floor keeps an animal caught in bad ground able to leave it
    weight = np.maximum(weight, np.float32(1e-6))
    suitability = np.clip(cover * climate * town * gap, 0, 1)
    if off is not None:
        weight[off], suitability[off] = NO_GROUND, 0
    return suitability.astype(np.float32), weight.astype(np.float32)


def at_home(species: Species, land: Landscape) -> NDArray[np.bool_]:
    """Where the species may live: not in covers it only crosses, nor where it is absent."""
    residence = species.habitat.residence
    lives = np.ones(land.grid.shape, np.bool_)
    if residence is not None:
        crossed = land.covers.codes_of(residence.crossed_only)
        lives &= ~np.isin(land["land_cover"], crossed)
        lives &= ~cells_in_rings(residence.absent_lonlat, land.grid)
    if land.outside is not None:
        lives &= ~land.outside
    return lives


def mismatch_c(species: Species, land: Landscape | Strip) -> F32:
    """Degrees by which each cell exceeds the warm edge of the optimum, ``[height, width]``."""
    curve = species.habitat.temperature_c
    if curve is None:
        return np.zeros(land.grid.shape, np.float32)
    best = max(p[1] for p in curve.points)
    if curve.points[-1][1] >= 0.9 * best:
        return np.zeros(land.grid.shape, np.float32)  # no warm limit in this curve
    warm_edge = max(p[0] for p in curve.points if p[1] >= 0.9 * best)
    return np.maximum(land["temperature_c"] - np.float32(warm_edge), 0).astype(np.float32)
