"""``corridor-sim fit``: a species file out of tracks of collared animals."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import (
    PDF,
    QUIET,
    SET,
    Command,
    Group,
    listed,
    option,
    print_pages,
    whole,
)

# options that the function of Python takes under the same name
_SAME = (
    *("scenario", "species", "interval", "tolerance", "crs", "time_zone", "covariates", "random"),
    *("hours_in", "dates", "columns", "animals", "max_speed_ms"),
    *("still_m", "one_animal"),
    *("attraction", "states", "sex_from", "dispersers", "hold_out", "seed", "set"),
)


def _fit(args: argparse.Namespace) -> None:
    import json

    from corridor_sim import api

    found = api.fit(
        args.files,
        out=args.out or f"results/fit_{args.species.removesuffix('.toml').rpartition('/')[2]}",
        progress=not args.quiet,
        **{name: getattr(args, name) for name in _SAME},
    )
    if not args.quiet:
        found.show()
        print(f"{found.seconds:.0f} s")
        print(f"Use it:     [species.{found.species.key}]")
        print(f"            file = {json.dumps(str(found.species_file), ensure_ascii=False)}")
        print(found.files[-1].resolve())
    print_pages(found.files[-1].parent, args)


READING = Group(
    "how tracks are read",
    (
        option("--interval", metavar="TIME", help="between fixes, as 3h or 90min [the usual one]"),
        option("--tolerance", metavar="TIME", help="how far a fix may lie from it [a twelfth]"),
        option("--crs", metavar="CRS", help="of x and y, as EPSG:32721 [longitude and latitude]"),
        option("--time-zone", metavar="ZONE", help="of times, as America/La_Paz or UTC-05:00"),
        option("--hours-in", metavar="ZONE", help="of hours of the day [by the sun]"),
        option("--dates", metavar="HOW", help="3/4/2020 is day-first or month-first"),
        option("--columns", metavar="WHAT=NAME", help="as x=Long,y=Lat,time=When,animal=Name"),
        option("--animals", type=listed, metavar="NAMES", help="with commas [all]"),
        option("--max-speed-ms", type=float, metavar="V", help="drop fixes that need more, m/s"),
        option(
            "--still-m",
            type=float,
            default=30.0,
            metavar="M",
            help="who stays within it never moves [30]",
        ),
        option("--one-animal", type=listed, metavar="NAMES", help="not two collars under one name"),
        option(
            "--sex-from",
            metavar="NAME",
            help="column of the tracks, or CSV of individuals, with sexes [a column named sex]",
        ),
    ),
)
FITTING = Group(
    "what is fitted",
    (
        option(
            "--covariates",
            metavar="TERMS",
            help="what steps select, with commas: ndvi, cover[3], 'along(ndvi)', "
            "'crossings(road)', each with :hour, :year or :season behind it, and =FILE where the "
            "scenario has no such map, or none [all of the scenario]",
        ),
        option("--random", type=whole(1), default=50, metavar="N", help="random steps a step [50]"),
        option(
            "--attraction",
            default="proposal",
            metavar="HOW",
            help="to the centre of a range: proposal (random steps are drawn towards it, as the "
            "simulator does), term, both, none [proposal]",
        ),
        option(
            "--states",
            default="auto",
            metavar="N",
            help="behavioural states: 1, 2, 3, or auto, which asks the data [auto]",
        ),
        option(
            "--dispersers",
            action="store_true",
            help="animals without a range are dispersers: their steps become those of dispersers",
        ),
        option(
            "--hold-out",
            default="none",
            metavar="WHAT",
            help="fit without some animals or months and predict them: animals, months [none]",
        ),
        option("--seed", type=whole(0), default=1, metavar="S", help="seed of all chance [1]"),
    ),
)
COMMANDS = (
    Command(
        "fit",
        "fit a species to tracks of collared animals, and write its file",
        _fit,
        (
            option("files", nargs="+", metavar="TRACKS", help="Movebank CSV, or x, y, time, id"),
            option("--scenario", metavar="FILE", help="scenario TOML on whose landscape they were"),
            option(
                "--species",
                required=True,
                metavar="NAME",
                help="key of a species of the scenario, a species TOML, or a new name",
            ),
            option("--out", metavar="DIR", help="folder [results/fit_NAME]"),
            READING,
            FITTING,
            SET,
            PDF,
            QUIET,
        ),
        epilog="""examples:
  corridor-sim fit tracks.csv --species "Roe deer" --crs EPSG:3035 --time-zone UTC
  corridor-sim fit tracks.csv --scenario island.toml --species lynx --sex-from individuals.csv
""",
    ),
)
