"""``corridor-sim app``: the page on which links are drawn and animals watched."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import SET, Command, option, whole


def _app(args: argparse.Namespace) -> None:
    from corridor_sim.app.serve import serve_app

    serve_app(
        args.scenario or None,
        folder=args.folder,
        host=args.host,
        port=args.port,
        open_browser=not args.no_browser,
        set=args.set,
    )


COMMANDS = (
    Command(
        "app",
        "draw links on a page and watch animals use them",
        _app,
        (
            option("scenario", nargs="?", help="scenario TOML [built-in landscape, all species]"),
            option(
                "--folder",
                default="drawn",
                metavar="DIR",
                help="keeps what is drawn, and opens it again [drawn]",
            ),
            option("--port", type=whole(0), metavar="N", help="[the first free one from 8151]"),
            option(
                "--host",
                default="127.0.0.1",
                metavar="ADDRESS",
                help="other than 127.0.0.1 lets other machines reach it",
            ),
            option("--no-browser", action="store_true", help="print the address only"),
            SET,
        ),
    ),
)
