"""Points of a sweep one by one, for who looks at a curve while it grows."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.config.load import Resolved
from corridor_sim.config.sweep import Parameter, Value
from corridor_sim.errors import ScenarioError, refuse_unknown, shown
from corridor_sim.experiment.facts import facts_path, write_facts
from corridor_sim.experiment.study import Study, open_study
from corridor_sim.experiment.values import read_values
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.progress import Silence
from corridor_sim.simulation.protocol import simulator_of
from corridor_sim.sweeps.points import check_covers, make_points, points, read_sweep
from corridor_sim.sweeps.table import cover_table, points_table

if TYPE_CHECKING:
    import pandas as pd

# steps of a range that has no grid of its own
STEPS = 11


class SweepEvaluator:
    """Simulates points of a sweep one at a time, in any order, as :func:`corridor_sim.sweep` would.

    The landscape and what the species make of it are made once, with the first point. Runs lie in a
    temporary folder that goes with the object.

    Parameters
    ----------
    file : path
        Sweep TOML, as for :func:`corridor_sim.sweep`.
    replicates : int, optional
        Replicates of a point, instead of the file's.
    set : sequence of str
        Settings as ``"base.landscape.cell_m=5000"``.
    threads : int, optional
        Threads of the kernels; all cores by default.

    Attributes
    ----------
    name, description : str
    parameters : dict of str to Parameter
        What varies, by dotted name: ``values`` or ``low`` and ``high``, ``label``, and the
        ``scale`` of its axis.
    outcomes : tuple of str
        Those that the file asks to draw.
    species : tuple of str
        Those that it asks to draw.
    covers : tuple of str
        Those whose area it asks to draw.
    base : Resolved
        The scenario that the points change.

    Raises
    ------
    CorridorSimError
        As for :func:`corridor_sim.sweep`: what is wrong with the file at once, what does not fit
        the landscape with the first point.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> evaluator = cs.SweepEvaluator(
    ...     "experiments/sweep_percolation.toml", replicates=3
    ... )  # doctest: +SKIP
    >>> for rows in evaluator.evaluate(
    ...     {"edits.0.fraction": 0.4, "edits.0.aggregation": 0.0}
    ... ):  # doctest: +SKIP
    ...     print(rows[["species", "outcome", "mean", "low", "high", "n"]])
    """

    def __init__(
        self,
        file: str | Path,
        *,
        replicates: int | None = None,
        set: Sequence[str] = (),
        threads: int | None = None,
    ) -> None:
        path, assignments = Path(file), list(set)
        if replicates is not None:
            assignments.append(f"base.replicates={replicates}")
        found, scenarios, at = read_sweep(path, assignments)
        self.name, self.description = found.name, found.description
        sweep = found.sweep
        self.parameters: dict[str, Parameter] = dict(sweep.parameters)
        self.outcomes, self.species, self.covers = sweep.outcomes, sweep.species, sweep.covers
        self.base = Resolved(found.base, (), scenarios[0].base_dir)
        self._where = str(file)
        self._file, self._threads = found, threads
        self._scenarios = scenarios
        self._design = points(sweep, found.base.seed)
        self._index = {point: i for i, point in enumerate(at)}
        self._done: list[tuple[Value, ...]] = []

    @cached_property
    def _study(self) -> Study:
        """The landscape, the species and a folder for runs, made when first needed."""
        folder = Path(mkdtemp(prefix="corridor_sim-sweep-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        study = open_study(
            self.name,
            self.description,
            self._scenarios,
            self._file.as_settings(),
            folder / "study",
            threads=self._threads,
        )
        check_covers(self.covers, study.land.covers, self._where)
        return study

    @property
    def replicates(self) -> int:
        """Replicates of a point."""
        return self._scenarios[0].scenario.replicates

    @property
    def points(self) -> list[dict[str, Value]]:
        """Return the points of the file's design, each with a value by parameter, in its order."""
        return [dict(zip(self.parameters, point, strict=True)) for point in self._design]

    def steps(self, name: str) -> tuple[Value, ...]:
        """Return the values of a parameter that a slider stops at: its grid, or eleven of a range.

        Raises
        ------
        ScenarioError
            The sweep has no such parameter.
        """
        refuse_unknown(name, self.parameters, f"no parameter {name!r}", where=self._where)
        one = self.parameters[name]
        if one.size:
            return one.grid()
        return tuple(dict.fromkeys(one.at(i / (STEPS - 1)) for i in range(STEPS)))

    def evaluate(self, at: Mapping[str, Value]) -> Iterator[pd.DataFrame]:
        """Yield the rows of a point after every replicate: the intervals narrow.

        Between replicates nothing is done, and who asks for no more stops the work. Replicates that
        are there already are not simulated again.

        Parameters
        ----------
        at : mapping of str to value
            A value for every parameter, one of its values or within its range; points that the
            file's design has not are simulated as well.

        Yields
        ------
        DataFrame
            One row per species and outcome, and per land cover that the file asks for: the columns
            of ``cs.sweep(file).table``, with ``n`` replicates so far. Means are those of
            :func:`corridor_sim.sweep` to the bit, once all replicates are there. Ends of intervals
            may differ where few events were seen, since there all points tell how large an event
            can be: :attr:`table` has them.

        Raises
        ------
        ScenarioError
            A parameter that the sweep has not, one without a value, or a value that it cannot take.
        """
        point = self._point(at)
        index = self._scenario_of(point)
        for n in range(1, self.replicates + 1):
            yield self._rows([point], [index], n)
        if point not in self._done:
            self._done.append(point)

    def landscape(self, at: Mapping[str, Value], *, map: int = 0) -> Landscape:
        """Return the landscape of a point, edits applied.

        Parameters
        ----------
        at : mapping of str to value
            As for :meth:`evaluate`.
        map : int
            Which of the maps of clearing, from 0; replicate ``r`` stands on map ``r mod maps``.

        Raises
        ------
        ScenarioError
            As :meth:`evaluate`.
        """
        one = self._study.scenarios[self._scenario_of(self._point(at))]
        return self._study.landscape_of(one, map % one.scenario.n_maps)

    @property
    def table(self) -> pd.DataFrame:
        """Rows of all points that are done, in the order of the design, then as they came.

        Equal to ``cs.sweep(file).table`` once every point of the design is there and no other.

        Raises
        ------
        ScenarioError
            None is done.
        """
        order = [p for p in self._design if p in self._done]
        order += [p for p in self._done if p not in order]
        if not order:
            raise ScenarioError(
                "no point was simulated yet", where=self._where, remedy="evaluate one first"
            )
        return self._rows(order, [self._index[p] for p in order], self.replicates)

    def _rows(self, at: Sequence[tuple[Value, ...]], which: Sequence[int], n: int) -> pd.DataFrame:
        """Return the rows of points after ``n`` replicates, which are simulated where missing."""
        import pandas as pd

        study, names = self._study, list(self.parameters)
        values = []
        for index in which:
            runs = study.extend([(index, r) for r in range(n)])
            for run in runs:
                study.worker_cache.do(run, threads=study.threads, listener=Silence())
            values.append(read_values(study, runs))
        self._tell_first()
        found = points_table(study, names, at, which, np.stack(values))
        if not self.covers:
            return found
        covers = cover_table(study, names, at, self.covers, which)
        return pd.concat([found, covers], ignore_index=True)

    def _tell_first(self) -> None:
        """Write what is told of the first point, on which every table's intervals stand."""
        study = self._study
        path = facts_path(study.out, 0)
        if path.exists():
            return
        first = study.scenarios[0]
        site, land = study.worker_cache.site_of(first), study.landscape_of(first)
        facts = simulator_of(first).prepare(site, first, land).facts()
        write_facts(path, facts, study.digests[0])

    def _scenario_of(self, point: tuple[Value, ...]) -> int:
        """Return the position of a point's scenario, which is added where it is not there."""
        if point not in self._index:
            also = {name: one.others() for name, one in self.parameters.items()}
            place = f"{self._where}: sweep.parameters"
            made = make_points(self.base, list(self.parameters), [point], place, also)
            (self._index[point],) = self._study.add(made)
        return self._index[point]

    def _point(self, at: Mapping[str, Value]) -> tuple[Value, ...]:
        """Return the values in the order of the parameters, checked.

        Raises
        ------
        ScenarioError
        """
        for name in at:
            refuse_unknown(name, self.parameters, f"no parameter {name!r}", where=self._where)
        return tuple(self._value(name, one, at) for name, one in self.parameters.items())

    def _value(self, name: str, one: Parameter, at: Mapping[str, Value]) -> Value:
        if name not in at:
            raise ScenarioError(
                f"{name} has no value", where=self._where, remedy="give one for every parameter"
            )
        given: Any = at[name]
        if one.values is not None:
            for value in one.values:
                # 1 is no True, though they are equal
                if value == given and isinstance(value, bool) == isinstance(given, bool):
                    return value
            several = ", ".join(shown(value) for value in one.values[:12])
            raise ScenarioError(
                f"{name} cannot be {shown(given)}", where=self._where, remedy=f"use {several}"
            )
        assert one.low is not None
        assert one.high is not None
        number = isinstance(given, int | float) and not isinstance(given, bool)
        if not number or not one.low <= given <= one.high:
            raise ScenarioError(
                f"{name} cannot be {shown(given)}",
                where=self._where,
                remedy=f"use a number from {one.low:g} to {one.high:g}",
            )
        return round(given) if one.whole else float(f"{given:.12g}")
