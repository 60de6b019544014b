"""The styles of the vector layers that the program writes, one function or constant a kind."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element

import numpy as np

from corridor_sim.gis.ramps import RAMPS
from corridor_sim.gis.styles import COLOURS, SIDES, STONES, WAYS
from corridor_sim.gis.vectors import (
    Labels,
    Rule,
    arrow,
    by_fields,
    by_ranges,
    by_rules,
    by_values,
    fill,
    hatched,
    line,
    marker,
    one_symbol,
    symbol,
)
from corridor_sim.languages import mark, tr, written


def core_areas() -> Element:
    """Core areas: an outline with its rim and the name, and nothing of the map buried."""
    shown = symbol(
        "fill",
        0,
        fill(outline="#ffffffb3", width_mm=0.9),
        fill(outline=COLOURS["core_area"], width_mm=0.45),
    )
    return one_symbol(
        shown, Labels('"name"', COLOURS["core_area"], 8.0, bold=True, first=7, wrap=16)
    )


# towns that are named on a map of the whole; of others once the map is closer than that
MOST_TOWNS, CLOSER = 14, 1_000_000


def towns(people: Sequence[int] = ()) -> Element:
    """Towns: squares with names, of the largest at once, of all on maps closer than 1:1,000,000."""
    large = sorted(people, reverse=True)[:MOST_TOWNS]
    least = large[-1] if large else 0
    shown = f'"population" >= {least} OR coalesce(@map_scale, 1e9) < {CLOSER}'
    size = by_fields(size=f'if("population" >= {least}, 1.8, 1.1)')
    labels = Labels('"name"', COLOURS["town"], 7.5, kind="marker", wrap=0, first=5, shown=shown)
    return one_symbol(
        symbol("marker", 0, marker("square", COLOURS["town"], 1.6, "#ffffff", size)), labels
    )


def borders() -> Element:
    """Borders between countries."""
    return one_symbol(symbol("line", 0, line(COLOURS["border"], 0.4, dashes="3;1;0.75;1")))


def roads(field: str = "class") -> Element:
    """Roads by class, wide ones wider."""
    wide = ((1, mark("Secondary or gravel road"), 0.3), (2, mark("Primary paved road"), 0.6))
    rules = [
        Rule(tr(label), f'"{field}" = {value}', symbol("line", 0, line(COLOURS["road"], width)))
        for value, label, width in wide
    ]
    return by_rules(rules)


def rivers(field: str = "width_m") -> Element:
    """Rivers by width in metres."""
    rules = [
        Rule(
            tr("River up to 50 m wide"), f'coalesce("{field}", 0) <= 50',
            symbol("line", 0, line(COLOURS["river"], 0.25)),
        ),
        Rule(
            tr("River over 50 m wide"), f'"{field}" > 50 AND "{field}" <= 300',
            symbol("line", 0, line(COLOURS["river"], 0.5)),
        ),
        Rule(
            tr("River over 300 m wide"), f'"{field}" > 300',
            symbol("line", 0, line(COLOURS["river"], 0.9)),
        ),
    ]  # fmt: skip
    return by_rules(rules)


def protected() -> Element:
    """Protected areas of a user's own: a pale fill with the name."""
    shown = symbol("fill", 0, fill(f"{COLOURS['protected']}2e", COLOURS["protected"], 0.4))
    return one_symbol(shown, Labels('"name"', COLOURS["protected"], 8.0, bold=True, first=6))


def proposals() -> Element:
    """Proposed links: an outline that shows the ground, with name and cost."""
    shown = symbol(
        "fill", 0, fill(outline="#ffffffcc", width_mm=1.1),
        fill(f"{COLOURS['proposed']}26", COLOURS["proposed"], 0.5),
    )  # fmt: skip
    return one_symbol(shown, Labels('"name"', COLOURS["proposed"], 8.0, bold=True, first=8))


def edges_by_squares(sizes: Sequence[float]) -> list[float]:
    """Return the edges of the classes of numbers of both signs, nothing in the middle of all.

    They widen as the squares of their numbers, so that what is a small part of the largest does not
    all fall into the class of nothing; the report's maps colour by the same rule.
    """
    known = [abs(one) for one in sizes if np.isfinite(one)]
    top = max(known, default=0.0) or 0.01
    share = np.linspace(-1, 1, len(SIDES) + 1)
    return [float(edge) for edge in np.sign(share) * top * share**2]


# a rank that is left open is written as what it may be
LINK_LABEL = (
    """if("rank_low" = "rank_high", "rank", "rank_low" || '–' || "rank_high") || '. ' || "name\""""
)


def links(benefits: Sequence[float], unit: str, factor: float) -> Element:
    """Ranked links: coloured by benefit, hatched where not certain, chosen ones heavily outlined.

    Every known benefit lies in a class; edges are written to the last digit, for the largest and
    the smallest benefit lie on them.

    Parameters
    ----------
    benefits : sequence of float
        NaN where one is not known.
    unit : str
        What they are shown in.
    factor : float
        From the file's numbers to those shown.
    """
    edges = edges_by_squares(benefits)
    last = len(SIDES) - 1
    rules = []
    for i, colour in enumerate(SIDES):
        low, high = edges[i], edges[i + 1]
        up = "<=" if i == last else "<"
        label = tr(
            "{low} to {high} {unit}",
            low=_signed(factor * low),
            high=_signed(factor * high),
            unit=unit,
        )
        which = f'"benefit" >= {low!r} AND "benefit" {up} {high!r}'
        rules.append(Rule(label, which, symbol("fill", 0, fill(colour), alpha=0.85)))
    if not all(np.isfinite(benefits)):
        rules.append(
            Rule(
                tr("Benefit not known"),
                '"benefit" IS NULL',
                symbol("fill", 0, fill(COLOURS["not_known"])),
            )
        )
    sure = '"low" > 0 OR "high" < 0'
    rules += [
        Rule(
            tr("Hatched: less certain whether it brings or costs"),
            f'NOT coalesce({sure}, false)',
            symbol("fill", 0, hatched(COLOURS["unsure"])),
        ),
        Rule(
            tr("Other link"),
            'coalesce("chosen", 0) = 0',
            symbol("fill", 0, fill(outline=COLOURS["link"], width_mm=OUTLINE_MM)),
        ),
        Rule(
            tr("Link chosen for the budget"),
            '"chosen" = 1',
            symbol(
                "fill", 0, fill(outline="#ffffff", width_mm=CHOSEN_MM + 0.6),
                fill(outline=COLOURS["chosen"], width_mm=CHOSEN_MM),
            ),
        ),
    ]  # fmt: skip
    return by_rules(rules, Labels(LINK_LABEL, size_pt=8.0, bold=True, first=9, wrap=22))


OUTLINE_MM, CHOSEN_MM = 0.26, 0.9


def _signed(value: float) -> str:
    return written(f"{value:+.2g}").replace("-", "\N{MINUS SIGN}")


def tiles(residents: Sequence[float]) -> Element:
    """Tiles of ground by residents, in five classes of equal width; beyond the last as well."""
    known = np.asarray([one for one in residents if np.isfinite(one)], np.float64)
    top = float(np.quantile(known, 0.98)) if known.size else 1.0
    top = top or 1.0
    ranges, symbols = [], []
    for i, colour in enumerate(STONES):
        low, high = top * i / len(STONES), top * (i + 1) / len(STONES)
        last = i == len(STONES) - 1
        numbers = {"low": written(f"{low:.2g}"), "high": written(f"{high:.2g}")}
        label = (
            tr("{low} and more residents", **numbers)
            if last
            else tr("{low} to {high} residents", **numbers)
        )
        ranges.append((low, 1e12 if last else high, label))
        symbols.append(symbol("fill", i, fill(colour), alpha=0.85))
    return by_ranges("residents", ranges, symbols)


def by_place(
    field: str,
    values: Sequence[float],
    area_km2: Sequence[float],
    kind: str,
    label: str,
    sure: str = "",
) -> Element:
    """Places coloured by a number of theirs for each 1,000 km² of their ground, with their names.

    Parameters
    ----------
    field : str
        The column.
    values, area_km2 : sequence of float
        Of each place; ground within the landscape.
    kind : str
        ``change`` for both signs, else ``dark_is_more``: a ramp.
    label : str
        A range with its unit: a message with ``{low}`` and ``{high}``.
    sure : str
        An expression that holds where chance is not all of it; hatched elsewhere.
    """
    per = 1000.0 * np.asarray(values, np.float64) / np.maximum(area_km2, 1e-9)
    known = np.abs(per[np.isfinite(per)])
    top = (float(known.max()) if known.size else 0.0) or 1.0
    ramp, n = RAMPS[kind], 7 if kind == "change" else 5
    edges = np.linspace(-top if ramp.two_sided else 0.0, top, n + 1)
    of = f'1000 * "{field}" / "area_km2"'
    rules = []
    for i in range(n):
        red, green, blue = ramp.at((i + 0.5) / n)
        low, high = float(edges[i]), float(edges[i + 1])
        sign = "+" if ramp.two_sided else ""
        words = {
            name: written(f"{v:{sign}.2g}").replace("-", "\N{MINUS SIGN}")
            for name, v in (("low", low), ("high", high))
        }
        # the ends hold whatever rounding leaves beyond them
        from_ = "" if i == 0 else f"{of} >= {low!r}"
        to = "" if i == n - 1 else f"{of} < {high!r}"
        which = " AND ".join(filter(None, (from_, to, f'"{field}" IS NOT NULL')))
        shown = symbol("fill", 0, fill(f"#{red:02x}{green:02x}{blue:02x}"), alpha=0.75)
        rules.append(Rule(tr(label, **words), which, shown))
    if sure:
        rules.append(
            Rule(
                tr("Hatched: chance may be all of it"),
                f"NOT coalesce({sure}, false)",
                symbol("fill", 0, hatched(COLOURS["unsure"])),
            )
        )
    rules.append(
        Rule(tr("Place"), "", symbol("fill", 0, fill(outline=COLOURS["place"], width_mm=0.35)))
    )
    return by_rules(rules, Labels('"place"', size_pt=8.0, first=8))


def links_by_place() -> Element:
    """Parts of links by the place that they lie in; those of chosen links with heavy outlines."""
    return by_rules(
        [
            Rule(
                tr("Part of a link"),
                "",
                symbol("fill", 0, fill("#d8daeb80", COLOURS["link"], OUTLINE_MM)),
            ),
            Rule(
                tr("Part of a link chosen for the budget"),
                '"chosen" = 1',
                symbol("fill", 0, fill(outline=COLOURS["chosen"], width_mm=CHOSEN_MM)),
            ),
        ],
        Labels("\"link\" || ' (' || \"place\" || ')'", size_pt=7.5, wrap=22),
    )


def flux(per_year: Sequence[float], colour: str) -> Element:
    """Arrows from area to area, wider the more animals a year, in five classes."""
    known = [one for one in per_year if np.isfinite(one) and one > 0]
    top = max(known, default=1.0)
    ranges, symbols = [], []
    shares = (0.0, 0.03, 0.1, 0.3, 0.6, 1.0)
    for i, (a, b) in enumerate(pairwise(shares)):
        low, high = top * a, top * b
        words = {"low": written(f"{low:.2g}"), "high": written(f"{high:.2g}")}
        ranges.append((low, high, tr("{low} to {high} animals a year", **words)))
        width = 0.4 + 2.2 * float(np.sqrt((a + b) / 2))
        symbols.append(symbol("line", i, arrow(colour, width)))
    return by_ranges("animals_per_year", ranges, symbols)


def tracks(stages: Sequence[str]) -> Element:
    """Ways of animals by stage, with their names along them."""
    shown = [
        (stage, tr(_STAGES.get(stage, stage)), symbol("line", i, line("#ffffffcc", 0.9),
                                                     line(WAYS[i % len(WAYS)], 0.4)))
        for i, stage in enumerate(stages)
    ]  # fmt: skip
    return by_values("stage", shown, Labels('"animal"', size_pt=7.0, kind="line", wrap=0, first=4))


_STAGES = {
    "resident": mark("Resident"),
    "disperser": mark("Disperser"),
    "displaced": mark("Displaced resident"),
}


def fixes(states: Sequence[str]) -> Element:
    """Positions of animals: small points, and marks where a way ends, by what ended it."""
    shown = []
    for i, state in enumerate(states):
        if state == "alive":
            label, mark_of = tr("Alive"), marker("circle", WAYS[0], 0.9, "#ffffff00")
        elif state == "settled":
            label, mark_of = tr("Settled"), marker("square", WAYS[2], 2.6)
        else:
            label, mark_of = tr("Died: {cause}", cause=tr(state)), marker("cross_fill", WAYS[1], 3)
        shown.append((state, label, symbol("marker", i, mark_of)))
    return by_values("state", shown)


def drawn(kind: str) -> Element:
    """Areas, lines or points that somebody drew: what an alternative changes."""
    label = Labels('"name"', COLOURS["drawn"], 8.0, kind=kind, bold=True, first=8)
    if kind == "fill":
        shown = symbol("fill", 0, fill("#ffffff33", "#ffffff", 1.3),
                       fill(outline=COLOURS["drawn"], width_mm=0.6))  # fmt: skip
    elif kind == "line":
        shown = symbol("line", 0, line("#ffffff", 1.2), line(COLOURS["new_road"], 0.7))
    else:
        shown = symbol("marker", 0, marker("diamond", COLOURS["new_road"], 3.2))
    return one_symbol(shown, label)


def outlined_by(field: str) -> Element:
    """Areas of which nothing but the name is to be seen."""
    shown = symbol("fill", 0, fill(outline=COLOURS["place"], width_mm=0.35))
    return one_symbol(shown, Labels(f'"{field}"', size_pt=8.0))
