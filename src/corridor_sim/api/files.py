"""Tables and schemas of the files that users write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.errors import ResultsError

if TYPE_CHECKING:
    from corridor_sim.landscape.covers import CoverTable
    from corridor_sim.report.pdf import Printed


def cover_table(table: str | Path) -> CoverTable:
    """Return a table of land-cover classes: codes, keys, names, colours, and what is forest.

    Parameters
    ----------
    table : str or path
        ``"andes-amazon"``, ``"corine"``, ``"esa-worldcover"``, ``"mapbiomas"`` or ``"nlcd"``, or a
        file ``.csv`` or ``.toml`` of your own.

    Returns
    -------
    CoverTable
        ``table["water"]`` is one class, ``table.to_frame()`` all of them as a pandas frame.

    Raises
    ------
    LandscapeError
        No such table, or a fault in the file, with its line.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.cover_table("nlcd")["evergreen_forest"].code
    42
    """
    from corridor_sim.landscape.io.cover_file import read_cover_table

    return read_cover_table(str(table), Path())


def write_cover_table(table: CoverTable, path: str | Path) -> Path:
    """Write a table of land-cover classes as CSV, to be changed and given as ``cover_classes``.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ResultsError
        The name does not end in .csv, the file is there already, or it cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.write_cover_table(cs.cover_table("nlcd"), "classes.csv").name  # doctest: +SKIP
    'classes.csv'
    """
    from corridor_sim.files import write_text

    path = Path(path)
    if path.suffix.lower() != ".csv":
        raise ResultsError(
            f"unknown kind of file {path.suffix!r}", where=path, remedy="end it .csv"
        )
    if path.exists():
        raise ResultsError("is there already", where=path, remedy="give another name, or remove it")
    return write_text(path, table.to_frame().to_csv(index=False, lineterminator="\n"))


def write_pdf(folder: str | Path) -> Printed:
    """Print the pages of a results folder as PDF on A4, as the option ``--pdf`` of commands does.

    ``summary.pdf`` is the answer on one sheet, with a map where the study has one; ``report.pdf``
    the whole report with numbered pages, and all that is folded on the screen. A browser prints
    them (Chromium, Chrome or Edge), else WeasyPrint, else matplotlib, whichever is installed.

    Parameters
    ----------
    folder : path
        With a ``report.html``: of a run, comparison, ranking, sweep, fit or of generations.

    Returns
    -------
    Printed
        ``files``, ``pages`` of each, and ``by`` which program.

    Raises
    ------
    ResultsError
        No page there, or the folder cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> print(cs.write_pdf("results/fragmentation_and_climate"))  # doctest: +SKIP
    summary.pdf: 1 page, report.pdf: 37 pages; printed by chromium
    """
    from corridor_sim.report.pdf import write_pdfs

    return write_pdfs(Path(folder))


def schema(kind: str | None = None) -> dict[str, Any]:
    """Return the JSON Schema of settings files, as ``corridor-sim schema`` prints it.

    Parameters
    ----------
    kind : {"scenario", "experiment", "species", "links", "sweep", "sensitivity"}, optional
        If not given, those of scenarios, experiments and every edit, by name.

    Returns
    -------
    dict

    Raises
    ------
    ScenarioError
        No such kind.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.schema("scenario")["properties"]["replicates"]["default"]
    4
    """
    from corridor_sim.config.schemas import schema as schema_of
    from corridor_sim.landscape.edits import EDITS

    if kind is not None:
        return schema_of(kind)
    found = {one: schema_of(one) for one in ("scenario", "experiment")}
    shared = found["scenario"]["$defs"]
    return {**found, "edits": {name: shared[edit.__name__] for name, edit in EDITS.items()}}
