"""The table that the program writes: every pattern, what the model gives, and whether it passes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridor_sim.errors import CorridorSimError
from corridor_sim.files import write_csv, write_text
from corridor_sim.statistics.intervals import Interval, Support, interval
from corridor_sim.validation.measures import MEASURES, SUPPORTS
from corridor_sim.validation.patterns import Pattern
from corridor_sim.validation.runs import ValidationRuns

COLUMNS = (
    "pattern",
    "species",
    "what",
    "unit",
    "target",
    "low",
    "high",
    "model",
    "model_low",
    "model_high",
    "replicates",
    "passed",
    "rests_on",
    "range_from",
    "definition",
    "source",
    "note",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One pattern and what the model gives; ``note`` says why nothing could be measured."""

    pattern: Pattern
    found: Interval
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the mean over the replicates lies in the range of the target."""
        return self.pattern.holds(self.found.mean)

    @property
    def word(self) -> str:
        """``pass``, ``fail``, or ``no value``."""
        if math.isnan(self.found.mean):
            return "no value"
        return "pass" if self.passed else "fail"

    def as_row(self) -> dict[str, Any]:
        """Return the columns of :data:`COLUMNS`; a number that is not known is None."""
        own = {
            "pattern": self.pattern.id,
            "model": _known(self.found.mean),
            "model_low": _known(self.found.low),
            "model_high": _known(self.found.high),
            "replicates": self.found.n,
            "passed": self.passed,
            "note": self.note,
        }
        return {name: own[name] if name in own else getattr(self.pattern, name) for name in COLUMNS}


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def judge(runs: ValidationRuns, patterns: Sequence[Pattern]) -> list[Verdict]:
    """Measure every pattern on validation runs.

    A pattern that cannot be measured on this landscape gets no value, and fails.
    """
    verdicts = []
    for pattern in patterns:
        try:
            values = MEASURES[pattern.measure](runs, pattern)
        except CorridorSimError as bad:
            verdicts.append(Verdict(pattern, Interval(math.nan, math.nan, math.nan, 0), str(bad)))
            continue
        support = SUPPORTS.get(pattern.measure, Support(0.0))
        verdicts.append(Verdict(pattern, interval(values, support=support)))
    return verdicts


def shown(value: float | None) -> str:
    """Return a number with three significant digits, a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    value += 0.0  # a negative zero is a zero
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def shown_range(low: float | None, high: float | None) -> str:
    """Return the range of a target in signs."""
    if low is None:
        return f"≤ {shown(high)}"
    if high is None:
        return f"≥ {shown(low)}"
    return shown(low) if low == high else f"{shown(low)} to {shown(high)}"


def shown_found(found: Interval) -> str:
    """Return a mean with its interval."""
    if math.isnan(found.low) or found.low == found.high:
        return shown(found.mean)
    return f"{shown(found.mean)} ({shown(found.low)} to {shown(found.high)})"


def tally(verdicts: Sequence[Verdict]) -> str:
    """Return how many pass, in words."""
    passed = sum(v.passed for v in verdicts)
    failed = [v.pattern.id for v in verdicts if not v.passed]
    return f"{passed} of {len(verdicts)} pass" + (f"; {', '.join(failed)} do not" if failed else "")


def as_markdown(verdicts: Sequence[Verdict], settings: dict[str, Any]) -> str:
    """Return the table as Markdown, with what each number means below it."""
    lines = [
        "# Patterns of the field, and what the model gives",
        "",
        f"{tally(verdicts)}. " + ", ".join(f"{k} {v}" for k, v in settings.items()) + ".",
        "",
        "| pattern | species | what | unit | target | model (95 % interval) | | rests on |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for v in verdicts:
        p = v.pattern
        lines.append(
            f"| {p.id} | {p.species.replace('_', ' ') or 'landscape'} | {p.what} | {p.unit} | "
            f"{shown_range(p.low, p.high)} | {shown_found(v.found)} | {v.word} | {p.rests_on} |"
        )
    lines += ["", "## Targets, sources, definitions", ""]
    for v in verdicts:
        p = v.pattern
        range_from = f" Range: {p.range_from}." if p.range_from else ""
        note = f" **{v.note}**" if v.note else ""
        lines.append(
            f"- **{p.id}** {p.what}: {p.target} ({p.source}).{range_from} "
            f"In the model: {p.definition}.{note}"
        )
    return "\n".join(lines) + "\n"


def write_verdicts(
    verdicts: Sequence[Verdict], settings: dict[str, Any], out: Path
) -> tuple[Path, ...]:
    """Write the table as CSV, JSON and Markdown into a folder and return the files.

    Raises
    ------
    ResultsError
        If the folder cannot be written.
    """
    rows = [v.as_row() for v in verdicts]
    whole = {"settings": settings, "patterns": rows}
    text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return (
        write_csv(out / "validation.csv", COLUMNS, [[row[c] for c in COLUMNS] for row in rows]),
        write_text(out / "validation.json", text),
        write_text(out / "validation.md", as_markdown(verdicts, settings)),
    )
