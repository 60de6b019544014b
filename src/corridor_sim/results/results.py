"""The results of scenarios: tables, maps, tracks, pedigrees and figures, read when asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from corridor_sim.comparison.tables import Tables, compare, table_names, write_tables
from corridor_sim.errors import ResultsError
from corridor_sim.languages import mark, tr
from corridor_sim.progress import Listener
from corridor_sim.results.folder import Laps, StudyFolder, finished_study
from corridor_sim.simulation.outcomes import headlines
from corridor_sim.simulation.protocol import Simulator, named, simulator_with

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import tskit
    import xarray as xr
    from matplotlib.axes import Axes

    from corridor_sim.genetics.pedigree import Pedigree


class Results(StudyFolder):
    """What came out of a scenario or an experiment.

    Tables are tidy DataFrames: one row a fact, species by key, scenarios by name. They are read
    from ``tables/`` where they were written after the last run, else made from the run files.

    Attributes
    ----------
    folder : Path
    note : str
        Why adaptive sampling stopped, and the like; mostly empty.
    seconds : float
        What the call took that made this object.
    """

    kind: ClassVar[str] = "results"

    @property
    def simulator(self) -> Simulator:
        """What simulated the study: days, or decades with births and deaths."""
        return simulator_with(self.manifest.base)

    @property
    def scenario_names(self) -> list[str]:
        """Names of the scenarios, the baseline first."""
        return [one["name"] for one in self.manifest.scenarios]

    @property
    def species(self) -> list[str]:
        """Keys of the species."""
        return list(self.manifest.base["species"])

    @cached_property
    def comparison(self) -> Tables:
        """All tables at once, and what figures need beside them, from the run files."""
        return compare(self.study)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by the name of its file in ``tables/``.

        Parameters
        ----------
        name : str
            ``runs``, ``summary``, ``effects``, ``flux``, ``exchange``, ``scenarios``; of decades
            also ``yearly``, ``deaths``, ``burn_in``, ``plan`` and ``plan_ground``.

        Returns
        -------
        DataFrame

        Raises
        ------
        ResultsError
            There is no such table, or runs are missing.
        """
        self.refuse_unknown("table", name, table_names(self.simulator))
        if "comparison" not in vars(self) and self.is_written(f"tables/{name}.parquet"):
            import pandas as pd

            return pd.read_parquet(self.folder / "tables" / f"{name}.parquet")
        found: pd.DataFrame = getattr(self.comparison, name)
        return found

    @property
    def contrasts(self) -> pd.DataFrame:
        """Differences between each scenario and the one it is compared with.

        Columns: ``scenario``, ``species``, ``outcome``, ``against``, ``unit`` (text);
        ``baseline`` and ``scenario_mean`` (means over replicates), ``difference``, ``low`` and
        ``high`` (95 % interval of the difference, paired by replicate), all float64 in the
        outcome's unit; ``n`` (replicates, int64), ``interval_note`` (why there is no interval).
        ``relative`` (float64, 0.1 is 10 % more) is the paired ratio of the means less 1, with
        its own 95 % interval ``relative_low`` to ``relative_high``, which allows for the error of
        the baseline; ``relative_note`` says why there is none, as under ten ``baseline_events``
        in all replicates. ``verdict`` (text) is ``more``, ``less``, ``no change that matters`` or
        ``cannot tell yet``, by the interval and the ``zone`` (float64, in the unit), the smallest
        change that matters. ``effect_size_dz`` is the mean of the paired differences over their
        standard deviation, ``variance_ratio`` how many times the replicates would be needed
        without pairing (float64); ``map_share``,
        ``map_share_low`` and ``map_share_high`` the share of the variance between replicates that
        lies between maps of clearing, 0 to 1, with its 95 % interval (NaN where it cannot be
        known).
        """
        return self.table("effects")

    @property
    def outcomes(self) -> pd.DataFrame:
        """Means over replicates: ``scenario``, ``species``, ``outcome``, ``unit`` (text), ``mean``,
        ``low``, ``high`` (95 % interval, float64, in the unit), ``n`` (replicates, int64),
        ``interval_note`` (text: why there is no interval). Of what never happened ``low`` is 0 and
        ``high`` says how much it may be all the same.
        ``map_share``, ``map_share_low``, ``map_share_high`` as in :attr:`contrasts`.
        """
        return self.table("summary")

    @property
    def runs(self) -> pd.DataFrame:
        """Every outcome of every run: ``scenario``, ``replicate`` (int64), ``run_id``, ``species``,
        ``outcome`` (text) and ``value`` (float64, in the outcome's unit).
        """
        return self.table("runs")

    @property
    def flux(self) -> pd.DataFrame:
        """Dispersal between core areas: ``scenario``, ``species``, ``from_area``, ``to_area``, the
        blocks that these belong to, and the counts of :attr:`exchange`.
        """
        return self.table("flux")

    @property
    def exchange(self) -> pd.DataFrame:
        """Dispersal between blocks of core areas: ``scenario``, ``species``, ``from_block``,
        ``to_block`` (text), ``born`` and ``settled`` (of days simulated dispersers, of decades
        young that left their mothers and first homes; means over replicates), ``share``,
        ``per_year`` (animals a year that settle there) and ``migrants`` (animals a generation),
        each with ``_low`` and ``_high`` (95 % interval), float64; ``one_migrant`` (``yes``,
        ``no`` or ``unsure``: whether the pair has one migrant per generation) and ``n``
        (replicates, int64).
        """
        return self.table("exchange")

    @property
    def plan_table(self) -> pd.DataFrame:
        """What the plan of a study of decades keeps, where its file has a section ``[plan]``.

        One row per scenario with the plan, ``species`` (empty: the ground) and ``outcome``:
        ``without_plan`` and ``with_plan`` (means), ``difference``, ``low``, ``high`` (95 %
        interval, paired), float64 in ``unit``; ``n``, ``verdict``; ``cost_each`` with its ends
        (cost over what is gained); ``runs_to_tell`` (replicates after which an open verdict would
        be told); and what the case assumes: ``rate_in_reserves``, ``moves_elsewhere``,
        ``climate``. Where forest falls, map by map, is ``table("plan_ground")``.

        Raises
        ------
        ResultsError
            The study is one of days.
        """
        return self.table("plan")

    @property
    def scenarios(self) -> pd.DataFrame:
        """The scenarios: position, name, level of each factor, edits, km² of land cover (float64),
        protected ground (km²), mean temperature (°C).
        """
        return self.table("scenarios")

    @property
    def yearly(self) -> pd.DataFrame:
        """The census of decades by ``year`` and ``column``: ``mean``, ``low``, ``high``, ``n``.

        Raises
        ------
        ResultsError
            The study is one of days.
        """
        return self.table("yearly")

    @cached_property
    def maps(self) -> xr.Dataset:
        """Maps by scenario and species ``[scenario, species, y, x]``, float32, read piece by piece.

        Of days: ``use`` (animals per km², one map for each ``stage``), ``deaths``, ``crossings``
        and ``blocked`` (per km² and year). Of decades: ``independent_start``, ``independent_end``
        (animals per km², first replicate) and ``deaths``. The CRS stands in ``spatial_ref`` by
        the CF conventions. Nothing is loaded before it is used; ``.chunk()`` goes over to dask.
        """
        import xarray as xr

        path = self.folder / "maps" / "maps.nc"
        if not self.is_written("maps/maps.nc"):
            from corridor_sim.comparison.export import write_map_file

            # decades write their maps when somebody asks for them
            write_map_file(path, self.study, self.comparison)
        # lazily, chunk by chunk as they lie in the file: no dask is needed
        return xr.open_dataset(path, engine="h5netcdf", decode_coords="all")

    def tracks(
        self, scenario: str | int = 0, replicate: int = 0, *, animals: int | None = None
    ) -> gpd.GeoDataFrame:
        """Return the ways of single animals, one point a day, of any replicate.

        The replicate is simulated again, to the bit as it was: whatever was not kept can be had.
        Every step, chosen animals, the whole of a dispersal: :func:`corridor_sim.tracks`.

        Parameters
        ----------
        scenario : str or int
            Name or position.
        replicate : int
            From 0.
        animals : int, optional
            Animals per species; as many as the scenario's ``tracks`` if not given.

        Returns
        -------
        GeoDataFrame
            Indexed by ``time`` (noon of the day); columns ``track_id`` (text, unique), ``species``,
            ``stage``, ``sex``, ``day`` (int64, from 0), ``elevation_m`` (float64) and the point,
            in the landscape's CRS. A way ends where the animal dies or settles. For movingpandas:
            ``TrajectoryCollection(tracks, traj_id_col="track_id")``.

        Raises
        ------
        ResultsError
            No such scenario or replicate, or a study of decades, whose ways are not kept.
        """
        from corridor_sim.results.tracks import simulated_tracks

        return simulated_tracks(self.study, self.position(scenario), replicate, animals)

    @cached_property
    def core_areas(self) -> gpd.GeoDataFrame:
        """The core areas of the reference landscape, see :attr:`Landscape.core_areas`."""
        return self.study.land.core_areas

    def pedigree(self, species: str, scenario: str | int = 0) -> Pedigree:
        """Return who was born of whom in the first replicate of a study of decades with genes.

        Parameters
        ----------
        species : str
        scenario : str or int
            Name or position.

        Raises
        ------
        ResultsError
            No such scenario or species, or no pedigrees were kept.
        """
        from corridor_sim.genetics.pedigree import load_pedigree

        return load_pedigree(self._of_first_run(species, scenario, "npz"))

    def trees(self, species: str, scenario: str | int = 0) -> tskit.TreeSequence:
        """Return the genomes of some of the living, as a tree sequence; see :meth:`pedigree`."""
        import tskit

        return tskit.load(self._of_first_run(species, scenario, "trees"))

    @property
    def plot(self) -> Plots:
        """Figures, each into matplotlib axes of your own or new ones."""
        return Plots(self)

    def finish(self, listener: Listener, laps: Laps | None = None) -> None:
        """Write tables, maps and report of the finished study."""
        from corridor_sim.report.study import write_report

        laps = laps or Laps()
        if "study" not in vars(self):
            self.study = finished_study(self.folder, listener)
            laps.lap(mark("preparing"))
        study = self.study
        listener.say(
            tr("comparing the runs") if len(study.scenarios) > 1 else tr("summing up the runs")
        )
        self.comparison = compare(study)
        write_tables(self.comparison, study)
        laps.lap(mark("comparing"))
        if "maps" in self.simulator.views:
            listener.say(tr("writing maps"))
            named(self.simulator.views["maps"])(self.comparison, study)
            laps.lap(mark("maps"))
        listener.say(tr("writing the report"))
        write_report(self.comparison, study, elapsed=laps.seconds)

    @property
    def ending(self) -> str:
        """The line that the command ends with."""
        return tr("{done} ({n} s this time)", done=super().ending, n=f"{self.seconds:.0f}")

    def show(self) -> None:
        """Print the table of effects that the command prints."""
        from corridor_sim.report.study import print_effects, print_plan

        print_effects(self.comparison, self.study)
        print_plan(self.comparison, self.study)

    def position(self, scenario: str | int) -> int:
        """Return the position of a scenario, given by name or position.

        Raises
        ------
        ResultsError
        """
        names = self.scenario_names
        if isinstance(scenario, int):
            if 0 <= scenario < len(names):
                return scenario
            raise ResultsError(f"no scenario {scenario} of {len(names)}", where=self.folder)
        self.refuse_unknown("scenario", scenario, names)
        return names.index(scenario)

    def _of_first_run(self, species: str, scenario: str | int, ending: str) -> Path:
        from corridor_sim.simulation.decades.simulator import pedigree_path

        self.refuse_unknown("species", species, self.species)
        index = self.position(scenario)
        run = next(r for r in self.plan.runs if r.scenario == index and r.replicate == 0)
        path = pedigree_path(self.folder, run.ident, species, ending)
        if not path.is_file():
            raise ResultsError(
                "keeps no pedigrees" if ending == "npz" else "keeps no genomes",
                where=self.folder,
                remedy="only studies with life_cycle.genes do"
                + ("" if ending == "npz" else ", and trees = true"),
            )
        return path


class Plots:
    """Figures of a study's results; every method takes your own axes and returns them.

    The page of the report has more of them, and finished for print.
    """

    def __init__(self, results: Results) -> None:
        self._results = results

    def effects(self, outcome: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw the difference that each scenario makes, with its 95 % interval, by species.

        Parameters
        ----------
        outcome : str, optional
            Name as in the column ``outcome``; the first that a planner looks at if not given.
        ax : Axes, optional

        Raises
        ------
        ResultsError
            No such outcome, or a single scenario, which has no contrasts.
        """
        from corridor_sim.report.study import draw_effects

        results = self._results
        if len(results.scenario_names) == 1:
            raise ResultsError("has one scenario and no contrasts", where=results.folder)
        known = list(results.simulator.outcomes)
        name = headlines(results.simulator.outcomes)[0] if outcome is None else outcome
        results.refuse_unknown("outcome", name, known)
        return draw_effects(results.comparison, results.study, name, ax)

    def figure(self, name: str) -> list[Axes]:
        """Draw a figure of the report, and return its axes.

        Parameters
        ----------
        name : str
            Of days ``effects``, ``interaction`` and ``mortality``; of decades also ``numbers``,
            ``stages``, ``ranges``, ``risk``, ``deaths``, ``fates``, ``genes`` and ``covers``.

        Raises
        ------
        ResultsError
            There is no such figure of this study.
        """
        from corridor_sim.report.study import figure_axes, figure_names

        results = self._results
        results.refuse_unknown("figure", name, figure_names(results.study))
        return figure_axes(results.comparison, results.study, name)

    def use(
        self, species: str, scenario: str | int = 0, *, ax: Axes | None = None, **drawing: Any
    ) -> Axes:
        """Draw where a species is: animals per km², all stages together.

        Of decades, homes at the end of the first replicate.

        Parameters
        ----------
        species : str
        scenario : str or int
            Name or position.
        ax : Axes, optional
        **drawing
            For xarray's ``plot.imshow``, such as ``cmap`` or ``vmax``.

        Raises
        ------
        ResultsError
            No such species or scenario.
        """
        results = self._results
        results.refuse_unknown("species", species, results.species)
        index = results.position(scenario)
        maps = results.maps.isel(scenario=index).sel(species=species)
        values = maps["use"].sum("stage") if "use" in maps else maps["independent_end"]
        ax = ax or _new_axes()
        values.plot.imshow(
            ax=ax, **{"robust": True, "cbar_kwargs": {"label": "animals per km²"}, **drawing}
        )
        ax.set_aspect("equal")
        ax.set_title(f"{species}: {results.scenario_names[index]}")
        return ax


def _new_axes() -> Axes:
    from matplotlib import pyplot

    return pyplot.subplots()[1]
