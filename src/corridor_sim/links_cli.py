"""``corridor-sim links``: propose candidate links, and rank them by what happens to animals."""

from __future__ import annotations

import argparse
from typing import Any

EPILOG = """examples:
  corridor-sim links propose --out proposed.toml
  corridor-sim links propose --species jaguar --width 8000 --most 12 --out jaguar.gpkg
  corridor-sim links rank experiments/andes_links.toml
"""


def add_parser(commands: Any) -> None:
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
        "propose", help="least-cost corridors between neighbouring core areas",
        description="Propose least-cost corridors between neighbouring core areas.",
    )  # fmt: skip
    one.add_argument("file", nargs="?", help="scenario TOML [built-in landscape, all species]")
    one.add_argument(
        "--species", action="append", default=[], metavar="KEY",
        help="a species that the links shall serve; may be repeated [all that walk]",
    )  # fmt: skip
    one.add_argument("--width", type=float, default=5000.0, metavar="M", help="metres [5000]")
    one.add_argument("--most", type=int, default=20, metavar="N", help="at most so many [20]")
    one.add_argument(
        "--out", metavar="FILE", help="links file (.toml) or GeoPackage (.gpkg) to write [printed]"
    )
    one.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE",
        help="override any key of the file by its dotted name; may be repeated",
    )  # fmt: skip
    one.set_defaults(call=_propose)


def _propose(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.errors import ResultsError, ScenarioError, nearest
    from corridor_sim.links.candidates import make_link
    from corridor_sim.links.propose import propose
    from corridor_sim.links.writing import write_links_file, write_proposals
    from corridor_sim.scenario.build import apply_edits, build_species, load_landscape
    from corridor_sim.scenario.load import load_scenario, resolve, set_key
    from corridor_sim.scenario.schema import Scenario
    from corridor_sim.strict_toml import validate

    if not 1 <= args.width <= 200_000:
        raise ScenarioError(f"{args.width:g} m", where="--width", remedy="allowed: 1 to 200000")
    if args.most < 1:
        raise ScenarioError(f"{args.most} links", where="--most", remedy="give 1 or more")
    out = Path(args.out) if args.out else None
    if out is not None and out.suffix.lower() not in (".toml", ".gpkg"):
        raise ResultsError(
            f"unknown kind of file {out.suffix!r}", where="--out", remedy="end it .toml or .gpkg"
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
        one for one in species
        if (one.key in args.species if args.species else one.soaring is None)
    ]  # fmt: skip
    land = load_landscape(resolved.scenario.landscape, base_dir=resolved.base_dir)
    land = apply_edits(land, resolved.edits, resolved.scenario.seed)
    found = propose(wanted, land, width_m=args.width, most=args.most)
    print(f"{'link':58} {'km':>5} {'km²':>6} {'least cost':>10} {'worst':>6} {'cost':>7}  does")
    for one in found:
        print(
            f"{one.candidate.name[:58]:58} {one.length_km:5.0f} {one.area_km2:6.0f} "
            f"{one.resistance_km:10.0f} {one.bottleneck:6.1f} {one.candidate.cost:7.2f}  "
            f"{', '.join(one.candidate.does)}"
        )
    if out is None:
        return
    if out.suffix.lower() == ".toml":
        write_links_file(out, found, resolved.scenario)
    else:
        links = [make_link(one.candidate, land, one.candidate.name) for one in found]
        write_proposals(out, found, links, land)
    print(out)
