"""Conefor: nodes and links of a habitat network, and the indices that are read from them.

Two text files without headers, columns apart by blanks or tabs (Saura & Torné 2009, Environmental
Modelling & Software 24:135; Conefor 2.6 manual): *nodes* ``id attribute``, *links* ``id id value``,
a distance or a probability of direct dispersal. The links are a full list, every pair of nodes, or
a partial one: pairs that are left out are not linked. A link is the same both ways.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.graph import option
from corridor_sim.connectivity.text_file import lines_of, numbers
from corridor_sim.errors import LandscapeError, counted
from corridor_sim.files import write_csv, write_text
from corridor_sim.memory import refuse_beyond

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]
LINKS_ARE = ("distance", "probability")
# lines of a file of links: every pair of 2000 nodes
MOST_LINKS = 2_000_000
# bytes for each pair of nodes while indices are reckoned
PAIR_BYTES = 48
LARGEST_ID = 2**53


@dataclass(frozen=True, eq=False)
class Conefor:
    """Nodes and links as Conefor has them.

    Attributes
    ----------
    nodes : DataFrame
        One row a node: ``node`` (int64, above 0), ``attribute`` (float64, 0 or more, mostly its
        area) and, where it is known, ``name``.
    links : DataFrame
        One row a pair: ``from_node``, ``to_node`` (int64) and ``distance`` or ``probability``
        (float64).
    links_are : {"distance", "probability"}

    Examples
    --------
    >>> import corridor_sim as cs
    >>> import pandas as pd
    >>> nodes = pd.DataFrame({"node": [1, 2], "attribute": [3.0, 4.0]})
    >>> links = pd.DataFrame({"from_node": [1], "to_node": [2], "probability": [0.5]})
    >>> two = cs.formats.Conefor(nodes, links, "probability")
    >>> float(two.indices()["EC(PC)"])  # sqrt(9 + 16 + 2 * 3 * 4 * 0.5)
    6.082762530298219
    """

    nodes: pd.DataFrame
    links: pd.DataFrame
    links_are: Literal["distance", "probability"]
    where: str = field(default="links", repr=False)

    def __post_init__(self) -> None:
        option(self.links_are, LINKS_ARE, "links_are")
        _check(self.nodes, self.links, self.links_are, self.where)

    @property
    def is_full(self) -> bool:
        """Whether every pair of nodes is listed."""
        n = len(self.nodes)
        return len(self.links) == n * (n - 1) // 2

    @classmethod
    def read(
        cls,
        nodes: str | Path,
        links: str | Path,
        links_are: Literal["distance", "probability"] = "distance",
    ) -> Conefor:
        """Read a file of nodes and one of links.

        Parameters
        ----------
        nodes, links : path
            Text, blanks or tabs between columns; packed (``.gz``) too.
        links_are : {"distance", "probability"}
            What the third column of the links is; no file says it.

        Raises
        ------
        LandscapeError
            In one line, with its number: no such file, no plain text, not two or three numbers on a
            line, an id that is no whole number above 0 or comes twice, an attribute or distance
            below 0, a probability outside 0 to 1, a link of a node with itself or with one that is
            not in the nodes, or a pair with two values.
        """
        option(links_are, LINKS_ARE, "links_are")
        node_file, link_file = Path(nodes), Path(links)
        import pandas as pd

        found, lines = _table(node_file, 2)
        if not len(found):
            raise LandscapeError("has no node", where=node_file, remedy="give lines: id attribute")
        ids = _ids(found[:, :1], lines, node_file)[:, 0]
        _refuse_line(found[:, 1] < 0, lines, node_file, "an attribute below 0", "give 0 or more")
        seen: set[int] = set()
        for number, line in zip(ids.tolist(), lines, strict=True):
            if number in seen:
                raise LandscapeError(
                    f"node {number} comes twice", where=f"{node_file}:{line}", remedy="keep one"
                )
            seen.add(number)
        pairs = _pairs(link_file, links_are, seen)
        table = pd.DataFrame({"node": ids, "attribute": found[:, 1]})
        return cls(table, pairs, links_are, str(link_file))

    @classmethod
    def of(cls, land: Landscape, species: Species | str | Path) -> Conefor:
        """Make core areas nodes, and the least cost between them distances.

        Parameters
        ----------
        land : Landscape
            With two core areas or more.
        species : Species, str or path
            Whose cost of movement counts, as in ``cs.propose_links``.

        Returns
        -------
        Conefor
            Attributes are km² of core area; distances are least-cost kilometres between the nearest
            edges: 1 for each kilometre of the best ground, 0 inside of core areas. Pairs between
            which there is no way are left out.

        Raises
        ------
        LandscapeError
            Fewer than two core areas.
        """
        import pandas as pd

        from corridor_sim.species.reader import load_species
        from corridor_sim.species.traits import Species as Known

        one = species if isinstance(species, Known) else load_species(species)
        zone = land["protected"].astype(np.int64)
        count = np.bincount(zone.reshape(-1), minlength=land.n_zones + 1)
        there = np.flatnonzero(count)[1 if count[0] else 0 :]
        if there.size < 2:
            raise LandscapeError(
                f"has {counted(there.size, 'core area')}",
                where=land.name,
                remedy="give two or more",
            )
        first, last, far = _least_cost_km(one, land, there)
        nodes = {"node": there, "attribute": count[there] * land.grid.cell_km2}
        nodes["name"] = np.array([land.zone_names[i] for i in there], object)
        links = {"from_node": there[first], "to_node": there[last], "distance": far}
        return cls(pd.DataFrame(nodes), pd.DataFrame(links), "distance", land.name)

    def write(self, folder: str | Path) -> list[Path]:
        """Write ``nodes.txt``, ``distances.txt`` or ``probabilities.txt``, and ``names.csv``.

        ``names.csv`` tells what each number is, for people; Conefor takes numbers alone.

        Raises
        ------
        ResultsError
            The folder cannot be written.
        """
        folder = Path(folder)
        rows = zip(self.nodes["node"].tolist(), self.nodes["attribute"].tolist(), strict=True)
        text = "".join(f"{node}\t{_plain(value)}\n" for node, value in rows)
        written = [write_text(folder / "nodes.txt", text)]
        pairs = (self.links[c].tolist() for c in ("from_node", "to_node", self.links_are))
        text = "".join(f"{a}\t{b}\t{_plain(value)}\n" for a, b, value in zip(*pairs, strict=True))
        name = "distances.txt" if self.links_are == "distance" else "probabilities.txt"
        written.append(write_text(folder / name, text))
        if "name" in self.nodes:
            named = zip(self.nodes["node"].tolist(), self.nodes["name"].tolist(), strict=True)
            written.append(write_csv(folder / "names.csv", ("node", "name"), list(named)))
        return written

    def probabilities(self, at_distance: float | None = None, chance: float = 0.5) -> F64:
        """Return the probability of direct dispersal between all nodes, ``[node, node]``.

        Parameters
        ----------
        at_distance : float, optional
            Distance, in the unit of the links, that is crossed with ``chance``: ``p = exp(-k d)``
            with ``k = -ln(chance) / at_distance``. Needed for distances alone.
        chance : float
            Above 0 and below 1.
        """
        n = len(self.nodes)
        refuse_beyond(
            PAIR_BYTES * n * n, f"a network of {n} nodes", "take fewer nodes", where=self.where
        )
        values = self.links[self.links_are].to_numpy(np.float64)
        if self.links_are == "distance":
            if at_distance is None or not (math.isfinite(at_distance) and at_distance > 0):
                raise LandscapeError(
                    "distances become probabilities by none",
                    where="at_distance",
                    remedy="give the distance, above 0, that is crossed with the chance",
                )
            if not 0 < chance < 1:
                raise LandscapeError(f"{chance:g}", where="chance", remedy="above 0 and below 1")
            values = np.exp(math.log(chance) / at_distance * values)
        out = np.eye(n)
        a, b = self._positions()
        out[a, b] = out[b, a] = values
        return out

    def indices(
        self,
        at_distance: float | None = None,
        chance: float = 0.5,
        *,
        threshold: float | None = None,
        landscape_area: float | None = None,
    ) -> pd.Series[Any]:
        """Return what Conefor tells of the whole network.

        ``PC = sum_ij a_i a_j p*_ij / A^2`` with ``p*`` the best product of probabilities over any
        path (Saura & Pascual-Hortal 2007, Landscape and Urban Planning 83:91), ``EC(PC) = sqrt(sum
        a_i a_j p*_ij)`` (Saura et al. 2011, Ecological Indicators 11:407), ``IIC`` with ``1 / (1 +
        links on the shortest path)`` in its place (Pascual-Hortal & Saura 2006, Landscape Ecology
        21:959).

        Parameters
        ----------
        at_distance, chance
            As for :meth:`probabilities`.
        threshold : float, optional
            For IIC and components: nodes are linked up to this distance, or from this probability
            on; without it all that are listed, with a probability above 0.
        landscape_area : float, optional
            ``A``, in the unit of the attributes; without it PC and IIC are left out.

        Returns
        -------
        Series
            ``NL`` (links), ``NC`` (components), ``EC(PC)``, ``EC(IIC)``, in the unit of attributes,
            and ``PC``, ``IIC``.
        """
        import pandas as pd

        area = self.nodes["attribute"].to_numpy(np.float64)
        if landscape_area is not None and not landscape_area > 0:
            raise LandscapeError(f"{landscape_area:g}", where="landscape_area", remedy="above 0")
        best = _best_products(self.probabilities(at_distance, chance))
        linked = self._linked(threshold)
        steps, n_parts = _steps(linked)
        pc, iic = area @ best @ area, area @ (1 / (1 + steps)) @ area
        found: dict[str, float] = {"NL": int(linked.sum()) // 2, "NC": n_parts}
        found |= {"EC(PC)": math.sqrt(pc), "EC(IIC)": math.sqrt(iic)}
        if landscape_area is not None:
            found |= {"PC": pc / landscape_area**2, "IIC": iic / landscape_area**2}
        return pd.Series(found)

    def importance(self, at_distance: float | None = None, chance: float = 0.5) -> pd.DataFrame:
        """Return by how much each node raises PC, in per cent, and why.

        ``dPC = 100 (PC - PC without the node) / PC`` and its parts: ``intra``, what lies inside the
        node, ``flux``, what begins or ends in it, ``connector``, what it does for others (Saura &
        Rubio 2010, Ecography 33:523).

        Parameters
        ----------
        at_distance, chance
            As for :meth:`probabilities`.

        Returns
        -------
        DataFrame
            ``node``, ``dPC``, ``dPCintra``, ``dPCflux``, ``dPCconnector``; ``name`` if known.
        """
        import pandas as pd

        area = self.nodes["attribute"].to_numpy(np.float64)
        direct = self.probabilities(at_distance, chance)
        best = _best_products(direct)
        whole = area @ best @ area
        if not whole > 0:
            raise LandscapeError("all attributes are 0", where=self.where, remedy="give areas")
        without = []
        for k in range(area.size):
            rest = np.arange(area.size) != k
            less = _best_products(direct[np.ix_(rest, rest)])
            without.append(area[rest] @ less @ area[rest])
        intra = area**2
        flux = 2 * (area * (best @ area) - intra)
        total = whole - np.array(without)
        parts = {"dPC": total, "dPCintra": intra, "dPCflux": flux}
        # rounding may leave a little below nothing
        parts["dPCconnector"] = np.where(
            total - intra - flux > 1e-12 * whole, total - intra - flux, 0
        )
        found = {"node": self.nodes["node"], **{k: 100 * v / whole for k, v in parts.items()}}
        return pd.DataFrame({**found, **{c: self.nodes[c] for c in ("name",) if c in self.nodes}})

    def _positions(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        ids = self.nodes["node"].to_numpy()
        order = np.argsort(ids)
        both = (self.links[c].to_numpy() for c in ("from_node", "to_node"))
        a, b = (order[np.searchsorted(ids[order], one)] for one in both)
        return a, b

    def _linked(self, threshold: float | None) -> NDArray[np.bool_]:
        values = self.links[self.links_are].to_numpy(np.float64)
        if threshold is not None and not math.isfinite(threshold):
            raise LandscapeError(f"{threshold:g}", where="threshold", remedy="give a number")
        if self.links_are == "distance":
            close = np.isfinite(values) if threshold is None else values <= threshold
        else:
            close = values > 0 if threshold is None else values >= threshold
        out = np.zeros((len(self.nodes),) * 2, np.bool_)
        a, b = (one[close] for one in self._positions())
        out[a, b] = out[b, a] = True
        return out


def _best_products(direct: F64) -> F64:
    """Return the largest product of probabilities over any path, ``[node, node]``."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    a, b = np.nonzero(direct * ~np.eye(len(direct), dtype=np.bool_))
    # a certain step has length 0; in a sparse graph a 0 that is written is an edge
    length = -np.log(direct[a, b])
    graph = csr_array((np.maximum(length, 0.0), (a, b)), shape=direct.shape)
    return np.asarray(np.exp(-dijkstra(graph)))


def _steps(linked: NDArray[np.bool_]) -> tuple[F64, int]:
    """Return links on the shortest paths, ``[node, node]``, and the number of components."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components, shortest_path

    graph = csr_array(linked.astype(np.float64))
    steps = shortest_path(graph, unweighted=True)
    return np.asarray(steps), int(connected_components(graph, directed=False)[0])


def _least_cost_km(
    species: Species, land: Landscape, zones: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], F64]:
    """Return pairs of positions in ``zones`` and the least cost between their nearest edges."""
    from scipy.sparse.csgraph import dijkstra

    from corridor_sim.landscape.routing import edge_graph
    from corridor_sim.links.propose import ground_cost

    zone = land["protected"].reshape(-1).astype(np.int64)
    graph = edge_graph(ground_cost([species], land))
    first, last, far = [], [], []
    for i, name in enumerate(zones[:-1]):
        reach = dijkstra(graph, indices=np.flatnonzero(zone == name), min_only=True)
        nearest = np.full(land.n_zones + 1, np.inf)
        np.minimum.at(nearest, zone, reach)
        for j in range(i + 1, zones.size):
            if np.isfinite(nearest[zones[j]]):
                first.append(i)
                last.append(j)
                far.append(nearest[zones[j]] * land.grid.cell_m / 1000)
    return np.array(first, np.intp), np.array(last, np.intp), np.array(far, np.float64)


def _check(nodes: pd.DataFrame, links: pd.DataFrame, links_are: str, where: str) -> None:
    """Refuse tables that are no network, whoever made them."""
    for table, columns in (
        (nodes, ("node", "attribute")),
        (links, ("from_node", "to_node", links_are)),
    ):
        for column in columns:
            if column not in table:
                raise LandscapeError(
                    f"has no column {column!r}", where=where, remedy=f"give {', '.join(columns)}"
                )
    values = links[links_are].to_numpy(np.float64)
    most = 1.0 if links_are == "probability" else math.inf
    ids, area = nodes["node"].to_numpy(), nodes["attribute"].to_numpy(np.float64)
    both = links[["from_node", "to_node"]].to_numpy()
    for bad, what in (
        (np.unique(ids).size != ids.size, "a node comes twice"),
        (not np.all(np.isfinite(area) & (area >= 0)), "an attribute is no number from 0 on"),
        (not np.all((values >= 0) & (values <= most)), f"a {links_are} is out of its range"),
        (not np.isin(both, ids).all(), "a link names a node that is not there"),
        (bool(np.any(both[:, 0] == both[:, 1])), "a node is linked with itself"),
        (len(np.unique(np.sort(both, axis=1), axis=0)) < len(both), "a pair comes twice"),
    ):
        if bad:
            raise LandscapeError(what, where=where, remedy="correct the table")


def _table(path: Path, columns: int) -> tuple[F64, list[int]]:
    """Return a file of numbers ``[row, column]`` and the number of each line."""
    lines = lines_of(path, columns, most=MOST_LINKS)
    rows = np.empty((len(lines), columns))
    for at, (number, text) in enumerate(lines):
        rows[at] = numbers(text, columns, path, number)
    return rows, [number for number, _ in lines]


def _ids(values: F64, lines: list[int], path: Path) -> NDArray[np.int64]:
    bad = ((values != np.floor(values)) | (values < 1) | (values >= LARGEST_ID)).any(axis=1)
    _refuse_line(bad, lines, path, "no number of a node", "use whole numbers above 0")
    return values.astype(np.int64)


def _pairs(path: Path, links_are: str, known: set[int]) -> pd.DataFrame:
    """Read links; a pair that comes both ways with one value is one link."""
    import pandas as pd

    found, lines = _table(path, 3)
    ids, values = _ids(found[:, :2], lines, path), found[:, 2]
    most = 1.0 if links_are == "probability" else math.inf
    remedy = "give 0 to 1" if links_are == "probability" else "give 0 or more"
    _refuse_line((values < 0) | (values > most), lines, path, f"no {links_are}", remedy)
    _refuse_line(ids[:, 0] == ids[:, 1], lines, path, "a node linked with itself", "leave it out")
    met: dict[tuple[int, int], float] = {}
    for (a, b), value, line in zip(ids.tolist(), values.tolist(), lines, strict=True):
        lost = next((one for one in (a, b) if one not in known), None)
        if lost is not None:
            raise LandscapeError(
                f"links node {lost}, which is not among the nodes",
                where=f"{path}:{line}",
                remedy="give both files of one network",
            )
        pair = (min(a, b), max(a, b))
        if met.setdefault(pair, value) != value:
            raise LandscapeError(
                f"{a} and {b} have {value:g} here and {met[pair]:g} before",
                where=f"{path}:{line}",
                remedy="keep one: a link is the same both ways",
            )
    both = np.array(list(met), np.int64).reshape(-1, 2)
    columns = {"from_node": both[:, 0], "to_node": both[:, 1]}
    return pd.DataFrame({**columns, links_are: np.array(list(met.values()), np.float64)})


def _refuse_line(
    bad: NDArray[np.bool_], lines: list[int], path: Path, what: str, remedy: str
) -> None:
    if np.any(bad):
        raise LandscapeError(what, where=f"{path}:{lines[int(np.argmax(bad))]}", remedy=remedy)


def _plain(value: float) -> str:
    """Return a number with all its digits, without a point where it is whole."""
    return str(int(value)) if value == int(value) and abs(value) < LARGEST_ID else repr(value)
