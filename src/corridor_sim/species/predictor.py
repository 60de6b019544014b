"""What a species selects by maps of the user's own: a linear predictor, or ready maps."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, field_validator, model_validator

from corridor_sim.toml.strict import Strict

_NAME = r"[a-z][a-z0-9_]{0,60}"
_FACTOR = rf"{_NAME}(?:\^2)?"
_TERM = rf"{_FACTOR}(?:\*{_FACTOR})*"
# beyond it a slip of the pen
MOST = 1e6


def _coefficient(value: Any) -> float | dict[str, float]:
    """Return a number, or numbers by class code."""
    table = value if isinstance(value, Mapping) else {"": value}
    for code, number in table.items():
        if code and not re.fullmatch("-?[0-9]{1,10}", str(code)):
            raise ValueError(f"{str(code)[:20]!r} is no class code: give whole numbers")
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError("give a number, or of classes a table of numbers by code")
        if not math.isfinite(number) or abs(number) > MOST:
            raise ValueError(f"a coefficient must lie in {-MOST:g} to {MOST:g}")
    if not table:
        raise ValueError("a table of classes needs at least one")
    if isinstance(value, Mapping):
        return {str(code): float(number) for code, number in value.items()}
    return float(value)


Coefficient = Annotated[
    float | dict[str, float],
    PlainValidator(_coefficient, json_schema_input_type=float | dict[str, float]),
]


class Predictor(Strict):
    """``[species.KEY.selection]``: a linear predictor of covariates, ``eta = sum_k beta_k x_k``.

    Attributes
    ----------
    coefficients : mapping of term to number, or of classes to a table of numbers by code
        A term is a covariate, its square ``"ndvi^2"``, or a product ``"ndvi*elevation_m"``; what
        is multiplied is standardised first. Classes that the table leaves out have 0.
    intercept : float
        Added for suitability; steps weigh the same with any.
    standardise : {"map", "none"}
        Whether a covariate is told in standard deviations from its mean over the landscape before
        all edits, or as it is.
    centre, scale : mapping of covariate to number
        Told instead in these: ``(x - centre) / scale``, such as those of the sample to which the
        coefficients were fitted.
    combine : {"alone", "with_habitat"}
        Whether it stands for cover, climate, towns, gaps and slope of the species file, or
        multiplies what they give.
    """

    coefficients: dict[str, Coefficient] = Field(min_length=1)
    intercept: float = Field(default=0.0, ge=-1e4, le=1e4)
    standardise: Literal["map", "none"] = "none"
    centre: dict[str, float] = Field(default_factory=dict)
    scale: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    combine: Literal["alone", "with_habitat"] = "alone"

    @field_validator("coefficients")
    @classmethod
    def _terms(cls, coefficients: dict[str, Any]) -> dict[str, Any]:
        for term, value in coefficients.items():
            if not re.fullmatch(_TERM, term):
                raise ValueError(
                    f"{term[:60]!r} is no term: give a covariate, its square (ndvi^2) or a product "
                    "(ndvi*elevation_m)"
                )
            if isinstance(value, dict) and not re.fullmatch(_NAME, term):
                raise ValueError(f"{term[:60]!r}: classes have no square and no product")
        return coefficients

    @model_validator(mode="after")
    def _of_its_own(self) -> Predictor:
        for key, table in (("centre", self.centre), ("scale", self.scale)):
            for name in table:
                if name not in self.names:
                    raise ValueError(f"{key} names {name[:60]!r}, which has no coefficient")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Covariates that it names, each once, in order."""
        return tuple(dict.fromkeys(name for term in self.coefficients for name in factors_of(term)))

    @property
    def terms(self) -> Iterator[tuple[tuple[str, ...], float | dict[str, float]]]:
        """The covariates that are multiplied in each term, and its coefficient."""
        for term, value in self.coefficients.items():
            yield factors_of(term), value


def factors_of(term: str) -> tuple[str, ...]:
    """Return the covariates of a term.

    >>> factors_of("ndvi^2*slope")
    ('ndvi', 'ndvi', 'slope')
    """
    found: list[str] = []
    for part in term.split("*"):
        name, square, _ = part.partition("^")
        found += [name, name] if square else [name]
    return tuple(found)


class OwnMaps(Strict):
    """``[own_maps]``: covariates of the landscape that are ready maps of a species.

    Attributes
    ----------
    suitability : str
        A covariate of suitability, 0 to 1.
    resistance : str
        A covariate of resistance, 1 and above.
    """

    suitability: str | None = None
    resistance: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The covariates that it names."""
        return tuple(name for name in (self.suitability, self.resistance) if name is not None)
