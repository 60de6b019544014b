"""How outcomes of runs through decades are written for people: units, decimals, signs, risks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corridor_sim.report.text import numbers as say
from corridor_sim.simulation.decades.outcomes import LIFE_OUTCOMES
from corridor_sim.simulation.outcomes import headlines

# What a planner looks at first, in this order.
HEADLINES = headlines(LIFE_OUTCOMES)
# Compared as per cent of the reference.
RELATIVE = frozenset(name for name, row in LIFE_OUTCOMES.items() if row.relative)


def scale_of(name: str) -> say.Scale:
    """Return how an outcome is shown: shares in per cent, mortality per 100 animal-years."""
    return LIFE_OUTCOMES[name].scale


def heading(name: str) -> str:
    """Return label and unit, as a column head."""
    unit = scale_of(name).unit
    label = LIFE_OUTCOMES[name].label
    return f"{label} ({unit})" if unit else label


def value(name: str, amount: float) -> str:
    """Write a value without its unit.

    >>> value("animals_change", -0.123), value("animals_end", 1234.4)
    ('−12.3', '1,234')
    """
    scale = scale_of(name)
    return say.number(amount * scale.factor, scale.decimals)


def interval(name: str, low: float, high: float) -> str:
    """Write ``[low, high]`` of a value, or nothing where there is no interval (one replicate).

    >>> interval("animals_end", 0.0, 30.0), interval("fst", -0.01, 0.02)
    ('[0, 30]', '[−0.0100, 0.0200]')
    """
    return say.told(scale_of(name), low, low, high)[1]


def difference(name: str, row: Mapping[str, Any]) -> tuple[str, str]:
    """Write a difference, signed, and its interval, without unit; clear ones never as zero.

    >>> row = {"difference": 0.2, "low": 0.1, "high": 0.3, "clear": True}
    >>> difference("capacity_end", row)
    ('+0.2', '[+0.1, +0.3]')
    """
    ends = (row[k] for k in ("difference", "low", "high"))
    return say.told(scale_of(name), *ends, sign=True, clear=bool(row["clear"]))


def risk_interval(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) interval of a probability after ``hits`` of ``n`` runs.

    Runs either fall below the threshold or do not, so Student's t would give no interval at 0 and
    at 1, where one is needed most (Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404).

    >>> low, high = risk_interval(0, 4)
    >>> low, round(high, 3)
    (0.0, 0.602)
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(betaincinv(hits, n - hits + 1, tail))
    high = 1.0 if hits == n else float(betaincinv(hits + 1, n - hits, 1 - tail))
    return low, high
