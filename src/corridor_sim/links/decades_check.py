"""What whole runs through decades say of a set of links that numbers by tiles have chosen.

The two share no draws: an animal of a whole run has no twin among expected numbers, so that nothing
of the chance of one is in the other, replicate by replicate. A control variate takes a share of
rho^2 off the variance, rho being the correlation of both (Lavenberg & Welch 1981, Management
Science 27:322-335), and here rho is 0. Nor would a regression over sets help while one set is
simulated by both. So runs stand beside the prediction as they are: what each says with its
interval, and whether the difference of both leaves out nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.contrasts import zones
from corridor_sim.config.links import LinkSettings
from corridor_sim.decision.confirm import Confirmation, confirm, prediction_of
from corridor_sim.links.effects import finite
from corridor_sim.links.evaluator import NO_LINK, Chosen, SetEvaluator
from corridor_sim.simulation.outcomes import Outcome

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Beside:
    """One outcome of one species: what a set changes in it, by tiles and by whole runs.

    Attributes
    ----------
    outcome : Outcome
        Of whole runs.
    species : str
        Key.
    seen : Confirmation
        Predicted are numbers by tiles, simulated whole runs, both in the outcome's unit.
    """

    outcome: Outcome
    species: str
    seen: Confirmation

    @property
    def agrees(self) -> bool:
        """Whether the difference between the two is within chance."""
        return not self.seen.apart


@dataclass(frozen=True, slots=True)
class DecadesCheck:
    """A set of links by whole runs, beside what numbers by tiles say of it.

    Attributes
    ----------
    benefit : Confirmation
        Of the whole benefit.
    rows : tuple of Beside
        Of every outcome that both tell and that is looked at, by species.
    """

    benefit: Confirmation
    rows: tuple[Beside, ...]

    def table(self) -> list[dict[str, Any]]:
        """Return one row an outcome and species, as files hold it."""
        return [
            {
                "outcome": one.outcome.name,
                "species": one.species,
                "unit": one.outcome.unit,
                "by_tiles": finite(one.seen.predicted),
                "by_tiles_low": finite(one.seen.predicted_low),
                "by_tiles_high": finite(one.seen.predicted_high),
                "by_runs": finite(one.seen.simulated),
                "by_runs_low": finite(one.seen.low),
                "by_runs_high": finite(one.seen.high),
                "difference": finite(one.seen.error),
                "difference_low": finite(one.seen.error_low),
                "difference_high": finite(one.seen.error_high),
                "replicates": one.seen.replicates,
                "within_chance": one.agrees,
            }
            for one in self.rows
        ]


def check_by_decades(
    tiles: SetEvaluator, runs: SetEvaluator, chosen: Chosen, told: range, settings: LinkSettings
) -> DecadesCheck:
    """Simulate a set by whole runs and set it beside what numbers by tiles say.

    Parameters
    ----------
    tiles, runs : SetEvaluator
        Of the same study and links.
    chosen : frozenset of int
    told : range
        Replicates of ``tiles`` that had no say in the choice.
    settings : LinkSettings
        Replicates of the runs (``confirm_replicates``), and what does not matter.
    """
    rule = settings.procedure
    replicates = range(rule.confirm_replicates)
    # before the limits, which are known after a first call
    lived = runs.total([chosen], replicates)[0]
    least, most = runs.limits_of_total()
    benefit = confirm(
        prediction_of(tiles.total([chosen], told)),
        lived,
        tolerance=rule.indifference,
        confidence=rule.confidence,
        least=least,
        most=most,
    )
    return DecadesCheck(benefit, tuple(_rows(tiles, runs, chosen, told, settings)))


def _rows(
    tiles: SetEvaluator, runs: SetEvaluator, chosen: Chosen, told: range, settings: LinkSettings
) -> list[Beside]:
    rule, indifference = settings.procedure, runs.study.scenarios[0].scenario.indifference
    replicates = range(rule.confirm_replicates)
    ways = [(tiles, told), (runs, replicates)]
    before = [one.mean_outcomes(NO_LINK, wanted) for one, wanted in ways]
    after = [one.mean_outcomes(chosen, wanted) for one, wanted in ways]
    found = []
    for name in both_tell(tiles, runs):
        outcome = runs.table[name]
        at = [list(one.table).index(name) for one, _ in ways]
        for key in tiles.species:
            old = [before[k][key][:, at[k]] for k in (0, 1)]
            changes = [after[k][key][:, at[k]] - old[k] for k in (0, 1)]
            if min(np.isfinite(one).sum() for one in changes) < 2:
                continue
            base = np.array([float(np.nanmean(old[1]))])
            zone = float(zones(indifference, [key], {name: outcome}, base)[0][0])
            seen = confirm(
                prediction_of(changes[0][None]),
                changes[1],
                tolerance=zone,
                confidence=rule.confidence,
                least=outcome.least - outcome.most if np.isfinite(outcome.most) else -np.inf,
                most=outcome.most - outcome.least,
            )
            found.append(Beside(outcome, key, seen))
    return found


def both_tell(tiles: SetEvaluator, runs: SetEvaluator) -> list[str]:
    """Return the outcomes that are looked at and told by both, those that count first."""
    there = [name for name in tiles.table if name in runs.table]
    weighed = [name for name, weight in tiles.benefit.weights.items() if weight > 0]
    usual = sorted((n for n in there if tiles.table[n].asked), key=lambda n: tiles.table[n].asked)
    return [name for name in dict.fromkeys([*weighed, *usual]) if name in there]
