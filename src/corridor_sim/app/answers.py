"""What drawn alternatives do: asked, growing, and kept as long as they are as they were.

An answer belongs to what was drawn and not to its name: what is drawn again, or taken back, is
answered at once.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import corridor_sim as cs
from corridor_sim.app import maps
from corridor_sim.app.replies import Refused
from corridor_sim.app.runs import RUNS, Runs
from corridor_sim.app.tasks import Tasks, stepped, unforeseen
from corridor_sim.app.words import word
from corridor_sim.app.work import Work, revision_of

if TYPE_CHECKING:
    from corridor_sim.landscape.edits.base import Edit

# replicates after which an answer is told
GROWING = (10, 20, 40)
# those of which one step is, where others must not wait
STEP = 5
IN_STEPS = tuple(range(STEP, GROWING[-1] + 1, STEP))
# a first answer that takes longer is worked out in the background
SLOW_S = 2.0
# answers and maps that are kept, of those asked for last
MOST_ANSWERS = 24
MOST_MAPS = 40
# ways that are drawn where nobody says of which animals
MOST_WAYS = 200
BEST_SET = "best set"
# ends the unit of a sum that comes anew each year
YEARLY = " a year"


@dataclass(slots=True)
class Known:
    """What is known of what was drawn.

    Attributes
    ----------
    told : dict
        The event but for its name.
    effect : LinkEffect or None
        None of what cannot be made.
    """

    told: dict[str, Any]
    effect: cs.LinkEffect | None = None
    lives: Any = None
    # of the sentence on what cannot be made
    language: str = ""


@dataclass(slots=True)
class Answers:
    """Asks the evaluator, in the simulator's thread.

    Attributes
    ----------
    tasks : Tasks
    work : Work
    evaluator : LinkEvaluator or None
        None until the landscape is there.
    rasters : dict of str to bytes
        Of maps that were worked out.
    best_set : dict or None
        The last choice, as long as nothing was changed.
    runs : Runs
        What was answered, to be found again by its address.
    """

    tasks: Tasks
    work: Work
    evaluator: cs.LinkEvaluator | None = None
    rasters: dict[str, bytes] = field(default_factory=dict)
    best_set: dict[str, Any] | None = None
    runs: Runs = field(init=False)
    _known: OrderedDict[str, Known] = field(default_factory=OrderedDict)
    _maps: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)
    # by name the revision that was asked for last
    _asked: dict[str, str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.runs = Runs(self.work.folder / RUNS)

    def need(self) -> cs.LinkEvaluator:
        """Return the evaluator.

        Raises
        ------
        Refused
            The landscape is not there yet.
        """
        if self.evaluator is None:
            raise Refused(word("server.not_ready"), 503)
        return self.evaluator

    # ---- the answers of all alternatives

    def all(self) -> list[dict[str, Any]]:
        """Return what is known of the alternatives as they are now."""
        found = ((one.name, self._known.get(_revision(one))) for one in self._alternatives())
        now = cs.languages.current().code
        # why something cannot be made is asked again by who reads another language
        return [
            {"name": name, **known.told}
            for name, known in found
            if known is not None and (known.effect is not None or known.language == now)
        ]

    def ask(self, name: str) -> None:
        """Have an alternative answered: at once where it is known, else as it is worked out.

        Raises
        ------
        Refused
            There is no such alternative, or nothing is drawn in it.
        """
        one = self._alternative(name)
        revision = _revision(one)
        with self._lock:
            self._asked[name] = revision
            known = self._known.get(revision)
            if known is not None and known.effect is not None:
                self.tasks.tell("answer", {"name": name, **known.told})
            # what could not be made is tried again: it may have lacked memory
            done = known is not None and known.effect is not None and known.told["final"]
        if not done:
            self.tasks.submit(_task(name), self._answer(one, revision))

    def drop(self, name: str) -> None:
        """Give up the work on an answer."""
        with self._lock:
            self._asked.pop(name, None)
        self.tasks.cancel(_task(name))

    def follow(self) -> None:
        """Give up what was asked of alternatives that were changed or deleted since."""
        now = {one.name: _revision(one) for one in self._alternatives()}
        with self._lock:
            for name, revision in list(self._asked.items()):
                if now.get(name) != revision:
                    self.drop(name)
                    self.tasks.tell("dropped", {"name": name})
            if self.best_set is not None and self.best_set["revision"] != self._of_choice():
                self.stop_choosing()

    def _answer(self, one: cs.Alternative, revision: str) -> Iterator[None]:
        try:
            evaluator = self.need()
            edits = one.edits(evaluator.land)
            first_s = evaluator.seconds_for(edits, GROWING[0])
            if first_s > SLOW_S:
                told = {"name": one.name, "seconds": evaluator.seconds_for(edits, GROWING[-1])}
                self.tasks.tell("slow", told)
                steps = self._grow(one, revision, edits, IN_STEPS)
                self.tasks.submit(_task(one.name), steps, urgent=False)
                return
            yield
            yield from self._grow(one, revision, edits, GROWING)
        except Exception as bad:
            self._refuse(one.name, revision, bad)

    def _grow(
        self, one: cs.Alternative, revision: str, edits: Sequence[Edit], counts: Sequence[int]
    ) -> Iterator[None]:
        evaluator = self.need()
        try:
            for effect in evaluator.effects(edits, name=one.name, replicates=counts):
                if effect.replicates in GROWING:
                    told = _told(effect, revision)
                    if told["final"]:
                        told["run"] = self.runs.keep(evaluator, [one])
                    self._keep(one.name, revision, Known(told, effect))
                yield
        except Exception as bad:
            self._refuse(one.name, revision, bad)

    def effect(self, one: cs.Alternative) -> cs.LinkEffect:
        """Return the whole answer on an alternative, worked out where it is not known.

        For the simulator's thread.

        Raises
        ------
        CorridorSimError
            It cannot be made.
        """
        known = self._known.get(_revision(one))
        if known is not None and known.effect is not None and known.told["final"]:
            return dataclasses.replace(known.effect, name=one.name)
        evaluator = self.need()
        return evaluator.change(one.edits(evaluator.land), one.name)

    def _refuse(self, name: str, revision: str, bad: Exception) -> None:
        told = {"revision": revision, "problem": _why(bad), "final": True}
        self._keep(name, revision, Known(told, language=cs.languages.current().code))

    def _keep(self, name: str, revision: str, known: Known) -> None:
        """Keep an answer, and tell it unless something else was asked of the name since."""
        with self._lock:
            self._known[revision] = known
            self._known.move_to_end(revision)
            while len(self._known) > MOST_ANSWERS:
                self._known.popitem(last=False)
            if self._asked.get(name) == revision:
                self.tasks.tell("answer", {"name": name, **known.told})

    # ---- what stands behind one answer; all but the checks in the simulator's thread

    async def lives(self, name: str) -> dict[str, Any]:
        """Return the animals that end otherwise, as columns.

        Raises
        ------
        Refused
            There is no answer yet.
        """
        known, effect = self._effect(name)
        table = await self.tasks.result(lambda: self._lives(known, effect))
        columns = table.drop(columns="geometry")
        return {
            "revision": known.told["revision"],
            "replicates": effect.replicates,
            "columns": {str(key): _short(columns[key]) for key in columns},
        }

    async def ways(self, name: str, rows: Sequence[int] | None) -> dict[str, Any]:
        """Return the ways of some animals, by their rows in :meth:`lives`.

        Raises
        ------
        Refused
            There is no answer yet, or no such row.
        """
        known, effect = self._effect(name)

        def call() -> list[dict[str, Any]]:
            lives = self._lives(known, effect)
            if rows is not None:
                if any(not 0 <= row < len(lives) for row in rows):
                    raise Refused(word("server.unread"))
                lives = lives.iloc[list(rows)]
            row_of = {
                (one.species, one.animal): i
                for i, one in enumerate(self._lives(known, effect).itertuples())
            }
            found: dict[int, dict[str, Any]] = {}
            for one in self.need().ways(effect, lives, most=MOST_WAYS).itertuples():
                row = row_of[one.species, one.animal]
                way = found.setdefault(row, {"row": row, "apart_from_day": one.apart_from_day})
                way[one.change] = [[round(x), round(y)] for x, y in one.geometry.coords]
            return list(found.values())

        return {"revision": known.told["revision"], "ways": await self.tasks.result(call)}

    async def co_benefits(self, name: str) -> dict[str, Any]:
        """Return what the ground of an alternative gives beside animals."""
        evaluator, one = self.need(), self._alternative(name)

        def call() -> dict[str, Any]:
            edits = one.edits(evaluator.land)
            found, areas = evaluator.co_benefits(edits), evaluator.changed_areas(edits)
            tr = cs.languages.tr
            rows = [
                row | {"co_benefit": tr(row["co_benefit"]), "unit": _unit(row["unit"])}
                for row in found.to_dict("records")
            ]
            return {
                "rows": rows,
                "note": tr(found.attrs["note"]),
                "areas": [_worded(row) for row in areas.to_dict("records")],
                "drawn_km2": areas.attrs["drawn_km2"],
            }

        return await self.tasks.result(call)

    async def current(self, name: str) -> dict[str, Any]:
        """Return what circuit theory says of an alternative."""
        evaluator, one = self.need(), self._alternative(name)
        found = await self.tasks.result(lambda: evaluator.current(one.edits(evaluator.land)))
        return {
            "cell_m": found.cell_m,
            "inside_without_a": found.inside_without_a,
            "inside_with_a": found.inside_with_a,
            "resistance": found.resistance.to_dict("records"),
        }

    async def map(self, kind: str, species: str, name: str | None) -> dict[str, Any]:
        """Return the legend of a map; its cells are kept in :attr:`rasters` under its ``key``.

        Raises
        ------
        Refused
            There is no such map.
        """
        evaluator = self.need()
        one = self._alternative(name) if name else None
        maps.check(evaluator, kind, species, one)
        revision = _revision(one) if one is not None else ""
        key = f"{kind}-{species or 'all'}-{revision or 'now'}"

        def call() -> dict[str, Any]:
            if key not in self._maps:
                edits = one.edits(evaluator.land) if one is not None else None
                found = maps.map_of(evaluator, key, kind, species, edits)
                self._maps[key] = found.legend
                self.rasters |= found.rasters
            self._maps.move_to_end(key)
            while len(self._maps) > MOST_MAPS:
                old, legend = self._maps.popitem(last=False)
                for gone in (old, legend["told"]):
                    self.rasters.pop(gone, None)
            return self._maps[key]

        return await self.tasks.result(call)

    def _lives(self, known: Known, effect: cs.LinkEffect) -> Any:
        if known.lives is None:
            known.lives = self.need().lives(effect)
        return known.lives

    def _effect(self, name: str) -> tuple[Known, cs.LinkEffect]:
        known = self._known.get(_revision(self._alternative(name)))
        if known is None or known.effect is None:
            raise Refused(word("server.no_answer", name=name), 404)
        return known, known.effect

    # ---- which to build

    def choose(self, budget: float | None, weights: dict[str, float]) -> None:
        """Have the best set for a budget worked out in the background.

        Raises
        ------
        Refused
            A cost or the budget is missing.
        """
        self.need()
        now = self.work.alternatives
        budget = now.budget if budget is None else budget
        if budget is None:
            raise Refused(word("server.no_budget"), 422)
        for one in now.alternatives:
            if not one.cost:
                raise Refused(word("server.no_cost", name=one.name), 422)
        revision = self._of_choice()
        self.best_set = {"revision": revision, "progress": ""}
        self.tasks.tell("best-set", self.best_set)
        self.tasks.submit(BEST_SET, self._choose(revision, budget, weights), urgent=False)

    def stop_choosing(self) -> None:
        """Give up the search for the best set, and what it found."""
        self.tasks.cancel(BEST_SET)
        self.best_set = None
        self.tasks.tell("best-set", {"revision": None})

    def _choose(self, revision: str, budget: float, weights: dict[str, float]) -> Iterator[None]:
        evaluator = self.need()
        found: list[Any] = []
        try:
            given = {
                one.name: (one.edits(evaluator.land), one.cost or 0.0)
                for one in self._alternatives()
            }
            steps = stepped(
                lambda progress: evaluator.choose(
                    given, budget, weights=weights or None, progress=progress
                ),
                found.append,
            )
            for line in steps:
                self._tell_choice(revision, {"progress": line})
                yield
        except Exception as bad:
            self._tell_choice(revision, {"problem": _why(bad)})
            return
        choice = found[0]
        parts = "names cost budget benefit low high regret settled replicates seconds"
        told = {part: getattr(choice, part) for part in parts.split()}
        told |= {
            "sentence": lambda: choice.sentence,
            "check": lambda: choice.check,
            "sets": choice.sets,
            "alone": choice.alone,
        }
        self._tell_choice(revision, told)

    def _tell_choice(self, revision: str, told: dict[str, Any]) -> None:
        with self._lock:
            if self.best_set is not None and self.best_set["revision"] == revision:
                self.best_set = {"revision": revision, **told}
                self.tasks.tell("best-set", self.best_set)

    def _of_choice(self) -> str:
        """Return a digest of all on which the best set depends."""
        now = self.work.alternatives
        costs = [one.cost for one in now.alternatives]
        names = [one.name for one in now.alternatives]
        return revision_of([_revision(one) for one in now.alternatives], names, costs, now.budget)

    def _alternatives(self) -> tuple[cs.Alternative, ...]:
        return self.work.alternatives.alternatives

    def _alternative(self, name: str) -> cs.Alternative:
        one = self.work.named(name)
        if one is None:
            raise Refused(word("server.no_alternative", name=name), 404)
        if not one.changes:
            raise Refused(word("server.nothing_drawn", name=name), 422)
        return one


def _revision(one: cs.Alternative) -> str:
    return revision_of(one.changes)


def _unit(unit: str) -> str:
    """Return the unit of a sum over ground in the current language."""
    what = unit.removesuffix(YEARLY)
    here = cs.languages.tr(what)
    return here if what == unit else word("change.benefits.a_year", what=here)


def _worded(area: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a row of changed areas with its land covers in the current language."""
    covers = ("cover_before", "cover_after")
    return dict(area) | {cover: cs.languages.tr(area[cover]) for cover in covers}


def _short(column: Any) -> list[Any]:
    """Return a column of lives with no more digits than a page needs: places to the metre."""
    if column.dtype.kind == "f":
        column = column.round(0 if column.name.startswith(("start_", "end_")) else 6)
    return list(column.tolist())


def _why(bad: Exception) -> str:
    """Return in a sentence why something was not worked out."""
    return str(bad) if isinstance(bad, cs.CorridorSimError | Refused) else unforeseen(bad)


def _task(name: str) -> str:
    return f"answer {name}"


def _told(effect: cs.LinkEffect, revision: str) -> dict[str, Any]:
    """Return an answer as it is told, but for its name."""
    return {
        "revision": revision,
        "replicates": effect.replicates,
        "final": effect.replicates == GROWING[-1],
        "seconds": effect.seconds,
        "concerned": effect.concerned,
        "area_km2": effect.area_km2,
        "outcomes": effect.outcomes.to_dict("records"),
        "run": None,
        "pairs": effect.pairs.to_dict("records"),
        "totals": effect.totals.to_dict("records"),
        "animals": effect.animals.to_dict("records"),
    }
