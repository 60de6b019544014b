"""What routes share: JSON in, JSON out, and a problem in plain words."""

from __future__ import annotations

import json
import math
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from corridor_sim.app.tasks import plain
from corridor_sim.app.words import word

MOST_BYTES = 2**21
# a change holds rings of points: lists in a list in a list, inside the work
DEEPEST = 16


class Refused(Exception):
    """A request that cannot be answered, in one sentence."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def reply(data: Any, status: int = 200) -> Response:
    """Return plain data, tables and arrays as JSON; numbers that do not exist are null."""
    text = json.dumps(plain(data), allow_nan=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json")


def problem(text: str, status: int = 400) -> Response:
    """Return a problem as the page tells it."""
    return reply({"problem": text}, status)


async def data_of(request: Request) -> dict[str, Any]:
    """Return the JSON object that a request carries.

    Raises
    ------
    Refused
        It is none, it is too large, or it holds what no drawing can.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise Refused(word("server.too_large"), 413)
    try:
        found = json.loads(body)
        _check(found, DEEPEST)
    except (ValueError, RecursionError):
        raise Refused(word("server.unread")) from None
    if not isinstance(found, dict):
        raise Refused(word("server.unread"))
    return found


def text_of(data: dict[str, Any], key: str) -> str:
    """Return a text that a request carries under a key.

    Raises
    ------
    Refused
        There is none.
    """
    found = data.get(key)
    if not isinstance(found, str):
        raise Refused(word("server.unread"))
    return found


def _check(value: Any, depth: int) -> None:
    """Refuse numbers that are none, characters that are none, and what is nested without end."""
    if depth == 0 or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, list):
        for one in value:
            _check(one, depth - 1)
    elif isinstance(value, dict):
        for key, one in value.items():
            key.encode()
            _check(one, depth - 1)
