"""What a landscape has beside its layers: where they come from, and named settlements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one layer comes from, shown in the report beside every result.

    ``status`` is ``"real"`` (measured data), ``"approximated"`` (built from rules or published
    figures), ``"derived"`` (computed from other layers), ``"user"`` (the user's own file) or
    ``"absent"`` (nobody gave it; what needs it is refused).
    """

    status: Literal["real", "approximated", "derived", "user", "absent"]
    source: str
    replace_with: str = ""

    def noted(self, text: str) -> Origin:
        """Return the origin with more said of the source."""
        return replace(self, source=self.source + text)


@dataclass(frozen=True, slots=True)
class Town:
    """A named settlement: map position in metres and population."""

    name: str
    x_m: float
    y_m: float
    population: int


@dataclass(frozen=True, slots=True)
class Border:
    """A border between two countries: its course in map metres, and who lies to which side of it.

    ``left`` and ``right`` are ISO 3166 alpha-3 codes, seen along the course.
    """

    course: tuple[tuple[float, float], ...]
    left: str
    right: str
