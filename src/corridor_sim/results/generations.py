"""What many generations gave: tables to work with, and files and a page to hand on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.errors import ResultsError, counted
from corridor_sim.gis import layers as looks
from corridor_sim.glance import Glance, Rows

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import geopandas as gpd
    import pandas as pd

    from corridor_sim.comparison.generations_tables import Found
    from corridor_sim.spreadsheets.sheets import Naming

TABLES = ("outcomes", "pairs", "blocks", "yearly")
# what a folder holds that is a study, whose report would be written over
STUDY = "experiment.json"


@dataclass(slots=True, repr=False)
class GenerationsResults(Glance):
    """Many generations of one scenario, or of one compared with another.

    Attributes
    ----------
    found : Found
        Everything there is, as the page takes it.
    command : str
        The command that makes the same; empty if there is none.
    seconds : float
        What it took.
    files : tuple of Path
        What was written so far.
    """

    found: Found
    command: str = ""
    seconds: float = 0.0
    files: tuple[Path, ...] = ()

    @property
    def outcomes(self) -> pd.DataFrame:
        """One row a species and outcome: ``unit``, ``mean``, ``mean_low``, ``mean_high``, ``n``.

        Where two scenarios are compared, also ``mean_against`` and the paired ``mean_change`` with
        its interval.
        """
        return self.found.outcomes

    @property
    def pairs(self) -> pd.DataFrame:
        """One row a species and ordered pair of blocks that both feed an animal.

        ``generations`` until ``to`` is reached from ``from`` with chance 1/2 (inf = not within
        100) with ``generations_low``, ``generations_high``; ``chance_in_10``, that of being reached
        within ten; ``direct`` and ``through`` homes
        outside, animals a generation, and both together as ``migrants`` with its interval;
        ``one_migrant`` (yes, no, open); ``fst`` after the years and ``fst_rest`` where differences
        stand; ``via``, the blocks of the best chain, and the animals a generation over its
        ``weakest_step``; ``path``, whether there is any way at all. Where two scenarios are
        compared, ``arrival`` says sooner, later, same or open.
        """
        return self.found.pairs

    @property
    def blocks(self) -> pd.DataFrame:
        """One row a species and block that feeds an animal.

        Animals that it ``feeds``, ``residents`` after the years and ``at_rest``, ``arrivals`` from
        other blocks a generation, and the chance that it ``dies_out`` within the years if nobody
        came from elsewhere.
        """
        return self.found.blocks

    @property
    def yearly(self) -> pd.DataFrame:
        """One row a species and year: independent ``animals`` at its beginning."""
        return self.found.yearly

    @property
    def tiles(self) -> gpd.GeoDataFrame:
        """One row a species and tile: polygons in map metres.

        Animals that it ``feeds``, ``residents``, ``settlers`` a generation, and
        ``stepping_stones``: lines between two blocks that have a home there, a generation.
        """
        return self.found.tiles

    def _glance(self) -> tuple[str, Rows]:
        found, names = self.found, self.found.names
        machine = found.asked.machine
        rows = [("compared with", names[1] if len(names) > 1 else "")]
        rows += [("blocks", str(machine.blocks.n)), ("years", str(machine.years))]
        rows.append(("replicates", str(found.replicates)))
        rows += [(one.name, self._in_short(one.key)) for one in found.species]
        return f"many generations of {names[0]!r}", rows

    def _in_short(self, key: str) -> str:
        pairs = self.pairs[self.pairs["species"] == key]
        gone = int((pairs["generations"] < float("inf")).sum())
        return (
            f"{gone} of {counted(len(pairs), 'way')} between blocks bridged within 100 generations"
        )

    def write(self, out: str | Path) -> list[Path]:
        """Write tables, tiles with a QGIS style, figures and the page ``report.html``.

        Parameters
        ----------
        out : path
            Folder; files of the same names are written over.

        Returns
        -------
        list of Path

        Raises
        ------
        ResultsError
            The folder holds a study, the disk is full, or it cannot be written.
        """
        from corridor_sim.landscape.io.export import write_style
        from corridor_sim.report.generations import write_generations_report
        from corridor_sim.report.gis import write_generations_project
        from corridor_sim.spreadsheets.folder import keep_exact, write_spreadsheets

        folder = Path(out)
        if (folder / STUDY).exists():
            raise ResultsError("holds a study", where=folder, remedy="use another folder")
        written = [keep_exact(folder, name, getattr(self, name)) for name in TABLES]
        written += write_spreadsheets(folder, self._naming())
        written += [self._write_tiles(folder), write_style(folder / "tiles.qml", self._style())]
        written.append(write_generations_project(self.found, folder))
        written.append(write_generations_report(self.found, folder, self.command))
        self.files = tuple(written)
        return written

    def _naming(self) -> Naming:
        from corridor_sim.comparison.generations_tables import TABLE
        from corridor_sim.spreadsheets.sheets import Naming

        found = self.found
        names = {one.key: one.common_name for one in found.species}
        return Naming(found.names[0], self.command, names, TABLE, prefix="generations_")

    def _write_tiles(self, folder: Path) -> Path:
        from corridor_sim.landscape.io.export import VectorLayer, write_geopackage

        layers: dict[str, VectorLayer] = {}
        for one in self.found.species:
            mine = self.tiles[self.tiles["species"] == one.key]
            columns: dict[str, list[Any]] = {
                str(name): mine[name].tolist() for name in mine.columns if name != "geometry"
            }
            layers[one.key] = ("MultiPolygon", list(mine.geometry), columns)
        styles = dict.fromkeys(layers, self._style())
        return write_geopackage(folder / "tiles.gpkg", layers, self.found.land.grid.crs, styles)

    def _style(self) -> Element:
        return looks.tiles(self.tiles["residents"].tolist())

    def show(self) -> None:
        """Print the tables that the command prints."""
        from corridor_sim.report.text.generations import terminal_pairs, terminal_rows
        from corridor_sim.report.text.terminal import print_table

        print_table(*terminal_rows(self.found), names=(0,), left=(1,))
        head, rows = terminal_pairs(self.found)
        if rows:
            print()
            print_table(head, rows, names=(0, 1, 2, 5), left=(3, 4))
