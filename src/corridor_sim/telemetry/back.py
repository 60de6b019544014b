"""From a fitted step selection to what a species file says, and to what is pooled over animals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.layers import LAYERS
from corridor_sim.species.predictor import factors_of
from corridor_sim.telemetry.pooling import Estimates, Scale
from corridor_sim.telemetry.selection import OneFit, SelectionFit
from corridor_sim.telemetry.terms import ATTRACTION
from corridor_sim.telemetry.tracks import Told

F8 = NDArray[np.float64]
KERNEL: tuple[str, ...] = ("step_shape", "step_scale_m", "turning_kappa")
# working scale of what is pooled; all else is pooled as it is
SCALES: dict[str, Scale] = {"step_shape": "log", "step_scale_m": "log"}


@dataclass(frozen=True, slots=True)
class SpeciesSelection:
    """``[selection]`` of a species file, and what did not go into it.

    Attributes
    ----------
    table : dict
        Keys and values of the section, as :class:`corridor_sim.species.predictor.Predictor` takes
        them; empty where no coefficient goes into it.
    se : mapping of str to float
        Standard error of each coefficient that does, by its name: ``ndvi``, ``forest[1]``.
    told : tuple of Told
        ``not_carried``, ``no_coefficient``, ``not_declared``.
    """

    table: dict[str, Any]
    se: dict[str, float] = field(default_factory=dict)
    told: tuple[Told, ...] = ()


def species_selection(
    fit: SelectionFit, values: Mapping[str, tuple[float, float]] | None = None
) -> SpeciesSelection:
    """Return the section ``[selection]`` that has animals of the simulator select as fitted.

    Parameters
    ----------
    fit : SelectionFit
    values : mapping of coefficient to (estimate, standard error), optional
        By default those of all steps together; or those that were pooled over animals.
    """
    logit = fit.together.logit
    values = values or {name: logit.of(name) for name in logit.names}
    coefficients: dict[str, Any] = {}
    se: dict[str, float] = {}
    told: list[Told] = []
    for column in fit.columns:
        if column.term.place in ("movement", "crossings"):
            continue
        name = column.name
        if column.term.place == "along" or column.wave:
            what = "is a mean along the way" if not column.wave else "changes with time"
            words = f"{name} {what}: animals of the simulator select by where a step ends"
            told.append(Told("not_carried", words))
            continue
        estimate, error = values[name]
        if not np.isfinite(estimate):
            words = f"{name} has no estimate and does not go into [selection]"
            told.append(Told("no_coefficient", words))
            continue
        se[name] = error
        if column.code is None:
            coefficients[column.term.text] = estimate
        else:
            coefficients.setdefault(column.term.factors[0], {})[str(column.code)] = estimate
    if not coefficients:
        return SpeciesSelection({}, {}, tuple(told))
    told += _undeclared(fit, coefficients)
    used = {name for c in fit.columns if c.name in se and c.code is None for name in c.term.factors}
    table: dict[str, Any] = {"standardise": "none", "combine": "alone"}
    for key, of, plain in (("centre", fit.centre, 0.0), ("scale", fit.scale, 1.0)):
        own = {name: of[name] for name in of if name in used and of[name] != plain}
        if own:
            table[key] = own
    table["coefficients"] = coefficients
    return SpeciesSelection(table, se, tuple(told))


def _undeclared(fit: SelectionFit, coefficients: Mapping[str, Any]) -> list[Told]:
    """Tell which covariates of a section no landscape has by these names yet."""
    told = []
    for name in dict.fromkeys(name for term in coefficients for name in factors_of(term)):
        if name not in fit.undeclared:
            continue
        if name in LAYERS:
            how = "leave it out, and give barriers their permeability"
        else:
            kind = ', kind = "class"' if isinstance(coefficients.get(name), dict) else ""
            file = fit.sources[name].split(" (")[0]
            how = f'give under [landscape.covariates]: {name} = {{ file = "{file}"{kind} }}'
        words = f"[selection] calls {name}, which no landscape has by that name yet; {how}"
        told.append(Told("not_declared", words))
    return told


def working_estimates(fit: SelectionFit) -> tuple[tuple[str, ...], tuple[Estimates, ...]]:
    """Return each animal's estimates on the working scale, ready to be pooled.

    Selection coefficients are taken as they are; of the terms ``log_sl``, ``sl`` and ``cos_ta``
    what they make of the kernel: the logarithms of shape and scale, and kappa. The scales of these
    are :data:`SCALES`.

    Returns
    -------
    names : tuple of str
        Of the columns, ``sl``, ``log_sl`` and ``cos_ta`` left out, and of :data:`KERNEL`.
    animals : tuple of Estimates
    """
    moves = ("log_sl", "sl", "cos_ta")
    kept = [i for i, name in enumerate(fit.names) if name not in moves]
    names = (*(fit.names[i] for i in kept), *KERNEL)
    # what an estimate of sl is worth is only known within its kernel
    return names, tuple(_working(one, fit.names, kept, moves) for one in fit.animals)


def _working(one: OneFit, names: Sequence[str], kept: list[int], moves: Sequence[str]) -> Estimates:
    logit = one.logit
    n = len(kept)
    value, cov = np.full(n + 3, np.nan), np.full((n + 3, n + 3), np.nan)
    value[:n] = logit.beta[kept]
    cov[:n, :n] = logit.cov[np.ix_(kept, kept)]
    if not logit.converged:
        value[:] = np.nan
    elif one.kernel is not None:
        kernel = one.kernel.kernel
        value[n:] = np.log(kernel.shape), np.log(kernel.scale_m), kernel.kappa
        slope = np.array([1.0 / kernel.shape, kernel.scale_m, 1.0])
        at = [names.index(name) if name in names else -1 for name in moves]
        known = np.array([i >= 0 and bool(np.isfinite(logit.beta[i])) for i in at])
        cross = np.zeros((n, 3))
        for j in np.flatnonzero(known).tolist():
            cross[:, j] = logit.cov[kept, at[j]] * slope[j]
        cov[:n, n:], cov[n:, :n] = cross, cross.T
        cov[n:, n:] = one.kernel.working_cov
        value[n:][~known] = np.nan  # what was not estimated anew is the same of all animals
    return Estimates(one.animal, value, cov)


def attraction_left(one: OneFit) -> float:
    """Return how many standard errors the term ``attraction`` lies from 0, NaN without it.

    With steps proposed towards the range's centre it should be near 0: what is left says how far
    the range that was fitted is from the one that the steps keep.
    """
    if ATTRACTION not in one.logit.names:
        return float("nan")
    b, se = one.logit.of(ATTRACTION)
    return b / se
