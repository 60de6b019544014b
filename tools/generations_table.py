"""Compare years in expectation with full decades, and print it as Markdown.

Usage: ``python tools/generations_table.py [--quick] [--write]``. With ``--write`` the text between
the two markers of ``docs/generations.md`` is replaced. In full it takes a few minutes.
"""

from __future__ import annotations

import os
import sys
import time

import common
import numpy as np
from common import table

KEYS = ("jaguar", "andean_bear", "mountain_tapir")
SHOWN = (
    "animals_end",
    "breeding_females_end",
    "joining_per_year",
    "eca_km2",
    "gene_diversity_kept",
)


def page(quick: bool) -> str:
    """Return the table and what it took."""
    from corridor_sim import load_landscape, load_species
    from corridor_sim.simulation.days.simulation import use_threads
    from corridor_sim.simulation.generations.claims import CLAIMED
    from corridor_sim.simulation.generations.outcomes import OUTCOMES
    from oracles.years_told import by_animals, by_tiles, interval, settings

    use_threads(1)
    cell_m, years, n = (5000.0, 5, 3) if quick else (3000.0, 40, 12)
    land, life, names = load_landscape(cell_m=cell_m), settings(), list(OUTCOMES)
    rows, seconds = [], [0.0, 0.0]
    for key in KEYS:
        species = load_species(key)
        begin = time.process_time()
        full = by_animals(species, land, life, years, range(n), genes=True)
        middle = time.process_time()
        fast = by_tiles(species, land, life, years, range(6))
        seconds[0] += middle - begin
        seconds[1] += time.process_time() - middle
        for name in SHOWN:
            k, row = names.index(name), OUTCOMES[name]
            mean, low, high = interval(full[:, k], 0.95)
            told = float(np.mean(fast[:, k]))
            rows.append(
                [
                    key,
                    row.label,
                    *(f"{v:.{row.decimals}f}" for v in (told, mean)),
                    f"{low:.{row.decimals}f} to {high:.{row.decimals}f}",
                    f"{told / mean - 1:+.1%}",
                    "yes" if CLAIMED[name].holds else "no",
                ]
            )
        print(f"{key}: done", file=sys.stderr, flush=True)
    head = ["species", "outcome", "by tiles", "decades", "95 % of its mean", "off", "claimed"]
    return "\n".join(
        [
            f"The built-in landscape on cells of {cell_m / 1000:g} km as it is today, {years} years "
            f"from the same founders; {n} replicates of full decades ({seconds[0]:.0f} s of "
            f"processor time) and 6 of walks ({seconds[1]:.0f} s):",
            "",
            *table(head, rows),
        ]
    ).rstrip()


def main() -> None:
    args = common.options(__doc__, "generations.md")
    os.chdir(common.ROOT)
    common.show(page(args.quick), "generations.md", "claims", write=args.write)


if __name__ == "__main__":
    main()
