"""Scenarios made ready for many generations: species, landscapes through the years, settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from corridor_sim.config.build import (
    apply_edits,
    build_species,
    input_digests,
    landscape_grid,
    reference_landscape,
)
from corridor_sim.config.checks import refuse_positions
from corridor_sim.config.life_cycle import LifeCycleSettings
from corridor_sim.config.load import Resolved, as_data
from corridor_sim.config.timelines import timeline_of
from corridor_sim.errors import ScenarioError, SpeciesError, nearest
from corridor_sim.landscape.blocks import blocks_of, check_blocks
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.timeline import Timeline
from corridor_sim.memory import refuse_beyond
from corridor_sim.progress import tell
from corridor_sim.simulation.generations.machine import WALKS, Course, Generations
from corridor_sim.species.traits import Species

YEARS = 50
# about, of landscape and of a species' fields, in bytes a cell and landscape
LAND_BYTES, SPECIES_BYTES = 70, 160
# what two scenarios may differ in, to be compared on the same walks
MAY_DIFFER = frozenset(
    {
        "name",
        "description",
        "edits",
        "change",
        "indifference",
        "adaptive",
        "replicates",
        "tracks",
        "maps",
        "days",
        "start_day",
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One or two scenarios ready for many generations.

    Attributes
    ----------
    machine : Generations
        Its baseline is ``against`` where there is one, else the scenario itself.
    course : Course
        Of the scenario.
    scenario : Resolved
    against : Resolved or None
    left_out : tuple of Species
        Those that soar.
    """

    machine: Generations
    course: Course
    scenario: Resolved
    against: Resolved | None
    left_out: tuple[Species, ...]


def ready(
    scenario: Resolved,
    against: Resolved | None,
    *,
    species: Sequence[str] = (),
    years: int | None = None,
    walks: int = WALKS,
) -> Asked:
    """Return scenarios ready for many generations, everything checked.

    Raises
    ------
    CorridorSimError
        Scenarios that differ in more than edits and changes, species that soar or have no life
        cycle, fewer than two blocks, or too little memory.
    """
    one = scenario.scenario
    refuse_positions(one, "what adds up over generations")
    if against is not None:
        refuse_unlike(scenario, against)
    n_years = years or int(one.years if one.life_cycle and one.years else YEARS)
    chosen, left_out = walking(scenario, species)
    land = reference_landscape(scenario)
    check_blocks(land, blocks_of(land), f"scenario {one.name!r}")
    both = [scenario] if against is None else [scenario, against]
    lines = [_line(each, land, n_years) for each in both]
    moments = sorted({0}.union(*(line.updates for line in lines)))
    cells = land.grid.width * land.grid.height
    per_cell = LAND_BYTES + SPECIES_BYTES * len(chosen)
    refuse_beyond(
        float(cells * per_cell * len(both) * (len(moments) + 1)),
        f"{len(moments)} landscapes of {cells:,} cells for {len(chosen)} species",
        "use a larger landscape.cell_m or change.update_every_y, or fewer species",
        where=f"scenario {one.name!r}",
    )
    courses = [line.course(moments) for line in lines]
    machine = Generations(
        chosen,
        land,
        courses[-1],
        n_years,
        one.life_cycle or LifeCycleSettings(),
        one.seed,
        options={each.key: one.species[each.key].dispersal for each in chosen},
        known=courses[:-1],
        walks=walks,
    )
    return Asked(machine, courses[0], scenario, against, left_out)


def walking(scenario: Resolved, wanted: Sequence[str]) -> tuple[list[Species], tuple[Species, ...]]:
    """Return the species to be told, and those left out because they soar.

    Raises
    ------
    ScenarioError, SpeciesError
        A species that the scenario has not, one that was asked for by name and soars, or none
        that walks.
    """
    known = build_species(scenario)
    for key in wanted:
        if key not in scenario.scenario.species:
            raise ScenarioError(
                f"no species {key!r} in {scenario.name!r}",
                where="species",
                remedy=nearest(key, scenario.scenario.species),
            )
    chosen = [one for one in known if not wanted or one.key in wanted]
    soaring = tuple(one for one in chosen if one.soaring is not None)
    if soaring and (wanted or len(soaring) == len(chosen)):
        raise SpeciesError(
            "soars: it is no disperser between reserves",
            where=f"species.{soaring[0].key}",
            remedy="leave it out",
        )
    return [one for one in chosen if one.soaring is None], soaring


def refuse_unlike(scenario: Resolved, against: Resolved) -> None:
    """Refuse two scenarios that differ in more than edits and changes.

    Raises
    ------
    ScenarioError
        Naming what they differ in.
    """
    mine, other = (_same_part(each) for each in (scenario, against))
    apart = [key for key in {**mine, **other} if mine.get(key) != other.get(key)]
    if not apart and input_digests(scenario) != input_digests(against):
        apart = ["the files of the landscape or the species"]
    if apart:
        raise ScenarioError(
            f"{scenario.name!r} and {against.name!r} differ in {', '.join(apart)}",
            where="against",
            remedy="give two scenarios that differ in edits and change alone",
        )


def _same_part(resolved: Resolved) -> dict[str, Any]:
    data = as_data(resolved.scenario)
    found = {key: value for key, value in data.items() if key not in MAY_DIFFER}
    grid = landscape_grid(resolved.scenario.landscape, base_dir=resolved.base_dir)
    # left out, it is that of the landscape
    found["landscape"] = {**found["landscape"], "cell_m": grid.cell_m}
    return found


@dataclass(frozen=True, slots=True)
class _Line:
    """A landscape through the years of a run, which are counted from 0."""

    land: Landscape
    timeline: Timeline | None
    years: int

    @property
    def updates(self) -> set[int]:
        """The years in which it changes."""
        if self.timeline is None:
            return set()
        since = (year - self.timeline.start_year for year in self.timeline.update_years)
        return {year for year in since if year < self.years}

    def course(self, moments: Sequence[int]) -> Course:
        """Return its landscapes at some years, with 0 as the first."""
        if self.timeline is None:
            return Course(tuple(moments), (self.land,) * len(moments))
        start = self.timeline.start_year
        return Course(tuple(moments), tuple(self.timeline.at(start + year) for year in moments))


def _line(resolved: Resolved, land: Landscape, years: int) -> _Line:
    one = resolved.scenario
    if one.n_maps > 1:
        tell(f"{one.name}: told on the first of {one.n_maps} maps of clearing alone")
    edited = apply_edits(land, resolved.edits, one.seed)
    return _Line(edited, timeline_of(resolved, edited, n_years=years), years)
