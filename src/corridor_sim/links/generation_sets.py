"""Sets of links told by numbers of animals by tiles, year by year, in expectation.

Walks of search are made once on the baseline's landscapes, and of each set only those anew that it
concerns; numbers follow from them through the years (:mod:`corridor_sim.simulation.generations`).
What is kept is the outcomes of a set in a replicate: ``generations/base-00000.npz`` those of the
baseline in the first replicate, ``generations/<set>-00000.npz`` those of a set. So a ranking goes
on where it was interrupted, and is read again without simulating. Replicates differ by their walks
alone; chance among the animals themselves is left to whole runs, by which the chosen set is
confirmed (:mod:`corridor_sim.links.decades_check`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import LinkSettings, Procedure
from corridor_sim.config.load import Resolved
from corridor_sim.course import count, expect
from corridor_sim.errors import ResultsError, ScenarioError
from corridor_sim.experiment.jobs import lost_file
from corridor_sim.files import write_bytes
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.benefit import counted_species
from corridor_sim.links.evaluator import NO_LINK, Chosen, RunEvaluator, SetEvaluator, with_links
from corridor_sim.reading import Absent, Unfit, archive, packed, refuse_outside
from corridor_sim.simulation.decades.simulator import life_of, years_of
from corridor_sim.simulation.exchange import BETWEEN_BLOCKS
from corridor_sim.simulation.generations.course import course_of, kept_years
from corridor_sim.simulation.generations.machine import Course, Generations
from corridor_sim.simulation.generations.outcomes import OUTCOMES, values_of
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.species.traits import Species
from corridor_sim.statistics.supports import Worth

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
FOLDER = "generations"
MAX_BYTES = 2**24
# of the walks that are kept at a time; beyond it replicates are told one group after another
KEPT_BYTES = 2**30


def tells_generations(settings: LinkSettings, base: Resolved, species: Sequence[Species]) -> bool:
    """Whether numbers by tiles are to tell all that links of a file are ranked by.

    They cannot without a life cycle, for outcomes that only single animals have, and for species
    that soar.

    Raises
    ------
    ScenarioError
        It is asked for and cannot.
    """
    by = settings.procedure.by
    weighed = [name for name, weight in settings.benefit.weights.items() if weight > 0]
    other = [name for name in weighed if name not in OUTCOMES]
    walking = {one.key for one in species if one.soaring is None}
    counted = counted_species(settings.benefit, [one.key for one in species])
    whose = bool(walking) and (not settings.benefit.species or set(counted) <= walking)
    through_years = base.scenario.life_cycle is not None
    if by == "generations" and not (through_years and not other and whose):
        problem, remedy = "are of walking species alone", "rank walking species"
        if not through_years:
            problem, remedy = "need years", "add [base.life_cycle] and base.years"
        elif other:
            problem = f"do not tell {other[0]!r}"
            remedy = f'use "runs", or weigh {", ".join(OUTCOMES)}'
        raise ScenarioError(
            f"numbers by tiles {problem}", where="links.procedure.by", remedy=remedy
        )
    return through_years and not other and whose and by in ("auto", "generations")


@dataclass(slots=True)
class GenerationSets(SetEvaluator):
    """Sets of links told by numbers by tiles; see the module.

    Attributes
    ----------
    land : Landscape
        Of the base.
    procedure : Procedure
        Walks of a replicate, and years between landscapes.
    runs : RunEvaluator
        Whole runs of the same sets, to confirm.
    fixed : bool
        Only read: what is not there already cannot be added.
    """

    land: Landscape = field(kw_only=True)
    procedure: Procedure = field(kw_only=True)
    runs: RunEvaluator = field(kw_only=True)
    fixed: bool = field(default=False, kw_only=True)
    _machine: Generations | None = None
    _years: tuple[int, ...] = ()
    _values: dict[tuple[Chosen, int], F64] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.check_on_one_map()

    @property
    def table(self) -> dict[str, Outcome]:
        """Those of numbers by tiles."""
        return dict(OUTCOMES)

    @property
    def keys(self) -> list[str]:
        """The species that walk, and count."""
        walking = [one.key for one in self.study.species if one.soaring is None]
        return counted_species(self.benefit, walking)

    @property
    def done(self) -> int:
        """Sets times replicates told so far, the baseline's included."""
        return len(self._values)

    def worths(self) -> dict[str, Worth]:
        """Return nothing: what is expected does not come in events."""
        return {key: {} for key in self.keys}

    # ---- before the first replicate

    def refuse_hopeless(self, where: str) -> None:
        """Refuse a link that no species can notice, and a species for which nothing can be joined.

        Raises
        ------
        ScenarioError
        """
        machine = self.machine
        for i, link in enumerate(self.links):
            course = self.course(frozenset([i]))
            pairs = [
                (mine, old)
                for key in self.keys
                for mine, old in zip(
                    machine.grounds(key, course), machine.kinds[key].base, strict=True
                )
            ]
            if all(mine is old for mine, old in pairs):
                raise ScenarioError(
                    "changes nothing that a species could notice",
                    where=f"{where}: link {link.name!r}",
                    remedy="give it further actions, move it, or leave it out",
                )
        if not BETWEEN_BLOCKS & {n for n, w in self.benefit.weights.items() if w > 0}:
            return
        everything = self.course(frozenset(range(len(self.links))))
        for key in self.keys:
            machine.refuse_without_path(key, 0, machine.grounds(key, everything))

    @property
    def machine(self) -> Generations:
        """What projects numbers, made when it is first asked for."""
        if self._machine is None:
            base = self.study.scenarios[0]
            every = frozenset(range(len(self.links)))
            self._years = kept_years(*self._with(every), self.procedure.walk_every_y)
            counted = {one.key: one for one in self.study.species}
            self._machine = Generations(
                [counted[key] for key in self.keys],
                self.study.land,
                self.course(NO_LINK),
                years_of(base),
                life_of(base),
                base.scenario.seed,
                options={key: base.scenario.species[key].dispersal for key in self.keys},
                known=[self.course(frozenset([i])) for i in range(len(self.links))],
                walks=self.procedure.walks_per_replicate,
            )
            # they have had their say on tiles and starts, and are large
            self._machine.known = ()
        return self._machine

    def course(self, chosen: Chosen) -> Course:
        """Return the landscapes with some links built."""
        return course_of(*self._with(chosen), self._years)

    def _with(self, chosen: Chosen) -> tuple[Resolved, Landscape]:
        base = self.study.scenarios[0]
        if self.opens is None:
            return base, self.built(chosen, self.land)
        return with_links(base, self.links, chosen, self.opens), self.land

    # ---- replicates

    def outcomes(self, sets: Sequence[Chosen], replicates: Sequence[int]) -> list[F64]:
        """Return the outcomes of each set; what has no file yet is simulated."""
        wanted = [(chosen, r) for chosen in dict.fromkeys(sets) for r in replicates]
        left = [one for one in wanted if one not in self._values and not self._read(*one)]
        if left:
            if self.fixed:
                raise ResultsError(
                    "is missing",
                    where=self._path(*left[0]),
                    remedy="call the command of the study again to go on",
                )
            expect(len(left))
            self._simulate(left)
        return [np.stack([self._values[chosen, r] for r in replicates]) for chosen in sets]

    def _simulate(self, left: Sequence[tuple[Chosen, int]]) -> None:
        """Tell sets in replicates, so many replicates at a time as can be kept."""
        machine = self.machine
        at_once = max(1, KEPT_BYTES // max(machine.replicate_bytes, 1))
        replicates = sorted({r for _, r in left})
        for first in range(0, len(replicates), at_once):
            group = set(replicates[first : first + at_once])
            for chosen in dict.fromkeys(chosen for chosen, r in left if r in group):
                self._told(machine, chosen, [r for c, r in left if c == chosen and r in group])
            if len(replicates) > at_once:
                machine.forget(group)

    def _told(self, machine: Generations, chosen: Chosen, replicates: Sequence[int]) -> None:
        grounds = None
        if chosen:
            course = self.course(chosen)
            grounds = {key: machine.grounds(key, course) for key in self.keys}
        for r in replicates:
            rows = [
                values_of(machine, key, [r], None if grounds is None else grounds[key])[0]
                for key in self.keys
            ]
            values = np.stack(rows)
            write_bytes(self._path(chosen, r), packed({"values": values}))
            self._values[chosen, r] = values
            count()

    def _read(self, chosen: Chosen, replicate: int) -> bool:
        """Whether a set was told in a replicate before; what it was is kept then."""
        path = self._path(chosen, replicate)
        try:
            with archive(path, MAX_BYTES) as file:
                values = file.array("values", "f8", (len(self.keys), len(OUTCOMES))).copy()
            if np.isinf(values).any():
                raise Unfit("holds a number without end")
            for column, (name, one) in zip(values.T, OUTCOMES.items(), strict=True):
                refuse_outside(name, column, one.most, start=one.least, unknown=True)
        except Absent:
            return False
        except Unfit as bad:
            raise lost_file(path, bad) from None
        self._values[chosen, replicate] = values
        return True

    def _path(self, chosen: Chosen, replicate: int) -> Path:
        name = "base"
        if chosen:
            edits = [self.links[i].edit.table() for i in sorted(chosen)]
            text = json.dumps(edits, sort_keys=True, default=str)
            name = hashlib.sha256(text.encode()).hexdigest()[:16]
        return self.study.out / FOLDER / f"{name}-{replicate:05}.npz"

    def frame(self) -> pd.DataFrame:
        """Return the outcomes of all sets told so far, one row a replicate, species and outcome."""
        import pandas as pd

        told = sorted(self._values, key=lambda one: (len(one[0]), sorted(one[0]), one[1]))
        rows = [
            (
                "; ".join(self.links[i].name for i in sorted(chosen)),
                replicate,
                key,
                name,
                one.unit,
                float(self._values[chosen, replicate][s, k]),
            )
            for chosen, replicate in told
            for s, key in enumerate(self.keys)
            for k, (name, one) in enumerate(OUTCOMES.items())
        ]
        columns = ["links", "replicate", "species", "outcome", "unit", "value"]
        return pd.DataFrame(rows, columns=columns)
