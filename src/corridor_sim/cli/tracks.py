"""``corridor-sim tracks``: where single animals of a run were, as a file."""

from __future__ import annotations

import argparse
from typing import Any

from corridor_sim.cli.options import QUIET, SET, THREADS, Command, listed, option, whole


def _every(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdigit() else text


# options that the function of Python takes under the same name
_SAME = ("replicate", "days", "year", "time_zone", "set", "threads")


def _tracks(args: argparse.Namespace) -> None:
    from corridor_sim import api
    from corridor_sim.telemetry.writing import check_path

    path = check_path(args.out)
    found = api.tracks(
        args.source,
        args.scenario,
        species=listed(args.species),
        animals=args.first if args.animals is None else args.animals,
        stage=listed(args.stage),
        every=_every(args.every),
        progress=not args.quiet,
        **{name: getattr(args, name) for name in _SAME},
    )
    api.write_tracks(found, path)
    if not args.quiet:
        print(_said(found))
        print(path)


def _said(found: Any) -> str:
    from corridor_sim.errors import counted

    said = f"{counted(len(found), 'position')} of {counted(found['animal'].nunique(), 'animal')}"
    return f"{said}; times are UTC, the model's hours those of {found.attrs['time_zone']}"


COMMANDS = (
    Command(
        "tracks",
        "write where single animals of a run were: CSV as of Movebank, GeoPackage, Parquet",
        _tracks,
        (
            option("source", metavar="SOURCE", help="results folder, scenario or experiment TOML"),
            option(
                "--out",
                required=True,
                metavar="FILE",
                help="ends .csv (columns of Movebank), .gpkg or .parquet",
            ),
            option("--scenario", metavar="NAME", help="[the first]"),
            option("--species", default="", metavar="LIST", help="keys [all]"),
            option("--replicate", type=whole(0), default=0, metavar="N", help="from 0, any [0]"),
            option(
                "--animals",
                metavar="LIST",
                help="numbers as in 0-19,d0-d9 (d: dispersers), names as in jaguar-12, or all "
                "[the first of each stage]",
            ),
            option("--first", type=whole(1), default=10, metavar="N", help="so many a stage [10]"),
            option(
                "--stage", default="", metavar="LIST", help="of resident,disperser,displaced [all]"
            ),
            option(
                "--every", default="step", metavar="step|day|N", help="a position each ... [step]"
            ),
            option("--days", type=whole(1), metavar="D", help="only so many days from the start"),
            option("--year", type=whole(1), metavar="Y", help="of the start [the scenario's]"),
            option(
                "--time-zone",
                metavar="ZONE",
                help="of the model's hours, as UTC-05:00 [by the landscape's longitude]",
            ),
            SET,
            THREADS,
            QUIET,
        ),
        description="Move some animals of a run again, each to the bit as in the whole run, and "
        "write where they were. Nothing need have been kept: any animal, any replicate.",
        epilog="examples:\n"
        "  corridor-sim tracks results/my_study --out tracks.csv\n"
        "  corridor-sim tracks scenarios/baseline.toml --species jaguar --animals 0-4,d0-d4 "
        "--every day --out tracks.gpkg\n",
    ),
)
