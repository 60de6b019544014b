"""The Mesa face of decades: animals are born, disperse, settle, breed and die, year by year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.agents.base import ScenarioModel, Seed, Source, View, resolved_from
from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.genetics.drop import drop_genes
from corridor_sim.genetics.pedigree import Pedigree
from corridor_sim.genetics.statistics import Diversity, diversity_of_drop
from corridor_sim.kernels.states import STAGES
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.decades.census import COLUMNS
from corridor_sim.simulation.decades.individuals import Individuals
from corridor_sim.simulation.decades.population import Population
from corridor_sim.simulation.decades.simulation import BurnIns, DecadesContext, begin, pass_year
from corridor_sim.simulation.decades.simulator import context_of, years_of
from corridor_sim.species.demography import generation_y, vital_rates
from corridor_sim.species.fields import SEXES, stream_number

if TYPE_CHECKING:
    import pandas as pd

# stages of a year are those of the movement core, and with its mother
DECADES_STAGES = (*STAGES, "juvenile")
MOST_LOCI = 100_000


class Individual(View):
    """A view of one animal of a population; what it shows is always the present year.

    The dead leave :attr:`DecadesModel.agents`; of a view that was kept, :attr:`alive` is False and
    everything else but its number says that the animal has died.

    Parameters
    ----------
    model : DecadesModel
    species : str
        Key of the species.
    ident : int
        The animal's number within its species.
    """

    def __init__(self, model: DecadesModel, species: str, ident: int) -> None:
        self._ident = ident
        super().__init__(model, species)

    def __repr__(self) -> str:
        what = f"{self.sex}, {self.age} years, {self.stage}" if self.alive else "dead"
        return f"<{self.species} {self.ident}, {what}>"

    def _of(self, column: str) -> Any:
        row = self.model._row_of(self._species, self._ident)
        if row < 0:
            raise LookupError(f"{self._species} {self._ident} has died")
        return getattr(self.model._individuals(self._species), column)[row]

    @property
    def ident(self) -> int:
        """The animal's number within its species; Mesa's ``unique_id`` only counts views."""
        return self._ident

    @property
    def alive(self) -> bool:
        """Whether the animal lives in the present year."""
        return bool(self.model._row_of(self._species, self._ident) >= 0)

    @property
    def age(self) -> int:
        """Completed years."""
        return int(self._of("age"))

    @property
    def sex(self) -> str:
        """``"female"`` or ``"male"``."""
        return SEXES[int(self._of("male"))]

    @property
    def stage(self) -> str:
        """``"resident"``, ``"disperser"``, ``"displaced"`` or, with its mother, ``"juvenile"``."""
        return DECADES_STAGES[int(self._of("stage"))]

    @property
    def pedigree_row(self) -> int:
        """The animal's row of the pedigree, which :attr:`mother` and :attr:`father` count in."""
        return int(self._of("row"))

    @property
    def mother(self) -> int | None:
        """Row of the pedigree of its mother, None where unknown."""
        return _known(self._of("mother"))

    @property
    def father(self) -> int | None:
        """Row of the pedigree of its father, None where unknown."""
        return _known(self._of("father"))

    @property
    def home_m(self) -> tuple[float, float] | None:
        """Map position of the home-range centre, None for animals without a home of their own."""
        return super().home_m if self.stage == "resident" else None


def _known(row: Any) -> int | None:
    return None if row < 0 else int(row)


class DecadesModel(ScenarioModel):
    """One replicate of a scenario with ``[life_cycle]`` as a Mesa model; one step is one year.

    The burn-in is over when the model stands. Numbers are those of a run of the same seed and
    replicate, to the bit.

    Parameters
    ----------
    scenario : str, Path, Scenario or Resolved
        A scenario file, or one already read, with ``life_cycle``; ``adaptive`` is refused.
    rng : int or numpy Generator, keyword only
        Replaces the scenario's seed; from a generator, one seed is drawn.
    replicate : int, keyword only
        Number of the replicate, which says as well on which of the scenario's maps it stands.
    threads : int, keyword only
        Threads of the kernel; None leaves numba's own setting.
    land : Landscape, keyword only
        The landscape before the scenario's edits, instead of loading the one the scenario names.

    Attributes
    ----------
    settings : Scenario
        The scenario with every default filled in, and the seed in use.
    landscape : Landscape
        That of the present year.
    populations : mapping of key to Population
        The engine's; their arrays are the only state.
    running : bool
        False once the scenario's years are over, or nobody lives any more.
    datacollector : mesa.DataCollector
        One row a year, the first at the start: ``year``, and for each species, with its key in
        front, the columns of :data:`corridor_sim.simulation.decades.census.COLUMNS`.

    Raises
    ------
    ScenarioError, SpeciesError, LandscapeError
        As the command line would say.
    ResourceError
        More threads than the machine has.
    """

    def __init__(
        self,
        scenario: Source,
        *,
        rng: Seed | None = None,
        replicate: int = 0,
        threads: int | None = None,
        land: Landscape | None = None,
    ) -> None:
        resolved = resolved_from(scenario)
        if resolved.scenario.life_cycle is None:
            raise ScenarioError(
                "a Mesa model of decades needs births and deaths",
                where=f"{resolved.name}: life_cycle",
                remedy="use CorridorModel, or add life_cycle and whole years",
            )
        super().__init__(resolved, rng=rng, replicate=replicate, threads=threads, land=land)
        resolved, species = self._resolved, self._species
        before = context_of(resolved, species, self._before, changes=False)
        past = BurnIns(before, self.settings.seed)
        self._context: DecadesContext = context_of(
            resolved, species, self.landscape, changes=True, map_number=self._map_number
        )
        self.populations: dict[str, Population] = {
            one.key: past.population(one.key, replicate).population for one in species
        }
        self.year = 0
        self._replicate = replicate
        self._views: dict[tuple[str, int], Individual] = {}
        self._order: dict[str, tuple[NDArray[np.int64], NDArray[np.intp]]] = {}
        self._seen_in = -1
        names = [f"{key}_{column.name}" for key in self.populations for column in COLUMNS]
        self._collect_by(["year", *names])
        self._collect(
            {
                key: begin(self._context, population, key, years_of(resolved))
                for key, population in self.populations.items()
            }
        )

    def step(self) -> None:
        """Let one year pass for every species and collect its numbers."""
        self._use_threads()
        found = {
            key: pass_year(self._context, population, key, self.year)
            for key, population in self.populations.items()
        }
        self.landscape = self._context.landscape(self.year)
        self.year += 1
        self._order.clear()
        self._collect(found)

    @property
    def generation_y(self) -> dict[str, float]:
        """Mean age in years of mothers where numbers stand still, by species."""
        return {
            one.key: generation_y(vital_rates(one.life_cycle))
            for one in self._species
            if one.life_cycle is not None
        }

    def diversity(self, species: str, *, loci: int = 200) -> Diversity:
        """Return the genetic diversity of those who live now, within and between core areas.

        Unlinked loci are dropped down the pedigree since the founders, no two of whose copies are
        alike: expected heterozygosity is the chance that two copies of a core area do not stem from
        one copy of the founders (MacCluer et al. 1986, doi:10.1002/zoo.1430050209), and F_ST is
        Hudson's (Hudson et al. 1992, doi:10.1093/genetics/132.2.583). Nothing of the model changes,
        and the same animals of the same year have the same genes in every model that has them.

        Parameters
        ----------
        species : str
            Key of the species.
        loci : int
            Unlinked loci, 1 to 100,000.

        Returns
        -------
        Diversity
            ``groups`` and ``animals``, the core areas where anybody lives and how many;
            ``observed``, ``expected`` (Ho, He) by core area, each with ``value``, ``low`` and
            ``high``; ``observed_all`` and ``expected_all`` of everybody; ``fst`` of pairs and
            ``fst_all``. Intervals are over loci, of this pedigree: the chance of the pedigree
            itself shows between replicates. NaN where fewer than two animals live.

        Raises
        ------
        ScenarioError
            The model has no such species, or the loci cannot be so many.

        Examples
        --------
        >>> import corridor_sim as cs
        >>> model = cs.DecadesModel("my-valley.toml")  # doctest: +SKIP
        >>> model.diversity("andean_bear").fst_all.value  # doctest: +SKIP
        """
        if species not in self.populations:
            raise ScenarioError(
                f"no species {species!r}",
                where=self.settings.name,
                remedy=nearest(species, self.populations),
            )
        if not 1 <= loci <= MOST_LOCI:
            raise ScenarioError(
                f"{loci} loci", where=self.settings.name, remedy=f"use 1 to {MOST_LOCI:,}"
            )
        year = max(self.year - 1, 0)
        columns = dict(self.populations[species].pedigree(self._context.habitat(species, year)))
        # where they live is told by core area alone
        places = ("x", "y", "birth_x", "birth_y")
        pedigree = Pedigree.of(**{name: columns[name] for name in columns if name not in places})
        alive = np.flatnonzero(np.isnan(pedigree.death_year))
        drop = drop_genes(
            pedigree,
            seed=self.settings.seed,
            replicate=self._replicate,
            stream=stream_number(species),
            n_loci=loci,
            rows=alive,
        )
        return diversity_of_drop(drop, pedigree.zone[alive])

    def _collect(self, found: dict[str, NDArray[np.float64]]) -> None:
        self._numbers = {"year": self.year}
        for key, row in found.items():
            for column, value in zip(COLUMNS, row.tolist(), strict=True):
                self._numbers[f"{key}_{column.name}"] = value
        living = any(len(one.individuals) for one in self.populations.values())
        self.running = self.year < years_of(self._resolved) and living
        self.datacollector.collect(self)

    def _individuals(self, key: str) -> Individuals:
        return self.populations[key].individuals

    def _row_of(self, key: str, ident: int) -> int:
        """Return the present row of an animal, -1 of one that has died."""
        if key not in self._order:
            keys = self._individuals(key).key
            order = np.argsort(keys)
            self._order[key] = keys[order], order
        sorted_keys, order = self._order[key]
        at = int(np.searchsorted(sorted_keys, ident))
        return int(order[at]) if at < order.size and sorted_keys[at] == ident else -1

    def _make_views(self) -> None:
        """Show those who live in the present year, and nobody else."""
        if self._seen_in == self.year:
            return
        self._seen_in = self.year
        living = {
            (key, ident)
            for key, one in self.populations.items()
            for ident in one.individuals.key.tolist()
        }
        for who in [who for who in self._views if who not in living]:
            self.deregister_agent(self._views.pop(who))
        for key, one in self.populations.items():
            for ident in one.individuals.key.tolist():
                if (key, ident) not in self._views:
                    self._views[key, ident] = Individual(self, key, ident)

    def animal_table(self) -> pd.DataFrame:
        """Return one row per living animal, straight from the arrays: the fast way to all.

        Columns: species, ident, sex, stage, age, pedigree_row, mother, father (-1 = unknown), x_m,
        y_m.
        """
        import pandas as pd

        parts = []
        for key, one in self.populations.items():
            rows = one.individuals
            x_m, y_m = self.landscape.grid.to_metres(rows.x, rows.y)
            columns = {
                "species": pd.Categorical([key] * len(rows), list(self.populations)),
                "ident": rows.key,
                "sex": np.array(SEXES)[rows.male.astype(np.intp)],
                "stage": np.array(DECADES_STAGES)[rows.stage],
                "age": rows.age,
                "pedigree_row": rows.row,
                "mother": rows.mother,
                "father": rows.father,
                "x_m": x_m,
                "y_m": y_m,
            }
            parts.append(pd.DataFrame(columns))
        return pd.concat(parts, ignore_index=True)
