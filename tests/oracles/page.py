"""What a browser makes of a page, as far as tests ask."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser


class Page(HTMLParser):
    """Collects what a browser would fetch or run, the pictures, and the visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.alts: list[str | None] = []
        self.heads: list[dict[str, str | None]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.words: list[str] = []
        self.policy = ""
        self._addresses: list[tuple[str, str]] = []
        self._script = self._style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self._style = tag == "style"
        if tag == "script":
            self._script = True
            self.scripts.append((given, ""))
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            if name in given:
                self._addresses.append((name, given[name] or ""))
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "img":
            self.alts.append(given.get("alt"))
        if tag == "th":
            self.heads.append(given)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = False
        if tag == "style":
            self._style = False

    def handle_data(self, data: str) -> None:
        if self._script:
            given, text = self.scripts[-1]
            self.scripts[-1] = given, text + data
        elif not self._style:
            self.words.append(data)

    @property
    def strangers(self) -> list[str]:
        """Scripts that the page's policy does not name by their hash."""
        found = []
        for given, text in self.scripts:
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            data = given.get("type") == "application/json"
            if "src" in given or not (data or f"'sha256-{digest}'" in self.policy):
                found.append(text)
        return found

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def addresses(self) -> list[str]:
        """Everything that leads somewhere, within the page or out of it."""
        return [value for _, value in self._addresses]

    @property
    def fetched(self) -> list[str]:
        """Sources that are not in the page itself."""
        return [v for name, v in self._addresses if name == "src" and not v.startswith("data:")]

    @property
    def inner(self) -> list[str]:
        """The ids that links within the page lead to."""
        return [v[1:] for name, v in self._addresses if name == "href" and v.startswith("#")]

    @property
    def files(self) -> list[str]:
        """What links out of the page lead to."""
        return [v for name, v in self._addresses if name == "href" and not v.startswith("#")]
