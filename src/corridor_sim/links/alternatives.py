"""Drawn alternatives: what somebody would do, under a name, at a cost; read and kept as TOML.

An alternative is a list of changes of the landscape. A change is the table of an edit, as in a
scenario's file, with its place in coordinates. Where an edit takes ``areas``, a middle ``line`` and
``width_m`` may stand in their place, as somebody draws a corridor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from corridor_sim.config.links import Candidate, LinkName, Unit, first_twice
from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.files import write_text
from corridor_sim.landscape.edits import EDITS
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.candidates import outline_of, rings_of
from corridor_sim.toml.strict import Strict, read_toml, validate

MOST_ALTERNATIVES = 8
MOST_CHANGES = 50
MOST_CORNERS = 5000


def _table(given: dict[str, Any]) -> dict[str, Any]:
    """Return the table of a change that names a known kind and holds coordinates, not files.

    Raises
    ------
    ScenarioError
    """
    kind = str(given.get("kind", ""))
    if kind not in EDITS:
        raise ScenarioError(f"unknown change {kind!r}", where="kind", remedy=nearest(kind, EDITS))
    if "file" in given:
        raise ScenarioError(
            "names a file", where="file", remedy="give the coordinates: it was drawn"
        )
    corners = sum(len(ring) for ring in given.get("areas", ())) + len(given.get("line", ()))
    corners += len(given.get("points", ()))
    if corners > MOST_CORNERS:
        raise ScenarioError(
            f"has {corners} corners, above the limit of {MOST_CORNERS}",
            where=kind,
            remedy="simplify its outline",
        )
    return given


Change = Annotated[dict[str, Any], AfterValidator(_table)]


class Alternative(Strict):
    """What somebody would do: changes of the landscape under one name, at a cost.

    Attributes
    ----------
    name : str
    cost : float or None
        In the unit of :class:`Alternatives`; None where nobody has said yet.
    changes : tuple of dict
        Tables of edits, in the order in which they are made (see the module).

    Examples
    --------
    >>> import corridor_sim as cs
    >>> one = cs.Alternative(name="North", cost=4, changes=[{"kind": "warm", "degrees_c": 1.5}])
    >>> one.changes[0]["kind"]
    'warm'
    """

    name: LinkName
    cost: float | None = Field(default=None, ge=0, le=1e15)
    changes: tuple[Change, ...] = Field(default=(), max_length=MOST_CHANGES)

    def edits(self, landscape: Landscape) -> tuple[Edit, ...]:
        """Return the edits of all changes, with lines made areas on the landscape's grid.

        Raises
        ------
        CorridorSimError
            In one line: the change, what is wrong with it and what to do.
        """
        return tuple(edit_of(change, landscape, self.name) for change in self.changes)


class Alternatives(Strict):
    """Up to eight alternatives side by side, and what may be spent.

    Attributes
    ----------
    alternatives : tuple of Alternative
    cost_unit : str
    budget : float or None
    """

    alternatives: tuple[Alternative, ...] = Field(default=(), max_length=MOST_ALTERNATIVES)
    cost_unit: Unit = "million USD"
    budget: float | None = Field(default=None, ge=0, le=1e15)

    @classmethod
    def of(cls, data: Any) -> Alternatives:
        """Return alternatives from plain data, as a page sends them.

        Raises
        ------
        ScenarioError
            Naming the key, its value and what to do.
        """
        return validate(cls, data, where="drawn", error=ScenarioError)

    @model_validator(mode="after")
    def _names_differ(self) -> Alternatives:
        twice = first_twice(one.name for one in self.alternatives)
        if twice is not None:
            raise ValueError(f"two alternatives are called {twice!r}: give each its own name")
        return self


def edit_of(change: Mapping[str, Any], landscape: Landscape, where: str) -> Edit:
    """Return one drawn change as an edit in the landscape's CRS.

    Raises
    ------
    CorridorSimError
    """
    table = {key: value for key, value in change.items() if key != "kind"}
    kind = EDITS[change["kind"]]
    if "line" in table and "areas" in kind.model_fields:
        line, width_m = table.pop("line"), table.pop("width_m", None)
        data = {"name": table.get("name", where), "cost": 1.0, "line": line, "width_m": width_m}
        data |= {"crs": table.pop("crs", "EPSG:4326")}
        one = validate(Candidate, data, where=where, error=ScenarioError)
        table |= {
            "areas": rings_of(outline_of(one, landscape.grid, where)),
            "crs": landscape.grid.crs,
        }
    return kind(**table)


def read_alternatives(path: str | Path) -> Alternatives:
    """Return alternatives from a TOML file.

    Raises
    ------
    ScenarioError
        In one line: file, line, key, value and remedy.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.read_alternatives("drawn.toml").budget  # doctest: +SKIP
    60.0
    """
    path = Path(path)
    data = read_toml(path, ScenarioError)
    return validate(Alternatives, data, where=path, error=ScenarioError)


def write_alternatives(
    alternatives: Alternatives | Sequence[Alternative], path: str | Path
) -> Path:
    """Write alternatives as TOML, whole or not at all, and return the path.

    Raises
    ------
    ResultsError
        The file cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.write_alternatives([cs.Alternative(name="North")], "drawn.toml")  # doctest: +SKIP
    """
    import tomli_w

    if not isinstance(alternatives, Alternatives):
        alternatives = Alternatives(alternatives=tuple(alternatives))
    data = alternatives.model_dump(mode="json", exclude_none=True)
    return write_text(Path(path), tomli_w.dumps(data))
