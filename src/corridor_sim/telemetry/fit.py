"""From tracks to a species: every part of the fit in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from corridor_sim.config.load import Resolved
from corridor_sim.errors import CorridorSimError, SpeciesError, counted, visible
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.species.traits import Species
from corridor_sim.telemetry.base import Base, base_species, crs_of, ground_of, refuse_key
from corridor_sim.telemetry.behaviour import BehaviourFit, fit_behaviour
from corridor_sim.telemetry.bursts import to_bursts
from corridor_sim.telemetry.fitted_numbers import numbers_of, source_of
from corridor_sim.telemetry.home_range import RangeFit, fit_range
from corridor_sim.telemetry.outside import fixes_outside
from corridor_sim.telemetry.population import OwnSteps, Population, population_of
from corridor_sim.telemetry.reading import read_tracks
from corridor_sim.telemetry.rhythm import Clock, clock_of
from corridor_sim.telemetry.selected import Selected, select
from corridor_sim.telemetry.settings import FitSettings
from corridor_sim.telemetry.sexes import sexes_of, told_of
from corridor_sim.telemetry.species_file import SpeciesNumbers, species_data, species_text
from corridor_sim.telemetry.steps import StepFit, fit_steps
from corridor_sim.telemetry.tracks import Bursts, Told, Tracks

if TYPE_CHECKING:
    pass
from corridor_sim.toml.strict import validate

Say = Callable[[str], None]
# fewer steps than these tell nothing of an animal's own way to move
LEAST_STEPS = 10


@dataclass(frozen=True, slots=True)
class Fit:
    """Everything that was fitted.

    Attributes
    ----------
    settings : FitSettings
    base : Base
        What it started from.
    land : Landscape or None
    tracks : Tracks
    bursts : Bursts
    sexes : mapping of animal to sex
    clock : Clock
    ranges : mapping of animal to RangeFit
    steps : mapping of animal to StepFit
        Of animals with enough of them.
    behaviour : BehaviourFit or None
    selected : Selected or None
    population : Population
    numbers : SpeciesNumbers
        What the species file says.
    species : Species
        The fitted species, checked.
    told : tuple of Told
        From all parts, in their order.
    command : str
        The command that does it again.
    """

    settings: FitSettings
    base: Base
    land: Landscape | None
    tracks: Tracks
    bursts: Bursts
    sexes: Mapping[str, str]
    clock: Clock
    ranges: Mapping[str, RangeFit]
    steps: Mapping[str, StepFit]
    behaviour: BehaviourFit | None
    selected: Selected | None
    population: Population
    numbers: SpeciesNumbers
    species: Species
    told: tuple[Told, ...] = field(default=())
    command: str = ""

    def text(self) -> str:
        """Return the species file."""
        data = self.species.model_dump(mode="json", exclude_none=True)
        return species_text(data, _head(self))


def fit_tracks(
    files: Sequence[str | Path],
    scenario: Resolved | None,
    species: str,
    settings: FitSettings,
    *,
    command: str = "",
    say: Say = lambda _: None,
) -> Fit:
    """Fit a species to tracks.

    Parameters
    ----------
    files : sequence of path
        Movebank CSV, or x, y, time and animal.
    scenario : Resolved or None
        Whose landscape the animals walked on; without it there is no selection.
    species : str
        See :func:`corridor_sim.telemetry.base.base_species`.
    settings : FitSettings
    command : str
        The command that does it again, for the sources of the numbers.
    say : callable
        Is told every step of the work.

    Raises
    ------
    CorridorSimError
        In one line, what of the files, the scenario or the settings cannot be.
    """
    refuse_key(species)
    base = base_species(species, scenario)
    say("reading tracks")
    tracks = read_tracks(files, target_crs=crs_of(scenario), **settings.reading())
    land = ground_of(scenario)
    told = list(tracks.told)
    if land is not None:
        told += fixes_outside(tracks, land)
    sexes = sexes_of(tracks.animals, files, settings.sex_from)
    return fit_read(
        tracks, base, land, scenario, sexes, settings, told=told, command=command, say=say
    )


def fit_read(
    tracks: Tracks,
    base: Base,
    land: Landscape | None,
    scenario: Resolved | None,
    sexes: Mapping[str, str],
    settings: FitSettings,
    *,
    told: Sequence[Told] = (),
    command: str = "",
    say: Say = lambda _: None,
) -> Fit:
    """Fit a species to tracks that are read, or to a part of them; see :func:`fit_tracks`."""
    told = list(told)
    bursts = to_bursts(tracks, settings.interval_min, settings.tolerance_min)
    told += bursts.told
    _refuse_no_steps(bursts, tracks)
    ranges, more = _ranges(tracks, say)
    told += more
    steps, more = _steps(bursts)
    told += more
    clock = clock_of(bursts, _typical_shape(steps))
    told += clock.told
    say("telling behaviours apart")
    behaviour, more = _behaviour(bursts, settings.states)
    told += more
    say("asking what steps were chosen")
    selected = select(bursts, tracks.crs, ranges, land, scenario, settings)
    told += selected.told if selected is not None else ()
    own: dict[str, OwnSteps] = dict(steps)
    if selected is not None:
        own.update({name: k for name, k in selected.kernels.items() if name in steps})
    population = population_of(ranges, own, sexes, dispersers=settings.dispersers)
    told += population.told
    numbers = numbers_of(
        *(clock, population, steps, behaviour, selected),
        n_fixes={name: int(n) for name, n in tracks.table["animal"].value_counts().items()},
        source=source_of(tracks.sources, command),
        here=land is not None,
    )
    return Fit(
        *(settings, base, land, tracks, bursts, sexes, clock, ranges, steps, behaviour, selected),
        *(population, numbers, _species(base, numbers), tuple(dict.fromkeys(told)), command),
    )


def own_fit(fit: Fit, animal: str) -> Species:
    """Return the species as one animal is: its own steps, range, turns and behaviour.

    Raises
    ------
    CorridorSimError
        Its own numbers make no animal.
    """
    own: dict[str, OwnSteps] = {animal: fit.steps[animal]} if animal in fit.steps else {}
    if not own or animal not in fit.ranges or not fit.ranges[animal].resident:
        return fit.species
    if fit.selected is not None and animal in fit.selected.kernels:
        own[animal] = fit.selected.kernels[animal]
    ranges = {animal: fit.ranges[animal]}
    behaviour = fit.behaviour
    if behaviour is not None:
        behaviour = behaviour.animals.get(animal, behaviour)
    numbers = numbers_of(
        *(fit.clock, population_of(ranges, own, {}), {animal: fit.steps[animal]}, behaviour),
        fit.selected,
        n_fixes={animal: fit.ranges[animal].n_fixes},
        source=source_of(fit.tracks.sources, ""),
        here=fit.land is not None,
    )
    return _species(fit.base, numbers)


def _species(base: Base, numbers: SpeciesNumbers) -> Species:
    """Return the fitted species, checked as its file will be."""
    where = f"species {base.species.key}, as fitted"
    return validate(Species, species_data(base.data, numbers), where=where, error=SpeciesError)


def _head(fit: Fit) -> list[str]:
    """Return what stands on top of the species file."""
    n, fixes = len(fit.tracks.animals), len(fit.tracks.table)
    lines = [
        f"{counted(n, 'animal')}, {fixes:,} fixes, {len(fit.bursts.steps):,} steps of "
        f"{fit.clock.step_min} minutes; sexes: {told_of(fit.sexes)}.",
        *(f"{one.name}: sha256 {one.sha256}" for one in fit.tracks.sources),
    ]
    lines += [fit.command] if fit.command else []
    if fit.base.blank:
        lines += ["", 'Sources that begin with "placeholder" stand for what tracks do not tell.']
    if fit.selected is not None:
        lines += ["", "Selection, with standard errors:"]
        lines += [
            f"  {one.name} {one.estimate:.4g} ({one.se:.2g})" for one in fit.selected.coefficients
        ]
    if fit.told:
        lines += ["", "What to know:", *(f"  {one.words}" for one in fit.told)]
    return [visible(line) for line in lines]


def _refuse_no_steps(bursts: Bursts, tracks: Tracks) -> None:
    if len(bursts.steps) < LEAST_STEPS:
        where = ", ".join(one.name for one in tracks.sources) or "tracks"
        n = len(bursts.steps)
        raise CorridorSimError(
            f"{counted(n, 'step') if n else 'not one step'} of {bursts.interval_min:g} min "
            f"{'is' if n < 2 else 'are'} in the tracks, from which nothing can be fitted",
            where=where,
            remedy="give the interval of the collars with --interval, or longer tracks",
        )


def _ranges(tracks: Tracks, say: Say) -> tuple[dict[str, RangeFit], list[Told]]:
    """Return the range of each animal."""
    found, told = {}, []
    for animal, table in tracks.table.groupby("animal", sort=False):
        say(f"range of {animal}")
        one = fit_range(table)
        found[str(animal)] = one
        told += one.told
    return found, told


def _steps(bursts: Bursts) -> tuple[dict[str, StepFit], list[Told]]:
    """Return steps and turns of each animal that has enough of them."""
    found, told = {}, []
    for animal, table in bursts.steps.groupby("animal", sort=False):
        name = str(animal)
        moved = int((table["length_m"] > 0).sum())
        if moved < LEAST_STEPS:
            told.append(
                Told(
                    "few_steps",
                    f"{name} has {counted(moved, 'step')} longer than 0 m, fewer than "
                    f"{LEAST_STEPS}: they count for nothing of its own",
                    name,
                    moved,
                )
            )
            continue
        found[name] = fit_steps(table["length_m"].to_numpy(), table["turn_rad"].to_numpy())
        told += [
            one if one.animal else replace(one, animal=name, words=f"{name}: {one.words}")
            for one in found[name].told
        ]
    if not found:
        raise CorridorSimError(
            f"no animal has {LEAST_STEPS} steps of {bursts.interval_min:g} min that lead anywhere",
            where="tracks",
            remedy="give longer tracks, or another --interval",
        )
    return found, told


def _typical_shape(steps: Mapping[str, StepFit]) -> float:
    import numpy as np

    return float(np.median([one.shape for one in steps.values()]))


def _behaviour(bursts: Bursts, states: int | None) -> tuple[BehaviourFit | None, list[Told]]:
    """Return behavioural states; None where the steps do not tell them apart."""
    try:
        found = fit_behaviour(bursts, states)
    except CorridorSimError as bad:
        return None, [Told("no_states", f"behaviours are not told apart: {bad.problem}")]
    return found, list(found.told)
