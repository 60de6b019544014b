"""The declared table of patterns: what was found in the field, and what is counted for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.toml.strict import Strict, parse_toml, read_text, validate

TABLE = Path(__file__).with_name("patterns.toml")


class Pattern(Strict):
    """One published pattern; ``low`` and ``high`` bound the target, both inclusive.

    Attributes
    ----------
    id : str
        That of the dossier; a letter tells apart the parts of one pattern.
    species : str
        Key of the species, empty for the landscape.
    what, unit, target, source : str
        As published.
    range_from : str
        Where the range comes from when it is not the source's.
    rests_on : str
        ``"parameters"`` where the number is nearly an input: the row shows that it is kept.
    definition : str
        What is counted in a run.
    measure : str
        Name of the function in :data:`corridor_sim.validation.measures.MEASURES`.
    given : dict
        Its numbers.
    """

    id: str
    species: str = ""
    what: str
    unit: str
    target: str
    low: float | None = None
    high: float | None = None
    range_from: str = ""
    rests_on: Literal["parameters", "emergence"]
    source: str
    definition: str
    measure: str
    given: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sound(self) -> Pattern:
        if not re.fullmatch(r"[A-Z]\d+[a-z]?", self.id):
            raise ValueError(f"id {self.id!r} is no letter with a number")
        if self.low is None and self.high is None:
            raise ValueError("a target needs low, high or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} exceeds high {self.high:g}")
        return self

    @property
    def group(self) -> str:
        """The pattern of the dossier that this one is (a part of)."""
        return self.id.rstrip("abcdefghijklmnopqrstuvwxyz")

    def holds(self, value: float) -> bool:
        """Tell whether a value lies in the range of the target; NaN does not."""
        above = self.low is None or value >= self.low
        return value == value and above and (self.high is None or value <= self.high)


class _Table(Strict):
    pattern: tuple[Pattern, ...]

    @model_validator(mode="after")
    def _once(self) -> _Table:
        ids = [p.id for p in self.pattern]
        for one in ids:
            if ids.count(one) > 1:
                raise ValueError(f"pattern {one} stands twice")
        return self


def load_patterns(path: Path = TABLE) -> tuple[Pattern, ...]:
    """Return the declared patterns in the order of the file.

    Raises
    ------
    ScenarioError
        A file that is not such a table.
    """
    data = parse_toml(read_text(path, ScenarioError), where=path, error=ScenarioError)
    return validate(_Table, data, where=str(path), error=ScenarioError).pattern


def choose(patterns: Iterable[Pattern], wanted: str) -> tuple[Pattern, ...]:
    """Return the patterns named in a list such as ``"J6,B4,C5a"``; empty = all.

    Raises
    ------
    ScenarioError
        A name that no pattern has.
    """
    patterns = tuple(patterns)
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    known = {p.id for p in patterns} | {p.group for p in patterns}
    for name in names:
        if name not in known:
            raise ScenarioError(
                f"unknown pattern {name[:40]!r}",
                where="--patterns",
                remedy=nearest(name[:40], known),
            )
    return tuple(p for p in patterns if not names or p.id in names or p.group in names)
