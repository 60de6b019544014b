"""Drawn alternatives: what somebody would do, under a name, at a cost.

An alternative is a list of changes of the landscape. A change is the table of an edit, as in a
scenario's file, with its place in coordinates. Where an edit takes ``areas``, a middle ``line`` and
``width_m`` may stand in their place, as somebody draws a corridor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

from pydantic import AfterValidator, Field, model_validator

from corridor_sim.config.build import reference_landscape
from corridor_sim.config.links import Candidate, LinkName, Unit, first_twice
from corridor_sim.config.load import Resolved, ScenarioLike, scenario_of
from corridor_sim.config.schema import Scenario
from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.landscape.edits import EDITS
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.clearing import Clear
from corridor_sim.landscape.edits.drawn import AreaEdit
from corridor_sim.landscape.edits.linking import ACTIONS, BuildLink
from corridor_sim.landscape.edits.places import LONLAT, to_grid_metres
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr
from corridor_sim.links.candidates import outline_of, rings_of
from corridor_sim.toml.strict import Strict, validate

MOST_ALTERNATIVES = 8
MOST_CHANGES = 50
MOST_CORNERS = 5000
LINK = "build_link"


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
            tr("has {n} corners, above the limit of {most}", n=corners, most=MOST_CORNERS),
            where=kind,
            remedy=tr("simplify its outline"),
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
        return tuple(edit_of(change, landscape.grid, self.name) for change in self.changes)

    def candidate(self, landscape: Landscape) -> dict[str, Any]:
        """Return the table of a links file, ``[[links.candidates]]``, that stands for it.

        Several links with the same actions are one candidate of several outlines.

        Raises
        ------
        ScenarioError
            Why it can be none: no cost, changes that are no links, or links of different actions.

        Examples
        --------
        >>> import corridor_sim as cs
        >>> line = [[-78.9, -3.0], [-78.3, -3.0]]
        >>> link = {"kind": "build_link", "name": "a", "line": line, "width_m": 5e3}
        >>> one = cs.Alternative(name="North", cost=4, changes=[{**link, "actions": ["restore"]}])
        >>> sorted(one.candidate(cs.load_landscape(cell_m=8000)))
        ['actions', 'cost', 'crs', 'line', 'name', 'width_m']
        """
        return candidate_of(self, landscape.grid)

    def scenario(
        self, base: ScenarioLike | None = None, landscape: Landscape | None = None
    ) -> Resolved:
        """Return a scenario in which these changes are made after its own edits.

        Parameters
        ----------
        base : path, Scenario or what load_scenario returns, optional
            The built-in landscape as it is today by default.
        landscape : Landscape, optional
            Of the base, where it is there already.

        Raises
        ------
        CorridorSimError
            As :meth:`edits`, or a mistake in the base.

        Examples
        --------
        >>> import corridor_sim as cs
        >>> warmer = cs.Alternative(name="Warmer", changes=[{"kind": "warm", "degrees_c": 1.5}])
        >>> today = cs.Scenario(name="Today", days=5, landscape={"cell_m": 5000})
        >>> [edit.kind for edit in warmer.scenario(today).edits]
        ['warm']
        """
        one = scenario_of(base)
        land = reference_landscape(one) if landscape is None else landscape
        edits = (*one.edits, *self.edits(land))
        made = one.scenario.model_copy(update={"name": self.name, "edits": edits})
        return Resolved(made, (), one.base_dir)


class Alternatives(Strict):
    """Up to eight alternatives side by side, and what may be spent.

    Attributes
    ----------
    alternatives : tuple of Alternative
        What was drawn.
    cost_unit : str
        What costs and the budget are counted in.
    budget : float or None
        What may be spent in all.
    base : Scenario or None
        What they were drawn on; None where the file does not say it.
    """

    alternatives: tuple[Alternative, ...] = Field(default=(), max_length=MOST_ALTERNATIVES)
    cost_unit: Unit = "million USD"
    budget: float | None = Field(default=None, ge=0, le=1e15)
    base: Scenario | None = None

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
            raise ValueError(
                tr("two alternatives are called {name!r}: give each its own name", name=twice)
            )
        return self


def edit_of(change: Mapping[str, Any], grid: Grid, where: str) -> Edit:
    """Return one drawn change as an edit; a line becomes its ground, in the CRS of the grid.

    Raises
    ------
    CorridorSimError
    """
    table = {key: value for key, value in change.items() if key != "kind"}
    kind = EDITS[change["kind"]]
    if "line" in table and "areas" in kind.model_fields:
        line, width_m = table.pop("line"), table.pop("width_m", None)
        data = {"name": table.get("name", where), "cost": 1.0, "line": line, "width_m": width_m}
        data |= {"crs": table.pop("crs", LONLAT)}
        one = validate(Candidate, data, where=where, error=ScenarioError)
        table |= {"areas": rings_of(outline_of(one, grid, where)), "crs": grid.crs}
    return kind(**table)


def candidate_of(one: Alternative, grid: Grid) -> dict[str, Any]:
    """Return an alternative as a candidate of a links file; see :meth:`Alternative.candidate`."""
    others = sorted({c["kind"].replace("_", " ") for c in one.changes if c["kind"] != LINK})
    if others:
        raise ScenarioError(
            tr("does more than build links ({others})", others=", ".join(others)),
            where=one.name,
            remedy=tr("a links file holds links alone: keep it as a scenario"),
        )
    if not one.changes:
        raise ScenarioError(tr("holds no link"), where=one.name, remedy=tr("draw one"))
    if not one.cost:
        raise ScenarioError(tr("has no cost"), where=one.name, remedy=tr("give it a cost above 0"))
    # as earlier files call them
    actions = [set(c.get("actions") or c.get("does") or ()) for c in one.changes]
    if any(each != actions[0] for each in actions):
        raise ScenarioError(
            tr("its links do different things"),
            where=one.name,
            remedy=tr("give all of them the same actions, or make two alternatives of it"),
        )
    links = [cast(BuildLink, edit_of(change, grid, one.name)) for change in one.changes]
    data: dict[str, Any] = {"name": one.name, "cost": one.cost}
    data["actions"] = [name for name in ACTIONS if name in actions[0]]
    first, crs = one.changes[0], {link.crs for link in links}
    if len(links) == 1 and "line" in first:
        data |= {"line": first["line"], "width_m": first["width_m"]}
        data["crs"] = first.get("crs", LONLAT)
    elif len(crs) == 1:
        data |= {"area": [list(ring) for link in links for ring in link.areas], "crs": crs.pop()}
    else:
        data |= {"area": [ring for link in links for ring in placed(link, grid)], "crs": grid.crs}
    return data


def placed(edit: AreaEdit | Clear, grid: Grid) -> list[list[list[float]]]:
    """Return the rings of an edit in metres of the grid, to the centimetre."""
    where = edit.where("areas")
    return [to_grid_metres(r, edit.crs, grid, where).round(2).tolist() for r in edit.areas]
