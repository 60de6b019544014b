"""``corridor-sim species`` and ``schema``: what the program knows of its inputs."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Sequence
from typing import Any

from corridor_sim.cli.options import Command, Group, Option, listed, option
from corridor_sim.config.schemas import KINDS
from corridor_sim.errors import counted

NAMED = 5


def species_list(args: argparse.Namespace) -> None:
    """Print the species that ship with the program."""
    from corridor_sim.species.reader import load_species, species_keys

    for key in species_keys():
        one = load_species(key)
        print(f"{key:18} {one.name} ({one.scientific_name}): {one.summary}")


def species_show(args: argparse.Namespace) -> None:
    """Print every number of a species with its source."""
    from corridor_sim.errors import visible
    from corridor_sim.report.text.terminal import print_table
    from corridor_sim.species.reader import describe_species, load_species

    one = load_species(args.species)
    print(f"{one.name} ({one.scientific_name})")
    print(visible(one.summary, keep="\n\t") + "\n")
    head = ("Trait", "Value", "Unit", "Plausible range", "Confidence, source")
    print_table(head, [_trait(row) for row in describe_species(one)], names=(0, 4), left=(2,))


def _trait(row: Any) -> list[str]:
    from corridor_sim.errors import visible

    name, value, unit, low, high, confidence, source = row
    span = "" if low is None else f"{low:g} to {high:g}"
    shown = f"{value:g}" if isinstance(value, int | float) else str(value)
    rests = f"{confidence}, {source}" if confidence is not None else "without range or source"
    return [visible(cell) for cell in (name, shown, unit, span, rests)]


# options of a new species that are no facts of it
OF_NEW = (
    *("key", "scientific_name", "summary", "colour", "source", "covers"),
    *("life_cycle", "force"),
)


def species_new(args: argparse.Namespace) -> None:
    """Write a new species file and say what to do next."""
    from dataclasses import fields

    from corridor_sim.species.facts import Facts
    from corridor_sim.species.new import file_of, left_out, new_species, placeholders

    facts = {one.name: getattr(args, one.name) for one in fields(Facts)}
    own = {name: getattr(args, name) for name in OF_NEW}
    species = new_species(args.name, args.like, args.file, **own, **facts)
    path = file_of(species, args.file)
    print(f"{path}: {species.name}, key {species.key}")
    if args.like is not None:
        for line in left_out(args.like):
            print(line)
    else:
        _tell_placeholders(placeholders(species))
    print(f"Check it:   corridor-sim species check {shlex.quote(str(path))}")
    print(f"Use it:     [species.{species.key}]")
    print(f"            file = {json.dumps(str(path), ensure_ascii=False)}")


def _tell_placeholders(names: Sequence[str]) -> None:
    if names:
        first = ", ".join(names[:NAMED])
        print(f"{counted(len(names), 'placeholder')} to replace, first {first}")


def species_check(args: argparse.Namespace) -> None:
    """Print all that is wrong with species files, and what follows from those that are right."""
    from corridor_sim import api
    from corridor_sim.errors import SpeciesError

    found = api.check_species(args.files, landscape=args.landscape)
    for line in found.loc[found["kind"] != "placeholder", "told"]:
        print(line)
    faults = found[found["kind"] == "fault"]
    for file in args.files:
        of_file = found[found["file"].isin([file, f"{file}.toml"])]
        if (of_file["kind"] == "fault").any():
            continue
        _tell_right(file, int((of_file["kind"] == "doubt").sum()))
        _tell_placeholders(list(of_file.loc[of_file["kind"] == "placeholder", "place"]))
    if len(faults):
        names = ", ".join(dict.fromkeys(faults["file"]))
        raise SpeciesError(
            counted(len(faults), "fault"), where=names, remedy="mend the lines above"
        )


def _tell_right(file: str, doubts: int) -> None:
    """Print what follows from a species file without fault."""
    from corridor_sim.species.follows import follows
    from corridor_sim.species.reader import load_species

    species = load_species(file)
    told = f"{species.name} ({species.scientific_name})"
    print(f"{file}: {told}, no fault, {counted(doubts, 'doubt')}")
    for what, *both in follows(species):
        said = both[0] if not both[1] else f"{both[0]} (female), {both[1]} (male)"
        print(f"  {what}: {said}")


def _schema(args: argparse.Namespace) -> None:
    from corridor_sim import api

    print(json.dumps(api.schema(args.kind), indent=2, ensure_ascii=False))


def _numbers() -> tuple[Option, ...]:
    """Return the options of facts that are numbers: name, unit and what is said."""
    said = {
        "mass_kg": ("KG", "body mass of an adult; gives the home range where that is not known"),
        "home_range_km2": ("KM2", "95 %% home range of adult females [from mass, else 20]"),
        "male_home_range_km2": ("KM2", "the same of males [as females']"),
        "density_per_100km2": ("N", "animals per 100 km² of good habitat [ranges side by side]"),
        "daily_km": ("KM", "mean straight distance between positions a day apart"),
        "dispersal_km": ("KM", "median straight distance from birth to settling [7 x sqrt(range)]"),
        "dispersal_days": ("D", "mean days on the way [100]"),
        "adult_survival": ("SHARE", "adults that survive a year without people [0.85]"),
        "first_birth_y": ("Y", "age of females at their first birth [3]"),
        "longevity_y": ("Y", "greatest age [15]"),
        "litter": ("N", "young per birth [2.6]"),
        "birth_interval_y": ("Y", "years between births [2]"),
    }
    return tuple(
        option(f"--{name.replace('_', '-')}", type=float, metavar=metavar, help=text)
        for name, (metavar, text) in said.items()
    )


FACTS = Group(
    "what is known of it; whatever is not stays a placeholder that says so",
    (
        *_numbers(),
        option("--diet", metavar="DIET", help="herbivore, omnivore or carnivore, with --mass-kg"),
        option("--active", metavar="WHEN", help="always, day, night or twilight [always]"),
        option("--lives-in", type=listed, metavar="COVERS", help="land covers, with commas"),
        option("--avoids", type=listed, metavar="COVERS", help="land covers, with commas"),
        option(
            "--elevation-m",
            nargs=2,
            type=float,
            metavar=("LOW", "HIGH"),
            help="heights between which it lives",
        ),
        option("--source", metavar="TEXT", help="where these come from"),
    ),
)
COMMANDS = (
    Command(
        "species",
        "list, show, write and check species",
        actions=(
            Command("list", "list the species that ship with the program", species_list),
            Command(
                "show",
                "show every number of a species with its source",
                species_show,
                (option("species", help="key of a species that ships, or a species TOML"),),
            ),
            Command(
                "new",
                "write a species file, from nothing or like another species",
                species_new,
                (
                    option("name", metavar="NAME", help="for people; the key comes from it"),
                    option(
                        "--from",
                        dest="like",
                        metavar="SPECIES",
                        help="copy a species that ships (key) or a file; all is marked as copied",
                    ),
                    option("--out", dest="file", metavar="FILE", help="the file [KEY.toml]"),
                    option("--key", metavar="KEY", help="word by which scenarios call it"),
                    option("--scientific-name", metavar="NAME", help="such as 'Puma concolor'"),
                    option("--summary", metavar="TEXT", help="what it is and why it is here"),
                    option("--colour", metavar="#RRGGBB", help="colour of its figures"),
                    option(
                        "--covers",
                        default="andes-amazon",
                        metavar="TABLE",
                        help="table of land cover: a file, or one that ships [andes-amazon]",
                    ),
                    option(
                        "--life-cycle",
                        action="store_true",
                        help="with the section for runs through decades",
                    ),
                    option("--force", action="store_true", help="replace a file that is there"),
                    FACTS,
                ),
            ),
            Command(
                "check",
                "tell all that is wrong with species files, and what follows from them",
                species_check,
                (
                    option("files", nargs="+", metavar="FILE", help="a species TOML, or a key"),
                    option(
                        "--landscape",
                        metavar="SCENARIO",
                        help="a scenario TOML on whose landscape they are to live",
                    ),
                ),
            ),
        ),
    ),
    Command(
        "schema",
        "print the JSON Schema of a kind of file [scenarios and experiments]",
        _schema,
        (option("kind", nargs="?", metavar="KIND", help="one kind of file: " + ", ".join(KINDS)),),
    ),
)
