"""The schema of a sweep file: a base scenario, the parameters that vary, and what to draw."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from corridor_sim.config.schema import Name, StudyFile, refuse_uneven
from corridor_sim.toml.strict import Strict

Value = bool | int | float | str


class Parameter(Strict):
    """``[sweep.parameters]``: the values of one parameter.

    Attributes
    ----------
    values : list of values, or
        The values themselves.
    low, high, n : float
        Range; ``n`` values of it in a grid.
    log : bool
        Evenly spaced on a logarithmic scale.
    whole : bool
        Round to whole numbers.
    label : str
        What axes say; by default the end of the parameter's name.
    scale : float
        Factor for axes only, such as 100 for per cent.
    also : list of dotted scenario names
        Other parameters that take the same value, such as that of the other sex.
    times : mapping of dotted scenario name to float
        Other parameters that take the value times a factor.
    """

    values: Annotated[tuple[Value, ...], Field(min_length=1, max_length=100_000)] | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = Field(default=None, ge=2, le=2_000_000_000)
    log: bool = False
    whole: bool = False
    label: str = Field(default="", max_length=80)
    scale: float = Field(default=1.0, ge=1e-12, le=1e12)
    also: tuple[str, ...] = ()
    times: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_way(self) -> Parameter:
        ranged = [k for k in ("low", "high", "n") if getattr(self, k) is not None]
        if self.values is not None:
            if ranged or self.log or self.whole:
                raise ValueError("give either values, or low and high with n, log and whole")
            if len(set(self.values)) < len(self.values):
                raise ValueError("values holds one value twice")
            return self
        if self.low is None or self.high is None:
            raise ValueError("give values, or low and high")
        if not self.low < self.high:
            raise ValueError(f"low = {self.low:g} is not below high = {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"log needs low above 0, not {self.low:g}")
        return self

    @model_validator(mode="after")
    def _numbers(self) -> Parameter:
        texts = [v for v in self.values or () if isinstance(v, str | bool)]
        if self.times and texts:
            raise ValueError(f"times needs numbers, not {texts[0]!r}")
        return self

    def others(self) -> dict[str, float | None]:
        """Return the parameters that follow this one, with their factors; None = the same value."""
        return {**dict.fromkeys(self.also), **self.times}

    @property
    def size(self) -> int:
        """How many values a grid takes."""
        return len(self.values) if self.values is not None else (self.n or 0)

    def at(self, share: float) -> Value:
        """Return the value at ``share`` (0 to 1) of the range, or of the list."""
        if self.values is not None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        assert self.low is not None
        assert self.high is not None
        if self.log:
            value = math.exp((1 - share) * math.log(self.low) + share * math.log(self.high))
        else:
            value = (1 - share) * self.low + share * self.high
        value = min(max(value, self.low), self.high)
        return round(value) if self.whole else float(f"{value:.12g}")

    def grid(self) -> tuple[Value, ...]:
        """Return the values of a grid, rising; rounded ones once."""
        if self.values is not None:
            return self.values
        last = self.size - 1
        return tuple(dict.fromkeys(self.at(i / last) for i in range(self.size)))


class SweepSettings(Strict):
    """``[sweep]``.

    Attributes
    ----------
    design : {"grid", "lhs", "sobol"}
        All combinations, a Latin hypercube, or a scrambled Sobol sequence.
    n : int
        Points of ``lhs`` and ``sobol``.
    parameters : mapping of dotted scenario name to Parameter
        What varies.
    outcomes : list of str
        What to draw.
    species : list of str
        Whose outcomes to draw; all of the base where empty.
    covers : list of str
        Land covers whose area to draw, by key of the landscape's table.
    """

    design: Literal["grid", "lhs", "sobol"] = "grid"
    n: int | None = Field(default=None, ge=2, le=2_000_000_000)
    parameters: dict[str, Parameter] = Field(min_length=1, max_length=100)
    outcomes: Annotated[tuple[str, ...], Field(min_length=1)]
    species: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sizes(self) -> SweepSettings:
        if self.design == "grid":
            if self.n is not None:
                raise ValueError("n belongs to lhs and sobol; in a grid each parameter has its own")
            for name, one in self.parameters.items():
                if not one.size:
                    raise ValueError(f"{name}: a grid needs values, or n with low and high")
            return self
        if self.n is None:
            raise ValueError(f"{self.design} needs n, the number of points")
        for name, one in self.parameters.items():
            if one.n is not None:
                raise ValueError(f"{name}: n of a parameter belongs to a grid")
        if self.design == "sobol":
            refuse_uneven(self.n)
        return self

    @property
    def n_points(self) -> int:
        """Size of the design, without building it."""
        if self.design != "grid":
            assert self.n is not None
            return self.n
        return math.prod(one.size for one in self.parameters.values())


class SweepFile(StudyFile):
    """A whole sweep file.

    Attributes
    ----------
    sweep : SweepSettings
        What varies, and what to draw.
    """

    name: Name = "Sweep"
    sweep: SweepSettings
