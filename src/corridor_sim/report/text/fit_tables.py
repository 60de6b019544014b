"""Rows of the tables of a fit's page, as texts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.fit import Row, digits, is_ground, plain_term, span

if TYPE_CHECKING:
    from corridor_sim.telemetry.check import FitCheck
    from corridor_sim.telemetry.fit import Fit
    from corridor_sim.telemetry.hold_out import HoldOut
    from corridor_sim.telemetry.home_range import RangeFit

# parameters of the population: what a reader calls them, unit, and what they say
PARAMETERS: dict[str, tuple[str, str, str]] = {
    "home_range_km2": (
        "home range, 95 %",
        "km²",
        "area of the circle that holds 95 % of the places of an animal",
    ),
    "tau_d": (
        "range-crossing time",
        "days",
        "after so long an animal's place says little of where it was",
    ),
    "step_shape": (
        "gamma shape of steps",
        "",
        "below 1 many short and few long steps; the larger, the more alike",
    ),
    "step_scale_m": ("gamma scale of steps", "m", "shape times scale is the mean step"),
    "turning_kappa": (
        "concentration of turns",
        "",
        "above 0 it keeps its direction, below 0 it turns back",
    ),
}
VERDICTS = {"agrees": "agrees", "open": "cannot be told from chance", "differs": "differs"}


def cell(value: float, low: float = math.nan, high: float = math.nan, n: int = 3) -> Row:
    """Return a cell: a number, and its interval below."""
    return {"text": digits(value, n), "span": span(low, high, n)}


def _estimate(one: Any, factor: float = 1.0) -> Row:
    if one is None:
        return cell(math.nan)
    return cell(one.value * factor, one.low * factor, one.high * factor)


def _by_full_likelihood(one: RangeFit) -> str:
    """Return range and crossing time by the likelihood that most programs print."""
    area, tau = (one.other_likelihood.get(name) for name in ("home_range_km2", "tau_d"))
    if area is None or one.home_range_km2 is None:
        return ""
    crossed = "" if tau is None else f", {tau.value:.3g} d ({tau.se:.2g})"
    return f"{area.value:.3g} km² ({area.se:.2g}){crossed}"


def range_rows(fit: Fit) -> list[Row]:
    """Return a row an animal: its range and what it was fitted by."""
    rows = []
    for name, one in fit.ranges.items():
        rows.append(
            {
                "animal": name,
                "resident": "yes" if one.resident else "no",
                "model": one.model.upper(),
                "area": _estimate(one.home_range_km2),
                "tau": _estimate(one.tau_position_d),
                "velocity": _estimate(one.tau_velocity_d, 24.0),
                "full": _by_full_likelihood(one),
                "record": digits(one.record_d, 3),
                "crossings": digits(
                    math.nan if one.n_crossings is None else float(one.n_crossings), 2
                ),
            }
        )
    return rows


def population_rows(fit: Fit) -> list[Row]:
    """Return a row a parameter and group: the population's value and how animals differ."""
    people = fit.population
    groups = {"all residents": people.both}
    groups |= {f"{sex}s": group for sex, group in people.sexes.items()}
    if people.dispersers is not None:
        groups["without a range"] = people.dispersers
    rows = []
    for name, (label, unit, meaning) in PARAMETERS.items():
        for who, group in groups.items():
            one = group.estimates.get(name)
            if one is None:
                continue
            first = who == "all residents"
            rows.append(
                {
                    "label": (f"{label} ({unit})" if unit else label) if first else "",
                    "meaning": meaning if first else "",
                    "who": who,
                    "value": cell(one.value, one.low, one.high),
                    "se": digits(one.se, 2),
                    "spread": _spread(name, group.between_sd.get(name, math.nan)),
                    "n": str(group.n.get(name, 0)),
                }
            )
    return rows


def _spread(name: str, sd: float) -> str:
    """Write how animals differ: a factor, or a difference for concentrations."""
    if not math.isfinite(sd):
        return say.NOTHING
    return f"± {digits(sd, 2)}" if name == "turning_kappa" else f"×/÷ {digits(math.exp(sd), 3)}"


def step_rows(fit: Fit) -> list[Row]:
    """Return a row an animal: its steps and turns."""
    lengths = fit.bursts.steps.groupby("animal", sort=False)["length_m"].median()

    def told(value: float, se: float) -> Row:
        return {"text": digits(value), "span": f"± {digits(se, 2)}" if math.isfinite(se) else ""}

    return [
        {
            "animal": name,
            "n": f"{one.n:,}",
            "median": digits(float(lengths.get(name, math.nan))),
            "shape": told(one.shape, one.shape_se),
            "scale": told(one.scale_m, one.scale_se_m),
            "kappa": told(one.kappa, one.kappa_se),
            "still": say.percent(one.zero_share, 1),
        }
        for name, one in fit.steps.items()
    ]


def state_rows(fit: Fit) -> list[Row]:
    """Return a row a behavioural state; none where there are not several."""
    if fit.behaviour is None or fit.behaviour.n_states < 2:
        return []
    return [
        {
            "name": one.name,
            "share": say.percent(one.share),
            "bout": f"{digits(one.bout_h, 2)} h",
            "mean": f"{digits(one.mean_length_m)} m",
            "shape": digits(one.shape),
            "scale": f"{digits(one.scale_m)} m",
            "kappa": digits(one.kappa),
            "to": [say.percent(float(p)) for p in row],
        }
        for one, row in zip(fit.behaviour.states, fit.behaviour.transition, strict=True)
    ]


def pooled_selection(fit: Fit) -> pd.DataFrame:
    """Return the population's coefficients of ground: ``term``, ``estimate``, ``low``, ``high``."""
    coefficients = fit.selected.coefficients if fit.selected is not None else ()
    rows = [
        (
            plain_term(one.name),
            one.estimate,
            one.estimate - 1.96 * one.se,
            one.estimate + 1.96 * one.se,
        )
        for one in coefficients
        if math.isfinite(one.estimate) and is_ground(one.name)
    ]
    return pd.DataFrame(rows, columns=["term", "estimate", "low", "high"])


def animals_selection(fit: Fit) -> pd.DataFrame:
    """Return coefficients of each animal: ``term``, ``animal``, ``estimate``."""
    rows = []
    if fit.selected is not None:
        names = fit.selected.fit.names
        for one in fit.selected.fit.animals:
            rows += [
                (plain_term(term), one.animal, float(one.logit.beta[i]))
                for i, term in enumerate(names)
            ]
    return pd.DataFrame(rows, columns=["term", "animal", "estimate"])


def selection_rows(fit: Fit) -> list[Row]:
    """Return a row a coefficient of step selection."""
    if fit.selected is None:
        return []
    return [
        {
            "term": plain_term(one.name),
            "ground": is_ground(one.name),
            "value": cell(one.estimate, one.estimate - 1.96 * one.se, one.estimate + 1.96 * one.se),
            "se": digits(one.se, 2),
            "spread": digits(one.between_sd, 2),
            "n": str(one.n_animals),
            "sure": math.isfinite(one.se) and abs(one.estimate) > 1.96 * one.se,
        }
        for one in fit.selected.coefficients
    ]


def use_rows(check: FitCheck) -> list[Row]:
    """Return a row a class, or covariate, of use against availability."""
    rows = []
    for row in check.use.to_dict("records"):
        share = row["kind"] == "use"
        factor, n = (100.0, 1) if share else (1.0, 2)
        rows.append(
            {
                "ground": str(row["ground"]),
                "unit": "%" if share else "SD",
                "available": say.number(row["available"] * factor, n),
                "observed": say.number(row["observed"] * factor, n),
                "simulated": say.number(row["simulated"] * factor, n),
                "span": _range(row["simulated_low"] * factor, row["simulated_high"] * factor, n),
            }
        )
    return rows


def _range(low: float, high: float, n: int) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{say.number(low, n)}, {say.number(high, n)}]"


def hold_out_rows(held: HoldOut) -> list[Row]:
    """Return a row an animal held out and ground."""
    rows = []
    for row in held.rows.to_dict("records"):
        made: Row = {
            "animal": str(row["animal"]),
            "ground": str(row["ground"]),
            "fixes": f"{row['fixes']:,}",
        }
        for name in ("boyce", "affinity", "intersection"):
            made[name] = {
                "text": say.number(row[name], 2),
                "model": _pair(row, f"{name}_model"),
                "chance": _pair(row, f"{name}_chance"),
            }
        rows.append(made)
    return rows


def _pair(row: Mapping[Any, Any], name: str) -> str:
    return f"{say.number(row[f'{name}_low'], 2)} to {say.number(row[f'{name}_high'], 2)}"


def comparison_rows(check: FitCheck, ground: str) -> list[Row]:
    """Return a row a comparison on some ground."""
    own = check.rows[check.rows["ground"] == ground]
    rows = []
    for row in own.to_dict("records"):
        unit = f" ({row['unit']})" if row["unit"] else ""
        tolerance = _TOLERANCE.get(row["measure"], "relative")
        allowed = (
            f"± {row['tolerance'] * 100:.0f} %"
            if tolerance == "relative"
            else f"± {row['tolerance']:g}"
        )
        rows.append(
            {
                "label": f"{row['label']}{unit}",
                "at": at_words(str(row["measure"]), row["at"]),
                "observed": digits(row["observed"]),
                "simulated": cell(row["simulated"], row["low"], row["high"]),
                "ratio": digits(row["ratio"]),
                "allowed": allowed,
                "z": say.number(row["z"], 1, sign=True),
                "verdict": VERDICTS[str(row["verdict"])],
                "differs": row["verdict"] == "differs",
            }
        )
    return rows


_TOLERANCE = dict.fromkeys(
    ("still", "turning_kappa", "turns", "activity", "use", "covariate"), "absolute"
)


def at_words(measure: str, at: Any) -> str:
    """Write where along a measure a row stands.

    >>> at_words("msd", 0.25), at_words("step_quantile", 0.9), at_words("activity", 21.25)
    ('0.25 days', '90 %', '21:15')
    """
    if measure == "step_quantile":
        return say.percent(float(at))
    if measure == "msd":
        return f"{float(at):.3g} days"
    if measure == "turns":
        return f"{(float(at) + 180) % 360 - 180:.0f}°".replace("-", say.MINUS)
    if measure == "activity":
        hour, minute = divmod(round(float(at) * 60) % 1440, 60)
        return f"{hour:02d}:{minute:02d}"
    return str(at)
