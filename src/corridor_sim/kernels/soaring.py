"""Lift along the way: how a soaring animal weighs a flight and what it costs.

Rising air at a point is the stronger of the orographic and the thermal updraught (McGahan 1973,
J. Exp. Biol. 58:225). Where it exceeds the bird's own sink, flight is free; elsewhere the bird
spends the height it carries, at its glide ratio, and flaps only for what is left of the way.
"""

from __future__ import annotations

from corridor_sim.kernels.jit import kernel


@kernel(inline=True)
def lift_at(x, y, thermal, fields):
    """Return the upward air speed in m/s at a position in cells; ``thermal`` follows the hour."""
    row = int(y)
    col = int(x)
    orographic = float(fields.lift_orographic_ms[row, col])
    thermals = thermal * float(fields.lift_thermal_ms[row, col])
    return thermals if thermals > orographic else orographic


@kernel(inline=True)
def soar_weight(x0, y0, x1, y1, thermal, fields, params):
    """Return the factor by which lift along a way changes its weight, in [floor, 1].

    ``floor + (1 - floor) q^2`` with q the mean over the way of ``min(1, lift / sink)``.
    """
    n = params.lift_samples
    total = 0.0
    for k in range(n):
        t = (k + 0.5) / n
        share = lift_at(x0 + t * (x1 - x0), y0 + t * (y1 - y0), thermal, fields) / params.sink_ms
        total += share if share < 1.0 else 1.0
    quality = total / n
    return params.soar_floor + (1.0 - params.soar_floor) * quality * quality


@kernel(inline=True)
def fly(x0, y0, x1, y1, way_m, thermal, reserve_m, fields, params):
    """Return (metres flapped, height in reserve at the end) of one flight of ``way_m`` metres."""
    n = params.lift_samples
    part_m = way_m / n
    flapped_m = 0.0
    for k in range(n):
        t = (k + 0.5) / n
        lift = lift_at(x0 + t * (x1 - x0), y0 + t * (y1 - y0), thermal, fields)
        if lift >= params.sink_ms:
            reserve_m = params.climb_ceiling_m
        else:
            reserve_m -= part_m / params.glide_ratio
            if reserve_m < 0.0:
                flapped_m -= reserve_m * params.glide_ratio
                reserve_m = 0.0
    return flapped_m, reserve_m
