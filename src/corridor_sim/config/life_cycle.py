"""The TOML section ``[life_cycle]`` of a scenario: a run through years of birth and death."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler, field_serializer, model_validator
from pydantic_core import CoreSchema

from corridor_sim.toml.strict import Strict


class BurnIn(Strict):
    """``[life_cycle.burn_in]``: years on the landscape before all edits, kept out of the results.

    The population is taken as settled once the numbers of the last ``window_y`` years differ from
    those of the ``window_y`` years before by no more than ``tolerance`` or the standard deviation
    of a count, whichever is larger; after ``at_most_y`` years the run starts anyhow and says so.

    Attributes
    ----------
    window_y, at_most_y : int
        Years that are compared, and years in all.
    tolerance : float
        Change of numbers, as a share, that counts as none.
    """

    window_y: int = Field(default=20, ge=1, le=500)
    at_most_y: int = Field(default=120, ge=0, le=2000)
    tolerance: float = Field(default=0.02, ge=0.0, le=1.0)


class Genes(Strict):
    """``[life_cycle.genes]``: genomes simulated on the pedigree of every run.

    Attributes
    ----------
    founder_size : float
        Effective size of the population that the founders come from.
    loci : int
        Unlinked loci dropped down the pedigree in every run.
    trees : bool
        Whether the genomes of some of the living of the first replicate, of ten chromosomes, are
        written as a tree sequence.
    chromosome_bp : int
        Length of each chromosome.
    """

    loci: int = Field(default=200, ge=1, le=100_000)
    founder_size: float = Field(default=5000.0, ge=2, le=1e9)
    trees: bool = True
    chromosome_bp: int = Field(default=1_000_000, ge=1000, le=1_000_000_000)


class _FalseForNone:
    """Annotation: None is written ``false``, as TOML has no null."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        found = handler(schema)
        some = [{"const": False} if one == {"type": "null"} else one for one in found["anyOf"]]
        return {**found, "anyOf": some}


class LifeCycleSettings(Strict):
    """``[life_cycle]``: animals are born, disperse, settle, breed and die, year by year.

    Attributes
    ----------
    days_per_season : int or None
        Days of each half-year on which residents are moved, each standing for as many days as the
        half-year has of them; 183 moves them through the whole year. Animals without a home are
        always moved on every day.
    settle_every_d : int
        Days between two occasions to settle.
    movement : bool
        Without it the young settle where they were born, and nobody meets a hazard.
    demographic_stochasticity : bool
        Whether each animal has its own chance in survival and births.
    environmental_sd : float
        Standard deviation from year to year of survival and births on the logit scale.
    capacity_scale : float
        Factor on the animals that the landscape feeds.
    burn_in : BurnIn
        Years before the run, until numbers are settled.
    genes : Genes or false
        Genomes on the pedigree; ``false`` leaves them out.
    quasi_extinction : int
        A population has been quasi-extinct once it had fewer independent animals than this.
    """

    days_per_season: int = Field(default=15, ge=0, le=183)
    settle_every_d: int = Field(default=15, ge=1, le=183)
    movement: bool = True
    demographic_stochasticity: bool = True
    environmental_sd: float = Field(default=0.0, ge=0.0, le=5.0)
    capacity_scale: float = Field(default=1.0, gt=0.0, le=1000.0)
    quasi_extinction: int = Field(default=20, ge=1, le=10_000_000)
    burn_in: BurnIn = BurnIn()
    genes: Annotated[Genes | None, _FalseForNone()] = Genes()

    @model_validator(mode="before")
    @classmethod
    def _genes_may_be_switched_off(cls, data: object) -> object:
        # TOML has no null: genes = false leaves them out
        if isinstance(data, dict) and data.get("genes") is False:
            return {**data, "genes": None}
        return data

    @field_serializer("genes", when_used="json")
    def _switched_off_stays_so(self, genes: Genes | None) -> object:
        return False if genes is None else genes
