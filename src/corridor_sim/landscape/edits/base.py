"""What every edit shares: declared parameters with ranges, checks, and one line for people.

An edit is a frozen dataclass. Each field declares its unit, help and range in its metadata, so the
scenario reader, the documentation and the checks here all read the same declaration.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.landscape import names
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.landscape import Landscape, Origin

Point = tuple[float, float]
Ring = tuple[Point, ...]


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
            value = self._checked(spec.name, getattr(self, spec.name), spec.type, spec.metadata)
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
        declared = str(type_)
        if value is None and "None" in declared:
            return None
        word = declared.split(" |")[0]
        if word == "bool":
            if not isinstance(value, bool):
                raise self._refusal(key, value, "must be true or false")
            return value
        if word in ("float", "int"):
            return self._number(key, value, word, meta)
        if word == "str":
            if not isinstance(value, str) or not value.strip():
                raise self._refusal(key, value, "must be a text")
            if meta["choices"] and value not in meta["choices"]:
                raise self._refusal(key, value, nearest(value, meta["choices"]))
            return self._name(key, value) if key == "name" else value
        if word.startswith("tuple[str"):
            texts = isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
            if not texts:
                raise self._refusal(key, value, "must be a list of texts")
            return tuple(self._name(key, v) for v in value)
        return self._freeze(key, value)

    def _name(self, key: str, value: str) -> str:
        """Return a name in its one form: names that look alike are one name."""
        bad = names.unprintable(value.strip())
        if bad is not None:
            raise self._refusal(key, value, f"must hold no line break or control sign ({bad})")
        if not names.plain(value):
            raise self._refusal(key, value, "must be a text")
        return names.plain(value)

    def _number(self, key: str, value: Any, word: str, meta: Mapping[str, Any]) -> float | int:
        low, high = meta["low"], meta["high"]
        unit = "" if meta["unit"] in ("1", "year") else f" {meta['unit']}"
        lower = "" if low is None else f"at least {low:g}"
        upper = "" if high is None else f"at most {high:g}"
        between = f"{low:g} to {high:g}" if lower and upper else lower or upper
        allowed = f"allowed: {'a whole number ' if word == 'int' else ''}{between}{unit}"
        real = isinstance(value, int | float | np.integer | np.floating)
        if not real or isinstance(value, bool):
            raise self._refusal(key, value, allowed)
        whole = float(value).is_integer() if math.isfinite(value) else False
        if not math.isfinite(value) or (word == "int" and not whole):
            raise self._refusal(key, value, allowed)
        if (low is not None and value < low) or (high is not None and value > high):
            raise self._refusal(key, value, allowed)
        return int(value) if word == "int" else float(value)

    def _freeze(self, key: str, value: Any) -> Any:
        """Turn nested lists of coordinates into tuples of floats."""
        if isinstance(value, str | bytes) or value is None:
            raise self._refusal(key, value, "must be a list of [lon, lat] pairs")
        if isinstance(value, int | float | np.integer | np.floating):
            if isinstance(value, bool) or not math.isfinite(value):
                raise self._refusal(key, value, "coordinates must be finite numbers")
            return float(value)
        try:
            return tuple(self._freeze(key, v) for v in value)
        except TypeError:
            raise self._refusal(key, value, "must be a list of [lon, lat] pairs") from None

    def _refusal(self, key: str, value: Any, remedy: str) -> ScenarioError:
        shown = repr(value) if not isinstance(value, list | tuple) else f"{str(value)[:60]}"
        return ScenarioError(f"{shown} is impossible", where=self.where(key), remedy=remedy)


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
