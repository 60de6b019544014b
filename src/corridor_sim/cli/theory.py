"""``corridor-sim theory``: circuit theory and absorbing chains on ASCII grids."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from corridor_sim.cli.options import Command, Option, option

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from corridor_sim.connectivity.ascii_grid import AsciiGrid
    from corridor_sim.connectivity.chain import AbsorbingChain
    from corridor_sim.connectivity.circuit import Pairs
    from corridor_sim.connectivity.focal import Focal
    from corridor_sim.connectivity.graph import ConductanceRaster, Graph

    F8 = NDArray[np.float64]

# so many disconnected pairs are named one by one
NAMED_PAIRS = 5


def _raster(args: argparse.Namespace) -> tuple[AsciiGrid, ConductanceRaster]:
    import numpy as np

    from corridor_sim.connectivity.graph import conductance_raster
    from corridor_sim.connectivity.grid_file import read_grid

    grid = read_grid(args.grid)
    values = grid.values
    if args.mask:
        values = np.where(_beside(args.mask, grid) > 0, values, np.nan)
    raster = conductance_raster(
        values,
        values_are=args.values,
        neighbours=args.neighbours,
        connect=args.connect.replace("-", "_"),
        regions=_beside(args.regions, grid) if args.regions else None,
        where=args.grid,
    )
    return grid, raster


def _beside(path: str, grid: AsciiGrid) -> F8:
    from corridor_sim.connectivity.grid_file import read_grid

    other = read_grid(path)
    grid.same_place(other)
    return other.values


def _focal(args: argparse.Namespace, grid: AsciiGrid) -> Focal:
    from corridor_sim.connectivity.lists import read_focal

    return read_focal(args.points, grid)


def _several(args: argparse.Namespace, grid: AsciiGrid) -> Focal:
    from corridor_sim.errors import LandscapeError

    focal = _focal(args, grid)
    if len(focal.ids) < 2:
        raise LandscapeError(
            f"holds one focal point, {focal.ids[0]}", where=args.points, remedy="give two or more"
        )
    return focal


def _pairs(args: argparse.Namespace, focal: Focal) -> Pairs | None:
    from corridor_sim.connectivity.lists import read_pairs

    return read_pairs(args.pairs, focal) if args.pairs else None


def _resistance(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.files import write_text

    grid, raster = _raster(args)
    focal = _several(args, grid)
    rows = (_pairwise if args.mode == "pairwise" else _one_to_all)(args, raster, focal)
    text = "\n".join(" ".join(row) for row in rows) + "\n"
    if args.out:
        print(write_text(Path(args.out), text))
    else:
        print(text, end="")


def _pairwise(args: argparse.Namespace, raster: ConductanceRaster, focal: Focal) -> list[list[str]]:
    from corridor_sim.connectivity.circuit import disconnected_pairs, pairwise_resistance

    found = pairwise_resistance(raster, focal, pairs=_pairs(args, focal), method=args.method)
    _say_disconnected(disconnected_pairs(found, focal))
    rows = zip(focal.ids, found, strict=True)
    return [
        ["0", *map(str, focal.ids)],
        *([str(name), *(f"{value:.10g}" for value in row)] for name, row in rows),
    ]


def _one_to_all(
    args: argparse.Namespace, raster: ConductanceRaster, focal: Focal
) -> list[list[str]]:
    from corridor_sim.connectivity.circuit import one_to_all

    every = list(one_to_all(raster, focal, pairs=_pairs(args, focal), method=args.method))
    lonely = [name for name, _, flow in every if flow is None]
    if lonely:
        names = ", ".join(map(str, lonely))
        _note(f"no other focal point can be reached from {names}: infinite resistance")
    return [[str(name), f"{value:.10g}"] for name, value, _ in every]


def _say_disconnected(pairs: list[tuple[int, int]]) -> None:
    if pairs:
        named = ", ".join(f"{a} and {b}" for a, b in pairs[:NAMED_PAIRS])
        more = f" and {len(pairs) - NAMED_PAIRS} more pairs" if len(pairs) > NAMED_PAIRS else ""
        _note(f"not connected, infinite resistance: {named}{more}")


def _note(text: str) -> None:
    print(f"corridor-sim: {text}", file=sys.stderr)


def _current(args: argparse.Namespace) -> None:
    from corridor_sim.connectivity import circuit
    from corridor_sim.connectivity.grid_file import write_grid

    _check_current(args)
    grid, raster = _raster(args)
    if args.sources:
        total = _between_sources(args, grid, raster)
    elif args.mode == "pairwise":
        focal = _several(args, grid)
        found, total = circuit.pairwise_current(
            raster, focal, pairs=_pairs(args, focal), combine=args.combine, method=args.method
        )
        _say_disconnected(circuit.disconnected_pairs(found, focal))
    else:
        total = _summed(args, grid, raster)
    print(write_grid(args.out, total, grid))


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


def _between_sources(args: argparse.Namespace, grid: AsciiGrid, raster: ConductanceRaster) -> F8:
    from corridor_sim.connectivity import circuit
    from corridor_sim.connectivity.grid_file import write_grid
    from corridor_sim.connectivity.lists import read_sources

    grounds = read_sources(args.grounds, grid, inverse=args.grounds_are == "resistance")
    sources = read_sources(args.sources, grid)
    flow = circuit.advanced(raster, sources, grounds, method=args.method)
    if flow.ignored_a:
        _note(f"sources of {flow.ignored_a:g} A reach no ground and were left out")
    total = flow.current_map()
    if args.voltages:
        print(write_grid(args.voltages, flow.voltage_map(), grid))
    return total


def _summed(args: argparse.Namespace, grid: AsciiGrid, raster: ConductanceRaster) -> F8:
    import numpy as np

    from corridor_sim.connectivity import circuit
    from corridor_sim.connectivity.lists import read_strengths

    focal = _several(args, grid)
    how: dict[str, Any] = {"pairs": _pairs(args, focal), "method": args.method}
    how["strengths"] = read_strengths(args.strengths, focal) if args.strengths else None
    if args.mode == "one-to-all":
        flows = ((i, flow) for i, _, flow in circuit.one_to_all(raster, focal, **how))
    else:
        flows = ((i, flow) for i, flow in circuit.all_to_one(raster, focal, **how))
    total = np.where(raster.conductance > 0, 0.0, np.nan)
    for name, flow in flows:
        if flow is None:
            _note(f"focal point {name} is connected to no other")
            continue
        found, before = flow.current_map(), np.where(np.isnan(total), 0, total)
        total = before + found if args.combine == "sum" else np.maximum(before, found)
    return total


def _chain(args: argparse.Namespace) -> tuple[AsciiGrid, Graph, AbsorbingChain]:
    from corridor_sim.connectivity.chain import walk_chain

    grid, raster = _raster(args)
    graph = raster.graph()
    mortality: float | F8
    try:
        # "1_0" is a name, not a number
        mortality = float(args.mortality.replace("_", "x"))
    except ValueError:
        mortality = _beside(args.mortality, grid)
    return grid, graph, walk_chain(graph, mortality, method=args.method)


def _survival(args: argparse.Namespace) -> None:
    import numpy as np

    grid, graph, chain = _chain(args)
    steps = chain.survival_time()
    for_ever = int(np.count_nonzero(np.isinf(steps)))
    if for_ever:
        _note(f"from {for_ever} of {steps.size} nodes death is not certain: no data in the map")
    _write(args, grid, graph, np.where(np.isinf(steps), np.nan, steps))


def _visits(args: argparse.Namespace) -> None:
    import numpy as np

    grid, graph, chain = _chain(args)
    places = _focal(args, grid).all_nodes(graph)
    start = np.zeros(graph.n_nodes)
    for nodes in places:
        start[nodes] += 1 / (nodes.size * len(places))
    visits = chain.expected_visits(start, args.steps)
    if args.steps is None:
        visits = _no_smaller(visits, chain.reached_from(start), "visits are")
    _write(args, grid, graph, visits)


def _passage(args: argparse.Namespace) -> None:
    import numpy as np

    grid, graph, chain = _chain(args)
    nodes = np.concatenate(_focal(args, grid).all_nodes(graph))
    if args.what == "probability":
        values = _no_smaller(
            chain.hitting_probability(nodes), chain.reaches(nodes), "the chance is"
        )
    else:
        values = chain.first_passage_time(nodes)
        never = int(np.count_nonzero(np.isinf(values)))
        if never:
            _note(f"from {never} of {values.size} nodes none arrives: no data in the map")
        values = np.where(np.isinf(values), np.nan, values)
    _write(args, grid, graph, values)


def _no_smaller(values: F8, possible: NDArray[np.bool_], what: str) -> F8:
    """Put 0 for what is below the smallest full double, and say of how many nodes."""
    import numpy as np

    rare = possible & (values < np.finfo(np.float64).tiny)
    if np.any(rare):
        _note(
            f"in {int(rare.sum())} of {values.size} nodes {what} above 0 but below 2.3e-308, "
            "too small to be written: 0 in the map"
        )
    return np.where(rare, 0, values)


def _write(args: argparse.Namespace, grid: AsciiGrid, graph: Graph, values: F8) -> None:
    from corridor_sim.connectivity.grid_file import write_grid

    print(write_grid(args.out, graph.to_map(values), grid))


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
