"""The language of who reads: chosen in a window, asked for at the start, or liked by a browser.

What is chosen on the page is kept in a cookie, so that two people at one program read their own.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import corridor_sim as cs
from corridor_sim.app.replies import Refused, data_of, reply, text_of
from corridor_sim.app.words import FILES, word, words_of

COOKIE = "corridor_language"
KEPT_S = 365 * 24 * 3600


def language_of(request: Request, started_in: str | None) -> str:
    """Return the code of the language in which a request is answered.

    Parameters
    ----------
    started_in : str or None
        The language that the program was asked for, if any.
    """
    chosen = request.cookies.get(cookie_of(request))
    if chosen in cs.languages.LANGUAGES:
        return str(chosen)
    liked = cs.languages.preferred(request.headers.get("accept-language", ""))
    return started_in or liked or cs.languages.ENGLISH


def cookie_of(request: Request) -> str:
    """Return the name of the cookie: it has the port, since browsers do not tell ports apart."""
    server = request.scope.get("server") or ("", 0)
    return f"{COOKIE}_{server[1]}"


def routes(lessons: tuple[str, ...]) -> list[Route]:
    """Return what gives the words of the page, and what chooses their language."""

    async def words(request: Request) -> Response:
        now = cs.languages.current()
        told = {"language": now.code, "tag": now.tag, "languages": cs.languages.LANGUAGES}
        return reply({**told, "words": {file: words_of(file) for file in FILES}})

    async def of_lesson(request: Request) -> Response:
        key = request.path_params["key"]
        if key not in lessons:
            raise Refused(word("learn.no_lesson", name=key[:60]), 404)
        return reply(words_of(f"lessons/{key}"))

    async def choose(request: Request) -> Response:
        code = text_of(await data_of(request), "language")
        if code not in cs.languages.LANGUAGES:
            raise Refused(word("server.unread"))
        response = reply({})
        name = cookie_of(request)
        response.set_cookie(name, code, max_age=KEPT_S, httponly=True, samesite="strict")
        return response

    return [
        Route("/api/words", words),
        Route("/api/words/lessons/{key}", of_lesson),
        Route("/api/language", choose, methods=["PUT"]),
    ]
