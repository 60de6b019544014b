"""``corridor-sim theory``: circuit theory and absorbing chains on ASCII grids."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from corridor_sim.cli.options import Command, Option, option

if TYPE_CHECKING:
    from corridor_sim.connectivity.grid_file import AsciiGrid


def _network(args: argparse.Namespace) -> tuple[AsciiGrid, dict[str, Any]]:
    """Return the ground, read once, and how it is made a network."""
    from corridor_sim.connectivity.grid_file import read_grid

    return read_grid(args.grid), {
        "values_are": args.values,
        "neighbours": args.neighbours,
        "connect": args.connect.replace("-", "_"),
        "regions": args.regions or None,
        "mask": args.mask or None,
        "method": args.method,
    }


def _say(found: Any) -> None:
    for note in found.attrs["note"].splitlines():
        print(f"corridor-sim: {note}", file=sys.stderr)


def _write(args: argparse.Namespace, grid: AsciiGrid, found: Any) -> None:
    from corridor_sim.connectivity.grid_file import write_grid

    _say(found)
    print(write_grid(args.out, found.values, grid, str(found.name)))


def _mortality(args: argparse.Namespace) -> float | str:
    try:
        # "1_0" is a name, not a number
        return float(args.mortality.replace("_", "x"))
    except ValueError:
        return str(args.mortality)


def _resistance(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.files import write_text
    from corridor_sim.theory import effective_resistance

    grid, how = _network(args)
    pairs = args.pairs or None
    found = effective_resistance(grid, args.points, mode=args.mode, pairs=pairs, **how)
    rows = [["0", *map(str, found.columns)]] if args.mode == "pairwise" else []
    values = zip(found.index, found.to_numpy(), strict=True)
    rows += [[str(name), *(f"{value:.10g}" for value in row)] for name, row in values]
    _say(found)
    text = "\n".join(" ".join(row) for row in rows) + "\n"
    if args.out:
        print(write_text(Path(args.out), text))
    else:
        print(text, end="")


def _check_current(args: argparse.Namespace) -> None:
    from corridor_sim.errors import CorridorSimError

    chosen = bool(args.points), bool(args.sources), bool(args.grounds)
    if chosen not in ((True, False, False), (False, True, True)):
        raise CorridorSimError(
            "what flows where", remedy="give either POINTS or both --sources and --grounds"
        )
    if args.strengths and (args.mode == "pairwise" or not args.points):
        raise CorridorSimError(
            "strengths of nothing",
            where="--strengths",
            remedy="use them with --mode one-to-all or all-to-one",
        )
    if args.voltages and args.points:
        raise CorridorSimError(
            "one map for many currents", where="--voltages", remedy="use --sources and --grounds"
        )


def _current(args: argparse.Namespace) -> None:
    from corridor_sim import theory

    _check_current(args)
    grid, how = _network(args)
    if args.sources:
        _flow(args, grid, how)
        return
    how |= {"pairs": args.pairs or None, "strengths": args.strengths or None}
    found = theory.current(grid, args.points, mode=args.mode, combine=args.combine, **how)
    _write(args, grid, found)


def _flow(args: argparse.Namespace, grid: AsciiGrid, how: dict[str, Any]) -> None:
    from corridor_sim.connectivity.grid_file import write_grid
    from corridor_sim.theory import flow

    found = flow(grid, args.sources, args.grounds, grounds_are=args.grounds_are, **how)
    if args.voltages:
        print(write_grid(args.voltages, found.voltage.values, grid, "voltage"))
    _write(args, grid, found.current)


def _survival(args: argparse.Namespace) -> None:
    from corridor_sim.theory import survival_time

    grid, how = _network(args)
    _write(args, grid, survival_time(grid, _mortality(args), **how))


def _visits(args: argparse.Namespace) -> None:
    from corridor_sim.theory import visits

    grid, how = _network(args)
    dying = _mortality(args)
    _write(args, grid, visits(grid, args.points, mortality=dying, steps=args.steps, **how))


def _passage(args: argparse.Namespace) -> None:
    from corridor_sim.theory import passage

    grid, how = _network(args)
    dying = _mortality(args)
    _write(args, grid, passage(grid, args.points, what=args.what, mortality=dying, **how))


def _run(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.formats import Circuitscape

    ini = Path(args.ini)
    for path in Circuitscape.read(ini).run(args.out, ini.stem):
        print(path)


def _network_indices(args: argparse.Namespace) -> None:
    from corridor_sim.formats import Conefor

    found = Conefor.read(args.nodes, args.links, args.links_are)
    distance, chance = args.at_distance, args.chance
    if args.importance:
        table = found.importance(distance, chance)
    else:
        whole = found.indices(
            distance, chance, threshold=args.threshold, landscape_area=args.landscape_area
        )
        table = whole.rename_axis("index").rename("value").reset_index()
    print(table.to_string(index=False, float_format=lambda value: f"{value:.10g}"))


_GRID: tuple[Option, ...] = (
    option("grid", help="ASCII grid or GeoTIFF of resistance or conductance"),
    option(
        "--values",
        choices=("resistance", "conductance"),
        default="resistance",
        help="what the grid holds [resistance]",
    ),
    option("--neighbours", type=int, choices=(4, 8), default=8, help="[8]"),
    option(
        "--connect",
        choices=("average-conductance", "average-resistance"),
        default="average-conductance",
        help="[average-conductance]",
    ),
    option("--regions", metavar="GRID", help="short-circuit regions by number"),
    option("--mask", metavar="GRID", help="cells at 0 or below and no data are left out"),
    option(
        "--method",
        choices=("auto", "direct", "amg"),
        default="auto",
        help="amg takes least memory [auto: by size]",
    ),
)
_PAIRS = option(
    "--pairs",
    metavar="FILE",
    help="list of pairs to look at, after a line: mode include, or: mode exclude",
)
_MAP = option("--out", metavar="FILE", required=True, help="ASCII grid to write, or GeoTIFF (.tif)")
_DYING: dict[str, Any] = {
    "metavar": "NUMBER|GRID",
    "default": "0",
    "help": "probability a step of dying",
}
_MAY_DIE = option("--mortality", **_DYING)
_CURRENT = (
    option("points", nargs="?", help="focal points; or give --sources and --grounds"),
    option(
        "--mode",
        choices=("pairwise", "one-to-all", "all-to-one"),
        default="pairwise",
        help="which currents flow, in turn [pairwise]",
    ),
    _PAIRS,
    option(
        "--strengths",
        metavar="FILE",
        help="list of number and amperes of focal points (one-to-all, all-to-one) [1 A each]",
    ),
    option(
        "--combine",
        choices=("sum", "max"),
        default="sum",
        help="what a cell gets of all these maps [sum]",
    ),
    option("--sources", metavar="GRID|LIST", help="amperes into each cell"),
    option("--grounds", metavar="GRID|LIST", help="resistance of each cell to the ground"),
    option(
        "--grounds-are",
        choices=("resistance", "conductance"),
        default="resistance",
        help="what --grounds holds; a resistance of 0 is a direct ground [resistance]",
    ),
    option("--voltages", metavar="FILE", help="map of voltages (--sources only)"),
    _MAP,
)
_ACTIONS = (
    Command(
        "resistance",
        "effective resistance between focal points",
        _resistance,
        (
            *_GRID,
            option("points", help="list (number x y) or grid of focal points"),
            option(
                "--mode", choices=("pairwise", "one-to-all"), default="pairwise", help="[pairwise]"
            ),
            _PAIRS,
            option("--out", metavar="FILE", help="text file [printed]"),
        ),
    ),
    Command("current", "map of the current through each cell", _current, (*_GRID, *_CURRENT)),
    Command(
        "run",
        "what a Circuitscape file asks for",
        _run,
        (
            option("ini", metavar="FILE.ini", help="options of a Circuitscape run"),
            option("--out", metavar="DIR", required=True, help="folder to write into"),
        ),
        description="Solve what the .ini file of a Circuitscape run asks for, and write its "
        "resistances and maps under Circuitscape's names.",
    ),
    Command(
        "network",
        "connectivity indices of Conefor's nodes and links",
        _network_indices,
        (
            option("nodes", help="text file: id attribute"),
            option("links", help="text file: id id value"),
            option(
                "--links-are",
                choices=("distance", "probability"),
                default="distance",
                help="what the third column of the links is [distance]",
            ),
            option(
                "--at-distance",
                type=float,
                metavar="D",
                help="distance that is crossed with --chance, in the unit of the links",
            ),
            option("--chance", type=float, default=0.5, metavar="P", help="[0.5]"),
            option(
                "--threshold",
                type=float,
                metavar="X",
                help="of IIC: linked up to this distance or from this probability on [all]",
            ),
            option(
                "--landscape-area",
                type=float,
                metavar="A",
                help="for PC and IIC, in the unit of the attributes",
            ),
            option("--importance", action="store_true", help="of each node: dPC and its parts"),
        ),
        description="PC, IIC and the equivalent connectivity of a habitat network, or with "
        "--importance how much each node contributes.",
    ),
    Command(
        "survival",
        "map of the expected steps until death",
        _survival,
        (*_GRID, option("--mortality", required=True, **_DYING), _MAP),
    ),
    Command(
        "visits",
        "map of the expected visits of walkers from points",
        _visits,
        (
            *_GRID,
            option("points", help="where walkers start, evenly over the places and within each"),
            _MAY_DIE,
            option("--steps", type=int, metavar="T", help="count the first T steps [all]"),
            _MAP,
        ),
    ),
    Command(
        "passage",
        "map of the steps or chance to reach a point",
        _passage,
        (
            *_GRID,
            option("points", help="where walkers shall arrive"),
            _MAY_DIE,
            option(
                "--what",
                choices=("time", "probability"),
                default="time",
                help="expected steps of those who arrive, or the share that does [time]",
            ),
            _MAP,
        ),
    ),
)
COMMANDS = (
    Command(
        "theory",
        "circuit theory and absorbing chains on an ASCII grid",
        description="Circuit theory and absorbing chains on an ASCII grid. "
        "Grids, points and defaults are those of Circuitscape.",
        epilog="""examples:
  corridor-sim theory resistance habitat.asc points.txt --out resistances.txt
  corridor-sim theory current habitat.asc points.txt --out current.asc
  corridor-sim theory current habitat.asc --sources sources.asc --grounds grounds.asc --out c.asc
  corridor-sim theory survival habitat.asc --mortality 0.001 --out steps.asc
  corridor-sim theory visits habitat.asc points.txt --mortality mortality.asc --out visits.asc
""",
        actions=_ACTIONS,
    ),
)
