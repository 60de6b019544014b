"""Put a built site beside those of other versions.

    python tools/place_site.py BUILT PAGES VERSION

``PAGES`` is what a static host serves: a folder a version, ``stable`` as a copy of the newest,
``versions.json`` for the menu of every page, and an entry that leads to ``stable``.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

VERSION = re.compile(r"\d+\.\d+\.\d+")
ENTRY = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>corridor_sim</title>
<meta http-equiv="refresh" content="0; url=stable/index.html"></head>
<body><p><a href="stable/index.html">corridor_sim</a></p></body></html>
"""


def place(built: Path, pages: Path, version: str) -> None:
    """Put the site in ``built`` at its version's place; the newest is the stable one as well."""
    if not VERSION.fullmatch(version):
        raise SystemExit(f"no version: {version!r}; give three numbers, as in 0.1.0")
    shutil.rmtree(pages / version, ignore_errors=True)
    shutil.copytree(built, pages / version)
    listed = sorted((p.name for p in pages.iterdir() if VERSION.fullmatch(p.name)), key=_numbers)
    listed.reverse()
    shutil.rmtree(pages / "stable", ignore_errors=True)
    shutil.copytree(pages / listed[0], pages / "stable")
    (pages / "versions.json").write_text(json.dumps(listed) + "\n", "utf-8")
    (pages / "index.html").write_text(ENTRY, "utf-8")
    # hosts that render Markdown by themselves leave files alone that begin with an underscore
    (pages / ".nojekyll").touch()


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    place(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
