"""Tables of a fit: ranges, steps, selection, the population, and what people must know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from corridor_sim.telemetry.home_range import Estimate as RangeEstimate
from corridor_sim.telemetry.home_range import RangeFit
from corridor_sim.telemetry.population import BOTH, Group
from corridor_sim.telemetry.selected import intervals

if TYPE_CHECKING:
    from corridor_sim.telemetry.fit import Fit

# of a range: column, and what it is called in its fit
_OF_RANGE = {
    "home_range_km2": "home_range_km2",
    "sigma_m": "sigma_m",
    "tau_d": "tau_position_d",
    "tau_velocity_d": "tau_velocity_d",
    "error_m": "error_m",
}
SELECTION = ("term", "estimate", "se", "low", "high", "between_sd", "n_animals", "centre", "scale")
POOLED = ("parameter", "sex", "value", "se", "low", "high", "between_sd", "n_animals")


def ranges_table(ranges: Mapping[str, RangeFit], sexes: Mapping[str, str]) -> pd.DataFrame:
    """Return one row an animal: its range, or that it has none."""
    rows = []
    for name, one in ranges.items():
        row: dict[str, Any] = {
            "animal": name,
            "sex": sexes.get(name, ""),
            "n_fixes": one.n_fixes,
            "record_d": one.record_d,
            "model": one.model,
            "resident": one.resident,
        }
        for column, attribute in _OF_RANGE.items():
            row.update(_four(column, getattr(one, attribute)))
        # by the full likelihood, which most programs print
        for column, name in (("home_range_km2", "home_range_km2"), ("tau_d", "tau_d")):
            other = one.other_likelihood.get(name)
            row[f"{column}_full"] = math.nan if other is None else other.value
            row[f"{column}_full_se"] = math.nan if other is None else other.se
        row["n_effective"] = _or_nan(one.n_effective)
        row["n_crossings"] = _or_nan(one.n_crossings)
        rows.append(row)
    return pd.DataFrame(rows)


def _four(column: str, one: RangeEstimate | None) -> dict[str, float]:
    parts = ("value", "se", "low", "high")
    values = [math.nan] * 4 if one is None else [float(getattr(one, part)) for part in parts]
    return dict(zip([column, *(f"{column}_{part}" for part in parts[1:])], values, strict=True))


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)


def steps_table(fit: Fit) -> pd.DataFrame:
    """Return one row an animal: its steps and turns."""
    lengths = fit.bursts.steps.groupby("animal", sort=False)["length_m"]
    median = lengths.apply(lambda own: float(np.median(own[own > 0])) if (own > 0).any() else 0.0)
    rows = [
        {
            "animal": name,
            "sex": fit.sexes.get(name, ""),
            "n_steps": one.n,
            "n_turns": one.n_turns,
            "median_m": float(median[name]),
            "zero_share": one.zero_share,
            "step_shape": one.shape,
            "step_shape_se": one.shape_se,
            "step_scale_m": one.scale_m,
            "step_scale_m_se": one.scale_se_m,
            "turning_kappa": one.kappa,
            "turning_kappa_se": one.kappa_se,
        }
        for name, one in fit.steps.items()
    ]
    return pd.DataFrame(rows)


def selection_table(fit: Fit) -> pd.DataFrame:
    """Return one row a coefficient of step selection."""
    rows = []
    if fit.selected is not None:
        found = fit.selected.fit
        for column, one in zip(found.columns, fit.selected.coefficients, strict=True):
            low, high = intervals(one)
            name = column.term.factors[0] if len(column.term.factors) == 1 else ""
            rows.append(
                (
                    *(one.name, one.estimate, one.se, low, high, one.between_sd, one.n_animals),
                    *(found.centre.get(name, math.nan), found.scale.get(name, math.nan)),
                )
            )
    return pd.DataFrame(rows, columns=list(SELECTION))


def pooled_table(fit: Fit) -> pd.DataFrame:
    """Return one row a parameter of the population, and of a sex that has animals enough."""
    people = fit.population
    groups: dict[str, Group] = {BOTH: people.both, **people.sexes}
    if people.dispersers is not None:
        groups["dispersers"] = people.dispersers
    rows = [
        (
            *(name, sex, one.value, one.se, one.low, one.high),
            *(group.between_sd.get(name, math.nan), group.n.get(name, 0)),
        )
        for sex, group in groups.items()
        for name, one in group.estimates.items()
    ]
    return pd.DataFrame(rows, columns=list(POOLED))


def notes_table(fit: Fit) -> pd.DataFrame:
    """Return all that people must know, a row each."""
    rows = [(one.kind, one.animal, one.count, one.words) for one in fit.told]
    return pd.DataFrame(rows, columns=["kind", "animal", "count", "words"])
