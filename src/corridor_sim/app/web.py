"""Requests and answers: who may ask, what is served, and the stream by which windows hear of news.

Only who knows the token is served: the first request carries it in its address, later ones in a
cookie that no script reads. A request from another page is refused by its Origin, one under another
name of this machine by its Host.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

import corridor_sim as cs
from corridor_sim.app import keep, learn, watch
from corridor_sim.app.engine import Engine
from corridor_sim.app.replies import data_of, problem
from corridor_sim.app.work import Stale

STATIC = Path(__file__).parent / "static"
COOKIE = "corridor_token"
BEAT_S = 10.0
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Serves who has the token, to whom it was given."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app, self.token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the headers that keep a page by itself."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        given = request.query_params.get("token") or request.cookies.get(COOKIE) or ""
        origin = request.headers.get("origin")
        own = origin is None or origin == f"http://{request.headers.get('host', '')}"
        known = secrets.compare_digest(given.encode(), self.token.encode())

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                more = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        if known and own:
            await self.app(scope, receive, with_headers)
        else:
            refused = FileResponse(STATIC / "refused.html", status_code=403)
            await refused(scope, receive, with_headers)


def make_web(engine: Engine, token: str, host: str) -> Starlette:
    """Return the page as an ASGI application."""

    async def page(request: Request) -> Response:
        response = FileResponse(STATIC / "index.html")
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict")
        return response

    async def start(request: Request) -> Response:
        return JSONResponse(
            {
                "version": cs.__version__,
                "stage": engine.stage,
                "problem": engine.problem,
                "picture": engine.picture.about if engine.picture else None,
                "species": list(engine.evaluator.dispersal.kinds) if engine.evaluator else [],
                "work": engine.work.told(),
                "answers": list(engine.answers.values()),
            }
        )

    async def raster(request: Request) -> Response:
        found = engine.picture and engine.picture.rasters.get(request.path_params["key"])
        if not found:
            return problem("There is no such map.", 404)
        return Response(found, media_type="application/octet-stream")

    async def put(request: Request) -> Response:
        data = await data_of(request)
        if data is None or not isinstance(data.get("seen"), int):
            return problem("This cannot be read.", 400)
        try:
            engine.work.put(data.get("work"), data["seen"])
        except Stale:
            return JSONResponse(engine.work.told(), 409)
        except cs.CorridorSimError as bad:
            return problem(str(bad), 422)
        told = engine.work.told()
        engine.tell("work", told)
        return JSONResponse(told)

    async def ask(request: Request) -> Response:
        data = await data_of(request)
        if data is None or not isinstance(data.get("name"), str):
            return problem("This cannot be read.", 400)
        engine.ask(data["name"])
        return JSONResponse({}, 202)

    async def events(request: Request) -> Response:
        return StreamingResponse(_events(engine), media_type="text/event-stream")

    return Starlette(
        routes=[
            Route("/", page),
            Route("/api/start", start),
            Route("/api/rasters/{key}", raster),
            Route("/api/work", put, methods=["PUT"]),
            Route("/api/answers", ask, methods=["POST"]),
            Route("/api/events", events),
            *watch.routes(engine),
            *keep.routes(engine),
            *learn.routes(engine),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, token=token)],
    )


async def _events(engine: Engine) -> AsyncIterator[str]:
    """Yield events as they come, and a beat where nothing does, so that a lost window shows."""
    loop, news = asyncio.get_running_loop(), asyncio.Queue[str]()

    def hear(kind: str, data: dict[str, Any]) -> None:
        text = f"event: {kind}\ndata: {json.dumps(data, allow_nan=False)}\n\n"
        loop.call_soon_threadsafe(news.put_nowait, text)

    done = engine.listen(hear)
    try:
        stage = {"stage": engine.stage, "problem": engine.problem}
        yield f"retry: 500\nevent: stage\ndata: {json.dumps(stage)}\n\n"
        while True:
            try:
                yield await asyncio.wait_for(news.get(), BEAT_S)
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        done()
