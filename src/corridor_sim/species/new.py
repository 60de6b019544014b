"""A new species file: from nothing, or as a copy of another species without what is not its own."""

from __future__ import annotations

import os
import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corridor_sim.errors import SpeciesError, clipped, counted
from corridor_sim.files import write_text
from corridor_sim.landscape.covers import Cover, CoverTable
from corridor_sim.landscape.io.cover_file import read_cover_table
from corridor_sim.landscape.landscape import BUILTIN
from corridor_sim.species.facts import OTHERWISE, PLACEHOLDER, Sheet, checked, write_facts
from corridor_sim.species.reader import load_species
from corridor_sim.species.traits import Species
from corridor_sim.species.writing import blank_text, commented, words
from corridor_sim.toml.strict import parse_toml, validate

UNCHECKED = 3
# colours that the colour-blind tell apart (Okabe & Ito 2008)
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def new_species(
    name: str,
    like: str | Path | None = None,
    file: str | Path | None = None,
    *,
    key: str | None = None,
    scientific_name: str | None = None,
    summary: str | None = None,
    colour: str | None = None,
    source: str | None = None,
    covers: str | Path = BUILTIN,
    life_cycle: bool = False,
    force: bool = False,
    **facts: Any,
) -> Species:
    """Write a species file that loads, from nothing or like another species; return the species.

    From nothing every number is a placeholder, says so in its source, and is derived from the facts
    that are given as far as a stated rule goes: the home range from body mass (Harestad & Bunnell
    1979, Ecology 60:389), dispersal from the home range (Bowman et al. 2002, Ecology 83:2049),
    density from home ranges side by side. The file says what to replace first.

    With ``like`` it is a copy: every source then says from where and that it was not checked, with
    a confidence of at least 3. What belongs to a place and not to a species stays behind: where it
    is known to be absent (``habitat.residence.absent_lonlat``).

    Parameters
    ----------
    name : str
        For people: ``"Puma"``. The key comes from it where none is given.
    like : str or path, optional
        Key of a species that ships, or a species file, to begin with.
    file : path, optional
        The file to be written; ``KEY.toml`` in the working folder where not given.
    key : str, optional
        Word by which scenarios call it.
    scientific_name, summary, colour : str, optional
    source : str, optional
        Where the facts come from; without it they count as unsourced.
    covers : str or path
        Table of land cover whose classes get a resistance each: the name of one that ships, or a
        file as ``landscape.cover_classes`` takes it. A copy keeps the numbers of keys that are the
        same and has placeholders for the others.
    life_cycle : bool
        Whether it gets the section for runs through decades. A copy has that of the species that it
        is like, if there is one.
    force : bool
        Whether a file that is there is replaced.
    **facts
        ``mass_kg``, ``diet`` ("herbivore", "omnivore", "carnivore"), ``home_range_km2``,
        ``male_home_range_km2``, ``density_per_100km2``, ``daily_km`` (straight, between positions a
        day apart), ``dispersal_km`` (median, straight), ``dispersal_days``, ``adult_survival``,
        ``active`` ("always", "day", "night", "twilight"), ``lives_in``, ``avoids`` (land covers),
        ``elevation_m`` (lowest, highest); with a life cycle ``first_birth_y``, ``longevity_y``,
        ``litter``, ``birth_interval_y``.

    Returns
    -------
    Species

    Raises
    ------
    SpeciesError
        A name without letters, an unknown species or fact, an impossible value, or facts that do
        not go together.
    ResultsError
        The file is there already, or cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> puma = cs.new_species(
    ...     "Puma", file="puma.toml", home_range_km2=120, dispersal_km=60, force=True
    ... )
    >>> puma.movement.female.resident.home_range_km2.value
    120.0
    """
    own = {"scientific_name": scientific_name, "summary": summary, "colour": colour}
    text, species = composed(
        name, like, own, facts, key=key, source=source or "", covers=covers, life_cycle=life_cycle
    )
    write_new(file_of(species, file), text, force=force)
    return species


def file_of(species: Species, file: str | Path | None) -> Path:
    """Return the file of a new species; without a name of its own it is called by the key."""
    return Path(file if file is not None else f"{species.key}.toml")


def write_new(path: Path, text: str, *, force: bool) -> None:
    """Write a file that must not be there yet, unless it may be replaced."""
    if path.suffix.lower() != ".toml":
        raise SpeciesError("is no TOML file", where=path, remedy=f"call it {path.stem}.toml")
    if os.path.lexists(path) and not force:
        raise SpeciesError("is there already", where=path, remedy="choose another name, or --force")
    write_text(path, text)


def composed(
    name: str,
    like: str | Path | None,
    own: Mapping[str, str | None],
    facts: Mapping[str, Any],
    *,
    key: str | None = None,
    source: str = "",
    covers: str | Path = BUILTIN,
    life_cycle: bool = False,
) -> tuple[str, Species]:
    """Return a new species file as text, and the species, see :func:`new_species`.

    Raises
    ------
    SpeciesError
    """
    name = _readable(name)
    key = key if key is not None else key_of(name)
    known = checked({name: value for name, value in facts.items() if value is not None})
    table = read_cover_table(str(covers), Path("."), "covers")
    data = _blank(life_cycle) if like is None else _copy(like, name)
    _for_covers(data, table)
    data.update(key=key, name=name, scientific_name="not given")
    data["colour"] = COLOURS[zlib.crc32(key.encode()) % len(COLOURS)]
    data["summary"] = f"{PLACEHOLDER}: say in a sentence what it is and why it is here."
    data.update({entry: value for entry, value in own.items() if value is not None})
    if life_cycle:
        data.setdefault("life_cycle", _blank(life_cycle)["life_cycle"])
    sheet = Sheet(data, source)
    write_facts(sheet, known, from_nothing=like is None)
    species = validate(Species, data, where=name, error=SpeciesError)
    if like is None:
        head = _what_first(species)
    else:
        head = [f"Copied from {load_species(like).key}, not checked for {name}.", *left_out(like)]
    # in the order of the schema
    data = species.model_dump(mode="json", exclude_none=True)
    text = commented(data, [f"{name}: a species of corridor_sim.", "", *head, "", *_BOTTOM])
    return text, species


def _readable(name: str) -> str:
    name = " ".join(name.replace("_", " ").split())
    return name[:1].upper() + name[1:]


def key_of(name: str) -> str:
    """Return the key that a name for people makes: lower case, no accents, underscores.

    Raises
    ------
    SpeciesError
        Nothing of the kind is in the name.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:31].rstrip("_")
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", key):
        raise SpeciesError(
            f"{clipped(name, 60)!r} makes no key", remedy="give one: --key followed by a-z, 0-9, _"
        )
    return key


def _blank(life_cycle: bool) -> dict[str, Any]:
    data = parse_toml(blank_text(), where="blank.toml", error=SpeciesError)
    if not life_cycle:
        del data["life_cycle"]
    return data


_BOTTOM = (
    "Confidence: 1 measured in the region, 2 same species elsewhere, 3 related species,",
    "4 assumption.",
    "When done: corridor-sim species check FILE",
)


def _what_first(species: Species) -> list[str]:
    known = words()["first"]
    first = [name for name in placeholders(species) if name in known]
    return [
        f'Sources that begin with "{PLACEHOLDER}" stand for what nobody has said yet. Replace',
        "them in this order, value and source alike; low and high are the plausible range:",
        "",
        *(f"{i:4}. {name}" for i, name in enumerate(first, start=1)),
    ]


def _copy(like: str | Path, name: str) -> dict[str, Any]:
    """Return another species' data, marked as copied, without what belongs to a place."""
    other = load_species(like)
    data = other.model_dump(mode="json", exclude_none=True)
    residence = data["habitat"].get("residence")
    if residence is not None:
        residence.pop("absent_lonlat", None)
    _mark(data, f"copied from {other.key}, not checked for {name}: ")
    return data


def _for_covers(data: dict[str, Any], table: CoverTable) -> None:
    """Give every class of a table a resistance, and none to classes that it does not have."""
    habitat = data["habitat"]
    resistance = habitat.setdefault("resistance", {"source": "", "confidence": 4, "values": {}})
    known = resistance["values"]
    new = [row.key for row in table.rows if row.key not in known]
    resistance["values"] = {row.key: known.get(row.key, _usual(row)) for row in table.rows}
    if known and new:
        resistance["source"] += f"; {PLACEHOLDER} for {', '.join(new)}: {USUAL}"
    residence = habitat.get("residence")
    if residence is not None:
        kept = [key for key in residence.get("crossed_only", ()) if key in table.by_key]
        own = [row.key for row in table.rows if row.key in new and _usual(row) >= CROSSED]
        residence["crossed_only"] = list(dict.fromkeys((*kept, *own)))


# of ground that nobody has told of
USUAL = "natural ground 1, farmland 12, open water, rock and ice 50, built ground 100"
CROSSED = 50.0


def _usual(row: Cover) -> float:
    if row.settlement or row.mine:
        return 100.0
    if row.water or row.barren:
        return CROSSED
    return 1.0 if row.natural else OTHERWISE


def left_out(like: str | Path) -> list[str]:
    """Return what of a species is not copied, in lines; see :func:`new_species`."""
    other = load_species(like)
    residence = other.habitat.residence
    n = len(residence.absent_lonlat) if residence is not None else 0
    if not n:
        return []
    return [
        f"Left out: {counted(n, 'ring')} of ground where {other.key} is absent "
        "(habitat.residence.absent_lonlat): that belongs to the place, not to the species."
    ]


def _mark(part: Any, words_before: str) -> None:
    """Say in every source below that it was copied, and trust it less."""
    if isinstance(part, dict):
        if "source" in part and "confidence" in part:
            part["source"] = words_before + part["source"]
            part["confidence"] = max(UNCHECKED, part["confidence"])
        for inner in part.values():
            _mark(inner, words_before)


def placeholders(species: Species) -> list[str]:
    """Return the names of what is still a placeholder, the most important first."""
    data = species.model_dump(mode="json", exclude_none=True)
    found = list(_still(data, ""))
    first: Sequence[str] = words()["first"]
    rank = {name: i for i, name in enumerate(first)}
    return sorted(found, key=lambda name: rank.get(name, len(rank)))


def _still(part: Mapping[str, Any], path: str) -> list[str]:
    found = []
    for key, value in part.items():
        if isinstance(value, Mapping):
            name = f"{path}.{key}" if path else key
            if str(value.get("source", "")).startswith(PLACEHOLDER):
                found.append(name)
            found += _still(value, name)
    return found
