"""The results of links: a ranking of candidates, and proposals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from corridor_sim.course import begin
from corridor_sim.errors import ResultsError, ScenarioError
from corridor_sim.landscape.blocks import blocks_of, check_blocks
from corridor_sim.languages import mark, tr, tr_plural, written
from corridor_sim.links.files import LIFTED
from corridor_sim.progress import Listener, Silence
from corridor_sim.results.folder import Laps, StudyFolder

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from corridor_sim.config.co_benefits import CoBenefit
    from corridor_sim.config.links import LinksFile
    from corridor_sim.config.load import Resolved
    from corridor_sim.config.schema import Scenario
    from corridor_sim.experiment.study import Study
    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.links.co_benefits import LinkGround
    from corridor_sim.links.evaluator import DoRuns, SetEvaluator
    from corridor_sim.links.propose import Proposal
    from corridor_sim.report.text.links_found import Found


def evaluator_of(
    study: Study,
    file: LinksFile,
    base: Resolved,
    where: str,
    do_runs: DoRuns,
    *,
    fixed: bool = False,
) -> tuple[SetEvaluator, Landscape]:
    """Return what simulates sets of the file's links, all of them checked, and the landscape.

    By dispersers alone or by numbers by tiles where these tell all that is asked, else by whole
    runs.

    Parameters
    ----------
    fixed : bool
        Nothing may be simulated.
    """
    from corridor_sim.links.candidates import make_links
    from corridor_sim.links.dispersal_sets import DispersalSets, tells
    from corridor_sim.links.evaluator import RunEvaluator
    from corridor_sim.links.generation_sets import GenerationSets, tells_generations
    from corridor_sim.links.rank import check_budget
    from corridor_sim.simulation.exchange import BETWEEN_BLOCKS

    land = study.landscape_of(base)
    links = make_links(file.links, land, base.base_dir, where)
    check_budget(file.links, links, where)
    asked = {name for name, weight in file.links.benefit.weights.items() if weight}
    if asked & BETWEEN_BLOCKS:
        check_blocks(land, blocks_of(land), f"{where}: base.landscape")
        for one in study.species:
            if one.soaring is not None and file.links.benefit.species.get(one.key, 0.0) > 0:
                raise ScenarioError(
                    f"{one.key} soars: it is no disperser between blocks of core areas",
                    where=f"{where}: links.benefit.species",
                    remedy="leave it out, or weigh another outcome",
                )
    benefit, opens = file.links.benefit, file.links.opens
    if tells(file.links, base, study.species):
        # no run of this study has a file of its own
        study.runs = ()
        n = file.links.procedure.dispersers_per_replicate
        sets = DispersalSets(study, links, benefit, land=land, dispersers=n, fixed=fixed)
        sets.refuse_idle(where)
        return sets, land
    runs = RunEvaluator(study, links, benefit, opens, do_runs=do_runs)
    if tells_generations(file.links, base, study.species):
        if not fixed:
            # only the chosen set and the baseline are simulated by runs, and that at the end
            study.runs = ()
        rule = file.links.procedure
        tiles = GenerationSets(
            study, links, benefit, opens, land=land, procedure=rule, runs=runs, fixed=fixed
        )
        if not fixed:
            tiles.refuse_hopeless(where)
        return tiles, land
    return runs, land


class RankingResults(StudyFolder):
    """A ranking of links; see :class:`.folder.StudyFolder` for what all results have."""

    kind: ClassVar[str] = "ranking of links"

    @cached_property
    def study(self) -> Study:
        """The study, to be read: it plans no further runs."""
        from corridor_sim.experiment.study import reopen_study

        return reopen_study(self.folder, to_read=True)

    @cached_property
    def ranked(self) -> Found:
        """The ranking as an object, made from the runs.

        Raises
        ------
        ResultsError
            The ranking is not finished, or its links or files have changed.
        """
        return self._ranked(Silence())

    def _ranked(self, listener: Listener) -> Found:
        from corridor_sim.config.links import LinksFile
        from corridor_sim.experiment.execution.runner import Runner
        from corridor_sim.experiment.manifest import read_settings
        from corridor_sim.experiment.study import reopen_study

        if "study" not in vars(self):
            self.study = reopen_study(self.folder, listener=listener, to_read=True)
        study, path = self.study, self.manifest.path
        file = read_settings(LinksFile, study.settings, path)

        def look(_: Study, runs: Any) -> None:
            with Runner(study, workers=1) as runner:
                study.refuse_missing(runner.missing(runs), runner.why_missing)

        evaluator, land = evaluator_of(study, file, study.scenarios[0], str(path), look, fixed=True)
        from corridor_sim.links.co_benefits import ground_of

        ground = ground_of(study, file, evaluator.links, str(path), checked=True)
        return rank(evaluator, file, land, listener, ground)

    def link_ground(self, asked: tuple[CoBenefit, ...]) -> LinkGround:
        """Sum co-benefits over the links; no run is made or read.

        Raises
        ------
        CorridorSimError
            A raster that misfits, or links or files that have changed.
        """
        from corridor_sim.config.links import LinksFile
        from corridor_sim.experiment.manifest import read_settings
        from corridor_sim.links.candidates import make_links
        from corridor_sim.links.co_benefits import ground_of

        study, where = self.study, str(self.manifest.path)
        file = read_settings(LinksFile, study.settings, self.manifest.path)
        base = study.scenarios[0]
        links = make_links(file.links, study.landscape_of(base), base.base_dir, where)
        wanted = file.model_copy(update={"co_benefits": asked})
        found = ground_of(study, wanted, links, where)
        assert found is not None
        return found

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The whole result as plain data, as ``links.json`` holds it."""
        from corridor_sim.links.files import summary_with

        if self.is_written("links.json"):
            found: dict[str, Any] = json.loads((self.folder / "links.json").read_text("utf-8"))
            return found
        return summary_with(self.ranked.result, self.ranked.ground)

    @property
    def ranking(self) -> pd.DataFrame:
        """One row a link, the best first: ranks with what is left open, benefit (a share) with its
        interval, cost and what it does.
        """
        import pandas as pd

        return pd.DataFrame(self.summary["links"])

    @property
    def replicates(self) -> pd.DataFrame:
        """One row a set of links, replicate, species and outcome, of links not told by runs.

        Columns: ``links`` (names with "; " between, empty for the baseline), ``replicate``,
        ``species``, ``outcome``, ``unit``, ``value``; sets and replicates are those that were told.
        """
        from corridor_sim.links.dispersal_sets import DispersalSets
        from corridor_sim.links.generation_sets import GenerationSets

        sets = self.ranked.evaluator
        if not isinstance(sets, DispersalSets | GenerationSets):
            raise ResultsError(
                "has whole runs", where=self.folder, remedy="use corridor_sim.export for its runs"
            )
        return sets.frame()

    @property
    def frontier(self) -> pd.DataFrame:
        """The best set of links for each cost, with its benefit."""
        import pandas as pd

        return pd.DataFrame(self.summary["frontier"])

    @property
    def best_set(self) -> str | None:
        """How sure it is that no other set is better; None where links were put in order."""
        found: str | None = self.summary.get("best_set")
        return found

    @property
    def lifted(self) -> pd.DataFrame:
        """Pairs of blocks that links lift over one migrant a generation, for certain or perhaps.

        One row a set (``what``: the chosen one, a link, or one of the frontier), species and pair
        ``from`` one block ``to`` another: migrants a generation ``without`` and ``with`` the set,
        each with the interval that holds for all pairs of the species, and the ``verdict``.
        """
        import pandas as pd

        if not self.is_written("links.json"):
            self.finish(Silence())
        path = self.folder / "tables" / "links_pairs_lifted.parquet"
        return pd.read_parquet(path) if path.exists() else pd.DataFrame(columns=list(LIFTED))

    def for_budgets(self, budgets: Sequence[float]) -> pd.DataFrame:
        """What each of several budgets buys: the best set of the frontier within it.

        Replicates were spent on the budget of the ranking; what others buy is as sure as the
        intervals of the frontier. One row a budget: it, and the columns of :attr:`frontier`.

        Raises
        ------
        ScenarioError
            A budget below the cheapest set.
        """
        import pandas as pd

        rows = []
        for budget in budgets:
            within = [p for p in self.summary["frontier"] if p["cost"] <= budget]
            if not within:
                raise ScenarioError(
                    f"a budget of {budget:g} pays for no set of this ranking",
                    where=self.folder,
                    remedy=f"give {self.summary['frontier'][0]['cost']:g} or more",
                )
            rows.append({"budget": budget, **max(within, key=lambda p: p["cost"])})
        return pd.DataFrame(rows)

    @property
    def links(self) -> gpd.GeoDataFrame:
        """The links with their outlines, rank and benefit, in the landscape's CRS."""
        import geopandas as gpd

        if not self.is_written("links.gpkg"):
            self.finish(Silence())
        return gpd.read_file(self.folder / "links.gpkg", layer="links", engine="pyogrio")

    @cached_property
    def gaps(self) -> gpd.GeoDataFrame:
        """What each link has to bridge, one row a link, the best first; the way as a line.

        Length, farmed, built and protected kilometres, roads, rivers and borders crossed, and what
        one more of the benefit's unit costs by it (:func:`corridor_sim.links.gap.gaps_frame`).
        """
        from corridor_sim.report.text.link_gap import frame_of, gaps_of

        return frame_of(self.ranked, gaps_of(self.ranked))

    def finish(self, listener: Listener, laps: Laps | None = None) -> None:
        """Write files and report of the finished ranking."""
        from corridor_sim.links.files import write_result
        from corridor_sim.report.links import write_links_report

        if "ranked" not in vars(self):
            self.ranked = self._ranked(listener)
        one = self.ranked
        begin("results")
        listener.say(tr("writing the report"))
        write_result(one.result, one.evaluator, one.land, one.ground)
        write_links_report(one)

    def write_for_office(self, out: Path, listener: Listener) -> list[Path]:
        """Write a workbook and CSV; see :meth:`.folder.StudyFolder.write_for_office`."""
        from corridor_sim.report.office import write_links_for_office

        if not self.is_written("report.html"):
            self.finish(listener)
        return write_links_for_office(self.ranked, out=out)

    @property
    def ending(self) -> str:
        """The line that the command ends with."""
        runs = self.ranked.efforts(self.ranked.result.runs)
        return tr("{runs} in {folder}", runs=runs, folder=self.folder)

    def show(self) -> None:
        """Print the ranking, the chosen set and how it was confirmed."""
        from corridor_sim.report.text.links_printed import print_table

        print_table(self.ranked)


def rank(
    evaluator: SetEvaluator,
    file: LinksFile,
    land: Landscape,
    listener: Listener,
    ground: LinkGround | None = None,
) -> Found:
    """Rank the links of a file, doing the runs that it takes."""
    from corridor_sim.links.decades_check import check_by_decades
    from corridor_sim.links.generation_sets import GenerationSets
    from corridor_sim.links.rank import rank_links
    from corridor_sim.report.text.links_found import Found

    result = rank_links(evaluator, file.links, land, listener)
    chosen = result.chosen
    if isinstance(evaluator, GenerationSets) and chosen is not None and chosen.links:
        rule, first = file.links.procedure, int(result.ranking.replicates.max())
        begin("whole runs")
        runs = tr_plural("{n} whole run", "{n} whole runs", rule.confirm_replicates)
        listener.say(tr("the chosen set by {runs}", runs=runs))
        fresh = range(first, first + rule.confirm_replicates)
        links = frozenset(chosen.links)
        checked = check_by_decades(evaluator, evaluator.runs, links, fresh, file.links)
        result = replace(result, decades=checked)
    return Found(result, evaluator, land, ground)


# what is done on the ground of a link, as tables on the terminal say it
ACTIONS = (mark("restore"), mark("protect"), mark("crossings"))


@dataclass(frozen=True, slots=True)
class Proposals:
    """Links that were proposed, the least costly first.

    Attributes
    ----------
    proposals : sequence of Proposal
    land : Landscape
        Where they lie, edits applied.
    path : Path or None
        The file that was written.
    """

    proposals: Sequence[Proposal]
    land: Landscape
    path: Path | None = None

    @property
    def table(self) -> gpd.GeoDataFrame:
        """One row a link: ``name``, ``from_area``, ``to_area``, ``length_km``, ``area_km2``,
        ``least_cost_km`` (1 for each km of the best ground), ``bottleneck`` (cost of the worst
        ground relative to the best), ``cost`` (of the file's unit) and its outline.
        """
        import geopandas as gpd

        from corridor_sim.links.candidates import make_link
        from corridor_sim.links.files import outlines

        made = [make_link(p.candidate, self.land, p.candidate.name) for p in self.proposals]
        rows = {
            "name": [p.candidate.name for p in self.proposals],
            "from_area": [p.between[0] for p in self.proposals],
            "to_area": [p.between[1] for p in self.proposals],
            "length_km": [p.length_km for p in self.proposals],
            "area_km2": [p.area_km2 for p in self.proposals],
            "least_cost_km": [p.resistance_km for p in self.proposals],
            "bottleneck": [p.bottleneck for p in self.proposals],
            "cost": [p.candidate.cost for p in self.proposals],
        }
        return gpd.GeoDataFrame(rows, geometry=outlines(made), crs=self.land.grid.crs)

    def write(self, path: Path, base: Scenario) -> None:
        """Write a links file (``.toml``) that can be ranked at once, or a GeoPackage."""
        from corridor_sim.links.candidates import make_link
        from corridor_sim.links.files import write_links_file, write_proposals

        if path.suffix.lower() == ".toml":
            write_links_file(path, self.proposals, base)
            return
        links = [make_link(p.candidate, self.land, p.candidate.name) for p in self.proposals]
        write_proposals(path, self.proposals, links, self.land)

    def __len__(self) -> int:
        return len(self.proposals)

    def __repr__(self) -> str:
        return f"<corridor_sim {len(self)} proposed links>"

    def show(self) -> None:
        """Print the table that the command prints."""
        from corridor_sim.report.text.terminal import print_table

        print_table(
            (tr("Link"), "km", "km²", tr("Least cost"), tr("Worst"), tr("Cost"), tr("Actions")),
            [
                (
                    one.candidate.name,
                    f"{one.length_km:.0f}",
                    f"{one.area_km2:.0f}",
                    f"{one.resistance_km:.0f}",
                    written(f"{one.bottleneck:.1f}"),
                    written(f"{one.candidate.cost:.2f}"),
                    ", ".join(tr(action) for action in one.candidate.actions),
                )
                for one in self.proposals
            ],
            names=(0, 6),
        )
