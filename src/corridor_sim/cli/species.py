"""``corridor-sim species`` and ``schema``: what the program knows of its inputs."""

from __future__ import annotations

import argparse
from typing import Any

from corridor_sim.cli.options import Command, option
from corridor_sim.config.schemas import KINDS


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


def _schema(args: argparse.Namespace) -> None:
    import json

    from corridor_sim import api

    print(json.dumps(api.schema(args.kind), indent=2, ensure_ascii=False))


COMMANDS = (
    Command(
        "species",
        "list the species or show one",
        actions=(
            Command("list", "list the species that ship with the program", species_list),
            Command(
                "show",
                "show every number of a species with its source",
                species_show,
                (option("species", help="key of a species that ships, or a species TOML"),),
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
