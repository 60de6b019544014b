"""What the one-page brief on drawn alternatives says: cells of its tables and its sentences.

All words stand in ``templates/brief.toml``; what other languages say, in the catalogue.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim import __version__
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.linking import BuildLink
from corridor_sim.languages import tr, written
from corridor_sim.links.drawn import LinkEvaluator
from corridor_sim.links.drawn_current import LinkCurrent
from corridor_sim.links.drawn_tables import ALL, JOINING, LinkEffect
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.co_benefits import MANY, unit_words
from corridor_sim.report.text.edits import edit_words

if TYPE_CHECKING:
    import pandas as pd

DEATHS = "deaths_per_year"
# species that have a column of their own
MOST_SPECIES = 4


@cache
def in_english() -> dict[str, dict[str, str]]:
    """Return the words of the brief as they are written, by section."""
    path = resources.files("corridor_sim.report") / "templates" / "brief.toml"
    return tomllib.loads(path.read_text("utf-8"))


def words() -> dict[str, dict[str, str]]:
    """Return the words of the brief in the current language, by section."""
    return {
        section: {key: tr(text) for key, text in table.items()}
        for section, table in in_english().items()
    }


@dataclass(frozen=True, slots=True)
class Cell:
    """A change with its interval.

    Attributes
    ----------
    mean, low, high : float
    text, span : str
        The number, and its interval in words.
    sure : bool
        Whether the interval leaves out no change.
    """

    mean: float
    low: float
    high: float
    text: str
    span: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One alternative.

    Attributes
    ----------
    name, about, does : str
        What it is called; its cost and ground; what is done.
    cells : tuple of Cell
        By column of the first table.
    beside : tuple of str
        By column of the second.
    """

    name: str
    about: str
    does: str
    cells: tuple[Cell, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """All that stands on the page but the map.

    Attributes
    ----------
    title, subtitle : str
    short : tuple of str
        Sentences to read first.
    columns, today : tuple of str
        Heads of the first table, and what each number is without any change.
    colours : tuple of str
        Of its columns.
    beside : tuple of str
        Heads of the second table; none where nothing is told beside the animals.
    rows : tuple of Row
    notes, foot : tuple of str
    """

    title: str
    subtitle: str
    short: tuple[str, ...]
    columns: tuple[str, ...]
    today: tuple[str, ...]
    colours: tuple[str, ...]
    beside: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    foot: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """What is told of one alternative beside the animals.

    Attributes
    ----------
    current : LinkCurrent
    ground, areas : DataFrame
        Of ``LinkEvaluator.co_benefits`` and ``LinkEvaluator.changed_areas``.
    """

    current: LinkCurrent
    ground: pd.DataFrame
    areas: pd.DataFrame


def brief_of(
    evaluator: LinkEvaluator,
    effects: Sequence[LinkEffect],
    beside: Sequence[Beside],
    *,
    costs: Mapping[str, float],
    currency: str,
    title: str | None,
    date: str,
    command: str,
    more: Sequence[str],
) -> Brief:
    """Return what the page says.

    Parameters
    ----------
    beside : sequence of Beside
        One for each effect, or none.
    more : sequence of str
        Sentences that follow the first ones.
    """
    keys = list(evaluator.dispersal.kinds)
    prices = {name: _price(cost, currency) for name, cost in costs.items()}
    shown = keys[:MOST_SPECIES]
    asked = [(key, JOINING) for key in shown]
    asked += [(ALL, JOINING)] if len(keys) > 1 else []
    asked += [(ALL, DEATHS)]
    by_column = [_cells([_of(one, *ask) for one in effects]) for ask in asked]
    say_of = words()["table"]
    names = [evaluator.dispersal.kinds[key].species.common_name for key in shown]
    names += [say_of["all"]] if len(keys) > 1 else []
    colours = [evaluator.dispersal.kinds[key].species.colour for key in shown]
    heads, columns_beside = _beside(beside)
    rows = tuple(
        Row(
            one.name,
            _about(evaluator, one, prices),
            say.joined([_does(edit) for edit in one.edits]),
            tuple(column[i] for column in by_column),
            tuple(column[i] for column in columns_beside),
        )
        for i, one in enumerate(effects)
    )
    firsts = [_of(effects[0], *ask)["without"] for ask in asked]
    land, grid = evaluator.land, evaluator.land.grid
    size = f"{grid.cell_m / 1000:g} km" if grid.cell_m >= 1000 else f"{grid.cell_m:g} m"
    cell = written(size)
    head = words()["head"]
    ground = head["ground"].format(km2=say.area(land.ground_km2), cell=cell)
    called = head["title_one"].format(name=effects[0].name)
    if len(effects) > 1:
        called = head["title_many"].format(n=len(effects))
    return Brief(
        title or called,
        head["subtitle"].format(
            land=tr(land.region.place or land.name), ground=ground, date=date or head["no_date"]
        ),
        (*_short(effects, keys, evaluator, prices), *more),
        (*names, say_of["deaths"]),
        tuple(say.number(one, 1 if one >= 1 else 2) for one in firsts),
        (*colours, *[""] * (len(asked) - len(shown))),
        heads,
        rows,
        tuple(_notes(evaluator, effects, beside, len(keys) - len(shown))),
        tuple(_foot(evaluator, effects, command)),
    )


def _of(effect: LinkEffect, key: str, quantity: str) -> dict[str, Any]:
    table = effect.totals
    found = table[(table["species"] == key) & (table["quantity"] == quantity)]
    return {str(k): v for k, v in found.iloc[0].items()}


def digits(rows: Sequence[Mapping[str, Any]]) -> int:
    """Return decimals that give the largest of some changes two digits.

    One more, or two, where an interval that leaves out no change would else be written as reaching
    it.

    One where that is below a hundredth of what there is without the change.

    >>> digits([{"without": 0.6, "change": 0.12, "low": 0.05, "high": 0.19}])
    2
    """
    values = [abs(float(row[k])) for row in rows for k in ("change", "low", "high")]
    largest = max((v for v in values if np.isfinite(v)), default=0.0)
    decimals = 1
    if largest > 0:
        first = -int(np.floor(np.log10(largest)))
        before = max(float(row["without"]) for row in rows)
        most = 2 - int(np.floor(np.log10(before))) if before > 0 else first + 1
        decimals = int(np.clip(max(min(first + 1, most), first), 0, 4))
    for row in rows:
        ends = float(row["low"]), float(row["high"])
        if say.off_zero(*ends):
            decimals = max(decimals, min(say.decimals_of(ends, decimals, clear=True), decimals + 2))
    return decimals


def _cells(rows: Sequence[Mapping[str, Any]]) -> list[Cell]:
    """Return a column's changes, all with as many decimals."""
    return [_cell(row, digits(rows)) for row in rows]


def _cell(row: Mapping[str, Any], decimals: int) -> Cell:
    say_of = words()["table"]
    mean, low, high = (float(row[name]) for name in ("change", "low", "high"))
    text = say.number(mean, decimals, sign=True)
    if not (np.isfinite(low) and np.isfinite(high)):
        span = say_of["no_interval"] if mean else say_of["still"]
        return Cell(mean, np.nan, np.nan, text, span, False)
    span = say_of["interval"].format(
        low=say.number(low, decimals, sign=True), high=say.number(high, decimals, sign=True)
    )
    return Cell(mean, low, high, text, span, say.off_zero(low, high))


def _price(cost: float, currency: str) -> str:
    amount = written(f"{cost:,.4g}")
    return words()["key"]["cost"].format(cost=amount, currency=tr(currency)).strip()


def _about(evaluator: LinkEvaluator, one: LinkEffect, prices: Mapping[str, str]) -> str:
    say_of = words()["key"]
    km2, word = one.area_km2, "drawn"
    if not np.isfinite(km2):
        km2, word = evaluator.changed_areas(one.edits).attrs["drawn_km2"], "everywhere"
    return f"{prices.get(one.name, say_of['no_cost'])} · {say_of[word].format(km2=say.area(km2))}"


def _does(edit: Edit) -> str:
    if isinstance(edit, BuildLink):
        return say.joined([words()["key"][action] for action in edit.actions])
    return edit_words(edit.describe())


def _short(
    effects: Sequence[LinkEffect],
    keys: Sequence[str],
    evaluator: LinkEvaluator,
    costs: Mapping[str, str],
) -> list[str]:
    """Return the sentences to read first."""
    say_of, level = words()["short"], _percent(evaluator.level)
    every = ALL if len(keys) > 1 else keys[0]
    rows = [_of(one, every, JOINING) for one in effects]
    cells = _cells(rows)
    found = [_today(float(rows[0]["without"]))]
    best = max(range(len(effects)), key=lambda i: cells[i].mean)
    name = effects[best].name
    if len(effects) == 1:
        found.append(_one(name, rows[0], cells[0], level))
    elif cells[best].sure and cells[best].mean > 0:
        found.append(_told("many_best", name, rows[best], level))
    else:
        found.append(say_of["many_none"].format(n=len(effects)))
        worst = min(range(len(effects)), key=lambda i: cells[i].mean)
        if cells[worst].sure and cells[worst].mean < 0:
            found.append(_told("one_fewer", effects[worst].name, rows[worst], level))
        return found
    if name in costs:
        found[-1] += " " + say_of["cost"].format(cost=costs[name])
    if len(effects) > 1:
        near = [i for i in range(len(effects)) if i != best and cells[i].high > cells[best].low]
        word = {0: "many_clear", 1: "many_near_one"}.get(len(near), "many_near")
        found.append(say_of[word].format(names=say.joined([effects[i].name for i in near])))
    return [*found, *_by_species(effects[best], keys, evaluator), _deaths(effects[best])]


def _percent(share: float) -> str:
    return written(f"{100 * share:g}\u00a0%")


def _today(without: float) -> str:
    """Say how many animals join another block today; of few, how rare that is as well."""
    say_of = words()["short"]
    often = say_of["often"].format(years=say.number(1 / without)) if 0 < without <= 0.5 else ""
    decimals = digits([{"without": 0.0, "change": without, "low": np.nan, "high": np.nan}])
    return say_of["today"].format(without=say.number(without, decimals), often=often)


def _told(word: str, name: str, row: Mapping[str, Any], level: str) -> str:
    """Return a sentence on a change, of sizes without a sign where it says more or fewer."""
    size = [abs(float(row[k])) for k in ("change", "low", "high")]
    mean, low, high = (say.number(v, digits([row])) for v in (size[0], *sorted(size[1:])))
    return words()["short"][word].format(name=name, mean=mean, low=low, high=high, level=level)


def _signed(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a change and the ends of its interval, with their signs."""
    places = {"mean": "change", "low": "low", "high": "high"}
    return {k: say.number(row[v], digits([row]), sign=True) for k, v in places.items()}


def _one(name: str, row: Mapping[str, Any], cell: Cell, level: str) -> str:
    if cell.sure:
        return _told("one_more" if cell.mean > 0 else "one_fewer", name, row, level)
    word = "one_unsure" if np.isfinite(cell.low) else "one_unknown"
    return words()["short"][word].format(name=name, level=level, **_signed(row))


def _by_species(effect: LinkEffect, keys: Sequence[str], evaluator: LinkEvaluator) -> list[str]:
    """Say which species gain, which lose, and of which it cannot be told."""
    say_of = words()["short"]
    otherwise = effect.animals.set_index("species")["end_otherwise"]
    listed: dict[str, list[str]] = {"gain": [], "lose": [], "unsure": [], "still": []}
    for key in keys:
        row = _of(effect, key, JOINING)
        name = say.inside(evaluator.dispersal.kinds[key].species.common_name)
        if not otherwise[key]:
            listed["still"].append(name)
        elif not say.off_zero(row["low"], row["high"]):
            listed["unsure"].append(name)
        else:
            said = say_of["one_species"].format(name=name, **_signed(row))
            listed["gain" if row["change"] > 0 else "lose"].append(said)
    found = []
    for what, some in listed.items():
        if some:
            text = say_of[what].format(species=say.joined(some))
            found.append(text[0].upper() + text[1:])
    return found


def _deaths(effect: LinkEffect) -> str:
    row = _of(effect, ALL, DEATHS)
    word = "deaths" if say.off_zero(row["low"], row["high"]) else "deaths_unsure"
    return words()["short"][word].format(**_signed(row))


def _beside(beside: Sequence[Beside]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return heads and columns of the second table; of columns of nothing none."""
    if not beside:
        return (), []
    say_of = words()["beside"]
    none = say_of["nothing"]
    columns: list[tuple[str, list[str]]] = []
    for what in ("restored", "protected", "lost"):
        km2 = [float(one.areas.loc[one.areas["what"] == what, "area_km2"].sum()) for one in beside]
        columns.append((say_of[what], [say.number(v) if v > 0 else none for v in km2]))
    for i, name in enumerate(beside[0].ground["co_benefit"]):
        scale, texts = _scaled([one.ground.iloc[i]["avoided_loss"] for one in beside])
        unit = unit_words(str(beside[0].ground.iloc[i]["unit"]))
        unit = tr(scale, n="", unit=unit).strip() if scale else unit
        head = say_of["amount"].format(name=tr(str(name)), unit=unit)
        columns.append((head, [text or none for text in texts]))
    for word, texts in (
        ("current", [_current(one.current) for one in beside]),
        ("resistance", [_resistance(one.current) for one in beside]),
    ):
        columns.append((say_of[word], texts))
    kept = [one for one in columns if any(text != none for text in one[1])]
    return tuple(name for name, _ in kept), [texts for _, texts in kept]


def _scaled(values: Sequence[float]) -> tuple[str, list[str]]:
    """Return amounts on one scale: how millions are written, and numbers; "" for nothing."""
    largest = max(map(abs, values))
    size, word = next(((s, w) for s, w in MANY if largest >= s), (1.0, ""))
    decimals = 0
    if largest > 0:
        decimals = int(np.clip(2 - np.floor(np.log10(largest / size)), 0, 2))
    return word, [say.number(v / size, decimals, sign=True) if v else "" for v in values]


def _current(found: LinkCurrent) -> str:
    say_of = words()["beside"]
    if not np.isfinite(found.inside_with_a):
        return say_of["nothing"]
    before, after = (say.number(v, 2) for v in (found.inside_without_a, found.inside_with_a))
    return say_of["current_cell"].format(before=before, after=after)


def _resistance(found: LinkCurrent) -> str:
    change = found.resistance["change"]
    change = change[np.isfinite(change)]
    if change.empty:
        return words()["beside"]["nothing"]
    most = change.iloc[int(np.argmax(np.abs(change.to_numpy())))]
    return say.number(100 * float(most), 0 if abs(most) >= 0.1 else 1, sign=True)


def _notes(
    evaluator: LinkEvaluator, effects: Sequence[LinkEffect], beside: Sequence[Beside], left_out: int
) -> list[str]:
    say_of, first = words()["notes"], effects[0]
    found = [
        say_of["unsure"],
        say_of["model"].format(
            walked=say.number(float(first.animals["dispersers"].sum())),
            replicates=first.replicates,
            level=_percent(evaluator.level),
        ),
    ]
    if left_out > 0:
        found.append(words()["table"]["more_species"].format(n=left_out))
    if len(evaluator.resolved.scenario.species) > len(evaluator.dispersal.kinds):
        found.append(say_of["soar"])
    if beside:
        km = written(f"{beside[0].current.cell_m / 1000:g}")
        found.append(say_of["current"].format(km=km))
        ground = beside[0].ground
        kept = [
            any(one.ground["avoided_loss"].iloc[i] for one in beside) for i in range(len(ground))
        ]
        names = [tr(str(name)) for name in ground["co_benefit"][kept]]
        if names:
            found.append(say_of["ground"].format(names=say.joined(names)))
        if not len(ground):
            found.append(say_of["nothing"].format(why=tr(ground.attrs["note"])))
    return found


def _foot(evaluator: LinkEvaluator, effects: Sequence[LinkEffect], command: str) -> list[str]:
    say_of, scenario = words()["foot"], evaluator.resolved.scenario
    n = [int(kind.n.sum()) for kind in evaluator.dispersal.kinds.values()]
    found = [
        say_of["made"].format(version=__version__),
        say_of["settings"].format(
            scenario=scenario.name,
            seed=scenario.seed,
            replicates=effects[0].replicates,
            dispersers=say.number(float(np.mean(n))),
        ),
    ]
    return [*found, say_of["again"].format(command=command)] if command else found
