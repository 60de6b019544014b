"""What lies in a results folder: rows of its tables, and every file's bytes."""

from __future__ import annotations

import csv
from pathlib import Path

from corridor_sim.files import frame_csv

# the record of times, and the plan, which holds a guess at them
TIMES = ("timings.tsv", "plan.json")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def exact_rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of an exact table of a results folder, every number in full as text."""
    import pandas as pd

    frame = pd.read_parquet(folder / "tables" / f"{name}.parquet")
    return list(csv.DictReader(frame_csv(frame).splitlines()))


def contents(out: Path, without: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the bytes of every file by its path in the folder, but of those that are named."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in without
    }
