"""What lies beside the report on decades, and how to open it with one's own tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corridor_sim.comparison.decades import DecadesComparison


def file_rows(out: Path) -> list[dict[str, Any]]:
    """Return the rows of the table of files: links relative to the report, what, how to open.

    Parameters
    ----------
    out : Path
        The results folder; only what lies there is linked.
    """
    rows = [
        _row(
            _links(out, [f"tables/{name}.parquet" for name in DecadesComparison.names]),
            "every number of this page and more: runs (each outcome of each run), summary, "
            "effects, yearly (census of every year), deaths, flux, scenarios, burn-in",
            'import pandas; pandas.read_parquet("tables/yearly.parquet")',
        ),
        _row(
            [("runs/*.npz", None)],
            "one file a run: census by year, deaths with their cells, places of the animals of the "
            "first run, by species",
            'import numpy; numpy.load("runs/ID.npz")["jaguar/yearly"]',
        ),
    ]
    if any((out / "pedigrees").glob("*.npz")):
        rows.append(
            _row(
                [("pedigrees/*.npz", None)],
                "pedigree of each species in the first run of each scenario: mother, father, birth "
                "and death, sex, place",
                "from pathlib import Path; "
                "from corridor_sim.genetics.pedigree import load_pedigree; "
                'load_pedigree(Path("pedigrees/ID_jaguar.npz"))',
            )
        )
    trees = [f"pedigrees/{path.name}" for path in sorted((out / "pedigrees").glob("*.trees"))]
    if trees:
        more = [(f"and {len(trees) - 1} more pedigrees/*.trees", None)] if len(trees) > 1 else []
        rows.append(
            _row(
                [*_links(out, trees[:1]), *more],
                "genomes of some of the living at the end as tree sequences, with the animals' "
                "metadata, for population geneticists' own tools",
                f'import tskit; tskit.load("{trees[0]}").diversity()',
            )
        )
    last = [("figures/*.png", None), *_links(out, ["animation.html", "experiment.json"])]
    what = "the figures of this page, its animation alone, and the resolved settings"
    return [*rows, _row(last, what, "any browser or viewer")]


def _row(links: list[tuple[str, str | None]], what: str, how: str) -> dict[str, Any]:
    return {"links": links, "what": what, "how": how}


def _links(out: Path, names: list[str]) -> list[tuple[str, str | None]]:
    return [(name, name if (out / name).is_file() else None) for name in names]
