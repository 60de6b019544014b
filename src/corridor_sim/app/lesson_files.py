"""Lessons and sweeps that ship with the page, as data; their words stand with those of the page."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from corridor_sim.app.replies import Refused
from corridor_sim.app.words import word

HERE = Path(__file__).parent
# in the order in which they are shown
LESSONS = ("percolation", "corridor", "drift")
SWEEPS = ("sweep_percolation", "sweep_gaps", "sweep_mortality", "sweep_warming")


@cache
def lesson(key: str) -> dict[str, Any]:
    """Return the settings of a lesson, and its steps in order.

    Raises
    ------
    Refused
        There is no such lesson.
    """
    if key not in LESSONS:
        raise Refused(word("learn.no_lesson", name=key[:60]), 404)
    text = (HERE / "lessons" / f"{key}.toml").read_text(encoding="utf-8")
    return {"key": key, **tomllib.loads(text)}


def sweep_file(key: str) -> Path:
    """Return the file of a sweep that ships.

    Raises
    ------
    Refused
        There is no such sweep.
    """
    if key not in SWEEPS:
        raise Refused(word("learn.no_sweep", name=key[:60]), 404)
    return HERE / "sweeps" / f"{key}.toml"
