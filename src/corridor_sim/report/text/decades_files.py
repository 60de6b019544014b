"""What lies beside the report on decades, and how to open it with one's own tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corridor_sim.comparison.decades import LifeComparison


def file_rows(out: Path) -> list[dict[str, Any]]:
    """Return the rows of the table of files: links relative to the report, what, how to open.

    Parameters
    ----------
    out : Path
        The results folder; only what lies there is linked.
    """
    rows: list[dict[str, Any]] = []
    tables = [f"tables/{name}.parquet" for name in LifeComparison.names]
    rows.append(
        {
            "links": _links(out, tables),
            "what": "every number of this page and more: runs (each outcome of each run), summary, "
            "effects, yearly (census of every year), deaths, flux, scenarios, burn-in",
            "how": 'import pandas; pandas.read_parquet("tables/yearly.parquet")',
        }
    )
    rows.append(
        {
            "links": [("runs/*.npz", None)],
            "what": "one file a run: census by year, deaths with their cells, places of "
            "the animals "
            "of the first run, by species",
            "how": 'import numpy; numpy.load("runs/ID.npz")["jaguar/yearly"]',
        }
    )
    if any((out / "pedigrees").glob("*.npz")):
        rows.append(
            {
                "links": [("pedigrees/*.npz", None)],
                "what": "pedigree of each species in the first run of each scenario: mother, "
                "father, "
                "birth and death, sex, place",
                "how": "from pathlib import Path; "
                "from corridor_sim.genetics.pedigree import load_pedigree; "
                'load_pedigree(Path("pedigrees/ID_jaguar.npz"))',
            }
        )
    trees = sorted((out / "pedigrees").glob("*.trees"))
    if trees:
        rows.append(
            {
                "links": _links(out, [f"pedigrees/{trees[0].name}"])
                + (
                    [(f"and {len(trees) - 1} more pedigrees/*.trees", None)]
                    if len(trees) > 1
                    else []
                ),
                "what": "genomes of some of the living at the end as tree sequences, with the "
                "animals' metadata, for population geneticists' own tools",
                "how": f'import tskit; tskit.load("pedigrees/{trees[0].name}").diversity()',
            }
        )
    rows.append(
        {
            "links": [("figures/*.png", None), *_links(out, ["animation.html", "experiment.json"])],
            "what": "the figures of this page, its animation alone, and the resolved settings",
            "how": "any browser or viewer",
        }
    )
    return rows


def _links(out: Path, names: list[str]) -> list[tuple[str, str | None]]:
    return [(name, name if (out / name).is_file() else None) for name in names]
