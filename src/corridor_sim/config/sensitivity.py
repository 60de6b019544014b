"""The schema of a sensitivity file: a base scenario, the traits that vary, and what to explain."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from corridor_sim.config.links import LinkSettings
from corridor_sim.config.schema import Name, StudyFile, refuse_uneven
from corridor_sim.toml.strict import FileName, Strict

LEAST_NOMINAL, TIMES_NOMINAL = 16, 4


class LinkQuestion(Strict):
    """``[sensitivity.links]``: whether the ranking of links survives.

    Attributes
    ----------
    file : str
        A links file beside this one: its base, candidates, benefit, budget and indifference hold.
    names : list of str
        Links to take part, with ``*`` for any text; all of the file where left out.
    budget, indifference : float or None
        Instead of the links file's.
    top : int
        How many links count as the best.
    nominal_replicates : int or None
        Replicates at the nominal traits; by default four times ``base.replicates``, 16 at least.
    """

    file: FileName = Field(min_length=1, max_length=1000)
    names: Annotated[tuple[str, ...], Field(min_length=1)] = ("*",)
    budget: float | None = Field(default=None, gt=0, le=1e18)
    indifference: float | None = Field(default=None, gt=0, le=1e6)
    top: int = Field(default=3, ge=1, le=200)
    nominal_replicates: int | None = Field(default=None, ge=4, le=100_000)

    def nominal(self, replicates: int) -> int:
        """Return the replicates at the nominal traits, for so many at a point."""
        return self.nominal_replicates or max(LEAST_NOMINAL, TIMES_NOMINAL * replicates)


class SensitivitySettings(Strict):
    """``[sensitivity]``.

    Attributes
    ----------
    method : {"morris", "sobol", "lhs"}
        Screening by elementary effects, shares of the variance, or a Latin hypercube, whose points
        are equally plausible worlds but tell no effects: for links only.
    n : int
        Trajectories of Morris' design; base points of Sobol's, a power of two; points of ``lhs``.
    traits : list of str
        ``SPECIES.TRAIT``, with ``*`` for any text; a pattern takes every trait that has a range.
    outcomes, species : list of str
        Whose outcomes to explain; all species of the base where empty. With links there need not
        be any outcome.
    links : LinkQuestion or None
        Whether the ranking of links survives.
    """

    method: Literal["morris", "sobol", "lhs"] = "morris"
    n: int = Field(default=8, ge=2, le=2_000_000_000)
    traits: Annotated[tuple[str, ...], Field(min_length=1)]
    outcomes: tuple[str, ...] = ()
    species: tuple[str, ...] = ()
    links: LinkQuestion | None = None

    @model_validator(mode="after")
    def _some_question(self) -> SensitivitySettings:
        if self.links is None and not self.outcomes:
            raise ValueError("name one or more outcomes, or links in [sensitivity.links]")
        if self.method == "lhs" and self.outcomes:
            raise ValueError(
                "lhs tells no effects on outcomes; use morris or sobol, or links alone"
            )
        if self.method == "sobol":
            refuse_uneven(self.n)
        return self

    def n_points(self, traits: int) -> int:
        """Size of the design, without building it."""
        return self.n * {"morris": traits + 1, "sobol": traits + 2, "lhs": 1}[self.method]


class SensitivityFile(StudyFile):
    """A whole sensitivity file.

    Attributes
    ----------
    sensitivity : SensitivitySettings
        Which traits vary, and what to explain.
    """

    name: Name = "Sensitivity"
    sensitivity: SensitivitySettings
    # of the links file that is named; not a key of this one
    _links: LinkSettings | None = PrivateAttr(default=None)

    def as_settings(self) -> dict[str, Any]:
        """Return the file as plain data, every default and the links written out."""
        data = super().as_settings()
        if self._links is not None:
            data["links"] = self._links.model_dump(mode="json", exclude_none=True)
        return data
