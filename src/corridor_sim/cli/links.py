"""``corridor-sim links``: propose candidate links, and rank them by what happens to animals."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from corridor_sim.cli import running as running_cli

if TYPE_CHECKING:
    from pathlib import Path

    from corridor_sim.config.links import LinksFile
    from corridor_sim.config.load import Resolved
    from corridor_sim.experiment.study import Study
    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.links.evaluator import DoRuns, LinkEvaluator
    from corridor_sim.links.rank import LinkResult
    from corridor_sim.progress import Listener

EPILOG = """examples:
  corridor-sim links propose --out proposed.toml
  corridor-sim links propose --species jaguar --width 8000 --most 12 --out jaguar.gpkg
  corridor-sim links rank experiments/andes_links.toml
"""


def add_parser(commands: Any, whole: Any) -> None:
    """Add ``links`` and its actions to the subcommands of a parser."""
    links = commands.add_parser(
        "links",
        help="propose corridor links, or rank them by what happens to animals",
        description="Propose corridor links, or rank them by what happens to animals.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = links.add_subparsers(dest="action", metavar="ACTION", required=True)
    one = actions.add_parser(
        "propose",
        help="least-cost corridors between neighbouring core areas",
        description="Propose least-cost corridors between neighbouring core areas.",
    )
    one.add_argument("file", nargs="?", help="scenario TOML [built-in landscape, all species]")
    one.add_argument(
        "--species",
        action="append",
        default=[],
        metavar="KEY",
        help="a species that the links shall serve; may be repeated [all that walk]",
    )
    one.add_argument("--width", type=float, default=5000.0, metavar="M", help="metres [5000]")
    one.add_argument("--most", type=int, default=20, metavar="N", help="at most so many [20]")
    one.add_argument(
        "--out", metavar="FILE", help="links file (.toml) or GeoPackage (.gpkg) to write [printed]"
    )
    one.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override any key of the file by its dotted name; may be repeated",
    )
    one.set_defaults(call=_propose)
    one = actions.add_parser(
        "rank",
        help="simulate links, rank them, and choose a set for the budget",
        description="Simulate links, rank them, and choose a set for the budget.",
    )
    one.add_argument("file", help="links TOML")
    one.add_argument("--out", metavar="DIR", help="results folder [results/NAME-OF-FILE]")
    one.add_argument("--budget", type=float, metavar="X", help="instead of links.budget")
    one.add_argument("--threads", type=whole(1), metavar="N", help="threads [all cores]")
    one.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override any key of the file by its dotted name; may be repeated",
    )
    one.add_argument("--quiet", action="store_true", help="print errors only")
    # no array jobs: which runs come next hangs on what the last ones gave
    running_cli.add_who(one, whole, shares=False)
    one.set_defaults(call=_rank)


def _propose(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.config.build import apply_edits, build_species, load_landscape
    from corridor_sim.config.dotted import set_key
    from corridor_sim.config.load import load_scenario, resolve
    from corridor_sim.config.schema import Scenario
    from corridor_sim.errors import ResultsError, ScenarioError, nearest
    from corridor_sim.links.candidates import make_link
    from corridor_sim.links.files import write_links_file, write_proposals
    from corridor_sim.links.propose import propose
    from corridor_sim.progress import listening, to_screen
    from corridor_sim.toml.strict import validate

    if not 1 <= args.width <= 200_000:
        raise ScenarioError(f"{args.width:g} m", where="--width", remedy="allowed: 1 to 200000")
    if args.most < 1:
        raise ScenarioError(f"{args.most} links", where="--most", remedy="give 1 or more")
    out = Path(args.out) if args.out else None
    if out is not None and out.suffix.lower() not in (".toml", ".gpkg"):
        raise ResultsError(
            f"unknown kind of file {out.suffix!r}", where="--out", remedy="end it .toml or .gpkg"
        )
    if out is not None and out.exists():
        # somebody may have spent a day on the costs in it
        raise ResultsError(
            "is there already", where=f"--out {out}", remedy="name another file, or delete it"
        )
    if args.file:
        resolved = load_scenario(args.file, args.set)
    else:
        data: dict[str, Any] = {"name": "Today"}
        for assignment in args.set:
            set_key(data, assignment)
        scenario = validate(Scenario, data, where="--set", error=ScenarioError)
        resolved = resolve(scenario, "--set", Path("."))
    species = build_species(resolved)
    keys = [one.key for one in species]
    for key in args.species:
        if key not in keys:
            raise ScenarioError(
                f"unknown species {key!r}", where="--species", remedy=nearest(key, keys)
            )
    wanted = [
        one for one in species if (one.key in args.species if args.species else one.soaring is None)
    ]
    with listening(to_screen):
        land = load_landscape(resolved.scenario.landscape, base_dir=resolved.base_dir)
    land = apply_edits(land, resolved.edits, resolved.scenario.seed)
    found = propose(wanted, land, width_m=args.width, most=args.most)
    # names whole, for two may begin alike
    wide = max(4, *(len(one.candidate.name) for one in found))
    print(
        f"{'link':{wide}} {'km':>5} {'km²':>6} {'least cost':>10} {'worst':>6} {'cost':>7}  actions"
    )
    for one in found:
        print(
            f"{one.candidate.name:{wide}} {one.length_km:5.0f} {one.area_km2:6.0f} "
            f"{one.resistance_km:10.0f} {one.bottleneck:6.1f} {one.candidate.cost:7.2f}  "
            f"{', '.join(one.candidate.actions)}"
        )
    if out is None:
        return
    if out.suffix.lower() == ".toml":
        write_links_file(out, found, resolved.scenario)
    else:
        links = [make_link(one.candidate, land, one.candidate.name) for one in found]
        write_proposals(out, found, links, land)
    print(out)


def _rank(args: argparse.Namespace) -> None:
    import shlex
    from pathlib import Path

    from corridor_sim.experiment.study import prepare_study
    from corridor_sim.links.files import read_links_file
    from corridor_sim.progress import listening, progress, to_screen
    from corridor_sim.report.links import print_ranking

    running_cli.check_options(args)
    assignments = list(args.set)
    if args.budget is not None:
        assignments.append(f"links.budget={args.budget}")
    with listening(to_screen):
        file, base = read_links_file(Path(args.file), assignments)
    out = Path(args.out) if args.out else Path("results") / Path(args.file).stem
    command = shlex.join(
        [
            "corridor-sim",
            "links",
            "rank",
            args.file,
            "--out",
            str(out),
            *(word for one in assignments for word in ("--set", one)),
        ]
    )
    with progress(quiet=args.quiet) as listener:
        study = prepare_study(
            file.name,
            file.description,
            [base],
            file.as_settings(),
            out,
            threads=args.threads,
            listener=listener,
            command=command,
        )
        workshop, land = _workshop(study, file, base, args.file, lambda _, runs: runner.run(runs))
        study.claim()
        listener.say(_forecast(study, file))
        # workers stay from batch to batch: landscape and scenarios are prepared once
        with running_cli.runner_of(args, study, listener) as runner:
            result, report = _ranked(workshop, file, land, listener)
    if not args.quiet:
        print_ranking(result, workshop, land)
        print(f"{result.runs} runs in {out}")
        print(report.resolve())


def _forecast(study: Study, file: LinksFile) -> str:
    from corridor_sim.memory import in_words

    rule = file.links.procedure
    most = rule.budget_runs + rule.pairs_runs
    if file.links.budget is not None:
        most += 2 * rule.confirm_replicates
    return (
        f"forecast: {most:,} runs at most, one takes about {study.each[0]:.2g} s on one thread and "
        f"{in_words(study.expected.peak_bytes)} of memory"
    )


def _workshop(
    study: Study, file: LinksFile, base: Resolved, where: str, do_runs: DoRuns
) -> tuple[LinkEvaluator, Landscape]:
    """Return what simulates sets of the file's links, all of them checked, and the landscape."""
    from corridor_sim.links.candidates import make_links
    from corridor_sim.links.evaluator import LinkEvaluator
    from corridor_sim.links.rank import check_budget

    land = study.landscape_of(base)
    links = make_links(file.links, land, base.base_dir, where)
    check_budget(file.links, links, where)
    return LinkEvaluator(study, links, file.links.benefit, do_runs, opens=file.links.opens), land


def _ranked(
    workshop: LinkEvaluator, file: LinksFile, land: Landscape, listener: Listener
) -> tuple[LinkResult, Path]:
    """Rank the links and write everything; return the result and the report."""
    from corridor_sim.links.files import write_result
    from corridor_sim.links.rank import rank_links
    from corridor_sim.report.links import write_links_report

    result = rank_links(workshop, file.links, land, listener)
    listener.say("writing the report")
    write_result(result, workshop, land)
    return result, write_links_report(result, workshop, land)


def report_again(folder: Path, listener: Listener) -> Path:
    """Make files and report of a finished ranking again from its runs; return the report.

    Raises
    ------
    ResultsError
        The ranking is not finished, or its links or files have changed.
    """
    from corridor_sim.config.links import LinksFile
    from corridor_sim.experiment.execution.runner import Runner
    from corridor_sim.experiment.manifest import MANIFEST, read_settings
    from corridor_sim.experiment.study import reopen_study

    study = reopen_study(folder, listener=listener, to_read=True)
    where = str(folder / MANIFEST)
    file = read_settings(LinksFile, study.settings, folder / MANIFEST)

    def look(_: Study, runs: Any) -> None:
        with Runner(study, workers=1) as runner:
            study.refuse_missing(runner.missing(runs), runner.why_missing)

    workshop, land = _workshop(study, file, study.scenarios[0], where, look)
    return _ranked(workshop, file, land, listener)[1]
