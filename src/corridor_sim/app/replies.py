"""What routes share: JSON in, JSON out, and a problem in plain words."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MOST_BYTES = 2**21


def problem(text: str, status: int = 400) -> Response:
    """Return a problem as the page tells it."""
    return JSONResponse({"problem": text}, status)


async def data_of(request: Request) -> dict[str, Any] | None:
    """Return what a request carries, None where it is no JSON object of bearable size."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
