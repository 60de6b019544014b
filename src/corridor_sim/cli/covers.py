"""``corridor-sim covers``: tables of land-cover classes, to be seen and copied."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import Command, option


def covers_list(args: argparse.Namespace) -> None:
    """Print the tables that ship with the program."""
    from corridor_sim.landscape.covers import SHIPPED, cover_table, cover_table_source

    for name in SHIPPED:
        table = cover_table(name)
        told = cover_table_source(name).removeprefix("Codes, names and colours: ")
        print(f"{name:15} {len(table.rows):3} classes: {told.split(' (')[0].split('. ')[0]}")


def covers_show(args: argparse.Namespace) -> None:
    """Print a table of land-cover classes, or write it to a file that can be changed."""
    from corridor_sim import api
    from corridor_sim.errors import visible
    from corridor_sim.landscape.covers import FLAGS, SHIPPED, cover_table_source
    from corridor_sim.report.text.terminal import print_table

    table = api.cover_table(args.table)
    if args.output is not None:
        print(f"wrote {api.write_cover_table(table, args.output)}")
        print(f'Use it:  [landscape]\n         cover_classes = "{args.output}"')
        return
    head = ("Code", "Key", "Label", "Colour", "Flags", "Lift, m/s")
    rows = []
    for row in table.rows:
        flags = ", ".join(flag for flag in FLAGS if getattr(row, flag))
        lift = "" if row.lift_thermal_ms is None else f"{row.lift_thermal_ms:g}"
        codes = " or ".join(str(code) for code in row.called)
        rows.append((codes, row.key, row.label, row.colour, flags, lift))
    print(f"{table.name}: {len(table.rows)} classes")
    print_table(head, [[visible(cell) for cell in row] for row in rows], names=(1, 2), left=(3, 4))
    if args.table in SHIPPED:
        print(cover_table_source(args.table))


COMMANDS = (
    Command(
        "covers",
        "list, show and copy tables of land-cover classes",
        actions=(
            Command("list", "list the tables that ship with the program", covers_list),
            Command(
                "show",
                "show the classes of a table, or write them to a file of your own",
                covers_show,
                (
                    option("table", metavar="TABLE", help="a table that ships, or a CSV or TOML"),
                    option("--output", metavar="FILE", help="write it to this CSV, to be changed"),
                ),
            ),
        ),
    ),
)
