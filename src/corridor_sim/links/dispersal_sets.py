"""Sets of links told by the dispersers alone that they concern, from records of animals.

The baseline is walked once, in blocks of replicates, and of each set only those animals walk again
whose lives building it can change (:mod:`corridor_sim.simulation.dispersal`). What is kept is a
record an animal: ``dispersers/base-00000.npz`` holds the baseline's first block with the parts of
the map that each walk touched, ``dispersers/<set>-00000.npz`` those that ended otherwise, or might
have. So a ranking goes on where it was interrupted, and is read again without simulating.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.checks import refuse_positions
from corridor_sim.config.links import LinkSettings
from corridor_sim.config.load import Resolved
from corridor_sim.course import count, expect
from corridor_sim.errors import ResultsError, ScenarioError
from corridor_sim.experiment.jobs import lost_file
from corridor_sim.files import write_bytes
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.benefit import counted_species
from corridor_sim.links.evaluator import NO_LINK, Chosen, Migrants, SetEvaluator
from corridor_sim.progress import tell
from corridor_sim.reading import Absent, Archive, Unfit, archive, packed, refuse_outside
from corridor_sim.simulation.days.simulator import quota_of
from corridor_sim.simulation.dispersal.cohort import Change, Fates, Ground, concerned, picked, ways
from corridor_sim.simulation.dispersal.machine import DISPERSERS, Dispersal, Told
from corridor_sim.simulation.dispersal.outcomes import OUTCOMES, Ends
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.species.demography import generation_y, vital_rates
from corridor_sim.species.traits import Species
from corridor_sim.statistics.supports import Worth

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
# replicates of one file
BLOCK = 10
# sets of one link that are told in the time in which the baseline is walked
BASE_UNITS = 4
FOLDER = "dispersers"
MAX_BYTES = 2**33
KINDS = {"x": "f8", "y": "f8", "state": "i1", "end_step": "i4", "home_x": "f8", "home_y": "f8"}
KINDS |= {"zone": "i2", "block": "i2"}
# where more than this share of the dispersers walks again, touching tells little, and that is said
MOST_CONCERNED = 0.5


def tells(settings: LinkSettings, base: Resolved, species: Sequence[Species]) -> bool:
    """Whether dispersal alone is to tell all that links of a file are ranked by.

    It cannot for runs through decades, outcomes of residents, and species that soar.

    Raises
    ------
    ScenarioError
        It is asked for and cannot.
    """
    counted = counted_species(settings.benefit, [one.key for one in species])
    walking = {one.key for one in species if one.soaring is None}
    weights = settings.benefit.weights
    outcomes = all(name in OUTCOMES for name, weight in weights.items() if weight > 0)
    alone = not settings.benefit.species and bool(walking)
    by = settings.procedure.by
    can = base.scenario.life_cycle is None and outcomes and (alone or set(counted) <= walking)
    if by == "dispersers":
        refuse_positions(base.scenario, "a ranking by dispersers alone")
    can &= all(one.positions is None for one in base.scenario.species.values())
    if by == "dispersers" and not can:
        raise ScenarioError(
            "dispersers alone do not tell what links are ranked by",
            where="links.procedure.by",
            remedy=f'use "runs", or rank walking species by {", ".join(OUTCOMES)}, without '
            "[base.life_cycle]",
        )
    return can and by in ("auto", "dispersers")


def dispersal_of(
    base: Resolved,
    species: Sequence[Species],
    reference: Landscape,
    land: Landscape,
    known: Sequence[Landscape] = (),
    dispersers: int | None = None,
) -> Dispersal:
    """Return the dispersal of a scenario's walking species.

    Parameters
    ----------
    base : Resolved
        Gives seed, day of the year, movement models and sizes of populations.
    reference, land : Landscape
        Before all edits, and after the scenario's.
    known : sequence of Landscape
        Changed landscapes that will be asked for.
    dispersers : int, optional
        Per species and replicate.
    """
    walking = [one for one in species if one.soaring is None]
    return Dispersal(
        walking,
        reference,
        land,
        base.scenario.seed,
        start_day=base.scenario.start_day,
        options={one.key: base.scenario.species[one.key].dispersal for one in walking},
        quotas={one.key: quota_of(base, one.key) for one in walking},
        known=tuple(known),
        dispersers=DISPERSERS if dispersers is None else dispersers,
    )


class Seen(NamedTuple):
    """Ways of some dispersers: flat cells at the end of each day, how many days of each, and ends.

    ``last`` is the flat cell where each way ended.
    """

    cells: NDArray[np.int64]
    days: NDArray[np.int64]
    ends: Ends
    last: NDArray[np.int64]


@dataclass(slots=True)
class DispersalSets(SetEvaluator):
    """Sets of links told by dispersers; see the module.

    Attributes
    ----------
    land : Landscape
        Of the base.
    dispersers : int
        Per species and replicate.
    fixed : bool
        Only read: what is not there already cannot be added.
    """

    land: Landscape = field(kw_only=True)
    dispersers: int = field(kw_only=True)
    fixed: bool = field(default=False, kw_only=True)
    dispersal: Dispersal = field(init=False)
    _grounds: dict[Chosen, dict[str, tuple[Ground, Change]]] = field(default_factory=dict)
    _told: dict[tuple[Chosen, int], dict[str, Told]] = field(default_factory=dict)
    _values: dict[tuple[Chosen, int], F64] = field(default_factory=dict)
    _there: set[int] = field(default_factory=set)
    _spent_s: list[float] = field(default_factory=list)
    _pairs: dict[tuple[Chosen, int, str], F64] = field(default_factory=dict)

    def __post_init__(self) -> None:
        alone = [self.built(frozenset([i]), self.land) for i in range(len(self.links))]
        self.dispersal = dispersal_of(
            self.study.scenarios[0],
            self.study.species,
            self.study.land,
            self.land,
            alone,
            self.dispersers,
        )
        for i, land in enumerate(alone):
            self._grounds[frozenset([i])] = self.dispersal.grounds(land)
        self.check_on_one_map()

    @property
    def table(self) -> dict[str, Outcome]:
        """Those of dispersal alone."""
        return dict(OUTCOMES)

    @property
    def keys(self) -> list[str]:
        """The species that walk."""
        return list(self.dispersal.kinds)

    @property
    def done(self) -> int:
        """Sets times replicates told so far, the baseline's included."""
        return BLOCK * (len(self._values))

    @property
    def pace_s(self) -> float:
        """The median over blocks that were simulated by this object."""
        return float(np.median(self._spent_s)) / BLOCK if self._spent_s else float("nan")

    def worths(self) -> dict[str, Worth]:
        """Return nothing: dispersers of different strata stand for different numbers of animals.

        What the dearest stratum's is worth would make few events of many, and intervals many times
        too wide; the spread of replicates, and the jumps that other links show, tell more.
        """
        return {key: {} for key in self.keys}

    def refuse_idle(self, where: str) -> None:
        """Refuse a link that no disperser of any species could notice.

        Raises
        ------
        ScenarioError
        """
        for i, link in enumerate(self.links):
            if all(change.nothing for _, change in self._ground(frozenset([i])).values()):
                raise ScenarioError(
                    "changes nothing that a disperser could notice",
                    where=f"{where}: link {link.name!r}",
                    remedy="give it further actions, move it, or leave it out",
                )

    def outcomes(self, sets: Sequence[Chosen], replicates: Sequence[int]) -> list[F64]:
        """Return the outcomes of each set; only those whom it concerns are simulated again."""
        blocks = sorted({r // BLOCK for r in replicates})
        at = [(blocks.index(r // BLOCK), r % BLOCK) for r in replicates]
        new = [(one, b) for one in dict.fromkeys(sets) for b in blocks]
        expect(sum(self._units(*one) for one in new))
        found = []
        for chosen in sets:
            values = [self._of_block(chosen, block) for block in blocks]
            found.append(np.stack([values[b][r] for b, r in at]))
        return found

    def told(self, chosen: Chosen, block: int) -> dict[str, Told]:
        """Return who is concerned by a set in a block of replicates, by species."""
        self._baseline(block)
        if not chosen:
            return {}
        if (chosen, block) not in self._told:
            path = self._path(chosen, block)
            try:
                found = self._read(path, block)
            except Absent:
                found = self._simulated(chosen, block, path)
            except Unfit as bad:
                raise lost_file(path, bad) from None
            self._told[chosen, block] = found
        return self._told[chosen, block]

    def migrants(self, chosen: Chosen, replicates: Sequence[int]) -> Migrants:
        """Return migrants a generation from block to block with a set."""
        blocks = sorted({r // BLOCK for r in replicates})
        at = [blocks.index(r // BLOCK) * BLOCK + r % BLOCK for r in replicates]
        values = {}
        for key, kind in self.dispersal.kinds.items():
            life = kind.species.life_cycle
            if key not in self.species or life is None:
                continue
            found = []
            for block in blocks:
                if (chosen, block, key) not in self._pairs:
                    told = self.told(chosen, block).get(key)
                    moved = self.dispersal.pairs(key, self.replicates_of(block), told)
                    self._pairs[chosen, block, key] = moved
                found.append(self._pairs[chosen, block, key])
            values[key] = generation_y(vital_rates(life)) * np.concatenate(found)[at]
        return Migrants(self.dispersal.blocks.names, values)

    def replicates_of(self, block: int) -> range:
        """Return the replicates of a block."""
        return range(block * BLOCK, (block + 1) * BLOCK)

    def _of_block(self, chosen: Chosen, block: int) -> F64:
        """Return outcomes ``[replicate, species, outcome]`` of a block."""
        if (chosen, block) not in self._values:
            units = self._units(chosen, block)
            told, wanted = self.told(chosen, block), self.replicates_of(block)
            rows = [self.dispersal.values(key, wanted, told.get(key)) for key in self.keys]
            self._values[chosen, block] = np.stack(rows, axis=1)
            count(units)
        return self._values[chosen, block]

    def _units(self, chosen: Chosen, block: int) -> int:
        """Return the counted work that a set in a block still is; all walk on the baseline."""
        if (chosen, block) in self._values:
            return 0
        return BLOCK if chosen else BASE_UNITS * BLOCK

    def _ground(self, chosen: Chosen) -> dict[str, tuple[Ground, Change]]:
        if chosen not in self._grounds:
            self._grounds[chosen] = self.dispersal.grounds(self.built(chosen, self.land))
        return self._grounds[chosen]

    def _simulated(self, chosen: Chosen, block: int, path: Path) -> dict[str, Told]:
        self._refuse_if_fixed(path)
        wanted, found = self.replicates_of(block), {}
        grounds, began = self._ground(chosen), perf_counter()
        for key, (ground, change) in grounds.items():
            found[key] = self.dispersal.on(key, ground, change, wanted)
        self._spent_s.append(perf_counter() - began)
        if block == 0:
            self._tell_of_all(chosen, found)
        arrays: dict[str, NDArray[Any]] = {f"{key}/rows": one.rows for key, one in found.items()}
        for key, one in found.items():
            arrays |= {f"{key}/{name}": getattr(one.fates, name) for name in KINDS}
        write_bytes(path, packed(arrays))
        return found

    def _tell_of_all(self, chosen: Chosen, found: dict[str, Told]) -> None:
        """Say of a set that it concerns most animals: then all that is done is to simulate it."""
        n = sum(int(kind.n.sum()) * BLOCK for kind in self.dispersal.kinds.values())
        share = sum(one.rows.size for one in found.values()) / n
        if share > MOST_CONCERNED:
            names = " + ".join(self.links[i].name for i in sorted(chosen))
            tell(f"{names} concerns {share:.0%} of the dispersers, which all walk again")

    def _baseline(self, block: int) -> None:
        """Walk the baseline's dispersers of a block, or read how they walked."""
        if block in self._there:
            return
        path, wanted = self._path(NO_LINK, block), self.replicates_of(block)
        try:
            self._read_baseline(path, block)
        except Absent:
            self._refuse_if_fixed(path)
            arrays: dict[str, NDArray[Any]] = {}
            for key in self.keys:
                walked = self.dispersal.baseline(key, wanted)
                arrays |= {f"{key}/{name}": getattr(walked.fates, name) for name in KINDS}
                arrays[f"{key}/touched"] = walked.touched
            write_bytes(path, packed(arrays))
        except Unfit as bad:
            raise lost_file(path, bad) from None
        self._there.add(block)

    def _read_baseline(self, path: Path, block: int) -> None:
        with archive(path, MAX_BYTES) as file:
            for key, kind in self.dispersal.kinds.items():
                n = int(kind.n.sum()) * BLOCK
                fates = self._fates(file, key, n)
                touched = file.array(f"{key}/touched", "u8", (n, kind.parts.words))
                self.dispersal.keep(key, self.replicates_of(block), fates, touched)

    def _read(self, path: Path, block: int) -> dict[str, Told]:
        found = {}
        with archive(path, MAX_BYTES) as file:
            for key, kind in self.dispersal.kinds.items():
                rows = file.array(f"{key}/rows", "i8", (None,))
                refuse_outside("rows", rows, int(kind.n.sum()) * BLOCK - 1, start=0)
                found[key] = Told(rows, self._fates(file, key, rows.size))
        return found

    def _fates(self, file: Archive, key: str, n: int) -> Fates:
        columns = {
            name: file.array(f"{key}/{name}", kind, (n,)).copy() for name, kind in KINDS.items()
        }
        height, width = self.land.grid.shape
        for name, end in (("x", width), ("y", height), ("home_x", width), ("home_y", height)):
            refuse_outside(name, columns[name], end, start=0, unknown=name.startswith("home"))
        refuse_outside("zone", columns["zone"], self.land.n_zones, start=0)
        refuse_outside("block", columns["block"], self.dispersal.blocks.n, start=0)
        return Fates(**columns)

    def _path(self, chosen: Chosen, block: int) -> Path:
        name = "base"
        if chosen:
            edits = [self.links[i].edit.table() for i in sorted(chosen)]
            text = json.dumps(edits, sort_keys=True, default=str)
            name = hashlib.sha256(text.encode()).hexdigest()[:16]
        return self.study.out / FOLDER / f"{name}-{block:05}.npz"

    def _refuse_if_fixed(self, path: Path) -> None:
        if self.fixed:
            raise ResultsError(
                "is missing", where=path, remedy="call the command of the study again to go on"
            )

    def frame(self) -> pd.DataFrame:
        """Return the outcomes of all sets told so far, one row a replicate, species and outcome."""
        import pandas as pd

        names, units = list(OUTCOMES), [row.unit for row in OUTCOMES.values()]
        told = sorted(self._values, key=lambda one: (len(one[0]), sorted(one[0]), one[1]))
        parts = []
        for chosen, block in told:
            values = self._values[chosen, block]
            n, k, m = values.shape
            parts.append(
                pd.DataFrame(
                    {
                        "links": "; ".join(self.links[i].name for i in sorted(chosen)),
                        "replicate": np.repeat(np.array(self.replicates_of(block)), k * m),
                        "species": np.tile(np.repeat(np.array(self.keys, object), m), n),
                        "outcome": np.tile(np.array(names, object), n * k),
                        "unit": np.tile(np.array(units, object), n * k),
                        "value": values.reshape(-1),
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def seen(
        self, chosen: Chosen, key: str, inside: NDArray[np.bool_], block: int
    ) -> tuple[Seen, Seen]:
        """Return the ways of a species' dispersers near some cells, without a set and with it.

        Of a block of replicates, those whose way touched the part of the map that holds the cells,
        or whom the set concerns; all others spend no day inside, with or without it.
        """
        kind, wanted = self.dispersal.kinds[key], self.replicates_of(block)
        told = self.told(chosen, block)[key]
        walked = self.dispersal.baseline(key, wanted)
        near = concerned(walked, Change(inside, np.zeros_like(inside)))
        near[told.rows] = True
        rows = np.flatnonzero(near)
        starts = picked(walked.starts, rows)
        width = self.land.grid.width
        found = []
        for ground, one in ((kind.ground, None), (self._ground(chosen)[key][0], told)):
            track = ways(ground, starts, self.dispersal.seed, start_day=self.dispersal.start_day)
            there = ~np.isnan(track[:, :, 0])
            cells = track[there].astype(np.int64)
            ends = self.dispersal.ends(key, wanted, one).some(rows)
            last = ends.fates.y.astype(np.int64) * width + ends.fates.x.astype(np.int64)
            found.append(Seen(cells[:, 1] * width + cells[:, 0], there.sum(axis=1), ends, last))
        return found[0], found[1]
