"""Edits of a place: its coordinates stand in their table, or in a vector file of the user's.

What names a file is brought to coordinates once, when its scenario is resolved or it is called
with a landscape (:meth:`corridor_sim.landscape.edits.base.Edit.located`). From then on it is made
of edits as if each had been written with coordinates; what identifies a run is the table that names
the file, and the digest of what the file holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from corridor_sim.errors import ScenarioError, placing
from corridor_sim.landscape.edits.base import Called, Edit, Ring, Rings, Text, parameter
from corridor_sim.landscape.edits.places import LONLAT, bounds_text, cells_inside, to_grid_metres
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr
from corridor_sim.toml.strict import FileName

_POLYGONS = ("Polygon",)
# keys that say which features of a file are meant, and how they are called
_OF_FILE = ("file", "field", "value", "name_field")


def _either(schema: dict[str, Any], cls: type[DrawnEdit]) -> None:
    """Say in the schema of a table that it has a name and a place one way or the other."""
    ways = [("name", "name_field")] if "name_field" in cls.model_fields else []
    if not cls.everywhere:
        ways.append((cls.place_key, "file"))
    if ways:
        schema["allOf"] = [{"anyOf": [{"required": [key]} for key in keys]} for keys in ways]


class DrawnEdit(Edit):
    """An edit of a place, which is written in its table or drawn in a file."""

    model_config = ConfigDict(json_schema_extra=_either)

    # the key of the coordinates; what a file must hold for it; whether the edit may go without
    place_key: ClassVar[str] = "areas"
    shapes: ClassVar[tuple[str, ...]] = _POLYGONS
    everywhere: ClassVar[bool] = False

    file: Annotated[FileName, Field(min_length=1)] | None = parameter(
        "vector file that holds the place, relative to the scenario's folder", default=None
    )
    field: Text | None = parameter("field by which features of the file are chosen", default=None)
    value: Text | float | None = parameter("what that field must hold", default=None)
    crs: Text = parameter("CRS of the coordinates; a file has its own", default=LONLAT)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        key, given = self.place_key, self.model_fields_set
        example = f'file = "{key}.gpkg"'
        if self.file is None:
            for one in _OF_FILE:
                if getattr(self, one, None) is not None:
                    self._refuse(one, f"needs {example}", f"add it, or drop {one}")
            if key not in given and not self.everywhere:
                self._refuse(key, "missing", f"add {key}, or {example}")
            return self
        if key in given:
            self._refuse("file", f"stands beside {key}", f"give either file or {key}, not both")
        if "crs" in given:
            self._refuse("crs", "stands beside file", "drop it: the file has its own CRS")
        if (self.field is None) != (self.value is None):
            one, other = ("field", "value") if self.value is None else ("value", "field")
            self._refuse(one, f"needs {other}", f"add {other}, or drop {one}")
        return self

    def _refuse(self, key: str, problem: str, remedy: str) -> None:
        raise ScenarioError(problem, where=self.where(key), remedy=remedy)

    @property
    def files(self) -> tuple[str, ...]:
        """The file that holds the place."""
        return () if self.file is None else (self.file,)

    def located(self, base_dir: Path) -> Edit:
        """Return the edit with the coordinates of its file.

        Raises
        ------
        LandscapeError, ScenarioError
            A file that cannot be read, holds other shapes, no features or none of those meant.
        """
        if self.file is None:
            return self
        # geographic libraries take a while to load, and most edits name no file
        from corridor_sim.landscape.io.drawn import read_drawn

        path = base_dir / self.file
        chosen = None if self.field is None or self.value is None else (self.field, self.value)
        named = getattr(self, "name_field", None)
        found = read_drawn(path, self.where("file"), self.shapes, name_field=named, chosen=chosen)
        table = {key: value for key, value in self.table().items() if key not in _OF_FILE}
        table["crs"] = found.crs
        rows = []
        for name, fids, parts in self._grouped(found.names, found.fids, found.parts):
            own = table | {self.place_key: self.coordinates_of(parts)}
            frames = [_corners(part.bounds) for part in parts]
            with placing(f"{path}: feature {fids[0]}", ScenarioError):
                edit = type(self)(**(own | {"name": name} if name else own))
            rows.append((tuple(zip(fids, frames, strict=True)), edit))
        return FromFile.of(self, path, rows)

    def coordinates_of(self, parts: Sequence[Any]) -> Any:
        """Return simple shapes as the coordinates of the edit's table."""
        from corridor_sim.landscape.polygons import without_holes

        rings = [ring for part in parts for ring in without_holes(part, 0.0)]
        return [list(map(list, ring.exterior.coords[:-1])) for ring in rings]

    def _grouped(
        self, names: Sequence[str], fids: Sequence[int], parts: Sequence[Sequence[Any]]
    ) -> list[tuple[str, list[int], list[Any]]]:
        """Return what makes one edit each: areas of one name are one, lines and points their own.

        With every part stands the feature that it is of.
        """
        rows: dict[Any, tuple[str, list[int], list[Any]]] = {}
        for name, fid, each in zip(names, fids, parts, strict=True):
            for part in each:
                key = name if self.shapes == _POLYGONS else len(rows)
                _, held, shapes = rows.setdefault(key, (name, [], []))
                held.append(fid)
                shapes.append(part)
        return list(rows.values())


def _corners(bounds: tuple[float, float, float, float]) -> Ring:
    """Return the corners of the frame around a shape."""
    west, south, east, north = bounds
    return (west, south), (east, south), (east, north), (west, north)


class NamedEdit(DrawnEdit):
    """An edit of a place that has a name, or one for each feature of its file."""

    name: Called = parameter("its name", absent=str)
    name_field: Text | None = parameter(
        "field of the file with the names, one edit for each", default=None
    )

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if self.name and self.name_field is not None:
            self._refuse("name_field", "stands beside name", "give either name or name_field")
        if not self.name and self.name_field is None:
            file = "" if self.file is None else ", or name_field"
            self._refuse("name", "missing", f"add name{file}")
        return self


class AreaEdit(NamedEdit):
    """What every edit of an area has: its rings, and the cells inside them."""

    areas: Rings = parameter("rings of [lon, lat] or [x, y] in crs", absent=tuple)

    def inside(self, land: Landscape) -> NDArray[np.bool_]:
        """Cells with ground whose centre lies inside any of the rings, ``[height, width]``.

        Raises
        ------
        ScenarioError
            As :func:`corridor_sim.landscape.edits.places.cells_inside`, and where none of the cells
            has ground.
        """
        inside = cells_inside(self.areas, self.crs, land.grid, self.where("areas"))
        if land.outside is not None:
            inside &= ~land.outside
            if not inside.any():
                raise ScenarioError(
                    tr("the area lies wholly where {landscape} has no ground", landscape=land.name),
                    where=self.where("areas"),
                    remedy=tr("draw it on the ground, or mend the mask of the landscape"),
                )
        return inside


class FromFile(Edit):
    """An edit whose place was read from its file: edits by coordinates, made in order."""

    kind: str
    _told: Any = PrivateAttr(default=None)
    _path: Any = PrivateAttr(default=None)
    _rows: Any = PrivateAttr(default=())

    @classmethod
    def of(
        cls, told: Edit, path: Path, rows: Sequence[tuple[tuple[tuple[int, Ring], ...], Edit]]
    ) -> FromFile:
        """Return the edits that came of an edit's file, with the features of each in frames."""
        one = cls.model_construct(kind=told.kind)
        one._told, one._path, one._rows = told, path, tuple(rows)
        return one

    def table(self) -> dict[str, Any]:
        """Return the table that the edit was made of, which names the file."""
        table: dict[str, Any] = self._told.table()
        return table

    @property
    def files(self) -> tuple[str, ...]:
        """The file that was read."""
        files: tuple[str, ...] = self._told.files
        return files

    def plain(self) -> tuple[Edit, ...]:
        """Return the edits by coordinates."""
        return tuple(edit for _, edit in self._rows)

    def parts(self) -> tuple[Edit, ...]:
        """Return what the edits by coordinates are made of."""
        return tuple(part for edit in self.plain() for part in edit.parts())

    def describe(self) -> str:
        """Say in one line what the edits do."""
        said = [edit.describe() for edit in self.plain()]
        more = f"; and {len(said) - 3} more" if len(said) > 3 else ""
        return f"{'; '.join(said[:3])}{more} (of {self._path.name})"

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Make the edits in order.

        Raises
        ------
        ScenarioError
            A feature outside the landscape, or an edit that cannot be made, naming the feature.
        """
        for features, edit in self._rows:
            for fid, frame in features:
                self._refuse_outside(fid, frame, edit.crs, land)
            with placing(f"{self._path}: feature {features[0][0]}", ScenarioError):
                land = edit.apply(land, seed)
        return land

    def _refuse_outside(self, fid: int, frame: Ring, crs: str, land: Landscape) -> None:
        where = f"{self._path}: feature {fid}"
        west, south, east, north = land.grid.bounds_m
        x, y = to_grid_metres(frame, crs, land.grid, where).T
        if x.max() <= west or x.min() >= east or y.max() <= south or y.min() >= north:
            raise ScenarioError(
                f"lies outside {land.name}",
                where=where,
                remedy=f"take it out, or choose others by field and value; "
                f"{bounds_text(land.grid, crs)}",
            )
