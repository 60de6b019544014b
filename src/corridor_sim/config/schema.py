"""The schema of scenario and experiment files. Nothing here reads a file or touches a raster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast, dataclass_transform

from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from corridor_sim.config.adaptive import Adaptive
from corridor_sim.config.co_benefits import CoBenefits, PlaceLayers, refuse_twice
from corridor_sim.config.dispersal import Options, any_model
from corridor_sim.config.indifference import Indifference
from corridor_sim.config.life_cycle import LifeCycleSettings
from corridor_sim.config.plan import PlanSettings
from corridor_sim.errors import ScenarioError
from corridor_sim.glance import Glance, Rows, some
from corridor_sim.landscape.edits import AnyEdit, Edit
from corridor_sim.landscape.io.settings import BUILTIN_LANDSCAPE, LandscapeSettings
from corridor_sim.landscape.timeline.rules import Change
from corridor_sim.species.predictor import Predictor
from corridor_sim.species.reader import species_keys
from corridor_sim.toml.strict import FileName, Line, Strict, validate

# Enough that what is between maps is known: Student's t with 7 degrees of freedom is 2.4, with 3 it
# would be 3.2. More maps serve as well and cost a landscape each.
MAPS = 8
Name = Annotated[Line, Field(min_length=1, max_length=80)]
if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass

    Dispersal = Options
else:
    ModelMetaclass = type(BaseModel)
    Dispersal = any_model()


def _as_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


# one raster, or two of the seasons; behind _as_many an array is a list and no tuple
ReadyMap = Annotated[
    list[FileName],
    Field(min_length=1, max_length=2),
    BeforeValidator(_as_many, json_schema_input_type=FileName | list[FileName]),
]


class SpeciesSettings(Strict):
    """``[species.KEY]``: how many animals, from which file, with which traits changed.

    Attributes
    ----------
    file : str
        A species file of the user's own.
    count : int
        Residents on the map; by default as many as its density and the habitat give.
    positions : str
        A CSV (columns x, y or lon, lat; sex, stage and count if known) or points of a vector file:
        today's animals start where they were seen, instead of where the habitat is good.
    positions_crs : str
        CRS of x and y of a CSV; that of the landscape where not given.
    sampling, disperser_sampling : float
        Simulated animals per animal, of residents and of dispersers: below 1 saves time, above 1
        sharpens rare outcomes of a small population.
    dispersal : Options
        Lets those who search for a home move by another model than step selection.
    suitability, resistance : str, or two of the seasons
        Rasters of the user's own: suitability 0 to 1, resistance from 1. Given one, the other
        follows from it; given both, suitability says where animals live, resistance how they move.
    suitability_max : float
        The value of the raster that stands for a suitability of 1, if it is another: 100 for per
        cent.
    selection, settlement : Predictor
        Linear predictors of covariates: of steps, and of where animals live; without the latter
        the first serves both.
    traits : table
        Numbers of the species file by dotted name, with their new values.
    """

    file: FileName | None = None
    count: int | None = Field(default=None, ge=1, le=10_000_000)
    positions: FileName | None = None
    positions_crs: Line | None = None
    sampling: float = Field(default=1.0, ge=1e-6, le=1000)
    disperser_sampling: float = Field(default=1.0, ge=1e-6, le=1000)
    dispersal: Dispersal | None = None
    suitability: ReadyMap | None = None
    suitability_max: float | None = Field(default=None, gt=0, le=1e6)
    resistance: ReadyMap | None = None
    selection: Predictor | None = None
    settlement: Predictor | None = None
    traits: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_each(self) -> SpeciesSettings:
        if self.resistance is not None and self.selection is not None:
            raise ValueError("steps have two origins, resistance and selection: leave one out")
        if self.suitability is not None and self.settlement is not None:
            raise ValueError("homes have two origins, suitability and settlement: leave one out")
        if self.suitability is None and self.suitability_max is not None:
            raise ValueError("suitability_max needs suitability, the raster that it is about")
        return self

    @model_validator(mode="after")
    def _one_number(self) -> SpeciesSettings:
        if self.positions is not None and self.count is not None:
            raise ValueError(
                "give either count or positions: the file says how many; sampling makes them more"
            )
        if self.positions_crs is not None and self.positions is None:
            raise ValueError("positions_crs is of use only with positions")
        return self


# keys by which a movement model lets animals settle by itself, and what leaves that out
_ENDS = {"settles": 0.0, "min_moves": 0, "max_moves": 10**9}


def _ends(dispersal: Options | None) -> dict[str, Any]:
    return {} if dispersal is None else dispersal.model_dump(include=set(_ENDS))


def _every_species() -> dict[str, SpeciesSettings]:
    return {key: SpeciesSettings() for key in species_keys()}


@dataclass_transform(kw_only_default=True, field_specifiers=(Field,))
class FromPython(ModelMetaclass):
    """Lets settings that are made in Python pass the checks of a file, in the same words."""

    def __call__(cls, **settings: Any) -> Any:
        """Return the settings, or raise :class:`ScenarioError` in one line."""
        model = cast(type[Strict], cls)
        return validate(model, settings, where=f"{cls.__name__}(...)", error=ScenarioError)


class Scenario(Glance, Strict, metaclass=FromPython):
    """One scenario file.

    Attributes
    ----------
    name, description : str
        What reports and results folders call it, and say of it.
    days : int
        Length of one run; or give ``years``.
    years : float
        Length of one run in years; with ``life_cycle`` a whole number.
    start_day : int
        Day of the year on which the run starts.
    replicates : int
        Runs that differ by chance alone.
    seed : int
        64-bit seed; with the replicate's number it decides all chance.
    landscape : LandscapeSettings
        The built-in landscape, or the user's own files.
    species : mapping of key to SpeciesSettings
        Which species live there, and with what changed; all of the catalogue where left out.
    edits : list of tables
        Changes to the landscape, in order; see ``corridor-sim schema``.
    start_year : int
        Calendar year in which the run starts.
    change : Change or None
        How the landscape changes from year to year; None leaves it as it is.
    life_cycle : LifeCycleSettings or None
        Lets animals be born, disperse, settle, breed and die through ``years`` whole years; None
        moves today's animals and lets nobody be born.
    adaptive : Adaptive or None
        More replicates than ``replicates``, until intervals are narrow enough.
    indifference : Indifference
        The smallest change that matters, for what is said of differences; no run depends on it.
    tracks : int
        Animals per species whose daily places the file of the first replicate keeps. Any others,
        and every step, are had afterwards: ``corridor-sim tracks``.
    maps : int
        Landscapes drawn where chance decides what an edit or a change does, as with clearing:
        replicate ``r`` stands on map ``r mod maps``. Without such an edit there is one.
    """

    name: Name = "Scenario"
    description: str = ""
    days: int | None = Field(default=None, ge=1, le=36_525)
    years: float | None = Field(default=None, gt=0, le=100)
    start_day: int = Field(default=0, ge=0, le=365)
    replicates: int = Field(default=4, ge=1, le=100_000)
    seed: int = Field(default=1, ge=0, le=2**63 - 1)
    tracks: int = Field(default=12, ge=0, le=10_000)
    maps: int = Field(default=MAPS, ge=1, le=100_000)
    landscape: LandscapeSettings = LandscapeSettings()
    species: dict[str, SpeciesSettings] = Field(default_factory=_every_species, min_length=1)
    edits: tuple[AnyEdit, ...] = ()
    start_year: int = Field(default=2025, ge=1900, le=2300)
    change: Change | None = None
    life_cycle: LifeCycleSettings | None = None
    adaptive: Adaptive | None = None
    indifference: Indifference = Indifference()

    @model_validator(mode="after")
    def _one_length(self) -> Scenario:
        if self.days is not None and self.years is not None:
            raise ValueError("give either days or years, not both")
        if self.n_days < 1:
            raise ValueError(f"years = {self.years:g} is less than a day")
        return self

    @model_validator(mode="after")
    def _years_with_a_life_cycle(self) -> Scenario:
        if self.life_cycle is None:
            if self.change is not None:
                raise ValueError(
                    "change needs life_cycle: only decades have landscapes that change"
                )
            return self
        if self.change is None:
            for name, covariate in (self.landscape.covariates or {}).items():
                if covariate.years is not None and len(covariate.years) > 1:
                    raise ValueError(
                        f"landscape.covariates.{name} changes from year to year: add [change], "
                        "which may be empty, or give one file"
                    )
        if self.years is None or self.years != int(self.years):
            raise ValueError("life_cycle needs years, a whole number")
        if self.start_day != 0:
            raise ValueError("start_day must be 0 with life_cycle: its years are whole")
        for key, one in self.species.items():
            if one.sampling != 1 or one.disperser_sampling != 1 or one.count is not None:
                raise ValueError(
                    f"species.{key}: animals of a life cycle compete and mate, so that numbers "
                    "follow from the landscape; use life_cycle.capacity_scale instead of count, "
                    "sampling and disperser_sampling"
                )
            if one.positions is not None:
                raise ValueError(
                    f"species.{key}.positions: the years before the first of a life cycle forget "
                    "where the first animals were; leave positions out"
                )
            own = {k: v for k, v in _ends(one.dispersal).items() if v != _ENDS[k]}
            if own:
                name, value = next(iter(own.items()))
                raise ValueError(
                    f"species.{key}.dispersal.{name} = {value}: with life_cycle an animal's search "
                    "ends by the species' own rules of settling; drop this key"
                )
        return self

    def all_edits(self) -> list[tuple[str, Edit]]:
        """Return the edits, those with a date last, each with its place in the file."""
        found = [(f"edits[{i}]", edit) for i, edit in enumerate(self.edits)]
        events = () if self.change is None else self.change.events
        return found + [(f"change.events[{i}]", one.edit) for i, one in enumerate(events)]

    @property
    def has_burn_in(self) -> bool:
        """Whether years pass before the first, which replicates of several scenarios share."""
        return self.life_cycle is not None

    @property
    def n_maps(self) -> int:
        """Landscapes on which the replicates stand; one where chance changes none."""
        draws = any(edit.draws for edit in self.edits)
        return self.maps if draws or (self.change is not None and self.change.draws) else 1

    def map_of(self, replicate: int) -> int:
        """Return the number of the map on which a replicate stands, from 0.

        The same in every scenario of an experiment, so that what is paired shares its clearing.
        """
        return replicate % self.n_maps

    @property
    def n_days(self) -> int:
        """Length of the run in days; one year where nothing is said."""
        if self.days is not None:
            return self.days
        return round((self.years if self.years is not None else 1.0) * 365.25)

    def _glance(self) -> tuple[str, Rows]:
        length = f"{self.n_days} days" if self.life_cycle is None else f"{self.years:g} years"
        land = self.landscape
        kinds = [edit.kind for edit in self.edits]
        return self.name, [
            ("about", " ".join(self.description.split())),
            ("lasts", length),
            ("animals", "are born and die" if self.life_cycle else "of today, moved day by day"),
            ("landscape", land.grid_file or BUILTIN_LANDSCAPE),
            ("species", some(tuple(self.species))),
            ("edits", some(kinds) or "none"),
            ("replicates", f"{self.replicates}, seed {self.seed}"),
            ("maps", str(self.n_maps) if self.n_maps > 1 else ""),
        ]


class Beside(Strict):
    """A single scenario beside the crossed ones.

    Attributes
    ----------
    edits : list of tables
        Made after the base's own edits.
    set : mapping of dotted name to value
        Settings of the base that are otherwise here: ``{ "change.climate.ssp" = "SSP5-8.5" }``.
    against : str
        Scenario that this one is compared with; the baseline where not given.
    like : str
        Another scenario beside, whose edits and settings this one begins with: its own come on top.
    """

    edits: tuple[AnyEdit, ...] = ()
    set: dict[str, Any] = Field(default_factory=dict)
    against: Name | None = None
    like: Name | None = None


class Experiment(Strict, metaclass=FromPython):
    """One experiment file: a shared base, factors that are crossed, and single scenarios beside.

    The first level of every factor together is the baseline; without factors the base itself is.

    Attributes
    ----------
    name, description : str
        What reports and results folders call it, and say of it.
    base : Scenario
        What all scenarios share.
    factors : mapping of factor to mapping of level to list of edits
        Every combination of levels is a scenario.
    beside : mapping of name to Beside
        Single scenarios.
    co_benefits : list of CoBenefit, optional
        What the ground gives beside animals; summed over what each scenario protects and over all
        of the landscape.
    places : list of PlaceLayer, optional
        Polygons by which results are told.
    plan : PlanSettings or None
        Which scenario is a plan whose worth is to be told; the report then begins with it.
    """

    name: Name = "Experiment"
    description: str = ""
    base: Scenario
    co_benefits: CoBenefits | None = None
    places: PlaceLayers | None = None
    factors: dict[Name, dict[Name, tuple[AnyEdit, ...]]] = Field(default_factory=dict)
    beside: dict[Name, Beside] = Field(default_factory=dict)
    plan: PlanSettings | None = None

    @field_validator("factors")
    @classmethod
    def _levels(
        cls, factors: dict[str, dict[str, tuple[AnyEdit, ...]]]
    ) -> dict[str, dict[str, tuple[AnyEdit, ...]]]:
        for name, levels in factors.items():
            if not levels:
                raise ValueError(f"factor {name!r} has no levels")
        return factors

    @model_validator(mode="after")
    def _each_once(self) -> Experiment:
        refuse_twice(self.co_benefits or (), self.places or ())
        return self


class StudyFile(Strict):
    """A file of one question about a base scenario.

    Attributes
    ----------
    name, description : str
        What reports call it, and say of it.
    base : Scenario
        What all points share.
    """

    name: Name
    description: str = ""
    base: Scenario

    def as_settings(self) -> dict[str, Any]:
        """Return the file as plain data, every default written out."""
        data: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        return data


def refuse_uneven(n: int) -> None:
    """Refuse a number of points that Sobol's sequence does not fill evenly.

    Raises
    ------
    ValueError
        It is no power of two.
    """
    if n & (n - 1):
        low = 1 << (n.bit_length() - 1)
        raise ValueError(f"n = {n} is no power of two; use {low} or {2 * low}")
