"""What pairing by common random numbers saved, and whether factors add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.contrasts import zones
from corridor_sim.languages import tr, tr_plural
from corridor_sim.report.compared import ComparedDays, Row, records
from corridor_sim.report.text import numbers as say
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.statistics.intervals import Interval, Support, intervals
from corridor_sim.statistics.moments import ROUNDING
from corridor_sim.statistics.supports import KNOWN
from corridor_sim.statistics.zones import LESS, MORE, SAME, verdicts


def crn(found: ComparedDays) -> dict[str, Any]:
    """Return what common random numbers saved: the median variance ratio and one per outcome."""
    effects = found.comparison.effects
    if effects.empty:
        return {"median": float("nan"), "rows": [], "words": ""}
    finite = effects[np.isfinite(effects["variance_ratio"].to_numpy(np.float64))]
    if finite.empty:
        return {
            "median": float("nan"),
            "rows": [],
            "words": tr("With this few replicates the saving cannot be estimated."),
        }
    median = float(finite["variance_ratio"].median())
    many = tr_plural("{n} comparison", "{n} comparisons", len(finite))
    rows = [
        {
            "label": say.label(OUTCOMES[name]),
            "ratio": float(group["variance_ratio"].median()),
            "text": ratio_text(float(group["variance_ratio"].median())),
            "n": len(group),
        }
        for name in OUTCOMES
        if len(group := finite[finite["outcome"] == name])
    ]
    if median > 1.05:
        words = tr(
            "Pairing made a difference as precise as {ratio} times the replicates would have made "
            "it without pairing (median over {comparisons}).",
            ratio=ratio_text(median),
            comparisons=many,
        )
    else:
        words = tr(
            "Pairing saved little here: the median variance ratio over {comparisons} is {ratio}.",
            ratio=ratio_text(median),
            comparisons=many,
        )
    return {"median": median, "rows": sorted(rows, key=lambda r: -r["ratio"]), "words": words}


def ratio_text(ratio: float) -> str:
    """Write a variance ratio with digits that suit it."""
    return say.number(ratio, 2 if ratio < 2 else 1 if ratio < 20 else 0)


def _of_departure(
    outcome: Outcome,
    departure: NDArray[np.float64],
    values: NDArray[np.float64],
    maps: NDArray[np.int64] | None = None,
) -> Interval:
    """Return the mean departure from adding up with its interval.

    Values of counts are whole events apart, so that the least step between them is one event's
    worth or a few.
    """
    size = float(np.abs(values).max(initial=0.0, where=np.isfinite(values)))
    departure = np.where(np.abs(departure) <= ROUNDING * size, 0.0, departure)
    steps = np.diff(np.unique(values[np.isfinite(values)]))
    steps = steps[steps > ROUNDING * size]
    counted = outcome.event in KNOWN and steps.size > 0
    # each of two differences may be as far from nothing as one outcome can be from another
    support = Support(
        2 * outcome.least,
        2 * outcome.most,
        float(steps.min()) if counted else math.nan,
        known=not outcome.event or counted,
        certain=outcome.certain,
    )
    mean, low, high, n = intervals(departure[None], support=support, apart=True, maps=maps)
    return Interval(float(mean[0]), float(low[0]), float(high[0]), int(n[0]))


def interaction_rows(
    compared: ComparedDays, corners: tuple[str, str, str, str], outcomes: Sequence[str]
) -> list[Row]:
    """Return, by species and outcome, both factors together less the sum of each alone.

    Paired by replicate: ``v_ab - v_a0 - v_0b + v_00``, with its interval.

    Parameters
    ----------
    corners : four scenario names
        Both factors, the first alone, the second alone, neither.
    outcomes : sequence of str
    """
    most = max(s.scenario.n_maps for s in compared.study.scenarios if s.name in corners)
    values: dict[tuple[str, str, str], dict[int, float]] = {}
    runs = compared.comparison.runs
    for r in records(runs[runs["scenario"].isin(corners)]):
        at = (r["species"], r["outcome"], r["scenario"])
        values.setdefault(at, {})[r["replicate"]] = r["value"]
    found: list[Row] = []
    for one in compared.species:
        for outcome in outcomes:
            table = OUTCOMES[outcome]
            columns = [values.get((one.key, outcome, s), {}) for s in corners]
            shared = sorted(set.intersection(*(set(c) for c in columns)))
            both, a, b, base = (np.array([c[k] for k in shared]) for c in columns)
            departure: NDArray[np.float64] = both - a - b + base
            maps = np.array(shared, np.int64) % most if most > 1 else None
            seen = _of_departure(table, departure, np.stack([both, a, b, base]), maps)
            if not math.isfinite(seen.mean):
                continue
            kept = np.isfinite(departure)
            zone, _ = zones(
                compared.rule, [one.key], {outcome: table}, np.array([base[kept].mean()])
            )
            word = verdicts(np.array([seen.low]), np.array([seen.high]), zone)[0]
            each = float((a - base)[kept].mean() + (b - base)[kept].mean())
            found.append(
                {
                    "species": one.common_name,
                    "label": say.heading(table),
                    "sum": say.difference(table, each),
                    "together": say.difference(table, each + seen.mean),
                    "text": say.difference(table, seen.mean),
                    "span": say.interval(table, seen.low, seen.high),
                    "sure": word in (MORE, LESS),
                    "word": tr(word) if seen.n > 1 else "",
                    "same": word == SAME and seen.n > 1,
                }
            )
    return found
