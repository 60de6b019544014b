"""The report on decades: one HTML file that opens offline."""

from __future__ import annotations

from pathlib import Path

from corridor_sim.study.execute import Study
from corridor_sim.study.life_compare import LifeComparison


def write_life_report(
    comparison: LifeComparison, study: Study, elapsed: dict[str, float] | None = None
) -> Path:
    """Write ``report.html`` into the results folder and return its path."""
    raise NotImplementedError
