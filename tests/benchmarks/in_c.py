"""Plain C loops of the same work, compiled on the spot: what hardware gives for little effort."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOOPS = Path(__file__).parent / "c_loops"
FLAGS = ("-O3", "-march=native")
BLOCK = 1 << 22  # numbers converted at once, so that a large raster is not there twice


def have_compiler() -> bool:
    return shutil.which("gcc") is not None


class CLoop:
    """A loop of ``c_loops/`` compiled into ``folder``; each call runs it once: ns a step."""

    def __init__(self, name: str, folder: Path, *words: object) -> None:
        program = folder / name
        source = LOOPS / f"{name}.c"
        subprocess.run(["gcc", *FLAGS, "-o", str(program), str(source), "-lm"], check=True)
        self.command = [str(program), *map(str, words)]
        self.said = ""

    def __call__(self) -> float:
        done = subprocess.run(self.command, check=True, capture_output=True, text=True)
        self.said = done.stdout.strip()
        return float(self.said.split()[0])


def saved(folder: Path, numbers: NDArray[Any]) -> Path:
    """Write numbers as float32, in their order, to a new file of ``folder``."""
    path = folder / f"{len(list(folder.iterdir()))}.f32"
    flat = numbers.reshape(-1)
    with path.open("wb") as file:
        for first in range(0, flat.size, BLOCK):
            flat[first : first + BLOCK].astype(np.float32).tofile(file)
    return path
