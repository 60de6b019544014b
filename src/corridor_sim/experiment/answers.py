"""Answers kept side by side in a results folder: each question keeps its own.

``answers/NAME/`` holds the page, the sheet for who decides and the tables of one question, and
``answer.json`` what was asked. What makes two questions two is what was asked, never the time: the
settings, and the language of the answer. The same question again replaces its own answer.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from corridor_sim.experiment.forms import AnswerFile
from corridor_sim.files import write_bytes, write_text
from corridor_sim.languages import current, mark
from corridor_sim.reading import Unfit, read_json

ANSWERS, RECORD = "answers", "answer.json"
# what of a results folder is an answer; the page stands first
KEPT = ("report.html", "summary.html", "tables.xlsx")
MOST_WORDS = 40
# addresses in a page of files beside it
BESIDE = re.compile(rb'href="(?!#|\.\./|[a-z]+:)([^"]+)"')
AS_THE_FILE, IN_PYTHON = mark("as the file says"), mark("as set in Python")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes
    ----------
    asked : str
        The options of the command that made it, or one of two messages.
    lead : str
        The first sentences of the answer.
    day : str
        On which it was given, ISO 8601.
    language, command : str
    name : str
        Of its folder below ``answers/``.
    order : int
        The larger, the later.
    """

    asked: str
    lead: str
    day: str
    language: str
    command: str
    name: str
    order: int = 0

    @property
    def page(self) -> str:
        """Where its page lies, from the results folder."""
        return f"{ANSWERS}/{self.name}/{KEPT[0]}"


def answer_of(settings: Mapping[str, Any], command: str, lead: str) -> Answer:
    """Return the answer to what settings ask, given today in the current language."""
    language = current().code
    text = json.dumps([settings, language], sort_keys=True, ensure_ascii=False, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    asked = asked_of(command)
    words = _slug(asked)
    name = f"{words}-{digest}" if words else digest
    return Answer(asked, " ".join(lead.split()), date.today().isoformat(), language, command, name)


def asked_of(command: str) -> str:
    """Return what of a command asks: its options, without the folder, the language and the file.

    >>> asked_of("corridor-sim links rank a.toml --out b --set links.budget=20 --lang es")
    'links.budget=20'
    >>> asked_of("corridor-sim run a.toml --out b")
    'as the file says'
    """
    if not command:
        return IN_PYTHON
    words = shlex.split(command)
    found, i = [], next((k for k, one in enumerate(words) if one.startswith("--")), len(words))
    while i < len(words):
        if words[i] in ("--out", "--lang"):
            i += 2
        elif words[i] == "--set":
            found.append(words[i + 1] if i + 1 < len(words) else "")
            i += 2
        elif words[i] == "--yes":
            i += 1
        else:
            found.append(" ".join(words[i : i + 2]))
            i += 2
    return "; ".join(found) or AS_THE_FILE


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", plain)[:MOST_WORDS].strip("-.")


def read_answers(out: Path) -> list[Answer]:
    """Return the answers that a results folder keeps, the latest first.

    What cannot be read as one, or has no page, is none.
    """
    found = []
    try:
        folders = [one for one in (out / ANSWERS).iterdir() if one.is_dir()]
    except OSError:
        return []
    for folder in folders:
        try:
            told = read_json(folder / RECORD, AnswerFile)
            order = (folder / RECORD).stat().st_mtime_ns
        except (Unfit, OSError):
            continue
        if (folder / KEPT[0]).is_file():
            found.append(Answer(**dict(told), name=folder.name, order=order))
    return sorted(found, key=lambda one: (-one.order, one.name))


def _moved(page: bytes) -> bytes:
    """Return a page whose addresses are right from the folder of its answer."""
    ours = {name.encode() for name in KEPT}

    def address(found: re.Match[bytes]) -> bytes:
        there = found[1]
        if there in ours:
            return found[0]
        other = there.removeprefix(f"{ANSWERS}/".encode())
        return b'href="../' + (other if other != there else b"../" + there) + b'"'

    return BESIDE.sub(address, page)


def keep_answer(out: Path, answer: Answer) -> Path:
    """Keep the answer that lies in a results folder beside those to other questions.

    The record is written last: an answer that was half copied when the program was killed is none.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    folder = out / ANSWERS / answer.name
    (folder / RECORD).unlink(missing_ok=True)
    for name in KEPT:
        if (out / name).is_file():
            content = (out / name).read_bytes()
            write_bytes(folder / name, _moved(content) if name.endswith(".html") else content)
        else:
            (folder / name).unlink(missing_ok=True)
    data = {
        "asked": answer.asked,
        "lead": answer.lead,
        "day": answer.day,
        "language": answer.language,
        "command": answer.command,
    }
    write_text(folder / RECORD, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    return folder
