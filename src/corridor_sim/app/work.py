"""What has been drawn: kept in a file after every change, so that nothing is lost."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import time_ns
from typing import Any

import corridor_sim as cs
from corridor_sim.app.words import word

FILE = "alternatives.toml"


class Stale(Exception):
    """Somebody else, or another window, changed it in the meantime."""


@dataclass(slots=True)
class Work:
    """The alternatives of a folder, with the number of the last change.

    Attributes
    ----------
    folder : Path
    alternatives : Alternatives
    revision : int
        Goes up with each change; who changes names the one that was seen. It starts from the time,
        so that a window left open from before a restart never takes another's change for its own.
    """

    folder: Path
    alternatives: cs.Alternatives
    revision: int = field(default_factory=lambda: time_ns() // 1_000_000)
    _lock: Lock = field(default_factory=Lock)
    # what the file holds, as this program knows it
    _written: str = ""

    @classmethod
    def opened(cls, folder: Path) -> Work:
        """Return the work of a folder.

        Raises
        ------
        CorridorSimError
            Its file cannot be read; it is left as it is.
        """
        path = folder / FILE
        try:
            found = cs.read_alternatives(path) if path.exists() else cs.Alternatives()
        except cs.CorridorSimError as bad:
            move = "mend it, or move it away to begin anew"
            remedy = f"{bad.remedy}; {move}" if bad.remedy else move
            raise cs.CorridorSimError(bad.problem, where=bad.where, remedy=remedy) from None
        return cls(folder, found, _written=_digest_of(path))

    def put(self, data: Any, seen: int) -> int:
        """Take the alternatives as they are now in a window, and return their revision.

        Raises
        ------
        Stale
            They are not a change of the last ones.
        CorridorSimError
            They cannot be, or cannot be written; the last ones stay.
        """
        path = self.folder / FILE
        with self._lock:
            self._look()
            if seen != self.revision:
                raise Stale
            given = cs.Alternatives.of(data)
            try:
                cs.write_alternatives(given, path)
            except cs.CorridorSimError as bad:
                cause = bad.__cause__
                number = cause.errno if isinstance(cause, OSError) else None
                why = os.strerror(number) if number else bad.problem
                raise cs.CorridorSimError(
                    word("server.not_kept", folder=self.folder, why=why)
                ) from bad
            self.alternatives, self._written = given, _digest_of(path)
            self.revision += 1
            return self.revision

    def _look(self) -> None:
        """Take over what another program wrote into the file, if it can be read."""
        path = self.folder / FILE
        found = _digest_of(path)
        if found in ("", self._written):
            # what was deleted is written again with the next change
            return
        self.alternatives = cs.read_alternatives(path)
        self._written = found
        self.revision += 1

    def named(self, name: str) -> cs.Alternative | None:
        """Return the alternative of a name."""
        return next((one for one in self.alternatives.alternatives if one.name == name), None)

    def told(self) -> dict[str, Any]:
        """Return the work as plain data."""
        with self._lock:
            data = self.alternatives.model_dump(mode="json", exclude_none=True)
            return {"revision": self.revision, **data}


def revision_of(*parts: Any) -> str:
    """Return a short digest of plain data: equal where it is."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _digest_of(path: Path) -> str:
    """Return a digest of a file, empty where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
