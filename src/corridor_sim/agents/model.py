"""The Mesa face of days: today's animals, moved day by day, in Mesa's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor_sim.agents.animal import Animal
from corridor_sim.agents.base import ScenarioModel, Seed, Source, resolved_from
from corridor_sim.agents.daily import animal_table, daily_columns, daily_numbers
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.days.simulation import Simulation, find_homes
from corridor_sim.simulation.days.simulator import prepare_scenario, simulation_of

if TYPE_CHECKING:
    import pandas as pd


class CorridorModel(ScenarioModel):
    """One replicate of a scenario as a Mesa model; one step is one day of all species.

    Parameters
    ----------
    scenario : str, Path, Scenario, Resolved or None
        A scenario file, or one already read; None is today's landscape and numbers for 90 days.
        A model is one replicate, so ``replicates`` does not matter and ``adaptive`` is refused; a
        scenario with ``life_cycle`` needs :class:`corridor_sim.DecadesModel`.
    rng : int or numpy Generator, keyword only
        Replaces the scenario's seed; from a generator, one seed is drawn.
    replicate : int, keyword only
        Number of the replicate; the trajectories are those of
        ``Simulation(context, seed=seed, replicate=replicate)``, to the bit. It says as well on
        which of the scenario's maps they take place.
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
        scenario: Source = None,
        *,
        rng: Seed | None = None,
        replicate: int = 0,
        threads: int | None = None,
        land: Landscape | None = None,
    ) -> None:
        resolved = resolved_from(scenario)
        if resolved.scenario.life_cycle is not None:
            raise ScenarioError(
                "a Mesa model of days moves today's animals and knows no births",
                where=f"{resolved.name}: life_cycle",
                remedy="use DecadesModel, or leave life_cycle, change and years out",
            )
        super().__init__(resolved, rng=rng, replicate=replicate, threads=threads, land=land)
        same = self.landscape is self._before
        homes = {} if same else find_homes(self._species, self._before)
        context = prepare_scenario(self._resolved, self._species, self.landscape, homes)
        seed = self.settings.seed
        self.simulation: Simulation = simulation_of(
            self._resolved, context, seed=seed, replicate=replicate
        )
        self._views: list[Animal] = []
        self._collect_by(daily_columns(list(self.simulation.animals)))
        self._collect()

    @property
    def day(self) -> int:
        """Days simulated so far."""
        return self.simulation.day

    def step(self) -> None:
        """Advance every species by one day and collect the day's numbers."""
        self._use_threads()
        self.simulation.advance(1)
        self._collect()

    def finish(self) -> None:
        """Let dispersers that are on their way go on to the end of their dispersal.

        A run does so after its days, and its outcomes count who settled where. No day is added to
        the data collected; all others stay where they are.
        """
        self._use_threads()
        self.simulation.finish()
        self._numbers = daily_numbers(self.simulation)

    def _collect(self) -> None:
        self._numbers = daily_numbers(self.simulation)
        self.running = self.day < self.settings.n_days and self._numbers["moving"] > 0
        self.datacollector.collect(self)

    def _make_views(self) -> None:
        if not self._views:
            for key, rows in self.simulation.animals.items():
                self._views.extend(Animal(self, key, rows, row) for row in range(rows.x.size))

    def animal_table(self) -> pd.DataFrame:
        """Return one row per animal of today, straight from the arrays: the fast way to all.

        Columns: species, ident, sex, stage, status, cause_of_death, x_m, y_m, elevation_m,
        core_area, path_m.
        """
        return animal_table(self.simulation)
