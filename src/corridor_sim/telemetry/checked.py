"""A fit held against what it was fitted to, and if asked, against what it did not see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from corridor_sim.errors import CorridorSimError
from corridor_sim.species.traits import Species
from corridor_sim.telemetry.check import FitCheck, check_tracks
from corridor_sim.telemetry.fit import Fit, fit_fixes
from corridor_sim.telemetry.hold_out import HoldOut, Split, hold_out
from corridor_sim.telemetry.home_range import fit_range
from corridor_sim.telemetry.tracks import Tracks
from corridor_sim.telemetry.use import WITHIN_95

Say = Callable[[str], None]
COPIES = 20


@dataclass(frozen=True, slots=True)
class _OwnRange:
    """Range of one animal, observed or simulated."""

    home_range_km2: float
    tau_d: float


def check_fit(fit: Fit, *, copies: int = COPIES, say: Say = lambda _: None) -> FitCheck:
    """Return how simulated animals compare with those that the fit saw.

    Animals without a range are left out: the species that is simulated is one of residents.

    Parameters
    ----------
    fit : Fit
    copies : int
        Simulated data sets.
    say : callable
        Is told every step of the work.
    """
    fixes = _of_residents(fit)
    minutes = fit.bursts.interval_min
    say("simulating what was observed")
    found = check_tracks(
        fixes,
        fit.species,
        interval_min=minutes,
        land=fit.land,
        centres=_centres(fit),
        sexes=_sexes(fit),
        radii=_radii(fit),
        fit_range=_own_range,
        copies=copies,
        seed=fit.settings.seed,
    )
    split = fit.settings.hold_out
    if split is None:
        return found
    say(f"fitting without some {split}")
    return replace(found, hold_out=_held(fit, fixes, split, copies))


def _held(fit: Fit, fixes: Tracks, split: Split, copies: int) -> HoldOut:
    def refit(part: Tracks) -> Species:
        return fit_fixes(fit.given, part).species

    return hold_out(
        fixes,
        refit,
        interval_min=fit.bursts.interval_min,
        split=split,
        land=fit.land,
        sexes=_sexes(fit),
        copies=copies,
        seed=fit.settings.seed,
    )


def _of_residents(fit: Fit) -> Tracks:
    """Return the fixes of bursts of animals with a range; of all where none has one."""
    table = fit.bursts.table
    resident = [name for name, one in fit.ranges.items() if one.resident]
    if resident:
        table = table[table["animal"].isin(resident)].reset_index(drop=True)
    return replace(fit.tracks, table=table)


def _own_range(table: pd.DataFrame) -> _OwnRange | None:
    try:
        found = fit_range(table)
    except CorridorSimError:
        return None
    if not found.resident or found.home_range_km2 is None or found.tau_position_d is None:
        return None
    return _OwnRange(found.home_range_km2.value, found.tau_position_d.value)


def _centres(fit: Fit) -> dict[str, tuple[float, float]]:
    return {name: one.centre_m for name, one in fit.ranges.items() if one.centre_m is not None}


def _radii(fit: Fit) -> dict[str, float]:
    return {
        name: WITHIN_95 * one.sigma_m.value
        for name, one in fit.ranges.items()
        if one.sigma_m is not None
    }


def _sexes(fit: Fit) -> Mapping[str, str] | None:
    known = {name: sex for name, sex in fit.sexes.items() if sex}
    return known or None
