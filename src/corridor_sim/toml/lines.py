"""On which line a TOML value stands: what ``tomllib`` does not tell.

The text must already have been accepted by ``tomllib``; only then is the short scan below enough.
"""

from __future__ import annotations

import re

from corridor_sim.toml.values import Location

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Location, int] = {}
        self.last_index: dict[Location, int] = {}
        self._counted = (0, 1)

    def line(self) -> int:
        """Return the line at the cursor; the cursor only moves on, so each line is counted once."""
        start, number = self._counted
        self._counted = (self.at, number + self.text.count("\n", start, self.at))
        return self._counted[1]

    def skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def key(self) -> list[str]:
        parts = []
        while True:
            found = _KEY.match(self.text, self.at)
            if not found:
                raise ValueError("no key")
            self.at = found.end()
            # escapes inside quoted keys are left as they are: such a key is then not found
            parts.append(next(g for g in found.groups() if g is not None))
            if self.peek() != ".":
                return parts
            self.at += 1

    def note(self, location: Location, line: int) -> None:
        for depth in range(1, len(location) + 1):
            self.lines.setdefault(location[:depth], line)

    def value(self, location: Location) -> None:
        self.skip(_BLANK)
        self.note(location, self.line())
        opening = self.peek()
        if opening in "[{" and opening:
            self.at += 1
            count = 0
            closing = "]" if opening == "[" else "}"
            before = -1
            while True:
                self.skip(_BLANK)
                if self.peek() in (closing, ""):
                    self.at += 1
                    return
                if self.at == before:
                    raise ValueError("no value")
                before = self.at
                if opening == "[":
                    self.value((*location, count))
                else:
                    self.pair(location)
                count += 1
                self.skip(_BLANK)
                if self.peek() == ",":
                    self.at += 1
        elif opening in "\"'" and opening:
            self.skip(_STRING)
        else:
            self.skip(_SCALAR)

    def pair(self, table: Location) -> None:
        line = self.line()
        location = (*table, *self.key())
        self.note(location, line)
        self.at += 1  # the equals sign
        self.value(location)

    def header(self) -> Location:
        line = self.line()
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        keys = self.key()
        self.at += 2 if is_array else 1
        table: Location = ()
        for depth, key in enumerate(keys, start=1):
            table = (*table, key)
            if is_array and depth == len(keys):
                self.last_index[table] = self.last_index.get(table, -1) + 1
            if table in self.last_index:
                table = (*table, self.last_index[table])
        self.note(table, line)
        return table


def lines_of(text: str) -> dict[Location, int]:
    """Return the line (from 1) of every table, key and array element of a valid TOML text."""
    scan = _Scan(text.removeprefix("\ufeff"))
    table: Location = ()
    try:
        scan.skip(_BLANK)
        while scan.at < len(scan.text):
            before = scan.at
            if scan.peek() == "[":
                table = scan.header()
            else:
                scan.pair(table)
            scan.skip(_BLANK)
            if scan.at == before:
                break
    except (ValueError, RecursionError):
        pass  # what was found so far still helps
    return scan.lines
