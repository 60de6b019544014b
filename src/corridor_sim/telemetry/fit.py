"""From tracks to a species: every part of the fit in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from corridor_sim.config.load import Resolved
from corridor_sim.config.own_maps import lay_own_maps
from corridor_sim.errors import CorridorSimError, SpeciesError, counted, visible
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr
from corridor_sim.species.fields import params_for
from corridor_sim.species.gaits import crossing_time_d
from corridor_sim.species.own_habitat import has_own_maps
from corridor_sim.species.traits import Species
from corridor_sim.telemetry.base import Base, base_species, crs_of, ground_of, refuse_key
from corridor_sim.telemetry.behaviour import BehaviourFit, fit_behaviour
from corridor_sim.telemetry.bursts import to_bursts
from corridor_sim.telemetry.fitted_numbers import (
    in_short,
    numbers_of,
    source_of,
    with_kappa_held,
    without_steps,
)
from corridor_sim.telemetry.home_range import RangeFit, fit_range
from corridor_sim.telemetry.levelled import levelled
from corridor_sim.telemetry.outside import fixes_outside
from corridor_sim.telemetry.population import OwnSteps, Population, population_of
from corridor_sim.telemetry.reading import read_tracks
from corridor_sim.telemetry.rhythm import Clock, clock_of
from corridor_sim.telemetry.selected import Selected, lay_rasters, refuse_terms, select
from corridor_sim.telemetry.settings import FitSettings
from corridor_sim.telemetry.sexes import sexes_of, told_of
from corridor_sim.telemetry.species_file import (
    MINUTES_A_DAY,
    SEXES,
    SpeciesNumbers,
    species_data,
    species_text,
)
from corridor_sim.telemetry.steps import StepFit, fit_steps
from corridor_sim.telemetry.tracks import Bursts, Told, Tracks

if TYPE_CHECKING:
    pass
from corridor_sim.toml.strict import validate

Say = Callable[[str], None]
# fewer steps than these tell nothing of an animal's own way to move
LEAST_STEPS = 10
NOTHING_OWN = "they count for nothing of its own"
# of a cell on which a species is tried
CELL_M = 1000.0
# factor between crossing times that nobody needs to hear of
CROSSING_AGREES = 1.5


@dataclass(frozen=True, slots=True)
class Given:
    """What a fit is given beside the fixes.

    Attributes
    ----------
    settings : FitSettings
    base : Base
        The species that it starts from.
    land : Landscape or None
    scenario : Resolved or None
    sexes : mapping of animal to sex
    command : str
        The command that does it again.
    """

    settings: FitSettings
    base: Base
    land: Landscape | None
    scenario: Resolved | None
    sexes: Mapping[str, str]
    command: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """Everything that was fitted.

    Attributes
    ----------
    given : Given
    tracks : Tracks
    bursts : Bursts
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
    """

    given: Given
    tracks: Tracks
    bursts: Bursts
    clock: Clock
    ranges: Mapping[str, RangeFit]
    steps: Mapping[str, StepFit]
    behaviour: BehaviourFit | None
    selected: Selected | None
    population: Population
    numbers: SpeciesNumbers
    species: Species
    told: tuple[Told, ...] = field(default=())

    @property
    def settings(self) -> FitSettings:
        """What was asked."""
        return self.given.settings

    @property
    def base(self) -> Base:
        """The species that it started from."""
        return self.given.base

    @property
    def land(self) -> Landscape | None:
        """The ground of the animals, where it is known."""
        return self.given.land

    @property
    def sexes(self) -> Mapping[str, str]:
        """The sex of each animal, empty where it is not known."""
        return self.given.sexes

    @property
    def command(self) -> str:
        """The command that does it again."""
        return self.given.command

    def text(self) -> str:
        """Return the species file."""
        data = self.species.model_dump(mode="json", exclude_none=True)
        for sex in SEXES:
            for stage in data["movement"][sex].values():
                # none are better said by nothing
                if not stage.get("states"):
                    stage.pop("states", None)
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
    refuse_terms(settings, landscape=scenario is not None)
    base = base_species(species, scenario)
    say(tr("reading tracks"))
    tracks = read_tracks(files, target_crs=crs_of(scenario), **settings.reading())
    land = ground_of(scenario)
    land = None if land is None else lay_rasters(land, settings)
    outside = () if land is None else fixes_outside(tracks, land)
    tracks = replace(tracks, told=(*tracks.told, *outside))
    sexes = sexes_of(tracks.animals, files, settings.sex_from)
    return fit_fixes(Given(settings, base, land, scenario, sexes, command), tracks, say=say)


def fit_fixes(given: Given, tracks: Tracks, *, say: Say = lambda _: None) -> Fit:
    """Fit a species to fixes: to all of them, or to a part that another fit sees.

    Raises
    ------
    CorridorSimError
        Too few steps, or terms that the landscape does not hold.
    """
    settings = given.settings
    bursts = to_bursts(tracks, settings.interval_min, settings.tolerance_min)
    _refuse_no_steps(bursts, tracks)
    ranges, of_ranges = _ranges(tracks, say)
    steps, of_steps = _steps(bursts)
    clock = clock_of(bursts)
    say(tr("telling behaviours apart"))
    behaviour, of_behaviour = _behaviour(levelled(bursts, steps), settings.states)
    say(tr("asking what steps were chosen"))
    selected = select(bursts, tracks.crs, ranges, steps, given.land, given.scenario, settings)
    own: dict[str, OwnSteps] = dict(steps)
    if selected is not None:
        own.update({name: k for name, k in selected.kernels.items() if name in steps})
    people = population_of(ranges, own, given.sexes, dispersers=settings.dispersers)
    numbers = numbers_of(
        *(clock, people, steps, behaviour, selected),
        n_fixes={str(name): int(n) for name, n in tracks.table["animal"].value_counts().items()},
        source=source_of(tracks.sources, given.command),
        here=given.land is not None,
    )
    species, numbers, of_species = _species(given.base, numbers)
    given, numbers, species, of_ground = _on_ground(given, numbers, species)
    of_species += of_ground
    told = (
        *(*tracks.told, *bursts.told, *of_ranges, *of_steps, *clock.told, *of_behaviour),
        *(() if selected is None else selected.told),
        *(*people.told, *of_species),
    )
    return Fit(
        *(given, tracks, bursts, clock, ranges, steps, behaviour, selected, people, numbers),
        *(species, tuple(dict.fromkeys(told))),
    )


def _species(base: Base, numbers: SpeciesNumbers) -> tuple[Species, SpeciesNumbers, list[Told]]:
    """Return the fitted species, checked as its file will be.

    Steps that no range of that size can hold, by which nobody could be simulated, are left out:
    range and crossing time then set their length.
    """
    where = f"species {base.species.key}, as fitted"
    numbers, held = with_kappa_held(numbers)
    species = validate(Species, species_data(base.data, numbers), where=where, error=SpeciesError)
    try:
        params_for(species, CELL_M)
    except SpeciesError as bad:
        numbers = without_steps(numbers)
        data = species_data(base.data, numbers)
        species = validate(Species, data, where=where, error=SpeciesError)
        words = (
            f"{bad.problem}: the species file has no length of steps, which follows from home "
            "range and crossing time"
        )
        return species, numbers, [*held, Told("steps_beyond_range", words)]
    return species, numbers, [*held, *_crossing(species, numbers)]


def _on_ground(
    given: Given, numbers: SpeciesNumbers, species: Species
) -> tuple[Given, SpeciesNumbers, Species, list[Told]]:
    """Return the ground with all that the fitted species selects by, and the species.

    A selection by which no animal can be simulated there is left out.
    """
    if given.land is None or given.scenario is None or not has_own_maps(species):
        return given, numbers, species, []
    try:
        scenario, base_dir = given.scenario.scenario, given.scenario.base_dir
        land = lay_own_maps(given.land, scenario, [species], base_dir)
    except SpeciesError as bad:
        numbers = replace(numbers, selection=None)
        species, numbers, told = _species(given.base, numbers)
        words = f"[selection] is left out of the species file: {bad.problem}"
        return given, numbers, species, [*told, Told("selection_left_out", words)]
    return replace(given, land=land), numbers, species, []


def _crossing(species: Species, numbers: SpeciesNumbers) -> list[Told]:
    """Tell of a crossing time that follows from steps and range and is not the one measured."""
    told = []
    # of one that no fixes tell there is nothing to differ from
    for sex in (one for one in SEXES if "tau_d" in numbers.residents[one].numbers):
        who = getattr(species.movement, sex).resident
        follows, seen = crossing_time_d(species.movement, who), who.tau_d.value
        if who.keeps_steps and not 1 / CROSSING_AGREES <= follows / seen <= CROSSING_AGREES:
            words = (
                f"with the steps and the range of a {sex} its range is crossed in {follows:.3g} "
                f"days, and in {seen:.3g} days by the fixes: simulated animals do the former"
            )
            told.append(Told("crossing_time_differs", words))
    return told


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
        lines += ["", "What to know:", *(f"  {words}" for words in in_short(fit.told))]
    return [visible(line) for line in lines]


def _refuse_no_steps(bursts: Bursts, tracks: Tracks) -> None:
    where = ", ".join(one.name for one in tracks.sources) or "tracks"
    if bursts.interval_min > MINUTES_A_DAY:
        raise CorridorSimError(
            f"fixes {bursts.interval_min / MINUTES_A_DAY:.3g} days apart make no steps: a step "
            "lasts a day at most",
            where=where,
            remedy="give tracks of a fix a day or more; where gaps hide it, name it: --interval",
        )
    if len(bursts.steps) < LEAST_STEPS:
        n = len(bursts.steps)
        raise CorridorSimError(
            f"{counted(n, 'step') if n else 'not one step'} of {bursts.interval_min:g} min "
            f"{'is' if n < 2 else 'are'} in the tracks, from which nothing can be fitted",
            where=where,
            remedy="give the interval of the collars with --interval, or longer tracks",
        )


def _ranges(tracks: Tracks, say: Say) -> tuple[dict[str, RangeFit], list[Told]]:
    """Return the range of each animal."""
    found: dict[str, RangeFit] = {}
    told: list[Told] = []
    for animal, table in tracks.table.groupby("animal", sort=False):
        say(tr("range of {animal}", animal=animal))
        one = fit_range(table)
        found[str(animal)] = one
        told += one.told
    return found, told


def _steps(bursts: Bursts) -> tuple[dict[str, StepFit], list[Told]]:
    """Return steps and turns of each animal that has enough of them."""
    found: dict[str, StepFit] = {}
    told: list[Told] = []
    refused: CorridorSimError | None = None
    for animal, table in bursts.steps.groupby("animal", sort=False):
        name = str(animal)
        moved = int((table["length_m"] > 0).sum())
        if moved < LEAST_STEPS:
            told.append(
                Told(
                    "few_steps",
                    f"{name} has {counted(moved, 'step')} longer than 0 m, fewer than "
                    f"{LEAST_STEPS}: {NOTHING_OWN}",
                    name,
                    moved,
                )
            )
            continue
        try:
            found[name] = fit_steps(table, animal=name)
        except CorridorSimError as bad:
            refused = bad if refused is None else refused
            told.append(Told("no_steps", f"{name}: {bad.problem}: {NOTHING_OWN}", name, moved))
            continue
        told += found[name].told
    if not found and refused is not None:
        raise refused
    if not found:
        raise CorridorSimError(
            f"no animal has {LEAST_STEPS} steps of {bursts.interval_min:g} min that lead anywhere",
            where="tracks",
            remedy="give longer tracks, or another --interval",
        )
    return found, told


def _behaviour(bursts: Bursts, states: int | None) -> tuple[BehaviourFit | None, list[Told]]:
    """Return behavioural states; None where the steps do not tell them apart."""
    try:
        found = fit_behaviour(bursts, states, compare=(1, 2, 3) if states is None else (states,))
    except CorridorSimError as bad:
        return None, [Told("no_states", f"behaviours are not told apart: {bad.problem}")]
    return found, list(found.told)
