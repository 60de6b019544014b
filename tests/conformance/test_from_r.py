"""The R on the page "From R", run by Debian's R through reticulate: it shows what comes out.

``python -m pytest -m r tests/conformance/test_from_r.py``; with ``FILL=1`` what comes out is put
into the page instead of compared.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "from-r.md"
PART = re.compile(r"^```r\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
MARK = "=== part {} ==="
NEEDED = ("reticulate", "sf", "terra")
LIMIT_S = 600

pytestmark = [
    pytest.mark.r,
    pytest.mark.skipif(shutil.which("Rscript") is None, reason="R (Rscript) is not installed"),
]


def lacking() -> list[str]:
    """Packages of R that are not there."""
    ask = "; ".join(
        f"cat('{name}', requireNamespace('{name}', quietly=TRUE), '\\n')" for name in NEEDED
    )
    said = subprocess.run(
        ["Rscript", "-e", ask], capture_output=True, text=True, check=True, timeout=LIMIT_S
    ).stdout
    return [line.split()[0] for line in said.splitlines() if line.split()[1:] == ["FALSE"]]


def run(folder: Path, parts: list[str]) -> list[str]:
    """Run the parts in one session and return what each printed."""
    script = folder / "page.R"
    marked = [f'cat("{MARK.format(i)}\\n")\n{part}' for i, part in enumerate(parts)]
    script.write_text("\n".join(marked), encoding="utf-8")
    done = subprocess.run(
        ["Rscript", "--vanilla", script.name],
        cwd=folder,
        env=os.environ | {"CORRIDOR_SIM_VENV": sys.prefix, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    pieces = re.split("^" + MARK.format(r"\d+") + "\n", done.stdout, flags=re.MULTILINE)
    return pieces[1:]


def test_the_page_shows_what_comes_out(tmp_path: Path) -> None:
    missing = lacking()
    if missing:
        pytest.skip(f"packages of R are not installed: {', '.join(missing)}")
    text = PAGE.read_text("utf-8")
    found = PART.findall(text)
    assert len(found) >= 5
    came = run(tmp_path, [code for code, _ in found])
    if os.environ.get("FILL"):
        parts = iter(came)

        def filled(match: re.Match[str]) -> str:
            out = next(parts)
            shown = f"\n```text\n{out}```\n" if out.strip() else ""
            return f"```r\n{match[1]}```\n{shown}"

        PAGE.write_text(PART.sub(filled, text), "utf-8")
        return
    assert came == [shown for _, shown in found]
