"""What a benefit can be at all: no link brings fewer animals than none, nor more than every one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import Benefit
from corridor_sim.simulation.outcomes import Outcome

F64 = NDArray[np.float64]


def benefit_limits(
    benefit: Benefit,
    table: Mapping[str, Outcome],
    species: Sequence[str],
    baseline: Mapping[tuple[str, str], float],
) -> tuple[F64, F64]:
    """Return the least and the most that the benefit of any set of links can be, ``[species]``.

    Parameters
    ----------
    benefit : Benefit
    table : mapping of Outcome
    species : sequence of str
        Keys of the species that count.
    baseline : mapping
        Mean of the base without links by species and outcome: a benefit in its per cent is
        -100 % where everything is lost.
    """
    counted = [(n, w) for n, w in benefit.weights.items() if w > 0]
    whole = sum(w for _, w in counted)
    least, most = np.zeros(len(species)), np.zeros(len(species))
    for s, key in enumerate(species):
        for name, weight in counted:
            base = baseline[key, name]
            scale = abs(benefit.scales.get(name, base))
            if not (math.isfinite(base) and scale > 0):
                least[s], most[s] = -math.inf, math.inf
                continue
            low, high = ((end - base) / scale for end in (table[name].least, table[name].most))
            if table[name].better == "less":
                low, high = -high, -low
            least[s] += weight / whole * low
            most[s] += weight / whole * high
    return least, most
