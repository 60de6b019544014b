"""What every edit shares: declared parameters with ranges, checks, and one line for people.

An edit is a frozen model. Each field declares its unit, help and range once; the reader of files,
the JSON Schema and the checks all follow from that.
"""

from __future__ import annotations

import json
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any, ClassVar, NoReturn, get_args

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_serializer,
)
from pydantic.fields import FieldInfo

from corridor_sim.errors import CorridorSimError, ScenarioError, is_seen, nearest, shown
from corridor_sim.landscape import names
from corridor_sim.landscape.derive import derive_changed
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.layers import OF_GROUND
from corridor_sim.landscape.parts import Origin
from corridor_sim.toml.strict import Strict, dotted, plain_value

# no coordinate on Earth is larger, in degrees or metres; larger ones overflow on the way to cells
FARTHEST = 1e8


def parameter(
    help: str,
    *,
    default: Any = ...,
    absent: Callable[[], Any] | None = None,
    low: float | None = None,
    high: float | None = None,
    unit: str = "1",
) -> Any:
    """Declare one parameter of an edit; without ``default`` it must be given.

    ``absent`` makes what stands for one that another may take the place of, such as a file; the
    edit itself says when one of them is missing. ``low`` and ``high`` are inclusive.
    """
    if absent is not None:
        return Field(default_factory=absent, description=help, json_schema_extra={"unit": unit})
    return Field(default, ge=low, le=high, description=help, json_schema_extra={"unit": unit})


def _impossible(value: Any, where: str, remedy: str) -> NoReturn:
    raise ScenarioError(f"{shown(value)} is impossible", where=where, remedy=remedy)


def _text(value: str, info: ValidationInfo) -> str:
    where = str(info.field_name)
    if not value.strip():
        _impossible(value, where, "must be a text")
    # the text of a CRS may be laid out over several lines
    if where != "crs" and not is_seen(value):
        _impossible(value, where, "must be one line of characters that can be seen")
    return value


def _name(value: str, info: ValidationInfo) -> str:
    """Return a name in its one form: names that look alike are one name."""
    bad = names.unprintable(value.strip())
    if bad is not None:
        remedy = f"must hold no line break or control sign ({bad})"
        _impossible(value, str(info.field_name), remedy)
    if not names.plain(value):
        _impossible(value, str(info.field_name), "must be a text")
    return names.plain(value)


def _coordinates(items: list[Any], where: str) -> tuple[float, ...]:
    for one in items:
        real = isinstance(one, int | float) and not isinstance(one, bool)
        if not real or not math.isfinite(one):
            _impossible(one, where, "coordinates must be finite numbers")
        if abs(one) > FARTHEST:
            far = f"no place on a map lies beyond {FARTHEST:g} degrees or metres"
            _impossible(one, where, far)
    return tuple(float(one) for one in items)


def _point(value: Any, info: ValidationInfo) -> tuple[float, ...]:
    if not isinstance(value, list | tuple):
        _impossible(value, str(info.field_name), "must be [x, y]")
    return _coordinates(list(value), str(info.field_name))


def _pairs(value: Any, where: str) -> tuple[tuple[float, ...], ...]:
    """Return points as tuples; the first misfit is named as people count."""
    if not isinstance(value, list | tuple):
        _impossible(value, where, "must be a list of [x, y] pairs")
    for i, point in enumerate(value):
        if not isinstance(point, list | tuple) or len(point) != 2:
            raise ScenarioError(
                f"point {i + 1} is {shown(point)}", where=where, remedy="give [x, y] pairs"
            )
    return tuple(_coordinates(list(point), where) for point in value)


def _points(value: Any, info: ValidationInfo) -> Any:
    return _pairs(value, str(info.field_name))


def _rings(value: Any, info: ValidationInfo) -> Any:
    where = str(info.field_name)
    if not isinstance(value, list | tuple):
        _impossible(value, where, "must be a list of rings, each a list of [x, y] pairs")
    return tuple(_pairs(ring, f"{where}[{i}]") for i, ring in enumerate(value))


Point = tuple[float, float]
Ring = tuple[Point, ...]
Text = Annotated[str, Field(min_length=1), AfterValidator(_text)]
# the name of a thing, in its one form
Called = Annotated[str, Field(min_length=1), AfterValidator(_name)]
# sizes stand in the schema; an edit that finds fewer points than it needs says so itself
_PAIR = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_LINE = {"type": "array", "items": _PAIR, "minItems": 2}
_RINGS = {"type": "array", "items": {**_LINE, "minItems": 3}, "minItems": 1}
Place = Annotated[tuple[float, ...], BeforeValidator(_point), WithJsonSchema(_PAIR)]
Line = Annotated[tuple[Point, ...], BeforeValidator(_points), WithJsonSchema(_LINE)]
Rings = Annotated[tuple[Ring, ...], BeforeValidator(_rings), WithJsonSchema(_RINGS)]


class BadEdit(ScenarioError):
    """An edit that cannot be made, and the place of what is wrong in a file's table."""

    def __init__(self, problem: str, remedy: str, *location: str | int) -> None:
        super().__init__(problem, where=dotted(location), remedy=remedy)
        self.location = location


class Edit(Strict, ABC):
    """A change to a landscape, ready to be applied.

    Made from the table of a file or from keywords: ``Clear(fraction=0.3)``. Called with a
    landscape it returns the edited one.

    Attributes
    ----------
    kind : str
        Word by which files call for this edit; a subclass narrows it to a literal.
    """

    kind: str
    # keys that were called otherwise once; files that say so still hold
    earlier_names: ClassVar[Mapping[str, str]] = {}
    # as it was given: what identifies a run is what its file says
    _given: dict[str, Any] = PrivateAttr(default_factory=dict)

    def __init__(self, /, **given: Any) -> None:
        """Check the parameters as those of a file.

        Raises
        ------
        BadEdit
            Naming the parameter, the value and what to do.
        """
        cls = type(self)
        (kind,) = get_args(cls.model_fields["kind"].annotation)
        table = {"kind": kind, **{cls.earlier_names.get(k, k): v for k, v in given.items()}}
        _refuse_keys(table, cls, kind)
        parts = []
        for key, value in table.items():
            try:
                parts.append(f"{json.dumps(key)}: {json.dumps(value, default=plain_value)}")
            except (TypeError, ValueError, RecursionError):
                problem = f"{shown(value)} is impossible"
                raise BadEdit(problem, "must be what a TOML file can say", kind, key) from None
        text = "{" + ", ".join(parts) + "}"
        whole = {k: int(v) for k, v in table.items() if _is_whole(v, cls.model_fields[k])}
        written = text if not whole else json.dumps({**json.loads(text), **whole})
        try:
            self.__pydantic_validator__.validate_json(written, strict=True, self_instance=self)
        except ValidationError as bad:
            first = bad.errors()[0]
            if first["type"] == "json_invalid":
                raise BadEdit(f"cannot be used: {first['msg']}", "", kind) from None
            key = str(first["loc"][0])
            problem = f"{shown(first['input'])} is impossible"
            raise BadEdit(problem, _remedy(first, cls.model_fields[key]), kind, key) from None
        except CorridorSimError as bad:
            place = re.findall(r"\w+", (bad.where or "").removeprefix(kind))
            location = (int(part) if part.isdigit() else part for part in place)
            raise BadEdit(bad.problem, bad.remedy, kind, *location) from None
        self._given = json.loads(text)

    @model_serializer
    def _as_table(self) -> dict[str, Any]:
        return self.table()

    def table(self) -> dict[str, Any]:
        """Return the table that the edit was made of."""
        return deepcopy(self._given)

    def __call__(self, land: Landscape, seed: int = 1) -> Landscape:
        """Return the edited landscape; see :meth:`apply`. Chance is that of a scenario's seed.

        A file is looked for where the program runs.
        """
        return self.located(Path()).apply(land, seed)

    @abstractmethod
    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Return a new landscape; the one given stays as it is.

        Raises
        ------
        ScenarioError, LandscapeError
            When the edit cannot be made on this landscape.
        """

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that it takes coordinates from; mostly none."""
        return ()

    def located(self, base_dir: Path) -> Edit:
        """Return the edit with coordinates in place of files, relative to ``base_dir``.

        Itself where it names no file, or its files were read.
        """
        return self

    def plain(self) -> tuple[Edit, ...]:
        """Return the edits by coordinates that it stands for; itself where it names no file."""
        return (self,)

    def parts(self) -> tuple[Edit, ...]:
        """Return the edits that this one is made of, in their order; itself where it is one."""
        return (self,)

    @property
    def draws(self) -> bool:
        """Whether its outcome hangs on the seed; an edit that draws by it must say so.

        A scenario with such an edit has several maps, on which its replicates stand in turn.
        """
        return any(part.draws for part in self.parts() if part is not self)

    @property
    def makes_cover(self) -> bool:
        """Whether it changes the land cover; an edit that does must say so."""
        return any(part.makes_cover for part in self.parts() if part is not self)

    @abstractmethod
    def describe(self) -> str:
        """Say in one line what the edit does."""

    def describe_on(self, land: Landscape) -> str:
        """Say in one line what the edit does on a landscape, whose region may tell more."""
        return self.describe()

    def where(self, key: str) -> str:
        """Name the place of a parameter in messages: ``clear.fraction``."""
        return f"{self.kind}.{key}"


def _refuse_keys(table: Mapping[str, Any], cls: type[Edit], kind: str) -> None:
    fields = {key: one for key, one in cls.model_fields.items() if key != "kind"}
    for key in table:
        if key not in cls.model_fields:
            raise BadEdit("unknown key", nearest(key, fields), kind, key)
    for key, one in fields.items():
        if key not in table and one.is_required():
            raise BadEdit("missing", f"add {key}", kind, key)


def _is_whole(value: Any, field: FieldInfo) -> bool:
    """Whether a number with a decimal point stands for the whole one that is needed."""
    types = {field.annotation, *get_args(field.annotation)}
    return int in types and isinstance(value, float) and value.is_integer() and abs(value) < 1e15


def _remedy(bad: Any, field: FieldInfo) -> str:
    """Say what a parameter takes, for a value that its type or range refuses."""
    types = {field.annotation, *get_args(field.annotation)}
    if isinstance(bad["input"], str) and bad["type"] == "literal_error":
        return nearest(bad["input"], re.findall(r"'([^']+)'", bad["ctx"]["expected"]))
    if bool in types:
        return "must be true or false"
    if types & {int, float}:
        return _range_of(field, whole=float not in types)
    return "must be a list of texts" if "tuple" in str(field.annotation) else "must be a text"


def _range_of(field: FieldInfo, *, whole: bool) -> str:
    low = next((one.ge for one in field.metadata if isinstance(one, Ge)), None)
    high = next((one.le for one in field.metadata if isinstance(one, Le)), None)
    extra = field.json_schema_extra
    unit = extra.get("unit", "1") if isinstance(extra, dict) else "1"
    lower = "" if low is None else f"at least {low:g}"
    upper = "" if high is None else f"at most {high:g}"
    between = f"{low:g} to {high:g}" if lower and upper else lower or upper
    of = "" if unit in ("1", "year") else f" {unit}"
    return f"allowed: {'a whole number ' if whole else ''}{between}{of}"


def edited(
    land: Landscape, note: str, changed: Mapping[str, NDArray[Any]], **more: Any
) -> Landscape:
    """Return ``land`` with input layers replaced, derived layers refreshed and ``note`` added.

    ``changed`` may hold ``protection``, which is kept and never shrinks. The origin of a changed
    layer says that an edit went over it. Arrays that an edit leaves alone are shared, not copied:
    layers are read-only. Where there is no ground nothing changes.
    """
    changed = _on_ground(land, changed)
    inputs = {**land.layers, **changed}
    layers = derive_changed(land.grid, inputs, land.layers, land.covers, land.region)
    origins = dict(land.origins)
    for name in changed:
        old = origins.get(name, Origin("derived", "computed from other layers"))
        origins[name] = old if old.source.endswith(", edited") else old.noted(", edited")
    return land.edited(note, layers=layers, origins=origins, **more)


def _on_ground(land: Landscape, changed: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return changed layers with all that lies where there is no ground taken out again."""
    off = land.outside
    if off is None:
        return dict(changed)
    return {
        name: np.where(off, values.dtype.type(0), values) if name in OF_GROUND else values
        for name, values in changed.items()
    }
