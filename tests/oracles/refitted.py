"""Made-up animals fitted again: which intervals of 95 % hold what they were made with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim import Species
from corridor_sim.config.load import Resolved
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.species.gaits import crossing_time_d
from corridor_sim.telemetry.base import ground_of
from corridor_sim.telemetry.behaviour import BehaviourFit, fit_behaviour
from corridor_sim.telemetry.bursts import to_bursts
from corridor_sim.telemetry.home_range import RangeFit, fit_range
from corridor_sim.telemetry.population import Group, population_of
from corridor_sim.telemetry.selected import Selected, intervals, select
from corridor_sim.telemetry.settings import FitSettings
from corridor_sim.telemetry.steps import StepFit, fit_steps
from corridor_sim.telemetry.tracks import Bursts, Tracks
from oracles.made_up_animals import (
    NAMES,
    MadeUp,
    looked_at,
    moved,
    scenario,
    species_of,
    theory_of,
    together,
    walked,
)

Z = 1.959963984540054
ALL = ("home_range_km2", "tau_d", "step_shape", "step_scale_m", "turning_kappa")


class One(NamedTuple):
    """An estimate with its interval, and the truth."""

    truth: float
    value: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        return self.low <= self.truth <= self.high


class Held(dict[str, list[One]]):
    """By parameter the estimates of all repeats; those without an interval hold nothing."""

    def add(self, name: str, truth: float, value: float, low: float, high: float) -> None:
        self.setdefault(name, []).append(One(truth, value, low, high))

    def share(self, name: str) -> float:
        return float(np.mean([one.holds for one in self[name]]))

    def count(self, name: str) -> int:
        return sum(one.holds for one in self[name])


class Truth(NamedTuple):
    """What an animal was made with, and the crossing time that an OU range of its fixes has."""

    numbers: dict[str, float]
    ou_tau_d: float


def truth_of(made: MadeUp) -> Truth:
    """Return what a fit should find; crossing time follows from steps and range.

    An Ornstein-Uhlenbeck range sees how much two fixes in a row have in common, whatever comes
    later. Where turns lead back, or on, the slowest decay, which is the crossing time, is another.
    """
    species, whole = species_of(made), together(made)
    who = species.movement.female.resident
    theory = theory_of(species)
    sigma2 = made.home_range_km2 * 1e6 / (5.991464547 * math.pi)
    kept = 1.0 - float(theory.displacement_m2(1)[-1]) / (4.0 * sigma2)
    numbers = {
        "home_range_km2": made.home_range_km2,
        "tau_d": crossing_time_d(species.movement, who),
        "step_shape": whole.shape,
        "step_scale_m": whole.scale_m,
        "turning_kappa": whole.kappa,
    }
    return Truth(numbers, -made.step_min / 1440.0 / math.log(kept))


class Parts(NamedTuple):
    """What was fitted of the animals of one population."""

    bursts: Bursts
    ranges: dict[str, RangeFit]
    steps: dict[str, StepFit]
    group: Group


def fitted(tracks: Tracks) -> Parts:
    """Return the parts of the fit in their order, without states and selection."""
    bursts = to_bursts(tracks)
    ranges = {str(name): fit_range(own) for name, own in tracks.table.groupby("animal")}
    steps = {
        str(name): fit_steps(own["length_m"].to_numpy(), own["turn_rad"].to_numpy())
        for name, own in bursts.steps.groupby("animal")
    }
    return Parts(bursts, ranges, steps, population_of(ranges, steps, {}).both)


def _add_group(held: Held, group: Group, truth: Mapping[str, float]) -> None:
    for name, value in truth.items():
        one = group.estimates.get(name)
        if one is None:
            held.add(name, value, math.nan, math.nan, math.nan)
        else:
            held.add(name, value, one.value, one.low, one.high)


def refit(made: MadeUp, repeats: int, seed: int = 1) -> Held:
    """Return the estimates of so many animals alike, each by itself."""
    truth, held = truth_of(made), Held()
    for tracks in walked(
        species_of(made), looked_at(made.days, made.step_min, seed), copies=repeats, seed=seed
    ):
        parts = fitted(tracks)
        _add_group(held, parts.group, truth.numbers)
        (own,) = parts.ranges.values()
        if own.model == "ou":
            tau = held["tau_d"][-1]
            held.add("tau_d of OU", truth.ou_tau_d, *tau[1:])
        if len(made.gaits) > 1:
            states = fit_behaviour(parts.bursts, 2, compare=(), each_animal=False)
            _add_states(held, states, made)
    return held


def _add_states(held: Held, found: BehaviourFit, made: MadeUp) -> None:
    for j, (name, true) in enumerate(zip(NAMES, made.gaits, strict=True)):
        state = found.states[j]
        stays = found.transition[j, j], found.transition_se[j, j], made.chain[j][j]
        for key, value, se, truth in (
            ("shape", state.shape, state.shape_se, true.shape),
            ("scale_m", state.scale_m, state.scale_se_m, true.scale_m),
            ("kappa", state.kappa, state.kappa_se, true.kappa),
            ("stays", *stays),
        ):
            held.add(f"{name} {key}", truth, value, value - Z * se, value + Z * se)


def refit_selection(made: MadeUp, beta: float, repeats: int, seed: int = 1) -> Held:
    """Return the same of animals that select wood in a made-up country, read from a scenario."""
    species, truth, held = species_of(made, beta), truth_of(made).numbers, Held()
    with TemporaryDirectory() as folder:
        read = scenario(Path(folder), species)
        land = ground_of(read)
        assert land is not None
        times = looked_at(made.days, made.step_min, seed)
        for tracks in walked(species, times, land=land, copies=repeats, seed=seed):
            parts = fitted(tracks)
            chosen = _selected(parts, tracks, land, read)
            wood = next(one for one in chosen.coefficients if one.name == "wood")
            held.add("wood", beta, wood.estimate, *intervals(wood))
            whole = population_of(parts.ranges, {**parts.steps, **chosen.kernels}, {}).both
            steps = {name: truth[name] for name in ALL[2:]}
            _add_group(held, whole, steps)
    return held


def _selected(parts: Parts, tracks: Tracks, land: Landscape, read: Resolved) -> Selected:
    found = select(
        parts.bursts, tracks.crs, parts.ranges, parts.steps, land, read, FitSettings(random=50)
    )
    assert found is not None
    return found


# of logarithms, but of kappa: as four numbers of real populations differ
BETWEEN_SD = {"home_range_km2": 0.3, "step_scale_m": 0.2, "step_shape": 0.1, "turning_kappa": 0.15}
# animals of large ranges go farther
WITH_RANGE = 0.4


def covariance() -> NDArray[np.float64]:
    """Return the covariance between animals, in the order of :data:`BETWEEN_SD`."""
    sd = np.array(list(BETWEEN_SD.values()))
    found = np.diag(sd**2)
    found[0, 1] = found[1, 0] = WITH_RANGE * sd[0] * sd[1]
    return found


def populations(made: MadeUp, animals: int, repeats: int, seed: int) -> Iterator[list[MadeUp]]:
    """Yield the animals of each population, which differ."""
    for repeat in range(repeats):
        rng = np.random.default_rng((seed, repeat))
        off = rng.multivariate_normal(np.zeros(4), covariance(), animals)
        yield [moved(made, dict(zip(BETWEEN_SD, one.tolist(), strict=True))) for one in off]


def refit_population(made: MadeUp, animals: int, repeats: int, seed: int = 1) -> Held:
    """Return the means of populations whose animals differ."""
    truth, held = truth_of(made).numbers, Held()
    names = [f"a{i}" for i in range(animals)]
    del truth["tau_d"]  # of each animal it follows from the rest
    for repeat, members in enumerate(populations(made, animals, repeats, seed)):
        kinds: dict[str, Species] = dict(zip(names, map(species_of, members), strict=True))
        times = looked_at(made.days, made.step_min, seed + repeat, names)
        tracks = walked(kinds, times, seed=seed + repeat)
        table = pd.concat([one.table for one in tracks], ignore_index=True)
        _add_group(held, fitted(replace(tracks[0], table=table)).group, truth)
    return held
