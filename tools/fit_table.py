"""What a fit gives back, for measured data: ``python tools/fit_table.py --data DIR --write``.

Fits measured tracks, simulates the fitted animals at the times of the measured fixes on even
ground, and measures both alike. With ``--write`` the tables go into docs/fit-evidence.md.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import corridor_sim as cs

PAGE = Path(__file__).parents[1] / "docs" / "fit-evidence.md"
BEGIN, END = "<!-- begin: tools/fit_table.py -->", "<!-- end: tools/fit_table.py -->"


class DataSet(NamedTuple):
    """One data set: its title, its file, and how it is fitted."""

    title: str
    file: str
    how: dict[str, Any]
    individuals: str = ""


class Row(NamedTuple):
    """One measure: its words, how far it may be off, and whether that is a share."""

    words: str
    bound: float
    is_share: bool = True


DATA = (
    DataSet(
        "Red deer, northern Germany, 6 h",
        "amt_deer.csv",
        {"species": "Deer", "crs": "EPSG:3035", "time_zone": "UTC", "hours_in": "UTC+01:00"},
    ),
    DataSet(
        "Jaguars, São Bento, Pantanal, 3 h",
        "morato_jaguar_saobento_2008_9ind.csv",
        {"species": "Jaguars", "time_zone": "UTC-04:00"},
        "morato_jaguar_individuals_117.csv",
    ),
)
# of known animals, which the program writes
MADE_UP = DataSet("Made-up animals of the practice island, 3 h", "tracks.csv", {"species": "Lynx"})
ROWS = {
    "step_shape": Row("gamma shape of steps", 0.05),
    "step_scale": Row("gamma scale of steps, m", 0.05),
    "step_median": Row("median step, m", 0.10),
    "turning_kappa": Row("concentration of turns", 0.05, False),
    "msd": Row("mean square displacement in a day, km²", 0.20),
    "home_range": Row("95 % home range, km²", 0.10),
    "tau": Row("crossing time, d", 0.20),
}


def rows(found: cs.FittedSpecies) -> Iterator[str]:
    """Yield the lines of one table."""
    yield "| measure | observed | SE | simulated | off by | reached |"
    yield "|---|---:|---:|---:|---:|---|"
    check = found.check()
    for name, row in ROWS.items():
        own = check.rows[(check.rows["measure"] == name) & (check.rows["ground"] == "flat ground")]
        if name == "msd":
            own = own[(own["at"].astype(float) - 1.0).abs() < 0.1]
        if len(own) > 1:
            own = own[own["at"] == "all animals"]
        for one in own.to_dict("records"):
            yield line(one, row)


def line(one: dict[Any, Any], row: Row) -> str:
    """Return one line of a table."""
    seen, made, se = (float(one[key]) for key in ("observed", "simulated", "se"))
    off = made / seen - 1.0 if row.is_share else made - seen
    within = abs(off) <= row.bound
    said = f"{off:+.1%}" if row.is_share else f"{off:+.3f}"
    if within:
        reached = f"yes, within {row.bound:.0%}" if row.is_share else f"yes, within {row.bound:g}"
    elif math.isfinite(se) and abs(made - seen) <= 1.96 * se:
        reached = "within chance (1.96 SE)"
    else:
        reached = "no"
    return f"| {row.words} | {seen:.4g} | {se:.2g} | {made:.4g} | {said} | {reached} |"


def table(folder: Path, data: DataSet) -> str:
    """Return the section of one data set."""
    began = time.perf_counter()
    more = {"sex_from": folder / data.individuals} if data.individuals else {}
    found = cs.fit(folder / data.file, **data.how, **more)
    n = len(found.tracks.animals)
    states = 1 if found.behaviour is None else found.behaviour.n_states
    lines = [
        f"## {data.title}",
        "",
        f"`{data.file}`, sha256 `{found.tracks.sources[0].sha256[:12]}`: {n} "
        f"animal{'s' if n > 1 else ''}, {len(found.tracks.table):,} fixes, "
        f"{len(found.bursts.steps):,} steps, {states} behavioural states.",
        "",
        "| population | value | SE | 95 % interval |",
        "|---|---:|---:|---:|",
    ]
    for one in found.pooled.to_dict("records"):
        if one["sex"] == "both":
            ends = f"{one['low']:.4g} to {one['high']:.4g}"
            lines.append(
                f"| `{one['parameter']}` | {one['value']:.4g} | {one['se']:.2g} | {ends} |"
            )
    lines += ["", *rows(found), ""]
    lines += [f"- {words}" for words in found.check().sentences]
    print(f"{data.file}: {time.perf_counter() - began:.0f} s")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the tracks")
    parser.add_argument("--write", action="store_true", help="write docs/fit-evidence.md")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        cs.write_practice_files(folder)
        texts = [*(table(given.data, one) for one in DATA), table(Path(folder), MADE_UP)]
    text = "\n".join(texts)
    if not given.write:
        print(text)
        return
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", "utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
