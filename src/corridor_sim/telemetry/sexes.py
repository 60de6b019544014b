"""Which collared animals are females and which are males: from a column, or a file of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from corridor_sim.errors import LandscapeError, clipped, nearest, placing, shown
from corridor_sim.files import NoRegularFile, read_regular

FEMALE, MALE, UNKNOWN = "female", "male", ""
# columns that hold it, as Movebank and others name them
COLUMNS = ("sex", "animal-sex", "animal_sex", "individual-sex", "individual_sex")
WORDS = {"f": FEMALE, "female": FEMALE, "m": MALE, "male": MALE}
NOT_SAID = ("", "u", "unknown", "na", "nan", "n/a", "?", "undetermined")
MOST_BYTES = 2_000_000_000
Rows = list[dict[str, str]]


def sexes_of(
    animals: Sequence[str], files: Sequence[str | Path], sex_from: str | None
) -> dict[str, str]:
    """Return the sex of each animal: ``"female"``, ``"male"``, or nothing where it is not known.

    Parameters
    ----------
    animals : sequence of str
        Names as the tracks have them.
    files : sequence of path
        The tracks, which may have a column of sexes.
    sex_from : str or None
        The name of that column, or a CSV with a row an animal: a column with their names and one
        with their sexes. Without it a column is looked for in the tracks, and may be missing.

    Raises
    ------
    LandscapeError
        No such column, a file without names or sexes, or an animal of both sexes.
    """
    is_file = sex_from is not None and sex_from.lower().endswith((".csv", ".txt"))
    sources = [Path(str(sex_from))] if is_file else [Path(one) for one in files]
    column = None if is_file else sex_from
    found: dict[str, str] = {}
    for path in sources:
        with placing(path):
            _add(found, _rows(path), animals, column, must=sex_from is not None)
    return {animal: found.get(animal, UNKNOWN) for animal in animals}


def _rows(path: Path) -> Rows:
    try:
        text = read_regular(path, MOST_BYTES).decode("utf-8", "replace").removeprefix("\ufeff")
    except NoRegularFile:
        raise LandscapeError("is no regular file", remedy="give a CSV") from None
    except (OSError, ValueError) as bad:
        why = getattr(bad, "strerror", None) or str(bad)
        raise LandscapeError(f"cannot be read ({why})", remedy="correct the path") from None
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    try:
        return list(csv.DictReader(io.StringIO(text), delimiter=mark, restkey="more columns"))
    except csv.Error as bad:
        raise LandscapeError(f"is no CSV ({bad})", remedy="export it as CSV") from None


def _add(
    found: dict[str, str], rows: Rows, animals: Sequence[str], column: str | None, *, must: bool
) -> None:
    """Add what the rows of one file say."""
    names = [name for name in (rows[0] if rows else {}) if name is not None]
    by_name = {name.strip().strip('"').lower(): name for name in names}
    wanted = (column.lower(),) if column is not None else COLUMNS
    at = next((by_name[one] for one in wanted if one in by_name), None)
    if at is None:
        if must:
            what = f"has no column {shown(column)}" if column else "has no column of sexes"
            remedy = nearest(column, names) if column else "name one of them sex"
            raise LandscapeError(what, where=None, remedy=clipped(remedy))
        return
    who = _column_of_names(rows, names, animals)
    if who is None:
        if must:
            raise LandscapeError(
                f"names none of the animals, such as {shown(animals[0])}",
                remedy="give their names as the tracks have them",
            )
        return
    for number, row in enumerate(rows, start=2):
        _add_one(found, str(row.get(who) or "").strip(), str(row.get(at) or ""), number)


def _column_of_names(rows: Rows, names: Iterable[str], animals: Sequence[str]) -> str | None:
    """Return the column that names most of the animals."""
    known = set(animals)
    hits = {name: len({str(row.get(name) or "").strip() for row in rows} & known) for name in names}
    best = max(hits, key=lambda name: hits[name], default=None)
    return best if best is not None and hits[best] else None


def _add_one(found: dict[str, str], animal: str, word: str, line: int) -> None:
    plain = word.strip().lower()
    if plain in NOT_SAID:
        return
    if plain not in WORDS:
        raise LandscapeError(
            f"{shown(word)} is no sex", where=f": line {line}", remedy="write f, m or unknown"
        )
    if found.setdefault(animal, WORDS[plain]) != WORDS[plain]:
        raise LandscapeError(
            f"{shown(animal)} is both female and male",
            where=f": line {line}",
            remedy="give two animals two names",
        )


def told_of(sexes: Mapping[str, str]) -> str:
    """Return how many animals there are of each sex, in words.

    >>> told_of({"a": "female", "b": "male", "c": ""})
    '1 female, 1 male, 1 of unknown sex'
    """
    named = {FEMALE: "female", MALE: "male", UNKNOWN: "of unknown sex"}
    counts = {word: sum(one == sex for one in sexes.values()) for sex, word in named.items()}
    return ", ".join(f"{n} {word}" for word, n in counts.items() if n)
