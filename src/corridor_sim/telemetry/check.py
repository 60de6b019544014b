"""Whether simulated animals do what observed ones did: every measure of both, side by side.

Two yardsticks tell whether a difference counts: a tolerance, which says what is small enough for
practice, and the standard error, which says what chance alone gives in a data set of this size. A
model fails to reproduce what differs by more than both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from corridor_sim.kernels.states import RESIDENT
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.species.traits import Species
from corridor_sim.telemetry.check_words import sentences_of
from corridor_sim.telemetry.hold_out import HoldOut
from corridor_sim.telemetry.measures import MEASURES, Key, Measure, Values, pooled, values_of
from corridor_sim.telemetry.samples import Sample, Steps, samples_of, steps_of
from corridor_sim.telemetry.simulated import COPIES, mean_place, simulate
from corridor_sim.telemetry.tracks import Told, Tracks
from corridor_sim.telemetry.use import WITHIN_95, use_of, use_table

F64 = NDArray[np.float64]

FLAT, LANDSCAPE = "flat ground", "landscape"
# share of data sets that chance alone leads further away, to both sides together
CHANCE = 0.05
AGREES, OPEN, DIFFERS = "agrees", "open", "differs"
ECDF_POINTS = 200
COLUMNS = (
    "ground", "measure", "at", "label", "unit", "observed", "simulated", "low", "high", "se",
    "ratio", "difference", "z", "tolerance", "within_tolerance", "within_error", "verdict",
)  # fmt: skip


class FitRange(Protocol):
    """A way to fit the range of one animal: its table ``animal, time, x_m, y_m``."""

    def __call__(self, table: pd.DataFrame, /) -> tuple[float, float] | None:
        """Return area in km² and crossing time in days; None where none can be told."""


@dataclass(frozen=True, slots=True)
class FitCheck:
    """Observed against simulated animals.

    Attributes
    ----------
    rows : pandas.DataFrame
        One row a measure, place along it (``at``: quantile, degrees of turn, lag in days, hour,
        class, animal) and ground: ``observed``; ``simulated``, the mean over copies of the data
        set, with ``low`` and ``high``, which hold 90 % of them; ``se``, the standard error of the
        observed; ``ratio`` of simulated to observed; ``z``, the difference in standard errors;
        ``tolerance``; ``verdict``: ``agrees`` within the tolerance, ``open`` beyond it but within
        what chance gives in 95 % of data sets, ``differs`` beyond both.
    ecdf : pandas.DataFrame
        ``length_m`` and the shares of ``observed`` and ``simulated`` steps that are not longer,
        with ``low`` and ``high`` of the copies.
    use : pandas.DataFrame
        Use against availability: ``kind``, ``ground``, ``available``, ``observed``, ``simulated``
        and ends; empty without a landscape.
    sentences : tuple of str
        What the model does not reproduce, one line each; computed from ``rows``.
    copies : int
        Simulated data sets.
    ground : str
        On what the simulated animals moved of which the sentences tell.
    told : tuple of Told
        Animals that were left out.
    hold_out : HoldOut or None
        What a fit to a part predicts of the rest.
    """

    rows: pd.DataFrame
    ecdf: pd.DataFrame
    use: pd.DataFrame
    sentences: tuple[str, ...]
    copies: int
    ground: str
    told: tuple[Told, ...] = ()
    hold_out: HoldOut | None = None

    def of(self, measure: str, ground: str | None = None) -> pd.DataFrame:
        """Return the rows of a measure on the ground that counts, or on another."""
        own = self.rows["measure"] == measure
        return self.rows[own & (self.rows["ground"] == (ground or self.ground))]


def check_tracks(
    fixes: Tracks,
    species: Species | Mapping[str, Species],
    *,
    interval_min: float,
    land: Landscape | None = None,
    centres: Mapping[str, tuple[float, float]] | None = None,
    sexes: Mapping[str, str] | None = None,
    radii: Mapping[str, float] | None = None,
    whole: Tracks | None = None,
    fit_range: FitRange | None = None,
    range_copies: int = 5,
    copies: int = COPIES,
    seed: int = 1,
    stage: int | Mapping[str, int] = RESIDENT,
) -> FitCheck:
    """Return how simulated animals compare with the observed ones.

    Parameters
    ----------
    fixes : Tracks
        Observed, with a column ``burst``, in the landscape's coordinate system.
    species : Species or mapping of animal to Species
        As fitted.
    interval_min : float
        Between the fixes of a burst.
    land : Landscape, optional
        On which animals are simulated beside flat ground.
    centres : mapping of animal to (x, y), optional
        Range centres in metres; by default the mean of the fixes.
    sexes : mapping of animal to "female" or "male", optional
    radii : mapping of animal to float, optional
        Of the circle that holds 95 % of the range, metres; by default that of the species.
    whole : Tracks, optional
        All fixes of the same animals, to which ranges are fitted; by default ``fixes``.
    fit_range : callable, optional
        Fits the range of one animal; without it ranges are not compared.
    range_copies : int
        Copies of which ranges are fitted, which takes longest.
    copies : int
        Simulated data sets.
    seed : int
    stage : int or mapping of animal to int
        Of the simulated: residents, or dispersers for animals that wander.
    """
    observed = samples_of(fixes, interval_min)
    centres = {one.animal: (centres or {}).get(one.animal) or mean_place(one) for one in observed}
    all_fixes = _whole(whole or fixes, interval_min)
    tables: list[pd.DataFrame] = []
    told: list[Told] = []
    use, ecdf, last = use_table_empty(), pd.DataFrame(), FLAT
    for ground, on in ((FLAT, None), (LANDSCAPE, land)):
        if ground == LANDSCAPE and on is None:
            continue
        made = simulate(
            species,
            on,
            observed,
            copies=copies,
            seed=seed,
            centres=centres,
            sexes=sexes,
            stage=stage,
        )
        told += list(made.told)
        names = {one.animal for one in made.samples}
        seen = [one for one in observed if one.animal in names]
        if not seen:
            continue
        mine, theirs = values_of(seen), values_of(made.samples)
        if fit_range is not None:
            apart = simulate(
                species,
                on,
                all_fixes,
                copies=range_copies,
                seed=seed,
                centres=centres,
                sexes=sexes,
                stage=stage,
            )
            there = {one.animal for one in apart.samples}
            whole_of = [one for one in all_fixes if one.animal in there]
            mine |= range_values(whole_of, fit_range)
            theirs |= range_values(apart.samples, fit_range)
        if on is not None:
            circles = {
                one.animal: (*centres[one.animal], _radius(radii, species, one)) for one in seen
            }
            used = use_of(on, seen, made.samples, circles)
            mine |= used.observed
            theirs |= used.simulated
            use = use_table(used)
        tables.append(compared(mine, theirs, ground))
        ecdf = ecdf_of(seen, made.samples)
        last = ground
    if not tables:
        return FitCheck(_table([]), ecdf, use, (), copies, last, tuple(told))
    rows = pd.concat(tables, ignore_index=True)
    sentences = sentences_of(rows[rows["ground"] == last])
    return FitCheck(rows, ecdf, use, sentences, copies, last, tuple(told))


def _whole(fixes: Tracks, interval_min: float) -> list[Sample]:
    """Return fixes at any times: bursts are none of them, and ranges ask for none."""
    table = fixes.table.drop(columns="burst", errors="ignore")
    return samples_of(replace(fixes, table=table), interval_min)


def use_table_empty() -> pd.DataFrame:
    """Return a table of use without a row."""
    columns = ["kind", "ground", "available", "observed", "simulated"]
    return pd.DataFrame(columns=[*columns, "simulated_low", "simulated_high"])


def _radius(
    radii: Mapping[str, float] | None, species: Species | Mapping[str, Species], sample: Sample
) -> float:
    if radii is not None and sample.animal in radii:
        return radii[sample.animal]
    own = species if isinstance(species, Species) else species[sample.animal]
    sexes = (own.movement.female, own.movement.male)
    return WITHIN_95 * max(one.resident.sigma_m for one in sexes)


def range_values(samples: Sequence[Sample], fit_range: FitRange) -> Values:
    """Return area and crossing time of each animal's range, and their geometric means."""
    areas, taus = (np.full((len(samples), samples[0].copies), np.nan) for _ in "12")
    for i, one in enumerate(samples):
        for k in range(one.copies):
            table = pd.DataFrame(
                {"animal": one.animal, "time": one.time}
                | {"x_m": one.xy_m[k, :, 0], "y_m": one.xy_m[k, :, 1]}
            )
            found = fit_range(table)
            if found is not None:
                areas[i, k], taus[i, k] = found
    values: Values = {}
    for name, each in (("home_range", areas), ("tau", taus)):
        if len(samples) > 1:
            values[name, "all animals"] = _geometric(each)
        values |= {(name, one.animal): each[i] for i, one in enumerate(samples)}
    return values


def _geometric(each: F64) -> F64:
    """Return the geometric mean over animals of every copy, of those that have a number."""
    known = np.isfinite(each) & (each > 0)
    logs = np.where(known, np.log(np.where(known, each, 1.0)), 0.0).sum(axis=0)
    n = known.sum(axis=0)
    return np.asarray(np.where(n > 0, np.exp(logs / np.maximum(n, 1)), np.nan), float)


def compared(observed: Values, simulated: Values, ground: str) -> pd.DataFrame:
    """Return the rows of :class:`FitCheck` of one ground."""
    order = list(MEASURES)
    # what cannot be told of the observed has nothing to be compared with
    keys = [key for key in observed if key in simulated and np.isfinite(observed[key][0])]
    keys.sort(key=lambda key: order.index(key[0]))
    return _table([_row(key, observed[key], simulated[key], ground) for key in keys])


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(key: Key, observed: F64, simulated: F64, ground: str) -> dict[str, object]:
    one = MEASURES[key[0]]
    seen = float(observed[0])
    have = simulated[np.isfinite(simulated)]
    made = float(have.mean()) if have.size else math.nan
    spread = float(have.std(ddof=1)) if have.size > 1 else math.nan
    low, high = np.quantile(have, (0.05, 0.95)) if have.size else (math.nan, math.nan)
    away, z = made - seen, _errors_apart(one, seen, have)
    small = abs(away) <= _allowed(one, seen)
    within = abs(z) <= beyond(have.size)
    return {
        "ground": ground,
        "measure": one.key,
        "at": key[1],
        "label": one.label,
        "unit": one.unit,
        "observed": seen,
        "simulated": made,
        "low": float(low),
        "high": float(high),
        "se": spread,
        "ratio": made / seen if seen != 0 else math.nan,
        "difference": away,
        "z": z,
        "tolerance": one.tolerance,
        "within_tolerance": small,
        "within_error": within,
        "verdict": _verdict(away, small, within or math.isnan(z)),
    }


def _errors_apart(one: Measure, seen: float, made: F64) -> float:
    """Return by how many standard errors the mean of the copies lies above the observed.

    What is told relative to the observed is compared by logarithms: chance in it grows with it. The
    mean of the copies has an error of its own, which the ``1 / n`` holds.
    """
    if made.size < 2 or math.isnan(seen):
        return math.nan
    if one.kind == "relative" and seen > 0 and bool((made > 0).all()):
        seen, made = math.log(seen), np.log(made)
    away = float(made.mean()) - seen
    error = float(made.std(ddof=1)) * math.sqrt(1 + 1 / made.size)
    if error > 0:
        return away / error
    return 0.0 if away == 0 else math.copysign(math.inf, away)


def _allowed(one: Measure, seen: float) -> float:
    return one.tolerance * (abs(seen) if one.kind == "relative" else 1.0)


def beyond(copies: int) -> float:
    """Return the standard errors beyond which chance is not to blame.

    Student's t with ``copies - 1`` degrees of freedom: of few copies the error itself is rough.

    >>> round(beyond(20), 2), round(beyond(8), 2)
    (2.09, 2.36)
    """
    return float(stdtrit(copies - 1, 1 - CHANCE / 2)) if copies > 1 else math.inf


def _verdict(away: float, small: bool, by_chance: bool) -> str:
    if math.isnan(away):
        return OPEN
    if small:
        return AGREES
    return OPEN if by_chance else DIFFERS


def ecdf_of(observed: Sequence[Sample], simulated: Sequence[Sample]) -> pd.DataFrame:
    """Return the shares of steps that are not longer than lengths from the shortest to the longest.

    Lengths rise by equal factors; steps of no length are in every share.
    """
    seen, made = (pooled([steps_of(one) for one in of]) for of in (observed, simulated))
    both = np.concatenate([seen.length_m.ravel(), made.length_m.ravel()])
    moved = both[both > 0]
    if not moved.size:
        return pd.DataFrame(columns=["length_m", "observed", "simulated", "low", "high"])
    ends = np.quantile(moved, (0.0005, 1.0))
    at = np.geomspace(ends[0], ends[1], ECDF_POINTS)
    mine, theirs = _shares_below(seen, at), _shares_below(made, at)
    low, high = np.quantile(theirs, (0.05, 0.95), axis=0)
    columns = {"length_m": at, "observed": mine[0], "simulated": theirs.mean(axis=0)}
    return pd.DataFrame(columns | {"low": low, "high": high})


def _shares_below(steps: Steps, at: F64) -> F64:
    n = max(1, steps.length_m.shape[1])
    each = [np.searchsorted(np.sort(row), at, "right") / n for row in steps.length_m]
    return np.asarray(each, float)
