"""One animal as a Mesa agent: a read-only view of one row of the engine's arrays."""

from __future__ import annotations

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
        self._species = species
        self._rows = rows
        self._row = row
        super().__init__(model)

    def __repr__(self) -> str:
        return f"<{self.sex} {self.species} {self.ident}, {self.stage}, {self.status}>"

    @property
    def species(self) -> str:
        """Key of the species."""
        return self._species

    @property
    def ident(self) -> int:
        """The animal's number within its species, the same in every scenario; dispersers from 2^30.

        Mesa's ``unique_id`` only counts the views of one model.
        """
        return int(self._rows.ident[self._row])

    @property
    def sex(self) -> str:
        """``"female"`` or ``"male"``."""
        return SEXES[int(self._rows.klass[self._row]) % len(SEXES)]

    @property
    def stage(self) -> str:
        """``"resident"``, ``"disperser"`` or ``"displaced"``."""
        return STAGES[int(self._rows.klass[self._row]) // len(SEXES)]

    @property
    def status(self) -> str:
        """``"alive"``, ``"settled"`` or ``"dead"``."""
        state = int(self._rows.state[self._row])
        return "alive" if state == ALIVE else "settled" if state == SETTLED else "dead"

    @property
    def alive(self) -> bool:
        """Whether the animal lives: it moves, or has ended its dispersal and settled."""
        return int(self._rows.state[self._row]) in (ALIVE, SETTLED)

    @property
    def cause_of_death(self) -> str | None:
        """One of :data:`corridor_sim.kernels.states.CAUSES`, None for the living."""
        return None if self.alive else CAUSES[int(self._rows.state[self._row]) - ALIVE - 1]

    @property
    def x_m(self) -> float:
        """Map x in metres of the landscape's CRS."""
        return float(self.model.landscape.grid.to_metres(self._rows.x[self._row], 0.0)[0])

    @property
    def y_m(self) -> float:
        """Map y in metres of the landscape's CRS."""
        return float(self.model.landscape.grid.to_metres(0.0, self._rows.y[self._row])[1])

    @property
    def cell(self) -> tuple[int, int]:
        """Row and column of the cell the animal is in."""
        return int(self._rows.y[self._row]), int(self._rows.x[self._row])

    @property
    def home_m(self) -> tuple[float, float]:
        """Map position of the home-range centre (of a disperser: where it was born)."""
        x, y = self._rows.centre_x[self._row], self._rows.centre_y[self._row]
        x_m, y_m = self.model.landscape.grid.to_metres(x, y)
        return float(x_m), float(y_m)

    @property
    def path_m(self) -> float:
        """Length of way so far in metres."""
        return float(self._rows.path_m[self._row])
