"""What was answered, kept so that its address leads back to it: a file by its digest.

A file holds what was drawn and the scenario that it was drawn on, so that
``corridor-sim links try`` gives the same numbers anywhere.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import corridor_sim as cs
from corridor_sim.app.replies import Refused
from corridor_sim.app.words import word

RUNS = "runs"
DIGEST = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a folder.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    def keep(self, evaluator: cs.LinkEvaluator, given: Sequence[cs.Alternative]) -> str | None:
        """Keep alternatives as they are, and return their digest; None where it cannot be."""
        digest = cs.run_digest(evaluator, given)
        with suppress(cs.CorridorSimError):
            path = self.path(digest)
            if not path.exists():
                cs.write_alternatives(given, path, scenario=evaluator.resolved)
            return digest
        return None

    def path(self, digest: str) -> Path:
        """Return where a run lies."""
        return self.folder / f"{digest}.toml"

    def read(self, digest: str, landscape: cs.Landscape | None = None) -> cs.Alternatives:
        """Return what was drawn, as it was or in metres of a landscape.

        Raises
        ------
        Refused
            There is no such run.
        CorridorSimError
            It does not fit the landscape, or its file was damaged.
        """
        if DIGEST.fullmatch(digest) is None or not self.path(digest).is_file():
            raise Refused(word("keep.run.unknown", run=digest[:16]), 404)
        return cs.read_alternatives(self.path(digest), landscape=landscape)

    def command(self, digest: str) -> str:
        """Return what gives the same numbers in a terminal."""
        return f"corridor-sim links try {shlex.quote(str(self.path(digest)))}"
