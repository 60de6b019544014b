"""Run the verification tests, the slow ones too, and print what they showed as Markdown.

Usage: ``python tools/verification_table.py [--write]``; with ``--write`` the table between the two
markers in ``docs/verification.md`` is replaced.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from marked import show

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "verification.md"


class Collector:
    """Pytest plugin that gathers the judgements which tests recorded."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, dict[str, str]]] = []
        self.failed = 0
        self.short = 0

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when != "call":
            return
        self.failed += report.failed
        self.short += hasattr(report, "wasxfail") and not report.passed
        for name, value in report.user_properties:
            if name == "check":
                short = " **falls short**" if hasattr(report, "wasxfail") else " **failed**"
                verdict = "" if report.passed else short
                self.rows.append((report.location[0], verdict, value))


def table(rows: list[tuple[str, str, dict[str, str]]]) -> str:
    lines, last = [], ""
    for file, verdict, check in rows:
        if file != last:
            lines += ["", f"### `{file}`", "", "| what | theory | tolerance | result |"]
            lines += ["|---|---|---|---|"]
            last = file
        cells = [check[key].replace("|", "\\|") for key in ("what", "theory", "tol", "got")]
        lines.append("| " + " | ".join(cells) + verdict + " |")
    return "\n".join(lines).strip()


def main() -> int:
    os.chdir(ROOT)
    collector = Collector()
    code = pytest.main(["-q", "-m", "", "--no-header", "tests/verification"], plugins=[collector])
    counts = f"{len(collector.rows)} checks, {collector.failed} failed"
    short = f", {collector.short} tests known to fall short" if collector.short else ""
    text = f"{table(collector.rows)}\n\n{counts}{short}."
    show(text, PAGE, "table", write="--write" in sys.argv)
    return int(code)


if __name__ == "__main__":
    raise SystemExit(main())
