"""Dispersal of several species on a landscape and on any number of changed ones.

:class:`Dispersal` plans the starts once, by a pilot, and walks the baseline in batches of
replicates; :meth:`Dispersal.on` gives what another landscape does to the same animals, of which
only those walk again that the change can concern.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.dispersal import Options
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.blocks import Blocks, blocks_of
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.days.seeding import Habitat, Quota, find_habitat
from corridor_sim.simulation.dispersal.cohort import (
    Change,
    Fates,
    Ground,
    Parts,
    Walked,
    again,
    changed_ground_of,
    changes,
    concerned,
    disperse,
    ground_of,
    tiles,
    with_fates,
)
from corridor_sim.simulation.dispersal.outcomes import OUTCOMES, Ends
from corridor_sim.simulation.dispersal.strata import (
    MOST_REPLICATES,
    RINGS,
    Strata,
    allocate,
    starts_of,
    strata_of,
    to_other_block,
)
from corridor_sim.species.fields import SpeciesOnLandscape, on_landscape
from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
# dispersers a species and replicate
DISPERSERS = 500
# edge of the tiles in which walks are recorded
TILE_CELLS = 16
# replicates of the pilot, numbered from the end so that no other has their draws
PILOT = 16
LEAST_PILOT = 4
# events added to those that a pilot saw in the strata of a ring, and the dispersers of a stratum
# that those of its ring stand for
UNSEEN, DRAWN = 0.2, 10.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One species of a :class:`Dispersal`.

    Attributes
    ----------
    species : Species
    options : Options or None
        Movement model of its dispersers.
    reference : SpeciesOnLandscape
        On the landscape before all edits, where the animals are born.
    strata : Strata
    ground : Ground
        On the baseline's landscape.
    n : int64 ``[stratum]``
        Starts in each replicate.
    parts : Parts
        In which walks are recorded.
    """

    species: Species
    options: Options | None
    reference: SpeciesOnLandscape
    strata: Strata
    ground: Ground
    n: I64
    parts: Parts


@dataclass(frozen=True, slots=True)
class Told:
    """What a landscape does to the dispersers of one species in some replicates.

    Attributes
    ----------
    rows : int64 ``[m]``
        Those that were looked at again; of the baseline none.
    fates : Fates ``[m]``
        How these ended.
    """

    rows: I64
    fates: Fates


@dataclass(frozen=True, slots=True)
class Pilot:
    """What a pilot told of the strata of one species.

    Attributes
    ----------
    ring : int64 ``[stratum]``
        Ring by distance, and sex.
    per_year : float64 ``[stratum]``
        Dispersers born a year.
    tried, joined : int64 ``[stratum]``
        Dispersers walked, and those that joined another block.
    flips : float64 ``[stratum]``
        Those that did so on one of baseline and changed landscape only, summed over the changed.
    steps : float64 ``[stratum]``
        Mean steps of a walk: what a start costs.
    """

    ring: I64
    per_year: F64
    tried: I64
    joined: I64
    flips: F64
    steps: F64


def _allocation(pilots: Sequence[Pilot], dispersers: int) -> list[I64]:
    """Return how many start in each stratum of each species, ``dispersers`` a species on average.

    What is to be small is the sum of the variances of the changes that the known landscapes bring;
    without any, and for a tenth beside them, the variance of the animals that join another block.
    An animal of every species counts the same. A dear walk is worth as many cheap ones as it takes
    steps: ``n`` in proportion to ``lambda s / sqrt(steps)`` (Cochran 1977, Sampling Techniques,
    3rd ed., section 5.5).
    """
    per_year, tried, joined, flips, steps = (
        np.concatenate([np.asarray(getattr(one, name), np.float64) for one in pilots])
        for name in ("per_year", "tried", "joined", "flips", "steps")
    )

    alike = np.concatenate([i * 2 * (len(RINGS) + 1) + one.ring for i, one in enumerate(pilots)])

    def variance(happened: F64) -> F64:
        # a stratum in which little was seen is drawn to those of its ring in other blocks, and
        # these a little from never: what was not seen may still happen
        usual = np.bincount(alike, happened) + UNSEEN
        usual = (usual / (np.bincount(alike, tried) + 2 * UNSEEN))[alike]
        share = (happened + DRAWN * usual) / (tried + DRAWN)
        return np.asarray(per_year**2 * share * np.maximum(1 - share, 0.25))

    total = variance(joined)
    if flips.any():
        total = 0.1 * total / total.sum() + variance(flips) / variance(flips).sum()
    ideal = np.sqrt(total / steps) / per_year
    n = allocate(per_year, ideal, dispersers * len(pilots))
    ends = np.cumsum([one.per_year.size for one in pilots])[:-1]
    return list(np.split(n, ends))


@dataclass(slots=True)
class Dispersal:
    """Dispersal between the blocks of one landscape.

    Parameters
    ----------
    species : sequence of Species
        Walking ones; a soarer is no disperser between reserves.
    reference : Landscape
        Before all edits: where animals live and which blocks there are.
    base : Landscape
        The baseline that others are compared with.
    seed : int
    start_day : int
        Day of the year on which dispersers leave.
    options : mapping of key to Options, optional
        Movement models.
    quotas : mapping of key to Quota, optional
        Of which the size of the whole population counts.
    dispersers : int
        Per species and replicate, on average over species.
    known : sequence of Landscape
        Changed landscapes that will be asked for. The pilot puts the starts where these make a
        difference, and their changes are recorded exactly.

    Raises
    ------
    ScenarioError
        Fewer than two blocks, a species that soars or lives in no block.
    """

    species: Sequence[Species]
    reference: Landscape
    base: Landscape
    seed: int
    start_day: int = 0
    options: Mapping[str, Options | None] = field(default_factory=dict)
    quotas: Mapping[str, Quota] = field(default_factory=dict)
    dispersers: int = DISPERSERS
    known: Sequence[Landscape] = ()
    homes: Mapping[str, Habitat] = field(default_factory=dict)
    blocks: Blocks = field(init=False)
    kinds: dict[str, Kind] = field(init=False)
    _walked: dict[tuple[str, tuple[int, ...]], Walked] = field(default_factory=dict)
    _to_other: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        self.blocks = blocks_of(self.reference)
        pilots = {}
        for one in self.species:
            if one.soaring is not None:
                raise ScenarioError(
                    f"{one.key} soars: it is no disperser between reserves",
                    where=f"species.{one.key}",
                    remedy="leave it out of what links are ranked by",
                )
            pilots[one.key] = self._pilot(one)
        given = _allocation([pilot for _, pilot in pilots.values()], self.dispersers)
        self.kinds = {
            key: replace(kind, n=n)
            for (key, (kind, _)), n in zip(pilots.items(), given, strict=True)
        }

    def _pilot(self, one: Species) -> tuple[Kind, Pilot]:
        """Return a species without its starts, and what replicates that nobody else uses told."""
        options = self.options.get(one.key)
        here = on_landscape(one, self.reference)
        home = self.homes.get(one.key) or find_habitat(here, self.reference.grid.cell_m)
        count = self.quotas.get(one.key, Quota()).count
        ground = ground_of(one, self.base, self.reference, self.blocks, options)
        grounds = [changed_ground_of(ground, self.base, land, options) for land in self.known]
        found = [changes(ground, other) for other in grounds]
        changed = [change.walk for change in found]
        toward = np.logical_or.reduce(changed) if changed else None
        apart = self._apart() if toward is None else None
        strata = strata_of(here, home, self.reference, self.blocks, count, toward, apart)
        parts = tiles(self.base.grid.shape, TILE_CELLS, tuple(changed))
        size = len(strata)
        n = allocate(strata.per_year, np.ones(size), self.dispersers, LEAST_PILOT)
        starts = starts_of(
            here, strata, n, self.seed, range(MOST_REPLICATES - PILOT, MOST_REPLICATES)
        )
        walked = disperse(ground, starts, self.seed, start_day=self.start_day, parts=parts)
        scales = here.params.steps_per_day, here.params.cell_m
        before = Ends.of(starts, walked.fates, *scales)
        joined = np.bincount(starts.stratum[before.joined], minlength=size)
        steps = np.bincount(starts.stratum, weights=walked.fates.end_step, minlength=size)
        flips = np.zeros(size)
        for other, change in zip(grounds, found, strict=True):
            rows, fates = again(walked, other, change, self.seed, start_day=self.start_day)
            after = Ends.of(starts, with_fates(walked, rows, fates), *scales).joined
            flips += np.bincount(starts.stratum[before.joined != after], minlength=size)
        tried = PILOT * n
        ring = strata.ring.astype(np.int64) * 2 + strata.klass % 2
        kind = Kind(one, options, here, strata, ground, n, parts)
        return kind, Pilot(ring, strata.per_year, tried, joined, flips, steps / tried + 1.0)

    def _apart(self) -> NDArray[np.float32]:
        """Return the distance in cells to the nearest other block; of one block nobody asks."""
        if self._to_other is None:
            self._to_other = to_other_block(self.blocks.raster(self.reference), self.blocks.n)
        return self._to_other

    # ---- the baseline

    def baseline(self, key: str, replicates: Iterable[int]) -> Walked:
        """Return the dispersers of a species in some replicates on the baseline's landscape."""
        wanted = tuple(replicates)
        if (key, wanted) not in self._walked:
            kind = self.kinds[key]
            starts = starts_of(kind.reference, kind.strata, kind.n, self.seed, wanted)
            self._walked[key, wanted] = disperse(
                kind.ground, starts, self.seed, start_day=self.start_day, parts=kind.parts
            )
        return self._walked[key, wanted]

    def keep(
        self, key: str, replicates: Iterable[int], fates: Fates, touched: NDArray[np.uint64]
    ) -> None:
        """Take a baseline that was walked earlier."""
        kind, wanted = self.kinds[key], tuple(replicates)
        starts = starts_of(kind.reference, kind.strata, kind.n, self.seed, wanted)
        self._walked[key, wanted] = Walked(starts, fates, kind.parts, touched)

    # ---- other landscapes

    def grounds(
        self, land: Landscape, like: tuple[Landscape, Mapping[str, Ground]] | None = None
    ) -> dict[str, tuple[Ground, Change]]:
        """Return what each species meets on another landscape, and where that differs.

        Parameters
        ----------
        land : Landscape
        like : (Landscape, mapping of key to Ground), optional
            One that differs less from it than the baseline does, from which the rest is taken over.
        """
        found = {}
        for key, kind in self.kinds.items():
            old, before = (self.base, kind.ground) if like is None else (like[0], like[1][key])
            ground = changed_ground_of(before, old, land, kind.options)
            found[key] = ground, changes(kind.ground, ground)
        return found

    def on(self, key: str, ground: Ground, change: Change, replicates: Iterable[int]) -> Told:
        """Return what a changed landscape does to the baseline's dispersers of a species."""
        walked = self.baseline(key, replicates)
        return Told(*again(walked, ground, change, self.seed, start_day=self.start_day))

    def share_concerned(self, key: str, change: Change, replicates: Iterable[int]) -> float:
        """Return the share of a species' dispersers that walk again for a change."""
        return float(concerned(self.baseline(key, replicates), change).mean())

    def ends(self, key: str, replicates: Iterable[int], told: Told | None = None) -> Ends:
        """Return how the dispersers of a species end, on the baseline or on another landscape."""
        walked = self.baseline(key, replicates)
        fates = walked.fates if told is None else with_fates(walked, told.rows, told.fates)
        params = self.kinds[key].reference.params
        return Ends.of(walked.starts, fates, params.steps_per_day, params.cell_m)

    def values(self, key: str, replicates: Iterable[int], told: Told | None = None) -> F64:
        """Return the outcomes of a species, ``[replicate, outcome]``."""
        wanted = tuple(replicates)
        ends, size = self.ends(key, wanted, told), int(self.kinds[key].n.sum())
        rows = []
        for i in range(len(wanted)):
            one = ends.some(slice(i * size, (i + 1) * size))
            rows.append([row.of(one) for row in OUTCOMES.values()])
        return np.array(rows, np.float64).reshape(len(wanted), len(OUTCOMES))

    def pairs(self, key: str, replicates: Iterable[int], told: Told | None = None) -> F64:
        """Return animals a year that go from block to block, ``[replicate, from, to]``.

        Position 0 is outside blocks: nobody starts there, and who settles there is in column 0.
        """
        wanted = tuple(replicates)
        ends, size = self.ends(key, wanted, told), int(self.kinds[key].n.sum())
        n = self.blocks.n + 1
        settled = ~np.isnan(ends.fates.home_x)
        replicate = np.repeat(np.arange(len(wanted)), size)
        at = (replicate * n + ends.natal_block) * n + ends.fates.block
        counted = np.zeros(len(wanted) * n * n)
        np.add.at(counted, at[settled], ends.weight[settled])
        return counted.reshape(len(wanted), n, n)
