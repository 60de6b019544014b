"""Make the pictures of the gallery again: each by its own lines in ``docs/gallery``.

    python tools/gallery.py [NAME ...]

Pictures go to ``docs/pictures``, where the site and the README take them from. All of them take
some minutes. The picture of the page and the film need Chromium and ffmpeg: ``tools/film.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
LINES, PICTURES = ROOT / "docs/gallery", ROOT / "docs/pictures"


def names() -> list[str]:
    """Return the names of the gallery's pictures."""
    return sorted(path.stem for path in LINES.glob("*.py"))


def make(name: str, picture: Path) -> None:
    """Run a picture's lines, which save it under the path that they are given."""
    words = [sys.executable, str(LINES / f"{name}.py"), str(picture)]
    subprocess.run(words, cwd=ROOT, env={**os.environ, "MPLBACKEND": "agg"}, check=True)


def shrink(picture: Path) -> None:
    """Write a picture with a table of colours, at a third of the bytes; maps have few."""
    from PIL import Image

    with Image.open(picture) as full:
        small = full.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(picture, optimize=True)


def main(asked: list[str]) -> None:
    for name in asked or names():
        began = perf_counter()
        make(name, PICTURES / f"{name}.png")
        shrink(PICTURES / f"{name}.png")
        print(f"{name}: {perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
