"""Links proposed, ranked for a budget, drawn and tried, and told on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.api.given import Settings, command_of, folder_of, texts_of
from corridor_sim.config.load import Resolved, ScenarioLike, scenario_of
from corridor_sim.course import begin, plan
from corridor_sim.errors import ResultsError, ScenarioError, refuse_unknown
from corridor_sim.experiment.execution.workforce import Workforce
from corridor_sim.progress import listening
from corridor_sim.results.beside import check_beside
from corridor_sim.results.folder import Laps, Progress, told
from corridor_sim.results.rankings import Proposals, RankingResults, evaluator_of, rank

if TYPE_CHECKING:
    from corridor_sim.links.drawn import LinkEvaluator
    from corridor_sim.links.drawn_tables import LinkEffect


# of a file of outlines that is not read yet
SOME_LINKS = 10


def rank_links(
    file: str | Path,
    scenario: ScenarioLike | None = None,
    *,
    out: str | Path | None = None,
    budget: float | None = None,
    set: Settings = (),
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    slurm: int | None = None,
    progress: Progress = False,
) -> RankingResults:
    """Simulate links, rank them and choose a set, as ``corridor-sim links rank`` does.

    Parameters
    ----------
    file : path
        Links TOML; with a ``scenario`` a GeoPackage, GeoJSON or Shapefile of links as well.
    scenario : path, Scenario or what load_scenario returns, optional
        What the links are built on, where the file does not say it.
    budget : float, optional
        Instead of the file's ``links.budget``, in its unit.
    out, set, threads, workers, scheduler, slurm, progress
        As for :func:`compare`.

    Returns
    -------
    RankingResults

    Raises
    ------
    CorridorSimError
        As for :func:`compare`.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.rank_links("experiments/andes_links.toml", budget=60).ranking  # doctest: +SKIP
    """
    from corridor_sim.experiment.study import open_study
    from corridor_sim.links.co_benefits import ground_of
    from corridor_sim.links.files import links_on, read_links_file
    from corridor_sim.links.forecast import effort_of

    who = Workforce(workers, threads, scheduler, slurm, grows=False)
    who.check()
    assignments = [*texts_of(set), *([] if budget is None else [f"links.budget={budget}"])]
    one, base = (
        read_links_file(Path(file), assignments)
        if scenario is None
        else links_on(Path(file), scenario_of(scenario), assignments)
    )
    folder, laps = folder_of(file, out), Laps()
    with told(progress) as listener:
        study = open_study(
            one.name,
            one.description,
            [base],
            one.as_settings(),
            folder,
            threads=threads,
            listener=listener,
            command=command_of("links rank", file, folder, assignments, {"scenario": scenario}),
            claimed=False,
        )
        # told before any animal moves; the links of a file are counted once they are read
        effort = effort_of(study, one, len(one.links.candidates) or SOME_LINKS)
        plan(*effort.stages)
        begin("preparing")
        listener.say(str(effort))
        evaluator, land = evaluator_of(
            study, one, base, str(file), lambda _, runs: runner.run(runs)
        )
        ground = ground_of(study, one, evaluator.links, str(file))
        check_beside(study, None, one.places, str(file))
        study.claim()
        plan(*effort_of(study, one, len(evaluator.links)).stages)
        found = RankingResults(folder, study)
        # workers stay from batch to batch: landscape and scenarios are prepared once
        with who.runner(study, listener) as runner:
            found.ranked = rank(evaluator, one, land, listener, ground)
            found.finish(listener)
    found.seconds = laps.total
    return found


def propose_links(
    scenario: ScenarioLike | None = None,
    *,
    species: Sequence[str] = (),
    width_m: float = 5000.0,
    most: int = 20,
    out: str | Path | None = None,
    set: Settings = (),
) -> Proposals:
    """Propose least-cost corridors between core areas, as ``corridor-sim links propose`` does.

    Parameters
    ----------
    scenario : path, Scenario or what load_scenario returns, optional
        The built-in landscape and all species if not given.
    species : sequence of str
        Keys of the species that the links shall serve; all that walk.
    width_m : float
        Metres, 1 to 200,000.
    most : int
        At most so many.
    out : path, optional
        Links file (``.toml``) or GeoPackage (``.gpkg``) to write; it must not be there yet.
    set : mapping or sequence of str
        As for :func:`compare`.

    Returns
    -------
    Proposals

    Raises
    ------
    CorridorSimError
        A mistake in the settings, an unknown species, or a file that cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> found = cs.propose_links(species=["jaguar"], most=2, set={"landscape.cell_m": 5000})
    >>> len(found.table)
    2
    """
    from corridor_sim.config.build import apply_edits, build_species, reference_landscape
    from corridor_sim.links.propose import propose

    path = None if out is None else Path(out)
    _check_proposal(width_m, most, path)
    resolved = scenario_of(scenario, texts_of(set))
    known = build_species(resolved)
    keys = [one.key for one in known]
    for key in species:
        refuse_unknown(key, keys, f"unknown species {key!r}", where="--species")
    wanted = [one for one in known if (one.key in species if species else one.soaring is None)]
    land = reference_landscape(resolved, None, known)
    land = apply_edits(land, resolved.edits, resolved.scenario.seed)
    found = Proposals(propose(wanted, land, width_m=width_m, most=most), land, path)
    if path is not None:
        found.write(path, resolved.scenario)
    return found


def _check_proposal(width_m: float, most: int, path: Path | None) -> None:
    if not 1 <= width_m <= 200_000:
        raise ScenarioError(f"{width_m:g} m", where="--width", remedy="allowed: 1 to 200000")
    if most < 1:
        raise ScenarioError(f"{most} links", where="--most", remedy="give 1 or more")
    if path is not None and path.suffix.lower() not in (".toml", ".gpkg"):
        raise ResultsError(
            f"unknown kind of file {path.suffix!r}", where="--out", remedy="end it .toml or .gpkg"
        )
    if path is not None and path.exists():
        # somebody may have spent a day on the costs in it
        raise ResultsError(
            "is there already", where=f"--out {path}", remedy="name another file, or delete it"
        )


def try_links(
    file: str | Path,
    scenario: ScenarioLike | None = None,
    *,
    names: Sequence[str] | None = None,
    replicates: int = 40,
    out: str | Path | None = None,
    set: Settings = (),
    progress: Progress = False,
) -> dict[str, LinkEffect]:
    """Tell what drawn alternatives do to dispersers, as ``corridor-sim links try`` does.

    The same numbers, to the bit, as the page of ``corridor-sim app`` shows for them.

    Parameters
    ----------
    file : path
        What :func:`read_alternatives` takes.
    scenario : path, Scenario or what load_scenario returns, optional
        What they are built on; by default what the file says they were drawn on, else the built-in
        landscape.
    names : sequence of str, optional
        Those that are meant; all of them by default.
    replicates : int
    out : path, optional
        CSV for the outcomes of all of them.
    set : mapping or sequence of str
        Keys of the scenario, as for :func:`compare`.
    progress : bool or Listener
        As for :func:`compare`.

    Returns
    -------
    dict of str to LinkEffect
        By name.

    Raises
    ------
    CorridorSimError
        A file that cannot be read, or a change that cannot be made on the landscape.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> today = cs.Scenario(name="Today", landscape={"cell_m": 8000}, species={"andean_bear": {}})
    >>> warmer = cs.Alternative(name="Warmer", changes=[{"kind": "warm", "degrees_c": 1.5}])
    >>> path = cs.write_alternatives([warmer], "warmer.toml", scenario=today)
    >>> list(cs.try_links(path, replicates=2))
    ['Warmer']
    """
    from corridor_sim.links.alternatives_reading import read_alternatives
    from corridor_sim.links.drawn import LinkEvaluator

    path = Path(file)
    found = read_alternatives(path, names=names)
    if scenario is None and found.base is not None:
        scenario = Resolved(found.base, (), path.parent)
    if out is not None and Path(out).suffix.lower() != ".csv":
        raise ResultsError(
            "the outcomes are a CSV file", where=f"--out {out}", remedy="end it .csv"
        )
    with told(progress) as listener, listening(listener.say):
        evaluator = LinkEvaluator(scenario, replicates=replicates, set=texts_of(set))
        listener.expect(len(found.alternatives))
        effects = {}
        for one in found.alternatives:
            effects[one.name] = evaluator.change(one.edits(evaluator.land), one.name)
            listener.done(1)
    if out is not None:
        _write_effects(Path(out), effects)
    return effects


def _write_effects(path: Path, effects: Mapping[str, LinkEffect]) -> None:
    """Write the outcomes of all alternatives, every digit of them, as CSV."""
    import pandas as pd

    from corridor_sim.files import BOM, frame_csv, write_text

    frames = [one.outcomes.assign(alternative=name) for name, one in effects.items()]
    table = pd.concat(frames) if frames else pd.DataFrame({"alternative": []})
    first = table.pop("alternative")
    table.insert(0, "alternative", first)
    write_text(path, BOM + frame_csv(table))


def write_brief(
    evaluator: LinkEvaluator,
    alternatives: Sequence[LinkEffect],
    path: str | Path,
    *,
    costs: Mapping[str, float] | None = None,
    currency: str = "",
    title: str | None = None,
    date: str | None = None,
    command: str = "",
    more: Sequence[str] = (),
    beside: bool = True,
    asked: Sequence[Mapping[str, Any]] | None = None,
) -> Path:
    """Write one A4 page on drawn alternatives, for who decides: a PDF, whole or not at all.

    What each does to every species, in words, numbers and intervals; a map with the core areas and
    what was drawn; what it costs; areas, co-benefits and circuit theory's current; how to make it
    again. Where an interval includes no change the page says so.

    Parameters
    ----------
    evaluator : LinkEvaluator
    alternatives : sequence of LinkEffect
        One to eight answers of this evaluator from equally many replicates, of different names.
    path : path
        Ends with ``.pdf``.
    costs : mapping of name to float, optional
        What alternatives cost.
    currency : str
        Of the costs: ``"million USD"``.
    title : str, optional
    date : str, optional
        As it shall stand on the page; today's if not given.
    command : str
        What makes the same again, for the foot of the page.
    more : sequence of str
        Sentences to stand below the first ones, such as that of a ``LinkChoice``.
    beside : bool
        Whether areas, co-benefits and currents are reckoned, which takes about a second each.
    asked : sequence of mappings, optional
        Co-benefits, as for ``LinkEvaluator.co_benefits``.

    Returns
    -------
    Path

    Raises
    ------
    CorridorSimError
        None or more than eight alternatives, two of one name, unequal replicates, costs of
        something else, another ending, or a file that cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> today = cs.Scenario(name="Today", landscape={"cell_m": 5000}, species={"jaguar": {}})
    >>> evaluator = cs.LinkEvaluator(today, replicates=4, dispersers=100)
    >>> outline = [[-78.9, -3.0], [-78.3, -3.0], [-78.3, -3.6], [-78.9, -3.6]]
    >>> effect = evaluator.evaluate(outline, name="North")
    >>> cs.write_brief(evaluator, [effect], "brief.pdf", costs={"North": 4.2}).name
    'brief.pdf'
    """
    from datetime import datetime

    from corridor_sim.languages import ENGLISH, current, shown_date
    from corridor_sim.report.brief import write_brief as write

    today = datetime.now().astimezone().date()
    spelt = today.isoformat() if current().code == ENGLISH else shown_date(today)
    when = spelt if date is None else date
    return write(
        evaluator,
        list(alternatives),
        Path(path),
        costs=costs or {},
        currency=currency,
        title=title,
        date=when,
        command=command,
        more=more,
        beside=beside,
        asked=asked,
    )
