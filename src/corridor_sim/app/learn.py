"""Routes of the view Learn: lessons as data, and what they ask of the simulator as it comes.

One request is one task: its answer is a stream of lines, each a JSON object. Who leaves the view,
or starts something else, ends the request, and with it the task.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

import corridor_sim as cs
from corridor_sim.app.engine import Engine
from corridor_sim.app.lesson_files import LESSONS, SWEEPS, lesson
from corridor_sim.app.lesson_tasks import OWN_SWEEP, Lessons, Told
from corridor_sim.app.replies import Refused, data_of, reply, text_of
from corridor_sim.app.tasks import plain, unforeseen

# a stream that says nothing is taken for lost
BEAT_S = 10.0


def routes(engine: Engine) -> list[Route]:
    """Return what the view asks for."""
    lessons, number = Lessons(engine), count()

    async def all_of_them(request: Request) -> Response:
        sweeps = [*([OWN_SWEEP] if engine.sweep else []), *SWEEPS]
        return reply({"lessons": [lesson(key) for key in LESSONS], "sweeps": sweeps})

    async def one(request: Request) -> Response:
        return reply(lesson(request.path_params["key"]))

    async def odd(request: Request) -> Response:
        return reply({"sections": [_told(one) for one in cs.odd_text()]})

    async def run(request: Request) -> Response:
        data = await data_of(request)
        told = lessons.task(text_of(data, "task"), data)
        key = f"learn {next(number)}"
        return StreamingResponse(_lines(engine, key, told), media_type="application/x-ndjson")

    return [
        Route("/api/learn", all_of_them),
        Route("/api/learn/lessons/{key}", one),
        Route("/api/learn/run", run, methods=["POST"]),
        Route("/api/odd", odd),
    ]


def _told(section: Any) -> dict[str, Any]:
    """Return a section of the model's description as plain data."""
    return {
        "key": section.key,
        "title": section.title,
        "paragraphs": list(section.paragraphs),
        "parts": [_told(one) for one in section.parts],
    }


async def _lines(engine: Engine, key: str, told: Told) -> AsyncIterator[str]:
    """Yield what a task tells, and end the task where nobody listens any more."""
    loop, news = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def say(line: str | None) -> None:
        # a window that goes while the program ends has no loop any more
        if not loop.is_closed():
            loop.call_soon_threadsafe(news.put_nowait, line)

    engine.submit(key, _steps(told, say), urgent=False)
    try:
        while True:
            try:
                line = await asyncio.wait_for(news.get(), BEAT_S)
            except TimeoutError:
                line = "\n"
            if line is None:
                return
            yield line
    finally:
        engine.cancel(key)


def _steps(told: Told, say: Callable[[str | None], None]) -> Iterator[None]:
    """Do a task step by step; what goes wrong is its last line."""
    try:
        say(_line({"begun": True}))
        for one in told:
            if one is not None:
                say(_line(one))
            yield
        say(_line({"done": True}))
    except (cs.CorridorSimError, Refused) as bad:
        say(_line({"problem": str(bad)}))
    except Exception as bad:
        say(_line({"problem": unforeseen(bad)}))
    finally:
        say(None)


def _line(data: dict[str, object]) -> str:
    return json.dumps(plain(data), allow_nan=False, separators=(",", ":")) + "\n"
