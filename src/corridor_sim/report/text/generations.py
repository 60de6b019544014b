"""What many generations gave, in the words of a planner: sentences, rows of tables, legends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.comparison.generations_tables import TABLE, Found, Told
from corridor_sim.languages import mark, tr, tr_plural, written
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.ground_box import layer_name
from corridor_sim.simulation.generations.between import ONE_MIGRANT, SOON
from corridor_sim.simulation.generations.claims import CLAIMED
from corridor_sim.simulation.generations.lineages import AT_MOST

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
# rows of pairs that the page shows of a species, the rest lies in the files
MOST_PAIRS = 30
# what tables say of a way: whether one animal a generation comes, and whether it is bridged sooner
WORDS = (mark("yes"), mark("no"), mark("open"), mark("sooner"), mark("later"), mark("same"))
# outcomes that the page tells of, in order
SHOWN = (
    "animals_end",
    "animals_at_rest",
    "growth_of_few_per_year",
    "joining_per_year",
    "pairs_reached_soon",
    "pairs_with_one_migrant",
    "metapopulation_capacity_blocks",
    "fst_mean",
    "fst_rest_mean",
    "gene_diversity_kept",
    "quasi_extinct_20y",
    "quasi_extinct_50y",
)


def generations(value: float) -> str:
    """Write a number of generations; "not in 100" where it takes longer.

    >>> generations(2.34), generations(float("inf")), generations(31.4)
    ('2.3', 'not in 100', '31')
    """
    if math.isnan(value):
        return say.NOTHING
    if math.isinf(value):
        return never()
    return say.number(value, 1 if value < 10 else 0)


def never() -> str:
    """Say that something takes longer than anybody looked."""
    return tr("not in {n}", n=AT_MOST)


def span(low: float, high: float) -> str:
    """Write an interval of generations, whose far end may be "never".

    >>> span(1.2, float("inf")), span(1.25, 30.0), span(float("nan"), 3.0)
    ('[1.2, never]', '[1.2, 30]', '')
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    ends = [tr("never") if math.isinf(end) else generations(end) for end in (low, high)]
    return say.bracketed([ends[0], ends[1]])


def amount(value: float) -> str:
    """Write animals a generation, with digits that suit their size.

    >>> amount(12.34), amount(0.4321), amount(0.0004), amount(0.0)
    ('12.3', '0.43', '< 0.01', '0')
    """
    if math.isnan(value):
        return say.NOTHING
    if value == 0:
        return "0"
    if value < 0.01:
        return f"< {written('0.01')}"
    return say.number(value, 1 if value >= 10 else 2)


def bracket(low: float, high: float) -> str:
    """Write an interval of animals a generation."""
    if math.isnan(low) or math.isnan(high):
        return ""
    return say.bracketed([amount(low), amount(high)])


def pairs_of(found: Found, key: str) -> pd.DataFrame:
    """Return the pairs of a species, those that are reached first, then by migrants."""
    pairs = found.pairs[found.pairs["species"] == key]
    return pairs.sort_values(["generations", "migrants"], ascending=[True, False], kind="stable")


def _records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a table as mappings."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def answer(found: Found) -> list[str]:
    """Return the sentences at the head of the page, one a species."""
    return [_of_species(found, one) for one in found.told]


def _of_species(found: Found, told: Told) -> str:
    one = told.one
    pairs = pairs_of(found, one.key)
    n, years = len(pairs), one.vitals.generation_y
    name = one.species.common_name
    if not n:
        return tr("{species}: fewer than two blocks of core areas feed one animal.", species=name)
    soon = int((pairs["generations"] <= SOON).sum())
    later = int((pairs["generations"] <= AT_MOST).sum()) - soon
    enough = int((pairs["one_migrant"] == "yes").sum())
    perhaps = int((pairs["one_migrant"] == "open").sum())
    apart = int((~pairs["path"]).sum())
    text = tr_plural(
        "{species}: of {n} way from one block to another, {soon} are bridged within {generations} "
        "generations ({years} years), {later} more within {most}. Over {enough} of them comes one "
        "animal a generation or more for certain, over {perhaps} perhaps. For {apart} no way was "
        "found, in any number of generations.",
        "{species}: of {n} ways from one block to another, {soon} are bridged within {generations} "
        "generations ({years} years), {later} more within {most}. Over {enough} of them comes one "
        "animal a generation or more for certain, over {perhaps} perhaps. For {apart} no way was "
        "found, in any number of generations.",
        n,
        species=name,
        soon=soon,
        generations=SOON,
        years=say.number(SOON * years),
        later=later,
        most=AT_MOST,
        enough=enough,
        perhaps=perhaps,
        apart=apart,
    )
    return " ".join([text, *_changed(found, pairs)])


def _changed(found: Found, pairs: pd.DataFrame) -> list[str]:
    """Say what differs from the other scenario, where there is one."""
    if len(found.names) < 2:
        return []
    sooner, later = (int((pairs["arrival"] == word).sum()) for word in ("sooner", "later"))
    lifted = int(
        ((pairs["migrants"] >= ONE_MIGRANT) & (pairs["migrants_against"] < ONE_MIGRANT)).sum()
    )
    text = tr(
        "Against {scenario}, {sooner} are bridged sooner for certain, {later} later; {lifted} come "
        "up to one animal a generation by the best estimate.",
        scenario=say.quoted(found.names[1]),
        sooner=sooner,
        later=later,
        lifted=lifted,
    )
    most = _by_change(pairs).iloc[0].to_dict()
    if not abs(most["migrants_change"]) >= 0.005:
        return [text, tr("Over none of them comes a different number of animals.")]
    low, high = most["migrants_change_low"], most["migrants_change_high"]
    given = {
        "start": say.block_name(most["from"]),
        "end": say.block_name(most["to"]),
        "amount": amount(most["migrants"]),
        "before": amount(most["migrants_against"]),
    }
    if say.off_zero(low, high):
        largest = tr(
            "The largest change is from {start} to {end}: {amount} animals a generation instead of "
            "{before}.",
            **given,
        )
    else:
        largest = tr(
            "The largest change is from {start} to {end}: {amount} animals a generation instead of "
            "{before}, not for certain.",
            **given,
        )
    return [text, largest]


def _by_change(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs with those first that change for certain, then by how many more or less come."""
    told = zip(pairs["migrants_change_low"], pairs["migrants_change_high"], strict=True)
    sure = np.array([say.off_zero(low, high) for low, high in told], np.bool_)
    change = pairs["migrants_change"].abs().round(2)
    certain = pairs["arrival"].isin(["sooner", "later"]) | (sure & (change > 0))
    ordered = pairs.assign(certain=certain, size=change)
    return ordered.sort_values(["certain", "size"], ascending=False, kind="stable")


def pair_rows(found: Found, key: str) -> list[Row]:
    """Return the rows of the table of ways: those that change first, then the quickest."""
    pairs = pairs_of(found, key)
    pairs = pairs[pairs["path"]]
    if len(found.names) > 1:
        pairs = _by_change(pairs)
    return [_pair_row(row) for row in _records(pairs.head(MOST_PAIRS))]


def _pair_row(row: Row) -> Row:
    found = {
        "from": say.block_name(row["from"]),
        "to": say.block_name(row["to"]),
        "generations": generations(row["generations"]),
        "span": span(row["generations_low"], row["generations_high"]),
        "chance": _chance(row[f"chance_in_{SOON}"]),
        "chance_span": _chance_span(row[f"chance_in_{SOON}_low"], row[f"chance_in_{SOON}_high"]),
        "migrants": amount(row["migrants"]),
        "migrants_span": bracket(row["migrants_low"], row["migrants_high"]),
        "direct": amount(row["direct"]),
        "via": "; ".join(map(say.block_name, row["via"].split("; "))) or "–",
        "enough": tr(row["one_migrant"]),
        "fst": say.number(row["fst"], 3),
    }
    if "arrival" in row:
        found["against"] = generations(row["generations_against"])
        found["arrival"] = tr(row["arrival"])
        found["chance_against"] = _chance(row[f"chance_in_{SOON}_against"])
        ends = row["migrants_change_low"], row["migrants_change_high"]
        known = not any(math.isnan(end) for end in ends)
        low, high = (say.number(end, 2, sign=True) for end in ends)
        found["change_span"] = say.bracketed([low, high]) if known else ""
        found["change"] = say.number(row["migrants_change"], 2, sign=True)
    return found


def _chance(share: float) -> str:
    return "0" if share == 0 else say.probability(share)


def _chance_span(low: float, high: float) -> str:
    if math.isnan(low) or math.isnan(high):
        return ""
    return say.bracketed([_chance(low), _chance(high)])


def block_rows(found: Found, key: str) -> list[Row]:
    """Return the rows of the table of blocks, the one that feeds most first."""
    blocks = found.blocks[found.blocks["species"] == key].sort_values(
        "feeds", ascending=False, kind="stable"
    )
    return [
        {
            "name": say.block_name(row["block"]),
            "feeds": say.number(row["feeds"], 0 if row["feeds"] >= 10 else 1),
            "residents": amount(row["residents"]),
            "span": bracket(row["residents_low"], row["residents_high"]),
            "arrivals": amount(row["arrivals"]),
            "arrivals_span": bracket(row["arrivals_low"], row["arrivals_high"]),
            "dies_out": say.probability(row["dies_out"]),
        }
        for row in _records(blocks)
    ]


def outcome_rows(found: Found) -> list[Row]:
    """Return the rows of the table of outcomes: one an outcome, a cell a species."""
    table: dict[tuple[str, str], Row] = {
        (row["outcome"], row["species"]): row for row in _records(found.outcomes)
    }
    rows = []
    for name in SHOWN:
        outcome, cells = TABLE[name], []
        for one in found.species:
            row = table[name, one.key]
            text, ends = say.told(outcome.scale, row["mean"], row["mean_low"], row["mean_high"])
            cell = {"text": text, "span": ends, "change": ""}
            if math.isfinite(row.get("mean_change", math.nan)):
                given = row["mean_change"], row["mean_change_low"], row["mean_change_high"]
                cell["change"] = " ".join(say.told(outcome.scale, *given, sign=True)).strip()
            cells.append(cell)
        meaning = " ".join(tr(outcome.meaning).split())
        if any(cell["text"] != say.NOTHING for cell in cells):
            row = {"label": say.heading(outcome), "meaning": meaning, "cells": cells}
            rows.append(row | {"claim": claimed(name)})
    return rows


def claimed(name: str) -> str:
    """Say how far a number may stand for that of full decades.

    >>> claimed("animals_end")[:34]
    'as in full decades, within 6 %: th'
    >>> claimed("fst_mean")
    'not held against full decades'
    """
    claim = CLAIMED.get(name)
    if claim is None:
        return tr("not held against full decades")
    if not claim.holds:
        return tr("not that of full decades: {why}", why=tr(claim.why))
    off = say.percent(claim.off, 0 if claim.off >= 0.01 else 1)
    return tr("as in full decades, within {share}: {why}", share=off, why=tr(claim.why))


def cautions(found: Found) -> list[str]:
    """Return what has to be said beside the numbers."""
    said = []
    for one in found.asked.left_out:
        said.append(
            tr(
                "{species} is left out: it soars, and is no disperser between reserves.",
                species=one.common_name,
            )
        )
    for told in found.told:
        side = told.one.here
        if not side.settled:
            said.append(
                tr(
                    "{species}: numbers had not come to rest after 300 years; what is said of rest "
                    "is how they stood then.",
                    species=told.one.species.common_name,
                )
            )
        if told.between().cut:
            said.append(
                tr(
                    "{species}: numbers outside the blocks still grow in places, so that of lines "
                    "over homes outside those of {n} generations at most count.",
                    species=told.one.species.common_name,
                    n=SOON,
                )
            )
    if found.replicates < 2:
        said.append(tr("One replicate: no interval can be given."))
    return said


def rests_on(found: Found) -> list[tuple[str, str]]:
    """Return what the numbers of the page rest on, as heads and texts."""
    machine = found.asked.machine
    origins = machine.reference.origins
    real, guessed = (
        [layer_name(name) for name, one in origins.items() if one.status in wanted]
        for wanted in (("real", "user"), ("approximated",))
    )
    lasting = tr_plural(
        "{n} year, then on until numbers rest",
        "{n} years, then on until numbers rest",
        machine.years,
    )
    return [
        (tr("Measured, or from your own files"), say.joined(real) or tr("no layer")),
        (tr("Approximated, not measured"), say.joined(guessed) or tr("no layer")),
        (tr("Simulated"), lasting),
        (
            tr("Searching animals"),
            tr(
                "about {n} a species and replicate, {replicates} replicates",
                n=say.number(machine.walks),
                replicates=found.replicates,
            ),
        ),
        (
            tr("Intervals"),
            tr(
                "hold the chance of these searches alone; what is unknown of the ground and of the "
                "species comes on top"
            ),
        ),
    ]


def terminal_rows(found: Found) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return head and rows of the table of species that the command prints."""
    head = [
        tr("Species"),
        tr("Ways in {n} gen.", n=SOON),
        tr("One migrant"),
        tr("No way"),
        tr("Animals, end"),
        tr("At rest"),
    ]
    if len(found.names) > 1:
        head += [tr("Sooner"), tr("Later")]
    table = found.outcomes.set_index(["outcome", "species"])["mean"]
    rows = []
    for one in found.species:
        pairs = pairs_of(found, one.key)
        row = [
            one.common_name,
            tr("{n} of {all}", n=int((pairs["generations"] <= SOON).sum()), all=len(pairs)),
            str(int((pairs["migrants"] >= ONE_MIGRANT).sum())),
            str(int((~pairs["path"]).sum())),
            say.number(table["animals_end", one.key]),
            say.number(table["animals_at_rest", one.key]),
        ]
        if len(found.names) > 1:
            row += [str(int((pairs["arrival"] == word).sum())) for word in ("sooner", "later")]
        rows.append(tuple(row))
    return tuple(head), rows


def terminal_pairs(found: Found, most: int = 6) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return head and rows of the table of the first ways of every species."""
    head = (
        tr("Species"),
        tr("From"),
        tr("To"),
        tr("Generations"),
        tr("Animals a generation"),
        tr("Through blocks"),
    )
    rows: list[tuple[str, ...]] = []
    for one in found.species:
        for row in pair_rows(found, one.key)[:most]:
            rows.append(
                (
                    one.common_name,
                    row["from"],
                    row["to"],
                    f"{row['generations']} {row['span']}".strip(),
                    f"{row['migrants']} {row['migrants_span']}".strip(),
                    row["via"],
                )
            )
    return head, rows
