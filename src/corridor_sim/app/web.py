"""Requests and answers: who may ask, what is served, and the stream by which windows hear of news.

Only who knows the token is served: the first request carries it in its address, later ones in a
cookie that no script reads. A request from another page is refused by its Origin, one under another
name of this machine by its Host: else a page elsewhere could have its own name lead here.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

import corridor_sim as cs
from corridor_sim.app import keep, learn, reader, watch
from corridor_sim.app.engine import Engine
from corridor_sim.app.lesson_files import LESSONS
from corridor_sim.app.replies import Refused, data_of, problem, reply, text_of
from corridor_sim.app.tasks import event, unforeseen
from corridor_sim.app.words import STATIC, word, words_of
from corridor_sim.app.work import Stale

COOKIE = "corridor_token"
BEAT_S = 10.0
# events that wait for a window; one that is further behind loads anew
MOST_WAITING = 2000
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PAGE, REFUSED = STATIC / "index.html", STATIC / "refused.html"


class Guard:
    """Serves who has the token, to whom it was given.

    Parameters
    ----------
    app : ASGI application
    token : str
    host : str
        Address that is listened to.
    started_in : str or None
        The language that the program was asked for, if any.
    """

    def __init__(self, app: ASGIApp, token: str, host: str, started_in: str | None) -> None:
        self.app, self.token, self.host, self.started_in = app, token, host, started_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the headers that keep a page by itself."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        request = Request(scope)
        given = request.query_params.get("token") or request.cookies.get(cookie_of(request)) or ""
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        known = secrets.compare_digest(given.encode(), self.token.encode())
        own = is_ours(host, self.host) and origin in (None, f"http://{host}")

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                said = {key for key, _ in message["headers"]}
                more = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                more = [one for one in more if one[0] not in said]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        with cs.language(reader.language_of(request, self.started_in)):
            answer = self.app if known and own else _filled(REFUSED, 403)
            await answer(scope, receive, with_headers)


def _filled(path: Path, status: int = 200) -> Response:
    """Return markup with its words in the current language: what no module can fill in."""
    text = Template(path.read_text(encoding="utf-8"))
    words = {key: escape(one) for key, one in words_of("page")["markup"].items()}
    said = text.substitute(words, language=cs.languages.current().tag)
    return Response(said, status, media_type="text/html")


def cookie_of(request: Request) -> str:
    """Return the name of the cookie: it has the port, since browsers do not tell ports apart."""
    server = request.scope.get("server") or ("", 0)
    return f"{COOKIE}_{server[1]}"


def is_ours(host: str, listening: str) -> bool:
    """Whether a request's Host is a name under which this program is served.

    Numbers cannot lead elsewhere; of names only this machine's own count.
    """
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.removeprefix("[").removesuffix("]").lower()
    if name in ("localhost", listening.lower()):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return not _is_loopback(listening) and name == socket.gethostname().lower()
    return address.is_loopback or not _is_loopback(listening)


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def make_web(engine: Engine, token: str, host: str) -> Starlette:
    """Return the page as an ASGI application."""
    answers, asked_for = engine.answers, cs.languages.chosen()
    started_in = None if asked_for is None else asked_for.code

    async def page(request: Request) -> Response:
        response = _filled(PAGE)
        response.set_cookie(cookie_of(request), token, httponly=True, samesite="strict")
        return response

    async def start(request: Request) -> Response:
        return reply(engine.told())

    async def raster(request: Request) -> Response:
        key = request.path_params["key"]
        kept = engine.picture.rasters.get(key) if engine.picture else None
        found = kept or answers.rasters.get(key)
        if found is None:
            raise Refused(word("server.no_map"), 404)
        engine.shown.set()
        return Response(found, media_type="application/octet-stream")

    async def put(request: Request) -> Response:
        data = await data_of(request)
        seen = data.get("seen")
        if not isinstance(seen, int) or isinstance(seen, bool):
            raise Refused(word("server.unread"))
        try:
            await run_in_threadpool(engine.work.put, data.get("work"), seen)
        except Stale:
            return reply(engine.work.told(), 409)
        finally:
            # also where another program wrote into the file
            answers.follow()
        told = engine.work.told()
        engine.tell("work", told)
        return reply(told)

    async def ask(request: Request) -> Response:
        answers.ask(text_of(await data_of(request), "name"))
        return reply({}, 202)

    async def drop(request: Request) -> Response:
        answers.drop(request.path_params["name"])
        return reply({})

    async def lives(request: Request) -> Response:
        return reply(await answers.lives(request.path_params["name"]))

    async def ways(request: Request) -> Response:
        wanted = request.query_params.get("rows")
        try:
            rows = None if wanted is None else [int(one) for one in wanted.split(",") if one]
        except ValueError:
            raise Refused(word("server.unread")) from None
        return reply(await answers.ways(request.path_params["name"], rows))

    async def co_benefits(request: Request) -> Response:
        return reply(await answers.co_benefits(request.path_params["name"]))

    async def current(request: Request) -> Response:
        return reply(await answers.current(request.path_params["name"]))

    async def a_map(request: Request) -> Response:
        asked = request.query_params
        species, name = asked.get("species", ""), asked.get("alternative")
        return reply(await answers.map(request.path_params["kind"], species, name))

    async def choose(request: Request) -> Response:
        data = await data_of(request)
        budget, weights = data.get("budget"), data.get("weights") or {}
        numbers = [one for one in (budget, *_values(weights)) if one is not None]
        if any(isinstance(one, bool) or not isinstance(one, int | float) for one in numbers):
            raise Refused(word("server.unread"))
        answers.choose(None if budget is None else float(budget), weights)
        return reply({}, 202)

    async def stop_choosing(request: Request) -> Response:
        answers.stop_choosing()
        return reply({})

    async def jobs(request: Request) -> Response:
        return reply({"jobs": engine.jobs.told()})

    async def end_job(request: Request) -> Response:
        if not engine.jobs.cancel(request.path_params["id"]):
            raise Refused(word("server.no_job"), 404)
        return reply({})

    async def events(request: Request) -> Response:
        return StreamingResponse(_events(engine), media_type="text/event-stream")

    return Starlette(
        routes=[
            Route("/", page),
            Route("/api/start", start),
            Route("/api/rasters/{key}", raster),
            Route("/api/work", put, methods=["PUT"]),
            Route("/api/answers", ask, methods=["POST"]),
            Route("/api/answers/{name:path}/lives", lives),
            Route("/api/answers/{name:path}/ways", ways),
            Route("/api/answers/{name:path}/co-benefits", co_benefits),
            Route("/api/answers/{name:path}/current", current),
            Route("/api/answers/{name:path}", drop, methods=["DELETE"]),
            Route("/api/maps/{kind}", a_map),
            Route("/api/best-set", choose, methods=["POST"]),
            Route("/api/best-set", stop_choosing, methods=["DELETE"]),
            Route("/api/jobs", jobs),
            Route("/api/jobs/{id}", end_job, methods=["DELETE"]),
            Route("/api/events", events),
            *watch.routes(engine),
            *keep.routes(engine),
            *learn.routes(engine),
            *reader.routes(LESSONS),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, token=token, host=host, started_in=started_in)],
        exception_handlers=HANDLERS,
    )


def _values(weights: Any) -> list[Any]:
    if not isinstance(weights, dict):
        raise Refused(word("server.unread"))
    return list(weights.values())


async def _told(request: Request, bad: Exception) -> Response:
    """Tell whatever a request comes to in one sentence."""
    if isinstance(bad, Refused):
        return problem(str(bad), bad.status)
    if isinstance(bad, cs.CorridorSimError):
        return problem(str(bad), 422)
    if isinstance(bad, HTTPException):
        return problem(word("server.no_page"), bad.status_code)
    # the server logs it
    return problem(unforeseen(bad, log=False), 500)


HANDLERS: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    Refused: _told,
    cs.CorridorSimError: _told,
    HTTPException: _told,
    Exception: _told,
}


async def _events(engine: Engine) -> AsyncIterator[str]:
    """Yield events as they come, and a beat where nothing does, so that a lost window shows.

    An empty text is the end.
    """
    loop = asyncio.get_running_loop()
    news: asyncio.Queue[str] = asyncio.Queue()

    def take(text: str) -> None:
        if news.qsize() < MOST_WAITING:
            news.put_nowait(text)
        elif news.qsize() == MOST_WAITING:
            news.put_nowait("")

    def hear(text: str) -> None:
        loop.call_soon_threadsafe(take, text)

    done = engine.listen(hear)
    try:
        yield f"retry: 500\n{event('stage', engine.stage_told())}"
        while True:
            try:
                text = await asyncio.wait_for(news.get(), BEAT_S)
            except TimeoutError:
                text = ": still here\n\n"
            if not text:
                return
            yield text
    finally:
        done()
