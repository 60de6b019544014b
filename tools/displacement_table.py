"""Show whether fitted steps reach as far in a day as animals do, as Markdown.

For each animal of files of tracks: the mean square net displacement of all pairs of fixes a day
apart, and what steps in one and in two states imply, walking free and held to the animal's range.

Usage: ``python tools/displacement_table.py FILE --crs EPSG:4326 --time-zone America/Cuiaba``, with
``--dates`` and ``--animals`` where a file needs them. It takes some seconds.
"""

from __future__ import annotations

import argparse
import math

from common import table

HEAD = ("animal", "steps", "observed", "one state", "held", "two states", "held")


def row(name: str, steps: object, fixes: object, interval_min: float, tolerance_min: float):
    """Return the cells of one animal."""
    from corridor_sim.telemetry.behaviour import fit_behaviour
    from corridor_sim.telemetry.implied import implied, observed_msd
    from corridor_sim.telemetry.steps import fit_steps

    seen = observed_msd(fixes, 24.0, tolerance_min)
    n = round(1440 / interval_min)
    sigma_m = math.sqrt(fixes[["x_m", "y_m"]].var().mean())
    cells = [name, f"{len(steps):,}", f"{seen.msd_m2 / 1e6:.2f} ± {seen.se_m2 / 1e6:.2f}"]
    for fit in (fit_steps(steps), fit_behaviour(steps, 2, compare=(), each_animal=False)):
        follows = implied(fit)
        for value in (follows.msd_m2(n), follows.held_msd_m2(n, sigma_m)):
            cells.append(f"{value / 1e6:.2f} ({100 * (value / seen.msd_m2 - 1):+.0f} %)")
    return cells


def main() -> None:
    """Print the table."""
    from corridor_sim.telemetry.bursts import to_bursts
    from corridor_sim.telemetry.reading import read_tracks

    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="+")
    for option in ("--crs", "--time-zone", "--dates", "--animals"):
        parser.add_argument(option)
    args = parser.parse_args()
    animals = args.animals.split(",") if args.animals else None
    tracks = read_tracks(
        args.files, crs=args.crs, time_zone=args.time_zone, animals=animals, dates=args.dates
    )
    bursts = to_bursts(tracks)
    rows = []
    for name, steps in bursts.steps.groupby("animal"):
        if len(steps) >= 100:
            fixes = tracks.table[tracks.table["animal"] == name]
            rows.append(row(str(name), steps, fixes, bursts.interval_min, bursts.tolerance_min))
    print("\n".join(table(HEAD, rows, "---:")))


if __name__ == "__main__":
    main()
