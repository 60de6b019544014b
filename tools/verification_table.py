"""Run the verification tests, the slow ones too, and print what they showed as Markdown.

Usage: ``python tools/verification_table.py [--write]``; with ``--write`` the table between the two
markers in ``docs/verification.md`` is replaced.
"""

from __future__ import annotations

import os
from itertools import groupby
from typing import Any

import common
import pytest


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


def tables(rows: list[tuple[str, str, dict[str, str]]]) -> str:
    out: list[str] = []
    for file, group in groupby(rows, key=lambda row: row[0]):
        cells = [
            [check[key].replace("|", "\\|") for key in ("what", "theory", "tol")]
            + [check["got"].replace("|", "\\|") + verdict]
            for _, verdict, check in group
        ]
        out += [
            f"### `{file}`",
            "",
            *common.table(["what", "theory", "tolerance", "result"], cells),
        ]
    return "\n".join(out).strip()


def main() -> int:
    args = common.options(__doc__, "verification.md", quick=False)
    os.chdir(common.ROOT)
    collector = Collector()
    code = pytest.main(["-q", "-m", "", "--no-header", "tests/verification"], plugins=[collector])
    counts = f"{len(collector.rows)} checks, {collector.failed} failed"
    short = f", {collector.short} tests known to fall short" if collector.short else ""
    text = f"{tables(collector.rows)}\n\n{counts}{short}."
    common.show(text, "verification.md", "table", write=args.write)
    return int(code)


if __name__ == "__main__":
    raise SystemExit(main())
