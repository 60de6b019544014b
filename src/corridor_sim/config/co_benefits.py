"""``[[co_benefits]]``, what else the ground gives, and ``[[places]]``, by which to tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from corridor_sim.datasets.andes_amazon.co_benefits import TABLES
from corridor_sim.errors import nearest
from corridor_sim.landscape.amount_units import REMEDY, Per, misfit, split_unit
from corridor_sim.toml.strict import FileName, Line, Strict

MOST_CO_BENEFITS = 12
MOST_LAYERS = 6
Name = Annotated[Line, Field(min_length=1, max_length=60)]
Unit = Annotated[Line, Field(min_length=1, max_length=40)]


class CoBenefit(Strict):
    """``[[co_benefits]]``: one thing that the ground gives beside animals.

    Attributes
    ----------
    name : str
        What reports call it.
    file : str, optional
        A raster of amounts, in any coordinate system; or ``layer``.
    layer : str, optional
        A co-benefit of the built-in landscape: ``carbon`` or ``water``, by land cover.
    unit : str, optional
        Of the raster's values: ``t/ha``, ``mm/year``, ``people``. Needed with ``file``.
    per : {"ha", "depth", "cell"}, optional
        What a value is of: a hectare, a depth of water, or all of a cell (numbers, such as people).
        Needed with ``file``.
    goes_with : {"natural_cover", "nothing"}, optional
        Whether it is lost where natural cover goes. By default so for amounts a hectare and depths,
        and not for numbers a cell.
    comes_back : {"mean_of_cover", "nothing"}, optional
        What ground brings that natural cover comes back to: the raster's mean over that cover
        today, or nothing. By default the mean for amounts a hectare.
    most_holes : float
        Share of a link, or of the ground that a plan adds, on which the raster may have no value.
    holes : {"refuse", "zero"}
        What is done beyond that share: refuse, or count holes as nothing and say how large.
    """

    name: Name
    file: FileName | None = None
    layer: str | None = None
    unit: Unit | None = None
    per: Per | None = None
    goes_with: Literal["natural_cover", "nothing"] | None = None
    comes_back: Literal["mean_of_cover", "nothing"] | None = None
    most_holes: float = Field(default=0.1, ge=0, le=1)
    holes: Literal["refuse", "zero"] = "refuse"

    @model_validator(mode="after")
    def _one_source(self) -> CoBenefit:
        if (self.file is None) == (self.layer is None):
            raise ValueError("give either file (a raster) or layer (of the built-in landscape)")
        if self.layer is None:
            return self._of_file()
        if self.layer not in TABLES:
            raise ValueError(f"unknown layer {self.layer!r}; {nearest(self.layer, TABLES)}")
        for key in ("unit", "per", "goes_with", "comes_back"):
            if getattr(self, key) is not None:
                raise ValueError(f"{key} belongs to file; a layer has its own")
        return self

    def _of_file(self) -> CoBenefit:
        if self.unit is None or self.per is None:
            raise ValueError(
                'file needs unit and per: unit = "t/ha" with per = "ha", "mm/year" with "depth", '
                '"people" with "cell"'
            )
        wrong = misfit(self.unit, self.per)
        if wrong:
            raise ValueError(f"unit {wrong}, as per = {self.per!r} needs; {REMEDY[self.per]}")
        return self

    @property
    def value_unit(self) -> str:
        """Unit of the values."""
        return TABLES[self.layer].unit if self.layer is not None else str(self.unit)

    @property
    def is_per(self) -> Per:
        """What a value is of."""
        return split_unit(self.value_unit)[1] if self.per is None else self.per

    @property
    def is_lost(self) -> bool:
        """Whether a raster's amounts go where natural cover goes."""
        default = "nothing" if self.is_per == "cell" else "natural_cover"
        return (self.goes_with or default) == "natural_cover"

    @property
    def returns(self) -> bool:
        """Whether a raster's amounts come back with natural cover."""
        default = "mean_of_cover" if self.is_per == "ha" else "nothing"
        return self.is_lost and (self.comes_back or default) == "mean_of_cover"


class PlaceLayer(Strict):
    """``[[places]]``: a layer of polygons by which results are told: provinces, watersheds.

    Attributes
    ----------
    file : str
        GeoPackage, GeoJSON or Shapefile of polygons, in any coordinate system that it declares.
    name_field : str
        The field with the names of the places.
    title : str
        What reports call them.
    """

    file: FileName
    name_field: Annotated[Line, Field(min_length=1, max_length=80)]
    title: Name = "Places"


def refuse_twice(co_benefits: Sequence[CoBenefit], places: Sequence[PlaceLayer] = ()) -> None:
    """Refuse two co-benefits, or two layers of places, of one name.

    Raises
    ------
    ValueError
    """
    for what, names in (
        ("co_benefits are", [one.name for one in co_benefits]),
        ("layers of places are", [one.title for one in places]),
    ):
        for i, name in enumerate(names):
            if name in names[:i]:
                raise ValueError(f"two {what} named {name!r}")


CoBenefits = Annotated[tuple[CoBenefit, ...], Field(max_length=MOST_CO_BENEFITS)]
PlaceLayers = Annotated[tuple[PlaceLayer, ...], Field(max_length=MOST_LAYERS)]
