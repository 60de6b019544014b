"""From what was fitted to what a species file says, and the tables that people read."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from corridor_sim.errors import counted
from corridor_sim.species.quantity import MOST_KAPPA
from corridor_sim.telemetry.behaviour import BehaviourFit, State
from corridor_sim.telemetry.levelled import scaled
from corridor_sim.telemetry.population import Group, Population
from corridor_sim.telemetry.rhythm import Clock
from corridor_sim.telemetry.selected import Selected, chances_of
from corridor_sim.telemetry.species_file import (
    ELSEWHERE,
    HERE,
    SEXES,
    Covariance,
    Estimate,
    ResidentNumbers,
    SpeciesNumbers,
    StateNumbers,
)
from corridor_sim.telemetry.steps import StepFit
from corridor_sim.telemetry.tracks import Source, Told

Z = 1.959963984540054
SCALE, KAPPA = "step_scale_m", "turning_kappa"
STEPS = ("step_shape", "step_scale_m", "turning_kappa")
# of a digest so much is written in every source; all of it stands on top of the file
SHORT = 12


def digest_of(sources: Sequence[Source]) -> str:
    """Return the SHA-256 of a data set: of its file, or of the digests of its files in order."""
    if len(sources) == 1:
        return sources[0].sha256
    return hashlib.sha256("".join(one.sha256 for one in sources).encode()).hexdigest()


def source_of(sources: Sequence[Source], command: str) -> str:
    """Return what stands in the source of every trait: data, digest and command."""
    names = ", ".join(one.name for one in sources[:3])
    more = f" and {len(sources) - 3} more" if len(sources) > 3 else ""
    said = f"{names}{more}, sha256 {digest_of(sources)[:SHORT]}"
    return f"{said}; {command}" if command else said


def numbers_of(
    clock: Clock,
    population: Population,
    steps: Mapping[str, StepFit],
    behaviour: BehaviourFit | None,
    selected: Selected | None,
    *,
    n_fixes: Mapping[str, int],
    source: str,
    here: bool,
) -> SpeciesNumbers:
    """Return all that the fit says of a species."""
    residents = {
        sex: _resident(population.of(sex), behaviour, n_fixes, steps, clock) for sex in SEXES
    }
    dispersers = {}
    if population.dispersers is not None:
        estimates = population.dispersers.estimates
        own = {name: estimates[name] for name in STEPS if name in estimates}
        dispersers = dict.fromkeys(SEXES, own)
    return SpeciesNumbers(
        clock.step_min,
        clock.day_start_h,
        clock.activity,
        residents,
        dispersers=dispersers,
        rest=resting(steps.values()),
        selection=None if selected is None else selected.section,
        barriers={} if selected is None else chances_of(selected),
        source=source,
        confidence=HERE if here else ELSEWHERE,
    )


def _resident(
    group: Group,
    behaviour: BehaviourFit | None,
    n_fixes: Mapping[str, int],
    steps: Mapping[str, StepFit],
    clock: Clock,
) -> ResidentNumbers:
    fixes = sum(n_fixes.get(name, 0) for name in group.animals)
    n = sum(steps[name].n for name in group.animals)
    several = behaviour is not None and behaviour.n_states > 1 and behaviour.converged
    estimates = dict(group.estimates)
    if SCALE in estimates:
        # what was seen at some hours more often than at others, for all hours alike
        estimates[SCALE] = _times(estimates[SCALE], 1.0 / clock.seen)
    if behaviour is not None and several and SCALE in estimates:
        behaviour = scaled(behaviour, estimates["step_shape"].value * estimates[SCALE].value)
    states = behaviour.states if behaviour is not None and several else ()
    moves = [] if behaviour is None else behaviour.transition.tolist()
    return ResidentNumbers(
        estimates,
        tuple(
            state_numbers(one, [s.name for s in states], row)
            for one, row in zip(states, moves if states else (), strict=True)
        ),
        group.between,
        group.uncertainty,
        f"fit to {counted(len(group.animals), 'animal')}, {fixes:,} fixes, {counted(n, 'step')}",
    )


def _times(one: Estimate, factor: float) -> Estimate:
    return Estimate(one.value * factor, one.se * factor, one.low * factor, one.high * factor)


def with_kappa_held(numbers: SpeciesNumbers) -> tuple[SpeciesNumbers, list[Told]]:
    """Return numbers whose concentrations of turns a species can have, and what was held back.

    Animals that hardly turn between fixes have any large concentration; beyond
    :data:`~corridor_sim.species.quantity.MOST_KAPPA` they all walk straight on.
    """
    beyond: list[float] = []

    def held(one: Mapping[str, Estimate]) -> dict[str, Estimate]:
        made = dict(one)
        kappa = made.get(KAPPA)
        if kappa is not None and abs(kappa.value) > MOST_KAPPA:
            beyond.append(kappa.value)
            made[KAPPA] = replace(kappa, value=math.copysign(MOST_KAPPA, kappa.value))
        return made

    residents = {
        sex: replace(
            one,
            numbers=held(one.numbers),
            states=tuple(replace(state, numbers=held(state.numbers)) for state in one.states),
        )
        for sex, one in numbers.residents.items()
    }
    dispersers = {sex: held(one) for sex, one in numbers.dispersers.items()}
    if not beyond:
        return numbers, []
    most = max(beyond, key=abs)
    words = (
        f"turning_kappa of {most:.4g}, almost straight lines, is beyond the {MOST_KAPPA:g} that a "
        f"species can have, which is written; look whether the fixes are measured ones"
    )
    told = [Told("kappa_held", words, count=len(beyond))]
    return replace(numbers, residents=residents, dispersers=dispersers), told


def without_steps(numbers: SpeciesNumbers) -> SpeciesNumbers:
    """Return numbers of residents without the length of their steps, which then follows."""
    kept = {}
    for sex, one in numbers.residents.items():
        own = {name: each for name, each in one.numbers.items() if name != SCALE}
        spreads = (_without(one.between), _without(one.uncertainty))
        kept[sex] = replace(one, numbers=own, states=(), between=spreads[0], uncertainty=spreads[1])
    return replace(numbers, residents=kept)


def _without(one: Covariance | None) -> Covariance | None:
    if one is None:
        return None
    at = [i for i, name in enumerate(one.parameters) if name != SCALE]
    return Covariance(tuple(one.parameters[i] for i in at), one.matrix[np.ix_(at, at)])


def state_numbers(state: State, names: Sequence[str], moves: Sequence[float]) -> StateNumbers:
    """Return a behavioural state as a species file has it."""
    numbers = {
        "step_shape": positive(state.shape, state.shape_se),
        "step_scale_m": positive(state.scale_m, state.scale_se_m),
        "turning_kappa": plain(state.kappa, state.kappa_se),
    }
    return StateNumbers(state.name, numbers, dict(zip(names, moves, strict=True)))


def positive(value: float, se: float) -> Estimate:
    """Return an estimate above 0, its interval that of the logarithm."""
    if not math.isfinite(se) or value <= 0:
        return Estimate(value, math.nan, value, value)
    ratio = math.exp(Z * se / value)
    return Estimate(value, se, value / ratio, value * ratio)


def plain(value: float, se: float) -> Estimate:
    """Return an estimate with its interval."""
    if not math.isfinite(se):
        return Estimate(value, math.nan, value, value)
    return Estimate(value, se, value - Z * se, value + Z * se)


def resting(steps: Iterable[StepFit]) -> Estimate:
    """Return the share of steps without movement, its interval by Wilson (1927, JASA 22:209)."""
    several = list(steps)
    n = sum(one.n / (1.0 - one.zero_share) for one in several)
    still = n - sum(one.n for one in several)
    share = max(still / n, 0.0)
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    se = math.sqrt(share * (1 - share) / n)
    return Estimate(share, se if share else math.nan, max(middle - half, 0.0), middle + half)


def in_short(told: Sequence[Told]) -> list[str]:
    """Return what there is to say in lines: of a kind that many animals share the first alone.

    >>> from corridor_sim.telemetry.tracks import Told
    >>> many = [Told("gaps", f"{name}: 3 gaps", name) for name in "abc"]
    >>> in_short([*many, Told("crs", "UTM")])
    ['a: 3 gaps; 2 more like this in tables/notes.csv (gaps)', 'UTM']
    """
    by_kind: dict[str, list[Told]] = {}
    for one in told:
        by_kind.setdefault(one.kind, []).append(one)
    lines = []
    for kind, several in by_kind.items():
        more = len(several) - 1
        if more <= 1:
            lines += [one.words for one in several]
        else:
            lines.append(f"{several[0].words}; {more} more like this in tables/notes.csv ({kind})")
    return lines
