"""Circuitscape: a run as its .ini file and the rasters and lists that it names.

What is asked is solved by :mod:`corridor_sim.theory`, whose defaults and conventions are
Circuitscape's; where it differs stands in the page on theory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim import theory
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.grid_file import AsciiGrid, read_grid, write_ascii_grid, write_grid
from corridor_sim.connectivity.lists import read_focal, read_pairs, read_sources, read_strengths
from corridor_sim.errors import LandscapeError
from corridor_sim.files import write_text
from corridor_sim.formats.circuitscape_ini import CONFLICTS, MODES, read_options

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.formats.circuitscape_ini import Options

F8 = NDArray[np.float64]
Mode = Literal["pairwise", "one-to-all", "all-to-one", "advanced"]
# so many digits give every number back as it was
EVERY_DIGIT = 17


@dataclass(frozen=True, eq=False)
class Circuitscape:
    """A run of Circuitscape: the ground, what flows where, and what is to be written.

    Attributes
    ----------
    ground : AsciiGrid
        Resistance or conductance ``[y, x]`` with its place; NaN where there is no data or the mask
        is not above 0.
    mode : {"pairwise", "one-to-all", "all-to-one", "advanced"}
    points : Focal or None
        Focal places of all modes but advanced.
    sources, grounds : float64 ``[y, x]`` or None
        Of advanced: amperes, and conductance to the ground (inf: a direct ground), 0 where none is.
    regions : float64 ``[y, x]`` or None
        Short-circuit regions by number.
    pairs : frozenset of frozenset or None
        Only these.
    strengths : mapping of int to float or None
        Amperes by focal place.
    network : mapping
        ``values_are``, ``neighbours``, ``connect`` of :mod:`corridor_sim.theory`, and
        ``conflicts``.
    maps : frozenset of str
        Of ``current``, ``max_current`` and ``voltage``: the maps that are asked for.
    ending : str
        ``.asc``, ``.asc.gz`` or ``.tif``: of the maps.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> import numpy as np
    >>> line = cs.formats.Circuitscape.of(np.ones((1, 3)), [(0.5, 0.5), (2.5, 0.5)])
    >>> round(float(line.solve()["resistances"].loc[1, 2]), 9)
    2.0
    """

    ground: AsciiGrid
    mode: Mode = "pairwise"
    points: Focal | None = None
    sources: F8 | None = field(default=None, repr=False)
    grounds: F8 | None = field(default=None, repr=False)
    regions: F8 | None = field(default=None, repr=False)
    pairs: frozenset[frozenset[int]] | None = None
    strengths: Mapping[int, float] | None = None
    network: Mapping[str, Any] = field(default_factory=dict)
    maps: frozenset[str] = frozenset({"current"})
    ending: str = ".asc"

    @classmethod
    def read(cls, path: str | Path) -> Circuitscape:
        """Read a run's ``.ini`` file, and all that it names.

        Files are looked for beside it, then from the current folder, from which Circuitscape takes
        them. Where it writes to is not taken: :meth:`run` is told a folder.

        Raises
        ------
        LandscapeError
            In one line: an option that is unknown or not offered (networks given as lists,
            reclassification, logarithmic maps, voltages of single pairs), or a file that is
            missing, no raster or list, or does not lie on the ground.
        """
        options = read_options(Path(path))
        on = options.on
        ground = read_grid(options.file("habitat_file"))
        if on["use_mask"]:
            mask = _map(options, "mask_file", ground)
            ground = replace(ground, values=np.where(mask > 0, ground.values, np.nan))
        regions = _map(options, "polygon_file", ground) if on["use_polygons"] else None
        kind = "resistance" if on["habitat_map_is_resistances"] else "conductance"
        average = "resistance" if on["connect_using_avg_resistances"] else "conductance"
        network = {
            "values_are": kind,
            "neighbours": 4 if on["connect_four_neighbors_only"] else 8,
            "connect": f"average_{average}",
            "conflicts": options.conflicts,
        }
        ending = ".tif" if on["write_as_tif"] else ".asc.gz" if on["compress_grids"] else ".asc"
        found = cls(
            ground,
            options.mode,  # type: ignore[arg-type]  # one of the four words, as read_options checks
            regions=regions,
            network=network,
            maps=_asked(options),
            ending=ending,
        )
        if options.mode == "advanced":
            into, down = _advanced(options, ground)
            return replace(found, sources=into, grounds=down)
        points = read_focal(options.file("point_file"), ground)
        pairs = strengths = None
        if on["use_included_pairs"]:
            pairs = read_pairs(options.file("included_pairs_file"), points)
        if on["use_variable_source_strengths"] and options.mode != "pairwise":
            strengths = read_strengths(options.file("variable_source_file"), points)
        return replace(found, points=points, pairs=pairs, strengths=strengths)

    @classmethod
    def of(
        cls,
        ground: theory.Ground,
        points: Any = None,
        *,
        mode: Mode = "pairwise",
        sources: theory.Map | None = None,
        grounds: theory.Map | None = None,
        **network: Any,
    ) -> Circuitscape:
        """Make a run of what :mod:`corridor_sim.theory` takes.

        Parameters
        ----------
        ground, points, **network
            As the functions of theory take them; of a Landscape ``of`` names a species or layer,
            and without points its core areas are the places.
        mode : {"pairwise", "one-to-all", "all-to-one", "advanced"}
        sources, grounds : map, optional
            Of advanced: amperes, and resistance to the ground.

        Raises
        ------
        CorridorSimError
            As those functions.
        """
        if mode not in MODES:
            raise LandscapeError(f"{mode!r}", where="mode", remedy=f"allowed: {', '.join(MODES)}")
        advanced = mode == "advanced"
        # core areas that are the places are joined; with sources and grounds nothing is
        made = theory.made_network(ground, network, () if advanced else points)  # type: ignore[arg-type]  # checked there key by key
        raster = made.raster
        values = np.where(raster.conductance > 0, made.grid.values, np.nan)
        found = cls(
            replace(made.grid, values=values),
            mode,
            regions=raster.regions.astype(np.float64) if raster.regions.any() else None,
            network={
                "values_are": network.get("values_are", "resistance"),
                "neighbours": raster.neighbours,
                "connect": raster.connect,
                "conflicts": "keep",
            },
        )
        if not advanced:
            return replace(found, points=made.several(points))
        if sources is None or grounds is None:
            raise LandscapeError("no sources or no grounds", where="advanced", remedy="give both")
        into, down = made.amounts(sources), made.amounts(grounds, inverse=True)
        return replace(found, sources=np.nan_to_num(into), grounds=_none_as_0(down))

    def solve(self) -> dict[str, Any]:
        """Return what the run gives.

        Returns
        -------
        dict
            ``resistances`` (DataFrame, pairwise and one-to-all), and as they are asked for
            ``current``, ``max_current`` and ``voltage`` (DataArrays). What there is to say stands
            in ``attrs["note"]`` of each.
        """
        how = {k: v for k, v in self.network.items() if k != "conflicts"}
        how["regions"] = self.regions
        if self.mode == "advanced":
            found = theory.flow(
                self.ground,
                self.sources,  # type: ignore[arg-type]  # given in this mode
                self.grounds,  # type: ignore[arg-type]  # given in this mode
                grounds_are="conductance",
                conflicts=self.network.get("conflicts", "keep"),
                **how,
            )
            return {name: found[name] for name in ("current", "voltage") if name in self.maps}
        out: dict[str, Any] = {}
        if self.mode != "all-to-one":
            out["resistances"] = theory.effective_resistance(
                self.ground, self.points, mode=self.mode, pairs=self.pairs, **how
            )
        for name, combine in (("current", "sum"), ("max_current", "max")):
            if name in self.maps:
                out[name] = theory.current(
                    self.ground,
                    self.points,
                    mode=self.mode,
                    pairs=self.pairs,
                    strengths=self.strengths,
                    combine=combine,  # type: ignore[arg-type]  # one of the two words
                    **how,
                )
        return out

    def run(self, folder: str | Path, name: str = "circuit") -> list[Path]:
        """Solve and write what Circuitscape would, under its names.

        ``NAME_resistances.out``, ``NAME_cum_curmap``, ``NAME_max_curmap``, and of advanced
        ``NAME_curmap`` and ``NAME_voltmap``, into a folder.

        Raises
        ------
        CorridorSimError
            It cannot be solved, or the folder cannot be written.
        """
        found, written = self.solve(), []
        ends = {"current": "curmap" if self.mode == "advanced" else "cum_curmap"}
        ends |= {"max_current": "max_curmap", "voltage": "voltmap"}
        for key, one in found.items():
            if key == "resistances" and self.points is not None:
                path = Path(folder) / f"{name}_resistances.out"
                written.append(write_text(path, _resistances(one, self.points.ids)))
            else:
                path = Path(folder) / f"{name}_{ends[key]}{self.ending}"
                written.append(write_grid(path, one.to_numpy(), self.ground))
        return written

    def write(self, folder: str | Path) -> Path:
        """Write ``circuit.ini`` and what it names into a folder, and return its path.

        Files are named as they lie in the folder: start Circuitscape there.

        Raises
        ------
        ResultsError
            The folder cannot be written.
        """
        folder, network = Path(folder), self.network
        four, average = network.get("neighbours") == 4, network.get("connect")
        said: dict[str, Any] = {
            "data_type": "raster",
            "scenario": self.mode,
            "habitat_file": self._grid(folder, "habitat.asc", self.ground.values),
            "habitat_map_is_resistances": network.get("values_are") != "conductance",
            "connect_four_neighbors_only": four,
            "connect_using_avg_resistances": average == "average_resistance",
            "use_polygons": self.regions is not None,
            "write_cur_maps": "current" in self.maps,
            "write_cum_cur_map_only": True,
            "write_max_cur_maps": "max_current" in self.maps,
            "write_volt_maps": "voltage" in self.maps,
            "write_as_tif": self.ending == ".tif",
            "compress_grids": self.ending == ".asc.gz",
            "set_null_currents_to_nodata": True,
            "set_null_voltages_to_nodata": True,
            "output_file": "circuit.out",
        }
        if self.regions is not None:
            marks = np.where(self.regions > 0, self.regions, np.nan)
            said["polygon_file"] = self._grid(folder, "regions.asc", marks)
        said |= self._advanced(folder) if self.mode == "advanced" else self._places(folder)
        lines = [f"{key} = {value}" for key, value in said.items()]
        return write_text(folder / "circuit.ini", "\n".join(["[Circuitscape]", *lines]) + "\n")

    def _grid(self, folder: Path, name: str, values: F8) -> str:
        write_ascii_grid(folder / name, values, self.ground, digits=EVERY_DIGIT)
        return name

    def _advanced(self, folder: Path) -> dict[str, Any]:
        assert self.sources is not None
        assert self.grounds is not None
        with np.errstate(divide="ignore"):
            ohm = np.where(self.grounds > 0, 1 / self.grounds, np.nan)
        word = {ours: theirs for theirs, ours in CONFLICTS.items()}
        into = np.where(self.sources != 0, self.sources, np.nan)
        return {
            "source_file": self._grid(folder, "sources.asc", into),
            "ground_file": self._grid(folder, "grounds.asc", ohm),
            "ground_file_is_resistances": True,
            "remove_src_or_gnd": word[self.network.get("conflicts", "keep")],
        }

    def _places(self, folder: Path) -> dict[str, Any]:
        assert self.points is not None
        points, g = self.points, self.ground
        rows, cols = g.values.shape
        said: dict[str, Any] = {"point_file": "points.asc" if points.has_regions else "points.txt"}
        if points.has_regions:
            marks = np.full(rows * cols, np.nan)
            for number, cells in zip(points.ids, points.cells, strict=True):
                marks[cells] = number
            self._grid(folder, "points.asc", marks.reshape(rows, cols))
        else:
            text = ""
            for number, cells in zip(points.ids, points.cells, strict=True):
                row, col = divmod(int(cells[0]), cols)
                x, y = g.west + (col + 0.5) * g.cell, g.south + (rows - row - 0.5) * g.cell
                text += f"{number} {x!r} {y!r}\n"
            write_text(folder / "points.txt", text)
        if self.pairs is not None:
            both = sorted(tuple(sorted(pair)) for pair in self.pairs)
            text = "".join(f"{a} {b}\n" for a, b in both)
            write_text(folder / "pairs.txt", f"mode include\n{text}")
            said |= {"use_included_pairs": True, "included_pairs_file": "pairs.txt"}
        if self.strengths is not None:
            text = "".join(f"{number} {a!r}\n" for number, a in self.strengths.items())
            write_text(folder / "strengths.txt", text)
            said |= {"use_variable_source_strengths": True}
            said |= {"variable_source_file": "strengths.txt"}
        return said


def _map(options: Options, key: str, like: AsciiGrid) -> F8:
    grid = read_grid(options.file(key))
    like.same_place(grid)
    return grid.values


def _asked(options: Options) -> frozenset[str]:
    """Return the maps that a file asks for; of all to one they are all there is."""
    on, mode = options.on, options.mode
    asked = {"current"} if on["write_cur_maps"] or on["write_cum_cur_map_only"] else set()
    if mode == "advanced":
        asked |= {"voltage"} if on["write_volt_maps"] or not asked else set()
    else:
        asked |= {"max_current"} if on["write_max_cur_maps"] else set()
        asked |= {"current"} if mode == "all-to-one" and not asked else set()
    return frozenset(asked)


def _advanced(options: Options, ground: AsciiGrid) -> tuple[F8, F8]:
    """Return amperes and conductances to the ground, 0 where none is."""
    on = options.on
    into = np.nan_to_num(read_sources(options.file("source_file"), ground))
    inverse = on["ground_file_is_resistances"]
    down = _none_as_0(read_sources(options.file("ground_file"), ground, inverse=inverse))
    if on["use_unit_currents"]:
        into = np.where(into > 0, 1.0, 0.0)
    if on["use_direct_grounds"]:
        down = np.where(down > 0, np.inf, 0.0)
    return into, down


def _none_as_0(values: F8) -> F8:
    return np.where(np.isnan(values), 0.0, values)


def _resistances(found: pd.DataFrame, ids: Sequence[int]) -> str:
    """Return resistances as Circuitscape writes them: a matrix under its numbers, or a list."""
    rows = [["0", *map(str, ids)]] if len(found.columns) == len(ids) else []
    for name, values in zip(ids, found.to_numpy(), strict=True):
        rows.append([str(name), *(f"{value:.10g}" for value in values)])
    return "".join(" ".join(row) + "\n" for row in rows)
