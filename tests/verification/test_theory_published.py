"""Figures that Circuitscape publishes for maps of 10 x 10 cells.

From github.com/Circuitscape/Circuitscape.jl (MIT licence, Copyright (c) 2017-2018: Contributors),
``test/input/raster`` and ``test/output_verify``: the values of its maps and some of its results,
written down here in rows. Its results have ten digits; those of its iteration are as good as the
residual at which that stops, 1e-6 of the currents fed in.
"""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim.connectivity.circuit import advanced, one_to_all
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import conductance_raster
from oracles.verdict import Verdict

ITERATION = 1e-6
DIGITS = 5e-10


def rows(text: str) -> np.ndarray:
    found = np.array([[float(x) for x in line.split()] for line in text.strip().splitlines()])
    found[found == 0] = np.nan
    return found


# 0 here is no data
HABITAT = rows("""
130 168 153 0 14 12 13 107 140 171
104 3 2 0 13 158 12 14 13 114
124 2 2 12 0 0 13 161 4 5
184 5 4 14 13 14 0 13 4 4
105 143 103 169 0 115 10 0 166 14
187 1 163 188 121 142 14 175 0 10
198 11 110 115 149 2 2 164 3 0
100 11 193 14 12 4 2 1 11 13
0 11 12 11 10 12 167 157 181 157
0 0 122 134 124 157 192 184 190 172""")


def region_map() -> np.ndarray:
    out = np.zeros((10, 10), int)
    out[1:4, 1:3] = out[5, 1] = 1
    out[6, 5:7] = out[7, 5:8] = 2
    out[2:4, 8:] = 3
    return out


def sources() -> np.ndarray:
    out = np.zeros((10, 10))
    out[2, 1], out[6, 6], out[3, 8] = 1, 2, -1
    return out


# case: rules, conductance to the ground by cell, published values by cell
OHMS = {(1, 8): np.inf, (8, 3): 1 / 10}
ADVANCED = {
    "mgVerify2, current": (
        {"connect": "average_resistance", "neighbours": 4},
        OHMS,
        "current",
        {
            (0, 0): 0.001174818365,
            (1, 8): 1.000000011,
            (2, 3): 0.150978635,
            (4, 1): 0.3481076304,
            (6, 6): 2.150655338,
            (7, 5): 2.04336339,
            (8, 3): 3.000000134,
            (9, 9): 0.003478270344,
        },
    ),
    "mgVerify3, voltage": (
        {"connect": "average_conductance", "regions": region_map()},
        OHMS,
        "voltage",
        {
            (0, 0): 15.53089567,
            (0, 4): 6.920197776,
            (2, 9): 1.722390582,
            (4, 5): 12.28949154,
            (5, 1): 15.53089568,
            (7, 3): 13.14294219,
            (8, 3): 10.79437798,
            (9, 9): 14.5096994,
        },
    ),
    "mgVerify4, current": (
        {"connect": "average_resistance", "regions": region_map()},
        {(8, 3): 10.0},
        "current",
        {
            (0, 4): 0.08350187355,
            (2, 3): 0.3153325819,
            (3, 9): 1.000000009,
            (5, 1): 1.00000002,
            (6, 1): 0.3988422477,
            (7, 4): 0.744414166,
            (8, 3): 1.999999896,
            (9, 5): 0.02865341438,
        },
    ),
    "mgVerify4, voltage": (
        {"connect": "average_resistance", "regions": region_map()},
        {(8, 3): 10.0},
        "voltage",
        {
            (0, 0): 13.39182096,
            (1, 4): 8.451744705,
            (3, 8): 1.657758753,
            (5, 9): 6.762412713,
            (6, 1): 11.07506852,
            (8, 3): 0.1999999874,
            (9, 9): 9.988511247,
        },
    ),
}


@pytest.mark.parametrize("case", ADVANCED)
@pytest.mark.parametrize("method", ["direct", "amg"])
def test_sources_and_grounds(case: str, method: str, verdict: Verdict) -> None:
    rules, to_ground, what, published = ADVANCED[case]
    grounds = np.zeros((10, 10))
    for cell, conductance in to_ground.items():
        grounds[cell] = conductance
    raster = conductance_raster(HABITAT, **rules)
    flow = advanced(raster, sources(), grounds, method=method)
    found = flow.current_map() if what == "current" else flow.voltage_map()
    largest = float(np.nanmax(found))
    off = max(abs(found[cell] - figure) for cell, figure in published.items()) / largest
    verdict.below(
        f"sources, grounds and regions, {method}",
        f"Circuitscape's {case}",
        ITERATION,
        off,
        "its iteration, of the largest",
    )


# another of its maps; where the mask of the case leaves cells out, they are no data here
MASKED = rows("""
1 2 3 4 5 0 0 0 9 10
2 0 0 1 1 2 1 1 1 1
3 2 1 1 0 2 1 1 1 1
4 2 1 1 1 2 0 0 1 2
0 0 0 0 0 2 0 0 1 0
0 0 0 0 0 2 0 0 0 0
7 0 2 0 1 2 0 0 1 5
0 0 0 0 0 0 0 0 0 0
9 0 2 0 1 2 0 0 1 7
0 0 0 0 0 0 0 0 0 0""")


def test_one_to_all_with_mask_pairs_strengths_and_regions(verdict: Verdict) -> None:
    """Case oneToAllVerify13; its points on no data, which it reports as -1, are left out."""
    regions = np.zeros((10, 10), int)
    regions[0, 3:6], regions[2:6, 9] = 6, 1
    raster = conductance_raster(MASKED, connect="average_resistance", regions=regions)
    places = {1: (0, 0), 2: (0, 9), 4: (3, 9), 5: (5, 9), 8: (5, 5), 9: (4, 8)}
    focal = Focal.at(list(places.values()), (10, 10), list(places))
    named = ((1, 2), (1, 5), (1, 8), (5, 8), (5, 9), (8, 9))
    pairs = frozenset(frozenset(pair) for pair in named)
    strengths = {name: name / 10 for name in places}
    published = {
        1: 3.583900546,
        2: 6.361043527,
        4: np.inf,
        5: 0.6924462069,
        8: 4.112637751,
        9: 0.8490090586,
    }
    found = list(one_to_all(raster, focal, pairs=pairs, strengths=strengths))
    assert [name for name, _, _ in found] == list(published)
    off = 0.0
    for name, resistance, flow in found:
        if name == 4:
            assert resistance == np.inf  # it makes no pair
            continue
        assert flow is not None
        off = max(off, abs(resistance / published[name] - 1))
        # the voltage is that of the strength, the resistance is not
        assert np.nanmax(flow.voltage_map()) == pytest.approx(resistance * strengths[name])
    verdict.below(
        "one-to-all with mask, pairs, strengths, regions",
        "Circuitscape's oneToAllVerify13",
        DIGITS,
        off,
        "its ten digits",
    )
