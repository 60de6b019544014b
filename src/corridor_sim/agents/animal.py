"""One animal as a Mesa agent: a read-only view of one row of the engine's arrays."""

from __future__ import annotations

from typing import Any

from corridor_sim.agents.base import ScenarioModel, View
from corridor_sim.kernels.records import Animals
from corridor_sim.kernels.states import ALIVE, CAUSES, SETTLED, STAGES
from corridor_sim.species.fields import SEXES


class Animal(View):
    """A view of one animal; what it shows is always the present, and nothing can be set.

    The arrays belong to the engine, which moves all animals at once in ``model.step()``. Dead and
    settled animals keep their row and their view: select by :attr:`alive`.

    Parameters
    ----------
    model : CorridorModel
    species : str
        Key of the species.
    rows : Animals
        The species' arrays.
    row : int
        This animal's row in them.
    """

    def __init__(self, model: ScenarioModel, species: str, rows: Animals, row: int) -> None:
        self._rows = rows
        self._row = row
        super().__init__(model, species)

    def _of(self, column: str) -> Any:
        return getattr(self._rows, column)[self._row]

    def __repr__(self) -> str:
        return f"<{self.sex} {self.species} {self.ident}, {self.stage}, {self.status}>"

    @property
    def ident(self) -> int:
        """The animal's number within its species, the same in every scenario; dispersers from 2^30.

        Mesa's ``unique_id`` only counts the views of one model.
        """
        return int(self._of("ident"))

    @property
    def sex(self) -> str:
        """``"female"`` or ``"male"``."""
        return SEXES[int(self._of("klass")) % len(SEXES)]

    @property
    def stage(self) -> str:
        """``"resident"``, ``"disperser"`` or ``"displaced"``."""
        return STAGES[int(self._of("klass")) // len(SEXES)]

    @property
    def status(self) -> str:
        """``"alive"``, ``"settled"`` or ``"dead"``."""
        state = int(self._of("state"))
        return "alive" if state == ALIVE else "settled" if state == SETTLED else "dead"

    @property
    def alive(self) -> bool:
        """Whether the animal lives: it moves, or has ended its dispersal and settled."""
        return int(self._of("state")) in (ALIVE, SETTLED)

    @property
    def cause_of_death(self) -> str | None:
        """One of :data:`corridor_sim.kernels.states.CAUSES`, None for the living."""
        return None if self.alive else CAUSES[int(self._of("state")) - ALIVE - 1]

    @property
    def path_m(self) -> float:
        """Length of way so far in metres."""
        return float(self._of("path_m"))
