"""What has been drawn: kept in a file after every change, so that nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import corridor_sim as cs

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
        Goes up by one with each change; who changes names the one that was seen.
    """

    folder: Path
    alternatives: cs.Alternatives
    revision: int = 0
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def opened(cls, folder: Path) -> Work:
        """Return the work of a folder, which is made where there is none.

        Raises
        ------
        CorridorSimError
            The folder cannot be made, or its file cannot be read.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as bad:
            raise cs.CorridorSimError(
                f"cannot be made ({bad.strerror})", where=folder, remedy="give another --folder"
            ) from None
        path = folder / FILE
        found = cs.read_alternatives(path) if path.exists() else cs.Alternatives()
        return cls(folder, found)

    def put(self, data: Any, seen: int) -> int:
        """Take the alternatives as they are now in a window, and return their revision.

        Raises
        ------
        Stale
            They are not a change of the last ones.
        CorridorSimError
            They cannot be; the last ones stay.
        """
        with self._lock:
            if seen != self.revision:
                raise Stale
            self.alternatives = cs.Alternatives.of(data)
            cs.write_alternatives(self.alternatives, self.folder / FILE)
            self.revision += 1
            return self.revision

    def told(self) -> dict[str, Any]:
        """Return the work as plain data."""
        data = self.alternatives.model_dump(mode="json", exclude_none=True)
        return {"revision": self.revision, **data}
