"""The Mesa face of the engine: the same arrays, stepped by days, in Mesa's words.

Works on Mesa 3.3 to 3.5. Importing Mesa 3.3 sets the start method of ``multiprocessing`` to spawn
for the whole process, so this module is imported only where the model is used.

Names that Mesa itself uses on a model (``scenario``, ``time``, ``random``, ``data_registry``) are
left to it; the scenario is :attr:`CorridorModel.settings`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import mesa
import numpy as np

from corridor_sim.agents.animal import Animal
from corridor_sim.agents.daily import animal_table, daily_columns, daily_numbers
from corridor_sim.config.build import apply_edits, build_species, load_landscape
from corridor_sim.config.load import Resolved, load_scenario, resolve
from corridor_sim.config.schema import Scenario
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.days.simulation import Simulation, find_homes, use_threads
from corridor_sim.simulation.days.simulator import prepare_scenario, simulation_of

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_DAYS = 90
MAX_SEED = 2**63 - 1

Seed: TypeAlias = int | np.integer[Any] | np.random.Generator


class CorridorModel(mesa.Model):  # type: ignore[misc, unused-ignore]  # mesa has no types
    """One replicate of a scenario as a Mesa model; one step is one day of all species.

    Parameters
    ----------
    scenario : str, Path, Scenario, Resolved or None
        A scenario file, or one already read; None is today's landscape and numbers for 90 days.
        A model is one replicate, so ``replicates`` does not matter; what it cannot do
        (``life_cycle``, ``adaptive``) is refused.
    rng : int or numpy Generator, keyword only
        Replaces the scenario's seed; from a generator, one seed is drawn.
    replicate : int, keyword only
        Number of the replicate; the trajectories are those of
        ``Simulation(context, seed=seed, replicate=replicate)``, to the bit.
    threads : int, keyword only
        Threads of the kernel; None leaves numba's own setting.
    land : Landscape, keyword only
        The landscape before the scenario's edits, instead of loading the one the scenario names:
        several models can share one.

    Attributes
    ----------
    settings : Scenario
        The scenario with every default filled in, and the seed in use.
    landscape : Landscape
        What the animals move on, edits applied.
    simulation : Simulation
        The engine; its arrays are the only state.
    running : bool
        False once the scenario's days are over or no animal moves any more.
    datacollector : mesa.DataCollector
        One row a day, the first of day 0; columns as in :func:`.daily.daily_columns`.

    Raises
    ------
    ScenarioError, SpeciesError, LandscapeError
        As the command line would say.
    ResourceError
        More threads than the machine has.
    """

    def __init__(
        self,
        scenario: str | Path | Scenario | Resolved | None = None,
        *,
        rng: Seed | None = None,
        replicate: int = 0,
        threads: int | None = None,
        land: Landscape | None = None,
    ) -> None:
        resolved = _resolved(scenario)
        if resolved.scenario.life_cycle is not None:
            raise ScenarioError(
                "a Mesa model moves today's animals day by day and knows no births",
                where=f"{resolved.name}: life_cycle",
                remedy="leave life_cycle, change and years out, or use corridor-sim run",
            )
        if resolved.scenario.adaptive is not None:
            raise ScenarioError(
                "a Mesa model is one replicate and adds no others",
                where=f"{resolved.name}: adaptive",
                remedy="leave adaptive out, or use corridor-sim run",
            )
        seed = resolved.scenario.seed if rng is None else seed_from(rng)
        # Mesa's own generators get the same seed, for whatever a user's subclass draws from them
        super().__init__(rng=seed)
        self.settings: Scenario = resolved.scenario.model_copy(update={"seed": seed})
        self._threads = threads
        if threads is not None:
            use_threads(threads)
        if land is None:
            land = load_landscape(self.settings.landscape, base_dir=resolved.base_dir)
        species = build_species(resolved)
        homes = find_homes(species, land)
        self.landscape: Landscape = apply_edits(land, resolved.edits, seed)
        context = prepare_scenario(resolved, species, self.landscape, homes)
        self.simulation: Simulation = simulation_of(
            resolved, context, seed=seed, replicate=replicate
        )
        self._views: list[Animal] = []
        self._today: dict[str, float] = {}
        names = daily_columns(list(self.simulation.animals))
        self.datacollector = mesa.DataCollector(
            model_reporters={name: partial(_read_today, name=name) for name in names}
        )
        self._collect()

    @property
    def day(self) -> int:
        """Days simulated so far."""
        return self.simulation.day

    @property
    def species_keys(self) -> tuple[str, ...]:
        """Keys of the species, in the scenario's order."""
        return tuple(self.simulation.animals)

    def step(self) -> None:
        """Advance every species by one day and collect the day's numbers."""
        if self._threads is not None:
            # the setting belongs to the calling thread, which in a browser session may change
            use_threads(self._threads)
        self.simulation.advance(1)
        self._collect()

    def _collect(self) -> None:
        self._today = daily_numbers(self.simulation)
        self.running = self.day < self.settings.n_days and self._today["moving"] > 0
        self.datacollector.collect(self)

    def _make_views(self) -> None:
        """Make the agents when somebody asks: a run that asks only for tables never pays."""
        if not self._views:
            for key, rows in self.simulation.animals.items():
                self._views.extend(Animal(self, key, rows, row) for row in range(rows.x.size))

    @property
    def agents(self) -> Any:
        """All animals as a Mesa AgentSet of read-only :class:`Animal` views, made at first use."""
        self._make_views()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """The same, as ``{Animal: AgentSet}``."""
        self._make_views()
        return super().agents_by_type

    @property
    def agent_types(self) -> Any:
        """The one class of agents."""
        self._make_views()
        return super().agent_types

    def animal_table(self) -> pd.DataFrame:
        """Return one row per animal of today, straight from the arrays: the fast way to all.

        Columns: species, ident, sex, stage, status, cause_of_death, x_m, y_m, elevation_m,
        core_area, path_m.
        """
        return animal_table(self.simulation)


def _read_today(model: CorridorModel, name: str) -> float:
    return model._today[name]


def _resolved(scenario: str | Path | Scenario | Resolved | None) -> Resolved:
    if isinstance(scenario, Resolved):
        return scenario
    if scenario is None:
        scenario = Scenario(name="Today", days=DEFAULT_DAYS)
    if isinstance(scenario, Scenario):
        return resolve(scenario, scenario.name, Path())
    return load_scenario(scenario)


def seed_from(rng: Seed) -> int:
    """Return the seed that ``rng`` stands for: itself, or one draw from a numpy Generator.

    Raises
    ------
    ScenarioError
        Neither, or an integer out of range.
    """
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(MAX_SEED, endpoint=True))
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer):
        raise ScenarioError(
            f"rng is {type(rng).__name__}", remedy="give an integer or a numpy Generator"
        )
    if not 0 <= rng <= MAX_SEED:
        raise ScenarioError(f"rng is {rng}", remedy=f"use an integer from 0 to {MAX_SEED}")
    return int(rng)
