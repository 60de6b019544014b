"""Opening an experiment: check everything, forecast, claim the folder; and growing it later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from corridor_sim.config.build import (
    build_species,
    landscape_grid,
    reference_landscape,
    refuse_own_misfits,
)
from corridor_sim.config.checks import check_place, moves_zones, note_on_maps
from corridor_sim.config.load import Resolved, against_of
from corridor_sim.config.own_maps import notes_on_own_maps
from corridor_sim.config.plan_checks import note_on_plans, protections
from corridor_sim.config.timelines import check_maps
from corridor_sim.course import PREPARING, RUNS, Stage, begin, plan
from corridor_sim.errors import ResultsError, ScenarioError, counted, refuse_unknown
from corridor_sim.experiment.jobs import WorkerCache, run_path
from corridor_sim.experiment.manifest import (
    MANIFEST,
    Manifest,
    check_folder,
    claim,
    damaged,
    kind_of,
    make_manifest,
    read_manifest,
    versions,
    write_manifest,
)
from corridor_sim.experiment.plan import Digester, Run, plan_runs, run_of, scenario_digest
from corridor_sim.experiment.plan_file import PLAN, Plan, no_plan, read_plan, write_plan
from corridor_sim.landscape.edits.warming import tell_of_zones
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.size import size_of
from corridor_sim.languages import tr, written
from corridor_sim.progress import Count, Listener, Silence, listening
from corridor_sim.simulation.days.forecast import Forecast, beside_s, refuse_what_cannot_fit
from corridor_sim.simulation.days.simulation import use_threads
from corridor_sim.simulation.decades.forecast import refuse_genomes
from corridor_sim.simulation.protocol import simulator_of
from corridor_sim.species.meeting import note_on_covers, refuse_misfit
from corridor_sim.species.requirements import check_needs
from corridor_sim.species.traits import Species

__all__ = ["MANIFEST", "Listener", "Silence", "Study", "open_study", "reopen_study", "versions"]
# nobody waits for more, and planning them alone would fill the memory
MOST_RUNS = 1_000_000
# scenarios whose planning is worth a word
MANY = 1000
# work of which a first guess is told
LONG_S = 10.0
# importing libraries, placing species
SECONDS_TO_START = 2.0
# studies of scenarios, which end in maps and a report of each
REPORTED = ("scenario", "experiment")
NOT_YET = Forecast(0, 0, 0, 0.0, 0.0)


@dataclass(slots=True)
class Study:
    """An experiment in its folder: what there is to run, and where it lies.

    Attributes
    ----------
    name, description : str
    scenarios : tuple of Resolved
        The baseline first.
    out : Path
    settings : dict
        The resolved file, as written into ``experiment.json``.
    land : Landscape
        The reference landscape, before any edit.
    species : list of Species
    runs : tuple of Run
    expected : Forecast
    command : str
        The command that made it, for the record; may be empty.
    digests : list of str
        Identity of every scenario.
    worker_cache : WorkerCache
        What this process has made of it: its runs here start from that.
    fixed : bool
        Only to be read: what is not there already cannot be added.
    """

    name: str
    description: str
    scenarios: tuple[Resolved, ...]
    out: Path
    settings: dict[str, Any]
    land: Landscape
    species: list[Species]
    runs: tuple[Run, ...]
    threads: int
    expected: Forecast = NOT_YET
    command: str = ""
    digests: list[str] = field(default_factory=list)
    worker_cache: WorkerCache = field(init=False)
    # of one run: seconds on one thread, steps
    each: tuple[float, float] = (0.0, 0.0)
    fixed: bool = False
    manifest: Manifest | None = None
    # what was told before the landscape was read
    foretold: str = ""

    def __post_init__(self) -> None:
        self.worker_cache = WorkerCache(
            self.out.resolve(), lambda i: self.digests[i], lambda i: self.scenarios[i]
        )
        self.worker_cache.adopt(self.scenarios[0], self.land, self.species)

    def path(self, run: Run) -> Path:
        """Return the file of one run."""
        return run_path(self.out, run)

    def species_keys(self) -> list[str]:
        """Return the species' keys in the order of the file."""
        return [s.key for s in self.species]

    def landscape_of(self, resolved: Resolved, map_number: int = 0) -> Landscape:
        """Return a scenario's landscape; edits shared with the one before are not made again."""
        return self.worker_cache.landscape_of(resolved, map_number)

    def plan(self) -> Plan:
        """Return the runs, and what one takes."""
        return Plan(self.runs, self.expected.peak_bytes, *self.each)

    def extend(self, jobs: Iterable[tuple[int, int]]) -> tuple[Run, ...]:
        """Plan more runs, given as (scenario, replicate), and return them.

        Runs that are planned already stay as they are; nobody's name changes.

        Raises
        ------
        ResultsError
            There is no such scenario, or the study is fixed and has no such run.
        """
        wanted = []
        for scenario, replicate in jobs:
            if not 0 <= scenario < len(self.scenarios) or replicate < 0:
                raise ResultsError(
                    f"no replicate {replicate} of scenario {scenario}: the study has "
                    f"{counted(len(self.scenarios), 'scenario')}",
                    where=self.out,
                )
            wanted.append(run_of(self.digests[scenario], scenario, replicate))
        known = set(self.runs)
        new = [run for run in dict.fromkeys(wanted) if run not in known]
        if new and self.fixed:
            raise self._incomplete(f"{len(new)} more runs are asked for than were planned")
        if new:
            self.runs = (*self.runs, *new)
            write_plan(self.out, self.plan())
        return tuple(wanted)

    def add(self, scenarios: Sequence[Resolved]) -> range:
        """Add scenarios to the study and return their positions; runs are planned by `extend`.

        Call it in the same order after an interruption: scenarios that are there stay, and so do
        their runs.

        Raises
        ------
        ResultsError
            The study is fixed and has no such scenario there.
        """
        first = len(self.scenarios)
        before = read_manifest(self.out)
        self.scenarios = (*self.scenarios, *scenarios)
        self.digests += [scenario_digest(one) for one in scenarios]
        if before.digests[: len(self.digests)] != self.digests:
            if self.fixed:
                raise self._incomplete(f"{scenarios[0].name!r} was not simulated yet")
            write_manifest(
                self.out,
                make_manifest(
                    self.name,
                    self.description,
                    self.scenarios,
                    self.digests,
                    self.settings,
                    command=self.command,
                    planned=before.planned,
                ),
            )
        return range(first, len(self.scenarios))

    def refuse_missing(
        self, missing: Sequence[Run], why: Callable[[Run], str] | None = None
    ) -> None:
        """Refuse to go on where runs have no file yet; ``why`` tells of one that has a damaged one.

        Raises
        ------
        ResultsError
        """
        if not missing:
            return
        told = ""
        if why is not None:
            known = ((run, why(run)) for run in missing)
            odd = (text for run, text in known if text != f"runs/{run.ident}.npz is missing")
            told = next((f" or damaged ({text})" for text in odd), "")
        raise self._incomplete(f"{len(missing)} of {len(self.runs)} runs are missing{told}")

    def _incomplete(self, problem: str) -> ResultsError:
        return ResultsError(
            problem,
            where=self.out,
            remedy=f"go on with: {self.command or 'the command of the study'}",
        )

    def claim(self) -> None:
        """Make the folder this study's: write ``experiment.json`` and ``plan.json``.

        Raises
        ------
        ResultsError
            The folder holds something else by now, or cannot be written.
        """
        assert self.manifest is not None
        claim(self.out, self.manifest)
        write_plan(self.out, self.plan())


def open_study(
    name: str,
    description: str,
    scenarios: Sequence[Resolved],
    settings: dict[str, Any],
    out: Path,
    *,
    threads: int | None = None,
    listener: Listener | None = None,
    command: str = "",
    land: Landscape | None = None,
    claimed: bool = True,
) -> Study:
    """Check everything that can be wrong, forecast and claim the folder; simulate nothing.

    ``land`` is the landscape before all edits, where it has been made already. Whoever has more to
    check before the folder is made asks for a study that is not ``claimed``, and then calls
    `Study.claim`.

    Raises
    ------
    CorridorSimError
        Any misfit of files, landscape, species, folder or memory; nothing is written then.
    """
    listener = listener or Silence()
    used = use_threads(threads)
    scenarios = tuple(scenarios)
    _refuse_too_many(scenarios)
    for name in scenarios[0].scenario.indifference.outcomes:
        refuse_unknown(
            name,
            simulator_of(scenarios[0]).outcomes,
            f"unknown outcome {name!r}",
            where="indifference.outcomes",
        )
    species = build_species(scenarios[0])
    said = ""
    if land is None:
        # before any file is read through
        said = _foretold(scenarios, species, used, kind_of(settings), listener)
    with listening(listener.say):
        digests = _digests(scenarios)
        if len(scenarios) > MANY:
            listener.say(tr("planning {n} scenarios", n=written(f"{len(scenarios):,}")))
        manifest = make_manifest(name, description, scenarios, digests, settings, command=command)
    check_folder(out, manifest)
    runs = plan_runs(scenarios, digests)
    study = _study(manifest, scenarios, out, species, runs, used, listener, land)
    study.foretold = said
    if claimed:
        study.claim()
    return study


def _foretold(
    scenarios: Sequence[Resolved],
    species: list[Species],
    threads: int,
    kind: str,
    listener: Listener,
) -> str:
    """Tell what the runs will take where it takes long to find out; return what was said.

    Raises
    ------
    ResourceError
        The least that is needed does not fit the memory.
    """
    first = scenarios[0]
    grid = landscape_grid(first.scenario.landscape, base_dir=first.base_dir)
    jobs = [(i, r) for i, one in enumerate(scenarios) for r in range(one.scenario.replicates)]
    rough = simulator_of(first).foretell(scenarios, jobs, threads, species, grid)
    refuse_what_cannot_fit(rough)
    n_cells = grid.height * grid.width
    builtin = first.scenario.landscape.elevation is None
    reading, after = (
        size_of(n_cells, builtin=builtin).seconds,
        beside_s(n_cells, len(species), len(scenarios)),
    )
    if kind in REPORTED:
        plan(
            Stage("preparing", reading + SECONDS_TO_START, kind=PREPARING),
            Stage("simulating", rough.seconds, kind=RUNS),
            Stage("results", after),
        )
        begin("preparing")
    if rough.seconds < LONG_S or kind not in REPORTED:
        return ""
    rest = reading + after
    said = tr("forecast: {what}", what=replace(rough, beside_s=rest))
    listener.say(said)
    return said


def _digests(scenarios: Sequence[Resolved]) -> list[str]:
    """Return the identity of every scenario; tells of it where it lasts."""
    count = Count(tr("identifying the scenarios"), len(scenarios))
    found = []
    for one in scenarios:
        found.append(scenario_digest(one))
        count.one()
    return found


def _refuse_too_many(scenarios: Sequence[Resolved]) -> None:
    n = sum(one.scenario.replicates for one in scenarios)
    if n > MOST_RUNS:
        raise ScenarioError(
            f"{len(scenarios):,} scenarios with their replicates are {n:,} runs, "
            f"{n / 3600 / 24 / 365.25:,.1f} years at one second a run",
            where="replicates",
            remedy="use fewer levels or replicates",
        )


def reopen_study(
    out: str | Path,
    *,
    threads: int | None = None,
    listener: Listener | None = None,
    to_read: bool = False,
) -> Study:
    """Return the study that a results folder holds, with all scenarios and runs of its plan.

    Parameters
    ----------
    out : path
    threads : int, optional
    listener : Listener, optional
    to_read : bool
        Return it as it was before anything was added, but fixed: adding the same again finds it,
        and nothing else can be added. So a ranking is made again from its runs.

    Raises
    ------
    ResultsError
        The folder holds none, or one of another version, or its input files have changed.
    CorridorSimError
        Whatever else is wrong.
    """
    out = Path(out)
    manifest = read_manifest(out)
    plan = read_plan(out, manifest.digests)
    kept = range(max((run.scenario for run in plan.runs), default=0) + 1)
    digester = Digester()
    scenarios = tuple(manifest.resolved(i, digester) for i in kept)
    _refuse_uneven(out, manifest, plan, scenarios)
    species = build_species(scenarios[0])
    study = _study(
        manifest, scenarios, out, species, plan.runs, use_threads(threads), listener or Silence()
    )
    if to_read:
        study.fixed = True
        study.scenarios = scenarios[: manifest.planned]
        study.digests = study.digests[: manifest.planned]
    return study


def _refuse_uneven(
    out: Path, manifest: Manifest, plan: Plan, scenarios: Sequence[Resolved]
) -> None:
    """Refuse a plan that leaves out runs, or names what no table can tell apart.

    A ranking of links plans its runs as it goes, and asks for them by itself.
    """
    kind = kind_of(manifest.settings)
    if kind == "links":
        return
    n = manifest.planned
    wanted = set(plan_runs(scenarios[:n], manifest.digests[: len(scenarios[:n])]))
    listed = set(plan.runs)
    exact = kind in ("sweep", "sensitivity")
    if len(scenarios) < n or not wanted <= listed or (exact and wanted != listed):
        raise no_plan(out / PLAN, "is damaged (it lists other runs than the study has)")
    names = [one.name for one in scenarios]
    if len(set(names)) < len(names):
        raise damaged(out / MANIFEST, "two scenarios have one name")


def _checked(
    scenarios: Sequence[Resolved], species: Sequence[Species], land: Landscape, listener: Listener
) -> Landscape:
    """Refuse what scenarios and species ask of a landscape in vain; return it with what is told."""
    for one in scenarios:
        check_place(one.scenario, land)
    changes = any(one.edits or one.scenario.change is not None for one in scenarios)
    protected = any(protections(one.scenario) for one in scenarios)
    for animal in species:
        check_needs(animal, land, protects=protected)
        refuse_misfit(animal, land, changes=changes)
        if note := note_on_covers(animal, land.covers):
            listener.say(note)
    with listening(listener.say):
        for one in _with_own_maps(scenarios):
            check_maps(one, land)
    if note := note_on_maps([one.scenario for one in scenarios]):
        listener.say(note)
    for note in notes_on_own_maps([one.scenario for one in scenarios], species, land):
        listener.say(note)
    if note := note_on_plans([one.scenario for one in scenarios], against_of(scenarios)):
        listener.say(note)
    if any(moves_zones(one.scenario, land.region) for one in scenarios):
        land = tell_of_zones(land, "where the air warms, ")
    return land


def _with_own_maps(scenarios: Sequence[Resolved]) -> list[Resolved]:
    """Return the scenarios that name maps of later years, one for each set of them."""
    found: dict[Any, Resolved] = {}
    for one in scenarios:
        change = one.scenario.change
        if change is not None and change.maps:
            found.setdefault((one.base_dir, change.maps), one)
    return list(found.values())


def _study(
    manifest: Manifest,
    scenarios: tuple[Resolved, ...],
    out: Path,
    species: list[Species],
    runs: tuple[Run, ...],
    threads: int,
    listener: Listener,
    land: Landscape | None = None,
) -> Study:
    first = scenarios[0]
    grid = landscape_grid(first.scenario.landscape, base_dir=first.base_dir)
    # whatever is known before the landscape is built is refused before
    jobs = [(run.scenario, run.replicate) for run in runs]
    refuse_what_cannot_fit(simulator_of(first).foretell(scenarios, jobs, threads, species, grid))
    refuse_genomes(scenarios)
    if land is None:
        landscape = first.scenario.landscape
        file, name = landscape.grid_file, landscape.name or "andes-amazon"
        listener.say(
            tr("building the landscape {name}", name=tr(name))
            if file is None
            else tr("reading {file}", file=file)
        )
    with listening(listener.say):
        land = reference_landscape(first, land, species)
        refuse_own_misfits(scenarios, land)
    land = _checked(scenarios, species, land, listener)
    listener.say(
        tr(
            "placing {n} species on {rows} x {columns} cells",
            n=len(species),
            rows=land.grid.height,
            columns=land.grid.width,
        )
    )
    study = Study(
        manifest.name,
        manifest.description,
        scenarios,
        out,
        manifest.settings,
        land,
        species,
        runs,
        threads,
        command=manifest.command,
        digests=manifest.digests[: len(scenarios)],
        manifest=manifest,
    )
    _expect(study)
    return study


def _expect(study: Study) -> None:
    """Forecast what is missing of a study's runs, and refuse what does not fit the memory."""
    scenarios, threads, grid = study.scenarios, study.threads, study.land.grid
    missing = [r for r in study.runs if not study.path(r).is_file()]
    asked = [(r.scenario, r.replicate) for r in missing or study.runs[:1]]
    site = study.worker_cache.site_of(scenarios[0])
    expected = simulator_of(scenarios[0]).forecast(scenarios, asked, threads, site)
    n = max(len(asked), 1)
    study.each = expected.seconds * threads / n, expected.animal_steps / n
    if not missing:
        expected = replace(expected, runs=0, animal_steps=0, seconds=0.0)
    if kind_of(study.settings) in REPORTED:
        n_cells = grid.height * grid.width
        rest = beside_s(n_cells, len(study.species), len(scenarios))
        expected = replace(expected, beside_s=rest)
    refuse_what_cannot_fit(expected)
    study.expected = expected
