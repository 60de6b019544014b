"""What the Mesa faces of both simulators share: settings, seed, landscape, read-only agents.

Works on Mesa 3.3 to 3.5. Importing Mesa 3.3 sets the start method of ``multiprocessing`` to spawn
for the whole process, so this room is imported only where a model is used.

Names that Mesa itself uses on a model (``scenario``, ``time``, ``random``, ``data_registry``) are
left to it; the scenario is ``settings``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import mesa
import numpy as np

from corridor_sim.config.build import apply_edits, build_species, reference_landscape
from corridor_sim.config.load import Resolved, load_scenario, resolve
from corridor_sim.config.schema import Scenario
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.days.simulation import use_threads
from corridor_sim.species.traits import Species

DEFAULT_DAYS = 90
MAX_SEED = 2**63 - 1

Seed: TypeAlias = int | np.integer[Any] | np.random.Generator
Source: TypeAlias = str | Path | Scenario | Resolved | None


class View(mesa.Agent):  # type: ignore[misc, unused-ignore]  # mesa has no types
    """One animal as a Mesa agent: what it shows is the present, and nothing can be set."""

    def __init__(self, model: ScenarioModel, species: str) -> None:
        self._species = species
        super().__init__(model)

    def _of(self, column: str) -> Any:
        """Return the animal's number in a column of the engine's arrays."""
        raise NotImplementedError

    @property
    def species(self) -> str:
        """Key of the species."""
        return self._species

    @property
    def pos(self) -> tuple[float, float]:
        """Map position ``(x_m, y_m)``, under the name that Mesa's drawing looks for."""
        return self.x_m, self.y_m

    @pos.setter
    def pos(self, value: Any) -> None:
        # Mesa's own constructor says that a new agent is nowhere
        if value is not None:
            self._refuse()

    @property
    def x_m(self) -> float:
        """Map x in metres of the landscape's CRS."""
        return float(self.model.landscape.grid.to_metres(self._of("x"), 0.0)[0])

    @property
    def y_m(self) -> float:
        """Map y in metres of the landscape's CRS."""
        return float(self.model.landscape.grid.to_metres(0.0, self._of("y"))[1])

    @property
    def cell(self) -> tuple[int, int]:
        """Row and column of the cell the animal is in."""
        return int(self._of("y")), int(self._of("x"))

    @property
    def home_m(self) -> tuple[float, float] | None:
        """Map position of the home-range centre (of a disperser of days: where it was born)."""
        x, y = self.model.landscape.grid.to_metres(self._of("centre_x"), self._of("centre_y"))
        return float(x), float(y)

    @property
    def elevation_m(self) -> float:
        """Elevation of its cell in metres."""
        return float(self.model.landscape["elevation_m"][self.cell])

    @property
    def core_area(self) -> str:
        """Name of the core area the animal is in, empty outside."""
        land = self.model.landscape
        return str(land.zone_names[int(land["protected"][self.cell])])

    def step(self) -> NoReturn:
        """Refuse: the engine moves all animals at once.

        Raises
        ------
        AttributeError
            Always.
        """
        self._refuse()

    def remove(self) -> NoReturn:
        """Refuse: a view cannot end the animal it shows.

        Raises
        ------
        AttributeError
            Always.
        """
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise AttributeError(
            "animals are read-only views of the engine's rows; model.step() moves them all, and "
            "traits, numbers and edits are changed in the scenario"
        )


class ScenarioModel(mesa.Model):  # type: ignore[misc, unused-ignore]  # mesa has no types
    """One replicate of a scenario; :class:`CorridorModel` and :class:`DecadesModel` step it."""

    landscape: Landscape

    def __init__(
        self,
        resolved: Resolved,
        *,
        rng: Seed | None,
        replicate: int,
        threads: int | None,
        land: Landscape | None,
    ) -> None:
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
        self._resolved = replace(resolved, scenario=self.settings)
        self._threads = threads
        self._use_threads()
        self._species: list[Species] = build_species(resolved)
        land = self._before = reference_landscape(resolved, land, self._species)
        self._map_number = self.settings.map_of(replicate)
        self.landscape = apply_edits(land, resolved.edits, seed, self._map_number)
        self._numbers: dict[str, float] = {}

    @property
    def species_keys(self) -> tuple[str, ...]:
        """Keys of the species, in the scenario's order."""
        return tuple(self.settings.species)

    def _use_threads(self) -> None:
        # the setting belongs to the calling thread, which in a browser session may change
        if self._threads is not None:
            use_threads(self._threads)

    def _collect_by(self, names: Sequence[str]) -> None:
        """Let the data collector take numbers of these names from ``_numbers``."""
        self.datacollector = mesa.DataCollector(
            model_reporters={name: partial(_read_number, name=name) for name in names}
        )

    def _make_views(self) -> None:
        """Make the agents when somebody asks: a run that asks only for tables never pays."""
        raise NotImplementedError

    @property
    def agents(self) -> Any:
        """All animals as a Mesa AgentSet of read-only views, made at first use."""
        self._make_views()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """The same by the class of agents."""
        self._make_views()
        return super().agents_by_type

    @property
    def agent_types(self) -> Any:
        """The one class of agents."""
        self._make_views()
        return super().agent_types


def _read_number(model: ScenarioModel, name: str) -> float:
    return model._numbers[name]


def resolved_from(scenario: Source) -> Resolved:
    """Return a scenario ready to run; None is today's landscape and numbers for 90 days."""
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
