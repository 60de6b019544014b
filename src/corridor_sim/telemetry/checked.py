"""The check of a fit: animals simulated with their own numbers, and a part of them predicted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd

from corridor_sim.errors import CorridorSimError, SpeciesError
from corridor_sim.kernels.states import DISPERSER, RESIDENT
from corridor_sim.languages import tr
from corridor_sim.species.fields import params_for
from corridor_sim.species.traits import Species
from corridor_sim.telemetry.behaviour import BehaviourFit
from corridor_sim.telemetry.check import FitCheck, FitRange, check_tracks
from corridor_sim.telemetry.fit import CELL_M, Fit, fit_fixes
from corridor_sim.telemetry.fitted_numbers import numbers_of, without_steps
from corridor_sim.telemetry.hold_out import HoldOut, Split, hold_out
from corridor_sim.telemetry.home_range import RangeFit, fit_range
from corridor_sim.telemetry.population import OwnSteps, population_of
from corridor_sim.telemetry.simulated import COPIES
from corridor_sim.telemetry.species_file import species_data
from corridor_sim.telemetry.tracks import Told, Tracks
from corridor_sim.telemetry.use import WITHIN_95
from corridor_sim.toml.strict import validate

Say = Callable[[str], None]
# copies of each animal whose ranges are fitted again: enough for a mean and its error
RANGE_COPIES = 8
# fixes of all copies to which ranges are fitted: more take minutes
MOST_FITTED = 400_000


def check_fit(
    fit: Fit, *, copies: int = COPIES, range_copies: int = RANGE_COPIES, say: Say = lambda _: None
) -> FitCheck:
    """Return how simulated animals compare with those that a fit was made to.

    Each animal is simulated with its own numbers, or with those of the population where it has
    none; on flat ground, and on the landscape where there is one. What ``settings.hold_out`` names
    is predicted from a fit to the rest, with the numbers of that fit's population.

    Parameters
    ----------
    fit : Fit
    copies, range_copies : int
        Simulated data sets, and those of which ranges are fitted.
    say : callable
        Is told every step of the work.
    """
    say(tr("simulating the animals"))
    fixes = regular(fit)
    ranges = {name: one for name, one in fit.ranges.items() if _has_range(one)}
    species = own_species(fit)
    found = check_tracks(
        fixes,
        species,
        interval_min=fit.bursts.interval_min,
        land=fit.land,
        centres={name: _centre(one) for name, one in ranges.items()},
        sexes=fit.sexes,
        radii={
            name: WITHIN_95 * one.sigma_m.value
            for name, one in ranges.items()
            if one.sigma_m is not None
        },
        whole=fit.tracks,
        fit_range=_same_model(ranges),
        range_copies=min(range_copies, max(3, MOST_FITTED // len(fit.tracks.table))),
        copies=copies,
        seed=fit.settings.seed,
        stage=stages(fit, species),
    )
    found = replace(found, told=(*found.told, *_told(fit, species)))
    if fit.settings.hold_out == "none":
        return found
    return replace(found, hold_out=held_out(fit, copies=copies, say=say))


def stages(fit: Fit, species: Mapping[str, Species]) -> dict[str, int]:
    """Return as what each animal is simulated: whoever wanders with steps of its own disperses."""
    wander = [
        name
        for name, one in fit.ranges.items()
        if not _has_range(one) and species[name] is not fit.species
    ]
    return {name: DISPERSER if name in wander else RESIDENT for name in fit.tracks.animals}


def _told(fit: Fit, species: Mapping[str, Species]) -> list[Told]:
    """Tell which animals are not simulated with numbers of their own, or without their steps."""
    told = []
    wander = [name for name in fit.tracks.animals if species[name] is fit.species]
    if wander and len(fit.tracks.animals) > 1:
        words = (
            f"{', '.join(wander)}: simulated with the population's numbers, since too little of "
            "its own could be told"
        )
        told.append(
            Told("population_numbers", words, wander[0] if len(wander) == 1 else "", len(wander))
        )
    shared = [name for name, one in species.items() if name not in wander and _shares(fit, one)]
    if shared:
        words = (
            f"{', '.join(shared)}: simulated with the behaviour of all animals together, its steps "
            "brought to the mean length of its own"
        )
        told.append(
            Told("shared_behaviour", words, shared[0] if len(shared) == 1 else "", len(shared))
        )
    apart = [name for name, stage in stages(fit, species).items() if stage == DISPERSER]
    if apart:
        words = (
            f"{', '.join(apart)}: no range, so simulated as a walk from its first fix, without "
            "attraction and without behavioural states"
        )
        told.append(Told("simulated_walk", words, apart[0] if len(apart) == 1 else "", len(apart)))
    loose = [name for name, one in species.items() if name not in apart and not _keeps_steps(one)]
    if loose:
        words = (
            f"{', '.join(loose)}: steps are too long for the range, so simulated animals have "
            "lengths that follow from range and crossing time, and not those that were measured"
        )
        told.append(Told("steps_not_kept", words, loose[0] if len(loose) == 1 else "", len(loose)))
    return told


def _shares(fit: Fit, species: Species) -> bool:
    """Whether a species has the behavioural states of all animals together."""
    own = species.movement.female.resident.states
    if fit.behaviour is None or len(fit.tracks.animals) < 2 or not own:
        return False
    # lengths are brought to those of the animal
    usual = fit.behaviour.states[0].shape
    return math.isclose(own[0].step_shape.value, usual, rel_tol=1e-4)


def _keeps_steps(species: Species) -> bool:
    return species.movement.female.resident.keeps_steps


def held_out(fit: Fit, *, copies: int = COPIES, say: Say = lambda _: None) -> HoldOut:
    """Return how well a fit to a part predicts the rest; the part is what the settings name."""
    split: Split = "animals" if fit.settings.hold_out == "animals" else "months"

    def again(tracks: Tracks) -> Species:
        say(f"fitting {len(tracks.animals)} animals again for the prediction of the rest")
        # at the interval that was found of all, whatever a part would say
        settings = replace(
            fit.settings,
            interval_min=fit.bursts.interval_min,
            tolerance_min=fit.bursts.tolerance_min,
        )
        return fit_fixes(replace(fit.given, settings=settings), tracks).species

    return hold_out(
        regular(fit),
        again,
        whole=fit.tracks,
        interval_min=fit.bursts.interval_min,
        split=split,
        land=fit.land,
        sexes=fit.sexes,
        copies=copies,
        seed=fit.settings.seed,
    )


def regular(fit: Fit) -> Tracks:
    """Return the fixes of the bursts as tracks."""
    return replace(fit.tracks, table=fit.bursts.table)


def own_species(fit: Fit) -> dict[str, Species]:
    """Return each animal's own species: its steps, range and behaviour, as they were fitted.

    Animals of which no range, or too few steps, are known are as the population is.
    """
    found = {}
    for name in fit.tracks.animals:
        own = name in fit.steps and name in fit.ranges
        found[name] = _own(fit, name) if own else fit.species
    return found


def _own(fit: Fit, animal: str) -> Species:
    """Return the species as one animal is; as the population where its numbers do not go together.

    Of behavioural states its own are taken, else those of all together, else none; steps that its
    range cannot hold follow from range and crossing time, as for a population.
    """
    steps: dict[str, OwnSteps] = {animal: fit.steps[animal]}
    if fit.selected is not None and animal in fit.selected.kernels:
        steps[animal] = fit.selected.kernels[animal]
    # who has no range walks as dispersers do
    people = population_of({animal: fit.ranges[animal]}, steps, {}, dispersers=True)
    found = [
        numbers_of(
            fit.clock,
            people,
            {animal: fit.steps[animal]},
            behaviour,
            fit.selected,
            n_fixes={animal: fit.ranges[animal].n_fixes},
            source=f"tracks of {animal}",
            here=fit.land is not None,
        )
        for behaviour in _behaviours(fit.behaviour, animal)
    ]
    for one in (*found, without_steps(found[-1])):
        data = species_data(fit.base.data, one)
        try:
            # few steps can have numbers that no species file takes
            species = validate(Species, data, where=animal, error=SpeciesError)
            params_for(species, CELL_M)
        except SpeciesError:
            continue
        return species
    return fit.species


def _behaviours(of_all: BehaviourFit | None, animal: str) -> list[BehaviourFit | None]:
    """Return the behaviour of an animal, best first; the last is none."""
    if of_all is None:
        return [None]
    own = of_all.animals.get(animal)
    return [of_all, None] if own is None else [own, of_all, None]


def _has_range(one: RangeFit) -> bool:
    return one.resident and one.centre_m is not None and one.home_range_km2 is not None


def _centre(one: RangeFit) -> tuple[float, float]:
    assert one.centre_m is not None
    return float(one.centre_m[0]), float(one.centre_m[1])


def _same_model(ranges: Mapping[str, RangeFit]) -> FitRange:
    """Return a way to fit a range by the model that the collared animal's has, or a simpler one."""

    def fitted(table: pd.DataFrame) -> tuple[float, float] | None:
        own = ranges.get(str(table["animal"].iloc[0]))
        if own is None:
            return None
        try:
            # a copy may show nothing of a speed that lasts
            models = ("ou", "ouf") if own.model == "ouf" else (own.model,)
            one = fit_range(table, models=models)
        except CorridorSimError:
            return None
        if one.home_range_km2 is None:
            return None
        tau = math.nan if one.tau_position_d is None else one.tau_position_d.value
        return one.home_range_km2.value, tau

    return fitted
