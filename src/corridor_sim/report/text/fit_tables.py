"""Rows of the tables of a fit's page, as texts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from corridor_sim.languages import mark, tr, written
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
        mark("home range, 95 %"),
        "km²",
        mark("area of the circle that holds 95 % of the places of an animal"),
    ),
    "tau_d": (
        mark("range-crossing time"),
        mark("days"),
        mark("after so long an animal's place says little of where it was"),
    ),
    "step_shape": (
        mark("gamma shape of steps"),
        "",
        mark("below 1 many short and few long steps; the larger, the more alike"),
    ),
    "step_scale_m": (mark("gamma scale of steps"), "m", mark("shape times scale is the mean step")),
    "turning_kappa": (
        mark("concentration of turns"),
        "",
        mark("above 0 it keeps its direction, below 0 it turns back"),
    ),
}
VERDICTS = {
    "agrees": mark("agrees"),
    "open": mark("cannot be told from chance"),
    "differs": mark("differs"),
}
# of whom a number is, and the words of data in tables
EVERYBODY = mark("all residents")
GROUPS = {"female": mark("females"), "male": mark("males")}
# words of data that tables show: sexes, behavioural states, grounds, and what is compared
WORDS = (
    mark("female"),
    mark("male"),
    mark("unknown"),
    mark("moving"),
    mark("encamped"),
    mark("travelling"),
    mark("resting"),
    mark("foraging"),
    mark("flat ground"),
    mark("landscape"),
    mark("median step length"),
    mark("step length that this share of steps does not reach"),
    mark("gamma shape of step lengths"),
    mark("gamma scale of step lengths"),
    mark("share of steps of no length"),
    mark("concentration of turns"),
    mark("share of turns in this direction"),
    mark("mean square displacement"),
    mark("movement at this hour over its mean"),
    mark("95 % home range"),
    mark("range-crossing time"),
    mark("share of fixes on this ground"),
    mark("mean of a covariate where animals are"),
)


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
    crossed = "" if tau is None else f", {written(f'{tau.value:.3g} d ({tau.se:.2g})')}"
    return f"{written(f'{area.value:.3g} km² ({area.se:.2g})')}{crossed}"


def range_rows(fit: Fit) -> list[Row]:
    """Return a row an animal: its range and what it was fitted by."""
    rows = []
    for name, one in fit.ranges.items():
        rows.append(
            {
                "animal": name,
                "resident": tr("yes") if one.resident else tr("no"),
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
    groups = {EVERYBODY: people.both}
    groups |= {GROUPS[sex]: group for sex, group in people.sexes.items()}
    if people.dispersers is not None:
        groups[mark("without a range")] = people.dispersers
    rows = []
    for name, (label, unit, meaning) in PARAMETERS.items():
        for who, group in groups.items():
            one = group.estimates.get(name)
            if one is None:
                continue
            first = who == EVERYBODY
            head = f"{tr(label)} ({tr(unit)})" if unit else tr(label)
            rows.append(
                {
                    "label": head if first else "",
                    "meaning": tr(meaning) if first else "",
                    "who": tr(who),
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
            "n": say.number(one.n),
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
            "name": tr(one.name),
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
                "ground": tr(str(row["ground"])),
                "unit": "%" if share else tr("SD"),
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
    return say.bracketed([say.number(low, n), say.number(high, n)])


def hold_out_rows(held: HoldOut) -> list[Row]:
    """Return a row an animal held out and ground."""
    rows = []
    for row in held.rows.to_dict("records"):
        made: Row = {
            "animal": str(row["animal"]),
            "ground": tr(str(row["ground"])),
            "fixes": say.number(row["fixes"]),
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
    low, high = (say.number(row[f"{name}_{end}"], 2) for end in ("low", "high"))
    return tr("{low} to {high}", low=low, high=high)


def comparison_rows(check: FitCheck, ground: str) -> list[Row]:
    """Return a row a comparison on some ground."""
    own = check.rows[check.rows["ground"] == ground]
    rows = []
    for row in own.to_dict("records"):
        unit = f" ({tr(row['unit'])})" if row["unit"] else ""
        tolerance = _TOLERANCE.get(row["measure"], "relative")
        allowed = (
            f"± {row['tolerance'] * 100:.0f} %"
            if tolerance == "relative"
            else written(f"± {row['tolerance']:g}")
        )
        rows.append(
            {
                "label": f"{tr(row['label'])}{unit}",
                "at": at_words(str(row["measure"]), row["at"]),
                "observed": digits(row["observed"]),
                "simulated": cell(row["simulated"], row["low"], row["high"]),
                "ratio": digits(row["ratio"]),
                "allowed": allowed,
                "z": say.number(row["z"], 1, sign=True),
                "verdict": tr(VERDICTS[str(row["verdict"])]),
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
        return tr("{n} days", n=written(f"{float(at):.3g}"))
    if measure == "turns":
        return f"{(float(at) + 180) % 360 - 180:.0f}°".replace("-", say.MINUS)
    if measure == "activity":
        hour, minute = divmod(round(float(at) * 60) % 1440, 60)
        return f"{hour:02d}:{minute:02d}"
    return str(at)
