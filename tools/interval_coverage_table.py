"""Show how often the intervals of the tables hold the truth, on made-up studies, as Markdown.

Usage: ``python tools/interval_coverage_table.py [--write]``; with ``--write`` the tables between
the markers in ``docs/verification.md`` are replaced. The studies are those of
``tests/verification/test_interval_coverage.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import common
from common import table

from oracles.coverage import (
    MEANS,
    PAIRED,
    RATES,
    REPLICATES,
    Draw,
    Held,
    by_known_reference,
    by_student,
    differences_held,
    gains,
    means_held,
    ratios_held,
    thinned,
)

How = Callable[[Draw, float, int, int, int], Held]
# as in the test, a ratio that few studies give is left out
GIVEN = 0.5


def block(title: str, how: How, draws: Mapping[str, Draw], trials: int) -> list[str]:
    """Return a table of the per cent that hold the truth: kinds of studies down, events across."""
    head = [title, "n", *(f"{rate:g}" for rate in RATES)]
    rows = []
    for name, draw in draws.items():
        for n in REPLICATES:
            found = [how(draw, rate, n, trials, 9) for rate in RATES]
            cells = [
                "–" if one.shown < GIVEN * one.trials else f"{100 * one.share:.1f}" for one in found
            ]
            rows.append([name if n == REPLICATES[0] else "", str(n), *cells])
    return table(head, rows, "---:")


def main() -> None:
    """Make the tables."""
    args = common.options(str(__doc__), "verification.md")
    trials = 500 if args.quick else 20_000
    lines = [
        f"Per cent of {trials:,} made-up studies whose 95 % interval holds the truth; columns are "
        "events a replicate, n replicates. – : in most studies there are too few events for a "
        "ratio, and none is given.",
        "",
        *block("Means", means_held, MEANS, trials),
        *block("Paired differences", differences_held, PAIRED, trials),
        *block("Paired ratios", ratios_held, PAIRED, trials),
        "The way it used to be, in the same studies: Student's t of the difference, and that "
        "interval over the reference's mean taken as known.",
        "",
        *block("Student's t", by_student, {"gains": gains}, trials),
        *block("Known reference", by_known_reference, {"losses of 3 in 5": thinned}, trials),
    ]
    common.show("\n".join(lines).rstrip(), "verification.md", "interval coverage", write=args.write)


if __name__ == "__main__":
    main()
