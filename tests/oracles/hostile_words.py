"""Command lines with an odd word: the light commands whole, of the others what is checked first."""

from __future__ import annotations

import contextlib
import io
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

from corridor_sim import CorridorSimError
from corridor_sim.cli import guards, options
from corridor_sim.cli import main as cli
from corridor_sim.experiment.execution.workforce import Workforce
from oracles.hostile import Case

LINES = (
    "species show jaguar",
    "species list",
    "status results",
    "status results --json",
    "run small.toml --out o --replicates 2 --seed 1 --threads 1 --workers 1",
    "run small.toml --index 0 --of 3 --until eca_km2=5 --at-most 9",
    "compare small.toml --slurm 2",
    "compare small.toml --scheduler tcp://127.0.0.1:8786 --set days=3",
    "links rank small.toml --budget 5 --threads 1",
    "links propose small.toml --width 5 --most 2",
    "sweep small.toml --yes --set base.days=3",
    "sensitivity small.toml --out o",
    "landscape show small.toml --map m.png",
    "landscape export --out m --format tif,nc",
    "validate --patterns J6 --replicates 1 --years 1 --cell-m 5000",
    "theory resistance grid.asc points.txt",
    "theory survival grid.asc 0.1 --out o.asc",
    "theory passage grid.asc points.txt --mortality 0.1 --out o.asc",
)
WORDS = (
    "",
    " ",
    "-",
    "--",
    "-1",
    "0",
    "1",
    "²",
    "٣",
    "1e9",
    "nan",
    "inf",
    "1e999",
    "9" * 30,
    "9" * 5000,
    "0x10",
    "a" * 300,
    "a/" * 3000,
    "\udcff",
    "a\nb",
    "\x1b[31m",
    "\u202ex",
    "é",
    "🐆",
    "/proc/kmsg",
    "/dev/zero",
    "/",
    ".",
    "..",
    "small.toml",
    "--set",
    "--set=",
    "--set=a",
    "--set=days=3",
    "--set=²=1",
    "--help=x",
    "@small.toml",
    "-v",
    "*",
    "a=b",
    "=",
    ":",
    "eca_km2:jaguar=1e999",
    "::",
    "x=nan",
    "tcp://",
    "tcp://h:99999",
    "http://h:1",
    "[::1]:5",
    "$(true)",
    "%s",
    "{0}",
    "None",
)
LIGHT = ("species", "status", "theory")


def cases(rng: random.Random, folder: Path) -> Iterator[Case]:
    """Yield command lines, for ever."""
    (folder / "small.toml").write_text("days = 3\n[species.jaguar]\ncount = 5\n", "utf-8")
    while True:
        words = rng.choice(LINES).split()
        at = rng.randrange(1, len(words) + 1)
        if rng.random() < 0.5:
            words[at:at] = [rng.choice(WORDS)]
        else:
            words[at - 1 : at] = [rng.choice(WORDS)]
        yield Case(repr(words)[:400], _call(words, folder))


def _call(words: list[str], folder: Path) -> Callable[[], None]:
    def do() -> None:
        said, here = io.StringIO(), os.getcwd()
        os.chdir(folder)
        try:
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
                _checked(words)
        except SystemExit as end:
            if end.code not in (0, cli.BAD_INPUT):
                raise RuntimeError(f"exit code {end.code}") from None
            if end.code == cli.BAD_INPUT:
                raise CorridorSimError(said.getvalue()) from None
            return
        finally:
            os.chdir(here)
        if "\n" in said.getvalue().rstrip("\n"):
            raise RuntimeError(f"several lines: {said.getvalue()[:200]!r}")

    return do


def _checked(words: list[str]) -> None:
    args = cli.build_parser().parse_args(words)
    guards.before_work(args)
    if hasattr(args, "scheduler"):
        asked = options.keywords(args)
        names = [one.name for one in fields(Workforce) if one.name in asked]
        Workforce(**{name: asked[name] for name in names}).check()
    if args.command in LIGHT:
        args.call(args)
