"""What every edit shares: declared parameters with ranges, checks, and one line for people.

An edit is a frozen dataclass. Each field declares its unit, help and range in its metadata, so the
scenario reader, the documentation and the checks here all read the same declaration.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, is_seen, nearest, shown
from corridor_sim.landscape import names
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.landscape import Landscape, Origin

Point = tuple[float, float]
Ring = tuple[Point, ...]
# no coordinate on Earth is larger, in degrees or metres; larger ones overflow on the way to cells
FARTHEST = 1e8


def parameter(
    help: str,
    *,
    default: Any = ...,
    low: float | None = None,
    high: float | None = None,
    unit: str = "1",
    choices: Sequence[str] | None = None,
) -> Any:
    """Declare one parameter of an edit; without ``default`` it must be given.

    ``low`` and ``high`` are inclusive. ``choices`` lists the allowed words of a text.
    """
    metadata = {"help": help, "low": low, "high": high, "unit": unit, "choices": choices}
    if default is ...:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(ABC):
    """A change to a landscape, ready to be applied.

    Attributes
    ----------
    kind : str
        Word by which scenario files call for this edit (class attribute).
    """

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for spec in fields(self):
            type_ = _types(type(self))[spec.name]
            value = self._checked(spec.name, getattr(self, spec.name), type_, spec.metadata)
            object.__setattr__(self, spec.name, value)

    @abstractmethod
    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Return a new landscape; the one given stays as it is.

        Raises
        ------
        ScenarioError, LandscapeError
            When the edit cannot be made on this landscape.
        """

    def parts(self) -> tuple[Edit, ...]:
        """Return the edits that this one is made of, in their order; itself where it is one."""
        return (self,)

    @abstractmethod
    def describe(self) -> str:
        """Say in one line what the edit does."""

    def where(self, key: str) -> str:
        """Name the place of a parameter in messages: ``clear.fraction``."""
        return f"{self.kind}.{key}"

    def _checked(self, key: str, value: Any, type_: Any, meta: Mapping[str, Any]) -> Any:
        """Return ``value`` brought to its declared type, or refuse it naming the key."""
        kinds = get_args(type_)
        if type(None) in kinds:
            if value is None:
                return None
            (type_,) = (kind for kind in kinds if kind is not type(None))
        if type_ is bool:
            if not isinstance(value, bool):
                raise self._refusal(key, value, "must be true or false")
            return value
        if type_ in (float, int):
            return self._number(key, value, type_, meta)
        if type_ is str:
            if not isinstance(value, str) or not value.strip():
                raise self._refusal(key, value, "must be a text")
            if meta["choices"] and value not in meta["choices"]:
                raise self._refusal(key, value, nearest(value, meta["choices"]))
            if key == "name":
                return self._name(key, value)
            # the text of a CRS may be laid out over several lines
            if key != "crs" and not is_seen(value):
                raise self._refusal(key, value, "must be one line of characters that can be seen")
            return value
        return self._list(key, value, type_, self.where(key))

    def _name(self, key: str, value: str) -> str:
        """Return a name in its one form: names that look alike are one name."""
        bad = names.unprintable(value.strip())
        if bad is not None:
            raise self._refusal(key, value, f"must hold no line break or control sign ({bad})")
        if not names.plain(value):
            raise self._refusal(key, value, "must be a text")
        return names.plain(value)

    def _number(
        self, key: str, value: Any, kind: type[float] | type[int], meta: Mapping[str, Any]
    ) -> float | int:
        low, high = meta["low"], meta["high"]
        unit = "" if meta["unit"] in ("1", "year") else f" {meta['unit']}"
        lower = "" if low is None else f"at least {low:g}"
        upper = "" if high is None else f"at most {high:g}"
        between = f"{low:g} to {high:g}" if lower and upper else lower or upper
        allowed = f"allowed: {'a whole number ' if kind is int else ''}{between}{unit}"
        found = _finite(value)
        if found is None or (kind is int and not found.is_integer()):
            raise self._refusal(key, value, allowed)
        if (low is not None and found < low) or (high is not None and found > high):
            raise self._refusal(key, value, allowed)
        return int(value) if kind is int else found

    def _list(self, key: str, value: Any, type_: Any, where: str) -> Any:
        """Return nested lists as the tuples that ``type_`` declares, or refuse the first misfit.

        Points are named as people count them, rings by their place in the list.
        """
        inner = get_args(type_)[0]
        items = _items(value)
        if inner is str:
            if items is None or not all(isinstance(one, str) for one in items):
                raise self._refusal(key, value, "must be a list of texts")
            return tuple(self._name(key, one) for one in items)
        if items is None:
            raise self._refusal(key, value, f"must be {_WORDS[type_]}", where)
        if inner is float:
            return self._coordinates(key, items, where)
        if inner != Point:
            return tuple(
                self._list(key, one, inner, f"{where}[{i}]") for i, one in enumerate(items)
            )
        points = [_items(one) for one in items]
        for i, point in enumerate(points):
            if point is None or len(point) != 2:
                raise ScenarioError(
                    f"point {i + 1} is {shown(items[i])}", where=where, remedy="give [x, y] pairs"
                )
        return tuple(self._coordinates(key, point or (), where) for point in points)

    def _coordinates(self, key: str, items: tuple[Any, ...], where: str) -> tuple[float, ...]:
        numbers = []
        for one in items:
            number = _finite(one)
            if number is None:
                raise self._refusal(key, one, "coordinates must be finite numbers", where)
            if abs(number) > FARTHEST:
                far = f"no place on a map lies beyond {FARTHEST:g} degrees or metres"
                raise self._refusal(key, one, far, where)
            numbers.append(number)
        return tuple(numbers)

    def _refusal(self, key: str, value: Any, remedy: str, where: str = "") -> ScenarioError:
        return ScenarioError(
            f"{shown(value)} is impossible", where=where or self.where(key), remedy=remedy
        )


_WORDS = {
    tuple[float, ...]: "[x, y]",
    Ring: "a list of [x, y] pairs",
    tuple[Ring, ...]: "a list of rings, each a list of [x, y] pairs",
}


@cache
def _types(cls: type[Edit]) -> dict[str, Any]:
    """Return the declared types of an edit's parameters."""
    return get_type_hints(cls)


def _finite(value: Any) -> float | None:
    """Return a number as float; None for what is no number, or none that a float can hold."""
    real = isinstance(value, int | float | np.integer | np.floating)
    if not real or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _items(value: Any) -> tuple[Any, ...] | None:
    """Return the items of a list, an array or whatever else holds some in order."""
    if isinstance(value, str | bytes | Mapping | set | frozenset):
        return None
    try:
        return tuple(value)
    except TypeError:
        return None


def edited(
    land: Landscape, note: str, changed: Mapping[str, NDArray[Any]], **more: Any
) -> Landscape:
    """Return ``land`` with input layers replaced, derived layers refreshed and ``note`` added.

    ``changed`` may hold ``protection``, which is kept and never shrinks. The origin of a changed
    layer says that an edit went over it. Arrays that an edit leaves alone are shared, not copied:
    layers are read-only.
    """
    layers = derive(land.grid, {**land.layers, **changed})
    origins = dict(land.origins)
    for name in changed:
        old = origins.get(name, Origin("derived", "computed from other layers"))
        source = old.source.removesuffix(", edited")
        origins[name] = Origin(old.status, f"{source}, edited", old.replace_with)
    return land.edited(note, layers=layers, origins=origins, **more)
