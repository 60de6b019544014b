"""The schema of a links file: a base scenario, candidate links, and what counts as benefit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field, field_validator, model_validator

from corridor_sim.config.co_benefits import CoBenefits, PlaceLayers, refuse_twice
from corridor_sim.config.schema import StudyFile
from corridor_sim.landscape.edits.base import Point
from corridor_sim.landscape.edits.linking import Action
from corridor_sim.landscape.names import plain, unprintable
from corridor_sim.progress import tell
from corridor_sim.toml.strict import FileName, Strict

Ring = Annotated[tuple[Point, ...], Field(min_length=3)]
MAX_LINKS = 200
# scales and weights: beyond, what is divided by them is no number any more
LEAST, MOST = 1e-12, 1e12


def _readable(text: str, what: str) -> str:
    """Return a text of one line as people see it, so that what looks alike is alike.

    See :func:`corridor_sim.landscape.names.plain`.

    Raises
    ------
    ValueError
        It is empty, or has a character that cannot be seen.
    """
    if unprintable(text.strip()) is not None:
        raise ValueError(f"the {what} has a line break or another character that cannot be seen")
    text = plain(text)
    if not text:
        raise ValueError(f"the {what} is empty: give one that can be read")
    return text


# unlike names of scenarios, those of links come from files of a GIS and are brought to one form
LinkName = Annotated[
    str, Field(min_length=1, max_length=80), AfterValidator(partial(_readable, what="name"))
]
Unit = Annotated[
    str, Field(min_length=1, max_length=40), AfterValidator(partial(_readable, what="unit"))
]


class Candidate(Strict):
    """``[[links.candidates]]``: one link.

    Attributes
    ----------
    name : str
        What reports call it.
    cost : float
        In the unit of ``links.cost_unit``, above 0.
    area : list of rings, or
    line : list of points, with width_m
        In ``crs``; longitude before latitude.
    width_m : float
        Width of a link that is drawn as a line.
    crs : str
        CRS of the points; degrees by default.
    actions : list of {"restore", "protect", "crossings"}
        What building it does (``does`` in earlier files): farmed ground goes back to nature,
        clearing and hazards are held back, roads get structures that let animals pass.
    must : bool or None
        True: in every portfolio; False: in none.
    """

    name: LinkName
    cost: float = Field(gt=0, le=1e15)
    area: Annotated[tuple[Ring, ...], Field(min_length=1)] | None = None
    line: Annotated[tuple[Point, ...], Field(min_length=2)] | None = None
    width_m: float | None = Field(default=None, gt=0, le=1e6)
    crs: str = "EPSG:4326"
    actions: Annotated[tuple[Action, ...], Field(min_length=1)] = Field(
        default=("restore", "protect"), validation_alias=AliasChoices("actions", "does")
    )
    must: bool | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> Candidate:
        if (self.area is None) == (self.line is None):
            raise ValueError("give either area or line")
        if self.line is not None and self.width_m is None:
            raise ValueError("line needs width_m, the width of the link in metres")
        if self.area is not None and self.width_m is not None:
            raise ValueError("width_m belongs to a line")
        if len(set(self.actions)) != len(self.actions):
            raise ValueError("actions names one twice")
        return self


def tell_of_does(path: Path, *candidates: Mapping[str, Any]) -> None:
    """Tell that a file of links calls actions ``does``, as all did once."""
    if any("does" in one and "actions" not in one for one in candidates):
        tell(f"{path}: the key does is called actions now; it is read as before")


def first_twice(names: Iterable[str]) -> str | None:
    """Return the first name that has been there before, None where all differ."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


# the outcome that links are ranked by where nothing else is said, and its unit
JOINING = "joining_per_year"
ANIMALS = "animals a year"


class Benefit(Strict):
    """``[links.benefit]``: what a link is ranked by.

    Outcomes of which less is better count with the opposite sign.

    Attributes
    ----------
    weights, species : mapping of name to float
        Weights by outcome and by species.
    scales : mapping of outcome to float
        What an outcome is divided by, so that 0.1 is a tenth more of it; the baseline's mean where
        none is given, or 1 where the benefit has a unit.
    unit : str, optional
        What one point is: weighted outcomes of all species are added up and shown in it. Without
        weights the benefit is dispersers of all species that join another block, in animals a
        year. Weights without a unit give a mean of shares of the baseline, in per cent.
    """

    weights: dict[str, float] = Field(default_factory=lambda: {JOINING: 1.0}, min_length=1)
    species: dict[str, float] = Field(default_factory=dict)
    scales: dict[str, Annotated[float, Field(ge=LEAST, le=MOST)]] = Field(default_factory=dict)
    unit: Unit | None = None

    @field_validator("weights", "species")
    @classmethod
    def _some_weight(cls, weights: dict[str, float]) -> dict[str, float]:
        for name, weight in weights.items():
            if weight < 0:
                raise ValueError(f"the weight of {name!r} is negative")
            if weight and not LEAST <= weight <= MOST:
                raise ValueError(f"the weight of {name!r} is neither 0 nor {LEAST:g} to {MOST:g}")
        if weights and not any(weights.values()):
            raise ValueError("all weights are 0")
        return weights

    @property
    def factor(self) -> float:
        """What a benefit is shown times."""
        return 100.0 if self.unit is None else 1.0

    @property
    def shown_unit(self) -> str:
        """What one of it is called then."""
        if self.unit is not None:
            return self.unit
        scaled = any(name in self.scales for name, weight in self.weights.items() if weight > 0)
        return "points" if scaled else "%"

    @model_validator(mode="after")
    def _animals_without_weights(self) -> Benefit:
        if self.unit is None and "weights" not in self.model_fields_set and not self.scales:
            # frozen, and this is what was meant; it stays unset, so that files keep their identity
            object.__setattr__(self, "unit", ANIMALS)
        return self


class Procedure(Strict):
    """``[links.procedure]``: how long to go on simulating.

    Attributes
    ----------
    target : {"auto", "set", "order"}
        What replicates are spent on: the best set for the budget, or the order of all links. Of
        itself the set where there is a budget, and the order where there is none or the choice is
        to be fair.
    confidence : float
        Of the ranks and the choice.
    indifference : float
        Difference of benefit below which two links are as good as each other.
    first_replicates, batch : int
        Replicates of every link to begin with, and added at a time.
    budget_runs : int
        Runs in all, the baseline's included.
    pairs_runs : int
        Runs for pairs of links that help or replace each other; 0 = links add up. Where the set is
        the target they and ``budget_runs`` are one purse, of which pairs get these to begin with.
    confirm_replicates : int
        Replicates of the chosen set.
    by : {"auto", "dispersers", "generations", "runs"}
        What is simulated: dispersers born in blocks of core areas alone, of which only those whom a
        link can concern walk again; numbers by home-range-sized tiles from year to year, for links
        through decades, with the chosen set confirmed by whole runs; or whole runs for every link.
        Of itself, the first or the second of these that tells all that links are ranked by.
    dispersers_per_replicate : int
        Animals simulated a species in each replicate, on average over species, where links are
        ranked by dispersal alone.
    walks_per_replicate : int
        Searching animals simulated a species in each replicate, about, where links are ranked by
        numbers by tiles.
    walk_every_y : int
        Where the landscape changes by itself, the years for which they walk on one landscape, at
        least: of its updates only so many count. What is built or decided in a year of its own
        counts from that year on.
    """

    target: Literal["auto", "set", "order"] = "auto"
    confidence: float = Field(default=0.95, gt=0.5, le=0.9999)
    indifference: float = Field(default=0.02, gt=0, le=1e6)
    first_replicates: int = Field(default=8, ge=5, le=10_000)
    batch: int = Field(default=4, ge=1, le=10_000)
    budget_runs: int = Field(default=400, ge=1, le=10_000_000)
    pairs_runs: int = Field(default=0, ge=0, le=10_000_000)
    confirm_replicates: int = Field(default=8, ge=3, le=10_000)
    by: Literal["auto", "dispersers", "generations", "runs"] = "auto"
    dispersers_per_replicate: int = Field(default=500, ge=50, le=20_000)
    walks_per_replicate: int = Field(default=2000, ge=200, le=20_000)
    walk_every_y: int = Field(default=10, ge=1, le=200)


class LinkSettings(Strict):
    """``[links]``.

    Attributes
    ----------
    file : str, optional
        A GeoPackage, GeoJSON or Shapefile of links, or a links file whose candidates are taken.
    opens : int, optional
        Year in which links are built, in runs through decades: what is restored then comes back in
        its own time. Without it they are there, grown, from the first day.
    cost_unit : str
        Unit of costs and budget, for people.
    budget : float
        What the chosen set may cost in all.
    fair : bool
        Whether a set is chosen for the species that gains least.
    candidates : list of Candidate
        The links, where no file is given.
    benefit, procedure : tables
        What a link is ranked by, and how long to go on simulating.
    only_clear : bool
        A link whose benefit alone is not told from nothing counts as nothing alone when the set is
        chosen; what it gives together with another counts all the same. False: means count as
        they are, and the set is in part the chance of its links.
    """

    file: FileName | None = None
    opens: int | None = Field(default=None, ge=1900, le=2300)
    cost_unit: Unit = "million USD"
    budget: float | None = Field(default=None, gt=0, le=1e18)
    fair: bool = False
    only_clear: bool = True
    candidates: tuple[Candidate, ...] = ()
    benefit: Benefit = Benefit()
    procedure: Procedure = Procedure()

    @model_validator(mode="after")
    def _some(self) -> LinkSettings:
        if (self.file is None) == (not self.candidates):
            raise ValueError(
                "give either file (GeoPackage, GeoJSON or another links file) or candidates"
            )
        if len(self.candidates) > MAX_LINKS:
            raise ValueError(
                f"{len(self.candidates)} links exceed {MAX_LINKS}: choose among them first"
            )
        twice = first_twice(one.name for one in self.candidates)
        if twice is not None:
            raise ValueError(f"two candidates are named {twice!r}")
        if self.procedure.target == "set":
            if self.budget is None:
                raise ValueError('procedure.target = "set" needs links.budget: a set for what?')
            if self.fair:
                raise ValueError(
                    'procedure.target = "set" finds the set that brings the most over all species: '
                    'use "order" where the choice is to be fair'
                )
        return self

    @property
    def for_a_set(self) -> bool:
        """Whether replicates are spent on the best set and not on the order of all links."""
        target = self.procedure.target
        return target == "set" or (target == "auto" and self.budget is not None and not self.fair)


class LinksFile(StudyFile):
    """A whole links file.

    Attributes
    ----------
    base : Scenario
        The scenario without any link.
    links : LinkSettings
        The links and what counts.
    co_benefits : list of CoBenefit, optional
        What the ground gives beside animals; summed over every link.
    places : list of PlaceLayer, optional
        Polygons by which links are told.
    """

    name: LinkName = "Links"
    links: LinkSettings
    co_benefits: CoBenefits | None = None
    places: PlaceLayers | None = None

    @model_validator(mode="after")
    def _each_once(self) -> LinksFile:
        refuse_twice(self.co_benefits or (), self.places or ())
        return self

    @model_validator(mode="after")
    def _opens_in_the_run(self) -> LinksFile:
        base, opens = self.base, self.links.opens
        if opens is None:
            return self
        if base.life_cycle is None:
            raise ValueError(
                "links.opens: only runs through decades have years ([base.life_cycle])"
            )
        last = base.start_year + int(base.years or 1) - 1
        if not base.start_year <= opens <= last:
            raise ValueError(
                f"links.opens: {opens} is outside the run, allowed: {base.start_year} to {last}"
            )
        return self
